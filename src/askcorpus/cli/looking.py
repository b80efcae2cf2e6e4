"""`list`, `show`: what the index holds, and where each fact about it was found.

May import: render; typer.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from askcorpus.cli.options import DEFAULT_INDEX, AsJson, IndexDir, opened
from askcorpus.cli.output import PLAIN, Look, Table, give, look, shown, table_lines
from askcorpus.errors import AskCorpusError, DataError, UsageError
from askcorpus.render import date_in_words, lines, visible
from askcorpus.types import SCHEMA, Json

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus
    from askcorpus.types import Article, Skipped


def list_articles(*, index_dir: IndexDir = DEFAULT_INDEX, as_json: AsJson = False) -> None:
    """List the articles: title, publisher, authors, date, and where each of these was found."""
    with opened(index_dir) as corpus:
        payload = {
            "schema": SCHEMA,
            "articles": [_summary(corpus, article) for article in corpus.articles],
            "skipped": [skipped.to_dict() for skipped in corpus.skipped],
            "generation": corpus.generation,
        }
        lines = [*list_lines(corpus, look()), *skipped_lines(corpus.skipped, look())]
    give(payload, lines, as_json=as_json)


def list_lines(corpus: Corpus, style: Look) -> list[str]:
    """Give the articles as a table to a person, as lines to a program."""
    if style.terminal:
        rows = [_row(corpus.article_number(one.article_id), one) for one in corpus.articles]
        return table_lines(Table(("No.", "Article", "Publisher", "Authors", "Date"), rows), style)
    return [line for article in corpus.articles for line in article_lines(corpus, article)]


def _row(number: int, article: Article) -> tuple[str, ...]:
    """Give an article as cells; under each fact, where it was found."""
    where = {fact.field: visible(fact.where) for fact in article.facts}
    cells = {
        "title": visible(article.title or "no title"),
        "publisher": visible(article.publisher or "none named"),
        "authors": visible(", ".join(article.authors) or "none named"),
        "published": date_in_words(article.published),
    }
    found = [f"{text}\n({where[name]})" if name in where else text for name, text in cells.items()]
    notes = "".join(f"\nnote: {visible(warning)}" for warning in article.warnings)
    return (str(number), f"{found[0]}\n{visible(article.article_id)}{notes}", *found[1:])


def skipped_lines(skipped: Sequence[Skipped], style: Look, *, indent: str = "") -> Iterator[str]:
    """Yield every file that was left out, with the reason."""
    if skipped and style.terminal:
        rows = [(visible(one.path), visible(one.reason)) for one in skipped]
        yield from table_lines(Table(("Skipped file", "Why"), rows), style)
        return
    for one in skipped:
        yield f"{indent}skipped {visible(one.path)}: {visible(one.reason)}"


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


def complete_article(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the id of an article of the index that the command line names."""
    with contextlib.suppress(AskCorpusError), opened(context.params["index_dir"]) as corpus:
        ids = [article.article_id for article in corpus.articles]
        return [name for name in ids if name.startswith(incomplete)]
    return []


def show(
    article: Annotated[
        str,
        typer.Argument(
            metavar="ARTICLE",
            help="Id or number of the article, or how its id begins.",
            autocompletion=complete_article,
        ),
    ],
    *,
    mark: Annotated[
        str | None,
        typer.Option(metavar="START-END", help="Mark these characters, as a citation gives them."),
    ] = None,
    removed: Annotated[bool, typer.Option("--removed", help="Show what was taken out.")] = False,
    index_dir: IndexDir = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Show one article with its numbered paragraphs, or what was taken out of its file."""
    span = _span(mark)
    with opened(index_dir) as corpus:
        found = find_article(corpus, article)
        payload = {"number": corpus.article_number(found.article_id), **found.to_dict()}
        head = list(article_lines(corpus, found))
    body = removed_lines(found) if removed else paragraph_lines(found, span, look())
    give(payload, [*head, "", *body], as_json=as_json)


def _span(mark: str | None) -> tuple[int, int] | None:
    """Read two offsets into an article's text, however the dash between them is written."""
    if mark is None:
        return None
    found = re.fullmatch(r"(\d{1,12})[-–:](\d{1,12})", mark)
    if found is None or int(found[1]) >= int(found[2]):
        message = f"{mark!r} is no place. Name two offsets, the smaller first: --mark 2481-2486"
        raise UsageError(message)
    return int(found[1]), int(found[2])


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


def paragraph_lines(
    article: Article, span: tuple[int, int] | None = None, style: Look = PLAIN
) -> Iterator[str]:
    """Yield the paragraphs under the numbers that citations use."""
    start, end = span or (None, None)
    for line in lines(article, start, end):
        kind = "" if line.kind == "body" else f"[{line.kind}] "
        marked = style.mark(shown(line.marked)) if line.marked else ""
        yield f"¶{line.number} {kind}{shown(line.before)}{marked}{shown(line.after)}"


def removed_lines(article: Article) -> Iterator[str]:
    """Yield what was taken out of a file, with line and reason."""
    if not article.removed:
        yield "Nothing was taken out of this file."
    for removed in article.removed:
        place = f"line {removed.line}, " if removed.line else ""
        yield f"[{place}{visible(removed.reason)}] {shown(removed.text)}"
