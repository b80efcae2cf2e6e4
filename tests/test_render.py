"""An answer in words, text, Markdown and HTML: verbatim, escaped, and the same every time."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_corpus import ARTICLES, BRIDGE, FakeCorpus, article_of

from askcorpus.calibration import UNCALIBRATED, Level
from askcorpus.render import (
    CLOSEST_LABEL,
    FORMS,
    Shelf,
    as_html,
    cite,
    copies_in_words,
    corpus_in_words,
    date_in_words,
    elsewhere,
    lines,
    original_page,
    page_at,
    passage_link,
    printable,
    quote_in_context,
    ready,
    source_line,
    standings_line,
    text_directive,
    timeline,
    verdict,
    visible,
    web_link,
    worth,
)
from askcorpus.types import Alternative, Verdict

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


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        (Verdict("Probable", None, None, None, 0), ""),
        (
            Verdict("Probable", 0.78, 0.72, 0.83, 96),
            "right 78% [72–83] of the time on held-out questions, n=96",
        ),
        (
            Verdict("Clear match", 1.0, 0.962, 1.0, 1200),
            "right 100% [96–100] of the time on held-out questions, n=1,200",
        ),
    ],
)
def test_verdict_says_what_it_was_worth_where_that_was_counted(judged, words):
    """Share, interval and number of held-out questions; nothing where nothing was measured."""
    assert worth(judged) == words
    levels = (Level(0.0, judged),)
    shelf = replace(SHELF, calibration=replace(UNCALIBRATED, levels=levels))
    shown = " ".join(read(as_html(FOUND, shelf)).text.split())
    assert f"{judged.word} {words}".strip() in shown
    assert words or "held-out" not in shown
    assert "held-out" not in read(as_html(NOTHING, shelf)).text


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
    assert "1 other article agrees" in card.text
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
    assert "5 other articles agree" in text
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


# --- who says what ----------------------------------------------------------------------------


def dated(text, *articles) -> Alternative:
    """Give an answer of some articles, each a name and a date."""
    place = FOUND.citations[0]
    citations = tuple(
        replace(place, article_id=name, published=date, quote=text) for name, date in articles
    )
    return Alternative(text, 0.2, citations)


def answer_of(first, *others):
    return replace(FOUND, text=first.text, citations=first.citations, alternatives=others)


def test_sources_are_counted_for_each_answer():
    """How many articles say what, and whether they are older or newer than the answer's own."""
    own = dated("42", ("a", "2019-01-28"), ("b", "2018"), ("c", None))
    answer = answer_of(
        own,
        dated("45", ("d", "2018-03-12")),
        dated("46", ("e", "2019-02"), ("f", "2017")),
        dated("47", ("g", None)),
        dated("48", ("h", "2019-01")),
    )
    assert standings_line(answer) == (
        "3 articles say “42”; 1 says “45” (older); 2 say “46” (newer); 1 says “47” (date unknown)"
        "; 1 says “48”"
    )
    assert standings_line(answer_of(dated("42", ("a", None)))) == ""
    assert standings_line(NOTHING) == ""
    shown = " ".join(read(as_html(answer, SHELF)).text.split())
    assert "3 articles say 42; 1 says 45 (older); 2 say 46 (newer)" in shown


def test_who_says_it_less_exactly_agrees():
    """A number in words is not said to be the figure that it agrees with."""
    exact = dated("5,200", ("a", "2019-01-28"), ("b", "2018"))
    vaguer = dated("Several thousand", ("c", "2017-10"), ("d", "2016")).citations
    answer = replace(answer_of(exact), citations=(*exact.citations, *vaguer))
    assert standings_line(answer) == (
        "2 articles say “5,200”; 2 say “Several thousand” (agrees, older)"
    )
    assert standings_line(answer_of(dated("2007", ("a", None), ("b", None)))) == (
        "2 articles say “2007”"
    )


