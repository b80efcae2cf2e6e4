"""The question page: one box, filters, an answer card, what to ask next, in Gradio Blocks.

The conversation is kept on the server, in the session's state; the browser sends only what was
typed, or the address of a link that was followed. What was asked before is remembered by the
browser alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, cast

import gradio as gr
from gradio.events import api

from askcorpus.app.desk import Desk, address_of, asked_of, sendable, words_of
from askcorpus.app.examples import Examples
from askcorpus.app.feedback import Feedback, judgement_of
from askcorpus.app.pages import Pages, static
from askcorpus.app.turns import (
    CHOICES,
    Choice,
    Log,
    bug_html,
    choices_of,
    choices_shown,
    converse,
    count_html,
    earlier_html,
    examples_html,
    feedback_html,
    history_html,
    log_html,
    narrowing_by,
    next_html,
    notice_html,
    query_of,
    remembered,
    thanks_html,
    turns_of,
)
from askcorpus.errors import AskCorpusError
from askcorpus.retriever import FILTERS, filters_of
from askcorpus.settings import Settings
from askcorpus.types import Filters, Json

SESSIONS = 500
"""Conversations held in memory; the oldest gives way."""

QUEUE = 32
"""Questions that may wait for the page; the next ones are told to come again."""

SOON = 0.8
"""Seconds between two looks at what the background has found, while it is at work."""

NOW_AND_THEN = 10.0
"""Seconds between two looks at whether the articles have changed under an open page."""

COUNTED_FROM = 800
"""Characters of a question from which on they are counted."""

# The address of the page follows the last question, so that the browser's Back button, a
# bookmark and a sent link all lead to the same answer. Gradio has no event for this. A link that
# was followed is gone from the page, and the focus with it: the answer takes it over.
_FOLLOW = """(address) => {
  window.history.replaceState(window.history.state, '', address);
  if (document.activeElement === document.body) document.querySelector('#ac-log h2')?.focus();
}"""
_COUNT = f"""(text) => text.length < {COUNTED_FROM} ? '' :
  `${{text.length.toLocaleString('en')}} of {Settings().max_question_characters:,} characters`"""

Update = dict[Any, Any]
"""Part of the page → its new value; the others stay as they are."""

Dates = tuple[str, str]
"""Since and until, as they were typed."""

Asking = ParamSpec("Asking")

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of the page that events read and write."""

    head: gr.HTML
    notice: gr.HTML
    question: gr.Textbox
    button: gr.Button
    counter: gr.HTML
    narrow: gr.Accordion
    since: gr.Textbox
    until: gr.Textbox
    publisher: gr.Dropdown
    language: gr.Dropdown
    section: gr.Dropdown
    count: gr.HTML
    opening: gr.HTML
    waiting: gr.HTML
    log: gr.HTML
    feedback: gr.HTML
    following: gr.HTML
    earlier: gr.HTML
    examples: gr.HTML
    history: gr.HTML
    address: gr.Textbox
    turns: gr.State
    seen: gr.State
    dates: gr.State
    asked_before: gr.BrowserState
    soon: gr.Timer
    now_and_then: gr.Timer

    @property
    def filters(self) -> list[Any]:
        """The parts that hold the filters, in the order of `FILTERS`."""
        return [getattr(self, name) for name in FILTERS]

    @property
    def choices(self) -> list[Any]:
        """The filters that offer the values of the articles, in the order of `CHOICES`."""
        return [getattr(self, name) for name in CHOICES]

    @property
    def answered(self) -> list[Any]:
        """The parts that a question changes."""
        shown = [self.notice, self.log, self.feedback, self.following, self.earlier, self.examples]
        narrowing = [self.narrow, *self.filters, self.count]
        return [*shown, self.question, *narrowing, self.address, *self.kept]

    @property
    def kept(self) -> list[Any]:
        """What the session keeps, and whether the background is being looked at."""
        return [self.turns, self.seen, self.dates, self.soon]


