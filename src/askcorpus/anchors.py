"""A quote and a text that may have changed since → where the quote stands now, if anywhere.

The way of the Hypothesis annotation client: a quote is remembered with the characters before and
after it and its offset; the exact words are looked for first, then words that are nearly the
same, and what is not found is said to be gone rather than guessed at.

May import: stdlib, rapidfuzz.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, Levenshtein

CONTEXT = 32
"""Characters remembered on each side of a quote, as many as Hypothesis keeps."""

LONGEST = 600
"""Characters of a quote that are remembered: a whole passage nearly always. Of a longer quote
only its beginning is found again."""

DISTINCT = 32
"""A quote of so many characters hardly stands in a text by chance; a shorter one, such as a
number, is the same quote only where what surrounds it is the same as well."""

SAME_CONTEXT = 0.6
"""Share of the surrounding characters that must agree for a short quote. Unrelated English
sentences agree by less than a half."""

SAME_WORDS = 75.0
"""Likeness, in [0, 100], of a reworded quote with its context; unrelated sentences reach 55."""

MOST_PLACES = 1_000
"""Places of the exact words that are compared: more only if the quote is a letter."""

State = Literal["here", "moved", "reworded"]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote as it is remembered outside its text.

    Attributes:
        exact: The quote, or the beginning of a long one.
        before: Characters before it; empty if unknown or at the start of the text.
        after: Characters after it.
        start: Where it stood: offset into the text of that time.
    """

    exact: str
    before: str = ""
    after: str = ""
    start: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Where a quote stands now: `text[start:end]`, the very words unless they are `reworded`."""

    start: int
    end: int
    state: State


def remember(text: str, start: int, end: int) -> Quoted:
    """Give what finds `text[start:end]` again once the text has changed."""
    stop = min(end, start + LONGEST)
    return Quoted(
        exact=text[start:stop],
        before=text[max(start - CONTEXT, 0) : start],
        after=text[stop : stop + CONTEXT],
        start=start,
    )


def find(text: str, quoted: Quoted) -> Found | None:
    """Find a quote in a text: where it stood, elsewhere, or in other words; None if it is gone."""
    if not quoted.exact.strip():
        return None
    if text.startswith(quoted.exact, quoted.start):
        return Found(quoted.start, quoted.start + len(quoted.exact), "here")
    return _elsewhere(text, quoted) or _reworded(text, quoted)


def _elsewhere(text: str, quoted: Quoted) -> Found | None:
    """Give the place of the very words whose surroundings agree best, then the nearest."""
    places = [
        (_agreement(text, at, quoted), -abs(at - quoted.start), at)
        for at in islice(_occurrences(text, quoted.exact), MOST_PLACES)
    ]
    if not places:
        return None
    agreement, _, at = max(places)
    if len(quoted.exact) < DISTINCT and agreement < SAME_CONTEXT:
        return None
    return Found(at, at + len(quoted.exact), "moved")


def _occurrences(text: str, words: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _agreement(text: str, at: int, quoted: Quoted) -> float:
    """Give how much of what surrounds a place is what surrounded the quote, in [0, 1]."""
    end = at + len(quoted.exact)
    pairs = [
        (quoted.before, text[max(at - len(quoted.before), 0) : at]),
        (quoted.after, text[end : end + len(quoted.after)]),
    ]
    known = [(then, now) for then, now in pairs if then]
    if not known:
        return 1.0
    return sum(Indel.normalized_similarity(then, now) for then, now in known) / len(known)


def _reworded(text: str, quoted: Quoted) -> Found | None:
    """Find the quote with its surroundings in nearly the same characters; then cut it out."""
    whole = quoted.before + quoted.exact + quoted.after
    near = fuzz.partial_ratio_alignment(whole, text, score_cutoff=SAME_WORDS)
    # A text shorter than what is looked for would be looked for in it the other way round.
    if near is None or len(text) < len(whole):
        return None
    low, high = max(near.dest_start - CONTEXT, 0), near.dest_end + CONTEXT
    start, end = _mapped(whole, text[low:high], len(quoted.before), len(quoted.exact))
    start, end = _whole_words(text, low + start, low + end)
    return Found(start, end, "reworded") if start < end else None


def _mapped(then: str, now: str, at: int, length: int) -> tuple[int, int]:
    """Give where `then[at : at + length]` went in `now`, by the fewest changes from one to it."""
    changes = Levenshtein.opcodes(then, now)
    first = [op for op in changes if op.src_start <= at][-1]
    last = [op for op in changes if op.src_start < at + length][-1]
    start = min(first.dest_start + at - first.src_start, first.dest_end)
    return start, min(last.dest_start + at + length - last.src_start, last.dest_end)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out spaces at both ends, and take in the rest of a word that was cut."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start >= end:
        return start, start
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end
