"""What the reader costs a passage on each engine, and whether its answers stay the same.

    pip install -e ".[bench]"
    python benchmarks/engines.py --data FOLDER [--questions 300] [--engines torch-bf16,torch-fp32]

Every engine runs the same weights over the same windows (the gold paragraphs of a sample of the
three SQuADShifts development parts), packed into the same batches, in turns. With one thread,
processor time is counted, which other work on the machine hardly changes. Printed as JSON:
milliseconds a passage (median over batches), time as a share of the engine in use, F1 against the
gold answers, and the share of passages whose best span is the same. An engine can take the place
of the one in use if its F1 is within 0.3 points. The last lines say what cutting passages into
word pieces costs.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from askcorpus.evaluation.squad import f1
from askcorpus.reader import ExtractiveReader, Pieces, Window, _batches, _best, _marks
from askcorpus.types import Context

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))

from examples import load

SETS = ("squadshifts-new-wiki-dev", "squadshifts-amazon-reviews-dev", "squadshifts-reddit-dev")
IN_USE = "torch-bf16"
WITHIN = 0.3
"""Points of F1 by which another engine's answers may be worse."""

Inputs = tuple[np.ndarray, np.ndarray, np.ndarray]
Run = Callable[[Inputs], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its gold paragraph and the accepted answers."""

    question: str
    text: str
    title: str | None
    golds: tuple[str, ...]


def now() -> float:
    """Give processor seconds of one thread, or wall seconds of several."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def sample(data: Path, n: int) -> list[Asked]:
    """Draw the same questions every time."""
    sets = load([data / f"{name}.json.gz" for name in SETS])
    drawn = random.Random(3).sample(sets.questions, n)
    found = []
    for question in drawn:
        paragraph = sets.paragraphs[question.paragraph]
        golds = tuple(paragraph.text[start:end] for start, end in question.answers)
        found.append(Asked(question.text, paragraph.text, paragraph.title, golds))
    return found


def windows(reader: ExtractiveReader, asked: Sequence[Asked]) -> list[Window]:
    """Cut every paragraph into what the model sees, as reading does."""
    return [
        replace(window, row=row)
        for row, one in enumerate(asked)
        for window in reader._windows(one.question, [Context(one.text, one.title)])  # noqa: SLF001
    ]


def padded(batch: Sequence[Window]) -> Inputs:
    """Give ids, mask and types of a batch, int64[n, length]."""
    length = max(len(window.ids) for window in batch)
    ids, mask, types = (np.zeros((len(batch), length), np.int64) for _ in range(3))
    for row, window in enumerate(batch):
        size = len(window.ids)
        ids[row, :size], mask[row, :size], types[row, window.first : size] = window.ids, 1, 1
    return ids, mask, types


class Logits(torch.nn.Module):
    """The model with plain tensors in and out, as exporters want it."""

    def __init__(self, model: torch.nn.Module) -> None:
        """Take the reader's model."""
        super().__init__()
        self.model = model

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give start and end scores."""
        output = self.model(input_ids=ids, attention_mask=mask, token_type_ids=types)
        return output.start_logits, output.end_logits


def torch_engine(reader: ExtractiveReader, dtype: torch.dtype) -> Run:
    """Run the model as it is loaded, in one precision."""
    model = Logits(fresh(reader)).to(dtype).eval()

    def run(inputs: Inputs) -> tuple[np.ndarray, np.ndarray]:
        with torch.inference_mode():
            starts, ends = model(*(torch.from_numpy(part) for part in inputs))
        return starts.float().numpy(), ends.float().numpy()

    return run


def torch_int8(reader: ExtractiveReader) -> Run:
    """Quantise the linear layers as they run."""
    model = Logits(fresh(reader)).float().eval()
    linear = {torch.nn.Linear}
    quantised = torch.ao.quantization.quantize_dynamic(model, linear, dtype=torch.qint8)

    def run(inputs: Inputs) -> tuple[np.ndarray, np.ndarray]:
        with torch.inference_mode():
            starts, ends = quantised(*(torch.from_numpy(part) for part in inputs))
        return starts.numpy(), ends.numpy()

    return run


def exported(reader: ExtractiveReader) -> bytes:
    """Give the model as an ONNX graph with free sizes."""
    example = tuple(torch.ones(2, 16, dtype=torch.long) for _ in range(3))
    names = ["ids", "mask", "types"]
    sizes = {0: torch.export.Dim("n"), 1: torch.export.Dim("length")}
    program = torch.onnx.export(
        Logits(fresh(reader)).float().eval(),
        example,
        input_names=names,
        output_names=["starts", "ends"],
        dynamic_shapes=dict.fromkeys(names, sizes),
        dynamo=True,
    )
    buffer = io.BytesIO()
    program.save(buffer)
    return buffer.getvalue()


def onnx_engine(graph: bytes) -> Run:
    """Run a graph with ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(graph, options, ["CPUExecutionProvider"])

    def run(inputs: Inputs) -> tuple[np.ndarray, np.ndarray]:
        starts, ends = session.run(None, dict(zip(("ids", "mask", "types"), inputs, strict=True)))
        return starts, ends

    return run


def onnx_int8(graph: bytes, folder: Path) -> Run:
    """Quantise a graph's weights by channel, its activations as they run."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    plain, small = folder / "reader.onnx", folder / "reader-int8.onnx"
    plain.write_bytes(graph)
    quantize_dynamic(plain, small, per_channel=True, weight_type=QuantType.QInt8)
    return onnx_engine(small.read_bytes())


def openvino_engine(graph: bytes, precision: str, folder: Path) -> Run:
    """Run a graph with OpenVINO in one precision."""
    import openvino

    path = folder / "openvino.onnx"
    path.write_bytes(graph)
    core = openvino.Core()
    compiled = core.compile_model(
        core.read_model(path),
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": str(torch.get_num_threads()),
            "PERFORMANCE_HINT": "LATENCY",
        },
    )

    def run(inputs: Inputs) -> tuple[np.ndarray, np.ndarray]:
        given = compiled(dict(zip(("ids", "mask", "types"), inputs, strict=True)))
        return given["starts"], given["ends"]

    return run


def fresh(reader: ExtractiveReader) -> torch.nn.Module:
    """Copy the reader's model, so that one engine's changes do not reach another's."""
    import copy

    return copy.deepcopy(reader._model)  # noqa: SLF001


def engines(reader: ExtractiveReader, names: Sequence[str], folder: Path) -> dict[str, Run]:
    """Make the engines that were asked for."""
    graph = exported(reader) if any("torch" not in name for name in names) else b""
    makers: dict[str, Callable[[], Run]] = {
        "torch-bf16": lambda: torch_engine(reader, torch.bfloat16),
        "torch-fp32": lambda: torch_engine(reader, torch.float32),
        "torch-int8": lambda: torch_int8(reader),
        "onnx-fp32": lambda: onnx_engine(graph),
        "onnx-int8": lambda: onnx_int8(graph, folder),
        "openvino-fp32": lambda: openvino_engine(graph, "f32", folder),
        "openvino-bf16": lambda: openvino_engine(graph, "bf16", folder),
    }
    return {name: makers[name]() for name in names}


def compare(
    made: dict[str, Run], asked: Sequence[Asked], batches: Sequence[Sequence[Window]]
) -> dict[str, dict[str, float]]:
    """Run every batch on every engine in turns, and judge what each marks."""
    seconds: dict[str, list[float]] = {name: [] for name in made}
    spans: dict[str, list[list]] = {name: [[] for _ in asked] for name in made}
    for run in made.values():
        run(padded(batches[0]))
    for batch in batches:
        inputs = padded(batch)
        for name, run in made.items():
            begun = now()
            starts, ends = run(inputs)
            seconds[name].append(now() - begun)
            for row, window in enumerate(batch):
                spans[name][window.row].append(_marks(window, starts[row], ends[row]))
    best = {name: [_best(found)[:1] for found in part] for name, part in spans.items()}
    used = IN_USE if IN_USE in made else next(iter(made))
    return {
        name: judged(asked, batches, seconds[name], best[name], (seconds[used], best[used]))
        for name in made
    }


def judged(
    asked: Sequence[Asked],
    batches: Sequence[Sequence[Window]],
    seconds: Sequence[float],
    best: Sequence[tuple],
    used: tuple[Sequence[float], Sequence[tuple]],
) -> dict[str, float]:
    """Give time and answers of one engine beside those of the one in use."""
    said = [
        one.text[found[0].start : found[0].end] if found else ""
        for one, found in zip(asked, best, strict=True)
    ]
    same = [
        [(s.start, s.end) for s in mine] == [(s.start, s.end) for s in theirs]
        for mine, theirs in zip(best, used[1], strict=True)
    ]
    each = [spent / len(batch) for spent, batch in zip(seconds, batches, strict=True)]
    ratios = [mine / theirs for mine, theirs in zip(seconds, used[0], strict=True)]
    return {
        "ms_a_passage": round(1_000 * float(np.median(each)), 2),
        "time_ratio": round(float(np.median(ratios)), 2),
        "f1": round(
            100
            * float(np.mean([f1(text, one.golds) for text, one in zip(said, asked, strict=True)])),
            2,
        ),
        "same_best_span": round(float(np.mean(same)), 3),
    }


def cutting(reader: ExtractiveReader, asked: Sequence[Asked], n: int = 8) -> dict[str, float]:
    """Give what word pieces cost of reading eight passages: new ones, and those read before."""
    contexts = [Context(one.text, one.title) for one in asked]
    spent: list[tuple[float, float, float]] = []
    # Everything was cut above already, and is kept.
    reader._pieces = Pieces(reader._tokenizer.backend_tokenizer, reader._length)  # noqa: SLF001
    for first in range(0, len(contexts) - n, n):
        some, question = contexts[first : first + n], asked[first].question
        times = []
        for do in (
            lambda: list(reader._windows(question, some)),  # noqa: B023, SLF001
            lambda: list(reader._windows(question, some)),  # noqa: B023, SLF001
            lambda: reader.read(question, some),  # noqa: B023
        ):
            begun = now()
            do()
            times.append(now() - begun)
        spent.append((times[0], times[1], times[2] - times[1] + times[0]))
    new, known, reading = (float(np.sum(part)) for part in zip(*spent, strict=True))
    return {
        "new_ms_for_8": round(1_000 * new / len(spent), 2),
        "known_ms_for_8": round(1_000 * known / len(spent), 2),
        "new_share_of_reading": round(new / reading, 4),
        "known_share_of_reading": round(known / (reading - new + known), 4),
    }


def main() -> int:
    """Measure and print."""
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--engines",
        default="torch-bf16,torch-fp32,torch-int8,onnx-fp32,onnx-int8,openvino-fp32,openvino-bf16",
    )
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    reader = ExtractiveReader()
    asked = sample(arguments.data, arguments.questions)
    batches = list(_batches(windows(reader, asked)))
    with tempfile.TemporaryDirectory() as folder:
        made = engines(reader, arguments.engines.split(","), Path(folder))
        found = compare(made, asked, batches)
    used = found.get(IN_USE, next(iter(found.values())))
    for result in found.values():
        result["holds"] = result["f1"] >= used["f1"] - WITHIN
    print(json.dumps({"threads": arguments.threads, "questions": len(asked), **found}, indent=1))
    print(json.dumps({"cutting_into_pieces": cutting(reader, asked)}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
