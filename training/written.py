"""Questions that were written for this reader: in other words, and near misses.

`written/articles.jsonl` holds articles invented for this purpose, with their questions, and
`written/heldout.jsonl` more of them, which no training sees. `written/paragraphs.jsonl` holds
questions about paragraphs of the sets, which are named by the beginning of the SHA-256 of their
text and are not in this repository. A line:

    {"title": …, "publisher": …, "byline": …, "date": …, "passages": [text, …], "questions": […]}
    {"paragraphs": [sum, …], "questions": […]}

A question is `[question, number of the passage, answer]`, or with a fourth part, words of the
passage that hold the answer and stand there once, where the answer alone stands several times.
The answer of a near miss is null: no passage of the line answers it, and the numbered one tempts.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).with_name("written")
SUM_DIGITS = 16
TRAINED = ("articles.jsonl", "paragraphs.jsonl")
HELDOUT = "heldout.jsonl"
STATED = {"publisher": "publisher", "authors": "byline", "published": "date"}
"""What an index calls the facts of an article, and what they are called here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A written question; `answer` is (start, end) into its passage, None for a near miss."""

    text: str
    passage: int
    answer: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Written:
    """A line: neighbouring passages and their questions.

    Attributes:
        stated: Publisher, author and date of an own article, as an index takes them.
    """

    title: str | None
    stated: dict[str, str]
    passages: tuple[str, ...]
    questions: tuple[Asked, ...]


def digest(text: str) -> str:
    """Give the name of a paragraph."""
    return hashlib.sha256(text.encode()).hexdigest()[:SUM_DIGITS]


def written(texts: dict[str, str], names: Sequence[str] = TRAINED) -> list[Written]:
    """Read some files; lines about paragraphs that are not among the texts are left out.

    Args:
        texts: Paragraphs of the sets by their sums.
        names: Of the files.

    Raises:
        ValueError: An answer does not stand in its passage, or several times.
    """
    lines = []
    for name in names:
        with (FOLDER / name).open(encoding="utf-8") as file:
            lines += [json.loads(line) for line in file]
    return [
        Written(
            line.get("title"),
            {key: line[name] for key, name in STATED.items() if line.get(name)},
            tuple(passages),
            tuple(asked(passages, *question) for question in line["questions"]),
        )
        for line in lines
        if None not in (passages := line.get("passages") or [*map(texts.get, line["paragraphs"])])
    ]


def asked(
    passages: list[str], question: str, number: int, answer: str | None, around: str | None = None
) -> Asked:
    """Find the place of an answer."""
    if answer is None:
        return Asked(question, number, None)
    text, words = passages[number], around or answer
    if text.count(words) != 1 or words.count(answer) != 1:
        message = f"“{answer}” does not stand once in “{words}” and that once in: {text}"
        raise ValueError(message)
    start = text.index(words) + words.index(answer)
    return Asked(question, number, (start, start + len(answer)))
