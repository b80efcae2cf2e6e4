"""A question → an entry of the page: the card, how it was understood, and what to do next.

No Gradio here: these are functions from records to HTML of our own templates.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Literal, Unpack
from urllib.parse import parse_qsl, urlsplit

from markupsafe import Markup

from askcorpus.app.articles import linker, trail_of
from askcorpus.app.desk import (
    Changes,
    Desk,
    address_of,
    asked_of,
    fields_of,
    sendable,
    words_of,
)
from askcorpus.app.examples import Examples
from askcorpus.app.offers import Offer, further, instead, narrower
from askcorpus.app.pages import templates
from askcorpus.chat import Conversation, Turn
from askcorpus.errors import AskCorpusError, UsageError
from askcorpus.ingest import LANGUAGES
from askcorpus.render import as_html, counted, date_in_words, ready, verdict
from askcorpus.retriever import filters_of
from askcorpus.types import Answer, Filters, Narrowing

KEPT = 20
"""Turns of a conversation that stay on the page and in memory."""

LONGEST_ADDRESS = 8_192
"""Characters of an address that is looked at; a question has at most 1,000, encoded."""

REMEMBERED = 30
"""Questions that the browser remembers."""

# A date that is being typed is not wrong yet: `20`, `2019-`, `2019-01-2`.
_BEGUN = re.compile(r"\d{1,3}|\d{4}-\d?|\d{4}-\d\d-\d?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One turn on the page: a question with its card, or with why it was refused.

    Attributes:
        number: Of the turn in its conversation, from 1; tells elements of entries apart.
        asked: The stand-alone question that was answered.
        alone: True where there were turns before, and nothing was taken over from them.
        status: What a screen reader says when the entry appears.
        turn: None where the question was refused.
    """

    number: int
    question: str
    asked: str
    filters: Filters
    alone: bool
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
        **narrowing: Unpack[Narrowing],
    ) -> Answer:
        """Answer a question when it is its turn."""
        return self.desk.ask(question, k, filters_of(**narrowing))


def converse(
    desk: Desk, question: str, filters: Filters, log: Log, *, stands_alone: bool = False
) -> Log:
    """Ask a question after the turns of a log, and give the log with its entry added.

    Args:
        desk: Answers.
        question: As typed.
        filters: Which articles may be searched.
        log: The entries before, oldest first.
        stands_alone: True where the question leans on nothing, as those of links do.
    """
    question = sendable(question)
    turns = turns_of(log)
    number = log[-1].number + 1 if log else 1
    if not desk.current().articles:
        return (*log, _without_articles(number, question))[-KEPT:]
    try:
        turn = Conversation(_Through(desk), () if stands_alone else turns).ask(
            question, **filters.keywords()
        )
    except AskCorpusError as problem:
        return (*log, _refused(number, question, problem))[-KEPT:]
    alone = bool(turns) and not stands_alone and not turn.rewritten
    return (*log, _answered(desk, turn, filters, number=number, alone=alone))[-KEPT:]


def turns_of(log: Log) -> list[Turn]:
    """Give the turns of a log that were answered, oldest first."""
    return [entry.turn for entry in log if entry.turn]


def _answered(desk: Desk, turn: Turn, filters: Filters, *, number: int, alone: bool) -> Entry:
    """Give the entry of a question that was answered, or whose answer was not found."""
    answer = turn.answer
    shelf = desk.shelf(answer.passages)
    link = linker(desk.corpus, trail_of(answer, fields_of(turn.asked, filters)))
    offers = _render("instead.html", offers=instead(desk, answer, filters)).strip()
    advice = Markup(offers)  # noqa: S704  # our template
    card = as_html(answer, shelf, link=link, live=True, advice=advice)
    return Entry(
        number=number,
        question=turn.question,
        asked=turn.asked,
        filters=filters,
        alone=alone,
        card=Markup(card),  # noqa: S704  # our template
        status=ready(verdict(answer, shelf), answer),
        turn=turn,
    )


