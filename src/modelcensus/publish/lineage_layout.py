"""Where the boxes and lines of a layered drawing go: bases on the left, derivatives on the right.

Layers are columns. A line over several columns bends in each of them, so that it crosses no box;
lines of one relation from one model share their bends. The order within a column is found by
barycentre sweeps, heights by least squares without overlap. Lengths are in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]

SWEEPS = 6
ROW_GAP = 6.0
BEND_HEIGHT = 4.0
MARK = 16.0
"""Height and width that the mark of a line takes outside its box."""

NARROWEST_GAP, WIDEST_GAP = 84.0, 240.0
LOOP = 34.0
"""How far a line between models of one column bulges to the right."""


@dataclass(frozen=True)
class Node:
    """What is to be placed.

    Attributes:
        key: unique name.
        layer: column; the lowest stands on the left.
        width, height: of its text, with the padding.
    """

    key: str
    layer: int
    width: float
    height: float


@dataclass(frozen=True)
class Link:
    """A line from a base to what is built on it; `style` tells lines apart that may not join."""

    parent: str
    child: str
    style: str


@dataclass(frozen=True)
class Box:
    """A node's place: its left upper corner and its size."""

    key: str
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Return the height of its middle."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Mark:
    """Where the mark of lines of one style stands: its middle, beside the box of `key`."""

    key: str
    style: str
    x: float
    y: float


@dataclass(frozen=True)
class Stroke:
    """One piece of line: a curve from left to right, a flat piece, or a loop on the right side.

    Attributes:
        is_loop: whether it leaves and arrives on the right side of one column.
        has_arrow: whether it runs against the order of columns, so that its end needs an arrow.
    """

    style: str
    start: Point
    end: Point
    is_loop: bool = False
    has_arrow: bool = False


@dataclass(frozen=True)
class Drawing:
    """The places of everything; `width` and `height` hold it all."""

    boxes: tuple[Box, ...]
    marks: tuple[Mark, ...]
    strokes: tuple[Stroke, ...]
    width: float
    height: float


@dataclass
class _Spot:
    """A place in a column: a node's, or a bend's."""

    key: str
    height: float
    left: set[str] = field(default_factory=set)
    right: set[str] = field(default_factory=set)
    y: float = 0.0


def draw_layers(nodes: Sequence[Node], links: Sequence[Link]) -> Drawing:
    """Return the places of nodes and lines; nodes are in the order to begin with.

    The same input gives the same drawing. A link whose ends are one node is left out.
    """
    links = [link for link in dict.fromkeys(links) if link.parent != link.child]
    return _Layout(nodes, links).drawing()


