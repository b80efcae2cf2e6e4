"""Retrievers for other programs, each with the library itself: same passages, same places."""

import asyncio
import os
import subprocess
import sys

import pytest
from mixed_corpus import RACE_DE, mixed
from small_corpus import BRIDGE, built

from askcorpus.errors import AskCorpusError, ExtraMissingError, IndexMissingError, UsageError
from askcorpus.integrations import haystack, langchain, llama_index
from askcorpus.integrations.documents import extra, metadata
from askcorpus.types import Filters

TELLING = "HAYSTACK_TELEMETRY_ENABLED"
QUESTION = "How many people use the bridge?"


@pytest.fixture
def corpus(tmp_path):
    """Give three small articles, indexed with models that can be computed in the head."""
    with built(tmp_path) as corpus:
        yield corpus


def test_metadata_says_where_a_passage_stands_and_whose_it_is(corpus):
    """Every fact of the article, and offsets that give the passage back."""
    hit = corpus.search("stone bridge over the Lin", 1)[0]
    found = metadata(corpus, hit)
    article = corpus.article(found["article_id"])
    assert article.text[found["start"] : found["end"]] == hit.passage.text
    assert found == {
        "article_id": "news.jsonl#1",
        "passage_id": hit.passage.passage_id,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "score": hit.score,
        "title": BRIDGE.title,
        "publisher": "Lin Herald",
        "authors": ["Tom Reed", "Ann Vale"],
        "published": "2019-01-28",
        "section": None,
        "language": None,
        "url": "https://herald.example/bridge?id=1",
        "link": f"/article/{corpus.article_number('news.jsonl#1')}"
        f"?s={hit.passage.start}&e={hit.passage.end}#p1",
    }


def test_langchain_gives_the_passages_of_search(corpus):
    """A Document is a passage: its text, its id, its place; in the order of the search."""
    documents = langchain.AskCorpusRetriever(corpus=corpus, k=3).invoke(QUESTION)
    hits = corpus.search(QUESTION, 3)
    assert [(d.id, d.page_content, d.metadata) for d in documents] == [
        (hit.passage.passage_id, hit.passage.text, metadata(corpus, hit)) for hit in hits
    ]


def test_langchain_takes_batches_and_waits_for_nobody(corpus):
    """`batch` and `ainvoke` give what `invoke` gives."""
    retriever = langchain.AskCorpusRetriever(corpus=corpus, k=2)
    alone = retriever.invoke(QUESTION)
    assert retriever.batch([QUESTION, QUESTION]) == [alone, alone]
    assert asyncio.run(retriever.ainvoke(QUESTION)) == alone


def test_llama_index_gives_the_passages_of_search(corpus):
    """A node is a passage, with its score, its place and the article it comes from."""
    nodes = llama_index.AskCorpusRetriever(corpus, k=3).retrieve(QUESTION)
    hits = corpus.search(QUESTION, 3)
    assert [
        (n.node_id, n.text, n.score, n.metadata, n.node.ref_doc_id, n.node.start_char_idx)
        for n in nodes
    ] == [
        (
            hit.passage.passage_id,
            hit.passage.text,
            hit.score,
            metadata(corpus, hit),
            hit.passage.article_id,
            hit.passage.start,
        )
        for hit in hits
    ]


def test_a_language_model_sees_facts_and_not_offsets(corpus):
    """What LlamaIndex shows a model beside the text is what a reader would be told."""
    node = llama_index.AskCorpusRetriever(corpus, k=1).retrieve("stone bridge over the Lin")[0].node
    shown = node.get_metadata_str(mode="llm").splitlines()
    assert [line.split(": ")[0] for line in shown] == [
        "title",
        "publisher",
        "authors",
        "published",
        "section",
        "language",
        "url",
    ]


def test_filters_hold_in_every_retriever(corpus):
    """Only the publisher's passages come, whichever program asks."""
    filters = Filters(publisher="port news")
    documents = langchain.AskCorpusRetriever(corpus=corpus, filters=filters).invoke("bridge")
    nodes = llama_index.AskCorpusRetriever(corpus, filters=filters).retrieve("bridge")
    assert {d.metadata["publisher"] for d in documents} == {"Port News"}
    assert {n.metadata["publisher"] for n in nodes} == {"Port News"}


