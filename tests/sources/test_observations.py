from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelcensus.errors import SchemaChanged, SettingsError, SourceError

MINE = {"frame": "panel:mine"}


@pytest.fixture
def read_csv(tmp_path: Path, read_states: Callable[..., Any]) -> Callable[..., Any]:
    def read(content: str | bytes, **options: str) -> Any:
        path = tmp_path / "mine.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        given_options = {name.replace("_", "-"): value for name, value in options.items()}
        return read_states("observations", path, MINE | given_options)

    return read


def test_one_state_per_date(read_csv: Callable[..., Any]) -> None:
    states = read_csv(
        "id,date,downloads,note\na/b,2025-02-14,5,x\nc/d,2025-01-14,,\na/a,2025-01-14,1,\n"
        'a/b,2025-01-14T23:00:00-02:00,"7",\ne/f,2025-01-14,007,\n'
    )
    assert [s.state.label for s in states] == [
        date(2025, 1, 14),
        date(2025, 1, 15),
        date(2025, 2, 14),
    ]
    first = states[0]
    assert [(r["model_id"], r["downloads_30d"]) for r in first.records] == [
        ("c/d", None),
        ("a/a", 1),
        ("e/f", 7),
    ]
    assert not first.rejects
    assert (first.state.hub, first.state.frame) == ("huggingface", "panel:mine")
    assert "downloads_30d" not in first.state.absent_columns
    assert "likes" in first.state.absent_columns


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("rolling-30d", "downloads_30d"),
        ("all-time", "downloads_all_time"),
        ("running-sum", "downloads_running_sum"),
        ("pulls", "pulls"),
    ],
)
def test_the_kind_names_the_counter(read_csv: Callable[..., Any], kind: str, column: str) -> None:
    (state,) = read_csv("id,date,downloads\na/b,2025-01-14,5\n", kind=kind)
    assert state.records[0][column] == 5


SUMS = (
    "id,date,downloads\n"
    "a/one,2025-01-01,100\na/one,2025-01-31,150\na/one,2025-03-02,155\n"
    "a/late,2025-01-31,7\na/late,2025-03-02,9\n"
    "a/gap,2025-01-01,3\na/gap,2025-01-31,\na/gap,2025-03-02,8\n"
    "a/fell,2025-01-01,50\na/fell,2025-01-31,60\na/fell,2025-03-02,20\n"
)
"""Running sums 30 days apart; a/late has no first sum, a/gap none in the middle."""


def test_a_running_sum_is_taken_apart_between_neighbouring_dates(
    read_csv: Callable[..., Any],
) -> None:
    states = read_csv(SUMS, kind="running-sum-steps", step="30")
    assert [s.state.label for s in states] == [date(2025, 1, 31), date(2025, 3, 2)]
    first, second = ({r["model_id"]: r["downloads_30d"] for r in s.records} for s in states)
    assert first == {"a/one": 50, "a/late": None, "a/gap": None, "a/fell": 10}
    assert second == {"a/one": 5, "a/late": 2, "a/gap": None}
    assert states[1].reasons == {"running_sum_fell": 1}
    assert states[1].rejects[0].raw == "60 -> 20"
    # the rows of the first date only say where the sums begin
    assert [sum(b.applied_rows for b in s.state.batches) for s in states] == [3, 0]
    assert all("differences of a running sum" in s.state.info.attribution for s in states)
    assert "downloads_30d" not in states[0].state.absent_columns
    assert "downloads_running_sum" in states[0].state.absent_columns


@given(st.lists(st.lists(st.integers(0, 10**12), min_size=4, max_size=4), min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_taking_apart_gives_back_what_was_summed(
    read_csv: Callable[..., Any], readings: list[list[int]]
) -> None:
    days = [date(2025, 1, 7 * n + 1).isoformat() for n in range(4)]
    lines = [
        f"a/m{m},{day},{sum(row[: n + 1])}"
        for m, row in enumerate(readings)
        for n, day in enumerate(days)
    ]
    text = "id,date,downloads\n" + "\n".join(reversed(lines)) + "\n"
    states = read_csv(text, kind="running-sum-steps", step="7")
    for place, state in enumerate(states, start=1):
        found = {r["model_id"]: r["downloads_30d"] for r in state.records}
        assert found == {f"a/m{m}": row[place] for m, row in enumerate(readings)}


@pytest.mark.parametrize(
    ("step", "days", "told"),
    [
        ("30", ("2025-01-01", "2025-01-31", "2025-04-01"), "2025-01-31 to 2025-04-01"),
        ("7", ("2025-01-01", "2025-01-31"), "not 7 days apart"),
        ("month", ("2025-01-14", "2025-03-14"), "not a month apart"),
        ("month", ("2025-01-14", "2025-02-15"), "not a month apart"),
        ("30", ("2025-01-01",), "only one date"),
    ],
)
def test_a_running_sum_with_holes_is_refused(
    read_csv: Callable[..., Any], step: str, days: tuple[str, ...], told: str
) -> None:
    text = "id,date,downloads\n" + "".join(f"a/b,{day},5\n" for day in days)
    with pytest.raises(SourceError) as caught:
        read_csv(text, kind="running-sum-steps", step=step)
    assert told in caught.value.where
    assert "no measure reads them as downloads" in caught.value.next_step


def test_months_are_steps_by_the_calendar(read_csv: Callable[..., Any]) -> None:
    days = ("2024-12-31", "2025-01-31", "2025-02-28", "2025-03-31")
    text = "id,date,downloads\n" + "".join(f"a/b,{day},{n}\n" for n, day in enumerate(days))
    assert len(read_csv(text, kind="running-sum-steps", step="month")) == 3


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "running-sum-steps"},
        {"kind": "running-sum-steps", "step": "weekly"},
        {"kind": "running-sum-steps", "step": "0"},
        {"kind": "rolling-30d", "step": "30"},
    ],
)
def test_a_step_belongs_to_a_running_sum(
    read_csv: Callable[..., Any], values: dict[str, str]
) -> None:
    with pytest.raises(SettingsError, match="step"):
        read_csv(SUMS, **values)


