"""The command line: what it prints where, and how it ends."""

import io
import json
import re
import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from askcorpus import __version__, errors
from askcorpus.cli import run, take_debug
from askcorpus.cli.answers import answer_lines, why_lines
from askcorpus.cli.asking import ask_all
from askcorpus.cli.failures import anchor, describe
from askcorpus.cli.indexing import changes, report_lines, signature
from askcorpus.cli.looking import find_article, paragraph_lines, removed_lines
from askcorpus.cli.output import bars
from askcorpus.types import (
    Alternative,
    Answer,
    Article,
    BuildReport,
    Citation,
    Hit,
    Paragraph,
    Passage,
    Removed,
    Signals,
    Skipped,
    Stage,
)

TEXT = "The bridge\n\nAna Horvat opened it in 1931, or so she said."
ARTICLE = Article(
    article_id="a/bridge.txt",
    text=TEXT,
    title="The bridge",
    publisher="Morning Post",
    authors=("Ana Horvat",),
    published="1931-05-02",
    modified=None,
    url=None,
    paragraphs=(Paragraph(0, 10, "headline"), Paragraph(12, 57, "body")),
    removed=(Removed("Share this", "navigation", 3), Removed("\x1b[31mBuy", "advertisement", 0)),
)
CITATION = Citation(
    article_id="a/bridge.txt",
    title="The bridge",
    publisher="Morning Post",
    authors=("Ana Horvat",),
    published="1931-05-02",
    quote="1931",
    start=36,
    end=40,
    sentence=TEXT[12:],
    sentence_start=12,
    paragraph=2,
    passage_id="p1",
    link="/article/1?s=36&e=40#p2",
    url=None,
)
HIT = Hit(Passage("p1", "a/bridge.txt", TEXT[12:], 12, 57), 0.5, Signals(0.61, 3.2, 1, 2))
ANSWERED = Answer(
    question="When was the bridge opened?",
    status="answered",
    text="1931",
    confidence=0.91,
    citations=(CITATION,),
    alternatives=(),
    passages=(HIT,),
    generation=1,
    seconds=0.1,
    stages=(Stage(HIT, (("1931", 4.5), ("Ana Horvat", -2.0))),),
)
NOT_FOUND = replace(
    ANSWERED,
    status="not_found",
    text=None,
    confidence=0.12,
    citations=(),
    best_rejected="Ana Horvat",
)


class Shelf:
    """The part of a corpus that finding an article needs."""

    def __init__(self, *ids):
        self.articles = tuple(replace(ARTICLE, article_id=name) for name in ids)

    def article(self, article_id):
        return next(item for item in self.articles if item.article_id == article_id)

    def article_at(self, number):
        return self.articles[number - 1] if 0 < number <= len(self.articles) else None


# --- what is printed -------------------------------------------------------------------------


def test_an_answer_is_printed_with_its_place():
    """Answer, confidence in words, the marked sentence, the source, and where it stands."""
    assert list(answer_lines(ANSWERED)) == [
        "1931",
        "Clear match (confidence 0.91)",
        "",
        "  Ana Horvat opened it in «1931», or so she said.",
        "  The bridge, Morning Post, 2 May 1931",
        "  a/bridge.txt ¶2 characters 36–40",
    ]


def test_another_answer_is_never_hidden():
    """What other sources say follows, with places of its own."""
    other = Alternative("1932", 0.3, (replace(CITATION, article_id="b.txt"),))
    lines = list(answer_lines(replace(ANSWERED, alternatives=(other,))))
    assert lines[2] == "1 article says “1931”; 1 says “1932”"
    assert lines[7:9] == ["", "Another answer: 1932 (confidence 0.30)"]
    assert lines[-1] == "  b.txt ¶2 characters 36–40"


def test_not_found_shows_the_closest_passages():
    """Without an answer the passages are shown as what they are: near, perhaps not answering."""
    assert list(answer_lines(NOT_FOUND)) == [
        "Not found in this corpus.",
        "Closest passages; they may not answer:",
        "",
        "  Ana Horvat opened it in 1931, or so she said.",
        "  a/bridge.txt characters 12–57, score 0.500",
    ]


def test_why_shows_every_stage():
    """Ranks and scores of both signals, the reader's candidates, and the best one refused."""
    assert list(why_lines(NOT_FOUND)) == [
        "",
        "Why: passages in the order of the retriever, with the reader's candidates (log-odds)",
        "  1. a/bridge.txt 12–57 score 0.500; dense #1 (0.610), lexical #2 (3.200)",
        "       +4.50  1931",
        "       -2.00  Ana Horvat",
        "  best rejected: Ana Horvat (0.12)",
    ]


