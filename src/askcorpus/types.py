"""The vocabulary: every record and protocol that flows between rooms.

Every place in a text is a pair of character offsets into `Article.text`, half open, so that
`article.text[start:end] == quote` always holds. A score is better when it is higher.
`confidence` is only ever a calibrated probability. May import: stdlib, numpy; notebook
inside what one calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from askcorpus.notebook import Frame

SCHEMA = 1
"""Version of every JSON object that the package gives out."""

CITATION_COLUMNS = (
    *("quote", "article_id", "title", "publisher", "published", "sentence"),
    *("start", "end", "paragraph", "link", "url"),
)
"""What a table of places shows of each, in this order."""

Vectors = npt.NDArray[np.float32]
"""float32[n, d], rows of unit length."""

ParagraphKind = Literal["headline", "byline", "body"]
Status = Literal["answered", "not_found"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of `Article.text` between line breaks; its number in the article is its index + 1."""

    start: int
    end: int
    kind: ParagraphKind

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {"start": self.start, "end": self.end, "kind": self.kind}


@dataclass(frozen=True, slots=True)
class Fact:
    """Where one fact about an article was found.

    Attributes:
        field: `title`, `publisher`, `authors`, `published`, `modified`, `first_published`,
            `url` or `section`.
        value: The normalised value; a date is `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
        raw: The characters it was read from.
        where: The place in the file: `line 5: byline`, `meta property=article:published_time`.
    """

    field: str
    value: str
    raw: str
    where: str

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {"field": self.field, "value": self.value, "raw": self.raw, "where": self.where}


@dataclass(frozen=True, slots=True)
class Removed:
    """A piece of the file that was judged to be site furniture.

    Attributes:
        text: The characters, as they stood in the file.
        reason: What they were taken for: `comments`, `navigation`, `copyright notice`, …
        line: Line of the file, from 1; 0 where the format has no lines.
    """

    text: str
    reason: str
    line: int

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {"text": self.text, "reason": self.reason, "line": self.line}


@dataclass(frozen=True, slots=True)
class Article:
    """One source document, cleaned.

    Attributes:
        article_id: Path of the file relative to its corpus folder, with `/`; for a line of a
            JSONL file `path#line`.
        text: Unicode NFC, a line feed between paragraphs, no site furniture.
        published: `YYYY-MM-DD`, or shorter where the source is less precise; None when the
            file does not say.
        facts: Where each of title, publisher, authors, dates, address and section was found.
        removed: What was taken out, in the order of the file.
        warnings: What a reader should know: a weekday that does not fit its date, an
            encoding that had to be guessed.
        language: Code of two letters; None where the text does not make it plain.
        section: Under which the source files it, such as `Politics`; None when the file does
            not say.
    """

    article_id: str
    text: str
    title: str | None
    publisher: str | None
    authors: tuple[str, ...]
    published: str | None
    modified: str | None
    url: str | None
    paragraphs: tuple[Paragraph, ...]
    facts: tuple[Fact, ...] = ()
    removed: tuple[Removed, ...] = ()
    warnings: tuple[str, ...] = ()
    language: str | None = None
    section: str | None = None

    def paragraph_number(self, offset: int) -> int:
        """Give the number, from 1, of the paragraph in which a character stands."""
        for number, paragraph in enumerate(self.paragraphs, start=1):
            if offset < paragraph.end:
                return number
        return max(len(self.paragraphs), 1)

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "schema": SCHEMA,
            "article_id": self.article_id,
            "title": self.title,
            "publisher": self.publisher,
            "authors": list(self.authors),
            "published": self.published,
            "modified": self.modified,
            "url": self.url,
            "section": self.section,
            "language": self.language,
            "text": self.text,
            "paragraphs": [paragraph.to_dict() for paragraph in self.paragraphs],
            "facts": [fact.to_dict() for fact in self.facts],
            "removed": [removed.to_dict() for removed in self.removed],
            "warnings": list(self.warnings),
        }

    def to_frame(self) -> Frame:
        """Give a table of pandas, a paragraph a row."""
        from askcorpus import notebook

        rows = [
            {
                "number": number,
                **paragraph.to_dict(),
                "text": self.text[paragraph.start : paragraph.end],
            }
            for number, paragraph in enumerate(self.paragraphs, start=1)
        ]
        return notebook.frame(rows, ("number", "kind", "start", "end", "text"))

    def _repr_html_(self) -> str:
        """Give what a notebook shows; nothing in it runs or loads anything."""
        from askcorpus import notebook

        return notebook.article(self.to_dict())


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole paragraphs or sentences: `text == article.text[start:end]`."""

    passage_id: str
    article_id: str
    text: str
    start: int
    end: int

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "passage_id": self.passage_id,
            "article_id": self.article_id,
            "text": self.text,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class Signals:
    """What each part of the retriever said of one passage; None where it did not list it.

    Attributes:
        cosine: Cosine of question and passage vectors, in [-1, 1].
        bm25: BM25 of the lexical index, 0 or more.
        dense_rank: Rank by cosine, from 1.
        lexical_rank: Rank by BM25, from 1.
        interaction: Mean cosine of the question's words and the nearest token of the passage, in
            [-1, 1]; None too where the encoder or the index has no vectors of tokens.
    """

    cosine: float | None = None
    bm25: float | None = None
    dense_rank: int | None = None
    lexical_rank: int | None = None
    interaction: float | None = None

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "cosine": self.cosine,
            "bm25": self.bm25,
            "dense_rank": self.dense_rank,
            "lexical_rank": self.lexical_rank,
            "interaction": self.interaction,
        }


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with the score of the retriever, higher is better, and how it came about."""

    passage: Passage
    score: float
    signals: Signals = field(default_factory=Signals)

    def to_dict(self) -> Json:
        """Give the passage's keys and `score`, JSON-ready."""
        return {**self.passage.to_dict(), "score": self.score}

    def _repr_html_(self) -> str:
        """Give what a notebook shows; nothing in it runs or loads anything."""
        from askcorpus import notebook

        return notebook.hit(self.to_dict())


