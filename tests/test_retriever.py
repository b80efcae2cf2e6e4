"""The retriever: filters first, both signals exact, an order that repeats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder, FakeTokenEncoder
from hypothesis import given
from hypothesis import strategies as st

from askcorpus.errors import IndexMismatchError, IndexMissingError, UsageError
from askcorpus.index import Intake, sync
from askcorpus.passages import embedded_text
from askcorpus.retriever import (
    Retriever,
    check_question,
    date_span,
    mixture,
    reciprocal_rank,
    with_article,
    with_interaction,
)
from askcorpus.settings import Settings
from askcorpus.storage import writer_lock
from askcorpus.types import Article, Hit, Paragraph, Vectors


def article(name: str, text: str, published: str | None, publisher: str | None) -> Article:
    """An article of one paragraph, without a title."""
    paragraphs = (Paragraph(0, len(text), "body"),)
    return Article(name, text, None, publisher, (), published, None, None, paragraphs)


def far_apart() -> FakeEncoder:
    """An encoder of so many dimensions that no two words of the tests meet by their hash."""
    return FakeEncoder(4096, "fake@4096")


ARTICLES = (
    article("a.txt", "The militia leader expects parliament to vote.", "2019-01-28", "AP"),
    article("b.txt", "The office rejected the call of Tillerson.", "2017-10-23", None),
    article("c.txt", "Qais al-Khazali wants troops to leave.", "2017", "Global Research"),
    article("d.txt", "A recipe for bread.", None, "ap"),
    article("e.txt", "The office rejected the call of Tillerson.", "2018-02", "teleSUR"),
)


@pytest.fixture(scope="module")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the five articles."""
    folder = tmp_path_factory.mktemp("index")
    with writer_lock(folder) as lock:
        sync(lock, Intake(ARTICLES), encoder=far_apart(), settings=Settings())
    return folder


@pytest.fixture(scope="module")
def retriever(index_dir: Path) -> Retriever:
    """The index, opened."""
    return Retriever.open(index_dir, encoder=far_apart())


def names(hits: list[Hit]) -> list[str]:
    """The articles of some hits, in order."""
    return [hit.passage.article_id for hit in hits]


def test_every_passage_is_scored_by_both_signals(retriever: Retriever) -> None:
    """Score, cosine, BM25 and ranks are those of plain arithmetic."""
    question = "Who rejected the call of Tillerson?"
    hits = retriever.retrieve(question)
    # The same sentence, under the shorter date.
    assert names(hits)[:2] == ["e.txt", "b.txt"]
    assert sorted(names(hits)) == ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"]
    encoder = far_apart()
    query = encoder.encode_questions([question])[0]
    published = {item.article_id: item for item in ARTICLES}
    texts = [embedded_text(published[hit.passage.article_id], hit.passage.text) for hit in hits]
    cosines = encoder.encode_passages(texts) @ query
    assert [hit.signals.cosine for hit in hits] == pytest.approx(cosines.tolist(), abs=1e-6)
    assert [hit.signals.bm25 for hit in hits][2:] == [0.0, 0.0, 0.0]
    assert {hit.signals.lexical_rank for hit in hits[:2]} == {1, 2}
    assert [hit.signals.lexical_rank for hit in hits[2:]] == [None, None, None]
    assert sorted(hit.signals.dense_rank or 0 for hit in hits) == [1, 2, 3, 4, 5]
    pairs = [(hit.signals.cosine or 0.0, hit.signals.bm25 or 0.0) for hit in hits]
    assert [hit.score for hit in hits] == mixture(pairs, Settings().cosine_share)


