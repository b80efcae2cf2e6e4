"""The question page: one box, filters, answer cards and follow-ups, in Gradio Blocks.

The history is kept on the server, in the session's state; the browser sends only what was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import gradio as gr
from gradio.events import api
from markupsafe import Markup

from askcorpus.app.articles import linker, trail_of
from askcorpus.app.desk import Desk, filters_of, sendable, words_of
from askcorpus.app.examples import Examples
from askcorpus.app.pages import templates
from askcorpus.chat import Conversation, Turn
from askcorpus.errors import AskCorpusError, UsageError
from askcorpus.render import as_html, ready, verdict
from askcorpus.settings import Settings
from askcorpus.types import Answer, Filters, Json

KEPT = 20
"""Turns of a conversation that stay on the page and in memory."""

SESSIONS = 500
"""Conversations held in memory; the oldest gives way."""

QUEUE = 32
"""Questions that may wait for the page; the next ones are told to come again."""

EXAMPLES_EVERY = 1.5
"""Seconds between two looks at the examples found, while they are being looked for."""

ANY_PUBLISHER = ("Any publisher", "")

# The address of the page follows the last question, so that the browser's Back button, a
# bookmark and a sent link all lead to the same answer. Gradio has no event for this.
_FOLLOW = "(address) => { window.history.replaceState(window.history.state, '', address); }"


@dataclass(frozen=True, slots=True)
class Entry:
    """One turn on the page: a question with its card, or with why it was refused."""

    question: str
    asked: str
    card: Markup
    status: str
    turn: Turn | None


Log = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Through:
    """A corpus as a conversation sees it: through the desk, which keeps the queue."""

    desk: Desk

    def ask(
        self,
        question: str,
        k: int | None = None,
        *,
        since: str | None = None,
        until: str | None = None,
        publisher: str | None = None,
    ) -> Answer:
        """Answer a question when it is its turn."""
        return self.desk.ask(question, k, filters_of(since, until, publisher))


def converse(desk: Desk, question: str, filters: Filters, log: Log) -> Log:
    """Ask a question after the turns of a log, and give the log with its entry added."""
    turns = [entry.turn for entry in log if entry.turn]
    question = sendable(question)
    try:
        turn = Conversation(_Through(desk), turns).ask(
            question, since=filters.since, until=filters.until, publisher=filters.publisher
        )
    except AskCorpusError as problem:
        return (*log, _refused(question, problem))[-KEPT:]
    link = linker(desk.corpus, trail_of(turn.answer, _query(turn.asked, filters)))
    shelf = desk.shelf(turn.answer.passages)
    card = Markup(as_html(turn.answer, shelf, link=link, live=True))  # noqa: S704
    status = ready(verdict(turn.answer, shelf), turn.answer)
    return (*log, Entry(question, turn.asked, card, status, turn))[-KEPT:]


def _query(asked: str, filters: Filters) -> dict[str, str]:
    """Give a question and its filters as they stand in an address."""
    fields = {
        "q": asked,
        "since": filters.since,
        "until": filters.until,
        "publisher": filters.publisher,
    }
    return {name: value for name, value in fields.items() if value}


def _refused(question: str, problem: AskCorpusError) -> Entry:
    """Give the entry of a question that could not be answered: why, and what to do."""
    card = templates().get_template("refused.html").render(message=words_of(problem))
    usage = isinstance(problem, UsageError)
    status = "The question was not asked" if usage else "The question could not be answered"
    return Entry(question, question, Markup(card), status, None)  # noqa: S704


def log_html(log: Log) -> str:
    """Give the conversation, the newest turn first."""
    return templates().get_template("log.html").render(entries=tuple(reversed(log)))


def head_html(desk: Desk) -> str:
    """Give the head of the page: the name, and what the corpus holds."""
    return templates().get_template("masthead.html").render(label=desk.label())


def examples_html(questions: Iterable[str]) -> str:
    """Give example questions as links."""
    links = [(question, f"/?{urlencode({'q': question})}") for question in questions]
    return templates().get_template("examples.html").render(examples=links)


def _publishers(desk: Desk) -> list[tuple[str, str]]:
    """Give the choices of the publisher filter, in alphabetical order."""
    names = sorted({each.publisher for each in desk.corpus.articles if each.publisher})
    return [ANY_PUBLISHER, *((name, name) for name in names)]


# --- Blocks -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of the page that events read and write."""

    head: gr.HTML
    question: gr.Textbox
    button: gr.Button
    since: gr.Textbox
    until: gr.Textbox
    publisher: gr.Dropdown
    examples: gr.HTML
    log: gr.HTML
    address: gr.Textbox
    state: gr.State
    timer: gr.Timer


def blocks(desk: Desk, examples: Examples) -> gr.Blocks:
    """Give the question page and the named endpoints `ask` and `search`."""
    page = gr.Blocks(title="askcorpus", analytics_enabled=False, fill_width=True)
    with page:
        parts = _lay_out(desk)
        _connect(page, parts, desk, examples)
        _show_examples_when_found(parts, examples)
        _add_endpoints(desk)
    page.queue(max_size=QUEUE, default_concurrency_limit=2, api_open=False)
    page.state_session_capacity = SESSIONS
    return page


