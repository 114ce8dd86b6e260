"""The parts that every figure of this room has in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from modelcensus.contracts.figure import Column, Figure, percent
from modelcensus.measures.differences import BORN, BY_DIFFERENCE
from modelcensus.measures.selection import Selection, models_without_fact
from modelcensus.measures.wording import does_not_show


def make_figure(
    selection: Selection,
    *,
    columns: tuple[Column, ...],
    rows: pa.Table,
    finding: str,
    coverage: dict[str, Any],
    bounds: dict[str, Any],
    sensitivity: dict[str, Any],
    caveats: Sequence[str] = (),
    details: dict[str, Any] | None = None,
) -> Figure:
    """Return a figure with what follows from the selection filled in."""
    release, contract = selection.release, selection.contract
    simulated = any(s.is_simulated for s in selection.snapshots)
    sources = sorted({(s.attribution, s.licence) for s in selection.snapshots})
    return Figure(
        contract=contract,
        columns=columns,
        rows=rows,
        finding=f"{'SIMULATED: ' if simulated else ''}{finding[:1].upper()}{finding[1:]}",
        does_not_show=does_not_show(release, contract),
        coverage=coverage,
        bounds=bounds,
        sensitivity=sensitivity,
        caveats=(
            *caveats,
            *period_caveat(coverage),
            *attribution_caveat(selection, coverage),
            *population_caveat(selection),
            *incident_caveats(selection),
            *growth_caveat(selection),
        ),
        release=release.name,
        registers=release.registers,
        sources=tuple(attribution for attribution, _ in sources),
        licences=tuple(licence for _, licence in sources),
        is_simulated=simulated,
        details=details or {},
    )


def period_caveat(coverage: dict[str, Any]) -> tuple[str, ...]:
    """Return which snapshots a difference stands on, and how many models have none."""
    found = coverage.get("models_by_outcome")
    if found is None:
        return ()
    known = (BY_DIFFERENCE, BORN)
    lost = [f"{n:,} {o.replace('_', ' ')}" for o, n in found.items() if n and o not in known]
    text = (
        f"counted between the snapshots of {coverage['snapshot_at_start']} and "
        f"{coverage['snapshot_at_end']}, for the period from {coverage['period_start'][:10]} up "
        f"to, not including, {coverage['period_end'][:10]}"
    )
    if lost:
        text += f"; models whose downloads in it are not known: {', '.join(lost)}"
    if coverage["sum_of_falls"]:
        text += f"; the falls add up to {coverage['sum_of_falls']:,}"
    return (text,)


def attribution_caveat(selection: Selection, coverage: dict[str, Any]) -> tuple[str, ...]:
    """Return how little is attributed, where that is below the setting `min_coverage`."""
    share = coverage.get("attributed_share")
    if share is None or share >= selection.release.settings.min_coverage:
        return ()
    return (
        f"only {percent(share)} of the metric is attributed: the order of the groups may be "
        "another one; see the bounds",
    )


def population_caveat(selection: Selection) -> tuple[str, ...]:
    """Return how many models the population leaves out because a fact about them is missing."""
    missing, fact = models_without_fact(selection)
    if not missing:
        return ()
    return (
        f"{missing:,} models of the frame are left out of the population "
        f"{selection.contract.population!r}: {fact} not known here",
    )


def incident_caveats(selection: Selection, most: int = 3) -> tuple[str, ...]:
    """Return the largest jumps and falls recorded between the snapshots that a figure uses."""
    contract = selection.contract
    table = selection.release.table("incidents")
    labels = [s.label for s in selection.snapshots]
    rows = selection.fetch(
        table.filter(
            (table.frame == contract.frame)
            & (table.metric == contract.metric)
            & table.label_after.isin(labels)
        ).order_by(["label_after", "subject", "kind"])
    ).to_pylist()
    if not rows:
        return ()
    rows.sort(key=lambda r: -max(r["value_before"] or 0, r["value_after"] or 0))
    named = "; ".join(
        f"{r['subject'] or 'the whole frame'} {r['value_before']:,} -> {r['value_after']:,} "
        f"({r['label_before']} to {r['label_after']})"
        for r in rows[:most]
    )
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return (f"{len(rows)} jump(s) or fall(s) of counters recorded here: {named}{more}",)


def growth_caveat(selection: Selection) -> tuple[str, ...]:
    """Return how many accounts entered the frame within a series: growth is not a trend."""
    if len(selection.snapshots) < 2:
        return ()
    table = selection.release.table("incidents")
    first, last = selection.snapshots[0], selection.last
    entries = selection.release.frame_snapshots(selection.contract.frame)
    labels = [s.label for s in entries if first.key < s.key <= last.key]
    rows = selection.fetch(
        table.filter(
            (table.frame == selection.contract.frame)
            & (table.kind == "frame_growth")
            & table.label_after.isin(labels)
        )
        .select("subject", "label_after")
        .order_by(["label_after", "subject"])
    )
    if not len(rows):
        return ()
    return (
        f"the frame grew: {len(rows)} accounts entered it after {selection.snapshots[0].label}, "
        "so sums and shares of different dates are not over the same accounts",
    )
