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
    """Replaces words of questions by neighbours that their passage does not hold."""

    def __init__(self, questions: Iterable[str], passages: Iterable[str], config: dict) -> None:
        """Embed the vocabulary of the sets and keep each word's neighbours, nearest first."""
        self.share: float = config["share"]
        self.word_share: float = config["word_share"]
        counts = Counter(
            word for text in [*questions, *passages] for word in set(PLAIN.findall(text))
        )
        vocabulary = sorted(word for word, n in counts.items() if n > 3 and word not in STOP_WORDS)
        self.neighbours = neighbours(vocabulary, config["cosine"], config["neighbours"])

    def reworded(self, question: str, passage: str, generator: random.Random) -> str:
        """Give the question, at times with words that the passage lacks for some that it holds."""
        if generator.random() >= self.share:
            return question
        held = set(PLAIN.findall(passage.lower()))

        def other(match: re.Match[str]) -> str:
            word = match.group()
            if word not in held or generator.random() >= self.word_share:
                return word
            fitting = [near for near in self.neighbours.get(word, ()) if near not in held]
            return generator.choice(fitting) if fitting else word

        return PLAIN.sub(other, question)


def neighbours(vocabulary: list[str], cosine: float, k: int) -> dict[str, tuple[str, ...]]:
    """Give for each word up to k others of at least this cosine that do not share its stem."""
    vectors = SentenceEncoder().encode_passages(vocabulary)
    near: dict[str, tuple[str, ...]] = {}
    for word, vector in zip(vocabulary, vectors, strict=True):
        cosines = vectors @ vector
        rows = np.flatnonzero(cosines >= cosine)
        ranked = (vocabulary[row] for row in rows[np.argsort(-cosines[rows], kind="stable")])
        others = [other for other in ranked if other[:STEM_LETTERS] != word[:STEM_LETTERS]]
        near[word] = tuple(others[:k])
    return near
