"""Train the bundled reader: sets in SQuAD form + the bundled encoder's weights → a model folder.

    python training/reader.py --data FOLDER --work training/work [--minutes N]

The body starts from the encoder; its word embeddings stay frozen, so that the shipped file need
not hold them. Each passage has the null answer at [CLS] (Devlin et al. 2018; Rajpurkar et al.
2018); passages of one question also compete in one softmax (Clark & Gardner 2018,
arXiv 1710.10723). The run resumes from its last checkpoint.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import random
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import torch
from examples import WRITTEN, Group, Groups, Shown, load
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertConfig, BertForQuestionAnswering

from askcorpus.modelfiles import bundled_encoder_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIGURATION = Path(__file__).with_name("reader.toml")
IGNORED = -1e4
START = {"cycle": 0, "step": 0, "tokens": 0, "pass": 0, "batch": 0}
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True, slots=True)
class Row:
    """One passage as piece numbers: [CLS] question [SEP] title [SEP] passage [SEP].

    Attributes:
        first: Position of the first piece of the passage.
        starts, ends: Positions of answers; empty where the null answer is right.
    """

    ids: list[int]
    first: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]


class Pieces:
    """Turns shown passages into rows of pieces."""

    def __init__(self, tokenizer: Tokenizer, config: dict[str, Any]) -> None:
        """Keep the tokenizer without truncation or padding of its own."""
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self.tokenizer = tokenizer
        self.config = config
        self.cls = tokenizer.token_to_id("[CLS]")
        self.sep = tokenizer.token_to_id("[SEP]")

    def row(self, shown: Shown, generator: random.Random | None) -> Row | None:
        """Encode one passage; a generator draws a window, without one the start is kept."""
        limits = self.config
        encoded = self.tokenizer.encode(shown.text, add_special_tokens=False)
        spans = [span for answer in shown.answers if (span := locate(encoded.offsets, answer))]
        if shown.answers and not spans:
            return None
        left, right = 0, len(encoded.ids)
        if generator:
            left, right = window(right, spans, generator, limits["passage_pieces"])
        question = self.tokenizer.encode(shown.question, add_special_tokens=False).ids
        head = [self.cls, *question[: limits["question_pieces"]], self.sep]
        if shown.title and (generator is None or generator.random() < limits["title_share"]):
            title = self.tokenizer.encode(shown.title, add_special_tokens=False).ids
            head += [*title[: limits["title_pieces"]], self.sep]
        room = 255 - len(head)
        right = min(right, left + room)
        inside = [(s, e) for s, e in spans if left <= s and e < right]
        if spans and not inside:
            return None
        first = len(head)
        return Row(
            [*head, *encoded.ids[left:right], self.sep],
            first,
            tuple(start - left + first for start, _ in inside),
            tuple(end - left + first for _, end in inside),
        )


def locate(offsets: list[tuple[int, int]], answer: tuple[int, int]) -> tuple[int, int] | None:
    """Give the first and last piece of an answer."""
    start, end = answer
    inside = [number for number, (a, b) in enumerate(offsets) if a < end and b > start]
    return (inside[0], inside[-1]) if inside else None


def window(
    length: int, spans: list[tuple[int, int]], generator: random.Random, limits: list[int]
) -> tuple[int, int]:
    """Draw a window of random length; it holds one of the answers if there are any."""
    size = generator.randint(*limits)
    if length <= size:
        return 0, length
    if not spans:
        left = generator.randint(0, length - size)
        return left, left + size
    start, end = generator.choice(spans)
    size = max(size, end - start + 1)
    left = generator.randint(max(0, end + 1 - size), min(start, length - size))
    return left, left + size


def batches(
    groups: Iterator[list[Row]], batch_tokens: int, generator: random.Random
) -> Iterator[list[list[Row]]]:
    """Pack groups of like length up to a number of padded pieces, in random order."""
    pool: list[list[Row]] = []
    for group in groups:
        pool.append(group)
        if len(pool) == 1536:
            yield from pack(pool, batch_tokens, generator)
            pool = []
    yield from pack(pool, batch_tokens, generator)


def pack(
    pool: list[list[Row]], batch_tokens: int, generator: random.Random
) -> Iterator[list[list[Row]]]:
    """Sort a pool by its longest row and cut it into batches."""
    pool.sort(key=lambda group: max(len(row.ids) for row in group))
    packed: list[list[list[Row]]] = [[]]
    longest = rows = 0
    for group in pool:
        longest = max(longest, *(len(row.ids) for row in group))
        if packed[-1] and longest * (rows + len(group)) > batch_tokens:
            packed.append([])
            longest, rows = max(len(row.ids) for row in group), 0
        packed[-1].append(group)
        rows += len(group)
    generator.shuffle(packed)
    yield from (batch for batch in packed if batch)


def tensors(rows: list[Row]) -> dict[str, torch.Tensor]:
    """Pad rows to int64[n, length]; `allowed` marks the passage's own pieces."""
    # Multiples of 16 keep the number of different shapes, and so the memory, small.
    length = -(-max(len(row.ids) for row in rows) // 16) * 16
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    mask = torch.zeros_like(ids)
    types = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
        mask[number, : len(row.ids)] = 1
        types[number, row.first : len(row.ids)] = 1
    allowed = types.bool()
    for number, row in enumerate(rows):
        allowed[number, len(row.ids) - 1] = False
    batch = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types, "allowed": allowed}
    return {name: part.to(DEVICE) for name, part in batch.items()}


