"""Measure ways of fusing meaning and words, and the share of each, on questions with known places.

    python training/fusion.py FOLDER [--questions 150] [--others 1000]

FOLDER holds question-answering sets in SQuAD form, `*.json.gz`. All paragraphs of the development
sets and a sample of the others become one index; a question finds its place if a passage of its
own paragraph comes up. Printed: success at 1, 5 and 8 and reciprocal rank at 10, by way of fusing
and by set.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from askcorpus.encoder import SentenceEncoder
from askcorpus.index import Intake, sync
from askcorpus.retriever import Retriever, mixture, reciprocal_rank
from askcorpus.settings import Settings
from askcorpus.storage import writer_lock
from askcorpus.types import Article, Paragraph, Signals

Fuse = Callable[[Sequence[Signals]], list[float]]


def main() -> int:
    """Index, ask, fuse in every way, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, default=150, help="of each set")
    parser.add_argument("--others", type=int, default=1_000, help="paragraphs that only distract")
    arguments = parser.parse_args()
    articles, questions = read(arguments.folder, arguments.questions, arguments.others)
    with tempfile.TemporaryDirectory() as index_dir:
        settings, encoder = Settings(), SentenceEncoder()
        with writer_lock(Path(index_dir)) as lock:
            report = sync(lock, Intake(tuple(articles)), encoder=encoder, settings=settings)
        print(f"{len(articles)} paragraphs, {report.passages} passages, {len(questions)} questions")
        retriever = Retriever.open(index_dir, settings=settings, encoder=encoder)
        found = [(name, gold, ask(retriever, question)) for name, question, gold in questions]
    for label, fuse in ways().items():
        print(f"{label:22}", measure(found, fuse))
    return 0


def read(
    folder: Path, wanted: int, others: int
) -> tuple[list[Article], list[tuple[str, str, str]]]:
    """Give paragraphs as articles, and (set, question, article id) for a sample of questions."""
    noise = random.Random(1)
    articles: dict[str, Article] = {}
    asked: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    distracting = []
    for path in sorted(folder.glob("*.json.gz")):
        name = path.name.removesuffix(".json.gz")
        pairs = paragraphs(path)
        if name.endswith("-dev") or name.startswith("nq-"):
            for place, (text, questions) in enumerate(noise.sample(pairs, min(len(pairs), 500))):
                article = bare(f"{name}/{place}", text)
                articles[article.article_id] = article
                asked[name] += [(name, question, article.article_id) for question in questions]
        elif name.startswith("squadshifts"):
            distracting += [bare(f"{name}/{n}", text) for n, (text, _) in enumerate(pairs)]
    for article in noise.sample(distracting, min(len(distracting), others)):
        articles[article.article_id] = article
    sampled = [noise.sample(group, min(len(group), wanted)) for group in asked.values()]
    return list(articles.values()), [question for group in sampled for question in group]


def paragraphs(path: Path) -> list[tuple[str, list[str]]]:
    """Give (text, questions) of each paragraph of one set."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        data = json.load(file)["data"]
    return [
        (paragraph["context"], [question["question"] for question in paragraph["qas"]])
        for article in data
        for paragraph in article["paragraphs"]
    ]


def bare(name: str, text: str) -> Article:
    """A paragraph as an article without a title."""
    body = (Paragraph(0, len(text), "body"),)
    return Article(name, text, None, None, (), None, None, None, body)


def ask(retriever: Retriever, question: str) -> list[tuple[str, Signals]]:
    """Give article id and signals of everything that either list holds."""
    hits = retriever.retrieve(question[:1_000], 200)
    return [(hit.passage.article_id, hit.signals) for hit in hits]


def ways() -> dict[str, Fuse]:
    """Every way of fusing that is compared."""

    def mixed(share: float) -> Fuse:
        return lambda found: mixture([(s.cosine or 0.0, s.bm25 or 0.0) for s in found], share)

    def ranked(constant: float) -> Fuse:
        return lambda found: reciprocal_rank(
            [(s.dense_rank, s.lexical_rank) for s in found], constant
        )

    return {
        "vectors alone": mixed(1.0),
        "words alone": mixed(0.0),
        **{f"reciprocal rank {c:g}": ranked(c) for c in (1, 10, 60)},
        **{
            f"mixture, share {share:.2f}": mixed(share) for share in (0.4, 0.5, 0.6, 0.65, 0.7, 0.8)
        },
    }


def measure(found: Sequence[tuple[str, str, list[tuple[str, Signals]]]], fuse: Fuse) -> str:
    """Success at 1, 5, 8 and reciprocal rank at 10: of all questions, then of each set."""
    ranks: dict[str, list[float]] = defaultdict(list)
    for name, gold, candidates in found:
        scores = fuse([signals for _, signals in candidates])
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
        names = list(dict.fromkeys(candidates[place][0] for place in order))
        ranks[name].append(names.index(gold) + 1 if gold in names else np.inf)
    every = [rank for group in ranks.values() for rank in group]
    parts = {"all": every, **ranks}
    return "  ".join(f"{name} {summary(np.array(group))}" for name, group in parts.items())


def summary(ranks: np.ndarray) -> str:
    """Four figures of some ranks."""
    reciprocal = np.where(ranks <= 10, 1 / ranks, 0).mean()
    return "/".join(f"{(ranks <= k).mean():.3f}" for k in (1, 5, 8)) + f"/{reciprocal:.3f}"


if __name__ == "__main__":
    sys.exit(main())
