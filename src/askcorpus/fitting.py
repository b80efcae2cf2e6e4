"""Questions with known answers → a calibration, and what it got on questions it had not seen.

Whatever is fitted here is judged by cross-fitting: every question is judged by a fit, and by a
threshold, that was made without it. The shares reported are those, not those of the final fit on
its own questions, which would flatter it.

In: what each question showed when its passages were read. Out: `Calibration`, shares with
intervals. May import: types, errors, calibration, numpy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from askcorpus.calibration import CLEAR, FEATURES, PROBABLE, WEAK, Bin, Calibration, Level
from askcorpus.errors import DataError
from askcorpus.types import SCHEMA, Json, Verdict

Floats = npt.NDArray[np.float64]

FOLDS = 10
SEED = 20261120

LEAST_QUESTIONS = 20
"""Below, one wrong answer moves the share of wrong ones by more than five percent."""

LEAST_FOR_WEIGHTS = 100
"""Questions from which on the weights are fitted as well; fewer move the threshold alone."""

PRIOR_ROWS = 10.0
"""How strongly weights are held to those they start from: a weight of one standard deviation is
believed as much as if so many rows had shown it."""

CLEAR_SHARE, PROBABLE_SHARE = 0.8, 0.5
"""What the words promise: four right of five is what people call reliable, probable is more
often right than wrong. The confidence from which on that holds is measured."""

LEAST_COUNTED = 10
"""Answers a word must be earned by: the best few of any list are right by luck."""

BINS = 10
_NORMAL = 1.959964
"""Half width of a 95 % interval of the normal distribution, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What one question of known answer showed.

    Attributes:
        groups: (features, whether it is right) of each competing answer, the reader's best first.
        answerable: Whether the corpus holds an answer.
        weight: How much the question counts in the fit.
    """

    groups: tuple[tuple[Mapping[str, float], bool], ...]
    answerable: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer that one question would be given.

    Attributes:
        probability: In [0, 1]; 0 where nothing was found at all.
        place: Which of the question's competing answers it is, from 0; None if there was none.
    """

    probability: float
    right: bool
    answerable: bool
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval (Wilson 1927); all None for a share of nothing."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of(cls, hits: int, n: int) -> Rate:
        """Give the share of hits among n."""
        if not n:
            return cls(None, None, None, 0)
        share, square = hits / n, _NORMAL * _NORMAL
        middle = (share + square / (2 * n)) / (1 + square / n)
        spread = share * (1 - share) / n + square / (4 * n * n)
        half = _NORMAL * math.sqrt(spread) / (1 + square / n)
        return cls(share, max(0.0, middle - half), min(1.0, middle + half), n)

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a threshold means for a set of questions.

    Attributes:
        wrong: Wrong answers among those given.
        answered: Answers given among the questions that have one.
        declined: Nothing answered among the questions that have no answer.
    """

    wrong: Rate
    answered: Rate
    declined: Rate

    @classmethod
    def of(cls, given: Sequence[tuple[Judged, bool]]) -> Outcome:
        """Count (what was judged, whether it was answered)."""
        answers = [one for one, answered in given if answered]
        can = [answered for one, answered in given if one.answerable]
        cannot = [answered for one, answered in given if not one.answerable]
        return cls(
            wrong=Rate.of(sum(not one.right for one in answers), len(answers)),
            answered=Rate.of(sum(can), len(can)),
            declined=Rate.of(len(cannot) - sum(cannot), len(cannot)),
        )

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "wrong": self.wrong.to_dict(),
            "answered": self.answered.to_dict(),
            "declined": self.declined.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Fitted:
    """A calibration fitted to a user's own questions, and what it got on them.

    Attributes:
        weighed: Whether the weights were fitted too, not the threshold alone.
        before: What the calibration that was in use got.
        after: What the new one got, cross-fitted.
    """

    calibration: Calibration
    questions: int
    max_risk: float
    weighed: bool
    before: Outcome
    after: Outcome

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "schema": SCHEMA,
            "questions": self.questions,
            "max_risk": self.max_risk,
            "threshold": self.calibration.threshold,
            "weights_fitted": self.weighed,
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "levels": [level.to_dict() for level in self.calibration.levels],
            "notes": self.notes(),
        }

    def to_text(self) -> str:
        """Say what was asked for, what was got, and what that rests on."""
        can, cannot = self.after.answered.n, self.after.declined.n
        lines = [
            f"{self.questions} questions: {can} with an answer in the corpus, {cannot} without.",
            f"Asked for: wrong at most {percent(self.max_risk)} of the time it answers.",
            f"Got, each question judged by a fit without it: {_told(self.after)}.",
            f"Before: {_told(self.before)}.",
            f"Answers are given from a confidence of {self.calibration.threshold:.2f} on.",
        ]
        return "\n".join([*lines, *self.notes()])

    def notes(self) -> list[str]:
        """Say what the questions could not show."""
        found = []
        if not self.after.declined.n:
            found.append(
                "None of the questions lacks an answer, so how often such a question is answered "
                "wrongly is not known; the threshold was not lowered. Add some that the corpus "
                "cannot answer."
            )
        if self.questions < LEAST_FOR_WEIGHTS:
            found.append(
                f"Fewer than {LEAST_FOR_WEIGHTS} questions: the threshold was fitted, the weights "
                "were kept."
            )
        if self.after.wrong.high is not None and self.after.wrong.high > self.max_risk:
            found.append(
                f"So few questions cannot promise it: up to {percent(self.after.wrong.high)} of "
                "answers may be wrong. More questions make this narrower."
            )
        return found


def _told(outcome: Outcome) -> str:
    """Say an outcome in words."""
    told = [
        f"wrong {_interval(outcome.wrong)} of the time it answers"
        if outcome.wrong.n
        else "answers nothing",
        f"answers {_interval(outcome.answered)} of your questions that have an answer",
    ]
    if outcome.declined.n:
        told.append(f"declines {_interval(outcome.declined)} of those that have none")
    return "; ".join(told)


def _interval(rate: Rate) -> str:
    """Write a share with its interval and number: `8% [3–18, n=60]`."""
    if not rate.n:
        return "none"
    low, high = (percent(end).removesuffix("%") for end in (rate.low, rate.high))
    return f"{percent(rate.value)} [{low}–{high}, n={rate.n}]"


def fit_to(observed: Sequence[Observed], base: Calibration, max_risk: float) -> Fitted:
    """Fit threshold, and with enough questions the weights, to a user's own questions.

    Args:
        observed: At least 20 questions.
        base: What was in use before, where the fit starts from.
        max_risk: Share, in (0, 1), of given answers that may be wrong.

    Raises:
        DataError: There are too few questions, or no threshold keeps the share.
    """
    if len(observed) < LEAST_QUESTIONS:
        raise DataError(_too_few(observed, base))
    before = judge(observed, base)
    points, fitted = _weighed(observed, base, before)
    # Where nothing is known of questions without an answer, they are let in no more easily.
    floor = base.threshold if all(one.answerable for one in observed) else 0.0
    threshold = choose(points, max_risk)
    if threshold is None:
        raise DataError(_unreachable(points, max_risk))
    threshold, weighed = max(threshold, floor), fitted is not base
    chosen = replace(
        fitted,
        threshold=threshold,
        levels=levels(points, threshold) if weighed else recounted(points, base, threshold),
        bins=reliability(points),
    )
    return Fitted(
        calibration=chosen,
        questions=len(observed),
        max_risk=max_risk,
        weighed=weighed,
        before=Outcome.of([(one, one.probability >= base.threshold) for one in before]),
        after=_cross_chosen(points, max_risk, floor),
    )


def fit(
    observed: Sequence[Observed], prior: Calibration, rows_believed: float = PRIOR_ROWS
) -> Calibration:
    """Fit intercept and weights by penalised maximum likelihood (Newton's method).

    Args:
        prior: Weights are drawn towards its; its threshold and levels are kept.
        rows_believed: Strength of that, in rows.
    """
    values, right, weight = _table(observed)
    scale = np.where(values.std(axis=0) > 0, values.std(axis=0), 1.0)
    scale[0] = 1.0
    start = np.array([prior.intercept, *(prior.weights.get(name, 0.0) for name in FEATURES)])
    penalty = np.full(len(start), rows_believed)
    # The intercept follows the questions' own share of right ones, unless all are alike.
    penalty[0] = 0.01
    found = _newton(values / scale, right, weight, start * scale, penalty) / scale
    weights = dict(zip(FEATURES, found[1:].tolist(), strict=True))
    return replace(prior, intercept=float(found[0]), weights=weights)


def judge(observed: Sequence[Observed], fitted: Calibration) -> list[Judged]:
    """Give the best answer to each question under a calibration."""
    judged = []
    for one in observed:
        chances = [fitted.probability(values) for values, _ in one.groups]
        place = max(range(len(chances)), key=chances.__getitem__, default=None)
        chance = 0.0 if place is None else chances[place]
        right = place is not None and one.groups[place][1]
        judged.append(Judged(chance, right, one.answerable, place))
    return judged


def cross_fitted(
    observed: Sequence[Observed], prior: Calibration, rows_believed: float = PRIOR_ROWS
) -> list[Judged]:
    """Judge every question by a fit that has not seen it."""
    judged: dict[int, Judged] = {}
    for held in _folds(len(observed)):
        kept = [one for place, one in enumerate(observed) if place not in held]
        fitted = fit(kept, prior, rows_believed)
        part = judge([observed[place] for place in sorted(held)], fitted)
        judged.update(zip(sorted(held), part, strict=True))
    return [judged[place] for place in range(len(observed))]


def choose(points: Sequence[Judged], max_risk: float) -> float | None:
    """Give the lowest threshold at which few enough answers are wrong; None if there is none.

    One more wrong answer is counted than was seen, as in conformal risk control (Angelopoulos et
    al. 2022): the threshold was chosen on the same questions, and few questions flatter.
    """
    ordered = sorted(points, key=lambda one: -one.probability)
    wrong, found = 0, None
    for given, one in enumerate(ordered, start=1):
        wrong += not one.right
        last = given == len(ordered) or ordered[given].probability < one.probability
        if last and one.probability > 0 and (wrong + 1) / (given + 1) <= max_risk:
            found = one.probability
    return found


def levels(points: Sequence[Judged], threshold: float) -> tuple[Level, ...]:
    """Put the cut points where answers begin to be as often right as the words promise.

    The share of right answers is taken to rise with confidence (isotonic regression), so that
    the promise holds for the least answer of a level too, not only for its mean.
    """
    ordered = sorted(points, key=lambda one: one.probability)
    risen = isotonic([float(one.right) for one in ordered])
    cuts = []
    for word, share in ((CLEAR, CLEAR_SHARE), (PROBABLE, PROBABLE_SHARE)):
        first = next((place for place, risen_to in enumerate(risen) if risen_to >= share), None)
        if first is not None and len(ordered) - first >= LEAST_COUNTED:
            cuts.append((ordered[first].probability, word))
    return _counted(points, [*cuts, (0.0, WEAK)], threshold)


def recounted(points: Sequence[Judged], base: Calibration, threshold: float) -> tuple[Level, ...]:
    """Keep the cut points and count anew what each level is worth."""
    return _counted(points, [(level.least, level.verdict.word) for level in base.levels], threshold)


def reliability(points: Sequence[Judged], bins: int = BINS) -> tuple[Bin, ...]:
    """Give stated and found shares in bins of equal numbers of questions, lowest first."""
    if not points:
        return ()
    ordered = sorted(points, key=lambda one: one.probability)
    parts = np.array_split(np.arange(len(ordered)), min(bins, len(ordered)))
    return tuple(
        Bin(
            low=ordered[int(part[0])].probability,
            high=ordered[int(part[-1])].probability,
            confidence=float(np.mean([ordered[place].probability for place in part])),
            right=float(np.mean([ordered[place].right for place in part])),
            n=len(part),
        )
        for part in parts
    )


def isotonic(values: Sequence[float]) -> list[float]:
    """Give the nearest rising sequence, by pooling neighbours that fall (Ayer et al. 1955)."""
    pools: list[tuple[float, int]] = []
    for value in values:
        total, n = value, 1
        while pools and pools[-1][0] * n >= total * pools[-1][1]:
            before, size = pools.pop()
            total, n = total + before, n + size
        pools.append((total, n))
    return [total / n for total, n in pools for _ in range(n)]


def _weighed(
    observed: Sequence[Observed], base: Calibration, before: list[Judged]
) -> tuple[list[Judged], Calibration]:
    """Fit the weights where there are enough questions and it helps on unseen ones."""
    if len(observed) < LEAST_FOR_WEIGHTS:
        return before, base
    points = cross_fitted(observed, base)
    gained = _surprise(before) - _surprise(points)
    # Less than one standard error is luck, and weights that many questions made are not luck.
    if gained.mean() <= gained.std(ddof=1) / math.sqrt(len(gained)):
        return before, base
    return points, fit(observed, base)


def _surprise(points: Sequence[Judged]) -> Floats:
    """Negative log-likelihood of what came out, float64[n]."""
    chances = [one.probability if one.right else 1 - one.probability for one in points]
    surprise: Floats = -np.log(np.clip(chances, 1e-9, 1.0))
    return surprise


def _cross_chosen(points: Sequence[Judged], max_risk: float, floor: float) -> Outcome:
    """Answer each question, or not, by a threshold that was chosen without it."""
    given: list[tuple[Judged, bool]] = []
    for held in _folds(len(points)):
        kept = [one for place, one in enumerate(points) if place not in held]
        # Where no threshold keeps the share, nothing is answered.
        threshold = max(choose(kept, max_risk) or math.inf, floor)
        given += [(points[place], points[place].probability >= threshold) for place in sorted(held)]
    return Outcome.of(given)


def _counted(
    points: Sequence[Judged], cuts: Sequence[tuple[float, str]], threshold: float
) -> tuple[Level, ...]:
    """Count how often answers of each level were right; only answers that would be given."""
    found, above = [], math.inf
    for least, word in cuts:
        inside = [one.right for one in points if max(least, threshold) <= one.probability < above]
        rate = Rate.of(sum(inside), len(inside))
        found.append(Level(least, Verdict(word, rate.value, rate.low, rate.high, rate.n)))
        above = least
    return tuple(found)


def _folds(n: int) -> list[set[int]]:
    """Cut n questions into ten parts at random, always the same way."""
    order = np.random.default_rng(SEED).permutation(n).tolist()
    return [set(order[fold::FOLDS]) for fold in range(min(FOLDS, n))]


def _table(observed: Sequence[Observed]) -> tuple[Floats, Floats, Floats]:
    """Give float64[rows, 1 + features], whether each is right, and how much it counts."""
    rows = [
        ([1.0, *(values[name] for name in FEATURES)], float(right), one.weight)
        for one in observed
        for values, right in one.groups[:1]
    ]
    values = np.array([row[0] for row in rows]).reshape(-1, 1 + len(FEATURES))
    return values, np.array([row[1] for row in rows]), np.array([row[2] for row in rows])


def _newton(
    values: Floats, right: Floats, weight: Floats, start: Floats, penalty: Floats
) -> Floats:
    """Give the coefficients of the least penalised loss; it is convex, so there is one."""
    found = start.copy()
    for _ in range(100):
        chance = 1 / (1 + np.exp(-np.clip(values @ found, -60, 60)))
        slope = values.T @ (weight * (chance - right)) + penalty * (found - start)
        bend = (values * (weight * chance * (1 - chance))[:, None]).T @ values
        step = np.linalg.solve(bend + np.diag(penalty), slope)
        # A full step may overshoot where the curve is flat; no weight moves further than this.
        found = found - step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    return found


def _too_few(observed: Sequence[Observed], base: Calibration) -> str:
    """Say what little a handful of questions tells."""
    given = [(one, one.probability >= base.threshold) for one in judge(observed, base)]
    wrong = Outcome.of(given).wrong
    told = (
        f"With the calibration in use, {percent(wrong.value)} of {wrong.n} answers are wrong; the "
        f"true share may be anywhere from {percent(wrong.low)} to {percent(wrong.high)}. "
        if wrong.n
        else ""
    )
    return (
        f"{len(observed)} questions are too few to fit anything to: {LEAST_QUESTIONS} is the "
        f"least, some of them without an answer in the corpus. {told}"
        "The calibration is as it was. Write down more questions and run this again."
    )


def _unreachable(points: Sequence[Judged], max_risk: float) -> str:
    """Say what the questions allow instead."""
    reachable = [risk / 100 for risk in range(5, 100, 5) if choose(points, risk / 100) is not None]
    least = next((risk for risk in reachable if risk > max_risk), None)
    hint = f" Ask for what can be had with: --max-risk {least:.2f}" if least else ""
    return (
        f"No threshold keeps wrong answers to {percent(max_risk)} on these {len(points)} "
        f"questions. The calibration is as it was. More questions may show that there is one.{hint}"
    )


def percent(share: float | None) -> str:
    """Write a share as people do: `10%`."""
    return "–" if share is None else f"{100 * share:.0f}%"
