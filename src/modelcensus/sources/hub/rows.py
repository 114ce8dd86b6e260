"""From the rows of a page to the raw table that the Hub's normaliser reads, column by column.

This is the fast way for rows as the Hub writes them. A page with anything else in it (a number
that is text, a tag that is none, a lone surrogate) goes the slow way of `hub_api`, row by row;
a test holds that both give the same records and rejects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.base_models import split_references
from modelcensus.sources.cards import CARD, read_card
from modelcensus.sources.formats import names_of_files
from modelcensus.sources.hub_api import RAW_COUNTERS, RAW_SCHEMA, batch_of_found, found_in
from modelcensus.sources.hub_records import (
    COUNTER_COLUMNS,
    FILES_COLUMN,
    FLAG_COLUMNS,
    ID_COLUMNS,
    INSTANT_COLUMNS,
    SCORE_COLUMN,
    TEXT_COLUMNS,
    normalise,
)
from modelcensus.sources.listed import count_providers
from modelcensus.sources.number_types import COUNTS, types_of_counts
from modelcensus.sources.record import Batch, Reject
from modelcensus.sources.sieve import Locator
from modelcensus.sources.texts import LIST_OF_TEXT, whole_or_null

SLOW_ROWS = 16
"""So many rows go the slow way together with one that must."""

_NONE = type(None)
_BASES = RAW_SCHEMA.field("baseModels").type
_BASE = _BASES.field("models").type.value_type
_TOTAL = RAW_SCHEMA.field("gguf").type
_WEIGHTS = RAW_SCHEMA.field("safetensors").type


class _Unusual(Exception):
    """A column holds something that only the slow way can tell from a fault."""


def page_batch(rows: Sequence[Any], locate: Locator, where: str) -> Batch:
    """Return the records and rejects of rows.

    Args:
        rows: JSON values, as `decode_page` gives them; at least one.
        locate: gives the place of a row from its number, for rejects.
        where: what they are part of, for messages.
    """
    try:
        raw = _raw_table(rows)
    except (_Unusual, pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeError):
        return _unusual_batch(rows, locate, where)
    batch = normalise(raw, locate, where, _absent(rows))
    return replace(batch, rejects=_as_they_came(rows, locate, batch))


def _as_they_came(rows: Sequence[Any], locate: Locator, batch: Batch) -> list[Reject]:
    """Return rejects with the text of the row that the hub sent, not of its raw columns."""
    if not batch.rejects:
        return []
    numbers = {locate(number): number for number in range(len(rows))}
    return [
        Reject.of(r.reason, r.locator, found_in(rows[numbers[r.locator]], r.locator).raw)
        for r in batch.rejects
    ]


def _unusual_batch(rows: Sequence[Any], locate: Locator, where: str) -> Batch:
    """Halve rows until those that need the slow way are few."""
    if len(rows) <= SLOW_ROWS:
        found = [found_in(row, locate(number)) for number, row in enumerate(rows)]
        batch = batch_of_found(found, where)
        return replace(batch, rejects=_as_they_came(rows, locate, batch))
    middle = len(rows) // 2
    batches = [
        page_batch(rows[:middle], locate, where),
        page_batch(rows[middle:], lambda number: locate(middle + number), where),
    ]
    records = pa.concat_tables([batch.records for batch in batches])
    return Batch(records, [reject for batch in batches for reject in batch.rejects])


def _raw_table(rows: Sequence[Any]) -> pa.Table:
    if {*map(type, rows)} != {dict}:
        raise _Unusual
    columns: dict[str, pa.Array] = {}
    for name in RAW_SCHEMA.names:
        if name != "absent":
            columns[name] = _COLUMNS[name](_get(rows, name))
    return pa.table(columns)


def _get(rows: Sequence[Any], name: str) -> list[Any]:
    return list(map(dict.get, rows, repeat(name)))


def _absent(rows: Sequence[Any]) -> pa.Array:
    """Return per row the counters it does not speak of."""
    there = {
        name: list(map(dict.__contains__, rows, repeat(raw))) for name, raw in RAW_COUNTERS.items()
    }
    lacking = {name: flags for name, flags in there.items() if not all(flags)}
    if not lacking:
        offsets = pa.array([0] * (len(rows) + 1), pa.int32())
        return pa.ListArray.from_arrays(offsets, pa.array([], pa.string()))
    names = list(lacking)
    found = [
        [name for name, is_there in zip(names, flags, strict=True) if not is_there]
        for flags in zip(*lacking.values(), strict=True)
    ]
    return pa.array(found, LIST_OF_TEXT)


def _only(values: Sequence[Any], *kinds: type) -> None:
    """Raise unless all values are None or of these types.

    Raises:
        _Unusual: one is not.
    """
    if not {*map(type, values)} <= {_NONE, *kinds}:
        raise _Unusual


def _texts(values: Sequence[Any]) -> pa.Array:
    _only(values, str)
    return pa.array(values, pa.string())


def _counts(values: Sequence[Any]) -> pa.Array:
    _only(values, int)
    counts = pa.array(values, pa.int64())
    if (pc.min(counts).as_py() or 0) < 0:
        # the row may have another fault, too; the slow way knows which one is stated
        raise _Unusual
    return counts


def _scores(values: Sequence[Any]) -> pa.Array:
    if {*map(type, values)} <= {_NONE, int}:
        with suppress(OverflowError):
            counts = pa.array(values, pa.int64())
            if (pc.min(counts).as_py() or 0) >= 0:
                return counts
    return pa.array([None if v is None else whole_or_null(v) for v in values], pa.int64())


def _flags(values: Sequence[Any]) -> pa.Array:
    _only(values, bool)
    return pa.array(values, pa.bool_())


def _gates(values: Sequence[Any]) -> pa.Array:
    _only(values, str, bool)
    return pa.array([("true" if v else "false") if type(v) is bool else v for v in values])


def _totals(values: Sequence[Any]) -> pa.Array:
    _only(values, dict)
    found = [v.get("total") if v else None for v in values]
    mask = pa.array([v is None for v in values])
    return pa.StructArray.from_arrays([_scores(found)], fields=list(_TOTAL), mask=mask)


def _weights(values: Sequence[Any]) -> pa.Array:
    _only(values, dict)
    totals = _scores([v.get("total") if v else None for v in values])
    types = [types_of_counts(v.get(COUNTS)) if v else None for v in values]
    mask = pa.array([v is None for v in values])
    arrays = [totals, pa.array(types, LIST_OF_TEXT)]
    return pa.StructArray.from_arrays(arrays, fields=list(_WEIGHTS), mask=mask)


def _lengths(values: Sequence[Any]) -> pa.Array:
    _only(values, list)
    return pa.array([None if v is None else len(v) for v in values], pa.int64())


def _providers(values: Sequence[Any]) -> pa.Array:
    _only(values, list, dict)
    # nearly all are empty
    counts = [count_providers(v) if v else None if v is None else 0 for v in values]
    return pa.array(counts, pa.int64())


def _files(values: Sequence[Any]) -> pa.Array:
    if {*map(type, values)} == {_NONE}:
        return pa.nulls(len(values), LIST_OF_TEXT)
    return pa.array([names_of_files(value) for value in values], LIST_OF_TEXT)


def _lists(values: Sequence[Any]) -> pa.Array:
    _only(values, list)
    flat = list(chain.from_iterable(v for v in values if v))
    if {*map(type, flat)} - {str}:
        raise _Unusual
    return pa.ListArray.from_arrays(_offsets(values), pa.array(flat, pa.string()))


def _offsets(lists: Sequence[Any]) -> pa.Array:
    """Return the offsets of lists; a null offset makes a null list."""
    offsets: list[int | None] = []
    position = 0
    for values in lists:
        offsets.append(None if values is None else position)
        position += len(values) if values else 0
    return pa.array([*offsets, position], pa.int32())


def _cards(values: Sequence[Any]) -> pa.Array:
    _only(values, dict)
    cards = [value or _NO_CARD for value in values]
    arrays = [_CARD_FIELDS[field.name](_get(cards, field.name), field.name) for field in CARD]
    mask = pa.array([value is None for value in values])
    return pa.StructArray.from_arrays(arrays, fields=list(CARD), mask=mask)


def _card_texts(values: Sequence[Any], name: str) -> pa.Array:
    if {*map(type, values)} <= {_NONE, str}:
        return pa.array([value or None for value in values], pa.string())
    return pa.array([read_card({name: value})[name] for value in values], pa.string())


def _card_languages(values: Sequence[Any], name: str) -> pa.Array:
    return pa.array(
        [v if v is None else [v] if type(v) is str else read_card({name: v})[name] for v in values],
        LIST_OF_TEXT,
    )


def _card_bases(values: Sequence[Any], name: str) -> pa.Array:
    """Return the bases that cards name; most name one, and many the same one.

    Raises:
        _Unusual: a base that is neither a text nor a list of texts.
    """
    known: dict[Any, list[str]] = {None: []}
    found: list[list[str]] = []
    for value in values:
        if type(value) is list:
            if {*map(type, value)} - {str}:
                raise _Unusual
            found.append(split_references(value))
        elif value is None or type(value) is str:
            if value not in known:
                known[value] = split_references(value)
            found.append(known[value])
        else:
            raise _Unusual
    return pa.array(found, LIST_OF_TEXT)


_NO_CARD: dict[str, Any] = {}
_CARD_FIELDS: dict[str, Callable[[Sequence[Any], str], pa.Array]] = {
    **dict.fromkeys(("license", "license_name", "license_link"), _card_texts),
    "base_model": _card_bases,
    "language": _card_languages,
}


def _bases(values: Sequence[Any]) -> pa.Array:
    _only(values, dict)
    relations: list[Any] = []
    lists: list[list[str] | None] = []
    for value in values:
        models = value.get("models") if value else None
        relations.append(value.get("relation") if type(models) is list else None)
        lists.append(_base_ids(models) if type(models) is list else None)
    flat = pa.array(list(chain.from_iterable(ids for ids in lists if ids)), pa.string())
    bases = pa.StructArray.from_arrays([pa.nulls(len(flat), pa.string()), flat], fields=list(_BASE))
    arrays = [_texts(relations), pa.ListArray.from_arrays(_offsets(lists), bases)]
    mask = pa.array([ids is None for ids in lists])
    return pa.StructArray.from_arrays(arrays, fields=list(_BASES), mask=mask)


def _base_ids(models: list[Any]) -> list[str]:
    if {*map(type, models)} - {dict}:
        raise _Unusual
    ids = [model["id"] for model in models if model.get("id")]
    if {*map(type, ids)} - {str}:
        raise _Unusual
    return ids


_COLUMNS: dict[str, Callable[[Sequence[Any]], pa.Array]] = {
    **dict.fromkeys((*ID_COLUMNS, *INSTANT_COLUMNS.values(), *TEXT_COLUMNS.values()), _texts),
    **dict.fromkeys(COUNTER_COLUMNS.values(), _counts),
    **dict.fromkeys(FLAG_COLUMNS.values(), _flags),
    "safetensors": _weights,
    "gguf": _totals,
    SCORE_COLUMN: _scores,
    "usedStorage": _scores,
    "spaces": _lengths,
    "inferenceProviderMapping": _providers,
    FILES_COLUMN: _files,
    "tags": _lists,
    "cardData": _cards,
    "baseModels": _bases,
    "gated": _gates,
}
