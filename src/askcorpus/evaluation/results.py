"""Summaries and ablations → the sections of a results file, each replaced alone and dated.

A results file is Markdown whose sections stand between comments that name them, so that a part of
it can be measured again while the rest keeps its own date. In: `Summary`, `Ablation`, the text as
it was. Out: text. May import: ablation, markdown, records, report, render, stdlib.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from askcorpus.evaluation.ablation import Ablation, ablation_rows, difference_rows
from askcorpus.evaluation.markdown import cells, escaped
from askcorpus.evaluation.records import Manifest, Part, Summary
from askcorpus.evaluation.report import Row, cell, loss_rows, tag_rows
from askcorpus.render import counted


def summary_section(summary: Summary, command: str) -> str:
    """Give the parts of a run side by side, then each part's tags and losses.

    Where the test part was asked, its losses are not shown, neither alone nor among those of all:
    nothing is to be chosen by them.

    Args:
        command: What to type to get it again.
    """
    blocks = [measured(summary.manifest, command), cells(side_by_side(summary.parts))]
    hidden = {"test", "all"} if summary.part("test") else set[str]()
    for part in summary.parts:
        blocks += _details(part)
        if part.losses and part.table.name not in hidden:
            blocks += _losses(part)
    return "\n\n".join(blocks)


def ablation_section(found: Ablation, command: str) -> str:
    """Give every variant's measures, by part, and what each loses against the whole.

    Args:
        command: What to type to get it again.
    """
    whole = found.whole.summary
    blocks = [measured(whole.manifest, command)]
    for part in whole.parts:
        name = part.table.name
        blocks.append(f"{escaped(name)}, {counted(part.table.questions, 'question')}:")
        blocks.append(cells(ablation_rows(found, name)))
    blocks.append("Variant minus whole, over all of these questions:")
    return "\n\n".join([*blocks, cells(difference_rows(found))])


def side_by_side(parts: Sequence[Part]) -> list[Row]:
    """Give a head, then a measure a row with a cell for each part; unmeasured ones are left out."""
    head = ("measure", *(f"{one.table.name} ({one.table.questions})" for one in parts))
    names = [row.name for row in parts[-1].table.rows]
    found = [[part.table.row(name) for part in parts] for name in names]
    return [
        head,
        *(
            (rows[-1].label, *(cell(row) if row else "–" for row in rows))
            for rows in found
            if rows[-1] and any(row and row.value is not None for row in rows)
        ),
    ]


def measured(manifest: Manifest, command: str) -> str:
    """Say when, with what and on what a section was measured, and how to get it again."""
    day = manifest.begun.partition("T")[0]
    machine = f"{manifest.machine.get('cores')} cores, {manifest.machine.get('processor')}"
    searched = f"{counted(manifest.articles, 'article')} in {counted(manifest.passages, 'passage')}"
    return (
        f"Measured {day} with askcorpus {manifest.version} (sources {manifest.code[:12]}), "
        f"{manifest.encoder} and {manifest.reader}, on {machine}; {searched}. "
        f"Questions: {escaped(manifest.questions_file or 'none')}. Again with:\n\n"
        f"    {command}"
    )


def with_section(text: str, name: str, body: str) -> str:
    """Put a section into a results file, in the place of what it said before.

    Args:
        text: The file as it was.
        name: What its comments say; a section that is not there yet comes last.
    """
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    section = f"{opening}\n\n{body}\n\n{closing}"
    standing = re.compile(f"{re.escape(opening)}.*?{re.escape(closing)}", re.DOTALL)
    if standing.search(text):
        return standing.sub(lambda _: section, text, count=1)
    return f"{text.rstrip()}\n\n{section}\n".lstrip()


def _details(part: Part) -> Iterator[str]:
    if part.tags:
        yield f"### {escaped(part.table.name)}, by tag"
        yield cells(tag_rows(part.tags))


def _losses(part: Part) -> Iterator[str]:
    yield f"### {escaped(part.table.name)}, lost by stage and tag"
    yield cells(loss_rows(part.losses))
