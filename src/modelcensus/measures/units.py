"""What stands as one in a concentration: a group with its sum, or a model that has no group."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.contracts.vocabulary import UNASSIGNED, UNKNOWN
from modelcensus.measures.accounts import NO_NAMESPACE
from modelcensus.measures.inequality import Concentration, Histogram
from modelcensus.measures.selection import Selection

NO_GROUP = (UNKNOWN, UNASSIGNED, "international", "unresolvable", NO_NAMESPACE)
"""Words for models that are in no one group: two of them need not have anything in common."""


@dataclass(frozen=True)
class Units:
    """What stands as one at each snapshot.

    Attributes:
        known: snapshot_key, unit (the group) and value, one row per group; null: no count.
        alone: snapshot_key, unit (the model) and value, of models that are in no group.
    """

    known: ir.Table
    alone: ir.Table


@dataclass(frozen=True)
class Spread:
    """How a metric is spread at one snapshot.

    Attributes:
        values: the known groups and what stands alone, as far as they have a count.
        total: their sum, exact where counts are whole.
        groups_without_count: known groups that no count is known of.
        alone_without_count: models without a group and without a count.
    """

    values: Concentration
    total: float
    groups_without_count: int
    alone_without_count: int


def units_of(selection: Selection) -> Units:
    """Return the units of a selection."""
    rows = selection.values
    if selection.contract.by == "model":
        known = rows.select("snapshot_key", "value", unit="group")
        return Units(known, known.filter(ibis.literal(False)))
    has_none = rows["group"].isin(NO_GROUP)
    grouped = rows.filter(~has_none).group_by(["snapshot_key", "group"]).agg(value=_sum(selection))
    alone = rows.filter(has_none)
    return Units(
        grouped.select("snapshot_key", "value", unit="group"),
        alone.select("snapshot_key", "value", unit=alone.model_key.cast("string")),
    )


def present_at_both_ends(selection: Selection, units: Units) -> Units:
    """Return the units, at every snapshot, that the first and the last snapshot show."""
    ends = [selection.snapshots[0].key, selection.last.key]

    def keep(table: ir.Table) -> ir.Table:
        at_ends = table.filter(table.snapshot_key.isin(ends))
        seen = at_ends.group_by("unit").agg(ends=at_ends.snapshot_key.nunique())
        return table.semi_join(seen.filter(seen.ends == len(ends)), "unit")

    return Units(keep(units.known), keep(units.alone))


def spreads(selection: Selection, units: Units) -> dict[int, Spread]:
    """Return how the metric is spread at each snapshot, by snapshot key."""
    counted = [
        table.group_by(["snapshot_key", "value"])
        .agg(units=table.count())
        .select("snapshot_key", "value", "units", is_known=ibis.literal(is_known))
        for table, is_known in ((units.known, True), (units.alone, False))
    ]
    both = counted[0].union(counted[1])
    order = ["snapshot_key", "is_known", ibis.asc("value", nulls_first=True)]
    found = selection.fetch(both.order_by(order))
    return {s.key: _spread(found, s.key) for s in selection.snapshots}


def _spread(found: pa.Table, key: int) -> Spread:
    mine = found.filter(pc.equal(found["snapshot_key"], key))
    parts = [mine.filter(pc.equal(mine["is_known"], pa.scalar(kind))) for kind in (True, False)]
    missing = [
        int(pc.sum(part.filter(pc.is_null(part["value"]))["units"]).as_py() or 0) for part in parts
    ]
    return Spread(Concentration(*map(_histogram, parts)), sum(map(_total, parts)), *missing)


def _total(part: pa.Table) -> float:
    """Return the sum of a histogram; Python's whole numbers, which no count is too large for."""
    known = part.filter(pc.is_valid(part["value"]))
    if not pa.types.is_integer(known["value"].type):
        return float(np.dot(known["value"].to_numpy(), known["units"].to_numpy()))
    pairs = zip(known["value"].to_pylist(), known["units"].to_pylist(), strict=True)
    total: int = sum(value * units for value, units in pairs)
    return total


def _histogram(part: pa.Table) -> Histogram:
    known = part.filter(pc.is_valid(part["value"]))
    # engines differ in how they write whole numbers; the order is theirs, and ascending
    values = np.asarray(known["value"].to_numpy(), dtype=np.float64)
    counts = np.asarray(known["units"].to_numpy(), dtype=np.int64)
    return Histogram(values, counts)


def _sum(selection: Selection) -> ir.Deferred:
    """Return the sum of a group's values; parts of models are rounded, added in no fixed order."""
    value = ibis._.value.sum()
    return value.cast("int64") if selection.contract.has_whole_values else value.round(6)
