"""A metric by group at every snapshot of a period: levels side by side, never added up."""

from __future__ import annotations

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.aggregate import (
    Sums,
    coverage_of,
    headline_share,
    sums_by_snapshot,
    unknown_share,
    with_value_type,
)
from modelcensus.measures.bounds import bounds_of
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.sensitivity import leave_one_out
from modelcensus.measures.spacings import by_other_spacings
from modelcensus.measures.subjects import with_subjects
from modelcensus.measures.wording import frame_phrase, group_names, metric_phrase, whose
from modelcensus.releases.release import Release

COLUMNS = columns(
    ("label", "", "snapshot"),
    ("group", "", "group of the definition"),
    ("name", "", "its printable name"),
    ("value", "as the metric", "level at the snapshot; null when the group was not observed"),
    ("models", "models", "models of the group at the snapshot"),
    ("share_of_all", "fraction", "value over everything the frame held at the snapshot"),
    ("share_of_attributed", "fraction", "value over the part whose group is known"),
)
_SCHEMA = pa.schema(
    [
        ("label", pa.string()),
        ("group", pa.string()),
        ("name", pa.string()),
        ("value", pa.float64()),
        ("models", pa.int64()),
        ("share_of_all", pa.float64()),
        ("share_of_attributed", pa.float64()),
    ]
)


def series_by_group(release: Release, contract: Contract) -> Figure:
    """A metric by group at every snapshot of the period.

    Returns:
        Figure with one row per snapshot and group (all groups, or the subjects and `unknown`),
        in order of label and of the last snapshot's values. A group that a snapshot does not
        show, or of which it gives no count, has a null value: not observed, not zero.
        Medians have values and no shares.

    Raises:
        UnknownName: a subject is no group at the last snapshot.

    Method: docs/methods.md#series
    """
    selection = select(release, contract)
    sums = sums_by_snapshot(selection)
    last = sums[selection.last.key]
    names = group_names(release, contract)
    everything = _union(sums)
    selection = with_subjects(selection, everything.values, names)
    subjects = selection.contract.subjects
    groups = list(subjects) or everything.leaders()
    if any(UNKNOWN in s.values for s in sums.values()) and UNKNOWN not in groups:
        groups.append(UNKNOWN)
    rows = [
        _row(snapshot.label, sums[snapshot.key], group, names)
        for snapshot in selection.snapshots
        for group in groups
        if group != UNKNOWN or UNKNOWN in sums[snapshot.key].values
    ]
    headline = subjects or tuple(last.leaders()[:2])
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=with_value_type(_SCHEMA, contract)),
        finding=_finding(selection, sums, headline, names),
        coverage=coverage_of(selection, last, selection.last.key)
        | {
            "snapshots": [
                {
                    "label": s.label,
                    "models": sums[s.key].all_models,
                    "total": sums[s.key].total if sums[s.key].is_summed else None,
                    "unknown_share": unknown_share(sums[s.key]),
                }
                for s in selection.snapshots
            ]
        },
        bounds=bounds_of(selection, last, groups),
        sensitivity={
            "leave_one_model_out": (
                leave_one_out(selection, last, headline) if last.is_summed else []
            ),
            **by_other_spacings(selection, lambda other: _last_shares(other, headline)),
        },
    )


def _last_shares(selection: Selection, headline: tuple[str, ...]) -> dict[str, float | None]:
    last = sums_by_snapshot(selection)[selection.last.key]
    return {group: headline_share(last, selection.contract, group) for group in headline}


def _union(sums: dict[int, Sums]) -> Sums:
    """Return all groups of all snapshots, with their last known values."""
    values: dict[str, float] = {}
    for found in sums.values():
        values |= {g: v for g, v in found.values.items() if found.has_count(g) or g not in values}
    return Sums(values, {}, {}, 0)


def _row(label: str, sums: Sums, group: str, names: dict[str, str]) -> dict[str, object]:
    seen = group in sums.values
    return {
        "label": label,
        "group": group,
        "name": names.get(group, group),
        "value": sums.value_of(group),
        "models": sums.models.get(group, 0),
        "share_of_all": sums.share(group) if seen else None,
        "share_of_attributed": (
            sums.share(group, sums.attributed) if seen and group != UNKNOWN else None
        ),
    }


def _finding(
    selection: Selection,
    sums: dict[int, Sums],
    headline: tuple[str, ...],
    names: dict[str, str],
) -> str:
    contract = selection.contract
    first, last = selection.snapshots[0], selection.last
    parts = [
        f"{whose(contract, g, names)} went from {_level(sums[first.key], contract, g)} to "
        f"{_level(sums[last.key], contract, g)}"
        for g in headline
    ]
    kind = "By median" if contract.outliers == "median" else "Of the"
    return (
        f"{kind} {metric_phrase(contract)} in {frame_phrase(selection.release, contract)}, "
        f"between {first.label} and {last.label}, {' and '.join(parts)} "
        f"({len(selection.snapshots)} snapshots)."
    )


def _level(sums: Sums, contract: Contract, group: str) -> str:
    """Return a group's headline at one snapshot as a person reads it."""
    if sums.is_summed:
        return percent(headline_share(sums, contract, group))
    value = sums.value_of(group)
    return "unknown" if value is None else f"{value:,.0f}"
