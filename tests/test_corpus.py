"""The composition root: build, search and ask over real files, with models that can be computed."""

import hashlib
import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from fakes import FakeEncoder, FakeReader

from askcorpus.calibration import UNCALIBRATED
from askcorpus.corpus import Corpus
from askcorpus.errors import (
    CannotCreateError,
    DataError,
    IndexMismatchError,
    IndexMissingError,
    LockedError,
    UsageError,
)
from askcorpus.settings import Settings
from askcorpus.storage import writer_lock

BRIDGE = {
    "title": "Old bridge closes",
    "publisher": "Harbour Times",
    "published": "2018-03-01",
    "text": "The stone bridge over the Lin closes. Mayor Ada Brook crosses the bridge every day.",
}
FERRY = {
    "title": "Ferry returns",
    "publisher": "Coast Press",
    "published": "2019-05-02",
    "text": "The ferry over the Lin returns. Mayor Ada Brook crosses the bridge every day.",
}
MARKET = {
    "title": "Market moves",
    "text": "The market moves to Mill Street. It opens at nine.",
    "url": "https://example.org/market",
}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "articles"
    made.mkdir()
    for name, record in (("bridge", BRIDGE), ("ferry", FERRY), ("market", MARKET)):
        (made / f"{name}.jsonl").write_text(json.dumps(record) + "\n")
    return made


@pytest.fixture
def index(folder, tmp_path):
    Corpus.build(folder, tmp_path / "index", encoder=FakeEncoder())
    return tmp_path / "index"


@pytest.fixture
def corpus(index):
    with Corpus.open(index, encoder=FakeEncoder(), reader=FakeReader()) as opened:
        yield opened


def test_the_first_build_adds_everything(folder, tmp_path):
    """Three articles are added, each passage is embedded once."""
    report = Corpus.build(folder, tmp_path / "index", encoder=FakeEncoder())
    assert (report.added, report.changed, report.removed, report.unchanged) == (3, 0, 0, 0)
    assert (report.passages, report.embedded, report.skipped) == (3, 3, ())
    assert report.generation == 1
    assert report.seconds > 0


def test_a_second_build_does_nothing(folder, index):
    """Nothing changed: nothing embedded, no new generation."""
    encoder = FakeEncoder()
    report = Corpus.build(folder, index, encoder=encoder)
    assert (report.unchanged, report.embedded, report.generation) == (3, 0, 1)
    assert encoder.embedded == []


def test_only_what_is_new_is_embedded(folder, index):
    """One file changed, one gone, one renamed: only the changed text is embedded."""
    (folder / "bridge.jsonl").write_text(json.dumps({**BRIDGE, "text": "The bridge is open."}))
    (folder / "market.jsonl").unlink()
    (folder / "ferry.jsonl").rename(folder / "ship.jsonl")
    encoder = FakeEncoder()
    report = Corpus.build(folder, index, encoder=encoder)
    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 1, 2, 0)
    passages = [text for text in encoder.embedded if " " in text]
    assert report.embedded == len(passages) == 1
    assert "The bridge is open." in passages[0]


def test_a_removed_article_is_no_longer_cited(folder, index):
    """Delete, index, ask: the article is gone from articles, hits and citations."""
    (folder / "bridge.jsonl").unlink()
    Corpus.build(folder, index, encoder=FakeEncoder())
    with Corpus.open(index, encoder=FakeEncoder(), reader=FakeReader()) as corpus:
        assert [article.title for article in corpus.articles] == ["Ferry returns", "Market moves"]
        answer = corpus.ask("Who crosses the bridge every day?")
        assert {citation.title for citation in answer.citations} == {"Ferry returns"}


def test_an_answer_is_verbatim_and_cited_in_every_article_that_gives_it(corpus):
    """The same name in two articles is one answer with two places."""
    answer = corpus.ask("Who crosses the bridge every day?")
    assert (answer.status, answer.text) == ("answered", "Mayor Ada Brook")
    assert {citation.article_id for citation in answer.citations} == {
        "bridge.jsonl#1",
        "ferry.jsonl#1",
    }
    for citation in answer.citations:
        text = corpus.article(citation.article_id).text
        assert text[citation.start : citation.end] == citation.quote == "Mayor Ada Brook"
        place = citation.sentence_start
        assert text[place : place + len(citation.sentence)] == citation.sentence
        assert citation.sentence == "Mayor Ada Brook crosses the bridge every day."
        number = corpus.article_number(citation.article_id)
        assert citation.link == (
            f"/article/{number}?s={citation.start}&e={citation.end}#p{citation.paragraph}"
        )
    assert answer.generation == 1


