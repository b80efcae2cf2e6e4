"""Options that several commands share, and the corpus that they open.

May import: errors, settings; corpus and ingest inside the function that needs them; typer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askcorpus.errors import AskCorpusError, IndexMissingError
from askcorpus.settings import BUNDLED, Settings

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus


def complete_language(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Complete the code of a language of the index that the command line names."""
    from askcorpus.ingest import LANGUAGES

    with contextlib.suppress(AskCorpusError), opened(context.params["index_dir"]) as corpus:
        codes = sorted({each.language for each in corpus.articles if each.language})
        return [(code, LANGUAGES.get(code, code)) for code in codes if code.startswith(incomplete)]
    return []


IndexDir = Annotated[Path, typer.Option("--index", metavar="DIR", help="Folder of the index.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Since = Annotated[
    str | None, typer.Option(metavar="DATE", help="Only articles published on DATE or later.")
]
Until = Annotated[
    str | None, typer.Option(metavar="DATE", help="Only articles published on DATE or earlier.")
]
Publisher = Annotated[str | None, typer.Option(metavar="NAME", help="Only this publisher's.")]
Language = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        help="Only articles in this language, such as en or de.",
        autocompletion=complete_language,
    ),
]
Section = Annotated[str | None, typer.Option(metavar="NAME", help="Only articles of this section.")]
EncoderName = Annotated[
    str, typer.Option("--encoder", metavar="MODEL", help="Folder or hub name of an encoder.")
]
ReaderName = Annotated[
    str, typer.Option("--reader", metavar="MODEL", help="Folder or hub name of a reader.")
]

DEFAULT_INDEX = Path("embeddings")


def settings_of(encoder: str = BUNDLED, reader: str = BUNDLED) -> Settings:
    """Give the settings of a command line: the defaults with these models."""
    return replace(Settings(), encoder=encoder, reader=reader)


@contextlib.contextmanager
def opened(index_dir: Path, settings: Settings | None = None) -> Iterator[Corpus]:
    """Open the corpus for one command; a missing index is noticed before a model is loaded."""
    if not index_dir.is_dir():
        raise IndexMissingError(str(index_dir))
    from askcorpus.corpus import Corpus

    with Corpus.open(index_dir, settings=settings or settings_of()) as corpus:
        yield corpus
