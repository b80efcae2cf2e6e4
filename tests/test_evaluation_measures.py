"""Measures agree with `ir_measures`, with SQuAD's definition and with slow, plain counting."""

import random
import re
import string
from collections import Counter
from itertools import product

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askcorpus.evaluation import ranking, squad
from askcorpus.evaluation.statistics import (
    RESAMPLES,
    Resampling,
    Share,
    auroc,
    difference,
    holm,
    percentile,
    randomisation,
    ratio,
    statistic,
)

WORDS = st.lists(st.sampled_from("the a an An US U.S. 5,200 troops “troops” Iraq's - x".split()))
TEXTS = st.one_of(st.text(max_size=30), WORDS.map(" ".join))
IDS = [f"p{number}" for number in range(15)]


# --- an independent reading of the published definition --------------------------------------


def official_normalised(text):
    """Lower text and remove punctuation, articles and extra whitespace, in that order."""

    def remove_articles(words):
        return re.sub(re.compile(r"\b(a|an|the)\b", re.UNICODE), " ", words)

    def remove_punctuation(characters):
        exclude = set(string.punctuation)
        return "".join(one for one in characters if one not in exclude)

    return " ".join(remove_articles(remove_punctuation(text.lower())).split())


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


@given(TEXTS)
def test_normalisation_is_the_official_one(text):
    """Lower case, no ASCII punctuation, no articles, single spaces: in this order."""
    assert squad.normalise(text) == official_normalised(text)


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


# --- ranked lists ----------------------------------------------------------------------------


def in_ir_measures(measure, ranked, relevant):
    qrels = [ir_measures.Qrel("q", one, 1) for one in sorted(relevant)]
    run = [ir_measures.ScoredDoc("q", one, -rank) for rank, one in enumerate(ranked)]
    return ir_measures.calc_aggregate([measure], qrels, run)[measure]


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize(
    ("measure", "ours"),
    [
        (ir_measures.Success @ 1, lambda *lists: ranking.success(*lists, 1)),
        (ir_measures.Success @ 5, lambda *lists: ranking.success(*lists, 5)),
        (ir_measures.RR @ 10, lambda *lists: ranking.reciprocal_rank(*lists, 10)),
        (ir_measures.nDCG @ 10, lambda *lists: ranking.ndcg(*lists, 10)),
    ],
    ids=str,
)
def test_ranking_measures_are_those_of_ir_measures(measure, ours, seed):
    """Lists shorter and longer than the cut-off, with up to twelve relevant ids."""
    chance = random.Random(seed)
    ranked = chance.sample(IDS, chance.randint(1, 15))
    relevant = set(chance.sample([*IDS, "unseen"], chance.randint(1, 12)))
    expected = in_ir_measures(measure, ranked, relevant)
    assert ours(ranked, relevant) == pytest.approx(expected, abs=1e-9)


@given(st.permutations(IDS), st.sets(st.sampled_from(IDS)))
def test_ranking_measures_stay_between_nothing_and_one(ranked, relevant):
    """And all of them are 0 where nothing is relevant, or nothing was found."""
    for measure in (ranking.success, ranking.reciprocal_rank, ranking.ndcg):
        assert 0 <= measure(ranked, relevant, 10) <= 1 + 1e-12
        assert measure(ranked, frozenset(), 10) == measure([], relevant, 10) == 0


def test_articles_stand_where_their_first_passage_does():
    """Further passages of an article do not push others down."""
    assert ranking.distinct(["b", "a", "b", "c", "a"]) == ["b", "a", "c"]


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
    first, again, other = (ratio(shares, Resampling.of(groups, [], seed)) for seed in (1, 1, 2))
    assert first == again
    assert (first.low, first.high) != (other.low, other.high) or first.value == other.value
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


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.4, 0.9]), st.booleans()), max_size=12))
def test_auroc_counts_pairs(cases):
    """The share of (right, wrong) pairs in which the right one is surer; a tie is half a pair."""
    right = [confidence for confidence, good in cases if good]
    wrong = [confidence for confidence, good in cases if not good]
    pairs = [(a > b) + (a == b) / 2 for a, b in product(right, wrong)]
    confidences = np.array([confidence for confidence, _ in cases])
    flags = np.array([good for _, good in cases], dtype=bool)
    (area,) = auroc(confidences, flags, np.ones((1, len(cases)), dtype=np.int64))
    expected = sum(pairs) / len(pairs) if pairs else np.nan
    assert area == pytest.approx(expected, nan_ok=True)


def test_a_weighted_statistic_is_that_of_repeated_questions():
    """A question drawn twice counts twice, one not drawn not at all."""
    values, right = np.array([0.2, 0.5, 0.7]), np.array([False, True, False])
    weights = np.array([[2, 1, 0]])
    drawn = np.repeat(values, weights[0]), np.repeat(right, weights[0])
    once = np.ones((1, 3), dtype=np.int64)
    assert auroc(values, right, weights) == auroc(*drawn, once) == [1.0]
    assert percentile(values, 0.5, weights) == percentile(drawn[0], 0.5, once) == [0.2]
    assert np.isnan(percentile(values, 0.5, 0 * weights)).all()


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


def test_p_is_that_of_all_swaps():
    """With ten questions, nine gained, 2 · 11 of 1,024 swaps lie as far out, within chance."""
    before, after = [Share(0)] * 10, [*[Share(1)] * 9, Share(0)]
    exact = sum(abs(2 * sum(swap) - 9) >= 9 for swap in product((0, 1), repeat=9)) / 2**9
    assert randomisation(before, after, seed=0) == pytest.approx(exact, abs=0.002)


def test_p_is_never_nothing():
    """However large the difference, p = (hits + 1) / (shuffles + 1)."""
    p = randomisation([Share(0)] * 200, [Share(1)] * 200, seed=0)
    assert p == pytest.approx(1 / 10_001)


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