def test_text_of_an_article_cannot_steer_the_terminal():
    """Control characters are printed by name, wherever the text comes from."""
    hostile = replace(ANSWERED, text="\x1b[2J", citations=(replace(CITATION, title="\x9b31m"),))
    printed = "\n".join(answer_lines(hostile))
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", printed) == []


def test_paragraphs_are_numbered():
    """`show` prints the numbers that citations use."""
    assert list(paragraph_lines(ARTICLE)) == [
        "¶1 [headline] The bridge",
        "¶2 Ana Horvat opened it in 1931, or so she said.",
    ]


def test_what_was_removed_is_listed_with_its_reason():
    """`show --removed` gives line, reason and text."""
    lines = list(removed_lines(ARTICLE))
    assert lines[0] == "[line 3, navigation] Share this"
    assert lines[1].startswith("[advertisement] ")
    assert "\x1b" not in lines[1]
    assert list(removed_lines(replace(ARTICLE, removed=()))) == [
        "Nothing was taken out of this file."
    ]


def test_the_report_of_an_index_run(tmp_path):
    """Counts, every skipped file with its reason, passages and speed."""
    report = BuildReport(
        added=4,
        changed=1,
        removed=0,
        unchanged=2,
        skipped=(Skipped("x.bin", "binary"),),
        passages=30,
        embedded=20,
        seconds=2.0,
        generation=3,
    )
    assert list(report_lines(report, tmp_path)) == [
        "added 4, changed 1, removed 0, unchanged 2, skipped 1",
        "  skipped x.bin: binary",
        f"30 passages (20 embedded) in 2.0 s, 10 passages/s; generation 3 in {tmp_path}",
    ]


def test_no_bars_off_a_terminal(capsys):
    """Where nobody looks, progress is silent."""
    from askcorpus.types import Progress

    with bars() as draw:
        draw(Progress("embedding", 1, 2))
    assert capsys.readouterr() == ("", "")


# --- how it ends -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (errors.UsageError("x"), 2),
        (errors.DataError("x"), 65),
        (errors.IndexMissingError("x"), 65),
        (errors.IndexMismatchError("x", "model", "a", "b"), 65),
        (errors.IndexCorruptError("x", "y"), 65),
        (errors.ModelMissingError("x"), 69),
        (errors.ExtraMissingError("mcp", "mcp"), 69),
        (errors.CannotCreateError("x"), 73),
        (errors.InputOutputError("x"), 74),
        (errors.LockedError("x", "y"), 75),
        (OSError(28, "No space left on device"), 74),
        (ValueError("x"), 70),
        (MemoryError(), 70),
    ],
)
def test_every_failure_has_its_exit_code(error, exit_code):
    """The exit codes are the documented ones, whatever was raised."""
    assert describe(error)[1] == exit_code


def test_every_code_is_explained_where_a_message_points():
    """Each code that the sources name has a section of its own, and no section is for none."""
    root = Path(__file__).parents[1]
    sources = (path.read_text(encoding="utf-8") for path in (root / "src").rglob("*.py"))
    named = {code for source in sources for code in re.findall(r'"(AC-[A-Z-]+)"', source)}
    headings = re.findall(r"^## (.*)$", (root / "docs/errors.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(named - {"AC-ERROR"})  # the root of the tree is not raised
    assert anchor("AC-NO-INDEX") == "docs/errors.md#ac-no-index"


def test_a_bug_says_what_to_do():
    """An unforeseen error ends in one line that asks for --debug, not in a traceback."""
    assert describe(ValueError("odd")) == (
        "AC-BUG",
        70,
        (
            "This is a bug in askcorpus: ValueError: odd. Your articles and index are untouched. "
            "Run the command again with --debug to see where it happened."
        ),
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["no-such-command"],
        ["search", "x", "-k", "0"],
        ["serve", "--port", "99999"],
        ["show", "1", "--no-such-option"],
    ],
)
def test_a_misspelt_command_is_a_usage_error(arguments, capsys):
    """Usage errors end with 2, on stderr alone."""
    assert run(arguments) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "command", [["ask", "Who?"], ["search", "Who?"], ["list"], ["show", "1"], ["chat"], ["serve"]]
)
def test_a_missing_index_is_named_with_the_command_that_makes_one(command, tmp_path, capsys):
    """No index: exit 65, and the next step to type, before any model is loaded."""
    missing = str(tmp_path / "none")
    assert run([*command, "--index", missing]) == 65
    assert capsys.readouterr() == (
        "",
        (
            f"askcorpus: There is no index in {missing}. "
            f"Make one with: askcorpus index FOLDER --index {missing}\n"
            "  AC-NO-INDEX: see docs/errors.md#ac-no-index\n"
        ),
    )


