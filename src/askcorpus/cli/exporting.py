"""`export`: the articles or passages of an index → JSON Lines, for other programs.

May import: typer.
"""

from __future__ import annotations

from typing import Annotated

import typer

from askcorpus.cli.options import DEFAULT_INDEX, AsJson, IndexDir, opened
from askcorpus.cli.output import print_json
from askcorpus.types import SCHEMA


def export(
    *,
    passages: Annotated[
        bool, typer.Option("--passages", help="The passages, not the articles.")
    ] = False,
    index_dir: IndexDir = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Print the cleaned articles as JSON Lines; such a file can be indexed again.

    With `--json` they come as one object.
    """
    with opened(index_dir) as corpus:
        records = corpus.passages if passages else corpus.articles
        rows = [record.to_dict() for record in records]
        if as_json:
            what = "passages" if passages else "articles"
            print_json({"schema": SCHEMA, what: rows, "generation": corpus.generation})
            return
        for row in rows:
            print_json(row)
