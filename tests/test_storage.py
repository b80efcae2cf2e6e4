"""Storage: a generation is complete or not there; what is damaged is refused."""

from __future__ import annotations

import errno
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from askcorpus.errors import (
    CannotCreateError,
    IndexCorruptError,
    IndexMismatchError,
    IndexMissingError,
    InputOutputError,
    LockedError,
)
from askcorpus.storage import (
    current_number,
    open_current,
    salvage,
    write_generation,
    writer_lock,
)


def write(index_dir: Path, text: str) -> int:
    """Write a generation of two files, one in a folder of its own."""

    def fill(folder: Path) -> dict[str, object]:
        (folder / "text.txt").write_text(text)
        (folder / "deep").mkdir()
        (folder / "deep" / "bytes.bin").write_bytes(text.encode() * 100)
        return {"says": text}

    with writer_lock(index_dir) as lock:
        return write_generation(lock, fill).number


def read(index_dir: Path) -> str:
    """The text of the current generation, after all its checks."""
    return (open_current(index_dir).folder / "text.txt").read_text()


def names(index_dir: Path) -> list[str]:
    """Every file below a folder."""
    return sorted(
        path.relative_to(index_dir).as_posix() for path in index_dir.rglob("*") if path.is_file()
    )


def test_a_generation_is_read_back_with_its_manifest(tmp_path: Path) -> None:
    """The manifest gives what the writer said, the format and every file's size and hash."""
    assert write(tmp_path, "one") == 1
    generation = open_current(tmp_path)
    assert (generation.number, generation.folder) == (1, tmp_path / "gens" / "000001")
    manifest = dict(generation.manifest)
    assert manifest.pop("created").endswith("+00:00")
    assert manifest == {
        "format": 1,
        "generation": 1,
        "says": "one",
        "files": {
            "deep/bytes.bin": {
                "bytes": 300,
                "sha256": "b607c6ac77151fa20ee97a9be8c205ddcdd46166fc992edd5947c10475db8c7e",
            },
            "text.txt": {
                "bytes": 3,
                "sha256": "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
            },
        },
    }


def test_the_generation_before_is_kept_and_older_ones_go(tmp_path: Path) -> None:
    """Readers may be on the previous one; other files of the folder are left alone."""
    (tmp_path / "README.md").write_text("keep me")
    for text in ("one", "two", "three"):
        write(tmp_path, text)
    assert read(tmp_path) == "three"
    assert names(tmp_path) == [
        ".lock",
        "CURRENT",
        "README.md",
        *(
            f"gens/{number}/{name}"
            for number in ("000002", "000003")
            for name in ("deep/bytes.bin", "manifest.json", "text.txt")
        ),
    ]


def test_leftovers_of_a_killed_run_are_swept_by_the_next(tmp_path: Path) -> None:
    """A half-made folder is not a generation, and its number is free again."""
    write(tmp_path, "one")
    leftover = tmp_path / "gens" / "000002"
    leftover.mkdir()
    (leftover / "text.txt").write_text("half")
    with writer_lock(tmp_path):
        assert not leftover.exists()
    assert read(tmp_path) == "one"
    assert write(tmp_path, "two") == 2


def test_no_index_is_said_so(tmp_path: Path) -> None:
    """The message names the command that makes one."""
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(IndexMissingError) as caught:
            open_current(folder)
        assert str(caught.value) == (
            f"There is no index in {folder}. Make one with: askcorpus index FOLDER --index {folder}"
        )


