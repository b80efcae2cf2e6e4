"""The command line: one command, one call of the package, one printed result.

Data goes to stdout, progress and messages to stderr; colour and bars only where a person looks.
Exit codes: 0 done or answered, 1 nothing found that answers, 2 usage, 65 bad data or index,
69 a model is missing, 70 a bug, 73 cannot create, 74 input or output, 75 locked, 130 interrupted.

May import: all rooms, those that load models only inside the command that needs them; typer
and rich. A module beside this one holds the commands of one kind; the table here names them all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from askcorpus import __version__
from askcorpus.cli import (
    asking,
    calibration,
    connecting,
    evaluation,
    exporting,
    health,
    indexing,
    looking,
    serving,
)
from askcorpus.cli.failures import INTERRUPTED, explain
from askcorpus.cli.grouping import in_order
from askcorpus.cli.output import print_line

COMMANDS: dict[str, Callable[..., None] | typer.Typer] = {
    "index": indexing.index,
    "ask": asking.ask,
    "search": asking.search,
    "chat": asking.chat,
    "serve": serving.serve,
    "mcp": connecting.mcp,
    "list": looking.list_articles,
    "show": looking.show,
    "export": exporting.export,
    "eval": evaluation.group,
    "compare": evaluation.compare,
    "calibrate": calibration.calibrate,
    "check": health.check,
    "doctor": health.doctor,
}
"""Every command, in the order of the help."""

app = typer.Typer(
    name="askcorpus",
    cls=in_order(tuple(COMMANDS)),
    help="Ask a folder of articles a question; get the answer in the article's own words.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its escape, not a crash.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; every failure ends in one clear message."""
    arguments, debug = take_debug(arguments)
    try:
        app(args=arguments, prog_name="askcorpus")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # the outermost edge: nothing may pass it bare
        if debug:
            raise
        return explain(error, as_json="--json" in arguments)
    return 0


def take_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Take `--debug` out of anywhere before `--`, as that is where people add it."""
    stop = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [word for word in arguments[:stop] if word != "--debug"]
    return [*kept, *arguments[stop:]], len(kept) < stop


def _show_version(wanted: bool) -> None:  # noqa: FBT001  # the form of a typer callback
    if wanted:
        print_line(f"askcorpus {__version__}")
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


for _name, _command in COMMANDS.items():
    if isinstance(_command, typer.Typer):
        app.add_typer(_command, name=_name)
    else:
        app.command(name=_name)(_command)
