"""The only reader of the clock. Everything else is given a time."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """Anything that can say what time it is, always as an aware UTC datetime."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        ...


class Timer(Clock, Protocol):
    """A clock that can also measure durations and wait."""

    def monotonic(self) -> float:
        """Return seconds since some moment, never falling."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some moment; setting the machine's clock does not move it."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def today(clock: Clock) -> date:
    """Return the UTC day of a clock."""
    return clock.now().date()
