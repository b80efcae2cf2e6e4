"""Runs, judgements, summaries and reports, on a small corpus whose answers are made by hand."""

import dataclasses
import json
from pathlib import Path

import pytest
from fakes import FakeEncoder, FakeReader
from scripted import (
    FOUND,
    MISS,
    OFF,
    ORACLE,
    PASSAGES,
    QUESTIONS,
    TROOPS,
    VOTE,
    ScriptedCorpus,
    answer,
    citation,
    gold,
    hits,
    question,
)
from sklearn.metrics import brier_score_loss

from askcorpus.corpus import Corpus
from askcorpus.errors import DataError, InputOutputError, UsageError
from askcorpus.evaluation import (
    compare,
    evaluate,
    explain,
    load_questions,
    read_run,
    report_text,
    run,
    summarise,
    why_text,
    write_questions,
    write_run,
)
from askcorpus.evaluation.judging import METRICS, STAGES, judge
from askcorpus.evaluation.questions import Relevant
from askcorpus.evaluation.ranking import NAMES
from askcorpus.evaluation.records import (
    Explanation,
    Loss,
    Manifest,
    ReliabilityBin,
    RiskPoint,
)
from askcorpus.settings import Settings
from askcorpus.types import Progress

SEED_QUESTIONS = Path(__file__).parents[1] / "eval" / "questions.jsonl"


@pytest.fixture
def questions_path(tmp_path) -> Path:
    path = tmp_path / "questions.jsonl"
    write_questions(QUESTIONS, path)
    return path


def values(summary, part="all"):
    return {row.name: row.value for row in summary.part(part).table.rows}


def summary_of(answers=ORACLE, found=FOUND, questions=QUESTIONS, **changed):
    return summarise(run(ScriptedCorpus({**answers, **changed}, found), questions))


def lost(summary):
    return [(one.line.question.question_id, one.lost_at) for one in summary.wrong]


# --- measures --------------------------------------------------------------------------------


def test_an_oracle_scores_what_can_be_reached(questions_path):
    """Every measure is at its best; those that depend on how many have an answer say so."""
    summary = evaluate(ScriptedCorpus(ORACLE, FOUND), questions_path)
    worst = {row.name for row in summary.part("all").table.rows if row.lower_is_better}
    reached = {
        "answered": 2 / 5,
        "aurc": pytest.approx((0 + 0 + 1 / 3 + 2 / 4 + 3 / 5) / 5),
        "coverage@5%": 2 / 5,
        "coverage@10%": 2 / 5,
        # Both answers are of one article: on the other questions nothing can be learnt of them.
        "cross_fitted_f1": 3 / 5,
    }
    measured = values(summary)
    for name in ("latency_p50", "latency_p95", "latency_cold", "peak_memory"):
        assert measured.pop(name) > 0
    assert measured == {name: reached.get(name, 0.0 if name in worst else 1.0) for name in measured}
    assert set(measured) >= {metric.name for metric in METRICS}
    assert summary.wrong == ()


def test_shuffled_golds_score_nothing():
    """Answers given to another question are worth nothing: the measures look at the golds."""
    swapped = summary_of(q1=ORACLE["q2"], q2=ORACLE["q1"])
    names = ("answerable_f1", "answerable_em", "unicode_f1", "character_iou", "citation_precision")
    assert {name: values(swapped)[name] for name in names} == dict.fromkeys(names, 0.0)
    assert lost(swapped) == [("q1", "reading"), ("q2", "reading")]


def test_what_is_withheld_is_counted():
    """A system that never answers is right on the unanswerable and nowhere else."""
    scores = values(summary_of(dict.fromkeys(ORACLE, answer(confidence=0.0))))
    assert (scores["f1"], scores["answerable_f1"], scores["character_iou"]) == (3 / 5, 0.0, 0.0)
    assert (scores["false_refusals"], scores["false_answers"]) == (1.0, 0.0)
    assert (scores["right_source"], scores["right_source_when_answered"]) == (0.0, None)
    assert (scores["citation_precision"], scores["verbatim"]) == (None, None)
    assert (scores["citation_recall"], scores["answered"], scores["risk"]) == (0.0, 0.0, None)
    assert scores["success@1"] == 1.0


