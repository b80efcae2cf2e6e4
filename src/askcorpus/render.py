"""Answer → HTML, and the words and slices a terminal shows. Pure: same records, same characters.

Corpus text is never trusted. It is cut by offsets first, and each slice is escaped after:
HTML by Jinja2's autoescape, text by the functions here. A quote is shown character
for character; only characters that cannot be seen or that would steer a terminal are replaced
by a name for them. May import: types, jinja2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    import jinja2

    from askcorpus.types import Alternative, Answer, Article, Citation, Hit, Paragraph

CLEAR = 0.80
"""From here on "Clear match". Four right of five is what people call reliable; to be replaced
by cut points with their intervals once an evaluation has been stored with the index."""

PROBABLE = 0.50
"""From here on "Probable": more often right than wrong. Below, the passage must be read."""

CLOSEST_SHOWN = 3
"""Closest passages under "Not found": more of what does not answer is noise."""

OTHERS_SHOWN = 3
"""Other articles that say the same, before the rest is folded away."""

CLOSEST_LABEL = "Closest passages; they may not answer"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_Verdict = Literal["clear", "probable", "weak", "none"]
_VERDICT_WORDS: Mapping[_Verdict, str] = {
    "clear": "Clear match",
    "probable": "Probable",
    "weak": "Weak: read the passage",
}


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a rendering may know of the corpus beside the answer.

    Attributes:
        label: The corpus in words: `5 articles, Oct 2017 – Jan 2019`; empty if unknown.
        articles: The articles of the answer's passages, by id.
        numbers: Their numbers in links, by id.
    """

    label: str = ""
    articles: Mapping[str, Article] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)


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


# --- words ------------------------------------------------------------------------------------


def date_in_words(date: str | None) -> str:
    """Say a date as precisely as it is known: `28 January 2019`, `March 2024`, `2024`.

    Args:
        date: `YYYY-MM-DD`, `YYYY-MM`, `YYYY` or None.
    """
    if date is None:
        return "date unknown"
    year, _, rest = date.partition("-")
    month, _, day = rest.partition("-")
    name = _month(month)
    if name is None:
        return year if not rest else date
    return f"{int(day)} {name} {year}" if day.isdigit() else f"{name} {year}"


def _month(number: str) -> str | None:
    return _MONTHS[int(number) - 1] if number.isdigit() and 1 <= int(number) <= 12 else None


def _short_date(date: str) -> str:
    name = _month(date[5:7])
    return f"{name[:3]} {date[:4]}" if name else date[:4]


def corpus_in_words(articles: Sequence[Article]) -> str:
    """Say how large a corpus is and which time it spans: `5 articles, Oct 2017 – Jan 2019`."""
    count = "1 article" if len(articles) == 1 else f"{len(articles):,} articles"
    dates = sorted(article.published for article in articles if article.published)
    if not dates:
        return count
    first, last = _short_date(dates[0]), _short_date(dates[-1])
    return f"{count}, {first}" if first == last else f"{count}, {first} – {last}"


def verdict_kind(answer: Answer) -> _Verdict:
    """Give the class of an answer: how far its confidence carries."""
    if answer.text is None:
        return "none"
    if answer.confidence >= CLEAR:
        return "clear"
    return "probable" if answer.confidence >= PROBABLE else "weak"


def verdict(answer: Answer, shelf: Shelf | None = None) -> str:
    """Say in words how far an answer can be trusted; never a percentage."""
    kind = verdict_kind(answer)
    if kind != "none":
        return _VERDICT_WORDS[kind]
    label = shelf.label if shelf else ""
    return f"Not found in this corpus ({visible(label)})" if label else "Not found in this corpus"


def is_elsewhere(answer: Answer, other: Alternative) -> bool:
    """Say whether another answer comes from a source that the answer itself does not cite."""
    own = {citation.article_id for citation in answer.citations}
    return not own.issuperset(citation.article_id for citation in other.citations)


