"""An answer → what to do next: other filters, another spelling, newer articles, more questions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from askcorpus.app.desk import Desk, address_of
from askcorpus.app.examples import Examples
from askcorpus.render import counted
from askcorpus.retriever import date_span
from askcorpus.types import Answer, Article, Filters


@dataclass(frozen=True, slots=True)
class Offer:
    """A link that asks something.

    Attributes:
        hint: What stands beside it.
    """

    words: str
    address: str
    hint: str = ""


def instead(desk: Desk, answer: Answer, filters: Filters) -> tuple[Offer, ...]:
    """Give what may help where nothing was found."""
    if answer.text is not None:
        return ()
    offers = []
    total = len(desk.corpus.articles)
    hidden = total - len(desk.within(filters)) if filters != Filters() else 0
    if hidden:
        verb = "is" if hidden == 1 else "are"
        hint = f"{hidden:,} of {counted(total, 'article')} {verb} hidden by the filters"
        address = address_of(answer.question, Filters())
        offers.append(Offer("Clear the filters and ask again", address, hint))
    spelled = desk.corpus.suggest(answer.question)
    if spelled:
        hint = "Spelled as the articles spell it"
        offers.append(Offer(spelled, address_of(spelled, filters), hint))
    return tuple(offers)


def narrower(desk: Desk, answer: Answer, filters: Filters) -> tuple[Offer, ...]:
    """Give filters under which the same question may have another answer."""
    if not answer.citations:
        return ()
    first = answer.citations[0]
    searched = desk.within(filters)
    offers = []
    # No other article is of that day, or of that publisher on that day: these filters name it.
    alone = Filters(first.published, first.published, first.publisher)
    if len(searched) > 1 and [each.article_id for each in _of(desk, alone)] == [first.article_id]:
        offers.append(Offer("Only this article", address_of(answer.question, alone)))
    same = [each for each in searched if each.publisher == first.publisher]
    if first.publisher and 1 < len(same) < len(searched):
        words = f"Only {first.publisher}"
        wanted = replace(filters, publisher=first.publisher)
        hint = counted(len(same), "article")
        offers.append(Offer(words, address_of(answer.question, wanted), hint))
    other = _another(searched, answer)
    if other and not filters.publisher:
        wanted = replace(filters, publisher=other)
        offers.append(Offer(f"Another source: {other}", address_of(answer.question, wanted)))
    since = _day_after(first.published)
    if since and not (filters.until and since > filters.until):
        wanted = replace(filters, since=since)
        newer = len(desk.within(wanted))
        if newer:
            hint = counted(newer, "article")
            offers.append(Offer("Only newer", address_of(answer.question, wanted), hint))
    return tuple(offers)


def _another(searched: Sequence[Article], answer: Answer) -> str | None:
    """Give the publisher of the best passage that is of none of those cited."""
    publishers = {each.article_id: each.publisher for each in searched}
    cited = {each.publisher for each in answer.citations}
    found = (publishers.get(hit.passage.article_id) for hit in answer.passages)
    return next((each for each in found if each and each not in cited), None)


def _of(desk: Desk, filters: Filters) -> list[Article]:
    """Give the articles that filters leave; none where they name no day."""
    named = date_span(filters.since)
    return desk.within(filters) if named and named[0] == named[1] else []


def _day_after(date: str | None) -> str | None:
    """Give the day after the last one that a date can mean."""
    span = date_span(date)
    if span is None or span[1] == "9999-12-31":
        return None
    return str(dt.date.fromisoformat(span[1]) + dt.timedelta(days=1))


def further(examples: Examples, answer: Answer) -> tuple[tuple[Offer, ...], bool]:
    """Give questions whose answers are known already, and whether more may be found."""
    found = examples.after(answer)
    offers = (Offer(each.question, address_of(each.question, Filters())) for each in found.known)
    return tuple(offers), found.searching
