"""The question page without a browser: turns, offers, suggestions, feedback, history, changes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mixed_corpus import mixed
from small_corpus import ARTICLES, FakeCorpus, article_of, built
from test_app import QUESTION
from test_render import PAYLOADS, TAGS, read

from askcorpus.app import turns
from askcorpus.app.background import Background, Findings, Known
from askcorpus.app.desk import BusyError, Changes, Desk, address_of, asked_of
from askcorpus.app.examples import Examples, about, candidates, unlikely
from askcorpus.app.feedback import Feedback, beside, judgement_of, line_of
from askcorpus.app.offers import Offer, instead, narrower
from askcorpus.app.turns import (
    changes_in_words,
    choices_of,
    choices_shown,
    converse,
    count_html,
    earlier_html,
    examples_html,
    feedback_html,
    history_html,
    log_html,
    narrowed,
    narrowing_by,
    next_html,
    notice_html,
    query_of,
    remembered,
    turns_of,
)
from askcorpus.calibration import WEAK
from askcorpus.errors import InputOutputError
from askcorpus.evaluation import check_places, load_questions
from askcorpus.retriever import filters_of
from askcorpus.types import Filters

FORM_TAGS = TAGS | set("button fieldset form h2 input label legend p section ul li".split())
NONE = Filters()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    with built(tmp_path_factory.mktemp("question")) as corpus:
        yield corpus


@pytest.fixture
def desk(corpus):
    return Desk(corpus)


def words(html) -> str:
    return " ".join(read(html).text.split())


# --- turns ------------------------------------------------------------------------------------


def test_follow_up_shows_how_it_was_understood(desk):
    """The rewritten question is asked, shown, and stands in a form where it can be changed."""
    log = converse(desk, QUESTION, NONE, ())
    log = converse(desk, "What did she say?", NONE, log)
    assert (log[1].asked, log[1].turn.answer.question) == ("What did Mayor Ada Brook say?",) * 2
    page = read(log_html(log))
    assert "Understood as: What did Mayor Ada Brook say?" in " ".join(page.text.split())
    assert ("value", "What did Mayor Ada Brook say?") in page.attributes
    assert QUESTION in words(earlier_html(log))


def test_question_that_took_nothing_over_says_so(desk):
    """Only a typed question after others says that it was asked on its own."""
    first = converse(desk, QUESTION, NONE, ())
    typed = converse(desk, "Where does the ferry go?", NONE, first)
    followed = converse(desk, "Where does the ferry go?", NONE, first, stands_alone=True)
    said = ["nothing was taken over" in words(log_html(log)) for log in (first, typed, followed)]
    assert said == [False, True, False]


def test_question_of_a_link_is_asked_as_it_stands(desk):
    """What looks like a follow-up is not completed when it comes from an address."""
    log = converse(desk, QUESTION, NONE, ())
    log = converse(desk, "What did she say?", NONE, log, stands_alone=True)
    assert log[1].asked == "What did she say?"


def test_refused_question_is_said_calmly_and_forgotten(desk):
    """A question without words gets a sentence, and later turns do not lean on it."""
    log = converse(desk, "?!", NONE, ())
    assert (log[0].turn, "ac-card--refused" in log_html(log)) == (None, True)
    assert log[0].status == (
        "The question was not asked: The question has neither a letter nor a digit. "
        "Ask it in words."
    )
    again = converse(desk, QUESTION, NONE, log)
    assert (again[-1].turn is not None, again[-1].number, len(turns_of(again))) == (True, 2, 1)


def test_index_without_articles_is_not_a_question_without_answer():
    """An empty index says how to fill it."""

    class Empty(FakeCorpus):
        def ask(self, question, k=None, **filters):
            raise BusyError

    log = converse(Desk(Empty(())), QUESTION, NONE, ())
    assert "There is no article to search" in words(log_html(log))


def test_one_line_says_that_an_answer_has_come(desk):
    """The status names the verdict and how many sources speak."""
    log = converse(desk, QUESTION, NONE, ())
    assert log[0].status == "Answer ready: probable, 1 source"
    nothing = converse(desk, "How deep is the river Seine?", NONE, ())
    assert nothing[0].status == "Answer ready: not found in this corpus"
    assert ("role", "status") in read(log_html(())).attributes
    assert ("role", "log") in read(log_html(())).attributes


def test_citations_lead_to_the_reader_with_the_way_back(desk):
    """A link to a passage carries the question and its filters; the way on where there are more."""
    filters = Filters(since="2018", publisher="Lin Herald")
    log = converse(desk, QUESTION, filters, ())
    links = [value for name, value in read(log_html(log)).attributes if name == "href"]
    queries = [parse_qs(urlsplit(link).query) for link in links if link.startswith("/article/")]
    assert queries[0]["x"] == ["Mayor Ada Brook"]
    for query in queries:
        assert (query["q"], query["from"], query["pub"]) == ([QUESTION], ["2018"], ["Lin Herald"])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_typed_can_bring_markup_into_the_page(corpus, payload):
    """What was typed is shown as text: in the log, in filters, offers, examples and history."""
    desk, filters = Desk(corpus), Filters(publisher=payload)
    log = converse(desk, payload, NONE, ())
    log = converse(desk, f"{payload} bridge?", filters, log)
    offer = Offer(payload, address_of(payload, filters), payload)
    pages = [
        log_html(log),
        earlier_html(log),
        examples_html([payload]),
        history_html([address_of(payload, filters)]),
        count_html(desk, Filters(since=payload)),
        turns.thanks_html(payload),
        turns._render("offers.html", title="x", offers=[offer]),
    ]
    for page in map(read, pages):
        assert set(page.tags) <= FORM_TAGS
        assert not any(
            name.startswith("on") or name in {"src", "style"} for name, _ in page.attributes
        )
        links = [value for name, value in page.attributes if name == "href"]
        assert all(link.startswith(("/", "https://herald.example/")) for link in links)
    assert payload in read(log_html(log)).text


# --- addresses --------------------------------------------------------------------------------


NAMED = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.text(st.characters(codec="utf-8")), NAMED, NAMED, NAMED)
def test_address_gives_back_what_was_asked(question, publisher, language, section):
    """An answer can be sent as a link: question and filters come back, outer spaces aside."""
    filters = filters_of(since="2018", publisher=publisher, language=language, section=section)
    address = address_of(question.strip(), filters)
    assert asked_of(query_of(address)) == (question.strip(), filters)


@pytest.mark.parametrize(
    "link", [None, 7, "", "/", "q=1", "http://[", "/?" + "a=1&" * 99, "/?" + "x" * 9999]
)
def test_strange_links_ask_nothing(link):
    """What no link of ours says is an empty question."""
    assert asked_of(query_of(link)) == ("", NONE)


def test_filters_are_said_in_words():
    """Dates as precise as they were given."""
    assert narrowed(NONE) == ""
    assert narrowed(Filters("2018", "2019-01-31", "Lin Herald")) == (
        "published since 2018 and until 31 January 2019, by Lin Herald"
    )
    assert narrowed(Filters(publisher="Lin Herald", language="DE", section="Sport")) == (
        "by Lin Herald, in German, filed under Sport"
    )
    assert narrowed(Filters(language="xx")) == "in xx"


def test_filters_stay_where_a_question_is_put_right(several):
    """The form that changes how it was understood sends every filter along."""
    filters = Filters("2020", "2021", "Lindener Bote", "de", "Sport")
    log = converse(Desk(several), "Who won the race of Linden?", filters, ())
    log = converse(Desk(several), "And when?", filters, log)
    html = log_html(log)
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))
    assert asked_of({"q": "x", **sent}) == ("x", filters)
    assert len(sent) == 5


# --- filters ----------------------------------------------------------------------------------


def test_filters_say_how_many_articles_they_leave(desk):
    """Counted live; a date that is none is explained instead."""
    assert count_html(desk, NONE) == ""
    assert words(count_html(desk, Filters(since="2019"))) == "1 of 3 articles searched"
    assert words(count_html(desk, Filters(since="soon"))) == (
        "since soon is no date. Write it as 2019, 2019-01 or 2019-01-28."
    )


def test_a_date_is_not_called_wrong_while_it_is_typed(desk):
    """Each keystroke counts the articles; only what can become no date any more is explained."""
    date = "2019-01-28"
    typed = [words(count_html(desk, Filters(since=date[:n]))) for n in range(1, len(date) + 1)]
    counted = "1 of 3 articles searched"
    assert typed == ["", "", "", counted, "", "", counted, "", "", counted]
    assert words(count_html(desk, Filters(until="20190"))).startswith("until 20190 is no date.")


def test_publishers_are_counted_within_the_dates(desk):
    """Each publisher stands with its articles in the time asked for."""
    assert choices_of(desk, "publisher", NONE) == [
        ("Any publisher (3)", ""),
        ("Lin Herald (1)", "Lin Herald"),
        ("Port News (1)", "Port News"),
    ]
    assert choices_of(desk, "publisher", Filters(since="2019")) == [
        ("Any publisher (1)", ""),
        ("Lin Herald (1)", "Lin Herald"),
    ]
    assert choices_of(desk, "publisher", Filters(since="soon"))[0] == ("Any publisher (3)", "")


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """Give five articles in two languages and two sections."""
    with mixed(tmp_path_factory.mktemp("several")) as corpus:
        yield corpus


def test_languages_and_sections_are_counted_within_the_other_filters(several):
    """By their names, in their order; the one that is chosen stays, even with nothing left."""
    desk = Desk(several)
    assert choices_of(desk, "language", NONE) == [
        ("Any language (5)", ""),
        ("English (2)", "en"),
        ("German (2)", "de"),
    ]
    # “Sport” and “sport” are one section.
    assert choices_of(desk, "section", NONE) == [
        ("Any section (5)", ""),
        ("Politics (2)", "Politics"),
        ("Sport (2)", "Sport"),
    ]
    german = Filters(language="DE", publisher="Lin Herald")
    assert choices_of(desk, "language", german) == [
        ("Any language (2)", ""),
        ("English (2)", "en"),
        ("German (0)", "DE"),
    ]
    assert choices_of(desk, "section", Filters(language="de", since="2021")) == [
        ("Any section (1)", ""),
        ("sport (1)", "sport"),
    ]
    assert choices_of(desk, "section", Filters(section="SPORT"))[-1] == ("Sport (2)", "Sport")
    assert choices_of(desk, "section", Filters(language="German"))[0] == ("Any section (5)", "")
    counted = words(count_html(desk, Filters(language="de", section="sport")))
    assert counted == "1 of 5 articles searched"
    assert words(count_html(desk, Filters(language="German"))) == (
        "language German is no known code of a language. Write two letters, such as en. "
        "The articles are in: de (German), en (English)."
    )


def test_only_filters_that_can_choose_are_shown(desk, several):
    """A corpus of one language without sections looks as if there were no such filters."""
    assert choices_shown(desk, NONE) == ("publisher",)
    assert narrowing_by(choices_shown(desk, NONE)) == "Narrow by date or publisher"
    # One that an address brought can be seen, and taken away.
    assert choices_shown(desk, Filters(language="de")) == ("publisher", "language")
    assert choices_shown(Desk(several), NONE) == ("publisher", "language", "section")
    assert narrowing_by(choices_shown(Desk(several), NONE)) == (
        "Narrow by date, publisher, language or section"
    )


def test_a_missing_answer_names_the_filters_and_what_they_hide(several):
    """Above the card in words, and below it as what to clear."""
    filters = Filters(language="de", section="Politics")
    log = converse(Desk(several), "Who measures the bridge?", filters, ())
    said = words(log_html(log))
    assert "Only articles in German, filed under Politics" in said
    assert "Not found in this corpus" in said
    assert "4 of 5 articles are hidden by the filters" in said


def test_offers_keep_the_filters_that_they_do_not_change(several):
    """Another publisher or newer articles, still in the language and the section."""
    desk = Desk(several)

    def offered(question, filters):
        offers = narrower(desk, desk.ask(question, None, filters), filters)
        return {each.words: asked_of(query_of(each.address))[1] for each in offers}

    assert offered("Who won the race of Linden?", Filters(section="sport")) == {
        "Another source: Lindener Bote": Filters(publisher="Lindener Bote", section="sport")
    }
    assert offered("How many people were for the bridge in Linden?", Filters(language="de")) == {
        "Only this article": Filters("2020-03-01", "2020-03-01", "Lindener Bote"),
        "Only newer": Filters("2020-03-02", language="de"),
    }


# --- offers -----------------------------------------------------------------------------------


def test_not_found_offers_to_clear_filters_and_another_spelling(desk):
    """It says how many articles are hidden, and asks the same question without filters."""
    filters = Filters(publisher="Port News")
    answer = desk.ask("Who measures the brdige?", None, filters)
    assert answer.text is None
    assert instead(desk, answer, filters) == (
        Offer(
            "Clear the filters and ask again",
            "/?q=Who+measures+the+brdige%3F",
            "2 of 3 articles are hidden by the filters",
        ),
        Offer(
            "Who measures the bridge?",
            "/?q=Who+measures+the+bridge%3F&pub=Port+News",
            "Spelled as the articles spell it",
        ),
    )
    assert instead(desk, desk.ask(QUESTION, None, NONE), NONE) == ()


def test_narrower_questions_are_offered_only_where_they_differ():
    """Newer articles if there are any; the publisher's if it has several, and others; the one."""
    dated = [
        article_of(
            f"{name}.txt", ["Bridge", f"The bridge is {name}."], publisher=by, published=when
        )
        for name, by, when in (
            ("old", "Herald", "2018-11"),
            ("new", "Herald", "2019-01-28"),
            ("far", "Post", "2017"),
        )
    ]
    desk = Desk(FakeCorpus(dated, {"how?": ("old",), "now?": ("new",)}))
    assert narrower(desk, desk.ask("how?", None, NONE), NONE) == (
        Offer("Only Herald", "/?q=how%3F&pub=Herald", "2 articles"),
        Offer("Another source: Post", "/?q=how%3F&pub=Post"),
        Offer("Only newer", "/?q=how%3F&from=2018-12-01", "1 article"),
    )
    newest = desk.ask("now?", None, NONE)
    alone = Offer("Only this article", "/?q=now%3F&from=2019-01-28&until=2019-01-28&pub=Herald")
    assert narrower(desk, newest, NONE) == (
        alone,
        Offer("Only Herald", "/?q=now%3F&pub=Herald", "2 articles"),
        Offer("Another source: Post", "/?q=now%3F&pub=Post"),
    )
    assert narrower(desk, newest, Filters(publisher="Herald")) == (alone,)
    assert narrower(desk, newest, Filters("2019-01-28", "2019-01-28", "Herald")) == ()
    twin = article_of("twin.txt", ["Ford", "The ford."], publisher="Herald", published="2019-01-28")
    twins = Desk(FakeCorpus([*dated, twin], {"now?": ("new",)}))
    found = narrower(twins, twins.ask("now?", None, NONE), NONE)
    assert [offer.words for offer in found] == ["Only Herald", "Another source: Post"]
    assert narrower(desk, desk.ask("nothing?", None, NONE), NONE) == ()


