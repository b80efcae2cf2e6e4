"""Paragraphs and facts → `Article`: the one place where offsets are made.

May import: level 0, this room.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from askcorpus.ingest.dates import lies_ahead
from askcorpus.ingest.languages import language_of
from askcorpus.types import Article, Fact, Paragraph, ParagraphKind, Removed


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found out about an article, and where."""

    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None
    url: str | None = None
    section: str | None = None
    found: tuple[Fact, ...] = ()
    warnings: tuple[str, ...] = ()

    def over(self, other: Facts) -> Facts:
        """Give these facts, and the other's for every field that is still open."""
        fields = ("title", "publisher", "authors", "published", "modified", "url", "section")
        open_fields = [name for name in fields if not getattr(self, name)]
        taken = {name: getattr(other, name) for name in open_fields}
        known = {fact.field for fact in self.found}
        more = tuple(fact for fact in other.found if fact.field not in known)
        warnings = self.warnings + (other.warnings if taken.get("published") else ())
        return replace(self, **taken, found=self.found + more, warnings=warnings)


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before its paragraphs are one text: (text, kind) each."""

    paragraphs: tuple[tuple[str, ParagraphKind], ...]
    facts: Facts = field(default_factory=Facts)
    removed: tuple[Removed, ...] = ()
    warnings: tuple[str, ...] = ()


def assemble(article_id: str, draft: Draft) -> Article:
    """Join the paragraphs of a draft, one line each, and note where each stands."""
    facts = draft.facts
    text = "\n".join(text for text, _ in draft.paragraphs)
    return Article(
        article_id=article_id,
        text=text,
        title=facts.title,
        publisher=facts.publisher,
        authors=facts.authors,
        published=facts.published,
        modified=facts.modified,
        url=facts.url,
        paragraphs=tuple(_places(draft.paragraphs)),
        facts=facts.found,
        removed=draft.removed,
        warnings=(*draft.warnings, *facts.warnings, *_ahead(facts)),
        language=language_of(text),
        section=facts.section,
    )


def _places(paragraphs: Iterable[tuple[str, ParagraphKind]]) -> Iterable[Paragraph]:
    start = 0
    for text, kind in paragraphs:
        yield Paragraph(start, start + len(text), kind)
        start += len(text) + 1


def _ahead(facts: Facts) -> Iterable[str]:
    for name, value in (("published", facts.published), ("modified", facts.modified)):
        if value is not None and lies_ahead(value):
            yield f"the date {name}, {value}, lies in the future"
