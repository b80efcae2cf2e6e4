"""Question → Hits: passages near in meaning and in words, then held against each word.

In: a question and filters. Out: passages with one score, best first, equal ones by place. Two
ranked lists are made of the rows that the filters allow, one by the vectors, one by the words
and by words of the corpus that are near them in meaning;
a passage that only one of them lists gets its exact score from the other too, so that the
mixture never guesses. The best of the mixture are held against the question word by word.
A name that no article spells so is sought as they spell it.

May import: types, errors, settings, ingest (names of languages), interaction, lexical, index,
spelling; encoder only inside a function.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Unpack, cast

import numpy as np
import numpy.typing as npt

from askcorpus.errors import UsageError
from askcorpus.index import Index, check_encoder, check_settings, open_index
from askcorpus.ingest import LANGUAGES
from askcorpus.interaction import interaction
from askcorpus.lexical import Near, has_meaning, question_words
from askcorpus.settings import Settings
from askcorpus.spelling import spelled
from askcorpus.types import (
    Article,
    Encoder,
    Filters,
    Hit,
    Narrowing,
    Signals,
    TokenEncoder,
    TokenVectors,
)

Rows = npt.NDArray[np.int64]
Query = npt.NDArray[np.float32]
"""float32[d], of unit length."""

NEIGHBOURS = 8
"""Words of the corpus that each word of a question may stand for. On the development questions
about the seeds 8 find as much as 64, and more than none: the answer is among the first five
passages for 88 % of them instead of 83 %. On those of `training/fusion.py`, which were written
with the paragraph in sight, they change little (reciprocal rank 0.749 and 0.746)."""

LEAST_COSINE = 0.35
"""Between two words, for one to stand for the other at all."""

WORDS_KEPT = 4_096
"""Words of questions whose neighbours are kept, about 1 kB each."""

INTERACTED = 64
"""Passages of the mixture, best first, that are held against the question word by word: what stands
below them is a list to look through, no more."""

RANK_CONSTANT = 60.0
"""Of reciprocal rank fusion, as published."""

FILTERS = tuple(field.name for field in fields(Filters))
"""Names of all filters, in the order in which they are asked for."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What both signals say of one row; ranks are None where a list does not hold it.

    Attributes:
        widened: BM25 of the question's words and of the words near them: what a passage is
            found by.
        met: How well its tokens meet each word of the question; None where that was not asked.
    """

    row: int
    cosine: float
    widened: float
    dense_rank: int | None
    lexical_rank: int | None
    met: float | None = None


Scored = tuple[Candidate, float]


class Retriever:
    """Finds passages; read-only and safe to use from several threads."""

    def __init__(self, index: Index, encoder: Encoder, settings: Settings | None = None) -> None:
        """Take an opened index and the encoder that it was made with.

        Raises:
            UsageError: The settings mix the two lists in a way that makes no sense.
        """
        self.index = index
        self.encoder = encoder
        self.settings = settings or Settings()
        for name in ("cosine", "interaction", "article"):
            share = getattr(self.settings, f"{name}_share")
            if not 0 <= share <= 1:
                raise UsageError(f"The share of the {name} must lie between 0 and 1, not {share}.")
        self._met: dict[str, list[tuple[str, float]]] = {}

    @classmethod
    def open(
        cls,
        index_dir: str | Path,
        *,
        settings: Settings | None = None,
        encoder: Encoder | None = None,
    ) -> Retriever:
        """Open the current generation of an index.

        Args:
            index_dir: Folder of the index.
            settings: Compared with those that the index was made with; None takes the index
                as it is, whatever its passages are like.
            encoder: None loads the one that the settings name.

        Raises:
            IndexMissingError: There is no index.
            IndexCorruptError: A file is damaged.
            IndexMismatchError: The index was made with another encoder or other settings.
            ModelMissingError: The encoder cannot be loaded.
        """
        folder = Path(index_dir)
        index = open_index(folder)
        if settings is not None:
            check_settings(index, folder, settings)
        encoder = encoder or _load_encoder((settings or Settings()).encoder)
        check_encoder(index, folder, encoder)
        return cls(index, encoder, settings)

    def retrieve(
        self,
        question: str,
        k: int = 20,
        **narrowing: Unpack[Narrowing],
    ) -> list[Hit]:
        """Give the best passages of the articles that the filters allow.

        Args:
            question: In any words; none of its characters has a meaning of its own.
            k: How many passages at most.
            **narrowing: `since`, `until`, `publisher`, `language`, `section`; see `Filters`.

        Raises:
            UsageError: The question, k or a filter makes no sense.
        """
        question = spelled(self.index, check_question(question, self.settings))
        if k < 1:
            raise UsageError(f"The number of passages must be 1 or more, not {k}.")
        rows = self._allowed(check_filters(filters_of(**narrowing), self.index.content.articles))
        query, tokens = self._encoded(question)
        candidates = self._candidates(question, query, max(k, self.settings.k_candidates), rows)
        mixed = mixture([(c.cosine, c.widened) for c in candidates], self.settings.cosine_share)
        ranked = sorted(zip(candidates, mixed, strict=True), key=self._best_first)
        if tokens is not None:
            ranked = self._interacted(question, tokens, ranked)
        ranked = sorted(self._with_articles(ranked), key=self._best_first)
        return self._hits(question, ranked[:k])

    def _encoded(self, question: str) -> tuple[Query, TokenVectors | None]:
        """Give a question's vector, and its tokens where there are some to hold them against."""
        kept, share = self.index.content.tokens, self.settings.interaction_share
        if share and kept is not None and isinstance(self.encoder, TokenEncoder):
            vectors, tokens = self.encoder.encode_question_tokens(question)
            return vectors[0], tokens
        return self.encoder.encode_questions([question])[0], None

    def _interacted(
        self, question: str, asked: TokenVectors, ranked: Sequence[Scored]
    ) -> list[Scored]:
        """Mix into the scores how well the best passages meet each word."""
        table = self.index.content.tokens
        rows = np.array([candidate.row for candidate, _ in ranked[:INTERACTED]], np.int64)
        if table is None or not len(rows):
            return list(ranked)
        met = interaction(question, asked, table, rows).tolist()
        known = [*met, *(None for _ in ranked[INTERACTED:])]
        candidates = [
            replace(candidate, met=one) for (candidate, _), one in zip(ranked, known, strict=True)
        ]
        share = self.settings.interaction_share
        scores = with_interaction([score for _, score in ranked], known, share)
        return list(zip(candidates, scores, strict=True))

    def _with_articles(self, ranked: Sequence[Scored]) -> list[Scored]:
        """Mix into the scores how well the best passage of the same article fits."""
        owners = self.index.content.owners[[candidate.row for candidate, _ in ranked]].tolist()
        scores = [score for _, score in ranked]
        lifted = with_article(scores, owners, self.settings.article_share)
        return [(candidate, one) for (candidate, _), one in zip(ranked, lifted, strict=True)]

    def _allowed(self, filters: Filters) -> Rows | None:
        """Rows of the articles that the filters allow; None for all."""
        if filters == Filters():
            return None
        content = self.index.content
        chosen = [place for place, one in enumerate(content.articles) if _allows(filters, one)]
        return np.flatnonzero(np.isin(content.owners, chosen)).astype(np.int64)

    def _candidates(
        self, question: str, query: Query, depth: int, rows: Rows | None
    ) -> list[Candidate]:
        """Everything that either list holds, with both scores exact."""
        near = self._near(question)
        close, _ = self.index.vectors.search(query, depth, rows=rows)
        worded, scores = self.index.lexical.search(question, depth, rows=rows, near=near)
        widened = dict(zip(worded.tolist(), scores.tolist(), strict=True))
        if len(worded) == depth:  # rows beyond the end of the list may share a word too
            beyond = np.setdiff1d(close, worded)
            exact = self.index.lexical.score(question, beyond, near=near)
            widened.update(zip(beyond.tolist(), exact.tolist(), strict=True))
        union = np.union1d(close, worded).astype(np.int64)
        cosines = self.index.vectors.score(query, union).tolist()
        dense, lexical = _ranks(close), _ranks(worded)
        return [
            Candidate(row, cosine, widened.get(row, 0.0), dense.get(row), lexical.get(row))
            for row, cosine in zip(union.tolist(), cosines, strict=True)
        ]

    def _near(self, question: str) -> Near:
        """Give the words of the corpus near each word of a question; those met before are kept."""
        words = [word for word in question_words(question) if has_meaning(word)]
        known = {word: near for word in words if (near := self._met.get(word)) is not None}
        fresh = [word for word in words if word not in known]
        found = dict(zip(fresh, map(self._neighbours, self._word_vectors(fresh)), strict=True))
        if len(self._met) > WORDS_KEPT:
            self._met.clear()
        self._met.update(found)
        return {**known, **found}

    def _word_vectors(self, words: Sequence[str]) -> list[npt.NDArray[np.float32]]:
        """Take the vectors of the corpus's words from the index, encode the others together."""
        known = {word: self.index.word_vector(word) for word in words}
        strange = [word for word, vector in known.items() if vector is None]
        encoded = self.encoder.encode_passages(strange) if strange else ()
        known.update(zip(strange, encoded, strict=True))
        return [vector for vector in known.values() if vector is not None]

    def _neighbours(self, vector: npt.NDArray[np.float32]) -> list[tuple[str, float]]:
        """Words of the corpus near a word, with a weight that is 0 at the least cosine, 1 at 1."""
        rows, cosines = self.index.words.search(vector, NEIGHBOURS)
        weights = (cosines - LEAST_COSINE) / (1 - LEAST_COSINE)
        return [
            (self.index.content.words[row], weight)
            for row, weight in zip(rows.tolist(), weights.tolist(), strict=True)
            if weight > 0
        ]

    def _best_first(self, scored: Scored) -> tuple[float, str, int]:
        """Equal scores are told apart by place, so that runs repeat."""
        candidate, score = scored
        passage = self.index.content.passages[candidate.row]
        return (-score, passage.article_id, passage.start)

    def _hits(self, question: str, ranked: Sequence[Scored]) -> list[Hit]:
        """The rows end here: what leaves are passages.

        They carry the BM25 of the question's own words alone, which `--why` shows.
        """
        rows = np.array([candidate.row for candidate, _ in ranked], np.int64)
        own = self.index.lexical.score(question, rows).tolist()
        return [self._hit(*scored, bm25) for scored, bm25 in zip(ranked, own, strict=True)]

    def _hit(self, candidate: Candidate, score: float, bm25: float) -> Hit:
        """One passage with what was found of it."""
        signals = Signals(
            cosine=candidate.cosine,
            bm25=bm25,
            dense_rank=candidate.dense_rank,
            lexical_rank=candidate.lexical_rank,
            interaction=candidate.met,
        )
        return Hit(self.index.content.passages[candidate.row], score, signals)


