"""Growth over all snapshots of a period: what is known of each model, worst cases, outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.small_store import developer, namespace, overlay, put, state

from modelcensus.contracts.registry import MEASURES
from modelcensus.measures.census import Census, open_census
from modelcensus.measures.differences import contract_growth
from modelcensus.measures.frames import choose_snapshots
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

WEEKS = ("2031-01-01", "2031-01-08", "2031-01-15", "2031-01-22")
OLD = "2030-01-01"

A, B = "a" * 24, "b" * 24
WEEKLY: dict[str, tuple[str, list[tuple[Any, ...] | None]]] = {
    # id -> creation, and at each label (running total, rolling count[, key]); None: not listed
    "jade/steady": (OLD, [(100, 40), (110, 40), (120, 40), (130, 40)]),
    "jade/reset": (OLD, [(100, 40), (110, 40), (5, 43), (12, 42)]),
    "jade/back": (OLD, [(50, 20), None, None, (65, 20)]),
    "jade/gone": (OLD, [(70, 30), (77, 30), None, None]),
    "jade/born": ("2031-01-10", [None, None, (8, 8), (20, 20)]),
    "jade/late": (OLD, [None, None, (300, 60), (310, 61)]),
    "jade/again": (OLD, [(40, 20, A), None, (3, 3, B), (9, 9, B)]),
    "jade/still": (OLD, [(200, 45), (210, 46), (210, 46), (210, 46)]),
    "jade/quiet": (OLD, [(5, 0), (5, 0), (5, 0), (5, 0)]),
    "bolt/blank": (OLD, [(10, 9), (None, 9), (None, 9), (None, 9)]),
}

EXPECTED: dict[str, tuple[str, int | None, float, float]] = {
    # outcome, value, at least, at most
    "jade/steady": ("counted_by_difference", 30, 30, 30),
    # rises of 10 and 7; the step that fell is covered by the rolling count of 43; were the fall
    # right, nothing would be sure
    "jade/reset": ("fell", 17, 0, 10 + 7 + 43),
    "jade/back": ("returned", 15, 15, 15),
    # a week until the next snapshot, three times as steep as 1 a day at most
    "jade/gone": ("gone_at_end", 7, 7, 7 + 21),
    "jade/born": ("born_in_period", 20, 20, 20),
    # of 300 at most the 60 of the 30 days before its first snapshot are of the period
    "jade/late": ("not_seen_at_start", 10, 10, 10 + 60),
    # the new repository began at 0; of the old one up to 14 days are unseen, at 6/7 a day
    "jade/again": ("reuploaded", 9, 9, 9 + 3 * 6 / 7 * 14),
    # not renewed since 01-08: 14 days at up to three times 46/30
    "jade/still": ("counted_by_difference", 10, 10, 10 + 3 * 46 / 30 * 14),
    "jade/quiet": ("counted_by_difference", 0, 0, 0),
    "bolt/blank": ("without_count", None, 0, 3 * 9 / 30 * 21),
}


def build(folder: Any, labels: tuple[str, ...], models: dict[str, Any]) -> Store:
    store = Store(folder / "store")
    for place, label in enumerate(labels):
        rows = []
        for name, (created, told) in models.items():
            if told[place] is not None:
                total, rolling, *key = told[place]
                rows.append(
                    {
                        "id": name,
                        "downloads_all_time": total,
                        "downloads_30d": rolling,
                        "created_at": created and datetime.fromisoformat(f"{created}T00:00+00:00"),
                        "hub_key": key[0] if key else f"{name:_<24}"[:24],
                    }
                )
        put(store, state(label, rows, frame="listing", complete=True))
    register = overlay(
        folder / "overlay",
        developers=[developer("jade-lab", "CN"), developer("bolt-works", "US")],
        namespaces=[namespace("jade", "jade-lab"), namespace("bolt", "bolt-works")],
    )
    build_release(store, Settings(), overlays=[register])
    return store


def growth(census: Census, **values: str) -> dict[str, dict[str, Any]]:
    release = census.release
    contract = MEASURES["share"].contract(**{"frame": "listing", "period": "all"} | values)
    rows = contract_growth(release, contract, choose_snapshots(release, contract))
    named = rows.join(release.table("models").select("model_key", "model_id"), "model_key")
    return {r["model_id"]: r for r in release.fetch(named.order_by("model_id")).to_pylist()}


@pytest.fixture(scope="module")
def weekly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    store = build(tmp_path_factory.mktemp("weekly"), WEEKS, WEEKLY)
    with open_census(store.path) as opened:
        yield opened


@pytest.fixture(scope="module")
def grown(weekly: Census) -> dict[str, dict[str, Any]]:
    return growth(weekly, metric="downloads_in_period")


@pytest.mark.parametrize("name", WEEKLY)
def test_what_is_known_of_a_model_and_its_worst_cases(
    grown: dict[str, dict[str, Any]], name: str
) -> None:
    outcome, value, low, high = EXPECTED[name]
    found = grown[name]
    assert (found["outcome"], found["value"]) == (outcome, value)
    assert found["low"] == low
    assert found["high"] == pytest.approx(high, abs=1e-6)
    assert found["low"] <= found["likely_low"] + 1e-9
    assert found["likely_low"] <= found["likely_high"] <= found["high"] + 1e-9


def test_the_coverage_counts_every_outcome_and_what_hangs_on_it(weekly: Census) -> None:
    figure = weekly.share(metric="downloads_in_period", period="all")
    counts = figure.coverage["models_by_outcome"]
    assert sum(counts.values()) == len(WEEKLY)
    for outcome, row in figure.coverage["growth_by_outcome"].items():
        models = [e for e in EXPECTED.values() if e[0] == outcome]
        assert counts[outcome] == len(models)
        assert row["known"] == sum(e[1] or 0 for e in models)
        assert row["at_least"] == sum(e[2] for e in models)
        assert row["at_most"] >= sum(e[3] for e in models) - 1e-6
    assert figure.coverage["sum_of_falls"] == 105
    (text,) = [c for c in figure.caveats if "counted over 4 snapshots" in c]
    assert "1 fell" in text
    assert "1 reuploaded" in text


def test_the_bounds_add_up_what_every_model_allows(weekly: Census) -> None:
    figure = weekly.share(metric="downloads_in_period", period="all")
    mine = [e for n, e in EXPECTED.items() if n.startswith("jade")]
    low, high = sum(e[2] for e in mine), sum(e[3] for e in mine)
    other = EXPECTED["bolt/blank"][3]
    within = figure.bounds["within_frame"]
    assert within["CN"] == pytest.approx([low / (low + other), 1.0])
    assert figure.bounds["models_in_doubt"] == 6
    assert figure.bounds["models_without_end"] == 0
    assert high > low


def test_another_repository_under_an_id_is_an_incident(weekly: Census) -> None:
    table = weekly.release.table("incidents")
    rows = weekly.release.fetch(table.filter(table.kind == "reupload").order_by("subject"))
    assert [(r["subject"], r["label_after"]) for r in rows.to_pylist()] == [
        ("jade/again", "2031-01-15")
    ]


def test_another_setting_for_what_was_not_seen(weekly: Census) -> None:
    release = weekly.release
    kept = release.settings
    try:
        release.settings = Settings(unseen_growth=1.0)
        assert growth(weekly, metric="downloads_in_period")["jade/gone"]["high"] == 7 + 7
    finally:
        release.settings = kept


def test_ends_between_snapshots_are_bounded_and_stated(weekly: Census) -> None:
    # from 01-05 (four days into the first week) up to, not including, 01-25
    values = {"metric": "downloads_in_period", "period": "2031-01-05..2031-01-24"}
    found = growth(weekly, **values)
    steady = found["jade/steady"]
    # the value is what lies between the snapshots; of the first week none or all may be before
    assert (steady["value"], steady["low"]) == (30, 20)
    assert steady["high"] == pytest.approx(30 + 3 * max(10 / 7, 40 / 30) * 3)
    assert steady["likely_low"] < 30 < steady["likely_high"]
    coverage = weekly.share(**values).coverage
    assert coverage["days_from_snapshot_to_start"] == 4
    assert coverage["days_from_snapshot_to_end"] == 3


def test_a_count_that_stood_still_before_the_first_snapshot_is_no_start(weekly: Census) -> None:
    # at 01-15 and 01-22 jade/still repeats 01-08: its growth since 01-15 is not 0 but unknown
    found = growth(weekly, metric="downloads_in_period", period="2031-01-15..2031-01-21")
    still = found["jade/still"]
    assert (still["low"], still["high"]) == (0, pytest.approx(3 * 46 / 30 * 7))
    assert found["jade/steady"]["value"] == 10


def test_of_many_snapshots_evenly_spaced_ones_are_read(tmp_path: Any) -> None:
    days = tuple((date(2031, 1, 1) + timedelta(days=n)).isoformat() for n in range(9))
    store = build(tmp_path, days, {"jade/one": (OLD, [(10 * n, 30) for n in range(9)])})
    with open_census(store.path) as census:
        census.release.settings = Settings(period_snapshots=3)
        figure = census.share(metric="downloads_in_period", period="all")
    assert figure.records()[0]["value"] == 80
    coverage = figure.coverage
    assert (coverage["snapshots_read"], coverage["snapshots_in_period"]) == (3, 9)


MONTHS = ("2031-01-01", "2031-01-31", "2031-03-02")
COHORT = {
    # a year old on 2031-02-01: one day into the second stretch of 30
    "jade/turning": ("2030-02-01", [(100, 30), (130, 30), (190, 60)]),
    "jade/young": ("2030-12-20", [(5, 5), (15, 10), (20, 5)]),
    "jade/new": ("2031-02-10", [None, None, (7, 7)]),
    "jade/old": ("2029-01-01", [(1000, 30), (2000, 1000), (3000, 1000)]),
    "bolt/undated": (None, [(10, 5), (20, 10), (30, 10)]),
}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    store = build(tmp_path_factory.mktemp("cohort"), MONTHS, COHORT)
    with open_census(store.path) as opened:
        yield opened


def test_first_year_downloads_from_differences(cohort: Census) -> None:
    found = growth(cohort, metric="downloads_first_year_in_period")
    assert "jade/old" not in found
    turning = found["jade/turning"]
    # 30, and one thirtieth of the 60 by even growth; none or all of the 60 at worst
    assert (turning["value"], turning["low"], turning["high"]) == (32, 30, 90)
    assert 30 < turning["likely_low"] < 32 < turning["likely_high"] < 40
    assert [found["jade/young"][k] for k in ("value", "low", "high")] == [15, 15, 15]
    assert [found["jade/new"][k] for k in ("value", "low", "high")] == [7, 7, 7]
    undated = found["bolt/undated"]
    assert (undated["outcome"], undated["value"]) == ("creation_unknown", None)
    assert (undated["low"], undated["high"]) == (0, 20)


def test_first_year_cohorts_by_month_of_creation(cohort: Census) -> None:
    figure = cohort.share(metric="downloads_first_year_in_period", period="all", by="created_month")
    assert {r["group"]: r["value"] for r in figure} == {
        "2030-02": 32,
        "2030-12": 15,
        "2031-02": 7,
        "unknown": None,
    }
    assert figure.coverage["models_by_outcome"]["creation_unknown"] == 1
    assert any("worked out from downloads_all_time" in text for text in figure.caveats)
    # what nobody knows the birth of may be of any month
    low, high = figure.bounds["within_frame"]["2030-12"]
    assert low == pytest.approx(15 / (15 + 90 + 7 + 20))
    assert high == pytest.approx((15 + 20) / (15 + 20 + 30 + 7))


def test_a_frame_with_the_counter_itself_is_preferred(cohort: Census) -> None:
    figure = cohort.share(metric="downloads_first_year_in_period", period="all")
    assert figure.contract.frame == "listing"
    with_counter = MEASURES["share"].contract(metric="downloads_first_year_in_period", period="all")
    assert with_counter.metric_term.column == "downloads_first_year"


def test_a_year_that_began_and_ended_outside_leaves_nothing(cohort: Census) -> None:
    figure = cohort.share(
        metric="downloads_first_year_in_period", period="2031-02-01..2031-03-01", by="namespace"
    )
    # jade/turning was a year old when the period began
    names = growth(cohort, metric="downloads_first_year_in_period", period="2031-02-01..2031-03-01")
    assert "jade/turning" not in names
    assert figure.coverage["total"] is not None


def test_a_total_that_did_not_move_in_a_month_of_downloads_was_not_renewed(tmp_path: Path) -> None:
    # its rolling count was halved at 01-31 with no incident that says so: what it grew by at the
    # end began before the period, and none of it is sure to be of it
    labels = ("2031-01-01", "2031-01-31", "2031-03-02", "2031-04-01")
    store = build(
        tmp_path,
        labels,
        {
            "jade/stood": (OLD, [(100, 30), (100, 15), (100, 30), (190, 30)]),
            "jade/steady": (OLD, [(100, 30), (130, 30), (160, 30), (190, 30)]),
        },
    )
    with open_census(store.path) as opened:
        found = growth(opened, metric="downloads_in_period", period="2031-02-01..2031-03-31")
    assert (found["jade/stood"]["low"], found["jade/stood"]["high"]) == (0, 90)
    assert found["jade/stood"]["likely_low"] < 60 < found["jade/stood"]["likely_high"]
    assert found["jade/steady"]["low"] >= 30


def test_a_total_that_began_again_tells_what_a_halved_rolling_count_does_not(
    tmp_path: Path,
) -> None:
    # it began again from 0 in a month of 40 downloads, of which the rolling count shows the half
    labels = ("2031-01-01", "2031-01-31", "2031-03-02")
    told = {
        "jade/halved": (OLD, [(1000, 40), (40, 20), (80, 40)]),
        # 900 cannot be of one month of 20: it is covered up to three times the rolling count
        "jade/corrected": (OLD, [(1000, 40), (900, 20), (940, 40)]),
        # so much larger that no incident tells of the day
        "bolt/steady": (OLD, [(9000, 1000), (10_000, 1000), (11_000, 1000)]),
    }
    with open_census(build(tmp_path, labels, told).path) as opened:
        found = growth(opened, metric="downloads_in_period")
    assert found["jade/halved"]["high"] == 40 + 40
    assert found["jade/corrected"]["high"] == 40 + 60
