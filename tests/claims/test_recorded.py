"""Claims that records decide: rows that count, from another page, with what came since."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from modelcensus.claims.article_records import records_for
from modelcensus.claims.published import Claim, read_claims
from modelcensus.claims.recorded import read_record
from modelcensus.registers.load import Registers, Row, load_registers
from modelcensus.registers.schema import REGISTERS


@pytest.fixture(scope="module")
def registers() -> Registers:
    return load_registers()


@pytest.fixture(scope="module")
def claims(registers: Registers) -> dict[str, Claim]:
    return {claim.id: claim for claim in read_claims(registers)}


def asked(row: dict[str, str], column: str, **claim: str) -> tuple[Row, Row]:
    """Return a claim and a procedure that asks a register."""
    said = {"evidence_url": "https://claim.example", "unit": "records", "value": "1"} | claim
    cells = dict.fromkeys(REGISTERS["claim_procedures"].columns, "")
    cells |= {"row": json.dumps(row), "column": column}
    return Row("claims:x", "claims.csv", 2, said), Row("claim_procedures:x", "x.csv", 2, cells)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aiindex-2026-gap-27", 2.7),
        ("caisi-2026-v4-8-months", 8.0),
        ("epoch-2026-lag-4", 4.0),
        ("brief-2026-sea-lion-qwen", 1.0),
        ("brief-2026-meta-purchase", 1.0),
        ("brief-2026-r1-attention", 1.0),
        ("brief-2026-technological-equity", 1.0),
        ("brief-2026-start-ups", 1.0),
    ],
)
def test_what_the_registers_hold_of_the_claims(
    claims: dict[str, Claim], name: str, value: float
) -> None:
    recorded = claims[name].recorded
    assert recorded is not None
    assert recorded.reading is not None, recorded.why_not
    assert recorded.reading.value == value


def test_a_day_is_held_against_a_month(claims: dict[str, Claim]) -> None:
    recorded = claims["brief-2026-export-controls"].recorded
    assert recorded is not None
    assert recorded.reading is not None
    assert 12 * 2022 + 9 <= recorded.reading.value < 12 * 2022 + 10


def test_the_golden_cases_say_what_came_since(claims: dict[str, Claim]) -> None:
    purchase = claims["brief-2026-meta-purchase"].recorded
    assert purchase is not None
    assert purchase.since == (
        "contested 2026-01-08",
        "reversed 2026-04-27",
        "contested 2026-05-21",
    )
    flagship = claims["brief-2026-sea-lion-qwen"].recorded
    assert flagship is not None
    later = " ".join(flagship.since)
    assert all(f"builds flagship on {f} as well" in later for f in ("apertus", "gemma", "nemotron"))
    assert "in use 2026-05-19" in flagship.since


@pytest.mark.parametrize(
    ("row", "column", "claim", "why"),
    [
        ({"register": "nonesuch"}, "records", {}, "no register"),
        ({"register": "events", "event_id": "nonesuch"}, "records", {}, "no such row"),
        (
            {"register": "capability_readings", "reading_id": "oecd-2026-launch"},
            "value",
            {},
            "waits for a second text",
        ),
        (
            {"register": "capability_readings", "reading_id": "epoch-eci-2026-05-lag"},
            "value",
            {"evidence_url": "https://epoch.ai/data-insights/open-closed-eci-gap"},
            "own page only",
        ),
        ({"register": "events", "kind": "report"}, "date", {}, "rows of the register"),
    ],
)
def test_what_decides_nothing_says_why(
    registers: Registers, row: dict[str, str], column: str, claim: dict[str, str], why: str
) -> None:
    found = read_record(*asked(row, column, **claim), registers)
    assert found.reading is None
    assert why in found.why_not


def test_a_planted_reading_that_turns_the_lead_round_decides_nothing(registers: Registers) -> None:
    """A third-party page prints the lead of 2026 as if the US model trailed."""

    def turned(row: Row) -> Row:
        if row["reading_id"] != "ai-index-2026-us-cn":
            return row
        return replace(row, cells=row.cells | {"leader": "CN"})

    rows: dict[str, Any] = dict(registers.rows)
    rows["capability_readings"] = tuple(map(turned, rows["capability_readings"]))
    planted = replace(registers, rows=rows)
    (claim,) = [c for c in read_claims(planted) if c.id == "aiindex-2026-gap-27"]
    assert claim.recorded is not None
    assert claim.recorded.reading is None
    assert "waits for a second text" in claim.recorded.why_not


def test_the_article_lists_records_and_scores_nothing(registers: Registers) -> None:
    found = {letter: records_for(letter, registers) for letter in "abcdefghijklmno"}
    assert {letter for letter, texts in found.items() if texts} == set("abcikmn")
    assert any("reversed 2026-04-27" in text for text in found["k"])
    assert any("ahead by 4 months" in text for text in found["b"])
    assert "2022-10-07" in found["i"][0]
    assert "DeepSeek-R1 released" in found["c"][0]
    assert "never scored" in found["m"][0]
    assert all("records found" in text for text in found["a"])
    assert "DeepSeek" in found["n"][0]
