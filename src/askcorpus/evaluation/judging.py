"""Judging: lines of a run → what each adds to every measure, and the stage that lost it.

Every question counts in every measure of its kind; one that was refused, or is missing from the
run, counts as the worst there is. May import: questions, records, citing, ranking, squad,
statistics, types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from askcorpus.evaluation import ranking
from askcorpus.evaluation.citing import articles_cited, best_iou, is_on_gold, on_gold
from askcorpus.evaluation.questions import UNANSWERABLE_KINDS, Question
from askcorpus.evaluation.records import Judged, Line, Ranked, missing
from askcorpus.evaluation.squad import exact_match, f1, normalise_unicode
from askcorpus.evaluation.statistics import Share

RIGHT = 0.5
"""From this F1 on an answer names the right thing, though perhaps a word too much or too few."""

STAGES = {
    "furniture": "the place was cleaned out of the article",
    "passages": "no passage holds an acceptable answer whole",
    "lexical": "the vectors had such a passage high enough to be read, the words had not",
    "dense": "the words had such a passage high enough to be read, the vectors had not",
    "fusion": "both had such a passage high enough, but not after they were mixed",
    "retrieval": "neither words nor vectors had such a passage high enough to be read",
    "reading": "it was read, but the answer was not among its candidates",
    "ranking": "it was a candidate, but another was chosen",
    "threshold": "the best candidate was right, but was not given",
    "boundaries": "the answer overlaps an acceptable one, with words too many or too few",
    "source": "the right words, quoted from a place that does not answer the question",
    "false answer": "nothing answers, and something was given",
    "refused": "the question was not accepted",
    "missing": "the run has no line for the question",
}
"""Stages that lose an answer, in the order of the way a question goes."""


def judge(lines: Iterable[Line], questions: Iterable[Question] | None = None) -> tuple[Judged, ...]:
    """Judge the lines of a run.

    Args:
        questions: If given, those that are judged, whether there is a line for them or not.
    """
    known = {line.question.question_id: line for line in lines}
    if questions is not None:
        known = {one.question_id: known.get(one.question_id) or missing(one) for one in questions}
    ranks = _ranks(list(known.values()))
    return tuple(_judged(Case(line, ranks.get(key, {}))) for key, line in known.items())


@dataclass(frozen=True, slots=True)
class Case:
    """A line and the measures of its ranked lists, by their names."""

    line: Line
    ranks: Mapping[str, float]


def _judged(case: Case) -> Judged:
    shares = ((metric.name, metric.share(case)) for metric in METRICS)
    kept = {name: share for name, share in shares if share is not None}
    return Judged(case.line, kept, is_right(case.line), lost_at(case.line))


def is_right(line: Line) -> bool:
    """Tell whether the best candidate, given or not, is a right one, by `RIGHT`."""
    return bool(line.golds) and line.best is not None and f1(line.best, line.golds) >= RIGHT


# --- stages ----------------------------------------------------------------------------------


def lost_at(line: Line) -> str | None:
    """Name the stage of `STAGES` that lost the question; None when nothing did."""
    if line.outcome in ("refused", "missing"):
        return line.outcome
    if line.question.kind in UNANSWERABLE_KINDS:
        return "false answer" if line.text is not None else None
    if line.question.kind == "relevance only":
        return None if _relevant(line.question).keys() & set(line.articles) else "retrieval"
    if line.text is None or f1(line.text, line.golds, normalised=normalise_unicode) < 1:
        return _lost(line)
    return None if on_gold(line.citations, line.question.golds) else "source"


def _lost(line: Line) -> str:
    if line.text is None and is_right(line):
        return "threshold"
    if on_gold(line.citations, line.question.golds):
        return "boundaries"
    if all(gold.start is None for gold in line.question.golds):
        return "furniture"
    holders = [passage for passage in line.passages if passage.holds_gold]
    if not holders:
        return "passages"
    if not any(passage.read for passage in holders):
        return _lost_before_reading(line, holders)
    return "ranking" if any(_is_marked(one, line.golds) for one in holders) else "reading"


def _lost_before_reading(line: Line, holders: Sequence[Ranked]) -> str:
    depth = sum(passage.read for passage in line.passages)
    dense = any(_within(passage.dense_rank, depth) for passage in holders)
    lexical = any(_within(passage.lexical_rank, depth) for passage in holders)
    return {
        (True, True): "fusion",
        (True, False): "lexical",
        (False, True): "dense",
        (False, False): "retrieval",
    }[dense, lexical]


def _within(rank: int | None, depth: int) -> bool:
    return rank is not None and rank <= depth


def _is_marked(passage: Ranked, golds: Sequence[str]) -> bool:
    return any(f1(quote, golds) >= RIGHT for quote, _ in passage.spans)


# --- ranked lists ----------------------------------------------------------------------------


def _ranks(lines: Sequence[Line]) -> dict[str, dict[str, float]]:
    """Measure all ranked lists at once; those of articles have `article_` before the name."""
    by_passage = ranking.measure(
        {line.question.question_id: _listed(line) for line in lines},
        {line.question.question_id: _holders(line) for line in lines},
    )
    by_article = ranking.measure(
        {line.question.question_id: line.articles for line in lines},
        {line.question.question_id: _relevant(line.question) for line in lines},
    )
    return {
        key: {
            **by_passage[key],
            **{f"article_{name}": value for name, value in by_article[key].items()},
        }
        for key in by_passage
    }


def _listed(line: Line) -> list[str]:
    ranked = [(one.rank, one.passage_id) for one in line.passages if one.rank is not None]
    return [passage_id for _, passage_id in sorted(ranked)]


def _holders(line: Line) -> dict[str, int]:
    return {passage.passage_id: 1 for passage in line.passages if passage.holds_gold}


def _relevant(question: Question) -> dict[str, int]:
    grades = {gold.article_id: 1 for gold in question.golds}
    return grades | {one.article_id: one.grade for one in question.relevant}


def _ranked(name: str, case: Case) -> Share:
    return Share(case.ranks.get(name, 0.0))


# --- measures --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Metric:
    """How a measure that is a sum over a sum is made: of which questions, and what each adds.

    Attributes:
        group: As in `records.Measure`.
        kinds: Kinds of questions that it is of.
        compared: Whether two runs are compared by it. Few are, and each of another kind:
            every further one makes a real change harder to see.
    """

    name: str
    label: str
    group: str
    compute: Callable[[Case], Share]
    kinds: tuple[str, ...]
    lower_is_better: bool = False
    compared: bool = False

    def share(self, case: Case) -> Share | None:
        """Give what the case adds; None if it is of another kind."""
        return self.compute(case) if case.line.question.kind in self.kinds else None


_ANSWERABLE = ("answerable",)
_ASKED = ("answerable", *UNANSWERABLE_KINDS)
_RANKED = ("answerable", "relevance only")


def _is_back(case: Case) -> bool:
    return case.line.outcome in ("answered", "not_found")


def _exact(case: Case) -> Share:
    return Share(exact_match(case.line.text, case.line.golds) if _is_back(case) else 0.0)


def _f1(case: Case) -> Share:
    return Share(f1(case.line.text, case.line.golds) if _is_back(case) else 0.0)


def _best_exact(case: Case) -> Share:
    return Share(exact_match(case.line.best, case.line.golds) if _is_back(case) else 0.0)


def _best_f1(case: Case) -> Share:
    return Share(f1(case.line.best, case.line.golds) if _is_back(case) else 0.0)


def _exact_unicode(case: Case) -> Share:
    right = exact_match(case.line.text, case.line.golds, normalised=normalise_unicode)
    return Share(right if _is_back(case) else 0.0)


def _f1_unicode(case: Case) -> Share:
    overlap = f1(case.line.text, case.line.golds, normalised=normalise_unicode)
    return Share(overlap if _is_back(case) else 0.0)


def _iou(case: Case) -> Share:
    overlaps = (best_iou(one, case.line.question.golds) for one in case.line.citations[:1])
    return Share(next(overlaps, 0.0))


def _right_source(case: Case) -> Share:
    answering = {gold.article_id for gold in case.line.question.golds}
    return Share(float(any(one.article_id in answering for one in case.line.citations[:1])))


def _right_source_when_answered(case: Case) -> Share:
    return Share(0.0, 0.0) if case.line.outcome == "not_found" else _right_source(case)


def _precision(case: Case) -> Share:
    citations = case.line.citations
    return Share(on_gold(citations, case.line.question.golds), len(citations) or _unproved(case))


def _recall(case: Case) -> Share:
    golds = case.line.question.golds
    answering = {gold.article_id for gold in golds}
    return Share(len(articles_cited(case.line.citations, golds)), len(answering))


def _verbatim(case: Case) -> Share:
    citations = case.line.citations
    return Share(sum(one.verbatim for one in citations), len(citations) or _unproved(case))


def _unproved(case: Case) -> float:
    """Count an answer without a citation, and a line that is missing, as one that is wrong."""
    return 0.0 if case.line.outcome == "not_found" else 1.0


def _given(case: Case) -> Share:
    return Share(float(case.line.outcome != "not_found"))


def _withheld(case: Case) -> Share:
    return Share(float(case.line.text is None))


def _wrong_when_answered(case: Case) -> Share:
    if case.line.outcome == "not_found":
        return Share(0.0, 0.0)
    return Share(float(case.line.text is None or not is_right(case.line)))


def _brier(case: Case) -> Share:
    return Share((confidence_of(case.line) - is_right(case.line)) ** 2)


def confidence_of(line: Line) -> float:
    """Give the confidence; what did not come back is taken for a confident error."""
    return 1.0 if line.confidence is None else line.confidence


def _rank_metrics(prefix: str, group: str, kinds: tuple[str, ...]) -> tuple[Metric, ...]:
    compared = ("success@5", "rr@10")
    return tuple(
        Metric(
            prefix + name,
            f"{theirs}, {group.removesuffix('s')}",
            group,
            partial(_ranked, prefix + name),
            kinds,
            compared=prefix + name in compared,
        )
        for name, theirs in ranking.NAMES.items()
    )


def _false_answers(kind: str) -> Metric:
    name = f"false_answers_{kind.replace(' ', '_')}"
    return Metric(
        name, f"false answers, {kind}", "not found", _given, (kind,), lower_is_better=True
    )


METRICS = (
    Metric("f1", "F1, all questions", "answers", _f1, _ASKED, compared=True),
    Metric("em", "EM, all questions", "answers", _exact, _ASKED),
    Metric("answerable_f1", "F1, answerable", "answers", _f1, _ANSWERABLE, compared=True),
    Metric("answerable_em", "EM, answerable", "answers", _exact, _ANSWERABLE),
    Metric("best_f1", "F1, answerable, if none were withheld", "answers", _best_f1, _ANSWERABLE),
    Metric("best_em", "EM, answerable, if none were withheld", "answers", _best_exact, _ANSWERABLE),
    Metric("unicode_f1", "F1, answerable, Unicode-aware", "answers", _f1_unicode, _ANSWERABLE),
    Metric("unicode_em", "EM, answerable, Unicode-aware", "answers", _exact_unicode, _ANSWERABLE),
    Metric("character_iou", "character IoU, answerable", "answers", _iou, _ANSWERABLE),
    *_rank_metrics("", "passages", _ANSWERABLE),
    *_rank_metrics("article_", "articles", _RANKED),
    Metric(
        "right_source",
        "right source, answerable",
        "citations",
        _right_source,
        _ANSWERABLE,
        compared=True,
    ),
    Metric(
        "right_source_when_answered",
        "right source, when answered",
        "citations",
        _right_source_when_answered,
        _ANSWERABLE,
    ),
    Metric(
        "citation_precision",
        "citation precision, all citations",
        "citations",
        _precision,
        _ASKED,
        compared=True,
    ),
    Metric(
        "citation_recall",
        "citation recall, articles that answer",
        "citations",
        _recall,
        _ANSWERABLE,
        compared=True,
    ),
    Metric("verbatim", "spans verbatim, all citations", "citations", _verbatim, _ASKED),
    Metric(
        "false_answers",
        "false answers, unanswerable",
        "not found",
        _given,
        UNANSWERABLE_KINDS,
        lower_is_better=True,
        compared=True,
    ),
    *map(_false_answers, UNANSWERABLE_KINDS),
    Metric(
        "false_refusals",
        "false refusals, answerable",
        "not found",
        _withheld,
        _ANSWERABLE,
        lower_is_better=True,
        compared=True,
    ),
    Metric("answered", "answered, all questions", "not found", _given, _ASKED),
    Metric(
        "risk",
        "wrong, of the answers given",
        "not found",
        _wrong_when_answered,
        _ASKED,
        lower_is_better=True,
    ),
    Metric(
        "brier",
        "Brier score of the confidence",
        "confidence",
        _brier,
        _ASKED,
        lower_is_better=True,
        compared=True,
    ),
)
"""Every measure that is a sum over a sum, in the order of the report."""


def cites_gold(line: Line) -> tuple[bool, ...]:
    """Tell of each citation whether it overlaps a gold place, for showing it."""
    return tuple(is_on_gold(one, line.question.golds) for one in line.citations)
