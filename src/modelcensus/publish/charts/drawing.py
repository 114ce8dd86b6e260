"""What is drawn, in pixels from the plot's upper left corner, and how it becomes layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Any, Literal

import altair as alt

from modelcensus.publish.charts.letters import FONT

Align = Literal["left", "center", "right"]
Row = dict[str, Any]
Layer = dict[str, Any]


@dataclass(frozen=True)
class TextStyle:
    """How a text is set; texts of one style become one layer."""

    size: float
    bold: bool = False
    align: Align = "left"
    angle: float = 0
    opacity: float = 1


@dataclass
class Drawing:
    """The parts of a chart in the order in which they are painted.

    Attributes:
        width, height: of the plot.
        left, right, above, below: room beside the plot for what belongs to it.
        labelled: groups that a label names, for who checks that none is missing.
    """

    width: float
    height: float
    left: float = 0
    right: float = 0
    above: float = 0
    below: float = 0
    labelled: list[str] = field(default_factory=list)
    _parts: list[tuple[tuple[Any, ...], Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin and end at whole pixels, so that a picture is exactly as wide as it is asked."""
        self.left, self.width = float(math.ceil(self.left)), float(math.floor(self.width))

    def text(self, x: float, y: float, text: str, colour: str, style: TextStyle) -> None:
        """Write a text whose middle line is at y."""
        row: Row = {"x": _round(x), "y": _round(y), "text": text, "colour": colour}
        self._parts.append((("text", style), row))

    def rule(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: str,
        *,
        width: float = 1,
        dash: Sequence[int] = (),
    ) -> None:
        """Draw a straight line."""
        row: Row = {"x": _round(start[0]), "y": _round(start[1])}
        row |= {"x2": _round(end[0]), "y2": _round(end[1]), "colour": colour}
        self._parts.append((("rule", width, tuple(dash)), row))

    def rect(
        self,
        corner: tuple[float, float],
        size: tuple[float, float],
        colour: str,
        *,
        opacity: float = 1,
        edge: str = "",
    ) -> None:
        """Fill a rectangle."""
        row: Row = {"x": _round(corner[0]), "y": _round(corner[1])}
        row |= {"x2": _round(corner[0] + size[0]), "y2": _round(corner[1] + size[1])}
        self._parts.append((("rect", opacity, edge), row | {"colour": colour}))

    def point(
        self,
        at: tuple[float, float],
        colour: str,
        *,
        shape: str = "circle",
        size: float = 40,
        hollow: str = "",
    ) -> None:
        """Draw a mark; `hollow` is the colour inside it."""
        row = {"x": _round(at[0]), "y": _round(at[1]), "colour": colour}
        self._parts.append((("point", shape, size, hollow), row))

    def path(
        self,
        points: Sequence[tuple[float, float]],
        colour: str,
        *,
        width: float,
        dash: Sequence[int] = (),
    ) -> None:
        """Draw a line through points."""
        rows = [{"x": _round(x), "y": _round(y), "n": n} for n, (x, y) in enumerate(points)]
        self._parts.append((("path", len(self._parts), colour, width, tuple(dash)), rows))

    def ribbon(
        self, edges: Sequence[tuple[float, float, float]], colour: str, *, opacity: float
    ) -> None:
        """Fill between an upper and a lower line: (x, upper y, lower y)."""
        rows = [{"x": _round(x), "y": _round(y), "y2": _round(z)} for x, y, z in edges]
        self._parts.append((("ribbon", len(self._parts), colour, opacity), rows))

    def layer(self, chart: alt.Chart, rows: Sequence[Row]) -> None:
        """Add a layer with scales of its own over rows."""
        self._parts.append((("layer", len(self._parts)), (chart, list(rows))))

    def layers(self) -> Iterator[Layer]:
        """Yield the layers; neighbouring parts of one style become one."""
        for style, parts in groupby(self._parts, key=lambda part: part[0]):
            kind, rows = style[0], [row for _, row in parts]
            if kind == "layer":
                chart, rows = rows[0]
                yield layer_of(chart) | {"data": {"values": rows}}
            elif kind in ("path", "ribbon"):
                yield _TEMPLATES[kind](*style[2:]) | {"data": {"values": rows[0]}}
            else:
                yield _TEMPLATES[kind](*style[1:]) | {"data": {"values": rows}}


