"""Borders of a quote fall where a person would put them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askcorpus.borders import tidy


def place(text: str, quote: str) -> tuple[int, int]:
    start = text.index(quote)
    return start, start + len(quote)


def tidied(text: str, quote: str) -> str:
    start, end = tidy(text, *place(text, quote))
    return text[start:end]


@pytest.mark.parametrize(
    ("text", "marked", "wanted"),
    [
        ("withdraw the 5,200 troops", "5,20", "5,200"),
        ("paid $45 million in all", "45 million", "$45 million"),
        ("some 12% of it", "12", "12%"),
        ("said Qais al-Khazali, the leader", "Qais al-Khazali,", "Qais al-Khazali"),
        ("the U.S. toppled it", "U.S", "U.S."),
        ("He left the U.S. in May.", "the U.S.", "the U.S."),
        ("It ended in May.", "May.", "May"),
        ("fears a “Shia belt” there", "“Shia belt", "“Shia belt”"),
        ("fears a “Shia belt” there", "Shia belt”", "“Shia belt”"),
        ("fears a “Shia belt” there", "Shia belt", "Shia belt"),
        ("fears a “Shia belt from there", "“Shia belt", "Shia belt"),
        ('he said "go home" twice', 'said "go home', 'said "go home"'),
        ('he said "go home" twice', 'go home" twice', '"go home" twice'),
        ('he said "go home and', 'said "go home', 'said "go home'),
        ("won against Daesh [ISIS], and", "Daesh [ISIS", "Daesh [ISIS]"),
        ("the (so-called) army", "so-called) army", "(so-called) army"),
        ("called it ‘Iran’s plan’ now", "Iran’s plan", "Iran’s plan"),
        ("called it ‘a plan’ now", "‘a plan", "‘a plan’"),
        ("paid $3 billion for it", "$3", "$3 billion"),
        ("paid 3.5 million for it", "3", "3.5 million"),
        ("the 5,200 troops", "200", "5,200"),
        ("from 2007-2010 he sat", "2010", "2010"),
        ("some 12 percent of it", "12", "12 percent"),
        ("the 12 per cent rise", "12 per", "12 per cent"),
        ("on October 24, 2017, he said", "October 24", "October 24, 2017"),
        ("on 28 January 2019 he said", "28 January", "28 January 2019"),
        ("in October 2017 he said", "October", "October"),
        ("in October 2017 he said", "2017", "2017"),
        ('he said "go home" twice', '"go home', '"go home"'),
        ("the group (PMU) fought", "(PMU", "(PMU)"),
        ("the group (PMU) fought", "PMU)", "(PMU)"),
        ("a 45-year-old man", "year", "year"),
        ("and al-Khazali spoke", "Khazali", "al-Khazali"),
        ("says Qais al-Khazali, the leader", "Khazali", "Qais al-Khazali"),
        ("On Monday al-Abadi spoke", "al-Abadi", "al-Abadi"),
        ("But al-Abadi spoke", "al-Abadi", "al-Abadi"),
        ("the US-led coalition", "led", "led"),
        ("helps at-risk youth", "risk", "risk"),
        ("Young at-risk people", "at-risk", "at-risk"),
        ("  spaced out  ", "  spaced out  ", "spaced out"),
    ],
)
def test_borders(text, marked, wanted):
    """Words and numbers become whole, marks are closed or dropped, stray signs left out."""
    assert tidied(text, marked) == wanted


@given(st.text(alphabet="ab 1.,“”\"'()$%-\n", max_size=40), st.data())
def test_tidy_stays_inside_the_text(text, data):
    """Borders are moved within the text and never cross."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    if start < end:
        left, right = tidy(text, start, end)
        assert 0 <= left <= right <= len(text)
