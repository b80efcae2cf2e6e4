"""A visit: tabs of the browser, what they asked for meanwhile, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # One process draws all tabs: it has read Gradio's scripts once, and need not start anew.
    "--renderer-process-limit=1",
]
PATIENCE = 60_000
"""Milliseconds until a thing that should be on the page is missed; a busy machine is slow."""

QUESTION = "Who closes the old stone bridge over the Lin?"
"""Answered by the bridge article of `small_corpus`: Mayor Ada Brook."""

UNKNOWN = "How deep is the river Seine?"
"""Answered by no article."""

WIDE = {"width": 1280, "height": 800}


def window(browser: Browser, address: str, **options: Any) -> BrowserContext:
    """Open a window with storage and cache of its own, in which addresses are those of a server."""
    context = browser.new_context(**{"viewport": WIDE, "base_url": address, **options})
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    return context


class Visit:
    """One person's tabs on one server; notes every request and every error of theirs.

    A visit in a window that it shares with later ones takes the tab that is open there, and
    leaves it as it was found.
    """

    def __init__(self, context: BrowserContext, address: str):
        self.context = context
        self.address = address
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.closed = False
        self.heard: dict[str, Callable[[Any], None]] = {
            "request": lambda request: self.requests.append(request.url),
            "websocket": lambda socket: self.requests.append(socket.url),
            "pageerror": lambda error: self.errors.append(str(error)),
        }
        self.shares = bool(context.pages)
        self.page = self.open(context.pages[0]) if self.shares else self.open()

    def open(self, tab: Page | None = None) -> Page:
        """Open a further tab, or listen to one that is open."""
        page = tab or self.context.new_page()
        for event, note in self.heard.items():
            page.on(event, note)
        return page

    def close(self) -> None:
        """Close the window; in a shared one leave a tab that shows nothing and knows nothing."""
        if self.closed:
            return
        self.closed = True
        if not self.shares:
            self.context.close()
            return
        for page in self.context.pages[1:]:
            page.close()
        if self.page.url.startswith(self.address):
            self._leave()
            self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.page.goto("about:blank")
        self.page.emulate_media(media="null", color_scheme="null", reduced_motion="null")
        self.page.set_viewport_size(WIDE)
        self.context.clear_permissions()
        for event, note in self.heard.items():
            self.page.remove_listener(event, note)

    def _leave(self) -> None:
        """Leave the page, scripts and all; one that never ends would hold every later visit."""
        try:
            self.page.goto("/favicon.ico")
        except Error as problem:
            pytest.exit(f"A page could not be left, so no other can be opened: {problem}", 1)

    @property
    def foreign(self) -> list[str]:
        """Requests that did not go to the server itself."""
        own = (f"{self.address}/", "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]

    def ask(self, question: str, page: Page | None = None) -> None:
        """Type a question and press Enter."""
        box = (page or self.page).get_by_label("Question", exact=True)
        box.fill(question)
        box.press("Enter")


def card(page: Page) -> Locator:
    """Give the newest answer."""
    return page.locator("#ac-log .ac-card")


def expect_answer(page: Page, question: str, quote: str) -> None:
    """Wait until a question is answered by a quote."""
    expect(page.locator("#ac-log .ac-asked")).to_have_text(question)
    expect(card(page).locator("mark").first).to_contain_text(quote)


def in_view(page: Page, selector: str) -> bool:
    """Tell whether an element stands whole within the window, and nothing lies over it."""
    return page.locator(selector).first.evaluate(
        "each => { const box = each.getBoundingClientRect();"
        " const over = document.elementFromPoint(box.left + 2, box.top + box.height / 2);"
        " return box.top >= 0 && box.bottom <= innerHeight && box.height > 0"
        " && each.contains(over); }"
    )


# --- the keyboard -----------------------------------------------------------------------------

_STOP = """() => {
  const each = document.activeElement;
  if (!each || each === document.body) return null;
  const box = each.getBoundingClientRect();
  const ring = at => {
    const style = getComputedStyle(at);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  };
  let framed = false;
  for (let at = each, depth = 0; at && depth < 4; at = at.parentElement, depth++)
    framed ||= ring(at);
  const [x, y] = [box.left + Math.min(box.width / 2, 20), box.top + Math.min(box.height / 2, 12)];
  const over = document.elementFromPoint(x, y);
  const name = each.ariaLabel || each.labels?.[0]?.innerText || each.innerText || '';
  return {
    name: name.replace(/\\s+/g, ' ').trim(),
    framed,
    shown: box.width > 0 && y >= 0 && y < innerHeight
      && !!over && (each.contains(over) || over.contains(each)),
  };
}"""


def stops(page: Page, last: str, most: int = 60) -> list[dict[str, Any]]:
    """Press Tab until a thing of some name has the focus; give all that had it on the way.

    Each stop is its name, whether a ring of two pixels or more frames it, and whether it is
    within the window with nothing over it.
    """
    found: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        if stop:
            found.append(stop)
            if stop["name"] == last:
                return found
    message = f"{last!r} is not reached by Tab: {[each['name'] for each in found]}"
    raise AssertionError(message)


# --- what a page looks like -------------------------------------------------------------------


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


# All rules of WCAG 2.2 up to AA and the best practices; the size of targets is off by default.
_ALL = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}
_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
_RUN = """async options => {
  const found = await axe.run(document, { ...options, resultTypes: ['violations'] });
  return found.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${node.target.flat().join(' ')}: ${node.any[0]?.message ?? rule.help}`));
}"""


def violations(page: Page) -> list[str]:
    """Give all that axe-core finds wrong with a page as it is, in light and in dark."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"() => {{ {_axe()} }}")
    found = []
    # What is not a colour is the same in both.
    for scheme, options in (("light", _ALL), ("dark", _COLOURS)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        # A list that is open fades from one theme to the other: what is judged is where it ends.
        # A transition of what is not painted may never end, so the wait has an end of its own.
        page.evaluate(
            "Promise.race([Promise.allSettled(document.getAnimations()"
            ".filter(one => one instanceof CSSTransition).map(one => one.finished)),"
            " new Promise(done => setTimeout(done, 2000))])"
        )
        # Chromium keeps some inherited colours of the other scheme until an element is made anew.
        page.evaluate(
            "() => { const style = document.body.style; style.display = 'none';"
            " document.body.getBoundingClientRect(); style.display = ''; }"
        )
        found += [f"{scheme}: {each}" for each in page.evaluate(_RUN, options)]
    return found


def open_all(page: Page) -> None:
    """Open everything that can be unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")


_WIDE = """() => {
  const edge = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= edge) return [];
  const inside = each => { for (let at = each.parentElement; at; at = at.parentElement)
    if (getComputedStyle(at).overflowX !== 'visible') return true; return false; };
  return [...document.querySelectorAll('body *')].filter(each =>
    each.checkVisibility() && each.getBoundingClientRect().right > edge + 0.5 && !inside(each)
  ).map(each => `${each.tagName} ${each.className} ${each.innerText?.slice(0, 40)}`)
    .concat(`${document.documentElement.scrollWidth} of ${edge} px`);
}"""


def hanging_over(page: Page) -> list[str]:
    """Give what makes a page scroll sideways at 320, 768 and 1280 pixels."""
    found = []
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{width} px: {each}" for each in page.evaluate(_WIDE)]
    return found


def faults(page: Page) -> str:
    """Give all that keeps a page as it is from being for everyone, a line each; empty if nothing.

    Everything that can be unfolded is unfolded first.
    """
    open_all(page)
    return "\n".join([*violations(page), *hanging_over(page)])
