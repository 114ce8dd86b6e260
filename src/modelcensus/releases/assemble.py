"""Assembles the tables of a release from keyed snapshots, evidence and registers.

Each step takes and returns Ibis tables of one engine; nothing here writes a release's files.
Counters are handled one snapshot at a time, so memory does not grow with their number.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.catalogue import attribution, facts, identity, ownership
from modelcensus.contracts.frame_names import is_panel
from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.lineage.graph import Catalogue, Lineage, last_publishers, owner_columns
from modelcensus.registers.load import Registers
from modelcensus.releases import gates
from modelcensus.releases.benchmarks import benchmarks_table
from modelcensus.releases.decisions import Decision
from modelcensus.releases.keyed import FACTS, KeyedSnapshot
from modelcensus.releases.listed_sizes import listed_sizes
from modelcensus.releases.listing import licence_origin, snapshots_table
from modelcensus.releases.notable_models import notable_models_table
from modelcensus.releases.openness import openness_table
from modelcensus.releases.outcomes import outcomes_table
from modelcensus.releases.rollups import CODED
from modelcensus.releases.terms import DeclaredTerms
from modelcensus.settings import Settings
from modelcensus.snapshots.manifest import EvidenceManifest, SnapshotManifest
from modelcensus.snapshots.store import Store
from modelcensus.sources.record import METADATA_SCHEMA

ATOM = "atom"
"""The only coding of namespaces by others that is read so far: tables named `regions`."""


@dataclass(frozen=True)
class Inputs:
    """What a release is built from, in a fixed order."""

    store: Store
    snapshots: tuple[SnapshotManifest, ...]
    evidence: tuple[EvidenceManifest, ...]
    registers: Registers
    settings: Settings
    decisions: tuple[Decision, ...] = ()


class Assembly:
    """The tables of one release, built step by step in one engine.

    Attributes:
        keyed: the snapshots, with integer keys for names.
        names: every name with model_key, current_id, rule ...
        models, attribution, families: see releases/tables.py.
        codes: model_key and one code per grouping of CODED.
        lineage: edges, nodes and roots; see releases/tables.py.
        groups: the meaning of the codes: kind, code, group.
    """

    def __init__(
        self, engine: DuckDBEngine, inputs: Inputs, keyed: Sequence[KeyedSnapshot], names: ir.Table
    ) -> None:
        """Number the models and stage what later steps share.

        Args:
            engine: where the tables are made.
            inputs: what the release is built from.
            keyed: the inputs' snapshots with keys.
            names: the keyed names: name_key, hub, model_id, first_snapshot.
        """
        self.engine = engine
        self.inputs = inputs
        self.keyed = tuple(keyed)
        self.snapshots = engine.stage("snapshots", engine.local(snapshots_table(inputs.snapshots)))
        self._changes = self._all_changes()
        self.names = engine.stage("names", self._number(names))
        self.models = engine.stage("models", self._describe())
        intervals = ownership.ownership_intervals(inputs.registers)
        self._ownership = engine.stage("ownership", engine.local(intervals))
        self.attribution = engine.stage("attribution", self._attribute())
        self.families = engine.stage("families", self._assign_families())
        self.groups = engine.stage("groups", self._groups())
        self.codes = engine.stage("codes", self._codes())
        self.lineage = Lineage(engine, self._last_declared(), self._catalogue(), inputs.registers)

    def _all_changes(self) -> ir.Table:
        """Return the changed facts of all snapshots: snapshot_key, name_key, facts."""
        files = [k.changes for k in self.keyed if k.changes is not None]
        if files:
            return self.engine.read(files)
        fields = [("snapshot_key", pa.int32()), ("name_key", pa.int32())]
        fields += [(n, METADATA_SCHEMA.field(n).type) for n in FACTS]
        return self.engine.local(pa.schema(fields).empty_table())

    def _all_observations(self) -> ir.Table:
        return self.engine.read([k.observations for k in self.keyed])

    def _number(self, names: ir.Table) -> ir.Table:
        """Return every name with the key of its model."""
        seen = self._all_observations()
        last = seen.group_by("name_key").agg(last_file=seen.snapshot_key.max())
        spans = names.join(last, "name_key").rename(first_file="first_snapshot")
        spans = self.engine.stage("spans", spans)
        renames = self.engine.local(identity.renames_table(self.inputs.registers.usable("renames")))
        keyed = self._hub_keys(spans)
        pairs = identity.registered_pairs(spans, renames).union(identity.hub_key_pairs(keyed))
        pairs = self.engine.stage("pairs", pairs)
        sightings = self._sightings(pairs, spans)
        apart = identity.never_together(pairs, sightings)
        rows = self.engine.fetch(apart.order_by(apart.columns))
        mapping = self.engine.local(identity.follow(rows))
        plain = self.engine.stage("mapping", identity.drop_crowded(mapping, sightings))
        return identity.number_models(spans, plain)

    def _hub_keys(self, spans: ir.Table) -> ir.Table:
        """Return (hub, model_id, hub_key, file_key): the last snapshot known to show each key.

        Facts are kept when they change; a name's last ones hold as long as the name is seen.
        """
        window = ibis.window(group_by="name_key", order_by="snapshot_key")
        after = self._changes.snapshot_key.lead().over(window)
        changed = self._changes.select("name_key", "hub_key", "snapshot_key", after=after)
        known = changed.join(spans.select("name_key", "hub", "model_id", "last_file"), "name_key")
        last = ibis.ifelse(known.after.isnull(), known.last_file, known.snapshot_key)
        return known.select("hub", "model_id", "hub_key", file_key=last)

    def _sightings(self, pairs: ir.Table, spans: ir.Table) -> ir.Table:
        """Return (hub, model_id, file_key) of the names that a rename may join."""
        ids = pairs.select("hub", model_id="old_id").union(pairs.select("hub", model_id="new_id"))
        candidates = spans.select("name_key", "hub", "model_id").semi_join(
            ids.distinct(), ["hub", "model_id"]
        )
        candidates = self.engine.stage("candidates", candidates)
        seen = self._all_observations().select("name_key", file_key="snapshot_key")
        rows = seen.join(candidates, "name_key").select("hub", "model_id", "file_key")
        return self.engine.stage("sightings", rows)

    def _describe(self) -> ir.Table:
        """Return one row per model (table `models`)."""
        names = self.names
        labels = self.snapshots.select("snapshot_key", "label", "label_at")
        grouped = names.group_by(["model_key", "hub", "current_id"]).agg(
            first_file=names.first_file.min(), last_file=names.last_file.max()
        )
        known = self._changes.join(names.select("name_key", "model_key"), "name_key")
        # the first snapshot that tells the creation decides: what later ones say moves no figure
        told = ibis.ifelse(known.created_at.notnull(), known.snapshot_key, None)
        dated = known.mutate(told=told.min().over(ibis.window(group_by="model_key")))
        first = dated.snapshot_key == dated.told
        born = dated.group_by("model_key").agg(
            hub_key=dated.hub_key.max(),
            created_at=dated.created_at.min(where=first),
            told=dated.told.min(),
        )
        instants = labels.select(told="snapshot_key", created_told_at="label_at")
        born = born.left_join(instants, "told").drop("told", "told_right")
        born = self.engine.stage("born", born)
        namespace, name = identity.name_parts(grouped.current_id)
        parts = self.engine.stage("parts", grouped.mutate(namespace=namespace, name=name))
        first = labels.rename(first_label="label", first_at="label_at", first_file="snapshot_key")
        last = labels.select(last_label="label", last_file="snapshot_key")
        joined = parts.left_join(born, "model_key").drop("model_key_right")
        joined = joined.join(first, "first_file").join(last, "last_file")
        return joined.select(
            "model_key",
            "hub",
            "namespace",
            "name",
            "hub_key",
            "created_at",
            "created_told_at",
            "first_label",
            "last_label",
            model_id="current_id",
            released_at=ibis.coalesce(joined.created_at, joined.first_at),
        )

    def names_table(self) -> ir.Table:
        """Return the table `names`."""
        labels = self.snapshots.select("snapshot_key", "label")
        first = labels.select(first_label="label", first_file="snapshot_key")
        last = labels.select(last_label="label", last_file="snapshot_key")
        return self.names.join(first, "first_file").join(last, "last_file")

    def _attribute(self) -> ir.Table:
        """Return the table `attribution` for both lenses."""
        publishers = attribution.attribute_publishers(self.models, self._ownership)
        developers = attribution.attribute_developers(self.models, self._ownership)
        return attribution.complete(self.models, publishers, "publisher").union(
            attribution.complete(self.models, developers, "developer")
        )

    def _by_developer(self) -> ir.Table:
        return self.attribution.filter(self.attribution.lens == "developer")

    def _assign_families(self) -> ir.Table:
        """Return the table `families`."""
        patterns = self.engine.local(attribution.family_patterns(self.inputs.registers))
        return attribution.assign_families(self.models, self._by_developer(), patterns)

    def _groups(self) -> ir.Table:
        """Return the table `groups`: codes in order of the groups' names."""
        tables = {name: self._by_developer() for name in CODED[:-1]} | {"family": self.families}
        rows: list[dict[str, Any]] = []
        for kind, table in tables.items():
            found = self.engine.fetch(table.select(group=kind).distinct().order_by("group"))
            rows += [
                {"kind": kind, "code": code, "group": group}
                for code, group in enumerate(found["group"].to_pylist())
            ]
        schema = pa.schema([("kind", pa.string()), ("code", pa.int32()), ("group", pa.string())])
        return self.engine.local(pa.Table.from_pylist(rows, schema=schema))

    def _codes(self) -> ir.Table:
        """Return model_key and a code per grouping."""
        known = self._by_developer().select("model_key", *CODED[:-1])
        coded = known.join(self.families.select("model_key", "family"), "model_key")
        for kind in CODED:
            meaning = self.groups.filter(self.groups.kind == kind)
            named = meaning.select(**{kind: "group", f"{kind}_code": "code"})
            coded = self.engine.stage(f"coded_{kind}", coded.join(named, kind))
        return coded.select("model_key", *[f"{kind}_code" for kind in CODED])

    def _last_declared(self) -> ir.Table:
        """Return the bases that each model declares in each frame's last snapshot of it."""
        models = self.names.select("name_key", "model_key")
        frames = self.snapshots.select("snapshot_key", "frame", "hub")
        known = self._changes.select("snapshot_key", "name_key", "base_models")
        known = known.join(models, "name_key").join(frames, "snapshot_key")
        order = [ibis.desc("snapshot_key"), ibis.desc("name_key")]
        window = ibis.window(group_by=["frame", "model_key"], order_by=order)
        last = known.mutate(nth=ibis.row_number().over(window)).filter(lambda t: t.nth == 0)
        return last.select("frame", "hub", "model_key", "base_models")

    def _catalogue(self) -> Catalogue:
        """Return what lineage stands on."""
        return Catalogue(
            self.models,
            self.names,
            owner_columns(self._by_developer()),
            last_publishers(self.models, self._ownership),
            self.families,
            self._ownership,
        )

    def observed(self, keyed: KeyedSnapshot) -> ir.Table:
        """Return one snapshot's counters by model, with the codes beside them."""
        rows = self.engine.read([keyed.observations])
        models = self.names.select("name_key", "model_key")
        return rows.join(models, "name_key").join(self.codes, "model_key")

    def contested_table(self) -> ir.Table:
        """Return the table `contested`."""
        return self.engine.local(ownership.contested_readings(self.inputs.registers))

    @cached_property
    def facts(self) -> ir.Table:
        """Return the table `facts`: changed metadata with licence and size class."""
        models = self.names.select("name_key", "model_key")
        origin = self.engine.local(licence_origin(self.inputs.snapshots))
        frames = self.snapshots.select("snapshot_key", "frame").join(origin, "snapshot_key")
        keyed = self._changes.drop("hub_key", "created_at").join(models, "name_key")
        known = self.engine.stage("known_facts", keyed.join(frames, "snapshot_key"))
        lookup = self.engine.local(facts.licence_lookup(self.inputs.registers))
        classed = facts.classify_licences(known, lookup)
        largest = int(self.inputs.settings.largest_parameters)
        return classed.mutate(size_class=facts.size_class(classed.parameters, largest))

    @cached_property
    def declared_terms(self) -> DeclaredTerms:
        """Return the tables `terms` and `chains`."""
        edges, registers = self.lineage.edges, self.inputs.registers
        return DeclaredTerms(self.engine, self.facts, self.snapshots, edges, registers)

    def populations_table(self) -> ir.Table:
        """Return the table `populations`: members of imported lists, by present or former name."""
        listed = self.engine.local(self._evidence("population", ("list", "model_id")))
        names = self.names.filter(self.names.hub == "huggingface").select("model_id", "model_key")
        members = listed.join(names, "model_id")
        return members.select("model_key", "evidence_id", population="list").distinct()

    def codings_table(self) -> ir.Table:
        """Return the table `codings`: others' words for where namespaces are based."""
        rows = self.engine.local(self._evidence("regions", ("namespace", "region")))
        return rows.select(
            "namespace",
            "evidence_id",
            coding=ibis.literal(ATOM),
            hub=ibis.literal("huggingface"),
            group="region",
        )

    def listed_sizes_table(self) -> ir.Table:
        """Return the table `listed_sizes`: what others say of models' parameters."""
        inputs = self.inputs
        return listed_sizes(self.engine, inputs.store, inputs.evidence, self.names)

    def notable_models_table(self) -> ir.Table:
        """Return the table `notable_models`: the newest imported list of notable models."""
        inputs = self.inputs
        rows = notable_models_table(inputs.store, inputs.evidence, inputs.registers)
        return self.engine.local(rows)

    def openness_table(self) -> ir.Table:
        """Return the table `openness`: what the newest imported index says of its systems."""
        inputs = self.inputs
        rows = openness_table(inputs.store, inputs.evidence, inputs.registers)
        return self.engine.local(rows)

    def benchmarks_table(self) -> ir.Table:
        """Return the table `benchmarks`: results of all imported lists."""
        inputs = self.inputs
        rows = benchmarks_table(inputs.store, inputs.evidence, inputs.registers)
        return self.engine.local(rows)

    def outcomes_table(self) -> ir.Table:
        """Return the table `outcomes`: security test cases of all imported lists."""
        return self.engine.local(outcomes_table(self.inputs.store, self.inputs.evidence))

    def _evidence(self, table: str, wanted: Sequence[str]) -> pa.Table:
        """Return a table of all evidence that holds it, with evidence_id."""
        found = []
        for manifest in self.inputs.evidence:
            if table in manifest.files:
                rows = self.inputs.store.open_table(manifest, table, list(wanted))
                ids = pa.array([manifest.id] * len(rows), pa.string())
                found.append(rows.append_column("evidence_id", ids))
        names = [*wanted, "evidence_id"]
        empty = pa.table({n: pa.array([], pa.string()) for n in names})
        return pa.concat_tables([empty, *(t.select(names).cast(empty.schema) for t in found)])

    def incidents_table(self) -> pa.Table:
        """Return the table `incidents`."""
        models = self.models.select("model_key", "model_id")
        settings = self.inputs.settings
        meaning = self.groups.filter(self.groups.kind == "developer")
        developers = meaning.select(developer_code="code", developer="group")
        moves = gates.find_moves(self.engine, self._neighbours(), models, developers, settings)
        found = [*moves, *gates.find_reuploads(self.engine, self._keys_seen(models))]
        for frame, snapshots in self._frames().items():
            labels = [k.manifest.label for k in snapshots]
            instants = [(k.manifest.label, k.manifest.instant) for k in snapshots]
            found += gates.find_gaps(frame[1], instants, settings)
            if is_panel(frame[1]):
                found += gates.find_growth(frame[1], labels, self._entered(snapshots))
            for k in snapshots:
                found += gates.find_conflicts(frame[1], k.manifest.label, k.conflicts)
        return gates.incidents_table(found)

    def _keys_seen(self, models: ir.Table) -> ir.Table:
        """Return the hub's key of every id, frame by frame, where it was first told or changed."""
        places = self.snapshots.select("snapshot_key", "frame", "label")
        names = self.names.select("name_key", "model_key", "model_id")
        current = models.rename(subject="model_id")
        keys = self._changes.select("name_key", "snapshot_key", "hub_key")
        named = keys.join(names, "name_key").join(current, "model_key")
        return named.join(places, "snapshot_key").select(
            "frame", "model_id", "subject", "hub_key", "snapshot_key", "label"
        )

    def _frames(self) -> dict[tuple[str, str], list[KeyedSnapshot]]:
        frames: dict[tuple[str, str], list[KeyedSnapshot]] = {}
        for k in self.keyed:
            frames.setdefault((k.manifest.hub, k.manifest.frame), []).append(k)
        return frames

    def _neighbours(self) -> Iterator[gates.Neighbours]:
        for (_, frame), snapshots in self._frames().items():
            for before, after in itertools.pairwise(snapshots):
                yield gates.Neighbours(
                    frame,
                    before.manifest.label,
                    after.manifest.label,
                    self.observed(before),
                    self.observed(after),
                    frozenset(before.counters) & frozenset(after.counters),
                    after.manifest.status != "imported",
                )

    def _entered(self, snapshots: Sequence[KeyedSnapshot]) -> list[tuple[str, int]]:
        """Return the namespaces of a frame with the position of their first snapshot."""
        rows = self.engine.read([k.observations for k in snapshots])
        first = rows.group_by("name_key").agg(first=rows.snapshot_key.min())
        spaces = self.names.join(self.models.select("model_key", "namespace"), "model_key")
        named = first.join(spaces.select("name_key", "namespace"), "name_key")
        named = named.filter(named.namespace.notnull())
        entered = named.group_by("namespace").agg(first=named["first"].min()).order_by("namespace")
        places = {k.key: place for place, k in enumerate(snapshots)}
        return [
            (row["namespace"], places[row["first"]])
            for row in self.engine.fetch(entered).to_pylist()
        ]

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
