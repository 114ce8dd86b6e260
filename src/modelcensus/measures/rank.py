"""Groups in order of a metric, as of one moment."""

from __future__ import annotations

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.aggregate import (
    Sums,
    coverage_of,
    sums_by_snapshot,
    with_value_type,
)
from modelcensus.measures.bounds import bounds_of
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.frames import require_instant
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.sensitivity import largest_models
from modelcensus.measures.subjects import with_subjects
from modelcensus.measures.wording import frame_phrase, group_names, when, whose
from modelcensus.releases.release import Release

COLUMNS = columns(
    ("rank", "", "1 = largest; equal values share a rank; null for unknown or without a count"),
    ("group", "", "group of the definition"),
    ("name", "", "its printable name"),
    ("value", "as the metric", "sum (or median) of the metric over the group's models"),
    ("models", "models", "models of the group at the snapshot"),
    ("ratio_to_next", "ratio", "value over the next group's value; null for the last and over 0"),
    ("largest_model", "", "the group's model with the largest value, among the overall largest"),
    ("rank_without_it", "", "the group's rank if that model is left out"),
)
_SCHEMA = pa.schema(
    [
        ("rank", pa.int64()),
        ("group", pa.string()),
        ("name", pa.string()),
        ("value", pa.float64()),
        ("models", pa.int64()),
        ("ratio_to_next", pa.float64()),
        ("largest_model", pa.string()),
        ("rank_without_it", pa.int64()),
    ]
)
LOOKED_AT = 200
"""How many of the overall largest models are searched for each group's largest one."""


def rank_groups(release: Release, contract: Contract) -> Figure:
    """Groups in falling order of a metric.

    Returns:
        Figure with one row per group, `unknown` last and unranked. Equal values share the
        smaller rank. The last two columns say how much of a rank is one model.

    Raises:
        ContractError: the period is an interval.
        UnknownName: a subject is no group of this question.

    Method: docs/methods.md#rank
    """
    require_instant(contract)
    selection = select(release, contract)
    sums = sums_by_snapshot(selection)[selection.last.key]
    names = group_names(release, contract)
    selection = with_subjects(selection, sums.values, names)
    subjects = selection.contract.subjects
    ordered = sums.leaders()
    ranks = ranks_of(sums)
    largest = _largest_by_group(selection)
    rows: list[dict[str, object]] = []
    for place, group in enumerate(ordered):
        following = sums.values[ordered[place + 1]] if place + 1 < len(ordered) else 0
        model, value = largest.get(group, (None, 0))
        rows.append(
            {
                "rank": ranks.get(group),
                "group": group,
                "name": names.get(group, group),
                "value": sums.value_of(group),
                "models": sums.models[group],
                "ratio_to_next": sums.values[group] / following if following else None,
                "largest_model": model,
                "rank_without_it": _rank_without(sums, group, value, contract) if model else None,
            }
        )
    if UNKNOWN in sums.values:
        rows.append(_unknown_row(sums, names))
    listed = [r for r in rows if not subjects or r["group"] in (*subjects, UNKNOWN)]
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(listed, schema=with_value_type(_SCHEMA, contract)),
        finding=_finding(selection, sums, subjects or tuple(ordered[:3]), names),
        coverage=coverage_of(selection, sums, selection.last.key),
        bounds=bounds_of(selection, sums, [str(r["group"]) for r in listed]),
        sensitivity={"largest_models": largest_models(selection, 10)},
    )


def ranks_of(sums: Sums) -> dict[str, int]:
    """Return the rank of each known group with a count: 1 + how many have a larger value."""
    values = {g: sums.values[g] for g in sums.leaders() if sums.has_count(g)}
    return {g: 1 + sum(other > value for other in values.values()) for g, value in values.items()}


def _unknown_row(sums: Sums, names: dict[str, str]) -> dict[str, object]:
    return {
        "rank": None,
        "group": UNKNOWN,
        "name": names.get(UNKNOWN, UNKNOWN),
        "value": sums.value_of(UNKNOWN),
        "models": sums.models[UNKNOWN],
        "ratio_to_next": None,
        "largest_model": None,
        "rank_without_it": None,
    }


def _largest_by_group(selection: Selection) -> dict[str, tuple[str, float]]:
    found: dict[str, tuple[str, float]] = {}
    for row in largest_models(selection, LOOKED_AT):
        found.setdefault(row["group"], (row["model_id"], row["value"]))
    return found


def _rank_without(sums: Sums, group: str, value: float, contract: Contract) -> int | None:
    if contract.outliers == "median":
        return None
    left = sums.values[group] - value
    return 1 + sum(v > left for g, v in sums.values.items() if g not in (group, UNKNOWN))


def _finding(
    selection: Selection, sums: Sums, groups: tuple[str, ...], names: dict[str, str]
) -> str:
    contract, ranks = selection.contract, ranks_of(sums)
    kind = "median " if contract.outliers == "median" else ""
    parts = [
        f"{ranks[g]}. {whose(contract, g, names)} ({sums.values[g]:,.0f})"
        for g in sorted((g for g in groups if g in ranks), key=lambda g: ranks[g])
    ]
    return (
        f"By {kind}{contract.metric_term.phrase} {when(selection.snapshots, contract)} in "
        f"{frame_phrase(selection.release, contract)}: {', '.join(parts) or 'no known group'}."
    )
