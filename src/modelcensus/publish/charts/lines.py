"""Levels or shares over time as lines: gaps are gaps, crossings are intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt

from modelcensus.contracts.figure import Figure, percent
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.publish.charts.area import runs
from modelcensus.publish.charts.axes import (
    ROOM_BELOW,
    Axis,
    close_ticks,
    day_of,
    draw_time_axis,
    draw_value_axis,
    label_percent,
    moment,
    short_number,
    short_percent,
    value_room,
)
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.endlabels import (
    EndLabel,
    draw_end_labels,
    label_room,
    label_step,
    short_name,
)
from modelcensus.publish.charts.events import draw_events, place_events, room_for
from modelcensus.publish.charts.letters import cut, width_of
from modelcensus.publish.charts.look import OTHERS, Look, looks_of
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.races import Crossing, crossings_of, read_race, title_of_race
from modelcensus.publish.charts.trajectories import (
    Trajectories,
    Trajectory,
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


def draw_lines(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return lines of a series, of two groups that cross, or of one level over time."""
    found = read_lines(figure, 5 if sheet.is_narrow else 8)
    write = short_percent if found.is_share else short_number
    drawing, value, ticks = _plot(sheet, found, write)
    time = Axis(moment(found.labels[0]), moment(found.labels[-1]), 0, drawing.width)
    placed = place_events(events, time, sheet)
    crossings = crossings_of(figure)
    rows = _band_rows(crossings, time)
    crossed = 17.0 * (max(rows, default=-1) + 1) + (6 if rows else 0)
    drawing.above = room_for(placed) + crossed
    draw_value_axis(drawing, value, ticks, sheet.scheme, write=write)
    looks = looks_of([t.group for t in found.groups], sheet.scheme)
    for trajectory in found.groups:
        draw_line(drawing, found, trajectory, looks[trajectory.group], value, sheet)
    draw_time_axis(drawing, time, sheet.scheme)
    draw_events(drawing, placed, sheet, above=crossed)
    draw_crossings(drawing, crossings, rows, time, sheet)
    draw_end_labels(
        drawing,
        sheet,
        [
            EndLabel(
                t.group, short_name(t, sheet), _said(t, found), value.at(_end(t)), looks[t.group]
            )
            for t in found.groups
        ],
    )
    return Picture(
        drawing,
        title_of_race(figure, found) or sentence_of(figure, found) or neutral_title(figure),
        subtitle_of(figure, value_words(figure, is_share=found.is_share), shown=len(found.groups)),
        "Line chart",
        (*_told(found), *(c.sentence for c in crossings)),
    )


def read_lines(figure: Figure, most: int) -> Trajectories:
    """Return what a figure says over time: groups, two that cross, or its one level."""
    if figure.contract.measure == "crossover":
        return read_race(figure)
    names = figure.rows.column_names
    if "group" not in names:
        rows = figure.records()
        metric = figure.contract.metric_term
        name = f"{metric.phrase[:1].upper()}{metric.phrase[1:]}"
        values = tuple(row["value"] for row in rows)
        labels = tuple(row["label"] for row in rows)
        return Trajectories(labels, (Trajectory("total", name, values),), is_share=False)
    found = foremost(read_trajectories(figure, shares=True), most)
    return found.with_groups(t for t in found.groups if t.group != OTHERS)


def _plot(
    sheet: Sheet, found: Trajectories, write: Callable[[float], str]
) -> tuple[Drawing, Axis, list[float]]:
    values = [v for t in found.groups for v in t.values if v is not None]
    ticks, top = close_ticks(min([0.0, *values]), max([0.0, *values]), 7)
    left = value_room(ticks, write)
    right = label_room(sheet, [(short_name(t, sheet), _said(t, found)) for t in found.groups])
    least = label_step(sheet) * len(found.groups) + 10
    height = max(least, 260.0 if sheet.is_narrow else min(420.0, sheet.inner * 0.42))
    drawing = Drawing(sheet.inner - left - right, height, left, right, below=ROOM_BELOW)
    return drawing, Axis(ticks[0], top, height, 0), ticks


