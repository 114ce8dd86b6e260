"""Flows from the terms of bases to the terms of what is built on them, by what they say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from modelcensus.contracts.figure import Figure
from modelcensus.publish.charts.axes import short_number
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.keys import draw_key, key_room, key_rows
from modelcensus.publish.charts.labels import spread
from modelcensus.publish.charts.letters import cut, shown, width_of
from modelcensus.publish.charts.look import looks_of
from modelcensus.publish.charts.names import LICENCE_CLASSES
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.words import listing, neutral_title, subtitle_of

VERDICTS = {
    "compatible": "compatible",
    "fewer declared duties than the base": "fewer declared duties than the base",
    "declared terms disagree": "declared terms disagree",
    "unknown": "unknown",
}
_GAP, _NODE, _BENDS = 7.0, 9.0, 24
_LEAST = 0.6


@dataclass(frozen=True)
class _Flow:
    """Edges from one class of terms to another with one verdict."""

    base: str
    derivative: str
    verdict: str
    count: float


@dataclass(frozen=True)
class _Side:
    """Where the nodes of one side lie: upper edge and height of each, in order."""

    tops: dict[str, float]
    heights: dict[str, float]


def draw_flows(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return ribbons from the classes of bases to the classes of derivatives."""
    del events
    flows = _flows(figure)
    verdicts = [v for v in VERDICTS if any(f.verdict == v for f in flows)]
    looks = looks_of(verdicts, sheet.scheme)
    sums = {v: sum(f.count for f in flows if f.verdict == v) for v in verdicts}
    key = key_rows(
        [(f"{VERDICTS[v]} ({sums[v]:,.0f})", looks[v].colour, "square") for v in verdicts], sheet
    )
    bases, derivatives = (_totals(flows, side) for side in ("base", "derivative"))
    drawing = _plot(sheet, bases, derivatives, above=key_room(key) + 20)
    draw_key(drawing, key, sheet, above=20)
    whole = sum(bases.values())
    left, right = (_side(totals, whole, drawing.height) for totals in (bases, derivatives))
    _draw_ribbons(drawing, flows, left, right, {v: looks[v].colour for v in verdicts})
    _write_side(drawing, bases, left, sheet, is_left=True)
    _write_side(drawing, derivatives, right, sheet, is_left=False)
    for x, words, align in (
        (-6.0, "of the base", "right"),
        (drawing.width + 6, "of the derivative", "left"),
    ):
        style = TextStyle(10.5, bold=True, align="right" if align == "right" else "left")
        drawing.text(x, -12, words, sheet.scheme.dim, style)
    what = f"{whole:,.0f} declared edges by licence class of the base and of the derivative"
    return Picture(
        drawing,
        neutral_title(figure),
        subtitle_of(figure, what) + "; declared tags against clause texts, not legal advice",
        "Flow chart",
        (listing([(VERDICTS[v], f"{sums[v]:,.0f}") for v in verdicts]),),
    )


def _flows(figure: Figure) -> list[_Flow]:
    order = {name: n for n, name in enumerate((*LICENCE_CLASSES, ""))}
    verdicts = list(VERDICTS)
    found = [
        _Flow(str(r["base"]), str(r["derivative"]), str(r["verdict"]), float(r["count"]))
        for r in figure.records()
        if r["kind"] == "classes" and r["count"]
    ]
    last = len(order)
    return sorted(
        found,
        key=lambda f: (
            *(order.get(f.base, last), f.base, order.get(f.derivative, last), f.derivative),
            verdicts.index(f.verdict) if f.verdict in verdicts else last,
        ),
    )


def _totals(flows: Sequence[_Flow], side: str) -> dict[str, float]:
    order = {name: n for n, name in enumerate(LICENCE_CLASSES)}
    totals: dict[str, float] = {}
    for flow in flows:
        name = getattr(flow, side)
        totals[name] = totals.get(name, 0.0) + flow.count
    return dict(sorted(totals.items(), key=lambda item: (order.get(item[0], 99), item[0])))


