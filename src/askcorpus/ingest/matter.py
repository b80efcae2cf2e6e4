"""Front matter of a Markdown file → facts. Reads `key: value` and lists; runs nothing.

May import: level 0, this room.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from askcorpus.ingest.article import Facts
from askcorpus.ingest.dates import find_dates, parse_iso
from askcorpus.ingest.header import valid_address
from askcorpus.ingest.wording import clean
from askcorpus.types import Fact

_KEY = re.compile(r"([A-Za-z][\w .-]{0,40}?)\s{0,4}:(?:\s+|$)(.{0,2000})$")
_ITEM = re.compile(r"\s{0,8}-\s+(.{1,500})$")
_MAX_LINES = 200
_NAMES = {
    "title": ("title", "headline"),
    "publisher": ("publisher", "site", "site_name", "source", "publication"),
    "authors": ("authors", "author", "by", "byline"),
    "published": (
        "published",
        "date",
        "pubdate",
        "date_published",
        "publish_date",
        "datepublished",
    ),
    "modified": ("modified", "updated", "lastmod", "last_modified", "date_modified"),
    "url": ("url", "link", "permalink", "canonical", "canonical_url"),
    "section": ("section",),
}

Values = Mapping[str, Sequence[tuple[str, int]]]
"""Key → its values, each with the line on which it stands."""


def read_front_matter(text: str) -> tuple[Facts, str, int]:
    """Give the facts of the front matter, the text below it, and the line where that begins."""
    lines = re.split("\r\n|\r|\n", text)
    end = _end(lines)
    if end == 0:
        return Facts(), text, 1
    values = _values(lines[1:end])
    return _facts(values), "\n".join(lines[end + 1 :]), end + 2


def _end(lines: Sequence[str]) -> int:
    """Give the number of the line that closes the front matter; 0 if there is none."""
    if not lines or lines[0].strip() != "---":
        return 0
    for number, line in enumerate(lines[1:_MAX_LINES], start=1):
        if line.strip() in {"---", "..."}:
            return number if number > 1 else 0
        known = _KEY.match(line) or _ITEM.match(line) or line.startswith((" ", "\t", "#"))
        if line.strip() and not known:
            return 0
    return 0


def _values(lines: Sequence[str]) -> Values:
    out: dict[str, list[tuple[str, int]]] = {}
    key = ""
    for number, line in enumerate(lines, start=2):
        found, item = _KEY.match(line), _ITEM.match(line)
        if found:
            key = re.sub(r"[ -]", "_", found[1].strip().lower())
            out[key] = [(value, number) for value in _split(found[2])]
        elif item and key:
            out[key].append((_bare(item[1]), number))
    return out


def _split(value: str) -> list[str]:
    value = value.strip()
    if value.startswith("[") and value.endswith("]"):
        return [bare for part in value[1:-1].split(",") if (bare := _bare(part))]
    bare = _bare(value)
    return [bare] if bare and bare not in {"null", "~", "|", ">"} else []


def _bare(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return clean(value[1:-1])
    return clean(re.sub(r"\s#.*$", "", value))


def _facts(values: Values) -> Facts:
    found: list[Fact] = []
    for field, keys in _NAMES.items():
        key = next((key for key in keys if values.get(key)), None)
        for raw, line in values[key] if key else ():
            value = _value(field, raw)
            if value and (field == "authors" or not any(f.field == field for f in found)):
                found.append(Fact(field, value, raw, f"line {line}: front matter {key}"))
    first = {fact.field: fact.value for fact in reversed(found)}
    return Facts(
        title=first.get("title"),
        publisher=first.get("publisher"),
        authors=tuple(fact.value for fact in found if fact.field == "authors"),
        published=first.get("published"),
        modified=first.get("modified"),
        url=first.get("url"),
        section=first.get("section"),
        found=tuple(found),
        warnings=date_doubts((f.where, f.raw) for f in found if f.field == "published"),
    )


def _value(field: str, raw: str) -> str | None:
    if field == "url":
        return valid_address(raw)
    if field in {"published", "modified"}:
        return read_date(raw)
    return raw


def read_date(raw: str) -> str | None:
    """Give the ISO date of a metadata value; None if it is not one date that leaves no doubt."""
    dates = find_dates(raw)
    return parse_iso(raw) or (dates[0].value if len(dates) == 1 else None)


def date_doubts(raws: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Give a warning for each metadata date, (place, raw), that could not be read in full."""
    return tuple(
        f"{where}: {date.warning}"
        for where, raw in raws
        if parse_iso(raw) is None
        for date in find_dates(raw)
        if date.warning
    )
