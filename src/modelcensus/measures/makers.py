"""Who the developers of a selection are, snapshot by snapshot; natural persons are not listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.groups import group_models
from modelcensus.measures.model_sizes import model_sizes
from modelcensus.measures.populations import keep_population, observed_values
from modelcensus.measures.selection import Selection
from modelcensus.releases.release import Release, SnapshotEntry

INDIVIDUAL = "individual"


@dataclass(frozen=True)
class Makers:
    """The developers in the register, as a release holds it.

    Attributes:
        names: printable name by developer.
        founded: founding year by developer, where it is sourced.
        persons: developers that are natural persons: counted among the unknown, never listed.
    """

    names: dict[str, str]
    founded: dict[str, int]
    persons: frozenset[str]


def read_makers(release: Release) -> Makers:
    """Return what the register says of developers, rows with unread evidence left out."""
    table = release.register("developers")
    rows = release.fetch(table.filter(table.seen != "unread").order_by("row_id")).to_pylist()
    return Makers(
        {r["developer"]: r["name"] for r in rows},
        {r["developer"]: int(r["founded"]) for r in rows if r["founded"]},
        frozenset(r["developer"] for r in rows if r["developer_type"] == INDIVIDUAL),
    )


def made_models(
    release: Release, contract: Contract, snapshots: tuple[SnapshotEntry, ...]
) -> ir.Table:
    """Return snapshot_key, model_key, group, developer and value of some snapshots' models."""
    rows = keep_population(release, contract, observed_values(release, contract, snapshots))
    grouped = group_models(release, contract, snapshots, rows)
    by_developer = contract.with_values(by="developer")
    made = group_models(release, by_developer, snapshots, rows)
    named = made.select("snapshot_key", "model_key", developer="group")
    return grouped.join(named, ["snapshot_key", "model_key"])


def presence(release: Release, made: ir.Table) -> list[dict[str, Any]]:
    """Return snapshot_key, group, developer and models, of everything that was shown."""
    shown = made.group_by(["snapshot_key", "group", "developer"]).agg(models=made.count())
    found: list[dict[str, Any]] = release.fetch(
        shown.order_by(["snapshot_key", "group", "developer"])
    ).to_pylist()
    return found


def holdings(selection: Selection, last: ir.Table) -> list[dict[str, Any]]:
    """Return group, developer, models, counted and value at the last snapshot."""
    held = last.group_by(["group", "developer"]).agg(
        models=last.count(), counted=last.value.count(), value=last.value.sum().cast("int64")
    )
    found: list[dict[str, Any]] = selection.fetch(held.order_by(["group", "developer"])).to_pylist()
    return found


def unknown_accounts(selection: Selection, last: ir.Table, makers: Makers) -> dict[str, int]:
    """Return by group how many accounts publish models of unknown makers and natural persons."""
    nobody = last.filter(last.developer.isin([UNKNOWN, *sorted(makers.persons)]))
    models = selection.release.table("models").select("model_key", "model_id", "namespace")
    named = nobody.join(models, "model_key")
    account = ibis.coalesce(named.namespace, named.model_id)
    counted = named.mutate(account=account).group_by("group").agg(n=lambda t: t.account.nunique())
    rows = selection.fetch(counted.order_by("group")).to_pylist()
    return {row["group"]: row["n"] for row in rows}


def sizes_of_makers(
    selection: Selection, last: ir.Table, makers: Makers
) -> dict[str, list[tuple[int, int]]]:
    """Return by group the known sizes of developers' models, and how many have each."""
    known = last.filter(~last.developer.isin([UNKNOWN, *sorted(makers.persons)]))
    sized = known.join(model_sizes(selection.release, selection.contract), "model_key")
    told = sized.filter(sized.total_parameters.notnull())
    counted = told.group_by(["group", "total_parameters"]).agg(n=told.count())
    sizes: dict[str, list[tuple[int, int]]] = {}
    for row in selection.fetch(counted.order_by(["group", "total_parameters"])).to_pylist():
        sizes.setdefault(row["group"], []).append((row["total_parameters"], row["n"]))
    return sizes
