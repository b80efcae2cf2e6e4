"""How soon after Enter a person sees the answer, in a browser at a warm server.

    python benchmarks/page.py [--questions 12] [--goal 300]

Asks development questions over the seed articles on the question page in headless Chromium. The
time is taken by the page itself: from the key to the first frame painted with the new answer in
it, so it holds the way through the browser, the queue, the reader and back. Printed as JSON: p50
and p95 in milliseconds, beside the time of the same questions without browser and server. Ends
with 1 where p50 is above the goal, and says so and ends with 0 where there is no Chromium.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from askcorpus import Corpus
from askcorpus.app import create_app, served
from askcorpus.evaluation import load_questions

ROOT = Path(__file__).parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)

# From the key to the frame after the one in which the answer's heading is the new question.
TIMED = """question => new Promise(done => {
  const shown = () => document.querySelector('#ac-log .ac-asked')?.innerText.trim() === question
    && document.querySelector('#ac-log .ac-card');
  let begun = 0;
  document.addEventListener('keydown', event => { begun ||= event.timeStamp; }, { once: true });
  const look = () => begun && shown()
    ? requestAnimationFrame(() => done(performance.now() - begun))
    : requestAnimationFrame(look);
  look();
})"""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=12)
    parser.add_argument("--goal", type=float, default=300.0, help="milliseconds at the median")
    arguments = parser.parse_args()
    if CHROMIUM is None:
        print("no page was opened, as Chromium is missing: apt-get install chromium")
        return 0
    questions = some_questions(arguments.questions + 1)
    with tempfile.TemporaryDirectory() as folder:
        Corpus.build(ROOT / "seeds", folder)
        with Corpus.open(folder) as corpus:
            bare = [corpus.ask(question).seconds for question in questions][1:]
        with served(create_app(folder)) as address:
            seen = in_browser(address, questions)[1:]
    result = {
        "questions": len(seen),
        "enter_to_answer_ms": spread(seen),
        "without_browser_ms": spread([1_000 * each for each in bare]),
        "goal_ms": arguments.goal,
    }
    print(json.dumps(result, indent=1))
    return 0 if result["enter_to_answer_ms"]["p50"] <= arguments.goal else 1


def some_questions(n: int) -> list[str]:
    """Give development questions, each another."""
    asked = load_questions(ROOT / "eval" / "questions.jsonl")
    texts = [each.text for each in asked if each.part == "dev" and not each.after]
    return list(dict.fromkeys(texts))[:n]


def in_browser(address: str, questions: list[str]) -> list[float]:
    """Ask on one page; give the milliseconds from Enter to each answer."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        taken = [asked(page, question) for question in questions]
        browser.close()
    return taken


def asked(page: Page, question: str) -> float:
    """Ask one question when the page has come to rest; give the milliseconds."""
    time.sleep(1.0)  # suggestions for the answer before are looked for only while nobody asks
    box = page.get_by_label("Question", exact=True)
    box.fill(question)
    waiting = page.evaluate_handle(f"q => {{ window.answered = ({TIMED})(q); }}", question)
    box.press("Enter")
    waiting.dispose()
    return float(page.evaluate("window.answered"))


def spread(milliseconds: list[float]) -> dict[str, float]:
    """Give p50 and p95."""
    return {
        "p50": round(float(np.percentile(milliseconds, 50)), 1),
        "p95": round(float(np.percentile(milliseconds, 95)), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
