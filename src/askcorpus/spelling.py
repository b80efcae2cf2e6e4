"""Question → the same question in the corpus's spelling, where a word of it stands nowhere.

In: an opened index and a question. Out: the question to ask, in which names are spelled as the
corpus transliterates them; or one to offer, in which misspelt words are mended. That is never
asked by itself: a word that the corpus lacks may be just the one that matters. A common English
word is never taken for a misspelt other one.

May import: index, lexical, modelfiles, words; rapidfuzz.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from askcorpus.index import Index
from askcorpus.lexical import UNASKED
from askcorpus.modelfiles import bundled_encoder_dir
from askcorpus.words import fold, sound

LEAST_LIKENESS = 0.78
"""One letter in five, or two in ten, may be wrong: more makes another word of it."""

INDEXES_KEPT = 2
"""Indexes whose words are kept by how they sound: the one in use and its successor."""

_TYPED = re.compile(r"[^\W\d_]{4,}")
"""Words of four letters and more; a shorter one is near too many others."""


def spelled(index: Index, question: str) -> str:
    """Give a question with each unknown name as the corpus spells it: “Javad” for “Jawad”."""
    return _TYPED.sub(lambda typed: _same_sound(index, typed[0]) or typed[0], question)


def suggest(index: Index, question: str) -> str | None:
    """Give a question with each unknown word as the corpus spells the nearest; None for none."""
    asked = spelled(index, question)
    changed = _TYPED.sub(lambda typed: _nearest(index, typed) or typed[0], asked)
    return changed if changed != asked else None


def _unknown(index: Index, word: str) -> bool:
    """Tell whether a folded word is one that could be misspelt: uncommon, and in no article."""
    if word in UNASKED or word in _common():
        return False
    return not index.lexical.search(word, 1)[0].size


def _same_sound(index: Index, typed: str) -> str | None:
    """Give the corpus's name that sounds like a word that it lacks, as an article writes it."""
    word = fold(typed)
    if not _unknown(index, word):
        return None
    alike = _by_sound(index.content.words).get(sound(typed), ())
    nearest = sorted(alike, key=lambda other: DamerauLevenshtein.distance(word, other))
    written = (_as_written(index, other) for other in nearest)
    return next((name for name in written if name and name[0].isupper()), None)


@lru_cache(maxsize=INDEXES_KEPT)
def _by_sound(words: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    """Give the words of a corpus by how they sound; 30,000 take a fraction of a second, once."""
    found: dict[str, list[str]] = {}
    for word in words:
        found.setdefault(sound(word), []).append(word)
    return found


def _nearest(index: Index, typed: re.Match[str]) -> str | None:
    """Give the corpus's word nearest to one that it lacks, as an article writes it."""
    word = fold(typed[0])
    if not _unknown(index, word):
        return None
    near = process.extractOne(
        word,
        index.content.words,
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=LEAST_LIKENESS,
    )
    written = _as_written(index, near[0]) if near else None
    # A name is not a misspelt common word, unless it only begins the question.
    a_name = typed[0][0].isupper() and typed.start() > 0
    return None if written is None or (a_name and not written[0].isupper()) else written


@cache
def _common() -> frozenset[str]:
    """Give the common English words and names: those that are one word piece to the encoder.

    Its vocabulary of 30,522 pieces was drawn from Wikipedia and books: what is misspelt is not
    among the frequent ones.
    """
    pieces = (bundled_encoder_dir() / "vocab.txt").read_text("utf-8").split("\n")
    return frozenset(piece for piece in pieces if _TYPED.fullmatch(piece))


def _as_written(index: Index, word: str) -> str | None:
    """Give a folded word as its best passages write it, small where one of them does."""
    rows = index.lexical.search(word, 3)[0].tolist()
    texts = (index.content.passages[row].text for row in rows)
    forms = [str(form) for text in texts for form in _TYPED.findall(text) if fold(form) == word]
    return min(forms, key=lambda form: not form.islower(), default=None)
