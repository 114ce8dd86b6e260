"""The state of a store on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from modelcensus.contracts.figure import percent

COLUMNS = {
    "hub": "left",
    "frame": "left",
    "snapshots": "right",
    "first": "left",
    "last": "left",
    "models": "right",
    "attributed": "right",
    "rejects": "right",
    "state": "left",
}
STATES = {"dated": "default", "fresh": "green", "amber": "yellow", "red": "red"}


def draw_status(found: Mapping[str, Any], out: Console) -> None:
    """Print what `releases.status.store_status` found."""
    disk = f"{found['bytes'] / 1e6:.1f} MB, {found['bytes_free'] / 1e9:.1f} GB free"
    out.print(f"store {found['store']} ({disk})", markup=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, side in COLUMNS.items():
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=True)
    for frame in found["frames"]:
        table.add_row(
            frame["hub"],
            frame["frame"],
            str(frame["snapshots"]),
            frame["first"][:10],
            frame["last"][:10],
            f"{frame['models_last']:,}",
            percent(frame["attributed_share"]),
            str(sum(frame["rejects"].values())),
            f"[{STATES[frame['state']]}]{frame['state']}[/]"
            + (" SIMULATED" if frame["is_simulated"] else ""),
        )
    out.print(table)
    for evidence in found["evidence"]:
        out.print(f"evidence {evidence['name']} as of {evidence['as_of']}", markup=False)
    newest = found["newest_release"] or "none, run `census build`"
    out.print(f"newest release: {newest}", markup=False)
    for incident in found["blocking"]:
        out.print(f"[red]blocked[/] {incident['incident_id']} {escape(incident['note'])}")
        out.print(f'  census status accept {incident["incident_id"]} --why "..."', markup=False)
    for kind, count in found["incidents"].items():
        out.print(f"incidents: {count:,} {kind.replace('_', ' ')}", markup=False)
