"""A failure → one clear message, its stable code and its exit code.

May import: errors; typer.
"""

from __future__ import annotations

import contextlib

import typer

from askcorpus.cli.output import note, print_json
from askcorpus.errors import AskCorpusError
from askcorpus.types import SCHEMA

NOTHING_FOUND = 1
BUG = 70
INPUT_OUTPUT = 74
INTERRUPTED = 130


def explain(error: Exception, *, as_json: bool) -> int:
    """Say on stderr what went wrong, on stdout too where JSON was asked for."""
    code, exit_code, message = describe(error)
    if as_json:
        body = {"code": code, "message": message, "help": anchor(code)}
        with contextlib.suppress(typer.Exit):
            print_json({"schema": SCHEMA, "error": body})
    note(f"askcorpus: {message}")
    note(f"  {code}: see {anchor(code)}")
    return exit_code


def anchor(code: str) -> str:
    """Give the place in the documents that says more of an error."""
    return f"docs/errors.md#{code.lower()}"


def describe(error: Exception) -> tuple[str, int, str]:
    """Give the stable code of a failure, its exit code and its sentence."""
    if isinstance(error, AskCorpusError):
        return error.code, error.exit_code, str(error)
    if isinstance(error, OSError):
        return "AC-IO", INPUT_OUTPUT, f"Reading or writing failed: {error}."
    message = (
        f"This is a bug in askcorpus: {type(error).__name__}: {error}. Your articles and index "
        "are untouched. Run the command again with --debug to see where it happened."
    )
    return "AC-BUG", BUG, message
