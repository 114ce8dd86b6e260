"""Time zones, leap days, and clocks that are set while work goes on: T13 of the fault table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.crawls import prepare, record
from tests.small_store import overlay, put, state

from modelcensus.errors import IncompleteSnapshot
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.releases.status import store_status
from modelcensus.settings import Settings
from modelcensus.snapshots.collecting import CollectReport, collect
from modelcensus.snapshots.crawl_journals import CollectRequest
from modelcensus.snapshots.store import Store
from modelcensus.sources.hub.endpoint import read_endpoint
from modelcensus.testing import FakeHub, FaultFigures, FixedClock
from modelcensus.testing.fake_hub.fault import Fault

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")
BY_ZONE = Path(__file__).with_name("figures_by_zone.py")
ZONES = (
    "UTC",
    "Asia/Shanghai",
    "America/St_Johns",
    "Europe/Berlin",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
"""Fourteen hours before UTC to eleven behind it; St John's and Berlin change their clocks."""
FRAME = "sample:leap"
LABELS = ("2024-02-28", "2024-02-29", "2024-03-01", "2024-03-10", "2024-03-31")
"""The leap day and its neighbours, and the days on which clocks change."""
ROWS = [record(number) for number in range(47)]
TRUTH = [row["_id"] for row in sorted(ROWS, key=lambda r: (r["createdAt"], r["_id"]))]
LIMITS = Settings(hub_page_rows=10)
STEPS = {"back 1 hour": -3600.0, "ahead 1 day": 86_400.0}


# Time zones


def midnights(place: int) -> list[dict[str, Any]]:
    """Return models that were created around midnight of the labels, and at changes of clocks."""
    rows = []
    for number, label in enumerate(LABELS):
        for minutes in (-600, -1, 0, 1, 150, 600):
            created = datetime.fromisoformat(f"{label}T00:00:00+00:00")
            created += timedelta(minutes=minutes)
            name = f"grove/tree-{number}-{minutes + 600}"
            rows.append({"id": name, "downloads_30d": 10 * number + place, "created_at": created})
    return rows


