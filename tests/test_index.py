"""The index: rows stay in step, numbers stay stable, nothing known is embedded again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder, FakeTokenEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from mixed_corpus import GERMAN

from askcorpus import __version__
from askcorpus.copies import signature
from askcorpus.errors import DataError, IndexCorruptError, IndexMismatchError, IndexMissingError
from askcorpus.index import (
    Index,
    Intake,
    check_encoder,
    check_settings,
    open_index,
    repair,
    sync,
)
from askcorpus.interaction import signs_of
from askcorpus.passages import embedded_text
from askcorpus.settings import Settings
from askcorpus.storage import Generation, open_current, write_generation, writer_lock
from askcorpus.types import (
    Article,
    BuildReport,
    Fact,
    Paragraph,
    Passage,
    Progress,
    Removed,
    Skipped,
)

SETTINGS = Settings(passage_tokens=20)


def article(name: str, text: str, **facts: object) -> Article:
    """An article of one body paragraph a line."""
    paragraphs, start = [], 0
    for line in text.split("\n"):
        paragraphs.append(Paragraph(start, start + len(line), "body"))
        start += len(line) + 1
    bare = Article(name, text, None, None, (), None, None, None, tuple(paragraphs))
    return replace(bare, **facts)


A = article("a.txt", "Troops left Iraq.\n" + "They went home on a long and quiet road. " * 3)
B = article("b.txt", "The office rejected the call.", title="A title", published="2017-10-23")
C = article("c.txt", "Parliament will vote.")


def index_of(
    index_dir: Path,
    *articles: Article,
    encoder: FakeEncoder | None = None,
    cut: Settings = SETTINGS,
    rebuild: bool = False,
    skipped: tuple[Skipped, ...] = (),
) -> BuildReport:
    """Bring an index up to date with some articles."""
    with writer_lock(index_dir) as lock:
        return sync(
            lock,
            Intake(articles, skipped, ("folder",)),
            encoder=encoder or FakeEncoder(),
            settings=cut,
            rebuild=rebuild,
        )


def counts(report: BuildReport) -> tuple[int, int, int, int, int, int]:
    """Added, changed, removed, unchanged; passages embedded; generation."""
    return (
        report.added,
        report.changed,
        report.removed,
        report.unchanged,
        report.embedded,
        report.generation,
    )


def test_rows_are_in_step(tmp_path: Path) -> None:
    """Row r of passages, vectors and words is one passage: its own text finds it first."""
    report = index_of(tmp_path, A, B, C)
    index = open_index(tmp_path)
    encoder = FakeEncoder()
    texts = [passage.text for passage in index.content.passages]
    assert len(texts) == report.passages == 5
    for row, passage in enumerate(index.content.passages):
        owner = index.content.articles[index.content.owners[row]]
        assert passage == Passage(
            f"{owner.article_id}#{passage.start}-{passage.end}",
            owner.article_id,
            owner.text[passage.start : passage.end],
            passage.start,
            passage.end,
        )
    for row in (0, 3, 4):
        rows, _ = index.vectors.search(encoder.encode_questions([texts[row]])[0], 1)
        assert rows.tolist() == [row]
        assert index.lexical.search(texts[row], 1)[0].tolist() == [row]


def test_saved_is_loaded(tmp_path: Path) -> None:
    """Every field of every article, and of what was skipped, comes back."""
    full = Article(
        "dir/ä\udcff.txt",
        "Title\nBy Ann\nText “quoted” 漢.",
        "Title",
        "Press",
        ("Ann", "Ben"),
        "2019-01",
        "2019-02-03",
        "https://example.org/x",
        (
            Paragraph(0, 5, "headline"),
            Paragraph(6, 12, "byline"),
            Paragraph(13, 29, "body"),
        ),
        (Fact("title", "Title", "Title", "line 1"),),
        (Removed("Share", "share line", 3),),
        ("the weekday does not fit",),
        language="de",
        section="World",
    )
    skipped = (Skipped("x.bin", "binary"),)
    index_of(tmp_path, full, skipped=skipped)
    content = open_index(tmp_path).content
    assert content.articles == (full,)
    assert content.skipped == skipped


def test_the_manifest_says_what_an_index_was_made_with(tmp_path: Path) -> None:
    """Model, dimension, settings and counts."""
    index_of(tmp_path, A, B)
    manifest = dict(open_index(tmp_path).manifest)
    files = manifest.pop("files")
    manifest.pop("created")
    assert manifest == {
        "format": 1,
        "generation": 1,
        "version": __version__,
        "record": 3,
        "encoder": "fake@64",
        "copies": "minhash-5x126",
        "dimension": 64,
        "passage_tokens": 20,
        "vocabulary": "bundled@86306cf031d972c8",
        "vocabulary_words": 30_000,
        "folders": ["folder"],
        "articles": 2,
        "passages": 4,
        "skipped": 0,
        "next_number": 3,
    }
    assert {name for name in files if "/" not in name} == {
        "articles.jsonl",
        "digests.npy",
        "passages.npy",
        "signatures.npy",
        "skipped.jsonl",
        "stories.npy",
        "vectors.npy",
        "word_vectors.npy",
        "words.txt",
    }


def test_near_copies_are_found_and_kept(tmp_path: Path) -> None:
    """A reprint points to the first of its story; unchanged articles are not hashed again."""
    text = " ".join(f"word{number}" for number in range(60))
    index_of(tmp_path, article("one.txt", text), A, article("two.txt", f"Again.\n{text}"))
    content = open_index(tmp_path).content
    assert content.stories.tolist() == [0, 1, 0]
    assert (content.signatures[0] == signature(text)).all()
    index_of(tmp_path, A, article("two.txt", f"Again.\n{text}"))
    again = open_index(tmp_path).content
    assert again.stories.tolist() == [0, 1]
    assert (again.signatures == content.signatures[1:]).all()


LATER = {"signatures.npy", "stories.npy", "words.txt", "word_vectors.npy"}
"""Files that the first indexes did not have."""


def test_an_index_from_before_copies_and_words_is_completed(tmp_path: Path) -> None:
    """Without them articles and words are alone; the next run adds them, embedding no passage."""
    index_of(tmp_path, A, replace(A, article_id="z.txt"))
    generation = open_current(tmp_path)

    def without_copies(folder: Path) -> Mapping[str, object]:
        kept = (path for path in generation.folder.iterdir() if path.name != "manifest.json")
        for path in kept:
            if path.is_dir():
                shutil.copytree(path, folder / path.name)
            elif path.name not in LATER:
                shutil.copy(path, folder / path.name)
        sealed = {"format", "generation", "created", "files", "copies"}
        return {name: value for name, value in generation.manifest.items() if name not in sealed}

    with writer_lock(tmp_path) as lock:
        write_generation(lock, without_copies)
    content = open_index(tmp_path).content
    assert (content.stories.tolist(), content.words, len(content.word_vectors)) == ([0, 1], (), 0)
    report = index_of(tmp_path, A, replace(A, article_id="z.txt"))
    assert (report.unchanged, report.embedded, report.generation) == (2, 0, 3)
    assert open_index(tmp_path).content.stories.tolist() == [0, 0]


def test_an_index_from_before_sections_is_completed(tmp_path: Path) -> None:
    """Its languages are told by the texts, its sections are unknown; the next run brings them."""
    german = article("de.txt", f"{GERMAN} {GERMAN}", language="de", section="Sport")
    index_of(tmp_path, german, A)
    generation = open_current(tmp_path)

    def without_sections(folder: Path) -> Mapping[str, object]:
        shutil.copytree(generation.folder, folder, dirs_exist_ok=True)
        (folder / "manifest.json").unlink()
        path = folder / "articles.jsonl"
        records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for record in records:
            del record["language"], record["section"]
        path.write_text("".join(f"{json.dumps(record)}\n" for record in records), "utf-8")
        sealed = {"format", "generation", "created", "files", "record"}
        return {name: value for name, value in generation.manifest.items() if name not in sealed}

    with writer_lock(tmp_path) as lock:
        write_generation(lock, without_sections)
    before = open_index(tmp_path).content
    assert [(each.language, each.section) for each in before.articles] == [
        ("de", None),
        (None, None),
    ]
    assert counts(index_of(tmp_path, german, A)) == (0, 1, 0, 1, 0, 3)
    after = open_index(tmp_path)
    assert after.content.articles == (german, A)
    assert np.array_equal(after.content.vectors, before.vectors)
    assert after.manifest["record"] == 3
    assert counts(index_of(tmp_path, german, A)) == (0, 0, 0, 2, 0, 3)


def test_tokens_follow_their_passages(tmp_path: Path) -> None:
    """Rows keep their own tokens as articles come and go, and known ones are not made again."""
    encoder = FakeTokenEncoder()
    index_of(tmp_path, A, B, encoder=encoder)
    encoder.embedded.clear()
    index_of(tmp_path, C, B, encoder=encoder)
    assert [text for text in encoder.embedded if "\n" in text or "." in text] == [C.text]
    content = open_index(tmp_path).content
    owners = [content.articles[owner] for owner in content.owners.tolist()]
    texts = [
        embedded_text(owner, passage.text)
        for owner, passage in zip(owners, content.passages, strict=True)
    ]
    _, tokens = encoder.encode_passage_tokens(texts)
    assert content.tokens is not None
    for row, vectors in enumerate(tokens):
        assert np.array_equal(content.tokens.passage(row), signs_of(vectors))


def test_an_index_from_before_tokens_is_read_and_embedded_once_more(tmp_path: Path) -> None:
    """An encoder that gives tokens finds none in it; the next run makes them."""
    index_of(tmp_path, A, B, encoder=FakeEncoder())
    assert open_index(tmp_path).content.tokens is None
    assert index_of(tmp_path, A, B, encoder=FakeEncoder()).generation == 1
    encoder = FakeTokenEncoder()
    with writer_lock(tmp_path) as lock:
        generation = open_current(tmp_path)
        write_generation(lock, lambda folder: older(generation, folder))
    report = index_of(tmp_path, A, B, encoder=encoder)
    assert (report.unchanged, report.embedded) == (2, report.passages)
    assert open_index(tmp_path).content.tokens is not None
    assert index_of(tmp_path, A, B, encoder=encoder).generation == report.generation


def older(generation: Generation, folder: Path) -> Mapping[str, object]:
    """Copy a generation as if it were of the record before tokens."""
    shutil.copytree(generation.folder, folder, dirs_exist_ok=True)
    (folder / "manifest.json").unlink()
    sealed = {"format", "generation", "created", "files"}
    kept = {name: value for name, value in generation.manifest.items() if name not in sealed}
    return {**kept, "record": 2}


def test_each_run_counts_what_changed(tmp_path: Path) -> None:
    """Added, changed, removed, unchanged; only new text is embedded."""
    assert counts(index_of(tmp_path, A, B)) == (2, 0, 0, 0, 4, 1)
    changed = article("b.txt", "The office rejected the call again.")
    assert counts(index_of(tmp_path, A, changed, C)) == (1, 1, 0, 1, 2, 2)
    assert counts(index_of(tmp_path, C)) == (0, 0, 2, 1, 0, 3)


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    """The same articles in any order leave the generation as it is."""
    index_of(tmp_path, A, B)
    encoder = FakeEncoder()
    report = index_of(tmp_path, B, A, encoder=encoder)
    assert counts(report) == (0, 0, 0, 2, 0, 1)
    assert report.passages == 4
    assert encoder.embedded == []


def test_a_newly_skipped_file_is_kept_in_the_index(tmp_path: Path) -> None:
    """What the last run left out can be read from the index."""
    index_of(tmp_path, A)
    skipped = (Skipped("x.bin", "binary"),)
    assert counts(index_of(tmp_path, A, skipped=skipped)) == (0, 0, 0, 1, 0, 2)
    assert open_index(tmp_path).content.skipped == skipped


def test_a_renamed_file_is_not_embedded_again(tmp_path: Path) -> None:
    """Text is known by its content, wherever it stands; the article gets a new number."""
    index_of(tmp_path, A, B)
    before = open_index(tmp_path).content
    encoder = FakeEncoder()
    report = index_of(tmp_path, replace(A, article_id="z.txt"), B, encoder=encoder)
    assert counts(report) == (1, 0, 1, 1, 0, 2)
    assert encoder.embedded == []
    after = open_index(tmp_path).content
    assert [item.article_id for item in after.articles] == ["b.txt", "z.txt"]
    assert after.numbers == (2, 3)
    assert np.array_equal(after.vectors[1:], before.vectors[:3])


def test_a_text_that_stands_twice_is_embedded_once(tmp_path: Path) -> None:
    """Reprints cost nothing."""
    encoder = FakeEncoder()
    index_of(tmp_path, C, replace(C, article_id="reprint.txt"), encoder=encoder)
    assert encoder.embedded == ["Parliament will vote.", "parliament", "vote"]
    vectors = open_index(tmp_path).content.vectors
    assert np.array_equal(vectors[0], vectors[1])


def test_numbers_are_never_given_twice(tmp_path: Path) -> None:
    """A removed article's number stays free, even if it was the last."""
    index_of(tmp_path, A, B)
    index_of(tmp_path, A)
    index_of(tmp_path, A, C)
    index_of(tmp_path, A, B, C)
    content = open_index(tmp_path).content
    names = [item.article_id for item in content.articles]
    assert dict(zip(names, content.numbers, strict=True)) == {"a.txt": 1, "c.txt": 3, "b.txt": 4}