def test_an_article_contradicts_only_once():
    """What a source also says is another reading of it, not another source."""
    first, second = dated("45", ("d", "2018")), dated("46", ("d", "2018"))
    also = dated("47", ("a", "2019"))
    answer = answer_of(dated("42", ("a", "2019")), first, second, also)
    assert elsewhere(answer) == (first,)
    assert standings_line(answer) == "1 article says “42”; 1 says “45” (older)"


def test_timeline_is_drawn_where_dates_and_answers_differ():
    """Newest first, each at its place between the oldest and the newest day."""
    own = dated("42", ("a", "2019-01-01"))
    answer = answer_of(
        own, dated("45", ("d", "2017-01-01"), ("x", None)), dated("46", ("e", "2018"))
    )
    assert [(each.citation.article_id, each.at, each.own) for each in timeline(answer)] == [
        ("a", 1.0, True),
        ("e", 0.5, False),
        ("d", 0.0, False),
    ]
    assert timeline(answer_of(own, dated("45", ("d", "2019-01-01")))) == ()
    assert timeline(answer_of(dated("42", ("a", "2019"), ("b", "2018")))) == ()
    assert timeline(NOTHING) == ()
    card = read(as_html(answer, SHELF))
    assert [value for name, value in card.attributes if name == "cx"] == ["98.0%", "50.0%", "2.0%"]


def test_copies_of_a_story_count_once_and_are_said():
    """“+2 copies” stands with the source; the number of articles stays one."""
    own = dated("42", ("a", "2019"))
    copied = replace(own, citations=(replace(own.citations[0], copies=("b", "c")),))
    assert copies_in_words(copied.citations[0]) == "+2 copies"
    assert copies_in_words(replace(own.citations[0], copies=("b",))) == "+1 copy"
    assert copies_in_words(own.citations[0]) == ""
    assert standings_line(answer_of(copied)) == ""
    assert "+2 copies" in read(as_html(answer_of(copied), SHELF)).text


def test_arrival_is_said_in_one_line():
    """The verdict in small letters, and how many sources speak."""
    assert ready("Clear match", FOUND) == "Answer ready: clear match, 2 sources"
    assert (
        ready("Probable", answer_of(dated("1", ("a", None)))) == "Answer ready: probable, 1 source"
    )
    assert ready("", NOTHING) == "Answer ready: not found in this corpus"


# --- references -------------------------------------------------------------------------------

CITATION = next(each for each in FOUND.citations if each.article_id == "bridge.txt")


def test_citation_can_be_copied_in_four_forms():
    """Whole texts: the sentence character for character, then its source."""
    assert {form: cite(CITATION, form) for form in FORMS} == {
        "plain": "“Around 4,200 people cross it every day.” (Tom Reed and Ann Vale, “Old bridge to "
        "close in March”, Lin Herald, 28 January 2019, paragraph 2. "
        "https://herald.example/bridge?id=1)",
        "markdown": "> Around 4,200 people cross it every day.\n>\n> — Tom Reed and Ann Vale, "
        "[Old bridge to close in March](<https://herald.example/bridge?id=1>), *Lin Herald*, "
        "28 January 2019, paragraph 2",
        "bibtex": "@misc{reed2019bridge,\n"
        "  author = {Tom Reed and Ann Vale},\n"
        "  title = {{Old bridge to close in March}},\n"
        "  howpublished = {Lin Herald},\n"
        "  year = {2019},\n"
        "  month = {01},\n"
        "  url = {https://herald.example/bridge?id=1},\n"
        "  note = {“Around 4,200 people cross it every day.” (paragraph 2)}\n}",
        "csl-json": json.dumps(
            [
                {
                    "id": "reed2019bridge",
                    "type": "article",
                    "title": "Old bridge to close in March",
                    "author": [{"literal": "Tom Reed"}, {"literal": "Ann Vale"}],
                    "container-title": "Lin Herald",
                    "issued": {"date-parts": [[2019, 1, 28]]},
                    "URL": "https://herald.example/bridge?id=1",
                    "note": "“Around 4,200 people cross it every day.” (paragraph 2)",
                }
            ],
            ensure_ascii=False,
            indent=2,
        ),
    }


