"""New derivatives by who made them and by the base they stand on."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import RELATIONS, UNKNOWN
from modelcensus.measures.bases import node_groups
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.newcomers import Newcomers, find_newcomers
from modelcensus.measures.wording import frame_phrase, group_names
from modelcensus.releases.release import Release

COLUMNS = columns(
    ("maker", "", "group of the derivative's developer; `unknown` is one of them"),
    ("maker_name", "", "its printable name"),
    ("base", "", "group of the bases it stands on"),
    ("base_name", "", "its printable name"),
    ("value", "derivatives", "credits of the maker's derivatives on bases of the group"),
    ("share_of_all", "fraction", "value over all derivatives of the period"),
    ("share_of_maker", "fraction", "value over the maker's derivatives"),
)
SCHEMA = pa.schema(
    [
        ("maker", pa.string()),
        ("maker_name", pa.string()),
        ("base", pa.string()),
        ("base_name", pa.string()),
        ("value", pa.float64()),
        ("share_of_all", pa.float64()),
        ("share_of_maker", pa.float64()),
    ]
)


def makers_and_bases(release: Release, contract: Contract) -> Figure:
    """New derivatives of a period by maker and base, both by the contract's grouping.

    Returns:
        Figure with one row per pair that occurs, by falling value; credits add up to the
        derivatives where counting is fractional.

    Raises:
        ContractError: the frame tells of no bases, the period is a moment, or it is several
            months of a curated sample.

    Method: docs/methods.md#matrix
    """
    newcomers = find_newcomers(release, contract)
    resolved = newcomers.contract
    pairs = _pairs(newcomers)
    names = group_names(release, resolved)
    whole = sum(row["value"] for row in pairs)
    made: dict[str, float] = {}
    for row in pairs:
        made[row["maker"]] = made.get(row["maker"], 0.0) + row["value"]
    rows = [
        {
            **row,
            "maker_name": names.get(row["maker"], row["maker"]),
            "base_name": names.get(row["base"], row["base"]),
            "share_of_all": row["value"] / whole,
            "share_of_maker": row["value"] / made[row["maker"]],
        }
        for row in pairs
    ]
    known = sum(r["value"] for r in pairs if UNKNOWN not in (r["maker"], r["base"]))
    own = sum(r["value"] for r in pairs if r["maker"] == r["base"] != UNKNOWN)
    both = known / whole if whole else None
    return make_figure(
        newcomers.selection(),
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=SCHEMA),
        finding=_finding(newcomers, both, own / known if known else None),
        coverage={
            "frame": resolved.frame,
            "hub": newcomers.snapshot.hub,
            "is_complete_frame": newcomers.snapshot.is_complete_frame,
            "label": newcomers.snapshot.label,
            "models": newcomers.count(),
            "attributed_share": both,
            "unknown_share": None if both is None else 1 - both,
        },
        bounds={
            "same_group_within_frame": [own / whole, (own + whole - known) / whole] if whole else []
        },
        sensitivity=(
            {"same_group_share_of_known": own / known}
            if known
            else {"why_none": "no derivative has both a known maker and a known base to compare"}
        ),
    )


def _pairs(newcomers: Newcomers) -> list[dict[str, Any]]:
    makers = node_groups(newcomers.release, newcomers.contract)
    credits = newcomers.credits().rename(base="group")
    joined = credits.join(makers.select(model_key="node_key", maker="group"), "model_key")
    summed = joined.group_by(["maker", "base"]).agg(value=joined.credit.sum().round(6))
    rows = newcomers.release.fetch(summed.order_by(["maker", "base"])).to_pylist()
    return sorted(rows, key=lambda r: (-r["value"], r["maker"], r["base"]))


def _finding(newcomers: Newcomers, both: float | None, own: float | None) -> str:
    contract = newcomers.contract
    what = f"new {RELATIONS[contract.relation].phrase}"
    frame = frame_phrase(newcomers.release, contract)
    if own is None:
        return f"Of no {what} created in {contract.period} in {frame} both ends are known."
    group = contract.by.replace("_", " ")
    return (
        f"Of {newcomers.count():,} {what} created in {contract.period} that {frame} shows, "
        f"{percent(both)} have a known {group} at both ends; {percent(own)} of those stand on a "
        f"base of the same {group}."
    )