@settings(max_examples=12)
@given(st.lists(st.sets(st.sampled_from("abcdef")), min_size=1, max_size=6))
def test_an_article_keeps_its_number_while_it_stays(
    tmp_path_factory: pytest.TempPathFactory, runs: list[set[str]]
) -> None:
    """Over any runs: stable while present, new when it comes back, embedded at most once."""
    index_dir = tmp_path_factory.mktemp("runs")
    last: dict[str, int] = {}
    used: set[int] = set()
    for names in runs:
        index_of(index_dir, *(article(name, f"Text of {name}.") for name in sorted(names)))
        content = open_index(index_dir).content
        ids = [item.article_id for item in content.articles]
        now = dict(zip(ids, content.numbers, strict=True))
        assert set(now) == names
        for name, number in now.items():
            assert last.get(name) == number if name in last else number not in used
        used |= set(now.values())
        last = now


def test_another_encoder_embeds_everything_again(tmp_path: Path) -> None:
    """Vectors of two models never mix; numbers stay."""
    index_of(tmp_path, A, B)
    other = FakeEncoder(32, "other@32")
    assert counts(index_of(tmp_path, A, B, encoder=other)) == (0, 0, 0, 2, 4, 2)
    index = open_index(tmp_path)
    assert index.content.vectors.shape == (4, 32)
    assert index.content.numbers == (1, 2)


