"""Every fault of a question file is named at its line, and what moved is mended without a guess."""

import json

import pytest
from small_corpus import ARTICLES, BRIDGE, FERRY, article_of

from askcorpus.errors import DataError
from askcorpus.evaluation.lint import Finding, fix, lint
from askcorpus.evaluation.places import context_of
from askcorpus.evaluation.questions import check_places, load_questions


def gold(article, text, **changes):
    start = article.text.index(text)
    end = start + len(text)
    known = {
        "article_id": article.article_id,
        "text": text,
        "start": start,
        "end": end,
        "context": context_of(article.text, start, end),
    }
    return known | changes


def asked(name, text, *answers, split="dev", unanswerable=None, **more):
    return {
        "id": name,
        "question": text,
        "split": split,
        "tags": [],
        "answers": list(answers),
        "unanswerable": unanswerable,
        **more,
    }


PEOPLE = asked("q1", "How many use the bridge?", gold(BRIDGE, "4,200"), gold(FERRY, "4,200"))
MAYOR = asked("q2", "Who is the mayor?", gold(BRIDGE, "Ada Brook"))
OFF = asked("q3", "Who won the cup?", unanswerable="off topic")


def written(folder, *records):
    path = folder / "q.jsonl"
    lines = (one if isinstance(one, str) else json.dumps(one) for one in records)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def faults(path, articles=ARTICLES):
    return [
        (one.line, one.question_id, one.field, one.kind, one.message)
        for one in lint(path, articles).faults
    ]


def edited(article, old, new):
    """Give the article after an edit."""
    assert old in article.text
    return article_of(article.article_id, article.text.replace(old, new).split("\n\n"))


def test_a_sound_file_has_no_faults(tmp_path):
    """Nothing is found, and the file can be measured with."""
    report = lint(written(tmp_path, PEOPLE, MAYOR, OFF), ARTICLES)
    assert (report.questions, report.findings, report.notes) == (3, (), ())
    assert list(report.to_lines()) == ["3 questions: 0 faults, 0 hints."]


def test_all_bad_lines_are_named_not_the_first_alone(tmp_path):
    """What is no question, an id used twice, a question asked twice, and both at once."""
    contradiction = {**OFF, "id": "q4", "answers": [gold(BRIDGE, "3 March")]}
    again = {**MAYOR, "question": "who is the MAYOR"}
    path = written(tmp_path, MAYOR, "{", contradiction, again)
    assert faults(path) == [
        (
            *(2, None, "", "form"),
            "not JSON: Expecting property name enclosed in double quotes at column 2",
        ),
        (3, None, "", "form", "unanswerable: has a reason, and there are answers"),
        (4, "q2", "id", "id", "'q2' is already on line 1"),
        (4, "q2", "question", "repeated", "is asked on line 1 already, by 'q2'"),
    ]


def test_a_follow_up_is_another_question_after_other_turns(tmp_path):
    """“And when?” is asked twice only if the same was said before."""
    first = asked("q1", "And when?", gold(BRIDGE, "3 March"), after=["Does the bridge close?"])
    path = written(tmp_path, first, {**first, "id": "q2", "after": ["Which bridge?"]})
    assert faults(path) == []


def test_a_test_question_that_tuning_has_seen_is_a_fault(tmp_path):
    """The same words in another order are a fault; like words a hint; the same place is neither."""
    reworded = {**MAYOR, "id": "q5", "split": "test", "question": "The mayor, who is that?"}
    nearly = {**MAYOR, "id": "q6", "split": "test", "question": "Who is the Lin mayor?"}
    other = {**MAYOR, "id": "q7", "split": "test", "question": "Who called the step overdue?"}
    report = lint(written(tmp_path, MAYOR, reworded, nearly, other), ARTICLES)
    assert [(one.level, one.kind, one.question_id, one.message) for one in report.findings] == [
        (
            *("fault", "leak", "q5"),
            "is in the words of the development question 'q2': Who is the mayor?",
        ),
        ("hint", "leak", "q6", "is nearly the development question 'q2': Who is the mayor?"),
    ]


def test_what_moved_is_named_with_its_new_place_and_mended(tmp_path):
    """Offsets of an older cleaning are put right; the line keeps its other keys."""
    noted = {**MAYOR, "note": "ours"}
    path = written(tmp_path, noted, OFF)
    now = (article_of("bridge.txt", ["A new line.", *BRIDGE.text.split("\n\n")]), FERRY)
    start = now[0].text.index("Ada Brook")
    old = BRIDGE.text.index("Ada Brook")
    message = f"'Ada Brook' stood at {old}:{old + 9} and now stands at {start}:{start + 9}"
    assert faults(path, now) == [(1, "q2", "answers[0]", "moved", message)]
    report = fix(path, now)
    assert [one.message for one in report.mended] == [message]
    assert report.faults == ()
    check_places(load_questions(path), now, path)
    record, rest = path.read_text("utf-8").splitlines()
    assert json.loads(record)["note"] == "ours"
    assert rest == json.dumps(OFF)
    assert fix(path, now).mended == ()


def test_a_corrected_number_is_mended_and_named(tmp_path):
    """The answer becomes what the article says now, for a person to look at."""
    path = written(tmp_path, asked("q1", "How many use it?", gold(BRIDGE, "4,200")))
    now = (edited(BRIDGE, "4,200", "4,300"),)
    (fault,) = lint(path, now).faults
    assert (fault.kind, fault.mendable) == ("reworded", True)
    assert fault.message.endswith("is it still the answer?")
    assert fix(path, now).faults == ()
    assert load_questions(path)[0].golds[0].text == "4,300"


