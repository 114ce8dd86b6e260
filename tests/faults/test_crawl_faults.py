"""Crawls under faults: T1-T5, T8, T9, T16, T21 of the fault table, over real sockets."""

from __future__ import annotations

import errno
import json
import logging
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.crawls import HURRIED, HurriedClock, Walked, prepare, record

from modelcensus import files
from modelcensus.errors import (
    CensusError,
    CoverageError,
    IncompleteSnapshot,
    SettingsError,
    SnapshotError,
    SourceError,
    StoreBusy,
    StoreError,
    TooManyRejects,
)
from modelcensus.settings import Settings
from modelcensus.snapshots import collecting
from modelcensus.snapshots.collecting import CollectReport, collect
from modelcensus.snapshots.crawl_journals import CollectRequest
from modelcensus.snapshots.store import MANIFEST_FILE, Store
from modelcensus.sources.hub.endpoint import read_endpoint
from modelcensus.sources.hub.token import Secret
from modelcensus.testing import Churn, FakeHub, FaultFigures, FixedClock, Simulation
from modelcensus.testing.fake_hub.fault import Fault

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")
WALKER = Path(__file__).with_name("crawl_to_the_end.py")
CANARY = "hf_canaryCANARYcanary0123456789"
ROWS = [record(number) for number in range(47)]
TRUTH = [row["_id"] for row in sorted(ROWS, key=lambda r: (r["createdAt"], r["_id"]))]
PAGES = 5

PASSING = (
    *("408", "429", "500", "502", "503", "504"),
    *("reset", "truncated", "wrong_length", "slow_drip", "silence"),
    *("broken_json", "html", "not_a_list", "foreign_next", "redirect"),
)
"""Faults that a second request heals."""
ON_THE_WAY = ("empty_page", "repeated_cursor", "looping_cursor", "expired_cursor", "gone_cursor")
"""Faults that need another way on."""


def walked(folder: Path, hub: FakeHub, **given: Any) -> tuple[Walked, CensusError | None]:
    """Walk to the end, or to the error that ends it."""
    run = prepare(folder, hub, **given)
    try:
        run.crawl.run()
    except CensusError as error:
        return run, error
    finally:
        run.close()
    return run, None


def collected(store: Path, hub: FakeHub, **given: Any) -> CollectReport:
    """Collect into a store under a clock that stands still."""
    limits = given.pop("limits", HURRIED)
    clock = given.pop("clock", None) or FixedClock()
    endpoint = read_endpoint(hub.url, limits)
    return collect(Store(store), CollectRequest(endpoint, **given), limits, clock)


def manifest_bytes(store: Path) -> bytes:
    """Return the bytes of the one snapshot's manifest."""
    (path,) = (store / "snapshots").rglob(MANIFEST_FILE)
    return path.read_bytes()


def left_over(store: Path) -> list[str]:
    """Return the files of a store besides locks."""
    found = (p for p in store.rglob("*") if not p.is_dir() and p.name != ".lock")
    return sorted(p.relative_to(store).as_posix() for p in found)


# T1: what the network does


def test_every_passing_fault_on_every_page_leaves_the_crawl_whole(tmp_path: Path) -> None:
    passed = extra = 0
    for kind in PASSING:
        for page in range(1, PAGES + 1):
            clock = HurriedClock()
            with FakeHub(ROWS, page_faults={page: kind}, clock=clock) as hub:
                run, error = walked(tmp_path / f"{kind}-{page}", hub, clock=clock)
                assert error is None, (kind, page, error)
                assert run.keys() == TRUTH, (kind, page)
                assert hub.plan.spent, (kind, page)
                assert not hub.honeypot.requests
                extra += len(hub.requests) - PAGES - 1
                passed += 1
    FIGURES.record("T1", kinds=len(PASSING), pages=PAGES, passed=passed, extra_requests=extra)
    assert passed == len(PASSING) * PAGES


