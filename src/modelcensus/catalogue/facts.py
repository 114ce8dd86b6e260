"""Facts beside the counters: licence, size, task and the rest, kept only when they change."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.fact_words import SIZE_CLASSES
from modelcensus.errors import RegisterError
from modelcensus.registers.load import Registers, Row

NONE_DECLARED = "L9"
UNREAD = "L8"
_BARE = ("other", "unknown")

*_BELOW, _LARGEST = SIZE_CLASSES
_SIZE_STEPS = tuple(
    zip((1_000_000_000, 7_000_000_000, 20_000_000_000, 100_000_000_000), _BELOW, strict=True)
)
"""Upper ends (exclusive) and names of the size classes below the last."""


def licence_lookup(registers: Registers) -> pa.Table:
    """Return the licence register by lower-cased tag: key, licence, licence_class, licence_row.

    Raises:
        RegisterError: two tags differ in case only; the facts would hold both readings.
    """
    rows = registers.usable("licences")
    first: dict[str, Row] = {}
    for row in rows:
        other = first.setdefault(row["tag"].lower(), row)
        if other is not row:
            raise RegisterError(
                row.file,
                row.line,
                f"the tag {row['tag']!r} differs from {other['tag']!r} in case only",
            )
    return pa.table(
        {
            "key": pa.array([r["tag"].lower() for r in rows], pa.string()),
            "licence": pa.array([r["licence"] for r in rows], pa.string()),
            "licence_class": pa.array([r["licence_class"] for r in rows], pa.string()),
            "licence_row": pa.array([r.id for r in rows], pa.string()),
        }
    )


def classify_licences(metadata: ir.Table, lookup: ir.Table) -> ir.Table:
    """Replace has_licence by licence, licence_class and licence_row.

    Where the source has no licences at all (has_licence false) the class is null: not asked
    and not declared are two things. A bare `other` is read by its declared name. Nothing
    declared is L9; a string that the register does not know, or knows only unread, is L8:
    declared, terms unread.
    """
    keyed = metadata.mutate(key=declared_string(metadata))
    found = keyed.left_join(lookup, "key")
    undeclared = ibis.cases(
        (~found.has_licence, ibis.null(str)), (found.key.isnull(), NONE_DECLARED), else_=UNREAD
    )
    return found.mutate(
        licence_class=ibis.coalesce(found.licence_class, undeclared),
        licence_row=ibis.coalesce(found.licence_row, ibis.literal("")),
    ).drop("key", "key_right", "has_licence")


def declared_string(metadata: ir.Table) -> ir.StringValue:
    """Return the string that says which licence is meant, in lower case; null: none declared.

    It is the tag, or the name beside it where the tag is bare or missing.
    """
    tag = metadata.licence_tag.lower().strip()
    named = metadata.licence_name.lower().strip()
    return ibis.cases((tag.isin(_BARE) & named.notnull(), named), else_=ibis.coalesce(tag, named))


def size_class(parameters: ir.IntegerValue, largest: int) -> ir.StringValue:
    """Return the size class of a parameter count; null when unknown or not believable.

    Args:
        parameters: the counts.
        largest: from which count on none is believed (a source holds 2e16).
    """
    return ibis.cases(
        (~is_believable(parameters, largest), ibis.null(str)),
        *[(parameters < limit, name) for limit, name in _SIZE_STEPS],
        (parameters.notnull(), _LARGEST),
        else_=ibis.null(str),
    )


def is_believable(parameters: ir.IntegerValue, largest: int) -> ir.BooleanValue:
    """Return whether a parameter count may be one: above 0, and below the largest."""
    return (parameters > 0) & (parameters < largest)
