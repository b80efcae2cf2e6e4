"""The key `/`, which leads to the question box from wherever nothing is being typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from browser.visiting import QUESTION, expect_answer

KEYS = "() => document.querySelector('#ac-question textarea').getAttribute('aria-keyshortcuts')"


@pytest.fixture
def answered(visit):
    """Visit an answer, with the focus on the link to its source."""
    visit.page.goto(f"/?q={QUESTION}")
    expect_answer(visit.page, QUESTION, "Mayor Ada Brook")
    visit.page.get_by_role("link", name="Open at passage").first.focus()
    return visit


def box(page):
    """Give the question box."""
    return page.get_by_label("Question", exact=True)


def test_slash_leads_to_the_question_box(answered):
    """From anywhere on the page, without leaving itself in the box; the box says so."""
    page = answered.page
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_value("")
    assert page.evaluate(KEYS) == "/"


def test_slash_is_a_character_where_one_types(answered):
    """In the question box, and in any other field, a slash is a slash."""
    page = answered.page
    box(page).focus()
    page.keyboard.type("24/7")
    expect(box(page)).to_have_value("24/7")
    page.get_by_role("button", name="Narrow by date or publisher").click()
    page.get_by_label("Published from").focus()
    page.keyboard.type("2018/")
    expect(page.get_by_label("Published from")).to_have_value("2018/")
    expect(page.get_by_label("Published from")).to_be_focused()


@pytest.mark.parametrize("held", ["Control", "Alt", "Meta"])
def test_slash_with_another_key_is_left_to_the_browser(answered, held):
    """With Control, Alt or Meta held the focus stays where it is, and nothing is swallowed."""
    page = answered.page
    page.evaluate("addEventListener('keydown', event => window.swallowed = event.defaultPrevented)")
    page.keyboard.press(f"{held}+/")
    expect(page.get_by_role("link", name="Open at passage").first).to_be_focused()
    assert page.evaluate("swallowed") is False


def test_slash_can_be_turned_off_for_good(answered):
    """A labelled switch, worked by keyboard, that this browser remembers; and back on again."""
    page = answered.page
    switch = page.get_by_role("checkbox", name="Press / to ask")
    expect(switch).to_be_checked()
    switch.press("Space")
    for _ in ("at once", "after a reload"):
        expect(switch).not_to_be_checked()
        link = page.get_by_role("link", name="Open at passage").first
        link.focus()
        page.keyboard.press("/")
        expect(link).to_be_focused()
        assert page.evaluate(KEYS) is None
        page.reload()
        expect_answer(page, QUESTION, "Mayor Ada Brook")
    switch.press("Space")
    page.get_by_role("link", name="Open at passage").first.focus()
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    assert page.evaluate(KEYS) == "/"


def test_the_box_of_an_error_has_the_focus_already(visit):
    """A page without scripts begins in its box, which says what went wrong; Enter asks."""
    page = visit.page
    page.goto("/nothing")
    question = page.get_by_label("Question", exact=True)
    expect(question).to_be_focused()
    expect(question).to_have_accessible_description("There is no page at this address.")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect_answer(page, QUESTION, "Mayor Ada Brook")
