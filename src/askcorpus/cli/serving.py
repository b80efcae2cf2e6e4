"""`serve`: an index → the app on an address.

May import: app inside the command; typer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from askcorpus.cli.options import DEFAULT_INDEX, AsJson, IndexDir
from askcorpus.cli.output import HOST, PORT, note, print_json
from askcorpus.errors import IndexMissingError
from askcorpus.types import SCHEMA


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = HOST,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = PORT,
    runs: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Evaluation runs to show; eval/runs beside the index."),
    ] = None,
    uploads: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="Let files be added there; name all of the index's."),
    ] = None,
    feedback: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where readers' judgements are added; INDEX-feedback.jsonl beside the index.",
        ),
    ] = None,
    keep_feedback: Annotated[
        bool, typer.Option("--keep-feedback/--no-feedback", help="Let readers judge answers.")
    ] = True,
    index_dir: IndexDir = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Serve the app: questions, articles, and the same answers as JSON."""
    if not index_dir.is_dir():
        raise IndexMissingError(str(index_dir))
    from askcorpus.app import feedback_beside
    from askcorpus.app import serve as serve_app

    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if host not in {"127.0.0.1", "localhost", "::1"}:
        note(f"Warning: {host} lets other machines ask and read every article; no password.")
    if as_json:
        print_json({"schema": SCHEMA, "url": address})
    note(f"askcorpus serves {index_dir} on {address}; end with Ctrl-C.")
    kept = (feedback or feedback_beside(index_dir)) if keep_feedback else None
    serve_app(index_dir, host=host, port=port, feedback=kept, runs=runs, uploads=uploads or ())
