"""Every page in every state: for each eye, width, colour and hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from small_corpus import FakeCorpus

from askcorpus.app import create_app
from browser.serving import Disagreeing
from browser.visiting import QUESTION, UNKNOWN, expect_answer, faults, in_view, stops

HEADLINE = "/article/1?s=0&e=28&q=who"
"""Marks the headline of the bridge article."""

MOVED = "/article/1?s=0&e=15&x=Mayor+Ada+Brook&q=who"
"""Marks the name where it stands, which is not where the address says."""


PLAIN = {
    "article": "/article/1",
    "passage": f"{HEADLINE}&h=1.0.28~1.30.40&i=0&g=1",
    "passage that moved": MOVED,
    "passage that is gone": f"{HEADLINE}&x=Nobody+at+all",
    "corpus": "/articles",
    "corpus of which nothing fits": "/articles?find=nothing+of+the+kind",
    "runs": "/evaluation",
    "run": "/evaluation/bold",
    "two runs": "/evaluation?before=bold&after=shy",
    "no such page": "/nothing",
}


@pytest.mark.parametrize("name", PLAIN)
def test_every_page_is_for_everyone(visit, name):
    """No violation of WCAG 2.2 AA in either theme, and no scrolling sideways at any width."""
    visit.page.goto(PLAIN[name])
    expect(visit.page.get_by_role("heading", level=1).first).to_be_visible()
    assert faults(visit.page) == ""


def test_asking_is_for_everyone_at_every_step(visit):
    """The same for the question page: before, while choosing, answered, understood, refused."""
    page = visit.page
    page.goto("/")
    expect(page.locator("#ac-examples a").first).to_be_visible()
    found = {"empty": faults(page)}
    page.get_by_role("button", name="Narrow by date or publisher").click()
    page.get_by_label("Publisher").click()
    expect(page.get_by_role("option").first).to_be_visible()
    found["choosing"] = faults(page)
    page.keyboard.press("Escape")
    visit.ask(QUESTION)
    expect_answer(page, QUESTION, "Mayor Ada Brook")
    found["answered"] = faults(page)
    visit.ask("What did she say?")
    expect(page.locator("#ac-log .ac-rewritten")).to_be_visible()
    found["understood"] = faults(page)
    visit.ask("?!")
    expect(page.locator("#ac-log .ac-card--refused")).to_be_visible()
    found["refused"] = faults(page)
    assert {step: each for step, each in found.items() if each} == {}


def test_a_missing_answer_is_for_everyone(visit):
    """The same where nothing was found, and filters hide what might have been."""
    page = visit.page
    page.goto(f"/?q={UNKNOWN}&from=2019&pub=Lin+Herald")
    expect(page.locator(".ac-card--none")).to_be_visible()
    assert faults(page) == ""


def test_disagreement_is_for_everyone(showing):
    """The same for verdicts with their worth, for what others say, and for the line of time."""
    with showing(create_app(Disagreeing())) as visit:
        page = visit.page
        page.goto("/?q=How many people use the bridge?")
        expect(page.locator(".ac-timeline")).to_be_visible()
        assert faults(page) == ""


def test_an_empty_corpus_is_for_everyone(showing):
    """The same where there is nothing to ask and nothing to show."""
    with showing(create_app(FakeCorpus([], {}))) as visit:
        page = visit.page
        for path, there in ((f"/?q={QUESTION}", ".ac-card--empty"), ("/articles", "h1")):
            page.goto(path)
            expect(page.locator(there).first).to_be_visible()
            assert faults(page) == ""


def test_the_upload_form_is_for_everyone(showing, site):
    """The same for the form that takes files."""
    folder = site.runs.parent / "articles"
    with showing(create_app(site.corpus, uploads=[folder])) as visit:
        visit.page.goto("/upload")
        assert faults(visit.page) == ""


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (
            HEADLINE,
            ["Skip to the text", "askcorpus", "Ask", "Corpus", "Evaluation", "← Back to answer"],
        ),
        (
            "/articles",
            [
                *("Skip to the text", "askcorpus", "Ask", "Corpus", "Evaluation"),
                *("Articles", "Files left out", "Left out of texts", "Index", "Commands"),
            ],
        ),
    ],
)
def test_tab_goes_through_a_page_as_it_is_read(visit, path, names):
    """Everything that can be followed is reached in order, framed, and never under the bar."""
    page = visit.page
    page.goto(path)
    page.evaluate("scrollTo(0, 0)")
    found = stops(page, names[-1])
    assert [each["name"] for each in found] == names
    more = stops(page, "Paragraph 3" if "article/" in path else "Show")
    assert [each for each in found + more if not (each["framed"] and each["shown"])] == []


def test_tab_goes_through_an_answer_as_it_is_read(visit):
    """From the box by button, filters and answer to the judgement: framed, and in the window."""
    page = visit.page
    page.goto(f"/?q={QUESTION}")
    expect(page.locator("#ac-log mark").first).to_be_visible()
    page.get_by_label("Question", exact=True).focus()
    found = stops(page, "Right")
    names = [each["name"].removesuffix(" ▼") for each in found]
    wanted = ["Ask", "Narrow by date or publisher", "Old bridge to close in March"]
    wanted += ["Open at passage", "Copy quote with citation", "Why this answer", "Right"]
    assert [name for name in names if name in wanted] == wanted
    assert [each for each in found if not (each["framed"] and each["shown"])] == []


def test_nothing_moves_where_that_is_asked_for(visit):
    """With reduced motion every animation and transition ends within a blink."""
    page = visit.page
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/?q={QUESTION}")
    expect(page.locator("#ac-log mark").first).to_be_visible()
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(each => {
          const style = getComputedStyle(each);
          return Math.max(...style.animationDuration.split(',').map(parseFloat),
                          ...style.transitionDuration.split(',').map(parseFloat)) > 0.01;
        }).map(each => each.className)"""
    )
    assert moving == []


