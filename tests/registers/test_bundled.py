"""The registers that come with the package."""

from __future__ import annotations

import re
from datetime import date

import pytest

from modelcensus.registers.check import check_registers
from modelcensus.registers.load import Registers, bundled_folder, load_registers
from modelcensus.registers.schema import REGISTERS
from modelcensus.settings import Settings


@pytest.fixture(scope="module")
def registers() -> Registers:
    return load_registers()


def test_they_load_and_none_is_empty(registers: Registers) -> None:
    assert registers.problems == ()
    assert {name for name, rows in registers.rows.items() if not rows} == set()


def test_they_have_no_severe_problem_and_no_gap(registers: Registers) -> None:
    last = max(row["seen_on"] for row in registers.rows["namespaces"])
    found = check_registers(registers, today=date.fromisoformat(last), settings=Settings())
    expected = ("unread evidence", "waiting row")
    assert [p for p in found if p.kind not in expected] == []


@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_a_file_is_sorted_by_its_key(name: str, registers: Registers) -> None:
    key = REGISTERS[name].key
    rows = sorted(registers.rows[name], key=lambda r: r.line)
    assert [tuple(r[c] for c in key) for r in rows] == sorted(
        tuple(r[c] for c in key) for r in rows
    )


@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_a_file_is_plain_text(name: str) -> None:
    raw = (bundled_folder() / f"{name}.csv").read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    assert not re.search(rb"(file://|/home/|/tmp/|localhost)", raw)


def test_natural_persons_get_no_country(registers: Registers) -> None:
    people = [r for r in registers.rows["developers"] if r["developer_type"] == "individual"]
    assert {r["country"] for r in people} == {"unknown"}
    assert [r.id for r in people if r["city"] or r.alternatives] == []


def test_who_only_republishes_is_the_developer_of_nothing(registers: Registers) -> None:
    kinds = {r["developer"]: r["developer_type"] for r in registers.rows["developers"]}
    owned = [r for r in registers.rows["namespaces"] if kinds[r["developer"]] == "redistributor"]
    assert {r["namespace"] for r in owned} >= {"unsloth", "lmstudio-community", "mlx-community"}
    assert {r["role"] for r in owned} == {"redistributor"}


def test_a_family_has_one_name(registers: Registers) -> None:
    names: dict[str, set[str]] = {}
    for row in registers.rows["families"]:
        names.setdefault(row["family"], set()).add(row["family_name"])
    assert {family: n for family, n in names.items() if len(n) > 1} == {}


def test_licence_tags_differ_by_more_than_case(registers: Registers) -> None:
    tags = [row["tag"].lower() for row in registers.rows["licences"]]
    assert len(tags) == len(set(tags))
