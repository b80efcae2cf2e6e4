"""An answer in words, text, Markdown and HTML: verbatim, escaped, and the same every time."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_corpus import ARTICLES, BRIDGE, FakeCorpus, article_of

from askcorpus.render import (
    CLOSEST_LABEL,
    Shelf,
    as_html,
    corpus_in_words,
    date_in_words,
    lines,
    passage_link,
    printable,
    quote_in_context,
    source_line,
    verdict,
    visible,
    web_link,
)
from askcorpus.types import Alternative

CORPUS = FakeCorpus()
FOUND = CORPUS.ask("How many people use the bridge?")
NOTHING = CORPUS.ask("How deep is the river?")
SHELF = Shelf(
    label=corpus_in_words(ARTICLES),
    articles={each.article_id: each for each in ARTICLES},
    numbers={each.article_id: number for number, each in enumerate(ARTICLES)},
)
PAYLOADS = [
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    '"><svg onload=window.hit=1>',
    "</mark></blockquote><style>*{display:none}</style>",
    "{{7*7}} ${7*7} {% raw %} #{7*7}",
    "javascript:window.hit=1",
    "&lt;script&gt;",
    "' onmouseover='window.hit=1",
]

TAGS = set(
    "a article b bdi blockquote body code details div footer h1 h2 h3 head header html li link main"
    " mark meta nav ol p pre q section span summary table tbody td th thead time title tr ul"
    " circle figcaption figure line rect svg text"
    " button datalist dd dl dt form input label option select small strong".split()
)
"""All that the templates write; none of them runs anything or loads anything by itself."""


class Reader(HTMLParser):
    """Collects tags, attributes, and the text that stands inside `mark`."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.marked, self.text = [], [], [], ""
        self._stack = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "mark":
            self.marked.append("")
        if tag not in {"meta", "link", "br", "img", "input"}:
            self._stack.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag):
        assert self._stack.pop()[0] == tag, "tags are nested"

    def handle_data(self, data):
        self.text += data
        hidden = any("ac-hidden" in classes for _, classes in self._stack)
        if any(tag == "mark" for tag, _ in self._stack) and not hidden:
            self.marked[-1] += data


def read(html) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("2019-01-28", "28 January 2019"),
        ("2024-03-01", "1 March 2024"),
        ("2024-03", "March 2024"),
        ("2024", "2024"),
        (None, "date unknown"),
        ("2024-13", "2024-13"),
    ],
)
def test_date_is_said_as_precisely_as_it_is_known(date, words):
    """A date is never made more precise than its source."""
    assert date_in_words(date) == words


@pytest.mark.parametrize(
    ("articles", "words"),
    [
        ((), "0 articles"),
        ((BRIDGE,), "1 article, Jan 2019"),
        (ARTICLES, "3 articles, Nov 2018 – Jan 2019"),
        ((replace(BRIDGE, published=None),), "1 article"),
        ((replace(BRIDGE, published="1999"), BRIDGE), "2 articles, 1999 – Jan 2019"),
    ],
)
def test_corpus_is_said_in_words(articles, words):
    """The size of the corpus and the time it spans are told; undated articles do not count."""
    assert corpus_in_words(articles) == words


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "Clear match"),
        (0.80, "Clear match"),
        (0.79, "Probable"),
        (0.50, "Probable"),
        (0.49, "Weak: read the passage"),
        (0.0, "Weak: read the passage"),
    ],
)
def test_verdict_follows_the_cut_points(confidence, words):
    """Confidence becomes words; a cut point belongs to the better word."""
    assert verdict(replace(FOUND, confidence=confidence)) == words


