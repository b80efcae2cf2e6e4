"""Texts → which of them are near-copies of one story, so that it counts as one source.

A text is the set of its runs of five words. Min-wise hashes of that set find pairs that are
worth a look without comparing all with all (Broder 1997, “On the resemblance and containment of
documents”); the sets themselves then decide. Reprints and cut-down reprints meet; reports that
only share quotations do not, since each has most of its words to itself.

In: texts in a fixed order, their signatures. Out: for each the first text of its story.
May import: words, numpy.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from askcorpus.words import words

Shingles = npt.NDArray[np.uint64]
Signatures = npt.NDArray[np.uint32]

METHOD = "minhash-5x126"
"""Stored with an index: signatures of another method do not compare."""

WORDS_TOGETHER = 5
"""Long enough that two reporters seldom write the same run, short enough to survive an edit."""

BANDS, ROWS = 42, 3
"""A pair is looked at when all rows of one band agree: with 99.6 % chance where half of all runs
are common, with 4 % where a tenth is."""

HASHES = BANDS * ROWS

COMMON = 0.5
"""Two texts are copies if they share this part of the runs that either has …"""

CONTAINED, CONTAINED_RUNS = 0.8, 50
"""… or if the shorter one, when it has so many runs, has this part of them from the longer: an
excerpt. Below that number it is a quotation rather than a story."""

_CHUNK = 4_096
_RANDOM = np.random.default_rng(20261120)
_FACTORS = _RANDOM.integers(0, 1 << 63, HASHES, np.uint64) * np.uint64(2) + np.uint64(1)
_OFFSETS = _RANDOM.integers(0, 1 << 63, HASHES, np.uint64)
_PLACES = _RANDOM.integers(0, 1 << 63, WORDS_TOGETHER, np.uint64) * np.uint64(2) + np.uint64(1)


def signature(text: str) -> Signatures:
    """Give the least value of each hash over the runs of a text: uint32[126]."""
    runs = shingles(text)
    least = np.full(HASHES, np.iinfo(np.uint32).max, np.uint32)
    for first in range(0, len(runs), _CHUNK):
        hashed = runs[first : first + _CHUNK, None] * _FACTORS + _OFFSETS
        least = np.minimum(least, (hashed >> np.uint64(32)).min(axis=0).astype(np.uint32))
    return least


def shingles(text: str) -> Shingles:
    """Give the hashes of a text's runs of words, each once, ascending; a short text is one run."""
    hashed = np.array([zlib.crc32(word.encode()) for word in words(text)], np.uint64)
    if not len(hashed):
        return hashed
    length = min(WORDS_TOGETHER, len(hashed))
    runs = np.lib.stride_tricks.sliding_window_view(hashed + np.uint64(1), length)
    mixed: Shingles = np.unique((runs * _PLACES[:length]).sum(axis=1, dtype=np.uint64))
    return mixed


def stories(texts: Sequence[str], signatures: Signatures) -> npt.NDArray[np.int64]:
    """Give for each text the place of the first text of its story: its own if it has no copy.

    Args:
        texts: In the order in which the first of a story is told.
        signatures: uint32[n, 126], a row a text.
    """
    runs = cache(lambda place: shingles(texts[place]))
    first = list(range(len(texts)))
    heads: dict[int, set[int]] = {}
    for place, shared in enumerate(_buckets(signatures)):
        # Only the first of a story is compared with: no chains of ever less alike texts.
        near = sorted(set[int]().union(*(heads.get(bucket, ()) for bucket in shared)))
        first[place] = next((head for head in near if are_copies(runs(head), runs(place))), place)
        for bucket in shared:
            heads.setdefault(bucket, set()).add(first[place])
    return np.array(first, np.int64)


def are_copies(left: Shingles, right: Shingles) -> bool:
    """Tell whether two texts tell one story in the same words."""
    shorter = min(len(left), len(right))
    if not shorter:
        return False
    shared = len(np.intersect1d(left, right, assume_unique=True))
    if shared >= COMMON * (len(left) + len(right) - shared):
        return True
    return shorter >= CONTAINED_RUNS and shared >= CONTAINED * shorter


def is_retold(text: str, others: Iterable[str]) -> bool:
    """Tell whether one of some texts holds every word of a text, in its order."""
    said = words(text)
    run = f" {' '.join(said)} "
    return not said or any(run in f" {' '.join(words(other))} " for other in others)


def _buckets(signatures: Signatures) -> list[list[int]]:
    """Give for each text the numbers of the bands' buckets that it shares with another."""
    shared: list[list[int]] = [[] for _ in signatures]
    taken = 0
    for band in range(BANDS):
        columns = signatures[:, band * ROWS : (band + 1) * ROWS]
        _, bucket, sizes = np.unique(columns, axis=0, return_inverse=True, return_counts=True)
        bucket = bucket.ravel()
        for place in np.flatnonzero(sizes[bucket] > 1).tolist():
            shared[place].append(taken + int(bucket[place]))
        taken += len(sizes)
    return shared