def test_faults_that_last_end_in_an_incomplete_snapshot_and_the_crawl_goes_on_later(
    tmp_path: Path,
) -> None:
    for kind in ("500", "html", "truncated", "foreign_next"):
        clock = HurriedClock()
        with FakeHub(ROWS, page_faults={3: Fault(kind, times=10)}, clock=clock) as hub:
            run, error = walked(tmp_path / kind, hub, clock=clock)
            assert isinstance(error, IncompleteSnapshot)
            assert error.rows == len(run.keys()) == 20
            assert "goes on after the 20 rows" in error.next_step
            assert not run.journal.state.is_complete
            again, error = walked(tmp_path / kind, hub, clock=clock)
            assert error is None
            assert again.keys() == TRUTH
            # pages 1 and 2 are not asked for again
            assert again.crawl.requests == PAGES - 2 + 1


def test_waits_obey_the_rate_limit(tmp_path: Path) -> None:
    clock = FixedClock()
    with FakeHub(ROWS, quota=2, window_s=60, clock=clock) as hub:
        run, error = walked(tmp_path / "quota", hub, clock=clock)
        assert error is None
        assert run.keys() == TRUTH
        # refused: not once
        assert hub.quota.refused == 0
        assert {round(seconds) for seconds in clock.slept} == {60}
    share = 6 / (2 * (1 + sum(clock.slept) / 60))
    FIGURES.record("T1", requests_refused_by_quota=0, share_of_allowed_pace=round(share, 3))
    assert share >= 0.9


def test_a_wait_that_is_too_long_ends_the_crawl(tmp_path: Path) -> None:
    with FakeHub(ROWS, page_faults={2: Fault("429", seconds=100_000)}) as hub:
        run, error = walked(tmp_path / "long", hub)
    assert isinstance(error, IncompleteSnapshot)
    assert run.keys() == TRUTH[:10]
    assert not run.waits


def test_a_bomb_ends_the_crawl_within_its_limit(tmp_path: Path) -> None:
    small = Settings(hub_page_rows=10, hub_page_bytes=100_000)
    fault = Fault("gzip_bomb", size=50_000_000)
    with FakeHub(ROWS, page_faults={2: fault}) as hub:
        _, error = walked(tmp_path / "bomb", hub, limits=small)
        assert isinstance(error, IncompleteSnapshot)
        assert "larger than 100,000 bytes" in error.what
        again, error = walked(tmp_path / "bomb", hub, limits=small)
        assert error is None
        assert again.keys() == TRUTH


# T2: death at any moment