def blocks(pages: Pages, examples: Examples, feedback: Feedback) -> gr.Blocks:
    """Give the question page and the named endpoints `ask` and `search`."""
    page = gr.Blocks(title="askcorpus", analytics_enabled=False, fill_width=True)
    with page:
        parts = _lay_out(pages)
        _Events(parts, pages, examples, feedback).connect(page)
        _add_endpoints(pages.desk)
    page.queue(max_size=QUEUE, default_concurrency_limit=2, api_open=False)
    page.state_session_capacity = SESSIONS
    return page


def _html(name: str, value: str = "", script: str | None = None) -> gr.HTML:
    """Give a place for HTML of our own templates."""
    return gr.HTML(value, elem_id=f"ac-{name}", js_on_load=script, apply_default_css=False)


def _masthead(pages: Pages) -> str:
    return pages.render("masthead.html", here="/")


def _lay_out(pages: Pages) -> _Parts:
    head, notice = _html("head", _masthead(pages)), _html("notice")
    question, button = _asking()
    counter = _html("counter")
    shown = choices_shown(pages.desk, Filters())
    narrow = gr.Accordion(narrowing_by(shown), open=False, elem_id="ac-filters")
    with narrow:
        with gr.Row():
            since = _date_box("Published from", "2018 or 2018-06-30", "from")
            until = _date_box("Published until", "2019 or 2019-01-31", "until")
            boxes = {name: _choice_box(pages.desk, name, shown) for name in CHOICES}
        count = _html("count")
    opening, waiting = (_html(name, _file("waiting.html")) for name in ("opening", "waiting"))
    log = _html("log", log_html(()), _file("question.js"))
    places = {name: _html(name) for name in ("next", "feedback", "earlier", "examples", "history")}
    _html("keys", pages.render("keys.html"), _file("slash.js"))
    return _Parts(
        head=head,
        notice=notice,
        question=question,
        button=button,
        counter=counter,
        narrow=narrow,
        since=since,
        until=until,
        **boxes,
        count=count,
        opening=opening,
        waiting=waiting,
        log=log,
        feedback=places["feedback"],
        following=places["next"],
        earlier=places["earlier"],
        examples=places["examples"],
        history=places["history"],
        address=gr.Textbox(visible=False),
        turns=gr.State(()),
        seen=gr.State(-1),
        dates=gr.State(("", "")),
        asked_before=gr.BrowserState([], storage_key="askcorpus-asked"),
        soon=gr.Timer(SOON, active=False),
        now_and_then=gr.Timer(NOW_AND_THEN),
    )


def _asking() -> tuple[gr.Textbox, gr.Button]:
    with gr.Row(elem_id="ac-ask"):
        question = gr.Textbox(
            label="Question",
            placeholder="Ask in a full sentence",
            autofocus=True,
            max_lines=8,
            max_length=Settings().max_question_characters,
            elem_id="ac-question",
            scale=1,
        )
        button = gr.Button("Ask", variant="primary", elem_id="ac-button", scale=0, min_width=96)
    return question, button


def _choice_box(desk: Desk, name: Choice, shown: Sequence[Choice]) -> gr.Dropdown:
    return gr.Dropdown(
        choices_of(desk, name, Filters()),
        value="",
        label=name.capitalize(),
        allow_custom_value=True,
        visible=name in shown,
        elem_id=f"ac-{name}",
    )


def _file(name: str) -> str:
    return static(name).decode()


def _date_box(label: str, placeholder: str, name: str) -> gr.Textbox:
    return gr.Textbox(
        label=label, placeholder=placeholder, max_length=10, max_lines=1, elem_id=f"ac-{name}"
    )


# --- events -----------------------------------------------------------------------------------