# --- what the background asks -----------------------------------------------------------------


def settled(look, patience=60.0) -> Findings:
    """Give what a search has found when it has ended."""
    until = time.monotonic() + patience
    while (found := look()).searching:
        assert time.monotonic() < until
        time.sleep(0.01)
    return found


def test_one_example_has_no_answer(desk):
    """It was asked too, nothing answers it, and the page says so."""
    examples = Examples(desk, Background(desk))
    assert unlikely(desk.corpus.articles)[0] == "What is the telephone number of Mayor Ada Brook?"
    (beyond,) = settled(examples.beyond).known
    assert desk.corpus.ask(beyond.question).text is None
    assert (beyond.text, beyond.article_id) == (None, None)
    shown = settled(examples.ready).known
    html = examples_html([each.question for each in shown], [beyond.question])
    assert html.count("not in these articles") == 1
    assert html.index(shown[-1].question.split("“")[0]) < html.index(beyond.question)


def test_another_source_is_offered_where_one_was_read():
    """That of the best passage which the answer does not cite; none under a publisher's filter."""
    two = [
        article_of(f"{name}.txt", ["Bridge", f"The bridge is {name}."], publisher=by)
        for name, by in (("old", "Herald"), ("far", "Post"))
    ]
    desk = Desk(FakeCorpus(two, {"how?": ("old",)}))
    another = Offer("Another source: Post", "/?q=how%3F&pub=Post")
    assert narrower(desk, desk.ask("how?", None, NONE), NONE) == (another,)
    herald = Filters(publisher="Herald")
    assert narrower(desk, desk.ask("how?", None, herald), herald) == ()


