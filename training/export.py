"""Turn a run into the model folder that ships: half precision, no word embeddings.

    python training/export.py --work training/work --to src/askcorpus/data/reader

The weights are the mean of those at the ends of the cycles: on development questions it tells
right answers from wrong ones better than either end does. Word embeddings are frozen in training
and equal those of the encoder's file, so the reader takes them from there. `calibration.json` and
the model card are kept as they are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from reader import mean_of_ends
from safetensors.torch import save_file
from transformers import BertConfig

from askcorpus.modelfiles import bundled_encoder_dir
from askcorpus.reader import WORD_EMBEDDINGS


def export(work: Path, target: Path) -> None:
    """Write `reader.safetensors`, `config.json` and `checksums.json`."""
    target.mkdir(parents=True, exist_ok=True)
    mean = mean_of_ends(work)
    if not mean:
        sys.exit(f"no cycle has come to its end in {work}: run training/reader.py on")
    kept = {name: weight.half() for name, weight in mean.items() if name != WORD_EMBEDDINGS}
    save_file(kept, target / "reader.safetensors", metadata={"format": "pt"})
    shape = BertConfig.from_pretrained(bundled_encoder_dir())
    shape.architectures = ["BertForQuestionAnswering"]
    (target / "config.json").write_text(shape.to_json_string(use_diff=True), encoding="utf-8")
    sums = {
        name: hashlib.sha256((target / name).read_bytes()).hexdigest()
        for name in ("config.json", "reader.safetensors")
    }
    (target / "checksums.json").write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("training/work"))
    parser.add_argument("--to", type=Path, default=Path("src/askcorpus/data/reader"))
    arguments = parser.parse_args()
    export(arguments.work, arguments.to)
