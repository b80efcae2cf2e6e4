"""QED's development file → a set in SQuAD form that no training has seen.

    python training/heldout.py qed-dev.jsonlines --data FOLDER --to nq-qed-dev.json.gz

QED (Lamm et al. 2020, arXiv 2009.06354) is the part of Natural Questions that the reader is
trained on; its development file is in github.com/google-research-datasets/QED. Paragraphs that
the training set holds too are left out, and answers of several spans, as the training set does.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from typing import Any

from examples import load


def heldout(lines: list[str], seen: set[str]) -> dict[str, Any]:
    """Give the questions about paragraphs not seen; one article a question."""
    articles = []
    for line in lines:
        example = json.loads(line)
        text = example["paragraph_text"]
        answers = [
            {"text": span["string"], "answer_start": span["start"]}
            for spans in example["original_nq_answers"]
            if len(spans) == 1
            for span in spans
        ]
        if text in seen or not answers:
            continue
        asked = {
            "id": str(example["example_id"]),
            "question": example["question_text"],
            "answers": answers,
        }
        paragraph = {"context": text, "qas": [asked]}
        articles.append({"title": example["title_text"], "paragraphs": [paragraph]})
    return {"version": "1.1", "data": articles}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("qed", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="holds what training saw")
    parser.add_argument("--to", type=Path, required=True)
    arguments = parser.parse_args()
    seen = {paragraph.text for paragraph in load(arguments.data, ["nq-qed-train"]).paragraphs}
    found = heldout(arguments.qed.read_text(encoding="utf-8").splitlines(), seen)
    with gzip.open(arguments.to, "wt", encoding="utf-8") as file:
        json.dump(found, file)
    print(f"{arguments.to}: {len(found['data'])} questions")
