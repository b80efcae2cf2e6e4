"""Cells → columns of text, and figures → cells. In: strings, measures. Out: strings.

May import: records, stdlib.
"""

from __future__ import annotations

from collections.abc import Sequence

from askcorpus.evaluation.records import Measure, Unit


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


def figure(value: float | None, unit: Unit = "share") -> str:
    """Give a value with the digits that its unit deserves."""
    if value is None:
        return "–"
    return f"{value:.3f}" if unit == "share" else f"{value:,.0f}"


def interval(row: Measure) -> str:
    """Give the ends of a measure's interval."""
    if row.low is None or row.high is None:
        return "–"
    return f"{figure(row.low, row.unit)} – {figure(row.high, row.unit)}"
