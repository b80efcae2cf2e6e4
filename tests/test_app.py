"""The app over HTTP: the API's JSON, the article page's mark, and everything that is refused."""

from __future__ import annotations

import json
import re
import socket
import threading
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from mixed_corpus import KNOWN, RACE_DE, RACE_EN, VOTE_EN, mixed
from small_corpus import ARTICLES, FakeCorpus, article_of, built
from test_render import PAYLOADS, TAGS, read

from askcorpus.app import create_app, serve
from askcorpus.app.articles import reader
from askcorpus.app.desk import AT_ONCE, WAITING, BusyError, Desk
from askcorpus.app.guards import LARGEST_BODY, is_open
from askcorpus.app.models import AnswerBody, ArticleBody
from askcorpus.app.pages import Pages
from askcorpus.errors import IndexCorruptError, InputOutputError
from askcorpus.render import FORMS, cite
from askcorpus.retriever import FILTERS, filters_of
from askcorpus.types import Fact, Filters, Skipped

JSON = {"Content-Type": "application/json"}
LOCAL = "http://127.0.0.1:7860"
QUESTION = "Who closes the old stone bridge over the Lin?"


def client_of(corpus) -> TestClient:
    return TestClient(create_app(corpus), base_url=LOCAL, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    with built(tmp_path_factory.mktemp("corpus")) as corpus:
        yield corpus


@pytest.fixture(scope="module")
def bridge(corpus):
    """Give the article that answers `QUESTION`, as it was indexed."""
    return corpus.article_at(1)


@pytest.fixture(scope="module")
def client(corpus):
    return client_of(corpus)


# --- API --------------------------------------------------------------------------------------


def test_ask_gives_the_answer_as_the_package_does(client, corpus):
    """The JSON of the API is the JSON of `Answer.to_dict`."""
    response = client.post("/api/ask", json={"question": QUESTION})
    body = response.json()
    assert (response.status_code, body["text"]) == (200, "Mayor Ada Brook")
    assert body | {"seconds": 0} == corpus.ask(QUESTION).to_dict() | {"seconds": 0}


def test_ask_adds_why_only_when_asked(client, corpus):
    """With `why` every stage is there; without it the key is missing."""
    response = client.post("/api/ask", json={"question": QUESTION, "why": True})
    assert response.json()["why"] == corpus.ask(QUESTION).why()


@pytest.mark.parametrize("form", sorted(FORMS))
def test_ask_adds_citations_to_copy_in_the_form_asked_for(client, corpus, form):
    """Each citation is given as `render.cite` writes it, in the order of `citations`."""
    body = client.post("/api/ask", json={"question": QUESTION, "cite": form}).json()
    assert body["cited"] == [cite(each, form) for each in corpus.ask(QUESTION).citations]


def test_ask_says_not_found_as_a_value(client):
    """No answer is a status, not an error."""
    body = client.post("/api/ask", json={"question": "How deep is the river Seine?"}).json()
    assert (body["status"], body["text"], body["citations"]) == ("not_found", None, [])


def test_filters_reach_the_corpus(client):
    """Only passages of the publisher and time asked for are read."""
    body = {"question": QUESTION, "publisher": "lin herald", "since": "2019", "until": "2019-01"}
    found = client.post("/api/ask", json=body).json()
    assert {each["article_id"] for each in found["passages"]} == {"news.jsonl#1"}


def test_models_hold_every_key_of_the_records(corpus, bridge):
    """A key that a record gains must be added to the API's types: they forbid strangers."""
    answer = corpus.ask(QUESTION).to_dict()
    assert AnswerBody(**answer).model_dump(by_alias=True, exclude_unset=True) == answer
    article = bridge.to_dict() | {"number": 1}
    assert ArticleBody(**article).model_dump(by_alias=True, exclude_unset=True) == article


def test_search_gives_passages_alone(client, corpus):
    """The hits of `Corpus.search`, best first."""
    assert client.get("/api/search", params={"q": "ferry people", "k": 2}).json() == {
        "schema": 1,
        "question": "ferry people",
        "passages": [hit.to_dict() for hit in corpus.search("ferry people", 2)],
        "generation": 1,
    }


def test_articles_are_listed_with_what_was_left_out(client):
    """Every article with number and link; every skipped file with its reason."""
    body = client.get("/api/articles").json()
    assert [(row["number"], row["title"], row["link"]) for row in body["articles"]] == [
        (1, "Old bridge to close in March", "/article/1"),
        (2, "Ferry returns", "/article/2"),
        (3, "River traffic", "/article/3"),
    ]
    assert (body["total"], body["skipped"]) == (
        3,
        [{"path": "broken.pdf", "reason": "not a PDF file, whatever its name says"}],
    )
    second = client.get("/api/articles?offset=1&limit=1").json()["articles"]
    assert [row["number"] for row in second] == [2]


def test_article_is_given_whole(client, bridge):
    """One article is `Article.to_dict` and its number."""
    assert client.get("/api/articles/1").json() == bridge.to_dict() | {"number": 1}


def test_health_counts(client, corpus):
    """Health says what can be asked."""
    assert client.get("/api/health").json() == {
        "schema": 1,
        "status": "ok",
        "articles": 3,
        "passages": len(corpus.passages),
        "generation": 1,
    }


def test_openapi_describes_every_route(client):
    """Programs can read what to send and what comes back, errors included."""
    paths = client.get("/openapi.json").json()["paths"]
    assert sorted(paths) == [
        "/api/articles",
        "/api/articles/{number}",
        "/api/ask",
        "/api/health",
        "/api/search",
    ]
    responses = paths["/api/ask"]["post"]["responses"]
    assert responses["200"]["content"]["application/json"]["schema"]["$ref"].endswith("AnswerBody")
    assert responses["422"]["content"]["application/json"]["schema"]["$ref"].endswith("ErrorBody")


@pytest.mark.parametrize(
    ("request_of", "status", "code"),
    [
        (lambda c: c.post("/api/ask", json={"question": " ?! "}), 422, "AC-USAGE"),
        (lambda c: c.post("/api/ask", json={"question": "long " * 300}), 422, "AC-USAGE"),
        (lambda c: c.post("/api/ask", json={}), 422, "AC-USAGE"),
        (lambda c: c.post("/api/ask", json={"question": "x", "k": 0}), 422, "AC-USAGE"),
        (lambda c: c.post("/api/ask", json={"question": "x", "since": "soon"}), 422, "AC-USAGE"),
        (lambda c: c.post("/api/ask", json={"question": "x", "extra": 1}), 422, "AC-USAGE"),
        (lambda c: c.post("/api/ask", json={"question": "x", "cite": "apa"}), 422, "AC-USAGE"),
        (lambda c: c.post("/api/ask", content=b"{not", headers=JSON), 400, "AC-USAGE"),
        (lambda c: c.get("/api/search"), 422, "AC-USAGE"),
        (lambda c: c.get("/api/articles/99"), 404, "AC-NOT-FOUND"),
        (lambda c: c.get("/api/articles/-1"), 404, "AC-NOT-FOUND"),
        (lambda c: c.get("/api/articles/two"), 422, "AC-USAGE"),
        (lambda c: c.get("/api/unknown"), 404, "AC-NOT-FOUND"),
        (lambda c: c.get("/api/ask"), 405, "AC-HTTP"),
    ],
)
def test_bad_requests_are_refused_in_one_form(client, request_of, status, code):
    """Every error is `schema` and `error` with a code and a sentence."""
    response = request_of(client)
    body = response.json()
    assert (response.status_code, body["schema"], body["error"]["code"]) == (status, 1, code)
    assert sorted(body) == ["error", "schema"]
    assert len(body["error"]["message"]) > 8


# --- what is refused before any route ---------------------------------------------------------


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """Serve five articles in two languages and two sections."""
    with mixed(tmp_path_factory.mktemp("several")) as corpus:
        yield TestClient(create_app(corpus), base_url="http://127.0.0.1:7860")


def test_questions_are_narrowed_by_language_and_section(several):
    """In the body of a question and in the query of a search; a list says what there is."""
    asked = {"question": "Who won the race of Linden?", "language": "DE", "section": "sport"}
    answer = several.post("/api/ask", json=asked).json()
    assert (answer["text"], answer["citations"][0]["article_id"]) == ("Karla Stein", RACE_DE)
    found = several.get("/api/search", params={"q": "Linden", "k": 50, "language": "en"}).json()
    assert {each["article_id"] for each in found["passages"]} == {VOTE_EN, RACE_EN}
    rows = several.get("/api/articles").json()["articles"]
    assert {row["article_id"]: (row["language"], row["section"]) for row in rows} == {
        name: known[:2] for name, known in KNOWN.items()
    }
    assert several.get("/api/articles/1").json()["section"] == "Politics"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("German", "language: String should match pattern '^[A-Za-z]{2}$'"),
        (
            "xx",
            (
                "--language xx is no known code of a language. Write two letters, such as en. "
                "The articles are in: de (German), en (English)."
            ),
        ),
    ],
)
def test_an_unknown_language_is_refused(several, language, said):
    """Both by the form of the request and by the corpus, which names its languages."""
    for response in (
        several.post("/api/ask", json={"question": "Who?", "language": language}),
        several.get("/api/search", params={"q": "Who?", "language": language}),
    ):
        assert (response.status_code, response.json()["error"]["message"]) == (422, said)


