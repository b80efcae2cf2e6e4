"""Means with intervals, from seeded resampling. In: a share a question, its group. Out: rows.

Questions about one article are not independent, so whole articles are resampled (Davison and
Hinkley, 1997, section 3.8); unanswerable questions belong to no article and are resampled one by
one. May import: numpy, stdlib.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 1_000
SHUFFLES = 10_000
LEVEL = 0.95

SLICE = 100
"""Resamples and shuffles that are worked on at once: ten thousand questions fit in memory."""

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Share:
    """What one question adds to a measure: `won` of `of`; the measure is sum over sum.

    For a plain mean `of` is 1; for a share of citations it is the number of citations.
    """

    won: float
    of: float = 1.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval and the number of things it is the mean of.

    Attributes:
        value: None, like `low` and `high`, where there is nothing to measure.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Resampling:
    """How often each question is drawn in each resample: int64[resamples, n]."""

    draws: Counts

    @classmethod
    def of(cls, groups: Sequence[str], articles: Sequence[str], seed: int) -> Resampling:
        """Draw articles among articles, and questions of no article among themselves.

        Args:
            groups: Group of each question, n of them.
            articles: The groups that are articles.
            seed: Equal seeds and groups give equal draws.
        """
        random = np.random.default_rng(seed)
        draws = np.zeros((RESAMPLES, len(groups)), dtype=np.int64)
        names = sorted(set(groups))
        for stratum in (
            [name for name in names if name in set(articles)],
            [name for name in names if name not in set(articles)],
        ):
            _draw(draws, groups, stratum, random)
        return cls(draws)


def _draw(
    draws: Counts, groups: Sequence[str], stratum: Sequence[str], random: np.random.Generator
) -> None:
    if not stratum:
        return
    n = len(stratum)
    times = random.multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    column = {name: index for index, name in enumerate(stratum)}
    for question, group in enumerate(groups):
        if group in column:
            draws[:, question] = times[:, column[group]]


def ratio(shares: Sequence[Share | None], resampling: Resampling) -> Estimate:
    """Give the sum of `won` over the sum of `of`; None marks a question of another kind.

    Where all won or none did, resampling sees no spread, though four of four are no proof: the
    interval is then Wilson's, as of independent questions.
    """
    won = np.array([share.won if share else 0.0 for share in shares])
    of = np.array([share.of if share else 0.0 for share in shares])
    if not of.sum():
        return Estimate(None, None, None, 0)
    bottom = resampling.draws @ of
    values = (resampling.draws @ won)[bottom > 0] / bottom[bottom > 0]
    value, n = float(won.sum() / of.sum()), round(of.sum())
    ends = _interval(values)
    if ends == (None, None) and value in (0.0, 1.0):
        ends = wilson(value, n)
    return Estimate(value, *ends, n)


def statistic(compute: Callable[[Counts], Floats], n: int, resampling: Resampling) -> Estimate:
    """Give any statistic of weighted questions, with its interval.

    Args:
        compute: Takes how often each question counts, int64[m, questions]; gives float64[m],
            NaN where there is nothing to measure.
        n: How many questions it is a statistic of.
    """
    once = np.ones((1, resampling.draws.shape[1]), dtype=np.int64)
    whole = float(compute(once)[0]) if n else math.nan
    if math.isnan(whole):
        return Estimate(None, None, None, n)
    slices = (resampling.draws[at : at + SLICE] for at in range(0, RESAMPLES, SLICE))
    values = np.concatenate([compute(weights) for weights in slices])
    return Estimate(whole, *_interval(values[~np.isnan(values)]), n)


def percentile(values: Floats, share: float, weights: Counts) -> Floats:
    """Give the percentile of the values, each as often as its weight says; NaN of none.

    Args:
        values: float64[n].
        share: In [0, 1].
        weights: int64[m, n].

    Returns:
        float64[m].
    """
    order = np.argsort(values)
    counted = np.cumsum(weights[:, order], axis=1)
    position = share * np.maximum(counted[:, -1:] - 1, 0)
    below, above = (
        values[order][np.minimum((counted <= index).sum(axis=1), len(values) - 1)]
        for index in (np.floor(position), np.ceil(position))
    )
    between = below + (above - below) * (position % 1)[:, 0]
    drawn: Floats = np.where(counted[:, -1] > 0, between, math.nan)
    return drawn


def difference(before: Sequence[Share], after: Sequence[Share], resampling: Resampling) -> Estimate:
    """Give ratio after minus ratio before, question by question, with its interval."""
    pairs = [_sums(shares) for shares in (before, after)]
    drawn = [ratios(resampling.draws @ won, resampling.draws @ of) for won, of in pairs]
    values = drawn[1] - drawn[0]
    whole = [won.sum() / of.sum() if of.sum() else 0.0 for won, of in pairs]
    ends = _interval(values[~np.isnan(values)])
    if list(before) == list(after):
        ends = (0.0, 0.0)
    return Estimate(float(whole[1] - whole[0]), *ends, len(before))


def randomisation(before: Sequence[Share], after: Sequence[Share], seed: int) -> float:
    """Give the two-sided p of the difference, by swapping runs question by question.

    p = (hits + 1) / (shuffles + 1), so that it is never 0 (Davison and Hinkley, 1997, 4.11).
    """
    (won_a, of_a), (won_b, of_b) = _sums(before), _sums(after)
    random = np.random.default_rng(seed)
    seen = abs(_over(won_b.sum(), of_b.sum()) - _over(won_a.sum(), of_a.sum()))
    # To swap what is equal changes nothing.
    gained = np.stack([won_b - won_a, of_b - of_a], axis=1)
    gained = gained[gained.any(axis=1)]
    hits = 0
    for _ in range(0, SHUFFLES, SLICE):
        won, of = (random.integers(0, 2, size=(SLICE, len(gained))) @ gained).T
        differences = _over(won_b.sum() - won, of_b.sum() - of) - _over(
            won_a.sum() + won, of_a.sum() + of
        )
        # Sums of the same numbers in another order differ in the last bits.
        hits += int((np.abs(differences) >= seen - 1e-12).sum())
    return (hits + 1) / (SHUFFLES + 1)


def holm(ps: Sequence[float]) -> list[float]:
    """Give the p values adjusted for being several (Holm, 1979), in the order given."""
    adjusted = [1.0] * len(ps)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[index]))
        adjusted[index] = highest
    return adjusted


def wilson(share: float, n: int) -> tuple[float, float]:
    """Give the 95 % interval of a share of n independent things (Wilson, 1927)."""
    z = 1.959963984540054
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _interval(values: Floats) -> tuple[float | None, float | None]:
    """Give the middle of the resampled values; none where they do not differ at all."""
    # Equal ratios of other sums differ in the last bits.
    if not values.size or np.ptp(values) <= 1e-12 * np.abs(values).max():
        return None, None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _sums(shares: Sequence[Share]) -> tuple[Floats, Floats]:
    return np.array([s.won for s in shares]), np.array([s.of for s in shares])


def ratios(won: Floats, of: Floats) -> Floats:
    """Divide, float64[m] each; NaN where there is nothing to divide by."""
    quotients: Floats = np.full(len(of), np.nan)
    return np.divide(won, of, out=quotients, where=of > 0)


def _over(won: Floats, of: Floats) -> Floats:
    quotients: Floats = np.divide(won, of, out=np.zeros(np.shape(won)), where=of > 0)
    return quotients