def test_false_answers_are_counted_by_kind():
    """Near misses, false premises and off-topic questions are told apart."""
    wrong = answer("May", citation("a.txt", "May"))
    scores = values(summary_of(q3=wrong, q4=wrong))
    kinds = ("near_miss", "false_premise", "off_topic")
    assert [scores[f"false_answers_{kind}"] for kind in kinds] == [1.0, 1.0, 0.0]
    assert scores["false_answers"] == 2 / 3
    assert scores["citation_precision"] == 3 / 5
    assert scores["risk"] == 2 / 4


def test_every_citation_counts():
    """Two of three citations of q1 stand on a gold place, in one of the two articles it names."""
    three = [citation("b.txt", "remain"), citation("a.txt", "the 5"), citation("a.txt", "5,200")]
    scores = values(summary_of(q1=answer("5,200", *three)))
    assert scores["citation_precision"] == 3 / 4
    assert scores["citation_recall"] == 2 / 3
    assert scores["right_source"] == 1.0
    # The first citation is the one that is shown: here it misses.
    assert scores["character_iou"] == 1 / 2


@pytest.mark.parametrize(
    "false",
    [
        citation("a.txt", "5,201", start=16),
        citation("b.txt", "5,200", start=0),
        dataclasses.replace(citation("a.txt", "5,200"), article_id="gone.txt"),
    ],
)
def test_a_quote_that_is_not_there_is_noticed(false):
    """Wrong characters, a wrong place and an unknown article are all not verbatim."""
    assert values(summary_of(q1=answer("5,200", false)))["verbatim"] == 1 / 2


def test_an_answer_without_citation_is_not_verbatim():
    """What cannot be proved by slicing an article counts neither as verbatim nor as cited."""
    scores = values(summary_of(q1=answer("5,200")))
    assert (scores["verbatim"], scores["citation_precision"]) == (1 / 2, 1 / 2)


def test_relevance_comes_from_gold_places():
    """A passage is relevant when it holds a gold span whole; ranks count from there."""
    found = {"q1": hits(PASSAGES[1], PASSAGES[0]), "q2": ()}
    scores = values(summary_of(found=found))
    assert (scores["success@1"], scores["success@5"]) == (0.0, 0.5)
    assert (scores["recall@5"], scores["rr@10"]) == (0.25, 0.25)
    assert (scores["article_success@1"], scores["article_rr@10"]) == (0.5, 0.5)


def test_questions_with_relevant_articles_alone_are_ranked_alone():
    """They have no answer to be right or confident of, and a grade for each article."""
    asked = question("q6", "", relevant=(Relevant("b.txt", 2), Relevant("a.txt", 1)))
    summary = summary_of({"q6": answer(confidence=0.2)}, {"q6": hits(*PASSAGES)}, [asked])
    measured = {name: value for name, value in values(summary).items() if value is not None}
    # Best first would be grade 2, then 1; trec_eval's gain is the grade.
    ideal, found = 2 + 1 / 1.584962500721156, 1 + 2 / 1.584962500721156
    assert measured.pop("article_ndcg@10") == pytest.approx(found / ideal)
    for name in ("latency_p50", "latency_p95", "latency_cold", "peak_memory"):
        del measured[name]
    assert measured == {f"article_{name}": 1.0 for name in NAMES if name != "ndcg@10"}
    assert summary.part("all").risk_coverage == ()
    assert lost(summary) == []
    nowhere = question("q6", "", relevant=(Relevant("c.txt", 1),))
    assert lost(summary_of({"q6": answer()}, {}, [nowhere])) == [("q6", "retrieval")]


