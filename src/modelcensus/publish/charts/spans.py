"""Sizes of each group's models on one logarithmic axis: median, middle half, outer tenths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from modelcensus.contracts.figure import Figure, percent
from modelcensus.publish.charts.axes import ROOM_BELOW, SIZE, Axis, short_number
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.letters import width_of
from modelcensus.publish.charts.look import looks_of
from modelcensus.publish.charts.names import name_of
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.row_words import row_size, write_row
from modelcensus.publish.charts.words import listing, neutral_title, subtitle_of

MOST = 16
QUANTILES = ("p10", "p25", "median", "p75", "p90")


@dataclass(frozen=True)
class Span:
    """The sizes of one group's models.

    Attributes:
        group: its id.
        name: as it is printed.
        ends: the sizes up to which 10, 25, 50, 75 and 90 % of the weight lie.
        models: how many of its models have a size.
        unknown: the part of the weight without one; null over nothing.
    """

    group: str
    name: str
    ends: tuple[float, float, float, float, float]
    models: int
    unknown: float | None

    @property
    def told(self) -> str:
        """Return the median and the outer tenths in words."""
        low, _, middle, _, high = map(short_number, self.ends)
        return f"{middle} ({low} to {high}; {self._coverage})"

    @property
    def told_briefly(self) -> str:
        """Return the median in words, where there is room for no more."""
        return f"{short_number(self.ends[2])} ({self._coverage})"

    @property
    def _coverage(self) -> str:
        number = f"{self.models:,} model{'' if self.models == 1 else 's'}"
        return f"{number}, {percent(self.unknown, 0)} unknown"


def draw_spans(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return a row per group; a thin line spans 80 % of the weight, a thick one the middle half."""
    del events
    every = spans_of(figure)
    rows = every[:MOST]
    size = row_size(sheet)
    left = 6.0
    if not sheet.is_narrow:
        left = min(max(width_of(row.name, size) for row in rows) + 12, sheet.inner * 0.3)
    right = 14.0
    if not sheet.is_narrow:
        right = min(max(width_of(row.told, size) for row in rows) + 20, sheet.inner * 0.36)
    step = 42.0 if sheet.is_narrow else 28.0
    width = sheet.inner - left - right
    drawing = Drawing(width, step * len(rows), left, right, above=4, below=ROOM_BELOW)
    axis = _axis(rows, width)
    _draw_axis(drawing, axis, sheet)
    looks = looks_of([row.group for row in rows], sheet.scheme)
    for number, row in enumerate(rows):
        y = step * number + (step * 0.7 if sheet.is_narrow else step / 2)
        xs = [axis.at(math.log10(end)) for end in row.ends]
        look = looks[row.group]
        drawing.rule((xs[0], y), (xs[4], y), look.colour, width=1.25)
        drawing.rule((xs[1], y), (xs[3], y), look.colour, width=6)
        drawing.point(
            (xs[2], y), look.colour, shape=look.shape, size=85, hollow=sheet.scheme.ground
        )
        told = row.told_briefly if sheet.is_narrow else row.told
        write_row(drawing, sheet, y, row.group, (row.name, told))
    return Picture(
        drawing,
        neutral_title(figure),
        subtitle_of(
            figure,
            "Parameters, logarithmic axis; mark: median, thick line: the middle half, thin line: "
            "from 10 to 90 %",
            shown=len(rows) if len(every) > len(rows) else 0,
        ),
        "Chart of spans",
        (listing([(row.name, row.told) for row in rows]),),
    )


def spans_of(figure: Figure) -> list[Span]:
    """Return the groups of which sizes are told, total parameters only, in the figure's order."""
    return [
        Span(
            str(row["group"]),
            name_of(figure, str(row["group"]), row.get("name")),
            tuple(float(row[name]) for name in QUANTILES),  # type: ignore[arg-type]
            row["models"],
            row["unknown_share"],
        )
        for row in figure.records()
        if row["kind"] == "total" and row["median"]
    ]


def _axis(rows: Sequence[Span], width: float) -> Axis:
    low = min(row.ends[0] for row in rows)
    high = max(row.ends[4] for row in rows)
    # a part of a decade on both sides, so that no mark stands on the edge
    return Axis(math.log10(low) - 0.12, math.log10(high) + 0.12, 0, width)


def _draw_axis(drawing: Drawing, axis: Axis, sheet: Sheet) -> None:
    decades = range(math.ceil(axis.low), math.floor(axis.high) + 1)
    steps = (1,) if len(decades) > 1 else (1, 2, 5)
    ticks = [
        (at, 10**decade * step)
        for decade in range(math.floor(axis.low), math.floor(axis.high) + 1)
        for step in steps
        if axis.low <= (at := decade + math.log10(step)) <= axis.high
    ]
    style = TextStyle(SIZE, align="center")
    for at, value in ticks:
        x = axis.at(at)
        drawing.rule((x, 0), (x, drawing.height), sheet.scheme.grid)
        drawing.text(x, drawing.height + 13, short_number(value), sheet.scheme.dim, style)
