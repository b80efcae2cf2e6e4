"""Measures agree with `ir_measures`, sklearn, SQuAD's and MLQA's definitions and plain counting."""

import random
import re
import string
import sys
import unicodedata
from collections import Counter
from itertools import product

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score

from askcorpus.evaluation import abstention, citing, ranking, squad
from askcorpus.evaluation.questions import Gold
from askcorpus.evaluation.records import Cited, ReliabilityBin, RiskPoint
from askcorpus.evaluation.statistics import (
    RESAMPLES,
    Resampling,
    Share,
    difference,
    holm,
    percentile,
    randomisation,
    ratio,
    statistic,
    wilson,
)

WORDS = st.lists(
    st.sampled_from("the a an An US U.S. 5,200 1.5 15 troops “troops” Iraq's Iraq’s - — x".split())
)
TEXTS = st.one_of(st.text(max_size=30), WORDS.map(" ".join))
IDS = [f"p{number}" for number in range(15)]
CASES = st.lists(
    st.tuples(st.sampled_from([0.1, 0.2, 0.4, 0.9, 0.95]), st.booleans()), min_size=1, max_size=12
)


def once(n):
    return np.ones((1, n), dtype=np.int64)


def arrays(cases):
    return (
        np.array([confidence for confidence, _ in cases], dtype=np.float64),
        np.array([good for _, good in cases], dtype=bool),
    )


# --- an independent reading of the published definitions -------------------------------------


def official_normalised(text):
    """Lower text and remove punctuation, articles and extra whitespace, in that order."""

    def remove_articles(words):
        return re.sub(re.compile(r"\b(a|an|the)\b", re.UNICODE), " ", words)

    def remove_punctuation(characters):
        exclude = set(string.punctuation)
        return "".join(one for one in characters if one not in exclude)

    return " ".join(remove_articles(remove_punctuation(text.lower())).split())


MLQA_PUNCTUATION = {
    chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code)).startswith("P")
} | set(string.punctuation)


def mlqa_normalised(text):
    """Do as the evaluation of MLQA does for English, which is split at white space."""
    kept = "".join(one for one in text.lower() if one not in MLQA_PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())


def official_f1(gold, said):
    """Count shared tokens; where either has none, only two empty answers agree."""
    gold_tokens, said_tokens = official_normalised(gold).split(), official_normalised(said).split()
    same = sum((Counter(gold_tokens) & Counter(said_tokens)).values())
    if not gold_tokens or not said_tokens:
        return int(gold_tokens == said_tokens)
    if same == 0:
        return 0
    precision, recall = same / len(said_tokens), same / len(gold_tokens)
    return 2 * precision * recall / (precision + recall)


def official_best_f1(scores, no_answer_probabilities, has_answer):
    """Walk the thresholds as SQuAD 2.0's `find_best_thresh` does."""
    current = best = sum(not answerable for answerable in has_answer)
    for index in sorted(range(len(scores)), key=lambda i: no_answer_probabilities[i]):
        # Every prediction is a text here, so one to an unanswerable question loses a point.
        current += scores[index] if has_answer[index] else -1
        best = max(best, current)
    return best / len(scores)


# --- answers ---------------------------------------------------------------------------------


@given(TEXTS)
def test_normalisation_is_the_official_one(text):
    """Lower case, no ASCII punctuation, no articles, single spaces: in this order."""
    assert squad.normalise(text) == official_normalised(text)


@given(TEXTS)
def test_unicode_normalisation_is_that_of_mlqa(text):
    """In compatibility form and without decimal points, there is no difference."""
    plain = re.sub(r"(?<=\d)\.(?=\d)", "", unicodedata.normalize("NFKC", text))
    assert squad.normalise_unicode(plain) == mlqa_normalised(plain)


