"""Declared bases as the Hub's records write them, in one list per model.

A base is declared up to three times: in the Hub's own `baseModels`, in a tag
(`base_model:quantized:org/name`, each followed by its untyped twin `base_model:org/name`), and
in the field `base_model` of the model card. Each says it with its source; nothing is resolved.
Ids are kept as written: a local path, `undefined` or the model itself are for lineage to judge.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.record import BASE_MODEL
from modelcensus.sources.sieve import map_distinct, placed
from modelcensus.sources.texts import with_prefix

RELATIONS = ("finetune", "adapter", "quantized", "merge")
REFERENCES = pa.list_(pa.string())

_TAG = "base_model:"
_TYPED = rf"^(?:{'|'.join(RELATIONS)}):"
_MAX_CODE = 2**62
_QUOTES = "\"'[] \t\r\n"


@dataclass(frozen=True)
class Edges:
    """Declared bases of one kind: parallel arrays, in the order of the rows.

    Attributes:
        source: `base_models`, `tag` or `card`.
        rows: int64, the model's row in its table.
        relations: text, null where none is given.
        ids: text, never null or empty.
    """

    source: str
    rows: npt.NDArray[np.int64]
    relations: pa.Array
    ids: pa.Array


DEEPEST = 8
"""Levels of lists in lists that are looked through for references."""
_TOO_DEEP = "[nested too deep]"


def json_text(value: Any) -> str:
    """Return a value's JSON text; a short one for what is nested too deep to have one."""
    try:
        return json.dumps(value, default=str)
    except RecursionError:
        return _TOO_DEEP


def split_references(value: Any, level: int = 0) -> list[str]:
    """Return the base models that a card's field names.

    Args:
        value: a text (`a/b`, or several joined by commas: `a/b, c/d`), a list of such texts
            (also written as a text), or anything else found there.
        level: how many lists it stands in.

    Returns:
        The texts without blanks and quotes, each once, in order. A value of another type is
        kept as its JSON text, for an ill-formed reference is a finding too.
    """
    if value is None or value == "":
        return []
    if isinstance(value, str):
        parts = [part.strip(_QUOTES) for part in value.split(",")]
    elif isinstance(value, list) and level < DEEPEST:
        parts = [part for item in value for part in split_references(item, level + 1)]
    else:
        parts = [json_text(value)]
    return list(dict.fromkeys(part for part in parts if part))


def edges_of_tags(tags: pa.Array) -> Edges:
    """Return the bases named in lists of tags; an untyped twin of a typed tag is left out."""
    rows, named = with_prefix(tags, _TAG)
    is_typed = pc.match_substring_regex(named, _TYPED)
    # "quantized:a/b" in two; what follows a further colon stays with the id
    parts = pc.list_flatten(pc.split_pattern(named.filter(is_typed), ":", max_splits=1))
    firsts = pa.array(np.arange(0, len(parts), 2))
    relations = placed(pa.nulls(len(named), pa.string()), is_typed, parts.take(firsts))
    ids = placed(named, is_typed, parts.take(pc.add(firsts, 1)))
    return _without_twins(_without_empty("tag", rows, relations, ids))


def edges_of_text(texts: pa.Array) -> Edges:
    """Return the bases named in a card's field that is a text."""
    return edges_of_lists(map_distinct(texts, split_references, REFERENCES))


def edges_of_lists(references: pa.Array) -> Edges:
    """Return the bases named in a card's field that is a list of ids, already split."""
    rows, ids = _flat(references)
    return _without_empty("card", rows, pa.nulls(len(ids), pa.string()), ids)


def edges_of_base_models(column: pa.Array) -> Edges:
    """Return the bases in the Hub's `baseModels`: struct{relation, models: list<{_id, id}>}."""
    relation, models = pc.struct_field(column, "relation"), pc.struct_field(column, "models")
    rows, bases = _flat(models)
    ids = pc.struct_field(bases, "id") if len(bases) else pa.nulls(0, pa.string())
    relations = relation.take(pa.array(rows)).cast(pa.string())
    return _without_empty("base_models", rows, relations, ids)


