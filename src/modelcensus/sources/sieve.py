"""Sorting the rows of one table into kept ones and rejects, column-wise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.record import Reject

Locator = Callable[[int], str]
"""Gives the place of a row in the source from its number in the table."""

_SHOWN_CHARACTERS = 500


class Sieve:
    """Rows of a table, and why some of them cannot become records; the first reason stands.

    Attributes:
        table: the rows whose text is valid UTF-8, each column one chunk.
        bad_text: rejects for the other rows.
    """

    def __init__(self, table: pa.Table, locate: Locator) -> None:
        """Take the rows; those that hold bytes which are no text are lost at once."""
        self._locate = locate
        self._lost: dict[int, Reject] = {}
        bad = _rows_of_bad_text(table)
        self._numbers: npt.NDArray[np.int64] = np.arange(len(table), dtype=np.int64)
        shown = _bytes_shown(table.take(pa.array(bad, pa.int64())))
        self.bad_text = [
            Reject.of("bad_text", locate(row), text) for row, text in zip(bad, shown, strict=True)
        ]
        if bad:
            self._numbers = np.setdiff1d(self._numbers, np.array(bad, dtype=np.int64))
            table = table.take(pa.array(self._numbers))
        self.table = table.combine_chunks()
        self._kept = np.ones(len(table), dtype=bool)

    def column(self, name: str) -> pa.Array:
        """Return one column as one array."""
        return one_array(self.table[name])

    def drop(self, lost: pa.Array, reason: str) -> None:
        """Lose the rows where `lost` is true (null is not), unless they are lost already."""
        mask = pc.fill_null(lost, False).to_numpy(zero_copy_only=False) & self._kept
        rows = np.flatnonzero(mask)
        if not len(rows):
            return
        self._kept[rows] = False
        shown = _printable(self.table.take(pa.array(rows))).to_pylist()
        for row, value in zip(rows.tolist(), shown, strict=True):
            place = self._locate(int(self._numbers[row]))
            self._lost[row] = Reject.of(reason, place, _shown(value))

    @property
    def is_whole(self) -> bool:
        """Return whether no row of `table` has been lost."""
        return bool(self._kept.all())

    def kept(self) -> pa.Array:
        """Return which rows of `table` are still there."""
        return pa.array(self._kept)

    def rejects(self) -> list[Reject]:
        """Return all rejects: bad text first, then in the order of the rows."""
        return [*self.bad_text, *(self._lost[row] for row in sorted(self._lost))]

    def rejects_by(self, keys: pa.Array) -> dict[Any, list[Reject]]:
        """Return the rejects by their row's key; those without a key under None."""
        found: dict[Any, list[Reject]] = {None: list(self.bad_text)}
        for row in sorted(self._lost):
            found.setdefault(keys[row].as_py(), []).append(self._lost[row])
        return found


def one_array(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column as one array, dictionary-encoded text as plain text."""
    if isinstance(column, pa.ChunkedArray):
        column = (
            column.chunk(0)
            if column.num_chunks == 1
            else pa.concat_arrays(column.chunks)
            if column.num_chunks
            else pa.nulls(0, column.type)
        )
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def map_distinct(column: pa.Array, function: Callable[[Any], Any], kind: pa.DataType) -> pa.Array:
    """Apply a Python function to each distinct non-null value of a column."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    values = pa.array([function(value) for value in column.dictionary.to_pylist()], kind)
    return values.take(column.indices)


def placed(values: pa.Array, mask: pa.Array, others: pa.Array) -> pa.Array:
    """Return values with those where the mask is true replaced, in order, by others."""
    if not len(others):
        return values
    rows = np.arange(len(values), dtype=np.int64)
    rows[mask.to_numpy(zero_copy_only=False)] = len(values) + np.arange(len(others))
    return pa.concat_arrays([values, others]).take(pa.array(rows))


def _rows_of_bad_text(table: pa.Table) -> list[int]:
    """Return the rows with invalid UTF-8, ascending."""
    if _is_valid(table):
        return []
    bad: set[int] = set()
    for name in table.column_names:
        column = table.select([name])
        kind = column.schema.field(0).type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            cells = column[0].cast(pa.large_binary()).to_pylist()
            bad |= {row for row, cell in enumerate(cells) if not _is_text(cell)}
        else:
            bad |= set(_by_halving(column, 0))
    return sorted(bad)


def _is_valid(table: pa.Table) -> bool:
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _is_text(cell: bytes | None) -> bool:
    try:
        return cell is None or cell.decode() is not None
    except UnicodeDecodeError:
        return False


def _by_halving(column: pa.Table, first: int) -> list[int]:
    """Return the rows of a nested column that are not valid, by halving it."""
    if _is_valid(column):
        return []
    if len(column) == 1:
        return [first]
    middle = len(column) // 2
    # take() copies the rows, so that a half holds no text of the other half
    head = column.take(pa.array(range(middle)))
    tail = column.take(pa.array(range(middle, len(column))))
    return _by_halving(head, first) + _by_halving(tail, first + middle)


def _bytes_shown(rows: pa.Table) -> list[str]:
    """Return the text cells of each row, whatever bytes they hold."""
    shown: list[list[str]] = [[] for _ in range(len(rows))]
    for field in rows.schema:
        if not pa.types.is_string(field.type) and not pa.types.is_large_string(field.type):
            continue
        for row, cell in enumerate(rows[field.name].cast(pa.large_binary()).to_pylist()):
            text = (cell or b"")[:_SHOWN_CHARACTERS].decode("utf-8", "replace")
            shown[row].append(f"{field.name}={text}")
    return [", ".join(texts) for texts in shown]


def _printable(rows: pa.Table) -> pa.Table:
    """Return rows with their dates as text: Python has no dates outside the years 1 to 9999."""
    for number, field in enumerate(rows.schema):
        if pa.types.is_temporal(field.type):
            rows = rows.set_column(number, field.name, _as_text(rows[field.name]))
    return rows


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        # an unknown time zone
        return column.cast(pa.timestamp(column.type.unit)).cast(pa.string())


def _shown(value: dict[str, Any]) -> dict[str, Any]:
    """Return a row without the cells that say nothing, long texts cut."""
    return {
        name: cell[:_SHOWN_CHARACTERS] if isinstance(cell, str) else cell
        for name, cell in value.items()
        if cell is not None
    }
