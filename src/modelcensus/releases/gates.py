"""What is odd in the data, found before anything is published: incidents and their severity.

Imported history only warns: nobody can crawl last year again. Later, a live crawl can block.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.settings import Settings

INCIDENT_SCHEMA = pa.schema(
    [
        pa.field("kind", pa.string()),
        pa.field("severity", pa.string()),
        pa.field("frame", pa.string()),
        pa.field("subject", pa.string()),
        pa.field("metric", pa.string()),
        pa.field("label_before", pa.string()),
        pa.field("label_after", pa.string()),
        pa.field("value_before", pa.int64()),
        pa.field("value_after", pa.int64()),
        pa.field("note", pa.string()),
    ]
)

LEVELS = ("downloads_30d",)
PANEL = "panel:"
TOTALS = ("downloads_all_time", "pulls")


def consecutive(observations: ir.Table, metric: str) -> ir.Table:
    """Return each model's count beside its count in the snapshot before, within a frame.

    Args:
        observations: frame, label, place (order of the frame's snapshots), model_key, model_id
            and the metric's column.
        metric: the counter that is compared.

    Returns:
        frame, model_id, before, after, label_before, label_after; only neighbours, so a
        model that was not observed for one snapshot makes no pair.
    """
    known = observations.filter(observations[metric].notnull())
    window = ibis.window(group_by=["frame", "model_key"], order_by="place")
    pairs = known.mutate(
        before=known[metric].lag().over(window),
        label_before=known.label.lag().over(window),
        place_before=known.place.lag().over(window),
    )
    neighbours = pairs.filter(pairs.place_before == pairs.place - 1)
    return neighbours.select(
        "frame", "model_id", "before", "label_before", after=metric, label_after="label"
    )


def single_model_spikes(pairs: ir.Table, metric: str, settings: Settings) -> ir.Table:
    """Return moves of one model by the set factor or more, the larger value above the floor."""
    high, low = ibis.greatest(pairs.before, pairs.after), ibis.least(pairs.before, pairs.after)
    moved = pairs.filter((high >= low * settings.spike_factor) & (high > int(settings.spike_floor)))
    return _incidents(
        moved, "single_model_spike", metric, "one model moved by the logged factor or more"
    )


def counter_falls(pairs: ir.Table, metric: str) -> ir.Table:
    """Return falls of a total that can only grow unless the hub corrects or resets it."""
    return _incidents(
        pairs.filter(pairs.after < pairs.before), "counter_fall", metric, "a running total fell"
    )


def global_drops(pairs: ir.Table, metric: str, settings: Settings) -> ir.Table:
    """Return falls of a frame's total, over the models seen on both dates, below the set ratio."""
    totals = pairs.group_by(["frame", "label_before", "label_after"]).agg(
        before=pairs.before.sum().cast("int64"), after=pairs.after.sum().cast("int64")
    )
    fallen = totals.filter(totals.after < totals.before * settings.global_drop)
    return _incidents(
        fallen.mutate(model_id=ibis.literal("")),
        "global_drop",
        metric,
        "the frame's total fell over the models seen on both dates",
    )


def frame_growth(observations: ir.Table) -> ir.Table:
    """Return namespaces that enter a panel after its first snapshot: growth is not a trend.

    Only panels track namespaces; a sample of models gains accounts with every model.
    """
    observations = observations.filter(observations.frame.startswith(PANEL))
    first = observations.group_by("frame").agg(start=observations.place.min())
    entries = (
        observations.filter(observations.namespace.notnull())
        .group_by(["frame", "namespace"])
        .agg(entered=observations.place.min())
    )
    late = entries.join(first, "frame").filter(lambda t: t.entered > t.start)
    labels = observations.select("frame", "label", entered="place").distinct()
    labelled = late.join(labels, ["frame", "entered"])
    empty = ibis.null("int64")
    return _incidents(
        labelled.select(
            "frame",
            model_id="namespace",
            before=empty,
            after=empty,
            label_before=ibis.literal(""),
            label_after="label",
        ),
        "frame_growth",
        "",
        "a namespace entered the frame after its first snapshot",
    )


def conflicting_duplicates(conflicts: ir.Table) -> ir.Table:
    """Return models that a source listed twice at one label with unequal counters.

    Args:
        conflicts: frame, label, model_id.
    """
    empty = ibis.null("int64")
    return _incidents(
        conflicts.select(
            "frame",
            "model_id",
            before=empty,
            after=empty,
            label_before=ibis.literal(""),
            label_after="label",
        ),
        "conflicting_duplicate",
        "",
        "listed twice with unequal counters; the first row was kept",
    )


def find_incidents(observations: ir.Table, conflicts: ir.Table, settings: Settings) -> ir.Table:
    """Return every incident (INCIDENT_SCHEMA), in a fixed order."""
    found = [frame_growth(observations), conflicting_duplicates(conflicts)]
    for metric in LEVELS:
        pairs = consecutive(observations, metric)
        found.append(single_model_spikes(pairs, metric, settings))
        found.append(global_drops(pairs, metric, settings))
    found += [counter_falls(consecutive(observations, metric), metric) for metric in TOTALS]
    return ibis.union(*found).order_by(INCIDENT_SCHEMA.names)


def _incidents(rows: ir.Table, kind: str, metric: str, note: str) -> ir.Table:
    return rows.select(
        kind=ibis.literal(kind),
        severity=ibis.literal("warn"),
        frame=rows.frame,
        subject=rows.model_id,
        metric=ibis.literal(metric),
        label_before=rows.label_before,
        label_after=rows.label_after,
        value_before=rows.before,
        value_after=rows.after,
        note=ibis.literal(note),
    )
