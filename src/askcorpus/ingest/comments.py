"""Where readers' comments begin. May import: this room.

A thread shows itself by heads that repeat (`name | date`, `name says:`, `2 hours ago`), or by
a heading (`12 Comments`, `Leave a Reply`) with one such head or a form near it. It stands below
the article, so at least two paragraphs of prose come before it; a diary or a chronicle, whose
dated heads begin at the top, is no thread.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from askcorpus.ingest.dates import find_dates
from askcorpus.ingest.pieces import Piece
from askcorpus.ingest.vocabulary import is_form, is_interface, without_age

_MIN_PROSE_BEFORE = 2
_NEAR = 6
_NAME = r"[^\s|:][^|:]{0,50}"
_REST = re.compile(
    rf"(?:{_NAME}\s?[|·•]|[|·•]?|{_NAME} (?:says?|said|wrote|writes|commented|replied)(?: on"
    rf"| at)?\s?:?"
    rf"|(?:posted |comment |reply |submitted |written )?by {_NAME}(?: on| at|,)?"
    rf"|(?:posted|submitted|commented)(?: on| at)?)\s?"
    rf"(?:\(?\d{{0,4}}\)?|reply|permalink|report|edited)?$",
    re.IGNORECASE,
)
_SAYS = re.compile(rf"{_NAME} (?:says|wrote|commented)\s?:$", re.IGNORECASE)
_HEADING_SURE = re.compile(
    r"(?:\d{1,6} (?:comments?|responses?|replies|thoughts? on .{1,200}|responses? to .{1,200})"
    r"|(?:comments?|responses?|discussion|replies)\s?[:(]\s?\d{1,6}\s?\)?"
    r"|(?:leave|post|add|write) a (?:new )?(?:reply|comment|response)"
    r"|(?:readers?['’]?s?['’]? )comments"
    r"|join the (?:conversation|discussion)|(?:show|view|load|hide|see) (?:all |more )?"
    r"(?:\d{1,6} )?comments|what do you think\??|have your say)\W{0,3}$",
    re.IGNORECASE,
)
_HEADING_WEAK = re.compile(
    r"(?:comments?|discussion|responses?|your comments)\s?:?$", re.IGNORECASE
)


def find_thread(pieces: Sequence[Piece], skip: Collection[int]) -> int:
    """Give the number of the first piece of the comments; the number of pieces without any."""
    after = _after_prose(pieces, skip)
    heads = [at for at in range(after, len(pieces)) if _is_head(pieces, at)]
    for at in range(after, len(pieces)):
        text = pieces[at].text
        sure = _HEADING_SURE.match(text) is not None
        if sure or _HEADING_WEAK.match(text):
            near = any(at < head <= at + _NEAR for head in heads)
            form = any(_is_form(piece) for piece in pieces[at + 1 : at + _NEAR])
            if near or (sure and (form or _ends_here(pieces, at))):
                return min(at, *heads) if len(heads) > 1 else at
    return _thread_by_heads(pieces, heads)


def _after_prose(pieces: Sequence[Piece], skip: Collection[int]) -> int:
    prose = 0
    for at, piece in enumerate(pieces):
        prose += piece.is_prose and at not in skip
        if prose == _MIN_PROSE_BEFORE:
            return at + 1
    return len(pieces)


def _thread_by_heads(pieces: Sequence[Piece], heads: Sequence[int]) -> int:
    if len(heads) < 2:
        return len(pieces)
    first = heads[0]
    # In the form `name` / `date, time` / `text` the name stands a line above.
    bare = _REST.match(_undated(pieces[first].text)[0]) and not _has_name(pieces[first].text)
    return first - 1 if bare and _may_be_name(pieces[first - 1]) else first


def _is_head(pieces: Sequence[Piece], at: int) -> bool:
    text = pieces[at].text
    if len(text) > 160 or pieces[at].is_prose:
        return False
    if _SAYS.match(text) and at + 1 < len(pieces):
        following = pieces[at + 1].text
        return len(following) < 60 and _undated(following)[1] > 0
    rest, certainty = _undated(text)
    if certainty == 0:
        return False
    if _has_name(text) and _REST.match(rest):
        return True
    named_above = certainty == 2 and not rest and _may_be_name(pieces[at - 1])
    short_name = certainty == 2 and 0 < len(rest.split()) <= 3 and rest[-1:] not in ".:!?"
    return named_above or (short_name and rest[:1].isalnum() and len(rest) <= 30)


def _undated(text: str) -> tuple[str, int]:
    """Take date, time and age out of a line; how surely it stamps a comment, from 0 to 2."""
    rest, aged = without_age(text)
    dates = find_dates(rest)
    for date in reversed(dates):
        rest = f"{rest[: date.start]} {rest[date.end :]}"
    certainty = 2 if aged or any(date.timed for date in dates) else 1 if dates else 0
    return rest.strip(" ,-–—()").strip(), certainty


def _has_name(text: str) -> bool:
    """Tell whether a separator or a verb of saying sets a name off from a date."""
    return any(mark in text for mark in "|·•") or (
        re.search(
            r"\b(?:says?|said|wrote|commented|replied|posted|submitted|by)\b", text, re.IGNORECASE
        )
        is not None
    )


def _may_be_name(piece: Piece) -> bool:
    return piece.words <= 4 and len(piece.text) <= 40 and not piece.is_sentence


def _is_form(piece: Piece) -> bool:
    return is_form(piece) or is_interface(piece)


def _ends_here(pieces: Sequence[Piece], at: int) -> bool:
    """Tell whether hardly anything follows: a comment heading without comments."""
    return len(pieces) - at <= 3 and not any(piece.is_prose for piece in pieces[at + 1 :])