def test_other_settings_cut_again(tmp_path: Path) -> None:
    """Passages of two budgets never mix; text that is cut as before is known."""
    index_of(tmp_path, A, B)
    report = index_of(tmp_path, A, B, cut=Settings(passage_tokens=60))
    assert counts(report) == (0, 0, 0, 2, 1, 2)
    assert report.passages == 2


def test_rebuilding_embeds_everything_again(tmp_path: Path) -> None:
    """Numbers stay."""
    index_of(tmp_path, A, B)
    index_of(tmp_path, B)
    assert counts(index_of(tmp_path, A, B, rebuild=True)) == (1, 0, 0, 1, 4, 3)
    assert open_index(tmp_path).content.numbers == (2, 3)


def test_opening_with_another_encoder_is_refused(tmp_path: Path) -> None:
    """Both fingerprints and the command are named."""
    index_of(tmp_path, A)
    with pytest.raises(IndexMismatchError, match="has encoder fake@64, but other is in use"):
        check_encoder(open_index(tmp_path), tmp_path, FakeEncoder(fingerprint="other"))


def test_opening_with_other_settings_is_refused(tmp_path: Path) -> None:
    """The setting and both values are named."""
    index_of(tmp_path, A)
    index = open_index(tmp_path)
    check_settings(index, tmp_path, SETTINGS)
    with pytest.raises(IndexMismatchError, match="has passage tokens 20, but 112 is in use"):
        check_settings(index, tmp_path, Settings())


