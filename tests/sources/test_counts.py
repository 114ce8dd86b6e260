from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.sources.counts import (
    MAX_COUNT,
    parse_count_text,
    parse_plain_count,
    whole_numbers,
)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("118.7M", 118_700_000),
        ("15,357", 15_357),
        ("2.1K", 2_100),
        ("2.1k", 2_100),
        (" 17.7K ", 17_700),
        ("0", 0),
        ("12.0", 12),
        ("1.5B", 1_500_000_000),
        ("3T", 3_000_000_000_000),
        ("1,234.5K", 1_234_500),
        (str(MAX_COUNT), MAX_COUNT),
        (str(MAX_COUNT + 1), None),
        ("9999999999999T", None),
        ("1.2345K", None),
        ("1.5", None),
        ("-5", None),
        ("1,23", None),
        ("12,34,567", None),
        ("M", None),
        ("", None),
        ("NaN", None),
        ("1e5", None),
        ("١٢", None),
        ("1" * 5000, None),
    ],
)
def test_count_texts_are_read_exactly(text: str, count: int | None) -> None:
    assert parse_count_text(text) == count


@given(st.integers(0, MAX_COUNT))
def test_every_count_survives_being_written(count: int) -> None:
    assert parse_count_text(f"{count}") == count
    assert parse_count_text(f"{count:,}") == count
    assert parse_plain_count(f"{count}") == count
    assert parse_plain_count(f"{count}.0") == count


@given(st.integers(0, 999_999), st.integers(0, 3), st.sampled_from("KMBT"))
def test_scaled_texts_equal_decimal_arithmetic(digits: int, places: int, unit: str) -> None:
    number = Decimal(digits).scaleb(-places)
    expected = number * {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}[unit]
    assert parse_count_text(f"{number:f}{unit}") == int(expected)


@given(st.text())
def test_any_text_is_a_count_or_none(text: str) -> None:
    for parse in (parse_count_text, parse_plain_count):
        count = parse(text)
        assert count is None or 0 <= count <= MAX_COUNT


@pytest.mark.parametrize(
    ("column", "counts", "bad"),
    [
        (pa.array([0, None, 7], pa.int32()), [0, None, 7], [False, False, False]),
        (pa.array([-1, 5]), [None, 5], [True, False]),
        (pa.array([2**63, 5], pa.uint64()), [None, 5], [True, False]),
        (
            pa.array([1.0, 1.5, float("nan"), float("inf"), -1.0, 2.0**63, None]),
            [1, None, None, None, None, None, None],
            [False, True, True, True, True, True, False],
        ),
        (pa.array([Decimal("3"), Decimal("-3")]), [3, None], [False, True]),
        (pa.array(["12", None]), [None, None], [True, False]),
        (pa.nulls(2), [None, None], [False, False]),
    ],
)
def test_columns_of_numbers(column: pa.Array, counts: list[int], bad: list[bool]) -> None:
    found, mask = whole_numbers(column)
    assert found.to_pylist() == counts
    assert mask.to_pylist() == bad


def test_columns_of_text() -> None:
    column = pa.array(["118.7M", "", " ", None, "x"])
    found, bad = whole_numbers(column, text=True)
    assert found.to_pylist() == [118_700_000, None, None, None, None]
    assert bad.to_pylist() == [False, False, False, False, True]
    found, bad = whole_numbers(pa.array(["12", "1,200", ""]), digits=True)
    assert found.to_pylist() == [12, None, None]
    assert bad.to_pylist() == [False, True, False]


def test_a_column_that_can_hold_no_counts_is_named() -> None:
    with pytest.raises(TypeError, match="list"):
        whole_numbers(pa.array([[1]]))
