"""The lineage of all frames: edges, the models that stand in them, and their roots.

A frame whose source tells of bases has a graph of its own, made of what its models declare at
its last snapshot. Models that are only named as bases get keys after those of observed models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.catalogue import attribution
from modelcensus.catalogue.identity import name_parts
from modelcensus.catalogue.ownership import END
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.lineage.declared import (
    NAMED_ONLY,
    RESOLVED,
    UNRESOLVABLE,
    declarations,
    resolve,
)
from modelcensus.lineage.inferred import CASE_ONLY, INFERRED_SCHEMA, LEGACY_ID, Known, infer_targets
from modelcensus.lineage.roots import ROOTS_SCHEMA, trace_roots
from modelcensus.registers.load import Registers

DECLARED, INFERRED = "declared", "inferred"
QUANTIZED = "quantized"
SAME_MODEL = "same_model"
"""Relation of an inferred edge: another name, or a copy, of one model."""

_ENDS = ("frame", "child_key", "parent_key")
_ORIGINAL_ROLES = ("official", "team", "legacy", "community")


@dataclass(frozen=True)
class Catalogue:
    """What lineage stands on, as tables of one engine.

    Attributes:
        models: model_key, hub, model_id, namespace, name, released_at.
        names: hub, model_id, model_key, rule; every name once.
        owners: model_key, developer, developer_type, country, namespace_row, developer_row
            (the developer lens).
        publishers: model_key, publisher, publisher_country (the last owner of the account).
        families: model_key, family, family_row.
        ownership: `ownership_intervals`.
    """

    models: ir.Table
    names: ir.Table
    owners: ir.Table
    publishers: ir.Table
    families: ir.Table
    ownership: ir.Table


class Lineage:
    """The graphs of all frames.

    Attributes:
        edges: see the table `edges` of a release.
        nodes: see the table `nodes`.
        roots: see the table `roots`.
        copies: see the table `copies`.
        frames: frames whose sources tell of bases, sorted.
    """

    def __init__(
        self, engine: DuckDBEngine, facts: ir.Table, catalogue: Catalogue, registers: Registers
    ) -> None:
        """Resolve, infer and trace.

        Args:
            engine: where the tables are.
            facts: frame, hub, model_key, base_models: each model's last facts in each frame.
            catalogue: the observed models.
            registers: renames, namespaces and families.
        """
        self._engine = engine
        self._catalogue = catalogue
        self._registers = registers
        resolved = resolve(declarations(facts), catalogue.names)
        self._declared = engine.stage("declared_edges", resolved)
        frames = engine.fetch(self._declared.select("frame").distinct().order_by("frame"))
        self.frames: list[str] = frames["frame"].to_pylist()
        self._known_references = engine.stage("inferred_targets", self._infer())
        self._named = engine.stage("named_only", self._named_models())
        self._keyed = engine.stage("keyed_edges", self._with_keys())
        self._copies = engine.stage("inferred_edges", self._inferred_edges())
        self.nodes = engine.stage("lineage_nodes", self._describe())
        self.edges = self._all_edges()
        self.roots = engine.local(self._trace())
        self.copies = engine.local(self._trace_copies())

    def _infer(self) -> ir.Table:
        """Return what references stand for: INFERRED_SCHEMA as a table."""
        unseen = self._declared.filter(self._declared.status.isin([NAMED_ONLY, UNRESOLVABLE]))
        unseen = unseen.select("hub", "reference").distinct()
        cases = self._same_but_for_case(unseen)
        copies = self._redistributed_without_base()
        asked = self._engine.fetch(unseen.union(copies).distinct().order_by(["hub", "reference"]))
        known = Known(self._originals(), self._registers)
        pairs = zip(asked["hub"].to_pylist(), asked["reference"].to_pylist(), strict=True)
        rows = list(infer_targets(pairs, known))
        done = {(row["hub"], row["reference"]) for row in rows}
        rows += [row for row in cases if (row["hub"], row["reference"]) not in done]
        return self._engine.local(pa.Table.from_pylist(rows, schema=INFERRED_SCHEMA))

    def _same_but_for_case(self, unseen: ir.Table) -> list[dict[str, str]]:
        names = self._catalogue.names
        spelled = names.select("hub", "model_key", target_id="model_id", low=names.model_id.lower())
        asked = unseen.mutate(low=unseen.reference.lower())
        joined = asked.join(spelled, ["hub", "low"])
        grouped = joined.group_by(["hub", "reference"]).agg(
            models=joined.model_key.nunique(), target_id=joined.target_id.max()
        )
        single = grouped.filter(grouped.models == 1).order_by(["hub", "reference"])
        rows = self._engine.fetch(single.drop("models")).to_pylist()
        values = {"rule": CASE_ONLY, "confidence": "high", "register_row": ""}
        return [row | values for row in rows]

    def _redistributed_without_base(self) -> ir.Table:
        """Return (hub, reference) of redistributors' observed models that declare no base."""
        models = self._catalogue.models
        accounts = self._accounts("redistributor")
        theirs = models.semi_join(accounts, ["hub", "namespace"])
        orphans = theirs.anti_join(self._declared, theirs.model_key == self._declared.child_key)
        return orphans.select("hub", reference="model_id")

    def _originals(self) -> list[tuple[str, str]]:
        models = self._catalogue.models
        theirs = models.semi_join(self._accounts(*_ORIGINAL_ROLES), ["hub", "namespace"])
        rows = self._engine.fetch(theirs.select("hub", "model_id").order_by(["hub", "model_id"]))
        return list(zip(rows["hub"].to_pylist(), rows["model_id"].to_pylist(), strict=True))

    def _accounts(self, *roles: str) -> ir.Table:
        rows = [r for r in self._registers.usable("namespaces") if r["role"] in roles]
        columns = {c: pa.array([r[c] for r in rows], pa.string()) for c in ("hub", "namespace")}
        return self._engine.local(pa.table(columns)).distinct()

    def _named_models(self) -> ir.Table:
        """Return the models that are only named: node_key, hub, model_id, released_at.

        They were released before what was made from them, so released_at is the release of the
        first derivative that names them; where only a rule does, the account's last owner counts.
        """
        named = self._declared.filter(self._declared.status == NAMED_ONLY)
        released = self._catalogue.models.select("model_key", "released_at")
        dated = named.join(released, named.child_key == released.model_key)
        first = dated.group_by(["hub", "reference"]).agg(released_at=dated.released_at.min())
        first = first.rename(model_id="reference")
        targets = self._known_references
        meant = targets.anti_join(self._catalogue.names, ["hub", ("target_id", "model_id")]).select(
            "hub", model_id="target_id"
        )
        meant = meant.distinct().anti_join(first, ["hub", "model_id"])
        last = ibis.literal(END.replace(tzinfo=None) - timedelta(days=1))
        undated = meant.mutate(released_at=last.cast("timestamp('UTC', 6)"))
        every = first.union(undated)
        order = ibis.window(order_by=["hub", "model_id"])
        base = self._catalogue.models.agg(top=lambda t: t.model_key.max() + 1)
        numbered = every.mutate(place=ibis.row_number().over(order)).cross_join(base)
        return numbered.select(
            "hub",
            "model_id",
            "released_at",
            node_key=(numbered.place + numbered.top).cast("int32"),
        )

    def _with_keys(self) -> ir.Table:
        """Return the declared edges with parent_key; null for what cannot be resolved."""
        named = self._named.select("hub", "node_key", reference="model_id")
        joined = self._declared.left_join(named, ["hub", "reference"])
        is_known = joined.status != UNRESOLVABLE
        parent = ibis.ifelse(
            is_known, ibis.coalesce(joined.observed_key, joined.node_key), ibis.null("int32")
        )
        return joined.select(*self._declared.columns, parent_key=parent)

    def _keys_of_ids(self) -> ir.Table:
        """Return hub, model_id and key of every name and every model that is only named."""
        names = self._catalogue.names.select("hub", "model_id", node_key="model_key")
        return names.union(self._named.select("hub", "model_id", "node_key"))

    def _inferred_edges(self) -> ir.Table:
        """Return inferred edges of each frame: from a name to what it stands for."""
        keys = self._keys_of_ids()
        targets = self._known_references.join(keys, ["hub", ("target_id", "model_id")])
        targets = targets.select(
            "hub", "reference", "rule", "confidence", "register_row", parent_key="node_key"
        )
        targets = self._engine.stage("keyed_targets", targets)
        bare = self._keyed.filter(self._keyed.status == UNRESOLVABLE)
        direct = bare.join(targets.filter(targets.rule == LEGACY_ID), ["hub", "reference"])
        direct = direct.select(
            "frame",
            "child_key",
            "parent_key_right",
            "reference",
            "relation",
            "confidence",
            "register_row",
            rule="rule_right",
        ).rename(parent_key="parent_key_right")
        named = targets.join(keys, ["hub", ("reference", "model_id")])
        named = named.filter(named.node_key != named.parent_key)
        nodes = self._frame_nodes()
        between = named.join(nodes, "node_key").select(
            "frame",
            "parent_key",
            "reference",
            "confidence",
            "register_row",
            "rule",
            child_key="node_key",
            relation=ibis.literal(SAME_MODEL),
        )
        columns = direct.columns
        return direct.union(between.select(columns)).distinct()

    def _frame_nodes(self) -> ir.Table:
        """Return (frame, node_key) of bases and models that a frame declares no base of."""
        steps = self._keyed.filter(self._keyed.status.isin([RESOLVED, NAMED_ONLY]))
        derived = steps.select("frame", node_key="child_key").distinct()
        bases = steps.select("frame", node_key="parent_key")
        frames = steps.select("frame").distinct()
        orphans = self._redistributed_without_base()
        keys = self._keys_of_ids()
        orphan_keys = orphans.join(keys, ["hub", ("reference", "model_id")]).select("node_key")
        every = bases.union(frames.cross_join(orphan_keys).select("frame", "node_key")).distinct()
        return every.anti_join(derived, ["frame", "node_key"])

    def _all_edges(self) -> ir.Table:
        """Return the table `edges`."""
        declared = self._keyed.select(
            "frame",
            "child_key",
            "parent_key",
            "reference",
            "relation",
            "sources",
            "status",
            "rule",
            kind=ibis.literal(DECLARED),
            confidence=ibis.literal(""),
            register_row=ibis.literal(""),
        )
        inferred = self._copies.mutate(
            sources=ibis.literal(""), status=ibis.literal(INFERRED), kind=ibis.literal(INFERRED)
        )
        edges = declared.union(inferred.select(declared.columns))
        child = self.nodes.select("node_key", child_ns="namespace", child_dev="developer")
        base = self.nodes.select("node_key", base_ns="namespace", base_dev="developer")
        joined = edges.left_join(child, edges.child_key == child.node_key).drop("node_key")
        joined = joined.left_join(base, joined.parent_key == base.node_key).drop("node_key")
        same = (joined.child_ns == joined.base_ns) | (
            (joined.child_dev == joined.base_dev) & (joined.child_dev != UNKNOWN)
        )
        return joined.select(*edges.columns, is_same_developer=ibis.coalesce(same, False))

    def _describe(self) -> ir.Table:
        """Return the table `nodes`: every model at either end of an edge."""
        ends = [
            self._keyed.select(node_key="child_key"),
            self._keyed.filter(self._keyed.parent_key.notnull()).select(node_key="parent_key"),
            self._copies.select(node_key="child_key"),
            self._copies.select(node_key="parent_key"),
        ]
        wanted = ends[0].union(*ends[1:]).distinct()
        observed = self._observed_nodes()
        named = self._named_nodes()
        return observed.union(named.select(observed.columns)).semi_join(wanted, "node_key")

    def _observed_nodes(self) -> ir.Table:
        c = self._catalogue
        rows = c.models.select("model_key", "hub", "model_id", "namespace")
        rows = rows.join(c.owners, "model_key").join(c.publishers, "model_key")
        rows = rows.join(c.families, "model_key")
        return rows.mutate(is_observed=ibis.literal(True)).rename(node_key="model_key")

    def _named_nodes(self) -> ir.Table:
        """Return the models that are only named, attributed as observed ones are."""
        namespace, name = name_parts(self._named.model_id)
        models = self._named.select(
            "hub", "model_id", "released_at", model_key="node_key", namespace=namespace, name=name
        )
        models = self._engine.stage("named_models", models)
        owned = attribution.attribute_developers(models, self._catalogue.ownership)
        owners = self._engine.stage(
            "named_owners", attribution.complete(models, owned, "developer")
        )
        patterns = self._engine.local(attribution.family_patterns(self._registers))
        families = attribution.assign_families(models, owners, patterns)
        publishers = last_publishers(models, self._catalogue.ownership)
        rows = models.select("model_key", "hub", "model_id", "namespace")
        rows = rows.join(owner_columns(owners), "model_key").join(publishers, "model_key")
        rows = rows.join(families, "model_key")
        return rows.mutate(is_observed=ibis.literal(False)).rename(node_key="model_key")

    def _trace(self) -> pa.Table:
        """Return the table `roots`: both readings of every frame."""
        steps = self._keyed.filter(self._keyed.status.isin([RESOLVED, NAMED_ONLY]))
        declared, inferred = steps.select(*_ENDS), self._copies.select(*_ENDS)
        readings = {DECLARED: declared, INFERRED: declared.union(inferred)}
        parts = [
            _labelled(rows, frame=frame, reading=reading)
            for reading, edges in readings.items()
            for frame, rows in self._trace_frames(edges)
        ]
        named = [pa.field("frame", pa.string()), pa.field("reading", pa.string())]
        return pa.concat_tables([pa.schema([*named, *ROOTS_SCHEMA]).empty_table(), *parts])

    def _trace_copies(self) -> pa.Table:
        """Return the table `copies`: where chains of copies begin, whatever these are made from."""
        steps = self._keyed.filter(self._keyed.status.isin([RESOLVED, NAMED_ONLY]))
        quantised = steps.filter(steps.relation == QUANTIZED).select(*_ENDS)
        is_copy = self._copies.relation.isin([QUANTIZED, SAME_MODEL])
        recognised = self._copies.filter(is_copy).select(*_ENDS)
        parts = [
            _labelled(rows, frame=frame)
            for frame, rows in self._trace_frames(quantised.union(recognised))
        ]
        named = pa.schema([pa.field("frame", pa.string()), *ROOTS_SCHEMA])
        traced = pa.concat_tables([named.empty_table(), *parts])
        return traced.rename_columns({"root_key": "original_key"})

    def _trace_frames(self, edges: ir.Table) -> Iterator[tuple[str, pa.Table]]:
        """Yield each frame with the roots of its edges (ROOTS_SCHEMA)."""
        rows = self._engine.fetch(edges.order_by(_ENDS))
        for frame in rows["frame"].unique().to_pylist():
            mine = rows.filter(pc.equal(rows["frame"], frame))
            yield frame, trace_roots(mine["child_key"].to_numpy(), mine["parent_key"].to_numpy())


