"""What is told of the sizes of each group's models at each moment: sums and histograms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.vocabulary import SNAPSHOTS, UNKNOWN
from modelcensus.measures.creation import creation_words, require_creation
from modelcensus.measures.model_builds import model_builds
from modelcensus.measures.quantiles import Weighted
from modelcensus.measures.selection import Selection

QUANTITIES = ("total", "active", "experts")
"""What is told as a number of each model."""

FEW, FEWEST = 8, 4
"""Bits up to which a number format counts as one of few bits, and of fewest."""

Key = tuple[str, str]
"""Moment and group."""


@dataclass
class Build:
    """What is told of the models of one group at one moment, by weight.

    Attributes:
        told: quantity -> (size, what its models weigh, how many they are) of each size.
    """

    models: int = 0
    weight: int = 0
    counted: int = 0
    mixtures: int = 0
    told_bits: int = 0
    few: int = 0
    fewest: int = 0
    named: int = 0
    listed: int = 0
    told: dict[str, list[tuple[int, int, int]]] = field(
        default_factory=lambda: {quantity: [] for quantity in QUANTITIES}
    )

    def weighted(self, quantity: str) -> Weighted:
        """Return one quantity with its weights, and what has none."""
        pairs = [(size, weight) for size, weight, _ in self.told[quantity]]
        return Weighted.of(pairs, self.weight - sum(weight for _, weight in pairs))

    @property
    def once(self) -> Weighted:
        """Return the total sizes with each model weighing 1, those without a size left out."""
        return Weighted.of((size, models) for size, _, models in self.told["total"])

    def share(self, part: int) -> float | None:
        """Return a part of the weight; null over nothing."""
        return part / self.weight if self.weight else None


_SUMS = ("models", "counted", "weight", "mixtures", "told_bits", "few", "fewest", "named", "listed")


def builds_by_moment(selection: Selection) -> dict[Key, Build]:
    """Return what is told of each group at each moment; of creation, where it is known."""
    release, contract, last = selection.release, selection.contract, selection.last
    # several sums and histograms read what names, lists and tags tell of each model
    builds = release.keep(
        ("model_builds", last.frame, last.key), lambda: model_builds(release, contract)
    )
    built = _dated(selection).left_join(builds, "model_key")
    found: dict[Key, Build] = {}
    for row in selection.fetch(_summed(built)).to_pylist():
        found[row["moment"], row["group"]] = Build(**{name: row[name] for name in _SUMS})
    for quantity in QUANTITIES:
        for row in selection.fetch(_histogram(built, quantity)).to_pylist():
            told = found[row["moment"], row["group"]].told[quantity]
            told.append((row["size"], row["weight"], row["models"]))
    return found


def _dated(selection: Selection) -> ir.Table:
    """Return model_key, group, value and the moment that each row belongs to."""
    rows = selection.values
    if selection.contract.along == SNAPSHOTS:
        labels = selection.release.engine.local(
            pa.table(
                {
                    "snapshot_key": pa.array([s.key for s in selection.snapshots], pa.int32()),
                    "moment": pa.array([s.label for s in selection.snapshots], pa.string()),
                }
            )
        )
        return rows.join(labels, "snapshot_key").select("model_key", "group", "value", "moment")
    require_creation(selection.contract.frame, "--along", selection.contract.along)
    last = rows.filter(rows.snapshot_key == selection.last.key)
    created = creation_words(selection.release, selection.last, selection.contract.along)
    return last.join(created, "model_key").select(
        "model_key", "group", "value", moment=created.created
    )


def _summed(built: ir.Table) -> ir.Table:
    """Return what the models of each moment and group weigh, and parts of that."""
    value = ibis.coalesce(built.value, 0)

    def weight(condition: ir.BooleanValue) -> ir.IntegerScalar:
        met = ibis.coalesce(condition, ibis.literal(False))
        return ibis.ifelse(met, value, 0).sum().cast("int64")

    return (
        built.group_by(["moment", "group"])
        .agg(
            models=built.count(),
            counted=built.value.count(),
            weight=value.sum().cast("int64"),
            mixtures=weight(built.is_mixture),
            told_bits=weight(built.bits.notnull()),
            few=weight(built.bits <= FEW),
            fewest=weight(built.bits <= FEWEST),
            named=weight(built.is_named),
            listed=weight(built.is_listed),
        )
        .order_by(["moment", "group"])
    )


def _histogram(built: ir.Table, quantity: str) -> ir.Table:
    told = built.filter(built[quantity].notnull() & built.value.notnull())
    grouped = told.group_by(["moment", "group", told[quantity].name("size")])
    weights = grouped.agg(weight=told.value.sum().cast("int64"), models=told.count())
    return weights.order_by(["moment", "group", "size"])


def ordered_groups(found: Mapping[Key, Build], moments: Sequence[str]) -> list[str]:
    """Return the groups by falling weight at the last moment, then by name; unknown last."""
    groups = {group for _, group in found}
    last = {g: found[moments[-1], g].weight for m, g in found if m == moments[-1]}
    known = sorted(groups - {UNKNOWN}, key=lambda g: (-last.get(g, -1), g))
    return known + [UNKNOWN] * (UNKNOWN in groups)


def together(builds: Iterable[Build]) -> Build:
    """Return several groups or moments as one."""
    whole = Build()
    for build in builds:
        for name in _SUMS:
            setattr(whole, name, getattr(whole, name) + getattr(build, name))
        for quantity in QUANTITIES:
            whole.told[quantity] += build.told[quantity]
    return whole
