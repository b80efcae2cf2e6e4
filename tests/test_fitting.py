"""A calibration is fitted to questions, and judged on questions it has not seen."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from askcorpus.calibration import FEATURES, Calibration, Level
from askcorpus.errors import DataError
from askcorpus.fitting import (
    Fitted,
    Judged,
    Observed,
    Outcome,
    Rate,
    choose,
    cross_fitted,
    fit,
    fit_to,
    isotonic,
    judge,
    levels,
    recounted,
    reliability,
)
from askcorpus.types import Verdict

NOTHING = Calibration(0.0, dict.fromkeys(FEATURES, 0.0), 0.5)
BY_MARGIN = Calibration(0.0, {**dict.fromkeys(FEATURES, 0.0), "margin": 1.0}, 0.5)


def seen(margin: float, *, right: bool, answerable: bool = True, **more: float) -> Observed:
    """A question whose one answer has this margin."""
    values = {**dict.fromkeys(FEATURES, 0.0), "margin": margin, **more}
    return Observed(((values, right),), answerable)


def sample(n: int, seed: int = 1, bias: float = 0.0) -> list[Observed]:
    """Questions whose answers are right with the chance that the margin says, and a bias."""
    noise = np.random.default_rng(seed)
    margins = noise.normal(0.5, 2.0, n)
    chances = 1 / (1 + np.exp(-(margins + bias)))
    return [
        seen(float(margin), right=bool(noise.random() < chance), answerable=place % 4 > 0)
        for place, (margin, chance) in enumerate(zip(margins, chances, strict=True))
    ]


def points(*pairs: tuple[float, bool]) -> list[Judged]:
    """What questions would be answered with."""
    return [Judged(probability, right, answerable=True) for probability, right in pairs]


def test_the_fit_is_that_of_a_well_known_implementation():
    """Without a prior to speak of, weights equal those of scikit-learn without a penalty."""
    noise = np.random.default_rng(3)
    observed = [
        seen(one.groups[0][0]["margin"], right=one.groups[0][1], cosine=float(noise.normal()))
        for one in sample(400)
    ]
    fitted = fit(observed, NOTHING, rows_believed=1e-9)
    rows = [[one.groups[0][0]["margin"], one.groups[0][0]["cosine"]] for one in observed]
    plain = LogisticRegression(C=np.inf, tol=1e-8).fit(rows, [one.groups[0][1] for one in observed])
    found = [fitted.weights["margin"], fitted.weights["cosine"]]
    assert found == pytest.approx(plain.coef_[0].tolist(), abs=1e-3)
    assert fitted.intercept == pytest.approx(float(plain.intercept_[0]), abs=1e-2)


def test_a_strong_prior_keeps_the_weights():
    """With a thousand believed rows for each given, hardly anything moves."""
    fitted = fit(sample(40), BY_MARGIN, rows_believed=1e6)
    assert fitted.weights["margin"] == pytest.approx(1.0, abs=1e-3)


def test_questions_that_are_all_right_still_give_a_fit():
    """Where right and wrong can be told without fail, weights stay finite."""
    fitted = fit([seen(2.0, right=True), seen(3.0, right=True)] * 15, BY_MARGIN)
    assert all(math.isfinite(weight) for weight in fitted.weights.values())
    assert fitted.probability(seen(2.0, right=True).groups[0][0]) > 0.9


def test_the_most_probable_group_is_judged():
    """Groups come in the reader's order; the calibration chooses among them."""
    low, high = (seen(margin, right=margin > 1).groups[0] for margin in (0.0, 2.0))
    assert judge([Observed((low, high), answerable=True)], BY_MARGIN) == [
        Judged(pytest.approx(1 / (1 + math.exp(-2))), right=True, answerable=True, place=1)
    ]


def test_nothing_found_is_judged_as_nothing():
    """No group has probability 0 and is wrong."""
    assert judge([Observed((), answerable=False)], BY_MARGIN) == [
        Judged(0.0, right=False, answerable=False)
    ]


def test_cross_fitting_judges_no_question_by_itself():
    """A feature that marks one question alone, rightly, is worth nothing for that question."""
    marked = [
        seen(0.0, right=place % 2 == 0, **{FEATURES[2]: 10.0 if place == 0 else 0.0})
        for place in range(40)
    ]
    honest = cross_fitted(marked, NOTHING, rows_believed=1e-3)
    flattered = judge(marked, fit(marked, NOTHING, rows_believed=1e-3))
    assert honest[0].probability == pytest.approx(19 / 39, abs=0.05)
    assert flattered[0].probability > 0.9