def draw_line(
    drawing: Drawing,
    found: Trajectories,
    trajectory: Trajectory,
    look: Look,
    axis: Axis,
    sheet: Sheet,
) -> None:
    """Draw one group: a line without its gaps, and a mark at each snapshot."""
    ends = [moment(found.labels[0]), moment(found.labels[-1])]
    time = alt.Scale(type="linear", domain=ends, zero=False, range=[0, drawing.width], nice=False)
    scale = alt.Scale(
        domain=[axis.low, axis.high], range=[axis.start, axis.end], nice=False, zero=False
    )
    rows = [
        {"at": moment(label), "value": value, "label": label, "name": trajectory.name, "run": n}
        for n, run in enumerate(runs(trajectory.values))
        for label, value in ((found.labels[i], trajectory.values[i]) for i in run)
    ]
    dash = (4, 3) if trajectory.group == UNKNOWN else look.dash
    shown = alt.Chart().encode(
        x=alt.X("at:Q", scale=time, axis=None),
        y=alt.Y("value:Q", scale=scale, axis=None),
    )
    drawing.layer(
        shown.mark_line(
            color=look.colour, strokeWidth=sheet.scheme.line_width, strokeDash=list(dash)
        ).encode(detail="run:N"),
        rows,
    )
    form = ".2%" if found.is_share else ",.0f"
    drawing.layer(
        shown.mark_point(
            shape=look.shape, size=26, filled=True, color=look.colour, opacity=1
        ).encode(
            tooltip=[
                alt.Tooltip("name:N", title="group"),
                alt.Tooltip("label:N", title="snapshot"),
                alt.Tooltip("value:Q", title="value", format=form),
            ]
        ),
        rows,
    )


def _band_rows(crossings: Sequence[Crossing], time: Axis) -> list[int]:
    """Return the row above the plot of each crossing's words, none over another."""
    rows: list[int] = []
    ends: list[float] = []
    for crossing in crossings:
        left, right = _band(crossing, time)
        wide = width_of(crossing.words, 10.5, bold=True) + 8
        start = min(max((left + right - wide) / 2, 0), max(0.0, time.end - wide))
        row = next((r for r, end in enumerate(ends) if end <= start), len(ends))
        if row == len(ends):
            ends.append(0.0)
        ends[row] = start + wide
        rows.append(row)
    return rows


def _band(crossing: Crossing, time: Axis) -> tuple[float, float]:
    right = time.at(moment(crossing.by))
    return (time.at(moment(crossing.after)) if crossing.after else right - 3, right)


def draw_crossings(
    drawing: Drawing,
    crossings: Sequence[Crossing],
    rows: Sequence[int],
    time: Axis,
    sheet: Sheet,
) -> None:
    """Draw each crossing as the interval in which it happened, with its rule above."""
    accent = sheet.scheme.accent
    for crossing, row in zip(crossings, rows, strict=True):
        left, right = _band(crossing, time)
        drawing.rect((left, 0), (right - left, drawing.height), accent, opacity=0.13)
        drawing.rule((right, -2 - 17 * row), (right, drawing.height), accent, dash=(5, 3))
    style = TextStyle(10.5, bold=True)
    for crossing, row in zip(crossings, rows, strict=True):
        left, right = _band(crossing, time)
        words = cut(crossing.words, drawing.width, 10.5, bold=True)
        wide = width_of(words, 10.5, bold=True)
        x = min(max((left + right - wide) / 2, 0), max(0.0, drawing.width - wide))
        y = -10 - 17.0 * row
        drawing.rect((x - 2, y - 8), (wide + 4, 16), sheet.scheme.ground)
        drawing.text(x, y, words, accent, style)


def _end(trajectory: Trajectory) -> float:
    known = [value for value in trajectory.values if value is not None]
    return known[-1] if known else 0.0


def _said(trajectory: Trajectory, found: Trajectories) -> str:
    if trajectory.last is None:
        return "not observed"
    return label_percent(trajectory.last) if found.is_share else short_number(trajectory.last)


def _told(found: Trajectories) -> list[str]:
    def at(index: int) -> str:
        pairs: list[tuple[str, Any]] = [
            (t.name, percent(v) if found.is_share else short_number(v))
            for t in found.groups
            if (v := t.values[index]) is not None
        ]
        return listing(pairs)

    return [f"On {day_of(found.labels[i])}: {at(i)}" for i in (0, -1)]
