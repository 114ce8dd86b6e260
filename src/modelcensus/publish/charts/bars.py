"""Groups in order as bars; where the figure holds their past, a small line beside each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from modelcensus.contracts.figure import Figure
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.publish.charts.area import runs
from modelcensus.publish.charts.axes import day_of, label_percent, moment, short_number
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.letters import cut, width_of
from modelcensus.publish.charts.look import OTHERS, Look, looks_of
from modelcensus.publish.charts.names import name_of
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.trajectories import (
    Trajectories,
    Trajectory,
    foremost,
    read_trajectories,
    selected_shares,
    share_column,
    time_column,
)
from modelcensus.publish.charts.words import (
    is_firm,
    listing,
    models_of,
    neutral_title,
    sentence_of,
    subtitle_of,
    value_words,
)

MOST = 15
GAP = 10.0


@dataclass(frozen=True)
class _Frame:
    """Where the columns of a chart of bars lie, from left to right."""

    names: float
    bars: float
    values: float
    lines: float
    step: float
    size: float


def draw_bars(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return bars of the groups at the last snapshot, largest first, unknown last."""
    del events
    found = read_bars(figure)
    has_past = len(found.labels) > 1
    frame = _frame(sheet, found, has_past=has_past)
    height = frame.step * len(found.groups)
    left = 0.0 if sheet.is_narrow else frame.names
    right = sheet.inner - left - frame.bars
    drawing = Drawing(frame.bars, height, left, right, above=16 if has_past else 0, below=4)
    looks = looks_of([t.group for t in found.groups], sheet.scheme)
    _draw_bars(drawing, found, looks, frame, sheet)
    _write_names(drawing, found, frame, sheet)
    if has_past:
        _draw_past(drawing, found, looks, frame, sheet)
    return Picture(
        drawing,
        _title(figure, found),
        subtitle_of(figure, value_words(figure, is_share=found.is_share)),
        "Bar chart",
        (listing([(t.name, _said(t, found)) for t in found.groups]),),
    )


def read_bars(figure: Figure) -> Trajectories:
    """Return the groups of a figure, with their past where it holds one; largest first."""
    has_past = bool(time_column(figure))
    found = read_trajectories(figure, shares=True) if has_past else read_moment(figure)
    kept = foremost(found, MOST)
    last = {UNKNOWN: 2, OTHERS: 1}
    return kept.with_groups(sorted(kept.groups, key=lambda t: last.get(t.group, 0)))


def read_moment(figure: Figure) -> Trajectories:
    """Return the groups of a figure about one moment: shares where it has them, else values."""
    rows = figure.records()
    column = share_column(figure)
    is_selected = column == "selected"
    values = selected_shares(rows) if is_selected else [row.get(column) for row in rows]
    is_share = any(value is not None for value in values)
    if not is_share:
        values = [row["value"] for row in rows]
    groups = tuple(
        Trajectory(str(row["group"]), name_of(figure, str(row["group"]), row.get("name")), (value,))
        for row, value in zip(rows, values, strict=True)
    )
    return Trajectories((str(figure.coverage.get("label", "")),), groups, is_share)


def _frame(sheet: Sheet, found: Trajectories, *, has_past: bool) -> _Frame:
    size = 11.0 if sheet.is_narrow else 12.5
    widest = max(width_of(t.name, size) for t in found.groups)
    names = min(widest + GAP, sheet.inner * 0.34)
    values = max(width_of(_said(t, found), size, bold=True) for t in found.groups) + GAP
    lines = (74.0 if sheet.is_narrow else 130.0) if has_past else 0.0
    beside = values + (lines + GAP if has_past else 0.0)
    bars = sheet.inner - beside - (0 if sheet.is_narrow else names)
    return _Frame(names, bars, values, lines, 38.0 if sheet.is_narrow else 27.0, size)


