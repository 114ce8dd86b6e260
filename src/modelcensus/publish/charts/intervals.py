"""Values with what they may lie between: intervals of ratios and rates, or worst cases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modelcensus.contracts.figure import Figure
from modelcensus.publish.charts.axes import (
    ROOM_BELOW,
    SIZE,
    Axis,
    close_ticks,
    label_percent,
    short_percent,
)
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.kinds import INTERVAL_VALUES, INTERVALS
from modelcensus.publish.charts.letters import shown, width_of
from modelcensus.publish.charts.look import Look, looks_of
from modelcensus.publish.charts.names import name_of
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.row_words import row_size, write_row
from modelcensus.publish.charts.words import denominator_words, listing, subtitle_of

_NAMES = ("name", "label", "model", "pair", "group", "comparison")
_LOG_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
MOST = 24


@dataclass(frozen=True)
class Interval:
    """One row: a value, what it lies between, and a wider worst case where there is one.

    A null end is open: nothing is known beyond. `is_rounding` marks a range that only comes
    from rounding, which is no interval of confidence and is not drawn like one.
    """

    group: str
    name: str
    value: float | None
    low: float | None
    high: float | None
    widest: tuple[float, float] | None = None
    is_rounding: bool = False


@dataclass(frozen=True)
class _Forest:
    """All rows on one axis."""

    rows: tuple[Interval, ...]
    is_ratio: bool
    axis: Axis
    ticks: list[float]

    def at(self, value: float) -> float:
        """Return the pixel of a value, within the plot."""
        found = self.axis.at(math.log10(max(value, 1e-9)) if self.is_ratio else value)
        return min(max(found, self.axis.start), self.axis.end)

    def said(self, value: float | None) -> str:
        """Return a value in words."""
        if value is None:
            return "not known"
        return f"{value:.3g}x" if self.is_ratio else label_percent(value)


def draw_intervals(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return a forest plot; ratios on a logarithmic axis around 1."""
    del events
    rows = intervals_of(figure)[:MOST]
    drawing = _plot(sheet, rows)
    forest = _scaled(rows, is_ratio_figure(figure), drawing)
    _draw_axis(drawing, forest, sheet)
    looks = looks_of([row.group for row in rows], sheet.scheme)
    for index, row in enumerate(rows):
        _draw_row(drawing, forest, row, index, looks[row.group], sheet)
    for index, row in enumerate(rows):
        words = (row.name, _told(forest, row))
        write_row(drawing, sheet, _middle(drawing, forest, index), row.group, words)
    return Picture(
        drawing,
        _title(figure),
        subtitle_of(figure, _what(figure)),
        "Forest plot",
        (listing([(row.name, _told(forest, row)) for row in rows]),),
    )


def columns_of(figure: Figure) -> tuple[str, str, str] | None:
    """Return the columns with value, low and high end; None where a figure has none."""
    names = figure.rows.column_names
    value = next((name for name in INTERVAL_VALUES if name in names), "")
    pair = next((pair for pair in INTERVALS if set(pair) <= set(names)), None)
    return (value, *pair) if pair and value else None


def is_ratio_figure(figure: Figure) -> bool:
    """Return whether the values are ratios, which are compared with 1."""
    found = columns_of(figure)
    if found is None:
        return False
    unit = next(column.unit for column in figure.columns if column.name == found[0])
    return unit == "ratio" or found[0] in ("relative_risk", "ratio")


def intervals_of(figure: Figure) -> list[Interval]:
    """Return the rows of a figure with intervals; for shares, their bounds."""
    found = columns_of(figure)
    if found is None:
        return _bounds(figure)
    value, low, high = found
    names = [name for name in _NAMES if name in figure.rows.column_names]
    rows = []
    for number, row in enumerate(figure.records()):
        words = next((str(row[name]) for name in names if row[name]), f"row {number + 1}")
        group = str(row.get("group") or words)
        is_rounding = any("rounding" in str(v) for k, v in row.items() if k in ("interval", "kind"))
        rows.append(
            Interval(group, shown(words), row[value], row[low], row[high], is_rounding=is_rounding)
        )
    return rows


def _bounds(figure: Figure) -> list[Interval]:
    within: dict[str, Any] = figure.bounds.get("within_frame") or {}
    hub: dict[str, Any] = (figure.bounds.get("hub_wide") or {}).get("groups") or {}
    rows = {str(row["group"]): row for row in figure.records()}
    return [
        Interval(
            group,
            name_of(figure, group, rows[group].get("name")),
            rows[group].get("share_of_all"),
            low,
            high,
            tuple(hub[group]) if group in hub else None,
        )
        for group, (low, high) in within.items()
        if group in rows
    ]