def test_auroc_looks_at_the_best_candidate():
    """A right candidate that was refused is still right for the ranking of confidences."""
    surer = answer("Trump", citation("a.txt", "Trump"), confidence=0.3)
    scores = values(summary_of(q1=answer(confidence=0.2, rejected="5,200"), q3=surer, q5=surer))
    assert scores["auroc"] == scores["auroc_answerable"] == pytest.approx((3 + 1) / 6)
    assert scores["auroc_near_miss"] == 1 / 2


def test_the_brier_score_is_that_of_sklearn():
    """Of the best candidate, given or not, over all questions."""
    scores = values(
        summary_of(
            q1=answer(confidence=0.3, rejected="5,200"),
            q2=answer("Trump", citation("a.txt", "Trump"), confidence=0.9),
            q3=answer(confidence=0.25, rejected="Trump"),
        )
    )
    expected = brier_score_loss([1, 0, 0, 0, 0], [0.3, 0.9, 0.25, 0, 0])
    assert scores["brier"] == pytest.approx(expected)


def test_curves_come_with_every_part():
    """Two right ones at 1 and three wrong ones at 0: two points, two bins."""
    part = summary_of().part("all")
    assert part.risk_coverage == (RiskPoint(1.0, 0.4, 0.0), RiskPoint(0.0, 1.0, 0.6))
    assert [(one.confidence, one.right, one.n) for one in part.reliability] == [
        (0.0, 0.0, 3),
        (1.0, 1.0, 2),
    ]
    assert isinstance(part.reliability[0], ReliabilityBin)


@pytest.mark.parametrize("gone", [one.question_id for one in QUESTIONS])
def test_missing_lines_do_not_raise_the_score(gone):
    """A question without a line counts as the worst there is, in every measure of its kind."""
    mixed = {
        **ORACLE,
        "q1": answer("Trump", citation("a.txt", "Trump"), confidence=0.7),
        "q4": answer("Trump", citation("a.txt", "Trump"), confidence=0.99),
    }
    made = run(ScriptedCorpus(mixed, FOUND), QUESTIONS)
    kept = tuple(line for line in made.lines if line.question.question_id != gone)
    whole = summarise(made, questions=QUESTIONS)
    broken = summarise(dataclasses.replace(made, lines=kept), questions=QUESTIONS)
    # How many are answered is neither good nor bad; a threshold fitted elsewhere may move.
    free = {"answered", "cross_fitted_f1"}
    measured = {
        row.name: row
        for row in whole.part("all").table.rows
        if row.group != "resources" and row.name not in free
    }
    better = [
        name
        for name, row in measured.items()
        if ((values(broken)[name] or 0.0) - row.value) * (-1 if row.lower_is_better else 1) > 1e-12
    ]
    assert better == []
    assert (gone, "missing") in lost(broken)


def test_ten_missing_lines_cost_ten_answers():
    """Of forty right answers thirty are left, and the mean is over forty all the same."""
    asked = [dataclasses.replace(VOTE, question_id=f"v{n}", text=f"v{n}?") for n in range(40)]
    made = run(ScriptedCorpus({one.question_id: ORACLE["q2"] for one in asked}), asked)
    broken = summarise(dataclasses.replace(made, lines=made.lines[10:]), questions=asked)
    assert values(broken, "test")["f1"] == 0.75


def test_a_refused_question_is_counted_and_named():
    """A question that the corpus does not accept is wrong, and says so."""
    made = run(ScriptedCorpus({**ORACLE, "q2": None}, FOUND), QUESTIONS)
    assert (made.lines[1].outcome, made.lines[1].refused) == ("refused", "The question is empty.")
    assert lost(summarise(made)) == [("q2", "refused")]
    assert values(summarise(made))["answerable_f1"] == 0.5


# --- stages ----------------------------------------------------------------------------------

