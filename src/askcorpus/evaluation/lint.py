"""Lint: question file + articles → every fault at its line and field, and what can be mended.

A fault (exit code 65) makes a measurement wrong; a hint is for a person to look at. What moved
is found again by `places`; what is uncertain is reported, never guessed.

In: a question file, articles. Out: `LintReport`, and the mended file on request. May import:
files, places and questions of this room, words, errors, types, rapidfuzz, stdlib.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rapidfuzz import fuzz

from askcorpus.errors import DataError
from askcorpus.evaluation.files import read_text, write_text
from askcorpus.evaluation.places import Place, Unfound, context_of, find_again
from askcorpus.evaluation.questions import Gold, Question, parse_question, stands_once
from askcorpus.types import SCHEMA, Article, Json
from askcorpus.words import STOP_WORDS, content_words, words

Level = Literal["fault", "hint"]
Kind = Literal[
    "form", "id", "unknown key", "repeated", "leak",
    "moved", "reworded", "lost", "uncertain", "context", "missing", "wording", "open",
]  # fmt: skip

KNOWN_KEYS = frozenset(("id", "question", "after", "split", "tags", "answers", "unanswerable"))
OPTIONAL_KEYS = frozenset(("relevant",))

ALIKE = 90
"""Likeness of two questions' words, of 100, from which one is a rewording of the other."""

ALIKE_AND_SAME_PLACE = 75
"""The same where their answers overlap: then less likeness makes it the same question."""

WORDING_BUDGET = 5_000_000_000
"""Characters compared at most in the search for wordings that were not listed: some ten seconds."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or hint.

    Attributes:
        line: Line of the file, from 1.
        field: `id`, `question`, `answers[0]`, …; empty where the message names it.
        mendable: Whether `fix` can put it right without a guess.
    """

    line: int
    question_id: str | None
    field: str
    level: Level
    kind: Kind
    message: str
    mendable: bool = False

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "line": self.line,
            "id": self.question_id,
            "field": self.field,
            "level": self.level,
            "kind": self.kind,
            "message": self.message,
            "mendable": self.mendable,
        }


