"""What a person at a terminal sees: tables, marks, links, bars; and what hostile text cannot do."""

import contextlib
import io
import os
import pty
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from rich.console import Console
from small_corpus import BRIDGE, FERRY, FakeCorpus

from askcorpus.calibration import Calibration, Level
from askcorpus.cli import run
from askcorpus.cli.answers import answer_lines, hit_lines, why_lines
from askcorpus.cli.asking import Form
from askcorpus.cli.looking import (
    article_lines,
    list_lines,
    paragraph_lines,
    removed_lines,
    skipped_lines,
)
from askcorpus.cli.output import Look, Table, bars, in_app, look, shown, table_lines, typed, wrapped
from askcorpus.cli.progress import drawing
from askcorpus.render import FORMS, Shelf
from askcorpus.types import Fact, Progress, Removed, Skipped, Verdict

QUESTION = "How many people use the bridge?"
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")
HOSTILE = "\x1b]0;title\x07\x1b[2J\x9b31m \u202egnp.exe\u2066 [bold]x[/bold] a\u200bb\ud800"
PERSON = Look(terminal=True, colour=True)


def answer_of(**changes):
    return replace(FakeCorpus().ask(QUESTION), **changes)


# --- how much is shown -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (True, {"TERM": "xterm"}, Look(terminal=True, colour=True)),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, Look(terminal=True)),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, Look(terminal=True, colour=True)),
        (True, {"TERM": "dumb"}, Look()),
        (False, {"TERM": "xterm", "FORCE_COLOR": "1"}, Look()),
    ],
)
def test_colour_and_links_only_where_a_person_looks(terminal, environment, expected, monkeypatch):
    """A terminal has both; NO_COLOR takes the colour; a pipe has neither, whatever is forced."""
    for name in ("TERM", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert look() == expected


def test_a_quote_is_marked_for_every_eye():
    """Bold and underlined where that can be seen, between guillemets where it cannot."""
    assert PERSON.mark("x") == "\x1b[1;4mx\x1b[0m"
    assert Look(terminal=True).mark("x") == "«x»"


def test_a_link_is_text_where_nobody_can_click():
    """OSC 8 at a terminal, with or without colour; the bare words elsewhere."""
    assert Look().link("here", "https://a.example/") == "here"
    assert PERSON.link("here", None) == "here"
    assert (
        Look(terminal=True).link("here", "https://a.example/?q=a b")
        == "\x1b]8;;https://a.example/?q=a%20b\x1b\\here\x1b]8;;\x1b\\"
    )


def test_an_address_cannot_end_its_link():
    """Controls and what is not ASCII are spelled out in percent."""
    link = PERSON.link("x", "https://a.example/\x1b\\\x07\u202e")
    assert re.findall(r"8;;(.*?)\x1b", link)[0] == "https://a.example/%1B%5C%07%E2%80%AE"


def test_places_lead_into_the_app(monkeypatch):
    """A place opens where `serve` serves, or where the environment says that the app is."""
    monkeypatch.delenv("ASKCORPUS_URL", raising=False)
    assert in_app("/article/3?s=1&e=2#p1") == "http://127.0.0.1:7860/article/3?s=1&e=2#p1"
    monkeypatch.setenv("ASKCORPUS_URL", "https://desk.example/")
    assert in_app("/article/3#p1") == "https://desk.example/article/3#p1"


# --- hostile text ----------------------------------------------------------------------------


def test_what_steers_or_hides_is_named():
    """Line breaks and tabs stay; controls, overrides and invisible characters show by name."""
    assert shown("a\n\tb") == "a\n\tb"
    assert shown("\x1b[2J\u202ex\r") == "⟨U+001B⟩[2J⟨U+202E⟩x⟨U+000D⟩"


def hostile_lines():
    """Everything that the commands print, of an answer and article that are hostile throughout."""
    answer = answer_of()
    quote = replace(
        answer.citations[0],
        title=HOSTILE,
        article_id=HOSTILE,
        publisher=HOSTILE,
        sentence=HOSTILE,
        sentence_start=0,
        start=0,
        end=4,
        link="/article/1",
        url=None,
        copies=(HOSTILE,),
    )
    hit = replace(answer.passages[0], passage=replace(answer.passages[0].passage, text=HOSTILE))
    other = replace(answer.alternatives[0], text=HOSTILE, citations=(quote,))
    answer = replace(
        answer, text=HOSTILE, citations=(quote,), alternatives=(other,), best_rejected=HOSTILE
    )
    article = replace(
        BRIDGE,
        title=HOSTILE,
        publisher=HOSTILE,
        authors=(HOSTILE,),
        text=BRIDGE.text.replace("Mayor", HOSTILE),
        facts=(Fact("title", HOSTILE, HOSTILE, HOSTILE),),
        warnings=(HOSTILE,),
        removed=(Removed(HOSTILE, HOSTILE, 1),),
    )
    corpus = FakeCorpus([article])
    yield from answer_lines(answer, Shelf(label=HOSTILE))
    yield from answer_lines(replace(answer, text=None), Shelf(label=HOSTILE))
    yield from hit_lines([hit])
    yield from why_lines(answer)
    yield from article_lines(corpus, article)
    yield from list_lines(corpus, Look(terminal=True))
    yield from skipped_lines([Skipped(HOSTILE, HOSTILE)], Look(terminal=True))
    yield from paragraph_lines(article)
    yield from removed_lines(article)


def test_no_text_of_a_corpus_can_steer_a_terminal():
    """No escape, no override and no invisible character of an article reaches the screen."""
    page = "\n".join(line for line in hostile_lines() if "\x1b]8;;" not in line)
    assert STEERING.findall(page) == []
    assert "[bold]x[/bold]" in re.sub(r"\s+", " ", page)


def test_a_message_cannot_steer_a_terminal_either(tmp_path, capsys):
    """A file name in an error is named like the text of an article."""
    assert run(["list", "--index", str(tmp_path / "\x1b[31m\u202e")]) == 65
    assert STEERING.findall(capsys.readouterr().err) == []


# --- answers ---------------------------------------------------------------------------------


def test_a_verdict_says_what_it_is_worth():
    """With a measured calibration the line tells how often such answers were right."""
    level = Level(0.0, Verdict("Probable", 0.78, 0.72, 0.83, 412))
    shelf = Shelf(calibration=Calibration(0.0, {}, 0.5, (level,)))
    assert list(answer_lines(answer_of(), shelf))[1] == (
        "Probable (confidence 0.93; right 78% [72–83] of the time on held-out questions, n=412)"
    )


def test_agreement_and_disagreement_are_counted():
    """How many articles say what, before the places; and when each of them said it."""
    lines = list(answer_lines(answer_of()))
    assert lines[2] == "2 articles say “4,200”; 1 says “3,900” (date unknown)"
    later = replace(
        answer_of().alternatives[0].citations[0], article_id="later.txt", published="2020-05"
    )
    other = replace(answer_of().alternatives[0], citations=(later,))
    lines = list(answer_lines(answer_of(alternatives=(other,))))
    assert lines[lines.index("What dated sources say, newest first:") :] == [
        "What dated sources say, newest first:",
        "  May 2020  “3,900”",
        "  28 January 2019  “4,200”",
        "  November 2018  “4,200”",
    ]


def test_a_person_gets_links_to_the_passage():
    """The source leads to the original page, the place to the article in the app."""
    bridge = next(c for c in answer_of().citations if c.article_id == "bridge.txt")
    lines = list(answer_lines(answer_of(citations=(bridge,), alternatives=()), style=PERSON))
    addresses = re.findall(r"\x1b\]8;;(.+?)\x1b", "\n".join(lines))
    assert addresses[0].startswith("https://herald.example/bridge?id=1#:~:text=")
    assert addresses[1] == f"http://127.0.0.1:7860{bridge.link}"


def test_a_span_is_marked_in_its_article():
    """`show --mark` gives the paragraphs with the cited characters marked."""
    start = FERRY.text.index("4,200")
    assert list(paragraph_lines(FERRY, (start, start + 5))) == [
        "¶1 [headline] Ferry returns",
        "¶2 A ferry will carry the «4,200» people who use the bridge.",
    ]


@pytest.mark.parametrize("mark", ["7", "9-3", "3-3", "a-b", "-1-2", "1-99999999999999999999"])
def test_a_mark_that_is_no_place_is_refused(mark, tmp_path, capsys):
    """Two offsets, the smaller first; the message shows how."""
    assert run(["show", "1", f"--mark={mark}", "--index", str(tmp_path)]) == 2
    assert capsys.readouterr().err.splitlines()[0] == (
        f"askcorpus: {mark!r} is no place. Name two offsets, the smaller first: --mark 2481-2486"
    )


def test_every_form_of_a_citation_can_be_asked_for():
    """`--cite` offers the forms that can be rendered, and no others."""
    assert [form.value for form in Form] == list(FORMS)


# --- tables ----------------------------------------------------------------------------------


def test_a_table_folds_and_cuts_nothing_off(monkeypatch):
    """A narrow terminal makes more lines, not shorter cells."""
    monkeypatch.setenv("COLUMNS", "40")
    cells = ("one " * 12, "[red]x[/red] :smile:")
    lines = table_lines(Table(("First", "Second"), (cells,)), Look(terminal=True))
    assert max(map(len, lines)) <= 40
    assert "".join(lines).count("one") == 12
    assert "[red]x[/red]" in "".join(lines)
    assert STEERING.findall("".join(lines)) == []


def test_the_list_is_a_table_for_a_person_and_lines_for_a_program(monkeypatch):
    """Both name the article and where each fact was found."""
    monkeypatch.setenv("COLUMNS", "200")
    corpus = FakeCorpus()
    table = list_lines(corpus, Look(terminal=True))
    assert table[1].split() == ["No.", "Article", "Publisher", "Authors", "Date"]
    assert "Old bridge to close in March" in table[3]
    assert "28 January 2019" in table[3]
    assert "(line 3: byline)" in table[4]
    lines = list_lines(corpus, Look())
    assert lines[0] == "  0  bridge.txt"
    assert "     published: 2019-01-28 (line 3: byline)" in lines


def test_skips_end_in_a_table():
    """Every file that was left out, with its reason; nothing at all where there are none."""
    skipped = [Skipped("a.bin", "binary"), Skipped("b.txt", "an empty file")]
    assert list(skipped_lines([], Look(terminal=True))) == []
    table = list(skipped_lines(skipped, Look(terminal=True)))
    assert [line.split() for line in table[3:]] == [
        ["a.bin", "binary"],
        ["b.txt", *"an empty file".split()],
    ]
    assert list(skipped_lines(skipped, Look())) == [
        "skipped a.bin: binary",
        "skipped b.txt: an empty file",
    ]


# --- a talk ----------------------------------------------------------------------------------


def test_long_lines_break_between_words_at_a_terminal(monkeypatch):
    """Numbers and indents hang out; off a terminal a line stays as it is."""
    text = "Head\n  3  The bridge was closed-off in March\n    and so on and so on"
    assert wrapped(text) == text
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "25")
    assert wrapped(text).split("\n") == [
        "Head",
        "  3  The bridge was",
        "     closed-off in March",
        "    and so on and so on",
    ]
    assert wrapped("x" * 50) == "x" * 50


