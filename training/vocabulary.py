"""Train the small byte-level vocabulary that measures passages.

    python training/vocabulary.py FOLDER [--size 12000] [--out src/askcorpus/data/passages.tiktoken]

FOLDER holds question-answering sets in SQuAD form, `*.json.gz`. Their paragraphs and questions
train a byte-pair encoder, whose merges are written as ranks in tiktoken's file format: a line a
token, base64 and rank. The same sets give the same file. Before it is written, the ranks are
read back by tiktoken and must cut every text as the trainer does.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import tiktoken
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from askcorpus.passages import PATTERN


def main() -> int:
    """Train, check, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=12_000)
    parser.add_argument("--out", type=Path, default=Path("src/askcorpus/data/passages.tiktoken"))
    arguments = parser.parse_args()
    texts = sorted(set(read_texts(arguments.folder)))
    tokenizer = train(texts, arguments.size)
    ranks = to_ranks(tokenizer)
    check(tokenizer, ranks, texts[:: max(len(texts) // 2_000, 1)])
    lines = (f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in ranks.items())
    data = "".join(lines).encode()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(data)
    print(f"{len(texts)} texts, {len(ranks)} tokens, SHA-256 {hashlib.sha256(data).hexdigest()}")
    return 0


def read_texts(folder: Path) -> Iterator[str]:
    """Give the paragraphs and questions of every set in a folder."""
    for path in sorted(folder.glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            articles = json.load(file)["data"]
        for article in articles:
            for paragraph in article["paragraphs"]:
                yield paragraph["context"]
                yield from (question["question"] for question in paragraph["qas"])


def train(texts: list[str], size: int) -> Tokenizer:
    """Train byte-pair merges on pieces cut by the pattern that tiktoken will use."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer, length=len(texts))
    return tokenizer


def to_ranks(tokenizer: Tokenizer) -> dict[bytes, int]:
    """Turn the trainer's merges into tiktoken's ranks: bytes first, then merges in their order."""
    to_byte = byte_of_letter()
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    ranks = {bytes([byte]): byte for byte in range(256)}
    for left, right in merges:
        token = bytes(to_byte[letter] for letter in left + right)
        ranks.setdefault(token, len(ranks))
    return ranks


def byte_of_letter() -> dict[str, int]:
    """The byte that each letter of the byte-level alphabet stands for (Radford et al., 2019)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {
        **{chr(byte): byte for byte in printable},
        **{chr(256 + place): byte for place, byte in enumerate(others)},
    }


def check(tokenizer: Tokenizer, ranks: dict[bytes, int], texts: list[str]) -> None:
    """Stop where tiktoken cuts a text otherwise than the trainer, or does not give it back."""
    encoding = tiktoken.Encoding("check", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})
    to_byte = byte_of_letter()
    for text in texts:
        found = encoding.encode_ordinary(text)
        expected = [
            bytes(to_byte[letter] for letter in token) for token in tokenizer.encode(text).tokens
        ]
        if encoding.decode(found) != text:
            sys.exit(f"Not given back: {text!r}")
        if [encoding.decode_single_token_bytes(token) for token in found] != expected:
            sys.exit(f"Cut otherwise: {text!r}")


if __name__ == "__main__":
    sys.exit(main())
