"""The bundled registers beside the real data sets."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from modelcensus.registers.check import check_registers
from modelcensus.registers.codings import Comparison, compare_atom, compare_epoch, compare_groups
from modelcensus.registers.load import Registers, load_registers
from modelcensus.settings import Settings

pytestmark = pytest.mark.real

DATA = Path(
    os.environ.get("MODELCENSUS_DATA") or Path(__file__).parents[2].parent / "shared" / "data"
)
OSIR = {
    "huggingface": "osir/huggingface_monthly.parquet",
    "modelscope": "osir/modelscope_monthly.parquet",
}


def data(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in the data folder; MODELCENSUS_DATA names it")
    return path


def read_csv(name: str, *columns: str) -> pa.Table:
    with data(name).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return pa.table({c: pa.array([r[c] for r in rows], pa.string()) for c in columns})


@pytest.fixture(scope="module")
def registers() -> Registers:
    return load_registers()


@pytest.fixture(scope="module")
def atom(registers: Registers) -> Comparison:
    regions = read_csv("atom/organization_regions.csv", "hf_org", "region")
    regions = regions.rename_columns(["namespace", "region"])
    return compare_atom(registers, regions, date(2026, 8, 17))


def namespaces() -> set[tuple[str, str]]:
    listed = read_csv("atom/organization_regions.csv", "hf_org")["hf_org"].to_pylist()
    found = {("huggingface", name) for name in listed}
    for hub, file in OSIR.items():
        column = pq.read_table(data(file), columns=["namespace"])["namespace"]
        found |= {(hub, name) for name in column.unique().to_pylist()}
    return found


def models() -> set[tuple[str, str]]:
    found = {
        ("huggingface", model)
        for file in ("atom/models.csv", "atom/extra_models.csv")
        for model in read_csv(file, "modelId")["modelId"].to_pylist()
    }
    for hub, file in OSIR.items():
        column = pq.read_table(data(file), columns=["repo_id"])["repo_id"]
        found |= {(hub, model) for model in column.unique().to_pylist()}
    return found


def test_every_namespace_of_the_panels_and_of_atom_is_covered(registers: Registers) -> None:
    known = namespaces()
    assert len(known) == 170  # 118 of ATOM, 66 and 24 of the panels, 38 of them shared
    found = check_registers(
        registers,
        today=date(2026, 11, 23),
        settings=Settings(),
        known_namespaces=known,
        known_models=models(),
    )
    # a row that waits for a second text says so itself, and counts for nothing
    usual = ("unread evidence", "idle pattern", "waiting row")
    assert [p for p in found if p.kind not in usual] == []


def declared_bases() -> Counter[tuple[str, str]]:
    """Return (namespace, name) of declared bases -> typed edges of the radar export to them."""
    form = re.compile(r"base_model:(?:finetune|adapter|quantized|merge):([^/:\\]+)/([^/]+)")
    tags = pq.read_table(data("radar/models_2026-08-22.parquet"), columns=["tags"])["tags"]
    found = (form.fullmatch(tag) for own in tags.to_pylist() for tag in set(own or ()))
    return Counter((m[1], m[2]) for m in found if m)


def test_most_bases_of_radar_have_an_owner_and_those_a_line(registers: Registers) -> None:
    bases = declared_bases()
    roles = {r["namespace"]: r["role"] for r in registers.rows["namespaces"]}
    lines: dict[str, list[str]] = {}
    for row in registers.rows["families"]:
        if row["hub"] == "huggingface":
            lines.setdefault(row["namespace"], []).append(row["pattern"])
    owned = {base: n for base, n in bases.items() if base[0] in roles}
    assert owned.keys() < bases.keys()
    assert sum(owned.values()) / bases.total() > 0.7
    made = {base: n for base, n in owned.items() if roles[base[0]] != "redistributor"}
    placed = {
        (space, name): n
        for (space, name), n in made.items()
        if any(re.search(p, name, re.IGNORECASE) for p in lines[space])
    }
    assert sum(placed.values()) / sum(made.values()) > 0.95


def test_every_used_licence_string_of_radar_is_covered(registers: Registers) -> None:
    column = pq.read_table(data("radar/models_2026-08-22.parquet"), columns=["license"])
    uses = Counter(tag for tag in column["license"].to_pylist() if tag)
    found = check_registers(
        registers, today=date(2026, 11, 23), settings=Settings(), licence_uses=uses
    )
    assert [p.text for p in found if p.kind == "uncovered licence"] == []


def test_nearly_every_named_licence_of_radar_is_in_a_class_that_was_read(
    registers: Registers,
) -> None:
    column = pq.read_table(data("radar/models_2026-08-22.parquet"), columns=["license"])
    declared = [tag.strip().lower() for tag in column["license"].to_pylist() if tag]
    named = [tag for tag in declared if tag not in ("other", "unknown")]
    read = {
        row["tag"].lower()
        for row in registers.usable("licences")
        if row["licence_class"] not in ("L8", "L9")
    }
    assert len(named) == 11_005
    assert sum(tag in read for tag in named) / len(named) > 0.98


def test_all_atom_namespaces_agree_or_the_difference_has_a_reason(
    registers: Registers, atom: Comparison
) -> None:
    listed = {
        (row["namespace"], row["theirs"], row["ours"])
        for row in registers.rows["coding_differences"]
        if row["coding"] == "atom"
    }
    found = {(d.subject, d.theirs, d.ours) for d in atom.agreement.differences}
    assert found == listed
    assert atom.agreement.only_theirs == ()
    assert atom.agreement.scored.n == 118


def test_agreement_with_atom_does_not_hang_on_atom_itself(atom: Comparison) -> None:
    assert atom.independent.scored.n > 100
    assert atom.independent.scored.kappa is not None
    assert atom.independent.scored.kappa > 0.9


def test_epoch_agrees_where_it_names_one_country(registers: Registers) -> None:
    table = read_csv("epoch/models_2025-03.csv", "Organization", "Country (from Organization)")
    table = table.rename_columns(["organization", "country"])
    day = date(2025, 3, 14)
    named = compare_epoch(registers, table, day, reads_multinational=False)
    assert named.independent.known.n > 50
    assert named.independent.known.kappa is not None
    assert named.independent.known.kappa > 0.85
    strict = compare_epoch(registers, table, day)
    assert strict.agreement.scored.agreeing < named.agreement.scored.agreeing


def test_the_panel_s_groups_are_its_namespaces(registers: Registers) -> None:
    table = pq.read_table(data(OSIR["huggingface"]), columns=["namespace", "org_group"])
    assert pc.all(pc.equal(table["namespace"], table["org_group"])).as_py()
    groups = table.rename_columns(["namespace", "source_group"]).group_by(
        ["namespace", "source_group"]
    )
    found = compare_groups(registers, "huggingface", groups.aggregate([]), date(2025, 9, 7))
    assert {theirs for _, theirs, _ in found.agreement.counts} == {"apart"}
    assert found.skipped == ()
