"""The Parquet files of one unfinished snapshot: its tables, and its rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from modelcensus.contracts.canonical import canonical_json, sha256_text
from modelcensus.files import sha256_of
from modelcensus.snapshots.manifest_fields import FileEntry
from modelcensus.snapshots.parquet_stream import ParquetStream
from modelcensus.sources.record import REJECT_SCHEMA, Reject

SAMPLES = 3


class TableFiles:
    """The Parquet files of one folder, opened when their first rows come."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is written yet."""
        self._folder = folder
        self._streams: dict[str, ParquetStream] = {}
        self._schemas: dict[str, pa.Schema] = {}

    def add(self, name: str, table: pa.Table) -> None:
        """Write rows of a table, all of one schema."""
        self._open(name, table.schema).add(table)

    def rows(self, name: str, schema: pa.Schema | None = None) -> int:
        """Return the rows of a table; with a schema, an empty table is made where none is."""
        return (self._streams[name] if schema is None else self._open(name, schema)).rows

    def close(self, leave_out: Sequence[str] = ()) -> dict[str, FileEntry]:
        """Finish all files, remove those to leave out, and return what the others are."""
        entries: dict[str, FileEntry] = {}
        for name, stream in sorted(self._streams.items()):
            stream.close()
            if name in leave_out:
                stream.path.unlink()
                continue
            size = stream.path.stat().st_size
            entries[name] = FileEntry(sha256_of(stream.path), size, stream.rows)
        return entries

    def abandon(self) -> None:
        """Let go of all files that were not finished."""
        for stream in self._streams.values():
            stream.abandon()

    def fingerprint(self, files: Iterable[str]) -> str:
        """Return the hex SHA-256 over names and types of the columns of the stored tables."""
        schemas = {"rejects": REJECT_SCHEMA} | self._schemas
        described = {name: [[f.name, str(f.type)] for f in schemas[name]] for name in files}
        return sha256_text(canonical_json(described))

    def _open(self, name: str, schema: pa.Schema) -> ParquetStream:
        if name not in self._streams:
            self._schemas[name] = schema
            self._streams[name] = ParquetStream(self._folder / f"{name}.parquet", schema)
        return self._streams[name]


class RejectFile:
    """The rejects of one folder: written, counted by reason, and sampled."""

    def __init__(self, folder: Path, raw_bytes: int, samples: dict[str, Reject]) -> None:
        """Take the folder, how much of a row is kept, and where samples by reason go."""
        self._tables = TableFiles(folder)
        self._raw_bytes = raw_bytes
        self._samples = samples
        self._counts: Counter[str] = Counter()

    @property
    def by_reason(self) -> dict[str, int]:
        """Return how many rows were lost for each reason, sorted by reason."""
        return dict(sorted(self._counts.items()))

    def add(self, rejects: Sequence[Reject]) -> None:
        """Write lost rows."""
        if not rejects:
            return
        rows = [self._cut(reject) for reject in rejects]
        self._counts.update(row.reason for row in rows)
        for row in rows:
            if len(self._samples) < SAMPLES:
                self._samples.setdefault(row.reason, row)
        values: list[Mapping[str, Any]] = [vars(row) for row in rows]
        self._tables.add("rejects", pa.Table.from_pylist(values, schema=REJECT_SCHEMA))

    def close(self) -> dict[str, FileEntry]:
        """Finish the file, if there is any."""
        return self._tables.close()

    def abandon(self) -> None:
        """Let go of a file that was not finished."""
        self._tables.abandon()

    def _cut(self, reject: Reject) -> Reject:
        raw = reject.raw.encode("utf-8", "replace")[: self._raw_bytes].decode("utf-8", "ignore")
        return Reject(_storable(reject.reason), _storable(reject.locator), raw)


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
