"""`calibrate`: a user's own questions → when to answer and when not, kept with the index.

May import: evaluation inside the command that needs it; typer.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askcorpus.cli.evaluation import Split
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
from askcorpus.settings import BUNDLED
from askcorpus.types import SCHEMA

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus
    from askcorpus.evaluation import Question


def calibrate(
    questions: Annotated[
        Path | None,
        typer.Argument(metavar="QUESTIONS", help="JSONL file of questions and answers."),
    ] = None,
    *,
    max_risk: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of given answers that may be wrong.")
    ] = 0.1,
    split: Annotated[Split, typer.Option(help="Part of the questions.")] = Split.ALL,
    reset: Annotated[
        bool, typer.Option("--reset", help="Go back to what comes with the reader.")
    ] = False,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Fit to your own questions when to answer, and say how often that is right."""
    if reset == (questions is not None):
        raise UsageError(
            "Name a file of questions, or --reset, and not both: "
            "askcorpus calibrate QUESTIONS --max-risk 0.10"
        )
    with opened(index_dir, settings_of(encoder, reader)) as corpus:
        if questions is None:
            _reset(corpus, as_json=as_json)
            return
        chosen = _usable(questions, split)
        with bars() as draw:
            fitted = corpus.calibrate(chosen, max_risk=max_risk, progress=draw)
    give(fitted.to_dict(), [printable(fitted.to_text())], as_json=as_json)


def _reset(corpus: Corpus, *, as_json: bool) -> None:
    """Take the fit away, if there is one."""
    dropped = corpus.reset_calibration()
    said = "What was fitted is taken away." if dropped else "Nothing had been fitted."
    lines = [f"{said} What comes with the reader is in use."]
    give({"schema": SCHEMA, "reset": dropped}, lines, as_json=as_json)


def _usable(path: Path, split: Split) -> list[Question]:
    """Give the questions that stand alone and whose answers are known."""
    from askcorpus.evaluation import load_questions

    part = [one for one in load_questions(path) if split in (Split.ALL, one.part)]
    usable = [one for one in part if not one.after and (one.golds or one.unanswerable)]
    if len(usable) < len(part):
        note(
            f"{len(part) - len(usable)} of {len(part)} questions are left out: follow-ups, and "
            "questions whose answer is not written down."
        )
    return usable
