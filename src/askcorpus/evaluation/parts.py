"""The split: questions → the same questions, each in `dev` or `test`, fixed once and for all.

In: questions, some of them perhaps split already. Out: all of them split. Repeats exactly:
the only chance in it is a seeded hash of the ids. May import: questions, stdlib.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from askcorpus.evaluation.questions import PARTS, SPLITS, Gold, Question

SPLIT_SEED = 20261120
"""Goes into every hash: another seed, another split."""


def assign_parts(questions: Sequence[Question], seed: int = SPLIT_SEED) -> tuple[Question, ...]:
    """Put every question that has no part yet into `dev` or `test`; the others stay.

    New questions whose gold places overlap go together, and with development questions that have
    them: a reworded question is not a new one. Groups are taken in the order of a seeded hash of
    their first id, the large ones first, and each goes where it leaves the tags, kinds and
    articles most even.
    """
    placed: dict[str, str] = {}
    counts = {part: Counter[str]() for part in SPLITS}
    for group in sorted(_groups(questions), key=lambda group: _turn(group, seed)):
        settled = {question.part for question in group}
        part = next((part for part in PARTS if part in settled), "") or _lighter(
            group, counts, seed
        )
        for question in group:
            placed[question.question_id] = question.part or part
            counts[placed[question.question_id]].update(_features(question))
    return tuple(replace(question, part=placed[question.question_id]) for question in questions)


def _groups(questions: Sequence[Question]) -> list[list[Question]]:
    groups: list[list[Question]] = []
    for question in questions:
        same = [group for group in groups if any(_overlap(question, one) for one in group)]
        merged = [one for group in same for one in group]
        groups = [group for group in groups if group not in same]
        groups.append([*merged, question])
    return groups


def _overlap(question: Question, other: Question) -> bool:
    return any(_touch(gold, place) for gold in question.golds for place in other.golds)


def _touch(gold: Gold, other: Gold) -> bool:
    if None in (gold.start, gold.end, other.start, other.end):
        return (gold.article_id, gold.context) == (other.article_id, other.context)
    if gold.article_id != other.article_id:
        return False
    return max(gold.start or 0, other.start or 0) < min(gold.end or 0, other.end or 0)


def _turn(group: Sequence[Question], seed: int) -> tuple[bool, int, str]:
    settled = any(question.part for question in group)
    return (not settled, -len(group), _hash(group[0].question_id, seed))


def _lighter(group: Iterable[Question], counts: dict[str, Counter[str]], seed: int) -> str:
    group = list(group)
    features = Counter(feature for question in group for feature in _features(question))
    even = int(_hash(group[0].question_id, seed), 16) % 2
    order = PARTS if even else PARTS[::-1]
    return min(order, key=lambda part: _unevenness(part, features, counts))


def _unevenness(part: str, features: Counter[str], counts: dict[str, Counter[str]]) -> float:
    other = PARTS[1 - PARTS.index(part)]
    # A difference weighs more in a small stratum: 3 against 0 is worse than 33 against 30.
    return sum(
        (counts[part][name] + n - counts[other][name]) ** 2
        / (counts[part][name] + counts[other][name] + n)
        for name, n in features.items()
    )


def _features(question: Question) -> list[str]:
    return [
        f"kind {question.kind}",
        *(f"tag {tag}" for tag in question.tags),
        *(f"article {article}" for article in sorted({g.article_id for g in question.golds})),
    ]


def _hash(question_id: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{question_id}".encode()).hexdigest()
