"""Bylines → names; and which names are those of organisations. May import: this room."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_BY = re.compile(
    r"^[—–-]?\s?(?:(?:written|reported|story|words|text|article|posted|published|report|compiled)"
    r"\s)?by\b\s?:?\s",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"^(?:authors?|writers?|reporters?|byline)\s?:\s?", re.IGNORECASE)
_SPLIT = re.compile(r"\s*(?:,\s*and\s|,|;|&|\band\s|\bwith\s)\s*")
_ASIDE = re.compile(r"\s(?:\||•|·|–|—|-|for|in|at|on)\s.{1,200}$|\s?\(.{1,100}\)$")
_TOKEN = re.compile(r"[^\W\d_](?:[\w'’‘.-]{0,40}[\w.])?$")
_PARTICLES = frozenset(
    "al ad as ash at el bin ibn bint abu abd ben da de del della der den des di do dos du e la le "
    "los ter ten van von y zu af av".split()
)
_ROLES = re.compile(
    r"^(?:(?:our|the|a|an|staff|senior|chief|special|guest|foreign|political|news|associate|"
    r"contributing|deputy|managing|executive|assistant|diplomatic|middle|east|bureau)\s){0,4}"
    r"(?:writers?|reporters?|correspondents?|editors?|columnists?|contributors?|staff|desk|"
    r"phd|ph\.d\.|md|jr\.?|sr\.?|analyst|fellow|professor)$",
    re.IGNORECASE,
)
_NOT_NAMES = frozenset(
    "january february march april june july august september october november december monday "
    "tuesday wednesday thursday friday saturday sunday it he she we they this that these those in "
    "on of for to from using making law when then all any no not now our my your his her their "
    "its chapter".split()
)
_AGENCIES = {
    "ap": "Associated Press",
    "associated press": "Associated Press",
    "the associated press": "Associated Press",
}
_AGENCY_NAMES = frozenset(
    "reuters afp upi dpa xinhua tass bloomberg ani pti ians kyodo anadolu efe ansa interfax irna "
    "sputnik".split()
) | {"ria novosti", "agence france-presse", "press association", "bbc", "cnn", "npr"}
_ORGANISATION = frozenset(
    "agency agencies associated association broadcasting bulletin bureau center centre channel "
    "chronicle committee corporation council courier department desk digest dispatch "
    "editorial examiner foundation gazette group guardian herald inc independent "
    "inquirer institute journal ltd llc magazine media ministry monitor network networks "
    "news newspaper newsroom newswire observer office organisation organization observatory "
    "press project publishing radio report research review sentinel "
    "service society staff studies syndicate team telegraph television times "
    "tribune tv university voice world".split()
)
_DATELINE = re.compile(r"^[A-Z][\w .,'’-]{1,60}\((?P<agency>[A-Za-z -]{2,30})\)\s?[-–—]")


@dataclass(frozen=True, slots=True)
class Byline:
    """Who a line says wrote the article: people, organisations, or both."""

    people: tuple[str, ...]
    organisations: tuple[str, ...]


def read_byline(text: str, *, labelled: bool = False) -> Byline | None:
    """Give the names of a byline; None if the line is none.

    Args:
        text: The line without its date.
        labelled: Whether the line is known to be one, as a metadata field is, without a `By`.
    """
    found = _LABELLED.match(text) or _BY.match(text)
    if found is None and not labelled:
        return None
    text = text[found.end() if found else 0 :].strip(" .,|•·–—-")
    aside = _ASIDE.search(text)
    byline = split_names(text[: aside.start()] if aside else text)
    outlet = re.sub(r"^[\W_]*(?:for\s)?|[\W_]+$", "", aside[0]) if aside else ""
    if byline is None or not _looks_like_name(outlet) or not is_organisation(outlet):
        return byline
    return Byline(byline.people, tuple(dict.fromkeys((*byline.organisations, canonical(outlet)))))


def split_names(text: str) -> Byline | None:
    """Give the names in `A, B and C`; None if one of them does not look like a name."""
    people: list[str] = []
    organisations: list[str] = []
    for part in _SPLIT.split(text):
        name = part.strip(" .,|") if not part.endswith("Jr.") else part.strip(" ,|")
        if not name or _ROLES.match(name):
            continue
        if not _looks_like_name(name):
            return None
        (organisations if is_organisation(name) else people).append(canonical(name))
    if not people and not organisations:
        return None
    return Byline(tuple(dict.fromkeys(people)), tuple(dict.fromkeys(organisations)))


def canonical(name: str) -> str:
    """Give the one way of writing an agency's name; other names stay as they are."""
    return _AGENCIES.get(name.lower(), name)


def is_organisation(name: str, *, domains: Iterable[str] = ()) -> bool:
    """Tell whether a name is that of an outlet or agency, not of a person or a place.

    Args:
        name: The name.
        domains: Host names that the file holds: `globalresearch` speaks for Global Research.
    """
    low = name.lower()
    if low in _AGENCIES or low in _AGENCY_NAMES or _is_acronym(name):
        return True
    if low.startswith("the ") or _ORGANISATION & set(re.findall(r"[a-z]+", low)):
        return True
    squashed = re.sub(r"[^a-z0-9]", "", low)
    return len(squashed) > 3 and squashed in set(domains)


def find_domains(texts: Iterable[str]) -> frozenset[str]:
    """Give the first labels of all host names in some texts: `www.example.org` → `example`."""
    pattern = re.compile(
        r"(?:@|\bwww\.|://(?:www\.)?)([a-z0-9-]{2,60})\.[a-z]{2,10}\b", re.IGNORECASE
    )
    return frozenset(
        match[1].lower().replace("-", "") for text in texts for match in pattern.finditer(text)
    )


def dateline_agency(text: str) -> str | None:
    """Give the agency of a dateline, `BAGHDAD (Reuters) - …`; None if there is none."""
    found = _DATELINE.match(text[:120])
    if found is None:
        return None
    name = found["agency"]
    return canonical(name) if name.lower() in (_AGENCY_NAMES | _AGENCIES.keys()) else None


def same_name(name: str, others: Sequence[str]) -> bool:
    """Tell whether a name is among others, letter case aside."""
    return name.casefold() in {other.casefold() for other in others}


def _is_acronym(name: str) -> bool:
    """Tell `teleSUR`, `AFP`, `RT`: one short word with two capitals in a row."""
    return " " not in name and len(name) <= 12 and re.search(r"[A-Z]{2}", name) is not None


def _looks_like_name(name: str) -> bool:
    words = name.split()
    if not 1 <= len(words) <= 6 or len(name) > 60:
        return False
    if {word.lower() for word in words} & _NOT_NAMES:
        return False
    if not all(_TOKEN.match(word) for word in words):
        return False
    known = [word for word in words if word.lower() not in _PARTICLES]
    return bool(known) and all(_is_capital(word) for word in known)


def _is_capital(word: str) -> bool:
    return (
        word[:1].isupper()
        or _is_acronym(word)
        or word[:3].lower() in {"al-", "el-"}
        or (
            # Scripts without letter case have no capitals to show.
            word[:1].isalpha() and word[:1].lower() == word[:1].upper()
        )
    )
