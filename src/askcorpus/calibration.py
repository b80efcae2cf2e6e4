"""What an answer shows → the probability that it is right, and what that is worth in words.

The probability is a logistic regression (Platt 1999) over features of an answer, fitted on
questions whose answers are known. What its figures mean (how often answers of one verdict were
right) was counted on questions that the fit had not seen, and is stored beside it.

In: features and outcomes. Out: probabilities, thresholds, verdicts. Pure: no files, no models.
May import: types, errors, numpy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from askcorpus.errors import DataError
from askcorpus.types import Json, Verdict

FEATURES = (
    "margin",
    "lead",
    "cosine",
    "score",
    "rank",
    "coverage",
    "names",
    "head",
    "agreement",
)
"""What the probability is made of, in this order; see `answers.features`."""

CLEAR, PROBABLE, WEAK = "Clear match", "Probable", "Weak: read the passage"


@dataclass(frozen=True, slots=True)
class Level:
    """A verdict and where it begins.

    Attributes:
        least: Least confidence, in [0, 1], that earns the verdict.
    """

    least: float
    verdict: Verdict

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {"least": self.least, **self.verdict.to_dict()}


@dataclass(frozen=True, slots=True)
class Bin:
    """Held-out questions of like confidence, and how many of them were right.

    Attributes:
        low: Least confidence among them; `high` is the highest.
        confidence: Their mean confidence.
        right: Share of them that were right.
    """

    low: float
    high: float
    confidence: float
    right: float
    n: int

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "low": self.low,
            "high": self.high,
            "confidence": self.confidence,
            "right": self.right,
            "n": self.n,
        }


UNMEASURED = tuple(
    Level(least, Verdict(word, None, None, None, 0))
    for least, word in ((0.8, CLEAR), (0.5, PROBABLE), (0.0, WEAK))
)
"""Where nothing was measured, the words are taken literally: probable is more than even."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted logistic regression and the threshold below which nothing is answered.

    Attributes:
        intercept: Log-odds where every feature is zero.
        weights: Log-odds for each unit of a feature, by its name in `FEATURES`.
        threshold: Least probability, in [0, 1], at which an answer is given.
        levels: The verdicts, best first; the last begins at 0.
        bins: Stated and found shares on held-out questions, in bins of equal numbers of them;
            empty where nothing was measured.
    """

    intercept: float
    weights: Mapping[str, float]
    threshold: float
    levels: tuple[Level, ...] = UNMEASURED
    bins: tuple[Bin, ...] = ()

    def probability(self, values: Mapping[str, float]) -> float:
        """Give the probability, in [0, 1], that a candidate with these features is right."""
        logit = self.intercept + sum(weight * values[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))

    def verdict(self, confidence: float) -> Verdict:
        """Say a confidence in words, with what such answers were worth on held-out questions."""
        found = (level.verdict for level in self.levels if confidence >= level.least)
        return next(found, self.levels[-1].verdict)

    @property
    def error(self) -> float | None:
        """Expected calibration error, in [0, 1], over bins of equal mass (Nixon et al. 2019)."""
        n = sum(one.n for one in self.bins)
        apart = sum(one.n * abs(one.confidence - one.right) for one in self.bins)
        return apart / n if n else None

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Calibration:
        """Read what `to_dict` wrote.

        Raises:
            DataError: Something is missing or is no number.
        """
        try:
            return cls(
                intercept=float(stored["intercept"]),
                weights={name: float(stored["weights"][name]) for name in FEATURES},
                threshold=float(stored["threshold"]),
                levels=tuple(map(_level, stored.get("levels", ()))) or UNMEASURED,
                bins=tuple(map(_bin, stored.get("reliability", ()))),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"This is no calibration: {error!r} is missing or wrong.") from error

    def to_dict(self) -> Json:
        """Give the record as JSON-ready values."""
        return {
            "intercept": self.intercept,
            "weights": dict(self.weights),
            "threshold": self.threshold,
            "levels": [level.to_dict() for level in self.levels],
            "error": self.error,
            "reliability": [one.to_dict() for one in self.bins],
        }


UNCALIBRATED = Calibration(
    intercept=-0.5,
    weights={**dict.fromkeys(FEATURES, 0.0), "margin": 0.4, "lead": 0.1},
    threshold=0.5,
)
"""For a foreign reader that was never fitted: its margin alone, flattened to stay modest."""


def _level(stored: Mapping[str, Any]) -> Level:
    """Read one level."""
    right, low, high = (
        None if stored[name] is None else float(stored[name]) for name in ("right", "low", "high")
    )
    verdict = Verdict(str(stored["word"]), right, low, high, int(stored["n"]))
    return Level(float(stored["least"]), verdict)


def _bin(stored: Mapping[str, Any]) -> Bin:
    """Read one bin."""
    low, high, confidence, right = (
        float(stored[name]) for name in ("low", "high", "confidence", "right")
    )
    return Bin(low, high, confidence, right, int(stored["n"]))
