"""Computes figures under several time zones, each in a process of its own; started by fault tests.

python figures_by_zone.py STORE FRAME ZONE...       figures of the newest release
python figures_by_zone.py URL:FOLDER FRAME ZONE...  collected and built under each zone first

Prints a line of JSON per zone: the zone, its distance from UTC on a winter and on a summer day,
and the figures.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.collecting import collect
from modelcensus.snapshots.crawl_journals import CollectRequest
from modelcensus.snapshots.store import Store
from modelcensus.sources.hub.endpoint import read_endpoint
from modelcensus.testing import FixedClock

LIMITS = Settings(hub_page_rows=20)
BEGINS = (
    datetime(2024, 2, 29, 0, 10, tzinfo=UTC),
    datetime(2024, 3, 10, 7, 30, tzinfo=UTC),
)
"""When the crawls of the second form begin: just after midnight, and as clocks change."""


def figures(store: Store, frame: str) -> list[str]:
    """Return figures as the bytes that a user would save."""
    census = Census(open_release(store))
    try:
        asked = [
            census.totals(frame=frame, period="2024-02-29"),
            census.rank(frame=frame, by="namespace", period="2024-03-10", population="young:11"),
        ]
        return [figure.to_json() for figure in asked]
    finally:
        census.close()


def answer(task: tuple[str, str, str]) -> str:
    """Return what a zone leads to, as JSON."""
    place, frame, zone = task
    os.environ["TZ"] = zone
    time.tzset()
    offsets = [time.localtime(moment).tm_gmtoff for moment in (1_704_000_000, 1_720_000_000)]
    url, _, folder = place.rpartition(":")
    store = Store(Path(folder) / zone.replace("/", "-")) if url else Store(Path(place))
    if url:
        for begin in BEGINS:
            request = CollectRequest(read_endpoint(url, LIMITS))
            collect(store, request, LIMITS, FixedClock(begin))
        build_release(store, LIMITS)
    return json.dumps([zone, offsets, figures(store, frame)])


def main(place: str, frame: str, *zones: str) -> None:
    """Answer for every zone."""
    context = multiprocessing.get_context("fork")
    with context.Pool(1, maxtasksperchild=1) as pool:
        for line in pool.imap(answer, [(place, frame, zone) for zone in zones], chunksize=1):
            print(line, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
