"""The journal of a crawl: every page as it came, and with it how to go on.

    STORE/crawls/<id>/crawl.json              what is asked, since when, whether it is complete
                      pages/000001.json.zst   one line of JSON (the head), then the page itself

A page is flushed and renamed into place before the next one is asked for, so that a crawl that
dies goes on where it stood. Nothing here holds a token or an absolute address.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from modelcensus.errors import LimitExceeded, SnapshotError
from modelcensus.files import write_bytes, write_json
from modelcensus.sources.hub.endpoint import Endpoint, origin_parts
from modelcensus.sources.hub.pages import Place

VERSION = 1
STATE_FILE = "crawl.json"
PAGES = "pages"
SUFFIX = ".json.zst"
END = b"end\n"
STOP = b"\nstop\n"
"""What the pipe beside a journal says at last, after the numbers of its pages; a stop may
follow half a line."""
_LEVEL = 3
_HEAD_BYTES = 1 << 20
"""Longest head of a page."""


@dataclass(frozen=True)
class CrawlState:
    """What a crawl is.

    Attributes:
        id: the name of its folder.
        endpoint: the origin that is asked.
        place: path and query of the listing's first page.
        rows_wanted: most rows; 0 for the whole listing.
        label: the UTC day on which it began: the snapshot's label.
        started_at: when it began.
        is_complete: whether the listing was read to its end.
        is_refused: whether it was complete and yet not good enough to store.
        snapshot: identity of the snapshot it became; empty before.
    """

    id: str
    endpoint: str
    place: str
    rows_wanted: int
    label: date
    started_at: datetime
    is_complete: bool = False
    is_refused: bool = False
    snapshot: str = ""
    version: int = VERSION

    @property
    def endpoint_name(self) -> str:
        """Return the origin without its port."""
        return Endpoint(*origin_parts(self.endpoint)).name

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self) | {
            "label": self.label.isoformat(),
            "started_at": self.started_at.isoformat(),
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> CrawlState:
        """Return what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        label = date.fromisoformat(raw["label"])
        return cls(
            **(raw | {"label": label, "started_at": datetime.fromisoformat(raw["started_at"])})
        )


