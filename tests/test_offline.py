"""Nothing leaves this machine: not when the package is named, not when a question is asked."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from alone import GUARD

from askcorpus.maintenance import is_local


@pytest.mark.slow
def test_a_question_is_answered_without_one_attempt_to_leave(alone):
    """`askcorpus ask` makes no connection and looks up no name beyond this machine."""
    exit_code, printed = alone.ended[0]
    assert "REACHED" not in alone.complaints
    assert exit_code in {0, 1}, alone.complaints  # answered, or honestly not
    assert json.loads(printed)["question"] == "How many US troops are in Iraq?"


@pytest.mark.slow
def test_no_system_call_connects_beyond_this_machine(alone):
    """Not even compiled code, which Python does not see, opens an internet connection."""
    if alone.calls is None:
        pytest.skip("strace is not installed, or this machine does not allow tracing")
    assert alone.ended[-1][0] == 0, alone.complaints  # passages were searched for
    assert [line for line in alone.calls if "AF_INET" in line and "127.0.0.1" not in line] == []


def test_the_guard_sees_an_attempt():
    """The test above can fail: a look-up beyond this machine is reported and refused."""
    attempt = "import socket; socket.getaddrinfo('example.org', 80)"
    command = [sys.executable, "-c", GUARD + attempt]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "REACHED socket.getaddrinfo 'example.org'" in done.stderr


@pytest.mark.parametrize(
    ("target", "local"),
    [
        ("localhost", True),
        (b"localhost", True),
        ("", True),
        (None, True),
        ("127.0.0.1", True),
        (("127.8.8.8", 80), True),
        (("::1", 80, 0, 0), True),
        ("/run/some.socket", True),
        (b"\0abstract", True),
        ("example.org", False),
        (b"example.org", False),
        (("192.168.1.1", 80), False),
        (("2001:db8::1", 80, 0, 0), False),
        (("fe80::1%eth0", 80, 0, 0), False),
    ],
)
def test_what_counts_as_this_machine(target, local):
    """Loopback addresses and Unix sockets stay here; names are not trusted but `localhost`."""
    assert is_local(target) is local


def test_the_vocabulary_and_the_models_lie_in_packages():
    """What a question needs is found among installed files, without a cache to be filled."""
    from askcorpus.modelfiles import bundled_encoder_dir

    assert (bundled_encoder_dir() / "model.safetensors").is_file()
    assert Path(sys.prefix) in bundled_encoder_dir().parents