CLEANED = question("q1", "dev", [dataclasses.replace(gold("a.txt", "5,200"), start=None, end=None)])
SPLIT = question("q1", "dev", [gold("a.txt", "troops.\nThe")])
MAY = answer("May", citation("a.txt", "May"))
UNREAD = answer("May", citation("a.txt", "May"), read=PASSAGES[1:2])
FIRST, THIRD = PASSAGES[0].passage_id, PASSAGES[2].passage_id
SECOND_FOUND = (PASSAGES[1], PASSAGES[0], PASSAGES[2])


@pytest.mark.parametrize(
    ("asked", "got", "found", "stage"),
    [
        (TROOPS, ORACLE["q1"], None, None),
        (TROOPS, answer("5,200!", citation("a.txt", "5,200")), None, None),
        (MISS, ORACLE["q3"], None, None),
        (MISS, MAY, None, "false answer"),
        (CLEANED, MAY, None, "furniture"),
        (SPLIT, MAY, None, "passages"),
        (TROOPS, UNREAD, hits(*SECOND_FOUND), "retrieval"),
        (TROOPS, UNREAD, hits(*SECOND_FOUND, dense={FIRST: 1}), "lexical"),
        (TROOPS, UNREAD, hits(*SECOND_FOUND, lexical={FIRST: 1}), "dense"),
        (TROOPS, UNREAD, hits(*SECOND_FOUND, dense={FIRST: 1}, lexical={THIRD: 1}), "fusion"),
        (TROOPS, answer("May", citation("a.txt", "May"), spans=["Trump"]), None, "reading"),
        (TROOPS, answer("May", citation("a.txt", "May"), spans=["5,200"]), None, "ranking"),
        (TROOPS, answer(rejected="Trump", spans=["Trump", "5,200"]), None, "ranking"),
        (TROOPS, answer(rejected="5,200", spans=["5,200"]), None, "threshold"),
        (TROOPS, answer("5,200 troops", citation("a.txt", "5,200 troops")), None, "boundaries"),
        (TROOPS, answer("5,200", citation("b.txt", "remain")), None, "source"),
    ],
)
def test_the_stage_that_lost_an_answer_is_named(asked, got, found, stage):
    """Each stage, from the cleaning of articles to the choice of words."""
    key = asked.question_id
    made = run(ScriptedCorpus({key: got}, {key: found} if found else {}), [asked])
    assert judge(made.lines)[0].lost_at == stage
    assert stage is None or stage in STAGES


def test_a_candidate_of_a_passage_without_gold_is_no_candidate():
    """The right words in the wrong passage do not blame the ranking."""
    got = answer("May", citation("a.txt", "May"), read=PASSAGES[1:], spans=["5,200"])
    assert judge(run(ScriptedCorpus({"q1": got}), [TROOPS]).lines)[0].lost_at == "reading"


def test_losses_are_counted_by_stage_and_tag():
    """In the order of a question's way; a tag without a loss is not named."""
    summary = summary_of(q1=UNREAD, q2=answer(rejected="May"), q3=MAY, q4=MAY)
    assert summary.part("all").losses == (
        Loss("fusion", 1, {"what": 1}),
        Loss("threshold", 1, {"when": 1}),
        Loss("false answer", 2, {"what": 2}),
    )
    assert [loss.stage for loss in summary.part("dev").losses] == ["fusion", "false answer"]


# --- runs ------------------------------------------------------------------------------------


def test_every_question_is_asked_once_after_a_cold_one(questions_path):
    """The first is asked twice, and progress counts each question once."""
    corpus, seen = ScriptedCorpus(ORACLE, FOUND), []
    evaluate(corpus, questions_path, progress=seen.append)
    assert corpus.asked == ["q1?", "q1?", "q2?", "q3?", "q4?", "q5?"]
    assert seen == [Progress("questions", done, 5) for done in range(1, 6)]


