"""How fast passages are embedded, beside `SentenceTransformer.encode` at its defaults.

    python benchmarks/embedding.py [--paragraphs 600] [--rounds 3] [--goal 1.8]

Both embed the same paragraphs of 40 to 220 word pieces, made of sentences of the seed articles,
in one process, in turns. Printed as JSON: paragraphs a second (best round), their ratio, and the
least cosine between the two vectors of a paragraph. Ends with 1 where the ratio is below the goal.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from askcorpus.encoder import SentenceEncoder

SEEDS = Path(__file__).parents[1] / "seeds"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paragraphs", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--goal", type=float, default=1.8)
    arguments = parser.parse_args()
    encoder = SentenceEncoder()
    texts = paragraphs(encoder, arguments.paragraphs)
    result = compare(encoder, texts, arguments.rounds)
    print(json.dumps({**result, "goal": arguments.goal}, indent=1))
    return 0 if result["ratio"] >= arguments.goal else 1


def paragraphs(encoder: SentenceEncoder, count: int) -> list[str]:
    """Make paragraphs of mixed length, every one different."""
    noise = random.Random(1)
    lines = [
        line.strip()
        for path in sorted(SEEDS.glob("*.txt"))
        for line in path.read_text("utf-8").splitlines()
        if len(line.split()) > 5
    ]
    made = []
    for _ in range(count):
        wanted = noise.randint(40, 220)
        text = noise.choice(lines)
        while encoder.count_pieces(text) < wanted:
            text += " " + noise.choice(lines)
        words = text.split()
        while encoder.count_pieces(" ".join(words)) > wanted:
            words.pop()
        made.append(" ".join(words))
    return made


def compare(encoder: SentenceEncoder, texts: list[str], rounds: int) -> dict[str, float]:
    """Embed in turns, so that a noisy machine disturbs both alike."""
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(encoder.folder), device="cpu")
    encoder.encode_passages(texts[:32])
    plain.encode(texts[:32])
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(timed(lambda: encoder.encode_passage_tokens(texts)))
        theirs.append(timed(lambda: plain.encode(texts)))
    found, expected = encoder.encode_passages(texts), plain.encode(texts)
    return {
        "paragraphs": len(texts),
        "mean_pieces": round(float(np.mean([encoder.count_pieces(text) for text in texts])), 1),
        "threads": torch.get_num_threads(),
        "askcorpus_per_second": round(len(texts) / min(ours), 1),
        "sentence_transformers_per_second": round(len(texts) / min(theirs), 1),
        "ratio": round(min(theirs) / min(ours), 2),
        "least_cosine": round(float((found * expected).sum(axis=1).min()), 5),
    }


def timed(run: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
