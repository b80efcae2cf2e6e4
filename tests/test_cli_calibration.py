"""`calibrate` fits to a file of questions, says what that gets, and takes it back."""

import json
import shutil

import pytest

from askcorpus.cli import run
from askcorpus.corpus import Corpus

pytestmark = pytest.mark.slow

ANSWERABLE = [
    ("How many US troops are in Iraq?", "5,200"),
    ("How many American troops are in Iraq?", "5,200"),
]
UNANSWERABLE = ["Who won the chess match in Oslo?", "What does the new ferry cost?"]


def line(number: int, text: str, answer: str | None) -> str:
    """One line of a question file."""
    golds = (
        []
        if answer is None
        else [
            {
                "article_id": "000.txt",
                "text": answer,
                "start": None,
                "end": None,
                "context": answer,
            }
        ]
    )
    return json.dumps(
        {
            "id": f"q{number}",
            "question": text,
            "split": "",
            "tags": ["who"],
            "answers": golds,
            "unanswerable": None if golds else "off topic",
        }
    )


@pytest.fixture
def questions(tmp_path):
    """A file of 24 questions, and one follow-up that is left out."""
    lines = [
        *(line(number, *ANSWERABLE[number % 2]) for number in range(18)),
        *(line(18 + number, UNANSWERABLE[number % 2], None) for number in range(6)),
        json.dumps({**json.loads(line(99, "And when?", None)), "after": ["Who won?"]}),
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_a_file_or_reset_must_be_named(capsys):
    """Neither, or both, is a question of usage."""
    assert run(["calibrate"]) == 2
    assert run(["calibrate", "mine.jsonl", "--reset"]) == 2
    assert "Name a file of questions, or --reset, and not both" in capsys.readouterr().err


def test_fitting_says_what_it_got_and_reset_takes_it_back(questions, seed_index, tmp_path, capsys):
    """One command fits and keeps, the next answers with it, a third goes back."""
    index = tmp_path / "index"
    shutil.copytree(seed_index, index)
    with Corpus.open(index) as corpus:
        shipped = corpus.calibration
    assert run(["calibrate", str(questions), "--max-risk", "0.2", "--index", str(index)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(
        "24 questions: 18 with an answer in the corpus, 6 without.\n"
        "Asked for: wrong at most 20% of the time it answers.\n"
        "Got, each question judged by a fit without it: "
    )
    assert "1 of 25 questions are left out" in printed.err
    with Corpus.open(index) as corpus:
        assert corpus.calibration.threshold != shipped.threshold
    assert run(["calibrate", "--reset", "--index", str(index), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"schema": 1, "reset": True}
    with Corpus.open(index) as corpus:
        assert corpus.calibration == shipped


def test_too_few_questions_end_with_bad_data(questions, seed_index, capsys):
    """The message says how many are needed, and nothing is written."""
    questions.write_text("\n".join(questions.read_text().split("\n")[:5]))
    assert run(["calibrate", str(questions), "--index", str(seed_index)]) == 65
    assert "5 questions are too few to fit anything to" in capsys.readouterr().err
    assert not (seed_index / "calibration.json").exists()
