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

from modelcensus.measures.creation import created_models
from modelcensus.measures.differences import (
    FROZEN,
    contract_growth,
    doubted_snapshots,
    is_difference,
    thinned,
)
from modelcensus.measures.growth import grown_values
from modelcensus.measures.selection import Selection
from modelcensus.measures.stretch_sums import UNEVEN
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
    at = selection.snapshots if is_summed(contract) else selection.snapshots[-1:]
    kind, column = contract.metric_term.kind, contract.metric_term.column
    if kind != "cumulative" and column != ROLLING:
        return None
    return count_ranges(release, contract.frame, column, at)


def count_ranges(
    release: Release, frame: str, column: str, at: Sequence[SnapshotEntry]
) -> ir.Table | None:
    """Return the range of each model's counts at some snapshots, added up.

    Args:
        release: what was asked.
        frame: whose snapshots they are.
        column: a rolling count or a running total.
        at: the snapshots; of a running total the last one answers.

    Returns:
        As `model_ranges`; None where the last snapshot has no such count either.
    """
    if column not in at[-1].counters:
        return None
    if column != ROLLING:
        return _of_totals(release, column, frame, at[-1])
    if not all(TOTAL in s.counters for s in at):
        return None
    readings = _of_readings(release, frame, at)
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
    models = created_models(release, at[-1])

    def told(column: str, role: str) -> ir.Value:
        return ibis.ifelse(rows.role == role, rows[column], ibis.null("int64")).max()

    sides = rows.group_by(["at", "model_key"]).agg(
        reading=told(ROLLING, "now"),
        total=told(TOTAL, "now"),
        **{f"total_{r}": told(TOTAL, r) for r in ("month", "within", "last", "past", "next")},
        **{f"reading_{r}": told(ROLLING, r) for r in ("last", "past", "next")},
        has_month=(rows.role == "month").cast("int64").max(),
        day=rows.day.max(),
        within_day=rows.within_day.max(),
        last_day=rows.last_day.max(),
        past_day=rows.past_day.max(),
        next_day=rows.next_day.max(),
        is_doubted=rows.is_doubted.cast("int64").max(),
    )
    listed = sides.filter(sides.reading.notnull()).join(models, "model_key")
    return _held_together(listed, release.settings.unseen_growth)