def _draw_bars(
    drawing: Drawing, found: Trajectories, looks: dict[str, Look], frame: _Frame, sheet: Sheet
) -> None:
    known = [t.last for t in found.groups if t.last is not None]
    top = max([*known, 1e-9])
    thick = 13.0 if sheet.is_narrow else 17.0
    rows = [
        {
            "y": _bar_y(frame, sheet, index) - thick / 2,
            "y2": _bar_y(frame, sheet, index) + thick / 2,
            "zero": 0,
            "value": trajectory.last,
            "name": trajectory.name,
            "colour": looks[trajectory.group].colour,
        }
        for index, trajectory in enumerate(found.groups)
        if trajectory.last is not None
    ]
    scale = alt.Scale(domain=[0, top], range=[0, drawing.width], nice=False)
    drawing.layer(
        alt.Chart()
        .mark_rect(cornerRadiusEnd=2)
        .encode(
            x=alt.X("zero:Q", scale=scale, axis=None),
            x2="value:Q",
            y=alt.Y("y:Q", scale=None, axis=None),
            y2="y2:Q",
            fill=alt.Fill("colour:N", scale=None, legend=None),
            tooltip=[
                alt.Tooltip("name:N", title="group"),
                alt.Tooltip("value:Q", title="value", format=".2%" if found.is_share else ",.0f"),
            ],
        ),
        rows,
    )
    for index in range(len(found.groups)):
        y = _bar_y(frame, sheet, index)
        drawing.rule((0, y - thick / 2 - 2), (0, y + thick / 2 + 2), sheet.scheme.dim)
    style = TextStyle(frame.size, bold=True)
    for index, trajectory in enumerate(found.groups):
        x = (trajectory.last or 0) / top * drawing.width + 6
        words = _said(trajectory, found)
        drawing.text(x, _bar_y(frame, sheet, index), words, sheet.scheme.ink, style)


def _bar_y(frame: _Frame, sheet: Sheet, index: int) -> float:
    """Return the middle of a bar; on a telephone its name stands above it."""
    return frame.step * index + (27.0 if sheet.is_narrow else frame.step / 2)


def _write_names(drawing: Drawing, found: Trajectories, frame: _Frame, sheet: Sheet) -> None:
    for index, trajectory in enumerate(found.groups):
        drawing.labelled.append(trajectory.group)
        if sheet.is_narrow:
            most = drawing.width + frame.values
            words = cut(trajectory.name, most, frame.size)
            y = frame.step * index + 10
            drawing.text(0, y, words, sheet.scheme.ink, TextStyle(frame.size))
        else:
            words = cut(trajectory.name, frame.names - GAP, frame.size)
            style = TextStyle(frame.size, align="right")
            drawing.text(-GAP, _bar_y(frame, sheet, index), words, sheet.scheme.ink, style)


def _draw_past(
    drawing: Drawing, found: Trajectories, looks: dict[str, Look], frame: _Frame, sheet: Sheet
) -> None:
    """Draw each group's past on its own scale from 0, with a dot at its end."""
    start = drawing.width + frame.values + GAP
    first, last = moment(found.labels[0]), moment(found.labels[-1])
    words, size = f"since {day_of(found.labels[0])}, own scales", 9.5
    if width_of(words, size) > frame.lines + frame.values:
        words = f"since {day_of(found.labels[0])}"
    end = start + frame.lines
    drawing.text(end, -8, words, sheet.scheme.dim, TextStyle(size, align="right"))
    tall = 18.0
    for index, trajectory in enumerate(found.groups):
        values = trajectory.values
        top = max([v for v in values if v is not None] or [1.0]) or 1.0
        base = _bar_y(frame, sheet, index) + tall / 2
        drawing.rule((start, base), (end, base), sheet.scheme.grid)
        colour = looks[trajectory.group].colour
        for run in runs(values):
            points = [
                (
                    start + (moment(found.labels[i]) - first) / (last - first) * frame.lines,
                    base - (values[i] or 0) / top * tall,
                )
                for i in run
            ]
            if len(points) > 1:
                drawing.path(points, colour, width=1.5)
            if run[-1] == len(values) - 1 or len(points) == 1:
                drawing.point(points[-1], colour, size=18)


def _said(trajectory: Trajectory, found: Trajectories) -> str:
    if trajectory.last is None:
        return "not known"
    return label_percent(trajectory.last) if found.is_share else short_number(trajectory.last)


def _title(figure: Figure, found: Trajectories) -> str:
    """Return who is ahead, where what is unknown could not turn it; else what is shown."""
    sentence = sentence_of(figure, found)
    if sentence:
        return sentence
    known = [t for t in found.groups if t.is_known and t.last is not None]
    known.sort(key=lambda t: (-(t.last or 0), t.group))
    doubt = next((t.last or 0 for t in found.groups if t.group == UNKNOWN), 0.0)
    is_whole = not figure.contract.subjects and figure.contract.denominator != "selected"
    if len(known) < 2 or not is_whole or (known[0].last or 0) - (known[1].last or 0) <= doubt:
        return neutral_title(figure)
    if not is_firm(figure, known[0].group):
        return neutral_title(figure)
    metric = figure.contract.metric_term
    most = f"have the most {metric.phrase}" if metric.column else "are the most"
    return f"{models_of(figure, known[0])} {most}"