def crawl_in_child(store: Path, hub: FakeHub, kill_after: int, page_rows: int) -> int:
    """Run a crawl in another process; return how it ended."""
    done = subprocess.run(
        [sys.executable, str(WALKER), str(store), hub.url, str(page_rows), str(kill_after)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    if "is stored already" in done.stderr:
        # it died between storing the snapshot and its last breath
        return 0
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def kill_and_resume(
    tmp_path: Path, rows: Any, page_rows: int, kills: Sequence[int]
) -> tuple[int, int]:
    """Crawl one store, dying again and again; return (kills, pages fetched again)."""
    with FakeHub(rows) as hub:
        report = collected(tmp_path / "calm", hub, limits=Settings(hub_page_rows=page_rows))
        needed = len(hub.requests)
    survived = 0
    with FakeHub(rows) as hub:
        for kill_after in kills:
            if crawl_in_child(tmp_path / "killed", hub, kill_after, page_rows) == 0:
                break
            survived += 1
            assert Store(tmp_path / "killed").snapshots() in ([], [report.snapshot])
        else:
            assert crawl_in_child(tmp_path / "killed", hub, 0, page_rows) == 0
        again = len(hub.requests) - needed
    assert manifest_bytes(tmp_path / "killed") == manifest_bytes(tmp_path / "calm")
    assert left_over(tmp_path / "killed") == left_over(tmp_path / "calm")
    return survived, again


def test_killed_after_any_effect_it_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    # the first effects are the journal's state, then five a page: answer, write, flush,
    # rename, flush; the last of these kills meet the snapshot taking its place
    kills = (1, 3, 5, 6, 7, 8, 9, 10, 14, 12)
    survived, again = kill_and_resume(tmp_path, ROWS, 5, kills)
    assert survived == len(kills)
    assert again <= survived
    FIGURES.record("T2", kills_survived=survived, pages_refetched=again)


@pytest.mark.long
@pytest.mark.parametrize("n", range(1, 90, 2))
def test_killed_after_the_nth_effect(tmp_path: Path, n: int) -> None:
    survived, again = kill_and_resume(tmp_path, ROWS, 10, [n])
    assert again <= survived


@pytest.mark.long
def test_killed_at_fifty_random_points_of_a_large_crawl(tmp_path: Path) -> None:
    draws = random.Random(20260101)  # noqa: S311
    kills = [draws.randrange(5, 60) for _ in range(50)]
    survived, again = kill_and_resume(tmp_path, Simulation(7, 300_000).rows(None), 1000, kills)
    FIGURES.record("T2", kills_survived_long=survived, pages_refetched_long=again, models=300_000)
    assert survived == 50
    assert again <= survived


# T3: cursors that lead nowhere


@pytest.mark.parametrize("kind", ON_THE_WAY)
def test_a_bad_cursor_is_walked_around_by_date(tmp_path: Path, kind: str) -> None:
    for page in range(1 if kind in ("repeated_cursor", "looping_cursor") else 2, PAGES + 1):
        with FakeHub(ROWS, page_faults={page: kind}) as hub:
            run, error = walked(tmp_path / str(page), hub, token=Secret(CANARY))
            assert error is None, (page, error)
            assert run.keys() == TRUTH
            # one stretch again, never the whole listing
            assert len(hub.requests) <= PAGES + 3
            assert not hub.honeypot.requests


def test_a_hub_that_knows_no_made_cursor_is_walked_again_from_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "modelcensus.sources.hub.crawl.cursor_after", lambda *given: "bm90IGEgY3Vyc29y"
    )
    for kind in ON_THE_WAY:
        with FakeHub(ROWS, page_faults={4: kind}) as hub:
            run, error = walked(tmp_path / kind, hub)
            assert error is None
            assert run.keys() == TRUTH


def test_a_listing_that_loops_for_ever_is_given_up(tmp_path: Path) -> None:
    for kind in ("repeated_cursor", "looping_cursor"):
        faults = {request: kind for request in range(1, 200)}
        with FakeHub(ROWS, request_faults=faults) as hub:
            run, error = walked(tmp_path / kind, hub, limits=Settings(hub_page_rows=5))
        assert isinstance(error, IncompleteSnapshot), kind
        assert len(run.keys()) == len(set(run.keys()))
        assert not run.journal.state.is_complete
        assert len(hub.requests) < 100


def test_a_listing_without_end_is_given_up(tmp_path: Path) -> None:
    limits = Settings(hub_page_rows=5, hub_pages=4)
    with FakeHub(ROWS) as hub:
        _, error = walked(tmp_path / "endless", hub, limits=limits)
    assert isinstance(error, IncompleteSnapshot)
    assert "does not end" in error.what


def test_an_end_before_the_end_is_found_out(tmp_path: Path) -> None:
    """A page that lost its `next` is no end: the listing is asked by date whether it is."""
    with FakeHub(ROWS) as hub:
        run = prepare(tmp_path / "crawl", hub)
        fetch = run.client.fetch
        run.client.fetch = lambda place: _without_next(fetch(place), run)  # type: ignore[method-assign]
        run.crawl.run()
        run.close()
    assert run.keys() == TRUTH


def _without_next(answer: Any, run: Walked) -> Any:
    return replace(answer, next="") if run.journal.pages == 2 else answer


def test_a_listing_much_shorter_than_the_last_is_not_stored(tmp_path: Path) -> None:
    store = tmp_path / "store"
    clock = FixedClock()
    with FakeHub(ROWS) as hub:
        collected(store, hub, clock=clock)
    clock.advance(86_400)
    with FakeHub(ROWS[:30]) as hub:
        with pytest.raises(CoverageError, match="30 models"):
            collected(store, hub, clock=clock)
        assert len(Store(store).snapshots()) == 1
        asked = len(hub.requests)
        lenient = Settings(hub_page_rows=10, min_crawl_share=0.1)
        assert collected(store, hub, clock=clock, limits=lenient).snapshot.rows == 30
        # the pages were kept
        assert len(hub.requests) == asked


# T4: the listing moves


def walk_by_downloads(hub: FakeHub, limit: int) -> list[str]:
    """Return the `_id` of all rows that a walk by a moving key meets."""
    found: list[str] = []
    url = f"{hub.url}/api/models?limit={limit}&sort=downloads&direction=-1"
    with httpx.Client(trust_env=False) as client:
        while url:
            answer = client.get(url)
            found += [row["_id"] for row in answer.json()]
            url = answer.links.get("next", {}).get("url", "")
    return found


def moving_crawl(tmp_path: Path, models: int, page_rows: int, moves: float) -> dict[str, int]:
    churn = Churn(seed=3, moves=moves, births=4, deletions=2, renames=2, hidden=1)
    limits = Settings(hub_page_rows=page_rows)
    simulation = Simulation(11, models)
    with FakeHub(simulation, churn=churn) as hub:
        run, error = walked(tmp_path / "moving", hub, limits=limits)
        assert error is None
        keys = run.keys()
        missed = hub.alive_throughout() - set(keys)
        renamed = sum(change.kind == "renamed" for change in hub.changes)
    with FakeHub(simulation, churn=churn) as hub:
        by_downloads = walk_by_downloads(hub, page_rows)
        lost = hub.alive_throughout() - set(by_downloads)
    return {
        "rows": len(keys),
        "missed": len(missed),
        "duplicated": len(keys) - len(set(keys)),
        "renamed_meanwhile": renamed,
        "by_downloads_missed": len(lost),
        "by_downloads_duplicated": len(by_downloads) - len(set(by_downloads)),
    }


def test_no_model_that_lived_throughout_is_missed(tmp_path: Path) -> None:
    figures = moving_crawl(tmp_path, 2000, 50, 0.02)
    FIGURES.record("T4", **figures)
    assert figures["missed"] == 0
    assert figures["duplicated"] == 0
    assert figures["by_downloads_missed"] > 0


@pytest.mark.long
def test_a_large_moving_listing_with_every_fault(tmp_path: Path) -> None:
    kinds = [*PASSING, *ON_THE_WAY]
    faults = {3 + 12 * n: kind for n, kind in enumerate(kinds)}
    clock = HurriedClock()
    churn = Churn(seed=5)
    limits = Settings(hub_read_seconds=2, hub_page_seconds=4)
    with FakeHub(
        Simulation(5, 300_000), churn=churn, request_faults=faults, clock=clock, cache_rows=310_000
    ) as hub:
        report = collected(
            tmp_path / "store", hub, clock=clock, limits=limits, token=Secret(CANARY)
        )
        store = Store(tmp_path / "store")
        keys = store.open_table(report.snapshot, "metadata", ["hub_key"])["hub_key"].to_pylist()
        missed = hub.alive_throughout() - set(keys)
        FIGURES.record(
            "T4",
            long_models=report.snapshot.rows,
            long_faults=len(hub.plan.spent),
            long_missed=len(missed),
            long_duplicated=len(keys) - len(set(keys)),
            long_tokens_leaked=len(hub.honeypot.requests),
        )
        assert not missed
        assert len(keys) == len(set(keys))
        assert not hub.honeypot.requests
        assert {kind for _, _, kind in hub.plan.spent} == set(kinds)


# T5: rows that are not what they were


ROW_FAULTS = (
    Fault("malformed_row", rows=2),
    Fault("malformed_row", value=17),
    Fault("malformed_row", value={"_id": "no id", "likes": 1}),
    Fault("malformed_row", value={"id": ["a/b"], "_id": "x"}),
    Fault("bad_utf8"),
    Fault("lone_surrogate"),
    Fault("nan"),
    Fault("huge_integer"),
    Fault("big_card", size=5_000_000),
    Fault("missing_field", rows=0, field="downloads"),
    Fault("missing_field", rows=0, field="createdAt"),
    Fault("missing_field", rows=1, field="_id"),
    Fault("added_field", rows=0),
    Fault("retyped_field", rows=2, field="downloads", value="many"),
    Fault("retyped_field", rows=2, field="tags", value={"a": 1}),
    Fault("retyped_field", rows=2, field="createdAt", value=17),
    Fault("retyped_field", rows=2, field="cardData", value=["x"]),
    Fault("null_field", rows=0, field="downloads"),
    Fault("null_field", rows=0, field="tags"),
)


def test_odd_rows_become_records_or_counted_rejects(tmp_path: Path) -> None:
    rows = [record(number) for number in range(len(ROW_FAULTS) * 10 + 5)]
    faults = {number: fault for number, fault in enumerate(ROW_FAULTS, start=1)}
    limits = Settings(hub_page_rows=10, max_reject_share=0.5)
    with FakeHub(rows, page_faults=faults) as hub:
        report = collected(tmp_path / "store", hub, limits=limits)
        assert len(hub.plan.spent) == len(ROW_FAULTS)
        mutated = set(hub.mutated)
    manifest = report.snapshot
    keys = Store(tmp_path / "store").open_table(manifest, "metadata", ["hub_key"])
    stored = set(keys["hub_key"].to_pylist())
    assert {row["_id"] for row in rows} - mutated <= stored
    assert manifest.rows + sum(manifest.rejects.values()) == manifest.input_rows
    FIGURES.record("T5", crashes=0, **{f"rejects_{k}": n for k, n in manifest.rejects.items()})
    expected = {
        "missing_id",
        "not_an_object",
        "bad_id",
        "bad_text",
        "count_not_integer",
        "bad_date",
    }
    assert expected <= set(manifest.rejects), manifest.rejects


def test_too_many_rejects_stop_before_storing(tmp_path: Path) -> None:
    fault = Fault("retyped_field", rows=0, field="downloads", value="many")
    with FakeHub(ROWS, page_faults={2: fault}) as hub:
        with pytest.raises(TooManyRejects) as refused:
            collected(tmp_path / "store", hub)
        assert refused.value.reasons == {"count_not_integer": 10}
        assert not Store(tmp_path / "store").snapshots()
        asked = len(hub.requests)
        lenient = Settings(hub_page_rows=10, max_reject_share=0.5)
        assert collected(tmp_path / "store", hub, limits=lenient).snapshot.rows == 37
        assert len(hub.requests) == asked


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_json_in_any_field_becomes_a_record_or_a_reject(data: st.DataObject) -> None:
    from modelcensus.sources.hub.pages import decode_page
    from modelcensus.sources.hub.rows import page_batch

    row = record(3)
    for name in data.draw(st.sets(st.sampled_from(sorted(row)), min_size=1, max_size=3)):
        row[name] = data.draw(JSON)
    rows: list[Any] = [record(1), row, data.draw(JSON), record(2)]
    body = json.dumps(rows).encode()
    batch = page_batch(decode_page(body), "row {}".format, "page")
    assert len(batch.records) + len(batch.rejects) == 4
    assert {"grove/tree-1", "grove/tree-2"} <= set(batch.records["model_id"].to_pylist())


# T8: the disk


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Let the n-th write of this process fail; `left` counts down to it."""
    state = {"left": -1, "seen": 0}

    def guarded(name: str) -> None:
        real = getattr(files, name)

        def call(*arguments: Any) -> Any:
            state["seen"] += 1
            state["left"] -= 1
            if state["left"] == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments)

        monkeypatch.setattr(files, name, call)

    for name in ("_write_all", "_flush"):
        guarded(name)
    return state


def test_a_full_disk_at_each_write_leaves_nothing_under_a_final_name(
    tmp_path: Path, full_disk: dict[str, int]
) -> None:
    rows = ROWS[:15]
    left = 0
    with FakeHub(rows) as hub:
        collected(tmp_path / "calm", hub)
        writes = full_disk["seen"]
        step = max(1, writes // 5)
        for number in range(1, writes + 1, step):
            store = tmp_path / str(number)
            full_disk["left"] = number
            with pytest.raises(StoreError):
                collected(store, hub)
            assert not Store(store).snapshots()
            odd = [n for n in left_over(store) if ".partial" in n]
            left += len(odd)
            # with space again the same call ends well
            collected(store, hub)
            assert manifest_bytes(store) == manifest_bytes(tmp_path / "calm")
    FIGURES.record("T8", crawl_writes_failed=len(range(1, writes + 1, step)), files_left_over=left)
    assert left == 0


def test_a_store_that_may_not_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with FakeHub(ROWS) as hub:
        with pytest.raises(StoreError):
            collected(tmp_path / "file" / "store", hub)
        assert not hub.requests


# T9: two crawlers


def test_of_two_crawlers_one_wins(tmp_path: Path) -> None:
    outcomes: list[object] = []
    with FakeHub(ROWS, latency_s=0.05) as hub:

        def run() -> None:
            try:
                outcomes.append(collected(tmp_path / "store", hub).snapshot.rows)
            except CensusError as error:
                outcomes.append(type(error))

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    counts = Counter(outcomes)
    assert counts[47] == 1
    assert counts[StoreBusy] + counts[SnapshotError] == 2
    (manifest,) = Store(tmp_path / "store").snapshots()
    assert Store(tmp_path / "store").is_intact(manifest, verify=True)
    FIGURES.record("T9", crawlers=3, winners=counts[47], mixed_snapshots=0)


def test_a_finished_crawl_waits_for_another_writer(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    clock = FixedClock()
    limits = Settings(hub_page_rows=10, store_wait_seconds=5)
    with FakeHub(ROWS) as hub:
        with store.lock(), pytest.raises(StoreBusy):
            collected(store.path, hub, clock=clock, limits=limits)
        assert sum(clock.slept) >= 5
        asked = len(hub.requests)
        assert collected(store.path, hub, clock=clock, limits=limits).snapshot.rows == 47
        assert len(hub.requests) == asked


# T16: where a crawler lets itself be sent


ELSEWHERE = (
    "http://169.254.169.254/latest/meta-data",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://[fd00:ec2::254]/latest",
    "http://127.0.0.1:1/api/models",
    "http://[::1]:1/api/models",
    "http://[::ffff:127.0.0.1]:1/api/models",
    "http://0x7f000001/api/models",
    "http://2130706433/api/models",
    "http://localhost:1/api/models",
    "//169.254.169.254/api/models",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "https://huggingface.co/api/models?cursor=x",
    "http://user@{host}/api/models?cursor=x",
    "http://{host}@169.254.169.254/api/models",
    "http://{host}\\@169.254.169.254/api/models",
    "/internal/admin",
    "/api/models/../../internal",
    "http://[bad",
)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_next_link_or_redirect_elsewhere_is_never_followed(tmp_path: Path, target: str) -> None:
    sent: list[str] = []
    with FakeHub(ROWS) as hub:
        target = target.replace("{host}", urlsplit(hub.url).netloc)
        run = prepare(tmp_path / "crawl", hub, token=Secret(CANARY))

        def answer(request: httpx.Request) -> httpx.Response:
            sent.append(f"{request.url.scheme}://{request.url.netloc.decode()}{request.url.path}")
            if len(sent) % 2:
                return httpx.Response(302, headers={"Location": target})
            return httpx.Response(200, json=[], headers={"Link": f'<{target}>; rel="next"'})

        run.client._http = httpx.Client(transport=httpx.MockTransport(answer))
        with pytest.raises(CensusError):
            run.crawl.run()
        run.close()
    assert set(sent) == {f"{hub.url}/api/models"}


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://huggingface.co",
        "https://huggingface.co.evil.example",
        "https://huggingface.co:8443",
        "https://evil.example",
        "https://huggingface.co@evil.example",
        "https://user:pass@huggingface.co",
        "http://169.254.169.254",
        "http://10.0.0.1",
        "http://0.0.0.0:80",
        "http://[::ffff:127.0.0.1]:80",
        "http://0x7f000001",
        "http://127.0.0.1.nip.io",
        "file:///etc/passwd",
        "ftp://huggingface.co",
        "huggingface.co",
        "https://huggingface.co/api/models",
        "https://",
        "http://[",
        "",
    ],
)
def test_only_listed_hosts_and_loopback_can_be_named(endpoint: str) -> None:
    with pytest.raises(SettingsError, match="not a hub that may be asked"):
        read_endpoint(endpoint, Settings())


def test_listed_hosts_and_loopback_can_be_named() -> None:
    assert read_endpoint("https://HuggingFace.co/", Settings()).origin == "https://huggingface.co"
    assert read_endpoint("http://127.0.0.1:81", Settings()).origin == "http://127.0.0.1:81"
    assert read_endpoint("http://[::1]:81", Settings()).origin == "http://[::1]:81"
    assert read_endpoint("http://localhost", Settings()).is_loopback
    listed = Settings(hub_hosts="huggingface.co, Mirror.example:8443")
    assert read_endpoint("https://mirror.example:8443", listed).port == 8443
    FIGURES.record("T16", crawl_targets_refused=len(ELSEWHERE), honeypot_hits=0)


# T21: the token


def everything_under(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the unpacked bytes of every file."""
    import pyarrow as pa

    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        if path.suffix == ".zst":
            with pa.input_stream(str(path), compression="zstd") as stream:
                content = stream.read()
        yield str(path), content


def rendered(run: Walked) -> list[str]:
    """Walk, and return all there is to read of the error that ends it, locals included.

    The texts found so far must not be among these locals: each would hold all before it.
    """
    try:
        run.crawl.run()
    except CensusError as error:
        whole = traceback.TracebackException.from_exception(error, capture_locals=True)
        parts = list(chain(error))
        return ["".join(whole.format()), *(repr(vars(e)) for e in parts), *map(repr, parts)]
    return []


def test_the_token_is_nowhere_but_in_requests_to_its_origin(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = Secret(CANARY)
    texts: list[str] = [repr(secret), str(secret), f"{secret:>9}", repr([secret]), f"{secret!r}"]
    kinds = [*PASSING, *ON_THE_WAY, "gzip_bomb"]
    leaked: list[str] = []
    ended = 0
    limits = replace(HURRIED, hub_attempts=3, hub_page_bytes=1_000_000)
    for kind in kinds:
        clock = HurriedClock()
        # as often as it is tried: it ends in an exception, of which every part is looked at
        fault = Fault(kind, times=3, size=4_000_000 if kind == "gzip_bomb" else None)
        with FakeHub(ROWS, page_faults={2: fault}, clock=clock) as hub:
            run = prepare(tmp_path / kind, hub, clock=clock, token=secret, limits=limits)
            found = rendered(run)
            ended += bool(found)
            texts += found
            run.close()
            assert hub.tokens_seen() == {CANARY}
            leaked += [str(request) for request in hub.honeypot.requests]
    # what another cursor gets around does not end a crawl
    assert ended == len(PASSING) + 1
    with FakeHub(ROWS) as hub:
        report = collected(tmp_path / "store", hub, token=secret, keep_pages=True)
        texts += [repr(report), repr(CollectRequest(read_endpoint(hub.url, HURRIED), secret))]
    texts += [record_.getMessage() for record_ in caplog.records]
    out, err = capfd.readouterr()
    texts += [out, err]
    places = 0
    for _, content in everything_under(tmp_path):
        places += 1
        assert CANARY.encode() not in content
    for text in texts:
        places += 1
        assert CANARY not in text
    assert not leaked
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    FIGURES.record("T21", crawl_places_searched=places, hits=0, sent_elsewhere=0)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_a_hub_that_repeats_the_token_does_not_get_it_written_down(tmp_path: Path) -> None:
    secret = Secret(CANARY)
    echo = [{**record(n), "pipeline_tag": f"your token is {CANARY}"} for n in range(12)]
    with FakeHub(echo) as hub:
        run, error = walked(tmp_path / "echo", hub, token=secret)
    assert error is None
    assert len(run.keys()) == 12
    assert all(CANARY.encode() not in content for _, content in everything_under(tmp_path))


def test_the_places_asked_for_hold_no_token(tmp_path: Path) -> None:
    with FakeHub(ROWS) as hub:
        walked(tmp_path / "crawl", hub, token=Secret(CANARY))
        for request in hub.requests:
            assert CANARY not in request.target
            query = parse_qs(urlsplit(request.target).query)
            assert query["sort"] == ["createdAt"]


def test_errors_of_a_source_stay_themselves(tmp_path: Path) -> None:
    with FakeHub(ROWS, page_faults={1: "expired_cursor"}) as hub:
        _, error = walked(tmp_path / "refused", hub)
    assert isinstance(error, SourceError)
    assert error.exit_code == 3
    assert collecting.COLLECTOR_VERSION == 1
