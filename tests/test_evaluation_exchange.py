"""Question sets of other makers come in whole or with every loss named, and go out and back."""

import gzip
import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_corpus import ARTICLES, BRIDGE, FERRY

from askcorpus.errors import CannotCreateError, DataError
from askcorpus.evaluation.exchange import (
    corpus_of_beir,
    corpus_of_squad,
    export_questions,
    import_questions,
)
from askcorpus.evaluation.exchange.trec import (
    Ranking,
    plain,
    read_qrels,
    read_run,
    safe,
    write_qrels,
    write_run,
)
from askcorpus.evaluation.places import context_of
from askcorpus.evaluation.questions import Gold, Question, Relevant
from askcorpus.ingest import read_folder


def gold(article, start, end):
    return Gold(
        article.article_id,
        article.text[start:end],
        start,
        end,
        context_of(article.text, start, end),
    )


def place(article, text):
    start = article.text.index(text)
    return gold(article, start, start + len(text))


def question(name="q1", *golds, **changes):
    asked = Question(name, f"What of {name}?", "dev", ("what",), golds, None, 0)
    return replace(asked, **changes)


PEOPLE = question(
    "q1", place(BRIDGE, "4,200"), place(BRIDGE, "Around 4,200"), place(FERRY, "4,200")
)
OFF = question("q2", unanswerable="off topic: sport", after=("Who won?",), part="test")
JUDGED = question("q3", relevant=(Relevant("river.txt", 2), Relevant("ferry.txt", 1)), tags=())


def squad(*paragraphs, title="The_bridge"):
    return {"version": "1.1", "data": [{"title": title, "paragraphs": list(paragraphs)}]}


def paragraph(context, *asked):
    return {"context": context, "qas": list(asked)}


def qa(name, *answers, **more):
    found = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": name, "question": f"What of {name}?", "answers": found, **more}


def saved(folder, record, name="squad.json"):
    path = folder / name
    data = json.dumps(record).encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def texts_of(folder):
    found = read_folder(folder, max_bytes=10_000_000).articles
    return {article.article_id: article.text for article in found}


# --- SQuAD: a corpus of its own --------------------------------------------------------------


@pytest.mark.parametrize("name", ["squad.json", "squad.json.gz"])
def test_a_squad_file_becomes_articles_and_questions(tmp_path, name):
    """A paragraph is an article below its title; offsets hold in what an index will read."""
    text = "The bridge closes on 3 March."
    entries = squad(
        paragraph(text, qa("a", ("3 March", 21), ("3 March", 21), ("March", 23))),
        paragraph("A ferry sails.", qa("b", is_impossible=True)),
    )
    entries["data"].append({"title": "River", "paragraphs": [paragraph("Water.")]})
    found = corpus_of_squad(saved(tmp_path, entries, name), tmp_path / "set")
    texts = texts_of(found.folder)
    assert texts == {
        "articles-0001.jsonl#1": "The bridge\nThe bridge closes on 3 March.",
        "articles-0001.jsonl#2": "The bridge\nA ferry sails.",
        "articles-0001.jsonl#3": "River\nWater.",
    }
    first, second = found.questions
    assert [(one.text, one.start, one.end) for one in first.golds] == [
        ("3 March", 32, 39),
        ("March", 34, 39),
    ]
    assert (second.question_id, second.kind) == ("b", "near miss")
    assert found.lost == ()
    for one in first.golds:
        assert texts[one.article_id][one.start : one.end] == one.text
        assert texts[one.article_id].count(one.context) == 1


def test_answers_survive_the_cleaning_of_their_paragraph(tmp_path):
    """Double spaces and invisible characters go; an answer that ran over them is still found."""
    text = "Two  spaces,\u200b\n\nthen the old  bridge closes."
    answers = qa("a", ("bridge", text.index("bridge"))), qa("b", ("old  bridge", text.index("old")))
    found = corpus_of_squad(saved(tmp_path, squad(paragraph(text, *answers))), tmp_path / "set")
    assert texts_of(found.folder) == {
        "articles-0001.jsonl#1": "Two spaces,\nthen the old bridge closes."
    }
    assert [one.golds[0].text for one in found.questions] == ["bridge", "old bridge"]
    assert found.lost == ()


