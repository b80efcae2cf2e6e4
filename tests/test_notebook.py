"""What a notebook shows: everything escaped, nothing that runs or loads, one table a record."""

import html.parser
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from small_corpus import BRIDGE, FakeCorpus

from askcorpus import notebook
from askcorpus.evaluation.comparison import Comparison, Difference
from askcorpus.evaluation.records import Manifest, Measure, Part, Summary, Table
from askcorpus.evaluation.statistics import Estimate
from askcorpus.types import BuildReport, Fact, Skipped

HOSTILE = (
    "</td></div><script>alert(1)</script><img src=x onerror=alert(1)>"
    "\"' onload='x' &lt; \x1b[2J\u202egnp\ud800 {0} javascript:alert(1)"
)
QUESTION = "How many people use the bridge?"
REPORT = BuildReport(
    added=4,
    changed=1,
    removed=0,
    unchanged=2,
    skipped=(Skipped("x.bin", "binary"),),
    passages=1_030,
    embedded=20,
    seconds=2.0,
    generation=3,
)

ALLOWED = {
    "a": {"href", "rel", "target"},
    "br": set(),
    "details": set(),
    "div": {"style"},
    "mark": {"style"},
    "p": {"dir", "style"},
    "strong": set(),
    "summary": set(),
    "table": {"style"},
    "tbody": set(),
    "td": {"dir", "style"},
    "th": {"dir", "scope", "style"},
    "thead": set(),
    "tr": set(),
}
"""Every element that may come, with its attributes: none of them runs or loads anything."""


class Checker(html.parser.HTMLParser):
    """Collects elements, text and what is not allowed."""

    def __init__(self):
        super().__init__()
        self.wrong, self.open, self.words = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in ALLOWED or not {name for name, _ in attrs} <= ALLOWED[tag]:
            self.wrong.append((tag, attrs))
        for name, value in attrs:
            if name == "href" and not re.match(r"https?://[\w.-]+/", value):
                self.wrong.append((tag, value))
            if name == "style" and re.search(r"url|import|expression|[{}<>@]", value):
                self.wrong.append((tag, value))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(("/", tag))

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        self.wrong.append(("comment", data))


def checked(page):
    """Read a page as a browser would, and give its words; it must be whole and harmless."""
    page.encode("utf-8")
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.wrong == []
    assert checker.open == []
    return " ".join(" ".join(checker.words).split())


def hostile_answer():
    answer = FakeCorpus().ask(QUESTION)
    place = replace(
        answer.citations[0],
        article_id=HOSTILE,
        title=HOSTILE,
        publisher=HOSTILE,
        published=HOSTILE,
        sentence=HOSTILE,
        sentence_start=0,
        start=3,
        end=30,
        link="/article/1",
        url="javascript:alert(1)",
        copies=(HOSTILE,),
    )
    other = replace(answer.alternatives[0], text=HOSTILE, citations=(place,))
    hits = tuple(
        replace(hit, passage=replace(hit.passage, text=HOSTILE, article_id=HOSTILE))
        for hit in answer.passages
    )
    return replace(
        answer,
        question=HOSTILE,
        text=HOSTILE,
        citations=(place,),
        alternatives=(other,),
        passages=hits,
    )


