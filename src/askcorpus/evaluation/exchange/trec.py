"""TREC's qrels, topics and runs: white space between columns, a line a judgement or a passage.

    qrels     TOPIC 0 DOCUMENT GRADE            TREC's evaluation program reads these two
    run       TOPIC Q0 DOCUMENT RANK SCORE TAG
    topics    TOPIC<tab>QUESTION

Names of ours may hold white space, which ends a column there: it is written as `%20` and the
like. May import: corpora, questions, files, errors, types, stdlib.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, unquote

from askcorpus.errors import DataError
from askcorpus.evaluation.exchange.corpora import Imported
from askcorpus.evaluation.files import read_text, refuse_existing, write_text
from askcorpus.evaluation.questions import Question, Relevant
from askcorpus.types import Article

QRELS, TOPICS = "qrels.txt", "topics.tsv"

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True)
class Ranking:
    """One line of a run: a document as an answer to a topic, a higher score being better."""

    topic: str
    document: str
    rank: int
    score: float


Qrels = Mapping[str, Mapping[str, int]]
"""Topic → document → grade."""


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read a qrels file.

    Raises:
        DataError: A line of it is wrong, or it holds none.
    """
    qrels: dict[str, dict[str, int]] = {}
    for place, (topic, _, document, grade) in _rows(path, 4):
        judged = qrels.setdefault(plain(topic), {})
        if plain(document) in judged:
            raise DataError(f"{place}: document: {document!r} is judged twice for {topic!r}")
        judged[plain(document)] = _number(grade, int, f"{place}: grade")
    return qrels


def write_qrels(path: Path, qrels: Qrels) -> None:
    """Write a qrels file."""
    rows = (
        f"{safe(topic)} 0 {safe(document)} {grade}\n"
        for topic, judged in qrels.items()
        for document, grade in judged.items()
    )
    write_text(path, "".join(rows))


def read_run(path: Path) -> tuple[Ranking, ...]:
    """Read a run file, in its order.

    Raises:
        DataError: A line of it is wrong, or it holds none.
    """
    return tuple(
        Ranking(
            topic=plain(topic),
            document=plain(document),
            rank=_number(rank, int, f"{place}: rank"),
            score=_number(score, float, f"{place}: score"),
        )
        for place, (topic, _, document, rank, score, _) in _rows(path, 6)
    )


def write_run(path: Path, rankings: Iterable[Ranking], tag: str = "askcorpus") -> None:
    """Write a run file."""
    rows = (
        f"{safe(one.topic)} Q0 {safe(one.document)} {one.rank} {one.score!r} {safe(tag)}\n"
        for one in rankings
    )
    write_text(path, "".join(rows))


def read_topics(path: Path) -> dict[str, str]:
    """Read the words of the topics.

    Raises:
        DataError: A line of it is wrong, or it holds none.
    """
    topics: dict[str, str] = {}
    for place, line in _lines(path):
        topic, tab, text = line.partition("\t")
        if not tab or not text.strip():
            raise DataError(f"{place}: not a topic, a tab and a question")
        if plain(topic) in topics:
            raise DataError(f"{place}: topic: {topic!r} is there twice")
        topics[plain(topic)] = plain(text)
    return topics


def read_trec(folder: Path, articles: Sequence[Article]) -> Imported:
    """Read `topics.tsv` and `qrels.txt` of a folder; documents are articles, by their ids.

    Raises:
        DataError: A file is missing or wrong.
    """
    topics, qrels = read_topics(folder / TOPICS), read_qrels(folder / QRELS)
    known = {article.article_id for article in articles}
    return judged_questions(topics, qrels, {name: name for name in known})


def write_trec(
    questions: Sequence[Question], _: Sequence[Article], target: Path
) -> tuple[str, ...]:
    """Write `topics.tsv` and `qrels.txt` into a new folder; give what these cannot hold.

    Raises:
        CannotCreateError: The folder is there already.
    """
    refuse_existing(target)
    qrels = qrels_of(questions)
    topics = {one.question_id: one.text for one in questions if one.question_id in qrels}
    rows = (f"{safe(topic)}\t{_one_line(text)}\n" for topic, text in topics.items())
    write_text(target / TOPICS, "".join(rows))
    write_qrels(target / QRELS, qrels)
    return unjudged(questions)


def qrels_of(questions: Iterable[Question]) -> dict[str, dict[str, int]]:
    """Give the articles that answer each question; one that an answer stands in has grade 1."""
    qrels: dict[str, dict[str, int]] = {}
    for question in questions:
        graded = {gold.article_id: 1 for gold in question.golds}
        graded |= {one.article_id: one.grade for one in question.relevant}
        if graded:
            qrels[question.question_id] = graded
    return qrels


def judged_questions(
    topics: Mapping[str, str], qrels: Qrels, article_ids: Mapping[str, str]
) -> Imported:
    """Make a question of every topic that an article is relevant to.

    Args:
        article_ids: Document → article.
    """
    lost = [f"topic {topic!r} is judged, and has no question" for topic in qrels.keys() - topics]
    questions = []
    for topic, text in topics.items():
        judged = {name: grade for name, grade in qrels.get(topic, {}).items() if grade > 0}
        found = [
            Relevant(article_ids[name], judged[name]) for name in judged if name in article_ids
        ]
        lost += [
            f"topic {topic!r}: there is no article {name!r}"
            for name in judged
            if name not in article_ids
        ]
        if found:
            questions.append(_question(topic, text, tuple(found)))
        elif not judged:
            lost.append(f"topic {topic!r}: no document is relevant to it")
    return Imported(tuple(questions), tuple(sorted(lost)))


def _question(topic: str, text: str, relevant: tuple[Relevant, ...]) -> Question:
    return Question(
        question_id=topic,
        text=text,
        part="",
        tags=(),
        golds=(),
        unanswerable=None,
        line=0,
        relevant=relevant,
    )


def unjudged(questions: Iterable[Question]) -> tuple[str, ...]:
    """Say which questions a set of topics and judgements cannot hold, and what it leaves out."""
    return tuple(
        f"{one.question_id}: no article answers it, which a judgement of articles cannot say"
        for one in questions
        if one.unanswerable is not None
    )


def safe(name: str) -> str:
    """Give a name without white space: `a b%` is `a%20b%25`."""
    return re.sub(r"[\s%]", _escaped, name)


def plain(name: str) -> str:
    """Give what `safe` was given; a name of others with a stray `%` stays as it is."""
    try:
        return unquote(name, errors="strict")
    except UnicodeDecodeError:
        return name


def _escaped(match: re.Match[str]) -> str:
    return quote(match[0], safe="")


def _one_line(text: str) -> str:
    return re.sub(r"[\t\n\r%]", _escaped, text)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each line that holds something, and its place."""
    lines = [
        (f"{path}:{number}", line)
        for number, line in enumerate(read_text(path).split("\n"), start=1)
        if line.strip()
    ]
    if not lines:
        raise DataError(f"{path} is empty. Name a file that holds lines")
    yield from lines


def _rows(path: Path, columns: int) -> Iterator[tuple[str, list[str]]]:
    for place, line in _lines(path):
        row = line.split()
        if len(row) != columns:
            raise DataError(f"{place}: has {len(row)} columns instead of {columns}")
        yield place, row


def _number(text: str, kind: type[_Number], place: str) -> _Number:
    try:
        number = kind(text)
    except ValueError as error:
        raise DataError(f"{place}: {text!r} is not a number") from error
    if not math.isfinite(number):
        raise DataError(f"{place}: {text!r} is not a finite number")
    return number