@dataclass(frozen=True, slots=True)
class LintReport:
    """All that was found in one file, by line.

    Attributes:
        questions: Lines that could be read.
        findings: What is wrong or worth a look now.
        mended: What was wrong and has been put right.
        notes: What was not looked at, and why.
    """

    path: Path
    questions: int
    findings: tuple[Finding, ...]
    mended: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[Finding, ...]:
        """Give the findings that make a measurement wrong."""
        return tuple(one for one in self.findings if one.level == "fault")

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "schema": SCHEMA,
            "path": str(self.path),
            "questions": self.questions,
            "faults": len(self.faults),
            "findings": [one.to_dict() for one in self.findings],
            "mended": [one.to_dict() for one in self.mended],
            "notes": list(self.notes),
        }

    def to_lines(self) -> Iterator[str]:
        """Yield the findings as an editor jumps to them, then the sum."""
        for mark, findings in (("mended", self.mended), ("", self.findings)):
            for one in findings:
                head = ": ".join(filter(None, (f"{self.path}:{one.line}", one.question_id)))
                yield ": ".join(filter(None, (head, mark or one.level, one.field, one.message)))
        yield from self.notes
        hints = len(self.findings) - len(self.faults)
        mended = f", {len(self.mended)} mended" if self.mended else ""
        yield f"{self.questions} questions: {len(self.faults)} faults, {hints} hints{mended}."
        if any(one.mendable for one in self.findings):
            yield "Those that have a new place are mended by: askcorpus eval lint --fix"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the file as it stands, and as a question if it is one."""

    number: int
    raw: str
    question: Question | None


def lint(path: Path, articles: Iterable[Article]) -> LintReport:
    """Check a question file against the articles that it asks about.

    Raises:
        DataError: The file cannot be read or holds no line.
    """
    entries, findings = _read(path)
    texts = {article.article_id: article.text for article in articles}
    questions = [entry.question for entry in entries if entry.question]
    findings += [one for question in questions for one in _places(question, texts)]
    findings += [*_open(questions), *_unknown_keys(entries)]
    findings += _repeated(questions)
    findings += _leaks(questions)
    notes: tuple[str, ...] = ()
    if _is_cheap(questions, texts):
        findings += _wordings(questions, texts)
    else:
        notes = ("Wordings that are not listed were not looked for: there is too much text.",)
    ordered = tuple(sorted(findings, key=lambda one: (one.line, one.level)))
    return LintReport(path, len(questions), ordered, notes=notes)


def fix(path: Path, articles: Sequence[Article]) -> LintReport:
    """Give quotes that moved their new place, write the file in one step, and lint it again.

    Lines with nothing to mend stay as they are, character for character.

    Raises:
        DataError: The file cannot be read or holds no line.
        InputOutputError: It cannot be written; it is then as it was.
    """
    entries, _ = _read(path)
    texts = {article.article_id: article.text for article in articles}
    mended = tuple(
        one
        for entry in entries
        if entry.question
        for one in _places(entry.question, texts)
        if one.mendable
    )
    lines = {one.line for one in mended}
    if lines:
        written = [_mended(one, texts) if one.number in lines else one.raw for one in entries]
        write_text(path, "".join(f"{line}\n" for line in written))
    return replace(lint(path, articles), mended=mended)


# --- reading ---------------------------------------------------------------------------------


def _read(path: Path) -> tuple[list[_Entry], list[Finding]]:
    """Read every line; what is no question becomes a finding, and an id that is taken too."""
    text = read_text(path)
    if not text.strip():
        raise DataError(f"{path} holds no questions. Write some with: askcorpus eval new {path}")
    entries, findings, seen = [], [], dict[str, int]()
    for number, raw in enumerate(text.removesuffix("\n").split("\n"), start=1):
        question = None
        if raw.strip():
            try:
                question = parse_question(raw, path, number)
            except DataError as error:
                message = str(error).removeprefix(f"{path}:{number}: ")
                findings.append(Finding(number, None, "", "fault", "form", message))
        entries.append(_Entry(number, raw, question))
        if question:
            first = seen.setdefault(question.question_id, number)
            if first != number:
                message = f"{question.question_id!r} is already on line {first}"
                findings.append(_fault(question, "id", "id", message))
    return entries, findings


def _fault(question: Question, field: str, kind: Kind, message: str) -> Finding:
    return Finding(question.line, question.question_id, field, "fault", kind, message)


def _open(questions: Iterable[Question]) -> Iterator[Finding]:
    for question in questions:
        if question.is_open:
            message = "is empty: a reader found the answer wrong. Say what is right, or why nothing"
            yield replace(_fault(question, "answers", "open", message), level="hint")


def _unknown_keys(entries: Iterable[_Entry]) -> Iterator[Finding]:
    for entry in entries:
        if entry.question:
            for key in sorted(json.loads(entry.raw).keys() - KNOWN_KEYS - OPTIONAL_KEYS):
                message = "is no key of a question, and says nothing to the evaluation"
                yield replace(_fault(entry.question, key, "unknown key", message), level="hint")


# --- places ----------------------------------------------------------------------------------


def _places(question: Question, texts: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is wrong with the places of one question."""
    for index, gold in enumerate(question.golds):
        found = _moved(gold, find_again(gold, texts), texts)
        if found:
            kind, message = found
            mendable = kind in {"moved", "reworded", "context"}
            finding = _fault(question, f"answers[{index}]", kind, message)
            yield replace(finding, mendable=mendable)
    for index, relevant in enumerate(question.relevant):
        if relevant.article_id not in texts:
            message = f"there is no article {relevant.article_id!r} in this index"
            yield _fault(question, f"relevant[{index}]", "missing", message)


def _moved(gold: Gold, found: Place | Unfound, texts: Mapping[str, str]) -> tuple[Kind, str] | None:
    """Say what became of one place; None where all is as it should be."""
    if isinstance(found, Unfound):
        return _unfound(gold, found, texts)
    now = texts[found.article_id][found.start : found.end]
    where = f"{found.start}:{found.end}"
    if found.article_id != gold.article_id:
        return "moved", f"{gold.text!r} now stands in {found.article_id!r} at {where}"
    if now != gold.text:
        return "reworded", f"{gold.text!r} now reads {now!r}, at {where}: is it still the answer?"
    if (found.start, found.end) != (gold.start, gold.end):
        before = "had no place" if gold.start is None else f"stood at {gold.start}:{gold.end}"
        return "moved", f"{gold.text!r} {before} and now stands at {where}"
    if not stands_once(gold.context, texts[gold.article_id]):
        return "context", f"the context of {gold.text!r} does not stand in the article once"
    return None


def _unfound(gold: Gold, found: Unfound, texts: Mapping[str, str]) -> tuple[Kind, str] | None:
    if gold.article_id not in texts:
        return "missing", f"{gold.text!r}: {found.reason}"
    if gold.start is None and not found.places:
        return None  # known as lost: it counts as lost to the cleaning of the article
    listed = ", ".join(f"{place.start}:{place.end}" for place in found.places)
    message = f"{gold.text!r}: {found.reason}{': ' if listed else ''}{listed}"
    return ("uncertain" if found.places else "lost"), message


def _mended(entry: _Entry, texts: Mapping[str, str]) -> str:
    """Give a line with the new places of its answers; other keys are kept, whatever they are."""
    record = json.loads(entry.raw)
    golds = entry.question.golds if entry.question else ()
    for answer, gold in zip(record["answers"], golds, strict=True):
        found = find_again(gold, texts)
        if isinstance(found, Place):
            answer.update(_anchored(gold, found, texts[found.article_id]))
    return json.dumps(record, ensure_ascii=False)


