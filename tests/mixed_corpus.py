"""Five files of four kinds: in two languages and two sections, and one of which neither is known.

Each language tells of a vote and of a race, so that only a filter tells the answers apart.
"""

from __future__ import annotations

import json

from fakes import FakeEncoder, FakeReader

from askcorpus.corpus import Corpus

GERMAN = (
    "Die Stadt hat sich seit dem Winter auf diesen Tag vorbereitet, und viele Leute standen schon "
    "am frühen Morgen auf dem Platz vor dem Rathaus. Niemand wusste, wie es ausgehen würde, denn "
    "die Meinungen waren geteilt und das Wetter war schlecht. Am Abend aber war alles entschieden, "
    "und man sprach noch lange darüber, was nun werden sollte. Einige gingen zufrieden nach Hause, "
    "andere schüttelten den Kopf und sagten, dass sie es schon immer gewusst hätten. Erst als es "
    "dunkel wurde, leerte sich der Platz, und nur die Kinder spielten noch eine Weile zwischen den "
    "Ständen, bis auch sie gerufen wurden und im Haus verschwanden."
)
ENGLISH = (
    "The town had been preparing for this day since the winter, and many people stood on the "
    "square in front of the hall from early in the morning. Nobody knew how it would end, for "
    "opinions were divided and the weather was bad. By the evening, though, everything had been "
    "decided, and they talked for a long time about what was to become of it. Some went home "
    "content, others shook their heads and said that they had always known. Only when it grew "
    "dark did the square empty, and only the children still played among the stalls for a while, "
    "until they too were called and went into the house."
)
VOTE = "The council of Linden voted: {} people were for the bridge."
RACE = "The race of Linden was won by {} on a bicycle."

PAGE = """<!DOCTYPE html><html><head><title>Rat</title>
<script type="application/ld+json">{ld}</script></head>
<body><article><h1>Rat stimmt ab</h1><p>{vote}</p><p>{text}</p></article></body></html>"""
LD = {
    "@type": "NewsArticle",
    "headline": "Rat stimmt ab",
    "datePublished": "2020-03-01",
    "articleSection": ["Politics", "Town"],
    "publisher": {"@type": "Organization", "name": "Lindener Bote"},
}
LINES = (
    {
        "title": "Council votes",
        "text": f"{VOTE.format(4200)}\n{ENGLISH}",
        "section": "Politics",
        "publisher": "Lin Herald",
        "published": "2020-03-01",
    },
    {
        "title": "Race won",
        "text": f"{RACE.format('Ada Brook')}\n{ENGLISH}",
        "section": "Sport",
        "publisher": "Lin Herald",
        "published": "2021-05",
    },
)
MATTER = f"""---
title: Rennen entschieden
section: sport
publisher: Lindener Bote
date: 2021-05-09
---

{RACE.format("Karla Stein")}

{GERMAN}
"""
NOTE = "Notice\n\nThe race of Linden was won by Otto Kahn, says a note."

VOTE_DE, RACE_DE, VOTE_EN, RACE_EN, SHORT = (
    *("council.html", "race.md"),
    *("news.jsonl#1", "news.jsonl#2", "note.txt"),
)
KNOWN = {
    VOTE_DE: ("de", "Politics", "2020-03-01", "Lindener Bote"),
    VOTE_EN: ("en", "Politics", "2020-03-01", "Lin Herald"),
    RACE_EN: ("en", "Sport", "2021-05", "Lin Herald"),
    SHORT: (None, None, None, None),
    RACE_DE: ("de", "sport", "2021-05-09", "Lindener Bote"),
}
"""What is known of each: language, section, date, publisher; in the order of their numbers."""


def written(folder):
    """Write the files into a folder, and give it."""
    folder.mkdir(exist_ok=True)
    page = PAGE.format(ld=json.dumps(LD), vote=VOTE.format(3900), text=GERMAN)
    (folder / "council.html").write_text(page, "utf-8")
    (folder / "news.jsonl").write_text("\n".join(map(json.dumps, LINES)), "utf-8")
    (folder / "race.md").write_text(MATTER, "utf-8")
    (folder / "note.txt").write_text(NOTE, "utf-8")
    return folder


def mixed(folder) -> Corpus:
    """Index the files with fake models, and open the index."""
    Corpus.build(written(folder / "articles"), folder / "index", encoder=FakeEncoder())
    return Corpus.open(folder / "index", encoder=FakeEncoder(), reader=FakeReader())