@pytest.mark.parametrize(
    ("said", "gold", "official", "aware"),
    [
        ("Hash’d al-Shaabi", "Hash'd al-Shaabi", 0.5, 1.0),
        ("“Go home!”", "Go home", 0.0, 1.0),
        ("1.5 million", "15 million", 1.0, 0.5),
        ("5,200", "5200", 1.0, 1.0),
        ("ﬁve", "five", 0.0, 1.0),
        ("the U.S.", "US", 1.0, 1.0),
    ],
)
def test_unicode_f1_minds_marks_and_points(said, gold, official, aware):
    """Curly quotes are punctuation, a decimal point is not."""
    assert squad.f1(said, [gold]) == official
    assert squad.f1(said, [gold], normalised=squad.normalise_unicode) == aware
    exact = squad.exact_match(said, [gold], normalised=squad.normalise_unicode)
    assert exact == float(aware == 1)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=4))
def test_f1_and_exact_match_are_the_official_ones(said, golds):
    """The best gold counts, by overlap of tokens and by equality."""
    assert squad.f1(said, golds) == pytest.approx(max(official_f1(g, said) for g in golds))
    expected = max(official_normalised(gold) == official_normalised(said) for gold in golds)
    assert squad.exact_match(said, golds) == expected


@pytest.mark.parametrize(
    ("said", "golds", "exact", "f1"),
    [
        ("the 5,200 troops", ["5,200", "5,200 troops"], 1.0, 1.0),
        ("5,200 US troops", ["5,200 troops"], 0.0, 0.8),
        (None, ["5,200"], 0.0, 0.0),
        (None, [], 1.0, 1.0),
        ("5,200", [], 0.0, 0.0),
        ("Asa'ib Ahl al-Haq", ["Asaib Ahl alHaq"], 1.0, 1.0),
    ],
)
def test_answers_score_as_computed_by_hand(said, golds, exact, f1):
    """No answer is right only where nothing answers."""
    assert (squad.exact_match(said, golds), squad.f1(said, golds)) == (exact, pytest.approx(f1))


# --- citations -------------------------------------------------------------------------------

SPANS = st.tuples(st.integers(0, 30), st.integers(1, 20)).map(lambda pair: (pair[0], sum(pair)))


def cited(article_id, start, end, copies=()):
    return Cited(article_id, None, "", start, end, "", 0, "", "", copies, verbatim=True)


@given(SPANS, SPANS)
def test_character_iou_counts_characters(one, other):
    """The share of the characters of both spans that are in each."""
    ours, theirs = set(range(*one)), set(range(*other))
    assert citing.character_iou(*one, *other) == len(ours & theirs) / len(ours | theirs)


def test_the_best_gold_of_the_same_article_counts():
    """Places of other articles, and places that cleaning lost, do not."""
    golds = [
        Gold("a", "x", 0, 10, "x"),
        Gold("a", "x", 4, 8, "x"),
        Gold("b", "x", 0, 4, "x"),
        Gold("a", "x", None, None, "x"),
    ]
    citations = [cited("a", 0, 4), cited("b", 4, 8), cited("a", 20, 30)]
    assert [citing.best_iou(one, golds) for one in citations] == [0.4, 0.0, 0.0]
    assert citing.on_gold(citations, golds) == 1


def test_a_near_copy_counts_as_cited_with_its_original():
    """Of three articles that answer, one is cited and another is named as its copy."""
    golds = [Gold(article_id, "x", 0, 4, "x") for article_id in "abc"]
    assert citing.articles_cited([cited("a", 1, 2, ("b", "z"))], golds) == {"a", "b"}
    assert citing.articles_cited([cited("a", 4, 6, ("b",))], golds) == frozenset()


# --- ranked lists ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_every_question_is_measured_as_if_alone(seed):
    """Lists shorter and longer than the cut-off, grades, and the rank told by the order."""
    chance = random.Random(seed)
    rankings = {f"q{n}": chance.sample(IDS, chance.randint(1, 15)) for n in range(4)}
    relevant = {
        name: dict.fromkeys(chance.sample([*IDS, "unseen"], chance.randint(1, 12)), n)
        for n, name in enumerate(rankings, start=1)
    }
    found = ranking.measure(rankings, relevant)
    for name, ranked in rankings.items():
        qrels = [ir_measures.Qrel(name, one, grade) for one, grade in relevant[name].items()]
        run = [ir_measures.ScoredDoc(name, one, 100.0 - i) for i, one in enumerate(ranked)]
        for ours, theirs in ranking.NAMES.items():
            measure = ir_measures.parse_measure(theirs)
            alone = ir_measures.calc_aggregate([measure], qrels, run)[measure]
            assert found[name][ours] == pytest.approx(alone, abs=1e-9)


