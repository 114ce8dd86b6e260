"""Writing what a source yields into a hidden folder, state by state, batch by batch.

This runs in the child process (see reader.py). Each state gets a folder with its tables and
its manifest; nothing of it is a snapshot before the parent has renamed it into place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from modelcensus.contracts.frame_names import is_simulated, plain_frame, simulated_frame
from modelcensus.errors import LimitExceeded, SourceError
from modelcensus.files import write_json, writing
from modelcensus.snapshots.cells import split_bad_cells
from modelcensus.snapshots.identity import (
    check_name,
    check_table_name,
    label_text,
)
from modelcensus.snapshots.manifest import EvidenceManifest, SnapshotManifest, sealed
from modelcensus.snapshots.store import MANIFEST_FILE
from modelcensus.snapshots.tables import RejectFile, TableFiles
from modelcensus.sources.record import (
    METADATA_SCHEMA,
    OBSERVATION_SCHEMA,
    RECORD_SCHEMA,
    Batch,
    Evidence,
    Reject,
    SourceInfo,
    State,
)
from modelcensus.version import VERSION

PROGRESS_ROWS = 100_000

_FACTS = [name for name in METADATA_SCHEMA.names if name != "model_id"]


@dataclass(frozen=True)
class RowLimits:
    """The settings that concern rows and cells: see `Settings` for what each means."""

    reader_rows: int
    cell_bytes: int
    reject_raw_bytes: int


@dataclass
class _Count:
    """What the batches of a state account for so far.

    Attributes:
        read: input rows that became records or rejects.
        applied: input rows that only changed or removed a record of another row.
        facts: whether any metadata column has a value.
    """

    read: int = 0
    applied: int = 0
    facts: bool = False


class Staging:
    """A hidden folder that fills with states.

    Attributes:
        folders: names of the finished folders, in the source's order.
        samples: up to three rejected rows, each of another reason.
    """

    def __init__(
        self,
        root: Path,
        info: SourceInfo,
        limits: RowLimits,
        on_progress: Callable[[int, str], None],
    ) -> None:
        """Take the folder to fill, the source's terms, and whom to tell (rows so far, what)."""
        self.root = root
        self.info = info
        self.limits = limits
        self.folders: list[str] = []
        self.samples: dict[str, Reject] = {}
        self._on_progress = on_progress
        self._rows = 0
        self._told = 0

    def add(self, item: State | Evidence) -> None:
        """Write one state or evidence list with its manifest.

        Raises:
            SourceError: the source gave something that is not a record, or lost rows.
            LimitExceeded: more rows than `reader_rows`.
            StoreError: the disk is full or refuses.
        """
        folder = self.root / f"{len(self.folders):06d}"
        with writing(folder):
            folder.mkdir()
        if isinstance(item, Evidence):
            self._add_evidence(item, folder)
        else:
            self._add_state(item, folder)
        self.folders.append(folder.name)

    def _add_state(self, state: State, folder: Path) -> None:
        manifest = self._blank_snapshot(state)
        with self._open(folder) as (tables, rejects):
            count = self._write_rows(state.batches, tables, rejects, manifest.title)
            rows = tables.rows("observations", OBSERVATION_SCHEMA)
            _check_balance(rows, count.read, rejects.by_reason, manifest.title)
            files = rejects.close() | tables.close(leave_out=() if count.facts else ("metadata",))
        manifest = replace(
            manifest,
            rows=rows,
            input_rows=count.read + count.applied,
            applied_rows=count.applied,
            rejects=rejects.by_reason,
            files=files,
            schema_fingerprint=tables.fingerprint(files),
        )
        manifest = replace(manifest, id=manifest.computed_id())
        write_json(folder / MANIFEST_FILE, sealed(manifest))

    @contextmanager
    def _open(self, folder: Path) -> Iterator[tuple[TableFiles, RejectFile]]:
        tables = TableFiles(folder)
        rejects = RejectFile(folder, self.limits.reject_raw_bytes, self.samples)
        try:
            yield tables, rejects
        finally:
            tables.abandon()
            rejects.abandon()

    def _write_rows(
        self, batches: Iterable[Batch], tables: TableFiles, rejects: RejectFile, title: str
    ) -> _Count:
        """Write all batches and count what they account for."""
        count = _Count()
        self._on_progress(self._rows, title)
        for batch in batches:
            _check_records(batch, title)
            records, cut = split_bad_cells(batch.records, self.limits.cell_bytes)
            tables.add("observations", records.select(OBSERVATION_SCHEMA.names))
            tables.add("metadata", records.select(METADATA_SCHEMA.names))
            count.facts |= any(records[name].null_count < len(records) for name in _FACTS)
            rejects.add([*batch.rejects, *cut])
            # a row carried over from an earlier state may be cut: no input row stands for it
            lost = len(batch.rejects) + len(cut)
            count.read += max(batch.rows_read, lost) if cut else batch.rows_read
            count.applied += batch.applied_rows
            self._count(max(len(records) + lost, batch.rows_read + batch.applied_rows), title)
        return count

    def _blank_snapshot(self, state: State) -> SnapshotManifest:
        if state.window is not None and state.window[0] > state.window[1]:
            raise SourceError("a source looked until before it began", where=str(state.label))
        source, frame = _named_apart(state, state.info or self.info)
        return SnapshotManifest(
            id="",
            source=source,
            hub=check_name("hub", state.hub),
            frame=check_name("frame", frame),
            label=label_text(state.label),
            window=state.window,
            rows=0,
            input_rows=0,
            applied_rows=0,
            rejects={},
            files={},
            schema_fingerprint="",
            absent_columns=tuple(sorted(state.absent_columns)),
            is_complete_frame=state.is_complete_frame,
            is_simulated=state.is_simulated,
            tool_version=VERSION,
        )

    def _add_evidence(self, evidence: Evidence, folder: Path) -> None:
        name = check_name("evidence list", evidence.name)
        title = f"evidence {name} {label_text(evidence.as_of)}"
        with self._open(folder) as (tables, rejects):
            self._write_lists(evidence, tables, rejects, title)
            rows = sum(tables.rows(table_name) for table_name in evidence.tables)
            _check_balance(rows, evidence.input_rows, rejects.by_reason, title)
            files = rejects.close() | tables.close()
        manifest = EvidenceManifest(
            id="",
            source=evidence.info or self.info,
            name=name,
            as_of=label_text(evidence.as_of),
            rows=rows,
            input_rows=evidence.input_rows,
            rejects=rejects.by_reason,
            files=files,
            schema_fingerprint=tables.fingerprint(files),
            tool_version=VERSION,
        )
        manifest = replace(manifest, id=manifest.computed_id())
        write_json(folder / MANIFEST_FILE, sealed(manifest))

    def _write_lists(
        self, evidence: Evidence, tables: TableFiles, rejects: RejectFile, title: str
    ) -> None:
        rejects.add(evidence.rejects)
        for name, table in sorted(evidence.tables.items()):
            if check_table_name(name) == "rejects":
                raise SourceError(f"no evidence table can be named {name!r}", where=title)
            kept, cut = split_bad_cells(table, self.limits.cell_bytes)
            tables.add(name, kept)
            rejects.add(cut)
            self._count(len(table), title)

    def _count(self, rows: int, title: str) -> None:
        self._rows += rows
        if self._rows > self.limits.reader_rows:
            raise LimitExceeded(
                f"the input holds more than {self.limits.reader_rows:,} rows",
                where=title,
                next_step="raise the setting reader_rows (CENSUS_READER_ROWS) if that is right",
            )
        if self._rows - self._told >= PROGRESS_ROWS:
            self._told = self._rows
            self._on_progress(self._rows, title)


