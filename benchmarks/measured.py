"""Running a program and saying what it cost: CPU seconds of all its processes, largest memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass

_HARNESS = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
cost = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, cost.ru_utime + cost.ru_stime, cost.ru_maxrss * 1024]), file=sys.stderr)
"""


@dataclass(frozen=True)
class Cost:
    """What a program cost.

    Attributes:
        cpu_seconds: user and system time of the program and of all processes it waited for.
        peak_bytes: the largest resident memory of any one of them.
        wall_seconds: from start to end.
    """

    cpu_seconds: float
    peak_bytes: int
    wall_seconds: float


def run_measured(*command: str) -> Cost:
    """Run a program to its end.

    Raises:
        RuntimeError: it failed.
    """
    started = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-c", _HARNESS, *command], capture_output=True, text=True, check=False
    )
    wall = time.perf_counter() - started
    *words, last = run.stderr.strip().splitlines() or [""]
    code, cpu, peak = json.loads(last)
    if code:
        raise RuntimeError(f"{command[:3]} failed: {' '.join(words)[-2000:]}")
    return Cost(cpu, peak, wall)
