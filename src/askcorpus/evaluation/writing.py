"""Writing questions: what a person types → questions with places, a line of the file each.

The talk is plain lines, so that it works at a terminal, through a pipe and in a test. Only what
a search finds is shown, never an answer of the system: who has seen that one writes questions
that it can answer. May import: corpus (its public names), files, places, questions, errors,
types, words, stdlib.
"""

from __future__ import annotations

import contextlib
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from askcorpus.errors import UsageError
from askcorpus.evaluation.files import read_text, write_text
from askcorpus.evaluation.places import context_of
from askcorpus.evaluation.questions import (
    UNANSWERABLE_KINDS,
    Gold,
    Question,
    load_questions,
    to_line,
)
from askcorpus.types import Article, Hit, Passage

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus

SHOWN = 8
"""Passages that a search shows: as many as are read for an answer."""

_AROUND = 40
"""Characters shown on either side of a place."""

HELP = """\
Type a question and Enter, then mark what answers it, in the article's own words.
3: words        mark words of passage 3 as it is listed
3               open the article of passage 3 there; other words search again
words           in an open article: mark them; `7: words` only in paragraph 7
:open ARTICLE   show a whole article: its number, its id, or how that begins
:open           show the whole of the one that is open
:none REASON    nothing answers: near miss, false premise or off topic, and why
:after QUESTION the next question follows upon this one; oldest turn first
:search WORDS   search again while an article is open
:undo           take back the last answer, the question begun, the one before
:help           show this
:quit           end; every question that was finished is in the file"""

_PICKED = re.compile(r"(\d{1,2})(?:: ?(.+))?")
"""A listed passage, and the words of it that answer."""

_UNNAMED = "No article is open. Name one: :open ARTICLE"

_ALIKE = str.maketrans("‘’ʼ“”„–—‑\u00a0", "'''\"\"\"--- ")
"""Characters that a keyboard lacks, one for one, so that offsets stay."""


class Desk(Protocol):
    """Where the talk takes place."""

    def say(self, text: str) -> None:
        """Show lines to the person."""
        ...

    def ask(self, prompt: str) -> str:
        """Give the next line; EOFError where there is none."""
        ...


class _EndError(Exception):
    """The person is done."""


