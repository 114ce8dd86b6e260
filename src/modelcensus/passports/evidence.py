"""What register rows rest on, and what a licence's row says, in words."""

from __future__ import annotations

from collections.abc import Sequence

from modelcensus.lineage.duties import FACET_PHRASES
from modelcensus.passports.passport import Evidence
from modelcensus.registers.schema import FACETS
from modelcensus.releases.lookup import Lookup, Row

INDIVIDUAL = "individual"
"""Type of a natural person, of whom a passport says nothing but the account's name."""


def evidence_of(lookup: Lookup, *rows: str | None) -> tuple[Evidence, ...]:
    """Return what register rows rest on; rows that are not there are left out."""
    found = (lookup.evidence.get(row) for row in rows if row)
    return tuple(
        Evidence(
            r["row_id"],
            r["evidence_url"],
            r["seen"],
            r["seen_on"],
            r["confidence"],
            r["paraphrase"],
        )
        for r in found
        if r
    )


def duties_of(row: Row) -> tuple[str, ...]:
    """Return what a licence's text asks, in words; a permission counts where it is withheld."""
    if not row:
        return ()
    held = [f for f in FACETS if f != "commercial_use" and row[f] == "yes"]
    withheld = ["commercial_use"] if row["commercial_use"] == "no" else []
    return phrases((*withheld, *held))


def phrases(facets: Sequence[str]) -> tuple[str, ...]:
    """Return facets of the licence register in words."""
    return tuple(FACET_PHRASES[f] for f in facets)
