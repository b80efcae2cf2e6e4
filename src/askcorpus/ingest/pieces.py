"""The characters of a plain-text file → its pieces: lines, or hard-wrapped lines joined again.

A piece becomes a paragraph of the article or a piece of furniture, never both.
May import: this room.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from askcorpus.ingest.wording import clean, is_rule, unemphasise, unlink, untag

Mark = Literal["", "bullet", "heading", "rule", "code"]

_BULLET = re.compile(r"\s{0,12}[-*+•·▪‣◦●■]\s+(?=\S)")
_NUMBERED = re.compile(r"\(?(?:\d{1,3}|[a-z])[.)]\s")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?=\S)")
_QUOTE = re.compile(r"\s{0,3}(?:>\s?){1,8}")
_REFERENCE = re.compile(r"\s{0,3}\[[^\[\]]{1,200}\]:\s*\S{1,2000}(?:\s+[\"'(].{0,300})?\s*$")
_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_TABLE_RULE = re.compile(r"\|?(?:\s*:?-{2,}:?\s*\|){1,50}(?:\s*:?-{2,}:?\s*)?$")
_SENTENCE_END = ".!?…:;。！？؟।"
_CLOSING = "\"'”’»)]*_"

_WRAP_WIDTHS = range(40, 121)
"""Characters of a line that an editor or mail program wrapped; poems are mostly narrower."""
_WRAP_SLACK = 0.85
_MIN_WRAPS = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of the file, or several that are one paragraph.

    Attributes:
        text: Its words, cleaned.
        raw: The characters as they stood in the file.
        line: Its first line in the file, from 1.
        block: Number of its block; blank lines and rules stand between blocks.
        linked: Share of its characters that were links, in [0, 1].
        indent: Spaces before its first character.
        mark: What Markdown made of it.
    """

    text: str
    raw: str
    line: int
    block: int
    linked: float = 0.0
    indent: int = 0
    mark: Mark = ""

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())

    @property
    def is_sentence(self) -> bool:
        """Whether it ends as a sentence does; a text cut off by `…` does not."""
        bare = self.text.rstrip(_CLOSING + " ")
        return bare.endswith(tuple(".!?。！？؟।")) and not bare.endswith(("...", ". ."))

    @property
    def is_prose(self) -> bool:
        """Whether it reads like a paragraph of an article, by its length and its end."""
        long_enough = self.words >= 8 or (self.words < len(self.text) // 15 and len(self.text) > 20)
        return long_enough and self.is_sentence and self.linked < 0.8


def split_pieces(text: str, *, markdown: bool = False, first_line: int = 1) -> list[Piece]:
    """Give the pieces of a text in order; blank lines give none."""
    raws = re.split("\r\n|\r|\n", text)
    lines = list(_read_lines(raws, first_line, markdown=markdown))
    width = _wrap_width(lines)
    joined: list[list[Piece]] = []
    for piece in lines:
        if joined and _continues(joined[-1], piece, width, markdown=markdown):
            joined[-1].append(piece)
        else:
            joined.append([piece])
    return [_join(group) for group in joined]


def join_words(texts: Sequence[str], *, known: frozenset[str] = frozenset(), drop: bool) -> str:
    """Join lines of one paragraph; a word broken by a hyphen becomes whole.

    Args:
        texts: The lines.
        known: Words that the document holds elsewhere; they decide about a hyphen.
        drop: Whether an undecided hyphen goes (typeset pages) or stays (plain text).
    """
    out = texts[0]
    for text in texts[1:]:
        out = _join_two(out, text, known, drop=drop)
    return out


def _join_two(left: str, right: str, known: frozenset[str], *, drop: bool) -> str:
    broken = len(left) > 1 and left[-1] in "-‐" and left[-2].isalpha() and right[:1].islower()
    if not broken:
        return f"{left} {right}"
    head = re.split(r"[^\w-]", left[-60:-1])[-1]
    tail = re.split(r"[^\w-]", right[:60])[0]
    whole, hyphened = (head + tail).lower(), f"{head}-{tail}".lower()
    if hyphened in known or (not drop and whole not in known):
        return left + right
    return left[:-1] + right


def _read_lines(raws: Iterable[str], first: int, *, markdown: bool) -> Iterable[Piece]:
    block, fenced = 0, False
    for number, raw in enumerate(raws, start=first):
        if markdown and _FENCE.match(raw):
            fenced = not fenced
            block += 1
            continue
        piece = (
            _code(raw, number, block) if fenced else _line(raw, number, block, markdown=markdown)
        )
        if piece is None or piece.mark == "rule":
            block += 1
        if piece is not None:
            yield piece


def _code(raw: str, number: int, block: int) -> Piece | None:
    text = clean(raw)
    return Piece(text, raw, number, block, mark="code") if text else None


def _line(raw: str, number: int, block: int, *, markdown: bool) -> Piece | None:
    body = _QUOTE.sub("", raw, count=1) if markdown and ">" in raw[:12] else raw
    if is_rule(clean(body)) or (markdown and "|" in body and _TABLE_RULE.match(body.strip())):
        return Piece(clean(body), raw, number, block, mark="rule")
    if markdown and _REFERENCE.match(body):
        return None
    mark: Mark = ""
    for candidate, pattern in (("heading", _HEADING), ("bullet", _BULLET)):
        found = pattern.match(body)
        if found:
            mark = "heading" if candidate == "heading" else "bullet"
            body = body[found.end() :]
            break
    text, linked = unlink(body)
    text = unemphasise(untag(text).strip(" |") if markdown else text)
    text = clean(text.rstrip("# ") if mark == "heading" else text)
    if not text:
        return None
    indent = len(raw) - len(raw.lstrip())
    return Piece(text, raw, number, block, min(1.0, linked / len(text)), indent, mark)


def _wrap_width(lines: Sequence[Piece]) -> int:
    """Give the width at which a file was hard-wrapped, or 0 if it was not.

    In wrapped prose nearly every line is as long as it can be: the next word would not have
    fitted; and most lines begin in the middle of a sentence, in lower case. A poem, a list or
    an interview has neither.
    """
    breaks = [(a, b) for a, b in pairwise(lines) if a.block == b.block and _may_join(a, b)]
    if len(breaks) < _MIN_WRAPS:
        return 0
    lengths = sorted(_length(a) for a, _ in breaks)
    width = lengths[math.ceil(0.95 * (len(lengths) - 1))]
    full = [(a, b) for a, b in breaks if _is_full(a, b, width)]
    if width not in _WRAP_WIDTHS or len(full) < max(_MIN_WRAPS, 0.5 * len(breaks)):
        return 0
    inside = sum(1 for a, b in full if not a.is_sentence and not b.text[:1].isupper())
    return width if inside >= 0.4 * len(full) else 0


def _continues(group: Sequence[Piece], piece: Piece, width: int, *, markdown: bool) -> bool:
    last = group[-1]
    if last.block != piece.block or not _may_join(last, piece):
        return False
    if width:
        starts_new = piece.indent >= last.indent + 2 and last.is_sentence and len(group) > 1
        return _is_full(last, piece, width) and not starts_new
    runs_on = not last.text.endswith(tuple(_SENTENCE_END)) and piece.text[:1].islower()
    return markdown and runs_on and len(last.text) >= 40 and not last.raw.endswith(("  ", "\\"))


def _may_join(a: Piece, b: Piece) -> bool:
    plain_end = b.mark == "" and not _NUMBERED.match(b.text)
    return plain_end and a.mark in {"", "bullet"}


def _is_full(a: Piece, b: Piece, width: int) -> bool:
    broken_word = a.text.endswith("-") and b.text[:1].islower()
    return broken_word or _length(a) + 1 + len(b.text.split(" ", 1)[0]) > _WRAP_SLACK * width


def _length(piece: Piece) -> int:
    return len(piece.raw.strip())


def _join(group: Sequence[Piece]) -> Piece:
    if len(group) == 1:
        return group[0]
    text = clean(unemphasise(join_words([piece.text for piece in group], drop=False)))
    raw = "\n".join(piece.raw for piece in group)
    linked = sum(piece.linked * len(piece.text) for piece in group) / len(text)
    return replace(group[0], text=text, raw=raw, linked=min(1.0, linked))
