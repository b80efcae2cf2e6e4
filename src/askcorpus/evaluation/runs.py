"""Runs: questions + corpus → one line a question, kept as JSONL behind a manifest line.

In: an open corpus, questions. Out: `Run`. A run says what was asked and what came back; what it
is worth is judged elsewhere. May import: corpus (its public names), questions, types, errors.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askcorpus import __version__
from askcorpus.errors import DataError, InputOutputError, UsageError
from askcorpus.evaluation.questions import Question, digest
from askcorpus.types import SCHEMA, Answer, Article, Citation, Hit, Json, Progress

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus

RETRIEVED = 10
"""Passages listed for the retrieval measures: the deepest of them looks at ten."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """What came back for one question.

    Attributes:
        answer: None when the question was refused; `refused` then says why.
        retrieved: The best passages of a search, whatever the reader made of them.
        verbatim: For each citation, whether its article holds the quote at its offsets.
        seconds: Wall time of `ask`, the models already warm.
    """

    question_id: str
    answer: Answer | None
    retrieved: tuple[Hit, ...]
    verbatim: tuple[bool, ...]
    seconds: float
    refused: str | None = None

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "question_id": self.question_id,
            "refused": self.refused,
            "seconds": self.seconds,
            "retrieved": [
                {
                    "rank": rank,
                    "passage_id": hit.passage.passage_id,
                    "article_id": hit.passage.article_id,
                    "score": hit.score,
                }
                for rank, hit in enumerate(self.retrieved, start=1)
            ],
            "verbatim": list(self.verbatim),
            **(_answer(self.answer) if self.answer else {}),
        }


@dataclass(frozen=True, slots=True)
class Run:
    """The lines of one run, and what it was a run of."""

    manifest: Json
    lines: tuple[RunLine, ...]


def run(
    corpus: Corpus,
    questions: Sequence[Question],
    *,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Ask every question once, after one that is not counted and warms the models.

    Raises:
        DataError: There are no questions.
    """
    if not questions:
        raise DataError("There are no questions to ask. Name a file, or a part, that holds some")
    _line(corpus, questions[0])
    manifest = _manifest(corpus, questions, seed)
    lines = []
    for done, question in enumerate(questions, start=1):
        lines.append(_line(corpus, question))
        if progress:
            progress(Progress("questions", done, len(questions)))
    return Run(manifest, tuple(lines))


def write_run(path: Path, manifest: Json, lines: Sequence[Json]) -> None:
    """Write a run file: the manifest on the first line, then a line a question.

    Raises:
        InputOutputError: The file cannot be written.
    """
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in (manifest, *lines))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputOutputError(
            f"The run file {path} cannot be written: {error.strerror}. "
            f"The index is untouched. Name another path"
        ) from error


def read_run(path: Path) -> tuple[Json, list[Json]]:
    """Read a run file: its manifest and its lines.

    Raises:
        DataError: The file cannot be read, or is no run.
    """
    try:
        text = path.read_text(encoding="utf-8")
        records = [json.loads(line) for line in text.split("\n") if line]
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}. Name a run file") from error
    except ValueError as error:
        raise DataError(
            f"{path} is not a run file: {error}. Write one with: askcorpus eval"
        ) from error
    if not records or not isinstance(records[0], dict) or records[0].get("kind") != "run":
        raise DataError(f"{path} is not a run file: no manifest. Write one with: askcorpus eval")
    return records[0], records[1:]


def corpus_digest(articles: Sequence[Article]) -> str:
    """Give the SHA-256 of every article's id and text, in the order of their ids."""
    said = sorted((article.article_id, article.text) for article in articles)
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _line(corpus: Corpus, question: Question) -> RunLine:
    begun = time.perf_counter()
    try:
        answer = corpus.ask(question.text)
    except UsageError as error:
        seconds = time.perf_counter() - begun
        return RunLine(question.question_id, None, (), (), seconds, refused=str(error))
    seconds = time.perf_counter() - begun
    retrieved = tuple(corpus.search(question.text, k=RETRIEVED))
    verbatim = tuple(_is_verbatim(corpus, citation) for citation in answer.citations)
    return RunLine(question.question_id, answer, retrieved, verbatim, seconds)


def _is_verbatim(corpus: Corpus, citation: Citation) -> bool:
    try:
        article = corpus.article(citation.article_id)
    except DataError:
        return False
    return article.text[citation.start : citation.end] == citation.quote


def _answer(answer: Answer) -> Json:
    return {
        "status": answer.status,
        "text": answer.text,
        "confidence": answer.confidence,
        "citations": [
            {
                "article_id": one.article_id,
                "start": one.start,
                "end": one.end,
                "quote": one.quote,
                "passage_id": one.passage_id,
            }
            for one in answer.citations
        ],
        "alternatives": [one.text for one in answer.alternatives],
        **answer.why(),
    }


def _manifest(corpus: Corpus, questions: Sequence[Question], seed: int) -> Json:
    return {
        "kind": "run",
        "schema": SCHEMA,
        "version": __version__,
        "begun": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "questions": {"n": len(questions), "sha256": digest(questions)},
        "corpus": {
            "articles": len(corpus.articles),
            "passages": len(corpus.passages),
            "sha256": corpus_digest(corpus.articles),
            "generation": corpus.generation,
        },
        "index": _plain(corpus.manifest),
        "reader": corpus.reader_fingerprint,
        "settings": asdict(corpus.settings),
        "seed": seed,
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
    }


def _plain(manifest: Mapping[str, object]) -> dict[str, Any]:
    """Give what JSON can hold of an index manifest; checksums of its files are left out."""
    known = {key: value for key, value in manifest.items() if key != "files"}
    plain: dict[str, Any] = json.loads(json.dumps(known, default=str))
    return plain
