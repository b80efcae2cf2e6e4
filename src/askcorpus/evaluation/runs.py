"""Runs: questions + corpus → a line a question, kept as JSONL behind a manifest line.

In: an open corpus, questions. Out: `Run`. A run says what was asked and what came back; what it
is worth is judged elsewhere. May import: corpus (its public names), files, questions, ranking,
records, types, errors.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import askcorpus
from askcorpus.errors import DataError, UsageError
from askcorpus.evaluation import ranking
from askcorpus.evaluation.files import read_text, write_text
from askcorpus.evaluation.questions import Gold, Question, digest
from askcorpus.evaluation.records import (
    FORMAT,
    Cited,
    Line,
    Manifest,
    Ranked,
    Run,
    Summary,
)
from askcorpus.types import Answer, Article, Citation, Hit, Json, Passage, Progress, Signals

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus

LIBRARIES = (
    "faiss-cpu",
    "ir_measures",
    "numpy",
    "sentence-transformers",
    "tantivy",
    "tiktoken",
    "torch",
    "trafilatura",
    "transformers",
)
"""Packages whose versions decide what is found, read and measured."""

Rewrite = Callable[[str, Sequence[str]], str]
"""(follow-up question, the questions before it, oldest first) → a question that stands alone."""


@dataclass(frozen=True, slots=True)
class _Asking:
    """What every question of a run is asked with.

    Attributes:
        passages: All passages of each article, by its id.
    """

    corpus: Corpus
    passages: Mapping[str, tuple[Passage, ...]]
    rewrite: Rewrite | None


@dataclass(frozen=True, slots=True)
class Ready:
    """A corpus, and the questions to ask of it.

    Attributes:
        said: Where the questions are from, for the manifest.
        part: Part of them that is asked; None for all.
        lost: What of an outside set could not be kept, a sentence each.
    """

    corpus: Corpus
    questions: tuple[Question, ...]
    said: str
    part: str | None = None
    lost: tuple[str, ...] = ()

    def run(
        self,
        *,
        seed: int = 0,
        rewrite: Rewrite | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Run:
        """Ask every question once; see `run`."""
        made = run(self.corpus, self.questions, seed=seed, rewrite=rewrite, progress=progress)
        manifest = replace(made.manifest, questions_file=self.said, split=self.part)
        return replace(made, manifest=manifest)


def run(
    corpus: Corpus,
    questions: Sequence[Question],
    *,
    seed: int = 0,
    rewrite: Rewrite | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Ask every question once, after the first was asked to load the models.

    Args:
        rewrite: Makes a follow-up question stand alone; None asks it as it is. What it takes
            is not part of the question's time.

    Raises:
        DataError: There are no questions.
    """
    if not questions:
        raise DataError("There are no questions to ask. Name a file, or a part, that holds some")
    asking = _Asking(corpus, _by_article(corpus.passages), rewrite)
    begun = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    cold = ask_one(asking, questions[0]).seconds
    start = time.perf_counter()
    lines = []
    for done, question in enumerate(questions, start=1):
        lines.append(ask_one(asking, question))
        if progress:
            progress(Progress("questions", done, len(questions)))
    manifest = replace(
        _manifest(corpus, questions, seed),
        begun=begun,
        seconds=time.perf_counter() - start,
        cold_seconds=cold,
    )
    return Run(manifest, tuple(lines))


def run_one(corpus: Corpus, question: Question, rewrite: Rewrite | None = None) -> Line:
    """Ask one question, to see every step of its way."""
    return ask_one(_Asking(corpus, _by_article(corpus.passages), rewrite), question)


