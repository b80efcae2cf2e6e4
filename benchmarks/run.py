"""Run every benchmark, one after the other; end with 1 where one missed its goal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = ("embedding", "question", "page", "process")


def main() -> int:
    """Run them in processes of their own, so that none finds the other's models loaded."""
    missed = []
    for name in BENCHMARKS:
        print(f"== {name}", flush=True)
        script = Path(__file__).with_name(f"{name}.py")
        if subprocess.run([sys.executable, script], check=False).returncode:
            missed.append(name)
    print(f"goals missed: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
