"""Edges as models declare them: which base, of what kind, said where, and what became of it."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

UNSPECIFIED = "unspecified"
"""Relation of an edge that only a card or an untyped tag declares."""

RESOLVED = "resolved"
NAMED_ONLY = "named_only"
SELF_REFERENCE = "self_reference"
UNRESOLVABLE = "unresolvable_reference"

STATUSES = {
    RESOLVED: "the base was observed in some frame",
    NAMED_ONLY: "the base is well named, and no source showed it",
    SELF_REFERENCE: "the model names itself; kept, and no step of a chain",
    UNRESOLVABLE: "a local path or a word that names no repository; kept, and it has no roots",
}

_SOURCES = ("base_models", "tag", "card")
_REPOSITORY = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*/[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*$"
"""`namespace/name` as hubs allow it. A path has more slashes, or none."""


def declarations(facts: ir.Table) -> ir.Table:
    """Return what is declared, one row per child, base and relation.

    A card that names a base which a tag names with its relation says nothing new; one that
    nothing else names gives an edge of unspecified relation.

    Args:
        facts: frame, hub, model_key, base_models (lists of relation, model_id, source).

    Returns:
        frame, hub, child_key, reference, relation, sources (`base_models`, `tag`, `card`, those
        that say so, joined by semicolons).
    """
    listed = facts.filter(facts.base_models.length() > 0)
    each = listed.select("frame", "hub", child_key="model_key", base=listed.base_models.unnest())
    said = each.select(
        "frame",
        "hub",
        "child_key",
        reference=each.base["model_id"].strip(),
        relation=each.base["relation"],
        source=each.base["source"],
    )
    pair = ["frame", "hub", "child_key", "reference"]
    pairs = said.group_by(pair).agg(
        typed=said.relation.notnull().cast("int32").sum(),
        in_card=(said.source == "card").cast("int32").max(),
    )
    joined = said.join(pairs, pair)
    # an untyped declaration counts only where no typed one names the same base
    kept = joined.filter(joined.relation.notnull() | (joined.typed == 0))
    grouped = kept.group_by([*pair, "relation"]).agg(
        in_card=kept.in_card.max(),
        **{
            f"in_{name}": (kept.source == name).cast("int32").max()
            for name in _SOURCES
            if name != "card"
        },
    )
    return grouped.select(
        *pair,
        relation=ibis.coalesce(grouped.relation, ibis.literal(UNSPECIFIED)),
        sources=_joined(grouped),
    )


def _joined(table: ir.Table) -> ir.StringValue:
    parts = [ibis.ifelse(table[f"in_{name}"] == 1, f"{name};", "") for name in _SOURCES]
    return (parts[0] + parts[1] + parts[2]).re_replace(";$", "")


def resolve(declared: ir.Table, names: ir.Table) -> ir.Table:
    """Return the declared edges with the model that each reference names.

    Args:
        declared: the result of `declarations`.
        names: every name of every observed model: hub, model_id, model_key, rule.

    Returns:
        The columns of `declared`, observed_key (null when no source showed the base), status
        (STATUSES) and rule (how the name was found; empty when it was not).
    """
    known = names.select("hub", reference="model_id", observed_key="model_key", rule="rule")
    joined = declared.left_join(known, ["hub", "reference"])
    is_self = joined.observed_key == joined.child_key
    status = ibis.cases(
        (is_self, SELF_REFERENCE),
        (joined.observed_key.notnull(), RESOLVED),
        (joined.reference.re_search(_REPOSITORY), NAMED_ONLY),
        else_=UNRESOLVABLE,
    )
    return joined.select(
        *declared.columns,
        "observed_key",
        status=status,
        rule=ibis.coalesce(joined.rule, ibis.literal("")),
    )
