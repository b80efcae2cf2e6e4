"""The HTTP API: typed routes, one form for every error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from askcorpus.app import openapi
from askcorpus.app.desk import BusyError, Desk, sendable, words_of
from askcorpus.app.models import (
    AnswerBody,
    ArticleBody,
    ArticleRow,
    ArticlesBody,
    AskBody,
    ErrorBody,
    HealthBody,
    SearchBody,
    SearchQuery,
)
from askcorpus.app.pages import Pages
from askcorpus.errors import AskCorpusError, UsageError
from askcorpus.render import cite
from askcorpus.types import SCHEMA, Answer, Json

MOST_ROWS = 1_000
"""Articles listed in one response; `offset` gives the next."""

_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": words, **openapi.refused(code, example)}
    for status, words, code, example in (
        (
            400,
            "The request is not what it says it is.",
            "AC-USAGE",
            "The body is not a JSON object sent with Content-Type: application/json.",
        ),
        (
            404,
            "There is no such article.",
            "AC-NOT-FOUND",
            "There is no article 99. See /api/articles.",
        ),
        (
            413,
            "The request is larger than any question.",
            "AC-TOO-LARGE",
            "The request is larger than any question.",
        ),
        (
            422,
            "The question or an option makes no sense.",
            "AC-USAGE",
            "The question has neither a letter nor a digit. Ask it in words.",
        ),
        (
            503,
            "Too many questions at once, or the index cannot be read.",
            BusyError.code,
            BusyError.message,
        ),
    )
}


def error(status: int, code: str, message: str) -> JSONResponse:
    """Give an error in the form that every route uses."""
    body = {"schema": SCHEMA, "error": {"code": code, "message": message}}
    return JSONResponse(body, status_code=status)


def router(desk: Desk) -> APIRouter:
    """Give the routes under `/api`."""
    routes = APIRouter(prefix="/api", tags=["askcorpus"], responses=_ERRORS)
    _add_questions(routes, desk)
    _add_articles(routes, desk)
    known = [route for route in routes.routes if isinstance(route, APIRoute)]

    def otherwise(request: Request) -> Response:
        return _nothing(request, known)

    # Before Gradio, which would answer in a form of its own.
    routes.add_api_route("/{rest:path}", otherwise, methods=_METHODS, include_in_schema=False)
    return routes


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"]


def _nothing(request: Request, known: Sequence[APIRoute]) -> Response:
    """Say that a path is none, or which methods it takes."""
    path = request.url.path
    here = [route for route in known if route.path_regex.match(path)]
    if not here:
        return error(404, "AC-NOT-FOUND", f"There is no {path} to be asked so. See /openapi.json.")
    allowed = ", ".join(sorted({method for route in here for method in route.methods or ()}))
    refused = error(405, "AC-HTTP", f"{path} takes {allowed}, not {request.method}.")
    refused.headers["Allow"] = allowed
    return refused


def _add_questions(routes: APIRouter, desk: Desk) -> None:
    @routes.post(
        "/ask",
        response_model=AnswerBody,
        response_model_exclude_unset=True,
        responses=openapi.given(answered=openapi.ANSWER, not_found=openapi.NOT_FOUND),
    )
    def ask(body: Annotated[AskBody, Body(openapi_examples=openapi.ASKED)]) -> Json:
        """Answer a question in an article's own words, with every place that says so."""
        answer = desk.ask(body.question, body.k, body.filters())
        why = {"why": answer.why()} if body.why else {}
        return _sent(answer.to_dict() | why | _cited(answer, body.cite))

    @routes.get("/search", response_model=SearchBody, responses=openapi.given(found=openapi.SEARCH))
    def search(query: Annotated[SearchQuery, Query()]) -> Json:
        """Find the passages nearest to a question, best first; no answer is read."""
        return _sent(desk.search(query.q, query.k, query.filters()))


