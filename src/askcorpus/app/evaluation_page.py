"""The evaluation pages: run files → what they measured, question by question, alone or in pairs.

A run file says everything, so a page is a function of files; only its links into the reader need
the corpus that is open. A name in an address is looked up among the files that were found, never
made into a path.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from askcorpus.anchors import CONTEXT
from askcorpus.app.pages import Pages
from askcorpus.errors import DataError

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus
    from askcorpus.evaluation.comparison import Comparison
    from askcorpus.evaluation.figures import Plot
    from askcorpus.evaluation.records import Judged, Manifest, Measure, Part, Summary

T = TypeVar("T")

MOST_RUNS = 200
"""Runs listed, the newest first."""

ROWS = 50
"""Questions on one page of the table."""

LONGEST_MANIFEST = 1_000_000
"""Characters read of the first line of a run file, to list it."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet takes for a formula."""


# --- run files --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A run file as the list shows it.

    Attributes:
        manifest: None where it cannot be read.
        problem: Why not; empty otherwise.
    """

    name: str
    path: Path
    manifest: Manifest | None
    problem: str


def listed(folder: Path | None) -> tuple[Listed, ...]:
    """List the run files of a folder, the newest first; none if there is no folder."""
    try:
        paths = [path for path in folder.glob("*.jsonl") if path.is_file()] if folder else []
        paths.sort(key=lambda path: (-path.stat().st_mtime, path.name))
    except OSError:
        return ()
    return tuple(_listed(path) for path in paths[:MOST_RUNS])


def _listed(path: Path) -> Listed:
    """Read the manifest of a run file, its first line."""
    from askcorpus.evaluation.records import FORMAT, Manifest

    try:
        with path.open(encoding="utf-8") as file:
            first = json.loads(file.readline(LONGEST_MANIFEST))
        if first.get("format") != FORMAT:
            problem = f"a run of format {first.get('format', 1)}; this askcorpus reads {FORMAT}"
            return Listed(path.stem, path, None, problem)
        return Listed(path.stem, path, Manifest.from_dict(first), "")
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return Listed(path.stem, path, None, "not a run file, or damaged")


@lru_cache(maxsize=8)
def _summary(path: Path, _stamp: tuple[int, int]) -> Summary:
    """Measure a run; a file that has changed since has another stamp."""
    from askcorpus.evaluation import read_run, summarise

    return summarise(read_run(path))


@lru_cache(maxsize=8)
def _compared(before: Path, after: Path, _stamps: tuple[tuple[int, int], ...]) -> Comparison:
    from askcorpus.evaluation import compare

    return compare(before, after, common=True)


@lru_cache(maxsize=32)
def _plots(paths: tuple[Path, ...], stamps: tuple[tuple[int, int], ...], part: str) -> list[Plot]:
    """Draw one run, or two over each other."""
    from askcorpus.evaluation import figures

    summaries = [_summary(path, stamp) for path, stamp in zip(paths, stamps, strict=True)]
    parts = {path.stem: summary.part(part) for path, summary in zip(paths, summaries, strict=True)}
    there = {name: each for name, each in parts.items() if each}
    threshold = summaries[0].manifest.calibration.get("threshold")
    curves = {name: each.risk_coverage for name, each in there.items()}
    bins = {name: each.reliability for name, each in there.items()}
    drawn = [figures.risk_coverage(curves, threshold=threshold), figures.reliability(bins)]
    if len(paths) > 1:
        return [figures.differences(_compared(*paths, stamps).differences), *drawn]
    lost = next(iter(there.values())).losses if there else ()
    return [*drawn, figures.losses(lost)] if lost else drawn


def _stamp(path: Path) -> tuple[int, int]:
    """Give what changes with a file."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


# --- questions --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """Some words with their address in the reader; None where their article is not there."""

    text: str
    link: str | None


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question of a run as the table shows it.

    Attributes:
        golds: Acceptable answers; empty where nothing answers.
        answer: What was answered; None for nothing.
        rank: Rank of the first passage that holds an acceptable answer, if one was found.
        verdict: `right`, or the stage that lost it.
    """

    judged: Judged
    golds: tuple[Said, ...]
    answer: Said | None
    rank: int | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the questions a visitor asks for, as the address says; nonsense is passed over.

    Attributes:
        lost: A stage, `any` for all that were lost, or empty.
    """

    part: str = ""
    lost: str = ""
    tag: str = ""
    words: str = ""
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Choice:
        """Read an address."""
        page = query.get("page", "")
        plain = page.isascii() and page.isdigit() and len(page) < 8
        names = {"part": "part", "lost": "lost", "tag": "tag", "words": "find"}
        fields = {field: query.get(name, "").strip()[:200] for field, name in names.items()}
        return cls(**fields, page=max(int(page), 1) if plain else 1)

    def query(self, **changes: str | int) -> str:
        """Give the query of this choice with some fields changed."""
        fields = {
            "part": self.part,
            "lost": self.lost,
            "tag": self.tag,
            "find": self.words,
            "page": self.page,
        } | changes
        return urlencode({name: value for name, value in fields.items() if value not in {"", 1}})

    def keeps(self, judged: Judged) -> bool:
        """Tell whether a question is among those asked for."""
        question = judged.line.question
        if self.part not in {"", "all"} and question.part != self.part:
            return False
        if self.lost and judged.lost_at != self.lost and (self.lost != "any" or not judged.lost_at):
            return False
        if self.tag and self.tag not in question.tags:
            return False
        hay = f"{question.question_id}\n{question.text}\n{judged.line.text or ''}".casefold()
        return all(word in hay for word in self.words.casefold().split())