def test_examples_are_asked_before_they_are_shown(desk):
    """Only questions with a probable answer, each with an answer of its own."""
    questions = candidates(desk.corpus.articles)
    assert questions == [
        "Who is Mayor Ada Brook?",
        "How many people?",
        "Who wrote “Old bridge to close in March”?",
        "When was “Ferry returns” published?",
    ]
    shown = settled(Examples(desk, Background(desk)).ready).known
    answers = [desk.corpus.ask(each.question) for each in shown]
    judge = desk.corpus.calibration.verdict
    assert all(judge(answer.confidence).word != WEAK for answer in answers)
    assert [answer.text for answer in answers] == [each.text for each in shown]
    assert len({each.text for each in shown}) == len(shown) > 0
    assert {each.question for each in shown} < set(questions)


def test_questions_to_go_on_with_are_answered_by_the_same_article(desk):
    """Neither the question just asked nor its answer is suggested again."""
    examples = Examples(desk, Background(desk))
    answer = desk.corpus.ask(QUESTION)
    found = settled(lambda: examples.after(answer))
    assert {each.article_id for each in found.known} <= {answer.citations[0].article_id}
    assert answer.text not in {each.text for each in found.known}
    asked = set(about(desk.corpus.article(answer.citations[0].article_id)))
    assert {each.question for each in found.known} <= asked
    html, searching = next_html(desk, examples, converse(desk, QUESTION, NONE, ())[-1])
    assert not searching
    assert all(each.question in words(html) for each in found.known)


