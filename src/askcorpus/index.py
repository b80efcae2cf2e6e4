"""Articles + (passages ∥ vectors ∥ words): an index is made, written, read.

A row is a passage: row r of `passages`, of the vectors and of the lexical index speak of the same
one, and one record checks that once. Articles carry stable integer numbers: an article keeps its
number as long as its id stays, and no number is ever given twice. What was embedded before is
recognised by the hash of the embedded text and never embedded again, wherever it now stands.

A generation holds
    articles.jsonl    an article a line, with its number
    skipped.jsonl     files left out, and why
    passages.npy      int64[n, 3]: position of the article, start, end
    digests.npy       uint8[n, 32]: SHA-256 of the embedded text
    vectors.npy       float32[n, d]
    tokens.npy        uint8[tokens, d / 8]: signs of the tokens' vectors, passage by passage
    token_starts.npy  int64[n + 1]: where those of each passage begin
    signatures.npy    uint32[articles, 126]: what tells near-copies
    stories.npy       int64[articles, 1]: position of the first article of the same story
    words.txt         a word a line: what a question's words may stand for
    word_vectors.npy  float32[w, d]
    lexical/          files of the lexical engine

May import: types, errors, settings, ingest (the language of an article that was stored without
it), passages, vectors, interaction, lexical, copies, storage.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from askcorpus import __version__, copies
from askcorpus.errors import (
    DataError,
    IndexCorruptError,
    IndexMismatchError,
    IndexMissingError,
)
from askcorpus.ingest import language_of
from askcorpus.interaction import Signs, TokenTable, load_tokens, save_tokens, signs_of
from askcorpus.lexical import Lexical, term, vocabulary, write_lexical
from askcorpus.passages import embedded_text, split, token_counter, vocabulary_name
from askcorpus.settings import Settings
from askcorpus.storage import (
    Generation,
    WriterLock,
    current_number,
    open_current,
    salvage,
    write_generation,
)
from askcorpus.types import (
    Article,
    BuildReport,
    Encoder,
    Fact,
    Json,
    Paragraph,
    Passage,
    Progress,
    Removed,
    Skipped,
    TokenEncoder,
    Vectors,
)
from askcorpus.vectors import VectorIndex, load_vectors, open_vectors, save_vectors

CHUNK = 256
"""Passages between two reports of progress; enough for the encoder to pack well."""

RECORD = 3
"""What an index holds. One of an earlier number is read all the same, and written anew by the next
run: 1 knew no sections and did not keep the language, 2 had no tokens, so that its passages are
found as before, and embedded once more."""

T = TypeVar("T")
Bounds = tuple[tuple[int, int], ...]
Listener = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Intake:
    """What a run found in its folders.

    Attributes:
        folders: Names of the folders, for the manifest.
    """

    articles: tuple[Article, ...]
    skipped: tuple[Skipped, ...] = ()
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """All that a generation holds, before it is written; rows of one length.

    Attributes:
        articles: In order of their numbers.
        numbers: Ascending, one an article.
        next_number: For the next new article.
        passages: In order of their articles, then of their place.
        owners: int64[n], position of each passage's article in `articles`.
        digests: uint8[n, 32], SHA-256 of each embedded text.
        vectors: float32[n, d].
        tokens: Those of each passage; None if the encoder gives none.
        signatures: uint32[articles, 126], of `copies`.
        stories: int64[articles], position of the first near-copy of each article; its own
            where it has none.
        words: The most frequent words of the embedded texts, one form of each, in order.
        word_vectors: float32[words, d].
    """

    articles: tuple[Article, ...]
    numbers: tuple[int, ...]
    next_number: int
    passages: tuple[Passage, ...]
    owners: npt.NDArray[np.int64]
    digests: npt.NDArray[np.uint8]
    vectors: Vectors
    tokens: TokenTable | None
    signatures: copies.Signatures
    stories: npt.NDArray[np.int64]
    words: tuple[str, ...]
    word_vectors: Vectors
    skipped: tuple[Skipped, ...]

    def __post_init__(self) -> None:
        """Check once that nothing has fallen out of step."""
        rows = {len(self.passages), len(self.owners), len(self.digests), len(self.vectors)}
        rows |= {len(self.tokens)} if self.tokens is not None else set()
        told = (self.articles, self.numbers, self.signatures, self.stories)
        sizes = {len(each) for each in told}
        spoken = {len(self.words), len(self.word_vectors)}
        if not len(rows) == len(sizes) == len(spoken) == 1:
            message = f"rows differ: {sorted(rows)}, articles {sorted(sizes)}, words {spoken}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Index:
    """A generation, opened for searching."""

    content: Content
    vectors: VectorIndex
    lexical: Lexical
    words: VectorIndex
    terms: Mapping[str, int]
    number: int
    manifest: Mapping[str, Any]

    @classmethod
    def load(cls, generation: Generation) -> Index:
        """Read a verified generation.

        Raises:
            IndexCorruptError: Its files do not fit together.
        """
        content = read_content(generation.folder)
        lexical = Lexical(generation.folder / "lexical")
        if len(lexical) != len(content.passages):
            reason = f"{len(lexical)} rows for {len(content.passages)} passages"
            raise IndexCorruptError(str(generation.folder / "lexical"), reason)
        return cls(
            content=content,
            vectors=open_vectors(content.vectors),
            lexical=lexical,
            words=open_vectors(content.word_vectors),
            terms={term(word): row for row, word in enumerate(content.words)},
            number=generation.number,
            manifest=generation.manifest,
        )

    def word_vector(self, word: str) -> npt.NDArray[np.float32] | None:
        """Give the vector of a folded word, or of a form of it; None where no text holds it."""
        row = self.terms.get(term(word))
        return None if row is None else self.content.word_vectors[row]


@runtime_checkable
class CountsPieces(Protocol):
    """An encoder that says how much of a text it sees."""

    @property
    def max_pieces(self) -> int:
        """Pieces that it sees of a text."""
        ...

    def count_pieces(self, text: str) -> int:
        """Count the pieces of a text."""
        ...


@dataclass(frozen=True, slots=True)
class _Known:
    """What an earlier generation gives to the next."""

    articles: Mapping[str, Article] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    next_number: int = 1
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    rows: Mapping[bytes, int] = field(default_factory=dict)
    vectors: Vectors = field(default_factory=lambda: np.empty((0, 0), np.float32))
    tokens: TokenTable | None = None
    words: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    signatures: Mapping[str, copies.Signatures] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)


def open_index(index_dir: Path) -> Index:
    """Open the current generation after checking every file of it.

    Raises:
        IndexMissingError: There is none.
        IndexCorruptError: A file is damaged.
        IndexMismatchError: It has another format.
    """
    return Index.load(open_current(index_dir))


def check_encoder(index: Index, index_dir: Path, encoder: Encoder) -> None:
    """Refuse to compare vectors of two encoders.

    Raises:
        IndexMismatchError: The index was made with another one.
    """
    found = str(index.manifest["encoder"])
    if found != encoder.fingerprint:
        raise IndexMismatchError(str(index_dir), "encoder", found, encoder.fingerprint)


def check_settings(index: Index, index_dir: Path, settings: Settings) -> None:
    """Refuse an index whose passages were cut otherwise than the settings say.

    Raises:
        IndexMismatchError: It names the setting and both values.
    """
    for name, wanted in _cut_by(settings).items():
        found = index.manifest[name]
        if found != wanted:
            what = name.replace("_", " ")
            raise IndexMismatchError(str(index_dir), what, str(found), str(wanted))


def sync(
    lock: WriterLock,
    intake: Intake,
    *,
    encoder: Encoder,
    settings: Settings,
    rebuild: bool = False,
    progress: Listener | None = None,
) -> BuildReport:
    """Bring an index up to date with what was found; write nothing if nothing changed.

    Args:
        lock: Proof that no other run is writing.
        intake: All articles that the index shall hold, and what was left out.
        encoder: Embeds passages whose text is new to the index.
        settings: How passages are cut; with other settings than before all are cut again.
        rebuild: Whether to embed everything again and to overlook a damaged index.
        progress: Told how far cutting and embedding have come.

    Returns:
        What was done; `seconds` is 0 and for the caller to fill in.

    Raises:
        DataError: Two articles have the same id.
        IndexCorruptError: The index is damaged, and `rebuild` was not asked for.
        InputOutputError: Writing failed; the last good index stays.
    """
    _check_ids(intake.articles)
    known = _known(lock.index_dir, encoder, settings, rebuild=rebuild)
    made = {**_made_with(encoder, settings), "folders": list(intake.folders)}
    if not rebuild and _is_same(known, intake, made):
        return _report(known, intake, known.manifest, embedded=0)
    content, embedded = _assemble(intake, known, encoder, settings, progress or _unheard)
    values = {**made, **_counts(content)}
    generation = write_generation(lock, lambda folder: _write(folder, content, values))
    return _report(known, intake, generation.manifest, embedded=embedded)


def repair(lock: WriterLock, *, encoder: Encoder, settings: Settings) -> BuildReport:
    """Make a damaged index anew from the articles stored in it.

    Raises:
        IndexMissingError: There is nothing here.
        IndexCorruptError: No copy of the articles is sound either.
    """
    path = salvage(lock.index_dir, "articles.jsonl")
    if path is None:
        current_number(lock.index_dir)
        reason = "no sound copy of the articles is left; index the folders again with --rebuild"
        raise IndexCorruptError(str(lock.index_dir), reason)
    kept = salvage(lock.index_dir, "skipped.jsonl")
    intake = Intake(
        tuple(article for article, _ in _read_articles(path)),
        _read_skipped(kept) if kept else (),
        tuple(str(name) for name in _unverified(path.parent, "folders", list[str]())),
    )
    return sync(lock, intake, encoder=encoder, settings=settings, rebuild=True)


def read_content(folder: Path) -> Content:
    """Read everything of a generation but its lexical index.

    Raises:
        IndexCorruptError: Its files do not fit together.
    """
    pairs = _read_articles(folder / "articles.jsonl")
    table = _read_table(folder / "passages.npy")
    articles = tuple(article for article, _ in pairs)
    vectors, words = load_vectors(folder / "vectors.npy"), _read_words(folder / "words.txt")
    try:
        return Content(
            articles=articles,
            numbers=tuple(number for _, number in pairs),
            next_number=json.loads((folder / "manifest.json").read_bytes())["next_number"],
            passages=tuple(_passage(articles[owner], a, b) for owner, a, b in table.tolist()),
            owners=table[:, 0].copy(),
            digests=_read_table(folder / "digests.npy").astype(np.uint8),
            vectors=vectors,
            tokens=load_tokens(folder),
            signatures=_read_signatures(folder / "signatures.npy", len(articles)),
            stories=_read_stories(folder / "stories.npy", len(articles)),
            words=words,
            word_vectors=load_vectors(folder / "word_vectors.npy") if words else vectors[:0],
            skipped=_read_skipped(folder / "skipped.jsonl"),
        )
    except (KeyError, ValueError, IndexError) as error:
        raise IndexCorruptError(str(folder), f"its files do not fit together ({error})") from error


# --- assembling ------------------------------------------------------------------------------


def _assemble(
    intake: Intake, known: _Known, encoder: Encoder, settings: Settings, progress: Listener
) -> tuple[Content, int]:
    """Number, cut and embed; give the content and how many passages were embedded."""
    articles, numbers, next_number = _numbered(intake.articles, known)
    bounds = list(_cut(articles, known, encoder, settings, progress))
    owners = [place for place, found in enumerate(bounds) for _ in found]
    passages = tuple(
        _passage(article, start, end)
        for article, found in zip(articles, bounds, strict=True)
        for start, end in found
    )
    texts = [
        embedded_text(articles[owner], passage.text)
        for owner, passage in zip(owners, passages, strict=True)
    ]
    digests = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
    vectors, tokens, embedded = _embed(texts, digests, known, encoder, progress)
    words = vocabulary(texts, settings.vocabulary_words)
    signatures = _signatures(articles, known)
    content = Content(
        articles=articles,
        numbers=numbers,
        next_number=next_number,
        passages=passages,
        owners=np.array(owners, np.int64),
        digests=np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32),
        vectors=vectors,
        tokens=tokens,
        signatures=signatures,
        stories=copies.stories([article.text for article in articles], signatures),
        words=tuple(words),
        word_vectors=_embed_words(words, known, encoder, progress),
        skipped=intake.skipped,
    )
    return content, embedded


def _signatures(articles: Sequence[Article], known: _Known) -> copies.Signatures:
    """Take the signatures of unchanged articles, make the others."""
    rows = [
        known.signatures[article.article_id]
        if article.article_id in known.signatures and known.articles[article.article_id] == article
        else copies.signature(article.text)
        for article in articles
    ]
    return np.array(rows, np.uint32).reshape(-1, copies.HASHES)


def _numbered(
    articles: Sequence[Article], known: _Known
) -> tuple[tuple[Article, ...], tuple[int, ...], int]:
    """Give known ids their number and new ones the next; sort by number."""
    fresh = [article for article in articles if article.article_id not in known.numbers]
    given = {article.article_id: known.next_number + step for step, article in enumerate(fresh)}
    numbers = {**known.numbers, **given}
    ordered = sorted(articles, key=lambda article: numbers[article.article_id])
    return (
        tuple(ordered),
        tuple(numbers[article.article_id] for article in ordered),
        known.next_number + len(fresh),
    )


def _cut(
    articles: Sequence[Article],
    known: _Known,
    encoder: Encoder,
    settings: Settings,
    progress: Listener,
) -> Iterator[Bounds]:
    """Cut each article into passages, or take its old ones if it is unchanged."""
    count = token_counter(settings.vocabulary)
    fits = _seen_whole(encoder)
    for done, article in enumerate(articles, start=1):
        name = article.article_id
        if known.articles.get(name) == article and name in known.bounds:
            yield known.bounds[name]
        else:
            found = split(article, budget=settings.passage_tokens, count=count, fits=fits)
            yield tuple((passage.start, passage.end) for passage in found)
        progress(Progress("passages", done, len(articles)))


def _seen_whole(encoder: Encoder) -> Callable[[str], bool]:
    """Whether an encoder sees the whole of a text; one that does not say sees all."""
    if isinstance(encoder, CountsPieces):
        counting = encoder
        return lambda text: counting.count_pieces(text) <= counting.max_pieces
    return lambda _: True


def _embed(
    texts: Sequence[str],
    digests: Sequence[bytes],
    known: _Known,
    encoder: Encoder,
    progress: Listener,
) -> tuple[Vectors, TokenTable | None, int]:
    """Take the vectors and tokens that are known, embed each other text once."""
    fresh = {digest: row for row, digest in enumerate(digests) if digest not in known.rows}
    new = np.empty((len(fresh), encoder.dimension), np.float32)
    signs: list[Signs] = []
    wanted = [texts[row] for row in fresh.values()]
    for first in range(0, len(wanted), CHUNK):
        chunk = wanted[first : first + CHUNK]
        new[first : first + len(chunk)], found = _encoded(chunk, encoder)
        signs += found
        progress(Progress("embedding", first + len(chunk), len(wanted)))
    places = {digest: place for place, digest in enumerate(fresh)}
    vectors = np.empty((len(texts), encoder.dimension), np.float32)
    for row, digest in enumerate(digests):
        place = places.get(digest)
        vectors[row] = known.vectors[known.rows[digest]] if place is None else new[place]
    tokens = (
        _tokens(digests, known, dict(zip(places, signs, strict=True)))
        if isinstance(encoder, TokenEncoder)
        else None
    )
    return vectors, tokens, sum(digest in places for digest in digests)


def _encoded(texts: Sequence[str], encoder: Encoder) -> tuple[Vectors, list[Signs]]:
    """Embed texts; give the signs of their tokens too, if the encoder gives tokens."""
    if not isinstance(encoder, TokenEncoder):
        return encoder.encode_passages(texts), []
    vectors, tokens = encoder.encode_passage_tokens(texts)
    return vectors, [signs_of(each) for each in tokens]


def _tokens(digests: Sequence[bytes], known: _Known, fresh: Mapping[bytes, Signs]) -> TokenTable:
    """Put the tokens of known and of new texts in the order of the passages."""
    kept = known.tokens
    return TokenTable.of(
        [
            fresh[digest] if kept is None or digest in fresh else kept.passage(known.rows[digest])
            for digest in digests
        ]
    )


def _embed_words(
    words: Sequence[str], known: _Known, encoder: Encoder, progress: Listener
) -> Vectors:
    """Take the vectors of words that are known, embed the others."""
    vectors = np.empty((len(words), encoder.dimension), np.float32)
    fresh = [row for row, word in enumerate(words) if word not in known.words]
    for row, word in enumerate(words):
        if word in known.words:
            vectors[row] = known.words[word]
    for first in range(0, len(fresh), CHUNK):
        rows = fresh[first : first + CHUNK]
        vectors[rows] = encoder.encode_passages([words[row] for row in rows])
        progress(Progress("words", first + len(rows), len(fresh)))
    return vectors


def _passage(article: Article, start: int, end: int) -> Passage:
    """The record of one stretch of an article."""
    passage_id = f"{article.article_id}#{start}-{end}"
    return Passage(passage_id, article.article_id, article.text[start:end], start, end)


def _unheard(progress: Progress) -> None:
    """Stand in for a listener."""


# --- what is known already -------------------------------------------------------------------


def _known(index_dir: Path, encoder: Encoder, settings: Settings, *, rebuild: bool) -> _Known:
    """Read what the last generation can give; with `rebuild` only articles and their numbers."""
    try:
        generation = open_current(index_dir)
        known = _from_generation(generation, encoder, settings)
    except IndexMissingError:
        return _Known()
    except (IndexCorruptError, IndexMismatchError):
        if not rebuild:
            raise
        return _from_ruins(index_dir)
    return _without_vectors(known) if rebuild else known


def _from_generation(generation: Generation, encoder: Encoder, settings: Settings) -> _Known:
    """Passages serve again under the same cut, vectors under the same encoder."""
    content = read_content(generation.folder)
    made = _made_with(encoder, settings)
    differing = {name for name, value in made.items() if generation.manifest.get(name) != value}
    same_encoder = "encoder" not in differing
    # What was embedded before tokens were kept cannot serve an encoder that gives them.
    serves = same_encoder and (content.tokens is not None or not isinstance(encoder, TokenEncoder))
    reusable = not differing - {"version", "record", "copies", "vocabulary_words"}
    digests = (bytes(digest) for digest in content.digests)
    return _Known(
        articles={article.article_id: article for article in content.articles},
        numbers=_numbers(content.articles, content.numbers),
        next_number=content.next_number,
        bounds=_bounds(content) if reusable else {},
        rows={digest: row for row, digest in enumerate(digests)} if serves else {},
        vectors=content.vectors,
        tokens=content.tokens,
        words=dict(zip(content.words, content.word_vectors, strict=True)) if same_encoder else {},
        signatures=_by_name(content) if "copies" not in differing else {},
        skipped=content.skipped,
        manifest=generation.manifest,
    )


def _from_ruins(index_dir: Path) -> _Known:
    """Keep at least the articles' numbers of a damaged index, so that links go on working."""
    path = salvage(index_dir, "articles.jsonl")
    if path is None:
        return _Known()
    pairs = _read_articles(path)
    above = max((number for _, number in pairs), default=0) + 1
    return _Known(
        articles={article.article_id: article for article, _ in pairs},
        numbers={article.article_id: number for article, number in pairs},
        next_number=max(above, _unverified(path.parent, "next_number", above)),
    )


