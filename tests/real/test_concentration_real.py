"""Concentration of the real panel: published truths, with and without the rename followed."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelcensus.contracts.figure import Figure
from modelcensus.measures.census import Census, open_census
from modelcensus.registers.schema import REGISTERS
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

DATA = Path(
    os.environ.get("MODELCENSUS_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
REGISTERS_HERE = Path(__file__).parents[2] / "src" / "modelcensus" / "registers" / "data"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data are not at {DATA}"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = Store(tmp_path_factory.mktemp("store"))
    import_source(made, "osir", DATA / "osir", {}, Settings())
    return made


@pytest.fixture(scope="module")
def census(store: Store) -> Iterator[Census]:
    name = build_release(store, Settings()).name
    with open_census(store.path, release=name) as opened:
        yield opened


def ends(figure: Figure, panel: str) -> list[tuple[str, int, int]]:
    """Return label, groups and HHI at the first and the last snapshot of a panel."""
    found = [(r["label"], r["groups"], round(r["hhi"])) for r in figure if r["panel"] == panel]
    return [found[0], found[-1]]


def by_namespace(census: Census) -> Figure:
    return census.concentration(by="namespace", frame="panel:osir", panel="fixed")


def test_hhi_of_the_panel_of_the_day_and_of_the_first_day_s_accounts(census: Census) -> None:
    figure = by_namespace(census)
    assert ends(figure, "of_the_day") == [("2024-11-14", 19, 1865), ("2025-09-07", 65, 998)]
    assert ends(figure, "fixed") == [("2024-11-14", 19, 1865), ("2025-09-07", 19, 1716)]
    assert "from 1,865 to 1,716" in figure.finding
    assert "A growing panel is no trend" in figure.finding
    assert "the snapshots show 19 and 65 namespaces, and 19 of them" in figure.caveats[0]


def test_without_the_rename_one_account_is_lost(store: Store, tmp_path: Path) -> None:
    """A reader's overlay disputes the row: THUDM and zai-org are two accounts, and 18 stay."""
    with (REGISTERS_HERE / "renames.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = [r for r in csv.DictReader(stream) if r["old"] == "THUDM"]
    with (tmp_path / "renames.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, REGISTERS["renames"].columns, lineterminator="\n")
        writer.writeheader()
        writer.writerow(row | {"seen": "unread"})
    name = build_release(store, Settings(), overlays=[tmp_path]).name
    with open_census(store.path, release=name) as opened:
        figure = by_namespace(opened)
    assert ends(figure, "of_the_day") == [("2024-11-14", 19, 1865), ("2025-09-07", 65, 998)]
    assert ends(figure, "fixed") == [("2024-11-14", 18, 1883), ("2025-09-07", 18, 1746)]


def test_by_country_the_hhi_hangs_on_who_owns_one_account(census: Census) -> None:
    figure = census.concentration(by="country", frame="panel:osir", period="2025-09-07")
    hangs_on = figure.sensitivity["hangs_on"]
    assert hangs_on["row_id"].startswith("namespaces:huggingface:sentence-transformers")
    assert round(figure.records()[0]["hhi"]) == 4371
    values = {
        r["group"]: r["value"]
        for r in census.share(by="country", frame="panel:osir", period="2025-09-07")
    }
    values["DE"] -= 144_911_702
    values["US"] += 144_911_702
    recoded = 10_000 * sum((v / sum(values.values())) ** 2 for v in values.values())
    assert hangs_on["hhi"] == pytest.approx(recoded, rel=1e-5)
    assert round(hangs_on["hhi"]) == 6829