class Slow(FakeCorpus):
    """Answers only when it is let."""

    def __init__(self):
        super().__init__()
        self.let = threading.Event()

    def ask(self, question, k=None, **filters):
        assert self.let.wait(60)
        return super().ask(question, k, **filters)


def test_background_waits_until_nobody_asks():
    """While somebody is being answered nothing else is asked; afterwards the search goes on."""
    corpus = Slow()
    desk = Desk(corpus)
    background = Background(desk)
    somebody = threading.Thread(target=desk.ask, args=("Who?", None, NONE))
    somebody.start()
    while desk.idle:
        time.sleep(0.001)
    look = lambda: background.look("x", lambda: ["How many people use the bridge?"], 1)  # noqa: E731
    assert look() == Findings(searching=True)
    time.sleep(0.2)
    assert corpus.asked == []
    corpus.let.set()
    somebody.join(60)
    found = settled(look)
    assert found.known == (Known("How many people use the bridge?", "4,200", "ferry.txt"),)
    assert corpus.asked == ["Who?", "How many people use the bridge?"]
    assert look() == found
    assert len(corpus.asked) == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_background_goes_on_after_a_search_that_failed():
    """What is looked for next is found all the same, and nobody waits for what failed."""
    background = Background(Desk(FakeCorpus()))
    broken = lambda: background.look("broken", lambda: 1 / 0, 1)  # noqa: E731
    broken()
    assert settled(broken) == Findings()
    found = settled(lambda: background.look("x", lambda: ["How many people use the bridge?"], 1))
    assert [each.question for each in found.known] == ["How many people use the bridge?"]


