"""The written questions are sound, and what measures the reader is apart from what trains it."""

import json
import random
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = {
    path.name: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for path in sorted((ROOT / "training" / "written").glob("*.jsonl"))
}


@pytest.fixture(scope="module")
def training():
    """Let the scripts of `training/` be imported as they import one another."""
    sys.path.insert(0, str(ROOT / "training"))
    yield
    sys.path.remove(str(ROOT / "training"))


@pytest.mark.parametrize("name", LINES)
def test_every_answer_stands_in_its_passage(training, name):
    """Every line can be read: an answer is found once, a near miss has none."""
    from written import written

    texts = {digits: "" for line in LINES[name] for digits in line.get("paragraphs", ())}
    if texts:  # their texts are not in the repository
        assert all(len(digits) == 16 and int(digits, 16) >= 0 for digits in texts)
        return
    read = written({}, [name])
    assert len(read) == len(LINES[name]) > 0
    for line, raw in zip(read, LINES[name], strict=True):
        for asked, (text, number, answer, *_) in zip(line.questions, raw["questions"], strict=True):
            assert (asked.text, asked.passage) == (text, number)
            found = asked.answer and line.passages[number][slice(*asked.answer)]
            assert found == answer


def test_no_question_is_asked_twice():
    """Each question stands once in all files: what is held out was not trained on."""
    asked = [
        question[0] for lines in LINES.values() for line in lines for question in line["questions"]
    ]
    assert len(asked) == len(set(asked))
    own = [line["title"] for name in ("articles", "heldout") for line in LINES[f"{name}.jsonl"]]
    assert len(own) == len(set(own))


def test_an_answer_that_stands_twice_needs_words_around(training):
    """Which of two places is meant must be said, and the words around must stand once."""
    from written import asked

    passage = ["Ann met Bob. Bob left."]
    assert asked(passage, "Whom did Ann meet?", 0, "Bob", "met Bob").answer == (8, 11)
    assert asked(passage, "Who knows?", 0, None).answer is None
    with pytest.raises(ValueError, match="does not stand once"):
        asked(passage, "Whom did Ann meet?", 0, "Bob")
    with pytest.raises(ValueError, match="does not stand once"):
        asked(passage, "Whom did Ann meet?", 0, "Carl")


def test_a_group_holds_what_was_written_for_its_article(training):
    """A written question is shown with its passage, a sibling, and a near miss of its article."""
    from examples import WRITTEN, Groups, load

    corpus = load(ROOT, [WRITTEN])
    share = dict.fromkeys(
        ("reworded", "bylines", "retrieved", "cut", "swapped", "altered", "borrowed"), 0.0
    )
    cycle = {**share, "written": 1.0, "sibling": 1.0, "missed": 1.0}
    drawn = object.__new__(Groups)  # without the neighbours of words, which take a minute
    drawn.corpus = corpus
    article = LINES["articles.jsonl"][0]
    near = {text for text, _, answer, *_ in article["questions"] if answer is None}
    question = next(
        one for one in corpus.questions[WRITTEN] if one.text == article["questions"][0][0]
    )
    kinds = [drawn.group(question, cycle, random.Random(seed)).passages for seed in range(8)]
    for gold, *others in kinds:
        assert gold.text[slice(*gold.answers[0])] == article["questions"][0][2]
        assert all(not other.answers for other in others)
        assert {other.text for other in others} <= set(article["passages"])
        assert {other.question for other in others} <= {question.text, *near}
    assert any(other.question in near for _, *others in kinds for other in others)
