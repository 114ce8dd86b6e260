"""Edges of the models that were created in a period: what new derivatives stand on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.frame_names import is_sample
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.bases import (
    bases_of,
    grouped_bases,
    node_groups,
    require_lineage,
    steps,
)
from modelcensus.measures.creation import created_models
from modelcensus.measures.frames import no_lineage
from modelcensus.measures.populations import latest_facts
from modelcensus.measures.selection import Selection, resolve_frame
from modelcensus.releases.release import Release, SnapshotEntry

LIKELY_SAME_SIZE = 2.0
"""A fine-tune whose size differs from its base's by more than this ratio is not plausible."""


@dataclass(frozen=True)
class Newcomers:
    """Derivatives created in a period, by the frame's last snapshot.

    Attributes:
        contract: with frame and period resolved.
        snapshot: the frame's last one; edges and downloads are as of it.
        children: model_key, month (year * 100 + month), account and downloads (null: unknown)
            of every model created in the period that the snapshot shows.
        edges: their edges that lead elsewhere: child_key, parent_key, relation, kind ...
        counted: those of them that the contract counts.
    """

    release: Release
    contract: Contract
    snapshot: SnapshotEntry
    children: ir.Table
    edges: ir.Table
    counted: ir.Table

    def with_values(self, **values: Any) -> Newcomers:
        """Return the same models read by another contract."""
        contract = self.contract.with_values(**values)
        edges = _edges_of(self.release, contract, self.children)
        return replace(self, contract=contract, edges=edges, counted=_counted(contract, edges))

    def with_counted(self, edges: ir.Table) -> Newcomers:
        """Return the same models with other edges counted."""
        return replace(self, counted=edges)

    def credits(self, groups: ir.Table | None = None) -> ir.Table:
        """Return model_key, group and credit of each derivative that counts.

        Args:
            groups: node_key and group; None: as the contract groups developers.
        """
        named = node_groups(self.release, self.contract) if groups is None else groups
        bases = bases_of(self.release, self.counted, self.contract)
        return grouped_bases(bases, named, self.contract.counting)

    def values(self, groups: ir.Table | None = None) -> list[dict[str, Any]]:
        """Return month, group, value (credits) and derivatives, in order of month and group."""
        dated = self.credits(groups).join(self.children.select("model_key", "month"), "model_key")
        summed = dated.group_by(["month", "group"]).agg(
            # credits are added up in no fixed order: rounding takes the difference away
            value=dated.credit.sum().round(6),
            derivatives=dated.count(),
        )
        rows: list[dict[str, Any]] = self.release.fetch(
            summed.order_by(["month", "group"])
        ).to_pylist()
        return rows

    def derivatives(self) -> ir.Table:
        """Return model_key and month of the derivatives that count."""
        keys = self.counted.select(model_key="child_key").distinct()
        return self.children.select("model_key", "month").semi_join(keys, "model_key")

    def count(self) -> int:
        """Return how many derivatives count."""
        table = self.derivatives()
        return int(self.release.fetch(table.agg(n=table.count()))["n"][0].as_py())

    def selection(self) -> Selection:
        """Return the derivatives as a selection, for the parts that all figures share."""
        own = self.derivatives().select(
            "model_key",
            snapshot_key=ibis.literal(self.snapshot.key).cast("int32"),
            group=ibis.literal(UNKNOWN),
            value=ibis.literal(1).cast("int64"),
        )
        return Selection(self.release, self.contract, (self.snapshot,), own)


def find_newcomers(release: Release, contract: Contract) -> Newcomers:
    """Return the derivatives of a contract's period.

    Raises:
        ContractError: no frame tells of bases, the period is one day or lies after the frame, or
            it is several months of a curated sample.
        UnknownName: there is no such frame.
    """
    contract = contract.with_values(frame=lineage_frame(release, contract))
    require_lineage(release, contract)
    snapshot = release.frame_snapshots(contract.frame)[-1]
    if contract.period == "latest":
        contract = contract.with_values(period=snapshot.label[:7])
    _check_period(contract, snapshot)
    children = _children(release, contract, snapshot)
    edges = _edges_of(release, contract, children)
    return Newcomers(release, contract, snapshot, children, edges, _counted(contract, edges))