def test_what_a_squad_file_has_wrong_is_said_and_left_out(tmp_path):
    """A wrong offset, no answer at all, and an answer that cannot be told from its like."""
    text = "ha ha. The bridge closes."
    asked = [qa("a", ("bridge", 0)), qa("b"), qa("c", ("ha", 0)), qa("d", ("bridge", 11))]
    path = saved(tmp_path, squad(paragraph(text, *asked)))
    found = corpus_of_squad(path, tmp_path / "set")
    at = f"{path}: data[0].paragraphs[0].qas"
    assert [one.question_id for one in found.questions] == ["d"]
    assert found.lost == (
        f"{at}[0].answers[0]: answer_start: the paragraph has 'ha ha.', not 'bridge'",
        f"{at}[1]: there are no answers, nor is it impossible",
        f"{at}[2].answers[0]: text: 'ha' stands too often to be told apart",
    )


def test_the_same_paragraph_twice_is_one_article(tmp_path):
    """Two equal articles would halve every measure of the right one."""
    text = "The bridge closes."
    twice = squad(paragraph(text, qa("a", ("bridge", 4))), paragraph(text, qa("b", ("The", 0))))
    found = corpus_of_squad(saved(tmp_path, twice), tmp_path / "set")
    assert len(texts_of(found.folder)) == 1
    assert {one.golds[0].article_id for one in found.questions} == {"articles-0001.jsonl#1"}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ([], ": not a JSON object"),
        ({}, ": data: is missing"),
        ({"data": [{}]}, ": data[0]: paragraphs: is missing"),
        ({"data": []}, " holds no questions. Name a file in the form of SQuAD"),
        (squad({"qas": []}), ": data[0].paragraphs[0]: context: is missing"),
        (squad(paragraph("x", 7)), ": data[0].paragraphs[0].qas[0]: not a JSON object"),
        (
            squad(paragraph("x", {**qa("a"), "answers": [{"text": "x", "answer_start": "0"}]})),
            ': data[0].paragraphs[0].qas[0].answers[0]: answer_start: "0" is of the wrong type',
        ),
        (
            squad(paragraph("x y", qa("a", ("x", 0)), qa("a", ("y", 2)))),
            ": data[0].paragraphs[0].qas[1]: id: 'a' is used twice",
        ),
    ],
)
def test_a_file_that_is_not_squad_is_refused_with_its_place(tmp_path, record, message):
    """File, place in it, field and what is wrong there."""
    path = saved(tmp_path, record)
    with pytest.raises(DataError) as caught:
        corpus_of_squad(path, tmp_path / "set")
    assert str(caught.value) == f"{path}{message}"


def test_a_file_that_is_not_json_is_refused_with_line_and_column(tmp_path):
    """A cut file, and a cut archive."""
    path = tmp_path / "x.json"
    path.write_text('{"data":\n [}', "utf-8")
    with pytest.raises(DataError, match=r"x\.json:2: not JSON: Expecting value at column 3"):
        corpus_of_squad(path, tmp_path / "set")
    packed = tmp_path / "x.json.gz"
    packed.write_bytes(gzip.compress(b"{}")[:-4])
    with pytest.raises(DataError, match=r"x\.json\.gz is not a whole gzip file"):
        corpus_of_squad(packed, tmp_path / "set")


def test_a_folder_that_is_there_is_never_written_into(tmp_path):
    """Articles of somebody else may be in it."""
    path = saved(tmp_path, squad(paragraph("x", qa("a", ("x", 0)))))
    with pytest.raises(CannotCreateError) as caught:
        corpus_of_squad(path, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is already there and was left as it is. Name another path"
    )


# --- BEIR: a corpus of its own ---------------------------------------------------------------