def test_an_error_is_json_where_json_is_asked_for(tmp_path, capsys):
    """With --json stdout holds one object also when the command fails."""
    missing = str(tmp_path / "none")
    assert run(["list", "--json", "--index", missing]) == 65
    printed = json.loads(capsys.readouterr().out)
    assert printed == {
        "schema": 1,
        "error": {
            "code": "AC-NO-INDEX",
            "message": f"There is no index in {missing}. "
            f"Make one with: askcorpus index FOLDER --index {missing}",
            "help": "docs/errors.md#ac-no-index",
        },
    }


def test_a_folder_that_is_not_there_is_named(tmp_path, capsys):
    """`index` of a missing folder: exit 65, and the index is as it was."""
    missing, index = tmp_path / "none", tmp_path / "index"
    assert run(["index", str(missing), "--index", str(index)]) == 65
    assert capsys.readouterr().err == (
        f"askcorpus: {missing} does not exist. The index was not changed. Name a folder that "
        f"holds articles: askcorpus index FOLDER --index {index}\n"
        "  AC-DATA: see docs/errors.md#ac-data\n"
    )
    assert not index.exists()


def test_debug_shows_the_traceback(tmp_path):
    """With --debug, wherever it stands, the error comes through with its traceback."""
    with pytest.raises(errors.IndexMissingError):
        run(["list", "--index", str(tmp_path / "none"), "--debug"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["ask", "x"], (["ask", "x"], False)),
        (["--debug", "ask", "x"], (["ask", "x"], True)),
        (["ask", "x", "--debug"], (["ask", "x"], True)),
        (["ask", "--", "--debug"], (["ask", "--", "--debug"], False)),
    ],
)
def test_debug_is_understood_anywhere(given, expected):
    """Only after `--` is `--debug` a word like any other."""
    assert take_debug(given) == expected


