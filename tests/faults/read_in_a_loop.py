"""Computes a figure from the newest release of a store again and again; started by fault tests.

python read_in_a_loop.py STORE FRAME STOP

Ends with a last figure when the file STOP is there. Prints JSON: per figure the release, its
rows, and the seconds it took. It says `ready` when it begins.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from modelcensus.measures.census import Census
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

PAUSE = 0.3
"""Seconds between figures: readers leave something of the processors to the writer."""


def figure(store: Store, frame: str) -> tuple[str, list[dict[str, object]]]:
    """Return the newest release and a figure computed from it."""
    census = Census(open_release(store, settings=Settings(engine_threads=1)))
    try:
        return census.release.name, census.totals(frame=frame).records()
    finally:
        census.close()


def main(path: str, frame: str, stop: str) -> None:
    """Read until told to stop."""
    store = Store(Path(path))
    figure(store, frame)
    print("ready", flush=True)
    found = []
    is_last = False
    while not is_last:
        is_last = Path(stop).exists()
        began = time.monotonic()
        name, rows = figure(store, frame)
        found.append((name, rows, time.monotonic() - began))
        time.sleep(PAUSE)
    print(json.dumps(found, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
