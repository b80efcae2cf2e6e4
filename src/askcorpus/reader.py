"""Question + passages → candidate spans, with their log-odds against the null answer.

In: a question and the passages to read. Out: for each passage its best spans, as character
offsets; pieces and tensors stay in here. The score of a span is
`start + end - (start of [CLS] + end of [CLS])`, the margin over the null answer of its own
passage (Devlin et al. 2018, section 4.3), so spans of all passages compete on one scale.

May import: types, errors, settings, modelfiles; torch and transformers only inside functions.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from askcorpus.errors import ModelMissingError
from askcorpus.modelfiles import (
    bundled_encoder_dir,
    check_harmless,
    check_sums,
    find_folder,
    go_offline,
    hash_folder,
    read_json,
)
from askcorpus.settings import BUNDLED
from askcorpus.types import Context, Span

if TYPE_CHECKING:
    import torch

BUNDLED_DIR = Path(__file__).with_name("data") / "reader"

SUMS = "checksums.json"
"""SHA-256 by file name; the bundled reader has one, and any folder may."""

WORD_EMBEDDINGS = "bert.embeddings.word_embeddings.weight"
"""Frozen in training, so the bundled reader takes them from the encoder's file."""

WEIGHTS = "reader.safetensors"
"""A folder with this file was trained by our own recipe; other ones are the library's."""

SCALE = ".scale"
"""What the name of a matrix's scales ends in."""

STEPS = 63
"""Steps from 0 to the largest weight of a row. A byte would hold 127; of 63 each weight takes a bit
less once the file is compressed, and the answers are as good (`docs/reader.md`)."""

REINSTALL = "pip install --force-reinstall --no-deps askcorpus"

QUESTION_PIECES = 64
"""A question is cut here, or at a quarter of what a smaller model sees; people's questions have
5 to 30 pieces, training saw up to 40."""

TITLE_PIECES = 16

WINDOW_PIECES = 256
"""Longest input the bundled reader was trained on; longer passages are read in windows."""

STRIDE_PIECES = 64
"""Overlap of two windows: no answer of this length is cut."""

SPAN_PIECES = 72
"""Longest answer; a quotation of two sentences fits."""

SPANS_A_PASSAGE = 5

TEXTS_KEPT = 512
"""Passages, titles and questions whose pieces are kept, about 20 kB each."""

FILLER = "a"
"""Stands for a passage where only what is put around one is looked for."""

KEPT_CHARACTERS = 4_000
"""Longer texts are not kept: a passage of an index never is."""

BATCH_PIECES = 1_024
"""Padded pieces a batch; small batches of like length waste less than one of all lengths."""


Marks = npt.NDArray[np.float64]
"""float64[n, 3]: margin, start and end of spans, in no order."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one passage as the model sees it.

    Attributes:
        row: Number of the passage among the contexts.
        ids: Pieces of question, title and passage.
        first: Position of the passage's first piece; token types are 1 from there on.
        offsets: int64[n, 2], character offsets of the passage's pieces.
        lines: int64[n], number of the line in which each of them stands.
    """

    row: int
    ids: Sequence[int]
    first: int
    offsets: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cut:
    """A text in pieces: their numbers, character offsets and lines, equally many of each."""

    ids: tuple[int, ...]
    offsets: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]


