"""Turns a contract into rows: which snapshots, which models, which group, which value.

Every measure starts here, so frame, period, population, lens and outliers mean the same in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.vocabulary import METRICS, UNKNOWN
from modelcensus.errors import ContractError, UnknownName
from modelcensus.releases.release import Release, SnapshotEntry
from modelcensus.sources.record import INSTANT

_FACT_GROUPS = {
    "licence_class": "licence_class",
    "size_class": "size_class",
    "library": "library",
    "pipeline_tag": "pipeline_tag",
}
_LANGUAGE_TASKS = ("text-generation", "text2text-generation", "image-text-to-text", "any-to-any")
SAMPLE = "sample:"
"""How the names of frames begin that are curated samples."""

_LANGUAGE_SINCE = "2022-11-30"


@dataclass(frozen=True)
class Selection:
    """The rows a contract asks for.

    Attributes:
        contract: with frame and period resolved.
        snapshots: those that answer, in order.
        values: snapshot_key, model_key, group, value (null: not known), row_id (the register
            row that decided the group; empty when none) and namespace_row.
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
    contract = contract.with_values(frame=resolve_frame(release, contract))
    snapshots = choose_snapshots(release, contract)
    if contract.period in ("latest",) and snapshots:
        contract = contract.with_values(period=snapshots[-1].label[:10])
    observed = _observed(release, contract, snapshots)
    grouped = _grouped(release, contract, snapshots, _population(release, contract, observed))
    return Selection(release, contract, snapshots, _without_outliers(contract, grouped))


def resolve_frame(release: Release, contract: Contract) -> str:
    """Return the frame of a contract: the one named, or the only one that can answer.

    A curated sample stands for nothing but itself, so it answers unasked only where no panel
    and no complete crawl can.

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
    able = [f for f in release.frames if _can_answer(release, contract, f)]
    able = [f for f in able if not f.startswith(SAMPLE)] or able
    if len(able) > 1 and contract.subjects:
        able = [f for f in able if _shows_subjects(release, contract, f)] or able
    if len(able) == 1:
        return able[0]
    if not able:
        raise _no_frame(release, contract)
    raise ContractError(
        f"{len(able)} frames could answer, and they see different things",
        where=f"{contract.metric} {contract.period}: {', '.join(able)}",
        next_step=f"choose one, e.g. --frame {able[0]}",
    )


def choose_snapshots(release: Release, contract: Contract) -> tuple[SnapshotEntry, ...]:
    """Return the snapshots of the contract's frame that its period selects.

    As of an instant it is the last one before the instant's end; over an interval all in it.

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
    """Refuse an interval for a measure that answers as of one moment.

    Raises:
        ContractError: says why the metric cannot be added up over an interval.
    """
    if contract.period_value.is_instant:
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
        next_step="ask as of one day (--period 2025-09-07), or `census series` for each snapshot",
    )


def _observed(release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry]) -> ir.Table:
    """Return snapshot_key, model_key and value of the chosen snapshots."""
    rows = release.observations(snapshots)
    column = contract.metric_term.column
    value = rows[column] if column else ibis.literal(1).cast("int64")
    return rows.select("snapshot_key", "model_key", value=value)


def _labels(release: Release, snapshots: Sequence[SnapshotEntry]) -> ir.Table:
    table = pa.table(
        {
            "snapshot_key": pa.array([s.key for s in snapshots], pa.int32()),
            "label_at": pa.array([s.label_at for s in snapshots], INSTANT),
        }
    )
    return release.engine.local(table)


def _population(release: Release, contract: Contract, observed: ir.Table) -> ir.Table:
    """Keep the models of the contract's population."""
    head, _, value = contract.population.partition(":")
    if head == "all":
        return observed
    if head == "list":
        return _listed(release, observed, value)
    if head == "first_party":
        return observed.semi_join(_first_party(release), "model_key")
    facts = _latest_facts(release, contract)
    if head == "language":
        if not _has_values(release, facts, "pipeline_tag"):
            raise _no_fact(contract, "declared tasks and creation dates")
        models = release.table("models")
        tagged = facts.join(models.select("model_key", "created_at"), "model_key")
        kept = tagged.filter(
            tagged.pipeline_tag.isin(_LANGUAGE_TASKS)
            & (tagged.created_at > ibis.timestamp(_LANGUAGE_SINCE).cast("timestamp('UTC', 6)"))
        )
        return observed.semi_join(kept, "model_key")
    return _young(release, contract, observed, int(value))


