"""The records of this room: what a run holds, what is measured of it, what pages are made from.

A run file is a `Manifest` and a `Line` a question, and says everything: judgements, measures,
curves, losses and comparisons are functions of it alone, so an old run can be looked at again
without its corpus. May import: questions, statistics, types, stdlib, notebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from askcorpus.evaluation.questions import Question, question_of
from askcorpus.evaluation.statistics import Share
from askcorpus.types import SCHEMA, Json

if TYPE_CHECKING:
    from askcorpus.notebook import Frame

FORMAT = 2
"""Version of the run file; another one is refused, not guessed at."""

Outcome = Literal["answered", "not_found", "refused", "missing"]
"""`refused`: the question was not accepted. `missing`: the run has no line for it."""

Unit = Literal["share", "ms", "MB"]
"""A `share` lies in [0, 1]: of questions, of words, or a mean of what lies there."""


# --- runs ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run was a run of: enough to make it again, and to refuse an unfair comparison.

    Attributes:
        code: SHA-256 of the package's own sources: tells two working states of one version.
        begun: UTC, `YYYY-MM-DDTHH:MM:SSZ`.
        questions_file: Name of the file, without its folder.
        split: Part of the questions that was asked; None for all.
        questions: How many were asked.
        corpus_sha256: Of the ids and texts of all articles.
        encoder: Name and hash of its weights.
        reader: The same.
        calibration: The reader's calibration with its threshold.
        index: The index's own manifest, without the checksums of its files.
        machine: `system`, `processor`, `cores`, `python`.
        libraries: Versions of the packages that decide what is found and read.
        seconds: Wall time of all questions.
        cold_seconds: Wall time of the first question, which loads the models; it is asked
            again, warm, for its line.
        peak_bytes: Highest memory of the process so far; None where the system does not tell.
    """

    version: str
    code: str
    begun: str
    questions_file: str | None
    split: str | None
    questions: int
    questions_sha256: str
    articles: int
    passages: int
    corpus_sha256: str
    generation: int
    encoder: str
    reader: str
    calibration: Json
    settings: Json
    index: Json
    seed: int
    machine: Json
    libraries: Mapping[str, str]
    seconds: float
    cold_seconds: float
    peak_bytes: int | None

    def to_dict(self) -> Json:
        """Give the first line of a run file."""
        return {
            "kind": "run",
            "schema": SCHEMA,
            "format": FORMAT,
            "version": self.version,
            "code": self.code,
            "begun": self.begun,
            "questions": {
                "file": self.questions_file,
                "split": self.split,
                "n": self.questions,
                "sha256": self.questions_sha256,
            },
            "corpus": {
                "articles": self.articles,
                "passages": self.passages,
                "sha256": self.corpus_sha256,
                "generation": self.generation,
            },
            "models": {"encoder": self.encoder, "reader": self.reader},
            "calibration": self.calibration,
            "settings": self.settings,
            "index": self.index,
            "seed": self.seed,
            "machine": self.machine,
            "libraries": dict(self.libraries),
            "seconds": self.seconds,
            "cold_seconds": self.cold_seconds,
            "peak_bytes": self.peak_bytes,
        }

    @classmethod
    def from_dict(cls, stored: Json) -> Manifest:
        """Read what `to_dict` wrote; KeyError or TypeError where something is missing."""
        questions, corpus, models = stored["questions"], stored["corpus"], stored["models"]
        return cls(
            version=stored["version"],
            code=stored["code"],
            begun=stored["begun"],
            questions_file=questions["file"],
            split=questions["split"],
            questions=questions["n"],
            questions_sha256=questions["sha256"],
            articles=corpus["articles"],
            passages=corpus["passages"],
            corpus_sha256=corpus["sha256"],
            generation=corpus["generation"],
            encoder=models["encoder"],
            reader=models["reader"],
            calibration=stored["calibration"],
            settings=stored["settings"],
            index=stored["index"],
            seed=stored["seed"],
            machine=stored["machine"],
            libraries=stored["libraries"],
            seconds=stored["seconds"],
            cold_seconds=stored["cold_seconds"],
            peak_bytes=stored["peak_bytes"],
        )


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation of the answer, as the report shows it.

    Attributes:
        sentence: The sentence around the quote; it starts at `sentence_start` of the article.
        copies: Near-copies of the article, which count as cited with it.
        verbatim: Whether the article held the quote at its offsets when the run was made.
    """

    article_id: str
    title: str | None
    quote: str
    start: int
    end: int
    sentence: str
    sentence_start: int
    passage_id: str
    link: str
    copies: tuple[str, ...]
    verbatim: bool

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "article_id": self.article_id,
            "title": self.title,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "sentence": self.sentence,
            "sentence_start": self.sentence_start,
            "passage_id": self.passage_id,
            "link": self.link,
            "copies": list(self.copies),
            "verbatim": self.verbatim,
        }

    @classmethod
    def from_dict(cls, stored: Json) -> Cited:
        """Read what `to_dict` wrote."""
        return cls(**{**stored, "copies": tuple(stored["copies"])})


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage on its way: how each list ranked it, whether it was read, what was marked.

    Attributes:
        rank: Rank after fusion, from 1; None where it was not among those listed.
        dense_rank: Rank by cosine, from 1; None like `cosine` where that list lacks it.
        lexical_rank: Rank by BM25, likewise.
        interaction: How well its tokens meet the question's words; None where it was not looked at.
        read: Whether the reader saw it.
        holds_gold: Whether an acceptable answer stands whole in it. All passages that do are
            in a line, whether they were found or not.
        spans: The reader's candidates in it: (quote, log-odds), best first.
    """

    passage_id: str
    article_id: str
    start: int
    end: int
    rank: int | None
    score: float | None
    cosine: float | None
    bm25: float | None
    dense_rank: int | None
    lexical_rank: int | None
    read: bool
    holds_gold: bool
    spans: tuple[tuple[str, float], ...]
    interaction: float | None = None

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "passage_id": self.passage_id,
            "article_id": self.article_id,
            "start": self.start,
            "end": self.end,
            "rank": self.rank,
            "score": self.score,
            "cosine": self.cosine,
            "bm25": self.bm25,
            "dense_rank": self.dense_rank,
            "lexical_rank": self.lexical_rank,
            "interaction": self.interaction,
            "read": self.read,
            "holds_gold": self.holds_gold,
            "spans": [{"quote": quote, "score": score} for quote, score in self.spans],
        }

    @classmethod
    def from_dict(cls, stored: Json) -> Ranked:
        """Read what `to_dict` wrote."""
        spans = tuple((span["quote"], span["score"]) for span in stored["spans"])
        return cls(**{**stored, "spans": spans})


