from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from modelcensus.errors import SnapshotError
from modelcensus.sources.hub.journal import CrawlState, Head, Journal, sum_of
from modelcensus.sources.hub.pages import Place

STATE = CrawlState(
    id="crawl",
    endpoint="http://127.0.0.1:8123",
    place="/api/models?limit=10",
    rows_wanted=0,
    label=date(2026, 1, 1),
    started_at=datetime(2026, 1, 1, 23, tzinfo=UTC),
)
BODY = b'[{"_id":\n"a"}]'


def head(number: int, body: bytes = BODY) -> Head:
    return Head(
        number=number,
        place="/api/models",
        next="/api/models?cursor=x",
        is_last=False,
        at=datetime(2026, 1, 1, 23, 30, tzinfo=UTC),
        rows=3,
        left_out=(1,),
        first=Place("2024", "a"),
        last=None,
        wire_bytes=10,
        sha256=sum_of(body),
        is_simulated=True,
    )


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal.create(tmp_path / "crawl", STATE)
    made.append(head(1), BODY)
    made.append(head(2), BODY)
    return made


def test_what_is_written_is_read_again(journal: Journal) -> None:
    opened = Journal.open(journal.folder)
    assert opened.state == STATE
    assert opened.pages == 2
    assert opened.read(2) == (head(2), BODY)
    assert [found.number for found, _ in opened.heads_and_pages()] == [1, 2]
    assert head(1).fresh_rows == 2
    assert STATE.endpoint_name == "http://127.0.0.1"


def test_the_state_can_be_changed(journal: Journal) -> None:
    journal.note(is_complete=True, snapshot="abc")
    state = Journal.open(journal.folder).state
    assert state.is_complete
    assert state.snapshot == "abc"
    assert state.started_at == STATE.started_at


def test_an_unfinished_write_is_no_page(journal: Journal) -> None:
    (journal.folder / "pages" / ".000003.json.zst.partial").write_bytes(b"half")
    assert Journal.open(journal.folder).pages == 2


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", ["flip", "cut", "swap", "gone"])
def test_a_damaged_page_is_found(journal: Journal, damage: str) -> None:
    path = journal.path(2)
    if damage == "flip":
        flip(path)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:20])
    elif damage == "swap":
        path.write_bytes(journal.path(1).read_bytes())
    else:
        path.unlink()
    with pytest.raises(SnapshotError, match="damaged") as found:
        journal.read(2)
    assert "delete" in found.value.next_step


def test_a_gap_or_another_version_is_no_journal(journal: Journal, tmp_path: Path) -> None:
    journal.path(1).unlink()
    with pytest.raises(SnapshotError):
        Journal.open(journal.folder)
    with pytest.raises(SnapshotError):
        Journal.open(tmp_path / "nothing")
    journal.note(version=99)
    with pytest.raises(SnapshotError):
        Journal.open(journal.folder)
    journal.folder.rename(tmp_path / "renamed")
    with pytest.raises(SnapshotError):
        Journal.open(tmp_path / "renamed")
