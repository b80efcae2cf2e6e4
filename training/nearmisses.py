"""Questions about the right passage that it does not answer: the ones that tempt a reader.

Two kinds. One borrows a real question of another passage and names in it a name of this passage,
whose text holds none of the question's other words. The other is the passage's own question with
one of its words exchanged for a related one that means something else: “Who is the treasurer of
the club?” for “Who is the president of the club?”. As the words are those of real questions, a
reader cannot tell from the question alone that there is no answer.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from askcorpus.words import STOP_WORDS

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

CAPITALS = re.compile(r"\b[A-Z][a-z][\w’'-]*(?: (?:(?:of|de|al|van|von|the) )?[A-Z][\w’'-]+){0,3}")
DATES = frozenset(
    "January February March April May June July August September October November December "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
)
PLAIN = re.compile(r"\b[a-z]{4,}\b")
STEM_LETTERS = 5
COMMON = 3
"""A word that so many texts have in small letters is no name where it begins a sentence."""


class Names:
    """Knows a name by its capitals and by its never being written small."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Count the texts that have a word in small letters."""
        self._small = Counter(
            word for text in texts for word in set(re.findall(r"\b[a-z]{2,}\b", text))
        )

    def of(self, text: str) -> list[str]:
        """Give the names of a text, in order."""
        found = dict.fromkeys(match.group() for match in CAPITALS.finditer(text))
        return [name for name in found if self._is_name(name.split())]

    def _is_name(self, words: Sequence[str]) -> bool:
        known = all(self._small[word.lower()] >= COMMON for word in words)
        return not known and words[0] not in DATES


@dataclass(frozen=True, slots=True)
class Hole:
    """A question in which a name may be filled in; `words` are its other telling words."""

    before: str
    after: str
    words: tuple[str, ...]


class Borrowing:
    """Asks of one passage what was asked of another."""

    def __init__(self, names: Names, asked: Iterable[tuple[str, str]]) -> None:
        """Take the name out of every question, each given with its passage, that has one."""
        self._names = names
        self._holes = [hole for question, text in asked for hole in self._without(question, text)]

    def _without(self, question: str, text: str) -> Iterable[Hole]:
        for name in sorted(self._names.of(text), key=len, reverse=True):
            found = re.search(rf"\b{re.escape(name)}\b", question, re.IGNORECASE)
            if found:
                before, after = question[: found.start()], question[found.end() :]
                words = telling(f"{before} {after}")
                return [Hole(before, after, words)] if words else []
        return []

    def ask(
        self, text: str, title: str | None, generator: random.Random, *, tries: int = 12
    ) -> str | None:
        """Give a question about a name of a text or its title; None where nothing fits."""
        known = self._names.of(text) + ([title] if title else [])
        if not known:
            return None
        for _ in range(tries):
            hole = generator.choice(self._holes)
            if not any(holds(text, word) for word in hole.words):
                return f"{hole.before}{generator.choice(known)}{hole.after}"
        return None


def telling(text: str) -> tuple[str, ...]:
    """Give the plain words of a text that say what it is about."""
    return tuple(word for word in PLAIN.findall(text) if word not in STOP_WORDS)


def holds(text: str, word: str) -> bool:
    """Tell whether a text holds a word or one that begins like it."""
    return re.search(rf"\b{word[:STEM_LETTERS]}", text, re.IGNORECASE) is not None


def altered(
    question: str, text: str, related: Callable[[str], tuple[str, ...]], generator: random.Random
) -> str | None:
    """Exchange a word of a question for a related one with another meaning; None if none fits.

    Args:
        question: A question that the text answers.
        text: The passage; it holds the word that goes and not the one that comes.
        related: Gives words that are near to a word, but not so near as to mean the same.
        generator: Draws the word and what it becomes.
    """
    held = set(PLAIN.findall(text.lower()))
    places = [match for match in PLAIN.finditer(question) if match.group() in held]
    generator.shuffle(places)
    for place in places:
        fitting = [word for word in related(place.group()) if not holds(text, word)]
        if fitting:
            return question[: place.start()] + generator.choice(fitting) + question[place.end() :]
    return None
