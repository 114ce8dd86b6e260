"""The same question under other readings: thresholds, relations, single models, contested rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelcensus.contracts.figure import Figure
from modelcensus.publish.charts.axes import (
    ROOM_BELOW,
    SIZE,
    Axis,
    close_ticks,
    label_percent,
    short_percent,
)
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.keys import draw_key, key_room, key_rows
from modelcensus.publish.charts.letters import cut, shown, width_of
from modelcensus.publish.charts.look import Look, looks_of
from modelcensus.publish.charts.names import name_of
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.trajectories import Trajectory
from modelcensus.publish.charts.words import listing, models_of, subtitle_of

Reading = tuple[str, dict[str, float | None]]
"""What is read otherwise, and the share of each group then."""

_ROW, _ROW_NARROW = 25.0, 40.0
_OTHERWISE = {
    "share_immediate": "by the bases that models name",
    "share_declared": "by declared roots",
}


def draw_readings(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return a row of dots for each reading of a figure: the share of each headline group."""
    del events
    readings = readings_of(figure)
    groups = list(readings[0][1])
    looks = looks_of(groups, sheet.scheme)
    names = {row["group"]: row["name"] for row in figure.records() if "name" in row}
    words = {g: name_of(figure, g, names.get(g)) for g in groups}
    key = key_rows([(words[g], looks[g].colour, looks[g].shape) for g in groups], sheet)
    drawing = _plot(sheet, readings, above=key_room(key))
    draw_key(drawing, key, sheet)
    axis = _draw_axis(drawing, readings, sheet)
    _draw_rows(drawing, readings, looks, axis, sheet)
    drawing.labelled.extend(groups)
    firsts = listing([(words[g], label_percent(v)) for g, v in readings[0][1].items()])
    spans = [
        f"{words[g]} between {label_percent(min(found))} and {label_percent(max(found))}"
        for g in groups
        if (found := [v for _, shares in readings if (v := shares.get(g)) is not None])
    ]
    return Picture(
        drawing,
        _title(figure, readings, groups, words),
        subtitle_of(figure, "Share under other readings of the same question"),
        "Dot chart",
        (f"As defined: {firsts}", f"Over {len(readings)} readings: {', '.join(spans)}"),
    )


def readings_of(figure: Figure) -> list[Reading]:
    """Return the readings that a figure was computed under, the one as defined first."""
    sensitivity = figure.sensitivity
    found: list[Reading] = [
        (str(row["reading"]), dict(row["shares"])) for row in sensitivity.get("readings") or ()
    ]
    groups = list(found[0][1]) if found else []
    found += _columns(figure, groups)
    found += [
        (f"without {row['without']}", _of(row["shares"], groups))
        for row in (sensitivity.get("leave_one_model_out") or ())[:3]
    ]
    found += [
        (f"{row['subject']} read as {row['alternative']}", _of(row["shares"], groups))
        for row in (sensitivity.get("contested_rows") or ())[:3]
        if "shares" in row
    ]
    return found


def _of(shares: dict[str, Any], groups: Sequence[str]) -> dict[str, float | None]:
    return {group: shares.get(group) for group in groups}


def _columns(figure: Figure, groups: Sequence[str]) -> list[Reading]:
    """Return the readings that stand in columns of a figure about one month."""
    names = figure.rows.column_names
    months = set(figure.rows["month"].to_pylist()) if "month" in names else {""}
    if len(months) != 1:
        return []
    rows = {row["group"]: row for row in figure.records()}
    return [
        (words, {g: rows[g][column] if g in rows else None for g in groups})
        for column, words in _OTHERWISE.items()
        if column in names
    ]


def _title(
    figure: Figure, readings: Sequence[Reading], groups: Sequence[str], words: dict[str, str]
) -> str:
    """Return whether one group leads in all readings, where that is so; else what is shown."""
    leaders = {_leader(shares) for _, shares in readings}
    if len(groups) > 1 and len(leaders) == 1 and None not in leaders:
        first = str(leaders.pop())
        models = models_of(figure, Trajectory(first, words[first], ()))
        return f"{models} lead under each of {len(readings)} readings"
    if len(groups) > 1 and len(leaders - {None}) > 1:
        return "Who leads hangs on the reading"
    return "Shares under other readings of the same question"


def _leader(shares: dict[str, float | None]) -> str | None:
    known = sorted(((v, g) for g, v in shares.items() if v is not None), reverse=True)
    if not known or (len(known) > 1 and known[0][0] == known[1][0]):
        return None
    return known[0][1]


def _plot(sheet: Sheet, readings: Sequence[Reading], *, above: float) -> Drawing:
    size = _size(sheet)
    left = 8.0
    if not sheet.is_narrow:
        left = min(
            max(width_of(shown(words), size) for words, _ in readings) + 12, sheet.inner * 0.42
        )
    step = _ROW_NARROW if sheet.is_narrow else _ROW
    width = sheet.inner - left - 18
    return Drawing(width, step * len(readings), left, 18, above=above, below=ROOM_BELOW)


def _size(sheet: Sheet) -> float:
    return 10.5 if sheet.is_narrow else 12.0


def _draw_axis(drawing: Drawing, readings: Sequence[Reading], sheet: Sheet) -> Axis:
    values = [v for _, shares in readings for v in shares.values() if v is not None]
    ticks, top = close_ticks(0.0, max([*values, 0.01]), 6 if sheet.is_narrow else 9)
    axis = Axis(0, top, 0, drawing.width)
    for tick in ticks:
        drawing.rule((axis.at(tick), 0), (axis.at(tick), drawing.height), sheet.scheme.grid)
    style = TextStyle(SIZE, align="center")
    for tick in ticks:
        drawing.text(
            axis.at(tick), drawing.height + 13, short_percent(tick), sheet.scheme.dim, style
        )
    return axis


def _draw_rows(
    drawing: Drawing,
    readings: Sequence[Reading],
    looks: dict[str, Look],
    axis: Axis,
    sheet: Sheet,
) -> None:
    size, step = _size(sheet), drawing.height / len(readings)
    for index, (words, shares) in enumerate(readings):
        y = step * index + (step * 0.72 if sheet.is_narrow else step / 2)
        known = [v for v in shares.values() if v is not None]
        if known:
            ends = ((axis.at(min(known)), y), (axis.at(max(known)), y))
            drawing.rule(*ends, sheet.scheme.dim, width=1)
        is_first = index == 0
        if sheet.is_narrow:
            text = cut(shown(words), drawing.width + 16, size, bold=is_first)
            drawing.rect((-8, y - 23), (drawing.width + 26, 14), sheet.scheme.ground)
            drawing.text(-8, y - 16, text, sheet.scheme.ink, TextStyle(size, bold=is_first))
        else:
            text = cut(shown(words), drawing.left - 10, size, bold=is_first)
            style = TextStyle(size, bold=is_first, align="right")
            drawing.text(-10, y, text, sheet.scheme.ink, style)
        for group, value in shares.items():
            if value is not None:
                at = (axis.at(value), y)
                drawing.point(at, looks[group].colour, shape=looks[group].shape, size=80)
