"""Ranks over time: who passed whom, without the distances between them."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from modelcensus.contracts.figure import Figure
from modelcensus.publish.charts.area import runs
from modelcensus.publish.charts.axes import (
    ROOM_BELOW,
    SIZE,
    Axis,
    day_of,
    draw_time_axis,
    moment,
)
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.endlabels import EndLabel, draw_end_labels, label_room
from modelcensus.publish.charts.events import draw_events, place_events, room_for
from modelcensus.publish.charts.look import Look, looks_of
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.trajectories import (
    Trajectories,
    Trajectory,
    ranks,
    read_trajectories,
)
from modelcensus.publish.charts.words import listing, sentence_of, subtitle_of

MOST = 10


def draw_bump(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return the ranks of the groups that stood highest at the last snapshot."""
    levels = read_trajectories(figure, shares=True)
    found = _first(ranks(levels))
    lowest = max(int(v) for t in found.groups for v in t.values if v is not None)
    step = 24.0 if sheet.is_narrow else 30.0
    shown = min(lowest, MOST + 10)
    right = label_room(sheet, [(t.name, "") for t in found.groups])
    drawing = Drawing(sheet.inner - 30 - right, step * shown, 30, right, below=ROOM_BELOW)
    time = Axis(moment(found.labels[0]), moment(found.labels[-1]), 0, drawing.width)
    rank = Axis(0.5, shown + 0.5, 0, drawing.height)
    placed = place_events(events, time, sheet)
    drawing.above = room_for(placed)
    _draw_ranks(drawing, rank, shown, sheet)
    looks = looks_of([t.group for t in found.groups], sheet.scheme)
    for trajectory in reversed(found.groups):
        _draw_group(drawing, found, trajectory, looks[trajectory.group], rank, sheet)
    draw_time_axis(drawing, time, sheet.scheme)
    draw_events(drawing, placed, sheet)
    draw_end_labels(
        drawing,
        sheet,
        [
            EndLabel(t.group, t.name, "", rank.at(t.last or shown), looks[t.group])
            for t in found.groups
        ],
    )
    phrase = figure.contract.metric_term.phrase
    below = f"; ranks below {shown} are not drawn" if lowest > shown else ""
    return Picture(
        drawing,
        sentence_of(figure, levels) or f"Ranks by {phrase}",
        subtitle_of(figure, f"Rank by {phrase}, unknown not ranked", shown=len(found.groups))
        + below,
        "Chart of ranks",
        tuple(f"On {day_of(found.labels[i])}: {_told(found, i)}" for i in (0, -1)),
    )


def _first(found: Trajectories) -> Trajectories:
    """Return the groups that stand highest at the last snapshot, the first one first."""
    ended = [t for t in found.groups if t.last is not None]
    ordered = sorted(ended, key=lambda t: (t.last or 0, t.group))
    return found.with_groups(ordered[:MOST])


def _draw_ranks(drawing: Drawing, axis: Axis, shown: int, sheet: Sheet) -> None:
    for rank in range(1, shown + 1):
        y = axis.at(rank)
        drawing.rule((0, y), (drawing.width, y), sheet.scheme.grid)
    for rank in range(1, shown + 1):
        style = TextStyle(SIZE, align="right")
        drawing.text(-10, axis.at(rank), str(rank), sheet.scheme.dim, style)


def _draw_group(
    drawing: Drawing,
    found: Trajectories,
    trajectory: Trajectory,
    look: Look,
    axis: Axis,
    sheet: Sheet,
) -> None:
    """Draw one group; where it stands below what is shown, its line ends."""
    values = [None if v is None or v > axis.high else v for v in trajectory.values]
    ends = [moment(found.labels[0]), moment(found.labels[-1])]
    rows = [
        {
            "at": moment(found.labels[i]),
            "rank": values[i],
            "label": found.labels[i],
            "name": trajectory.name,
            "run": number,
        }
        for number, run in enumerate(runs(values))
        for i in run
    ]
    time = alt.Scale(type="linear", domain=ends, zero=False, range=[0, drawing.width], nice=False)
    ranks_scale = alt.Scale(
        domain=[axis.low, axis.high], range=[0, drawing.height], nice=False, zero=False
    )
    shown = alt.Chart().encode(
        x=alt.X("at:Q", scale=time, axis=None), y=alt.Y("rank:Q", scale=ranks_scale, axis=None)
    )
    line = shown.mark_line(
        color=look.colour,
        strokeWidth=sheet.scheme.line_width + 0.5,
        strokeDash=list(look.dash) or [1, 0],
        interpolate="monotone",
    )
    drawing.layer(line.encode(detail="run:N"), rows)
    mark = shown.mark_point(shape=look.shape, size=34, filled=True, color=look.colour, opacity=1)
    tooltip = [
        alt.Tooltip("name:N", title="group"),
        alt.Tooltip("label:N", title="snapshot"),
        alt.Tooltip("rank:Q", title="rank"),
    ]
    drawing.layer(mark.encode(tooltip=tooltip), rows)


def _told(found: Trajectories, index: int) -> str:
    ranked = [t for t in found.groups if t.values[index] is not None]
    ranked.sort(key=lambda t: (t.values[index] or 0, t.group))
    return listing([(f"{t.values[index]:.0f}.", t.name) for t in ranked])
