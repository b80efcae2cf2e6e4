"""Judged lines → measures with intervals, curves and losses, by part and by tag.

In: a run, or lines already judged. Out: `Summary`. Everything repeats with the seed.
May import: abstention, judging, questions, records, statistics, numpy.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from askcorpus.evaluation import abstention
from askcorpus.evaluation.judging import METRICS, STAGES, Metric, confidence_of, judge
from askcorpus.evaluation.questions import SET, SPLITS, UNANSWERABLE_KINDS, Question
from askcorpus.evaluation.records import (
    Judged,
    Line,
    Loss,
    Manifest,
    Measure,
    Part,
    Run,
    Summary,
    Table,
    Unit,
)
from askcorpus.evaluation.squad import f1
from askcorpus.evaluation.statistics import (
    Counts,
    Estimate,
    Floats,
    Resampling,
    Share,
    percentile,
    ratio,
    statistic,
)

BY_TAG = (
    "answerable_f1",
    "answerable_em",
    "success@5",
    "rr@10",
    "right_source",
    "false_answers",
    "false_refusals",
)
"""Measures given for each tag: what was found, read, cited, wrongly given and wrongly withheld."""

RISKS = (0.05, 0.10)
"""Shares of wrong answers that a reader may be ready to bear."""

LATENCIES = (("latency_p50", 0.5), ("latency_p95", 0.95))


def summarise(
    found: Run, *, questions: Iterable[Question] | None = None, seed: int | None = None
) -> Summary:
    """Measure a run.

    Args:
        questions: If given, those that count: one without a line scores the worst there is.
        seed: Of the resampling and the folds; the run's own if None.
    """
    seed = found.manifest.seed if seed is None else seed
    return summary_of(found.manifest, judge(found.lines, questions), seed)


def summary_of(manifest: Manifest, judged: Sequence[Judged], seed: int) -> Summary:
    """Measure judged lines: each part that there is, and all where there are several."""
    sections: dict[str, list[Judged]] = {}
    for one in judged:
        sections.setdefault(one.line.question.section, []).append(one)
    names = sorted(sections, key=_in_order)
    parts = {name or "no part": sections[name] for name in names if name or len(names) > 1}
    if len(parts) != 1:
        parts["all"] = list(judged)
    measured = tuple(_measured(name, those, manifest, seed) for name, those in parts.items())
    return Summary(manifest, measured, tuple(judged))


def _in_order(section: str) -> tuple[bool, int, str]:
    """Order parts as `SPLITS` does, outside sets after them by name, what has neither last."""
    place = SPLITS.index(section) if section in SPLITS else len(SPLITS)
    return (not section, place, section)


def _measured(name: str, judged: Sequence[Judged], manifest: Manifest, seed: int) -> Part:
    tags = sorted({tag for one in judged for tag in one.line.question.tags} - {SET + name})
    few = [metric for metric in METRICS if metric.name in BY_TAG]
    by_tag = ((tag, [one for one in judged if tag in one.line.question.tags]) for tag in tags)
    drawn = _Drawn.of(judged, seed)
    confidences, right = _confidences(_asked(judged))
    return Part(
        table=_table(
            name, drawn, METRICS, (*_confidence(drawn, seed), *_resources(drawn, manifest))
        ),
        tags=tuple(_table(tag, _Drawn.of(those, seed), few) for tag, those in by_tag),
        losses=_losses(judged, tags),
        risk_coverage=abstention.risk_coverage(confidences, right),
        reliability=abstention.reliability(confidences, right),
    )


# --- sums over sums --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Judged lines and how often each is drawn in each resample.

    Attributes:
        articles: How many articles are resampled whole.
    """

    judged: tuple[Judged, ...]
    resampling: Resampling
    articles: int

    @classmethod
    def of(cls, judged: Sequence[Judged], seed: int) -> _Drawn:
        questions = [one.line.question for one in judged]
        groups = [question.group for question in questions]
        articles = sorted({question.group for question in questions if has_article(question)})
        return cls(tuple(judged), Resampling.of(groups, articles, seed), len(articles))

    def only(self, kept: Sequence[bool]) -> _Drawn:
        """Give some of the lines with their own draws."""
        chosen = [one for one, keep in zip(self.judged, kept, strict=True) if keep]
        draws = self.resampling.draws[:, np.array(kept, dtype=bool)]
        return _Drawn(tuple(chosen), Resampling(draws), self.articles)


