"""The pages of a crawl as records: read while the crawl goes on, or later from kept pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa

from modelcensus.errors import SourceError
from modelcensus.sources.hub.journal import Head, Journal
from modelcensus.sources.hub.pages import decode_page
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

INFO = SourceInfo(
    name="hub-pages",
    title="Hugging Face Hub listing",
    url="https://huggingface.co/docs/hub/api",
    licence="facts about public repositories, as the Hub's API states them; "
    "https://huggingface.co/terms-of-service",
    attribution="Hugging Face Hub",
)
OPTIONS = (Option("follow", "pipe that tells of new pages while the crawl goes on"),)

HUB = "huggingface"
WHOLE = "hub"
FIRST = "sample:hub-first"
END = b"end\n"
STOP = b"\nstop\n"
"""What a pipe says at last; a stop may follow half a line."""


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one state with every model of a crawl.

    Args:
        path: the folder of the crawl.
        options: `follow`.

    Raises:
        SourceError: the crawl was not finished, or ended while it was followed.
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
    head, _ = journal.read(first)
    yield State(
        hub=HUB,
        frame=frame_of(journal.state.rows_wanted),
        label=journal.state.label,
        batches=_batches(journal, first, numbers),
        absent_columns=absent_columns((*facts_of(_fields(journal.state.place)), "observed_at")),
        is_complete_frame=not journal.state.rows_wanted,
        is_simulated=head.is_simulated,
        info=_info(journal.state.endpoint_name),
    )


def frame_of(rows_wanted: int) -> str:
    """Return the frame of a crawl: the whole hub, or its first models by creation."""
    return f"{FIRST}-{rows_wanted}" if rows_wanted else WHOLE


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


def _batches(journal: Journal, first: int, numbers: Iterator[int]) -> Iterator[Batch]:
    yield _batch(*journal.read(first))
    for number in numbers:
        yield _batch(*journal.read(number))


def _batch(head: Head, body: bytes) -> Batch:
    rows = decode_page(body)
    kept: Sequence[int] = range(len(rows))
    if head.left_out:
        left_out = set(head.left_out)
        kept = [number for number in kept if number not in left_out]
        rows = [rows[number] for number in kept]
    batch = page_batch(
        rows, lambda number: f"page {head.number}, row {kept[number] + 1}", f"page {head.number}"
    )
    observed = pa.repeat(pa.scalar(head.at, INSTANT), len(batch.records))
    column = RECORD_SCHEMA.get_field_index("observed_at")
    records = batch.records.set_column(column, RECORD_SCHEMA.field(column), observed)
    return Batch(records, batch.rejects, applied_rows=len(head.left_out))
