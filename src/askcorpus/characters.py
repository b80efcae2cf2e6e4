"""What of a text can be shown: control characters are named, only web addresses become links.

Strings → strings. Pure. May import: stdlib.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

# What steers a terminal or cannot be in HTML at all: controls but tab and line feed, and lone
# surrogates, which a file name that is not UTF-8 carries.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
# What changes the order or hides between letters: embeddings, overrides, isolates, zero-width
# spaces. Joiners and plain direction marks stay: Persian and Hebrew names need them.
_TRICKS = "\u200b\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_CONTROL = re.compile(f"[{_CONTROLS}]")
_INVISIBLE = re.compile(f"[{_CONTROLS}{_TRICKS}\\n\\t]")


def _named(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"


def printable(text: str) -> str:
    """Give running text with its control characters named; everything else stays as it is."""
    return _CONTROL.sub(_named, text)


def visible(text: str) -> str:
    """Give one line of text, such as a title or a name, with all that is invisible named."""
    return _INVISIBLE.sub(_named, text)


def web_link(url: str | None) -> str | None:
    """Give an address that may become a link: http or https with a host; otherwise None.

    The host is given in ASCII, so that look-alike letters show.
    """
    cleaned = re.sub(f"[{_CONTROLS}{_TRICKS}\\s]", "", url or "")
    try:
        parts = urlsplit(cleaned)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    name = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, name + port, parts.path, parts.query, parts.fragment))
