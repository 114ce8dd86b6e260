"""Counts held against each other: a rolling count, a running total, and what both allow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.measures.test_growth import OLD, build

from modelcensus.contracts.registry import MEASURES
from modelcensus.measures.census import Census, open_census
from modelcensus.measures.doubts import model_ranges
from modelcensus.measures.selection import select

LABELS = ("2031-01-01", "2031-01-31", "2031-03-02")
"""30 days apart: a rolling count is exactly what the running total grew by."""

MODELS: dict[str, tuple[str | None, list[tuple[Any, ...] | None]]] = {
    "jade/right": (OLD, [(100, 30), (130, 30), (170, 40)]),
    "jade/spike": (OLD, [(100, 30), (130, 30), (160, 2_000_000)]),
    "jade/dip": (OLD, [(100, 30), (130, 30), (160, 15)]),
    "jade/reset": (OLD, [(100, 30), (130, 30), (12, 42)]),
    "jade/still": (OLD, [(100, 30), (130, 30), (130, 30)]),
    "jade/stood": (OLD, [(100, 30), (100, 15), (100, 30)]),
    "jade/newborn": ("2031-02-20", [None, None, (9, 4)]),
    "bolt/right": (OLD, [(500, 50), (550, 50), (600, 50)]),
}

READINGS: dict[str, tuple[float, float, float, float]] = {
    "jade/right": (40, 40, 40, 40),
    # the total says 30, the reading 2 million: one is wrong, and likely it is the reading
    "jade/spike": (30, 2_000_000, 30, 30),
    "jade/dip": (15, 30, 30, 30),
    # the total fell, so it holds nothing against the reading
    "jade/reset": (42, 42, 42, 42),
    # told again: 30 days of drift, up to three times the reading; likely half of it
    "jade/still": (0, 120, 15, 45),
    # a total that has not moved for 60 days, whatever the reading did in between
    "jade/stood": (0, 30 + 180, 0, 60),
    "jade/newborn": (4, 9, 9, 9),
    "bolt/right": (50, 50, 50, 50),
}

TOTALS: dict[str, tuple[float, float]] = {
    "jade/right": (170, 170),
    "jade/dip": (160, 160),
    # it fell by 118, and up to 42 of the reading belong to the stretch in which it fell
    "jade/reset": (12, 12 + 118 + 42),
    # not renewed for 30 days of at most three times 1 a day
    "jade/still": (130, 130 + 90),
    "bolt/right": (600, 600),
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    store = build(tmp_path_factory.mktemp("doubts"), LABELS, MODELS)
    with open_census(store.path) as opened:
        yield opened


def ranges(census: Census, metric: str) -> dict[str, dict[str, Any]]:
    selection = select(census.release, MEASURES["share"].contract(metric=metric, frame="listing"))
    table = model_ranges(selection)
    assert table is not None
    models = census.release.table("models").select("model_key", "model_id")
    named = table.join(models, "model_key").order_by("model_id")
    return {row["model_id"]: row for row in census.release.fetch(named).to_pylist()}


@pytest.mark.parametrize("name", READINGS)
def test_what_a_reading_can_be(asked: Census, name: str) -> None:
    found = ranges(asked, "downloads_30d")[name]
    low, high, likely_low, likely_high = READINGS[name]
    assert (found["low"], found["high"]) == (low, high)
    assert (found["likely_low"], found["likely_high"]) == pytest.approx((likely_low, likely_high))


@pytest.mark.parametrize("name", TOTALS)
def test_what_a_running_total_can_be(asked: Census, name: str) -> None:
    found = ranges(asked, "downloads_all_time")[name]
    assert (found["low"], found["high"]) == pytest.approx(TOTALS[name])


def test_the_bounds_of_a_share_are_of_these_ranges(asked: Census) -> None:
    figure = asked.share("US", metric="downloads_30d", frame="listing")
    others_low = sum(r[0] for n, r in READINGS.items() if n != "bolt/right")
    others_high = sum(r[1] for n, r in READINGS.items() if n != "bolt/right")
    low, high = figure.bounds["within_frame"]["US"]
    assert (low, high) == pytest.approx((50 / (50 + others_high), 50 / (50 + others_low)))
    assert figure.bounds["models_in_doubt"] == 5
    # the value is what the hub told; the interval says where it likely lies
    told = figure.records()[0]["share_of_all"]
    least, most = figure.bounds["interval"]["groups"]["US"]
    assert told < 0.001
    assert 0.12 < least < most < 0.3
    assert figure.bounds["interval"]["assumptions"]


def test_models_capped_are_capped_in_their_ranges(asked: Census) -> None:
    figure = asked.share("US", metric="downloads_30d", frame="listing", outliers="cap:50")
    capped = sum(min(50, r[1]) for n, r in READINGS.items() if n != "bolt/right")
    assert figure.bounds["within_frame"]["US"][0] == pytest.approx(50 / (50 + capped))


def test_one_counter_alone_is_held_against_nothing(census: Census) -> None:
    figure = census.share(frame="panel:grove", period="2031-04-05")
    assert figure.bounds["models_in_doubt"] == 0
    contract = MEASURES["share"].contract(frame="panel:grove")
    assert model_ranges(select(census.release, contract)) is None


def test_a_snapshot_that_repeats_another_is_held_against_earlier_ones(tmp_path: Path) -> None:
    # weekly; at 01-29 the whole site repeats 01-22, so totals since then would be a week too large
    labels = (*(f"2031-01-{day:02d}" for day in (1, 8, 15, 22, 29)), "2031-02-26")
    told = {
        f"jade/m{n}": (OLD, [(1000 + 7 * n * w, 30 * n + w) for w in (0, 1, 2, 3, 3, 8)])
        for n in range(1, 130)
    }
    with open_census(build(tmp_path, labels, told).path) as opened:
        kinds = opened.release.fetch(opened.release.table("incidents").order_by("kind"))
        assert "frozen" in kinds["kind"].to_pylist()
        found = ranges(opened, "downloads_30d")["jade/m100"]
    assert (found["low"], found["high"]) == (3008, 3008)


def test_nothing_bounds_models_created_while_a_site_stood_still(tmp_path: Path) -> None:
    # at 01-29 every count is that of 01-22, and bolt/new is not older than that
    labels = (*(f"2031-01-{day:02d}" for day in (1, 8, 15, 22, 29)), "2031-02-05")
    told: dict[str, Any] = {
        f"jade/m{n}": (OLD, [(1000 + 7 * n * w, 30 * n + w) for w in (0, 1, 2, 3, 3, 5)])
        for n in range(1, 130)
    }
    told["bolt/old"] = (OLD, [(900 + 7 * w, 30 + w) for w in (0, 1, 2, 3, 3, 5)])
    told["bolt/new"] = ("2031-01-25", [None, None, None, None, (0, 0), (90_000, 90_000)])
    with open_census(build(tmp_path, labels, told).path) as opened:
        at = {"metric": "downloads_all_time", "frame": "listing"}
        stood = opened.share("US", "CN", period="2031-01-29", **at).bounds
        later = opened.share("US", "CN", period="2031-02-05", **at).bounds
    assert stood["groups_with_unseen_models"] == ["US"]
    us, cn = (stood["within_frame"][g] for g in ("US", "CN"))
    assert us[0] > 0
    assert us[1] == 1
    assert cn[0] == 0
    assert cn[1] < 1
    assert [stood["interval"]["groups"][g] for g in ("US", "CN")] == [
        [pytest.approx(us[0], abs=1e-5), 1],
        [0, pytest.approx(cn[1], abs=1e-5)],
    ]
    assert later["groups_with_unseen_models"] == []
    assert later["within_frame"]["US"][1] < 0.5


def test_a_total_tells_nothing_of_a_model_that_was_away(tmp_path: Path) -> None:
    # on the last day every reading is halved; 30 days before it bolt/away was not listed
    told: dict[str, Any] = {
        f"jade/m{n}": (OLD, [(900 * n, 29 * n), (930 * n, 30 * n), (960 * n, 15 * n)])
        for n in range(1, 130)
    }
    told["bolt/away"] = (OLD, [(100, 30), None, (160, 15)])
    with open_census(build(tmp_path, LABELS, told).path) as opened:
        kinds = opened.release.fetch(opened.release.table("incidents").order_by("kind"))
        assert "global_drop" in kinds["kind"].to_pylist()
        found = ranges(opened, "downloads_30d")
    assert (found["bolt/away"]["likely_low"], found["bolt/away"]["likely_high"]) == (15, 15)
    assert (found["jade/m9"]["likely_low"], found["jade/m9"]["likely_high"]) == (270, 270)


def _under_a_repeated_snapshot(
    folder: Path, labels: tuple[str, ...], born: str, after: tuple[int, int]
) -> Census:
    """Return a census whose last snapshot but one repeats the one before; bolt/new is born then."""
    counted = (*range(len(labels) - 2), len(labels) - 3, len(labels) - 1)
    told: dict[str, Any] = {
        f"jade/m{n}": (OLD, [(1000 + 30 * n * w, 30 * n + w) for w in counted])
        for n in range(1, 130)
    }
    told["bolt/old"] = (OLD, [(900 + 30 * w, 30 + w) for w in counted])
    told["bolt/new"] = (born, [*[None] * (len(labels) - 2), (0, 0), after])
    return open_census(build(folder, labels, told).path)


def _summed(census: Census, spacing: str, period: str = "all") -> tuple[dict[str, Any], Any]:
    values = {"metric": "downloads_summed_30d", "spacing": spacing, "frame": "listing"}
    figure = census.share("US", "CN", period=period, **values)
    contract = MEASURES["share"].contract(period=period, **values)
    table = model_ranges(select(census.release, contract))
    assert table is not None
    models = census.release.table("models").select("model_key", "model_id")
    new = table.join(models.filter(models.model_id == "bolt/new"), "model_key")
    (row,) = census.release.fetch(new).to_pylist()
    return figure.bounds, row


def test_a_sum_over_a_repeated_snapshot_holds_what_the_next_one_tells(tmp_path: Path) -> None:
    # 30 days apart: of 900 downloads 300 came in the last 30 days, so 600 before them
    labels = ("2031-01-01", "2031-01-31", "2031-03-02", "2031-04-01")
    with _under_a_repeated_snapshot(tmp_path, labels, "2031-02-20", (900, 300)) as opened:
        bounds, found = _summed(opened, "28")
    assert bounds["groups_with_unseen_models"] == []
    assert (found["low"], found["high"]) == (300, 300 + 600)
    assert (found["likely_low"], found["likely_high"]) == (900, 900)


def test_weeks_later_a_total_bounds_what_was_not_told_from_above_only(tmp_path: Path) -> None:
    labels = (*(f"2031-01-{day:02d}" for day in (1, 8, 15, 22, 29)), "2031-02-05")
    with _under_a_repeated_snapshot(tmp_path, labels, "2031-01-25", (900, 900)) as opened:
        bounds, found = _summed(opened, "7")
        # before the next snapshot nothing is told, and so it is as of then
        early, _ = _summed(opened, "7", "2031-01-08..2031-01-29")
    assert bounds["groups_with_unseen_models"] == []
    assert (found["low"], found["high"]) == (900, 1800)
    assert (found["likely_low"], found["likely_high"]) == (900, 1800)
    assert early["groups_with_unseen_models"] == ["US"]
    assert early["within_frame"]["US"][1] == 1
    assert early["within_frame"]["CN"][0] == 0