@dataclass(frozen=True, slots=True)
class Line:
    """One question of a run and what came back.

    Attributes:
        asked: What the corpus was asked: the question, or a follow-up made to stand alone.
        refused: Why the question was not accepted, if it was not.
        text: The answer; None for nothing.
        confidence: Of the best candidate, given or not; None where nothing came back.
        best_rejected: With no answer, the best candidate that was not good enough.
        alternatives: Other answers that were shown, best first.
        passages: The best ones of a search, those read, and all that hold a gold answer.
        articles: The best ones of the search, each where its first passage stood.
        seconds: Wall time of the question, the models warm.
    """

    question: Question
    outcome: Outcome
    asked: str
    refused: str | None
    text: str | None
    confidence: float | None
    best_rejected: str | None
    citations: tuple[Cited, ...]
    alternatives: tuple[str, ...]
    passages: tuple[Ranked, ...]
    articles: tuple[str, ...]
    seconds: float

    @property
    def best(self) -> str | None:
        """Give the best candidate, whether it passed the threshold or not."""
        return self.text if self.text is not None else self.best_rejected

    @property
    def golds(self) -> tuple[str, ...]:
        """Give every acceptable wording, each once."""
        return tuple(dict.fromkeys(gold.text for gold in self.question.golds))

    def to_dict(self) -> Json:
        """Give the question's own keys and what came back, JSON-ready."""
        return {
            **self.question.to_dict(),
            "outcome": self.outcome,
            "asked": self.asked,
            "refused": self.refused,
            "text": self.text,
            "confidence": self.confidence,
            "best_rejected": self.best_rejected,
            "citations": [one.to_dict() for one in self.citations],
            "alternatives": list(self.alternatives),
            "passages": [one.to_dict() for one in self.passages],
            "articles": list(self.articles),
            "seconds": self.seconds,
        }

    @classmethod
    def from_dict(cls, stored: Json, place: str, number: int) -> Line:
        """Read what `to_dict` wrote; KeyError or TypeError where something is missing.

        Args:
            place: File and line, for messages.
            number: The line, from 1.

        Raises:
            DataError: A field of the question is wrong.
        """
        return cls(
            question=question_of(stored, place, number),
            outcome=stored["outcome"],
            asked=stored["asked"],
            refused=stored["refused"],
            text=stored["text"],
            confidence=stored["confidence"],
            best_rejected=stored["best_rejected"],
            citations=tuple(Cited.from_dict(one) for one in stored["citations"]),
            alternatives=tuple(stored["alternatives"]),
            passages=tuple(Ranked.from_dict(one) for one in stored["passages"]),
            articles=tuple(stored["articles"]),
            seconds=stored["seconds"],
        )


