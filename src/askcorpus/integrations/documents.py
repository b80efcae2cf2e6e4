"""A hit → the metadata that every framework's document carries, and how a corpus is given.

May import: corpus, errors, settings, types.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from askcorpus.corpus import Corpus
from askcorpus.errors import DataError, ExtraMissingError
from askcorpus.settings import BUNDLED, Settings
from askcorpus.types import Filters, Hit, Json


@contextlib.contextmanager
def extra(name: str) -> Iterator[None]:
    """Hold imports of a library that only an optional extra brings.

    Raises:
        ExtraMissingError: The library is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ExtraMissingError(name, error.name or name) from error


def opened(index_dir: str | Path, encoder: str = BUNDLED) -> Corpus:
    """Open an index with the encoder of that name; see `Corpus.open`."""
    return Corpus.open(index_dir, settings=replace(Settings(), encoder=encoder))


def found(corpus: Corpus, question: str, k: int, filters: Filters) -> list[tuple[Hit, Json]]:
    """Search the newest generation; give each hit with its metadata, best first.

    Raises:
        UsageError: The question, k or a filter makes no sense.
    """
    with contextlib.suppress(DataError):
        # A damaged new generation stops nobody: the one that was opened goes on answering.
        corpus.refresh()
    hits = corpus.search(question, k, **filters.keywords())
    return [(hit, metadata(corpus, hit)) for hit in hits]


def metadata(corpus: Corpus, hit: Hit) -> Json:
    """Say where a passage stands and what is known of its article: `text[start:end]` is it."""
    passage = hit.passage
    article = corpus.article(passage.article_id)
    number = corpus.article_number(passage.article_id)
    paragraph = article.paragraph_number(passage.start)
    return {
        "article_id": passage.article_id,
        "passage_id": passage.passage_id,
        "start": passage.start,
        "end": passage.end,
        "score": hit.score,
        "title": article.title,
        "publisher": article.publisher,
        "authors": list(article.authors),
        "published": article.published,
        "section": article.section,
        "language": article.language,
        "url": article.url,
        "link": f"/article/{number}?s={passage.start}&e={passage.end}#p{paragraph}",
    }
