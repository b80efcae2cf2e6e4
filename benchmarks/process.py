"""Peak memory and time of one cold `askcorpus ask`, and how soon a fresh server answers.

    python benchmarks/process.py [--memory-goal 900] [--first-goal 180]

Beside it in the same run: a process that loads the same encoder and answers nothing, through
`SentenceTransformer` at its defaults. Linux only: memory is what the kernel says a finished
process had at its highest. Printed as JSON. Ends with 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from askcorpus.modelfiles import bundled_encoder_dir

SEEDS = Path(__file__).parents[1] / "seeds"
QUESTION = "How many US troops are in Iraq?"
ASKCORPUS = [sys.executable, "-m", "askcorpus"]
PLAIN = "from sentence_transformers import SentenceTransformer as S; S({!r}).encode([{!r}])"
WAIT_SECONDS = 300


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--memory-goal", type=float, default=900.0, help="megabytes")
    parser.add_argument("--first-goal", type=float, default=180.0, help="seconds")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run([*ASKCORPUS, "index", str(SEEDS), "--index", folder], check=True)
        indexed = time.perf_counter() - start
        served = first_answer(folder)
        ask_seconds, ask_memory = measured([*ASKCORPUS, "ask", QUESTION, "--index", folder])
    script = PLAIN.format(str(bundled_encoder_dir()), QUESTION)
    plain_seconds, plain_memory = measured([sys.executable, "-c", script])
    result = {
        "ask_peak_mb": ask_memory,
        "plain_encoder_peak_mb": plain_memory,
        "ask_seconds": ask_seconds,
        "plain_encoder_seconds": plain_seconds,
        "index_seconds": round(indexed, 1),
        "serve_to_first_answer_seconds": round(served, 1),
    }
    print(json.dumps(result, indent=1))
    kept = ask_memory <= arguments.memory_goal and indexed + served <= arguments.first_goal
    return 0 if kept else 1


def measured(command: list[str]) -> tuple[float, float]:
    """Run a command; give its seconds and its peak memory in megabytes."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        # Of this child alone: `RUSAGE_CHILDREN` would give the highest of all so far.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}")
    return round(time.perf_counter() - start, 2), round(usage.ru_maxrss / 1024, 1)


def first_answer(index: str) -> float:
    """Start the server; give the seconds until its first answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = time.perf_counter()
    command = [*ASKCORPUS, "serve", "--index", index, "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            while not answered(port):
                if server.poll() is not None or time.perf_counter() - start > WAIT_SECONDS:
                    sys.exit("the server did not come up")
                time.sleep(0.2)
            return time.perf_counter() - start
        finally:
            server.terminate()


def answered(port: int) -> bool:
    """Ask the server once; tell whether an answer came."""
    body = json.dumps({"question": QUESTION}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/ask", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310
            return json.load(reply)["status"] == "answered"
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


if __name__ == "__main__":
    sys.exit(main())
