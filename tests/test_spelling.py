"""A question is offered in the corpus's spelling, where a word of it stands nowhere."""

import pytest
from small_corpus import built

from askcorpus.spelling import spelled


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    with built(tmp_path_factory.mktemp("spelling")) as corpus:
        yield corpus


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("Who closes the bridgee?", "Who closes the bridge?"),
        ("When does the frery return?", "When does the ferry return?"),
        ("what did ada briok say", "what did ada Brook say"),
        ("Coucnil of what?", "council of what?"),
        ("Who closes the bridge?", None),
        ("How deep is the Thames?", None),
        ("Where is the Councit?", None),
        ("Who is the councillor?", None),
        ("Who kissed the bride?", None),
        ("What costs 4,300 euros?", None),
        ("What did Ada Bruck say?", None),
        ("?!", None),
        ("", None),
    ],
)
def test_unknown_words_are_offered_as_the_corpus_spells_them(corpus, question, offered):
    """Known words, short ones and names that resemble a common word are left as typed."""
    assert corpus.suggest(question) == offered


@pytest.mark.parametrize(
    ("question", "sought"),
    [
        ("What did Ada Bruck say?", "What did Ada Brook say?"),
        ("what did ada bruck's office say", "what did ada Brook's office say"),
        ("Who closes the bridgee?", "Who closes the bridgee?"),
        ("What did Ada Brick say?", "What did Ada Brick say?"),
        ("What did Ada Brook say?", "What did Ada Brook say?"),
    ],
)
def test_names_are_spelled_as_the_corpus_transliterates_them(corpus, question, sought):
    """A name that no article holds is exchanged for one that sounds the same; no other word is."""
    assert spelled(corpus.retriever.index, question) == sought


def test_a_name_is_sought_in_the_spelling_of_the_corpus(corpus):
    """Passages are found as if it had been spelled as they spell it."""
    typed, known = (f"What did Ada {name} say?" for name in ("Bruck", "Brook"))
    assert corpus.search(typed) == corpus.search(known)
    assert corpus.search(typed) != corpus.search("What did Ada Brick say?")