def targets(rows: list[Row], length: int, side: str) -> torch.Tensor:
    """Give float32[n, length]: the distribution of annotated starts or ends; [CLS] for null."""
    wanted = torch.zeros(len(rows), length)
    for number, row in enumerate(rows):
        positions = getattr(row, side) or (0,)
        for position in positions:
            wanted[number, position] += 1 / len(positions)
    return wanted.to(DEVICE)


def loss_of(
    model: BertForQuestionAnswering, groups: list[list[Row]], shared_weight: float
) -> tuple[torch.Tensor, int]:
    """Give the loss of a batch and the number of pieces in it."""
    rows = [row for group in groups for row in group]
    batch = tensors(rows)
    allowed = batch.pop("allowed")
    with torch.autocast(DEVICE, dtype=torch.bfloat16):
        output = model(**batch)
    total = torch.zeros((), device=DEVICE)
    with_null = allowed.clone()
    with_null[:, 0] = True
    for logits, side in ((output.start_logits, "starts"), (output.end_logits, "ends")):
        scores = logits.float()
        wanted = targets(rows, scores.shape[1], side)
        single = scores.masked_fill(~with_null, IGNORED)
        total = total - (wanted * functional.log_softmax(single, -1)).sum(-1).mean()
        shared = shared_loss(scores.masked_fill(~allowed, IGNORED), wanted, groups)
        if shared is not None:
            total = total + shared_weight * shared
    return total / 2, int(batch["attention_mask"].sum())


def shared_loss(
    spans: torch.Tensor, wanted: torch.Tensor, groups: list[list[Row]]
) -> torch.Tensor | None:
    """Give the loss of one softmax over all passages of a question; None where all are alone."""
    first = list(itertools.accumulate(map(len, groups), initial=0))
    several = [number for number, group in enumerate(groups) if len(group) > 1]
    if not several:
        return None
    masses = torch.logsumexp(spans, -1)
    totals = torch.stack([masses[first[n] : first[n + 1]].logsumexp(0) for n in several])
    gold = torch.tensor([first[number] for number in several], device=spans.device)
    return -(wanted[gold] * (spans[gold] - totals[:, None])).sum(-1).mean()


def rate(tokens: int, length: int, settings: dict[str, Any]) -> float:
    """Give the learning rate within a cycle: warm-up, plateau and linear cool-down to zero.

    Cycles follow one another (Loshchilov & Hutter 2017, arXiv 1608.03983, with another shape).
    """
    done = min(1.0, tokens / length)
    rise = done / settings["warmup_share"]
    return settings["learning_rate"] * min(rise, (1.0 - done) / settings["cooldown_share"], 1.0)


def new_model(config: dict[str, Any]) -> BertForQuestionAnswering:
    """Build the reader on the encoder's body."""
    folder = bundled_encoder_dir()
    shape = BertConfig.from_pretrained(folder)
    shape.hidden_dropout_prob = config["optimizer"]["hidden_dropout"]
    shape.attention_probs_dropout_prob = 0.0
    model = BertForQuestionAnswering(shape)
    weights = load_file(folder / "model.safetensors")
    body = {f"bert.{name.removeprefix('bert.')}": weight for name, weight in weights.items()}
    missing, _ = model.load_state_dict(body, strict=False)
    wrong = [name for name in missing if not name.startswith("qa_outputs")]
    if wrong:
        sys.exit(f"the encoder's file lacks {wrong}")
    model.bert.embeddings.word_embeddings.weight.requires_grad_(requires_grad=False)
    # On a processor, plain attention learns 1.2 times as fast as the fused one.
    model.set_attn_implementation("sdpa" if DEVICE == "cuda" else "eager")
    return model.to(DEVICE)


