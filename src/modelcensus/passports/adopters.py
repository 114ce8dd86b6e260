"""Who adopts or restricts a model or its family, as far as records were found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelcensus.contracts.vocabulary import UNASSIGNED, UNKNOWN
from modelcensus.passports.passport import Adopter, Gap, Passport
from modelcensus.registers.load import Row
from modelcensus.registers.world_records import (
    AdoptionRecord,
    Status,
    adoption_records,
    dated,
)
from modelcensus.releases.lookup import Lookup

THIS_MODEL, ITS_FAMILY = "this model", "its family"

NONE_FOUND = (
    "No record of who adopts or restricts it, or its family, was found; what was not found is not "
    "absent."
)
NONE_OF_MODEL = "No record names this very model; those of its family may mean other models of it."
FOUND = "Records are what a search of public pages found, not everybody who adopts or restricts it."


def read_adopters(lookup: Lookup, card: dict[str, Any]) -> tuple[Adopter, ...]:
    """Return the records that name a model, then those of its family, each by id.

    Rows that wait for a second text are left out.
    """
    rows = (Row(row["row_id"], "adoption.csv", 0, row) for row in lookup.adoption)
    names = {card["model_id"], *(row["model_id"] for row in card["names"])}
    family = card["family"]
    is_named = family not in ("", None, UNKNOWN, UNASSIGNED)
    found = []
    for record in adoption_records(rows):
        if record.latest is None:
            continue
        if names & set(record.models):
            found.append(_adopter(record, record.latest, THIS_MODEL))
        elif is_named and family in record.families:
            found.append(_adopter(record, record.latest, ITS_FAMILY))
    return tuple(sorted(found, key=lambda a: (a.about != THIS_MODEL, a.record_id)))


def _adopter(record: AdoptionRecord, last: Status, about: str) -> Adopter:
    return Adopter(
        record_id=record.record_id,
        who=record.who,
        who_type=record.who_type,
        country=record.country,
        how=record.how,
        object=record.object,
        about=about,
        status=last.status,
        since=last.since,
        precision=last.precision,
        steps=tuple(f"{s.status} {dated(s.since, s.precision)}" for s in record.history),
        says=last.source.says,
        url=last.source.url,
        publisher=last.source.publisher,
        grade=last.source.grade,
    )


def adoption_gaps(passport: Passport) -> Iterator[Gap]:
    """Yield what the records do not tell of a model."""
    if not passport.adopters:
        yield Gap("adoption", "not known", NONE_FOUND)
        return
    if all(adopter.about != THIS_MODEL for adopter in passport.adopters):
        yield Gap("adoption", "not known", NONE_OF_MODEL)
    yield Gap("adoption", "not known", FOUND)
