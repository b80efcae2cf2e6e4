"""The whole way: question file + corpus → run → summary; one question → every step of its way.

In: an open corpus and a question file. Out: `Summary`, `Explanation`. May import: corpus (its
public names), the other modules of this room, types, errors.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from askcorpus.errors import UsageError
from askcorpus.evaluation.judging import judge
from askcorpus.evaluation.questions import SPLITS, check_places, load_questions
from askcorpus.evaluation.records import Contender, Explanation, Line, Summary
from askcorpus.evaluation.runs import Ready, Rewrite, run_one
from askcorpus.evaluation.summary import summarise
from askcorpus.types import Progress

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus


def evaluate(
    corpus: Corpus,
    questions_path: Path,
    *,
    split: str | None = None,
    seed: int = 0,
    rewrite: Rewrite | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Summary:
    """Ask every question of a file, measure the answers and say where the wrong ones were lost.

    Args:
        corpus: An open corpus that holds the articles which the questions ask about.
        questions_path: JSONL, as `eval/README.md` describes it.
        split: `dev`, `test` or `feedback`; None or `all` for every question, each part reported
            apart and all together.
        seed: Of the resampling. The answers themselves have no chance in them.
        rewrite: Makes a follow-up question stand alone, from the turns before it.
        progress: Called after each question.

    Raises:
        DataError: The question file is wrong, does not fit the articles, or has no such part.
        UsageError: There is no such split.
    """
    ready = prepare(corpus, questions_path, split)
    return summarise(ready.run(seed=seed, rewrite=rewrite, progress=progress))


def prepare(corpus: Corpus, questions_path: Path, split: str | None = None) -> Ready:
    """Read a part of a question file and check that it fits the corpus.

    Raises:
        DataError: The question file is wrong or does not fit the articles.
        UsageError: There is no such split.
    """
    splits = [name for name in SPLITS if name]
    if split not in {None, "all", *splits}:
        named = ", ".join(splits)
        raise UsageError(f"There is no split {split!r}. Ask for {named} or all")
    questions = load_questions(questions_path)
    check_places(questions, corpus.articles, questions_path)
    chosen = tuple(question for question in questions if split in {None, "all", question.part})
    return Ready(corpus, chosen, questions_path.name, None if split == "all" else split)


def explain(
    corpus: Corpus, questions_path: Path, question_id: str, *, rewrite: Rewrite | None = None
) -> Explanation:
    """Ask one question of a file, and give every step of its way with its judgement.

    Raises:
        DataError: The question file is wrong or does not fit the articles.
        UsageError: It has no question of this id.
    """
    questions = load_questions(questions_path)
    check_places(questions, corpus.articles, questions_path)
    for question in questions:
        if question.question_id == question_id:
            line = run_one(corpus, question, rewrite)
            return Explanation(
                judge([line])[0], _contenders(corpus, line), corpus.calibration.threshold
            )
    raise UsageError(
        f"{questions_path} has no question {question_id!r}. Its ids begin with "
        f"{questions[0].question_id!r} and end with {questions[-1].question_id!r}"
    )


def _contenders(corpus: Corpus, line: Line) -> tuple[Contender, ...]:
    if line.outcome == "refused":
        return ()
    groups = corpus.consider(line.asked).groups
    return tuple(Contender(one.best.quote, one.probability, one.values) for one in groups)