def _unverified(folder: Path, name: str, otherwise: T) -> T:
    """One value of a manifest that is readable but perhaps damaged."""
    value = json.loads((folder / "manifest.json").read_bytes()).get(name)
    return value if isinstance(value, type(otherwise)) else otherwise


def _without_vectors(known: _Known) -> _Known:
    """Keep articles and numbers alone."""
    return _Known(known.articles, known.numbers, known.next_number)


def _numbers(articles: Iterable[Article], numbers: Iterable[int]) -> dict[str, int]:
    """Number by id."""
    pairs = zip(articles, numbers, strict=True)
    return {article.article_id: number for article, number in pairs}


def _bounds(content: Content) -> dict[str, Bounds]:
    """Passages by article id, as offsets."""
    found: dict[str, list[tuple[int, int]]] = {a.article_id: [] for a in content.articles}
    for passage in content.passages:
        found[passage.article_id].append((passage.start, passage.end))
    return {name: tuple(bounds) for name, bounds in found.items()}


def _by_name(content: Content) -> dict[str, copies.Signatures]:
    """Signatures by article id."""
    pairs = zip(content.articles, content.signatures, strict=True)
    return {article.article_id: signature for article, signature in pairs}


def _is_same(known: _Known, intake: Intake, made: Mapping[str, object]) -> bool:
    """Whether a new generation would be the old one."""
    articles = {article.article_id: article for article in intake.articles}
    return (
        all(known.manifest.get(name) == value for name, value in made.items())
        and known.articles == articles
        and known.skipped == intake.skipped
    )


