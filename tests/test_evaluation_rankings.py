"""Rankings of articles leave for TREC's tools and come from other systems to be measured."""

from dataclasses import replace
from pathlib import Path

import pytest

from askcorpus.errors import DataError
from askcorpus.evaluation.exchange.trec import Ranking
from askcorpus.evaluation.questions import Gold, Question, Relevant
from askcorpus.evaluation.ranking import NAMES
from askcorpus.evaluation.rankings import is_run, measure_ranking, rankings_of
from askcorpus.evaluation.records import Run, missing


def question(name, *articles, **changes):
    golds = tuple(Gold(article, "x", 0, 1, "x") for article in articles)
    return replace(Question(name, f"{name}?", "dev", (), golds, None, 0), **changes)


FIRST = question("q1", "a.txt")
SECOND = question("q2", "b.txt", "c.txt")
JUDGED = question("q3", relevant=(Relevant("d e.txt", 2),))
OFF = question("q4", unanswerable="off topic")
QUESTIONS = (FIRST, SECOND, JUDGED, OFF)


def ran(folder, text):
    path = folder / "run.txt"
    path.write_text(text, "utf-8")
    return path


def values(path):
    return {one.name: one.value for one in measure_ranking(path, QUESTIONS).measures}


def test_a_run_of_another_system_is_measured(tmp_path):
    """By score and not by rank; each article counts where it first stands; absent ones score 0."""
    path = ran(
        tmp_path,
        "q1 Q0 a.txt 1 0.1 x\nq1 Q0 z.txt 2 0.9 x\nq1 Q0 a.txt 3 0.05 x\n"
        "q2 Q0 b.txt 1 2 x\nq2 Q0 c.txt 2 1 x\nq9 Q0 b.txt 1 1 x\n",
    )
    found = measure_ranking(path, QUESTIONS)
    assert (found.questions, found.missing) == (3, 1)
    assert [one.n for one in found.measures] == [3] * len(NAMES)
    got = values(path)
    assert got["article_success@1"] == pytest.approx(1 / 3)
    assert got["article_success@5"] == pytest.approx(2 / 3)
    assert got["article_recall@5"] == pytest.approx(2 / 3)
    assert got["article_rr@10"] == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert list(found.to_lines())[-1] == ("3 questions that an article answers; 1 not in the run.")


def test_the_ideal_ranking_scores_one(tmp_path):
    """In every measure but success, which is one as well."""
    path = ran(
        tmp_path, "q1 Q0 a.txt 1 9 x\nq2 Q0 c.txt 1 9 x\nq2 Q0 b.txt 2 8 x\nq3 Q0 d%20e.txt 1 9 x\n"
    )
    assert set(values(path).values()) == {1.0}


def test_a_run_about_something_else_is_refused(tmp_path):
    """A table of noughts would say that the other system found nothing."""
    path = ran(tmp_path, "t1 Q0 a.txt 1 9 x\n")
    with pytest.raises(DataError) as caught:
        measure_ranking(path, QUESTIONS)
    assert str(caught.value) == (
        f"{path} ranks nothing for any of the 3 questions that an article answers. "
        "Its first column must be their ids, its third the ids of articles"
    )


def test_a_run_of_ours_keeps_the_order_of_its_articles():
    """The best article has rank 1, and scores fall; a question without articles has no line."""
    lines = (replace(missing(FIRST), articles=("z.txt", "a.txt")), missing(SECOND))
    assert rankings_of(Run(None, lines)) == (
        Ranking("q1", "z.txt", 1, 1.0),
        Ranking("q1", "a.txt", 2, 0.5),
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [('{"kind": "run"}\n', True), ('{"id": "q1"}\n', False), ("[]", False), ("kind", False)],
)
def test_a_run_is_told_from_questions(tmp_path, text, wanted):
    """By its first line alone."""
    assert is_run(Path(ran(tmp_path, text))) == wanted
