"""Summary → a report in a file: HTML, Markdown or plain text, as the name says.

May import: files, markdown, page, records, report, errors, stdlib.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from askcorpus.errors import UsageError
from askcorpus.evaluation.files import write_text
from askcorpus.evaluation.markdown import report_markdown
from askcorpus.evaluation.page import report_html
from askcorpus.evaluation.records import Summary
from askcorpus.evaluation.report import report_text

FORMS: Mapping[str, Callable[[Summary], str]] = {
    ".html": report_html,
    ".htm": report_html,
    ".md": report_markdown,
    ".txt": report_text,
}
"""How a report is written, by the ending of its file."""


def check_report(path: Path) -> None:
    """Make sure that a report of this name can be made, before an hour is spent on the answers.

    Raises:
        UsageError: Its ending is none of `FORMS`.
    """
    if path.suffix.lower() not in FORMS:
        named = ", ".join(FORMS)
        raise UsageError(f"{path}: a report ends in one of {named}. Name it so")


def write_report(path: Path, summary: Summary) -> None:
    """Write a report, whole or not at all.

    Raises:
        UsageError: Its ending is none of `FORMS`.
        InputOutputError: It cannot be written.
    """
    check_report(path)
    write_text(path, FORMS[path.suffix.lower()](summary))
