"""The article reader: an address → the article with a place marked, wherever it stands by now.

An address names offsets, and carries the quote's words with what surrounds them, so that a link
made before the article changed still leads to its passage, or says that it is gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from askcorpus.anchors import Quoted, find, remember
from askcorpus.app.pages import Pages
from askcorpus.ingest import LANGUAGES
from askcorpus.render import lines, page_at, web_link
from askcorpus.types import Answer, Article

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus

MOST_HITS = 20
"""Places that an address carries along for “previous” and “next”."""

PIECE_SHOWN = 1_200
"""Characters shown of a piece that was left out of an article; `askcorpus show` gives all."""

_OWN = frozenset("s e g x b a h i m run question choice".split())
"""Names of the reader's own parameters; all others are the question page's, and lead back."""

_NO_MARK = "The article is shown without a mark."
_NOTE_BAD = (
    "The marked place is missing or does not fit this article, which may have changed since "
    f"the link was made. {_NO_MARK}"
)
_NOTE_MOVED = "The passage moved: the article has changed since the link was made."
_NOTE_REWORDED = (
    "The wording has changed since the link was made, which quoted “{quote}”. What stands there "
    "now is marked."
)
_NOTE_GONE = (
    "The passage is no longer present: the article has changed since the link quoted “{quote}”. "
    f"{_NO_MARK}"
)
_NOTE_UNSURE = (
    "The index has been rebuilt since the link was made, and the link does not carry the words "
    "it quoted: the mark may have slipped."
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A span of an article, as addresses name it: the article's number and two offsets."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Trail:
    """How a visitor came to a passage, so that its page can lead on and back.

    Attributes:
        generation: Of the index that gave the offsets.
        hits: All places of the answer, in its order; one alone needs no “next”.
        back: Query of the question page that gave the answer.
    """

    generation: int
    hits: tuple[Spot, ...] = ()
    back: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """The span that a page marks.

    Attributes:
        note: What to tell the reader when it is not where or what the link said; or empty.
        moved: Whether the address names another place than this.
    """

    start: int | None = None
    end: int | None = None
    note: str = ""
    moved: bool = False


# --- addresses --------------------------------------------------------------------------------


def address(spot: Spot, article: Article, trail: Trail) -> str:
    """Give the address of a passage in the reader: its offsets, its words, the way on and back.

    Args:
        spot: A span of the article.
        article: As it was when the offsets were found.
        trail: How the visitor comes there.
    """
    quoted = remember(article.text, spot.start, spot.end)
    fields = {
        "s": str(spot.start),
        "e": str(spot.end),
        "g": str(trail.generation),
        "x": quoted.exact,
        "b": quoted.before,
        "a": quoted.after,
        **_among(spot, trail.hits),
        **trail.back,
    }
    query = urlencode({name: value for name, value in fields.items() if value}, errors="replace")
    return f"/article/{spot.number}?{query}#p{article.paragraph_number(spot.start)}"


def _among(spot: Spot, hits: Sequence[Spot]) -> dict[str, str]:
    """Give the places of the same answer and which of them this is; nothing if it is alone."""
    kept = hits[:MOST_HITS]
    if len(kept) < 2 or spot not in kept:
        return {}
    packed = "~".join(f"{hit.number}.{hit.start}.{hit.end}" for hit in kept)
    return {"h": packed, "i": str(kept.index(spot))}


_LINK = re.compile(r"/article/(\d+)\?s=(\d+)&e=(\d+)(?:#.*)?")


def spot_of(link: str) -> Spot | None:
    """Read the link of a citation or a passage; None where it is not one."""
    match = _LINK.fullmatch(link)
    return Spot(*map(int, match.groups())) if match else None


def trail_of(answer: Answer, back: Mapping[str, str]) -> Trail:
    """Give the trail of an answer: its own places, then those of other answers."""
    cited = [*answer.citations, *(c for other in answer.alternatives for c in other.citations)]
    spots = (spot_of(citation.link) for citation in cited)
    return Trail(answer.generation, tuple(dict.fromkeys(spot for spot in spots if spot)), back)


def linker(corpus: Corpus, trail: Trail) -> Callable[[str], str]:
    """Give what turns the link of a citation or a passage into an address with a trail."""

    def link(path: str) -> str:
        spot = spot_of(path)
        article = corpus.article_at(spot.number) if spot else None
        # Once the corpus has moved on, the offsets speak of a text that is not at hand.
        stale = trail.generation != corpus.generation
        if spot is None or article is None or stale or spot.end > len(article.text):
            head, mark, anchor = path.partition("#")
            joint = "&" if "?" in head else "?"
            return f"{head}{joint}{urlencode(trail.back)}{mark}{anchor}" if trail.back else path
        return address(spot, article, trail)

    return link


def _unpacked(text: str) -> tuple[Spot, ...]:
    """Read what `_among` wrote; anything else gives no hits."""
    parts = [part.split(".") for part in text.split("~")[:MOST_HITS]]
    numbers = [[_number(each) for each in part] for part in parts]
    spots = (each for each in numbers if len(each) == 3 and None not in each)
    return tuple(Spot(*(each or 0 for each in spot)) for spot in spots)


def _number(text: str | None) -> int | None:
    """Give a plain decimal number; ten digits are more than any article has characters."""
    plain = text is not None and text.isascii() and text.isdigit() and len(text) <= 10
    return int(text) if text and plain else None


def back_link(query: Mapping[str, str]) -> tuple[str, str]:
    """Give address and words of the way back.

    The path is ours whatever the query says; only the query of that page is taken over.
    """
    kept = {name: value for name, value in query.items() if name not in _OWN}
    if "q" in kept:
        return f"/?{urlencode(kept)}", "Back to answer"
    if "run" in query:
        choice = urlencode(parse_qsl(query.get("choice", "")))
        at = f"#{quote(query['question'])}" if "question" in query else ""
        return f"/evaluation/{quote(query['run'], safe='')}?{choice}{at}", "Back to evaluation"
    return "/", "Ask a question"


# --- where the mark goes ----------------------------------------------------------------------


def place(article: Article, query: Mapping[str, str], generation: int) -> Place:
    """Find the span that an address asks to mark; one that makes no sense gives a note.

    Args:
        article: As it is now.
        query: `s` and `e`, offsets; `x`, `b`, `a`, the words there and around them; `g`, the
            generation of the index that gave them.
        generation: The generation of now.
    """
    if not {"s", "e", "x"} & query.keys():
        return Place()
    start, end = _number(query.get("s")), _number(query.get("e"))
    if query.get("x", "").strip():
        return _found(article.text, query, start or 0, end)
    if start is None or end is None or not start < end <= len(article.text):
        return Place(note=_NOTE_BAD)
    fresh = query.get("g", str(generation)) == str(generation)
    return Place(start, end, "" if fresh else _NOTE_UNSURE)


def _found(text: str, query: Mapping[str, str], start: int, end: int | None) -> Place:
    """Find the words of an address, wherever they are now."""
    words = query["x"]
    found = find(text, Quoted(words, query.get("b", ""), query.get("a", ""), start))
    if found is None:
        return Place(note=_NOTE_GONE.format(quote=words))
    if found.state == "here":
        # Of a long quote an address carries the beginning.
        whole = end if end is not None and found.end <= end <= len(text) else found.end
        return Place(start, whole, _NOTE_MOVED if "m" in query else "")
    note = _NOTE_MOVED if found.state == "moved" else _NOTE_REWORDED.format(quote=words)
    return Place(found.start, found.end, note, moved=(found.start, found.end) != (start, end))


# --- previous and next ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """The places of one answer, seen from one of them; addresses are None at both ends."""

    position: int
    total: int
    previous: str | None
    following: str | None


def turn(corpus: Corpus, query: Mapping[str, str]) -> Turn | None:
    """Give the way to the answer's other places; None where it has no others."""
    hits, at = _unpacked(query.get("h", "")), _number(query.get("i"))
    if at is None or not at < len(hits) or len(hits) < 2:
        return None
    return Turn(
        position=at + 1,
        total=len(hits),
        previous=_neighbour(corpus, hits, at - 1, query) if at > 0 else None,
        following=_neighbour(corpus, hits, at + 1, query) if at + 1 < len(hits) else None,
    )


