"""EM and F1 of a reader with the gold paragraph, by set and question word, and its “no answer”.

    python training/score.py --data FOLDER [--sets NAME,NAME] [--limit N] [--reader FOLDER]

SQuAD definitions (Rajpurkar et al. 2016): the best over all annotated answers. Intervals are of
95 %, by resampling paragraphs: questions about one paragraph are not independent. “null” is the
AUROC of the margin between a gold paragraph and the same paragraph without the answer's
sentence: near misses of the hardest kind. The borders of a span are those that are quoted.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from examples import Corpus, Question, Shown, cut, load
from sklearn.metrics import roc_auc_score

from askcorpus.borders import tidy
from askcorpus.evaluation.squad import exact_match, f1
from askcorpus.reader import ExtractiveReader
from askcorpus.types import Context
from askcorpus.words import words

SETS = ("squadshifts-new-wiki-dev", "squadshifts-amazon-reviews-dev", "squadshifts-reddit-dev")
RESAMPLES = 1_000
ASKING = ("who", "whom", "whose", "when", "where", "why", "how", "which", "what")
COUNTING = ("many", "much", "old", "long", "far", "often", "large", "big")


@dataclass(frozen=True, slots=True)
class Scored:
    """One question after reading its paragraph.

    Attributes:
        exact, overlap: EM and F1 of the best span.
        margin: Its log-odds against the null answer; None where nothing was marked.
        without: The same where the answer's sentence is left out; None where it cannot be.
    """

    paragraph: int
    asks: str
    exact: float
    overlap: float
    margin: float | None
    without: float | None


def asks(question: str) -> str:
    """Give the first question word, `how many` and its like as one."""
    said = words(question)
    for word, after in zip(said, [*said[1:], ""], strict=True):
        if word == "how" and after in COUNTING:
            return "how many"
        if word in ASKING:
            return word
    return "other"


def scored(reader: ExtractiveReader, corpus: Corpus, question: Question) -> Scored:
    """Read one question's gold paragraph, whole and without the answer's sentence."""
    paragraph = corpus.paragraphs[question.paragraph]
    golds = [paragraph.text[start:end] for start, end in question.answers]
    shown = Shown(question.text, paragraph.title, paragraph.text, question.answers)
    missing = cut(shown)
    texts = [paragraph.text, *([missing.text] if missing else [])]
    found = reader.read(question.text, [Context(text, paragraph.title) for text in texts])
    best = found[0][0] if found[0] else None
    start, end = tidy(paragraph.text, best.start, best.end) if best else (0, 0)
    said = paragraph.text[start:end]
    return Scored(
        paragraph=question.paragraph,
        asks=asks(question.text),
        exact=exact_match(said, golds),
        overlap=f1(said, golds),
        margin=best.score if best else None,
        without=found[1][0].score if missing and found[1] else None,
    )


def interval(values: Sequence[float], paragraphs: Sequence[int]) -> str:
    """Give a mean in percent with its interval, paragraphs resampled."""
    _, group = np.unique(paragraphs, return_inverse=True)
    sums, sizes = np.bincount(group, values), np.bincount(group)
    draws = np.random.default_rng(1).multinomial(
        len(sums), np.full(len(sums), 1 / len(sums)), size=RESAMPLES
    )
    means = 100 * (draws @ sums) / np.maximum(draws @ sizes, 1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{100 * np.mean(values):.1f} [{low:.1f}–{high:.1f}]"


def told(name: str, part: Sequence[Scored]) -> str:
    """Say how a set, or the questions of one kind, went."""
    paragraphs = [one.paragraph for one in part]
    exact = interval([one.exact for one in part], paragraphs)
    overlap = interval([one.overlap for one in part], paragraphs)
    return f"{name}: n={len(part)} EM {exact} F1 {overlap}"


def separation(part: Sequence[Scored]) -> str:
    """Give the AUROC of gold paragraphs against the same without the answer."""
    whole = [one.margin for one in part if one.margin is not None]
    without = [one.without for one in part if one.without is not None]
    if not whole or not without:
        return "none"
    labels = [1] * len(whole) + [0] * len(without)
    return f"{roc_auc_score(labels, [*whole, *without]):.3f}"


def score(data: Path, name: str, reader: ExtractiveReader, limit: int) -> list[Scored]:
    """Read one set and say how it went."""
    corpus = load(data, [name])
    every = corpus.every_question()
    questions = random.Random(7).sample(every, min(limit, len(every)))
    begun = time.perf_counter()
    part = [scored(reader, corpus, question) for question in questions]
    read = len(part) + sum(one.without is not None for one in part)
    spent = 1_000 * (time.perf_counter() - begun) / read
    print(
        f"{told(name, part)} null AUROC {separation(part)}; {spent:.1f} ms a passage",
        flush=True,
    )
    return part


def by_question_word(everything: Sequence[Scored]) -> str:
    """Say how the questions of each kind went, the most frequent first."""
    counts = Counter(one.asks for one in everything)
    return "\n".join(
        told(f"  {kind}", [one for one in everything if one.asks == kind])
        for kind, _ in counts.most_common()
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(SETS), help="names without .json.gz")
    parser.add_argument("--limit", type=int, default=10_000, help="questions of each set")
    parser.add_argument("--reader", default="bundled")
    arguments = parser.parse_args()
    model = ExtractiveReader(arguments.reader)
    found = [
        one
        for name in arguments.sets.split(",")
        for one in score(arguments.data, name, model, arguments.limit)
    ]
    print(by_question_word(found))
