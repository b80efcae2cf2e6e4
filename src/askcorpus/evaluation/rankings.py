"""Rankings of articles, of this system or another: a run → TREC's form, and TREC's form measured.

In: runs, or a TREC run file and the questions it answers. Out: rankings, measures with intervals.
May import: exchange, files, questions, ranking, records, runs, statistics, tables, errors, types.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from askcorpus.errors import DataError
from askcorpus.evaluation import ranking
from askcorpus.evaluation.exchange import trec
from askcorpus.evaluation.exchange.trec import Ranking, qrels_of
from askcorpus.evaluation.files import read_text, refuse_existing
from askcorpus.evaluation.questions import Question
from askcorpus.evaluation.records import Measure, Run
from askcorpus.evaluation.runs import read_run
from askcorpus.evaluation.statistics import Resampling, Share, ratio
from askcorpus.evaluation.tables import columns, figure, interval
from askcorpus.types import SCHEMA, Json


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a TREC run is worth on some questions.

    Attributes:
        questions: Those that an article answers; each counts, in the run or not.
        missing: How many of them the run does not rank anything for.
        measures: By article, with 95 % intervals.
    """

    questions: int
    missing: int
    measures: tuple[Measure, ...]

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "schema": SCHEMA,
            "questions": self.questions,
            "missing": self.missing,
            "measures": [measure.to_dict() for measure in self.measures],
        }

    def to_lines(self) -> Iterator[str]:
        """Yield the measures in columns, and how many questions the run left out."""
        rows = [(one.label, figure(one.value), interval(one), str(one.n)) for one in self.measures]
        yield columns([("measure", "value", "95 % interval", "n"), *rows])
        yield f"{self.questions} questions that an article answers; {self.missing} not in the run."


def is_run(path: Path) -> bool:
    """Tell a run of this evaluation from a question file, by its first line."""
    first = read_text(path).partition("\n")[0]
    try:
        return bool(json.loads(first)["kind"] == "run")
    except (ValueError, KeyError, TypeError):
        return False


def export_run(path: Path, target: Path) -> int:
    """Write a run of this evaluation as a TREC run file; give the number of its questions.

    Raises:
        DataError: It is no run that can be read.
        CannotCreateError: The target is there already.
    """
    refuse_existing(target)
    run = read_run(path)
    trec.write_run(target, rankings_of(run))
    return len(run.lines)


def rankings_of(run: Run) -> tuple[Ranking, ...]:
    """Give the articles of every question of a run, best first; only their order is known."""
    return tuple(
        Ranking(line.question.question_id, article_id, rank, 1 / rank)
        for line in run.lines
        for rank, article_id in enumerate(line.articles, start=1)
    )


def measure_ranking(path: Path, questions: Sequence[Question], *, seed: int = 0) -> Ranked:
    """Measure a TREC run file whose topics are question ids and whose documents are article ids.

    Documents are taken in the order of their scores, as TREC's own program takes them. A question
    that the run leaves out scores 0.

    Raises:
        DataError: The file is no TREC run, or it ranks nothing for any of the questions.
    """
    qrels = qrels_of(questions)
    found = _by_topic(trec.read_run(path))
    missing = len(qrels.keys() - found.keys())
    if missing == len(qrels):
        raise DataError(
            f"{path} ranks nothing for any of the {len(qrels)} questions that an article answers. "
            f"Its first column must be their ids, its third the ids of articles"
        )
    values = ranking.measure(found, qrels)
    asked = [one for one in questions if one.question_id in qrels]
    groups = [one.group for one in asked]
    resampling = Resampling.of(groups, groups, seed)
    measures = tuple(
        _measure(name, [Share(values[one.question_id][name]) for one in asked], resampling)
        for name in ranking.NAMES
    )
    return Ranked(len(qrels), missing, measures)


def _by_topic(rankings: Sequence[Ranking]) -> dict[str, list[str]]:
    ordered = sorted(rankings, key=lambda one: (-one.score, one.rank))
    topics: dict[str, list[str]] = {one.topic: [] for one in ordered}
    for one in ordered:
        topics[one.topic].append(one.document)
    return {topic: ranking.distinct(documents) for topic, documents in topics.items()}


def _measure(name: str, shares: Sequence[Share], resampling: Resampling) -> Measure:
    found = ratio(shares, resampling)
    return Measure(
        name=f"article_{name}",
        label=f"{name}, by article",
        group="articles",
        unit="share",
        value=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
    )
