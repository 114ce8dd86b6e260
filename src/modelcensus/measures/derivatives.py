"""New derivatives by the base they stand on, in three readings side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import RELATIONS, UNKNOWN
from modelcensus.measures.bases import DECLARED, IMMEDIATE, INFERRED
from modelcensus.measures.derivative_bounds import derivative_bounds, month_text
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.newcomers import Newcomers, find_newcomers, without_implausible
from modelcensus.measures.subjects import find_group
from modelcensus.measures.wording import frame_phrase, group_names, whose
from modelcensus.releases.release import Release

READ = (IMMEDIATE, DECLARED, INFERRED)
THRESHOLDS = (0, 5, 50)

COLUMNS = columns(
    ("month", "", "month in which the derivatives were created"),
    ("group", "", "group of the bases; `unknown` is one of them"),
    ("name", "", "its printable name"),
    ("value", "derivatives", "credits of the derivatives on its bases, by the contract's reading"),
    ("derivatives", "models", "derivatives that stand on at least one base of the group"),
    ("share_of_all", "fraction", "value over all derivatives of the month, unknown included"),
    ("share_of_attributed", "fraction", "value over those whose base's group is known"),
    ("share_immediate", "fraction", "share of all by the bases that models name themselves"),
    ("share_declared", "fraction", "share of all by the roots of declared edges"),
    ("share_inferred", "fraction", "share of all by the roots of declared and inferred edges"),
)
SCHEMA = pa.schema(
    [
        ("month", pa.string()),
        ("group", pa.string()),
        ("name", pa.string()),
        ("value", pa.float64()),
        ("derivatives", pa.int64()),
        ("share_of_all", pa.float64()),
        ("share_of_attributed", pa.float64()),
        ("share_immediate", pa.float64()),
        ("share_declared", pa.float64()),
        ("share_inferred", pa.float64()),
    ]
)

Credits = dict[int, dict[str, tuple[float, int]]]
"""Month -> group -> (credits, derivatives)."""


def new_derivatives(release: Release, contract: Contract) -> Figure:
    """New derivatives of each month by the base they stand on.

    Returns:
        Figure with one row per month and group by falling value, `unknown` last. Credits of a
        month add up to its derivatives where counting is fractional. Three readings stand side
        by side; `value` follows the contract's.

    Raises:
        ContractError: the frame tells of no bases, the period is a moment, or it is several
            months of a curated sample.
        UnknownName: a subject is no group of this question.

    Method: docs/methods.md#derivatives
    """
    newcomers = find_newcomers(release, contract)
    found = {reading: _credits(newcomers.with_values(reading=reading)) for reading in READ}
    mine = found[contract.reading]
    names = group_names(release, newcomers.contract)
    seen = {g for credits in found.values() for groups in credits.values() for g in groups}
    # a group that the registers know and nothing stands on has a share, which is 0
    asked = sorted(seen | set(names))
    subjects = tuple(find_group(s, asked, names, contract.by) for s in contract.subjects)
    resolved = newcomers.contract.with_values(subjects=subjects)
    rows = [r for month in sorted(mine) for r in _rows(month, found, contract, subjects, names)]
    last = max(mine, default=0)
    headline = subjects or tuple(_leaders(mine.get(last, {}))[:2])
    selection = newcomers.with_values(subjects=subjects).selection()
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=SCHEMA),
        finding=_finding(newcomers, resolved, found, last, headline, names),
        coverage=_coverage(newcomers, mine),
        bounds=derivative_bounds(newcomers, last, mine.get(last, {}), headline),
        sensitivity={
            "headline_groups": list(headline),
            "readings": _other_readings(newcomers, last, headline),
        },
        caveats=_caveats(newcomers),
    )


def _credits(newcomers: Newcomers, groups: Any = None) -> Credits:
    found: Credits = {}
    for row in newcomers.values(groups):
        found.setdefault(row["month"], {})[row["group"]] = (row["value"], row["derivatives"])
    return found


def month_credits(newcomers: Newcomers, month: int) -> dict[str, tuple[float, int]]:
    """Return the credits and the derivatives of each group in a month."""
    return _credits(newcomers).get(month, {})


def _leaders(groups: dict[str, tuple[float, int]]) -> list[str]:
    known = [g for g in groups if g != UNKNOWN]
    return sorted(known, key=lambda g: (-groups[g][0], g))


def _share(groups: dict[str, tuple[float, int]], group: str, *, attributed: bool = False) -> Any:
    whole = sum(value for g, (value, _) in groups.items() if not attributed or g != UNKNOWN)
    if not whole or (attributed and group == UNKNOWN):
        return None
    return groups.get(group, (0.0, 0))[0] / whole


def _rows(
    month: int,
    found: dict[str, Credits],
    contract: Contract,
    subjects: tuple[str, ...],
    names: dict[str, str],
) -> list[dict[str, Any]]:
    mine = found[contract.reading].get(month, {})
    listed = list(subjects) or _leaders(mine)
    others = {g for reading in READ for g in found[reading].get(month, {})}
    if not subjects:
        listed += sorted(others - {UNKNOWN} - set(listed))
    if UNKNOWN in others:
        listed.append(UNKNOWN)
    return [
        {
            "month": month_text(month),
            "group": group,
            "name": names.get(group, group),
            "value": mine.get(group, (0.0, 0))[0],
            "derivatives": mine.get(group, (0.0, 0))[1],
            "share_of_all": _share(mine, group),
            "share_of_attributed": _share(mine, group, attributed=True),
            **{f"share_{r}": _share(found[r].get(month, {}), group) for r in READ},
        }
        for group in dict.fromkeys(listed)
    ]


def _finding(
    newcomers: Newcomers,
    contract: Contract,
    found: dict[str, Credits],
    month: int,
    headline: Sequence[str],
    names: dict[str, str],
) -> str:
    mine = found[contract.reading].get(month, {})
    what = f"new {RELATIONS[contract.relation].phrase}"
    frame = frame_phrase(newcomers.release, contract)
    if not mine:
        return f"No {what} were created in {contract.period} that {frame} shows."
    parts = [f"{percent(_share(mine, g))} {stand_on(contract, g, names)}" for g in headline]
    beside = "; ".join(
        f"{label} {' and '.join(percent(_share(found[r].get(month, {}), g)) for g in headline)}"
        for r, label in ((IMMEDIATE, "by the named bases"), (DECLARED, "by declared roots"))
        if r != contract.reading and headline
    )
    count = round(sum(value for value, _ in mine.values()))
    whole = f"of {count:,} {what} created in {month_text(month)} that {frame} shows"
    unknown = percent(_share(mine, UNKNOWN)) if UNKNOWN in mine else "0 %"
    return (
        f"{whole}, {' and '.join(parts) or 'none stands on a known base'}"
        f"{f' ({beside})' if beside else ''}; the base of {unknown} is unknown."
    )


def stand_on(contract: Contract, group: str, names: dict[str, str]) -> str:
    """Return what derivatives of a group stand on, as the end of a sentence."""
    if group == UNKNOWN:
        return "stand on models of unknown developers"
    return whose(contract, group, names).replace("models standing on", "stand on", 1)


def _coverage(newcomers: Newcomers, mine: Credits) -> dict[str, Any]:
    release, contract = newcomers.release, newcomers.contract
    every = newcomers.with_values(same_developer="counted", threshold="0")
    counted = every.counted
    facts = counted.agg(
        derivatives=counted.child_key.nunique(),
        same=counted.child_key.nunique(where=counted.is_same_developer),
        unresolvable=counted.child_key.nunique(where=counted.parent_key.isnull()),
    )
    row = release.fetch(facts).to_pylist()[0]
    edges = newcomers.edges
    untyped = edges.filter((edges.relation == "unspecified") & (edges.kind == DECLARED))
    loose = release.fetch(untyped.agg(n=untyped.child_key.nunique()))["n"][0].as_py()
    whole = sum(value for groups in mine.values() for value, _ in groups.values())
    unknown = sum(groups.get(UNKNOWN, (0.0, 0))[0] for groups in mine.values())
    return {
        "frame": contract.frame,
        "hub": newcomers.snapshot.hub,
        "is_complete_frame": newcomers.snapshot.is_complete_frame,
        "label": newcomers.snapshot.label,
        "models": newcomers.count(),
        "created_in_period": _size(release, newcomers.children),
        "with_same_developer": row["derivatives"],
        "some_edge_to_same_developer": row["same"],
        "some_base_unresolvable": row["unresolvable"],
        "with_unspecified_relation": loose,
        "attributed_share": 1 - unknown / whole if whole else None,
        "unknown_share": unknown / whole if whole else None,
    }


def _size(release: Release, table: Any) -> int:
    return int(release.fetch(table.agg(n=table.count()))["n"][0].as_py())


def _other_readings(
    newcomers: Newcomers, month: int, headline: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the headline shares of the last month under other definitions."""
    contract = newcomers.contract
    readings = [_line("as defined", newcomers, month, headline)]
    for threshold in THRESHOLDS:
        if str(threshold) != contract.threshold:
            other = newcomers.with_values(threshold=str(threshold))
            name = f"with more than {threshold} downloads" if threshold else "without a threshold"
            readings.append(_line(name, other, month, headline))
    changes = [("derivatives of any relation", {"relation": "any"})]
    changes.append(("the base's own developer counted", {"same_developer": "counted"}))
    changes.append(("a whole credit for each base", {"counting": "full"}))
    for name, change in changes:
        if contract.with_values(**change) != contract:
            readings.append(_line(name, newcomers.with_values(**change), month, headline))
    likely = newcomers.with_counted(without_implausible(newcomers))
    readings.append(_line("bases of plausible size only", likely, month, headline))
    readings.append(_by_account(newcomers, month, headline))
    if contract.by == "country":
        nodes = newcomers.release.table("nodes").select("node_key", group="publisher_country")
        named = newcomers.with_values(reading=IMMEDIATE)
        name = "by the named bases, redistributors read as their makers"
        readings.append(_line(name, named, month, headline, nodes))
    return readings


