"""Periods: both ends included as written, half-open inside."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.contracts.period import Period
from modelcensus.errors import ContractError


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end", "is_instant"),
    [
        ("2025-09-07", day(2025, 9, 7), day(2025, 9, 8), True),
        ("2024-02-29", day(2024, 2, 29), day(2024, 3, 1), True),
        ("2025-12-31", day(2025, 12, 31), day(2026, 1, 1), True),
        ("2025-09", day(2025, 9, 1), day(2025, 10, 1), False),
        ("2024-02", day(2024, 2, 1), day(2024, 3, 1), False),
        ("2025-12", day(2025, 12, 1), day(2026, 1, 1), False),
        ("2025", day(2025, 1, 1), day(2026, 1, 1), False),
        # both ends belong to it: the whole last month, the whole last day
        ("2024-11..2025-09", day(2024, 11, 1), day(2025, 10, 1), False),
        ("2025-01-05..2025-01-05", day(2025, 1, 5), day(2025, 1, 6), False),
        ("2024..2025-02-28", day(2024, 1, 1), day(2025, 3, 1), False),
        ("2023-12-31..2024", day(2023, 12, 31), day(2025, 1, 1), False),
    ],
)
def test_what_a_text_means(text: str, start: datetime, end: datetime, is_instant: bool) -> None:
    period = Period.parse(text)
    assert (period.start, period.end, period.is_instant) == (start, end, is_instant)
    assert period.text == text


def test_open_periods() -> None:
    latest, everything = Period.parse("latest"), Period.parse(" all ")
    assert (latest.start, latest.end, latest.is_instant) == (None, None, True)
    assert (everything.text, everything.start, everything.is_instant) == ("all", None, False)


def test_spaces_do_not_make_another_period() -> None:
    assert Period.parse(" 2024-11 .. 2025-09 ") == Period.parse("2024-11..2025-09")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "2025-09..",
        "..2025-09",
        "2025-9",
        "2025-13",
        "2025-00",
        "2025-01-00",
        "2025-00-05",
        "2025-02-29",
        "0000",
        "9999",
        "25-09-07",
        "2025-09-07T00:00",
        "2025...2026",
        "2025..2026..2027",
        "2025-09..latest",
        "latest..2025",
        "yesterday",
        "\uff12\uff10\uff12\uff15",
        "2025-09-07\n2025",
        "-2025",
    ],
)
def test_what_is_no_period_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ContractError) as caught:
        Period.parse(text)
    assert "2024-11..2025-09" in caught.value.next_step
    assert caught.value.exit_code == 2


def test_a_period_that_ends_before_it_starts() -> None:
    with pytest.raises(ContractError, match="ends before it starts"):
        Period.parse("2025-09..2024-11")


parts = st.one_of(
    st.dates(date(1, 1, 1), date(9998, 12, 31)).map(lambda d: d.isoformat()),
    st.dates(date(1, 1, 1), date(9998, 12, 31)).map(lambda d: d.isoformat()[:7]),
    st.integers(1, 9998).map(lambda y: f"{y:04d}"),
)


@given(parts, parts)
def test_any_range_either_starts_before_it_ends_or_is_refused(first: str, last: str) -> None:
    start, end = Period.parse(first).start, Period.parse(last).end
    assert start is not None
    assert end is not None
    if start < end:
        period = Period.parse(f"{first}..{last}")
        assert (period.start, period.end, period.is_instant) == (start, end, False)
    else:
        with pytest.raises(ContractError):
            Period.parse(f"{first}..{last}")


@given(st.integers(1, 9997), st.integers(1, 12))
def test_neighbouring_months_touch_and_a_year_is_its_months(year: int, month: int) -> None:
    after = (year + month // 12, month % 12 + 1)
    this = Period.parse(f"{year:04d}-{month:02d}")
    following = Period.parse(f"{after[0]:04d}-{after[1]:02d}")
    assert this.end == following.start
    whole = Period.parse(f"{year:04d}-01..{year:04d}-12")
    assert (whole.start, whole.end) == (
        Period.parse(f"{year:04d}").start,
        Period.parse(f"{year:04d}").end,
    )


@given(st.text(max_size=30))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        period = Period.parse(text)
    except ContractError:
        return
    assert Period.parse(period.text) == period