_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def _told(answer: Callable[Asking, Update]) -> Callable[Asking, Update]:
    """Let an event tell of a bug in place of an answer.

    Gradio's own event for failures comes as well when a person cancels a question.
    """

    @wraps(answer)
    def told(*args: Asking.args, **kwargs: Asking.kwargs) -> Update:
        try:
            return answer(*args, **kwargs)
        except Exception:  # noqa: BLE001  # the outermost edge of the app
            _LOG.exception("A question could not be answered")
            events = cast("_Events", args[0])
            return {events.parts.log: bug_html()}

    return told


class _Events:
    """What happens when something is typed, pressed or followed."""

    def __init__(self, parts: _Parts, pages: Pages, examples: Examples, feedback: Feedback) -> None:
        """Take the page and what answers."""
        self.parts = parts
        self.pages = pages
        self.desk = pages.desk
        self.examples = examples
        self.feedback = feedback

    def connect(self, page: gr.Blocks) -> None:
        """Tie events to parts."""
        parts = self.parts
        asking = self._connect_questions(page)
        parts.log.cancelled(None, None, None, cancels=asking, api_visibility="private")
        parts.log.judged(self.judge, parts.turns, parts.feedback, **_QUIET)
        parts.log.cleared(
            lambda: ([], history_html([])), None, [parts.asked_before, parts.history], **_QUIET
        )
        parts.question.change(None, parts.question, parts.counter, js=_COUNT, **_QUIET)
        # Picks alone: boxes that an address fills change one by one, and come with their counts.
        # Text boxes tell of every change, since Gradio's `input` misses what is pasted or deleted.
        counted = [parts.count, *parts.choices, parts.dates]
        # In one queue, one at a time: the count of older filters must not arrive last.
        once: dict[str, Any] = {"trigger_mode": "always_last", "concurrency_limit": 1}
        once |= {"concurrency_id": "counts"} | _QUIET
        picked = [each.input for each in parts.choices]
        gr.on(picked, self.count, parts.filters, counted, **once)
        typed = [parts.since.change, parts.until.change]
        gr.on(typed, self.count_anew, [parts.dates, *parts.filters], counted, **once)
        # Before any count, and apart from the question of the address, which may take its time.
        page.load(self.offer, None, [parts.narrow, *parts.choices], **once)
        parts.soon.tick(
            self.look, parts.turns, [parts.following, parts.examples, parts.soon], **_QUIET
        )
        parts.now_and_then.tick(self.notice, parts.seen, parts.notice, **_QUIET)

    def _connect_questions(self, page: gr.Blocks) -> list[Any]:
        """Tie what asks a question: the box, a link, the address of the page."""
        parts = self.parts
        shared: dict[str, Any] = {
            "api_visibility": "private",
            "show_progress": "minimal",
            "concurrency_id": "questions",
        }
        typed = [parts.question, parts.turns, *parts.filters]
        asking = [
            gr.on(
                [parts.question.submit, parts.button.click],
                self.typed,
                typed,
                parts.answered,
                show_progress_on=parts.waiting,
                **shared,
            ),
            parts.log.asked(
                self.followed,
                parts.turns,
                parts.answered,
                show_progress_on=parts.waiting,
                **shared,
            ),
        ]
        for asked in asking:
            asked.success(None, parts.address, None, js=_FOLLOW, api_visibility="private")
            self._remember_after(asked)
        # A sign of its own: Gradio takes one away as soon as any event that shows it has ended.
        opened = page.load(
            self.opened,
            None,
            [parts.head, *parts.answered],
            show_progress_on=parts.opening,
            **shared,
        )
        self._remember_after(opened)
        return [*asking, opened]

    def _remember_after(self, asked: Any) -> None:  # noqa: ANN401  # Gradio has no type for it
        parts = self.parts
        asked.success(
            self.remember,
            [parts.asked_before, parts.address],
            [parts.asked_before, parts.history],
            **_QUIET,
        )

    @_told
    def typed(self, question: str, log: Log, *narrowing: str) -> Update:
        """Answer what was typed; it may lean on the turns before."""
        log = converse(self.desk, question, _chosen(narrowing), log)
        left = "" if log[-1].turn else question
        return self._shown(log) | {self.parts.question: left}

    @_told
    def followed(self, log: Log, event: gr.EventData) -> Update:
        """Answer the question of a link, which stands alone, and take over its filters."""
        question, filters = asked_of(query_of(_data(event, "link")))
        log = converse(self.desk, question, filters, log, stands_alone=True)
        return self._shown(log) | self._filled(filters)

    @_told
    def opened(self, request: gr.Request) -> Update:
        """Show the page, and answer the question of its address."""
        question, filters = asked_of(dict(request.query_params))
        desk, parts = self._refreshed(), self.parts
        log = converse(desk, question, filters, (), stands_alone=True) if question else ()
        examples, searching = self._examples()
        head = {
            parts.head: _masthead(self.pages),
            parts.address: "",
            parts.seen: desk.corpus.generation,
        }
        shown = {
            parts.examples: examples,
            parts.soon: gr.Timer(active=searching),
        }
        # Without filters in its address, the boxes hold what was typed while the page was loading.
        filled = self._filled(filters) if filters != Filters() else {}
        return head | (self._shown(log) if log else shown) | filled

    def offer(self, request: gr.Request) -> Any:  # noqa: ANN401  # or gr.skip()
        """Offer what the articles hold now; filters of the address come with their question."""
        _, filters = asked_of(dict(request.query_params))
        self._refreshed()
        return self._offered(filters) if filters == Filters() else gr.skip()

    def _shown(self, log: Log) -> Update:
        """Give what a new entry changes."""
        parts, entry = self.parts, log[-1]
        return {
            parts.notice: "",
            parts.log: log_html(log),
            parts.feedback: feedback_html(entry, self._file_name()),
            parts.following: "",
            parts.earlier: earlier_html(log),
            parts.examples: "",
            parts.address: address_of(entry.asked, entry.filters) if entry.turn else "/",
            parts.turns: log,
            parts.seen: self.desk.corpus.generation,
            parts.soon: gr.Timer(active=entry.turn is not None),
        }

    def _offered(self, filters: Filters) -> Update:
        """Give the values that each filter can be set to, and leave what it is set to."""
        parts = self.parts
        shown = choices_shown(self.desk, filters)
        boxes = {
            box: gr.update(choices=choices_of(self.desk, name, filters), visible=name in shown)
            for name, box in zip(CHOICES, parts.choices, strict=True)
        }
        # A fold that was opened while the page was still loading stays open.
        return {parts.narrow: gr.update(label=narrowing_by(shown)), **boxes}

    def _filled(self, filters: Filters) -> Update:
        """Give the filters as the page shows them."""
        parts, offered = self.parts, self._offered(filters)
        for name, box in zip(CHOICES, parts.choices, strict=True):
            offered[box] |= {"value": getattr(filters, name) or ""}
        if filters != Filters():
            offered[parts.narrow] |= {"open": True}
        return offered | {
            parts.since: filters.since or "",
            parts.until: filters.until or "",
            parts.count: count_html(self.desk, filters),
            parts.dates: (filters.since or "", filters.until or ""),
        }

    def _file_name(self) -> str | None:
        path = self.feedback.path
        return path.name if path and self.feedback.open else None

    def _refreshed(self) -> Desk:
        self.desk.current()
        return self.desk

    def count_anew(self, counted: Dates, *narrowing: str) -> Any:  # noqa: ANN401  # or gr.skip()
        """Count where the dates are others than those that have been counted."""
        return gr.skip() if _dates(narrowing) == counted else self.count(*narrowing)

    def count(self, *narrowing: str) -> list[Any]:
        """Say how many articles the filters leave, in all and to each value that is offered."""
        filters = _chosen(narrowing)
        boxes = (gr.Dropdown(choices=choices_of(self.desk, name, filters)) for name in CHOICES)
        return [count_html(self.desk, filters), *boxes, _dates(narrowing)]

    def look(self, log: Log) -> tuple[str, str, gr.Timer]:
        """Show what the background has found, until it has found all."""
        if log:
            following, searching = next_html(self.desk, self.examples, log[-1])
            return following, "", gr.Timer(active=searching)
        shown, searching = self._examples()
        return "", shown, gr.Timer(active=searching)

    def _examples(self) -> tuple[str, bool]:
        """Give questions to begin with, as far as they are known, and whether more may follow."""
        found, beyond = self.examples.ready(), self.examples.beyond()
        answered, unanswered = ([each.question for each in one.known] for one in (found, beyond))
        return examples_html(answered, unanswered), found.searching or beyond.searching

    def notice(self, seen: int) -> str:
        """Say how the articles have changed since something was shown; nothing before that."""
        return notice_html(self._refreshed(), seen) if seen >= 0 else ""

    def judge(self, log: Log, event: gr.EventData) -> str:
        """Write down what a reader says of the newest answer."""
        judgement = judgement_of(_data(event, "value"))
        turn = log[-1].turn if log else None
        if judgement is None or turn is None:
            return ""
        shelf = self.desk.shelf(turn.answer.passages)
        try:
            self.feedback.add(judgement, turn, turns_of(log[:-1]), shelf.articles)
        except AskCorpusError as problem:
            return thanks_html(words_of(problem))
        return thanks_html("Noted. Thank you.")

    def remember(self, addresses: object, newest: str) -> tuple[list[str], str]:
        """Add a question to what the browser remembers."""
        known = remembered(addresses, newest)
        return known, history_html(known)


