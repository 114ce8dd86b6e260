"""Assembles the tables of a release from snapshots, evidence and registers.

Each step takes and returns Ibis tables of one engine; nothing here writes files.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.catalogue import attribution, facts, identity, ownership
from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.registers.load import Registers
from modelcensus.releases import gates
from modelcensus.settings import Settings
from modelcensus.snapshots.manifest import EvidenceManifest, SnapshotManifest
from modelcensus.snapshots.store import Store
from modelcensus.sources.record import COUNTERS, INSTANT, METADATA_SCHEMA

ATOM = "atom"
"""The only coding of namespaces by others that is read so far: tables named `regions`."""

FACT_COLUMNS = tuple(
    n for n in METADATA_SCHEMA.names if n not in ("model_id", "hub_key", "created_at")
)


@dataclass(frozen=True)
class Inputs:
    """What a release is built from, in a fixed order."""

    store: Store
    snapshots: tuple[SnapshotManifest, ...]
    evidence: tuple[EvidenceManifest, ...]
    registers: Registers
    settings: Settings


class Assembly:
    """The tables of one release, built step by step in one engine.

    Attributes:
        observations: every counter row of every snapshot, duplicates merged, with model_key.
        names, models: see releases/tables.py.
    """

    def __init__(self, engine: DuckDBEngine, inputs: Inputs) -> None:
        """Read what the manifests name, number the models and stage what later steps share."""
        self.engine = engine
        self.inputs = inputs
        self.snapshots = engine.stage("snapshots", engine.local(snapshots_table(inputs.snapshots)))
        self._raw = self._read("observations")
        self._metadata = self._read("metadata")
        self.names = engine.stage("names", self._number())
        self.observations = engine.stage("observations", self._observe())
        self.models = engine.stage("models", self._describe())
        self._ownership = engine.stage(
            "ownership", engine.local(ownership.ownership_intervals(inputs.registers))
        )

    def _read(self, name: str) -> ir.Table:
        """Return a table of all snapshots that hold it, with snapshot_key, frame and hub."""
        holders = [i for i, m in enumerate(self.inputs.snapshots) if name in m.files]
        if not holders:
            empty = pa.table(
                {n: pa.nulls(0, METADATA_SCHEMA.field(n).type) for n in METADATA_SCHEMA.names}
            )
            raw = self.engine.local(empty).mutate(
                file_key=ibis.null("int32"), row_number=ibis.null("int64")
            )
        else:
            files = [self.inputs.store.table_path(self.inputs.snapshots[i], name) for i in holders]
            raw = self.engine.read_numbered(files)
        manifests = self.inputs.snapshots
        has_licence = ["licence_tag" not in manifests[i].absent_columns for i in holders]
        keys = pa.table(
            {
                "file_key": pa.array(range(len(holders)), pa.int32()),
                "snapshot_key": pa.array(holders, pa.int32()),
                "has_licence": pa.array(has_licence, pa.bool_()),
            }
        )
        known = self.snapshots.select("snapshot_key", "hub", "frame", "label", "place")
        with_key = raw.join(self.engine.local(keys), "file_key").drop("file_key")
        return self.engine.stage(f"raw_{name}", with_key.join(known, "snapshot_key"))

    def _number(self) -> ir.Table:
        """Return every name with the key of its model."""
        sightings = self._raw.select("hub", "model_id", file_key="snapshot_key").distinct()
        sightings = self.engine.stage("sightings", sightings)
        renames = self.engine.local(identity.renames_table(self.inputs.registers.usable("renames")))
        pairs = identity.registered_pairs(sightings, renames).union(
            identity.hub_key_pairs(
                self._metadata.select("hub", "model_id", "hub_key", file_key="snapshot_key")
            )
        )
        apart = identity.never_together(self.engine.stage("pairs", pairs), sightings)
        mapping = self.engine.local(
            identity.follow(self.engine.fetch(apart.order_by(apart.columns)))
        )
        return identity.number_models(sightings, mapping)

    def _observe(self) -> ir.Table:
        """Return one row per model and snapshot: the first where a source lists it twice."""
        window = ibis.window(group_by=["snapshot_key", "model_id"], order_by="row_number")
        nth = self._raw.mutate(nth=ibis.row_number().over(window))
        first = nth.filter(nth.nth == 0)
        names = self.names
        return first.join(names, [first.hub == names.hub, first.model_id == names.model_id]).select(
            first.snapshot_key,
            names.model_key,
            first.frame,
            first.label,
            first.place,
            names.current_id,
            *[first[c] for c in COUNTERS],
            first.absent,
        )

    def _describe(self) -> ir.Table:
        """Return one row per model (table `models`)."""
        names, labels = self.names, self.snapshots.select("snapshot_key", "label", "label_at")
        grouped = names.group_by(["model_key", "hub", "current_id"]).agg(
            first_file=names.first_file.min(), last_file=names.last_file.max()
        )
        known = self._metadata.join(
            names, [self._metadata.hub == names.hub, self._metadata.model_id == names.model_id]
        ).select(names.model_key, self._metadata.hub_key, self._metadata.created_at)
        born = known.group_by("model_key").agg(
            hub_key=known.hub_key.max(), created_at=known.created_at.min()
        )
        first, last = labels, labels.view()
        namespace, name = identity.name_parts(grouped.current_id)
        parts = grouped.mutate(namespace=namespace, name=name)
        joined = parts.left_join(born, "model_key").drop("model_key_right")
        joined = joined.join(first, joined.first_file == first.snapshot_key).drop("snapshot_key")
        joined = joined.rename(first_label="label", first_at="label_at")
        joined = joined.join(last, joined.last_file == last.snapshot_key)
        return joined.select(
            "model_key",
            "hub",
            "namespace",
            "name",
            "hub_key",
            "created_at",
            "first_label",
            model_id="current_id",
            released_at=ibis.coalesce(joined.created_at, joined.first_at),
            last_label="label",
        )

    def names_table(self) -> ir.Table:
        """Return the table `names`."""
        first = self.snapshots.select("snapshot_key", "label")
        last = first.view()
        named = self.names.join(first, self.names.first_file == first.snapshot_key)
        named = named.rename(first_label="label").drop("snapshot_key")
        named = named.join(last, named.last_file == last.snapshot_key)
        return named.select(
            "model_key",
            "hub",
            "model_id",
            "first_label",
            "rule",
            "register_row",
            last_label="label",
        )

    def attribution_table(self) -> ir.Table:
        """Return the table `attribution` for both lenses."""
        publishers = attribution.attribute_publishers(self.models, self._ownership)
        developers = attribution.attribute_developers(self.models, self._ownership)
        return attribution.complete(self.models, publishers, "publisher").union(
            attribution.complete(self.models, developers, "developer")
        )

    def families_table(self, attributed: ir.Table) -> ir.Table:
        """Return the table `families`."""
        patterns = self.engine.local(attribution.family_patterns(self.inputs.registers))
        developers = attributed.filter(attributed.lens == "developer")
        return attribution.assign_families(self.models, developers, patterns)

    def contested_table(self) -> ir.Table:
        """Return the table `contested`."""
        return self.engine.local(ownership.contested_readings(self.inputs.registers))

    def facts_table(self) -> ir.Table:
        """Return the table `facts`: metadata with licence and size class, changes only."""
        window = ibis.window(group_by=["snapshot_key", "model_id"], order_by="row_number")
        nth = self._metadata.mutate(nth=ibis.row_number().over(window))
        first, names = nth.filter(nth.nth == 0), self.names
        keyed = first.join(
            names, [first.hub == names.hub, first.model_id == names.model_id]
        ).select(
            first.frame,
            names.model_key,
            first.snapshot_key,
            first.has_licence,
            *[first[c] for c in FACT_COLUMNS],
        )
        lookup = self.engine.local(facts.licence_lookup(self.inputs.registers))
        classed = facts.classify_licences(keyed, lookup)
        sized = classed.mutate(size_class=facts.size_class(classed.parameters))
        return facts.only_changes(sized)

    def populations_table(self) -> ir.Table:
        """Return the table `populations`: members of imported lists, by present or former name."""
        rows = self._evidence("population")
        listed = self.engine.local(rows)
        names = self.names.filter(self.names.hub == "huggingface")
        return (
            listed.join(names, "model_id")
            .select("model_key", "evidence_id", population="list")
            .distinct()
        )

    def codings_table(self) -> ir.Table:
        """Return the table `codings`: others' words for where namespaces are based."""
        rows = self._evidence("regions")
        return self.engine.local(rows).select(
            "namespace",
            "evidence_id",
            coding=ibis.literal(ATOM),
            hub=ibis.literal("huggingface"),
            group="region",
        )

    def _evidence(self, table: str) -> pa.Table:
        """Return a table of all evidence that holds it, with evidence and evidence_id."""
        wanted = {"population": ("list", "model_id"), "regions": ("namespace", "region")}[table]
        found = []
        for manifest in self.inputs.evidence:
            if table in manifest.files:
                rows = self.inputs.store.open_table(manifest, table, wanted)
                for column, text in (("evidence", manifest.name), ("evidence_id", manifest.id)):
                    rows = rows.append_column(column, pa.array([text] * len(rows), pa.string()))
                found.append(rows)
        names = [*wanted, "evidence", "evidence_id"]
        empty = pa.table({n: pa.array([], pa.string()) for n in names})
        return pa.concat_tables([empty, *(t.select(names).cast(empty.schema) for t in found)])

    def incidents_table(self) -> ir.Table:
        """Return the table `incidents`."""
        models = self.models.select("model_key", "namespace", "model_id")
        observed = self.observations.drop("current_id").join(models, "model_key")
        counters = ibis.struct({c: self._raw[c] for c in COUNTERS}).hash()
        doubled = (
            self._raw.mutate(counters=counters)
            .group_by(["frame", "label", "model_id"])
            .agg(kinds=lambda t: t.counters.nunique())
        )
        return gates.find_incidents(
            observed, doubled.filter(doubled.kinds > 1), self.inputs.settings
        )

    def rejects_table(self) -> ir.Table:
        """Return the table `rejects`."""
        rows = [
            {"snapshot_key": key, "reason": reason, "count": count}
            for key, manifest in enumerate(self.inputs.snapshots)
            for reason, count in sorted(manifest.rejects.items())
        ]
        schema = pa.schema(
            [("snapshot_key", pa.int32()), ("reason", pa.string()), ("count", pa.int64())]
        )
        return self.engine.local(pa.Table.from_pylist(rows, schema=schema))


