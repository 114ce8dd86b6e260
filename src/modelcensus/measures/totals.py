"""What a frame holds at every snapshot: models, sums, zeros and missing counts."""

from __future__ import annotations

import ibis
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.selection import select
from modelcensus.measures.wording import frame_phrase
from modelcensus.releases.release import Release

COLUMNS = columns(
    ("label", "", "snapshot"),
    ("models", "models", "models in the frame"),
    ("namespaces", "", "accounts with at least one model"),
    ("models_with_count", "models", "models whose count is known"),
    ("models_at_zero", "models", "models whose count is 0"),
    ("value", "as the metric", "sum over the models with a known count; null without any"),
    ("largest_model", "", "the model with the largest count"),
    ("largest_share", "fraction", "its part of the sum"),
)


def totals_by_snapshot(release: Release, contract: Contract) -> Figure:
    """What the frame holds at every snapshot of the period.

    Returns:
        Figure with one row per snapshot in order.

    Method: docs/methods.md#totals
    """
    selection = select(release, contract)
    models = release.table("models").select("model_key", "model_id", "namespace")
    rows = selection.values.join(models, "model_key")
    sums = selection.fetch(
        rows.group_by("snapshot_key")
        .agg(
            models=rows.count(),
            namespaces=rows.namespace.nunique(),
            models_with_count=rows.value.count(),
            models_at_zero=(rows.value == 0).cast("int64").sum(),
            value=rows.value.sum().cast("int64"),
        )
        .order_by("snapshot_key")
    ).to_pylist()
    order = [ibis.desc("value"), ibis.asc("model_id")]
    known = rows.filter(rows.value.notnull())
    window = ibis.window(group_by="snapshot_key", order_by=order)
    top = known.mutate(nth=ibis.row_number().over(window)).filter(lambda t: t.nth == 0)
    largest = {
        r["snapshot_key"]: r
        for r in selection.fetch(
            top.select("snapshot_key", "model_id", "value").order_by("snapshot_key")
        ).to_pylist()
    }
    by_key = {r["snapshot_key"]: r for r in sums}
    table = [
        _row(s.label, by_key.get(s.key, _EMPTY), largest.get(s.key)) for s in selection.snapshots
    ]
    first, last = table[0], table[-1]
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(table, schema=_SCHEMA),
        finding=(
            f"{frame_phrase(release, selection.contract)} held {last['models']:,} "
            f"models of {last['namespaces']:,} accounts on {last['label']} "
            f"({first['models']:,} of {first['namespaces']:,} on {first['label']})."
        ),
        coverage={
            "frame": selection.contract.frame,
            "hub": selection.last.hub,
            "is_complete_frame": selection.last.is_complete_frame,
            "snapshots": len(table),
            "label": last["label"],
            "models": last["models"],
        },
        bounds={"hub_wide": {"status": "not a share", "groups": {}}},
        sensitivity={"largest_model_share": last["largest_share"]},
    )


_SCHEMA = pa.schema(
    [
        ("label", pa.string()),
        ("models", pa.int64()),
        ("namespaces", pa.int64()),
        ("models_with_count", pa.int64()),
        ("models_at_zero", pa.int64()),
        ("value", pa.int64()),
        ("largest_model", pa.string()),
        ("largest_share", pa.float64()),
    ]
)


_EMPTY = {
    "models": 0,
    "namespaces": 0,
    "models_with_count": 0,
    "models_at_zero": 0,
    "value": None,
}
"""What a snapshot holds of which the population leaves nothing."""


def _row(
    label: str, row: dict[str, int | None], largest: dict[str, object] | None
) -> dict[str, object]:
    peak = int(str(largest["value"])) if largest else 0
    return {
        "label": label,
        **{k: row[k] or 0 for k in ("models", "namespaces", "models_with_count", "models_at_zero")},
        "value": row["value"],
        "largest_model": largest["model_id"] if largest else None,
        "largest_share": peak / row["value"] if row["value"] else None,
    }
