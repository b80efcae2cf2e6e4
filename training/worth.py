"""What each training set is worth: short trainings, each without one of the sets.

    python training/worth.py --data FOLDER --work FOLDER [--tokens N] [--limit N]

All begin with the encoder and learn from the same number of pieces, in one cycle of the recipe's
first kind; one more has the written questions too, as in the recipe's last cycle. A set's worth is
what F1 with the gold paragraph loses without it, on the same questions; intervals of 95 % by
resampling paragraphs. A run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import math
import tomllib
from pathlib import Path
from typing import Any

from examples import WRITTEN
from export import export
from reader import CONFIGURATION, train
from score import SETS, Scored, interval, score

from askcorpus.reader import ExtractiveReader

ALL = "all sets"


def variants(recipe: dict[str, Any], tokens: int) -> dict[str, dict[str, Any]]:
    """Give the recipe of each short training, by what sets it apart."""
    first, last = recipe["cycles"][0], recipe["cycles"][-1]
    written = {name: last[name] for name in ("written", "sibling", "missed")}
    cycles = [{**first, "tokens": tokens}]
    without = {
        f"without {left}": {name: share for name, share in recipe["data"].items() if name != left}
        for left in recipe["data"]
    }
    return {
        ALL: {**recipe, "cycles": cycles},
        **{name: {**recipe, "data": data, "cycles": cycles} for name, data in without.items()},
        f"with {WRITTEN}": {**recipe, "cycles": [{**cycles[0], **written}]},
    }


def difference(full: list[Scored], part: list[Scored]) -> str:
    """Give the mean change of F1 in points, paired by question, with its interval."""
    changes = [after.overlap - before.overlap for before, after in zip(full, part, strict=True)]
    return interval(changes, [one.paragraph for one in full])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=1_000_000)
    parser.add_argument("--limit", type=int, default=10_000, help="questions of each set")
    parser.add_argument("--sets", default=",".join(SETS), help="to score, without .json.gz")
    arguments = parser.parse_args()
    with CONFIGURATION.open("rb") as file:
        recipe = tomllib.load(file)
    full: dict[str, list[Scored]] = {}
    for variant, config in variants(recipe, arguments.tokens).items():
        work = arguments.work / variant.replace(" ", "-")
        train(arguments.data, work, config, math.inf)
        export(work, work / "reader", [1])
        print(variant, flush=True)
        reader = ExtractiveReader(str(work / "reader"))
        for name in arguments.sets.split(","):
            part = score(arguments.data, name, reader, arguments.limit)
            print(f"  change of F1 {difference(full.setdefault(name, part), part)}", flush=True)
