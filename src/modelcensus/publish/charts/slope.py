"""The first and the last snapshot side by side: what rose and what fell, and by how much."""

from __future__ import annotations

from collections.abc import Sequence

from modelcensus.contracts.figure import Figure
from modelcensus.publish.charts.axes import Axis, day_of, label_percent, short_number
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.endlabels import (
    MARK,
    EndLabel,
    draw_end_labels,
    label_room,
    label_size,
    label_step,
    short_name,
)
from modelcensus.publish.charts.labels import spread
from modelcensus.publish.charts.letters import width_of
from modelcensus.publish.charts.look import OTHERS, Look, looks_of
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.trajectories import (
    Trajectories,
    foremost,
    read_trajectories,
)
from modelcensus.publish.charts.words import (
    listing,
    neutral_title,
    sentence_of,
    subtitle_of,
    value_words,
)


def draw_slope(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return two points for each group and the line between them."""
    del events
    kept = foremost(read_trajectories(figure, shares=True), 8)
    found = kept.with_groups(t for t in kept.groups if t.group != OTHERS)
    looks = looks_of([t.group for t in found.groups], sheet.scheme)
    size = label_size(sheet)
    begun = [_said(t.values[0], found) for t in found.groups]
    head = width_of(day_of(found.labels[0]), 11, bold=True)
    left = max(head, *(width_of(words, size) for words in begun)) + 22
    pairs = [(short_name(t, sheet), _said(t.last, found)) for t in found.groups]
    right = label_room(sheet, pairs)
    height = max(label_step(sheet) * len(pairs) + 20, 300.0 if sheet.is_narrow else 400.0)
    width = min(sheet.inner - left - right, height * 1.25)
    drawing = Drawing(width, height, left, sheet.inner - left - width, above=20, below=4)
    values = [v for t in found.groups for v in (t.values[0], t.last) if v is not None]
    axis = Axis(0, max([*values, 1e-9]) * 1.02, height, 0)
    _draw_ends(drawing, found, sheet)
    for trajectory in found.groups:
        _draw_group(
            drawing, trajectory.values[0], trajectory.last, looks[trajectory.group], axis, sheet
        )
    _write_starts(drawing, found, begun, looks, axis, sheet)
    draw_end_labels(
        drawing,
        sheet,
        [
            EndLabel(t.group, name, said, axis.at(_place(t.last, t.values[0])), looks[t.group])
            for t, (name, said) in zip(found.groups, pairs, strict=True)
        ],
    )
    what = value_words(figure, is_share=found.is_share)
    return Picture(
        drawing,
        sentence_of(figure, found) or neutral_title(figure),
        subtitle_of(figure, what, shown=len(found.groups)),
        "Slope chart",
        (
            listing(
                [
                    (t.name, f"from {b} to {_said(t.last, found)}")
                    for t, b in zip(found.groups, begun, strict=True)
                ]
            ),
        ),
    )


def _place(value: float | None, other: float | None) -> float:
    return value if value is not None else other or 0.0


def _draw_ends(drawing: Drawing, found: Trajectories, sheet: Sheet) -> None:
    for x in (0.0, drawing.width):
        drawing.rule((x, -4), (x, drawing.height), sheet.scheme.grid)
    dim = sheet.scheme.dim
    drawing.text(5, -12, day_of(found.labels[0]), dim, TextStyle(11, bold=True, align="right"))
    drawing.text(drawing.width - 5, -12, day_of(found.labels[-1]), dim, TextStyle(11, bold=True))


def _draw_group(
    drawing: Drawing,
    start: float | None,
    end: float | None,
    look: Look,
    axis: Axis,
    sheet: Sheet,
) -> None:
    """Draw a line between two points; where one was not observed, the other stands alone."""
    ends = [(x, axis.at(v)) for x, v in ((0.0, start), (drawing.width, end)) if v is not None]
    if len(ends) == 2:
        drawing.path(ends, look.colour, width=sheet.scheme.line_width + 0.25, dash=look.dash)
    for place in ends:
        drawing.point(place, look.colour, shape=look.shape, size=52)


def _write_starts(
    drawing: Drawing,
    found: Trajectories,
    begun: Sequence[str],
    looks: dict[str, Look],
    axis: Axis,
    sheet: Sheet,
) -> None:
    size, step = label_size(sheet), label_step(sheet)
    kept = [
        (t, words) for t, words in zip(found.groups, begun, strict=True) if t.values[0] is not None
    ]
    wanted = [axis.at(t.values[0] or 0.0) for t, _ in kept]
    places = spread(wanted, [step] * len(kept), -step / 2, drawing.height + step / 2)
    for (trajectory, words), y, at in zip(kept, places, wanted, strict=True):
        if abs(y - at) > 2:
            drawing.rule((-3, at), (-8, y), sheet.scheme.dim, width=0.75)
        look = looks[trajectory.group]
        drawing.point((-13, y), look.colour, shape=look.shape, size=36)
        drawing.text(-MARK, y, words, sheet.scheme.ink, TextStyle(size, align="right"))


def _said(value: float | None, found: Trajectories) -> str:
    if value is None:
        return "not observed"
    return label_percent(value) if found.is_share else short_number(value)