def test_two_articles_of_one_name_are_refused(tmp_path: Path) -> None:
    """Nothing is indexed; the message says what to do."""
    with pytest.raises(DataError) as caught:
        index_of(tmp_path, A, B, replace(C, article_id="a.txt"))
    assert str(caught.value) == (
        "1 article names stand in more than one of the folders, the first is a.txt. "
        "Nothing was indexed. Index the folder above them instead, "
        "or give each folder an index of its own."
    )
    with pytest.raises(IndexMissingError):
        open_index(tmp_path)


def test_no_articles_make_an_empty_index(tmp_path: Path) -> None:
    """It opens, and finds nothing."""
    assert counts(index_of(tmp_path)) == (0, 0, 0, 0, 0, 1)
    index = open_index(tmp_path)
    assert index.content.passages == ()
    assert index.lexical.search("troops", 5)[0].tolist() == []
    assert index.vectors.search(np.ones(64, np.float32), 5)[0].tolist() == []


def test_progress_is_told(tmp_path: Path) -> None:
    """Articles cut, then passages embedded, then words."""
    heard: list[Progress] = []
    with writer_lock(tmp_path) as lock:
        sync(
            lock,
            Intake((B, C)),
            encoder=FakeEncoder(),
            settings=SETTINGS,
            progress=heard.append,
        )
    assert heard == [
        Progress("passages", 1, 2),
        Progress("passages", 2, 2),
        Progress("embedding", 2, 2),
        Progress("words", 7, 7),
    ]


