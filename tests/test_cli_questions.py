"""The commands on question files: what they print where, what they write, and how they end."""

import io
import json
import sys

import pytest
from fakes import FakeEncoder, FakeReader
from small_corpus import BRIDGE, built

from askcorpus import Corpus
from askcorpus.cli import run
from askcorpus.cli.questions import COMMANDS
from askcorpus.evaluation import evaluate, load_questions, write_run


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Give an index of the three small articles, made with fake models: none is asked here."""
    folder = tmp_path_factory.mktemp("small")
    with built(folder):
        return folder / "index"


@pytest.fixture
def eval_(index, capsys):
    """Run `askcorpus eval` on that index; give exit code, stdout and stderr."""

    def command(*words):
        code = run(["eval", *map(str, words), "--index", str(index)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


BRIDGE_ID = "news.jsonl#1"


def question(text="Who is the mayor?", answer="Ada Brook", name="q1", start=None):
    place = {"article_id": BRIDGE_ID, "text": answer, "start": start, "end": None}
    place["end"] = None if start is None else start + len(answer)
    place["context"] = "Mayor Ada Brook, head of"
    return {
        "id": name, "question": text, "split": "dev", "tags": [], "answers": [place],
        "unanswerable": None,
    }  # fmt: skip


def written(folder, *records):
    path = folder / "q.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in records), "utf-8")
    return path


# --- lint ------------------------------------------------------------------------------------


def test_lint_ends_with_65_until_the_file_is_mended(eval_, tmp_path):
    """Faults on stdout and exit code 65; with `--fix` the file is put right and it ends with 0."""
    path = written(tmp_path, question())
    code, out, err = eval_("lint", path)
    assert (code, err) == (65, "")
    first, total, advice = out.splitlines()
    assert first.startswith(f"{path}:1: q1: fault: answers[0]: 'Ada Brook' had no place and now")
    assert total == "1 questions: 1 faults, 0 hints."
    assert advice == "Those that have a new place are mended by: askcorpus eval lint --fix"
    code, out, _ = eval_("lint", path, "--fix")
    assert (code, out.splitlines()[-1]) == (0, "1 questions: 0 faults, 0 hints, 1 mended.")
    assert load_questions(path)[0].golds[0].start is not None
    assert eval_("lint", path)[0] == 0


def test_lint_gives_json(eval_, tmp_path):
    """One object with every finding."""
    path = written(tmp_path, question())
    code, out, _ = eval_("lint", path, "--json")
    found = json.loads(out)
    assert (code, found["schema"], found["faults"], found["questions"]) == (65, 1, 1, 1)
    assert found["findings"][0]["kind"] == "moved"


def test_a_question_cannot_steer_the_terminal(eval_, tmp_path):
    """Control characters in a file of somebody else are shown by name."""
    record = question()
    record["answers"][0] |= {"text": "\x1b[2J", "context": "a \x1b[2J b", "start": 1, "end": 5}
    _, out, _ = eval_("lint", written(tmp_path, record))
    assert "\x1b" not in out


# --- import, export --------------------------------------------------------------------------


def squad(folder, context, answer):
    answers = [{"text": answer, "answer_start": context.index(answer)}]
    asked = {"id": "s1", "question": "Who?", "answers": answers}
    data = [{"title": "T", "paragraphs": [{"context": context, "qas": [asked]}]}]
    path = folder / "squad.json"
    path.write_text(json.dumps({"data": data}), "utf-8")
    return path


def test_a_set_is_added_to_a_question_file(eval_, tmp_path):
    """Its questions are found in the indexed articles; ids that are taken change nothing."""
    path = written(tmp_path, question())
    source = squad(tmp_path, BRIDGE.text.split("\n\n")[1], "Ada Brook")
    code, out, err = eval_("import", source, path, "--from", "squad", "--split", "test")
    assert (code, out, err) == (0, f"Questions added to {path}: 1\n", "")
    first, second = load_questions(path)
    assert (first.question_id, second.question_id, second.part) == ("q1", "s1", "test")
    assert eval_("lint", path, "--fix")[0] == 0
    before = path.read_bytes()
    code, out, err = eval_("import", source, path, "--from", "squad")
    assert (code, out) == (65, "")
    assert err.startswith(
        f"askcorpus: {path} already holds 1 of these ids, 's1' for one. It is untouched. "
        "Name another file\n"
    )
    assert path.read_bytes() == before


def test_a_set_may_bring_its_own_articles(eval_, tmp_path):
    """They are put into a new folder, and what to do with it is said."""
    source = squad(tmp_path, "A  new bridge was built by Tom Reed.", "Tom Reed")
    path, folder = tmp_path / "new.jsonl", tmp_path / "articles"
    code, out, _ = eval_("import", source, path, "--from", "squad", "--articles", folder)
    assert code == 0
    assert out.splitlines() == [
        f"Questions added to {path}: 1",
        f"Their articles are in {folder}. Index it: askcorpus index {folder}",
    ]
    assert [one.name for one in folder.iterdir()] == ["articles-0001.jsonl"]
    assert load_questions(path)[0].golds[0].article_id == "articles-0001.jsonl#1"


def test_a_set_about_other_articles_is_refused(eval_, tmp_path):
    """Nothing is written, and the reasons are given."""
    source, path = squad(tmp_path, "Something else.", "else"), tmp_path / "q.jsonl"
    code, out, err = eval_("import", source, path, "--from", "squad")
    assert (code, out) == (65, "")
    assert err.startswith(
        f"askcorpus: None of the questions could be kept. {path} is untouched.\n"
        f"  {source}: data[0].paragraphs[0].qas[0]: its paragraph stands in no article, "
        "or in several\n"
    )
    assert not path.exists()


def test_only_sets_with_texts_make_articles(eval_, tmp_path):
    """A table of questions has none."""
    code, _, err = eval_(
        "import", "x.csv", "q.jsonl", "--from", "csv", "--articles", tmp_path / "a"
    )
    assert code == 2
    message = f"askcorpus: A csv set holds no texts. Leave out: --articles {tmp_path / 'a'}\n"
    assert err.startswith(message)


@pytest.mark.parametrize("form", ["squad", "beir", "trec", "csv"])
def test_what_goes_out_comes_in_again(eval_, tmp_path, form):
    """Through the command line, in every form; JSON says what was done."""
    path, target, back = written(tmp_path, question()), tmp_path / "out", tmp_path / "back.jsonl"
    eval_("lint", path, "--fix")
    code, out, _ = eval_("export", path, target, "--to", form, "--json")
    assert (code, json.loads(out)) == (
        0,
        {"schema": 1, "path": str(target), "questions": 1, "lost": []},
    )
    code, out, _ = eval_("import", target, back, "--from", form, "--json")
    assert (code, json.loads(out)["added"]) == (0, 1)
    (given,), (found,) = load_questions(path), load_questions(back)
    assert (found.question_id, found.text, found.group) == ("q1", given.text, BRIDGE_ID)
    if form in {"squad", "csv"}:
        assert found == given
    assert eval_("export", path, target, "--to", form)[0] == 73


def test_a_run_goes_out_to_trec_and_is_measured_there(index, eval_, tmp_path):
    """What `eval` ran is a ranking that `eval rank` reads, as it would another system's."""
    path, target = written(tmp_path, question()), tmp_path / "run.txt"
    eval_("lint", path, "--fix")
    with Corpus.open(index, encoder=FakeEncoder(), reader=FakeReader()) as corpus:
        write_run(tmp_path / "run.jsonl", evaluate(corpus, path))
    code, out, _ = eval_("export", tmp_path / "run.jsonl", target, "--to", "trec")
    assert (code, out) == (0, f"Questions written to {target}: 1\n")
    code, out, _ = eval_("rank", target, path, "--json")
    found = {one["measure"]: one["value"] for one in json.loads(out)["measures"]}
    assert (code, found["article_success@1"]) == (0, 1.0)


