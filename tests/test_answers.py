"""Spans compete, equal answers meet, borders fall where a person would put them."""

import math
from dataclasses import replace

import pytest

from askcorpus.answers import (
    candidates,
    decide,
    grouped,
    in_readers_order,
    is_right,
    respelled,
    says_same,
)
from askcorpus.calibration import FEATURES, UNCALIBRATED, Calibration
from askcorpus.types import Article, Hit, Paragraph, Passage, Signals, Span


def passage(article_id: str, text: str, start: int = 0) -> Passage:
    return Passage(f"{article_id}#{start}", article_id, text, start, start + len(text))


def article(article_id: str, text: str, title: str | None = None) -> Article:
    return Article(
        article_id=article_id,
        text=text,
        title=title,
        publisher=None,
        authors=(),
        published=None,
        modified=None,
        url=None,
        paragraphs=(Paragraph(0, len(text), "body"),),
    )


def hit(article_id: str, text: str, start: int = 0, score: float = 0.5) -> Hit:
    return Hit(passage(article_id, text, start), score, Signals(cosine=0.25))


def place(text: str, quote: str) -> tuple[int, int]:
    start = text.index(quote)
    return start, start + len(quote)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Did ISIS lose Rakka?", "Did ISIS lose Raqqa?"),
        ("Who leads Asa'ib Ahl al-Haqq?", "Who leads Asa'ib Ahl al-Haq?"),
        ("Did Hizbullah help Ameri?", "Did Hezbollah help Ameri?"),
        ("What did Ayatollah Sistany say?", "What did Ayatollah Sistani say?"),
        ("Who lost in Iran?", "Who lost in Iran?"),
        ("Where is Mosul?", "Where is Mosul?"),
        ("What was Hizbullah's role?", "What was Hezbollah's role?"),
        ("What is Amiri’s rank?", "What is Ameri’s rank?"),
    ],
)
def test_names_are_respelled_as_the_passages_spell_them(question, wanted):
    """Only a word that no passage holds, and that sounds like a name there, is exchanged."""
    texts = [
        "Ali al-Sistani spoke. ISIS lost Raqqa in Iraq.",
        "Hezbollah and Asaib Ahl al-Haq helped Hadi al-Ameri, an Ayatollah said.",
    ]
    assert respelled(question, texts) == wanted


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("5,200", "5,200 troops"),
        ("Tillerson", "Rex Tillerson"),
        ("the Asa'ib Ahl al-Haq", "Asaib Ahl al-Haq"),
        ("Oct. 23", "Oct 23"),
        ("5,200", "thousands"),
        ("several thousand", "5,200 troops"),
        ("The", "the"),
    ],
)
def test_same_answers_meet(left, right):
    """Spelling, articles and an added name or unit do not make another answer."""
    assert says_same(left, right)
    assert says_same(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("3", "3 million"),
        ("5,200", "2,500"),
        ("5,200", "hundreds"),
        ("80,000", "hundreds of thousands"),
        ("80,000 to 100,000", "several thousand"),
        ("thousands", "tens of thousands"),
        ("2017", "23 October 2017"),
        ("Rex Tillerson", "Rex Harrison"),
        ("Iraq", "troops of the United States who were sent to Iraq in spring"),
    ],
)
def test_different_answers_stay_apart(left, right):
    """Another number, magnitude or name is another answer."""
    assert not says_same(left, right)
    assert not says_same(right, left)


@pytest.mark.parametrize(
    ("quote", "accepted", "wanted"),
    [
        ("5,200 troops", ["5,200"], True),
        ("the U.S.", ["US", "America"], True),
        ("Sheikh Qais al-Khazali", ["Qais al-Khazali"], True),
        ("Qais al-Khazali of the Asaib", ["Khazali"], False),
        ("2,500", ["5,200"], False),
        ("5,200", [], False),
        ("…", ["5,200"], False),
    ],
)
def test_what_counts_as_right(quote, accepted, wanted):
    """Half of the words in common is right, whatever the spelling."""
    assert is_right(quote, accepted) is wanted


