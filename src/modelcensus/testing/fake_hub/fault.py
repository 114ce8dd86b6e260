"""What can go wrong at the Hub, and when: kinds of faults and the plan that spends them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STATUSES: dict[str, int] = {kind: int(kind) for kind in ("408", "429", "500", "502", "503", "504")}

ON_THE_WIRE: dict[str, str] = {
    "reset": "the connection is reset after half of the answer",
    "truncated": "half of the announced body is sent, then the connection closes",
    "wrong_length": "Content-Length is `size` bytes (10) short of the body that is sent",
    "slow_drip": "the body comes byte by byte with `seconds` (0.05) between them",
    "silence": "the request is accepted and never answered",
}
IN_THE_ROWS: dict[str, str] = {
    "malformed_row": "rows without an id are put between the others, or `value` as a row",
    "bad_utf8": "a row holds bytes that are no UTF-8",
    "lone_surrogate": "a row holds an escaped lone surrogate in a tag",
    "nan": "a row holds NaN in `field`",
    "huge_integer": "a row holds 10^400 in `field`",
    "big_card": "a row has a model card of `size` bytes (5 MB)",
    "missing_field": "`field` is missing in the page's rows",
    "added_field": "an unknown field is there in the page's rows",
    "retyped_field": "`field` holds a structure, or `value`, in the page's rows",
    "null_field": "`field` is null in the page's rows",
}
IN_THE_BODY: dict[str, str] = {
    "broken_json": "200 with a complete body that stops in the middle of the array",
    "html": "200 with a web page",
    "not_a_list": "200 with an object instead of an array",
    "gzip_bomb": "200 with a small compressed body of `size` bytes (1 GiB) when unpacked",
}
IN_THE_CURSOR: dict[str, str] = {
    "empty_page": "an empty page whose `next` leads to the rows that should have come",
    "repeated_cursor": "`next` leads to the same page again",
    "looping_cursor": "`next` leads back to the first page",
    "expired_cursor": "400 for this cursor, now and for ever",
    "gone_cursor": "410 for this cursor, now and for ever",
    "foreign_next": "`next` leads to another origin: the honeypot",
    "redirect": "302 to another origin: the honeypot",
}
INSERTED = frozenset(
    ("malformed_row", "bad_utf8", "lone_surrogate", "nan", "huge_integer", "big_card")
)
"""Row faults that come as additional rows, so that the rows of the page stay whole."""

KINDS: dict[str, str] = {
    **{kind: f"status {kind} (`seconds` as Retry-After)" for kind in STATUSES},
    **ON_THE_WIRE,
    **IN_THE_ROWS,
    **IN_THE_BODY,
    **IN_THE_CURSOR,
}
"""Every kind of fault with what it does."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: one of KINDS.
        times: how often it happens; None means always.
        rows: how many rows of a page a row fault hits; 0 means all. Kinds of INSERTED put so
            many additional rows on the page; the others change the page's own rows.
        field: the field that a row fault is about.
        value: the row (`malformed_row`) or the value (`retyped_field`) instead of the usual.
        seconds: Retry-After of a status (None: no such header; 429 always has one), or the
            pause of `slow_drip`.
        size: bytes, where a kind has a size.
    """

    kind: str
    times: int | None = 1
    rows: int = 1
    field: str = "downloads"
    value: Any = None
    seconds: float | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        """Hold that the kind exists.

        Raises:
            ValueError: there is no such kind.
        """
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}; known are {', '.join(KINDS)}")


Planned = Fault | str | Sequence[Fault | str]


@dataclass
class _Queue:
    faults: list[Fault]
    spent: int = 0

    def next(self) -> Fault | None:
        while self.faults:
            first = self.faults[0]
            if first.times is None:
                return first
            if self.spent < first.times:
                self.spent += 1
                return first
            self.faults.pop(0)
            self.spent = 0
        return None


@dataclass
class FaultPlan:
    """Which fault meets which request; each is spent as often as it says.

    Attributes:
        spent: (request number, page number, kind) of every fault that happened.
    """

    pages: dict[int, _Queue]
    requests: dict[int, _Queue]
    spent: list[tuple[int, int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, pages: Mapping[int, Planned], requests: Mapping[int, Planned]) -> FaultPlan:
        """Return the plan for pages (k-th of a walk) and listing requests (k-th of all)."""
        return cls(
            {k: _Queue(list(_faults(v))) for k, v in pages.items()},
            {k: _Queue(list(_faults(v))) for k, v in requests.items()},
        )

    def take(self, request: int, page: int) -> Fault | None:
        """Return the fault that this listing request meets, and count it as spent."""
        for queues, number in ((self.requests, request), (self.pages, page)):
            fault = queues[number].next() if number in queues else None
            if fault:
                self.spent.append((request, page, fault.kind))
                return fault
        return None


def _faults(planned: Planned) -> Iterable[Fault]:
    several = [planned] if isinstance(planned, Fault | str) else planned
    return [Fault(item) if isinstance(item, str) else item for item in several]