def has_article(question: Question) -> bool:
    """Tell whether a question is about an article that is resampled whole."""
    return bool(question.golds or question.relevant)


def _table(
    name: str, drawn: _Drawn, metrics: Sequence[Metric], more: Iterable[Measure] = ()
) -> Table:
    rows = (_row(metric, drawn) for metric in metrics)
    return Table(name, len(drawn.judged), drawn.articles, (*rows, *more))


def _row(metric: Metric, drawn: _Drawn) -> Measure:
    shares = [one.shares.get(metric.name) for one in drawn.judged]
    found = ratio(shares, drawn.resampling)
    return Measure(
        name=metric.name,
        label=metric.label,
        group=metric.group,
        unit="share",
        value=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        lower_is_better=metric.lower_is_better,
    )


# --- confidence ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure that is no sum over a sum: what it is called and which way is better."""

    name: str
    label: str
    group: str
    unit: Unit
    lower_is_better: bool = False

    def measure(self, found: Estimate) -> Measure:
        """Give the measure with its value."""
        return Measure(
            self.name,
            self.label,
            self.group,
            self.unit,
            found.value,
            found.low,
            found.high,
            found.n,
            self.lower_is_better,
        )


_CONFIDENCE = partial(Figure, group="confidence", unit="share")
AUROC = _CONFIDENCE("auroc", "AUROC, right or wrong")
AUROC_ANSWERABLE = _CONFIDENCE("auroc_answerable", "AUROC, answerable or not")
AUROC_NEAR_MISS = _CONFIDENCE("auroc_near_miss", "AUROC, answerable or near miss")
AURC = _CONFIDENCE("aurc", "AURC, mean risk over all coverages", lower_is_better=True)
COVERAGES = tuple(
    (_CONFIDENCE(f"coverage@{risk:.0%}", f"coverage at {risk:.0%} wrong answers"), risk)
    for risk in RISKS
)
ECE = _CONFIDENCE("ece", "ECE, 10 bins of equal mass", lower_is_better=True)
CROSS_FITTED = _CONFIDENCE("cross_fitted_f1", "F1, threshold fitted on other articles")
ORACLE = _CONFIDENCE("oracle_f1", "F1, threshold fitted on these (oracle, no result)")


def _asked(judged: Iterable[Judged]) -> list[Judged]:
    """Leave out the questions that have no answer to be confident of."""
    return [one for one in judged if one.line.question.kind != "relevance only"]


def _confidences(judged: Sequence[Judged]) -> tuple[Floats, abstention.Flags]:
    confidences = np.array([confidence_of(one.line) for one in judged], dtype=np.float64)
    return confidences, np.array([one.is_right for one in judged], dtype=bool)


def _confidence(drawn: _Drawn, seed: int) -> list[Measure]:
    drawn = drawn.only([one.line.question.kind != "relevance only" for one in drawn.judged])
    confidences, right = _confidences(drawn.judged)

    def found(compute: Callable[[Floats, abstention.Flags, Counts], Floats]) -> Estimate:
        return statistic(partial(compute, confidences, right), len(drawn.judged), drawn.resampling)

    return [
        AUROC.measure(found(abstention.auroc)),
        AUROC_ANSWERABLE.measure(_answerability(drawn, UNANSWERABLE_KINDS)),
        AUROC_NEAR_MISS.measure(_answerability(drawn, ("near miss",))),
        AURC.measure(found(abstention.aurc)),
        *(one.measure(found(partial(abstention.coverage_at, risk))) for one, risk in COVERAGES),
        ECE.measure(found(abstention.calibration_error)),
        *_thresholds(drawn, confidences, seed),
    ]


