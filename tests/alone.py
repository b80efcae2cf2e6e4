"""Commands in a process of their own, whose every way out of this machine is watched.

To start one costs seconds, as the libraries of the models are loaded: tests of what only a
process of its own can show share one.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

GUARD = """
import sys
from askcorpus.maintenance import NETWORK_EVENTS, is_local

def refuse(event, arguments):
    position = NETWORK_EVENTS.get(event)
    if position is not None and not is_local(arguments[position]):
        sys.stderr.write(f"REACHED {event} {arguments[position]!r}\\n")
        raise OSError("the network is cut off")

sys.addaudithook(refuse)
"""
"""Refuses and reports every attempt of Python to leave the machine (PEP 578)."""

_COMMANDS = f"""{GUARD}
import json, os, signal
from askcorpus.cli import run

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
print(os.getpid())
*commands, last = json.loads(sys.argv[1])
for command in commands:
    print("\\x1e", run(command), sep="", flush=True)
sys.exit(run(last))
"""

_TRACING = (
    "strace",
    "-f",
    "-qq",
    "--seccomp-bpf",
    "-e",
    "trace=connect,sendto",
    "-e",
    "signal=none",
    "-o",
)


@dataclass(frozen=True)
class Alone:
    """What came of the commands.

    Attributes:
        ended: Exit code and standard output of each command but the last.
        last: The same of the last one, which was interrupted when it had answered.
        complaints: All that was written to standard error.
        calls: Lines of the system calls that connect or send; None where none can be traced.
    """

    ended: tuple[tuple[int, str], ...]
    last: tuple[int, str]
    complaints: str
    calls: tuple[str, ...] | None


def run_alone(commands: list[list[str]], question: str, folder: Path) -> Alone:
    """Run commands, put a question to the last of them, and interrupt it after the answer.

    The variables that tell libraries to stay offline, and to do without colours, are taken away:
    askcorpus sees to both itself.
    """
    bare = {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "NO_COLOR"}
    kept = {name: value for name, value in os.environ.items() if name not in bare}
    trace, errors = folder / "trace", folder / "errors"
    traced = _can_trace(folder)
    with (
        errors.open("wb") as page,
        subprocess.Popen(
            [
                *((*_TRACING, str(trace)) if traced else ()),
                *(sys.executable, "-c", _COMMANDS, json.dumps(commands)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=page,
            text=True,
            env=kept,
        ) as process,
    ):
        number = int(process.stdout.readline())
        ended = tuple(_ended(process.stdout) for _ in commands[1:])
        process.stdin.write(f"{question}\n")
        process.stdin.flush()
        said = process.stdout.readline()
        os.kill(number, signal.SIGINT)  # not to the tracer, if there is one
        said += process.communicate(timeout=60)[0]
    calls = tuple(trace.read_text("utf-8").splitlines()) if traced else None
    return Alone(ended, (process.returncode, said), errors.read_text("utf-8"), calls)


def _can_trace(folder: Path) -> bool:
    """Tell whether this machine has a tracer, allows it, and gets to see a connection."""
    if not shutil.which("strace"):
        return False
    trial = folder / "trial"
    code = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    command = [*_TRACING, str(trial), sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode == 0 and "AF_INET" in trial.read_text("utf-8")


def _ended(output) -> tuple[int, str]:
    """Read what one command has printed, and the exit code after it."""
    said = ""
    for line in output:
        if line.startswith("\x1e"):
            return int(line[1:]), said
        said += line
    message = f"the process ended early: {said}"
    raise AssertionError(message)