def layer_of(chart: alt.Chart) -> Layer:
    """Return an Altair chart without data as one layer of a spec.

    Rows are put beside it afterwards: Altair would copy them several times over.
    """
    layer: Layer = chart.to_dict(validate=False)
    return {k: v for k, v in layer.items() if k in ("mark", "encoding")}


def pixel_x(name: str = "x") -> alt.X:
    """Return a channel that reads pixels."""
    return alt.X(f"{name}:Q", scale=None, axis=None)


def pixel_y(name: str = "y") -> alt.Y:
    """Return a channel that reads pixels."""
    return alt.Y(f"{name}:Q", scale=None, axis=None)


def own_colour(name: str = "colour") -> alt.Color:
    """Return a channel that reads colours as they are written."""
    return alt.Color(f"{name}:N", scale=None, legend=None)


@cache
def _text(style: TextStyle) -> Layer:
    mark = alt.Chart().mark_text(
        font=FONT,
        fontSize=style.size,
        fontWeight="bold" if style.bold else "normal",
        align=style.align,
        baseline="middle",
        angle=style.angle % 360,
        opacity=style.opacity,
        limit=0,
    )
    return layer_of(
        mark.encode(x=pixel_x(), y=pixel_y(), text=alt.Text("text:N"), color=own_colour())
    )


@cache
def _rule(width: float, dash: tuple[int, ...]) -> Layer:
    mark = alt.Chart().mark_rule(strokeWidth=width, strokeDash=list(dash) or [1, 0])
    return layer_of(mark.encode(x=pixel_x(), y=pixel_y(), x2="x2:Q", y2="y2:Q", color=own_colour()))


@cache
def _rect(opacity: float, edge: str) -> Layer:
    mark = alt.Chart().mark_rect(opacity=opacity, stroke=edge or None, strokeWidth=1 if edge else 0)
    fill = alt.Fill("colour:N", scale=None, legend=None)
    return layer_of(mark.encode(x=pixel_x(), y=pixel_y(), x2="x2:Q", y2="y2:Q", fill=fill))


@cache
def _point(shape: str, size: float, hollow: str) -> Layer:
    if hollow:
        mark = alt.Chart().mark_point(
            shape=shape, size=size, fill=hollow, strokeWidth=1.75, opacity=1
        )
        edge = alt.Stroke("colour:N", scale=None, legend=None)
        return layer_of(mark.encode(x=pixel_x(), y=pixel_y(), stroke=edge))
    mark = alt.Chart().mark_point(shape=shape, size=size, filled=True, opacity=1)
    return layer_of(mark.encode(x=pixel_x(), y=pixel_y(), color=own_colour()))


@cache
def _path(colour: str, width: float, dash: tuple[int, ...]) -> Layer:
    mark = alt.Chart().mark_line(color=colour, strokeWidth=width, strokeDash=list(dash) or [1, 0])
    return layer_of(mark.encode(x=pixel_x(), y=pixel_y(), order="n:Q"))


@cache
def _ribbon(colour: str, opacity: float) -> Layer:
    mark = alt.Chart().mark_area(color=colour, opacity=opacity, line=False)
    return layer_of(mark.encode(x=pixel_x(), y=pixel_y(), y2="y2:Q"))


_TEMPLATES: dict[str, Callable[..., Layer]] = {
    "text": _text,
    "rule": _rule,
    "rect": _rect,
    "point": _point,
    "path": _path,
    "ribbon": _ribbon,
}
"""One layer for each way to draw; it is made once for each style, and rows are put beside it."""


def _round(value: float) -> float:
    """Return a pixel to a hundredth, so that one drawing has one way to be written."""
    return round(value, 2) + 0.0
