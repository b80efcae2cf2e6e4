"""BEIR folders (Thakur et al., 2021) ⇄ questions that know their articles, not their answers.

    FOLDER/corpus.jsonl     {"_id": …, "title": …, "text": …} a line, gzip or not
    FOLDER/queries.jsonl    {"_id": …, "text": …} a line
    FOLDER/qrels/test.tsv   query-id<tab>corpus-id<tab>score, below a line that says so

May import: corpora, trec, questions, fields, files, errors, types, stdlib.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from askcorpus.errors import DataError
from askcorpus.evaluation import fields
from askcorpus.evaluation.exchange.corpora import Document, Imported, OutsideSet, write_articles
from askcorpus.evaluation.exchange.trec import judged_questions, qrels_of, unjudged
from askcorpus.evaluation.files import read_text, refuse_existing, write_text
from askcorpus.evaluation.questions import Question
from askcorpus.types import Article, Json

SPLIT = "test"
"""The judgements that are read and written unless others are named."""

HEADER = ("query-id", "corpus-id", "score")


def corpus_of_beir(source: Path, folder: Path, split: str = SPLIT) -> OutsideSet:
    """Make a folder of articles, one a document, and the questions that are judged.

    Args:
        source: A BEIR folder.
        folder: Made anew. Index it, and the questions' article ids are those of that index.
        split: Name of a file in `qrels`, without its ending.

    Raises:
        DataError: A file is missing or not of this form.
        CannotCreateError: The folder is there already.
    """
    judgements = _qrels(source, split)
    topics = _queries(source)
    names, documents = _corpus(source)
    articles, lost = write_articles(documents, folder)
    article_ids = {
        name: article.article_id
        for name, article in zip(names, articles, strict=True)
        if article is not None
    }
    found = judged_questions(topics, judgements, article_ids)
    return OutsideSet(folder, found.questions, (*lost, *found.lost))


def read_beir(source: Path, articles: Sequence[Article]) -> Imported:
    """Read the questions of a folder whose documents are articles, by their ids.

    Raises:
        DataError: A file is missing or not of this form.
    """
    known = {article.article_id: article.article_id for article in articles}
    return judged_questions(_queries(source), _qrels(source, SPLIT), known)


def write_beir(
    questions: Sequence[Question], articles: Sequence[Article], target: Path
) -> tuple[str, ...]:
    """Write a new BEIR folder of all articles and the questions that one of them answers.

    Raises:
        CannotCreateError: The folder is there already.
    """
    refuse_existing(target)
    qrels = qrels_of(questions)
    asked = [one for one in questions if one.question_id in qrels]
    _write_lines(target / "corpus.jsonl", (_document(article) for article in articles))
    _write_lines(
        target / "queries.jsonl",
        ({"_id": one.question_id, "text": one.text, "metadata": {}} for one in asked),
    )
    rows = [
        HEADER,
        *((topic, name, n) for topic, all_ in qrels.items() for name, n in all_.items()),
    ]
    text = "".join("\t".join(_cell(value) for value in row) + "\n" for row in rows)
    write_text(target / "qrels" / f"{SPLIT}.tsv", text)
    return unjudged(questions)


def _document(article: Article) -> Json:
    return {
        "_id": article.article_id,
        "title": article.title or "",
        "text": article.text,
        "metadata": {"url": article.url} if article.url else {},
    }


def _write_lines(path: Path, records: Iterator[Json]) -> None:
    write_text(path, "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in records))


def _cell(value: object) -> str:
    """Give a cell of a table with tabs; a name that would break the table is refused."""
    text = str(value)
    if any(mark in text for mark in "\t\n\r"):
        raise DataError(f"BEIR cannot hold the name {text!r}: a tab or line end is in it")
    return text


def _corpus(source: Path) -> tuple[list[str], list[Document]]:
    names, documents = [], []
    for place, name, row in _named(source, "corpus.jsonl"):
        texts = {"title": "", "text": "", "metadata": {}, **row}
        url = fields.field(texts, "metadata", dict, place).get("url")
        names.append(name)
        documents.append(
            Document(
                name=f"{place}: {name!r}",
                text=fields.field(texts, "text", str, place),
                title=fields.field(texts, "title", str, place),
                url=url if isinstance(url, str) else None,
            )
        )
    return names, documents


def _queries(source: Path) -> dict[str, str]:
    return {
        name: fields.words(row, "text", place)
        for place, name, row in _named(source, "queries.jsonl")
    }


def _named(source: Path, file: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield place, id and object of each line; an id used twice is refused."""
    path = source / file
    path = path if path.exists() else path.with_suffix(".jsonl.gz")
    seen: dict[str, int] = {}
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            place = f"{path}:{number}"
            row = fields.record(fields.decode(line, path, number), place)
            name = fields.words(row, "_id", place)
            first = seen.setdefault(name, number)
            if first != number:
                raise DataError(f"{place}: _id: {name!r} is already on line {first}")
            yield place, name, row


def _qrels(source: Path, split: str) -> dict[str, dict[str, int]]:
    path = source / "qrels" / f"{split}.tsv"
    qrels: dict[str, dict[str, int]] = {}
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        cells = line.rstrip("\r").split("\t")
        if not line.strip() or (number == 1 and tuple(cells) == HEADER):
            continue
        if len(cells) != len(HEADER):
            raise DataError(f"{path}:{number}: has {len(cells)} columns instead of {len(HEADER)}")
        topic, name, score = cells
        if not score.strip().lstrip("-").isdecimal():
            raise DataError(f"{path}:{number}: score: {score!r} is not a whole number")
        qrels.setdefault(topic, {})[name] = int(score)
    if not qrels:
        raise DataError(f"{path} holds no judgement. Name a folder in the form of BEIR")
    return qrels
