"""Rows about the wider world: their cells, their histories, and the two golden cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.registers.test_two_sources import READING, RECORD, SECOND

from modelcensus.registers.check import check_registers
from modelcensus.registers.histories import records_of
from modelcensus.registers.load import Registers, Row, load_registers, read_registers, row_problems
from modelcensus.registers.schema import REGISTERS
from modelcensus.registers.two_sources import counting
from modelcensus.settings import Settings

Rows = dict[str, list[dict[str, str]]]
Write = Callable[..., Path]
RESTRICTION = {"how": "restricts", "status": "in force", "object": "app", "bases": ""}


@pytest.mark.parametrize(
    ("register", "cells", "reason"),
    [
        ("adoption", {"since": "2026-03"}, "is not a day"),
        ("adoption", {"since": "2026-03-04"}, "is not the first day of its month"),
        ("adoption", {"since": "2027-03-01"}, "after the day the evidence was seen"),
        ("adoption", {"until": "2026-02-28"}, "is before 'since'"),
        ("adoption", {"status": "banned"}, "'banned' is not one of"),
        ("adoption", {"grade": "A"}, "'A' by hand, 'C' by the rule"),
        ("adoption", {"seen": "primary"}, "'C' by hand, 'A' by the rule"),
        ("adoption", SECOND | {"grade": "C"}, "'C' by hand, 'B' by the rule"),
        ("adoption", {"bases": ""}, "'bases' is empty"),
        ("adoption", RESTRICTION | {"object": ""}, "names what it is about"),
        ("adoption", RESTRICTION | {"bases": "axe"}, "means nothing for a restriction"),
        ("adoption", RESTRICTION | {"status": "in use"}, "it is 'in force'"),
        ("adoption", {"status": "in force"}, "it is 'in use'"),
        ("adoption", {"object": "app"}, "is for restrictions only"),
        ("adoption", {"second_url": "https://example.net"}, "a second text needs"),
        ("adoption", {"second_figures": "3"}, "of a second text that is not named"),
        ("adoption", {"publisher": ""}, "'publisher' is empty"),
        ("adoption", {"published_on": "spring"}, "nor 'undated'"),
        ("adoption", {"reread": "yes"}, "is not a day and one of"),
        ("adoption", {"reread": "2026-11-28 fine"}, "is not a day and one of"),
        ("capability_readings", {"value": "about 3"}, "is not a number in digits"),
        ("capability_readings", {"leader": ""}, "a gap says who is ahead"),
        ("capability_readings", {"weights": "open"}, "is for gaps only"),
    ],
)
def test_a_wrong_cell_is_named(register: str, cells: dict[str, str], reason: str) -> None:
    base = RECORD if register == "adoption" else READING
    good = dict.fromkeys(REGISTERS[register].columns, "") | base
    assert list(row_problems(REGISTERS[register], good)) == []
    found = list(row_problems(REGISTERS[register], good | cells))
    assert [text for text in found if reason in text], found


def test_a_restriction_with_its_object_is_good() -> None:
    good = dict.fromkeys(REGISTERS["adoption"].columns, "") | RECORD | RESTRICTION
    assert list(row_problems(REGISTERS["adoption"], good)) == []


def record(**cells: str) -> dict[str, str]:
    return dict.fromkeys(REGISTERS["adoption"].columns, "") | RECORD | cells


def kinds(folder: Path) -> list[tuple[str, str]]:
    found = check_registers(
        read_registers(bundled=folder), today=date(2026, 11, 28), settings=Settings()
    )
    return [(p.kind, p.text) for p in found if p.register == "adoption"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([record(), record(since="2026-05-01", status="contested")], ""),
        ([record(since="2026-05-01", status="contested"), record()], "order by date"),
        ([record(), record(since="2026-05-01", who="Another Bank")], "'who' is 'Another Bank'"),
        ([record(until="2026-06-01"), record(since="2026-05-01")], "holds until 2026-06-01"),
        ([record(), record(since="2026-05-01", status="announced")], "after it was in use"),
    ],
)
def test_the_rows_of_a_record_make_one_history(
    write: Write, rows: list[dict[str, str]], reason: str
) -> None:
    def change(registers: Rows) -> None:
        search = REGISTERS["adoption_searches"].columns
        found = dict.fromkeys(search, "1") | {"search": RECORD["search"]}
        registers["adoption_searches"] = [found | {"protocol": "p", "ended_on": "2026-11-28"}]
        registers["adoption"] = rows

    found = kinds(write(change))
    assert [kind for kind, text in found if reason and reason in text] == (
        ["broken history"] if reason else []
    )
    assert len(found) == (1 if reason else 0)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"family": "nonesuch"}, "family"),
        ({"bases": "unknown;nonesuch"}, "bases"),
        ({"country": "XX"}, "country"),
        ({"search": "nonesuch"}, "search"),
    ],
)
def test_what_a_record_refers_to_is_in_a_register_or_unknown(
    write: Write, cells: dict[str, str], column: str
) -> None:
    def change(registers: Rows) -> None:
        registers["adoption"] = [record(search="", bases="unknown;none") | cells]

    found = [text for kind, text in kinds(write(change)) if kind == "unresolved reference"]
    assert [text.partition(":")[0] for text in found] == [f"column {column!r}"]


@pytest.fixture(scope="module")
def bundled() -> Registers:
    return load_registers()


def statuses(rows: list[Row]) -> list[tuple[str, str]]:
    return [(r["since"], r["status"]) for r in rows]


def test_the_purchase_of_manus_is_told_to_its_reversal(bundled: Registers) -> None:
    records = records_of(bundled.rows["adoption"])
    purchase = records["meta-manus-qwen-2025"]
    assert statuses(purchase) == [
        ("2025-12-29", "announced"),
        ("2026-01-08", "contested"),
        ("2026-04-27", "reversed"),
        ("2026-05-21", "contested"),
        ("2026-06-01", "reversed"),
    ]
    assert {r["how"] for r in purchase} == {"acquired a user of"}
    counted = statuses(list(counting(purchase)))
    assert ("2026-04-27", "reversed") in counted
    # what rests on one news report waits, whatever it says
    assert ("2026-06-01", "reversed") not in counted
    assert {r["family"] for r in records["manus-qwen-2025"]} == {"qwen"}


def test_sea_lion_stands_on_every_base_it_was_built_on(bundled: Registers) -> None:
    rows = [r for r in bundled.rows["adoption"] if r["record_id"].startswith("ai-singapore-")]
    steps = sorted((r["since"], r["bases"]) for r in rows)
    assert steps == [
        ("2023-12-01", "none"),
        ("2024-07-01", "llama"),
        ("2024-11-30", "gemma"),
        ("2025-08-21", "gemma"),
        ("2025-11-24", "qwen"),
        ("2026-02-05", "apertus"),
        ("2026-05-19", "gemma"),
        ("2026-05-19", "qwen"),
        ("2026-09-18", "nemotron"),
    ]
    assert {r["grade"] for r in rows} == {"A"}
    assert len(counting(rows)) == len(rows)


def test_the_registers_hold_what_the_issue_asks(bundled: Registers) -> None:
    adoption = bundled.rows["adoption"]
    assert len(records_of(adoption)) >= 100
    assert len({r["country"] for r in adoption}) >= 30
    assert {"restricts", "builds flagship on"} <= {r["how"] for r in adoption}
    assert len(bundled.rows["events"]) >= 80
    assert min(r["date"] for r in bundled.rows["events"] if r["kind"] == "export control") == (
        "2022-10-07"
    )
    assert {r["stance"] for r in bundled.rows["positions"]} == {"supports", "limits", "unstated"}
