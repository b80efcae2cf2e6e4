"""float32[n, d] → row numbers + cosines.

In: unit vectors, one a row, and the vector of a question. Out: the nearest rows, nearest first,
rows of equal cosine by number. Every row is compared: for a corpus of some hundred thousand
passages that takes milliseconds, and nothing is ever missed. `open_vectors` is the one place
that chooses the kind of index.

May import: types, errors; faiss.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import faiss
import numpy as np
import numpy.typing as npt

from askcorpus.errors import IndexCorruptError
from askcorpus.types import Vectors

Rows = npt.NDArray[np.int64]
"""int64[k], row numbers."""

Scores = npt.NDArray[np.float32]
"""float32[k], higher is better."""


class VectorIndex(Protocol):
    """What every kind of vector index does."""

    def search(self, query: Scores, k: int, *, rows: Rows | None = None) -> tuple[Rows, Scores]:
        """Give the k nearest of the rows allowed, and their cosines."""
        ...

    def score(self, query: Scores, rows: Rows) -> Scores:
        """Give the exact cosine of each row."""
        ...


class FlatIndex:
    """Compares a question with every row; safe to use from several threads."""

    def __init__(self, matrix: Vectors) -> None:
        """Take a copy of float32[n, d], rows of unit length."""
        self._index = faiss.IndexFlatIP(matrix.shape[1])
        self._index.add(np.ascontiguousarray(matrix, dtype=np.float32))

    def __len__(self) -> int:
        """Count the rows."""
        return int(self._index.ntotal)

    def search(self, query: Scores, k: int, *, rows: Rows | None = None) -> tuple[Rows, Scores]:
        """Give the nearest rows and their cosines, highest first, equal ones by row number.

        Args:
            query: float32[d], of unit length.
            k: How many at most.
            rows: The only rows looked at; None for all.
        """
        limit = len(self) if rows is None else len(rows)
        wanted = min(k, limit)
        fetched = min(wanted + 1, limit)
        while wanted:
            found, cosines = self._nearest(query, fetched, rows)
            # FAISS keeps any of several equal rows: fetch on until the cut is between unequal ones.
            if fetched == limit or cosines[wanted - 1] > cosines[-1]:
                order = np.lexsort((found, -cosines))[:wanted]
                return found[order], cosines[order]
            fetched = min(fetched * 2, limit)
        return np.empty(0, np.int64), np.empty(0, np.float32)

    def score(self, query: Scores, rows: Rows) -> Scores:
        """Give the exact cosine of each row, float32[len(rows)], in [-1, 1]."""
        if not len(rows):
            return np.empty(0, np.float32)
        cosines = self._index.reconstruct_batch(rows) @ query
        clipped: Scores = np.clip(cosines, -1, 1).astype(np.float32)
        return clipped

    def _nearest(self, query: Scores, k: int, rows: Rows | None) -> tuple[Rows, Scores]:
        """Ask FAISS, for one question at a time: many at once are rounded otherwise."""
        parameters = None
        if rows is not None:
            chosen = faiss.IDSelectorBatch(rows)
            parameters = faiss.SearchParameters(sel=chosen)  # type: ignore[call-arg]
        cosines, found = self._index.search(query[np.newaxis], k, params=parameters)
        return found[0].astype(np.int64), np.clip(cosines[0], -1, 1)


def save_vectors(path: Path, matrix: Vectors) -> None:
    """Write float32[n, d] as a plain NumPy file: no pickle, no format of an engine."""
    np.save(path, np.ascontiguousarray(matrix, dtype=np.float32), allow_pickle=False)


def load_vectors(path: Path) -> Vectors:
    """Read what `save_vectors` wrote, mapped into memory.

    Raises:
        IndexCorruptError: The file holds something else.
    """
    try:
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise IndexCorruptError(str(path), str(error)) from error
    if not isinstance(matrix, np.ndarray) or matrix.dtype != np.float32 or matrix.ndim != 2:
        raise IndexCorruptError(str(path), "it holds no table of float32")
    return matrix


def open_vectors(matrix: Vectors) -> VectorIndex:
    """Choose the index for a table of vectors: comparing all of them, at any size so far."""
    return FlatIndex(matrix)