def _named_apart(state: State, info: SourceInfo) -> tuple[SourceInfo, str]:
    """Return terms and frame of a state: generated data never share them with real ones.

    Raises:
        SourceError: a state of real data has the frame of a generated one.
    """
    if not state.is_simulated:
        if is_simulated(state.frame):
            raise SourceError(
                f"the frame {state.frame} is one of simulated data, and these do not say they are",
                where=str(state.label),
                next_step=f"--option frame={plain_frame(state.frame)}",
            )
        return info, state.frame
    if not info.attribution.startswith(_SIMULATED):
        info = replace(info, attribution=f"{_SIMULATED} in the shape of {info.attribution}")
    return info, simulated_frame(state.frame)


_SIMULATED = "SIMULATED data"


def _check_records(batch: Batch, title: str) -> None:
    if not batch.records.schema.equals(RECORD_SCHEMA):
        wrong = sorted({f"{f.name}: {f.type}" for f in batch.records.schema} ^ _RECORD_FIELDS)
        raise SourceError(
            f"a source gave rows that are not records ({', '.join(wrong)[:200] or 'order'})",
            where=title,
            next_step="this is a fault of the source module: it must give RECORD_SCHEMA",
        )
    if batch.records["model_id"].null_count:
        raise SourceError(
            "a source gave rows without a model id",
            where=title,
            next_step="this is a fault of the source module: such a row is a reject",
        )


_RECORD_FIELDS = {f"{f.name}: {f.type}" for f in RECORD_SCHEMA}


def _check_balance(rows: int, input_rows: int, rejects: Mapping[str, int], title: str) -> None:
    """Hold that every input row became a record or a reject, and that there was something.

    A source that replays changes states its input rows: its records may be more, for a full
    state also holds rows that no change touched. They can never be fewer; rows that only
    changed or removed a record are `applied_rows` and not counted here.
    """
    rejected = sum(rejects.values())
    if rejected <= input_rows <= rows + rejected and rows + rejected > 0:
        return
    what = "a source lost rows without a reason" if input_rows > rows + rejected else ""
    what = what or ("a source gave no rows" if not rows + rejected else "a source miscounted")
    raise SourceError(
        f"{what}: {input_rows:,} input rows, {rows:,} records, {rejected:,} rejects",
        where=title,
        next_step="records and rejects must account for all input rows; report it with the file",
    )
