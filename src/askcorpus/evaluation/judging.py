"""Judging: question + what came back + passages → shares of measures, and where it was lost.

Every question counts in every measure of its kind; one that was refused, or is missing from the
run, counts as the worst there is. May import: questions, ranking, runs, squad, statistics, types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from askcorpus.evaluation.questions import Gold, Question
from askcorpus.evaluation.ranking import distinct, ndcg, reciprocal_rank, success
from askcorpus.evaluation.runs import RunLine
from askcorpus.evaluation.squad import exact_match, f1
from askcorpus.evaluation.statistics import Share
from askcorpus.types import Answer, Citation, Passage

RIGHT = 0.5
"""From this F1 on an answer names the right thing, though perhaps a word too much or too few."""

LOST_AT = (
    "furniture",
    "passages",
    "retrieval",
    "reading",
    "ranking",
    "threshold",
    "boundaries",
    "source",
    "false answer",
    "refused",
    "missing",
)
"""Stages that lose an answer, in the order of the way a question goes."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question, what came back, and which passages and articles it should have come from.

    Attributes:
        line: None when the run has no line for the question.
        passages: Ids of the index's passages that hold a gold place whole.
    """

    question: Question
    line: RunLine | None
    passages: frozenset[str]

    @property
    def answer(self) -> Answer | None:
        """Give what came back, if anything did."""
        return self.line.answer if self.line else None

    @property
    def golds(self) -> list[str]:
        """Give every acceptable wording."""
        return [gold.text for gold in self.question.golds]

    @property
    def articles(self) -> frozenset[str]:
        """Give the ids of the articles that answer."""
        return frozenset(gold.article_id for gold in self.question.golds)

    @property
    def best(self) -> str | None:
        """Give the best candidate, whether it passed the threshold or not."""
        return (self.answer.text or self.answer.best_rejected) if self.answer else None

    @property
    def is_right(self) -> bool:
        """Tell whether the best candidate is a right one, by `RIGHT`."""
        return bool(self.golds) and self.best is not None and f1(self.best, self.golds) >= RIGHT


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one question adds to each measure, and the stage that lost it, if one did.

    Attributes:
        shares: Measures of which the question is not a kind are absent.
    """

    case: Case
    shares: Mapping[str, Share]
    lost_at: str | None


def judge(
    questions: Iterable[Question], lines: Iterable[RunLine], passages: Sequence[Passage]
) -> tuple[Judgement, ...]:
    """Judge every question, whether the run has a line for it or not."""
    found = {line.question_id: line for line in lines}
    cases = (
        Case(question, found.get(question.question_id), _holders(question.golds, passages))
        for question in questions
    )
    return tuple(Judgement(case, _shares(case), lost_at(case)) for case in cases)


def lost_at(case: Case) -> str | None:
    """Name the stage that lost the question; None when nothing did."""
    if case.answer is None:
        return "refused" if case.line else "missing"
    if not case.golds:
        return "false answer" if case.answer.text is not None else None
    if case.answer.text is None or f1(case.answer.text, case.golds) < 1:
        return _lost(case, case.answer)
    return None if _cites_gold(case, case.answer) else "source"


def _lost(case: Case, answer: Answer) -> str:
    if answer.text is None and case.is_right:
        return "threshold"
    if _cites_gold(case, answer):
        return "boundaries"
    if all(gold.start is None for gold in case.question.golds):
        return "furniture"
    if not case.passages:
        return "passages"
    if not case.passages & {hit.passage.passage_id for hit in answer.passages}:
        return "retrieval"
    return "ranking" if _is_candidate(case, answer) else "reading"


def _is_candidate(case: Case, answer: Answer) -> bool:
    return any(
        f1(quote, case.golds) >= RIGHT
        for stage in answer.stages
        if stage.hit.passage.passage_id in case.passages
        for quote, _ in stage.spans
    )


def _cites_gold(case: Case, answer: Answer) -> bool:
    return any(_on_gold(case, citation) for citation in answer.citations)


def _on_gold(case: Case, citation: Citation) -> bool:
    return any(
        gold.article_id == citation.article_id
        and gold.start is not None
        and gold.end is not None
        and max(gold.start, citation.start) < min(gold.end, citation.end)
        for gold in case.question.golds
    )


def _holders(golds: Iterable[Gold], passages: Sequence[Passage]) -> frozenset[str]:
    return frozenset(
        passage.passage_id
        for gold in golds
        if gold.start is not None and gold.end is not None
        for passage in passages
        if passage.article_id == gold.article_id
        and passage.start <= gold.start
        and gold.end <= passage.end
    )


# --- measures --------------------------------------------------------------------------------


def _shares(case: Case) -> dict[str, Share]:
    shares = ((measure.name, measure.share(case)) for measure in MEASURES)
    return {name: share for name, share in shares if share is not None}


def _exact(case: Case) -> Share:
    return Share(exact_match(case.answer.text, case.golds) if case.answer else 0.0)