def test_background_forgets_what_has_waited_too_long():
    """Pages that have moved on do not hold up the newest."""
    corpus = Slow()
    background = Background(Desk(corpus))
    for number in range(50):
        background.look(str(number), lambda: ["How many people use the bridge?"], 1)
    assert len(background._waiting) <= 8
    corpus.let.set()
    assert settled(lambda: background.look("49", list, 1)).known
    background.stop()
    assert background.look("new", list, 1) == Findings()


# --- changes under the page -------------------------------------------------------------------


def test_page_says_what_has_changed_under_it(tmp_path):
    """After a rebuild the notice counts; a page that shows the newest says nothing."""
    with built(tmp_path, ARTICLES[:1]) as corpus:
        desk = Desk(corpus)
        desk.current()
        assert notice_html(desk, 1) == ""
        built(tmp_path, ARTICLES).close()
        desk.current()
        assert desk.changes(1) == Changes(added=2, changed=0, removed=0)
        assert "2 articles were added. " in words(notice_html(desk, 1))
        assert notice_html(desk, 2) == ""
        assert "The articles have changed" in words(notice_html(desk, -1))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (Changes(3, 0, 0), "3 articles were added"),
        (Changes(1, 1, 2), "1 article was added, 1 was changed, 2 were removed"),
        (Changes(0, 0, 1), "1 article was removed"),
        (Changes(0, 0, 0), "The index was made anew"),
        (None, "The articles have changed"),
    ],
)
def test_changes_are_said_in_words(changes, said):
    """Only what happened is named."""
    assert changes_in_words(changes) == said


# --- history ----------------------------------------------------------------------------------


def test_browser_remembers_the_newest_questions_first():
    """Each once; nothing that is no question of ours is kept."""
    one, two = address_of("One?", NONE), address_of("Two?", Filters(since="2018"))
    assert remembered([one], two) == [two, one]
    assert remembered([one, two], one) == [one, two]
    assert remembered([one], "/") == [one]
    assert remembered("nonsense", one) == [one]
    assert remembered([7, None, one], two) == [two, one]
    assert len(remembered([address_of(str(n), NONE) for n in range(99)], one)) == 30
    assert "Two? published since 2018" in words(history_html([two, one]))
    assert history_html([]) == ""


