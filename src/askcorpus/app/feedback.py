"""What readers say of an answer → a line of a question file, which the evaluation reads.

A line is written only when a reader presses a button that says so. It holds the question, the
turns before it, and the place of the answer; nothing about the reader.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from askcorpus.app.desk import sendable
from askcorpus.chat import MEMORY, Turn
from askcorpus.errors import InputOutputError
from askcorpus.evaluation import Gold, Question
from askcorpus.evaluation.places import context_of
from askcorpus.types import Article, Citation, Json

Judgement = Literal["right", "wrong", "wrong passage"]

LARGEST_FILE = 10_000_000
"""Bytes of the file; beyond, something else than people writes to it."""


def beside(index_dir: str | Path) -> Path:
    """Give the file for the feedback on an index: beside its folder, which may be made anew."""
    folder = Path(index_dir).resolve()
    return folder.with_name(f"{folder.name}-feedback.jsonl")


def judgement_of(value: object) -> Judgement | None:
    """Read what a button says; None if no button says so."""
    return cast("Judgement", value) if value in get_args(Judgement) else None


@dataclass(frozen=True, slots=True)
class Feedback:
    """The file that lines are added to; None takes none."""

    path: Path | None

    @property
    def open(self) -> bool:
        """Whether a line could be added now."""
        path = self.path
        if path is None:
            return False
        if not path.exists():
            return path.parent.is_dir() and os.access(path.parent, os.W_OK)
        return path.is_file() and os.access(path, os.W_OK) and path.stat().st_size < LARGEST_FILE

    def add(
        self,
        judgement: Judgement,
        turn: Turn,
        before: Sequence[Turn],
        articles: Mapping[str, Article],
    ) -> None:
        """Append a line; several processes may do so at once.

        Args:
            judgement: What the reader said.
            turn: The question and its answer.
            before: The turns before it, oldest first.
            articles: The articles of the answer's passages, by id.

        Raises:
            InputOutputError: The file cannot be written.
        """
        line = json.dumps(sendable(line_of(judgement, turn, before, articles)), ensure_ascii=False)
        if self.path is None or not self.open:
            raise InputOutputError("Feedback is not kept: its file cannot be written.")
        try:
            _append(self.path, f"{line}\n".encode())
        except OSError as problem:
            raise InputOutputError(
                f"{self.path} cannot be written: {problem.strerror}. The answer is not affected."
            ) from problem


def _append(path: Path, line: bytes) -> None:
    """Write a whole line at the end, under a lock, whatever the file ended with."""
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(22, "it is no file")
        size = os.fstat(file).st_size
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        os.write(file, b"\n" + line if torn else line)
    finally:
        os.close(file)


def line_of(
    judgement: Judgement, turn: Turn, before: Sequence[Turn], articles: Mapping[str, Article]
) -> Json:
    """Give a question as a question file holds it.

    An answer judged right is its gold. One judged wrong stands under `rejected`: what is right,
    a person must still fill in.
    """
    answer = turn.answer
    golds = [gold for each in answer.citations if (gold := _gold(each, articles))]
    right = judgement == "right"
    absent = right and answer.text is None
    question = Question(
        question_id=f"feedback-{uuid.uuid4().hex[:12]}",
        text=turn.question if turn.rewritten else turn.asked,
        part="feedback",
        tags=("feedback", judgement),
        golds=tuple(golds) if right else (),
        unanswerable="off topic: a reader agrees that the corpus does not hold it"
        if absent
        else None,
        line=0,
        after=tuple(each.asked for each in before[-MEMORY:]) if turn.rewritten else (),
    )
    rejected = {"rejected": [gold.to_dict() for gold in golds]} if not right else {}
    return question.to_dict() | rejected


def _gold(citation: Citation, articles: Mapping[str, Article]) -> Gold | None:
    """Give the place of an answer; None where no words around it tell it from others."""
    article = articles.get(citation.article_id)
    start, end = citation.start, citation.end
    context = context_of(article.text, start, end) if article else None
    return Gold(citation.article_id, citation.quote, start, end, context) if context else None
