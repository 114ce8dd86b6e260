"""How open systems are beyond their weights, by an index: criterion by criterion, over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.subjects import find_group
from modelcensus.measures.wording import group_names, whose
from modelcensus.releases.release import Release

GROUPINGS = ("total", "country", "developer", "developer_type", "created_year", "licence_class")
CLASSES = ("open", "partial", "closed")
ALL = "all systems"
PERMISSIVE = ("L1", "L3")
"""Licence classes under which anybody may use, change and pass on the weights, with notices."""
DATA = ("datasources_basemodel", "datasources_endmodel")
"""Criteria that say whether the training data are disclosed."""
LEAST_YEAR = 10
"""Systems of a year below which a share of them says little."""

COLUMNS = columns(
    ("group", "", "group of the definition; `unknown` is one of them"),
    ("name", "", "its printable name"),
    ("criterion", "", "what the index assessed"),
    ("systems", "systems", "systems of the group"),
    ("open", "systems", "of these, assessed as open"),
    ("partial", "systems", "assessed as partly open"),
    ("closed", "systems", "assessed as closed"),
    ("unassessed", "systems", "not assessed: neither open nor closed"),
    ("share_open", "fraction", "open over assessed; null where none is"),
    ("share_at_least", "fraction", "open over all, if what is not assessed were closed"),
    ("share_at_most", "fraction", "open over all, if what is not assessed were open"),
)
_TEXTS = ("group", "name", "criterion")
_SCHEMA = pa.schema(
    [
        (
            c.name,
            pa.string()
            if c.name in _TEXTS
            else pa.float64()
            if c.name.startswith("share_")
            else pa.int64(),
        )
        for c in COLUMNS
    ]
)
NOT_SHOWN = (
    "all models: an index holds the systems that its makers chose to assess",
    "quality or safety: it says what is disclosed and under which terms, nothing else",
    "legal advice: a class is the index's judgement on the day that it describes",
)


def openness_by_group(release: Release, contract: Contract) -> Figure:
    """How many systems of each group an index finds open, partly open or closed.

    Returns:
        Figure with a row per group and criterion, groups by falling number of systems, `unknown`
        last. `details` hold the same over the years of release, and the systems under an open
        licence whose training data are closed.

    Raises:
        ContractError: no index is imported, or the grouping or the period is none of it.
        UnknownName: a subject is no group of it.

    Method: docs/methods.md#openness
    """
    systems = _systems(release, contract)
    names = group_names(release, contract)
    groups = _ordered(systems, contract)
    subjects = [find_group(s, groups, names, contract.by) for s in contract.subjects]
    contract = contract.with_values(subjects=tuple(subjects))
    listed = subjects or groups
    criteria = list(dict.fromkeys(c for s in systems for c in s["criteria"]))
    rows = [
        _row(group, names, criterion, [s for s in systems if s["group"] == group])
        for group in listed
        for criterion in criteria
    ]
    source = next(e for e in release.manifest["evidence"] if e["id"] == systems[0]["evidence_id"])
    disclosed = open_without_data(systems)
    return Figure(
        contract=contract,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=_SCHEMA),
        finding=_finding(contract, systems, disclosed, listed, names),
        does_not_show=NOT_SHOWN,
        coverage=_coverage(systems, criteria),
        bounds={
            "share_open": {
                f"{r['group']} {r['criterion']}": [r["share_at_least"], r["share_at_most"]]
                for r in rows
            }
        },
        sensitivity=_sensitivity(systems, disclosed),
        caveats=_caveats(systems),
        release=release.name,
        registers=release.registers,
        sources=(source["source"]["attribution"],),
        licences=(source["source"]["licence"],),
        details={
            "by_year": by_year(systems, criteria),
            "open_licence_closed_data": disclosed,
        },
    )


def _systems(release: Release, contract: Contract) -> list[dict[str, Any]]:
    """Return the index's systems of the period with their group and criteria."""
    if contract.by not in GROUPINGS:
        raise ContractError(
            f"the index does not say {contract.by} of its systems",
            where=f"--by {contract.by}",
            next_step=f"--by {', '.join(GROUPINGS)}",
        )
    table = release.table("openness")
    rows = release.fetch(table.order_by(["place", "criterion"])).to_pylist()
    if not rows:
        raise ContractError(
            "no index of openness is in this release",
            where=f"release {release.name}",
            next_step="`census import openness PATH` (the table of osai-index.eu as CSV), then "
            "`census build`",
        )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        system = found.setdefault(row["place"], {**row, "criteria": {}})
        system["criteria"][row["criterion"]] = row["assessed"]
    inside = [s for s in found.values() if _is_inside(s["released_in"], contract)]
    if not inside:
        months = sorted(s["released_in"] for s in found.values() if s["released_in"])
        raise ContractError(
            f"the index holds no system released in {contract.period}",
            where=f"its releases run from {months[0]} to {months[-1]}",
            next_step="choose a period within them, or --period all",
        )
    return [s | {"group": _group(s, contract.by)} for s in inside]


def _is_inside(month: str | None, contract: Contract) -> bool:
    """Return whether a month of release lies in the period; of an unknown one only in `all`."""
    period = contract.period_value
    if period.end is None:
        return True
    if month is None:
        return False
    at = datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)
    return at < period.end and (period.is_instant or period.start is None or at >= period.start)


def _group(system: dict[str, Any], by: str) -> str:
    if by == "total":
        return ALL
    if by == "created_year":
        return (system["released_in"] or UNKNOWN)[:4] if system["released_in"] else UNKNOWN
    return system[by] or UNKNOWN


