"""SQuAD 1.1 and 2.0 files (Rajpurkar et al., 2016 and 2018), gzip or not ⇄ questions.

A paragraph of the file is an article, or stands in one. Where a file was written here, each
question carries an object under the key `askcorpus` with what SQuAD has no place for; other
programs pass over it. May import: corpora, places, questions, fields, files, errors, types, stdlib.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from askcorpus.errors import DataError
from askcorpus.evaluation import fields
from askcorpus.evaluation.exchange.corpora import Document, Imported, OutsideSet, write_articles
from askcorpus.evaluation.files import read_text, refuse_existing, write_text
from askcorpus.evaluation.places import carried, context_of
from askcorpus.evaluation.questions import Gold, Question, question_of
from askcorpus.types import Article, Json

UNANSWERED = "near miss: the paragraph it was written for does not answer it"
"""What SQuAD 2.0 calls impossible. Another paragraph of the set may answer it all the same."""

OWN = "askcorpus"
"""Key of what SQuAD has no place for."""


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    start: int
    context: str | None
    place: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it stands under one paragraph."""

    question_id: str
    text: str
    answers: tuple[_Answer, ...]
    impossible: bool
    own: Json
    place: str


@dataclass(frozen=True, slots=True)
class _Paragraph:
    title: str
    text: str
    asked: tuple[_Asked, ...]
    place: str


def corpus_of_squad(path: Path, folder: Path) -> OutsideSet:
    """Make a folder of articles, one a paragraph, and the questions about them.

    Args:
        path: SQuAD 1.1 or 2.0 JSON; `.gz` is unpacked.
        folder: Made anew. Index it, and the questions' offsets hold in that index.

    Raises:
        DataError: The file is not of this form.
        CannotCreateError: The folder is there already.
    """
    paragraphs = _read(path)
    by_text = {one.text: one for one in reversed(paragraphs)}
    texts = list(dict.fromkeys(one.text for one in paragraphs))
    documents = _documents([by_text[text] for text in texts])
    articles, lost = write_articles(documents, folder)
    places = dict(zip(texts, articles, strict=True))
    found = _questions(paragraphs, places.get)
    return OutsideSet(folder, found.questions, (*lost, *found.lost))


def read_squad(path: Path, articles: Sequence[Article]) -> Imported:
    """Read the questions of a file whose paragraphs stand in articles that are known.

    Raises:
        DataError: The file is not of this form, or a paragraph stands in no article or several.
    """
    return _questions(_read(path), _finder(articles))


def write_squad(
    questions: Sequence[Question], articles: Sequence[Article], target: Path
) -> tuple[str, ...]:
    """Write a SQuAD 2.0 file, an article as one paragraph; give what it cannot hold.

    Raises:
        CannotCreateError: The file is there already.
    """
    refuse_existing(target)
    known = {article.article_id: article for article in articles}
    under: dict[str, list[Json]] = {article_id: [] for article_id in known}
    lost: list[str] = []
    for question in questions:
        homes = _homes(question, articles)
        lost += _not_held(question)
        for number, article_id in enumerate(homes):
            under[article_id].append(_qa(question, homes, number))
    data = [_entry(known[name], asked) for name, asked in under.items() if asked]
    text = json.dumps({"version": "v2.0", "data": data}, ensure_ascii=False, indent=1)
    write_text(target, f"{text}\n")
    return tuple(lost)


def _documents(paragraphs: Sequence[_Paragraph]) -> list[Document]:
    # The one title of a set is its own name: as a headline of every article it would be noise.
    titled = len({one.title for one in paragraphs}) > 1
    return [
        Document(one.place, one.text, one.title.replace("_", " ").strip() if titled else None)
        for one in paragraphs
    ]


# --- reading ---------------------------------------------------------------------------------


def _read(path: Path) -> list[_Paragraph]:
    whole = fields.record(fields.decode(read_text(path), path), str(path))
    found = [
        _paragraph(paragraph, entry, f"{place}.paragraphs[{number}]")
        for place, entry in _objects(whole, "data", f"{path}: ")
        for number, paragraph in enumerate(fields.field(entry, "paragraphs", list, place))
    ]
    if not any(paragraph.asked for paragraph in found):
        raise DataError(f"{path} holds no questions. Name a file in the form of SQuAD")
    return found


def _objects(holder: Mapping[str, Any], key: str, place: str) -> Iterator[tuple[str, Json]]:
    """Yield each object of a list, and its place."""
    outer = place.removesuffix(": ")
    for number, value in enumerate(fields.field(holder, key, list, outer)):
        inner = f"{place}{key}[{number}]"
        yield inner, fields.record(value, inner)


def _paragraph(value: object, entry: Json, place: str) -> _Paragraph:
    holder = fields.record(value, place)
    return _Paragraph(
        title=fields.field({"title": "", **entry}, "title", str, place),
        text=fields.words(holder, "context", place),
        asked=tuple(_asked(qa, at) for at, qa in _objects(holder, "qas", f"{place}.")),
        place=place,
    )


def _asked(qa: Json, place: str) -> _Asked:
    return _Asked(
        question_id=fields.words(qa, "id", place),
        text=fields.words(qa, "question", place),
        answers=tuple(_answer(one, at) for at, one in _objects(qa, "answers", f"{place}.")),
        impossible=fields.field({"is_impossible": False, **qa}, "is_impossible", bool, place),
        own=fields.record(qa.get(OWN, {}), f"{place}.{OWN}"),
        place=place,
    )


def _answer(answer: Json, place: str) -> _Answer:
    return _Answer(
        text=fields.words(answer, "text", place),
        start=fields.field(answer, "answer_start", int, place),
        context=fields.field({"context": None, **answer}, "context", str | None, place),
        place=place,
    )


