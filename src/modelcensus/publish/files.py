"""What was found in files of models: on a terminal, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from modelcensus.publish.foreign_text import visible
from modelcensus.vet.file_scan import Found
from modelcensus.vet.files import FLAGGED, FileReport
from modelcensus.vet.pickles import NOTHING_FOUND

ROWS = 50
"""Files drawn; the others are in --format json or csv."""

COLUMNS = ("state", "path", "why", "size_bytes")


def draw_files(report: FileReport, out: Console) -> None:
    """Draw what was found, the gravest first."""
    counts = ", ".join(f"{count:,} {state}" for state, count in report.by_state.items())
    out.print(f"{len(report.found):,} files: {counts or 'none'} ({report.scanner})", markup=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in COLUMNS:
        table.add_column(name, overflow="fold", justify="right" if name == COLUMNS[-1] else "left")
    for one in report.found[:ROWS]:
        cells = (escape(visible(cell)) for cell in (one.path, one.why))
        table.add_row(_state(one), *cells, f"{one.size_bytes:,}")
    out.print(table)
    if len(report.found) > ROWS:
        out.print(f"[dim]{len(report.found) - ROWS:,} more: --format json or csv[/]")


def _state(one: Found) -> str:
    style = (
        "bold red" if one.state in FLAGGED else "dim" if one.state == NOTHING_FOUND else "yellow"
    )
    return f"[{style}]{one.state}[/]"


def to_json(report: FileReport) -> bytes:
    """Return everything as JSON."""
    return (json.dumps(report.to_dict(), indent=1, ensure_ascii=False) + "\n").encode()


def to_csv(report: FileReport) -> bytes:
    """Return the files as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(one, name) for name in COLUMNS] for one in report.found)
    return stream.getvalue().encode()


FORMATS: dict[str, Callable[[FileReport], bytes]] = {"json": to_json, "csv": to_csv}
"""Every written format; the table is drawn by `draw_files`."""
