"""What the registers of the wider world say to the article's statements: records found, listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from modelcensus.registers.load import Registers
from modelcensus.registers.world_questions import (
    AdoptionQuestion,
    count_found,
    find_adoptions,
    find_events,
    find_positions,
    find_readings,
)
from modelcensus.registers.world_records import AdoptionRecord, CapabilityReading, Event, dated

GOLDEN = ("meta-manus-qwen-2025", "ai-singapore-qwen-2025")
"""Records that the article itself speaks of."""

HOME = ("CN", "US")


def records_for(letter: str, registers: Registers) -> tuple[str, ...]:
    """Return sentences about what was found for a statement; none where no register speaks of it.

    Counts are of records found, never of adopters; nothing is scored, and no growth is stated.
    """
    make = _SENTENCES.get(letter)
    return tuple(make(registers)) if make else ()


def _by_home(registers: Registers) -> Iterator[str]:
    """Yield how many adoptions were found by where the developer of the family is based."""
    homes = {row["developer"]: row["country"] for row in registers.rows["developers"]}
    makers = {row["family"]: row["developer"] for row in registers.rows["families"]}
    found = [r for r in find_adoptions(registers) if r.history and not r.is_restriction]
    counted = Counter(homes.get(makers.get(r.family, ""), "unknown") for r in found)
    named = ", ".join(f"{counted[c]} of families by developers based in {c}" for c in HOME)
    rest = len(found) - sum(counted[c] for c in HOME)
    yield (
        f"{len(found)} records found of who builds on, ships, hosts or uses open models: {named}, "
        f"{rest} others or unknown; counts of records found, which follow the search"
    )


def _readings(registers: Registers) -> Iterator[str]:
    """Yield what each index says, gaps first; only readings that count."""
    counting = find_readings(registers, counting_only=True)
    for reading in counting:
        if reading.weights == "gap":
            yield (
                f"{reading.index}, {_when(reading)}: {reading.leader} ahead by {reading.value:g} "
                f"{reading.unit} ({reading.model})"
            )
    for index in dict.fromkeys(r.index for r in counting):
        best = {
            kind: _best([r for r in counting if (r.index, r.weights) == (index, kind)])
            for kind in ("open", "closed")
        }
        if best["open"] and best["closed"]:
            told = " and ".join(_told(r) for r in (best["open"], best["closed"]))
            yield f"{index}: {told}, of the readings that count"
    waiting = len(find_readings(registers)) - len(counting)
    yield f"{waiting} further readings rest on one third-party page each and decide nothing"


def _best(readings: list[CapabilityReading]) -> CapabilityReading | None:
    newest = max((r.published_on for r in readings), default="")
    return max((r for r in readings if r.published_on == newest), key=_value, default=None)


def _value(reading: CapabilityReading) -> float:
    return reading.value


def _told(reading: CapabilityReading | None) -> str:
    if reading is None:
        return ""
    return f"{reading.weights} {reading.model} ({reading.country}) {reading.value:g}"


def _when(reading: CapabilityReading) -> str:
    return dated(reading.published_on, reading.precision)


def _attention(registers: Registers) -> Iterator[str]:
    found = find_events(registers, developer="deepseek", period="2025-01..2025-03")
    yield _listed("events of January to March 2025 about DeepSeek", found)


def _controls(registers: Registers) -> Iterator[str]:
    found = find_events(registers, kind="export control", period="2022-10..2099-12")
    first, last = found[0], found[-1]
    yield (
        f"{len(found)} events about export controls found, from {first.date} ({first.title}) to "
        f"{dated(last.date, last.precision)} ({last.title}); an event beside a trend is not its "
        "cause"
    )


def _listed(what: str, found: Sequence[Event]) -> str:
    named = "; ".join(f"{e.date} {e.title}" for e in found)
    return f"{len(found)} {what} found: {named}"


def _adoptions(registers: Registers) -> Iterator[str]:
    yield count_found(find_adoptions(registers)).sentence
    for record in find_adoptions(registers, AdoptionQuestion()):
        if record.record_id in GOLDEN:
            yield _history(record)


def _history(record: AdoptionRecord) -> str:
    steps = ", ".join(f"{s.status} {dated(s.since, s.precision)}" for s in record.history)
    more = f"; {len(record.waiting)} further step waits" if record.waiting else ""
    return f"{record.who} {record.how} {record.family}: {steps}{more}"


def _positions(registers: Registers) -> Iterator[str]:
    found = find_positions(registers)
    states = {p.state for p in found}
    yield (
        f"{len(found)} documents found, of {len(states)} states or bodies: "
        "`census positions list`; they are listed, never scored"
    )


def _start_ups(registers: Registers) -> Iterator[str]:
    every = [r for r in registers.rows["developers"] if r["country"] == "CN"]
    kinds = Counter(r["sub_type"] for r in every if r["sub_type"])
    young = sorted(
        r["name"] for r in every if r["sub_type"] == "start-up" and r["founded"] > "2020"
    )
    named = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    yield (
        f"firms based in CN in the register of developers: {named}; start-ups founded after 2020: "
        f"{', '.join(young)}"
    )


_SENTENCES: dict[str, Callable[[Registers], Iterator[str]]] = {
    "a": _by_home,
    "b": _readings,
    "c": _attention,
    "i": _controls,
    "k": _adoptions,
    "m": _positions,
    "n": _start_ups,
}
