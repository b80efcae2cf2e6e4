"""Question files are checked to the character; the one in the repository is sound."""

import dataclasses
import json
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from askcorpus.errors import DataError
from askcorpus.evaluation import (
    Gold,
    Question,
    assign_parts,
    check_places,
    load_questions,
    write_questions,
)
from askcorpus.evaluation.lint import lint
from askcorpus.evaluation.questions import PARTS, Relevant, digest, parse_question
from askcorpus.settings import Settings
from askcorpus.types import Article

HALVES = {"asked last", "asked blind"}
QUESTIONS = Path(__file__).parents[1] / "eval" / "questions.jsonl"

ARTICLE = Article(
    "a.txt", "Trump keeps the 5,200 troops. May comes.", None, None, (), None, None, None, ()
)
ANSWER = {"article_id": "a.txt", "text": "5,200", "start": 16, "end": 21, "context": "the 5,200 t"}
GOOD = {
    "id": "q1",
    "question": "How many?",
    "split": "dev",
    "tags": ["how many"],
    "answers": [ANSWER],
    "unanswerable": None,
}


def written(tmp_path, *records):
    path = tmp_path / "q.jsonl"
    lines = (one if isinstance(one, str) else json.dumps(one) for one in records)
    path.write_text("\n".join(lines), "utf-8")
    return path


def checked(path, articles=(ARTICLE,)):
    questions = load_questions(path)
    check_places(questions, articles, path)
    return questions


def answered(**changes):
    return {**GOOD, "answers": [{**ANSWER, **changes}]}


def without(record, key):
    return {name: value for name, value in record.items() if name != key}


# --- reading and checking --------------------------------------------------------------------


def test_a_good_line_is_read_whole(tmp_path):
    """Every field arrives; writing gives the line back."""
    path = written(tmp_path, GOOD)
    (question,) = checked(path)
    gold = Gold("a.txt", "5,200", 16, 21, "the 5,200 t")
    assert question == Question("q1", "How many?", "dev", ("how many",), (gold,), None, 1)
    assert (question.kind, question.group) == ("answerable", "a.txt")
    write_questions([question], path)
    assert json.loads(path.read_text("utf-8")) == GOOD


def test_a_follow_up_holds_the_turns_before_it(tmp_path):
    """Turns before and relevant articles are read and written; a file without them stays so."""
    more = {
        **GOOD,
        "after": ["Who leads?", "Since when?"],
        "split": "feedback",
        "relevant": [{"article_id": "a.txt", "grade": 2}],
    }
    path = written(tmp_path, more)
    (question,) = checked(path)
    assert (question.after, question.relevant) == (
        ("Who leads?", "Since when?"),
        (Relevant("a.txt", 2),),
    )
    assert question.to_dict() == more


