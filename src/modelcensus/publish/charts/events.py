"""What happened in the world, marked in a chart over time: a line on the day, words above it."""

from __future__ import annotations

from collections.abc import Sequence

from modelcensus.errors import SettingsError
from modelcensus.publish.charts.axes import Axis, moment
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.letters import cut, shown, width_of
from modelcensus.publish.charts.page import Sheet

SIZE = 10.0
STEP = 14.0
MOST_ROWS = 4


def place_events(
    events: Sequence[tuple[str, str]], axis: Axis, sheet: Sheet
) -> list[tuple[float, int, str]]:
    """Return (x, row, words) of each event within the axis; rows are counted upwards.

    Words stand to the right of their line, or to the left where the picture ends. The last
    event stands lowest, so that lines pass few words. What finds no free place in the rows is
    marked by its line alone.

    Raises:
        SettingsError: an event has no date.
    """
    placed: list[tuple[float, int, str]] = []
    taken: list[list[tuple[float, float]]] = [[] for _ in range(MOST_ROWS)]
    for date, words in reversed(list(events)):
        x = axis.at(_moment(date))
        if not axis.start <= x <= axis.end:
            continue
        room = max(axis.end + 8 - x, x - axis.start) - 10
        text = cut(shown(words), min(150.0, room), SIZE)
        wide = width_of(text, SIZE) + 10
        left = x if x + wide <= axis.end + 8 else x - wide
        row = next((r for r in range(MOST_ROWS) if _is_free(taken[r], left, left + wide)), -1)
        if row >= 0:
            taken[row].append((left, left + wide))
        placed.append((x, row, text if row >= 0 else ""))
    return placed


def _moment(date: str) -> float:
    try:
        return moment(date)
    except ValueError as error:
        raise SettingsError(
            f"{date[:40]!r} is no date of an event", next_step="write 2025-01-20"
        ) from error


def _is_free(taken: Sequence[tuple[float, float]], left: float, right: float) -> bool:
    return all(right <= other_left or left >= other_right for other_left, other_right in taken)


def room_for(placed: Sequence[tuple[float, int, str]]) -> float:
    """Return the room above the plot that events need."""
    rows = max((row for _, row, _ in placed), default=-1) + 1
    return rows * STEP + (4 if rows else 0)


def draw_events(
    drawing: Drawing,
    placed: Sequence[tuple[float, int, str]],
    sheet: Sheet,
    *,
    above: float = 0.0,
) -> None:
    """Draw a dashed line on each day, and its words `above` pixels over the plot."""
    dim = sheet.scheme.dim
    for x, row, _ in placed:
        top = -above - 4 - (row + 0.9) * STEP if row >= 0 else 0.0
        drawing.rule((x, top), (x, drawing.height), dim, dash=(3, 3))
    for x, row, words in placed:
        if not words:
            continue
        is_left = x + width_of(words, SIZE) + 10 > drawing.width + 8
        style = TextStyle(SIZE, align="right" if is_left else "left")
        y = -above - 4 - (row + 0.5) * STEP
        wide = width_of(words, SIZE)
        corner = (x - 5 - wide if is_left else x + 3, y - STEP / 2)
        drawing.rect(corner, (wide + 2, STEP), sheet.scheme.ground)
        drawing.text(x - 4 if is_left else x + 4, y, words, dim, style)
