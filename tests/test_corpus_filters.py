"""Filters: over files of all kinds, in one spelling, and before anything is ranked."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from fakes import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from mixed_corpus import KNOWN, NOTE, RACE_DE, RACE_EN, SHORT, VOTE_DE, mixed

from askcorpus.corpus import Corpus
from askcorpus.errors import UsageError
from askcorpus.retriever import FILTERS, Retriever, filters_of, within
from askcorpus.settings import Settings
from askcorpus.types import Filters, Hit, Narrowing

QUESTION = "Who won the race of Linden?"
NO_CODE = (
    "is no known code of a language. Write two letters, such as en. "
    "The articles are in: de (German), en (English)."
)
SHARES = (0.0, Settings().cosine_share, 1.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a folder with the files, in `articles`, and their index."""
    folder = tmp_path_factory.mktemp("mixed")
    mixed(folder).close()
    return folder


@pytest.fixture(scope="module")
def corpus(folder):
    """Open the index."""
    with mixed(folder) as corpus:
        yield corpus


@pytest.fixture(scope="module")
def retrievers(folder):
    """Open it for each share of the cosine."""
    return {
        share: Retriever.open(
            folder / "index", settings=Settings(cosine_share=share), encoder=FakeEncoder()
        )
        for share in SHARES
    }


def test_language_and_section_are_known_from_every_kind_of_file(corpus: Corpus) -> None:
    """A web page, two lines, Markdown; a note says neither."""
    known = {
        each.article_id: (each.language, each.section, each.published, each.publisher)
        for each in corpus.articles
    }
    assert known == KNOWN
    places = [
        fact.where for each in corpus.articles for fact in each.facts if fact.field == "section"
    ]
    assert places == [
        "JSON-LD articleSection",
        "line 1: section",
        "line 2: section",
        "line 3: front matter section",
    ]


@pytest.mark.parametrize(
    ("narrowing", "text", "articles"),
    [
        ({"language": "de"}, "Karla Stein", {VOTE_DE, RACE_DE}),
        ({"language": "EN", "section": "sport"}, "Ada Brook", {RACE_EN}),
        ({"section": " SPORT "}, "Ada Brook", {RACE_DE, RACE_EN}),
        ({"section": "Sport", "publisher": "lindener bote"}, "Karla Stein", {RACE_DE}),
        ({"language": "fr"}, None, set()),
        ({"section": "Weather"}, None, set()),
    ],
)
def test_only_articles_of_the_language_and_section_are_read(
    corpus: Corpus, narrowing: Narrowing, text: str | None, articles: set[str]
) -> None:
    """The same question has another answer in each; what is unknown of an article fits nothing."""
    answer = corpus.ask(QUESTION, **narrowing)
    assert answer.text == text
    assert {hit.passage.article_id for hit in answer.passages} == articles
    assert {hit.passage.article_id for hit in corpus.search(QUESTION, 50, **narrowing)} == articles
    assert {each.article_id for each in within(corpus.articles, filters_of(**narrowing))} == (
        articles
    )


YEARS = st.sampled_from([None, "2020", "2021"])
DRAWN = st.fixed_dictionaries(
    {},
    optional={
        "since": YEARS,
        "until": YEARS,
        "publisher": st.sampled_from([None, "", "Lin Herald", "LINDENER BOTE", "Nobody"]),
        "language": st.sampled_from([None, " ", "de", "EN", "fr"]),
        "section": st.sampled_from([None, "Politics", "sport", "SPORT ", "Weather"]),
    },
).filter(lambda drawn: (drawn.get("since") or "") <= (drawn.get("until") or "9"))


def fits(hit: Hit, narrowing: Narrowing) -> bool:
    """Tell by the table of what is known whether a passage may be found; names are compared so."""
    language, section, published, publisher = KNOWN[hit.passage.article_id]
    named = {"language": language, "section": section, "publisher": publisher}
    year = published and published[:4]
    asked = {name: (value or "").strip().lower() for name, value in narrowing.items()}
    return (
        all((named[name] or "").lower() == asked[name] for name in named if asked.get(name))
        and (not asked.get("since") or (year is not None and year >= asked["since"]))
        and (not asked.get("until") or (year is not None and year <= asked["until"]))
    )


@given(DRAWN, st.sampled_from(SHARES), st.sampled_from([QUESTION, NOTE, "Rathaus, hall?"]))
def test_filtering_before_ranking_is_filtering_a_full_ranking(
    retrievers: dict[float, Retriever], narrowing: Narrowing, share: float, question: str
) -> None:
    """The same passages with the same signals; one signal alone puts them in the same order.

    Where both are mixed, each is measured by the best of the list, so that the order may differ.
    """
    every = retrievers[share].retrieve(question, 99)
    found = retrievers[share].retrieve(question, 99, **narrowing)
    assert {hit.passage.article_id for hit in every} == set(KNOWN)
    wanted, given = (
        [(hit.passage.passage_id, hit.signals.cosine, hit.signals.bm25) for hit in hits]
        for hits in ([hit for hit in every if fits(hit, narrowing)], found)
    )
    assert sorted(given) == sorted(wanted)
    if share in {0.0, 1.0}:
        assert given == wanted


@given(DRAWN)
def test_filters_have_one_spelling(narrowing: Narrowing) -> None:
    """Keywords, the record and back: the same; blank ones are not given."""
    filters = filters_of(**narrowing)
    assert filters_of(**filters.keywords()) == filters
    given = {name: value for name, value in filters.keywords().items() if value}
    assert given == {
        name: value.strip() for name, value in narrowing.items() if (value or "").strip()
    }


def test_keywords_are_the_fields_of_the_record() -> None:
    """One filter more is one field more in both, and nowhere else."""
    assert tuple(Narrowing.__annotations__) == FILTERS
    assert tuple(each.name for each in fields(Filters)) == FILTERS
    assert tuple(Filters().keywords()) == FILTERS


@pytest.mark.parametrize("ask", ["ask", "search"])
@pytest.mark.parametrize(
    ("narrowing", "message"),
    [
        (
            {"langauge": "de"},
            "There is no filter 'langauge'. There are: since, until, publisher, language, section.",
        ),
        (
            {"language": "German"},
            f"--language German {NO_CODE}",
        ),
        (
            {"language": "xx", "section": "Sport"},
            f"--language xx {NO_CODE}",
        ),
    ],
)
def test_what_is_no_filter_is_refused(
    corpus: Corpus, ask: str, narrowing: dict[str, str], message: str
) -> None:
    """A slip of the pen never asks the whole corpus; the codes that the corpus holds are named."""
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        getattr(corpus, ask)(QUESTION, **narrowing)


def test_where_no_language_is_known_that_is_said(corpus: Corpus) -> None:
    """A corpus of short notes has no codes to name."""
    message = (
        "--language q is no known code of a language. Write two letters, such as en. "
        "No article's language is known."
    )
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        within([corpus.article(SHORT)], Filters(language="q"))