def test_every_filter_is_described(client):
    """The description of the API names each, for questions and for searches."""
    description = client.get("/openapi.json").json()
    body = description["components"]["schemas"]["AskBody"]["properties"]
    query = [each["name"] for each in description["paths"]["/api/search"]["get"]["parameters"]]
    assert set(FILTERS) <= set(body)
    assert set(FILTERS) <= set(query)
    assert sorted(query) == sorted(["q", "k", *FILTERS])


def test_large_body_is_refused_by_its_head(client):
    """A body that announces its size is not read."""
    response = client.post("/api/ask", content=b"x" * (LARGEST_BODY + 1))
    assert (response.status_code, response.json()["error"]["code"]) == (413, "AC-TOO-LARGE")


def test_large_body_is_refused_when_its_size_is_not_announced(client):
    """A body that comes in pieces is cut off at the limit."""
    pieces = (b"x" * 4096 for _ in range(32))
    assert client.post("/api/ask", content=pieces).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_posts_of_other_sites_are_refused(client, headers):
    """A page of another site cannot ask, through the API or through Gradio."""
    for path in ("/api/ask", "/gradio_api/queue/join"):
        response = client.post(path, json={"question": QUESTION}, headers=headers)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "AC-FOREIGN")


def test_own_page_may_post(client):
    """The same origin is let through."""
    headers = {"Origin": LOCAL, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/ask", json={"question": QUESTION}, headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_unknown_host_is_refused(client, host):
    """The app answers under its own names only."""
    assert client.get("/api/health", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/upload_progress",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=http://evil.example/",
        "/gradio_api/file/etc/passwd",
        "/file=/etc/passwd",
        "/gradio_api/proxy=http://evil.example/",
        "/proxy=http://evil.example/",
        "/gradio_api/stream/x/y/z/playlist.m3u8",
        "/gradio_api/process_recording",
        "/gradio_api/vibe-edit",
        "/gradio_api/vibe-code",
        "/gradio_api/component_server",
        "/gradio_api/deep_link",
        "/gradio_api/runs",
        "/gradio_api/dev/reload",
        "/gradio_api/call/add_turn",
        "/gradio_api/run/predict",
        "/gradio_api/api/ask",
        "/monitoring",
        "/monitoring/summary",
        "/custom_component/1/client/x/index.js",
        "/login",
        "/docs",
        "/redoc",
        "/article/../../etc/passwd",
        "/article/1/extra",
        "/../etc/passwd",
        "/static/../../../../../../etc/passwd",
        "/static/..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/assets/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
        "/nothing",
    ],
)
def test_everything_else_is_closed(client, path):
    """What neither page nor client needs is not reachable, by reading or by writing."""
    for method in ("GET", "POST"):
        assert client.request(method, path).status_code in {403, 404, 405}


