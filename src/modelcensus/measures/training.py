"""Parameters and training compute of notable models by developer country and year, by a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time
from fractions import Fraction
from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.subjects import find_group
from modelcensus.measures.wording import group_names, whose
from modelcensus.releases.release import Release

GROUPINGS = ("country", "total")
QUANTITIES = {"parameters": "parameters", "training_compute": "floating point operations"}
PERCENTS = {"p10": Fraction(1, 10), "median": Fraction(1, 2), "p90": Fraction(9, 10)}
ALL = "all models"
LISTED = 10
"""How many kinds of hardware are listed for a group."""

COLUMNS = columns(
    ("group", "", "country of the developers; `unknown` where the list names none"),
    ("name", "", "its printable name"),
    ("year", "", "year of publication; `unknown` where the list gives none"),
    ("quantity", "", "parameters, or training_compute in floating point operations"),
    ("models", "models", "models of the group and year, one of k countries counting 1/k in each"),
    ("open_models", "models", "of these, with open weights"),
    ("told", "models", "of these, of which the list tells the quantity"),
    ("p10", "of the quantity", "value up to which 10 % of the told models lie; null: none told"),
    ("median", "of the quantity", "the middle"),
    ("p90", "of the quantity", "value up to which 90 % lie"),
    ("largest", "of the quantity", "the largest"),
)
_TEXTS = ("group", "name", "year", "quantity")
_SCHEMA = pa.schema([(c.name, pa.string() if c.name in _TEXTS else pa.float64()) for c in COLUMNS])
NOT_SHOWN = (
    "all models: a list of notable ones, by its makers' own rule",
    "why sizes or compute differ: it describes, and neither export controls nor budgets are tried",
    "efficiency: results are in another figure, over other models",
)

Weighted = list[tuple[float, Fraction]]


def training_by_group(release: Release, contract: Contract) -> Figure:
    """Quantiles of parameters and training compute by country and year of publication.

    Returns:
        Figure with a row per group, year and quantity that the list tells of at all; groups by
        falling number of models, `unknown` last. A model of several countries is divided among
        them, or whole in each where the counting is full. `details` hold training hardware.

    Raises:
        ContractError: no list is imported, or the grouping or the period is none of it.
        UnknownName: a subject is no group of it.

    Method: docs/methods.md#training
    """
    models = _models(release, contract)
    names = group_names(release, contract)
    parts = _parts(models, contract)
    groups = _ordered(parts)
    subjects = [find_group(s, groups, names, contract.by) for s in contract.subjects]
    contract = contract.with_values(subjects=tuple(subjects))
    listed = subjects or groups
    told = [q for q in QUANTITIES if any(m[q] is not None for m in models)]
    rows = [
        _row(parts, group, names, year, quantity)
        for group in listed
        for year in sorted({m["year"] for m, g, _ in parts if g == group})
        for quantity in told
    ]
    source = next(e for e in release.manifest["evidence"] if e["id"] == models[0]["evidence_id"])
    return Figure(
        contract=contract,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=_SCHEMA),
        finding=_finding(contract, models, parts, listed, names),
        does_not_show=NOT_SHOWN,
        coverage=_coverage(models, told),
        bounds=_bounds(parts, listed, told),
        sensitivity=_sensitivity(models, contract, listed),
        caveats=_caveats(models, told),
        release=release.name,
        registers=release.registers,
        sources=(source["source"]["attribution"],),
        licences=(source["source"]["licence"],),
        details={"hardware": hardware_of(parts, listed)},
    )


def _models(release: Release, contract: Contract) -> list[dict[str, Any]]:
    if contract.by not in GROUPINGS:
        raise ContractError(
            f"the list does not group its models by {contract.by}",
            where=f"--by {contract.by}",
            next_step=f"--by {' or '.join(GROUPINGS)}",
        )
    table = release.table("notable_models")
    rows = release.fetch(table.order_by("place")).to_pylist()
    if not rows:
        raise ContractError(
            "no list of notable models is in this release",
            where=f"release {release.name}",
            next_step="`census import epoch PATH`, then `census build`",
        )
    inside = [row for row in rows if _is_inside(row["published_on"], contract)]
    if not inside:
        raise ContractError(
            f"the list holds no model published in {contract.period}",
            where=f"{len(rows)} models of the list of {rows[0]['as_of']}",
            next_step="choose another period, or --period all",
        )
    return [
        r | {"year": str(r["published_on"].year) if r["published_on"] else UNKNOWN} for r in inside
    ]


def _is_inside(day: Any, contract: Contract) -> bool:
    period = contract.period_value
    if period.end is None:
        return True
    if day is None:
        return False
    at = datetime.combine(day, time(), UTC)
    return at < period.end and (period.is_instant or period.start is None or at >= period.start)


def _parts(
    models: Sequence[dict[str, Any]], contract: Contract
) -> list[tuple[dict[str, Any], str, Fraction]]:
    """Return each model's groups with what of it counts there."""
    found = []
    for model in models:
        groups = [ALL] if contract.by == "total" else model["countries"] or [UNKNOWN]
        part = Fraction(1, 1 if contract.counting == "full" else len(groups))
        found += [(model, group, part) for group in groups]
    return found


def _ordered(parts: Sequence[tuple[dict[str, Any], str, Fraction]]) -> list[str]:
    counts: dict[str, Fraction] = {}
    for _, group, part in parts:
        counts[group] = counts.get(group, Fraction()) + part
    known = sorted((g for g in counts if g != UNKNOWN), key=lambda g: (-counts[g], g))
    return known + [UNKNOWN] * (UNKNOWN in counts)