def test_nothing_that_answers_is_a_value(corpus):
    """No text, no citations, the closest passages, and what was refused for `--why`."""
    answer = corpus.ask("Zyx wvu tsr?")
    assert (answer.status, answer.text, answer.citations) == ("not_found", None, ())
    assert 0 <= answer.confidence < 0.5
    assert len(answer.passages) == 3
    assert answer.to_dict()["text"] is None


STORY = (
    "The old stone bridge over the Lin closes on Friday after two years of talks. The council "
    "voted for the step late in the night. Boats will carry workers to the harbour until a new "
    "bridge of steel is finished. Shops near the river fear that customers will stay away. "
)
CROSSING = "Mayor Ada Brook crosses the bridge every day."


@pytest.fixture
def reprinted(tmp_path):
    """A story, two reprints of it (one changes a name), and a report of its own."""
    folder = tmp_path / "reprinted"
    folder.mkdir()
    texts = {
        "agency": f"{STORY}{CROSSING}",
        "mirror": f"{STORY}{CROSSING}",
        "other": f"{STORY}{CROSSING.replace('Ada Brook', 'Tom Reed')}",
        "own": f"A ferry returns to the harbour in May. {CROSSING}",
    }
    for name, text in texts.items():
        record = {"title": "Bridge to close", "publisher": name.title(), "text": text}
        (folder / f"{name}.jsonl").write_text(json.dumps(record) + "\n")
    Corpus.build(folder, tmp_path / "index", encoder=FakeEncoder())
    with Corpus.open(tmp_path / "index", encoder=FakeEncoder(), reader=FakeReader()) as opened:
        yield opened


def test_near_copies_are_known(reprinted):
    """Three articles tell one story, one tells its own."""
    assert reprinted.copies_of("mirror.jsonl#1") == ("agency.jsonl#1", "other.jsonl#1")
    assert reprinted.copies_of("own.jsonl#1") == ()
    with pytest.raises(DataError, match="There is no article nowhere"):
        reprinted.copies_of("nowhere")


def test_near_copies_are_one_citation_and_one_voice(reprinted):
    """The reprint is named with the story, counts once, and a changed name is not hidden."""
    answer = reprinted.ask("Who crosses the bridge every day?")
    assert answer.text == "Mayor Ada Brook"
    found = {citation.article_id: citation.copies for citation in answer.citations}
    first = next(name for name in found if name != "own.jsonl#1")
    mirror = {"agency.jsonl#1": "mirror.jsonl#1", "mirror.jsonl#1": "agency.jsonl#1"}[first]
    assert found == {first: (mirror,), "own.jsonl#1": ()}
    assert answer.to_dict()["citations"][0]["copies"] == list(answer.citations[0].copies)
    considered = reprinted.consider("Who crosses the bridge every day?")
    values = {group.best.quote: group.values for group in considered.groups}
    assert values["Mayor Ada Brook"]["agreement"] == pytest.approx(math.log(2))
    assert [(other.text, other.citations[0].article_id) for other in answer.alternatives][:1] == [
        ("Mayor Tom Reed", "other.jsonl#1")
    ]


def test_a_reprint_takes_no_place_among_the_passages_read(reprinted):
    """A passage that says no word more than a better one of the same story is not read again."""
    read = [hit.passage.article_id for hit in reprinted.ask("Who crosses the bridge?", 8).passages]
    assert sorted(read) in (
        ["agency.jsonl#1", "other.jsonl#1", "own.jsonl#1"],
        ["mirror.jsonl#1", "other.jsonl#1", "own.jsonl#1"],
    )


def test_the_json_is_what_was_promised(corpus):
    """Keys of an answer, a citation and a passage are those that programs rely on."""
    record = json.loads(json.dumps(corpus.ask("Who crosses the bridge?").to_dict()))
    assert list(record) == [
        "schema",
        "question",
        "status",
        "text",
        "confidence",
        "citations",
        "alternatives",
        "passages",
        "generation",
        "seconds",
    ]
    assert set(record["citations"][0]) >= {
        "article_id",
        "title",
        "publisher",
        "authors",
        "published",
        "quote",
        "start",
        "end",
        "sentence",
        "paragraph",
        "passage_id",
        "link",
        "url",
    }
    assert set(record["passages"][0]) == {
        "passage_id",
        "article_id",
        "text",
        "start",
        "end",
        "score",
    }


