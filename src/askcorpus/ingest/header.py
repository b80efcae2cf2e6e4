"""The head of an article: headline, bylines, date lines, and the facts that they state.

A line counts as byline or date line only when nothing else stands in it. What no line says
stays None. May import: level 0, this room.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from askcorpus.ingest.article import Facts
from askcorpus.ingest.dates import FoundDate, Habit, find_dates, learn_habit
from askcorpus.ingest.names import (
    Byline,
    dateline_agency,
    find_domains,
    is_organisation,
    read_byline,
    same_name,
    split_names,
)
from askcorpus.ingest.pieces import Piece
from askcorpus.ingest.vocabulary import has_credit, is_attribution, is_interface, tag_label
from askcorpus.types import Fact

_MAX_STAMP = 200
_MAX_HEAD_PIECES = 40
_EDGE = " ,|•·–—-:()[]/"
_LABEL = re.compile(
    r"(?P<label>title|headline|publisher|publication|newspaper|source|url|link|permalink)\s?:\s"
    r"(?P<value>\S.{0,300})$",
    re.IGNORECASE,
)
_FIELDS = {"headline": "title", "publication": "publisher", "newspaper": "publisher"}
_FIELDS |= {"link": "url", "permalink": "url"}
_SMALL_WORDS = re.compile(r"\b(?:on|at|and|posted|published|updated|by|dated)\b", re.IGNORECASE)
_SPEAKER = re.compile(r"(?:Q|A|[A-Z]{2,4})\s?[:.]\s")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a byline or date line says.

    Attributes:
        index: Its number among the pieces.
        byline: The names after `By`.
        name: The name before a date in a line like `Global Research, October 24, 2017`.
        label: `title`, `publisher`, `source` or `url`, with its value in `name`.
    """

    index: int
    byline: Byline | None = None
    dates: tuple[FoundDate, ...] = ()
    name: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """The head of an article.

    Attributes:
        headline: Number of the headline's piece; None without a headline.
        stamps: Bylines and date lines, wherever they stand.
        anchored: Whether a byline or date line stands near the beginning.
        body: Number of the first piece after the last line of the head.
    """

    headline: int | None
    stamps: tuple[Stamp, ...]
    anchored: bool
    body: int
    facts: Facts


def read_header(pieces: Sequence[Piece], *, skip: Collection[int] = (), end: int) -> Header:
    """Find the head of an article.

    Args:
        pieces: All pieces of the file.
        skip: Numbers of pieces already known as furniture.
        end: Number of the piece at which readers' comments begin.
    """
    habit = learn_habit(piece.text for piece in pieces)
    stop = _stop(pieces, skip, end)
    stamps = [stamp for at in range(stop) if (stamp := read_stamp(pieces[at], at, habit))]
    stamps = _drop_unanchored(stamps, pieces, skip)
    headline = _headline(pieces, stamps, skip, stop)
    later = _later_stamps(pieces, range(stop, end), habit)
    body = max((stamp.index + 1 for stamp in stamps), default=0)
    body = max(body, headline + 1 if headline is not None else 0)
    facts = _facts(pieces, headline, stamps, later)
    return Header(headline, (*stamps, *later), bool(stamps), body, facts)


def read_stamp(piece: Piece, index: int, habit: Habit) -> Stamp | None:
    """Read a byline or date line; None if the piece is neither."""
    text = piece.text
    if len(text) > _MAX_STAMP or piece.mark in {"rule", "code"}:
        return None
    labelled = _LABEL.match(text)
    if labelled:
        label = labelled["label"].lower()
        return Stamp(index, name=labelled["value"], label=_FIELDS.get(label, label))
    dates = tuple(find_dates(text, habit))
    rest = _without(text, dates).strip(_EDGE)
    byline = read_byline(rest)
    if byline is not None:
        return Stamp(index, byline, dates)
    if not dates or _SMALL_WORDS.sub("", rest).strip(_EDGE) == "":
        return Stamp(index, dates=dates) if dates else None
    name = rest if split_names(rest) else None
    return Stamp(index, dates=dates, name=name) if name and len(dates) == 1 else None


def valid_address(text: str) -> str | None:
    """Give a web address without control characters if it is http(s) with a host, else None."""
    bare = "".join(char for char in text.strip() if char.isprintable() and char != " ")
    try:
        parts = urlsplit(bare)
        host = parts.hostname
    except ValueError:
        return None
    return bare if parts.scheme in {"http", "https"} and host else None


