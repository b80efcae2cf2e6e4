"""`eval`, `compare`: known answers → measures, and two runs side by side.

`eval` alone runs the evaluation; the commands below it, on question files, stand in `questions`.
May import: evaluation inside the command that needs it; typer.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from askcorpus.cli import questions as question_files
from askcorpus.cli.failures import NOTHING_FOUND
from askcorpus.cli.grouping import RunByDefault
from askcorpus.cli.options import (
    DEFAULT_INDEX,
    AsJson,
    EncoderName,
    IndexDir,
    ReaderName,
    opened,
    settings_of,
)
from askcorpus.cli.output import bars, give
from askcorpus.render import printable
from askcorpus.settings import BUNDLED

group = typer.Typer(cls=RunByDefault, invoke_without_command=True)
for _name, _command in question_files.COMMANDS.items():
    group.command(name=_name)(_command)


class Split(StrEnum):
    """Which part of the questions is asked."""

    DEV = "dev"
    TEST = "test"
    ALL = "all"


@group.callback()
def evaluate(
    context: typer.Context,
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS", help="JSONL file of questions and answers.")
    ] = Path("eval/questions.jsonl"),
    *,
    split: Annotated[Split, typer.Option(help="Part of the questions.")] = Split.ALL,
    run_file: Annotated[
        Path | None, typer.Option("--run", metavar="FILE", help="Write a line a question there.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the intervals.")] = 0,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Measure the answers to questions whose answers are known, and list every wrong one."""
    if context.invoked_subcommand:
        return
    from askcorpus import evaluation

    with opened(index_dir, settings_of(encoder, reader)) as corpus, bars() as draw:
        report = evaluation.evaluate(
            corpus, questions, split=split.value, run_path=run_file, seed=seed, progress=draw
        )
    give(report.to_dict(), [printable(report.to_text())], as_json=as_json)


def compare(
    before: Annotated[Path, typer.Argument(metavar="RUN", help="Run file to compare with.")],
    after: Annotated[Path, typer.Argument(metavar="RUN", help="Run file to judge.")],
    *,
    gate: Annotated[bool, typer.Option("--gate", help="Fail where the second is worse.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the intervals.")] = 0,
    index_dir: IndexDir = DEFAULT_INDEX,  # noqa: ARG001  # taken by every command, unused here
    as_json: AsJson = False,
) -> None:
    """Set two evaluation runs side by side: paired differences, and every answer that flipped."""
    from askcorpus import evaluation

    comparison = evaluation.compare(before, after, seed=seed)
    give(comparison.to_dict(), [printable(comparison.to_text())], as_json=as_json)
    if gate and comparison.worse:
        raise typer.Exit(NOTHING_FOUND)