def test_pages_and_clients_reach_what_they_need(client):
    """The list of open paths holds what Gradio's page loads."""
    for path in ("/", "/config", "/gradio_api/info", "/theme.css", "/askcorpus.css", "/articles"):
        assert (is_open(path), client.get(path).status_code) == (True, 200)


# --- pages ------------------------------------------------------------------------------------


def test_article_page_marks_the_span(client, corpus):
    """The link of a citation opens the article with exactly the quote marked."""
    for citation in corpus.ask(QUESTION).citations:
        page = read(client.get(citation.link).text)
        assert page.marked == [citation.quote]
        assert ("id", f"p{citation.paragraph}") in page.attributes
        assert ("id", "hit") in page.attributes


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1),
        min_size=1,
        max_size=5,
    ),
    st.data(),
)
@settings(max_examples=60)
def test_article_page_marks_any_span(paragraphs, data):
    """For any text and any offsets the marked text is `text[s:e]`, also across paragraphs."""
    article = article_of("a.txt", paragraphs)
    start = data.draw(st.integers(0, len(article.text) - 1))
    end = data.draw(st.integers(start + 1, len(article.text)))
    page = read(article_page(article, {"s": str(start), "e": str(end)}))
    wanted = [
        article.text[max(start, each.start) : min(end, each.end)]
        for each in article.paragraphs
        if max(start, each.start) < min(end, each.end)
    ]
    assert page.marked == wanted
    assert "".join(wanted) == article.text[start:end].replace("\n", "")


