"""Sets of other makers in an index of their own; stages taken away; the file of results."""

import dataclasses
import gzip
import json
import re

import pytest
from fakes import FakeEncoder, FakeReader
from hypothesis import given
from hypothesis import strategies as st
from small_corpus import built

from askcorpus.calibration import FEATURES, UNCALIBRATED
from askcorpus.cli import run as command
from askcorpus.corpus import Corpus
from askcorpus.errors import CannotCreateError, DataError, UsageError
from askcorpus.evaluation import Gold, Question, ablate, ablation_text, summarise
from askcorpus.evaluation.ablation import (
    COLUMNS,
    REORDERED,
    WHOLE,
    Remembering,
    ablation_rows,
    difference_rows,
    in_readers_order,
    only,
)
from askcorpus.evaluation.outside import (
    LEFT_OUT,
    Sample,
    Source,
    asked_for,
    gather,
    left_out,
    opened,
)
from askcorpus.evaluation.records import Line, Ranked
from askcorpus.evaluation.results import (
    ablation_section,
    side_by_side,
    summary_section,
    with_section,
)
from askcorpus.evaluation.runs import Ready
from askcorpus.types import Context

TOWNS = {
    "Arden": "The mill of Arden was built by Rosa Marsh in 1820.",
    "Brock": "The mill of Brock was built by Tom Hale in 1833.",
    "Cole": "The mill of Cole was built by Ivy Stone in 1841.",
    "Dale": "The mill of Dale was built by Max Field in 1856.",
}
BUILDERS = {"Arden": "Rosa Marsh", "Brock": "Tom Hale", "Cole": "Ivy Stone", "Dale": "Max Field"}
MODELS = (FakeEncoder(), FakeReader())


def squad(path, towns=tuple(TOWNS)):
    """Write a SQuAD file of two questions a town, packed where the name says so."""
    data = [
        {
            "title": town,
            "paragraphs": [
                {
                    "context": TOWNS[town],
                    "qas": [
                        asked(town, f"Who built the mill of {town}?", BUILDERS[town]),
                        asked(town, f"When was the mill of {town} built?", TOWNS[town][-5:-1]),
                    ],
                }
            ],
        }
        for town in towns
    ]
    written = json.dumps({"version": "1.1", "data": data}).encode()
    path.write_bytes(gzip.compress(written) if path.suffix == ".gz" else written)
    return path


def asked(town, text, answer):
    start = TOWNS[town].index(answer)
    name = f"{town}-{text.split()[0]}"
    return {"id": name, "question": text, "answers": [{"text": answer, "answer_start": start}]}


def beir(folder):
    """Write a BEIR folder of two documents and one judged question."""
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": town, "title": town, "text": TOWNS[town]} for town in ("Arden", "Brock")]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "mill of Arden Rosa Marsh"}')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\tArden\t1\n")
    return folder


# --- sets ------------------------------------------------------------------------------------


def test_several_files_become_one_index(tmp_path):
    """Every set is reported alone and with the others, under names that cannot meet."""
    sources = [
        Source(squad(tmp_path / "north.json", ("Arden", "Brock")), "squad"),
        Source(squad(tmp_path / "south.json.gz", ("Cole",)), "squad"),
        Source(squad(tmp_path / "more.json", ("Dale",)), "squad", asked=False),
    ]
    with opened(sources, models=MODELS) as ready:
        assert [article.article_id for article in ready.corpus.articles] == [
            "more/articles-0001.jsonl#1",
            "north/articles-0001.jsonl#1",
            "north/articles-0001.jsonl#2",
            "south/articles-0001.jsonl#1",
        ]
        for question in ready.questions:
            (gold,) = question.golds
            text = ready.corpus.article(gold.article_id).text
            assert text[gold.start : gold.end] == gold.text
        assert ready.questions[0].tags == ("set:north", "who")
        assert ready.questions[-1].question_id == "south/Cole-When"
        said = "north (4 of 4), south (2 of 2), beside 1 set not asked about"
        made = ready.run()
        assert ready.said == made.manifest.questions_file == said
    summary = summarise(made)
    tables = [(part.table.name, part.table.questions) for part in summary.parts]
    assert tables == [("north", 4), ("south", 2), ("all", 6)]
    assert [tag.name for tag in summary.parts[0].tags] == ["when", "who"]
    assert [tag.name for tag in summary.parts[2].tags] == ["set:north", "set:south", "when", "who"]
    assert summary.parts[2].table.row("success@1").value == 1.0


