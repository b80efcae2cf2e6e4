"""Ask a folder of articles a question; get the answer in the article's own words, with its place.

    from askcorpus import Corpus

    Corpus.build("seeds", "embeddings")
    with Corpus.open("embeddings") as corpus:
        answer = corpus.ask("How many US troops are in Iraq?")

Names are loaded when first used, so `import askcorpus` alone costs nothing: no model library
comes with it. May import: all rooms, lazily.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus
    from askcorpus.errors import (
        AskCorpusError,
        CannotCreateError,
        DataError,
        IndexCorruptError,
        IndexMismatchError,
        IndexMissingError,
        InputOutputError,
        LockedError,
        ModelMissingError,
        UsageError,
    )
    from askcorpus.retriever import Retriever
    from askcorpus.settings import Settings
    from askcorpus.types import (
        Alternative,
        Answer,
        Article,
        BuildReport,
        Citation,
        Encoder,
        Hit,
        Paragraph,
        Passage,
        Progress,
        Reader,
        Skipped,
    )

__version__ = "0.1.0"

__all__ = [
    "Alternative",
    "Answer",
    "Article",
    "AskCorpusError",
    "BuildReport",
    "CannotCreateError",
    "Citation",
    "Corpus",
    "DataError",
    "Encoder",
    "Hit",
    "IndexCorruptError",
    "IndexMismatchError",
    "IndexMissingError",
    "InputOutputError",
    "LockedError",
    "ModelMissingError",
    "Paragraph",
    "Passage",
    "Progress",
    "Reader",
    "Retriever",
    "Settings",
    "Skipped",
    "UsageError",
    "__version__",
]

_ROOMS = {"Corpus": "corpus", "Retriever": "retriever", "Settings": "settings"}
"""Room of each public name; errors are found by their ending, all else is vocabulary."""


def _room(name: str) -> str:
    return _ROOMS.get(name) or ("errors" if name.endswith("Error") else "types")


def __getattr__(name: str) -> object:
    """Load the room of a public name when the name is first used (PEP 562)."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(importlib.import_module(f"{__name__}.{_room(name)}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names and the module's own."""
    return sorted({*__all__, *globals()})
