"""Two runs side by side, and runs held to floors."""

import dataclasses
import json

import pytest
from scripted import OFF, TROOPS, ScriptedCorpus, answer, citation

from askcorpus.errors import DataError, UsageError
from askcorpus.evaluation import (
    Floor,
    breaches,
    compare,
    evaluate,
    load_floors,
    parse_floor,
    read_run,
    summarise,
    write_questions,
    write_run,
)


def many(n=40):
    """Give n answerable questions and as many that nothing answers."""
    answerable = [dataclasses.replace(TROOPS, question_id=f"t{i}", text=f"t{i}?") for i in range(n)]
    others = [dataclasses.replace(OFF, question_id=f"o{i}", text=f"o{i}?") for i in range(n)]
    return [*answerable, *others]


def run_file(path, good, *, false=0, cited=None, questions=None):
    """Write a run in which the first `good` answerable ones are right, `false` others answered."""
    questions = questions or many()
    write_questions(questions, path.with_suffix(".questions"))
    right = answer("5,200", cited or citation("a.txt", "5,200"), confidence=0.9)
    silent = answer(confidence=0.1)
    given = {one.question_id: silent for one in questions}
    given |= {f"t{i}": right for i in range(good)}
    given |= {f"o{i}": right for i in range(false)}
    write_run(path, evaluate(ScriptedCorpus(given), path.with_suffix(".questions")))
    return path


def verdicts(found):
    return {one.measure: one.verdict for one in found.differences}


def test_a_run_does_not_differ_from_itself(tmp_path):
    """No difference, no flip, and the gate opens."""
    path = run_file(tmp_path / "a", 20)
    found = compare(path, path)
    assert set(verdicts(found).values()) == {"no clear difference"}
    assert (found.flips, found.worse, found.questions, found.left_out) == ((), (), 80, 0)
    assert {(one.change.value, one.p, one.wins, one.losses) for one in found.differences} == {
        (0.0, 1.0, 0, 0)
    }
    text = found.to_text()
    assert text.startswith("80 questions\nwhat differs: nothing but when it was made\n")
    assert "\nno clear difference in any measure\n\n0 questions answered better, 0 worse\n" in text


def test_a_clear_gain_and_a_clear_loss_are_named(tmp_path):
    """From 10 right to 30 is better, back is worse and closes the gate; every flip is listed."""
    low, high = run_file(tmp_path / "a", 10), run_file(tmp_path / "b", 30)
    up, down = compare(low, high), compare(high, low)
    assert verdicts(up)["answerable_f1"] == verdicts(up)["false_refusals"] == "better"
    assert verdicts(up)["false_answers"] == "no clear difference"
    assert up.worse == ()
    assert down.worse == (
        "f1", "answerable_f1", "right_source", "citation_recall", "false_refusals",
    )  # fmt: skip
    gain = next(one for one in up.differences if one.measure == "answerable_f1")
    assert (gain.before, gain.after, gain.change.value) == (0.25, 0.75, 0.5)
    assert (gain.wins, gain.losses, gain.ties) == (20, 0, 20)
    # All golds stand in one article: resampling it alone would make up an interval.
    assert (gain.change.low, gain.change.high) == (None, None)
    assert [flip.question_id for flip in up.flips] == sorted(f"t{i}" for i in range(10, 30))
    first = up.flips[0]
    assert first.to_dict() == {
        "question_id": "t10", "question": "t10?", "before": 0.0, "after": 1.0,
        "said_before": None, "said_after": "5,200", "lost_before": "reading", "lost_after": None,
    }  # fmt: skip
    assert [(flip.before, flip.after) for flip in down.flips] == [(1.0, 0.0)] * 20


def test_the_text_says_in_words_what_changed(tmp_path):
    """Measures that clearly differ, then wins, then losses."""
    found = compare(run_file(tmp_path / "a", 30), run_file(tmp_path / "b", 10, false=1))
    text = found.to_text()
    assert "\nF1, answerable: worse\n" in text
    assert "false answers, unanswerable: " not in text
    assert "\n0 questions answered better, 21 worse\n" in text
    assert "\n  - o0 F1 1.00 → 0.00 o0? nothing → “5,200”\n" in text
    assert "\n  - t10 F1 1.00 → 0.00 t10? “5,200” → nothing\n" in text


