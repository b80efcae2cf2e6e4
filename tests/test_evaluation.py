"""Runs, judgements, reports and comparisons, on a small corpus whose answers are made by hand."""

import dataclasses
import json
from pathlib import Path

import pytest
from fakes import FakeEncoder, FakeReader

from askcorpus.corpus import Corpus
from askcorpus.errors import DataError, InputOutputError, UsageError
from askcorpus.evaluation import compare, evaluate, run
from askcorpus.evaluation.judging import MEASURES, Case, judge, lost_at
from askcorpus.evaluation.questions import Gold, Question, load_questions, write_questions
from askcorpus.evaluation.report import report
from askcorpus.evaluation.runs import RunLine
from askcorpus.settings import Settings
from askcorpus.types import Answer, Article, Citation, Hit, Passage, Progress, Stage

SEED_QUESTIONS = Path(__file__).parents[1] / "eval" / "questions.jsonl"

TEXTS = {
    "a.txt": "Trump keeps the 5,200 troops.\nThe vote is in May.",
    "b.txt": "Several thousand troops remain.",
}


def article(article_id):
    return Article(article_id, TEXTS[article_id], None, None, (), None, None, None, ())


def passage(article_id, quote):
    start = TEXTS[article_id].index(quote)
    return Passage(f"{article_id}:{start}", article_id, quote, start, start + len(quote))


PASSAGES = (
    passage("a.txt", "Trump keeps the 5,200 troops."),
    passage("a.txt", "The vote is in May."),
    passage("b.txt", TEXTS["b.txt"]),
)


def gold(article_id, text):
    start = TEXTS[article_id].index(text)
    return Gold(article_id, text, start, start + len(text), text)


def question(question_id, part, golds=(), unanswerable=None, tags=("what",)):
    return Question(question_id, f"{question_id}?", part, tags, tuple(golds), unanswerable, 1)


TROOPS = question("q1", "dev", [gold("a.txt", "5,200"), gold("b.txt", "Several thousand")])
VOTE = question("q2", "test", [gold("a.txt", "May")], tags=("when",))
MISS = question("q3", "dev", unanswerable="near miss: no name")
FALSE = question("q4", "test", unanswerable="false premise: it is so not")
OFF = question("q5", "test", unanswerable="off topic")
QUESTIONS = (TROOPS, VOTE, MISS, FALSE, OFF)


def citation(article_id, quote, start=None):
    start = TEXTS[article_id].index(quote) if start is None else start
    return Citation(
        article_id, None, None, (), None, quote, start, start + len(quote), "", 0, 1, "", "", None
    )


def hits(*passages):
    return tuple(Hit(one, 1.0 / rank) for rank, one in enumerate(passages, start=1))


def answer(text=None, *cited, confidence=0.5, rejected=None, read=PASSAGES, spans=()):
    """Answer with citations; `spans` are the candidates of the first passage read."""
    stages = tuple(
        Stage(hit, tuple((quote, 1.0) for quote in spans) if rank == 0 else ())
        for rank, hit in enumerate(hits(*read))
    )
    return Answer(
        question="",
        status="not_found" if text is None else "answered",
        text=text,
        confidence=confidence,
        citations=tuple(cited),
        alternatives=(),
        passages=hits(*read),
        generation=1,
        seconds=0.01,
        best_rejected=rejected,
        stages=stages,
    )


class ScriptedCorpus:
    """Gives the answers it was made with: the corpus of an evaluation is its input."""

    articles = tuple(article(one) for one in TEXTS)
    passages = PASSAGES
    generation = 3
    settings = Settings()
    reader_fingerprint = "reader@1"

    def __init__(self, answers, retrieved=None):
        self.manifest = {"format": 1, "encoder": "fake@0", "files": {"x": "0"}}
        self.answers, self.retrieved, self.asked = answers, retrieved or {}, []

    def ask(self, question):
        self.asked.append(question)
        found = self.answers[question.rstrip("?")]
        if found is None:
            message = "The question is empty."
            raise UsageError(message)
        return found

    def search(self, question, k):
        return list(hits(*self.retrieved.get(question.rstrip("?"), PASSAGES)))[:k]

    def article(self, article_id):
        if article_id not in TEXTS:
            message = f"no article {article_id}"
            raise DataError(message)
        return article(article_id)