def _labelled(rows: pa.Table, **labels: str) -> pa.Table:
    """Return rows with columns of one text each before the others."""
    for place, (column, text) in enumerate(labels.items()):
        rows = rows.add_column(place, column, pa.array([text] * len(rows), pa.string()))
    return rows


def owner_columns(attributed: ir.Table) -> ir.Table:
    """Return what a node says of its developer, from rows of the developer lens."""
    return attributed.select(
        "model_key", "developer", "developer_type", "country", "namespace_row", "developer_row"
    )


def last_publishers(models: ir.Table, ownership: ir.Table) -> ir.Table:
    """Return model_key, publisher and publisher_country: the last owner of each account.

    Redistributors are publishers, too; `unknown` where the register does not know the account.
    """
    window = ibis.window(group_by=["hub", "namespace"], order_by=ibis.desc("valid_from"))
    last = ownership.mutate(nth=ibis.row_number().over(window)).filter(lambda t: t.nth == 0)
    owned = models.select("model_key", "hub", "namespace").left_join(
        last.select("hub", "namespace", "developer", "country"), ["hub", "namespace"]
    )
    return owned.select(
        "model_key",
        publisher=ibis.coalesce(owned.developer, ibis.literal(UNKNOWN)),
        publisher_country=ibis.coalesce(owned.country, ibis.literal(UNKNOWN)),
    )
