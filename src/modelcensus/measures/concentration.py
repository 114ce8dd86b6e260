"""How concentrated a metric is, at every snapshot: on whatever it shows, and on a fixed panel."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import PANELS
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import with_value_type
from modelcensus.measures.concentration_hangs_on import hangs_on
from modelcensus.measures.frame_figure import hub_wide, make_figure
from modelcensus.measures.inequality import effective_number, gini
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.units import Spread, present_at_both_ends, spreads, units_of
from modelcensus.measures.wording import frame_phrase, groups_phrase
from modelcensus.releases.release import Release, SnapshotEntry

LARGEST = (1, 10, 100)
"""The k of CRk: how many largest groups are added up."""

OF_THE_DAY, FIXED = PANELS

COLUMNS = columns(
    ("label", "", "snapshot"),
    ("panel", "", "of_the_day: what the snapshot shows; fixed: what both ends of the period show"),
    ("groups", "groups", "groups with a known count, zeros included"),
    ("groups_above_zero", "groups", "groups with a count above 0"),
    ("value", "as the metric", "sum over all, what has no group included"),
    ("unknown_share", "fraction", "part of it that belongs to no one group"),
    ("hhi", "points", "at least: what has no group counts model by model; 10,000: one group"),
    ("hhi_unknown_as_one", "points", "if all that has no group were one group"),
    ("hhi_at_most", "points", "if all that has no group belonged to the largest group"),
    ("hhi_attributed", "points", "over the attributed part only"),
    ("effective_number", "groups", "10,000 / hhi: so many equal groups would be as concentrated"),
    ("gini", "fraction", "over the known groups, those at 0 included"),
    ("gini_above_zero", "fraction", "over the known groups above 0"),
    *((f"cr{k}", "fraction", f"at least: share of the largest {k}") for k in LARGEST),
)
_TEXTS, _WHOLE = ("label", "panel"), ("groups", "groups_above_zero")
_SCHEMA = pa.schema(
    [
        (
            c.name,
            pa.string() if c.name in _TEXTS else pa.int64() if c.name in _WHOLE else pa.float64(),
        )
        for c in COLUMNS
    ]
)

Spreads = dict[str, dict[int, Spread]]
"""How the metric is spread, by panel and snapshot key."""


def concentration_over_time(release: Release, contract: Contract) -> Figure:
    """How concentrated a metric is over the groups of a contract, at every snapshot.

    Returns:
        Figure with one row per panel and snapshot; the contract's panel comes first. Over one
        snapshot there is no fixed panel. HHI in points (10,000 = one group), Gini and shares as
        fractions; null over a sum of 0.

    Raises:
        ContractError: medians are asked for, everything is one group, or a fixed panel is asked
            over fewer than two snapshots.

    Method: docs/methods.md#concentration
    """
    _refuse(contract)
    selection = select(release, contract)
    contract = selection.contract
    if contract.panel == FIXED and len(selection.snapshots) < 2:
        raise ContractError(
            "a fixed panel is what both ends of a period show, and the period holds one snapshot",
            where=f"--panel fixed --period {contract.period}",
            next_step="--period all, or a range that holds two snapshots; or leave --panel out",
        )
    found = _both_panels(selection)
    order = [contract.panel, *(p for p in found if p != contract.panel)]
    rows = [
        _row(panel, snapshot, found[panel][snapshot.key])
        for panel in order
        for snapshot in selection.snapshots
    ]
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=with_value_type(_SCHEMA, contract)),
        finding=_finding(selection, found),
        coverage=_coverage(selection, found[OF_THE_DAY][selection.last.key]),
        bounds=_bounds(selection, found),
        sensitivity=hangs_on(selection, found[OF_THE_DAY][selection.last.key].values),
        caveats=_caveats(selection, found),
    )


def _refuse(contract: Contract) -> None:
    if contract.outliers == "median":
        raise ContractError(
            "medians of groups do not add up to a whole, so nothing is concentrated in them",
            where="--outliers median",
            next_step="--outliers cap:1000000, or none",
        )
    if contract.by == "total":
        raise ContractError(
            "one group that holds everything is always wholly concentrated",
            where="--by total",
            next_step="--by model, developer, family, country or namespace",
        )


def _both_panels(selection: Selection) -> Spreads:
    units = units_of(selection)
    found = {OF_THE_DAY: spreads(selection, units)}
    if len(selection.snapshots) > 1:
        found[FIXED] = spreads(selection, present_at_both_ends(selection, units))
    return found


def _row(panel: str, snapshot: SnapshotEntry, spread: Spread) -> dict[str, object]:
    values = spread.values
    known, hhi = values.known, values.hhi()
    return {
        "label": snapshot.label,
        "panel": panel,
        "groups": known.groups,
        "groups_above_zero": known.above_zero().groups,
        "value": spread.total,
        "unknown_share": values.unknown_share,
        "hhi": hhi,
        "hhi_unknown_as_one": values.hhi_unknown_as_one(),
        "hhi_at_most": values.hhi_at_most(),
        "hhi_attributed": values.hhi_attributed(),
        "effective_number": effective_number(hhi),
        "gini": gini(known),
        "gini_above_zero": gini(known.above_zero()),
        **{f"cr{k}": values.largest(k) for k in LARGEST},
    }


def _coverage(selection: Selection, last: Spread) -> dict[str, Any]:
    entry, rows = selection.last, selection.values
    mine = rows.filter(rows.snapshot_key == entry.key)
    counted = mine.agg(
        models=mine.model_key.nunique(),
        known=mine.model_key.nunique(where=mine.value.notnull()),
        zeros=mine.model_key.nunique(where=mine.value == 0),
    )
    models = selection.fetch(counted).to_pylist()[0]
    unknown = last.values.unknown_share
    return {
        "frame": entry.frame,
        "hub": entry.hub,
        "is_complete_frame": entry.is_complete_frame,
        "label": entry.label,
        "snapshots": len(selection.snapshots),
        "models": models["models"],
        "models_without_count": models["models"] - models["known"],
        "models_at_zero": models["zeros"],
        "groups_without_count": last.groups_without_count,
        "models_in_no_group": last.values.alone.groups + last.alone_without_count,
        "total": last.total,
        "attributed_share": None if unknown is None else 1 - unknown,
        "unknown_share": unknown,
    }


def _bounds(selection: Selection, found: Spreads) -> dict[str, Any]:
    """Return what each figure could be, whatever group the unknown part belongs to."""
    why = "how the part that the frame does not see is spread is not known"
    return {
        "hub_wide": hub_wide(selection.last, why),
        "concentration_within_frame": [
            {
                "label": snapshot.label,
                "panel": panel,
                "hhi": [values.hhi(), values.hhi_at_most()],
                "effective_number": [
                    effective_number(values.hhi_at_most()),
                    effective_number(values.hhi()),
                ],
                **{f"cr{k}": [values.largest(k), values.largest_at_most(k)] for k in LARGEST},
            }
            for panel, by_key in found.items()
            for snapshot in selection.snapshots
            for values in [by_key[snapshot.key].values]
        ],
    }


def _caveats(selection: Selection, found: Spreads) -> list[str]:
    contract = selection.contract
    what = groups_phrase(contract)
    texts = [
        f"the Gini counts {what} at 0; over those above 0 it is gini_above_zero. Both leave out "
        "what belongs to no one group"
    ]
    if FIXED in found:
        ends = [found[OF_THE_DAY][s.key].values.known.groups for s in _ends(selection)]
        kept = found[FIXED][selection.last.key].values.known.groups
        texts.insert(
            0,
            f"a panel that grows is no trend: the snapshots show {ends[0]:,} and {ends[1]:,} "
            f"{what}, and {kept:,} of them stand in both; compare the rows of the fixed panel",
        )
    return texts


def _ends(selection: Selection) -> tuple[SnapshotEntry, SnapshotEntry]:
    return selection.snapshots[0], selection.last


def _finding(selection: Selection, found: Spreads) -> str:
    contract = selection.contract
    metric, where = contract.metric_term.phrase, frame_phrase(selection.release, contract)
    what = groups_phrase(contract)
    last = found[OF_THE_DAY][selection.last.key].values
    if FIXED not in found:
        return (
            f"On {selection.last.label}, the {metric} in {where} had an HHI of "
            f"{_points(last.hhi(), last.hhi_at_most())} over {last.known.groups:,} {what}: the "
            f"largest held {percent(last.largest(1))}, the ten largest {percent(last.largest(10))}"
            f"; their Gini, zeros included, was {_fraction(gini(last.known))}."
        )
    first, end = _ends(selection)
    moves = {
        panel: " to ".join(
            _points(values.hhi(), values.hhi_at_most())
            for values in (by_key[first.key].values, by_key[end.key].values)
        )
        for panel, by_key in found.items()
    }
    kept = found[FIXED][end.key].values.known.groups
    day = f"on the {what} of the day it went from {moves[OF_THE_DAY]}"
    fixed = f"on the {kept:,} that both ends show, names followed, from {moves[FIXED]}"
    said = [day, fixed] if contract.panel == OF_THE_DAY else [fixed, day]
    return (
        f"The HHI of the {metric} in {where} over {what}, between {first.label} and {end.label}: "
        f"{said[0]}; {said[1]}. A growing panel is no trend."
    )


def _points(low: float | None, high: float | None) -> str:
    """Return an HHI, or the two between which it lies."""
    if low is None or high is None:
        return "unknown"
    if f"{low:,.0f}" == f"{high:,.0f}":
        return f"{low:,.0f}"
    return f"{low:,.0f} (at most {high:,.0f})"


def _fraction(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
