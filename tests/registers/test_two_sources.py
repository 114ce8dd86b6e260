"""A figure or a reversal never rests on one third-party page alone."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from modelcensus.registers.load import Registers, Row, load_registers
from modelcensus.registers.schema import REGISTERS
from modelcensus.registers.two_sources import counting, counts, figures_of, lacks, source_problems
from modelcensus.registers.world import FACTS_OF_OTHERS

RECORD = {
    "record_id": "acre-axe-2026",
    "who": "Acre Bank",
    "who_type": "company",
    "country": "DE",
    "family": "unknown",
    "bases": "unknown",
    "how": "uses",
    "status": "in use",
    "since": "2026-03-01",
    "precision": "month",
    "evidence_url": "https://news.example.org/acre",
    "publisher": "Example News",
    "published_on": "2026-03",
    "paraphrase": "The bank uses Axe 3.1 in its branches since March 2026.",
    "seen": "secondary",
    "seen_on": "2026-11-28",
    "grade": "C",
    "confidence": "medium",
    "standing": "counts",
    "search": "leads-2026-11",
}
SECOND = {
    "second_url": "https://www.other.example/acre",
    "second_publisher": "Other Paper",
    "second_relation": "independent",
    "grade": "B",
}
FIGURE = {"paraphrase": "The bank lets 72 branches use Axe 3.1 since March 2026."}
READING = {
    "reading_id": "gap-2026",
    "index": "Some Index",
    "published_on": "2026-04-13",
    "precision": "day",
    "weights": "gap",
    "model": "best v best",
    "value": "2.7",
    "unit": "%",
    "leader": "US",
    "is_self_reported": "no",
    **{k: RECORD[k] for k in ("evidence_url", "publisher", "paraphrase", "seen", "seen_on")},
    **{k: RECORD[k] for k in ("grade", "confidence", "standing")},
}


def row(register: str = "adoption", **cells: str) -> Row:
    base = RECORD if register == "adoption" else READING
    filled = dict.fromkeys(REGISTERS[register].columns, "") | base | cells
    key = ":".join((register, *(filled[k] for k in REGISTERS[register].key)))
    return Row(key, f"{register}.csv", 2, filled)


def kinds(found: Row) -> list[str]:
    register = found.id.partition(":")[0]
    rows = {name: () for name in REGISTERS} | {register: (found,)}
    return [p.kind for p in source_problems(Registers(rows, {}))]


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("About 200 billion tokens were used.", {"200"}),
        ("At least 72 local governments had deployed it.", {"72"}),
        ("Llama 3.1 and Gemma 2 9B stand on 48 billion tokens.", {"48"}),
        ("It was built on Qwen 2.5 in March 2026, on 1 December it stopped.", set()),
        ("Section 6604 prohibits it within 60 days.", {"60"}),
        ("The lead is 2.7 per cent, the lag eight months.", {"2.7", "8"}),
        ("PSPF Direction 001-2025 and Executive Order 46 name it.", set()),
        ("More than 10,000 staff and 1,260 points.", {"10000", "1260"}),
        ("Three models of two teams, from scratch.", set()),
    ],
)
def test_figures_are_told_from_names_and_dates(text: str, figures: set[str]) -> None:
    assert figures_of(text) == {Decimal(f) for f in figures}


def test_a_statement_without_figure_may_rest_on_one_page() -> None:
    assert lacks(row()) == ""
    assert counts(row())


def test_a_wrong_figure_planted_from_a_third_party_page_is_caught() -> None:
    assert kinds(row(**FIGURE)) == ["one source"]
    assert not counts(row(**FIGURE))
    second = FIGURE | SECOND | {"second_figures": "27"}
    assert kinds(row(**second)) == ["sources disagree"]
    assert not counts(row(**second))
    assert kinds(row(**second | {"second_figures": "72"})) == []
    assert counts(row(**second | {"second_figures": "72"}))


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"second_relation": "same report", "grade": "C"}, "no independent second text"),
        ({"second_relation": "not judged", "grade": "C"}, "no independent second text"),
        ({"second_publisher": "EXAMPLE news"}, "of the same"),
        ({"second_url": "https://news.example.org/other"}, "of the same"),
        ({"second_figures": ""}, "says nothing of it"),
    ],
)
def test_a_second_text_must_be_another_one(cells: dict[str, str], reason: str) -> None:
    second = FIGURE | SECOND | {"second_figures": "72"} | cells
    assert reason in lacks(row(**second))
    assert not counts(row(**second))


def test_a_planted_reversal_is_caught() -> None:
    reversed_ = {"status": "reversed"}
    assert kinds(row(**reversed_)) == ["one source"]
    assert kinds(row(**reversed_, **SECOND)) == ["one source"]
    agreed = row(**reversed_, **SECOND, second_status="reversed")
    assert kinds(agreed) == []
    assert counts(agreed)
    other = row(**reversed_, **SECOND, second_status="in use")
    assert kinds(other) == ["sources disagree"]
    assert not counts(other)


def test_a_figure_whose_sign_was_turned_round_is_caught() -> None:
    second = SECOND | {"second_figures": "2.7", "second_leader": "US"}
    right = row("capability_readings", **second)
    assert counts(right)
    turned = row("capability_readings", **second, leader="CN")
    assert kinds(turned) == ["sources disagree"]
    assert not counts(turned)
    silent = row("capability_readings", **second | {"second_leader": ""})
    assert "who is ahead" in lacks(silent)


def test_what_an_authority_says_itself_needs_no_second() -> None:
    assert counts(row(**FIGURE, seen="primary", grade="A"))


def test_an_official_list_is_cited_from_itself_only() -> None:
    listed = row(official_list="Some Entity List")
    assert kinds(listed) == ["one source"]
    assert not counts(listed)
    assert kinds(row(official_list="Some Entity List", seen="primary", grade="A")) == []
    unnamed = row(paraphrase="The ministry put the firm on its Entity List.")
    assert kinds(unnamed) == ["one source"]
    assert not counts(unnamed)


def test_a_waiting_row_is_named_and_never_counts() -> None:
    waiting = row(**FIGURE, standing="waits")
    assert kinds(waiting) == ["waiting row"]
    assert not counts(waiting)
    assert not counts(row(standing="waits"))


@pytest.fixture(scope="module")
def registers() -> Registers:
    return load_registers()


def test_the_bundled_rows_obey_the_rule(registers: Registers) -> None:
    assert {p.kind for p in source_problems(registers)} == {"waiting row"}
    for name in FACTS_OF_OTHERS:
        rows = registers.rows[name]
        waiting = [r for r in rows if r["standing"] == "waits"]
        assert len(counting(rows)) == len(rows) - len(waiting)
        assert [r.id for r in waiting if not lacks(r) and not r.cells.get("official_list")] == []


def test_what_was_read_again_stands_in_the_docs_as_in_the_rows(registers: Registers) -> None:
    page = (Path(__file__).parents[2] / "docs" / "adoption.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+:[^`]+)` \| ([a-z ,]+) \|$", page, re.MULTILINE)
    outcomes = {r.id: r["reread"] for name in FACTS_OF_OTHERS for r in registers.rows[name]}
    assert len(table) == 20
    assert {row: f"2026-11-28 {outcome}" for row, outcome in table} == {
        row: outcomes[row] for row, _ in table
    }
