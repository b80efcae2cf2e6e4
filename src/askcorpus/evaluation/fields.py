"""Values out of decoded JSON, each of the type that it must have, or named with its place.

In: objects as `json` gives them. Out: typed values. May import: errors, stdlib.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from askcorpus.errors import DataError


def decode(text: str, path: Path, number: int | None = None) -> Any:  # noqa: ANN401
    """Decode a JSON file, or one line of it.

    Raises:
        DataError: It is not JSON; the message names line and column.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = error.lineno if number is None else number
        raise DataError(f"{path}:{line}: not JSON: {error.msg} at column {error.colno}") from error
    except (RecursionError, ValueError) as error:
        raise DataError(f"{path}:{number or 1}: not JSON that can be read: {error}") from error


def record(value: object, place: str) -> dict[str, Any]:
    """Give a JSON object.

    Raises:
        DataError: It is something else.
    """
    if not isinstance(value, dict):
        raise DataError(f"{place}: not a JSON object")
    return value


def field(holder: Mapping[str, Any], key: str, kind: Any, place: str) -> Any:  # noqa: ANN401
    """Give one value of an object.

    Args:
        kind: A type, or several joined by `|`.
        place: File, line and field of the object, for messages.

    Raises:
        DataError: It is missing or of another type.
    """
    if key not in holder:
        raise DataError(f"{place}: {key}: is missing")
    value = holder[key]
    # JSON's true is an int to Python, and no offset.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise DataError(f"{place}: {key}: {json.dumps(value)} is of the wrong type")
    return value


def words(holder: Mapping[str, Any], key: str, place: str) -> str:
    """Give a text that says something.

    Raises:
        DataError: It is missing, of another type or blank.
    """
    value: str = field(holder, key, str, place)
    if not value.strip():
        raise DataError(f"{place}: {key}: is empty")
    return value


def all_words(holder: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
    """Give a list of texts that each say something.

    Raises:
        DataError: It is missing, or holds something else.
    """
    values = field(holder, key, list, place)
    named = {f"{key}[{index}]": value for index, value in enumerate(values)}
    return tuple(words(named, name, place) for name in named)
