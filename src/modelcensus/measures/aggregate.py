"""Sums of a selection by snapshot and group, and the facts about coverage that go with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.differences import contract_growth, is_difference, period_coverage
from modelcensus.measures.frames import held_snapshots
from modelcensus.measures.populations import keep_population
from modelcensus.measures.rollup import is_rolled_up, rolled_up
from modelcensus.measures.selection import Selection
from modelcensus.measures.summing import is_summed, summed_coverage, summed_values


@dataclass(frozen=True)
class Sums:
    """Sums at one snapshot.

    Attributes:
        values: group -> value; the medians when the contract asks for medians.
        models: group -> number of models.
        counted: group -> number of models with a known count.
        zeros: number of models whose count is 0.
        is_summed: False for medians, which add up to nothing and have no shares.
        whole: models and models with a known count over all groups, where a model may stand in
            several; None where each stands in one.
        whole_value: the sum with each model once, where models count whole in several groups;
            None where the groups add up to it.
    """

    values: dict[str, float]
    models: dict[str, int]
    counted: dict[str, int]
    zeros: int
    is_summed: bool = True
    whole: tuple[int, int] | None = None
    whole_value: float | None = None

    @property
    def all_models(self) -> int:
        """Return the number of models, each once."""
        return self.whole[0] if self.whole else sum(self.models.values())

    @property
    def all_counted(self) -> int:
        """Return the number of models with a known count, each once."""
        return self.whole[1] if self.whole else sum(self.counted.values())

    @property
    def total(self) -> float:
        """Return the sum over all models, unknown ones included."""
        return sum(self.values.values()) if self.whole_value is None else self.whole_value

    @property
    def total_of_groups(self) -> float:
        """Return the sum over all groups: more than the total where models stand in several."""
        return sum(self.values.values())

    @property
    def attributed(self) -> float:
        """Return the sum over all groups but unknown."""
        return self.total - self.values.get(UNKNOWN, 0)

    def share(self, group: str, denominator: float | None = None) -> float | None:
        """Return a group's part of the total (or of another denominator).

        Null over nothing, for medians, and where the snapshot gives no count of the group.
        """
        whole = self.total if denominator is None else denominator
        if not whole or not self.is_summed or not self.has_count(group):
            return None
        return self.values[group] / whole

    def has_count(self, group: str) -> bool:
        """Return whether the snapshot gives a count of it; not seen or unknown is not zero."""
        return group in self.values and self.counted.get(group, 1) > 0

    def value_of(self, group: str) -> float | None:
        """Return a group's value; null when the snapshot shows no count of it."""
        return self.values[group] if self.has_count(group) else None

    def leaders(self) -> list[str]:
        """Return the known groups by falling value, ties by name; without a count, last."""
        known = [g for g in self.values if g != UNKNOWN]
        return sorted(known, key=lambda g: (not self.has_count(g), -self.values[g], g))


def headline_share(sums: Sums, contract: Contract, group: str) -> float | None:
    """Return a group's share over the contract's denominator; unknown is no attributed part."""
    if contract.denominator == "attributed":
        return None if group == UNKNOWN else sums.share(group, sums.attributed)
    if contract.denominator == "selected":
        return sums.share(group, sum(sums.values.get(g, 0) for g in contract.subjects))
    return sums.share(group)


def sums_by_snapshot(selection: Selection) -> dict[int, Sums]:
    """Return the sums of each snapshot of a selection, by snapshot key."""
    if is_rolled_up(selection.contract):
        rows = rolled_up(selection)
    else:
        rows = selection.fetch(_grouped(selection)).to_pylist()
    sums: dict[int, Sums] = {s.key: Sums({}, {}, {}, 0) for s in selection.snapshots}
    zeros: dict[int, int] = {}
    for row in rows:
        found, group = sums[row["snapshot_key"]], row["group"]
        found.values[group] = row["value"] or 0
        found.models[group] = row["models"]
        found.counted[group] = row["counted"]
        zeros[row["snapshot_key"]] = zeros.get(row["snapshot_key"], 0) + row["zeros"]
    contract = selection.contract
    for key, once in (_each_once(selection) if contract.has_several_groups else {}).items():
        zeros[key] = once["zeros"] or 0
        value = (once["value"] or 0) if contract.has_full_words else None
        whole = (once["models"], once["counted"])
        sums[key] = replace(sums[key], whole=whole, whole_value=value)
    return {
        key: replace(found, zeros=zeros.get(key, 0), is_summed=contract.outliers != "median")
        for key, found in sums.items()
    }


