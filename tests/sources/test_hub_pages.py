"""Pages of a crawl as records, in this process."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.crawls import record

from modelcensus.errors import SourceError
from modelcensus.settings import Settings
from modelcensus.sources import hub_pages
from modelcensus.sources.hub.endpoint import first_place
from modelcensus.sources.hub.journal import CrawlState, Head, Journal, sum_of
from modelcensus.sources.record import RECORD_SCHEMA, Batch, State

AT = datetime(2026, 1, 1, tzinfo=UTC)


def journal(folder: Path, pages: list[list[Any]], left_out: tuple[int, ...] = ()) -> Journal:
    state = CrawlState(
        "crawl", "http://127.0.0.1:8000", first_place(10, Settings()), 0, date(2026, 1, 1), AT
    )
    made = Journal.create(folder / "crawl", state)
    for number, rows in enumerate(pages, start=1):
        body = json.dumps(rows).encode()
        made.append(
            Head(
                number, "", "", False, AT + timedelta(minutes=number), len(rows), left_out,
                None, None, 0, sum_of(body), True,
            ),
            body,
        )  # fmt: skip
    made.note(is_complete=True)
    return made


def read(made: Journal, follow: Path | str = "") -> tuple[State, list[Batch]]:
    (state,) = hub_pages.read(made.folder, {"follow": str(follow)})
    assert isinstance(state, State)
    return state, list(state.batches)


def test_pages_become_one_state(tmp_path: Path) -> None:
    pages = [[record(10 * p + n) for n in range(3)] for p in range(6)]
    state, batches = read(journal(tmp_path, pages))
    assert (state.hub, state.frame, state.label) == ("huggingface", "hub", date(2026, 1, 1))
    assert state.is_simulated
    assert state.is_complete_frame
    assert state.info is not None
    assert state.info.url == "http://127.0.0.1"
    # four pages are one batch
    assert [len(batch.records) for batch in batches] == [12, 6]
    assert all(batch.records.schema.equals(RECORD_SCHEMA) for batch in batches)
    minutes = [at.minute for at in batches[0].records["observed_at"].to_pylist()]
    assert minutes == [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3


def test_rows_left_out_are_counted_as_applied(tmp_path: Path) -> None:
    _, (batch,) = read(journal(tmp_path, [[record(1), record(2), record(3)]], (0, 2)))
    assert batch.records["model_id"].to_pylist() == ["grove/tree-2"]
    assert batch.applied_rows == 2


def test_rejects_say_where_they_stood_and_move_no_other_row(tmp_path: Path) -> None:
    pages = [[record(1), 7], [{"_id": "x"}, record(2), {**record(3), "likes": -1}], [record(4)]]
    _, (batch,) = read(journal(tmp_path, pages))
    assert {(r.locator, r.reason) for r in batch.rejects} == {
        ("page 1, row 2", "not_an_object"),
        ("page 2, row 1", "missing_id"),
        ("page 2, row 3", "count_not_integer"),
    }
    found = batch.records.select(["model_id", "observed_at"]).to_pylist()
    assert [(r["model_id"][-1], r["observed_at"].minute) for r in found] == [
        ("1", 1),
        ("2", 2),
        ("4", 3),
    ]


def test_the_collectors_memory_is_given_back_now_and_then(tmp_path: Path) -> None:
    pages = [[record(n)] for n in range(hub_pages.BATCHES_HELD * hub_pages.BATCH_PAGES + 1)]
    _, batches = read(journal(tmp_path, pages))
    assert len(batches) == hub_pages.BATCHES_HELD + 1


def test_it_follows_a_crawl_that_goes_on(tmp_path: Path) -> None:
    made = journal(tmp_path, [[record(n)] for n in range(6)])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[Any] = []
    reader = threading.Thread(target=lambda: found.append(read(made, pipe)))
    reader.start()
    with pipe.open("wb", buffering=0) as lines:
        # numbers may come late, twice, or not at all
        for line in (b"2\n", b"1\n", b"5\n", b"nonsense\n", b"6\n", b"end\n"):
            lines.write(line)
    reader.join()
    assert sum(len(batch.records) for batch in found[0][1]) == 6


@pytest.mark.parametrize("last", [b"", b"\nstop\n", b"1\n1\nstop\n"])
def test_a_crawl_that_ends_early_is_no_state(tmp_path: Path, last: bytes) -> None:
    made = journal(tmp_path, [[record(1)], [record(2)]])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    errors: list[str] = []

    def follow() -> None:
        try:
            read(made, pipe)
        except SourceError as error:
            errors.append(error.what)

    reader = threading.Thread(target=follow)
    reader.start()
    pipe.write_bytes(b"1\n" + last)
    reader.join()
    assert errors == ["the crawl ended before its listing did"]


def test_what_was_not_finished_or_holds_nothing_is_refused(tmp_path: Path) -> None:
    made = journal(tmp_path, [])
    with pytest.raises(SourceError, match="no page"):
        read(made)
    made.note(is_complete=False)
    with pytest.raises(SourceError, match="not finished"):
        read(made)
