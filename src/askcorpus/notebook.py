"""The JSON of a record → HTML that a notebook shows; rows → a table of pandas.

Everything is escaped. There are no scripts and no style sheets, nothing is loaded, and text has
the colours of the notebook, light or dark. Pure. May import: characters, markupsafe; pandas
inside the function that needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from markupsafe import Markup

from askcorpus.characters import printable, visible, web_link

if TYPE_CHECKING:
    import pandas as pd

    Frame: TypeAlias = pd.DataFrame

Json = Mapping[str, Any]

CLOSEST_SHOWN = 3
"""Closest passages where nothing answers: more of what does not answer is noise."""

_CARD = (
    "border:1px solid rgba(128,128,128,.45);border-radius:4px;padding:.7em 1em;margin:.2em 0;"
    "max-width:48em;line-height:1.5;color:inherit;background:transparent"
)
# The mark has a colour of its own for both, so that it is read on a light page and on a dark one.
_MARK = "background:#ffe08a;color:#1f1f1f;padding:0 .1em"
_FAINT = "opacity:.8;font-size:.92em;margin:.2em 0"
_CELL = "text-align:left;vertical-align:top;padding:.15em .9em .15em 0"


# --- records ---------------------------------------------------------------------------------


def answer(record: Json) -> str:
    """Show an answer with its places and what other sources say, or that nothing answers."""
    parts = [faint(record["question"])]
    if record["text"] is None:
        closest = [_hit(hit) for hit in record["passages"][:CLOSEST_SHOWN]]
        label = [faint("Closest passages; they may not answer:")] if closest else []
        return card("Not found in this corpus", *parts, *label, *closest)
    parts += [faint(f"confidence {record['confidence']:.2f}")]
    parts += [_citation(citation) for citation in record["citations"]]
    for other in record["alternatives"]:
        parts.append(text(f"Another answer: {other['text']} ({other['confidence']:.2f})"))
        parts += [_citation(citation) for citation in other["citations"]]
    return card(record["text"], *parts)


def hit(record: Json) -> str:
    """Show a passage, where it stands and its score."""
    return card("", _hit(record))


def article(record: Json) -> str:
    """Show what an article is known by, where each fact was found, and its text folded away."""
    facts = [(fact["field"], fact["value"], fact["where"]) for fact in record["facts"]]
    body = record["text"]
    paragraphs = [text(body[each["start"] : each["end"]]) for each in record["paragraphs"]]
    notes = [faint(f"note: {warning}") for warning in record["warnings"]]
    return card(
        record["title"] or record["article_id"],
        faint(record["article_id"]),
        table(("fact", "value", "found in"), facts),
        *notes,
        folded(f"{len(body):,} characters in {len(paragraphs)} paragraphs", *paragraphs),
    )


def build_report(record: Json) -> str:
    """Show what bringing an index up to date did, and every file that was left out."""
    counts = ("added", "changed", "removed", "unchanged")
    done = ", ".join(f"{name} {record[name]}" for name in counts)
    skipped = [(each["path"], each["reason"]) for each in record["skipped"]]
    listed = [table(("skipped file", "why"), skipped)] if skipped else []
    return card(
        f"{done}, skipped {len(skipped)}",
        faint(
            f"{record['passages']:,} passages, {record['embedded']:,} of them embedded, in "
            f"{record['seconds']:.1f} s; generation {record['generation']}"
        ),
        *listed,
    )


def _citation(record: Json) -> Markup:
    start = record["start"] - record["sentence_start"]
    end = record["end"] - record["sentence_start"]
    sentence = record["sentence"]
    known = (record["title"] or record["article_id"], record["publisher"], record["published"])
    source = ", ".join(str(part) for part in known if part)
    copies = f" (+{len(record['copies'])} copies)" if record["copies"] else ""
    place = f"{record['article_id']} ¶{record['paragraph']}, characters {record['start']}–"
    return quote(sentence[:start], sentence[start:end], sentence[end:]) + Markup(
        '<p style="{}">{}{}<br>{}{}</p>'
    ).format(_FAINT, link(source, record["url"]), copies, visible(place), record["end"])


def _hit(record: Json) -> Markup:
    place = f"{record['article_id']}, characters {record['start']}–{record['end']}"
    return text(record["text"]) + faint(f"{place}, score {record['score']:.3f}")


# --- pieces ----------------------------------------------------------------------------------


def card(title: str, *parts: Markup) -> str:
    """Frame some parts under a title."""
    head = Markup('<p dir="auto" style="margin:0"><strong>{}</strong></p>').format(visible(title))
    body = Markup("").join([head if title else Markup(""), *parts])
    return str(Markup('<div style="{}">{}</div>').format(_CARD, body))


def text(words: str) -> Markup:
    """Show running text; line breaks stay."""
    style = "margin:.4em 0;white-space:pre-line"
    return Markup('<p dir="auto" style="{}">{}</p>').format(style, printable(words))


def faint(words: str) -> Markup:
    """Show a line that is looked at second."""
    return Markup('<p dir="auto" style="{}">{}</p>').format(_FAINT, visible(words))


def quote(before: str, marked: str, after: str) -> Markup:
    """Show a sentence with its quote marked."""
    return Markup(
        '<p dir="auto" style="margin:.5em 0 0;white-space:pre-line">{}<mark style="{}">{}</mark>{}'
        "</p>"
    ).format(printable(before), _MARK, printable(marked), printable(after))


def link(words: str, url: str | None) -> Markup:
    """Show a line as a link where its address is one of the web; as itself elsewhere."""
    address = web_link(url)
    if address is None:
        return Markup("{}").format(visible(words))
    return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(
        address, visible(words)
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """Show rows of cells under their heads."""
    top = Markup("").join(map(_head, heads))
    lines = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(map(_cell, row))) for row in rows
    )
    return Markup(
        '<table style="border-collapse:collapse;margin:.4em 0;background:transparent">'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table>"
    ).format(top, lines)


def _head(words: str) -> Markup:
    return Markup('<th scope="col" dir="auto" style="{}">{}</th>').format(_CELL, visible(words))


def _cell(words: str) -> Markup:
    return Markup('<td dir="auto" style="{}">{}</td>').format(_CELL, visible(words))


def folded(title: str, *parts: Markup) -> Markup:
    """Fold parts away under a line that opens them."""
    return Markup("<details><summary>{}</summary>{}</details>").format(
        visible(title), Markup("").join(parts)
    )


def frame(rows: Iterable[Json], columns: Sequence[str]) -> Frame:
    """Give rows as a table of pandas with these columns, in this order, also where it is empty."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(columns))
