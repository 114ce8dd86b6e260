"""Crawls of an invented Hub into a store, and what is left when they end early."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.crawls import record

from modelcensus.errors import LimitExceeded, SnapshotError, SourceError
from modelcensus.settings import Settings
from modelcensus.snapshots.collecting import CollectReport, collect
from modelcensus.snapshots.crawl_cost import dry_run, expected_rows
from modelcensus.snapshots.crawl_journals import CollectRequest
from modelcensus.snapshots.crawl_progress import Progress
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources.hub.endpoint import read_endpoint
from modelcensus.testing import FakeHub, FixedClock

ROWS = [record(number) for number in range(47)]
SMALL = Settings(hub_page_rows=10)
START = datetime(2026, 1, 1, 23, 59, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


def request(hub: FakeHub, **given: Any) -> CollectRequest:
    return CollectRequest(read_endpoint(hub.url, SMALL), **given)


def run(
    store: Store, hub: FakeHub, clock: FixedClock, limits: Settings = SMALL, **given: Any
) -> CollectReport:
    return collect(store, request(hub, **given), limits, clock)


def crawls(store: Store) -> list[Path]:
    return [p for p in (store.path / "crawls").iterdir() if p.name != ".lock"]


class Interrupting:
    """Interrupts the crawl after so many reports of progress, as Ctrl-C does."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, progress: Progress) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def interrupted(store: Store, hub: FakeHub, clock: FixedClock, after: int = 2, **more: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        collect(store, request(hub, **more), SMALL, clock, Interrupting(after))


def test_a_crawl_becomes_a_snapshot(store: Store, clock: FixedClock) -> None:
    with FakeHub(ROWS) as hub:
        report = run(store, hub, clock)
        # five pages, and a look behind the end
        assert report.requests == len(hub.requests) == 6
    manifest = report.snapshot
    assert store.snapshots() == [manifest]
    assert (manifest.hub, manifest.frame, manifest.label) == (
        "huggingface",
        "simulated:hub",
        "2026-01-01",
    )
    assert (manifest.rows, manifest.input_rows, manifest.applied_rows) == (47, 47, 0)
    assert manifest.status == "collected"
    assert manifest.is_simulated
    assert manifest.is_complete_frame
    assert manifest.window == (START, START)
    assert manifest.source.url == "http://127.0.0.1"
    assert "size_bytes" in manifest.absent_columns
    assert not {"observed_at", "downloads_all_time", "hub_key"} & set(manifest.absent_columns)
    rows = store.open_table(manifest, "observations").to_pylist()
    assert [row["downloads_30d"] for row in rows] == [n * 7 for n in range(47)]
    assert {row["observed_at"] for row in rows} == {START}
    metadata = store.open_table(manifest, "metadata").to_pylist()
    assert [row["hub_key"] for row in metadata] == [row["_id"] for row in ROWS]
    assert metadata[0]["licence_tag"] == "mit"
    assert not crawls(store)
    assert report.stored.sentences()[0].endswith("47 rows (simulated data)")


def test_a_day_is_collected_once(store: Store, clock: FixedClock) -> None:
    with FakeHub(ROWS) as hub:
        run(store, hub, clock)
        asked = len(hub.requests)
        with pytest.raises(SnapshotError, match="stored already"):
            run(store, hub, clock)
        assert len(hub.requests) == asked
        clock.advance(60)
        assert run(store, hub, clock).snapshot.label == "2026-01-02"
    assert len(store.snapshots()) == 2


def test_the_first_models_alone_are_a_frame_of_their_own(store: Store, clock: FixedClock) -> None:
    with FakeHub(ROWS) as hub:
        manifest = run(store, hub, clock, rows_wanted=15).snapshot
        assert len(hub.requests) == 2
        assert run(store, hub, clock, rows_wanted=3).snapshot.rows == 3
        assert run(store, hub, clock, rows_wanted=100).snapshot.rows == 47
    assert manifest.frame == "simulated:sample:hub-first-15"
    assert manifest.rows == 15
    assert manifest.applied_rows == 5
    assert not manifest.is_complete_frame


