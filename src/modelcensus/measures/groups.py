"""How models are grouped: by who made them, by family, account, facts or another's coding."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.combinations import SUB_TYPE
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.fact_words import MANY_VALUED
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.accounts import with_accounts
from modelcensus.measures.bases import (
    bases_of,
    grouped_bases,
    node_groups,
    require_lineage,
    steps,
)
from modelcensus.measures.blocs import in_blocs
from modelcensus.measures.copies import copy_credits, originals
from modelcensus.measures.fact_groups import FACT_GROUPS, fact_credits
from modelcensus.measures.populations import has_values, label_instants
from modelcensus.releases.release import Release, SnapshotEntry


def group_models(
    release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry], rows: ir.Table
) -> ir.Table:
    """Return snapshot_key, model_key, group and value of each row.

    A model that stands in several groups has a row in each; its value is divided among them,
    or whole in each where the counting is full.

    Args:
        release: where attribution and facts are.
        contract: what to group by.
        snapshots: those that the rows are of.
        rows: snapshot_key, model_key, value and their codes (table observations).
    """
    if contract.by == "bloc":
        by_country = contract.with_values(by="country")
        grouped = group_models(release, by_country, snapshots, rows)
        return _once(contract, in_blocs(release, snapshots, grouped))
    if contract.lens == "base":
        grouped = _by_base(release, contract, snapshots, rows)
    elif contract.roll_up != "none":
        grouped = _by_original(release, contract, snapshots, rows)
    else:
        grouped = _by_own(release, contract, snapshots, rows)
    return grouped.select("snapshot_key", "model_key", "group", "value")


def _by_own(
    release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry], rows: ir.Table
) -> ir.Table:
    """Group models by what they are themselves."""
    by = contract.by
    if by == "total":
        return rows.mutate(group=ibis.literal("all models"))
    if by == "model":
        return rows.mutate(group=rows.model_key.cast("string"))
    if by == "namespace":
        return with_accounts(release, snapshots, rows)
    if by in FACT_GROUPS:
        return _by_fact(release, contract, rows)
    if by == SUB_TYPE:
        return _by_publisher(release, contract, snapshots, rows, _with_sub_types(release))
    if contract.coding != "census":
        return _by_coding(release, contract, rows)
    if by == "family" or contract.lens_value == "developer":
        return _by_code(release, contract, rows)
    return _by_publisher(release, contract, snapshots, rows, release.table("attribution"))


def _once(contract: Contract, rows: ir.Table) -> ir.Table:
    """Return one row for each model and group, where several groups may have become one."""
    if not contract.has_several_groups:
        return rows
    value = rows.value.max() if contract.counting == "full" else rows.value.sum()
    return rows.group_by(["snapshot_key", "model_key", "group"]).agg(value=value)


def deciding_rows(
    release: Release, contract: Contract, snapshot: SnapshotEntry, rows: ir.Table
) -> ir.Table:
    """Return the rows of one snapshot with the register rows that decided their groups.

    Args:
        release: where the attribution is.
        contract: grouped by country, bloc, developer or developer type.
        snapshot: the snapshot that the rows are of.
        rows: model_key, group and value.

    Returns:
        model_key, group, value, namespace_row and developer_row (empty when none).
    """
    if contract.lens == "base":
        bases = bases_of(release, steps(release, contract, copies=True), contract)
        return _rows_of_bases(release, contract, rows, bases)
    if contract.roll_up != "none":
        copies = originals(release, contract)
        own = rows.anti_join(copies, "model_key")
        decided = deciding_rows(release, contract.with_values(roll_up="none"), snapshot, own)
        decided = decided.mutate(value=decided.value.cast("float64"))
        theirs = _rows_of_bases(release, contract, rows, copies)
        return decided.union(theirs.select(decided.columns))
    table = release.table("attribution")
    at = ibis.literal(snapshot.label_at.replace(tzinfo=None)).cast("timestamp('UTC', 6)")
    lens = table.filter(
        (table.lens == contract.lens_value) & (table.valid_from <= at) & (table.valid_to > at)
    )
    decided = rows.select("model_key", "group", "value").left_join(
        lens.select("model_key", "namespace_row", "developer_row"), "model_key"
    )
    return decided.drop("model_key_right").fill_null({"namespace_row": "", "developer_row": ""})


def _rows_of_bases(
    release: Release, contract: Contract, rows: ir.Table, bases: ir.Table
) -> ir.Table:
    """Return rows divided among the bases of their group, with the register rows of each."""
    nodes = release.table("nodes").select("node_key", "namespace_row", "developer_row")
    named = bases.join(node_groups(release, contract), "node_key").join(nodes, "node_key")
    window = ibis.window(group_by=["model_key", "group"])
    parts = named.mutate(part=named.credit / named.credit.sum().over(window))
    joined = rows.select("model_key", "group", "value").join(parts, ["model_key", "group"])
    return joined.select(
        "model_key", "group", "namespace_row", "developer_row", value=joined.value * joined.part
    )


def _by_base(
    release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry], rows: ir.Table
) -> ir.Table:
    """Group by who made what a model stands on; one that names no base stands for itself.

    Its value is divided among its bases: a row per model and group, whose values are no whole
    numbers.
    """
    require_lineage(release, contract)
    bases = bases_of(release, steps(release, contract, copies=True), contract)
    credits = grouped_bases(bases, node_groups(release, contract), contract.counting)
    lens = "" if contract.by == "namespace" else "developer"
    own = group_models(release, contract.with_values(lens=lens), snapshots, rows)
    joined = own.left_join(credits, "model_key")
    return joined.select(
        "snapshot_key",
        "model_key",
        group=ibis.coalesce(joined.group_right, joined.group),
        value=joined.value.cast("float64") * ibis.coalesce(joined.credit, ibis.literal(1.0)),
    )


def _by_original(
    release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry], rows: ir.Table
) -> ir.Table:
    """Group copies by what they are copies of, and every other model by what it is itself."""
    credits = copy_credits(release, contract)
    plain = contract.with_values(roll_up="none")
    own = group_models(release, plain, snapshots, rows.anti_join(credits, "model_key"))
    copies = rows.select("snapshot_key", "model_key", "value").join(credits, "model_key")
    divided = copies.select(
        "snapshot_key", "model_key", "group", value=copies.value.cast("float64") * copies.credit
    )
    return own.mutate(value=own.value.cast("float64")).union(divided)


def _by_code(release: Release, contract: Contract, rows: ir.Table) -> ir.Table:
    groups = release.table("groups")
    meaning = groups.filter(groups.kind == contract.by)
    named = meaning.select("group", **{f"{contract.by}_code": "code"})
    return rows.join(named, f"{contract.by}_code")


def _with_sub_types(release: Release) -> ir.Table:
    """Return the attribution with sub-types: those of industry, else the developer's type."""
    table, register = release.table("attribution"), release.register("developers")
    known = register.select("sub_type", developer_row="row_id")
    joined = table.left_join(known, "developer_row").drop("developer_row_right")
    has_one = (joined.developer_type == "industry") & (joined.sub_type != "")
    named = ibis.literal("industry: ") + joined.sub_type
    return joined.mutate(
        developer_sub_type=ibis.ifelse(
            ibis.coalesce(has_one, ibis.literal(False)), named, joined.developer_type
        )
    )


