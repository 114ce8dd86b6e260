"""Running sums of rolling readings taken apart again: exact where no reading lies between.

A running sum of 30-day readings counts most downloads many times. The difference of two sums is
one reading again, where the second sum holds exactly one reading more: between neighbouring
dates that lie one step apart. The first date only says where the sums begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SettingsError, SourceError
from modelcensus.sources.record import TAKEN_APART, Reject, SourceInfo

MONTH = "month"
_NAMED = 5
"""How many holes a refusal names."""


@dataclass(frozen=True)
class Readings:
    """What running sums were taken apart into.

    Attributes:
        rows: model_id and downloads_30d of all dates but the first; null where the date before
            has no sum of the model.
        labels: the date of each row.
        rejects: by date, rows whose sum is smaller than the one before.
        base_rows: rows of the first date, which make no record.
    """

    rows: pa.Table
    labels: pa.Array
    rejects: dict[date, list[Reject]]
    base_rows: int


def check_step(text: str) -> None:
    """Refuse a step that is neither a number of days nor `month`.

    Raises:
        SettingsError: says what a step is.
    """
    if text == MONTH or (text.isascii() and text.isdigit() and 0 < int(text) < 1000):
        return
    raise SettingsError(
        f"{text!r} is no step between readings" if text else "a running sum needs its step",
        where="--option step=",
        next_step="days between the readings that were summed (--option step=7), or step=month",
    )


def is_next(before: date, after: date, step: str) -> bool:
    """Return whether a date is the next reading's: so many days, or a month, later."""
    if step != MONTH:
        return after - before == timedelta(days=int(step))
    months = (after.year - before.year) * 12 + after.month - before.month
    ends = all((d + timedelta(days=1)).day == 1 for d in (before, after))
    return months == 1 and (before.day == after.day or ends)


def taken_apart(
    model_ids: pa.Array, labels: pa.Array, sums: pa.Array, step: str, where: str
) -> Readings:
    """Return the readings that running sums were made of.

    Args:
        model_ids: ids, without nulls.
        labels: date32, without nulls.
        sums: int64; null where the table gives none.
        step: days between readings, or `month`.
        where: the file, for messages.

    Raises:
        SourceError: a date is missing between the first and the last, or there is but one.
    """
    days = labels.cast(pa.int32()).to_numpy()
    dates = np.unique(days)
    _require_neighbours(pa.array(dates, pa.int32()).cast(pa.date32()).to_pylist(), step, where)
    place = np.searchsorted(dates, days).astype(np.int64)
    codes = model_ids.dictionary_encode().indices.to_numpy().astype(np.int64)
    key = codes * len(dates) + place
    known, first = np.unique(key, return_index=True)
    found = np.searchsorted(known, key - 1)
    has_before = (place > 0) & (known[np.minimum(found, len(known) - 1)] == key - 1)
    before = first[np.where(has_before, found, 0)]
    steps = pc.subtract(sums, sums.take(pa.array(before)))
    readings = pc.if_else(pa.array(has_before), steps, pa.scalar(None, pa.int64()))
    fell = pc.fill_null(pc.less(readings, 0), False)
    later = pa.array(place > 0)
    kept = pc.and_(later, pc.invert(fell))
    table = pa.table({"model_id": model_ids, "downloads_30d": readings})
    lost = np.flatnonzero(fell.to_numpy(zero_copy_only=False))
    return Readings(
        table.filter(kept),
        labels.filter(kept),
        _rejects(lost, model_ids, labels, sums, before),
        int((place == 0).sum()),
    )


def taken_apart_info(info: SourceInfo) -> SourceInfo:
    """Return a source's terms with the mark that every figure made from it carries."""
    return SourceInfo(
        info.name, info.title, info.url, info.licence, f"{info.attribution} ({TAKEN_APART})"
    )


def _require_neighbours(dates: Sequence[date], step: str, where: str) -> None:
    holes = [f"{a} to {b}" for a, b in pairwise(dates) if not is_next(a, b, step)]
    if not holes and len(dates) > 1:
        return
    apart = "a month" if step == MONTH else f"{step} days"
    more = f" and {len(holes) - _NAMED} more" if len(holes) > _NAMED else ""
    what = f"not {apart} apart: {', '.join(holes[:_NAMED])}{more}" if holes else "only one date"
    raise SourceError(
        "a running sum gives readings only between neighbouring dates, one step apart",
        where=f"{where}: {what}",
        next_step="add the missing dates or correct --option step=; kind=running-sum keeps the "
        "sums as they are, and no measure reads them as downloads",
    )


def _rejects(
    lost: np.ndarray, model_ids: pa.Array, labels: pa.Array, sums: pa.Array, before: np.ndarray
) -> dict[date, list[Reject]]:
    rejects: dict[date, list[Reject]] = {}
    for row in lost.tolist():
        label, model_id = labels[row].as_py(), model_ids[row].as_py()
        text = f"{sums[before[row]].as_py()} -> {sums[row].as_py()}"
        reject = Reject.of("running_sum_fell", f"{model_id} {label}", text)
        rejects.setdefault(label, []).append(reject)
    return rejects
