"""How far shares move when one model is left out or one register row is read the other way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from modelcensus.measures.aggregate import Sums, headline_share
from modelcensus.measures.groups import deciding_rows
from modelcensus.measures.selection import Selection

CONTESTABLE = ("country", "developer", "developer_type")
"""Groupings that the rows of developers and accounts decide."""


@dataclass(frozen=True)
class Influence:
    """One model or register row and what the headline becomes without it, or by its other reading.

    Attributes:
        shares: of the subjects, then; empty where there is no other reading.
        effect: largest change of one of them; None where there is no other reading.
    """

    kind: str
    what: str
    group: str
    other_group: str | None
    alternative: str | None
    value: float
    share_carried: float | None
    shares: dict[str, float | None]
    effect: float | None
    leader: str | None
    moves_leader: bool | None


def share_influences(selection: Selection, sums: Sums) -> list[Influence]:
    """Return models and register rows by falling effect; what only carries weight comes last."""
    found = [*_models(selection, sums), *_register_rows(selection, sums)]
    return sorted(
        found,
        key=lambda o: (
            o.effect is None,
            -(o.effect or 0.0),
            -o.value,
            o.kind,
            o.what,
            o.alternative or "",
            o.group,
        ),
    )


def _models(selection: Selection, sums: Sums) -> Iterator[Influence]:
    """Yield the models whose absence changes a share by the setting `min_influence` or more.

    Leaving v out of a whole D changes a share by v / (D - v) at most, so smaller models are
    never looked at.
    """
    least = selection.release.settings.min_influence
    whole = _whole(selection, sums)
    # the parts of one model add up to at most its value, and one of them may do all
    for model, parts in _large_models(selection, whole * least / (1 + least)):
        one = _influence(selection, sums, "model", model, [(g, None, v) for g, v in parts])
        if one.effect is not None and one.effect >= least:
            yield one


def _whole(selection: Selection, sums: Sums) -> float:
    """Return the headline's denominator."""
    contract = selection.contract
    if contract.denominator == "selected":
        return sum(sums.values.get(g, 0) for g in contract.subjects)
    return sums.attributed if contract.denominator == "attributed" else sums.total


def _large_models(
    selection: Selection, least: float
) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """Yield the models with at least this value, with their parts by group."""
    rows = _last(selection)
    total = rows.group_by("model_key").agg(total=rows.value.sum())
    large = total.filter(total.total >= least)
    models = selection.release.table("models").select("model_key", "model_id")
    named = rows.join(large, "model_key").join(models, "model_key")
    listed = named.select("model_id", "group", "value").order_by(["model_id", "group"])
    found: dict[str, list[tuple[str, float]]] = {}
    for row in selection.fetch(listed).to_pylist():
        found.setdefault(row["model_id"], []).append((row["group"], row["value"]))
    yield from found.items()


def _last(selection: Selection) -> ir.Table:
    rows = selection.values
    return rows.filter((rows.snapshot_key == selection.last.key) & rows.value.notnull())


def _register_rows(selection: Selection, sums: Sums) -> Iterator[Influence]:
    """Yield every register row in use with what it carries; contested ones by each reading."""
    readings = contested_targets(selection)
    for row_id, parts in carried_by_row(selection).items():
        moved = False
        for alternative, target in readings.get(row_id, ()):
            changes = [(g, target, v) for g, v in parts if g != target]
            if changes:
                moved = True
                yield _influence(selection, sums, "register row", row_id, changes, alternative)
        if not moved:
            yield _weight(sums, row_id, parts)


def carried_by_row(selection: Selection) -> dict[str, list[tuple[str, float]]]:
    """Return what each register row carries at the last snapshot: row id -> (group, value)."""
    contract, release = selection.contract, selection.release
    if contract.coding != "census":
        return {}
    if contract.by == "family":
        return _summed(selection, _last(selection).join(
            release.table("families").select("model_key", "family_row"), "model_key"
        ), ["family_row"])  # fmt: skip
    if contract.by not in CONTESTABLE:
        return {}
    decided = deciding_rows(release, contract, selection.last, _last(selection))
    columns = (
        ["namespace_row"] if contract.by == "developer" else ["namespace_row", "developer_row"]
    )
    return _summed(selection, decided, columns)


def _summed(
    selection: Selection, rows: ir.Table, columns: Sequence[str]
) -> dict[str, list[tuple[str, float]]]:
    is_divided = not selection.contract.has_whole_values
    found: dict[str, list[tuple[str, float]]] = {}
    for column in columns:
        value = rows.value.sum()
        whole = value.round(6) if is_divided else value.cast("int64")
        grouped = rows.group_by([column, "group"]).agg(value=whole)
        for row in selection.fetch(grouped.order_by([column, "group"])).to_pylist():
            if row[column] and row["value"]:
                found.setdefault(row[column], []).append((row["group"], row["value"]))
    return found


def contested_targets(selection: Selection) -> dict[str, list[tuple[str, str]]]:
    """Return the other readings of contested rows: row id -> (alternative, group)."""
    by = selection.contract.by
    if by not in CONTESTABLE:
        return {}
    table = selection.release.table("contested")
    rows = table.select("row_id", "alternative", target=by)
    found: dict[str, list[tuple[str, str]]] = {}
    for row in selection.fetch(rows.order_by(["row_id", "alternative"])).to_pylist():
        if row["target"] is not None:
            found.setdefault(row["row_id"], []).append((row["alternative"], row["target"]))
    return found


def _influence(
    selection: Selection,
    sums: Sums,
    kind: str,
    what: str,
    changes: Sequence[tuple[str, str | None, float]],
    alternative: str | None = None,
) -> Influence:
    """Return the headline after values left their groups, for another group or for good."""
    contract = selection.contract
    values: dict[str, Any] = dict(sums.values)
    for group, target, value in changes:
        values[group] -= value
        if target is not None:
            values[target] = values.get(target, 0) + value
    after = Sums(values, sums.models, sums.counted, sums.zeros)
    before = {s: headline_share(sums, contract, s) for s in contract.subjects}
    shares = {s: headline_share(after, contract, s) for s in contract.subjects}
    known = [
        abs(shares[s] - before[s])  # type: ignore[operator]
        for s in contract.subjects
        if shares[s] is not None and before[s] is not None
    ]
    group, target, _ = max(changes, key=lambda c: (c[2], c[0]))
    carried = sum(v for _, _, v in changes)
    was, now = leader_of(before), leader_of(shares)
    return Influence(
        kind,
        what,
        group,
        target,
        alternative,
        carried,
        carried / sums.total if sums.total else None,
        shares,
        max(known) if known else None,
        now,
        was != now if len(shares) > 1 else None,
    )


def _weight(sums: Sums, row_id: str, parts: Sequence[tuple[str, float]]) -> Influence:
    """Return a row without another reading: only what it carries."""
    carried = sum(v for _, v in parts)
    group = max(parts, key=lambda p: (p[1], p[0]))[0]
    share = carried / sums.total if sums.total else None
    return Influence(
        "register row", row_id, group, None, None, carried, share, {}, None, None, None
    )


def leader_of(shares: dict[str, float | None]) -> str | None:
    """Return the subject with the largest share; None for a tie, or where one is not known."""
    known = {s: v for s, v in shares.items() if v is not None}
    if len(known) < max(len(shares), 2) or list(known.values()).count(max(known.values())) > 1:
        return None
    return max(known, key=lambda s: known[s])
