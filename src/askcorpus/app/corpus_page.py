"""The corpus page: what the index holds, where each fact was found, what was left out, and why.

Everything is worked out once a generation; a request filters, sorts and cuts out one page of it.
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from askcorpus.app.pages import Pages
from askcorpus.ingest import LANGUAGES
from askcorpus.render import corpus_in_words, source_title
from askcorpus.types import Article, Skipped

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus

ROWS = 50
"""Articles on one page of the table: more take the browser longer to lay out than to fetch."""

MOST_NAMES = 200
"""Publishers, and sections, offered in a filter: those with most articles; any other can be
typed."""

MOST_BARS = 36
"""Bars of the histogram: wider periods are taken until there are no more than that."""

FILES_SHOWN = 100
"""Skipped files listed under one reason; `askcorpus list --json` gives all."""

COLUMNS = tuple("number title publisher section published language words passages".split())
"""What the table can be sorted by; sections are shown where an article names one."""

STATES: Mapping[str, str] = {
    "": "All articles",
    "undated": "Without a date",
    "nameless": "Without a publisher",
    "warned": "With warnings",
    "foreign": "Not in English",
    "copies": "Near-copies of another",
    "trimmed": "With something left out",
}
"""What the table can be narrowed to beside words, publisher and dates."""


@dataclass(frozen=True, slots=True)
class Row:
    """One article as the table shows it.

    Attributes:
        language: English name of the one it is written in; None where that is not plain.
        copies: Numbers of its near-copies.
        found: Where each fact stands in the file, by the fact's name.
        haystack: What the filter looks in, in lower case.
    """

    number: int
    article: Article
    language: str | None
    words: int
    passages: int
    copies: tuple[int, ...]
    found: Mapping[str, str]
    haystack: str

    @property
    def title(self) -> str:
        """Give the title, or the name of the file."""
        return source_title(self.article)


@dataclass(frozen=True, slots=True)
class Bar:
    """A period of the histogram: its name, its articles, and its dates in an address."""

    label: str
    since: str
    until: str
    articles: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Files that were left out for one reason, and what mends it."""

    reason: str
    fix: str
    files: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What was taken for one kind of furniture and left out of texts."""

    reason: str
    pieces: int
    articles: int
    characters: int


@dataclass(frozen=True, slots=True)
class Archive:
    """All that the page knows of one generation."""

    generation: int
    label: str
    rows: tuple[Row, ...]
    words: int
    passages: int
    publishers: tuple[tuple[str, int], ...]
    sections: tuple[tuple[str, int], ...]
    bars: tuple[Bar, ...]
    undated: int
    copied: int
    warned: int
    left_out: tuple[LeftOut, ...]
    trimmed: tuple[Trimmed, ...]
    manifest: Mapping[str, Any]


# --- one generation ---------------------------------------------------------------------------


def archive(corpus: Corpus) -> Archive:
    """Work out what the page shows of the corpus as it is now."""
    passages = Counter(passage.article_id for passage in corpus.passages)
    rows = tuple(_row(corpus, article, passages) for article in corpus.articles)
    publishers = Counter(row.article.publisher for row in rows if row.article.publisher)
    sections = Counter(row.article.section for row in rows if row.article.section)
    return Archive(
        generation=corpus.generation,
        label=corpus_in_words(corpus.articles),
        rows=rows,
        words=sum(row.words for row in rows),
        passages=len(corpus.passages),
        publishers=tuple(publishers.most_common()),
        sections=tuple(sections.most_common()),
        bars=histogram([row.article.published for row in rows if row.article.published]),
        undated=sum(row.article.published is None for row in rows),
        copied=sum(bool(row.copies) for row in rows),
        warned=sum(bool(row.article.warnings) for row in rows),
        left_out=left_out(corpus.skipped),
        trimmed=trimmed(corpus.articles),
        manifest=corpus.manifest,
    )


def _row(corpus: Corpus, article: Article, passages: Mapping[str, int]) -> Row:
    copies = corpus.copies_of(article.article_id)
    named = (source_title(article), article.publisher or "", article.article_id, *article.authors)
    return Row(
        number=corpus.article_number(article.article_id),
        article=article,
        language=LANGUAGES.get(article.language or ""),
        words=len(article.text.split()),
        passages=passages.get(article.article_id, 0),
        copies=tuple(corpus.article_number(name) for name in copies),
        found={fact.field: fact.where for fact in article.facts},
        haystack="\n".join(named).casefold(),
    )


def trimmed(articles: Iterable[Article]) -> tuple[Trimmed, ...]:
    """Count what was left out of texts, the most frequent kind first."""
    pieces: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    for article in articles:
        holders.update({piece.reason for piece in article.removed})
        for piece in article.removed:
            pieces[piece.reason] += 1
            characters[piece.reason] += len(piece.text)
    return tuple(
        Trimmed(reason, count, holders[reason], characters[reason])
        for reason, count in pieces.most_common()
    )


# --- dates ------------------------------------------------------------------------------------


def histogram(dates: Sequence[str]) -> tuple[Bar, ...]:
    """Count articles by month where that gives few enough bars, else by years.

    Args:
        dates: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; others are left out. A year without a month
            is counted at its January, unless bars are years.

    Returns:
        Bars without a gap, the first and the last not empty.
    """
    months = [month for date in dates if (month := _month(date)) is not None]
    if not months:
        return ()
    span = next(size for size in _SPANS if _bars(months, size) <= MOST_BARS)
    first = min(months) // span
    counts = Counter(month // span for month in months)
    return tuple(
        _bar(at * span, span, counts[at]) for at in range(first, first + _bars(months, span))
    )


_SPANS = (1, 3, 12, 60, 120, 300, 600, 1_200, 12_000, 120_000)
"""Months of a bar: a month, a quarter, a year, 5, 10, 25, 50, 100 years; any four-digit year."""

_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-\d\d)?")


def _month(date: str) -> int | None:
    """Give the months since year 0."""
    match = _DATE.fullmatch(date)
    return int(match[1]) * 12 + max(int(match[2] or 1) - 1, 0) if match else None


def _bars(months: Sequence[int], span: int) -> int:
    return max(months) // span - min(months) // span + 1


def _bar(month: int, span: int, articles: int) -> Bar:
    last = month + span - 1
    year, until = month // 12, last // 12
    if span < 12:
        since, end = f"{year:04}-{month % 12 + 1:02}", f"{until:04}-{last % 12 + 1:02}"
        label = since if since == end else f"{since} to {end}"
        return Bar(label, since, end, articles)
    label = f"{year:04}" if year == until else f"{year:04}–{until:04}"
    return Bar(label, f"{year:04}", f"{until:04}", articles)


# --- files left out ---------------------------------------------------------------------------

_READ = ".txt, .md, .html, .pdf, .docx or .jsonl"
_FIXES: tuple[tuple[str, str, str], ...] = (
    ("empty", "Empty", "Put the article's text into the file, or take the file away."),
    (r"of the kind|without a suffix", "Of a kind that is not read", f"Save it as {_READ}."),
    ("symbolic link", "Links", "Copy the file itself into the folder: links are not followed."),
    ("hard link", "Second names of one file", "Nothing: its text is there under the other name."),
    ("password", "Locked", "Save a copy without a password."),
    (
        "scanned pages",
        "PDF files without text",
        "Run a text recognition over it, for instance ocrmypdf, and put the result here.",
    ),
    ("cut off|damaged", "Damaged", "Download or export the file again: this copy is not whole."),
    (
        r"bytes,? (?:more|that are read)|more than the|unpacks to too much",
        "Too large",
        "Split it into articles, or give them as .jsonl, one article a line.",
    ),
    (
        "whatever its name says|binary data|NUL byte",
        "Not what the name says",
        f"Rename it to what it is, or save it as {_READ}.",
    ),
    (
        "no text is left|without text",
        "Without an article in it",
        "Look into the file: all there is was taken for navigation, notices or comments.",
    ),
    (
        r"\bline \d+|JSON",
        "Lines that are no article",
        "Mend the line: one JSON object a line, with the article in `text`.",
    ),
    (
        "cannot be opened|cannot be listed",
        "Not readable",
        "Let the user who runs askcorpus read it, for instance with: chmod u+r FILE",
    ),
    ("regular file", "Not files", "Take pipes, sockets and devices out of the folder."),
    ("too deep", "Nested too deep", "Save the page again from a browser, as a simpler file."),
)
"""A pattern of the reason, a heading for all such files, what to do."""

_OTHER = ("Others", "Open the file, save it anew and run the index again.")


def fix_of(reason: str) -> tuple[str, str]:
    """Give heading and remedy for the reason why a file was left out."""
    for pattern, heading, fix in _FIXES:
        if re.search(pattern, reason):
            return heading, fix
    return _OTHER


def left_out(skipped: Iterable[Skipped]) -> tuple[LeftOut, ...]:
    """Put the files that were left out together by what mends them, the most first."""
    groups: dict[tuple[str, str], list[Skipped]] = {}
    for each in skipped:
        groups.setdefault(fix_of(each.reason), []).append(each)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return tuple(LeftOut(heading, fix, tuple(files)) for (heading, fix), files in ordered)


# --- one request ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class View:
    """What of the table a visitor asks for, as its address says; nonsense is passed over.

    Attributes:
        words: Must all stand in title, publisher, author or file name.
        state: A key of `STATES`.
        page: From 1.
    """

    words: str = ""
    publisher: str = ""
    section: str = ""
    since: str = ""
    until: str = ""
    state: str = ""
    sort: str = "number"
    descending: bool = False
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> View:
        """Read an address."""
        sort, state = query.get("sort", ""), query.get("state", "")
        page = query.get("page", "")
        plain = page.isascii() and page.isdigit() and len(page) < 8
        return cls(
            words=query.get("find", "").strip()[:200],
            publisher=query.get("publisher", "").strip()[:200],
            section=query.get("section", "").strip()[:200],
            since=_given_date(query.get("since", "")),
            until=_given_date(query.get("until", "")),
            state=state if state in STATES else "",
            sort=sort if sort in COLUMNS else "number",
            descending=query.get("order") == "desc",
            page=max(int(page), 1) if plain else 1,
        )

    def address(self, **changes: Any) -> str:  # noqa: ANN401  # fields are of several types
        """Give the address of this view with some fields changed."""
        view = replace(self, **changes)
        fields = {
            "find": view.words,
            "publisher": view.publisher,
            "section": view.section,
            "since": view.since,
            "until": view.until,
            "state": view.state,
            "sort": "" if view.sort == "number" else view.sort,
            "order": "desc" if view.descending else "",
            "page": "" if view.page == 1 else str(view.page),
        }
        given = {name: value for name, value in fields.items() if value}
        query = urlencode(given, errors="replace")
        return f"/articles?{query}#articles" if query else "/articles#articles"

    def sorted_by(self, column: str) -> str:
        """Give the address that sorts by a column, the other way round if it is sorted so."""
        turned = self.sort == column and not self.descending
        return self.address(sort=column, descending=turned, page=1)

    @property
    def is_narrowed(self) -> bool:
        """Tell whether any article may be hidden."""
        named = (self.words, self.publisher, self.section)
        return any((*named, self.since, self.until, self.state))


def _given_date(text: str) -> str:
    return text.strip() if _DATE.fullmatch(text.strip()) else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of the table.

    Attributes:
        total: Rows of all pages.
        first: Position of the first row shown, from 1; 0 if there is none.
    """

    rows: tuple[Row, ...]
    total: int
    first: int
    page: int
    pages: int


