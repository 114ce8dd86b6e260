"""Reading a drawn chart back: the boxes of its texts, measured apart from the code that laid out.

Widths come from the renderer itself, not from the table that places labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import vl_convert

SVG = "{http://www.w3.org/2000/svg}"
_TRANSLATE = re.compile(r"translate\(([-\d.]+)[ ,]([-\d.]+)\)")
FONT = "Liberation Sans"


@dataclass(frozen=True)
class Box:
    """A text with the rectangle that it covers, in pixels of the picture."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float

    def covers(self, other: Box, slack: float = 0.75) -> bool:
        """Return whether two texts overlap by more than a hair."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > slack and down > slack


def root_of(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  # our own file


def size_of(svg: str) -> tuple[float, float]:
    root = root_of(svg)
    return float(root.attrib["width"]), float(root.attrib["height"])


def texts_of(svg: str) -> list[str]:
    return [node.text or "" for node in root_of(svg).iter(f"{SVG}text")]


def boxes_of(svg: str) -> list[Box]:
    """Return every text of a picture but the watermark, which lies over everything."""
    root = root_of(svg)
    measure({_written(node) for node in root.iter(f"{SVG}text")})
    found = list(_walk(root, 0.0, 0.0))
    return [box for box in found if box.text != "SIMULATED"]


def _walk(node: ElementTree.Element, x: float, y: float) -> Iterator[Box]:
    moved = _TRANSLATE.findall(node.attrib.get("transform", ""))
    if node.tag == f"{SVG}text":
        yield _box(node, x, y, moved)
        return
    for dx, dy in moved[:1]:
        x, y = x + float(dx), y + float(dy)
    for child in node:
        yield from _walk(child, x, y)


def _box(node: ElementTree.Element, x: float, y: float, moved: list[tuple[str, str]]) -> Box:
    text, size, _ = written = _written(node)
    wide = _WIDTHS[written]
    anchor = {"end": -wide, "middle": -wide / 2}.get(node.attrib.get("text-anchor", ""), 0.0)
    x, y = x + float(moved[0][0]), y + float(moved[0][1])
    # from the top of capitals and ascenders to the foot of descenders
    up, down = 0.74 * size, 0.21 * size
    if "rotate(270)" in node.attrib["transform"]:
        x += float(moved[1][1])
        return Box(text, x - up, y - anchor - wide, x + down, y - anchor, size)
    return Box(text, x + anchor, y - up, x + anchor + wide, y + down, size)


Written = tuple[str, float, bool]
"""A text with its size, and whether it is bold."""

_WIDTHS: dict[Written, float] = {}


def _written(node: ElementTree.Element) -> Written:
    size = float(node.attrib["font-size"].removesuffix("px"))
    return node.text or "", size, node.attrib.get("font-weight") == "bold"


def drawn_width(text: str, size: float, bold: bool) -> float:
    """Return how wide the renderer draws a text."""
    measure({(text, size, bold)})
    return _WIDTHS[text, size, bold]


def measure(texts: set[Written]) -> None:
    """Let the renderer measure texts that nobody asked for before, all at once."""
    missing = sorted(texts - _WIDTHS.keys())
    if not missing:
        return
    rows = [
        {"text": text, "size": size, "weight": "bold" if bold else "normal"}
        for text, size, bold in missing
    ]
    enter = {"text": {"field": "text"}, "font": {"value": FONT}, "x": {"value": 0}}
    enter |= {"fontSize": {"field": "size"}, "fontWeight": {"field": "weight"}}
    wide = {"signal": "datum.bounds.x2 - datum.bounds.x1"}
    ruler = {"x": {"value": 0}, "height": {"value": 1}, "width": wide}
    spec = {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "width": 1,
        "height": 1,
        "data": [{"name": "rows", "values": rows}],
        "marks": [
            {"name": "t", "type": "text", "from": {"data": "rows"}, "encode": {"enter": enter}},
            {"type": "rect", "from": {"data": "t"}, "encode": {"enter": ruler}},
        ],
    }
    items = next(_rulers(vl_convert.vega_to_scenegraph(spec)))
    for written, item in zip(missing, items, strict=True):
        _WIDTHS[written] = float(item.get("width", 0.0))


def _rulers(node: Any) -> Iterator[list[dict[str, Any]]]:
    if isinstance(node, dict):
        if node.get("marktype") == "rect":
            yield node["items"]
        for value in node.values():
            yield from _rulers(value)
    elif isinstance(node, list):
        for value in node:
            yield from _rulers(value)
