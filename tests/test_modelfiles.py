"""A model folder is settled before anything in it is loaded."""

import hashlib

import pytest

from askcorpus.errors import ModelMissingError
from askcorpus.modelfiles import (
    BUNDLED_ENCODER_SHA256,
    bundled_encoder_dir,
    check_harmless,
    check_sums,
    find_folder,
    hash_file,
    hash_folder,
    read_json,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "config.json").write_text('{"hidden_size": 4}')
    return tmp_path


def test_the_bundled_encoder_is_the_published_one():
    """The installed file has the published SHA-256."""
    assert hash_file(bundled_encoder_dir() / "model.safetensors") == BUNDLED_ENCODER_SHA256


def test_a_plain_folder_passes(folder):
    """Weights and a configuration are harmless."""
    check_harmless(folder, kind="reader")


def test_python_code_is_refused(folder):
    """A Python file in the folder is named."""
    (folder / "modeling.py").write_text("print()")
    with pytest.raises(ModelMissingError, match=r"brings its own code \(modeling.py\)"):
        check_harmless(folder, kind="reader")


def test_a_configuration_that_names_code_is_refused(folder):
    """`auto_map` would load code from elsewhere."""
    (folder / "config.json").write_text('{"auto_map": {"AutoModel": "evil.Model"}}')
    with pytest.raises(ModelMissingError, match=r"brings its own code \(config.json\)"):
        check_harmless(folder, kind="reader")


def test_pickled_weights_are_refused(tmp_path):
    """A folder whose weights are a pickle has no weights that are loaded; the file is named."""
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(ModelMissingError, match=r"not loaded \(pytorch_model\.bin can run code"):
        check_harmless(tmp_path, kind="reader")


def test_a_flipped_bit_is_found(folder):
    """The file, both hashes and the mending command are named."""
    good = hashlib.sha256(b"weights").hexdigest()
    check_sums(folder, {"model.safetensors": good}, mend="pip install x")
    (folder / "model.safetensors").write_bytes(b"veights")
    with pytest.raises(ModelMissingError, match=r"damaged: SHA-256 .* Mend it with: pip install x"):
        check_sums(folder, {"model.safetensors": good}, mend="pip install x")


def test_a_missing_file_is_named(folder):
    """A file that is gone is an error with its path."""
    with pytest.raises(ModelMissingError, match=r"gone\.json cannot be read"):
        check_sums(folder, {"gone.json": "0"}, mend="pip install x")


def test_an_unknown_name_says_how_to_fetch_it():
    """Neither a folder nor in the cache: nothing is downloaded, the command is named."""
    with pytest.raises(ModelMissingError, match="hf download nobody/nothing"):
        find_folder("nobody/nothing", kind="reader")


def test_the_fingerprint_is_of_the_content(folder, tmp_path_factory):
    """Two copies are one model; a changed file is another."""
    copy = tmp_path_factory.mktemp("copy")
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert hash_folder(folder) == hash_folder(copy)
    (copy / "config.json").write_text('{"hidden_size": 5}')
    assert hash_folder(folder) != hash_folder(copy)


@pytest.mark.parametrize("content", ["", "[1]", "{", "\x00"])
def test_broken_json_is_refused(tmp_path, content):
    """What is no JSON object is an error that names the file."""
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ModelMissingError, match=r"config\.json"):
        read_json(tmp_path / "config.json")