def _refused(number: int, question: str, problem: AskCorpusError) -> Entry:
    """Give the entry of a question that could not be answered: why, and what to do."""
    message = words_of(problem)
    card = templates().get_template("refused.html").render(message=message)
    usage = isinstance(problem, UsageError)
    status = "The question was not asked" if usage else "The question could not be answered"
    return _unanswered(number, question, card, f"{status}: {message}")


def _without_articles(number: int, question: str) -> Entry:
    """Give the entry of a question where there is nothing to search: how to change that."""
    card = templates().get_template("empty.html").render()
    return _unanswered(number, question, card, "There is no article to search")


def _unanswered(number: int, question: str, card: str, status: str) -> Entry:
    return Entry(
        number=number,
        question=question,
        asked=question,
        filters=Filters(),
        alone=False,
        card=Markup(card),  # noqa: S704  # our template
        status=status,
        turn=None,
    )


# --- HTML -------------------------------------------------------------------------------------


def _render(template: str, **values: object) -> str:
    return templates().get_template(template).render(**values)


def log_html(log: Log) -> str:
    """Give the newest turn, and in one line for those who cannot see it that it has come."""
    return _render("log.html", entry=log[-1] if log else None, **_TELLING)


def bug_html() -> str:
    """Say that something went wrong which nobody foresaw; the terminal says what."""
    return _render("bug.html")


def earlier_html(log: Log) -> str:
    """Give the turns before the newest, the latest first."""
    return _render("earlier.html", entries=tuple(reversed(log[:-1])), **_TELLING)


def narrowed(filters: Filters) -> str:
    """Say which articles were searched, such as `published since 2018, by Lin Herald, in German`.

    Empty for all.
    """
    time = [
        f"{word} {date_in_words(date)}"
        for word, date in (("since", filters.since), ("until", filters.until))
        if date
    ]
    other = (
        ("by", filters.publisher),
        ("in", language_in_words(filters.language)),
        ("filed under", filters.section),
    )
    parts = [f"published {' and '.join(time)}"] if time else []
    return ", ".join([*parts, *(f"{word} {name}" for word, name in other if name)])


_TELLING = {"describe": narrowed, "fields": fields_of}
"""What templates say of filters: in words, and as fields of an address."""


def language_in_words(code: str | None) -> str:
    """Give the English name of a language; what is no known code as it is."""
    return LANGUAGES.get((code or "").lower(), code or "")


def examples_html(answered: Sequence[str], unanswered: Sequence[str] = ()) -> str:
    """Give example questions as links, with a word on those that have no answer here."""
    hints = {**dict.fromkeys(answered, ""), **dict.fromkeys(unanswered, "not in these articles")}
    offers = [Offer(each, address_of(each, Filters()), hint) for each, hint in hints.items()]
    return _render("offers.html", title="For example", offers=offers, name="examples")


def next_html(desk: Desk, examples: Examples, entry: Entry) -> tuple[str, bool]:
    """Give what to ask after an entry, and whether more of it may still be found."""
    if entry.turn is None:
        return "", False
    answer = entry.turn.answer
    questions, searching = further(examples, answer)
    offers = (*narrower(desk, answer, entry.filters), *questions)
    return _render("offers.html", title="Ask next", offers=offers, name="next"), searching


def feedback_html(entry: Entry | None, name: str | None) -> str:
    """Give the buttons of feedback with what pressing one does; empty where none is kept."""
    turn = entry.turn if entry else None
    found = turn is not None and turn.answer.text is not None
    return _render("feedback.html", turn=turn if name else None, name=name, found=found)


def thanks_html(message: str) -> str:
    """Give what became of a judgement."""
    return _render("thanks.html", message=message)


def count_html(desk: Desk, filters: Filters) -> str:
    """Say how many articles the filters leave, or what is wrong with them; half a date is not."""
    total = len(desk.corpus.articles)
    if filters == Filters():
        return ""
    try:
        left = len(desk.within(filters))
    except UsageError as problem:
        if any(_BEGUN.fullmatch(date) for date in (filters.since, filters.until) if date):
            return ""
        return _render("count.html", words=str(problem).removeprefix("--"))
    return _render("count.html", words=f"{left:,} of {counted(total, 'article')} searched")