def test_what_a_source_does_not_name_is_left_out():
    """No author, publisher, date or address is invented."""
    bare = replace(
        CITATION,
        article_id="x.txt",
        title=None,
        publisher=None,
        authors=(),
        published=None,
        url=None,
    )
    assert cite(bare, "plain") == (
        "“Around 4,200 people cross it every day.” (“x.txt”, date unknown, paragraph 2)"
    )
    assert cite(bare, "bibtex").count(" = ") == 2
    assert set(json.loads(cite(bare, "csl-json"))[0]) == {"id", "type", "title", "note"}


@pytest.mark.parametrize(
    ("text", "form", "escaped"),
    [
        ("# a *b* [c](d) <e> & `f`", "markdown", r"> \# a \*b\* \[c\](d) \<e\> \& \`f\`"),
        ("1. one", "markdown", r"> 1\. one"),
        ("- one", "markdown", r"> \- one"),
        ("50% of #1 & {x}_y", "bibtex", r"“50\% of \#1 \& \{x\}\_y”"),
        ("a\\b~c^d", "bibtex", r"“a\textbackslash{}b\textasciitilde{}c\textasciicircum{}d”"),
        ('a "b" \\ c', "csl-json", r"“a \"b\" \\ c”"),
    ],
)
def test_markup_of_a_form_is_escaped(text, form, escaped):
    """What stands in an article never becomes markup of the form that it is copied in."""
    assert escaped in cite(replace(CITATION, sentence=text), form)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_forms_survive_hostile_fields(payload):
    """JSON stays JSON, braces stay balanced, a link of Markdown is only ever a web address."""
    fields = dict.fromkeys(("title", "publisher", "published", "url", "sentence"), payload)
    odd = replace(CITATION, authors=(payload,), **fields)
    assert json.loads(cite(odd, "csl-json"))[0]["title"] == payload
    entry = re.sub(r"\\[{}]", "", cite(odd, "bibtex"))
    assert entry.count("{") == entry.count("}")
    assert "](" not in cite(odd, "markdown").replace("\\](", "")


# --- the original page ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "quote", "directive"),
    [
        ("Around 4,200 people cross it.", "4,200", "Around-,4%2C200,-people%20cross%20it."),
        ("A well-known R&D head, he.", "well-known R&D", "A-,well%2Dknown%20R%26D,-head%2C%20he."),
        ("Whole words only", "ole wor", "Whole%20words,-only"),
        ("a b c d e f g h i j", "a b c d e f g h i j", "a%20b%20c%20d,g%20h%20i%20j"),
        ("“Go home,” he said", "Go home", "%E2%80%9CGo%20home%2C%E2%80%9D,-he%20said"),
        ("one two three four five", "five", "two%20three%20four-,five"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_text_directive_names_whole_words_and_what_stands_beside(text, quote, directive):
    """Hyphen, comma and ampersand are encoded; a long quote is named by both its ends."""
    start = text.find(quote)
    assert text_directive(text, start, start + len(quote)) == directive


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_text_directive_is_always_of_one_form(text, start, end):
    """Prefix, start, end and suffix come back, and every part is words of the text."""
    directive = text_directive(text, min(start, end), max(start, end))
    if directive:
        parts = directive.split(",")
        assert all("-" not in part[1:-1] for part in parts)
        assert not any(part.endswith("-") for part in parts[1:])
        assert not any(part.startswith("-") for part in parts[:-1])
        plain = [unquote(part.strip("-")) for part in parts]
        assert all(" ".join(text.split()).find(each) >= 0 for each in plain)


def test_original_page_keeps_its_own_fragment():
    """The directive follows an anchor of the page; what is no web address gives no link."""
    assert page_at("https://a.example/x#top", "Go home", 0, 2) == (
        "https://a.example/x#top:~:text=Go,-home"
    )
    assert page_at("https://a.example/x", "", 0, 0) == "https://a.example/x"
    assert page_at("javascript:alert(1)", "Go home", 0, 2) is None
    assert original_page(replace(CITATION, url=None)) is None
