"""Sums that the release holds already: the common questions without reading the counters."""

from __future__ import annotations

from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.measures.selection import Selection

ROLLED_UP = ("developer", "developer_type", "country", "family")


def is_rolled_up(contract: Contract) -> bool:
    """Return whether a contract asks for sums that the table `rollups` holds."""
    return (
        contract.by in ROLLED_UP
        and not contract.metric_term.is_of_period
        and contract.lens_value == "developer"
        and contract.population == "all"
        and contract.outliers == "none"
        and contract.coding == "census"
        and contract.roll_up == "none"
    )


def rolled_up(selection: Selection) -> list[dict[str, Any]]:
    """Return snapshot_key, group, value, models, counted and zeros, in order of the first two."""
    contract, release = selection.contract, selection.release
    rollups, groups = release.table("rollups"), release.table("groups")
    rows = rollups.filter(
        (rollups.kind == contract.by)
        & (rollups.metric == (contract.metric_term.column or "models"))
        & rollups.snapshot_key.isin([s.key for s in selection.snapshots])
    )
    named = rows.join(groups.filter(groups.kind == contract.by), "code")
    found: list[dict[str, Any]] = selection.fetch(
        named.select("snapshot_key", "group", "value", "models", "counted", "zeros").order_by(
            ["snapshot_key", "group"]
        )
    ).to_pylist()
    return found
