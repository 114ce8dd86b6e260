"""Whether values agree: by a tolerance that was there first, moved by nothing that was computed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.claims.amounts import half_unit, in_unit, is_date, months, published, shown
from modelcensus.claims.judging import Reading, agree, difference, from_own_parts
from modelcensus.claims.ledger import (
    AGREES,
    DIFFERS,
    FROM_DATA,
    FROM_PARTS,
    ClaimResult,
    check_claims,
)
from modelcensus.errors import ContractError
from modelcensus.measures.census import Census, open_census
from modelcensus.registers.claim_cells import object_of
from modelcensus.registers.load import Registers, load_registers
from modelcensus.registers.schema import REGISTERS
from modelcensus.snapshots.store import Store

NUMBERS = st.floats(-1e6, 1e6)
WIDTHS = st.floats(1e-2, 1e6)


@pytest.fixture(scope="module")
def sample(sample_store: Store) -> Iterator[Census]:
    with open_census(sample_store.path) as opened:
        yield opened


@pytest.fixture(scope="module")
def results(sample: Census) -> list[ClaimResult]:
    return check_claims(sample)


@given(value=NUMBERS, slack=WIDTHS, tolerance=WIDTHS)
def test_what_agrees_differs_when_it_is_moved_by_three_times_what_was_allowed(
    value: float, slack: float, tolerance: float
) -> None:
    reading = Reading(value, value - slack, value + slack)
    assert agree(value, "", tolerance, reading)
    for sign in (-1, 1):
        assert not agree(value + sign * 3 * (slack + tolerance), "", tolerance, reading)


@pytest.mark.parametrize(
    ("published_value", "bound", "is_same"),
    [(100.0, "at least", True), (150.4, "at least", True), (151.0, "at least", False),
     (200.0, "at most", True), (149.0, "at most", False), (151.0, "", False), (149.5, "", True)],
)  # fmt: skip
def test_bounds_are_held_to_one_side(published_value: float, bound: str, is_same: bool) -> None:
    assert agree(published_value, bound, 0.5, Reading.exactly(150.0)) is is_same


def test_half_a_unit_of_the_last_digit() -> None:
    found = {text: half_unit(text) for text in ("80.22", "37", "0.1976", "1150", "2025-09")}
    assert list(found.values()) == [Decimal(t) for t in ("0.005", "0.5", "0.00005", "0.5", "0.5")]


def test_own_parts_carry_their_rounding() -> None:
    """37, 48, 49 over 4, 3, 4: ratio of means 12.18; rounding alone leaves 10.60 to 14.26."""
    parts = {"a": "37", "b": "48", "c": "49", "x": "4", "y": "3", "z": "4"}
    reading = from_own_parts("mean(a, b, c) / mean(x, y, z)", parts)
    assert [round(v, 2) for v in (reading.value, reading.low, reading.high)] == [12.18, 10.6, 14.26]
    assert round(from_own_parts("mean(a / x, b / y, c / z)", parts).value, 2) == 12.5


def test_counted_parts_are_exact() -> None:
    reading = from_own_parts("changed / edges", {"changed": "=27409.5", "edges": "=138694"})
    assert reading == Reading.exactly(27409.5 / 138694)


def test_a_percentage_that_no_whole_number_of_cases_gives() -> None:
    for percent, is_possible in (("47.69", True), ("47.75", False)):
        reading = from_own_parts("nearest_percent(p, n)", {"p": percent, "n": "=629"})
        assert agree(float(percent), "", 0.005, reading) is is_possible


def test_months_and_units() -> None:
    assert months("2025-09") - months("2025-08") == 1
    assert months("2025-09-01") == months("2025-09") - 0.5
    assert months("2025-12-31") < months("2026-01-01")
    assert in_unit(0.171, "percent") == pytest.approx(17.1)
    assert in_unit(942_100_000, "million") == pytest.approx(942.1)
    assert in_unit("2025-04-07", "month") == months("2025-04-07")
    with pytest.raises(ContractError, match="does not know"):
        in_unit(None, "percent")


def test_words_for_amounts() -> None:
    assert published("151448", "models") == "151,448 models"
    assert published("63", "percent", "at least") == "at least 63 %"
    assert published("2025-09", "month") == "2025-09"
    assert shown(12.18, "times", "12") == "12.18 times"
    assert shown(12.0, "times", "12") == "12 times"
    assert shown(months("2025-04-07"), "month", "2025-09") == "2025-04"
    assert shown(months("2025-12-31"), "month", "2025-09") == "2025-12"
    assert difference(150.0, Reading.exactly(153.0)) == {"absolute": 3.0, "relative": 0.02}


def test_tolerances_are_the_default_where_they_say_so() -> None:
    registers = load_registers()
    values = {row["claim_id"]: row["value"] for row in registers.rows["claims"]}
    default = ("rounding: half a unit", "half a month")
    rows = registers.rows["claim_procedures"]
    said = [r for r in rows if r["tolerance_because"].startswith(default)]
    assert len(said) > 50
    for row in said:
        assert Decimal(row["tolerance"]) == half_unit(values[row["claim_id"]]), row.id


def test_nearest_percentages_are_asked_only_where_they_can_fail() -> None:
    registers = load_registers()
    values = {row["claim_id"]: row["value"] for row in registers.rows["claims"]}
    asked = [r for r in registers.rows["claim_procedures"] if "nearest_percent" in r["formula"]]
    assert asked
    for row in asked:
        cases = min(float(v[1:]) for v in object_of(row["parts"]).values() if v.startswith("="))
        assert 100 / cases > 4 * float(half_unit(values[row["claim_id"]])), row.id


def test_at_least_twelve_are_computed_on_the_bundled_sample(results: list[ClaimResult]) -> None:
    computed = {r.claim.id: r for r in results if r.is_computed}
    assert len(computed) >= 12
    from_data = sorted(i for i, r in computed.items() if r.basis == FROM_DATA)
    assert from_data == [
        "osir-2025-04-descendants-01-ai",
        "osir-2025-04-descendants-deepseek",
        "osir-2025-09-descendants-01-ai",
        "osir-2025-09-descendants-baichuan",
        "osir-2025-09-descendants-deepseek",
        "osir-2025-09-descendants-moonshot-ai",
        "osir-2025-09-descendants-xiaomi",
    ]
    own = {"lbourdois-2025-top50", "caisi-2025-hijack", "laufer-2025-licence-mutation"}
    assert {computed[name].verdict for name in own} == {AGREES}
    assert {computed[name].basis for name in own} == {FROM_PARTS}
    # "tripled", from 13 to 30; and 15.86, where the source it repeats has 15.8
    differing = {name for name, r in computed.items() if r.verdict == DIFFERS}
    assert differing == {"techienewsguru-2025-tripled", "mittr-2026-share-us-1586"}


def test_the_hijacking_figure_and_its_other_readings(results: list[ClaimResult]) -> None:
    (found,) = [r for r in results if r.claim.id == "caisi-2025-hijack"]
    assert found.own_parts
    assert [round(v, 2) for v in vars(found.own_parts).values()] == [12.18, 10.6, 14.26]
    assert [round(v, 2) for v in found.other_readings.values()] == [12.5, 1.37]


def shifted(value: str, by: Decimal) -> str:
    """Return a published number, or a month, so much later; months are whole and round away."""
    if not is_date(value):
        return str(Decimal(value) + by)
    at = int(months(value)) + (1 if by > 0 else -1) * ceil(abs(by))
    return f"{at // 12}-{at % 12 + 1:02d}"


def moved(registers: Registers, results: list[ClaimResult], sign: int, folder: Path) -> Path:
    """Write the claims that agree with values moved by three times what was allowed."""
    columns = REGISTERS["claims"].columns
    with (folder / "claims.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        for r in results:
            assert r.reading
            assert r.tolerance
            allowed = Decimal(str(r.tolerance + r.reading.slack))
            cells = dict(r.claim.row.cells)
            cells["value"] = shifted(cells["value"], sign * 3 * allowed)
            writer.writerow(cells)
    assert registers.rows["claims"]
    return folder


@pytest.mark.parametrize("sign", [-1, 1])
def test_none_agrees_by_tuning(
    sample: Census, results: list[ClaimResult], sign: int, tmp_path: Path
) -> None:
    """The same procedures, the same data, other published values: every verdict turns."""
    agreeing = [r for r in results if r.verdict == AGREES]
    folder = moved(load_registers(), agreeing, sign, tmp_path)
    again = check_claims(sample, load_registers([folder]))
    turned = {r.claim.id: r.verdict for r in again if r.claim.id in {a.claim.id for a in agreeing}}
    assert set(turned.values()) == {DIFFERS}
    assert len(turned) == len(agreeing)
    # what was recomputed did not follow what was published
    values = {r.claim.id: r.reading for r in again}
    assert all(values[r.claim.id] == r.reading for r in agreeing)


def test_every_claim_has_a_verdict_and_a_reason_that_names_what_would_settle_it(
    results: list[ClaimResult],
) -> None:
    for r in results:
        assert r.reason.endswith("."), r.claim.id
        if r.verdict == "not recomputable here":
            assert r.needs, r.claim.id
            for part in vars(r.needs).values():
                assert part, r.claim.id
                assert part in r.reason, r.claim.id
