"""An answer → the lines a terminal shows.

May import: render, types.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from askcorpus.render import printable, quote_in_context, source_line, verdict, visible

if TYPE_CHECKING:
    from askcorpus.types import Answer, Citation, Hit

CLOSEST_SHOWN = 3
"""Passages shown where nothing answers: more of what does not answer is noise."""


def answer_lines(answer: Answer) -> Iterator[str]:
    """Yield an answer with its places, or the closest passages where nothing answers."""
    if answer.text is None:
        yield f"{verdict(answer)}."
        if answer.passages:
            yield "Closest passages; they may not answer:"
            yield from hit_lines(answer.passages[:CLOSEST_SHOWN])
        return
    yield printable(answer.text)
    yield f"{verdict(answer)} (confidence {answer.confidence:.2f})"
    for citation in answer.citations:
        yield from citation_lines(citation)
    for other in answer.alternatives:
        yield ""
        yield f"Another answer: {printable(other.text)} (confidence {other.confidence:.2f})"
        for citation in other.citations:
            yield from citation_lines(citation)


def citation_lines(citation: Citation) -> Iterator[str]:
    """Yield a quote in its sentence, its source and where it stands."""
    quote = quote_in_context(citation, ())
    yield ""
    sentence = f"{printable(quote.before)}{_marked(quote.marked)}{printable(quote.after)}"
    yield textwrap.indent(sentence, "  ")
    yield f"  {source_line(citation)}"
    yield (
        f"  {visible(citation.article_id)} ¶{citation.paragraph} "
        f"characters {citation.start}–{citation.end}"
    )


def _marked(quote: str) -> str:
    """Mark a quote in its sentence: bold where a person looks, between « » where it is data."""
    bold = (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )
    return f"\x1b[1;4m{printable(quote)}\x1b[0m" if bold else f"«{printable(quote)}»"


def hit_lines(hits: Iterable[Hit]) -> Iterator[str]:
    """Yield passages with their places and scores."""
    for hit in hits:
        passage = hit.passage
        yield ""
        yield textwrap.indent(printable(passage.text), "  ")
        yield (
            f"  {visible(passage.article_id)} characters {passage.start}–{passage.end}, "
            f"score {hit.score:.3f}"
        )


def why_lines(answer: Answer) -> Iterator[str]:
    """Yield every stage that led to an answer."""
    yield ""
    yield "Why: passages in the order of the retriever, with the reader's candidates (log-odds)"
    for rank, stage in enumerate(answer.stages, start=1):
        signals = stage.hit.signals
        passage = stage.hit.passage
        yield (
            f"  {rank}. {visible(passage.article_id)} {passage.start}–{passage.end} "
            f"score {stage.hit.score:.3f}; "
            f"dense {_ranked(signals.dense_rank, signals.cosine)}, "
            f"lexical {_ranked(signals.lexical_rank, signals.bm25)}"
        )
        for quote, score in stage.spans:
            yield f"       {score:+.2f}  {visible(quote)}"
    if answer.best_rejected is not None:
        yield f"  best rejected: {visible(answer.best_rejected)} ({answer.confidence:.2f})"


def _ranked(rank: int | None, value: float | None) -> str:
    return "not listed" if rank is None or value is None else f"#{rank} ({value:.3f})"
