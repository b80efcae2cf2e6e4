"""Summary → a report in Markdown: the tables, and every question with the answer in its sentence.

In: `Summary`. Out: text in which nothing that a corpus or a question says is markup.
May import: citing, judging, records, report, render, stdlib.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from askcorpus.characters import visible
from askcorpus.evaluation.judging import STAGES
from askcorpus.evaluation.records import Cited, Judged, Line, Part, Summary
from askcorpus.evaluation.report import (
    Row,
    heading,
    loss_rows,
    manifest_rows,
    measure_rows,
    scope,
    tag_rows,
    verdict,
)
from askcorpus.render.citing import escaped_markdown

_FIGURES = re.compile(r"[\d.,()– ]+")


def report_markdown(summary: Summary) -> str:
    """Give the whole report in Markdown."""
    blocks = ["# Evaluation", escaped(heading(summary))]
    for part in summary.parts:
        blocks += _part(part)
    blocks += ["## Every question", *map(_question, summary.judged)]
    blocks += ["## What this was a run of", _manifest(summary)]
    return "\n\n".join(blocks) + "\n"


def table(rows: Sequence[Row]) -> str:
    """Set rows as a table whose first is its head; cells are escaped already."""
    head, *rest = rows
    rule = ("---", *("---:" for _ in head[1:]))
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rest))


def escaped(text: str) -> str:
    """Give text on one line, with nothing in it that Markdown or a terminal would act on."""
    return escaped_markdown(visible(" ".join(text.split())))


def cells(rows: Sequence[Row]) -> str:
    """Set rows as a table, with nothing in a cell that would be markup."""
    return table([tuple(map(_cell, row)) for row in rows])


def _cell(text: str) -> str:
    """Give a cell; a figure alone is no markup, and reads better without escapes."""
    return text if _FIGURES.fullmatch(text) else escaped(text)


def _manifest(summary: Summary) -> str:
    rows = manifest_rows(summary.manifest)
    return "\n".join(f"- {escaped(f'{name}: {value}')}" for name, value in rows)


def _part(part: Part) -> Iterator[str]:
    name = escaped(part.table.name)
    yield f"## {name}"
    yield escaped(scope(part.table))
    yield cells(measure_rows(part.table))
    if part.tags:
        yield f"### {name}, by tag"
        yield cells(tag_rows(part.tags))
    if part.losses:
        yield f"### {name}, lost by stage and tag"
        yield cells(loss_rows(part.losses))
        yield "\n".join(f"- {loss.stage}: {STAGES[loss.stage]}" for loss in part.losses)


def _question(one: Judged) -> str:
    line = one.line
    tags = ", ".join(line.question.tags)
    part = f" · {line.question.part}" if line.question.part else ""
    about = f"{line.question.question_id}{part}{f' · {tags}' if tags else ''}"
    head = f"**{escaped(line.question.text)}** ({escaped(about)})"
    return "\n".join([head, "", *(f"- {text}" for text in _said(one))])


def _said(one: Judged) -> Iterator[str]:
    line = one.line
    for turn in line.question.after:
        yield f"after: {escaped(turn)}"
    if line.asked != line.question.text:
        yield f"asked as: {escaped(line.asked)}"
    yield f"{_given(line)}{_how_sure(line)}"
    for citation in line.citations[:1]:
        yield _quoted(citation)
    yield _wanted(line)
    yield escaped(verdict(one))


def _given(line: Line) -> str:
    if line.refused is not None:
        return f"refused: {escaped(line.refused)}"
    if line.text is not None:
        return f"answered: “{escaped(line.text)}”"
    best = f"; best candidate, not given: “{escaped(line.best)}”" if line.best else ""
    return f"answered: nothing{best}"


def _wanted(line: Line) -> str:
    if line.question.unanswerable is not None:
        return f"nothing answers: {escaped(line.question.unanswerable)}"
    if line.golds:
        return f"accepted: {' | '.join(f'“{escaped(gold)}”' for gold in line.golds)}"
    return f"relevant: {', '.join(escaped(one.article_id) for one in line.question.relevant)}"


def _how_sure(line: Line) -> str:
    return "" if line.confidence is None else f" (confidence {line.confidence:.2f})"


def _quoted(citation: Cited) -> str:
    start = citation.start - citation.sentence_start
    end = start + len(citation.quote)
    marked = "".join(
        [
            _beside(citation.sentence[:start]),
            f"**{escaped(citation.quote)}**",
            _beside(citation.sentence[end:]),
        ]
    )
    title = citation.title or citation.article_id
    return f"in: {marked} — {escaped(title)}, {escaped(citation.article_id)}"


def _beside(text: str) -> str:
    """Escape what stands beside a quote, and keep the space between."""
    before, after = (" " if edge.isspace() else "" for edge in (text[:1], text[-1:]))
    return f"{before}{escaped(text)}{after}" if text.strip() else text[:1]
