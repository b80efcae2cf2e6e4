"""A .jsonl file → an `Article` a line; a bad line is skipped, never the file.

May import: level 0, this room.
"""

from __future__ import annotations

import json
import re

from askcorpus.ingest.article import Draft, Facts, assemble
from askcorpus.ingest.decoding import decode
from askcorpus.ingest.errors import UnreadableFileError
from askcorpus.ingest.header import valid_address
from askcorpus.ingest.matter import date_doubts, read_date
from askcorpus.ingest.plain import with_title
from askcorpus.ingest.wording import clean
from askcorpus.types import Article, Fact, ParagraphKind, Skipped

_FIELDS = ("title", "url", "published", "publisher")


def read_records(data: bytes, article_id: str) -> tuple[tuple[Article, ...], tuple[Skipped, ...]]:
    """Read a JSONL file: `text`, optional `title, url, published, authors, publisher, section`.

    Raises:
        NotTextError: The bytes are binary data.
        UnreadableFileError: No line holds anything.
    """
    decoded = decode(data)
    articles: list[Article] = []
    skipped: list[Skipped] = []
    for number, line in enumerate(decoded.text.split("\n"), start=1):
        if not line.strip():
            continue
        name = f"{article_id}#{number}"
        try:
            articles.append(_read_line(line, number, name, decoded.warnings))
        except UnreadableFileError as error:
            skipped.append(Skipped(name, error.reason))
    if not articles and not skipped:
        raise UnreadableFileError(article_id, "an empty file")
    return tuple(articles), tuple(skipped)


def _read_line(line: str, number: int, name: str, warnings: tuple[str, ...]) -> Article:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        reason = f"line {number} is not valid JSON: {error.msg} at column {error.colno}"
        raise UnreadableFileError(name, reason) from error
    except (RecursionError, ValueError) as error:
        raise UnreadableFileError(name, f"line {number} is JSON that goes too deep") from error
    if not isinstance(record, dict):
        raise UnreadableFileError(name, f"line {number} is not a JSON object")
    texts = _paragraphs(record.get("text"), number, name)
    facts, doubts = _facts(record, number, name)
    kept: list[tuple[str, ParagraphKind]] = [
        (text, "headline" if at == 0 and text == facts.title else "body")
        for at, text in enumerate(texts)
    ]
    return assemble(name, Draft(tuple(with_title(kept, facts)), facts, (), (*warnings, *doubts)))


def _paragraphs(text: object, number: int, name: str) -> list[str]:
    if not isinstance(text, str):
        raise UnreadableFileError(name, f"line {number} has no `text` in characters")
    texts = [words for raw in re.split(r"[\r\n]+", text) if (words := clean(raw))]
    if not texts:
        raise UnreadableFileError(name, f"line {number} has an empty `text`")
    return texts


def _facts(record: dict[str, object], number: int, name: str) -> tuple[Facts, tuple[str, ...]]:
    """Check every field; a date, address or section that cannot be read becomes a warning."""
    raws = {field: _string(record.get(field), field, number, name) for field in _FIELDS}
    authors = _authors(record.get("authors"), number, name)
    published = read_date(raws["published"]) if raws["published"] else None
    url = valid_address(raws["url"]) if raws["url"] else None
    doubts = tuple(
        f"line {number}: `{field}` cannot be read: {raws[field]}"
        for field, value in (("published", published), ("url", url))
        if raws[field] and not value
    )
    raws["section"] = _section(record.get("section"))
    if record.get("section") and not raws["section"]:
        doubts += (f"line {number}: `section` names none",)
    values = {"title": raws["title"], "publisher": raws["publisher"]}
    values |= {"published": published, "url": url, "section": raws["section"]}
    found = [
        Fact(field, value, raws[field] or "", f"line {number}: {field}")
        for field, value in values.items()
        if value
    ]
    found += [Fact("authors", author, author, f"line {number}: authors") for author in authors]
    facts = Facts(
        title=raws["title"],
        publisher=raws["publisher"],
        authors=authors,
        published=published,
        url=url,
        section=raws["section"],
        found=tuple(found),
        warnings=date_doubts((f.where, f.raw) for f in found if f.field == "published"),
    )
    return facts, doubts


def _string(value: object, field: str, number: int, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise UnreadableFileError(name, f"line {number}: `{field}` is not a string")
    return clean(value) or None


def _section(value: object) -> str | None:
    """Give the first section of one or several; None where none is named in characters."""
    values = value if isinstance(value, list) else [value]
    named = (clean(each) for each in values if isinstance(each, str))
    return next(filter(None, named), None)


def _authors(value: object, number: int, name: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise UnreadableFileError(name, f"line {number}: `authors` is not a list of strings")
    return tuple(author for item in values if (author := clean(item)))