def missing(question: Question) -> Line:
    """Give the line of a question that a run does not hold: it scores the worst there is."""
    return Line(question, "missing", question.text, None, None, None, None, (), (), (), (), 0.0)


@dataclass(frozen=True, slots=True)
class Run:
    """The lines of one run, and what it was a run of."""

    manifest: Manifest
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A line, what it adds to each measure, and the stage that lost it, if one did.

    Attributes:
        shares: By the measure's name; measures of which the question is not a kind are absent.
        is_right: Whether the best candidate, given or not, names the right thing.
        lost_at: One of `judging.STAGES`.
    """

    line: Line
    shares: Mapping[str, Share]
    is_right: bool
    lost_at: str | None

    def to_dict(self) -> Json:
        """Give a line of a run file; what is judged can be told again from the rest."""
        return {
            **self.line.to_dict(),
            "kind": self.line.question.kind,
            "group": self.line.question.group,
            "is_right": self.is_right,
            "lost_at": self.lost_at,
            "measures": {name: [share.won, share.of] for name, share in self.shares.items()},
        }


@dataclass(frozen=True, slots=True)
class Contender:
    """An answer that competed for being given.

    Attributes:
        probability: Calibrated probability, in [0, 1], that it is right.
        features: What the probability was made of, by name.
    """

    text: str
    probability: float
    features: Mapping[str, float]

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "text": self.text,
            "probability": self.probability,
            "features": dict(self.features),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """One question with every step of its way.

    Attributes:
        contenders: All that competed, most probable first.
        threshold: Least probability at which an answer is given.
    """

    judged: Judged
    contenders: tuple[Contender, ...]
    threshold: float

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "schema": SCHEMA,
            **self.judged.to_dict(),
            "threshold": self.threshold,
            "contenders": [one.to_dict() for one in self.contenders],
        }


# --- what is measured ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measure:
    """The value of one measure with its 95 % interval.

    Attributes:
        group: What it is about: `answers`, `passages`, `articles`, `citations`, `not found`,
            `confidence` or `resources`.
        value: None, like `low` and `high`, where there is nothing to measure.
        low: None, like `high`, where there is a value but no interval: it was measured once.
        n: Questions, or citations, that it is the value of.
    """

    name: str
    label: str
    group: str
    unit: Unit
    value: float | None
    low: float | None
    high: float | None
    n: int
    lower_is_better: bool = False

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "measure": self.name,
            "label": self.label,
            "group": self.group,
            "unit": self.unit,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "lower_is_better": self.lower_is_better,
        }


@dataclass(frozen=True, slots=True)
class Table:
    """The measures of the questions that have one thing in common.

    Attributes:
        name: `dev`, `test` or `all`; for a tag, the tag.
        questions: How many they are.
        articles: Articles that are resampled whole for the intervals.
    """

    name: str
    questions: int
    articles: int
    rows: tuple[Measure, ...]

    def row(self, measure: str) -> Measure | None:
        """Give one measure by its name; None where the table lacks it."""
        return next((row for row in self.rows if row.name == measure), None)

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "name": self.name,
            "questions": self.questions,
            "articles": self.articles,
            "rows": [row.to_dict() for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """What answering only at this confidence or above would give.

    Attributes:
        coverage: Share of all questions that would be answered.
        risk: Share of those answers that would be wrong.
    """

    confidence: float
    coverage: float
    risk: float

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {"confidence": self.confidence, "coverage": self.coverage, "risk": self.risk}


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Questions of like confidence, and how many of their best candidates are right.

    Attributes:
        confidence: Their mean confidence.
        right: Share that is right, with its 95 % interval `low` to `high` (Wilson's).
    """

    confidence: float
    right: float
    low: float
    high: float
    n: int

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "confidence": self.confidence,
            "right": self.right,
            "low": self.low,
            "high": self.high,
            "n": self.n,
        }


