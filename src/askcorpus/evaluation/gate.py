"""Floors: what a run must reach → what it misses.

In: `f1=0.7` from a command line, or a TOML file with a table a part. Out: `Floor`, `Breach`.
May import: files, records, errors, stdlib.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from askcorpus.errors import DataError, UsageError
from askcorpus.evaluation.files import read_text
from askcorpus.evaluation.records import Measure, Summary
from askcorpus.evaluation.tables import figure
from askcorpus.types import Json


@dataclass(frozen=True, slots=True)
class Floor:
    """The worst value that a measure may have.

    Attributes:
        part: Part of the questions; None for the last table of a summary, which is of all.
        limit: Least value; for a measure of which less is better, the most.
    """

    measure: str
    limit: float
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A floor that a run does not reach.

    Attributes:
        value: None where there was nothing to measure, which no floor lets pass.
    """

    part: str
    row: Measure
    limit: float

    @property
    def text(self) -> str:
        """Say what is missed, and by how much."""
        most = "at most" if self.row.lower_is_better else "at least"
        return (
            f"{self.row.label} ({self.part}) is {figure(self.row.value, self.row.unit)}, "
            f"and must be {most} {figure(self.limit, self.row.unit)}"
        )

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "part": self.part,
            "measure": self.row.name,
            "value": self.row.value,
            "limit": self.limit,
            "text": self.text,
        }


def parse_floor(text: str) -> Floor:
    """Read a floor as it is typed: `f1=0.7`, or `dev:f1=0.7` for one part.

    Raises:
        UsageError: It is not of this form.
    """
    name, _, limit = text.partition("=")
    part, colon, measure = name.rpartition(":")
    try:
        value = float(limit)
    except ValueError:
        value = math.nan
    if not measure.strip() or not math.isfinite(value):
        raise UsageError(f"--floor {text} is no floor. Write one as: --floor f1=0.7")
    return Floor(measure.strip(), value, part.strip() if colon else None)


def load_floors(path: Path) -> tuple[Floor, ...]:
    """Read floors from a TOML file: a table a part, in it a number a measure.

    Raises:
        DataError: The file cannot be read, or is not of this form.
    """
    try:
        tables = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path} is not TOML: {error}") from error
    floors = tuple(
        _floor(path, part, measure, limit)
        for part, table in tables.items()
        for measure, limit in _table(path, part, table).items()
    )
    if not floors:
        raise DataError(f"{path} names no floor. Write a table a part, such as: [dev] f1 = 0.7")
    return floors


def breaches(summary: Summary, floors: Iterable[Floor]) -> tuple[Breach, ...]:
    """Give the floors that a run does not reach, in their order.

    Raises:
        UsageError: There is no such part or measure.
    """
    found = ((floor, *_row(summary, floor)) for floor in floors)
    return tuple(
        Breach(part, row, floor.limit) for floor, part, row in found if _misses(row, floor.limit)
    )


def _misses(row: Measure, limit: float) -> bool:
    if row.value is None:
        return True
    return row.value > limit if row.lower_is_better else row.value < limit


def _row(summary: Summary, floor: Floor) -> tuple[str, Measure]:
    part = summary.parts[-1] if floor.part is None else summary.part(floor.part)
    if part is None:
        there = ", ".join(part.table.name for part in summary.parts)
        raise UsageError(f"The run has no part {floor.part!r} to hold to a floor, but: {there}")
    row = part.table.row(floor.measure)
    if row is None:
        there = ", ".join(row.name for row in part.table.rows)
        raise UsageError(f"There is no measure {floor.measure!r}. There are: {there}")
    return part.table.name, row


def _table(path: Path, part: str, table: object) -> Mapping[str, object]:
    if not isinstance(table, dict):
        raise DataError(f"{path}: {part}: is not a table. Write floors as: [dev] f1 = 0.7")
    return table


def _floor(path: Path, part: str, measure: str, limit: object) -> Floor:
    if isinstance(limit, bool) or not isinstance(limit, int | float):
        raise DataError(f"{path}: {part}.{measure}: {limit!r} is not a number")
    return Floor(measure, float(limit), part)
