"""What the stretches of each model add up to: known growth, falls, what no count shows."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from modelcensus.measures.stretches import YEAR_DAYS, Span, day_of
from modelcensus.measures.summing import WINDOW_DAYS

UNEVEN = 2.0
"""How much steeper or flatter than even an unseen part is taken to be in an interval estimate."""

KNOWN = ("step", "birth", "reborn")
"""Kinds of stretches whose growth is known."""


def summed_stretches(span: Span, stretches: ir.Table) -> ir.Table:
    """Return one row per model: what its stretches add up to.

    Returns:
        model_key; exact and partly (growth shown, whole and as an even part), low and high (growth
        certainly and possibly in the period), even_low and even_high (uneven parts of it);
        what rolling counts tell of falls, what first counts hold, days that nothing tells of
        (blind_days), the paces of known stretches, and marks of what happened.
    """
    rows = _with_parts(span, stretches)
    return rows.group_by("model_key").agg(
        **_known_growth(span, rows),
        **_paces(rows),
        **_falls(span, rows),
        **_first_counts(span, rows),
        **_marks(span, rows),
    )


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


def _known_growth(span: Span, rows: ir.Table) -> dict[str, ir.Value]:
    """Return sums over stretches whose growth is known, and how many of them make the value."""
    is_known = rows.kind.isin(KNOWN)
    counts = is_known
    if not span.is_first_year:
        # what was created before the period is not born in it
        before = rows.created_day < day_of(span.start)
        counts = is_known & ~((rows.kind == "birth") & before)
    spread, part = rows.grown.cast("float64"), rows.part
    flatter = spread * part / (UNEVEN - (UNEVEN - 1) * part)
    steeper = spread * UNEVEN * part / (1 + (UNEVEN - 1) * part)
    return {
        "exact": _total(counts & (rows.shown >= 1.0), rows.grown),
        "partly": _total(counts & (rows.shown < 1.0), spread * rows.shown),
        "low": _total(is_known & (part >= 1.0), rows.grown),
        "high": _total(is_known & (part > 0), rows.grown),
        "even_low": _total(is_known, flatter),
        "even_high": _total(is_known, steeper),
        "known": counts.cast("int64").sum(),
    }


def _paces(rows: ir.Table) -> dict[str, ir.Value]:
    """Return how fast a model is known to have grown: over all, and at its steepest."""
    is_known, spread = rows.kind.isin(KNOWN), rows.grown.cast("float64")
    rolled = _rolled(rows)
    return {
        "known_growth": _total(is_known, spread),
        "known_days": _total(is_known, rows.days),
        "steepest": ibis.greatest(
            ibis.ifelse(is_known, spread / ibis.greatest(rows.days, 1.0), 0.0),
            # no rolling count can be above the running total: such a one tells no pace
            ibis.least(rolled, rows["count"]).cast("float64") / WINDOW_DAYS,
        ).max(),
        "most_rolling": rolled.max(),
    }


def _falls(span: Span, rows: ir.Table) -> dict[str, ir.Value]:
    """Return what rolling counts tell of stretches in which the total fell, and what none tells."""
    is_inside, rolled = rows.part > 0, _rolled(rows)
    is_fall = (rows.kind == "fall") & is_inside
    is_covered = _is_covered(span, rows, rows.days)
    # a total that began again from 0 tells of its stretch, too, where the rolling count is too low
    again = ibis.least(rows["count"], (span.factor * rolled).ceil().cast("int64"))
    a_month = rolled.cast("float64") * rows.days / WINDOW_DAYS
    is_blind = (is_fall & ~is_covered) | ((rows.kind == "reborn") & is_inside)
    return {
        "rolled": _total(is_fall & is_covered, ibis.greatest(rolled, again)),
        "rolled_likely": _total(is_fall & is_covered, a_month),
        "blind_days": _total(is_blind, rows.days * rows.part),
        "fall": rows.fall.sum().cast("int64"),
        "falls": (rows.kind == "fall").cast("int64").sum(),
    }


def _first_counts(span: Span, rows: ir.Table) -> dict[str, ir.Value]:
    """Return what first counts hold of models that were not seen before them, and the days."""
    is_unseen = (rows.kind == "unseen") & (rows.part > 0)
    days = rows.day - day_of(span.start)
    is_covered = _is_covered(span, rows, days)
    first = ibis.ifelse(is_covered, ibis.least(rows["count"], rows.rolling), rows["count"])
    return {"first": _total(is_unseen, first), "first_days": _total(is_unseen, days)}


def _marks(span: Span, rows: ir.Table) -> dict[str, ir.Value]:
    """Return what happened to a model: how it begins, its last renewed count, and how many."""
    is_birth = (rows.kind == "birth") & (rows.created_day >= day_of(span.start))
    return {
        "is_start": (rows.kind == "start").cast("int64").max(),
        "is_birth": is_birth.cast("int64").max(),
        "reborn": (rows.kind == "reborn").cast("int64").sum(),
        "renewed_day": rows.day.max(),
        "renewals": rows.count(),
    }


def _is_covered(span: Span, rows: ir.Table, days: ir.Value) -> ir.Value:
    """Return whether the rolling count at the end of so many days looks back over all of them."""
    if not span.has_rolling:
        return ibis.literal(False)
    return rows.rolling.notnull() & ~rows.is_doubted & (days <= WINDOW_DAYS)


def _rolled(rows: ir.Table) -> ir.Value:
    return ibis.coalesce(rows.rolling, ibis.literal(0).cast("int64"))


def _total(which: ir.Value, value: ir.Value) -> ir.Value:
    """Return the sum of a value over some of the rows: whole numbers stay whole."""
    if value.type().is_integer():
        return ibis.ifelse(which, value, ibis.literal(0).cast("int64")).sum().cast("int64")
    return ibis.ifelse(which, value, 0.0).sum()
