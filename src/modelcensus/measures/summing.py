"""Rolling readings far enough apart, added up: an estimate of what happened in a period.

Windows of 30 days that lie 28 days apart overlap by two; windows further apart leave days out. So
a sum of readings is never downloads counted once each, and every figure made of one says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.releases.release import Release, SnapshotEntry

WINDOW_DAYS = 30
"""How many days a rolling reading looks back."""

PLAIN_DAYS = 28
"""The closest spacing at which a sum of readings is asked for without a warning."""


def is_summed(contract: Contract) -> bool:
    """Return whether a contract asks for a sum of rolling readings."""
    return contract.metric_term.kind == "summed"


def keep_apart(
    snapshots: Sequence[SnapshotEntry], days: int, *, backwards: bool = False
) -> tuple[SnapshotEntry, ...]:
    """Return the snapshots that a sum is made of, in order.

    From the first one on (or from the last one back) the next kept one lies at least `days`
    days from the one kept before.
    """
    apart = timedelta(days=days)
    kept: list[SnapshotEntry] = []
    for snapshot in reversed(snapshots) if backwards else snapshots:
        if not kept or abs(snapshot.label_at - kept[-1].label_at) >= apart:
            kept.append(snapshot)
    return tuple(reversed(kept)) if backwards else tuple(kept)


def keep_spaced(
    snapshots: Sequence[SnapshotEntry], contract: Contract
) -> tuple[SnapshotEntry, ...]:
    """Return the snapshots that a contract's sum is made of, in order."""
    return keep_apart(snapshots, contract.spacing_days, backwards=contract.keeps_backwards)


def summed_values(release: Release, contract: Contract, kept: Sequence[SnapshotEntry]) -> ir.Table:
    """Return the sum of each model's readings up to kept snapshots.

    Measures over a whole period get the sums at the last one, the others those at each.

    Returns:
        snapshot_key, model_key, codes, value (null: no reading of it is known) and readings
        (how many of the kept ones up to there are known).
    """
    at = kept[-1:] if contract.measure in ("share", "rank") else kept
    pairs = [(k.key, a.key) for a in at for k in kept if k.key <= a.key]
    upto = pa.table(
        {
            "snapshot_key": pa.array([k for k, _ in pairs], pa.int32()),
            "at": pa.array([a for _, a in pairs], pa.int32()),
        }
    )
    rows = release.observations(kept).join(release.engine.local(upto), "snapshot_key")
    column = rows[contract.metric_term.column]
    codes = {name: rows[name].max() for name in rows.columns if name.endswith("_code")}
    summed = rows.group_by(["at", "model_key"]).agg(
        **codes, value=column.sum().cast("int64"), readings=column.count()
    )
    return summed.select(
        "model_key", *codes, "value", "readings", snapshot_key=summed["at"].cast("int32")
    )


def summed_coverage(
    release: Release,
    contract: Contract,
    held: Sequence[SnapshotEntry],
    kept: Sequence[SnapshotEntry],
    values: ir.Table,
) -> dict[str, Any]:
    """Return which readings a sum is made of, and which days it counts twice or not at all.

    Args:
        release: what was asked.
        contract: of a sum, with its frame.
        held: the snapshots of the period that have readings.
        kept: those that are added up.
        values: `summed_values` of the contract's population.
    """
    last = values.filter(values.snapshot_key == kept[-1].key)
    lacking = last.filter(last.readings < len(kept))
    counted = lacking.agg(
        models=lacking.count(), readings=(len(kept) - lacking.readings).sum().cast("int64")
    )
    found = release.fetch(counted.mutate(readings=ibis.coalesce(counted.readings, 0)))
    keys = {s.key for s in kept}
    return {
        "readings_at_least_days_apart": contract.spacing_days,
        "snapshots_kept": [s.label for s in kept],
        "snapshots_skipped": [s.label for s in held if s.key not in keys],
        **days_covered(contract, kept),
        "models_lacking_readings": int(found["models"][0].as_py()),
        "readings_lacking": int(found["readings"][0].as_py()),
    }


def days_covered(contract: Contract, kept: Sequence[SnapshotEntry]) -> dict[str, int]:
    """Return how many days kept readings count twice, leave out, and count beyond the period."""
    gaps = [(b.label_at - a.label_at).days for a, b in pairwise(kept)]
    period = contract.period_value
    start, end = period.start or kept[0].label_at, period.end or kept[-1].label_at
    return {
        "days_counted_twice": sum(max(0, WINDOW_DAYS - gap) for gap in gaps),
        "days_between_readings_not_counted": sum(max(0, gap - WINDOW_DAYS) for gap in gaps),
        "days_before_period_counted": max(0, WINDOW_DAYS - (kept[0].label_at - start).days),
        "days_at_start_not_counted": max(0, (kept[0].label_at - start).days - WINDOW_DAYS),
        "days_at_end_not_counted": max(0, (end - kept[-1].label_at).days),
    }


def other_spacings(
    snapshots: Sequence[SnapshotEntry], contract: Contract
) -> list[tuple[str, tuple[SnapshotEntry, ...]]]:
    """Return the other defensible choices of readings that keep other snapshots, by spacing.

    They are the same spacing from the other end, the plain spacing both ways, and every reading
    where some were left out: then the spacing is the smallest distance there is.

    Args:
        snapshots: those of the period that have readings.
        contract: of a sum.
    """
    gaps = [max(1, (b.label_at - a.label_at).days) for a, b in pairwise(snapshots)]
    days = [contract.spacing_days, PLAIN_DAYS, *([min(gaps)] if gaps else [])]
    texts = [t for d in dict.fromkeys(days) if d < 1000 for t in (f"{d}", f"{d}:backwards")]
    seen = {tuple(s.key for s in keep_spaced(snapshots, contract))}
    found = []
    for text in texts:
        kept = keep_spaced(snapshots, contract.with_values(spacing=text))
        keys = tuple(s.key for s in kept)
        if keys not in seen:
            seen.add(keys)
            found.append((text, kept))
    return found


def spacing_reading(text: str, kept: Sequence[SnapshotEntry]) -> str:
    """Return how a list of readings names another choice of the snapshots that are added up."""
    days, _, backwards = text.partition(":")
    way = "kept from the last back" if backwards else "kept from the first on"
    return f"readings {days} days apart, {way}: {', '.join(s.label for s in kept)}"


def spacing_caveat(contract: Contract, coverage: dict[str, Any]) -> tuple[str, ...]:
    """Return how a sum of readings was made, and a warning where windows overlap much."""
    if not is_summed(contract):
        return ()
    skipped = coverage["snapshots_skipped"]
    text = (
        f"an estimate: {len(coverage['snapshots_kept'])} readings of 30 days each are added up; "
        f"{coverage['days_counted_twice']} days are counted twice and "
        f"{coverage['days_between_readings_not_counted']} between readings not at all"
    )
    if skipped:
        text += f"; readings left out: {', '.join(skipped)}"
    if coverage["models_lacking_readings"]:
        text += (
            f"; of {coverage['models_lacking_readings']:,} models "
            f"{coverage['readings_lacking']:,} readings are not known and add nothing"
        )
    if contract.spacing_days >= PLAIN_DAYS:
        return (text,)
    return (
        f"readings {contract.spacing_days} days apart were asked for: their windows overlap, so "
        "downloads are counted twice, unequally over time",
        text,
    )
