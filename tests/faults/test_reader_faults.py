"""Readers beside a crawler that builds: the second half of T9 of the fault table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time as real_time
from datetime import UTC, date, datetime, time
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from tests.faults.read_in_a_loop import figure

from modelcensus.releases.build import build_release
from modelcensus.releases.release import is_whole, release_names
from modelcensus.settings import Settings
from modelcensus.snapshots.collecting import collect
from modelcensus.snapshots.crawl_journals import CollectRequest
from modelcensus.snapshots.store import Store
from modelcensus.sources.hub.endpoint import read_endpoint
from modelcensus.testing import FakeHub, FaultFigures, FixedClock, Plan, Simulation

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")
READER = Path(__file__).with_name("read_in_a_loop.py")
LIMITS = Settings(hub_page_rows=50)
FRAME = "simulated:hub"


class Reader:
    """A process that computes figures in a loop."""

    def __init__(self, store: Store, stop: Path) -> None:
        """Start it and wait until its first figure is there."""
        path = os.pathsep.join(p for p in sys.path if p)
        self.process = subprocess.Popen(
            [sys.executable, str(READER), str(store.path), FRAME, str(stop)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.is_ready = self.process.stdout.readline() == "ready\n"

    def found(self) -> list[tuple[str, list[dict[str, Any]], float]]:
        """Return release, rows and seconds of every figure it computed."""
        out, err = self.process.communicate(timeout=60)
        assert (self.process.returncode, err) == (0, "")
        figures: list[tuple[str, list[dict[str, Any]], float]] = json.loads(out)
        return figures


def collect_and_build(store: Store, simulation: Simulation, label: date, latency: float) -> float:
    """Crawl a label on its day and build; return the seconds it took."""
    began = real_time.monotonic()
    clock = FixedClock(datetime.combine(label, time(hour=1), UTC))
    with FakeHub(simulation, label=label, clock=clock, latency_s=latency) as hub:
        collect(store, CollectRequest(read_endpoint(hub.url, LIMITS)), LIMITS, clock)
    build_release(store, LIMITS)
    return real_time.monotonic() - began


def read_while_collecting(folder: Path, days: int, readers: int) -> dict[str, Any]:
    """Let readers compute figures while days are crawled and built; return what was measured."""
    plan = Plan.nothing()
    simulation = Simulation(3, 400, snapshots=days + 1, step_days=1, plan=plan)
    store = Store(folder / "store")
    collect_and_build(store, simulation, simulation.labels[0], 0)
    alone = []
    for _ in range(3):
        began = real_time.monotonic()
        figure(store, FRAME)
        alone.append(real_time.monotonic() - began)
    stop = folder / "stop"
    started = [Reader(store, stop) for _ in range(readers)]
    try:
        assert all(reader.is_ready for reader in started)
        # the crawler and the builder hold their locks all this time
        writing = [collect_and_build(store, simulation, d, 0.02) for d in simulation.labels[1:]]
    finally:
        stop.write_text("")
    found = [entry for reader in started for entry in reader.found()]
    names = release_names(store)
    assert len(names) == days + 1
    assert all(is_whole(store.releases_path / name, verify=True) for name in names)
    return {"store": store, "found": found, "alone": alone, "writing": writing, "names": names}


def check(measured: dict[str, Any]) -> dict[str, float | int]:
    """Hold that no reader waited and that every figure is one release's; return the figures."""
    store, found, names = measured["store"], measured["found"], measured["names"]
    truth = {name: json.loads(json.dumps(_figure(store, name), default=str)) for name in names}
    mixed = sum(rows != truth[name] for name, rows, _ in found)
    read = {name for name, _, _ in found}
    longest = max(seconds for _, _, seconds in found)
    assert mixed == 0
    # they went on from release to release, and none was kept out while a writer was at work
    assert {names[0], names[-2], names[-1]} <= read
    assert longest < min(measured["writing"])
    return {
        "figures_read": len(found),
        "releases_built_meanwhile": len(names) - 1,
        "figures_mixed": mixed,
        "reader_ms_alone": round(1000 * median(measured["alone"])),
        "reader_ms_median": round(1000 * median(seconds for _, _, seconds in found)),
        "reader_ms_longest": round(1000 * longest),
        "writer_ms_shortest": round(1000 * min(measured["writing"])),
    }


def _figure(store: Store, name: str) -> list[dict[str, Any]]:
    from modelcensus.measures.census import Census
    from modelcensus.releases.release import open_release

    census = Census(open_release(store, name))
    try:
        return census.totals(frame=FRAME).records()
    finally:
        census.close()


def test_readers_are_never_blocked_and_read_whole_releases(tmp_path: Path) -> None:
    FIGURES.record("T9", readers=2, **check(read_while_collecting(tmp_path, days=1, readers=2)))


@pytest.mark.long
def test_many_readers_beside_many_days(tmp_path: Path) -> None:
    figures = check(read_while_collecting(tmp_path, days=8, readers=4))
    FIGURES.record("T9", **{f"long_{name}": n for name, n in figures.items()}, long_readers=4)