def _answerability(drawn: _Drawn, kinds: Sequence[str]) -> Estimate:
    """Give how well confidence tells answerable questions from those of some kinds."""
    kept = drawn.only([one.line.question.kind in ("answerable", *kinds) for one in drawn.judged])
    answerable = np.array([bool(one.line.golds) for one in kept.judged], dtype=bool)
    # What did not come back is as wrong as can be, either way.
    confidences = np.array(
        [
            float(not one.line.golds) if one.line.confidence is None else one.line.confidence
            for one in kept.judged
        ],
        dtype=np.float64,
    )
    compute = partial(abstention.auroc, confidences, answerable)
    return statistic(compute, len(kept.judged), kept.resampling)


def _thresholds(drawn: _Drawn, confidences: Floats, seed: int) -> list[Measure]:
    """Give F1 under thresholds fitted elsewhere, and under the best there is."""
    pairs = np.array([_given_or_not(one.line) for one in drawn.judged], dtype=np.float64)
    given, withheld = pairs.reshape(-1, 2).T
    folds = abstention.folds_of([one.line.question.group for one in drawn.judged], seed)
    scores = abstention.cross_fitted(given, withheld, confidences, folds)
    fitted = ratio([None if math.isnan(s) else Share(float(s)) for s in scores], drawn.resampling)
    oracle = statistic(
        partial(abstention.oracle_threshold, given, withheld, confidences),
        len(drawn.judged),
        drawn.resampling,
    )
    return [CROSS_FITTED.measure(fitted), ORACLE.measure(oracle)]


def _given_or_not(line: Line) -> tuple[float, float]:
    """Give the F1 of a line if its best candidate were given, and if nothing were."""
    if line.outcome in ("refused", "missing"):
        return 0.0, 0.0
    return f1(line.best, line.golds), f1(None, line.golds)


# --- resources -------------------------------------------------------------------------------


def _resources(drawn: _Drawn, manifest: Manifest) -> list[Measure]:
    once = Figure(
        "latency_cold", "latency of the first question, ms", "resources", "ms", lower_is_better=True
    )
    peak = None if manifest.peak_bytes is None else manifest.peak_bytes / 1e6
    memory = Figure("peak_memory", "peak memory, MB", "resources", "MB", lower_is_better=True)
    return [
        *(_latency(name, share, drawn) for name, share in LATENCIES),
        once.measure(Estimate(1_000 * manifest.cold_seconds, None, None, 1)),
        memory.measure(Estimate(peak, None, None, int(peak is not None))),
    ]


def _latency(name: str, share: float, drawn: _Drawn) -> Measure:
    timed = drawn.only([one.line.outcome in ("answered", "not_found") for one in drawn.judged])
    milliseconds = np.array([1_000 * one.line.seconds for one in timed.judged])

    def compute(weights: Counts) -> Floats:
        return percentile(milliseconds, share, weights)

    found = statistic(compute, len(timed.judged), timed.resampling)
    label = f"latency p{100 * share:.0f}, ms"
    return Figure(name, label, "resources", "ms", lower_is_better=True).measure(found)


# --- losses ----------------------------------------------------------------------------------


def _losses(judged: Sequence[Judged], named: Sequence[str]) -> tuple[Loss, ...]:
    lost = [(one.lost_at, one.line.question.tags) for one in judged if one.lost_at is not None]
    tags = {stage: Counter[str]() for stage, _ in lost}
    for stage, those in lost:
        tags[stage].update(tag for tag in those if tag in named)
    counts = Counter(stage for stage, _ in lost)
    return tuple(
        Loss(stage, counts[stage], dict(sorted(tags[stage].items())))
        for stage in STAGES
        if stage in counts
    )