def test_what_is_gone_is_reported_and_left_as_it_is(tmp_path):
    """A sentence that was taken out has no place; the file is not touched."""
    path = written(tmp_path, MAYOR)
    before = path.read_bytes()
    sentence = " Mayor Ada Brook, head of the council, called the step overdue."
    now = (edited(BRIDGE, sentence, ""),)
    report = fix(path, now)
    assert report.findings == (
        Finding(
            *(1, "q2", "answers[0]", "fault", "lost"),
            "'Ada Brook': it stands nowhere in the article any more",
        ),
    )
    assert path.read_bytes() == before


def test_a_place_that_is_uncertain_is_never_guessed(tmp_path):
    """Two places that are as good are both named, and none is taken."""
    people = gold(BRIDGE, "4,200", context="Around 4,200 people cross it")
    path = written(tmp_path, asked("q1", "How many?", people))
    line = "Around 4,200 people cross it every day."
    now = (edited(BRIDGE, line, f"{line} They say: “{line}” {line}"),)
    before = path.read_bytes()
    (fault,) = fix(path, now).faults
    assert (fault.kind, fault.mendable) == ("uncertain", False)
    assert path.read_bytes() == before


def test_an_article_that_is_gone_or_renamed(tmp_path):
    """A renamed article is recognised by the context; one that is gone is said to be."""
    path = written(tmp_path, MAYOR)
    assert faults(path, (FERRY,)) == [
        (
            *(1, "q2", "answers[0]", "missing"),
            "'Ada Brook': there is no article 'bridge.txt', and no other holds its context",
        )
    ]
    renamed = article_of("old-bridge.txt", BRIDGE.text.split("\n\n"))
    assert fix(path, (renamed,)).faults == ()
    assert load_questions(path)[0].golds[0].article_id == "old-bridge.txt"


def test_a_place_known_as_lost_stays_so_until_it_is_back(tmp_path):
    """Null offsets are right where the context is not in the article, and mended where it is."""
    lost = asked("q1", "What?", gold(BRIDGE, "4,200", start=None, end=None, context="a 4,200 b"))
    back = asked("q2", "Who?", gold(BRIDGE, "Ada Brook", start=None, end=None))
    path = written(tmp_path, lost, back)
    assert [(line, kind) for line, _, _, kind, _ in faults(path)] == [(2, "moved")]
    assert fix(path, ARTICLES).faults == ()


def test_a_stale_context_is_made_anew(tmp_path):
    """Offsets that hold with a context that does not: the next edit would lose the place."""
    stale = gold(BRIDGE, "Ada Brook", context="Mayor Ada Brook, head of a council")
    path = written(tmp_path, asked("q2", "Who?", stale))
    assert [kind for _, _, _, kind, _ in faults(path)] == ["context"]
    assert fix(path, ARTICLES).faults == ()
    assert load_questions(path)[0].golds[0].context == gold(BRIDGE, "Ada Brook")["context"]


def test_a_wording_that_another_article_has_too_is_a_hint(tmp_path):
    """In a sentence that speaks of the question; a hint is no fault."""
    people = asked("q1", "How many people use the bridge?", gold(BRIDGE, "4,200"))
    report = lint(written(tmp_path, people), ARTICLES)
    at = FERRY.text.index("4,200")
    assert report.faults == ()
    assert [(one.kind, one.message) for one in report.findings] == [
        ("wording", f"'4,200' also stands in 'ferry.txt' at {at}: does it answer there?")
    ]


def test_a_key_that_says_nothing_is_a_hint(tmp_path):
    """A mistyped `after` would otherwise be passed over in silence."""
    path = written(tmp_path, {**OFF, "aftr": ["Who?"]})
    assert [(one.level, one.field) for one in lint(path, ARTICLES).findings] == [("hint", "aftr")]


def test_feedback_that_awaits_its_answer_is_a_hint(tmp_path):
    """A reader said what is wrong; a person has to say what is right."""
    path = written(
        tmp_path,
        OFF,
        {**OFF, "id": "f1", "question": "Who?", "split": "feedback", "unanswerable": None},
    )
    report = lint(path, ARTICLES)
    assert [(one.line, one.level, one.kind) for one in report.findings] == [(2, "hint", "open")]


def test_the_report_reads_like_a_compiler(tmp_path):
    """File, line, id, level, field and message; then the sum and what to type next."""
    path = written(tmp_path, {**MAYOR, "answers": [gold(BRIDGE, "Ada Brook", start=5, end=14)]})
    start = BRIDGE.text.index("Ada Brook")
    report = lint(path, ARTICLES)
    moved = f"'Ada Brook' stood at 5:14 and now stands at {start}:{start + 9}"
    assert list(report.to_lines()) == [
        f"{path}:1: q2: fault: answers[0]: {moved}",
        "1 questions: 1 faults, 0 hints.",
        "Those that have a new place are mended by: askcorpus eval lint --fix",
    ]
    assert report.to_dict()["faults"] == 1


def test_an_empty_file_is_an_error(tmp_path):
    """There is nothing to check, and that is said."""
    path = written(tmp_path)
    with pytest.raises(DataError) as caught:
        lint(path, ARTICLES)
    assert str(caught.value) == (
        f"{path} holds no questions. Write some with: askcorpus eval new {path}"
    )
