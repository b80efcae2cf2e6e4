"""`check`, `doctor`: is the index sound, and is everything here that answers need?

May import: maintenance and corpus inside the command that needs them; typer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askcorpus.cli.options import (
    DEFAULT_INDEX,
    AsJson,
    EncoderName,
    IndexDir,
    ReaderName,
    settings_of,
)
from askcorpus.cli.output import Look, Table, give, look, note, table_lines
from askcorpus.errors import DataError
from askcorpus.render import visible
from askcorpus.settings import BUNDLED, Settings

if TYPE_CHECKING:
    from askcorpus.maintenance import Check, Examination


def check(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make a damaged index anew from its stored articles.")
    ] = False,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Verify every checksum and invariant of the index; mend it on request."""
    from askcorpus import maintenance

    found = maintenance.check(index_dir)
    repaired = bool(found.problems) and repair
    if repaired:
        for problem in found.problems:
            note(problem)
        _mend(index_dir, settings_of(encoder))
        found = maintenance.check(index_dir)
    give(
        found.to_dict() | {"repaired": repaired},
        _check_lines(found, repaired=repaired),
        as_json=as_json,
    )
    if found.problems:
        raise typer.Exit(DataError.exit_code)


def _mend(index_dir: Path, settings: Settings) -> None:
    from askcorpus.corpus import Corpus

    Corpus.repair(index_dir, settings=settings)


def _check_lines(found: Check, *, repaired: bool) -> Iterator[str]:
    if found.problems:
        yield from map(visible, found.problems)
        yield f"{len(found.problems)} problems. Your articles are untouched."
        return
    yield (
        f"{'Repaired and sound' if repaired else 'Sound'}: generation {found.generation}, "
        f"{found.articles} articles, {found.passages} passages, {found.files} files."
    )


def doctor(
    *,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Say what is installed, which models, where, and whether all works offline."""
    from askcorpus.maintenance import examine

    found = examine(index_dir, settings_of(encoder, reader))
    give(found.to_dict(), _examination_lines(found, look()), as_json=as_json)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _examination_lines(found: Examination, style: Look) -> Iterator[str]:
    yield f"askcorpus {found.version}, Python {found.python}, {found.system}"
    yield ", ".join(f"{name} {version}" for name, version in found.packages)
    if style.terminal:
        rows = [
            (finding.part, "BAD" if finding.exit_code else "ok", visible(finding.text))
            for finding in found.findings
        ]
        yield from table_lines(Table(("Part", "State", "What was found"), rows), style)
        return
    for finding in found.findings:
        yield f"{'BAD' if finding.exit_code else 'ok':<4} {finding.part}: {visible(finding.text)}"
