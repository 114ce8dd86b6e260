"""Rows about the wider world as typed objects: adoption histories, positions, events, readings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modelcensus.registers.cells import parts
from modelcensus.registers.histories import records_of
from modelcensus.registers.load import Row
from modelcensus.registers.two_sources import counts
from modelcensus.registers.world_rows import RESTRICTS


@dataclass(frozen=True)
class Source:
    """Where a row is from, and how well that is known.

    Attributes:
        grade: A, B or C by the rule of docs/adoption.md.
        counts: whether the row may enter counts, charts, passports and verdicts.
        reread: the day the source was read again and the outcome; empty when it was not.
    """

    row: str
    url: str
    publisher: str
    says: str
    seen: str
    seen_on: str
    grade: str
    confidence: str
    second_url: str
    second_publisher: str
    reread: str
    counts: bool


@dataclass(frozen=True)
class Status:
    """One dated step of an adoption history.

    Attributes:
        since: a day; with `precision` month its first day stands for the month, with `by` the
            status held on that day and its start is not known.
        bases: families; `none` was trained from scratch.
        published_on: date of the page as far as it gives one, or `undated`.
    """

    status: str
    since: str
    precision: str
    until: str
    models: str
    bases: tuple[str, ...]
    published_on: str
    source: Source


@dataclass(frozen=True)
class AdoptionRecord:
    """One who, one way, one family, and how that stood over time.

    Attributes:
        object: what a restriction is about; empty for an adoption.
        history: dated steps that count, in order.
        waiting: steps that wait for a second text; they count for nothing.
        search: the search that found it.
    """

    record_id: str
    who: str
    who_type: str
    country: str
    family: str
    how: str
    object: str
    search: str
    history: tuple[Status, ...]
    waiting: tuple[Status, ...]

    @property
    def is_restriction(self) -> bool:
        """Return whether it limits instead of adopts."""
        return self.how == RESTRICTS

    @property
    def latest(self) -> Status | None:
        """Return the last step that counts; None when all of them wait."""
        return self.history[-1] if self.history else None

    @property
    def families(self) -> tuple[str, ...]:
        """Return the family and every base along the history."""
        steps = (*self.history, *self.waiting)
        return tuple(dict.fromkeys((self.family, *(b for s in steps for b in s.bases))))

    @property
    def models(self) -> tuple[str, ...]:
        """Return the models that its rows name, as written."""
        steps = (*self.history, *self.waiting)
        return tuple(dict.fromkeys(m for s in steps for m in parts(s.models)))


@dataclass(frozen=True)
class Position:
    """What a state or international body says of open weights in one document."""

    position_id: str
    state: str
    body: str
    document: str
    published_on: str
    precision: str
    stance: str
    note: str
    source: Source


@dataclass(frozen=True)
class Event:
    """What happened in the world on a day, or in a month (`precision`)."""

    event_id: str
    date: str
    precision: str
    kind: str
    title: str
    families: tuple[str, ...]
    developers: tuple[str, ...]
    countries: tuple[str, ...]
    source: Source


@dataclass(frozen=True)
class CapabilityReading:
    """A published value of a capability index, or a gap between two sides.

    Attributes:
        weights: open, closed, or gap.
        leader: who is ahead in a gap; empty otherwise.
        is_self_reported: whether the developer published it of its own model.
    """

    reading_id: str
    index: str
    published_on: str
    precision: str
    weights: str
    model: str
    developer: str
    country: str
    value: float
    unit: str
    rank: str
    leader: str
    is_self_reported: bool
    source: Source


def dated(day: str, precision: str) -> str:
    """Return a date as far as it is known: `2025-03`, or `by 2025-03-31`."""
    if precision == "by":
        return f"by {day}"
    return day[:7] if precision == "month" else day


def source_of(row: Row) -> Source:
    """Return where a row is from."""
    return Source(
        row=row.id,
        url=row["evidence_url"],
        publisher=row["publisher"],
        says=row["paraphrase"],
        seen=row["seen"],
        seen_on=row["seen_on"],
        grade=row["grade"],
        confidence=row["confidence"],
        second_url=row["second_url"],
        second_publisher=row["second_publisher"],
        reread=row["reread"],
        counts=counts(row),
    )


def adoption_records(rows: Iterable[Row]) -> tuple[AdoptionRecord, ...]:
    """Return the records that rows of the register `adoption` make, by id."""
    return tuple(_record(found) for found in records_of(rows).values())


def _record(rows: list[Row]) -> AdoptionRecord:
    steps = [_status(row) for row in rows]
    first = rows[0]
    return AdoptionRecord(
        record_id=first["record_id"],
        who=first["who"],
        who_type=first["who_type"],
        country=first["country"],
        family=first["family"],
        how=first["how"],
        object=first["object"],
        search=first["search"],
        history=tuple(s for s in steps if s.source.counts),
        waiting=tuple(s for s in steps if not s.source.counts),
    )


def _status(row: Row) -> Status:
    return Status(
        status=row["status"],
        since=row["since"],
        precision=row["precision"],
        until=row["until"],
        models=row["model"],
        bases=parts(row["bases"]),
        published_on=row["published_on"],
        source=source_of(row),
    )


def position_of(row: Row) -> Position:
    """Return a row of the register `positions`."""
    return Position(
        position_id=row["position_id"],
        state=row["state"],
        body=row["body"],
        document=row["document"],
        published_on=row["published_on"],
        precision=row["precision"],
        stance=row["stance"],
        note=row["note"],
        source=source_of(row),
    )


def event_of(row: Row) -> Event:
    """Return a row of the register `events`."""
    return Event(
        event_id=row["event_id"],
        date=row["date"],
        precision=row["precision"],
        kind=row["kind"],
        title=row["title"],
        families=parts(row["families"]),
        developers=parts(row["developers"]),
        countries=parts(row["countries"]),
        source=source_of(row),
    )


def reading_of(row: Row) -> CapabilityReading:
    """Return a row of the register `capability_readings`."""
    return CapabilityReading(
        reading_id=row["reading_id"],
        index=row["index"],
        published_on=row["published_on"],
        precision=row["precision"],
        weights=row["weights"],
        model=row["model"],
        developer=row["developer"],
        country=row["country"],
        value=float(row["value"]),
        unit=row["unit"],
        rank=row["rank"],
        leader=row["leader"],
        is_self_reported=row["is_self_reported"] == "yes",
        source=source_of(row),
    )
