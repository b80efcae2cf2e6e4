r"""Article → Passages, by character offsets.

Whole paragraphs are packed up to a budget of tokens. A headline or byline goes with what follows
it, a short paragraph ("he said") with what it follows. A paragraph over the budget is cut at
sentence ends, a sentence at spaces, a word anywhere. What is embedded says more than what is
quoted: title and date of the article stand before the passage.

In: an article, a token counter, a test of what the encoder can see. Out: passages that together
hold every character of the article that is not white space, in order, none twice.
May import: types, errors, settings; tiktoken, sentencex.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import sentencex  # type: ignore[import-untyped]
import tiktoken

from askcorpus.errors import DataError, ModelMissingError, UsageError
from askcorpus.settings import BUNDLED
from askcorpus.types import Article, Passage

Count = Callable[[str], int]
Fits = Callable[[str], bool]

VOCABULARY_SHA256 = "86306cf031d972c8ba8a85286e38de64ca0a09f9059b98f2217c3fc99433e845"
"""Of the bundled vocabulary, made by `training/vocabulary.py`."""

PATTERN = r"'(?:s|t|re|ve|m|ll|d)\b| ?\p{L}{1,24}| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]{1,8}|\s{1,8}"
"""Cuts text before byte pairs are merged. Every run is bounded, so that a token is never longer
than 25 characters and a word of a million letters takes time in proportion to its length."""

LONGEST_TOKEN = 32
"""Characters a token is never longer than: a longer text is over budget without counting."""

SHORT_PARAGRAPH = 14
"""Tokens up to which a paragraph is taken as belonging to the one before it."""

TITLE_CHARACTERS = 160
"""Of a title before an embedded passage: a longer one would crowd the passage out."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_WORD = re.compile(r"\S+")

WORDS_TOGETHER = 8
"""A sentence over the budget is cut into runs of so many words."""

