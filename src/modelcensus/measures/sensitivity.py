"""How far a share moves under other readings, and which models and register rows it hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.fact_words import MANY_VALUED
from modelcensus.contracts.vocabulary import COUNTINGS, READINGS, ROLL_UPS
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import Sums, headline_share, sums_by_snapshot
from modelcensus.measures.blocs import in_blocs
from modelcensus.measures.frames import held_snapshots
from modelcensus.measures.groups import deciding_rows
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.summing import is_summed, other_spacings, spacing_reading
from modelcensus.releases.release import Release

_BY_COUNTRY = ("country", "bloc")
_NO_LINEAGE = {"lens": "developer", "reading": "inferred", "counting": "fractional"}

LARGEST = 10
"""How many of the largest models are left out one at a time."""

MOVED_COPIES = 5
"""How many copies are listed that carry most to another group."""

CAP = 1_000_000
"""Where the capped reading cuts a single model's count."""


def sensitivity_of(selection: Selection, sums: Sums, headline: Sequence[str]) -> dict[str, Any]:
    """Return readings, leave-one-model-out and contested rows for the headline groups."""
    contested = contested_rows(selection, sums, headline)
    found = {
        "headline_groups": list(headline),
        "readings": other_readings(selection, sums, headline),
        "leave_one_model_out": leave_one_out(selection, sums, headline),
        "contested_rows": contested,
        "hangs_on": contested[0] if contested else None,
    }
    if selection.contract.roll_up != "none":
        found["moved_copies"] = moved_copies(selection, sums, headline)
    return found


def moved_copies(selection: Selection, sums: Sums, headline: Sequence[str]) -> list[dict[str, Any]]:
    """Return the copies that carry most to another group, with the shares if they did not.

    That a model is a copy is its own declaration, or a rule's; one of them can move a headline.
    Nothing for groups in which a model may stand several times.
    """
    contract, release = selection.contract, selection.release
    if contract.by in MANY_VALUED:
        return []
    own = select(release, contract.with_values(roll_up="none"))
    before = own.values.filter(own.values.snapshot_key == own.last.key)
    after = selection.values.filter(selection.values.snapshot_key == selection.last.key)
    pairs = after.select("model_key", "value", to="group").join(
        before.select("model_key", **{"from": "group"}), "model_key"
    )
    moved = pairs.filter((pairs.to != pairs["from"]) & (pairs.value > 0))
    models = release.table("models").select("model_key", "model_id")
    named = moved.join(models, "model_key").select("model_id", "from", "to", "value")
    order = [ibis.desc("value"), ibis.asc("model_id"), ibis.asc("to")]
    rows = selection.fetch(named.order_by(order).limit(MOVED_COPIES)).to_pylist()
    return [row | _if_own(selection, sums, headline, row) for row in rows]


def _if_own(
    selection: Selection, sums: Sums, headline: Sequence[str], row: dict[str, Any]
) -> dict[str, Any]:
    """Return shares and leader with the value of a copy given back to the group it came from."""
    values = dict(sums.values)
    values[row["to"]] = values.get(row["to"], 0) - row["value"]
    values[row["from"]] = values.get(row["from"], 0) + row["value"]
    return _outcome(replace(sums, values=values), selection, headline)


