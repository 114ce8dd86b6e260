"""Adoption records of the families that some bases belong to: records found, not adopters."""

from __future__ import annotations

from typing import Any

from modelcensus.contracts.vocabulary import UNASSIGNED, UNKNOWN
from modelcensus.registers.load import Row
from modelcensus.registers.world_records import AdoptionRecord, adoption_records
from modelcensus.releases.release import Release

MOST_LISTED = 24
"""Records that the data of a figure hold; `census adoption list` has all."""

NOTE = "records found under a search, not everybody who adopts or restricts (docs/adoption.md)"


def adopters_of_bases(release: Release, kind: str, name: str) -> dict[str, Any]:
    """Return the records that name a family of the bases, or stand on one.

    Args:
        release: a release; without the register `adoption` nothing is returned.
        kind: family, developer, country or namespace.
        name: as the lineage spells it.

    Returns:
        families, records_found, restrictions, not_listed, note, and listed (record_id, who,
        country, how, object, family, status, since), by id.
    """
    if "adoption" not in release.registers:
        return {}
    nodes = release.table("nodes")
    named = nodes.filter(nodes[kind] == name).select("family").distinct().order_by("family")
    families = set(release.fetch(named)["family"].to_pylist()) - {None, "", UNKNOWN, UNASSIGNED}
    table = release.table("registers/adoption")
    rows = release.fetch(table.order_by("row_id")).to_pylist()
    every = adoption_records(Row(row["row_id"], "adoption.csv", 0, row) for row in rows)
    found = [r for r in every if r.history and families & set(r.families)]
    return {
        "families": sorted(families),
        "records_found": len(found),
        "restrictions": sum(record.is_restriction for record in found),
        "not_listed": max(0, len(found) - MOST_LISTED),
        "note": NOTE,
        "listed": [_told(record) for record in found[:MOST_LISTED]],
    }


def _told(record: AdoptionRecord) -> dict[str, Any]:
    last = record.history[-1]
    return {
        "record_id": record.record_id,
        "who": record.who,
        "country": record.country,
        "how": record.how,
        "object": record.object,
        "family": record.family,
        "status": last.status,
        "since": last.since,
        "precision": last.precision,
    }


def adopters_caveat(adopters: dict[str, Any]) -> tuple[str, ...]:
    """Return the number of records as a sentence, or that none was found."""
    if not adopters:
        return ()
    if not adopters["records_found"]:
        return ("no adoption record of a family of these bases was found",)
    adopting = adopters["records_found"] - adopters["restrictions"]
    return (
        f"adopters: {adopting} records found of who builds on, ships or uses families of these "
        f"bases, and {adopters['restrictions']} of restrictions; {NOTE}",
    )
