"""Reports: nothing said in a corpus becomes markup, nothing is fetched, every question is there."""

import dataclasses
import html.parser
import re
import xml.etree.ElementTree as ET

import pytest
from scripted import (
    FOUND,
    MISS,
    ORACLE,
    QUESTIONS,
    TROOPS,
    VOTE,
    ScriptedCorpus,
    answer,
    citation,
    question,
)

from askcorpus.cli import run as command
from askcorpus.errors import UsageError
from askcorpus.evaluation import run, summarise, write_report, write_run
from askcorpus.evaluation.markdown import report_markdown, table
from askcorpus.evaluation.page import CARDS, between, report_html, said
from askcorpus.evaluation.records import Measure
from askcorpus.evaluation.report import loss_rows, manifest_rows, measure_rows, tag_rows, verdict

HOSTILE = "<script>alert(1)</script>[x](javascript:1) | `a` **b** \u202e</style>\x07"
VOID = {"meta", "br", "input", "link", "img"}


class Parsed(html.parser.HTMLParser):
    """Collects tags, what they hold and what they refer to; fails on tags that do not nest."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def summary_of(answers=None, questions=QUESTIONS):
    return summarise(run(ScriptedCorpus(answers or ORACLE, FOUND), questions))


@pytest.fixture(scope="module")
def oracle():
    return summary_of()


@pytest.fixture(scope="module")
def wrong():
    """One answer too many, one withheld, one quoted with a word too many, one refused."""
    return summary_of(
        {
            **ORACLE,
            "q1": answer("5,200 troops", citation("a.txt", "5,200 troops"), confidence=0.7),
            "q2": answer(confidence=0.2, rejected="May"),
            "q3": answer("Trump", citation("a.txt", "Trump"), confidence=0.6),
            "q4": None,
        }
    )


@pytest.fixture(scope="module")
def written(wrong):
    return report_html(wrong)


# --- the page --------------------------------------------------------------------------------


def test_the_page_is_well_formed_and_runs_nothing(written):
    """Its tags nest, it has no script, and its policy lets it fetch nothing."""
    page = Parsed(written)
    assert not {"script", "iframe", "link", "img", "object", "form"} & set(page.tags)
    values = dict(page.attributes)
    assert values["content"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    named = {"href", "src", "xlink:href", "action", "data"}
    assert {value[:1] for name, value in page.attributes if name in named} == {"#"}


def test_ids_are_used_once_and_links_lead_to_them(written):
    """Several parts hold figures of one kind, each with ids of its own."""
    page = Parsed(written)
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    links = {value[1:] for name, value in page.attributes if name in {"href", "xlink:href"}}
    labels = {
        one for name, value in page.attributes if name == "aria-labelledby" for one in value.split()
    }
    clipped = {
        key for _, value in page.attributes for key in re.findall(r"url\(#([^)]+)\)", value or "")
    }
    assert (links | labels | clipped) - set(ids) == set()
    assert len(clipped) > 1


def test_every_part_has_cards_curves_and_tables(wrong, written):
    """Cards say value, interval and number; figures carry their description."""
    page = Parsed(written)
    assert [part.table.name for part in wrong.parts] == ["dev", "test", "all"]
    assert page.tags.count("figure") == 12
    for part in wrong.parts:
        for name, words in CARDS.items():
            row = part.table.row(name)
            assert (row.value is None) or (words in page.text and f"n = {row.n}" in page.text)
        for row in part.table.rows:
            assert row.label in page.text
    figures = re.findall(r"<svg xmlns=.*?</svg>", written, re.DOTALL)
    assert len(figures) == 12
    for figure in figures:
        root = ET.fromstring(figure)  # noqa: S314  # our own page
        assert root.get("role") == "img"
        assert [child.tag.rpartition("}")[2] for child in root][:2] == ["title", "desc"]


def test_values_are_said_in_their_unit():
    """Shares in percent, times and sizes whole; the unit stands once in an interval."""
    assert [said(0.8312, "share"), said(1234.5, "ms"), said(None, "MB")] == [
        *("83.1%", "1,234 ms", "–"),
    ]
    row = Measure("f1", "F1", "answers", "share", 0.83, 0.554, 0.652, 12)
    slow = dataclasses.replace(row, unit="ms", low=161.2, high=1403.0)
    alone = dataclasses.replace(row, low=None, high=None)
    assert [between(row), between(slow), between(alone)] == ["55.4–65.2%", "161–1,403 ms", ""]


def test_every_question_is_shown_with_what_came_of_it(written):
    """The answer in its sentence, what is accepted, and the stage that lost it."""
    page = Parsed(written)
    assert page.tags.count("article") == len(QUESTIONS)
    assert '<blockquote class="quote"><mark>5,200 troops</mark></blockquote>' in written
    for each in (
        "Accepted: “5,200” | “Several thousand”",
        "lost at boundaries",
        "Best candidate, not given: “May”",
        "lost at threshold",
        "Nothing answers: near miss: no name",
        "lost at false answer",
        "Refused: The question is empty.",
        "4 of 5 questions did not go as they should.",
    ):
        assert each in page.text
    assert written.count('class="question lost"') == 4
    assert written.count('class="question kept"') == 1


def test_an_answer_is_marked_within_its_sentence():
    """The sentence is cut around the quote by offsets."""
    cited = dataclasses.replace(
        citation("a.txt", "5,200"), sentence="Trump keeps the 5,200 troops.", sentence_start=0
    )
    summary = summary_of({"q1": answer("5,200", cited)}, [TROOPS])
    marked = "Trump keeps the <mark>5,200</mark> troops."
    assert f'<blockquote class="quote">{marked}</blockquote>' in report_html(summary)
    assert "in: Trump keeps the **5,200** troops. — a.txt, a.txt" in report_markdown(summary)


def test_what_a_corpus_says_is_never_markup():
    """Question, answer, sentence, reason, tag and file name are hostile at once."""
    asked = dataclasses.replace(
        TROOPS, text=HOSTILE, tags=(HOSTILE,), after=(HOSTILE,), question_id=HOSTILE
    )
    miss = dataclasses.replace(MISS, unanswerable=f"near miss: {HOSTILE}")
    cited = dataclasses.replace(
        citation("a.txt", "5,200"),
        quote=HOSTILE,
        sentence=f"{HOSTILE}{HOSTILE}",
        title=HOSTILE,
    )
    given = answer(HOSTILE, cited, spans=[HOSTILE])
    summary = summary_of({HOSTILE: given, "q3": answer(rejected=HOSTILE)}, [asked, miss])
    manifest = dataclasses.replace(summary.manifest, questions_file=HOSTILE)
    summary = dataclasses.replace(summary, manifest=manifest)
    page = Parsed(report_html(summary))
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text
    assert "⟨U+202E⟩" in page.text
    for written in (report_html(summary), report_markdown(summary)):
        assert "\u202e" not in written
        assert "\x07" not in written
    markdown = report_markdown(summary)
    assert "<script" not in re.sub(r"\\<", "", markdown)
    assert not re.search(r"(?<!\\)\[x", markdown)


def test_a_report_of_nothing_wrong_says_so(oracle):
    """No losses, and no figure of them."""
    page = Parsed(report_html(oracle))
    assert "Every question went as it should." in page.text
    assert "Lost by stage" not in page.text


def test_a_run_without_a_line_and_one_of_relevance_alone_are_reported():
    """A missing line scores the worst; an article that is known to be relevant is named."""
    from askcorpus.evaluation.questions import Relevant

    only = question("q2", "dev", relevant=(Relevant("b.txt", 2),))
    made = run(ScriptedCorpus(ORACLE, FOUND), [only])
    summary = summarise(made, questions=[only, TROOPS])
    page = Parsed(report_html(summary))
    assert "The run has no line for it." in page.text
    assert "Relevant: b.txt" in page.text
    assert "- relevant: b.txt" in report_markdown(summary)


# --- Markdown --------------------------------------------------------------------------------


def test_markdown_tables_have_as_many_cells_in_every_row(wrong):
    """Nothing in a cell ends it."""
    rows = [line for line in report_markdown(wrong).split("\n") if line.startswith("|")]
    blocks = "\n".join(report_markdown(wrong).split("\n")).split("\n\n")
    tables = [block.split("\n") for block in blocks if block.startswith("|")]
    assert sum(len(one) for one in tables) == len(rows)
    for one in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in one}) == 1


def test_markdown_holds_what_the_text_report_holds(wrong):
    """Each measure with its figures, each question with its verdict."""
    written = report_markdown(wrong)
    for part in wrong.parts:
        for row in measure_rows(part.table)[1:]:
            assert f"| {' | '.join(row)} |" in written.replace("\\", "")
    for one in wrong.judged:
        assert f"- {verdict(one)}" in written
    assert "- answered: nothing; best candidate, not given: “May” (confidence 0.20)" in written
    assert "- seed: 0" in written


def test_a_table_is_set_with_its_first_column_to_the_left():
    """The head is ruled off, figures stand to the right."""
    assert table([("a", "b"), ("x", "1")]) == "| a | b |\n| --- | ---: |\n| x | 1 |"


def test_rows_of_all_reports_are_of_one_width(wrong):
    """A head has as many cells as each row below it."""
    part = wrong.part("all")
    for rows in (measure_rows(part.table), tag_rows(part.tags), loss_rows(part.losses)):
        assert len({len(row) for row in rows}) == 1
    assert dict(manifest_rows(wrong.manifest))["questions"] == "5 of no file"


# --- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("r.html", "<!doctype html>"),
        ("r.HTM", "<!doctype html>"),
        ("r.md", "# Evaluation\n"),
        ("r.txt", "dev: 2 questions"),
    ],
)
def test_the_ending_says_how_a_report_is_written(oracle, tmp_path, name, begins):
    """HTML, Markdown or plain text."""
    write_report(tmp_path / "new" / name, oracle)
    assert (tmp_path / "new" / name).read_text(encoding="utf-8").startswith(begins)


def test_another_ending_is_refused(oracle, tmp_path):
    """Nothing is written then."""
    path = tmp_path / "report.pdf"
    message = f"{path}: a report ends in one of .html, .htm, .md, .txt. Name it so"
    with pytest.raises(UsageError, match=re.escape(message)):
        write_report(path, oracle)
    assert not path.exists()


def test_a_run_file_is_reported_at_the_terminal_and_into_a_file(oracle, tmp_path, capsys):
    """The run is not made again for it."""
    made, target = tmp_path / "run.jsonl", tmp_path / "report.html"
    write_run(made, oracle)
    assert command(["eval", "report", str(made)]) == 0
    assert capsys.readouterr().out.startswith("dev: 2 questions, 1 article (")
    assert command(["eval", "report", str(made), str(target)]) == 0
    assert capsys.readouterr().out == f"Report written to {target}\n"
    assert Parsed(target.read_text(encoding="utf-8")).tags.count("article") == 5
    assert command(["eval", "report", str(tmp_path / "none.jsonl")]) == 65


def test_the_vote_is_found_whatever_its_part():
    """A single part is reported alone, under its own name."""
    summary = summary_of(questions=[VOTE])
    assert [part.table.name for part in summary.parts] == ["test"]
