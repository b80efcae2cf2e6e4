"""The reader marks spans by margin over the null answer, whatever it is given to read."""

import json
import shutil
from itertools import pairwise

import numpy as np
import pytest

from askcorpus.errors import ModelMissingError
from askcorpus.modelfiles import hash_file
from askcorpus.reader import (
    BUNDLED_DIR,
    SCALE,
    SPAN_PIECES,
    SPANS_A_PASSAGE,
    ExtractiveReader,
    packed,
    reader_dir,
    unpacked,
)
from askcorpus.types import Context

pytestmark = pytest.mark.slow

TEXT = "Trump has said he has no plans to withdraw the 5,200 troops in the country."
MARKS = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz0123456789"]


@pytest.fixture(scope="module")
def bundled():
    return ExtractiveReader()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Give the folder of a random model that reads letters, saved as a hub model would be."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Split
    from tokenizers.processors import BertProcessing
    from transformers import BertConfig, BertForQuestionAnswering, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(1)
    shape = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=96,
    )
    BertForQuestionAnswering(shape).save_pretrained(folder)
    table = {piece: number for number, piece in enumerate(VOCABULARY)}
    marks = dict(zip(MARKS, VOCABULARY, strict=False))
    tokenizer = Tokenizer(WordLevel(table, unk_token=VOCABULARY[1]))
    tokenizer.pre_tokenizer = Split("", "isolated")
    tokenizer.post_processor = BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **marks).save_pretrained(folder)
    return folder


def test_the_bundled_reader_answers(bundled):
    """A plain question over one sentence is answered by its number."""
    spans = bundled.read("How many troops are in the country?", [Context(TEXT)])[0]
    assert TEXT[spans[0].start : spans[0].end] in {"5,200", "5,200 troops", "the 5,200 troops"}
    assert spans[0].score > 0


def test_spans_are_the_best_that_do_not_overlap(bundled):
    """Best first, at most five, none inside another, all inside the text."""
    spans = bundled.read("Who said what?", [Context(TEXT)])[0]
    assert 1 <= len(spans) <= SPANS_A_PASSAGE
    assert [span.score for span in spans] == sorted((s.score for s in spans), reverse=True)
    ordered = sorted(spans, key=lambda span: span.start)
    assert all(a.end <= b.start for a, b in pairwise(ordered))
    assert all(0 <= span.start < span.end <= len(TEXT) for span in spans)


