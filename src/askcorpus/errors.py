"""The exception tree. Each leaf builds its own sentence; each has a stable code and exit code.

    AskCorpusError
    ├── UsageError          2   the question or an option makes no sense
    ├── DataError          65   a corpus file, a question file or an index is bad
    │   ├── IndexMissingError
    │   ├── IndexMismatchError
    │   └── IndexCorruptError
    ├── ModelMissingError  69   a model folder is missing, damaged or not allowed
    ├── ExtraMissingError  69   a library that only an optional extra brings is not installed
    ├── CannotCreateError  73   the index folder cannot be written
    ├── InputOutputError   74   reading or writing failed halfway
    └── LockedError        75   another run is writing this index

What a message says: what happened, to which file, what is still fine, what to type next.
May import: stdlib.
"""

from __future__ import annotations

from typing import ClassVar


class AskCorpusError(Exception):
    """Root of everything that this package raises on purpose."""

    code: ClassVar[str] = "AC-ERROR"
    exit_code: ClassVar[int] = 70


class UsageError(AskCorpusError):
    """The question or an option makes no sense."""

    code = "AC-USAGE"
    exit_code = 2


class DataError(AskCorpusError):
    """A corpus file, a question file or an index is bad."""

    code = "AC-DATA"
    exit_code = 65


class IndexMissingError(DataError):
    """There is no index where one was looked for."""

    code = "AC-NO-INDEX"

    def __init__(self, index_dir: str) -> None:
        """Name the folder and the command that makes an index there."""
        super().__init__(
            f"There is no index in {index_dir}. "
            f"Make one with: askcorpus index FOLDER --index {index_dir}"
        )


class IndexMismatchError(DataError):
    """The index was made with another format, model or setting than asked for."""

    code = "AC-MISMATCH"

    def __init__(self, index_dir: str, what: str, found: str, wanted: str) -> None:
        """Name what differs, both values and the command that rebuilds."""
        super().__init__(
            f"The index in {index_dir} has {what} {found}, but {wanted} is in use. "
            f"The index is untouched. Rebuild it with: "
            f"askcorpus index FOLDER --index {index_dir} --rebuild"
        )


class IndexCorruptError(DataError):
    """A file of the index is not what its manifest says."""

    code = "AC-CORRUPT"

    def __init__(self, path: str, reason: str) -> None:
        """Name the file, the reason and the command that mends it."""
        super().__init__(
            f"{path} is damaged: {reason}. Your articles are untouched. "
            f"Mend the index with: askcorpus check --repair"
        )


class ModelMissingError(AskCorpusError):
    """A model folder is missing, damaged or of a kind that is not loaded."""

    code = "AC-MODEL"
    exit_code = 69


class ExtraMissingError(AskCorpusError, ImportError):
    """A library that only an optional extra brings is not installed."""

    code = "AC-EXTRA"
    exit_code = 69

    def __init__(self, extra: str, library: str) -> None:
        """Name the library and the command that installs it."""
        super().__init__(
            f"{library} is not installed. Everything else works without it. "
            f"Install it with: pip install 'askcorpus[{extra}]'"
        )


class CannotCreateError(AskCorpusError):
    """The index folder cannot be written."""

    code = "AC-CANNOT-CREATE"
    exit_code = 73


class InputOutputError(AskCorpusError):
    """Reading or writing failed halfway; the last good index stays."""

    code = "AC-IO"
    exit_code = 74


class LockedError(AskCorpusError):
    """Another run is writing this index."""

    code = "AC-LOCKED"
    exit_code = 75

    def __init__(self, index_dir: str, holder: str) -> None:
        """Name the folder and the process that holds it."""
        super().__init__(
            f"Another run is writing {index_dir} ({holder}). Nothing was changed, and "
            f"questions are answered meanwhile. Wait for it to end, then run this again."
        )
