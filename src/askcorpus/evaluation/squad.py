"""Answer text against gold texts, word by word. In: strings. Out: numbers in [0, 1].

Follows the official evaluation of SQuAD 1.1 (Rajpurkar et al., 2016) and 2.0 (Rajpurkar et al.,
2018), non-ASCII punctuation included in the words as there: comparable before clever. The
Unicode-aware variant normalises as MLQA does (Lewis et al., 2020), and minds decimal points.
May import: stdlib.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

_PUNCTUATION = frozenset(string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")

Normalisation = Callable[[str], str]


def normalise(text: str) -> str:
    """Lower the case, drop ASCII punctuation, then articles, then surplus white space."""
    kept = "".join(character for character in text.lower() if character not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", kept).split())


def normalise_unicode(text: str) -> str:
    """Do the same with the punctuation of all scripts, in compatibility form.

    The point of a decimal number stays, so that “1.5 million” is not “15 million”.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    # A point that is kept stands for itself in a piece of its own.
    kept = ".".join(_without_punctuation(piece) for piece in _DECIMAL.split(folded))
    return " ".join(_ARTICLES.sub(" ", kept).split())


def exact_match(
    text: str | None, golds: Sequence[str], *, normalised: Normalisation = normalise
) -> float:
    """Give 1 if the normalised answer equals a normalised gold; None and no golds are equal."""
    said = normalised(text or "")
    return max(float(said == normalised(gold)) for gold in golds or [""])


def f1(text: str | None, golds: Sequence[str], *, normalised: Normalisation = normalise) -> float:
    """Give the best token-overlap F1 over the golds; None and no golds are equal."""
    said = normalised(text or "").split()
    return max(_f1(said, normalised(gold).split()) for gold in golds or [""])


def _without_punctuation(text: str) -> str:
    return "".join(
        character
        for character in text
        if character not in _PUNCTUATION and not unicodedata.category(character).startswith("P")
    )


def _f1(said: list[str], wanted: list[str]) -> float:
    if not said or not wanted:
        return float(said == wanted)
    common = (Counter(said) & Counter(wanted)).total()
    return 2 * common / (len(said) + len(wanted))
