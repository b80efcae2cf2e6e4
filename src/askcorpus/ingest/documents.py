"""A .pdf or .docx file → `Article`.

May import: level 0, this room, pypdf, python-docx.
"""

from __future__ import annotations

import io
import itertools
import logging
import re
import struct
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from askcorpus.ingest.article import Draft, Facts, assemble
from askcorpus.ingest.errors import UnreadableFileError
from askcorpus.ingest.header import read_header
from askcorpus.ingest.pieces import Piece, join_words
from askcorpus.ingest.plain import kind_of
from askcorpus.ingest.wording import clean
from askcorpus.types import Article, Fact, Removed

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table
    from pypdf import PdfReader

_MAX_PAGES = 3_000
_MAX_SECONDS = 60.0
_MAX_UNPACKED = 200_000_000
_MAX_PARTS = 10_000
_EDGE_LINES = 3
_RUNNING_SHARE = 0.5
_MIN_RUNNING_PAGES = 3
# What the parsers raise on damaged or hostile files, by their documents and by experience.
_PARSER_ERRORS = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OverflowError,
    MemoryError, AssertionError, NotImplementedError, OSError, zlib.error, struct.error,
    zipfile.BadZipFile, ZeroDivisionError,
)  # fmt: skip
_PDF_TITLE_NOISE = re.compile(
    r"^(?:microsoft word|untitled|\(?anonymous|document\d*$|"
    r".{0,200}\.(?:docx?|pdf|indd|qxd|tex|dvi)$)",
    re.IGNORECASE,
)
_SENTENCE_END = (".", "!", "?", ":", "”", '"', "’")


def read_pdf(data: bytes, article_id: str) -> Article:
    """Read a PDF file that holds text.

    Raises:
        UnreadableFileError: It is encrypted, damaged, cut off, or holds images alone.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    if b"%PDF-" not in data[:1024]:
        raise UnreadableFileError(article_id, "not a PDF file, whatever its name says")
    if b"%%EOF" not in data[-4096:]:
        raise UnreadableFileError(article_id, "a PDF file that is cut off: its end mark is missing")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFileError(article_id, "a PDF file that needs a password")
        pages, warnings = _pdf_pages(reader)
        facts = _pdf_facts(reader, pages[0] if pages else [])
    except (PyPdfError, *_PARSER_ERRORS) as error:
        raise UnreadableFileError(article_id, f"a damaged PDF file ({_short(error)})") from error
    if not any(pages):
        raise UnreadableFileError(article_id, "a PDF file without text, such as scanned pages")
    kept, removed = _without_running_lines(pages)
    pieces = _pdf_paragraphs(kept)
    return _assemble(article_id, pieces, facts, removed=removed, warnings=warnings)


def read_docx(data: bytes, article_id: str) -> Article:
    """Read a Word file.

    Raises:
        UnreadableFileError: It is no Word file, damaged, cut off, too large when unpacked, or
            without text.
    """
    import docx
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    _refuse_bomb(data, article_id)
    try:
        document = docx.Document(io.BytesIO(data))
        pieces = list(_docx_pieces(document))
        title = clean(document.core_properties.title or "")
    except (OpcError, LxmlError, *_PARSER_ERRORS) as error:
        raise UnreadableFileError(article_id, f"a damaged .docx file ({_short(error)})") from error
    if not pieces:
        raise UnreadableFileError(article_id, "a .docx file without text")
    shown = any(title.casefold() == piece.text.casefold() for piece in pieces[:10])
    facts = _titled(title, "document properties: title") if shown else Facts()
    return _assemble(article_id, pieces, facts, removed=(), warnings=())


def _assemble(
    article_id: str,
    pieces: Sequence[Piece],
    facts: Facts,
    *,
    removed: tuple[Removed, ...],
    warnings: tuple[str, ...],
) -> Article:
    header = read_header(pieces, end=len(pieces))
    paragraphs = tuple((piece.text, kind_of(at, pieces, header)) for at, piece in enumerate(pieces))
    return assemble(article_id, Draft(paragraphs, facts.over(header.facts), removed, warnings))


def _short(error: BaseException) -> str:
    return clean(str(error))[:100] or type(error).__name__


def _titled(title: str, where: str) -> Facts:
    return Facts(title=title, found=(Fact("title", title, title, where),)) if title else Facts()


def _pdf_pages(reader: PdfReader) -> tuple[list[list[str]], tuple[str, ...]]:
    """Give the lines of each page; a page that fails is left out with a warning."""
    from pypdf.errors import PyPdfError

    pages: list[list[str]] = []
    warnings: list[str] = []
    started = time.monotonic()
    for number, page in enumerate(reader.pages, start=1):
        if number > _MAX_PAGES or time.monotonic() - started > _MAX_SECONDS:
            warnings.append(f"read up to page {number - 1} only: the file is too large")
            break
        try:
            text = page.extract_text() or ""
        except (PyPdfError, *_PARSER_ERRORS) as error:
            warnings.append(f"page {number} could not be read ({_short(error)})")
            continue
        pages.append([line for raw in text.splitlines() if (line := clean(raw))])
    return pages, tuple(warnings)


def _pdf_facts(reader: PdfReader, first_page: Sequence[str]) -> Facts:
    """Take title and author from the file's properties where its first page shows them too."""
    shown = " ".join(first_page).casefold()
    info = reader.metadata
    title = clean(str(info.title or "")) if info else ""
    author = clean(str(info.author or "")) if info else ""
    facts = Facts()
    if title and not _PDF_TITLE_NOISE.match(title) and title.casefold() in shown:
        facts = _titled(title, "document properties: title")
    names = tuple(name for part in re.split(r"[;,]", author) if (name := part.strip()))
    if names and all(name.casefold() in shown for name in names):
        found = tuple(Fact("authors", n, author, "document properties: author") for n in names)
        facts = Facts(authors=names, found=found).over(facts)
    return facts


