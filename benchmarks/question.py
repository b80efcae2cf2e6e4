"""How long a warm question takes, beside the plain library calls with the same weights.

    python benchmarks/question.py [--questions 60] [--goal 120]

Both answer the development questions over the seed articles, in one process, in turns, with
eight passages read. The plain way: `SentenceTransformer.encode` of the question, a FAISS flat
search, the reader as `transformers` gives it, in fp32, all passages in one padded batch, the best
start and end. Printed as JSON: p50 and p95 in milliseconds, and the ratio of the medians. Ends
with 1 where our p50 is above the goal.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from askcorpus import Corpus
from askcorpus.evaluation import load_questions
from askcorpus.modelfiles import bundled_encoder_dir
from askcorpus.reader import ExtractiveReader

ROOT = Path(__file__).parents[1]
PASSAGES_READ = 8


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--goal", type=float, default=120.0, help="milliseconds at the median")
    arguments = parser.parse_args()
    questions = [
        question.text
        for question in load_questions(ROOT / "eval" / "questions.jsonl")
        if question.part == "dev"
    ][: arguments.questions]
    with tempfile.TemporaryDirectory() as folder:
        Corpus.build(ROOT / "seeds", folder)
        reader = ExtractiveReader()
        with Corpus.open(folder, reader=reader) as corpus:
            plain = plain_way(corpus, reader)
            ours, theirs = in_turns(questions, lambda text: corpus.ask(text, k=8), plain)
    result = {
        "questions": len(questions),
        "passages_read": PASSAGES_READ,
        "askcorpus_ms": spread(ours),
        "plain_ms": spread(theirs),
        "ratio": round(float(np.median(theirs) / np.median(ours)), 2),
        "goal_ms": arguments.goal,
    }
    print(json.dumps(result, indent=1))
    return 0 if result["askcorpus_ms"]["p50"] <= arguments.goal else 1


def plain_way(corpus: Corpus, reader: ExtractiveReader) -> Callable[[str], str]:
    """Give the straightforward answerer of the same passages with the same weights."""
    encoder = SentenceTransformer(str(bundled_encoder_dir()), device="cpu")
    texts = [passage.text for passage in corpus.passages]
    index = faiss.IndexFlatIP(encoder.get_embedding_dimension())
    index.add(encoder.encode(texts, normalize_embeddings=True))
    model, tokenizer = copy.deepcopy(reader._model).float(), reader._tokenizer  # noqa: SLF001

    def answer(question: str) -> str:
        query = encoder.encode([question], normalize_embeddings=True)
        found = [texts[row] for row in index.search(query, PASSAGES_READ)[1][0]]
        inputs = tokenizer(
            [question] * len(found),
            found,
            truncation="only_second",
            max_length=256,
            padding=True,
            return_tensors="pt",
        )
        with torch.inference_mode():
            output = model(**inputs)
        best = int(output.start_logits.max(-1).values.argmax())
        start, end = output.start_logits[best].argmax(), output.end_logits[best].argmax()
        return tokenizer.decode(inputs["input_ids"][best][start : end + 1])

    return answer


def in_turns(
    questions: list[str], *ways: Callable[[str], object]
) -> tuple[list[float], list[float]]:
    """Ask every question both ways, so that a noisy machine disturbs both alike."""
    for way in ways:
        way(questions[0])
    seconds: tuple[list[float], list[float]] = ([], [])
    for question in questions:
        for way, taken in zip(ways, seconds, strict=True):
            start = time.perf_counter()
            way(question)
            taken.append(time.perf_counter() - start)
    return seconds


def spread(seconds: list[float]) -> dict[str, float]:
    """Give p50 and p95 in milliseconds."""
    return {
        "p50": round(1_000 * float(np.percentile(seconds, 50)), 1),
        "p95": round(1_000 * float(np.percentile(seconds, 95)), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
