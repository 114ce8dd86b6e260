"""The table `listed_sizes`: what imported lists say of models' parameters, total and active."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.snapshots.manifest import EvidenceManifest
from modelcensus.snapshots.store import Store

TABLE = "parameters"
HUB = "huggingface"
_COLUMNS = ("model_id", "total_parameters", "active_parameters", "is_moe")
_SCHEMA = pa.schema(
    [
        ("model_id", pa.string()),
        ("total_parameters", pa.int64()),
        ("active_parameters", pa.int64()),
        ("is_moe", pa.bool_()),
        ("evidence_id", pa.string()),
        ("as_of", pa.string()),
    ]
)


def listed_sizes(
    engine: DuckDBEngine, store: Store, evidence: tuple[EvidenceManifest, ...], names: ir.Table
) -> ir.Table:
    """Return the table `listed_sizes`: one row per model, from the newest list that names it.

    Args:
        engine: where the table is made.
        store: what holds the lists.
        evidence: the imported lists.
        names: every name with hub, model_id, current_id and model_key.
    """
    listed = engine.local(_rows(store, evidence))
    known = names.filter(names.hub == HUB).select("model_id", "current_id", "model_key")
    joined = listed.join(known, "model_id")
    # a list may name a model by a former name, too: the present one is read
    is_present = (joined.model_id == joined.current_id).cast("int64")
    order = [ibis.desc("as_of"), ibis.desc("is_present"), ibis.asc("model_id")]
    window = ibis.window(group_by="model_key", order_by=[*order, ibis.asc("evidence_id")])
    ranked = joined.mutate(is_present=is_present).mutate(nth=ibis.row_number().over(window))
    return ranked.filter(ranked.nth == 0).select(
        "model_key",
        "total_parameters",
        "active_parameters",
        "evidence_id",
        is_mixture="is_moe",
    )


def _rows(store: Store, evidence: tuple[EvidenceManifest, ...]) -> pa.Table:
    """Return what all lists say, with the list and the day that it describes."""
    found = [_SCHEMA.empty_table()]
    for manifest in evidence:
        if TABLE in manifest.files:
            rows = store.open_table(manifest, TABLE, list(_COLUMNS))
            for name, value in (("evidence_id", manifest.id), ("as_of", manifest.as_of)):
                rows = rows.append_column(name, pa.array([value] * len(rows), pa.string()))
            found.append(rows.select(_SCHEMA.names).cast(_SCHEMA))
    return pa.concat_tables(found)
