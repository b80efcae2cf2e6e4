"""One browser and one served app for all tests of this folder; a fresh visit for each.

To load the scripts of Gradio anew costs a window more than most tests do: visits share a window
for the app that stays, and another, with a port, for apps that are served one after the other.
"""

from __future__ import annotations

import shutil
import socket
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from small_corpus import built

from askcorpus.app import create_app, served
from browser.serving import Site
from browser.visiting import ARGUMENTS, Visit, window

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)

LONGEST = 300
"""Seconds until a test is ended: a script that a page is asked to run may never give an answer."""


def pytest_collection_modifyitems(items):
    """Limit every test of this folder; say aloud that they are skipped where no browser is."""
    here = Path(__file__).parent
    missing = "no page was opened, as Chromium is missing: apt-get install chromium"
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(LONGEST))
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason=missing))


@pytest.fixture(scope="package")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory):
    """Serve three articles, with feedback kept and two evaluation runs to look at."""
    folder = tmp_path_factory.mktemp("site")
    with built(folder) as corpus:
        site = Site(corpus, folder / "feedback.jsonl", folder / "runs")
        site.write_runs()
        app = create_app(corpus, feedback=site.feedback, runs=site.runs)
        with served(app) as site.address:
            yield site


@pytest.fixture(scope="package")
def shared_window(chromium, site):
    """Keep one window for all visits of the served app, with one tab that is always open."""
    context = window(chromium, site.address)
    context.new_page()
    yield context
    context.close()


@pytest.fixture(scope="package")
def door():
    """Keep one port for apps that are served one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture(scope="package")
def other_window(chromium, door):
    """Keep one window for all visits of those apps: to the browser they are one server."""
    context = window(chromium, f"http://127.0.0.1:{door.getsockname()[1]}")
    context.new_page()
    yield context
    context.close()


@pytest.fixture
def visits():
    """Collect visits; in the end, each must have kept to its server, and met with no error."""
    visits = []
    yield visits
    for each in visits:
        each.close()
    assert [each.foreign for each in visits if each.foreign] == []
    assert [each.errors for each in visits if each.errors] == []


@pytest.fixture
def visit(visits, shared_window, site):
    """Visit the served app in a window of 1280 by 800 pixels."""
    visits.append(Visit(shared_window, site.address))
    return visits[0]


@pytest.fixture
def showing(visits, other_window, door):
    """Serve an app of a test's own for a while, and visit it; the visit ends before the app."""

    @contextmanager
    def show(app):
        with served(app, door) as address:
            visits.append(Visit(other_window, address))
            try:
                yield visits[-1]
            finally:
                visits[-1].close()

    return show


@pytest.fixture
def visiting(visits, chromium):
    """Open visits in windows of their own: with nothing stored, or with other settings."""

    def visit(address, **options):
        visits.append(Visit(window(chromium, address, **options), address))
        return visits[-1]

    return visit
