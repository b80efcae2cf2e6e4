"""What the pages of plain HTML share: templates, files of the app's own, the frame, errors.

No page has a script. Each has its own module beside this one: `articles` (the reader),
`corpus_page`, `evaluation_page`, `uploads`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import jinja2
from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from askcorpus.app.desk import Desk
from askcorpus.app.guards import PAGE_POLICY
from askcorpus.render import template_filters

STATIC: Mapping[str, str] = {
    "/askcorpus.css": "text/css",
    "/pages.css": "text/css",
    "/favicon.ico": "image/svg+xml",
}
"""Address of each file that pages load, and what it is."""

_FILES = {"/favicon.ico": "icon.svg"}


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
    """Give a file of the app's own: a stylesheet or the icon."""
    return files("askcorpus.app").joinpath("static", name).read_bytes()


@dataclass(frozen=True, slots=True)
class Pages:
    """The frame of every page over one desk.

    Attributes:
        uploads: Whether articles can be added through the app.
    """

    desk: Desk
    uploads: bool = False

    def render(self, template: str, **values: object) -> str:
        """Give a page, or its masthead alone, as HTML."""
        return templates().get_template(template).render(**self._frame(), **values)

    def show(self, template: str, /, *, status: int = 200, **values: object) -> HTMLResponse:
        """Give a page as a response that may load its stylesheets and nothing else."""
        return HTMLResponse(self.render(template, **values), status, page_headers())

    def stream(self, template: str, **values: object) -> Iterator[str]:
        """Give a page piece by piece, as its values come."""
        return templates().get_template(template).generate(**self._frame(), **values)

    def _frame(self) -> dict[str, object]:
        """Give what the masthead says: the pages there are, and what the corpus holds."""
        return {"uploads": self.uploads, "holds": self.desk.label()}

    def error(self, status: int, message: str) -> Response:
        """Show what went wrong, with the way back."""
        return self.show("error.html", status=status, code=status, message=message)


def page_headers() -> dict[str, str]:
    """Give the headers of every page: what it may load, and that it changes with the index."""
    return {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}


def routes() -> APIRouter:
    """Give the routes of the files that the pages load."""
    router = APIRouter()
    for path, kind in STATIC.items():
        router.add_api_route(path, _sender(path, kind), include_in_schema=False)
    return router


def _sender(path: str, kind: str) -> Callable[[], Response]:
    def send() -> Response:
        content = static(_FILES.get(path, path.removeprefix("/")))
        return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})

    return send