def leave_one_out(
    selection: Selection, sums: Sums, headline: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the headline shares without each of the largest models, largest first.

    A model that stands in several groups leaves all of them; it is listed with its largest part.
    """
    return [
        {
            "without": model_id,
            "group": max(parts, key=lambda group: parts[group]),
            "value": max(parts.values()) if sums.whole_value is not None else sum(parts.values()),
            **_outcome(_without(sums, parts), selection, headline),
        }
        for model_id, parts in _largest_in_parts(selection).items()
    ]


def _largest_in_parts(selection: Selection) -> dict[str, dict[str, float]]:
    """Return group -> value of each of the largest models, largest first."""
    if not selection.contract.has_several_groups:
        rows = largest_models(selection, LARGEST)
        return {row["model_id"]: {row["group"]: row["value"]} for row in rows}
    values = selection.values
    last = values.filter((values.snapshot_key == selection.last.key) & values.value.notnull())
    full = selection.contract.has_full_words
    whole = last.value.max() if full else last.value.sum().round(6)
    models = selection.release.table("models").select("model_key", "model_id")
    named = last.group_by("model_key").agg(whole=whole).join(models, "model_key")
    largest = named.order_by([ibis.desc("whole"), ibis.asc("model_id")]).limit(LARGEST)
    parts = last.select("model_key", "group", "value").join(largest, "model_key")
    order = [ibis.desc("whole"), ibis.asc("model_id"), ibis.asc("group")]
    found: dict[str, dict[str, float]] = {}
    for row in selection.fetch(parts.order_by(order)).to_pylist():
        found.setdefault(row["model_id"], {})[row["group"]] = row["value"]
    return found


def _without(sums: Sums, parts: dict[str, float]) -> Sums:
    """Return the sums without a model that has these parts."""
    left = {group: value - parts.get(group, 0) for group, value in sums.values.items()}
    whole = sums.whole_value
    if whole is not None:
        whole -= max(parts.values())
    return replace(sums, values=left, whole_value=whole)


def largest_models(selection: Selection, count: int) -> list[dict[str, Any]]:
    """Return the models with the largest values at the last snapshot: model_id, group, value."""
    rows = selection.values
    last = rows.filter((rows.snapshot_key == selection.last.key) & rows.value.notnull())
    models = selection.release.table("models").select("model_key", "model_id")
    named = last.join(models, "model_key").select("model_id", "group", "value")
    order = [ibis.desc("value"), ibis.asc("model_id"), ibis.asc("group")]
    found: list[dict[str, Any]] = selection.fetch(named.order_by(order).limit(count)).to_pylist()
    return found


def contested_rows(
    selection: Selection, sums: Sums, headline: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the contested register rows by how much of the total they carry.

    Each says what the headline shares and the leader become when only that row is read the
    other way.
    """
    contract = selection.contract
    contestable = (*_BY_COUNTRY, "developer", "developer_type")
    if contract.by not in contestable or contract.coding != "census":
        return []
    rows = selection.fetch(_carried(selection).order_by(["row_id", "alternative", "from"]))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows.to_pylist():
        if row["to"] is None or row["to"] == row["from"] or not row["value"]:
            continue
        key = (row["row_id"], row["alternative"])
        if key not in found or row["value"] > found[key]["value"]:
            found[key] = _reading(selection, sums, headline, row)
    ordered = sorted(found.values(), key=lambda r: (-r["value"], r["row_id"], r["alternative"]))
    return ordered[: int(selection.release.settings.contested_rows)]


def _carried(selection: Selection) -> ir.Table:
    """Return (row_id, alternative, from, to, value ...) for each contested row in use."""
    release, by = selection.release, selection.contract.by
    contested = release.table("contested").select(
        "row_id", "subject", "alternative", "because", to="country" if by == "bloc" else by
    )
    if by == "bloc":
        contested = in_blocs(release, [selection.last], contested, column="to")
    rows = selection.values
    last = rows.filter(rows.snapshot_key == selection.last.key)
    decided = deciding_rows(release, selection.contract, selection.last, last)
    columns = ["namespace_row"] if by == "developer" else ["namespace_row", "developer_row"]
    parts = []
    for column in columns:
        value = decided.value.sum()
        is_whole = selection.contract.has_whole_values
        whole = value.cast("int64") if is_whole else value.round(6)
        carried = decided.group_by([column, "group"]).agg(value=whole)
        named = carried.rename(**{"row_id": column, "from": "group"})
        parts.append(named.join(contested, "row_id"))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _reading(
    selection: Selection, sums: Sums, headline: Sequence[str], row: dict[str, Any]
) -> dict[str, Any]:
    values = dict(sums.values)
    values[row["from"]] = values.get(row["from"], 0) - row["value"]
    values[row["to"]] = values.get(row["to"], 0) + row["value"]
    moved = replace(sums, values=values)
    groups = list(dict.fromkeys([*headline, row["from"], row["to"]]))
    return {
        "row_id": row["row_id"],
        "subject": row["subject"],
        "alternative": row["alternative"],
        "from": row["from"],
        "to": row["to"],
        "value": row["value"],
        "share_moved": row["value"] / sums.total if sums.total else None,
        **_outcome(moved, selection, groups),
        "because": row["because"],
    }


def other_readings(
    selection: Selection, sums: Sums, headline: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the headline shares under other ways to read the same question."""
    contract, release = selection.contract, selection.release
    readings = [_line("as defined", sums, contract, headline)]
    for name, denominator in (("of everything", "all"), ("of the attributed part", "attributed")):
        if denominator != contract.denominator:
            other = contract.with_values(denominator=denominator)
            readings.append(_line(name, sums, other, headline))
    if contract.outliers == "none" and contract.metric_term.unit in ("downloads", "pulls"):
        capped = {"outliers": f"cap:{CAP}"}
        readings.append(
            _other(release, contract, f"each model capped at {CAP:,}", capped, headline)
        )
    if contract.lens == "base":
        readings += _readings_of_bases(release, contract, headline)
    elif contract.by in MANY_VALUED:
        readings += _readings_of_words(release, contract, headline)
    if contract.roll_up != "none":
        readings.append(
            _other(release, contract, ROLL_UPS["none"].phrase, {"roll_up": "none"}, headline)
        )
    # beside what happened in a period stand the states at its end
    moment = {}
    if contract.metric_term.is_of_period:
        moment = {"period": selection.last.label[:10], "spacing": "28"}
    readings += _other_sums(selection, headline)
    for metric in ("likes", "descendants", "models"):
        if metric != contract.metric:
            change = {"metric": metric, "outliers": "none"} | moment
            readings.append(_other(release, contract, f"by {metric}", change, headline))
    return [r for r in readings if r]


def _other_sums(selection: Selection, headline: Sequence[str]) -> list[dict[str, Any]]:
    """Return the headline shares under other choices of the readings that are added up."""
    release, contract = selection.release, selection.contract
    if not is_summed(contract):
        return []
    held = held_snapshots(release, contract)
    return [
        _other(release, contract, spacing_reading(text, kept), {"spacing": text}, headline)
        for text, kept in other_spacings(held, contract)
    ]


def _readings_of_bases(
    release: Release, contract: Contract, headline: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the headline shares by how far up bases are followed and how credit is divided."""
    changes = [(READINGS[r].phrase, {"reading": r}) for r in READINGS if r != contract.reading]
    changes += [(COUNTINGS[c].phrase, {"counting": c}) for c in COUNTINGS if c != contract.counting]
    changes.append(("by the developers of the models themselves", _NO_LINEAGE))
    return [_other(release, contract, name, change, headline) for name, change in changes]


def _readings_of_words(
    release: Release, contract: Contract, headline: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the headline shares with a model's credit divided among its groups, or whole."""
    others = {
        "fractional": "each model divided among its groups",
        "full": "each model whole in every group of it",
    }
    return [
        _other(release, contract, name, {"counting": counting}, headline)
        for counting, name in others.items()
        if counting != contract.counting
    ]


def _other(
    release: Release,
    contract: Contract,
    name: str,
    change: dict[str, str],
    headline: Sequence[str],
) -> dict[str, Any]:
    """Return one reading, or nothing where the frame cannot carry it."""
    try:
        other = select(release, contract.with_values(**change))
    except ContractError:
        return {}
    return _line(name, sums_by_snapshot(other)[other.last.key], contract, headline)


def _line(name: str, sums: Sums, contract: Contract, headline: Sequence[str]) -> dict[str, Any]:
    shares = {g: headline_share(sums, contract, g) for g in headline}
    return {"reading": name, "shares": shares, "leader": _leader(sums)}


def _outcome(sums: Sums, selection: Selection, groups: Sequence[str]) -> dict[str, Any]:
    """Return the shares, over the contract's own denominator, and the leader of some sums."""
    shares = {g: headline_share(sums, selection.contract, g) for g in groups}
    return {"shares": shares, "leader": _leader(sums)}


def _leader(sums: Sums) -> str | None:
    leaders = sums.leaders()
    return leaders[0] if leaders else None
