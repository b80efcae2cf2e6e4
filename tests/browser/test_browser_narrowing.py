"""Narrowing by language and section: boxes that come with a corpus that has several of them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from mixed_corpus import mixed
from playwright.sync_api import expect

from askcorpus.app import create_app
from browser.visiting import card, expect_answer, faults

RACE = "Who won the race of Linden?"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Give an app over five articles in two languages and two sections."""
    with mixed(tmp_path_factory.mktemp("mixed")) as corpus:
        yield create_app(corpus)


def test_language_and_section_are_picked_and_sent_on(showing, app):
    """Each pick is counted at once; both are in the address, which gives the same answer anew."""
    with showing(app) as visit:
        page = visit.page
        page.goto("/")
        expect(page.locator("#ac-examples a").first).to_be_visible()
        page.get_by_role("button", name="Narrow by date, publisher, language or section").click()
        pick(page, "Language", "German (2)")
        expect(page.get_by_text("2 of 5 articles searched")).to_be_visible()
        pick(page, "Section", "sport (1)")
        expect(page.get_by_text("1 of 5 articles searched")).to_be_visible()
        visit.ask(RACE)
        expect_answer(page, RACE, "Karla Stein")
        expect(page.get_by_text("Only articles in German, filed under sport").first).to_be_visible()
        page.wait_for_url("**/?q=*")
        asked = {"q": [RACE], "lang": ["de"], "section": ["sport"]}
        assert parse_qs(urlsplit(page.url).query) == asked
        address = page.url
        page.goto("about:blank")
        page.goto(address)
        expect_answer(page, RACE, "Karla Stein")
        expect(page.get_by_label("Language")).to_have_value("German (1)")
        expect(page.get_by_label("Section")).to_have_value("sport (1)")


def pick(page, label, choice):
    """Choose in a list."""
    page.get_by_label(label).click()
    page.get_by_role("option", name=choice).click()


def test_the_boxes_are_for_everyone(showing, app):
    """No violation of WCAG 2.2 AA in either theme, and no scrolling sideways, with a list open."""
    with showing(app) as visit:
        page = visit.page
        page.goto("/?lang=de&section=Sport")
        # The counts come back once the page is complete, and close a list that is open.
        expect(page.get_by_label("Language")).to_have_value("German (1)")
        page.get_by_label("Language").click()
        expect(page.get_by_role("option", name="English (1)")).to_be_visible()
        assert faults(page) == ""


def test_what_they_hide_is_named_and_brought_back(showing, app):
    """Where a section hides the answer, the card names it, and one link clears it."""
    with showing(app) as visit:
        page = visit.page
        page.goto("/?q=Who+sang?&lang=de&section=Politics")
        expect(card(page).locator(".ac-verdict")).to_contain_text("Not found")
        expect(page.get_by_text("Only articles in German, filed under Politics")).to_be_visible()
        expect(page.get_by_text("4 of 5 articles are hidden by the filters")).to_be_visible()
        page.get_by_role("link", name="Clear the filters and ask again").click()
        page.wait_for_url(lambda url: "lang" not in url)
        expect(page.get_by_label("Language")).to_have_value("Any language (5)")


def test_one_language_and_no_section_give_nothing_to_choose(visit):
    """The filters are those of dates and publisher alone; one that a link brings can be seen."""
    page = visit.page
    page.goto("/")
    page.get_by_role("button", name="Narrow by date or publisher").click()
    expect(page.get_by_label("Publisher")).to_be_visible()
    expect(page.get_by_label("Language")).to_have_count(0)
    expect(page.get_by_label("Section")).to_have_count(0)
    page.goto("/?q=Who?&lang=de")
    expect(page.get_by_label("Language")).to_have_value("German (0)")
    expect(page.get_by_label("Section")).to_have_count(0)