def _check_ids(articles: Sequence[Article]) -> None:
    """Refuse two articles of one id: a citation could not tell them apart."""
    counts = Counter(article.article_id for article in articles)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise DataError(
            f"{len(twice)} article names stand in more than one of the folders, the first is "
            f"{twice[0]}. Nothing was indexed. Index the folder above them instead, "
            "or give each folder an index of its own."
        )


# --- manifest and report ---------------------------------------------------------------------


def _cut_by(settings: Settings) -> dict[str, Any]:
    """What decides where passages begin and end."""
    return {
        "passage_tokens": settings.passage_tokens,
        "vocabulary": vocabulary_name(settings.vocabulary),
    }


def _made_with(encoder: Encoder, settings: Settings) -> dict[str, Any]:
    """What the manifest says an index was made with."""
    return {
        "version": __version__,
        "record": RECORD,
        "encoder": encoder.fingerprint,
        "copies": copies.METHOD,
        "vocabulary_words": settings.vocabulary_words,
        **_cut_by(settings),
    }


def _counts(content: Content) -> dict[str, Any]:
    """What the manifest says an index holds."""
    return {
        "articles": len(content.articles),
        "passages": len(content.passages),
        "dimension": content.vectors.shape[1],
        "skipped": len(content.skipped),
        "next_number": content.next_number,
    }


