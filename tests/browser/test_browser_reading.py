"""The article reader: it opens at the passage, without scripts, wherever that stands now."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import expect
from small_corpus import ARTICLES, BRIDGE, FakeCorpus, article_of, built
from test_app import hostile_article
from test_render import PAYLOADS

from askcorpus.app import create_app
from browser.serving import Disagreeing
from browser.visiting import QUESTION, expect_answer, in_view

QUOTE = "Mayor Ada Brook"
NARROW = {"width": 390, "height": 500}


def body_of(article):
    """Give the paragraphs of an article."""
    return [article.text[each.start : each.end] for each in article.paragraphs]


def test_an_article_reads_without_scripts(visiting, site):
    """With scripts off the mark is in view, and only the page, its styles and its icon load."""
    visit = visiting(site.address, java_script_enabled=False, viewport=NARROW)
    citation = site.corpus.ask(QUESTION).citations[0]
    visit.page.goto(citation.link)
    expect(visit.page.locator("mark#hit")).to_have_text(citation.quote)
    expect(visit.page.locator("mark#hit")).to_be_in_viewport()
    assert {url.removeprefix(site.address).partition("#")[0] for url in visit.requests} <= {
        citation.link.partition("#")[0],
        "/askcorpus.css",
        "/pages.css",
        "/favicon.ico",
    }


def test_paragraphs_have_addresses(visit, site):
    """The number beside a paragraph is a link to it, and the article is told whole."""
    page = visit.page
    page.goto("/article/1")
    article = site.corpus.article_at(1)
    assert page.locator(".ac-words").all_inner_texts() == body_of(article)
    page.get_by_role("link", name="Paragraph 3").click()
    page.wait_for_url("**/article/1#p3")
    expect(page.locator("#p3")).to_be_in_viewport()


def test_places_of_an_answer_are_gone_through_in_turn(showing):
    """From the answer to its first place, on to the next, and back to the answer, marked each."""
    with showing(create_app(Disagreeing())) as visit:
        page = visit.page
        question = "How many people use the bridge?"
        page.goto(f"/?q={question}")
        expect_answer(page, question, "4,200")
        places = page.locator("#ac-log .ac-card .ac-passage").count()
        page.get_by_role("link", name="Open at passage").first.click()
        expect(page.get_by_text(f"Passage 1 of {places}")).to_be_visible()
        for place in range(2, places + 1):
            page.get_by_role("link", name="Next", exact=True).click()
            expect(page.get_by_text(f"Passage {place} of {places}")).to_be_visible()
            assert page.locator("mark#hit").inner_text() in {"4,200", "3,900"}
            assert in_view(page, "mark#hit")
        assert page.get_by_role("link", name="Next", exact=True).count() == 0
        page.get_by_role("link", name="Previous").click()
        expect(page.get_by_text(f"Passage {places - 1} of {places}")).to_be_visible()
        page.emulate_media(media="print")
        expect(page.get_by_role("link", name="Back to answer")).to_be_hidden()
        expect(page.locator("mark#hit")).to_be_visible()
        page.emulate_media(media="screen")
        page.get_by_role("link", name="Back to answer").click()
        expect_answer(page, question, "4,200")


def test_a_passage_is_found_where_it_has_moved_to(showing, tmp_path):
    """After an edit above it, a link that was made before leads to the passage, and says so."""
    headline, *rest = body_of(BRIDGE)
    longer = article_of("bridge.txt", [headline, "Corrected on Friday. " * 40, *rest])
    with built(tmp_path, ARTICLES[:1]) as corpus, showing(create_app(corpus)) as visit:
        page = visit.page
        page.goto(f"/?q={QUESTION}")
        link = page.get_by_role("link", name="Open at passage").first.get_attribute("href")
        built(tmp_path, [replace(longer, **facts_of(BRIDGE))]).close()
        page.goto(link)
        expect(page.get_by_text("The passage moved")).to_be_visible()
        assert page.locator("mark").all_inner_texts() == [QUOTE]
        assert in_view(page, "mark#hit")


def test_a_passage_that_is_gone_is_not_replaced(showing, tmp_path):
    """Where its words are nowhere any more, nothing is marked, and the words are quoted."""
    headline, *_ = body_of(BRIDGE)
    shorter = article_of("bridge.txt", [headline, "This article has been withdrawn."])
    with built(tmp_path, ARTICLES[:1]) as corpus, showing(create_app(corpus)) as visit:
        page = visit.page
        page.goto(f"/?q={QUESTION}")
        link = page.get_by_role("link", name="Open at passage").first.get_attribute("href")
        built(tmp_path, [replace(shorter, **facts_of(BRIDGE))]).close()
        page.goto(link)
        expect(page.get_by_text("The passage is no longer present")).to_contain_text(QUOTE)
        assert page.locator("mark").count() == 0


def facts_of(article):
    """Give what is known of an article beside its text."""
    names = ("title", "publisher", "authors", "published", "url")
    return {name: getattr(article, name) for name in names}


def test_what_is_missing_has_a_page(visit):
    """An address that leads nowhere says so and leads on; a link to nothing is not followed."""
    page = visit.page
    for path in ("/article/99", "/evaluation/none", "/nothing"):
        assert page.goto(path).status == 404
        expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    page.get_by_role("link", name="all articles").click()
    page.wait_for_url("**/articles")


def test_hostile_articles_run_nothing(showing):
    """Payloads in every field of every card and page are text: no script runs."""
    articles = [hostile_article(payload) for payload in PAYLOADS]
    answers = {payload.lower(): (payload,) for payload in PAYLOADS}
    with showing(create_app(FakeCorpus(articles, answers))) as visit:
        page = visit.page
        page.goto("/")
        for payload in PAYLOADS:
            visit.ask(payload)
            expect(page.locator(".ac-asked").first).to_have_text(payload)
            expect(page.locator(".ac-card mark").first).to_contain_text(payload)
        assert page.evaluate("window.hit === 1") is False
        for path in (
            "/articles",
            *(f"/article/{number}?s=0&e=9" for number in range(len(PAYLOADS))),
        ):
            page.goto(path)
            assert page.evaluate("window.hit === 1") is False
