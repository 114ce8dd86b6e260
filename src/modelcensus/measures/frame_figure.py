"""The parts that every figure of this room has in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from modelcensus.contracts.fact_words import MANY_VALUED
from modelcensus.contracts.figure import Column, Figure, percent
from modelcensus.contracts.frame_names import is_whole
from modelcensus.contracts.vocabulary import GROUPS
from modelcensus.measures.fact_groups import BY_TAG, BY_TYPE, precision_words
from modelcensus.measures.growth import WHOLLY_KNOWN
from modelcensus.measures.selection import Selection, models_without_fact
from modelcensus.measures.summing import spacing_caveat
from modelcensus.measures.wording import does_not_show
from modelcensus.measures.world_events import events_beside
from modelcensus.releases.release import SnapshotEntry
from modelcensus.sources.record import TAKEN_APART


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
    not_shown: Sequence[str] = (),
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
        does_not_show=(*not_shown, *does_not_show(release, contract)),
        coverage=coverage,
        bounds=bounds,
        sensitivity=sensitivity,
        caveats=(
            *caveats,
            *period_caveat(coverage),
            *spacing_caveat(contract, coverage),
            *attribution_caveat(selection, coverage),
            *readings_caveat(selection),
            *population_caveat(selection),
            *several_groups_caveat(selection, coverage),
            *precision_caveat(selection),
            *copies_caveat(selection, sensitivity),
            *incident_caveats(selection),
            *growth_caveat(selection),
        ),
        release=release.name,
        registers=release.registers,
        sources=tuple(attribution for attribution, _ in sources),
        licences=tuple(licence for _, licence in sources),
        is_simulated=simulated,
        details={**(details or {}), **events_beside(selection, rows, details)},
    )


def hub_wide(entry: SnapshotEntry, why: str) -> dict[str, Any]:
    """Return what a frame tells of the whole hub: all where it is the hub, else why nothing."""
    if entry.is_complete_frame and is_whole(entry.frame):
        return {"status": "the frame is the whole hub", "groups": {}}
    return {"status": "unknown here", "why": why, "groups": {}}


def period_caveat(coverage: dict[str, Any]) -> tuple[str, ...]:
    """Return which snapshots a difference stands on, and how many models have none."""
    found = coverage.get("models_by_outcome")
    if found is None:
        return ()
    lost = [f"{n:,} {o.replace('_', ' ')}" for o, n in found.items() if n and o not in WHOLLY_KNOWN]
    text = (
        f"counted over {coverage['snapshots_read']} snapshots from {coverage['snapshot_at_start']} "
        f"to {coverage['snapshot_at_end']}, for the period from {coverage['period_start'][:10]} up "
        f"to, not including, {coverage['period_end'][:10]}"
    )
    if lost:
        text += f"; models whose downloads in it are not all known: {', '.join(lost)}"
    if coverage["sum_of_falls"]:
        text += f"; the falls add up to {coverage['sum_of_falls']:,}"
    derived = coverage["worked_out_from"]
    if derived is None:
        return (text,)
    return (
        text,
        f"worked out from {derived} and the models' creation: where a first year ends between two "
        "snapshots, growth between them is taken as even",
    )


def readings_caveat(selection: Selection) -> tuple[str, ...]:
    """Return that readings were worked out from running sums, where they were."""
    apart = sum(TAKEN_APART in s.attribution for s in selection.snapshots)
    if not apart:
        return ()
    return (
        f"{apart} of {len(selection.snapshots)} snapshots were taken apart from running sums: each "
        "reading is the difference of two neighbouring sums, and is as right as both of them",
    )


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


def several_groups_caveat(selection: Selection, coverage: dict[str, Any]) -> tuple[str, ...]:
    """Return how models of several groups were counted."""
    contract = selection.contract
    if contract.by not in MANY_VALUED:
        return ()
    group = GROUPS[contract.by].phrase
    if contract.counting == "fractional":
        return (f"a model of several {group}s is divided among them in equal parts",)
    whole = coverage.get("shares_add_up_to")
    more = f", here to {whole:.3f}" if whole is not None else ""
    return (
        f"a model of several {group}s counts whole in each: shares over all do not add up to 1"
        f"{more}",
    )


def precision_caveat(selection: Selection) -> tuple[str, ...]:
    """Return how many number formats are told by tags, and how many by types of stored weights."""
    contract = selection.contract
    if contract.by != "precision":
        return ()
    last = selection.values.filter(selection.values.snapshot_key == selection.last.key)
    words = precision_words(selection.release, contract).select("model_key", "told_by")
    told = words.distinct().semi_join(last, "model_key")
    found = selection.fetch(told.group_by("told_by").agg(models=told.count()))
    of = {row["told_by"]: row["models"] for row in found.to_pylist()}
    return (
        f"the number format is told of {of.get(BY_TAG, 0):,} models by a tag, and of "
        f"{of.get(BY_TYPE, 0):,} more by the type that most of their weights are stored in",
    )


def copies_caveat(selection: Selection, sensitivity: dict[str, Any]) -> tuple[str, ...]:
    """Return how copies were counted, and the one that carries most to another group."""
    if selection.contract.roll_up == "none":
        return ()
    text = (
        "copies count for what they are copies of, as declared or recognised by "
        f"{selection.last.label}; a copy that says nothing counts for itself"
    )
    moved = sensitivity.get("moved_copies")
    if moved:
        most = moved[0]
        text += (
            f"; the one that carries most, {most['model_id']} ({most['value']:,.0f}), counts for "
            f"{most['to']} instead of {most['from']}"
        )
    return (text,)


def incident_caveats(selection: Selection, most: int = 3) -> tuple[str, ...]:
    """Return the largest jumps and falls recorded between the snapshots that a figure uses."""
    contract = selection.contract
    table = selection.release.table("incidents")
    labels = [s.label for s in selection.snapshots]
    rows = selection.fetch(
        table.filter(
            (table.frame == contract.frame)
            & (table.metric == (contract.metric_term.column or contract.metric))
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
