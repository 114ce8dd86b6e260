from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.errors import SchemaChanged, SettingsError, SourceError
from modelcensus.sources.dated_rows import DatedRows
from modelcensus.sources.sieve import Sieve

ALL = "all_downloads_with_annotations.parquet"
FIRST = "one_year_rolling.parquet"
WEEK_1, WEEK_2 = date(2025, 8, 4), date(2025, 8, 11)


def row(model: str | None, time: Any, count: Any, **more: Any) -> dict[str, Any]:
    facts = {"_id": "65", "author": "o", "created": "2025-02-01T00:00:00.000Z", "org_country": "X"}
    return {"model": model, "time": time, "downloadsAllTime": count} | facts | more


ROWS = [
    row("o/a", "2025-08-11", 12),
    row("o/a", "2025-08-04", 5),
    row("o/b", "2025-08-04", 0),
    row("o/b", "2025-08-11", None),
    row("bad id", "2025-08-11", 1),
    row("o/c", "soon", 1),
    row("o/c", "2025-08-11", -1),
]


def test_one_state_per_date(parquet: Callable[..., Path], read_states: Callable[..., Any]) -> None:
    first, second = read_states("evolution", parquet(ALL, ROWS))
    assert [s.state.label for s in (first, second)] == [WEEK_1, WEEK_2]
    assert {(s.state.frame, s.state.is_complete_frame) for s in (first, second)} == {
        ("panel:evolution", False)
    }
    assert [(r["model_id"], r["downloads_all_time"]) for r in first.records] == [
        ("o/a", 5),
        ("o/b", 0),
    ]
    assert [(r["model_id"], r["downloads_all_time"]) for r in second.records] == [
        ("o/a", 12),
        ("o/b", None),
    ]
    assert first.records[0]["created_at"] == datetime(2025, 2, 1, tzinfo=UTC)
    assert (first.records[0]["hub_key"], first.records[0]["author"]) == ("65", "o")
    assert first.reasons == {"bad_date": 1}
    assert second.reasons == {"bad_id": 1, "count_not_integer": 1}
    assert "downloads_first_year" in first.state.absent_columns
    assert "created_at" not in first.state.absent_columns


def test_the_first_years_are_a_counter_and_a_frame_of_their_own(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    parquet(ALL, ROWS)
    states = read_states("evolution", parquet(FIRST, ROWS[:3]).parent)
    assert [(s.state.frame, s.state.label) for s in states] == [
        ("panel:evolution", WEEK_1),
        ("panel:evolution", WEEK_2),
        ("panel:evolution-first-year", WEEK_1),
        ("panel:evolution-first-year", WEEK_2),
    ]
    assert [r["downloads_first_year"] for r in states[2].records] == [5, 0]
    assert "downloads_all_time" in states[2].state.absent_columns


def test_counts_of_a_period_are_added_up(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    rows = [*ROWS[:4], row("o/a", "2025-08-18", 3), row("o/b", "2025-08-18", 7)]
    states = read_states("evolution", parquet(FIRST, rows), {"counts": "of-period"})
    assert [{r["model_id"]: r["downloads_first_year"] for r in s.records} for s in states] == [
        {"o/a": 5, "o/b": 0},
        {"o/a": 17, "o/b": 0},
        {"o/a": 20, "o/b": 7},
    ]


def test_totals_that_fall_are_none(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    rows = [row("o/a", f"2025-08-{day:02}", day % 2) for day in range(1, 9)]
    with pytest.raises(SchemaChanged, match="fall at 57% of all steps") as caught:
        read_states("evolution", parquet(FIRST, rows))
    assert "counts=of-period" in caught.value.next_step
    with pytest.raises(SettingsError, match="first years only"):
        read_states("evolution", parquet(ALL, rows), {"counts": "of-period"})


def test_columns_are_named_by_options(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    path = parquet("x.parquet", [{"id": "o/a", "week": datetime(2025, 8, 4), "n": 5}])  # noqa: DTZ001
    options = {"id-column": "id", "date-column": "week", "counter-column": "n"}
    with pytest.raises(SettingsError, match="which of the two"):
        read_states("evolution", path, options)
    (state,) = read_states("evolution", path, options | {"file": "first-year"})
    assert (state.state.label, state.records[0]["downloads_first_year"]) == (WEEK_1, 5)
    assert {"author", "created_at", "hub_key"} <= set(state.state.absent_columns)


def test_a_count_may_be_called_downloads(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    rows = [{"model": "o/a", "time": date(2025, 8, 4), "downloads": 5}]
    (state,) = read_states("evolution", parquet(ALL, rows))
    assert state.records[0]["downloads_all_time"] == 5


def test_what_cannot_be_read(
    parquet: Callable[..., Path], read_states: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="no file of this source"):
        read_states("evolution", tmp_path)
    with pytest.raises(SchemaChanged, match="'downloadsAllTime' or 'downloads'") as caught:
        read_states("evolution", parquet(ALL, [{"model": "o/a", "time": "x", "weekly": 1}]))
    assert "model, time, weekly" in caught.value.where
    with pytest.raises(SchemaChanged, match="'time' cannot be read"):
        read_states("evolution", parquet(ALL, [row("o/a", 7, 1)]))
    with pytest.raises(SourceError, match="no row") as lost:
        read_states("evolution", parquet(ALL, [row("o/a", "soon", 1)]))
    assert "bad_date 1" in lost.value.next_step


DAYS = st.dates(date(2025, 1, 1), date(2025, 1, 9))
READINGS = st.lists(
    st.tuples(st.sampled_from("abc"), DAYS, st.none() | st.integers(0, 9)),
    min_size=1,
    unique_by=lambda reading: reading[:2],
)


@given(READINGS, st.integers(1, 5))
def test_sums_and_falls_are_those_of_each_model(
    readings: list[tuple[str, date, int | None]], block: int
) -> None:
    rows = DatedRows()
    for start in range(0, len(readings), block):
        ids, labels, counts = zip(*readings[start : start + block], strict=True)
        table = pa.table({"i": pa.array(ids), "c": pa.array(counts, pa.int64())})
        columns = {"i": table["i"].combine_chunks(), "c": table["c"].combine_chunks()}
        rows.add(Sieve(table, str), pa.array(labels, pa.date32()), columns)
    history: dict[str, list[int | None]] = {}
    for model, _, count in sorted(readings, key=lambda reading: reading[1]):
        history.setdefault(model, []).append(count)
    steps = [
        later < earlier
        for counts in history.values()
        for earlier, later in pairwise(counts)
        if earlier is not None and later is not None
    ]
    assert rows.falls("c", by="i") == pytest.approx(sum(steps) / max(len(steps), 1))
    rows.add_up("c", by="i")
    found = {
        (record["i"], label): record["c"]
        for label, part, _ in rows.parts("x")
        for record in part.to_pylist()
    }
    assert found == {
        (model, label): sum(c or 0 for m, d, c in readings if m == model and d <= label)
        for model, label, _ in readings
    }
