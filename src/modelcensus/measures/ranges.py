"""Sums of worst and likely ranges by group, and the accounts behind what nobody is known to own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.combinations import SUB_TYPE
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.aggregate import Sums
from modelcensus.measures.creation import created_models
from modelcensus.measures.differences import FROZEN, doubted_snapshots
from modelcensus.measures.doubts import RANGES, model_ranges
from modelcensus.measures.selection import Selection
from modelcensus.measures.summing import is_summed
from modelcensus.releases.release import SnapshotEntry


@dataclass(frozen=True)
class Range:
    """What a group's value can be: at worst, and likely."""

    low: float
    high: float
    likely_low: float
    likely_high: float

    def __add__(self, other: Range) -> Range:
        """Return both together."""
        return Range(*(getattr(self, n) + getattr(other, n) for n in RANGES))


@dataclass(frozen=True)
class Ranges:
    """Ranges of all groups at one snapshot.

    Attributes:
        groups: group -> its range.
        doubted: models whose range is wider than nothing.
        endless: models of which nothing bounds the value from above; they are in no range.
        unreviewed: the part of the unknown group whose developer nobody is known to be; the rest
            has a developer without a country, such as a natural person, and keeps it.
        squares: sum over the unreviewed accounts of the square of the most that each likely holds.
        accounts: group -> how many accounts have a model in it.
        unseen: groups with models that were created since counts were last renewed: whatever
            such a model is counted as, nothing bounds what it had.
        largest: the most that each of the LARGEST largest of them likely holds, falling.
    """

    groups: dict[str, Range]
    doubted: int
    endless: int
    unreviewed: Range
    squares: float
    accounts: Mapping[str, int]
    unseen: frozenset[str] = frozenset()
    largest: tuple[float, ...] = ()

    def total(self, name: str, *, without: str = "", unknown: bool = True) -> float:
        """Return the sum of one end of the ranges over groups.

        Args:
            name: low, high, likely_low or likely_high.
            without: a group left out.
            unknown: whether the unknown part is added.
        """
        return sum(
            float(getattr(r, name))
            for g, r in self.groups.items()
            if g != without and (unknown or g != UNKNOWN)
        )


def ranges_of(selection: Selection, sums: Sums) -> Ranges:
    """Return what each group's value can be; the values themselves where nothing is doubted."""
    values = selection.values
    rows = values.filter(values.snapshot_key == selection.last.key)
    table = None if selection.contract.has_several_groups else model_ranges(selection)
    plain = {g: Range(v, v, v, v) for g, v in sums.values.items()}
    if table is None and not sums.values.get(UNKNOWN):
        return Ranges(plain, 0, 0, _NOTHING, 0.0, {})
    if table is None:
        value = rows.value.cast("float64")
        ranged = rows.select("model_key", "group", **dict.fromkeys(RANGES, value))
    else:
        named = rows.select("model_key", "group")
        ranged = named.join(_capped(selection, table), "model_key")
    # sums of counts stay exact where nothing is doubted
    exact = plain if table is None else None
    accounts = _accounts(selection, ranged)
    found = gathered(selection.fetch(sums_of_accounts(accounts)).to_pylist(), plain, exact)
    return replace(
        found,
        largest=largest_of(selection.fetch(largest_unreviewed(accounts))),
        unseen=frozenset() if table is None else _unseen(selection, rows),
    )


def _unseen(selection: Selection, rows: ir.Table) -> frozenset[str]:
    """Return the groups with models created since counts were last renewed.

    Empty but for counts at snapshots that repeat the ones before them. In a sum of counts such a
    model is bounded by what the first renewed snapshot after tells of it, where there is one.
    """
    contract, last = selection.contract, selection.last
    if contract.metric_term.is_of_period and not is_summed(contract):
        return frozenset()
    repeated = doubted_snapshots(selection.release, contract.frame, [FROZEN])
    asked = selection.snapshots if is_summed(contract) else [last]
    found: set[str] = set()
    for at in (s for s in asked if s.key in repeated):
        new = rows.semi_join(_born_under(selection, at, repeated), "model_key")
        named = new.select(name=new["group"]).distinct().order_by("name")
        found |= set(selection.fetch(named)["name"].to_pylist())
    return frozenset(found)


def _born_under(selection: Selection, at: SnapshotEntry, repeated: frozenset[int]) -> ir.Table:
    """Return the models created since counts were renewed before a snapshot, and untold after."""
    release, frame = selection.release, selection.contract.frame
    able = [s for s in release.frame_snapshots(frame) if s.key <= selection.last.key]
    renewed = [s for s in able if s.key < at.key and s.key not in repeated]
    born = created_models(release, selection.last)
    if not renewed:
        return born.filter(ibis.literal(False))
    # a label may be a day, and models of that day are listed, too
    since, until = (
        ibis.literal(instant.replace(tzinfo=None)).cast("timestamp('UTC', 6)")
        for instant in (renewed[-1].label_at, at.label_at + timedelta(days=1))
    )
    new = born.filter((born.created_at >= since) & (born.created_at < until))
    doubted = doubted_snapshots(release, frame)
    later = [s for s in able if s.key > at.key and s.key not in doubted]
    return new.anti_join(release.observations(later[:1]), "model_key") if later else new


