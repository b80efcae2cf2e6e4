"""The composition root: an index folder and two models → answers.

`Corpus.build` reads folders and brings an index up to date; `Corpus.open` answers from it. This
is the only room that knows how ingest, index, retriever, reader and answers fit together.

May import: levels 0 to 3.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self, Unpack

from askcorpus.answers import (
    ALTERNATIVE_SHARE,
    Candidate,
    Group,
    candidates,
    decide,
    in_readers_order,
    is_right,
    respelled,
)
from askcorpus.calibration import UNCALIBRATED, Calibration
from askcorpus.copies import is_retold
from askcorpus.encoder import SentenceEncoder
from askcorpus.errors import DataError, UsageError
from askcorpus.fitting import Fitted, Observed, fit_to
from askcorpus.index import (
    Content,
    Index,
    Intake,
    check_encoder,
    check_settings,
    open_index,
    repair,
    sync,
)
from askcorpus.ingest import IngestResult, read_folder
from askcorpus.modelfiles import read_json
from askcorpus.passages import sentence_around
from askcorpus.reader import ExtractiveReader, reader_dir
from askcorpus.retriever import Retriever, check_question
from askcorpus.settings import Settings
from askcorpus.spelling import suggest
from askcorpus.storage import current_number, writer_lock
from askcorpus.tuning import Tuning, drop_tuning, load_tuning, save_tuning
from askcorpus.types import (
    Alternative,
    Answer,
    Article,
    BuildReport,
    Citation,
    Context,
    Encoder,
    Examined,
    Hit,
    Narrowing,
    Passage,
    Progress,
    Reader,
    Skipped,
    Stage,
)

ALTERNATIVES_SHOWN = 4

CITED_MARGIN = 0.0
"""A second source is cited only where the reader prefers its span to “no answer here”."""

Listener = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class _State:
    """One generation, opened; a question stays on it from its first step to its last.

    Attributes:
        verified: UTC at which every file was found to be what its checksum says.
        stories: Ids of the articles that tell the same story in the same words, in the order of
            their numbers, by each of their ids; articles without a copy are not in it.
        tuning: The calibration fitted to a user's own questions, if there is one.
    """

    index: Index
    articles: Mapping[str, Article]
    numbers: Mapping[str, int]
    by_number: Mapping[int, Article]
    stories: Mapping[str, tuple[str, ...]]
    verified: datetime
    tuning: Tuning | None


@dataclass(frozen=True, slots=True)
class Considered:
    """What a question went through: passages read, their spans, competing answers."""

    hits: tuple[Hit, ...]
    spans: tuple[tuple[Candidate, ...], ...]
    groups: tuple[Group, ...]


class Corpus:
    """An index that is open for questions: thread-safe, read-only, a context manager.

    Models are loaded when they are first needed: the encoder by the first search, the reader
    by the first question.
    """

    def __init__(
        self,
        index_dir: Path,
        settings: Settings,
        *,
        encoder: Encoder | None,
        reader: Reader | None,
        calibration: Calibration | None,
    ) -> None:
        """Open the current generation; `Corpus.open` is the public way."""
        self._index_dir = index_dir
        self._settings = settings
        self._loading = threading.Lock()
        self._encoder = encoder
        self._reader = reader
        self._retriever: Retriever | None = None
        self._given = calibration
        # Figures fitted for one reader say nothing of another that takes its place.
        self._calibration = None if reader is None else UNCALIBRATED
        self._state = self._opened()

    @classmethod
    def build(
        cls,
        folders: str | Path | Sequence[str | Path],
        index_dir: str | Path,
        *,
        settings: Settings | None = None,
        encoder: Encoder | None = None,
        rebuild: bool = False,
        progress: Listener | None = None,
    ) -> BuildReport:
        """Bring the index up to date with the folders: add, change, remove.

        Args:
            folders: One folder of articles, or several; together they are the whole corpus.
            index_dir: Where the index lies; made if it is missing.
            settings: Defaults if None.
            encoder: Takes the place of the one named in the settings.
            rebuild: Embed everything again, and overlook a damaged index.
            progress: Told how far each stage has come.

        Raises:
            DataError: A folder is missing, there is nothing to index, or the index is damaged.
            LockedError: Another run is writing this index.
            CannotCreateError: The index folder cannot be written.
            InputOutputError: Writing failed; the last good index stays.
            ModelMissingError: The encoder cannot be loaded.
        """
        began = time.perf_counter()
        settings = settings or Settings()
        paths = [Path(folders)] if isinstance(folders, str | Path) else [Path(f) for f in folders]
        intake = _intake(paths, settings, progress)
        with writer_lock(Path(index_dir)) as lock:
            report = sync(
                lock,
                intake,
                encoder=encoder or SentenceEncoder(settings.encoder),
                settings=settings,
                rebuild=rebuild,
                progress=progress,
            )
        return replace(report, seconds=time.perf_counter() - began)

    @classmethod
    def repair(
        cls,
        index_dir: str | Path,
        *,
        settings: Settings | None = None,
        encoder: Encoder | None = None,
    ) -> BuildReport:
        """Make a damaged index anew from the articles stored in it.

        Raises:
            IndexMissingError: There is no index.
            IndexCorruptError: No copy of the articles is sound either.
            LockedError: Another run is writing this index.
        """
        began = time.perf_counter()
        settings = settings or Settings()
        with writer_lock(Path(index_dir)) as lock:
            used = encoder or SentenceEncoder(settings.encoder)
            report = repair(lock, encoder=used, settings=settings)
        return replace(report, seconds=time.perf_counter() - began)

    @classmethod
    def open(
        cls,
        index_dir: str | Path,
        *,
        settings: Settings | None = None,
        encoder: Encoder | None = None,
        reader: Reader | None = None,
        calibration: Calibration | None = None,
    ) -> Corpus:
        """Open an index for questions.

        Args:
            index_dir: What `build` made.
            settings: Defaults if None.
            encoder: Takes the place of the one named in the settings.
            reader: The same.
            calibration: Takes the place of what comes with the reader or was fitted to the index.

        Raises:
            IndexMissingError: There is no index.
            IndexCorruptError: A file of it is damaged.
            IndexMismatchError: It was made with another format or other settings.
        """
        return cls(
            Path(index_dir),
            settings or Settings(),
            encoder=encoder,
            reader=reader,
            calibration=calibration,
        )

    def varied(
        self,
        *,
        settings: Settings | None = None,
        reader: Reader | None = None,
        calibration: Calibration | None = None,
    ) -> Corpus:
        """Open the same index once more with the same models, to see what a change is worth.

        Args:
            settings: Takes the place of this corpus's; its models and its passages stay.
            reader: Takes the place of this corpus's.
            calibration: The same; say so where another reader needs another.

        Raises:
            IndexMismatchError: The settings cut passages in another way.
        """
        return self.open(
            self._index_dir,
            settings=settings or self._settings,
            encoder=self.retriever.encoder,
            reader=reader or self.reader,
            calibration=calibration or self.calibration,
        )

    @property
    def articles(self) -> tuple[Article, ...]:
        """All articles, in the order of their numbers."""
        return self._state.index.content.articles

    @property
    def passages(self) -> tuple[Passage, ...]:
        """All passages, in the order of their articles."""
        return self._state.index.content.passages

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Files that were left out when the index was made, and why."""
        return self._state.index.content.skipped

    @property
    def generation(self) -> int:
        """Number of the generation that answers."""
        return self._state.index.number

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the index was made with and holds."""
        return self._state.index.manifest

    @property
    def verified(self) -> datetime:
        """UTC at which every file of this generation was compared with its checksum."""
        return self._state.verified

    @property
    def settings(self) -> Settings:
        """What was given to `open`."""
        return self._settings

    @property
    def retriever(self) -> Retriever:
        """Search for passages alone, on the generation of now; loads the encoder."""
        return self._retriever_of(self._state)

    @property
    def reader(self) -> Reader:
        """What marks answers in passages; loads it."""
        return self._loaded_reader()

    @property
    def reader_fingerprint(self) -> str:
        """Name and hash of the reader's weights; loads the reader."""
        return self._loaded_reader().fingerprint

    @property
    def calibration(self) -> Calibration:
        """What a confidence is worth, in words and shares; loads the reader it was fitted for."""
        return self._fitted(self._state)

    @property
    def calibration_note(self) -> str | None:
        """Why a calibration kept with the index is not used; None if all is well."""
        tuning = self._state.tuning
        if tuning is None:
            return None
        encoder = str(self._state.index.manifest["encoder"])
        return tuning.objection(self._index_dir, self.reader_fingerprint, encoder)

    def article(self, article_id: str) -> Article:
        """Give one article.

        Raises:
            DataError: There is none of this id.
        """
        found = self._state.articles.get(article_id)
        if found is None:
            raise DataError(
                f"There is no article {article_id} in {self._index_dir}. "
                f"See what there is with: askcorpus list --index {self._index_dir}"
            )
        return found

    def article_number(self, article_id: str) -> int:
        """Give the number of an article in links; it stays as long as the id does.

        Raises:
            DataError: There is no article of this id.
        """
        self.article(article_id)
        return self._state.numbers[article_id]

    def article_at(self, number: int) -> Article | None:
        """Give the article of a number; None where there is none."""
        return self._state.by_number.get(number)

    def copies_of(self, article_id: str) -> tuple[str, ...]:
        """Give the ids of an article's near-copies, in the order of their numbers.

        Raises:
            DataError: There is no article of this id.
        """
        self.article(article_id)
        told = self._state.stories.get(article_id, ())
        return tuple(other for other in told if other != article_id)

    def search(
        self,
        question: str,
        k: int = 5,
        **narrowing: Unpack[Narrowing],
    ) -> list[Hit]:
        """Give the passages that speak of the question, best first; see `Retriever.retrieve`."""
        return self.retriever.retrieve(question, k, **narrowing)

    def ask(
        self,
        question: str,
        k: int | None = None,
        **narrowing: Unpack[Narrowing],
    ) -> Answer:
        """Answer a question in an article's own words, or say that nothing here answers it.

        Args:
            question: In English, up to `Settings.max_question_characters`.
            k: Passages to read; `Settings.k_read` if None.
            **narrowing: `since` and `until` leave out articles published before and after a
                `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; `publisher`, `section` (case does not matter)
                and `language` (a code such as `en`) leave out those of others.

        Returns:
            Every citation of it satisfies `article.text[start:end] == quote`.

        Raises:
            UsageError: The question is empty, too long or without words, or a filter or k is odd.
            ModelMissingError: A model cannot be loaded.
        """
        began = time.perf_counter()
        state = self._state
        asked = check_question(question, self._settings)
        depth = self._settings.k_read if k is None else k
        hits = self._hits(state, asked, depth, narrowing)
        considered = self._considered(state, asked, hits)
        answer = _answer(state, question, considered, self._fitted(state).threshold)
        return replace(answer, seconds=time.perf_counter() - began)

    def suggest(self, question: str) -> str | None:
        """Give the question in the corpus's spelling, where a word of it stands nowhere."""
        return suggest(self._state.index, question)

    def consider(self, question: str) -> Considered:
        """Give what a question goes through before the threshold, for fitting it."""
        state = self._state
        asked = check_question(question, self._settings)
        hits = self._hits(state, asked, self._settings.k_read, {})
        return self._considered(state, asked, hits)

    def calibrate(
        self,
        questions: Iterable[Examined],
        *,
        max_risk: float = 0.1,
        progress: Listener | None = None,
    ) -> Fitted:
        """Fit when to answer to questions of your own, and keep that with the index.

        Args:
            questions: At least 20, with the answers that are accepted; some should have none.
            max_risk: Share, in (0, 1), of given answers that may be wrong.
            progress: Told how many questions have been read.

        Returns:
            What was fitted, and what it gets on questions that it has not seen.

        Raises:
            UsageError: The share makes no sense.
            DataError: A question makes none, there are too few, or no threshold keeps the share.
            CannotCreateError: The index folder cannot be written.
            LockedError: Another run is writing this index.
        """
        if not 0 < max_risk < 1:
            raise UsageError(
                f"The share of wrong answers must lie between 0 and 1, not {max_risk}."
            )
        asked = list(questions)
        observed = []
        for done, question in enumerate(asked, start=1):
            observed.append(self._observed(question))
            if progress:
                progress(Progress("questions", done, len(asked)))
        fitted = fit_to(observed, self._shipped(), max_risk)
        encoder = str(self._state.index.manifest["encoder"])
        with writer_lock(self._index_dir) as lock:
            save_tuning(lock, fitted, self.reader_fingerprint, encoder)
        self.refresh()
        return fitted

    def reset_calibration(self) -> bool:
        """Go back to the calibration that comes with the reader; tell whether there was another.

        Raises:
            CannotCreateError: The index folder cannot be written.
            LockedError: Another run is writing this index.
        """
        with writer_lock(self._index_dir) as lock:
            dropped = drop_tuning(lock)
        self.refresh()
        return dropped

    def update(
        self, folders: Sequence[str | Path], *, progress: Listener | None = None
    ) -> BuildReport:
        """Bring the index that is open up to date with its folders, and answer from it.

        Args:
            folders: All folders of the corpus: articles of other folders are taken out.
            progress: Told how far each stage has come.

        Raises:
            DataError: A folder is missing or there is nothing to index.
            LockedError: Another run is writing this index.
            InputOutputError: Writing failed; the last good index stays.
        """
        encoder = self.retriever.encoder
        report = self.build(
            folders,
            self._index_dir,
            settings=self._settings,
            encoder=encoder,
            progress=progress,
        )
        self.refresh()
        return report

    def refresh(self) -> bool:
        """Move to the newest generation and calibration; tell whether there was a generation.

        Raises:
            IndexCorruptError: The new generation is damaged; the old one goes on answering.
        """
        if current_number(self._index_dir) == self._state.index.number:
            self._state = replace(self._state, tuning=load_tuning(self._index_dir))
            return False
        self._state = self._opened()
        return True

    def close(self) -> None:
        """Let the models go."""
        self._reader = self._encoder = self._retriever = None

    def __enter__(self) -> Self:
        """Give the corpus itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def _opened(self) -> _State:
        """Open the current generation with the models at hand."""
        index = open_index(self._index_dir)
        check_settings(index, self._index_dir, self._settings)
        content = index.content
        pairs = list(zip(content.articles, content.numbers, strict=True))
        return _State(
            index=index,
            articles={article.article_id: article for article, _ in pairs},
            numbers={article.article_id: number for article, number in pairs},
            by_number={number: article for article, number in pairs},
            stories=_stories(content),
            verified=datetime.now(UTC),
            tuning=load_tuning(self._index_dir),
        )

    def _retriever_of(self, state: _State) -> Retriever:
        """Give the retriever of one generation, loading the encoder once."""
        with self._loading:
            if self._encoder is None:
                self._encoder = SentenceEncoder(self._settings.encoder)
            if self._retriever is None or self._retriever.index is not state.index:
                check_encoder(state.index, self._index_dir, self._encoder)
                self._retriever = Retriever(state.index, self._encoder, self._settings)
            return self._retriever

    def _hits(self, state: _State, question: str, k: int, narrowing: Narrowing) -> list[Hit]:
        """Give the passages to read; a reprint's that says no word more takes no place."""
        depth = max(k, self._settings.k_candidates) if state.stories and k > 0 else k
        hits = self._retriever_of(state).retrieve(question, depth, **narrowing)
        return list(islice(_first_told(hits, state.stories), k)) if state.stories else hits

    def _loaded_reader(self) -> Reader:
        """Give the reader, loading it once."""
        with self._loading:
            if self._reader is None:
                self._reader = ExtractiveReader(self._settings.reader)
            return self._reader

    def _fitted(self, state: _State) -> Calibration:
        """Give what was fitted for the reader, to a user's own questions if it was."""
        if self._given is not None:
            return self._given
        shipped = self._shipped()
        if state.tuning is None or state.tuning.calibration is None:
            return shipped
        models = (self.reader_fingerprint, str(state.index.manifest["encoder"]))
        unused = state.tuning.objection(self._index_dir, *models)
        return shipped if unused else state.tuning.calibration

    def _shipped(self) -> Calibration:
        """Give what comes with the reader, once that has checked its files."""
        self._loaded_reader()
        if self._calibration is None:
            self._calibration = _calibration(self._settings.reader)
        return self._calibration

    def _observed(self, question: Examined) -> Observed:
        """Read a question's passages and compare what competes with the accepted answers."""
        accepted = [gold.text for gold in question.golds]
        try:
            groups = self.consider(question.text).groups
        except UsageError as error:
            raise DataError(
                f"The question {question.text[:80]!r} cannot be asked: {error}"
            ) from error
        # In the reader's own order: the fit must not depend on the one that is in use.
        ranked = sorted(groups, key=lambda group: -group.best.margin)
        return Observed(
            tuple((group.values, is_right(group.best.quote, accepted)) for group in ranked),
            answerable=bool(accepted),
        )

    def _considered(self, state: _State, question: str, hits: Sequence[Hit]) -> Considered:
        """Read the passages and let their spans compete."""
        titles = [state.articles[hit.passage.article_id].title for hit in hits]
        contexts = [
            Context(hit.passage.text, title) for hit, title in zip(hits, titles, strict=True)
        ]
        asked = respelled(question, [context.text for context in contexts])
        spans = self._loaded_reader().read(asked, contexts) if contexts else []
        found = candidates(hits, spans)
        groups = decide(asked, found, state.articles, self._fitted(state), stories=state.stories)
        by_rank = tuple(
            tuple(one for one in found if one.rank == rank) for rank in range(len(hits))
        )
        return Considered(tuple(hits), by_rank, tuple(groups))


