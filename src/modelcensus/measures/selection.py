"""Turns a contract into rows: which snapshots, which models, which group, which value.

Every measure starts here, so frame, period, population, lens and outliers mean the same in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.frame_names import is_sample, is_simulated
from modelcensus.errors import ContractError
from modelcensus.measures.bases import require_lineage_of
from modelcensus.measures.frames import (
    can_answer,
    choose_snapshots,
    no_frame,
    snapshots_needed,
)
from modelcensus.measures.groups import group_models
from modelcensus.measures.periods import require_period
from modelcensus.measures.populations import keep_population, known_models, observed_values
from modelcensus.releases.release import Release, SnapshotEntry


@dataclass(frozen=True)
class Selection:
    """The rows a contract asks for.

    Attributes:
        contract: with frame and period resolved.
        snapshots: those that answer, in order.
        values: snapshot_key, model_key, group and value (null: not known).
    """

    release: Release
    contract: Contract
    snapshots: tuple[SnapshotEntry, ...]
    values: ir.Table

    @property
    def last(self) -> SnapshotEntry:
        """Return the last snapshot."""
        return self.snapshots[-1]

    def fetch(self, expression: ir.Table) -> pa.Table:
        """Run an expression on the release's engine."""
        return self.release.fetch(expression)


def select(release: Release, contract: Contract) -> Selection:
    """Resolve a contract against a release and return its rows.

    Raises:
        ContractError: the frame is ambiguous, or the data cannot carry the definition; the
            message says what would make it possible.
        UnknownName: the release has no such frame or list.
    """
    require_period(contract)
    contract = contract.with_values(frame=resolve_frame(release, contract))
    snapshots = choose_snapshots(release, contract)
    if contract.period in ("latest",) and snapshots:
        contract = contract.with_values(period=snapshots[-1].label[:10])
    observed = observed_values(release, contract, snapshots)
    kept = keep_population(release, contract, observed)
    if contract.lens == "base" or contract.roll_up != "none":
        require_lineage_of(release, contract, snapshots[-1])
    if contract.has_several_groups:
        # a model's count is capped before it is divided among groups
        grouped = group_models(release, contract, snapshots, _without_outliers(contract, kept))
        return Selection(release, contract, snapshots, grouped)
    grouped = group_models(release, contract, snapshots, kept)
    return Selection(release, contract, snapshots, _without_outliers(contract, grouped))


def resolve_frame(release: Release, contract: Contract) -> str:
    """Return the frame of a contract: the one named, or the only one that can answer.

    A curated sample stands for nothing but itself, so it answers unasked only where no panel
    and no complete crawl can; and simulated data only where no real ones can.

    Raises:
        ContractError: several frames are named or could answer, or none can.
        UnknownName: there is no such frame.
    """
    if "," in contract.frame or "+" in contract.frame:
        raise ContractError(
            "counts of different frames are never added up or compared in one figure",
            where=f"--frame {contract.frame}",
            next_step="ask one frame at a time and show the figures side by side",
        )
    if contract.frame:
        release.frame_snapshots(contract.frame)
        return contract.frame
    able = [f for f in release.frames if can_answer(release, contract, f)]
    able = [f for f in able if _counts_itself(release, contract, f)] or able
    if contract.lens == "base" or contract.roll_up != "none":
        able = [f for f in able if f in release.lineage_frames]
    able = [f for f in able if not is_simulated(f)] or able
    able = [f for f in able if not is_sample(f)] or able
    if len(able) > 1 and contract.subjects:
        able = [f for f in able if _shows_subjects(release, contract, f)] or able
    if len(able) == 1:
        return able[0]
    if not able:
        raise no_frame(release, contract)
    raise ContractError(
        f"{len(able)} frames could answer, and they see different things",
        where=f"{contract.metric} {contract.period}: {', '.join(able)}",
        next_step=f"choose one, e.g. --frame {able[0]}",
    )