def check_question(question: str, settings: Settings) -> str:
    """Give a question in the form in which it is asked: NFC, without outer white space.

    Raises:
        UsageError: It is empty, too long, or has neither a letter nor a digit.
    """
    asked = unicodedata.normalize("NFC", question).strip()
    if not asked:
        raise UsageError("The question is empty. Ask something, such as: Who wrote this?")
    if len(asked) > settings.max_question_characters:
        raise UsageError(
            f"The question has {len(asked):,} characters; at most "
            f"{settings.max_question_characters:,} are read. Ask it more briefly."
        )
    if not any(character.isalnum() for character in asked):
        raise UsageError("The question has neither a letter nor a digit. Ask it in words.")
    return asked


def filters_of(**narrowing: Unpack[Narrowing]) -> Filters:
    """Give the filters that some keywords ask for; blank ones count as not given.

    Raises:
        UsageError: There is no filter of a keyword's name.
    """
    given = cast("dict[str, str | None]", narrowing)
    unknown = [name for name in given if name not in FILTERS]
    if unknown:
        raise UsageError(f"There is no filter {unknown[0]!r}. There are: {', '.join(FILTERS)}.")
    return Filters(**{name: (value or "").strip() or None for name, value in given.items()})


def check_filters(filters: Filters, articles: Sequence[Article]) -> Filters:
    """Give filters in the form in which they are compared.

    Args:
        filters: As they were asked for.
        articles: What they are to narrow: an error says what there is.

    Raises:
        UsageError: A date is no date, the first comes after the last, or a language is none.
    """
    since, until = _checked_span("since", filters.since), _checked_span("until", filters.until)
    if since and until and since[0] > until[1]:
        raise UsageError(f"No day is both since {filters.since} and until {filters.until}.")
    return Filters(
        since and since[0],
        until and until[1],
        publisher=_folded(filters.publisher),
        language=_checked_language(filters.language, articles),
        section=_folded(filters.section),
    )


