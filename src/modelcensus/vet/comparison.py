"""`census vet compare`: tested models beside a reference, over the same cases, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from modelcensus.contracts.figure import columns
from modelcensus.contracts.vet_contract import VetContract
from modelcensus.contracts.vet_figure import VetFigure
from modelcensus.errors import ContractError
from modelcensus.releases.release import Release
from modelcensus.vet.compared import NO_RATIO, Compared, Side, compare, effects
from modelcensus.vet.figures import make_figure, typed
from modelcensus.vet.intervals import holm
from modelcensus.vet.rules import (
    Pair,
    choose_attack,
    choose_engine,
    choose_version,
    pair_of,
    runs_of,
)
from modelcensus.vet.runs import Run, Setup, read_runs
from modelcensus.vet.wording import (
    AS_PUBLISHED,
    INDEPENDENT,
    VERSION_MIX,
    comparison_finding,
    listed,
)

ASKED, OPEN_V_OPEN = "asked", "open v open"
LOW_CAPABILITY, UTILITY_UNKNOWN = "low capability", "utility not known"

COLUMNS = columns(
    ("kind", "", "asked, or open v open: the same model beside another whose weights can be had"),
    ("model", "", "tested model; @ names its revision and + its defence"),
    ("reference", "", "what it is compared with"),
    ("cases", "cases", "cases with a verdict on both"),
    ("model_hits", "cases", "of those, cases that the attacker won against the model"),
    ("reference_hits", "cases", "the same against the reference"),
    ("model_rate", "fraction", "model_hits over cases"),
    ("model_low", "fraction", "lower limit, 95 %, as if cases were independent"),
    ("model_high", "fraction", "upper limit"),
    ("reference_rate", "fraction", "reference_hits over cases"),
    ("reference_low", "fraction", "lower limit, 95 %, as if cases were independent"),
    ("reference_high", "fraction", "upper limit"),
    ("form", "", "ratio, at least, at most (one side without a hit), or no ratio"),
    ("ratio", "ratio", "model_rate over reference_rate; null where one of them is 0"),
    ("ratio_low", "ratio", "lower limit, 95 %, clustered both ways; null where there is none"),
    ("ratio_high", "ratio", "upper limit; null where there is none"),
    ("only_model", "cases", "cases that only the model lost; null where repetitions are averaged"),
    ("only_reference", "cases", "cases that only the reference lost"),
    ("p", "probability", "exact McNemar test"),
    ("p_holm", "probability", "the same, adjusted by Holm for the models asked about"),
    ("model_missing", "cases", "cases of the grid without a verdict on the model"),
    ("reference_missing", "cases", "the same for the reference"),
    ("ratio_if_missing_low", "ratio", "ratio if missing cases were least against the model"),
    ("ratio_if_missing_high", "ratio", "ratio if they were most against it; null: no limit"),
    ("model_utility", "fraction", "users' tasks done without an attack; null: not tested"),
    ("reference_utility", "fraction", "the same for the reference"),
    ("model_utility_attacked", "fraction", "users' tasks done under the attack"),
    ("reference_utility_attacked", "fraction", "the same for the reference"),
    ("flags", "", "what to know before reading the rates"),
)


@dataclass(frozen=True)
class _Row:
    kind: str
    compared: Compared
    flags: tuple[str, ...]
    p_holm: float | None = None


def compare_models(release: Release, contract: VetContract) -> VetFigure:
    """Compare tested models with a reference over the cases that they share.

    Returns:
        Figure with a row per model asked about, in their order, and rows that set an open model
        beside every other open one that was tested in the same way. Rates stand beside utility.

    Raises:
        ContractError: engines, attacks, versions or grids would be mixed; all are named.
        UnknownName: a model was not tested.
        VetError: two logs disagree about one case.

    Method: docs/security.md#ratio-of-two-rates
    """
    every = read_runs(release, contract)
    subjects = (*contract.models, contract.reference)
    engine = choose_engine(contract, [runs_of(every, subject) for subject in subjects])
    every = [run for run in every if run.setup.engine == engine]
    unit = choose_attack(contract, [runs_of(every, subject) for subject in subjects])
    every = [run for run in every if run.setup.unit == unit]
    *tested, reference = (choose_version(contract, runs_of(every, s)) for s in subjects)
    contract = replace(contract, engine=engine, attack=unit)
    asked = [
        _row(release, ASKED, pair_of(contract, release.settings, run, reference)) for run in tested
    ]
    asked = _adjusted(asked)
    beside, left_out = _open_v_open(release, contract, every, tested, reference)
    return _figure(release, contract, asked, beside, left_out)


def _row(release: Release, kind: str, pair: Pair) -> _Row:
    found = compare(pair)
    return _Row(kind, found, tuple(_flags(release, (found.first, found.second))))


def _flags(release: Release, sides: Sequence[Side]) -> Iterator[str]:
    for side in sides:
        name = side.run.setup.subject
        if side.alone is None:
            yield f"{UTILITY_UNKNOWN}: {name}"
        elif side.alone < release.settings.utility_floor:
            yield f"{LOW_CAPABILITY}: {name}"


def _adjusted(rows: Sequence[_Row]) -> list[_Row]:
    """Return rows with their p values adjusted for how many were asked about."""
    tested = [row for row in rows if row.compared.p is not None]
    adjusted = iter(holm([row.compared.p for row in tested if row.compared.p is not None]))
    return [row if row.compared.p is None else replace(row, p_holm=next(adjusted)) for row in rows]


def _open_v_open(
    release: Release,
    contract: VetContract,
    every: Sequence[Run],
    tested: Sequence[Run],
    reference: Run,
) -> tuple[list[_Row], dict[str, str]]:
    """Return each open model beside every other open one, and why some were left out."""
    rows: list[_Row] = []
    left_out: dict[str, str] = {}
    done: set[frozenset[Setup]] = set()
    others = [run for run in every if run.is_open and not run.setup.defense]
    for run in tested if not reference.is_open else ():
        for other in others if run.is_open else ():
            both = frozenset((run.setup, other.setup))
            if run.setup.model == other.setup.model or both in done:
                continue
            done.add(both)
            try:
                pair = pair_of(contract, release.settings, run, other)
            except ContractError as error:
                left_out[other.setup.subject] = error.what
                continue
            rows.append(_row(release, OPEN_V_OPEN, pair))
    return rows, left_out


def _figure(
    release: Release,
    contract: VetContract,
    asked: Sequence[_Row],
    beside: Sequence[_Row],
    left_out: dict[str, str],
) -> VetFigure:
    rows = [*asked, *beside]
    runs = [side.run for row in rows for side in (row.compared.first, row.compared.second)]
    return make_figure(
        release,
        contract,
        runs,
        columns=COLUMNS,
        rows=pa.Table.from_pylist([_record(row) for row in rows], schema=typed(COLUMNS)),
        finding=comparison_finding(contract, asked[0].compared),
        coverage=_coverage(contract, asked, beside, left_out),
        bounds={"if_missing": [_worst(row) for row in rows]},
        sensitivity={
            "intervals": [_intervals(row) for row in rows],
            "design_effects": {k: v for row in rows for k, v in effects(row.compared).items()},
        },
        caveats=tuple(_caveats(contract, asked, beside)),
    )


def _record(row: _Row) -> dict[str, Any]:
    found, first, second = row.compared, row.compared.first, row.compared.second
    only = found.discordant or (None, None)
    return {
        "kind": row.kind,
        "model": first.run.setup.subject,
        "reference": second.run.setup.subject,
        "cases": found.cases,
        "model_hits": first.hits,
        "reference_hits": second.hits,
        "model_rate": first.rate.value,
        "model_low": first.rate.low,
        "model_high": first.rate.high,
        "reference_rate": second.rate.value,
        "reference_low": second.rate.low,
        "reference_high": second.rate.high,
        "form": found.form,
        "ratio": found.headline.value,
        "ratio_low": found.headline.low,
        "ratio_high": found.headline.high,
        "only_model": only[0],
        "only_reference": only[1],
        "p": found.p,
        "p_holm": row.p_holm,
        "model_missing": first.missing,
        "reference_missing": second.missing,
        "ratio_if_missing_low": found.worst[0],
        "ratio_if_missing_high": found.worst[1],
        "model_utility": first.alone,
        "reference_utility": second.alone,
        "model_utility_attacked": first.under_attack,
        "reference_utility_attacked": second.under_attack,
        "flags": "; ".join(row.flags),
    }


def _coverage(
    contract: VetContract,
    asked: Sequence[_Row],
    beside: Sequence[_Row],
    left_out: dict[str, str],
) -> dict[str, Any]:
    first = asked[0].compared
    sizes = " and ".join(f"{size:,}" for size in first.pair.sizes)
    text = (
        f"engine {contract.engine}, attack {contract.attack}, versions "
        f"{first.first.run.setup.benchmark_version} and "
        f"{first.second.run.setup.benchmark_version}; grids of {sizes} cases, "
        f"{first.pair.planned:,} compared, {first.cases:,} with a verdict on both"
    )
    return {
        "text": text,
        "planned_cases": first.pair.planned,
        "grid_sizes": list(first.pair.sizes),
        "cases": first.cases,
        "open_v_open": _open_text(asked, beside),
        "left_out": left_out,
    }


def _open_text(asked: Sequence[_Row], beside: Sequence[_Row]) -> str:
    """Return what the open-v-open rows are, or why there are none."""
    first = asked[0].compared
    if first.first.run.is_open and first.second.run.is_open:
        return "both models compared are open"
    if not any(row.compared.first.run.is_open for row in asked):
        return "no model asked about is known to be open"
    if not beside:
        return "no other open model was tested in the same way"
    return listed(sorted({row.compared.second.run.setup.subject for row in beside}))


def _worst(row: _Row) -> dict[str, Any]:
    sides = (row.compared.first, row.compared.second)
    return {side.run.setup.subject: list(side.worst) for side in sides}


def _intervals(row: _Row) -> dict[str, Any]:
    found = row.compared
    label = "effective cases" if found.ratio is None else "two-way, t"
    said = {label: found.headline, **found.forms} if found.form != NO_RATIO else {}
    return {
        "model": found.first.run.setup.subject,
        "reference": found.second.run.setup.subject,
        "intervals": {k: [v.value, v.low, v.high] for k, v in said.items()},
        "clusters": found.ratio.clusters if found.ratio else None,
        "standard_error_of_log": found.ratio.error if found.ratio else None,
    }


def _caveats(contract: VetContract, asked: Sequence[_Row], beside: Sequence[_Row]) -> Iterator[str]:
    yield INDEPENDENT
    mixed = [row.compared.pair for row in (*asked, *beside) if row.compared.pair.mixed_versions]
    if mixed:
        sides = {
            f"{run.setup.subject}: {run.setup.benchmark_version}"
            for pair in mixed
            for run in (pair.first, pair.second)
        }
        yield VERSION_MIX.format(listed(sorted(sides), 12))
    if any(row.compared.ratio and row.compared.ratio.is_reduced for row in (*asked, *beside)):
        yield "a two-way variance was not positive; its largest part stands in for it"
    if contract.counting == "as_published":
        count = sum(side.run.errors for row in asked for side in _sides(row))
        yield AS_PUBLISHED.format(count)
    for row in (*asked, *beside):
        yield from row.flags
    if len(asked) > 1:
        yield f"{len(asked)} models were compared: read p_holm, not p"


def _sides(row: _Row) -> tuple[Side, Side]:
    return row.compared.first, row.compared.second
