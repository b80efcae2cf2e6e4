"""Adding articles through the app: files of a form → the corpus folder → the index.

Off unless a folder was named when the app was started. Files go into that one folder, under names
that are made harmless and never over another file; then the index is brought up to date in the
usual way. The page is sent piece by piece while that goes on, so its progress needs no script.
"""

from __future__ import annotations

import hmac
import logging
import queue
import re
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from askcorpus.app.corpus_page import fix_of
from askcorpus.app.desk import sendable
from askcorpus.app.guards import LARGEST_UPLOAD
from askcorpus.app.pages import Pages, page_headers
from askcorpus.errors import AskCorpusError, LockedError, UsageError
from askcorpus.ingest import READ
from askcorpus.types import BuildReport, Progress

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus

MOST_FILES = 50
"""Files of one upload; more are better copied into the folder."""

LONGEST_NAME = 120
"""Bytes of a file name in UTF-8, without its suffix; file systems take 255."""

EVERY = 0.25
"""Seconds between two words on progress: faster is not read."""

_LOG = logging.getLogger(__name__)
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")

_OFF = (
    "Files cannot be added through this app. Put them into the folder of articles and run "
    "askcorpus index FOLDER, or start the app with: askcorpus serve --uploads FOLDER"
)


@dataclass(frozen=True, slots=True)
class Received:
    """A file that was sent.

    Attributes:
        name: As it is called in the folder; as it was sent where it was not kept.
        reason: Why it was not kept; empty if it was.
    """

    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One word on progress; the last carries what came of it.

    Attributes:
        problem: Why the index could not be brought up to date; empty if it could.
    """

    progress: Progress | None = None
    report: BuildReport | None = None
    problem: str = ""


@dataclass(slots=True)
class Uploads:
    """Where files go, and who may send them.

    Attributes:
        folders: All folders of the corpus; the first takes the files.
        token: Stands in the form: a page of another site does not know it.
    """

    folders: tuple[Path, ...]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _building: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, folders: Sequence[str | Path], corpus: Corpus) -> Uploads:
        """Take the folders that the index was made from.

        Raises:
            UsageError: One is no folder, or the index was made from others: bringing it up to
                date would then take their articles out.
        """
        paths = tuple(Path(folder).resolve() for folder in folders)
        for path in paths:
            if not path.is_dir():
                raise UsageError(
                    f"There is no folder {path}, so no file can be added to it. Nothing was "
                    "changed. Check its name."
                )
        made = sorted(map(str, corpus.manifest.get("folders", ())))
        if made != sorted(path.name for path in paths):
            raise UsageError(
                f"The index was made from {', '.join(made) or 'no folder'}, and files would be "
                f"added to {', '.join(path.name for path in paths)} alone: all other articles "
                "would be taken out. Nothing was changed. Name every folder of the index after "
                "--uploads, the one that takes the files first."
            )
        return cls(paths)

    def keep(self, sent: str, file: BinaryIO, largest: int) -> Received:
        """Put one file into the folder, under a harmless name and over no other file."""
        name = harmless(sent)
        if name is None:
            return Received(sent, f"files of this kind are not read; read are {', '.join(READ)}")
        size = file.seek(0, 2)
        if not 0 < size <= largest:
            much = f"{size:,} bytes, more than the {largest:,} that are read"
            return Received(sent, much if size else "an empty file")
        try:
            return self._put(name, file)
        except OSError as problem:
            _LOG.error("%s was not kept: %s", name, problem)
            return Received(sent, "it could not be written; the server's terminal says why")

    def _put(self, name: str, file: BinaryIO) -> Received:
        stem, suffix = Path(name).stem, Path(name).suffix
        for number in range(1, 1_000):
            chosen = name if number == 1 else f"{stem}-{number}{suffix}"
            path = self.folders[0] / chosen
            if path.is_file() and _same(path, file):
                return Received(chosen, "the same file is there already")
            file.seek(0)
            try:
                # Creating fails where anything has the name, a link that leads elsewhere included.
                with path.open("xb") as target:
                    shutil.copyfileobj(file, target)
            except FileExistsError:
                continue
            return Received(chosen)
        return Received(name, "a thousand files of this name are there already")

    def build(self, corpus: Corpus) -> Iterator[Step]:
        """Bring the index up to date; say from time to time how far it is."""
        steps: queue.Queue[Step] = queue.Queue()
        worker = threading.Thread(target=self._work, args=(corpus, steps), daemon=True)
        worker.start()
        said, stage = 0.0, ""
        while True:
            step = steps.get()
            if step.progress is None:
                yield step
                return
            now = time.monotonic()
            if now - said >= EVERY or step.progress.stage != stage:
                said, stage = now, step.progress.stage
                yield step

    def _work(self, corpus: Corpus, steps: queue.Queue[Step]) -> None:
        """Build in a thread of its own: a visitor who leaves does not stop it halfway."""
        last = Step(problem="Something went wrong on the server; its terminal says what.")
        try:
            with self._building:
                report = corpus.update(
                    self.folders, progress=lambda progress: steps.put(Step(progress))
                )
            last = Step(report=report)
        except AskCorpusError as problem:
            last = Step(problem=_in_words(problem))
        finally:
            steps.put(last)


def harmless(sent: str) -> str | None:
    """Give a file name that can do no harm; None where files of its kind are not read.

    Whatever stands before the last slash, forward or backward, is dropped; so are characters
    that some system gives a meaning, and dots at the start, which would hide the file.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", sendable(sent)))[-1]
    kept = _UNFIT.sub("", "".join(char for char in last if char.isprintable())).strip(" .")
    suffix = Path(kept).suffix.lower()
    stem = kept[: len(kept) - len(suffix)].strip(" .")
    if suffix not in READ or not stem:
        return None
    short = stem.encode()[:LONGEST_NAME].decode(errors="ignore").strip(" .")
    return f"_{short}{suffix}" if _DEVICES.match(f"{short}{suffix}") else f"{short}{suffix}"


