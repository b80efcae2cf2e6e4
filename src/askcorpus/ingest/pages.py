"""An .html file → `Article`: main text by trafilatura, facts by what the page states.

Where trafilatura gives nothing, too little, or would take too long, resiliparse gives the
text, and lxml where that fails too. Scripts are never run and nothing is fetched.
May import: level 0, this room, trafilatura, resiliparse, htmldate, lxml.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from askcorpus.ingest.article import Draft, Facts, assemble
from askcorpus.ingest.dates import Habit, find_dates, learn_habit
from askcorpus.ingest.decoding import declared_encoding, decode
from askcorpus.ingest.errors import UnreadableFileError
from askcorpus.ingest.header import Header, read_header, read_stamp, valid_address
from askcorpus.ingest.matter import date_doubts, read_date
from askcorpus.ingest.names import split_names
from askcorpus.ingest.pieces import Piece
from askcorpus.ingest.wording import clean
from askcorpus.types import Article, Fact, ParagraphKind, Removed

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MAX_DEEP = 150
"""Nested elements from which no extractor is asked what the main text is: trafilatura recurses
and gives nothing, resiliparse takes time with the square of the depth."""
_MAX_HEAVY = 2_000_000
"""Characters from which trafilatura, slower than linear in repeated text, is not asked."""
_LITTLE_SHARE = 0.3
_LITTLE = 200
_MAX_LD = 200_000
_MAX_NODES = 2_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,30})")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_OPTIONAL_END = frozenset("p li dt dd option tr td th tbody thead tfoot html head body".split())
_XML_HEAD = re.compile(r"^\s{0,100}<\?xml[^>]{0,300}\?>")
_BLOCKS = frozenset(
    "p div h1 h2 h3 h4 h5 h6 li br td th section article header footer nav aside main figcaption "
    "blockquote address ul ol tr time pre dt dd form button".split()
)
_UNSEEN = frozenset("script style noscript template svg iframe head".split())
_ASIDE = frozenset("nav footer form button".split())

_META = {
    "title": ("og:title", "twitter:title", "dc.title", "citation_title", "headline"),
    "publisher": ("og:site_name", "citation_publisher", "dc.publisher", "application-name"),
    "authors": (
        "author", "article:author", "citation_author", "dc.creator", "parsely-author",
        "byl", "sailthru.author",
    ),
    "published": (
        "article:published_time", "og:published_time", "datepublished", "date", "pubdate",
        "publishdate", "publish-date", "dc.date", "dc.date.issued", "citation_publication_date",
        "parsely-pub-date", "sailthru.date", "dcterms.created", "dcterms.date",
    ),
    "modified": ("article:modified_time", "og:updated_time", "datemodified", "lastmod",
                 "dcterms.modified", "last-modified"),
    "url": ("og:url",),
    "section": ("article:section",),
}  # fmt: skip
_LD = {
    "title": ("headline", "name"),
    "published": ("datePublished",),
    "modified": ("dateModified",),
    "url": ("url", "mainEntityOfPage"),
    "section": ("articleSection",),
}
_LD_TYPES = re.compile(r"article|blogposting|report\b|newsarticle|posting", re.IGNORECASE)

Found = tuple[str, str, str]
"""Field, raw value, place in the page."""


def read_page(data: bytes, article_id: str) -> Article:
    """Read an HTML file.

    Raises:
        NotTextError: The bytes are binary data.
        UnreadableFileError: The page holds no text.
    """
    decoded = decode(data, declared=declared_encoding(data))
    html = _XML_HEAD.sub("", decoded.text.replace("\0", ""), count=1)
    tree = _parse(html)
    if tree is None:
        raise UnreadableFileError(article_id, "no HTML elements in it")
    facts = _facts(tree)
    texts = _main_text(html, tree)
    if not texts:
        raise UnreadableFileError(article_id, "no text in the page")
    draft = _draft(texts, facts, _visible(tree))
    removed = tuple(_removed(tree, "\n".join(text for text, _ in draft.paragraphs)))
    return assemble(article_id, Draft(draft.paragraphs, draft.facts, removed, decoded.warnings))


def _parse(html: str) -> HtmlElement | None:
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(
        huge_tree=False, recover=True, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        tree = lxml_html.document_fromstring(html, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None
    return tree


def _main_text(html: str, tree: HtmlElement) -> list[str]:
    """Give the paragraphs of the main text by the first extractor that gives enough."""
    deep = _depth(html) > _MAX_DEEP
    light = _by_resiliparse(html, main_content=not deep)
    if len(html) <= _MAX_HEAVY and not deep:
        text = _by_trafilatura(html)
        enough = max(_LITTLE, _LITTLE_SHARE * _size(light))
        if _size(text) >= enough or _size(text) >= _size(light) > 0:
            return text
    return light or _visible(tree)


def _by_trafilatura(html: str) -> list[str]:
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        document = bare_extraction(html, include_comments=False, with_metadata=False)
    except (
        RecursionError,
        MemoryError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        IndexError,
    ):
        return []  # its own failures on odd trees; the next extractor is asked
    text = getattr(document, "text", None)
    return _lines(text or "")


def _by_resiliparse(html: str, *, main_content: bool) -> list[str]:
    from resiliparse.extract.html2text import extract_plain_text

    try:
        text = extract_plain_text(
            html, main_content=main_content, alt_texts=False, list_bullets=False
        )
    except (RuntimeError, ValueError, RecursionError, MemoryError):
        return []
    return _lines(text)


def _visible(tree: HtmlElement, *, hidden: frozenset[str] = _ASIDE | _UNSEEN) -> list[str]:
    """Give the lines of the page that a reader would see, outside the elements named."""
    from lxml import etree

    out: list[str] = []
    skipping = 0
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        begins = event == "start"
        skipping += (node.tag in hidden) * (1 if begins else -1)
        if node.tag in _BLOCKS:
            out.append("\n")
        text = node.text if begins else node.tail
        if text and not skipping:
            out.append(text.replace("\n", " ").replace("\r", " "))
    return _lines("".join(out))


def _removed(tree: HtmlElement, article: str) -> Iterator[Removed]:
    """Give the visible lines of the page that are not in the article."""
    spaced = article.replace("\n", " ")
    for line in _visible(tree, hidden=_UNSEEN):
        if line not in spaced:
            yield Removed(line, "outside the main text", 0)


def _lines(text: str) -> list[str]:
    return [line for raw in re.split(r"[\r\n]+", text) if (line := clean(raw).strip("| "))]


def _size(texts: Sequence[str]) -> int:
    return sum(map(len, texts))


def _depth(html: str) -> int:
    """Give, roughly, how deeply elements are nested."""
    depth = deepest = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if name in _VOID or name in _OPTIONAL_END:
            continue
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _draft(texts: Sequence[str], facts: Facts, visible: Sequence[str]) -> Draft:
    """Put the head lines of a page above its main text, each once, and read what they say."""
    body = [text for text in texts if text != facts.title]
    head = _head_lines(visible, body, facts)
    title = [facts.title] if facts.title else []
    pieces = [
        Piece(text, text, 0, number, mark="heading" if title and number == 0 else "")
        for number, text in enumerate([*title, *head, *body])
    ]
    header = read_header(pieces, end=len(pieces))
    stated = facts.over(_page_facts(header))
    paragraphs = [(piece.text, _kind(at, header)) for at, piece in enumerate(pieces)]
    return Draft(tuple(_with_raw(paragraphs, stated)), stated)


def _kind(at: int, header: Header) -> ParagraphKind:
    if at == header.headline:
        return "headline"
    return "byline" if any(stamp.index == at for stamp in header.stamps) else "body"


def _page_facts(header: Header) -> Facts:
    """Give the facts that the visible head states; a page has no line numbers."""
    found = tuple(
        Fact(fact.field, fact.value, fact.raw, "page: " + fact.where.partition(": ")[2])
        for fact in header.facts.found
    )
    warnings = tuple(text.removeprefix("line 0: ") for text in header.facts.warnings)
    known = header.facts
    return Facts(
        title=known.title, publisher=known.publisher, authors=known.authors,
        published=known.published, modified=known.modified, url=known.url,
        found=found, warnings=warnings,
    )  # fmt: skip


def _head_lines(visible: Sequence[str], body: Sequence[str], facts: Facts) -> list[str]:
    """Give visible byline and date lines that stand above the main text and not in it."""
    start = visible.index(facts.title) + 1 if facts.title in visible else 0
    inside = set(body)
    habit = learn_habit(visible)
    out: list[str] = []
    for line in visible[start : start + 25]:
        if line in inside and len(line) > 80:
            break
        stamp = None if line in inside else read_stamp(Piece(line, line, 0, 0), 0, habit)
        if stamp and not stamp.label and (stamp.byline or not stamp.name):
            out.append(line)
    return list(dict.fromkeys(out))


def _with_raw(
    paragraphs: Sequence[tuple[str, ParagraphKind]], facts: Facts
) -> list[tuple[str, ParagraphKind]]:
    """Add author and date in the words of the metadata where no line of the page shows them."""
    out = list(paragraphs)
    at = 1 if out and out[0][1] == "headline" else 0
    near = "\n".join(text for text, kind in out[:20] if kind == "byline")
    dated = {date.value for date in find_dates(near)}
    if facts.published and facts.published not in dated:
        raw = next((f.raw for f in facts.found if f.field == "published"), "")
        out[at:at] = [(raw, "byline")] if raw and raw not in near else []
    names = [name for name in facts.authors if name.casefold() not in near.casefold()]
    if names:
        out.insert(at, (", ".join(names), "byline"))
    return out


def _facts(tree: HtmlElement) -> Facts:
    """Read the facts that a page states in JSON-LD, meta tags, time elements or its title."""
    from lxml import etree

    try:
        stated = [*_json_ld(tree), *_meta(tree), *_elements(tree)]
    except etree.XPathError:
        stated = []
    found: list[Fact] = []
    for field, raw, where in stated:
        fact = _fact(field, clean(raw), where)
        first = next((other for other in found if other.field == field), None)
        if fact and (first is None or (field == "authors" and first.where == where)):
            found.append(fact)
    found += _authors_split(found)
    by = {fact.field: fact.value for fact in reversed(found)}
    if "published" not in by:
        dated = _by_htmldate(tree)
        found += [dated] if dated else []
        by |= {"published": dated.value} if dated else {}
    return Facts(
        title=by.get("title"),
        publisher=by.get("publisher"),
        authors=tuple(dict.fromkeys(f.value for f in found if f.field == "authors")),
        published=by.get("published"),
        modified=by.get("modified") if by.get("modified") != by.get("published") else None,
        url=by.get("url"),
        section=by.get("section"),
        found=tuple(found),
        warnings=date_doubts((f.where, f.raw) for f in found if f.field == "published"),
    )


def _fact(field: str, raw: str, where: str) -> Fact | None:
    if not raw:
        return None
    value: str | None = raw
    if field in {"published", "modified"}:
        value = read_date(raw)
    elif field == "url":
        value = valid_address(raw)
    elif field == "authors" and (valid_address(raw) or raw.startswith("@") or len(raw) > 200):
        value = None
    return Fact(field, value, raw, where) if value else None


def _authors_split(found: list[Fact]) -> list[Fact]:
    """Split `A and B` in a single author field; take those facts out of the list."""
    authors = [fact for fact in found if fact.field == "authors"]
    out: list[Fact] = []
    for fact in authors:
        found.remove(fact)
        bare = re.sub(r"^by\s", "", fact.value, flags=re.IGNORECASE)
        names = split_names(bare)
        values = (*names.people, *names.organisations) if names else (bare,)
        out += [Fact("authors", value, fact.raw, fact.where) for value in values]
    return out


def _json_ld(tree: HtmlElement) -> Iterator[Found]:
    for script in tree.xpath("//script[@type='application/ld+json']")[:20]:
        try:
            data = json.loads((script.text or "")[:_MAX_LD])
        except (ValueError, RecursionError):
            continue
        for node in _nodes(data):
            yield from _ld_facts(node)


def _nodes(data: object) -> Iterator[dict[str, object]]:
    """Give the article-like objects of a JSON-LD block, breadth first, at most a few thousand."""
    queue: list[object] = [data]
    for _ in range(_MAX_NODES):
        if not queue:
            return
        node = queue.pop(0)
        if isinstance(node, list):
            queue += node
        elif isinstance(node, dict):
            if _LD_TYPES.search(str(node.get("@type", ""))[:200]):
                yield node
            graph = node.get("@graph")
            queue += graph if isinstance(graph, list) else []


def _ld_facts(node: dict[str, object]) -> Iterator[Found]:
    for field, keys in _LD.items():
        for key in keys:
            for value in _ld_values(node.get(key)):
                yield field, value, f"JSON-LD {key}"
    for field, key in (("authors", "author"), ("publisher", "publisher")):
        for name in _ld_names(node.get(key)):
            yield field, name, f"JSON-LD {key}"


def _ld_values(value: object) -> Iterator[str]:
    """Give what a property says, in its order where it says several things."""
    for item in value if isinstance(value, list) else [value]:
        said = item.get("@id") if isinstance(item, dict) else item
        if isinstance(said, str):
            yield said


def _ld_names(value: object) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        name = item.get("name") if isinstance(item, dict) else item
        if isinstance(name, str):
            yield name


def _meta(tree: HtmlElement) -> Iterator[Found]:
    values: dict[str, list[tuple[str, str]]] = {}
    for node in tree.xpath("//meta[@content]")[:500]:
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            key = node.get(attribute)
            if key:
                place = (node.get("content"), f"meta {attribute}={key}")
                values.setdefault(key.strip().lower(), []).append(place)
    for field, keys in _META.items():
        for key in keys:
            for content, where in values.get(key, []):
                yield field, content, where


def _elements(tree: HtmlElement) -> Iterator[Found]:
    for node in tree.xpath("//link[@rel='canonical'][@href]")[:1]:
        yield "url", node.get("href"), "link rel=canonical"
    for name, field in (("datePublished", "published"), ("dateModified", "modified")):
        for node in tree.xpath(f"//*[@itemprop='{name}']")[:1]:
            yield field, node.get("datetime") or node.text_content(), f"itemprop={name}"
    times = tree.xpath("(//article//time | //header//time | //main//time)[@datetime]")
    for node in times[:1]:
        yield "published", node.get("datetime"), "time element"
    for path, where in (("//h1", "h1"), ("//title", "title element")):
        nodes = tree.xpath(path)
        if len(nodes) == 1 or (nodes and where == "title element"):
            yield "title", nodes[0].text_content(), where


def _by_htmldate(tree: HtmlElement) -> Fact | None:
    """Ask htmldate, and believe it only if the page really shows the day that it gives."""
    from htmldate import find_date
    from lxml import etree
    from lxml import html as lxml_html

    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    try:
        value = find_date(
            lxml_html.fromstring(lxml_html.tostring(tree)),
            extensive_search=False,
            original_date=True,
            min_date="1900-01-01",
        )
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError, etree.LxmlError):
        return None
    shown = (date for line in _visible(tree)[:60] for date in find_dates(line, Habit()))
    date = next((date for date in shown if date.value == value), None)
    return Fact("published", date.value, date.raw, "page: date shown") if date else None