def _finder(articles: Sequence[Article]) -> Callable[[str], Article | None]:
    whole = {article.text: article for article in articles}

    def find(text: str) -> Article | None:
        if text in whole:
            return whole[text]
        holders = [article for article in articles if article.text.count(text) == 1]
        return holders[0] if len(holders) == 1 else None

    return find


# --- file → questions ------------------------------------------------------------------------


def _questions(paragraphs: Iterable[_Paragraph], find: Callable[[str], Article | None]) -> Imported:
    """Join what stands under several paragraphs, in the order of the file."""
    found: dict[str, Question] = {}
    lost: list[str] = []
    for paragraph in paragraphs:
        article = find(paragraph.text)
        for asked in paragraph.asked:
            question, losses = _outcome(asked, paragraph, article)
            lost += losses
            if question is not None:
                before = found.get(question.question_id)
                found[question.question_id] = _joined(before, question, asked)
    return Imported(tuple(found.values()), tuple(lost))


def _outcome(
    asked: _Asked, paragraph: _Paragraph, article: Article | None
) -> tuple[Question | None, list[str]]:
    """Give the question of one paragraph, and why there is none or some answers are missing."""
    if article is None:
        return None, [f"{asked.place}: its paragraph stands in no article, or in several"]
    outcomes = [_gold(answer, paragraph.text, article) for answer in asked.answers]
    golds = tuple(dict.fromkeys(one for one in outcomes if isinstance(one, Gold)))
    lost = [one for one in outcomes if isinstance(one, str)]
    question = _question(asked, golds)
    if question is None and not lost:
        lost = [f"{asked.place}: there are no answers, nor is it impossible"]
    return question, lost


def _joined(before: Question | None, question: Question, asked: _Asked) -> Question:
    if before is None:
        return question
    if not asked.own:
        raise DataError(f"{asked.place}: id: {question.question_id!r} is used twice")
    order = fields.all_words({"articles": [], **asked.own}, "articles", f"{asked.place}.{OWN}")
    place = {article_id: at for at, article_id in enumerate(order)}
    golds = (*before.golds, *question.golds)
    return replace(
        before, golds=tuple(sorted(golds, key=lambda gold: place.get(gold.article_id, len(place))))
    )


def _question(asked: _Asked, golds: tuple[Gold, ...]) -> Question | None:
    """Give the question of one paragraph; None where it can be neither right nor wrong."""
    if not golds and not asked.impossible:
        return None
    record = {
        "id": asked.question_id,
        "question": asked.text,
        "split": "",
        "tags": [],
        "unanswerable": None if golds else UNANSWERED,
        **asked.own,
        "answers": [gold.to_dict() for gold in golds],
    }
    return question_of(record, asked.place, 0)


def _gold(answer: _Answer, paragraph: str, article: Article) -> Gold | str:
    """Give the place of an answer in its article, or why there is none."""
    stop = answer.start + len(answer.text)
    if answer.start < 0 or paragraph[answer.start : stop] != answer.text:
        there = paragraph[max(answer.start, 0) : max(stop, 0)]
        return f"{answer.place}: answer_start: the paragraph has {there!r}, not {answer.text!r}"
    start, end = _span(paragraph, article, answer.start, stop)
    text = article.text[start:end]
    if text.split() != answer.text.split() or not text.strip():
        return f"{answer.place}: text: {answer.text!r} is {text!r} in the cleaned article"
    context = answer.context or context_of(article.text, start, end)
    if context is None or context.count(text) != 1:
        return f"{answer.place}: text: {answer.text!r} stands too often to be told apart"
    return Gold(article.article_id, text, start, end, context)


def _span(paragraph: str, article: Article, start: int, stop: int) -> tuple[int, int]:
    """Give where a span of a paragraph stands in the article made of it."""
    at = article.text.find(paragraph)
    if at >= 0:
        return at + start, at + stop
    # Below its headline, which is the title of the set, the article is the paragraph cleaned.
    head = next((one.start for one in article.paragraphs if one.kind != "headline"), 0)
    begun, ended = carried(paragraph, article.text[head:], start, stop)
    return head + begun, head + ended


# --- questions → file ------------------------------------------------------------------------


def _homes(question: Question, articles: Sequence[Article]) -> list[str]:
    """Give the articles under which a question is written; an impossible one needs some."""
    placed = [gold.article_id for gold in question.golds if gold.start is not None]
    if question.unanswerable is not None:
        return [article.article_id for article in articles[:1]]
    return list(dict.fromkeys(placed))


def _not_held(question: Question) -> Iterator[str]:
    if question.relevant:
        yield f"{question.question_id}: SQuAD has no place for articles without an answer in them"
    for gold in question.golds:
        if gold.start is None:
            yield f"{question.question_id}: {gold.text!r} has no place in its article"


def _qa(question: Question, homes: Sequence[str], number: int) -> Json:
    article_id = homes[number]
    own = question.to_dict() | {"articles": list(homes)}
    for key in ("question", "answers", "relevant"):
        own.pop(key, None)
    return {
        "id": question.question_id if number == 0 else f"{question.question_id} in {article_id}",
        "question": question.text,
        "answers": [
            {"text": gold.text, "answer_start": gold.start, "context": gold.context}
            for gold in question.golds
            if gold.article_id == article_id and gold.start is not None
        ],
        "is_impossible": question.unanswerable is not None,
        OWN: own,
    }


def _entry(article: Article, asked: Sequence[Json]) -> Json:
    paragraph = {"context": article.text, "qas": list(asked)}
    return {"title": article.title or article.article_id, "paragraphs": [paragraph]}
