from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.registers.load import row_problems
from modelcensus.registers.schema import REGISTERS, a_day, a_number, a_pattern, each, one_of, parts


@pytest.mark.parametrize(
    "cell", ["^qwen", "^(glm|chatglm)-?[0-9]", r"^yi-(?:1\.5|vl)", r"a\(?b", r"\\1", "[a-z]{1,3}$"]
)
def test_a_pattern_that_every_engine_runs_passes(cell: str) -> None:
    assert a_pattern(cell) == ""


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("^(?!guard)", "look-around"),
        ("(?=x)y", "look-around"),
        ("(?<=x)y", "look-around"),
        ("(?i)qwen", "flags"),
        ("(?P<a>x)", "flags"),
        (r"(a)\1", "back-references"),
        ("(", "not a regular expression"),
        ("a++", "not a regular expression"),
        (r"a\Z", "not a regular expression"),
        ("[a&&b]", "Possible set intersection"),
        ("[[b]", "Possible nested set"),
    ],
)
def test_a_pattern_that_some_engine_cannot_run_is_refused(cell: str, reason: str) -> None:
    assert reason in a_pattern(cell)


@given(st.text(alphabet=r"ab01^$.*+?()[]{}|\\-:=!<P ", max_size=12))
def test_what_passes_as_a_pattern_runs(cell: str) -> None:
    if not a_pattern(cell):
        pc.match_substring_regex(pa.array(["", "ab"]), cell, ignore_case=True)


@pytest.mark.parametrize(
    "cell", ["2025-02-30", "2025-2-3", "20250203", "2025-W01-1", "\u0662025-01-01"]
)
def test_a_day_must_be_one_of_the_calendar(cell: str) -> None:
    assert a_day(cell)


def test_a_day_passes() -> None:
    assert a_day("2024-02-29") == ""


@pytest.mark.parametrize("cell", ["-1", "1.5", "²", "1e3", ""])
def test_a_number_is_ascii_digits(cell: str) -> None:
    assert a_number(cell)
    assert a_number("007") == ""


def test_a_list_is_checked_part_by_part() -> None:
    check = each(one_of("L1", "L2"))
    assert check("L1; L2 ;") == ""
    assert "'L9'" in check("L1;L9")
    assert parts(" a ;; b") == ("a", "b")


@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_a_register_is_consistent(name: str) -> None:
    register = REGISTERS[name]
    named = {*register.key, *register.required, *register.references}
    named |= {register.contested} - {""}
    assert named <= set(register.columns)
    assert len(set(register.columns)) == len(register.columns)
    assert register.description
    for target, column in register.references.values():
        assert column in REGISTERS[target].columns


GOOD = {
    "developers": {"developer": "acme", "name": "Acme", "country": "US"},
    "renames": {"hub": "huggingface", "kind": "model", "old": "a", "new": "b", "by": "2025-01-02"},
    "hub_totals": {"hub": "huggingface", "metric": "models", "observed_on": "2025-01-01"},
}


@pytest.mark.parametrize(
    ("name", "cells", "reason"),
    [
        ("developers", {"developer_type": "company"}, "'company' is not one of"),
        ("developers", {"developer_type": "academia", "sub_type": "other"}, "'industry' only"),
        ("developers", {"seen": "maybe"}, "'maybe' is not one of"),
        ("developers", {"seen_on": "yesterday"}, "is not a day"),
        ("developers", {"evidence_url": "example.org"}, "is not of the form https://"),
        ("developers", {"paraphrase": ""}, "'paraphrase' is empty"),
        ("developers", {"founded": "about 2020"}, "is not a whole number"),
        ("developers", {"developer": "Acme Inc"}, "is not of the form lower-case-words"),
        ("developers", {"alternatives": "CN"}, "without the reason"),
        (
            "developers",
            {"valid_from": "2025-01-01", "valid_to": "2025-01-01"},
            "'valid_to' is not after 'valid_from'",
        ),
        ("renames", {"after": "2025-01-03"}, "'by' is not after 'after'"),
        ("renames", {"kind": "dataset"}, "'dataset' is not one of"),
        ("hub_totals", {"value_low": "10", "value_high": "9"}, "is below 'value_low'"),
    ],
)
def test_a_wrong_cell_is_named(name: str, cells: dict[str, str], reason: str) -> None:
    register = REGISTERS[name]
    evidence = {
        "evidence_url": "https://example.org",
        "seen": "primary",
        "seen_on": "2026-11-01",
        "paraphrase": "It says so.",
        "confidence": "high",
        "developer_type": "industry",
        "value_low": "1",
        "value_high": "2",
    }
    row = dict.fromkeys(register.columns, "")
    row |= {k: v for k, v in evidence.items() if k in row} | GOOD[name]
    assert list(row_problems(register, row)) == []
    assert [text for text in row_problems(register, row | cells) if reason in text]


def test_a_rename_may_be_known_to_the_day() -> None:
    register = REGISTERS["renames"]
    row = dict.fromkeys(register.columns, "") | GOOD["renames"] | {"after": "2025-01-02"}
    assert not [t for t in row_problems(register, row) if "'after'" in t]
