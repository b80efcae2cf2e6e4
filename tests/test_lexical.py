"""Lexical: spelled one way, found when spelled the other; ranked by BM25."""

from __future__ import annotations

import math
import random
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askcorpus.errors import IndexCorruptError
from askcorpus.lexical import Lexical, question_words, term, terms, vocabulary, write_lexical

WORDS = [
    "troops",
    "leave",
    "iraq",
    "militia",
    "leader",
    "speaks",
    "parliament",
    "vote",
    "iran",
    "base",
    "office",
    "call",
]


def indexed(folder: Path, texts: Sequence[str]) -> Lexical:
    """An index of some texts."""
    write_lexical(folder / "lexical", texts)
    return Lexical(folder / "lexical")


def bm25(texts: Sequence[str], question: str) -> list[float]:
    """BM25 with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza, 2009), written down plainly."""
    counts = [Counter(terms(text)) for text in texts]
    mean = sum(count.total() for count in counts) / len(counts)
    scores = [0.0] * len(texts)
    for form in {term(word) for word in question_words(question)}:
        holding = sum(form in count for count in counts)
        idf = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
        for row, count in enumerate(counts):
            norm = 1.2 * (0.25 + 0.75 * count.total() / mean)
            scores[row] += idf * 2.2 * count[form] / (count[form] + norm)
    return scores


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Qais al-Khazali", "Qais Al Khazali"),
        ("Hash'd al Shaabi", "Hashd al-Sha’abi"),
        ("Sha'abi Sha’abi Shaʼabi Sha`abi", "Shaabi Shaabi Shaabi Shaabi"),
        ("Asa'ib Ahl al–Haq", "Asaib Ahl al-Haq"),
        ("the U.S. and the U.S.A.", "the US and the USA"),
        ("Iraq’s militias", "Iraq militia"),
        ("5,200 troops", "5200 troop"),
        ("ÉCOLE Müller", "ecole mu\u0308ller"),
        ("ﬁnal ①", "final 1"),
        ("Iran-backed", "Iran backed"),
    ],
)
def test_spellings_meet(one: str, other: str) -> None:
    """Case, accents, apostrophes, hyphens, dots and endings are folded alike."""
    assert terms(one) == terms(other)


def test_a_part_of_a_name_finds_the_whole(tmp_path: Path) -> None:
    """“Khazali” alone finds every spelling of the name, and nothing else."""
    texts = ["Sheikh Qais al-Khazali spoke", "Al Khazali left", "Hadi Al-Ameri stayed"]
    rows, _ = indexed(tmp_path, texts).search("Khazali", 10)
    assert sorted(rows.tolist()) == [0, 1]


def test_stop_words_are_left_out_unless_all_are() -> None:
    """“Who is in the …” says nothing; “who is who” has nothing else. US is not a stop word."""
    assert question_words("Who is the leader of the militias?") == ["leader", "militias"]
    assert question_words("Who is who?") == ["who", "is"]
    assert question_words("How many US troops?") == ["us", "troops"]
    assert [term(word) for word in question_words("militia militias")] == ["militia", "militia"]


def test_forms_of_one_word_count_once(tmp_path: Path) -> None:
    """“militia militias” scores as “militia” does."""
    lexical = indexed(tmp_path, ["a militia left", "leaders spoke"])
    once, twice = lexical.search("militia", 2), lexical.search("militia militias", 2)
    assert (once[0].tolist(), once[1].tolist()) == (twice[0].tolist(), twice[1].tolist())


def test_a_near_word_finds_but_counts_less(tmp_path: Path) -> None:
    """A passage with a near word is found; it scores that word's BM25 times its weight."""
    lexical = indexed(tmp_path, ["soldiers left", "leaders spoke", "troops left"])
    own = dict(zip(*(part.tolist() for part in lexical.search("soldiers", 3)), strict=True))
    near = {"troops": [("soldiers", 0.5)]}
    rows, scores = lexical.search("troops", 3, near=near)
    assert rows.tolist() == [2, 0]
    assert scores[1] == pytest.approx(own[0] / 2)
    assert lexical.score("troops", np.array([0, 1, 2]), near=near)[1] == 0


def test_of_several_near_words_the_best_counts(tmp_path: Path) -> None:
    """A passage that holds a word and its neighbours gains nothing by the neighbours."""
    lexical = indexed(tmp_path, ["troops soldiers army", "leaders spoke here"])
    near = {"troops": [("soldiers", 0.5), ("army", 0.4)]}
    plain, widened = lexical.search("troops", 1), lexical.search("troops", 1, near=near)
    assert widened[1].tolist() == plain[1].tolist()


def test_the_vocabulary_holds_each_word_once_in_its_commonest_form() -> None:
    """Stop words, numbers and short words stand for nothing; the rarest words go first."""
    texts = ["Militias left in 2017. A militia of 5,000.", "The militias spoke to us, again."]
    assert vocabulary(texts, 10) == ["again", "left", "militias", "spoke"]
    assert vocabulary(texts, 1) == ["militias"]


