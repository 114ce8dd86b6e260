"""A comparison as rows on one axis of logarithms: what both forest plots are drawn from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modelcensus.contracts.figure import Figure, percent

ASKED = "asked"
_STEPS = (1, 2, 5)
_MOST_TICKS = 9


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        ratio: None where one side was never hit; low and high are None where there is no limit.
        said: the ratio in words, or why there is none.
    """

    model: str
    reference: str
    is_asked: bool
    ratio: float | None
    low: float | None
    high: float | None
    said: str
    counts: str
    utility: str
    flags: str


@dataclass(frozen=True)
class Axis:
    """The span of a logarithmic axis and its ticks; 1 is always on it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def place(self, ratio: float) -> float:
        """Return where a ratio stands, from 0 at the left to 1 at the right; clipped to both."""
        span = math.log(self.high) - math.log(self.low)
        return min(1.0, max(0.0, (math.log(ratio) - math.log(self.low)) / span))


def forest_rows(figure: Figure) -> list[Row]:
    """Return the rows of a comparison in their order."""
    return [_row(record) for record in figure.records()]


def _row(record: dict[str, Any]) -> Row:
    ratio, low, high = record["ratio"], record["ratio_low"], record["ratio_high"]
    return Row(
        record["model"],
        record["reference"],
        record["kind"] == ASKED,
        ratio or None,
        low or None,
        high,
        _said(record["form"], ratio, low, high),
        f"{record['model_hits']:,.0f} v {record['reference_hits']:,.0f} of {record['cases']:,}",
        f"{percent(record['model_utility'], 0)} v {percent(record['reference_utility'], 0)}",
        record["flags"],
    )


def _said(form: str, ratio: float | None, low: float | None, high: float | None) -> str:
    if form == "at least":
        return f"at least {low:.3g}"
    if form == "at most":
        return f"at most {high:.3g}"
    if ratio is None:
        return "no ratio"
    return f"{ratio:.3g} ({low:.3g} to {high:.3g})"


def axis_of(rows: Sequence[Row]) -> Axis:
    """Return an axis that holds every ratio, every limit and 1."""
    shown = [v for row in rows for v in (row.ratio, row.low, row.high) if v]
    low, high = min([0.5, *shown]), max([2.0, *shown])
    low, high = _step_below(low), 1 / _step_below(1 / high)
    ticks = [tick for tick in _steps(low, high) if low <= tick <= high * 1.000001]
    if len(ticks) > _MOST_TICKS:
        ticks = [tick for tick in ticks if math.log10(tick).is_integer()]
    return Axis(low, high, tuple(ticks))


def _step_below(value: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is not above a value."""
    power = 10.0 ** math.floor(math.log10(value))
    return float(max(step * power for step in _STEPS if step * power <= value * 1.000001))


def _steps(low: float, high: float) -> Iterator[float]:
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        yield from (float(f"{step}e{power}") for step in _STEPS)
