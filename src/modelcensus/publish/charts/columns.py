"""Groups that have an order of their own (sizes, licence classes, months) as columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from modelcensus.contracts.figure import Figure
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.publish.charts.axes import (
    Axis,
    close_ticks,
    day_of,
    draw_value_axis,
    label_percent,
    short_number,
    short_percent,
    value_room,
)
from modelcensus.publish.charts.bars import read_moment
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.keys import Entry, draw_key, key_room, key_rows
from modelcensus.publish.charts.letters import wrap
from modelcensus.publish.charts.look import Look, looks_of
from modelcensus.publish.charts.names import LICENCE_CLASSES
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.trajectories import (
    Trajectories,
    Trajectory,
    read_trajectories,
    time_column,
)
from modelcensus.publish.charts.words import (
    listing,
    neutral_title,
    subtitle_of,
    value_words,
)

ORDERS = {
    "size_class": ("<1B", "1B-7B", "7B-20B", "20B-100B", ">=100B"),
    "licence_class": ("L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9"),
}
"""Groups in their order; those of groupings that are not here stand in the order of their words."""

WIDEST = 96.0


def draw_columns(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return a column for each group in its own order, what is unknown apart at the end."""
    del events
    found = read_ordered(figure)
    looks = looks_of([t.group for t in found.groups], sheet.scheme)
    key = _key(found, looks, sheet)
    drawing, axis = _plot(sheet, found, above=14 + (key_room(key) if key else 0))
    draw_key(drawing, key, sheet, above=14)
    places, step = _places(found, drawing.width)
    wide = min(WIDEST, step * 0.74)
    for trajectory, x in zip(found.groups, places, strict=True):
        if trajectory.last is not None:
            y = axis.at(trajectory.last)
            colour = looks[trajectory.group].colour
            drawing.rect((x - wide / 2, y), (wide, axis.start - y), colour)
    for trajectory, x in zip(found.groups, places, strict=True):
        begun = trajectory.values[0] if len(found.labels) > 1 else None
        if begun is not None:
            y = axis.at(begun)
            drawing.rule((x - wide / 2 - 4, y), (x + wide / 2 + 4, y), sheet.scheme.ink, width=2)
    _write_names(drawing, found, places, step, axis, sheet, is_short=bool(key))
    what = value_words(figure, is_share=found.is_share)
    began = f"; black line: {day_of(found.labels[0])}" if len(found.labels) > 1 else ""
    said = _writer(found)
    return Picture(
        drawing,
        neutral_title(figure),
        subtitle_of(figure, what) + began.replace("black ", ""),
        "Column chart",
        (listing([(t.name, said(t)) for t in found.groups]),),
    )


def read_ordered(figure: Figure) -> Trajectories:
    """Return the groups of a figure in the order that they have by themselves."""
    has_past = bool(time_column(figure))
    found = read_trajectories(figure, shares=True) if has_past else read_moment(figure)
    order = ORDERS.get(figure.contract.by, ())
    place = {group: n for n, group in enumerate(order)}
    return found.with_groups(
        sorted(
            found.groups,
            key=lambda t: (t.group == UNKNOWN, place.get(t.group, len(order)), t.group),
        )
    )


def _writer(found: Trajectories) -> Callable[[Trajectory], str]:
    write = label_percent if found.is_share else short_number
    return lambda trajectory: "not known" if trajectory.last is None else write(trajectory.last)


def _key(found: Trajectories, looks: dict[str, Look], sheet: Sheet) -> list[list[Entry]]:
    """Return a key of the names that find no room below their columns; empty where all do."""
    if not sheet.is_narrow or not any(t.group in LICENCE_CLASSES for t in found.groups):
        return []
    return key_rows([(t.name, looks[t.group].colour, "square") for t in found.groups], sheet)


def _plot(sheet: Sheet, found: Trajectories, *, above: float) -> tuple[Drawing, Axis]:
    write = short_percent if found.is_share else short_number
    known = [v for t in found.groups for v in (t.values[0], t.last) if v is not None]
    ticks, top = close_ticks(0.0, max([*known, 1e-9]), 6)
    left = value_room(ticks, write)
    height = 230.0 if sheet.is_narrow else 320.0
    drawing = Drawing(
        sheet.inner - left, height, left, 0, above=above, below=24 if sheet.is_narrow else 40
    )
    axis = Axis(0, top, height, 0)
    draw_value_axis(drawing, axis, ticks, sheet.scheme, write=write)
    drawing.rule((0, height), (drawing.width, height), sheet.scheme.dim)
    return drawing, axis


def _places(found: Trajectories, width: float) -> tuple[list[float], float]:
    """Return the middles of the columns and their distance; what is unknown stands apart."""
    is_apart = found.groups[-1].group == UNKNOWN and len(found.groups) > 1
    step = width / (len(found.groups) + (0.3 if is_apart else 0))
    places = [step * (n + 0.5) for n in range(len(found.groups))]
    if is_apart:
        places[-1] += 0.3 * step
    return places, step


def _write_names(
    drawing: Drawing,
    found: Trajectories,
    places: Sequence[float],
    step: float,
    axis: Axis,
    sheet: Sheet,
    *,
    is_short: bool,
) -> None:
    """Write each group's value above its column and its name, or its code, below."""
    said, size = _writer(found), 10.0 if sheet.is_narrow else 11.5
    bold, plain = (TextStyle(size, bold=b, align="center") for b in (True, False))
    for trajectory, x in zip(found.groups, places, strict=True):
        highest = max([v for v in (trajectory.values[0], trajectory.last) if v is not None] or [0])
        drawing.text(x, axis.at(highest) - 10, said(trajectory), sheet.scheme.ink, bold)
    for trajectory, x in zip(found.groups, places, strict=True):
        drawing.labelled.append(trajectory.group)
        name = trajectory.name.split(" ")[0] if is_short else trajectory.name
        for number, line in enumerate(wrap(name, step - 4, size, lines=2)):
            y = drawing.height + 13 + size * 1.25 * number
            drawing.text(x, y, line, sheet.scheme.ink, plain)
