"""Summary → a report as one HTML page: no script, nothing fetched, light, dark and on paper.

In: `Summary`. Out: HTML in which nothing that a corpus or a question says is markup: the template
escapes every value, and invisible characters are named. May import: citing, figures, judging,
records, report, tables, render, jinja2, stdlib.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from askcorpus.characters import visible
from askcorpus.evaluation import figures
from askcorpus.evaluation.judging import STAGES, cites_gold
from askcorpus.evaluation.records import Cited, Judged, Measure, Part, Summary, Unit
from askcorpus.evaluation.report import heading, manifest_rows, scope
from askcorpus.evaluation.tables import figure

if TYPE_CHECKING:
    import jinja2

CARDS = {
    "answerable_f1": "Words in common with an accepted answer",
    "answerable_em": "Answers that are an accepted one, word for word",
    "success@5": "Questions with an answer in the first five passages",
    "rr@10": "How high up the first passage with an answer stands",
    "right_source": "Questions answered from an article that does answer",
    "citation_precision": "Citations that stand where the answer does",
    "verbatim": "Citations that are in their article, letter for letter",
    "false_answers": "Unanswerable questions that were answered",
    "false_refusals": "Answerable questions that were not",
    "auroc": "A right answer is surer than a wrong one",
    "coverage@5%": "Could be answered with one in twenty wrong",
    "coverage@10%": "Could be answered with one in ten wrong",
    "ece": "How far confidence is from the truth",
    "latency_p50": "Half of the questions took less",
    "latency_p95": "Nineteen of twenty questions took less",
}
"""Measures on cards, and what they are in plain words. All others stand in the table."""


@dataclass(frozen=True, slots=True)
class Card:
    """A measure on a card.

    Attributes:
        words: What it is, in plain words.
        bar: Where its value and the ends of its interval are drawn, in percent of the bar; None
            where the measure has no bounds.
    """

    measure: Measure
    words: str
    bar: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Place:
    """A quote in its sentence: three slices, in order, and whether a gold answer stands there."""

    citation: Cited
    before: str
    after: str
    on_gold: bool


def report_html(summary: Summary) -> str:
    """Give the whole report as one page."""
    sections = [
        (f"part-{number}", part, cards(part), _plots(part, summary, f"part-{number}"))
        for number, part in enumerate(summary.parts, start=1)
    ]
    return _template().render(
        summary=summary,
        heading=heading(summary),
        sections=sections,
        stages=STAGES,
        manifest=manifest_rows(summary.manifest),
        lost=len(summary.wrong),
        colours=figures.COLOURS,
    )


def cards(part: Part) -> list[Card]:
    """Give the cards of a part; a measure without a value has none."""
    found = ((part.table.row(name), words) for name, words in CARDS.items())
    return [Card(row, words, _bar(row)) for row, words in found if row and row.value is not None]


def _bar(row: Measure) -> tuple[float, float, float] | None:
    if row.value is None or row.unit != "share":
        return None
    ends = (row.value if end is None else end for end in (row.low, row.high))
    low, high = (100 * end for end in ends)
    return 100 * row.value, low, high


def _plots(part: Part, summary: Summary, place: str) -> Iterator[figures.Plot]:
    """Draw what a part has: curves, bins, times and losses, each with ids of its own."""
    name, threshold = part.table.name, summary.manifest.calibration.get("threshold")
    drawn = []
    if part.risk_coverage:
        drawn.append(figures.risk_coverage({name: part.risk_coverage}, threshold=threshold))
        drawn.append(figures.reliability({name: part.reliability}))
    if times := _milliseconds(name, summary.judged):
        drawn.append(figures.latencies(times))
    if part.losses:
        drawn.append(figures.losses(part.losses))
    return (plot.within(place) for plot in drawn)


def _milliseconds(name: str, judged: Sequence[Judged]) -> list[float]:
    return [
        1_000 * one.line.seconds
        for one in judged
        if one.line.outcome in ("answered", "not_found")
        and name in (one.line.question.section, "all", "no part")
    ]


# --- values ----------------------------------------------------------------------------------


def said(value: float | None, unit: Unit) -> str:
    """Say a value in its unit: `83.1%`, `74 ms`."""
    return "–" if value is None else f"{_digits(value, unit)}{_SIGNS[unit]}"


def between(row: Measure) -> str:
    """Say the interval of a measure: `55.4–65.2%`, `161–173 ms`; empty where it has none."""
    if row.low is None or row.high is None:
        return ""
    return f"{_digits(row.low, row.unit)}–{said(row.high, row.unit)}"


_SIGNS: Mapping[Unit, str] = {"share": "%", "ms": " ms", "MB": " MB"}


def _digits(value: float, unit: Unit) -> str:
    return f"{100 * value:.1f}" if unit == "share" else f"{value:,.0f}"


def places(one: Judged) -> list[Place]:
    """Cut the sentence of each citation around its quote."""
    right = cites_gold(one.line)
    return [_place(each, hit) for each, hit in zip(one.line.citations, right, strict=True)]


def _place(citation: Cited, on_gold: bool) -> Place:  # noqa: FBT001  # one of a pair
    start = citation.start - citation.sentence_start
    end = start + len(citation.quote)
    return Place(citation, citation.sentence[:start], citation.sentence[end:], on_gold)


def _shown(value: object) -> object:
    """Name what cannot be seen in a text; a line end in a sentence is shown as a space."""
    if type(value) is str:
        return visible(re.sub(r"[\n\t]", " ", value))
    return value


@cache
def _template() -> jinja2.Template:
    """Load the page, once."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("askcorpus.evaluation"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "said": said,
        "between": between,
        "places": places,
        "figure": figure,
        "scope": scope,
    }
    return environment.get_template("report.html")
