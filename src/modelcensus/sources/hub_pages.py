"""The pages of a crawl as records: read while the crawl goes on, or later from kept pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa

from modelcensus.errors import SourceError
from modelcensus.sources.hub.frame import HUB, frame_of
from modelcensus.sources.hub.journal import END, STOP, Head, Journal
from modelcensus.sources.hub.pages import decode_page, uncollected
from modelcensus.sources.hub.rows import page_batch
from modelcensus.sources.hub_records import ID_COLUMNS, facts_of
from modelcensus.sources.record import (
    INSTANT,
    RECORD_SCHEMA,
    Batch,
    Evidence,
    SourceInfo,
    State,
    absent_columns,
)
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import mixed_records, says_simulated

INFO = SourceInfo(
    name="hub-pages",
    title="Hugging Face Hub listing",
    url="https://huggingface.co/docs/hub/api",
    licence="facts about public repositories, as the Hub's API states them; "
    "https://huggingface.co/terms-of-service",
    attribution="Hugging Face Hub",
)
OPTIONS = (Option("follow", "pipe that tells of new pages while the crawl goes on"),)

BATCH_PAGES = 4
BATCH_BYTES = 8 << 20
BATCHES_HELD = 16


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one state with every model of a crawl.

    Args:
        path: the folder of the crawl.
        options: `follow`.

    Raises:
        SourceError: the crawl was not finished, ended while it was followed, or some of its
            rows say that they were generated and others do not.
        SnapshotError: the journal is damaged.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    journal = Journal.open(path)
    if not values["follow"] and not journal.state.is_complete:
        raise SourceError(
            "the crawl was not finished", next_step="finish it first: census collect hub"
        )
    numbers = _followed(Path(values["follow"])) if values["follow"] else _all(journal)
    first = next(numbers, 0)
    if not first:
        raise SourceError("the crawl holds no page")
    head, body = journal.read(first)
    is_simulated = head.is_simulated or any(map(says_simulated, decode_page(body)))
    yield State(
        hub=HUB,
        frame=frame_of(journal.state.rows_wanted),
        label=journal.state.label,
        batches=_batches(journal, first, numbers, is_simulated),
        absent_columns=absent_columns((*facts_of(_fields(journal.state.place)), "observed_at")),
        is_complete_frame=not journal.state.rows_wanted,
        is_simulated=is_simulated,
        info=_info(journal.state.endpoint_name),
    )


def _fields(place: str) -> list[str]:
    return [*ID_COLUMNS, "_id", *parse_qs(urlsplit(place).query).get("expand[]", [])]


def _info(endpoint: str) -> SourceInfo:
    return SourceInfo("hub", INFO.title, endpoint, INFO.licence, INFO.attribution)


def _all(journal: Journal) -> Iterator[int]:
    return iter(range(1, journal.pages + 1))


def _followed(pipe: Path) -> Iterator[int]:
    """Yield page numbers as they are told: each line names the last page that is there.

    Raises:
        SourceError: the crawl ended before its listing did.
    """
    done = 0
    with pipe.open("rb") as lines:
        for line in lines:
            if line == END:
                return
            if line == STOP.lstrip():
                break
            with suppress(ValueError):
                last = int(line)
                yield from range(done + 1, last + 1)
                done = max(done, last)
    raise SourceError("the crawl ended before its listing did")


def _batches(
    journal: Journal, first: int, numbers: Iterator[int], is_simulated: bool
) -> Iterator[Batch]:
    """Yield records of several pages at a time: what is done per column is done less often."""
    numbers = chain([first], numbers)
    count = 0
    while batch := _next_batch(journal, numbers, is_simulated):
        yield batch
        count += 1
        if count % BATCHES_HELD == 0:
            # freed, but kept by the allocator in pieces between others
            pa.default_memory_pool().release_unused()


def _next_batch(journal: Journal, numbers: Iterator[int], is_simulated: bool) -> Batch | None:
    """Return the records of the next few pages; None after the last page."""
    with uncollected():
        gathered = _Gathered(is_simulated)
        for number in numbers:
            gathered.add(*journal.read(number))
            if gathered.is_full:
                break
        batch = gathered.batch() if gathered.heads else None
        del gathered
    return batch


class _Gathered:
    """Rows of a few pages that become records together."""

    def __init__(self, is_simulated: bool) -> None:
        self._is_simulated = is_simulated
        self.heads: list[Head] = []
        self._bytes = 0
        self._rows: list[Any] = []
        self._places: list[tuple[int, int]] = []

    @property
    def is_full(self) -> bool:
        return len(self.heads) >= BATCH_PAGES or self._bytes >= BATCH_BYTES

    def add(self, head: Head, body: bytes) -> None:
        rows = decode_page(body)
        # a hub that says of all its data that they are simulated may serve recorded rows
        if not self._is_simulated and any(map(says_simulated, rows)):
            raise mixed_records(f"the journal, page {head.number}")
        left_out = set(head.left_out)
        kept = [n for n in range(len(rows)) if n not in left_out] if left_out else range(len(rows))
        self._rows += [rows[number] for number in kept] if left_out else rows
        self._places += [(len(self.heads), number) for number in kept]
        self.heads.append(head)
        self._bytes += len(body)

    def batch(self) -> Batch:
        batch = page_batch(self._rows, self._place, "the journal")
        moments = pa.array([head.at for head in self.heads], INSTANT)
        observed = moments.take(pa.array(self._pages_of_records(batch), pa.int64()))
        column = RECORD_SCHEMA.get_field_index("observed_at")
        records = batch.records.set_column(column, RECORD_SCHEMA.field(column), observed)
        applied = sum(len(head.left_out) for head in self.heads)
        return Batch(records, batch.rejects, applied_rows=applied)

    def _pages_of_records(self, batch: Batch) -> list[int]:
        """Return the page that each record came with; rejects leave the order as it is."""
        lost = {reject.locator for reject in batch.rejects}
        places = enumerate(self._places)
        return [page for row, (page, _) in places if not lost or self._place(row) not in lost]

    def _place(self, row: int) -> str:
        page, number = self._places[row]
        return f"page {self.heads[page].number}, row {number + 1}"