def _line(
    name: str, newcomers: Newcomers, month: int, headline: Sequence[str], groups: Any = None
) -> dict[str, Any]:
    credits = _credits(newcomers, groups).get(month, {})
    return _outcome(name, credits, headline)


def _outcome(
    name: str, credits: dict[str, tuple[float, int]], headline: Sequence[str]
) -> dict[str, Any]:
    leaders = _leaders(credits)
    return {
        "reading": name,
        "shares": {g: _share(credits, g) for g in headline},
        "leader": leaders[0] if leaders else None,
    }


def _by_account(newcomers: Newcomers, month: int, headline: Sequence[str]) -> dict[str, Any]:
    """Return the shares when each account counts once a month, however many models it makes."""
    credits = newcomers.credits().join(
        newcomers.children.select("model_key", "month", "account"), "model_key"
    )
    # a bare id has no account: it stands for itself
    own = ibis.coalesce(credits.account, credits.model_key.cast("string"))
    named = credits.filter(credits.month == month).mutate(account=own)
    whole = ibis.window(group_by="account")
    parts = named.mutate(part=named.credit / named.credit.sum().over(whole))
    summed = parts.group_by("group").agg(value=parts.part.sum().round(6), n=parts.count())
    rows = newcomers.release.fetch(summed.order_by("group")).to_pylist()
    found = {r["group"]: (r["value"], r["n"]) for r in rows}
    return _outcome("each account counted once", found, headline)


def _caveats(newcomers: Newcomers) -> tuple[str, ...]:
    label = newcomers.snapshot.label
    return (
        f"bases as declared on {label}, whatever was declared before; a declaration is the "
        "publisher's word and was not verified",
        "models without a declared base, or deleted before then, are not among the derivatives",
    )
