"""`ask`, `search`, `chat`: questions → answers and passages.

May import: chat inside the command that needs it; typer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated

import typer

from askcorpus.cli.answers import answer_lines, hit_lines, why_lines
from askcorpus.cli.failures import NOTHING_FOUND, explain
from askcorpus.cli.options import (
    DEFAULT_INDEX,
    AsJson,
    EncoderName,
    IndexDir,
    Publisher,
    ReaderName,
    Since,
    Until,
    opened,
    settings_of,
)
from askcorpus.cli.output import give, note
from askcorpus.errors import UsageError
from askcorpus.render import visible
from askcorpus.settings import BUNDLED
from askcorpus.types import SCHEMA


def ask(
    question: Annotated[
        str,
        typer.Argument(
            metavar="QUESTION", help="The question; `-` reads questions, one a line, from stdin."
        ),
    ],
    *,
    since: Since = None,
    until: Until = None,
    publisher: Publisher = None,
    k: Annotated[int | None, typer.Option("-k", min=1, help="Passages read.")] = None,
    why: Annotated[bool, typer.Option("--why", help="Show each stage of each passage.")] = False,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Answer a question in the article's own words, with the place; or say that nothing does."""
    questions = _stdin_lines() if question == "-" else [question]
    with opened(index_dir, settings_of(encoder, reader)) as corpus:

        def answer(text: str) -> bool:
            found = corpus.ask(text, k, since=since, until=until, publisher=publisher)
            payload = found.to_dict() | ({"why": found.why()} if why else {})
            lines = [*answer_lines(found), *(why_lines(found) if why else ())]
            if question == "-":
                lines = [f"> {visible(text)}", *lines, ""]
            give(payload, lines, as_json=as_json)
            return found.text is not None

        if question == "-":
            raise typer.Exit(ask_all(questions, answer, as_json=as_json))
        if not answer(question):
            raise typer.Exit(NOTHING_FOUND)


def _stdin_lines() -> Iterator[str]:
    return (line for raw in sys.stdin if (line := raw.strip()))


def ask_all(questions: Iterable[str], answer: Callable[[str], bool], *, as_json: bool) -> int:
    """Answer each question; one that is refused is named, and the others go on."""
    answered, refused = False, 0
    for question in questions:
        try:
            answered |= answer(question)
        except UsageError as error:
            refused = explain(error, as_json=as_json)
    return refused or (0 if answered else NOTHING_FOUND)


def search(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What to look for.")],
    *,
    since: Since = None,
    until: Until = None,
    publisher: Publisher = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Passages given.")] = 5,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Find the passages that are nearest to a question, best first; no answer is read."""
    with opened(index_dir, settings_of(encoder)) as corpus:
        hits = corpus.search(question, k, since=since, until=until, publisher=publisher)
        payload = {
            "schema": SCHEMA,
            "question": question,
            "passages": [hit.to_dict() for hit in hits],
            "generation": corpus.generation,
        }
        lines = hit_lines(hits) if hits else ["Nothing found in this corpus."]
        give(payload, lines, as_json=as_json)
    if not hits:
        raise typer.Exit(NOTHING_FOUND)


def chat(
    *,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Ask in turns: `and when?` and pronouns are understood from the turns before."""
    from askcorpus.chat import Conversation

    with opened(index_dir, settings_of(encoder, reader)) as corpus:
        conversation = Conversation(corpus)
        for question in _turns():
            try:
                turn = conversation.ask(question)
            except UsageError as error:
                explain(error, as_json=as_json)
                continue
            if turn.rewritten:
                note(f"(asked as: {turn.asked})")
            payload = turn.answer.to_dict() | {"typed": turn.question, "rewritten": turn.rewritten}
            give(payload, [*answer_lines(turn.answer), ""], as_json=as_json)


def _turns() -> Iterator[str]:
    """Give one question after the other until the input ends; a prompt only at a terminal."""
    while True:
        if sys.stdin.isatty():
            sys.stderr.write("? ")
            sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.strip()