def quantile(pairs: Weighted, part: Fraction) -> float | None:
    """Return the smallest value up to which a part of the weight lies; null over nothing."""
    whole = sum((weight for _, weight in pairs), Fraction())
    reached = Fraction()
    for value, weight in sorted(pairs):
        reached += weight
        if reached >= part * whole:
            return value
    return None


def _row(
    parts: Sequence[tuple[dict[str, Any], str, Fraction]],
    group: str,
    names: dict[str, str],
    year: str,
    quantity: str,
) -> dict[str, Any]:
    mine = [(m, part) for m, g, part in parts if g == group and m["year"] == year]
    pairs = [(m[quantity], part) for m, part in mine if m[quantity] is not None]
    return {
        "group": group,
        "name": names.get(group, group),
        "year": year,
        "quantity": quantity,
        "models": float(sum(part for _, part in mine)),
        "open_models": float(sum(part for m, part in mine if m["weights"] == "open")),
        "told": float(sum(part for _, part in pairs)),
        **{name: quantile(pairs, part) for name, part in PERCENTS.items()},
        "largest": max((value for value, _ in pairs), default=None),
    }


def hardware_of(
    parts: Sequence[tuple[dict[str, Any], str, Fraction]], groups: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the training hardware that the list names, by group; empty where it names none."""
    found: dict[str, list[dict[str, Any]]] = {}
    for group in groups:
        counts: Counter[str] = Counter()
        for model, name, _ in parts:
            if name == group and model["hardware"]:
                counts[model["hardware"]] += 1
        if counts:
            ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            found[group] = [{"hardware": h, "models": n} for h, n in ordered[:LISTED]]
    return found


def _coverage(models: Sequence[dict[str, Any]], told: Sequence[str]) -> dict[str, Any]:
    several = sum(len(m["countries"]) > 1 for m in models)
    known = {q: sum(m[q] is not None for m in models) for q in QUANTITIES}
    return {
        "text": f"{len(models):,} models of the list of {models[0]['as_of']}: parameters of "
        f"{known['parameters']:,}, training compute of {known['training_compute']:,}; "
        f"{several} of several countries",
        "models": len(models),
        "told": known,
        "hardware_told": sum(bool(m["hardware"]) for m in models),
        "of_several_countries": several,
        "called_multinational": sum(m["is_multinational"] for m in models),
        "of_no_country": sum(not m["countries"] for m in models),
        "without_a_day": sum(m["published_on"] is None for m in models),
        "quantities": list(told),
    }


def _bounds(
    parts: Sequence[tuple[dict[str, Any], str, Fraction]],
    groups: Sequence[str],
    told: Sequence[str],
) -> dict[str, Any]:
    """Return each group's median if what is not told were all smaller, or all larger."""
    found: dict[str, Any] = {}
    for group in groups:
        mine = [(m, part) for m, g, part in parts if g == group]
        for quantity in told:
            pairs = [(m[quantity], part) for m, part in mine if m[quantity] is not None]
            silent = sum((part for m, part in mine if m[quantity] is None), Fraction())
            ends = [quantile([*pairs, (end, silent)], PERCENTS["median"])
                    for end in (float("-inf"), float("inf"))]  # fmt: skip
            found[f"{group} {quantity}"] = [e if e and abs(e) != float("inf") else None
                                            for e in ends]  # fmt: skip
    return {"median_of_all_years": found}


def _sensitivity(
    models: Sequence[dict[str, Any]], contract: Contract, groups: Sequence[str]
) -> dict[str, Any]:
    """Return each group's median parameters over all years under both countings."""
    found: dict[str, Any] = {}
    for counting in ("fractional", "full"):
        parts = _parts(models, contract.with_values(counting=counting))
        found[counting] = {
            group: quantile(
                [(m["parameters"], part) for m, g, part in parts
                 if g == group and m["parameters"] is not None],
                PERCENTS["median"],
            )
            for group in groups
        }  # fmt: skip
    return {"median_parameters_by_counting": found}


def _caveats(models: Sequence[dict[str, Any]], told: Sequence[str]) -> tuple[str, ...]:
    texts = [
        "countries are the list's own, of the organisations; a country named twice in a cell "
        "counts once, and `Multinational` beside a country is no country",
    ]
    silent = sum(not m["countries"] for m in models)
    if silent:
        texts.append(f"{silent} models have no country in the list")
    lacking = [q for q in QUANTITIES if q not in told]
    if lacking:
        texts.append(f"the imported file tells nothing of: {', '.join(lacking)}")
    if not any(m["hardware"] for m in models):
        texts.append("the imported file tells nothing of training hardware")
    return tuple(texts)


def _finding(
    contract: Contract,
    models: Sequence[dict[str, Any]],
    parts: Sequence[tuple[dict[str, Any], str, Fraction]],
    listed: Sequence[str],
    names: dict[str, str],
) -> str:
    said = []
    for group in listed[:3]:
        mine = [(m, part) for m, g, part in parts if g == group]
        pairs = [(m["parameters"], part) for m, part in mine if m["parameters"] is not None]
        middle = quantile(pairs, PERCENTS["median"])
        whom = "all" if contract.by == "total" else whose(contract, group, names)
        shown = "unknown" if middle is None else f"{middle:,.3g}"
        share = len(pairs) / len(mine) if mine else None
        said.append(f"{whom}: median {shown} parameters, told of {percent(share, 0)}")
    return (
        f"Of {len(models):,} notable models in the list of {models[0]['as_of']}: {'; '.join(said)}."
    )
