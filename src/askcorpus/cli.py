"""The command line: one command, one call of the package, one printed result.

Data goes to stdout, progress and messages to stderr; colour and bars only where a person looks.
Exit codes: 0 done or answered, 1 nothing found that answers, 2 usage, 65 bad data or index,
69 a model is missing, 70 a bug, 73 cannot create, 74 input or output, 75 locked, 130 interrupted.

May import: all rooms, those that load models only inside the command that needs them; typer
and rich.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askcorpus import __version__
from askcorpus.errors import AskCorpusError, DataError, IndexMissingError, UsageError
from askcorpus.render import (
    date_in_words,
    printable,
    quote_in_context,
    source_line,
    verdict,
    visible,
)
from askcorpus.settings import BUNDLED, Settings
from askcorpus.types import SCHEMA, Json, Progress

if TYPE_CHECKING:
    from askcorpus.corpus import Corpus
    from askcorpus.maintenance import Check, Examination
    from askcorpus.types import Answer, Article, BuildReport, Citation, Hit

NOTHING_FOUND = 1
BUG = 70
INPUT_OUTPUT = 74
INTERRUPTED = 130

CLOSEST_SHOWN = 3
"""Passages shown where nothing answers: more of what does not answer is noise."""

WATCH_SECONDS = 2.0
"""Between two looks at the folders of `index --watch`."""

app = typer.Typer(
    name="askcorpus",
    help="Ask a folder of articles a question; get the answer in the article's own words.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

IndexDir = Annotated[Path, typer.Option("--index", metavar="DIR", help="Folder of the index.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Since = Annotated[
    str | None, typer.Option(metavar="DATE", help="Only articles published on DATE or later.")
]
Until = Annotated[
    str | None, typer.Option(metavar="DATE", help="Only articles published on DATE or earlier.")
]
Publisher = Annotated[str | None, typer.Option(metavar="NAME", help="Only this publisher's.")]
EncoderName = Annotated[
    str, typer.Option("--encoder", metavar="MODEL", help="Folder or hub name of an encoder.")
]
ReaderName = Annotated[
    str, typer.Option("--reader", metavar="MODEL", help="Folder or hub name of a reader.")
]

DEFAULT_INDEX = Path("embeddings")


# --- starting and ending ---------------------------------------------------------------------


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its escape, not a crash.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; every failure ends in one clear message."""
    arguments, debug = _take_debug(arguments)
    try:
        app(args=arguments, prog_name="askcorpus")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # the outermost edge: nothing may pass it bare
        if debug:
            raise
        return _explain(error, as_json="--json" in arguments)
    return 0


def _take_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    # `--debug` is understood anywhere before `--`, as that is where people add it.
    stop = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [word for word in arguments[:stop] if word != "--debug"]
    return [*kept, *arguments[stop:]], len(kept) < stop


def _explain(error: Exception, *, as_json: bool) -> int:
    """Say on stderr what went wrong, on stdout too where JSON was asked for."""
    code, exit_code, message = _describe(error)
    if as_json:
        with contextlib.suppress(typer.Exit):
            _print_json({"schema": SCHEMA, "error": {"code": code, "message": message}})
    _note(f"askcorpus: {message}")
    return exit_code


def _describe(error: Exception) -> tuple[str, int, str]:
    if isinstance(error, AskCorpusError):
        return error.code, error.exit_code, str(error)
    if isinstance(error, OSError):
        return "AC-IO", INPUT_OUTPUT, f"Reading or writing failed: {error}."
    message = (
        f"This is a bug in askcorpus: {type(error).__name__}: {error}. Your articles and index "
        "are untouched. Run the command again with --debug to see where it happened."
    )
    return "AC-BUG", BUG, message


def _show_version(wanted: bool) -> None:  # noqa: FBT001  # the form of a typer callback
    if wanted:
        _print(f"askcorpus {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version)
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; works anywhere.")
    ] = False,
) -> None:
    """Hold the options of all commands; both are acted on before this runs."""


