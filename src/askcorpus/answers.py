"""Hits and the reader's spans → competing answers, each with a calibrated probability.

In: a question, the passages read and the spans found in them. Out: candidates grouped by what
they say, best first. All spans of all passages compete on one scale.

May import: types, words, borders, calibration. Pure: no files, no models.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from askcorpus.borders import tidy
from askcorpus.calibration import Calibration
from askcorpus.types import Article, Hit, Span
from askcorpus.words import STOP_WORDS, content_words, sound, without_possessive, words

MARGIN_LIMIT = 12.0
"""Margins beyond say nothing more; without a limit one wild span would own the scale."""

EXACT_LEAST = -3.0
"""From this margin on, odds of 1 to 20, an exact number is shown for a vague one that says the
same: below it the reader sees no answer in it, and any number of that size would do."""

SCORE_WORTH = 20.0
"""Log-odds that a whole unit of the retriever's score is worth beside the reader's: 10 to 40
measured alike on development questions, none and more measured worse."""

ALTERNATIVE_SHARE = 0.35
"""An alternative is shown when it is at least this likely, as a share of the threshold."""

RIGHT_F1 = 0.5
"""From this overlap of words on an answer names the right thing."""

SOUND_LETTERS = 3
"""Shorter keys meet by chance."""

LONGEST_AMOUNT = 18
"""Digits of a number that is compared with a vague one; a longer one counts nothing."""

TEXTS_KEPT = 512
"""Passages whose words are kept, about 20 kB each."""

QUESTIONS_KEPT = 64
"""Questions whose words are kept: as many as are answered at once."""

QUOTES_KEPT = 4_096
"""Quotes whose words are kept, about 1 kB each; a question brings forty."""

_LETTERS = re.compile(r"[^\W\d_]+(?:['’‘ʼ][^\W\d_]+)*")
_ABOUT_ARTICLE = re.compile(
    r"\b(wrote|written|writes?|author(s|ed)?|byline|journalists?|reporters?|published|publish|"
    r"publishers?|publication|republish(ed|er)|posted|posts?|dated?|appear(ed)?|article|story|"
    r"stories|piece|headline|outlet|agency|site|website|modified|updated|printed|carried)\b"
)
"""Words by which a question asks for the article itself: who wrote it, when it appeared."""

_NUMBER = re.compile(r"\d[\d.,]*")
_MAGNITUDE = frozenset(
    "tens dozen dozens hundred hundreds thousand thousands million millions billion trillion "
    "percent".split()
)
_VAGUE = re.compile(r"\b(?:tens|hundreds|thousands?|millions)\b")
_VAGUE_SIZES = {
    "hundreds": (100, 1_000),
    "thousands": (1_000, 10_000),
    "thousand": (1_000, 10_000),
    "tens thousands": (10_000, 100_000),
    "hundreds thousands": (100_000, 1_000_000),
    "millions": (1_000_000, 1_000_000_000),
}
"""Numbers that a vague word can mean, from and below."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may be the answer: `quote == article.text[start:end]`.

    Attributes:
        rank: Rank of its passage among those read, from 0.
        margin: The reader's log-odds against the null answer.
    """

    hit: Hit
    rank: int
    start: int
    end: int
    quote: str
    margin: float


@dataclass(frozen=True, slots=True)
class _Said:
    """What a quote says.

    Attributes:
        content: Its content words, folded.
        words: The words that count of it: all of them where none has content.
        figures: The numbers and magnitudes among them.
        amount: The first number it writes in figures, where that is whole.
        sizes: From and below which a vague number such as “thousands” may be, where it has no
            exact one.
    """

    content: tuple[str, ...]
    words: tuple[str, ...]
    figures: frozenset[str]
    amount: int | None
    sizes: tuple[int, int] | None

    def means(self, exact: _Said) -> bool:
        """Tell whether an exact number is of the size that this vague one names."""
        if self.sizes is None or exact.amount is None:
            return False
        return self.sizes[0] <= exact.amount < self.sizes[1]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question asks for, told from its words.

    Attributes:
        content: Its content words, folded.
        names: Those that are capitalised, and its numbers; but for the first word.
        about_article: Whether it asks for the article itself.
    """

    content: tuple[str, ...]
    names: tuple[str, ...]
    about_article: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Candidates that say the same, best first, and the probability that they are right."""

    candidates: tuple[Candidate, ...]
    probability: float
    values: Mapping[str, float]

    @property
    def best(self) -> Candidate:
        """The candidate that is shown."""
        return self.candidates[0]


def respelled(question: str, texts: Sequence[str]) -> str:
    """Spell the names of a question as the passages spell them.

    A word that no passage holds, and that sounds like a capitalised word of one, is exchanged
    for it: the reader compares letters and would take “Rakka” and “Raqqa” for two places.

    Args:
        texts: The passages to be read.
    """
    held = frozenset[str]().union(*(_held(text) for text in texts))
    names: dict[str, str] = {}
    for text in reversed(texts):
        names.update(_sounds(text))
    return _LETTERS.sub(lambda match: _name_for(match.group(), held, names), question)


@lru_cache(maxsize=TEXTS_KEPT)
def _sounds(text: str) -> Mapping[str, str]:
    """Give the capitalised words of a text by how they sound, the first of each sound."""
    written = (without_possessive(word) for word in _LETTERS.findall(text))
    return {sound(word): word for word in reversed([*written]) if word[0].isupper()}


def _name_for(word: str, held: AbstractSet[str], names: Mapping[str, str]) -> str:
    """Give the passages' spelling of a word that they do not hold, else the word itself."""
    if all(_stem(part) in held or part in STOP_WORDS for part in words(word)):
        return word
    name = without_possessive(word)
    key = sound(name)
    known = names.get(key, name) if len(key) >= SOUND_LETTERS else name
    return known + word.removeprefix(name)


