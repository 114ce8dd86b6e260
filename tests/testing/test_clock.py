from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from modelcensus.clock import Clock, today
from modelcensus.testing import FixedClock

NOON = datetime(2025, 1, 6, 12, tzinfo=UTC)


def test_it_stands_still_until_told() -> None:
    clock: Clock = FixedClock(NOON)
    assert clock.now() == clock.now() == NOON
    assert str(today(clock)) == "2025-01-06"


def test_sleeping_only_moves_time_and_is_noted() -> None:
    clock = FixedClock(NOON)
    clock.sleep(90)
    clock.sleep(0.5)
    assert clock.now() == NOON + timedelta(seconds=90.5)
    assert clock.slept == [90, 0.5]
    assert clock.monotonic() == clock.now().timestamp()
    with pytest.raises(ValueError, match="non-negative"):
        clock.sleep(-1)


def test_it_can_be_set_and_turned_back() -> None:
    clock = FixedClock(NOON)
    clock.advance(timedelta(hours=-1))
    clock.advance(60)
    assert clock.now() == NOON - timedelta(minutes=59)
    clock.set(datetime(2025, 1, 6, 13, tzinfo=timezone(timedelta(hours=8))))
    assert clock.now() == datetime(2025, 1, 6, 5, tzinfo=UTC)
    assert clock.slept == []


def test_an_instant_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(NOON.replace(tzinfo=None))