# --- printing --------------------------------------------------------------------------------


def _print(text: str) -> None:
    """Write a line of data; a reader that has gone away, as `head` does, ends the run quietly."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def _print_json(payload: Json) -> None:
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    _print(json.dumps(payload, ensure_ascii=not utf8))


def _give(payload: Json, lines: Iterable[str], *, as_json: bool) -> None:
    """Print a result: its JSON object, or its lines (corpus text in them made visible before)."""
    if as_json:
        _print_json(payload)
    else:
        _print("\n".join(lines))


def _note(text: str) -> None:
    """Write a line for the person at the terminal."""
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(f"{printable(text)}\n")
        sys.stderr.flush()


# --- opening and asking ----------------------------------------------------------------------


def _settings(encoder: str = BUNDLED, reader: str = BUNDLED) -> Settings:
    return replace(Settings(), encoder=encoder, reader=reader)


@contextlib.contextmanager
def _opened(index_dir: Path, settings: Settings | None = None) -> Iterator[Corpus]:
    """Open the corpus for one command; a missing index is noticed before a model is loaded."""
    if not index_dir.is_dir():
        raise IndexMissingError(str(index_dir))
    from askcorpus.corpus import Corpus

    with Corpus.open(index_dir, settings=settings or _settings()) as corpus:
        yield corpus


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[Progress], None]]:
    """Give a function that draws progress on stderr, or does nothing off a terminal."""
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as display:
        tasks: dict[str, bars.TaskID] = {}

        def draw(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = display.add_task(visible(progress.stage))
            task = tasks[progress.stage]
            display.update(task, completed=progress.done, total=progress.total)

        yield draw


# --- index -----------------------------------------------------------------------------------


@app.command()
def index(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Article folders.")],
    *,
    index_dir: IndexDir = DEFAULT_INDEX,
    watch: Annotated[bool, typer.Option("--watch", help="Keep the index up to date.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Embed everything again.")] = False,
    encoder: EncoderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Bring the index up to date with folders of articles; unchanged text is not embedded again."""
    settings = _settings(encoder)
    before = _signature(folders)
    _index_once(folders, index_dir, settings=settings, rebuild=rebuild, as_json=as_json)
    if not watch:
        return
    _note(f"Watching {', '.join(map(str, folders))}; end with Ctrl-C.")
    for _ in _changes(lambda: _signature(folders), before):
        try:
            _index_once(folders, index_dir, settings=settings, rebuild=False, as_json=as_json)
        except AskCorpusError as error:
            # What is wrong now may be mended by the next change; the last good index stays.
            _explain(error, as_json=as_json)


def _index_once(
    folders: list[Path], index_dir: Path, *, settings: Settings, rebuild: bool, as_json: bool
) -> None:
    for folder in folders:
        if not folder.is_dir():
            kind = "is not a folder" if folder.exists() else "does not exist"
            message = (
                f"{folder} {kind}. The index was not changed. Name a folder that holds articles: "
                f"askcorpus index FOLDER --index {index_dir}"
            )
            raise DataError(message)
    from askcorpus.corpus import Corpus

    with _bars() as draw:
        report = Corpus.build(folders, index_dir, settings=settings, rebuild=rebuild, progress=draw)
    _give(report.to_dict(), _report_lines(report, index_dir), as_json=as_json)


def _report_lines(report: BuildReport, index_dir: Path) -> Iterator[str]:
    yield (
        f"added {report.added}, changed {report.changed}, removed {report.removed}, "
        f"unchanged {report.unchanged}, skipped {len(report.skipped)}"
    )
    for skipped in report.skipped:
        yield f"  skipped {visible(skipped.path)}: {visible(skipped.reason)}"
    # Where little is embedded, passages by time would flatter: the rate is of what was done.
    rate = report.embedded / report.seconds if report.seconds else 0.0
    speed = f", {rate:.0f} passages/s" if report.embedded else ""
    yield (
        f"{report.passages} passages ({report.embedded} embedded) in {report.seconds:.1f} s"
        f"{speed}; generation {report.generation} in {index_dir}"
    )


