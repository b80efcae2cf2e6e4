"""Measures of ranked lists. In: ids, best first, and the relevant ids. Out: numbers in [0, 1].

Each is the measure that `ir_measures` computes from the same list (Success@k, RR@k, nDCG@k with
binary gain and the log2 discount of Järvelin and Kekäläinen, 2002). May import: stdlib.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet


def success(ranked: Sequence[str], relevant: AbstractSet[str], k: int) -> float:
    """Give 1 if any of the first `k` is relevant, else 0."""
    return float(any(one in relevant for one in ranked[:k]))


def reciprocal_rank(ranked: Sequence[str], relevant: AbstractSet[str], k: int) -> float:
    """Give 1 / rank of the first relevant among the first `k`, else 0."""
    ranks = (rank for rank, one in enumerate(ranked[:k], start=1) if one in relevant)
    return 1 / next(ranks, math.inf)


def ndcg(ranked: Sequence[str], relevant: AbstractSet[str], k: int) -> float:
    """Give the discounted gain of the first `k` over that of an ideal list; 0 if none is."""
    gain = sum(_discount(rank) for rank, one in enumerate(ranked[:k], 1) if one in relevant)
    ideal = sum(_discount(rank) for rank in range(1, min(len(relevant), k) + 1))
    return gain / ideal if ideal else 0.0


def distinct(ids: Iterable[str]) -> list[str]:
    """Give each id once, where it stands first: passages → their articles."""
    return list(dict.fromkeys(ids))


def _discount(rank: int) -> float:
    return 1 / math.log2(rank + 1)