def test_languages_and_sections_hold_in_every_retriever(tmp_path):
    """Only passages of that language and section come, and say so."""
    filters = Filters(language="DE", section="SPORT")
    with mixed(tmp_path) as corpus:
        documents = langchain.AskCorpusRetriever(corpus=corpus, filters=filters).invoke("Linden")
        nodes = llama_index.AskCorpusRetriever(corpus, filters=filters).retrieve("Linden")
    found = [each.metadata for each in (*documents, *nodes)]
    assert {each["article_id"] for each in found} == {RACE_DE}
    assert {(each["language"], each["section"]) for each in found} == {("de", "sport")}


def test_a_saved_pipeline_keeps_its_filters():
    """Haystack's component takes them as keywords and gives them back; a slip is refused."""
    made = haystack.AskCorpusRetriever("index", language="de", section="Sport", until=" ")
    assert made.filters == Filters(language="de", section="Sport")
    assert haystack.AskCorpusRetriever.from_dict(made.to_dict()).filters == made.filters
    with pytest.raises(UsageError, match="There is no filter 'langauge'"):
        haystack.AskCorpusRetriever("index", langauge="de")


def test_a_question_without_words_is_refused_in_words(corpus):
    """The error is the package's own, not the other program's."""
    with pytest.raises(UsageError, match="neither a letter nor a digit"):
        langchain.AskCorpusRetriever(corpus=corpus).invoke("?!")


@pytest.mark.slow
def test_haystack_runs_in_a_pipeline_that_was_saved(seed_index):
    """A pipeline, saved and loaded, finds what the package finds; the index is opened then."""
    from haystack import Pipeline

    from askcorpus import Corpus

    pipeline = Pipeline()
    made = haystack.AskCorpusRetriever(str(seed_index), top_k=3, until="2018")
    pipeline.add_component("retriever", made)
    loaded = Pipeline.loads(pipeline.dumps(), allowed_modules=[haystack.__name__])
    question = "How many US troops are in Iraq?"
    documents = loaded.run({"retriever": {"query": question}})["retriever"]["documents"]
    with Corpus.open(seed_index) as corpus:
        hits = corpus.search(question, 3, until="2018")
        wanted = [(hit.passage.passage_id, hit.passage.text, metadata(corpus, hit)) for hit in hits]
    assert [(d.id, d.content, d.meta) for d in documents] == wanted
    assert [d.score for d in documents] == [hit.score for hit in hits]
    assert len(made.run(question, top_k=1)["documents"]) == 1


@pytest.mark.slow
def test_each_opens_an_index_by_its_folder(seed_index):
    """One line gives a retriever, with the bundled models."""
    first = langchain.AskCorpusRetriever.open(seed_index, k=1).invoke("troops")
    second = llama_index.AskCorpusRetriever.open(seed_index, k=1).retrieve("troops")
    assert first[0].id == second[0].node_id


@pytest.mark.parametrize(
    "ask",
    [
        langchain.AskCorpusRetriever.open,
        llama_index.AskCorpusRetriever.open,
        lambda folder: haystack.AskCorpusRetriever(str(folder)).warm_up(),
    ],
)
def test_a_missing_index_is_named(ask, tmp_path):
    """No index: the same sentence as everywhere."""
    with pytest.raises(IndexMissingError, match="There is no index in"):
        ask(tmp_path / "none")


def test_a_missing_extra_says_what_to_install():
    """The name of the extra, not a bare ModuleNotFoundError; both kinds of `except` see it."""
    with pytest.raises(ExtraMissingError) as caught, extra("langchain"):
        import no_such_library  # noqa: F401
    assert str(caught.value) == (
        "no_such_library is not installed. Everything else works without it. "
        "Install it with: pip install 'askcorpus[langchain]'"
    )
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value, AskCorpusError)


@pytest.mark.slow
def test_nobody_is_told_that_a_pipeline_ran(tmp_path):
    """Haystack's usage statistics are off where it is loaded through this package."""
    code = (
        "import askcorpus.integrations.haystack, haystack.telemetry._telemetry as telemetry\n"
        "print(telemetry.telemetry)"
    )
    kept = {name: value for name, value in os.environ.items() if name != TELLING}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env=kept | {"HOME": str(tmp_path)},
    )
    assert done.stdout == "None\n"
    assert list(tmp_path.iterdir()) == []
