"""Measures of ranked lists. In: ids, best first, and the relevant ids. Out: numbers in [0, 1].

`ir_measures` (MacAvaney, Macdonald and Ounis, 2022) computes them; what is added is that every
question counts: one with nothing relevant, or nothing found, scores 0.
May import: ir_measures, stdlib.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

NAMES = {
    "success@1": "Success@1",
    "success@5": "Success@5",
    "success@20": "Success@20",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "rr@10": "RR@10",
    "ndcg@10": "nDCG@10",
}
"""Our names and those of `ir_measures`. Success@k: is any of the first k relevant? Recall@k: which
share of the relevant is among the first k? RR@k: 1 / rank of the first relevant one. nDCG@k: grades
discounted by log2 of the rank, as a share of the ideal list's (Järvelin and Kekäläinen, 2002)."""

DEPTH = 20
"""The deepest rank that any of them looks at."""


def measure(
    rankings: Mapping[str, Sequence[str]], relevant: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, float]]:
    """Measure a ranked list a question.

    Args:
        rankings: By question: ids, best first, each once.
        relevant: By question: the relevant ids and their grades, from 1. Its questions are
            those that are measured.

    Returns:
        For each question a value by each of `NAMES`.
    """
    import ir_measures

    measures = {ir_measures.parse_measure(theirs): ours for ours, theirs in NAMES.items()}
    values = {question: dict.fromkeys(NAMES, 0.0) for question in relevant}
    qrels = {question: dict(grades) for question, grades in relevant.items() if grades}
    if not qrels:
        return values
    run = {question: _scores(rankings.get(question, ())) for question in qrels}
    found = {question: scores for question, scores in run.items() if scores}
    for metric in ir_measures.iter_calc(list(measures), qrels, found) if found else ():
        values[metric.query_id][measures[metric.measure]] = metric.value
    return values


def distinct(ids: Iterable[str]) -> list[str]:
    """Give each id once, where it stands first: passages → their articles."""
    return list(dict.fromkeys(ids))


def _scores(ranked: Sequence[str]) -> dict[str, float]:
    return {one: -float(rank) for rank, one in enumerate(ranked)}