@pytest.mark.parametrize(
    ("pairs", "max_risk", "wanted"),
    [
        ([(0.9, True)] * 9 + [(0.2, False)], 0.1, 0.9),
        ([(0.9, True)] * 8 + [(0.2, False)], 0.1, None),
        ([(0.9, True)] * 18 + [(0.5, False), (0.4, True), (0.3, False)], 0.1, 0.4),
        ([(0.9, False)] * 5, 0.5, None),
        ([(0.9, True)] * 10 + [(0.9, False)] * 10, 0.3, None),
        ([(0.0, True)] * 30, 0.1, None),
        ([], 0.1, None),
    ],
)
def test_the_lowest_threshold_that_keeps_the_share(pairs, max_risk, wanted):
    """One wrong answer more than seen is counted; equal confidences are answered together."""
    assert choose(points(*pairs), max_risk) == wanted


def test_wilson_intervals():
    """As in the worked examples of Newcombe (1998): 81 of 263 and 0 of 20."""
    rate = Rate.of(81, 263)
    assert (rate.low, rate.high) == (
        pytest.approx(0.2553, abs=1e-4),
        pytest.approx(0.3662, abs=1e-4),
    )
    assert Rate.of(0, 20).high == pytest.approx(0.1611, abs=1e-4)
    assert Rate.of(0, 0) == Rate(None, None, None, 0)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_isotonic_regression_is_that_of_a_well_known_implementation(right):
    """Pooling falling neighbours gives what scikit-learn gives."""
    values = [float(one) for one in right]
    expected = IsotonicRegression().fit_transform(range(len(values)), values)
    assert isotonic(values) == pytest.approx(expected.tolist())


def test_cut_points_come_from_the_questions():
    """Clear begins where four of five are right, probable where half are."""
    pairs = (
        [(0.1 + place / 1000, False) for place in range(20)]
        + [(0.4 + place / 1000, place % 5 > 1) for place in range(20)]
        + [(0.7 + place / 1000, place % 10 > 0) for place in range(20)]
    )
    found = levels(points(*pairs), threshold=0.105)
    assert [(level.verdict.word, round(level.least, 3)) for level in found] == [
        ("Clear match", 0.701),
        ("Probable", 0.402),
        ("Weak: read the passage", 0.0),
    ]
    assert [(level.verdict.n, level.verdict.right) for level in found] == [
        (19, pytest.approx(18 / 19)),
        (19, pytest.approx(12 / 19)),
        (17, 0.0),
    ]


def test_a_word_that_no_answer_earns_is_not_used():
    """Where half are right at best, nothing is a clear match."""
    pairs = [(place / 100, place % 2 == 1) for place in range(1, 60)]
    assert [level.verdict.word for level in levels(points(*pairs), 0.0)] == [
        "Probable",
        "Weak: read the passage",
    ]


def test_answers_below_the_threshold_are_not_counted():
    """They are not given, so they are worth nothing to whoever reads a verdict."""
    base = Calibration(0.0, {}, 0.5, (Level(0.8, Verdict("Clear match", None, None, None, 0)),))
    found = recounted(points((0.9, True), (0.85, False), (0.7, True)), base, threshold=0.88)
    assert [(level.verdict.right, level.verdict.n) for level in found] == [(1.0, 1)]


def test_reliability_has_bins_of_equal_numbers():
    """Ten questions in five bins: two each, lowest first."""
    found = reliability(points(*((place / 10, place > 4) for place in range(10))), bins=5)
    assert [(one.n, round(one.confidence, 2), one.right) for one in found] == [
        (2, 0.05, 0.0),
        (2, 0.25, 0.0),
        (2, 0.45, 0.5),
        (2, 0.65, 1.0),
        (2, 0.85, 1.0),
    ]
    assert reliability([]) == ()


def test_the_calibration_error_is_small_where_chances_are_true():
    """On two thousand questions whose chances are known, stated and found shares agree."""
    fitted = Calibration(0.0, {}, 0.5, bins=reliability(judge(sample(2_000), BY_MARGIN)))
    assert fitted.error < 0.05
    assert Calibration(0.0, {}, 0.5).error is None


def test_a_few_questions_move_the_threshold_alone():
    """Sixty questions: weights as they were, and the words say so."""
    fitted = fit_to(sample(60), BY_MARGIN, 0.2)
    assert fitted.calibration.weights == BY_MARGIN.weights
    assert fitted.weighed is False
    assert "Fewer than 100 questions: the threshold was fitted, the weights were kept." in (
        fitted.to_text()
    )


