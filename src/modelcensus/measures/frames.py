"""Which snapshots answer: the frame of a question and the part of it that its period selects."""

from __future__ import annotations

from collections.abc import Sequence

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.vocabulary import METRICS
from modelcensus.errors import ContractError
from modelcensus.measures.differences import difference_snapshots, is_difference
from modelcensus.measures.summing import is_summed, keep_spaced
from modelcensus.releases.release import Release, SnapshotEntry


def choose_snapshots(release: Release, contract: Contract) -> tuple[SnapshotEntry, ...]:
    """Return the snapshots of the contract's frame that its period selects.

    As of an instant it is the last one before the instant's end; over an interval all in it. For
    a difference they reach from one of its ends to the other, for a sum of readings they lie far
    enough apart.

    Raises:
        ContractError: there is none, none holds the metric, or there is one reading to add up.
    """
    if is_difference(contract):
        frame = release.frame_snapshots(contract.frame)
        return difference_snapshots(frame, contract, int(release.settings.period_snapshots))
    held = held_snapshots(release, contract)
    if not is_summed(contract):
        return held
    kept = keep_spaced(held, contract)
    if len(kept) < 2:
        raise ContractError(
            f"a sum needs two readings at least {contract.spacing_days} days apart",
            where=f"{contract.frame} {contract.period}: {', '.join(s.label for s in held)}",
            next_step=f"take a longer period, or --metric {contract.metric_term.column} for one",
        )
    return kept


def held_snapshots(release: Release, contract: Contract) -> tuple[SnapshotEntry, ...]:
    """Return the snapshots of a frame in a period that hold a metric; one as of an instant.

    Raises:
        ContractError: there is none, or none holds the metric.
    """
    period = contract.period_value
    frame = release.frame_snapshots(contract.frame)
    if period.start is None or period.end is None:
        inside = frame
    elif period.is_instant:
        inside = tuple(s for s in frame if s.label_at < period.end)
    else:
        inside = tuple(s for s in frame if period.start <= s.label_at < period.end)
    if not inside:
        raise ContractError(
            f"the frame {contract.frame} has no snapshot for {contract.period}",
            where=f"its labels run from {frame[0].label} to {frame[-1].label}",
            next_step="choose a period within them, or import an earlier snapshot",
        )
    column = contract.metric_term.column
    able = tuple(s for s in inside if not column or column in s.counters)
    if not able or (period.is_instant and inside[-1] not in able):
        raise ContractError(
            f"the frame {contract.frame} holds no {contract.metric} for {contract.period}",
            where=f"it counts: {', '.join(_counters(inside)) or 'nothing'}",
            next_step=_where_metric(release, contract.metric),
        )
    return able[-1:] if period.is_instant else able


def require_instant(contract: Contract) -> None:
    """Refuse an interval for a measure that answers as of one moment, of a metric that is a level.

    Raises:
        ContractError: says why the metric cannot be added up over an interval.
    """
    if contract.period_value.is_instant or contract.metric_term.is_of_period:
        return
    why = {
        "rolling": "30-day windows of neighbouring snapshots overlap, so adding them up counts "
        "downloads twice",
        "cumulative": "a running total is a level, not what happened in the period",
        "count": "it is a state at a moment",
    }[contract.metric_term.kind]
    raise ContractError(
        f"{contract.metric} cannot be summed over {contract.period}: {why}",
        where=f"census {contract.measure} --period {contract.period}",
        next_step=_instead(contract),
    )


def _instead(contract: Contract) -> str:
    at_moments = "ask as of one day (--period 2025-09-07), or `census series` for each snapshot"
    of_period = [
        m.name for m in METRICS.values()
        if m.is_of_period and m.column == contract.metric_term.column
    ]  # fmt: skip
    return f"--metric {of_period[0]}; or {at_moments}" if of_period else at_moments


def can_answer(release: Release, contract: Contract, frame: str) -> bool:
    """Return whether a frame has the snapshots and counters that a contract needs."""
    try:
        found = choose_snapshots(release, contract.with_values(frame=frame))
    except ContractError:
        return False
    return len(found) >= snapshots_needed(contract)


def snapshots_needed(contract: Contract) -> int:
    """Return how many snapshots must show a subject at least."""
    return 2 if contract.measure == "crossover" else 1


def _counters(snapshots: Sequence[SnapshotEntry]) -> list[str]:
    return sorted({c for s in snapshots for c in s.counters})


def _where_metric(release: Release, metric: str) -> str:
    frames = sorted({s.frame for s in release.snapshots if metric in s.counters})
    if frames:
        return f"frames that hold it: {', '.join(frames)}"
    return f"import a source that holds {metric}"


def no_frame(release: Release, contract: Contract) -> ContractError:
    """Return the refusal of a question that no frame can answer, with what the frames hold."""
    needs_lineage = contract.lens == "base" or contract.roll_up != "none"
    if needs_lineage and any(can_answer(release, contract, f) for f in release.frames):
        return no_lineage(release, contract)
    spans = [
        f"{frame} ({snapshots[0].label} to {snapshots[-1].label}: "
        f"{', '.join(_counters(snapshots))})"
        for frame in release.frames
        for snapshots in [release.frame_snapshots(frame)]
    ]
    return ContractError(
        f"no frame of this release holds {contract.metric} for {contract.period}",
        where="; ".join(spans),
        next_step="choose another period or metric, or import a source that covers it",
    )


def no_lineage(release: Release, contract: Contract) -> ContractError:
    """Return the refusal of a question about bases that no frame with its metric tells of."""
    told = ", ".join(release.lineage_frames)
    holding = f" that holds {contract.metric}" if told else ""
    return ContractError(
        f"no frame of this release{holding} tells what its models are built on",
        where=f"frames with lineage: {told or 'none'}; all frames: {', '.join(release.frames)}",
        next_step="import a source that holds declared bases (hub-stats, hub-api, radar)",
    )