def is_headline_like(piece: Piece) -> bool:
    """Tell a line that could be a headline: a few words, and no full stop at the end."""
    text = piece.text
    return (
        len(text) <= 220
        and piece.words <= 32
        and any(char.isalpha() for char in text)
        and piece.mark in {"", "heading"}
        and not text.endswith((".", ",", ";", ":", "…", "|"))
        and not _SPEAKER.match(text)
    )


def _stop(pieces: Sequence[Piece], skip: Collection[int], end: int) -> int:
    """Give where the head ends at the latest: at the third paragraph of prose."""
    prose = 0
    first = next((at for at in range(end) if at not in skip), 0)
    for at in range(first, min(end, first + _MAX_HEAD_PIECES)):
        prose += at not in skip and pieces[at].is_prose and not has_credit(pieces[at])
        if prose == 3:
            return at
    return min(end, first + _MAX_HEAD_PIECES)


def _drop_unanchored(
    stamps: Sequence[Stamp], pieces: Sequence[Piece], skip: Collection[int]
) -> list[Stamp]:
    """Keep a chain of head lines: at most one paragraph, a deck, stands between two of them."""
    kept: list[Stamp] = []
    at = 0
    for stamp in stamps:
        between = [here for here in range(at, stamp.index) if here not in skip]
        prose = sum(1 for here in between if pieces[here].is_prose and not has_credit(pieces[here]))
        titled = kept or any(is_headline_like(pieces[here]) for here in between[:1])
        if prose > (1 if titled else 0):
            break
        kept.append(stamp)
        at = stamp.index + 1
    return kept


def _headline(
    pieces: Sequence[Piece], stamps: Sequence[Stamp], skip: Collection[int], stop: int
) -> int | None:
    taken = {stamp.index for stamp in stamps}
    labelled = [stamp.index for stamp in stamps if stamp.label == "title"]
    heading = [at for at in range(stop) if pieces[at].mark == "heading" and at not in skip]
    if labelled or (heading and _opens(pieces, heading[0], taken | set(skip))):
        return (labelled or heading)[0]
    free = [
        at for at in range(stop) if at not in taken and at not in skip and pieces[at].mark != "rule"
    ]
    if not stamps:
        return _bare_headline(pieces, [at for at in free if not is_interface(pieces[at])])
    above = [at for at in free if at < stamps[0].index]
    return _nearest(pieces, above) if above else _below(pieces, free)


def _opens(pieces: Sequence[Piece], heading: int, known: Collection[int]) -> bool:
    """Tell whether nothing but head lines stands before a Markdown heading."""
    return all(at in known or pieces[at].mark == "rule" for at in range(heading))


def _bare_headline(pieces: Sequence[Piece], free: Sequence[int]) -> int | None:
    """Without a byline, the first line is the headline if it stands alone or above prose."""
    if len(free) < 2:
        return None
    first, second = pieces[free[0]], pieces[free[1]]
    alone = first.block != second.block
    above_prose = first.words > 2 and all(pieces[at].is_prose for at in free[1:3])
    fits = is_headline_like(first) and not tag_label(first)
    return free[0] if fits and (alone or above_prose) else None


def _nearest(pieces: Sequence[Piece], above: Sequence[int]) -> int | None:
    """Give the headline above a byline: the nearest, or the one above it if that is its deck."""
    run: list[int] = []
    for at in reversed(above):
        fits = is_headline_like(pieces[at]) and not is_interface(pieces[at])
        if fits and not has_credit(pieces[at]) and not is_attribution(pieces[at]):
            run.append(at)
        elif run:
            break
    if len(run) < 2:
        return run[0] if run else None
    near, upper = pieces[run[0]], pieces[run[1]]
    is_deck = near.words > 1.3 * upper.words and upper.words >= 4 and upper.block != near.block
    return run[1] if is_deck else run[0]


def _below(pieces: Sequence[Piece], free: Sequence[int]) -> int | None:
    for at in free:
        if pieces[at].is_prose:
            return None
        if is_headline_like(pieces[at]) and not is_interface(pieces[at]):
            alone = at + 1 == len(pieces) or pieces[at + 1].block != pieces[at].block
            return at if alone else None
    return None