def test_every_flipped_or_cut_byte_is_refused(tmp_path: Path) -> None:
    """200 flips and 200 truncations of every file, CURRENT and manifest included: all raise."""
    write(tmp_path, "one")
    noise = random.Random(7)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"]
    assert len(files) == 4
    for path in files:
        data = path.read_bytes()
        for _ in range(200):
            place = noise.randrange(len(data))
            flipped = bytearray(data)
            flipped[place] ^= 1 << noise.randrange(8)
            for damaged in (bytes(flipped), data[:place]):
                path.write_bytes(damaged)
                with pytest.raises((IndexCorruptError, IndexMissingError)):
                    open_current(tmp_path)
        path.write_bytes(data)
    assert read(tmp_path) == "one"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The message holds the path and the command that mends."""
    write(tmp_path, "one")
    path = tmp_path / "gens" / "000001" / "text.txt"
    path.unlink()
    with pytest.raises(IndexCorruptError) as caught:
        open_current(tmp_path)
    assert str(caught.value) == (
        f"{path} is damaged: No such file or directory. Your articles are untouched. "
        "Mend the index with: askcorpus check --repair"
    )


def test_another_format_is_refused(tmp_path: Path) -> None:
    """An index of a later version is not guessed at."""
    with writer_lock(tmp_path) as lock:
        write_generation(lock, lambda _: {"format": 99})
    with pytest.raises(IndexMismatchError, match="has format 99, but 1 is in use"):
        open_current(tmp_path)


def test_a_sound_file_of_a_damaged_generation_is_salvaged(tmp_path: Path) -> None:
    """Newest first: where the newest copy is damaged, the one before is given."""
    write(tmp_path, "one")
    write(tmp_path, "two")
    newest = tmp_path / "gens" / "000002" / "text.txt"
    assert salvage(tmp_path, "text.txt") == newest
    newest.write_text("tow")
    assert salvage(tmp_path, "text.txt") == tmp_path / "gens" / "000001" / "text.txt"
    assert salvage(tmp_path, "no such file") is None
    assert salvage(tmp_path / "nowhere", "text.txt") is None


def test_a_full_disk_leaves_the_old_index(tmp_path: Path) -> None:
    """The error names the place, and nothing of the new generation remains."""
    write(tmp_path, "one")
    before = names(tmp_path)

    def fill(folder: Path) -> dict[str, object]:
        (folder / "text.txt").write_text("two")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder / "text.txt"))

    with (
        writer_lock(tmp_path) as lock,
        pytest.raises(InputOutputError) as caught,
    ):
        write_generation(lock, fill)
    assert str(caught.value) == (
        f"Writing the index in {tmp_path} failed at {tmp_path}/gens/000002/text.txt: "
        "No space left on device. The last good index stays. "
        "Mend the cause (free space, for one) and run this again."
    )
    assert names(tmp_path) == before
    assert read(tmp_path) == "one"


def test_an_interruption_leaves_the_old_index(tmp_path: Path) -> None:
    """Ctrl-C passes through; the half-made folder is gone."""
    write(tmp_path, "one")
    before = names(tmp_path)

    def fill(folder: Path) -> dict[str, object]:
        (folder / "text.txt").write_text("two")
        raise KeyboardInterrupt

    with writer_lock(tmp_path) as lock, pytest.raises(KeyboardInterrupt):
        write_generation(lock, fill)
    assert names(tmp_path) == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file stands in the way."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CannotCreateError, match=r"cannot be written: (File exists|Not a directory)"),
        writer_lock(tmp_path / "file"),
    ):
        pass


def test_a_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    """Within one process as between two: the lock belongs to one writer."""
    with writer_lock(tmp_path):
        with (
            pytest.raises(LockedError, match=rf"\(process {os.getpid()} since 20.*\)"),
            writer_lock(tmp_path),
        ):
            pass
        other = subprocess.run(
            [sys.executable, "-c", SECOND_WRITER, str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert other.stdout == "75\n"
    assert write(tmp_path, "one") == 1


SECOND_WRITER = """
import sys
from pathlib import Path
from askcorpus.errors import LockedError
from askcorpus.storage import writer_lock
try:
    with writer_lock(Path(sys.argv[1])):
        print("took it")
except LockedError as error:
    print(error.exit_code)
"""

KILLED_WRITERS = """
import os, sys
from pathlib import Path
from askcorpus.storage import write_generation, writer_lock
def fill(folder):
    (folder / "text.txt").write_text("new")
    return {}
def write_and_be_killed(index_dir, left):
    def hook(event, arguments):
        nonlocal left
        if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"):
            left -= 1
            if left < 0:
                os._exit(9)
    sys.addaudithook(hook)
    with writer_lock(index_dir) as lock:
        write_generation(lock, fill)
    sys.exit()
for line in sys.stdin:
    left, index_dir = line.rstrip().split(" ", 1)
    if not (writer := os.fork()):
        write_and_be_killed(Path(index_dir), int(left))
    print(os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]), flush=True)
"""
"""For each line, steps and a folder: writes there, and is killed after so many steps."""


@pytest.mark.slow
def test_a_writer_killed_at_any_step_leaves_a_whole_index(tmp_path: Path) -> None:
    """At every call that touches the disk: old or new is read, and writing goes on."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_WRITERS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writers:
        for step in range(200):
            index_dir = tmp_path / str(step)
            write(index_dir, "older")
            write(index_dir, "old")
            writers.stdin.write(f"{step} {index_dir}\n")
            writers.stdin.flush()
            exit_code = int(writers.stdout.readline())
            assert read(index_dir) in ("old", "new")
            if exit_code == 0:
                break
            assert exit_code == 9
            write(index_dir, "newest")
            assert read(index_dir) == "newest"
            assert len(list((index_dir / "gens").iterdir())) == 2
        writers.stdin.close()
    assert 10 < step < 199
    assert read(index_dir) == "new"


def test_two_readers_and_a_writer(tmp_path: Path) -> None:
    """A generation that was opened stays readable while the next one is written."""
    write(tmp_path, "one")
    before = open_current(tmp_path)
    write(tmp_path, "two")
    assert (before.folder / "text.txt").read_text() == "one"
    assert current_number(tmp_path) == 2
    assert json.loads((before.folder / "manifest.json").read_text())["says"] == "one"
