"""How a crawl stands, page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from modelcensus.clock import Timer
from modelcensus.sources.hub.client import Answer
from modelcensus.sources.hub.journal import Head, Journal
from modelcensus.sources.hub.quota import Quota


@dataclass(frozen=True)
class Progress:
    """How a crawl stands.

    Attributes:
        rows: different models read, those of the journal included.
        rows_expected: how many there may be in all.
        rows_per_s: of this run; None while it is not known.
        quota: what is left to ask; None when the hub does not say.
        seconds_left: an estimate; None while it is not known.
        waiting_s: a wait that has just begun; 0 when none has.
        why: what is waited for.
    """

    rows: int
    rows_expected: int
    rows_per_s: float | None = None
    quota: Quota | None = None
    seconds_left: float | None = None
    waiting_s: float = 0.0
    why: str = ""


class CrawlRun:
    """What happens page by page, told to the follower and to the user.

    Attributes:
        journal: the crawl's.
        on_page: is told of every page that is in the journal.
        first_at: the earliest moment at which a page came; None before the first. A clock that
            is set back meanwhile gives a later page the earlier moment.
        last_at: the latest one.
        sums: SHA-256 of every page, in order.
    """

    def __init__(
        self, journal: Journal, expected: int, timer: Timer, on_progress: Callable[[Progress], None]
    ) -> None:
        """Take the journal, how many models there may be, and whom to tell."""
        self.journal = journal
        self.on_page: Callable[[Head], None] = lambda head: None
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self.sums: list[str] = []
        self._expected = expected
        self._timer = timer
        self._on_progress = on_progress
        self._rows = 0
        self._rows_here = 0
        self._began: float | None = None
        self._quota: Quota | None = None

    def tell_page(self, head: Head, answer: Answer | None) -> None:
        """Take note of a page; without an answer it was in the journal already."""
        self.first_at = min(self.first_at or head.at, head.at)
        self.last_at = max(self.last_at or head.at, head.at)
        self.sums.append(head.sha256)
        self._rows += head.fresh_rows
        self.on_page(head)
        if answer is not None:
            self._began = self._timer.monotonic() if self._began is None else self._began
            self._rows_here += head.fresh_rows
            self._quota = answer.quota
        self._on_progress(self._progress())

    def tell_wait(self, seconds: float, why: str) -> None:
        """Take note of a wait that begins."""
        self._on_progress(replace(self._progress(), waiting_s=seconds, why=why))

    def _progress(self) -> Progress:
        elapsed = self._timer.monotonic() - self._began if self._began is not None else 0.0
        rate = self._rows_here / elapsed if elapsed > 0 else None
        left = max(0, self._expected - self._rows)
        return Progress(
            rows=self._rows,
            rows_expected=max(self._expected, self._rows),
            rows_per_s=rate,
            quota=self._quota,
            seconds_left=left / rate if rate else None,
        )