def test_the_version_is_printed(capsys):
    """`--version` gives name and number on stdout."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"askcorpus {__version__}\n"


def spent_on(*arguments) -> float:
    """Give the processor time that Python takes for something, in seconds, at its best of three."""
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def test_help_is_quick():
    """`--help` loads no model library, which would take hundreds of times what Python alone does.

    Processor time, beside that of the same machine: neither a busy nor a slow one changes anything.
    """
    assert spent_on("-m", "askcorpus", "--help") < 80 * spent_on("-c", "pass")


# --- finding, watching, many questions -------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("a/one.txt", "a/one.txt"),
        ("2", "a/two.txt"),
        ("a/t", "a/two.txt"),
        ("3x", "3x.txt"),
        ("02", "02.txt"),
    ],
)
def test_an_article_is_found_by_id_number_or_beginning(wanted, found):
    """Whatever a person types from `list` leads to the article."""
    assert (
        find_article(Shelf("a/one.txt", "a/two.txt", "3x.txt", "02.txt"), wanted).article_id
        == found
    )


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("a/", "2 articles begin with 'a/'. The articles are listed by: askcorpus list"),
        ("9", "No article is '9'. The articles are listed by: askcorpus list"),
        ("0", "No article is '0'. The articles are listed by: askcorpus list"),
        ("", "3 articles begin with ''. The articles are listed by: askcorpus list"),
    ],
)
def test_an_article_that_is_not_clear_is_asked_back(wanted, message):
    """Nothing is shown by guess."""
    with pytest.raises(errors.DataError, match=f"^{re.escape(message)}$"):
        find_article(Shelf("a/one.txt", "a/two.txt", "3x.txt"), wanted)


def test_a_signature_sees_every_change(tmp_path):
    """Adding, changing, renaming and removing a file, at any depth, all show."""
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    seen = [signature([tmp_path])]
    (folder / "a.txt").write_text("one")
    seen.append(signature([tmp_path]))
    (folder / "a.txt").write_text("three")
    seen.append(signature([tmp_path]))
    (folder / "a.txt").rename(folder / "b.txt")
    seen.append(signature([tmp_path]))
    assert len(set(seen)) == 4
    assert seen[3] == signature([tmp_path])
    shutil.rmtree(folder)
    assert signature([tmp_path]) == seen[0]
    assert signature([tmp_path / "none"]) == frozenset()


def test_a_change_is_reported_once_it_stands_still():
    """A file that is still being written does not start a run; the same state not twice."""
    states = [frozenset({("f", size, 0, 0)}) for size in (0, 1, 2, 2, 2, 0, 0)]
    looks = iter(states)
    changed = changes(lambda: next(looks), states[0], pause=0)
    remaining = []
    for _ in range(2):
        next(changed)
        remaining.append(len(list_rest(looks, states)))
    assert remaining == [3, 0]


def list_rest(looks, states):
    """Give what an iterator over a list has not given yet, without moving it."""
    return states[len(states) - looks.__length_hint__() :]


def test_one_refused_question_does_not_end_the_others(capsys):
    """Of several questions each gets its say; the exit code tells of the refused one."""
    asked = []

    def answer(text):
        asked.append(text)
        if text == "?":
            message = "A question needs words."
            raise errors.UsageError(message)
        return True

    assert ask_all(["one", "?", "two"], answer, as_json=False) == 2
    assert asked == ["one", "?", "two"]
    assert capsys.readouterr().err == (
        "askcorpus: A question needs words.\n  AC-USAGE: see docs/errors.md#ac-usage\n"
    )


@pytest.mark.parametrize(("found", "exit_code"), [([True, False], 0), ([False, False], 1), ([], 1)])
def test_several_questions_end_like_one(found, exit_code):
    """0 when any was answered, 1 when none was."""
    answers = iter(found)
    questions = [str(number) for number, _ in enumerate(found)]
    assert ask_all(questions, lambda _text: next(answers), as_json=False) == exit_code


# --- the whole way, with the bundled models --------------------------------------------------


def asked(capsys, *arguments):
    """Run a command with --json and give its exit code and object."""
    exit_code = run([*arguments, "--json"])
    return exit_code, json.loads(capsys.readouterr().out)


@pytest.mark.slow
def test_ask_gives_the_answer_of_the_package(seed_index, capsys):
    """The command line prints the very object that the package gives."""
    from askcorpus import Corpus

    question = "How many US troops are in Iraq?"
    exit_code, printed = asked(capsys, "ask", question, "--index", str(seed_index))
    with Corpus.open(seed_index) as corpus:
        wanted = corpus.ask(question).to_dict()
    assert exit_code == 0
    assert printed.pop("seconds") > 0
    wanted.pop("seconds")
    assert printed == json.loads(json.dumps(wanted))


@pytest.mark.slow
def test_a_filter_that_leaves_nothing_finds_nothing(seed_index, capsys):
    """No article of that publisher: exit 1, and an answer that says so."""
    exit_code, printed = asked(
        capsys, "ask", "Who leads?", "--publisher", "Nobody", "--index", str(seed_index)
    )
    assert (exit_code, printed["status"], printed["text"]) == (1, "not_found", None)


@pytest.mark.slow
def test_languages_and_sections_narrow_questions(seed_index, capsys):
    """All seeds are English, none has a section; what is no code is said with those there are."""
    question = ["How many US troops are in Iraq?", "--index", str(seed_index)]
    exit_code, printed = asked(capsys, "ask", *question, "--language", "EN")
    assert (exit_code, printed["text"]) == (0, "5,200")
    for narrowed in (["--language", "de"], ["--section", "World"]):
        for command in ("ask", "search"):
            exit_code, printed = asked(capsys, command, *question, *narrowed)
            assert (exit_code, printed["passages"]) == (1, [])
    exit_code, printed = asked(capsys, "search", *question, "--language", "English")
    assert exit_code == 2
    assert printed["error"]["message"] == (
        "--language English is no known code of a language. Write two letters, such as en. "
        "The articles are in: en (English)."
    )


@pytest.mark.slow
@pytest.mark.parametrize("question", ["", "   ", "?!", "x" * 5000])
def test_a_question_that_is_none_is_a_usage_error(question, seed_index, capsys):
    """Empty, punctuation alone, or far too long: exit 2 and a sentence, no traceback."""
    exit_code, printed = asked(capsys, "ask", question, "--index", str(seed_index))
    assert exit_code == 2
    assert printed["error"]["code"] == "AC-USAGE"


@pytest.mark.slow
def test_questions_from_stdin_give_one_object_a_line(seed_index, capsys, monkeypatch):
    """`ask -` reads one question a line, skips empty lines, and gives JSON lines."""
    monkeypatch.setattr("sys.stdin", io.StringIO("Who is Ben Kew?\n\n?\nWho is Rex Tillerson?\n"))
    assert run(["ask", "-", "--json", "--index", str(seed_index)]) == 2
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("question") for line in lines] == [
        "Who is Ben Kew?",
        None,
        "Who is Rex Tillerson?",
    ]
    assert lines[1]["error"]["code"] == "AC-USAGE"


@pytest.mark.slow
def test_search_gives_passages_best_first(seed_index, capsys):
    """`search` gives k passages with falling scores."""
    exit_code, printed = asked(capsys, "search", "troops", "-k", "3", "--index", str(seed_index))
    scores = [passage["score"] for passage in printed["passages"]]
    assert exit_code == 0
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


@pytest.mark.slow
def test_list_and_show_agree(seed_index, capsys):
    """Each listed article can be shown by its number, and its paragraphs slice its text."""
    exit_code, listed = asked(capsys, "list", "--index", str(seed_index))
    assert exit_code == 0
    assert len(listed["articles"]) == 5
    for row in listed["articles"]:
        _, shown = asked(capsys, "show", str(row["number"]), "--index", str(seed_index))
        assert shown["article_id"] == row["article_id"]
        assert len(shown["paragraphs"]) == row["paragraphs"]
        assert len(shown["text"]) == row["characters"]


@pytest.mark.slow
def test_a_chat_takes_questions_until_the_input_ends(seed_index, capsys, monkeypatch):
    """Each line is a turn; the last one ends the command with 0."""
    monkeypatch.setattr("sys.stdin", io.StringIO("Who is Rex Tillerson?\nWhat did he say?\n"))
    assert run(["chat", "--json", "--index", str(seed_index)]) == 0
    turns = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [turn["typed"] for turn in turns] == ["Who is Rex Tillerson?", "What did he say?"]


@pytest.mark.slow
def test_index_is_incremental_and_names_what_it_skips(seeds, tmp_path, capsys):
    """A second run embeds nothing; a bad file is named while the rest is indexed."""
    folder, index = tmp_path / "articles", tmp_path / "index"
    shutil.copytree(seeds, folder)
    (folder / "empty.txt").write_bytes(b"")
    exit_code, first = asked(capsys, "index", str(folder), "--index", str(index))
    assert exit_code == 0
    assert first["added"] == 5
    assert [skipped["path"] for skipped in first["skipped"]] == ["empty.txt"]
    _, second = asked(capsys, "index", str(folder), "--index", str(index))
    counts = [second[name] for name in ("added", "changed", "removed", "unchanged")]
    assert counts == [0, 0, 0, 5]


@pytest.mark.slow
def test_an_index_of_nothing_is_refused_and_the_old_one_stays(seeds, seed_index, tmp_path, capsys):
    """A folder without articles: exit 65, and the index answers as before."""
    empty, index = tmp_path / "empty", tmp_path / "index"
    empty.mkdir()
    assert run(["index", str(empty), "--index", str(index)]) == 65
    shutil.copytree(seed_index, index, dirs_exist_ok=True)
    assert run(["index", str(seeds), "--index", str(index)]) == 0
    assert run(["index", str(empty), "--index", str(index)]) == 65
    capsys.readouterr()
    _, listed = asked(capsys, "list", "--index", str(index))
    assert len(listed["articles"]) == 5


@pytest.mark.slow
def test_a_closed_pipe_ends_quietly(seed_index):
    """`askcorpus list | head -1` says nothing on stderr and is no failure."""
    command = [sys.executable, "-m", "askcorpus", "list", "--index", str(seed_index)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


@pytest.mark.slow
def test_an_interruption_ends_with_130(alone):
    """Ctrl-C while waiting for a question: exit 130, no traceback."""
    exit_code, answered = alone.last
    assert answered != ""
    assert exit_code == 130
    assert "Traceback" not in alone.complaints


@pytest.mark.slow
def test_no_colour_or_control_codes_off_a_terminal(alone):
    """Piped output is plain text, also where no variable asks for that."""
    printed = [output for _, output in (*alone.ended, alone.last)]
    assert all(printed)
    assert "\x1b" not in "".join(printed) + alone.complaints
