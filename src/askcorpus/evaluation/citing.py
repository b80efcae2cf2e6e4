"""Citations against gold places. In: places in articles. Out: shares and overlaps in [0, 1].

Answers are quotes, so whether a source supports them is no matter of judgement: a citation is
right where it overlaps a place that the question's writer marked. Precision and recall are those
of ALCE (Gao et al., 2023) with marked places in place of its entailment model.
May import: questions, records, stdlib.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from askcorpus.evaluation.questions import Gold
from askcorpus.evaluation.records import Cited


def character_iou(start: int, end: int, gold_start: int, gold_end: int) -> float:
    """Give the characters two spans share, of all that either has (Jaccard, 1912)."""
    shared = max(0, min(end, gold_end) - max(start, gold_start))
    return shared / (end - start + gold_end - gold_start - shared)


def best_iou(citation: Cited, golds: Iterable[Gold]) -> float:
    """Give the best overlap of a citation with a gold place of its article."""
    return max(
        (
            character_iou(citation.start, citation.end, gold.start, gold.end)
            for gold in golds
            if gold.article_id == citation.article_id
            and gold.start is not None
            and gold.end is not None
        ),
        default=0.0,
    )


def is_on_gold(citation: Cited, golds: Iterable[Gold]) -> bool:
    """Tell whether a citation overlaps a gold place by at least one character."""
    return best_iou(citation, golds) > 0


def on_gold(citations: Iterable[Cited], golds: Sequence[Gold]) -> int:
    """Count the citations that overlap a gold place."""
    return sum(is_on_gold(citation, golds) for citation in citations)


def articles_cited(citations: Iterable[Cited], golds: Sequence[Gold]) -> frozenset[str]:
    """Give the articles with an answer that are cited for it, or whose near-copy is."""
    cited = {
        article_id
        for citation in citations
        if is_on_gold(citation, golds)
        for article_id in (citation.article_id, *citation.copies)
    }
    return frozenset(gold.article_id for gold in golds) & cited