def test_a_follow_up_is_asked_as_it_was_rewritten():
    """The turns before go to the rewriter, and the line notes what was asked."""
    follow = question("q2", "dev", [gold("a.txt", "May")], after=("q1?", "and?"))
    follow = dataclasses.replace(follow, text="when then?")
    corpus, seen = ScriptedCorpus(ORACLE, FOUND), []

    def rewrite(text, earlier):
        seen.append((text, tuple(earlier)))
        return "q2?"

    made = run(corpus, [follow], rewrite=rewrite)
    assert seen == [("when then?", ("q1?", "and?"))] * 2
    assert corpus.asked == ["q2?", "q2?"]
    assert (made.lines[0].asked, made.lines[0].text) == ("q2?", "May")
    explained = Explanation(judge(made.lines)[0], (), 0.5)
    assert "  asked as: q2?\n" in why_text(explained)


def test_without_a_rewriter_a_follow_up_is_asked_as_it_is():
    """Nothing is made up in its place."""
    follow = question("q2", "dev", [gold("a.txt", "May")], after=("q1?",))
    corpus = ScriptedCorpus(ORACLE, FOUND)
    run(corpus, [follow])
    assert corpus.asked == ["q2?", "q2?"]


def test_no_questions_are_no_run():
    """An empty part is refused, not measured."""
    with pytest.raises(DataError, match=r"^There are no questions to ask\. Name a file"):
        run(ScriptedCorpus(ORACLE), [])


@pytest.mark.parametrize(
    ("split", "names", "asked"),
    [
        (None, ["dev", "test", "all"], 5),
        ("all", ["dev", "test", "all"], 5),
        ("dev", ["dev"], 2),
        ("test", ["test"], 3),
    ],
)
def test_parts_are_reported_by_name(questions_path, split, names, asked):
    """One part alone, or both apart and together."""
    summary = evaluate(ScriptedCorpus(ORACLE, FOUND), questions_path, split=split)
    assert [part.table.name for part in summary.parts] == names
    assert summary.manifest.questions == summary.parts[-1].table.questions == asked
    assert (summary.manifest.split, summary.manifest.questions_file) == (
        None if split == "all" else split,
        "questions.jsonl",
    )


def test_an_unknown_split_is_a_usage_error(questions_path):
    """The message says which there are."""
    with pytest.raises(UsageError) as caught:
        evaluate(ScriptedCorpus(ORACLE), questions_path, split="train")
    message = "There is no split 'train'. Ask for dev, test, feedback or all"
    assert str(caught.value) == message


@pytest.fixture
def run_path(questions_path, tmp_path) -> Path:
    path = tmp_path / "runs" / "one.jsonl"
    write_run(path, evaluate(ScriptedCorpus(ORACLE, FOUND), questions_path, seed=4))
    return path


def test_a_run_file_says_what_was_asked_of_what(run_path):
    """The manifest names code, models, settings, corpus, questions, seed and machine."""
    first = json.loads(run_path.read_text("utf-8").splitlines()[0])
    assert (first["kind"], first["format"], first["seed"]) == ("run", 2, 4)
    assert first["index"] == {"format": 1, "encoder": "fake@0"}
    assert first["models"] == {"encoder": "fake@0", "reader": "reader@1"}
    assert first["calibration"]["threshold"] == 0.5
    assert first["settings"]["k_read"] == Settings().k_read
    assert first["corpus"] | {"sha256": ""} == {
        "articles": 2, "passages": 3, "generation": 3, "sha256": "",
    }  # fmt: skip
    assert first["questions"] | {"sha256": ""} == {
        "file": "questions.jsonl", "split": None, "n": 5, "sha256": "",
    }  # fmt: skip
    assert len(first["code"]) == len(first["corpus"]["sha256"]) == 64
    assert set(first["machine"]) == {"system", "processor", "cores", "python"}
    assert {"torch", "faiss-cpu", "ir_measures"} <= set(first["libraries"])


