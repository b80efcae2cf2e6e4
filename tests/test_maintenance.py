"""What is said of an index and its models, sound or not."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeEncoder
from small_corpus import built

from askcorpus.cli import run
from askcorpus.corpus import Corpus
from askcorpus.errors import IndexCorruptError, IndexMissingError, ModelMissingError
from askcorpus.index import Intake, open_index, sync
from askcorpus.maintenance import (
    Check,
    Examination,
    Finding,
    _network,
    _problems,
    _tried,
    check,
    examine,
)
from askcorpus.settings import Settings
from askcorpus.storage import writer_lock
from askcorpus.types import Article, Paragraph

SOUND = Finding("encoder", "fine")
BAD = Finding("reader", "gone", 69)


def fail(error):
    raise error


def test_a_missing_index_is_no_fault():
    """Before the first `askcorpus index` everything may well be in order."""
    found = _tried("index", lambda: fail(IndexMissingError("x")))
    assert (found.part, found.exit_code) == ("index", 0)
    assert found.text.startswith("none yet. There is no index in x.")


def test_a_fault_keeps_its_exit_code():
    """What a command would end with is what the examination ends with."""
    assert _tried("reader", lambda: fail(ModelMissingError("gone"))) == BAD


def test_an_examination_ends_with_the_first_fault():
    """Sound parts count nothing; JSON says of each part whether it is sound."""
    examination = Examination("0", "3", "Linux", (("torch", "2"),), (SOUND, BAD))
    assert examination.exit_code == 69
    assert examination.to_dict()["ok"] is False
    assert [found["ok"] for found in examination.to_dict()["findings"]] == [True, False]


WATCHED = """
import socket
from askcorpus.maintenance import _network, _watching

def look_up(host):
    try:
        socket.getaddrinfo(host, 80)
    except OSError:
        pass

with _watching() as reached:
    look_up("name.invalid")
    look_up("127.0.0.1")
look_up("later.invalid")
print(reached, _network(reached).exit_code)
"""
"""In a process of its own: the one of the tests refuses such a look-up before it is recorded."""


def test_a_reach_for_the_network_is_seen_and_named():
    """A look-up beyond this machine is listed, also when it fails, as long as it is watched."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "['name.invalid'] 70\n"


def test_no_reach_is_said_in_words():
    """That nothing was reached for is what a careful reader wants to see."""
    sound = Finding("network", "none was reached for: everything above works offline")
    assert _network([]) == sound


@pytest.mark.slow
def test_a_sound_installation_is_found_sound(seed_index):
    """Models, index and network: each is tried, and each is in order."""
    examination = examine(seed_index, Settings())
    assert [found.part for found in examination.findings] == [
        "encoder",
        "reader",
        "index",
        "network",
    ]
    assert examination.exit_code == 0, examination.findings
    assert "missing" not in dict(examination.packages).values()


@pytest.mark.slow
def test_a_model_that_is_not_there_is_named(tmp_path):
    """The other parts are examined all the same."""
    examination = examine(tmp_path, Settings(reader=str(tmp_path)))
    codes = {found.part: found.exit_code for found in examination.findings}
    assert codes == {"encoder": 0, "reader": 69, "index": 0, "network": 0}


# --- check and repair ------------------------------------------------------------------------


TEXT = "The bridge\n\nAna Horvat opened it."
ARTICLE = Article(
    article_id="bridge.txt",
    text=TEXT,
    title="The bridge",
    publisher=None,
    authors=(),
    published=None,
    modified=None,
    url=None,
    paragraphs=(Paragraph(0, 10, "headline"), Paragraph(12, 33, "body")),
)


@pytest.fixture
def index_dir(tmp_path):
    with writer_lock(tmp_path) as lock:
        sync(lock, Intake((ARTICLE,)), encoder=FakeEncoder(), settings=Settings())
    return tmp_path


def problems(index_dir, **changes):
    """Give what is wrong with an index when parts of its content are others."""
    index = open_index(index_dir)
    return list(_problems(replace(index, content=replace(index.content, **changes))))


def test_a_sound_index_is_found_sound(index_dir):
    """Counts are given, and nothing else is said."""
    found = check(index_dir)
    files = [path for path in (index_dir / "gens" / "000001").rglob("*") if path.is_file()]
    assert found == Check(1, 1, 1, len(files) - 1, ())  # the manifest does not list itself
    assert found.to_dict()["ok"] is True


def test_a_text_that_changed_is_noticed(index_dir):
    """The passage is no longer what stands there in its article."""
    changed = replace(ARTICLE, text=TEXT.replace("Ana", "Eva"))
    assert problems(index_dir, articles=(changed,)) == [
        "bridge.txt#0-33: the passage is not what stands there in its article.",
    ]