def _plot(sheet: Sheet, rows: Sequence[Interval]) -> Drawing:
    size = row_size(sheet)
    step = 42.0 if sheet.is_narrow else 30.0
    left = 6.0
    if not sheet.is_narrow:
        left = min(max(width_of(row.name, size) for row in rows) + 12, sheet.inner * 0.34)
    right = 14.0 if sheet.is_narrow else 190.0
    width = sheet.inner - left - right
    return Drawing(width, step * len(rows), left, right, above=4, below=ROOM_BELOW)


def _scaled(rows: Sequence[Interval], is_ratio: bool, drawing: Drawing) -> _Forest:
    ends = [v for row in rows for v in (row.value, row.low, row.high, *(row.widest or ()))]
    known = [v for v in ends if v is not None]
    if not is_ratio:
        ticks, top = close_ticks(0.0, max([*known, 0.01]), 6)
        return _Forest(tuple(rows), False, Axis(0, top, 0, drawing.width), ticks)
    positive = [v for v in known if v > 0]
    low, high = min([*positive, 0.8]) / 1.15, max([*positive, 1.25]) * 1.15
    ticks = [float(tick) for tick in _LOG_TICKS if low <= tick <= high]
    axis = Axis(math.log10(low), math.log10(high), 0, drawing.width)
    most = max(3, int(drawing.width // 46))
    while len(ticks) > most:
        ticks = [t for n, t in enumerate(ticks) if t == 1 or n % 2 == ticks.index(1.0) % 2]
    return _Forest(tuple(rows), True, axis, ticks)


def _draw_axis(drawing: Drawing, forest: _Forest, sheet: Sheet) -> None:
    for tick in forest.ticks:
        x = forest.at(tick)
        drawing.rule((x, 0), (x, drawing.height), sheet.scheme.grid)
    if forest.is_ratio:
        x = forest.at(1.0)
        drawing.rule((x, 0), (x, drawing.height), sheet.scheme.dim, width=1.5)
    style = TextStyle(SIZE, align="center")
    for tick in forest.ticks:
        words = f"{tick:g}x" if forest.is_ratio else short_percent(tick)
        drawing.text(forest.at(tick), drawing.height + 13, words, sheet.scheme.dim, style)


def _middle(drawing: Drawing, forest: _Forest, index: int) -> float:
    step = drawing.height / len(forest.rows)
    return step * index + (step * 0.7 if step > 35 else step / 2)


def _draw_row(
    drawing: Drawing, forest: _Forest, row: Interval, index: int, look: Look, sheet: Sheet
) -> None:
    """Draw an interval as a bar with ends; an open end as an arrow, rounding as dots."""
    y = _middle(drawing, forest, index)
    if row.widest:
        ends = ((forest.at(row.widest[0]), y), (forest.at(row.widest[1]), y))
        drawing.rule(*ends, look.colour, width=1.25)
    if row.low is not None or row.high is not None:
        start = forest.axis.start if row.low is None else forest.at(row.low)
        end = forest.axis.end if row.high is None else forest.at(row.high)
        dash = (2, 3) if row.is_rounding else ()
        drawing.rule((start, y), (end, y), look.colour, width=3.5, dash=dash)
        for x, is_open, turn in (
            (start, row.low is None, "left"),
            (end, row.high is None, "right"),
        ):
            if is_open:
                drawing.point((x, y), look.colour, shape=f"triangle-{turn}", size=90)
            elif not row.is_rounding:
                drawing.rule((x, y - 5), (x, y + 5), look.colour, width=1.5)
    if row.value is not None:
        at = (forest.at(row.value), y)
        drawing.point(at, look.colour, shape=look.shape, size=85, hollow=sheet.scheme.ground)


def _told(forest: _Forest, row: Interval) -> str:
    if row.value is None and row.low is not None:
        return f"at least {forest.said(row.low)}"
    if row.widest:
        low, high = row.widest
        return f"{forest.said(row.value)} (hub: {forest.said(low)} to {forest.said(high)})"
    if row.low is None and row.high is None:
        return forest.said(row.value)
    ends = f"{forest.said(row.low)} to {forest.said(row.high)}"
    return f"{forest.said(row.value)} ({ends})"


def _title(figure: Figure) -> str:
    if columns_of(figure) is None:
        return "What the shares could be at worst and at best"
    return (
        "Values with their intervals" if not is_ratio_figure(figure) else "Ratios to the reference"
    )


def _what(figure: Figure) -> str:
    if columns_of(figure) is not None:
        return "Ratio, logarithmic axis" if is_ratio_figure(figure) else "Value with its interval"
    phrase = figure.contract.metric_term.phrase
    hub = (
        "; thin line: on the whole hub"
        if (figure.bounds.get("hub_wide") or {}).get("groups")
        else ""
    )
    return f"Share of {phrase} {denominator_words(figure)}; thick line: within the frame{hub}"