def test_words_are_kept_with_their_vectors_and_embedded_once(tmp_path: Path) -> None:
    """The words of all articles, in order; a later run embeds only what is new."""
    encoder = FakeEncoder()
    index_of(tmp_path, C, encoder=encoder)
    encoder.embedded.clear()
    index_of(tmp_path, C, replace(C, article_id="d.txt", text="Troops vote."), encoder=encoder)
    index = open_index(tmp_path)
    assert index.content.words == ("parliament", "troops", "vote")
    assert np.array_equal(
        index.content.word_vectors, FakeEncoder().encode_questions(index.content.words)
    )
    assert encoder.embedded == ["Troops vote.", "troops"]
    assert index.word_vector("troop") is not None
    assert index.word_vector("iraq") is None


def damage(index_dir: Path, name: str) -> None:
    """Change one byte of a file of the current generation."""
    path = open_index_folder(index_dir) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def open_index_folder(index_dir: Path) -> Path:
    """The folder that CURRENT names."""
    return index_dir / "gens" / (index_dir / "CURRENT").read_text().split()[0]


def test_a_damaged_index_is_not_built_upon(tmp_path: Path) -> None:
    """Indexing stops and names the file; with `rebuild` it starts over, keeping numbers."""
    index_of(tmp_path, A, B)
    index_of(tmp_path, B)
    damage(tmp_path, "vectors.npy")
    with pytest.raises(IndexCorruptError, match=r"vectors\.npy is damaged"):
        index_of(tmp_path, A, B)
    assert counts(index_of(tmp_path, A, B, rebuild=True)) == (1, 0, 0, 1, 4, 3)
    assert open_index(tmp_path).content.numbers == (2, 3)


@pytest.mark.parametrize("name", ["vectors.npy", "passages.npy", "manifest.json"])
def test_repair_makes_an_index_from_its_own_articles(tmp_path: Path, name: str) -> None:
    """Without the folder: the stored articles are cut and embedded anew."""
    index_of(tmp_path, A, B, skipped=(Skipped("x", "binary"),))
    before = open_index(tmp_path).content
    index_of(tmp_path, A, B, C, skipped=(Skipped("x", "binary"),))
    damage(tmp_path, name)
    with writer_lock(tmp_path) as lock:
        repair(lock, encoder=FakeEncoder(), settings=SETTINGS)
    after = open_index(tmp_path).content
    assert after.skipped == before.skipped
    assert after.articles[:2] == before.articles
    assert after.numbers[:2] == before.numbers
    assert after.articles[2:] == (C,)


def test_repair_without_sound_articles_says_so(tmp_path: Path) -> None:
    """The folder must be indexed again."""
    with writer_lock(tmp_path) as lock, pytest.raises(IndexMissingError):
        repair(lock, encoder=FakeEncoder(), settings=SETTINGS)
    index_of(tmp_path, A)
    damage(tmp_path, "articles.jsonl")
    with (
        writer_lock(tmp_path) as lock,
        pytest.raises(IndexCorruptError, match="no sound copy of the articles is left"),
    ):
        repair(lock, encoder=FakeEncoder(), settings=SETTINGS)


def test_files_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    """Sound checksums, but a vector too few: not searched."""
    index_of(tmp_path, A, B)
    folder = open_index_folder(tmp_path)
    np.save(folder / "vectors.npy", np.zeros((1, 64), np.float32))
    manifest = json.loads((folder / "manifest.json").read_text())
    from askcorpus.storage import Generation

    with pytest.raises(IndexCorruptError, match="do not fit together"):
        Index.load(Generation(1, folder, manifest))
