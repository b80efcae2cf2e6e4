"""Take the pictures of the README again: an answer, and the article it opens at the passage.

    .venv/bin/python scripts/pictures.py

Indexes the seed articles into a temporary folder, serves the app on a free port, and writes
`docs/images/answer.png` and `docs/images/article.png` with Chromium.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from askcorpus import Corpus
from askcorpus.app import create_app, served

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
QUESTION = "How many US troops are in Iraq?"
NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 120
"""Until suggestions for the answer have been looked for, on a slow machine."""


def main() -> int:
    """Take both pictures."""
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        print("Chromium is missing: apt-get install chromium")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        Corpus.build(ROOT / "seeds", folder)
        app = create_app(folder, feedback=Path(folder) / "feedback.jsonl")
        with served(app) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(SECONDS * 1_000)
            take(page, address)
            browser.close()
    return 0


def take(page: Page, address: str) -> None:
    """Ask, take the answer, open it at its passage, take the article."""
    page.goto(f"{address}/?q={QUESTION}")
    page.locator("#ac-next a", has_text="?").first.wait_for()
    page.screenshot(path=IMAGES / "answer.png")
    page.get_by_role("link", name="Open at passage").first.click()
    page.locator("mark#hit").wait_for()
    page.screenshot(path=IMAGES / "article.png")


if __name__ == "__main__":
    sys.exit(main())