ORACLE = {
    "q1": answer("5,200", citation("a.txt", "5,200"), confidence=0.9, spans=["5,200"]),
    "q2": answer("May", citation("a.txt", "May"), confidence=0.8, spans=["May"]),
    "q3": answer(confidence=0.1, rejected="Trump"),
    "q4": answer(confidence=0.2, rejected="Trump"),
    "q5": answer(confidence=0.0, rejected="Trump"),
}
RETRIEVED = {"q1": [PASSAGES[0], PASSAGES[2]], "q2": [PASSAGES[1]]}


@pytest.fixture
def questions_path(tmp_path) -> Path:
    path = tmp_path / "questions.jsonl"
    write_questions(QUESTIONS, path)
    return path


def values(found, part="all"):
    table = next(one.table for one in found.parts if one.table.name == part)
    return {row.measure: row.estimate.value for row in table.rows}


def report_of(answers, **changed):
    made = run(ScriptedCorpus({**answers, **changed}, RETRIEVED), QUESTIONS)
    return report(judge(QUESTIONS, made.lines, PASSAGES), {})


# --- measures --------------------------------------------------------------------------------


def test_an_oracle_scores_one_everywhere(questions_path):
    """Every measure is at its best, and nothing is listed as wrong."""
    found = evaluate(ScriptedCorpus(ORACLE, RETRIEVED), questions_path)
    worst = {measure.name for measure in MEASURES if measure.lower_is_better}
    scores = {k: v for k, v in values(found).items() if not k.startswith("latency")}
    assert scores == {name: 0.0 if name in worst else 1.0 for name in scores}
    assert set(scores) == {*(measure.name for measure in MEASURES), "auroc"}
    assert found.wrong == ()


def test_shuffled_golds_score_nothing():
    """Answers given to another question are worth nothing: the measures look at the golds."""
    swapped = {**ORACLE, "q1": ORACLE["q2"], "q2": ORACLE["q1"]}
    scores = values(report_of(swapped))
    nothing = ("answerable_f1", "answerable_em", "citation_precision")
    assert {name: scores[name] for name in nothing} == dict.fromkeys(nothing, 0.0)
    assert [one.lost_at for one in report_of(swapped).wrong] == ["reading", "reading"]


def test_what_is_withheld_is_counted():
    """A system that never answers is right on the unanswerable and nowhere else."""
    silent = dict.fromkeys(ORACLE, answer(confidence=0.0))
    scores = values(report_of(silent))
    assert (scores["f1"], scores["answerable_f1"]) == (3 / 5, 0.0)
    assert (scores["false_refusals"], scores["false_answers"]) == (1.0, 0.0)
    assert (scores["right_source"], scores["right_source_when_answered"]) == (0.0, None)
    assert (scores["citation_precision"], scores["verbatim"]) == (None, None)
    assert scores["success@1"] == 1.0


def test_false_answers_are_counted_by_kind():
    """Near misses, false premises and off-topic questions are told apart."""
    wrong = answer("May", citation("a.txt", "May"))
    scores = values(report_of(ORACLE, q3=wrong, q4=wrong))
    kinds = ("near_miss", "false_premise", "off_topic")
    assert [scores[f"false_answers_{kind}"] for kind in kinds] == [1.0, 1.0, 0.0]
    assert scores["false_answers"] == 2 / 3
    assert scores["citation_precision"] == 2 / 4


def test_every_citation_counts_for_precision():
    """Two of three citations of q1 stand on a gold place; the first names the source."""
    three = [citation("b.txt", "Several"), citation("a.txt", "the 5"), citation("a.txt", "Trump")]
    scores = values(report_of(ORACLE, q1=answer("5,200", *three)))
    assert scores["citation_precision"] == 3 / 4
    assert scores["right_source"] == 1.0


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
    assert values(report_of(ORACLE, q1=answer("5,200", false)))["verbatim"] == 1 / 2


def test_an_answer_without_citation_is_not_verbatim():
    """What cannot be proved by slicing an article does not count as verbatim."""
    assert values(report_of(ORACLE, q1=answer("5,200")))["verbatim"] == 1 / 2


