"""`eval`, `compare`: known answers → measures, reports, and two runs side by side.

`eval` alone runs the evaluation; the commands below it, on question files, stand in `questions`.
May import: evaluation inside the command that needs it; typer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
from askcorpus.cli.output import bars, give, note
from askcorpus.errors import UsageError
from askcorpus.render import printable
from askcorpus.settings import BUNDLED, Settings
from askcorpus.types import SCHEMA, Progress

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus
    from askcorpus.evaluation import Breach, Floor, Ready, Rewrite

group = typer.Typer(cls=RunByDefault, invoke_without_command=True)
for _name, _command in question_files.COMMANDS.items():
    group.command(name=_name)(_command)


@dataclass(frozen=True, slots=True)
class Sets:
    """Outside sets as the options name them."""

    squad: tuple[Path, ...]
    beir: tuple[Path, ...]
    beside: tuple[Path, ...]
    limit: int | None
    unanswerable: float
    keep: Path | None
    seed: int

    @property
    def asked(self) -> bool:
        """Tell whether there is a set to ask about."""
        return bool(self.squad or self.beir)

    @property
    def qualified(self) -> bool:
        """Tell whether any option says more of the sets."""
        return bool(self.beside or self.limit or self.unanswerable or self.keep)

    @contextlib.contextmanager
    def opened(self, settings: Settings, draw: Callable[[Progress], None]) -> Iterator[Ready]:
        """Make the index of all sets, and say what of them could not be kept."""
        from askcorpus.evaluation.outside import Sample, Source, opened

        sources = (
            *(Source(path, "squad") for path in self.squad),
            *(Source(path, "beir") for path in self.beir),
            *(Source(path, "squad", asked=False) for path in self.beside),
        )
        sample = Sample(self.limit, self.unanswerable, self.seed)
        with opened(
            sources, sample=sample, keep=self.keep, settings=settings, progress=draw
        ) as ready:
            for line in ready.lost:
                note(f"not kept: {line}")
            yield ready


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
    report_file: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write a report there: .html, .md or .txt."),
    ] = None,
    gate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Fail below the floors of a TOML file.")
    ] = None,
    why: Annotated[
        str | None, typer.Option(metavar="ID", help="Ask one question; show ranks and scores.")
    ] = None,
    ablation: Annotated[
        bool, typer.Option("--ablation", help="Ask again with a stage taken away, one at a time.")
    ] = False,
    squad: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Ask the questions of a SQuAD file of its own texts."),
    ] = None,
    beir: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="The same for a folder in the form of BEIR."),
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="SQuAD file whose texts stand beside, not asked about."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", help="Questions of each set, drawn by chance."),
    ] = None,
    unanswerable: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of them whose texts are left out.")
    ] = 0.0,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the index of outside sets there.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the intervals, and of what is drawn.")] = 0,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Measure the answers to questions whose answers are known, and list every wrong one."""
    if context.invoked_subcommand:
        return
    from askcorpus import evaluation

    sets = Sets(
        tuple(squad or ()), tuple(beir or ()), tuple(beside or ()), limit, unanswerable, keep, seed
    )
    _check(sets, why=why, ablation=ablation, files=(run_file, report_file, gate))
    settings = settings_of(encoder, reader)
    if why is not None:
        with opened(index_dir, settings) as corpus:
            found = evaluation.explain(corpus, questions, why, rewrite=rewriter(corpus))
        give(found.to_dict(), [printable(evaluation.why_text(found))], as_json=as_json)
        return
    if report_file:
        evaluation.check_report(report_file)
    floors = evaluation.load_floors(gate) if gate else ()
    with bars() as draw, contextlib.ExitStack() as stack:
        if sets.asked:
            ready = stack.enter_context(sets.opened(settings, draw))
        else:
            corpus = stack.enter_context(opened(index_dir, settings))
            ready = evaluation.prepare(corpus, questions, split.value)
        rewrite = rewriter(ready.corpus)
        if ablation:
            taken = evaluation.ablate(ready, seed=seed, rewrite=rewrite, progress=draw)
            give(taken.to_dict(), [printable(evaluation.ablation_text(taken))], as_json=as_json)
            return
        summary = evaluation.summarise(ready.run(seed=seed, rewrite=rewrite, progress=draw))
    # First of all, so that a misspelt floor does not cost the run.
    if run_file:
        evaluation.write_run(run_file, summary)
    if report_file:
        evaluation.write_report(report_file, summary)
    missed = evaluation.breaches(summary, floors)
    texts = [evaluation.report_text(summary), *_held_texts(missed, floors)]
    breached = {"breaches": [one.to_dict() for one in missed]} if gate else {}
    give(summary.to_dict() | breached, [printable(text) for text in texts], as_json=as_json)
    if missed:
        raise typer.Exit(NOTHING_FOUND)


def report(
    run_file: Annotated[Path, typer.Argument(metavar="RUN", help="Run file to report.")],
    target: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Report to write: .html, .md or .txt.")
    ] = None,
    *,
    index_dir: IndexDir = DEFAULT_INDEX,  # noqa: ARG001  # taken by every command, unused here
    as_json: AsJson = False,
) -> None:
    """Report a run that was made before, at the terminal or into a file."""
    from askcorpus import evaluation

    if target:
        evaluation.check_report(target)
    summary = evaluation.summarise(evaluation.read_run(run_file))
    if target:
        evaluation.write_report(target, summary)
    text = f"Report written to {target}" if target else evaluation.report_text(summary)
    give(summary.to_dict(), [printable(text)], as_json=as_json)


group.command(name="report")(report)


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


def _check(sets: Sets, *, why: str | None, ablation: bool, files: Sequence[Path | None]) -> None:
    """Refuse options that do not go together, before anything is read."""
    if sets.qualified and not sets.asked:
        raise UsageError(
            "--beside, --limit, --unanswerable and --keep say more of outside sets. "
            "Name one with --squad FILE or --beir FOLDER"
        )
    if why is not None and (sets.asked or ablation or any(files)):
        raise UsageError("--why shows one question of a question file. Leave out the other options")
    if ablation and any(files):
        raise UsageError("--ablation makes several runs. Leave out --run, --report and --gate")


def _held_texts(missed: Sequence[Breach], floors: Sequence[Floor]) -> list[str]:
    """Say which floors are not reached, or that all are; nothing where there are none."""
    if floors and not missed:
        return ["Every floor is reached."]
    return [f"Below the floor: {one.text}" for one in missed]


def rewriter(corpus: Corpus) -> Rewrite:
    """Give what makes a follow-up stand alone: a chat in which the turns before it were asked."""
    from askcorpus.chat import Conversation, stand_alone

    def rewrite(question: str, earlier: Sequence[str]) -> str:
        conversation = Conversation(corpus)
        for turn in earlier:
            conversation.ask(turn)
        return stand_alone(question, conversation.turns)

    return rewrite
