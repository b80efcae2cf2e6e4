"""`mcp`: an index → a server that programs which speak the Model Context Protocol start.

May import: integrations inside the command; typer.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from askcorpus.cli.options import (
    DEFAULT_INDEX,
    AsJson,
    EncoderName,
    IndexDir,
    ReaderName,
    opened,
    settings_of,
)
from askcorpus.cli.output import note, print_json
from askcorpus.settings import BUNDLED
from askcorpus.types import SCHEMA, Json


def mcp(
    *,
    index_dir: IndexDir = DEFAULT_INDEX,
    encoder: EncoderName = BUNDLED,
    reader: ReaderName = BUNDLED,
    as_json: AsJson = False,
) -> None:
    """Serve ask, search and read_article to an MCP client over stdin and stdout.

    A client starts this command itself; `--json` prints what its configuration needs, and ends.
    """
    if as_json:
        print_json({"schema": SCHEMA, "mcpServers": {"askcorpus": _entry(index_dir)}})
        return
    with opened(index_dir, settings_of(encoder, reader)) as corpus:
        from askcorpus.integrations.mcp import server

        if sys.stdin.isatty():
            note("An MCP client starts this command and speaks to it; end with Ctrl-C.")
            note("What its configuration needs is printed by: askcorpus mcp --json")
        server(corpus).run("stdio")


def _entry(index_dir: Path) -> Json:
    """Give how a client starts this server, from whatever folder it runs in."""
    command = shutil.which("askcorpus")
    start = [command] if command else [sys.executable, "-m", "askcorpus"]
    arguments = [*start[1:], "mcp", "--index", str(index_dir.resolve())]
    return {"command": start[0], "args": arguments}