def within(articles: Sequence[Article], filters: Filters) -> list[Article]:
    """Give the articles that filters allow to be searched, in their order.

    Raises:
        UsageError: A date is no date, the first comes after the last, or a language is none.
    """
    wanted = check_filters(filters, articles)
    if wanted == Filters():
        return list(articles)
    return [article for article in articles if _allows(wanted, article)]


@lru_cache(maxsize=4096)
def date_span(date: str | None) -> tuple[str, str] | None:
    """Give the first and last day that a date can mean; None where it is no date."""
    match = _DATE.fullmatch((date or "").strip())
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    first_month, last_month = (month, month) if match[2] else (1, 12)
    if year < 1 or not 1 <= first_month <= 12:
        return None
    last_day = calendar.monthrange(year, last_month)[1]
    if match[3] and not 1 <= day <= last_day:
        return None
    return (
        f"{year:04}-{first_month:02}-{day or 1:02}",
        f"{year:04}-{last_month:02}-{day or last_day:02}",
    )


def mixture(scores: Sequence[tuple[float, float]], share: float) -> list[float]:
    """Mix cosine and BM25 into one score, higher is better.

    A convex combination, each signal brought to [0, 1] from the least value it can have to the
    highest of the list (Bruch, Gai and Ingber, 2023, “An Analysis of Fusion Functions for Hybrid
    Retrieval”: the lower ends are the theoretical ones, -1 and 0).

    Args:
        scores: (cosine, BM25) of each candidate.
        share: Weight of the cosine, in [0, 1].

    Returns:
        A score for each, in [0, 1].
    """
    highest_cosine = max((cosine for cosine, _ in scores), default=0.0) + 1
    highest_bm25 = max((bm25 for _, bm25 in scores), default=0.0)
    return [
        share * ((cosine + 1) / highest_cosine if highest_cosine > 0 else 0.0)
        + (1 - share) * (bm25 / highest_bm25 if highest_bm25 > 0 else 0.0)
        for cosine, bm25 in scores
    ]