def test_text_counts_are_read_only_when_asked(read_csv: Callable[..., Any]) -> None:
    text = 'name,day,n\nllama,2025-01-14,118.7M\nqwen,2025-01-14,"15,357"\nphi,2025-01-14,9\n'
    columns = {"id_column": "name", "date_column": "day", "counter_column": "n", "hub": "ollama"}
    (state,) = read_csv(text, text="yes", kind="pulls", **columns)
    assert [r["pulls"] for r in state.records] == [118_700_000, 15_357, 9]
    (state,) = read_csv(text, kind="pulls", **columns)
    assert state.reasons == {"count_not_integer": 2}


def test_lost_rows_go_with_their_date(read_csv: Callable[..., Any]) -> None:
    rows = [
        "a/b,2025-01-14,5",
        "a/b,2025-02-14,5",
        ",2025-02-14,5",
        "gpt2,2025-02-14,5",
        "a/b/c,2025-02-14,5",
        "a/b,2025-02-14,-5",
        "a/b,2025-02-14,1.5",
        "a/b,14/02/2025,5",
        "a/b,0000-01-01,5",
        "a/b,,5",
        "a/b",
    ]
    first, second = read_csv("id,date,downloads\n" + "\n".join(rows) + "\n")
    assert first.reasons == {"bad_date": 3, "wrong_number_of_cells": 1}
    assert second.reasons == {
        "bad_id": 1,
        "count_not_integer": 2,
        "id_without_namespace": 1,
        "missing_id": 1,
    }
    assert first.input_rows + second.input_rows == len(rows)
    assert {r.locator for r in second.rejects} == {f"row {n}" for n in (3, 4, 5, 6, 7)}


def test_parquet_with_types(parquet: Callable[..., Path], read_states: Callable[..., Any]) -> None:
    rows = [
        {"id": "a/b", "date": datetime(2025, 1, 14, 12, tzinfo=UTC), "downloads": 5.0},
        {"id": "a/c", "date": datetime(2025, 1, 14, 13, tzinfo=UTC), "downloads": None},
    ]
    (state,) = read_states("observations", parquet("mine.parquet", rows), MINE)
    assert [r["downloads_30d"] for r in state.records] == [5, None]
    same = parquet("mine.data", rows)
    assert len(read_states("observations", same, MINE)) == 1


def test_options_that_do_not_fit(read_csv: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="kind"):
        read_csv("id,date,downloads\n", kind="weekly")
    with pytest.raises(SettingsError, match="needs the option 'frame'"):
        read_csv("id,date,downloads\n", frame="")
    with pytest.raises(SchemaChanged) as caught:
        read_csv("model,date,downloads\na/b,2025-01-14,5\n")
    assert caught.value.field == "id"
    assert "model, date, downloads" in caught.value.where
    assert "id-column=" in caught.value.next_step


def test_what_cannot_be_read_at_all(
    read_csv: Callable[..., Any],
    read_states: Callable[..., Any],
    parquet: Callable[..., Path],
    tmp_path: Path,
) -> None:
    with pytest.raises(SourceError, match="no row of the file") as caught:
        read_csv("id,date,downloads\na/b,never,5\n")
    assert "bad_date 1" in caught.value.next_step
    with pytest.raises(SourceError, match="no row"):
        read_csv("id,date,downloads\n")
    with pytest.raises(SourceError, match="empty"):
        read_csv("")
    with pytest.raises(SourceError, match="no such file"):
        read_states("observations", tmp_path / "absent.csv", MINE)
    with pytest.raises(SourceError, match="folder"):
        read_states("observations", tmp_path, MINE)
    (tmp_path / "x.parquet").write_bytes(b"id,date\n")
    with pytest.raises(SourceError, match="Parquet"):
        read_states("observations", tmp_path / "x.parquet", MINE)
    odd = parquet("y.parquet", [{"id": "a/b", "date": 5, "downloads": 1}])
    with pytest.raises(SchemaChanged) as changed:
        read_states("observations", odd, MINE)
    assert changed.value.field == "date"


CELLS = st.sampled_from(["a/b", "gpt2", "2025-01-14", "x", "", "7", "-1", '"', "é", "\x00"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6))
def test_any_table_gives_records_and_rejects(
    read_csv: Callable[..., Any], rows: list[list[str]]
) -> None:
    text = "\n".join(",".join(row) for row in [["id", "date", "downloads"], *rows]) + "\n"
    try:
        states = read_csv(text)
    except SourceError:
        return
    for state in states:
        assert state.records
        assert state.input_rows == len(state.records) + len(state.rejects)
