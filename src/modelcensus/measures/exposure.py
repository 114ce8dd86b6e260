"""What stands on the bases of one developer, family, country or account, along chains of bases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import READINGS, UNASSIGNED, UNKNOWN
from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.base_adopters import adopters_caveat, adopters_of_bases
from modelcensus.measures.bases import IMMEDIATE, require_lineage, steps
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.frames import choose_snapshots
from modelcensus.measures.newcomers import lineage_frame
from modelcensus.measures.populations import latest_facts, observed_values
from modelcensus.measures.selection import Selection
from modelcensus.measures.subjects import find_group
from modelcensus.measures.wording import frame_phrase, group_names
from modelcensus.releases.release import Release

BASES, DIRECT, TRANSITIVE, UNCLEAR = "bases", "direct", "transitive", "unknown"
STANDING = {
    BASES: "the named bases themselves",
    DIRECT: "declares one of the bases as its own, or is a copy of one by a stated rule",
    TRANSITIVE: "stands on one of the bases by two steps or more, and by none directly",
    UNCLEAR: "stands on something nobody knows the maker of, and not known to stand on the bases",
}
"""How a model stands to the bases; every model is in one of them or in none."""

ANY = "any"
LANGUAGES = 10
"""How many languages are listed."""

COLUMNS = columns(
    ("standing", "", "bases, direct, transitive or unknown"),
    ("relation", "", "relation of the model's own edge; `any`: each model once"),
    ("models", "models", "models that the snapshot shows"),
    ("by_the_same_developer", "models", "of these, made by the developer of their base"),
    ("value", "as the metric", "what they hold; null where no count is known"),
    ("share_of_all", "fraction", "value over everything in the frame"),
    ("developers", "developers", "known developers among those who made them"),
    ("accounts", "accounts", "accounts that publish them"),
    ("languages", "languages", "languages that they declare"),
)
SCHEMA = pa.schema(
    [
        ("standing", pa.string()),
        ("relation", pa.string()),
        ("models", pa.int64()),
        ("by_the_same_developer", pa.int64()),
        ("value", pa.int64()),
        ("share_of_all", pa.float64()),
        ("developers", pa.int64()),
        ("accounts", pa.int64()),
        ("languages", pa.int64()),
    ]
)
NOT_SHOWN = (
    "what would happen: it describes what stands on the bases today, and forecasts nothing",
    "that a derivative stops working: weights that were downloaded stay where they are",
)


@dataclass(frozen=True)
class Standing:
    """The models of a frame by how they stand to the bases.

    Attributes:
        keys: standing -> model keys; every key in one of them at most.
        edges: the edges that were followed: child_key, parent_key, relation, is_same_developer.
        levels: how many steps the longest way from a base has.
    """

    keys: dict[str, frozenset[int]]
    edges: ir.Table
    levels: int


def exposure_to_bases(release: Release, contract: Contract) -> Figure:
    """What stands on the bases that the contract names with `without`.

    Returns:
        Figure with a row per standing and relation. A model with edges of several relations is
        in each of their rows and once in `any`. The bounds hold what is known to stand on the
        bases, and that plus all whose bases nobody knows. `adopters` are the adoption records
        found of the families of these bases: counts of records, not of adopters.

    Raises:
        ContractError: no bases are named, or no frame tells what its models are built on.
        UnknownName: the frame's lineage knows no such base.

    Method: docs/methods.md#exposure
    """
    contract = _resolved(release, contract)
    snapshots = choose_snapshots(release, contract)
    kind, name = _named(release, contract)
    contract = contract.with_values(without=f"{kind}:{name}")
    standing = find_standing(release, contract)
    observed = observed_values(release, contract, snapshots).select(
        "snapshot_key", "model_key", "value"
    )
    models = _described(release, contract, observed)
    rows = _rows(release, standing, models)
    whole = {"models": len(models), "value": _sum(m["value"] for m in models.values())}
    selection = Selection(
        release, contract, snapshots, observed.mutate(group=ibis.literal(UNKNOWN))
    )
    bounds = _bounds(standing, models, whole)
    adopters = adopters_of_bases(release, kind, name)
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=SCHEMA),
        finding=_finding(selection, rows, bounds),
        coverage=_coverage(selection, standing, models, whole),
        bounds=bounds,
        sensitivity={"readings": _other_readings(release, contract, models, whole)},
        caveats=(*_caveats(contract), *adopters_caveat(adopters)),
        details={
            "languages": _languages(standing, models),
            "standing": STANDING,
            "adopters": adopters,
        },
        not_shown=NOT_SHOWN,
    )


def _resolved(release: Release, contract: Contract) -> Contract:
    if not contract.without:
        raise ContractError(
            "no bases are named",
            next_step="census exposure --without developer:alibaba (or family:, country:, "
            "namespace:)",
        )
    frame = lineage_frame(release, contract)
    contract = contract.with_values(frame=frame, period="latest")
    require_lineage(release, contract)
    return contract


def _named(release: Release, contract: Contract) -> tuple[str, str]:
    """Return kind and group of the bases, spelled as the lineage has them."""
    kind, _, text = contract.without.partition(":")
    table = release.table("nodes")
    rows = release.fetch(table.select(group=table[kind]).distinct().order_by("group"))
    groups = [g for g in rows["group"].to_pylist() if g not in (None, UNKNOWN, UNASSIGNED)]
    names = group_names(release, contract.with_values(by=kind))
    try:
        return kind, find_group(text, groups, names, kind)
    except UnknownName as error:
        raise UnknownName(kind, text, error.nearest, where=f"frame {contract.frame}") from error


def find_standing(release: Release, contract: Contract) -> Standing:
    """Return who stands on the named bases, following edges from them step by step."""
    kind, _, name = contract.without.partition(":")
    nodes = release.table("nodes")
    followed = steps(release, contract, copies=True)
    edges = followed.select("child_key", "parent_key", "relation", "is_same_developer")
    found = frozenset(_keys(release, nodes.filter(nodes[kind] == name).select(key="node_key")))
    bases, reached, levels = found, found, 0
    layers: list[frozenset[int]] = []
    while found and (contract.reading != IMMEDIATE or not layers):
        children = edges.semi_join(_local(release, found), [("parent_key", "key")])
        found = frozenset(_keys(release, children.select(key="child_key"))) - reached
        if found:
            layers.append(found)
            levels += 1
        reached |= found
    unclear = _unclear(release, contract, edges, kind) - reached
    return Standing(
        {
            BASES: bases,
            DIRECT: layers[0] if layers else frozenset(),
            TRANSITIVE: frozenset().union(*layers[1:]),
            UNCLEAR: unclear,
        },
        edges,
        levels,
    )


def _unclear(release: Release, contract: Contract, edges: ir.Table, kind: str) -> frozenset[int]:
    """Return the models that stand on something nobody knows the maker (family, account) of."""
    nodes = release.table("nodes")
    word = nodes[kind]
    unknown = nodes.filter(word.isnull() | word.isin([UNKNOWN, UNASSIGNED])).select(key="node_key")
    nameless = edges.filter(edges.parent_key.isnull()).select(key="child_key")
    if contract.reading == IMMEDIATE:
        lost = edges.semi_join(unknown, [("parent_key", "key")]).select(key="child_key")
        return frozenset(_keys(release, ibis.union(nameless, lost)))
    table = release.table("roots")
    roots = table.filter((table.frame == contract.frame) & (table.reading == contract.reading))
    lost = roots.semi_join(unknown, [("root_key", "key")]).select(key="model_key")
    return frozenset(_keys(release, ibis.union(nameless, lost)))


def _keys(release: Release, table: ir.Table) -> list[int]:
    known = table.filter(table.key.notnull()).distinct().order_by("key")
    keys: list[int] = release.fetch(known)["key"].to_pylist()
    return keys


def _local(release: Release, keys: Iterable[int]) -> ir.Table:
    return release.engine.local(pa.table({"key": pa.array(sorted(keys), pa.int64())}))


def _described(
    release: Release, contract: Contract, observed: ir.Table
) -> dict[int, dict[str, Any]]:
    """Return value, developer, account and languages of every model that the snapshot shows."""
    models = release.table("models").select("model_key", account="namespace")
    table = release.table("attribution")
    made = table.filter(table.lens == "developer").select("model_key", "developer")
    facts = latest_facts(release, contract).select("model_key", "languages")
    joined = observed.join(models, "model_key").left_join(made, "model_key")
    joined = joined.drop("model_key_right").left_join(facts, "model_key")
    listed = joined.select("model_key", "value", "developer", "account", "languages")
    rows = release.fetch(listed.order_by("model_key")).to_pylist()
    return {row["model_key"]: row for row in rows}


def _rows(
    release: Release, standing: Standing, models: dict[int, dict[str, Any]]
) -> list[dict[str, Any]]:
    whole = _sum(m["value"] for m in models.values())
    found = []
    for name in STANDING:
        keys = standing.keys[name] & models.keys()
        relations, same = _relations(release, standing, keys)
        for relation in (ANY, *sorted(relations)):
            chosen = keys if relation == ANY else relations[relation]
            row = _row([models[k] for k in sorted(chosen)], whole)
            found.append(
                {"standing": name, "relation": relation}
                | row
                | {"by_the_same_developer": len(chosen & same)}
            )
    return found


def _relations(
    release: Release, standing: Standing, keys: frozenset[int] | set[int]
) -> tuple[dict[str, set[int]], set[int]]:
    """Return models by the relations of their own edges, and those made by their base's maker."""
    edges = standing.edges.semi_join(_local(release, keys), [("child_key", "key")])
    columns = ["child_key", "relation", "is_same_developer"]
    rows = release.fetch(edges.select(columns).distinct().order_by(columns)).to_pylist()
    found: dict[str, set[int]] = {}
    for row in rows:
        found.setdefault(row["relation"], set()).add(row["child_key"])
    return found, {row["child_key"] for row in rows if row["is_same_developer"]}


