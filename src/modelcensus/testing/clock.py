"""A clock that moves only when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock


class FixedClock:
    """A settable clock; `sleep` moves its time and returns at once. Safe across threads.

    Attributes:
        slept: every duration that was slept, in seconds, in order.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        """Set the clock to an aware instant.

        Raises:
            ValueError: the instant has no time zone.
        """
        self.slept: list[float] = []
        self._lock = Lock()
        self._now = _in_utc(start)

    def now(self) -> datetime:
        """Return the instant the clock stands at, in UTC."""
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        """Return the instant as seconds, for code that measures durations."""
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        """Move the clock forward and note it; no real time passes.

        Raises:
            ValueError: the duration is negative.
        """
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self.slept.append(seconds)

    def advance(self, duration: timedelta | float) -> None:
        """Move the clock by a duration (a number is seconds; negative turns it back)."""
        if not isinstance(duration, timedelta):
            duration = timedelta(seconds=duration)
        with self._lock:
            self._now += duration

    def set(self, instant: datetime) -> None:
        """Set the clock to another aware instant.

        Raises:
            ValueError: the instant has no time zone.
        """
        with self._lock:
            self._now = _in_utc(instant)


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an aware instant is needed, with a time zone")
    return instant.astimezone(UTC)