def test_relevance_comes_from_gold_places():
    """A passage is relevant when it holds a gold span whole; ranks count from there."""
    made = run(ScriptedCorpus(ORACLE, {"q1": [PASSAGES[1], PASSAGES[0]], "q2": []}), QUESTIONS)
    scores = values(report(judge(QUESTIONS, made.lines, PASSAGES), {}))
    assert (scores["success@1"], scores["success@5"]) == (0.0, 0.5)
    assert scores["rr@10"] == 0.25
    assert (scores["article_success@1"], scores["article_rr@10"]) == (0.5, 0.5)


def test_auroc_looks_at_the_best_candidate():
    """A right candidate that was refused is still right for the ranking of confidences."""
    refused = answer(confidence=0.05, rejected="5,200")
    assert values(report_of(ORACLE, q1=refused))["auroc"] == pytest.approx(
        (1 + 3 + 0) / 6, abs=1e-9
    )


@pytest.mark.parametrize("lost", [one.question_id for one in QUESTIONS])
def test_missing_lines_do_not_raise_the_score(lost):
    """A question without a line counts as the worst there is, in every measure of its kind."""
    mixed = {
        **ORACLE,
        "q1": answer("Trump", citation("a.txt", "Trump"), confidence=0.7),
        "q4": answer("Trump", citation("a.txt", "Trump"), confidence=0.99),
    }
    lines = run(ScriptedCorpus(mixed, RETRIEVED), QUESTIONS).lines
    whole = values(report(judge(QUESTIONS, lines, PASSAGES), {}))
    kept = [line for line in lines if line.question_id != lost]
    broken = values(report(judge(QUESTIONS, kept, PASSAGES), {}))
    lower = {measure.name: measure.lower_is_better for measure in MEASURES}
    better = [
        name
        for name, is_lower in lower.items()
        if (broken[name] - whole[name]) * (-1 if is_lower else 1) > 1e-12
    ]
    assert better == []
    # Without any right answer left there is no area at all.
    assert (broken["auroc"] or 0.0) <= whole["auroc"]
    assert [w.lost_at for w in report(judge(QUESTIONS, kept, PASSAGES), {}).wrong].count(
        "missing"
    ) == 1


def test_a_refused_question_is_counted_and_named():
    """A question that the corpus does not accept is wrong, and says so."""
    made = run(ScriptedCorpus({**ORACLE, "q2": None}, RETRIEVED), QUESTIONS)
    found = report(judge(QUESTIONS, made.lines, PASSAGES), {})
    assert made.lines[1].refused == "The question is empty."
    assert [(one.question_id, one.lost_at) for one in found.wrong] == [("q2", "refused")]
    assert values(found)["answerable_f1"] == 0.5


# --- stages ----------------------------------------------------------------------------------

LOST = question("q1", "dev", [dataclasses.replace(gold("a.txt", "5,200"), start=None, end=None)])


@pytest.mark.parametrize(
    ("asked", "got", "passages", "stage"),
    [
        (TROOPS, ORACLE["q1"], PASSAGES, None),
        (MISS, ORACLE["q3"], PASSAGES, None),
        (MISS, answer("May", citation("a.txt", "May")), PASSAGES, "false answer"),
        (LOST, answer("May", citation("a.txt", "May")), PASSAGES, "furniture"),
        (TROOPS, answer("May", citation("a.txt", "May")), PASSAGES[1:2], "passages"),
        (
            TROOPS,
            answer("May", citation("a.txt", "May"), read=PASSAGES[1:2]),
            PASSAGES,
            "retrieval",
        ),
        (TROOPS, answer("May", citation("a.txt", "May"), spans=["Trump"]), PASSAGES, "reading"),
        (TROOPS, answer("May", citation("a.txt", "May"), spans=["5,200"]), PASSAGES, "ranking"),
        (TROOPS, answer(rejected="Trump", spans=["Trump", "5,200"]), PASSAGES, "ranking"),
        (TROOPS, answer(rejected="5,200", spans=["5,200"]), PASSAGES, "threshold"),
        (TROOPS, answer("5,200 troops", citation("a.txt", "5,200 troops")), PASSAGES, "boundaries"),
        (TROOPS, answer("5,200", citation("b.txt", "remain")), PASSAGES, "source"),
    ],
)
def test_the_stage_that_lost_an_answer_is_named(asked, got, passages, stage):
    """Each stage, from the cleaning of articles to the choice of words."""
    line = RunLine(asked.question_id, got, (), (), 0.1)
    case = judge([asked], [line], passages)[0].case
    assert lost_at(case) == stage


