"""Fit the probability that an answer is right, and the threshold, on development questions.

    python training/calibrate.py --data FOLDER [--seeds seeds] [--questions eval/questions.jsonl]

Three kinds of development questions count alike: the `dev` part of the project's own set, over the
index of the seeds; those in `written/heldout.jsonl`, over an index of their articles, none of which
the reader is trained on; and a sample of the three SQuADShifts development parts, read openly over
an index of their paragraphs. A third of those paragraphs is left out of that index, so that their
questions become near misses: the topic is there, the fact is not. The test part is not looked at.

All that is printed and stored was found by cross-fitting: every question is judged by a fit that
has not seen it. Stored beside the reader are weights, threshold, the cut points of the verdicts
with what each is worth, and the reliability table.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from examples import load
from sklearn.metrics import roc_auc_score
from written import HELDOUT, written

from askcorpus.answers import in_readers_order
from askcorpus.calibration import FEATURES, Calibration
from askcorpus.corpus import Considered, Corpus
from askcorpus.evaluation import load_questions
from askcorpus.evaluation.squad import f1
from askcorpus.fitting import (
    Judged,
    Observed,
    cross_fitted,
    fit,
    levels,
    reliability,
)
from askcorpus.modelfiles import hash_file
from askcorpus.reader import BUNDLED_DIR

SETS = ("squadshifts-new-wiki-dev", "squadshifts-amazon-reviews-dev", "squadshifts-reddit-dev")
RIGHT_F1 = 0.5
"""From this word overlap on an answer counts as right."""

FLAT = Calibration(0.0, dict.fromkeys(FEATURES, 0.0), 0.5)
ROWS_BELIEVED = 1.0
"""Weights are drawn towards 0 as weakly as keeps them finite."""

THRESHOLDS = (0.0, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)


@dataclass(frozen=True, slots=True)
class Asked:
    """One development question after reading.

    Attributes:
        kind: `answerable`, or why not.
        observed: Its competing answers, the reader's best first.
        overlaps: F1 of each of them.
        firsts: Whether the first passage holds an answer, in the retriever's order and in the
            reader's; None where there is none.
    """

    source: str
    kind: str
    observed: Observed
    overlaps: tuple[float, ...]
    firsts: tuple[bool, bool] | None


def asked(corpus: Corpus, question: str, golds: Sequence[str], source: str, kind: str) -> Asked:
    """Read one question's passages and compare what competes with the gold answers."""
    considered = corpus.consider(question)
    # In the reader's own order: the fit must not depend on the one that is in use.
    groups = sorted(considered.groups, key=lambda group: -group.best.margin)
    overlaps = tuple(f1(group.best.quote, golds) if golds else 0.0 for group in groups)
    pairs = zip(groups, overlaps, strict=True)
    observed = Observed(
        tuple((group.values, overlap >= RIGHT_F1) for group, overlap in pairs),
        answerable=kind == "answerable",
    )
    return Asked(source, kind, observed, overlaps, firsts(considered, golds))


def firsts(considered: Considered, golds: Sequence[str]) -> tuple[bool, bool] | None:
    """Tell whether the first passage holds a gold answer, before and after the reader's order."""
    if not golds:
        return None
    ordered = in_readers_order(considered.hits, considered.spans)
    before, after = (
        any(gold in hit.passage.text for hit in hits[:1] for gold in golds)
        for hits in (considered.hits, ordered)
    )
    return before, after


def own(questions: Path, seeds: Path) -> Iterator[Asked]:
    """Ask the development part of the project's own questions that stand alone."""
    with indexed(seeds) as corpus:
        for question in load_questions(questions):
            if question.part == "dev" and not question.after:
                golds = [gold.text for gold in question.golds]
                yield asked(corpus, question.text, golds, "own", question.kind)


@contextlib.contextmanager
def indexed(articles: Path) -> Iterator[Corpus]:
    """Index a folder for as long as it is asked."""
    with tempfile.TemporaryDirectory() as folder:
        Corpus.build(articles, folder)
        with Corpus.open(folder) as corpus:
            yield corpus


