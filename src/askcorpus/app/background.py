"""Questions that nobody waits for: asked one at a time, while nobody else asks.

What is found is kept: a suggestion is only ever shown when its answer is known already.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from askcorpus.app.desk import Desk
from askcorpus.calibration import WEAK
from askcorpus.errors import AskCorpusError
from askcorpus.types import Filters

KEPT = 256
"""Searches whose findings are kept; the oldest give way."""

WAITING = 8
"""Searches that may wait; an older one gives way, as its page has moved on."""

PATIENCE = 20.0
"""Seconds that a search waits for a quiet moment before it gives up."""

GLANCE = 0.05
"""Seconds between two looks for a quiet moment."""


@dataclass(frozen=True, slots=True)
class Known:
    """A question that was asked, and its answer, which is at least probable.

    Attributes:
        text: None, like `article_id`, where the question was wanted for having no answer.
    """

    question: str
    text: str | None
    article_id: str | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search has found so far.

    Attributes:
        searching: Whether more may follow.
    """

    known: tuple[Known, ...] = ()
    searching: bool = False


Key = tuple[int, str]
"""Generation, and what is looked at."""


@dataclass(frozen=True, slots=True)
class _Search:
    """Questions to try, in order, until so many are found that are answered, or that are not."""

    key: Key
    questions: Callable[[], Sequence[str]]
    wanted: int
    answered: bool


class Background:
    """Asks questions in the background; gives at once what has been found so far."""

    def __init__(self, desk: Desk) -> None:
        """Ask nothing until something is looked for."""
        self._desk = desk
        self._found: OrderedDict[Key, Findings] = OrderedDict()
        self._waiting: deque[_Search] = deque()
        self._lock = threading.Lock()
        self._working = False
        self._stopped = False

    def look(
        self,
        what: str,
        questions: Callable[[], Sequence[str]],
        wanted: int,
        *,
        answered: bool = True,
    ) -> Findings:
        """Give what is known; the first look at something starts a search.

        Args:
            what: Name of what the questions are about.
            questions: Makes the questions to try, in order; called in the background.
            wanted: The search ends with so many answers.
            answered: False to look for questions that nothing here answers.
        """
        key = (self._desk.corpus.generation, what)
        with self._lock:
            if key not in self._found and not self._stopped:
                self._found[key] = Findings(searching=True)
                self._waiting.appendleft(_Search(key, questions, wanted, answered))
                self._drop()
                self._work()
            return self._found.get(key, Findings())

    def stop(self) -> None:
        """Ask nothing more."""
        self._stopped = True

    def _drop(self) -> None:
        """Forget the oldest findings, and searches that have waited too long."""
        while len(self._waiting) > WAITING:
            self._found.pop(self._waiting.pop().key, None)
        while len(self._found) > KEPT:
            self._found.popitem(last=False)

    def _work(self) -> None:
        """Start the one thread, unless it is at work; it ends when nothing waits."""
        if not self._working:
            self._working = True
            threading.Thread(target=self._run, name="background", daemon=True).start()

    def _run(self) -> None:
        """Search until nothing waits; a search that fails ends the thread, not those to come."""
        while (waiting := self._next()) is not None:
            try:
                self._search(waiting)
            except BaseException:
                # Nothing more will be found: a page that looks on must not wait for it.
                self._set(waiting.key, Findings())
                with self._lock:
                    self._working = False
                raise

    def _next(self) -> _Search | None:
        """Take what was looked for last; where nothing waits, the thread is at its end."""
        with self._lock:
            self._working = bool(self._waiting)
            return self._waiting.popleft() if self._waiting else None

    def _search(self, search: _Search) -> None:
        """Ask until enough is found; a newer generation ends the search."""
        known: list[Known] = []
        for question in search.questions():
            if len(known) == search.wanted or not self._quiet(search.key[0]):
                break
            found = self._ask(question)
            wanted = found and (found.text is not None) == search.answered
            if found and wanted and found.text not in {each.text for each in known if each.text}:
                known.append(found)
                self._set(search.key, Findings(tuple(known), searching=True))
        self._set(search.key, Findings(tuple(known)))

    def _set(self, key: Key, findings: Findings) -> None:
        with self._lock:
            if key in self._found:
                self._found[key] = findings

    def _quiet(self, generation: int) -> bool:
        """Wait until nobody is being answered; False when it is no longer worth it."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self._stopped or self._desk.corpus.generation != generation:
                return False
            if self._desk.idle:
                return True
            time.sleep(GLANCE)
        return False

    def _ask(self, question: str) -> Known | None:
        try:
            answer = self._desk.ask(question, None, Filters())
        except AskCorpusError:
            return None
        if answer.text is None:
            return Known(question, None, None)
        judged = self._desk.corpus.calibration.verdict(answer.confidence)
        good = judged.word != WEAK
        return Known(question, answer.text, answer.citations[0].article_id) if good else None