def test_a_candidate_of_a_passage_without_gold_is_no_candidate():
    """The right words in the wrong passage do not blame the ranking."""
    got = answer("May", citation("a.txt", "May"), read=PASSAGES[1:], spans=["5,200"])
    case = Case(TROOPS, RunLine("q1", got, (), (), 0.1), frozenset({PASSAGES[2].passage_id}))
    assert lost_at(case) == "reading"


# --- runs and reports ------------------------------------------------------------------------


def test_every_question_is_asked_once_after_a_warm_one(questions_path):
    """The first is asked twice, and progress counts each question once."""
    corpus, seen = ScriptedCorpus(ORACLE, RETRIEVED), []
    evaluate(corpus, questions_path, progress=seen.append)
    assert corpus.asked == ["q1?", "q1?", "q2?", "q3?", "q4?", "q5?"]
    assert seen == [Progress("questions", done, 5) for done in range(1, 6)]


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
    found = evaluate(ScriptedCorpus(ORACLE, RETRIEVED), questions_path, split=split)
    assert [part.table.name for part in found.parts] == names
    assert found.manifest["questions"]["n"] == found.parts[-1].table.questions == asked


def test_an_unknown_split_is_a_usage_error(questions_path):
    """The message says which there are."""
    with pytest.raises(UsageError, match=r"^There is no split 'train'\. Ask for dev, test or all$"):
        evaluate(ScriptedCorpus(ORACLE), questions_path, split="train")


def test_a_run_file_holds_what_was_asked_and_what_came_back(questions_path, tmp_path):
    """A manifest, then a line a question with ranks, citations, stages and measures."""
    path = tmp_path / "runs" / "one.jsonl"
    evaluate(ScriptedCorpus(ORACLE, RETRIEVED), questions_path, run_path=path, seed=4)
    manifest, *lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert manifest["kind"] == "run"
    assert manifest["seed"] == 4
    assert manifest["index"] == {"format": 1, "encoder": "fake@0"}
    assert manifest["reader"] == "reader@1"
    assert manifest["settings"]["k_read"] == Settings().k_read
    assert manifest["corpus"] | {"sha256": ""} == {
        "articles": 2, "passages": 3, "generation": 3, "sha256": "",
    }  # fmt: skip
    assert [line["question_id"] for line in lines] == ["q1", "q2", "q3", "q4", "q5"]
    first = lines[0]
    assert first["retrieved"] == [
        {"rank": 1, "passage_id": "a.txt:0", "article_id": "a.txt", "score": 1.0},
        {"rank": 2, "passage_id": "b.txt:0", "article_id": "b.txt", "score": 0.5},
    ]
    assert first["citations"] == [
        {"article_id": "a.txt", "start": 16, "end": 21, "quote": "5,200", "passage_id": ""}
    ]
    assert first["stages"][0]["spans"] == [{"quote": "5,200", "score": 1.0}]
    assert (first["text"], first["confidence"], first["verbatim"]) == ("5,200", 0.9, [True])
    assert first["measures"]["ndcg@10"] == [1.0, 1.0]
    assert (first["group"], first["is_answerable"], lines[2]["group"]) == ("a.txt", True, "q3")


def test_a_run_file_that_cannot_be_written_is_an_error(questions_path, tmp_path):
    """The path is named, and what to do."""
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "run.jsonl"
    with pytest.raises(InputOutputError, match=f"^The run file {path} cannot be written: "):
        evaluate(ScriptedCorpus(ORACLE, RETRIEVED), questions_path, run_path=path)


