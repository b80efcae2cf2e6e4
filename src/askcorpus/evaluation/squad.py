"""Answer text against gold texts, as SQuAD scores it. In: strings. Out: numbers in [0, 1].

Follows the official evaluation of SQuAD 1.1 (Rajpurkar et al., 2016) and 2.0 (Rajpurkar et al.,
2018), non-ASCII punctuation included in the words as there: comparable before clever.
May import: stdlib.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_PUNCTUATION = frozenset(string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalise(text: str) -> str:
    """Lower the case, drop ASCII punctuation, then articles, then surplus white space."""
    kept = "".join(character for character in text.lower() if character not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", kept).split())


def exact_match(text: str | None, golds: Sequence[str]) -> float:
    """Give 1 if the normalised answer equals a normalised gold; None and no golds are equal."""
    said = normalise(text or "")
    return max(float(said == normalise(gold)) for gold in golds or [""])


def f1(text: str | None, golds: Sequence[str]) -> float:
    """Give the best token-overlap F1 over the golds; None and no golds are equal."""
    said = normalise(text or "").split()
    return max(_f1(said, normalise(gold).split()) for gold in golds or [""])


def _f1(said: list[str], wanted: list[str]) -> float:
    if not said or not wanted:
        return float(said == wanted)
    common = (Counter(said) & Counter(wanted)).total()
    return 2 * common / (len(said) + len(wanted))
