"""The served app: programs that speak to it, and its end under open pages."""

from __future__ import annotations

import socket
import threading

import httpx
import pytest
from gradio_client import Client
from small_corpus import built
from test_app import QUESTION

from askcorpus.app import create_app, served
from askcorpus.app.server import Server


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    with built(tmp_path_factory.mktemp("serving")) as corpus:
        yield corpus


@pytest.mark.slow
def test_server_ends_at_once_under_an_open_page(corpus, caplog):
    """The stream that an open page listens to is ended by the server, without an error."""
    app = create_app(corpus)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(app)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.stream("GET", f"{address}/gradio_api/heartbeat/page", timeout=60) as page:
            stream = page.iter_text()
            assert "ALIVE" in next(stream)
            server.should_exit = True
            assert "".join(stream).strip() in {"", "data: ALIVE"}
        thread.join(60)
    assert (thread.is_alive(), [record.levelname for record in caplog.records]) == (False, [])


@pytest.mark.slow
def test_gradio_client_gets_the_same_json(corpus):
    """The named endpoints give the JSON of the package, and a refusal as an error."""
    with served(create_app(corpus)) as address:
        client = Client(address, verbose=False, analytics_enabled=False)
        found = client.predict(QUESTION, api_name="/ask")
        assert found | {"seconds": 0} == corpus.ask(QUESTION).to_dict() | {"seconds": 0}
        hits = client.predict("ferry", 2, api_name="/search")
        assert hits["passages"] == [hit.to_dict() for hit in corpus.search("ferry", 2)]
        with pytest.raises(Exception, match="question"):
            client.predict("?!", api_name="/ask")
        client.close()