def _by_publisher(
    release: Release,
    contract: Contract,
    snapshots: Sequence[SnapshotEntry],
    rows: ir.Table,
    table: ir.Table,
) -> ir.Table:
    """Group by what the owner of each model was at each snapshot, by the dated attribution."""
    lens = table.filter(table.lens == contract.lens_value)
    dated = rows.join(label_instants(release, snapshots), "snapshot_key")
    joined = dated.left_join(
        lens,
        [
            dated.model_key == lens.model_key,
            dated.label_at >= lens.valid_from,
            dated.label_at < lens.valid_to,
        ],
    )
    return joined.select(
        dated.snapshot_key,
        dated.model_key,
        dated.value,
        group=ibis.coalesce(lens[contract.by], ibis.literal(UNKNOWN)),
    )


def _by_coding(release: Release, contract: Contract, rows: ir.Table) -> ir.Table:
    codings = release.table("codings")
    mine = codings.filter(codings.coding == contract.coding)
    if not has_values(release, mine, "namespace"):
        raise ContractError(
            f"the release holds no coding {contract.coding!r}",
            next_step=f"`census import {contract.coding} PATH`, then `census build`",
        )
    names = release.table("names")
    # A coding may name an account by a former name: every name of the model is looked up.
    spelled = names.mutate(account=names.model_id.split("/")[0])
    coded = spelled.join(mine, [spelled.hub == mine.hub, spelled.account == mine.namespace])
    one = coded.group_by("model_key").agg(word=coded["group"].max())
    joined = rows.left_join(one, "model_key")
    return joined.select(
        "snapshot_key",
        "value",
        model_key=rows.model_key,
        group=ibis.coalesce(joined.word, ibis.literal(UNKNOWN)),
    )


def _by_fact(release: Release, contract: Contract, rows: ir.Table) -> ir.Table:
    """Group by facts; a model of several words is divided among them, or whole in each."""
    joined = rows.left_join(fact_credits(release, contract), "model_key")
    group = ibis.coalesce(joined["group"], ibis.literal(UNKNOWN))
    value = joined.value
    if contract.by in MANY_VALUED and contract.counting == "fractional":
        value = value.cast("float64") * ibis.coalesce(joined.credit, ibis.literal(1.0))
    return joined.select("snapshot_key", model_key=rows.model_key, group=group, value=value)