def test_filters_come_before_ranking(corpus):
    """Articles outside the dates or of another publisher are not even read."""
    question = "Who crosses the bridge every day?"
    late = corpus.ask(question, since="2019")
    assert {hit.passage.article_id for hit in late.passages} == {"ferry.jsonl#1"}
    times = corpus.ask(question, publisher="harbour times")
    assert {hit.passage.article_id for hit in times.passages} == {"bridge.jsonl#1"}
    nothing = corpus.ask(question, until="1999")
    assert (nothing.status, nothing.passages) == ("not_found", ())


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "The question is empty"),
        (" \n ", "The question is empty"),
        ("?!…", "neither a letter nor a digit"),
        ("a" * 5_000, "5,000 characters"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(corpus, question, said):
    """Empty, punctuation alone, too long: an error that says so."""
    with pytest.raises(UsageError, match=said):
        corpus.ask(question)


@pytest.mark.parametrize(
    "question",
    ["the of and", "Wie viele Menschen überqueren die Brücke?", "橋を渡る人は?", "bridge AND OR ("],
)
def test_odd_questions_are_answered_or_not_found(corpus, question):
    """Stop words alone, other languages and query syntax give a defined result."""
    assert corpus.ask(question).status in {"answered", "not_found"}


def test_k_must_be_positive(corpus):
    """No passages to read is no question."""
    with pytest.raises(UsageError, match="must be 1 or more, not 0"):
        corpus.ask("Who?", k=0)


def test_k_passages_are_read(corpus):
    """`k` limits what is read and shown."""
    assert len(corpus.ask("Who crosses the bridge?", k=2).passages) == 2


def test_an_unknown_article_is_an_error(corpus):
    """The message says how to see what there is."""
    with pytest.raises(DataError, match=r"no article nowhere\.txt .* askcorpus list"):
        corpus.article("nowhere.txt")
    assert corpus.article_at(99) is None


def test_an_empty_folder_changes_nothing(index, tmp_path):
    """There is nothing to index: said so, and the old index goes on answering."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no article to index"):
        Corpus.build(tmp_path / "empty", index, encoder=FakeEncoder())
    with Corpus.open(index, encoder=FakeEncoder(), reader=FakeReader()) as corpus:
        assert len(corpus.articles) == 3


def test_a_folder_of_bad_files_says_why_each_was_left_out(tmp_path):
    """Every file is named with its reason."""
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "empty.txt").write_text("")
    (bad / "picture.txt").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(DataError) as caught:
        Corpus.build(bad, tmp_path / "index", encoder=FakeEncoder())
    assert "empty.txt: " in str(caught.value)
    assert "picture.txt: " in str(caught.value)
    assert not (tmp_path / "index").exists()


def test_bad_files_beside_good_ones_are_reported(folder, tmp_path):
    """The rest is indexed."""
    (folder / "empty.txt").write_text("")
    report = Corpus.build(folder, tmp_path / "index", encoder=FakeEncoder())
    assert report.added == 3
    assert [skipped.path for skipped in report.skipped] == ["empty.txt"]
    with Corpus.open(tmp_path / "index", encoder=FakeEncoder()) as corpus:
        assert corpus.skipped == report.skipped


def test_a_missing_folder_is_named(tmp_path):
    """The folder that is not there stands in the message."""
    with pytest.raises(DataError, match="There is no folder"):
        Corpus.build(tmp_path / "nowhere", tmp_path / "index", encoder=FakeEncoder())


def test_a_missing_index_names_the_command(tmp_path):
    """What to type next is in the message."""
    with pytest.raises(IndexMissingError, match="askcorpus index FOLDER"):
        Corpus.open(tmp_path / "index")


def test_another_encoder_is_refused_when_it_is_first_needed(index):
    """Vectors of two encoders are never compared."""
    other = FakeEncoder(fingerprint="other@1")
    with (
        Corpus.open(index, encoder=other, reader=FakeReader()) as corpus,
        pytest.raises(IndexMismatchError, match=r"encoder fake@64, but other@1 is in use"),
    ):
        corpus.search("bridge")


def test_other_passages_are_refused(index):
    """An index cut otherwise than the settings say is not used silently."""
    with pytest.raises(IndexMismatchError, match="passage tokens 112, but 40"):
        Corpus.open(index, settings=replace(Settings(), passage_tokens=40))


def test_an_index_folder_that_cannot_be_made(folder, tmp_path):
    """A file in the way is said to be in the way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotCreateError, match="cannot be written"):
        Corpus.build(folder, tmp_path / "file", encoder=FakeEncoder())


