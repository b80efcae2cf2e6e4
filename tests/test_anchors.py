"""A quote is found again after its article changed, or said to be gone; never guessed at."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from askcorpus.anchors import CONTEXT, LONGEST, Found, Quoted, find, remember

TEXT = (
    "The stone bridge over the Lin closes on 3 March. Around 4,200 people cross it every day. "
    "Mayor Ada Brook, head of the council, called the step overdue. "
    "The town of Elm counts its people each year and has 4,200 sheep."
)
START = TEXT.index("4,200")
NUMBER = remember(TEXT, START, START + 5)


def found_in(text, quoted=NUMBER):
    """Give the state and the characters found."""
    found = find(text, quoted)
    return (found.state, text[found.start : found.end]) if found else None


def test_a_quote_is_remembered_with_what_surrounds_it():
    """The quote, 32 characters on each side, and where it stood."""
    assert remember(TEXT, START, START + 5) == Quoted(
        exact="4,200",
        before="e Lin closes on 3 March. Around ",
        after=" people cross it every day. Mayo",
        start=START,
    )


def test_only_the_beginning_of_a_long_quote_is_remembered():
    """What follows it is then the rest of the quote."""
    text = "".join(f"{number} " for number in range(1_000))
    quoted = remember(text, 10, 2_000)
    assert (quoted.exact, quoted.after) == (
        text[10 : 10 + LONGEST],
        text[10 + LONGEST :][:CONTEXT],
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (TEXT, ("here", "4,200")),
        (f"A new first line.\n{TEXT}", ("moved", "4,200")),
        (TEXT.replace("4,200 people", "4,700 people"), ("reworded", "4,700")),
        (TEXT.replace("Around 4,200 people cross it every day. ", ""), None),
        (TEXT.replace("Around 4,200 people cross", "Many people cross"), None),
        (TEXT.replace("cross it every", "cross the bridge each"), ("here", "4,200")),
        ("4,200", None),
        ("", None),
    ],
)
def test_a_short_quote_is_the_same_only_in_its_surroundings(text, wanted):
    """Another 4,200 in another sentence is no moved quote; a corrected number is a reworded one."""
    assert found_in(text) == wanted


def test_the_place_whose_surroundings_agree_wins():
    """Of two places with the very words, the one with the remembered context is taken."""
    other = "Around 4,200 sheep are counted in the hills of Elm. "
    found = find(other + TEXT, NUMBER)
    assert found == Found(len(other) + START, len(other) + START + 5, "moved")


def test_of_equal_places_the_nearest_wins():
    """Where the surroundings say nothing, the offset does."""
    text = "one two three one two three one two three"
    assert find(text, Quoted("one two", start=15)) == Found(14, 21, "moved")


def test_a_long_quote_is_found_in_other_words():
    """Words that were changed inside a quote are marked with it, and no more than it."""
    start = TEXT.index("Mayor")
    quoted = remember(TEXT, start, TEXT.index(" The town"))
    changed = f"News. {TEXT.replace('head of the council', 'chair of the town council')}"
    assert found_in(changed, quoted) == (
        "reworded",
        "Mayor Ada Brook, chair of the town council, called the step overdue.",
    )


def test_nothing_is_found_of_an_empty_quote():
    """A link without words has nothing to look for."""
    assert find(TEXT, Quoted("  ")) is None


@given(st.text(min_size=1), st.data())
def test_an_unchanged_text_gives_the_place_back(text, data):
    """Whatever is remembered of a text is found where it stood."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assume(text[start : min(end, start + LONGEST)].strip())
    assert find(text, remember(text, start, end)) == Found(start, min(end, start + LONGEST), "here")


@given(st.text(), st.text(), st.text(min_size=CONTEXT), st.data())
def test_what_is_found_lies_in_the_text(before, after, text, data):
    """Text added on both sides never leads outside; the very words are found as they were."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    changed = before + text + after
    quoted = remember(text, start, end)
    found = find(changed, quoted)
    if found is not None:
        assert 0 <= found.start < found.end <= len(changed)
        assert found.state == "reworded" or changed[found.start : found.end] == quoted.exact
