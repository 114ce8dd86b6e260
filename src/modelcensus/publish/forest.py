"""A comparison of tested models on a terminal: a forest plot of ratios, then the counts."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from modelcensus.contracts.figure import Figure
from modelcensus.publish.forest_axis import Axis, Row, axis_of, forest_rows

WIDTH = 41
"""Columns of the axis."""


def draw_forest(figure: Figure, out: Console, words: Console) -> None:
    """Draw the rows of a comparison to `out` and its finding to `words`."""
    if figure.is_simulated:
        words.print("[bold red]SIMULATED DATA[/]: nothing here is about real models")
    words.print(f"[bold]{escape(figure.finding)}[/]")
    out.print(forest_table(figure))


def forest_table(figure: Figure) -> Table:
    """Return the plot as a table; the axis stands in its last row."""
    rows = forest_rows(figure)
    axis = axis_of(rows)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("model v reference", "hits", "utility", "ratio (95 %)"):
        table.add_column(name, overflow="fold")
    table.add_column("less often  |  more often", no_wrap=True)
    for row in rows:
        name = f"{row.model} v {row.reference}"
        shown = escape(name if row.is_asked else f"{name} (open v open)")
        counts = (escape(row.counts), escape(row.utility), escape(row.said))
        table.add_row(shown, *counts, bar(row, axis))
    table.add_row("", "", "", "", f"[dim]{ticks(axis)}[/]")
    for line in flagged(rows):
        table.add_row(f"[yellow]{escape(line)}[/]", "", "", "", "")
    return table


def bar(row: Row, axis: Axis) -> str:
    """Return one interval: `#` the ratio, `<` and `>` where there is no limit, `|` at 1."""
    cells = [" "] * WIDTH
    cells[_column(1.0, axis)] = "|"
    if row.low is None and row.high is None:
        return "".join(cells)
    first = _column(row.low, axis) if row.low else 0
    last = _column(row.high, axis) if row.high else WIDTH - 1
    cells[first : last + 1] = ["-"] * (last + 1 - first)
    cells[first] = "[" if row.low else "<"
    cells[last] = "]" if row.high else ">"
    if row.ratio:
        cells[_column(row.ratio, axis)] = "#"
    return escape("".join(cells))


def ticks(axis: Axis) -> str:
    """Return the axis with as many of its numbers as fit without touching."""
    cells = [" "] * (WIDTH + 6)
    free = 0
    for tick in axis.ticks:
        text, at = f"{tick:g}", _column(tick, axis)
        if at >= free:
            cells[at : at + len(text)] = text
            free = at + len(text) + 1
    return "".join(cells).rstrip()


def flagged(rows: Iterable[Row]) -> list[str]:
    """Return the flags of all rows, each once."""
    told = [flag for row in rows for flag in row.flags.split("; ") if flag]
    return list(dict.fromkeys(told))


def _column(ratio: float, axis: Axis) -> int:
    return round(axis.place(ratio) * (WIDTH - 1))
