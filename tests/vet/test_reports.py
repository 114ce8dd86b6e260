"""Published figures: what they give, what rounding allows, and that it is no interval."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.vet.world import opened

from modelcensus.errors import UnknownName
from modelcensus.registers.load import load_registers
from modelcensus.vet.reports import CLAIMS, recompute
from modelcensus.vet.rounding import mean_of_ratios, ratio_of_means, ratio_of_printed
from modelcensus.vet.vet import Vet

HIJACK = [("37", "4"), ("48", "3"), ("49", "4")]


@pytest.fixture(scope="module")
def vet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vet]:
    with opened(tmp_path_factory.mktemp("vet") / "store") as found:
        yield found


def test_the_published_twelve_times() -> None:
    means = ratio_of_means(HIJACK)
    assert (round(means.value or 0, 2), round(means.low, 2), round(means.high or 0, 2)) == (
        12.18,
        10.60,
        14.26,
    )
    assert round(mean_of_ratios(HIJACK).value or 0, 2) == 12.50
    assert [ratio_of_printed(pair).value for pair in HIJACK] == [9.25, 16.0, 12.25]
    assert round(ratio_of_printed(("37", "27")).value or 0, 2) == 1.37


def test_half_a_unit_of_the_last_digit() -> None:
    found = ratio_of_printed(("7.6", "2.0"))
    assert (found.low, found.high) == (pytest.approx(7.55 / 2.05), pytest.approx(7.65 / 1.95))
    # nothing is above 100 per cent or below 0
    assert ratio_of_printed(("100", "50")).high == pytest.approx(100 / 49.5)


def test_a_printed_zero_has_no_ratio_and_no_largest_one() -> None:
    found = ratio_of_printed(("70", "0"))
    assert (found.value, found.low, found.high) == (None, 139.0, None)
    assert mean_of_ratios([("70", "0"), ("10", "5")]).value is None


def test_claims_are_recomputed_from_the_register() -> None:
    registers = load_registers()
    found = {claim: recompute(claim, registers) for claim in CLAIMS}
    assert {k: round(v.value or 0, 2) for k, v in found.items()} == {
        "caisi-2025-hijack": 12.18,
        "caisi-2025-hijack-mean-of-ratios": 12.50,
        "caisi-2025-hijack-open-v-open": 1.37,
        "caisi-2025-jailbreak": 11.75,
    }
    with pytest.raises(UnknownName):
        recompute("another", registers)
    with pytest.raises(UnknownName):
        recompute("caisi-2025-hijack", [])


def test_the_figure_names_the_open_model_of_the_report(vet: Vet) -> None:
    figure = vet.reports()
    rows = [r for r in figure if r["kind"] == "open v open"]
    assert [(r["model"], r["reference"], round(r["ratio"], 2)) for r in rows] == [
        ("DeepSeek R1-0528", "gpt-oss", 1.37)
    ]
    assert "12.18" in figure.finding
    assert "10.60 to 14.26 by rounding alone" in figure.finding
    assert any("not a confidence interval" in text for text in figure.caveats)


def test_no_column_calls_a_rounding_range_an_interval(vet: Vet) -> None:
    names = [c.name for c in vet.reports().columns]
    assert not [n for n in names if n in ("low", "high", "ratio_low", "ratio_high")]
