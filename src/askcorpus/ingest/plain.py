"""A .txt or .md file → `Article`: pieces, head, furniture, paragraphs.

May import: level 0, this room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from askcorpus.ingest.article import Draft, Facts, assemble
from askcorpus.ingest.comments import find_thread
from askcorpus.ingest.decoding import Decoded, decode
from askcorpus.ingest.furniture import certain_furniture, find_furniture
from askcorpus.ingest.header import Header, is_headline_like, read_header
from askcorpus.ingest.matter import read_front_matter
from askcorpus.ingest.pieces import Piece, split_pieces
from askcorpus.ingest.vocabulary import is_attribution
from askcorpus.types import Article, ParagraphKind, Removed

NOTHING_REPEATED: Mapping[str, int] = {}


def read_plain(
    data: bytes, article_id: str, *, markdown: bool, repeated: Mapping[str, int] = NOTHING_REPEATED
) -> Article:
    """Read a plain-text file.

    Args:
        data: The bytes of the file.
        article_id: Its path in the corpus.
        markdown: Whether it is written in Markdown.
        repeated: Lines that stand in several files of the corpus: text → files.

    Raises:
        NotTextError: The bytes are binary data.
    """
    decoded = decode(data)
    facts, body, first_line = Facts(), decoded.text, 1
    if markdown:
        facts, body, first_line = read_front_matter(decoded.text)
    pieces = split_pieces(body, markdown=markdown, first_line=first_line)
    draft = _draft(pieces, facts, decoded, markdown=markdown, repeated=repeated)
    return assemble(article_id, draft)


def plain_lines(data: bytes) -> frozenset[str]:
    """Give the lines of a file, to be counted over a corpus.

    Raises:
        NotTextError: The bytes are binary data.
    """
    return frozenset(
        stripped for line in decode(data).text.split("\n") if (stripped := line.strip())
    )


def _draft(
    pieces: Sequence[Piece],
    known: Facts,
    decoded: Decoded,
    *,
    markdown: bool,
    repeated: Mapping[str, int],
) -> Draft:
    certain = certain_furniture(pieces)
    thread = find_thread(pieces, certain)
    header = read_header(pieces, skip=certain, end=thread)
    found = find_furniture(
        pieces, header, certain=certain, thread=thread, repeated=repeated, markdown=markdown
    )
    kept = [
        (pieces[at].text, kind_of(at, pieces, header))
        for at in range(len(pieces))
        if at not in found
    ]
    removed = tuple(
        Removed(pieces[at].raw.strip(), reason, pieces[at].line) for at, reason in found.items()
    )
    facts = known.over(header.facts)
    return Draft(tuple(with_title(kept, known)), facts, removed, decoded.warnings)


def kind_of(at: int, pieces: Sequence[Piece], header: Header) -> ParagraphKind:
    """Give the kind of the paragraph that a piece becomes."""
    if at == header.headline:
        return "headline"
    if any(stamp.index == at for stamp in header.stamps):
        return "byline"
    closes = at >= header.body and is_attribution(pieces[at]) and is_headline_like(pieces[at])
    return "byline" if closes else "body"


def with_title(
    kept: Sequence[tuple[str, ParagraphKind]], known: Facts
) -> list[tuple[str, ParagraphKind]]:
    """Put head lines that stand only in a file's metadata before its text.

    They are the file's own words, and questions for the author or the date are answered by them.
    """
    texts = {text.casefold() for text, _ in kept[:10]}
    head: list[tuple[str, ParagraphKind]] = []
    if known.title and known.title.casefold() not in texts:
        kept = [(text, "body" if kind == "headline" else kind) for text, kind in kept]
        head.append((known.title, "headline"))
    near = "\n".join(text for text, kind in kept[:20] if kind == "byline")
    names = [name for name in known.authors if name not in near]
    if names:
        head.append((", ".join(names), "byline"))
    raw = next((fact.raw for fact in known.found if fact.field == "published"), None)
    if raw and raw not in near:
        head.append((raw, "byline"))
    return [*head, *kept]
