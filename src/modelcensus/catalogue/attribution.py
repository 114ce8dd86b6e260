"""Whose model it is: publisher, developer and family, each with the rule and row that said so."""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.catalogue.ownership import END, START
from modelcensus.contracts.vocabulary import UNASSIGNED, UNKNOWN
from modelcensus.registers.load import Registers

_FACTS = ("developer", "developer_type", "country", "namespace_row", "developer_row")


def attribute_publishers(models: ir.Table, ownership: ir.Table) -> ir.Table:
    """Return the owner of each model's namespace, one row per interval of ownership.

    Args:
        models: model_key, hub, namespace, released_at.
        ownership: `ownership_intervals` as an Ibis table.

    Returns:
        model_key, lens ("publisher"), valid_from, valid_to, developer, developer_type, country,
        rule, namespace_row, developer_row; nothing for namespaces the register does not know.
    """
    owned = models.join(
        ownership, [models.hub == ownership.hub, models.namespace == ownership.namespace]
    )
    return owned.select(
        model_key=models.model_key,
        lens=ibis.literal("publisher"),
        valid_from=ownership.valid_from,
        valid_to=ownership.valid_to,
        **{name: ownership[name] for name in _FACTS},
        rule=ibis.literal("namespace register"),
    )


def attribute_developers(models: ir.Table, ownership: ir.Table) -> ir.Table:
    """Return who trained each model: the owner of its namespace when it was released.

    A later transfer of the account does not move it. What a redistributor publishes was
    trained by somebody else, so it stays unattributed under this lens.
    """
    owned = models.join(
        ownership,
        [
            models.hub == ownership.hub,
            models.namespace == ownership.namespace,
            models.released_at >= ownership.valid_from,
            models.released_at < ownership.valid_to,
            ownership.role != "redistributor",
        ],
    )
    return owned.select(
        model_key=models.model_key,
        lens=ibis.literal("developer"),
        valid_from=_instant(START),
        valid_to=_instant(END),
        **{name: ownership[name] for name in _FACTS},
        rule=ibis.literal("namespace register, owner at release"),
    )


def complete(models: ir.Table, attributed: ir.Table, lens: str) -> ir.Table:
    """Return the attribution with a row for every model: what nobody claims is `unknown`."""
    missing = models.anti_join(attributed, "model_key")
    namespace_rule = ibis.cases(
        (missing.namespace.isnull(), "no namespace"), else_="namespace not in the register"
    )
    unknown = missing.select(
        model_key=missing.model_key,
        lens=ibis.literal(lens),
        valid_from=_instant(START),
        valid_to=_instant(END),
        developer=ibis.literal(UNKNOWN),
        developer_type=ibis.literal(UNKNOWN),
        country=ibis.literal(UNKNOWN),
        namespace_row=ibis.literal(""),
        developer_row=ibis.literal(""),
        rule=namespace_rule,
    )
    return attributed.union(unknown.select(attributed.columns))


def family_patterns(registers: Registers) -> pa.Table:
    """Return the family register as patterns, the first match winning by `place`."""
    rows = sorted(
        registers.usable("families"), key=lambda r: (int(r["priority"]), r["family"], r["pattern"])
    )
    names = ("hub", "namespace", "developer", "family")
    columns = {n: pa.array([r[n] for r in rows], pa.string()) for n in names}
    columns["pattern"] = pa.array([f"(?i){r['pattern']}" for r in rows], pa.string())
    columns["family_row"] = pa.array([r.id for r in rows], pa.string())
    columns["place"] = pa.array(range(len(rows)), pa.int32())
    return pa.table(columns)


def assign_families(models: ir.Table, developers: ir.Table, patterns: ir.Table) -> ir.Table:
    """Return the family of each model.

    A pattern counts only in the namespaces it is registered for: a name borrowed elsewhere is
    not a member. A registered copy (Llama under a fine-tuner's account) keeps its line's family.

    Args:
        models: model_key, hub, namespace, name.
        developers: model_key, developer (the developer lens).
        patterns: `family_patterns` as an Ibis table.

    Returns:
        model_key, family (`unassigned` when the developer is known and no line matches,
        `unknown` when the developer is not), family_row.
    """
    mine = models.join(developers.select("model_key", "developer"), "model_key")
    tried = mine.join(
        patterns,
        [
            mine.hub == patterns.hub,
            mine.namespace == patterns.namespace,
        ],
    ).select(
        mine.model_key,
        mine.name,
        patterns.family,
        patterns.pattern,
        patterns.family_row,
        patterns.place,
    )
    hits = tried.filter(tried.name.re_search(tried.pattern))
    order = ibis.window(group_by="model_key", order_by="place")
    best = hits.mutate(nth=ibis.row_number().over(order)).filter(lambda t: t.nth == 0)
    found = mine.left_join(best.select("model_key", "family", "family_row"), "model_key")
    fallback = ibis.cases((found.developer == UNKNOWN, UNKNOWN), else_=UNASSIGNED)
    return found.select(
        "model_key",
        family=ibis.coalesce(found.family, fallback),
        family_row=ibis.coalesce(found.family_row, ibis.literal("")),
    )


def _instant(moment: datetime) -> ir.TimestampScalar:
    return ibis.literal(moment.replace(tzinfo=None)).cast("timestamp('UTC', 6)")