def question_row(corpus: Corpus, back: Mapping[str, str], judged: Judged) -> QuestionRow:
    """Make the row of one question, with links to where the words stand.

    Args:
        back: Fields of those links by which the reader finds back: `run`, `choice`, and `g`.
    """
    line = judged.line
    linked = _Linker(corpus, {**back, "question": anchor(line.question.question_id)})
    golds = tuple(
        Said(gold.text, linked.to(gold.article_id, gold.text, gold.start, gold.context))
        for gold in {gold.text: gold for gold in reversed(line.question.golds)}.values()
    )
    cited = line.citations[0] if line.citations else None
    link = linked.to(cited.article_id, cited.quote, cited.start, cited.sentence) if cited else None
    ranks = [one.rank for one in line.passages if one.holds_gold and one.rank is not None]
    return QuestionRow(
        judged=judged,
        golds=golds[::-1],
        answer=None if line.text is None else Said(line.text, link),
        rank=min(ranks, default=None),
        verdict=judged.lost_at or "right",
    )


def anchor(question_id: str) -> str:
    """Give the name of a question's row in the page."""
    return f"q-{re.sub(r'[^A-Za-z0-9_.-]', '-', question_id)}"


@dataclass(frozen=True, slots=True)
class _Linker:
    """Makes addresses of words that a run names, in the corpus of now."""

    corpus: Corpus
    back: Mapping[str, str]

    def to(self, article_id: str, words: str, start: int | None, around: str) -> str | None:
        """Give the address of some words; None where the article or the place is unknown."""
        if start is None:
            return None
        try:
            number = self.corpus.article_number(article_id)
            article = self.corpus.article(article_id)
        except DataError:
            return None
        before, _, after = around.partition(words)
        fields = {
            "s": start,
            "e": start + len(words),
            "x": words,
            "b": before[-CONTEXT:],
            "a": after[:CONTEXT],
            **self.back,
        }
        paragraph = article.paragraph_number(start)
        return f"/article/{number}?{urlencode(fields, errors='replace')}#p{paragraph}"


# --- exports ----------------------------------------------------------------------------------

_COLUMNS: Mapping[str, Callable[[Judged], Any]] = {
    "id": lambda one: one.line.question.question_id,
    "split": lambda one: one.line.question.part,
    "kind": lambda one: one.line.question.kind,
    "tags": lambda one: ", ".join(one.line.question.tags),
    "question": lambda one: one.line.question.text,
    "asked": lambda one: one.line.asked,
    "golds": lambda one: " | ".join(one.line.golds),
    "outcome": lambda one: one.line.outcome,
    "answer": lambda one: one.line.text,
    "best_rejected": lambda one: one.line.best_rejected,
    "confidence": lambda one: one.line.confidence,
    "f1": lambda one: one.shares["f1"].won if "f1" in one.shares else None,
    "article": lambda one: one.line.citations[0].article_id if one.line.citations else None,
    "lost_at": lambda one: one.lost_at,
    "seconds": lambda one: one.line.seconds,
}


