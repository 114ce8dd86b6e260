"""What a headline hangs on: models left out one at a time, register rows read the other way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Column, Figure, columns, percent
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import (
    coverage_of,
    headline_share,
    sums_by_snapshot,
    with_value_type,
)
from modelcensus.measures.bounds import bounds_of
from modelcensus.measures.choice_effects import points
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.frames import require_instant
from modelcensus.measures.influence_crossover import crossover_influences
from modelcensus.measures.influence_share import Influence, share_influences
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.share import refuse_medians
from modelcensus.measures.subjects import with_subjects
from modelcensus.measures.wording import frame_phrase, group_names, when, whose
from modelcensus.releases.release import Release

MODEL, ROW = "model", "register row"

NOT_SHOWN = (
    "several changes at once: each model is left out, and each row read the other way, alone",
    "that a row is wrong: a contested row has two defensible readings, an uncontested one has one",
)

_HEAD = columns(
    ("kind", "", "model: left out; register row: read the other way, or only weighed"),
    ("what", "", "id of the model or of the register row"),
    ("group", "", "group that it is counted in"),
    ("other_group", "", "group under the other reading; null where there is none"),
    ("alternative", "", "the other reading of a contested row; null where nobody contests it"),
    ("value", "as the metric", "what it carries at the last snapshot"),
    ("share_carried", "fraction", "value over everything in the population"),
)
_TAIL = columns(
    ("effect", "fraction", "largest change of a subject's share; null: no other reading"),
    ("leader", "", "subject with the largest share then; null for a tie or one subject"),
    ("moves_leader", "", "whether another subject leads then; null: no other reading"),
)
_HEAD_FIELDS = [
    ("kind", pa.string()),
    ("what", pa.string()),
    ("group", pa.string()),
    ("other_group", pa.string()),
    ("alternative", pa.string()),
    ("value", pa.float64()),
    ("share_carried", pa.float64()),
]
_TAIL_FIELDS = [("effect", pa.float64()), ("leader", pa.string()), ("moves_leader", pa.bool_())]


def influence_on_headline(release: Release, contract: Contract) -> Figure:
    """What a headline hangs on, the strongest first.

    Returns:
        For shares, a row per model whose absence changes a subject's share by at least the
        setting `min_influence`, and a row per register row that carries anything; contested ones
        with the shares under each other reading. For a crossover, a row per rule and model or
        contested row that moves its interval.

    Raises:
        ContractError: see the measures `share` and `crossover`.
        UnknownName: a subject is no group of this question.

    Method: docs/methods.md#influence
    """
    if contract.headline == "crossover":
        return _of_crossover(release, contract)
    asked = contract.with_values(measure="share", measure_version=MEASURES["share"].version)
    require_instant(asked)
    refuse_medians(asked)
    selection = select(release, asked)
    sums = sums_by_snapshot(selection)[selection.last.key]
    names = group_names(release, asked)
    selection = with_subjects(selection, sums.values, names)
    subjects = selection.contract.subjects
    found = share_influences(selection, sums)
    shares = {s: headline_share(sums, selection.contract, s) for s in subjects}
    return make_figure(
        _as_asked(contract, selection),
        columns=(*_HEAD, *_share_columns(subjects), *_TAIL),
        rows=_rows(found, selection.contract),
        finding=_finding(selection, shares, found, names),
        coverage=coverage_of(selection, sums, selection.last.key),
        bounds=bounds_of(selection, sums, list(subjects)),
        sensitivity={"headline_groups": list(subjects), **_strongest(found)},
        details={"headline": shares},
        not_shown=NOT_SHOWN,
    )


def _as_asked(contract: Contract, selection: Selection) -> Selection:
    resolved = selection.contract
    named = contract.with_values(
        frame=resolved.frame, period=resolved.period, subjects=resolved.subjects
    )
    return Selection(selection.release, named, selection.snapshots, selection.values)


def _share_columns(subjects: Sequence[str]) -> tuple[Column, ...]:
    return tuple(
        Column(f"share_{s}", "fraction", f"share of {s} then; null: no other reading")
        for s in subjects
    )


def _rows(found: Sequence[Influence], contract: Contract) -> pa.Table:
    shares = [(f"share_{s}", pa.float64()) for s in contract.subjects]
    schema = with_value_type(pa.schema([*_HEAD_FIELDS, *shares, *_TAIL_FIELDS]), contract)
    rows = [
        {
            "kind": one.kind,
            "what": one.what,
            "group": one.group,
            "other_group": one.other_group,
            "alternative": one.alternative,
            "value": one.value,
            "share_carried": one.share_carried,
            **{f"share_{s}": share for s, share in one.shares.items()},
            "effect": one.effect,
            "leader": one.leader,
            "moves_leader": one.moves_leader,
        }
        for one in found
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def _strongest(found: Sequence[Influence]) -> dict[str, Any]:
    """Return the strongest model and register row, and how many move the lead."""
    told: dict[str, Any] = {}
    for name, kind in (("strongest_model", MODEL), ("strongest_row", ROW)):
        one = next((o for o in found if o.kind == kind and o.effect is not None), None)
        told[name] = None if one is None else {"what": one.what, "effect": one.effect}
    told["moving_the_lead"] = [o.what for o in found if o.moves_leader]
    return told


def _finding(
    selection: Selection,
    shares: dict[str, float | None],
    found: Sequence[Influence],
    names: dict[str, str],
) -> str:
    contract = selection.contract
    held = " and ".join(f"{whose(contract, s, names)} ({percent(v)})" for s, v in shares.items())
    parts = []
    for kind in (ROW, MODEL):
        one = next((o for o in found if o.kind == kind and o.effect), None)
        if one is not None and one.effect is not None:
            how = f"read as {one.alternative}" if kind == ROW else "left out"
            parts.append(f"the {kind} {one.what} ({how}: up to {points(one.effect)} points)")
    leading = sum(bool(o.moves_leader) for o in found)
    strongest = " and ".join(parts) or "no single model or contested register row"
    return (
        f"{when(selection.snapshots, contract)} in {frame_phrase(selection.release, contract)}, "
        f"the shares of {held} hang most on {strongest}; "
        f"{leading} of {len(found)} change who leads."
    )


_CROSSOVER = columns(
    ("rule", "", "first or lasting; see the measure crossover"),
    ("kind", "", "model: left out; register row: read the other way"),
    ("what", "", "id of the model or of the register row"),
    ("alternative", "", "the other reading of the row; null for models"),
    ("after", "", "last snapshot before the crossing then; null: before the first snapshot"),
    ("by", "", "first snapshot that shows it then; null when it does not happen"),
    ("value", "as the metric", "what it carries at the last snapshot; null for models not there"),
)
_CROSSOVER_SCHEMA = pa.schema(
    [(c.name, pa.float64() if c.name == "value" else pa.string()) for c in _CROSSOVER]
)


def _of_crossover(release: Release, contract: Contract) -> Figure:
    if len(contract.subjects) != 2:
        raise ContractError(
            f"a crossover is between two groups, {len(contract.subjects)} given",
            next_step="census influence qwen llama --by family --headline crossover --period all",
        )
    if contract.outliers == "median":
        raise ContractError(
            "leaving one model out moves medians in ways that are not computed",
            where="--outliers median",
            next_step="--outliers cap:1000000",
        )
    if contract.period_value.is_instant:
        raise ContractError(
            f"a crossing lies between two snapshots, and {contract.period!r} is one moment",
            next_step="--period all, or a range of months",
        )
    measure = MEASURES["crossover"]
    asked = contract.with_values(
        measure="crossover",
        measure_version=measure.version,
        headline="share",
        denominator="all",
    )
    headline = measure.load()(release, asked)
    selection = select(release, headline.contract)
    rows = crossover_influences(selection)
    moving = {(r["kind"], r["what"]) for r in rows}
    text = (
        f"{headline.finding.rstrip('.')}; {sum(k == MODEL for k, _ in moving)} models left out "
        f"alone and {sum(k == ROW for k, _ in moving)} contested register rows read the other way "
        "move it."
    )
    return make_figure(
        _as_asked(contract, selection),
        columns=_CROSSOVER,
        rows=pa.Table.from_pylist(rows, schema=_CROSSOVER_SCHEMA),
        finding=text.removeprefix("SIMULATED: "),
        coverage=headline.coverage,
        bounds=headline.bounds,
        sensitivity={"is_stable": headline.sensitivity["is_stable"] and not moving},
        details={"headline": headline.records()},
        not_shown=NOT_SHOWN,
    )
