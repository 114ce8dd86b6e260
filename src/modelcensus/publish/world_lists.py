"""Lists from the registers of the wider world as bytes: JSON, CSV, Markdown and plain columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from modelcensus.publish.formats import escape_markdown
from modelcensus.registers.world_questions import Found, count_found
from modelcensus.registers.world_records import (
    AdoptionRecord,
    CapabilityReading,
    Event,
    Position,
    Source,
    Status,
    dated,
)

LISTED_NOT_SCORED = (
    "positions are listed, never scored: bills, speeches and laws are not of one weight"
)
NO_CAUSE = "an event beside a line is not its cause"
NO_MIX = "no index is mixed with another; readings of one third-party page decide nothing"
NO_GROWTH = (
    "a history by date is a list of dates and no curve of adoption: growth is stated only between "
    "two searches under one fixed protocol (docs/adoption.md)"
)

Cells = dict[str, str]


@dataclass(frozen=True)
class Listing:
    """A list ready to be written: rows of texts, the same as values, and what stands beside it.

    Attributes:
        columns: names of the texts in order; `table` draws `drawn` of them.
        counted: what was counted, in one sentence.
        does_not_show: what the list is no answer to.
        extra: further values of the JSON form.
    """

    name: str
    columns: tuple[str, ...]
    drawn: tuple[str, ...]
    rows: tuple[Cells, ...]
    values: tuple[dict[str, Any], ...]
    counted: str
    does_not_show: tuple[str, ...]
    extra: dict[str, Any]


_SOURCE = ("grade", "counts", "publisher", "evidence_url", "seen", "seen_on", "paraphrase")


def adoption_listing(records: Sequence[AdoptionRecord]) -> Listing:
    """Return adoption records with one row per dated step, waiting ones marked."""
    found = count_found(records)
    columns = (
        *("record_id", "who", "kind", "country", "family", "how", "object", "status", "since"),
        *("precision", "models", "bases", *_SOURCE),
    )
    return Listing(
        "records",
        columns,
        ("who", "country", "family", "how", "object", "status", "since", "grade"),
        tuple(row for record in records for row in _adoption_rows(record)),
        tuple(asdict(record) for record in records),
        found.sentence,
        (NO_GROWTH, "what was not found is not absent"),
        {"found": _found(found)},
    )


def _found(found: Found) -> dict[str, Any]:
    return {**asdict(found), "sentence": found.sentence}


def _adoption_rows(record: AdoptionRecord) -> Iterator[Cells]:
    for step in (*record.history, *record.waiting):
        yield {
            "record_id": record.record_id,
            "who": record.who,
            "kind": record.who_type,
            "country": record.country,
            "family": record.family,
            "how": record.how,
            "object": record.object,
            **_step(step),
        }


def _step(step: Status) -> Cells:
    return {
        "status": step.status if step.source.counts else f"({step.status})",
        "since": dated(step.since, step.precision),
        "precision": step.precision,
        "models": step.models,
        "bases": ";".join(step.bases),
        **_source(step.source),
    }


def _source(source: Source) -> Cells:
    return {
        "grade": source.grade,
        "counts": "yes" if source.counts else "waits",
        "publisher": source.publisher,
        "evidence_url": source.url,
        "seen": source.seen,
        "seen_on": source.seen_on,
        "paraphrase": source.says,
    }


def position_listing(positions: Sequence[Position]) -> Listing:
    """Return positions, one row each."""
    return Listing(
        "positions",
        ("position_id", "state", "body", "document", "published_on", "stance", "note", *_SOURCE),
        ("published_on", "state", "body", "document", "stance", "grade"),
        tuple(
            {
                "position_id": p.position_id,
                "state": p.state,
                "body": p.body,
                "document": p.document,
                "published_on": dated(p.published_on, p.precision),
                "stance": p.stance,
                "note": p.note,
                **_source(p.source),
            }
            for p in positions
        ),
        tuple(map(asdict, positions)),
        f"{len(positions)} positions found",
        (LISTED_NOT_SCORED,),
        {},
    )


def event_listing(events: Sequence[Event]) -> Listing:
    """Return events, one row each."""
    return Listing(
        "events",
        (
            *("event_id", "date", "kind", "title", "families", "developers", "countries"),
            *_SOURCE,
        ),
        ("date", "kind", "title", "families", "countries", "grade"),
        tuple(
            {
                "event_id": e.event_id,
                "date": dated(e.date, e.precision),
                "kind": e.kind,
                "title": e.title,
                "families": ";".join(e.families),
                "developers": ";".join(e.developers),
                "countries": ";".join(e.countries),
                **_source(e.source),
            }
            for e in events
        ),
        tuple(map(asdict, events)),
        f"{len(events)} events found",
        (NO_CAUSE,),
        {},
    )


def reading_listing(readings: Sequence[CapabilityReading]) -> Listing:
    """Return capability readings, one row each."""
    waiting = sum(not r.source.counts for r in readings)
    return Listing(
        "readings",
        (
            *("reading_id", "index", "published_on", "weights", "model", "developer", "country"),
            *("value", "unit", "rank", "leader", "self_reported", *_SOURCE),
        ),
        ("index", "published_on", "weights", "model", "value", "unit", "leader", "grade", "counts"),
        tuple(
            {
                "reading_id": r.reading_id,
                "index": r.index,
                "published_on": dated(r.published_on, r.precision),
                "weights": r.weights,
                "model": r.model,
                "developer": r.developer,
                "country": r.country,
                "value": f"{r.value:g}",
                "unit": r.unit,
                "rank": r.rank,
                "leader": r.leader,
                "self_reported": "yes" if r.is_self_reported else "no",
                **_source(r.source),
            }
            for r in readings
        ),
        tuple(map(asdict, readings)),
        f"{len(readings)} readings found, {waiting} of which wait for a second text",
        (NO_MIX,),
        {},
    )


def to_json(listing: Listing) -> bytes:
    """Return the list as an object: what was counted, what it does not show, and its rows."""
    whole = {
        "counted": listing.counted,
        "does_not_show": list(listing.does_not_show),
        **listing.extra,
        listing.name: list(listing.values),
    }
    text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def to_csv(listing: Listing) -> bytes:
    """Return one line per row with all columns."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, listing.columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(listing.rows)
    return stream.getvalue().encode()


def to_plain(listing: Listing) -> bytes:
    """Return one tab-separated line per row with all columns, for pipes."""
    lines = [listing.columns, *(tuple(r[c] for c in listing.columns) for r in listing.rows)]
    return _lines("\t".join(" ".join(cell.split()) for cell in line) for line in lines)


def to_markdown(listing: Listing) -> bytes:
    """Return a table of the drawn columns, with what it counts and does not show."""
    names = listing.drawn
    lines = [escape_markdown(f"{listing.counted}."), ""]
    lines += [f"| {' | '.join(names)} |", f"|{'|'.join('---' for _ in names)}|"]
    for row in listing.rows:
        lines.append(f"| {' | '.join(escape_markdown(row[n]) for n in names)} |")
    lines += ["", *(f"- {escape_markdown(text)}" for text in listing.does_not_show)]
    return _lines(lines)


def _lines(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


FORMATS: dict[str, Callable[[Listing], bytes]] = {
    "json": to_json,
    "csv": to_csv,
    "md": to_markdown,
    "plain": to_plain,
}
"""Written formats of a list; `table` is drawn by `world_tables`."""
