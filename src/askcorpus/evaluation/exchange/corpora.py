"""Texts of other makers → a folder of articles, read back as an index will read them.

In: documents. Out: a folder of JSONL files, and the article that each document became. May
import: ingest, settings, files of evaluation, errors, types, stdlib.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from askcorpus.errors import DataError
from askcorpus.evaluation.files import refuse_existing, write_text
from askcorpus.evaluation.questions import Question
from askcorpus.ingest import read_folder
from askcorpus.settings import Settings
from askcorpus.types import Article

FILE_BYTES = 8_000_000
"""Of one JSONL file; well below what `Settings.max_file_bytes` lets an index read."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Questions in this package's form, and what of the set could not be kept.

    Attributes:
        lost: A sentence each: where in the set, what, and why.
    """

    questions: tuple[Question, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutsideSet:
    """A set with a corpus of its own.

    Attributes:
        folder: Holds the articles: index it, then ask the questions.
        questions: Their places are offsets into the articles of that index.
        lost: What of the set could not be kept, a sentence each.
    """

    folder: Path
    questions: tuple[Question, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A text of an outside set; `name` is what messages call it."""

    name: str
    text: str
    title: str | None = None
    url: str | None = None


def write_articles(
    documents: Sequence[Document], folder: Path
) -> tuple[tuple[Article | None, ...], tuple[str, ...]]:
    """Write documents into a new folder and read them as an index will.

    Returns:
        For each document its article, None where an index would skip it; and why, for those.

    Raises:
        CannotCreateError: The folder is there already.
        DataError: There is no document.
    """
    if not documents:
        raise DataError("The set holds no text to make articles of")
    refuse_existing(folder)
    names: dict[str, int] = {}
    for part, (first, lines) in enumerate(_parts(documents), start=1):
        name = f"articles-{part:04d}.jsonl"
        write_text(folder / name, "".join(lines))
        names |= {f"{name}#{row}": first + row - 1 for row in range(1, len(lines) + 1)}
    read = read_folder(folder, max_bytes=Settings().max_file_bytes)
    articles: list[Article | None] = [None] * len(documents)
    for article in read.articles:
        articles[names[article.article_id]] = article
    lost = [f"{documents[names[one.path]].name}: {one.reason}" for one in read.skipped]
    return tuple(articles), tuple(lost)


def _parts(documents: Sequence[Document]) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of each file, and the index of its first document."""
    first, lines, size = 0, list[str](), 0
    for index, document in enumerate(documents):
        line = f"{json.dumps(_row(document), ensure_ascii=False)}\n"
        size += len(line.encode())
        if lines and size > FILE_BYTES:
            yield first, lines
            first, lines, size = index, [], len(line.encode())
        lines.append(line)
    yield first, lines


def _row(document: Document) -> dict[str, str]:
    row = {"text": document.text, "title": document.title, "url": document.url}
    return {key: value for key, value in row.items() if value}
