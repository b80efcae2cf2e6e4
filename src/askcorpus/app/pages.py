"""Plain server-rendered pages without scripts: an article, the list of articles, an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode

import jinja2
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from askcorpus.app.desk import Desk
from askcorpus.app.guards import PAGE_POLICY
from askcorpus.render import corpus_in_words, lines, template_filters
from askcorpus.types import Article

ROWS = 500
"""Articles on one page of the list: more take the browser longer to lay out than to fetch."""

_NOTE_MOVED = (
    "The marked place is missing or does not fit this article, which may have changed since "
    "the link was made. The article is shown without a mark."
)


@cache
def templates() -> jinja2.Environment:
    """Give the templates of the app; every value in them is escaped."""
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.PackageLoader("askcorpus.app"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(template_filters())
    return environment


@cache
def static(name: str) -> bytes:
    """Give a file of the app's own: the stylesheet or the icon."""
    return files("askcorpus.app").joinpath("static", name).read_bytes()


def page(template: str, status: int = 200, /, **values: object) -> HTMLResponse:
    """Render a template as a response that may load its stylesheet and nothing else."""
    html = templates().get_template(template).render(**values)
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}
    return HTMLResponse(html, status_code=status, headers=headers)


@dataclass(frozen=True, slots=True)
class Place:
    """The span that an article page marks, as its address gives it.

    Attributes:
        note: What to tell the reader when the span cannot be marked; empty otherwise.
    """

    start: int | None = None
    end: int | None = None
    note: str = ""


def place(article: Article, query: Mapping[str, str]) -> Place:
    """Read the offsets `s` and `e` of an address; offsets that make no sense give a note."""
    if "s" not in query and "e" not in query:
        return Place()
    start, end = _offset(query.get("s")), _offset(query.get("e"))
    if start is None or end is None or not start < end <= len(article.text):
        return Place(note=_NOTE_MOVED)
    return Place(start, end)


def _offset(text: str | None) -> int | None:
    """Give a plain decimal number; ten digits are more than any article has characters."""
    plain = text is not None and text.isascii() and text.isdigit() and len(text) <= 10
    return int(text) if text and plain else None


def back_link(query: Mapping[str, str]) -> str:
    """Give the address of the question page, with the question that led to the article."""
    kept = {name: query[name] for name in ("q", "since", "until", "publisher") if name in query}
    return f"/?{urlencode(kept)}" if kept else "/"


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages over one desk."""

    desk: Desk
    router: APIRouter = field(default_factory=APIRouter)

    def article(self, number: int, query: Mapping[str, str]) -> Response:
        """Show an article with a span marked, scrolled to by its paragraph's anchor."""
        article = self.desk.current().article_at(number)
        if article is None:
            raise HTTPException(404, f"There is no article {number} in this corpus.")
        where = place(article, query)
        return page(
            "article.html",
            article=article,
            lines=list(lines(article, where.start, where.end)),
            note=where.note,
            back=back_link(query),
            asked="q" in query,
        )

    def articles(self, start: int) -> Response:
        """Show the list of articles and the files that were left out."""
        corpus = self.desk.current()
        found = corpus.articles
        rows = [(corpus.article_number(each.article_id), each) for each in found[start:][:ROWS]]
        return page(
            "articles.html",
            label=corpus_in_words(found),
            rows=rows,
            skipped=corpus.skipped if not start else (),
            following=start + ROWS if start + ROWS < len(found) else None,
            previous=max(start - ROWS, 0) if start else None,
        )

    def error(self, status: int, message: str) -> Response:
        """Show what went wrong, with the way back."""
        return page("error.html", status, status=status, message=message)


def add_routes(pages: Pages) -> APIRouter:
    """Give the routes of the pages and of the two files that they load."""
    routes = pages.router

    @routes.get("/article/{number}", include_in_schema=False)
    def article(number: int, request: Request) -> Response:
        return pages.article(number, request.query_params)

    @routes.get("/articles", include_in_schema=False)
    def articles(request: Request) -> Response:
        return pages.articles(_offset(request.query_params.get("start")) or 0)

    @routes.get("/askcorpus.css", include_in_schema=False)
    def stylesheet() -> Response:
        headers = {"Cache-Control": "no-cache"}
        return Response(static("askcorpus.css"), media_type="text/css", headers=headers)

    @routes.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return Response(static("icon.svg"), media_type="image/svg+xml")

    return routes
