"""Rows whose text cannot be stored: a cell that is too large, or that is not UTF-8.

Such a row becomes a reject; the rows beside it stay.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.record import Reject

TOO_LARGE = "a cell is too large"
NOT_TEXT = "a cell is not valid UTF-8"


def split_bad_cells(table: pa.Table, cell_bytes: int) -> tuple[pa.Table, list[Reject]]:
    """Return the rows whose texts can be stored, and one reject for each of the others.

    Args:
        table: any table; texts are looked for in its text columns, lists and structures.
        cell_bytes: largest length of one text, in bytes of UTF-8.
    """
    kept: list[pa.RecordBatch] = []
    rejects: list[Reject] = []
    for batch in table.to_batches():
        bad = _bad_rows(batch, cell_bytes)
        if not bad:
            kept.append(batch)
            continue
        rejects += [_reject(batch, row, *why) for row, why in sorted(bad.items())]
        keep = np.ones(len(batch), dtype=bool)
        keep[list(bad)] = False
        kept.append(batch.filter(pa.array(keep)))
    if not rejects:
        return table, rejects
    return pa.Table.from_batches(kept, schema=table.schema), rejects


def _bad_rows(batch: pa.RecordBatch, cell_bytes: int) -> dict[int, tuple[str, str]]:
    """Return (reason, column) by row number."""
    bad: dict[int, tuple[str, str]] = {}
    for column, array in zip(batch.schema.names, batch.columns, strict=True):
        for texts, rows in _texts(array, None):
            for reason, found in (
                (TOO_LARGE, _too_large(texts, cell_bytes)),
                (NOT_TEXT, _not_text(texts)),
            ):
                for index in found:
                    bad.setdefault(int(index if rows is None else rows[index]), (reason, column))
    return bad


def _texts(
    array: pa.Array, rows: np.ndarray | None
) -> Iterator[tuple[pa.Array, np.ndarray | None]]:
    """Yield every text array inside an array, with the row each text stands in (None: its own)."""
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield array, rows
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        parents = pc.list_parent_indices(array).to_numpy(zero_copy_only=False)
        yield from _texts(pc.list_flatten(array), parents if rows is None else rows[parents])
    elif pa.types.is_struct(kind):
        for number in range(kind.num_fields):
            yield from _texts(pc.struct_field(array, number), rows)


def _too_large(texts: pa.Array, cell_bytes: int) -> np.ndarray:
    lengths = pc.fill_null(pc.binary_length(texts), 0)
    return np.flatnonzero(lengths.to_numpy(zero_copy_only=False) > cell_bytes)


def _not_text(texts: pa.Array) -> list[int]:
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        values = texts.cast(pa.large_binary())
        return [i for i, value in enumerate(values) if not _is_text(value.as_py())]
    return []


def _is_text(value: bytes | None) -> bool:
    try:
        return value is None or value.decode() is not None
    except UnicodeDecodeError:
        return False


def _reject(batch: pa.RecordBatch, row: int, reason: str, column: str) -> Reject:
    """Return a reject that shows the row's first column, whatever bytes it holds."""
    first = batch.column(0).slice(row, 1)
    if pa.types.is_string(first.type) or pa.types.is_large_string(first.type):
        value = first.cast(pa.large_binary())[0].as_py() or b""
        return Reject.of(reason, f"column {column}", value[:2000].decode("utf-8", "replace"))
    return Reject.of(reason, f"column {column}", str(first[0].as_py()))
