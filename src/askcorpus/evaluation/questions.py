"""Question files: a JSONL line → Question with gold places, and the checks that keep them true.

In: `eval/questions.jsonl`, articles. Out: `Question` records, or a DataError with line and field.
The form of a line is also written down as a JSON Schema, in `data/questions.schema.json`; what a
schema cannot say (offsets that fit, ids that differ) is checked here alone. May import: files of
this room, types, errors, stdlib.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askcorpus.errors import DataError
from askcorpus.evaluation import fields
from askcorpus.evaluation.files import read_text, write_text
from askcorpus.types import Article, Json

PARTS = ("dev", "test")
"""Development questions may be looked at while tuning; test questions may not."""

SPLITS = (*PARTS, "feedback", "")
"""What `split` may say: a part, what readers of the app sent in, or nothing yet."""

SET = "set:"
"""How the tag begins that names the outside set of a question, where it has one."""

UNANSWERABLE_KINDS = ("near miss", "false premise", "off topic")
"""How the reason of an unanswerable question begins."""


def stands_once(part: str, text: str) -> bool:
    """Tell whether a text holds a part exactly once; places that overlap are two."""
    return -1 < text.find(part) == text.rfind(part)


@dataclass(frozen=True, slots=True)
class Gold:
    """An acceptable answer and where it stands: `article.text[start:end] == text`.

    Attributes:
        start: None, like `end`, when the cleaning of the article lost the place.
        context: Characters around the answer that stand once in the article: they find the
            place again when the text before it changes.
    """

    article_id: str
    text: str
    start: int | None
    end: int | None
    context: str

    def to_dict(self) -> Json:
        """Give the record as it stands in the file."""
        return {
            "article_id": self.article_id,
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "context": self.context,
        }


@dataclass(frozen=True, slots=True)
class Relevant:
    """An article that is known to speak of a question, though not where it answers.

    Attributes:
        grade: How much, from 1; higher is better.
    """

    article_id: str
    grade: int

    def to_dict(self) -> Json:
        """Give the record as it stands in the file."""
        return {"article_id": self.article_id, "grade": self.grade}


@dataclass(frozen=True, slots=True)
class Question:
    """One question with every acceptable answer, or with the reason why there is none.

    Attributes:
        part: One of `SPLITS`.
        tags: What it asks for (`who`, `how many`, …) and how (`paraphrase`, `keywords`, …).
        golds: Empty when nothing in the articles answers.
        unanswerable: None, or a reason that begins with one of `UNANSWERABLE_KINDS`.
        line: Line of the file, from 1.
        after: The turns of the conversation before a follow-up question, oldest first.
        relevant: Articles of sets that say which one is relevant and not what the answer is.
    """

    question_id: str
    text: str
    part: str
    tags: tuple[str, ...]
    golds: tuple[Gold, ...]
    unanswerable: str | None
    line: int
    after: tuple[str, ...] = ()
    relevant: tuple[Relevant, ...] = ()

    @property
    def kind(self) -> str:
        """Give `answerable`, `relevance only` or one of `UNANSWERABLE_KINDS`."""
        if self.unanswerable is None:
            return "answerable" if self.golds else "relevance only"
        return next(kind for kind in UNANSWERABLE_KINDS if self.unanswerable.startswith(kind))

    @property
    def is_open(self) -> bool:
        """Whether a reader said that the answer was wrong, and nobody yet what is right."""
        known = self.golds or self.relevant or self.unanswerable is not None
        return self.part == "feedback" and not known

    @property
    def section(self) -> str:
        """Give what it is reported with: its part, or the outside set that it is of, or nothing."""
        sets = (tag.removeprefix(SET) for tag in self.tags if tag.startswith(SET))
        return self.part or next(sets, "")

    @property
    def group(self) -> str:
        """Give what is resampled as one: the first article that answers, or the question."""
        named = [gold.article_id for gold in self.golds]
        named += [one.article_id for one in self.relevant]
        return named[0] if named else self.question_id

    def to_dict(self) -> Json:
        """Give the record as it stands in the file; what most questions lack is left out."""
        return {
            "id": self.question_id,
            "question": self.text,
            **({"after": list(self.after)} if self.after else {}),
            "split": self.part,
            "tags": list(self.tags),
            "answers": [gold.to_dict() for gold in self.golds],
            **({"relevant": [one.to_dict() for one in self.relevant]} if self.relevant else {}),
            "unanswerable": self.unanswerable,
        }


def load_questions(path: Path) -> tuple[Question, ...]:
    """Read a question file and check all that can be checked without the articles.

    Open questions of readers are passed over: nothing can be measured with them.

    Raises:
        DataError: The file cannot be read, is empty, or a line of it is wrong.
    """
    lines = enumerate(read_text(path).split("\n"), start=1)
    read = (parse_question(line, path, number) for number, line in lines if line.strip())
    questions = tuple(question for question in read if not question.is_open)
    if not questions:
        raise DataError(f"{path} holds no questions. Write one JSON object a line, or name another")
    _check_ids(questions, path)
    return questions


def check_places(questions: Iterable[Question], articles: Iterable[Article], path: Path) -> None:
    """Check every gold place against the articles.

    Raises:
        DataError: An article is unknown, or its text does not hold the answer at its offsets.
    """
    texts = {article.article_id: article.text for article in articles}
    for question in questions:
        for index, gold in enumerate(question.golds):
            _check_place(gold, texts, f"{path}:{question.line}: answers[{index}]")


def parse_question(line: str, path: Path, number: int) -> Question:
    """Read one line of a question file.

    Raises:
        DataError: It is no question; the message names line and field.
    """
    place = f"{path}:{number}"
    return question_of(fields.record(fields.decode(line, path, number), place), place, number)


def write_questions(questions: Iterable[Question], path: Path) -> None:
    """Write the file that `load_questions` reads, whole or not at all."""
    write_text(path, "".join(f"{to_line(question)}\n" for question in questions))


def to_line(question: Question) -> str:
    """Give the line of a file that holds a question, without its end."""
    return json.dumps(question.to_dict(), ensure_ascii=False)


def digest(questions: Sequence[Question]) -> str:
    """Give the SHA-256 of what the questions say: two runs compare only where it is equal."""
    said = [question.to_dict() for question in questions]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def question_of(record: Mapping[str, Any], place: str, number: int) -> Question:
    """Read what `Question.to_dict` wrote, from a question file or from a run.

    Args:
        place: File and line, for messages.
        number: The line, from 1.

    Raises:
        DataError: A field is missing or wrong.
    """
    answers = fields.field(record, "answers", list, place)
    relevant = fields.field({"relevant": [], **record}, "relevant", list, place)
    question = Question(
        question_id=fields.words(record, "id", place),
        text=fields.words(record, "question", place),
        part=fields.field(record, "split", str, place),
        tags=fields.all_words(record, "tags", place),
        golds=tuple(_gold(gold, f"{place}: answers[{i}]") for i, gold in enumerate(answers)),
        unanswerable=fields.field(record, "unanswerable", str | None, place),
        line=number,
        after=fields.all_words({"after": [], **record}, "after", place),
        relevant=tuple(_relevant(one, f"{place}: relevant[{i}]") for i, one in enumerate(relevant)),
    )
    _check_kind(question, place)
    return question


def _relevant(record: object, place: str) -> Relevant:
    record = fields.record(record, place)
    grade = fields.field(record, "grade", int, place)
    if grade < 1:
        raise DataError(f"{place}: grade: {grade} is below 1. Leave out what is not relevant")
    return Relevant(fields.words(record, "article_id", place), grade)


def _gold(record: object, place: str) -> Gold:
    record = fields.record(record, place)
    gold = Gold(
        article_id=fields.words(record, "article_id", place),
        text=fields.words(record, "text", place),
        start=fields.field(record, "start", int | None, place),
        end=fields.field(record, "end", int | None, place),
        context=fields.words(record, "context", place),
    )
    if (gold.start is None) != (gold.end is None):
        raise DataError(f"{place}: start and end: one is null and the other is not")
    if gold.start is not None and gold.end is not None and not 0 <= gold.start < gold.end:
        raise DataError(f"{place}: start {gold.start} and end {gold.end} are not a span")
    if not stands_once(gold.text, gold.context):
        raise DataError(f"{place}: context: {gold.text!r} does not stand in it exactly once")
    return gold


def _check_kind(question: Question, place: str) -> None:
    if question.part not in SPLITS:
        raise DataError(
            f"{place}: split: {question.part!r} is none of dev, test, feedback, nor empty"
        )
    known = question.golds or question.relevant
    if question.unanswerable is None and not (known or question.is_open):
        raise DataError(f"{place}: answers: is empty, and unanswerable gives no reason")
    if question.unanswerable is not None and known:
        raise DataError(f"{place}: unanswerable: has a reason, and there are answers")
    if question.unanswerable is not None and not question.unanswerable.startswith(
        UNANSWERABLE_KINDS
    ):
        kinds = ", ".join(UNANSWERABLE_KINDS)
        raise DataError(f"{place}: unanswerable: does not begin with one of {kinds}")


def _check_ids(questions: Iterable[Question], path: Path) -> None:
    seen: dict[str, int] = {}
    for question in questions:
        first = seen.setdefault(question.question_id, question.line)
        if first != question.line:
            raise DataError(
                f"{path}:{question.line}: id: {question.question_id!r} is already on line {first}"
            )


def _article_text(gold: Gold, texts: Mapping[str, str], place: str) -> str:
    if gold.article_id not in texts:
        raise DataError(
            f"{place}: article_id: no article {gold.article_id!r} in this index. "
            f"Index the folder that the questions ask about"
        )
    return texts[gold.article_id]


def _check_place(gold: Gold, texts: Mapping[str, str], place: str) -> None:
    text = _article_text(gold, texts, place)
    if gold.start is None or gold.end is None:
        if stands_once(gold.context, text):
            raise DataError(
                f"{place}: start: is null, but the article holds the context. "
                f"Mend it with: askcorpus eval lint --fix"
            )
        return
    if gold.end > len(text):
        raise DataError(f"{place}: end: {gold.end} is past the end of the article ({len(text)})")
    if text[gold.start : gold.end] != gold.text:
        raise DataError(
            f"{place}: text: the article has {text[gold.start : gold.end]!r} "
            f"at {gold.start}:{gold.end}, not {gold.text!r}. "
            f"Mend it with: askcorpus eval lint --fix"
        )
