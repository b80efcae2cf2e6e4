"""Summary → a report as lines of text: measures with intervals, losses, every wrong answer.

In: `Summary`. Out: text. May import: judging, records, tables, stdlib.
"""

from __future__ import annotations

from collections.abc import Sequence

from askcorpus.evaluation.judging import STAGES
from askcorpus.evaluation.records import Judged, Loss, Measure, Part, Summary, Table
from askcorpus.evaluation.tables import columns, figure, interval

GOLDS_SHOWN = 4
"""Wordings shown beside a wrong answer; the JSON has them all."""

FEW_ARTICLES = 10
"""With fewer, resampling articles says little, and the report says so."""


def report_text(summary: Summary) -> str:
    """Give the tables of every part and every wrong answer as lines of text."""
    blocks = [block for part in summary.parts for block in _part(part)]
    return "\n\n".join([*blocks, _wrong(summary.wrong)]) + "\n"


def _part(part: Part) -> list[str]:
    table = part.table
    rough = "; with so few they are rough" if table.articles < FEW_ARTICLES else ""
    head = (
        f"{table.name}: {table.questions} questions, {table.articles} articles\n"
        f"(intervals: 95 %, resampling whole articles{rough})"
    )
    rows = [("measure", "value", "95 % interval", "n"), *map(_row, table.rows)]
    blocks = [f"{head}\n{columns(rows)}"]
    if part.tags:
        blocks.append(f"{table.name}, by tag\n{columns(_tags(part.tags))}")
    if part.losses:
        blocks.append(f"{table.name}, lost by stage and tag\n{columns(_losses(part.losses))}")
    return blocks


def _row(row: Measure) -> tuple[str, ...]:
    return row.label, figure(row.value, row.unit), interval(row), str(row.n)


def _tags(tags: Sequence[Table]) -> list[tuple[str, ...]]:
    head = ("tag", "n", *(row.label for row in tags[0].rows))
    return [head, *((tag.name, str(tag.questions), *map(_cell, tag.rows)) for tag in tags)]


def _cell(row: Measure) -> str:
    if row.value is None:
        return "–"
    between = "" if row.low is None else f" {interval(row).replace(' – ', '–')}"
    return f"{figure(row.value, row.unit)}{between} ({row.n})"


def _losses(losses: Sequence[Loss]) -> list[tuple[str, ...]]:
    tags = sorted({tag for loss in losses for tag in loss.tags})
    lines = [(loss.stage, loss.n, *(loss.tags.get(tag, 0) for tag in tags)) for loss in losses]
    head = ("stage", "all", *tags)
    return [head, *(tuple(str(cell or "–") for cell in line) for line in lines)]


def _wrong(wrong: Sequence[Judged]) -> str:
    if not wrong:
        return "Every question was answered, or left unanswered, as it should be."
    counts = {stage: sum(one.lost_at == stage for one in wrong) for stage in STAGES}
    stages = ", ".join(f"{stage} {n}" for stage, n in counts.items() if n)
    return "\n".join([f"{len(wrong)} not as they should be. Lost at: {stages}", *map(_one, wrong)])


def _one(one: Judged) -> str:
    line = one.line
    said = f"“{line.text}”" if line.text is not None else "nothing"
    if line.text is None and line.best_rejected is not None:
        said += f" (best rejected “{line.best_rejected}”)"
    wanted = " | ".join(f"“{gold}”" for gold in line.golds[:GOLDS_SHOWN]) or "nothing"
    more = len(line.golds) - GOLDS_SHOWN
    confidence = "" if line.confidence is None else f", confidence {line.confidence:.2f}"
    overlap = f", F1 {one.shares['f1'].won:.2f}" if "f1" in one.shares else ""
    return (
        f"  {line.question.question_id} {line.question.part} [{one.lost_at}] {line.asked}\n"
        f"    said {said}{confidence}{overlap}; "
        f"wanted {wanted}{f' and {more} more' if more > 0 else ''}"
    )
