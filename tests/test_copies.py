"""Near-copies of one story meet; reports that share a quotation do not."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askcorpus.copies import HASHES, are_copies, is_retold, shingles, signature, stories

WORDS = [f"word{number}" for number in range(400)]
QUOTE = " ".join(f"said{number}" for number in range(40))


def report(seed: int, n: int = 200) -> str:
    """Words in an order that no other seed has."""
    return " ".join(random.Random(seed).choices(WORDS, k=n))


def found(*texts: str) -> list[int]:
    """Give the first of each text's story."""
    rows = np.array([signature(text) for text in texts], np.uint32).reshape(-1, HASHES)
    return stories(texts, rows).tolist()


def test_a_reprint_is_a_copy_of_the_first():
    """Another headline, byline and last line do not make another story."""
    first, other = report(1), report(2)
    reprint = f"Other headline\nBy Somebody Else\n{first.upper()}\nThe end."
    assert found(first, other, reprint) == [0, 1, 0]


def test_an_edited_copy_is_found():
    """One word in thirty exchanged leaves most runs as they were."""
    words = report(1).split()
    words[::30] = ["changed"] * len(words[::30])
    assert found(report(1), " ".join(words)) == [0, 0]


def test_a_shortened_reprint_is_a_copy():
    """The first two fifths of a story are no second source."""
    text = report(1)
    assert found(text, " ".join(text.split()[:80])) == [0, 0]


def test_a_shared_quotation_does_not_make_copies():
    """Two reports with forty words in common have most of their words to themselves."""
    assert found(f"{report(1)} {QUOTE}", f"{report(2)} {QUOTE}") == [0, 1]


def test_a_quotation_alone_is_no_copy_of_the_report_that_has_it():
    """Forty words that stand in a report are a quotation, not the story cut down."""
    assert found(f"{report(1)} {QUOTE}", QUOTE) == [0, 1]


def test_texts_that_are_alike_in_ever_less_do_not_chain():
    """The third is compared with the first of the story, not with the second."""
    words = report(1, 320).split()
    first, second, third = words[:200], words[60:260], words[120:]
    assert are_copies(shingles(" ".join(second)), shingles(" ".join(third)))
    assert found(*(" ".join(part) for part in (first, second, third))) == [0, 0, 2]


def test_empty_texts_are_alone():
    """Nothing is no copy of nothing."""
    assert found("", "", "…") == [0, 1, 2]


def test_short_texts_are_copies_only_if_they_are_equal():
    """Three words are one run."""
    assert found("The bridge closes.", "The bridge closes!", "The bridge opens.") == [0, 0, 2]


def test_nothing_gives_nothing():
    """No articles, no stories."""
    assert stories([], np.empty((0, HASHES), np.uint32)).tolist() == []


def test_signatures_agree_as_often_as_texts_do():
    """Equal hashes estimate the share of common runs (Broder 1997)."""
    words = report(1, 2_000).split()
    left, right = " ".join(words[:1_500]), " ".join(words[500:])
    runs = [set(shingles(text).tolist()) for text in (left, right)]
    share = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
    agreeing = (signature(left) == signature(right)).mean()
    assert agreeing == pytest.approx(share, abs=0.15)


def test_long_texts_are_hashed_in_pieces():
    """The signature of a long text is the least of those of its parts' runs."""
    words = report(1, 9_000).split()
    halves = (" ".join(words[:4_504]), " ".join(words[4_500:]))
    parts = np.minimum(*(signature(half) for half in halves))
    assert (signature(" ".join(words)) == parts).all()


@pytest.mark.parametrize(
    ("text", "other", "wanted"),
    [
        ("5,200 troops", "There are 5,200 troops.", True),
        ("5,200 troops", "There are 2,500 troops.", False),
        ("the U.S. left", "The US left.", True),
        ("200 troops", "There are 5200 troops.", False),
        ("“…”", "Anything.", True),
    ],
)
def test_retold_is_word_for_word(text, other, wanted):
    """Spelling may differ, a word may not: a changed number is never taken for a copy."""
    assert is_retold(text, ["Nothing here.", other]) is wanted


def plain_stories(texts: list[str]) -> list[int]:
    """Compare each text with the first of every story before it."""
    first: list[int] = []
    for place, text in enumerate(texts):
        heads = sorted(set(first))
        same = (head for head in heads if are_copies(shingles(texts[head]), shingles(text)))
        first.append(next(same, place))
    return first


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), max_size=12))
def test_stories_are_those_of_comparing_all(made):
    """Bands overlook no pair that is nearly equal, and unite none that is not."""
    texts = [f"{report(seed)} {' '.join(QUOTE.split()[:extra])}" for seed, extra in made]
    assert found(*texts) == plain_stories(texts)
