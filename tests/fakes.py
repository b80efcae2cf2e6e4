"""Encoder and reader that can be computed in the head: pure functions of the text.

`FakeEncoder` counts hashed words, so texts that share words are near. `FakeReader` marks runs of
capitalised words and numbers that the question does not have.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

from askcorpus.types import Context, Span, TokenVectors, Vectors

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"(?:[A-Z]\w*|\d[\d,.]*\d|\d)(?:[ -](?:[A-Z]\w*|\d[\d,.]*\d|\d))*")


def words(text: str) -> set[str]:
    """The lower-case words of a text."""
    return set(_WORD.findall(text.lower()))


class FakeEncoder:
    """Adds 1 at place `crc32(word) % dimension` for each different word, then normalises."""

    def __init__(self, dimension: int = 64, fingerprint: str = "fake@64") -> None:
        """Take any size and name."""
        self.dimension = dimension
        self.fingerprint = fingerprint
        self.embedded: list[str] = []
        """Every passage ever encoded, in order, for tests of what is not encoded again."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Give a row a text."""
        self.embedded.extend(texts)
        return self.encode_questions(texts)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Give a row a text."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in sorted(words(text)) or [""]:
                vectors[row, zlib.crc32(word.encode()) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class FakeTokenEncoder(FakeEncoder):
    """The same, with a vector of each word: 1 at its place."""

    def encode_passage_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        """Give a row a text, and one a word of it; a text without words has one token."""
        tokens = [self.encode_questions(_WORD.findall(text) or [""]) for text in texts]
        return self.encode_passages(texts), tokens

    def encode_question_tokens(self, text: str) -> tuple[Vectors, TokenVectors]:
        """Give the row of a question, and those of its words with their places."""
        spans = tuple(match.span() for match in _WORD.finditer(text)) or ((0, 0),)
        vectors = self.encode_questions([text[start:end] for start, end in spans])
        return self.encode_questions([text]), TokenVectors(vectors, spans)


class FakeReader:
    """Marks names and numbers; the longest first.

    The score is the share of the question's words in the passage, taken from -5 (none) to 5
    (all), less a hundredth for every rank.
    """

    fingerprint = "fake reader"

    def read(self, question: str, contexts: Sequence[Context]) -> list[tuple[Span, ...]]:
        """Give the marked spans of each context, best first."""
        return [self._spans(words(question), context.text) for context in contexts]

    @staticmethod
    def _spans(asked: set[str], text: str) -> tuple[Span, ...]:
        """The names and numbers of one text that are not in the question."""
        score = 10 * len(asked & words(text)) / max(len(asked), 1) - 5
        found = [match.span() for match in _NAME.finditer(text)]
        new = [(start, end) for start, end in found if not words(text[start:end]) <= asked]
        new.sort(key=lambda bounds: (bounds[0] - bounds[1], bounds[0]))
        return tuple(
            Span(start, end, score - rank / 100) for rank, (start, end) in enumerate(new[:5])
        )