def test_ranks_score_as_computed_by_hand():
    """The second and the fourth of five are relevant, and one more is nowhere."""
    found = ranking.measure({"q": list("abcde")}, {"q": {"b": 1, "d": 1, "z": 1}})["q"]
    ideal = 1 + 1 / np.log2(3) + 1 / 2
    assert found == pytest.approx(
        {
            "success@1": 0.0,
            "success@5": 1.0,
            "success@20": 1.0,
            "recall@5": 2 / 3,
            "recall@10": 2 / 3,
            "rr@10": 0.5,
            "ndcg@10": (1 / np.log2(3) + 1 / np.log2(5)) / ideal,
        }
    )


def test_a_question_without_anything_scores_nothing():
    """Nothing relevant, nothing found, no list at all: each is 0, and none is left out."""
    nothing = dict.fromkeys(ranking.NAMES, 0.0)
    relevant = {"lost": {}, "empty": {"a": 1}, "absent": {"a": 1}, "found": {"a": 1}}
    found = ranking.measure({"lost": ["a"], "empty": [], "found": ["a"]}, relevant)
    assert found == {
        "lost": nothing,
        "empty": nothing,
        "absent": nothing,
        "found": dict.fromkeys(ranking.NAMES, 1.0),
    }
    assert ranking.measure({}, {"lost": {}}) == {"lost": nothing}
    assert ranking.measure({}, {"empty": {"a": 1}}) == {"empty": nothing}


def test_articles_stand_where_their_first_passage_does():
    """Further passages of an article do not push others down."""
    assert ranking.distinct(["b", "a", "b", "c", "a"]) == ["b", "a", "c"]


# --- confidence ------------------------------------------------------------------------------


@given(CASES)
def test_auroc_counts_pairs_as_sklearn_does(cases):
    """The share of (right, wrong) pairs in which the right one is surer; a tie is half a pair."""
    confidences, right = arrays(cases)
    (area,) = abstention.auroc(confidences, right, once(len(cases)))
    mixed = 0 < right.sum() < len(cases)
    expected = roc_auc_score(right, confidences) if mixed else np.nan
    assert area == pytest.approx(expected, nan_ok=True)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_reliability_bins_are_those_of_sklearn(cases):
    """Equal mass, cut at quantiles; the error is their mean distance, by size."""
    confidences, right = arrays(cases)
    shares, means = calibration_curve(right, confidences, n_bins=10, strategy="quantile")
    bins = abstention.reliability(confidences, right)
    assert [one.right for one in bins] == pytest.approx(list(shares))
    assert [one.confidence for one in bins] == pytest.approx(list(means))
    assert sum(one.n for one in bins) == len(cases)
    error = sum(one.n * abs(one.right - one.confidence) for one in bins) / len(cases)
    found = abstention.calibration_error(confidences, right, once(len(cases)))
    assert found == pytest.approx([error])


def test_a_bin_knows_how_little_it_knows():
    """Nine of ten right at 0.8: the share with Wilson's interval, as printed in tables of it."""
    bins = abstention.reliability(np.full(10, 0.8), np.arange(10) > 0)
    low, high = wilson(0.9, 10)
    assert bins == (ReliabilityBin(pytest.approx(0.8), 0.9, low, high, 10),)
    assert (low, high) == pytest.approx((0.596, 0.982), abs=5e-4)


def slow_risks(cases):
    """The risk at each coverage, from the surest on, for one order of the cases."""
    wrong = np.cumsum([not good for _, good in cases])
    return wrong / np.arange(1, len(cases) + 1)


