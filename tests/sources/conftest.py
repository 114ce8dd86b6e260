"""What the tests of sources share: reading a source to the end and checking its contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelcensus.sources.record import RECORD_SCHEMA, Batch, Evidence, Reject, State
from modelcensus.sources.source import get_source


@dataclass
class ReadState:
    """A state read to its end."""

    state: State
    records: list[dict[str, Any]]
    rejects: list[Reject]
    input_rows: int
    applied_rows: int
    reasons: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reasons = dict(sorted(Counter(r.reason for r in self.rejects).items()))

    def by_id(self) -> dict[str, dict[str, Any]]:
        return {record["model_id"]: record for record in self.records}


def check_batch(batch: Batch) -> None:
    assert batch.records.schema.equals(RECORD_SCHEMA)
    batch.records.validate(full=True)
    for reject in batch.rejects:
        assert reject.reason
        assert reject.locator
        assert len(reject.raw) <= 2000


def read_state(state: State) -> ReadState:
    batches = list(state.batches)
    for batch in batches:
        check_batch(batch)
    records = [row for batch in batches for row in batch.records.to_pylist()]
    return ReadState(
        state,
        records,
        [reject for batch in batches for reject in batch.rejects],
        sum(batch.rows_read for batch in batches),
        sum(batch.applied_rows for batch in batches),
    )


@pytest.fixture
def read_states() -> Callable[..., list[ReadState]]:
    """Read all states of a source."""

    def read(name: str, path: Path, options: Mapping[str, str] | None = None) -> list[ReadState]:
        found = get_source(name).read(path, options or {})
        return [read_state(item) for item in found if isinstance(item, State)]

    return read


@pytest.fixture
def read_evidence() -> Callable[..., Evidence]:
    """Read the one evidence list of a source."""

    def read(name: str, path: Path, options: Mapping[str, str] | None = None) -> Evidence:
        (found,) = get_source(name).read(path, options or {})
        assert isinstance(found, Evidence)
        stored = sum(len(table) for table in found.tables.values())
        assert stored + len(found.rejects) == found.input_rows
        return found

    return read


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[..., Path]:
    """Write a small Parquet file."""

    def write(
        name: str, rows: list[dict[str, Any]] | pa.Table, schema: pa.Schema | None = None
    ) -> Path:
        table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows, schema=schema)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path)
        return path

    return write
