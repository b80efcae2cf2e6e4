"""Vectors: the nearest rows, exactly, in an order that repeats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askcorpus.errors import IndexCorruptError
from askcorpus.vectors import FlatIndex, load_vectors, open_vectors, save_vectors


def unit_rows(n: int, d: int, seed: int) -> np.ndarray:
    """Random rows of unit length."""
    matrix = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@given(
    st.integers(1, 60),
    st.integers(1, 70),
    st.integers(0, 1_000),
    st.one_of(st.none(), st.sets(st.integers(0, 59))),
)
def test_search_is_a_dot_product(n: int, k: int, seed: int, chosen: set[int] | None) -> None:
    """Rows and cosines are those of NumPy, with and without a choice of rows."""
    matrix, query = unit_rows(n, 8, seed), unit_rows(1, 8, seed + 1)[0]
    rows = None if chosen is None else np.array(sorted(row for row in chosen if row < n), np.int64)
    found, cosines = FlatIndex(matrix).search(query, k, rows=rows)
    allowed = np.arange(n) if rows is None else rows
    expected = allowed[np.argsort(-(matrix[allowed] @ query), kind="stable")][:k]
    assert found.tolist() == expected.tolist()
    assert np.allclose(cosines, matrix[expected] @ query, atol=1e-6)


@pytest.mark.parametrize("k", [1, 5, 99, 100, 101, 150])
def test_equal_rows_come_by_number(k: int) -> None:
    """A hundred copies of the nearest row: always the first k of them."""
    near, far = np.eye(2, dtype=np.float32)
    matrix = np.stack([far] * 50 + [near] * 100)
    found, cosines = FlatIndex(matrix).search(near, k)
    assert found.tolist() == [*range(50, 150), *range(50)][:k]
    assert cosines.tolist() == [1.0] * min(k, 100) + [0.0] * (min(k, 150) - min(k, 100))


def test_score_is_the_cosine_of_the_rows_asked_for() -> None:
    """In the order asked, and nothing for no rows."""
    matrix = np.eye(3, dtype=np.float32)
    query = np.array([0.6, 0.8, 0], np.float32)
    index = open_vectors(matrix)
    assert index.score(query, np.array([2, 1, 0])).tolist() == pytest.approx([0, 0.8, 0.6])
    assert index.score(query, np.array([], np.int64)).tolist() == []


def test_an_empty_index_finds_nothing() -> None:
    """No rows, no error."""
    found, cosines = FlatIndex(np.empty((0, 4), np.float32)).search(np.ones(4, np.float32), 5)
    assert (found.tolist(), cosines.tolist()) == ([], [])


def test_saved_vectors_are_read_back(tmp_path: Path) -> None:
    """To the bit, at a path in any script."""
    path = tmp_path / "véctors-漢.npy"
    matrix = unit_rows(7, 5, 1)
    save_vectors(path, matrix)
    assert np.array_equal(load_vectors(path), matrix)


@pytest.mark.parametrize(
    "table",
    [np.zeros((2, 2)), np.zeros(3, np.float32), np.array([{"a": 1}], object)],
    ids=["float64", "one dimension", "pickled objects"],
)
def test_another_table_is_refused(tmp_path: Path, table: np.ndarray) -> None:
    """A file of another shape or type is named, and nothing is unpickled."""
    path = tmp_path / "vectors.npy"
    np.save(path, table, allow_pickle=True)
    with pytest.raises(IndexCorruptError, match=r"vectors\.npy is damaged"):
        load_vectors(path)
