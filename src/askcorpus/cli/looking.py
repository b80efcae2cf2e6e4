"""`list`, `show`: what the index holds, and where each fact about it was found.

May import: render; typer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from askcorpus.cli.options import DEFAULT_INDEX, AsJson, IndexDir, opened
from askcorpus.cli.output import give
from askcorpus.errors import DataError
from askcorpus.render import date_in_words, printable, visible
from askcorpus.types import SCHEMA, Json

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus
    from askcorpus.types import Article


def list_articles(*, index_dir: IndexDir = DEFAULT_INDEX, as_json: AsJson = False) -> None:
    """List the articles: title, publisher, authors, date, and where each of these was found."""
    with opened(index_dir) as corpus:
        payload = {
            "schema": SCHEMA,
            "articles": [_summary(corpus, article) for article in corpus.articles],
            "skipped": [skipped.to_dict() for skipped in corpus.skipped],
            "generation": corpus.generation,
        }
        lines = [line for article in corpus.articles for line in article_lines(corpus, article)]
        lines += [f"skipped {visible(s.path)}: {visible(s.reason)}" for s in corpus.skipped]
    give(payload, lines, as_json=as_json)


def _summary(corpus: Corpus, article: Article) -> Json:
    """Give an article without its text."""
    left_out = ("schema", "text", "paragraphs", "removed")
    record = {key: value for key, value in article.to_dict().items() if key not in left_out}
    return {
        "number": corpus.article_number(article.article_id),
        **record,
        "characters": len(article.text),
        "paragraphs": len(article.paragraphs),
        "removed": len(article.removed),
    }


def article_lines(corpus: Corpus, article: Article) -> Iterator[str]:
    """Yield number, names and dates of an article, and where each was found."""
    yield f"{corpus.article_number(article.article_id):>3}  {visible(article.article_id)}"
    yield f"     {visible(article.title or 'no title')}"
    authors = ", ".join(article.authors) or "no author named"
    details = [article.publisher or "no publisher named", authors, date_in_words(article.published)]
    yield f"     {visible(' · '.join(details))}"
    for fact in article.facts:
        yield f"     {fact.field}: {visible(fact.value)} ({visible(fact.where)})"
    for warning in article.warnings:
        yield f"     note: {visible(warning)}"


def show(
    article: Annotated[
        str,
        typer.Argument(
            metavar="ARTICLE", help="Id or number of the article, or how its id begins."
        ),
    ],
    *,
    removed: Annotated[bool, typer.Option("--removed", help="Show what was taken out.")] = False,
    index_dir: IndexDir = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Show one article with its numbered paragraphs, or what was taken out of its file."""
    with opened(index_dir) as corpus:
        found = find_article(corpus, article)
        payload = {"number": corpus.article_number(found.article_id), **found.to_dict()}
        head = list(article_lines(corpus, found))
    body = removed_lines(found) if removed else paragraph_lines(found)
    give(payload, [*head, "", *body], as_json=as_json)


def find_article(corpus: Corpus, wanted: str) -> Article:
    """Find an article by its id, its number, or a beginning that only its id has."""
    ids = [article.article_id for article in corpus.articles]
    if wanted in ids:
        return corpus.article(wanted)
    # `002` is how a file's name begins, `2` is a number.
    by_number = (
        corpus.article_at(int(wanted)) if re.fullmatch(r"[1-9][0-9]{0,17}", wanted) else None
    )
    if by_number is not None:
        return by_number
    matches = [article_id for article_id in ids if article_id.startswith(wanted)]
    if len(matches) == 1:
        return corpus.article(matches[0])
    problem = f"{len(matches)} articles begin with" if matches else "No article is"
    message = f"{problem} {wanted!r}. The articles are listed by: askcorpus list"
    raise DataError(message)


def paragraph_lines(article: Article) -> Iterator[str]:
    """Yield the paragraphs under the numbers that citations use."""
    for number, paragraph in enumerate(article.paragraphs, start=1):
        kind = "" if paragraph.kind == "body" else f"[{paragraph.kind}] "
        yield f"¶{number} {kind}{printable(article.text[paragraph.start : paragraph.end])}"


def removed_lines(article: Article) -> Iterator[str]:
    """Yield what was taken out of a file, with line and reason."""
    if not article.removed:
        yield "Nothing was taken out of this file."
    for removed in article.removed:
        place = f"line {removed.line}, " if removed.line else ""
        yield f"[{place}{visible(removed.reason)}] {printable(removed.text)}"
