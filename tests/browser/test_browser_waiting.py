"""The question page while an answer is on its way: called off, or waiting for other people's."""

from __future__ import annotations

import re
from threading import Event

import httpx
import pytest
from playwright.sync_api import expect
from small_corpus import FakeCorpus

from askcorpus.app import create_app
from askcorpus.app.desk import AT_ONCE
from browser.visiting import expect_answer

SLOW = "How many people use the bridge?"
QUICK = "How many people cross the bridge?"

ALERTS = """() => {
  window.alerts = 0;
  const log = document.querySelector('#ac-log');
  new MutationObserver(() => { alerts += log.querySelectorAll('[role=alert]').length; })
    .observe(log, { childList: true, subtree: true });
}"""
"""Counts what is told as an error, however briefly."""


class Held(FakeCorpus):
    """Answers one question only once it is let go."""

    def __init__(self):
        super().__init__(answers={SLOW.lower(): ("4,200",), QUICK.lower(): ("4,200",)})
        self.reached, self.let_go = Event(), Event()

    def ask(self, question, k=None, **filters):
        if question == SLOW:
            self.reached.set()
            assert self.let_go.wait(60)
        return super().ask(question, k, **filters)


@pytest.fixture
def held(showing):
    """Visit an app that has answered a quick question, and will hold back a slow one."""
    corpus = Held()
    with showing(create_app(corpus)) as visit:
        visit.page.goto(f"/?q={QUICK}")
        expect_answer(visit.page, QUICK, "4,200")
        try:
            yield visit, corpus
        finally:
            corpus.let_go.set()


@pytest.mark.parametrize("by", ["the Escape key", "the button"])
def test_a_question_can_be_called_off(held, by):
    """The page waits no longer, keeps the question, shows no error, and answers when asked anew."""
    visit, corpus = held
    page, waiting = visit.page, visit.page.locator("#ac-waiting .ac-patience")
    page.evaluate(ALERTS)
    visit.ask(SLOW)
    expect(waiting).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Reading the articles")).to_be_visible()
    assert corpus.reached.wait(60)
    with page.expect_response("**/gradio_api/cancel"):
        if by == "the button":
            page.get_by_role("button", name="Cancel").click()
        else:
            page.keyboard.press("Escape")
    expect(waiting).to_be_hidden()
    expect(page.get_by_label("Question", exact=True)).to_have_value(SLOW)
    corpus.let_go.set()
    visit.ask(SLOW)
    expect_answer(page, SLOW, "4,200")
    expect(page.locator(".ac-earlier .ac-asked")).to_have_text([QUICK])
    assert page.evaluate("alerts") == 0


def test_a_second_person_sees_their_place_in_the_queue(held):
    """While as many as can be answered are, the next ones see how many are before them."""
    visit, corpus = held
    for _ in range(AT_ONCE):
        data = [SLOW, None, None, None, None, False, None, None]
        httpx.post(f"{visit.address}/gradio_api/call/ask", json={"data": data}).raise_for_status()
    assert corpus.reached.wait(60)
    visit.ask(SLOW)
    place = visit.page.locator("#ac-waiting .progress-text")
    expect(place).to_contain_text("queue: 1/1")
    expect(place).to_be_in_viewport()
    corpus.let_go.set()
    expect_answer(visit.page, SLOW, "4,200")
    expect(place).to_be_hidden()


class HeldAtTheDoor(Held):
    """Lets nobody in at first: the page is there, but what it shows in the beginning is not."""

    def __init__(self):
        super().__init__()
        self.opened = Event()

    def refresh(self):
        if not self.reached.is_set():
            assert self.opened.wait(60)
        return super().refresh()


def test_a_question_asked_at_once_is_waited_for(showing):
    """Who asks before the page is complete sees that the answer is on its way, until it comes."""
    corpus = HeldAtTheDoor()
    with showing(create_app(corpus)) as visit:
        page, waiting = visit.page, visit.page.locator("#ac-waiting")
        page.goto("/")
        visit.ask(SLOW)
        expect(waiting).to_be_visible()
        corpus.opened.set()
        assert corpus.reached.wait(60)
        expect(page.locator("#ac-opening .pending")).to_have_count(0)
        expect(waiting).to_be_visible()
        corpus.let_go.set()
        expect_answer(page, SLOW, "4,200")
        expect(waiting).to_be_hidden()


def test_filters_set_at_once_stay(showing):
    """What is picked and typed before the page is complete is kept, and counted when it is."""
    corpus = HeldAtTheDoor()
    with showing(create_app(corpus)) as visit:
        page = visit.page
        page.goto("/")
        page.get_by_role("button", name="Narrow by").click()
        page.get_by_label("Published until").fill("2020")
        page.get_by_label("Publisher").click()
        page.get_by_role("option", name="Lin Herald").click()
        corpus.opened.set()
        expect(page.locator("#ac-examples a").first).to_be_visible()
        expect(page.locator("#ac-count")).to_contain_text("searched")
        expect(page.get_by_label("Published until")).to_have_value("2020")
        expect(page.get_by_role("combobox", name="Publisher")).to_have_value(
            re.compile("^Lin Herald")
        )