def test_a_run_file_holds_what_came_back(run_path):
    """A line a question, with its own keys, ranks, citations and measures."""
    _, *lines = [json.loads(line) for line in run_path.read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["q1", "q2", "q3", "q4", "q5"]
    first = lines[0]
    assert [(one["passage_id"], one["rank"], one["holds_gold"]) for one in first["passages"]] == [
        ("a.txt:0", 1, True),
        ("b.txt:0", 2, True),
        ("a.txt:30", None, False),
    ]
    assert first["passages"][0] | {"spans": []} == {
        "passage_id": "a.txt:0", "article_id": "a.txt", "start": 0, "end": 29, "rank": 1,
        "score": 1.0, "cosine": 0.5, "bm25": 1.0, "dense_rank": 1, "lexical_rank": 1,
        "interaction": None,
        "read": True, "holds_gold": True, "spans": [],
    }  # fmt: skip
    assert first["passages"][0]["spans"] == [{"quote": "5,200", "score": 1.0}]
    assert (first["text"], first["confidence"], first["outcome"]) == ("5,200", 1.0, "answered")
    assert first["citations"][0] == {
        "article_id": "a.txt", "title": None, "quote": "5,200", "start": 16, "end": 21,
        "sentence": "5,200", "sentence_start": 16, "passage_id": "", "link": "", "copies": [],
        "verbatim": True,
    }  # fmt: skip
    assert first["measures"]["ndcg@10"] == [1.0, 1.0]
    assert (first["group"], first["kind"], lines[2]["group"]) == ("a.txt", "answerable", "q3")


def test_a_run_is_measured_again_from_its_file(run_path, questions_path):
    """All that is measured comes from the file alone, to the last digit."""
    stored = read_run(run_path)
    again = summarise(stored)
    assert again.to_dict() == json.loads(json.dumps(again.to_dict()))
    write_run(run_path.with_name("again.jsonl"), again)
    assert run_path.with_name("again.jsonl").read_bytes() == run_path.read_bytes()
    assert Manifest.from_dict(stored.manifest.to_dict()) == stored.manifest
    fresh = evaluate(ScriptedCorpus(ORACLE, FOUND), questions_path, seed=4)
    timed = {row.name for row in again.part("all").table.rows if row.group == "resources"}
    for ours, theirs in zip(again.parts, fresh.parts, strict=True):
        kept = [
            [row for row in part.table.rows if row.name not in timed] for part in (ours, theirs)
        ]
        assert kept[0] == kept[1]
        assert (ours.tags, ours.losses) == (theirs.tags, theirs.losses)


def test_a_run_file_that_cannot_be_written_is_an_error(questions_path, tmp_path):
    """The path is named, and what to do."""
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "run.jsonl"
    summary = evaluate(ScriptedCorpus(ORACLE, FOUND), questions_path)
    with pytest.raises(InputOutputError, match=f"^{path} cannot be written: "):
        write_run(path, summary)


def broken_run(run_path, change):
    """Change the lines of a run file, each as JSON, and give the message of reading it."""
    lines = [json.loads(line) for line in run_path.read_text("utf-8").splitlines()]
    run_path.write_text("".join(f"{json.dumps(line)}\n" for line in change(lines)), "utf-8")
    with pytest.raises(DataError) as caught:
        read_run(run_path)
    return str(caught.value).replace(str(run_path), "RUN")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda lines: lines[:-2],
            "RUN is not whole: it holds 3 of 5 questions. Make the run again",
        ),
        (
            lambda lines: [*lines, lines[-1]],
            "RUN holds a question twice. Make the run again",
        ),
        (
            lambda lines: lines[1:],
            "RUN is not a run file: no manifest. Write one with: askcorpus eval",
        ),
        (
            lambda lines: [lines[0] | {"format": 1}, *lines[1:]],
            (
                "RUN is a run file of format 1, and this askcorpus reads format 2. "
                "Make the run again with: askcorpus eval"
            ),
        ),
        (
            lambda lines: [{k: v for k, v in lines[0].items() if k != "seed"}, *lines[1:]],
            "RUN:1: the manifest lacks 'seed'. Make the run again",
        ),
        (
            lambda lines: [
                *lines[:2],
                {k: v for k, v in lines[2].items() if k != "asked"},
                *lines[3:],
            ],
            "RUN:3: not a whole line of a run: 'asked'. Make the run again",
        ),
        (
            lambda lines: [*lines[:1], lines[1] | {"id": ""}, *lines[2:]],
            "RUN:2: id: is empty",
        ),
    ],
)
def test_a_damaged_run_file_is_named_with_its_line(run_path, change, message):
    """Cut short, doubled, without manifest, of another format, with a field gone."""
    assert broken_run(run_path, change) == message


