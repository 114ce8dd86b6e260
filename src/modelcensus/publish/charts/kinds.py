"""Which charts there are, and which of them fit a figure."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from modelcensus.contracts.figure import Figure

Fits = Callable[[Figure], bool]


@dataclass(frozen=True)
class Kind:
    """One kind of chart.

    Attributes:
        name: what `--chart` and URLs call it.
        description: what it shows, one line.
        fits: whether a figure holds what it needs.
        implementation: `module:function` that draws it.
    """

    name: str
    description: str
    fits: Fits
    implementation: str

    def load(self) -> Callable[..., Any]:
        """Return the function that draws it."""
        module, _, function = self.implementation.partition(":")
        loaded: Callable[..., Any] = getattr(
            importlib.import_module(f"modelcensus.publish.charts.{module}"), function
        )
        return loaded


def _has(figure: Figure, *names: str) -> bool:
    return set(names) <= set(figure.rows.column_names)


def _labels(figure: Figure) -> int:
    return len(set(figure.rows["label"].to_pylist())) if _has(figure, "label") else 0


def _groups(figure: Figure) -> int:
    return len(set(figure.rows["group"].to_pylist())) if _has(figure, "group") else 0


def _is_series(figure: Figure) -> bool:
    return _has(figure, "label", "group", "value") and _labels(figure) > 1


def _has_shares(figure: Figure) -> bool:
    column = "share_of_all"
    return _has(figure, column) and any(v is not None for v in figure.rows[column].to_pylist())


def _is_area(figure: Figure) -> bool:
    return _is_series(figure) and _has_shares(figure)


def _is_lines(figure: Figure) -> bool:
    if figure.contract.measure == "crossover":
        return len(figure.details.get("series", ())) > 1
    return _is_series(figure) or (_has(figure, "label", "value") and _labels(figure) > 1)


def _is_ranking(figure: Figure) -> bool:
    return _is_series(figure) and _groups(figure) > 2


def _is_bars(figure: Figure) -> bool:
    return _has(figure, "group", "value") and not _has(figure, "month") and _groups(figure) > 0


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("area", "shares over time, stacked to the whole", _is_area, "area:draw_area"),
        Kind("lines", "levels over time, crossings marked", _is_lines, "lines:draw_lines"),
        Kind("bars", "groups in order, with their past beside them", _is_bars, "bars:draw_bars"),
    )
}
"""Every kind, in the order in which they are offered."""


def chart_kinds(figure: Figure) -> tuple[str, ...]:
    """Return the names of the charts that fit a figure, best first; empty when none does."""
    if not len(figure.rows):
        return ()
    return tuple(name for name, kind in KINDS.items() if kind.fits(figure))