def _each_once(selection: Selection) -> dict[int, dict[str, Any]]:
    """Return models, counted, zeros and value by snapshot, with each model once.

    Where models count whole in each of their groups any part of one is the whole of it, so that
    `value` is the sum over models; elsewhere it means nothing.
    """
    rows = selection.values
    parts = rows.group_by(["snapshot_key", "model_key"]).agg(value=rows.value.max())
    models = parts.group_by("snapshot_key").agg(
        models=parts.count(),
        counted=parts.value.count(),
        zeros=(parts.value == 0).cast("int64").sum(),
        value=parts.value.sum().cast("int64"),
    )
    found = selection.fetch(models.order_by("snapshot_key")).to_pylist()
    return {row["snapshot_key"]: row for row in found}


def _grouped(selection: Selection) -> ir.Table:
    rows = selection.values
    if selection.contract.outliers == "median":
        value = rows.value.median()
    elif not selection.contract.has_whole_values:
        # parts of models are added up in no fixed order: rounding takes the difference away
        value = rows.value.sum().round(6)
    else:
        value = rows.value.sum().cast("int64")
    return (
        rows.group_by(["snapshot_key", "group"])
        .agg(
            value=value,
            models=rows.count(),
            counted=rows.value.count(),
            zeros=(rows.value == 0).cast("int64").sum(),
        )
        .mutate(zeros=lambda t: ibis.coalesce(t.zeros, ibis.literal(0)))
        .order_by(["snapshot_key", "group"])
    )


def with_value_type(schema: pa.Schema, contract: Contract) -> pa.Schema:
    """Return a figure's schema with the type of its values: sums are whole.

    Medians and values divided among groups are not. A sum above 2^53 has no exact float.
    """
    kind = pa.int64() if contract.has_whole_values else pa.float64()
    return schema.set(schema.get_field_index("value"), pa.field("value", kind))


def unknown_share(sums: Sums) -> float | None:
    """Return the part of the total whose group is unknown; 0 when every model has a group."""
    return sums.values.get(UNKNOWN, 0) / sums.total if sums.total and sums.is_summed else None


def coverage_of(selection: Selection, sums: Sums, key: int) -> dict[str, Any]:
    """Return what a figure says about how much of its question is answered at one snapshot."""
    entry = next(s for s in selection.snapshots if s.key == key)
    total = sums.total
    models = sums.all_models
    return {
        "frame": entry.frame,
        "hub": entry.hub,
        "is_complete_frame": entry.is_complete_frame,
        "label": entry.label,
        "models": models,
        "models_without_count": models - sums.all_counted,
        "models_at_zero": sums.zeros,
        "models_unknown_group": sums.models.get(UNKNOWN, 0),
        "total": total if sums.is_summed else None,
        "attributed_share": sums.attributed / total if total and sums.is_summed else None,
        "unknown_share": unknown_share(sums),
        **_of_several(sums),
        **_of_period(selection),
    }


def _of_several(sums: Sums) -> dict[str, Any]:
    """Return to what the shares of all groups add up, where models count whole in several."""
    if sums.whole_value is None or not sums.total or not sums.is_summed:
        return {}
    return {"shares_add_up_to": sums.total_of_groups / sums.total}


def _of_period(selection: Selection) -> dict[str, Any]:
    """Return what a difference or a sum stands on and leaves out; nothing for a moment's values."""
    release, contract, snapshots = selection.release, selection.contract, selection.snapshots
    if is_summed(contract):
        summed = keep_population(release, contract, summed_values(release, contract, snapshots))
        held = held_snapshots(release, contract)
        return summed_coverage(release, contract, held, snapshots, summed)
    if not is_difference(contract):
        return {}
    grown = contract_growth(release, contract, snapshots)
    kept = keep_population(release, contract, grown)
    return period_coverage(release, contract, snapshots, kept)
