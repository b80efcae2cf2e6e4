"""Which pieces of a plain-text page are site furniture, and what each was taken for.

Three kinds of evidence are kept apart. Some lines say by themselves what they are (`Story
continues below`, a share bar, a cookie notice). Others are furniture only where they stand:
above the headline, between byline and text, below the last sentence. The weakest count only in
a file that has already shown that it was scraped from a page; a chapter, a poem, a report or a
list shows nothing of the kind and stays whole. May import: this room.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from askcorpus.ingest import vocabulary as says
from askcorpus.ingest.header import Header
from askcorpus.ingest.pieces import Piece

AFTER_END = "below the end of the article"
COMMENTS = "comments"
OTHER_STORIES = "other stories"
_MAX_TEASERS = 8
_MIN_PROSE = 2
_TEASER_WORDS = range(5, 46)
_MAX_REPEATED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of a file when its pieces are judged.

    Attributes:
        header: Its head.
        thread: Number of the first piece of readers' comments, or of pieces.
        scraped: Whether the file shows that it was scraped from a web page.
        repeated: Lines that stand in several files of the corpus: line → files.
        first: Number of the first piece of the article, headline or byline.
        body: Number of the first paragraph of its body.
    """

    pieces: Sequence[Piece]
    header: Header
    thread: int
    scraped: bool
    repeated: Mapping[str, int]
    first: int
    body: int


def certain_furniture(pieces: Sequence[Piece]) -> dict[int, str]:
    """Give the pieces that say by themselves what they are: number → reason."""
    return {at: reason for at, piece in enumerate(pieces) if (reason := _certain(piece))}


def find_furniture(
    pieces: Sequence[Piece],
    header: Header,
    *,
    certain: Mapping[int, str],
    thread: int,
    repeated: Mapping[str, int],
    markdown: bool,
) -> dict[int, str]:
    """Give every piece that is furniture, in order: number → reason."""
    page = _survey(pieces, header, certain=certain, thread=thread, repeated=repeated)
    page = replace(page, scraped=_is_scraped(page, certain, markdown=markdown))
    found = dict(certain)
    found |= _above(page)
    found |= _in_head(page)
    found |= _comments(page)
    end = _section_start(page, found)
    found |= _other_stories(page, end)
    found |= _tail(page, end, found)
    found |= _links_between(page, found)
    found |= _twice(page, found)
    kept = {stamp.index for stamp in header.stamps} | {header.headline}
    return {at: found[at] for at in sorted(found) if at not in kept}


def _certain(piece: Piece) -> str | None:
    if piece.mark == "rule":
        return "rule"
    if piece.mark == "code":
        return None
    tests = (
        (says.is_advertisement, "advertisement"),
        (says.is_read_more, "read more line"),
        (says.is_share_line, "share line"),
        (says.is_cookie_notice, "cookie notice"),
        (says.is_call, "newsletter or membership call"),
    )
    return next((reason for test, reason in tests if test(piece)), None)


def _survey(
    pieces: Sequence[Piece],
    header: Header,
    *,
    certain: Mapping[int, str],
    thread: int,
    repeated: Mapping[str, int],
) -> Page:
    starts = [stamp.index for stamp in header.stamps if stamp.index < header.body]
    if header.headline is not None:
        starts.append(header.headline)
    prose = (at for at in range(header.body, thread) if pieces[at].is_prose and at not in certain)
    body = next(prose, header.body)
    chars = sum(len(piece.text) for piece in pieces[:thread] if piece.is_prose)
    shared = sum(
        len(piece.text) for piece in pieces[:thread] if piece.is_prose and _files(piece, repeated)
    )
    # A file whose text stands elsewhere as well is a copy; what it shares is not furniture.
    known = repeated if shared <= _MAX_REPEATED_SHARE * chars else {}
    return Page(
        pieces=pieces,
        header=header,
        thread=thread,
        scraped=False,
        repeated=known,
        first=min(starts, default=0),
        body=body,
    )


