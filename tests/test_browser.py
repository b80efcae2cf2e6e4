"""The app in headless Chromium: what a person does, and that nothing leaves the machine."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from gradio_client import Client
from playwright.sync_api import Page, expect, sync_playwright
from small_corpus import FakeCorpus, built
from test_app import QUESTION, hostile_article
from test_render import PAYLOADS

from askcorpus.app import create_app
from askcorpus.app.server import _Server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENCE = 30_000
"""Milliseconds until a thing that should be on the page is missed; a busy machine is slow."""

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None,
    reason="Chromium is missing, so no page was opened. Install it with: apt-get install chromium",
)


@contextmanager
def served(app) -> Iterator[str]:
    """Serve an app on a free port of this machine; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    with built(tmp_path_factory.mktemp("browser")) as corpus:
        yield corpus


@pytest.fixture(scope="module")
def address(corpus):
    with served(create_app(corpus)) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """A page, and what it asked for and complained of meanwhile."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        self.requests, self.errors = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def foreign(self, address):
        """Give the requests that did not go to the server itself."""
        return [url for url in self.requests if not url.startswith((address, "data:", "blob:"))]

    def ask(self, question):
        box = self.page.get_by_label("Question")
        box.fill(question)
        box.press("Enter")


@pytest.fixture
def visit(chromium):
    visit = Visit(chromium, viewport={"width": 1280, "height": 800})
    yield visit
    visit.context.close()


def in_view(page, selector):
    """Tell whether an element stands within the window."""
    return page.locator(selector).evaluate(
        "each => { const box = each.getBoundingClientRect();"
        " return box.top >= 0 && box.bottom <= innerHeight && box.height > 0; }"
    )


@pytest.mark.browser
@needs_chromium
def test_question_to_marked_passage_and_back(visit, address):
    """By keyboard: ask, read the mark, open the passage with it in view, go back, ask on."""
    page = visit.page
    page.goto(address)
    expect(page.get_by_label("Question")).to_be_focused()
    visit.ask(QUESTION)
    expect(page.locator(".ac-card mark").first).to_contain_text("Mayor Ada Brook")
    expect(page.locator(".ac-card .ac-verdict").first).to_have_text("Probable")
    expect(page.locator(".ac-source").first).to_contain_text("Lin Herald, 28 January 2019")
    page.wait_for_url("**/?q=Who+closes*")
    page.get_by_role("link", name="Open at passage").first.press("Enter")
    expect(page.locator("mark#hit")).to_have_text("Mayor Ada Brook")
    assert in_view(page, "mark#hit")
    page.get_by_role("link", name="Back to answer").click()
    expect(page.locator(".ac-asked")).to_have_text(QUESTION)
    expect(page.locator(".ac-card mark").first).to_contain_text("Mayor Ada Brook")
    visit.ask("What did she say?")
    expect(page.locator(".ac-rewritten")).to_contain_text("What did Mayor Ada Brook say?")
    expect(page.locator(".ac-asked")).to_have_text(["What did she say?", QUESTION])
    assert (visit.foreign(address), visit.errors) == ([], [])


@pytest.mark.browser
@needs_chromium
def test_not_found_and_refused_are_told_apart(visit, address):
    """What the corpus does not hold is said in words; an empty question keeps the box."""
    page = visit.page
    page.goto(address)
    visit.ask("How deep is the river Seine?")
    expect(page.locator(".ac-verdict").first).to_have_text(
        "Not found in this corpus (3 articles, Nov 2018 – Jan 2019)"
    )
    expect(page.get_by_text("Closest passages; they may not answer")).to_be_visible()
    visit.ask("?!")
    expect(page.locator(".ac-card--refused")).to_be_visible()
    expect(page.get_by_label("Question")).to_have_value("?!")
    assert visit.foreign(address) == []


@pytest.mark.browser
@needs_chromium
def test_filters_hide_articles(visit, address):
    """A publisher and a date narrow what is read."""
    page = visit.page
    page.goto(address)
    page.get_by_role("button", name="Narrow by date or publisher").click()
    page.get_by_label("Published since").fill("2019")
    visit.ask("Where does the ferry go?")
    expect(page.locator(".ac-card")).to_be_visible()
    page.get_by_text("Why ").first.click()
    rows = page.locator(".ac-why tbody tr")
    assert rows.count() > 0
    assert {row.split("#")[1][0] for row in rows.locator("th").all_inner_texts()} == {"1"}


@pytest.mark.browser
@needs_chromium
def test_article_page_reads_without_scripts(chromium, address, corpus):
    """With scripts off the mark is in view, and only the page, its style and its icon load."""
    visit = Visit(chromium, java_script_enabled=False, viewport={"width": 390, "height": 500})
    citation = corpus.ask(QUESTION).citations[0]
    visit.page.goto(address + citation.link)
    expect(visit.page.locator("mark#hit")).to_have_text(citation.quote)
    expect(visit.page.locator("mark#hit")).to_be_in_viewport()
    assert set(visit.requests) <= {
        address + citation.link.partition("#")[0],
        address + citation.link,
        f"{address}/askcorpus.css",
        f"{address}/pages.css",
        f"{address}/favicon.ico",
    }
    visit.context.close()


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_and_can_be_read(chromium, address, corpus, width, scheme):
    """Nothing hangs over the edge; text stands out from the page by 4.5 : 1, a mark by as much."""
    visit = Visit(chromium, color_scheme=scheme, viewport={"width": width, "height": 800})
    page = visit.page
    page.goto(f"{address}/?q={QUESTION}")
    expect(page.locator(".ac-card mark").first).to_be_visible()
    for path in (None, corpus.ask(QUESTION).citations[0].link, "/articles"):
        if path:
            page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) == []
    visit.context.close()


CONTRAST = """() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const f = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const ground = each => {
    for (; each; each = each.parentElement) {
      const fill = parts(getComputedStyle(each).backgroundColor);
      if (fill.length < 4 || fill[3] > 0) return fill;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const words = walker.currentNode.data.trim();
    const each = walker.currentNode.parentElement;
    if (!words || !each.checkVisibility() || each.closest('style,script')) continue;
    const [a, b] = [light(parts(getComputedStyle(each).color)), light(ground(each))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${words.slice(0, 40)}`);
  }
  return faint;
}"""
"""Texts whose contrast with their ground is below 4.5 : 1 (WCAG 2.2, 1.4.3)."""


@pytest.mark.browser
@needs_chromium
def test_hostile_articles_run_nothing_and_reach_nothing(chromium):
    """Payloads in every field of every card and page: no script runs, no request leaves."""
    articles = [hostile_article(payload) for payload in PAYLOADS]
    answers = {payload.lower(): (payload,) for payload in PAYLOADS}
    with served(create_app(FakeCorpus(articles, answers))) as address:
        visit = Visit(chromium)
        page = visit.page
        page.goto(address)
        for payload in PAYLOADS:
            visit.ask(payload)
            expect(page.locator(".ac-asked").first).to_have_text(payload)
            expect(page.locator(".ac-card mark").first).to_contain_text(payload)
        for number in range(len(articles)):
            page.goto(f"{address}/article/{number}?s=0&e=9")
            page.goto(f"{address}/articles")
        assert page.evaluate("window.hit") is None
        assert (visit.foreign(address), visit.errors) == ([], [])
        visit.context.close()


@pytest.mark.browser
@needs_chromium
def test_two_tabs_do_not_mix(chromium, address):
    """Each tab has its own conversation."""
    first, second = Visit(chromium), Visit(chromium)
    first.page.goto(address)
    second.page.goto(address)
    first.ask(QUESTION)
    expect(first.page.locator(".ac-asked")).to_have_text(QUESTION)
    second.ask("What did she say?")
    expect(second.page.locator(".ac-asked")).to_have_text("What did she say?")
    expect(second.page.locator(".ac-rewritten")).to_have_count(0)
    first.context.close()
    second.context.close()


@pytest.mark.slow
def test_server_ends_at_once_under_an_open_page(corpus, caplog):
    """The stream that an open page listens to is ended by the server, without an error."""
    app = create_app(corpus)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = _Server(uvicorn.Config(app, log_level="error"), app)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.stream("GET", f"{address}/gradio_api/heartbeat/page", timeout=20) as page:
            stream = page.iter_text()
            assert "ALIVE" in next(stream)
            server.should_exit = True
            assert "".join(stream).strip() in {"", "data: ALIVE"}
        thread.join(20)
    assert (thread.is_alive(), [record.levelname for record in caplog.records]) == (False, [])


@pytest.mark.slow
def test_gradio_client_gets_the_same_json(address, corpus):
    """The named endpoints give the JSON of the package, and a refusal as an error."""
    client = Client(address, verbose=False, analytics_enabled=False)
    found = client.predict(QUESTION, api_name="/ask")
    assert found | {"seconds": 0} == corpus.ask(QUESTION).to_dict() | {"seconds": 0}
    hits = client.predict("ferry", 2, api_name="/search")
    assert hits["passages"] == [hit.to_dict() for hit in corpus.search("ferry", 2)]
    with pytest.raises(Exception, match="question"):
        client.predict("?!", api_name="/ask")
    client.close()