def _neighbour(
    corpus: Corpus, hits: tuple[Spot, ...], at: int, query: Mapping[str, str]
) -> str | None:
    """Give the address of another place of the same answer, with its words while known."""
    spot, made = hits[at], _number(query.get("g")) or 0
    article = corpus.article_at(spot.number)
    if article is None:
        return None
    back = {name: value for name, value in query.items() if name not in _OWN}
    if made == corpus.generation and spot.start < spot.end <= len(article.text):
        return address(spot, article, Trail(made, hits, back))
    plain = {"s": str(spot.start), "e": str(spot.end), "g": str(made)}
    number = article.paragraph_number(spot.start)
    query_of = urlencode(plain | _among(spot, hits) | back)
    return f"/article/{spot.number}?{query_of}#p{number}"


# --- the page ---------------------------------------------------------------------------------


def reader(pages: Pages, number: int, query: Mapping[str, str]) -> Response:
    """Show an article with a span marked, scrolled to by its paragraph's anchor."""
    corpus = pages.desk.current()
    article = corpus.article_at(number)
    if article is None:
        raise HTTPException(
            404,
            f"There is no article {number} in this corpus. If a link led here, the article has "
            "been taken out since it was made.",
        )
    where = place(article, query, corpus.generation)
    if where.moved and where.start is not None and where.end is not None:
        return _to_where_it_is(number, article, where, query)
    back, words = back_link(query)
    way = turn(corpus, query)
    return pages.show(
        "article.html",
        article=article,
        languages=LANGUAGES,
        number=number,
        lines=list(lines(article, where.start, where.end)),
        note=where.note,
        back=back,
        back_words=words,
        turn=way,
        bar=bool(where.note or way or back != "/"),
        original=_original(article, where),
        copies=_copies(corpus, article),
        piece_shown=PIECE_SHOWN,
    )