Signature = frozenset[tuple[str, int, int, int]]


def _signature(folders: Iterable[str | Path]) -> Signature:
    """Give path, size, time of change and file number of every file below the folders."""
    found: set[tuple[str, int, int, int]] = set()
    for folder in folders:
        # A file or folder may vanish between two looks: that is a change, not an error.
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found |= _signature([entry.path])
                    continue
                status = entry.stat(follow_symlinks=False)
                found.add((entry.path, status.st_size, status.st_mtime_ns, status.st_ino))
    return frozenset(found)


def _changes(
    look: Callable[[], Signature], seen: Signature, pause: float = WATCH_SECONDS
) -> Iterator[None]:
    """Yield whenever what is seen has changed and then stood still for one pause."""
    waiting = seen
    while True:
        time.sleep(pause)
        now = look()
        if now == waiting and now != seen:
            seen = now
            yield
        waiting = now


# --- ask, search, chat -----------------------------------------------------------------------


@app.command()
def ask(
    question: Annotated[
        str,
        typer.Argument(
            metavar="QUESTION", help="The question; `-` reads questions, one a line, from stdin."
        ),
    ],
    *,
    since: Since = None,
    until: Until = None,
    publisher: Publisher = None,
    k: Annotated[int | None, typer.Option("-k", min=1, help="Passages read.")] = None,
    why: Annotated[bool, typer.Option("--why", help="Show each stage of each passage.")] = False,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Answer a question in the article's own words, with the place; or say that nothing does."""
    questions = _stdin_lines() if question == "-" else [question]
    with _opened(index_dir, _settings(encoder, reader)) as corpus:

        def answer(text: str) -> bool:
            found = corpus.ask(text, k, since=since, until=until, publisher=publisher)
            payload = found.to_dict() | ({"why": found.why()} if why else {})
            lines = [*_answer_lines(found), *(_why_lines(found) if why else ())]
            if question == "-":
                lines = [f"> {visible(text)}", *lines, ""]
            _give(payload, lines, as_json=as_json)
            return found.text is not None

        if question == "-":
            raise typer.Exit(_ask_all(questions, answer, as_json=as_json))
        if not answer(question):
            raise typer.Exit(NOTHING_FOUND)


def _stdin_lines() -> Iterator[str]:
    return (line for raw in sys.stdin if (line := raw.strip()))


def _ask_all(questions: Iterable[str], answer: Callable[[str], bool], *, as_json: bool) -> int:
    """Answer each question; one that is refused is named, and the others go on."""
    answered, refused = False, 0
    for question in questions:
        try:
            answered |= answer(question)
        except UsageError as error:
            refused = _explain(error, as_json=as_json)
    return refused or (0 if answered else NOTHING_FOUND)


@app.command()
def search(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What to look for.")],
    *,
    since: Since = None,
    until: Until = None,
    publisher: Publisher = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Passages given.")] = 5,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Find the passages that are nearest to a question, best first; no answer is read."""
    with _opened(index_dir, _settings(encoder)) as corpus:
        hits = corpus.search(question, k, since=since, until=until, publisher=publisher)
        payload = {
            "schema": SCHEMA,
            "question": question,
            "passages": [hit.to_dict() for hit in hits],
            "generation": corpus.generation,
        }
        lines = _hit_lines(hits) if hits else ["Nothing found in this corpus."]
        _give(payload, lines, as_json=as_json)
    if not hits:
        raise typer.Exit(NOTHING_FOUND)


@app.command()
def chat(
    *,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Ask in turns: `and when?` and pronouns are understood from the turns before."""
    from askcorpus.chat import Conversation

    with _opened(index_dir, _settings(encoder, reader)) as corpus:
        conversation = Conversation(corpus)
        for question in _turns():
            try:
                turn = conversation.ask(question)
            except UsageError as error:
                _explain(error, as_json=as_json)
                continue
            if turn.rewritten:
                _note(f"(asked as: {turn.asked})")
            payload = turn.answer.to_dict() | {"typed": turn.question, "rewritten": turn.rewritten}
            _give(payload, [*_answer_lines(turn.answer), ""], as_json=as_json)


def _turns() -> Iterator[str]:
    """Give one question after the other until the input ends; a prompt only at a terminal."""
    while True:
        if sys.stdin.isatty():
            sys.stderr.write("? ")
            sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.strip()


# --- answers as lines ------------------------------------------------------------------------


def _answer_lines(answer: Answer) -> Iterator[str]:
    if answer.text is None:
        yield f"{verdict(answer)}."
        if answer.passages:
            yield "Closest passages; they may not answer:"
            yield from _hit_lines(answer.passages[:CLOSEST_SHOWN])
        return
    yield printable(answer.text)
    yield f"{verdict(answer)} (confidence {answer.confidence:.2f})"
    for citation in answer.citations:
        yield from _citation_lines(citation)
    for other in answer.alternatives:
        yield ""
        yield f"Another answer: {printable(other.text)} (confidence {other.confidence:.2f})"
        for citation in other.citations:
            yield from _citation_lines(citation)


def _citation_lines(citation: Citation) -> Iterator[str]:
    quote = quote_in_context(citation, ())
    yield ""
    sentence = f"{printable(quote.before)}{_marked(quote.marked)}{printable(quote.after)}"
    yield textwrap.indent(sentence, "  ")
    yield f"  {source_line(citation)}"
    yield (
        f"  {visible(citation.article_id)} ¶{citation.paragraph} "
        f"characters {citation.start}–{citation.end}"
    )


def _marked(quote: str) -> str:
    """Mark a quote in its sentence: bold where a person looks, between « » where it is data."""
    bold = (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )
    return f"\x1b[1;4m{printable(quote)}\x1b[0m" if bold else f"«{printable(quote)}»"


def _hit_lines(hits: Iterable[Hit]) -> Iterator[str]:
    for hit in hits:
        passage = hit.passage
        yield ""
        yield textwrap.indent(printable(passage.text), "  ")
        yield (
            f"  {visible(passage.article_id)} characters {passage.start}–{passage.end}, "
            f"score {hit.score:.3f}"
        )


def _why_lines(answer: Answer) -> Iterator[str]:
    yield ""
    yield "Why: passages in the order of the retriever, with the reader's candidates (log-odds)"
    for rank, stage in enumerate(answer.stages, start=1):
        signals = stage.hit.signals
        passage = stage.hit.passage
        yield (
            f"  {rank}. {visible(passage.article_id)} {passage.start}–{passage.end} "
            f"score {stage.hit.score:.3f}; "
            f"dense {_ranked(signals.dense_rank, signals.cosine)}, "
            f"lexical {_ranked(signals.lexical_rank, signals.bm25)}"
        )
        for quote, score in stage.spans:
            yield f"       {score:+.2f}  {visible(quote)}"
    if answer.best_rejected is not None:
        yield f"  best rejected: {visible(answer.best_rejected)} ({answer.confidence:.2f})"


def _ranked(rank: int | None, value: float | None) -> str:
    return "not listed" if rank is None or value is None else f"#{rank} ({value:.3f})"


# --- serve -----------------------------------------------------------------------------------


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 7860,
    index_dir: IndexDir = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Serve the app: questions, articles, and the same answers as JSON."""
    if not index_dir.is_dir():
        raise IndexMissingError(str(index_dir))
    from askcorpus.app import serve as serve_app

    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if host not in {"127.0.0.1", "localhost", "::1"}:
        _note(f"Warning: {host} lets other machines ask and read every article; no password.")
    if as_json:
        _print_json({"schema": SCHEMA, "url": address})
    _note(f"askcorpus serves {index_dir} on {address}; end with Ctrl-C.")
    serve_app(index_dir, host=host, port=port)


# --- list, show ------------------------------------------------------------------------------


@app.command(name="list")
def list_articles(*, index_dir: IndexDir = DEFAULT_INDEX, as_json: AsJson = False) -> None:
    """List the articles: title, publisher, authors, date, and where each of these was found."""
    with _opened(index_dir) as corpus:
        payload = {
            "schema": SCHEMA,
            "articles": [_summary(corpus, article) for article in corpus.articles],
            "skipped": [skipped.to_dict() for skipped in corpus.skipped],
            "generation": corpus.generation,
        }
        lines = [line for article in corpus.articles for line in _article_lines(corpus, article)]
        lines += [f"skipped {visible(s.path)}: {visible(s.reason)}" for s in corpus.skipped]
    _give(payload, lines, as_json=as_json)


def _summary(corpus: Corpus, article: Article) -> Json:
    """Give an article without its text."""
    left_out = ("schema", "text", "paragraphs", "removed")
    record = {key: value for key, value in article.to_dict().items() if key not in left_out}
    return {
        "number": corpus.article_number(article.article_id),
        **record,
        "characters": len(article.text),
        "paragraphs": len(article.paragraphs),
        "removed": len(article.removed),
    }


def _article_lines(corpus: Corpus, article: Article) -> Iterator[str]:
    yield f"{corpus.article_number(article.article_id):>3}  {visible(article.article_id)}"
    yield f"     {visible(article.title or 'no title')}"
    authors = ", ".join(article.authors) or "no author named"
    details = [article.publisher or "no publisher named", authors, date_in_words(article.published)]
    yield f"     {visible(' · '.join(details))}"
    for fact in article.facts:
        yield f"     {fact.field}: {visible(fact.value)} ({visible(fact.where)})"
    for warning in article.warnings:
        yield f"     note: {visible(warning)}"


@app.command()
def show(
    article: Annotated[
        str,
        typer.Argument(
            metavar="ARTICLE", help="Id or number of the article, or how its id begins."
        ),
    ],
    *,
    removed: Annotated[bool, typer.Option("--removed", help="Show what was taken out.")] = False,
    index_dir: IndexDir = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Show one article with its numbered paragraphs, or what was taken out of its file."""
    with _opened(index_dir) as corpus:
        found = _find_article(corpus, article)
        payload = {"number": corpus.article_number(found.article_id), **found.to_dict()}
        head = list(_article_lines(corpus, found))
    body = _removed_lines(found) if removed else _paragraph_lines(found)
    _give(payload, [*head, "", *body], as_json=as_json)


def _find_article(corpus: Corpus, wanted: str) -> Article:
    """Find an article by its id, its number, or a beginning that only its id has."""
    ids = [article.article_id for article in corpus.articles]
    if wanted in ids:
        return corpus.article(wanted)
    # `002` is how a file's name begins, `2` is a number.
    by_number = (
        corpus.article_at(int(wanted)) if re.fullmatch(r"[1-9][0-9]{0,17}", wanted) else None
    )
    if by_number is not None:
        return by_number
    matches = [article_id for article_id in ids if article_id.startswith(wanted)]
    if len(matches) == 1:
        return corpus.article(matches[0])
    problem = f"{len(matches)} articles begin with" if matches else "No article is"
    message = f"{problem} {wanted!r}. The articles are listed by: askcorpus list"
    raise DataError(message)


def _paragraph_lines(article: Article) -> Iterator[str]:
    for number, paragraph in enumerate(article.paragraphs, start=1):
        kind = "" if paragraph.kind == "body" else f"[{paragraph.kind}] "
        yield f"¶{number} {kind}{printable(article.text[paragraph.start : paragraph.end])}"


def _removed_lines(article: Article) -> Iterator[str]:
    if not article.removed:
        yield "Nothing was taken out of this file."
    for removed in article.removed:
        place = f"line {removed.line}, " if removed.line else ""
        yield f"[{place}{visible(removed.reason)}] {printable(removed.text)}"


# --- eval, compare ---------------------------------------------------------------------------


class Split(StrEnum):
    """Which part of the questions is asked."""

    DEV = "dev"
    TEST = "test"
    ALL = "all"


@app.command(name="eval")
def evaluate(
    questions: Annotated[
        Path, typer.Argument(metavar="[QUESTIONS]", help="JSONL file of questions and answers.")
    ] = Path("eval/questions.jsonl"),
    *,
    split: Annotated[Split, typer.Option(help="Part of the questions.")] = Split.ALL,
    run_file: Annotated[
        Path | None, typer.Option("--run", metavar="FILE", help="Write a line a question there.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the intervals.")] = 0,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Measure the answers to questions whose answers are known, and list every wrong one."""
    from askcorpus import evaluation

    with _opened(index_dir, _settings(encoder, reader)) as corpus, _bars() as draw:
        report = evaluation.evaluate(
            corpus, questions, split=split.value, run_path=run_file, seed=seed, progress=draw
        )
    _give(report.to_dict(), [printable(report.to_text())], as_json=as_json)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(metavar="RUN", help="Run file to compare with.")],
    after: Annotated[Path, typer.Argument(metavar="RUN", help="Run file to judge.")],
    *,
    gate: Annotated[bool, typer.Option("--gate", help="Fail where the second is worse.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the intervals.")] = 0,
    index_dir: IndexDir = DEFAULT_INDEX,  # noqa: ARG001  # taken by every command, unused here
    as_json: AsJson = False,
) -> None:
    """Set two evaluation runs side by side: paired differences, and every answer that flipped."""
    from askcorpus import evaluation

    comparison = evaluation.compare(before, after, seed=seed)
    _give(comparison.to_dict(), [printable(comparison.to_text())], as_json=as_json)
    if gate and comparison.worse:
        raise typer.Exit(NOTHING_FOUND)


# --- check, doctor ---------------------------------------------------------------------------


@app.command()
def check(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make a damaged index anew from its stored articles.")
    ] = False,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Verify every checksum and invariant of the index; mend it on request."""
    from askcorpus import maintenance

    found = maintenance.check(index_dir)
    repaired = bool(found.problems) and repair
    if repaired:
        for problem in found.problems:
            _note(problem)
        _mend(index_dir, _settings(encoder))
        found = maintenance.check(index_dir)
    _give(
        found.to_dict() | {"repaired": repaired},
        _check_lines(found, repaired=repaired),
        as_json=as_json,
    )
    if found.problems:
        raise typer.Exit(DataError.exit_code)


def _mend(index_dir: Path, settings: Settings) -> None:
    from askcorpus.corpus import Corpus

    Corpus.repair(index_dir, settings=settings)


def _check_lines(found: Check, *, repaired: bool) -> Iterator[str]:
    if found.problems:
        yield from map(visible, found.problems)
        yield f"{len(found.problems)} problems. Your articles are untouched."
        return
    yield (
        f"{'Repaired and sound' if repaired else 'Sound'}: generation {found.generation}, "
        f"{found.articles} articles, {found.passages} passages, {found.files} files."
    )


@app.command()
def doctor(
    *,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Say what is installed, which models, where, and whether all works offline."""
    from askcorpus.maintenance import examine

    found = examine(index_dir, _settings(encoder, reader))
    _give(found.to_dict(), _examination_lines(found), as_json=as_json)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _examination_lines(found: Examination) -> Iterator[str]:
    yield f"askcorpus {found.version}, Python {found.python}, {found.system}"
    yield ", ".join(f"{name} {version}" for name, version in found.packages)
    for finding in found.findings:
        yield f"{'BAD' if finding.exit_code else 'ok':<4} {finding.part}: {visible(finding.text)}"
