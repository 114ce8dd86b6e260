"""Snapshots with integer keys, kept in the store so that a build reads each of them once.

    keyed/index.json               format, the snapshots that are keyed, in order of labels, and
                                   the SHA-256 of every other file
    keyed/names.parquet            name_key, hub, model_id, first_snapshot: by first appearance
    keyed/<id>/observations.parquet  snapshot_key, name_key and counters, duplicates merged,
                                   sorted by key
    keyed/<id>/changes.parquet     snapshot_key, name_key and the facts that differ from what the
                                   frame said before
    keyed/<id>/facts.json          rows, ids listed twice with unequal counters, counters held

It is a cache: a function of the snapshots and their order alone, so building from it or from
nothing gives the same release. A late import of older data keys everything anew, and so does a
file that is not the one it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from modelcensus.contracts.canonical import canonical_json, sha256_text
from modelcensus.engine.duckdb import DuckDBEngine, literal_path, refusals
from modelcensus.files import discard_folder, sha256_of, write_json, write_parquet
from modelcensus.snapshots.manifest import SnapshotManifest
from modelcensus.snapshots.store import Store
from modelcensus.sources.record import COUNTERS, METADATA_SCHEMA, OBSERVATION_SCHEMA

FACTS = tuple(n for n in METADATA_SCHEMA.names if n != "model_id")
FORMAT = sha256_text(canonical_json([2, *COUNTERS, *FACTS]))[:12]
"""Names the columns: with other ones everything is keyed anew."""

_SQL_TYPES = {
    pa.int64(): "BIGINT",
    pa.bool_(): "BOOLEAN",
    pa.string(): "VARCHAR",
    pa.list_(pa.string()): "VARCHAR[]",
}
"""Types of the columns that a record may gain; older snapshots have none of their values."""

NAMES_SCHEMA = pa.schema(
    [
        pa.field("name_key", pa.int32()),
        pa.field("hub", pa.string()),
        pa.field("model_id", pa.string()),
        pa.field("first_snapshot", pa.int32()),
    ]
)


@dataclass(frozen=True)
class KeyedSnapshot:
    """One keyed snapshot.

    Attributes:
        key: position among the snapshots of the build.
        observations: path of its counters; see the module's text.
        changes: path of its changed facts; None when the source has no facts.
        rows: models in it, duplicates merged.
        conflicts: ids that it lists twice with unequal counters.
        counters: counters it holds at least one value of.
    """

    key: int
    manifest: SnapshotManifest
    observations: Path
    changes: Path | None
    rows: int
    conflicts: tuple[str, ...]
    counters: tuple[str, ...]


class KeyedStore:
    """The keyed snapshots of a store.

    Its SQL is made of this package's own column names; paths and values are bound.
    """

    def __init__(self, store: Store, engine: DuckDBEngine, folder: Path | None = None) -> None:
        """Name the folder, `keyed` in the store unless another is given; nothing is read yet."""
        self.store = store
        self.folder = store.path / "keyed" if folder is None else folder
        self.names_path = self.folder / "names.parquet"
        self._engine = engine
        self._sql = engine.backend.con

    def holds(self, manifests: Sequence[SnapshotManifest]) -> bool:
        """Return whether exactly these snapshots are keyed, in this order, undamaged."""
        return self._covered() == [m.id for m in manifests]

    def update(
        self, manifests: Sequence[SnapshotManifest], on_progress: Callable[[str], None]
    ) -> list[KeyedSnapshot]:
        """Key what is not keyed yet and return all snapshots in the order given.

        More may be keyed than is asked for; the names of later snapshots then stand in no row.

        Raises:
            ChecksumMismatch: a snapshot's file is not the one its manifest names.
            StoreError: the store cannot be written to.
        """
        wanted = [m.id for m in manifests]
        covered = self._covered()
        shared = min(len(covered), len(wanted))
        if not covered or covered[:shared] != wanted[:shared]:
            discard_folder(self.folder)
            covered = []
        if len(covered) < len(wanted):
            with refusals():
                self._load_names()
                for key in range(len(covered), len(manifests)):
                    on_progress(f"keying {manifests[key].title}")
                    self._key(key, manifests)
                self._save(wanted)
        return [self._read(key, manifest) for key, manifest in enumerate(manifests)]

    def _covered(self) -> list[str]:
        """Return the snapshots that are keyed; none if anything of it is missing or damaged."""
        try:
            index = json.loads((self.folder / "index.json").read_text(encoding="utf-8"))
            is_whole = index["format"] == FORMAT and index["files"] == self._sums()
            covered: list[str] = index["snapshots"] if is_whole else []
        except (OSError, ValueError, LookupError, TypeError):
            return []
        return covered

    def _sums(self) -> dict[str, str]:
        files = [f for f in self.folder.rglob("*") if f.is_file() and f.name != "index.json"]
        return {f.relative_to(self.folder).as_posix(): sha256_of(f) for f in sorted(files)}

    def _save(self, wanted: Sequence[str]) -> None:
        rows = self._sql.execute("SELECT * FROM name_keys ORDER BY name_key").to_arrow_table()
        write_parquet(self.names_path, rows.cast(NAMES_SCHEMA))
        index = {"format": FORMAT, "snapshots": list(wanted), "files": self._sums()}
        write_json(self.folder / "index.json", index)

    def _load_names(self) -> None:
        self._sql.execute(
            "CREATE OR REPLACE TABLE name_keys "
            "(name_key INTEGER, hub VARCHAR, model_id VARCHAR, first_snapshot INTEGER)"
        )
        if self.names_path.exists():
            self._sql.execute(
                "INSERT INTO name_keys SELECT * FROM read_parquet(?)",
                [literal_path(self.names_path)],
            )

    def _key(self, key: int, manifests: Sequence[SnapshotManifest]) -> None:
        """Give keys to one snapshot's names and write its files."""
        manifest = manifests[key]
        folder = self._folder_of(manifest)
        conflicts = self._load_rows(manifest)
        self._sql.execute(
            """
            INSERT INTO name_keys
            SELECT (SELECT count(*) FROM name_keys) + row_number() OVER (ORDER BY r.model_id) - 1,
                   $hub, r.model_id, $key
            FROM rows_read r
            WHERE NOT EXISTS (
                SELECT 1 FROM name_keys n WHERE n.hub = $hub AND n.model_id = r.model_id)
            """,
            {"hub": manifest.hub, "key": key},
        )
        counters = ", ".join(f"r.{name}" for name in (*COUNTERS, "absent"))
        table = self._sql.execute(
            f"SELECT $key::INTEGER AS snapshot_key, n.name_key, {counters} "  # noqa: S608  # nosec B608
            "FROM rows_read r JOIN name_keys n ON n.hub = $hub AND n.model_id = r.model_id "
            "ORDER BY n.name_key",
            {"hub": manifest.hub, "key": key},
        ).to_arrow_table()
        write_parquet(folder / "observations.parquet", table)
        if "metadata" in manifest.files:
            write_parquet(folder / "changes.parquet", self._changes(key, manifests))
        facts = {
            "rows": len(table),
            "conflicts": conflicts,
            "counters": [c for c in COUNTERS if table[c].null_count < len(table)],
        }
        write_json(folder / "facts.json", facts)

    def _load_rows(self, manifest: SnapshotManifest) -> list[str]:
        """Load a snapshot's rows as `rows_read`, the first of each id; return the conflicts."""
        file = self.store.table_path(manifest, "observations")
        path = literal_path(file)
        later = _later_columns(file, OBSERVATION_SCHEMA)
        counters = ", ".join(n for n in COUNTERS if n not in later)
        twice = self._sql.execute(
            f"SELECT model_id, count(DISTINCT hash({counters})) FROM read_parquet(?) "  # noqa: S608  # nosec B608
            "GROUP BY model_id HAVING count(*) > 1 ORDER BY model_id",
            [path],
        ).fetchall()
        first = "QUALIFY row_number() OVER (PARTITION BY model_id ORDER BY file_row_number) = 1"
        self._sql.execute(
            f"CREATE OR REPLACE TABLE rows_read AS SELECT *{_as_nulls(later)} FROM "  # noqa: S608  # nosec B608
            f"read_parquet(?, file_row_number = true) {first if twice else ''}",
            [path],
        )
        return [model_id for model_id, kinds in twice if kinds > 1]

    def _changes(self, key: int, manifests: Sequence[SnapshotManifest]) -> pa.Table:
        """Return the facts that differ from what the frame said of the model before."""
        manifest = manifests[key]
        file = self.store.table_path(manifest, "metadata")
        path, later = literal_path(file), _later_columns(file, METADATA_SCHEMA)
        before = [
            literal_path(self._folder_of(m) / "changes.parquet")
            for m in manifests[:key]
            if (m.hub, m.frame) == (manifest.hub, manifest.frame) and "metadata" in m.files
        ]
        columns = ", ".join(FACTS)
        self._sql.execute(
            f"""
            CREATE OR REPLACE TABLE facts_read AS
            SELECT n.name_key, {columns}, hash(struct_pack({_packed()})) AS fingerprint
            FROM (SELECT *{_as_nulls(later)} FROM read_parquet($path, file_row_number = true)
                  QUALIFY row_number() OVER (PARTITION BY model_id ORDER BY file_row_number) = 1) m
            JOIN name_keys n ON n.hub = $hub AND n.model_id = m.model_id
            """,  # noqa: S608  # nosec B608
            {"path": path, "hub": manifest.hub},
        )
        if not before:
            return self._sql.execute(
                f"SELECT $key::INTEGER AS snapshot_key, name_key, {columns} "  # noqa: S608  # nosec B608
                "FROM facts_read ORDER BY name_key",
                {"key": key},
            ).to_arrow_table()
        return self._sql.execute(
            f"""
            WITH known AS (
                SELECT name_key, hash(struct_pack({_packed()})) AS fingerprint
                FROM read_parquet($before)
                QUALIFY row_number() OVER (
                    PARTITION BY name_key ORDER BY snapshot_key DESC) = 1)
            SELECT $key::INTEGER AS snapshot_key, f.name_key, {columns} FROM facts_read f
            LEFT JOIN known k ON k.name_key = f.name_key
            WHERE k.fingerprint IS DISTINCT FROM f.fingerprint ORDER BY f.name_key
            """,  # noqa: S608  # nosec B608
            {"before": before, "key": key},
        ).to_arrow_table()

    def _read(self, key: int, manifest: SnapshotManifest) -> KeyedSnapshot:
        folder = self._folder_of(manifest)
        facts: dict[str, Any] = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        return KeyedSnapshot(
            key,
            manifest,
            folder / "observations.parquet",
            folder / "changes.parquet" if "metadata" in manifest.files else None,
            facts["rows"],
            tuple(facts["conflicts"]),
            tuple(facts["counters"]),
        )

    def _folder_of(self, manifest: SnapshotManifest) -> Path:
        return self.folder / manifest.id[:16]


def _later_columns(path: Path, schema: pa.Schema) -> dict[str, str]:
    """Return the columns that a snapshot of an earlier version lacks, with their SQL types."""
    there = set(pq.read_schema(path).names)
    return {field.name: _SQL_TYPES[field.type] for field in schema if field.name not in there}


def _as_nulls(columns: Mapping[str, str]) -> str:
    return "".join(f", NULL::{kind} AS {name}" for name, kind in columns.items())


def _packed() -> str:
    return ", ".join(f"{name} := {name}" for name in FACTS)