@pytest.mark.parametrize("content", ["", "{}", "[]"])
def test_what_is_no_run_file_is_named(tmp_path, content):
    """An empty file and other JSON."""
    path = tmp_path / "a"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError, match="is not a run file: no manifest"):
        read_run(path)


def test_a_half_written_line_is_named(run_path):
    """A file that ends in the middle of a line is not averaged over."""
    text = run_path.read_text("utf-8")
    run_path.write_text(text[: len(text) - 40], "utf-8")
    with pytest.raises(DataError, match=r":6: not a line of a run file: .*\. Make the run again"):
        read_run(run_path)


# --- reports ---------------------------------------------------------------------------------


def test_the_summary_can_be_read_by_programs():
    """The JSON is versioned, with rows, curves and losses a part, and every wrong answer."""
    given = summary_of(q2=answer(confidence=0.25, rejected="in May")).to_dict()
    assert given["schema"] == 1
    dev = given["parts"][0]
    assert dev["rows"][0] == {
        "measure": "f1", "label": "F1, all questions", "group": "answers", "unit": "share",
        "value": 1.0, "low": pytest.approx(0.342, abs=1e-3), "high": 1.0, "n": 2,
        "lower_is_better": False,
    }  # fmt: skip
    assert [tag["name"] for tag in dev["tags"]] == ["what"]
    assert dev["risk_coverage"][0] == {"confidence": 1.0, "coverage": 0.5, "risk": 0.0}
    assert given["parts"][1]["losses"] == [{"stage": "threshold", "n": 1, "tags": {"when": 1}}]
    wrong = given["wrong"][0]
    assert (wrong["id"], wrong["lost_at"], wrong["golds"], wrong["f1"]) == (
        "q2", "threshold", ["May"], 0.0,
    )  # fmt: skip


def test_the_report_reads_as_tables():
    """Each measure with value, interval and n; each wrong answer with its stage and the golds."""
    lines = report_text(summary_of(q2=answer(confidence=0.25, rejected="in May"))).splitlines()
    assert lines[0].startswith("dev: 2 questions, 1 article (intervals: 95 %, ")
    rows = [line.split() for line in lines]
    assert ["EM,", "answerable", "1.000", "0.207", "–", "1.000", "1"] in rows
    assert ["threshold", "1", "1"] in rows
    assert any(row[:2] == ["what", "2"] and "1.000" in row for row in rows)
    assert "1 not as they should be. Lost at: threshold 1" in lines
    assert lines[-2:] == [
        "  q2 test [threshold] q2?",
        "    said nothing (best rejected “in May”), confidence 0.25, F1 0.00; wanted “May”",
    ]


def test_a_perfect_run_says_so():
    """Without a wrong answer there is no list and no table of losses."""
    text = report_text(summary_of())
    assert text.endswith("Every question was answered, or left unanswered, as it should be.\n")
    assert "lost by stage" not in text