def _dates(narrowing: Sequence[str | None]) -> Dates:
    """Give the dates as they were typed; a box that is still being shown holds None."""
    return narrowing[FILTERS.index("since")] or "", narrowing[FILTERS.index("until")] or ""


def _chosen(narrowing: Sequence[str | None]) -> Filters:
    """Give the filters as the page holds them, in the order of `FILTERS`."""
    return filters_of(**dict(zip(FILTERS, narrowing, strict=True)))


def _data(event: gr.EventData, name: str) -> object:
    """Give what a browser sent with an event of the page's own; None if it did not."""
    return event._data.get(name) if isinstance(event._data, dict) else None  # noqa: SLF001


# --- endpoints --------------------------------------------------------------------------------


@contextmanager
def _as_gradio_error() -> Iterator[None]:
    """Give a refusal in the form that `gradio_client` hands on to its caller."""
    try:
        yield
    except AskCorpusError as problem:
        raise gr.Error(words_of(problem), title=problem.code, print_exception=False) from problem


def _add_endpoints(desk: Desk) -> None:
    """Add what `gradio_client` calls; the JSON is that of the HTTP API."""

    def ask(  # noqa: PLR0913, PLR0917  # the options of the API; new ones come last
        question: str,
        k: int | None = None,
        since: str | None = None,
        until: str | None = None,
        publisher: str | None = None,
        why: bool = False,  # noqa: FBT001, FBT002
        language: str | None = None,
        section: str | None = None,
    ) -> Json:
        with _as_gradio_error():
            answer = desk.ask(question, k, _chosen((since, until, publisher, language, section)))
        sent: Json = sendable(answer.to_dict() | ({"why": answer.why()} if why else {}))
        return sent

    def search(  # noqa: PLR0913, PLR0917  # the same
        question: str,
        k: int = 5,
        since: str | None = None,
        until: str | None = None,
        publisher: str | None = None,
        language: str | None = None,
        section: str | None = None,
    ) -> Json:
        filters = _chosen((since, until, publisher, language, section))
        with _as_gradio_error():
            sent: Json = sendable(desk.search(question, k, filters))
        return sent

    api(ask, api_name="ask", concurrency_id="questions")
    api(search, api_name="search", concurrency_id="questions")