def apart() -> Iterator[Asked]:
    """Ask the written questions that training leaves out, over an index of their articles."""
    lines = written({}, names=[HELDOUT])
    articles = [
        {"title": line.title, **line.stated, "text": "\n\n".join(line.passages)} for line in lines
    ]
    with indexed_lines(articles) as corpus:
        for line in lines:
            for question in line.questions:
                text = line.passages[question.passage]
                golds = [text[slice(*question.answer)]] if question.answer else []
                kind = "answerable" if golds else "near miss"
                yield asked(corpus, question.text, golds, "written", kind)


@contextlib.contextmanager
def indexed_lines(articles: Sequence[dict[str, str | None]]) -> Iterator[Corpus]:
    """Index articles as lines of one file."""
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(json.dumps(article) for article in articles)
        (Path(folder) / "articles.jsonl").write_text(text, encoding="utf-8")
        with indexed(Path(folder)) as corpus:
            yield corpus


def open_squad(data: Path, sample: int) -> Iterator[Asked]:
    """Ask a sample of each set over an index that lacks a third of its paragraphs."""
    sets = load(data, SETS)
    chance = random.Random(11)
    missing = {row for row in range(len(sets.paragraphs)) if chance.random() < 1 / 3}
    kept = [
        {"text": part.text, "title": part.title}
        for row, part in enumerate(sets.paragraphs)
        if row not in missing
    ]
    with indexed_lines(kept) as corpus:
        for question in chance.sample(sets.every_question(), 3 * sample):
            gone = question.paragraph in missing
            text = sets.paragraphs[question.paragraph].text
            golds = [] if gone else [text[start:end] for start, end in question.answers]
            kind = "near miss" if gone else "answerable"
            yield asked(corpus, question.text, golds, "squadshifts", kind)


def weighed(everything: Sequence[Asked]) -> list[Observed]:
    """Let all sources weigh alike in the fit, however many questions each has."""
    counts = {one.source: 0 for one in everything}
    for one in everything:
        counts[one.source] += 1
    share = len(everything) / len(counts)
    return [replace(one.observed, weight=share / counts[one.source]) for one in everything]


def overlap_of(one: Asked, judged: Judged) -> float:
    """Give the F1 of the answer that a question would be given."""
    return 0.0 if judged.place is None else one.overlaps[judged.place]


def score(part: Sequence[Asked], fits: Sequence[Judged], threshold: float) -> dict[str, float]:
    """Give what a threshold means: F1 over all and over answerable ones, false answers."""
    pairs = list(zip(part, fits, strict=True))
    can = [
        overlap_of(one, judged) if judged.probability >= threshold else 0.0
        for one, judged in pairs
        if one.kind == "answerable"
    ]
    cannot = {
        kind: [judged.probability >= threshold for one, judged in pairs if one.kind == kind]
        for kind in sorted({one.kind for one in part} - {"answerable"})
    }
    false = [answered for found in cannot.values() for answered in found]
    refused = [judged.probability < threshold for one, judged in pairs if one.kind == "answerable"]
    return {
        "F1 all": mean([*can, *(float(not answered) for answered in false)]),
        "F1 answerable": mean(can),
        "refused": mean(refused),
        "false answers": mean(false),
        **{f"{kind} answered": mean(found) for kind, found in cannot.items()},
    }


def mean(values: Sequence[float]) -> float:
    """Give the mean; NaN of nothing."""
    return float(np.mean(values)) if len(values) else float("nan")


def choose(fits: Sequence[Judged], most_false: float) -> float:
    """Give the lowest threshold that keeps a limit on false answers, to the nearest question."""
    cannot = [one.probability for one in fits if not one.answerable]
    most = round(most_false * len(cannot))
    for threshold in np.arange(0.05, 0.95, 0.01):
        if sum(probability >= threshold for probability in cannot) <= most:
            return round(float(threshold), 2)
    return 0.95


def report(everything: Sequence[Asked], fits: Sequence[Judged]) -> str:
    """Say how well probabilities tell right from wrong, and what each threshold means."""
    lines = []
    for source in dict.fromkeys(one.source for one in everything):
        rows = [place for place, one in enumerate(everything) if one.source == source]
        part = [everything[row] for row in rows]
        found = [fits[row] for row in rows]
        lines.append(
            f"{source}: n={len(part)} AUROC {separation(found):.3f}; {discerned(part, found)}"
        )
        lines.append(f"  the answer is in the first passage read: {ordering(part)}")
        for threshold in THRESHOLDS:
            shown = score(part, found, threshold)
            told = "  ".join(f"{name} {value:.3f}" for name, value in shown.items())
            lines.append(f"  at {threshold:.2f}: {told}")
    return "\n".join(lines)