def lineage_frame(release: Release, contract: Contract) -> str:
    """Return the frame named, or the only one that tells what its models are built on.

    Raises:
        ContractError: there is none, or there are several.
        UnknownName: there is no such frame.
    """
    if not contract.frame and len(release.lineage_frames) == 1:
        return release.lineage_frames[0]
    if not contract.frame and not release.lineage_frames:
        raise no_lineage(release, contract)
    asked = contract.with_values(by="country", lens="base", period="latest", subjects=())
    return resolve_frame(release, asked)


def _check_period(contract: Contract, snapshot: SnapshotEntry) -> None:
    period = contract.period_value
    if period.is_instant:
        raise ContractError(
            f"derivatives are counted by when they were created, and {contract.period} is a moment",
            next_step=f"a month (--period {snapshot.label[:7]}) or a range of months",
        )
    if period.start is not None and period.start > snapshot.label_at:
        raise ContractError(
            f"the frame {contract.frame} ends before {contract.period}",
            where=f"its last label is {snapshot.label}",
            next_step=f"--period {snapshot.label[:7]}",
        )
    is_month = period.start is not None and period.end is not None
    is_month = is_month and (period.end - period.start).days <= 31  # type: ignore[operator]
    if is_sample(contract.frame) and not is_month:
        raise ContractError(
            f"no trend is read from {contract.frame}: a curated sample of few months' models",
            where=f"--period {contract.period}",
            next_step=f"ask one month, e.g. --period {snapshot.label[:7]}",
        )


def _children(release: Release, contract: Contract, snapshot: SnapshotEntry) -> ir.Table:
    period = contract.period_value
    created = created_models(release, snapshot)
    accounts = release.table("models").select("model_key", "namespace")
    born = created.filter(created.created_at.notnull()).join(accounts, "model_key")
    if period.start is not None and period.end is not None:
        start, end = (
            ibis.literal(moment.replace(tzinfo=None)).cast("timestamp('UTC', 6)")
            for moment in (period.start, period.end)
        )
        born = born.filter((born.created_at >= start) & (born.created_at < end))
    month = born.created_at.year() * 100 + born.created_at.month()
    dated = born.select("model_key", month=month.cast("int32"), account="namespace")
    seen = release.observations([snapshot])
    counter = threshold_counter(snapshot)
    return dated.join(seen.select("model_key", downloads=counter), "model_key")


def threshold_counter(snapshot: SnapshotEntry) -> str:
    """Return the counter that a threshold of downloads is held against."""
    return "downloads_30d" if "downloads_30d" in snapshot.counters else "downloads_all_time"


def _edges_of(release: Release, contract: Contract, children: ir.Table) -> ir.Table:
    edges = steps(release, contract, copies=False)
    known = children.select("downloads", child_key="model_key")
    return edges.join(known, "child_key")


def _counted(contract: Contract, edges: ir.Table) -> ir.Table:
    kept = edges
    if contract.relation != "any":
        kept = kept.filter(kept.relation == contract.relation)
    if contract.same_developer == "apart":
        kept = kept.filter(~kept.is_same_developer)
    if contract.threshold != "0":
        kept = kept.filter(kept.downloads > int(contract.threshold))
    return kept


def without_implausible(newcomers: Newcomers) -> ir.Table:
    """Return the counted edges but for those whose ends differ in size more than twofold.

    Where one size is not known, the edge stays: nothing speaks against it.
    """
    facts = latest_facts(newcomers.release, newcomers.contract.with_values(period="latest"))
    sizes = facts.filter(facts.parameters > 0).select("model_key", "parameters")
    child = sizes.select(child_key="model_key", child_size="parameters")
    base = sizes.select(parent_key="model_key", base_size="parameters")
    joined = newcomers.counted.left_join(child, "child_key").drop("child_key_right")
    joined = joined.left_join(base, "parent_key").drop("parent_key_right")
    ratio = joined.child_size.cast("float64") / joined.base_size.cast("float64")
    is_far = (ratio > LIKELY_SAME_SIZE) | (ratio < 1 / LIKELY_SAME_SIZE)
    return joined.filter(~ibis.coalesce(is_far, False)).select(newcomers.counted.columns)
