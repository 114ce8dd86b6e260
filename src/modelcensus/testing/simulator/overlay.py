"""The cast as register files, so that a release can be built with the truth."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from modelcensus.files import write_bytes
from modelcensus.registers.schema import REGISTERS

if TYPE_CHECKING:
    from modelcensus.testing.simulator.simulation import Simulation

Rows = list[dict[str, str]]
HUB = "huggingface"


def write_overlay(simulation: Simulation, folder: Path) -> dict[str, Rows]:
    """Write developers, namespaces, families and renames; return their rows.

    Raises:
        StoreError: the place cannot be written to.
    """
    found = {
        "developers": _developers(simulation),
        "namespaces": _namespaces(simulation),
        "families": _families(simulation),
        "renames": _renames(simulation),
    }
    for name, rows in found.items():
        columns = REGISTERS[name].columns
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        full = [dict.fromkeys(columns, "") | row | _evidence(simulation) for row in rows]
        writer.writerows(full)
        write_bytes(folder / f"{name}.csv", text.getvalue().encode())
    return found


def _evidence(simulation: Simulation) -> dict[str, str]:
    return {
        "evidence_url": f"https://simulated.invalid/seed/{simulation.seed}",
        "seen": "primary",
        "seen_on": simulation.labels[0].isoformat(),
        "paraphrase": "Simulated: invented for tests.",
        "confidence": "high",
    }


def _developers(simulation: Simulation) -> Rows:
    return [
        {
            "developer": developer.slug,
            "name": developer.name,
            "country": developer.country,
            "developer_type": developer.developer_type,
        }
        for developer in simulation.world.population.cast.developers
    ]


def _namespaces(simulation: Simulation) -> Rows:
    cast = simulation.world.population.cast
    rows: Rows = []
    for account in cast.accounts:
        slug = cast.developers[account.owner].slug
        row = {"hub": HUB, "namespace": account.name, "developer": slug, "role": account.role}
        if account.new_owner is None or account.transferred_on is None:
            rows.append(row)
        else:
            day, heir = account.transferred_on.isoformat(), cast.developers[account.new_owner].slug
            rows.append(row | {"valid_to": day})
            rows.append(row | {"valid_from": day, "developer": heir})
        if account.new_name:
            rows.append(row | {"namespace": account.new_name})
    return rows


def _families(simulation: Simulation) -> Rows:
    cast = simulation.world.population.cast
    rows: Rows = []
    for family in cast.families:
        for place in cast.accounts_of[family.owner]:
            account = cast.accounts[place]
            rows += [
                {
                    "family": family.slug,
                    "family_name": family.name,
                    "developer": cast.developers[family.owner].slug,
                    "hub": HUB,
                    "namespace": name,
                    "pattern": family.pattern,
                    "priority": "50",
                }
                for name in (account.name, account.new_name)
                if name
            ]
    return rows


def _renames(simulation: Simulation) -> Rows:
    labels = simulation.labels
    return [
        {
            "hub": HUB,
            "kind": "namespace",
            "old": account.name,
            "new": account.new_name,
            "after": labels[account.renamed_at - 1].isoformat(),
            "by": labels[account.renamed_at].isoformat(),
        }
        for account in simulation.world.population.cast.accounts
        if account.renamed_at is not None
    ]