class Narrowing(TypedDict, total=False):
    """Filters as keywords, such as `corpus.ask(question, since="2018", language="de")`.

    One for each field of `Filters`, which says what they mean.
    """

    since: str | None
    until: str | None
    publisher: str | None
    language: str | None
    section: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may be searched; both dates are included, undated articles are not.

    Attributes:
        since: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; articles published before are left out.
        until: The same; articles published after are left out.
        publisher: Compared without regard to case.
        language: Code of two letters; articles whose language is not plain are left out.
        section: Compared without regard to case; articles that name none are left out.
    """

    since: str | None = None
    until: str | None = None
    publisher: str | None = None
    language: str | None = None
    section: str | None = None

    def keywords(self) -> Narrowing:
        """Give them as the keywords that ask for them."""
        return {
            "since": self.since,
            "until": self.until,
            "publisher": self.publisher,
            "language": self.language,
            "section": self.section,
        }


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate answer in one passage: `text[start:end]`, offsets into the passage's text.

    Attributes:
        score: Log-odds of the span against the null answer of the same passage; comparable
            across passages of one question.
    """

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader sees beside the question: a passage and the title of its article."""

    text: str
    title: str | None = None


class Encoder(Protocol):
    """Turns texts into unit vectors; questions and passages may be encoded differently."""

    @property
    def fingerprint(self) -> str:
        """Name and hash of the weights: vectors of two fingerprints never mix."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Give float32[n, dimension], rows of unit length."""
        ...

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Give float32[n, dimension], rows of unit length."""
        ...


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The tokens of a text as an encoder sees them, each in the light of the whole.

    Attributes:
        vectors: float32[tokens, d], rows of unit length.
        spans: Where each stands in the text, start and end; equal for a token of no text.
    """

    vectors: Vectors
    spans: tuple[tuple[int, int], ...]


@runtime_checkable
class TokenEncoder(Protocol):
    """What an `Encoder` may do besides: give the vectors of tokens too, in the same pass.

    With such a one, passages are also ranked by how well they meet each word of a question.
    """

    def encode_passage_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        """Give what `encode_passages` gives, and for each text float32[tokens, d], one at least."""
        ...

    def encode_question_tokens(self, text: str) -> tuple[Vectors, TokenVectors]:
        """Give what `encode_questions` gives of one text, float32[1, dimension], and its tokens."""
        ...


class Reader(Protocol):
    """Marks candidate answers in passages."""

    @property
    def fingerprint(self) -> str:
        """Name and hash of the weights."""
        ...

    def read(self, question: str, contexts: Sequence[Context]) -> list[tuple[Span, ...]]:
        """Give the best spans of each context, best first, as many tuples as contexts."""
        ...


class Worded(Protocol):
    """Something that has a wording."""

    @property
    def text(self) -> str:
        """The wording."""
        ...


