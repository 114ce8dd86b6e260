"""Sums for many definitions of one question at once: the counters are read once per grouping.

Definitions that differ only in population, metric, denominator or outliers share one query; what a
grouping gives to whom (lens, coding, reading, counting) needs one each. The results are those of
`select` and `sums_by_snapshot`, definition by definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.contract import Contract
from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.aggregate import Sums, sums_by_snapshot
from modelcensus.measures.frames import choose_snapshots
from modelcensus.measures.groups import group_models
from modelcensus.measures.populations import keep_population, observed_values
from modelcensus.measures.selection import select
from modelcensus.releases.release import Release, SnapshotEntry

_WAYS = ("lens", "coding", "reading", "counting")
_AT_ONCE = (*_WAYS, "metric", "population", "denominator", "outliers", "subjects")
_PLAIN_KINDS = ("rolling", "cumulative", "count")

Tops = dict[tuple[str, str, str], list[int]]
"""Keys of the models that are left out, by population, metric and treatment of outliers."""


@dataclass(frozen=True)
class Wide:
    """The models of one moment with a column per metric and per population.

    Attributes:
        rows: model_key, codes, m0, m1 ... (values) and p0, p1 ... (1 where a member, else null).
        metrics, populations: what the columns stand for, in order.
    """

    snapshots: tuple[SnapshotEntry, ...]
    rows: ir.Table
    metrics: tuple[str, ...]
    populations: tuple[str, ...]


def sums_of_many(
    release: Release, definitions: Sequence[Contract]
) -> tuple[dict[Contract, Sums], dict[Contract, str]]:
    """Return the sums of each definition, and why those that are missing cannot be computed.

    Args:
        release: what is asked.
        definitions: contracts with frame and period resolved, which differ in fields of a
            definition only.
    """
    found: dict[Contract, Sums] = {}
    refused: dict[Contract, str] = {}
    quick = []
    for one in definitions:
        if _is_quick(one, definitions[0]):
            quick.append(one)
            continue
        try:
            selection = select(release, one)
            found[one] = sums_by_snapshot(selection)[selection.last.key]
        except (ContractError, UnknownName) as error:
            refused[one] = error.what
    for together in _by_snapshots(release, quick, refused):
        found |= _answer(release, together, refused)
    return found, refused


def _is_quick(contract: Contract, first: Contract) -> bool:
    """Return whether a definition differs from the first in fields that are summed at once."""
    others = (f.name for f in fields(contract) if f.name not in _AT_ONCE)
    return all(getattr(contract, name) == getattr(first, name) for name in others)


def _by_snapshots(
    release: Release, definitions: Iterable[Contract], refused: dict[Contract, str]
) -> list[list[Contract]]:
    """Return the definitions whose metrics can stand beside each other in one table."""
    found: dict[Any, list[Contract]] = {}
    for one in definitions:
        try:
            snapshots = choose_snapshots(release, one)
        except ContractError as error:
            refused[one] = error.what
            continue
        is_plain = one.metric_term.kind in _PLAIN_KINDS
        key = (tuple(s.key for s in snapshots), "" if is_plain else one.metric)
        found.setdefault(key, []).append(one)
    return list(found.values())


def _answer(
    release: Release, definitions: list[Contract], refused: dict[Contract, str]
) -> dict[Contract, Sums]:
    wide, lacking = _widen(release, definitions)
    refused |= {c: lacking[c.population] for c in definitions if c.population in lacking}
    able = [c for c in definitions if c.population not in lacking]
    tops = _largest(release, wide, able)
    found: dict[Contract, Sums] = {}
    ways: dict[tuple[Any, ...], list[Contract]] = {}
    for one in able:
        ways.setdefault(tuple(getattr(one, n) for n in _WAYS), []).append(one)
    for together in ways.values():
        try:
            found |= _answer_way(release, wide, together, tops)
        except ContractError as error:
            refused |= dict.fromkeys(together, error.what)
    return found


def _widen(release: Release, definitions: Sequence[Contract]) -> tuple[Wide, dict[str, str]]:
    """Return the table of all metrics and populations, and the populations it cannot tell."""
    first = definitions[0]
    snapshots = choose_snapshots(release, first)
    metrics = tuple(dict.fromkeys(c.metric for c in definitions))
    observed = observed_values(release, first, snapshots)
    codes = [name for name in observed.columns if name.endswith("_code")]
    if first.metric_term.kind in _PLAIN_KINDS:
        rows = release.observations(snapshots)
        values = {
            f"m{i}": _counter(rows, first.with_values(metric=m)) for i, m in enumerate(metrics)
        }
        rows = rows.select("snapshot_key", "model_key", *codes, **values)
    else:
        rows = observed.select("snapshot_key", "model_key", *codes, m0="value")
    keys = rows.select("snapshot_key", "model_key", *codes, value=ibis.literal(1).cast("int64"))
    members: dict[str, ir.Table] = {}
    lacking: dict[str, str] = {}
    for one in {c.population: c for c in definitions}.values():
        try:
            members[one.population] = keep_population(release, one, keys)
        except (ContractError, UnknownName) as error:
            lacking[one.population] = error.what
    for i, table in enumerate(members.values()):
        flags = table.select("model_key", **{f"p{i}": ibis.literal(1).cast("int64")})
        rows = rows.left_join(flags, "model_key").drop("model_key_right")
    return Wide(snapshots, rows, metrics, tuple(members)), lacking


def _counter(rows: ir.Table, contract: Contract) -> ir.Value:
    column = contract.metric_term.column
    return rows[column] if column else ibis.literal(1).cast("int64")


def _largest(release: Release, wide: Wide, definitions: Iterable[Contract]) -> Tops:
    """Return the models that `drop-top:N` leaves out, by population, metric and word."""
    asked = {
        (c.population, c.metric, c.outliers): None
        for c in definitions
        if c.outliers.startswith("drop-top:")
    }
    parts = []
    for place, (population, metric, word) in enumerate(asked):
        member = wide.rows[f"p{wide.populations.index(population)}"].notnull()
        value = wide.rows[f"m{wide.metrics.index(metric)}"]
        known = wide.rows.filter(member & value.notnull()).select("model_key", value=value)
        first = known.order_by([ibis.desc("value"), ibis.asc("model_key")])
        first = first.limit(int(word.partition(":")[2])).select("model_key")
        parts.append(first.mutate(place=ibis.literal(place).cast("int64")))
    found: Tops = {key: [] for key in asked}
    if not parts:
        return found
    table = ibis.union(*parts) if len(parts) > 1 else parts[0]
    names = list(asked)
    for row in release.fetch(table.order_by(["place", "model_key"])).to_pylist():
        found[names[row["place"]]].append(row["model_key"])
    return found


def _answer_way(
    release: Release,
    wide: Wide,
    definitions: Sequence[Contract],
    tops: Tops,
) -> dict[Contract, Sums]:
    """Return the sums of definitions that give each model to the same groups."""
    first = definitions[0]
    keys = wide.rows.select(
        "snapshot_key",
        "model_key",
        *(name for name in wide.rows.columns if name.endswith("_code")),
        value=ibis.literal(1).cast("int64"),
    )
    given = group_models(release, first, wide.snapshots, keys)
    given = given.select("model_key", "group", credit="value")
    values = wide.rows.drop("snapshot_key", *(n for n in wide.rows.columns if n.endswith("_code")))
    joined = given.join(values, "model_key")
    rows = release.fetch(
        joined.group_by("group")
        .agg(**dict(_columns(joined, wide, definitions, tops)))
        .order_by("group")
    ).to_pylist()
    return {one: _sums(rows, _column_of(wide, one)) for one in definitions}


def _columns(
    joined: ir.Table, wide: Wide, definitions: Sequence[Contract], tops: Tops
) -> Iterator[tuple[str, ir.Value]]:
    """Yield what is summed for each population, metric and treatment of outliers."""
    for one in {_column_of(wide, c): c for c in definitions}.values():
        name = _column_of(wide, one)
        counts = joined[f"p{wide.populations.index(one.population)}"].notnull()
        value = joined[f"m{wide.metrics.index(one.metric)}"]
        head, _, number = one.outliers.partition(":")
        if head == "drop-top":
            counts &= ~joined.model_key.isin(tops[one.population, one.metric, one.outliers])
        if head == "cap":
            # not ibis.least: engines pass over nulls there
            value = ibis.ifelse(value > int(number), int(number), value)
        held = ibis.ifelse(counts, value, None)
        yield f"{name}_models", counts.cast("int64").sum()
        yield f"{name}_known", held.count()
        if one.lens == "base":
            yield name, (held.cast("float64") * joined.credit).sum().round(6)
        else:
            yield name, held.sum().cast("int64")


def _column_of(wide: Wide, contract: Contract) -> str:
    """Return the name of the column that holds a definition's sums."""
    place = f"p{wide.populations.index(contract.population)}_m{wide.metrics.index(contract.metric)}"
    return f"{place}_{contract.outliers.replace(':', '_').replace('-', '_')}"


def _sums(rows: Sequence[Mapping[str, Any]], name: str) -> Sums:
    held = [row for row in rows if row[f"{name}_models"]]
    return Sums(
        {row["group"]: row[name] or 0 for row in held},
        {row["group"]: row[f"{name}_models"] for row in held},
        {row["group"]: row[f"{name}_known"] for row in held},
        0,
    )
