"""Questions put in other words: a word of the question that its passage holds → a neighbour.

A reader that has only seen questions made from their paragraph's own words looks for those words.
Readers of a real archive ask in theirs. A neighbour is a word of the training sets whose vector,
by the bundled encoder, lies close; words of one stem do not count, since they look alike.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

from askcorpus.encoder import SentenceEncoder
from askcorpus.words import STOP_WORDS

PLAIN = re.compile(r"\b[a-z]{3,}\b")
STEM_LETTERS = 4


class Rewording:
    """Knows the words near to a word: near enough to mean the same, and less near."""

    def __init__(self, questions: Iterable[str], passages: Iterable[str], config: dict) -> None:
        """Embed the vocabulary of the sets and keep each word's neighbours, nearest first."""
        self.word_share: float = config["word_share"]
        counts = Counter(
            word for text in [*questions, *passages] for word in set(PLAIN.findall(text))
        )
        vocabulary = sorted(word for word, n in counts.items() if n > 3 and word not in STOP_WORDS)
        vectors = SentenceEncoder().encode_passages(vocabulary)
        self._same: dict[str, tuple[str, ...]] = {}
        self._related: dict[str, tuple[str, ...]] = {}
        for word, vector in zip(vocabulary, vectors, strict=True):
            cosines = vectors @ vector
            near, far = config["cosine"], config["related"]
            self._same[word] = ranked(word, vocabulary, cosines, near, 1.0)[: config["neighbours"]]
            others = ranked(word, vocabulary, cosines, far[0], far[1])[: config["relatives"]]
            self._related[word] = tuple(one for one in others if ending(one) == ending(word))

    def reworded(self, question: str, passage: str, generator: random.Random) -> str:
        """Give the question with words that the passage lacks for some of those that it holds."""
        held = set(PLAIN.findall(passage.lower()))

        def other(match: re.Match[str]) -> str:
            word = match.group()
            if word not in held or generator.random() >= self.word_share:
                return word
            fitting = [near for near in self._same.get(word, ()) if near not in held]
            return generator.choice(fitting) if fitting else word

        return PLAIN.sub(other, question)

    def related(self, word: str) -> tuple[str, ...]:
        """Give words of the same ending that are near to a word and mean something else."""
        return self._related.get(word, ())


def ranked(
    word: str, vocabulary: list[str], cosines: np.ndarray, least: float, below: float
) -> tuple[str, ...]:
    """Give the words within a range of cosines that do not share a word's stem, nearest first."""
    rows = np.flatnonzero((cosines >= least) & (cosines < below))
    others = (vocabulary[row] for row in rows[np.argsort(-cosines[rows], kind="stable")])
    return tuple(other for other in others if other[:STEM_LETTERS] != word[:STEM_LETTERS])


def ending(word: str) -> str:
    """Give the ending that tells the form of a word, roughly."""
    return next((end for end in ("ing", "ed", "ly", "s") if word.endswith(end)), "")
