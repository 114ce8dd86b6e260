"""Text cells, lists of texts, and small facts that sources wrap in structures or JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.counts import whole_numbers
from modelcensus.sources.sieve import Sieve, map_distinct

LIST_OF_TEXT = pa.list_(pa.string())


def is_text(kind: pa.DataType) -> bool:
    """Return whether a type is text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_list(kind: pa.DataType) -> bool:
    """Return whether a type is a list."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def text_or_null(column: pa.Array) -> pa.Array:
    """Return a text column as plain text.

    Raises:
        TypeError: the column holds something else.
    """
    if not is_text(column.type) and not pa.types.is_null(column.type):
        raise TypeError(f"text is needed, not {column.type}")
    return column.cast(pa.string())


def list_of_texts(column: pa.Array) -> pa.Array:
    """Return a column of lists of text, also where the list is written as JSON text.

    Raises:
        TypeError: the column holds something else.
    """
    if is_text(column.type):
        return map_distinct(column, _texts_of_json, LIST_OF_TEXT)
    if pa.types.is_null(column.type) or (
        is_list(column.type)
        and (is_text(column.type.value_type) or pa.types.is_null(column.type.value_type))
    ):
        return column.cast(LIST_OF_TEXT)
    raise TypeError(f"a list of text is needed, not {column.type}")


def with_prefix(lists: pa.Array, prefix: str) -> tuple[npt.NDArray[np.int64], pa.Array]:
    """Return the texts in lists that begin with a prefix, without it, and their rows.

    Args:
        lists: LIST_OF_TEXT, or nulls.
        prefix: ASCII text.
    """
    lists = lists.cast(LIST_OF_TEXT)
    texts = pc.list_flatten(lists)
    at = np.flatnonzero(pc.starts_with(texts, prefix).fill_null(False))
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    rows = np.searchsorted(np.cumsum(lengths, dtype=np.int64), at, side="right")
    return rows, pc.utf8_slice_codeunits(texts.take(pa.array(at)), len(prefix))


def totals(column: pa.Array) -> pa.Array:
    """Return the whole number `total` of a structure (or of its JSON text), null where none.

    Raises:
        TypeError: the column holds neither structures nor text.
    """
    if is_text(column.type):
        return map_distinct(column, _total_of_json, pa.int64())
    if not pa.types.is_struct(column.type):
        if pa.types.is_null(column.type):
            return column.cast(pa.int64())
        raise TypeError(f"a structure with 'total' is needed, not {column.type}")
    if column.type.get_field_index("total") < 0:
        return pa.nulls(len(column), pa.int64())
    return whole_numbers(pc.struct_field(column, "total"))[0]


def are_objects(column: pa.Array) -> pa.Array:
    """Return which cells hold a structure, also where it is written as JSON text."""
    if is_text(column.type):
        found = map_distinct(column, lambda text: isinstance(parse_json(text), dict), pa.bool_())
        return pc.fill_null(found, False)
    return pc.is_valid(column)


def storable(value: Any) -> bool:
    """Return whether all text in a JSON value is UTF-8: it holds no lone surrogate."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def parse_json(text: str) -> Any:
    """Return the value of a JSON text, or None when it is none, too deep, or not UTF-8."""
    try:
        value = json.loads(text)
        return value if "\\u" not in text or storable(value) else None
    except (ValueError, RecursionError):
        return None


def drop_large_cells(sieve: Sieve, cell_bytes: int) -> None:
    """Lose the rows that hold a longer text than `cell_bytes`."""
    rows = len(sieve.table)
    for name in sieve.table.column_names:
        column = sieve.column(name)
        if column.nbytes <= cell_bytes:
            continue
        for texts, of_row in _texts_in(column, np.arange(rows, dtype=np.int64)):
            lengths = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
            mask = np.zeros(rows, dtype=bool)
            mask[of_row[lengths > cell_bytes]] = True
            sieve.drop(pa.array(mask), "too_large_cell")


def _texts_in(
    column: pa.Array, rows: npt.NDArray[np.int64]
) -> Iterator[tuple[pa.Array, npt.NDArray[np.int64]]]:
    """Yield each text array in a column, with the row that each of its texts stands in."""
    if is_text(column.type):
        yield column, rows
    elif is_list(column.type):
        parents = pc.list_parent_indices(column).to_numpy(zero_copy_only=False)
        yield from _texts_in(pc.list_flatten(column), rows[parents])
    elif pa.types.is_struct(column.type):
        for number in range(column.type.num_fields):
            yield from _texts_in(pc.struct_field(column, number), rows)


def _texts_of_json(text: str) -> list[str] | None:
    value = parse_json(text)
    if not isinstance(value, list):
        return None
    return [item if isinstance(item, str) else json.dumps(item) for item in value]


def _total_of_json(text: str) -> int | None:
    value = parse_json(text)
    return whole_or_null(value.get("total")) if isinstance(value, dict) else None


def whole_or_null(value: Any) -> int | None:
    """Return a JSON number as a whole number from 0 to 2^63 - 1, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value) if 0 <= value < 2**63 else None