class Pieces:
    """A tokenizer that cuts each passage once, however many questions it is read for.

    It works on a copy of the model's tokenizer with settings of its own for good: what is kept
    between calls in one that is shared must not change under another thread.
    """

    def __init__(self, backend: Any, length: int) -> None:  # noqa: ANN401  # carries no types
        """Take the tokenizer of a model that sees a number of pieces."""
        self._backend = copy.deepcopy(backend)
        self._backend.no_truncation()
        self._backend.no_padding()
        self._length = length
        self._stride = min(STRIDE_PIECES, length // 4)
        self._kept = lru_cache(maxsize=TEXTS_KEPT)(self._cut)
        self._frame = lru_cache(maxsize=TEXTS_KEPT)(self._framed)

    def head(self, text: str, pieces: int) -> str:
        """Give the beginning of a text, up to a number of pieces."""
        offsets = self._known(text).offsets
        return text if len(offsets) <= pieces else text[: offsets[pieces - 1, 1]]

    def windows(self, row: int, first: str, text: str) -> Iterator[Window]:
        """Cut a passage behind what stands before it: several windows that overlap if it is long.

        Args:
            row: Number of the passage.
            first: Question, and title where it is read.
        """
        before, after = self._frame(first)
        passage = self._known(text)
        size = max(self._length - len(before) - len(after), self._stride + 1)
        for start in range(0, max(len(passage.ids) - self._stride, 1), size - self._stride):
            part = slice(start, start + size)
            ids = (*before, *passage.ids[part], *after)
            yield Window(row, ids, len(before), passage.offsets[part], passage.lines[part])

    def _known(self, text: str) -> Cut:
        """Give the pieces of a text; those of a long one are not kept."""
        return (self._kept if len(text) <= KEPT_CHARACTERS else self._cut)(text)

    def _cut(self, text: str) -> Cut:
        """Cut a text into pieces, none added."""
        encoding = self._backend.encode(text, add_special_tokens=False)
        offsets = np.array(encoding.offsets, np.int64).reshape(-1, 2)
        breaks = [at for at, sign in enumerate(text) if sign == "\n"]
        lines = np.searchsorted(breaks, offsets[:, 0])
        return Cut(tuple(encoding.ids), offsets, lines)

    def _framed(self, first: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Give the pieces before and after a passage, special ones included."""
        pair = self._backend.encode(first, FILLER)
        inside = [at for at, part in enumerate(pair.sequence_ids) if part == 1]
        return tuple(pair.ids[: inside[0]]), tuple(pair.ids[inside[-1] + 1 :])


class ExtractiveReader:
    """An extractive question-answering model as a `Reader`; safe to use from several threads."""

    def __init__(self, name: str = BUNDLED) -> None:
        """Check the model's files and load them.

        Args:
            name: `bundled`, a folder, or a hub name that lies in the local cache.

        Raises:
            ModelMissingError: The model is not there, damaged, or of a kind not loaded.
        """
        go_offline()
        self.folder = reader_dir(name)
        check_harmless(self.folder, kind="reader")
        # Our recipe trains with titles; what other readers make of one is not known.
        self._titles = name == BUNDLED or (self.folder / WEIGHTS).is_file()
        load = _load_own if self._titles else _load_folder
        self._model, self._tokenizer = _guarded(self.folder, load)
        label = "askcorpus-reader" if name == BUNDLED else self.folder.resolve().name
        self.fingerprint = f"{label}@{hash_folder(self.folder)[:16]}"
        seen = getattr(self._model.config, "max_position_embeddings", WINDOW_PIECES + 2)
        self._length = min(WINDOW_PIECES, seen - 2)
        self._pieces = Pieces(self._tokenizer.backend_tokenizer, self._length)

    def read(self, question: str, contexts: Sequence[Context]) -> list[tuple[Span, ...]]:
        """Give the best spans of each context, best first, none overlapping another.

        Args:
            question: Cut after 64 word pieces.
            contexts: Passages of any length, empty ones included.

        Returns:
            As many tuples as contexts, each with up to 5 spans; an empty passage has none.
        """
        found: list[list[Marks]] = [[] for _ in contexts]
        for batch in _batches(list(self._windows(question, contexts))):
            starts, ends = self._logits(batch)
            for window, start, end in zip(batch, starts, ends, strict=True):
                found[window.row].append(_marks(window, start, end))
        return [_best(marks) for marks in found]

    def _windows(self, question: str, contexts: Sequence[Context]) -> Iterator[Window]:
        """Cut every context into pieces, in several windows where it is long."""
        asked = self._pieces.head(question, min(QUESTION_PIECES, self._length // 4))
        for row, context in enumerate(contexts):
            if context.text.strip():
                first = self._first(asked, context.title)
                yield from self._pieces.windows(row, first, context.text)

    def _first(self, asked: str, title: str | None) -> str:
        """Give what stands before the passage: the question, and the title where it is known."""
        if not title or not self._titles:
            return asked
        return f"{asked} {self._tokenizer.sep_token} {self._pieces.head(title, TITLE_PIECES)}"

    def _logits(
        self, batch: Sequence[Window]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Give the start and end scores of a batch, each float32[n, length]."""
        import torch

        length = max(len(window.ids) for window in batch)
        ids = torch.full((len(batch), length), int(self._tokenizer.pad_token_id or 0))
        mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
        for row, window in enumerate(batch):
            size = len(window.ids)
            ids[row, :size] = torch.tensor(window.ids)
            types[row, window.first : size] = 1
            mask[row, :size] = 1
        inputs = {"input_ids": ids, "attention_mask": mask}
        if getattr(self._model.config, "type_vocab_size", 0) > 1:
            inputs["token_type_ids"] = types
        with torch.inference_mode():
            output = self._model(**inputs)
        return output.start_logits.float().numpy(), output.end_logits.float().numpy()


def reader_dir(name: str) -> Path:
    """Find a reader's folder: the bundled one, a folder, or one in the local hub cache.

    Raises:
        ModelMissingError: There is none, and nothing is downloaded.
    """
    return BUNDLED_DIR if name == BUNDLED else find_folder(name, kind="reader")


def _batches(windows: list[Window]) -> Iterator[list[Window]]:
    """Put windows of like length together, up to a number of padded pieces."""
    batch: list[Window] = []
    for window in sorted(windows, key=lambda window: -len(window.ids)):
        if batch and len(batch[0].ids) * (len(batch) + 1) > BATCH_PIECES:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _marks(window: Window, starts: npt.NDArray[np.float32], ends: npt.NDArray[np.float32]) -> Marks:
    """Give the best spans of one window with their margin over its null answer."""
    n = len(window.offsets)
    if not n:
        return np.empty((0, 3))
    inside = slice(window.first, window.first + n)
    # Row: first piece of a span; column: how many follow. Only ends within the longest answer and
    # on the same line: word pieces know no line breaks, and a byline would run into a sentence.
    lines = _following(window.lines, -1)
    scores = starts[inside, None] + _following(ends[inside], -np.inf)
    margins = np.where(lines == lines[:, :1], scores, -np.inf).ravel() - (starts[0] + ends[0])
    # Most of the best cells overlap each other, so many are taken for a few that do not.
    few = min(len(margins), 40 * SPANS_A_PASSAGE)
    best = np.argpartition(-margins, few - 1)[:few]
    best = best[np.isfinite(margins[best])]
    first, more = np.divmod(best, SPAN_PIECES)
    places = window.offsets[first, 0], window.offsets[first + more, 1]
    return np.column_stack([margins[best], *places]).astype(np.float64)


def _following(values: npt.NDArray[Any], filler: float) -> npt.NDArray[Any]:
    """Give for each piece what is there and at the 71 pieces after it: [n, 72]."""
    padded = np.concatenate([values, np.full(SPAN_PIECES - 1, filler, values.dtype)])
    return np.lib.stride_tricks.sliding_window_view(padded, SPAN_PIECES)


def _best(marks: Sequence[Marks]) -> tuple[Span, ...]:
    """Keep the best spans of a passage that do not overlap a better one."""
    left = np.concatenate([np.empty((0, 3)), *marks])
    left = left[np.lexsort((left[:, 2], left[:, 1], -left[:, 0]))]
    kept: list[Span] = []
    while len(left) and len(kept) < SPANS_A_PASSAGE:
        margin, start, end = left[0].tolist()
        kept.append(Span(int(start), int(end), margin))
        left = left[1:][(left[1:, 2] <= start) | (left[1:, 1] >= end)]
    return tuple(kept)


def _guarded(folder: Path, load: Callable[[Path], Any]) -> Any:  # noqa: ANN401
    """Turn what the libraries raise over a broken folder into our own error."""
    from safetensors import SafetensorError
    from transformers.utils import logging

    # Progress is for the shells to show. The library's own function carries no types.
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model, missing, tokenizer = load(folder)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelMissingError(f"The reader in {folder} cannot be loaded: {error}") from error
    if reason := _unfit(model, sorted(missing), tokenizer):
        raise ModelMissingError(f"The reader in {folder} {reason}: not loaded.")
    return model.eval(), tokenizer


def _unfit(model: Any, missing: Sequence[str], tokenizer: Any) -> str | None:  # noqa: ANN401
    """Say what a loaded model lacks; the library fills gaps with random numbers and goes on."""
    if missing:
        return f"lacks weights of an extractive reader ({missing[0]})"
    if not getattr(tokenizer, "is_fast", False):
        return "has a tokenizer without character offsets"
    known = model.get_input_embeddings().num_embeddings
    if len(tokenizer) > known:
        return f"has a tokenizer of {len(tokenizer)} pieces for a model of {known}"
    return None


def _load_own(folder: Path) -> Any:  # noqa: ANN401
    """Put a reader of our recipe together: its own weights on the encoder's word embeddings."""
    from safetensors import safe_open
    from safetensors.torch import load_file
    from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

    _check_sums(folder, mend=REINSTALL)
    body = bundled_encoder_dir()
    weights = unpacked(load_file(folder / WEIGHTS))
    with safe_open(body / "model.safetensors", framework="pt") as file:
        weights[WORD_EMBEDDINGS] = file.get_tensor(WORD_EMBEDDINGS.removeprefix("bert."))
    loading: Any = BertForQuestionAnswering  # its types know of no second value
    model, told = loading.from_pretrained(
        None,
        config=BertConfig.from_pretrained(folder),
        state_dict=weights,
        dtype=_weight_type(),
        output_loading_info=True,
    )
    return model, told["missing_keys"], AutoTokenizer.from_pretrained(body, local_files_only=True)


def packed(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Store matrices in a byte a weight, a scale for each row, and vectors in half precision.

    Symmetric quantisation to -`STEPS`…`STEPS`: a weight is off by at most half of its row's scale.
    `unpacked` is the way back.
    """
    stored = {}
    for name, weight in weights.items():
        if weight.ndim < 2:
            stored[name] = weight.half()
            continue
        scale = weight.float().abs().amax(1).clamp(min=1e-8) / STEPS
        stored[name] = (weight.float() / scale[:, None]).round().char()
        stored[name + SCALE] = scale
    return stored


def unpacked(stored: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Give the weights that `packed` stored; fp32[n, m] for each matrix."""
    scales = {name.removesuffix(SCALE): stored[name] for name in stored if name.endswith(SCALE)}
    return {
        name: weight.float() * scales[name][:, None] if name in scales else weight
        for name, weight in stored.items()
        if not name.endswith(SCALE)
    }


def _load_folder(folder: Path) -> Any:  # noqa: ANN401
    """Load any extractive model that the library knows, checked where it brings checksums."""
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    if (folder / SUMS).is_file():
        _check_sums(folder, mend=f"a fresh copy of {folder.name}")
    model, told = AutoModelForQuestionAnswering.from_pretrained(
        folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=_weight_type(),
        output_loading_info=True,
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
    return model, told["missing_keys"], tokenizer


def _check_sums(folder: Path, *, mend: str) -> None:
    """Compare the files of a folder with the checksums that it brings."""
    sums = read_json(folder / SUMS)
    check_sums(folder, {name: str(value) for name, value in sums.items()}, mend=mend)


def _weight_type() -> torch.dtype:
    """Give bf16 where the processor has instructions for it, else fp32."""
    import torch

    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32