def _row(models: Sequence[dict[str, Any]], whole: int | None) -> dict[str, Any]:
    value = _sum(m["value"] for m in models)
    return {
        "models": len(models),
        "value": value,
        "share_of_all": value / whole if value is not None and whole else None,
        "developers": len({m["developer"] for m in models} - {UNKNOWN, None}),
        "accounts": len({m["account"] for m in models} - {None}),
        "languages": len({word for m in models for word in m["languages"] or ()}),
    }


def _sum(values: Iterable[int | None]) -> int | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def _bounds(
    standing: Standing, models: dict[int, dict[str, Any]], whole: dict[str, Any]
) -> dict[str, Any]:
    """Return the least and the most that may stand on the bases, the bases not counted."""
    known = (standing.keys[DIRECT] | standing.keys[TRANSITIVE]) & models.keys()
    perhaps = known | (standing.keys[UNCLEAR] & models.keys())
    values = [_sum(models[k]["value"] for k in keys) or 0 for keys in (known, perhaps)]
    total = whole["value"]
    return {
        "models": [len(known), len(perhaps)],
        "value": values,
        "share_of_all": [v / total for v in values] if total else None,
        "share_of_models": [len(k) / whole["models"] for k in (known, perhaps)]
        if whole["models"]
        else None,
        "hub_wide": {
            "status": "unknown here",
            "why": "models that the frame does not show may stand on the bases, too",
            "groups": {},
        },
    }


