"""The report: judgements → rows with intervals, by part and by tag, and every wrong answer.

In: an open corpus and a question file. Out: `EvaluationReport`, as text or JSON. May import:
corpus (its public names), the other modules of this room, types, stdlib, numpy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from askcorpus.errors import UsageError
from askcorpus.evaluation.judging import LOST_AT, MEASURES, Judgement, judge
from askcorpus.evaluation.questions import PARTS, check_places, load_questions
from askcorpus.evaluation.runs import run, write_run
from askcorpus.evaluation.statistics import (
    Counts,
    Estimate,
    Floats,
    Resampling,
    auroc,
    percentile,
    ratio,
    statistic,
)
from askcorpus.types import SCHEMA, Json, Progress

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus

BY_TAG = ("answerable_f1", "answerable_em", "success@5", "right_source", "false_answers")
"""Measures shown for each tag: what was found, read, cited, and wrongly given."""

GOLDS_SHOWN = 4
"""Wordings shown beside a wrong answer; the JSON has them all."""

LATENCIES = (("latency_p50", "latency p50, ms", 0.5), ("latency_p95", "latency p95, ms", 0.95))


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of one part or tag."""

    measure: str
    label: str
    estimate: Estimate

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "measure": self.measure,
            "value": self.estimate.value,
            "low": self.estimate.low,
            "high": self.estimate.high,
            "n": self.estimate.n,
        }


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of the questions that have one thing in common.

    Attributes:
        name: `dev`, `test` or `all`; for a tag, the tag.
        questions: How many they are.
        articles: Articles that are resampled for the intervals.
    """

    name: str
    questions: int
    articles: int
    rows: tuple[Row, ...]

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "name": self.name,
            "questions": self.questions,
            "articles": self.articles,
            "rows": [row.to_dict() for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class Part:
    """The measures of one part of the questions, and the same by tag."""

    table: Table
    tags: tuple[Table, ...]

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {**self.table.to_dict(), "tags": [tag.to_dict() for tag in self.tags]}


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A question that was not answered as it should be, and the stage that lost it.

    Attributes:
        golds: Acceptable wordings; empty when nothing answers.
        text: What was answered; None for nothing.
        rejected: With no answer, the best candidate that was not good enough.
    """

    question_id: str
    part: str
    question: str
    tags: tuple[str, ...]
    lost_at: str
    golds: tuple[str, ...]
    text: str | None
    rejected: str | None
    confidence: float | None
    f1: float

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "question_id": self.question_id,
            "split": self.part,
            "question": self.question,
            "tags": list(self.tags),
            "lost_at": self.lost_at,
            "golds": list(self.golds),
            "text": self.text,
            "best_rejected": self.rejected,
            "confidence": self.confidence,
            "f1": self.f1,
        }


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What an evaluation found. `to_text()` is for people, `to_dict()` for programs."""

    manifest: Json
    parts: tuple[Part, ...]
    wrong: tuple[WrongAnswer, ...]

    def row(self, part: str, measure: str) -> Estimate:
        """Give one measure of one part by its names.

        Raises:
            UsageError: There is no such part or measure.
        """
        for one in self.parts:
            for row in one.table.rows:
                if (one.table.name, row.measure) == (part, measure):
                    return row.estimate
        raise UsageError(f"The report has no measure {measure!r} of a part {part!r}")

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "parts": [part.to_dict() for part in self.parts],
            "wrong": [wrong.to_dict() for wrong in self.wrong],
        }

    def to_text(self) -> str:
        """Give the tables and every wrong answer as lines of text."""
        blocks = [block for part in self.parts for block in _part_text(part)]
        return "\n\n".join([*blocks, _wrong_text(self.wrong)]) + "\n"


def evaluate(
    corpus: Corpus,
    questions_path: Path,
    *,
    split: str | None = None,
    run_path: Path | None = None,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
) -> EvaluationReport:
    """Ask every question of a file, measure the answers and say where the wrong ones were lost.

    Args:
        corpus: An open corpus that holds the articles which the questions ask about.
        questions_path: JSONL, as `eval/README.md` describes it.
        split: `dev` or `test`; None or `all` for both, each reported apart and together.
        run_path: Where the run file is written; None for nowhere.
        seed: Of the resampling. The answers themselves have no chance in them.
        progress: Called after each question.

    Raises:
        DataError: The question file is wrong, or does not fit the articles.
        UsageError: There is no such split.
        InputOutputError: The run file cannot be written.
    """
    if split not in {None, "all", *PARTS}:
        raise UsageError(f"There is no split {split!r}. Ask for dev, test or all")
    questions = load_questions(questions_path)
    check_places(questions, corpus.articles, questions_path)
    chosen = [question for question in questions if split in {None, "all", question.part}]
    made = run(corpus, chosen, seed=seed, progress=progress)
    judgements = judge(chosen, made.lines, corpus.passages)
    manifest = {**made.manifest, "split": split, "file": questions_path.name}
    if run_path is not None:
        write_run(run_path, manifest, [_run_line(one) for one in judgements])
    return report(judgements, manifest, seed=seed)


def report(judgements: Sequence[Judgement], manifest: Json, *, seed: int = 0) -> EvaluationReport:
    """Make the report of judged questions: each part there is, and all when there are two."""
    names = [part for part in PARTS if any(j.case.question.part == part for j in judgements)]
    parts = [
        _part(name, [j for j in judgements if j.case.question.part == name], seed) for name in names
    ]
    if len(names) != 1:
        parts.append(_part("all", judgements, seed))
    return EvaluationReport(manifest, tuple(parts), tuple(_wrong(judgements)))


def _run_line(judgement: Judgement) -> Json:
    question, line = judgement.case.question, judgement.case.line
    return {
        **(line.to_dict() if line else {"question_id": question.question_id}),
        "split": question.part,
        "group": question.group,
        "is_answerable": question.kind == "answerable",
        "lost_at": judgement.lost_at,
        "measures": {name: [share.won, share.of] for name, share in judgement.shares.items()},
    }


# --- rows ------------------------------------------------------------------------------------


def _part(name: str, judgements: Sequence[Judgement], seed: int) -> Part:
    tags = sorted({tag for judgement in judgements for tag in judgement.case.question.tags})
    chosen = ((tag, [j for j in judgements if tag in j.case.question.tags]) for tag in tags)
    return Part(
        _table(name, judgements, [measure.name for measure in MEASURES], seed, extra=_extra),
        tuple(_table(tag, those, BY_TAG, seed) for tag, those in chosen),
    )


def _table(
    name: str,
    judgements: Sequence[Judgement],
    measures: Iterable[str],
    seed: int,
    *,
    extra: Callable[[Sequence[Judgement], Resampling], list[Row]] | None = None,
) -> Table:
    articles = sorted({j.case.question.group for j in judgements if j.case.golds})
    resampling = Resampling.of([j.case.question.group for j in judgements], articles, seed)
    rows = [
        Row(one.name, one.label, ratio([j.shares.get(one.name) for j in judgements], resampling))
        for one in MEASURES
        if one.name in measures
    ]
    more = extra(judgements, resampling) if extra else []
    return Table(name, len(judgements), len(articles), tuple(rows + more))


def _extra(judgements: Sequence[Judgement], resampling: Resampling) -> list[Row]:
    """Give the measures that are no sum over a sum: ranks of confidences, latencies."""
    # One that is missing is taken for a confident error, so that it cannot raise the area.
    confidences = np.array([_confidence(judgement) for judgement in judgements])
    right = np.array([judgement.case.is_right for judgement in judgements])
    area = statistic(lambda w: auroc(confidences, right, w), len(judgements), resampling)
    timed = np.array([bool(judgement.case.answer) for judgement in judgements])
    seconds = [j.case.line.seconds if j.case.line else 0.0 for j in judgements]
    return [
        Row("auroc", "AUROC of confidence, right or not", area),
        *(
            Row(name, label, _latency(1_000 * np.array(seconds), timed, share, resampling))
            for name, label, share in LATENCIES
        ),
    ]


def _confidence(judgement: Judgement) -> float:
    return judgement.case.answer.confidence if judgement.case.answer else 1.0


def _latency(
    milliseconds: Floats,
    timed: npt.NDArray[np.bool_],
    share: float,
    resampling: Resampling,
) -> Estimate:
    def compute(weights: Counts) -> Floats:
        return percentile(milliseconds, share, weights * timed)

    return statistic(compute, int(timed.sum()), resampling)


def _wrong(judgements: Iterable[Judgement]) -> Iterable[WrongAnswer]:
    for judgement in judgements:
        if judgement.lost_at is None:
            continue
        case, question = judgement.case, judgement.case.question
        yield WrongAnswer(
            question_id=question.question_id,
            part=question.part,
            question=question.text,
            tags=question.tags,
            lost_at=judgement.lost_at,
            golds=tuple(dict.fromkeys(case.golds)),
            text=case.answer.text if case.answer else None,
            rejected=case.answer.best_rejected if case.answer else None,
            confidence=case.answer.confidence if case.answer else None,
            f1=judgement.shares["f1"].won,
        )


# --- text ------------------------------------------------------------------------------------


def _part_text(part: Part) -> list[str]:
    table = part.table
    head = (
        f"{table.name}: {table.questions} questions, {table.articles} articles\n"
        f"(intervals: 95 %, resampling whole articles"
        f"{'; with so few they are rough' if table.articles < 10 else ''})"
    )
    lines = [("measure", "value", "95 % interval", "n"), *(_row_text(row) for row in table.rows)]
    return [f"{head}\n{columns(lines)}", f"{table.name}, by tag\n{columns(_tag_lines(part.tags))}"]


def _row_text(row: Row) -> tuple[str, ...]:
    one = row.estimate
    show = _milliseconds if row.measure.startswith("latency") else _share
    between = "–" if one.low is None else f"{show(one.low)} – {show(one.high)}"
    return row.label, show(one.value), between, str(one.n)


def _tag_lines(tags: Sequence[Table]) -> list[tuple[str, ...]]:
    names = {measure.name: measure.label for measure in MEASURES}
    head = ("tag", "n", *(names[name] for name in BY_TAG))
    return [head, *(_tag_line(tag) for tag in tags)]


def _tag_line(tag: Table) -> tuple[str, ...]:
    cells = (
        "–" if row.estimate.value is None else f"{_share(row.estimate.value)} ({row.estimate.n})"
        for row in sorted(tag.rows, key=lambda row: BY_TAG.index(row.measure))
    )
    return tag.name, str(tag.questions), *cells


def _wrong_text(wrong: Sequence[WrongAnswer]) -> str:
    if not wrong:
        return "Every question was answered, or left unanswered, as it should be."
    counts = Counter(one.lost_at for one in wrong)
    stages = ", ".join(f"{stage} {counts[stage]}" for stage in LOST_AT if counts[stage])
    return "\n".join([f"{len(wrong)} not as they should be. Lost at: {stages}", *map(_one, wrong)])


def _one(wrong: WrongAnswer) -> str:
    said = f"“{wrong.text}”" if wrong.text is not None else "nothing"
    if wrong.text is None and wrong.rejected is not None:
        said += f" (best rejected “{wrong.rejected}”)"
    wanted = " | ".join(f"“{gold}”" for gold in wrong.golds[:GOLDS_SHOWN]) or "nothing"
    more = len(wrong.golds) - GOLDS_SHOWN
    confidence = "" if wrong.confidence is None else f", confidence {wrong.confidence:.2f}"
    return (
        f"  {wrong.question_id} {wrong.part} [{wrong.lost_at}] {wrong.question}\n"
        f"    said {said}{confidence}, F1 {wrong.f1:.2f}; "
        f"wanted {wanted}{f' and {more} more' if more > 0 else ''}"
    )


def columns(lines: Sequence[Sequence[str]]) -> str:
    """Set cells in columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _milliseconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