def test_more_false_answers_are_a_loss(tmp_path):
    """Where lower is better, a rise is worse."""
    found = compare(run_file(tmp_path / "a", 20), run_file(tmp_path / "b", 20, false=20))
    assert found.worse == ("f1", "citation_precision", "false_answers", "brier")


def test_one_question_is_no_clear_difference(tmp_path):
    """A single flip says nothing, and the text says so in words."""
    found = compare(run_file(tmp_path / "a", 20), run_file(tmp_path / "b", 21))
    assert set(verdicts(found).values()) == {"no clear difference"}
    text = found.to_text()
    assert text.count("no clear difference") == len(found.differences) + 1
    assert "1 questions answered better, 0 worse\n  + t20 F1 0.00 → 1.00 t20? " in text


def test_the_seed_decides_and_nothing_else(tmp_path):
    """Equal seeds give equal comparisons; p differs a little with another."""
    paths = run_file(tmp_path / "a", 20), run_file(tmp_path / "b", 29)
    assert compare(*paths, seed=3).to_dict() == compare(*paths, seed=3).to_dict()
    ours, theirs = (compare(*paths, seed=seed).differences[1].p for seed in (3, 4))
    assert ours != theirs
    assert ours == pytest.approx(theirs, abs=0.1)


def test_an_unproved_quote_closes_the_gate(tmp_path):
    """One citation that is not verbatim is a bug, whatever the measures say."""
    false = citation("a.txt", "5,201", start=16)
    found = compare(run_file(tmp_path / "a", 1), run_file(tmp_path / "b", 1, cited=false))
    assert (found.unproved, found.worse) == (1, ("verbatim",))
    assert json.loads(json.dumps(found.to_dict()))["worse"] == ["verbatim"]
    assert "\n1 citations of the second run are not verbatim\n" in found.to_text()


def changed_manifest(path, other, **keys):
    """Write the run under another name with something else in its manifest."""
    manifest, *lines = path.read_text("utf-8").splitlines()
    changed = json.loads(manifest)
    for key, value in keys.items():
        changed[key] = changed[key] | value if isinstance(value, dict) else value
    other.write_text("\n".join([json.dumps(changed), *lines]), "utf-8")
    return other


@pytest.mark.parametrize(
    ("key", "end"),
    [
        ("questions", "Take the common ones with --common, or run both on the same questions"),
        ("corpus", "Run both on the same articles"),
    ],
)
def test_runs_of_different_things_are_not_compared(tmp_path, key, end):
    """Figures of other questions or other articles mean something else."""
    path = run_file(tmp_path / "a", 20)
    other = changed_manifest(path, tmp_path / "b", **{key: {"sha256": "0" * 64}})
    with pytest.raises(DataError) as caught:
        compare(path, other)
    what = end.rsplit(" ", 1)[1]
    assert str(caught.value).startswith(f"These runs are of different {what} ")
    assert str(caught.value).endswith(end)


def test_common_questions_are_compared_on_request(tmp_path):
    """Those that both runs ask alike; a question that was changed is left out with the others."""
    path = run_file(tmp_path / "a", 20)
    fewer = [one for one in many() if one.question_id not in {"t0", "o0"}]
    fewer[0] = dataclasses.replace(fewer[0], tags=("who",))
    other = run_file(tmp_path / "b", 20, questions=fewer)
    with pytest.raises(DataError, match="of different questions"):
        compare(path, other)
    found = compare(path, other, common=True)
    assert (found.questions, found.left_out, found.flips) == (77, 4, ())
    assert found.to_text().startswith("77 questions; 4 that are not in both were left out\n")


def test_no_common_question_is_refused(tmp_path):
    """Nothing in common is nothing to compare."""
    ours, theirs = many()[:2], many()[2:4]
    paths = (
        run_file(tmp_path / "a", 4, questions=ours),
        run_file(tmp_path / "b", 4, questions=theirs),
    )
    with pytest.raises(DataError, match="have no question in common, so there is nothing"):
        compare(*paths, common=True)


def test_articles_must_be_the_same_even_for_common_questions(tmp_path):
    """Common questions about other texts are other questions."""
    path = run_file(tmp_path / "a", 20)
    other = changed_manifest(path, tmp_path / "b", corpus={"sha256": "0" * 64})
    with pytest.raises(DataError, match="of different articles"):
        compare(path, other, common=True)


