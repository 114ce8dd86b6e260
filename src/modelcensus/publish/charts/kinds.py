"""Which charts there are, and which of them fit a figure."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from modelcensus.contracts.figure import Figure
from modelcensus.publish.charts.trajectories import time_column

INTERVALS = (("low", "high"), ("ci_low", "ci_high"), ("lower", "upper"), ("low_95", "high_95"))
"""Names of columns that hold the two ends of an interval."""

INTERVAL_VALUES = ("value", "relative_risk", "ratio", "rate", "estimate")
"""Names of columns that hold what lies between them."""

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
    return len(set(figure.rows[time].to_pylist())) if (time := time_column(figure)) else 0


def _groups(figure: Figure) -> int:
    return len(set(figure.rows["group"].to_pylist())) if _has(figure, "group") else 0


def _is_series(figure: Figure) -> bool:
    return _has(figure, "group", "value") and _labels(figure) > 1


def _has_shares(figure: Figure) -> bool:
    column = "share_of_all"
    return _has(figure, column) and any(v is not None for v in figure.rows[column].to_pylist())


def _is_area(figure: Figure) -> bool:
    return _is_series(figure) and _has_shares(figure)


def _is_lines(figure: Figure) -> bool:
    if figure.contract.measure == "crossover":
        return len(figure.details.get("series", ())) > 1
    return _is_series(figure) or (_has(figure, "value") and _labels(figure) > 1)


def _is_ranking(figure: Figure) -> bool:
    return _is_series(figure) and _groups(figure) > 2


def _is_ordered(figure: Figure) -> bool:
    by = figure.contract.by
    return by in ("size_class", "licence_class", "created_month") and _is_bars(figure)


def _is_licences(figure: Figure) -> bool:
    return _has(figure, "group", "kind", "terms", "share") and "class" in _kinds(figure)


def _is_flows(figure: Figure) -> bool:
    return _has(figure, "kind", "base", "derivative", "verdict", "count") and (
        "classes" in _kinds(figure)
    )


def _kinds(figure: Figure) -> set[str]:
    return set(figure.rows["kind"].to_pylist())


def _is_matrix(figure: Figure) -> bool:
    return _has(figure, "maker", "base", "value")


def _is_curve(figure: Figure) -> bool:
    shares = [n for n in figure.rows.column_names if n.startswith("share_")]
    return _has(figure, "definition") and bool(shares)


def _is_readings(figure: Figure) -> bool:
    readings: list[dict[str, Any]] = figure.sensitivity.get("readings") or []
    return len(readings) > 1 and bool(readings[0].get("shares"))


def _is_intervals(figure: Figure) -> bool:
    names = set(figure.rows.column_names)
    if any(set(pair) <= names for pair in INTERVALS):
        return bool(names & set(INTERVAL_VALUES))
    return (
        bool(figure.bounds.get("within_frame"))
        and _has(figure, "group", "share_of_all")
        and (_labels(figure) < 2 and not _has(figure, "month"))
    )


def _is_spans(figure: Figure) -> bool:
    if not _has(figure, "group", "kind", "unknown_share", "p10", "p25", "median", "p75", "p90"):
        return False
    return any(r["kind"] == "total" and r["median"] for r in figure.records())


def _is_bars(figure: Figure) -> bool:
    return _has(figure, "group", "value") and not _has(figure, "kind") and _groups(figure) > 0


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("area", "shares over time, stacked to the whole", _is_area, "area:draw_area"),
        Kind("lines", "levels over time, crossings marked", _is_lines, "lines:draw_lines"),
        Kind("bump", "ranks over time", _is_ranking, "bump:draw_bump"),
        Kind("slope", "the first and the last snapshot", _is_series, "slope:draw_slope"),
        Kind(
            "columns",
            "groups with an order of their own: sizes, licence classes, months",
            _is_ordered,
            "columns:draw_columns",
        ),
        Kind(
            "licences", "licence classes within each group", _is_licences, "licences:draw_licences"
        ),
        Kind(
            "flows",
            "from the terms of bases to those of derivatives",
            _is_flows,
            "flows:draw_flows",
        ),
        Kind("matrix", "makers by bases", _is_matrix, "matrix:draw_matrix"),
        Kind(
            "curve", "the answers of all definitions of a question", _is_curve, "curve:draw_curve"
        ),
        Kind(
            "spans",
            "sizes of each group's models: median, middle half, outer tenths",
            _is_spans,
            "spans:draw_spans",
        ),
        Kind("bars", "groups in order, with their past beside them", _is_bars, "bars:draw_bars"),
        Kind(
            "readings",
            "the same question under other readings: thresholds, relations, single models",
            _is_readings,
            "reading_rows:draw_readings",
        ),
        Kind(
            "intervals",
            "values with what they may lie between",
            _is_intervals,
            "intervals:draw_intervals",
        ),
    )
}
"""Every kind, in the order in which they are offered."""


def chart_kinds(figure: Figure) -> tuple[str, ...]:
    """Return the names of the charts that fit a figure, best first; empty when none does."""
    if not len(figure.rows):
        return ()
    return tuple(name for name, kind in KINDS.items() if kind.fits(figure))