class _Layout:
    """The steps of one drawing, one after another."""

    def __init__(self, nodes: Sequence[Node], links: Sequence[Link]) -> None:
        self.nodes = {node.key: node for node in nodes}
        self.routes = [_Route.of(link, self.nodes) for link in links]
        self.groups = _groups(self.routes)
        self.columns: dict[int, list[_Spot]] = {}
        self.spots: dict[str, _Spot] = {}
        for node in nodes:
            sides = [sum(1 for k, s, _ in self.groups if (k, s) == (node.key, x)) for x in _SIDES]
            self._add(node.key, node.layer, max(node.height, MARK * max(sides)))
        for route in self.routes:
            self._add_bends(route)

    def drawing(self) -> Drawing:
        """Order, place and connect."""
        order_columns(self.columns, self.spots)
        place_columns(self.columns, self.spots)
        left = self._lefts()
        boxes = {
            n.key: Box(n.key, left[n.layer], s.y - s.height / 2, n.width, s.height)
            for n in self.nodes.values()
            for s in [self.spots[n.key]]
        }
        marks = self._marks(boxes)
        right = {c: left[c] + self._width(c) for c in self.columns}
        strokes = dict.fromkeys(
            stroke
            for route in self.routes
            for stroke in self._strokes(route, boxes, marks, left, right)
        )
        return Drawing(
            tuple(boxes.values()),
            tuple(marks.values()),
            tuple(strokes),
            max(right.values()) + (LOOP + MARK if any(r.is_loop for r in self.routes) else MARK),
            max(s.y + s.height / 2 for s in self.spots.values()),
        )

    def _add(self, key: str, layer: int, height: float) -> _Spot:
        if key not in self.spots:
            self.spots[key] = _Spot(key, height)
            self.columns.setdefault(layer, []).append(self.spots[key])
        return self.spots[key]

    def _add_bends(self, route: _Route) -> None:
        for (near, _), (far, layer) in pairwise(route.stops):
            spot = self._add(far, layer, BEND_HEIGHT)
            self.spots[near].right.add(far)
            spot.left.add(near)

    def _width(self, layer: int) -> float:
        return max((n.width for n in self.nodes.values() if n.layer == layer), default=0.0)

    def _lefts(self) -> dict[int, float]:
        """Return the left side of each column; gaps grow with how steep their lines are."""
        found, x = {}, 0.0
        layers = sorted(self.columns)
        for layer, following in zip(layers, [*layers[1:], None], strict=True):
            found[layer] = x
            if following is not None:
                steep = max(
                    (
                        abs(self.spots[far].y - spot.y)
                        for spot in self.columns[layer]
                        for far in spot.right
                    ),
                    default=0.0,
                )
                x += self._width(layer) + min(WIDEST_GAP, NARROWEST_GAP + steep / 12)
        return found

    def _marks(self, boxes: dict[str, Box]) -> dict[_Group, Mark]:
        """Return a mark for each group of lines, one under another beside the box."""
        by_side: dict[tuple[str, str], list[_Group]] = {}
        for group in self.groups:
            by_side.setdefault(group[:2], []).append(group)
        found = {}
        for (key, side), groups in by_side.items():
            box = boxes[key]
            x = box.x - MARK / 2 if side == "left" else box.x + box.width + MARK / 2
            groups.sort(key=lambda g: (_mean(boxes[k].middle for k in self.groups[g]), g[2]))
            for place, group in enumerate(groups):
                y = box.middle + (place - (len(groups) - 1) / 2) * MARK
                found[group] = Mark(key, group[2], x, y)
        return found

    def _strokes(
        self,
        route: _Route,
        boxes: dict[str, Box],
        marks: dict[_Group, Mark],
        left: dict[int, float],
        right: dict[int, float],
    ) -> list[Stroke]:
        style = route.link.style
        mark = marks[route.group]
        parent, child = boxes[route.link.parent], boxes[route.link.child]
        if route.is_loop:
            edge = right[self.nodes[route.link.parent].layer] + MARK
            start, end = (parent.x + parent.width, parent.middle), (mark.x + MARK / 2, mark.y)
            return [
                Stroke(style, start, (edge, start[1])),
                Stroke(style, (edge, start[1]), (edge, end[1]), True),
                Stroke(style, (edge, end[1]), end, False, True),
            ]
        first, last = (child, parent) if route.is_back else (parent, child)
        outward = MARK / 2 if route.group[1] == "right" else -MARK / 2
        said = (mark.x + outward, mark.y)
        begin = said if mark.key == first.key else (first.x + first.width, first.middle)
        end = said if mark.key == last.key else (last.x, last.middle)
        # flat as far as the column reaches: a wider box above or below is not crossed
        points: list[Point] = [begin, (right[route.stops[0][1]] + MARK, begin[1])]
        for key, layer in route.stops[1:-1]:
            points += [(left[layer], self.spots[key].y), (right[layer], self.spots[key].y)]
        points.append(end)
        strokes = [Stroke(style, a, b) for a, b in pairwise(points) if a != b]
        if route.is_back:
            strokes[0] = Stroke(style, strokes[0].end, begin, False, True)
        return strokes


_Group = tuple[str, str, str]
"""Lines that share a mark: the model beside which it stands, the side, the style."""

_SIDES = ("left", "right")