def test_the_best_span_is_that_of_a_search_over_all_pairs(tiny):
    """Scores are start plus end less those of [CLS], as a loop over all pairs finds them."""
    import torch

    reader = ExtractiveReader(str(tiny))
    question, text = "abc", "qwertzuiopasdfgh"
    spans = reader.read(question, [Context(text)])[0]
    ids = [2, *(VOCABULARY.index(c) for c in question), 3, *(VOCABULARY.index(c) for c in text), 3]
    types = [0] * (len(question) + 2) + [1] * (len(text) + 1)
    with torch.inference_mode():
        output = reader._model(
            input_ids=torch.tensor([ids]),
            token_type_ids=torch.tensor([types]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        )
    starts, ends = output.start_logits[0].float().numpy(), output.end_logits[0].float().numpy()
    first = len(question) + 2
    pairs = {
        (a, b + 1): starts[first + a] + ends[first + b] - starts[0] - ends[0]
        for a in range(len(text))
        for b in range(a, min(len(text), a + SPAN_PIECES))
    }
    best = max(pairs, key=pairs.get)
    assert (spans[0].start, spans[0].end) == best
    assert spans[0].score == pytest.approx(float(pairs[best]), abs=0.05)


def test_a_passage_is_read_alike_alone_and_among_others(bundled):
    """Batches and padding do not change what is marked."""
    other = Context("The Quds Force is the foreign arm of the Guard Corps. " * 4, "Militias")
    alone = bundled.read("How many troops?", [Context(TEXT)])[0]
    among = bundled.read("How many troops?", [other, Context(TEXT), other])[1]
    assert [(span.start, span.end) for span in alone[:1]] == [
        (span.start, span.end) for span in among[:1]
    ]
    assert among[0].score == pytest.approx(alone[0].score, abs=0.3)


@pytest.mark.parametrize("times", [1, 12, 40])
def test_pieces_kept_between_questions_are_those_of_the_library(bundled, times):
    """Put together from kept parts, windows equal those that are encoded as a pair."""
    first, text = "Who? [SEP] A title", f"{TEXT}\nCafé “5,200” [SEP] \u200b🙂 " * times
    plain = bundled._tokenizer(
        first,
        text,
        truncation="only_second",
        max_length=256,
        stride=64,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_token_type_ids=True,
    )
    for _ in range(2):
        windows = list(bundled._pieces.windows(7, first, text))
        assert [list(one.ids) for one in windows] == plain["input_ids"]
        types = [[int(at >= one.first) for at in range(len(one.ids))] for one in windows]
        assert types == plain["token_type_ids"]
        for number, one in enumerate(windows):
            inside = [at for at, part in enumerate(plain.sequence_ids(number)) if part == 1]
            assert (one.row, one.first) == (7, inside[0])
            whole = plain["offset_mapping"][number]
            assert [*map(tuple, one.offsets.tolist())] == [whole[at] for at in inside]
            assert list(one.lines) == [text[:start].count("\n") for start, _ in one.offsets]


def test_a_span_stays_on_its_line(bundled):
    """A byline does not run into the first sentence."""
    text = "By Qassim Abdul-Zahra and Zeina Karam\nBAGHDAD — The leader of a militia spoke."
    for span in bundled.read("Who wrote this article?", [Context(text)])[0]:
        assert "\n" not in text[span.start : span.end]


@pytest.mark.parametrize(
    "text",
    [
        "word",
        "🙂 🙃 🙂🙃🙂",
        "قال الشيخ قيس الخزعلي يوم الاثنين إن القوات ستغادر",
        "\u200b\u200e",
        "a" * 5_000,
        "[CLS] [SEP] troops [SEP]",
    ],
)
def test_odd_passages_have_a_defined_result(bundled, text):
    """One word, emoji, right-to-left text, invisible signs, one endless word: spans inside it."""
    for span in bundled.read("How many troops?", [Context(text)])[0]:
        assert 0 <= span.start < span.end <= len(text)
        assert np.isfinite(span.score)


def test_a_long_passage_is_read_to_its_end(bundled):
    """Ten thousand words are read in windows; what stands last is found."""
    text = "The weather was fine that day. " * 1_700 + TEXT
    spans = bundled.read("How many troops are in the country?", [Context(text)])[0]
    assert "5,200" in {text[span.start : span.end].split()[0] for span in spans}


def test_nothing_to_read(bundled):
    """No contexts give no results; an empty one gives no spans."""
    assert bundled.read("How many troops?", []) == []
    assert bundled.read("How many troops?", [Context(""), Context("  \n ")]) == [(), ()]


def test_a_long_question_is_cut(bundled):
    """A question longer than the model sees is read as far as it is seen."""
    spans = bundled.read("How many troops? " * 200, [Context(TEXT, "T" * 3_000)])[0]
    assert spans
    assert TEXT[spans[0].start : spans[0].end]


def test_the_title_is_read_with_the_passage(bundled):
    """What a passage is about counts, though no span is taken from the title."""
    text = "He was jailed in 2007."
    question = "When was Qais al-Khazali jailed?"
    own, other = bundled.read(
        question, [Context(text, "Qais al-Khazali"), Context(text, "The price of bread")]
    )
    assert text[own[0].start : own[0].end] == "2007"
    assert own[0].score > other[0].score


@pytest.mark.parametrize("name", ["reader.safetensors", "config.json", "calibration.json"])
def test_a_damaged_bundled_reader_is_refused(tmp_path, monkeypatch, name):
    """One flipped bit in any file: refused, with its name and the mending command."""
    copy = tmp_path / "reader"
    shutil.copytree(BUNDLED_DIR, copy)
    weights = copy / name
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    monkeypatch.setattr("askcorpus.reader.BUNDLED_DIR", copy)
    with pytest.raises(ModelMissingError, match=f"{name} is damaged: .* Mend it with: pip install"):
        ExtractiveReader()


def test_a_reader_of_the_recipe_in_a_folder_is_read_as_the_bundled_one(bundled, tmp_path):
    """One trained again, in any folder: the same weights give the same spans, title included."""
    copy = tmp_path / "mine"
    shutil.copytree(BUNDLED_DIR, copy)
    contexts = [Context(TEXT, "Troops in Iraq"), Context("The price of bread", None)]
    question = "How many troops are in Iraq?"
    mine = ExtractiveReader(str(copy))
    assert mine.read(question, contexts) == bundled.read(question, contexts)
    assert mine.fingerprint.startswith("mine@")


def test_packed_weights_are_off_by_half_a_step_at_most():
    """Matrices are stored in bytes with a scale a row, vectors in 16 bits."""
    import torch

    generator = torch.Generator().manual_seed(3)
    matrix = torch.randn(40, 64, generator=generator) * torch.logspace(-6, 3, 40)[:, None]
    matrix[7] = 0
    weights = {"layer.weight": matrix, "layer.bias": torch.randn(64, generator=generator)}
    stored = packed(weights)
    assert stored["layer.weight"].dtype == torch.int8
    assert stored["layer.bias"].dtype == torch.float16
    found = unpacked(stored)
    assert set(found) == set(weights)
    steps = stored[f"layer.weight{SCALE}"][:, None]
    assert ((found["layer.weight"] - matrix).abs() <= 0.501 * steps).all()
    assert torch.equal(found["layer.weight"][7], torch.zeros(64))


def test_a_pickle_is_refused(tmp_path):
    """A folder with pickled weights alone is not loaded."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(ModelMissingError, match=r"pytorch_model\.bin can run code when"):
        ExtractiveReader(str(tmp_path))


def test_a_custom_class_is_refused(tiny, tmp_path):
    """A configuration that names code is not loaded."""
    copy = tmp_path / "custom"
    shutil.copytree(tiny, copy)
    config = json.loads((copy / "config.json").read_text())
    config["auto_map"] = {"AutoModelForQuestionAnswering": "modeling.Evil"}
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelMissingError, match="brings its own code"):
        ExtractiveReader(str(copy))


def test_weights_of_another_dimension_are_refused(tiny, tmp_path):
    """Weights that do not fit the configuration are not loaded."""
    copy = tmp_path / "wide"
    shutil.copytree(tiny, copy)
    config = json.loads((copy / "config.json").read_text())
    config["hidden_size"] = 32
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelMissingError, match="cannot be loaded"):
        ExtractiveReader(str(copy))


def test_a_missing_configuration_is_refused(tiny, tmp_path):
    """A folder without its configuration is named."""
    copy = tmp_path / "bare"
    shutil.copytree(tiny, copy)
    (copy / "config.json").unlink()
    with pytest.raises(ModelMissingError, match=str(copy)):
        ExtractiveReader(str(copy))


def test_an_unknown_reader_is_refused():
    """A name that is nowhere is an error that says how to fetch it."""
    with pytest.raises(ModelMissingError, match="hf download nobody/nothing"):
        reader_dir("nobody/nothing")


def test_a_model_without_a_reading_head_is_refused(tiny, tmp_path):
    """Random numbers in the place of missing weights would give random answers."""
    from safetensors.torch import load_file, save_file

    copy = tmp_path / "headless"
    shutil.copytree(tiny, copy)
    weights = load_file(copy / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "qa_outputs" not in name}
    save_file(kept, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelMissingError, match=r"lacks weights .* \(qa_outputs\.bias\)"):
        ExtractiveReader(str(copy))


def test_a_tokenizer_of_another_model_is_refused(tiny, tmp_path):
    """Pieces that the model does not know would end in a crash at the first question."""
    copy = tmp_path / "strange"
    shutil.copytree(tiny, copy)
    path = copy / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    tokenizer["model"]["vocab"] |= {"%": 41, "&": 42}
    path.write_text(json.dumps(tokenizer))
    with pytest.raises(ModelMissingError, match="a tokenizer of 43 pieces for a model of 41"):
        ExtractiveReader(str(copy))


def test_a_folder_is_held_to_its_own_checksums(tiny, tmp_path):
    """One flipped bit in any reader that brings checksums is found and named."""
    copy = tmp_path / "summed"
    shutil.copytree(tiny, copy)
    weights = copy / "model.safetensors"
    sums = {weights.name: hash_file(weights)}
    (copy / "checksums.json").write_text(json.dumps(sums))
    assert ExtractiveReader(str(copy)).read("abc", [Context("def")])
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelMissingError, match=r"model\.safetensors is damaged: SHA-256"):
        ExtractiveReader(str(copy))


@pytest.mark.parametrize("cut", [8, 1_000])
def test_cut_weights_are_refused(tiny, tmp_path, cut):
    """Half a file is no file."""
    copy = tmp_path / "cut"
    shutil.copytree(tiny, copy)
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:cut])
    with pytest.raises(ModelMissingError, match="cannot be loaded"):
        ExtractiveReader(str(copy))


def test_a_small_model_is_asked_a_long_question(tiny):
    """It sees 94 pieces: the question is cut to a quarter, the passage read in windows."""
    reader = ExtractiveReader(str(tiny))
    text = "abcdefghij" * 40
    spans = reader.read("q" * 500, [Context(text, "t" * 300)])[0]
    assert 1 <= len(spans) <= SPANS_A_PASSAGE
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