def as_csv(judged: Iterable[Judged]) -> str:
    """Give a line a question; a cell that a spreadsheet would run is kept from running."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(_COLUMNS)
    for one in judged:
        table.writerow([_cell(value(one)) for value in _COLUMNS.values()])
    return written.getvalue()


def _cell(value: object) -> object:
    dangerous = isinstance(value, str) and value.startswith(_FORMULA)
    return f"'{value}" if dangerous else value


# --- the pages --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EvaluationPages:
    """The pages over a folder of run files.

    Attributes:
        folder: None where none was named and the usual one is not there.
    """

    pages: Pages
    folder: Path | None

    def runs(self, query: Mapping[str, str]) -> Response:
        """List the runs, or set the two that the address names side by side."""
        if query.get("before") and query.get("after"):
            return self.compared(query["before"], query["after"], query.get("as", ""))
        return self.pages.show("evaluation.html", runs=listed(self.folder), folder=self.folder)

    def run(self, name: str, query: Mapping[str, str]) -> Response:
        """Show one run."""
        from askcorpus.evaluation.page import between, cards, said

        path, choice = self._path(name), Choice.of(query)
        summary = self._read(path)
        part = summary.part(choice.part) or summary.part("all") or summary.parts[0]
        kept = [one for one in summary.judged if choice.keeps(one)]
        pages = max(math.ceil(len(kept) / ROWS), 1)
        page = min(choice.page, pages)
        shown = kept[(page - 1) * ROWS : page * ROWS]
        corpus = self.pages.desk.current()
        back = {
            "g": str(summary.manifest.generation),
            "run": name,
            "choice": choice.query(page=page),
        }
        return self.pages.show(
            "run.html",
            name=name,
            address=f"/evaluation/{quote(name, safe='')}",
            summary=summary,
            part=part,
            choice=choice,
            cards=cards(part),
            groups=_groups(part),
            plots=_plots((path,), (_stamp(path),), part.table.name),
            stages=_stages(),
            rows=[question_row(corpus, back, one) for one in shown],
            anchor=anchor,
            total=len(kept),
            page=page,
            pages=pages,
            others=[one for one in listed(self.folder) if one.manifest and one.name != name],
            said=said,
            between=between,
        )

    def export(self, name: str, what: str, query: Mapping[str, str]) -> Response:
        """Give a run's measures as JSON, its questions as CSV, or one of its figures as SVG."""
        path = self._path(name)
        summary = self._read(path)
        if what == "summary.json":
            return _file(f"{name}.json", "application/json", _json(summary.to_dict()))
        if what == "questions.csv":
            return _file(f"{name}.csv", "text/csv; charset=utf-8", as_csv(summary.judged))
        part = summary.part(query.get("part", "")) or summary.part("all") or summary.parts[0]
        plots = _plots((path,), (_stamp(path),), part.table.name)
        return _figure(name, what, plots)

    def compared(self, before: str, after: str, form: str) -> Response:
        """Set two runs side by side."""
        from askcorpus.evaluation.page import said

        paths = (self._path(before), self._path(after))
        stamps = tuple(_stamp(path) for path in paths)
        comparison = _in_words(paths, lambda: _compared(*paths, stamps))
        if form == "json":
            text = _json(comparison.to_dict())
            return _file(f"{before} {after}.json", "application/json", text)
        parts = [{part.table.name for part in self._read(path).parts} for path in paths]
        shared = sorted(parts[0] & parts[1])
        plots = _plots(paths, stamps, "all" if "all" in shared else (shared or [""])[0])
        if form.endswith(".svg"):
            return _figure(f"{before} {after}", form, plots)
        return self.pages.show(
            "compared.html",
            said=said,
            before=before,
            after=after,
            address=f"/evaluation?{urlencode({'before': before, 'after': after})}",
            comparison=comparison,
            plots=plots,
            quoted=lambda name: quote(name, safe=""),
        )

    def _path(self, name: str) -> Path:
        """Find the file of a run by its name."""
        for one in listed(self.folder):
            if one.name == name:
                return one.path
        raise HTTPException(404, f"There is no run {name}. See /evaluation for those there are.")

    def _read(self, path: Path) -> Summary:
        return _in_words((path,), lambda: _summary(path, _stamp(path)))


def _in_words(paths: Sequence[Path], read: Callable[[], T]) -> T:
    """Read run files; what is wrong with one is said without its folder."""
    try:
        return read()
    except DataError as problem:
        words = str(problem)
        for path in paths:
            words = words.replace(str(path), path.name)
        raise HTTPException(422, words) from problem


def _groups(part: Part) -> dict[str, list[Measure]]:
    """Give all measures that have a value, by what they are about."""
    groups: dict[str, list[Measure]] = {}
    for row in part.table.rows:
        if row.value is not None:
            groups.setdefault(row.group, []).append(row)
    return groups


def _stages() -> Mapping[str, str]:
    from askcorpus.evaluation.judging import STAGES

    return STAGES


def _json(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _figure(name: str, what: str, plots: Sequence[Plot]) -> Response:
    for plot in plots:
        if what == f"{plot.name}.svg":
            return _file(f"{name} {what}", "image/svg+xml", plot.to_svg())
    raise HTTPException(404, f"There is no {what} of this run.")


def _file(name: str, kind: str, text: str) -> Response:
    """Give a file to save; it is not shown in the app's own pages."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(text.encode("utf-8", "replace"), media_type=kind, headers=headers)


def routes(shown: EvaluationPages) -> APIRouter:
    """Give the routes of the pages and of what can be saved from them."""
    router = APIRouter()

    @router.get("/evaluation", include_in_schema=False)
    def runs(request: Request) -> Response:
        return shown.runs(request.query_params)

    @router.get("/evaluation/{name}", include_in_schema=False)
    def run(name: str, request: Request) -> Response:
        return shown.run(name, request.query_params)

    @router.get("/evaluation/{name}/{what}", include_in_schema=False)
    def export(name: str, what: str, request: Request) -> Response:
        return shown.export(name, what, request.query_params)

    return router
