"""Progress → bars on stderr: what is done, how fast, how long it will take, what was skipped.

Loaded only where a person looks. May import: types; rich.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Display
from rich.text import Text

from askcorpus.render import visible
from askcorpus.types import Progress

STAGES: Mapping[str, tuple[str, str]] = {
    "read": ("Reading", "files"),
    "passages": ("Cutting", "articles"),
    "embedding": ("Embedding", "passages"),
    "words": ("Indexing words", "passages"),
    "questions": ("Asking", "questions"),
}
"""What a stage is called while it runs, and what it counts."""


class RateColumn(ProgressColumn):
    """Things done in a second, by their name: `240 passages/s`."""

    def render(self, task: Task) -> Text:
        """Say the rate of a stage, once it is known."""
        speed = task.finished_speed or task.speed
        unit = task.fields["unit"]
        return Text("" if speed is None else f"{speed:,.0f} {unit}/s".strip())


class SkippedColumn(ProgressColumn):
    """How many things were left out so far; nothing while there are none."""

    def render(self, task: Task) -> Text:
        """Say how many were skipped."""
        skipped = task.fields["skipped"]
        return Text(f"{skipped:,} skipped" if skipped else "")


@contextlib.contextmanager
def drawing(console: Console | None = None) -> Iterator[Callable[[Progress], None]]:
    """Give a function that draws the progress of each stage until the run ends."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        SkippedColumn(),
    )
    with Display(*columns, console=console or Console(stderr=True), transient=True) as display:
        tasks: dict[str, TaskID] = {}

        def draw(progress: Progress) -> None:
            if progress.stage not in tasks:
                name, unit = STAGES.get(progress.stage, (visible(progress.stage), ""))
                tasks[progress.stage] = display.add_task(name, total=None, unit=unit, skipped=0)
            display.update(
                tasks[progress.stage],
                completed=progress.done,
                total=progress.total,
                skipped=progress.skipped,
            )

        yield draw
