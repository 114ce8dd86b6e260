"""Which models left out, and which contested rows read the other way, move a crossing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from modelcensus.measures.aggregate import sums_by_snapshot
from modelcensus.measures.crossover import RULES, Race, crossing_labels, run_race
from modelcensus.measures.influence_share import CONTESTABLE, carried_by_row, contested_targets
from modelcensus.measures.selection import Selection


def crossover_influences(selection: Selection) -> list[dict[str, Any]]:
    """Return rule, kind, what, alternative, after, by and value of all that moves a crossing."""
    race, shown = run_race(selection, sums_by_snapshot(selection))
    rows = [*_models(selection, race), *_register_rows(selection, race, shown)]
    return sorted(
        rows, key=lambda r: (r["rule"], r["by"] is None, r["by"] or "", r["kind"], r["what"])
    )


def _models(selection: Selection, race: Race) -> Iterator[dict[str, Any]]:
    values = _last_values(selection, list(race.removals))
    for rule, cross in RULES.items():
        found = cross(race.above)
        for model in race.removals:
            other = cross(race.above_without(model))
            if other != found:
                yield _row(race, rule, other, "model", model, None, values.get(model))


def _last_values(selection: Selection, models: list[str]) -> dict[str, float]:
    named = selection.release.table("models").select("model_key", "model_id")
    rows = selection.values.filter(selection.values.snapshot_key == selection.last.key)
    listed = rows.join(named, "model_key").filter(lambda t: t.model_id.isin(models))
    summed = listed.group_by("model_id").agg(value=listed.value.sum())
    rows = selection.fetch(summed.order_by("model_id")) if models else None
    if rows is None:
        return {}
    return {r["model_id"]: r["value"] for r in rows.to_pylist() if r["value"] is not None}


def _register_rows(selection: Selection, race: Race, shown: list[int]) -> Iterator[dict[str, Any]]:
    """Yield the contested rows that move a crossing when they alone are read the other way."""
    if selection.contract.by not in CONTESTABLE:
        return
    carried = [
        carried_by_row(replace(selection, snapshots=(snapshot,)))
        for snapshot in selection.snapshots
        if snapshot.key in shown
    ]
    for row_id, readings in contested_targets(selection).items():
        for alternative, target in readings:
            other = _race_by(selection, race, [c.get(row_id, []) for c in carried], target)
            for rule, cross in RULES.items():
                if cross(other.above) != cross(race.above):
                    value = sum(v for g, v in carried[-1].get(row_id, []) if g != target)
                    crossing = cross(other.above)
                    yield _row(race, rule, crossing, "register row", row_id, alternative, value)


def _race_by(
    selection: Selection, race: Race, carried: list[list[tuple[str, float]]], target: str
) -> Race:
    """Return the race when what a row carries at each snapshot belongs to another group."""
    a, b = selection.contract.subjects
    ahead, behind = list(race.ahead), list(race.behind)
    for place, parts in enumerate(carried):
        moved = sum(v for g, v in parts if g != target)
        for series, subject in ((ahead, a), (behind, b)):
            series[place] -= sum(v for g, v in parts if g == subject and g != target)
            series[place] += moved if subject == target else 0
    return Race(race.labels, ahead, behind, {})


def _row(
    race: Race,
    rule: str,
    crossing: Any,
    kind: str,
    what: str,
    alternative: str | None,
    value: float | None,
) -> dict[str, Any]:
    return {
        "rule": rule,
        "kind": kind,
        "what": what,
        "alternative": alternative,
        **crossing_labels(race, crossing),
        "value": value,
    }
