from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelcensus.errors import LimitExceeded, SourceError
from modelcensus.files import ROW_GROUP_ROWS
from modelcensus.snapshots.manifest import EvidenceManifest, SnapshotManifest, unsealed
from modelcensus.snapshots.staging import RowLimits, Staging
from modelcensus.sources.record import (
    METADATA_SCHEMA,
    OBSERVATION_SCHEMA,
    Batch,
    Evidence,
    Reject,
    SourceInfo,
    State,
    conform,
)

INFO = SourceInfo("probe", "Probe", "https://example.org", "MIT", "Probe authors")
LIMITS = RowLimits(reader_rows=1_000_000, cell_bytes=1000, reject_raw_bytes=50)
DAY = date(2025, 9, 7)


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(tmp_path, INFO, LIMITS, lambda rows, what: None)


def records(count: int, start: int = 0, **columns: Any) -> pa.Table:
    ids = pa.array([f"a/{i}" for i in range(start, start + count)], pa.string())
    return conform({"model_id": ids} | columns, count)


def state(*batches: Batch, **changes: Any) -> State:
    return State("huggingface", "hub", DAY, batches, **changes)


def staged(staging: Staging, number: int = 0) -> SnapshotManifest:
    path = staging.root / staging.folders[number] / "manifest.json"
    return SnapshotManifest.from_json(unsealed(json.loads(path.read_text()), str(path)))


def test_observations_and_metadata_are_split(staging: Staging) -> None:
    rows = records(2, author=pa.array(["a", None]), downloads_30d=pa.array([0, None], pa.int64()))
    staging.add(state(Batch(rows)))
    folder = staging.root / staging.folders[0]
    assert pq.read_schema(folder / "observations.parquet").equals(OBSERVATION_SCHEMA)
    assert pq.read_schema(folder / "metadata.parquet").equals(METADATA_SCHEMA)
    assert pq.read_table(folder / "observations.parquet")["downloads_30d"].to_pylist() == [0, None]
    assert staged(staging).files.keys() == {"observations", "metadata"}


def test_metadata_without_a_value_is_not_kept(staging: Staging) -> None:
    staging.add(state(Batch(records(2, likes=pa.array([1, 2], pa.int64())))))
    assert staged(staging).files.keys() == {"observations"}
    assert not (staging.root / staging.folders[0] / "metadata.parquet").exists()


def test_a_false_flag_is_a_value(staging: Staging) -> None:
    staging.add(state(Batch(records(2, is_private=pa.array([None, False])))))
    assert "metadata" in staged(staging).files


def test_rows_rejects_and_terms_are_in_the_manifest(staging: Staging) -> None:
    window = (datetime(2025, 9, 7, tzinfo=UTC), datetime(2025, 9, 8, tzinfo=UTC))
    batches = [
        Batch(records(3), [Reject("no id", "row 4", "{}")]),
        Batch(records(2, 3), [Reject("no id", "row 7", "x" * 99), Reject("odd", "row 8", "y")]),
    ]
    staging.add(state(*batches, window=window, absent_columns=("pulls", "likes")))
    manifest = staged(staging)
    assert (manifest.rows, manifest.input_rows) == (5, 8)
    assert manifest.rejects == {"no id": 2, "odd": 1}
    assert manifest.files["rejects"].rows == 3
    assert manifest.window == window
    assert manifest.absent_columns == ("likes", "pulls")
    assert manifest.source == INFO
    raws = pq.read_table(staging.root / staging.folders[0] / "rejects.parquet")["raw"]
    assert max(len(raw) for raw in raws.to_pylist()) == 50
    assert {reason: s.raw for reason, s in staging.samples.items()} == {"no id": "{}", "odd": "y"}


def test_surrogates_and_cut_characters_do_not_stop_a_reject(staging: Staging) -> None:
    staging.add(state(Batch(records(1), [Reject("odd \ud800", "row \ud800", "é" * 40 + "\udfff")])))
    table = pq.read_table(staging.root / staging.folders[0] / "rejects.parquet")
    assert table.to_pylist() == [{"reason": "odd ?", "locator": "row ?", "raw": "é" * 25}]