@dataclass(frozen=True)
class Known:
    """A question with its accepted answers, as any caller may bring it."""

    text: str
    golds: tuple["Known", ...] = ()


def known(text, *accepted):
    return Known(text, tuple(Known(one) for one in accepted))


EXAMINED = [
    *([known("Who crosses the bridge every day?", "Ada Brook")] * 30),
    *([known("Who sold the moon?")] * 10),
]


def test_a_calibration_is_fitted_kept_and_taken_back(folder, index, corpus):
    """It survives a new index and another opening, until it is reset."""
    shipped = corpus.calibration
    fitted = corpus.calibrate(EXAMINED, max_risk=0.1)
    assert (fitted.questions, fitted.weighed) == (40, False)
    assert fitted.after.wrong.value == 0.0
    assert corpus.calibration == fitted.calibration != shipped
    (folder / "market.jsonl").unlink()
    Corpus.build(folder, index, encoder=FakeEncoder())
    with Corpus.open(index, encoder=FakeEncoder(), reader=FakeReader()) as again:
        assert again.calibration == fitted.calibration
        assert again.calibration_note is None
        assert again.ask("Who crosses the bridge every day?").text == "Mayor Ada Brook"
        assert (again.reset_calibration(), again.reset_calibration()) == (True, False)
        assert again.calibration == shipped
    assert corpus.refresh() is True
    assert corpus.calibration == shipped


def test_another_process_is_noticed_by_refresh(index, corpus):
    """A calibration that somebody else fitted is in use after the next look."""
    with Corpus.open(index, encoder=FakeEncoder(), reader=FakeReader()) as other:
        fitted = other.calibrate(EXAMINED)
    assert corpus.calibration != fitted.calibration
    assert corpus.refresh() is False
    assert corpus.calibration == fitted.calibration


def test_a_calibration_of_another_reader_is_said_and_not_used(index, corpus):
    """The sentence names both readers and what to type."""
    corpus.calibrate(EXAMINED)
    other = FakeReader()
    other.fingerprint = "other reader"
    with Corpus.open(index, encoder=FakeEncoder(), reader=other) as changed:
        assert changed.calibration == UNCALIBRATED
        path = index / "calibration.json"
        assert changed.calibration_note == (
            f"{path} was fitted with the reader fake reader and is not used, since other reader "
            f"is. Fit it again with: askcorpus calibrate QUESTIONS --index {index}, or take it "
            f"away with: askcorpus calibrate --reset --index {index}"
        )


def test_a_calibration_of_an_earlier_version_is_no_damage(index, corpus):
    """What weighed other evidence came with another reader: the sentence says so."""
    shipped = corpus.calibration
    corpus.calibrate(EXAMINED)
    path = index / "calibration.json"
    content = json.loads(path.read_text())
    del content["sha256"], content["calibration"]["weights"]["score"]
    content["reader"] = "reader before"
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps({"sha256": digest, **content}))
    corpus.refresh()
    assert corpus.calibration == shipped
    assert f"{path} was fitted with the reader reader before and" in corpus.calibration_note


@pytest.mark.parametrize(
    ("damage", "wanted"),
    [
        (lambda text: text.replace('"threshold": 0.', '"threshold": 1.'), "SHA-256 is not"),
        (lambda text: text[:-40], "it holds no calibration"),
        (lambda _: "[]", "it holds no calibration"),
    ],
)
def test_a_damaged_calibration_is_said_and_not_used(index, corpus, damage, wanted):
    """Questions go on being answered, as if nothing had been fitted."""
    shipped = corpus.calibration
    corpus.calibrate(EXAMINED)
    path = index / "calibration.json"
    path.write_text(damage(path.read_text()))
    corpus.refresh()
    assert corpus.calibration == shipped
    assert wanted in corpus.calibration_note
    assert corpus.ask("Who crosses the bridge every day?").text == "Mayor Ada Brook"


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
def test_a_share_that_makes_no_sense_is_refused(corpus, share):
    """Between none and all."""
    with pytest.raises(UsageError, match="must lie between 0 and 1"):
        corpus.calibrate(EXAMINED, max_risk=share)