def _name(node: str) -> str:
    words = shown(node.strip("()")) or "not collected"
    return LICENCE_CLASSES.get(node, words[:1].upper() + words[1:])


def _size(sheet: Sheet) -> float:
    return 10.5 if sheet.is_narrow else 12.0


def _plot(
    sheet: Sheet, bases: dict[str, float], derivatives: dict[str, float], *, above: float
) -> Drawing:
    size = _size(sheet)
    rooms = []
    for totals in (bases, derivatives):
        widest = max(width_of(_words(node, count), size) for node, count in totals.items())
        rooms.append(min(widest + 8, sheet.inner * (0.36 if sheet.is_narrow else 0.27)))
    nodes = max(len(bases), len(derivatives))
    height = max(320.0 if sheet.is_narrow else 420.0, nodes * (size * 1.3 + 4))
    width = sheet.inner - sum(rooms)
    return Drawing(width, height, rooms[0], rooms[1], above=above, below=10)


def _words(node: str, count: float) -> str:
    return f"{_name(node)}  {short_number(count)}"


def _side(totals: dict[str, float], whole: float, height: float) -> _Side:
    room = height - _GAP * (len(totals) - 1)
    tops, heights, y = {}, {}, 0.0
    for node, count in totals.items():
        tops[node], heights[node] = y, count / whole * room
        y += heights[node] + _GAP
    return _Side(tops, heights)


def _draw_ribbons(
    drawing: Drawing,
    flows: Sequence[_Flow],
    left: _Side,
    right: _Side,
    colours: dict[str, str],
) -> None:
    """Draw every flow; rare ones are painted last and never thinner than can be seen."""
    whole = sum(f.count for f in flows)
    rooms = [sum(side.heights.values()) / whole for side in (left, right)]
    starts, ends = dict(left.tops), dict(right.tops)
    drawn = []
    for flow in flows:
        y, z = starts[flow.base], ends[flow.derivative]
        starts[flow.base] += flow.count * rooms[0]
        ends[flow.derivative] += flow.count * rooms[1]
        drawn.append((flow, y, z))
    drawn.sort(key=lambda item: -item[0].count)
    for flow, y, z in drawn:
        thick = [max(_LEAST, flow.count * room) for room in rooms]
        edges = _bent(y, z, thick, _NODE, drawing.width - _NODE)
        is_quiet = flow.verdict == "unknown"
        drawing.ribbon(edges, colours[flow.verdict], opacity=0.3 if is_quiet else 0.72)
    for side, x in ((left, 0.0), (right, drawing.width - _NODE)):
        for node, top in side.tops.items():
            drawing.rect((x, top), (_NODE, max(1.0, side.heights[node])), "#7b848e")


def _bent(
    y: float, z: float, thick: Sequence[float], start: float, end: float
) -> list[tuple[float, float, float]]:
    """Return a ribbon that leaves and arrives level."""
    edges = []
    for n in range(_BENDS + 1):
        part = n / _BENDS
        turn = (1 - math.cos(math.pi * part)) / 2
        upper = y + (z - y) * turn
        edges.append(
            (start + (end - start) * part, upper, upper + thick[0] + (thick[1] - thick[0]) * turn)
        )
    return edges


def _write_side(
    drawing: Drawing, totals: dict[str, float], side: _Side, sheet: Sheet, *, is_left: bool
) -> None:
    size = _size(sheet)
    step = size * 1.3
    middles = [side.tops[node] + side.heights[node] / 2 for node in totals]
    places = spread(middles, [step] * len(middles), -step / 2, drawing.height + step / 2)
    edge = 0.0 if is_left else drawing.width
    turn = -1 if is_left else 1
    style = TextStyle(size, align="right" if is_left else "left")
    room = (drawing.left if is_left else drawing.right) - 8
    for (node, count), y in zip(totals.items(), places, strict=True):
        drawing.labelled.append(node)
        counted = short_number(count)
        name = cut(_name(node), room - width_of(f"  {counted}", size), size)
        drawing.text(edge + 6 * turn, y, f"{name}  {counted}", sheet.scheme.ink, style)