def _add_articles(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/articles", response_model=ArticlesBody, responses=openapi.given(listed=openapi.ARTICLES)
    )
    def articles(
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
    ) -> Json:
        """List the articles of the corpus, and the files that were left out."""
        corpus = desk.current()
        found = corpus.articles
        return _sent(
            {
                "schema": SCHEMA,
                "articles": [_row(desk, one.article_id) for one in found[offset : offset + limit]],
                "total": len(found),
                "skipped": [skipped.to_dict() for skipped in corpus.skipped],
                "generation": corpus.generation,
            }
        )

    @routes.get(
        "/articles/{number}",
        response_model=ArticleBody,
        responses=openapi.given(whole=openapi.ARTICLE),
    )
    def article(number: Annotated[int, Path(examples=[3])]) -> Json:
        """Give one article, whole: text, paragraphs, and where each fact was found."""
        found = desk.current().article_at(number)
        if found is None:
            raise HTTPException(404, f"There is no article {number}. See /api/articles.")
        return _sent(found.to_dict() | {"number": number})

    @routes.get("/health", response_model=HealthBody, responses=openapi.given(sound=openapi.HEALTH))
    def health() -> Json:
        """Say that questions can be answered, and from what."""
        corpus = desk.current()
        return {
            "schema": SCHEMA,
            "status": "ok",
            "articles": len(corpus.articles),
            "passages": len(corpus.passages),
            "generation": corpus.generation,
        }


def _cited(answer: Answer, form: str | None) -> Json:
    return {"cited": [cite(each, form) for each in answer.citations]} if form else {}


def _sent(body: Json) -> Json:
    cleaned: Json = sendable(body)
    return cleaned


def _row(desk: Desk, article_id: str) -> Json:
    article = desk.corpus.article(article_id)
    number = desk.corpus.article_number(article_id)
    keys = set(ArticleRow.model_fields) - {"number", "link"}
    row = {key: value for key, value in article.to_dict().items() if key in keys}
    return row | {"number": number, "link": f"/article/{number}"}


# --- errors -----------------------------------------------------------------------------------


def add_error_handlers(app: FastAPI, pages: Pages) -> None:
    """Answer every error in one form: JSON under `/api`, a page elsewhere; never a traceback."""

    @app.exception_handler(AskCorpusError)
    def refused(request: Request, problem: AskCorpusError) -> Response:
        return respond(request, _status(problem), problem.code, words_of(problem))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, problem: RequestValidationError) -> Response:
        broken = any(each["type"] == "json_invalid" for each in problem.errors())
        return respond(request, 400 if broken else 422, UsageError.code, _in_words(problem))

    @app.exception_handler(HTTPException)
    def refused_by_route(request: Request, problem: HTTPException) -> Response:
        code = "AC-NOT-FOUND" if problem.status_code == 404 else "AC-HTTP"
        return respond(request, problem.status_code, code, str(problem.detail))

    @app.exception_handler(500)
    def failed(request: Request, _problem: Exception) -> Response:
        words = "Something went wrong on the server; the terminal that runs it says what."
        return respond(request, 500, "AC-BUG", words)

    def respond(request: Request, status: int, code: str, message: str) -> Response:
        if request.url.path.startswith("/api/"):
            return error(status, code, message)
        return pages.error(status, message)


def _status(problem: AskCorpusError) -> int:
    if isinstance(problem, UsageError):
        return 422
    return 503 if isinstance(problem, BusyError) or problem.exit_code != 70 else 500


def _in_words(problem: RequestValidationError) -> str:
    """Say which field of a request is wrong, and how; its value is not repeated."""
    parts = []
    for each in problem.errors():
        if each["type"] in {"json_invalid", "model_attributes_type"}:
            return "The body is not a JSON object sent with Content-Type: application/json."
        field = ".".join(str(part) for part in each["loc"][1:] if part != "body")
        parts.append(f"{field}: {each['msg']}" if field else str(each["msg"]))
    return "; ".join(parts)
