"""Ollama's texts are kept as written, with what their last digit is worth; nothing is filled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.errors import SchemaChanged, SettingsError
from modelcensus.sources.counts import parse_count_text, rounding_steps

FIRST, SECOND = date(2031, 1, 5), date(2031, 3, 9)
SCHEMA = pa.schema(
    [("observed_on", pa.date32()), ("model", pa.string()), ("pull_count_text", pa.string())]
)


def rows(*cells: tuple[date | None, str | None, str | None]) -> list[dict[str, Any]]:
    return [dict(zip(SCHEMA.names, cell, strict=True)) for cell in cells]


def test_counts_keep_their_rounding_and_holes_stay_holes(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    given_rows = rows(
        (SECOND, "oak", "18K"),
        (FIRST, "oak", "17.9K"),
        (FIRST, "pine", "1.2M"),
        (SECOND, "pine", None),
        (FIRST, "fern", "15,357"),
    )
    first, second = read_states("ollama", parquet("pulls.parquet", given_rows, SCHEMA))
    assert (first.state.label, second.state.label) == (FIRST, SECOND)
    assert (first.state.hub, first.state.frame) == ("ollama", "library:ollama")
    kept = {k: (r["pulls"], r["pulls_rounding"]) for k, r in first.by_id().items()}
    assert kept == {
        "library/oak": (17_900, 100),
        "library/pine": (1_200_000, 100_000),
        "library/fern": (15_357, 1),
    }
    # "18K" stands for 18.0K in a file that writes tenths of thousands; no count is no zero
    later = {k: (r["pulls"], r["pulls_rounding"]) for k, r in second.by_id().items()}
    assert later == {"library/oak": (18_000, 100), "library/pine": (None, None)}


def test_a_number_finer_than_a_cut_text_is_kept(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    schema = SCHEMA.append(pa.field("pulls", pa.int64()))
    cells = {
        "cut": ("5M", 5_100_000),
        "whole": ("18K", 18_000),
        "tenths": ("4.1M", 4_099_999),
        "other": ("2M", 7_000_000),
        "below": ("3M", 2_900_000),
        "none": ("6M", None),
    }
    given_rows = [
        {"observed_on": FIRST, "model": m, "pull_count_text": t, "pulls": n}
        for m, (t, n) in cells.items()
    ]
    given_rows.append({**given_rows[0], "model": "fine", "pull_count_text": "1.1K", "pulls": 1100})
    (state,) = read_states("ollama", parquet("pulls.parquet", given_rows, schema))
    found = {k.removeprefix("library/"): r["pulls"] for k, r in state.by_id().items()}
    assert found == {
        "cut": 5_100_000,
        "whole": 18_000,
        "tenths": 4_100_000,
        "other": 2_000_000,
        "below": 3_000_000,
        "none": 6_000_000,
        "fine": 1_100,
    }


def test_lost_rows_are_counted(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    given_rows = rows(
        (FIRST, "oak", "1K"),
        (FIRST, "elm", "many"),
        (FIRST, "", "1K"),
        (FIRST, None, "1K"),
        (FIRST, "a b", "1K"),
        (None, "ash", "1K"),
    )
    (state,) = read_states("ollama", parquet("pulls.parquet", given_rows, SCHEMA))
    assert state.reasons == {"bad_count": 1, "bad_date": 1, "bad_id": 1, "missing_id": 2}
    assert [r["model_id"] for r in state.records] == ["library/oak"]


def test_what_cannot_be_read_is_said(
    parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    schema = pa.schema([("observed_on", pa.date32()), ("model", pa.string())])
    lacking = parquet("lacking.parquet", [{"observed_on": FIRST, "model": "oak"}], schema)
    with pytest.raises(SchemaChanged, match="pull_count_text"):
        read_states("ollama", lacking)
    numbers = pa.schema([*list(SCHEMA)[:2], pa.field("pull_count_text", pa.int64())])
    table = [{"observed_on": FIRST, "model": "oak", "pull_count_text": 5}]
    with pytest.raises(SchemaChanged, match="text is needed"):
        read_states("ollama", parquet("numbers.parquet", table, numbers))
    with pytest.raises(SettingsError, match="no option"):
        read_states("ollama", lacking, {"frame": "mine"})


@given(st.integers(0, 999), st.integers(0, 9), st.sampled_from("KMB"))
def test_what_was_written_lies_within_its_rounding(whole: int, tenth: int, suffix: str) -> None:
    worth = {"K": 100, "M": 100_000, "B": 100_000_000}[suffix]
    text = f"{whole}.{tenth}{suffix}" if tenth else f"{whole}{suffix}"
    column = pa.array([text, f"0.1{suffix}", None])
    assert rounding_steps(column).to_pylist() == [worth, worth, None]
    assert parse_count_text(text) == (10 * whole + tenth) * worth
