"""A calibration fitted to a user's own questions, kept beside the generations of an index.

It outlives the generations, since questions stay good while articles come and go. It speaks of
one reader and one encoder: with another, or if the file is damaged, it is not used, and a
sentence says so.

In: an index folder, a fit. Out: the calibration that holds. May import: types, errors,
calibration, fitting, storage.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from askcorpus.calibration import Calibration
from askcorpus.errors import DataError
from askcorpus.fitting import Fitted
from askcorpus.storage import WriterLock, drop, keep, kept
from askcorpus.types import Json

FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Tuning:
    """What is kept of a fit.

    Attributes:
        reader: Fingerprint of the reader whose answers were judged; empty where the file does not
            tell.
        encoder: Fingerprint of the encoder that found the passages; the same.
        calibration: None if the file could not be read as one.
        damage: What is wrong with the file; empty if nothing is.
    """

    reader: str
    encoder: str
    calibration: Calibration | None
    damage: str = ""

    def objection(self, index_dir: Path, reader: str, encoder: str) -> str | None:
        """Say why it is not used with these models; None if it is."""
        reset = f"Take it away with: askcorpus calibrate --reset --index {index_dir}"
        path = index_dir / FILE
        for model, made, now in (
            ("reader", self.reader, reader),
            ("encoder", self.encoder, encoder),
        ):
            if made and made != now:
                return (
                    f"{path} was fitted with the {model} {made} and is not used, since {now} is. "
                    f"Fit it again with: askcorpus calibrate QUESTIONS --index {index_dir}, or "
                    f"{reset[0].lower()}{reset[1:]}"
                )
        if self.calibration is None:
            return f"{path} is damaged and not used: {self.damage}. {reset}"
        return None


def save_tuning(lock: WriterLock, fitted: Fitted, reader: str, encoder: str) -> None:
    """Keep a fit with its index.

    Raises:
        InputOutputError: It cannot be written; what was kept before stays.
    """
    content: Json = {
        "reader": reader,
        "encoder": encoder,
        "calibration": fitted.calibration.to_dict(),
        "fit": fitted.to_dict(),
    }
    stored = {"sha256": _digest(content), **content}
    keep(lock, FILE, (json.dumps(stored, ensure_ascii=False, indent=1) + "\n").encode())


def load_tuning(index_dir: Path) -> Tuning | None:
    """Read what is kept with an index; None if nothing is.

    Raises:
        InputOutputError: It is there and cannot be read.
    """
    data = kept(index_dir, FILE)
    if data is None:
        return None
    try:
        content = json.loads(data)
        digest = content.pop("sha256")
        if digest != _digest(content):
            return Tuning("", "", None, "its SHA-256 is not the one that it names")
        reader, encoder, stored = (content[name] for name in ("reader", "encoder", "calibration"))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        return Tuning("", "", None, f"it holds no calibration ({error})")
    try:
        return Tuning(str(reader), str(encoder), Calibration.from_dict(stored))
    except DataError as error:
        return Tuning(str(reader), str(encoder), None, f"it holds no calibration ({error})")


def drop_tuning(lock: WriterLock) -> bool:
    """Take away what is kept with an index; tell whether there was anything."""
    return drop(lock, FILE)


def _digest(content: Json) -> str:
    """SHA-256 of what is kept, whatever its spacing."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
