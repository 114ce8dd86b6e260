"""What models' running totals were at an age: between two snapshots, bounded and interpolated."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.measures.creation import created_models
from modelcensus.measures.populations import label_instants
from modelcensus.releases.release import Release, SnapshotEntry

AGES = (7, 14, 30, 60, 90, 180, 365)
"""Days from creation at which running totals are compared."""

DAY = 86_400

KNOWN, FELL, TOO_FAR = "known", "fell", "snapshots_too_far_apart"
"""What can become of a model at an age that it has reached; only the first has a count."""


def counts_at_ages(
    release: Release, rows: ir.Table, snapshots: tuple[SnapshotEntry, ...]
) -> ir.Table:
    """Return what each model's running total was at each age that the snapshots enclose.

    A model's total is 0 at its creation. At an age between two snapshots it is at least the count
    before and at most the count after; between them it is read off a straight line.

    Args:
        release: where creation dates are.
        rows: snapshot_key, model_key and value, a running total.
        snapshots: all that the rows are of, without a gap in the frame.

    Returns:
        model_key, age_days, at_least, count (float), at_most, outcome. Models that a snapshot
        shows before their creation are left out: their total did not begin there.
    """
    pairs = _neighbours(release, rows, snapshots)
    widest = int(release.manifest["settings"]["age_gap_days"] * DAY)
    ages = release.engine.local(_ages())
    met = pairs.cross_join(ages).filter(lambda t: (t.before_s < t.age_s) & (t.age_s <= t.after_s))
    is_exact = met.age_s == met.after_s
    part = (met.age_s - met.before_s) / (met.after_s - met.before_s)
    grown = (met.after_count - met.before_count) * part
    outcome = ibis.cases(
        (met.after_count < met.before_count, FELL),
        (~is_exact & (met.after_s - met.before_s > widest), TOO_FAR),
        else_=KNOWN,
    )
    return met.select(
        "model_key",
        "age_days",
        at_least=ibis.ifelse(is_exact, met.after_count, met.before_count),
        count=met.before_count.cast("float64") + grown,
        at_most=met.after_count,
        outcome=outcome,
    )


def _neighbours(release: Release, rows: ir.Table, snapshots: tuple[SnapshotEntry, ...]) -> ir.Table:
    """Return each count of a model with the one before it; before the first stands its creation.

    Times are seconds since the model's creation.
    """
    models = created_models(release, snapshots[-1])
    born = models.filter(models.created_at.notnull())
    dated = rows.join(born, "model_key").join(label_instants(release, snapshots), "snapshot_key")
    age = dated.label_at.epoch_seconds() - dated.created_at.epoch_seconds()
    counted = dated.filter(dated.value.notnull()).mutate(after_s=age.cast("int64"))
    by_model = ibis.window(group_by="model_key", order_by="snapshot_key")
    whole = ibis.window(group_by="model_key")
    lined = counted.mutate(
        before_s=counted.after_s.lag().over(by_model),
        before_count=counted.value.lag().over(by_model),
        first_s=counted.after_s.min().over(whole),
    )
    grown = lined.filter(lined.first_s >= 0)
    return grown.select(
        "model_key",
        "after_s",
        before_s=ibis.coalesce(grown.before_s, 0).cast("int64"),
        before_count=ibis.coalesce(grown.before_count, 0).cast("int64"),
        after_count=grown.value,
    )


def _ages() -> pa.Table:
    return pa.table(
        {
            "age_days": pa.array(AGES, pa.int64()),
            "age_s": pa.array([age * DAY for age in AGES], pa.int64()),
        }
    )