def test_what_the_runs_were_made_with_is_compared(tmp_path):
    """Another reader and other settings are named; another generation of the same is not."""
    path = run_file(tmp_path / "a", 20)
    other = changed_manifest(
        path,
        tmp_path / "b",
        models={"reader": "other@2"},
        settings={"k_read": 3},
        index={"generation": 9},
    )
    assert "\nwhat differs: reader, settings\n" in compare(path, other).to_text()


def test_a_run_file_that_is_not_there_is_named(tmp_path):
    """The message says which, and what to name instead."""
    path = tmp_path / "none.jsonl"
    with pytest.raises(DataError) as caught:
        compare(path, path)
    message = f"{path} cannot be read: No such file or directory. Name another file"
    assert str(caught.value) == message


# --- floors ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "floor"),
    [
        ("f1=0.7", Floor("f1", 0.7)),
        ("dev:false_answers=0.25", Floor("false_answers", 0.25, "dev")),
        (" latency_p95 = 900 ", Floor("latency_p95", 900.0)),
    ],
)
def test_floors_are_read_as_typed(text, floor):
    """A measure and a number, or a part before them."""
    assert parse_floor(text) == floor


@pytest.mark.parametrize("text", ["f1", "f1=", "=0.7", "f1=much", "f1=nan", "f1=inf", ""])
def test_what_is_no_floor_is_a_usage_error(text):
    """The message shows the form."""
    with pytest.raises(UsageError) as caught:
        parse_floor(text)
    assert str(caught.value) == f"--floor {text} is no floor. Write one as: --floor f1=0.7"


def test_a_run_is_held_to_floors(tmp_path):
    """At least for what should be high, at most for what should be low, at the limit is enough."""
    summary = summarise(read_run(run_file(tmp_path / "a", 20, false=10)))
    found = breaches(
        summary,
        [
            Floor("answerable_f1", 0.5),
            Floor("answerable_f1", 0.6, "dev"),
            Floor("false_answers", 0.25, "test"),
            Floor("false_answers", 0.2),
            Floor("false_answers_near_miss", 1.0),
        ],
    )
    assert [(one.part, one.row.name, one.limit) for one in found] == [
        ("dev", "answerable_f1", 0.6),
        ("all", "false_answers", 0.2),
        ("all", "false_answers_near_miss", 1.0),
    ]
    assert [one.text for one in found] == [
        "F1, answerable (dev) is 0.500, and must be at least 0.600",
        "false answers, unanswerable (all) is 0.250, and must be at most 0.200",
        "false answers, near miss (all) is –, and must be at most 1.000",
    ]
    assert found[0].to_dict() == {
        "part": "dev", "measure": "answerable_f1", "value": 0.5, "limit": 0.6,
        "text": found[0].text,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("floor", "start"),
    [
        (Floor("f2", 0.5), "There is no measure 'f2'. There are: f1, em, "),
        (
            Floor("f1", 0.5, "train"),
            "The run has no part 'train' to hold to a floor, but: dev, test, all",
        ),
    ],
)
def test_a_floor_for_nothing_is_a_usage_error(tmp_path, floor, start):
    """A misspelt gate must not stand open."""
    summary = summarise(read_run(run_file(tmp_path / "a", 1)))
    with pytest.raises(UsageError) as caught:
        breaches(summary, [floor])
    assert str(caught.value).startswith(start)


def test_floors_are_read_from_a_file(tmp_path):
    """A table a part, in it a number a measure."""
    path = tmp_path / "gate.toml"
    path.write_text('[dev]\nf1 = 0.6\n"success@5" = 1\n[test]\nbrier = 0.2\n', "utf-8")
    assert load_floors(path) == (
        Floor("f1", 0.6, "dev"),
        Floor("success@5", 1.0, "dev"),
        Floor("brier", 0.2, "test"),
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "names no floor. Write a table a part, such as: [dev] f1 = 0.7"),
        ("[dev]", "names no floor. Write a table a part, such as: [dev] f1 = 0.7"),
        ("f1 = 0.7", ": f1: is not a table. Write floors as: [dev] f1 = 0.7"),
        ('[dev]\nf1 = "much"', ": dev.f1: 'much' is not a number"),
        ("[dev]\nf1 = true", ": dev.f1: True is not a number"),
        ("[dev\n", "is not TOML: "),
    ],
)
def test_what_is_no_gate_file_is_named(tmp_path, content, message):
    """An empty file, a floor without a part, something else than a number, no TOML."""
    path = tmp_path / "gate.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError) as caught:
        load_floors(path)
    assert str(caught.value).replace(str(path), "").strip().startswith(message)
