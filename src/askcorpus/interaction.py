"""Words of a question → how well some token of a passage meets each of them.

Late interaction, the MaxSim of ColBERT (Khattab and Zaharia, 2020, arXiv 2004.12832): a vector of a
whole passage says what it is about, its tokens' vectors say whether it speaks of each thing that
was asked, be it in other words. The token vectors are those that the encoder makes anyway on its
way to a passage's vector, not trained for this. Of a passage's only the signs are kept, a bit a
dimension: 48 bytes a token for 384 dimensions instead of 1,536, and the order of passages is as
good (`docs/retrieval.md`). A question's stay as they are.

May import: types, errors, words; threadpoolctl.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from askcorpus.errors import IndexCorruptError
from askcorpus.types import TokenVectors, Vectors
from askcorpus.words import STOP_WORDS

Signs = npt.NDArray[np.uint8]
"""uint8[tokens, ceil(dimension / 8)]: a bit for each dimension, set where it is above 0."""

_WORD = re.compile(r"\w+")
_LIMITING = threading.Lock()


@dataclass(frozen=True, slots=True)
class TokenTable:
    """The tokens of many passages, one passage after the other.

    Attributes:
        signs: uint8[tokens, ceil(dimension / 8)].
        starts: int64[passages + 1]: the tokens of passage r are `signs[starts[r]:starts[r + 1]]`,
            one at least.
    """

    signs: Signs
    starts: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        whole = len(self.starts) > 0 and self.starts[0] == 0 and self.starts[-1] == len(self.signs)
        if not whole or (np.diff(self.starts) < 1).any():
            raise ValueError(
                f"{len(self.signs)} tokens do not make {len(self.starts) - 1} passages"
            )

    def __len__(self) -> int:
        """Count the passages."""
        return len(self.starts) - 1

    @classmethod
    def of(cls, passages: Sequence[Signs]) -> TokenTable:
        """Put the tokens of passages behind one another."""
        lengths = [len(signs) for signs in passages]
        signs = np.concatenate(passages) if passages else np.empty((0, 0), np.uint8)
        return cls(signs, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

    def passage(self, row: int) -> Signs:
        """Give the tokens of one passage."""
        signs: Signs = self.signs[self.starts[row] : self.starts[row + 1]]
        return signs

    def met(self, asked: Vectors, rows: npt.NDArray[np.int64]) -> Vectors:
        """Say how near the nearest token of each passage comes to each of some vectors.

        Args:
            asked: float32[m, dimension], of unit length.
            rows: int64[k], passages.

        Returns:
            float32[k, m]: the highest cosine of a vector and a token's signs, in [-1, 1].
        """
        if not len(rows):
            return np.empty((0, len(asked)), np.float32)
        lengths = self.starts[rows + 1] - self.starts[rows]
        firsts = np.cumsum(lengths) - lengths
        places = np.arange(lengths.sum()) + np.repeat(self.starts[rows] - firsts, lengths)
        dimension = asked.shape[1]
        bits = np.unpackbits(self.signs[places], axis=1, count=dimension).astype(np.float32)
        # A second thread would spin on here and take a core from the reader, which comes next:
        # that cost a question 55 ms. The limit is the whole process's: two at once could leave
        # it in force for good.
        with _LIMITING, _threads().limit(limits=1, user_api="blas"):
            held = bits @ asked.T
        # With signs of ±1 = 2 × bit - 1, a product is 2 × (bits · vector) - (sum of the vector).
        products = 2 * held - asked.sum(axis=1)
        best: Vectors = np.maximum.reduceat(products, firsts).astype(np.float32)
        best /= np.float32(dimension**0.5)
        return best


def signs_of(vectors: Vectors) -> Signs:
    """Keep the sign of each dimension: float32[t, d] → uint8[t, ceil(d / 8)]."""
    return np.packbits(vectors > 0, axis=1)


def interaction(
    question: str, asked: TokenVectors, table: TokenTable, rows: npt.NDArray[np.int64]
) -> Vectors:
    """Give float32[k], in [-1, 1]: the mean over a question's words of how well each is met.

    Args:
        question: Its text, into which the spans of its tokens point.
        asked: Its tokens.
        table: The tokens of the passages.
        rows: int64[k], passages.
    """
    weights = word_weights(question, asked.spans)
    told = weights > 0
    score: Vectors = table.met(asked.vectors[told], rows) @ weights[told]
    return score


@cache
def _threads() -> ThreadpoolController:
    """Find the libraries that count in threads; once, since it takes a while."""
    return ThreadpoolController()


def word_weights(text: str, spans: Sequence[tuple[int, int]]) -> Vectors:
    """Give float32[m], of sum 1: words that say something weigh alike, of however many tokens.

    Where no token stands in such a word, those of all words count; where none stands in a word,
    all do.
    """
    found = [(match.span(), match.group().casefold()) for match in _WORD.finditer(text)]
    every = np.array([_place(span, [place for place, _ in found]) for span in spans], np.int64)
    telling = {number for number, (_, word) in enumerate(found) if word not in STOP_WORDS}
    chosen = np.isin(every, list(telling))
    if not chosen.any():
        chosen = every >= 0 if (every >= 0).any() else np.ones(len(spans), bool)
    weights = np.zeros(len(spans), np.float32)
    words, counts = np.unique(every[chosen], return_counts=True)
    weights[chosen] = 1 / (counts[np.searchsorted(words, every[chosen])] * len(words))
    return weights


def _place(span: tuple[int, int], words: Sequence[tuple[int, int]]) -> int:
    """Give the number of the word in which a token begins; -1 for none, or a token of no text."""
    start, end = span
    inside = (number for number, (a, b) in enumerate(words) if a <= start < b)
    return next(inside, -1) if start < end else -1


def save_tokens(folder: Path, table: TokenTable) -> None:
    """Write `tokens.npy` and `token_starts.npy`."""
    np.save(folder / "tokens.npy", table.signs, allow_pickle=False)
    np.save(folder / "token_starts.npy", table.starts, allow_pickle=False)


def load_tokens(folder: Path) -> TokenTable | None:
    """Read what `save_tokens` wrote, the tokens mapped into memory; None where there is nothing.

    Raises:
        IndexCorruptError: A file holds something else.
    """
    path = folder / "tokens.npy"
    if not path.exists():
        return None
    try:
        signs = np.load(path, mmap_mode="r", allow_pickle=False)
        starts = np.load(folder / "token_starts.npy", allow_pickle=False)
        if signs.dtype != np.uint8 or signs.ndim != 2 or starts.dtype != np.int64:
            raise IndexCorruptError(str(path), "it holds no signs of tokens")
        return TokenTable(signs, starts)
    except (OSError, ValueError, EOFError, AttributeError) as error:
        raise IndexCorruptError(str(path), str(error)) from error