def test_the_report_repeats_and_can_be_read_by_programs(questions_path):
    """Equal seeds give equal reports but for the clock; the JSON is versioned."""
    made = [
        evaluate(ScriptedCorpus(ORACLE, RETRIEVED), questions_path, seed=1).to_dict()
        for _ in range(2)
    ]
    for one in made:
        one["manifest"].pop("begun")
        for part in one["parts"]:
            part["rows"] = [row for row in part["rows"] if "latency" not in row["measure"]]
    assert made[0] == made[1] == json.loads(json.dumps(made[0]))
    assert made[0]["schema"] == 1
    dev = made[0]["parts"][0]
    assert dev["rows"][0] == {"measure": "f1", "value": 1.0, "low": 1.0, "high": 1.0, "n": 2}
    assert [tag["name"] for tag in dev["tags"]] == ["what"]


def test_the_report_reads_as_tables():
    """Each measure with value, interval and n; each wrong answer with its stage and the golds."""
    found = report_of(ORACLE, q2=answer(confidence=0.25, rejected="in May"))
    lines = found.to_text().splitlines()
    assert lines[0] == "dev: 2 questions, 1 articles"
    rows = [line.split() for line in lines]
    assert ["EM,", "answerable", "1.000", "1.000", "–", "1.000", "1"] in rows
    assert "1 not as they should be. Lost at: threshold 1" in lines
    assert lines[-2:] == [
        "  q2 test [threshold] q2?",
        "    said nothing (best rejected “in May”), confidence 0.25, F1 0.00; wanted “May”",
    ]


def test_a_row_is_found_by_its_names():
    """A gate in a script asks for a figure by part and measure."""
    found = report_of(ORACLE)
    assert found.row("test", "answerable_em").value == 1.0
    with pytest.raises(UsageError, match="has no measure 'em' of a part 'train'"):
        found.row("train", "em")


def test_the_seed_questions_are_measured_through_the_real_corpus(seeds, tmp_path):
    """With fake models: all is counted, each quote is verbatim, each place is in a passage."""
    Corpus.build(seeds, tmp_path / "index", encoder=FakeEncoder())
    questions = load_questions(SEED_QUESTIONS)
    run_path = tmp_path / "run.jsonl"
    with Corpus.open(tmp_path / "index", encoder=FakeEncoder(), reader=FakeReader()) as corpus:
        found = evaluate(corpus, SEED_QUESTIONS, split="dev", run_path=run_path)
        holders = [case.case.passages for case in judge(questions, (), corpus.passages)]
    asked = [one for one in questions if one.part == "dev"]
    answerable = sum(one.kind == "answerable" for one in asked)
    assert found.row("dev", "f1").n == found.row("dev", "auroc").n == len(asked)
    assert found.row("dev", "success@5").n == found.row("dev", "right_source").n == answerable
    assert found.row("dev", "false_answers").n == len(asked) - answerable
    assert found.row("dev", "verbatim").value == 1.0
    assert all(whole for one, whole in zip(questions, holders, strict=True) if one.golds)
    assert found.manifest["reader"] == FakeReader.fingerprint
    assert compare(run_path, run_path).flips == ()


# --- comparing -------------------------------------------------------------------------------


def many(n=40):
    """Give n answerable questions and as many that nothing answers."""
    answerable = [dataclasses.replace(TROOPS, question_id=f"t{i}", text=f"t{i}?") for i in range(n)]
    others = [dataclasses.replace(OFF, question_id=f"o{i}", text=f"o{i}?") for i in range(n)]
    return [*answerable, *others]


def run_file(path, good, *, false=0, cited=None):
    """Write a run in which the first `good` answerable ones are right, `false` others answered."""
    questions = many()
    write_questions(questions, path.with_suffix(".questions"))
    right = answer("5,200", cited or citation("a.txt", "5,200"))
    given = {f"t{i}": right if i < good else answer() for i in range(40)}
    given |= {f"o{i}": right if i < false else answer() for i in range(40)}
    evaluate(ScriptedCorpus(given), path.with_suffix(".questions"), run_path=path)
    return path


def verdicts(found):
    return {one.measure: one.verdict for one in found.differences}


def test_a_run_does_not_differ_from_itself(tmp_path):
    """No difference, no flip, and the gate opens."""
    path = run_file(tmp_path / "a", 20)
    found = compare(path, path)
    assert set(verdicts(found).values()) == {"no clear difference"}
    assert (found.flips, found.worse) == ((), ())
    assert {(one.change.value, one.p, one.wins, one.losses) for one in found.differences} == {
        (0.0, 1.0, 0, 0)
    }


