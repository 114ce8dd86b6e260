"""Questions to the registers of the wider world: lists and counts of records found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TypeVar

from modelcensus.contracts.period import Period
from modelcensus.errors import ContractError, SettingsError, UnknownName
from modelcensus.registers.load import Registers
from modelcensus.registers.schema import NO_COUNTRY
from modelcensus.registers.world import (
    EVENT_KINDS,
    HOW,
    NONE,
    READING_KINDS,
    STANCES,
    STATUSES,
    UNKNOWN,
    WHO_TYPES,
)
from modelcensus.registers.world_records import (
    AdoptionRecord,
    CapabilityReading,
    Event,
    Position,
    adoption_records,
    event_of,
    position_of,
    reading_of,
)

FIXED = "fixed-"
"""How the names of protocols begin under which growth may be stated."""

T = TypeVar("T")


@dataclass(frozen=True)
class AdoptionQuestion:
    """Which adoption records are asked for; an empty word asks for all.

    Attributes:
        kind: who it is: state, public body, research body, company or product.
        how: builds flagship on, ships, hosts, fine-tunes, uses, recommends, restricts ...
        family: a family that is named or stood on anywhere along the history.
        country: an ISO code, or international.
        body: text within the name.
        status: the last status, as of the day.
        as_of: a day; only what was dated up to it is told.
        model: a model that the record names, exactly as the hub writes it.
    """

    kind: str = ""
    how: str = ""
    family: str = ""
    country: str = ""
    body: str = ""
    status: str = ""
    as_of: str = ""
    model: str = ""


@dataclass(frozen=True)
class Found:
    """How many records were found, by what they are; counts of records, not of adopters.

    Attributes:
        records: with at least one row that counts.
        waiting: records of which every row waits for a second text.
        searches: the searches they come from.
    """

    records: int
    waiting: int
    restrictions: int
    countries: int
    by_kind: dict[str, int]
    by_how: dict[str, int]
    by_grade: dict[str, int]
    searches: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Return the counts as one sentence."""
        waiting = f"; {self.waiting} more wait for a second text" if self.waiting else ""
        return (
            f"{self.records} records found ({self.restrictions} of them restrictions) in "
            f"{self.countries} countries or bodies{waiting}; counts of what was found under "
            f"{', '.join(self.searches) or 'no search'}, not of who adopts"
        )


@dataclass(frozen=True)
class Growth:
    """How many more records one search found than another under the same fixed protocol."""

    first: str
    last: str
    protocol: str
    before: int
    after: int


def find_adoptions(
    registers: Registers, question: AdoptionQuestion | None = None
) -> tuple[AdoptionRecord, ...]:
    """Return the adoption records that answer a question, by id.

    Records of which nothing counts are among them, with an empty history, unless a status is
    asked for.

    Raises:
        UnknownName: there is no such kind, way, status, family or country.
        SettingsError: the day is none.
    """
    asked = question or AdoptionQuestion()
    _check(asked, registers)
    rows = registers.rows["adoption"]
    if asked.as_of:
        rows = tuple(r for r in rows if r["since"] <= asked.as_of)
    return tuple(r for r in adoption_records(rows) if _answers(r, asked))


def _answers(record: AdoptionRecord, asked: AdoptionQuestion) -> bool:
    last = record.latest
    return (
        asked.kind in ("", record.who_type)
        and asked.how in ("", record.how)
        and asked.country in ("", record.country)
        and (not asked.family or asked.family in record.families)
        and (not asked.model or asked.model in record.models)
        and asked.body.casefold() in record.who.casefold()
        and (not asked.status or (last is not None and last.status == asked.status))
    )


def _check(asked: AdoptionQuestion, registers: Registers) -> None:
    _known("kind", asked.kind, WHO_TYPES)
    _known("way of adopting", asked.how, HOW)
    _known("status", asked.status, STATUSES)
    _known("family", asked.family, known_families(registers))
    _known("country", asked.country, countries(registers))
    if asked.as_of:
        _day(asked.as_of)


def _day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            f"{text!r} is no day", where="--as-of", next_step="write it as 2025-12-31"
        ) from error


def _known(kind: str, name: str, known: Collection[str]) -> None:
    if name and name not in known:
        near = get_close_matches(name, known, n=5, cutoff=0.5)
        raise UnknownName(kind, name, near or sorted(known)[:12])


def countries(registers: Registers) -> set[str]:
    """Return the codes that rows may name."""
    return {row["country"] for row in registers.rows["countries"]} | set(NO_COUNTRY)


def known_families(registers: Registers) -> set[str]:
    """Return the families that the register knows, and the words that stand for none."""
    return {row["family"] for row in registers.rows["families"]} | {UNKNOWN, NONE}


def count_found(records: Iterable[AdoptionRecord]) -> Found:
    """Return how many records were found, by what they are."""
    every = tuple(records)
    counted = [r for r in every if r.history]
    grades = Counter(min(s.source.grade for s in r.history) for r in counted)
    return Found(
        len(counted),
        len(every) - len(counted),
        sum(r.is_restriction for r in counted),
        len({r.country for r in counted}),
        _ordered(Counter(r.who_type for r in counted), WHO_TYPES),
        _ordered(Counter(r.how for r in counted), HOW),
        dict(sorted(grades.items())),
        tuple(sorted({r.search for r in counted})),
    )