class Synonyms(FakeEncoder):
    """Takes “soldiers” for “troops”."""

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Embed the other word in its place."""
        return super().encode_questions([text.replace("soldiers", "troops") for text in texts])


def test_a_word_finds_what_is_near_it_in_meaning(tmp_path: Path) -> None:
    """“soldiers” is no word of the corpus, “troops” is, and its vector is the same."""
    encoder = Synonyms(4096, "fake@4096")
    with writer_lock(tmp_path) as lock:
        sync(lock, Intake(ARTICLES), encoder=encoder, settings=Settings())
    hit = Retriever.open(tmp_path, encoder=encoder).retrieve("Which soldiers?", 1)[0]
    plain = Retriever.open(tmp_path, encoder=far_apart())
    assert hit.passage.article_id == "c.txt"
    # Found as “troops” is, but none of the question's own words stands in it.
    assert hit.score == plain.retrieve("Which troops?", 1)[0].score
    assert (hit.signals.bm25, hit.signals.lexical_rank) == (0, 1)
    assert plain.retrieve("Which soldiers?", 1)[0].signals.lexical_rank is None


def test_the_best_are_held_against_each_word(tmp_path: Path) -> None:
    """The share of words met goes into the score; without it the order is that of the mixture."""
    encoder = FakeTokenEncoder(4096, "fake@4096")
    with writer_lock(tmp_path) as lock:
        sync(lock, Intake(ARTICLES), encoder=encoder, settings=Settings())
    question = "Which office rejected the troops and the call?"
    hits = Retriever.open(tmp_path, encoder=encoder).retrieve(question)
    plain = Retriever.open(tmp_path, settings=Settings(interaction_share=0.0), encoder=encoder)
    mixed = {hit.passage.passage_id: hit for hit in plain.retrieve(question)}
    assert {hit.signals.interaction for hit in mixed.values()} == {None}
    # 1 word of 4 096 places met: 1 / 64; a word not met has no 1 where the token has one.
    met = {"a.txt": 0, "b.txt": 3, "c.txt": 1, "d.txt": 0, "e.txt": 3}
    for hit in hits:
        of_four = met[hit.passage.article_id] / 4 / 64
        assert hit.signals.interaction == pytest.approx(of_four - (1 / 64 - of_four), abs=1e-6)
    expected = with_interaction(
        [mixed[hit.passage.passage_id].score for hit in hits],
        [hit.signals.interaction for hit in hits],
        Settings().interaction_share,
    )
    assert [hit.score for hit in hits] == pytest.approx(expected)
    assert expected == sorted(expected, reverse=True)


def test_an_index_without_tokens_is_searched_as_before(index_dir: Path) -> None:
    """An encoder that gives tokens finds none to hold them against."""
    encoder = FakeTokenEncoder(4096, "fake@4096")
    question = "Who rejected the call of Tillerson?"
    found = Retriever.open(index_dir, encoder=encoder).retrieve(question)
    assert found == Retriever.open(index_dir, encoder=far_apart()).retrieve(question)


def test_what_is_met_is_mixed_by_shares_of_the_highest() -> None:
    """Below 0 and unknown count as 0; where all are 0 nothing is divided by it."""
    assert with_interaction([0.8, 0.4, 0.2], [0.1, 0.4, None], 0.75) == pytest.approx(
        [0.75 * 0.25 + 0.25, 0.75 + 0.125, 0.0625]
    )
    assert with_interaction([0.0, 0.0], [-0.5, None], 0.75) == [0.0, 0.0]
    assert with_interaction([], [], 0.75) == []


def test_a_passage_is_lifted_towards_the_best_of_its_article() -> None:
    """By the share of what it lacks; the best of each article keep their scores."""
    owners = [7, 2, 7, 2]
    assert with_article([0.9, 0.6, 0.1, 0.5], owners, 0.25) == pytest.approx(
        [0.9, 0.6, 0.1 + 0.25 * 0.8, 0.5 + 0.25 * 0.1]
    )
    assert with_article([0.9, 0.6, 0.1, 0.5], owners, 0.0) == [0.9, 0.6, 0.1, 0.5]
    assert with_article([], [], 0.25) == []


def test_what_stands_beside_the_best_passage_comes_before_a_stranger(tmp_path: Path) -> None:
    """The sale of a bridge says no more of what was paid than that of a house, but of a bridge."""
    first, second = "The old bridge of Linden was sold.", "The buyers came at noon and paid."
    both = (Paragraph(0, len(first), "body"), Paragraph(len(first) + 1, len(first) + 34, "body"))
    told = replace(article("b.txt", f"{first}\n{second}", None, None), paragraphs=both)
    stranger = article("a.txt", "The buyers of a house paid.", None, None)
    settings = Settings(passage_tokens=10)
    with writer_lock(tmp_path) as lock:
        sync(lock, Intake((told, stranger)), encoder=far_apart(), settings=settings)
    question = "What was paid for the old bridge of Linden?"
    orders = [
        [
            (hit.passage.article_id, hit.passage.start)
            for hit in Retriever.open(
                tmp_path, settings=replace(settings, article_share=share), encoder=far_apart()
            ).retrieve(question)
        ]
        for share in (0.0, Settings().article_share)
    ]
    assert orders == [
        [("b.txt", 0), ("a.txt", 0), ("b.txt", len(first) + 1)],
        [("b.txt", 0), ("b.txt", len(first) + 1), ("a.txt", 0)],
    ]


@pytest.mark.parametrize("name", ["cosine_share", "interaction_share", "article_share"])
@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_beyond_the_whole_is_refused(index_dir: Path, name: str, share: float) -> None:
    """It is named with its value."""
    with pytest.raises(UsageError, match=str(share)):
        Retriever.open(index_dir, settings=Settings(**{name: share}), encoder=far_apart())


def test_a_name_is_found_however_it_is_spelled(retriever: Retriever) -> None:
    """The first hit is the article that names him."""
    for spelling in ("Khazali", "Al Khazali", "al-Khazali’s", "QAIS AL–KHAZALI"):
        assert names(retriever.retrieve(f"What does {spelling} want?", 1)) == ["c.txt"]


def test_equal_hits_come_by_place(tmp_path: Path) -> None:
    """A reprint scores as the first print does: names decide, however often one asks."""
    with writer_lock(tmp_path) as lock:
        copies = tuple(article(name, "Troops left.", None, None) for name in "dbca")
        sync(lock, Intake(copies), encoder=far_apart(), settings=Settings())
    retriever = Retriever.open(tmp_path, encoder=far_apart())
    for _ in range(3):
        hits = retriever.retrieve("Which troops?", 3)
        assert names(hits) == ["a", "b", "c"]
        assert len({hit.score for hit in hits}) == 1


def test_k_is_how_many(retriever: Retriever) -> None:
    """The best k of the same order; more than there are gives all."""
    every = retriever.retrieve("Who rejected the call?", 50)
    assert len(every) == 5
    assert retriever.retrieve("Who rejected the call?", 2) == every[:2]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"since": "2018"}, ["a.txt", "e.txt"]),
        ({"since": "2018-02-15"}, ["a.txt", "e.txt"]),
        ({"since": "2018-03"}, ["a.txt"]),
        ({"until": "2017-10-23"}, ["b.txt", "c.txt"]),
        ({"until": "2017-10-22"}, ["c.txt"]),
        ({"until": "2016"}, []),
        ({"since": "2017-10-23", "until": "2017-10-23"}, ["b.txt", "c.txt"]),
        ({"since": "2018-01-01", "until": "2018-12-31"}, ["e.txt"]),
        ({"publisher": "Ap"}, ["a.txt", "d.txt"]),
        ({"publisher": " telesur "}, ["e.txt"]),
        ({"publisher": "ap", "since": "2000"}, ["a.txt"]),
        ({"publisher": "nobody"}, []),
        ({"publisher": ""}, ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"]),
        ({"since": " ", "until": ""}, ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"]),
    ],
)
def test_filters_choose_articles(
    retriever: Retriever, filters: dict[str, str], expected: list[str]
) -> None:
    """An article counts if its date, as precise as it is, may lie within; undated ones do not."""
    assert sorted(names(retriever.retrieve("the office", **filters))) == expected


def test_filters_come_before_ranking(index_dir: Path) -> None:
    """With lists one deep, the best allowed passage is found all the same."""
    shallow = Retriever.open(index_dir, settings=Settings(k_candidates=1), encoder=far_apart())
    question = "Who rejected the call of Tillerson?"
    assert names(shallow.retrieve(question, 1)) == ["e.txt"]
    (hit,) = shallow.retrieve(question, 1, until="2017")
    assert hit.passage.article_id == "b.txt"
    assert (hit.signals.dense_rank, hit.signals.lexical_rank) == (1, 1)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_list_that_is_cut_leaves_scores_exact(index_dir: Path, depth: int) -> None:
    """However few rows either list holds, a passage scores as it does among all of them."""
    question = "Who wants the office of Qais al-Khazali to vote for troops?"
    deep = Retriever.open(index_dir, encoder=far_apart()).retrieve(question, 5)
    known = {hit.passage.article_id: hit for hit in deep}
    assert len({hit.signals.bm25 for hit in deep}) == 5
    settings = Settings(k_candidates=1)
    shallow = Retriever.open(index_dir, settings=settings, encoder=far_apart())
    for hit in shallow.retrieve(question, depth):
        other = known[hit.passage.article_id]
        assert hit.score == pytest.approx(other.score, abs=1e-7)
        assert hit.signals.bm25 == other.signals.bm25
        assert hit.signals.cosine == pytest.approx(other.signals.cosine, abs=1e-7)


def test_a_word_met_before_is_not_embedded_again(tmp_path: Path) -> None:
    """What the corpus lacks is embedded with the first question that has it, and only then."""
    encoder = far_apart()
    with writer_lock(tmp_path) as lock:
        sync(lock, Intake(ARTICLES), encoder=encoder, settings=Settings())
    retriever = Retriever.open(tmp_path, encoder=encoder)
    encoder.embedded.clear()
    first = retriever.retrieve("Which soldiers want the brass band to leave?")
    assert encoder.embedded == ["soldiers", "brass", "band"]
    assert retriever.retrieve("Which soldiers want the brass band to leave?") == first
    retriever.retrieve("Which soldiers in the drum band?")
    assert encoder.embedded == ["soldiers", "brass", "band", "drum"]


@pytest.mark.parametrize(("share", "signal"), [(0.0, "lexical_rank"), (1.0, "dense_rank")])
def test_one_list_can_rule_alone(index_dir: Path, share: float, signal: str) -> None:
    """With no share, or all of it, passages come in the order of the one list that is left."""
    settings = Settings(cosine_share=share)
    alone = Retriever.open(index_dir, settings=settings, encoder=far_apart())
    hits = alone.retrieve("Who wants the office of Qais al-Khazali?", 5)
    ranks = [getattr(hit.signals, signal) for hit in hits]
    listed = [rank for rank in ranks if rank is not None]
    assert listed == list(range(1, len(listed) + 1))
    assert ranks[: len(listed)] == listed


@pytest.mark.parametrize("share", [-0.01, 1.01])
def test_a_share_outside_its_bounds_is_refused(index_dir: Path, share: float) -> None:
    """A list that counts against what it lists would turn the order around."""
    message = f"The share of the cosine must lie between 0 and 1, not {share}."
    with pytest.raises(UsageError, match=re.escape(message)):
        Retriever.open(index_dir, settings=Settings(cosine_share=share), encoder=far_apart())


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"since": "yesterday"}, "--since yesterday is no date. Write it as 2019, 2019-01 or"),
        ({"until": "2019-02-30"}, "--until 2019-02-30 is no date"),
        ({"until": "2019-13"}, "--until 2019-13 is no date"),
        ({"since": "2019", "until": "2018"}, "No day is both since 2019 and until 2018."),
    ],
)
def test_filters_that_make_no_sense_are_refused(
    retriever: Retriever, filters: dict[str, str], message: str
) -> None:
    """The message says how to write a date."""
    with pytest.raises(UsageError, match=message):
        retriever.retrieve("the office", **filters)


def test_no_passages_asked_for_is_refused(retriever: Retriever) -> None:
    """At least one, that is."""
    with pytest.raises(UsageError, match="must be 1 or more, not 0"):
        retriever.retrieve("the office", 0)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "The question is empty."),
        (" \n\u3000", "The question is empty."),
        ("?!… —", "The question has neither a letter nor a digit."),
        ("x" * 5_000, "The question has 5,000 characters; at most 1,000 are read."),
    ],
)
def test_questions_that_make_no_sense_are_refused(
    retriever: Retriever, question: str, message: str
) -> None:
    """By one function, for search and answers alike."""
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        retriever.retrieve(question)


@pytest.mark.parametrize(
    "question", ["who is the", "где войска?", "军队在哪里", "5200", "a" * 1_000]
)
def test_unusual_questions_are_searched(retriever: Retriever, question: str) -> None:
    """Stop words alone, other languages, a number, a very long word: hits, no error."""
    assert len(retriever.retrieve(question)) == 5


def test_questions_are_composed_and_stripped() -> None:
    """NFC, no outer white space, otherwise as typed."""
    assert check_question(" Cafe\u0301? ", Settings()) == "Café?"


@given(st.text(max_size=200))
def test_any_text_is_searched_or_refused(retriever: Retriever, question: str) -> None:
    """No question ends in anything but hits or a usage error; scores never rise."""
    try:
        hits = retriever.retrieve(question)
    except UsageError:
        return
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_threads_find_what_one_finds(retriever: Retriever) -> None:
    """Eight threads at once get the hits of a quiet run, to the bit."""
    questions = [f"Who rejected call {number} of Tillerson?" for number in range(64)]
    serial = [retriever.retrieve(question) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(retriever.retrieve, questions)) == serial


def test_an_empty_index_has_no_hits(tmp_path: Path) -> None:
    """Nothing indexed, nothing found, no error."""
    with writer_lock(tmp_path) as lock:
        sync(lock, Intake(()), encoder=far_apart(), settings=Settings())
    retriever = Retriever.open(tmp_path, encoder=far_apart())
    assert retriever.retrieve("Who?") == []
    assert retriever.retrieve("Who?", since="2019") == []


def test_opening_checks_encoder_and_settings(index_dir: Path, tmp_path: Path) -> None:
    """Another encoder is always refused, other settings if they are given."""
    with pytest.raises(IndexMissingError):
        Retriever.open(tmp_path, encoder=far_apart())
    with pytest.raises(IndexMismatchError, match="has encoder fake@4096"):
        Retriever.open(index_dir, encoder=FakeEncoder(fingerprint="other"))
    with pytest.raises(IndexMismatchError, match="has passage tokens 112, but 50 is in use"):
        Retriever.open(index_dir, settings=Settings(passage_tokens=50), encoder=far_apart())


@pytest.mark.parametrize(
    ("date", "span"),
    [
        ("2019", ("2019-01-01", "2019-12-31")),
        ("2020-02", ("2020-02-01", "2020-02-29")),
        ("2019-01-28", ("2019-01-28", "2019-01-28")),
        ("2019-00", None),
        ("2019-02-29", None),
        ("0000", None),
        ("28.1.2019", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_a_span_of_days(date: str | None, span: tuple[str, str] | None) -> None:
    """From the first to the last day it can mean."""
    assert date_span(date) == span


PAIRS = st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 50)), max_size=12)


@given(PAIRS, st.floats(0, 1))
def test_the_mixture_follows_both_signals(pairs: list[tuple[float, float]], share: float) -> None:
    """In [0, 1], and a row that is no worse in both signals is no worse."""
    scores = mixture(pairs, share)
    assert all(0 <= score <= 1 + 1e-9 for score in scores)
    for one, first in zip(pairs, scores, strict=True):
        for other, second in zip(pairs, scores, strict=True):
            if one[0] <= other[0] and one[1] <= other[1]:
                assert first <= second + 1e-9


def test_the_mixture_in_the_head() -> None:
    """Half of each: (0 + 1) / (1 + 1) and 2 / 4."""
    assert mixture([(1.0, 2.0), (0.0, 4.0), (-1.0, 0.0)], 0.5) == [0.75, 0.75, 0.0]
    assert mixture([], 0.5) == []


@given(
    st.lists(
        st.tuples(*(st.one_of(st.none(), st.integers(1, 100)),) * 2),
        max_size=10,
    ),
    st.integers(1, 5),
)
def test_rank_fusion_knows_only_the_order(
    ranks: list[tuple[int | None, int | None]], constant: int
) -> None:
    """A better rank never lowers the score; a list that does not hold a row adds nothing."""
    scores = reciprocal_rank(ranks, constant)
    better = reciprocal_rank([(a and max(a - 1, 1), b) for a, b in ranks], constant)
    assert all(one <= other for one, other in zip(scores, better, strict=True))
    assert reciprocal_rank([(1, 3), (2, None), (None, None)], 1.0) == [0.75, 1 / 3, 0.0]


def test_ranks_fuse_to_the_order_of_their_sum() -> None:
    """First in both lists is first; scores fall with every rank."""
    scores = reciprocal_rank([(rank, rank) for rank in range(1, 50)])
    assert np.all(np.diff(scores) < 0)