def gathered(
    rows: Sequence[Mapping[str, Any]],
    plain: Mapping[str, Range],
    exact: Mapping[str, Range] | None = None,
) -> Ranges:
    """Return the rows of `sums_of_accounts` as ranges.

    Args:
        rows: what was found, by group and by whether its developer is known.
        plain: group -> its value as told, for groups that no row is about.
        exact: the groups' ranges where they are known to be without width; None: the rows' sums.
    """
    groups: dict[str, Range] = {}
    for row in rows:
        groups[row["group"]] = groups.get(row["group"], _NOTHING) + _range(row)
    open_rows = [r for r in rows if r["group"] == UNKNOWN and not r["is_reviewed"]]
    return Ranges(
        dict(exact) if exact is not None else {**plain, **groups},
        sum(r["doubted"] or 0 for r in rows),
        sum(r["endless"] or 0 for r in rows),
        _range(open_rows[0]) if open_rows else _NOTHING,
        float(open_rows[0]["squares"] or 0) if open_rows else 0.0,
        {row["group"]: row["accounts"] for row in rows if row["is_reviewed"]},
    )


_NOTHING = Range(0.0, 0.0, 0.0, 0.0)


def _range(row: Mapping[str, Any]) -> Range:
    return Range(*(float(row[name] or 0) for name in RANGES))


def _capped(selection: Selection, table: ir.Table) -> ir.Table:
    """Return ranges cut where the contract cuts large counts."""
    head, _, number = selection.contract.outliers.partition(":")
    if head != "cap":
        return table
    ends = {n: ibis.ifelse(table[n] > int(number), int(number), table[n]) for n in RANGES}
    return table.mutate(**ends)


def _accounts(selection: Selection, rows: ir.Table) -> ir.Table:
    """Return the accounts that hold some rows, for `sums_of_accounts`.

    Args:
        selection: whose rows they are.
        rows: model_key, group and RANGES; a model without an account stands alone.
    """
    models = selection.release.table("models").select("model_key", "namespace", "model_id")
    named = rows.join(models, "model_key")
    if _is_by_developer(selection.contract):
        attribution = selection.release.table("attribution")
        known = attribution.filter(
            (attribution.lens == selection.contract.lens_value) & (attribution.developer != UNKNOWN)
        )
        reviewed = known.select("model_key").distinct().mutate(reviewed=ibis.literal(True))
        joined = named.left_join(reviewed, "model_key").drop("model_key_right")
        named = joined.mutate(reviewed=ibis.coalesce(joined.reviewed, ibis.literal(False)))
    else:
        named = named.mutate(reviewed=named["group"] != UNKNOWN)
    return named.group_by(
        group=named["group"],
        is_reviewed=named.reviewed,
        account=ibis.coalesce(named.namespace, named.model_id),
    ).agg(
        **{name: named[name].cast("float64").sum() for name in RANGES},
        doubted=(named.high > named.low).cast("int64").sum(),
        endless=named.high.isnull().cast("int64").sum(),
    )


LARGEST = 6
"""How many unreviewed accounts are looked at one by one; the others are many or small."""


def largest_unreviewed(accounts: ir.Table) -> ir.Table:
    """Return `held`, falling: the most that each of the largest unreviewed accounts may hold."""
    open_ones = accounts.filter((accounts["group"] == UNKNOWN) & ~accounts.is_reviewed)
    held = open_ones.select(held=open_ones.likely_high.round(9)).filter(ibis._.held > 0)
    return held.order_by(ibis.desc("held")).limit(LARGEST)


def largest_of(rows: pa.Table) -> tuple[float, ...]:
    """Return the result of `largest_unreviewed` as `Ranges` holds it."""
    return tuple(rows["held"].to_pylist())


_BY_DEVELOPER = ("country", "bloc", "developer", "developer_type", SUB_TYPE, "family")


def _is_by_developer(contract: Contract) -> bool:
    """Return whether the unknown group is of developers whom our own registers do not know.

    Elsewhere (by facts, or by another's coding) a known developer says nothing of the group.
    """
    return contract.by in _BY_DEVELOPER and contract.coding == "census"


def sums_of_accounts(accounts: ir.Table, digits: int = 3) -> ir.Table:
    """Return sums of ranges by group and by whether the developer is known.

    Args:
        accounts: group, is_reviewed, account, RANGES, doubted and endless (models).
        digits: behind the point; sums of floats have no order, so the last ones are cut.

    Returns:
        group, is_reviewed, the sums of RANGES, doubted and endless (models), accounts, and squares:
        the sum over accounts of the square of the most that each likely holds.
    """
    summed = accounts.mutate(square=accounts.likely_high * accounts.likely_high)
    return (
        summed.group_by(["group", "is_reviewed"])
        .agg(
            **{name: summed[name].sum().round(digits) for name in RANGES},
            doubted=summed.doubted.sum(),
            endless=summed.endless.sum(),
            squares=summed.square.sum(),
            accounts=summed.count(),
        )
        .order_by(["group", "is_reviewed"])
    )