def test_a_clear_gain_and_a_clear_loss_are_named(tmp_path):
    """From 10 right to 30 is better, back is worse and closes the gate; every flip is listed."""
    low, high = run_file(tmp_path / "a", 10), run_file(tmp_path / "b", 30)
    up, down = compare(low, high), compare(high, low)
    assert verdicts(up)["answerable_f1"] == verdicts(up)["false_refusals"] == "better"
    assert verdicts(up)["false_answers"] == "no clear difference"
    assert up.worse == ()
    assert down.worse == ("f1", "answerable_f1", "right_source", "false_refusals")
    gain = next(one for one in up.differences if one.measure == "answerable_f1")
    assert (gain.before, gain.after, gain.change.value) == (0.25, 0.75, 0.5)
    assert (gain.wins, gain.losses, gain.ties) == (20, 0, 20)
    assert [flip.question_id for flip in up.flips] == sorted(f"t{i}" for i in range(10, 30))
    assert [(flip.before, flip.after) for flip in down.flips] == [(1.0, 0.0)] * 20


def test_more_false_answers_are_a_loss(tmp_path):
    """Where lower is better, a rise is worse."""
    found = compare(run_file(tmp_path / "a", 20), run_file(tmp_path / "b", 20, false=20))
    assert found.worse == ("f1", "citation_precision", "false_answers")


def test_one_question_is_no_clear_difference(tmp_path):
    """A single flip says nothing, and the text says so in words."""
    found = compare(run_file(tmp_path / "a", 20), run_file(tmp_path / "b", 21))
    assert set(verdicts(found).values()) == {"no clear difference"}
    text = found.to_text()
    assert text.count("no clear difference") == len(found.differences)
    assert "1 questions flipped\n  t20 F1 0.00 → 1.00\n" in text


def test_an_unproved_quote_closes_the_gate(tmp_path):
    """One citation that is not verbatim is a bug, whatever the measures say."""
    false = citation("a.txt", "5,201", start=16)
    found = compare(run_file(tmp_path / "a", 1), run_file(tmp_path / "b", 1, cited=false))
    assert (found.unproved, found.worse) == (1, ("verbatim",))
    assert json.loads(json.dumps(found.to_dict()))["worse"] == ["verbatim"]


@pytest.mark.parametrize(("key", "what"), [("questions", "questions"), ("corpus", "articles")])
def test_runs_of_different_things_are_not_compared(tmp_path, key, what):
    """Figures of other questions or other articles mean something else."""
    path, other = run_file(tmp_path / "a", 20), tmp_path / "b"
    manifest, *lines = path.read_text("utf-8").splitlines()
    changed = json.loads(manifest)
    changed[key]["sha256"] = "0" * 64
    other.write_text("\n".join([json.dumps(changed), *lines]), "utf-8")
    with pytest.raises(DataError, match=f"^These runs are of different {what} "):
        compare(path, other)


def test_a_run_cut_short_is_not_compared(tmp_path):
    """Half a run file is named as such, not averaged."""
    path, other = run_file(tmp_path / "a", 20), tmp_path / "b"
    other.write_text("\n".join(path.read_text("utf-8").splitlines()[:-1]), "utf-8")
    with pytest.raises(DataError, match=r"do not hold the same questions\. Make both runs again$"):
        compare(path, other)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not a run file: no manifest. Write one with: askcorpus eval"),
        ("{}", "is not a run file: no manifest. Write one with: askcorpus eval"),
        ("nonsense", "is not a run file: Expecting value"),
        ('{"kind": "run"}\n{"question_id": "q1"}', "is not a whole run file: KeyError('measures')"),
    ],
)
def test_what_is_no_run_file_is_named(tmp_path, content, message):
    """An empty file, other JSON, no JSON and half a line."""
    path = tmp_path / "a"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError) as caught:
        compare(path, path)
    assert str(caught.value).startswith(f"{path} {message}")


def test_a_run_file_that_is_not_there_is_named(tmp_path):
    """The message says which, and what to name instead."""
    path = tmp_path / "none.jsonl"
    with pytest.raises(DataError) as caught:
        compare(path, path)
    assert str(caught.value) == f"{path} cannot be read: No such file or directory. Name a run file"
