"""Follow-up questions are completed from the turns before; other questions never change."""

from __future__ import annotations

from typing import Unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askcorpus.chat import Conversation, Turn, stand_alone
from askcorpus.types import Answer, Narrowing


def answer(question: str, text: str | None) -> Answer:
    """Give a bare answer: only its text matters to a conversation."""
    return Answer(
        question=question,
        status="not_found" if text is None else "answered",
        text=text,
        confidence=0.9 if text else 0.1,
        citations=(),
        alternatives=(),
        passages=(),
        generation=1,
        seconds=0.0,
    )


def turn(question: str, text: str | None = None) -> Turn:
    """Give a turn that was asked as typed."""
    return Turn(question, question, rewritten=False, answer=answer(question, text))


LEADER = turn("Who leads Asaib Ahl al-Haq?", "Qais al-Khazali")
WHO_IS = turn("Who is Qais al-Khazali?", "leader of the Asaib Ahl al-Haq")
TROOPS = turn("How many US troops are in Iraq?", "5,200")
SAID = turn("What did Tillerson say about Iraq?", "must go home")
WITHDREW = turn("When did American forces withdraw from Iraq?", "2011")
WANTS = turn("What does al-Khazali want?", "US troops to leave")
BORN = turn("Who is Marie Curie?", "a physicist")
PLACE = turn("Where was Trump born?", "New York")
TITLE = turn("Who wrote “The Long Road and Its End”?", "Ben Kew")

FOLLOW_UPS = [
    # Persons.
    ("What did he say about Israel?", [LEADER], "What did Qais al-Khazali say about Israel?"),
    ("Where was she born?", [BORN], "Where was Marie Curie born?"),
    ("How old is he?", [WHO_IS], "How old is Qais al-Khazali?"),
    ("Who interviewed him?", [WHO_IS], "Who interviewed Qais al-Khazali?"),
    ("What is his group?", [LEADER], "What is Qais al-Khazali’s group?"),
    ("When was her husband killed?", [BORN], "When was Marie Curie’s husband killed?"),
    ("Who met her in Paris?", [BORN], "Who met Marie Curie in Paris?"),
    ("What did Trump say about him?", [WHO_IS], "What did Trump say about Qais al-Khazali?"),
    ("And when was he jailed?", [LEADER], "When was Qais al-Khazali jailed?"),
    ("what did he say?", [SAID], "What did Tillerson say?"),
    # Things, groups, places.
    ("Where is it based?", [LEADER], "Where is Asaib Ahl al-Haq based?"),
    ("Who founded it?", [LEADER], "Who founded Asaib Ahl al-Haq?"),
    ("Where are they?", [TROOPS], "Where are US troops?"),
    ("When did they withdraw?", [TROOPS], "When did US troops withdraw?"),
    ("What are their weapons?", [TROOPS], "What are US troops’ weapons?"),
    ("Who lives there?", [PLACE], "Who lives in New York?"),
    ("When was it published?", [TITLE], "When was “The Long Road and Its End” published?"),
    ("Who opposes it?", [turn("When is the vote in parliament?", "May")], "Who opposes the vote?"),
    ("What did they do in 2014?", [WITHDREW], "What did American forces do in 2014?"),
    ("How many men does it have?", [LEADER], "How many men does Asaib Ahl al-Haq have?"),
    ("Are they still there?", [TROOPS], "Are US troops still in Iraq?"),
    # Further back.
    ("Where was he born?", [LEADER, TROOPS], "Where was Qais al-Khazali born?"),
    # A bare question word.
    ("And when?", [SAID], "When did Tillerson say this about Iraq?"),
    ("when?", [LEADER], "When does Qais al-Khazali lead Asaib Ahl al-Haq?"),
    ("Since when?", [LEADER], "Since when does Qais al-Khazali lead Asaib Ahl al-Haq?"),
    ("When did that happen?", [turn("Who visited Iraq?", "Trump")], "When did Trump visit Iraq?"),
    ("Why?", [WANTS], "Why does al-Khazali want US troops to leave?"),
    ("Why?", [WITHDREW], "Why did American forces withdraw from Iraq?"),
    ("And where?", [turn("Who was killed?", "Ali")], "Where was Ali killed?"),
    (
        "Since when?",
        [turn("Who is the leader of Hezbollah?", "Nasrallah")],
        "Since when is Nasrallah the leader of Hezbollah?",
    ),
    ("Where?", [WHO_IS], "Where is Qais al-Khazali?"),
    ("And how many?", [WITHDREW], "How many American forces did withdraw from Iraq?"),
    (
        "And how many?",
        [turn("When did Iran send troops?", "2014")],
        "How many troops did Iran send?",
    ),
    ("And how many?", [turn("Where are the US troops?", "Iraq")], "How many US troops are there?"),
    ("How old?", [LEADER], "How old is Qais al-Khazali?"),
    ("In what year?", [WITHDREW], "In what year did American forces withdraw from Iraq?"),
    ("Who else?", [LEADER], "Who else leads Asaib Ahl al-Haq?"),
    ("When?", [TROOPS], "When are US troops in Iraq?"),
    # A bare topic.
    ("What about 2014?", [WITHDREW], "When did American forces withdraw from Iraq in 2014?"),
    (
        "And in 2014?",
        [turn("Who led Iraq in 2011?", "Maliki")],
        "Who led Iraq in 2014?",
    ),
    ("And in Syria?", [TROOPS], "How many US troops are in Syria?"),
    ("What about Hezbollah?", [LEADER], "Who leads Hezbollah?"),
    ("and the troops?", [SAID], "What did Tillerson say about the troops?"),
    (
        "and the troops?",
        [turn("Where did the militias fight in 2014?", "Mosul")],
        "Where did the troops fight in 2014?",
    ),
    ("How about Iran?", [SAID], "What did Tillerson say about Iran?"),
    # A quotation.
    ("Who said that?", [SAID], "Who said “must go home”?"),
    # Who said it is not what was said.
    (
        "When did he say that?",
        [turn("Who says US troops should leave?", "Qais al-Khazali")],
        "When did Qais al-Khazali say that?",
    ),
]