def models_without_fact(selection: Selection) -> tuple[int, str]:
    """Return how many models a population leaves out unasked, and the fact that is missing.

    They are counted at the last snapshot; (0, "") for populations that need no facts.
    """
    release, contract = selection.release, selection.contract
    head = contract.population.partition(":")[0]
    models = release.table("models")
    if head == "young":
        known, fact = models.filter(models.created_at.notnull()), "their creation date is"
    elif head == "language":
        facts = _latest_facts(release, contract).filter(lambda t: t.pipeline_tag.notnull())
        dated = models.filter(models.created_at.notnull())
        known, fact = facts.semi_join(dated, "model_key"), "their task or creation date is"
    elif head == "first_party":
        table = release.table("attribution")
        owned = table.filter((table.lens == "publisher") & (table.developer != UNKNOWN))
        known, fact = owned, "their publisher is"
    else:
        return 0, ""
    observed = _observed(release, contract, selection.snapshots[-1:])
    left_out = observed.anti_join(known.select("model_key").distinct(), "model_key")
    counted = release.fetch(left_out.agg(n=left_out.count()))
    return int(counted["n"][0].as_py()), fact


def _listed(release: Release, observed: ir.Table, name: str) -> ir.Table:
    lists = release.table("populations")
    known = release.fetch(lists.select("population").distinct().order_by("population"))
    names = known["population"].to_pylist()
    if name not in names:
        raise UnknownName("list", name, names, where=f"release {release.name}")
    return observed.semi_join(lists.filter(lists.population == name), "model_key")


def _first_party(release: Release) -> ir.Table:
    """Return models whose known publisher (at any time) is who trained them."""
    table = release.table("attribution")
    publishers = table.filter((table.lens == "publisher") & (table.developer != UNKNOWN))
    developers = table.filter(table.lens == "developer").select("model_key", trained_by="developer")
    joined = publishers.join(developers, "model_key")
    return joined.filter(joined.developer == joined.trained_by).select("model_key").distinct()


def _young(release: Release, contract: Contract, observed: ir.Table, days: int) -> ir.Table:
    models = release.table("models").select("model_key", "created_at")
    if not _has_values(release, models, "created_at"):
        raise _no_fact(contract, "creation dates")
    snapshots = choose_snapshots(release, contract)
    dated = observed.join(models, "model_key").join(_labels(release, snapshots), "snapshot_key")
    limit = ibis.interval(timedelta(days=days))
    return dated.filter(dated.created_at >= dated.label_at - limit).select(observed.columns)


def _latest_facts(release: Release, contract: Contract) -> ir.Table:
    """Return each model's facts in the contract's frame as of its last chosen snapshot."""
    last = choose_snapshots(release, contract)[-1]
    facts = release.table("facts")
    rows = facts.filter((facts.frame == contract.frame) & (facts.snapshot_key <= last.key))
    window = ibis.window(group_by="model_key", order_by=ibis.desc("snapshot_key"))
    return rows.mutate(nth=ibis.row_number().over(window)).filter(lambda t: t.nth == 0).drop("nth")


def _has_values(release: Release, table: ir.Table, column: str) -> bool:
    counted = release.fetch(table.agg(n=table[column].count()))
    return bool(counted["n"][0].as_py())


def _grouped(
    release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry], rows: ir.Table
) -> ir.Table:
    """Add group, row_id and namespace_row to the values."""
    by = contract.by
    none = ibis.literal("")
    if by == "total":
        return rows.mutate(group=ibis.literal("all models"), row_id=none, namespace_row=none)
    if by == "namespace":
        models = release.table("models").select("model_key", "namespace")
        joined = rows.join(models, "model_key")
        group = ibis.coalesce(joined.namespace, ibis.literal("(no namespace)"))
        return joined.mutate(group=group, row_id=none, namespace_row=none).drop("namespace")
    if by == "family":
        families = release.table("families")
        joined = rows.join(families, "model_key")
        renamed = joined.rename(group="family", row_id="family_row")
        return renamed.mutate(namespace_row=none)
    if by in _FACT_GROUPS:
        return _by_fact(release, contract, rows, _FACT_GROUPS[by])
    if contract.coding != "census":
        return _by_coding(release, contract, rows)
    return _by_attribution(release, contract, snapshots, rows)


def _by_attribution(
    release: Release, contract: Contract, snapshots: Sequence[SnapshotEntry], rows: ir.Table
) -> ir.Table:
    table = release.table("attribution")
    lens = table.filter(table.lens == contract.lens_value)
    dated = rows.join(_labels(release, snapshots), "snapshot_key")
    joined = dated.left_join(
        lens,
        [
            dated.model_key == lens.model_key,
            dated.label_at >= lens.valid_from,
            dated.label_at < lens.valid_to,
        ],
    )
    row = lens.developer_row if contract.by != "developer" else lens.namespace_row
    return joined.select(
        dated.snapshot_key,
        dated.model_key,
        dated.value,
        group=ibis.coalesce(lens[contract.by], ibis.literal(UNKNOWN)),
        row_id=ibis.coalesce(row, ibis.literal("")),
        namespace_row=ibis.coalesce(lens.namespace_row, ibis.literal("")),
    )


