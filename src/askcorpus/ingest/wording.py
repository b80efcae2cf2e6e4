"""Characters of one line: invisible ones out, spaces single, marks of Markdown off its words.

What the words are is never changed. All functions are linear in the length of the line.
May import: stdlib.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE: dict[int, str | None] = {
    **dict.fromkeys(code for code in (*range(0x20), *range(0x7F, 0xA0)) if not chr(code).isspace()),
    # soft hyphen, zero-width space, word joiner, byte order mark
    **dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF)),
    # Half of a pair stands for nothing and cannot be written to a file.
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
_MAX_ADDRESS = 2_000
_MAX_NESTING = 50
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
_INLINE_TAG = re.compile(
    r"</?(?:a|b|br|p|i|em|strong|code|img|div|span|sub|sup|u|kbd)\b[^<>]{0,500}>"
)
_EMPHASIS = (
    re.compile(r"(?<![\w*])\*\*(?=[^\s*])([^*]{1,5000}+)(?<=\S)\*\*(?!\w)"),
    re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]{1,5000}+)(?<=\S)\*(?![\w*])"),
    re.compile(r"(?<!\w)__(?=[^\s_])([^_]{1,5000}+)(?<=\S)__(?!\w)"),
    re.compile(r"(?<!\w)_(?=[^\s_])([^_]{1,5000}+)(?<=\S)_(?!\w)"),
    re.compile(r"(?<!`)`([^`]{1,5000}+)`(?!`)"),
)


def clean(text: str) -> str:
    """Give one line in Unicode NFC, with single spaces and no invisible characters."""
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())


def unlink(text: str) -> tuple[str, int]:
    """Give a line with `[words](address)` as its words, and how many characters were links."""
    if "](" not in text:
        return text, 0
    out: list[str] = []
    open_at: list[int] = []
    linked = at = 0
    while at < len(text):
        if text[at] == "[":
            open_at = [*open_at[-_MAX_NESTING:], len(out)]
        elif text[at] == "]":
            begin = open_at.pop() if open_at else -1
            end = _address_end(text, at + 1) if begin >= 0 else 0
            if end:
                bang = begin > 0 and out[begin - 1] == "!"
                out[begin] = ""
                out[begin - bang] = ""
                linked += sum(map(len, out[begin:]))
                at = end
                continue
        out.append(text[at])
        at += 1
    return "".join(out), linked


def unemphasise(text: str) -> str:
    """Take the marks of emphasis and code off the words that they surround."""
    if "*" not in text and "_" not in text and "`" not in text:
        return text
    for pattern in _EMPHASIS:
        text = pattern.sub(r"\1", text)
    return text


def untag(text: str) -> str:
    """Take inline HTML tags and the brackets of bare addresses out of a Markdown line."""
    return _INLINE_TAG.sub("", _AUTOLINK.sub(r"\1", text))


def is_rule(text: str) -> bool:
    """Tell a line that only draws: `---`, `* * *`, `=====`."""
    marks = set(text) - {" "}
    return len(marks) == 1 and marks <= set("-*_=~+#•·—–―") and sum(c != " " for c in text) >= 3


def _address_end(text: str, at: int) -> int:
    """Give where `(address)` that begins at a place ends, or 0 if there is none."""
    if at >= len(text) or text[at] != "(":
        return 0
    depth = 0
    for here in range(at, min(len(text), at + _MAX_ADDRESS)):
        if text[here] == "(":
            depth += 1
        elif text[here] in "[]":
            return 0  # no address holds one, and no character is looked at twice
        elif text[here] == ")":
            depth -= 1
            if depth == 0:
                return here + 1
    return 0
