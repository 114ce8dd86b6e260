"""What every hub counts: stocks, flows and states, each a view of its own, with its rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.frame_names import is_sample
from modelcensus.contracts.period import Period
from modelcensus.contracts.vocabulary import Metric
from modelcensus.errors import ContractError
from modelcensus.measures.differences import contract_growth, difference_snapshots
from modelcensus.measures.growth import FELL
from modelcensus.releases.release import Release, SnapshotEntry

STOCK, FLOW, STATE = "stock", "flow", "state"
KINDS = {"cumulative": STOCK, "difference": FLOW, "rolling": FLOW, "count": STATE}

VIEWED = (
    "downloads_all_time",
    "downloads_in_period",
    "downloads_30d",
    "pulls",
    "pulls_in_period",
    "tokens",
    "spaces",
    "inference_providers",
)
"""Metrics that say how much a hub's models are used, in the order in which they are shown."""

ROUNDING = {"pulls": "pulls_rounding"}
"""Counter -> what its last written digit is worth."""


@dataclass(frozen=True)
class View:
    """One metric of one frame.

    Attributes:
        snapshots: the one it is a level at, or those from which to which it is what happened.
    """

    metric: Metric
    snapshots: tuple[SnapshotEntry, ...]

    @property
    def last(self) -> SnapshotEntry:
        """Return the last snapshot."""
        return self.snapshots[-1]

    @property
    def kind(self) -> str:
        """Return stock, flow or state."""
        return KINDS[self.metric.kind]

    @property
    def name(self) -> str:
        """Return frame and metric, which name the view."""
        return f"{self.last.frame} {self.metric.name}"


def hub_views(release: Release, contract: Contract) -> tuple[View, ...]:
    """Return the views of all frames as of the end of a period, frame by frame.

    A curated sample speaks for no hub: it is left out where anything else is there, and so are
    simulated frames beside real ones.

    Raises:
        ContractError: no frame counts anything for the period.
    """
    frames = [f for f in release.frames if not is_sample(f)] or list(release.frames)
    real = [f for f in frames if not release.frame_snapshots(f)[0].is_simulated]
    views = [
        view
        for frame in real or frames
        for metric in VIEWED
        for view in _view(release, contract.with_values(frame=frame, metric=metric))
    ]
    if views:
        return tuple(views)
    raise ContractError(
        f"no frame of this release counts use of models for {contract.period}",
        where=f"frames: {', '.join(release.frames)}",
        next_step="choose another period, or import a hub's counts (hub-stats, osir, ollama)",
    )


def _view(release: Release, contract: Contract) -> Sequence[View]:
    metric = contract.metric_term
    held = [s for s in release.frame_snapshots(contract.frame) if metric.column in s.counters]
    if metric.kind == "difference":
        most = int(release.settings.period_snapshots)
        try:
            return [View(metric, difference_snapshots(held, contract, most))] if held else []
        except ContractError:
            return []
    end = Period.parse(contract.period).end
    inside = [s for s in held if end is None or s.label_at < end]
    return [View(metric, tuple(inside[-1:]))] if inside else []


def view_rows(release: Release, contract: Contract, view: View) -> ir.Table:
    """Return the models of a view: model_key, value (null: no count), low and high.

    Low and high are what the value can be at worst: a count that was written as 118.7M lies
    within its last digit, whether it was rounded or cut, and growth has its own worst cases. High
    is null where there is no end.
    """
    if view.kind == FLOW and view.metric.kind == "difference":
        asked = contract.with_values(frame=view.last.frame, metric=view.metric.name)
        return _grown(release, asked, view)
    rows = release.observations([view.last])
    value = rows[view.metric.column].cast("int64")
    step = _step(rows, view)
    return rows.select(
        "model_key",
        value=value,
        low=(value - step // 2).cast("float64"),
        high=(value + ibis.greatest(step - 1, 0)).cast("float64"),
    )


def _grown(release: Release, contract: Contract, view: View) -> ir.Table:
    """Return growth with its worst cases, rounding of both ends included.

    A total that fell may have begun anew: then what it came to at the end may all be new.
    """
    grown = contract_growth(release, contract, view.snapshots)
    ends = release.observations([view.snapshots[0], view.last])
    step, is_last = _step(ends, view), ends.snapshot_key == view.last.key
    cut, half = ibis.greatest(step - 1, 0), step // 2
    zero = ibis.literal(0).cast("int64")
    at_ends = ends.group_by("model_key").agg(
        up=ibis.ifelse(is_last, cut, half).sum(),
        down=ibis.ifelse(is_last, half, cut).sum(),
        final=ibis.ifelse(is_last, ends[view.metric.column].cast("int64"), zero).sum(),
    )
    joined = grown.select("model_key", "value", "low", "high", "outcome").left_join(
        at_ends, "model_key"
    )
    up, down, final = (ibis.coalesce(joined[n], zero) for n in ("up", "down", "final"))
    anew = ibis.ifelse(joined.outcome == FELL, final, zero)
    return joined.select(
        "model_key",
        "value",
        low=ibis.greatest(joined.low.cast("float64") - down, 0.0),
        high=joined.high.cast("float64") + up + anew,
    )


def _step(rows: ir.Table, view: View) -> ir.IntegerValue:
    """Return what the last written digit is worth; 1 where counts are exact."""
    name = ROUNDING.get(view.metric.column, "")
    if name not in view.last.counters:
        return ibis.literal(1).cast("int64")
    return ibis.coalesce(rows[name], ibis.literal(1)).cast("int64")


def days_between(before: str, after: str) -> int:
    """Return how many days without a snapshot lie between two labels."""
    gap = Period.parse(after[:10]).start, Period.parse(before[:10]).start
    if gap[0] is None or gap[1] is None:
        return 0
    return max(0, (gap[0] - gap[1] - timedelta(days=1)).days)