# --- new -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_questions_are_written_through_a_pipe(seed_index, tmp_path, monkeypatch, capsys):
    """Prompts and passages go to stderr, the result to stdout; lint has nothing to say."""
    path = tmp_path / "q.jsonl"
    typed = "How many US troops are in Iraq?\n:open 002\n5,200\n\nhow many\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    where = [str(path), "--index", str(seed_index)]
    assert run(["eval", "new", *where, "--split", "dev", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["written"] == [one.to_dict() for one in load_questions(path)]
    assert "Marked: …" in said.err
    (found,) = load_questions(path)
    assert (found.question_id, found.part, found.tags) == ("q001", "dev", ("how many",))
    assert [gold.text for gold in found.golds] == ["5,200"]
    assert run(["eval", "lint", *where]) == 0


# --- the group -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_json_and_index_and_explains_itself(name, capsys):
    """As the commands above them do."""
    assert run(["eval", name, "--help"]) == 0
    said = capsys.readouterr().out
    assert all(option in said for option in ("--json", "--index"))


def test_the_first_word_decides_between_a_command_and_a_file(eval_, tmp_path):
    """`eval FILE` runs the evaluation, wherever options stand; a second file is one too many."""
    path = tmp_path / "none.jsonl"
    code, _, err = eval_("--split", "dev", path)
    assert code == 65
    assert err.startswith(f"askcorpus: {path} cannot be read: No such file or directory.")
    assert eval_(path, "lint")[0] == 2