def candidates(hits: Sequence[Hit], spans: Sequence[Sequence[Span]]) -> list[Candidate]:
    """Give every span with tidy boundaries as a place in its article, best margin first.

    Args:
        hits: Passages read.
        spans: The spans of each passage, as many sequences as hits.
    """
    found = []
    for rank, (hit, marked) in enumerate(zip(hits, spans, strict=True)):
        text, offset = hit.passage.text, hit.passage.start
        for span in marked:
            start, end = tidy(text, span.start, span.end)
            if start < end:
                quote = text[start:end]
                place = (offset + start, offset + end)
                found.append(Candidate(hit, rank, *place, quote, span.score))
    return sorted(found, key=lambda one: (-one.margin, one.rank, one.start))


def in_readers_order(hits: Sequence[Hit], found: Sequence[Sequence[Candidate]]) -> tuple[Hit, ...]:
    """Order passages by what the reader saw in them, together with how they were found.

    On development questions the passage with the answer comes first more often so than by
    either alone; `askcorpus eval` and `training/calibrate.py` print how often.

    Args:
        hits: Passages read, best first.
        found: The candidates of each of them.
    """
    relevance = [
        max((one.margin for one in marked), default=-MARGIN_LIMIT) + SCORE_WORTH * hit.score
        for hit, marked in zip(hits, found, strict=True)
    ]
    order = sorted(range(len(hits)), key=lambda rank: -relevance[rank])
    return tuple(hits[rank] for rank in order)


def decide(
    question: str,
    found: Sequence[Candidate],
    articles: Mapping[str, Article],
    calibration: Calibration,
    *,
    stories: Mapping[str, Sequence[str]] | None = None,
) -> list[Group]:
    """Group candidates that say the same and order the groups by probability, best first.

    Args:
        found: All candidates, best margin first.
        articles: The article of each candidate, by its id.
        stories: Ids of the articles that are near-copies of one another, by each of their ids.
    """
    members = grouped(found)
    groups = []
    for group in members:
        rival = max((strength(other) for other in members if other is not group), default=-12.0)
        values = features(
            question,
            group,
            article=articles[group[0].hit.passage.article_id],
            rival=rival,
            sources=independent(group, stories or {}),
        )
        groups.append(Group(tuple(group), calibration.probability(values), values))
    return sorted(groups, key=lambda group: (-group.probability, -group.best.margin))


def strength(group: Sequence[Candidate]) -> float:
    """Give the best margin of candidates that say the same: each of them speaks for all."""
    return max(one.margin for one in group)


def independent(group: Sequence[Candidate], stories: Mapping[str, Sequence[str]]) -> int:
    """Count the stories whose reader prefers a candidate of a group to “no answer here”."""
    named = {one.hit.passage.article_id for one in group if one.margin > 0}
    return len({stories.get(name, (name,))[0] for name in named})


def grouped(found: Sequence[Candidate]) -> list[list[Candidate]]:
    """Put candidates that say the same together, in the order of their best.

    One joins a group only if it agrees with all of it: “5,200” and “8,000” both agree with
    “thousands”, and contradict each other.
    """
    groups: list[list[Candidate]] = []
    for one in found:
        for group in groups:
            if all(says_same(one.quote, other.quote) for other in group):
                group.append(one)
                break
        else:
            groups.append([one])
    return [_exact_first(group) for group in groups]


def _exact_first(group: list[Candidate]) -> list[Candidate]:
    """Show the exact number where a vague one says the same, if the reader half believes it."""
    if _NUMBER.search(group[0].quote) or not _VAGUE.search(group[0].quote.lower()):
        return group
    return sorted(group, key=lambda one: one.margin < EXACT_LEAST or not _NUMBER.search(one.quote))


def says_same(quote: str, other: str) -> bool:
    """Tell whether two quotes give the same answer.

    They do if their content words are the same, or if one's words stand in the other in order
    and both hold the same numbers: “Tillerson” and “Rex Tillerson”, “5,200” and “5,200 troops”,
    but not “3” and “3 million”. A vague number agrees with an exact one of its size: “thousands”
    and “5,200”.
    """
    left, right = _said(quote), _said(other)
    if left.words == right.words or left.means(right) or right.means(left):
        return True
    short, long = sorted((left.words, right.words), key=len)
    if not short or len(long) > 2 * len(short) + 2 or left.figures != right.figures:
        return False
    size = len(short)
    return any(long[at : at + size] == short for at in range(len(long) - size + 1))