def test_a_mark_stands_out_without_colours(visiting, site):
    """Where the system forces its colours, the mark keeps a ground or a frame of its own."""
    page = visiting(site.address, forced_colors="active").page
    page.goto(MOVED)
    assert in_view(page, "mark#hit")
    style = page.locator("mark#hit").evaluate(
        "each => [getComputedStyle(each).outlineStyle, getComputedStyle(each).borderBottomStyle,"
        " matchMedia('(forced-colors: active)').matches]"
    )
    assert style == ["solid", "solid", True]


def test_screen_readers_hear_where_the_mark_is_and_that_an_answer_came(visit):
    """A log for answers, a status line when one has come, and words around each mark."""
    page = visit.page
    page.goto("/")
    visit.ask(QUESTION)
    expect(page.locator("#ac-log mark").first).to_be_visible()
    log = page.get_by_role("log", name="Answers")
    expect(log.get_by_role("heading", level=2, name=QUESTION)).to_be_visible()
    heard = log.locator(".ac-quote").first.evaluate("each => each.textContent")
    assert "highlight start Mayor Ada Brook highlight end" in heard
    said = page.locator("#ac-log [role=status]").text_content()
    assert said == "Answer ready: probable, 1 source: Mayor Ada Brook"


def test_screen_readers_hear_nothing_twice(visit):
    """One line speaks when an answer comes; Gradio's own, the card and the marks keep silent."""
    page = visit.page
    page.goto(f"/?q={QUESTION}")
    expect(page.locator("#ac-log mark").first).to_be_visible()
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")
    expect(page.get_by_role("status")).to_have_count(1)
    expect(page.get_by_role("mark")).to_have_count(0)
    page.goto(HEADLINE)
    expect(page.get_by_role("mark")).to_have_count(0)
    assert page.locator(".ac-text .ac-hidden").all_text_contents() == [
        "highlight start ",
        " highlight end",
    ]


def test_filters_say_whether_they_are_unfolded(visit):
    """The button tells its state, and its arrow is not part of its name."""
    page = visit.page
    page.goto("/")
    fold = page.get_by_role("button", name="Narrow by date or publisher", exact=True)
    for state in ("false", "true", "false"):
        expect(fold).to_have_attribute("aria-expanded", state)
        fold.press("Enter")
