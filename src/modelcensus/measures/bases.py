"""What models stand on: their bases or roots, and how credit is divided among them."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.blocs import in_blocs
from modelcensus.releases.release import Release, SnapshotEntry

IMMEDIATE, DECLARED, INFERRED = "immediate", "declared", "inferred"
SELF_REFERENCE = "self_reference"
UNSPECIFIED = "unspecified"
"""Relation of an edge that is named without one."""


def require_lineage(release: Release, contract: Contract) -> None:
    """Refuse a frame whose source says nothing of bases.

    Raises:
        ContractError: names the frames that do.
    """
    if contract.frame in release.lineage_frames:
        return
    told = ", ".join(release.lineage_frames)
    raise ContractError(
        f"the frame {contract.frame} does not tell what its models are built on",
        where=f"--frame {contract.frame}",
        next_step=f"ask a frame that does: {told}"
        if told
        else "import a source that holds declared bases (hub-stats, hub-api, radar)",
    )


def require_lineage_of(release: Release, contract: Contract, last: SnapshotEntry) -> None:
    """Refuse to read the lineage of a later snapshot into an answer as of an earlier one.

    A release keeps the bases that the models of a frame declare at its last snapshot.

    Raises:
        ContractError: says how to build a release as of that day.
    """
    later = [s for s in release.frame_snapshots(contract.frame) if s.key > last.key]
    if contract.frame not in release.lineage_frames or not any(s.has_metadata for s in later):
        return
    raise ContractError(
        f"this release holds what models are built on as declared on {later[-1].label}, "
        f"not as of {last.label}",
        where=f"--frame {contract.frame} --period {contract.period}",
        next_step=f"`census build --until {last.label[:10]}` makes a release as of that day; ask "
        f"it with --release, or ask as of {later[-1].label[:10]}",
    )


def steps(release: Release, contract: Contract, *, copies: bool) -> ir.Table:
    """Return the edges of a frame that lead somewhere else.

    Args:
        release: holds the table `edges`.
        contract: its frame; with the reading `inferred`, inferred edges are among them.
        copies: also the inferred edges that start at a copy which declares no base itself.

    Returns:
        The columns of `edges`; parent_key is null where a base names no repository.
    """
    edges = release.table("edges")
    mine = edges.filter((edges.frame == contract.frame) & (edges.status != SELF_REFERENCE))
    if contract.reading != INFERRED:
        return mine.filter(mine.kind == DECLARED)
    return mine if copies else mine.filter(mine.relation != "same_model")


def bases_of(release: Release, edges: ir.Table, contract: Contract) -> ir.Table:
    """Return what each derivative stands on, by the contract's reading and counting.

    Args:
        release: holds the table `roots`.
        edges: child_key and parent_key of the edges that count.
        contract: frame, reading and counting.

    Returns:
        model_key, node_key (null: what it names is no repository) and credit, which is 1/k for
        each of k bases, or 1 where the counting is full.
    """
    if contract.reading == IMMEDIATE:
        pairs = edges.select(model_key="child_key", node_key="parent_key").distinct()
    else:
        table = release.table("roots")
        roots = table.filter((table.frame == contract.frame) & (table.reading == contract.reading))
        roots = roots.select(parent_key="model_key", root_key="root_key")
        joined = edges.select("child_key", "parent_key").left_join(roots, "parent_key")
        node = ibis.coalesce(joined.root_key, joined.parent_key)
        pairs = joined.select(model_key="child_key", node_key=node).distinct()
    window = ibis.window(group_by="model_key")
    counted = pairs.mutate(known=pairs.node_key.count().over(window))
    # what names no repository is a base only where nothing else is named
    kept = counted.filter(counted.node_key.notnull() | (counted.known == 0))
    number = ibis.greatest(kept.known, ibis.literal(1)).cast("float64")
    credit = ibis.literal(1.0) / number if contract.counting == "fractional" else ibis.literal(1.0)
    return kept.select("model_key", "node_key", credit=credit)


def node_groups(release: Release, contract: Contract) -> ir.Table:
    """Return node_key and the group of its developer (or its account), never null.

    Blocs are those of the frame's last snapshot, whose lineage it is.
    """
    nodes = release.table("nodes")
    column = "country" if contract.by == "bloc" else contract.by
    word = "(no namespace)" if contract.by == "namespace" else UNKNOWN
    named = nodes.select("node_key", group=ibis.coalesce(nodes[column], ibis.literal(word)))
    if contract.by != "bloc":
        return named
    return in_blocs(release, release.frame_snapshots(contract.frame)[-1:], named)


def grouped_bases(bases: ir.Table, groups: ir.Table, counting: str) -> ir.Table:
    """Return model_key, group and credit: each group of a model's bases once.

    Args:
        bases: the result of `bases_of`.
        groups: node_key and group.
        counting: with `full` a group counts once, however many bases it has.
    """
    joined = bases.left_join(groups, "node_key")
    named = joined.mutate(group=ibis.coalesce(joined.group, ibis.literal(UNKNOWN)))
    credit = named.credit.sum() if counting == "fractional" else named.credit.max()
    return named.group_by(["model_key", "group"]).agg(credit=credit)
