"""Which snapshots a difference stands on, and what became of the models between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import ibis.expr.types as ir

from modelcensus.contracts.contract import Contract
from modelcensus.errors import ContractError
from modelcensus.measures.growth import FELL, OUTCOMES, grown_values
from modelcensus.measures.stretches import ROLLING, Span
from modelcensus.releases.release import Release, SnapshotEntry

FROZEN = "frozen"
SUSPECT = ("global_drop", "developer_drop", FROZEN)
"""Incidents after which the rolling counts of a snapshot bound nothing."""

FIRST_YEAR = "downloads_first_year"


def is_difference(contract: Contract) -> bool:
    """Return whether a contract asks for what a running total grew by in a period."""
    return contract.metric_term.kind == "difference"


def running_total(contract: Contract, frame: Sequence[SnapshotEntry]) -> str:
    """Return the counter whose growth a contract asks for.

    First-year downloads come from the counter of that name, or, in a frame without it, from
    the running total and the models' creation.
    """
    column = contract.metric_term.column
    if column == FIRST_YEAR and not any(column in s.counters for s in frame):
        return "downloads_all_time"
    return column


def difference_snapshots(
    frame: Sequence[SnapshotEntry], contract: Contract, most: int
) -> tuple[SnapshotEntry, ...]:
    """Return the snapshots between which a running total is followed.

    The first is the last one with the counter up to the period's start, the last one that up to
    its end, both instants included; over `all` the first and the last. Of more than `most` evenly
    spaced ones are kept, with both ends.

    Raises:
        ContractError: the frame does not hold two; it names those that it holds.
    """
    period, column = contract.period_value, running_total(contract, frame)
    able = [s for s in frame if column in s.counters]
    before, after = able[:1], able
    if period.start is not None and period.end is not None:
        before = [s for s in able if s.label_at <= period.start]
        after = [s for s in able if s.label_at <= period.end]
    if before and after and before[-1].key < after[-1].key:
        return thinned([s for s in after if s.key >= before[-1].key], most)
    where = "no snapshot up to the start of the period"
    if before:
        where = "no snapshot between its start and its end"
    raise ContractError(
        f"the frame {contract.frame} cannot tell {contract.metric} for {contract.period}: {where}",
        where=f"its snapshots with {column}: {_named(able)}",
        next_step="choose a period that begins at or after one of them and ends at or after a "
        "later one, or import an earlier snapshot",
    )


def span_of(release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry]) -> Span:
    """Return what a contract's difference reads between its snapshots."""
    frame = release.frame_snapshots(contract.frame)
    column = running_total(contract, frame)
    start, end = _ends(contract, snapshots)
    earlier = [s for s in frame if s.key < snapshots[0].key and column in s.counters]
    return Span(
        column=column,
        snapshots=tuple(snapshots),
        prior=earlier[-1] if earlier else None,
        start=start,
        end=end,
        doubted=doubted_snapshots(release, contract.frame),
        reuploads=_reuploads(release, contract.frame, snapshots),
        is_first_year=contract.metric_term.column == FIRST_YEAR and column != FIRST_YEAR,
        factor=release.settings.unseen_growth,
    )


def doubted_snapshots(
    release: Release, frame: str, kinds: Sequence[str] = SUSPECT
) -> frozenset[int]:
    """Return the snapshots of a frame at which many rolling counts are wrong, by incidents."""
    table = release.table("incidents")
    rows = table.filter((table.frame == frame) & (table.metric == ROLLING) & table.kind.isin(kinds))
    found = release.fetch(rows.select("label_after").distinct().order_by("label_after"))
    labels = set(found["label_after"].to_pylist())
    return frozenset(s.key for s in release.frame_snapshots(frame) if s.label in labels)


def contract_growth(
    release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry]
) -> ir.Table:
    """Return what each model's running total grew by between a contract's snapshots.

    See `growth.grown_values` for its columns.
    """
    span = span_of(release, contract, snapshots)
    return release.keep(span, lambda: grown_values(release, span))


