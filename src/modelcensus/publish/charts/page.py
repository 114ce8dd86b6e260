"""The page around a plot: title, subtitle, source lines, watermark - and the whole as one spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelcensus.contracts.figure import Figure
from modelcensus.publish.charts.axes import day_of
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.letters import FONT, shown, width_of, wrap
from modelcensus.publish.charts.look import Scheme
from modelcensus.publish.charts.words import SIMULATED

VEGA_LITE = "6.1"
"""Version of the language that specs are written in: the one that Altair writes."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.1.0.json"
"""Name of that version; nothing fetches it."""

NARROW = 560
"""Below this width a chart is drawn for a telephone: smaller type, labels above bars."""


@dataclass(frozen=True)
class Sheet:
    """What all charts of one size have in common.

    Attributes:
        width: of the whole picture, in pixels.
        scheme: its colours.
        public_url: address that is printed below, when there is one.
        is_titled: whether title and subtitle stand in the picture.
    """

    width: int
    scheme: Scheme
    public_url: str = ""
    is_titled: bool = True

    @property
    def is_narrow(self) -> bool:
        """Return whether it is drawn for a telephone."""
        return self.width < NARROW

    @property
    def margin(self) -> float:
        """Return the room at the edges."""
        return 12 if self.is_narrow else 18

    @property
    def inner(self) -> float:
        """Return the width between the edges."""
        return self.width - 2 * self.margin


@dataclass(frozen=True)
class Line:
    """Lines of text of one style, with the room that each takes."""

    lines: list[str]
    style: TextStyle
    step: float
    colour: str


def assemble(
    figure: Figure, drawing: Drawing, sheet: Sheet, *, title: str, subtitle: str, alt_text: str
) -> dict[str, Any]:
    """Return a drawing with everything around it as a Vega-Lite spec; the same each time."""
    head = _head(sheet, title, subtitle)
    foot = _foot(figure, sheet)
    top = _height(head) + (10 if head else 6) + drawing.above
    bottom = drawing.below + 12 + _height(foot) + 8
    left = sheet.margin + drawing.left
    _write(drawing, head, -drawing.left, 4 - top)
    line_y = drawing.height + drawing.below + 6
    edge = (-drawing.left, line_y)
    drawing.rule(edge, (sheet.inner - drawing.left, line_y), sheet.scheme.grid)
    _write(drawing, foot, -drawing.left, line_y + 5)
    if figure.is_simulated:
        _watermark(drawing, sheet)
    # whole pixels, so that a picture has no half line at its edge
    bottom += -(top + 8 + drawing.height + bottom) % 1
    return {
        "$schema": SCHEMA,
        "description": alt_text,
        "width": drawing.width,
        "height": drawing.height,
        "padding": {
            "left": left,
            "right": sheet.width - left - drawing.width,
            "top": top + 8,
            "bottom": bottom,
        },
        "autosize": {"type": "none"},
        "background": sheet.scheme.ground,
        "layer": list(drawing.layers()),
        "resolve": {"scale": {"x": "independent", "y": "independent", "color": "independent"}},
        "config": {"font": FONT, "aria": False, "view": {"stroke": None, "fill": None}},
    }


def _head(sheet: Sheet, title: str, subtitle: str) -> list[Line]:
    if not sheet.is_titled:
        return []
    size, small = (15.0, 11.5) if sheet.is_narrow else (19.0, 13.0)
    heading = wrap(shown(title), sheet.inner, size, bold=True, lines=4)
    said = wrap(shown(subtitle), sheet.inner, small, lines=5)
    return [
        Line(heading, TextStyle(size, bold=True), size * 1.25, sheet.scheme.ink),
        Line(said, TextStyle(small), small * 1.35, sheet.scheme.dim),
    ]


def _foot(figure: Figure, sheet: Sheet) -> list[Line]:
    """Return source, licence, date, release and definition, as few lines as the width allows."""
    size = 9.5 if sheet.is_narrow else 10.5
    lines = []
    for text in foot_texts(figure, sheet.public_url):
        lines += wrap(text, sheet.inner, size, lines=4)
    return [Line(lines, TextStyle(size), size * 1.4, sheet.scheme.dim)]


def foot_texts(figure: Figure, public_url: str) -> list[str]:
    """Return what stands below a chart: where its numbers are from, and what they are."""
    licences = (*figure.licences, *[""] * len(figure.sources))
    sources = [
        f"{shown(source)} ({shown(licence)})" if licence else shown(source)
        for source, licence in zip(figure.sources, licences, strict=False)
    ]
    label = str(figure.coverage.get("label", ""))
    dated = f"; data of {day_of(label)}" if label else ""
    simulated = f"{SIMULATED} DATA. " if figure.is_simulated else ""
    return [
        f"{simulated}Source: {'; '.join(sources) or 'none stated'}{dated}",
        f"Open Model Census, release {shown(figure.release)}, definition {figure.contract.id}"
        + (f", {shown(public_url)}" if public_url else ""),
    ]


def _height(parts: list[Line]) -> float:
    return sum(len(part.lines) * part.step for part in parts) + 4 * max(0, len(parts) - 1)


def _write(drawing: Drawing, parts: list[Line], x: float, y: float) -> None:
    for part in parts:
        for line in part.lines:
            drawing.text(x, y + part.step / 2, line, part.colour, part.style)
            y += part.step
        y += 4


def _watermark(drawing: Drawing, sheet: Sheet) -> None:
    """Write that the data are simulated across the plot, and let the data be seen."""
    size = min(64.0, drawing.width / 7)
    wide = width_of(SIMULATED, size, bold=True)
    size *= min(1.0, 0.8 * drawing.width / wide)
    style = TextStyle(size, bold=True, align="center", opacity=0.22)
    drawing.text(drawing.width / 2, drawing.height / 2, SIMULATED, sheet.scheme.accent, style)