def _is_scraped(page: Page, certain: Mapping[int, str], *, markdown: bool) -> bool:
    if page.thread < len(page.pieces) or any(reason != "rule" for reason in certain.values()):
        return True
    if not markdown and any(piece.linked > 0 for piece in page.pieces):
        return True
    if not page.header.anchored:
        return False
    return any(
        says.is_interface(piece) or says.tag_label(piece) for piece in page.pieces[: page.body]
    )


def _above(page: Page) -> dict[int, str]:
    """Judge what stands above a headline: all of it goes as soon as some of it is a menu."""
    pieces = page.pieces[: page.first]
    if not page.header.anchored:
        return {}
    found = {at: reason for at, piece in enumerate(pieces) if (reason := _reason(piece, page))}
    if found:
        for at, piece in enumerate(pieces):
            if not piece.is_prose and piece.mark != "rule":
                found.setdefault(at, "navigation")
    return found


def _in_head(page: Page) -> dict[int, str]:
    """Judge what stands between the headline and the first paragraph."""
    if not page.header.anchored:
        return {}
    places = range(page.first, page.body)
    found = {at: reason for at in places if (reason := _reason(page.pieces[at], page))}
    for at in places:
        piece = page.pieces[at]
        if piece.linked >= 0.9 and piece.words <= 5:
            found.setdefault(at, "tag line")
    return found


def _comments(page: Page) -> dict[int, str]:
    found: dict[int, str] = {}
    for at in range(page.thread - 1, page.body, -1):
        if not says.is_interface(page.pieces[at]):
            break
        found[at] = "navigation"
    reason = COMMENTS
    for at in range(page.thread, len(page.pieces)):
        if says.opens_section(page.pieces[at]) == "sure":
            reason = OTHER_STORIES
        found[at] = reason
    return found


def _section_start(page: Page, found: Mapping[int, str]) -> int:
    """Give where a closing list of other stories begins, or where the comments do."""
    for at in range(_after_article(page), page.thread):
        opener = says.opens_section(page.pieces[at])
        if opener is None or page.pieces[at].mark == "code":
            continue
        rest = [
            page.pieces[here]
            for here in range(at + 1, page.thread)
            if here not in found or found[here] == "rule"
        ]
        rest = [piece for piece in rest if piece.mark != "rule"]
        if _are_teasers(rest, page) and (page.scraped or (opener == "sure" and _marked(rest))):
            return at
    return page.thread


def _after_article(page: Page) -> int:
    """Give the earliest place where an article may have ended: after two paragraphs of prose."""
    prose = 0
    for at in range(page.body, page.thread):
        prose += page.pieces[at].is_prose
        if prose == _MIN_PROSE:
            return at + 1
    return page.thread


def _are_teasers(rest: Sequence[Piece], page: Page) -> bool:
    """Tell headlines with or without a line each below from paragraphs that go on."""
    prose = [piece.is_prose and not _reason(piece, page) for piece in rest]
    together = any(first and second for first, second in itertools.pairwise(prose))
    return not together and sum(prose) <= 0.5 * len(rest)


def _marked(rest: Sequence[Piece]) -> bool:
    return any(says.is_cut(piece) or piece.linked > 0.8 for piece in rest) or not rest


def _other_stories(page: Page, start: int) -> dict[int, str]:
    return dict.fromkeys(range(start, page.thread), OTHER_STORIES)


def _tail(page: Page, end: int, found: Mapping[int, str]) -> dict[int, str]:
    """Judge what stands below the last paragraph, from the end of the file upwards."""
    start = end
    least = _after_article(page)
    reasons: dict[int, str] = {}
    while start > least:
        at = start - 1
        piece = page.pieces[at]
        reason = found.get(at) or _tail_reason(piece, page)
        if reason is None and piece.is_prose:
            break
        if reason:
            reasons[at] = reason
        start = at
    closing = [at for at in reasons if at not in found]
    if not closing:
        return _headlines_below(page, start, end, found)
    if not (page.scraped and (page.header.anchored or page.thread < len(page.pieces))):
        return reasons
    return {
        at: reasons.get(at, AFTER_END)
        for at in range(min(closing), end)
        if at in reasons or not says.is_attribution(page.pieces[at])
    }


