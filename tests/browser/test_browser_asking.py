"""The question page: what a person asks, sees, follows, judges and sends on."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect
from small_corpus import ARTICLES, FakeCorpus, built
from test_render import PAYLOADS

from askcorpus.app import create_app, served
from askcorpus.errors import IndexCorruptError
from browser.serving import Disagreeing
from browser.visiting import QUESTION, UNKNOWN, card, expect_answer, in_view, stops


def test_asking_needs_no_mouse(visit):
    """By keyboard alone: ask, open the passage, see the mark, go back, find the answer there."""
    page = visit.page
    page.goto("/")
    expect(page.get_by_label("Question", exact=True)).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect_answer(page, QUESTION, "Mayor Ada Brook")
    stops(page, "Open at passage")
    page.keyboard.press("Enter")
    page.wait_for_url("**/article/1?*")
    expect(page.locator("mark#hit")).to_have_text("Mayor Ada Brook")
    assert in_view(page, "mark#hit")
    page.keyboard.press("Shift+Tab")
    stops(page, "← Back to answer")
    page.keyboard.press("Enter")
    expect_answer(page, QUESTION, "Mayor Ada Brook")
    expect(page.get_by_label("Question", exact=True)).to_have_value("")


def test_back_button_of_the_browser_finds_the_answer_again(visit):
    """Question, filters and answer are in the address, so that going back shows them."""
    page = visit.page
    page.goto(f"/?q={QUESTION}&pub=Lin+Herald")
    expect_answer(page, QUESTION, "Mayor Ada Brook")
    page.get_by_role("link", name="Open at passage").first.click()
    expect(page.locator("mark#hit")).to_be_visible()
    page.go_back()
    expect_answer(page, QUESTION, "Mayor Ada Brook")
    expect(page.get_by_label("Publisher")).to_have_value("Lin Herald (1)")


def test_a_question_is_recalled_and_started_anew(visit):
    """Enter asks, Shift and Enter makes a line, the up arrow brings the last question back."""
    page = visit.page
    page.goto("/")
    visit.ask(QUESTION)
    expect_answer(page, QUESTION, "Mayor Ada Brook")
    expect(page.locator("#ac-history a")).to_have_count(1)
    box = page.get_by_label("Question", exact=True)
    box.press("ArrowUp")
    expect(box).to_have_value(QUESTION)
    box.press("Shift+Enter")
    expect(box).to_have_value(f"{QUESTION}\n")
    expect(page.locator("#ac-log .ac-asked")).to_have_text(QUESTION)


def test_filters_go_into_the_address_and_come_out_of_it(visit, visiting, site):
    """Dates and publisher narrow what is read; the address alone gives the same answer anew."""
    page = visit.page
    page.goto("/")
    expect(page.locator("#ac-examples a").first).to_be_visible()
    page.get_by_role("button", name="Narrow by date or publisher").click()
    page.get_by_label("Published from").fill("2018")
    page.get_by_label("Published until").fill("2018-12")
    expect(page.get_by_text("1 of 3 articles searched")).to_be_visible()
    publisher = page.get_by_label("Publisher")
    publisher.click()
    page.get_by_role("option", name="Port News (1)").click()
    visit.ask("Where does the ferry go?")
    narrowed = page.get_by_text("Only articles published since 2018 and until December 2018")
    expect(narrowed.first).to_be_visible()
    page.wait_for_url("**/?q=*")
    asked = {"q": ["Where does the ferry go?"], "from": ["2018"], "until": ["2018-12"]}
    assert parse_qs(urlsplit(page.url).query) == asked | {"pub": ["Port News"]}
    open_why(page)
    rows = page.locator("#ac-log .ac-why tbody th").all_inner_texts()
    assert {row.split("@")[0].split(":")[0] for row in rows} == {
        rows[0].split("@")[0].split(":")[0]
    }
    words = card(page).locator(".ac-verdict, .ac-quote").all_inner_texts()
    other = visiting(site.address)
    other.page.goto(page.url)
    expect(other.page.get_by_text("Only articles published since 2018").first).to_be_visible()
    assert card(other.page).locator(".ac-verdict, .ac-quote").all_inner_texts() == words
    expect(other.page.get_by_label("Published from")).to_have_value("2018")
    expect(other.page.get_by_label("Published until")).to_have_value("2018-12")
    expect(other.page.get_by_label("Publisher")).to_have_value("Port News (1)")


def open_why(page):
    """Unfold why an answer was given."""
    page.locator("#ac-log .ac-why summary").click()


def test_what_is_not_there_is_said_so(visit):
    """Not found names the corpus and shows what is closest; its links open those passages."""
    page = visit.page
    page.goto("/")
    visit.ask(UNKNOWN)
    expect(card(page).locator(".ac-verdict")).to_have_text(
        "Not found in this corpus (3 articles, Nov 2018 – Jan 2019)"
    )
    expect(page.get_by_text("Closest passages; they may not answer")).to_be_visible()
    assert card(page).locator("mark").count() == 0
    closest = card(page).locator(".ac-closest").first.inner_text()
    card(page).locator(".ac-source a").first.click()
    expect(page.locator("mark#hit")).to_be_visible()
    assert page.locator("mark").all_inner_texts() == closest.split("\n")


def test_hidden_articles_are_named_and_brought_back(visit):
    """Where filters hide the answer, one link clears them and asks again."""
    page = visit.page
    page.goto(f"/?q={QUESTION}&until=2001")
    expect(card(page).locator(".ac-verdict")).to_contain_text("Not found")
    clear = page.get_by_role("link", name="Clear the filters and ask again")
    expect(page.get_by_text("3 of 3 articles are hidden by the filters")).to_be_visible()
    clear.click()
    expect_answer(page, QUESTION, "Mayor Ada Brook")
    page.wait_for_url(lambda url: "until" not in url)


def test_a_refused_question_stays_in_the_box(visit):
    """What cannot be asked is said calmly, apart from an answer and from an error."""
    page = visit.page
    page.goto("/")
    visit.ask("?!")
    expect(page.locator(".ac-card--refused")).to_contain_text("question")
    expect(page.get_by_label("Question", exact=True)).to_have_value("?!")
    assert urlsplit(page.url).query == ""


def test_a_long_question_is_counted(visit):
    """From 800 characters on the page says how many there are, and no more than 1,000 go in."""
    page = visit.page
    page.goto("/")
    box = page.get_by_label("Question", exact=True)
    box.fill("long " * 150)
    expect(page.locator("#ac-counter")).to_have_text("")
    box.fill("long " * 180)
    expect(page.locator("#ac-counter")).to_have_text("900 of 1,000 characters")


def test_a_follow_up_can_be_put_right(visit):
    """How it was understood is shown and said aloud, and asks again when it is changed."""
    page = visit.page
    page.goto("/")
    visit.ask(QUESTION)
    expect_answer(page, QUESTION, "Mayor Ada Brook")
    visit.ask("What did she say?")
    newest = page.locator("#ac-log")
    expect(newest.locator(".ac-rewritten")).to_contain_text("What did Mayor Ada Brook say?")
    heard = "Understood as: What did Mayor Ada Brook say?"
    expect(newest.get_by_role("status")).to_contain_text(heard)
    earlier = page.get_by_role("region", name="Earlier in this conversation")
    expect(earlier.locator(".ac-asked")).to_have_text(QUESTION)
    newest.get_by_text("Change how it was understood").click()
    box = newest.get_by_label("Ask instead")
    expect(box).to_have_value("What did Mayor Ada Brook say?")
    box.fill("How many people cross the stone bridge?")
    box.press("Enter")
    expect(newest.locator(".ac-asked")).to_have_text("How many people cross the stone bridge?")
    expect(newest.locator(".ac-rewritten")).to_have_count(0)
    expect(earlier.locator(".ac-asked")).to_have_text(["What did she say?", QUESTION])


def test_two_tabs_do_not_mix(visit):
    """Each tab has its own conversation; what was asked before is remembered by the browser."""
    first, second = visit.page, visit.open()
    first.goto("/")
    second.goto("/")
    visit.ask(QUESTION, first)
    expect_answer(first, QUESTION, "Mayor Ada Brook")
    visit.ask("What did she say?", second)
    expect(second.locator("#ac-log .ac-asked")).to_have_text("What did she say?")
    expect(second.locator(".ac-rewritten")).to_have_count(0)
    visit.ask("What did she say?", first)
    expect(first.locator(".ac-rewritten")).to_contain_text("What did Mayor Ada Brook say?")
    third = visit.open()
    third.goto("/")
    third.get_by_text("Asked before in this browser").click()
    expect(third.locator("#ac-history li a").last).to_be_visible()
    assert QUESTION in third.locator("#ac-history li a").all_inner_texts()
    third.get_by_role("button", name="Clear").click()
    expect(third.locator("#ac-history li")).to_have_count(0)


def test_feedback_lands_in_the_file(visit, site):
    """One press writes one line: the question and the place of the answer, judged."""
    page = visit.page
    page.goto(f"/?q={QUESTION}")
    expect_answer(page, QUESTION, "Mayor Ada Brook")
    before = site.feedback.read_text("utf-8") if site.feedback.exists() else ""
    page.get_by_role("button", name="Right", exact=True).click()
    expect(page.get_by_text("Noted. Thank you.")).to_be_visible()
    written = site.feedback.read_text("utf-8").removeprefix(before)
    line = json.loads(written)
    citation = site.corpus.ask(QUESTION).citations[0]
    assert line["question"] == QUESTION
    assert "right" in line["tags"]
    assert [(each["article_id"], each["start"], each["end"]) for each in line["answers"]] == [
        (citation.article_id, citation.start, citation.end)
    ]


def test_quotes_are_copied_with_their_citation(visit):
    """Copying gives the quote with its source, as text, Markdown, BibTeX or CSL-JSON."""
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.page
    page.goto(f"/?q={QUESTION}")
    expect_answer(page, QUESTION, "Mayor Ada Brook")
    page.get_by_text("Copy quote with citation").first.click()
    button = page.get_by_role("button", name="Copy as BibTeX").first
    button.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("@")
    assert "Old bridge to close in March" in copied


def test_examples_ask_when_followed(visit):
    """What is suggested is a link that asks; its answer is there."""
    page = visit.page
    page.goto("/")
    example = page.locator("#ac-examples a").first
    words = example.inner_text()
    example.press("Enter")
    expect(page.locator("#ac-log .ac-asked")).to_have_text(words)
    expect(card(page).locator("mark").first).to_be_visible()
    expect(page.locator("#ac-log .ac-asked")).to_be_focused()


def test_sources_that_disagree_are_all_heard(showing):
    """How many say what and when, in words and in a line; verdicts say what they are worth."""
    with showing(create_app(Disagreeing())) as visit:
        page = visit.page
        page.goto("/?q=How many people use the bridge?")
        expect(card(page).locator(".ac-verdict")).to_contain_text("Clear match")
        expect(card(page).locator(".ac-worth")).to_contain_text("90%")
        expect(card(page).locator(".ac-standings")).to_contain_text("3,900")
        expect(card(page).locator(".ac-timeline li")).not_to_have_count(0)


def test_a_rebuilt_index_is_noticed_under_an_open_page(visiting, tmp_path):
    """The open page says what came and went, and answers from it, without being opened anew."""
    with built(tmp_path, ARTICLES[:1]) as corpus, served(create_app(corpus)) as address:
        visit = visiting(address)
        page = visit.page
        page.clock.install()
        page.goto(f"/?q={QUESTION}")
        expect_answer(page, QUESTION, "Mayor Ada Brook")
        built(tmp_path, ARTICLES).close()
        page.clock.fast_forward(11_000)
        expect(page.get_by_text("2 articles were added")).to_be_visible()
        visit.ask("Where does the ferry go?")
        expect(page.locator("#ac-log .ac-asked")).to_have_text("Where does the ferry go?")
        expect(page.get_by_text("2 articles were added")).to_have_count(0)


def test_a_damaged_index_is_no_missing_answer(showing):
    """An error says that it is one, with a code and where to look, and keeps the question."""

    class Broken(FakeCorpus):
        def ask(self, question, k=None, **filters):
            raise IndexCorruptError("vectors.npy", "its checksum differs")

    with showing(create_app(Broken())) as visit:
        visit.page.goto("/")
        visit.ask(QUESTION)
        refused = visit.page.locator(".ac-card--refused")
        expect(refused).to_contain_text("No question can be answered at the moment (AC-CORRUPT)")
        expect(visit.page.get_by_label("Question", exact=True)).to_have_value(QUESTION)


def test_a_bug_is_told_and_the_question_kept(showing):
    """What nobody foresaw gives a sentence in place of an answer, whether typed or in a link."""

    class Buggy(FakeCorpus):
        def ask(self, question, k=None, **filters):
            return 1 / (question != QUESTION) and super().ask(question, k, **filters)

    with showing(create_app(Buggy())) as visit:
        visit.page.goto(f"/?q={QUESTION}")
        expect(visit.page.get_by_role("alert").first).to_contain_text("(AC-BUG)")
        visit.page.goto("/")
        visit.ask(QUESTION)
        expect(visit.page.get_by_role("alert").first).to_contain_text("(AC-BUG)")
        expect(visit.page.get_by_label("Question", exact=True)).to_have_value(QUESTION)


def test_an_empty_index_says_what_to_do(showing):
    """Where nothing is indexed, the page says so, and how to change that."""
    with showing(create_app(FakeCorpus([], {}))) as visit:
        visit.page.goto("/")
        visit.ask(QUESTION)
        expect(visit.page.locator(".ac-card--empty")).to_contain_text("askcorpus index FOLDER")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_an_address_runs(visit, payload):
    """A question or a filter of a sent link is text, whatever it holds."""
    page = visit.page
    page.goto("/?" + "&".join(f"{name}={quoted(payload)}" for name in ("q", "pub")))
    expect(page.locator("#ac-log .ac-asked")).to_have_text(payload)
    assert page.evaluate("window.hit === 1") is False


def quoted(text):
    """Write text as an address holds it."""
    return "".join(f"%{byte:02X}" for byte in text.encode())