@given(CASES)
def test_aurc_is_the_mean_risk_over_all_orders_of_ties(cases):
    """Each question's error is spread over the places that its equals could take."""
    ordered = sorted(cases, key=lambda case: -case[0])
    rates = {
        level: np.mean([not good for confidence, good in cases if confidence == level])
        for level in {confidence for confidence, _ in cases}
    }
    expected = np.cumsum([rates[confidence] for confidence, _ in ordered])
    expected /= np.arange(1, len(cases) + 1)
    (area,) = abstention.aurc(*arrays(cases), once(len(cases)))
    assert area == pytest.approx(expected.mean())
    if len(rates) == len(cases):
        assert area == pytest.approx(slow_risks(ordered).mean())


@given(CASES, st.sampled_from([0.0, 0.05, 0.1, 0.25, 0.5]))
def test_coverage_is_the_most_that_a_threshold_can_answer(cases, risk):
    """Tried out, threshold by threshold."""
    best = 0.0
    for least in {confidence for confidence, _ in cases}:
        given_out = [good for confidence, good in cases if confidence >= least]
        if given_out.count(False) <= risk * len(given_out) + 1e-9:
            best = max(best, len(given_out) / len(cases))
    found = abstention.coverage_at(risk, *arrays(cases), once(len(cases)))
    assert found == pytest.approx([best])


def test_the_risk_coverage_curve_has_a_point_a_threshold():
    """Two questions at 0.9, one of them wrong, then a right one and a wrong one."""
    cases = [(0.4, False), (0.9, True), (0.6, True), (0.9, False)]
    assert abstention.risk_coverage(*arrays(cases)) == (
        RiskPoint(0.9, 0.5, 0.5),
        RiskPoint(0.6, 0.75, pytest.approx(1 / 3)),
        RiskPoint(0.4, 1.0, 0.5),
    )
    assert abstention.risk_coverage(np.array([]), np.array([], dtype=bool)) == ()


@given(
    st.lists(
        st.tuples(st.integers(0, 1_000), st.sampled_from([0.0, 0.5, 1.0]), st.booleans()),
        min_size=1,
        max_size=12,
        unique_by=lambda case: case[0],
    )
)
def test_the_oracle_threshold_is_that_of_squad(cases):
    """The official walk over thresholds gives the same best F1, where no two are equally sure."""
    confidences = np.array([confidence / 1_000 for confidence, *_ in cases])
    answerable = [has for *_, has in cases]
    given_f1 = np.array([f1 if has else 0.0 for _, f1, has in cases])
    withheld = np.array([0.0 if has else 1.0 for has in answerable])
    found = abstention.oracle_threshold(given_f1, withheld, confidences, once(len(cases)))
    expected = official_best_f1(list(given_f1), list(1 - confidences), answerable)
    assert found == pytest.approx([expected])
    least = abstention.best_threshold(given_f1, withheld, confidences)
    chosen = np.where(confidences >= least, given_f1, withheld)
    assert chosen.mean() == pytest.approx(expected)


def test_a_threshold_is_fitted_on_the_other_folds():
    """Fold 0 suffers a threshold that only fold 1 wants; with one fold there is nothing to fit."""
    confidences = np.array([0.2, 0.3, 0.8, 0.9])
    given_f1, withheld = np.array([1.0, 1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0, 0.0])
    scores = abstention.cross_fitted(given_f1, withheld, confidences, [0, 0, 1, 1])
    # Fold 1 alone answers from 0.85 on; fold 0 alone answers everything.
    assert scores.tolist() == [0.0, 0.0, 0.0, 1.0]
    assert np.isnan(abstention.cross_fitted(given_f1, withheld, confidences, [0] * 4)).all()


@given(st.lists(st.sampled_from("abcdefgh"), max_size=40), st.integers(0, 5))
def test_folds_keep_groups_whole(groups, seed):
    """A group is in one fold, and the same seed deals them out alike."""
    folds = abstention.folds_of(groups, seed)
    assert folds == abstention.folds_of(groups, seed)
    assert len(set(zip(groups, folds, strict=True))) == len(set(groups))
    assert set(folds) <= set(range(abstention.FOLDS))