def test_kept_pages_can_be_read_again(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    with FakeHub(ROWS) as hub:
        manifest = run(store, hub, clock, keep_pages=True).snapshot
        (folder,) = crawls(store)
        assert json.loads((folder / "crawl.json").read_text())["snapshot"] == manifest.id
        again = import_source(store, "hub-pages", folder, {}, SMALL)
        assert not again.is_new
        other = import_source(Store(tmp_path / "other"), "hub-pages", folder, {}, SMALL)
        assert other.snapshots[0].id == manifest.id
        # kept pages are no crawl to go on with
        clock.advance(timedelta(days=1))
        assert run(store, hub, clock).pages_found == 0


def test_an_interrupted_crawl_goes_on_under_its_first_day(store: Store, clock: FixedClock) -> None:
    with FakeHub(ROWS) as hub:
        interrupted(store, hub, clock)
        assert not store.snapshots()
        (folder,) = crawls(store)
        assert sorted(p.name for p in folder.iterdir()) == ["crawl.json", "pages"]
        with pytest.raises(SourceError, match="not finished"):
            import_source(store, "hub-pages", folder, {}, SMALL)
        clock.advance(3600)
        report = run(store, hub, clock)
        assert len(hub.requests) == 6
    assert report.pages_found == 2
    assert report.requests == 4
    assert report.snapshot.label == "2026-01-01"
    assert report.snapshot.window == (START, START + timedelta(hours=1))


def test_it_goes_on_at_another_port_too(store: Store, clock: FixedClock) -> None:
    with FakeHub(ROWS) as hub:
        interrupted(store, hub, clock)
    with FakeHub(ROWS) as hub:
        assert run(store, hub, clock).pages_found == 2


def test_an_old_crawl_or_another_one_is_not_taken_up(store: Store, clock: FixedClock) -> None:
    with FakeHub(ROWS) as hub:
        interrupted(store, hub, clock)
        assert run(store, hub, clock, rows_wanted=15).pages_found == 0
        assert len(crawls(store)) == 1
        clock.advance(timedelta(hours=49))
        report = run(store, hub, clock)
    assert report.pages_found == 0
    assert report.snapshot.label == "2026-01-04"
    assert not crawls(store)


def test_a_crawl_that_was_complete_is_stored_without_asking(
    store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: Any) -> None:
        raise KeyboardInterrupt

    with FakeHub(ROWS) as hub:
        with monkeypatch.context() as patched:
            patched.setattr("modelcensus.snapshots.collecting.place", refuse)
            with pytest.raises(KeyboardInterrupt):
                run(store, hub, clock)
        asked = len(hub.requests)
        clock.advance(timedelta(days=1))
        report = run(store, hub, clock)
        assert len(hub.requests) == asked
    assert report.snapshot.label == "2026-01-01"
    assert report.requests == 0


def test_a_clock_that_is_set_back_does_no_harm(store: Store, clock: FixedClock) -> None:
    with FakeHub(ROWS) as hub:
        interrupted(store, hub, clock)
        clock.advance(-3600)
        manifest = run(store, hub, clock).snapshot
    assert manifest.window == (START - timedelta(hours=1), START)
    assert manifest.label == "2026-01-01"


def test_a_damaged_journal_is_said_so(store: Store, clock: FixedClock) -> None:
    with FakeHub(ROWS) as hub:
        interrupted(store, hub, clock)
        (folder,) = crawls(store)
        page = folder / "pages" / "000001.json.zst"
        page.write_bytes(page.read_bytes()[:-20])
        with pytest.raises(SnapshotError, match="damaged"):
            run(store, hub, clock)
        assert not store.snapshots()
        # a journal whose state cannot be read is none, and makes room
        (folder / "crawl.json").write_text("{")
        assert run(store, hub, clock).pages_found == 0


def test_what_ends_the_reading_ends_the_crawl(store: Store, clock: FixedClock) -> None:
    with FakeHub(ROWS) as hub, pytest.raises(LimitExceeded, match="more than 20 rows"):
        run(store, hub, clock, limits=Settings(hub_page_rows=10, reader_rows=20))
    assert not store.snapshots()
    assert len(crawls(store)) == 1


def test_an_empty_hub_is_no_snapshot(store: Store, clock: FixedClock) -> None:
    with FakeHub([]) as hub, pytest.raises(SnapshotError, match="lists no model"):
        run(store, hub, clock)
    assert not store.snapshots()


def test_leftovers_of_a_killed_crawl_are_cleared_away(store: Store, clock: FixedClock) -> None:
    with FakeHub(ROWS) as hub:
        interrupted(store, hub, clock)
        (folder,) = crawls(store)
        for parent in (folder, store.path / "crawls"):
            (parent / ".partial-x").mkdir()
            os.mkfifo(parent / ".partial-x" / "pages")
        run(store, hub, clock)
    assert not crawls(store)


def test_progress_tells_rows_rate_quota_and_time_left(store: Store, clock: FixedClock) -> None:
    told: list[Progress] = []

    def tell(progress: Progress) -> None:
        told.append(progress)
        clock.advance(1)

    with FakeHub(ROWS, quota=4, window_s=60, clock=clock) as hub:
        collect(
            store, request(hub), Settings(hub_page_rows=10, hub_expected_models=60), clock, tell
        )
    assert [p.rows for p in told if not p.waiting_s] == [10, 20, 30, 40, 47]
    assert {p.rows_expected for p in told} == {60}
    assert told[1].rows_per_s == 20.0
    assert told[1].seconds_left == 2.0
    assert told[0].quota is not None
    assert told[0].quota.left == 3
    assert [p.why for p in told if p.waiting_s] == ["the quota is used up"]


def test_a_dry_run_tells_what_a_crawl_would_cost(store: Store, clock: FixedClock) -> None:
    limits = Settings(hub_page_rows=10, hub_expected_models=100_000)
    with FakeHub(ROWS, quota=500, clock=clock) as hub:
        cost = dry_run(store, request(hub), limits, clock)
        assert len(hub.requests) == 1
        assert not store.path.exists()
        assert cost.rows == 100_000
        assert cost.requests == 10_001
        # 499 now, then 500 every five minutes
        assert cost.minutes == pytest.approx(100)
        assert cost.wire_mb == pytest.approx(10_001 * 0.0045, rel=0.3)
        assert 0 < cost.disk_mb < cost.wire_mb
        assert cost.policy.requests == 500
        first = dry_run(store, request(hub, rows_wanted=30), limits, clock)
        assert (first.rows, first.requests, first.minutes) == (30, 3, 0.0)
    with FakeHub(ROWS[:5]) as hub:
        whole = dry_run(store, request(hub), limits, clock)
        assert (whole.rows, whole.requests) == (5, 2)


def test_the_last_crawl_tells_how_many_to_expect(store: Store, clock: FixedClock) -> None:
    assert expected_rows(store, SMALL) == 3_000_000
    with FakeHub(ROWS) as hub:
        run(store, hub, clock)
    assert expected_rows(store, SMALL) == 47


def test_the_label_is_the_utc_day_wherever_the_machine_is(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        with FakeHub(ROWS) as hub:
            manifest = run(store, hub, FixedClock(START)).snapshot
    finally:
        monkeypatch.undo()
        time.tzset()
    assert manifest.label == str(date(2026, 1, 1))
