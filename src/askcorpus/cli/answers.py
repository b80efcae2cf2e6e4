"""An answer → the lines a terminal shows.

May import: render, types.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from askcorpus.cli.output import PLAIN, Look, in_app, shown
from askcorpus.render import (
    CLOSEST_LABEL,
    CLOSEST_SHOWN,
    Shelf,
    copies_in_words,
    corpus_in_words,
    date_in_words,
    original_page,
    quote_in_context,
    source_line,
    standings_line,
    timeline,
    verdict,
    visible,
    worth,
)

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus
    from askcorpus.types import Answer, Citation, Hit


def shelf_of(corpus: Corpus) -> Shelf:
    """Give what the lines of an answer say of the corpus: its size, and what a verdict is worth."""
    return Shelf(label=corpus_in_words(corpus.articles), calibration=corpus.calibration)


def answer_lines(answer: Answer, shelf: Shelf | None = None, style: Look = PLAIN) -> Iterator[str]:
    """Yield an answer with its places, or the closest passages where nothing answers."""
    shelf = shelf or Shelf()
    if answer.text is None:
        yield f"{verdict(answer, shelf)}."
        if answer.passages:
            yield f"{CLOSEST_LABEL}:"
            yield from hit_lines(answer.passages[:CLOSEST_SHOWN])
        return
    yield style.strong(shown(answer.text))
    yield _verdict_line(answer, shelf)
    if said := standings_line(answer):
        yield said
    for citation in answer.citations:
        yield from citation_lines(citation, style)
    for other in answer.alternatives:
        yield ""
        yield f"Another answer: {shown(other.text)} (confidence {other.confidence:.2f})"
        for citation in other.citations:
            yield from citation_lines(citation, style)
    yield from _timeline_lines(answer)


def _verdict_line(answer: Answer, shelf: Shelf) -> str:
    counted = worth(shelf.calibration.verdict(answer.confidence))
    details = f"confidence {answer.confidence:.2f}{f'; {counted}' if counted else ''}"
    return f"{verdict(answer, shelf)} ({details})"


def citation_lines(citation: Citation, style: Look = PLAIN) -> Iterator[str]:
    """Yield a quote in its sentence, its source and where it stands."""
    quote = quote_in_context(citation, ())
    yield ""
    sentence = f"{shown(quote.before)}{style.mark(shown(quote.marked))}{shown(quote.after)}"
    yield textwrap.indent(sentence, "  ")
    copies = copies_in_words(citation)
    source = style.link(source_line(citation), original_page(citation))
    yield f"  {source}{f' ({copies})' if copies else ''}"
    place = f"{visible(citation.article_id)} ¶{citation.paragraph}"
    offsets = style.faint(f"characters {citation.start}–{citation.end}")
    yield f"  {style.link(place, in_app(citation.link))} {offsets}"


def _timeline_lines(answer: Answer) -> Iterator[str]:
    moments = timeline(answer)
    if moments:
        yield ""
        yield "What dated sources say, newest first:"
    for moment in moments:
        said = f"“{visible(moment.text)}”"
        yield f"  {date_in_words(moment.citation.published)}  {said}"


def hit_lines(hits: Iterable[Hit]) -> Iterator[str]:
    """Yield passages with their places and scores."""
    for hit in hits:
        passage = hit.passage
        yield ""
        yield textwrap.indent(shown(passage.text), "  ")
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
            + ("" if signals.interaction is None else f", words met {signals.interaction:.3f}")
        )
        for quote, score in stage.spans:
            yield f"       {score:+.2f}  {visible(quote)}"
    if answer.best_rejected is not None:
        yield f"  best rejected: {visible(answer.best_rejected)} ({answer.confidence:.2f})"


def _ranked(rank: int | None, value: float | None) -> str:
    return "not listed" if rank is None or value is None else f"#{rank} ({value:.3f})"
