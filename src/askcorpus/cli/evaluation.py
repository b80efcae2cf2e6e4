"""`eval`, `compare`: known answers → measures, and two runs side by side.

`eval` alone runs the evaluation; the commands below it, on question files, stand in `questions`.
May import: evaluation inside the command that needs it; typer.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from askcorpus.errors import UsageError
from askcorpus.render import printable
from askcorpus.settings import BUNDLED
from askcorpus.types import SCHEMA

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus
    from askcorpus.evaluation import Breach, Floor, Rewrite

group = typer.Typer(cls=RunByDefault, invoke_without_command=True)
for _name, _command in question_files.COMMANDS.items():
    group.command(name=_name)(_command)


class Split(StrEnum):
    """Which part of the questions is asked."""

    DEV = "dev"
    TEST = "test"
    FEEDBACK = "feedback"
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
    gate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Fail below the floors of a TOML file.")
    ] = None,
    why: Annotated[
        str | None, typer.Option(metavar="ID", help="Ask one question; show ranks and scores.")
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

    if why is not None:
        with opened(index_dir, settings_of(encoder, reader)) as corpus:
            found = evaluation.explain(corpus, questions, why, rewrite=_rewriter(corpus))
        give(found.to_dict(), [printable(evaluation.why_text(found))], as_json=as_json)
        return
    floors = evaluation.load_floors(gate) if gate else ()
    with opened(index_dir, settings_of(encoder, reader)) as corpus, bars() as draw:
        summary = evaluation.evaluate(
            corpus,
            questions,
            split=split.value,
            seed=seed,
            rewrite=_rewriter(corpus),
            progress=draw,
        )
    # First of all, so that a misspelt floor does not cost the run.
    if run_file:
        evaluation.write_run(run_file, summary)
    missed = evaluation.breaches(summary, floors)
    texts = [evaluation.report_text(summary), *_held_texts(missed, floors)]
    breached = {"breaches": [one.to_dict() for one in missed]} if gate else {}
    give(summary.to_dict() | breached, [printable(text) for text in texts], as_json=as_json)
    if missed:
        raise typer.Exit(NOTHING_FOUND)


def compare(
    before: Annotated[Path, typer.Argument(metavar="RUN", help="Run file to compare with.")],
    after: Annotated[
        Path | None, typer.Argument(metavar="[RUN]", help="Run file to judge.")
    ] = None,
    *,
    gate: Annotated[bool, typer.Option("--gate", help="Fail where the second is worse.")] = False,
    floor: Annotated[
        list[str] | None,
        typer.Option(metavar="MEASURE=VALUE", help="Fail where the last run is below."),
    ] = None,
    common: Annotated[
        bool, typer.Option("--common", help="Compare the questions that both runs have.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the intervals.")] = 0,
    index_dir: IndexDir = DEFAULT_INDEX,  # noqa: ARG001  # taken by every command, unused here
    as_json: AsJson = False,
) -> None:
    """Set two evaluation runs side by side: paired differences, and every answer that flipped.

    With one run and a floor, hold that run to it.
    """
    from askcorpus import evaluation

    floors = [evaluation.parse_floor(text) for text in floor or ()]
    if after is None and not floors:
        raise UsageError(
            "One run alone cannot be compared. Name a second one, or hold this one to a floor: "
            "--floor f1=0.7"
        )
    compared = evaluation.compare(before, after, seed=seed, common=common) if after else None
    held = evaluation.summarise(evaluation.read_run(after or before)) if floors else None
    missed = evaluation.breaches(held, floors) if held else ()
    said = compared.to_dict() if compared else {"schema": SCHEMA}
    breached = {"breaches": [one.to_dict() for one in missed]} if held else {}
    texts = [*([compared.to_text()] if compared else []), *_held_texts(missed, floors)]
    give(said | breached, [printable(text) for text in texts], as_json=as_json)
    if missed or (gate and compared and compared.worse):
        raise typer.Exit(NOTHING_FOUND)


def _held_texts(missed: Sequence[Breach], floors: Sequence[Floor]) -> list[str]:
    """Say which floors are not reached, or that all are; nothing where there are none."""
    if floors and not missed:
        return ["Every floor is reached."]
    return [f"Below the floor: {one.text}" for one in missed]


def _rewriter(corpus: Corpus) -> Rewrite:
    """Give what makes a follow-up stand alone: a chat in which the turns before it were asked."""
    from askcorpus.chat import Conversation, stand_alone

    def rewrite(question: str, earlier: Sequence[str]) -> str:
        conversation = Conversation(corpus)
        for turn in earlier:
            conversation.ask(turn)
        return stand_alone(question, conversation.turns)

    return rewrite
