"""The same questions with a stage taken away, one at a time: what is each stage worth?

    found = ablate(prepare(corpus, Path("eval/questions.jsonl"), "dev"))
    print(ablation_text(found))

Every variant asks all questions of the same index with the same models; only the share of the two
lists in a search, or the weights by which answers compete, are others. In: an open corpus,
questions. Out: `Ablation`. May import: corpus (its public names), comparison, records,
report, runs, summary, tables, calibration, types, stdlib.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from askcorpus.calibration import FEATURES, Calibration
from askcorpus.evaluation.comparison import Difference, compared
from askcorpus.evaluation.records import Line, Measure, Ranked, Run, Summary
from askcorpus.evaluation.report import Row, cell
from askcorpus.evaluation.runs import Ready, Rewrite
from askcorpus.evaluation.summary import summarise
from askcorpus.evaluation.tables import columns
from askcorpus.types import SCHEMA, Context, Json, Progress, Reader, Span

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus

COLUMNS = (
    *("success@1", "success@5", "success@20"),
    *("best_em", "best_f1", "answerable_f1", "false_answers", "auroc"),
)
"""Measures of the table: what was found, what was read, what was given."""

COMPARED = ("success@5", "answerable_f1", "false_answers")
"""Measures whose differences are shown; p is adjusted for all that two runs are compared by."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A corpus with something taken away.

    Attributes:
        settings: Names and values of those that differ.
        weights: Features by which answers compete; None for all.
    """

    name: str
    settings: Mapping[str, float] = field(default_factory=dict)
    weights: tuple[str, ...] | None = None

    def of(self, corpus: Corpus, reader: Reader) -> Corpus:
        """Open the corpus once more in this way."""
        changed: dict[str, Any] = dict(self.settings)
        settings, calibration = replace(corpus.settings, **changed), corpus.calibration
        if self.weights is not None:
            calibration = only(calibration, self.weights)
        return corpus.varied(settings=settings, calibration=calibration, reader=reader)


WHOLE = Variant("fused, as shipped")
REORDERED = "fused, in the reader's order"
SEARCHES = (
    Variant("words alone", {"cosine_share": 0.0, "interaction_share": 0.0}),
    Variant("meaning alone", {"cosine_share": 1.0, "interaction_share": 0.0}),
    Variant("fused, not word by word", {"interaction_share": 0.0}),
    Variant("each passage for itself", {"article_share": 0.0}),
)
DECISIONS = (
    Variant("no agreement", weights=tuple(name for name in FEATURES if name != "agreement")),
    Variant("the reader's margin alone", weights=("margin",)),
)
"""The whole mixes two lists, holds the best against each word of the question, lifts passages of
articles that fit, and lets answers compete by all features; each variant lacks some."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a variant measures.

    Attributes:
        differences: Variant minus whole; none for the whole, and where only the order differs.
    """

    name: str
    summary: Summary
    differences: tuple[Difference, ...] = ()

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "name": self.name,
            "parts": {
                part.table.name: [row.to_dict() for row in part.table.rows if row.name in COLUMNS]
                for part in self.summary.parts
            },
            "differences": [one.to_dict() for one in self.differences],
        }


@dataclass(frozen=True, slots=True)
class Ablation:
    """All variants, in the order of a question's way; `whole` is one of them."""

    outcomes: tuple[Outcome, ...]

    @property
    def whole(self) -> Outcome:
        """Give what nothing was taken from."""
        return next(one for one in self.outcomes if one.name == WHOLE.name)

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {"schema": SCHEMA, "variants": [one.to_dict() for one in self.outcomes]}


class Remembering:
    """A reader that reads the same passages for the same question once."""

    def __init__(self, reader: Reader) -> None:
        """Stand in for a reader."""
        self._reader = reader
        self._known: dict[tuple[str, tuple[Context, ...]], list[tuple[Span, ...]]] = {}
        self.fingerprint = reader.fingerprint

    def read(self, question: str, contexts: Sequence[Context]) -> list[tuple[Span, ...]]:
        """Give what the reader gives."""
        key = (question, tuple(contexts))
        if key not in self._known:
            self._known[key] = self._reader.read(question, contexts)
        return self._known[key]