def beir(folder, corpus, queries, qrels):
    folder.mkdir()
    (folder / "qrels").mkdir()
    for name, records in (("corpus", corpus), ("queries", queries)):
        lines = "".join(f"{json.dumps(one)}\n" for one in records)
        (folder / f"{name}.jsonl").write_text(lines, "utf-8")
    rows = [("query-id", "corpus-id", "score"), *qrels]
    (folder / "qrels" / "test.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
    return folder


DOCUMENTS = [
    {"_id": "d 1", "title": "Ferry", "text": "It sails at noon.", "metadata": {}},
    {"_id": "d2", "title": "", "text": "It rains."},
    {"_id": "d3", "title": "Empty", "text": " "},
]
QUERIES = [{"_id": "t1", "text": "When does it sail?"}, {"_id": "t2", "text": "Who?"}]


def test_a_beir_folder_becomes_articles_and_questions(tmp_path):
    """Documents are articles, judgements name them; what is judged 0 is not relevant."""
    qrels = [("t1", "d 1", "2"), ("t1", "d2", "0"), ("t2", "d9", "1"), ("t3", "d2", "1")]
    source = beir(tmp_path / "beir", DOCUMENTS, QUERIES, qrels)
    found = corpus_of_beir(source, tmp_path / "set")
    assert texts_of(found.folder) == {
        "articles-0001.jsonl#1": "Ferry\nIt sails at noon.",
        "articles-0001.jsonl#2": "It rains.",
    }
    (one,) = found.questions
    assert (one.question_id, one.text, one.kind) == ("t1", "When does it sail?", "relevance only")
    assert one.relevant == (Relevant("articles-0001.jsonl#1", 2),)
    assert found.lost == (
        f"{source / 'corpus.jsonl'}:3: 'd3': line 3 has an empty `text`",
        "topic 't2': there is no article 'd9'",
        "topic 't3' is judged, and has no question",
    )


@pytest.mark.parametrize(
    ("corpus", "queries", "qrels", "message"),
    [
        ([{"text": "x"}], QUERIES, [("t1", "d2", "1")], "corpus.jsonl:1: _id: is missing"),
        (
            [*DOCUMENTS, DOCUMENTS[1]],
            QUERIES,
            [("t1", "d2", "1")],
            "corpus.jsonl:4: _id: 'd2' is already on line 2",
        ),
        (DOCUMENTS, [{"_id": "t1"}], [("t1", "d2", "1")], "queries.jsonl:1: text: is missing"),
        (DOCUMENTS, QUERIES, [("t1", "d2")], "test.tsv:2: has 2 columns instead of 3"),
        (DOCUMENTS, QUERIES, [("t1", "d2", "x")], "test.tsv:2: score: 'x' is not a whole number"),
        (DOCUMENTS, QUERIES, [], "test.tsv holds no judgement. Name a folder in the form of BEIR"),
    ],
)
def test_a_folder_that_is_not_beir_is_refused(tmp_path, corpus, queries, qrels, message):
    """File, line and field."""
    source = beir(tmp_path / "beir", corpus, queries, qrels)
    with pytest.raises(DataError) as caught:
        corpus_of_beir(source, tmp_path / "set")
    assert str(caught.value).endswith(message)
    assert not (tmp_path / "set").exists()


def test_a_large_set_is_several_files(tmp_path, monkeypatch):
    """An index refuses huge files; the articles keep the order of the set."""
    monkeypatch.setattr("askcorpus.evaluation.exchange.corpora.FILE_BYTES", 100)
    corpus = [{"_id": f"d{n}", "text": f"Text number {n} of the set."} for n in range(5)]
    qrels = [("t1", f"d{n}", "1") for n in range(5)]
    source = beir(tmp_path / "beir", corpus, QUERIES, qrels)
    found = corpus_of_beir(source, tmp_path / "set")
    texts = texts_of(found.folder)
    assert len({name.split("#")[0] for name in texts}) == 3
    assert [texts[one.article_id] for one in found.questions[0].relevant] == [
        row["text"] for row in corpus
    ]


# --- there and back --------------------------------------------------------------------------


FEW = settings(max_examples=30)
"""Each example writes files."""


def spans(article):
    """Give every run of one to three words as a gold answer."""
    found = [match.span() for match in re.finditer(r"\S+", article.text)]
    runs = [
        (start, found[at + n][1])
        for n in range(3)
        for at, (start, _) in enumerate(found[: -n or None])
    ]
    return [gold(article, *run) for run in runs if context_of(article.text, *run)]


# Letters, what separates columns and lists, what a spreadsheet runs, and white space of others.
MARKS = "aB1 é=+-@'|;,\"[]%\u2003\t\n–"
WORDS = st.text(MARKS, min_size=1, max_size=9).map(str.strip).filter(bool)
SAID = WORDS.map(lambda text: " ".join(text.split()))
GOLDS = st.lists(st.sampled_from(spans(BRIDGE) + spans(FERRY)), min_size=1, max_size=4, unique=True)
JUDGED_ONES = st.dictionaries(
    st.sampled_from([article.article_id for article in ARTICLES]), st.integers(1, 9), min_size=1
)


@st.composite
def questions(draw, kinds=("golds", "unanswerable")):
    ids = draw(st.lists(SAID, min_size=1, max_size=4, unique=True))
    found = []
    for name in ids:
        asked = Question(name, draw(SAID), "", (), (), None, 0)
        kind = draw(st.sampled_from(kinds))
        if kind == "golds":
            golds = draw(GOLDS)
            # Under one article first, as a file that is written by articles gives them back.
            order = list(dict.fromkeys(one.article_id for one in golds))
            golds.sort(key=lambda one: order.index(one.article_id))
            asked = replace(asked, golds=tuple(golds))
        elif kind == "unanswerable":
            reason = draw(st.sampled_from(["near miss", "false premise: no", "off topic"]))
            asked = replace(asked, unanswerable=reason)
        else:
            judged = draw(JUDGED_ONES).items()
            asked = replace(asked, relevant=tuple(Relevant(*pair) for pair in judged))
        if kind != "relevant":
            asked = replace(
                asked,
                part=draw(st.sampled_from(["dev", "test", "feedback", ""])),
                tags=tuple(draw(st.lists(SAID, max_size=2))),
                after=tuple(draw(st.lists(SAID, max_size=2))),
            )
        found.append(asked)
    return tuple(found)


def there_and_back(form, asked, suffix=""):
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"set{suffix}"
        lost = export_questions(form, asked, ARTICLES, target)
        found = import_questions(form, target, ARTICLES)
        return tuple(replace(one, line=0) for one in found.questions), (*lost, *found.lost)


@FEW
@given(questions())
def test_squad_gives_back_what_it_was_given(asked):
    """Every wording, place, tag, turn and reason; in the order of the articles."""
    found, lost = there_and_back("squad", asked, ".json")
    assert lost == ()
    assert sorted(found, key=lambda one: one.question_id) == sorted(
        asked, key=lambda one: one.question_id
    )


@FEW
@given(questions(kinds=("golds", "unanswerable", "relevant")))
def test_csv_gives_back_what_it_was_given(asked):
    """A table holds all that a question says, formulas and separators included."""
    assert there_and_back("csv", asked, ".csv") == (asked, ())


@pytest.mark.parametrize("form", ["beir", "trec"])
@FEW
@given(asked=questions(kinds=("relevant",)))
def test_judgements_come_back_as_they_went(form, asked):
    """Question, articles and grades, whatever the names are."""
    assert there_and_back(form, asked) == (asked, ())


@pytest.mark.parametrize("form", ["beir", "trec"])
def test_judgements_of_articles_keep_the_articles_of_the_answers(form):
    """Places become articles of grade 1; what no article answers is left out, and that is said."""
    found, lost = there_and_back(form, (PEOPLE, OFF, JUDGED))
    assert [(one.question_id, one.relevant) for one in found] == [
        ("q1", (Relevant("bridge.txt", 1), Relevant("ferry.txt", 1))),
        ("q3", JUDGED.relevant),
    ]
    assert lost == ("q2: no article answers it, which a judgement of articles cannot say",)


def test_squad_has_no_place_for_judgements(tmp_path):
    """That they are left out is said."""
    lost = export_questions("squad", (PEOPLE, JUDGED), ARTICLES, tmp_path / "x.json")
    assert lost == ("q3: SQuAD has no place for articles without an answer in them",)


def test_other_programs_read_our_squad_file(tmp_path):
    """Offsets are into the paragraph, ids differ, and what is ours stands under a key of ours."""
    export_questions("squad", (PEOPLE, OFF), ARTICLES, tmp_path / "x.json")
    data = json.loads((tmp_path / "x.json").read_text("utf-8"))["data"]
    asked = [
        (part["context"], qa)
        for entry in data
        for part in entry["paragraphs"]
        for qa in part["qas"]
    ]
    assert [qa["id"] for _, qa in asked] == ["q1", "q2", "q1 in ferry.txt"]
    assert [qa["is_impossible"] for _, qa in asked] == [False, True, False]
    for context, qa in asked:
        for answer in qa["answers"]:
            start = answer["answer_start"]
            assert context[start : start + len(answer["text"])] == answer["text"]


def test_nothing_is_overwritten(tmp_path):
    """Whatever the form."""
    for form in ("squad", "beir", "trec", "csv"):
        with pytest.raises(CannotCreateError):
            export_questions(form, (PEOPLE,), ARTICLES, tmp_path)


# --- TREC ------------------------------------------------------------------------------------


@given(WORDS)
def test_a_name_without_white_space_leads_back(name):
    """Any name fits a column."""
    assert safe(name).split() == [safe(name)]
    assert plain(safe(name)) == name


NAMES = st.text(MARKS, min_size=1, max_size=8).filter(str.strip)


@FEW
@given(st.dictionaries(NAMES, st.dictionaries(NAMES, st.integers(-2, 9), min_size=1), min_size=1))
def test_qrels_come_back_as_they_went(qrels):
    """Every topic, document and grade."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "qrels.txt"
        write_qrels(path, qrels)
        assert read_qrels(path) == qrels


RANKINGS = st.builds(
    Ranking, NAMES, NAMES, st.integers(0, 999), st.floats(allow_nan=False, allow_infinity=False)
)


@FEW
@given(st.lists(RANKINGS, min_size=1, max_size=5))
def test_runs_come_back_as_they_went(rankings):
    """Every digit of a score too."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.txt"
        write_run(path, rankings)
        assert read_run(path) == tuple(rankings)


def test_ir_measures_reads_our_qrels_and_runs(tmp_path):
    """The files are what TREC's own programs read."""
    import ir_measures

    write_qrels(tmp_path / "qrels", {"q 1": {"a b.txt": 1}})
    write_run(tmp_path / "run", [Ranking("q 1", "x", 1, 2.5), Ranking("q 1", "a b.txt", 2, 1.0)])
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels")))
    run = list(ir_measures.read_trec_run(str(tmp_path / "run")))
    assert ir_measures.calc_aggregate([ir_measures.RR], qrels, run) == {ir_measures.RR: 0.5}


@pytest.mark.parametrize(
    ("read", "line", "message"),
    [
        (read_qrels, "q1 0 a", ":1: has 3 columns instead of 4"),
        (read_qrels, "q1 0 a high", ":1: grade: 'high' is not a number"),
        (read_qrels, "q1 0 a 1\nq1 0 a 2", ":2: document: 'a' is judged twice for 'q1'"),
        (read_run, "q1 Q0 a 1 2.5", ":1: has 5 columns instead of 6"),
        (read_run, "q1 Q0 a 1 nan x", ":1: score: 'nan' is not a finite number"),
        (read_run, "q1 Q0 a first 1 x", ":1: rank: 'first' is not a number"),
        (read_run, "\n", " is empty. Name a file that holds lines"),
    ],
)
def test_a_bad_line_of_trec_is_named(tmp_path, read, line, message):
    """File, line and column."""
    path = tmp_path / "x"
    path.write_text(line, "utf-8")
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value) == f"{path}{message}"


