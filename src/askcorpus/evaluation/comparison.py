"""Two runs side by side: run files → paired differences, with an honest word on each.

In: two run files of the same articles. Out: `Comparison`. May import: judging, records, runs,
statistics, tables, types, errors, stdlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from askcorpus.errors import DataError
from askcorpus.evaluation.judging import METRICS, Metric, judge
from askcorpus.evaluation.records import Judged, Manifest, Run
from askcorpus.evaluation.runs import read_run
from askcorpus.evaluation.statistics import (
    Estimate,
    Resampling,
    Share,
    difference,
    holm,
    randomisation,
)
from askcorpus.evaluation.summary import has_article
from askcorpus.evaluation.tables import columns
from askcorpus.types import SCHEMA, Json

if TYPE_CHECKING:
    from askcorpus.notebook import Frame

SIGNIFICANT = 0.05

_OF_EACH_BUILD = frozenset({"created", "generation", "folders", "next_number"})
"""Keys of an index manifest that say nothing of what the index finds."""

Pair = tuple[Judged, Judged]


_HEADS = ("measure", "before", "after", "difference", "95 % interval", "p", "won/lost", "")


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that one of the two runs answered better, by its F1.

    Attributes:
        said_before: What was answered; None for nothing.
        lost_before: The stage that lost it; None where nothing did.
    """

    question_id: str
    question: str
    before: float
    after: float
    said_before: str | None
    said_after: str | None
    lost_before: str | None
    lost_after: str | None

    @property
    def is_win(self) -> bool:
        """Tell whether the second run answered it better."""
        return self.after > self.before

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "question_id": self.question_id,
            "question": self.question,
            "before": self.before,
            "after": self.after,
            "said_before": self.said_before,
            "said_after": self.said_after,
            "lost_before": self.lost_before,
            "lost_after": self.lost_after,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of two runs, question by question.

    Attributes:
        change: After minus before, with its interval from resampling whole articles.
        p: Two-sided, from swapping the runs question by question, adjusted for the number of
            measures compared.
        wins: Questions that the second run answered better.
    """

    measure: str
    label: str
    before: float
    after: float
    change: Estimate
    p: float
    wins: int
    losses: int
    ties: int
    lower_is_better: bool

    @property
    def verdict(self) -> str:
        """Give `better`, `worse` or `no clear difference`."""
        if self.p >= SIGNIFICANT:
            return "no clear difference"
        return "better" if (self.after < self.before) == self.lower_is_better else "worse"

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "measure": self.measure,
            "label": self.label,
            "before": self.before,
            "after": self.after,
            "difference": self.change.value,
            "low": self.change.low,
            "high": self.change.high,
            "n": self.change.n,
            "p": self.p,
            "wins": self.wins,
            "losses": self.losses,
            "ties": self.ties,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one run to the next.

    Attributes:
        questions: How many were compared.
        left_out: Questions that only one of the runs has, or that read otherwise in the other.
        unproved: Citations of the second run whose quote is not in its article: any fails.
    """

    before: Manifest
    after: Manifest
    questions: int
    left_out: int
    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]
    unproved: int

    @property
    def changed(self) -> tuple[str, ...]:
        """Name what the runs were made with differently."""
        ours, theirs = _made_with(self.before), _made_with(self.after)
        return tuple(name for name in ours if ours[name] != theirs[name])

    @property
    def worse(self) -> tuple[str, ...]:
        """Name the measures that are clearly worse; a gate lets through only where there is none.

        One citation that is not verbatim is enough for `verbatim`: that is no matter of chance.
        """
        clearly = tuple(one.measure for one in self.differences if one.verdict == "worse")
        return (*clearly, "verbatim") if self.unproved else clearly

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "schema": SCHEMA,
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "questions": self.questions,
            "left_out": self.left_out,
            "worse": list(self.worse),
            "unproved": self.unproved,
            "differences": [one.to_dict() for one in self.differences],
            "flips": [flip.to_dict() for flip in self.flips],
        }

    def to_frame(self) -> Frame:
        """Give a table of pandas: every measure of both runs, with the difference."""
        from askcorpus import notebook

        columns = ("measure", "before", "after", "difference", "low", "high", "p", "verdict")
        return notebook.frame([one.to_dict() for one in self.differences], columns)

    def _repr_html_(self) -> str:
        """Give what a notebook shows: the differences, with a word on each."""
        from askcorpus import notebook

        heads, *rows = [_HEADS, *(_line(one) for one in self.differences)]
        return notebook.card(
            "Two runs side by side",
            *map(notebook.faint, self._head().splitlines()),
            notebook.table(heads, rows),
            *map(notebook.text, self._in_words().splitlines()),
        )

    def to_text(self) -> str:
        """Give what differs between the runs, the differences and every flipped question."""
        blocks = (self._head(), self._table(), self._in_words(), self._flips())
        return "\n\n".join(blocks) + "\n"

    def _head(self) -> str:
        left_out = f"; {self.left_out} that are not in both were left out" if self.left_out else ""
        changed = self.changed or ("nothing but when it was made",)
        return f"{self.questions} questions{left_out}\nwhat differs: {', '.join(changed)}"

    def _table(self) -> str:
        return columns([_HEADS, *(_line(one) for one in self.differences)])

    def _in_words(self) -> str:
        said = [f"{one.label}: {one.verdict}" for one in self.differences if one.p < SIGNIFICANT]
        quotes = f"{self.unproved} citations of the second run are not verbatim"
        lines = [*said, *([quotes] if self.unproved else [])]
        return "\n".join(lines or ["no clear difference in any measure"])

    def _flips(self) -> str:
        wins = [flip for flip in self.flips if flip.is_win]
        losses = [flip for flip in self.flips if not flip.is_win]
        return "\n".join(
            [
                f"{len(wins)} questions answered better, {len(losses)} worse",
                *(f"  + {_flip_text(flip)}" for flip in wins),
                *(f"  - {_flip_text(flip)}" for flip in losses),
            ]
        )