def source_line(article: Article | Citation) -> str:
    """Give title, publisher and date of a source in one line."""
    parts = [source_title(article), article.publisher, date_in_words(article.published)]
    return ", ".join(visible(part) for part in parts if part)


def source_title(article: Article | Citation) -> str:
    """Give the title of a source, or the name of its file where it has none."""
    return article.title or article.article_id


# --- characters -------------------------------------------------------------------------------

# What steers a terminal or cannot be in HTML at all: controls but tab and line feed, and lone
# surrogates, which a file name that is not UTF-8 carries.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
# What changes the order or hides between letters: embeddings, overrides, isolates, zero-width
# spaces. Joiners and plain direction marks stay: Persian and Hebrew names need them.
_TRICKS = "\u200b\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_CONTROL = re.compile(f"[{_CONTROLS}]")
_INVISIBLE = re.compile(f"[{_CONTROLS}{_TRICKS}\\n\\t]")


def _named(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"


def printable(text: str) -> str:
    """Give running text with its control characters named; everything else stays as it is."""
    return _CONTROL.sub(_named, text)


def visible(text: str) -> str:
    """Give one line of text, such as a title or a name, with all that is invisible named."""
    return _INVISIBLE.sub(_named, text)


def web_link(url: str | None) -> str | None:
    """Give an address that may become a link: http or https with a host; otherwise None.

    The host is given in ASCII, so that look-alike letters show.
    """
    cleaned = re.sub(f"[{_CONTROLS}{_TRICKS}\\s]", "", url or "")
    try:
        parts = urlsplit(cleaned)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    name = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, name + port, parts.path, parts.query, parts.fragment))


# --- cutting ----------------------------------------------------------------------------------

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


def passage_link(hit: Hit, shelf: Shelf) -> str | None:
    """Give the path of a passage in its article's page; None if the shelf lacks the article.

    A passage that no longer stands where it stood, because the article has changed since, gets
    no link rather than a wrong one.
    """
    passage = hit.passage
    article = shelf.articles.get(passage.article_id)
    number = shelf.numbers.get(passage.article_id)
    if article is None or number is None:
        return None
    if article.text[passage.start : passage.end] != passage.text:
        return None
    paragraph = article.paragraph_number(passage.start)
    return f"/article/{number}?s={passage.start}&e={passage.end}#p{paragraph}"


# --- HTML -------------------------------------------------------------------------------------


def as_html(
    answer: Answer, shelf: Shelf | None = None, *, link: Callable[[str], str] | None = None
) -> str:
    """Give an answer as a card: verdict, quote, source, other sources, how it came about.

    Args:
        answer: Its text is cut by offsets first and escaped after.
        shelf: What is known of the corpus; needed to name the closest passages.
        link: Changes the path of each link to an article, for instance to add a query.
    """
    shelf = shelf or Shelf()
    return (
        _environment()
        .get_template("answer.html")
        .render(
            answer=answer,
            kind=verdict_kind(answer),
            verdict=verdict(answer, shelf),
            shelf=shelf,
            elsewhere=[each for each in answer.alternatives if is_elsewhere(answer, each)],
            within=[each for each in answer.alternatives if not is_elsewhere(answer, each)],
            others_shown=OTHERS_SHOWN,
            closest=answer.passages[:CLOSEST_SHOWN],
            closest_label=CLOSEST_LABEL,
            link=link or str,
        )
    )


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # text and Markdown need no template engine

    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.PackageLoader("askcorpus"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(template_filters())
    environment.globals.update(
        passage_link=passage_link,
        quote_in_context=quote_in_context,
    )
    return environment


def template_filters() -> dict[str, Callable[..., object]]:
    """Give the filters that templates of corpus text use."""
    return {
        "date_in_words": date_in_words,
        "printable": printable,
        "source_title": source_title,
        "visible": visible,
        "web_link": web_link,
    }


# --- text and Markdown ------------------------------------------------------------------------
