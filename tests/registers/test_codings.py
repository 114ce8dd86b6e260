from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from modelcensus.registers.codings import (
    agreement_from_store,
    atom_region,
    compare_atom,
    compare_epoch,
    compare_groups,
    epoch_country,
    owners_on,
)
from modelcensus.registers.load import Registers, read_registers

Rows = dict[str, list[dict[str, str]]]
Write = Callable[..., Path]
DAY = date(2025, 6, 1)
NAMES = {"China": "CN", "Germany": "DE", "Hong Kong": "HK", "United States of America": "US"}


def change(rows: Rows) -> None:
    """Give both developers a second account, and Acme's new one a past with Bo Lab."""
    acme, bo = rows["namespaces"]
    rows["namespaces"] += [
        acme | {"namespace": "acme-2", "valid_from": "2025-01-01"},
        bo | {"namespace": "acme-2", "valid_to": "2025-01-01"},
        bo | {"namespace": "Bo-2", "evidence_url": "https://github.com/x/tracked-models"},
        acme | {"namespace": "unread", "seen": "unread"},
    ]
    rows["coding_aliases"] = [{"coding": "epoch", "name": "Bo & Sons", "developer": "bo-lab"}]


@pytest.fixture
def registers(write: Write) -> Registers:
    found = read_registers(bundled=write(change))
    assert found.problems == ()
    return found


def test_an_owner_is_that_of_the_day(registers: Registers) -> None:
    key = ("huggingface", "acme-2")
    assert owners_on(registers, date(2024, 12, 31))[key].developer == "bo-lab"
    assert owners_on(registers, date(2025, 1, 1))[key].developer == "acme"
    assert ("huggingface", "unread") not in owners_on(registers, DAY)


@pytest.mark.parametrize(
    ("country", "region"),
    [
        ("US", "us"),
        ("CN", "china"),
        ("HK", "other"),
        ("TW", "other"),
        ("MO", "other"),
        ("DE", "eu"),
        ("GB", "eu"),
        ("CH", "eu"),
        ("NO", "eu"),
        ("TR", "other"),
        ("CA", "other"),
        ("international", "unknown"),
        ("unknown", "unknown"),
        ("unresolvable", "unknown"),
    ],
)
def test_the_rule_of_atom_s_regions(country: str, region: str) -> None:
    assert atom_region(country) == region


def test_atom_with_and_without_the_rows_that_cite_it(registers: Registers) -> None:
    regions = pa.table(
        {
            "namespace": ["acme", "Bo", "Bo-2", "acme-2", "elsewhere"],
            "region": ["us", "eu", "china", None, "us"],
        }
    )
    found = compare_atom(registers, regions, DAY)
    assert (found.agreement.scored.n, found.agreement.scored.agreeing) == (4, 2)
    assert (found.independent.scored.n, found.independent.scored.agreeing) == (3, 1)
    difference, unknown = found.agreement.differences
    assert (difference.subject, difference.ours, difference.theirs) == ("Bo", "china", "eu")
    assert difference.row_id == "developers:bo-lab:"
    assert (unknown.subject, unknown.theirs) == ("acme-2", "unknown")
    assert found.agreement.only_theirs == ("elsewhere",)


@pytest.mark.parametrize(
    ("word", "country"),
    [
        ("United States of America,United States of America", "US"),
        ("Hong Kong,China", "HK"),
        ("Germany, China", "international"),
        ("Multinational", "international"),
        ("Multinational,Germany", "international"),
        ("", "unknown"),
        ("Atlantis", "Atlantis"),
    ],
)
def test_the_rule_of_epoch_s_countries(word: str, country: str) -> None:
    assert epoch_country(word, NAMES) == country


def test_epoch_s_organisations_are_matched_by_name_slug_or_alias(registers: Registers) -> None:
    rows = [
        ("ACME", "Multinational,United States of America"),
        ("Bo & Sons", "Germany"),
        ("Bo & Sons", "China"),
        ("Bo & Sons", "China"),
        ("bo-lab", ""),
        ("Acme,Bo Lab", "United States of America,China"),
        ("Nobody", "China"),
        ("", ""),
    ]
    table = pa.table(
        {
            "organization": [o for o, _ in rows],
            "country": [c for _, c in rows],
        }
    )
    strict = compare_epoch(registers, table, DAY)
    assert strict.skipped == ("Nobody",)
    assert strict.agreement.counts == (
        ("CN", "CN", 1),
        ("CN", "unknown", 1),
        ("US", "international", 1),
    )
    assert [d.theirs_said for d in strict.agreement.differences] == [
        "Multinational,United States of America",
        "",
    ]
    named = compare_epoch(registers, table, DAY, reads_multinational=False)
    assert ("US", "US", 1) in named.agreement.counts
    assert named.agreement.known.kappa == pytest.approx(1)


def test_groups_are_compared_pair_by_pair(registers: Registers) -> None:
    groups = pa.table(
        {
            "namespace": ["acme", "acme-2", "Bo", "Bo-2", "unread", "ungrouped"],
            "source_group": ["A", "A", "B", "A", "A", None],
        }
    )
    found = compare_groups(registers, "huggingface", groups, DAY)
    assert found.coding == "osir:huggingface"
    assert found.skipped == ("ungrouped", "unread")
    assert found.agreement.counts == (
        ("apart", "apart", 2),
        ("apart", "same", 2),
        ("same", "apart", 1),
        ("same", "same", 1),
    )
    assert {d.subject for d in found.agreement.differences} == {
        "Bo + Bo-2",
        "Bo-2 + acme",
        "Bo-2 + acme-2",
    }


class Shelf:
    """Holds tables by name, as a store does."""

    def __init__(self, tables: dict[str, pa.Table]) -> None:
        self.tables = tables

    def evidence(self) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(name=name, as_of="2025-06-01", files={table})
            for name, table in (("atom", "regions"), ("epoch", "organizations"))
            if name in self.tables
        ]

    def snapshots(self) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(name=n, hub=n.split(":")[1], frame="panel:osir", label="2025-06-01")
            for n in self.tables
            if n.startswith("osir:")
        ]

    def open_table(
        self, manifest: SimpleNamespace, name: str, columns: list[str] | None = None
    ) -> pa.Table:
        expected = {"atom": "regions", "epoch": "organizations"}
        assert name == expected.get(manifest.name, "metadata")
        return self.tables[manifest.name]


def test_the_store_s_other_codings_are_read(registers: Registers) -> None:
    assert agreement_from_store(Shelf({}), registers) == []
    panel = {"model_id": ["acme/axe", "acme/saw", "Bo/bow"], "source_group": ["A", "A", "B"]}
    empty = {"model_id": ["acme/axe"], "source_group": pa.array([None], pa.string())}
    shelf = Shelf(
        {
            "atom": pa.table({"namespace": ["acme"], "region": ["us"]}),
            "epoch": pa.table({"organization": ["Acme"], "country": ["China"]}),
            "osir:huggingface": pa.table(panel),
            "osir:modelscope": pa.table(empty),
        }
    )
    found = {c.coding: c.agreement.scored for c in agreement_from_store(shelf, registers)}
    assert list(found) == ["atom", "epoch", "epoch:named country", "osir:huggingface"]
    assert [(s.n, s.agreeing) for s in found.values()] == [(1, 1), (1, 0), (1, 0), (1, 1)]
