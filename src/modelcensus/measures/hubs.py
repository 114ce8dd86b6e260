"""Families across hubs: stock and flow of each hub beside each other, never added up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import ibis
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.contracts.vocabulary import NAMINGS
from modelcensus.errors import ContractError
from modelcensus.measures.hub_incidents import frame_coverage, odd_notes
from modelcensus.measures.hub_views import View, hub_views, view_rows
from modelcensus.measures.line_names import (
    counts_as,
    group_sums,
    is_named,
    makers_of_lines,
    named_lines,
    rule_sums,
)
from modelcensus.measures.subjects import find_group
from modelcensus.measures.wording import group_names
from modelcensus.releases.release import Release

COLUMNS = columns(
    ("hub", "", "site that counts"),
    ("frame", "", "what of it was seen"),
    ("metric", "", "what it counts; no two hubs count the same"),
    ("kind", "", "stock: since creation; flow: what happened in a span; state: at a moment"),
    ("since", "", "first snapshot of a span; null for a level"),
    ("as_of", "", "snapshot of the level, or the last one of the span"),
    ("group", "", "family or developer"),
    ("name", "", "its printable name"),
    ("rank", "", "place among the rows of the same hub and metric; null without a count"),
    ("value", "as the metric", "sum of the known counts; null where none is known"),
    ("at_least", "as the metric", "if every count were at its lowest"),
    ("at_most", "as the metric", "if every count were at its highest; null: no end is known"),
    ("models", "models", "models of the group in the snapshots"),
    ("without_count", "models", "of these, without a known count"),
)
_WHOLE = ("rank", "value", "at_least", "at_most", "models", "without_count")
_SCHEMA = pa.schema([(c.name, pa.int64() if c.name in _WHOLE else pa.string()) for c in COLUMNS])
LISTED = 40
"""How many models of a group a view lists by name; the others are put together."""

NOT_SHOWN = (
    "a sum over hubs: a download, a pull and a token are different things, counted by different "
    "sites in different spans",
    "people, installations or use: hubs count requests for files, automated ones too",
    "hubs that no source here tells of",
)


@dataclass
class _Counted:
    """What one view gives: sums by group, under every rule, and the models of named groups."""

    view: View
    sums: dict[str, dict[str, float | None]]
    rules: dict[str, dict[str, dict[str, float | None]]] = field(default_factory=dict)
    models: list[dict[str, Any]] = field(default_factory=list)


def families_across_hubs(release: Release, contract: Contract) -> Figure:
    """Stock and flow of families (or developers) on every hub, side by side.

    Returns:
        Figure with one row per hub, metric and group: the named groups, or those that at least
        two hubs show (all, where one hub is here). Ranks are among these rows. `details` hold
        the models of named groups with the rules that count each, what every rule comes to, and
        the pairs of groups of which views disagree who is ahead.

    Raises:
        ContractError: the grouping is another one, the period is a moment, or nothing counts.
        UnknownName: a subject is no group of any hub.

    Method: docs/methods.md#hubs
    """
    _require(contract)
    views = hub_views(release, contract)
    names = group_names(release, contract)
    lines = named_lines(release)
    column = "family" if contract.by == "family" else "maker"
    found = [_count(release, contract, view, lines, column) for view in views]
    shown = {g for counted in found for g in counted.sums if is_named(g)}
    subjects = [find_group(s, shown, names, contract.by) for s in contract.subjects]
    if len(set(subjects)) < len(subjects):
        raise ContractError("a group is named twice", next_step="name each group once")
    contract = contract.with_values(subjects=tuple(subjects))
    makers = makers_of_lines(release)
    if subjects and contract.by == "family":
        for counted in found:
            _apply_rules(release, contract, counted, lines, makers)
    groups = subjects or _shared(found)
    rows = [row for counted in found for row in _rows(contract, counted, groups, names)]
    return _figure(release, contract, found, rows, names)


def _require(contract: Contract) -> None:
    if contract.by not in ("family", "developer"):
        raise ContractError(
            f"hubs have no {contract.by} in common",
            where=f"--by {contract.by}",
            next_step="--by family or --by developer; `census share` asks one frame by the others",
        )
    if contract.period_value.is_instant:
        raise ContractError(
            "a flow needs a span, and the period is one moment",
            where=f"census hubs --period {contract.period}",
            next_step="--period all, or a span such as 2025-08..2026-07; stocks are taken at its "
            "end",
        )


def _count(release: Release, contract: Contract, view: View, lines: Any, column: str) -> _Counted:
    rows = view_rows(release, _of_all(contract), view).join(lines, "model_key")
    return _Counted(view, group_sums(release, rows, column))


def _of_all(contract: Contract) -> Contract:
    """Return the question that the expressions of a view are about, whatever is named."""
    return contract.with_values(subjects=(), naming="register")


def _apply_rules(
    release: Release, contract: Contract, counted: _Counted, lines: Any, makers: Any
) -> None:
    """Add what the rules for names make of the named families, and their models."""
    subjects = list(contract.subjects)
    rows = view_rows(release, _of_all(contract), counted.view).join(lines, "model_key")
    counted.rules = rule_sums(release, rows, subjects, makers)
    counted.sums = counted.rules[contract.naming]
    for line in subjects:
        by_rule = {rule: counts_as(rows, line, makers.get(line, set()), rule) for rule in NAMINGS}
        listed = rows.filter(by_rule["contains"] | by_rule["developer"]).mutate(**by_rule)
        ordered = listed.order_by([ibis.desc("value", nulls_first=False), ibis.asc("model_id")])
        wanted = ordered.select("model_id", "value", "low", "high", *NAMINGS).limit(LISTED)
        counted.models += [
            _model(counted.view, line, row) for row in release.fetch(wanted).to_pylist()
        ]


def _model(view: View, line: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "frame": view.last.frame,
        "metric": view.metric.name,
        "kind": view.kind,
        "group": line,
        "model_id": row["model_id"],
        "value": row["value"],
        "at_least": _down(row["low"]),
        "at_most": _up(row["high"]),
        "counted_by": [rule for rule in NAMINGS if row[rule]],
    }


def _shared(found: Sequence[_Counted]) -> list[str]:
    """Return the known groups that two hubs show, by how many and by name.

    Where only one hub is there, or no group is on two, all of them.
    """
    hubs: dict[str, set[str]] = {}
    for counted in found:
        for group in filter(is_named, counted.sums):
            hubs.setdefault(group, set()).add(counted.view.last.hub)
    least = min(2, len({counted.view.last.hub for counted in found}))
    shared = [g for g, seen in hubs.items() if len(seen) >= least] or list(hubs)
    return sorted(shared, key=lambda g: (-len(hubs[g]), g))


def _on_hubs(rows: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the hubs that show each group."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["group"], set()).update([row["hub"]] if row["models"] else [])
    return {group: sorted(hubs) for group, hubs in sorted(found.items())}


def _order(counted: _Counted, groups: Sequence[str]) -> list[str]:
    """Return the groups with a count by falling value, ties by name."""
    known = {g: counted.sums[g]["value"] for g in groups if g in counted.sums}
    with_count = {g: v for g, v in known.items() if v is not None}
    return sorted(with_count, key=lambda g: (-with_count[g], g))


def _rows(
    contract: Contract, counted: _Counted, groups: Sequence[str], names: dict[str, str]
) -> list[dict[str, Any]]:
    order, view = _order(counted, groups), counted.view
    values = [counted.sums[g]["value"] or 0 for g in order]
    rest = [g for g in groups if g not in order and (g in counted.sums or contract.subjects)]
    is_span = view.metric.kind == "difference"
    rows = []
    for group in [*order, *rest]:
        sums = counted.sums.get(group) or dict.fromkeys(("value", "low", "high"))
        value = sums["value"]
        rows.append(
            {
                "hub": view.last.hub,
                "frame": view.last.frame,
                "metric": view.metric.name,
                "kind": view.kind,
                "since": view.snapshots[0].label if is_span else None,
                "as_of": view.last.label,
                "group": group,
                "name": names.get(group, group),
                "rank": None if value is None else 1 + sum(v > value for v in values),
                "value": None if value is None else int(value),
                "at_least": _down(sums["low"]),
                "at_most": _up(sums["high"]),
                "models": int(sums.get("models") or 0),
                "without_count": int((sums.get("models") or 0) - (sums.get("counted") or 0)),
            }
        )
    return rows


def _down(value: float | None) -> int | None:
    return None if value is None else math.floor(value)


def _up(value: float | None) -> int | None:
    return None if value is None else math.ceil(value)


def _figure(
    release: Release,
    contract: Contract,
    found: Sequence[_Counted],
    rows: list[dict[str, Any]],
    names: dict[str, str],
) -> Figure:
    snapshots = [s for counted in found for s in counted.view.snapshots]
    is_simulated = any(s.is_simulated for s in snapshots)
    sources = sorted({(s.attribution, s.licence) for s in snapshots})
    frames = frame_coverage(release, [counted.view for counted in found])
    hubs = sorted({counted.view.last.hub for counted in found})
    disagree, on_hubs = _disagreements(rows), _on_hubs(rows)
    text = (
        f"{len({r['group'] for r in rows})} groups on {', '.join(hubs)}, in "
        f"{len(frames)} frames and {len(found)} counters"
    )
    return Figure(
        contract=contract,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=_SCHEMA),
        finding=("SIMULATED: " if is_simulated else "") + _finding(contract, found, rows, names),
        does_not_show=NOT_SHOWN,
        coverage={"text": text, "hubs": hubs, "frames": frames},
        bounds={"ranges": _ranges(rows)},
        sensitivity={
            "by_naming": _by_naming(found),
            "disagreements": disagree,
            "pairs_that_disagree": len(disagree),
            "pairs": math.comb(len({r["group"] for r in rows}), 2),
        },
        caveats=tuple(_caveats(contract, hubs, frames, disagree, on_hubs)),
        release=release.name,
        registers=release.registers,
        sources=tuple(attribution for attribution, _ in sources),
        licences=tuple(licence for _, licence in sources),
        is_simulated=is_simulated,
        details={
            "on_hubs": on_hubs,
            "models": [m for counted in found for m in counted.models],
        },
    )


def _ranges(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, list[int | None]]]:
    found: dict[str, dict[str, list[int | None]]] = {}
    for row in rows:
        view = found.setdefault(f"{row['frame']} {row['metric']}", {})
        view[row["group"]] = [row["at_least"], row["at_most"]]
    return found


def _by_naming(found: Sequence[_Counted]) -> dict[str, Any]:
    """Return what each rule gives the named families, and their order, view by view."""
    return {
        counted.view.name: {
            rule: {
                "order": _order(_Counted(counted.view, sums), list(sums)),
                "values": {g: s["value"] for g, s in sums.items()},
            }
            for rule, sums in counted.rules.items()
        }
        for counted in found
        if counted.rules
    }


def _disagreements(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the pairs of groups of which one view has the one ahead, and another the other."""
    values: dict[str, dict[str, int]] = {}
    for row in rows:
        if row["value"] is not None:
            values.setdefault(f"{row['frame']} {row['metric']}", {})[row["group"]] = row["value"]
    groups = sorted({row["group"] for row in rows})
    found = []
    for pair in combinations(groups, 2):
        ahead: dict[str, list[str]] = {}
        for view, counts in values.items():
            if all(g in counts for g in pair) and counts[pair[0]] != counts[pair[1]]:
                ahead.setdefault(max(pair, key=counts.__getitem__), []).append(view)
        if len(ahead) == len(pair):
            found.append({"groups": list(pair), "ahead": ahead})
    return found