def test_scripts_without_spaces_are_searched_by_character(tmp_path: Path) -> None:
    """A word inside a run of characters is found."""
    assert terms("東京は日本") == ["東", "京", "は", "日", "本"]
    rows, _ = indexed(tmp_path, ["東京は日本の首都", "大阪"]).search("日本", 5)
    assert rows.tolist() == [0]


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_bm25(tmp_path: Path, seed: int) -> None:
    """Order and scores are those of ten plain lines (texts short enough for exact lengths)."""
    noise = random.Random(seed)
    texts = [" ".join(noise.choices(WORDS, k=noise.randint(1, 40))) for _ in range(80)]
    question = "Which militia leader called for a vote in parliament?"
    expected = bm25(texts, question)
    rows, scores = indexed(tmp_path, texts).search(question, 80)
    order = sorted((row for row in range(80) if expected[row]), key=lambda row: -expected[row])
    assert sorted(rows.tolist()) == sorted(order)
    assert scores.tolist() == pytest.approx([expected[row] for row in order], rel=1e-5)
    assert [expected[row] for row in rows] == pytest.approx([expected[row] for row in order])


def test_equal_scores_come_by_row(tmp_path: Path) -> None:
    """Five thousand copies of one text: always the first ones."""
    index = indexed(tmp_path, ["troops leave"] * 5_000)
    assert index.search("troops", 7)[0].tolist() == list(range(7))
    assert len(index) == 5_000


def test_only_allowed_rows_are_found_with_their_usual_score(tmp_path: Path) -> None:
    """A filter takes rows away; it does not change what the others score."""
    noise = random.Random(3)
    texts = [" ".join(noise.choices(WORDS, k=9)) for _ in range(200)]
    index = indexed(tmp_path, texts)
    every = dict(zip(*(part.tolist() for part in index.search("iraq vote", 200)), strict=True))
    allowed = np.arange(0, 200, 7)
    rows, scores = index.search("iraq vote", 5, rows=allowed)
    best = sorted(set(every) & set(allowed.tolist()), key=lambda row: (-every[row], row))[:5]
    assert rows.tolist() == best
    assert scores.tolist() == pytest.approx([every[row] for row in best])
    assert index.search("iraq", 5, rows=np.array([], np.int64))[0].tolist() == []


def test_score_gives_each_row_asked_for(tmp_path: Path) -> None:
    """In the order asked, zero where no term is shared."""
    index = indexed(tmp_path, ["troops leave", "iran base", "troops troops stay"])
    found = dict(zip(*(part.tolist() for part in index.search("troops", 3)), strict=True))
    assert index.score("troops", np.array([1, 2, 0])).tolist() == [0.0, found[2], found[0]]


@given(st.text(max_size=80))
def test_no_text_is_query_syntax(shared_index: Lexical, question: str) -> None:
    """Any question is searched for its words, whatever else it holds."""
    rows, scores = shared_index.search(question, 5)
    assert len(rows) == len(scores) <= 3


@pytest.fixture(scope="module")
def shared_index(tmp_path_factory: pytest.TempPathFactory) -> Lexical:
    """Three texts for many questions."""
    texts = ["a b c", 'row:1 AND (terms:"x" OR *)', "^~2 +-!"]
    return indexed(tmp_path_factory.mktemp("shared"), texts)


@given(st.text(max_size=60))
def test_terms_do_not_depend_on_composition_or_case(text: str) -> None:
    """Composed or decomposed, a text has the same terms."""
    composed = unicodedata.normalize("NFC", text)
    assert terms(unicodedata.normalize("NFD", composed)) == terms(composed)


def test_threads_find_what_one_finds(tmp_path: Path) -> None:
    """Eight threads at once get the answers of a quiet run."""
    noise = random.Random(5)
    index = indexed(tmp_path, [" ".join(noise.choices(WORDS, k=9)) for _ in range(300)])
    serial = [index.search(word, 20)[0].tolist() for word in WORDS * 4]
    with ThreadPoolExecutor(8) as pool:
        parallel = list(pool.map(lambda word: index.search(word, 20)[0].tolist(), WORDS * 4))
    assert parallel == serial


def test_opening_leaves_the_folder_as_it_is(tmp_path: Path) -> None:
    """No lock or other file appears beside the index, and the folder may go while it is open."""
    folder = tmp_path / "lexical"
    write_lexical(folder, ["troops leave", "stay"])
    before = sorted(path.name for path in folder.iterdir())
    index = Lexical(folder)
    assert index.search("troops", 1)[0].tolist() == [0]
    assert sorted(path.name for path in folder.iterdir()) == before
    assert not any("lock" in name for name in before)
    if sys.platform != "win32":
        shutil.rmtree(folder)
        assert index.search("stay", 1)[0].tolist() == [1]


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    """No rows, no error."""
    index = indexed(tmp_path, [])
    assert len(index) == 0
    assert index.search("troops", 5)[0].tolist() == []


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    """The message names the folder."""
    with pytest.raises(IndexCorruptError, match="is damaged"):
        Lexical(tmp_path)


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs unshare")
def test_a_read_only_index_is_searched(tmp_path: Path) -> None:
    """Where nothing can be written, questions are answered all the same."""
    folder = tmp_path / "lexical"
    write_lexical(folder, ["troops leave"])
    script = (
        "mount --bind $0 $0 && mount -o remount,ro,bind $0 && ! touch $0/x 2>/dev/null && "
        '$1 -c "import sys; from pathlib import Path; from askcorpus.lexical import Lexical; '
        "print(Lexical(Path(sys.argv[1])).search('troops', 1)[0].tolist())\" $0"
    )
    run = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, str(folder), sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in run.stderr or "mount" in run.stderr:
        pytest.skip("this machine does not let a test make a read-only mount")
    assert run.stdout == "[0]\n"
