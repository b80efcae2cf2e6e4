"""Text → words that compare equal however they were spelled; used for matching, never shown.

Case, accents, apostrophes, hyphens and the dots of abbreviations are folded away, so that
“al-Khazali” and “Al Khazali”, “Sha’abi” and “Shaabi”, “U.S.” and “US” meet.

May import: stdlib.
"""

from __future__ import annotations

import re
import unicodedata

APOSTROPHES = "'’‘ʼʻ`´ʹ＇"
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_POSSESSIVE = re.compile(rf"(?<=\w)[{APOSTROPHES}]s\b", re.IGNORECASE)
_APOSTROPHE = re.compile(rf"[{APOSTROPHES}]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_WORD = re.compile(r"\w+")

_SOUNDS = (
    ("dj", "j"),
    ("q", "k"),
    ("c", "k"),
    ("kh", "k"),
    ("gh", "g"),
    ("ph", "f"),
    ("w", "v"),
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("ei", "ai"),
    ("ey", "ai"),
    ("y", "i"),
    ("e", "i"),
    ("o", "u"),
)
_DOUBLED = re.compile(r"(.)\1+")

STOP_WORDS = frozenset(
    "a about after all also an and any are as at be because been before being but by can could "
    "did do does doing for from had has have having he her hers him his how i if in into is it "
    "its just may me might more most my no nor not of on or our ours out over own s shall she "
    "should so some such t than that the their theirs them then there these they this those "
    "through to too under until up very was we were what when where which while who whom whose "
    "why will with would you your yours".split()
)
"""English words that say nothing about what is asked; question words included."""


def fold(text: str) -> str:
    """Give a text in the form in which words are compared; its offsets are not the text's."""
    text = _ABBREVIATION.sub(lambda match: match.group().replace(".", ""), text)
    text = _APOSTROPHE.sub("", _POSSESSIVE.sub("", text))
    text = _THOUSANDS.sub("", text)
    return (text if text.isascii() else _unaccented(text)).casefold()


def _unaccented(text: str) -> str:
    """Take letters apart and leave out the marks on them; a text has few different characters."""
    text = unicodedata.normalize("NFKD", text)
    return text.translate({ord(mark): None for mark in set(text) if unicodedata.combining(mark)})


def words(text: str) -> list[str]:
    """Give the folded words of a text, in order."""
    return _WORD.findall(fold(text))


def content_words(text: str) -> list[str]:
    """Give the folded words that are not stop words, in order."""
    return [word for word in words(text) if word not in STOP_WORDS]


def without_possessive(word: str) -> str:
    """Give a word without its “’s”."""
    return _POSSESSIVE.sub("", word)


def sound(word: str) -> str:
    """Give a key that spellings of one foreign name share: “Rakka” and “Raqqa” are “raka”.

    Letters that transliterations interchange are made one, in the order of `_SOUNDS`, doubled ones
    single. English words meet as well that should not, so it only serves to look for a word that
    is nowhere.
    """
    key = fold(word)
    for spelled, kept in _SOUNDS:
        key = key.replace(spelled, kept)
    return _DOUBLED.sub(r"\1", key)