def period_coverage(
    release: Release,
    contract: Contract,
    snapshots: tuple[SnapshotEntry, ...],
    kept: ir.Table,
) -> dict[str, Any]:
    """Return which snapshots a difference stands on and what became of the models.

    Args:
        release: what was asked.
        contract: of a difference, with its frame.
        snapshots: those that are read.
        kept: `contract_growth` of the contract's population.
    """
    before, after = snapshots[0], snapshots[-1]
    start, end = _ends(contract, snapshots)
    grouped = kept.group_by("outcome").agg(
        models=kept.count(),
        known=kept.value.sum().cast("int64"),
        at_least=kept.low.sum().cast("int64"),
        at_most=kept.high.sum().round(3),
        without_end=kept.high.isnull().cast("int64").sum(),
        falls=kept.fall.sum().cast("int64"),
    )
    found = {row["outcome"]: row for row in release.fetch(grouped.order_by("outcome")).to_pylist()}
    frame = release.frame_snapshots(contract.frame)
    column = running_total(contract, frame)
    counted = [s for s in frame if before.key <= s.key <= after.key and column in s.counters]
    return {
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "snapshot_at_start": before.label,
        "snapshot_at_end": after.label,
        "worked_out_from": column if column != contract.metric_term.column else None,
        "snapshots_read": len(snapshots),
        "snapshots_in_period": len(counted),
        "days_from_snapshot_to_start": (start - before.label_at).days,
        "days_from_snapshot_to_end": (end - after.label_at).days,
        "models_by_outcome": {name: found[name]["models"] if name in found else 0
                              for name in OUTCOMES},
        "growth_by_outcome": {
            name: {
                "known": row["known"] or 0,
                "at_least": row["at_least"] or 0,
                "at_most": math.ceil(row["at_most"] or 0) if not row["without_end"] else None,
            }
            for name in OUTCOMES
            if (row := found.get(name)) is not None
        },
        "sum_of_falls": int(found[FELL]["falls"] or 0) if FELL in found else 0,
    }  # fmt: skip


def _reuploads(
    release: Release, frame: str, snapshots: Sequence[SnapshotEntry]
) -> tuple[tuple[int, int], ...]:
    """Return (model_key, snapshot_key) of ids that stand for another repository since."""
    incidents = release.table("incidents")
    found = incidents.filter((incidents.kind == "reupload") & (incidents.frame == frame))
    models = release.table("models").select("model_key", "hub", subject="model_id")
    named = found.join(models.filter(models.hub == snapshots[0].hub), "subject")
    rows = release.fetch(
        named.select("model_key", "label_after").order_by(["model_key", "label_after"])
    ).to_pylist()
    read = [(s.label_at, s.key) for s in snapshots]
    keyed = {s.label: s.label_at for s in release.frame_snapshots(frame)}
    shown = []
    for row in rows:
        later = [key for at, key in read if at >= keyed[row["label_after"]]]
        if later and keyed[row["label_after"]] > snapshots[0].label_at:
            shown.append((row["model_key"], later[0]))
    return tuple(dict.fromkeys(shown))


def thinned(snapshots: Sequence[SnapshotEntry], most: int) -> tuple[SnapshotEntry, ...]:
    """Return at most so many snapshots, evenly spaced, both ends among them."""
    most, count = max(2, most), len(snapshots)
    if count <= most:
        return tuple(snapshots)
    places = {round(n * (count - 1) / (most - 1)) for n in range(most)}
    return tuple(s for place, s in enumerate(snapshots) if place in places)


def _ends(contract: Contract, snapshots: Sequence[SnapshotEntry]) -> tuple[datetime, datetime]:
    period = contract.period_value
    return period.start or snapshots[0].label_at, period.end or snapshots[-1].label_at


def _named(snapshots: Sequence[SnapshotEntry], most: int = 12) -> str:
    labels = [s.label for s in snapshots]
    if len(labels) > most:
        labels = [*labels[: most - 1], "...", labels[-1]]
    return ", ".join(labels) or "none"
