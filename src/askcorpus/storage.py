"""Generations: a whole index per folder, switched by one atomic rename.

    INDEX/
    ├── CURRENT            "000004 <SHA-256 of its manifest>", replaced atomically
    ├── .lock              held by the one writer; never deleted
    ├── …                  small files that outlive generations, each replaced atomically
    └── gens/
        ├── 000003/        the generation before: readers may still be on it
        └── 000004/
            ├── manifest.json    format, what it was made with, SHA-256 and size of every file
            └── …                files of other rooms; this one does not know what they hold

A run that is killed at any moment leaves CURRENT on a complete generation, old or new. Every
file is hashed before it is used: the formats inside carry no checksums that would do.

In: a folder and a function that fills one. Out: a verified folder. May import: errors.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from askcorpus.errors import (
    CannotCreateError,
    IndexCorruptError,
    IndexMismatchError,
    IndexMissingError,
    InputOutputError,
    LockedError,
)

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FORMAT = 1
"""Number of the layout; an index of another one is refused, not guessed at."""

MANIFEST = "manifest.json"

_CURRENT_LINE = re.compile(r"(\d{6,}) ([0-9a-f]{64})\n")


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete, verified index."""

    number: int
    folder: Path
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WriterLock:
    """Proof that this process may write an index; made by `writer_lock` only."""

    index_dir: Path


@contextlib.contextmanager
def writer_lock(index_dir: Path) -> Iterator[WriterLock]:
    """Hold an index for writing; leftovers of killed runs are swept on the way in.

    Raises:
        CannotCreateError: The folder cannot be made or written.
        LockedError: Another run holds it; the message names that run.
    """
    with _open_lock(index_dir) as file:
        _acquire(index_dir, file)
        try:
            if _read_current(index_dir) is not None:
                _sweep(index_dir)
            yield WriterLock(index_dir)
        finally:
            _release(file)


def current_number(index_dir: Path) -> int:
    """Give the number of the generation that CURRENT names, without verifying it.

    Raises:
        IndexMissingError: There is no index.
        IndexCorruptError: CURRENT is unreadable.
    """
    return int(_current(index_dir)[0])


def open_current(index_dir: Path) -> Generation:
    """Give the current generation after checking every file of it.

    Raises:
        IndexMissingError: There is no index.
        IndexCorruptError: A file is missing or is not what was written.
        IndexMismatchError: The index has another format.
    """
    name, digest = _current(index_dir)
    try:
        return _verified(index_dir, name, digest)
    except IndexCorruptError:
        # A writer may have swept this generation while it was being read.
        if _read_current(index_dir) in (None, (name, digest)):
            raise
        return open_current(index_dir)


def write_generation(lock: WriterLock, write: Callable[[Path], Mapping[str, object]]) -> Generation:
    """Let a function fill a new folder, seal it with checksums and make it the current one.

    Args:
        lock: Proof that no other run is writing.
        write: Fills the folder and gives what the manifest shall say beside the files.

    Raises:
        InputOutputError: The disk is full or failed; the last good index stays.
    """
    index_dir = lock.index_dir
    number = max((int(path.name) for path in _generations(index_dir)), default=0) + 1
    folder = index_dir / "gens" / f"{number:06d}"
    try:
        with _removed_on_failure(folder):
            folder.mkdir(parents=True)
            digest = _seal(folder, number, write(folder))
            _replace(index_dir / "CURRENT", f"{folder.name} {digest}\n".encode())
    except OSError as error:
        message = (
            f"Writing the index in {index_dir} failed at {error.filename or folder}: "
            f"{error.strerror or error}. The last good index stays. "
            "Mend the cause (free space, for one) and run this again."
        )
        raise InputOutputError(message) from error
    _sweep(index_dir)
    return Generation(number, folder, _read_manifest(folder, digest))


def salvage(index_dir: Path, name: str) -> Path | None:
    """Give the newest copy of one file that is still what its generation's manifest says."""
    for folder in reversed(_generations(index_dir)):
        try:
            files = json.loads((folder / MANIFEST).read_bytes())["files"]
            if _hash(folder / name) == files[name]["sha256"]:
                return folder / name
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def keep(lock: WriterLock, name: str, data: bytes) -> None:
    """Put a small file beside the generations, whole or not at all; it outlives them.

    Raises:
        InputOutputError: The disk is full or failed; what was there before stays.
    """
    path = lock.index_dir / name
    try:
        _replace(path, data)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}. It is as it was before."
        raise InputOutputError(message) from error


def kept(index_dir: Path, name: str) -> bytes | None:
    """Give what `keep` put there; None if there is nothing.

    Raises:
        InputOutputError: It is there and cannot be read.
    """
    path = index_dir / name
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputOutputError(f"{path} cannot be read: {error.strerror or error}.") from error


def drop(lock: WriterLock, name: str) -> bool:
    """Take away what `keep` put there; tell whether there was anything.

    Raises:
        InputOutputError: It cannot be removed.
    """
    path = lock.index_dir / name
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise InputOutputError(f"{path} cannot be removed: {error.strerror or error}.") from error
    _sync_folder(lock.index_dir)
    return True


