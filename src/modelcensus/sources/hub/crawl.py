"""The walk over a listing, page after page, until it is known to have ended.

The listing is walked by creation date, a key that never moves: sorted by downloads a walk
loses the rows that overtake it. Rows are known by their `_id`. Where the hub names no usable
next page (an expired, repeated or looping cursor, an empty page in the middle, or the apparent
end) the listing is taken up again by date, one page back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from modelcensus.errors import (
    CursorExpired,
    HubUnavailable,
    IncompleteSnapshot,
    LimitExceeded,
    RateLimited,
)
from modelcensus.settings import Settings
from modelcensus.sources.hub.client import Answer
from modelcensus.sources.hub.cursor import cursor_after, cursor_of, with_cursor
from modelcensus.sources.hub.journal import Head, Journal, sum_of
from modelcensus.sources.hub.pages import Place, keys_and_ends
from modelcensus.sources.hub.retry import Retry
from modelcensus.sources.hub.seen import SeenKeys

_BEFORE_ALL = "0" * 24
STALE_PAGES = 10
"""Pages without a new row, one after the other, after which a listing goes nowhere."""
END_CHECKS = 3
"""How often an end is looked behind while each look finds new models and another end."""


class Fetcher(Protocol):
    """What asks a hub for one page."""

    def fetch(self, place: str) -> Answer:
        """Return the page at a path and query."""
        ...


@dataclass(frozen=True)
class _Page:
    """An answer with its rows decoded."""

    answer: Answer
    keys: list[str]
    ends: tuple[Place, Place] | None


@dataclass
class _Stretch:
    """What one start of the listing led to so far.

    Attributes:
        used: cursors that were followed.
        stale: pages in a row that held no new row.
        most_stale: how many of these are borne.
    """

    used: set[str] = field(default_factory=set)
    stale: int = 0
    most_stale: int = STALE_PAGES


class Crawl:
    """One crawl: what is known, and the way on.

    Attributes:
        restarts: how often the listing was taken up again by date.
        requests: pages that came, the refused and repeated ones included.
        duplicates: rows that came again.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        journal: Journal,
        retry: Retry,
        settings: Settings,
        on_page: Callable[[Head, Answer | None], None],
    ) -> None:
        """Take what asks, what keeps, what repeats, the limits, and whom to tell of a page."""
        self._fetcher = fetcher
        self._journal = journal
        self._retry = retry
        self._settings = settings
        self._on_page = on_page
        self._seen = SeenKeys()
        self._last: Head | None = None
        self._pattern: tuple[str, Place] | None = None
        self._stretch = _Stretch()
        self._has_ended = False
        self._empty_after = -1
        self._end_checks = 0
        self.restarts = 0
        self.requests = 0
        self.duplicates = 0

    @property
    def rows(self) -> int:
        """Return how many different rows were read."""
        return self._seen.count

    def run(self) -> None:
        """Read the listing to its end; what is in the journal already is not asked for again.

        Raises:
            IncompleteSnapshot: the end could not be reached; the journal can be taken up again.
            SourceError: the hub refuses for good.
            StoreError: the disk is full or refuses.
        """
        self._replay()
        if self._journal.state.is_complete:
            return
        try:
            self._go_on()
        except (HubUnavailable, RateLimited, LimitExceeded) as error:
            raise self._incomplete(error.what, error.next_step) from error
        self._journal.note(is_complete=True)

    def _replay(self) -> None:
        """Learn from the journal what was read before."""
        for head, body in self._journal.heads_and_pages(int(self._settings.hub_page_bytes)):
            self.duplicates += len(self._seen.add(keys_and_ends(body)[0]))
            self._remember(head)
            self._on_page(head, None)

    def _go_on(self) -> None:
        """Read page after page until the listing is known to have ended."""
        place = self._last.next if self._last else self._journal.state.place
        while not self._has_enough():
            if not place:
                page, place = self._take_up_again()
            else:
                page = self._try(place)
            if page is None and not place:
                return
            place = self._accept(place, page) if page else ""

    def _has_enough(self) -> bool:
        wanted = self._journal.state.rows_wanted
        return bool(wanted) and self.rows >= wanted

    def _try(self, place: str) -> _Page | None:
        """Return a page; None when the hub does not know its cursor (any more)."""
        self._stretch.used.add(cursor_of(place))
        try:
            return self._retry.call(lambda: self._fetch(place))
        except CursorExpired:
            self._has_ended = False
            return None

    def _fetch(self, place: str) -> _Page:
        answer = self._fetcher.fetch(place)
        self.requests += 1
        self._retry.heed(answer.quota)
        return _Page(answer, *keys_and_ends(answer.body))

    def _accept(self, place: str, page: _Page) -> str:
        """Keep a page if it holds anything new, and return where to go on; empty: unknown."""
        following = page.answer.next
        if cursor_of(following) in self._stretch.used:
            following = ""
        self._has_ended = not page.answer.next and self._reaches(page)
        left_out = self._seen.add(page.keys)
        self.duplicates += len(left_out)
        if len(left_out) < len(page.keys):
            self._stretch.stale = 0
            self._end_checks = 0 if following else self._end_checks
            self._keep(place, following, page, left_out)
            return following
        return self._after_stale(following, is_empty=not page.keys)

    def _reaches(self, page: _Page) -> bool:
        """Return whether a page stands at the end of what is known, or says nothing of it."""
        known = self._last.last if self._last else None
        return not (known and page.ends) or page.ends[1] >= known

    def _after_stale(self, following: str, *, is_empty: bool) -> str:
        """Return where to go on after a page without a new row."""
        self._stretch.stale += 1
        if self._stretch.stale > self._stretch.most_stale:
            return ""
        if is_empty and following and self._empty_after != self._journal.pages:
            # rows may have been due here: look by date before following the hub past them
            self._empty_after = self._journal.pages
            return ""
        return following

    def _keep(self, place: str, following: str, page: _Page, left_out: list[int]) -> None:
        if self._journal.pages >= self._settings.hub_pages:
            raise self._incomplete(f"the listing does not end after {self._journal.pages:,} pages")
        head = Head(
            number=self._journal.pages + 1,
            place=place,
            next=following,
            is_last=not page.answer.next,
            at=page.answer.at,
            rows=len(page.keys),
            left_out=self._without_surplus(len(page.keys), left_out),
            first=page.ends[0] if page.ends else None,
            last=page.ends[1] if page.ends else None,
            wire_bytes=page.answer.wire_bytes,
            sha256=sum_of(page.answer.body),
            is_simulated=page.answer.is_simulated,
        )
        if self._last and self._last.is_simulated != head.is_simulated:
            raise self._incomplete("the hub calls some of its pages simulated and others not")
        self._journal.append(head, page.answer.body)
        self._remember(head)
        self._on_page(head, page.answer)

    def _without_surplus(self, rows: int, left_out: list[int]) -> tuple[int, ...]:
        """Return the rows to leave out, those beyond the number wanted included."""
        wanted = self._journal.state.rows_wanted
        if not wanted or self.rows <= wanted:
            return tuple(left_out)
        fresh = sorted(set(range(rows)) - set(left_out))
        return tuple(sorted({*left_out, *fresh[wanted - self.rows :]}))

    def _remember(self, head: Head) -> None:
        self._last = head
        self._has_ended = head.is_last
        if (cursor := cursor_of(head.next)) and head.last:
            self._pattern = (cursor, head.last)

    def _take_up_again(self) -> tuple[_Page | None, str]:
        """Return a page by date and its place where the hub named no usable next one.

        The page is None when it cannot be had; the place is then the listing's start, or empty
        when the listing has ended.
        """
        has_ended = self._has_ended
        if has_ended and self._last is None:
            raise self._incomplete("the hub lists no model")
        if not has_ended:
            self._count_restart()
        elif self._end_checks == END_CHECKS:
            # new models come as fast as they are asked for: those of the start are all there
            return None, ""
        self._end_checks += has_ended
        if self._last and (place := self._place_by_date(self._last)):
            self._stretch = _Stretch()
            page = self._try(place)
            if page and self._joins(page):
                is_end = has_ended and not page.answer.next and not self._brings_news(page)
                return (None, "") if is_end else (page, place)
        if has_ended:
            # nothing contradicts the hub
            return None, ""
        self._stretch = _Stretch(most_stale=self._journal.pages + STALE_PAGES)
        start = self._journal.state.place
        return self._try(start), start

    def _place_by_date(self, last: Head) -> str:
        """Return the place of the rows from one page back on; empty where no date is known."""
        if not (last.first and last.last):
            return ""
        back = last.first if last.first < last.last else Place(last.last.created_at, _BEFORE_ALL)
        return with_cursor(self._journal.state.place, cursor_after(back, *(self._pattern or ())))

    def _joins(self, page: _Page) -> bool:
        """Return whether a page by date begins within what is known: no row lies between."""
        return bool(page.keys) and self._seen.has(page.keys[0])

    def _brings_news(self, page: _Page) -> bool:
        return not all(map(self._seen.has, page.keys))

    def _count_restart(self) -> None:
        self.restarts += 1
        if self.restarts > self._settings.hub_restarts:
            raise self._incomplete(
                f"the listing led nowhere {self.restarts - 1} times (cursors that expire, "
                "repeat or lead back)"
            )

    def _incomplete(self, what: str, next_step: str = "") -> IncompleteSnapshot:
        again = f"collect again: it goes on after the {self.rows:,} rows that are kept"
        return IncompleteSnapshot(
            f"the crawl is incomplete: {what}",
            rows=self.rows,
            where=f"{self._journal.state.endpoint}, after page {self._journal.pages:,} "
            f"({self._journal.folder})",
            next_step=f"{next_step}; {again}" if next_step else again,
        )