FIGURES = [
    abstention.auroc,
    abstention.aurc,
    abstention.calibration_error,
    lambda *these: abstention.coverage_at(0.3, *these),
    lambda confidences, right, weights: abstention.oracle_threshold(
        right.astype(float), 0.25 + 0.5 * ~right, confidences, weights
    ),
]


@pytest.mark.parametrize("figure", FIGURES)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=5, max_size=5))
def test_weights_repeat_questions(figure, cases):
    """A question drawn twice counts as two, one not drawn not at all."""
    # Ten different levels, so that the bins are the same with and without repeats.
    confidences = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    right = np.array([good for good, _ in cases])
    weights = np.array([[weight for _, weight in cases]])
    drawn = np.repeat(np.arange(5), weights[0])
    found = figure(confidences, right, weights)
    if not drawn.size:
        assert np.isnan(found).all()
        return
    if figure is abstention.calibration_error:
        # Bins stay those of all questions, here one a question.
        excess = weights[0] * np.abs(confidences - right)
        assert found == pytest.approx([excess.sum() / weights.sum()])
        return
    expected = figure(confidences[drawn], right[drawn], once(drawn.size))
    assert found == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_of_no_question_are_nothing(figure):
    """Neither 0 nor an error."""
    found = figure(np.array([]), np.array([], dtype=bool), np.ones((3, 0), dtype=np.int64))
    assert np.isnan(found).all()
    assert len(found) == 3


# --- intervals and tests ---------------------------------------------------------------------


def test_a_ratio_is_sum_over_sum():
    """Questions of another kind (None) add to neither; n counts what is below the line."""
    shares = [Share(1, 2), None, Share(0, 1), Share(3, 3)]
    resampling = Resampling.of(["a", "b", "c", "d"], ["a", "b", "c", "d"], seed=0)
    estimate = ratio(shares, resampling)
    assert (estimate.value, estimate.n) == (4 / 6, 6)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_nothing_to_measure_has_no_value():
    """A mean over no question is not 0."""
    estimate = ratio([None, Share(0, 0)], Resampling.of(["a", "b"], [], seed=0))
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (None, None, None, 0)


def test_four_of_four_are_no_proof():
    """Where resampling sees no spread the interval is Wilson's; one article alone has none."""
    groups = ["a", "b", "c", "d"]
    all_won = ratio([Share(1)] * 4, Resampling.of(groups, groups, seed=0))
    assert (all_won.value, all_won.low, all_won.high) == (1.0, *wilson(1.0, 4))
    assert all_won.low == pytest.approx(0.51, abs=0.005)
    alone = ratio([Share(1), Share(0), Share(0)], Resampling.of(["a"] * 3, ["a"], seed=0))
    assert (alone.value, alone.low, alone.high) == (1 / 3, None, None)


def test_questions_of_one_article_are_drawn_together():
    """Articles are drawn among articles, questions of none among themselves."""
    draws = Resampling.of(["x", "x", "y", "q1", "q2"], ["x", "y"], seed=7).draws
    assert draws.shape == (RESAMPLES, 5)
    assert (draws[:, 0] == draws[:, 1]).all()
    assert (draws[:, 0] + draws[:, 2] == 2).all()
    assert (draws[:, 3] + draws[:, 4] == 2).all()


def test_the_seed_decides_the_interval():
    """Equal seeds, equal intervals; and another seed draws otherwise."""
    groups = [f"q{number}" for number in range(40)]
    shares = [Share(number % 3 == 0) for number in range(40)]
    first, again = (ratio(shares, Resampling.of(groups, [], 1)) for _ in range(2))
    assert first == again
    assert not np.array_equal(
        Resampling.of(groups, [], 1).draws, Resampling.of(groups, [], 2).draws
    )


