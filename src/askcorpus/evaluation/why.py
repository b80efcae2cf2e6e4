"""One question → lines of text: every rank and score on its way, and where it was lost.

In: `Explanation`. Out: text. May import: judging, records, tables, stdlib.
"""

from __future__ import annotations

from collections.abc import Iterator

from askcorpus.evaluation.judging import STAGES, cites_gold
from askcorpus.evaluation.records import Explanation, Judged, Line, Ranked
from askcorpus.evaluation.tables import columns

SPANS = 3
"""Candidates shown of each passage that was read."""

CONTENDERS = 6
"""Competing answers shown; the JSON has them all."""

QUOTE = 40
"""Characters of a competing answer in its row."""


def why_text(explained: Explanation) -> str:
    """Tell the way of a question as lines of text."""
    line = explained.judged.line
    blocks = (
        _asked(line),
        _came_back(line),
        _verdict(explained.judged),
        _ranks(line),
        _candidates(line),
        _contenders(explained),
    )
    return "\n\n".join("\n".join(block) for block in map(list, blocks) if block) + "\n"


def _asked(line: Line) -> Iterator[str]:
    question = line.question
    yield f"{question.question_id} {question.text}"
    for turn in question.after:
        yield f"  after: {turn}"
    if line.asked != question.text:
        yield f"  asked as: {line.asked}"
    if question.unanswerable:
        yield f"  nothing answers: {question.unanswerable}"
    for gold in question.golds:
        place = "cleaned away" if gold.start is None else f"{gold.start}–{gold.end}"
        yield f"  accepted: “{gold.text}” {gold.article_id} {place}"


def _came_back(line: Line) -> Iterator[str]:
    confidence = "" if line.confidence is None else f", confidence {line.confidence:.3f}"
    if line.refused is not None:
        yield f"refused: {line.refused}"
    elif line.text is not None:
        yield f"answered “{line.text}”{confidence}"
    else:
        best = "" if line.best is None else f"; best rejected “{line.best}”"
        yield f"not found{confidence}{best}"
    for citation, right in zip(line.citations, cites_gold(line), strict=True):
        place = f"{citation.article_id} {citation.start}–{citation.end}"
        yield f"  cited: “{citation.quote}” {place}{', an accepted place' if right else ''}"
    for other in line.alternatives:
        yield f"  also shown: “{other}”"


def _verdict(judged: Judged) -> Iterator[str]:
    if judged.lost_at is None:
        yield "as it should be"
    else:
        yield f"lost at {judged.lost_at}: {STAGES[judged.lost_at]}"
    scores = ", ".join(
        f"{name} {share.won / share.of:.3f}" for name, share in judged.shares.items() if share.of
    )
    yield f"  {scores}"


def _ranks(line: Line) -> Iterator[str]:
    if not line.passages:
        return
    signals = ("cosine", "at", "BM25", "at", "words met")
    head = ("passage", "rank", "score", *signals, "read", "holds an answer")
    yield "passages: rank after mixing, and in the list of each signal"
    yield columns([head, *(_rank(passage) for passage in line.passages)])


def _rank(passage: Ranked) -> tuple[str, ...]:
    return (
        passage.passage_id,
        _number(passage.rank),
        _number(passage.score),
        _number(passage.cosine),
        _number(passage.dense_rank),
        _number(passage.bm25),
        _number(passage.lexical_rank),
        _number(passage.interaction),
        "read" if passage.read else "–",
        "yes" if passage.holds_gold else "–",
    )


def _candidates(line: Line) -> Iterator[str]:
    if any(passage.spans for passage in line.passages):
        yield "the reader's candidates: log-odds against “no answer here”"
    for passage in line.passages:
        for quote, score in passage.spans[:SPANS]:
            yield f"  {score:+8.2f} “{quote}” {passage.passage_id}"


def _contenders(explained: Explanation) -> Iterator[str]:
    shown = explained.contenders[:CONTENDERS]
    if not shown:
        return
    yield f"competing answers: an answer is given from {explained.threshold:.3f} on"
    head = ("answer", "probability", *shown[0].features)
    rows = (
        (one.text[:QUOTE], f"{one.probability:.3f}", *map(_number, one.features.values()))
        for one in shown
    )
    yield columns([head, *rows])


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