def _stories(content: Content) -> dict[str, tuple[str, ...]]:
    """Give every story that has more than one article, by the id of each of them."""
    names = [article.article_id for article in content.articles]
    told: dict[int, list[str]] = {}
    for name, first in zip(names, content.stories.tolist(), strict=True):
        told.setdefault(first, []).append(name)
    several = (tuple(story) for story in told.values() if len(story) > 1)
    return {name: story for story in several for name in story}


def _calibration(name: str) -> Calibration:
    """Give what was fitted for a reader; a modest default for one that never was."""
    path = reader_dir(name) / "calibration.json"
    return Calibration.from_dict(read_json(path)) if path.is_file() else UNCALIBRATED


def _intake(paths: Sequence[Path], settings: Settings, progress: Listener | None) -> Intake:
    """Read all folders; refuse to make an index of nothing."""
    results = [
        read_folder(path, max_bytes=settings.max_file_bytes, progress=progress) for path in paths
    ]
    intake = Intake(
        articles=tuple(article for result in results for article in result.articles),
        skipped=tuple(skipped for result in results for skipped in result.skipped),
        folders=tuple(path.name for path in paths),
    )
    if not intake.articles:
        raise DataError(_nothing(paths, results))
    return intake


def _nothing(paths: Sequence[Path], results: Sequence[IngestResult]) -> str:
    """Say that there is nothing to index, and why."""
    names = ", ".join(str(path) for path in paths) or "no folder at all"
    reasons = [f"{file.path}: {file.reason}" for result in results for file in result.skipped]
    listed = "".join(f"\n  {reason}" for reason in reasons[:10])
    more = f"\n  and {len(reasons) - 10} more" if len(reasons) > 10 else ""
    return (
        f"There is no article to index in {names}. An index that was there before is untouched. "
        f"Read are files that end in .txt, .md, .html, .pdf, .docx or .jsonl.{listed}{more}"
    )


