"""Apps to visit: served on a free port of this machine, over articles that are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from small_corpus import ARTICLES, BRIDGE, FERRY, FakeCorpus

from askcorpus.calibration import UNCALIBRATED, Level
from askcorpus.corpus import Corpus
from askcorpus.evaluation import Gold, Question, run, summarise, write_run
from askcorpus.settings import Settings
from askcorpus.types import Verdict


@dataclass
class Site:
    """A served corpus, and the files it writes and shows."""

    corpus: Corpus
    feedback: Path
    runs: Path
    address: str = ""

    def write_runs(self) -> None:
        """Ask three questions twice, the second time with a higher threshold, and keep both."""
        self.runs.mkdir()
        bold = replace(UNCALIBRATED, threshold=0.0)
        shy = replace(UNCALIBRATED, threshold=0.99)
        for name, calibration in (("bold", bold), ("shy", shy)):
            with self.corpus.varied(calibration=calibration) as corpus:
                summary = summarise(run(corpus, questions(corpus)))
            write_run(self.runs / f"{name}.jsonl", summary)


def questions(corpus: Corpus) -> list[Question]:
    """Give two questions that the bridge article answers, and one that nothing answers."""
    article = corpus.article_at(1)
    asked = [
        ("brook", "Who closes the old stone bridge over the Lin?", "Mayor Ada Brook"),
        ("people", "How many people cross the stone bridge?", "4,200"),
    ]
    made = []
    for name, text, quote in asked:
        start = article.text.index(quote)
        gold = Gold(article.article_id, quote, start, start + len(quote), quote)
        made.append(Question(name, text, "dev", ("who",), (gold,), None, 1))
    seine = "How deep is the river Seine?"
    return [*made, Question("seine", seine, "dev", ("depth",), (), "off topic", 3)]


MEASURED = tuple(
    Level(least, Verdict(word, right, right - 0.1, right + 0.05, 80))
    for least, word, right in (
        (0.8, "Clear match", 0.9),
        (0.5, "Probable", 0.7),
        (0.0, "Weak: read the passage", 0.3),
    )
)
"""Verdicts as they would have been counted on held-out questions, so that cards show them."""

LATER = replace(
    BRIDGE,
    article_id="later.txt",
    text=BRIDGE.text.replace("4,200", "3,900"),
    publisher="Port News",
    published="2020-05-02",
)


class Disagreeing(FakeCorpus):
    """Three articles give the same count, one that is newer gives another."""

    calibration = replace(UNCALIBRATED, levels=MEASURED)
    settings = Settings()

    def __init__(self):
        same = replace(FERRY, article_id="copy.txt", publisher="Lin Herald")
        super().__init__([*ARTICLES, LATER, same])
