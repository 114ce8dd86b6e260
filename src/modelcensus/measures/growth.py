"""What running totals grew by over a span of snapshots, model by model, with worst cases."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from modelcensus.measures.stretches import YEAR_DAYS, Span, day_of, observed_rows, stretches_of
from modelcensus.measures.summing import WINDOW_DAYS
from modelcensus.releases.release import Release

OUTCOMES = {
    "counted_by_difference": "known at both snapshots, and it did not fall",
    "born_in_period": "created in the period after the first snapshot: its whole count at the end",
    "returned": "away from a snapshot in between, and counted again after it",
    "not_seen_at_start": "not in the first snapshot, and not known to be created in the period",
    "gone_at_end": "in a snapshot of the period and no longer in the last",
    "without_count": "in a snapshot at an end that gives no count of it",
    "fell": "its running total fell on the way",
    "reuploaded": "its id stands for another repository since",
    "creation_unknown": "nobody knows when its first year was",
}
"""What can become of a model; beside the first three a part of its growth is not known."""

BY_DIFFERENCE, BORN, RETURNED, NOT_SEEN, GONE, NO_COUNT, FELL, REUPLOADED, NO_BIRTH = OUTCOMES
WHOLLY_KNOWN = (BY_DIFFERENCE, BORN, RETURNED)

UNEVEN = 2.0
"""How much steeper or flatter than even an unseen part is taken to be in an interval estimate."""


def grown_values(release: Release, span: Span) -> ir.Table:
    """Return what each model's running total grew by over a span.

    Returns:
        snapshot_key (of the last snapshot), model_key, codes, value (what is known of it; null:
        nothing), low and high (worst cases; high null: no end), likely_low and likely_high (see
        decision 0014), outcome (a key of OUTCOMES), fall (how much the total fell) and unseen (the
        part of `high` that no count shows).
    """
    seen = observed_rows(release, span)
    stretches = _with_parts(span, stretches_of(span, seen))
    models = _presence(span, seen).left_join(_summed(span, stretches), "model_key")
    told = models.drop("model_key_right")
    if span.is_first_year:
        ends = told.created_day + YEAR_DAYS
        inside = (ends > day_of(span.start)) & (told.created_day < day_of(span.end))
        told = told.filter(told.created_day.isnull() | inside)
    return _concluded(span, told)


def _with_parts(span: Span, rows: ir.Table) -> ir.Table:
    """Return the stretches with their part inside what is asked for, by two windows.

    `shown` is the part between the snapshots that were read (within the first year where that is
    asked for), from which values are made; `part` the part of the period itself.
    """
    start, end = day_of(span.start), day_of(span.end)
    since, until = ibis.literal(start), ibis.literal(end)
    shown_from, shown_to = ibis.literal(span.first_day), ibis.literal(span.last_day)
    if span.is_first_year:
        born, year = rows.created_day, rows.created_day + YEAR_DAYS
        since = ibis.greatest(since, ibis.coalesce(born, since))
        until = ibis.least(until, ibis.coalesce(year, until))
        shown_from, shown_to = since, until
    days = rows.day - rows.from_day

    def inside(low: ir.Value, high: ir.Value) -> ir.Value:
        overlap = ibis.least(rows.day, high) - ibis.greatest(rows.from_day, low)
        at_once = ((rows.day >= low) & (rows.day <= high)).cast("float64")
        whole = (rows.from_day >= low) & (rows.day <= high)
        part = ibis.ifelse(
            days > 0, ibis.greatest(overlap, 0.0) / ibis.greatest(days, 1e-9), at_once
        )
        return ibis.ifelse(whole, 1.0, part)

    return rows.mutate(
        days=ibis.greatest(days, 0.0), part=inside(since, until), shown=inside(shown_from, shown_to)
    )


def _summed(span: Span, rows: ir.Table) -> ir.Table:
    """Return one row per model: what its stretches add up to."""
    start = day_of(span.start)
    is_known = rows.kind.isin(["step", "birth", "reborn"])
    counts = is_known
    if not span.is_first_year:
        # what was created before the period is not born in it
        counts = is_known & ~((rows.kind == "birth") & (rows.created_day < start))
    is_whole, is_inside = rows.part >= 1.0, rows.part > 0
    covered = (
        (rows.rolling.notnull()) & ~rows.is_doubted & (rows.day - start <= WINDOW_DAYS)
        if span.has_rolling
        else ibis.literal(False)
    )
    is_covered = (
        (rows.rolling.notnull()) & ~rows.is_doubted & (rows.days <= WINDOW_DAYS)
        if span.has_rolling
        else ibis.literal(False)
    )
    zero = ibis.literal(0).cast("int64")
    is_fall = (rows.kind == "fall") & is_inside
    is_unseen = (rows.kind == "unseen") & is_inside
    first = ibis.ifelse(covered, ibis.least(rows["count"], rows.rolling), rows["count"])
    spread = rows.grown.cast("float64")
    blind = (is_fall & ~is_covered) | ((rows.kind == "reborn") & is_inside)
    uneven_low = spread * rows.part / (UNEVEN - (UNEVEN - 1) * rows.part)
    uneven_high = spread * UNEVEN * rows.part / (1 + (UNEVEN - 1) * rows.part)
    rolled = ibis.coalesce(rows.rolling, zero)
    # a total that began again from 0 tells of its stretch, too, where the rolling count is too low
    again = ibis.least(rows["count"], (span.factor * rolled).ceil().cast("int64"))
    a_month = rolled.cast("float64") * rows.days / WINDOW_DAYS
    return rows.group_by("model_key").agg(
        exact=ibis.ifelse(counts & (rows.shown >= 1.0), rows.grown, zero).sum().cast("int64"),
        partly=ibis.ifelse(counts & (rows.shown < 1.0), spread * rows.shown, 0.0).sum(),
        low=ibis.ifelse(is_known & is_whole, rows.grown, zero).sum().cast("int64"),
        high=ibis.ifelse(is_known & is_inside, rows.grown, zero).sum().cast("int64"),
        even_low=ibis.ifelse(is_known, uneven_low, 0.0).sum(),
        even_high=ibis.ifelse(is_known, uneven_high, 0.0).sum(),
        rolled=ibis.ifelse(is_fall & is_covered, ibis.greatest(rolled, again), zero)
        .sum()
        .cast("int64"),
        rolled_likely=ibis.ifelse(is_fall & is_covered, a_month, 0.0).sum(),
        first=ibis.ifelse(is_unseen, first, zero).sum().cast("int64"),
        first_days=ibis.ifelse(is_unseen, rows.day - start, 0.0).sum(),
        blind_days=ibis.ifelse(blind, rows.days * rows.part, 0.0).sum(),
        fall=rows.fall.sum().cast("int64"),
        falls=(rows.kind == "fall").cast("int64").sum(),
        reborn=(rows.kind == "reborn").cast("int64").sum(),
        known=counts.cast("int64").sum(),
        is_start=(rows.kind == "start").cast("int64").max(),
        is_birth=((rows.kind == "birth") & (rows.created_day >= start)).cast("int64").max(),
        known_growth=ibis.ifelse(is_known, spread, 0.0).sum(),
        known_days=ibis.ifelse(is_known, rows.days, 0.0).sum(),
        steepest=ibis.greatest(
            ibis.ifelse(is_known, spread / ibis.greatest(rows.days, 1.0), 0.0),
            # no rolling count can be above the running total: such a one tells no pace
            ibis.least(rolled, rows["count"]).cast("float64") / WINDOW_DAYS,
        ).max(),
        renewed_day=rows.day.max(),
        most_rolling=rolled.max(),
        renewals=rows.count(),
    )


def _presence(span: Span, seen: ir.Table) -> ir.Table:
    """Return one row per model of the span: where it was listed, and where counted."""
    rows = seen.filter(~seen.is_prior)
    codes = {name: rows[name].max() for name in rows.columns if name.endswith("_code")}
    is_last, is_first = rows.day == span.last_day, rows.day == span.first_day
    has_count = rows["count"].notnull()
    return rows.group_by("model_key").agg(
        **codes,
        created_day=rows.created_day.max(),
        listed=rows.count(),
        counted=has_count.cast("int64").sum(),
        extent=rows.place.max() - rows.place.min() + 1,
        is_listed_last=is_last.cast("int64").max(),
        is_counted_last=(is_last & has_count).cast("int64").max(),
        is_listed_first=is_first.cast("int64").max(),
        next_day=rows.next_day.max(),
    )


def _concluded(span: Span, told: ir.Table) -> ir.Table:
    """Return each model's value, worst cases, likely range and outcome."""
    codes = [name for name in told.columns if name.endswith("_code")]
    start, end = day_of(span.start), day_of(span.end)
    is_gone = told.is_listed_last == 0
    # in a frame that shows everything, what is not listed any more left before the next snapshot
    until = ibis.literal(end)
    if span.snapshots[-1].is_complete_frame:
        until = ibis.ifelse(is_gone, ibis.least(told.next_day, end), end)
    since = ibis.greatest(told.renewed_day, start)
    if span.is_first_year:
        until = ibis.least(until, ibis.coalesce(told.created_day + YEAR_DAYS, until))
    tail = ibis.greatest(until - since, 0.0)
    blind = told.blind_days + tail
    mean = ibis.ifelse(
        told.known_days > 0,
        told.known_growth / ibis.greatest(told.known_days, 1.0),
        told.most_rolling.cast("float64") / WINDOW_DAYS,
    )
    # worst cases are floats: a multiple of a count above 2^53 fits no integer
    unseen = told.rolled.cast("float64") + span.factor * told.steepest * blind
    first_likely = ibis.least(
        told["first"].cast("float64"), ibis.greatest(UNEVEN * mean * told.first_days, 0.0)
    )
    is_over = (told.known > 0) | (told.counted > told.renewals)
    outcome = _outcome(span, told)
    likely_tail = ibis.ifelse(is_gone, 0.0, mean * tail / UNEVEN)
    low = (
        told.even_low + told.rolled_likely / UNEVEN + mean * told.blind_days / UNEVEN + likely_tail
    )
    high = (
        told.even_high
        + ibis.least(told.rolled_likely * UNEVEN, told.rolled.cast("float64"))
        + UNEVEN * mean * blind
        + first_likely
    )
    worst = told.high.cast("float64") + told["first"].cast("float64") + unseen
    # a fall may have been a wrong count that was right again later: then only the net is sure
    sure = ibis.ifelse(told.falls > 0, ibis.greatest(told.low - told.fall, 0), told.low)
    has_value = is_over & (outcome != NO_BIRTH)
    return told.select(
        "model_key",
        *codes,
        snapshot_key=ibis.literal(span.snapshots[-1].key).cast("int32"),
        value=ibis.ifelse(
            has_value, told.exact + told.partly.round().cast("int64"), ibis.null("int64")
        ),
        low=ibis.coalesce(ibis.ifelse(outcome == NO_BIRTH, 0, sure), 0).cast("int64"),
        high=worst,
        likely_low=ibis.coalesce(ibis.ifelse(outcome == NO_BIRTH, 0.0, low), 0.0),
        likely_high=ibis.coalesce(ibis.least(high, worst), 0.0),
        outcome=outcome,
        fall=ibis.coalesce(told.fall, 0).cast("int64"),
        unseen=unseen,
    )


def _outcome(span: Span, told: ir.Table) -> ir.Value:
    """Return what became of each model; the gravest where it is more than one thing."""
    unknown_birth = told.created_day.isnull() if span.is_first_year else ibis.literal(False)
    return ibis.cases(
        (unknown_birth, NO_BIRTH),
        (ibis.coalesce(told.reborn, 0) > 0, REUPLOADED),
        (ibis.coalesce(told.falls, 0) > 0, FELL),
        (told.is_listed_last == 0, GONE),
        (told.is_counted_last == 0, NO_COUNT),
        ((told.is_start == 1) & (told.extent > told.listed), RETURNED),
        (told.is_start == 1, BY_DIFFERENCE),
        (told.is_birth == 1, BORN),
        (told.is_listed_first == 1, NO_COUNT),
        else_=NOT_SEEN,
    )