def test_a_question_may_know_its_article_alone(tmp_path):
    """Sets of other makers often say which article is relevant, and not where it answers."""
    relevant = [{"article_id": "b.txt", "grade": 1}]
    (question,) = checked(written(tmp_path, {**GOOD, "answers": [], "relevant": relevant}))
    assert (question.kind, question.group) == ("relevance only", "b.txt")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("{", ":1: not JSON: Expecting property name enclosed in double quotes at column 2"),
        ("[]", ":1: not a JSON object"),
        (without(GOOD, "id"), ":1: id: is missing"),
        ({**GOOD, "id": 7}, ":1: id: 7 is of the wrong type"),
        ({**GOOD, "question": " "}, ":1: question: is empty"),
        (
            {**GOOD, "split": "train"},
            ":1: split: 'train' is none of dev, test, feedback, nor empty",
        ),
        ({**GOOD, "tags": "who"}, ':1: tags: "who" is of the wrong type'),
        ({**GOOD, "tags": ["who", 7]}, ":1: tags[1]: 7 is of the wrong type"),
        ({**GOOD, "after": [" "]}, ":1: after[0]: is empty"),
        ({**GOOD, "relevant": ["a.txt"]}, ":1: relevant[0]: not a JSON object"),
        (
            {**GOOD, "relevant": [{"article_id": "a.txt", "grade": 0}]},
            ":1: relevant[0]: grade: 0 is below 1. Leave out what is not relevant",
        ),
        ({**GOOD, "answers": []}, ":1: answers: is empty, and unanswerable gives no reason"),
        ({**GOOD, "answers": ["x"]}, ":1: answers[0]: not a JSON object"),
        (
            {**GOOD, "unanswerable": "off topic"},
            ":1: unanswerable: has a reason, and there are answers",
        ),
        (
            {**GOOD, "answers": [], "unanswerable": "because"},
            ":1: unanswerable: does not begin with one of near miss, false premise, off topic",
        ),
        (answered(text=""), ":1: answers[0]: text: is empty"),
        (answered(start=None), ":1: answers[0]: start and end: one is null and the other is not"),
        (answered(start=True), ":1: answers[0]: start: true is of the wrong type"),
        (answered(start=21), ":1: answers[0]: start 21 and end 21 are not a span"),
        (answered(start=-5), ":1: answers[0]: start -5 and end 21 are not a span"),
        (
            answered(context="troops"),
            ":1: answers[0]: context: '5,200' does not stand in it exactly once",
        ),
        (
            answered(article_id="b.txt"),
            (
                ":1: answers[0]: article_id: no article 'b.txt' in this index. "
                "Index the folder that the questions ask about"
            ),
        ),
        (answered(end=99), ":1: answers[0]: end: 99 is past the end of the article (40)"),
        (
            answered(start=15, end=20),
            (
                ":1: answers[0]: text: the article has ' 5,20' at 15:20, not '5,200'. "
                "Mend it with: askcorpus eval lint --fix"
            ),
        ),
        (
            answered(start=None, end=None),
            (
                ":1: answers[0]: start: is null, but the article holds the context. "
                "Mend it with: askcorpus eval lint --fix"
            ),
        ),
    ],
)
def test_a_bad_line_is_named_with_its_field(tmp_path, record, message):
    """File, line, field and what is wrong there."""
    path = written(tmp_path, record)
    with pytest.raises(DataError) as caught:
        checked(path)
    assert str(caught.value) == f"{path}{message}"


def test_an_id_used_twice_is_named_with_both_lines(tmp_path):
    """Lines are counted as an editor counts them, empty ones too."""
    path = written(tmp_path, GOOD, "", GOOD)
    with pytest.raises(DataError) as caught:
        load_questions(path)
    assert str(caught.value) == f"{path}:3: id: 'q1' is already on line 1"


