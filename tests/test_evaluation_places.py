"""A gold answer is found again after its article was edited, or said to be lost."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askcorpus.evaluation.places import Place, Unfound, carried, context_of, find_again
from askcorpus.evaluation.questions import Gold, load_questions
from askcorpus.ingest import read_folder
from askcorpus.settings import Settings

BEFORE = (
    "The stone bridge over the Lin closes on 3 March. Around 4,200 people cross it every day. "
    "Mayor Ada Brook, head of the council, called the step overdue."
)


def gold(text, context, start=None, article_id="a.txt"):
    end = None if start is None else start + len(text)
    return Gold(article_id, text, start, end, context)


PEOPLE = gold("4,200", "Around 4,200 people cross it", BEFORE.index("4,200"))


def found(text, one=PEOPLE):
    return find_again(one, {"a.txt": text})


def test_an_unchanged_article_gives_the_place_back():
    """The context stands once: that is the place, and it is certain."""
    start = BEFORE.index("4,200")
    assert found(BEFORE) == Place("a.txt", start, start + 5, 1.0)


def test_words_before_the_place_move_it():
    """The context decides, not the offset."""
    place = found(f"Old bridge to close.\n{BEFORE}")
    assert (place.start, place.score) == (BEFORE.index("4,200") + 21, 1.0)


def test_a_context_that_was_edited_still_leads_to_the_quote():
    """Words around the quote may change a little."""
    text = BEFORE.replace("Around 4,200 people cross it", "Some 4,200 people cross it")
    place = found(text)
    assert text[place.start : place.end] == "4,200"
    assert place.score < 1


def test_a_quote_that_was_edited_is_found_by_its_context():
    """A number that was corrected is taken whole."""
    text = BEFORE.replace("4,200", "4,300")
    place = found(text)
    assert text[place.start : place.end] == "4,300"


def test_a_sentence_that_was_taken_out_is_lost():
    """Nothing like it is left, so there is no place, though other numbers are there."""
    text = BEFORE.replace("Around 4,200 people cross it every day. ", "")
    assert found(text) == Unfound("it stands nowhere in the article any more")


def test_the_same_number_among_other_words_is_not_taken():
    """A short quote by itself proves nothing."""
    text = "The repair of the harbour wall is to cost 4,200 crowns, say the engineers."
    assert found(text) == Unfound("it stands nowhere in the article any more")


def test_two_places_that_are_as_good_are_left_to_a_person():
    """An edit that doubled the sentence makes the place uncertain; both are named."""
    sentence = "Around 4,200 people cross it every day. "
    text = BEFORE + " " + sentence
    one = gold("4,200", "Around 4,200 people cross it")
    first, second = (match.start() for match in re.finditer("4,200", text))
    found = find_again(one, {"a.txt": text})
    assert found.reason == "it may stand at 2 places"
    assert sorted(place.start for place in found.places) == [first, second]


def test_a_thin_context_counts_only_as_it_stands():
    """Three characters around a name do not tell one place from another."""
    one = gold("Tom Reed", "By Tom Reed", 0)
    assert found("A report, compiled by Tom Reed.", one) == Unfound(
        "its context 'By Tom Reed' stands in the article no more"
    )


def test_an_article_that_was_renamed_is_recognised():
    """The one other article with the context is it; with two, nobody can tell."""
    moved = find_again(PEOPLE, {"b.txt": BEFORE, "c.txt": "Nothing."})
    assert (moved.article_id, moved.start) == ("b.txt", BEFORE.index("4,200"))
    assert find_again(PEOPLE, {"b.txt": BEFORE, "c.txt": BEFORE}) == Unfound(
        "there is no article 'a.txt', and 2 others hold its context"
    )
    assert find_again(PEOPLE, {}) == Unfound(
        "there is no article 'a.txt', and no other holds its context"
    )


WORDS = "bridge council river mayor people cross stone March ferry harbour Lin closed".split()


@given(st.integers(0, 2**32), st.integers(0, 60))
def test_a_place_is_found_wherever_words_are_put_in(seed, at):
    """Whatever is put in elsewhere, the same words in the same context are found."""
    chance = random.Random(seed)
    words = [chance.choice(WORDS) for _ in range(60)]
    words[30:30] = "Around 4,200 people cross it every day".split()
    inserted = "unlike anything that was said before".split()
    edited = [*words[:at], *inserted, *words[at:]]
    text, after = " ".join(words), " ".join(edited)
    one = gold("4,200", "Around 4,200 people cross it", text.index("4,200"))
    if not 30 < at < 35:
        place = find_again(one, {"a.txt": after})
        assert after[place.start : place.end] == "4,200"


@given(st.text("ab \n", min_size=1, max_size=60), st.data())
def test_a_context_leads_to_its_place_or_is_none(text, data):
    """It stands once in the text and holds the quote once; so the place is certain."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    context = context_of(text, start, end)
    if context is not None:
        quote = text[start:end]
        assert text.count(context) == context.count(quote) == 1
        assert text.index(context) + context.index(quote) == start


