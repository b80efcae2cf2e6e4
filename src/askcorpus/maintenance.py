"""An index and its models → what is sound, what is not, and how to mend it.

In: an index folder and settings. Out: records that say what was looked at and found. Nothing
here changes an index.

May import: levels 0 to 4.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import ipaddress
import itertools
import platform
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askcorpus.errors import AskCorpusError, IndexCorruptError, IndexMissingError
from askcorpus.settings import Settings
from askcorpus.types import SCHEMA, Article, Context, Json

if TYPE_CHECKING:
    from askcorpus.index import Content, Index

PACKAGES = (
    "faiss-cpu",
    "gradio",
    "numpy",
    "sentence-transformers",
    "tantivy",
    "tiktoken",
    "torch",
    "trafilatura",
    "transformers",
)
"""Packages whose versions decide what is found, read or shown."""

NETWORK_EVENTS = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0}
"""Audit events of Python that leave the machine, with the argument that holds the target."""


LENGTH_TOLERANCE = 1e-3
"""How far a vector's length may be from 1: float32 sums of bf16 results are this exact."""


@dataclass(frozen=True, slots=True)
class Check:
    """What verifying an index found.

    Attributes:
        generation: Number of the generation looked at; 0 where none could be opened.
        files: Files whose size and SHA-256 were compared with the manifest.
        problems: What is wrong, in sentences; empty if the index is sound.
    """

    generation: int
    articles: int
    passages: int
    files: int
    problems: tuple[str, ...]

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "schema": SCHEMA,
            "ok": not self.problems,
            "generation": self.generation,
            "articles": self.articles,
            "passages": self.passages,
            "files": self.files,
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part.

    Attributes:
        part: `encoder`, `reader`, `index`, `network`.
        exit_code: What a command that needs the part would end with; 0 if it is sound.
    """

    part: str
    text: str
    exit_code: int = 0

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {"part": self.part, "ok": self.exit_code == 0, "text": self.text}


@dataclass(frozen=True, slots=True)
class Examination:
    """What is installed, and whether each part works with no network.

    Attributes:
        packages: (name, version) of what decides results; version `missing` if not installed.
    """

    version: str
    python: str
    system: str
    packages: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """Exit code of the first part that is not sound; 0 if all are."""
        return next((found.exit_code for found in self.findings if found.exit_code), 0)

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "schema": SCHEMA,
            "version": self.version,
            "python": self.python,
            "system": self.system,
            "packages": dict(self.packages),
            "findings": [found.to_dict() for found in self.findings],
            "ok": self.exit_code == 0,
        }


# --- check ---------------------------------------------------------------------------------


def check(index_dir: Path) -> Check:
    """Verify every checksum and invariant of the current generation.

    Raises:
        IndexMissingError: There is no index.
        IndexMismatchError: The index has another format.
    """
    from askcorpus.index import Index
    from askcorpus.storage import open_current

    try:
        generation = open_current(index_dir)
        index = Index.load(generation)
    except IndexCorruptError as error:
        return Check(0, 0, 0, 0, (str(error),))
    content = index.content
    return Check(
        generation=generation.number,
        articles=len(content.articles),
        passages=len(content.passages),
        files=len(generation.manifest["files"]),
        problems=tuple(_problems(index)),
    )


def _problems(index: Index) -> Iterator[str]:
    content = index.content
    for article in content.articles:
        yield from _article_problems(article)
    yield from _number_problems(content)
    yield from _passage_problems(content)
    yield from _vector_problems(content)
    for name, found in (("articles", content.articles), ("passages", content.passages)):
        if index.manifest.get(name) != len(found):
            yield f"The manifest counts {index.manifest.get(name)} {name}; there are {len(found)}."


def _article_problems(article: Article) -> Iterator[str]:
    """Paragraphs lie in the text, in order and apart; the text is normalised."""
    if not unicodedata.is_normalized("NFC", article.text):
        yield f"{article.article_id}: its text is not in Unicode NFC."
    last = 0
    for number, paragraph in enumerate(article.paragraphs, start=1):
        if not last <= paragraph.start < paragraph.end <= len(article.text):
            yield (
                f"{article.article_id}: paragraph {number} stands at "
                f"{paragraph.start}–{paragraph.end} of {len(article.text)} characters."
            )
        last = paragraph.end


def _number_problems(content: Content) -> Iterator[str]:
    """Article numbers are ascending, one an article, and below the next to be given."""
    numbers = [*content.numbers, content.next_number]
    if any(after <= before for before, after in itertools.pairwise(numbers)):
        yield f"Article numbers are not ascending: {numbers[:20]}."


def _passage_problems(content: Content) -> Iterator[str]:
    """Each passage slices back from its article and is the text that was embedded."""
    from askcorpus.passages import embedded_text

    rows = zip(content.owners.tolist(), content.passages, content.digests, strict=True)
    for owner, passage, digest in rows:
        article = content.articles[owner]
        name = passage.passage_id
        if not 0 <= passage.start < passage.end <= len(article.text):
            yield f"{name}: the passage does not lie in its article."
        elif article.text[passage.start : passage.end] != passage.text:
            yield f"{name}: the passage is not what stands there in its article."
        text = embedded_text(article, passage.text).encode("utf-8", "surrogatepass")
        if hashlib.sha256(text).digest() != bytes(digest):
            yield f"{name}: its vector belongs to another text."


def _vector_problems(content: Content) -> Iterator[str]:
    """Every vector is of unit length."""
    lengths = (content.vectors.astype("float64") ** 2).sum(axis=1) ** 0.5
    for passage, length in zip(content.passages, lengths.tolist(), strict=True):
        # Written so that a length that is not a number counts as wrong.
        if not abs(length - 1.0) <= LENGTH_TOLERANCE:
            yield f"{passage.passage_id}: its vector has length {length:.4f} instead of 1."


# --- examination -----------------------------------------------------------------------------


def examine(index_dir: Path, settings: Settings) -> Examination:
    """Load the models, try them, verify the index, and watch for any reach to a network."""
    with _watching() as reached:
        findings = [
            _tried("encoder", lambda: _try_encoder(settings.encoder)),
            _tried("reader", lambda: _try_reader(settings.reader)),
            _tried("index", lambda: _try_index(index_dir)),
        ]
    return Examination(
        version=_version("askcorpus"),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        packages=tuple((name, _version(name)) for name in PACKAGES),
        findings=(*findings, _network(reached)),
    )


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _tried(part: str, attempt: Callable[[], str]) -> Finding:
    """Turn what an attempt says, or why it failed, into a finding."""
    try:
        return Finding(part, attempt())
    except IndexMissingError as error:
        return Finding(part, f"none yet. {error}")  # not a fault: nothing has been indexed yet
    except AskCorpusError as error:
        return Finding(part, str(error), error.exit_code)


def _try_encoder(name: str) -> str:
    from askcorpus.encoder import SentenceEncoder

    encoder = SentenceEncoder(name)
    (vector,) = encoder.encode_questions(["Does it work?"])
    length = float((vector**2).sum() ** 0.5)
    return (
        f"{encoder.fingerprint}, {encoder.dimension} dimensions, length {length:.3f}, "
        f"in {encoder.folder}"
    )


def _try_reader(name: str) -> str:
    from askcorpus.reader import ExtractiveReader

    reader = ExtractiveReader(name)
    text = "The bridge was opened by Ana Horvat in 1931."
    (spans,) = reader.read("Who opened the bridge?", [Context(text)])
    best = text[spans[0].start : spans[0].end] if spans else "nothing"
    return f"{reader.fingerprint}, read a test sentence as “{best}”, in {reader.folder}"


def _try_index(index_dir: Path) -> str:
    from askcorpus.storage import open_current

    generation = open_current(index_dir)
    files = len(generation.manifest["files"])
    return f"generation {generation.number} in {index_dir}, {files} files with sound checksums"


def _network(reached: list[str]) -> Finding:
    if reached:
        return Finding("network", f"reached for: {', '.join(sorted(set(reached)))}", 70)
    return Finding("network", "none was reached for: everything above works offline")


@contextmanager
def _watching() -> Iterator[list[str]]:
    """Give a list that fills with every target beyond this machine (PEP 578 audit events)."""
    reached: list[str] = []
    active = True

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        position = NETWORK_EVENTS.get(event)
        if active and position is not None and not is_local(arguments[position]):
            reached.append(str(arguments[position]))

    sys.addaudithook(hook)  # cannot be taken away again, so it is told to rest
    try:
        yield reached
    finally:
        active = False


def is_local(target: object) -> bool:
    """Tell whether a host, or a socket address, stays on this machine."""
    host = target[0] if isinstance(target, tuple) else target
    if isinstance(target, str | bytes) and target[:1] in {"/", b"/", "\0", b"\0"}:
        return True  # a Unix socket
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
    if name in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
