"""What a running total grew by between two snapshots, model by model, and where nobody can say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.contract import Contract
from modelcensus.errors import ContractError
from modelcensus.measures.creation import created_models
from modelcensus.releases.release import Release, SnapshotEntry

OUTCOMES = {
    "counted_by_difference": "known at both snapshots, and it did not fall",
    "born_in_period": "created in the period after the first snapshot: its whole count at the end",
    "not_seen_at_start": "not in the first snapshot, and not known to be created in the period",
    "gone_at_end": "in the first snapshot and no longer in the last",
    "without_count": "in a snapshot that gives no count of it",
    "fell": "its running total was smaller at the end",
}
"""What can become of a model; only the first two have a value."""

BY_DIFFERENCE, BORN, NOT_SEEN, GONE, NO_COUNT, FELL = OUTCOMES


def is_difference(contract: Contract) -> bool:
    """Return whether a contract asks for what happened in a period."""
    return contract.metric_term.kind == "difference"


def boundary_snapshots(
    frame: Sequence[SnapshotEntry], contract: Contract
) -> tuple[SnapshotEntry, SnapshotEntry]:
    """Return the snapshots whose counts are subtracted.

    They are the last ones with the counter up to the period's start and up to its end, both
    instants included; over `all` the first and the last.

    Raises:
        ContractError: the frame does not hold two; it names those that it holds.
    """
    period, column = contract.period_value, contract.metric_term.column
    able = [s for s in frame if column in s.counters]
    before, after = able[:1], able
    if period.start is not None and period.end is not None:
        before = [s for s in able if s.label_at <= period.start]
        after = [s for s in able if s.label_at <= period.end]
    if before and after and before[-1].key < after[-1].key:
        return before[-1], after[-1]
    where = "no snapshot up to the start of the period"
    if before:
        where = "no snapshot between its start and its end"
    raise ContractError(
        f"the frame {contract.frame} cannot tell {contract.metric} for {contract.period}: {where}",
        where=f"its snapshots with {column}: {_named(able)}",
        next_step="choose a period that begins at or after one of them and ends at or after a "
        "later one, or import an earlier snapshot",
    )


def grown_values(
    release: Release, contract: Contract, before: SnapshotEntry, after: SnapshotEntry
) -> ir.Table:
    """Return what each model's running total grew by between two snapshots.

    Returns:
        snapshot_key (of the later one), model_key, codes, value (null: not known), outcome
        (a key of OUTCOMES) and fall (how much the total fell; 0 where it did not).
    """
    seen = _side_by_side(release, contract, before, after)
    models = created_models(release, after)
    start, end = _span(contract, before, after)
    dated = seen.left_join(models, "model_key").drop("model_key_right")
    is_born = (dated.created_at >= _instant(start)) & (dated.created_at < _instant(end))
    outcome = ibis.cases(
        (dated.is_last == 0, GONE),
        ((dated.is_first == 0) & ~ibis.coalesce(is_born, ibis.literal(False)), NOT_SEEN),
        (dated.last_count.isnull(), NO_COUNT),
        (dated.is_first == 0, BORN),
        (dated.first_count.isnull(), NO_COUNT),
        (dated.last_count < dated.first_count, FELL),
        else_=BY_DIFFERENCE,
    )
    told = dated.mutate(outcome=outcome)
    grown = told.last_count - ibis.coalesce(told.first_count, ibis.literal(0))
    codes = [name for name in told.columns if name.endswith("_code")]
    return told.select(
        "model_key",
        *codes,
        "outcome",
        snapshot_key=ibis.literal(after.key).cast("int32"),
        value=ibis.ifelse(told.outcome.isin([BY_DIFFERENCE, BORN]), grown, None).cast("int64"),
        fall=ibis.ifelse(told.outcome == FELL, -grown, 0).cast("int64"),
    )


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
        snapshots: the two at the period's ends.
        kept: `grown_values` of the contract's population.
    """
    before, after = snapshots[0], snapshots[-1]
    start, end = _span(contract, before, after)
    grouped = kept.group_by("outcome").agg(models=kept.count(), falls=kept.fall.sum())
    rows = release.fetch(grouped.order_by("outcome")).to_pylist()
    found = {row["outcome"]: row for row in rows}
    return {
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "snapshot_at_start": before.label,
        "snapshot_at_end": after.label,
        "days_from_snapshot_to_start": (start - before.label_at).days,
        "days_from_snapshot_to_end": (end - after.label_at).days,
        "models_by_outcome": {name: found[name]["models"] if name in found else 0
                              for name in OUTCOMES},
        "sum_of_falls": int(found[FELL]["falls"]) if FELL in found else 0,
    }  # fmt: skip


def _side_by_side(
    release: Release, contract: Contract, before: SnapshotEntry, after: SnapshotEntry
) -> ir.Table:
    """Return one row per model with its counts at both snapshots, and where it was seen."""
    rows = release.observations([before, after])
    column = rows[contract.metric_term.column]
    is_first, is_last = rows.snapshot_key == before.key, rows.snapshot_key == after.key
    codes = {name: rows[name].max() for name in rows.columns if name.endswith("_code")}
    return rows.group_by("model_key").agg(
        **codes,
        is_first=is_first.cast("int64").max(),
        is_last=is_last.cast("int64").max(),
        first_count=ibis.ifelse(is_first, column, None).max(),
        last_count=ibis.ifelse(is_last, column, None).max(),
    )


def _span(
    contract: Contract, before: SnapshotEntry, after: SnapshotEntry
) -> tuple[datetime, datetime]:
    period = contract.period_value
    return period.start or before.label_at, period.end or after.label_at


def _instant(moment: datetime) -> ir.Value:
    return ibis.literal(moment.replace(tzinfo=None)).cast("timestamp('UTC', 6)")


def _named(snapshots: Sequence[SnapshotEntry], most: int = 12) -> str:
    labels = [s.label for s in snapshots]
    if len(labels) > most:
        labels = [*labels[: most - 1], "...", labels[-1]]
    return ", ".join(labels) or "none"
