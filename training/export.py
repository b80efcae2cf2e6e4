"""Turn a run into the model folder that ships: 8 bits a weight, no word embeddings.

    python training/export.py --work training/work --to src/askcorpus/data/reader

The weights are the mean of those at the ends of some cycles: on development questions it answers
better than any one of them. Word embeddings are frozen in training and equal those of the encoder's
file, so the reader takes them from there. `calibration.json` and the model card stay as they are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tomllib
from pathlib import Path

from reader import CONFIGURATION, mean_of_ends
from safetensors.torch import save_file
from transformers import BertConfig

from askcorpus.modelfiles import bundled_encoder_dir
from askcorpus.reader import WEIGHTS, WORD_EMBEDDINGS, packed


def export(work: Path, target: Path, cycles: list[int]) -> None:
    """Write the weights, `config.json` and `checksums.json`.

    Args:
        cycles: Numbers of those whose ends are averaged.
    """
    missing = [one for one in cycles if not (work / f"cycle-{one}.safetensors").exists()]
    if missing:
        sys.exit(f"cycle {missing[0]} has not come to its end in {work}: run training/reader.py on")
    target.mkdir(parents=True, exist_ok=True)
    mean = mean_of_ends(work, cycles)
    kept = {name: weight for name, weight in mean.items() if name != WORD_EMBEDDINGS}
    save_file(packed(kept), target / WEIGHTS, metadata={"format": "pt"})
    shape = BertConfig.from_pretrained(bundled_encoder_dir())
    shape.architectures = ["BertForQuestionAnswering"]
    (target / "config.json").write_text(shape.to_json_string(use_diff=True), encoding="utf-8")
    sums = {
        name: hashlib.sha256((target / name).read_bytes()).hexdigest()
        for name in ("config.json", WEIGHTS)
    }
    (target / "checksums.json").write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("training/work"))
    parser.add_argument("--to", type=Path, default=Path("src/askcorpus/data/reader"))
    arguments = parser.parse_args()
    with CONFIGURATION.open("rb") as file:
        export(arguments.work, arguments.to, tomllib.load(file)["ships"])
