"""Late interaction: signs of tokens, against plain arithmetic on their vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from askcorpus.errors import IndexCorruptError
from askcorpus.interaction import (
    TokenTable,
    interaction,
    load_tokens,
    save_tokens,
    signs_of,
    word_weights,
)
from askcorpus.types import TokenVectors


def unit(rows: int, dimension: int, seed: int) -> np.ndarray:
    """Random rows of unit length."""
    drawn = np.random.default_rng(seed).standard_normal((rows, dimension)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def spans_of(text: str, *tokens: str) -> tuple[tuple[int, int], ...]:
    """Where tokens stand in a text, one after the other."""
    found, at = [], 0
    for token in tokens:
        at = text.index(token, at)
        found.append((at, at + len(token)))
        at += len(token)
    return tuple(found)


@given(
    st.lists(st.integers(1, 7), min_size=1, max_size=6),
    st.integers(1, 40),
    st.integers(0, 5),
    st.randoms(use_true_random=False),
)
def test_the_nearest_token_is_that_of_plain_arithmetic(lengths, dimension, asked, random):
    """MaxSim of float vectors and ±1 vectors, whatever the dimension, passage after passage."""
    passages = [unit(length, dimension, random.randrange(1000)) for length in lengths]
    question = unit(asked, dimension, random.randrange(1000))
    rows = np.array([random.randrange(len(lengths)) for _ in range(4)], np.int64)
    found = TokenTable.of([signs_of(each) for each in passages]).met(question, rows)
    signed = [np.where(each > 0, 1, -1) / np.sqrt(dimension) for each in passages]
    expected = np.array([(question @ signed[row].T).max(axis=1) for row in rows.tolist()])
    assert found.dtype == np.float32
    assert found == pytest.approx(expected.reshape(4, asked), abs=1e-5)


def test_no_passages_meet_nothing():
    """Of no rows there is a table without rows."""
    table = TokenTable.of([signs_of(unit(2, 16, 1))])
    assert table.met(unit(3, 16, 2), np.empty(0, np.int64)).shape == (0, 3)
    assert len(TokenTable.of([])) == 0


@given(arrays.arrays(np.float32, (3, 12), elements=st.floats(-1, 1, width=32)))
def test_signs_are_one_bit_a_dimension(vectors):
    """They come back as they were, 0 as below 0."""
    signs = signs_of(vectors)
    assert signs.shape == (3, 2)
    assert np.array_equal(np.unpackbits(signs, axis=1, count=12), vectors > 0)


def test_words_weigh_alike_however_many_tokens_they_are():
    """Stop words and marks count nothing; a name of three tokens counts as a short word does."""
    text = "Who is al-Khazali?"
    spans = ((0, 0), *spans_of(text, "Who", "is", "al", "-", "Kha", "za", "li", "?"), (0, 0))
    third = 1 / 6
    assert word_weights(text, spans) == pytest.approx(
        [0, 0, 0, 0.5, 0, third, third, third, 0, 0], abs=1e-6
    )


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("Who was it?", ((0, 3), (4, 7), (8, 10), (10, 11)), [1 / 3, 1 / 3, 1 / 3, 0]),
        ("…?!", ((0, 0), (0, 1), (1, 3)), [1 / 3, 1 / 3, 1 / 3]),
        ("troops", ((0, 0),), [1]),
    ],
)
def test_where_no_word_tells_anything_all_count(text, spans, expected):
    """Stop words alone weigh alike, and so do the tokens of a question without words."""
    assert word_weights(text, spans) == pytest.approx(expected)


def test_a_question_is_met_as_well_as_its_words_are():
    """The mean over its words of the best cosine."""
    text = "Which troops left?"
    asked = TokenVectors(unit(3, 8, 5), spans_of(text, "Which", "troops", "left"))
    table = TokenTable.of([signs_of(unit(length, 8, length)) for length in (2, 4)])
    rows = np.array([1, 0], np.int64)
    found = interaction(text, asked, table, rows)
    assert found == pytest.approx(table.met(asked.vectors, rows)[:, 1:].mean(axis=1), abs=1e-6)


def test_what_is_saved_is_read(tmp_path: Path):
    """Signs and starts come back; a folder without them has none."""
    assert load_tokens(tmp_path) is None
    table = TokenTable.of([signs_of(unit(length, 20, length)) for length in (3, 1, 4)])
    save_tokens(tmp_path, table)
    again = load_tokens(tmp_path)
    assert again is not None
    assert np.array_equal(again.signs, table.signs)
    assert again.starts.tolist() == [0, 3, 4, 8]
    assert np.array_equal(again.passage(2), table.signs[4:])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tokens.npy", np.zeros((8, 3), np.float32)),
        ("tokens.npy", np.zeros(8, np.uint8)),
        ("tokens.npy", np.zeros((7, 3), np.uint8)),
        ("token_starts.npy", np.array([0, 3, 3, 8])),
        ("token_starts.npy", np.array([1, 8])),
        ("token_starts.npy", np.array([0.0, 8.0])),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path: Path, name: str, content: np.ndarray):
    """Another type, another shape, a passage without tokens: the index is damaged."""
    save_tokens(tmp_path, TokenTable.of([signs_of(unit(length, 20, 1)) for length in (3, 1, 4)]))
    np.save(tmp_path / name, content)
    with pytest.raises(IndexCorruptError):
        load_tokens(tmp_path)


def test_a_file_that_is_missing_is_named(tmp_path: Path):
    """Tokens without their starts are no table."""
    save_tokens(tmp_path, TokenTable.of([signs_of(unit(2, 8, 1))]))
    (tmp_path / "token_starts.npy").unlink()
    with pytest.raises(IndexCorruptError, match="token_starts"):
        load_tokens(tmp_path)