def _without_running_lines(
    pages: Sequence[Sequence[str]],
) -> tuple[list[list[str]], tuple[Removed, ...]]:
    """Take out page numbers, headers and footers: lines at the edge of most pages."""
    edges = Counter(key for page in pages for key in {_key(page[at]) for at in _edges(page)})
    least = max(_MIN_RUNNING_PAGES, _RUNNING_SHARE * len(pages))
    kept: list[list[str]] = []
    removed: list[Removed] = []
    for page in pages:
        gone = {at for at in _edges(page) if edges[_key(page[at])] >= least}
        removed += [Removed(page[at], "header or footer of a page", 0) for at in sorted(gone)]
        kept.append([line for at, line in enumerate(page) if at not in gone])
    return kept, tuple(removed)


def _edges(page: Sequence[str]) -> list[int]:
    count = len(page)
    return sorted({*range(min(_EDGE_LINES, count)), *range(max(0, count - _EDGE_LINES), count)})


def _key(line: str) -> str:
    """Make the footers of two pages equal: `Page 3 of 10` and `Page 4 of 10`."""
    return re.sub(r"\d+|\b[ivxlc]{1,7}\b", "#", line.lower())


def _pdf_paragraphs(pages: Sequence[Sequence[str]]) -> list[Piece]:
    """Join lines to paragraphs: a line that ends short of the margin ends its paragraph."""
    lines = [line for page in pages for line in page]
    if not lines:
        return []
    lengths = sorted(map(len, lines))
    margin = lengths[int(0.9 * (len(lengths) - 1))]
    known = frozenset(re.findall(r"\w+(?:-\w+)*", " ".join(lines).lower()))
    groups: list[list[str]] = [[lines[0]]]
    for line, following in itertools.pairwise(lines):
        if _runs_on(line, following, margin):
            groups[-1].append(following)
        else:
            groups.append([following])
    texts = [clean(join_words(group, known=known, drop=True)) for group in groups]
    return [Piece(text, text, 0, number) for number, text in enumerate(texts) if text]


def _runs_on(line: str, following: str, margin: int) -> bool:
    if following[:1].islower():
        return not line.endswith(_SENTENCE_END) or len(line) > 0.6 * margin
    full = len(line) + 1 + len(following.split(" ", 1)[0]) > 0.85 * margin
    return full and margin >= 30 and not (line.endswith(_SENTENCE_END) and len(line) < 0.9 * margin)


def _refuse_bomb(data: bytes, article_id: str) -> None:
    """Refuse a file that is no zip archive or unpacks to more than a Word file ever does."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, *_PARSER_ERRORS) as error:
        reason = "not a complete .docx file: damaged, cut off, or of another kind"
        raise UnreadableFileError(article_id, reason) from error
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED:
        raise UnreadableFileError(article_id, "a .docx file that unpacks to too much")


def _docx_pieces(document: Document) -> Iterator[Piece]:
    from docx.table import Table as DocxTable

    number = 0
    for item in document.iter_inner_content():
        table = isinstance(item, DocxTable)
        texts = _rows(item) if isinstance(item, DocxTable) else item.text.split("\n")
        style = "" if isinstance(item, DocxTable) or item.style is None else item.style.name or ""
        heading = not table and style.lower().startswith(("title", "heading"))
        for text in texts:
            words = clean(text)
            if words:
                number += 1
                yield Piece(words, words, number, number, mark="heading" if heading else "")


def _rows(table: Table) -> Iterator[str]:
    """Give each row of a table as one line; merged cells once."""
    for row in table.rows:
        cells = [clean(cell.text) for cell in row.cells]
        yield " | ".join(dict.fromkeys(cell for cell in cells if cell))
