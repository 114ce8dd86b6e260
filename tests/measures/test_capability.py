"""Frontiers: the simulated one is the planted one; from the real results here none is drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.indexed_world import SEED, leaderboard_rows
from tests.real.conftest import RADAR
from tests.worlds import import_counts, overlay_rows, write_overlay

from modelcensus.errors import ContractError, SchemaChanged, SettingsError, UnknownName
from modelcensus.measures.census import Census
from modelcensus.measures.frontier import (
    Lag,
    Result,
    lag_between,
    makers_near,
    records_of,
    running_best,
    sign_of,
)
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources.benchmarks import read
from modelcensus.sources.record import Evidence
from modelcensus.testing.leaderboard import (
    PlantedFrontier,
    plant_frontier,
)

AS_OF = {"as-of": "2035-01-01"}


def build(folder: Path, planted: PlantedFrontier) -> Census:
    """Return a census of the planted leaderboard, with its makers in the registers."""
    store = Store(folder / "store")
    import_counts(store, folder, "panel:grove", ["2031-04-05"], {"alder/aspen": (1,)})
    board = planted.write(folder / "board.parquet")
    import_source(store, "benchmarks", board, AS_OF, Settings())
    rows = overlay_rows()
    for register, found in leaderboard_rows().items():
        rows[register] += found
    overlay = write_overlay(folder / "overlay", rows)
    return Census(open_release(store, build_release(store, Settings(), overlays=[overlay]).name))


@pytest.fixture(scope="module")
def planted() -> PlantedFrontier:
    return plant_frontier(SEED)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, planted: PlantedFrontier) -> Iterator[Census]:
    with build(tmp_path_factory.mktemp("board"), planted) as census:
        yield census


def test_the_simulated_frontier_is_the_planted_one(board: Census, planted: PlantedFrontier) -> None:
    figure = board.capability(by="country")
    found: dict[str, list[tuple[date, float, str]]] = {}
    for row in figure:
        record = (date.fromisoformat(row["since"]), row["value"], row["model"])
        found.setdefault(row["group"], []).append(record)
    laid = {
        country: [(on, value, f"{model}-simulated") for on, value, model in records]
        for country, records in planted.records.items()
    }
    assert found == laid
    assert figure.is_simulated
    assert figure.finding.startswith("SIMULATED")
    assert "SIMULATED DATA" in figure.cite()


def test_open_models_are_as_far_behind_as_was_planted(
    board: Census, planted: PlantedFrontier
) -> None:
    lag = board.capability().details["open_behind_closed"]
    assert lag["days"] == planted.open_lags
    assert lag["records"] == lag["reached"] == len(planted.open_lags)
    assert lag["median_days"] == sorted(planted.open_lags)[len(planted.open_lags) // 2]


def test_a_record_is_as_far_behind_as_the_first_model_at_its_level(
    board: Census, planted: PlantedFrontier
) -> None:
    everything = [r for records in planted.records.values() for r in records]
    for row in board.capability():
        on = date.fromisoformat(row["since"])
        first = min(day for day, value, _ in everything if value >= row["value"])
        assert row["days_behind"] == (on - first).days
        assert row["is_best_of_all"] == (row["days_behind"] == 0)


def test_lags_between_countries_and_makers_near_the_best(board: Census) -> None:
    figure = board.capability("IS", "PT")
    assert [(x["ahead"], x["behind"]) for x in figure.details["lags"]] == [
        ("IS", "PT"),
        ("PT", "IS"),
    ]
    assert all(x["records"] == 5 for x in figure.details["lags"])
    near = figure.details["makers_near_the_best"]
    assert near
    assert all(name.startswith("maker-") for name in near)
    assert {row["group"] for row in figure} == {"IS", "PT"}
    assert figure.contract.benchmark == "Simulated Reasoning|accuracy"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"reported": "self"}, "no frontier can be drawn"),
        ({"benchmark": "Other"}, "no frontier can be drawn"),
        ({"by": "family"}, "not grouped by family"),
        ({"period": "2020"}, "no open model"),
        ({"benchmark": " x"}, "printable"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    board: Census, values: dict[str, str], message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        board.capability(**values)


def test_an_unknown_group_gets_the_nearest(board: Census) -> None:
    with pytest.raises(UnknownName):
        board.capability("XX")


def test_without_results_the_refusal_says_what_to_import(census: Census) -> None:
    with pytest.raises(ContractError, match="no result") as caught:
        census.capability()
    assert "census import benchmarks" in caught.value.next_step


def result(value: float, day: int, group: str = "A", **more: Any) -> Result:
    return Result(
        more.get("model", f"{group}{day}"), value, date.fromordinal(day), group, group, True
    )


def test_records_and_lags_by_hand() -> None:
    ours = [result(1, 10), result(3, 20), result(2, 25), result(5, 40)]
    theirs = [result(2, 12, "B"), result(3, 30, "B")]
    assert [r.value for r in running_best(ours)] == [1, 3, 5]
    # B reached 1 after 2 days, 3 after 10, 5 not within 60 days of day 100
    lag = lag_between(ours, theirs, date.fromordinal(100))
    assert (lag.days, lag.open_days) == ((2, 10), (60,))
    assert (lag.median, lag.at_least) == (10.0, 10.0)
    assert [r.behind for r in records_of([*ours, *theirs], "B")] == [0, 10]
    assert makers_near([*ours, *theirs], 0.5) == ["A", "B"]
    assert makers_near([*ours, *theirs], 0.3) == ["A"]


def test_a_lag_of_which_most_is_open_has_no_middle() -> None:
    assert Lag((), ()).median is None
    assert (Lag((3,), (9, 9)).median, Lag((3,), (9, 9)).at_least) == (None, 9.0)


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 50)), min_size=1))
def test_a_running_best_only_rises_and_ends_at_the_best(cells: list[tuple[int, int]]) -> None:
    results = [result(value, day) for day, value in cells]
    best = running_best(results)
    values = [r.value for r in best]
    assert values == sorted(set(values))
    assert values[-1] == max(r.value for r in results)
    assert [r.on for r in best] == sorted({r.on for r in best})
    # a side is never behind itself
    assert set(lag_between(results, results, date.fromordinal(500)).days) == {0}


@pytest.mark.parametrize(
    ("metric", "sign"),
    [("Accuracy (Norm)", 1), ("pass@1", 1), ("Test WER", -1), ("eval_loss", -1), ("Cosine", 0)],
)
def test_the_name_of_a_metric_says_what_is_better(metric: str, sign: int) -> None:
    assert sign_of(metric) == sign


def evidence(path: Path, **options: str) -> Evidence:
    (found,) = read(path, AS_OF | options)
    assert isinstance(found, Evidence)
    return found


def test_cards_are_read_by_presence_and_say_who_reported(tmp_path: Path) -> None:
    index = [{"results": [{"task": {"type": "t"}, "dataset": {"name": "D"}, "metrics": [
        {"type": "accuracy", "value": 0.5},
        {"name": "F1", "value": "0.25", "verified": True},
        {"type": "accuracy", "value": None},
    ]}]}]  # fmt: skip
    records = [
        {"id": "o/a", "createdAt": "2031-02-03T00:00:00.000Z", "model-index": index},
        {"id": "o/b", "evalResults": [
            {"dataset": {"id": "E", "task_id": "x"}, "value": 3, "verified": True}]},
        {"id": "o/c"},
        7,
    ]  # fmt: skip
    path = tmp_path / "cards.json"
    path.write_text(json.dumps(records))
    found = evidence(path)
    rows = found.tables["benchmarks"].to_pylist()
    names = ("model", "dataset", "metric", "value", "reported_by")
    assert [tuple(r[name] for name in names) for r in rows] == [
        ("o/a", "D", "accuracy", 0.5, "self"),
        ("o/a", "D", "F1", 0.25, "independent"),
        ("o/b", "E", None, 3.0, "independent"),
    ]  # fmt: skip
    assert rows[0]["dated_on"] == date(2031, 2, 3)
    assert sorted(r.reason for r in found.rejects) == ["bad_value", "not_a_record"]
    assert found.input_rows == 5


def test_a_leaderboard_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text(
        "Model,Score,Organization,date,access\nm1,1.5,Org,2031-01-02,open\nm2,nan,Org,,\n"
        ",3,Org,,\nm4,4,Org,soon,\nm5,5,Org,,ajar\nm6,6,,,\n"
    )
    found = evidence(path, dataset="D", metric="accuracy")
    first, last = found.tables["benchmarks"].to_pylist()
    assert (first["model"], first["weights"], first["dataset"]) == ("m1", "open", "D")
    assert (last["weights"], last["reported_by"], last["dated_on"]) == ("unknown", "unknown", None)
    assert sorted(r.reason for r in found.rejects) == [
        "bad_date",
        "bad_value",
        "missing_model",
        "unknown_word",
    ]
    with pytest.raises(SchemaChanged, match="dataset"):
        evidence(path)
    with pytest.raises(SettingsError):
        list(read(path, {}))


@pytest.mark.real
@pytest.mark.skipif(not RADAR.is_dir(), reason=f"the real data are not at {RADAR}")
def test_no_real_frontier_can_be_drawn_and_the_refusal_says_why(tmp_path: Path) -> None:
    (file,) = RADAR.glob("models_*.parquet")
    store = Store(tmp_path / "store")
    import_counts(store, tmp_path, "panel:grove", ["2031-04-05"], {"alder/aspen": (1,)})
    report = import_source(store, "benchmarks", file, {"as-of": "2026-08-22"}, Settings())
    (item,) = report.items
    assert (item.rows, sum(item.rejects.values())) == (1_357, 0)
    with Census(open_release(store, build_release(store, Settings()).name)) as opened:
        for reported in ("independent", "self", "any"):
            with pytest.raises(ContractError, match="no frontier can be drawn") as caught:
                opened.capability(reported=reported)
    # 827 pairs are counted with results that name no benchmark or no metric; 1,181 name both
    assert "at most 3 makers in any; 0 measured by others" in str(caught.value.where)
    assert "census import benchmarks" in caught.value.next_step