@dataclass(frozen=True, slots=True)
class _Room:
    """What every step of the talk needs.

    Attributes:
        known: Ids that the file held before the talk.
        written: What the talk has added to the file, in order.
    """

    corpus: Corpus
    desk: Desk
    path: Path
    part: str
    known: frozenset[str]
    written: list[Question]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A question that is being written.

    Attributes:
        hits: What the last search showed.
        article: The one that is open, in which answers are marked; None while looking for it.
    """

    question: Question
    hits: tuple[Hit, ...] = ()
    article: Article | None = None


def write_new(corpus: Corpus, path: Path, desk: Desk, *, part: str = "") -> tuple[Question, ...]:
    """Talk with a person until they are done; each question is in the file once it is finished.

    Args:
        path: Made if it is missing; a file that is there is added to.
        part: `split` of the new questions.

    Returns:
        The questions written, in order.

    Raises:
        DataError: The file is there and is no question file.
        InputOutputError: It cannot be written.
    """
    known = frozenset(one.question_id for one in load_questions(path)) if _holds(path) else ()
    room = _Room(corpus, desk, path, part, frozenset(known), [])
    desk.say(HELP)
    with contextlib.suppress(_EndError, EOFError):
        while True:
            _turn(room)
    return tuple(room.written)


def next_id(known: Iterable[str]) -> str:
    """Give the id after the highest one that ends in digits: `q007` after `q006`."""
    numbered = [match for name in known if (match := re.fullmatch(r"(.*?)(\d+)", name))]
    if not numbered:
        return "q001"
    last = max(numbered, key=lambda match: int(match[2]))
    return f"{last[1]}{int(last[2]) + 1:0{len(last[2])}d}"


def find_words(text: str, typed: str) -> list[tuple[int, int]]:
    """Find every place of some words: as typed, or in other case, quotes and dashes.

    Places where they are cut out of longer words count only where there are no others.
    """
    for around, behind in ((r"(?<!\w)", r"(?!\w)"), ("", "")):
        for wanted, where in ((typed, text), (_plain(typed), _plain(text))):
            pattern = around + re.escape(wanted) + behind
            places = [match.span() for match in re.finditer(pattern, where)]
            if places:
                return places
    return []


def _holds(path: Path) -> bool:
    return path.exists() and bool(read_text(path).strip())


def _plain(text: str) -> str:
    """Give a text as a keyboard types it, character for character."""
    lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(_ALIKE)


def _line(desk: Desk, prompt: str) -> str:
    """Give what was typed, with single spaces; what every step understands is done here."""
    while True:
        line = " ".join(desk.ask(prompt).split())
        if line == ":quit":
            raise _EndError
        if line != ":help":
            return line
        desk.say(HELP)


# --- one question ----------------------------------------------------------------------------


def _turn(room: _Room) -> None:
    """Take the next question, or act on what else was typed."""
    after: list[str] = []
    while True:
        line = _line(room.desk, "Question (Enter to end)")
        if not line:
            raise _EndError
        if not line.startswith(":"):
            return _write(room, line, tuple(after))
        word, _, rest = line.partition(" ")
        if word == ":after" and rest:
            after.append(rest)
        elif word == ":undo":
            _take_back(room)
        else:
            room.desk.say(f"{word} says nothing here. See :help")


def _write(room: _Room, text: str, after: tuple[str, ...]) -> None:
    """Take the answers and tags of a question; once one is marked, no interruption loses it."""
    known = {*room.known, *(one.question_id for one in room.written)}
    begun = Question(next_id(known), text, room.part, (), (), None, 0, after)
    draft: _Draft | None = _searched(room, _Draft(begun), text)
    try:
        while draft is not None:
            line = _line(room.desk, _prompt(draft))
            if not line and _is_answered(draft):
                break
            draft = _step(room, draft, line)
        if draft is None:
            room.desk.say("Dropped.")
            return
        tags = _line(room.desk, "Tags, between commas (Enter for none)").split(",")
    except (EOFError, KeyboardInterrupt, _EndError):
        if draft is not None and _is_answered(draft):
            _append(room, draft.question)
        raise
    _append(room, replace(draft.question, tags=tuple(tag.strip() for tag in tags if tag.strip())))


def _is_answered(draft: _Draft) -> bool:
    return bool(draft.question.golds or draft.question.unanswerable)


def _prompt(draft: _Draft) -> str:
    listed = draft.article is None
    if draft.question.unanswerable:
        return "Enter if that is all"
    if _is_answered(draft):
        return f"Enter if that is all, or {'NUMBER: ANSWER' if listed else 'another answer'}"
    return "NUMBER: ANSWER, NUMBER to open, or other words" if listed else "Answer"


def _append(room: _Room, question: Question) -> None:
    """Add a line to the file in one step."""
    before = read_text(room.path) if room.path.exists() else ""
    joint = "" if not before or before.endswith("\n") else "\n"
    write_text(room.path, f"{before}{joint}{to_line(question)}\n")
    room.written.append(question)
    room.desk.say(f"{question.question_id} is in {room.path}.")


def _take_back(room: _Room) -> None:
    """Take the last question of this talk out of the file again."""
    if not room.written:
        room.desk.say("This talk has written nothing yet.")
        return
    question = room.written.pop()
    write_text(room.path, read_text(room.path).removesuffix(f"{to_line(question)}\n"))
    room.desk.say(f"{question.question_id} was taken back: {question.text}")


# --- finding and marking ---------------------------------------------------------------------


def _step(room: _Room, draft: _Draft, line: str) -> _Draft | None:
    """Do what one line says; None where it drops the question."""
    word, _, rest = line.partition(" ")
    if word in _COMMANDS:
        return _COMMANDS[word](room, draft, rest)
    if not line or word.startswith(":"):
        room.desk.say(f"{word} says nothing here. See :help" if word else "Nothing is marked yet.")
        return draft
    if draft.article is not None:
        return _marked(room, draft, draft.article, line, _places(draft.article, line))
    match = _PICKED.fullmatch(line)
    if match and 1 <= int(match[1]) <= len(draft.hits):
        return _picked(room, draft, draft.hits[int(match[1]) - 1].passage, match[2])
    return _searched(room, draft, line)


def _picked(room: _Room, draft: _Draft, passage: Passage, words: str | None) -> _Draft:
    """Mark words of a listed passage; without words, open its article where it stands."""
    article = room.corpus.article(passage.article_id)
    if words is not None:
        places = find_words(passage.text, words)
        spans = [(passage.start + start, passage.start + end) for start, end in places]
        return _marked(room, draft, article, words, spans)
    first = article.paragraph_number(passage.start)
    last = article.paragraph_number(passage.end - 1)
    room.desk.say(article.article_id)
    _show(room.desk, article, range(first, last + 1))
    return replace(draft, article=article)


def _undone(room: _Room, draft: _Draft, _: str) -> _Draft | None:
    question = draft.question
    if not question.golds and not question.unanswerable:
        return None
    room.desk.say("Taken back.")
    return replace(draft, question=replace(question, golds=question.golds[:-1], unanswerable=None))


def _unanswerable(room: _Room, draft: _Draft, reason: str) -> _Draft:
    if draft.question.golds:
        room.desk.say("There are answers. Take them back first, with :undo")
    elif not reason.startswith(UNANSWERABLE_KINDS):
        room.desk.say(f"Say why: :none and one of {', '.join(UNANSWERABLE_KINDS)}")
    else:
        room.desk.say("Nothing answers it.")
        return replace(draft, question=replace(draft.question, unanswerable=reason))
    return draft


def _searched(room: _Room, draft: _Draft, words: str) -> _Draft:
    """Show the passages that are nearest to some words."""
    try:
        hits = tuple(room.corpus.search(words, SHOWN))
    except UsageError as error:
        room.desk.say(str(error))
        return draft
    for number, hit in enumerate(hits, start=1):
        place = room.corpus.article(hit.passage.article_id).paragraph_number(hit.passage.start)
        room.desk.say(f"{number:>2}  {hit.passage.article_id} ¶{place}")
        room.desk.say(textwrap.indent(hit.passage.text, "    "))
    return replace(draft, hits=hits, article=None)


def _opened(room: _Room, draft: _Draft, wanted: str) -> _Draft:
    """Show an article with the numbers of its paragraphs; without a name, the one that is open."""
    article = _article(room.corpus, wanted) if wanted else draft.article
    if article is None:
        room.desk.say(f"No article, or more than one, is {wanted!r}." if wanted else _UNNAMED)
        return draft
    room.desk.say(article.article_id)
    _show(room.desk, article, range(1, len(article.paragraphs) + 1))
    return replace(draft, article=article)


def _show(desk: Desk, article: Article, numbers: Iterable[int]) -> None:
    """Show paragraphs with their numbers."""
    for number in numbers:
        paragraph = article.paragraphs[number - 1]
        desk.say(f"{number:>3}  {article.text[paragraph.start : paragraph.end]}")


def _article(corpus: Corpus, wanted: str) -> Article | None:
    """Find an article by its id, its number, or a beginning that only its id has."""
    exact = [article for article in corpus.articles if article.article_id == wanted]
    begun = [article for article in corpus.articles if article.article_id.startswith(wanted)]
    if len(exact) != 1 and wanted.isdecimal() and not wanted.startswith("0"):
        return corpus.article_at(int(wanted))
    found = exact or begun
    return found[0] if len(found) == 1 else None


def _marked(
    room: _Room, draft: _Draft, article: Article, words: str, places: Sequence[tuple[int, int]]
) -> _Draft:
    """Mark the words that were typed, asking which place is meant where there are several."""
    if draft.question.unanswerable:
        room.desk.say("Nothing answers it, was said. Take that back first, with :undo")
        return draft
    if not places:
        where = article.article_id if draft.article else f"that passage of {article.article_id}"
        room.desk.say(f"{words!r} does not stand in {where}.")
        return draft
    span = places[0] if len(places) == 1 else _chosen(room.desk, article.text, places)
    gold = _gold(article, span) if span else None
    if gold is None:
        room.desk.say("Not marked: give more of the words around it.")
        return draft
    room.desk.say(f"Marked: {_in_context(article.text, gold.start or 0, gold.end or 0)}")
    golds = dict.fromkeys((*draft.question.golds, gold))
    return replace(draft, question=replace(draft.question, golds=tuple(golds)))


def _places(article: Article, line: str) -> list[tuple[int, int]]:
    """Find what was typed; `7: words` in paragraph 7 alone, if the words are not as they stand."""
    places = find_words(article.text, line)
    match = re.fullmatch(r"(\d{1,6}): ?(.+)", line)
    if places or match is None or not 1 <= int(match[1]) <= len(article.paragraphs):
        return places
    paragraph = article.paragraphs[int(match[1]) - 1]
    inside = find_words(article.text[paragraph.start : paragraph.end], match[2])
    return [(paragraph.start + start, paragraph.start + end) for start, end in inside]


def _chosen(desk: Desk, text: str, places: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Let the person choose one of several places; None where they choose none."""
    for number, place in enumerate(places, start=1):
        desk.say(f"{number:>2}  {_in_context(text, *place)}")
    line = _line(desk, f"It stands {len(places)} times. Number")
    chosen = line.isdecimal() and 1 <= int(line) <= len(places)
    return places[int(line) - 1] if chosen else None


def _gold(article: Article, span: tuple[int, int]) -> Gold | None:
    context = context_of(article.text, *span)
    if context is None:
        return None
    return Gold(article.article_id, article.text[slice(*span)], *span, context)


def _in_context(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    return f"…{before}«{text[start:end]}»{after}…".replace("\n", " ¶ ")


_COMMANDS: dict[str, Callable[[_Room, _Draft, str], _Draft | None]] = {
    ":none": _unanswerable,
    ":open": _opened,
    ":search": _searched,
    ":undo": _undone,
}
"""What may be typed while a question is being written, beside words and numbers."""