def test_the_bytes_do_not_depend_on_the_batches(tmp_path: Path) -> None:
    count = ROW_GROUP_ROWS + 1000
    whole = records(count)

    def stage(name: str, *sizes: int) -> SnapshotManifest:
        (tmp_path / name).mkdir()
        staging = Staging(tmp_path / name, INFO, LIMITS, lambda rows, what: None)
        starts = [sum(sizes[:i]) for i in range(len(sizes))]
        cuts = zip(starts, sizes, strict=True)
        staging.add(state(*[Batch(whole.slice(start, size)) for start, size in cuts]))
        return staged(staging)

    one = stage("one", count)
    assert one == stage("many", *[1000] * (count // 1000), count % 1000)
    assert one == stage("two", 7, count - 7)
    groups = pq.ParquetFile(tmp_path / "one" / "000000" / "observations.parquet").metadata
    assert [groups.row_group(i).num_rows for i in range(2)] == [ROW_GROUP_ROWS, 1000]


def test_cells_that_cannot_be_stored_become_rejects(staging: Staging) -> None:
    rows = records(3, author=pa.array(["a", "b" * 1001, "c"]))
    staging.add(state(Batch(rows, input_rows=0)))
    manifest = staged(staging)
    assert manifest.rows == 2
    assert manifest.rejects == {"a cell is too large": 1}


@pytest.mark.parametrize(
    ("rows", "rejects", "input_rows", "what"),
    [
        (3, 0, 5, "lost rows without a reason: 5 input rows, 3 records, 0 rejects"),
        (3, 1, 5, "lost rows without a reason: 5 input rows, 3 records, 1 rejects"),
        (3, 2, 1, "miscounted: 1 input rows, 3 records, 2 rejects"),
        (0, 0, None, "gave no rows: 0 input rows, 0 records, 0 rejects"),
        (0, 0, 4, "lost rows without a reason: 4 input rows"),
    ],
)
def test_a_source_must_account_for_its_rows(
    staging: Staging, rows: int, rejects: int, input_rows: int | None, what: str
) -> None:
    batch = Batch(records(rows), [Reject("odd", "row", "x")] * rejects, input_rows)
    with pytest.raises(SourceError, match=what) as caught:
        staging.add(state(batch))
    assert "huggingface hub 2025-09-07" in caught.value.where


def test_a_replayed_state_may_hold_more_rows_than_were_read(staging: Staging) -> None:
    staging.add(state(Batch(records(100), [Reject("odd", "row", "x")], input_rows=3)))
    assert (staged(staging).rows, staged(staging).input_rows) == (100, 3)


def test_rows_that_only_changed_records_are_counted_apart(staging: Staging) -> None:
    lost = [Reject("odd", "row", "x")]
    staging.add(state(Batch(records(100), lost, input_rows=3, applied_rows=2)))
    manifest = staged(staging)
    assert (manifest.input_rows, manifest.applied_rows) == (5, 2)


def test_rows_above_the_limit_stop_reading_early(tmp_path: Path) -> None:
    told: list[tuple[int, str]] = []
    limits = RowLimits(reader_rows=2500, cell_bytes=1000, reject_raw_bytes=50)
    staging = Staging(tmp_path, INFO, limits, lambda rows, what: told.append((rows, what)))

    def endless() -> Iterator[Batch]:
        while True:
            yield Batch(records(1000))

    with pytest.raises(LimitExceeded, match="more than 2,500 rows") as caught:
        staging.add(State("huggingface", "hub", DAY, endless()))
    assert "CENSUS_READER_ROWS" in caught.value.next_step
    assert told == [(0, "huggingface hub 2025-09-07")]


def test_progress_is_told_now_and_then(tmp_path: Path) -> None:
    told: list[int] = []
    staging = Staging(tmp_path, INFO, LIMITS, lambda rows, what: told.append(rows))
    staging.add(state(*[Batch(records(30_000, i * 30_000)) for i in range(7)]))
    assert told == [0, 120_000]


@pytest.mark.parametrize(
    ("batch", "what"),
    [
        (lambda: pa.table({"model_id": ["a"]}), "not records"),
        (lambda: records(1).set_column(1, "likes", pa.array([1.5])), "likes: double"),
        (lambda: records(1).select(records(1).column_names[::-1]), "order"),
        (lambda: conform({"model_id": pa.array([None], pa.string())}, 1), "without a model id"),
    ],
)
def test_rows_that_are_no_records_are_refused(
    staging: Staging, batch: Callable[[], pa.Table], what: str
) -> None:
    with pytest.raises(SourceError, match=what):
        staging.add(state(Batch(batch())))


@pytest.mark.parametrize(
    "changes",
    [
        {"hub": "../x"},
        {"frame": "a b"},
        {"label": datetime(2025, 9, 7)},  # noqa: DTZ001 - that is the point
        {"window": (datetime(2025, 9, 8, tzinfo=UTC), datetime(2025, 9, 7, tzinfo=UTC))},
    ],
)
def test_states_with_a_bad_head_are_refused(staging: Staging, changes: dict[str, Any]) -> None:
    head = {"hub": "huggingface", "frame": "hub", "label": DAY, "batches": [Batch(records(1))]}
    with pytest.raises(SourceError):
        staging.add(State(**(head | changes)))


def test_evidence_is_written_as_it_is(staging: Staging) -> None:
    tables = {"models": pa.table({"x": [1, 2]}), "regions": pa.table({"y": ["eu"]})}
    rejects = [Reject("odd", "line 3", "x")]
    staging.add(Evidence("atom", date(2026, 8, 17), tables, rejects, 4))
    folder = staging.root / staging.folders[0]
    raw = json.loads((folder / "manifest.json").read_text())
    manifest = EvidenceManifest.from_json(unsealed(raw, "manifest.json"))
    assert manifest.files.keys() == {"models", "regions", "rejects"}
    assert (manifest.rows, manifest.input_rows, manifest.rejects) == (3, 4, {"odd": 1})
    assert pq.read_table(folder / "models.parquet").equals(tables["models"])


@pytest.mark.parametrize("name", ["rejects", "../x", "Models"])
def test_evidence_tables_cannot_leave_their_folder(staging: Staging, name: str) -> None:
    with pytest.raises(SourceError, match="table"):
        staging.add(Evidence("atom", DAY, {name: pa.table({"x": [1]})}, (), 1))


def test_evidence_must_account_for_its_rows(staging: Staging) -> None:
    with pytest.raises(SourceError, match="lost rows"):
        staging.add(Evidence("atom", DAY, {"models": pa.table({"x": [1]})}, (), 2))