Choice = Literal["publisher", "language", "section"]
"""A filter whose values are those of the articles."""

CHOICES: tuple[Choice, ...] = ("publisher", "language", "section")


def choices_of(desk: Desk, name: Choice, filters: Filters) -> list[tuple[str, str]]:
    """Give the values of one filter, each with how many of the articles that others leave.

    The value that is chosen stays among them even where no article is left to it.
    """
    asked: str | None = getattr(filters, name)
    try:
        articles = desk.within(replace(filters, **{name: None}))
    except UsageError:
        articles = list(desk.corpus.articles)
    forms: dict[str, list[tuple[str, int]]] = {}
    for form, count in Counter(map(attrgetter(name), articles)).most_common():
        if form:
            forms.setdefault(form.casefold(), []).append((form, count))
    counts = {alike[0][0]: sum(each for _, each in alike) for alike in forms.values()}
    if asked and asked.casefold() not in forms:
        counts[asked] = 0
    spoken = {value: language_in_words(value) if name == "language" else value for value in counts}
    found = sorted(counts, key=lambda value: (spoken[value].casefold(), value))
    every = (f"Any {name} ({len(articles):,})", "")
    return [every, *((f"{spoken[value]} ({counts[value]:,})", value) for value in found)]


def choices_shown(desk: Desk, filters: Filters) -> tuple[Choice, ...]:
    """Give the filters that can choose between articles, or are in use."""
    articles = desk.corpus.articles
    return tuple(
        name
        for name in CHOICES
        if name == "publisher"
        or getattr(filters, name)
        or len({value for each in articles if (value := getattr(each, name))}) > 1
    )


def narrowing_by(shown: Sequence[Choice]) -> str:
    """Say what articles can be narrowed by: `Narrow by date or publisher`."""
    *some, last = ("date", *shown)
    return f"Narrow by {', '.join(some)} or {last}"


def notice_html(desk: Desk, generation: int) -> str:
    """Say how the articles have changed since a page was shown; empty where they have not."""
    if desk.corpus.generation == generation:
        return ""
    changes = desk.changes(generation)
    return _render("notice.html", words=changes_in_words(changes))


def changes_in_words(changes: Changes | None) -> str:
    """Say what has changed: `3 articles were added, 1 was removed`."""
    known = changes and [
        (number, word)
        for number, word in (
            (changes.added, "added"),
            (changes.changed, "changed"),
            (changes.removed, "removed"),
        )
        if number
    ]
    if not known:
        return "The index was made anew" if changes else "The articles have changed"
    first, *rest = (
        f"{number:,} {'was' if number == 1 else 'were'} {word}" for number, word in known
    )
    count, _, tail = first.partition(" ")
    return ", ".join([f"{count} {'article' if count == '1' else 'articles'} {tail}", *rest])


def history_html(addresses: Sequence[str]) -> str:
    """Give what this browser has asked before, the newest first."""
    asked = [(each, *asked_of(query_of(each))) for each in addresses]
    offers = [
        Offer(question, address_of(question, filters), narrowed(filters))
        for _, question, filters in asked
        if question
    ]
    return _render("history.html", offers=offers)


def remembered(addresses: object, newest: str) -> list[str]:
    """Add an address to those that a browser remembers; whatever else it sends is dropped."""
    known = (
        [each for each in addresses if isinstance(each, str)] if isinstance(addresses, list) else []
    )
    if not query_of(newest).get("q"):
        return known[:REMEMBERED]
    return list(dict.fromkeys([newest, *known]))[:REMEMBERED]


def query_of(link: object) -> dict[str, str]:
    """Read the query of a link of ours; anything else gives an empty one."""
    if not isinstance(link, str) or len(link) > LONGEST_ADDRESS:
        return {}
    try:
        return dict(parse_qsl(urlsplit(link).query, errors="replace", max_num_fields=16))
    except ValueError:
        return {}
