"""What running totals grew by over a span of snapshots, model by model, with worst cases."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from modelcensus.measures.stretch_sums import UNEVEN, summed_stretches
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


def grown_values(release: Release, span: Span) -> ir.Table:
    """Return what each model's running total grew by over a span.

    Returns:
        snapshot_key (of the last snapshot), model_key, codes, value (what is known of it; null:
        nothing), low and high (worst cases; high null: no end), likely_low and likely_high (see
        decision 0014), outcome (a key of OUTCOMES), fall (how much the total fell) and unseen (the
        part of `high` that no count shows).
    """
    seen = observed_rows(release, span)
    sums = summed_stretches(span, stretches_of(span, seen))
    models = _presence(span, seen).left_join(sums, "model_key")
    told = models.drop("model_key_right")
    if span.is_first_year:
        ends = told.created_day + YEAR_DAYS
        inside = (ends > day_of(span.start)) & (told.created_day < day_of(span.end))
        told = told.filter(told.created_day.isnull() | inside)
    return _concluded(span, told)


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
    tail = _days_after_last_count(span, told)
    # worst cases are floats: a multiple of a count above 2^53 fits no integer
    blind = span.factor * told.steepest * (told.blind_days + tail)
    unseen = told.rolled.cast("float64") + blind
    worst = told.high.cast("float64") + told["first"].cast("float64") + unseen
    likely_low, likely_high = _likely_range(told, tail)
    # a fall may have been a wrong count that was right again later: then only the net is sure
    sure = ibis.ifelse(told.falls > 0, ibis.greatest(told.low - told.fall, 0), told.low)
    outcome = _outcome(span, told)
    is_over = (told.known > 0) | (told.counted > told.renewals)
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
        likely_low=ibis.coalesce(ibis.ifelse(outcome == NO_BIRTH, 0.0, likely_low), 0.0),
        likely_high=ibis.coalesce(ibis.least(likely_high, worst), 0.0),
        outcome=outcome,
        fall=ibis.coalesce(told.fall, 0).cast("int64"),
        unseen=unseen,
    )


def _days_after_last_count(span: Span, told: ir.Table) -> ir.Value:
    """Return the days of the period, or of the first year, after a model's last renewed count."""
    start, end = day_of(span.start), day_of(span.end)
    until = ibis.literal(end)
    if span.snapshots[-1].is_complete_frame:
        # in a frame that shows everything, what is not listed any more left before the next
        # snapshot
        until = ibis.ifelse(_is_gone(told), ibis.least(told.next_day, end), end)
    if span.is_first_year:
        until = ibis.least(until, ibis.coalesce(told.created_day + YEAR_DAYS, until))
    return ibis.greatest(until - ibis.greatest(told.renewed_day, start), 0.0)


def _likely_range(told: ir.Table, tail: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Return the least and the most that a model is likely to have grown by.

    What no count shows is taken to have gone at the model's mean pace, `UNEVEN` times steeper or
    flatter.
    """
    mean = ibis.ifelse(
        told.known_days > 0,
        told.known_growth / ibis.greatest(told.known_days, 1.0),
        told.most_rolling.cast("float64") / WINDOW_DAYS,
    )
    likely_tail = ibis.ifelse(_is_gone(told), 0.0, mean * tail / UNEVEN)
    first_likely = ibis.least(
        told["first"].cast("float64"), ibis.greatest(UNEVEN * mean * told.first_days, 0.0)
    )
    low = (
        told.even_low + told.rolled_likely / UNEVEN + mean * told.blind_days / UNEVEN + likely_tail
    )
    high = (
        told.even_high
        + ibis.least(told.rolled_likely * UNEVEN, told.rolled.cast("float64"))
        + UNEVEN * mean * (told.blind_days + tail)
        + first_likely
    )
    return low, high


def _is_gone(told: ir.Table) -> ir.Value:
    return told.is_listed_last == 0


def _outcome(span: Span, told: ir.Table) -> ir.Value:
    """Return what became of each model; the gravest where it is more than one thing."""
    unknown_birth = told.created_day.isnull() if span.is_first_year else ibis.literal(False)
    return ibis.cases(
        (unknown_birth, NO_BIRTH),
        (ibis.coalesce(told.reborn, 0) > 0, REUPLOADED),
        (ibis.coalesce(told.falls, 0) > 0, FELL),
        (_is_gone(told), GONE),
        (told.is_counted_last == 0, NO_COUNT),
        ((told.is_start == 1) & (told.extent > told.listed), RETURNED),
        (told.is_start == 1, BY_DIFFERENCE),
        (told.is_birth == 1, BORN),
        (told.is_listed_first == 1, NO_COUNT),
        else_=NOT_SEEN,
    )
