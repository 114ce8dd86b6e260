"""Worst cases: what the unknown part, and what the frame does not see, could change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from modelcensus.contracts.frame_names import is_sample, is_whole
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.aggregate import Sums
from modelcensus.measures.intervals import intervals_of
from modelcensus.measures.ranges import Ranges, ranges_of
from modelcensus.measures.selection import Selection
from modelcensus.releases.release import SnapshotEntry


def bounds_of(selection: Selection, sums: Sums, groups: Sequence[str]) -> dict[str, Any]:
    """Return bounds of each group's share, within the frame and on the whole hub.

    Within the frame a group holds at least its known part and at most that plus everything
    unknown. On the whole hub the unseen part may be all or nothing of it; where no total of the
    hub is known for the metric near the date, the answer is "unknown here". The unknown part
    itself has no bounds, nor has a group without a known count, and medians have none.
    """
    unknown = sums.values.get(UNKNOWN, 0)
    groups = [g for g in groups if g != UNKNOWN and sums.has_count(g)]
    hub_wide = _hub_wide(selection, sums, groups, unknown)
    if not sums.total or not sums.is_summed:
        return {"within_frame": {}, "hub_wide": hub_wide}
    ranges = ranges_of(selection, sums)
    return {
        "within_frame": {g: within_frame(ranges, g) for g in groups},
        "models_in_doubt": ranges.doubted,
        "models_without_end": ranges.endless,
        "groups_with_unseen_models": sorted(ranges.unseen),
        "interval": intervals_of(ranges, groups),
        "hub_wide": hub_wide,
    }


def within_frame(ranges: Ranges, group: str) -> list[float]:
    """Return the least and the greatest share that a group of a frame can hold.

    At least: its counts at their lowest, all others and everything unknown at their highest. At
    most: its counts at their highest and everything unknown its own, all others at their lowest.
    A group with models that nobody has a count of yet may hold anything.
    """
    mine = ranges.groups[group]
    others_high = ranges.total("high", without=group)
    others_low = ranges.total("low", without=group, unknown=False)
    unknown = ranges.groups.get(UNKNOWN)
    most = mine.high + (unknown.high if unknown else 0)
    least = mine.low / (mine.low + others_high) if mine.low + others_high else 0.0
    highest = most / (most + others_low) if most + others_low else 1.0
    return [
        0.0 if ranges.unseen - {group} else least,
        1.0 if ranges.unseen & {group, UNKNOWN} else highest,
    ]


def _hub_wide(
    selection: Selection, sums: Sums, groups: Sequence[str], unknown: float
) -> dict[str, Any]:
    entry = selection.last
    if entry.is_complete_frame and is_whole(entry.frame):
        return {"status": "the frame is the whole hub", "groups": {}}
    contract = selection.contract
    if is_sample(entry.frame):
        return {
            "status": "unknown here",
            "why": "a curated sample says nothing of the part of the hub that it leaves out",
            "groups": {},
        }
    if entry.is_simulated:
        return {
            "status": "unknown here",
            "why": "the totals of the register hub_totals are of real hubs; these data are not",
            "groups": {},
        }
    if contract.population != "all" or contract.outliers != "none":
        return {
            "status": "unknown here",
            "why": "the hub's total is not known for this population and treatment of outliers",
            "groups": {},
        }
    row = _nearest_total(selection, entry)
    if row is None:
        days = int(selection.release.settings.hub_total_days)
        return {
            "status": "unknown here",
            "why": f"no total of {contract.metric} on {entry.hub} within {days} days of "
            f"{entry.label} is in the register hub_totals",
            "groups": {},
        }
    # the hub holds at least what the frame saw of it
    low, high = (max(int(row[v]), sums.total) for v in ("value_low", "value_high"))
    unseen = high - sums.total
    return {
        "status": "bounded",
        "hub_total": [int(row["value_low"]), int(row["value_high"])],
        "hub_total_observed_on": row["observed_on"],
        "days_apart": row["days_apart"],
        "evidence_url": row["evidence_url"],
        "frame_share_of_hub": [sums.total / v if v else None for v in (high, low)],
        "groups": {
            g: [
                sums.values.get(g, 0) / high,
                (sums.values.get(g, 0) + unknown + unseen) / high,
            ]
            for g in groups
            if high
        },
    }


def _nearest_total(selection: Selection, entry: SnapshotEntry) -> dict[str, Any] | None:
    """Return the register's hub total nearest in time, if near enough and with seen evidence."""
    totals = selection.release.register("hub_totals")
    metric = selection.contract.metric
    rows = selection.fetch(
        totals.filter(
            (totals.hub == entry.hub) & (totals.metric == metric) & (totals.seen != "unread")
        ).order_by("row_id")
    ).to_pylist()
    for row in rows:
        observed = datetime.fromisoformat(row["observed_on"]).replace(tzinfo=UTC)
        row["days_apart"] = abs((observed - entry.label_at).days)
    near = [r for r in rows if r["days_apart"] <= selection.release.settings.hub_total_days]
    return min(near, key=lambda r: (r["days_apart"], r["row_id"]), default=None)