def test_the_interval_is_as_wide_as_theory_says():
    """For 400 independent questions, half of them right, about 1.96 standard errors each way."""
    groups = [f"q{number}" for number in range(400)]
    estimate = ratio([Share(n % 2) for n in range(400)], Resampling.of(groups, [], seed=0))
    error = (0.25 / 400) ** 0.5
    assert estimate.low == pytest.approx(0.5 - 1.96 * error, abs=0.008)
    assert estimate.high == pytest.approx(0.5 + 1.96 * error, abs=0.008)


def test_articles_that_differ_make_wide_intervals():
    """Twenty articles, each all right or all wrong, say no more than twenty questions would."""
    groups = [f"a{n // 20}" for n in range(400)]
    clustered = ratio([Share(n // 20 % 2) for n in range(400)], Resampling.of(groups, groups, 0))
    error = (0.25 / 20) ** 0.5
    assert clustered.low == pytest.approx(0.5 - 1.96 * error, abs=0.04)
    assert clustered.high == pytest.approx(0.5 + 1.96 * error, abs=0.04)


def test_a_statistic_of_no_questions_has_no_value():
    """A percentile of no latency is not 0."""
    resampling = Resampling.of(["q"], [], 0)
    assert statistic(lambda weights: np.ones(len(weights)), 0, resampling).value is None
    assert statistic(lambda weights: np.ones(len(weights)), 1, resampling).value == 1.0


def test_equal_runs_do_not_differ():
    """The difference is 0 and p is 1."""
    shares = [Share(n % 2) for n in range(30)]
    resampling = Resampling.of([f"q{n}" for n in range(30)], [], seed=0)
    estimate = difference(shares, shares, resampling)
    assert (estimate.value, estimate.low, estimate.high) == (0.0, 0.0, 0.0)
    assert randomisation(shares, shares, seed=0) == 1.0


def test_a_difference_within_one_article_has_no_interval():
    """Resampling one article alone shows no spread, and none is made up."""
    before, after = [Share(0), Share(0)], [Share(1), Share(0)]
    estimate = difference(before, after, Resampling.of(["a", "a"], ["a"], seed=0))
    assert (estimate.value, estimate.low, estimate.high) == (0.5, None, None)


def test_p_is_that_of_all_swaps():
    """With ten questions, nine gained, 2 · 11 of 1,024 swaps lie as far out, within chance."""
    before, after = [Share(0)] * 10, [*[Share(1)] * 9, Share(0)]
    exact = sum(abs(2 * sum(swap) - 9) >= 9 for swap in product((0, 1), repeat=9)) / 2**9
    assert randomisation(before, after, seed=0) == pytest.approx(exact, abs=0.002)


def test_p_is_never_nothing():
    """However large the difference, p = (hits + 1) / (shuffles + 1)."""
    p = randomisation([Share(0)] * 200, [Share(1)] * 200, seed=0)
    assert p == pytest.approx(1 / 10_001)


def test_the_test_keeps_its_five_per_cent():
    """Of 200 pairs of runs that differ by chance alone, about one in twenty is called different."""
    random = np.random.default_rng(20)
    called = 0
    for trial in range(200):
        scores = random.random((2, 25)).round(1)
        before, after = ([Share(score) for score in run] for run in scores)
        called += randomisation(before, after, seed=trial) < 0.05
    # Binomial(200, 0.05): above 19 or below 3 once in a hundred times.
    assert 3 <= called <= 19


def test_holm_is_as_computed_by_hand():
    """Times 3, 2 and 1 from the smallest on, and never below the one before."""
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(0, 4)), min_size=1, max_size=9),
    st.sampled_from([0.0, 0.25, 0.5, 0.95, 1.0]),
)
def test_a_percentile_is_that_of_repeated_values(cases, share):
    """The same as numpy's, of every value repeated as often as its weight says."""
    values = np.array([value for value, _ in cases])
    weights = np.array([[weight for _, weight in cases]])
    drawn = np.repeat(values, weights[0])
    expected = np.quantile(drawn, share) if drawn.size else np.nan
    assert percentile(values, share, weights) == pytest.approx([expected], nan_ok=True)
