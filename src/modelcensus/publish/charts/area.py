"""Shares over time, stacked to the whole; what is unknown is always a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from modelcensus.contracts.figure import Figure, percent
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.publish.charts.axes import (
    ROOM_BELOW,
    Axis,
    draw_time_axis,
    draw_value_axis,
    label_percent,
    moment,
    short_percent,
    value_room,
)
from modelcensus.publish.charts.drawing import Drawing
from modelcensus.publish.charts.endlabels import (
    EndLabel,
    draw_end_labels,
    label_room,
    label_step,
    short_name,
)
from modelcensus.publish.charts.events import draw_events, place_events, room_for
from modelcensus.publish.charts.look import OTHERS, Look, looks_of
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
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

TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
Band = tuple[float, float] | None
"""Lower and upper end of a group in the stack at one snapshot; None where it was not observed."""


def draw_area(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return a stacked area of the shares of a series."""
    found = foremost(read_trajectories(figure, shares=True), 6 if sheet.is_narrow else 9)
    looks = looks_of([t.group for t in found.groups], sheet.scheme)
    pairs = [(short_name(t, sheet), _said(t)) for t in found.groups]
    drawing = _plot(sheet, pairs)
    time = Axis(moment(found.labels[0]), moment(found.labels[-1]), 0, drawing.width)
    share = Axis(0, 1, drawing.height, 0)
    placed = place_events(events, time, sheet)
    drawing.above = room_for(placed)
    draw_value_axis(drawing, share, TICKS, sheet.scheme, write=short_percent)
    bands = stack(found)
    for trajectory in found.groups:
        _draw_group(drawing, found, trajectory, bands[trajectory.group], looks, sheet)
    draw_time_axis(drawing, time, sheet.scheme)
    draw_events(drawing, placed, sheet)
    draw_end_labels(
        drawing,
        sheet,
        [
            EndLabel(t.group, name, said, share.at(_middle(bands[t.group])), looks[t.group])
            for t, (name, said) in zip(found.groups, pairs, strict=True)
        ],
        shape="square",
    )
    return Picture(
        drawing,
        sentence_of(figure, found) or neutral_title(figure),
        subtitle_of(figure, value_words(figure, is_share=True))
        + ("; gap: not observed" if has_gaps(found) else ""),
        "Stacked area chart",
        (f"At {found.labels[0]}: {_told(found, 0)}", f"At {found.labels[-1]}: {_told(found, -1)}"),
    )


def _plot(sheet: Sheet, pairs: Sequence[tuple[str, str]]) -> Drawing:
    left = value_room(TICKS, short_percent)
    right = label_room(sheet, pairs)
    least = label_step(sheet) * len(pairs) + 10
    height = max(least, 280.0 if sheet.is_narrow else min(430.0, sheet.inner * 0.44))
    width = sheet.inner - left - right
    return Drawing(width, height, left, right, below=ROOM_BELOW)


def stack(found: Trajectories) -> dict[str, list[Band]]:
    """Return where each group lies in the stack; the first group lies lowest.

    A group that a snapshot does not show takes no room there and is no band of height 0.
    """
    bands: dict[str, list[Band]] = {t.group: [] for t in found.groups}
    for index in range(len(found.labels)):
        height = 0.0
        for trajectory in found.groups:
            value = trajectory.values[index]
            bands[trajectory.group].append(None if value is None else (height, height + value))
            height += value or 0.0
    return bands


def runs(values: Sequence[object | None]) -> list[list[int]]:
    """Return the positions of values that follow each other without a gap."""
    found: list[list[int]] = []
    for index, value in enumerate(values):
        if value is None:
            continue
        if found and found[-1][-1] == index - 1:
            found[-1].append(index)
        else:
            found.append([index])
    return found


def has_gaps(found: Trajectories) -> bool:
    """Return whether a named group is missing at some snapshot."""
    return any(None in t.values for t in found.groups if t.group not in (UNKNOWN, OTHERS))


def _draw_group(
    drawing: Drawing,
    found: Trajectories,
    trajectory: Trajectory,
    bands: Sequence[Band],
    looks: dict[str, Look],
    sheet: Sheet,
) -> None:
    colour = looks[trajectory.group].colour
    for run in runs(bands):
        rows = [_row(found, trajectory, bands, index) for index in run]
        if len(run) == 1:
            rows = _as_bar(found, rows[0])
        mark = alt.Chart().mark_area(
            color=colour,
            line=False,
            stroke=sheet.scheme.ground,
            strokeWidth=0.75,
            opacity=1 if trajectory.group != UNKNOWN else 0.85,
        )
        drawing.layer(
            mark.encode(
                x=_time(found, drawing),
                y=alt.Y("low:Q", scale=_share_scale(drawing), axis=None),
                y2="high:Q",
                tooltip=[
                    alt.Tooltip("name:N", title="group"),
                    alt.Tooltip("label:N", title="snapshot"),
                    alt.Tooltip("share:Q", title="share", format=".2%"),
                ],
            ),
            rows,
        )


def _as_bar(found: Trajectories, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a single snapshot, which spans no area, as a narrow bar within the plot."""
    ends = moment(found.labels[0]), moment(found.labels[-1])
    half = (ends[1] - ends[0]) / 200
    sides = (max(ends[0], row["at"] - half), min(ends[1], row["at"] + half))
    return [row | {"at": side} for side in sides]


def _row(
    found: Trajectories, trajectory: Trajectory, bands: Sequence[Band], index: int
) -> dict[str, Any]:
    low, high = bands[index] or (0.0, 0.0)
    label = found.labels[index]
    return {
        "at": moment(label),
        "low": round(low, 6),
        "high": round(high, 6),
        "label": label,
        "name": trajectory.name,
        "share": trajectory.values[index],
    }


def _time(found: Trajectories, drawing: Drawing) -> alt.X:
    ends = [moment(found.labels[0]), moment(found.labels[-1])]
    scale = alt.Scale(type="linear", domain=ends, zero=False, range=[0, drawing.width], nice=False)
    return alt.X("at:Q", scale=scale, axis=None)


def _share_scale(drawing: Drawing) -> alt.Scale:
    return alt.Scale(domain=[0, 1], range=[drawing.height, 0], nice=False)


def _middle(bands: Sequence[Band]) -> float:
    """Return where a group ends, in shares; one that is not shown last, where it was seen last."""
    known = [band for band in bands if band is not None]
    low, high = known[-1] if known else (1.0, 1.0)
    return min(1.0, (low + high) / 2)


def _said(trajectory: Trajectory) -> str:
    return "not observed" if trajectory.last is None else label_percent(trajectory.last)


def _told(found: Trajectories, index: int) -> str:
    known = [t for t in found.groups if t.values[index] is not None]
    return listing([(t.name, percent(t.values[index])) for t in known])
