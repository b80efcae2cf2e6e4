"""An index and its models → what is sound, what is not, and how to mend it.

In: an index folder and settings. Out: records that say what was looked at and found. Nothing
here changes an index but `repair`, which goes the same way as any other build.

May import: levels 0 to 4.
"""

from __future__ import annotations

import importlib.metadata
import ipaddress
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askcorpus.errors import AskCorpusError, IndexMissingError
from askcorpus.settings import Settings
from askcorpus.types import SCHEMA, Context, Json

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
