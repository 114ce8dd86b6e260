"""Which repository is which: one key per model, with all the names it has had.

Two names are one model when the register says that the account or repository was renamed, or
when the hub's own key (`_id`) is the same; never when both names stand in one snapshot. In a
panel a name that is not seen is not observed, nothing else: no deletion is read from absence.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

if TYPE_CHECKING:
    from modelcensus.registers.load import Row

_PAIR_ORDER = itemgetter("hub", "old_id", "rule", "new_id", "register_row")

MAPPING_SCHEMA = pa.schema(
    [
        pa.field("hub", pa.string()),
        pa.field("model_id", pa.string()),
        pa.field("current_id", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("register_row", pa.string()),
    ]
)


def name_parts(model_id: ir.StringValue) -> tuple[ir.StringValue, ir.StringValue]:
    """Return namespace and repository name of an id; the namespace of a bare id is null."""
    has_namespace = model_id.contains("/")
    namespace = ibis.cases((has_namespace, model_id.split("/")[0]), else_=ibis.null(str))
    name = ibis.cases((has_namespace, model_id.split("/")[1]), else_=model_id)
    return namespace, name


def renames_table(rows: Iterable[Row]) -> pa.Table:
    """Return the rename register as a table of texts."""
    rows = list(rows)
    columns = {c: [r[c] for r in rows] for c in ("hub", "kind", "old", "new")}
    columns["register_row"] = [r.id for r in rows]
    return pa.table({k: pa.array(v, pa.string()) for k, v in columns.items()})


def registered_pairs(sightings: ir.Table, renames: ir.Table) -> ir.Table:
    """Return (hub, old_id, new_id, rule, register_row) for registered renames that the data show.

    Args:
        sightings: one row per (hub, model_id, file_key).
        renames: `renames_table` as an Ibis table.
    """
    ids = sightings.select("hub", "model_id").distinct()
    namespace, name = name_parts(ids.model_id)
    parts = ids.mutate(namespace=namespace, name=name)
    accounts = renames.filter(renames.kind == "namespace")
    moved = parts.join(accounts, [parts.hub == accounts.hub, parts.namespace == accounts.old])
    by_namespace = moved.select(
        hub=parts.hub,
        old_id=parts.model_id,
        new_id=accounts.new + "/" + parts.name,
        rule=ibis.literal("namespace renamed"),
        register_row=accounts.register_row,
    )
    models = renames.filter(renames.kind == "model")
    by_model = ids.join(models, [ids.hub == models.hub, ids.model_id == models.old]).select(
        hub=ids.hub,
        old_id=ids.model_id,
        new_id=models.new,
        rule=ibis.literal("model renamed"),
        register_row=models.register_row,
    )
    pairs = by_namespace.union(by_model)
    known = ids.view()
    return pairs.semi_join(known, [pairs.hub == known.hub, pairs.new_id == known.model_id])


def hub_key_pairs(metadata: ir.Table) -> ir.Table:
    """Return pairs of names that share the hub's own key, the later name as the new one.

    Args:
        metadata: hub, model_id, hub_key, file_key (in order of labels).
    """
    seen = (
        metadata.filter(metadata.hub_key.notnull())
        .group_by(["hub", "hub_key", "model_id"])
        .agg(last=lambda t: t.file_key.max())
    )
    window = ibis.window(group_by=["hub", "hub_key"], order_by=["last", "model_id"])
    ordered = seen.mutate(new_id=seen.model_id.lead().over(window))
    return ordered.filter(ordered.new_id.notnull()).select(
        hub="hub",
        old_id="model_id",
        new_id="new_id",
        rule=ibis.literal("same key on the hub"),
        register_row=ibis.literal(""),
    )


def never_together(pairs: ir.Table, sightings: ir.Table) -> ir.Table:
    """Return the pairs whose two names stand in no snapshot together."""
    old, new = sightings.view(), sightings.view()
    with_old = pairs.join(old, [pairs.hub == old.hub, pairs.old_id == old.model_id]).select(
        pairs.hub, pairs.old_id, pairs.new_id, old.file_key
    )
    together = with_old.semi_join(
        new,
        [
            with_old.hub == new.hub,
            with_old.new_id == new.model_id,
            with_old.file_key == new.file_key,
        ],
    )
    return pairs.anti_join(together, ["hub", "old_id", "new_id"])


def follow(pairs: pa.Table) -> pa.Table:
    """Return where each old name ends after all its renames (MAPPING_SCHEMA).

    A chain that comes back to itself keeps the name it started from: it proves nothing.
    """
    steps: dict[tuple[str, str], dict[str, str]] = {}
    for pair in sorted(pairs.to_pylist(), key=_PAIR_ORDER):
        steps.setdefault((pair["hub"], pair["old_id"]), pair)
    rows = []
    for (hub, start), first in steps.items():
        visited, current = {start}, first["new_id"]
        while (hub, current) in steps and current not in visited:
            visited.add(current)
            current = steps[hub, current]["new_id"]
        if current not in visited:
            rows.append(
                {
                    "hub": hub,
                    "model_id": start,
                    "current_id": current,
                    "rule": first["rule"],
                    "register_row": first["register_row"],
                }
            )
    return pa.Table.from_pylist(rows, schema=MAPPING_SCHEMA)


def drop_crowded(mapping: ir.Table, sightings: ir.Table) -> ir.Table:
    """Return the mapping without the models of which some snapshot would show two names.

    Pairs that never stand together may still do so through a third name: a to b and b to c
    join a and c, and two accounts may have become one. Then the names stay models of their own.

    Args:
        mapping: the result of `follow`.
        sightings: one row per (hub, model_id, file_key) of the names in it.
    """
    joined = sightings.left_join(mapping, ["hub", "model_id"])
    named = joined.select(
        "hub",
        "model_id",
        "file_key",
        current_id=ibis.coalesce(joined.current_id, joined.model_id),
    )
    shown = named.group_by(["hub", "current_id", "file_key"]).agg(names=named.model_id.nunique())
    crowded = shown.filter(shown.names > 1).select("hub", "current_id").distinct()
    return mapping.anti_join(crowded, ["hub", "current_id"])


def number_models(names: ir.Table, mapping: ir.Table) -> ir.Table:
    """Return every name with the key and the present name of its model.

    Args:
        names: name_key, hub, model_id, first_file, last_file; name_key by first appearance.
        mapping: the result of `follow`.

    Returns:
        The names with current_id, rule, register_row and model_key: the smallest name_key
        among the model's names, so a model that was never renamed keeps its name's key.
    """
    joined = names.left_join(mapping, ["hub", "model_id"])
    known = joined.select(
        "name_key",
        "hub",
        "model_id",
        "first_file",
        "last_file",
        current_id=ibis.coalesce(joined.current_id, joined.model_id),
        rule=ibis.coalesce(joined.rule, ibis.literal("as seen")),
        register_row=ibis.coalesce(joined.register_row, ibis.literal("")),
    )
    same_model = ibis.window(group_by=["hub", "current_id"])
    return known.mutate(model_key=known.name_key.min().over(same_model))