@dataclass(frozen=True)
class _Route:
    """The way of a line.

    Attributes:
        stops: (key, layer) from column to column; bends have names of their own.
        group: where its mark stands: at derivatives on the right of the drawing, at bases on its
            left, because each of those has few lines on that side.
        is_back: whether the base stands further right than what is built on it, as in a cycle.
    """

    link: Link
    stops: tuple[tuple[str, int], ...]
    group: _Group
    is_back: bool
    is_loop: bool

    @classmethod
    def of(cls, link: Link, nodes: dict[str, Node]) -> _Route:
        parent, child = nodes[link.parent], nodes[link.child]
        is_back, is_loop = parent.layer > child.layer, parent.layer == child.layer
        at_child = is_back or is_loop or child.layer > 0
        side = "left" if at_child and not (is_back or is_loop) else "right"
        group = (child.key if at_child else parent.key, side, link.style)
        if is_loop:
            return cls(link, (), group, False, True)
        first, last = (child, parent) if is_back else (parent, child)
        between = range(first.layer + 1, last.layer)
        bends = [(f"\n{first.key}\n{link.style}\n{is_back}\n{n}", n) for n in between]
        stops = ((first.key, first.layer), *bends, (last.key, last.layer))
        return cls(link, stops, group, is_back, False)


def _groups(routes: Iterable[_Route]) -> dict[_Group, list[str]]:
    """Return the groups of lines, each with the models at the other ends."""
    found: dict[_Group, list[str]] = {}
    for route in routes:
        ends = {route.link.parent, route.link.child} - {route.group[0]}
        found.setdefault(route.group, []).extend(ends)
    return found


def order_columns(columns: dict[int, list[_Spot]], spots: dict[str, _Spot]) -> None:
    """Order each column by where its neighbours stand in the one before, to and fro."""
    layers = sorted(columns)
    for sweep in range(SWEEPS):
        is_forward = sweep % 2 == 0
        for layer in layers if is_forward else layers[::-1]:
            places = {
                spot.key: (place + 0.5) / len(column)
                for column in columns.values()
                for place, spot in enumerate(column)
            }
            column = columns[layer]
            wanted = {
                s.key: _mean((places[k] for k in _beside(s, is_forward)), places[s.key])
                for s in column
            }
            column.sort(key=lambda s: round(wanted[s.key], 9))


def _beside(spot: _Spot, is_forward: bool) -> list[str]:
    return sorted(spot.left if is_forward else spot.right)


def place_columns(columns: dict[int, list[_Spot]], spots: dict[str, _Spot]) -> None:
    """Give each spot its height: the tallest column is stacked, the others follow outwards."""
    heights = {n: sum(s.height + ROW_GAP for s in column) for n, column in columns.items()}
    layers = sorted(columns)
    tallest = max(layers, key=lambda n: (heights[n], -abs(n), n))
    y = 0.0
    for spot in columns[tallest]:
        spot.y = y + spot.height / 2
        y += spot.height + ROW_GAP
    middle = y / 2
    outward = [(n, False) for n in layers[::-1] if n < tallest]
    outward += [(n, True) for n in layers if n > tallest]
    for layer, is_right in outward:
        column = columns[layer]
        wanted = [_mean((spots[k].y for k in _beside(s, is_right)), middle) for s in column]
        _settle(column, wanted)
    top = min(s.y - s.height / 2 for s in spots.values())
    for spot in spots.values():
        spot.y -= top


def _settle(column: Sequence[_Spot], wanted: Sequence[float]) -> None:
    """Put spots as near as can be to where they want to be, in order and without overlap.

    The least squares of the distances, by pooling neighbours that want to pass each other.
    """
    offsets, offset = [], 0.0
    for before, spot in zip([None, *column], column, strict=False):
        if before is not None:
            offset += (before.height + spot.height) / 2 + ROW_GAP
        offsets.append(offset)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            other, others = pools.pop()
            mean = (mean * count + other * others) / (count + others)
            count += others
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    for spot, mean, offset in zip(column, means, offsets, strict=True):
        spot.y = mean + offset


def _mean(values: Iterable[float], default: float = 0.0) -> float:
    found = list(values)
    return sum(found) / len(found) if found else default
