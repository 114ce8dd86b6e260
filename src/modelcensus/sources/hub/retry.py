"""The one retry layer: what is tried again, how often, and after which wait.

An error's class decides. `HubUnavailable` and `RateLimited` pass and are tried again; all
others end the request at once. Waits asked for by the hub are kept; others double, with
seeded jitter.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeVar

from modelcensus.clock import Timer
from modelcensus.errors import HubUnavailable, RateLimited
from modelcensus.settings import Settings
from modelcensus.sources.hub.quota import Quota

T = TypeVar("T")

FIRST_WAIT = 1.0
LONGEST_BACKOFF = 60.0
_SPARE = 0.5
"""Seconds added to a wait that a hub names: its clock and ours differ a little."""


class Retry:
    """Calls that may fail for a while.

    Attributes:
        repeats: how many calls were made a second time or more often.
        waited: seconds spent waiting.
    """

    def __init__(
        self, settings: Settings, timer: Timer, on_wait: Callable[[float, str], None]
    ) -> None:
        """Take the limits, what waits, and whom to tell (seconds, why)."""
        self._attempts = int(settings.hub_attempts)
        self._longest = settings.hub_longest_wait
        self._timer = timer
        self._on_wait = on_wait
        # for jitter alone, and the same in every run
        self._random = Random(0)  # noqa: S311 # nosec B311
        self._free_at = 0.0
        self.repeats = 0
        self.waited = 0.0

    def call(self, attempt: Callable[[], T]) -> T:
        """Return what `attempt` returns, trying again while its errors may pass.

        Raises:
            HubUnavailable: it failed `hub_attempts` times.
            RateLimited: the hub asks for a longer wait than `hub_longest_wait`, or asks again
                and again.
        """
        self._wait_until_free()
        for number in range(1, self._attempts + 1):
            try:
                return attempt()
            except RateLimited as error:
                if number == self._attempts or error.reset_s > self._longest:
                    raise
                self._wait(error.reset_s + _SPARE, error.what)
            except HubUnavailable as error:
                if number == self._attempts or error.wait_s > self._longest:
                    raise
                self._wait(max(self._backoff(number), error.wait_s), error.what)
            self.repeats += 1
        raise AssertionError("at least one attempt is made")

    def heed(self, quota: Quota | None) -> None:
        """Note what a hub said is left; with nothing left the next call waits."""
        if quota and quota.left <= 0:
            self._free_at = self._timer.monotonic() + quota.reset_s

    def _wait_until_free(self) -> None:
        wait = self._free_at - self._timer.monotonic()
        self._free_at = 0.0
        if wait <= 0:
            return
        if wait > self._longest:
            raise RateLimited(wait)
        self._wait(wait + _SPARE, "the quota is used up")

    def _backoff(self, number: int) -> float:
        longest = min(FIRST_WAIT * 2.0 ** (number - 1), LONGEST_BACKOFF)
        return longest * (0.5 + self._random.random() / 2)

    def _wait(self, seconds: float, why: str) -> None:
        self.waited += seconds
        self._on_wait(seconds, why)
        self._timer.sleep(seconds)
