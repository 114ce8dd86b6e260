"""What the HHI of a last snapshot hangs on: its largest models, and contested register rows."""

from __future__ import annotations

from typing import Any

from modelcensus.measures.aggregate import Sums, sums_by_snapshot
from modelcensus.measures.inequality import POINTS, Concentration
from modelcensus.measures.selection import Selection
from modelcensus.measures.sensitivity import LARGEST, contested_rows, largest_models
from modelcensus.measures.units import NO_GROUP


def hangs_on(selection: Selection, last: Concentration) -> dict[str, Any]:
    """Return the HHI of the last snapshot without each of the largest models, and recoded.

    Each entry says what the HHI, at least, becomes when only that model is left out, or only that
    register row is read the other way; null where models would enter or leave no one group.

    Args:
        selection: what was asked.
        last: the last snapshot's groups, and what stands alone.
    """
    sums = _by_group(selection)
    squares = last.known.squares(1.0) + last.alone.squares(1.0)
    whole = _Whole(squares, last.total, sums)
    largest = largest_models(selection, LARGEST)
    contested = [
        {**row, "hhi": whole.moved(row["from"], row["to"], row["value"])}
        for row in (contested_rows(selection, sums, sums.leaders()[:2]) if sums.values else ())
    ]
    return {
        "hhi_without_one_model": [
            {
                "without": row["model_id"],
                "group": row["group"] if selection.contract.by != "model" else row["model_id"],
                "value": row["value"],
                "hhi": whole.without(row["group"], row["value"]),
            }
            for row in largest
        ],
        "contested_rows": contested,
        "hangs_on": contested[0] if contested else None,
    }


def _by_group(selection: Selection) -> Sums:
    """Return the sums of the last snapshot; none by model, where each stands alone."""
    if selection.contract.by == "model":
        return Sums({}, {}, {}, 0)
    return sums_by_snapshot(selection)[selection.last.key]


class _Whole:
    """The squared values of everything at a snapshot, and how they change with one value."""

    def __init__(self, squares: float, total: float, sums: Sums) -> None:
        self._squares, self._total, self._sums = squares, total, sums

    def without(self, group: str, value: float) -> float | None:
        """Return the HHI when a model leaves its group."""
        held = self._held(group, value)
        return self._points(self._squares - held**2 + (held - value) ** 2, self._total - value)

    def moved(self, source: str, target: str, value: float) -> float | None:
        """Return the HHI when a value leaves one group for another; null where one is none."""
        if source in NO_GROUP or target in NO_GROUP:
            return None
        a, b = self._held(source, value), self._sums.values.get(target, 0)
        squares = self._squares - a**2 - b**2 + (a - value) ** 2 + (b + value) ** 2
        return self._points(squares, self._total)

    def _held(self, group: str, value: float) -> float:
        """Return what a group holds; what is in no group holds its own value only."""
        return value if group in NO_GROUP else self._sums.values.get(group, value)

    @staticmethod
    def _points(squares: float, total: float) -> float | None:
        return POINTS * squares / total**2 if total else None
