from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from modelcensus.errors import SchemaChanged, SettingsError, SourceError

FIRST, SECOND = date(2025, 1, 14), date(2025, 2, 14)


def row(model: str | None, day: Any = FIRST, **cells: Any) -> dict[str, Any]:
    return {
        "observed_on": day,
        "org_group": "Org",
        "namespace": "org",
        "repo_id": model,
        "downloads_30d": 5,
        "likes": 1,
        "discussions": 0,
        "descendants": 2,
        "crawled_on": day,
    } | cells


def test_one_state_per_month_with_the_days_of_the_crawl(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    rows = [row("o/b", SECOND), row("o/a"), row("o/b", crawled_on=date(2025, 1, 16)), row("o/a")]
    path = parquet("huggingface_monthly.parquet", rows)
    first, second = read_states("osir", path)
    assert [r["model_id"] for r in first.records] == ["o/a", "o/b", "o/a"]
    assert (first.state.hub, first.state.frame) == ("huggingface", "panel:osir")
    assert first.state.window[0] == datetime(2025, 1, 14, tzinfo=UTC)
    assert first.state.window[1].date() == date(2025, 1, 16)
    assert not first.state.is_complete_frame
    assert second.state.label == SECOND
    assert second.records[0] | {"observed_at": None} == second.records[0] | {
        "downloads_30d": 5,
        "likes": 1,
        "discussions": 0,
        "descendants": 2,
        "source_group": "Org",
        "downloads_all_time": None,
        "observed_at": None,
    }
    assert "downloads_all_time" in first.state.absent_columns
    assert "descendants" not in first.state.absent_columns


def test_the_folder_gives_both_hubs(
    parquet: Callable[..., Path], read_states: Callable[..., Any], tmp_path: Path
) -> None:
    parquet("huggingface_monthly.parquet", [row("o/a")])
    modelscope = {"observed_on": FIRST, "repo_id": "o/a", "downloads_total": 9, "likes": None}
    parquet("modelscope_monthly.parquet", [modelscope | {"crawled_on": FIRST}])
    hub, other = read_states("osir", tmp_path)
    assert (other.state.hub, other.state.frame) == ("modelscope", "panel:osir-modelscope")
    assert other.records[0]["downloads_all_time"] == 9
    assert other.records[0]["downloads_30d"] is None
    assert other.records[0]["likes"] is None
    assert hub.records[0]["downloads_30d"] == 5


def test_lost_rows_go_with_their_month(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    rows = [
        row("o/a"),
        row("o/b", SECOND),
        row("o/c", SECOND, downloads_30d=-29),
        row(None, SECOND),
        row("gpt2", SECOND),
        row("o/d/e", SECOND),
        row("o/e", date(1970, 1, 1)),
        row("o/f", None),
        row("o/g", date(2025, 3, 7), likes=-1),
    ]
    first, second = read_states("osir", parquet("x.parquet", rows))
    assert first.reasons == {"bad_date": 2, "count_not_integer": 1}
    assert second.reasons == {
        "bad_id": 1,
        "count_not_integer": 1,
        "id_without_namespace": 1,
        "missing_id": 1,
    }
    assert first.input_rows + second.input_rows == len(rows)
    assert "x.parquet row 3" in {r.locator for r in second.rejects}


def test_columns_that_came_later_may_be_absent(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    short = {k: v for k, v in row("o/a").items() if k not in {"discussions", "org_group"}}
    (state,) = read_states("osir", parquet("x.parquet", [short]))
    assert {"discussions", "source_group"} <= set(state.state.absent_columns)


def test_what_cannot_be_read_at_all(
    parquet: Callable[..., Path], read_states: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="no file of this source"):
        read_states("osir", tmp_path)
    with pytest.raises(SourceError, match="no row of the file") as caught:
        read_states("osir", parquet("x.parquet", [row(None)]))
    assert "missing_id 1" in caught.value.next_step
    with pytest.raises(SchemaChanged) as changed:
        read_states("osir", parquet("y.parquet", [{"repo_id": "o/a"}]))
    assert changed.value.field == "likes"
    odd = pa.Table.from_pylist([row("o/a", downloads_30d=[1])])
    with pytest.raises(SchemaChanged, match="list"):
        read_states("osir", parquet("z.parquet", odd))
    with pytest.raises(SettingsError):
        read_states("osir", tmp_path, {"frame": "x"})
