"""Sets of other makers → an index of their articles, open, and the questions to ask of it.

    with opened([Source(Path("dev-v1.1.json.gz"), "squad")], sample=Sample(limit=200)) as found:
        summary = summarise(found.run())

Several files become one index, so that the paragraphs of each must be told from those of all
others. Everything drawn by chance repeats with the seed, and what is left out of the index does
not depend on how many questions are asked. May import: corpus (its public names), exchange,
questions, runs, render, settings, types, errors, stdlib.
"""

from __future__ import annotations

import contextlib
import random
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from askcorpus.errors import CannotCreateError, IndexMissingError, UsageError
from askcorpus.evaluation.exchange import corpus_of_beir, corpus_of_squad
from askcorpus.evaluation.questions import SET, Question
from askcorpus.evaluation.runs import Ready
from askcorpus.render import counted
from askcorpus.settings import Settings
from askcorpus.types import Encoder, Progress, Reader

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus

LEFT_OUT = "near miss: all that answers it was left out of this index"
"""Another paragraph may answer it by chance, so false answers are counted high, not low."""

FOLDER = "outside-sets"
"""Name of the folder that such an index is made of; it tells it from an index of one's own."""

_ASKED_FOR = re.compile(
    r"\b(?P<how_many>how (?:many|much))\b|\b(?P<who>who|whom|whose)\b|"
    r"\b(?P<what>what)\b|\b(?P<which>which)\b|\b(?P<when>when)\b|\b(?P<where>where)\b|"
    r"\b(?P<why>why)\b|\b(?P<how>how)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Source:
    """A set of another maker.

    Attributes:
        path: A SQuAD file, or a folder in the form of BEIR.
        asked: Whether its questions are asked; if not, its articles only stand beside the others.
    """

    path: Path
    form: Literal["squad", "beir"]
    asked: bool = True

    @property
    def name(self) -> str:
        """Give the name of the file without its endings."""
        return re.sub(r"(\.jsonl?)?(\.gz)?$", "", self.path.name)


@dataclass(frozen=True, slots=True)
class Sample:
    """Which questions are asked, and which are made unanswerable.

    Attributes:
        limit: Questions of each set at most, drawn by chance; None for all.
        unanswerable: Share, in [0, 1), of the questions whose articles are left out of the index.
        seed: Equal seeds draw equally.
    """

    limit: int | None = None
    unanswerable: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"The number of questions must be 1 or more, not {self.limit}")
        if not 0 <= self.unanswerable < 1:
            raise UsageError(
                f"The share of unanswerable questions must be 0 or more and below 1, "
                f"not {self.unanswerable}"
            )


