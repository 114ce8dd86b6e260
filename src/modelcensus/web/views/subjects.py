"""What pages about a country, a developer or a family have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelcensus.claims.amounts import published
from modelcensus.contracts.figure import Figure
from modelcensus.releases.frame_order import frames_in_order
from modelcensus.web.asking import Missing
from modelcensus.web.cards import Card, Choice, make_card
from modelcensus.web.linking import Reader

LARGEST = 12


def card_of(reader: Reader, found: Figure | Missing, kind: str = "") -> Card | Missing:
    """Return a figure's card; what is missing stays what it is."""
    return found if isinstance(found, Missing) else make_card(reader, found, kind=kind)


@dataclass(frozen=True)
class Largest:
    """The largest models of a list, and where the whole list is."""

    frame: str
    label: str
    metric: str
    rows: list[list[Choice | str]]
    total: int
    address: str


def largest_models(reader: Reader, filters: dict[str, str]) -> Largest | None:
    """Return the largest models that filters leave in the frame that sees most; None: no models."""
    directory = reader.site.directory
    frame = directory.frame(frames_in_order(reader.site.release)[0])
    found = directory.listing(frame["frame"], filters, limit=LARGEST)
    if not found.total:
        return None
    rows: list[list[Choice | str]] = [
        [
            Choice(row["model_id"], reader.model(row["model_id"])),
            "unknown" if row["value"] is None else f"{row['value']:,}",
            row["licence_class"],
        ]
        for row in found.rows
    ]
    address = reader.link("/models", frame=frame["frame"], **filters)
    return Largest(frame["frame"], frame["label"], frame["metric"], rows, found.total, address)


def claims_about(reader: Reader, subject: str) -> list[list[Any]]:
    """Return the published claims about a subject: link, quantity, value, source."""
    rows = [r for r in reader.site.registers.usable("claims") if r["subject"] == subject]
    return [
        [
            Choice(row["claim_id"], reader.link(f"/claims/{row['claim_id']}")),
            row["quantity"],
            published(row["value"], row["unit"], row["bound"]),
            row["source"],
        ]
        for row in rows
    ]
