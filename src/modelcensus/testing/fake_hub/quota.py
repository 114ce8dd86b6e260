"""The request quota of a fixed window, told the way the Hub tells it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from modelcensus.clock import Clock


@dataclass
class Quota:
    """Counts requests in windows of fixed length; the first one starts with the first request.

    Attributes:
        clock: what the windows are measured by.
        requests: how many a window allows; None means that nothing is refused.
        window_s: length of a window in seconds.
    """

    clock: Clock
    requests: int | None
    window_s: float
    used: int = 0
    refused: int = 0
    _start: float | None = None

    def take(self) -> bool:
        """Count one request; return whether it is allowed."""
        now = self.clock.now().timestamp()
        if self._start is None:
            self._start = now
        elapsed = now - self._start
        if not 0 <= elapsed < self.window_s:
            # a clock that was set back starts a window, too
            self._start = now - (elapsed % self.window_s if elapsed > 0 else 0)
            self.used = 0
        if self.requests is not None and self.used >= self.requests:
            self.refused += 1
            return False
        self.used += 1
        return True

    def reset_s(self) -> int:
        """Return the seconds until the window ends, rounded up, at least 1."""
        start = self._start if self._start is not None else self.clock.now().timestamp()
        left = start + self.window_s - self.clock.now().timestamp()
        return max(1, math.ceil(left))

    def headers(self) -> list[tuple[str, str]]:
        """Return `RateLimit` and `RateLimit-Policy` as the Hub writes them."""
        allowed = self.requests if self.requests is not None else 1_000_000
        left = max(0, allowed - self.used)
        policy = f'"fixed window";"api";q={allowed};w={self.window_s:.0f}'
        return [("RateLimit", f'"api";r={left};t={self.reset_s()}'), ("RateLimit-Policy", policy)]
