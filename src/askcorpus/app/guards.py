"""What stands before every route: who may ask, how much, for what, and what a page may load.

Gradio serves far more than the question page needs: uploads, a proxy, files of the machine,
recordings, an editor. Only the paths that the page and `gradio_client` use reach it; the list
says what is open, so that a route that a later version adds is closed.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askcorpus.types import SCHEMA

LARGEST_BODY = 64 * 1024
"""Bytes of a request. A question has at most 1,000 characters; nothing else is sent."""

LARGEST_UPLOAD = 100_000_000
"""Bytes of a form with files, where files may be added at all."""

UPLOAD = "/upload"

QUESTION_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "script-src-attr 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; frame-src 'none'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""For the Gradio page: without inline scripts and evaluation it does not render."""

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""For every other page: its stylesheets, its icon, its own forms; no script at all."""

_FOREVER = "public, max-age=31536000, immutable"
"""For Gradio's scripts and styles: the name of each holds a hash of what is in it."""

_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_OURS = re.compile(
    r"/(?:api/.*|article/[^/]*|articles|evaluation(?:/[^/]+){0,2}|upload"
    r"|askcorpus\.css|pages\.css|favicon\.ico|openapi\.json)"
)
_GRADIO = re.compile(
    r"/(?:|config/?|theme\.css|manifest\.json|(?:assets|static|svelte)/.+"
    r"|gradio_api/(?:info/?|startup-events|app_id/?|theme\.css|cancel|reset/?|queue/(?:join|data)"
    r"|heartbeat/\w+|call/(?:ask|search)(?:/\w+)?))"
)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guards:
    """Refuses what no page or client of the app sends, and labels what goes out."""

    def __init__(self, app: ASGIApp, closed: ASGIApp, *, uploads: bool = False) -> None:
        """Stand before an app.

        Args:
            app: Answers requests to open paths.
            closed: Answers requests to all others.
            uploads: Whether forms with files are let through to `UPLOAD`.
        """
        self.app = app
        self.closed = closed
        self.uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        labelled = _labelled(scope, send)
        if self.uploads and scope["path"] == UPLOAD and scope["method"] == "POST":
            await self._let_files_in(scope, receive, labelled)
            return
        refusal = _refusal(scope)
        body = b"" if refusal or scope["method"] in _SAFE_METHODS else await _read(receive)
        if body is None:
            refusal = _TOO_LARGE
        if refusal is not None:
            await _refuse(labelled, *refusal)
        else:
            safe = scope["method"] in _SAFE_METHODS
            replayed = receive if safe else _replay(body or b"", receive)
            app = self.app if is_open(scope["path"]) else self.closed
            await app(scope, replayed, labelled)

    async def _let_files_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a form with files through, unread: it is counted while it goes by."""
        refusal = _refusal(scope, LARGEST_UPLOAD)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        await self.app(scope, _counted(receive, LARGEST_UPLOAD), send)


_Refusal = tuple[int, str, str]
_TOO_LARGE: _Refusal = (
    413,
    "AC-TOO-LARGE",
    f"The request is larger than {LARGEST_BODY // 1024} kB; no question is as long.",
)
_UPLOAD_TOO_LARGE: _Refusal = (
    413,
    "AC-TOO-LARGE",
    f"More than {LARGEST_UPLOAD // 10**6} MB at once. Send fewer, or copy them into the folder.",
)
_FOREIGN: _Refusal = (
    403,
    "AC-FOREIGN",
    "Another site's page tried to use this server. Open the app at its own address.",
)


def _refusal(scope: Scope, largest: int = LARGEST_BODY) -> _Refusal | None:
    """Give the reason to refuse a request by its head alone; None to let it through."""
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > largest:
        return _TOO_LARGE if largest == LARGEST_BODY else _UPLOAD_TOO_LARGE
    if scope["method"] not in _SAFE_METHODS and _is_foreign(headers):
        return _FOREIGN
    return None


def is_open(path: str) -> bool:
    """Say whether a path is one that the app's pages or clients use."""
    return bool(_OURS.fullmatch(path) or _GRADIO.fullmatch(path))


def _is_foreign(headers: Headers) -> bool:
    """Say whether a browser sends this from another site's page."""
    if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


async def _read(receive: Receive) -> bytes | None:
    """Read a body up to the limit; None if it is larger, whatever its head said."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return body


def _counted(receive: Receive, largest: int) -> Receive:
    """Give a channel that breaks off where more comes than a body may hold."""
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > largest:
            raise HTTPException(413, _UPLOAD_TOO_LARGE[2])
        return message

    return counted


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give a channel that hands out a body that was read, then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _labelled(scope: Scope, send: Send) -> Send:
    """Give a channel that adds the headers which say what a page may do."""
    gradio = _GRADIO.fullmatch(scope["path"]) is not None

    async def labelled(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _COMMON.items():
                headers[name] = value
            headers.setdefault(
                "Content-Security-Policy", QUESTION_POLICY if gradio else PAGE_POLICY
            )
            if scope["path"].startswith("/assets/") and message["status"] == 200:
                headers.setdefault("Cache-Control", _FOREVER)
        await send(message)

    return labelled


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    body = json.dumps({"schema": SCHEMA, "error": {"code": code, "message": message}}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
