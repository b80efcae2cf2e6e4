"""Questions are written by typing; each is in the file once finished, whatever happens then."""

import json

import pytest
from small_corpus import ARTICLES, BRIDGE, FakeCorpus

from askcorpus.errors import DataError
from askcorpus.evaluation.lint import lint
from askcorpus.evaluation.questions import load_questions
from askcorpus.evaluation.writing import HELP, find_words, next_id, write_new


class Script:
    """A desk at which the lines of a script are typed; an error in it is raised there."""

    def __init__(self, *lines):
        self.lines = list(lines)
        self.said = []

    def say(self, text):
        self.said.append(text)

    def ask(self, prompt):
        self.said.append(prompt)
        if not self.lines:
            raise EOFError
        line = self.lines.pop(0)
        if isinstance(line, BaseException):
            raise line
        return f"{line}\n"


def talk(path, *lines, part=""):
    desk = Script(*lines)
    written = write_new(FakeCorpus(), path, desk, part=part)
    return written, desk.said


def saved(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_question_is_written_by_finding_and_marking(tmp_path):
    """Question, passage, answer, tags: a line that lint finds nothing wrong with."""
    path = tmp_path / "eval" / "q.jsonl"
    written, said = talk(
        path, "Who is the mayor?", "1", "Ada Brook", "", "who, name", "", part="dev"
    )
    start = BRIDGE.text.index("Ada Brook")
    assert saved(path) == [
        {
            "id": "q001",
            "question": "Who is the mayor?",
            "split": "dev",
            "tags": ["who", "name"],
            "answers": [
                {
                    "article_id": "bridge.txt",
                    "text": "Ada Brook",
                    "start": start,
                    "end": start + 9,
                    "context": "every day. Mayor Ada Brook, head of",
                }
            ],
            "unanswerable": None,
        }
    ]
    assert [one.question_id for one in written] == ["q001"]
    assert lint(path, ARTICLES).faults == ()
    assert said[0] == HELP
    assert said[-2:] == [f"q001 is in {path}.", "Question (Enter to end)"]


def test_the_system_s_answer_is_never_shown(tmp_path):
    """Who writes questions sees passages: the corpus is searched, and not asked."""
    corpus = FakeCorpus()
    write_new(corpus, tmp_path / "q.jsonl", Script("How many people use the bridge?"))
    assert corpus.asked == []


def test_an_answer_may_have_several_wordings_and_places(tmp_path):
    """Each that is typed is added, from any article that is opened; the same twice is one."""
    path = tmp_path / "q.jsonl"
    talk(
        path,
        *("How many people use it?", ":open bridge", "4,200", "Around 4,200", "4,200"),
        *(":open 1", "4,200", "", ""),
    )
    (question,) = load_questions(path)
    assert [(one.article_id, one.text) for one in question.golds] == [
        ("bridge.txt", "4,200"),
        ("bridge.txt", "Around 4,200"),
        ("ferry.txt", "4,200"),
    ]


def test_words_that_stand_several_times_are_chosen_by_number(tmp_path):
    """Every place is shown in its context; a paragraph's number before a colon narrows it."""
    path = tmp_path / "q.jsonl"
    _, said = talk(path, "What?", ":open bridge.txt", "the", "2", "1: Old bridge", "", "")
    assert "It stands 3 times. Number" in said
    (question,) = load_questions(path)
    second = BRIDGE.text.index("the step")
    assert [(one.text, one.start) for one in question.golds][1] == ("Old bridge", 0)
    assert question.golds[0].start in (second, BRIDGE.text.index("the council"))


def test_words_of_a_listed_passage_are_marked_at_once(tmp_path):
    """Number and words in one line; other passages of the list can be marked after it."""
    path = tmp_path / "q.jsonl"
    written, said = talk(path, "Who is the mayor?", "1: bread", "1: ada brook", "2: 4,200", "", "")
    listed = [line.split()[1] for line in said if line[:2].strip().isdecimal()]
    first, second = listed[0], listed[1]
    assert f"'bread' does not stand in that passage of {first}." in said
    assert [(gold.article_id, gold.text) for gold in written[0].golds] == [
        (first, "Ada Brook"),
        (second, "4,200"),
    ]
    assert "Enter if that is all, or NUMBER: ANSWER" in said
    assert lint(path, ARTICLES).faults == ()


def test_a_number_opens_the_article_where_the_passage_stands(tmp_path):
    """Only the paragraphs of the passage are shown, with their numbers; `:open` shows the rest."""
    _, said = talk(tmp_path / "q.jsonl", ":none", "Who is the mayor?", ":open", "1", ":open")
    assert "No article is open. Name one: :open ARTICLE" in said
    shown = said[said.index("Answer") - 2 : said.index("Answer")]
    place = next(
        number
        for number, one in enumerate(BRIDGE.paragraphs, start=1)
        if "Ada Brook" in BRIDGE.text[one.start : one.end]
    )
    one = BRIDGE.paragraphs[place - 1]
    assert shown == ["bridge.txt", f"{place:>3}  {BRIDGE.text[one.start : one.end]}"]
    whole = said[said.index("Answer") + 1 : -1]
    assert whole == [
        "bridge.txt",
        *(
            f"{number:>3}  {BRIDGE.text[each.start : each.end]}"
            for number, each in enumerate(BRIDGE.paragraphs, start=1)
        ),
    ]


def test_an_unanswerable_question_has_a_reason(tmp_path):
    """One of the kinds, and nothing marked beside it."""
    path = tmp_path / "q.jsonl"
    _, said = talk(
        path,
        *("Who won?", ":none because", ":none", ":none off topic: sport", "Ada Brook", "", "who"),
    )
    (question,) = load_questions(path)
    assert (question.unanswerable, question.golds) == ("off topic: sport", ())
    assert said.count("Say why: :none and one of near miss, false premise, off topic") == 2
    assert "Enter if that is all" in said


def test_a_follow_up_keeps_the_turns_before_it(tmp_path):
    """Oldest first, and for the next question alone."""
    path = tmp_path / "q.jsonl"
    talk(
        path,
        *(":after Does the bridge close?", ":after When?", "Who says so?", ":open bridge", "Mayor"),
        *("", "", "Who is the mayor?", ":open bridge", "Ada Brook", "", ""),
    )
    assert [one.after for one in load_questions(path)] == [
        ("Does the bridge close?", "When?"),
        (),
    ]


def test_undo_goes_back_step_by_step(tmp_path):
    """The last answer, then the question that was begun, then the one written last."""
    path = tmp_path / "q.jsonl"
    first = ("Who is the mayor?", ":open bridge", "Ada Brook", "", "")
    written, said = talk(
        path, *first, "When?", ":open bridge", "3 March", ":undo", ":undo", ":undo", ":undo"
    )
    assert (written, path.read_text("utf-8")) == ((), "")
    assert [line for line in said[1:] if "aken back" in line or line == "Dropped."] == [
        "Taken back.",
        "Dropped.",
        "q001 was taken back: Who is the mayor?",
    ]
    assert said[-2] == "This talk has written nothing yet."


@pytest.mark.parametrize("end", [EOFError(), KeyboardInterrupt(), ":quit"])
def test_nothing_that_was_marked_is_lost(tmp_path, end):
    """The end of the input, an interruption and `:quit` in the middle keep what there is."""
    path = tmp_path / "q.jsonl"
    lines = ("Who?", ":open bridge", "Ada Brook", end)
    if isinstance(end, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            talk(path, *lines)
    else:
        talk(path, *lines)
    assert [one.golds[0].text for one in load_questions(path)] == ["Ada Brook"]


def test_a_file_that_is_there_is_added_to(tmp_path):
    """Its lines stay as they are, a missing last line end is mended, ids go on."""
    path = tmp_path / "q.jsonl"
    old = (
        '{"id":"n09","question":"A?","split":"","tags":[],"answers":[],"unanswerable":"off topic"}'
    )
    path.write_text(old, "utf-8")
    talk(path, "Who won?", ":none off topic", "", "")
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == old
    assert json.loads(lines[1])["id"] == "n10"


def test_a_new_file_is_as_readable_as_any_other(tmp_path):
    """Others of a team may read what `touch` would let them read; one that was there stays so."""
    plain, path = tmp_path / "plain.txt", tmp_path / "q.jsonl"
    plain.touch()
    talk(path, "Who won?", ":none off topic", "", "")
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o640)
    talk(path, "Who lost?", ":none off topic", "", "")
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(one.name for one in tmp_path.iterdir()) == ["plain.txt", "q.jsonl"]


def test_a_file_that_is_no_question_file_is_left_alone(tmp_path):
    """It is refused before anything is asked."""
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n", "utf-8")
    with pytest.raises(DataError, match=r"notes\.txt:1: not JSON"):
        talk(path, "Who?")
    assert path.read_text("utf-8") == "my notes\n"


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("", "Nothing is marked yet."),
        (":fly", ":fly says nothing here. See :help"),
        (":open nowhere", "No article, or more than one, is 'nowhere'."),
        ("???", "The question has no words."),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(tmp_path, line, reply):
    """The talk goes on."""
    path = tmp_path / "q.jsonl"
    _, said = talk(path, "Who is the mayor?", line, ":open bridge", "Ada Brook", "", "")
    assert reply in said
    assert len(saved(path)) == 1


def test_words_are_found_as_a_keyboard_types_them():
    """Other quotes, dashes and case; whole words first; offsets are those of the text."""
    text = "“We’ve waited,” he said – he, the Mayor."
    (place,) = find_words(text, '"we\'ve waited,"')
    assert text[slice(*place)] == "“We’ve waited,”"
    assert [text[slice(*one)] for one in find_words(text, "he")] == ["he", "he"]
    assert [text[slice(*one)] for one in find_words(text, "wait")] == ["wait"]
    assert find_words(text, "nothing") == []


@pytest.mark.parametrize(
    ("known", "wanted"),
    [((), "q001"), (("q009", "q002"), "q010"), (("a",), "q001"), (("n99", "x7"), "n100")],
)
def test_ids_go_on_as_they_began(known, wanted):
    """The highest number counts on, as wide as it is."""
    assert next_id(known) == wanted