def test_a_beir_folder_is_asked_for_its_articles(tmp_path):
    """It says which article is relevant, and nothing of answers."""
    with opened([Source(beir(tmp_path / "towns"), "beir")], models=MODELS) as ready:
        summary = summarise(ready.run())
    table = summary.parts[0].table
    assert (table.name, table.questions) == ("towns", 1)
    assert table.row("article_success@1").value == 1.0
    assert table.row("answerable_f1").n == 0


def test_what_is_left_out_is_not_in_the_index(tmp_path):
    """Its questions become near misses, and all others stay as they were."""
    source = Source(squad(tmp_path / "towns.json"), "squad")
    sample = Sample(unanswerable=0.5, seed=3)
    with opened([source], sample=sample, models=MODELS) as ready:
        missing = [one for one in ready.questions if one.unanswerable]
        assert {one.unanswerable for one in missing} == {LEFT_OUT}
        assert (len(missing), len(ready.questions)) == (4, 8)
        assert {one.kind for one in missing} == {"near miss"}
        there = {article.article_id for article in ready.corpus.articles}
        assert len(there) == 2
        assert {gold.article_id for one in ready.questions for gold in one.golds} == there
        assert ready.said == "towns (8 of 8); articles of 50% left out"
        for question in ready.questions:
            for gold in question.golds:
                text = ready.corpus.article(gold.article_id).text
                assert text[gold.start : gold.end] == gold.text


def test_a_sample_repeats_and_does_not_change_the_index(tmp_path):
    """The limit draws questions; what is left out depends on the seed alone."""
    source = Source(squad(tmp_path / "towns.json"), "squad")

    def drawn(folder, **sample):
        found = gather([source], tmp_path / folder, Sample(unanswerable=0.25, **sample))
        files = sorted((tmp_path / folder).rglob("*.jsonl"))
        return [one.question_id for one in found.questions], [one.read_text() for one in files]

    few, articles = drawn("a", limit=3, seed=1)
    assert len(few) == 3
    assert drawn("b", limit=3, seed=1) == (few, articles)
    every, same = drawn("c", seed=1)
    assert [one for one in every if one in few] == few
    assert same == articles
    assert {tuple(drawn(f"s{seed}", limit=3, seed=seed)[0]) for seed in range(6)} != {tuple(few)}


@given(
    st.lists(st.sets(st.sampled_from("abcdef"), min_size=1, max_size=2), min_size=1, max_size=12),
    st.floats(0, 0.99),
)
def test_the_share_left_out_is_reached(homes, share):
    """At least the share loses all its articles, none where none is asked, in whatever order."""
    questions = [
        Question(
            f"q{n}", "?", "", (), tuple(Gold(one, "x", 0, 1, "x") for one in sorted(home)), None, 1
        )
        for n, home in enumerate(homes)
    ]
    out = left_out(questions, Sample(unanswerable=share))
    gone = sum(home <= out for home in homes)
    assert gone >= share * len(homes)
    assert bool(out) == (share > 0)
    assert out == left_out(questions[::-1], Sample(unanswerable=share))


def test_an_index_that_is_kept_is_used_again(tmp_path):
    """The second time nothing is embedded, and the articles need not be there any more."""
    source = Source(squad(tmp_path / "towns.json"), "squad")
    first, second = FakeEncoder(), FakeEncoder()
    keep = tmp_path / "kept"
    with opened([source], keep=keep, models=(first, FakeReader())) as ready:
        assert len(ready.corpus.articles) == 4
    assert len(first.embedded) >= 4
    with opened([source], keep=keep, models=(second, FakeReader())) as ready:
        assert ready.corpus.ask("Who built the mill of Cole?").text == "Ivy Stone"
    assert second.embedded == []


