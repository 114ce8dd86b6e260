"""Ticks are round, few and around the data; dates are months, or days within a short time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.publish.charts.axes import (
    Axis,
    close_ticks,
    date_ticks,
    day_of,
    label_percent,
    moment,
    nice_ticks,
    short_number,
    short_percent,
)

LOWS, SPANS = st.floats(-1e6, 1e6), st.floats(1e-3, 1e9)


@given(LOWS, SPANS, st.integers(3, 12))
def test_ticks_hold_the_data_between_them_and_are_evenly_apart(
    low: float, span: float, most: int
) -> None:
    ticks = nice_ticks(low, low + span, most)
    slack = span * 1e-6
    assert ticks[0] <= low + slack
    assert ticks[-1] >= low + span - slack
    assert 2 <= len(ticks) <= most
    step = ticks[1] - ticks[0]
    assert all((b - a) / step == pytest.approx(1, rel=1e-4) for a, b in pairwise(ticks))


def test_ticks_of_one_value() -> None:
    assert nice_ticks(0, 0, 5) == [0, 0.25, 0.5, 0.75, 1]
    assert Axis(5, 5, 0, 10).at(5) == 5


@given(st.floats(0.01, 1e9))
def test_an_axis_ends_little_above_what_is_drawn(high: float) -> None:
    ticks, top = close_ticks(0, high, 7)
    assert high <= top <= max(high * 1.07, ticks[1])
    assert ticks[-1] <= top


@given(st.integers(0, 3000), st.integers(1, 8000), st.integers(2, 12))
def test_dates_lie_within_the_time_and_are_few(start: int, days: int, most: int) -> None:
    first = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=start)
    low, high = (d.timestamp() * 1000 for d in (first, first + timedelta(days=days)))
    ticks = date_ticks(low, high, most)
    assert all(low <= at <= high for at, _ in ticks)
    assert len(ticks) <= most
    assert len({words for _, words in ticks}) == len(ticks)


def test_months_are_marked_at_their_first_day() -> None:
    ticks = date_ticks(moment("2024-11-14"), moment("2025-03-07"), 6)
    assert [words for _, words in ticks] == ["Dec 2024", "Jan 2025", "Feb 2025", "Mar 2025"]
    assert ticks[1][0] == moment("2025-01-01")
    assert [w for _, w in date_ticks(moment("2025-01-01"), moment("2025-01-04"), 9)] == [
        "1 Jan",
        "2 Jan",
        "3 Jan",
        "4 Jan",
    ]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("2025-09-07", "7 Sep 2025"),
        ("2025-09", "Sep 2025"),
        ("2026-08-22T20:00:29Z", "22 Aug 2026"),
    ],
)
def test_days_as_a_person_writes_them(label: str, words: str) -> None:
    assert day_of(label) == words


def test_numbers_as_an_axis_writes_them() -> None:
    numbers = (0, 0.5, 12, 999, 1000, 31_900, 76_800_000, 1_200_000_000, 999_999)
    assert [short_number(n) for n in numbers] == [
        *("0", "0.5", "12", "999", "1k", "31.9k", "76.8M", "1.2B", "1M")
    ]
    assert [short_percent(s) for s in (0, 0.125, 1)] == ["0 %", "12.5 %", "100 %"]
    assert [label_percent(s) for s in (0.0, 0.0001, 0.599)] == ["0.0 %", "<0.1 %", "59.9 %"]
    assert label_percent(None) == "unknown"