def _answer(state: _State, question: str, considered: Considered, threshold: float) -> Answer:
    """Choose the best group or none."""
    groups = considered.groups
    best = groups[0] if groups else None
    answered = best is not None and best.probability >= threshold
    citations = _citations(state, best) if best and answered else ()
    return Answer(
        question=question,
        status="answered" if answered else "not_found",
        text=citations[0].quote if citations else None,
        confidence=best.probability if best else 0.0,
        citations=citations,
        alternatives=_alternatives(state, groups, threshold) if answered else (),
        passages=in_readers_order(considered.hits, considered.spans),
        generation=state.index.number,
        seconds=0.0,
        best_rejected=best.best.quote if best and not answered else None,
        stages=tuple(
            Stage(hit, tuple((one.quote, one.margin) for one in found))
            for hit, found in zip(considered.hits, considered.spans, strict=True)
        ),
    )


def _alternatives(
    state: _State, groups: Sequence[Group], threshold: float
) -> tuple[Alternative, ...]:
    """Give the other answers that are likely enough to be shown beside the best."""
    likely = [group for group in groups[1:] if group.probability >= ALTERNATIVE_SHARE * threshold]
    return tuple(
        Alternative(group.best.quote, group.probability, _citations(state, group))
        for group in likely[:ALTERNATIVES_SHOWN]
    )