def article_page(article, query) -> str:
    """Give the page of a single article, without the way through HTTP."""
    return reader(Pages(Desk(FakeCorpus([article], {}))), 0, query).body.decode()


@pytest.mark.parametrize(
    "query",
    [
        "s=1",
        "e=5",
        "s=5&e=5",
        "s=9&e=2",
        "s=-1&e=4",
        "s=0&e=99999",
        "s=x&e=y",
        "s=1.5&e=2",
        "s=&e=",
        "s=٣&e=٤",
        "s=" + "9" * 5000 + "&e=1",
    ],
)
def test_bad_offsets_open_the_article_without_a_mark(client, bridge, query):
    """The article opens all the same, with a note that says why nothing is marked."""
    response = client.get(f"/article/1?{query}")
    page = read(response.text)
    assert (response.status_code, page.marked) == (200, [])
    assert "The article is shown without a mark." in page.text
    assert bridge.text[bridge.paragraphs[-1].start :] in page.text


def test_article_page_shows_what_is_known(client):
    """Title, authors, publisher, date, original page, facts; nothing is invented."""
    page = read(client.get("/article/1").text)
    for words in ("By Tom Reed and Ann Vale", "Lin Herald", "28 January 2019", "line 1: title"):
        assert words in " ".join(page.text.split())
    assert "without a mark" not in page.text
    bare = " ".join(read(client.get("/article/3").text).text.split())
    assert "Publisher not named River traffic date unknown" in bare


def test_article_page_leads_back_to_the_question(client):
    """The question travels in the link and stands in the way back."""
    page = read(client.get(f"/article/1?s=0&e=3&q={quote(QUESTION)}&since=2018").text)
    assert (
        "href",
        "/?q=Who+closes+the+old+stone+bridge+over+the+Lin%3F&since=2018",
    ) in page.attributes


