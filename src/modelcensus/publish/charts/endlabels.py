"""Labels at the right end of a chart over time: each group is named where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.labels import spread
from modelcensus.publish.charts.letters import cut, width_of
from modelcensus.publish.charts.look import Look
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.trajectories import Trajectory

MARK = 20.0
"""Room of the leader and the mark between a plot and its labels."""


@dataclass(frozen=True)
class EndLabel:
    """A label: name and value, where it belongs, and how its group is drawn."""

    group: str
    name: str
    value: str
    y: float
    look: Look


def label_size(sheet: Sheet) -> float:
    """Return the size of labels."""
    return 10.5 if sheet.is_narrow else 12.0


def label_step(sheet: Sheet) -> float:
    """Return the height that each label takes."""
    return label_size(sheet) * 1.3


def short_name(trajectory: Trajectory, sheet: Sheet) -> str:
    """Return a group's name, shortened where there is little room."""
    if sheet.is_narrow and trajectory.group == UNKNOWN:
        return "Unknown"
    return trajectory.name


def label_room(sheet: Sheet, pairs: Sequence[tuple[str, str]]) -> float:
    """Return the room that names and values need beside the plot, bounded by the width."""
    size = label_size(sheet)
    most = sheet.inner * (0.42 if sheet.is_narrow else 0.3)
    wide = max((_wide(name, value, size) for name, value in pairs), default=0.0)
    return min(most, MARK + wide + 2)


def _wide(name: str, value: str, size: float) -> float:
    gap = size * 0.45 if value else 0.0
    return width_of(name, size, bold=True) + gap + width_of(value, size)


def draw_end_labels(
    drawing: Drawing, sheet: Sheet, labels: Sequence[EndLabel], *, shape: str = ""
) -> None:
    """Write labels beside the plot, moved apart where they would touch, each with its mark."""
    size, step = label_size(sheet), label_step(sheet)
    places = spread(
        [label.y for label in labels],
        [step] * len(labels),
        -step / 2,
        drawing.height + step / 2,
    )
    for label, y in zip(labels, places, strict=True):
        start = drawing.width
        if abs(y - label.y) > 2:
            drawing.rule((start + 2, label.y), (start + 8, y), sheet.scheme.dim, width=0.75)
    for label, y in zip(labels, places, strict=True):
        mark = shape or label.look.shape
        drawing.point((drawing.width + 13, y), label.look.colour, shape=mark, size=52)
        drawing.labelled.append(label.group)
    room = drawing.right - MARK
    for label, y in zip(labels, places, strict=True):
        start = drawing.width + MARK
        value_room = width_of(label.value, size) + (size * 0.45 if label.value else 0)
        name = cut(label.name, room - value_room, size, bold=True)
        drawing.text(start, y, name, sheet.scheme.ink, TextStyle(size, bold=True))
        if label.value:
            x = start + width_of(name, size, bold=True) + size * 0.45
            drawing.text(x, y, label.value, sheet.scheme.ink, TextStyle(size))
