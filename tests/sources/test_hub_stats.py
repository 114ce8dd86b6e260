from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelcensus.errors import SchemaChanged, SettingsError, SourceError
from modelcensus.sources import tables


def test_columns_are_read_by_presence(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    rows = [
        {"id": "o/a", "downloads": 5, "siblings": "[]", "safetensors": {"total": 7, "x": {"y": 1}}},
        {"id": "o/b", "downloads": None, "siblings": "[]", "safetensors": None},
    ]
    (state,) = read_states("hub-stats", parquet("hub_2025-10-23.parquet", rows))
    assert (state.state.label, state.state.frame) == (date(2025, 10, 23), "hub")
    assert state.state.is_complete_frame
    assert [(r["downloads_30d"], r["parameters"]) for r in state.records] == [(5, 7), (None, None)]
    assert "downloads_all_time" in state.state.absent_columns
    assert "downloads_30d" not in state.state.absent_columns
    assert "parameters" not in state.state.absent_columns
    assert "number_types" in state.state.absent_columns


@pytest.mark.parametrize("is_text", [False, True])
def test_the_number_types_are_those_the_file_counts(
    parquet: Callable[..., Path], read_states: Callable[..., Any], is_text: bool
) -> None:
    counts = [
        {"BF16": 5, "F32": 9, "I64": None, "notes on types": 1},
        {"BF16": 3, "F32": 3, "I64": 0},
        {"BF16": None, "F32": None, "I64": None},
    ]
    rows: list[dict[str, Any]] = [
        {"id": f"o/{n}", "safetensors": {"parameters": json.dumps(c) if is_text else c, "total": 9}}
        for n, c in enumerate(counts)
    ]
    rows += [{"id": "o/x", "safetensors": {"parameters": None, "total": 1}}, {"id": "o/y"}]
    (state,) = read_states("hub-stats", parquet("hub_2025-10-23.parquet", rows))
    found = [r["number_types"] for r in state.records]
    assert found == [["F32", "BF16"], ["BF16", "F32"], None, None, None]
    assert "number_types" not in state.state.absent_columns


def test_rows_keep_their_numbers_through_blocks(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    rows = [{"id": f"o/{n}"} for n in range(tables.BATCH_ROWS + 10)]
    rows[tables.BATCH_ROWS + 4] = {"id": "bad id"}
    path = parquet("x.parquet", rows)
    (state,) = read_states("hub-stats", path, {"label": "2025-10-23", "frame": "hub:test"})
    (reject,) = state.rejects
    assert reject.locator == f"row {tables.BATCH_ROWS + 5}"
    assert state.input_rows == len(rows)
    assert state.state.frame == "hub:test"


def test_what_cannot_be_read_at_all(
    parquet: Callable[..., Path], read_states: Callable[..., Any], tmp_path: Path
) -> None:
    label = {"label": "2025-10-23"}
    with pytest.raises(SettingsError, match="day"):
        read_states("hub-stats", parquet("x.parquet", [{"id": "o/a"}]))
    with pytest.raises(SchemaChanged) as caught:
        read_states("hub-stats", parquet("y.parquet", [{"name": "o/a"}]), label)
    assert "columns found: name" in caught.value.where
    assert "observations" in caught.value.next_step
    with pytest.raises(SchemaChanged) as caught:
        read_states("hub-stats", parquet("z.parquet", [{"id": "o/a", "tags": 1}]), label)
    assert caught.value.where == "z.parquet"
    (tmp_path / "cut.parquet").write_bytes(parquet("w.parquet", [{"id": "o/a"}]).read_bytes()[:-20])
    with pytest.raises(SourceError, match="Parquet"):
        read_states("hub-stats", tmp_path / "cut.parquet", label)