class Examined(Worded, Protocol):
    """A question whose answer is known, such as a line of an evaluation file."""

    @property
    def golds(self) -> Sequence[Worded]:
        """Every accepted answer; none where the corpus holds none."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """A confidence in words, and how often answers so judged were right.

    Attributes:
        word: `Clear match`, `Probable` or `Weak: read the passage`.
        right: Share, in [0, 1], of answers to held-out questions that were right; None, like
            `low` and `high`, where nothing was measured.
        low: Lower end of the 95 % interval of `right`.
        high: Upper end.
        n: How many such answers were counted.
    """

    word: str
    right: float | None
    low: float | None
    high: float | None
    n: int

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "word": self.word,
            "right": self.right,
            "low": self.low,
            "high": self.high,
            "n": self.n,
        }


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands: `article.text[start:end] == quote`.

    Attributes:
        sentence: The sentence around the quote; it starts at `sentence_start`.
        paragraph: Number of the paragraph in the article, from 1.
        link: Path of the article's page with the span marked, scrolled to the paragraph.
        url: Where the article was first published, if the file says so.
        copies: Ids of near-copies of the article; they count as one source with it.
    """

    article_id: str
    title: str | None
    publisher: str | None
    authors: tuple[str, ...]
    published: str | None
    quote: str
    start: int
    end: int
    sentence: str
    sentence_start: int
    paragraph: int
    passage_id: str
    link: str
    url: str | None
    copies: tuple[str, ...] = ()

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "article_id": self.article_id,
            "title": self.title,
            "publisher": self.publisher,
            "authors": list(self.authors),
            "published": self.published,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "sentence": self.sentence,
            "sentence_start": self.sentence_start,
            "paragraph": self.paragraph,
            "passage_id": self.passage_id,
            "link": self.link,
            "url": self.url,
            "copies": list(self.copies),
        }


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another answer that the sources give, with its own places."""

    text: str
    confidence: float
    citations: tuple[Citation, ...]

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "text": self.text,
            "confidence": self.confidence,
            "citations": [citation.to_dict() for citation in self.citations],
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """What one passage went through on the way to the answer, for `--why`.

    Attributes:
        spans: The reader's candidates in this passage: (quote, log-odds), best first.
    """

    hit: Hit
    spans: tuple[tuple[str, float], ...]

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            **self.hit.to_dict(),
            "signals": self.hit.signals.to_dict(),
            "spans": [{"quote": quote, "score": score} for quote, score in self.spans],
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: a verbatim span of one article, or nothing.

    Attributes:
        text: The quote, character for character; None when nothing answers.
        confidence: Calibrated probability, in [0, 1], that the best candidate is right; kept
            with `not_found`, where it is below the threshold.
        citations: Every independent place that gives the same answer, best first.
        alternatives: Other answers that the sources give, best first.
        passages: The passages read, the best by reader and retriever together first; their
            scores are the retriever's alone.
        generation: Number of the index generation that answered.
        seconds: Wall time of the whole question.
        best_rejected: With `not_found`, the best candidate that was not good enough.
        stages: Ranks and scores of every passage read.
    """

    question: str
    status: Status
    text: str | None
    confidence: float
    citations: tuple[Citation, ...]
    alternatives: tuple[Alternative, ...]
    passages: tuple[Hit, ...]
    generation: int
    seconds: float
    best_rejected: str | None = None
    stages: tuple[Stage, ...] = ()

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values; `stages` only by `why()`."""
        return {
            "schema": SCHEMA,
            "question": self.question,
            "status": self.status,
            "text": self.text,
            "confidence": self.confidence,
            "citations": [citation.to_dict() for citation in self.citations],
            "alternatives": [alternative.to_dict() for alternative in self.alternatives],
            "passages": [hit.to_dict() for hit in self.passages],
            "generation": self.generation,
            "seconds": self.seconds,
        }

    def why(self) -> Json:
        """Give every stage, JSON-ready: ranks, scores and candidate spans of each passage."""
        return {
            "best_rejected": self.best_rejected,
            "stages": [stage.to_dict() for stage in self.stages],
        }

    def to_frame(self) -> Frame:
        """Give a table of pandas: every place of the answer and of its alternatives, a row each."""
        from askcorpus import notebook

        said = [(self.text, self.confidence, self.citations)]
        said += [(other.text, other.confidence, other.citations) for other in self.alternatives]
        rows = [
            {"answer": text, "confidence": confidence, **citation.to_dict()}
            for text, confidence, citations in said
            for citation in citations
        ]
        return notebook.frame(rows, ("answer", "confidence", *CITATION_COLUMNS))

    def _repr_html_(self) -> str:
        """Give what a notebook shows; nothing in it runs or loads anything."""
        from askcorpus import notebook

        return notebook.answer(self.to_dict())


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not indexed, and why."""

    path: str
    reason: str

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {"path": self.path, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long run has come: `done` of `total` things of one stage, some left out."""

    stage: str
    done: int
    total: int
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What bringing an index up to date did; articles are counted, files are skipped.

    Attributes:
        passages: Passages in the new generation.
        embedded: Passages whose text was embedded in this run; the others were known.
        seconds: Wall time.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    passages: int
    embedded: int
    seconds: float
    generation: int

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "schema": SCHEMA,
            "added": self.added,
            "changed": self.changed,
            "removed": self.removed,
            "unchanged": self.unchanged,
            "skipped": [skipped.to_dict() for skipped in self.skipped],
            "passages": self.passages,
            "embedded": self.embedded,
            "seconds": self.seconds,
            "passages_per_second": self.passages / self.seconds if self.seconds else 0.0,
            "generation": self.generation,
        }

    def to_frame(self) -> Frame:
        """Give a table of pandas: every file that was left out, with its reason."""
        from askcorpus import notebook

        return notebook.frame([each.to_dict() for each in self.skipped], ("path", "reason"))

    def _repr_html_(self) -> str:
        """Give what a notebook shows; nothing in it runs or loads anything."""
        from askcorpus import notebook

        return notebook.build_report(self.to_dict())