def _headlines_below(page: Page, start: int, end: int, found: Mapping[int, str]) -> dict[int, str]:
    """Judge lines below the last sentence that look like headlines of other stories."""
    rest = [at for at in range(start, end) if at not in found]
    prose = sum(1 for piece in page.pieces[page.body : start] if piece.is_prose)
    if not (page.scraped and page.header.anchored and 1 <= len(rest) <= _MAX_TEASERS):
        return {}
    if prose < 4 or not all(_is_teaser(page.pieces[at]) for at in rest):
        return {}
    return dict.fromkeys(rest, OTHER_STORIES)


def _is_teaser(piece: Piece) -> bool:
    first = piece.text.lstrip("\"'“‘(")[:1]
    return (
        piece.words in _TEASER_WORDS
        and piece.mark in {"", "heading"}
        and not piece.is_sentence
        and not piece.text.endswith((",", ";", ":"))
        and not first.islower()
        and not says.is_attribution(piece)
        and not says.has_credit(piece)
    )


def _links_between(page: Page, found: Mapping[int, str]) -> dict[int, str]:
    """Judge lines of the body that are nothing but a link to another story."""
    if not page.scraped:
        return {}
    return {
        at: OTHER_STORIES
        for at in range(page.body, page.thread)
        if at not in found and _is_lone_link(page.pieces[at])
    }


def _is_lone_link(piece: Piece) -> bool:
    if piece.mark in {"heading", "bullet", "code"}:
        return False
    named = says.is_read_more_weak(piece) and piece.linked >= 0.6
    return named or (piece.linked >= 0.95 and piece.words >= 4 and not piece.is_sentence)


def _twice(page: Page, found: Mapping[int, str]) -> dict[int, str]:
    """Judge lines that stand twice in a row, as captions do, and a headline shown again."""
    twice: dict[int, str] = {}
    before = ""
    title = page.pieces[page.header.headline].text if page.header.headline is not None else ""
    for at, piece in enumerate(page.pieces):
        if at in found:
            continue
        caption = says.has_credit(piece) or page.scraped
        again = piece.text == before and piece.words >= 5 and caption
        headline = at < page.body and piece.text == title and at != page.header.headline
        if again or headline:
            twice[at] = "repeated line"
        before = piece.text
    return twice


def _reason(piece: Piece, page: Page) -> str | None:
    """Judge a piece that stands above, in the head of, or below an article."""
    if piece.mark in {"rule", "code"} or (piece.is_prose and says.has_credit(piece)):
        return None
    if says.is_form(piece):
        return "sign-in or comment form"
    if says.is_interface(piece) or says.is_meter(piece) or says.is_trail(piece):
        return "navigation"
    if says.tag_label(piece):
        return "tag line"
    files = _files(piece, page.repeated)
    return f"repeated in {files} files" if files else None


def _files(piece: Piece, repeated: Mapping[str, int]) -> int:
    """Give in how many files of the corpus a piece stands; 0 where too few share it."""
    if not repeated:
        return 0
    return min(repeated.get(line.strip(), 0) for line in piece.raw.split("\n"))


def _tail_reason(piece: Piece, page: Page) -> str | None:
    if piece.mark == "code":
        return None
    notices = (
        (says.is_copyright, "copyright notice"),
        (says.is_disclaimer, "disclaimer"),
        (says.is_inquiries, "media inquiries"),
    )
    notice = next((reason for test, reason in notices if test(piece)), None)
    if notice or not page.scraped:
        return notice
    if says.is_call_at_end(piece) and not piece.is_prose:
        return "newsletter or membership call"
    return _reason(piece, page)