def _same(path: Path, file: BinaryIO) -> bool:
    """Tell whether a file holds the same bytes."""
    file.seek(0)
    return path.read_bytes() == file.read()


def _in_words(problem: AskCorpusError) -> str:
    """Say to a visitor why the index was not brought up to date; paths go to the log only."""
    if isinstance(problem, LockedError):
        return (
            "Another run is writing the index at the moment. The files are kept, and will be in "
            "the index once it has been brought up to date: askcorpus index FOLDER"
        )
    _LOG.error("%s: %s", problem.code, problem)
    return (
        f"The index could not be brought up to date ({problem.code}). The files are kept, and "
        "questions are answered from the articles as they were. The terminal says why."
    )


# --- the pages --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UploadPages:
    """The form and what comes of it; `uploads` is None where files cannot be added."""

    pages: Pages
    uploads: Uploads | None

    def form(self) -> Response:
        """Show the form, or how to make files welcome."""
        if self.uploads is None:
            return self.pages.error(404, _OFF)
        return self.pages.show(
            "upload.html",
            token=self.uploads.token,
            kinds=READ,
            most_files=MOST_FILES,
            most_bytes=LARGEST_UPLOAD,
            largest=self.pages.desk.corpus.settings.max_file_bytes,
        )

    async def receive(self, request: Request) -> Response:
        """Keep the files of a form, then send the page while the index is brought up to date."""
        if self.uploads is None:
            raise HTTPException(404, _OFF)
        async with request.form(max_files=MOST_FILES, max_fields=4) as form:
            token = form.get("token")
            known = isinstance(token, str) and hmac.compare_digest(
                token.encode(), self.uploads.token.encode()
            )
            if not known:
                raise HTTPException(403, "The form is of an earlier start. Open it again: /upload")
            files = [each for each in form.getlist("files") if isinstance(each, UploadFile)]
            received = await run_in_threadpool(self._keep, self.uploads, files)
        return StreamingResponse(
            self._told(self.uploads, received),
            status_code=200 if any(not each.reason for each in received) else 422,
            media_type="text/html; charset=utf-8",
            headers=page_headers(),
        )

    def _keep(self, uploads: Uploads, files: Sequence[UploadFile]) -> list[Received]:
        largest = self.pages.desk.corpus.settings.max_file_bytes
        sent = [each for each in files if each.filename]
        return [uploads.keep(each.filename or "", each.file, largest) for each in sent]

    def _told(self, uploads: Uploads, received: Sequence[Received]) -> Iterator[str]:
        """Give the page in pieces: what was received, how far the index is, what came of it."""
        kept = [each for each in received if not each.reason]
        corpus = self.pages.desk.corpus
        return self.pages.stream(
            "uploaded.html",
            received=received,
            kept=kept,
            steps=uploads.build(corpus) if kept else (),
            outcome=lambda: _outcome(corpus, kept),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the index made of the files that were kept.

    Attributes:
        articles: Number and title of each article that came of them.
        skipped: Name, reason and remedy of each that gave none.
    """

    articles: tuple[tuple[int, str], ...]
    skipped: tuple[tuple[str, str, str], ...]


def _outcome(corpus: Corpus, kept: Sequence[Received]) -> Outcome:
    names = {each.name for each in kept}
    articles = [one for one in corpus.articles if one.article_id.partition("#")[0] in names]
    numbers = [(corpus.article_number(one.article_id), one) for one in articles]
    skipped = [each for each in corpus.skipped if each.path.partition("#")[0] in names]
    return Outcome(
        tuple((number, one.title or one.article_id) for number, one in numbers[:MOST_FILES]),
        tuple((each.path, each.reason, fix_of(each.reason)[1]) for each in skipped[:MOST_FILES]),
    )


def routes(shown: UploadPages) -> APIRouter:
    """Give the routes of the form."""
    router = APIRouter()

    @router.get("/upload", include_in_schema=False)
    def form() -> Response:
        return shown.form()

    @router.post("/upload", include_in_schema=False)
    async def receive(request: Request) -> Response:
        return await shown.receive(request)

    return router
