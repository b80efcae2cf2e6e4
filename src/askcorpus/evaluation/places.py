"""Quotes and where they stand: found again after an article was edited, or reported, not guessed.

A reader who follows an old link is well served by the likeliest place; a gold answer at the wrong
place falsifies what is measured. So the places that `anchors` finds are weighed as Hypothesis, the
web annotation tool, does (`match-quote.ts` of its client): the likeness of the quote (50), of the
characters before (20) and after it (20) and its position (2). Unlike there, one is only taken
where it is good enough and clearly better than the next.

In: gold answers, texts of articles. Out: places. May import: anchors, questions, rapidfuzz,
stdlib.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from askcorpus.anchors import Quoted, find
from askcorpus.evaluation.questions import Gold, stands_once

MAX_ERRORS = 256
"""Edits that a quote may have gone through, and never more than half its length."""

QUOTE_WEIGHT, BEFORE_WEIGHT, AFTER_WEIGHT, POSITION_WEIGHT = 50, 20, 20, 2

THIN_CONTEXT = 10
"""Characters around a quote that tell places apart; a thinner context counts only as it stands."""

GOOD_ENOUGH = 0.80
"""Score from which a place is taken. The quote alone, among words that are not alike, reaches
0.7; with one of its two sides unchanged it reaches 0.85."""

CLEARLY_BETTER = 0.05
"""Lead over the second-best place that makes the best one certain."""

_CONTEXT_WORDS = 6
"""Words around a quote that find it again after most edits; more or fewer where these do not."""

_PLACES = 3
"""Places that are weighed: two would tell whether the best is the only one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote stands: `texts[article_id][start:end]`, and how sure that is, in [0, 1]."""

    article_id: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Unfound:
    """Why a quote has no place any more: `reason` in words, and the places it might be at."""

    reason: str
    places: tuple[Place, ...] = ()


def find_again(gold: Gold, texts: Mapping[str, str]) -> Place | Unfound:
    """Find where a gold answer stands now.

    Args:
        gold: With offsets that may be stale, or without.
        texts: Every article's text, by id; an article that was renamed is recognised.
    """
    text = texts.get(gold.article_id)
    if text is None:
        return _renamed(gold, texts)
    if stands_once(gold.context, text):
        start = text.index(gold.context) + gold.context.index(gold.text)
        return Place(gold.article_id, start, start + len(gold.text), 1.0)
    if len(gold.context) - len(gold.text) < THIN_CONTEXT:
        return Unfound(f"its context {gold.context!r} stands in the article no more")
    return _choose(sorted(_candidates(gold, text), key=lambda place: -place.score))


def context_of(text: str, start: int, end: int) -> str | None:
    """Give some words on both sides of a span, with it, that stand once in the text.

    The span's own words stand in it once. None where there is no such run, as for one of two
    words that are repeated side by side.
    """
    lefts = [start, *_word_starts(text, start)]
    rights = [end, *_word_ends(text, end)]
    reaches = sorted(
        ((left, right) for left in range(len(lefts)) for right in range(len(rights))),
        key=lambda reach: (abs(sum(reach) - _CONTEXT_WORDS), abs(reach[0] - reach[1])),
    )
    windows = (text[lefts[left] : rights[right]] for left, right in reaches)
    quote = text[start:end]
    return next(
        (one for one in windows if stands_once(one, text) and stands_once(quote, one)), None
    )


def carried(source: str, target: str, start: int, end: int) -> tuple[int, int]:
    """Give the span of an edited text that a span of the text before has become."""
    steps = [step for step in Levenshtein.opcodes(source, target) if step.src_end > step.src_start]
    first = next(step for step in steps if step.src_start <= start < step.src_end)
    last = next(step for step in steps if step.src_start < end <= step.src_end)
    begun = first.dest_start + (start - first.src_start if first.tag != "delete" else 0)
    ended = last.dest_end - (last.src_end - end if last.tag != "delete" else 0)
    return begun, max(begun, ended)


def _renamed(gold: Gold, texts: Mapping[str, str]) -> Place | Unfound:
    holders = [name for name, text in texts.items() if stands_once(gold.context, text)]
    if len(holders) != 1:
        held = f"{len(holders)} others hold" if holders else "no other holds"
        return Unfound(f"there is no article {gold.article_id!r}, and {held} its context")
    start = texts[holders[0]].index(gold.context) + gold.context.index(gold.text)
    return Place(holders[0], start, start + len(gold.text), 1.0)


def _choose(places: list[Place]) -> Place | Unfound:
    """Take the best place if it is good enough and clearly better than the next."""
    good = tuple(place for place in places if place.score >= GOOD_ENOUGH)
    if not good:
        return Unfound("it stands nowhere in the article any more")
    if len(good) > 1 and good[0].score - good[1].score < CLEARLY_BETTER:
        return Unfound(f"it may stand at {len(good)} places", good)
    return good[0]


def _candidates(gold: Gold, text: str) -> Iterator[Place]:
    """Yield the places that a lenient search finds, one after the other, each scored."""
    before, _, after = gold.context.partition(gold.text)
    quoted = Quoted(gold.text, before, after, gold.start or 0)
    rest = text
    for _ in range(_PLACES):
        found = find(rest, quoted)
        if found is None or "\0" in rest[found.start : found.end]:
            return
        score = _score(gold, text, found.start, found.end)
        if _is_near(gold.text, text[found.start : found.end]):
            yield Place(gold.article_id, found.start, found.end, score)
        # What was found is painted over, so that the next search finds the next best.
        blank = "\0" * (found.end - found.start)
        rest = rest[: found.start] + blank + rest[found.end :]


def _is_near(quote: str, found: str) -> bool:
    return Levenshtein.distance(quote, found) <= min(MAX_ERRORS, len(quote) / 2)


def _score(gold: Gold, text: str, start: int, end: int) -> float:
    """Weigh a place, in [0, 1]; a side that the context lacks is not weighed."""
    before, _, after = gold.context.partition(gold.text)
    weighed = [(QUOTE_WEIGHT, _likeness(gold.text, text[start:end]))]
    if before:
        here = text[max(0, start - len(before)) : start]
        weighed.append((BEFORE_WEIGHT, _likeness(before, here)))
    if after:
        weighed.append((AFTER_WEIGHT, _likeness(after, text[end : end + len(after)])))
    if gold.start is not None:
        weighed.append((POSITION_WEIGHT, 1 - min(1, abs(start - gold.start) / len(text))))
    return sum(weight * part for weight, part in weighed) / sum(weight for weight, _ in weighed)


def _likeness(text: str, other: str) -> float:
    return Levenshtein.normalized_similarity(text, other)


def _word_starts(text: str, start: int, count: int = 12) -> list[int]:
    """Give where the words before a place begin, the nearest first."""
    found = [match.start() for match in re.finditer(r"\S+", text[max(0, start - 400) : start])]
    return [max(0, start - 400) + at for at in reversed(found[-count:])]


def _word_ends(text: str, end: int, count: int = 12) -> list[int]:
    """Give where the words after a place end, the nearest first."""
    return [end + match.end() for match in re.finditer(r"\S+", text[end : end + 400])][:count]