def test_many_questions_move_the_weights():
    """Where a reader is too modest by far, three hundred questions show it."""
    fitted = fit_to(sample(300, bias=2.0), BY_MARGIN, 0.1)
    assert fitted.weighed is True
    assert fitted.calibration.intercept == pytest.approx(2.0, abs=0.7)
    assert sum(level.verdict.n for level in fitted.calibration.levels) > 100


def test_weights_that_would_not_help_are_kept():
    """Where every confidence is true already, fitting again is not done."""
    observed = [
        seen(math.log(tenths / (10 - tenths)), right=place % 10 < tenths)
        for tenths in (2, 4, 6, 8, 9)
        for place in range(30)
    ]
    fitted = fit_to(observed, BY_MARGIN, 0.2)
    assert (fitted.weighed, fitted.calibration.weights) == (False, BY_MARGIN.weights)


def test_the_share_of_wrong_answers_holds_on_new_questions():
    """Fitted to 300, tried on 4,000 others: the share asked for is kept within two percent."""
    fitted = fit_to(sample(300, seed=7), BY_MARGIN, 0.1)
    others = judge(sample(4_000, seed=8), fitted.calibration)
    given = [(one, one.probability >= fitted.calibration.threshold) for one in others]
    assert Outcome.of(given).wrong.value < 0.12


def test_too_few_questions_are_refused_with_what_they_tell():
    """Nothing is fitted, and the interval shows why."""
    observed = [seen(2.0, right=True)] * 9 + [seen(2.0, right=False, answerable=False)] * 3
    with pytest.raises(DataError) as caught:
        fit_to(observed, BY_MARGIN, 0.1)
    assert str(caught.value) == (
        "12 questions are too few to fit anything to: 20 is the least, some of them without an "
        "answer in the corpus. With the calibration in use, 25% of 12 answers are wrong; the "
        "true share may be anywhere from 9% to 53%. The calibration is as it was. Write down "
        "more questions and run this again."
    )


def test_a_share_that_cannot_be_kept_is_refused_with_one_that_can():
    """The message names the next share that some threshold keeps."""
    observed = [seen(2.0, right=place % 4 > 0) for place in range(40)]
    with pytest.raises(DataError) as caught:
        fit_to(observed, BY_MARGIN, 0.1)
    assert str(caught.value) == (
        "No threshold keeps wrong answers to 10% on these 40 questions. The calibration is as it "
        "was. More questions may show that there is one. Ask for what can be had with: "
        "--max-risk 0.30"
    )


def test_without_unanswerable_questions_the_threshold_is_not_lowered():
    """Nothing is known of how often those would be answered, and the words say so."""
    observed = [seen(place / 10, right=True) for place in range(-20, 20)]
    fitted = fit_to(observed, BY_MARGIN, 0.1)
    assert fitted.calibration.threshold == BY_MARGIN.threshold
    assert "None of the questions lacks an answer" in fitted.to_text()
    assert fitted.after.declined == Rate(None, None, None, 0)


def test_what_was_got_is_said_in_words():
    """The statement reads as one would say it, with its intervals."""
    rate = Rate.of
    fitted = Fitted(
        calibration=Calibration(0.0, {}, 0.62),
        questions=120,
        max_risk=0.1,
        weighed=True,
        before=Outcome(rate(20, 80), rate(70, 90), rate(20, 30)),
        after=Outcome(rate(6, 78), rate(75, 90), rate(27, 30)),
    )
    assert fitted.to_text() == (
        "120 questions: 90 with an answer in the corpus, 30 without.\n"
        "Asked for: wrong at most 10% of the time it answers.\n"
        "Got, each question judged by a fit without it: wrong 8% [4–16, n=78] of the time it "
        "answers; answers 83% [74–90, n=90] of your questions that have an answer; declines 90% "
        "[74–97, n=30] of those that have none.\n"
        "Before: wrong 25% [17–35, n=80] of the time it answers; answers 78% [68–85, n=90] of "
        "your questions that have an answer; declines 67% [49–81, n=30] of those that have none.\n"
        "Answers are given from a confidence of 0.62 on.\n"
        "So few questions cannot promise it: up to 16% of answers may be wrong. More questions "
        "make this narrower."
    )
    assert fitted.to_dict()["after"]["wrong"] == rate(6, 78).to_dict()