def test_candidates_are_places_in_their_articles():
    """Offsets of a passage become offsets of its article; the best margin comes first."""
    first, second = hit("a", "There are 5,200 troops.", 100), hit("b", "Only 2,500 are left.", 7)
    spans = [(Span(10, 15, 1.0),), (Span(5, 10, 3.0), Span(0, 0, 9.0))]
    found = candidates([first, second], spans)
    assert [(one.quote, one.start, one.end, one.rank, one.margin) for one in found] == [
        ("2,500", 12, 17, 1, 3.0),
        ("5,200", 110, 115, 0, 1.0),
    ]


def test_spans_and_hits_must_be_as_many():
    """Nothing falls out of step silently."""
    with pytest.raises(ValueError, match="shorter"):
        candidates([hit("a", "x")], [])


def test_passages_are_ordered_by_reader_and_retriever():
    """Three of margin outweigh a tenth of score, one does not; nothing marked comes last."""
    hits = [
        replace(hit(name, "5,200 men"), score=score)
        for name, score in (("a", 0.9), ("b", 0.8), ("c", 0.8), ("d", 0.75))
    ]
    spans = [(Span(0, 5, 0.0),), (Span(0, 5, 1.0),), (Span(0, 5, 3.0),), ()]
    found = candidates(hits, spans)
    marked = [[one for one in found if one.rank == rank] for rank in range(4)]
    ordered = in_readers_order(hits, marked)
    assert [one.passage.article_id for one in ordered] == ["c", "a", "b", "d"]


def test_groups_keep_the_order_of_their_best():
    """A candidate joins the first group that says the same."""
    hits = [hit("a", "5,200 troops"), hit("b", "2,500 men"), hit("c", "5,200")]
    spans = [(Span(0, 12, 3.0),), (Span(0, 5, 2.0),), (Span(0, 5, 1.0),)]
    groups = grouped(candidates(hits, spans))
    assert [[one.quote for one in group] for group in groups] == [
        ["5,200 troops", "5,200"],
        ["2,500"],
    ]


def test_the_exact_number_is_shown():
    """Where a vague and an exact number agree, the exact one stands for both."""
    hits = [hit("a", "thousands of men"), hit("b", "5,200 men")]
    groups = grouped(candidates(hits, [(Span(0, 9, 3.0),), (Span(0, 5, 2.0),)]))
    assert [[one.quote for one in group] for group in groups] == [["5,200", "thousands"]]


def test_an_exact_number_that_the_reader_does_not_believe_stands_behind():
    """Any number of that size would agree: only one that may answer is shown first."""
    hits = [hit("a", "thousands of men"), hit("b", "5,200 men")]
    groups = grouped(candidates(hits, [(Span(0, 9, 3.0),), (Span(0, 5, -9.0),)]))
    assert [tuple(one.quote for one in group) for group in groups] == [("thousands", "5,200")]


def test_what_agrees_lends_its_strength():
    """An exact number that a vague one bears out is as sure as the surer of the two."""
    hits = [hit("a", "thousands of men"), hit("b", "5,200 men")]
    found = candidates(hits, [(Span(0, 9, 6.0),), (Span(0, 5, -2.0),)])
    alone = candidates(hits[1:], [(Span(0, 5, -2.0),)])
    calibration = Calibration(0.0, dict.fromkeys(FEATURES, 0.0) | {"margin": 1.0}, 0.5)
    articles = {"a": article("a", "thousands of men"), "b": article("b", "5,200 men")}
    (both,) = decide("How many men?", found, articles, calibration)
    (one,) = decide("How many men?", alone, articles, calibration)
    assert (both.best.quote, one.best.quote) == ("5,200", "5,200")
    assert both.probability > 0.9
    assert one.probability < 0.5


