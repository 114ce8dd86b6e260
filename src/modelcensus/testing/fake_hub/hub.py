"""The fake Hub: `GET /api/models` as the real one answers it, on this machine, with a will."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import numpy as np

from modelcensus.clock import Clock, SystemClock
from modelcensus.testing.fake_hub import bodies, listing
from modelcensus.testing.fake_hub.churn import Change, Churn
from modelcensus.testing.fake_hub.fault import (
    IN_THE_BODY,
    IN_THE_CURSOR,
    IN_THE_ROWS,
    ON_THE_WIRE,
    STATUSES,
    Fault,
    FaultPlan,
    Planned,
)
from modelcensus.testing.fake_hub.fields import fields_of
from modelcensus.testing.fake_hub.listing import BadCursor, Listing, Page, Query
from modelcensus.testing.fake_hub.quota import Quota
from modelcensus.testing.fake_hub.rows import RecordedRows, Rows
from modelcensus.testing.fake_hub.server import Answer, Honeypot, Seen, Server

if TYPE_CHECKING:
    from datetime import date

    from modelcensus.testing.simulator.simulation import Simulation

LISTING = "/api/models"


@dataclass(frozen=True)
class Request:
    """One request and how it was answered.

    Attributes:
        number: from 1, over all requests.
        listing_number: from 1, over listing requests; 0 for others.
        page: the number of the page in its walk; 0 when it is none.
        at: when, by the hub's clock.
        fault: the kind of fault it met; empty when none.
    """

    number: int
    listing_number: int
    page: int
    at: datetime
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    status: int
    fault: str


class FakeHub:
    """A Hub on 127.0.0.1; use it as a context manager. Safe across threads.

    Attributes:
        url: its origin; the endpoint to give to a crawler.
        honeypot: the foreign origin that some faults lead to.
        requests: every request with its answer's status.
        pages_served: whole pages sent without a fault.
        inserted: `_id` of rows that a fault put on a page; they are in no truth.
        mutated: `_id` of real rows that a fault changed -> its kind.
    """

    def __init__(
        self,
        rows: Simulation | Rows | Sequence[Mapping[str, Any]] | Path | str,
        *,
        label: date | None = None,
        clock: Clock | None = None,
        quota: int | None = None,
        window_s: float = 300,
        latency_s: float = 0.0,
        churn: Churn | None = None,
        page_faults: Mapping[int, Planned] | None = None,
        request_faults: Mapping[int, Planned] | None = None,
        max_limit: int = 1000,
        compress: bool = False,
        cache_rows: int = 65_536,
    ) -> None:
        """Prepare the listing and open the ports.

        Args:
            rows: a Simulation, records (or a JSON file of them), or anything like Rows.
            label: the day of the Simulation; its last one when not given.
            clock: what quota windows are measured by; the machine's when not given.
            quota: requests allowed in a window; None refuses nobody.
            window_s: length of the window in seconds.
            latency_s: real seconds before every answer.
            churn: what moves after each page; None: nothing.
            page_faults: k-th page of a walk -> fault, kind, or several one after the other.
            request_faults: k-th listing request -> the same; they come before page faults.
            max_limit: most rows of a page.
            compress: gzip answers for clients that accept it.
            cache_rows: rows whose texts are kept; at least as many as there are makes it fast.
        """
        self.clock = clock or SystemClock()
        self.max_limit, self.latency_s, self.compress = max_limit, latency_s, compress
        self.plan = FaultPlan.of(page_faults or {}, request_faults or {})
        self.listing = Listing(as_rows(rows, label), churn, cache_rows)
        self.quota = Quota(self.clock, quota, window_s)
        self.requests: list[Request] = []
        self.pages_served = 0
        self.inserted: list[str] = []
        self.mutated: dict[str, str] = {}
        self.honeypot = Honeypot()
        self._walks = 0
        self._listings = 0
        self._expired: dict[str, int] = {}
        self._places: dict[str, int] | None = None
        self._lock = threading.RLock()
        self._server = Server(self._respond)
        self.url = self._server.url

    def __enter__(self) -> FakeHub:
        """Begin to answer."""
        self.honeypot.server.start()
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection and both ports."""
        self._server.stop()
        self.honeypot.server.stop()

    def alive_throughout(self) -> set[str]:
        """Return the `_id` of all models listed from the start (or `mark`) until now."""
        with self._lock:
            return set(self.listing.rows.keys(np.flatnonzero(self.listing.was_always)))

    def alive_now(self) -> dict[str, str]:
        """Return `_id` -> id of all models that are listed now."""
        with self._lock:
            listed = np.flatnonzero(self.listing.is_listed)
            keys = self.listing.rows.keys(listed)
            ids = self.listing.rows.model_ids(listed)
            names = self.listing.names
            return {
                key: names.get(index, name)
                for key, name, index in zip(keys, ids, listed.tolist(), strict=True)
            }

    def mark(self) -> None:
        """Let `alive_throughout` count from now."""
        with self._lock:
            self.listing.was_always = self.listing.is_listed.copy()

    @property
    def changes(self) -> list[Change]:
        """Return every birth, deletion, renaming and hiding so far."""
        with self._lock:
            return list(self.listing.changes)

    def tokens_seen(self) -> set[str]:
        """Return every bearer token that came with a request here (not at the honeypot)."""
        return {seen.token for seen in list(self._server.seen) if seen.token}

    def warm(self, query: str = "") -> None:
        """Make the texts of all rows now, so that serving costs little (see `cache_rows`)."""
        fields = fields_of(parse_qs(query))
        with self._lock:
            total = self.listing.rows.count
            for start in range(0, total, listing.BLOCK_ROWS):
                self.listing.texts(np.arange(start, min(start + 1, total)), fields)

    def _respond(self, seen: Seen) -> Answer:
        if self.latency_s:
            time.sleep(self.latency_s)
        split = urlsplit(seen.target)
        with self._lock:
            at = self.clock.now()
            is_listing = split.path.rstrip("/") == LISTING
            self._listings += is_listing
            turn = _Turn(self._listings if is_listing else 0)
            answer = self._answer(split.path, split.query, turn)
            origin = self.listing.rows.origin
            answer.headers = [*answer.headers, *self.quota.headers(), ("X-Simulated", origin)]
            self.requests.append(
                Request(
                    seen.number,
                    turn.listing_number,
                    turn.page,
                    at,
                    seen.method,
                    seen.target,
                    seen.headers,
                    answer.status,
                    turn.fault.kind if turn.fault else "",
                )
            )
        if self.compress and "gzip" in (seen.header("Accept-Encoding") or ""):
            _squeeze(answer)
        return answer

    def _answer(self, path: str, text: str, turn: _Turn) -> Answer:
        if not self.quota.take():
            return _refusal(429, [("Retry-After", str(self.quota.reset_s()))])
        if turn.listing_number:
            return self._listing_answer(parse_qs(text), turn)
        if path.startswith(LISTING + "/"):
            return self._model_answer(unquote(path[len(LISTING) + 1 :]))
        return _refusal(404)

    def _listing_answer(self, query: Mapping[str, Sequence[str]], turn: _Turn) -> Answer:
        cursor = _only(query, "cursor")
        try:
            wanted = self._read_query(query, cursor)
        except BadCursor as error:
            return _refusal(400, message=str(error))
        turn.page = wanted.page
        if cursor in self._expired:
            return _refusal(self._expired[cursor], message="Invalid cursor")
        turn.fault = self.plan.take(turn.listing_number, wanted.page)
        if turn.fault:
            return self._faulty_answer(turn.fault, wanted, query)
        page = self.listing.page(wanted)
        answer = Answer(200, bodies.page_body(page.texts), self._link(query, page.next_cursor))
        self._count_page()
        return answer

    def _count_page(self) -> None:
        self.pages_served += 1
        self.listing.step()

    def _read_query(self, query: Mapping[str, Sequence[str]], cursor: str) -> Query:
        sort = _only(query, "sort") or "createdAt"
        if sort not in listing.SORTS:
            raise BadCursor(f"sort must be one of {', '.join(listing.SORTS)}")
        try:
            direction = 1 if int(_only(query, "direction") or 1) >= 0 else -1
            limit = max(1, min(int(_only(query, "limit") or self.max_limit), self.max_limit))
        except ValueError as error:
            raise BadCursor("limit and direction must be numbers") from error
        asked = Query(sort, direction, limit, fields_of(query))
        if not cursor:
            self._walks += 1
            return replace(asked, walk=self._walks)
        after, walk, page = listing.read_cursor(cursor, sort)
        return replace(asked, after=after, walk=walk, page=page)

    def _link(
        self, query: Mapping[str, Sequence[str]], cursor: str | None, origin: str | None = None
    ) -> list[tuple[str, str]]:
        if cursor is None:
            return []
        kept = [(k, v) for k, values in query.items() if k != "cursor" for v in values]
        text = urlencode([*kept, ("cursor", cursor)])
        return [("Link", f'<{origin or self.url}{LISTING}?{text}>; rel="next"')]

    def _faulty_answer(
        self, fault: Fault, wanted: Query, query: Mapping[str, Sequence[str]]
    ) -> Answer:
        if fault.kind in STATUSES:
            return self._status(fault)
        page = self.listing.page(wanted)
        if fault.kind in IN_THE_ROWS:
            return self._spoilt_rows(fault, page, query)
        if fault.kind in IN_THE_CURSOR:
            return self._cursor_answer(fault, wanted, page, query)
        link = self._link(query, page.next_cursor)
        body = bodies.page_body(page.texts)
        if fault.kind in IN_THE_BODY:
            body, headers = bodies.spoil_body(body, fault)
            return Answer(200, body, [*link, *headers])
        return Answer(200, body, link, wire=fault if fault.kind in ON_THE_WIRE else None)

    def _status(self, fault: Fault) -> Answer:
        wait = fault.seconds
        if fault.kind == "429" and wait is None:
            wait = self.quota.reset_s()
        return _refusal(int(fault.kind), [] if wait is None else [("Retry-After", f"{wait:g}")])

    def _spoilt_rows(self, fault: Fault, page: Page, query: Mapping[str, Sequence[str]]) -> Answer:
        texts, keys, hit = bodies.spoil_rows(page.texts, fault, len(self.inserted))
        self.inserted += keys
        self.mutated |= dict.fromkeys(self.listing.rows.keys(page.indices[:hit]), fault.kind)
        self._count_page()
        return Answer(200, bodies.page_body(texts), self._link(query, page.next_cursor))

    def _cursor_answer(
        self, fault: Fault, wanted: Query, page: Page, query: Mapping[str, Sequence[str]]
    ) -> Answer:
        cursor = _only(query, "cursor")
        if fault.kind in ("expired_cursor", "gone_cursor"):
            status = 400 if fault.kind == "expired_cursor" else 410
            if cursor:
                self._expired[cursor] = status
            return _refusal(status, message="Invalid cursor")
        foreign = self._link(query, page.next_cursor or "x", self.honeypot.url)
        if fault.kind == "redirect":
            target = foreign[0][1].partition(">")[0][1:]
            return Answer(302, b"", [("Location", target)])
        if fault.kind == "empty_page":
            return Answer(200, b"[]", self._link(query, listing.same_place_cursor(wanted)))
        self._count_page()
        next_cursor = {
            "repeated_cursor": cursor or listing.first_page_cursor(wanted),
            "looping_cursor": listing.first_page_cursor(wanted),
        }.get(fault.kind)
        link = self._link(query, next_cursor) if next_cursor else foreign
        return Answer(200, bodies.page_body(page.texts), link)

    def _model_answer(self, model_id: str) -> Answer:
        place = self._place_of(model_id)
        if place is None or not self.listing.is_listed[place]:
            return _refusal(401, [("X-Error-Code", "RepoNotFound")], "Repository not found")
        name = self.listing.model_id(place)
        if name != model_id:
            return Answer(307, b"", [("Location", f"{LISTING}/{quote(name)}")])
        (text,) = self.listing.texts(np.array([place]), fields_of({"full": ["true"]}))
        return Answer(200, text)

    def _place_of(self, model_id: str) -> int | None:
        if self._places is None:
            every = np.arange(len(self.listing.rows.created))
            names = self.listing.rows.model_ids(every)
            self._places = {name: place for place, name in enumerate(names)}
        for place, name in self.listing.names.items():
            if name == model_id:
                return place
        return self._places.get(model_id)


@dataclass
class _Turn:
    """What becomes known of a listing request while it is answered."""

    listing_number: int
    page: int = 0
    fault: Fault | None = None


def as_rows(source: Any, label: date | None = None) -> Rows:
    """Return what a FakeHub serves from a Simulation, records, a file, or Rows themselves."""
    if isinstance(source, Path | str | Sequence):
        return RecordedRows.of(source)
    make: Callable[[date | None], Rows] | None = getattr(source, "rows", None)
    rows: Rows = make(label) if make else source
    return rows


def _refusal(status: int, headers: Sequence[tuple[str, str]] = (), message: str = "") -> Answer:
    body = json.dumps({"error": message or f"simulated status {status}"}).encode()
    return Answer(status, body, headers)


def _only(query: Mapping[str, Sequence[str]], name: str) -> str:
    return query[name][0] if query.get(name) else ""


def _squeeze(answer: Answer) -> None:
    if any(name == "Content-Encoding" for name, _ in answer.headers):
        return
    answer.body = gzip.compress(answer.body, 1, mtime=0)
    answer.headers = [*answer.headers, ("Content-Encoding", "gzip")]