def optimizer_of(model: BertForQuestionAnswering, settings: dict[str, Any]) -> torch.optim.AdamW:
    """Decay matrices, not biases and norms."""
    trained = [p for p in model.parameters() if p.requires_grad]
    decay = settings["weight_decay"]
    return torch.optim.AdamW(
        [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": decay},
            {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
        ],
        lr=settings["learning_rate"],
        betas=(0.9, 0.98),
        fused=True,
    )


@dataclass(slots=True)
class Run:
    """What a checkpoint holds: weights, the optimizer's memory, and where the run is."""

    work: Path
    model: BertForQuestionAnswering
    optimizer: torch.optim.AdamW
    state: dict[str, int]

    def save(self) -> None:
        """Write a checkpoint that replaces the last one only when it is whole."""
        torch.save(self.optimizer.state_dict(), self.work / "optimizer.pt.new")
        save_file(self.model.state_dict(), self.work / "model.safetensors.new")
        (self.work / "state.json.new").write_text(json.dumps(self.state))
        for name in ("optimizer.pt", "model.safetensors", "state.json"):
            (self.work / f"{name}.new").replace(self.work / name)

    def resume(self) -> None:
        """Load the last checkpoint, if there is one."""
        if not (self.work / "state.json").exists():
            return
        self.model.load_state_dict(load_file(self.work / "model.safetensors"))
        path = self.work / "optimizer.pt"
        self.optimizer.load_state_dict(torch.load(path, map_location=DEVICE, weights_only=True))
        self.state = json.loads((self.work / "state.json").read_text())

    def end_cycle(self, config: dict[str, Any]) -> None:
        """Keep the weights of a cycle's end, and begin the next as the configuration says."""
        cycle = self.state["cycle"] + 1
        save_file(self.model.state_dict(), self.work / f"cycle-{cycle}.safetensors")
        if cycle < len(config["cycles"]):
            begins = config["cycles"][cycle]["begins"]
            self.model.load_state_dict(mean_of_ends(self.work, begins))
        self.optimizer = optimizer_of(self.model, config["optimizer"])
        self.state = {**START, "cycle": cycle}
        self.save()


def mean_of_ends(work: Path, cycles: list[int]) -> dict[str, torch.Tensor]:
    """Give the mean of the weights at the ends of cycles (Wortsman et al. 2022, arXiv 2203.05482).

    Args:
        cycles: Their numbers, from 1.
    """
    ends = [load_file(work / f"cycle-{number}.safetensors") for number in cycles]
    return {name: torch.stack([end[name].float() for end in ends]).mean(0) for name in ends[0]}


def step(run: Run, batch: list[list[Row]], learning_rate: float, shared: float) -> float:
    """Learn from one batch; give its loss.

    Args:
        shared: Weight of the loss across the passages of one question.
    """
    for part in run.optimizer.param_groups:
        part["lr"] = learning_rate
    loss, tokens = loss_of(run.model, batch, shared)
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
    run.optimizer.step()
    value = loss.item()
    if not math.isfinite(value):
        sys.exit(f"the loss is {value}: the last checkpoint is sound, lower the learning rate")
    run.state["step"] += 1
    run.state["tokens"] += tokens
    return value


def train(data: Path, work: Path, config: dict[str, Any], minutes: float) -> None:
    """Train until all cycles are done or the minutes are over; resume where the last run ended."""
    work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config["seed"])
    tokenizer = Tokenizer.from_file(str(bundled_encoder_dir() / "tokenizer.json"))
    pieces = Pieces(tokenizer, config["input"])
    groups = Groups(load(data, [*config["data"], WRITTEN]), config)
    settings = config["optimizer"]
    model = new_model(config).train()
    run = Run(work, model, optimizer_of(model, settings), dict(START))
    run.resume()
    until = time.monotonic() + 60 * minutes
    while run.state["cycle"] < len(config["cycles"]):
        if not one_cycle(run, groups, pieces, until):
            return
        run.end_cycle(config)


def one_cycle(run: Run, groups: Groups, pieces: Pieces, until: float) -> bool:
    """Go on with a cycle, keeping checkpoints; False where the time is over before its end."""
    settings = groups.config["optimizer"]
    length = groups.config["cycles"][run.state["cycle"]]["tokens"]
    mean = 0.0
    for batch in rest(groups, pieces, run.state):
        if run.state["tokens"] >= length:
            return True
        if time.monotonic() > until:
            run.state["batch"] -= 1
            break
        learning_rate = rate(run.state["tokens"], length, settings)
        loss = step(run, batch, learning_rate, settings["shared_normalisation"])
        mean = 0.98 * mean + 0.02 * loss if mean else loss
        if run.state["step"] % 25 == 0:
            print(f"{run.state} loss {mean:.3f}", flush=True)
        if run.state["step"] % settings["checkpoint_steps"] == 0:
            run.save()
    run.save()
    return False


def rest(groups: Groups, pieces: Pieces, state: dict[str, Any]) -> Iterator[list[list[Row]]]:
    """Give the batches of a cycle that are yet to be seen, and count passes and batches."""
    limit = groups.config["optimizer"]["batch_tokens"]
    while True:
        generator = random.Random(f"{groups.config['seed']}-{state['cycle']}-{state['pass']}")
        rows = encoded(groups.one_pass(state["cycle"], state["pass"]), pieces, generator)
        for batch in itertools.islice(batches(rows, limit, generator), state["batch"], None):
            state["batch"] += 1
            yield batch
        state |= {"pass": state["pass"] + 1, "batch": 0}


def encoded(
    groups: Iterator[Group], pieces: Pieces, generator: random.Random
) -> Iterator[list[Row]]:
    """Turn groups into rows; a group whose answer falls outside the window is left out."""
    for group in groups:
        gold, *others = (pieces.row(shown, generator) for shown in group.passages)
        if gold is not None:
            yield [gold, *(row for row in others if row is not None)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("training/work"))
    parser.add_argument("--config", type=Path, default=CONFIGURATION)
    parser.add_argument("--minutes", type=float, default=math.inf)
    arguments = parser.parse_args()
    with arguments.config.open("rb") as file:
        train(arguments.data, arguments.work, tomllib.load(file), arguments.minutes)
