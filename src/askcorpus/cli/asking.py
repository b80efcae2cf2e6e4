"""`ask`, `search`, `chat`: questions → answers and passages.

May import: chat inside the command that needs it; typer.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Annotated

import typer

from askcorpus.cli.answers import answer_lines, hit_lines, shelf_of, why_lines
from askcorpus.cli.failures import NOTHING_FOUND, explain
from askcorpus.cli.options import (
    DEFAULT_INDEX,
    AsJson,
    EncoderName,
    IndexDir,
    Language,
    Publisher,
    ReaderName,
    Section,
    Since,
    Until,
    opened,
    settings_of,
)
from askcorpus.cli.output import give, look, note, print_json, print_line, typed
from askcorpus.errors import UsageError
from askcorpus.render import cite, verdict, visible
from askcorpus.settings import BUNDLED
from askcorpus.types import SCHEMA, Answer, Filters


class Form(StrEnum):
    """How a citation can be written; see `render.cite`."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    BIBTEX = "bibtex"
    CSL_JSON = "csl-json"


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
    language: Language = None,
    section: Section = None,
    k: Annotated[int | None, typer.Option("-k", min=1, help="Passages read.")] = None,
    why: Annotated[bool, typer.Option("--why", help="Show each stage of each passage.")] = False,
    form: Annotated[
        Form | None, typer.Option("--cite", help="Print the citations alone, in this form.")
    ] = None,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Answer a question in the article's own words, with the place; or say that nothing does."""
    filters = Filters(since, until, publisher, language, section)
    questions = _stdin_lines() if question == "-" else [question]
    with opened(index_dir, settings_of(encoder, reader)) as corpus:
        if unused := corpus.calibration_note:
            note(unused)

        def answer(text: str) -> bool:
            found = corpus.ask(text, k, **filters.keywords())
            if form is not None:
                _give_references(found, form, as_json=as_json)
                return found.text is not None
            payload = found.to_dict() | ({"why": found.why()} if why else {})
            lines = [*answer_lines(found, shelf_of(corpus), look())]
            lines += why_lines(found) if why else ()
            if question == "-":
                lines = [f"> {visible(text)}", *lines, ""]
            give(payload, lines, as_json=as_json)
            return found.text is not None

        if question == "-":
            raise typer.Exit(ask_all(questions, answer, as_json=as_json))
        if not answer(question):
            raise typer.Exit(NOTHING_FOUND)


def _give_references(answer: Answer, form: Form, *, as_json: bool) -> None:
    """Print the citations of an answer to be pasted or stored; what was found goes to stderr."""
    made = [cite(citation, form.value) for citation in answer.citations]
    if not as_json:
        note(verdict(answer) if answer.text is None else answer.text)
    if as_json:
        print_json(answer.to_dict() | {"cited": made})
    elif form is Form.CSL_JSON:
        items = [item for reference in made for item in json.loads(reference)]
        print_line(json.dumps(items, ensure_ascii=False, indent=2))
    elif made:
        print_line("\n\n".join(made))


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
    language: Language = None,
    section: Section = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Passages given.")] = 5,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Find the passages that are nearest to a question, best first; no answer is read."""
    filters = Filters(since, until, publisher, language, section)
    with opened(index_dir, settings_of(encoder)) as corpus:
        hits = corpus.search(question, k, **filters.keywords())
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
            lines = [*answer_lines(turn.answer, shelf_of(corpus), look()), ""]
            give(payload, lines, as_json=as_json)


def _turns() -> Iterator[str]:
    """Give one question after the other until the input ends; a prompt only at a terminal."""
    prompt = "? " if sys.stdin.isatty() else ""
    with contextlib.suppress(EOFError):
        while True:
            line = typed(prompt).strip()
            if line:
                yield line