# --- CSV -------------------------------------------------------------------------------------


def table(folder, text):
    path = folder / "x.csv"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_short_table_is_enough(tmp_path, between):
    """Offsets and context are found where an answer stands once."""
    rows = [
        ["question", "article_id", "answer", "unanswerable", "tags"],
        ["Who is the mayor?", "bridge.txt", "Ada Brook", "", "who | byline"],
        ["Who won?", "", "", "off topic", ""],
    ]
    path = table(tmp_path, "\n".join(between.join(row) for row in rows))
    found = import_questions("csv", path, ARTICLES)
    assert found.lost == ()
    assert [replace(one, line=0) for one in found.questions] == [
        Question(
            "q2", "Who is the mayor?", "", ("who", "byline"), (place(BRIDGE, "Ada Brook"),), None, 0
        ),
        Question("q3", "Who won?", "", (), (), "off topic", 0),
    ]


def test_an_answer_without_one_place_is_said_and_left_out(tmp_path):
    """It stands twice, nowhere, or elsewhere than the row says."""
    text = "question,article_id,answer,start,end\n"
    text += "A?,bridge.txt,the,,\nB?,bridge.txt,Nobody,,\nC?,bridge.txt,Ada Brook,0,9\n"
    text += "D?,bridge.txt,Ada Brook,,\n"
    path = table(tmp_path, text)
    found = import_questions("csv", path, ARTICLES)
    assert [one.text for one in found.questions] == ["D?"]
    assert found.lost == (
        f"{path}:2: answer: 'the' stands 3 times in the article",
        f"{path}:3: answer: 'Nobody' stands 0 times in the article",
        f"{path}:4: answer: the article has 'Old bridg' at 0:9",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,answer\n", ":1: no column `question`."),
        ("question,colour\n", ":1: unknown columns: colour."),
        ("question,answer\nA?\n", ":2: has more or fewer cells than line 1"),
        (
            "question,article_id,answer\nA?,b.txt,x\n",
            ":2: article_id: there is no article 'b.txt' in this index",
        ),
        (
            "question,article_id,answer,start,end\nA?,bridge.txt,x,one,2\n",
            ":2: start: 'one' is not a whole number",
        ),
        ("question\nA?\n", ":2: answers: is empty, and unanswerable gives no reason"),
        ("question,relevant\nA?,b.txt\n", ":2: relevant: 'b.txt' is not an article, = and a grade"),
        ('question,tags\nA?,"[1]"\n', ":2: tags: '[1]' is no list of texts"),
        (
            "id,question,unanswerable\nq1,A?,off topic\nq1,B?,off topic\n",
            ":3: differs from line 2 in more than the answer",
        ),
        ('question\n"A?\n', ":2: not CSV: unexpected end of data"),
        ("question\n", " holds no questions."),
    ],
)
def test_a_bad_row_is_named(tmp_path, text, message):
    """File, line and column."""
    path = table(tmp_path, text)
    with pytest.raises(DataError) as caught:
        import_questions("csv", path, ARTICLES)
    assert str(caught.value).startswith(f"{path}{message}")


def test_a_cell_never_runs_as_a_formula(tmp_path):
    """What a spreadsheet would run has an apostrophe in front, in the file alone."""
    asked = question("q1", unanswerable="off topic", text="=1+1?", tags=())
    export_questions("csv", (asked,), ARTICLES, tmp_path / "x.csv")
    assert "'=1+1?" in (tmp_path / "x.csv").read_text("utf-8")
    assert import_questions("csv", tmp_path / "x.csv", ARTICLES).questions[0].text == "=1+1?"
