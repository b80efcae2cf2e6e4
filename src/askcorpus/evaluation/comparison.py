"""Two runs side by side: run files → paired differences, with an honest word on each.

In: two run files of the same questions and articles. Out: `Comparison`. May import: the other
modules of this room, types, errors, stdlib.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from askcorpus.errors import DataError
from askcorpus.evaluation.judging import MEASURES, Measure
from askcorpus.evaluation.report import columns
from askcorpus.evaluation.runs import read_run
from askcorpus.evaluation.statistics import (
    Estimate,
    Resampling,
    Share,
    difference,
    holm,
    randomisation,
)
from askcorpus.types import SCHEMA, Json

COMPARED = (
    "f1",
    "answerable_f1",
    "success@5",
    "rr@10",
    "right_source",
    "citation_precision",
    "false_answers",
    "false_refusals",
)
"""Few, and each of another kind: every further one makes a real change harder to see."""

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that one of the two runs answered better, by its F1."""

    question_id: str
    before: float
    after: float

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {"question_id": self.question_id, "before": self.before, "after": self.after}


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
        unproved: Citations of the second run whose quote is not in its article: any fails.
    """

    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]
    unproved: int

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
            "worse": list(self.worse),
            "unproved": self.unproved,
            "differences": [one.to_dict() for one in self.differences],
            "flips": [flip.to_dict() for flip in self.flips],
        }

    def to_text(self) -> str:
        """Give the differences and every flipped question as lines of text."""
        head = ("measure", "before", "after", "difference", "95 % interval", "p", "won/lost", "")
        table = columns([head, *(_line(one) for one in self.differences)])
        flips = [f"  {one.question_id} F1 {one.before:.2f} → {one.after:.2f}" for one in self.flips]
        quotes = f"{self.unproved} citations of the second run are not verbatim\n"
        title = f"{len(flips)} questions flipped"
        return "\n".join([table, "", (quotes if self.unproved else "") + title, *flips]) + "\n"


def compare(run_a: Path, run_b: Path, *, seed: int = 0) -> Comparison:
    """Compare two run files, the first as before, the second as after.

    Raises:
        DataError: A file is no run, or they ask other questions or other articles.
    """
    (manifest_a, lines_a), (manifest_b, lines_b) = read_run(run_a), read_run(run_b)
    _check_same(manifest_a, manifest_b)
    before, after = _by_id(lines_a, run_a), _by_id(lines_b, run_b)
    if before.keys() != after.keys():
        raise DataError(f"{run_a} and {run_b} do not hold the same questions. Make both runs again")
    ids = sorted(before)
    found = [_difference(m, [(before[i], after[i]) for i in ids], seed) for m in _compared()]
    adjusted = holm([one.p for one in found])
    return Comparison(
        tuple(replace(one, p=p) for one, p in zip(found, adjusted, strict=True)),
        tuple(_flips(ids, before, after)),
        sum(round(s.of - s.won) for i in ids if (s := _share(after[i], "verbatim"))),
    )


def _compared() -> list[Measure]:
    return [measure for measure in MEASURES if measure.name in COMPARED]


def _check_same(before: Json, after: Json) -> None:
    for key, what in (("questions", "questions"), ("corpus", "articles")):
        ours, theirs = (manifest.get(key, {}).get("sha256") for manifest in (before, after))
        if ours != theirs:
            raise DataError(
                f"These runs are of different {what} ({str(ours)[:12]} and {str(theirs)[:12]}), "
                f"so their figures cannot be compared. Run both on the same {what}"
            )


def _by_id(lines: Sequence[Json], path: Path) -> dict[str, Json]:
    try:
        return {line["question_id"]: {**line, "measures": dict(line["measures"])} for line in lines}
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} is not a whole run file: {error!r}. Make the run again") from error


def _share(line: Json, measure: str) -> Share | None:
    pair = line["measures"].get(measure)
    return Share(*pair) if pair else None


def _difference(measure: Measure, pairs: Sequence[tuple[Json, Json]], seed: int) -> Difference:
    kept = [
        (ours, theirs, line)
        for line, other in pairs
        if (ours := _share(line, measure.name)) and (theirs := _share(other, measure.name))
    ]
    before, after = [one[0] for one in kept], [one[1] for one in kept]
    groups = [line["group"] for *_, line in kept]
    articles = [line["group"] for *_, line in kept if line["is_answerable"]]
    wins, losses = _wins(measure, before, after)
    return Difference(
        measure.name,
        measure.label,
        _ratio(before),
        _ratio(after),
        difference(before, after, Resampling.of(groups, articles, seed)),
        randomisation(before, after, seed),
        wins,
        losses,
        len(kept) - wins - losses,
        measure.lower_is_better,
    )


def _wins(measure: Measure, before: Sequence[Share], after: Sequence[Share]) -> tuple[int, int]:
    changes = [_ratio([b]) - _ratio([a]) for a, b in zip(before, after, strict=True)]
    up, down = sum(c > 0 for c in changes), sum(c < 0 for c in changes)
    return (down, up) if measure.lower_is_better else (up, down)


def _ratio(shares: Sequence[Share]) -> float:
    of = sum(share.of for share in shares)
    return sum(share.won for share in shares) / of if of else 0.0


def _flips(ids: Sequence[str], before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Flip]:
    pairs = ((i, _share(before[i], "f1"), _share(after[i], "f1")) for i in ids)
    return [Flip(i, a.won, b.won) for i, a, b in pairs if a and b and a.won != b.won]


def _line(one: Difference) -> tuple[str, ...]:
    change = one.change
    low, high = (0.0 if end is None else end for end in (change.low, change.high))
    return (
        one.label,
        f"{one.before:.3f}",
        f"{one.after:.3f}",
        f"{change.value or 0.0:+.3f}",
        f"{low:+.3f} – {high:+.3f}",
        f"{one.p:.4f}",
        f"{one.wins}/{one.losses}",
        one.verdict,
    )