def test_an_empty_set_is_an_error(tmp_path):
    """No question, no figure."""
    path = written(tmp_path, "", " ")
    with pytest.raises(DataError) as caught:
        load_questions(path)
    assert str(caught.value) == (
        f"{path} holds no questions. Write one JSON object a line, or name another"
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    """Not there, or not UTF-8."""
    path = tmp_path / "none.jsonl"
    with pytest.raises(DataError, match="cannot be read: No such file or directory"):
        load_questions(path)
    path.write_bytes(b'{"id": "caf\xe9"}')
    with pytest.raises(DataError, match=r"is not UTF-8 at byte 11\. Save it as UTF-8$"):
        load_questions(path)


def test_a_place_that_cleaning_lost_may_be_null(tmp_path):
    """Where the article no longer holds the context, the question stays and has no place."""
    path = written(tmp_path, answered(start=None, end=None, context="a lost 5,200"))
    assert checked(path)[0].golds[0].start is None


# --- the schema ------------------------------------------------------------------------------

SCHEMA = json.loads(files("askcorpus").joinpath("data/questions.schema.json").read_text("utf-8"))
VALID = Draft202012Validator(SCHEMA)


def is_read(record):
    try:
        parse_question(json.dumps(record), Path("q.jsonl"), 1)
    except DataError:
        return False
    return True


def test_the_schema_is_one_and_the_repository_s_questions_obey_it():
    """Every line, each error named."""
    VALID.check_schema(SCHEMA)
    lines = QUESTIONS.read_text("utf-8").splitlines()
    assert [error.message for line in lines for error in VALID.iter_errors(json.loads(line))] == []


ODD_ANSWERS = (
    *(ANSWER, {**ANSWER, "start": None, "end": None}, {**ANSWER, "start": None}),
    *({**ANSWER, "end": "2"}, {**ANSWER, "text": " "}, without(ANSWER, "context"), "x", {}),
    *({"article_id": "a", "grade": 1}, {"article_id": "a", "grade": 0}),
)
ODD_WORDS = (None, True, 0, 1, -1, 2.5, "", " ", "x", "dev", "feedback", "off topic", [], {})
ODD = st.sampled_from([*ODD_WORDS, *([one] for one in (*ODD_WORDS, *ODD_ANSWERS))])
KEYS = st.sampled_from([*GOOD, "after", "relevant"])


@given(st.dictionaries(KEYS, ODD, max_size=4), st.sets(KEYS, max_size=1))
def test_schema_and_reader_agree(changes, dropped):
    """What one accepts the other accepts, whatever is changed or left out."""
    record = {key: value for key, value in (GOOD | changes).items() if key not in dropped}
    assert VALID.is_valid(record) == is_read(record), record


@given(st.sampled_from(["article_id", "start", "end"]), ODD)
def test_schema_and_reader_agree_on_answers(key, value):
    """The same within an answer, but that its start is before its end only the reader can tell."""
    record = answered(**{key: value})
    wanted = VALID.is_valid(record) and (key, value) != ("end", 1)
    assert wanted == is_read(record), record


# --- splitting -------------------------------------------------------------------------------


def placed(question_id, start, part="", tags=("who",)):
    gold = Gold("a.txt", "x" * 5, start, start + 5, "x" * 5)
    return Question(question_id, "?", part, tags, (gold,), None, 1)


def test_questions_that_share_an_answer_stay_together():
    """Also through a third: 0–5 and 8–13 meet in 4–9."""
    asked = [placed("q1", 0), placed("q2", 8), placed("q3", 20), placed("q4", 4)]
    parts = {one.question_id: one.part for one in assign_parts(asked)}
    assert parts["q1"] == parts["q2"] == parts["q4"] != parts["q3"]


def test_a_part_once_given_stays():
    """New questions go round the old ones, and join those they share an answer with."""
    asked = [placed("q1", 0, "test"), placed("q2", 10, "test"), placed("q3", 2), placed("q4", 30)]
    parts = [one.part for one in assign_parts(asked)]
    assert parts == ["test", "test", "test", "dev"]


def test_parts_that_share_an_answer_are_left_as_they_are():
    """A test question at a place of development stays one; what is new there is development."""
    asked = [placed("q1", 0, "test"), placed("q2", 2, "dev"), placed("q3", 4)]
    asked += [placed("q4", 20, "feedback")]
    assert [one.part for one in assign_parts(asked)] == ["test", "dev", "dev", "feedback"]


def test_the_split_repeats_and_is_even():
    """The same seed, the same parts; each tag is halved."""
    asked = [placed(f"q{n}", 10 * n, tags=("who",) if n % 4 else ("why",)) for n in range(80)]
    first = assign_parts(asked)
    assert first == assign_parts(asked) != assign_parts(asked, seed=1)
    counts = Counter((one.part, one.tags) for one in first)
    assert counts == {
        ("dev", ("who",)): 30, ("test", ("who",)): 30,
        ("dev", ("why",)): 10, ("test", ("why",)): 10,
    }  # fmt: skip


# --- the questions of this repository --------------------------------------------------------

STOP_WORDS = set(
    "a about after ago all also am an and are as at be because been before being between but by "
    "can could did do does doing done down during for from had has have having he her here him "
    "his how i if in into is it its itself long many may me might more most much must my near no "
    "nor not of off on once one or other our out over own s shall she should since so some such t "
    "than that the their them themselves then there these they this those through to under until "
    "up us very was we were what when where which while who whom whose why will with within "
    "without would you your".split()
)
ENDINGS = ("ings", "ing", "ians", "ian", "ers", "er", "ed", "es", "s", "ly", "e")


def content_words(text):
    """Give the stems of all words that carry meaning, without the possessive."""
    words = re.findall(r"[\w'’]+", text.lower().replace("’", "'").replace("-", " "))
    plain = {re.sub(r"'s$", "", word).replace("'", "") for word in words} - STOP_WORDS
    return {stem(word) for word in plain if word}


def stem(word):
    endings = (end for end in ENDINGS if word.endswith(end) and len(word) - len(end) >= 3)
    return word.removesuffix(next(endings, ""))


def sentence(text, start, end):
    """Give the sentence around a span; abbreviations with a point do not end one."""
    stop = re.compile(r"(?<!\bU\.S)(?<!\bDr)[.!?]+[”\"]?\s|\n")
    begun = max((found.end() for found in stop.finditer(text, 0, start)), default=0)
    ended = stop.search(text, end)
    return text[begun : ended.end() if ended else len(text)]


def test_the_stems_and_sentences_of_this_test_are_sane():
    """The check on paraphrases can fail."""
    assert content_words("Who jailed the U.S. militia's leaders?") == {
        "jail", "u", "militia", "lead",
    }  # fmt: skip
    text = "One. The U.S. Army left. “It did?” he said.\nNext."
    assert sentence(text, 12, 13).strip() == "The U.S. Army left."


@pytest.fixture(scope="module")
def asked():
    return load_questions(QUESTIONS)


@pytest.fixture(scope="module")
def articles(seeds):
    from askcorpus.ingest import read_folder

    found = read_folder(seeds, max_bytes=Settings().max_file_bytes).articles
    return {article.article_id: article for article in found}


def test_every_gold_place_is_in_the_cleaned_articles(asked, articles):
    """All offsets hold, none is lost, and anchoring again changes nothing."""
    check_places(asked, articles.values(), QUESTIONS)
    assert [one.question_id for one in asked for gold in one.golds if gold.start is None] == []
    assert lint(QUESTIONS, articles.values()).faults == ()


def test_there_are_enough_questions_of_every_kind(asked):
    """In both parts at least 80 answerable and 40 not, half of these near misses; all articles."""
    for part in ("dev", "test"):
        of_part = [one for one in asked if one.part == part]
        kinds = Counter(one.kind for one in of_part)
        near, others = kinds["near miss"], kinds["false premise"] + kinds["off topic"]
        assert kinds["answerable"] >= 80
        assert near + others >= 40
        assert near >= others
        holders = [{gold.article_id for gold in one.golds} for one in of_part]
        sources = Counter(article for found in holders for article in found)
        assert len(sources) == 5
        assert min(sources.values()) >= 15


def test_every_question_has_its_part(asked):
    """All are development or test questions; nothing is left to split."""
    assert {one.part for one in asked} == {"dev", "test"}
    assert assign_parts(asked) == asked


def test_the_test_part_has_every_tag(asked):
    """What was tuned for is tested, and nothing else."""
    tags = {part: {tag for one in asked if one.part == part for tag in one.tags} for part in PARTS}
    assert tags["test"] == tags["dev"] | HALVES
    assert all((one.part == "test") == (len(HALVES & {*one.tags}) == 1) for one in asked)
    assert all(bool(one.after) == ("follow-up" in one.tags) for one in asked)


def test_tags_say_what_is_so(asked):
    """Several sources are several articles; an unanswerable question carries its kind."""
    for one in asked:
        several = len({gold.article_id for gold in one.golds}) > 1
        assert ("several sources" in one.tags) == several, one.question_id
        assert one.kind == "answerable" or one.kind in one.tags, one.question_id


def test_paraphrases_share_no_content_word_with_the_answer(asked, articles):
    """Neither with the sentence of the best place nor with that of any other."""
    shared = {
        (one.question_id, word)
        for one in asked
        if "paraphrase" in one.tags
        for gold in one.golds
        for word in content_words(one.text)
        & content_words(sentence(articles[gold.article_id].text, gold.start, gold.end))
    }
    assert shared == set()
    assert sum("paraphrase" in one.tags for one in asked) >= 30


def test_what_is_said_decides_the_digest(asked):
    """The line in the file does not, the words do."""
    moved = [dataclasses.replace(one, line=one.line + 1) for one in asked]
    assert digest(moved) == digest(asked)
    assert digest(asked[1:]) != digest(asked)
