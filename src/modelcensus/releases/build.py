"""Builds a release: an immutable set of tables and a manifest that names every input.

The name holds the newest label and a hash of everything that decides the bytes (snapshots,
evidence, registers, settings, tool version) and no clock, so the same inputs give the same
release, file for file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.canonical import canonical_json, manifest_sum, sha256_text
from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.errors import SnapshotError, StoreError
from modelcensus.files import (
    commit_folder,
    date_after,
    discard_folder,
    hidden_folder,
    sha256_of,
    stale_folders,
    take_back,
    write_json,
    write_parquet,
)
from modelcensus.registers.load import Registers, load_registers
from modelcensus.registers.schema import REGISTERS
from modelcensus.releases.assemble import Assembly, Inputs
from modelcensus.releases.decisions import pass_gates, read_decisions
from modelcensus.releases.keyed import KeyedStore
from modelcensus.releases.release import is_whole, read_release_manifest
from modelcensus.releases.rollups import ROLLUP_SCHEMA, rollup
from modelcensus.releases.tables import FORMAT, TABLES
from modelcensus.settings import Settings
from modelcensus.snapshots.manifest import SnapshotManifest
from modelcensus.snapshots.store import Store
from modelcensus.version import VERSION

Progress = Callable[[str], None]


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    Attributes:
        name: the release.
        path: its folder.
        is_new: False when the same inputs had been built before and nothing was done.
        rows: rows by table.
        incidents: number of incidents by kind.
    """

    name: str
    path: Path
    is_new: bool
    rows: dict[str, int]
    incidents: dict[str, int]


def build_release(
    store: Store,
    settings: Settings,
    *,
    overlays: Sequence[Path] = (),
    until: date | None = None,
    on_progress: Progress = lambda _: None,
) -> BuildReport:
    """Build the release of everything in the store and the registers.

    Args:
        store: holds snapshots and lists.
        settings: limits and thresholds.
        overlays: folders of register rows over the bundled ones.
        until: leave out snapshots with labels after this day; lists and registers stay those of
            now. None: every snapshot.
        on_progress: told what is being done.

    Raises:
        StoreError: the store holds no snapshot (up to that day), is being written by another
            process, or cannot be written to; nothing is left behind.
        RegisterError: a register row is wrong.
        QualityError: an incident blocks the release and nobody has accepted it.
        ChecksumMismatch: a stored file is not the one its manifest names.
    """
    inputs = collect_inputs(store, settings, overlays, until)
    name = release_name(inputs)
    final = store.releases_path / name
    if is_whole(final, verify=True):
        manifest = read_release_manifest(final)
        return BuildReport(name, final, False, manifest["rows"], manifest["incidents"])
    with store.lock(), closing(DuckDBEngine(settings)) as engine:
        for folder in stale_folders(store.releases_path):
            discard_folder(folder)
        hidden = hidden_folder(store.releases_path)
        try:
            keyed_store = KeyedStore(store, engine)
            keyed = keyed_store.update(inputs.snapshots, on_progress)
            on_progress("attributing models")
            names = engine.read([keyed_store.names_path])
            assembly = Assembly(engine, inputs, keyed, names)
            manifest = _write_release(assembly, name, hidden / name, on_progress)
            # the newest release is the last one built, though the clock was set back since
            date_after(hidden / name / "manifest.json", store.releases_path.glob("*/manifest.json"))
            if final.exists():
                take_back(final, hidden / "damaged")
            commit_folder(hidden / name, final)
        finally:
            discard_folder(hidden)
    return BuildReport(name, final, True, manifest["rows"], manifest["incidents"])


