"""Nothing leaves this machine: not when the package is named, not when a question is asked."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from askcorpus.maintenance import is_local

GUARDED = """
import sys
from askcorpus.maintenance import NETWORK_EVENTS, is_local

def refuse(event, arguments):
    position = NETWORK_EVENTS.get(event)
    if position is not None and not is_local(arguments[position]):
        sys.stderr.write(f"REACHED {event} {arguments[position]!r}\\n")
        raise OSError("the network is cut off")

sys.addaudithook(refuse)
from askcorpus.cli import run
sys.exit(run(sys.argv[1:]))
"""
"""The command line, with every attempt to leave the machine refused and reported (PEP 578)."""


def ask_guarded(*arguments) -> subprocess.CompletedProcess[str]:
    # The variables that tell libraries to stay offline are taken away: askcorpus sets its own.
    bare = {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"}
    kept = {name: value for name, value in os.environ.items() if name not in bare}
    return subprocess.run(
        [sys.executable, "-c", GUARDED, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=kept,
    )


@pytest.mark.slow
def test_a_question_is_answered_without_one_attempt_to_leave(seed_index):
    """`askcorpus ask` makes no connection and looks up no name beyond this machine."""
    question = "How many US troops are in Iraq?"
    done = ask_guarded("ask", question, "--json", "--index", str(seed_index))
    assert "REACHED" not in done.stderr
    assert done.returncode in {0, 1}, done.stderr  # answered, or honestly not
    assert json.loads(done.stdout)["question"] == question


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_no_system_call_connects_beyond_this_machine(seed_index, tmp_path):
    """Not even compiled code, which Python does not see, opens an internet connection."""
    trace = tmp_path / "trace"
    command = [sys.executable, "-m", "askcorpus", "search", "Iraq", "--index", str(seed_index)]
    tracing = ["strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(trace)]
    done = subprocess.run(
        [*tracing, *command], capture_output=True, text=True, check=False, timeout=180
    )
    if "ptrace" in done.stderr:
        pytest.skip("this machine does not allow tracing")
    assert done.returncode == 0, done.stderr
    calls = trace.read_text(encoding="utf-8").splitlines()
    assert [line for line in calls if "AF_INET" in line and "127.0.0.1" not in line] == []


def test_the_guard_sees_an_attempt():
    """The test above can fail: a look-up beyond this machine is reported and refused."""
    attempt = "import socket; socket.getaddrinfo('example.org', 80)"
    code = GUARDED.replace("from askcorpus.cli import run", attempt)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
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