def _original(article: Article, where: Place) -> str | None:
    """Give the address of the original page, at the marked passage where there is one."""
    if where.start is None or where.end is None:
        return web_link(article.url)
    paragraph = article.paragraphs[article.paragraph_number(where.start) - 1]
    text = article.text[paragraph.start : paragraph.end]
    start, end = where.start - paragraph.start, min(where.end - paragraph.start, len(text))
    return page_at(article.url, text, max(start, 0), end)


def _to_where_it_is(
    number: int, article: Article, where: Place, query: Mapping[str, str]
) -> Response:
    """Lead to the passage's new place: a fragment is never sent, so only a redirect mends it."""
    mended = {**query, "s": str(where.start), "e": str(where.end), "m": "1"}
    paragraph = article.paragraph_number(where.start or 0)
    return RedirectResponse(f"/article/{number}?{urlencode(mended)}#p{paragraph}", 302)


def _copies(corpus: Corpus, article: Article) -> list[tuple[int, Article]]:
    """Give the near-copies of an article, with their numbers."""
    names = corpus.copies_of(article.article_id)
    return [(corpus.article_number(name), corpus.article(name)) for name in names]


def routes(pages: Pages) -> APIRouter:
    """Give the route of the reader."""
    router = APIRouter()

    @router.get("/article/{number}", include_in_schema=False)
    def article(number: int, request: Request) -> Response:
        return reader(pages, number, request.query_params)

    return router