def sheet(rows: Sequence[Row], view: View) -> Sheet:
    """Filter and sort all rows, and cut out the page that is asked for."""
    kept = [row for row in rows if _shown(row, view)] if view.is_narrowed else list(rows)
    ordered = _ordered(kept, view)
    pages = max(math.ceil(len(ordered) / ROWS), 1)
    page = min(view.page, pages)
    start = (page - 1) * ROWS
    shown = tuple(ordered[start : start + ROWS])
    return Sheet(shown, len(ordered), start + 1 if shown else 0, page, pages)


def _shown(row: Row, view: View) -> bool:
    article = row.article
    if view.words and not all(word in row.haystack for word in view.words.casefold().split()):
        return False
    if view.publisher and (article.publisher or "").casefold() != view.publisher.casefold():
        return False
    if view.section and (article.section or "").casefold() != view.section.casefold():
        return False
    return _in_time(article.published, view) and _IS[view.state](row)


def _in_time(date: str | None, view: View) -> bool:
    """Compare as the filters of questions do: undated articles are in no period."""
    if not view.since and not view.until:
        return True
    if date is None:
        return False
    early = bool(view.since) and date < view.since[: len(date)]
    return not early and (not view.until or date[: len(view.until)] <= view.until)


_IS: Mapping[str, Callable[[Row], bool]] = {
    "": lambda _row: True,
    "undated": lambda row: row.article.published is None,
    "nameless": lambda row: row.article.publisher is None,
    "warned": lambda row: bool(row.article.warnings),
    "foreign": lambda row: row.language not in {None, "English"},
    "copies": lambda row: bool(row.copies),
    "trimmed": lambda row: bool(row.article.removed),
}