def _html(name: str, value: str = "") -> gr.HTML:
    """Give a place for HTML of our own templates; it runs no script."""
    return gr.HTML(value, elem_id=name, js_on_load=None, apply_default_css=False)


def _lay_out(desk: Desk) -> _Parts:
    head = _html("ac-head", head_html(desk))
    with gr.Row(elem_id="ac-ask"):
        question = gr.Textbox(
            label="Question",
            placeholder="Ask in a full sentence",
            autofocus=True,
            max_length=Settings().max_question_characters,
            elem_id="ac-question",
            scale=1,
        )
        button = gr.Button("Ask", variant="primary", elem_id="ac-button", scale=0, min_width=96)
    with gr.Accordion("Narrow by date or publisher", open=False, elem_id="ac-filters"), gr.Row():
        since = gr.Textbox(label="Published since", placeholder="2018 or 2018-06-30", max_length=10)
        until = gr.Textbox(label="Published until", placeholder="2019 or 2019-01-31", max_length=10)
        publisher = gr.Dropdown(
            _publishers(desk), value="", label="Publisher", allow_custom_value=True
        )
    log = _html("ac-log")
    examples = _html("ac-examples")
    address = gr.Textbox(visible=False)
    state = gr.State(())
    timer = gr.Timer(EXAMPLES_EVERY)
    return _Parts(
        head, question, button, since, until, publisher, examples, log, address, state, timer
    )


def _connect(page: gr.Blocks, parts: _Parts, desk: Desk, examples: Examples) -> None:
    filters = [parts.since, parts.until, parts.publisher]
    written = [parts.log, parts.state, parts.question, parts.examples, parts.address]

    def add_turn(  # Gradio hands over one argument for each part
        question: str, since: str, until: str, publisher: str, log: Log
    ) -> tuple[str, Log, str, str, str]:
        asked = filters_of(since, until, publisher)
        new = converse(desk, question, asked, log)
        entry = new[-1]
        left = "" if entry.turn else question
        address = f"/?{urlencode(_query(entry.asked, asked))}" if entry.turn else "/"
        return log_html(new), new, left, "", address

    def open_page(request: gr.Request) -> tuple[object, ...]:
        query = dict(request.query_params)
        asked = filters_of(query.get("since"), query.get("until"), query.get("publisher"))
        question = query.get("q", "").strip()
        new = converse(desk, question, asked, ()) if question else ()
        shown = "" if question else examples_html(examples.ready())
        choices = gr.Dropdown(choices=_publishers(desk), value=asked.publisher or "")
        return (
            *(head_html(desk), asked.since or "", asked.until or "", choices),
            *(shown, log_html(new) if new else "", new),
        )

    asked = gr.on(
        [parts.question.submit, parts.button.click],
        add_turn,
        [parts.question, *filters, parts.state],
        written,
        api_visibility="private",
        show_progress="minimal",
        show_progress_on=parts.log,
        concurrency_id="questions",
    )
    asked.success(None, parts.address, None, js=_FOLLOW, api_visibility="private")
    page.load(
        open_page,
        None,
        [parts.head, *filters, parts.examples, parts.log, parts.state],
        api_visibility="private",
        show_progress="hidden",
        concurrency_id="questions",
    )


@contextmanager
def _as_gradio_error() -> Iterator[None]:
    """Give a refusal in the form that `gradio_client` hands on to its caller."""
    try:
        yield
    except AskCorpusError as problem:
        raise gr.Error(words_of(problem), title=problem.code, print_exception=False) from problem


def _show_examples_when_found(parts: _Parts, examples: Examples) -> None:
    """Fill in the examples while they are being found, unless a question came first."""

    def look(log: Log) -> tuple[str, gr.Timer]:
        shown = "" if log else examples_html(examples.ready())
        return shown, gr.Timer(active=not log and examples.searching)

    parts.timer.tick(
        look,
        parts.state,
        [parts.examples, parts.timer],
        api_visibility="private",
        show_progress="hidden",
    )


def _add_endpoints(desk: Desk) -> None:
    """Add what `gradio_client` calls; the JSON is that of the HTTP API."""

    def ask(  # the options of the API, each by its name
        question: str,
        k: int | None = None,
        since: str | None = None,
        until: str | None = None,
        publisher: str | None = None,
        why: bool = False,  # noqa: FBT001, FBT002
    ) -> Json:
        with _as_gradio_error():
            answer = desk.ask(question, k, filters_of(since, until, publisher))
        sent: Json = sendable(answer.to_dict() | ({"why": answer.why()} if why else {}))
        return sent

    def search(
        question: str,
        k: int = 5,
        since: str | None = None,
        until: str | None = None,
        publisher: str | None = None,
    ) -> Json:
        with _as_gradio_error():
            sent: Json = sendable(desk.search(question, k, filters_of(since, until, publisher)))
        return sent

    api(ask, api_name="ask", concurrency_id="questions")
    api(search, api_name="search", concurrency_id="questions")