def _finding(
    contract: Contract,
    found: Sequence[_Counted],
    rows: Sequence[dict[str, Any]],
    names: dict[str, str],
) -> str:
    said = []
    for counted in found:
        view = counted.view
        mine = [r for r in rows if (r["frame"], r["metric"]) == (view.last.frame, view.metric.name)]
        first = [r for r in mine if r["value"] is not None][: max(3, len(contract.subjects))]
        if first:
            values = ", ".join(f"{names.get(r['group'], r['group'])} {r['value']:,}" for r in first)
            since = f"{first[0]['since']} to " if first[0]["since"] else ""
            said.append(
                f"{view.metric.phrase} on {view.last.hub} ({since}{view.last.label}): {values}"
            )
    rule = "" if contract.naming == "register" else f", counting {NAMINGS[contract.naming].phrase}"
    return f"Side by side and never added up{rule}: {'; '.join(said)}."


def _caveats(
    contract: Contract,
    hubs: Sequence[str],
    frames: Sequence[dict[str, Any]],
    disagree: Sequence[dict[str, Any]],
    on_hubs: dict[str, list[str]],
) -> list[str]:
    texts = [
        f"a model counts for a {contract.by} by the rule `{contract.naming}` "
        f"({NAMINGS[contract.naming].description}); --naming changes it"
    ]
    if len(hubs) == 1:
        texts.append(f"only {hubs[0]} is in this release: there is nothing to set beside it")
    elif not any(len(seen) > 1 for seen in on_hubs.values()):
        texts.append(f"no {contract.by} listed here is known on two hubs")
    if disagree:
        first = disagree[0]
        sides = "; ".join(f"{g} in {', '.join(v)}" for g, v in first["ahead"].items())
        texts.append(f"hubs disagree on who is ahead in {len(disagree)} pair(s), first: {sides}")
    return [*texts, *odd_notes(frames)]