def test_a_question_that_cannot_be_asked_is_named(index, corpus):
    """Nothing is fitted to half of a file."""
    with pytest.raises(DataError, match="The question '…' cannot be asked"):
        corpus.calibrate([*EXAMINED, known("…")])
    assert not (index / "calibration.json").exists()


def test_refresh_moves_to_the_newest_generation(folder, index, corpus):
    """A reader stays on its generation until it is told to look."""
    before = corpus.articles
    assert corpus.refresh() is False
    (folder / "market.jsonl").unlink()
    Corpus.build(folder, index, encoder=FakeEncoder())
    assert corpus.articles == before
    assert corpus.refresh() is True
    assert corpus.generation == 2
    assert len(corpus.articles) == 2


def test_article_numbers_stay(folder, index):
    """A number in a link goes on meaning the same article."""
    with Corpus.open(index, encoder=FakeEncoder()) as corpus:
        number = corpus.article_number("market.jsonl#1")
    (folder / "bridge.jsonl").unlink()
    (folder / "alpha.jsonl").write_text(json.dumps({**FERRY, "text": "New."}))
    Corpus.build(folder, index, encoder=FakeEncoder())
    with Corpus.open(index, encoder=FakeEncoder()) as corpus:
        assert corpus.article_number("market.jsonl#1") == number
        assert corpus.article_at(number) == corpus.article("market.jsonl#1")


def test_eight_threads_get_what_one_gets(corpus):
    """Answers do not depend on what is asked at the same time."""
    questions = ["Who crosses the bridge?", "Where does the market move?"] * 12

    def ask(question):
        return replace(corpus.ask(question), seconds=0.0)

    serial = [ask(question) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, questions)) == serial


def test_repair_makes_the_index_anew_from_its_articles(folder, index):
    """Damaged vectors are made again from the stored text, without the folder."""
    vectors = next((index / "gens").rglob("vectors.npy"))
    vectors.write_bytes(vectors.read_bytes()[:-4])
    with pytest.raises(DataError, match=r"vectors\.npy is damaged"):
        Corpus.open(index)
    report = Corpus.repair(index, encoder=FakeEncoder())
    assert (report.unchanged, report.embedded) == (3, 3)
    with Corpus.open(index, encoder=FakeEncoder(), reader=FakeReader()) as corpus:
        assert corpus.ask("Who crosses the bridge every day?").text == "Mayor Ada Brook"


def test_only_one_run_writes(folder, index):
    """The second is told who is writing, and the index is untouched."""
    with writer_lock(index), pytest.raises(LockedError, match="Another run is writing"):
        Corpus.build(folder, index, encoder=FakeEncoder())


def test_a_given_calibration_decides(index):
    """With a threshold that nothing reaches nothing is answered, whatever the reader says."""
    never = replace(UNCALIBRATED, threshold=1.0)
    models = {"encoder": FakeEncoder(), "reader": FakeReader()}
    with Corpus.open(index, calibration=never, **models) as corpus:
        answer = corpus.ask("Who crosses the bridge every day?")
        assert (answer.text, answer.best_rejected) == (None, "Mayor Ada Brook")
        assert corpus.calibration == never


def test_a_variant_differs_in_what_was_varied(corpus):
    """It has the same index, models and calibration, and searches as its own settings say."""
    by_words = replace(corpus.settings, cosine_share=0.0)
    with corpus.varied(settings=by_words) as other:
        assert other.retriever.encoder is corpus.retriever.encoder
        assert other.calibration == corpus.calibration
        assert other.settings == by_words
        (hit, *_) = other.search("market")
        assert hit.score == 1.0
    never = replace(corpus.calibration, threshold=1.0)
    with corpus.varied(calibration=never) as other:
        assert other.settings == corpus.settings
        assert other.ask("Who crosses the bridge every day?").status == "not_found"