def test_plain_pages_run_no_script_and_load_nothing_foreign(client):
    """Their policy allows a stylesheet and an icon of the server itself, and they hold no more."""
    for path in ("/article/1?s=0&e=3", "/articles", "/article/99", "/nothing"):
        response = client.get(path)
        assert response.headers["content-security-policy"].startswith(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'"
        )
        page = read(response.text)
        assert not {"script", "iframe", "img"} & set(page.tags)
        links = {value for name, value in page.attributes if name in {"src", "href"}}
        foreign = {link for link in links if not link.startswith(("/", "#"))}
        assert {link.partition("#")[0] for link in foreign} <= {
            "https://herald.example/bridge?id=1"
        }


def test_missing_article_has_a_page(client):
    """An unknown number is answered with a page that leads on."""
    response = client.get("/article/99")
    assert (response.status_code, "There is no article 99" in response.text) == (404, True)
    assert client.get("/nothing").status_code == 404


def test_list_of_articles_shows_files_left_out(client):
    """Titles lead to the articles; skipped files stand with their reasons."""
    page = read(client.get("/articles").text)
    assert ("href", "/article/1") in page.attributes
    assert "broken.pdf not a PDF file" in " ".join(page.text.split())


def hostile_article(payload):
    """Give an article with a payload in every field."""
    return article_of(
        f"{payload}.txt",
        [payload, f"It is {payload} here."],
        publisher=payload,
        authors=(payload, payload),
        published=payload,
        modified=f"{payload}!",
        url=payload,
        warnings=(payload,),
        facts=(Fact(payload, payload, payload, payload),),
    )


@pytest.fixture(scope="module")
def hostile():
    articles = [hostile_article(payload) for payload in PAYLOADS]
    return client_of(FakeCorpus(articles, {}, [Skipped(each, each) for each in PAYLOADS]))


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_no_field_can_bring_markup_into_a_page(hostile, number):
    """A payload in text, title, names, dates, address, facts or file names shows as text."""
    payload = PAYLOADS[number]
    whole = len(hostile_article(payload).text)
    for path in (
        f"/article/{number}?s=0&e={whole}&q={quote(payload)}",
        "/articles",
        f"/{quote(payload, safe='')}",
        f"/article/{quote(payload, safe='')}",
    ):
        page = read(hostile.get(path).text)
        assert set(page.tags) <= TAGS
        for name, value in page.attributes:
            assert not name.startswith("on")
            assert name not in {"src", "style"}
            assert name != "href" or value.startswith(("/", "#"))
    assert payload in read(hostile.get(f"/article/{number}").text).text


def test_desk_turns_away_what_it_cannot_answer_soon():
    """With every place taken a request is told to come again; a freed place is given again."""
    opened, entered = threading.Event(), threading.Barrier(AT_ONCE + 1)

    class Slow(FakeCorpus):
        def ask(self, question, k=None, **filters):
            entered.wait(60)
            opened.wait(60)
            return super().ask(question, k, **filters)

    desk = Desk(Slow())
    ask = lambda: desk.ask(QUESTION, None, filters_of(since="", publisher=" "))  # noqa: E731
    running = [threading.Thread(target=ask) for _ in range(AT_ONCE)]
    for thread in running:
        thread.start()
    entered.wait(60)
    for _ in range(WAITING):
        assert desk._places.acquire(blocking=False)
    with pytest.raises(BusyError, match="ask again in a few seconds"):
        ask()
    opened.set()
    for thread in running:
        thread.join(60)
    assert desk.ask.__self__ is desk


