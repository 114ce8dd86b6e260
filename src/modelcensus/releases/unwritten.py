"""A release that is assembled and not written: what figures would be over other inputs.

It answers like any release, from the same code, and leaves nothing in the store. It holds no
incidents: they say what is odd in data and enter no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.errors import StoreError
from modelcensus.files import discard_folder, hidden_folder
from modelcensus.registers.load import Registers, Row
from modelcensus.registers.schema import REGISTERS
from modelcensus.releases import gates
from modelcensus.releases.assemble import Assembly, Inputs
from modelcensus.releases.build import assembled_tables, release_name, snapshot_entry
from modelcensus.releases.keyed import KeyedStore
from modelcensus.releases.release import Release, SnapshotEntry
from modelcensus.releases.rollups import ROLLUP_SCHEMA, rollup
from modelcensus.releases.tables import TABLES
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

if TYPE_CHECKING:
    import ibis.expr.types as ir


class UnwrittenRelease(Release):
    """A release whose tables are made when they are first asked for."""

    def __init__(self, assembly: Assembly) -> None:
        """Describe what the assembly holds as a manifest does."""
        inputs = assembly.inputs
        self._assembly = assembly
        self._made = assembled_tables(assembly)
        self.path = inputs.store.releases_path
        self.engine = assembly.engine
        self.settings = inputs.settings
        self.name = release_name(inputs)
        self.registers = inputs.registers.versions
        self.manifest = {
            "name": self.name,
            "registers": self.registers,
            "snapshots": [snapshot_entry(k.manifest, list(k.counters)) for k in assembly.keyed],
            "lineage_frames": assembly.lineage.frames,
        }
        self._tables: dict[str, ir.Table] = {}
        self._observed: dict[int, ir.Table] = {}

    def table(self, name: str) -> ir.Table:
        """Return a table of the release, kept in the engine."""
        if name not in self._tables:
            self._tables[name] = self._assembly.engine.stage(
                f"table_{name.replace('/', '_')}", self._make(name)
            )
        return self._tables[name]

    def observations(self, snapshots: Sequence[SnapshotEntry]) -> ir.Table:
        """Return the counters at some snapshots."""
        parts = [self._observations_of(s.key) for s in snapshots]
        return ibis.union(*parts) if len(parts) > 1 else parts[0]

    def _observations_of(self, key: int) -> ir.Table:
        if key not in self._observed:
            rows = self._assembly.observed(self._assembly.keyed[key])
            self._observed[key] = self._assembly.engine.stage(
                f"observations_{key}", rows.select(list(TABLES["observations"][1]))
            )
        return self._observed[key]

    def _make(self, name: str) -> ir.Table:
        register = name.removeprefix("registers/")
        if register in REGISTERS and register != name:
            return self.engine.local(self._assembly.inputs.registers.table(register))
        if name == "incidents":
            return self.engine.local(gates.incidents_table([]))
        if name == "rollups":
            rows = [row for key in range(len(self._assembly.keyed)) for row in self._rollup(key)]
            return self.engine.local(pa.Table.from_pylist(rows, schema=ROLLUP_SCHEMA))
        if name == "snapshots":
            return self._assembly.snapshots
        return self._made[name]().select(list(TABLES[name][1]))

    def _rollup(self, key: int) -> Iterator[dict[str, Any]]:
        rows = self._observations_of(key)
        return rollup(self._assembly.engine, rows, self._assembly.keyed[key])


@contextmanager
def unwritten_release(inputs: Inputs) -> Iterator[UnwrittenRelease]:
    """Open the release that some inputs would give; the store keeps nothing of it.

    Raises:
        StoreError: the store is being written by another process.
        RegisterError: two register rows contradict each other.
    """
    store, hidden = inputs.store, None
    engine = DuckDBEngine(inputs.settings)
    try:
        with store.lock():
            keyed_store = KeyedStore(store, engine)
            if not keyed_store.holds(inputs.snapshots):
                hidden = hidden_folder(store.releases_path)
                keyed_store = KeyedStore(store, engine, hidden / "keyed")
            keyed = keyed_store.update(inputs.snapshots, lambda _: None)
            names = engine.read([keyed_store.names_path])
            yield UnwrittenRelease(Assembly(engine, inputs, keyed, names))
    finally:
        engine.close()
        if hidden is not None:
            discard_folder(hidden)


def inputs_of(store: Store, release: Release) -> Inputs:
    """Return what a release was built from: its snapshots and lists by their ids, its registers.

    Raises:
        StoreError: the store no longer holds a snapshot or list of it.
    """
    manifest = release.manifest
    snapshots = {m.id: m for m in store.snapshots()}
    evidence = {m.id: m for m in store.evidence()}
    return Inputs(
        store,
        tuple(_found(snapshots, one["id"], release.name) for one in manifest["snapshots"]),
        tuple(_found(evidence, one["id"], release.name) for one in manifest["evidence"]),
        stored_registers(release),
        settings_of(release, release.settings),
    )


def _found(held: Mapping[str, Any], identity: str, name: str) -> Any:
    if identity not in held:
        raise StoreError(
            f"the store no longer holds what the release {name} was built from",
            where=f"snapshot or list {identity[:16]}",
            next_step="import it again, or compare releases whose snapshots are there",
        )
    return held[identity]


def settings_of(release: Release, settings: Settings) -> Settings:
    """Return settings with those values that a release was built with."""
    known = settings.build_values()
    return replace(
        settings, **{k: v for k, v in release.manifest["settings"].items() if k in known}
    )


def stored_registers(release: Release) -> Registers:
    """Return the registers as a release stores them."""
    rows = {}
    for name in REGISTERS:
        table = release.register(name)
        found = release.fetch(table.order_by("row_id")).to_pylist()
        rows[name] = tuple(
            Row(one["row_id"], f"{name}.csv", line, {k: v for k, v in one.items() if k != "row_id"})
            for line, one in enumerate(found, 2)
        )
    return Registers(rows, dict(release.registers))
