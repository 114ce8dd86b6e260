"""What is odd in the data, found before anything is published: incidents and their severity.

Imported history only warns: nobody can crawl last year again. What a live crawl shows can block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.canonical import canonical_json, sha256_text
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.settings import Settings

INCIDENT_SCHEMA = pa.schema(
    [
        pa.field("incident_id", pa.string()),
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

_IDENTITY = ("kind", "frame", "subject", "metric", "label_before", "label_after")
_VALUES = ("value_before", "value_after")

LEVELS = ("downloads_30d",)
TOTALS = ("downloads_all_time", "pulls")
BLOCKING = ("global_drop",)
MIN_FROZEN = 100
"""Counts above 0 below which standing still says nothing."""
MIN_SPANS = 3

NOTES = {
    "single_model_spike": "one model moved by the logged factor or more",
    "counter_fall": "a running total fell",
    "global_drop": "the frame's total fell over the models seen on both dates",
    "frame_growth": "a namespace entered the frame after its first snapshot",
    "developer_drop": "one developer's total fell to a small part of it",
    "frozen": "most counts stood still between the two snapshots",
    "gap": "no snapshot for much longer than the frame's usual distance",
    "reupload": "the id stands for another repository: the hub's own key changed",
    "conflicting_duplicate": "listed twice with unequal counters; the first row was kept",
}


@dataclass(frozen=True)
class Neighbours:
    """Two snapshots of a frame, one right after the other.

    Attributes:
        before, after: model_key, developer_code and counters of each.
        counters: counters that both hold.
        is_live: True when the later one was collected, not imported.
    """

    frame: str
    label_before: str
    label_after: str
    before: ir.Table
    after: ir.Table
    counters: frozenset[str]
    is_live: bool = False


def paired(pair: Neighbours, metric: str) -> ir.Table:
    """Return the models whose count both snapshots know.

    Returns:
        model_key, developer_code, before, after.
    """
    before = pair.before.select("model_key", before=metric)
    after = pair.after.select("model_key", "developer_code", after=metric)
    both = before.join(after, "model_key")
    return both.filter(both.before.notnull() & both.after.notnull())


def spikes(rows: ir.Table, settings: Settings) -> ir.Table:
    """Return moves by the set factor or more, the larger value above the floor."""
    high, low = ibis.greatest(rows.before, rows.after), ibis.least(rows.before, rows.after)
    return rows.filter((high >= low * settings.spike_factor) & (high > int(settings.spike_floor)))


def falls(rows: ir.Table) -> ir.Table:
    """Return falls of a total that can only grow unless the hub corrects or resets it."""
    return rows.filter(rows.after < rows.before)


def drops(rows: ir.Table, settings: Settings) -> ir.Table:
    """Return the totals over the models seen on both dates, if they fell below the set ratio."""
    totals = rows.agg(**_sums(rows))
    return totals.filter(totals.after < totals.before * settings.global_drop)


def developer_drops(rows: ir.Table, developers: ir.Table, settings: Settings) -> ir.Table:
    """Return developers whose total fell below the set ratio, from above the floor of spikes.

    Args:
        rows: the result of `paired`.
        developers: developer_code and developer; unknown developers are nobody's total.
        settings: the thresholds.
    """
    totals = rows.group_by("developer_code").agg(**_sums(rows))
    fallen = totals.filter(
        (totals.after < totals.before * settings.developer_drop)
        & (totals.before > int(settings.spike_floor))
    )
    named = fallen.join(developers, "developer_code")
    return named.filter(named.developer != UNKNOWN).select("before", "after", subject="developer")


def frozen(rows: ir.Table, settings: Settings) -> ir.Table:
    """Return how many counts above 0 there were and how many stood still, if most did."""
    positive = rows.filter(rows.before > 0)
    counted = positive.agg(
        before=positive.count(),
        after=(positive.before == positive.after).cast("int64").sum().cast("int64"),
    )
    enough = counted.before >= MIN_FROZEN
    return counted.filter(enough & (counted.after >= counted.before * settings.frozen_share))


def _sums(rows: ir.Table) -> dict[str, ir.IntegerScalar]:
    return {
        "before": rows.before.sum().cast("int64"),
        "after": rows.after.sum().cast("int64"),
    }


def find_moves(
    engine: DuckDBEngine,
    pairs: Iterable[Neighbours],
    models: ir.Table,
    developers: ir.Table,
    settings: Settings,
) -> Iterator[dict[str, Any]]:
    """Yield what moved, or did not move, between neighbouring snapshots.

    Args:
        engine: where the tables are.
        pairs: neighbours of every frame.
        models: model_key and model_id.
        developers: developer_code and developer.
        settings: the thresholds.
    """
    for pair in pairs:
        for metric in (*LEVELS, *TOTALS):
            if metric not in pair.counters:
                continue
            rows = engine.stage("paired", paired(pair, metric))
            if metric in TOTALS:
                found = {"counter_fall": _named(falls(rows), models)}
            else:
                found = {
                    "single_model_spike": _named(spikes(rows, settings), models),
                    "developer_drop": developer_drops(rows, developers, settings),
                    "global_drop": drops(rows, settings).mutate(subject=ibis.literal("")),
                    "frozen": frozen(rows, settings).mutate(subject=ibis.literal("")),
                }
            for kind, table in found.items():
                blocks = pair.is_live and kind in BLOCKING
                for row in engine.fetch(table.order_by("subject")).to_pylist():
                    yield _between(pair, kind, "block" if blocks else "warn", metric, row)


def find_gaps(
    frame: str, labels: Sequence[tuple[str, datetime]], settings: Settings
) -> Iterator[dict[str, Any]]:
    """Yield neighbouring labels that lie much further apart than is usual in the frame.

    Args:
        frame: the frame.
        labels: label and instant of its snapshots in order.
        settings: `gap_factor`; with fewer than four snapshots nothing is usual.
    """
    spans = [(b[1] - a[1]).total_seconds() for a, b in pairwise(labels)]
    if len(spans) < MIN_SPANS:
        return
    usual = median(spans)
    for (before, after), span in zip(pairwise(labels), spans, strict=True):
        if span > settings.gap_factor * usual:
            yield _incident("gap", frame, "", label_before=before[0], label_after=after[0])


def find_growth(
    frame: str, labels: Sequence[str], entered: Iterable[tuple[str, int]]
) -> Iterator[dict[str, Any]]:
    """Yield the namespaces that entered a panel after its first snapshot.

    Only panels track namespaces; a sample of models gains accounts with every model.

    Args:
        frame: the panel.
        labels: its labels in order.
        entered: (namespace, position of the first label that shows it).
    """
    for namespace, place in entered:
        if place:
            yield _incident("frame_growth", frame, namespace, label_after=labels[place])


def find_reuploads(engine: DuckDBEngine, seen: ir.Table) -> Iterator[dict[str, Any]]:
    """Yield the ids under which a frame shows another repository than before.

    Args:
        engine: where the table is.
        seen: frame, model_id, subject (the model's present name), hub_key, snapshot_key, label.
    """
    known = seen.filter(seen.hub_key.notnull())
    window = ibis.window(group_by=["frame", "model_id"], order_by="snapshot_key")
    before = known.mutate(key_before=known.hub_key.lag().over(window))
    changed = before.filter(before.key_before.notnull() & (before.key_before != before.hub_key))
    rows = changed.select("frame", "subject", "label").order_by(["frame", "label", "subject"])
    for row in engine.fetch(rows).to_pylist():
        yield _incident("reupload", row["frame"], row["subject"], label_after=row["label"])


def find_conflicts(frame: str, label: str, conflicts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the models that a source listed twice at one label with unequal counters."""
    for model_id in conflicts:
        yield _incident("conflicting_duplicate", frame, model_id, label_after=label)


def incidents_table(found: Iterable[dict[str, Any]]) -> pa.Table:
    """Return incidents as a table (INCIDENT_SCHEMA), in a fixed order.

    An incident's id is a hash of what happened to what and when, so it is the same in every
    build that sees it.
    """
    rows = [{**row, "incident_id": _identity(row)} for row in found]
    rows.sort(key=lambda row: tuple(row[name] for name in _IDENTITY))
    return pa.Table.from_pylist(rows, schema=INCIDENT_SCHEMA)


def _identity(row: dict[str, Any]) -> str:
    return sha256_text(canonical_json([row[name] for name in (*_IDENTITY, *_VALUES)]))[:10]


def _named(rows: ir.Table, models: ir.Table) -> ir.Table:
    return rows.join(models, "model_key").select("before", "after", subject="model_id")


def _between(
    pair: Neighbours, kind: str, severity: str, metric: str, row: dict[str, Any]
) -> dict[str, Any]:
    return _incident(
        kind,
        pair.frame,
        row["subject"],
        severity=severity,
        metric=metric,
        label_before=pair.label_before,
        label_after=pair.label_after,
        value_before=row["before"],
        value_after=row["after"],
    )


def _incident(kind: str, frame: str, subject: str, **values: Any) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(INCIDENT_SCHEMA.names, "")
    empty |= {"severity": "warn", "value_before": None, "value_after": None}
    return empty | {"kind": kind, "frame": frame, "subject": subject, "note": NOTES[kind]} | values