def _verified(index_dir: Path, name: str, digest: str) -> Generation:
    """Check manifest, format and files of one generation."""
    folder = index_dir / "gens" / name
    manifest = _read_manifest(folder, digest)
    if manifest["format"] != FORMAT:
        raise IndexMismatchError(str(index_dir), "format", str(manifest["format"]), str(FORMAT))
    for file, facts in manifest["files"].items():
        _check_file(folder / file, facts)
    return Generation(int(name), folder, manifest)


def _read_manifest(folder: Path, digest: str) -> dict[str, Any]:
    """Read a manifest whose hash CURRENT vouches for."""
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IndexCorruptError(str(path), error.strerror or "cannot be read") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise IndexCorruptError(str(path), "its SHA-256 is not the one in CURRENT")
    manifest: dict[str, Any] = json.loads(data)
    return manifest


def _check_file(path: Path, facts: Mapping[str, Any]) -> None:
    """Compare one file with its size and hash in the manifest."""
    try:
        size = path.stat().st_size
        digest = _hash(path) if size == facts["bytes"] else ""
    except OSError as error:
        raise IndexCorruptError(str(path), error.strerror or "cannot be read") from error
    if size != facts["bytes"]:
        raise IndexCorruptError(str(path), f"{size} bytes instead of {facts['bytes']}")
    if digest != facts["sha256"]:
        raise IndexCorruptError(str(path), "its SHA-256 is not the one in the manifest")


def _seal(folder: Path, number: int, values: Mapping[str, object]) -> str:
    """Write the manifest, bring everything to the disk, give the manifest's hash."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "format": FORMAT,
        "generation": number,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **values,
        "files": {
            path.relative_to(folder).as_posix(): {
                "bytes": path.stat().st_size,
                "sha256": _hash(path),
            }
            for path in paths
        },
    }
    data = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()
    (folder / MANIFEST).write_bytes(data)
    for path in [*paths, folder / MANIFEST]:
        _sync_file(path)
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in [*folders, folder.parent, folder.parent.parent]:
        _sync_folder(path)
    return hashlib.sha256(data).hexdigest()


def _replace(path: Path, data: bytes) -> None:
    """Let a file say something else, at one moment; of CURRENT, that is when an index changes."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_bytes(data)
    _sync_file(temporary)
    temporary.replace(path)
    _sync_folder(path.parent)


@contextlib.contextmanager
def _removed_on_failure(folder: Path) -> Iterator[None]:
    """Take the half-made folder away whatever went wrong, an interruption included."""
    try:
        yield
    except BaseException:
        if _read_current(folder.parent.parent, folder.name) is None:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _sweep(index_dir: Path) -> None:
    """Remove all generations but the current one and the one before it."""
    current = current_number(index_dir)
    older = [path for path in _generations(index_dir) if int(path.name) < current]
    for path in _generations(index_dir):
        if int(path.name) != current and path not in older[-1:]:
            # On Windows a reader may hold a file: then the next run removes it.
            shutil.rmtree(path, ignore_errors=True)


def _generations(index_dir: Path) -> list[Path]:
    """Folders of generations, complete or not, oldest first."""
    gens = index_dir / "gens"
    found = [path for path in gens.iterdir() if path.name.isdecimal()] if gens.is_dir() else []
    return sorted(found, key=lambda path: int(path.name))


def _current(index_dir: Path) -> tuple[str, str]:
    """Name and manifest hash of the current generation."""
    current = _read_current(index_dir)
    if current is None:
        if (index_dir / "CURRENT").exists():
            raise IndexCorruptError(str(index_dir / "CURRENT"), "it names no generation")
        raise IndexMissingError(str(index_dir))
    return current


def _read_current(index_dir: Path, name: str | None = None) -> tuple[str, str] | None:
    """What CURRENT says; None where it says nothing, or another name than the one given."""
    try:
        line = (index_dir / "CURRENT").read_bytes().decode("ascii", "replace")
    except OSError:
        return None
    match = _CURRENT_LINE.fullmatch(line)
    if match is None or name not in (None, match[1]):
        return None
    return match[1], match[2]


def _hash(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_file(path: Path) -> None:
    """Wait until a file's bytes are on the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    """Wait until a folder's names are on the disk; Windows has no such call."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_lock(index_dir: Path) -> IO[str]:
    """Open the lock file, making folder and file where they are missing."""
    try:
        index_dir.mkdir(parents=True, exist_ok=True)
        return (index_dir / ".lock").open("a+", encoding="utf-8")
    except OSError as error:
        message = (
            f"The index folder {index_dir} cannot be written: {error.strerror}. "
            "Choose another one with: --index DIR"
        )
        raise CannotCreateError(message) from error


def _acquire(index_dir: Path, file: IO[str]) -> None:
    """Take the lock or say who has it; write down who we are."""
    try:
        if sys.platform == "win32":
            # Far behind the text, so that others can read who holds it.
            file.seek(1 << 20)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        raise LockedError(str(index_dir), file.read().strip() or "process unknown") from error
    file.seek(0)
    file.truncate()
    file.write(f"process {os.getpid()} since {datetime.now(UTC).isoformat(timespec='seconds')}\n")
    file.flush()


def _release(file: IO[str]) -> None:
    """Let the lock go; the file stays, since deleting it would race with the next holder."""
    if sys.platform == "win32":
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_UN)
