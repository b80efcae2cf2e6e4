"""A folder → its files → articles, and a reason for every file that gave none.

May import: level 0, this room.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from askcorpus.errors import DataError
from askcorpus.ingest.decoding import NotTextError
from askcorpus.ingest.documents import read_docx, read_pdf
from askcorpus.ingest.errors import UnreadableFileError
from askcorpus.ingest.pages import read_page
from askcorpus.ingest.plain import NOTHING_REPEATED, plain_lines, read_plain
from askcorpus.ingest.records import read_records
from askcorpus.types import Article, Progress, Skipped

PLAIN = {".txt": False, ".md": True}
"""Suffixes of plain text, and whether it is Markdown."""
READ = (*PLAIN, ".html", ".htm", ".pdf", ".docx", ".jsonl")
_MIN_FILES_REPEATED = 3
_MAX_REPEATED_LINE = 3_000


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a folder that are read, sorted by article path; and all others, with why."""

    files: tuple[tuple[str, Path], ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class IngestResult:
    """Articles in the order of their paths, and what was left out with a reason each."""

    articles: tuple[Article, ...]
    skipped: tuple[Skipped, ...]


def find_files(folder: Path) -> Listing:
    """List a corpus folder and all folders in it; links are not followed, hidden names not seen.

    Raises:
        DataError: The folder is missing, is no folder or cannot be listed.
    """
    if not folder.exists():
        raise DataError(f"There is no folder {folder}. Nothing was changed. Check its name.")
    if not folder.is_dir():
        raise DataError(f"{folder} is a file, not a folder. Give the folder that holds it.")
    files: list[tuple[str, Path]] = []
    skipped: list[Skipped] = []
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise DataError(f"The folder {folder} cannot be listed: {_said(error)}.") from error
    while entries:
        entry = entries.pop()
        if entry.name.startswith("."):
            continue
        name = article_path(Path(entry.path), folder)
        reason = _refuse(entry)
        if reason is not None:
            skipped.append(Skipped(name, reason))
        elif entry.is_dir(follow_symlinks=False):
            try:
                entries += os.scandir(entry.path)
            except OSError as error:
                skipped.append(Skipped(name, f"the folder cannot be listed: {_said(error)}"))
        else:
            files.append((name, Path(entry.path)))
    kept, doubled = _without_hard_links(sorted(files))
    return Listing(kept, tuple(sorted([*skipped, *doubled], key=lambda item: item.path)))


def article_path(path: Path, folder: Path) -> str:
    """Give the path of a file relative to its corpus folder, with `/`, in printable characters."""
    # Bytes that are no UTF-8, and control characters, could not be printed or stored.
    name = os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in name)


def read_file(
    path: Path,
    article_id: str,
    *,
    max_bytes: int,
    repeated: Mapping[str, int] = NOTHING_REPEATED,
) -> IngestResult:
    """Read one file: one article, or one a line of a JSONL file.

    Args:
        path: The file.
        article_id: Its path in the corpus.
        max_bytes: Size above which it is not read.
        repeated: Lines that stand in several files of the corpus: line → files.

    Raises:
        UnreadableFileError: It cannot be read as an article; the reason says why.
    """
    data = _read_bytes(path, article_id, max_bytes)
    suffix = path.suffix.lower()
    try:
        if suffix == ".jsonl":
            return IngestResult(*read_records(data, article_id))
        article = _read_one(data, article_id, suffix, repeated)
    except (NotTextError, RecursionError, MemoryError) as error:
        reason = str(error) if isinstance(error, NotTextError) else "it is nested too deep"
        raise UnreadableFileError(article_id, reason) from error
    if not article.text:
        raise UnreadableFileError(article_id, "no text is left in it without the site's furniture")
    return IngestResult((article,), ())


def read_folder(
    folder: Path, *, max_bytes: int, progress: Callable[[Progress], None] | None = None
) -> IngestResult:
    """Read a whole corpus folder, in the order of its paths; the result depends on nothing else.

    Raises:
        DataError: The folder is missing, is no folder or cannot be listed.
    """
    listing = find_files(folder)
    repeated = _repeated(listing.files, max_bytes)
    articles: list[Article] = []
    skipped = list(listing.skipped)
    for done, (article_id, path) in enumerate(listing.files, start=1):
        try:
            result = read_file(path, article_id, max_bytes=max_bytes, repeated=repeated)
            articles += result.articles
            skipped += result.skipped
        except UnreadableFileError as error:
            skipped.append(Skipped(article_id, error.reason))
        if progress is not None:
            progress(Progress("read", done, len(listing.files), len(skipped)))
    return IngestResult(tuple(articles), tuple(sorted(skipped, key=lambda item: item.path)))