def _coverage(
    selection: Selection,
    standing: Standing,
    models: dict[int, dict[str, Any]],
    whole: dict[str, Any],
) -> dict[str, Any]:
    entry = selection.last
    return {
        "frame": entry.frame,
        "hub": entry.hub,
        "is_complete_frame": entry.is_complete_frame,
        "label": entry.label,
        "models": whole["models"],
        "models_without_count": sum(m["value"] is None for m in models.values()),
        "total": whole["value"],
        "bases": len(standing.keys[BASES]),
        "bases_not_shown": len(standing.keys[BASES] - models.keys()),
        "longest_chain": standing.levels,
        "models_without_languages": sum(
            not models[k]["languages"]
            for k in (standing.keys[DIRECT] | standing.keys[TRANSITIVE]) & models.keys()
        ),
    }


def _other_readings(
    release: Release,
    contract: Contract,
    models: dict[int, dict[str, Any]],
    whole: dict[str, Any],
) -> list[dict[str, Any]]:
    found = []
    for reading in READINGS:
        other = find_standing(release, contract.with_values(reading=reading))
        bounds = _bounds(other, models, whole)
        share = bounds["share_of_all"]
        found.append(
            {
                "reading": READINGS[reading].phrase,
                "models": bounds["models"],
                "shares": {"at least": share[0], "at most": share[1]} if share else {},
            }
        )
    mine = READINGS[contract.reading].phrase
    return sorted(found, key=lambda r: r["reading"] != mine)


def _languages(standing: Standing, models: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the languages that most models on the bases declare, beside all that declare them."""
    exposed = (standing.keys[DIRECT] | standing.keys[TRANSITIVE]) & models.keys()
    mine = Counter(word for k in exposed for word in set(models[k]["languages"] or ()))
    every = Counter(word for m in models.values() for word in set(m["languages"] or ()))
    ordered = sorted(mine, key=lambda w: (-mine[w], w))[:LANGUAGES]
    return [
        {"language": w, "models": mine[w], "of_models": every[w], "share": mine[w] / every[w]}
        for w in ordered
    ]


def _caveats(contract: Contract) -> tuple[str, ...]:
    texts = ["bases as declared at the frame's last snapshot; models that name none are not in it"]
    if contract.without.startswith("country:"):
        texts.append("a country stands for where the developer of a base was based at its release")
    return tuple(texts)


def _finding(selection: Selection, rows: list[dict[str, Any]], bounds: dict[str, Any]) -> str:
    contract = selection.contract
    kind, _, name = contract.without.partition(":")
    names = group_names(selection.release, contract.with_values(by=kind))
    shown = {r["standing"]: r for r in rows if r["relation"] == ANY}
    counts = [shown[s]["models"] for s in (DIRECT, TRANSITIVE)]
    low, high = bounds["models"]
    share = bounds["share_of_all"]
    held = ""
    if share:
        held = (
            f", which hold between {percent(share[0])} and {percent(share[1])} of the "
            f"{contract.metric_term.phrase}"
        )
    return (
        f"on {selection.last.label} in {frame_phrase(selection.release, contract)}, "
        f"{counts[0]:,} models stand directly and {counts[1]:,} by further steps on bases of the "
        f"{kind} {names.get(name, name)}; with those whose bases nobody knows it is between "
        f"{low:,} and {high:,} models{held}."
    )