def gather(edges: Sequence[Edges], rows: int) -> pa.Array:
    """Return one list of BASE_MODEL per row, null where none is declared.

    The kinds keep the order they are given in; a base that one kind names twice with the
    same relation is kept once.
    """
    found = pa.table(
        {
            "row": np.concatenate([e.rows for e in edges]),
            "relation": pa.concat_arrays([e.relations for e in edges]),
            "model_id": pa.concat_arrays([e.ids for e in edges]),
            "source": pa.concat_arrays(
                [pa.repeat(pa.scalar(e.source), len(e.rows)) for e in edges]
            ),
        }
    )
    order = np.argsort(found["row"].to_numpy(), kind="stable")
    found = found.take(pa.array(order))
    found = found.take(pa.array(_first_of_each(found)))
    structs = pa.StructArray.from_arrays(
        [found[f.name].combine_chunks().cast(f.type) for f in BASE_MODEL], fields=list(BASE_MODEL)
    )
    return lists_by_row(found["row"].to_numpy(), structs, rows)


def lists_by_row(of_row: npt.NDArray[np.int64], values: pa.Array, rows: int) -> pa.Array:
    """Return lists of the values of each row, null where there are none; rows ascend."""
    offsets = np.searchsorted(of_row, np.arange(rows + 1)).astype(np.int32)
    is_empty = offsets[1:] == offsets[:-1]
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(is_empty))


def _flat(lists: pa.Array) -> tuple[npt.NDArray[np.int64], pa.Array]:
    if pa.types.is_null(lists.type):
        lists = lists.cast(REFERENCES)
    rows = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    return rows, pc.list_flatten(lists)


def _without_empty(
    source: str, rows: npt.NDArray[np.int64], relations: pa.Array, ids: pa.Array
) -> Edges:
    relations, ids = relations.cast(pa.string()), ids.cast(pa.string())
    relations = pc.if_else(pc.equal(relations, ""), None, relations)
    named = pc.fill_null(pc.not_equal(ids, ""), False)
    mask = named.to_numpy(zero_copy_only=False)
    return Edges(source, rows[mask], relations.filter(named), ids.filter(named))


def _without_twins(edges: Edges) -> Edges:
    keys = _codes(pa.array(edges.rows), edges.ids)
    is_typed = pc.is_valid(edges.relations).to_numpy(zero_copy_only=False)
    keep = is_typed | ~np.isin(keys, keys[is_typed])
    mask = pa.array(keep)
    return Edges(
        edges.source, edges.rows[keep], edges.relations.filter(mask), edges.ids.filter(mask)
    )


def _first_of_each(found: pa.Table) -> npt.NDArray[np.int64]:
    """Return the numbers of the edges that are no repetition, ascending.

    Edges stand row by row and, within a row, kind by kind: a repetition has a neighbour of its
    row and kind, and most edges have none.
    """
    beside = np.ones(max(len(found) - 1, 0), dtype=bool)
    for name in ("row", "source"):
        codes = _codes(found[name].combine_chunks())
        beside &= codes[1:] == codes[:-1]
    in_doubt = np.flatnonzero(np.append(beside, False) | np.append(False, beside))
    doubtful = found.take(pa.array(in_doubt))
    keys = _codes(*(doubtful[name].combine_chunks() for name in doubtful.column_names))
    _, first = np.unique(keys, return_index=True)
    repeated = np.ones(len(in_doubt), dtype=bool)
    repeated[first] = False
    return np.delete(np.arange(len(found)), in_doubt[repeated])


def _codes(*columns: pa.Array) -> npt.NDArray[np.int64]:
    """Return one number per row that is equal where all columns are equal (null = null)."""
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column in columns:
        indices = pc.fill_null(column.dictionary_encode().indices, -1)
        codes_here = indices.to_numpy(zero_copy_only=False).astype(np.int64) + 1
        size_here = int(codes_here.max(initial=0)) + 1
        if size * size_here > _MAX_CODE:
            _, codes = np.unique(codes, return_inverse=True)
            size = int(codes.max(initial=0)) + 1
        codes, size = codes * size_here + codes_here, size * size_here
    return codes