HOSTILE_ARTICLE = replace(
    BRIDGE,
    article_id=HOSTILE,
    title=HOSTILE,
    text=BRIDGE.text.replace("Mayor", HOSTILE),
    facts=(Fact(HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
    warnings=(HOSTILE,),
)


@pytest.mark.parametrize(
    "record",
    [
        hostile_answer(),
        replace(hostile_answer(), text=None),
        hostile_answer().passages[0],
        HOSTILE_ARTICLE,
        replace(REPORT, skipped=(Skipped(HOSTILE, HOSTILE),)),
    ],
    ids=["answer", "not found", "hit", "article", "report"],
)
def test_hostile_text_is_text(record):
    """Markup of an article is shown letter for letter; what steers or hides is named."""
    page = record._repr_html_()
    words = checked(page)
    assert "<script>alert(1)</script>" in words
    assert "⟨U+001B⟩[2J" in words
    assert "⟨U+D800⟩" in words


def test_an_answer_shows_its_places():
    """Answer, confidence, the quote marked in its sentence, a link to its source, other answers."""
    answer = FakeCorpus().ask(QUESTION)
    page = answer._repr_html_()
    words = checked(page)
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", page) == ["4,200", "4,200", "3,900"]
    assert re.findall(r'href="(.*?)"', page) == ["https://herald.example/bridge?id=1"]
    assert words.startswith("4,200 How many people use the bridge? confidence 0.93")
    assert "Another answer: 3,900 (0.20)" in words


def test_no_answer_says_so():
    """The closest passages follow, as what they are."""
    words = checked(FakeCorpus().ask("Who is the king?")._repr_html_())
    assert words.startswith("Not found in this corpus Who is the king? Closest passages; they may")


def test_an_article_shows_where_each_fact_was_found():
    """Title, file, a table of facts, and the text under a line that opens it."""
    words = checked(BRIDGE._repr_html_())
    assert "Old bridge to close in March bridge.txt fact value found in" in words
    assert "published 2019-01-28 line 3: byline" in words
    assert f"{len(BRIDGE.text)} characters in 3 paragraphs" in words


def test_a_report_shows_what_was_left_out():
    """Counts as the command line gives them, and every skipped file."""
    assert checked(REPORT._repr_html_()) == (
        "added 4, changed 1, removed 0, unchanged 2, skipped 1 1,030 passages, 20 of them "
        "embedded, in 2.0 s; generation 3 skipped file why x.bin binary"
    )


def test_colours_are_the_notebook_s():
    """Only the mark has colours of its own, text and ground together; a card has neither."""
    page = FakeCorpus().ask(QUESTION)._repr_html_()
    painted = [style for style in re.findall(r'style="(.*?)"', page) if "#" in style]
    assert set(painted) == {"background:#ffe08a;color:#1f1f1f;padding:0 .1em"}
    assert "color:inherit;background:transparent" in page


def test_places_come_as_a_table():
    """A row a place, of the answer and of its alternatives, that slices back."""
    corpus = FakeCorpus()
    frame = corpus.ask(QUESTION).to_frame()
    assert list(frame["answer"]) == ["4,200", "4,200", "3,900"]
    for row in frame.to_dict("records"):
        assert corpus.article(row["article_id"]).text[row["start"] : row["end"]] == row["quote"]
    assert corpus.ask("Who is the king?").to_frame().empty


def test_paragraphs_and_skips_come_as_tables():
    """An article gives its paragraphs, a report its skipped files; none keep their columns too."""
    frame = BRIDGE.to_frame()
    assert list(frame["number"]) == [1, 2, 3]
    assert "\n\n".join(frame["text"]) == BRIDGE.text
    assert REPORT.to_frame().to_dict("records") == [{"path": "x.bin", "reason": "binary"}]
    assert list(replace(REPORT, skipped=()).to_frame().columns) == ["path", "reason"]


def test_only_an_address_of_the_web_becomes_a_link():
    """Anything else is shown as text."""
    assert notebook.link("x", "https://a.example/?q=\"'<>").startswith('<a href="https://a.example')
    for url in (None, "", "javascript:alert(1)", "file:///etc/passwd", "//a.example/x", HOSTILE):
        assert notebook.link("<x>", url) == "&lt;x&gt;"


def test_no_record_loads_pandas_before_it_is_asked_for():
    """Showing a record needs no library but what every command has loaded."""
    code = (
        "import sys; from askcorpus.types import BuildReport as R; "
        "R(1, 0, 0, 0, (), 1, 1, 1.0, 1)._repr_html_(); print('pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"


# --- evaluation ------------------------------------------------------------------------------


def manifest():
    """Give a manifest of a small run."""
    return Manifest(
        version="0.1.0",
        code="c" * 64,
        begun="2026-01-02T03:04:05Z",
        questions_file="questions.jsonl",
        split="dev",
        questions=12,
        questions_sha256="q" * 64,
        articles=5,
        passages=64,
        corpus_sha256="a" * 64,
        generation=1,
        encoder="fake@64",
        reader=HOSTILE,
        calibration={},
        settings={},
        index={},
        seed=0,
        machine={},
        libraries={},
        seconds=1.0,
        cold_seconds=0.5,
        peak_bytes=None,
    )


def test_an_evaluation_shows_its_measures():
    """Every part's measures with intervals and numbers; the table has the same."""
    measure = Measure("f1", HOSTILE, "answers", "share", 0.5, 0.4, 0.6, 12)
    table = Table("dev", 12, 5, (measure,))
    summary = Summary(manifest(), (Part(table, (), (), (), ()),), ())
    words = checked(summary._repr_html_())
    assert words.startswith("Evaluation 0 questions of")
    assert "dev: 12 questions measure value 95 % interval n </td></div><script>" in words
    assert summary.to_frame().to_dict("records") == [
        {
            "part": "dev",
            "measure": "f1",
            "label": HOSTILE,
            "value": 0.5,
            "low": 0.4,
            "high": 0.6,
            "n": 12,
            "unit": "share",
        }
    ]


def test_a_comparison_shows_its_differences():
    """A row a measure, with a word on each."""
    change = Estimate(0.1, 0.05, 0.15, 12)
    one = Difference("f1", "F1 <b>", 0.5, 0.6, change, 0.01, 4, 1, 7, lower_is_better=False)
    compared = Comparison(manifest(), manifest(), 12, 0, (one,), (), 0)
    words = checked(compared._repr_html_())
    assert words.startswith("Two runs side by side 12 questions")
    assert "F1 <b>: better" in words
    (row,) = compared.to_frame().to_dict("records")
    assert (row["measure"], row["difference"], row["verdict"]) == ("f1", 0.1, "better")
