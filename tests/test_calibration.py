"""A confidence is a probability, and a verdict says what it was worth."""

import pytest

from askcorpus.calibration import FEATURES, UNMEASURED, Calibration, Level
from askcorpus.errors import DataError
from askcorpus.types import Verdict


def test_probability_is_bounded():
    """A wild feature gives a probability all the same."""
    fitted = Calibration(0.0, {"margin": 1e6}, 0.5)
    values = dict.fromkeys(FEATURES, 0.0)
    assert fitted.probability({**values, "margin": 12.0}) == pytest.approx(1.0)
    assert fitted.probability({**values, "margin": -12.0}) == pytest.approx(0.0)


def test_calibration_is_read_as_it_was_written():
    """Stored and read again, it is the same record."""
    fitted = Calibration(0.1, dict.fromkeys(FEATURES, 0.25), 0.4)
    assert Calibration.from_dict(fitted.to_dict()) == fitted


def test_half_a_calibration_is_refused():
    """A missing weight is named."""
    stored = {"intercept": 0.0, "weights": {"margin": 1.0}, "threshold": 0.5}
    with pytest.raises(DataError, match="'lead'"):
        Calibration.from_dict(stored)


MEASURED = (
    Level(0.8, Verdict("Clear match", 0.9, 0.8, 0.95, 60)),
    Level(0.6, Verdict("Probable", 0.7, 0.6, 0.8, 50)),
    Level(0.0, Verdict("Weak: read the passage", 0.5, 0.4, 0.6, 40)),
)


@pytest.mark.parametrize(
    ("confidence", "word"),
    [
        (1.0, "Clear match"),
        (0.8, "Clear match"),
        (0.79, "Probable"),
        (0.6, "Probable"),
        (0.59, "Weak: read the passage"),
        (0.0, "Weak: read the passage"),
    ],
)
def test_a_verdict_is_that_of_the_highest_level_reached(confidence, word):
    """A level begins at its cut point, and the last one holds all that is below."""
    fitted = Calibration(0.0, {}, 0.5, MEASURED)
    assert fitted.verdict(confidence).word == word


def test_levels_are_read_as_they_were_written():
    """Cut points and what was measured come back."""
    fitted = Calibration(0.1, dict.fromkeys(FEATURES, 0.25), 0.4, MEASURED)
    assert Calibration.from_dict(fitted.to_dict()) == fitted


def test_without_measurement_a_verdict_claims_nothing():
    """The words are there, the shares are not."""
    assert [level.verdict.right for level in UNMEASURED] == [None, None, None]
    assert Calibration(0.0, {}, 0.5).verdict(0.55) == Verdict("Probable", None, None, None, 0)