def _by_coding(release: Release, contract: Contract, rows: ir.Table) -> ir.Table:
    codings = release.table("codings")
    mine = codings.filter(codings.coding == contract.coding)
    if not _has_values(release, mine, "namespace"):
        raise ContractError(
            f"the release holds no coding {contract.coding!r}",
            next_step=f"`census import {contract.coding} PATH`, then `census build`",
        )
    names = release.table("names")
    # A coding may name an account by a former name: every name of the model is looked up.
    spelled = names.mutate(account=names.model_id.split("/")[0])
    coded = spelled.join(mine, [spelled.hub == mine.hub, spelled.account == mine.namespace])
    one = coded.group_by("model_key").agg(word=coded["group"].max())
    joined = rows.left_join(one, "model_key")
    none = ibis.literal("")
    return joined.select(
        "snapshot_key",
        "value",
        model_key=rows.model_key,
        group=ibis.coalesce(joined.word, ibis.literal(UNKNOWN)),
        row_id=none,
        namespace_row=none,
    )


def _by_fact(release: Release, contract: Contract, rows: ir.Table, column: str) -> ir.Table:
    facts = _latest_facts(release, contract)
    if not _has_values(release, facts, column):
        raise _no_fact(contract, f"any {column.replace('_', ' ')}")
    joined = rows.left_join(facts.select("model_key", column), "model_key")
    none = ibis.literal("")
    return joined.select(
        "snapshot_key",
        "value",
        model_key=rows.model_key,
        group=ibis.coalesce(joined[column], ibis.literal(UNKNOWN)),
        row_id=none,
        namespace_row=none,
    )


def _without_outliers(contract: Contract, values: ir.Table) -> ir.Table:
    head, _, number = contract.outliers.partition(":")
    if head == "cap":
        # not ibis.least: engines pass over nulls there, and an unknown count would become N
        is_large = values.value > int(number)
        return values.mutate(value=ibis.ifelse(is_large, int(number), values.value))
    if head == "drop-top":
        order = [ibis.desc("value"), ibis.asc("model_key")]
        window = ibis.window(group_by="snapshot_key", order_by=order)
        placed = values.mutate(nth=ibis.row_number().over(window), known=values.value.notnull())
        return placed.filter((placed.nth >= int(number)) | ~placed.known).drop("nth", "known")
    return values


def _can_answer(release: Release, contract: Contract, frame: str) -> bool:
    """Return whether a frame has the snapshots and counters that a contract needs."""
    try:
        found = choose_snapshots(release, contract.with_values(frame=frame))
    except ContractError:
        return False
    return len(found) >= _snapshots_needed(contract)


def _shows_subjects(release: Release, contract: Contract, frame: str) -> bool:
    """Return whether a frame shows every named group at as many snapshots as are needed."""
    named = contract.with_values(frame=frame)
    snapshots = choose_snapshots(release, named)
    try:
        rows = _grouped(release, named, snapshots, _observed(release, named, snapshots))
    except ContractError:
        return False
    shown = release.fetch(
        rows.group_by("group").agg(n=rows.snapshot_key.nunique()).order_by("group")
    )
    counts = {
        group.casefold(): n
        for group, n in zip(shown["group"].to_pylist(), shown["n"].to_pylist(), strict=True)
    }
    needed = _snapshots_needed(contract)
    return all(counts.get(s.casefold(), 0) >= needed for s in contract.subjects)


def _snapshots_needed(contract: Contract) -> int:
    return 2 if contract.measure == "crossover" else 1


def _counters(snapshots: Sequence[SnapshotEntry]) -> list[str]:
    return sorted({c for s in snapshots for c in s.counters})


def _where_metric(release: Release, metric: str) -> str:
    frames = sorted({s.frame for s in release.snapshots if metric in s.counters})
    if frames:
        return f"frames that hold it: {', '.join(frames)}"
    return f"import a source that holds {metric}"


def _no_frame(release: Release, contract: Contract) -> ContractError:
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


def _no_fact(contract: Contract, what: str) -> ContractError:
    return ContractError(
        f"the frame {contract.frame} does not hold {what}",
        where=f"--by {contract.by} --population {contract.population}",
        next_step="use a frame whose source holds them (hub-api, hub-stats or radar)",
    )


def known_metrics() -> list[str]:
    """Return the metrics that can be computed."""
    return [name for name, metric in METRICS.items() if not metric.missing]
