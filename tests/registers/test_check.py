from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelcensus.registers.check import MIN_LICENCE_USES, check_registers
from modelcensus.registers.load import read_registers
from modelcensus.registers.problem import Problem
from modelcensus.settings import Settings

Rows = dict[str, list[dict[str, str]]]
Write = Callable[..., Path]
TODAY = date(2026, 11, 23)


def problems(folder: Path, **known: Any) -> list[Problem]:
    registers = read_registers(bundled=folder)
    return check_registers(registers, today=TODAY, settings=Settings(), **known)


def test_the_small_set_has_no_problem(write: Write) -> None:
    known = {("huggingface", "acme"), ("huggingface", "Bo")}
    models = {("huggingface", "acme/Axe-1B"), ("huggingface", "Bo/bow")}
    assert (
        problems(write(), known_namespaces=known, known_models=models, licence_uses={"MIT": 9})
        == []
    )


def owner(**cells: str) -> Callable[[Rows], None]:
    """Split the owner of `acme` in two rows: the first as given, the second from 2025 on."""

    def change(rows: Rows) -> None:
        first = rows["namespaces"][0]
        rows["namespaces"] += [first | {"valid_from": "2025-01-01", "developer": "bo-lab"}]
        first.update(cells)

    return change


def edit(register: str, **cells: str) -> Callable[[Rows], None]:
    return lambda rows: rows[register][0].update(cells)


def add_developer(**cells: str) -> Callable[[Rows], None]:
    return lambda rows: rows["developers"].append(rows["developers"][0] | cells)


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (edit("licences", evidence_url=""), {"missing evidence"}),
        (edit("developers", seen="unread"), {"unread evidence"}),
        (edit("developers", seen_on="2025-11-22"), {"old evidence"}),
        (edit("developers", seen_on="2025-11-23"), set()),
        (edit("developers", seen_on="soon"), {"wrong row"}),
        (edit("developers", contested_because="Two seats."), {"idle contest"}),
        (
            edit("developers", alternatives="US", contested_because="Two seats."),
            {"idle contest"},
        ),
        (edit("developers", alternatives="DE", contested_because="Two seats."), set()),
        (owner(), {"overlapping validity"}),
        (owner(valid_to="2025-01-02"), {"overlapping validity"}),
        (owner(valid_to="2025-01-01"), set()),
        (owner(valid_to="2024-12-31"), {"hole in validity"}),
        (add_developer(developer="acme-2", name="ACME."), {"equal names", "unused developer"}),
        (add_developer(developer="other", name="Other"), {"unused developer"}),
        (add_developer(country="DE", valid_from="2025-01-01"), {"overlapping validity"}),
        (lambda rows: rows["families"].pop(), {"no family"}),
        (edit("families", pattern="^saw-"), {"idle pattern"}),
        (edit("families", pattern="("), {"wrong row"}),
    ],
)
def test_each_kind_is_found(write: Write, change: Callable[[Rows], None], kinds: set[str]) -> None:
    models = {("huggingface", "acme/axe-1B"), ("huggingface", "no-namespace")}
    found = problems(write(change), known_models=models)
    assert {p.kind for p in found} == kinds
    assert all(p.row_id and p.line > 1 for p in found)


@pytest.mark.parametrize("role", ["redistributor", "experiments"])
def test_an_account_without_a_line_of_its_own_needs_no_family(write: Write, role: str) -> None:
    def change(rows: Rows) -> None:
        lost = rows["families"].pop()
        for row in rows["namespaces"]:
            if row["namespace"] == lost["namespace"]:
                row["role"] = role

    assert "no family" not in {p.kind for p in problems(write(change))}


def test_a_developer_that_is_only_another_reading_is_used(write: Write) -> None:
    def change(rows: Rows) -> None:
        add_developer(developer="third", name="Third")(rows)
        edit("namespaces", alternatives="third", contested_because="Joint work.")(rows)

    assert problems(write(change)) == []


def test_what_is_known_and_not_covered_is_listed(write: Write) -> None:
    found = problems(
        write(),
        known_namespaces={("modelscope", "acme"), ("huggingface", "acme")},
        licence_uses={"odd": MIN_LICENCE_USES, "rare": MIN_LICENCE_USES - 1},
    )
    assert [(p.kind, p.text) for p in found] == [
        ("uncovered licence", "5 models declare 'odd', which has no row"),
        ("uncovered namespace", "modelscope/acme has no row"),
    ]


def test_every_problem_is_listed_the_severe_ones_first(write: Write) -> None:
    def change(rows: Rows) -> None:
        rows["developers"][0].update(country="XX", seen="unread")
        rows["namespaces"][0]["role"] = "chief"

    found = problems(write(change))
    assert [(p.kind, p.register) for p in found] == [
        ("unresolved reference", "developers"),
        ("wrong row", "namespaces"),
        ("unread evidence", "developers"),
    ]
