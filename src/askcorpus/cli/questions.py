"""`eval lint`: question files checked and mended.

May import: evaluation inside the command that needs it; typer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from askcorpus.cli.options import DEFAULT_INDEX, AsJson, IndexDir, opened
from askcorpus.cli.output import give
from askcorpus.errors import DataError
from askcorpus.render import visible

DEFAULT_QUESTIONS = Path("eval/questions.jsonl")


def lint(
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS", help="JSONL file of questions and answers.")
    ] = DEFAULT_QUESTIONS,
    *,
    mend: Annotated[
        bool, typer.Option("--fix", help="Give answers that moved their new place in the file.")
    ] = False,
    index_dir: IndexDir = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Check a question file against the articles: what moved, what is gone, what is asked twice."""
    from askcorpus.evaluation.lint import fix
    from askcorpus.evaluation.lint import lint as check

    with opened(index_dir) as corpus:
        report = (fix if mend else check)(questions, corpus.articles)
    give(report.to_dict(), map(visible, report.to_lines()), as_json=as_json)
    if report.faults:
        raise typer.Exit(DataError.exit_code)


COMMANDS: dict[str, Callable[..., None]] = {"lint": lint}
"""The commands on question files, in the order of the help."""
