"""Who builds on whose models: makers by bases, each cell with its number."""

from __future__ import annotations

from collections.abc import Sequence

from modelcensus.contracts.figure import Figure
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.letters import cut, width_of
from modelcensus.publish.charts.look import OTHERS, ink_on, shade
from modelcensus.publish.charts.names import name_of
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.words import listing, neutral_title, subtitle_of

Cells = dict[tuple[str, str], float]


def draw_matrix(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return a heat map of the derivatives of each maker (rows) on each base (columns)."""
    del events
    most = 6 if sheet.is_narrow else 11
    cells, names = _read(figure)
    makers, bases = (_foremost(cells, place, most) for place in (0, 1))
    kept = _gathered(cells, makers, bases)
    whole = sum(cells.values()) or 1.0
    size = 11.0 if sheet.is_narrow else 12.0
    words = {g: _name(g, names) for g in {*makers, *bases}}
    drawing = _plot(sheet, makers, bases, words, size)
    _draw_cells(drawing, kept, makers, bases, whole, sheet)
    _write_names(drawing, makers, bases, words, size, sheet)
    largest = sorted(kept.items(), key=lambda item: (-item[1], item[0]))[:5]
    by = "country" if figure.contract.by == "country" else "group"
    return Picture(
        drawing,
        neutral_title(figure),
        subtitle_of(
            figure,
            f"New derivatives by {by} of their maker (rows) and of their base (columns); "
            f"{whole:,.0f} in all",
        ),
        "Heat map",
        (
            listing(
                [
                    (f"{words[maker]} on {words[base]}", f"{value:,.0f}")
                    for (maker, base), value in largest
                ]
            ),
        ),
    )


def _read(figure: Figure) -> tuple[Cells, dict[str, str]]:
    cells: Cells = {}
    names: dict[str, str] = {}
    for row in figure.records():
        maker, base = str(row["maker"]), str(row["base"])
        cells[maker, base] = cells.get((maker, base), 0.0) + (row["value"] or 0.0)
        names[maker] = name_of(figure, maker, row.get("maker_name"))
        names[base] = name_of(figure, base, row.get("base_name"))
    return cells, names


def _name(group: str, names: dict[str, str]) -> str:
    if group == UNKNOWN:
        return "Unknown"
    return "Others" if group == OTHERS else names[group]


def _foremost(cells: Cells, place: int, most: int) -> list[str]:
    """Return the largest groups of one side, then the others together, then unknown."""
    sums: dict[str, float] = {}
    for key, value in cells.items():
        sums[key[place]] = sums.get(key[place], 0.0) + value
    named = sorted((g for g in sums if g != UNKNOWN), key=lambda g: (-sums[g], g))
    last = [UNKNOWN] if UNKNOWN in sums else []
    room = most - len(last)
    if len(named) > room:
        return [*named[: room - 1], OTHERS, *last]
    return [*named, *last]


def _gathered(cells: Cells, makers: Sequence[str], bases: Sequence[str]) -> Cells:
    kept: Cells = {}
    for (maker, base), value in cells.items():
        key = (maker if maker in makers else OTHERS, base if base in bases else OTHERS)
        kept[key] = kept.get(key, 0.0) + value
    return kept


def _plot(
    sheet: Sheet,
    makers: Sequence[str],
    bases: Sequence[str],
    words: dict[str, str],
    size: float,
) -> Drawing:
    left = min(max(width_of(words[m], size) for m in makers) + 10, sheet.inner * 0.32)
    above = min(max(width_of(words[b], size) for b in bases) + 10, 130.0)
    wide = min(sheet.inner - left, len(bases) * 84.0)
    tall = (30.0 if sheet.is_narrow else 34.0) * len(makers)
    return Drawing(wide, tall, left, sheet.inner - left - wide, above=above, below=6)


def _draw_cells(
    drawing: Drawing,
    cells: Cells,
    makers: Sequence[str],
    bases: Sequence[str],
    whole: float,
    sheet: Sheet,
) -> None:
    """Fill each cell by its part of the whole, and write it; an empty one stays the ground."""
    wide, tall = drawing.width / len(bases), drawing.height / len(makers)
    top = max([*cells.values(), 1e-9]) / whole
    written: list[tuple[float, float, str, str]] = []
    for row, maker in enumerate(makers):
        for column, base in enumerate(bases):
            corner = (column * wide + 0.75, row * tall + 0.75)
            value = cells.get((maker, base))
            colour = shade((value or 0) / whole / top, sheet.scheme) if value else ""
            middle = (corner[0] + wide / 2, corner[1] + tall / 2)
            if not value:
                drawing.rect(
                    corner, (wide - 1.5, tall - 1.5), sheet.scheme.ground, edge=sheet.scheme.grid
                )
                continue
            drawing.rect(corner, (wide - 1.5, tall - 1.5), colour)
            words = f"{value:.1f}" if value < 10 and value % 1 else f"{value:,.0f}"
            written.append((*middle, words, ink_on(colour)))
    size = 10.5 if wide > 42 else 9.5
    for x, y, words, ink in written:
        drawing.text(x, y, words, ink, TextStyle(size, align="center"))


def _write_names(
    drawing: Drawing,
    makers: Sequence[str],
    bases: Sequence[str],
    words: dict[str, str],
    size: float,
    sheet: Sheet,
) -> None:
    wide, tall = drawing.width / len(bases), drawing.height / len(makers)
    for row, maker in enumerate(makers):
        drawing.labelled.append(maker)
        name = cut(words[maker], drawing.left - 8, size)
        y = (row + 0.5) * tall
        drawing.text(-8, y, name, sheet.scheme.ink, TextStyle(size, align="right"))
    for column, base in enumerate(bases):
        drawing.labelled.append(base)
        name = cut(words[base], drawing.above - 8, size)
        x = (column + 0.5) * wide
        drawing.text(x, -8, name, sheet.scheme.ink, TextStyle(size, align="left", angle=270))
