"""Lists from the registers of the wider world on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from modelcensus.publish.foreign_text import visible
from modelcensus.publish.world_lists import Listing

_FLEXIBLE = ("who", "body", "document", "title", "model", "index")


def draw_listing(listing: Listing, out: Console) -> None:
    """Draw a list: its rows, what was counted, and as plainly what it does not show."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in listing.drawn:
        table.add_column(name, overflow="fold", min_width=12 if name in _FLEXIBLE else 4)
    for row in listing.rows:
        style = "" if row["counts"] == "yes" else "dim"
        table.add_row(*(escape(visible(row[name])) for name in listing.drawn), style=style)
    if listing.rows:
        out.print(table)
    out.print(f"[bold]{escape(listing.counted)}[/]", soft_wrap=True)
    for text in listing.does_not_show:
        out.print(f"[cyan]not shown[/] {escape(text)}", soft_wrap=True)
