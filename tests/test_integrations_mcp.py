"""The MCP server, asked by the client of the official SDK: in this process and over stdio."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mixed_corpus import RACE_DE, mixed
from small_corpus import BRIDGE, FERRY, FakeCorpus

from askcorpus.app.models import AnswerBody, ArticleBody, SearchBody
from askcorpus.cli import run
from askcorpus.integrations.mcp import INSTRUCTIONS, server

QUESTION = "How many people use the bridge?"


def asked(target, *calls):
    """Call tools of a server, one after the other, and give their results."""

    async def ask():
        async with Client(target) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(ask())


def described(target):
    """Give the server's instructions and its tools by name."""

    async def ask():
        async with Client(target) as client:
            return client.instructions, {
                tool.name: tool for tool in (await client.list_tools()).tools
            }

    return asyncio.run(ask())


def test_three_tools_are_offered_with_typed_schemas():
    """Each says what it takes and gives: the schemas of the HTTP API; none writes."""
    instructions, tools = described(server(FakeCorpus()))
    assert instructions == INSTRUCTIONS
    assert list(tools) == ["ask", "search", "read_article"]
    assert [list(tool.input_schema["properties"]) for tool in tools.values()] == [
        [*("question", "k", "since", "until", "publisher", "language", "section")],
        [*("question", "k", "since", "until", "publisher", "language", "section")],
        ["article_id"],
    ]
    given = {name: set(tool.output_schema["properties"]) for name, tool in tools.items()}
    assert given == {
        "ask": set(AnswerBody.model_json_schema()["properties"]),
        "search": set(SearchBody.model_json_schema()["properties"]),
        "read_article": set(ArticleBody.model_json_schema()["properties"]),
    }
    assert all(tool.annotations.read_only_hint for tool in tools.values())
    assert all(tool.description for tool in tools.values())


def test_an_answer_is_the_json_of_the_package():
    """Structured content and text are the very object that `Answer.to_dict()` gives."""
    corpus = FakeCorpus()
    (result,) = asked(server(corpus), ("ask", {"question": QUESTION}))
    wanted = json.loads(json.dumps(corpus.ask(QUESTION).to_dict()))
    assert not result.is_error
    assert result.structured_content == wanted
    assert json.loads(result.content[0].text) == wanted


def test_no_answer_is_no_error():
    """`not_found` comes as an answer, with the closest passages."""
    (result,) = asked(server(FakeCorpus()), ("ask", {"question": "Who is the king?"}))
    assert not result.is_error
    assert result.structured_content["status"] == "not_found"
    assert result.structured_content["text"] is None
    assert result.structured_content["passages"] != []


def test_a_citation_leads_to_its_article():
    """`read_article` of a citation gives the text that its offsets cut the quote from."""
    (answer,) = asked(server(FakeCorpus()), ("ask", {"question": QUESTION}))
    place = answer.structured_content["citations"][0]
    (read,) = asked(server(FakeCorpus()), ("read_article", {"article_id": place["article_id"]}))
    assert read.structured_content == json.loads(json.dumps(FERRY.to_dict())) | {"number": 1}
    assert read.structured_content["text"][place["start"] : place["end"]] == place["quote"]


def test_search_takes_filters():
    """Passages of one publisher only, as many as asked for."""
    arguments = {"question": "the bridge", "k": 1, "publisher": "Port News"}
    (result,) = asked(server(FakeCorpus()), ("search", arguments))
    passages = result.structured_content["passages"]
    assert [passage["article_id"] for passage in passages] == ["ferry.txt"]


def test_languages_and_sections_narrow_both_tools(tmp_path):
    """Only articles of the language and the section are read, or searched."""
    asked_for = {"question": "Who won the race of Linden?", "language": "de", "section": "Sport"}
    with mixed(tmp_path) as corpus:
        answer, found = asked(server(corpus), ("ask", asked_for), ("search", asked_for))
    assert answer.structured_content["text"] == "Karla Stein"
    names = {each["article_id"] for each in found.structured_content["passages"]}
    assert names == {RACE_DE}


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("ask", {"question": "?"}, "AC-USAGE: The question has no words."),
        ("read_article", {"article_id": "none"}, "AC-DATA: There is no article none."),
        ("search", {"question": "bridge", "k": 0}, "greater than or equal to 1"),
        ("search", {"question": "bridge", "since": "last year"}, "should match pattern"),
        ("search", {"question": "bridge", "language": "English"}, "should match pattern"),
        ("ask", {"question": "bridge", "language": "xx"}, "No article's language is known."),
        ("ask", {}, "Field required"),
    ],
)
def test_what_makes_no_sense_is_said_to_the_client(name, arguments, words):
    """An error with its code and sentence; the server goes on."""
    refused, answered = asked(
        server(FakeCorpus()), (name, arguments), ("ask", {"question": QUESTION})
    )
    assert refused.is_error
    assert words in refused.content[0].text
    assert not answered.is_error


def test_a_name_that_is_not_text_can_be_sent():
    """A file name with lone surrogates reaches the client as question marks."""
    from dataclasses import replace

    corpus = FakeCorpus([replace(BRIDGE, article_id="a\udcff.txt")])
    (result,) = asked(server(corpus), ("search", {"question": "bridge", "k": 1}))
    assert result.structured_content["passages"][0]["article_id"] == "a?.txt"


@pytest.mark.slow
def test_a_client_starts_the_command_and_asks(seed_index, capsys):
    """What `mcp --json` prints starts a server that answers over stdio as the package does."""
    from askcorpus import Corpus

    question = "How many US troops are in Iraq?"
    assert run(["mcp", "--json", "--index", str(seed_index)]) == 0
    entry = json.loads(capsys.readouterr().out)["mcpServers"]["askcorpus"]
    started = stdio_client(StdioServerParameters(**entry, env={"HF_HUB_OFFLINE": "1"}))
    (result,) = asked(started, ("ask", {"question": question}))
    with Corpus.open(seed_index) as corpus:
        wanted = json.loads(json.dumps(corpus.ask(question).to_dict()))
    found = result.structured_content
    assert found.pop("seconds") > 0
    wanted.pop("seconds")
    assert found == wanted


def test_a_client_is_told_how_to_start_the_command(tmp_path, capsys):
    """The entry names a program that exists and the whole path of the index."""
    assert run(["mcp", "--json", "--index", str(tmp_path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    entry = printed["mcpServers"]["askcorpus"]
    assert printed["schema"] == 1
    assert Path(entry["command"]).exists()
    assert entry["args"][-3:] == ["mcp", "--index", str(tmp_path)]
    assert Path(entry["command"]).name == "askcorpus" or entry["command"] == sys.executable
