"""How far counts can be from what happened: a range for every model, worst and likely.

A hub tells a rolling count and a running total of the same downloads. Where the two contradict each
other one of them is wrong, and nobody can say which: the range spans what both allow. A running
total that fell lost what it fell by, or was wrong before. A count that stood still while downloads
went on was not renewed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.measures.differences import (
    FROZEN,
    contract_growth,
    doubted_snapshots,
    is_difference,
    thinned,
)
from modelcensus.measures.growth import UNEVEN, grown_values
from modelcensus.measures.selection import Selection
from modelcensus.measures.stretches import ROLLING, Span, day_of
from modelcensus.measures.summing import WINDOW_DAYS, is_summed
from modelcensus.releases.release import Release, SnapshotEntry

TOTAL = "downloads_all_time"

RANGES = ("low", "high", "likely_low", "likely_high")


def model_ranges(selection: Selection) -> ir.Table | None:
    """Return the range of each model's value at a selection's last snapshot.

    Returns:
        model_key, low, high, likely_low and likely_high, all null where nothing bounds them from
        above; None where the frame has nothing to hold the counts against.
    """
    release, contract = selection.release, selection.contract
    if is_difference(contract):
        grown = contract_growth(release, contract, selection.snapshots)
        return grown.select("model_key", *RANGES)
    kind, column = contract.metric_term.kind, contract.metric_term.column
    if kind == "cumulative":
        return _of_totals(release, column, contract.frame, selection.last)
    if column != ROLLING or not all(TOTAL in s.counters for s in selection.snapshots):
        return None
    at = selection.snapshots if is_summed(contract) else selection.snapshots[-1:]
    readings = _of_readings(release, contract.frame, at)
    return readings.group_by("model_key").agg(**{name: readings[name].sum() for name in RANGES})


def _of_totals(release: Release, column: str, frame: str, last: SnapshotEntry) -> ir.Table:
    """Return the ranges of a running total: what it lost in falls may belong to it."""
    able = [s for s in release.frame_snapshots(frame) if s.key <= last.key and column in s.counters]
    incidents = release.table("incidents")
    falls = incidents.filter(
        (incidents.frame == frame)
        & (incidents.metric == column)
        & (incidents.kind == "counter_fall")
    )
    found = release.fetch(falls.select("label_after").distinct().order_by("label_after"))
    labels = set(found["label_after"].to_pylist())
    has_fallen = any(s.label in labels for s in able)
    read = thinned(able, int(release.settings.period_snapshots)) if has_fallen else able[-2:]
    span = Span(
        column=column,
        snapshots=tuple(read),
        prior=None,
        start=read[0].label_at,
        end=last.label_at,
        doubted=doubted_snapshots(release, frame),
        reuploads=(),
        is_first_year=False,
        factor=release.settings.unseen_growth,
    )
    grown = grown_values(release, span).select("model_key", "fall", "unseen")
    rows = release.observations([last])
    told = rows.select("model_key", count=rows[column]).left_join(grown, "model_key")
    lost = ibis.coalesce(told.fall, 0).cast("float64") + ibis.coalesce(told.unseen, 0.0)
    high = told["count"].cast("float64") + lost
    return told.select(
        "model_key",
        low=told["count"],
        high=high,
        likely_low=told["count"].cast("float64"),
        likely_high=high,
    )


def _of_readings(release: Release, frame: str, at: Sequence[SnapshotEntry]) -> ir.Table:
    """Return the ranges of rolling counts at some snapshots, one row per model and snapshot."""
    roles = _roles(release, frame, at)
    keys = sorted(set(roles["snapshot_key"].to_pylist()))
    read = [s for s in release.frame_snapshots(frame) if s.key in keys]
    rows = release.observations(read).join(release.engine.local(roles), "snapshot_key")
    models = release.table("models").select("model_key", "created_at")

    def told(column: str, role: str) -> ir.Value:
        return ibis.ifelse(rows.role == role, rows[column], ibis.null("int64")).max()

    sides = rows.group_by(["at", "model_key"]).agg(
        reading=told(ROLLING, "now"),
        total=told(TOTAL, "now"),
        **{f"total_{r}": told(TOTAL, r) for r in ("month", "within", "last", "past")},
        **{f"reading_{r}": told(ROLLING, r) for r in ("last", "past")},
        has_month=(rows.role == "month").cast("int64").max(),
        day=rows.day.max(),
        within_day=rows.within_day.max(),
        last_day=rows.last_day.max(),
        past_day=rows.past_day.max(),
        is_doubted=rows.is_doubted.cast("int64").max(),
    )
    listed = sides.filter(sides.reading.notnull()).join(models, "model_key")
    return _held_together(listed, release.settings.unseen_growth)


def _roles(release: Release, frame: str, at: Sequence[SnapshotEntry]) -> pa.Table:
    """Return which snapshots each reading is held against, and their days.

    `month` is the last one at least 30 days before, `within` the first one after that, `last` and
    `past` the one and the two before.
    """
    able = [s for s in release.frame_snapshots(frame) if {TOTAL, ROLLING} <= {*s.counters}]
    doubted = doubted_snapshots(release, frame)
    # a snapshot that repeats the one before tells nothing of its own day
    repeated = doubted_snapshots(release, frame, [FROZEN])
    found: list[dict[str, object]] = []
    for now in at:
        before = now.label_at - timedelta(days=WINDOW_DAYS)
        earlier = [s for s in able if s.key < now.key and s.key not in repeated]
        month = [s for s in earlier if s.label_at <= before][-1:]
        within = [s for s in [*earlier, now] if s.label_at >= before][:1]
        last, past = earlier[-1:], earlier[-2:-1]
        parts = {"now": [now], "month": month, "within": within, "last": last, "past": past}
        days = {f"{r}_day": day_of((parts[r] or [now])[0].label_at) for r in _DATED}
        found += [
            {"snapshot_key": s.key, "at": now.key, "role": role, "day": day_of(now.label_at),
             "is_doubted": now.key in doubted, **days}
            for role, some in parts.items() for s in some
        ]  # fmt: skip
    return pa.Table.from_pylist(found, schema=_ROLES)


_DATED = ("within", "last", "past")
_ROLES = pa.schema(
    [
        ("snapshot_key", pa.int32()),
        ("at", pa.int32()),
        ("role", pa.string()),
        ("day", pa.float64()),
        ("is_doubted", pa.bool_()),
        *((f"{role}_day", pa.float64()) for role in _DATED),
    ]
)


def _held_together(rows: ir.Table, factor: float) -> ir.Table:
    """Return what a reading and the running totals around it allow."""
    created = rows.created_at.epoch_seconds().cast("float64") / 86_400
    is_new = ibis.coalesce(created >= rows.day - WINDOW_DAYS, ibis.literal(False))
    zero = ibis.literal(0).cast("int64")
    total, reading = ibis.coalesce(rows.total, zero), rows.reading
    has_total = rows.total.notnull()
    chain = [rows.total_month, rows.total_within, rows.total_past, rows.total_last]
    rises = [ibis.coalesce(earlier <= rows.total, ibis.literal(True)) for earlier in chain]
    is_usable = has_total & rises[0] & rises[1] & rises[2] & rises[3]
    least = ibis.ifelse(is_new, total, ibis.coalesce(total - rows.total_within, zero))
    most = ibis.ifelse(is_new, total, total - ibis.coalesce(rows.total_month, zero))
    agrees = (reading >= least) & (reading <= most) & (rows.is_doubted == 0)
    still = ibis.coalesce(
        (rows.total == rows.total_last) & (reading == rows.reading_last) & (reading > 0),
        ibis.literal(False),
    )
    still_past = ibis.coalesce(
        (rows.total == rows.total_past) & (reading == rows.reading_past), ibis.literal(False)
    )
    since = ibis.cases(
        (~still, rows.day),
        (~still_past, rows.last_day),
        (ibis.coalesce(rows.total == rows.total_within, ibis.literal(False)),
         ibis.least(rows.within_day, rows.past_day)),
        else_=rows.past_day,
    )  # fmt: skip
    drift = reading.cast("float64") / WINDOW_DAYS * (rows.day - since)
    slack = (factor * drift).ceil().cast("int64")
    peak = ibis.greatest(
        reading, ibis.coalesce(rows.reading_last, zero), ibis.coalesce(rows.reading_past, zero)
    )
    # a total that stood still while there were downloads was told again: it says nothing here
    told_again = ibis.coalesce((rows.total == rows.total_last) & (reading > 0), ibis.literal(False))
    alone_high = ibis.ifelse(rows.is_doubted == 1, (peak * factor).ceil().cast("int64"), reading)
    lower = ibis.ifelse(~agrees & is_usable, ibis.least(least, reading), reading)
    upper = ibis.cases(
        (agrees, reading),
        (is_usable & told_again, ibis.greatest(most, alone_high)),
        (is_usable, ibis.greatest(most, reading)),
        else_=alone_high,
    )
    low = ibis.greatest(lower - slack, zero)
    high = upper + slack
    evenly = (
        least.cast("float64")
        * UNEVEN
        * WINDOW_DAYS
        / ibis.greatest(rows.day - rows.within_day, 1.0)
    )
    other_high = ibis.ifelse(
        (rows.has_month == 1) | is_new,
        most.cast("float64"),
        ibis.least(most.cast("float64"), evenly),
    )
    trusts_total = ~agrees & is_usable & ~told_again
    as_told = ibis.ifelse(still, ibis.least(reading, total), reading).cast("float64")
    before = ibis.coalesce(rows.reading_last, reading).cast("float64")
    as_before = ibis.ifelse(rows.is_doubted == 1, ibis.greatest(as_told, before), as_told)
    return rows.select(
        "model_key",
        low=low.cast("int64"),
        high=high.cast("int64"),
        likely_low=ibis.ifelse(trusts_total, least.cast("float64"), as_told - drift / UNEVEN),
        likely_high=ibis.ifelse(
            trusts_total,
            ibis.greatest(other_high, least.cast("float64")),
            as_before + drift / UNEVEN,
        ),
    )
