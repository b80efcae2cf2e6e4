"""Bytes of a file → its characters, and a warning where the encoding had to be guessed.

Order: byte order mark, declared encoding, strict UTF-8, a mixture decoded line by line,
detection. Binary data is refused. May import: resiliparse, charset-normalizer.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: the one begins with the other
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 1 << 16
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_MAX_CONTROL_SHARE = 0.01
_MIXED_SHARE = 0.1
_DECLARED = re.compile(
    rb"""<(?:meta[^<>]{0,200}?charset\s{0,5}=\s{0,5}|\?xml[^<>]{0,100}?encoding\s{0,5}=\s{0,5})"""
    rb"""["']?\s{0,5}([A-Za-z0-9_.:-]{2,40})""",
    re.IGNORECASE,
)


class NotTextError(ValueError):
    """The bytes are not text."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The characters of a file, and what a reader should know of how they were read."""

    text: str
    warnings: tuple[str, ...] = ()


def declared_encoding(data: bytes) -> str | None:
    """Give the encoding that the head of an HTML or XML file names, if Python knows it."""
    found = _DECLARED.search(data[:4096])
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
    except LookupError:
        return None
    # Browsers read both as Windows-1252, and a head that can be read as ASCII is no UTF-16.
    return {"iso8859-1": "cp1252", "ascii": "cp1252", "utf-16": "utf-8"}.get(name, name)


def decode(data: bytes, *, declared: str | None = None) -> Decoded:
    """Give the characters of a file.

    Raises:
        NotTextError: The bytes are binary data.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode_marked(data[len(mark) :], encoding)
    wide = _wide_encoding(data)
    if wide is not None:
        return Decoded(data.decode(wide, "replace"), (_guessed(wide),))
    refuse_binary(data)
    if declared is not None:
        try:
            return Decoded(data.decode(declared))
        except (UnicodeError, LookupError):
            pass
    try:
        return Decoded(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        return _decode_damaged(data, error)


def refuse_binary(data: bytes) -> None:
    """Refuse bytes that hold a NUL or more than one control byte in a hundred.

    Raises:
        NotTextError: The bytes are binary data.
    """
    if b"\0" in data:
        raise NotTextError(f"binary data, not text (a NUL byte at byte {data.index(0)})")
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > _MAX_CONTROL_SHARE * len(sample):
        raise NotTextError("binary data, not text (more than 1 % control bytes)")


def _decode_marked(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding))
    except UnicodeDecodeError:
        warning = f"some bytes are not valid {encoding.upper()} and show as U+FFFD"
        return Decoded(data.decode(encoding, "replace"), (warning,))


def _wide_encoding(data: bytes) -> str | None:
    """Tell UTF-16 without a mark by where its zero bytes stand: nearly all on one side."""
    sample = data[:_SAMPLE]
    if len(sample) < 4 or b"\0" not in sample:
        return None
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    for many, few, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if many > 0.4 * half and few < 0.02 * half:
            return encoding
    return None


def _decode_damaged(data: bytes, error: UnicodeDecodeError) -> Decoded:
    if error.reason == "unexpected end of data" and error.start >= len(data) - 3:
        return Decoded(
            data[: error.start].decode("utf-8"), ("the file is cut off inside its last character",)
        )
    lines = data.splitlines(keepends=True)
    good = [_multibyte(line) for line in lines]
    if sum(good) > _MIXED_SHARE * sum(1 for line in lines if not line.isascii()):
        text = "".join(_decode_line(line) for line in lines)
        return Decoded(text, ("mixed encodings: lines that are not UTF-8 read as Windows-1252",))
    encoding = _detect(data)
    return Decoded(data.decode(encoding, "replace"), (_guessed(encoding),))


def _multibyte(line: bytes) -> bool:
    """Tell whether a line holds characters beyond ASCII, all of them valid UTF-8."""
    if line.isascii():
        return False
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _detect(data: bytes) -> str:
    """Ask resiliparse, which read Windows-1252 rightly where others did not, then another."""
    from resiliparse.parse.encoding import detect_encoding

    name = detect_encoding(data)
    if name and name.lower() not in {"utf-8", "ascii"}:
        return codecs.lookup(name).name
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    # It names an encoding by the sample; the rest of the file may not be valid in it.
    return "cp1252" if best is None or best.encoding in {"utf_8", "ascii"} else best.encoding


def _guessed(encoding: str) -> str:
    return f"the encoding is not stated; read as {encoding}"