def _anchored(gold: Gold, found: Place, text: str) -> dict[str, Any]:
    """Give the fields of a place, with a context that finds it the next time."""
    context = gold.context
    if not stands_once(context, text) or found.score < 1:
        context = context_of(text, found.start, found.end) or context
    return Gold(
        article_id=found.article_id,
        text=text[found.start : found.end],
        start=found.start,
        end=found.end,
        context=context,
    ).to_dict()


# --- questions beside each other -------------------------------------------------------------


def _repeated(questions: Iterable[Question]) -> Iterator[Finding]:
    """Yield questions that were asked before, word for word."""
    seen: dict[object, Question] = {}
    for question in questions:
        asked = (tuple(words(question.text)), question.after)
        first = seen.setdefault(asked, question)
        if first is not question:
            message = f"is asked on line {first.line} already, by {first.question_id!r}"
            yield _fault(question, "question", "repeated", message)


@dataclass(frozen=True, slots=True)
class _Said:
    """A question with its words, folded once: it is compared with every other."""

    question: Question
    words: str
    meant: frozenset[str]

    @classmethod
    def of(cls, question: Question) -> _Said:
        spoken = words(question.text)
        return cls(question, " ".join(spoken), frozenset(spoken) - STOP_WORDS)


def _leaks(questions: Iterable[Question]) -> Iterator[Finding]:
    """Yield test questions that are, or may be, a development question: tuning has seen them."""
    said = [_Said.of(question) for question in questions]
    tuned = [one for one in said if one.question.part == "dev"]
    for one in said:
        for other in tuned if one.question.part == "test" else ():
            if one.question.after == other.question.after:
                yield from _leak(one, other)


def _leak(one: _Said, other: _Said) -> Iterator[Finding]:
    message = f"the development question {other.question.question_id!r}: {other.question.text}"
    if one.meant and one.meant == other.meant:
        yield _fault(one.question, "question", "leak", f"is in the words of {message}")
    elif _are_alike(one, other):
        finding = _fault(one.question, "question", "leak", f"is nearly {message}")
        yield replace(finding, level="hint")


def _are_alike(one: _Said, other: _Said) -> bool:
    """Tell whether two questions may ask the same in other words; a person must look."""
    likeness = fuzz.token_sort_ratio(one.words, other.words, score_cutoff=ALIKE_AND_SAME_PLACE)
    if likeness < ALIKE_AND_SAME_PLACE:
        return False
    places = ((gold, place) for gold in one.question.golds for place in other.question.golds)
    return likeness >= ALIKE or any(_overlap(gold, place) for gold, place in places)


def _overlap(gold: Gold, other: Gold) -> bool:
    if gold.article_id != other.article_id or None in (gold.start, other.start):
        return False
    return max(gold.start or 0, other.start or 0) < min(gold.end or 0, other.end or 0)


# --- wordings that are not listed ------------------------------------------------------------


def _is_cheap(questions: Iterable[Question], texts: Mapping[str, str]) -> bool:
    wordings = Counter(gold.text for question in questions for gold in question.golds)
    return len(wordings) * sum(map(len, texts.values())) <= WORDING_BUDGET


def _wordings(questions: Iterable[Question], texts: Mapping[str, str]) -> Iterator[Finding]:
    """Yield articles that hold an accepted wording, near the question's words, unlisted."""
    for question in questions:
        listed = {gold.article_id for gold in question.golds}
        asked = set(content_words(question.text))
        for wording in dict.fromkeys(gold.text for gold in question.golds):
            for name in texts.keys() - listed:
                at = _spoken_of(wording, texts[name], asked)
                if at is not None:
                    message = f"{wording!r} also stands in {name!r} at {at}: does it answer there?"
                    finding = _fault(question, "answers", "wording", message)
                    yield replace(finding, level="hint")
                    listed.add(name)


def _spoken_of(wording: str, text: str, asked: set[str]) -> int | None:
    """Give where a wording stands in a sentence with most of the question's words."""
    at = text.find(wording)
    while at >= 0:
        low, high = max(0, at - _SENTENCE_REACH), at + len(wording) + _SENTENCE_REACH
        begun = max((end.end() for end in _SENTENCE_END.finditer(text, low, at)), default=low)
        closing = _SENTENCE_END.search(text, at + len(wording), high)
        sentence = text[begun : closing.end() if closing else high]
        rest = asked - set(content_words(wording))
        whole = re.search(rf"(?<!\w){re.escape(wording)}(?!\w)", sentence)
        if whole and rest and 2 * len(rest & set(content_words(sentence))) >= len(rest):
            return at
        at = text.find(wording, at + 1)
    return None


_SENTENCE_REACH = 500
"""Characters on either side of a wording in which its sentence ends."""

_SENTENCE_END = re.compile(r"[.!?][”\"’']?\s|\n")
