"""What shares of new derivatives can be: bases of nobody known, and counts beside a threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.bases import UNSPECIFIED, bases_of, node_groups
from modelcensus.measures.bounds import within_frame
from modelcensus.measures.doubts import RANGES, count_ranges
from modelcensus.measures.intervals import intervals_of, rounded_outwards
from modelcensus.measures.newcomers import Newcomers, threshold_counter
from modelcensus.measures.ranges import (
    Range,
    Ranges,
    gathered,
    largest_of,
    largest_unreviewed,
    sums_of_accounts,
)

Credits = Mapping[str, tuple[float, int]]
"""Group -> credits and derivatives of one month."""

HUB_WIDE = {
    "status": "unknown here",
    "why": "what models outside the frame stand on is not known",
    "groups": {},
}


def derivative_bounds(
    newcomers: Newcomers, month: int, credits: Credits, headline: Sequence[str]
) -> dict[str, Any]:
    """Return bounds of each headline group's share of a month's derivatives.

    Within the frame at worst: all unknown bases are the group's or none is, and derivatives whose
    downloads may lie on either side of the threshold count where that is worst. The interval
    draws unknown accounts as intervals of other shares do (decision 0014). Where a derivative
    counts whole for each of its groups there is no interval.
    """
    shown = [g for g in headline if g != UNKNOWN]
    whole = sum(value for value, _ in credits.values())
    if not whole:
        return {"within_frame": {}, "hub_wide": HUB_WIDE}
    if newcomers.contract.counting != "fractional":
        unknown = credits.get(UNKNOWN, (0.0, 0))[0]
        held = {g: credits.get(g, (0.0, 0))[0] for g in shown}
        within = {g: [held[g] / whole, (held[g] + unknown) / whole] for g in shown}
        return {"within_frame": within, "hub_wide": HUB_WIDE}
    # a group that the registers know and nothing stands on has bounds, too
    ranges = derivative_ranges(newcomers, month, {**dict.fromkeys(shown, (0.0, 0)), **credits})
    return {
        "within_frame": {g: rounded_outwards(within_frame(ranges, g)) for g in shown},
        "derivatives_in_doubt": ranges.doubted,
        "interval": intervals_of(ranges, shown),
        "hub_wide": HUB_WIDE,
    }


def derivative_ranges(newcomers: Newcomers, month: int, credits: Credits) -> Ranges:
    """Return what the credits of each group of bases can be in a month, by account of the base."""
    release, contract = newcomers.release, newcomers.contract
    every = newcomers.with_values(threshold="0")
    counting = _counting(newcomers)
    nodes = release.table("nodes").select("node_key", "namespace", "model_id", "developer")
    groups = node_groups(release, contract)
    bases = bases_of(release, every.counted, contract).join(counting, "model_key")
    if contract.relation not in ("any", UNSPECIFIED):
        bases = bases.union(_untyped(every, counting).select(bases.columns))
    bases = bases.filter(bases.month == month)
    bases = bases.union(_reborn(every, month).select(bases.columns))
    named = bases.left_join(groups, "node_key").drop("node_key_right")
    held = named.left_join(nodes, "node_key")
    # what names no repository is of nobody, and of nobody twice
    alone = ibis.literal("base of ") + held.model_key.cast("string")
    accounts = held.group_by(
        group=ibis.coalesce(held["group"], ibis.literal(UNKNOWN)),
        is_reviewed=ibis.coalesce(held.developer, ibis.literal(UNKNOWN)) != UNKNOWN,
        account=ibis.coalesce(held.namespace, held.model_id, alone),
    ).agg(
        **{name: (held.credit * held[name]).sum() for name in RANGES},
        doubted=(held.high > held.low).cast("int64").sum(),
        endless=held.high.isnull().cast("int64").sum(),
    )
    rows = release.fetch(sums_of_accounts(accounts, 9)).to_pylist()
    plain = {g: Range(v, v, v, v) for g, (v, _) in credits.items()}
    largest = largest_of(release.fetch(largest_unreviewed(accounts)))
    return replace(gathered(rows, plain), largest=largest)


def _untyped(every: Newcomers, counting: ir.Table) -> ir.Table:
    """Return the bases of models that name some without a relation, and none of the asked one.

    Such a model may be a derivative of any relation, or not: it counts at most.
    """
    loose = every.with_values(relation=UNSPECIFIED).counted
    alone = loose.anti_join(every.counted, "child_key")
    bases = bases_of(every.release, alone, every.contract).join(counting, "model_key")
    return bases.mutate(low=ibis.literal(0.0), likely_low=ibis.literal(0.0))


def _reborn(every: Newcomers, month: int) -> ir.Table:
    """Return the bases of ids that stand for another repository since the month began.

    A release knows an id by its first repository, so when the later one was created is not told:
    it counts at most, whatever its relation.
    """
    release, contract = every.release, every.contract
    incidents = release.table("incidents")
    since = f"{month_text(month)}-01"
    found = incidents.filter(
        (incidents.kind == "reupload")
        & (incidents.frame == contract.frame)
        & (incidents.label_after >= since)
    )
    models = release.table("models")
    ours = models.filter(models.hub == every.snapshot.hub)
    named = ours.semi_join(found.select(model_id="subject"), "model_id")
    counter = threshold_counter(every.snapshot)
    seen = release.observations([every.snapshot]).select("model_key", downloads=counter)
    there = named.join(seen, "model_key").anti_join(
        every.children.filter(every.children.month == month), "model_key"
    )
    children = there.select(
        "model_key",
        month=ibis.literal(month).cast("int32"),
        account="namespace",
        downloads="downloads",
    )
    other = replace(every, children=children).with_values(relation="any")
    bases = bases_of(release, other.counted, contract)
    ends = {n: ibis.literal(1.0 if n in ("high", "likely_high") else 0.0) for n in RANGES}
    return bases.mutate(month=ibis.literal(month).cast("int32"), **ends)


def month_text(month: int) -> str:
    """Return a month as text, e.g. 2026-08 of 202608."""
    return f"{month // 100:04d}-{month % 100:02d}"


def _counting(newcomers: Newcomers) -> ir.Table:
    """Return model_key, month and RANGES of each new model: 1 where it counts, 0 where not."""
    contract, snapshot = newcomers.contract, newcomers.snapshot
    children = newcomers.children.select("model_key", "month", "downloads")
    threshold = int(contract.threshold)
    is_told = ibis.coalesce(children.downloads > threshold, ibis.literal(False))
    if contract.threshold == "0":
        is_told = ibis.literal(True)
    told = children.mutate(told=is_told.cast("float64"))
    ranges = None
    if contract.threshold != "0":
        counter = threshold_counter(snapshot)
        ranges = count_ranges(newcomers.release, contract.frame, counter, [snapshot])
    if ranges is None:
        return told.select("model_key", "month", **dict.fromkeys(RANGES, told.told))
    joined = told.left_join(ranges.select("model_key", *RANGES), "model_key")
    ends = {name: (joined[name] > threshold).cast("float64") for name in RANGES}
    # one that no snapshot gives a count of may count or not
    blank = {n: 1.0 if n in ("high", "likely_high") else 0.0 for n in RANGES}
    return joined.select(
        "model_key", "month", **{n: ibis.coalesce(ends[n], blank[n]) for n in RANGES}
    )
