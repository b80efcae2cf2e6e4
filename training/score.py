"""EM and F1 of the shipped reader with the gold paragraph, by set, and its sense of “no answer”.

    python training/score.py --data FOLDER [--limit N]

SQuAD definitions (Rajpurkar et al. 2016): the best over all annotated answers. “null” is the
AUROC of the margin between a gold paragraph and the same paragraph without the answer's
sentence: near misses of the hardest kind.
"""

from __future__ import annotations

import argparse
import random
import re
import string
from collections import Counter
from pathlib import Path

from examples import Shown, cut, load

from askcorpus.reader import ExtractiveReader
from askcorpus.types import Context

SETS = ("squadshifts-new-wiki-dev", "squadshifts-amazon-reviews-dev", "squadshifts-reddit-dev")


def normalised(text: str) -> list[str]:
    """Give the words SQuAD compares: lower case, no punctuation, no articles."""
    text = "".join(sign for sign in text.lower() if sign not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(said: str, gold: str) -> float:
    """Give the overlap of words."""
    left, right = normalised(said), normalised(gold)
    common = sum((Counter(left) & Counter(right)).values())
    return 2 * common / (len(left) + len(right)) if common else float(left == right)


def auroc(right: list[float], wrong: list[float]) -> float:
    """Give the chance that a right one scores higher than a wrong one."""
    pairs = [(a > b) + 0.5 * (a == b) for a in right for b in wrong]
    return sum(pairs) / max(1, len(pairs))


def score(path: Path, reader: ExtractiveReader, limit: int) -> str:
    """Read one set and say how it went."""
    corpus = load([path])
    questions = random.Random(7).sample(corpus.questions, min(limit, len(corpus.questions)))
    exact, overlap, right, wrong = [], [], [], []
    for question in questions:
        paragraph = corpus.paragraphs[question.paragraph]
        golds = [paragraph.text[start:end] for start, end in question.answers]
        spans = reader.read(question.text, [Context(paragraph.text, paragraph.title)])[0]
        said = paragraph.text[spans[0].start : spans[0].end] if spans else ""
        exact.append(max(normalised(said) == normalised(gold) for gold in golds))
        overlap.append(max(f1(said, gold) for gold in golds))
        right.append(spans[0].score)
        shown = Shown(question.text, paragraph.title, paragraph.text, question.answers)
        if missing := cut(shown):
            other = reader.read(question.text, [Context(missing.text, missing.title)])[0]
            wrong += [other[0].score] if other else []
    n = len(questions)
    return (
        f"{path.name}: n={n} EM {100 * sum(exact) / n:.1f} F1 {100 * sum(overlap) / n:.1f} "
        f"null AUROC {auroc(right, wrong):.3f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--reader", default="bundled")
    arguments = parser.parse_args()
    model = ExtractiveReader(arguments.reader)
    for name in SETS:
        print(score(arguments.data / f"{name}.json.gz", model, arguments.limit), flush=True)
