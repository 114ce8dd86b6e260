"""Rows of many models at many dates, held in little memory and given out date by date.

Texts are held once and as codes: ten million rows of a million models take some 60 bytes a
row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SourceError
from modelcensus.sources.by_label import reasons
from modelcensus.sources.record import Reject
from modelcensus.sources.sieve import Sieve

_EPOCH = date(1970, 1, 1)


@dataclass
class DatedRows:
    """What has been read so far, in the order of the file; then ordered by date."""

    _days: list[npt.NDArray[np.int32]] = field(default_factory=list)
    _columns: dict[str, list[pa.Array]] = field(default_factory=dict)
    _rejects: dict[date | None, list[Reject]] = field(default_factory=dict)

    def add(self, sieve: Sieve, labels: pa.Array, columns: Mapping[str, pa.Array]) -> None:
        """Keep the rows of a sieve that stand, and the rejects by their date."""
        kept = sieve.kept()
        self._days.append(labels.filter(kept).cast(pa.int32()).to_numpy())
        for name, column in columns.items():
            self._columns.setdefault(name, []).append(_packed(column.filter(kept)))
        for label, lost in sieve.rejects_by(labels).items():
            self._rejects.setdefault(label, []).extend(lost)

    def falls(self, name: str, *, by: str) -> float:
        """Return the share of a model's steps to its next date at which its count is lower."""
        counts, starts = self._by_model(name, by)
        steps = ~starts[1:] & ~np.isnan(counts[1:]) & ~np.isnan(counts[:-1])
        fallen = steps & (counts[1:] < counts[:-1])
        return float(fallen.sum() / steps.sum()) if steps.any() else 0.0

    def add_up(self, name: str, *, by: str) -> None:
        """Replace each count by the sum of the model's counts up to its date; null adds 0."""
        order, starts = self._order(by)
        counts = pc.fill_null(self._column(name), 0).to_numpy()[order]
        total = np.cumsum(counts)
        first = np.flatnonzero(starts)
        before = np.repeat(total[first] - counts[first], np.diff(np.append(first, len(counts))))
        sums = np.empty(len(counts), dtype=np.int64)
        sums[order] = total - before
        self._columns[name] = [pa.array(sums)]

    def parts(self, where: str) -> Iterator[tuple[date, pa.Table, list[Reject]]]:
        """Yield label, rows and rejects of each date, oldest first; rows keep their order.

        Rejects without a date, and those of dates that have no row, go with the first date.

        Raises:
            SourceError: there are no rows at all; rejects are counted by reason.
        """
        days = self._all_days()
        if not len(days):
            raise SourceError(
                "no row of the file could be read",
                where=where,
                next_step=f"rows lost by reason: {reasons(self._rejects) or 'none'}",
            )
        order = np.argsort(days, kind="stable")
        found, starts = np.unique(days[order], return_index=True)
        labels = [_EPOCH + timedelta(days=int(day)) for day in found]
        lost = [r for label, given in self._rejects.items() if label not in labels for r in given]
        columns = {name: self._column(name) for name in self._columns}
        for label, rows in zip(labels, np.split(order, starts[1:]), strict=True):
            taken = {name: _unpacked(column.take(rows)) for name, column in columns.items()}
            yield label, pa.table(taken), [*lost, *self._rejects.get(label, ())]
            lost = []

    def _all_days(self) -> npt.NDArray[np.int32]:
        return np.concatenate([np.empty(0, np.int32), *self._days])

    def _column(self, name: str) -> pa.Array:
        """Return a column as one array, texts as codes; it is kept so."""
        chunks = pa.chunked_array(self._columns[name])
        if pa.types.is_dictionary(chunks.type):
            chunks = chunks.unify_dictionaries()
        whole = chunks.combine_chunks()
        whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
        self._columns[name] = [whole]
        return whole

    def _order(self, by: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """Return the rows ordered by model and date, and which of them begin a model."""
        codes = self._column(by).indices.to_numpy()
        order = np.lexsort((self._all_days(), codes))
        codes = codes[order]
        return order, np.append(True, codes[1:] != codes[:-1])[: len(codes)]

    def _by_model(
        self, name: str, by: str
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        order, starts = self._order(by)
        counts = self._column(name).cast(pa.float64(), safe=False)
        return counts.to_numpy(zero_copy_only=False)[order], starts


def _packed(column: pa.Array) -> pa.Array:
    return column.dictionary_encode() if pa.types.is_string(column.type) else column


def _unpacked(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
