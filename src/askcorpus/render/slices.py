"""Texts cut by offsets: a quote in its sentence, an article in numbered paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from askcorpus.types import Article, Citation, Hit, Paragraph


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote in its sentence, with the sentence before and after: five slices, in order.

    Attributes:
        lead: The sentence before; empty at the start of a passage.
        before: Start of the quote's own sentence.
        marked: The quote, character for character.
        after: End of the quote's own sentence.
        trail: The sentence after; empty at the end of a passage.
    """

    lead: str
    before: str
    marked: str
    after: str
    trail: str


@dataclass(frozen=True, slots=True)
class Line:
    """One numbered paragraph of an article page; `before + marked + after` is its text.

    Attributes:
        number: Number in the article, from 1.
        first: True for the paragraph where the marked span begins.
    """

    number: int
    kind: str
    before: str
    marked: str
    after: str
    first: bool


_SENTENCE_END = re.compile(r"[.!?…]['\"’”)\]]*\s+(?=\S)|\n+")


def quote_in_context(citation: Citation, passages: Sequence[Hit]) -> Quote:
    """Cut a citation's sentence around its quote, and one sentence of its passage each side."""
    start = citation.start - citation.sentence_start
    end = citation.end - citation.sentence_start
    lead, trail = _neighbours(citation, passages)
    text = citation.sentence
    return Quote(lead, text[:start], text[start:end], text[end:], trail)


def _neighbours(citation: Citation, passages: Sequence[Hit]) -> tuple[str, str]:
    """Give the sentences beside the citation's own, where they share its paragraph and passage.

    Across a paragraph's border the neighbour may be a headline, a byline or another speaker.
    """
    for hit in passages:
        if hit.passage.passage_id == citation.passage_id:
            text, shift = hit.passage.text, hit.passage.start
            cut = max(citation.sentence_start - shift, 0)
            until = citation.sentence_start + len(citation.sentence) - shift
            before, after = text[:cut].rpartition("\n")[2], text[until:].partition("\n")[0]
            return _last_sentence(before), _first_sentence(after)
    return "", ""


def _last_sentence(text: str) -> str:
    stripped = text.rstrip()
    ends = [match.end() for match in _SENTENCE_END.finditer(stripped)]
    return stripped[ends[-1] if ends else 0 :]


def _first_sentence(text: str) -> str:
    stripped = text.lstrip()
    end = _SENTENCE_END.search(stripped)
    return (stripped[: end.end()] if end else stripped).rstrip()


def lines(article: Article, start: int | None, end: int | None) -> Iterator[Line]:
    """Cut an article into numbered paragraphs around a marked span, which may cross them.

    Args:
        article: Its paragraphs are cut, in order.
        start: First character of the span in `article.text`; None for no mark.
        end: One past its last character; None for no mark.
    """
    low, high = (0, 0) if start is None or end is None else (start, end)
    found = False
    for number, paragraph in enumerate(article.paragraphs, start=1):
        line = _line(article.text, number, paragraph, (low, high), fresh=not found)
        found = found or bool(line.marked)
        yield line


def _line(
    text: str, number: int, paragraph: Paragraph, span: tuple[int, int], *, fresh: bool
) -> Line:
    """Cut one paragraph at the part of the span that stands in it."""
    begin = min(max(span[0], paragraph.start), paragraph.end)
    stop = max(min(span[1], paragraph.end), begin)
    return Line(
        number=number,
        kind=paragraph.kind,
        before=text[paragraph.start : begin],
        marked=text[begin:stop],
        after=text[stop : paragraph.end],
        first=fresh and stop > begin,
    )


def passage_link(
    hit: Hit, articles: Mapping[str, Article], numbers: Mapping[str, int]
) -> str | None:
    """Give the path of a passage in its article's page; None if the article is not known.

    A passage that no longer stands where it stood, because the article has changed since, gets
    no link rather than a wrong one.
    """
    passage = hit.passage
    article = articles.get(passage.article_id)
    number = numbers.get(passage.article_id)
    if article is None or number is None:
        return None
    if article.text[passage.start : passage.end] != passage.text:
        return None
    paragraph = article.paragraph_number(passage.start)
    return f"/article/{number}?s={passage.start}&e={passage.end}#p{paragraph}"
