"""Files of this room: read whole, gzip or not, and replaced whole or not at all.

In: paths. Out: text, or a DataError that names the file. May import: errors, stdlib.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import secrets
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

from askcorpus.errors import CannotCreateError, DataError, InputOutputError


def read_text(path: Path) -> str:
    """Read a UTF-8 file, packed by gzip where its name ends in `.gz`.

    Raises:
        DataError: It cannot be read, is not UTF-8 or is no gzip file.
    """
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 at byte {error.start}. Save it as UTF-8") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is not a whole gzip file: {error}. Fetch it again") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}. Name another file") from error


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step: whoever reads it sees all of the old or all of the new.

    Raises:
        InputOutputError: It cannot be written; what was there is untouched.
    """
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _beside(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
            if path.exists():
                # Not even a power cut may cost what was there; a new file has nothing to lose.
                shutil.copymode(path, temporary)
                _sync(temporary)
            temporary.replace(path)
    except OSError as error:
        raise InputOutputError(
            f"{path} cannot be written: {error.strerror}. What was there is untouched. "
            f"Name another path"
        ) from error


def refuse_existing(path: Path) -> None:
    """Make sure that nothing is overwritten.

    Raises:
        CannotCreateError: Something of this name is there.
    """
    if path.exists():
        raise CannotCreateError(f"{path} is already there and was left as it is. Name another path")


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a new file in the same folder, as readable as any that a person makes there."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    temporary.touch(exist_ok=False)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