def _f1(case: Case) -> Share:
    return Share(f1(case.answer.text, case.golds) if case.answer else 0.0)


def _is_given(case: Case) -> bool:
    return case.answer is None or case.answer.text is not None


def _given(case: Case) -> Share:
    return Share(float(_is_given(case)))


def _withheld(case: Case) -> Share:
    return Share(float(case.answer is None or case.answer.text is None))


def _right_source(case: Case) -> Share:
    named = [one.article_id for one in case.answer.citations[:1]] if case.answer else []
    return Share(float(bool(case.articles.intersection(named))))


def _precision(case: Case) -> Share:
    if case.answer is None:
        return Share(0.0)
    on_gold = sum(_on_gold(case, citation) for citation in case.answer.citations)
    return Share(on_gold, len(case.answer.citations))


def _verbatim(case: Case) -> Share:
    """Count an answer without a citation as one that is not verbatim."""
    if case.line is None or case.line.answer is None:
        return Share(0.0)
    unproved = case.line.answer.text is not None and not case.line.verbatim
    return Share(sum(case.line.verbatim), len(case.line.verbatim) or unproved)


def _by_passage(case: Case) -> tuple[list[str], frozenset[str]]:
    hits = case.line.retrieved if case.line else ()
    return [hit.passage.passage_id for hit in hits], case.passages


def _by_article(case: Case) -> tuple[list[str], frozenset[str]]:
    hits = case.line.retrieved if case.line else ()
    return distinct(hit.passage.article_id for hit in hits), case.articles


_Ranks = Callable[[Case], tuple[list[str], frozenset[str]]]
_Ranked = Callable[[Sequence[str], frozenset[str], int], float]


def _ranked(measure: _Ranked, ranks: _Ranks, k: int) -> Callable[[Case], Share]:
    return lambda case: Share(measure(*ranks(case), k))


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: what it is called, of which questions it is, which way is better.

    Attributes:
        kinds: Empty for all kinds of questions.
    """

    name: str
    label: str
    compute: Callable[[Case], Share]
    kinds: tuple[str, ...] = ()
    lower_is_better: bool = False
    answered_only: bool = False

    def share(self, case: Case) -> Share | None:
        """Give what the case adds; None if it is of another kind."""
        if self.kinds and case.question.kind not in self.kinds:
            return None
        return None if self.answered_only and not _is_given(case) else self.compute(case)


_ANSWERABLE = ("answerable",)
_UNANSWERABLE = ("near miss", "false premise", "off topic")

MEASURES = (
    Measure("f1", "F1, all questions", _f1),
    Measure("em", "EM, all questions", _exact),
    Measure("answerable_f1", "F1, answerable", _f1, _ANSWERABLE),
    Measure("answerable_em", "EM, answerable", _exact, _ANSWERABLE),
    Measure("success@1", "success@1, passage", _ranked(success, _by_passage, 1), _ANSWERABLE),
    Measure("success@5", "success@5, passage", _ranked(success, _by_passage, 5), _ANSWERABLE),
    Measure("rr@10", "RR@10, passage", _ranked(reciprocal_rank, _by_passage, 10), _ANSWERABLE),
    Measure("ndcg@10", "nDCG@10, passage", _ranked(ndcg, _by_passage, 10), _ANSWERABLE),
    Measure(
        "article_success@1", "success@1, article", _ranked(success, _by_article, 1), _ANSWERABLE
    ),
    Measure(
        "article_success@5", "success@5, article", _ranked(success, _by_article, 5), _ANSWERABLE
    ),
    Measure(
        "article_rr@10", "RR@10, article", _ranked(reciprocal_rank, _by_article, 10), _ANSWERABLE
    ),
    Measure("article_ndcg@10", "nDCG@10, article", _ranked(ndcg, _by_article, 10), _ANSWERABLE),
    Measure("right_source", "right source, answerable", _right_source, _ANSWERABLE),
    Measure(
        "right_source_when_answered",
        "right source, when answered",
        _right_source,
        _ANSWERABLE,
        answered_only=True,
    ),
    Measure("citation_precision", "citation precision, all citations", _precision),
    Measure("verbatim", "spans verbatim, all citations", _verbatim),
    Measure(
        "false_answers", "false answers, unanswerable", _given, _UNANSWERABLE, lower_is_better=True
    ),
    Measure(
        "false_answers_near_miss",
        "false answers, near misses",
        _given,
        ("near miss",),
        lower_is_better=True,
    ),
    Measure(
        "false_answers_false_premise",
        "false answers, false premise",
        _given,
        ("false premise",),
        lower_is_better=True,
    ),
    Measure(
        "false_answers_off_topic",
        "false answers, off topic",
        _given,
        ("off topic",),
        lower_is_better=True,
    ),
    Measure(
        "false_refusals", "false refusals, answerable", _withheld, _ANSWERABLE, lower_is_better=True
    ),
)
"""Every measure that is a sum over a sum, in the order of the report."""
