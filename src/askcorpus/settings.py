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

    cosine_share: float = 0.65
    """Share of the cosine in the mixture of both lists, in [0, 1]; the rest is BM25's, so 0 finds
    by words alone and 1 by meaning alone. Fitted by `training/fusion.py` on 600 questions to 4,519
    passages of four kinds: reciprocal rank at 10 is 0.746, against 0.700 for reciprocal rank
    fusion as published, 0.652 for vectors alone and 0.703 for words alone. Shares from 0.60 to
    0.80 differ by less than the sample can tell."""

    interaction_share: float = 0.7
    """Share that has in a passage's score how well its tokens meet each word of the question, in
    [0, 1]; 0 leaves them out. Fitted on the development questions about the seeds (n=280) and 119
    of SQuADShifts over 28,392 passages: reciprocal rank goes from 0.800 to 0.839 and from 0.609 to
    0.699. Shares from 0.5 to 0.8 differ by less than the sample can tell."""

    article_share: float = 0.2
    """Share that the best passage of its article has in a passage's score, in [0, 1]; 0 lets each
    passage speak for itself. Fitted on the development questions about the seeds (n=268) and those
    in `training/written/heldout.jsonl` (n=999): success at 5 goes from 0.918 to 0.933 and from
    0.769 to 0.778. Shares from 0.2 to 0.45 differ by less than the sample can tell."""
