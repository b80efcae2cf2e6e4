"""`index`: folders of articles → an index, once or for as long as they change.

May import: corpus inside the function that needs it; typer.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askcorpus.cli.failures import explain
from askcorpus.cli.looking import skipped_lines
from askcorpus.cli.options import DEFAULT_INDEX, AsJson, EncoderName, IndexDir, settings_of
from askcorpus.cli.output import PLAIN, Look, bars, give, look, note
from askcorpus.errors import AskCorpusError, DataError
from askcorpus.settings import BUNDLED, Settings

if TYPE_CHECKING:
    from askcorpus.types import BuildReport

WATCH_SECONDS = 2.0
"""Between two looks at the folders of `index --watch`."""


def index(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Article folders.")],
    *,
    index_dir: IndexDir = DEFAULT_INDEX,
    watch: Annotated[bool, typer.Option("--watch", help="Keep the index up to date.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Embed everything again.")] = False,
    encoder: EncoderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Bring the index up to date with folders of articles; unchanged text is not embedded again."""
    settings = settings_of(encoder)
    before = signature(folders)
    _index_once(folders, index_dir, settings=settings, rebuild=rebuild, as_json=as_json)
    if not watch:
        return
    note(f"Watching {', '.join(map(str, folders))}; end with Ctrl-C.")
    for _ in changes(lambda: signature(folders), before):
        try:
            _index_once(folders, index_dir, settings=settings, rebuild=False, as_json=as_json)
        except AskCorpusError as error:
            # What is wrong now may be mended by the next change; the last good index stays.
            explain(error, as_json=as_json)


def _index_once(
    folders: list[Path], index_dir: Path, *, settings: Settings, rebuild: bool, as_json: bool
) -> None:
    for folder in folders:
        if not folder.is_dir():
            kind = "is not a folder" if folder.exists() else "does not exist"
            message = (
                f"{folder} {kind}. The index was not changed. Name a folder that holds articles: "
                f"askcorpus index FOLDER --index {index_dir}"
            )
            raise DataError(message)
    from askcorpus.corpus import Corpus

    with bars() as draw:
        report = Corpus.build(folders, index_dir, settings=settings, rebuild=rebuild, progress=draw)
    give(report.to_dict(), report_lines(report, index_dir, look()), as_json=as_json)


def report_lines(report: BuildReport, index_dir: Path, style: Look = PLAIN) -> Iterator[str]:
    """Yield what a run did, each skipped file, and how fast it was."""
    yield (
        f"added {report.added}, changed {report.changed}, removed {report.removed}, "
        f"unchanged {report.unchanged}, skipped {len(report.skipped)}"
    )
    yield from skipped_lines(report.skipped, style, indent="  ")
    # Where little is embedded, passages by time would flatter: the rate is of what was done.
    rate = report.embedded / report.seconds if report.seconds else 0.0
    speed = f", {rate:.0f} passages/s" if report.embedded else ""
    yield (
        f"{report.passages} passages ({report.embedded} embedded) in {report.seconds:.1f} s"
        f"{speed}; generation {report.generation} in {index_dir}"
    )


Signature = frozenset[tuple[str, int, int, int]]


def signature(folders: Iterable[str | Path]) -> Signature:
    """Give path, size, time of change and file number of every file below the folders."""
    found: set[tuple[str, int, int, int]] = set()
    for folder in folders:
        # A file or folder may vanish between two looks: that is a change, not an error.
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found |= signature([entry.path])
                    continue
                status = entry.stat(follow_symlinks=False)
                found.add((entry.path, status.st_size, status.st_mtime_ns, status.st_ino))
    return frozenset(found)


def changes(
    look: Callable[[], Signature], seen: Signature, pause: float = WATCH_SECONDS
) -> Iterator[None]:
    """Yield whenever what is seen has changed and then stood still for one pause."""
    waiting = seen
    while True:
        time.sleep(pause)
        now = look()
        if now == waiting and now != seen:
            seen = now
            yield
        waiting = now
