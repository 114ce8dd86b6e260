"""Sums by snapshot, grouping and counter, so that the common questions need not read counters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.releases.keyed import KeyedSnapshot
from modelcensus.sources.record import COUNTERS

CODED = ("developer", "developer_type", "country", "family")
"""Groupings under the developer lens whose codes stand beside the counters."""


def rollup(engine: DuckDBEngine, rows: ir.Table, keyed: KeyedSnapshot) -> Iterator[dict[str, Any]]:
    """Yield the sums of one snapshot by every coded grouping and counter (table `rollups`).

    Args:
        engine: where the rows are.
        rows: the snapshot's observations with codes.
        keyed: the snapshot, for the counters it holds.
    """
    for kind in CODED:
        sums = {"models": rows.count()}
        for counter in (c for c in COUNTERS if c in keyed.counters):
            sums[f"value_{counter}"] = rows[counter].sum().cast("int64")
            sums[f"counted_{counter}"] = rows[counter].count()
            sums[f"zeros_{counter}"] = (rows[counter] == 0).cast("int64").sum()
        grouped = rows.group_by(code=rows[f"{kind}_code"]).agg(**sums).order_by("code")
        for row in engine.fetch(grouped).to_pylist():
            common = {"snapshot_key": keyed.key, "kind": kind, "code": row["code"]}
            models = row["models"]
            yield common | {
                "metric": "models",
                "value": models,
                "models": models,
                "counted": models,
                "zeros": 0,
            }
            for counter in (c for c in COUNTERS if c in keyed.counters):
                yield common | {
                    "metric": counter,
                    "value": row[f"value_{counter}"],
                    "models": models,
                    "counted": row[f"counted_{counter}"],
                    "zeros": row[f"zeros_{counter}"] or 0,
                }


ROLLUP_SCHEMA = pa.schema(
    [
        ("snapshot_key", pa.int32()),
        ("kind", pa.string()),
        ("code", pa.int32()),
        ("metric", pa.string()),
        ("value", pa.int64()),
        ("models", pa.int64()),
        ("counted", pa.int64()),
        ("zeros", pa.int64()),
    ]
)
