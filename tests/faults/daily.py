"""Does a day's work in a process of its own, day after day; started by the soak test.

python daily.py STORE

Every line of standard input is a day as JSON: `label`, `path` of its listing, whether to `build`.
For each a process begins that has only loaded the program, imports, builds if told to, and ends.
Answers with a line of JSON: its peak memory, its open descriptors, and the release with the
day's figure, if it built one.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

FRAME = "simulated:hub"


def day_figure(census: Census, label: str) -> list[dict[str, Any]]:
    """Return what the frame held on a day."""
    return census.totals(frame=FRAME, period=label).records()


def work(path: str, day: dict[str, Any]) -> dict[str, Any]:
    """Import a day, and build if told to."""
    store = Store(Path(path))
    import_source(store, "hub-stats", Path(day["path"]), {"label": day["label"]}, Settings())
    found: dict[str, Any] = {"release": "", "figure": []}
    if day["build"]:
        found["release"] = build_release(store, Settings()).name
        census = Census(open_release(store, found["release"]))
        found["figure"] = day_figure(census, day["label"])
        census.close()
    return found | {"peak_kb": _peak_kb(), "descriptors": len(os.listdir("/proc/self/fd"))}


def _peak_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def apart(store: str, day: dict[str, Any]) -> str:
    """Return what a new process answers to a day's work; an empty object when it failed."""
    begin, end = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(end, json.dumps(work(store, day), default=str).encode())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(end)
    with os.fdopen(begin) as answer:
        line = answer.read()
    os.waitpid(child, 0)
    return line or "{}"


def main(store: str) -> None:
    """Work day by day."""
    for line in sys.stdin:
        print(apart(store, json.loads(line)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