def _ordered(found: Counter[str], order: Iterable[str]) -> dict[str, int]:
    return {name: found[name] for name in order if found[name]}


def growth_of_records(registers: Registers, first: str, last: str) -> Growth:
    """Return how many more records a search found than an earlier one.

    Raises:
        ContractError: they are not two searches under one fixed protocol; says what is missing.
        UnknownName: there is no such search.
    """
    searches = {row["search"]: row for row in registers.rows["adoption_searches"]}
    for name in (first, last):
        _known("search", name, searches)
    before, after = searches[first], searches[last]
    protocol = before["protocol"]
    if first == last or before["ended_on"] >= after["ended_on"]:
        raise ContractError(
            "growth needs two searches, the earlier one first",
            where=f"{first}..{last}",
            next_step=f"searches are: {', '.join(sorted(searches))}",
        )
    if not protocol.startswith(FIXED) or after["protocol"] != protocol:
        raise ContractError(
            "records grow with the effort of searching: growth is stated only between two searches "
            "under one fixed protocol",
            where=f"{first} under {protocol}, {last} under {after['protocol']}",
            next_step="search twice under a protocol of docs/adoption.md and enter both in "
            "`adoption_searches`",
        )
    return Growth(first, last, protocol, int(before["found"]), int(after["found"]))


def growth_between(registers: Registers, asked: str) -> Growth:
    """Return the growth between two searches written as `A..B`, where it may be stated.

    Raises:
        ContractError: it may not.
        UnknownName: there is no such search.
    """
    first, dots, last = asked.partition("..")
    if not dots or not first or not last:
        known = [row["search"] for row in registers.rows["adoption_searches"]]
        raise ContractError(
            "growth is asked between two searches",
            where=f"--growth {asked}",
            next_step=f"write A..B; searches are: {', '.join(known)}",
        )
    return growth_of_records(registers, first, last)


def find_positions(
    registers: Registers, *, state: str = "", stance: str = "", period: str = ""
) -> tuple[Position, ...]:
    """Return positions of states and bodies in the order of their dates; listed, never scored.

    Raises:
        UnknownName: there is no such country or stance.
        ContractError: the period is none.
    """
    _known("country", state, countries(registers))
    _known("stance", stance, STANCES)
    every = (position_of(row) for row in registers.rows["positions"])
    found = [p for p in every if state in ("", p.state) and stance in ("", p.stance)]
    return _within(found, period, lambda p: p.published_on, lambda p: p.position_id)


def find_events(
    registers: Registers,
    *,
    kind: str = "",
    family: str = "",
    developer: str = "",
    country: str = "",
    period: str = "",
) -> tuple[Event, ...]:
    """Return events in the order of their dates.

    Raises:
        UnknownName: there is no such kind, family, developer or country.
        ContractError: the period is none.
    """
    _known("kind of event", kind, EVENT_KINDS)
    _known("family", family, known_families(registers))
    _known("developer", developer, {r["developer"] for r in registers.rows["developers"]})
    _known("country", country, countries(registers))
    every = (event_of(row) for row in registers.rows["events"])
    found = [
        e
        for e in every
        if kind in ("", e.kind)
        and (not family or family in e.families)
        and (not developer or developer in e.developers)
        and (not country or country in e.countries)
    ]
    return _within(found, period, lambda e: e.date, lambda e: e.event_id)


def find_readings(
    registers: Registers,
    *,
    index: str = "",
    weights: str = "",
    country: str = "",
    period: str = "",
    counting_only: bool = False,
) -> tuple[CapabilityReading, ...]:
    """Return published capability readings by index and date.

    Args:
        registers: as `load_registers` returns them.
        index: text within the name of the index.
        weights: open, closed or gap.
        country: of the developer.
        period: in which they were published.
        counting_only: leave out readings that wait for a second text.

    Raises:
        UnknownName: there is no such kind of reading or country.
        ContractError: the period is none.
    """
    _known("kind of reading", weights, READING_KINDS)
    _known("country", country, countries(registers))
    every = (reading_of(row) for row in registers.rows["capability_readings"])
    found = [
        r
        for r in every
        if index.casefold() in r.index.casefold()
        and weights in ("", r.weights)
        and country in ("", r.country)
        and (r.source.counts or not counting_only)
    ]
    dated = _within(found, period, lambda r: r.published_on, lambda r: r.reading_id)
    return tuple(sorted(dated, key=lambda r: r.index))


def _within(
    found: Iterable[T], period: str, day: Callable[[T], str], name: Callable[[T], str]
) -> tuple[T, ...]:
    asked = Period.parse(period or "all")
    start = asked.start.date().isoformat() if asked.start else ""
    end = asked.end.date().isoformat() if asked.end else "9999"
    inside = [one for one in found if start <= day(one) < end]
    return tuple(sorted(inside, key=lambda one: (day(one), name(one))))