def write_run(path: Path, summary: Summary) -> None:
    """Write a run file, whole or not at all: the manifest first, then a line a question.

    Raises:
        InputOutputError: The file cannot be written.
    """
    records = (summary.manifest.to_dict(), *(one.to_dict() for one in summary.judged))
    write_text(path, "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in records))


def read_run(path: Path) -> Run:
    """Read a run file.

    Raises:
        DataError: The file cannot be read, is no run, is of another version, or is cut short.
    """
    first, *rest = [
        (number, _record(line, f"{path}:{number}"))
        for number, line in enumerate(read_text(path).split("\n"), start=1)
        if line.strip()
    ] or [(1, {})]
    manifest = _read_manifest(first[1], path)
    lines = tuple(_read_line(record, f"{path}:{number}", number) for number, record in rest)
    _check_whole(manifest, lines, path)
    return Run(manifest, lines)


def corpus_digest(articles: Sequence[Article]) -> str:
    """Give the SHA-256 of every article's id and text, in the order of their ids."""
    said = sorted((article.article_id, article.text) for article in articles)
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def code_digest() -> str:
    """Give the SHA-256 of the package's sources: it tells working states of one version."""
    root = Path(askcorpus.__file__).parent
    found = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


# --- reading ---------------------------------------------------------------------------------


def _record(line: str, place: str) -> Json:
    try:
        record = json.loads(line)
    except (RecursionError, ValueError) as error:
        raise DataError(
            f"{place}: not a line of a run file: {error}. Make the run again with: askcorpus eval"
        ) from error
    return record if isinstance(record, dict) else {}


def _read_manifest(record: Json, path: Path) -> Manifest:
    if record.get("kind") != "run":
        raise DataError(f"{path} is not a run file: no manifest. Write one with: askcorpus eval")
    if record.get("format") != FORMAT:
        raise DataError(
            f"{path} is a run file of format {record.get('format')}, and this askcorpus reads "
            f"format {FORMAT}. Make the run again with: askcorpus eval"
        )
    try:
        return Manifest.from_dict(record)
    except (KeyError, TypeError) as error:
        raise DataError(f"{path}:1: the manifest lacks {error}. Make the run again") from error


def _read_line(record: Json, place: str, number: int) -> Line:
    try:
        return Line.from_dict(record, place, number)
    except (AttributeError, KeyError, TypeError) as error:
        raise DataError(
            f"{place}: not a whole line of a run: {error}. Make the run again"
        ) from error


def _check_whole(manifest: Manifest, lines: Sequence[Line], path: Path) -> None:
    if len({line.question.question_id for line in lines}) != len(lines):
        raise DataError(f"{path} holds a question twice. Make the run again")
    if len(lines) != manifest.questions:
        raise DataError(
            f"{path} is not whole: it holds {len(lines)} of {manifest.questions} questions. "
            f"Make the run again"
        )


# --- asking ----------------------------------------------------------------------------------


def ask_one(asking: _Asking, question: Question) -> Line:
    """Ask one question and note all that came back."""
    corpus = asking.corpus
    begun = time.perf_counter()
    asked = question.text
    try:
        if question.after and asking.rewrite:
            asked = asking.rewrite(question.text, question.after)
        begun = time.perf_counter()
        answer = corpus.ask(asked)
        seconds = time.perf_counter() - begun
        hits = corpus.search(asked, k=corpus.settings.k_candidates)
    except UsageError as error:
        return _refused(question, asked, str(error), time.perf_counter() - begun)
    return Line(
        question=question,
        outcome=answer.status,
        asked=asked,
        refused=None,
        text=answer.text,
        confidence=answer.confidence,
        best_rejected=answer.best_rejected,
        citations=tuple(_cited(corpus, citation) for citation in answer.citations),
        alternatives=tuple(one.text for one in answer.alternatives),
        passages=_way(asking, question, answer, hits),
        articles=tuple(ranking.distinct(hit.passage.article_id for hit in hits)[: ranking.DEPTH]),
        seconds=seconds,
    )


def _refused(question: Question, asked: str, reason: str, seconds: float) -> Line:
    return Line(question, "refused", asked, reason, None, None, None, (), (), (), (), seconds)


def _way(
    asking: _Asking, question: Question, answer: Answer, hits: Sequence[Hit]
) -> tuple[Ranked, ...]:
    """Give the passages listed first, those read and those that hold a gold answer."""
    holders = _holders(question.golds, asking.passages)
    marked = {stage.hit.passage.passage_id: stage.spans for stage in answer.stages}
    read = {hit.passage.passage_id for hit in answer.passages}
    ranked = {hit.passage.passage_id: (rank, hit) for rank, hit in enumerate(hits, start=1)}
    passages = {hit.passage.passage_id: hit.passage for hit in (*hits, *answer.passages)}
    return tuple(
        _ranked(
            passage,
            ranked.get(key),
            read=key in read,
            holds_gold=key in holders,
            spans=marked.get(key, ()),
        )
        for key, passage in (passages | holders).items()
        if key in read or key in holders or ranked[key][0] <= ranking.DEPTH
    )


def _ranked(
    passage: Passage,
    found: tuple[int, Hit] | None,
    *,
    read: bool,
    holds_gold: bool,
    spans: tuple[tuple[str, float], ...],
) -> Ranked:
    rank, hit = found or (None, None)
    signals = hit.signals if hit else Signals()
    return Ranked(
        passage_id=passage.passage_id,
        article_id=passage.article_id,
        start=passage.start,
        end=passage.end,
        rank=rank,
        score=hit.score if hit else None,
        cosine=signals.cosine,
        bm25=signals.bm25,
        dense_rank=signals.dense_rank,
        lexical_rank=signals.lexical_rank,
        interaction=signals.interaction,
        read=read,
        holds_gold=holds_gold,
        spans=spans,
    )


def _by_article(passages: Iterable[Passage]) -> dict[str, tuple[Passage, ...]]:
    found: dict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        found[passage.article_id].append(passage)
    return {article_id: tuple(those) for article_id, those in found.items()}


def _holders(
    golds: Iterable[Gold], passages: Mapping[str, tuple[Passage, ...]]
) -> dict[str, Passage]:
    return {
        passage.passage_id: passage
        for gold in golds
        if gold.start is not None and gold.end is not None
        for passage in passages.get(gold.article_id, ())
        if passage.start <= gold.start and gold.end <= passage.end
    }


def _cited(corpus: Corpus, citation: Citation) -> Cited:
    return Cited(
        article_id=citation.article_id,
        title=citation.title,
        quote=citation.quote,
        start=citation.start,
        end=citation.end,
        sentence=citation.sentence,
        sentence_start=citation.sentence_start,
        passage_id=citation.passage_id,
        link=citation.link,
        copies=citation.copies,
        verbatim=_is_verbatim(corpus, citation),
    )


def _is_verbatim(corpus: Corpus, citation: Citation) -> bool:
    try:
        article = corpus.article(citation.article_id)
    except DataError:
        return False
    return article.text[citation.start : citation.end] == citation.quote


# --- manifest --------------------------------------------------------------------------------


def _manifest(corpus: Corpus, questions: Sequence[Question], seed: int) -> Manifest:
    """Say what was asked of what; when and how long is filled in by the one that knows."""
    index = _plain(corpus.manifest)
    return Manifest(
        version=askcorpus.__version__,
        code=code_digest(),
        begun="",
        questions_file=None,
        split=None,
        questions=len(questions),
        questions_sha256=digest(questions),
        articles=len(corpus.articles),
        passages=len(corpus.passages),
        corpus_sha256=corpus_digest(corpus.articles),
        generation=corpus.generation,
        encoder=str(index.get("encoder")),
        reader=corpus.reader_fingerprint,
        calibration=corpus.calibration.to_dict(),
        settings=asdict(corpus.settings),
        index=index,
        seed=seed,
        machine=_machine(),
        libraries={name: importlib.metadata.version(name) for name in LIBRARIES},
        seconds=0.0,
        cold_seconds=0.0,
        peak_bytes=peak_bytes(),
    )


def _plain(manifest: Mapping[str, object]) -> dict[str, Any]:
    """Give what JSON can hold of an index manifest; checksums of its files are left out."""
    known = {key: value for key, value in manifest.items() if key != "files"}
    plain: dict[str, Any] = json.loads(json.dumps(known, default=str))
    return plain


def _machine() -> Json:
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def peak_bytes() -> int | None:
    """Give the highest memory of this process so far; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return peak if sys.platform == "darwin" else peak * 1024