def test_a_vector_of_another_text_is_noticed(index_dir):
    """What was embedded is compared by its hash."""
    digests = np.zeros((1, 32), np.uint8)
    assert problems(index_dir, digests=digests) == [
        "bridge.txt#0-33: its vector belongs to another text."
    ]


@pytest.mark.parametrize(("length", "said"), [(2.0, "2.0000"), (0.0, "0.0000"), (np.nan, "nan")])
def test_a_vector_that_is_not_of_unit_length_is_noticed(index_dir, length, said):
    """Too long, empty, or not a number."""
    vectors = np.zeros((1, 64), np.float32)
    vectors[0, 0] = length
    assert problems(index_dir, vectors=vectors) == [
        f"bridge.txt#0-33: its vector has length {said} instead of 1."
    ]


def test_a_paragraph_outside_its_text_is_noticed(index_dir):
    """Citations name paragraphs, so these are checked too."""
    changed = replace(ARTICLE, paragraphs=(Paragraph(0, 10, "headline"), Paragraph(9, 40, "body")))
    assert problems(index_dir, articles=(changed,)) == [
        "bridge.txt: paragraph 2 stands at 9–40 of 33 characters."
    ]


def test_a_passage_outside_its_text_is_noticed(index_dir):
    """The shorter text does not reach as far as the passage."""
    short = replace(ARTICLE, text=TEXT[:20], paragraphs=(Paragraph(0, 10, "headline"),))
    assert problems(index_dir, articles=(short,)) == [
        "bridge.txt#0-33: the passage does not lie in its article."
    ]


def test_text_that_is_not_normalised_is_noticed(index_dir):
    """A letter and its accent apart would shift every offset behind them."""
    apart = replace(ARTICLE, text=TEXT.replace("Ana", "A\u0301a"))
    assert problems(index_dir, articles=(apart,))[0] == (
        "bridge.txt: its text is not in Unicode NFC."
    )


def test_a_number_given_twice_is_noticed(index_dir):
    """The next number to give must be above all that were given."""
    assert problems(index_dir, next_number=1) == ["Article numbers are not ascending: [1, 1]."]


def test_counts_that_differ_from_the_manifest_are_noticed(index_dir):
    """The manifest says how much there should be."""
    index = open_index(index_dir)
    manifest = {**index.manifest, "articles": 7}
    assert list(_problems(replace(index, manifest=manifest))) == [
        "The manifest counts 7 articles; there are 1."
    ]


@pytest.mark.parametrize("name", ["articles.jsonl", "passages.npy", "digests.npy", "vectors.npy"])
def test_a_flipped_bit_is_found_in_every_file(index_dir, name):
    """The checksum names the file."""
    flip(index_dir / "gens" / "000001" / name)
    (problem,) = check(index_dir).problems
    assert name in problem
    assert "SHA-256" in problem


def flip(path):
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_check_of_no_index_says_so(tmp_path, capsys):
    """Exit 65 and the command that makes an index, with and without --repair."""
    for options in ([], ["--repair"]):
        assert run(["check", *options, "--index", str(tmp_path / "none")]) == 65
        assert capsys.readouterr().err.startswith("askcorpus: There is no index in ")


@pytest.fixture(scope="module")
def sound_index(tmp_path_factory):
    """Index three articles and a file that is left out with the bundled encoder."""
    folder = tmp_path_factory.mktemp("sound")
    built(folder).close()
    Corpus.build(folder / "articles", folder / "sound")
    return folder / "sound"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vectors.npy", "passages.npy", "skipped.jsonl"])
def test_a_damaged_index_is_mended_from_its_articles(sound_index, tmp_path, capsys, name):
    """Found (65), mended (0), and as sound as before: same articles, numbers and passages."""
    damaged = tmp_path / "index"
    shutil.copytree(sound_index, damaged)
    before = open_index(damaged).content
    (generation,) = (damaged / "gens").iterdir()
    if name == "skipped.jsonl":
        (generation / name).write_bytes(b"{")
    else:
        flip(generation / name)
    assert run(["check", "--index", str(damaged)]) == 65
    assert name in capsys.readouterr().out
    assert run(["check", "--repair", "--index", str(damaged)]) == 0
    assert re.match("Repaired and sound: generation ", capsys.readouterr().out)
    after = open_index(damaged).content
    assert (after.articles, after.numbers, after.passages) == (
        before.articles,
        before.numbers,
        before.passages,
    )
    assert np.allclose(after.vectors, before.vectors, atol=1e-3)


def test_without_its_articles_an_index_cannot_be_mended(index_dir):
    """It says so, and says what to do instead."""
    (index_dir / "gens" / "000001" / "articles.jsonl").write_bytes(b"")
    with pytest.raises(IndexCorruptError, match="index the folders again with --rebuild"):
        Corpus.repair(index_dir, encoder=FakeEncoder())