def test_why_tells_the_whole_way(questions_path):
    """Golds, answer, citations, the stage, the ranks in each list and the candidates."""
    wrong = answer("Trump", citation("a.txt", "Trump"), spans=["Trump", "5,200"])
    corpus = ScriptedCorpus({**ORACLE, "q1": wrong}, FOUND)
    explained = explain(corpus, questions_path, "q1")
    text = why_text(explained)
    assert text.splitlines()[:3] == [
        "q1 q1?",
        "  accepted: “5,200” a.txt 16–21",
        "  accepted: “Several thousand” b.txt 0–16",
    ]
    assert "answered “Trump”, confidence 0.500\n  cited: “Trump” a.txt 0–5\n" in text
    assert "lost at ranking: it was a candidate, but another was chosen\n" in text
    table = [line.split() for line in text.splitlines()]
    assert ["a.txt:0", "1", "1.000", "0.500", "1", "1.000", "1", "–", "read", "yes"] in table
    assert ["a.txt:30", "–", "–", "–", "–", "–", "–", "–", "read", "–"] in table
    assert "     +1.00 “5,200” a.txt:0\n" in text
    assert text.endswith(
        "competing answers: an answer is given from 0.500 on\n"
        "answer  probability  margin\n"
        "Trump         1.000   1.000\n"
        "5,200         0.500   1.000\n"
    )
    given = explained.to_dict()
    assert (given["schema"], given["lost_at"], given["threshold"]) == (1, "ranking", 0.5)
    assert given["contenders"][1] == {
        "text": "5,200", "probability": 0.5, "features": {"margin": 1.0},
    }  # fmt: skip


def test_why_of_a_refused_question_says_why(questions_path):
    """Nothing competed, and no table is empty."""
    text = why_text(explain(ScriptedCorpus({**ORACLE, "q1": None}), questions_path, "q1"))
    assert "\nrefused: The question is empty.\n\nlost at refused: " in text
    assert "competing" not in text


def test_why_of_an_unknown_question_is_a_usage_error(questions_path):
    """The message says which ids there are."""
    with pytest.raises(UsageError) as caught:
        explain(ScriptedCorpus(ORACLE), questions_path, "q9")
    assert str(caught.value) == (
        f"{questions_path} has no question 'q9'. Its ids begin with 'q1' and end with 'q5'"
    )


def test_seed_questions_are_measured_through_the_real_corpus(seeds, tmp_path):
    """With fake models: all is counted, each quote is verbatim, each place is in a passage."""
    asked = [one for one in load_questions(SEED_QUESTIONS) if one.part == "dev"][::6]
    write_questions(asked, tmp_path / "some.jsonl")
    Corpus.build(seeds, tmp_path / "index", encoder=FakeEncoder())
    with Corpus.open(tmp_path / "index", encoder=FakeEncoder(), reader=FakeReader()) as corpus:
        summary = evaluate(corpus, tmp_path / "some.jsonl", split="dev")
    answerable = sum(one.kind == "answerable" for one in asked)
    counts = {row.name: row.n for row in summary.part("dev").table.rows}
    assert counts["f1"] == counts["auroc"] == counts["brier"] == counts["ece"] == len(asked)
    assert counts["success@5"] == counts["right_source"] == counts["unicode_em"] == answerable
    assert counts["false_answers"] == len(asked) - answerable
    assert summary.part("dev").table.row("verbatim").value == 1.0
    ways = [one.line.passages for one in summary.judged if one.line.golds]
    assert all(any(passage.holds_gold for passage in way) for way in ways)
    assert summary.manifest.reader == FakeReader.fingerprint
    assert summary.manifest.calibration["threshold"] > 0
    write_run(tmp_path / "run.jsonl", summary)
    assert compare(tmp_path / "run.jsonl", tmp_path / "run.jsonl").flips == ()
    assert summarise(read_run(tmp_path / "run.jsonl")).parts == summary.parts


def test_off_topic_questions_have_no_articles():
    """A run of unanswerable questions alone has figures for them and none for answers."""
    scores = summary_of(questions=[OFF, MISS]).part("all").table
    assert scores.articles == 0
    assert (scores.row("false_answers").value, scores.row("answerable_f1").value) == (0.0, None)
    assert (scores.row("auroc").value, scores.row("cross_fitted_f1").value) == (None, 1.0)