def _report(
    known: _Known, intake: Intake, manifest: Mapping[str, Any], *, embedded: int
) -> BuildReport:
    """Count what happened to the articles."""
    now = {article.article_id: article for article in intake.articles}
    kept = [name for name in now if name in known.articles]
    changed = sum(known.articles[name] != now[name] for name in kept)
    return BuildReport(
        added=len(now) - len(kept),
        changed=changed,
        removed=len(known.articles) - len(kept),
        unchanged=len(kept) - changed,
        skipped=intake.skipped,
        passages=manifest["passages"],
        embedded=embedded,
        seconds=0.0,
        generation=manifest["generation"],
    )


# --- files -----------------------------------------------------------------------------------


def _write(folder: Path, content: Content, values: Mapping[str, object]) -> Mapping[str, object]:
    """Fill the folder of a generation."""
    pairs = zip(content.articles, content.numbers, strict=True)
    lines = ({"number": number, **article.to_dict()} for article, number in pairs)
    _write_lines(folder / "articles.jsonl", lines)
    _write_lines(folder / "skipped.jsonl", (skipped.to_dict() for skipped in content.skipped))
    table = np.array(
        [
            (owner, passage.start, passage.end)
            for owner, passage in zip(content.owners.tolist(), content.passages, strict=True)
        ],
        np.int64,
    ).reshape(-1, 3)
    np.save(folder / "passages.npy", table, allow_pickle=False)
    np.save(folder / "digests.npy", content.digests, allow_pickle=False)
    save_vectors(folder / "vectors.npy", content.vectors)
    if content.tokens is not None:
        save_tokens(folder, content.tokens)
    save_vectors(folder / "word_vectors.npy", content.word_vectors)
    (folder / "words.txt").write_text("".join(f"{word}\n" for word in content.words), "utf-8")
    np.save(folder / "signatures.npy", content.signatures, allow_pickle=False)
    np.save(folder / "stories.npy", content.stories.reshape(-1, 1), allow_pickle=False)
    texts = (
        embedded_text(content.articles[owner], passage.text)
        for owner, passage in zip(content.owners.tolist(), content.passages, strict=True)
    )
    write_lexical(folder / "lexical", texts)
    return values


