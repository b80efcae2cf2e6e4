"""Fit the probability that an answer is right, and the threshold, on development questions.

    python training/calibrate.py --data FOLDER --index embeddings --questions eval/questions.jsonl

Two kinds of development questions count alike: the `dev` part of the project's own set, over the
index of the seeds, and a sample of the three SQuADShifts development parts, read openly over an
index of their paragraphs. A third of those paragraphs is left out of that index, so that their
questions become near misses: the topic is there, the fact is not. The test part is not looked at.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from examples import load
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from askcorpus.calibration import FEATURES, Calibration
from askcorpus.corpus import Corpus
from askcorpus.evaluation.questions import load_questions
from askcorpus.evaluation.squad import f1
from askcorpus.modelfiles import hash_file
from askcorpus.reader import BUNDLED_DIR

SETS = ("squadshifts-new-wiki-dev", "squadshifts-amazon-reviews-dev", "squadshifts-reddit-dev")
RIGHT_F1 = 0.5
"""From this word overlap on an answer counts as right."""

RIVALS = 3
"""Groups a question that teach the fit: the best and what it competed with."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One development question after reading.

    Attributes:
        kind: `answerable`, or why not.
        groups: (features, F1) of each competing answer.
    """

    source: str
    kind: str
    groups: tuple[tuple[Mapping[str, float], float], ...]


def ask(corpus: Corpus, question: str, golds: Sequence[str], source: str, kind: str) -> Asked:
    """Read one question's passages and compare what competes with the gold answers."""
    # In the reader's own order: the fit must not depend on the one that is in use.
    groups = sorted(corpus.consider(question).groups, key=lambda group: -group.best.margin)
    scored = tuple(
        (group.values, f1(group.best.quote, golds) if golds else 0.0) for group in groups
    )
    return Asked(source, kind, scored)


def own(questions: Path, index: Path) -> Iterator[Asked]:
    """Ask the development part of the project's own questions."""
    with Corpus.open(index) as corpus:
        for question in load_questions(questions):
            if question.part == "dev":
                golds = [gold.text for gold in question.golds]
                yield ask(corpus, question.text, golds, "own", question.kind)


def open_squad(data: Path, sample: int) -> Iterator[Asked]:
    """Ask a sample of each set over an index that lacks a third of its paragraphs."""
    sets = load([data / f"{name}.json.gz" for name in SETS])
    chance = random.Random(11)
    missing = {row for row in range(len(sets.paragraphs)) if chance.random() < 1 / 3}
    with tempfile.TemporaryDirectory() as folder:
        lines = [
            json.dumps({"text": part.text, "title": part.title})
            for row, part in enumerate(sets.paragraphs)
            if row not in missing
        ]
        (Path(folder) / "corpus").mkdir()
        (Path(folder) / "corpus" / "sets.jsonl").write_text("\n".join(lines), encoding="utf-8")
        Corpus.build(Path(folder) / "corpus", Path(folder) / "index")
        with Corpus.open(Path(folder) / "index") as corpus:
            for question in chance.sample(sets.questions, 3 * sample):
                gone = question.paragraph in missing
                text = sets.paragraphs[question.paragraph].text
                golds = [] if gone else [text[start:end] for start, end in question.answers]
                kind = "near miss" if gone else "answerable"
                yield ask(corpus, question.text, golds, "squadshifts", kind)


def fit(asked: Sequence[Asked]) -> LogisticRegression:
    """Fit on the best groups of every question; both sources weigh alike."""
    rows = [
        (values, overlap >= RIGHT_F1, one.source)
        for one in asked
        for values, overlap in one.groups[:RIVALS]
    ]
    counts = {source: sum(row[2] == source for row in rows) for _, _, source in rows}
    model = LogisticRegression(C=1.0, max_iter=2000)
    model.fit(
        np.array([[values[name] for name in FEATURES] for values, _, _ in rows]),
        np.array([right for _, right, _ in rows]),
        sample_weight=[len(rows) / len(counts) / counts[source] for _, _, source in rows],
    )
    return model


def calibration(model: LogisticRegression, threshold: float) -> Calibration:
    """Turn the fit into the record that is stored."""
    weights = dict(zip(FEATURES, model.coef_[0].tolist(), strict=True))
    return Calibration(float(model.intercept_[0]), weights, threshold)


