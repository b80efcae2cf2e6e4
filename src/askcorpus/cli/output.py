"""What a command has to say → the terminal: data on stdout, progress and messages on stderr.

Where stdout is no terminal it is plain text and nothing else. May import: render, types; typer,
and rich inside the functions that draw.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import typer

from askcorpus.render import visible
from askcorpus.types import Json, Progress

_FRONT = re.compile(r"\s*(?:\d+\s+)?")
"""What stands before the words of a line: spaces, and the number of a passage or paragraph."""

HOST, PORT = "127.0.0.1", 7860
"""Where `serve` serves by default; ASKCORPUS_URL names another place for links to articles."""


# --- how much can be shown -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """How much of stdout a person sees: nothing but text where another program reads it.

    Attributes:
        terminal: Tables and links can be shown.
        colour: Bold and underline too; never with NO_COLOR.
    """

    terminal: bool = False
    colour: bool = False

    def mark(self, text: str) -> str:
        """Mark a quote in its sentence: bold, or between « » where nothing can be bold."""
        return f"\x1b[1;4m{text}\x1b[0m" if self.colour else f"«{text}»"

    def strong(self, text: str) -> str:
        """Set a line apart from those under it."""
        return f"\x1b[1m{text}\x1b[0m" if self.colour else text

    def faint(self, text: str) -> str:
        """Set back what is looked at second."""
        return f"\x1b[2m{text}\x1b[0m" if self.colour else text

    def link(self, text: str, address: str | None) -> str:
        """Make text a link (OSC 8); the address is spelled in characters that end nothing."""
        if not self.terminal or not address:
            return text
        return f"\x1b]8;;{_spelled(address)}\x1b\\{text}\x1b]8;;\x1b\\"


PLAIN = Look()


def look() -> Look:
    """Tell how much of stdout a person sees."""
    terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return Look(terminal, terminal and not os.environ.get("NO_COLOR"))


def _spelled(address: str) -> str:
    return quote(address, safe="%:/?#[]@!$&'()*+,;=~-._", errors="replace")


def in_app(path: str) -> str:
    """Give the address of a page of the app, from its path."""
    return (os.environ.get("ASKCORPUS_URL") or f"http://{HOST}:{PORT}").rstrip("/") + path


def shown(text: str) -> str:
    """Give running text of an article as a terminal may show it: line breaks and tabs stay.

    Controls and what changes the order of letters are named, as they could hide or steer.
    """
    return re.sub(r"[^\n\t]+", lambda line: visible(line[0]), text)


# --- tables ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under their heads; the cells are text that may be shown."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""


def table_lines(table: Table, style: Look) -> list[str]:
    """Draw a table as wide as the terminal; long cells are folded, nothing is cut off."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(box=box.SIMPLE_HEAD, title=table.title or None, title_justify="left")
    for head in table.heads:
        drawn.add_column(head, overflow="fold")
    for row in table.rows:
        # `Text` takes a cell as it is: square brackets of an article are no markup.
        drawn.add_row(*map(Text, row))
    page = io.StringIO()
    console = Console(
        file=page,
        width=shutil.get_terminal_size().columns,
        force_terminal=style.colour,
        color_system="standard" if style.colour else None,
        legacy_windows=False,
    )
    console.print(drawn)
    return [line.rstrip() for line in page.getvalue().rstrip().split("\n")]


# --- writing ---------------------------------------------------------------------------------


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
        sys.stderr.write(f"{shown(text)}\n")
        sys.stderr.flush()


def wrapped(text: str) -> str:
    """Break lines between words where a terminal would cut them; a number in front hangs out."""
    if not sys.stderr.isatty():
        return text
    width = shutil.get_terminal_size().columns - 1
    return "\n".join(_wrapped(line, width) for line in text.split("\n"))


def _wrapped(line: str, width: int) -> str:
    front = _FRONT.match(line)
    hanging = " " * len(front[0] if front else "")
    wrapping = textwrap.TextWrapper(
        width, subsequent_indent=hanging, break_on_hyphens=False, break_long_words=False
    )
    return line if len(line) <= width else wrapping.fill(line)


def typed(prompt: str) -> str:
    """Give the next line of stdin, edited with the arrow keys where a person types it.

    Raises:
        EOFError: There is no more.
    """
    if sys.stdin.isatty() and sys.stdout.isatty():
        with contextlib.suppress(ImportError):  # Windows edits lines without it
            import readline  # noqa: F401  # `input` uses what is imported
        return input(shown(prompt))
    sys.stderr.write(shown(prompt))
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


@contextlib.contextmanager
def bars() -> Iterator[Callable[[Progress], None]]:
    """Give a function that draws progress on stderr, or does nothing off a terminal."""
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    from askcorpus.cli.progress import drawing

    with drawing() as draw:
        yield draw
