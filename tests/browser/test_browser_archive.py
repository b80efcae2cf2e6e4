"""The corpus, the evaluation and the upload page: sorted, filtered, paged, compared, added to."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from small_corpus import ARTICLES, FakeCorpus, article_of, built

from askcorpus.app import create_app
from askcorpus.app.corpus_page import ROWS
from browser.visiting import in_view


def titles(page):
    """Give the titles in the table of articles, from top to bottom."""
    return page.locator(".ac-table tbody th > a").all_inner_texts()


def test_the_table_of_articles_is_sorted_and_filtered(visit):
    """A head sorts by its column, a second click turns it round; the form narrows and says so."""
    page = visit.page
    page.goto("/articles")
    bridge, ferry, river = "Old bridge to close in March", "Ferry returns", "River traffic"
    assert titles(page) == [bridge, ferry, river]
    page.get_by_role("link", name="Article", exact=True).click()
    expect(page.locator("[aria-sort=ascending]")).to_contain_text("Article")
    assert titles(page) == [ferry, bridge, river]
    page.get_by_role("link", name="Article", exact=True).click()
    expect(page.locator("[aria-sort=descending]")).to_contain_text("Article")
    assert titles(page) == [river, bridge, ferry]
    page.get_by_label("Words in title, author, publisher or file").fill("herald reed")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("2 articles hidden")).to_be_visible()
    assert titles(page) == [bridge]
    page.get_by_role("link", name="Show all").click()
    page.get_by_label("Show", exact=True).select_option("Without a date")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("2 articles hidden")).to_be_visible()
    assert titles(page) == [river]
    page.get_by_role("link", name=river).click()
    expect(page.get_by_role("heading", name=river)).to_be_visible()


def test_files_left_out_are_shown_with_what_mends_them(visit):
    """A file that could not be read stands with its reason and with what to do."""
    visit.page.goto("/articles")
    section = visit.page.locator("section", has=visit.page.locator("#left-out"))
    expect(section).to_contain_text("broken.pdf")
    expect(section).to_contain_text("Rename it to what it is")


def test_a_large_corpus_is_leafed_through(showing):
    """So many rows a page, with the way on, to the last page, and back."""
    articles = [article_of(f"{n:03}.txt", [f"Story {n:03}", "Text."]) for n in range(2 * ROWS + 1)]
    with showing(create_app(FakeCorpus(articles, {}))) as visit:
        page = visit.page
        page.goto("/articles")
        assert titles(page) == [f"Story {n:03}" for n in range(ROWS)]
        page.get_by_role("link", name="Next").click()
        expect(page.locator("nav.ac-turn")).to_contain_text("Page 2 of 3")
        assert titles(page)[0] == f"Story {ROWS:03}"
        page.get_by_role("link", name="Last").click()
        expect(page.locator("nav.ac-turn")).to_contain_text("Page 3 of 3")
        assert titles(page) == [f"Story {2 * ROWS:03}"]
        page.get_by_role("link", name="First").click()
        expect(page.locator("nav.ac-turn")).to_contain_text("Page 1 of 3")


def test_a_run_is_read_question_by_question(visit):
    """Cards with intervals, curves, every question; an answer opens in its article and back."""
    page = visit.page
    page.goto("/evaluation")
    page.get_by_role("link", name="bold", exact=True).first.click()
    expect(page.get_by_role("heading", level=1, name="bold")).to_be_visible()
    assert page.locator(".ac-cards > div").count() > 5
    assert page.locator("svg.ac-plot").count() >= 2
    rows = page.locator(".ac-questions tbody tr")
    assert rows.count() == 3
    page.get_by_role("link", name="Mayor Ada Brook").first.click()
    expect(page.locator("mark#hit")).to_have_text("Mayor Ada Brook")
    page.get_by_role("link", name="Back to evaluation").click()
    page.wait_for_url("**/evaluation/bold?*#q-brook")
    assert in_view(page, "#q-brook")
    page.get_by_label("Words in question or answer").fill("seine")
    page.get_by_role("search").get_by_role("button", name="Show").click()
    expect(rows).to_have_count(1)


def test_two_runs_stand_side_by_side(visit):
    """What differs is said in words, and every question that flipped is there."""
    page = visit.page
    page.goto("/evaluation/shy")
    page.get_by_label("Before").select_option("bold")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/evaluation?before=bold&after=shy")
    expect(page.locator(".ac-lead")).to_contain_text(re.compile(r"\d+ questions? answered better"))
    expect(page.get_by_role("heading", name="Questions that flipped")).to_be_visible()
    expect(page.get_by_text("Who closes the old stone bridge over the Lin?").first).to_be_visible()


def test_files_are_taken_only_where_that_was_asked_for(visit):
    """Off by default: no page offers it, and the address says how to turn it on."""
    page = visit.page
    page.goto("/articles")
    expect(page.get_by_role("link", name="Add articles")).to_have_count(0)
    assert page.goto("/upload").status == 404
    expect(page.get_by_text("--uploads FOLDER")).to_be_visible()


def test_an_added_file_can_be_asked_at_once(showing, tmp_path):
    """Chosen, sent, indexed while the page tells how far it is, and then found by a question."""
    built(tmp_path, ARTICLES[:1]).close()
    with built(tmp_path, ARTICLES[:1]) as corpus:
        app = create_app(corpus, uploads=[tmp_path / "articles"])
        with showing(app) as visit:
            page = visit.page
            page.goto("/articles")
            page.get_by_role("link", name="Add articles").click()
            text = "Lock to open\n\nKeeper Ida Stone opens the upper lock on the Lin in May.\n"
            page.get_by_label("Choose files, or drop them here").set_input_files(
                [
                    {"name": "lock.txt", "mimeType": "text/plain", "buffer": text.encode()},
                    {"name": "run.exe", "mimeType": "text/plain", "buffer": b"MZ"},
                ]
            )
            page.get_by_role("button", name="Add to the corpus").click()
            expect(page.get_by_text("1 article added")).to_be_visible()
            expect(page.get_by_text("run.exe was not kept")).to_be_visible()
            assert (tmp_path / "articles" / "lock.txt").read_text("utf-8") == text
            assert not (tmp_path / "articles" / "run.exe").exists()
            page.get_by_role("link", name="Lock to open").click()
            expect(page.get_by_role("heading", level=1, name="Lock to open")).to_be_visible()
            page.goto("/?q=Who opens the upper lock on the Lin?")
            expect(page.locator("#ac-log .ac-card mark").first).to_contain_text("Ida Stone")