# --- feedback ---------------------------------------------------------------------------------


def judged(desk, question, log=()):
    log = converse(desk, question, NONE, log)
    turn = log[-1].turn
    return turn, turns_of(log[:-1]), desk.shelf(turn.answer.passages).articles


def test_right_answers_become_evaluation_questions(desk, tmp_path):
    """The file is one that the evaluation reads, with places that fit the articles."""
    feedback = Feedback(tmp_path / "said.jsonl")
    first = converse(desk, QUESTION, NONE, ())
    feedback.add("right", *judged(desk, QUESTION))
    feedback.add("right", *judged(desk, "Who is she?", first))
    feedback.add("wrong", *judged(desk, QUESTION))
    feedback.add("right", *judged(desk, "How deep is the river Seine?"))
    said = load_questions(tmp_path / "said.jsonl")
    check_places(said, desk.corpus.articles, tmp_path / "said.jsonl")
    assert [(each.text, each.part, each.tags, each.after, each.kind) for each in said] == [
        (QUESTION, "feedback", ("feedback", "right"), (), "answerable"),
        ("Who is she?", "feedback", ("feedback", "right"), (QUESTION,), "off topic"),
        ("How deep is the river Seine?", "feedback", ("feedback", "right"), (), "off topic"),
    ]
    assert [gold.text for gold in said[0].golds] == ["Mayor Ada Brook"]


@pytest.mark.parametrize("judgement", ["wrong", "wrong passage"])
def test_wrong_answers_are_kept_apart_until_someone_knows_better(desk, judgement):
    """What was wrong stands under `rejected`; what is right is left open."""
    line = line_of(judgement, *judged(desk, QUESTION))
    assert (line["answers"], line["unanswerable"], line["tags"]) == (
        [],
        None,
        ["feedback", judgement],
    )
    assert [each["text"] for each in line["rejected"]] == ["Mayor Ada Brook"]


def test_a_torn_line_is_left_alone(desk, tmp_path):
    """After a file that does not end with a line break a new line begins."""
    path = tmp_path / "said.jsonl"
    path.write_text('{"torn', encoding="utf-8")
    Feedback(path).add("right", *judged(desk, QUESTION))
    lines = path.read_text(encoding="utf-8").split("\n")
    assert (lines[0], json.loads(lines[1])["question"], lines[2:]) == ('{"torn', QUESTION, [""])


WRITER = """
import sys
from pathlib import Path
from askcorpus.app.feedback import _append
for number in range(200):
    _append(Path(sys.argv[1]), (sys.argv[2] * 9000 + "\\n").encode())
"""


@pytest.mark.slow
def test_processes_do_not_mix_their_lines(tmp_path):
    """Two processes write at once; every line is whole."""
    path = tmp_path / "said.jsonl"
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, letter]) for letter in "ab"]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    lines = path.read_text(encoding="utf-8").splitlines()
    assert sorted(lines) == ["a" * 9000] * 200 + ["b" * 9000] * 200


def test_feedback_is_off_where_it_cannot_be_written(desk, tmp_path):
    """Without a file, in a missing folder, for a folder or a pipe there are no buttons."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * 10_000_000)
    closed = [None, tmp_path / "no" / "said.jsonl", tmp_path, tmp_path / "pipe", tmp_path / "large"]
    assert [Feedback(path).open for path in closed] == [False] * 5
    with pytest.raises(InputOutputError, match="Feedback is not kept"):
        Feedback(None).add("right", *judged(desk, QUESTION))
    log = converse(desk, QUESTION, NONE, ())
    assert feedback_html(log[-1], None).strip() == ""
    shown = read(feedback_html(log[-1], "said.jsonl"))
    assert [value for name, value in shown.attributes if name == "value"] == [
        *("right", "wrong", "wrong passage")
    ]
    assert (
        "Adds the question, the place of the answer and your judgement to said.jsonl"
        in " ".join(shown.text.split())
    )


def test_feedback_lies_beside_the_index(tmp_path):
    """Not in its folder, which may be deleted and made anew."""
    assert beside(tmp_path / "embeddings") == tmp_path / "embeddings-feedback.jsonl"


@pytest.mark.parametrize("value", [None, 1, "", "Right", ["right"], {"value": "right"}])
def test_only_the_buttons_judge(value):
    """Whatever else a browser sends is no judgement."""
    assert judgement_of(value) is None
    assert judgement_of("wrong passage") == "wrong passage"
