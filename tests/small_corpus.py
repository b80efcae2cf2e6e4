"""Three small articles: as records, as a file to index, and behind a façade held in memory.

`built` gives the real thing with fake models. `FakeCorpus` is for records that no file would
bring, such as a date made of markup: a question is answered by the quotes that a table gives for
it, and passages are paragraphs, ranked by how many of the question's words they hold.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from types import MappingProxyType

from fakes import FakeEncoder, FakeReader

from askcorpus.calibration import UNCALIBRATED
from askcorpus.corpus import Corpus
from askcorpus.errors import DataError, UsageError
from askcorpus.ingest import language_of
from askcorpus.retriever import filters_of, within
from askcorpus.types import (
    Alternative,
    Answer,
    Article,
    Citation,
    Fact,
    Hit,
    Paragraph,
    Passage,
    Signals,
    Stage,
)


def article_of(name, paragraphs, **facts) -> Article:
    """Give an article of some paragraphs, the first a headline."""
    spans, start = [], 0
    for number, paragraph in enumerate(paragraphs):
        kind = "headline" if number == 0 else "body"
        spans.append(Paragraph(start, start + len(paragraph), kind))
        start += len(paragraph) + 2
    text = "\n\n".join(paragraphs)
    defaults = {
        "title": paragraphs[0],
        "publisher": None,
        "authors": (),
        "published": None,
        "modified": None,
        "url": None,
        "language": language_of(text),
    }
    return Article(
        article_id=name,
        text=text,
        paragraphs=tuple(spans),
        **(defaults | facts),
    )


BRIDGE = article_of(
    "bridge.txt",
    [
        "Old bridge to close in March",
        (
            "The stone bridge over the Lin closes on 3 March. Around 4,200 people cross it every "
            "day. Mayor Ada Brook, head of the council, called the step overdue."
        ),
        "“We waited too long,” she said.",
    ],
    publisher="Lin Herald",
    authors=("Tom Reed", "Ann Vale"),
    published="2019-01-28",
    url="https://herald.example/bridge?id=1",
    facts=(Fact("published", "2019-01-28", "28/1/2019", "line 3: byline"),),
)
FERRY = article_of(
    "ferry.txt",
    ["Ferry returns", "A ferry will carry the 4,200 people who use the bridge."],
    publisher="Port News",
    published="2018-11",
)
RIVER = article_of(
    "river.txt",
    ["River traffic", "The council counts 3,900 people on the bridge each day."],
)
ARTICLES = (BRIDGE, FERRY, RIVER)
ANSWERS = {"how many people use the bridge?": ("4,200", "3,900")}


def built(folder, articles=ARTICLES) -> Corpus:
    """Index the articles with fake models, and open the index."""
    source, index = folder / "articles", folder / "index"
    source.mkdir(exist_ok=True)
    (source / "broken.pdf").write_bytes(b"not a PDF")
    keys = ("title", "publisher", "authors", "published", "url", "section")
    rows = []
    for article in articles:
        known = {key: value for key in keys if (value := article.to_dict()[key])}
        rows.append(json.dumps({"text": article.text, **known}))
    (source / "news.jsonl").write_text("\n".join(rows), encoding="utf-8")
    Corpus.build(source, index, encoder=FakeEncoder())
    return Corpus.open(index, encoder=FakeEncoder(), reader=FakeReader())


class FakeCorpus:
    """The façade over some articles, in memory."""

    calibration = UNCALIBRATED
    manifest = MappingProxyType({"encoder": "fake@64"})
    reader_fingerprint = "fake reader"
    verified = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __init__(self, articles=ARTICLES, answers=ANSWERS, skipped=()):
        self.articles = tuple(articles)
        self.answers = dict(answers)
        self.skipped = tuple(skipped)
        self.generation = 1
        self.refreshed = 0
        self.asked = []
        self.passages = tuple(
            Passage(
                f"{article.article_id}#{number}",
                article.article_id,
                article.text[each.start : each.end],
                each.start,
                each.end,
            )
            for article in self.articles
            for number, each in enumerate(article.paragraphs)
        )

    def refresh(self):
        self.refreshed += 1
        return False

    def article(self, article_id):
        for article in self.articles:
            if article.article_id == article_id:
                return article
        message = f"There is no article {article_id}."
        raise DataError(message)

    def article_number(self, article_id):
        return self.articles.index(self.article(article_id))

    def article_at(self, number):
        return self.articles[number] if 0 <= number < len(self.articles) else None

    def copies_of(self, article_id):
        self.article(article_id)
        return ()

    def suggest(self, question):
        return question.replace("brigde", "bridge") if "brigde" in question else None

    def search(self, question, k=5, **narrowing):
        words = set(re.findall(r"\w+", question.lower()))
        if not words:
            message = "The question has no words."
            raise UsageError(message)
        if len(question) > 1_000:
            message = "The question is longer than 1,000 characters. Ask a shorter one."
            raise UsageError(message)
        searched = {each.article_id for each in within(self.articles, filters_of(**narrowing))}
        kept = [each for each in self.passages if each.article_id in searched]
        scored = [(len(words & set(re.findall(r"\w+", each.text.lower()))), each) for each in kept]
        scored.sort(key=lambda pair: (-pair[0], pair[1].passage_id))
        return [
            Hit(each, float(score), Signals(0.5, float(score), rank, rank))
            for rank, (score, each) in enumerate(scored[:k], start=1)
        ]

    def ask(self, question, k=None, **narrowing):
        self.asked.append(question)
        hits = tuple(self.search(question, k or 8, **narrowing))
        found = [
            (quote, self._citations(quote, hits))
            for quote in self.answers.get(question.lower(), ())
        ]
        found = [(quote, citations) for quote, citations in found if citations]
        best = found[0] if found else (None, ())
        return Answer(
            question=question,
            status="answered" if found else "not_found",
            text=best[0],
            confidence=0.93 if found else 0.04,
            citations=best[1],
            alternatives=tuple(Alternative(quote, 0.2, places) for quote, places in found[1:]),
            passages=hits,
            generation=self.generation,
            seconds=0.01,
            best_rejected=None if found else "the step",
            stages=tuple(Stage(hit, (("4,200", 1.5),)) for hit in hits),
        )

    def _citations(self, quote, hits):
        places = []
        for hit in hits:
            at = hit.passage.text.find(quote)
            if at >= 0:
                places.append(self._citation(hit.passage, at, quote))
        return tuple(places)

    def _citation(self, passage, at, quote):
        article = self.article(passage.article_id)
        start = passage.start + at
        opened = passage.text.rfind(". ", 0, at) + 2 if ". " in passage.text[:at] else 0
        closed = passage.text.find(". ", at)
        sentence = passage.text[opened : closed + 1 if closed >= 0 else len(passage.text)]
        number = article.paragraph_number(start)
        return Citation(
            article_id=article.article_id,
            title=article.title,
            publisher=article.publisher,
            authors=article.authors,
            published=article.published,
            quote=quote,
            start=start,
            end=start + len(quote),
            sentence=sentence,
            sentence_start=passage.start + opened,
            paragraph=number,
            passage_id=passage.passage_id,
            link=f"/article/{self.article_number(article.article_id)}?s={start}"
            f"&e={start + len(quote)}#p{number}",
            url=article.url,
        )

    def close(self):
        pass