def test_what_is_typed_can_be_mended_with_the_arrow_keys():
    """At a terminal; the end of the input ends the talk."""
    talk = "from askcorpus.cli.output import typed; print(ascii(typed('Name: '))); typed('More: ')"
    ours, theirs = pty.openpty()
    screen = b""
    with subprocess.Popen(
        [sys.executable, "-c", talk],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm"},
    ) as child:
        for prompt, keys in ((b"Name: ", b"acd\x1b[D\x1b[Db\r"), (b"More: ", b"\x04")):
            while prompt not in screen:
                screen += os.read(ours, 4096)
            os.write(ours, keys)
        _, failure = child.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert b"'abcd'" in screen
    assert failure.decode().rstrip().endswith("EOFError")


def test_lines_are_taken_from_a_pipe_with_the_prompt_on_stderr(monkeypatch, capsys):
    """Stdout is for data alone; no more lines is the end."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\n"))
    assert typed("Name: ") == "one\n"
    with pytest.raises(EOFError):
        typed("Name: ")
    assert capsys.readouterr() == ("", "Name: Name: ")


# --- progress --------------------------------------------------------------------------------


def test_no_bars_off_a_terminal(capsys):
    """Where nobody looks, progress is silent."""
    with bars() as draw:
        draw(Progress("embedding", 1, 2))
    assert capsys.readouterr() == ("", "")


def test_bars_are_drawn_on_stderr_only(monkeypatch, capsys):
    """At a terminal the progress of each stage shows, and stdout stays clean."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with bars() as draw:
        draw(Progress("embedding", 1, 2))
        draw(Progress("embedding", 2, 2))
    assert capsys.readouterr().out == ""


