"""Question sets of other makers: SQuAD, BEIR, TREC and CSV → this package's form, and back.

    questions, lost = import_questions("squad", Path("dev-v2.0.json"), corpus.articles)
    export_questions("beir", questions, corpus.articles, Path("my-beir"))
    outside = corpus_of_squad(Path("dev-v1.1.json.gz"), Path("articles"))   # then index the folder

An import finds every answer in articles that are indexed already; `corpus_of_squad` and
`corpus_of_beir` make a folder of articles from the set itself. What cannot be kept is said, one
sentence each, with file and field; a file that is not of its form is refused as a whole.

May import: places, questions, fields and files of this room, ingest, settings, errors, types,
stdlib.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from askcorpus.evaluation.exchange import beir, squad, table, trec
from askcorpus.evaluation.exchange.corpora import Imported, OutsideSet
from askcorpus.evaluation.questions import Question
from askcorpus.types import Article

Form = Literal["squad", "beir", "trec", "csv"]

_IMPORTS: dict[Form, Callable[[Path, Sequence[Article]], Imported]] = {
    "squad": squad.read_squad,
    "beir": beir.read_beir,
    "trec": trec.read_trec,
    "csv": table.read_table,
}

_EXPORTS: dict[Form, Callable[[Sequence[Question], Sequence[Article], Path], tuple[str, ...]]] = {
    "squad": squad.write_squad,
    "beir": beir.write_beir,
    "trec": trec.write_trec,
    "csv": table.write_table,
}

corpus_of_squad = squad.corpus_of_squad
corpus_of_beir = beir.corpus_of_beir


def import_questions(form: Form, source: Path, articles: Sequence[Article]) -> Imported:
    """Read the questions of a file or folder about articles that are known.

    Raises:
        DataError: It is not of this form; the message names line and field.
    """
    return _IMPORTS[form](source, articles)


def export_questions(
    form: Form, questions: Sequence[Question], articles: Sequence[Article], target: Path
) -> tuple[str, ...]:
    """Write questions in another form; give what it cannot hold, one sentence each.

    Raises:
        CannotCreateError: The target is there already.
        InputOutputError: It cannot be written.
    """
    return _EXPORTS[form](questions, articles, target)


__all__ = [
    "Form",
    "Imported",
    "OutsideSet",
    "corpus_of_beir",
    "corpus_of_squad",
    "export_questions",
    "import_questions",
]
