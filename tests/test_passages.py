"""Passages: they hold the article, in order, within budget, and stay where they belong."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askcorpus import passages as room
from askcorpus.errors import DataError, UsageError
from askcorpus.passages import embedded_text, split, spoken_date, token_counter, vocabulary_name
from askcorpus.types import Article, Paragraph, Passage

SEEDS = sorted((Path(__file__).parents[1] / "seeds").glob("*.txt"))


def article_of(*paragraphs: tuple[str, str] | str, title: str | None = None) -> Article:
    """An article of paragraphs; a bare text is body."""
    pairs = [("body", part) if isinstance(part, str) else part for part in paragraphs]
    text = "\n".join(part for _, part in pairs)
    found, start = [], 0
    for kind, part in pairs:
        found.append(Paragraph(start, start + len(part), kind))
        start += len(part) + 1
    return Article("a.txt", text, title, None, (), None, None, None, tuple(found))


def words(text: str) -> int:
    """A token counter that can be checked by eye."""
    return len(text.split())


def texts_of(article: Article, budget: int) -> list[str]:
    """Passages measured in words, seen by an encoder that sees everything."""
    found = split(article, budget=budget, count=words, fits=lambda _: True)
    return [passage.text for passage in found]


def test_whole_paragraphs_are_packed_up_to_the_budget() -> None:
    """Two paragraphs that fit together are one passage, named by its place."""
    long = "word " * 14 + "end"
    article = article_of(long, long, long)
    assert split(article, budget=30, count=words, fits=lambda _: True) == (
        Passage("a.txt#0-147", "a.txt", f"{long}\n{long}", 0, 147),
        Passage("a.txt#148-221", "a.txt", long, 148, 221),
    )


def test_headline_and_byline_go_with_the_first_paragraph() -> None:
    """They never end a passage when something follows, even where the body must be cut for it."""
    article = article_of(
        ("headline", "Militia leader speaks"),
        ("byline", "By Qassim Abdul-Zahra"),
        "One two three four five. Six seven eight nine ten. Eleven twelve thirteen fourteen.",
    )
    assert texts_of(article, 12) == [
        "Militia leader speaks\nBy Qassim Abdul-Zahra\nOne two three four five.",
        "Six seven eight nine ten. Eleven twelve thirteen fourteen.",
    ]


def test_a_headline_inside_the_text_goes_with_what_follows() -> None:
    """A passage does not end on a subheading."""
    long = "word " * 19 + "end"
    article = article_of(long, ("headline", "A subheading"), long)
    assert texts_of(article, 25) == [long, f"A subheading\n{long}"]


def test_a_short_paragraph_goes_with_the_one_before() -> None:
    """A quote and its “he said” are not parted where a cut elsewhere is possible."""
    first = "word " * 15 + "first"
    quote = "word " * 15 + "quote"
    said = "he said on Monday"
    article = article_of(first, quote, said)
    assert texts_of(article, 34) == [first, f"{quote}\n{said}"]


def test_a_long_paragraph_is_cut_at_sentence_ends() -> None:
    """Abbreviations do not end a sentence."""
    article = article_of(
        "Mr. Smith came to Baghdad. He saw Sgt. Jones there. They left at 5 p.m. today."
    )
    assert texts_of(article, 6) == [
        "Mr. Smith came to Baghdad.",
        "He saw Sgt. Jones there.",
        "They left at 5 p.m. today.",
    ]


def test_a_long_sentence_is_cut_between_words_and_a_long_word_anywhere() -> None:
    """Nothing is lost, whatever must be cut."""
    assert texts_of(article_of("a b c d e f g h i"), 4) == ["a b c d", "e f g h", "i"]
    count = len
    found = split(article_of("x" * 10), budget=4, count=count, fits=lambda _: True)
    assert [(passage.start, passage.end) for passage in found] == [(0, 2), (2, 5), (5, 7), (7, 10)]


def test_an_article_without_text_has_no_passages() -> None:
    """White space is not a passage."""
    assert texts_of(article_of(""), 10) == []
    assert texts_of(article_of(" \u00a0", "\t"), 10) == []


def test_an_article_without_paragraphs_is_one() -> None:
    """Its whole text is taken as a paragraph."""
    article = Article("a.txt", " Some text. ", None, None, (), None, None, None, ())
    assert texts_of(article, 10) == ["Some text."]


def test_what_the_encoder_cannot_see_is_cut_further() -> None:
    """Within the budget, but not within the encoder: the smaller one counts."""
    article = article_of("one two three four five six", title="T")
    found = split(article, budget=6, count=words, fits=lambda text: words(text) <= 4)
    assert [passage.text for passage in found] == ["one two three", "four five six"]


HARD = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=60),
    st.sampled_from(
        [
            "漢字かな交じり文。" * 30,
            "🎉👩‍👩‍👧 " * 60,
            "a" * 900,
            "Ünïcödé wörds. " * 40,
            "“Go,” he said.",
        ]
    ),
)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from(["headline", "byline", "body"]), HARD), max_size=8),
    st.integers(min_value=1, max_value=60),
)
def test_passages_hold_the_article(parts: list[tuple[str, str]], budget: int) -> None:
    """Every character that is not white space is in one passage, in order; texts slice back."""
    article = article_of(*parts)
    count = token_counter()
    found = split(article, budget=budget, count=count, fits=lambda _: True)
    place = 0
    for passage in found:
        assert passage.text == article.text[passage.start : passage.end]
        assert passage.text == passage.text.strip() != ""
        assert article.text[place : passage.start].strip() == ""
        assert count(passage.text) <= budget or len(passage.text) == 1
        place = passage.end
    assert article.text[place:].strip() == ""


@pytest.mark.slow
def test_every_passage_is_seen_whole_by_the_bundled_encoder() -> None:
    """With the longest title, in any script, no embedded text is over 256 word pieces."""
    from askcorpus.encoder import SentenceEncoder

    encoder = SentenceEncoder()
    texts = [
        *(path.read_text("utf-8") for path in SEEDS),
        "漢字かな交じり文。" * 300,
        "🎉👩‍👩‍👧" * 1_000,
        "a" * 10_000,
        "각하 낭독 " * 500,
        "a.b-c/d’e " * 800,
    ]
    for text in texts:
        for title in (None, "漢" * 500, "Iraqi militia leader wants US troops to leave"):
            lines = [line for line in text.split("\n") if line.strip()]
            article = article_of(*lines, title=title)
            found = split(
                article,
                budget=112,
                count=token_counter(),
                fits=lambda text: encoder.count_pieces(text) <= encoder.max_pieces,
            )
            assert "".join(p.text for p in found).split() or not text.strip()
            for passage in found:
                assert encoder.count_pieces(embedded_text(article, passage.text)) <= 256


@pytest.mark.parametrize(
    ("title", "published", "expected"),
    [
        ("T", "2019-01-28", "T (28 January 2019)\ntext"),
        ("T", None, "T\ntext"),
        (None, "2019-01", "January 2019\ntext"),
        (None, None, "text"),
        (" two\nlines ", "2019", "two lines (2019)\ntext"),
        ("long title " * 40, None, "long title " * 14 + "long…\ntext"),
    ],
)
def test_title_and_date_stand_before_the_embedded_text(
    title: str | None, published: str | None, expected: str
) -> None:
    """As precise as the article, on one line, never longer than 161 characters."""
    article = Article("a", "text", title, None, (), published, None, None, ())
    assert embedded_text(article, "text") == expected


def test_dates_are_spoken_as_precisely_as_they_are_known() -> None:
    """An odd month is left out rather than guessed."""
    dates = ["2019-01-28", "2017-10-03", "2019-12", "2019", "2019-13-01"]
    assert [spoken_date(date) for date in dates] == [
        "28 January 2019",
        "3 October 2017",
        "December 2019",
        "2019",
        "2019",
    ]


def test_the_bundled_vocabulary_gives_every_text_back() -> None:
    """It is byte level: no text is unknown to it, and every byte is a token."""
    encoding = room._bundled_encoding()
    assert encoding.n_vocab == 12_000
    for byte in range(256):
        assert encoding.decode_single_token_bytes(byte) == bytes([byte])
    for path in SEEDS:
        text = path.read_text("utf-8")
        assert encoding.decode(encoding.encode_ordinary(text)) == text


def test_the_vocabulary_is_in_the_file_format_of_tiktoken() -> None:
    """A line a token: base64 and rank, ranks counted from 0."""
    path = Path(room.__file__).parent / "data" / "passages.tiktoken"
    lines = path.read_text("ascii").splitlines()
    assert [int(line.split()[1]) for line in lines] == list(range(12_000))
    tokens = [base64.b64decode(line.split()[0]) for line in lines]
    assert len(set(tokens)) == 12_000
    assert max(len(token.decode("utf-8", "replace")) for token in tokens) <= 25


def test_counts_of_the_seeds_are_stable() -> None:
    """Under two tokens to a word of raw news pages, addresses and names included."""
    count = token_counter()
    assert count("How many US troops are in Iraq?") == 9
    text = "".join(path.read_text("utf-8") for path in SEEDS)
    assert 1.3 < count(text) / len(re.findall(r"\S+", text)) < 1.8


def test_a_damaged_vocabulary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another file under the same name would move every passage boundary."""
    monkeypatch.setattr(room, "VOCABULARY_SHA256", "0" * 64)
    room._bundled_encoding.cache_clear()
    with pytest.raises(DataError, match=r"passages\.tiktoken is damaged: SHA-256 86306cf0"):
        token_counter()


def test_an_unknown_vocabulary_is_named() -> None:
    """The message lists what there is."""
    with pytest.raises(UsageError, match=r"knows no vocabulary nope\. Known are: bundled, "):
        token_counter("nope")


def test_the_manifest_names_the_vocabulary_by_content() -> None:
    """A new bundled vocabulary is another one."""
    assert vocabulary_name() == "bundled@86306cf031d972c8"
    assert vocabulary_name("cl100k_base") == "cl100k_base"