@dataclass(frozen=True)
class Head:
    """What is noted of a page.

    Attributes:
        number: from 1, in the order of reading.
        place: path and query that were asked for.
        next: path and query that follow; empty where the page names none that can be used.
        is_last: whether the page names no next one, as the last page does.
        at: when it came, UTC.
        rows: rows on it.
        left_out: numbers of rows that had come before, or are more than was wanted.
        first: where its first row stands; None when no row tells.
        last: where its last row stands.
        wire_bytes: bytes that came over the wire.
        sha256: of the page's bytes.
        is_simulated: whether the hub says that its data are not real.
    """

    number: int
    place: str
    next: str
    is_last: bool
    at: datetime
    rows: int
    left_out: tuple[int, ...]
    first: Place | None
    last: Place | None
    wire_bytes: int
    sha256: str
    is_simulated: bool

    @property
    def fresh_rows(self) -> int:
        """Return how many rows had not come before."""
        return self.rows - len(self.left_out)

    def to_line(self) -> bytes:
        """Return one line of JSON."""
        raw = asdict(self) | {"at": self.at.isoformat()}
        return json.dumps(raw, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Head:
        """Return what `to_line` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        raw = json.loads(line)
        ends = {name: Place(**raw[name]) if raw[name] else None for name in ("first", "last")}
        return cls(
            **(
                raw
                | ends
                | {
                    "at": datetime.fromisoformat(raw["at"]),
                    "left_out": tuple(raw["left_out"]),
                }
            )
        )


def sum_of(body: bytes) -> str:
    """Return the hex SHA-256 of a page."""
    return hashlib.sha256(body).hexdigest()


def packed_page(content: bytes) -> bytes:
    """Return a page as it lies in a journal: zstd."""
    packed: bytes = pa.Codec("zstd", _LEVEL).compress(content, asbytes=True)
    return packed


class Journal:
    """The folder of one crawl.

    Attributes:
        state: what the crawl is.
        pages: how many pages are there.
    """

    def __init__(self, folder: Path, state: CrawlState, pages: int) -> None:
        """Take the parts; `create` and `open` make journals."""
        self.folder = folder
        self.state = state
        self.pages = pages

    @classmethod
    def create(cls, folder: Path, state: CrawlState) -> Journal:
        """Write the state of a new crawl.

        Raises:
            StoreError: the store cannot be written to.
        """
        write_json(folder / STATE_FILE, state.to_json())
        return cls(folder, state, 0)

    @classmethod
    def open(cls, folder: Path) -> Journal:
        """Return a journal that is there.

        Raises:
            SnapshotError: it is damaged, or of another version.
        """
        path = folder / STATE_FILE
        try:
            state = CrawlState.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            raise damaged(path) from None
        if state.version != VERSION or state.id != folder.name:
            raise damaged(path)
        numbers = sorted(int(p.name.partition(".")[0]) for p in _files(folder))
        if numbers != list(range(1, len(numbers) + 1)):
            raise damaged(folder / PAGES)
        return cls(folder, state, len(numbers))

    def append(self, head: Head, body: bytes) -> None:
        """Write the next page; it is on the disk when this returns.

        Raises:
            StoreError: the disk is full or refuses; the page is not there then.
        """
        write_bytes(self.path(head.number), packed_page(head.to_line() + body))
        self.pages = head.number

    def read(self, number: int, longest: int | None = None) -> tuple[Head, bytes]:
        """Return a page.

        Args:
            number: from 1.
            longest: most bytes of it; None where the process is bounded otherwise.

        Raises:
            SnapshotError: it is not what was written.
            LimitExceeded: it is longer.
        """
        path = self.path(number)
        most = None if longest is None else longest + _HEAD_BYTES
        try:
            with pa.input_stream(str(path), compression="zstd") as stream:
                content = stream.read() if most is None else stream.read(most + 1)
            if most is not None and len(content) > most:
                raise _too_long(path, most)
            line, _, body = content.partition(b"\n")
            head = Head.from_line(line)
        except (OSError, ValueError, KeyError, TypeError):
            raise damaged(path) from None
        if head.number != number or sum_of(body) != head.sha256:
            raise damaged(path)
        return head, body

    def path(self, number: int) -> Path:
        """Return where a page lies."""
        return self.folder / PAGES / f"{number:06d}{SUFFIX}"

    def heads_and_pages(self, longest: int | None = None) -> Iterator[tuple[Head, bytes]]:
        """Yield all pages in order.

        Raises:
            SnapshotError: one is not what was written.
            LimitExceeded: one is longer than `longest`.
        """
        for number in range(1, self.pages + 1):
            yield self.read(number, longest)

    def note(self, **changes: Any) -> None:
        """Change fields of the state on the disk."""
        state = replace(self.state, **changes)
        write_json(self.folder / STATE_FILE, state.to_json())
        self.state = state


def damaged(path: Path) -> SnapshotError:
    """Return the error for a journal that is not what was written."""
    return SnapshotError(
        "the journal of a crawl is damaged, or was written by another version",
        where=str(path),
        next_step=f"delete {path.parent if path.name == STATE_FILE else path.parent.parent} "
        "and collect again",
    )


def _too_long(path: Path, most: int) -> LimitExceeded:
    return LimitExceeded(
        f"a kept page is larger than {most:,} bytes",
        where=str(path),
        next_step="raise the setting hub_page_bytes (CENSUS_HUB_PAGE_BYTES), or delete "
        f"{path.parent.parent} and collect again",
    )


def _files(folder: Path) -> list[Path]:
    return [p for p in (folder / PAGES).glob(f"*{SUFFIX}") if p.name[:6].isdigit()]
