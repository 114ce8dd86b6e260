"""Copies counted for what they are copies of: quantised, converted and re-uploaded models."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.combinations import OF_DEVELOPERS
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.bases import node_groups, require_lineage
from modelcensus.measures.fact_groups import fact_credits
from modelcensus.releases.release import Release


def originals(release: Release, contract: Contract) -> ir.Table:
    """Return model_key, node_key and credit: 1/k for each of the k originals of a copy.

    Raises:
        ContractError: the frame does not tell what its models are built on.
    """
    require_lineage(release, contract)
    copies = release.table("copies")
    mine = copies.filter(copies.frame == contract.frame)
    return mine.select("model_key", "credit", node_key="original_key")


def copy_credits(release: Release, contract: Contract) -> ir.Table:
    """Return model_key, group and credit of every copy, by the groups of its originals.

    The credits of a copy sum to 1. An original whose group the frame does not tell is unknown.
    """
    bases = originals(release, contract)
    if contract.by == "total":
        named = bases.mutate(group=ibis.literal("all models"), part=ibis.literal(1.0))
    elif contract.by in OF_DEVELOPERS:
        groups = node_groups(release, contract).mutate(part=ibis.literal(1.0))
        named = bases.left_join(groups, "node_key")
    else:
        words = fact_credits(release, contract)
        groups = words.select("group", node_key="model_key", part="credit")
        named = bases.left_join(groups, "node_key")
    told = named.select(
        "model_key",
        group=ibis.coalesce(named["group"], ibis.literal(UNKNOWN)),
        credit=named.credit * ibis.coalesce(named.part, ibis.literal(1.0)),
    )
    return told.group_by(["model_key", "group"]).agg(credit=told.credit.sum())