def test_bars_say_what_how_much_how_fast_and_what_was_left_out():
    """Each stage has a name of its own, counts what it counts, and names its skips."""
    page = io.StringIO()
    console = Console(file=page, force_terminal=True, width=120, color_system=None)
    with drawing(console) as draw:
        draw(Progress("read", 100, 400))
        draw(Progress("read", 400, 400, skipped=3))
        draw(Progress("odd\x1bstage", 1, 1))
    last = page.getvalue()
    assert re.search(r"Reading .* 400/400 [\d,]+ files/s .* 3 skipped", last)
    assert "odd⟨U+001B⟩stage" in last


# --- shell completion ------------------------------------------------------------------------


def completed(line, tmp_path, **environment):
    """Give what bash is offered at the end of a line."""
    words = line.split(" ")
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    done = subprocess.run(
        [sys.executable, "-m", "askcorpus"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=tmp_path,
        env=kept
        | {
            "_ASKCORPUS_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
        }
        | environment,
    )
    return done.stdout.split()


def test_commands_and_options_are_completed(tmp_path):
    """Bash is offered commands by their beginning, and the options of a command."""
    assert completed("askcorpus se", tmp_path) == ["search", "serve"]
    assert "--passages" in completed("askcorpus export --", tmp_path)
    assert completed("askcorpus ask --cite b", tmp_path) == ["bibtex"]


def test_articles_are_completed_from_the_index(tmp_path):
    """`show` offers ids of the index named before; none, quietly, where there is no index."""
    from small_corpus import built

    built(tmp_path).close()
    line = f"askcorpus show --index {tmp_path / 'index'} news.jsonl#"
    assert completed(line, tmp_path) == ["news.jsonl#1", "news.jsonl#2", "news.jsonl#3"]
    assert completed("askcorpus show --index none n", tmp_path) == []


def test_languages_are_completed_from_the_index(tmp_path):
    """`--language` offers the codes of the index named before."""
    from mixed_corpus import mixed

    mixed(tmp_path).close()
    line = f"askcorpus ask --index {tmp_path / 'index'} --language "
    assert completed(line, tmp_path) == ["de", "en"]
    assert completed(f"{line}d", tmp_path) == ["de"]
    assert completed("askcorpus search --index none --language ", tmp_path) == []


def test_completion_is_installed_by_one_option(tmp_path):
    """`--install-completion` writes the script of the shell and names it."""
    done = subprocess.run(
        [sys.executable, "-m", "askcorpus", "--install-completion", "bash"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ
        | {"HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )
    assert "completion installed" in done.stdout
    scripts = [path for path in tmp_path.rglob("*.sh") if "_ASKCORPUS_COMPLETE" in path.read_text()]
    assert len(scripts) == 1


# --- the whole way, at a real terminal -------------------------------------------------------


def _parts(leader):
    """Yield what comes out of a terminal; one whose last writer is gone reports an error."""
    with contextlib.suppress(OSError):
        while part := os.read(leader, 4096):
            yield part


@contextlib.contextmanager
def terminal():
    """Open a terminal: give its end to write to, and what will have been written in the end."""
    leader, follower = pty.openpty()
    with ThreadPoolExecutor(1) as beside:
        written = beside.submit(lambda: b"".join(_parts(leader)))
        try:
            yield follower, written
        finally:
            os.close(follower)
    os.close(leader)


@pytest.fixture
def at_terminal(monkeypatch):
    """Run commands with a terminal as their stdout; give exit code and what was written."""

    def ran(*arguments, **environment):
        with terminal() as (follower, written), monkeypatch.context() as patch:
            patch.delenv("NO_COLOR")
            for name, value in ({"TERM": "xterm", "COLUMNS": "120"} | environment).items():
                patch.setenv(name, value)
            with open(follower, "w", encoding="utf-8", closefd=False) as page:
                patch.setattr(sys, "stdout", page)
                exit_code = run(arguments)
        return exit_code, written.result().decode()

    return ran


@pytest.mark.slow
def test_an_answer_at_a_terminal_is_marked_and_linked(seed_index, at_terminal):
    """Bold mark and links; with NO_COLOR the same, without a single colour."""
    command = ("ask", "How many US troops are in Iraq?", "--index", str(seed_index))
    exit_code, page = at_terminal(*command)
    assert exit_code == 0
    assert "\x1b[1;4m5,200\x1b[0m" in page
    assert "\x1b]8;;http://127.0.0.1:7860/article/" in page
    _, page = at_terminal(*command, NO_COLOR="1")
    assert "«5,200»" in page
    assert re.findall(r"\x1b\[", page) == []


@pytest.mark.slow
def test_a_table_at_a_terminal_and_lines_in_a_pipe(seed_index):
    """`list` suits who reads it, also in a process of its own."""
    command = [sys.executable, "-m", "askcorpus", "list", "--index", str(seed_index)]
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with terminal() as (follower, written):
        subprocess.run(
            command,
            stdout=follower,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
            env=kept | {"TERM": "xterm", "COLUMNS": "120"},
        )
    page = written.result().decode()
    assert "───" in page
    assert "Tillerson" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "beginning"),
    [("plain", "“"), ("markdown", "> "), ("bibtex", "@misc{"), ("csl-json", "[")],
)
def test_citations_can_be_piped_into_a_file(form, beginning, seed_index, capsys):
    """Standard output holds the reference alone; the answer itself goes to stderr."""
    question = "How many US troops are in Iraq?"
    assert run(["ask", question, "--cite", form, "--index", str(seed_index)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(beginning)
    assert "5,200" in printed.out
    assert printed.err == "5,200\n"


@pytest.mark.slow
def test_no_answer_has_no_citations(seed_index, capsys):
    """Exit 1, an empty stdout (an empty list in JSON), and the verdict on stderr."""
    command = ["ask", "Who?", "--publisher", "Nobody", "--index", str(seed_index), "--cite"]
    assert run([*command, "bibtex"]) == 1
    assert capsys.readouterr() == ("", "Not found in this corpus\n")
    assert run([*command, "csl-json"]) == 1
    assert capsys.readouterr().out == "[]\n"


@pytest.mark.slow
def test_what_is_exported_can_be_indexed_again(seed_index, tmp_path, capsys):
    """The exported articles are a corpus: the same texts, under the same names and dates."""
    from askcorpus import Corpus

    assert run(["export", "--index", str(seed_index)]) == 0
    (tmp_path / "articles").mkdir()
    exported = tmp_path / "articles" / "all.jsonl"
    exported.write_text(capsys.readouterr().out, encoding="utf-8")
    Corpus.build(tmp_path / "articles", tmp_path / "index")

    def articles(folder):
        with Corpus.open(folder) as corpus:
            return corpus.articles

    for before, after in zip(articles(seed_index), articles(tmp_path / "index"), strict=True):
        # Names and dates that were facts of a file are put before the text of a record.
        assert after.text.endswith(before.text)
        assert facts_of(after) == facts_of(before)


def facts_of(article):
    """Give what an article is known by."""
    return article.title, article.publisher, article.authors, article.published


@pytest.mark.slow
def test_export_gives_one_object_or_one_a_line(seed_index, capsys):
    """JSON Lines of articles or passages; one object of the same rows with --json."""
    import json

    for options, name in ([], "articles"), (["--passages"], "passages"):
        assert run(["export", *options, "--index", str(seed_index)]) == 0
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert run(["export", *options, "--json", "--index", str(seed_index)]) == 0
        assert json.loads(capsys.readouterr().out) == {"schema": 1, name: rows, "generation": 1}