def test_an_index_of_somebody_else_is_never_written_over(tmp_path):
    """The folder to keep holds an index of other articles: it stays, and says so."""
    with built(tmp_path) as corpus:
        before = corpus.manifest
    source = Source(squad(tmp_path / "towns.json"), "squad")
    message = (
        f"{tmp_path / 'index'} holds an index of other articles, which stays as it is. "
        f"Name another folder to keep this one in"
    )
    with (
        pytest.raises(CannotCreateError, match=re.escape(message)),
        opened([source], keep=tmp_path / "index", models=MODELS),
    ):
        pass
    with Corpus.open(tmp_path / "index", encoder=FakeEncoder()) as corpus:
        assert corpus.manifest == before


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ({"limit": 0}, "The number of questions must be 1 or more, not 0"),
        ({"unanswerable": 1.0}, "must be 0 or more and below 1, not 1.0"),
        ({"unanswerable": -0.1}, "must be 0 or more and below 1, not -0.1"),
    ],
)
def test_a_sample_that_makes_no_sense_is_refused(sample, message):
    """Before anything is read."""
    with pytest.raises(UsageError, match=re.escape(message)):
        Sample(**sample)


def test_files_that_cannot_be_told_apart_or_hold_nothing_are_refused(tmp_path):
    """Each with its name and reason."""
    (tmp_path / "other").mkdir()
    twice = [
        Source(squad(tmp_path / "towns.json"), "squad"),
        Source(squad(tmp_path / "other" / "towns.json.gz"), "squad"),
    ]
    with pytest.raises(UsageError, match="Two of the sets bear the same name"):
        gather(twice, tmp_path / "a", Sample())
    beside = [dataclasses.replace(twice[0], asked=False)]
    with pytest.raises(UsageError, match="No question is left to ask"):
        gather(beside, tmp_path / "b", Sample())
    (tmp_path / "broken.json").write_text('{"data": [')
    with pytest.raises(DataError, match=r"broken\.json:1: not JSON"):
        gather([Source(tmp_path / "broken.json", "squad")], tmp_path / "c", Sample())


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many troops are there?", "how many"),
        ("For how much was it sold?", "how many"),
        ("How was it sold?", "how"),
        ("In which year did what happen?", "which"),
        ("Whose idea was it?", "who"),
        ("Name the founder.", "other"),
        ("whatever happened, when was it?", "when"),
    ],
)
def test_questions_are_tagged_by_their_first_question_word(question, expected):
    """Whole words alone, and “how many” before “how”."""
    assert asked_for(question) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--limit", "3"],
            "--beside, --limit, --unanswerable and --keep say more of",
        ),
        (["--why", "q001", "--squad", "x.json"], "--why shows one question of a question file."),
        (["--why", "q001", "--ablation"], "--why shows one question of a question file."),
        (["--ablation", "--run", "x.jsonl"], "--ablation makes several runs."),
        (["--squad", "x.json", "--limit", "0"], "The number of questions must be 1 or more, not 0"),
        (["--report", "x.pdf"], "x.pdf: a report ends in one of .html, .htm, .md, .txt."),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments, message, capsys):
    """Before anything is indexed or asked."""
    assert command(["eval", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_a_set_is_measured_in_one_command(tmp_path, capsys):
    """Index, questions, run file and report, with the models that come with the package."""
    source, keep = squad(tmp_path / "towns.json"), tmp_path / "kept"
    made, page = tmp_path / "run.jsonl", tmp_path / "report.html"
    arguments = ["eval", "--squad", str(source), "--limit", "2", "--keep", str(keep)]
    assert command([*arguments, "--run", str(made), "--report", str(page), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["manifest"]["questions"]["file"] == "towns (2 of 8)"
    assert [part["name"] for part in said["parts"]] == ["towns"]
    assert page.read_text(encoding="utf-8").count('<article class="question') == 2
    assert len(made.read_text(encoding="utf-8").splitlines()) == 3
    assert command(["ask", "Who built the mill of Cole?", "--index", str(keep), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "Ivy Stone"


# --- stages taken away -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ablation")
    source = Source(squad(folder / "towns.json"), "squad")
    with opened([source], sample=Sample(unanswerable=0.25), models=MODELS) as ready:
        steps = []
        result = ablate(ready, progress=steps.append)
    return result, steps


def test_every_stage_is_taken_away_once(found):
    """The variants come in the order of a question's way, each over all questions."""
    ablation, steps = found
    names = [one.name for one in ablation.outcomes]
    assert names == [
        "words alone",
        "meaning alone",
        "fused, not word by word",
        "each passage for itself",
        "fused, as shipped",
        "fused, in the reader's order",
        "no agreement",
        "the reader's margin alone",
    ]
    assert {len(one.summary.judged) for one in ablation.outcomes} == {8}
    assert {step.stage for step in steps} == {name for name in names if name != REORDERED}
    shares = {one.name: one.summary.manifest.settings["cosine_share"] for one in ablation.outcomes}
    assert (shares["words alone"], shares["meaning alone"], shares[WHOLE.name]) == (0.0, 1.0, 0.65)


def test_the_whole_is_compared_with_each_variant(found):
    """Differences are the variant's minus the whole's; a mere order has none."""
    ablation, _ = found
    whole = ablation.whole.summary.parts[-1].table
    for one in ablation.outcomes:
        assert bool(one.differences) == (one.name not in {WHOLE.name, REORDERED})
        for each in one.differences:
            assert each.before == pytest.approx(whole.row(each.measure).value)
            theirs = one.summary.parts[-1].table.row(each.measure).value
            assert each.after == pytest.approx(theirs)
            assert each.change.value == pytest.approx(theirs - each.before)


def test_tables_have_a_row_for_each_variant(found):
    """One table a part, and one of differences; the JSON holds the same."""
    ablation, _ = found
    rows = ablation_rows(ablation, "towns")
    assert [row[0] for row in rows] == ["variant", *(one.name for one in ablation.outcomes)]
    assert {len(row) for row in rows} == {1 + len(COLUMNS)}
    assert len({len(row) for row in difference_rows(ablation)}) == 1
    assert ablation_text(ablation).startswith("towns: 8 questions\nvariant ")
    stored = ablation.to_dict()
    assert [one["name"] for one in stored["variants"]] == [one.name for one in ablation.outcomes]
    named = [row["measure"] for row in stored["variants"][0]["parts"]["towns"]]
    assert sorted(named) == sorted(COLUMNS)


def ranked(name, rank, *, read=True, spans=()):
    return Ranked(
        passage_id=name,
        article_id="a",
        start=0,
        end=1,
        rank=rank,
        score=1.0,
        cosine=None,
        bm25=None,
        dense_rank=None,
        lexical_rank=None,
        read=read,
        holds_gold=False,
        spans=spans,
    )


def test_the_reader_orders_what_it_read_before_all_else():
    """The surest span comes first; what it read and left unmarked stands behind, then the rest."""
    passages = (
        ranked("a", 1, spans=(("x", -2.0),)),
        ranked("b", 2),
        ranked("c", 3, read=False),
        ranked("d", 4, spans=(("y", 3.0), ("z", 1.0))),
        ranked("e", 60, read=False),
        ranked("f", None, read=False),
    )
    question = Question("q", "?", "dev", (), (), "off topic", 1)
    line = Line(question, "not_found", "?", None, None, None, None, (), (), passages, (), 0.1)
    moved = {one.passage_id: one.rank for one in in_readers_order(line).passages}
    assert moved == {"d": 1, "a": 2, "b": 3, "c": 4, "e": 60, "f": None}


def test_weights_are_taken_away_and_not_fitted_again():
    """The others stay as they were; the margin alone is the reader's own log-odds."""
    weights = dict.fromkeys(FEATURES, 0.5)
    fitted = dataclasses.replace(UNCALIBRATED, weights=weights)
    fewer = only(fitted, [name for name in FEATURES if name != "agreement"])
    assert fewer == dataclasses.replace(fitted, weights={**weights, "agreement": 0.0})
    alone = only(fitted, ["margin"])
    assert alone.probability({"margin": 0.0}) == alone.threshold == 0.5


class Counting(FakeReader):
    """Counts how often it reads."""

    def __init__(self):
        self.times = 0

    def read(self, question, contexts):
        self.times += 1
        return super().read(question, contexts)


def test_the_same_passages_are_read_once():
    """For another question or in another order they are read anew."""
    reader = Counting()
    remembering = Remembering(reader)
    contexts = [Context("Ada Brook spoke."), Context("Tom Reed wrote.")]
    first = remembering.read("Who?", contexts)
    assert remembering.read("Who?", contexts) == first == FakeReader().read("Who?", contexts)
    assert reader.times == 1
    remembering.read("Who?", contexts[::-1])
    remembering.read("Who wrote?", contexts)
    assert (reader.times, remembering.fingerprint) == (3, "fake reader")


# --- the file of results ---------------------------------------------------------------------


def test_a_section_takes_the_place_of_what_it_said(found):
    """All else stays as it was, dates included; a new section comes last."""
    before = "# Results\n\n<!-- a -->\n\nold\n\n<!-- /a -->\n\nby hand\n"
    after = with_section(before, "a", r"new \1")
    assert after == "# Results\n\n<!-- a -->\n\nnew \\1\n\n<!-- /a -->\n\nby hand\n"
    both = with_section(after, "b", "other")
    assert both == f"{after.rstrip()}\n\n<!-- b -->\n\nother\n\n<!-- /b -->\n"
    assert with_section(both, "b", "other") == both
    assert with_section("", "b", "other") == "<!-- b -->\n\nother\n\n<!-- /b -->\n"


def test_sections_say_when_with_what_and_how_again(found):
    """Date, version, models, corpus and command stand above the tables."""
    ablation, _ = found
    summary = ablation.whole.summary
    manifest = summary.manifest
    for section in (summary_section(summary, "make it"), ablation_section(ablation, "make it")):
        assert section.startswith(f"Measured {manifest.begun[:10]} with askcorpus ")
        assert f"(sources {manifest.code[:12]}), fake@64 and fake reader, on " in section
        assert "; 3 articles in 3 passages. Questions: towns (8 of 8)" in section
        assert "\n\n    make it\n\n| " in section.replace("towns, 8 questions:\n\n", "")


def test_parts_stand_side_by_side_and_unmeasured_rows_are_left_out(found):
    """A column a part; a measure that no part has is no row."""
    ablation, _ = found
    parts = ablation.whole.summary.parts
    rows = side_by_side([*parts, *parts])
    assert rows[0] == ("measure", "towns (8)", "towns (8)")
    assert {len(row) for row in rows} == {3}
    labels = [row[0] for row in rows]
    assert "F1, answerable" in labels
    assert "false answers, off topic" not in labels


def test_losses_of_the_test_part_stay_unseen(found):
    """Neither alone nor among those of all; what was lost elsewhere is shown."""
    ablation, _ = found
    summary = ablation.outcomes[1].summary
    (part,) = summary.parts
    assert part.losses
    named = [
        dataclasses.replace(part, table=dataclasses.replace(part.table, name=name))
        for name in ("dev", "test", "all")
    ]
    apart = dataclasses.replace(summary, parts=tuple(named))
    assert re.findall(r"### (.*), lost", summary_section(apart, "again")) == ["dev"]
    assert re.findall(r"### (.*), by tag", summary_section(apart, "again")) == [
        "dev",
        "test",
        "all",
    ]
    both = dataclasses.replace(summary, parts=(named[0], named[2]))
    assert re.findall(r"### (.*), lost", summary_section(both, "again")) == ["dev", "all"]


def test_a_ready_corpus_names_its_questions(tmp_path):
    """Where they are from goes into the manifest."""
    with built(tmp_path) as corpus:
        question = Question("q", "Who is mayor?", "dev", (), (), "off topic", 1)
        manifest = Ready(corpus, (question,), "mine.jsonl", "dev").run().manifest
    assert (manifest.questions_file, manifest.split) == ("mine.jsonl", "dev")