def ablate(
    ready: Ready,
    *,
    seed: int = 0,
    rewrite: Rewrite | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Ablation:
    """Ask all questions of the whole corpus and of each variant of it.

    Args:
        ready: The corpus and its questions.
        seed: Of the resampling and the swaps.
        rewrite: Makes a follow-up question stand alone.
        progress: Called after each question, with the variant as its stage.

    Raises:
        DataError: There are no questions.
    """
    reader = Remembering(ready.corpus.reader)

    def asked(variant: Variant) -> Run:
        def tell(step: Progress) -> None:
            if progress:
                progress(replace(step, stage=variant.name))

        with variant.of(ready.corpus, reader) as other:
            asking = replace(ready, corpus=other)
            return asking.run(seed=seed, rewrite=rewrite, progress=tell)

    found = asked(WHOLE)
    whole = Outcome(WHOLE.name, summarise(found))
    reordered = replace(found, lines=tuple(map(in_readers_order, found.lines)))

    def against(variant: Variant) -> Outcome:
        return _against(whole, variant.name, summarise(asked(variant)), seed)

    return Ablation(
        (
            *map(against, SEARCHES),
            whole,
            Outcome(REORDERED, summarise(reordered)),
            *map(against, DECISIONS),
        )
    )


def in_readers_order(line: Line) -> Line:
    """Rank the passages that were read by their best candidate, before all others.

    A passage in which the reader saw none comes after those in which it did.
    """
    read = sorted((one for one in line.passages if one.read), key=_by_margin)
    ranks = {one.passage_id: rank for rank, one in enumerate(read, start=1)}
    moved = tuple(
        replace(one, rank=ranks.get(one.passage_id, _behind(one, read))) for one in line.passages
    )
    return replace(line, passages=moved)


def only(calibration: Calibration, features: Sequence[str]) -> Calibration:
    """Let answers compete by some features alone.

    The weights that stay are those that were fitted, and so is the threshold; of the margin
    alone, the log-odds against “no answer” themselves are left, given where they are above 0.
    """
    if tuple(features) == ("margin",):
        return Calibration(intercept=0.0, weights={"margin": 1.0}, threshold=0.5)
    kept = {
        name: weight if name in features else 0.0 for name, weight in calibration.weights.items()
    }
    return replace(calibration, weights=kept)


# --- tables ----------------------------------------------------------------------------------


def ablation_rows(found: Ablation, part: str) -> list[Row]:
    """Give a head, then a variant a row with its measures of one part of the questions."""
    tables = [one.summary.part(part) for one in found.outcomes]
    rows = [
        (one.name, *(_cell(table.table.row(name)) for name in COLUMNS))
        for one, table in zip(found.outcomes, tables, strict=True)
        if table is not None
    ]
    labels = (tables[0].table.row(name) for name in COLUMNS) if tables[0] else ()
    return [("variant", *(row.label if row else "" for row in labels)), *rows]


def difference_rows(found: Ablation) -> list[Row]:
    """Give a head, then a variant a row with its differences from the whole."""
    shown = [
        (one.name, [each for each in one.differences if each.measure in COMPARED])
        for one in found.outcomes
        if one.differences
    ]
    head = ("variant", *(each.label for each in shown[0][1])) if shown else ("variant",)
    return [head, *((name, *map(_change, those)) for name, those in shown)]


def ablation_text(found: Ablation) -> str:
    """Give all tables as lines of text."""
    return "\n\n".join([*_blocks(found), "minus the whole\n" + columns(difference_rows(found))])


def _blocks(found: Ablation) -> Iterator[str]:
    for part in found.whole.summary.parts:
        name = part.table.name
        yield f"{name}: {part.table.questions} questions\n{columns(ablation_rows(found, name))}"


def _cell(row: Measure | None) -> str:
    return "–" if row is None else cell(row)


def _change(one: Difference) -> str:
    low, high = one.change.low, one.change.high
    between = "" if low is None or high is None else f" {low:+.3f} to {high:+.3f}"
    return f"{one.change.value or 0.0:+.3f}{between} (p {one.p:.3f}): {one.verdict}"


# --- parts -----------------------------------------------------------------------------------


def _against(whole: Outcome, name: str, summary: Summary, seed: int) -> Outcome:
    pairs = list(zip(whole.summary.judged, summary.judged, strict=True))
    found = compared(whole.summary.manifest, summary.manifest, pairs, seed=seed)
    return Outcome(name, summary, found.differences)


def _by_margin(passage: Ranked) -> tuple[bool, float, int]:
    best = max((score for _, score in passage.spans), default=0.0)
    return not passage.spans, -best, passage.rank or 0


def _behind(passage: Ranked, read: Sequence[Ranked]) -> int | None:
    """Give the rank of a passage that was not read, after all that were."""
    if passage.rank is None:
        return None
    return passage.rank + sum(one.rank is None or one.rank > passage.rank for one in read)
