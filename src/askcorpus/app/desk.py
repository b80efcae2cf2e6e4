"""One request → the corpus: the newest generation, and only so many questions at a time."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from askcorpus.errors import AskCorpusError, DataError, UsageError
from askcorpus.render import Shelf, corpus_in_words
from askcorpus.retriever import filters_of, within
from askcorpus.types import SCHEMA, Answer, Article, Filters, Hit, Json

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus

_LOG = logging.getLogger(__name__)

AT_ONCE = 2
"""Questions answered at a time: each uses every core, so more would only wait for each other."""

WAITING = 24
"""Questions that may wait. Below the 40 threads of the server, so that pages still open."""


GENERATIONS = 4
"""Generations remembered, so that a page opened before a change can say what has changed."""


class BusyError(AskCorpusError):
    """More questions are waiting than will be answered soon."""

    code = "AC-BUSY"
    exit_code = 75
    message: ClassVar[str] = (
        "Many questions are being answered at the moment. Nothing is wrong: "
        "ask again in a few seconds."
    )

    def __init__(self) -> None:
        """Say that nothing is wrong, and what to do."""
        super().__init__(self.message)


def words_of(problem: AskCorpusError) -> str:
    """Say to a visitor what went wrong; what names files of the machine goes to the log only."""
    if isinstance(problem, UsageError | BusyError):
        return str(problem)
    _LOG.error("%s: %s", problem.code, problem)
    return (
        f"No question can be answered at the moment ({problem.code}). "
        "The terminal that runs this server says why."
    )


def sendable(value: Any) -> Any:  # noqa: ANN401  # JSON is of any type
    """Give JSON-ready values that can be sent as UTF-8.

    A file name that is not UTF-8 holds lone surrogates; they are sent as question marks. Such an
    article is still found by its number.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: sendable(each) for key, each in value.items()}
    return [sendable(each) for each in value] if isinstance(value, list) else value


def fields_of(question: str, filters: Filters) -> dict[str, str]:
    """Give a question and its filters as they stand in an address; empty ones are left out."""
    fields = {
        "q": question,
        "from": filters.since,
        "until": filters.until,
        "pub": filters.publisher,
        "lang": filters.language,
        "section": filters.section,
    }
    return {name: value for name, value in fields.items() if value}


def address_of(question: str, filters: Filters) -> str:
    """Give the address of the page that asks a question: an answer that can be sent as a link."""
    fields = fields_of(question, filters)
    return f"/?{urlencode(fields, errors='replace')}" if fields else "/"


def asked_of(query: Mapping[str, str]) -> tuple[str, Filters]:
    """Read the question and the filters of an address."""
    filters = filters_of(
        since=query.get("from"),
        until=query.get("until"),
        publisher=query.get("pub"),
        language=query.get("lang"),
        section=query.get("section"),
    )
    return query.get("q", "").strip(), filters


@dataclass(frozen=True, slots=True)
class Changes:
    """How the articles differ from those of an earlier generation; None where it is forgotten."""

    added: int
    changed: int
    removed: int


@dataclass(slots=True)
class Desk:
    """Takes requests to a corpus: refreshes it, limits how many run, says what is known of it."""

    corpus: Corpus
    _places: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(AT_ONCE + WAITING)
    )
    _running: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(AT_ONCE)
    )
    _label: tuple[int, str] = (-1, "")
    _asking: int = 0
    _seen: OrderedDict[int, Mapping[str, int]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def idle(self) -> bool:
        """Whether nobody is being answered or waits for it."""
        return self._asking == 0

    @contextmanager
    def turn(self) -> Iterator[Corpus]:
        """Give the corpus, in its newest generation, when it is this request's turn.

        Raises:
            BusyError: Too many requests are waiting already.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError
        with self._lock:
            self._asking += 1
        try:
            with self._running:
                yield self.current()
        finally:
            with self._lock:
                self._asking -= 1
            self._places.release()

    def current(self) -> Corpus:
        """Give the corpus in its newest generation that can be read."""
        try:
            self.corpus.refresh()
        except DataError as problem:
            # A damaged new generation stops nobody: the one that was opened goes on answering.
            _LOG.warning("The newer index is not used: %s", problem)
        self._remember()
        return self.corpus

    def _remember(self) -> None:
        """Keep what the articles of this generation say, to tell later ones from them."""
        generation = self.corpus.generation
        with self._lock:
            if generation not in self._seen:
                texts = {each.article_id: hash(each.text) for each in self.corpus.articles}
                self._seen[generation] = texts
            while len(self._seen) > GENERATIONS:
                self._seen.popitem(last=False)

    def changes(self, generation: int) -> Changes | None:
        """Say how the articles have changed since a generation; None where it is forgotten."""
        new, old = self._seen.get(self.corpus.generation, {}), self._seen.get(generation)
        if old is None:
            return None
        return Changes(
            added=len(new.keys() - old.keys()),
            changed=sum(new[name] != old[name] for name in new.keys() & old.keys()),
            removed=len(old.keys() - new.keys()),
        )

    def within(self, filters: Filters) -> list[Article]:
        """Give the articles that filters allow to be searched."""
        return within(self.corpus.articles, filters)

    def ask(self, question: str, k: int | None, filters: Filters) -> Answer:
        """Answer a question when it is its turn."""
        with self.turn() as corpus:
            return corpus.ask(sendable(question), k, **filters.keywords())

    def search(self, question: str, k: int, filters: Filters) -> Json:
        """Give the nearest passages as JSON-ready values."""
        with self.turn() as corpus:
            hits = corpus.search(sendable(question), k, **filters.keywords())
            return {
                "schema": SCHEMA,
                "question": question,
                "passages": [hit.to_dict() for hit in hits],
                "generation": corpus.generation,
            }

    def label(self) -> str:
        """Give the corpus in words, worked out once a generation."""
        generation = self.corpus.generation
        if self._label[0] != generation:
            self._label = (generation, corpus_in_words(self.corpus.articles))
        return self._label[1]

    def shelf(self, hits: Iterable[Hit]) -> Shelf:
        """Give what a card may know of the corpus: its size, and the articles of some passages."""
        known = dict(self._find({hit.passage.article_id for hit in hits}))
        return Shelf(
            label=self.label(),
            articles={name: article for name, (_, article) in known.items()},
            numbers={name: number for name, (number, _) in known.items()},
            languages={
                name: article.language for name, (_, article) in known.items() if article.language
            },
            calibration=self.corpus.calibration,
            models={
                "Searched with": str(self.corpus.manifest["encoder"]),
                "Read by": self.corpus.reader_fingerprint,
            },
        )

    def _find(self, names: Iterable[str]) -> Iterator[tuple[str, tuple[int, Article]]]:
        """Give the articles that are still there: the corpus may have moved on meanwhile."""
        for name in names:
            try:
                yield name, (self.corpus.article_number(name), self.corpus.article(name))
            except DataError:
                continue