def test_verdict_of_nothing_names_the_corpus():
    """What was not found was not found in this corpus, which is named."""
    assert verdict(NOTHING, SHELF) == ("Not found in this corpus (3 articles, Nov 2018 – Jan 2019)")
    assert verdict(NOTHING) == "Not found in this corpus"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
        ("HTTP://A.example", "http://a.example"),
        ("http://user:word@a.example:8080/", "http://a.example:8080/"),
        ("https://пример.example/", "https://xn--e1afmkfd.example/"),
        ("http://[::1]/x", "http://[::1]/x"),
        ("java\tscript:alert(1)", None),
        ("javascript://a.example/%0aalert(1)", None),
        ("\x01javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("//a.example", None),
        ("https://", None),
        ("https:a.example", None),
        ("http://[::1", None),
        ("http://a.example:99999/", None),
        ("ftp://a.example", None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_with_a_host_become_links(url, link):
    """Everything else stays text; a host is shown in ASCII, without a name and password."""
    assert web_link(url) == link


def test_control_characters_are_named():
    """Running text keeps its line breaks; one-line text names all that cannot be seen."""
    assert printable("a\x1b[31m\nb\tc\x00\u202e") == "a⟨U+001B⟩[31m\nb\tc⟨U+0000⟩\u202e"
    assert visible("a\u202eb\n\u200bc\udc80") == "a⟨U+202E⟩b⟨U+000A⟩⟨U+200B⟩c⟨U+DC80⟩"


def test_quote_is_cut_out_of_its_sentence_with_one_sentence_each_side():
    """Lead, before, quote, after and trail are slices of the passage, in its order."""
    citation = next(each for each in FOUND.citations if each.article_id == "bridge.txt")
    cut = quote_in_context(citation, FOUND.passages)
    assert (cut.lead, cut.before, cut.marked, cut.after, cut.trail) == (
        "The stone bridge over the Lin closes on 3 March.",
        "Around ",
        "4,200",
        " people cross it every day.",
        "Mayor Ada Brook, head of the council, called the step overdue.",
    )


def test_source_line_gives_title_publisher_and_date():
    """A source without publisher or date says so by leaving out or by words."""
    assert source_line(BRIDGE) == "Old bridge to close in March, Lin Herald, 28 January 2019"
    assert source_line(replace(BRIDGE, title=None, publisher=None, published=None)) == (
        "bridge.txt, date unknown"
    )


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r")), max_size=6),
    st.integers(-5, 80),
    st.integers(-5, 80),
)
def test_lines_mark_exactly_the_span(paragraphs, start, end):
    """The marked slices are the span, clipped to the paragraphs; all slices are the text."""
    article = article_of("a.txt", ["Title", *paragraphs])
    cut = list(lines(article, start, end))
    assert [line.before + line.marked + line.after for line in cut] == ["Title", *paragraphs]
    expected = [
        article.text[max(start, each.start) : min(end, each.end)]
        if max(start, each.start) < min(end, each.end)
        else ""
        for each in article.paragraphs
    ]
    assert [line.marked for line in cut] == expected
    assert sum(line.first for line in cut) == (1 if any(expected) else 0)


def test_card_marks_every_quote_and_nothing_else():
    """Each citation and each alternative has its span marked, character for character."""
    card = read(as_html(FOUND, SHELF))
    assert card.marked == ["4,200", "4,200", "3,900"]
    assert "Clear match" in card.text
    assert "1 other article says the same" in card.text
    assert "Another source says 3,900" in card.text
    assert (
        "href",
        "https://herald.example/bridge?id=1#:~:text=Around-,4%2C200,-people%20cross%20it",
    ) in card.attributes
    assert ("href", "/article/1?s=38&e=43#p2") in card.attributes


def test_other_readings_of_a_cited_article_are_folded_away():
    """Another source's answer stands open; one from a cited article waits behind a heading."""
    from_river, own = FOUND.alternatives[0], FOUND.citations[0]
    both = (from_river, Alternative("A ferry", 0.1, (own,)))
    card = " ".join(read(as_html(replace(FOUND, alternatives=both), SHELF)).text.split())
    assert "Another source says 3,900" in card
    assert "Other readings of the same sources (1) It also says A ferry" in card


def test_many_articles_that_say_the_same_are_folded_after_three():
    """All of them are on the card."""
    many = replace(FOUND, citations=FOUND.citations * 3)
    card = read(as_html(many, SHELF))
    assert card.marked.count("4,200") == 6
    text = " ".join(card.text.split())
    assert "5 other articles say the same" in text
    assert "2 more" in text


def test_card_of_nothing_shows_the_closest_passages_with_links():
    """Nothing is marked; three passages are shown, labelled, each with its article."""
    card = read(as_html(NOTHING, SHELF))
    assert card.marked == []
    assert CLOSEST_LABEL in card.text
    assert [value for name, value in card.attributes if name == "href"] == [
        passage_link(hit, SHELF.articles, SHELF.numbers) for hit in NOTHING.passages[:3]
    ]


def test_passage_that_moved_has_no_link():
    """Rather no link than one that opens the wrong words."""
    hit = NOTHING.passages[0]
    changed = replace(BRIDGE, text=BRIDGE.text.upper())
    everything = {each.article_id: replace(each, text=each.text.upper()) for each in ARTICLES}
    assert passage_link(hit, everything, SHELF.numbers) is None
    assert passage_link(hit, {}, {}) is None
    assert changed.text != BRIDGE.text


def hostile(payload):
    """Give answers that carry a payload in every field that a page shows."""
    article = article_of(
        f"{payload}.txt",
        [payload, f"It is {payload} here."],
        publisher=payload,
        authors=(payload,),
        published=payload,
        url=payload,
        warnings=(payload,),
    )
    corpus = FakeCorpus([article], {payload.lower(): (payload,), "other?": ("It", payload)})
    shelf = Shelf(payload, {article.article_id: article}, {article.article_id: 0})
    nothing = corpus.ask("what is here?")
    return shelf, [
        corpus.ask(payload),
        corpus.ask("other?"),
        replace(nothing, best_rejected=payload, question=payload),
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_field_can_bring_markup_into_a_card(payload):
    """A payload in any field adds no tag, no attribute and no link; it shows as text."""
    shelf, answers = hostile(payload)
    for answer in answers:
        card = read(as_html(answer, shelf))
        assert set(card.tags) <= TAGS
        assert {name for name, _ in card.attributes} <= {
            *("class", "dir", "href", "rel", "role", "scope", "tabindex", "aria-label"),
            *("aria-hidden", "cx", "cy", "focusable", "height", "r", "width"),
            *("x1", "x2", "y1", "y2"),
        }
        links = [value for name, value in card.attributes if name == "href"]
        assert all(link.startswith("/article/0?") for link in links)
        assert payload in card.text
