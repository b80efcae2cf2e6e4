"""What a command has to say → the terminal: data on stdout, progress and messages on stderr.

May import: render, types; typer and rich.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator

import typer

from askcorpus.render import printable, visible
from askcorpus.types import Json, Progress


def print_line(text: str) -> None:
    """Write a line of data; a reader that has gone away, as `head` does, ends the run quietly."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def print_json(payload: Json) -> None:
    """Write one object on one line, in ASCII where the terminal cannot show more."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print_line(json.dumps(payload, ensure_ascii=not utf8))


def give(payload: Json, lines: Iterable[str], *, as_json: bool) -> None:
    """Print a result: its JSON object, or its lines (corpus text in them made visible before)."""
    if as_json:
        print_json(payload)
    else:
        print_line("\n".join(lines))


def note(text: str) -> None:
    """Write a line for the person at the terminal."""
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(f"{printable(text)}\n")
        sys.stderr.flush()


@contextlib.contextmanager
def bars() -> Iterator[Callable[[Progress], None]]:
    """Give a function that draws progress on stderr, or does nothing off a terminal."""
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    from rich import progress as rich_bars
    from rich.console import Console

    columns = (
        rich_bars.TextColumn("{task.description}"),
        rich_bars.BarColumn(),
        rich_bars.MofNCompleteColumn(),
        rich_bars.TimeRemainingColumn(),
    )
    with rich_bars.Progress(*columns, console=Console(stderr=True), transient=True) as display:
        tasks: dict[str, rich_bars.TaskID] = {}

        def draw(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = display.add_task(visible(progress.stage))
            task = tasks[progress.stage]
            display.update(task, completed=progress.done, total=progress.total)

        yield draw
