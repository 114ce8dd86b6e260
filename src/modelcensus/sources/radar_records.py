"""The radar list's columns as records: what its changes hold, and what its models file adds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SchemaChanged
from modelcensus.sources.base_models import edges_of_tags, edges_of_text, gather
from modelcensus.sources.counts import whole_numbers
from modelcensus.sources.formats import sorted_names
from modelcensus.sources.hub_records import gated_text, licence_of_tags
from modelcensus.sources.identifiers import drop_bad_ids
from modelcensus.sources.instants import instants
from modelcensus.sources.radar_changes import ADDED, DELETED, MODIFIED, Change
from modelcensus.sources.record import Batch, Reject, conform
from modelcensus.sources.sieve import Sieve
from modelcensus.sources.texts import list_of_texts, text_or_null

_COUNTERS = {
    "downloads_30d": "downloads_30d",
    "likes": "likes",
    "trending_score": "trending_score",
}
_INSTANTS = {"modified_at": "updated_at", "removed_at": "removed_at"}
CHANGE_COLUMNS = (
    *("commit_time", "status", "id"),
    *_COUNTERS.values(),
    *_INSTANTS.values(),
    *("removed", "license", "base_model", "gated"),
)
PRESENT = (
    *_COUNTERS,
    *_INSTANTS,
    *("is_removed", "licence_tag", "base_models", "gated"),
)
"""Record columns that a set of changes fills."""

_FACTS = {
    "author": "author",
    "pipeline_tag": "pipeline_tag",
    "library": "library",
}
_SIZES = {"parameters": "parameters", "size_bytes": "storage_bytes"}
FACT_COLUMNS = (
    *("id", "downloads_30d", "likes", "created_at", "license", "base_model"),
    *("languages", "tags"),
    *_FACTS.values(),
    *_SIZES.values(),
)
FORMATS_COLUMN = "formats"
"""A column that older models files do not have."""
PRESENT_LAST = (
    *PRESENT,
    *_FACTS,
    *_SIZES,
    *("created_at", "licence_name", "languages", "tags"),
)
"""Record columns of the last state, to which the models file adds."""


def records_of_changes(changes: pa.Table) -> tuple[pa.Table, list[Change], list[Reject]]:
    """Return the rows of all sets of changes as records.

    Returns:
        One record per row, lost and deleting ones included, so that row numbers hold (their
        id is empty where there is none); the changes that stand; and the rejects.

    Raises:
        SchemaChanged: a column has a type that cannot be read.
    """
    try:
        return _records_of_changes(Sieve(changes, lambda row: f"change {row + 1}"))
    except TypeError as error:
        raise SchemaChanged("changes", str(error), where="observations_*.parquet") from error


def join_facts(records: pa.Table, models: pa.Table) -> tuple[Batch, int]:
    """Return the last state with the facts of the models file, and how many rows it gave.

    A row of the models file becomes a reject when the replayed list does not hold its model
    (`not_in_last_state`), holds it already (`repeated_model`), or has other counts
    (`differs_from_changes`); the record then stands without its facts.
    """
    sieve = Sieve(models, lambda row: f"model {row + 1}")
    try:
        facts = _facts(sieve)
    except TypeError as error:
        raise SchemaChanged("models", str(error), where="models_*.parquet") from error
    ids = facts["model_id"]
    in_state = pc.index_in(ids, records["model_id"].combine_chunks())
    sieve.drop(pc.is_null(in_state), "not_in_last_state")
    first = pc.index_in(ids, ids)
    sieve.drop(pc.not_equal(first, pa.array(range(len(ids)), pa.int32())), "repeated_model")
    for name in ("downloads_30d", "likes"):
        replayed = records[name].combine_chunks().take(in_state)
        same = pc.or_kleene(
            pc.fill_null(pc.equal(replayed, facts[name]), False),
            pc.and_(pc.is_null(replayed), pc.is_null(facts[name])),
        )
        sieve.drop(pc.invert(same), "differs_from_changes")
    kept = sieve.kept()
    at = pc.index_in(records["model_id"].combine_chunks(), ids.filter(kept))
    columns = {name: records[name].combine_chunks() for name in records.column_names}
    for name in set(facts) - {"model_id", "downloads_30d", "likes", "base_models"}:
        columns[name] = facts[name].filter(kept).take(at)
    columns["base_models"] = pc.coalesce(
        facts["base_models"].filter(kept).take(at), columns["base_models"]
    )
    return Batch(conform(columns, len(records)), sieve.rejects()), pc.sum(kept).as_py() or 0


def _records_of_changes(sieve: Sieve) -> tuple[pa.Table, list[Change], list[Reject]]:
    labels, bad = instants(sieve.column("commit_time"))
    sieve.drop(pc.or_(bad, pc.is_null(labels)), "bad_date")
    statuses = text_or_null(sieve.column("status"))
    known = pc.is_in(statuses, pa.array([ADDED, MODIFIED, DELETED]))
    sieve.drop(pc.invert(known), "unknown_status")
    ids = pc.if_else(pc.equal(sieve.column("id"), ""), None, text_or_null(sieve.column("id")))
    is_unnamed = pc.and_(pc.fill_null(pc.equal(statuses, DELETED), False), pc.is_null(ids))
    drop_bad_ids(sieve, pc.if_else(is_unnamed, "-", ids))
    columns: dict[str, pa.Array] = {"model_id": pc.fill_null(ids, "")}
    columns |= _counters_and_instants(sieve)
    columns["is_removed"] = sieve.column("removed").cast(pa.bool_())
    columns["licence_tag"] = text_or_null(sieve.column("license"))
    columns["gated"] = gated_text(sieve.column("gated"))
    bases = text_or_null(sieve.column("base_model"))
    columns["base_models"] = gather([edges_of_text(bases)], len(ids))
    return (
        conform(columns, len(ids)),
        _changes(sieve, labels, statuses, ids),
        (sieve.rejects()),
    )


def _counters_and_instants(sieve: Sieve) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    for name, column in _COUNTERS.items():
        columns[name], bad = whole_numbers(sieve.column(column))
        sieve.drop(bad, "count_not_integer")
    for name, column in _INSTANTS.items():
        columns[name], bad = instants(sieve.column(column))
        sieve.drop(bad, "bad_date")
    return columns


def _changes(sieve: Sieve, labels: pa.Array, statuses: pa.Array, ids: pa.Array) -> list[Change]:
    moments: dict[int, datetime] = {}
    kept = sieve.kept().to_pylist()
    rows = zip(kept, labels.cast(pa.int64()).to_pylist(), statuses.to_pylist(), ids, strict=True)
    found: list[Change] = []
    for row, (stands, label, status, model_id) in enumerate(rows):
        if stands:
            moment = moments.setdefault(label, labels[row].as_py())
            found.append(Change(row, moment, status, model_id.as_py()))
    return found


def _facts(sieve: Sieve) -> dict[str, Any]:
    ids = text_or_null(sieve.column("id"))
    drop_bad_ids(sieve, ids)
    found: dict[str, Any] = {"model_id": ids}
    for name in ("downloads_30d", "likes"):
        found[name], bad = whole_numbers(sieve.column(name))
        sieve.drop(bad, "count_not_integer")
    found["created_at"], bad = instants(sieve.column("created_at"))
    sieve.drop(bad, "bad_date")
    found |= {name: text_or_null(sieve.column(column)) for name, column in _FACTS.items()}
    # sizes are facts: one that is no whole number is null and costs no row
    found |= {name: whole_numbers(sieve.column(column))[0] for name, column in _SIZES.items()}
    found["languages"] = list_of_texts(sieve.column("languages"))
    found["tags"] = list_of_texts(sieve.column("tags"))
    if FORMATS_COLUMN in sieve.table.column_names:
        found["formats"] = sorted_names(list_of_texts(sieve.column(FORMATS_COLUMN)))
    named = licence_of_tags(found["tags"])
    licence = text_or_null(sieve.column("license"))
    is_same = pc.fill_null(pc.equal(named, licence), False)
    found["licence_name"] = pc.if_else(is_same, None, named)
    bases = edges_of_text(text_or_null(sieve.column("base_model")))
    found["base_models"] = gather([edges_of_tags(found["tags"]), bases], len(ids))
    return found
