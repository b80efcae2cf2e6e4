"""Every default, once, with its unit and its reason. May import: stdlib."""

from __future__ import annotations

from dataclasses import dataclass

BUNDLED = "bundled"
"""Stands for the model or vocabulary that comes with the package."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may change. Those marked (index) are stored in the index and compared."""

    encoder: str = BUNDLED
    """(index) Hub name or folder of a sentence-transformers model."""

    reader: str = BUNDLED
    """Hub name or folder of an extractive model with a SQuAD 2.0-style null answer."""

    vocabulary: str = BUNDLED
    """(index) Name of a tiktoken encoding that measures passages."""

    passage_tokens: int = 112
    """(index) Budget of a passage in tokens. Below half of what the encoder sees, so that a
    passage speaks of one thing, and eight of them are read within a tenth of a second."""

    vocabulary_words: int = 30_000
    """(index) The most frequent words of a corpus that a question's words may stand for. They are
    embedded one by one: this many take about half a minute, once."""

    max_file_bytes: int = 20_000_000
    """Larger files are skipped: a single article never is, a dump of a site may be."""

    max_question_characters: int = 1_000
    """Longer questions are refused: the models would cut them silently."""

    k_read: int = 8
    """Passages read for a question: on development questions more added noise, not answers."""

    k_candidates: int = 100
    """Depth of each ranked list before fusion."""
