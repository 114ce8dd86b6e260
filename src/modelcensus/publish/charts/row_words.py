"""Name and words of a row: beside it, or above it where the picture is narrow."""

from __future__ import annotations

from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.letters import cut, width_of
from modelcensus.publish.charts.page import Sheet


def row_size(sheet: Sheet) -> float:
    """Return the size of letters beside rows."""
    return 10.5 if sheet.is_narrow else 12.0


def write_row(drawing: Drawing, sheet: Sheet, y: float, group: str, words: tuple[str, str]) -> None:
    """Write the name of a row and what is told of it, cut to the room there is.

    Args:
        drawing: with the room to its left and right.
        sheet: how wide the picture is.
        y: the middle of the row's marks.
        group: id of the group that the row is about.
        words: its name, and what is told.
    """
    drawing.labelled.append(group)
    (name, told), size, ink = words, row_size(sheet), sheet.scheme.ink
    if sheet.is_narrow:
        room = drawing.width + drawing.right - 4
        told = cut(told, room * 0.62, size)
        name = cut(name, room - width_of(told, size) - 10, size, bold=True)
        drawing.rect((-6, y - 24), (drawing.width + 20, 14), sheet.scheme.ground)
        drawing.text(-6, y - 17, name, ink, TextStyle(size, bold=True))
        style = TextStyle(size, align="right")
        drawing.text(drawing.width + drawing.right, y - 17, told, ink, style)
        return
    name = cut(name, drawing.left - 10, size)
    drawing.text(-10, y, name, ink, TextStyle(size, align="right"))
    drawing.text(drawing.width + 10, y, cut(told, drawing.right - 10, size), ink, TextStyle(size))