def _refuse(entry: os.DirEntry[str]) -> str | None:
    """Give why an entry is not read, or None."""
    if entry.is_symlink():
        return "a symbolic link; links are not followed"
    if entry.is_dir(follow_symlinks=False):
        return None
    if not entry.is_file(follow_symlinks=False):
        return "not a regular file"
    suffix = Path(entry.name).suffix.lower()
    return None if suffix in READ else f"files {_kind(suffix)} are not read"


def _kind(suffix: str) -> str:
    return f"of the kind {suffix}" if suffix else "without a suffix"


def _without_hard_links(
    files: Sequence[tuple[str, Path]],
) -> tuple[tuple[tuple[str, Path], ...], list[Skipped]]:
    """Keep one name of each file; the others are named as its copies."""
    first: dict[tuple[int, int], str] = {}
    kept: list[tuple[str, Path]] = []
    doubled: list[Skipped] = []
    for name, path in files:
        original = name
        try:
            status = path.lstat()
        except OSError:
            status = None  # it is named in the report when it is read
        if status is not None and status.st_nlink > 1:
            original = first.setdefault((status.st_dev, status.st_ino), name)
        if original == name:
            kept.append((name, path))
        else:
            doubled.append(Skipped(name, f"the same file as {original}, by a hard link"))
    return tuple(kept), doubled


def _read_bytes(path: Path, article_id: str, max_bytes: int) -> bytes:
    """Read a regular file that is not too large; a pipe or device is never opened."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFileError(article_id, "not a regular file")
        if status.st_size > max_bytes:
            raise UnreadableFileError(
                article_id, f"{status.st_size:,} bytes, more than the {max_bytes:,} that are read"
            )
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise UnreadableFileError(article_id, f"it cannot be opened: {_said(error)}") from error
    if len(data) > max_bytes:
        raise UnreadableFileError(article_id, f"more than the {max_bytes:,} bytes that are read")
    if not data.strip():
        raise UnreadableFileError(article_id, "an empty file")
    return data


def _read_one(data: bytes, article_id: str, suffix: str, repeated: Mapping[str, int]) -> Article:
    if suffix in PLAIN:
        return read_plain(data, article_id, markdown=PLAIN[suffix], repeated=repeated)
    readers = {".html": read_page, ".htm": read_page, ".pdf": read_pdf, ".docx": read_docx}
    reader = readers.get(suffix)
    if reader is None:
        raise UnreadableFileError(article_id, f"files {_kind(suffix)} are not read")
    return reader(data, article_id)


def _repeated(files: Sequence[tuple[str, Path]], max_bytes: int) -> Mapping[str, int]:
    """Count the lines that stand in several plain-text files of a corpus: line → files.

    The first pass keeps a number a line, the second the few lines that repeat.
    """
    plain = [(name, path) for name, path in files if path.suffix.lower() in PLAIN]
    if len(plain) < _MIN_FILES_REPEATED:
        return {}
    counts: Counter[int] = Counter()
    for lines in _lines(plain, max_bytes):
        counts.update(map(hash, lines))
    often = {key for key, count in counts.items() if count >= _MIN_FILES_REPEATED}
    repeated: Counter[str] = Counter()
    for lines in _lines(plain, max_bytes) if often else ():
        repeated.update(line for line in lines if hash(line) in often)
    return {line: count for line, count in repeated.items() if count >= _MIN_FILES_REPEATED}


def _lines(plain: Sequence[tuple[str, Path]], max_bytes: int) -> Iterator[list[str]]:
    for name, path in plain:
        try:
            lines = plain_lines(_read_bytes(path, name, max_bytes))
        except (UnreadableFileError, NotTextError):
            continue  # the file is named in the report when it is read for good
        yield [line for line in lines if len(line) <= _MAX_REPEATED_LINE]


def _said(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