_KEYS: Mapping[str, Callable[[Row], Any]] = {
    "number": lambda row: row.number,
    "title": lambda row: row.title.casefold(),
    "publisher": lambda row: row.article.publisher and row.article.publisher.casefold(),
    "section": lambda row: row.article.section and row.article.section.casefold(),
    "published": lambda row: row.article.published,
    "language": lambda row: row.language,
    "words": lambda row: row.words,
    "passages": lambda row: row.passages,
}


def _ordered(rows: list[Row], view: View) -> list[Row]:
    """Sort rows by a column; what a file does not say stands last either way."""
    key = _KEYS[view.sort]
    known = [row for row in rows if key(row) is not None]
    unknown = [row for row in rows if key(row) is None]
    return sorted(known, key=key, reverse=view.descending) + unknown


# --- the page ---------------------------------------------------------------------------------


@dataclass(slots=True)
class CorpusPage:
    """The page over one corpus; what it knows is kept until the corpus moves on.

    Attributes:
        index_name: Name of the index folder, for the commands to copy.
    """

    pages: Pages
    index_name: str
    _known: Archive | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def show(self, query: Mapping[str, str]) -> Response:
        """Show one page of the table, and all about the corpus around it."""
        known, view = self._archive(), View.of(query)
        return self.pages.show(
            "articles.html",
            archive=known,
            view=view,
            sheet=sheet(known.rows, view),
            columns=[name for name in COLUMNS if name != "section" or known.sections],
            states=STATES,
            publishers=known.publishers[:MOST_NAMES],
            sections=known.sections[:MOST_NAMES],
            tallest=max((bar.articles for bar in known.bars), default=1),
            size=sum(file["bytes"] for file in known.manifest.get("files", {}).values()),
            verified=self.pages.desk.corpus.verified,
            index_name=self.index_name,
            folders=known.manifest.get("folders", ()),
            files_shown=FILES_SHOWN,
        )

    def _archive(self) -> Archive:
        """Give what is known of the generation of now, worked out by one request alone."""
        corpus = self.pages.desk.current()
        with self._lock:
            if self._known is None or self._known.generation != corpus.generation:
                self._known = archive(corpus)
            return self._known


def routes(page: CorpusPage) -> APIRouter:
    """Give the route of the page."""
    router = APIRouter()

    @router.get("/articles", include_in_schema=False)
    def articles(request: Request) -> Response:
        return page.show(request.query_params)

    return router
