"""A citation → a reference to paste: plain, Markdown, BibTeX, CSL-JSON, a link to the original.

Every form holds the sentence of the quote character for character but for what its format must
escape. Nothing is guessed: what the article does not name is left out.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from askcorpus.characters import printable, visible, web_link
from askcorpus.render.words import date_in_words, names_in_words, source_title

if TYPE_CHECKING:
    from askcorpus.types import Citation

AROUND = 3
"""Words before and after a quote that make its place on a page certain."""

LONGEST_DIRECTIVE = 8
"""Words of a quote that are spelled out in a link; of a longer one its first and last."""

_WORD = re.compile(r"\S+")


def cite(citation: Citation, form: str) -> str:
    """Give a quote with its citation in one of `FORMS`."""
    return FORMS[form](citation)


def plain(citation: Citation) -> str:
    """Give the sentence in quotation marks and its source in words."""
    parts = [names_in_words(_names(citation)), f"“{visible(source_title(citation))}”"]
    parts += [visible(citation.publisher or ""), date_in_words(citation.published)]
    parts += [f"paragraph {citation.paragraph}"]
    source = ", ".join(part for part in parts if part)
    address = f". {url}" if (url := web_link(citation.url)) else ""
    return f"“{printable(citation.sentence)}” ({source}{address})"


def markdown(citation: Citation) -> str:
    """Give the sentence as a block quote with its source under it; nothing in it is markup."""
    title, url = escaped_markdown(visible(source_title(citation))), web_link(citation.url)
    parts = [escaped_markdown(names_in_words(_names(citation)))]
    parts += [f"[{title}](<{_encoded(url)}>)" if url else f"“{title}”"]
    parts += [f"*{escaped_markdown(visible(citation.publisher))}*" if citation.publisher else ""]
    parts += [
        escaped_markdown(date_in_words(citation.published)),
        f"paragraph {citation.paragraph}",
    ]
    lines = [escaped_markdown(line) for line in printable(citation.sentence).split("\n")]
    return "\n".join(
        [*(f"> {line}" for line in lines), ">", f"> — {', '.join(part for part in parts if part)}"]
    )


def bibtex(citation: Citation) -> str:
    """Give an entry for BibTeX; the sentence stands in its note."""
    date = (citation.published or "").split("-")
    url = web_link(citation.url)
    fields = {
        "author": " and ".join(_bibtex_name(name) for name in _names(citation)),
        "title": f"{{{_tex(visible(source_title(citation)))}}}",
        "howpublished": _tex(visible(citation.publisher or "")),
        "year": _tex(date[0]),
        "month": date[1] if len(date) > 1 and date[1].isdigit() else "",
        "url": _encoded(url) if url else "",
        "note": _tex(f"“{visible(citation.sentence)}” (paragraph {citation.paragraph})"),
    }
    listed = "".join(f",\n  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{citation_key(citation)}{listed}\n}}"


def csl_json(citation: Citation) -> str:
    """Give an item of CSL-JSON, which Zotero and other programs read."""
    parts = [int(part) for part in (citation.published or "").split("-") if part.isdecimal()]
    item: dict[str, object] = {
        "id": citation_key(citation),
        "type": "article",
        "title": source_title(citation),
        "author": [{"literal": name} for name in citation.authors],
        "container-title": citation.publisher,
        "issued": {"date-parts": [parts]} if parts else None,
        "URL": web_link(citation.url),
        "note": f"“{citation.sentence}” (paragraph {citation.paragraph})",
    }
    known = {name: value for name, value in item.items() if value}
    return json.dumps([known], ensure_ascii=False, indent=2)


FORMS: Mapping[str, Callable[[Citation], str]] = {
    "plain": plain,
    "markdown": markdown,
    "bibtex": bibtex,
    "csl-json": csl_json,
}
"""How a quote can be copied, by the name of the form."""

FORM_NAMES: Mapping[str, str] = {
    "plain": "Plain text",
    "markdown": "Markdown",
    "bibtex": "BibTeX",
    "csl-json": "CSL-JSON",
}


def citation_key(citation: Citation) -> str:
    """Give a key of plain letters: `abdulzahra2019iraqi`."""
    family = citation.authors[0].split()[-1:] if citation.authors else []
    title = [word for word in _ascii(source_title(citation)).split() if len(word) > 3][:1]
    key = "".join(_ascii(word) for word in (*family, (citation.published or "")[:4], *title))
    return re.sub(r"[^a-z0-9]", "", key) or "article"


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9 ]", "", folded.lower())


def _names(citation: Citation) -> list[str]:
    """Give the authors; one that is also the publisher is named once, as publisher."""
    return [visible(name) for name in citation.authors if name != citation.publisher]


_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")
_MARKDOWN_START = re.compile(r"^(\s*\d+)([.)])|^(\s*)([-+=])")


def escaped_markdown(text: str) -> str:
    """Escape what Markdown would read as markup."""
    escaped = _MARKDOWN.sub(r"\\\1", text)
    return _MARKDOWN_START.sub(
        lambda found: f"{found[1] or found[3] or ''}\\{found[2] or found[4]}", escaped
    )


_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "{}$&#_%"},
}


def _tex(text: str) -> str:
    """Escape what TeX would read as a command."""
    return "".join(_TEX.get(character, character) for character in text)


def _bibtex_name(name: str) -> str:
    """Keep together what BibTeX would take apart: a comma, an “and”, a name of one word."""
    whole = "," in name or " " not in name or " and " in name.lower()
    return f"{{{_tex(name)}}}" if whole else _tex(name)


def _encoded(url: str) -> str:
    """Give an address without characters that would end it in Markdown or BibTeX."""
    return quote(url, safe=":/?#[]@!$&'()*+,;=%~-._")


# --- the original page ------------------------------------------------------------------------


def original_page(citation: Citation) -> str | None:
    """Give the address of the original page, scrolled to the quote where the browser can.

    None where the article names no address.
    """
    start = citation.start - citation.sentence_start
    end = citation.end - citation.sentence_start
    return page_at(citation.url, citation.sentence, start, end)


def page_at(url: str | None, text: str, start: int, end: int) -> str | None:
    """Give a web address with a text fragment for `text[start:end]`; None if it is no address.

    Args:
        url: Where the text was first published.
        text: The sentence or paragraph that holds the quote: words beside it make it certain.
        start: First character of the quote.
        end: One past its last character.
    """
    address = web_link(url)
    directive = text_directive(text, start, end)
    if address is None or not directive:
        return address
    return f"{address}{'' if '#' in address else '#'}:~:text={directive}"


def text_directive(text: str, start: int, end: int) -> str:
    """Give a text directive, `prefix-,start,end,-suffix`, of whole words (WICG, Text Fragments)."""
    words = [match.span() for match in _WORD.finditer(text)]
    inside = [place for place, (low, high) in enumerate(words) if low < end and high > start]
    if not inside:
        return ""
    first, last = inside[0], inside[-1] + 1
    quoted = [text[low:high] for low, high in words[first:last]]
    before = [text[low:high] for low, high in words[max(first - AROUND, 0) : first]]
    after = [text[low:high] for low, high in words[last : last + AROUND]]
    half = LONGEST_DIRECTIVE // 2
    ends = [quoted] if len(quoted) <= LONGEST_DIRECTIVE else [quoted[:half], quoted[-half:]]
    parts = [f"{_directive(before)}-"] if before else []
    parts += [_directive(each) for each in ends]
    parts += [f"-{_directive(after)}"] if after else []
    return ",".join(parts)


def _directive(words: Sequence[str]) -> str:
    """Encode words; hyphen, comma and ampersand would end a part."""
    return quote(" ".join(words), safe="", errors="replace").replace("-", "%2D")
