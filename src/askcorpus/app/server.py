"""Put the app together, and serve it."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount

from askcorpus.app.environment import keep_to_this_machine
from askcorpus.errors import InputOutputError

if TYPE_CHECKING:
    import gradio as gr

    from askcorpus.corpus import Corpus

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
"""Names under which the app answers; any other name in a request is refused, so that no web
page can reach it through a name of its own."""

_SECONDS_TO_END = 30

_LOG = logging.getLogger(__name__)


def create_app(
    source: Corpus | str | Path,
    *,
    hosts: Sequence[str] = LOCAL_HOSTS,
    feedback: str | Path | None = None,
    runs: str | Path | None = None,
    uploads: Sequence[str | Path] = (),
) -> FastAPI:
    """Put question page, article pages and HTTP API together over one corpus.

    Args:
        source: An open corpus, which stays the caller's to close, or an index folder.
        hosts: Names under which the app may be asked for; `*` for any.
        feedback: File of questions that readers' judgements are added to; None keeps none.
        runs: Folder of evaluation runs to show; None for `eval/runs` beside the index.
        uploads: Every folder of the corpus, where files may be added through the app: the first
            takes them. Empty where they may not.

    Returns:
        An application for any ASGI server.

    Raises:
        DataError: The index folder holds no index, or one that cannot be used.
        UsageError: The index was made from other folders than uploads would go to.
    """
    keep_to_this_machine()
    from askcorpus import __version__
    from askcorpus.app import question
    from askcorpus.app.background import Background
    from askcorpus.app.desk import Desk
    from askcorpus.app.examples import Examples
    from askcorpus.app.feedback import Feedback
    from askcorpus.app.pages import Pages
    from askcorpus.app.site import Site, add_pages
    from askcorpus.app.uploads import Uploads

    corpus = _opened(source) if isinstance(source, str | Path) else source
    desk = Desk(corpus)
    background = Background(desk)
    examples = Examples(desk, background)
    judged = Feedback(Path(feedback) if feedback else None)
    added = Uploads.of(uploads, corpus) if uploads else None

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        examples.ready()
        examples.beyond()
        yield
        background.stop()
        if corpus is not source:
            corpus.close()

    # The interactive documentation of FastAPI loads its scripts from elsewhere: left out.
    app = FastAPI(
        title="askcorpus",
        version=__version__,
        summary="Ask a folder of articles; get an answer in their own words, with its place.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    pages = Pages(desk, uploads=added is not None)
    add_pages(app, pages, Site(_index_name(source), _runs(source, runs), added))
    _with_a_loop(lambda: _mount(app, question.blocks(pages, examples, judged)))
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    return app


def _mount(app: FastAPI, page: gr.Blocks) -> None:
    """Put the question page at `/`, with nothing of Gradio open but what the page needs."""
    import gradio as gr

    from askcorpus.app.look import HEAD, theme

    gr.mount_gradio_app(
        app,
        page,
        "/",
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        blocked_paths=["/"],
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=theme(),
        head=HEAD,
    )


def _with_a_loop(make: Callable[[], None]) -> None:
    """Run something in an event loop: without one Gradio opens several that it never closes."""

    async def made() -> None:
        make()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(made())
    else:
        make()


def _opened(index_dir: str | Path) -> Corpus:
    from askcorpus.corpus import Corpus

    return Corpus.open(index_dir)


def _index_name(source: Corpus | str | Path) -> str:
    """Give the name of the index folder, as far as it is known."""
    return Path(source).name if isinstance(source, str | Path) else "embeddings"


def _runs(source: Corpus | str | Path, runs: str | Path | None) -> Path | None:
    """Give the folder of run files: the one named, or the usual one if it is there."""
    if runs is not None:
        return Path(runs)
    usual = Path(source).parent / "eval" / "runs" if isinstance(source, str | Path) else None
    return usual if usual and usual.is_dir() else None


def serve(
    index_dir: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    feedback: str | Path | None = None,
    runs: str | Path | None = None,
    uploads: Sequence[str | Path] = (),
) -> None:
    """Serve the app until it is interrupted.

    Args:
        index_dir: Folder of an index.
        host: Address to listen on; one beyond this machine is warned of, as nobody is asked
            for a password.
        port: Port to listen on; 0 for any free one.
        feedback: File of questions that readers' judgements are added to; None keeps none.
        runs: Folder of evaluation runs to show; None for `eval/runs` beside the index.
        uploads: Every folder of the corpus, where files may be added through the app: the first
            takes them. Empty where they may not.

    Raises:
        DataError: The index folder holds no index, or one that cannot be used.
        InputOutputError: The address cannot be listened on.
        UsageError: The index was made from other folders than uploads would go to.
    """
    if not _is_local(host):
        _LOG.warning(
            "%s can be reached from other machines. Everyone who reaches it can read every "
            "article%s; put a proxy with a password before it.",
            host,
            " and add files" if uploads else "",
        )
    hosts = LOCAL_HOSTS if _is_local(host) else ("*",)
    with _listening(host, port) as listener:
        app = create_app(index_dir, hosts=hosts, feedback=feedback, runs=runs, uploads=uploads)
        Server(app).run([listener])


class Server(uvicorn.Server):
    """Lets open pages go when it ends, instead of waiting for people to close them."""

    def __init__(self, app: FastAPI) -> None:
        """Take the app whose pages hold their connection open."""
        # An answer that is on its way when the server ends gets so many seconds to arrive.
        config = uvicorn.Config(
            app, log_level="warning", server_header=False, timeout_graceful_shutdown=2
        )
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell Gradio first, which ends the stream that every open page listens to."""
        from gradio.routes import App

        for route in self._app.routes:
            if isinstance(route, Mount) and isinstance(route.app, App):
                route.app.stop_event.set()
        await super().shutdown(sockets)


@contextmanager
def served(app: FastAPI, listener: socket.socket | None = None) -> Iterator[str]:
    """Serve an app in the background, on this machine alone, and give its address.

    Args:
        listener: Where to listen; it stays the caller's to close. None for any free port.
    """
    with listener.dup() if listener else socket.create_server(("127.0.0.1", 0)) as door:
        server = Server(app)
        thread = threading.Thread(target=server.run, args=([door],), name="server", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_SECONDS_TO_END)


def _listening(host: str, port: int) -> socket.socket:
    """Open the address before anything is loaded, so that a taken port is told at once."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as problem:
        raise InputOutputError(
            f"The app cannot listen on {host}, port {port}: {problem.strerror or problem}. "
            f"Nothing was changed. Choose another port: askcorpus serve --port {port + 1}"
        ) from problem


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
