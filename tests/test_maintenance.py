"""What is said of an index and its models, sound or not."""

import subprocess
import sys

import pytest

from askcorpus.errors import IndexMissingError, ModelMissingError
from askcorpus.maintenance import Examination, Finding, _network, _tried, examine
from askcorpus.settings import Settings

SOUND = Finding("encoder", "fine")
BAD = Finding("reader", "gone", 69)


def fail(error):
    raise error


def test_a_missing_index_is_no_fault():
    """Before the first `askcorpus index` everything may well be in order."""
    found = _tried("index", lambda: fail(IndexMissingError("x")))
    assert (found.part, found.exit_code) == ("index", 0)
    assert found.text.startswith("none yet. There is no index in x.")


def test_a_fault_keeps_its_exit_code():
    """What a command would end with is what the examination ends with."""
    assert _tried("reader", lambda: fail(ModelMissingError("gone"))) == BAD


def test_an_examination_ends_with_the_first_fault():
    """Sound parts count nothing; JSON says of each part whether it is sound."""
    examination = Examination("0", "3", "Linux", (("torch", "2"),), (SOUND, BAD))
    assert examination.exit_code == 69
    assert examination.to_dict()["ok"] is False
    assert [found["ok"] for found in examination.to_dict()["findings"]] == [True, False]


WATCHED = """
import socket
from askcorpus.maintenance import _network, _watching

def look_up(host):
    try:
        socket.getaddrinfo(host, 80)
    except OSError:
        pass

with _watching() as reached:
    look_up("name.invalid")
    look_up("127.0.0.1")
look_up("later.invalid")
print(reached, _network(reached).exit_code)
"""
"""In a process of its own: the one of the tests refuses such a look-up before it is recorded."""


def test_a_reach_for_the_network_is_seen_and_named():
    """A look-up beyond this machine is listed, also when it fails, as long as it is watched."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "['name.invalid'] 70\n"


def test_no_reach_is_said_in_words():
    """That nothing was reached for is what a careful reader wants to see."""
    sound = Finding("network", "none was reached for: everything above works offline")
    assert _network([]) == sound


@pytest.mark.slow
def test_a_sound_installation_is_found_sound(seed_index):
    """Models, index and network: each is tried, and each is in order."""
    examination = examine(seed_index, Settings())
    assert [found.part for found in examination.findings] == [
        "encoder",
        "reader",
        "index",
        "network",
    ]
    assert examination.exit_code == 0, examination.findings
    assert "missing" not in dict(examination.packages).values()


@pytest.mark.slow
def test_a_model_that_is_not_there_is_named(tmp_path):
    """The other parts are examined all the same."""
    examination = examine(tmp_path, Settings(reader=str(tmp_path)))
    codes = {found.part: found.exit_code for found in examination.findings}
    assert codes == {"encoder": 0, "reader": 69, "index": 0, "network": 0}