@contextlib.contextmanager
def opened(
    sources: Sequence[Source],
    *,
    sample: Sample | None = None,
    keep: Path | None = None,
    settings: Settings | None = None,
    models: tuple[Encoder, Reader] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Iterator[Ready]:
    """Make one index of all sets, and open it.

    Args:
        sources: At least one whose questions are asked.
        sample: All questions, each answerable as it was, if None.
        keep: Folder in which the index stays; the next time what is unchanged is not embedded
            again. If None, the index is taken away at the end.
        settings: Defaults if None.
        models: Take the place of those named in the settings.
        progress: Told how far the index has come.

    Raises:
        DataError: A file is not of its form.
        UsageError: No question is left to ask.
        CannotCreateError: Another index is in the folder to keep.
    """
    from askcorpus.corpus import Corpus

    sample, settings = sample or Sample(), settings or Settings()
    encoder, reader = models or (None, None)
    with tempfile.TemporaryDirectory(prefix="askcorpus-") as scratch:
        index_dir = keep or Path(scratch) / "index"
        _check_free(index_dir, Corpus)
        gathered = gather(sources, Path(scratch) / FOLDER, sample)
        Corpus.build(
            Path(scratch) / FOLDER, index_dir, settings=settings, encoder=encoder, progress=progress
        )
        with Corpus.open(index_dir, settings=settings, encoder=encoder, reader=reader) as corpus:
            yield Ready(corpus, gathered.questions, gathered.said, lost=gathered.lost)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The questions of all sets; the articles lie in a folder. Attributes as of `Ready`."""

    questions: tuple[Question, ...]
    said: str
    lost: tuple[str, ...]


def gather(sources: Sequence[Source], folder: Path, sample: Sample) -> Gathered:
    """Write the articles of all sets into a folder, each set in one of its own.

    Raises:
        DataError: A file is not of its form.
        UsageError: No question is left to ask.
    """
    read = {source.name: source for source in sources}
    if len(read) < len(sources):
        raise UsageError("Two of the sets bear the same name. Rename one of the files")
    asked: dict[str, list[Question]] = {}
    lost: list[str] = []
    for name, source in read.items():
        make = corpus_of_squad if source.form == "squad" else corpus_of_beir
        found = make(source.path, folder / name)
        lost += found.lost if source.asked else ()
        if source.asked:
            asked[name] = [_own(question, name) for question in found.questions]
    out = left_out([one for those in asked.values() for one in those], sample)
    _remove(out, folder)
    chosen = {name: _drawn(those, sample) for name, those in asked.items()}
    questions = [_without(one, out) for those in chosen.values() for one in those]
    if not questions:
        raise UsageError("No question is left to ask: none of the sets holds one that can be kept")
    return Gathered(tuple(questions), _said(asked, chosen, sample, len(read)), tuple(lost))


def left_out(questions: Sequence[Question], sample: Sample) -> frozenset[str]:
    """Draw the articles that are left out, so that a share of the questions lose all of theirs.

    Several questions may be about one article: a few more than the share can lose theirs.
    """
    answerable = sorted((one for one in questions if _articles(one)), key=_by_id)
    random.Random(sample.seed).shuffle(answerable)  # noqa: S311  # a sample, no secret
    wanted = sample.unanswerable * len(answerable)
    about: dict[str, list[Question]] = defaultdict(list)
    for question in answerable:
        for article_id in _articles(question):
            about[article_id].append(question)
    out: set[str] = set()
    gone: set[str] = set()
    for question in answerable:
        if len(gone) >= wanted:
            break
        out |= _articles(question)
        touched = {one.question_id: one for name in _articles(question) for one in about[name]}
        gone |= {key for key, one in touched.items() if _articles(one) <= out}
    return frozenset(out)


def asked_for(question: str) -> str:
    """Give what a question asks for, by its first question word: `who`, `how many`, `other`."""
    found = _ASKED_FOR.search(question)
    return (found.lastgroup or "other").replace("_", " ") if found else "other"


def _check_free(index_dir: Path, opener: type[Corpus]) -> None:
    """Make sure that no index of somebody's own articles is written over."""
    try:
        folders = opener.open(index_dir).manifest.get("folders")
    except IndexMissingError:
        return
    if folders != [FOLDER]:
        raise CannotCreateError(
            f"{index_dir} holds an index of other articles, which stays as it is. "
            f"Name another folder to keep this one in"
        )


def _own(question: Question, name: str) -> Question:
    """Give a question the names that it has among several sets."""
    return replace(
        question,
        question_id=f"{name}/{question.question_id}",
        part="",
        tags=(SET + name, asked_for(question.text), *question.tags),
        golds=tuple(
            replace(gold, article_id=f"{name}/{gold.article_id}") for gold in question.golds
        ),
        relevant=tuple(
            replace(one, article_id=f"{name}/{one.article_id}") for one in question.relevant
        ),
    )


def _by_id(question: Question) -> str:
    return question.question_id


def _articles(question: Question) -> frozenset[str]:
    named = [gold.article_id for gold in question.golds]
    return frozenset([*named, *(one.article_id for one in question.relevant)])


def _without(question: Question, out: AbstractSet[str]) -> Question:
    """Give a question as it is where some articles are left out."""
    golds = tuple(gold for gold in question.golds if gold.article_id not in out)
    relevant = tuple(one for one in question.relevant if one.article_id not in out)
    if _articles(question) and not golds and not relevant:
        return replace(question, golds=(), relevant=(), unanswerable=LEFT_OUT)
    return replace(question, golds=golds, relevant=relevant)


def _drawn(questions: Sequence[Question], sample: Sample) -> list[Question]:
    """Draw as many questions as the limit allows, in the order of their set."""
    if sample.limit is None or len(questions) <= sample.limit:
        return list(questions)
    names = sorted(one.question_id for one in questions)
    kept = set(random.Random(sample.seed).sample(names, sample.limit))  # noqa: S311  # the same
    return [one for one in questions if one.question_id in kept]


def _remove(article_ids: Iterable[str], folder: Path) -> None:
    """Blank the lines of articles; the others keep their numbers, which are their names."""
    rows: dict[str, set[int]] = defaultdict(set)
    for article_id in article_ids:
        file, _, number = article_id.rpartition("#")
        rows[file].add(int(number))
    for file, numbers in rows.items():
        path = folder / file
        lines = path.read_text(encoding="utf-8").split("\n")
        kept = ["" if row in numbers else line for row, line in enumerate(lines, start=1)]
        path.write_text("\n".join(kept), encoding="utf-8", newline="\n")


def _said(
    asked: Mapping[str, Sequence[Question]],
    chosen: Mapping[str, Sequence[Question]],
    sample: Sample,
    sets: int,
) -> str:
    """Say which questions of which sets are asked, and what was left out."""
    named = ", ".join(
        f"{name} ({len(those)} of {len(asked[name])})" for name, those in chosen.items()
    )
    others = sets - len(asked)
    beside = f", beside {counted(others, 'set')} not asked about" if others else ""
    share = f"; articles of {sample.unanswerable:.0%} left out" if sample.unanswerable else ""
    return f"{named}{beside}{share}"
