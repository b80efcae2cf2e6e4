"""Example questions for any corpus: made from its titles and names, shown only when answered.

Nothing here knows what a corpus is about. Candidates are cheap to make; each one shown has been
asked, and its answer was at least probable.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, zip_longest

from askcorpus.app.desk import BusyError, Desk
from askcorpus.calibration import WEAK
from askcorpus.errors import AskCorpusError
from askcorpus.render import visible
from askcorpus.types import Answer, Article, Filters, Verdict

SHOWN = 6
"""Examples on the page: two rows of three."""

TRIED = 24
"""Candidates asked at most: about two seconds of one processor, in the background."""

LONGEST_TITLE = 70
"""Characters of a title in a question; a longer one does not read as a question."""

SAMPLED = 200
"""Articles looked at for candidates: enough for six examples in a corpus of any size."""

# A name with two or more capitalised parts, followed by what it is: "Jane Doe, head of …".
_PERSON = re.compile(
    r"\b((?:[A-Z][\w’'-]+ )+(?:al-)?[A-Z][\w’'-]+), "
    r"(?:the |a |an )?[a-z][\w -]{2,40}\b(?:of|at|for)\b"
)
# Who speaks more than once is worth asking about; a pronoun is not.
_SPEAKER = re.compile(
    r"\b(?!He|She|They|It|We|You|I\b)((?:[Aa]l-)?[A-Z][\w’-]{2,}) (?:said|told)\b"
)
_COUNT = re.compile(
    r"\b(?:[Aa]bout |some |nearly )?\d[\d,.]* ((?:[A-Z]{2,}|[a-z]+-?[a-z]*) )?"
    r"(people|troops|soldiers|members|countries|workers|patients|students|deaths|homes|jobs)\b"
)


def candidates(articles: Sequence[Article]) -> list[str]:
    """Give questions that articles may answer, of several kinds in turn, without repeats."""
    titled = [article for article in articles if _short(article)]
    kinds = (
        *(_who_is(articles), _what_said(articles), _how_many(articles)),
        *(_who_wrote(titled[::2]), _when(titled[1::2])),
    )
    mixed = chain.from_iterable(zip_longest(*kinds))
    return list(dict.fromkeys(question for question in mixed if question))


def _who_is(articles: Sequence[Article]) -> Iterator[str]:
    found = Counter(match[1] for article in articles for match in _PERSON.finditer(article.text))
    names = [name for name, _ in found.most_common()]
    longer = [name for name in names if not any(name in each and name != each for each in names)]
    return (f"Who is {name}?" for name in longer)


def _what_said(articles: Sequence[Article]) -> Iterator[str]:
    found = Counter(match[1] for article in articles for match in _SPEAKER.finditer(article.text))
    return (f"What did {name} say?" for name, _ in found.most_common())


def _how_many(articles: Sequence[Article]) -> Iterator[str]:
    for article in articles:
        for match in _COUNT.finditer(article.text):
            yield f"How many {match[1] or ''}{match[2]}?"


def _who_wrote(articles: Sequence[Article]) -> Iterator[str]:
    return (f"Who wrote “{each.title}”?" for each in articles if each.authors)


def _when(articles: Sequence[Article]) -> Iterator[str]:
    return (f"When was “{each.title}” published?" for each in articles if each.published)


def _short(article: Article) -> bool:
    """Say whether a title fits into a question: short, and without quotation marks of its own."""
    title = article.title or ""
    plain = visible(title) == title and not set(title) & set('“”"‘')
    return plain and 0 < len(title) <= LONGEST_TITLE


def answered(
    questions: Sequence[str], ask: Callable[[str], Answer], judge: Callable[[float], Verdict]
) -> Iterator[str]:
    """Give the questions whose answer is at least probable, and not one that was given before."""
    seen: set[str] = set()
    for question in questions:
        try:
            answer = ask(question)
        except AskCorpusError:
            continue
        weak = judge(answer.confidence).word == WEAK
        if answer.text and not weak and answer.text not in seen:
            seen.add(answer.text)
            yield question


class Examples:
    """Finds examples for the newest generation in the background; gives those found so far."""

    def __init__(self, desk: Desk) -> None:
        """Look for nothing until the first page asks for examples."""
        self._desk = desk
        self._generation = -1
        self._found: tuple[str, ...] = ()
        self._searching = False
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def ready(self) -> tuple[str, ...]:
        """Give the examples found so far; the first call of a generation starts the search."""
        with self._lock:
            generation = self._desk.corpus.generation
            if generation != self._generation:
                self._generation, self._found, self._searching = generation, (), True
                thread = threading.Thread(target=self.find, args=(generation,), daemon=True)
                thread.start()
            return self._found

    @property
    def searching(self) -> bool:
        """Whether more examples may still be found."""
        return self._searching

    def stop(self) -> None:
        """Ask no further questions."""
        self._stopped.set()

    def find(self, generation: int) -> None:
        """Ask candidates until enough are answered; a newer generation ends the search."""
        questions = candidates(self._desk.corpus.articles[:SAMPLED])[:TRIED]
        for question in answered(questions, self._ask, self._judge):
            with self._lock:
                if self._generation != generation:
                    return
                self._found = (*self._found, question)
                if len(self._found) == SHOWN:
                    break
        with self._lock:
            self._searching = self._searching and self._generation != generation

    def _ask(self, question: str) -> Answer:
        if self._stopped.is_set():
            raise BusyError
        return self._desk.ask(question, None, Filters())

    def _judge(self, confidence: float) -> Verdict:
        return self._desk.corpus.calibration.verdict(confidence)
