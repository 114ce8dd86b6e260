"""Lists and counts of records found; growth is refused unless a protocol allows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from modelcensus.errors import CensusError, ContractError, SettingsError, UnknownName
from modelcensus.registers.load import Registers, Row, load_registers
from modelcensus.registers.world_questions import (
    AdoptionQuestion,
    Growth,
    count_found,
    find_adoptions,
    find_events,
    find_positions,
    find_readings,
    growth_between,
)


@pytest.fixture(scope="module")
def registers() -> Registers:
    return load_registers()


def test_counts_are_of_records_found(registers: Registers) -> None:
    records = find_adoptions(registers)
    found = count_found(records)
    rows = registers.rows["adoption"]
    assert found.records + found.waiting == len({r["record_id"] for r in rows})
    assert found.waiting == 2
    assert sum(found.by_kind.values()) == sum(found.by_how.values()) == found.records
    assert sum(found.by_grade.values()) == found.records
    assert found.restrictions == found.by_how["restricts"]
    assert "records found" in found.sentence
    assert "not of who adopts" in found.sentence


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        (AdoptionQuestion(kind="state"), lambda r: r.who_type == "state"),
        (AdoptionQuestion(how="restricts"), lambda r: r.is_restriction and r.object),
        (AdoptionQuestion(family="llama"), lambda r: "llama" in r.families),
        (AdoptionQuestion(country="SG"), lambda r: r.country == "SG"),
        (AdoptionQuestion(body="singapore"), lambda r: "Singapore" in r.who),
        (AdoptionQuestion(status="contested"), lambda r: r.latest.status == "contested"),
    ],
)
def test_each_word_of_a_question_narrows_it(
    registers: Registers, question: AdoptionQuestion, holds: Callable[[Any], bool]
) -> None:
    found = find_adoptions(registers, question)
    assert 0 < len(found) < len(find_adoptions(registers))
    assert all(map(holds, found))


def test_a_base_is_found_beside_the_family(registers: Registers) -> None:
    found = find_adoptions(registers, AdoptionQuestion(family="mistral"))
    assert "france-dinum-albert-2024" in {r.record_id for r in found}


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2025-12-28", None),
        ("2025-12-29", "announced"),
        ("2026-04-26", "contested"),
        ("2026-04-27", "reversed"),
        ("", "contested"),
    ],
)
def test_the_purchase_of_manus_as_of_a_day(
    registers: Registers, day: str, status: str | None
) -> None:
    found = find_adoptions(registers, AdoptionQuestion(body="purchase of Manus", as_of=day))
    assert [r.latest.status for r in found if r.latest] == ([status] if status else [])


def test_a_step_that_waits_is_no_last_status(registers: Registers) -> None:
    (record,) = find_adoptions(registers, AdoptionQuestion(body="purchase of Manus"))
    assert [s.status for s in record.waiting] == ["reversed"]
    assert record not in find_adoptions(registers, AdoptionQuestion(status="reversed"))


@pytest.mark.parametrize(
    "question",
    [
        AdoptionQuestion(kind="person"),
        AdoptionQuestion(how="likes"),
        AdoptionQuestion(family="qwem"),
        AdoptionQuestion(country="XX"),
        AdoptionQuestion(status="banned"),
    ],
)
def test_an_unknown_word_gets_the_nearest(registers: Registers, question: AdoptionQuestion) -> None:
    with pytest.raises(UnknownName) as caught:
        find_adoptions(registers, question)
    assert caught.value.nearest
    assert caught.value.exit_code == 6


def test_a_day_is_written_as_one(registers: Registers) -> None:
    with pytest.raises(SettingsError, match="is no day"):
        find_adoptions(registers, AdoptionQuestion(as_of="2025"))


def searches(registers: Registers, *rows: tuple[str, str, str, int]) -> Registers:
    """Return registers with other searches: name, protocol, day, records found."""
    columns = ("search", "protocol", "ended_on", "found")
    made = tuple(
        Row(
            f"adoption_searches:{name}",
            "adoption_searches.csv",
            line,
            dict(zip(columns, (name, *map(str, rest)), strict=True)),
        )
        for line, (name, *rest) in enumerate(rows, start=2)
    )
    return replace(registers, rows={**registers.rows, "adoption_searches": made})


FIRST = ("a", "fixed-1", "2026-12-01", 120)


@pytest.mark.parametrize(
    ("second", "error"),
    [
        (("b", "fixed-2", "2027-06-01", 150), ContractError),
        (("b", "leads-1", "2027-06-01", 150), ContractError),
        (("b", "fixed-1", "2026-12-01", 150), ContractError),
    ],
)
def test_growth_is_refused_outside_one_protocol(
    registers: Registers, second: tuple[str, str, str, int], error: type[CensusError]
) -> None:
    with pytest.raises(error, match="growth"):
        growth_between(searches(registers, FIRST, second), "a..b")


def test_growth_is_stated_under_one_fixed_protocol(registers: Registers) -> None:
    known = searches(registers, FIRST, ("b", "fixed-1", "2027-06-01", 150))
    assert growth_between(known, "a..b") == Growth("a", "b", "fixed-1", 120, 150)
    with pytest.raises(ContractError, match="earlier one first"):
        growth_between(known, "b..a")


@pytest.mark.parametrize("asked", ["leads-2026-11", "..", "by-hand..leads-2026-11"])
def test_growth_of_the_bundled_records_is_refused(registers: Registers, asked: str) -> None:
    with pytest.raises(ContractError):
        growth_between(registers, asked)


def test_lists_are_dated_and_narrowed(registers: Registers) -> None:
    events = find_events(registers, kind="export control", period="2022-10..2024-12")
    assert events[0].event_id == "bis-2022-10-07"
    assert [e.date for e in events] == sorted(e.date for e in events)
    assert {e.date[:4] for e in events} == {"2022", "2023", "2024"}
    assert all("qwen" in e.families for e in find_events(registers, family="qwen"))
    assert all("CN" in e.countries for e in find_events(registers, country="CN"))
    assert all("meta" in e.developers for e in find_events(registers, developer="meta"))
    limits = find_positions(registers, stance="limits")
    assert {p.stance for p in limits} == {"limits"}
    assert {p.state for p in find_positions(registers, state="KR")} == {"KR"}


def test_readings_tell_what_counts(registers: Registers) -> None:
    every, counting = find_readings(registers), find_readings(registers, counting_only=True)
    assert len(every) == 41
    assert [r.reading_id for r in every if r.source.counts] == [r.reading_id for r in counting]
    gap = find_readings(registers, index="AI Index 2026", weights="gap")
    assert [(g.value, g.leader) for g in gap] == [(2.7, "US")]
    assert all(r.country == "CN" for r in find_readings(registers, country="CN"))