def test_rebuilt_index_is_picked_up_without_a_restart(tmp_path):
    """The next request is answered from the newest generation; a damaged one is passed over."""
    with built(tmp_path, ARTICLES[:1]) as corpus:
        client = client_of(corpus)
        assert client.get("/api/health").json()["articles"] == 1
        built(tmp_path, ARTICLES).close()
        assert client.get("/api/health").json() | {"passages": 0} == {
            "schema": 1,
            "status": "ok",
            "articles": 3,
            "passages": 0,
            "generation": 2,
        }
        (tmp_path / "index" / "CURRENT").write_text("nonsense")
        assert client.get("/article/2").status_code == 200
        assert client.post("/api/ask", json={"question": QUESTION}).status_code == 200


def test_failure_tells_visitors_no_path(tmp_path, caplog):
    """What is wrong with the index is told at the terminal; a visitor gets a code."""

    class Broken(FakeCorpus):
        def ask(self, question, k=None, **filters):
            raise IndexCorruptError(str(tmp_path / "vectors.npy"), "its checksum differs")

    response = client_of(Broken()).post("/api/ask", json={"question": QUESTION})
    assert (response.status_code, response.json()["error"]) == (
        503,
        {
            "code": "AC-CORRUPT",
            "message": "No question can be answered at the moment (AC-CORRUPT). "
            "The terminal that runs this server says why.",
        },
    )
    assert str(tmp_path) in caplog.text


def test_file_name_that_is_not_utf8_stops_no_route():
    """Such an article is listed, opened, cited and sent, with a mark in place of the byte."""
    article = article_of("caf\udce9.txt", ["Prices", "A cup is 3.20 now."])
    skipped = [Skipped("b\udcff.txt", "is empty")]
    client = client_of(FakeCorpus([article], {"how much?": ("3.20",)}, skipped))
    for path in ("/articles", "/article/0?s=8&e=12", "/api/articles", "/api/articles/0"):
        assert client.get(path).status_code == 200
    body = client.post("/api/ask", json={"question": "how much?"}).json()
    assert (body["text"], body["citations"][0]["article_id"]) == ("3.20", "caf?.txt")
    odd = client.post("/api/ask", content=b'{"question": "how\\ud800 much?"}', headers=JSON)
    assert odd.status_code in {200, 422}


def test_taken_port_is_told_before_anything_is_loaded(tmp_path):
    """The message says which port, that nothing happened, and what to type."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputOutputError, match=f"port {port}: .* --port {port + 1}"):
            serve(tmp_path / "no index needed", port=port)


def test_bug_is_told_without_a_traceback():
    """What nobody foresaw gives a sentence, as JSON or as a page."""

    class Buggy(FakeCorpus):
        def article_at(self, number):
            return 1 / 0

    client = client_of(Buggy())
    api = client.get("/api/articles/1")
    assert (api.status_code, api.json()["error"]["code"]) == (500, "AC-BUG")
    page = client.get("/article/1")
    assert (page.status_code, "Traceback" in page.text) == (500, False)


def test_gradio_endpoints_are_named(client):
    """`gradio_client` finds `ask` and `search`, and nothing else."""
    info = client.get("/gradio_api/info").json()
    assert sorted(info["named_endpoints"]) == ["/ask", "/search"]
    assert info["unnamed_endpoints"] == {}
    parameters = info["named_endpoints"]["/ask"]["parameters"]
    assert [each["parameter_name"] for each in parameters] == [
        *("question", "k", "since", "until", "publisher", "why", "language", "section")
    ]


def test_filters_of_a_form_are_blank_when_empty():
    """Empty fields filter nothing."""
    assert filters_of(since="", until="  ", section=None) == Filters()


def test_start_page_names_no_other_server(client):
    """The served page holds no address that a browser would fetch from elsewhere."""
    page = read_loosely(client.get("/").text)
    assert all(not value.startswith(("http:", "https:", "//")) for value in page)
    config = client.get("/config").json()
    assert json.dumps(config).count("fonts.googleapis.com") == 0


def read_loosely(html):
    """Give what a page fetches: sources of scripts and images, and linked files."""
    return re.findall(r"<(?:script|img|link|iframe)[^>]+(?:src|href)=[\"']([^\"']+)", html)