def test_a_vague_number_hides_no_disagreement():
    """Two exact numbers stay two answers, though a vague one agrees with both."""
    hits = [hit("a", "thousands of men"), hit("b", "5,200 men"), hit("c", "8,000 men")]
    spans = [(Span(0, 9, 3.0),), (Span(0, 5, 2.0),), (Span(0, 5, 1.0),)]
    groups = grouped(candidates(hits, spans))
    assert [[one.quote for one in group] for group in groups] == [["5,200", "thousands"], ["8,000"]]


def test_two_articles_outweigh_one():
    """With a weight on agreement, what two articles say comes before what one says."""
    hits = [hit("a", "2,500 men"), hit("b", "5,200 men"), hit("c", "5,200 men")]
    spans = [(Span(0, 5, 2.1),), (Span(0, 5, 2.0),), (Span(0, 5, 2.0),)]
    fitted = Calibration(0.0, {"margin": 0.5, "agreement": 1.0}, 0.5)
    articles = {one.passage.article_id: article("", one.passage.text) for one in hits}
    groups = decide("How many men?", candidates(hits, spans), articles, fitted)
    assert [group.best.quote for group in groups] == ["5,200", "2,500"]
    assert groups[0].probability == pytest.approx(1 / (1 + math.exp(-(1.0 + math.log(2)))))


def test_nothing_found_gives_no_groups():
    """No spans, no answer."""
    assert decide("Who?", [], {}, UNCALIBRATED) == []


def test_the_best_passage_that_says_the_same_gives_the_rank():
    """The answer that is shown may stand in a later passage than another that agrees with it."""
    hits = [hit("a", "Tillerson spoke."), hit("b", "Zarif met Rex Tillerson.")]
    spans = [(Span(0, 9, 1.0),), (Span(10, 23, 2.0), Span(0, 5, 0.0))]
    articles = {one.passage.article_id: article("", one.passage.text) for one in hits}
    groups = decide("Who spoke?", candidates(hits, spans), articles, UNCALIBRATED)
    assert {group.best.quote: group.values["rank"] for group in groups} == {
        "Rex Tillerson": 0.0,
        "Zarif": 1.0,
    }


def test_features_of_a_group():
    """Every feature is what its description says."""
    first = hit("a", "Tillerson met al-Abadi in Baghdad.", score=0.75)
    second = hit("b", "Nobody was in Riyadh.")
    spans = [(Span(*place(first.passage.text, "Baghdad"), 2.0),), (Span(14, 20, -1.0),)]
    articles = {
        "a": article("a", first.passage.text, "A visit to Iraq"),
        "b": article("b", second.passage.text),
    }
    question = "Where in Iraq did Tillerson meet King Salman?"
    groups = decide(question, candidates([first, second], spans), articles, UNCALIBRATED)
    assert groups[0].values == {
        "margin": 2.0,
        "lead": 3.0,
        "cosine": 0.25,
        "score": 0.75,
        "rank": 0.0,
        "coverage": pytest.approx(2 / 5),
        "names": pytest.approx(2 / 4),
        "head": 0.0,
        "agreement": 0.0,
    }
    assert tuple(groups[0].values) == FEATURES


@pytest.mark.parametrize(
    ("question", "quote", "wanted"),
    [
        ("When was the article published?", "28 January 2019", 1.0),
        ("When was he jailed?", "28 January 2019", -1.0),
        ("When was he jailed?", "2007", 0.0),
    ],
)
def test_a_dateline_answers_questions_about_the_article(question, quote, wanted):
    """A date under the headline is no date of what is told below it."""
    text = "28 January 2019\nHe was jailed in 2007."
    paragraphs = (Paragraph(0, 15, "byline"), Paragraph(16, len(text), "body"))
    told = replace(article("a", text), paragraphs=paragraphs)
    found = candidates([hit("a", text)], [(Span(*place(text, quote), 1.0),)])
    groups = decide(question, found, {"a": told}, UNCALIBRATED)
    assert groups[0].values["head"] == wanted
