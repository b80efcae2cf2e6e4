"""All that is not Gradio, put together: the API, the plain pages, errors, and the guards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from askcorpus.app import api, articles, corpus_page, evaluation_page, pages, uploads
from askcorpus.app.guards import Guards


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages need to know beside the corpus.

    Attributes:
        index_name: Name of the index folder, for commands to copy.
        runs: Folder of evaluation runs; None where there is none.
        uploads: None where files may not be added.
    """

    index_name: str = "embeddings"
    runs: Path | None = None
    uploads: uploads.Uploads | None = None


def add_pages(app: FastAPI, shown: pages.Pages, site: Site) -> None:
    """Add the API and all pages but the question page, with guards before and errors after."""
    for router in (
        api.router(shown.desk),
        pages.routes(),
        articles.routes(shown),
        corpus_page.routes(corpus_page.CorpusPage(shown, site.index_name)),
        evaluation_page.routes(evaluation_page.EvaluationPages(shown, site.runs)),
        uploads.routes(uploads.UploadPages(shown, site.uploads)),
    ):
        app.include_router(router)
    api.add_error_handlers(app, shown)
    app.add_middleware(Guards, closed=_Closed(shown), uploads=shown.uploads)


class _Closed:
    """Answers every address that is not open: a page for people, JSON for programs."""

    def __init__(self, shown: pages.Pages) -> None:
        """Take the pages that know how an error looks."""
        self._pages = shown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that there is nothing at this address."""
        response = self._pages.error(404, "There is no page at this address.")
        await response(scope, receive, send)