def with_interaction(
    mixed: Sequence[float], met: Sequence[float | None], share: float
) -> list[float]:
    """Mix scores with how well the words of the question are met, each as a share of the highest.

    Args:
        mixed: Scores of `mixture`, in [0, 1].
        met: Of `interaction`, in [-1, 1]; below 0 and None count as 0.
        share: Weight of the latter, in [0, 1].

    Returns:
        A score for each, in [0, 1].
    """
    positive = [max(0.0, one or 0.0) for one in met]
    highest_mixed, highest_met = max(mixed, default=0.0), max(positive, default=0.0)
    return [
        share * (one / highest_met if highest_met else 0.0)
        + (1 - share) * (score / highest_mixed if highest_mixed else 0.0)
        for score, one in zip(mixed, positive, strict=True)
    ]


def with_article(scores: Sequence[float], owners: Sequence[int], share: float) -> list[float]:
    """Mix scores with the highest that a passage of the same article has.

    Passages of different articles that are the best of theirs keep their scores, so that the first
    of all stays the first.

    Args:
        scores: Of passages, in [0, 1].
        owners: The article of each.
        share: Weight of the article's highest, in [0, 1].

    Returns:
        A score for each, in [0, 1].
    """
    highest: dict[int, float] = {}
    for score, owner in zip(scores, owners, strict=True):
        highest[owner] = max(score, highest.get(owner, 0.0))
    return [
        score + share * (highest[owner] - score)
        for score, owner in zip(scores, owners, strict=True)
    ]


def reciprocal_rank(
    ranks: Sequence[tuple[int | None, int | None]], constant: float = RANK_CONSTANT
) -> list[float]:
    """Mix two ranked lists by rank alone, higher is better (Cormack et al., 2009).

    Args:
        ranks: Rank in either list, from 1; None where a list does not hold it.
        constant: How much the first ranks are worth more than the later ones: less if higher.
    """
    return [sum(1 / (constant + rank) for rank in pair if rank is not None) for pair in ranks]


def _ranks(rows: Rows) -> dict[int, int]:
    """Give the rank of each row of a list, from 1."""
    return {row: rank for rank, row in enumerate(rows.tolist(), start=1)}


@lru_cache(maxsize=4096)
def _folded(name: str | None) -> str | None:
    """Give a name in the form in which it is compared; None for a blank one."""
    return unicodedata.normalize("NFC", name or "").strip().casefold() or None


def _allows(wanted: Filters, article: Article) -> bool:
    """Whether checked filters allow an article; what is unknown of it fits no filter."""
    return (
        wanted.language in (None, article.language)
        and (wanted.publisher is None or wanted.publisher == _folded(article.publisher))
        and (wanted.section is None or wanted.section == _folded(article.section))
        and _in_time(article, wanted)
    )


def _in_time(article: Article, filters: Filters) -> bool:
    """Whether an article may have appeared in time; one without a date only if none is asked."""
    if filters.since is None and filters.until is None:
        return True
    span = date_span(article.published)
    if span is None:
        return False
    first, last = span
    return (filters.since is None or last >= filters.since) and (
        filters.until is None or first <= filters.until
    )


def _checked_span(name: str, date: str | None) -> tuple[str, str] | None:
    """First and last day of a date that was asked for."""
    if date is None or not date.strip():
        return None
    span = date_span(date)
    if span is None:
        raise UsageError(f"--{name} {date} is no date. Write it as 2019, 2019-01 or 2019-01-28.")
    return span


def _checked_language(code: str | None, articles: Sequence[Article]) -> str | None:
    """Code of a language that was asked for, in small letters."""
    asked = (code or "").strip().lower()
    if not asked or asked in LANGUAGES:
        return asked or None
    held = sorted({article.language for article in articles if article.language})
    named = ", ".join(f"{each} ({LANGUAGES.get(each, each)})" for each in held)
    raise UsageError(
        f"--language {code} is no known code of a language. Write two letters, such as en. "
        + (f"The articles are in: {named}." if held else "No article's language is known.")
    )


def _load_encoder(name: str) -> Encoder:
    """Load an encoder only where none was given: it takes seconds."""
    from askcorpus.encoder import SentenceEncoder

    return SentenceEncoder(name)