def collect_inputs(
    store: Store, settings: Settings, overlays: Sequence[Path] = (), until: date | None = None
) -> Inputs:
    """Return everything a release would be built from, in a fixed order.

    Raises:
        StoreError: there is no snapshot.
        SnapshotError: a frame is on two hubs, whose counts may not be mixed.
    """
    snapshots = sorted(store.snapshots(), key=lambda m: (m.instant, m.hub, m.frame, m.id))
    if not snapshots:
        raise StoreError(
            "the store holds no snapshot to build from",
            where=str(store.path),
            next_step="`census import SOURCE PATH` first, or `census demo` for the sample",
        )
    _refuse_shared_frames(snapshots)
    if until is not None:
        kept = [m for m in snapshots if m.instant.date() <= until]
        if not kept:
            raise StoreError(
                f"the store holds no snapshot with a label up to {until.isoformat()}",
                where=f"{store.path}: the first is of {snapshots[0].label}",
                next_step="choose a later day, or import an earlier snapshot",
            )
        snapshots = kept
    registers = load_registers(overlays)
    return Inputs(
        store,
        tuple(snapshots),
        tuple(store.evidence()),
        registers,
        settings,
        read_decisions(store),
    )


def _refuse_shared_frames(snapshots: Sequence[SnapshotManifest]) -> None:
    first: dict[str, SnapshotManifest] = {}
    for manifest in snapshots:
        other = first.setdefault(manifest.frame, manifest)
        if other.hub != manifest.hub:
            raise SnapshotError(
                f"the frame {manifest.frame} stands for two hubs, {other.hub} and {manifest.hub}",
                where=f"{other.title}; {manifest.title}",
                next_step="delete the snapshots of one and import them again under another "
                "name (--option frame=)",
            )


def release_name(inputs: Inputs) -> str:
    """Return newest label and the hash of all that decides the bytes, e.g. 2025-09-07-1a2b3c4d."""
    identity = {
        "format": FORMAT,
        "version": VERSION,
        "snapshots": [m.id for m in inputs.snapshots],
        "evidence": [m.id for m in inputs.evidence],
        "registers": inputs.registers.versions,
        "settings": inputs.settings.build_values(),
        "decisions": [vars(d) for d in inputs.decisions],
    }
    return f"{inputs.snapshots[-1].label[:10]}-{sha256_text(canonical_json(identity))[:10]}"


def assembled_tables(assembly: Assembly) -> dict[str, Callable[[], ir.Table]]:
    """Return how each table that is one file is made, in the order in which they are written."""
    return {
        "models": lambda: assembly.models,
        "names": assembly.names_table,
        "attribution": lambda: assembly.attribution,
        "families": lambda: assembly.families,
        "groups": lambda: assembly.groups,
        "contested": assembly.contested_table,
        "facts": lambda: assembly.facts,
        "populations": assembly.populations_table,
        "codings": assembly.codings_table,
        "listed_sizes": assembly.listed_sizes_table,
        "notable_models": assembly.notable_models_table,
        "openness": assembly.openness_table,
        "benchmarks": assembly.benchmarks_table,
        "outcomes": assembly.outcomes_table,
        "rejects": assembly.rejects_table,
        "edges": lambda: assembly.lineage.edges,
        "nodes": lambda: assembly.lineage.nodes,
        "roots": lambda: assembly.lineage.roots,
        "copies": lambda: assembly.lineage.copies,
        "terms": lambda: assembly.declared_terms.edges,
        "chains": lambda: assembly.declared_terms.chains,
    }


def _write_release(
    assembly: Assembly, name: str, folder: Path, on_progress: Progress
) -> dict[str, Any]:
    """Write every table and the manifest into an unfinished folder; return the manifest."""
    rows: dict[str, int] = {}
    for table, make in assembled_tables(assembly).items():
        on_progress(f"writing {table}")
        rows[table] = _write_table(assembly, table, make(), folder / f"{table}.parquet")
    on_progress("looking for incidents")
    incidents = assembly.incidents_table()
    pass_gates(assembly.inputs.store, incidents.to_pylist(), assembly.inputs.decisions)
    write_parquet(folder / "incidents.parquet", incidents)
    rows["incidents"] = len(incidents)
    rows |= _write_observations(assembly, folder, on_progress)
    rows["snapshots"] = _write_snapshots(assembly, folder / "snapshots.parquet")
    _write_registers(assembly.inputs.registers, folder / "registers")
    manifest = _manifest(assembly, name, rows, incidents, folder)
    manifest["sum"] = manifest_sum(manifest)
    write_json(folder / "manifest.json", manifest)
    return manifest


