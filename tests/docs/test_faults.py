"""What fault tests measure is told in docs/limits.md, each with what was done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from doc_faults import FIGURES, PAGE, TRIED, fault_table, renewed, shown_figures
from modelcensus.testing.faults import FaultFigures

ROOT = Path(__file__).resolve().parents[2]
SHOWN = shown_figures(PAGE.read_text(encoding="utf-8"))


def recorded() -> set[str]:
    """Return the ids under which tests of this project keep figures."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"\.record\(\s*\"(T\d+)\"", text))
    return found


def test_every_fault_that_is_measured_is_described_and_shown() -> None:
    assert recorded() == set(TRIED)
    assert set(SHOWN) == set(TRIED)
    assert all(SHOWN[test] for test in TRIED)


def test_the_figures_file_knows_no_other_faults() -> None:
    found = FaultFigures(FIGURES).read()
    if not found:
        pytest.skip("no build/faults.json: the fault tests have not run here")
    assert set(found) <= set(TRIED)


def test_fresh_figures_replace_old_ones_and_the_others_stay() -> None:
    page = f"x\n<!-- begin faults -->\n{fault_table({}, {})}<!-- end faults -->\ny\n"
    first = renewed(page, {"T1": {"kinds": 16, "long_share": 0.5}, "T7": {"flips": 1000}})
    assert shown_figures(first)["T1"] == {"kinds": "16", "long_share": "0.5"}
    second = renewed(first, {"T1": {"kinds": 17}})
    assert shown_figures(second)["T1"] == {"kinds": "17", "long_share": "0.5"}
    assert shown_figures(second)["T7"] == {"flips": "1,000"}
    assert renewed(second, {}) == second
    assert second.startswith("x\n")
    assert second.endswith("y\n")