def _roles(release: Release, frame: str, at: Sequence[SnapshotEntry]) -> pa.Table:
    """Return which snapshots each reading is held against, and their days.

    `month` is the last one at least 30 days before, `within` the first one after that, `last` and
    `past` the one and the two before; `next`, of a snapshot that repeats another, the first one
    after it that is in no doubt.
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
        later = [s for s in able if now.key < s.key <= at[-1].key and s.key not in doubted]
        parts = {
            **{"now": [now], "month": month, "within": within},
            **{"last": earlier[-1:], "past": earlier[-2:-1]},
            "next": later[:1] if now.key in repeated else [],
        }
        days = {f"{r}_day": day_of((parts[r] or [now])[0].label_at) for r in _DATED}
        found += [
            {"snapshot_key": s.key, "at": now.key, "role": role, "day": day_of(now.label_at),
             "is_doubted": now.key in doubted, **days}
            for role, some in parts.items() for s in some
        ]  # fmt: skip
    return pa.Table.from_pylist(found, schema=_ROLES)


_DATED = ("within", "last", "past", "next")
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
    seen = _stood_still(_compared(rows))
    peak = ibis.greatest(
        seen.reading,
        ibis.coalesce(seen.reading_last, _ZERO),
        ibis.coalesce(seen.reading_past, _ZERO),
    )
    alone = ibis.ifelse(seen.is_doubted == 1, (peak * factor).ceil().cast("int64"), seen.reading)
    held = ~seen.agrees & seen.is_usable
    upper = ibis.cases(
        (seen.agrees, seen.reading),
        (held & seen.told_again, ibis.greatest(seen.most, alone)),
        (held, ibis.greatest(seen.most, seen.reading)),
        else_=alone,
    )
    slack = (factor * seen.drift).ceil().cast("int64")
    lower = ibis.ifelse(held, ibis.least(seen.least, seen.reading), seen.reading)
    likely_low, likely_high = _likely(seen, held & ~seen.told_again)
    found = seen.mutate(
        low=ibis.greatest(lower - slack, _ZERO).cast("int64"),
        high=(upper + slack).cast("int64"),
        likely_low=likely_low,
        likely_high=likely_high,
    )
    return _told_later(found)


def _told_later(rows: ir.Table) -> ir.Table:
    """Return model_key and RANGES, those at a repeated snapshot with what the next one tells.

    What a model grew by since counts were renewed lies in the growth of its total up to the next
    snapshot: without the 30 days before that, at least where it came within 30 days, and at most
    where it came after them. Of a model born since there is no other trace.
    """
    created = rows.created_at.epoch_seconds().cast("float64") / 86_400
    is_told = rows.total_next.notnull() & rows.reading_next.notnull()
    is_born = is_told & (created >= rows.last_day)
    grown = ibis.greatest(rows.total_next - rows.total, _ZERO)
    before = ibis.greatest(grown - rows.reading_next, _ZERO)
    days = rows.next_day - rows.day
    least = ibis.ifelse(days <= WINDOW_DAYS, before, _ZERO)
    most = ibis.ifelse(days >= WINDOW_DAYS, before, grown)
    return rows.select(
        "model_key",
        "low",
        high=rows.high + ibis.ifelse(ibis.coalesce(is_told, _NEVER), most, _ZERO),
        likely_low=rows.likely_low
        + ibis.ifelse(ibis.coalesce(is_born, _NEVER), least.cast("float64"), 0.0),
        likely_high=rows.likely_high
        + ibis.ifelse(ibis.coalesce(is_born, _NEVER), most.cast("float64"), 0.0),
    )


_NEVER = ibis.literal(False)
_ZERO = ibis.literal(0).cast("int64")


def _compared(rows: ir.Table) -> ir.Table:
    """Return the readings with what the running totals say of them.

    Returns:
        Also is_new (created within the 30 days), is_usable (the total never fell in them), least
        and most (its growth over a little less and a little more than 30 days) and agrees.
    """
    created = rows.created_at.epoch_seconds().cast("float64") / 86_400
    is_new = ibis.coalesce(created >= rows.day - WINDOW_DAYS, ibis.literal(False))
    is_usable = rows.total.notnull()
    for role in ("month", "within", "past", "last"):
        is_usable &= ibis.coalesce(rows[f"total_{role}"] <= rows.total, ibis.literal(True))
    total = ibis.coalesce(rows.total, _ZERO)
    told = rows.mutate(
        total=total,
        is_new=is_new,
        is_usable=is_usable,
        least=ibis.ifelse(is_new, total, ibis.coalesce(total - rows.total_within, _ZERO)),
        most=ibis.ifelse(is_new, total, total - ibis.coalesce(rows.total_month, _ZERO)),
    )
    inside = (told.reading >= told.least) & (told.reading <= told.most)
    return told.mutate(agrees=inside & (told.is_doubted == 0))


def _stood_still(rows: ir.Table) -> ir.Table:
    """Return the readings with how far they may have drifted since they were last renewed.

    Returns:
        Also told_again (the total stood still while there were downloads, whatever else a bad day
        did to the reading) and drift (the downloads of as many days as were not renewed).
    """
    reading = rows.reading
    same_total = ibis.coalesce(rows.total == rows.total_last, _NEVER)
    still = same_total & (reading > 0) & (reading <= rows.total)
    still_past = ibis.coalesce(rows.total == rows.total_past, _NEVER)
    for_a_month = ibis.coalesce(rows.total == rows.total_within, _NEVER)
    since = ibis.cases(
        (~still, rows.day),
        (~still_past, rows.last_day),
        (for_a_month, ibis.least(rows.within_day, rows.past_day)),
        else_=rows.past_day,
    )
    before = ibis.greatest(reading, ibis.coalesce(rows.reading_last, reading))
    pace = ibis.ifelse(rows.is_doubted == 1, before, reading)
    return rows.mutate(
        told_again=still,
        drift=pace.cast("float64") / WINDOW_DAYS * (rows.day - since),
    )


def _likely(rows: ir.Table, trusts_total: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Return where readings likely lie: by the running total, or as told with their drift.

    A total tells nothing of a model that was away within the 30 days: it has no earlier one there.
    """
    trusts_total &= rows.total_within.notnull() | rows.is_new
    least, most = rows.least.cast("float64"), rows.most.cast("float64")
    days = ibis.greatest(rows.day - rows.within_day, 1.0)
    evenly = least * UNEVEN * WINDOW_DAYS / days
    has_end = (rows.has_month == 1) | rows.is_new
    reach = ibis.greatest(ibis.ifelse(has_end, most, ibis.least(most, evenly)), least)
    as_told = rows.reading.cast("float64")
    before = ibis.coalesce(rows.reading_last, rows.reading).cast("float64")
    at_most = ibis.ifelse(rows.is_doubted == 1, ibis.greatest(as_told, before), as_told)
    return (
        ibis.ifelse(trusts_total, least, as_told - rows.drift / UNEVEN),
        ibis.ifelse(trusts_total, reach, at_most + rows.drift / UNEVEN),
    )