def by_zone(place: str, frame: str) -> tuple[set[tuple[int, ...]], set[str]]:
    """Return the distances from UTC and the distinct figures that six zones lead to."""
    path = os.pathsep.join(p for p in sys.path if p)
    run = subprocess.run(
        [sys.executable, str(BY_ZONE), place, frame, *ZONES],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert [zone for zone, _, _ in found] == list(ZONES)
    assert all("2024-02-29" in figures[0] for _, _, figures in found)
    assert all(json.loads(figure)["rows"] for _, _, figures in found for figure in figures)
    return {tuple(o) for _, o, _ in found}, {json.dumps(figures) for _, _, figures in found}


def test_six_time_zones_give_the_same_figures(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    put(store, *(state(d, midnights(n), frame=FRAME) for n, d in enumerate(LABELS)))
    build_release(store, LIMITS)
    offsets, outputs = by_zone(str(store.path), FRAME)
    # the zones were really in force
    assert len(offsets) == len(ZONES)
    assert sum(winter != summer for winter, summer in offsets) == 2
    FIGURES.record("T13", time_zones=len(ZONES), distinct_outputs=len(outputs))
    assert len(outputs) == 1


@pytest.mark.long
def test_six_time_zones_collect_and_build_to_the_same_figures(tmp_path: Path) -> None:
    rows = [{**row, "createdAt": f"2024-02-2{8 + n % 2}T23:5{n % 10}:00.000Z"}
            for n, row in enumerate(ROWS)]  # fmt: skip
    with FakeHub(rows) as hub:
        _, outputs = by_zone(f"{hub.url}:{tmp_path}", "simulated:hub")
    FIGURES.record("T13", long_time_zones=len(ZONES), long_distinct_outputs=len(outputs))
    assert len(outputs) == 1


# Clocks that are set


class SetClock(FixedClock):
    """A clock whose time of day is set once, while durations go on as they do on a machine.

    Args:
        step: seconds it is set forward; negative: back.
        at: it happens when the time is asked for the `at`-th time.
    """

    def __init__(self, step: float = 0.0, at: int = 1) -> None:
        super().__init__()
        self._step, self._left = step, at
        self.ran = 0.0

    def now(self) -> datetime:
        self._left -= 1
        if self._left == 0:
            self.advance(self._step)
        return super().now()

    def monotonic(self) -> float:
        return self.ran

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.ran += seconds


class HubsOwn(FixedClock):
    """The hub's clock: it goes on as the crawler's durations do, and nobody sets it."""

    def __init__(self, other: SetClock) -> None:
        super().__init__()
        self._begin, self._other = super().now(), other

    def now(self) -> datetime:
        return self._begin + timedelta(seconds=self._other.ran)


def waits_with(folder: Path, clock: SetClock) -> list[float]:
    """Walk under a quota of two requests a minute; return the waits."""
    with FakeHub(ROWS, quota=2, window_s=60, clock=HubsOwn(clock)) as hub:
        run = prepare(folder, hub, limits=LIMITS, clock=clock)
        run.crawl.run()
        run.close()
        assert run.keys() == TRUTH
        assert hub.quota.refused == 0
    return clock.slept


def test_a_clock_set_at_any_moment_of_a_crawl_changes_no_wait(tmp_path: Path) -> None:
    calm = waits_with(tmp_path / "calm", SetClock())
    assert calm
    moments = 0
    for name, step in STEPS.items():
        for at in range(1, 9):
            clock = SetClock(step, at)
            assert waits_with(tmp_path / f"{name}-{at}", clock) == calm, (name, at)
            moments += 1
    FIGURES.record("T13", clock_set_at_moments=moments, waits_changed=0)


@pytest.mark.parametrize("hours_off", [-25, -1, 0, 1, 25])
def test_a_wait_until_a_date_is_counted_by_the_clock_that_named_it(
    tmp_path: Path, hours_off: int
) -> None:
    """`Retry-After` may be a date; the hub's `Date` says what time it is there."""
    clock = FixedClock()
    there = clock.now() + timedelta(hours=hours_off)
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked > 1:
            return httpx.Response(200, json=ROWS[:5])
        until = format_datetime(there + timedelta(seconds=40), usegmt=True)
        headers = {"Date": format_datetime(there, usegmt=True), "Retry-After": until}
        return httpx.Response(429, headers=headers)

    with FakeHub(ROWS) as hub:
        run = prepare(tmp_path / "crawl", hub, limits=LIMITS, clock=clock)
    run.client._http = httpx.Client(transport=httpx.MockTransport(answer))
    run.crawl.run()
    run.close()
    assert 40 <= clock.slept[0] <= 41
    FIGURES.record("T13", dated_waits_kept=5)


def collected(store: Path, hub: FakeHub, clock: SetClock) -> CollectReport:
    request = CollectRequest(read_endpoint(hub.url, LIMITS))
    return collect(Store(store), request, LIMITS, clock)


@pytest.mark.parametrize("name", STEPS)
def test_a_crawl_cut_short_goes_on_after_the_clock_was_set(tmp_path: Path, name: str) -> None:
    clock = SetClock(STEPS[name], at=6)
    day = FixedClock.now(clock).date()
    with FakeHub(ROWS, page_faults={4: Fault("500", times=10)}, clock=HubsOwn(clock)) as hub:
        # the clock is set while the third page is read, and the crawl dies on the fourth
        with pytest.raises(IncompleteSnapshot):
            collected(tmp_path, hub, clock)
        before = len(hub.requests)
        report = collected(tmp_path, hub, clock)
        assert len(hub.requests) - before <= 4
    manifest = report.snapshot
    first, last = manifest.window
    seen = Store(tmp_path).open_table(manifest, "observations", ["observed_at"])["observed_at"]
    assert first <= min(seen.to_pylist())
    assert max(seen.to_pylist()) <= last
    assert last - first >= timedelta(seconds=abs(STEPS[name])) - timedelta(minutes=30)
    assert manifest.rows == len(ROWS)
    # the day on which it began, whatever day it is now
    assert date.fromisoformat(manifest.label) == day
    (frame,) = store_status(Store(tmp_path), clock.now(), LIMITS)["frames"]
    assert frame["age_days"] >= 0
    assert frame["state"] == "fresh"


def test_a_snapshot_of_tomorrow_is_fresh_and_not_younger_than_now(tmp_path: Path) -> None:
    """A clock that was a day ahead while a crawl began has been set right again."""
    clock = SetClock()
    clock.advance(86_400)
    with FakeHub(ROWS) as hub:
        collected(tmp_path, hub, clock)
    clock.advance(-86_400)
    (frame,) = store_status(Store(tmp_path), clock.now(), LIMITS)["frames"]
    assert (frame["age_days"], frame["state"]) == (0.0, "fresh")


def test_the_last_build_is_the_newest_release_though_the_clock_was_set_back(
    tmp_path: Path,
) -> None:
    store = put(Store(tmp_path / "store"), state("2024-02-29", midnights(1), frame=FRAME))
    first = build_release(store, LIMITS)
    # as if it had been built an hour from now, before the clock was set back
    ahead = datetime.now(UTC).timestamp() + 3600
    os.utime(first.path / "manifest.json", (ahead, ahead))
    laid = overlay(tmp_path / "overlay", namespaces=[])
    put(store, state("2024-02-28", midnights(0), frame=FRAME))
    second = build_release(store, LIMITS, overlays=[laid])
    assert second.name[:10] == first.name[:10]
    release = open_release(store)
    assert release.name == second.name
    release.close()
