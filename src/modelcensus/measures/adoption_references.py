"""What an adoption is relative to: the ten most downloaded models of the same age, and size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import ibis
import ibis.expr.types as ir

from modelcensus.measures.ages import KNOWN
from modelcensus.releases.release import Release

LEADERS = 10
V1, V2 = "v1", "v2"

Peers = tuple[str, int]
"""Models that are compared: their size class (empty in v2, which takes all) and their age."""


@dataclass(frozen=True)
class Reference:
    """What counts are divided by, for models of one size class and age.

    Attributes:
        peers: models with a known count at that age.
        at_least: the reference if every count were as small as it can be.
        value: the reference of the interpolated counts; null with fewer than ten peers.
        at_most: the reference if every count were as large as it can be.
    """

    peers: int
    at_least: float | None = None
    value: float | None = None
    at_most: float | None = None


def with_peers(counts: ir.Table, classes: ir.Table, variant: str) -> ir.Table:
    """Return counts at ages with `peers`: the size class in v1 (null: unknown), all alike in v2.

    Args:
        counts: the result of `counts_at_ages`.
        classes: model_key and size_class.
        variant: v1 or v2.
    """
    joined = counts.left_join(classes, "model_key").drop("model_key_right")
    if variant == V2:
        return joined.mutate(peers=ibis.literal(""))
    return joined.mutate(peers=joined.size_class)


def references(release: Release, counts: ir.Table, variant: str) -> dict[Peers, Reference]:
    """Return the reference of each size class and age.

    Raising any count can only raise the n-th largest of them, so the references of the smallest
    and of the largest possible counts enclose the true one.
    """
    compared = counts.filter((counts.outcome == KNOWN) & counts.peers.notnull())
    number = compared.group_by(["peers", "age_days"]).agg(models=compared.count())
    found = release.fetch(number.order_by(["peers", "age_days"])).to_pylist()
    tops = {name: _tops(release, compared, name) for name in ("at_least", "count", "at_most")}
    made = {}
    for row in found:
        key = (row["peers"], row["age_days"])
        low, value, high = (_reference(tops[name][key], variant) for name in tops)
        made[key] = Reference(row["models"], low, value, high)
    return made


def _reference(largest: Sequence[float], variant: str) -> float | None:
    """Return the median of the ten largest counts (v1), or the tenth (v2); null with fewer."""
    if len(largest) < LEADERS:
        return None
    return median(largest) if variant == V1 else largest[-1]


def _tops(release: Release, compared: ir.Table, column: str) -> dict[Peers, list[float]]:
    rows = leaders(compared, column).select("peers", "age_days", found=column, place="nth")
    tops: dict[Peers, list[float]] = defaultdict(list)
    for row in release.fetch(rows.order_by(["peers", "age_days", "place"])).to_pylist():
        tops[row["peers"], row["age_days"]].append(row["found"])
    return tops


def leaders(compared: ir.Table, column: str) -> ir.Table:
    """Return the ten models of each size class and age with the largest of a column."""
    order: list[Any] = [ibis.desc(column), ibis.asc("model_key")]
    window = ibis.window(group_by=["peers", "age_days"], order_by=order)
    return compared.mutate(nth=ibis.row_number().over(window)).filter(lambda t: t.nth < LEADERS)
