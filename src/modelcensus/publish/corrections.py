"""Corrections on a terminal: what was wrong here, what it is now, and which figures moved."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from modelcensus.publish.foreign_text import visible
from modelcensus.registers.load import Row

FIELDS = (
    ("where", "where"),
    ("was", "what_was_wrong"),
    ("is now", "what_it_is_now"),
    ("figures", "figures_moved"),
    ("found by", "reported_by"),
    ("source", "source"),
)


def newest_first(rows: Sequence[Row]) -> list[Row]:
    """Return corrections in the order in which a page lists them."""
    return sorted(rows, key=lambda r: (r["corrected_on"], r["correction"]), reverse=True)


def draw_corrections(rows: Sequence[Row], out: Console) -> None:
    """Print each correction with all that is kept about it."""
    for row in newest_first(rows):
        out.print(f"[bold]{row['corrected_on']}[/] {escape(row['correction'])}")
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1, 0, 2))
        for title, column in FIELDS:
            table.add_row(f"[cyan]{title}[/]", escape(visible(row[column])))
        out.print(table)
        out.print()
