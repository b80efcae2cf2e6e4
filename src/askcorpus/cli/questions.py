"""`eval lint`, `new`, `import`, `export`, `rank`: question files and rankings of others.

May import: evaluation inside the command that needs it; typer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askcorpus.cli.options import (
    DEFAULT_INDEX,
    AsJson,
    EncoderName,
    IndexDir,
    opened,
    settings_of,
)
from askcorpus.cli.output import give, note, typed, wrapped
from askcorpus.errors import DataError, UsageError
from askcorpus.render import visible
from askcorpus.settings import BUNDLED
from askcorpus.types import SCHEMA

if TYPE_CHECKING:
    from askcorpus.evaluation.exchange import Imported, OutsideSet

DEFAULT_QUESTIONS = Path("eval/questions.jsonl")


class Form(StrEnum):
    """Forms of question sets that others use."""

    SQUAD = "squad"
    BEIR = "beir"
    TREC = "trec"
    CSV = "csv"


class Part(StrEnum):
    """What `split` of a question may say."""

    DEV = "dev"
    TEST = "test"
    FEEDBACK = "feedback"
    NONE = "none"

    @property
    def stored(self) -> str:
        """Give it as it stands in a file."""
        return "" if self is Part.NONE else self.value


Questions = Annotated[
    Path, typer.Argument(metavar="QUESTIONS", help="JSONL file of questions and answers.")
]
PartOption = Annotated[Part, typer.Option("--split", help="Part that the new questions go to.")]


def lint(
    questions: Questions = DEFAULT_QUESTIONS,
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


class _Terminal:
    """The talk of `eval new`: prompts and passages on stderr, answers from stdin."""

    def say(self, text: str) -> None:
        """Show lines, whatever an article may hold."""
        note(wrapped(text))

    def ask(self, prompt: str) -> str:
        """Give the next line of stdin."""
        return typed(f"{prompt}: ")


def new(
    questions: Questions,
    *,
    part: PartOption = Part.NONE,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Write questions at the terminal: search, open an article, mark the answer in its words."""
    from askcorpus.evaluation.writing import write_new

    with opened(index_dir, settings_of(encoder)) as corpus:
        note("Loading the model that searches …")
        _ = corpus.retriever.encoder.dimension
        written = write_new(corpus, questions, _Terminal(), part=part.stored)
    payload = {
        "schema": SCHEMA,
        "path": str(questions),
        "written": [question.to_dict() for question in written],
    }
    give(payload, [f"Questions written to {questions}: {len(written)}"], as_json=as_json)


def import_(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="File or folder to read.")],
    questions: Questions,
    *,
    form: Annotated[Form, typer.Option("--from", help="Form of the source.")],
    folder: Annotated[
        Path | None,
        typer.Option("--articles", metavar="FOLDER", help="Make the set's texts articles there."),
    ] = None,
    part: PartOption = Part.NONE,
    index_dir: IndexDir = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Add the questions of a SQuAD, BEIR, TREC or CSV set to a question file."""
    found = _read(source, form, folder, index_dir)
    if part is not Part.NONE:
        moved = tuple(replace(one, part=part.stored) for one in found.questions)
        found = replace(found, questions=moved)
    _add(found, questions)
    payload = {
        "schema": SCHEMA,
        "path": str(questions),
        "added": len(found.questions),
        "lost": list(found.lost),
        "articles": str(folder) if folder else None,
    }
    lines = [*_lost_lines(found.lost), f"Questions added to {questions}: {len(found.questions)}"]
    if folder:
        lines.append(f"Their articles are in {folder}. Index it: askcorpus index {folder}")
    give(payload, map(visible, lines), as_json=as_json)


def _read(source: Path, form: Form, folder: Path | None, index_dir: Path) -> Imported:
    from askcorpus.evaluation import exchange

    makers: dict[Form, Callable[[Path, Path], OutsideSet]] = {
        Form.SQUAD: exchange.corpus_of_squad,
        Form.BEIR: exchange.corpus_of_beir,
    }
    if folder is None:
        with opened(index_dir) as corpus:
            return exchange.import_questions(form.value, source, corpus.articles)
    if form not in makers:
        raise UsageError(f"A {form.value} set holds no texts. Leave out: --articles {folder}")
    outside = makers[form](source, folder)
    return exchange.Imported(outside.questions, outside.lost)


def _add(found: Imported, path: Path) -> None:
    """Add questions to a file, all or none of them."""
    from askcorpus.evaluation import load_questions, write_questions

    if not found.questions:
        reasons = "".join(f"\n  {line}" for line in found.lost[:10])
        raise DataError(f"None of the questions could be kept. {path} is untouched.{reasons}")
    there = load_questions(path) if path.exists() else ()
    taken = {one.question_id for one in there} & {one.question_id for one in found.questions}
    if taken:
        raise DataError(
            f"{path} already holds {len(taken)} of these ids, {min(taken)!r} for one. "
            f"It is untouched. Name another file"
        )
    write_questions((*there, *found.questions), path)


def _lost_lines(lost: Iterable[str]) -> Iterable[str]:
    return (f"not kept: {line}" for line in lost)


def export(
    questions: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="Question file; for TREC also a run of eval.")
    ],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="File or folder to make.")],
    *,
    form: Annotated[Form, typer.Option("--to", help="Form of the target.")],
    index_dir: IndexDir = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Write a question file as a SQuAD or CSV file or a BEIR or TREC folder; a run as TREC's."""
    from askcorpus.evaluation import exchange, load_questions, rankings

    lost: tuple[str, ...] = ()
    if form is Form.TREC and rankings.is_run(questions):
        n = rankings.export_run(questions, target)
    else:
        with opened(index_dir) as corpus:
            found = load_questions(questions)
            lost = exchange.export_questions(form.value, found, corpus.articles, target)
        n = len(found)
    payload = {"schema": SCHEMA, "path": str(target), "questions": n, "lost": list(lost)}
    lines = [*_lost_lines(lost), f"Questions written to {target}: {n}"]
    give(payload, map(visible, lines), as_json=as_json)


def rank(
    ranking: Annotated[Path, typer.Argument(metavar="RUN", help="TREC run file of articles.")],
    questions: Questions = DEFAULT_QUESTIONS,
    *,
    seed: Annotated[int, typer.Option(help="Seed of the intervals.")] = 0,
    index_dir: IndexDir = DEFAULT_INDEX,  # noqa: ARG001  # taken by every command, unused here
    as_json: AsJson = False,
) -> None:
    """Measure how another system ranks the articles that answer, from its TREC run file."""
    from askcorpus.evaluation import load_questions
    from askcorpus.evaluation.rankings import measure_ranking

    ranked = measure_ranking(ranking, load_questions(questions), seed=seed)
    give(ranked.to_dict(), map(visible, ranked.to_lines()), as_json=as_json)


COMMANDS: dict[str, Callable[..., None]] = {
    "lint": lint,
    "new": new,
    "import": import_,
    "export": export,
    "rank": rank,
}
"""The commands on question files, in the order of the help."""
