"""A span that a reader marked → the same span with borders where a person would put them.

Whole words, whole names with a particle, whole numbers with sign and magnitude, whole dates;
brackets and quotation marks in pairs, no stray punctuation at either end.

In: a text and a span of it. Out: a span of it. May import: words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from askcorpus.words import STOP_WORDS

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_NO_NAMES = STOP_WORDS | frozenset(
    [
        *"monday tuesday wednesday thursday friday saturday sunday".split(),
        *(month.lower() for month in _MONTHS),
        *"jan feb mar apr jun jul aug sep sept oct nov dec".split(),
        *"today yesterday tomorrow year years month months week weeks day days decade".split(),
        *"decades century morning evening night earlier recently late early since".split(),
    ]
)

_REACH = 32
"""Characters around a border in which a number or date is looked for that it cuts."""

_PARTICLE = re.compile(r"\b(?i:al|el|ad|ar|as|ash|at|an)-$")
"""Stands before a name and belongs to it: “al-Khazali”, but not “at-risk”."""

_FAMILY_NAME = re.compile(r"(?i:al|el|ad|ar|as|ash|at|an)-[A-Z]")
_GIVEN_NAME = re.compile(r"\b([A-Z][^\W\d_]+) $")
"""The word before a family name with a particle is the given name: “Qais al-Khazali”."""

_AMOUNT = re.compile(
    r"[$€£]?\d(?:[\d.,]*\d)?(?:\s?%|\s(?:percent|per cent)\b)?"
    r"(?:\s(?:hundred|thousand|million|billion|trillion)\b)?"
)
_DATE = re.compile(
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? )?(?:{'|'.join(_MONTHS)})(?: \d{{1,2}}(?:st|nd|rd|th)?\b)?"
    r"(?:,? \d{4}\b)?"
)
_DAY = re.compile(
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? (?:{'|'.join(_MONTHS)})|"
    rf"(?:{'|'.join(_MONTHS)}) \d{{1,2}}(?:st|nd|rd|th)?)"
)
"""Month and day: who names both means the date, while a month or a year alone may be asked for."""

_EDGE = " \t\n,;:.!?–—-"
_PAIRS = {"“": "”", "‘": "’", "(": ")", "[": "]", "«": "»", '"': '"'}
_APOSTROPHES = "’"
"""Closes a quotation only at an edge; elsewhere it may stand for a letter."""


def tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """Move the borders of a span; an empty span comes back where nothing but marks was inside."""
    start, end = _whole_words(text, start, end)
    start, end = _whole_figure(text, start, end)
    return _in_pairs(text, *_strip(text, start, end))


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the rest of a word, and what belongs to a family name before it."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    particle = _PARTICLE.search(text, max(0, start - 5), start)
    if particle and text[start].isupper():
        start = particle.start()
    given = _GIVEN_NAME.search(text, max(0, start - 24), start)
    if given and _FAMILY_NAME.match(text, start) and given[1].lower() not in _NO_NAMES:
        start = given.start()
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end


def _whole_figure(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the rest of a number or date that a border cuts: “$3” of “$3 billion”."""
    patterns = (_AMOUNT, _DATE) if _DAY.fullmatch(text, start, end) else (_AMOUNT,)
    for pattern in patterns:
        for found in pattern.finditer(text, max(0, start - _REACH), min(len(text), end + _REACH)):
            if found.start() < start < found.end():
                start = found.start()
            if found.start() < end < found.end():
                end = found.end()
    return start, end


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out spaces and punctuation at both ends; the dot of an abbreviation stays."""
    while start < end and text[start] in _EDGE:
        start += 1
    while start < end and text[end - 1] in _EDGE:
        if text[end - 1] == "." and re.search(r"\b\w\.\w\.$", text[max(0, end - 8) : end]):
            break
        end -= 1
    if end < len(text) and text[end] == "." and re.search(r"\b\w\.\w$", text[start:end]):
        end += 1
    return start, end


def _in_pairs(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the partner of a bracket or quotation mark, or drop one at an edge without one."""
    for opening, closing in _PAIRS.items():
        lone = _lone(text[start:end], opening, closing)
        if lone is None:
            continue
        if lone.lacks_end and text[end : end + 1] == closing:
            end += 1
        elif lone.lacks_start and text[max(0, start - 1) : start] == opening:
            start -= 1
        elif lone.at_edge:
            start, end = (start + 1, end) if lone.lacks_end else (start, end - 1)
    return _strip(text, start, end)


class _Lone(NamedTuple):
    """A mark without its partner: where that may stand, and whether the mark is at an edge."""

    lacks_start: bool
    lacks_end: bool
    at_edge: bool


def _lone(inside: str, opening: str, closing: str) -> _Lone | None:
    """Find a mark of one kind that lacks its partner."""
    first, last = inside.startswith(opening), inside.endswith(closing)
    if opening == closing:
        lone = _Lone(not first, first or not last, first or last)
        return lone if inside.count(opening) % 2 else None
    surplus = inside.count(opening) - inside.count(closing)
    at_edge = first if surplus > 0 else last
    if not surplus or (closing in _APOSTROPHES and not at_edge):
        return None
    return _Lone(surplus < 0, surplus > 0, at_edge)