def _citations(state: _State, group: Group) -> tuple[Citation, ...]:
    """Give the best place of each story that says the same; the first is the one shown."""
    places: dict[str, Candidate] = {}
    for one in group.candidates:
        if one is group.best or one.margin >= CITED_MARGIN:
            name = one.hit.passage.article_id
            places.setdefault(state.stories.get(name, (name,))[0], one)
    saying = {one.hit.passage.article_id for one in group.candidates}
    return tuple(_citation(state, one, saying) for one in places.values())


def _first_told(hits: Iterable[Hit], stories: Mapping[str, tuple[str, ...]]) -> Iterator[Hit]:
    """Leave out passages whose every word stands in a better one of the same story."""
    told: dict[str, list[str]] = {}
    for hit in hits:
        name, text = hit.passage.article_id, hit.passage.text
        if name not in stories:
            yield hit
            continue
        before = told.setdefault(stories[name][0], [])
        if not is_retold(text, before):
            before.append(text)
            yield hit


def _copies(
    state: _State, article_id: str, sentence: str, saying: AbstractSet[str]
) -> tuple[str, ...]:
    """Give the near-copies of an article that say the same, or that hold the sentence too."""
    told = (name for name in state.stories.get(article_id, ()) if name != article_id)
    return tuple(
        name for name in told if name in saying or is_retold(sentence, [state.articles[name].text])
    )


def _citation(state: _State, one: Candidate, saying: AbstractSet[str]) -> Citation:
    """Make the record of a place.

    Args:
        saying: Ids of all articles in which the same answer was found.
    """
    passage = one.hit.passage
    article = state.articles[passage.article_id]
    paragraph = article.paragraph_number(one.start)
    start, end = sentence_around(article, one.start, one.end)
    number = state.numbers[passage.article_id]
    return Citation(
        article_id=article.article_id,
        title=article.title,
        publisher=article.publisher,
        authors=article.authors,
        published=article.published,
        quote=article.text[one.start : one.end],
        start=one.start,
        end=one.end,
        sentence=article.text[start:end],
        sentence_start=start,
        paragraph=paragraph,
        passage_id=passage.passage_id,
        link=f"/article/{number}?s={one.start}&e={one.end}#p{paragraph}",
        url=article.url,
        copies=_copies(state, article.article_id, article.text[start:end], saying),
    )
