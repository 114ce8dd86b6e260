"""How models are grouped: by who made them, by family, account, facts or another's coding."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.populations import has_values, label_instants, latest_facts, no_fact
from modelcensus.releases.release import Release, SnapshotEntry

_FACT_GROUPS = ("licence_class", "size_class", "library", "pipeline_tag")


def group_models(
    release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry], rows: ir.Table
) -> ir.Table:
    """Return snapshot_key, model_key, group and value of each row.

    Args:
        release: where attribution and facts are.
        contract: what to group by.
        snapshots: those that the rows are of.
        rows: snapshot_key, model_key, value and their codes (table observations).
    """
    by = contract.by
    if by == "total":
        grouped = rows.mutate(group=ibis.literal("all models"))
    elif by == "namespace":
        models = release.table("models").select("model_key", "namespace")
        joined = rows.join(models, "model_key")
        grouped = joined.mutate(
            group=ibis.coalesce(joined.namespace, ibis.literal("(no namespace)"))
        )
    elif by in _FACT_GROUPS:
        grouped = _by_fact(release, contract, rows)
    elif contract.coding != "census":
        grouped = _by_coding(release, contract, rows)
    elif by == "family" or contract.lens_value == "developer":
        grouped = _by_code(release, contract, rows)
    else:
        grouped = _by_publisher(release, contract, snapshots, rows)
    return grouped.select("snapshot_key", "model_key", "group", "value")


def deciding_rows(
    release: Release, contract: Contract, snapshot: SnapshotEntry, rows: ir.Table
) -> ir.Table:
    """Return the rows of one snapshot with the register rows that decided their groups.

    Args:
        release: where the attribution is.
        contract: grouped by country, developer or developer type.
        snapshot: the snapshot that the rows are of.
        rows: model_key, group and value.

    Returns:
        model_key, group, value, namespace_row and developer_row (empty when none).
    """
    table = release.table("attribution")
    at = ibis.literal(snapshot.label_at.replace(tzinfo=None)).cast("timestamp('UTC', 6)")
    lens = table.filter(
        (table.lens == contract.lens_value) & (table.valid_from <= at) & (table.valid_to > at)
    )
    decided = rows.select("model_key", "group", "value").left_join(
        lens.select("model_key", "namespace_row", "developer_row"), "model_key"
    )
    return decided.drop("model_key_right").fill_null({"namespace_row": "", "developer_row": ""})


def _by_code(release: Release, contract: Contract, rows: ir.Table) -> ir.Table:
    groups = release.table("groups")
    meaning = groups.filter(groups.kind == contract.by)
    named = meaning.select("group", **{f"{contract.by}_code": "code"})
    return rows.join(named, f"{contract.by}_code")


def _by_publisher(
    release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry], rows: ir.Table
) -> ir.Table:
    table = release.table("attribution")
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
    column = contract.by
    facts = latest_facts(release, contract)
    if not has_values(release, facts, column):
        raise no_fact(contract, f"any {column.replace('_', ' ')}")
    joined = rows.left_join(facts.select("model_key", column), "model_key")
    return joined.select(
        "snapshot_key",
        "value",
        model_key=rows.model_key,
        group=ibis.coalesce(joined[column], ibis.literal(UNKNOWN)),
    )
