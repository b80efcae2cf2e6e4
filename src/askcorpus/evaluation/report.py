"""Summary → a report as lines of text, and the rows and words that all reports are made of.

In: `Summary`. Out: text, rows of cells. May import: judging, records, tables, render, stdlib.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from askcorpus.evaluation.judging import STAGES
from askcorpus.evaluation.records import Judged, Loss, Manifest, Measure, Part, Summary, Table
from askcorpus.evaluation.tables import columns, figure, interval
from askcorpus.render import counted

GOLDS_SHOWN = 4
"""Wordings shown beside a wrong answer; the JSON has them all."""

FEW_ARTICLES = 10
"""With fewer, resampling articles says little, and the report says so."""

Row = tuple[str, ...]


def report_text(summary: Summary) -> str:
    """Give the tables of every part and every wrong answer as lines of text."""
    blocks = [block for part in summary.parts for block in _part(part)]
    return "\n\n".join([*blocks, _wrong(summary.wrong)]) + "\n"


# --- rows and words --------------------------------------------------------------------------


def measure_rows(table: Table) -> list[Row]:
    """Give a head, then every measure with its interval and what it is the mean of."""
    return [("measure", "value", "95 % interval", "n"), *map(_measure, table.rows)]


def tag_rows(tags: Sequence[Table]) -> list[Row]:
    """Give a head, then a tag a row with its measures, intervals and numbers of questions."""
    head = ("tag", "n", *(row.label for row in tags[0].rows))
    return [head, *((tag.name, str(tag.questions), *map(cell, tag.rows)) for tag in tags)]


def loss_rows(losses: Sequence[Loss]) -> list[Row]:
    """Give a head, then a stage a row with the questions it lost, in all and by tag."""
    tags = sorted({tag for loss in losses for tag in loss.tags})
    lines = [(loss.stage, loss.n, *(loss.tags.get(tag, 0) for tag in tags)) for loss in losses]
    return [("stage", "all", *tags), *(tuple(str(one or "–") for one in line) for line in lines)]


def manifest_rows(manifest: Manifest) -> list[tuple[str, str]]:
    """Give what the run was a run of, as names and values."""
    machine = ", ".join(f"{name} {value}" for name, value in manifest.machine.items())
    libraries = ", ".join(f"{name} {version}" for name, version in manifest.libraries.items())
    return [
        ("begun", manifest.begun),
        ("askcorpus", f"{manifest.version}, sources {manifest.code[:16]}"),
        ("questions", f"{manifest.questions} of {_asked_of(manifest)}"),
        ("questions, SHA-256", manifest.questions_sha256),
        ("corpus", f"{manifest.articles:,} articles, {manifest.passages:,} passages"),
        ("corpus, SHA-256", manifest.corpus_sha256),
        ("index", f"generation {manifest.generation}, {json.dumps(manifest.index)}"),
        ("encoder", manifest.encoder),
        ("reader", manifest.reader),
        ("threshold", f"{manifest.calibration.get('threshold')}"),
        ("settings", json.dumps(manifest.settings)),
        ("seed", str(manifest.seed)),
        ("machine", machine),
        ("libraries", libraries),
        ("all questions", f"{manifest.seconds:.1f} s"),
    ]


def heading(summary: Summary) -> str:
    """Say in a sentence what was asked of what, and when."""
    manifest = summary.manifest
    asked = f"{counted(len(summary.judged), 'question')} of {_asked_of(manifest)}"
    articles, passages = (
        counted(manifest.articles, "article"),
        counted(manifest.passages, "passage"),
    )
    searched = f"{articles} in {passages}"
    when = manifest.begun.replace("T", " ").removesuffix("Z")
    return f"{asked}, asked of {searched} with askcorpus {manifest.version} on {when} UTC."


def scope(table: Table) -> str:
    """Say how many questions a table is of, and what its intervals are."""
    rough = "; with so few they are rough" if table.articles < FEW_ARTICLES else ""
    return (
        f"{counted(table.questions, 'question')}, {counted(table.articles, 'article')} "
        f"(intervals: 95 %, resampling whole articles{rough})"
    )


def cell(row: Measure) -> str:
    """Give value, interval and number of a measure in one cell."""
    if row.value is None:
        return "–"
    between = "" if row.low is None else f" {interval(row).replace(' – ', '–')}"
    return f"{figure(row.value, row.unit)}{between} ({row.n})"


def verdict(one: Judged) -> str:
    """Say whether a question went as it should, and if not, which stage lost it."""
    if one.lost_at is None:
        return "as it should be"
    return f"lost at {one.lost_at}: {STAGES[one.lost_at]}"


def _asked_of(manifest: Manifest) -> str:
    named = manifest.questions_file or "no file"
    return f"{named}, part {manifest.split}" if manifest.split else named


def _measure(row: Measure) -> Row:
    return row.label, figure(row.value, row.unit), interval(row), str(row.n)


# --- text ------------------------------------------------------------------------------------


def _part(part: Part) -> list[str]:
    name = part.table.name
    blocks = [f"{name}: {scope(part.table)}\n{columns(measure_rows(part.table))}"]
    if part.tags:
        blocks.append(f"{name}, by tag\n{columns(tag_rows(part.tags))}")
    if part.losses:
        blocks.append(f"{name}, lost by stage and tag\n{columns(loss_rows(part.losses))}")
    return blocks


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