def _later_stamps(pieces: Sequence[Piece], places: Iterable[int], habit: Habit) -> list[Stamp]:
    """Find lines below the head that say when the article was changed or published."""
    found: list[Stamp] = []
    for at in places:
        stamp = read_stamp(pieces[at], at, habit)
        if stamp is None or stamp.name or stamp.byline:
            continue
        if stamp.dates and all(date.role != "plain" for date in stamp.dates):
            found.append(stamp)
    return found


def _without(text: str, dates: Sequence[FoundDate]) -> str:
    out, at = [], 0
    for date in dates:
        out.append(text[at : date.start])
        at = date.end
    return " ".join([*out, text[at:]])


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A date that may be the date of publication; the lowest rank wins."""

    rank: int
    date: FoundDate
    where: str


def _facts(
    pieces: Sequence[Piece], headline: int | None, stamps: Sequence[Stamp], later: Sequence[Stamp]
) -> Facts:
    parts = (
        _title_facts(pieces, headline, stamps),
        _author_facts(pieces, stamps),
        _publisher_facts(pieces, stamps),
        _date_facts(pieces, stamps, later),
        _address_facts(pieces, stamps),
    )
    merged = Facts()
    for part in parts:
        merged = Facts(
            title=merged.title or part.title,
            publisher=part.publisher or merged.publisher,
            authors=merged.authors or part.authors,
            published=merged.published or part.published,
            modified=merged.modified or part.modified,
            url=merged.url or part.url,
            found=(
                *(f for f in merged.found if f.field != "publisher" or not part.publisher),
                *part.found,
            ),
            warnings=merged.warnings + part.warnings,
        )
    return merged


def _title_facts(pieces: Sequence[Piece], headline: int | None, stamps: Sequence[Stamp]) -> Facts:
    if headline is None:
        return Facts()
    named = [s.name for s in stamps if s.index == headline and s.label == "title" and s.name]
    piece = pieces[headline]
    title = named[0] if named else piece.text
    fact = Fact("title", title, piece.raw.strip(), f"line {piece.line}: headline")
    return Facts(title=title, found=(fact,))


def _author_facts(pieces: Sequence[Piece], stamps: Sequence[Stamp]) -> Facts:
    """People sign; an organisation that signs beside them is the publisher, alone it is both."""
    signed = [(stamp, stamp.byline) for stamp in stamps if stamp.byline]
    people = [(stamp, name) for stamp, byline in signed for name in byline.people]
    bodies = [(stamp, name) for stamp, byline in signed for name in byline.organisations]
    authors = dict.fromkeys(name for _, name in people or bodies)
    found = [
        _fact("authors", name, pieces[stamp.index], "byline") for stamp, name in people or bodies
    ]
    found += [_fact("publisher", name, pieces[s.index], "byline") for s, name in bodies[:1]]
    return Facts(
        authors=tuple(authors),
        publisher=bodies[0][1] if bodies else None,
        found=tuple(dict.fromkeys(found)),
    )


def _publisher_facts(pieces: Sequence[Piece], stamps: Sequence[Stamp]) -> Facts:
    for stamp in stamps:
        piece = pieces[stamp.index]
        if stamp.label == "publisher" and stamp.name:
            return _published_by(stamp.name, piece, "publisher line")
        if stamp.label == "source" and stamp.name and is_organisation(stamp.name):
            return _published_by(stamp.name, piece, "source line")
    authors = [name for stamp in stamps if stamp.byline for name in stamp.byline.people]
    domains = find_domains(piece.text for piece in pieces)
    for stamp in stamps:
        name = stamp.name
        if name and not stamp.label and not same_name(name, authors) and _is_outlet(name, domains):
            return _published_by(name, pieces[stamp.index], "publisher and date line")
    if any(stamp.byline and stamp.byline.organisations for stamp in stamps):
        return Facts()
    return _agency_facts(pieces)


def _agency_facts(pieces: Sequence[Piece]) -> Facts:
    """Take the agency that opens one of the first paragraphs: `BAGHDAD (Reuters) - …`."""
    for piece in [piece for piece in pieces if piece.is_prose][:3]:
        agency = dateline_agency(piece.text)
        if agency:
            return _published_by(agency, piece, "dateline")
    return Facts()


def _is_outlet(name: str, domains: Collection[str]) -> bool:
    """Tell an outlet before a date; a word in capitals there is more often a place."""
    if name.isupper() and " " not in name:
        return name.lower() in domains
    return is_organisation(name, domains=domains)


def _published_by(name: str, piece: Piece, kind: str) -> Facts:
    return Facts(publisher=name, found=(_fact("publisher", name, piece, kind),))


def _address_facts(pieces: Sequence[Piece], stamps: Sequence[Stamp]) -> Facts:
    for stamp in stamps:
        url = valid_address(stamp.name) if stamp.label == "url" and stamp.name else None
        if url:
            return Facts(url=url, found=(_fact("url", url, pieces[stamp.index], "address line"),))
    return Facts()


def _date_facts(pieces: Sequence[Piece], stamps: Sequence[Stamp], later: Sequence[Stamp]) -> Facts:
    every = [(stamp, date) for stamp in (*stamps, *later) for date in stamp.dates]
    modified = next(((s, d) for s, d in every if d.role == "modified"), None)
    candidates = _candidates(pieces, stamps, later)
    if modified and len({c.date.value for c in candidates}) > 1:
        # A bare date that equals the date of change is that date, shown once more.
        candidates = [c for c in candidates if c.date.value != modified[1].value or c.rank < 4]
    found: list[Fact] = []
    warnings: list[str] = []
    published = min(candidates, key=lambda c: c.rank) if candidates else None
    if published:
        found.append(_date_fact("published", published.date, published.where))
        first = _first_published(candidates, published, every, pieces)
        found += [first] if first else []
        warnings += _other_dates(candidates, published, first)
    if modified:
        found.append(
            _date_fact("modified", modified[1], _where(pieces, modified[0], "last change"))
        )
    chosen = [c for c in (published,) if c] + [
        _Candidate(0, modified[1], _where(pieces, modified[0], "last change"))
        for _ in (1,)
        if modified
    ]
    warnings += [f"{c.where}: {c.date.warning}" for c in chosen if c.date.warning]
    return Facts(
        published=published.date.value if published else None,
        modified=modified[1].value if modified else None,
        found=tuple(found),
        warnings=tuple(warnings),
    )


def _candidates(
    pieces: Sequence[Piece], stamps: Sequence[Stamp], later: Sequence[Stamp]
) -> list[_Candidate]:
    authors = [
        name
        for stamp in stamps
        if stamp.byline
        for name in (*stamp.byline.people, *stamp.byline.organisations)
    ]
    bylines = {stamp.index for stamp in stamps if stamp.byline}
    out = [
        _Candidate(_rank(stamp, date, bylines, authors), date, _where(pieces, stamp, ""))
        for stamp in stamps
        for date in stamp.dates
        if date.role in {"plain", "published"}
    ]
    return out + [
        _Candidate(0, date, _where(pieces, stamp, ""))
        for stamp in later
        for date in stamp.dates
        if date.role == "published"
    ]


def _rank(stamp: Stamp, date: FoundDate, bylines: Collection[int], authors: Sequence[str]) -> int:
    """Rank a date: labelled, outlet's line, byline, line after it, elsewhere, author's line."""
    if date.role == "published":
        return 0
    if stamp.name:
        return 5 if same_name(stamp.name, authors) else 1
    if stamp.byline:
        return 2
    return 3 if stamp.index - 1 in bylines else 4


def _first_published(
    candidates: Sequence[_Candidate],
    published: _Candidate,
    every: Sequence[tuple[Stamp, FoundDate]],
    pieces: Sequence[Piece],
) -> Fact | None:
    """Give an earlier date that stands beside the author's name or says that it is the first."""
    for stamp, date in every:
        if date.role == "first_published":
            return _date_fact("first_published", date, _where(pieces, stamp, ""))
    for other in candidates:
        if other.rank == 5 and other.date.value < published.date.value:
            return _date_fact("first_published", other.date, other.where)
    return None


def _other_dates(
    candidates: Sequence[_Candidate], published: _Candidate, first: Fact | None
) -> list[str]:
    """Name dates in the head that differ from the one taken and are not explained."""
    known = {published.date.value, first.value if first else ""}
    return [
        f"{other.where} gives another date, {other.date.value}"
        for other in candidates
        if other.date.value not in known
    ]


def _where(pieces: Sequence[Piece], stamp: Stamp, kind: str) -> str:
    named = "byline" if stamp.byline else "date line"
    if stamp.name:
        named = "line of name and date"
    return f"line {pieces[stamp.index].line}: {kind or named}"


def _fact(field: str, value: str, piece: Piece, kind: str) -> Fact:
    return Fact(field, value, piece.text, f"line {piece.line}: {kind}")


def _date_fact(field: str, date: FoundDate, where: str) -> Fact:
    return Fact(field, date.value, date.raw, where)
