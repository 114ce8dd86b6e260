"""Incidents: what was planted is found, nothing else is, and the edges are where they are said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.small_store import developer, namespace, overlay, put, rename, state

from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

Find = Callable[..., list[tuple[Any, ...]]]
FLOOR = int(Settings().spike_floor)
FACTOR = int(Settings().spike_factor)


def labels(count: int) -> list[str]:
    return [f"2025-{month:02d}-01" for month in range(1, count + 1)]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """Build a release of counts per model and month; return its incidents, shortened."""

    def run(
        counts: dict[str, list[int | str | None]],
        *,
        metric: str = "downloads_30d",
        frame: str = "panel:probe",
        hub: str = "huggingface",
        more: tuple[Any, ...] = (),
        settings: Settings | None = None,
        overlays: tuple[Path, ...] = (),
    ) -> list[tuple[Any, ...]]:
        store = Store(tmp_path / "store")
        months = labels(max(len(c) for c in counts.values()))
        for place, label in enumerate(months):
            rows = [{"id": m, metric: c[place]} for m, c in counts.items() if c[place] != "-"]
            put(store, state(label, rows, frame=frame, hub=hub))
        put(store, *more) if more else None
        report = build_release(store, settings or Settings(), overlays=list(overlays))
        found = pq.read_table(report.path / "incidents.parquet").to_pylist()
        assert report.rows["incidents"] == len(found) == sum(report.incidents.values())
        assert all(row["note"] for row in found)
        return [
            (r["kind"], r["subject"], r["label_after"][5:7], r["value_before"], r["value_after"])
            for r in found
        ]

    return run


def test_spikes_begin_at_the_factor_and_above_the_floor(find: Find) -> None:
    many = {f"calm/{n}": [30 * FLOOR, 30 * FLOOR + n] for n in range(5)}
    base = 2 * FLOOR
    found = find(
        many
        | {
            "edge/at-factor": [base, base * FACTOR],
            "edge/below-factor": [base, base * FACTOR - 1],
            "edge/falls": [base * FACTOR, base],
            "edge/at-floor": [1, FLOOR],
            "edge/above-floor": [1, FLOOR + 1],
            "edge/from-zero": [0, FLOOR + 1],
            "edge/to-zero": [FLOOR + 1, 0],
            "edge/unknown-before": [None, 50 * FLOOR],
            "edge/unknown-after": [50 * FLOOR, None],
            "edge/small": [1, 900],
        }
    )
    spikes = [f[1:] for f in found if f[0] == "single_model_spike"]
    assert spikes == [
        ("edge/above-floor", "02", 1, FLOOR + 1),
        ("edge/at-factor", "02", base, base * FACTOR),
        ("edge/falls", "02", base * FACTOR, base),
        ("edge/from-zero", "02", 0, FLOOR + 1),
        ("edge/to-zero", "02", FLOOR + 1, 0),
    ]
    assert len(found) == len(spikes)


def test_only_neighbouring_snapshots_are_compared(find: Find) -> None:
    found = find(
        {
            "a/steady": [50 * FLOOR, 50 * FLOOR, 50 * FLOOR],
            "a/pauses": [10, "-", 20 * FLOOR],
            "a/jumps": [10, 10, 20 * FLOOR],
        }
    )
    assert found == [("single_model_spike", "a/jumps", "03", 10, 20 * FLOOR)]


def test_the_settings_move_the_edges(find: Find) -> None:
    low = Settings(spike_factor=3, spike_floor=100)
    counts = {"a/steady": [10_000, 10_000], "a/three": [50, 150], "a/two": [75, 150]}
    assert find(counts, settings=low) == [("single_model_spike", "a/three", "02", 50, 150)]


@pytest.mark.parametrize("metric", ["downloads_all_time", "pulls"])
def test_a_running_total_that_falls_is_found(find: Find, metric: str) -> None:
    found = find(
        {"a/falls": [100, 99, 120], "a/stays": [5, 5, 5], "a/grows": [1, 10**9, 10**10],
         "a/null": [9, None, 3]},
        metric=metric, frame="sample:probe", hub="ollama",
    )  # fmt: skip
    assert found == [("counter_fall", "a/falls", "02", 100, 99)]


def test_a_global_drop_is_over_the_models_seen_on_both_dates(find: Find) -> None:
    ratio = Settings().global_drop
    at = int(1000 * ratio)
    found = find(
        {
            "a/one": [500, 500, at - 1, at - 1],
            "a/two": [500, at - 500, 0, 0],
            "a/leaves": [90_000, "-", "-", "-"],
            "a/enters": ["-", "-", "-", 90_000],
        },
        frame="sample:probe",
    )
    assert [f for f in found if f[0] == "global_drop"] == []
    assert found == []


def test_a_planted_outage_is_found_once(find: Find) -> None:
    counts = {f"a/m{n}": [1000 + n, 1010 + n, 300 + n, 1020 + n] for n in range(20)}
    found = find(counts, frame="sample:probe")
    before = sum(1010 + n for n in range(20))
    after = sum(300 + n for n in range(20))
    assert found == [("global_drop", "", "03", before, after)]


def test_a_panel_that_grows_says_so_and_a_sample_does_not(find: Find) -> None:
    counts = {
        "first/a": [10, 10, 10],
        "second/a": ["-", 10, 10],
        "third/a": ["-", "-", 10],
        "third/b": ["-", "-", 10],
        "back/a": [10, "-", 10],
        "bare": ["-", 10, 10],
    }
    assert find(counts) == [
        ("frame_growth", "second", "02", None, None),
        ("frame_growth", "third", "03", None, None),
    ]


def test_a_sample_gains_accounts_with_every_model(find: Find) -> None:
    assert find({"first/a": [10, 10], "second/a": ["-", 10]}, frame="sample:probe") == []


def test_a_renamed_account_does_not_enter(find: Find, tmp_path: Path) -> None:
    laid = overlay(tmp_path / "overlay", renames=[rename("old", "new")])
    counts = {"old/a": [10, "-"], "new/a": ["-", 10], "other/a": [10, 10]}
    assert find(counts, overlays=(laid,)) == []


def test_equal_doubles_merge_and_unequal_ones_are_told(find: Find) -> None:
    row = {"id": "a/b", "downloads_30d": 5}
    doubled = state(
        "2025-03-01",
        [row, row, {"id": "a/c", "downloads_30d": 5}, {"id": "a/c", "downloads_30d": None},
         {"id": "a/d", "downloads_30d": 5, "author": "a"}, {"id": "a/d", "downloads_30d": 5}],
        frame="panel:double",
    )  # fmt: skip
    found = find({"a/b": [5, 5]}, more=(doubled,))
    assert found == [("conflicting_duplicate", "a/c", "03", None, None)]


def test_one_developer_that_falls_is_found_and_unknown_ones_are_nobody(
    find: Find, tmp_path: Path
) -> None:
    laid = overlay(
        tmp_path / "overlay",
        developers=[developer("axe-works", "US")],
        namespaces=[namespace("axe", "axe-works")],
    )
    fall = [4 * FLOOR, FLOOR // 2]
    found = find(
        {"calm/a": [90 * FLOOR, 90 * FLOOR], "axe/a": fall, "axe/b": fall, "axe/c": fall,
         "nobody/a": [4 * FLOOR, FLOOR // 2]},
        overlays=(laid,),
    )  # fmt: skip
    low = Settings().developer_drop
    expected = [("developer_drop", "axe-works", "02", 12 * FLOOR, 3 * (FLOOR // 2))]
    assert found == (expected if 12 * FLOOR * low > 3 * (FLOOR // 2) else [])


def test_a_calm_series_raises_no_alarm(find: Find) -> None:
    """Six months of 60 models that wander by a third a month."""
    counts: dict[str, list[int | str | None]] = {}
    for n in range(60):
        level, series = 1000 * 2 ** (n % 14), []
        for month in range(6):
            level = int(level * (1.3 if (n * 7 + month * 5) % 11 > 5 else 0.8)) + 1
            series.append(level)
        counts[f"calm-{n % 9}/m{n}"] = series
    assert find(counts) == []