def test_a_context_has_words_on_both_sides():
    """Six words, where they do."""
    start = BEFORE.index("4,200")
    assert context_of(BEFORE, start, start + 5) == "3 March. Around 4,200 people cross it"
    assert context_of("ha ha", 0, 2) is None


@pytest.mark.parametrize(
    ("source", "target", "span", "wanted"),
    [
        ("one  two three", "one two three", (5, 8), "two"),
        ("see\u200b this\n\nnow", "see this\nnow", (5, 9), "this"),
        ("a big dog", "a dog", (2, 5), ""),
        ("the dog", "oh, the dog", (0, 3), "the"),
    ],
)
def test_a_span_is_carried_over_an_edit(source, target, span, wanted):
    """What was cleaned away before or within it does not shift it."""
    start, end = carried(source, target, *span)
    assert target[start:end] == wanted


# --- all answers of this repository ----------------------------------------------------------

NEAR = 50
"""Characters on either side of an answer in which words are changed."""


@pytest.fixture(scope="module")
def answers(seeds):
    """Give every answer with the text of its article."""
    found = read_folder(seeds, max_bytes=Settings().max_file_bytes).articles
    texts = {article.article_id: article.text for article in found}
    questions = load_questions(Path(__file__).parents[1] / "eval" / "questions.jsonl")
    return [(one, texts[one.article_id]) for asked in questions for one in asked.golds]


def reworded(text, one, count, chance):
    """Change words beside an answer; give the text and where the answer then starts."""
    sides = [text[: one.start], text[one.end :]]
    for _ in range(count):
        side = chance.randrange(2)
        low = max(0, len(sides[0]) - NEAR) if side == 0 else 0
        near = [word.span() for word in re.finditer(r"\w+", sides[side][low : low + NEAR])]
        if near:
            start, end = (low + at for at in chance.choice(near))
            new = chance.choice(["", "other", "newly said", "XX"])
            sides[side] = sides[side][:start] + new + sides[side][end:]
    return f"{sides[0]}{one.text}{sides[1]}", len(sides[0])


def outcomes(answers, count):
    """Count what becomes of the answers when so many words beside each are changed."""
    chance, counts = random.Random(5), Counter()
    for one, text in answers:
        now, start = reworded(text, one, count, chance)
        found = find_again(one, {one.article_id: now})
        right = isinstance(found, Place) and found.start == start
        counts["right" if right else "wrong" if isinstance(found, Place) else "lost"] += 1
    return {name: counts[name] / counts.total() for name in ("right", "wrong")}


@pytest.mark.parametrize(("count", "right"), [(1, 0.98), (3, 0.92), (5, 0.85)])
def test_most_answers_outlive_an_edit_and_hardly_any_is_misplaced(answers, count, right):
    """Words beside every answer are changed: what is not found again is said to be lost."""
    shares = outcomes(answers, count)
    assert shares["right"] >= right
    assert shares["wrong"] <= 0.005


def test_an_answer_whose_paragraph_was_taken_out_is_lost(answers):
    """But for the few that the article gives in nearly the same words elsewhere."""
    taken = 0
    for one, text in answers:
        start, end = text.rfind("\n", 0, one.start) + 1, text.find("\n", one.end)
        rest = text[:start] + (text[end + 1 :] if end >= 0 else "")
        taken += isinstance(find_again(one, {one.article_id: rest}), Place)
    assert taken / len(answers) <= 0.02