def separation(fits: Sequence[Judged]) -> float:
    """Give the AUROC of right answers against all others."""
    right = [one.right for one in fits]
    return (
        float(roc_auc_score(right, [one.probability for one in fits]))
        if len(set(right)) > 1
        else float("nan")
    )


def discerned(part: Sequence[Asked], fits: Sequence[Judged]) -> str:
    """Give the AUROC of right answers against those to each kind of unanswerable question."""
    said = []
    for kind in sorted({one.kind for one in part} - {"answerable"}):
        kept = [
            judged
            for one, judged in zip(part, fits, strict=True)
            if judged.right or one.kind == kind
        ]
        said.append(f"right against {kind} {separation(kept):.3f}")
    return ", ".join(said)


def ordering(part: Sequence[Asked]) -> str:
    """Say how often the first passage holds the answer, before and after the reader."""
    counted = [one.firsts for one in part if one.firsts is not None]
    before, after = (mean([pair[side] for pair in counted]) for side in (0, 1))
    return f"retriever {before:.3f}, reader {after:.3f} (n={len(counted)})"


def tables(fitted: Calibration) -> str:
    """Write down what each verdict is worth, and stated against found shares."""
    lines = [
        f"{level.verdict.word} from {level.least:.2f}: right {share(level.verdict.right)} "
        f"[{share(level.verdict.low)}–{share(level.verdict.high)}] n={level.verdict.n}"
        for level in fitted.levels
    ]
    lines.append(f"calibration error (equal mass, {len(fitted.bins)} bins): {fitted.error:.3f}")
    lines += [
        f"  {one.low:.2f}–{one.high:.2f}: stated {one.confidence:.2f}, found {one.right:.2f}"
        f" (n={one.n})"
        for one in fitted.bins
    ]
    return "\n".join(lines)


def share(value: float | None) -> str:
    """Write a share, or that there is none."""
    return "none" if value is None else f"{value:.2f}"


def store(chosen: Calibration, target: Path) -> None:
    """Put the fit beside the reader, and its SHA-256 among those that are compared on load."""
    path, sums = target / "calibration.json", target / "checksums.json"
    path.write_text(json.dumps(chosen.to_dict(), indent=2) + "\n", encoding="utf-8")
    known = json.loads(sums.read_text(encoding="utf-8"))
    known[path.name] = hash_file(path)
    sums.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")


def calibrated(everything: Sequence[Asked], most_false: float) -> tuple[Calibration, list[Judged]]:
    """Fit to all questions, and give what each is worth to a fit without it."""
    observed = weighed(everything)
    fits = cross_fitted(observed, FLAT, ROWS_BELIEVED)
    mine = [judged for one, judged in zip(everything, fits, strict=True) if one.source == "own"]
    threshold = choose(mine, most_false)
    fitted = replace(
        fit(observed, FLAT, ROWS_BELIEVED),
        threshold=threshold,
        levels=levels(fits, threshold),
        bins=reliability(fits),
    )
    return fitted, fits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=Path, default=Path("seeds"))
    parser.add_argument("--questions", type=Path, default=Path("eval/questions.jsonl"))
    parser.add_argument("--sample", type=int, default=150, help="questions of each outside set")
    parser.add_argument("--false-answers", type=float, default=0.10, help="of own questions")
    parser.add_argument("--to", type=Path, default=BUNDLED_DIR)
    parser.add_argument("--dry-run", action="store_true", help="store nothing")
    arguments = parser.parse_args()
    everything = [
        *own(arguments.questions, arguments.seeds),
        *apart(),
        *open_squad(arguments.data, arguments.sample),
    ]
    chosen, honest = calibrated(everything, arguments.false_answers)
    print(report(everything, honest))
    print(tables(chosen))
    print(json.dumps(chosen.to_dict(), indent=2))
    if not arguments.dry_run:
        store(chosen, arguments.to)
