"""`eval` and `compare` at the command line; the project's own gate."""

import json
from pathlib import Path

import pytest
from scripted import FOUND, ORACLE, QUESTIONS, ScriptedCorpus, answer
from small_corpus import FakeCorpus

from askcorpus.cli import run
from askcorpus.cli.evaluation import rewriter
from askcorpus.evaluation import evaluate, write_questions, write_run

GATE = Path(__file__).parents[1] / "eval" / "gate.toml"
SEED_QUESTIONS = GATE.with_name("questions.jsonl")


def run_file(path, **changed) -> str:
    """Write the run of an oracle that answers some questions otherwise."""
    questions = path.with_suffix(".questions")
    write_questions(QUESTIONS, questions)
    write_run(path, evaluate(ScriptedCorpus({**ORACLE, **changed}, FOUND), questions))
    return str(path)


@pytest.fixture
def good(tmp_path) -> str:
    return run_file(tmp_path / "good.jsonl")


@pytest.fixture
def bad(tmp_path) -> str:
    return run_file(tmp_path / "bad.jsonl", q1=answer(confidence=0.2))


def test_two_runs_are_set_side_by_side(good, bad, capsys):
    """With so few questions there is no clear difference, and the gate stays open."""
    assert run(["compare", good, bad, "--gate"]) == 0
    printed = capsys.readouterr().out
    assert "no clear difference in any measure" in printed
    assert "0 questions answered better, 1 worse\n  - q1 F1 1.00 → 0.00 q1? “5,200” → nothing" in (
        printed
    )


def test_a_floor_closes_the_gate(good, bad, capsys):
    """The second run is the one that is held to it."""
    assert run(["compare", bad, good, "--floor", "f1=0.9", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["breaches"] == []
    floors = ["--floor", "f1=0.9", "--floor", "test:f1=1", "--floor", "false_refusals=0.6"]
    assert run(["compare", good, bad, *floors]) == 1
    end = "Below the floor: F1, all questions (all) is 0.800, and must be at least 0.900\n"
    assert capsys.readouterr().out.endswith(end)


def test_one_run_is_held_to_a_floor(good, bad, capsys):
    """No second run is needed for that."""
    assert run(["compare", good, "--floor", "f1=1"]) == 0
    assert capsys.readouterr().out == "Every floor is reached.\n"
    assert run(["compare", bad, "--floor", "f1=1", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "breaches": [
            {
                "part": "all",
                "measure": "f1",
                "value": 0.8,
                "limit": 1.0,
                "text": "F1, all questions (all) is 0.800, and must be at least 1.000",
            }
        ],
    }


def test_one_run_without_a_floor_is_a_usage_error(good, capsys):
    """The message says both ways out."""
    assert run(["compare", good]) == 2
    assert "One run alone cannot be compared. Name a second one" in capsys.readouterr().err


def test_runs_of_other_questions_are_bad_data(good, tmp_path, capsys):
    """Exit code 65, unless the common questions are asked for."""
    fewer = tmp_path / "fewer.questions"
    write_questions(QUESTIONS[:3], fewer)
    other = tmp_path / "fewer.jsonl"
    write_run(other, evaluate(ScriptedCorpus(ORACLE, FOUND), fewer))
    assert run(["compare", good, str(other)]) == 65
    assert "Take the common ones with --common" in capsys.readouterr().err
    assert run(["compare", good, str(other), "--common", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["questions"], found["left_out"]) == (3, 2)


def test_half_a_run_is_bad_data(good, capsys):
    """Half a file is named, not averaged."""
    path = Path(good)
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:4]), "utf-8")
    assert run(["compare", good, good]) == 65
    assert "is not whole: it holds 3 of 5 questions. Make the run again" in capsys.readouterr().err


@pytest.mark.slow
def test_why_shows_the_way_of_one_question(seed_index, capsys):
    """Ranks in each list, candidates and measures, as lines and as JSON."""
    where = ["--index", str(seed_index)]
    assert run(["eval", str(SEED_QUESTIONS), "--why", "q001", *where]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("q001 ")
    assert "\n  accepted: “Sheikh Qais al-Khazali” 000_50406a129b349a1f.txt 617–639\n" in printed
    assert "holds an answer" in printed
    assert run(["eval", str(SEED_QUESTIONS), "--why", "q001", "--json", *where]) == 0
    judged = json.loads(capsys.readouterr().out)
    assert (judged["schema"], judged["id"]) == (1, "q001")
    holders = [one for one in judged["passages"] if one["holds_gold"]]
    assert all(one["dense_rank"] and one["bm25"] is not None for one in holders)
    assert run(["eval", str(SEED_QUESTIONS), "--why", "none", *where]) == 2
    assert "has no question 'none'" in capsys.readouterr().err


@pytest.mark.slow
def test_the_development_questions_reach_their_floors(seed_index, tmp_path, capsys):
    """The gate of the project itself: what was reached once is not lost again."""
    arguments = ["eval", str(SEED_QUESTIONS), "--split", "dev", "--gate", str(GATE), "--json"]
    code = run([*arguments, "--run", str(tmp_path / "run.jsonl"), "--index", str(seed_index)])
    found = json.loads(capsys.readouterr().out)
    assert [one["text"] for one in found["breaches"]] == []
    assert code == 0
    assert run(["compare", str(tmp_path / "run.jsonl"), "--floor", "verbatim=1"]) == 0


def test_a_follow_up_is_rewritten_as_in_the_chat():
    """The turns before are asked in their order, and the last question stands alone then."""
    corpus = FakeCorpus()
    rewrite = rewriter(corpus)
    assert rewrite("And the ferry?", ["How many people use the bridge?"]) == (
        "How many people use the ferry?"
    )
    assert corpus.asked == ["How many people use the bridge?"]
    assert rewrite("Who is Ada Brook?", []) == "Who is Ada Brook?"