@pytest.mark.parametrize(("question", "turns", "expected"), FOLLOW_UPS)
def test_follow_up_is_completed(question: str, turns: list[Turn], expected: str) -> None:
    """A follow-up becomes a question that can be asked alone."""
    assert stand_alone(question, turns) == expected


STAND_ALONE = [
    "How many US troops are in Iraq?",
    "Who is Hadi al-Ameri?",
    "What did Tillerson say about his visit?",
    "When did the army say it would attack?",
    "Which militias fought for their country?",
    "Is it true that Mosul fell?",
    "What time is it?",
    "Where was the interview of the Associated Press held?",
    "How many soldiers died in Mosul?",
    "How long does it take to fly to Baghdad?",
    "How many militias are there in Iraq?",
    "Are there elections in May?",
    "Who said “it is time they left”?",
    "What did the prime minister say about his trip?",
    "And who is Hadi al-Ameri?",
    "When was “What about Her” published?",
    "What happened in Mosul in 2014?",
    "What happened?",
    "Why did Trump withdraw the troops?",
    "Who was born in 1974 and jailed in 2007?",
    "Did Iraq’s parliament hold its vote in May?",
    "",
    "?",
    "...",
]


@pytest.mark.parametrize("question", STAND_ALONE)
@pytest.mark.parametrize("before", [LEADER, TROOPS, SAID, TITLE], ids=lambda turn: turn.question)
def test_stand_alone_question_is_never_changed(question: str, before: Turn) -> None:
    """A question that stands alone comes back character for character, whatever came before."""
    assert stand_alone(question, [before]) == question


@pytest.mark.parametrize("question", ["What did he say?", "And when?", "What about 2014?"])
def test_first_question_is_never_changed(question: str) -> None:
    """Without turns before there is nothing to complete a question from."""
    assert stand_alone(question, []) == question


@pytest.mark.parametrize(
    ("question", "before"),
    [
        ("Who lives there?", LEADER),
        ("What did he say?", TROOPS),
        ("Where was he born?", turn("who is haider al-abadi?", "prime minister of Iraq")),
        ("When was she elected?", turn("Who is the president of Lebanon?")),
    ],
)
def test_pronoun_without_a_fitting_antecedent_stays(question: str, before: Turn) -> None:
    """Nothing is guessed: no place for "there", no person for "he"."""
    assert stand_alone(question, [before]) == question


class Echo:
    """A corpus that answers every question with its last word."""

    def ask(
        self,
        question: str,
        k: int | None = None,
        **narrowing: Unpack[Narrowing],
    ) -> Answer:
        """Answer with the last word of the question."""
        return answer(question, question.rstrip("?").split()[-1])


def test_conversation_keeps_what_was_typed_and_what_was_asked() -> None:
    """Each turn shows the typed question, the asked one and whether they differ."""
    conversation = Conversation(Echo())
    first = conversation.ask("Who is Marie Curie?")
    second = conversation.ask("Where was she born?")
    assert (first.question, first.asked, first.rewritten) == (
        "Who is Marie Curie?",
        "Who is Marie Curie?",
        False,
    )
    assert (second.question, second.asked, second.rewritten) == (
        "Where was she born?",
        "Where was Marie Curie born?",
        True,
    )
    assert conversation.turns == (first, second)


def test_conversation_is_taken_up_after_earlier_turns() -> None:
    """A conversation made from earlier turns goes on as if it had never stopped."""
    begun = Conversation(Echo())
    begun.ask("Who is Marie Curie?")
    assert Conversation(Echo(), begun.turns).ask("Where was she born?").asked == (
        "Where was Marie Curie born?"
    )


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=40))
def test_any_text_gives_a_question(question: str, before: str, found: str) -> None:
    """No typed text, however odd, makes the rewriting fail."""
    assert isinstance(stand_alone(question, [turn(before, found)]), str)