def _write_table(assembly: Assembly, name: str, expression: ir.Table, path: Path) -> int:
    columns = list(TABLES[name][1])
    order = [c for c in columns if not _is_nested(expression, c)]
    table = assembly.engine.fetch(expression.select(columns).order_by(order))
    write_parquet(path, table)
    return len(table)


def _is_nested(expression: ir.Table, column: str) -> bool:
    kind = expression[column].type()
    return bool(kind.is_array() or kind.is_struct())


def _write_observations(assembly: Assembly, folder: Path, on_progress: Progress) -> dict[str, int]:
    """Write one file per snapshot, sorted by model, and the rollups; return the rows of both."""
    columns = list(TABLES["observations"][1])
    engine, total = assembly.engine, 0
    rollups: list[dict[str, Any]] = []
    for keyed in assembly.keyed:
        on_progress(f"writing {keyed.manifest.title}")
        rows = engine.stage("observed", assembly.observed(keyed).select(columns))
        table = engine.fetch(rows.order_by("model_key"))
        write_parquet(folder / "observations" / f"{keyed.key:06d}.parquet", table)
        rollups += rollup(engine, rows, keyed)
        total += len(table)
    write_parquet(folder / "rollups.parquet", pa.Table.from_pylist(rollups, schema=ROLLUP_SCHEMA))
    return {"observations": total, "rollups": len(rollups)}


def _write_snapshots(assembly: Assembly, path: Path) -> int:
    table = assembly.engine.fetch(assembly.snapshots.order_by("snapshot_key"))
    counts = [keyed.rows for keyed in assembly.keyed]
    table = table.append_column("rows", pa.array(counts, pa.int64()))
    write_parquet(path, table.select(list(TABLES["snapshots"][1])))
    return len(counts)


def _write_registers(registers: Registers, folder: Path) -> None:
    for name in REGISTERS:
        write_parquet(folder / f"{name}.parquet", registers.table(name))


def _manifest(
    assembly: Assembly, name: str, rows: dict[str, int], incidents: pa.Table, folder: Path
) -> dict[str, Any]:
    inputs = assembly.inputs
    files = {
        str(file.relative_to(folder).as_posix()): {
            "sha256": sha256_of(file),
            "bytes": file.stat().st_size,
        }
        for file in sorted(folder.rglob("*.parquet"))
    }
    return {
        "name": name,
        "format": FORMAT,
        "tool_version": VERSION,
        "snapshots": [snapshot_entry(k.manifest, list(k.counters)) for k in assembly.keyed],
        "evidence": [
            {"id": m.id, "name": m.name, "as_of": m.as_of, "source": vars(m.source)}
            for m in inputs.evidence
        ],
        "registers": inputs.registers.versions,
        "settings": inputs.settings.build_values(),
        "decisions": [vars(d) for d in inputs.decisions],
        "lineage_frames": assembly.lineage.frames,
        "rows": rows,
        "incidents": dict(sorted(Counter(incidents["kind"].to_pylist()).items())),
        "files": files,
    }


def snapshot_entry(manifest: SnapshotManifest, counters: list[str]) -> dict[str, Any]:
    """Return what a release's manifest says of a snapshot."""
    return {
        "id": manifest.id,
        "hub": manifest.hub,
        "frame": manifest.frame,
        "label": manifest.label,
        "source": vars(manifest.source),
        "input_rows": manifest.input_rows,
        "rejects": dict(manifest.rejects),
        "counters": counters,
        "has_metadata": "metadata" in manifest.files,
        "is_complete_frame": manifest.is_complete_frame,
        "is_simulated": manifest.is_simulated,
    }