def compare(run_a: Path, run_b: Path, *, seed: int = 0, common: bool = False) -> Comparison:
    """Compare two run files, the first as before, the second as after.

    Args:
        seed: Of the resampling and the swaps.
        common: Compare the questions that both runs have and ask alike; otherwise runs over
            different questions are refused.

    Raises:
        DataError: A file is no run, or they are of other questions or other articles.
    """
    before, after = read_run(run_a), read_run(run_b)
    _check_same(before.manifest, after.manifest, common=common)
    pairs = _pairs(before, after)
    if not pairs:
        raise DataError(
            f"{run_a} and {run_b} have no question in common, so there is nothing to compare"
        )
    return compared(before.manifest, after.manifest, pairs, seed=seed)


def compared(
    before: Manifest, after: Manifest, pairs: Sequence[Pair], *, seed: int = 0
) -> Comparison:
    """Compare judged questions, each of both runs."""
    found = [_difference(metric, pairs, seed) for metric in METRICS if metric.compared]
    adjusted = holm([one.p for one in found])
    return Comparison(
        before=before,
        after=after,
        questions=len(pairs),
        left_out=before.questions + after.questions - 2 * len(pairs),
        differences=tuple(replace(one, p=p) for one, p in zip(found, adjusted, strict=True)),
        flips=tuple(_flip(a, b) for a, b in pairs if _score(a) != _score(b)),
        unproved=sum(not one.verbatim for _, b in pairs for one in b.line.citations),
    )


