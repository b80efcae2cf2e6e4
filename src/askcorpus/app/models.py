"""What the HTTP API takes and gives, as types: the JSON of the package's own records."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from askcorpus.retriever import FILTERS, filters_of
from askcorpus.types import Filters

_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"

Date = Annotated[
    str, Field(pattern=_DATE, description="`YYYY-MM-DD`, `YYYY-MM` or `YYYY`, included.")
]
Reads = Annotated[int, Field(ge=1, le=50, description="Number of passages.")]
Publisher = Annotated[str, Field(max_length=200, description="Compared without regard to case.")]
Language = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z]{2}$",
        description="Code of two letters; articles whose language is not plain are left out.",
        examples=["en"],
    ),
]
Section = Annotated[
    str,
    Field(
        max_length=200,
        description="Compared without regard to case; articles that name none are left out.",
        examples=["World"],
    ),
]

Form = Literal["plain", "markdown", "bibtex", "csl-json"]


class _Strict(BaseModel):
    """A record with exactly these keys."""

    model_config = ConfigDict(extra="forbid")


class Narrowed(BaseModel):
    """Which articles may be searched."""

    since: Date | None = None
    until: Date | None = None
    publisher: Publisher | None = None
    language: Language | None = None
    section: Section | None = None

    def filters(self) -> Filters:
        """Give them as one record."""
        return filters_of(**{name: getattr(self, name) for name in FILTERS})


class SearchQuery(Narrowed):
    """What passages are looked for, and where."""

    q: str = Field(description="The question.", examples=["US troops in Iraq"])
    k: Reads = 5


class AskBody(Narrowed):
    """A question and what may be searched for its answer."""

    # `"5"` is no number and `0` no truth value: JSON has both.
    model_config = ConfigDict(strict=True, extra="forbid")

    question: str = Field(examples=["How many US troops are in Iraq?"])
    k: Reads | None = Field(default=None, description="Passages read; the default if left out.")
    why: bool = Field(default=False, description="Add ranks and scores of every stage.")
    cite: Form | None = Field(default=None, description="Add each citation in this form.")


class CitationBody(_Strict):
    """Where a quote stands: `article.text[start:end] == quote`."""

    article_id: str
    title: str | None
    publisher: str | None
    authors: list[str]
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
    copies: list[str] = Field(description="Ids of near-copies, which count as one source with it.")


class AlternativeBody(_Strict):
    """Another answer that the sources give."""

    text: str
    confidence: float
    citations: list[CitationBody]


class PassageBody(_Strict):
    """A passage with the score of the retriever, higher is better."""

    passage_id: str
    article_id: str
    text: str
    start: int
    end: int
    score: float


class SignalsBody(_Strict):
    """What each part of the retriever said of a passage; null where it did not list it."""

    cosine: float | None
    bm25: float | None
    dense_rank: int | None
    lexical_rank: int | None
    interaction: float | None


class SpanBody(_Strict):
    """A candidate answer in a passage, with its log-odds."""

    quote: str
    score: float


class StageBody(PassageBody):
    """What one passage went through on the way to the answer."""

    signals: SignalsBody
    spans: list[SpanBody]


class WhyBody(_Strict):
    """How an answer came about."""

    best_rejected: str | None
    stages: list[StageBody]


class AnswerBody(_Strict):
    """The answer to a question: a verbatim span of one article, or nothing."""

    schema_: Literal[1] = Field(alias="schema")
    question: str
    status: Literal["answered", "not_found"]
    text: str | None
    confidence: float = Field(description="Calibrated probability that `text` is right.")
    citations: list[CitationBody]
    alternatives: list[AlternativeBody]
    passages: list[PassageBody]
    generation: int
    seconds: float
    why: WhyBody | None = Field(default=None, description="Only where it was asked for.")
    cited: list[str] | None = Field(
        default=None, description="`citations` in the form asked for, in their order."
    )


class SearchBody(_Strict):
    """The passages nearest to a question, best first."""

    schema_: Literal[1] = Field(alias="schema")
    question: str
    passages: list[PassageBody]
    generation: int


class ArticleRow(_Strict):
    """An article in the list."""

    number: int
    article_id: str
    title: str | None
    publisher: str | None
    authors: list[str]
    published: str | None
    modified: str | None
    url: str | None
    section: str | None
    language: str | None
    link: str


class SkippedBody(_Strict):
    """A file that was not indexed, and why."""

    path: str
    reason: str


class ArticlesBody(_Strict):
    """The articles of the corpus, in order of their numbers."""

    schema_: Literal[1] = Field(alias="schema")
    articles: list[ArticleRow]
    total: int
    skipped: list[SkippedBody]
    generation: int


class ParagraphBody(_Strict):
    """A paragraph: `text[start:end]`."""

    start: int
    end: int
    kind: Literal["headline", "byline", "body"]


class FactBody(_Strict):
    """Where one fact about an article was found."""

    field: str
    value: str
    raw: str
    where: str


class RemovedBody(_Strict):
    """A piece of the file that was judged to be site furniture."""

    text: str
    reason: str
    line: int


class ArticleBody(_Strict):
    """One article, whole."""

    schema_: Literal[1] = Field(alias="schema")
    number: int
    article_id: str
    title: str | None
    publisher: str | None
    authors: list[str]
    published: str | None
    modified: str | None
    url: str | None
    section: str | None = Field(description="Under which the source files it.")
    language: str | None = Field(description="Code of two letters; null where it is not plain.")
    text: str
    paragraphs: list[ParagraphBody]
    facts: list[FactBody]
    removed: list[RemovedBody]
    warnings: list[str]


class HealthBody(_Strict):
    """Whether questions can be answered, and from what."""

    schema_: Literal[1] = Field(alias="schema")
    status: Literal["ok"]
    articles: int
    passages: int
    generation: int


class ErrorDetail(_Strict):
    """What went wrong, in words."""

    code: str
    message: str


class ErrorBody(_Strict):
    """An error, in the form that every route gives."""

    schema_: Literal[1] = Field(alias="schema")
    error: ErrorDetail