def is_right(quote: str, accepted: Sequence[str]) -> bool:
    """Tell whether a quote names what one of the accepted answers does.

    It does if half of the words that count are common: the F1 of SQuAD (Rajpurkar et al. 2016)
    over folded words, so that a word too many or too few makes no answer wrong.
    """
    said = Counter(_said(quote).words)
    return any(_f1(said, Counter(_said(other).words)) >= RIGHT_F1 for other in accepted)


def _f1(said: Counter[str], wanted: Counter[str]) -> float:
    """Give the harmonic mean of the shares of common words."""
    both = said.total() + wanted.total()
    return 2 * (said & wanted).total() / both if both else 0.0


@lru_cache(maxsize=QUOTES_KEPT)
def _said(quote: str) -> _Said:
    """Take a quote apart, once: it is compared with all others."""
    content = tuple(content_words(quote))
    counted = content or tuple(words(quote))
    number = _NUMBER.search(quote)
    vague = None if number else _VAGUE_SIZES.get(" ".join(_VAGUE.findall(quote.lower())))
    return _Said(content, counted, _figures(counted), _amount(number[0]) if number else None, vague)


def _amount(figure: str) -> int | None:
    """Give a whole number as it is written, with commas or not; None for any other."""
    digits = figure.replace(",", "").rstrip(".")
    return int(digits) if digits.isdecimal() and len(digits) <= LONGEST_AMOUNT else None


def _figures(found: Sequence[str]) -> frozenset[str]:
    """Give the numbers and magnitudes among words."""
    return frozenset(word for word in found if word[0].isdigit() or word in _MAGNITUDE)


def features(
    question: str,
    group: Sequence[Candidate],
    *,
    article: Article,
    rival: float,
    sources: int,
) -> dict[str, float]:
    """Say what speaks for the first candidate of a group, the one that is shown.

    Args:
        group: Candidates that say the same.
        article: The first candidate's.
        rival: Best margin of any other group.
        sources: How many stories say the same.

    Returns:
        margin: The group's best log-odds, within ±12. lead: Its distance to the rival's, likewise.
        cosine: Of question and passage. score: The retriever's, of that passage. rank: Among the
        passages read, from 0, of the best that says the same.
        coverage: Share of the question's content words that the passage, or the article's
        title, publisher or authors hold.
        names: The same of its capitalised words and numbers; 1 where it has none.
        head: -1 if the quote stands in the byline or dateline and the question is not about
        the article itself, 1 if it is, 0 elsewhere.
        agreement: Logarithm of the number of stories that say the same.
    """
    best, margin = group[0], strength(group)
    asked = _asked(question)
    known = (article.title, article.publisher, *article.authors, best.hit.passage.text)
    around = " ".join(part for part in known if part)
    return {
        "margin": _limited(margin),
        "lead": _limited(margin - rival),
        "cosine": best.hit.signals.cosine or 0.0,
        "score": best.hit.score,
        "rank": float(min(one.rank for one in group)),
        "coverage": _share(asked.content, around),
        "names": _share(asked.names, around),
        "head": _head(asked, article, best.start),
        "agreement": math.log(max(1, sources)),
    }


@lru_cache(maxsize=QUESTIONS_KEPT)
def _asked(question: str) -> _Asked:
    """Take a question apart, once: every group is held against it."""
    return _Asked(
        content=tuple(content_words(question)),
        names=tuple(_names(question)),
        about_article=bool(_ABOUT_ARTICLE.search(" ".join(words(question)))),
    )


def _head(asked: _Asked, article: Article, start: int) -> float:
    """Tell whether a place in byline or dateline suits the question: 1 yes, -1 no, 0 no such."""
    paragraph = article.paragraphs[article.paragraph_number(start) - 1]
    if paragraph.kind != "byline":
        return 0.0
    return 1.0 if asked.about_article else -1.0


def _limited(value: float) -> float:
    """Keep a margin within the limit."""
    return max(-MARGIN_LIMIT, min(MARGIN_LIMIT, value))


def _share(wanted: Sequence[str], text: str) -> float:
    """Give the share of words that a text holds, endings aside; 1 for no words."""
    if not wanted:
        return 1.0
    held = _held(text)
    return sum(_stem(word) in held for word in wanted) / len(wanted)


@lru_cache(maxsize=TEXTS_KEPT)
def _held(text: str) -> frozenset[str]:
    """Give the words of a text without endings; each passage is asked about many times."""
    return frozenset(_stem(word) for word in words(text))


def _stem(word: str) -> str:
    """Cut common endings, so that “troop” and “troops”, “wanted” and “wants” meet."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word.removesuffix(ending)
    return word


def _names(question: str) -> list[str]:
    """Give the folded capitalised words and numbers of a question, without its first word."""
    tokens = question.split()
    kept = [token for token in tokens[1:] if token.strip("“\"'‘(")[:1].isupper()]
    kept += [token for token in tokens if any(sign.isdigit() for sign in token)]
    return [word for token in kept for word in content_words(token)]
