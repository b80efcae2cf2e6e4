"""Questions to suggest for any corpus: made from titles and names, shown only when answered.

Nothing here knows what a corpus is about. Candidates are cheap to make; each one shown has been
asked, and its answer was at least probable. One is shown for having none, so that people see what
that looks like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, zip_longest

from askcorpus.app.background import Background, Findings
from askcorpus.app.desk import Desk
from askcorpus.errors import DataError
from askcorpus.render import visible
from askcorpus.types import Answer, Article

SHOWN = 6
"""Examples on the page: two rows of three."""

TRIED = 24
"""Candidates asked at most: about two seconds of one processor, in the background."""

TRIED_AFTER = 8
"""Candidates asked about one article, once for all who read from it."""

SHOWN_AFTER = 3
"""Questions to go on with: more would be a list to read, not a step to take."""

TRIED_IN_VAIN = 4
"""People asked about at most until a question has no answer."""

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
_PRIVATE = ("What is the telephone number of", "What is the shoe size of")
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


def unlikely(articles: Sequence[Article]) -> list[str]:
    """Give questions about people of the articles that hardly any article answers."""
    who = [question.removeprefix("Who is ").removesuffix("?") for question in _who_is(articles)]
    return [f"{asked} {name}?" for name in who[:TRIED_IN_VAIN] for asked in _PRIVATE]


def _short(article: Article) -> bool:
    """Say whether a title fits into a question: short, and without quotation marks of its own."""
    title = article.title or ""
    plain = visible(title) == title and not set(title) & set('“”"‘')
    return plain and 0 < len(title) <= LONGEST_TITLE


def about(article: Article) -> list[str]:
    """Give questions that one article may answer, for those who have just read from it."""
    kinds = (_who_is([article]), _what_said([article]), _how_many([article]))
    whole = (_who_wrote([article]), _when([article])) if _short(article) else ()
    mixed = chain.from_iterable(zip_longest(*kinds, *whole))
    return list(dict.fromkeys(question for question in mixed if question))[:TRIED_AFTER]


class Examples:
    """Questions that are known to be answered: to begin with, and after an answer."""

    def __init__(self, desk: Desk, background: Background) -> None:
        """Look for nothing until the first page asks."""
        self._desk = desk
        self._background = background

    def ready(self) -> Findings:
        """Give questions to begin with, as far as they have been found."""
        return self._background.look("all articles", self._candidates, SHOWN)

    def beyond(self) -> Findings:
        """Give one question that nothing here answers, if it has been found."""
        return self._background.look("nothing", self._unlikely, 1, answered=False)

    def after(self, answer: Answer) -> Findings:
        """Give questions to go on with: the answer's article answers them too, otherwise."""
        if not answer.citations:
            return Findings()
        name = answer.citations[0].article_id
        found = self._background.look(f"article {name}", partial(self._about, name), SHOWN)
        fitting = (
            each
            for each in found.known
            if each.article_id == name
            and each.text != answer.text
            and each.question.casefold() != answer.question.casefold()
        )
        return Findings(tuple(fitting)[:SHOWN_AFTER], found.searching)

    def _candidates(self) -> Sequence[str]:
        return candidates(self._desk.corpus.articles[:SAMPLED])[:TRIED]

    def _unlikely(self) -> Sequence[str]:
        return unlikely(self._desk.corpus.articles[:SAMPLED])

    def _about(self, name: str) -> Sequence[str]:
        try:
            return about(self._desk.corpus.article(name))
        except DataError:
            return ()
