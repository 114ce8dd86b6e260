"""Many days of snapshots, each by a process of its own: T25 of the fault table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.compute as pc
import pytest
from tests.faults.daily import day_figure

from modelcensus.measures.census import Census
from modelcensus.releases.release import open_release
from modelcensus.releases.status import folder_bytes
from modelcensus.snapshots.store import Store
from modelcensus.testing import FaultFigures, Plan, Simulation

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")
DAILY = Path(__file__).with_name("daily.py")
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs /proc to measure memory"
)


@dataclass
class Soak:
    """What many days led to.

    Attributes:
        answers: of each day's process.
        truth: label -> models, models at 0 and sum, recounted from the simulator's rows.
        grown: bytes of snapshots and receipts that each day added.
    """

    store: Store
    answers: list[dict[str, Any]] = field(default_factory=list)
    truth: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    grown: list[int] = field(default_factory=list)


def recounted(simulation: Simulation, label: Any) -> tuple[int, int, int]:
    """Return models, models at 0 and the sum of a label's 30-day downloads."""
    counts = simulation.state(label, ["downloads"])["downloads"]
    return len(counts), pc.sum(pc.equal(counts, 0)).as_py() or 0, pc.sum(counts).as_py()


def soak(folder: Path, simulation: Simulation, build_on: set[int]) -> Soak:
    """Give every day to a process of its own; build on some of them."""
    found = Soak(Store(folder / "store"))
    path = os.pathsep.join(p for p in sys.path if p)
    kept = [found.store.snapshots_path, found.store.imports_path]
    before = 0
    with subprocess.Popen(
        [sys.executable, str(DAILY), str(found.store.path)], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path},
    ) as worker:  # fmt: skip
        assert worker.stdin is not None
        assert worker.stdout is not None
        for number, label in enumerate(simulation.labels, start=1):
            listing = simulation.write_hub_stats(folder / f"{label}.parquet", label)
            day = {"label": str(label), "path": str(listing), "build": number in build_on}
            worker.stdin.write(json.dumps(day) + "\n")
            worker.stdin.flush()
            found.truth[str(label)] = recounted(simulation, label)
            found.answers.append(json.loads(worker.stdout.readline()))
            assert found.answers[-1], f"the process of {label} failed"
            listing.unlink()
            now = sum(map(folder_bytes, kept))
            found.grown.append(now - before)
            before = now
        worker.stdin.close()
    assert worker.returncode == 0
    return found


def check(found: Soak) -> dict[str, float | int]:
    """Hold memory, descriptors, disk and every day's figure; return the figures."""
    days = len(found.answers)
    plain = [a for a in found.answers if not a["release"]]
    few = max(2, len(plain) // 10)
    first, last = plain[:few], plain[-few:]
    growth = median(a["peak_kb"] for a in last) - median(a["peak_kb"] for a in first)
    builds = [a for a in found.answers if a["release"]]
    error = disk_error(found)
    right, same = rederived(found)
    figures = {
        "days": days,
        "days_rederived": right,
        "builds": len(builds),
        "builds_rederived": same,
        "peak_mb_growth": round(growth / 1024, 1),
        "peak_mb_last": round(median(a["peak_kb"] for a in last) / 1024),
        "build_peak_mb_first": round(builds[0]["peak_kb"] / 1024),
        "build_peak_mb_last": round(builds[-1]["peak_kb"] / 1024),
        "descriptors_first": first[0]["descriptors"],
        "descriptors_last": last[-1]["descriptors"],
        "bytes_a_day": round(sum(found.grown) / days),
        "disk_off_prediction": round(error, 3),
    }
    assert right == days
    assert same == len(builds)
    assert growth < 16 * 1024
    assert len({a["descriptors"] for a in plain}) == 1
    assert abs(error) < 0.1
    return figures


def disk_error(found: Soak) -> float:
    """Return how far the disk used lies from what the first days predict, as a share."""
    rows = [models for models, _, _ in found.truth.values()]
    some = max(4, len(rows) // 10)
    predicted = sum(found.grown[:some]) / sum(rows[:some]) * sum(rows)
    return sum(found.grown) / predicted - 1


def rederived(found: Soak) -> tuple[int, int]:
    """Return for how many days, and builds, the last release gives the figure of that day."""
    census = Census(open_release(found.store, found.answers[-1]["release"]))
    right = same = 0
    try:
        for label, answer in zip(found.truth, found.answers, strict=True):
            figure = day_figure(census, label)
            (row,) = figure
            counted = (row["models"], row["models_at_zero"], row["value"])
            right += (row["label"], counted) == (label, found.truth[label])
            if answer["release"]:
                same += json.loads(json.dumps(figure, default=str)) == answer["figure"]
    finally:
        census.close()
    return right, same


@pytest.mark.long
def test_days_of_snapshots_leave_nothing_behind(tmp_path: Path) -> None:
    simulation = Simulation(3, 2000, snapshots=8, step_days=1, plan=Plan.nothing())
    FIGURES.record("T25", **check(soak(tmp_path, simulation, {4, 8})))


@pytest.mark.long
def test_four_hundred_days_of_snapshots_leave_nothing_behind(tmp_path: Path) -> None:
    simulation = Simulation(3, 2000, snapshots=400, step_days=1, plan=Plan())
    figures = check(soak(tmp_path, simulation, {100, 400}))
    FIGURES.record("T25", **{f"long_{name}": number for name, number in figures.items()})
