"""Places of boxes and lines: nothing overlaps, every line joins its two boxes, twice the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.publish.lineage_layout import (
    LOOP,
    MARK,
    ROW_GAP,
    Box,
    Drawing,
    Link,
    Node,
    Point,
    Stroke,
    draw_layers,
)

STYLES = ("finetune", "merge", "same_model inferred")


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Node], list[Link]]:
    """Up to 14 nodes in up to 5 columns, joined at random: cycles, loops and long ways, too."""
    count = draw(st.integers(1, 14))
    nodes = [
        Node(
            f"n{place}",
            draw(st.integers(-2, 2)),
            float(draw(st.integers(20, 300))),
            float(draw(st.sampled_from((17, 34, 50)))),
        )
        for place in range(count)
    ]
    ends = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(ends, ends, st.sampled_from(STYLES)), max_size=25))
    return nodes, [Link(f"n{a}", f"n{b}", style) for a, b, style in pairs]


def points(stroke: Stroke) -> Iterator[Point]:
    """Points along a stroke, as the curve with two handles that the file draws."""
    (x0, y0), (x1, y1) = stroke.start, stroke.end
    handle = x0 + LOOP if stroke.is_loop else (x0 + x1) / 2
    for step in range(41):
        t = step / 40
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        yield (a * x0 + (b + c) * handle + d * x1, (a + b) * y0 + (c + d) * y1)


def is_inside(point: Point, box: Box) -> bool:
    x, y = point
    near = 0.01
    is_across = box.x + near < x < box.x + box.width - near
    return is_across and box.y + near < y < box.y + box.height - near


def touches(stroke: Stroke, box: Box) -> bool:
    """Whether a stroke ends at the side of a box, or at the mark beside it."""
    sides = (box.x, box.x - MARK, box.x + box.width, box.x + box.width + MARK)
    return any(
        abs(x - side) < 0.01 and box.y - 0.01 <= y <= box.y + box.height + 0.01
        for x, y in (stroke.start, stroke.end)
        for side in sides
    )


def joined(drawing: Drawing, style: str, box: Box) -> set[str]:
    """Keys of the boxes that lines of one style lead to from a box."""
    strokes = [s for s in drawing.strokes if s.style == style]
    found, waiting = set[Stroke](), [s for s in strokes if touches(s, box)]
    while waiting:
        stroke = waiting.pop()
        if stroke in found:
            continue
        found.add(stroke)
        ends = {stroke.start, stroke.end}
        waiting += [s for s in strokes if ends & {s.start, s.end}]
    return {b.key for b in drawing.boxes if any(touches(s, b) for s in found)}


@given(graphs())
def test_nothing_overlaps_and_lines_cross_no_box(graph: tuple[list[Node], list[Link]]) -> None:
    nodes, links = graph
    drawing = draw_layers(nodes, links)
    boxes = {box.key: box for box in drawing.boxes}
    assert set(boxes) == {node.key for node in nodes}
    for place, box in enumerate(drawing.boxes):
        assert box.y >= -0.01
        assert box.y + box.height <= drawing.height + 0.01
        assert box.x >= 0
        assert box.x + box.width <= drawing.width
        for other in drawing.boxes[:place]:
            is_beside = box.x >= other.x + other.width or other.x >= box.x + box.width
            gap = max(box.y - other.y - other.height, other.y - box.y - box.height)
            assert is_beside or gap >= ROW_GAP - 0.01
    for stroke in drawing.strokes:
        for point in points(stroke):
            assert not any(is_inside(point, box) for box in drawing.boxes), (stroke, point)
            assert point[0] <= drawing.width


@given(graphs())
def test_every_line_joins_its_boxes(graph: tuple[list[Node], list[Link]]) -> None:
    nodes, links = graph
    drawing = draw_layers(nodes, links)
    boxes = {box.key: box for box in drawing.boxes}
    for link in links:
        if link.parent != link.child:
            assert link.child in joined(drawing, link.style, boxes[link.parent])


@given(graphs())
def test_columns_stand_from_left_to_right_twice_alike(graph: tuple[list[Node], list[Link]]) -> None:
    nodes, links = graph
    drawing = draw_layers(nodes, links)
    assert drawing == draw_layers(nodes, links)
    boxes = {box.key: box for box in drawing.boxes}
    for node in nodes:
        for other in nodes:
            if node.layer < other.layer:
                assert boxes[node.key].x + node.width < boxes[other.key].x


def test_marks_stand_beside_their_boxes_and_apart() -> None:
    nodes = [Node("base", 0, 80, 17), Node("child", 1, 90, 17)]
    links = [Link("base", "child", style) for style in STYLES]
    drawing = draw_layers(nodes, links)
    assert {mark.style for mark in drawing.marks} == set(STYLES)
    assert {(mark.key, mark.x) for mark in drawing.marks} == {
        ("child", drawing.boxes[1].x - MARK / 2)
    }
    heights = sorted(mark.y for mark in drawing.marks)
    assert [b - a for a, b in pairwise(heights)] == pytest.approx([MARK] * 2)


def test_order_follows_the_neighbours() -> None:
    """Bases stand in the order of what is built on them: no line crosses another."""
    nodes = [Node(k, 0, 50, 17) for k in "abc"] + [Node(k, -1, 50, 17) for k in "xyz"]
    links = [Link("z", "a", "finetune"), Link("y", "b", "finetune"), Link("x", "c", "finetune")]
    drawing = draw_layers(nodes, links)
    heights = {box.key: box.y for box in drawing.boxes}
    pairs = sorted((heights[link.parent], heights[link.child]) for link in links)
    assert [child for _, child in pairs] == sorted(child for _, child in pairs)


def test_a_line_against_the_columns_has_an_arrow() -> None:
    nodes = [Node("left", 0, 50, 17), Node("right", 1, 50, 17), Node("below", 1, 50, 17)]
    there = Link("left", "right", "finetune")
    assert not any(s.has_arrow for s in draw_layers(nodes, [there]).strokes)
    back = draw_layers(nodes, [there, Link("right", "left", "finetune")])
    assert sum(s.has_arrow for s in back.strokes) == 1
    beside = draw_layers(nodes, [Link("right", "below", "finetune")])
    assert [s.is_loop for s in beside.strokes] == [False, True, False]
    assert sum(s.has_arrow for s in beside.strokes) == 1
