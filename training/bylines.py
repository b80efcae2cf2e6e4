"""Made-up bylines over real paragraphs, so that the reader learns who wrote and when.

The question-answering sets hold no headlines, bylines or datelines, and people ask a news
archive for just these. Names and outlets are combined from the lists below; a third of the
questions ask for what the passage does not say, and the null answer is right.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

FIRST = (
    "Amina Ben Carla Chen David Elena Farid Grace Hassan Ines James Karim Laura Leila Marco "
    "Maria Michael Mohammed Nadia Noah Olga Paul Priya Qadir Rachel Rosa Samir Sarah Sofia "
    "Tariq Thomas Ulrich Vera Wei Yusuf Zainab"
).split()
LAST = (
    "Abdullah Adeyemi Ahmed Al-Masri Baker Bianchi Brown Chen Costa Dubois Evans Fischer Garcia "
    "Haddad Hughes Ivanova Jensen Kamau Khan Kim Lopez Meyer Miller Moreau Nakamura Novak Okafor "
    "Patel Petrov Rossi Santos Schmidt Singh Smith Tanaka Weber Williams Yilmaz Zhang"
).split()
OUTLETS = (
    "The Morning Ledger|Harbour Times|Northern Post|Agence Centrale|City Observer|Daily Monitor|"
    "Coast Press|The Evening Standard-Journal|World Affairs Review|Global Monitor|Radio Meridian|"
    "teleNorte|Capital News|United Press Service|The Chronicle|National Gazette|Kestrel News"
).split("|")
CITIES = (
    "BAGHDAD|PARIS|NAIROBI|MOSCOW|LIMA|Geneva|Jakarta|WASHINGTON|São Paulo|Warsaw|DELHI|Cairo|"
    "MEXICO CITY|Osaka|ANKARA|Lagos|Toronto|BRUSSELS|Kabul|Buenos Aires"
).split("|")
AGENCIES = "AP|Reuters|AFP|dpa|UPS|Own correspondent".split("|")
MONTHS = (
    "January February March April May June July August September October November December"
).split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
ASK_AUTHOR = (
    "Who wrote {it}?",
    "Who is the author of {it}?",
    "Who reported {it}?",
    "By whom is {it}?",
    "Which journalist wrote {it}?",
    "Who wrote about {topic}?",
    "Which reporters wrote {it}?",
    "Whose byline is on {it}?",
    "author of {it}",
)
ASK_DATE = (
    "When was {it} published?",
    "When did {it} appear?",
    "On what date was {it} posted?",
    "What is the date of {it}?",
    "What day was {it} published?",
    "When was {it} written?",
    "date of {it}",
    "How old is {it}?",
)
ASK_OUTLET = (
    "Who published {it}?",
    "Which outlet published {it}?",
    "Which news agency carried {it}?",
    "Where was {it} published?",
    "What site is {it} from?",
)
ASK_MODIFIED = ("When was {it} last modified?", "When was {it} updated?")
ASK_PLACE = (
    "Where was {it} written?",
    "Where was {it} reported from?",
    "From which city was {it} filed?",
    "What is the dateline of {it}?",
)
ASK_HEADLINE = (
    "What is the title of the article {by}?",
    "What is the headline of the story {by}?",
    "What is the article {by} called?",
    "Under which headline did the piece {by} appear?",
    "title of the article {by}",
)


@dataclass(frozen=True, slots=True)
class Bylined:
    """A question about a made-up headed text; no answer means that the text does not say."""

    question: str
    title: str
    text: str
    answer: tuple[int, int] | None


def written(day: dt.date, generator: random.Random) -> str:
    """Write a date in one of the ways newspapers do."""
    month = MONTHS[day.month - 1]
    return generator.choice(
        (
            f"{month} {day.day}, {day.year}",
            f"{day.day} {month} {day.year}",
            f"{month[:3]} {day.day:02d}, {day.year}",
            f"{day.day}/{day.month}/{day.year}",
            day.isoformat(),
            f"{DAYS[day.weekday()]}, {day.day:02d} {month} {day.year}",
            f"{DAYS[day.weekday()]} {month} {day.day}, {day.year}",
        )
    )


def headline(paragraph: str, title: str | None, generator: random.Random) -> str:
    """Make a headline from the paragraph's own words or the article's title."""
    words = re.split(r"\s+", re.split(r"(?<=[.?!])\s", paragraph.strip())[0])
    words = words[: generator.randint(4, 11)]
    made = " ".join(words).strip(" ,;:.")
    if title and generator.random() < 0.5:
        made = f"{title}: {made}"
    return made.title() if generator.random() < 0.4 else made


def bylined(paragraph: str, title: str | None, generator: random.Random) -> Bylined:
    """Head a paragraph with a made-up byline and ask about it."""
    head = headline(paragraph, title, generator)
    names = [f"{generator.choice(FIRST)} {generator.choice(LAST)}" for _ in range(2)]
    day = dt.date(2001, 1, 1) + dt.timedelta(generator.randrange(9000))
    facts = {
        "author": names[0] if generator.random() < 0.6 else f"{names[0]} and {names[1]}",
        "outlet": generator.choice(OUTLETS),
        "date": written(day, generator),
        "modified": written(day + dt.timedelta(generator.randrange(1, 60)), generator),
        "place": generator.choice(CITIES),
    }
    lines, said = layout(facts, generator)
    dateline = ""
    if generator.random() < 0.4:
        dateline = f"{facts['place']} ({generator.choice(AGENCIES)}) — "
        said = {*said, "place"}
    text = "\n".join([head, *lines, dateline + paragraph])
    if generator.random() < 0.15:
        return headline_asked(head, text, facts, said, generator)
    kind = generator.choice(("author", "author", "date", "date", "outlet", "modified", "place"))
    it = generator.choice(
        (
            f"“{head}”",
            f"'{head}'",
            f'"{head}"',
            f"the article {head}",
            "this article",
            f"the story on {head.lower()}",
        )
    )
    asks = {
        "author": ASK_AUTHOR,
        "date": ASK_DATE,
        "outlet": ASK_OUTLET,
        "modified": ASK_MODIFIED,
        "place": ASK_PLACE,
    }
    question = generator.choice(asks[kind]).format(it=it, topic=head)
    if kind not in said:
        return Bylined(question, head, text, None)
    # The fact is looked for behind the headline: a headline may hold a number of the date.
    start = text.find(facts[kind], len(head))
    return Bylined(question, head, text, (start, start + len(facts[kind])))


def headline_asked(
    head: str, text: str, facts: dict[str, str], said: set[str], generator: random.Random
) -> Bylined:
    """Ask for the headline by another fact; one that the text does not say has no answer."""
    prepositions = {"author": "by", "outlet": "from", "date": "of"}
    kind = generator.choice(tuple(prepositions))
    by = f"{prepositions[kind]} {facts[kind]}"
    question = generator.choice(ASK_HEADLINE).format(by=by)
    return Bylined(question, head, text, (0, len(head)) if kind in said else None)


def layout(facts: dict[str, str], generator: random.Random) -> tuple[list[str], set[str]]:
    """Give the lines under a headline and which facts they hold."""
    author, outlet, date = facts["author"], facts["outlet"], facts["date"]
    lines, said = generator.choice(
        (
            ([f"By {author}", date], {"author", "date"}),
            ([f"By {author}", f"{outlet}, {date}"], {"author", "outlet", "date"}),
            ([f"By {outlet} {date}", f"By {author}"], {"author", "outlet", "date"}),
            ([f"By {author}, {outlet}"], {"author", "outlet"}),
            ([f"Posted by {author} on {date}"], {"author", "date"}),
            ([f"{author} | {date}"], {"author", "date"}),
            ([f"Posted {date}"], {"date"}),
            ([date], {"date"}),
            ([f"By {author}"], {"author"}),
            ([f"{outlet} – {date}"], {"outlet", "date"}),
            ([], set()),
        )
    )
    if generator.random() < 0.3:
        lines = [*lines, f"Last modified on {facts['modified']}"]
        said = {*said, "modified"}
    return lines, said