Level = Literal["group", "paragraph", "sentence", "words", "word", "character"]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the article that is kept whole if it can be.

    Attributes:
        lead: Only headline or byline: it wants what follows it.
        parts: Paragraphs of a group.
    """

    start: int
    end: int
    level: Level
    lead: bool = False
    parts: tuple[_Piece, ...] = ()


def split(article: Article, *, budget: int, count: Count, fits: Fits) -> tuple[Passage, ...]:
    """Cut an article into passages.

    Args:
        article: Its paragraphs are taken as they are.
        budget: Tokens of a passage, title and date not counted.
        count: Counts the tokens of a text.
        fits: Whether the encoder sees the whole of an embedded text.

    Returns:
        Passages in the order of the text; none for an article without text.
    """

    def allowed(start: int, end: int) -> bool:
        text = article.text[start:end]
        return (
            len(text) <= budget * LONGEST_TOKEN
            and count(text) <= budget
            and fits(embedded_text(article, text))
        )

    groups = _groups(article, count)
    bounds = _pack(article.text, groups, allowed)
    return tuple(_passage(article, start, end) for start, end in bounds)


def sentence_around(article: Article, start: int, end: int) -> tuple[int, int]:
    """Give the bounds of the sentence, or sentences, in which a place of the article stands."""
    sentences = [
        sentence
        for paragraph in _paragraphs(article)
        if paragraph.start < end and start < paragraph.end
        for sentence in _sentences(article.text, paragraph)
        if sentence.start < end and start < sentence.end
    ]
    if not sentences:
        return start, end
    return min(start, sentences[0].start), max(end, sentences[-1].end)


def embedded_text(article: Article, text: str) -> str:
    """Give what is embedded and indexed for a passage: title and date, then its own text."""
    title = _shortened(article.title or "")
    date = spoken_date(article.published) if article.published else ""
    head = f"{title} ({date})" if title and date else title or date
    return f"{head}\n{text}" if head else text


def spoken_date(published: str) -> str:
    """Give a date as people write it, as precise as it is: `2019-01-28` → `28 January 2019`."""
    year, month, day = (*published.split("-"), "", "")[:3]
    name = MONTHS[int(month) - 1] if month.isdecimal() and 1 <= int(month) <= 12 else ""
    return " ".join(part for part in (day.lstrip("0") if name else "", name, year) if part)


def token_counter(vocabulary: str = BUNDLED) -> Count:
    """Give the function that counts tokens.

    Args:
        vocabulary: `bundled`, or the name of a tiktoken encoding; tiktoken fetches those that
            are not in its cache, so only the bundled one never needs a network.

    Raises:
        UsageError: tiktoken does not know the name.
        DataError: The bundled vocabulary is damaged.
        ModelMissingError: The named vocabulary is not on this machine and cannot be fetched.
    """
    encoding = _bundled_encoding() if vocabulary == BUNDLED else _named_encoding(vocabulary)
    return lambda text: len(encoding.encode_ordinary(text))


def vocabulary_name(vocabulary: str = BUNDLED) -> str:
    """Give what the manifest stores: passages cut with another vocabulary are other passages."""
    return f"bundled@{VOCABULARY_SHA256[:16]}" if vocabulary == BUNDLED else vocabulary


def _groups(article: Article, count: Count) -> Iterator[_Piece]:
    """Put paragraphs together that belong together: leads before, short ones behind."""
    held: list[_Piece] = []
    for piece in _paragraphs(article):
        if held and not held[-1].lead and (piece.lead or not _is_short(article, piece, count)):
            yield _joined(held)
            held = []
        held.append(piece)
    if held:
        yield _joined(held)


def _is_short(article: Article, piece: _Piece, count: Count) -> bool:
    """Whether a paragraph is too short to stand without the one before it."""
    if piece.end - piece.start > SHORT_PARAGRAPH * LONGEST_TOKEN:
        return False
    return count(article.text[piece.start : piece.end]) <= SHORT_PARAGRAPH


def _joined(pieces: Sequence[_Piece]) -> _Piece:
    """One piece from the first's start to the last's end, with its paragraphs inside."""
    lead = all(piece.lead for piece in pieces)
    return _Piece(pieces[0].start, pieces[-1].end, "group", lead=lead, parts=tuple(pieces))


def _paragraphs(article: Article) -> list[_Piece]:
    """The article's paragraphs without the white space around them, empty ones left out."""
    bounds = [(part.start, part.end, part.kind != "body") for part in article.paragraphs]
    pieces = [
        _trimmed(article.text, start, end, "paragraph", lead=lead)
        for start, end, lead in bounds or [(0, len(article.text), False)]
    ]
    return [piece for piece in pieces if piece.start < piece.end]


def _pack(
    text: str, groups: Iterator[_Piece], allowed: Callable[[int, int], bool]
) -> Iterator[tuple[int, int]]:
    """Join pieces while they fit; cut those that fit nowhere into finer ones."""
    held: list[_Piece] = []
    for group in groups:
        waiting = [group]
        while waiting:
            piece = waiting.pop()
            if allowed((held or [piece])[0].start, piece.end):
                held.append(piece)
            elif _must_divide(piece, held):
                waiting.extend(reversed(_divided(text, piece)))
            elif held:
                closed, held = _closed(held)
                yield closed
                waiting.append(piece)
            else:  # a single character that does not fit: the budget is absurd, the text is not
                held = [piece]
    if held:
        yield held[0].start, held[-1].end


def _must_divide(piece: _Piece, held: Sequence[_Piece]) -> bool:
    """Cut what does not fit alone, and a paragraph whose first sentences a headline waits for."""
    if not held:
        return piece.level != "character"
    return piece.level in ("group", "paragraph") and all(other.lead for other in held)


def _closed(held: Sequence[_Piece]) -> tuple[tuple[int, int], list[_Piece]]:
    """Bounds of a finished passage; leads at its end stay with what comes next."""
    kept = len(held)
    while kept and held[kept - 1].lead:
        kept -= 1
    kept = kept or len(held)
    return (held[0].start, held[kept - 1].end), list(held[kept:])


