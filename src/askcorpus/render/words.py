"""The words around an answer: dates, sources, verdicts, who says what, and when it was said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from askcorpus.calibration import CLEAR, PROBABLE, WEAK
from askcorpus.characters import visible

if TYPE_CHECKING:
    from askcorpus.types import Alternative, Answer, Article, Citation, Verdict

KINDS: Mapping[str, str] = {CLEAR: "clear", PROBABLE: "probable", WEAK: "weak"}
"""Class of a card for each verdict; an answer that was not found is of class `none`."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One of several answers: how many articles say it, and when they do.

    Attributes:
        articles: Articles that say so; near-copies of one story count once.
        age: `older` or `newer` than the answer's own newest source, `date unknown`, or empty.
        agrees: True where it is the answer less exactly: “several thousand” beside “5,200”.
    """

    text: str
    articles: int
    age: str
    agrees: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """What one dated source says, on a line from the oldest to the newest.

    Attributes:
        at: Place on that line, in [0, 1].
        own: True where it is the answer itself.
    """

    citation: Citation
    text: str
    at: float
    own: bool


# --- dates and sources ------------------------------------------------------------------------


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
    count = counted(len(articles), "article")
    dates = sorted(article.published for article in articles if article.published)
    if not dates:
        return count
    first, last = _short_date(dates[0]), _short_date(dates[-1])
    return f"{count}, {first}" if first == last else f"{count}, {first} – {last}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Give a number with its noun: `1 article`, `1,200 articles`."""
    return f"1 {noun}" if number == 1 else f"{number:,} {plural or f'{noun}s'}"


def source_line(article: Article | Citation) -> str:
    """Give title, publisher and date of a source in one line."""
    parts = [source_title(article), article.publisher, date_in_words(article.published)]
    return ", ".join(visible(part) for part in parts if part)


def source_title(article: Article | Citation) -> str:
    """Give the title of a source, or the name of its file where it has none."""
    return article.title or article.article_id


def names_in_words(names: Sequence[str]) -> str:
    """Give names as a list in a sentence: `A`, `A and B`, `A, B and C`."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


# --- verdicts ---------------------------------------------------------------------------------


def worth(judged: Verdict) -> str:
    """Say how often such answers were right where that was counted; empty where it was not."""
    if judged.right is None or judged.low is None or judged.high is None:
        return ""
    interval = f"{judged.low:.0%}".rstrip("%") + f"–{judged.high:.0%}".rstrip("%")
    return (
        f"right {judged.right:.0%} [{interval}] of the time on held-out questions, n={judged.n:,}"
    )


def not_found(label: str) -> str:
    """Say that a corpus does not hold an answer, and which corpus that is."""
    return f"Not found in this corpus ({visible(label)})" if label else "Not found in this corpus"


def ready(word: str, answer: Answer) -> str:
    """Say in one line that an answer has come: `Answer ready: probable, 2 sources`."""
    if answer.text is None:
        return "Answer ready: not found in this corpus"
    sources = counted(_count(answer.citations), "source")
    return f"Answer ready: {word[:1].lower()}{word[1:]}, {sources}"


# --- who says what ----------------------------------------------------------------------------


def elsewhere(answer: Answer) -> tuple[Alternative, ...]:
    """Give the other answers that a source gives which has not said anything better.

    Of each article only the best answer counts: what it also says contradicts nothing.
    """
    spoken = {citation.article_id for citation in answer.citations}
    found = []
    for other in answer.alternatives:
        speaking = {citation.article_id for citation in other.citations}
        if not speaking <= spoken:
            found.append(other)
            spoken |= speaking
    return tuple(found)


def standings(answer: Answer) -> tuple[Standing, ...]:
    """Give every answer that a source of its own gives, the chosen one first."""
    if answer.text is None:
        return ()
    less = [each for each in answer.citations if _is_vaguer(each.quote, answer.text)]
    exact = [each for each in answer.citations if each not in less]
    own = _newest(exact)
    chosen = Standing(answer.text, _count(exact), "")
    vaguer = (
        Standing(quote, _count(said), _age(_newest(said), own), agrees=True)
        for quote in dict.fromkeys(each.quote for each in less)
        if (said := [each for each in less if each.quote == quote])
    )
    others = (
        Standing(other.text, _count(other.citations), _age(_newest(other.citations), own))
        for other in elsewhere(answer)
    )
    return (chosen, *vaguer, *others)


def _is_vaguer(quote: str, text: str) -> bool:
    """Whether a source gives a number in words where the answer gives it in figures."""
    return any(map(str.isdigit, text)) and not any(map(str.isdigit, quote))


def in_words(standing: Standing, *, first: bool) -> tuple[str, str]:
    """Give what stands before and after the quote: (`3 articles say`, `(older)`)."""
    noun = "article " if first and standing.articles == 1 else "articles " if first else ""
    verb = "says" if standing.articles == 1 else "say"
    notes = ", ".join(["agrees"] * standing.agrees + [standing.age] * bool(standing.age))
    return f"{standing.articles:,} {noun}{verb}", f" ({notes})" if notes else ""


def standings_line(answer: Answer) -> str:
    """Say how many articles give each answer: `3 articles say “42”; 1 says “45” (older)`.

    Empty where only one article speaks.
    """
    found = standings(answer)
    if sum(one.articles for one in found) < 2:
        return ""
    parts = [(one.text, *in_words(one, first=place == 0)) for place, one in enumerate(found)]
    return "; ".join(f"{before} “{visible(text)}”{after}" for text, before, after in parts)


def timeline(answer: Answer) -> tuple[Moment, ...]:
    """Give what dated sources say, newest first; empty unless answers and dates both differ."""
    said = [(citation, answer.text or "", True) for citation in answer.citations] + [
        (citation, other.text, False) for other in elsewhere(answer) for citation in other.citations
    ]
    dated = [(day, *each) for each in said if (day := _day(each[0].published)) is not None]
    first, last = min((each[0] for each in dated), default=0), max((e[0] for e in dated), default=0)
    if first == last or len({text for _, _, text, _ in dated}) < 2:
        return ()
    moments = [
        Moment(citation, text, (day - first) / (last - first), own)
        for day, citation, text, own in dated
    ]
    return tuple(sorted(moments, key=lambda each: -each.at))


def _count(citations: Sequence[Citation]) -> int:
    return len({citation.article_id for citation in citations})


def _newest(citations: Sequence[Citation]) -> str:
    return max((citation.published or "" for citation in citations), default="")


def _age(date: str, own: str) -> str:
    """Compare two dates as far as both are known."""
    if not date:
        return "date unknown"
    common = min(len(date), len(own))
    if not own or date[:common] == own[:common]:
        return ""
    return "older" if date[:common] < own[:common] else "newer"


def _day(date: str | None) -> int | None:
    """Give the day of a date as a number; the first one that it can mean."""
    padded = f"{date or ''}-01-01" if len(date or "") == 4 else f"{date or ''}-01"
    try:
        return dt.date.fromisoformat(padded[:10]).toordinal()
    except ValueError:
        return None


def copies_in_words(citation: Citation) -> str:
    """Say how many near-copies of a source were counted with it; empty for none."""
    return f"+{counted(len(citation.copies), 'copy', 'copies')}" if citation.copies else ""