def _ordered(systems: Sequence[dict[str, Any]], contract: Contract) -> list[str]:
    """Return the groups by falling number of systems (years by time), `unknown` last."""
    counts = Counter(s["group"] for s in systems)
    known = [g for g in counts if g != UNKNOWN]
    by_time = contract.by in ("created_year", "licence_class")
    known.sort(key=lambda g: ("", g) if by_time else (-counts[g], g))
    return known + [UNKNOWN] * (UNKNOWN in counts)


def _row(
    group: str, names: dict[str, str], criterion: str, systems: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    counts = Counter(s["criteria"].get(criterion) for s in systems)
    assessed = sum(counts[c] for c in CLASSES)
    everything = len(systems)
    return {
        "group": group,
        "name": names.get(group, group),
        "criterion": criterion,
        "systems": everything,
        **{c: counts[c] for c in CLASSES},
        "unassessed": everything - assessed,
        "share_open": counts["open"] / assessed if assessed else None,
        "share_at_least": counts["open"] / everything if everything else None,
        "share_at_most": (
            (counts["open"] + everything - assessed) / everything if everything else None
        ),
    }


def by_year(systems: Sequence[dict[str, Any]], criteria: Sequence[str]) -> list[dict[str, Any]]:
    """Return systems and open ones by group, year of release and criterion, in order of time."""
    cells: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for system in systems:
        year = (system["released_in"] or UNKNOWN)[:4] if system["released_in"] else UNKNOWN
        cells.setdefault((year, system["group"]), []).append(system)
    return [
        {
            "year": year,
            "group": group,
            "systems": len(found),
            "is_few": len(found) < LEAST_YEAR,
            "open": {c: sum(s["criteria"].get(c) == "open" for s in found) for c in criteria},
            "assessed": {c: sum(s["criteria"].get(c) is not None for s in found) for c in criteria},
        }
        for (year, group), found in sorted(cells.items())
    ]


def open_without_data(systems: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the systems under a permissive licence of which the index finds closed data.

    A developer is named where the registers know one; others' names are not repeated.
    """
    found = []
    for system in systems:
        closed = [c for c in DATA if system["criteria"].get(c) == "closed"]
        if closed and system["licence_class"] in PERMISSIVE:
            found.append(
                {
                    "system": system["system"],
                    "developer": system["developer"],
                    "country": system["country"],
                    "released_in": system["released_in"],
                    "licence": system["licence_text"],
                    "licence_class": system["licence_class"],
                    "closed": closed,
                }
            )
    return sorted(found, key=lambda s: (s["released_in"] or "", s["system"] or ""))


def _coverage(systems: Sequence[dict[str, Any]], criteria: Sequence[str]) -> dict[str, Any]:
    attributed = sum(s["developer"] != UNKNOWN for s in systems)
    unassessed = sum(v is None for s in systems for v in s["criteria"].values())
    return {
        "text": f"{len(systems)} systems of the index of {systems[0]['as_of']}, {len(criteria)} "
        f"criteria, {unassessed} cells not assessed; the developer of {attributed} is known",
        "systems": len(systems),
        "criteria": list(criteria),
        "cells_unassessed": unassessed,
        "systems_with_known_developer": attributed,
        "systems_without_month": sum(s["released_in"] is None for s in systems),
        "systems_with_read_licence": sum(s["licence_class"] is not None for s in systems),
        "as_of": systems[0]["as_of"],
    }


def _sensitivity(
    systems: Sequence[dict[str, Any]], disclosed: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return how the list of open licences with closed data moves with what counts as which."""
    by_index = [s for s in systems if s["criteria"].get("licenses") == "open"]
    return {
        "open_licence_closed_data": {
            "by_our_licence_classes": len(disclosed),
            "both_data_criteria_closed": sum(len(s["closed"]) == len(DATA) for s in disclosed),
            "by_the_index's_own_criterion": sum(
                any(s["criteria"].get(c) == "closed" for c in DATA) for s in by_index
            ),
        }
    }


def _caveats(systems: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    unread = sum(s["licence_class"] is None for s in systems)
    unknown = sum(s["developer"] == UNKNOWN for s in systems)
    return (
        "the month is that of the system's release; the assessment is of the day of the index, so "
        "a change over the years of release is no change of any one system",
        f"the licence of {unread} systems is none that the licence register has read: they stand "
        "in no list of open licences",
        f"{unknown} systems have a developer that the registers do not know, or several",
    )


def _finding(
    contract: Contract,
    systems: Sequence[dict[str, Any]],
    disclosed: Sequence[dict[str, Any]],
    listed: Sequence[str],
    names: dict[str, str],
) -> str:
    parts = []
    for group in listed[:3]:
        mine = [s for s in systems if s["group"] == group]
        whom = "all of them" if contract.by == "total" else whose(contract, group, names)
        shares = [
            f"{label} of {percent(_row(group, names, criterion, mine)['share_open'], 0)}"
            for criterion, label in (
                ("weights_endmodel", "the weights"),
                ("datasources_basemodel", "the base model's data"),
            )
            if criterion in mine[0]["criteria"]
        ]
        parts.append(f"{whom} ({len(mine)}): open are {' and '.join(shares) or 'none named here'}")
    return (
        f"Of {len(systems)} systems that the index of {systems[0]['as_of']} assessed, "
        f"{'; '.join(parts)}. {len(disclosed)} have an open licence and closed training data."
    )
