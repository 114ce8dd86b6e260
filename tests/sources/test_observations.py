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