@dataclass(frozen=True, slots=True)
class Loss:
    """How many questions one stage lost.

    Attributes:
        tags: The same by tag; a question with two tags counts under both.
    """

    stage: str
    n: int
    tags: Mapping[str, int]

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {"stage": self.stage, "n": self.n, "tags": dict(self.tags)}


@dataclass(frozen=True, slots=True)
class Part:
    """All that is measured of one part of the questions.

    Attributes:
        tags: A small table for each tag, in the order of the tags' names.
        losses: Stages that lost a question, in the order of a question's way.
        risk_coverage: From the surest answers to all; empty where there is no confidence.
        reliability: Bins of about equal numbers of questions, the least sure first.
    """

    table: Table
    tags: tuple[Table, ...]
    losses: tuple[Loss, ...]
    risk_coverage: tuple[RiskPoint, ...]
    reliability: tuple[ReliabilityBin, ...]

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            **self.table.to_dict(),
            "tags": [tag.to_dict() for tag in self.tags],
            "losses": [loss.to_dict() for loss in self.losses],
            "risk_coverage": [point.to_dict() for point in self.risk_coverage],
            "reliability": [one.to_dict() for one in self.reliability],
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """All that is measured of a run: what every report and page is made from.

    Attributes:
        parts: One for each part asked, and `all` where there are several.
        judged: Every question in the order asked, right or wrong.
    """

    manifest: Manifest
    parts: tuple[Part, ...]
    judged: tuple[Judged, ...]

    @property
    def wrong(self) -> tuple[Judged, ...]:
        """Give the questions that were not answered, or left unanswered, as they should be."""
        return tuple(one for one in self.judged if one.lost_at is not None)

    def part(self, name: str) -> Part | None:
        """Give one part by its name; None where there is none."""
        return next((part for part in self.parts if part.table.name == name), None)

    def to_dict(self) -> Json:
        """Give measures, curves and the wrong answers; the run file has every line."""
        return {
            "schema": SCHEMA,
            "manifest": self.manifest.to_dict(),
            "parts": [part.to_dict() for part in self.parts],
            "wrong": [_brief(one) for one in self.wrong],
        }

    def to_frame(self) -> Frame:
        """Give a table of pandas: every measure of every part, with its interval."""
        from askcorpus import notebook

        rows = [
            {"part": part.table.name, **row.to_dict()}
            for part in self.parts
            for row in part.table.rows
        ]
        columns = ("part", "measure", "label", "value", "low", "high", "n", "unit")
        return notebook.frame(rows, columns)

    def _repr_html_(self) -> str:
        """Give what a notebook shows: every part's measures with their intervals."""
        from askcorpus import notebook
        from askcorpus.evaluation.report import heading, measure_rows

        parts = [notebook.faint(heading(self))]
        for part in self.parts:
            heads, *rows = measure_rows(part.table)
            parts += [notebook.text(f"{part.table.name}: {part.table.questions} questions")]
            parts += [notebook.table(heads, rows)]
        return notebook.card("Evaluation", *parts)


def _brief(one: Judged) -> Json:
    """Give what a reader needs of a wrong answer, without the passages on its way."""
    dropped = ("answers", "passages", "measures")
    kept = {key: value for key, value in one.to_dict().items() if key not in dropped}
    return {**kept, "golds": list(one.line.golds), "f1": one.shares["f1"].won}