def judged(asked: Sequence[Asked], fitted: Calibration) -> list[tuple[float, float, str]]:
    """Give (probability, F1, kind) of the best group of each question."""
    found = []
    for one in asked:
        ranked = [(fitted.probability(values), overlap) for values, overlap in one.groups]
        found.append((*max(ranked, default=(0.0, 0.0)), one.kind))
    return found


def cross_fitted(asked: Sequence[Asked], folds: int = 10) -> list[tuple[float, float, str]]:
    """Judge every question by a fit that has not seen it."""
    order = list(range(len(asked)))
    random.Random(5).shuffle(order)
    found: list[tuple[float, float, str]] = [(0.0, 0.0, "")] * len(asked)
    for fold in range(folds):
        held = order[fold::folds]
        kept = [asked[row] for row in order if row not in set(held)]
        fitted = calibration(fit(kept), 0.5)
        for row, value in zip(held, judged([asked[row] for row in held], fitted), strict=True):
            found[row] = value
    return found


def score(found: Sequence[tuple[float, float, str]], threshold: float) -> dict[str, float]:
    """Give what a threshold means: F1 over all and over answerable ones, false answers."""
    can = [(p, overlap) for p, overlap, kind in found if kind == "answerable"]
    cannot = [p for p, _, kind in found if kind != "answerable"]
    gained = [overlap if p >= threshold else 0.0 for p, overlap in can]
    kept = [float(p < threshold) for p in cannot]
    return {
        "F1 all": float(np.mean(gained + kept)),
        "F1 answerable": float(np.mean(gained)),
        "refused": float(np.mean([p < threshold for p, _ in can])),
        "false answers": 1 - float(np.mean(kept)),
    }


def choose(found: Sequence[tuple[float, float, str]], most_false: float) -> float:
    """Give the lowest threshold whose share of false answers stays within a limit."""
    for threshold in np.arange(0.05, 0.95, 0.01):
        if score(found, threshold)["false answers"] <= most_false:
            return round(float(threshold), 2)
    return 0.95


def report(asked: Sequence[Asked], found: Sequence[tuple[float, float, str]]) -> str:
    """Say how well probabilities tell right from wrong, and what each threshold means."""
    lines = []
    for source in ("own", "squadshifts"):
        part = [value for one, value in zip(asked, found, strict=True) if one.source == source]
        right = [overlap >= RIGHT_F1 for _, overlap, _ in part]
        auroc = roc_auc_score(right, [p for p, _, _ in part])
        best = np.mean(
            [
                max((o for _, o in one.groups), default=0.0)
                for one in asked
                if one.source == source and one.kind == "answerable"
            ]
        )
        lines.append(f"{source}: n={len(part)} AUROC {auroc:.3f}; best of all groups F1 {best:.3f}")
        for threshold in (0.0, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
            shown = "  ".join(f"{k} {v:.3f}" for k, v in score(part, threshold).items())
            lines.append(f"  at {threshold:.2f}: {shown}")
    return "\n".join(lines)


def store(chosen: Calibration) -> None:
    """Put the fit beside the reader, and its SHA-256 among those that are compared on load."""
    path, sums = BUNDLED_DIR / "calibration.json", BUNDLED_DIR / "checksums.json"
    path.write_text(json.dumps(chosen.to_dict(), indent=2) + "\n", encoding="utf-8")
    known = json.loads(sums.read_text(encoding="utf-8"))
    known[path.name] = hash_file(path)
    sums.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--index", type=Path, default=Path("embeddings"))
    parser.add_argument("--questions", type=Path, default=Path("eval/questions.jsonl"))
    parser.add_argument("--sample", type=int, default=150, help="questions of each outside set")
    parser.add_argument("--false-answers", type=float, default=0.15, help="of own questions")
    arguments = parser.parse_args()
    everything = [
        *own(arguments.questions, arguments.index),
        *open_squad(arguments.data, arguments.sample),
    ]
    honest = cross_fitted(everything)
    print(report(everything, honest))
    mine = [value for one, value in zip(everything, honest, strict=True) if one.source == "own"]
    chosen = calibration(fit(everything), choose(mine, arguments.false_answers))
    store(chosen)
    print(json.dumps(chosen.to_dict(), indent=2))
