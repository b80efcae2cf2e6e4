"""CSV tables ⇄ questions: an answer a row, for those who write in a spreadsheet.

    id,question,split,tags,article_id,answer,start,end,context,unanswerable,after,relevant

Only `question` must be there, and `article_id` with `answer`, or `unanswerable`. Rows of one id
are one question. `tags`, the turns of `after` and the articles of `relevant`, `ARTICLE=2` each,
are split at ` | `; a list that could be misread so is written as JSON. Offsets and context are
found where they are empty and the answer stands once.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula, and articles are
other people's words: such a cell gets an apostrophe in front, which is taken off again when it is
read. May import: corpora, places, questions, files, errors, types, stdlib.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from askcorpus.errors import DataError
from askcorpus.evaluation.exchange.corpora import Imported
from askcorpus.evaluation.files import read_text, refuse_existing, write_text
from askcorpus.evaluation.places import context_of
from askcorpus.evaluation.questions import Gold, Question, question_of
from askcorpus.types import Article, Json

COLUMNS = (
    *("id", "question", "split", "tags", "article_id", "answer", "start", "end", "context"),
    *("unanswerable", "after", "relevant"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_BETWEEN = " | "

Row = Mapping[str, str]


def read_table(path: Path, articles: Sequence[Article]) -> Imported:
    """Read a table of questions about articles that are known.

    Raises:
        DataError: A column is unknown, or a row is no question.
    """
    texts = {article.article_id: article.text for article in articles}
    found: dict[str, Question] = {}
    lost = []
    for number, row in _rows(path):
        place = f"{path}:{number}"
        name = row["id"] or f"q{number}"
        before = found.get(name)
        try:
            question = question_of(_record(row, name, texts, place), place, number)
        except _UnplacedError as error:
            lost.append(str(error))
            continue
        found[name] = _joined(before, question, place) if before else question
    if not found and not lost:
        raise DataError(f"{path} holds no questions. Its columns are: {', '.join(COLUMNS)}")
    return Imported(tuple(found.values()), tuple(lost))


def write_table(
    questions: Sequence[Question], _: Sequence[Article], target: Path
) -> tuple[str, ...]:
    """Write a table that a spreadsheet opens; it holds all that a question says.

    Raises:
        CannotCreateError: The file is there already.
    """
    refuse_existing(target)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for question in questions:
        writer.writerows(
            {key: _guarded(value) for key, value in row.items()} for row in _cells(question)
        )
    # With a byte order mark, or spreadsheets take it for the characters of old Windows.
    write_text(target, f"\ufeff{out.getvalue()}")
    return ()


class _UnplacedError(Exception):
    """An answer that has no place in its article, in a table that is otherwise sound."""


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield each row with the line on which it ends."""
    text = read_text(path)
    # Spreadsheets of countries with a decimal comma write semicolons.
    between = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    try:
        unknown = [name for name in reader.fieldnames or () if name not in COLUMNS]
        if unknown or "question" not in (reader.fieldnames or ()):
            problem = (
                f"unknown columns: {', '.join(unknown)}" if unknown else "no column `question`"
            )
            raise DataError(f"{path}:1: {problem}. There may be: {', '.join(COLUMNS)}")
        for row in reader:
            if None in row or None in row.values():
                raise DataError(f"{path}:{reader.line_num}: has more or fewer cells than line 1")
            yield reader.line_num, {key: _bare(row.get(key) or "") for key in COLUMNS}
    except csv.Error as error:
        raise DataError(f"{path}:{reader.reader.line_num}: not CSV: {error}") from error


def _record(row: Row, name: str, texts: Mapping[str, str], place: str) -> Json:
    return {
        "id": name,
        "question": row["question"],
        "after": _listed(row["after"], f"{place}: after"),
        "split": row["split"],
        "tags": _listed(row["tags"], f"{place}: tags"),
        "answers": [_gold(row, texts, place).to_dict()] if row["answer"] else [],
        "relevant": [
            _relevant(one, place) for one in _listed(row["relevant"], f"{place}: relevant")
        ],
        "unanswerable": row["unanswerable"] or None,
    }


def _listed(cell: str, place: str) -> list[str]:
    if not cell.startswith("["):
        return [part.strip() for part in cell.split("|") if part.strip()]
    try:
        parts = json.loads(cell)
    except ValueError as error:
        raise DataError(f"{place}: {cell!r} is no list of texts") from error
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise DataError(f"{place}: {cell!r} is no list of texts")
    return parts


def _cell(parts: Sequence[str]) -> str:
    """Give a list as one cell."""
    plain = all(part == part.strip() and "|" not in part for part in parts)
    if plain and not "".join(parts).startswith("["):
        return _BETWEEN.join(parts)
    return json.dumps(list(parts), ensure_ascii=False)


def _relevant(text: str, place: str) -> Json:
    name, _, grade = text.rpartition("=")
    if not name or not grade.isdecimal():
        raise DataError(f"{place}: relevant: {text!r} is not an article, = and a grade")
    return {"article_id": name, "grade": int(grade)}


def _gold(row: Row, texts: Mapping[str, str], place: str) -> Gold:
    """Give the place of a row's answer, found where the row does not say it."""
    article_id, answer = row["article_id"], row["answer"]
    if article_id not in texts:
        raise DataError(f"{place}: article_id: there is no article {article_id!r} in this index")
    text = texts[article_id]
    if row["start"] or row["end"]:
        start, end = (_offset(row[key], f"{place}: {key}") for key in ("start", "end"))
        if text[start:end] != answer:
            there = text[start:end]
            raise _UnplacedError(f"{place}: answer: the article has {there!r} at {start}:{end}")
    else:
        around = row["context"] or answer
        if text.count(around) != 1 or around.count(answer) != 1:
            count = text.count(around)
            raise _UnplacedError(f"{place}: answer: {around!r} stands {count} times in the article")
        start = text.index(around) + around.index(answer)
        end = start + len(answer)
    context = row["context"] or context_of(text, start, end)
    if context is None:
        raise _UnplacedError(f"{place}: answer: {answer!r} stands too often to be told apart")
    return Gold(article_id, answer, start, end, context)


def _offset(text: str, place: str) -> int:
    if not text.isdecimal():
        raise DataError(f"{place}: {text!r} is not a whole number")
    return int(text)


def _joined(before: Question, question: Question, place: str) -> Question:
    """Add a row's answer to the question that rows before have begun."""
    if replace(question, golds=before.golds, line=before.line) != before:
        raise DataError(f"{place}: differs from line {before.line} in more than the answer")
    return replace(before, golds=(*before.golds, *question.golds))


def _cells(question: Question) -> Iterator[dict[str, str]]:
    same = {
        "id": question.question_id,
        "question": question.text,
        "split": question.part,
        "tags": _cell(question.tags),
        "unanswerable": question.unanswerable or "",
        "after": _cell(question.after),
        "relevant": _cell([f"{one.article_id}={one.grade}" for one in question.relevant]),
    }
    for gold in question.golds or (None,):
        yield same | (_place(gold) if gold else {})


def _place(gold: Gold) -> dict[str, str]:
    return {
        "article_id": gold.article_id,
        "answer": gold.text,
        "start": "" if gold.start is None else str(gold.start),
        "end": "" if gold.end is None else str(gold.end),
        "context": gold.context,
    }


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