def _write_lines(path: Path, records: Iterable[Json]) -> None:
    """Write one JSON object a line; file names that are no text pass through unharmed."""
    with path.open("wb") as file:
        for record in records:
            line = json.dumps(record, ensure_ascii=False)
            file.write(line.encode("utf-8", "surrogatepass") + b"\n")


def _read_lines(path: Path) -> list[Json]:
    """Read what `_write_lines` wrote."""
    try:
        with path.open("rb") as file:
            return [json.loads(line.decode("utf-8", "surrogatepass")) for line in file]
    except (OSError, ValueError) as error:
        raise IndexCorruptError(str(path), str(error)) from error


def _read_articles(path: Path) -> list[tuple[Article, int]]:
    """Read the articles and their numbers."""
    records = _read_lines(path)
    try:
        return [(_article(record), record["number"]) for record in records]
    except (KeyError, TypeError) as error:
        raise IndexCorruptError(str(path), f"a line is no article ({error})") from error


def _read_skipped(path: Path) -> tuple[Skipped, ...]:
    """Read the files left out."""
    return tuple(Skipped(record["path"], record["reason"]) for record in _read_lines(path))


def _read_words(path: Path) -> tuple[str, ...]:
    """Read a word a line; an index made before words were kept has none."""
    if not path.exists():
        return ()
    try:
        return tuple(path.read_text("utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise IndexCorruptError(str(path), str(error)) from error


def _read_table(path: Path) -> npt.NDArray[np.int64]:
    """Read a table of integers."""
    try:
        table = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise IndexCorruptError(str(path), str(error)) from error
    if not np.issubdtype(table.dtype, np.integer) or table.ndim != 2:
        raise IndexCorruptError(str(path), "it holds no table of integers")
    found: npt.NDArray[np.int64] = table.astype(np.int64)
    return found


def _read_signatures(path: Path, n: int) -> copies.Signatures:
    """Open the signatures; only a run that writes looks at them, so they stay on the disk."""
    if not path.exists():
        return np.zeros((n, copies.HASHES), np.uint32)  # an index from before there were any
    try:
        signatures: copies.Signatures = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise IndexCorruptError(str(path), str(error)) from error
    if signatures.dtype != np.uint32 or signatures.shape[1:] != (copies.HASHES,):
        raise IndexCorruptError(str(path), "it holds no signatures")
    return signatures


def _read_stories(path: Path, n: int) -> npt.NDArray[np.int64]:
    """Read whose copy each article is; an index from before knows of no copies."""
    if not path.exists():
        return np.arange(n, dtype=np.int64)
    stories = _read_table(path)[:, 0].copy()
    if ((stories < 0) | (stories >= n)).any():
        raise IndexCorruptError(str(path), "it names articles that are not there")
    return stories


def _article(record: Json) -> Article:
    """Make an article of its JSON."""
    return Article(
        article_id=record["article_id"],
        text=record["text"],
        title=record["title"],
        publisher=record["publisher"],
        authors=tuple(record["authors"]),
        published=record["published"],
        modified=record["modified"],
        url=record["url"],
        paragraphs=tuple(Paragraph(**part) for part in record["paragraphs"]),
        facts=tuple(Fact(**fact) for fact in record["facts"]),
        removed=tuple(Removed(**removed) for removed in record["removed"]),
        warnings=tuple(record["warnings"]),
        language=record["language"] if "language" in record else language_of(record["text"]),
        section=record.get("section"),
    )