def _check_same(before: Manifest, after: Manifest, *, common: bool) -> None:
    checks = [("articles", before.corpus_sha256, after.corpus_sha256, "Run both on the same")]
    if not common:
        advice = "Take the common ones with --common, or run both on the same"
        checks.append(("questions", before.questions_sha256, after.questions_sha256, advice))
    for what, ours, theirs, advice in checks:
        if ours != theirs:
            raise DataError(
                f"These runs are of different {what} ({ours[:12]} and {theirs[:12]}), "
                f"so their figures cannot be compared. {advice} {what}"
            )


def _pairs(before: Run, after: Run) -> list[Pair]:
    """Pair the questions that read alike in both runs, in the order of their ids."""
    ours, theirs = (
        {one.line.question.question_id: one for one in judge(run.lines)} for run in (before, after)
    )
    return [
        (ours[key], theirs[key])
        for key in sorted(ours.keys() & theirs.keys())
        if ours[key].line.question.to_dict() == theirs[key].line.question.to_dict()
    ]


def _difference(metric: Metric, pairs: Sequence[Pair], seed: int) -> Difference:
    kept = [
        (ours, theirs, a.line.question)
        for a, b in pairs
        if (ours := a.shares.get(metric.name)) and (theirs := b.shares.get(metric.name))
    ]
    before, after = [one[0] for one in kept], [one[1] for one in kept]
    groups = [question.group for *_, question in kept]
    articles = [question.group for *_, question in kept if has_article(question)]
    wins, losses = _wins(metric, before, after)
    return Difference(
        metric.name,
        metric.label,
        _ratio(before),
        _ratio(after),
        difference(before, after, Resampling.of(groups, articles, seed)),
        randomisation(before, after, seed),
        wins,
        losses,
        len(kept) - wins - losses,
        metric.lower_is_better,
    )


def _wins(metric: Metric, before: Sequence[Share], after: Sequence[Share]) -> tuple[int, int]:
    changes = [_ratio([b]) - _ratio([a]) for a, b in zip(before, after, strict=True)]
    up, down = sum(c > 0 for c in changes), sum(c < 0 for c in changes)
    return (down, up) if metric.lower_is_better else (up, down)


def _ratio(shares: Sequence[Share]) -> float:
    of = sum(share.of for share in shares)
    return sum(share.won for share in shares) / of if of else 0.0


def _score(one: Judged) -> float:
    """Give the F1 of a question; for one that has only relevant articles, 0."""
    return one.shares["f1"].won if "f1" in one.shares else 0.0


def _flip(before: Judged, after: Judged) -> Flip:
    return Flip(
        question_id=before.line.question.question_id,
        question=before.line.question.text,
        before=_score(before),
        after=_score(after),
        said_before=before.line.text,
        said_after=after.line.text,
        lost_before=before.lost_at,
        lost_after=after.lost_at,
    )


# --- text ------------------------------------------------------------------------------------


def _made_with(manifest: Manifest) -> Json:
    index = {key: value for key, value in manifest.index.items() if key not in _OF_EACH_BUILD}
    return {
        "version": manifest.version,
        "code": manifest.code,
        "encoder": manifest.encoder,
        "reader": manifest.reader,
        "calibration": manifest.calibration,
        "settings": manifest.settings,
        "index": index,
        "libraries": dict(manifest.libraries),
        "machine": manifest.machine,
    }


def _line(one: Difference) -> tuple[str, ...]:
    change = one.change
    low, high = change.low, change.high
    return (
        one.label,
        f"{one.before:.3f}",
        f"{one.after:.3f}",
        f"{change.value or 0.0:+.3f}",
        "–" if low is None or high is None else f"{low:+.3f} – {high:+.3f}",
        f"{one.p:.4f}",
        f"{one.wins}/{one.losses}",
        one.verdict,
    )


def _flip_text(flip: Flip) -> str:
    said, says = ("nothing" if s is None else f"“{s}”" for s in (flip.said_before, flip.said_after))
    return (
        f"{flip.question_id} F1 {flip.before:.2f} → {flip.after:.2f} "
        f"{flip.question} {said} → {says}"
    )
