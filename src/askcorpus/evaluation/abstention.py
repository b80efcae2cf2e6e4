"""How well a confidence tells right from wrong: confidences and outcomes → figures and curves.

In: for each question the confidence of its best candidate, and whether that is right. Figures
take weights too, how often each question counts, so that they can be resampled: `weights` is
int64[m, n], the result float64[m], NaN where there is nothing to measure. Questions of equal
confidence cannot be told apart by a threshold, so they are always taken together.
May import: numpy, records, statistics, stdlib.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from askcorpus.evaluation.records import ReliabilityBin, RiskPoint
from askcorpus.evaluation.statistics import Counts, Floats, ratios, wilson

BINS = 10
"""Bins of a reliability diagram, by equal numbers of questions."""

FOLDS = 5
"""Parts for cross-fitting a threshold: each is judged by a threshold of the others."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Sums over questions of equal confidence, the surest first.

    Attributes:
        size: float64[m, blocks], how many questions.
        sums: float64[m, blocks], the sum of what is counted.
    """

    size: Floats
    sums: Floats

    @classmethod
    def of(cls, confidences: Floats, counted: Floats, weights: Counts) -> _Blocks:
        """Add up `counted`, float64[n], within each level of confidence."""
        order = np.argsort(-confidences, kind="stable")
        starts = np.flatnonzero(np.diff(-confidences[order], prepend=-math.inf))
        drawn = weights[:, order].astype(np.float64)
        return cls(
            np.add.reduceat(drawn, starts, axis=1),
            np.add.reduceat(drawn * counted[order], starts, axis=1),
        )


def auroc(confidences: Floats, right: Flags, weights: Counts) -> Floats:
    """Give the probability that a right one is surer than a wrong one; ties count half.

    As the U statistic of Mann and Whitney (1947).

    Args:
        confidences: float64[n].
        right: bool[n].
        weights: int64[m, n].
    """
    if not confidences.size:
        return np.full(len(weights), math.nan)
    blocks = _Blocks.of(confidences, right.astype(np.float64), weights)
    good, bad = blocks.sums, blocks.size - blocks.sums
    surer = np.cumsum(good, axis=1) - good
    pairs = good.sum(axis=1) * bad.sum(axis=1)
    return ratios((bad * (surer + good / 2)).sum(axis=1), pairs)


def aurc(confidences: Floats, right: Flags, weights: Counts) -> Floats:
    """Give the area under the risk–coverage curve: the mean risk over all coverages.

    Geifman and El-Yaniv (2017). Within questions of equal confidence errors are spread evenly,
    which is the mean over all their orders.

    Args:
        confidences: float64[n].
        right: bool[n].
        weights: int64[m, n].
    """
    if not confidences.size:
        return np.full(len(weights), math.nan)
    blocks = _Blocks.of(confidences, (~right).astype(np.float64), weights)
    ends, errors = np.cumsum(blocks.size, axis=1), np.cumsum(blocks.sums, axis=1)
    begins, rate = ends - blocks.size, _rate(blocks)
    # The sum over a block of (errors before + j · rate) / (begin + j), j from 1 to its size.
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, ends.max(initial=0) + 1))])
    steps = harmonic[ends.astype(int)] - harmonic[begins.astype(int)]
    risks = rate * blocks.size + (errors - blocks.sums - rate * begins) * steps
    return ratios(risks.sum(axis=1), ends[:, -1])


def coverage_at(risk: float, confidences: Floats, right: Flags, weights: Counts) -> Floats:
    """Give the largest share of questions that can be answered at no more than this risk.

    Args:
        risk: Share of the answers that may be wrong, in [0, 1].
        confidences: float64[n].
        right: bool[n].
        weights: int64[m, n].
    """
    if not confidences.size:
        return np.full(len(weights), math.nan)
    blocks = _Blocks.of(confidences, (~right).astype(np.float64), weights)
    ends, errors = np.cumsum(blocks.size, axis=1), np.cumsum(blocks.sums, axis=1)
    # A share such as 1 of 20 must not be missed by its last bit.
    allowed = errors <= risk * ends + 1e-9
    return ratios((ends * allowed).max(axis=1), ends[:, -1])


def risk_coverage(confidences: Floats, right: Flags) -> tuple[RiskPoint, ...]:
    """Give coverage and risk at each confidence that a threshold could take, the highest first.

    Args:
        confidences: float64[n].
        right: bool[n].
    """
    if not confidences.size:
        return ()
    once = np.ones((1, len(confidences)), dtype=np.int64)
    blocks = _Blocks.of(confidences, (~right).astype(np.float64), once)
    ends, errors = np.cumsum(blocks.size[0]), np.cumsum(blocks.sums[0])
    levels = np.unique(confidences)[::-1]
    return tuple(
        RiskPoint(float(level), float(end / len(confidences)), float(wrong / end))
        for level, end, wrong in zip(levels, ends, errors, strict=True)
    )


def bins_of(confidences: Floats, bins: int = BINS) -> npt.NDArray[np.int64]:
    """Give the bin, from 0, of each confidence: bins of equal mass, cut at quantiles.

    Naeini, Cooper and Hauskrecht (2015), with bins of equal mass as in Nguyen and O'Connor
    (2015). Equal confidences share a bin, so with few levels there are fewer bins.

    Args:
        confidences: float64[n].
        bins: How many at most.
    """
    if not confidences.size:
        return np.zeros(0, dtype=np.int64)
    edges = np.quantile(confidences, np.linspace(0, 1, bins + 1))
    found: npt.NDArray[np.int64] = np.searchsorted(edges[1:-1], confidences).astype(np.int64)
    return found


def calibration_error(confidences: Floats, right: Flags, weights: Counts) -> Floats:
    """Give the expected calibration error: how far confidence is from the share that is right.

    The mean over equal-mass bins of |mean confidence - share right|, by their sizes. The bins
    are those of all questions, whatever the weights.

    Args:
        confidences: float64[n].
        right: bool[n].
        weights: int64[m, n].
    """
    if not confidences.size:
        return np.full(len(weights), math.nan)
    member = np.eye(BINS)[bins_of(confidences)]
    excess = (weights * (confidences - right)) @ member
    return ratios(np.abs(excess).sum(axis=1), weights.sum(axis=1).astype(np.float64))


def reliability(confidences: Floats, right: Flags) -> tuple[ReliabilityBin, ...]:
    """Give the bins of a reliability diagram, the least sure first.

    Args:
        confidences: float64[n].
        right: bool[n].
    """
    bins = bins_of(confidences)
    return tuple(
        _bin(confidences[bins == number], right[bins == number]) for number in np.unique(bins)
    )


def oracle_threshold(
    given: Floats, withheld: Floats, confidences: Floats, weights: Counts
) -> Floats:
    """Give the best mean score that any threshold could give, chosen on the very questions.

    The `best_f1` of SQuAD 2.0 (Rajpurkar et al., 2018): a bound, and no result.

    Args:
        given: float64[n], what each question scores if its best candidate is given.
        withheld: float64[n], what it scores if nothing is.
        confidences: float64[n].
        weights: int64[m, n].
    """
    if not confidences.size:
        return np.full(len(weights), math.nan)
    blocks = _Blocks.of(confidences, given - withheld, weights)
    gained = np.maximum(np.cumsum(blocks.sums, axis=1).max(axis=1), 0.0)
    return ratios(gained + weights @ withheld, weights.sum(axis=1).astype(np.float64))


def best_threshold(given: Floats, withheld: Floats, confidences: Floats) -> float:
    """Give the threshold that scores best; of several the highest, amid the gap below it.

    Args:
        given: float64[n], as in `oracle_threshold`.
        withheld: float64[n].
        confidences: float64[n].

    Returns:
        A confidence; infinite where it is best never to answer.
    """
    if not confidences.size:
        return math.inf
    once = np.ones((1, len(confidences)), dtype=np.int64)
    gained = np.cumsum(_Blocks.of(confidences, given - withheld, once).sums[0])
    best = int(np.argmax(gained))
    if gained[best] <= 0:
        return math.inf
    levels = np.append(np.unique(confidences)[::-1], 0.0)
    return float((levels[best] + levels[best + 1]) / 2)


def cross_fitted(
    given: Floats, withheld: Floats, confidences: Floats, folds: Sequence[int]
) -> Floats:
    """Give what each question scores under a threshold that was chosen on the other folds.

    Args:
        given: float64[n], as in `oracle_threshold`.
        withheld: float64[n].
        confidences: float64[n].
        folds: Fold of each question.

    Returns:
        float64[n]; NaN for all where there is only one fold.
    """
    scores = np.full(len(confidences), math.nan)
    members = np.array(folds, dtype=np.int64)
    if len(np.unique(members)) < 2:
        return scores
    for fold in np.unique(members):
        inside, outside = members == fold, members != fold
        least = best_threshold(given[outside], withheld[outside], confidences[outside])
        chosen = np.where(confidences >= least, given, withheld)
        scores[inside] = chosen[inside]
    return scores


def folds_of(groups: Sequence[str], seed: int) -> list[int]:
    """Deal groups out to folds of about equal size; a group is never split.

    Args:
        groups: Group of each question.
        seed: Equal seeds and groups give equal folds.
    """
    names, sizes = np.unique(np.array(groups, dtype=str), return_counts=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    loads = [0] * FOLDS
    fold: dict[str, int] = {}
    for index in sorted(shuffled.tolist(), key=lambda index: -int(sizes[index])):
        lightest = loads.index(min(loads))
        fold[str(names[index])] = lightest
        loads[lightest] += int(sizes[index])
    return [fold[group] for group in groups]


def _rate(blocks: _Blocks) -> Floats:
    rate: Floats = np.divide(
        blocks.sums, blocks.size, out=np.zeros_like(blocks.sums), where=blocks.size > 0
    )
    return rate


def _bin(confidences: Floats, right: Flags) -> ReliabilityBin:
    n = len(confidences)
    share = float(right.mean())
    return ReliabilityBin(float(confidences.mean()), share, *wilson(share, n), n)
