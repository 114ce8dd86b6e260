"""A key: what colours stand for, written in rows above a plot, besides labels in the plot."""

from __future__ import annotations

from collections.abc import Sequence

from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.letters import cut, width_of
from modelcensus.publish.charts.page import Sheet

STEP = 17.0
_MARK, _GAP = 15.0, 16.0

LINE, OPEN = "line", "open"
"""Marks of a key that are no shapes: a dashed line, and a ring."""

Entry = tuple[str, str, str]
"""Words, colour, shape."""


def key_rows(entries: Sequence[Entry], sheet: Sheet) -> list[list[Entry]]:
    """Return the entries of a key in rows that fit the width."""
    size = _size(sheet)
    rows: list[list[Entry]] = [[]]
    used = 0.0
    for words, colour, shape in entries:
        shown = cut(words, sheet.inner - _MARK, size)
        wide = _MARK + width_of(shown, size) + _GAP
        if rows[-1] and used + wide - _GAP > sheet.inner:
            rows.append([])
            used = 0.0
        rows[-1].append((shown, colour, shape))
        used += wide
    return rows


def key_room(rows: Sequence[Sequence[Entry]]) -> float:
    """Return the height that a key takes."""
    return len(rows) * STEP + 6


def draw_key(
    drawing: Drawing, rows: Sequence[Sequence[Entry]], sheet: Sheet, *, above: float = 0.0
) -> None:
    """Write a key above the plot, `above` pixels higher than its upper edge."""
    size = _size(sheet)
    start = -drawing.left
    places: list[tuple[float, float, Entry]] = []
    for number, row in enumerate(rows):
        x, y = start, -above - 6 - (len(rows) - number - 0.5) * STEP
        for entry in row:
            places.append((x, y, entry))
            x += _MARK + width_of(entry[0], size) + _GAP
    for x, y, (_, colour, shape) in places:
        if shape == LINE:
            drawing.rule((x, y), (x + 11, y), colour, width=1.5, dash=(4, 3))
        elif shape == OPEN:
            drawing.point((x + 5, y), colour, size=52, hollow=sheet.scheme.ground)
        else:
            drawing.point((x + 5, y), colour, shape=shape, size=70)
    for x, y, (words, _, _) in places:
        drawing.text(x + _MARK, y, words, sheet.scheme.ink, TextStyle(size))


def _size(sheet: Sheet) -> float:
    return 10.5 if sheet.is_narrow else 11.5
