"""A question is offered in the corpus's spelling, where a word of it stands nowhere."""

import pytest
from small_corpus import built


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    with built(tmp_path_factory.mktemp("spelling")) as corpus:
        yield corpus


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("Who closes the bridgee?", "Who closes the bridge?"),
        ("When does the frery return?", "When does the ferry return?"),
        ("what did ada broook say", "what did ada Brook say"),
        ("Coucnil of what?", "council of what?"),
        ("Who closes the bridge?", None),
        ("How deep is the Thames?", None),
        ("Where is the Councit?", None),
        ("Who is the councillor?", None),
        ("Who kissed the bride?", None),
        ("What costs 4,300 euros?", None),
        ("?!", None),
        ("", None),
    ],
)
def test_unknown_words_are_offered_as_the_corpus_spells_them(corpus, question, offered):
    """Known words, short ones and names that resemble a common word are left as typed."""
    assert corpus.suggest(question) == offered