def snapshots_table(manifests: tuple[SnapshotManifest, ...]) -> pa.Table:
    """Return the table `snapshots`, with `place`, the order within a frame."""
    places: dict[tuple[str, str], int] = {}
    rows = []
    for key, m in enumerate(manifests):
        place = places.get((m.hub, m.frame), -1) + 1
        places[m.hub, m.frame] = place
        rows.append(
            {
                "snapshot_key": key,
                "snapshot_id": m.id,
                "hub": m.hub,
                "frame": m.frame,
                "label": m.label,
                "label_at": m.instant,
                "window_start": m.window[0] if m.window else None,
                "window_end": m.window[1] if m.window else None,
                "source": m.source.name,
                "is_complete_frame": m.is_complete_frame,
                "is_simulated": m.is_simulated,
                "place": place,
            }
        )
    schema = pa.schema(
        [
            ("snapshot_key", pa.int32()),
            ("snapshot_id", pa.string()),
            ("hub", pa.string()),
            ("frame", pa.string()),
            ("label", pa.string()),
            ("label_at", INSTANT),
            ("window_start", INSTANT),
            ("window_end", INSTANT),
            ("source", pa.string()),
            ("is_complete_frame", pa.bool_()),
            ("is_simulated", pa.bool_()),
            ("place", pa.int32()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)
