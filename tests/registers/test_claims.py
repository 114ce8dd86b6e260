"""Cells of claims, procedures and corrections: what may stand there, and what does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelcensus.registers.claim_cells import (
    METHODS,
    NEEDED,
    a_published_value,
    a_tolerance,
    an_object,
    numbers_by_name,
    procedure_problems,
)
from modelcensus.registers.formulas import formula_problem, value_of
from modelcensus.registers.load import Registers, load_registers, read_registers
from modelcensus.registers.schema import REGISTERS, parts


@pytest.fixture(scope="module")
def registers() -> Registers:
    return load_registers()


@pytest.mark.parametrize("cell", ["80.22", "151448", "0.1976", "2025-09", "2025-09-07", "-29"])
def test_numbers_and_dates_are_published_values(cell: str) -> None:
    assert a_published_value(cell) == ""


@pytest.mark.parametrize("cell", ["100k+", "about 5", "1,150", "NaN", "Infinity", "80 %"])
def test_words_are_not(cell: str) -> None:
    assert "neither a number nor a date" in a_published_value(cell)


@pytest.mark.parametrize("cell", ["0", "-1", "x", "NaN"])
def test_a_tolerance_of_nothing_is_refused(cell: str) -> None:
    assert a_tolerance(cell)
    assert a_tolerance("0.005") == ""


def test_objects_and_parts() -> None:
    assert an_object('{"by": "country"}') == ""
    assert "not JSON" in an_object("{by}")
    assert "not a JSON object" in an_object("[1]")
    assert numbers_by_name('{"a": "36.45", "n": "=629"}') == ""
    for cell in ('{"a": 36.45}', "{}", '{"a": "many"}', "[]"):
        assert numbers_by_name(cell)


def test_formulas_of_parts() -> None:
    given = {"a": 36.45, "b": 45.44, "p": 47.69, "n": 629.0}
    assert value_of("100 * a / b", given) == pytest.approx(80.2157, abs=1e-4)
    assert value_of("mean(a, b) - a", given) == pytest.approx(4.495)
    assert value_of("nearest_percent(p, n)", given) == pytest.approx(100 * 300 / 629)
    assert value_of("(a - a) + 2", given) == 2


@pytest.mark.parametrize(
    "formula",
    ["c", "a +", "__import__('os')", "a ** b", "a.real", "max(a, b)", "a if b else a", "'a'",
     "True", "mean(*a)", "mean(x=a)", "a" + " + a" * 200],
)  # fmt: skip
def test_nothing_else_is_a_formula(formula: str) -> None:
    assert "is no formula of its parts" in formula_problem(formula, ["a", "b"])


def cells(**given: str) -> dict[str, str]:
    empty = dict.fromkeys(REGISTERS["claim_procedures"].columns, "")
    return empty | {"claim_id": "x", "committed_on": "2026-11-28"} | given


@pytest.mark.parametrize("method", METHODS)
def test_each_method_needs_its_columns(method: str) -> None:
    found = list(procedure_problems(cells(method=method)))
    assert len(found) == len(NEEDED[method])
    assert all("is empty" in text for text in found)


def test_columns_of_another_method_are_refused() -> None:
    filled = dict.fromkeys(NEEDED["out-of-scope"], "x") | {"tolerance": "5", "measure": "share"}
    found = list(procedure_problems(cells(method="out-of-scope", **filled)))
    assert [text.split("'")[1] for text in found] == ["measure", "tolerance"]


def test_formulas_are_tried_on_their_parts() -> None:
    given = {"parts": '{"a": "1"}', "formula": "b", "tolerance": "1", "tolerance_because": "x"}
    (text,) = procedure_problems(cells(method="own-parts", **given))
    assert "no part 'b'" in text
    given |= {"formula": "a", "also": '{"other": "a / c"}'}
    (text,) = procedure_problems(cells(method="own-parts", **given))
    assert "no part 'c'" in text


def test_a_wrong_procedure_is_a_wrong_row(tmp_path: Path) -> None:
    header = ",".join(REGISTERS["claim_procedures"].columns)
    row = ",".join(cells(claim_id="atom-2026-qwen", method="own-parts").values())
    (tmp_path / "claim_procedures.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    problems = read_registers([tmp_path]).problems
    assert {p.kind for p in problems} == {"wrong row"}
    assert {p.file for p in problems} == {"claim_procedures.csv"}
    assert len(problems) == len(NEEDED["own-parts"])


def test_every_claim_has_a_procedure_or_the_reason_why_not(registers: Registers) -> None:
    methods: dict[str, set[str]] = {}
    for row in registers.rows["claim_procedures"]:
        methods.setdefault(row["claim_id"], set()).add(row["method"])
    assert set(methods) == {row["claim_id"] for row in registers.rows["claims"]}
    for name, found in methods.items():
        # arithmetic alone would leave open which data settle the claim
        assert len(found - {"own-parts"}) == 1, name


def test_claims_that_contradict_or_repeat_are_there_and_not_themselves(
    registers: Registers,
) -> None:
    for row in registers.rows["claims"]:
        for column in ("repeats", "contradicts"):
            assert row["claim_id"] not in parts(row[column]), row.id


def test_a_chain_of_repetitions_ends(registers: Registers) -> None:
    following = {r["claim_id"]: r["repeats"] for r in registers.rows["claims"]}
    for name in following:
        seen = [name]
        while following[seen[-1]]:
            seen.append(following[seen[-1]])
            assert len(seen) == len(set(seen)), seen


def test_every_claim_was_seen_on_a_day(registers: Registers) -> None:
    for row in registers.rows["claims"]:
        assert row["seen_on"], row.id
        assert row["seen"] != "unread", row.id
        assert re.match(r"https?://", row["evidence_url"]), row.id


def test_corrections_say_which_figures_moved(registers: Registers) -> None:
    for row in registers.rows["corrections"]:
        assert all(row[column] for column in REGISTERS["corrections"].columns), row.id
