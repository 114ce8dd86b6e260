"""Sorting rows of many dates into one part per date, each with the rejects that are its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SourceError
from modelcensus.sources.record import Reject

RejectsByLabel = Mapping[date | None, Sequence[Reject]]
"""Rejects by their label date; under None those whose date is not known."""


def parts_by_label(
    rows: pa.Table, labels: pa.Array, rejects: RejectsByLabel, where: str
) -> Iterator[tuple[date, pa.Table, list[Reject]]]:
    """Yield label, rows and rejects of each date, oldest first.

    Rows of a date keep their order. Rejects without a date, and those of dates that have no
    row, go with the first date.

    Args:
        rows: any table.
        labels: date32 without nulls, one per row.
        rejects: the lost rows.
        where: the file, for the message.

    Raises:
        SourceError: there are no rows at all; rejects are counted by reason.
    """
    if not len(rows):
        raise SourceError(
            "no row of the file could be read",
            where=where,
            next_step=f"rows lost by reason: {reasons(rejects) or 'none'}{_hint(rejects)}",
        )
    order = np.argsort(labels.cast(pa.int32()).to_numpy(), kind="stable")
    rows, labels = rows.take(pa.array(order)), labels.take(pa.array(order))
    lengths = {item["values"].as_py(): item["counts"].as_py() for item in pc.value_counts(labels)}
    lost = [r for label, found in rejects.items() if label not in lengths for r in found]
    start = 0
    for label, length in lengths.items():
        yield label, rows.slice(start, length), [*lost, *rejects.get(label, ())]
        lost = []
        start += length


_HINTS = {
    "count_not_integer": "counts written as 118.7M or 15,357 need --option text=yes",
    "id_without_namespace": "is the column with the ids the right one? --option id-column=",
    "bad_date": "is the column with the dates the right one? --option date-column=",
}


def _hint(rejects: RejectsByLabel) -> str:
    """Return what most often causes the most frequent reason, where that is known."""
    counted = Counter(reject.reason for found in rejects.values() for reject in found)
    hints = [_HINTS[reason] for reason, _ in counted.most_common(1) if reason in _HINTS]
    return "".join(f"; {hint}" for hint in hints)


def reasons(rejects: RejectsByLabel) -> str:
    """Return how many rows were lost for each reason, as words."""
    counted = Counter(reject.reason for found in rejects.values() for reject in found)
    return ", ".join(f"{reason} {count:,}" for reason, count in sorted(counted.items()))