def _divided(text: str, piece: _Piece) -> list[_Piece]:
    """Cut a piece into the next finer ones."""
    match piece.level:
        case "group":
            return list(piece.parts)
        case "paragraph":
            return _sentences(text, piece)
        case "sentence":
            return _runs(text, piece, "words", WORDS_TOGETHER)
        case "words":
            return _runs(text, piece, "word", 1)
        case _:
            return _halves(piece)


def _sentences(text: str, piece: _Piece) -> list[_Piece]:
    """Sentences of a paragraph; bounds that would not tile it are not believed."""
    inside = text[piece.start : piece.end]
    bounds = [
        (piece.start + found["start_index"], piece.start + found["end_index"])
        for found in sentencex.get_sentence_boundaries("en", inside)
    ]
    ends = [piece.start, *(end for _, end in bounds)]
    if [start for start, _ in bounds] != ends[:-1] or ends[-1] != piece.end:
        return [_Piece(piece.start, piece.end, "sentence", lead=piece.lead)]
    found = [_trimmed(text, start, end, "sentence", lead=piece.lead) for start, end in bounds]
    return [sentence for sentence in found if sentence.start < sentence.end]


def _runs(text: str, piece: _Piece, level: Level, words: int) -> list[_Piece]:
    """Runs of a number of words."""
    places = [match.span() for match in _WORD.finditer(text, piece.start, piece.end)]
    runs = (places[first : first + words] for first in range(0, len(places), words))
    return [_Piece(run[0][0], run[-1][1], level, lead=piece.lead) for run in runs]


def _halves(piece: _Piece) -> list[_Piece]:
    """Both halves of a word that is itself over the budget."""
    middle = (piece.start + piece.end) // 2
    bounds = ((piece.start, middle), (middle, piece.end))
    return [
        _Piece(start, end, "word" if end - start > 1 else "character", lead=piece.lead)
        for start, end in bounds
        if start < end
    ]


def _trimmed(text: str, start: int, end: int, level: Level, *, lead: bool) -> _Piece:
    """A piece without the white space around it; empty where there is nothing else."""
    inside = text[start:end]
    start += len(inside) - len(inside.lstrip())
    return _Piece(start, max(start, start + len(inside.strip())), level, lead=lead)


def _passage(article: Article, start: int, end: int) -> Passage:
    """The record of one stretch of an article."""
    passage_id = f"{article.article_id}#{start}-{end}"
    return Passage(passage_id, article.article_id, article.text[start:end], start, end)


def _shortened(title: str) -> str:
    """A title of bounded length, on one line, cut between words."""
    line = " ".join(title.split())
    if len(line) <= TITLE_CHARACTERS:
        return line
    cut = line[:TITLE_CHARACTERS]
    return (cut.rpartition(" ")[0] or cut) + "…"


@cache
def _bundled_encoding() -> tiktoken.Encoding:
    """The vocabulary of the package, checked; tiktoken's own loader would keep a second copy."""
    file = resources.files("askcorpus") / "data" / "passages.tiktoken"
    data = file.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != VOCABULARY_SHA256:
        raise DataError(
            f"{file} is damaged: SHA-256 {found} instead of {VOCABULARY_SHA256}. "
            "Your articles and indexes are untouched. Install the package again."
        )
    pairs = (line.split() for line in data.splitlines())
    ranks = {base64.b64decode(token): int(rank) for token, rank in pairs}
    return tiktoken.Encoding("askcorpus", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})


def _named_encoding(name: str) -> tiktoken.Encoding:
    """One of tiktoken's own vocabularies, which it keeps in its cache once it was fetched."""
    known = tiktoken.list_encoding_names()
    if name not in known:
        raise UsageError(
            f"tiktoken knows no vocabulary {name}. Known are: bundled, {', '.join(sorted(known))}."
        )
    try:
        return tiktoken.get_encoding(name)
    except OSError as error:  # requests' own errors are OSErrors too
        raise ModelMissingError(
            f"The vocabulary {name} is not on this machine. Use the bundled one, or fetch it once "
            f"with a network and TIKTOKEN_CACHE_DIR set: "
            f"python -c \"import tiktoken; tiktoken.get_encoding('{name}')\""
        ) from error