def _counts_itself(release: Release, contract: Contract, frame: str) -> bool:
    """Return whether a frame holds a metric's own counter and it need not be worked out."""
    column = contract.metric_term.column
    return not column or any(column in s.counters for s in release.frame_snapshots(frame))


def models_without_fact(selection: Selection) -> tuple[int, str]:
    """Return how many models a population leaves out unasked, and the fact that is missing.

    They are counted at the last snapshot; (0, "") for populations that need no facts.
    """
    release, contract = selection.release, selection.contract
    conditions = contract.population_value.conditions
    told = [known_models(release, contract, condition) for condition in conditions]
    needed = [found for found in told if found is not None]
    if not needed:
        return 0, ""
    of_period = contract.metric_term.is_of_period
    snapshots = selection.snapshots if of_period else selection.snapshots[-1:]
    observed = observed_values(release, contract, snapshots)
    observed = observed.filter(observed.snapshot_key == selection.last.key)
    known = observed
    for table, _ in needed:
        known = known.semi_join(table, "model_key")
    left_out = observed.anti_join(known.select("model_key").distinct(), "model_key")
    counted = release.fetch(left_out.agg(n=left_out.count()))
    return int(counted["n"][0].as_py()), f"their {' or '.join(fact for _, fact in needed)} is"


def _shows_subjects(release: Release, contract: Contract, frame: str) -> bool:
    """Return whether a frame shows every named group at as many snapshots as are needed."""
    named = contract.with_values(frame=frame)
    snapshots = choose_snapshots(release, named)
    try:
        rows = group_models(release, named, snapshots, observed_values(release, named, snapshots))
    except ContractError:
        return False
    shown = release.fetch(
        rows.group_by("group").agg(n=rows.snapshot_key.nunique()).order_by("group")
    )
    counts = {
        group.casefold(): n
        for group, n in zip(shown["group"].to_pylist(), shown["n"].to_pylist(), strict=True)
    }
    needed = snapshots_needed(contract)
    return all(counts.get(s.casefold(), 0) >= needed for s in contract.subjects)


def _without_outliers(contract: Contract, values: ir.Table) -> ir.Table:
    head, _, number = contract.outliers.partition(":")
    if head == "cap":
        # not ibis.least: engines pass over nulls there, and an unknown count would become N
        is_large = values.value > int(number)
        return values.mutate(value=ibis.ifelse(is_large, int(number), values.value))
    if head == "cap-quantile":
        return _capped_at_percentile(values, Decimal(number))
    if head == "drop-top":
        order = [ibis.desc("value"), ibis.asc("model_key")]
        window = ibis.window(group_by="snapshot_key", order_by=order)
        placed = values.mutate(nth=ibis.row_number().over(window), known=values.value.notnull())
        return placed.filter((placed.nth >= int(number)) | ~placed.known).drop("nth", "known")
    return values


def _capped_at_percentile(values: ir.Table, percentile: Decimal) -> ir.Table:
    """Return values capped, in each snapshot, at the smallest known one that N % do not exceed.

    Whole numbers only: engines interpolate between counts in different ways.
    """
    known = values.filter(values.value.notnull())
    order = [ibis.asc("value"), ibis.asc("model_key")]
    placed = known.mutate(
        nth=ibis.row_number().over(ibis.window(group_by="snapshot_key", order_by=order)) + 1,
        among=known.count().over(ibis.window(group_by="snapshot_key")),
    )
    is_enough = placed.nth * 100_000 >= placed.among * int(percentile * 1000)
    reached = placed.filter(is_enough)
    limits = reached.group_by("snapshot_key").agg(highest=reached.value.min())
    joined = values.left_join(limits, "snapshot_key").drop("snapshot_key_right")
    capped = ibis.ifelse(joined.value > joined.highest, joined.highest, joined.value)
    return joined.mutate(value=capped).drop("highest")
