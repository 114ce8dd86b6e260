"""A running sum of rolling readings is never read as downloads: taken apart, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcensus.errors import ContractError, SourceError
from modelcensus.measures.census import open_census
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

SUMS = """id,date,downloads
jade/one,2031-01-01,1000
jade/one,2031-01-31,1600
jade/one,2031-03-02,1700
bolt/one,2031-01-01,10
bolt/one,2031-01-31,310
bolt/one,2031-03-02,1210
"""
"""Readings 600 and 100, 300 and 900. Read as downloads, jade would lead for ever."""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "sums.csv"
    path.write_text(SUMS, encoding="utf-8")
    return path


def built(store: Store, table: Path, **options: str) -> list[str]:
    given = {"frame": "panel:mine", **options}
    report = import_source(store, "observations", table, given, Settings())
    build_release(store, Settings())
    return report.sentences()


def test_taken_apart_it_gives_readings_with_a_warning_everywhere(
    tmp_path: Path, table: Path
) -> None:
    store = Store(tmp_path / "store")
    told = built(store, table, kind="running-sum-steps", step="30")
    assert any(line.startswith("warning: the table holds running sums") for line in told)
    with open_census(store.path) as census:
        figures = [
            census.share(by="namespace", period="2031-03-02"),
            census.series(by="namespace"),
            census.rank(by="namespace"),
            census.totals(),
            census.crossover("bolt", "jade", by="namespace"),
            census.share(by="namespace", metric="downloads_summed_30d", period="all"),
        ]
    for figure in figures:
        assert any("taken apart from running sums" in text for text in figure.caveats)
        assert any("differences of a running sum" in source for source in figure.sources)
    assert {r["group"]: r["value"] for r in figures[0]} == {"jade": 100, "bolt": 900}
    assert {r["group"]: r["value"] for r in figures[-1]} == {"jade": 700, "bolt": 1200}
    assert figures[4].records()[0]["by"] == "2031-03-02"


def test_readings_of_their_own_carry_no_such_warning(tmp_path: Path, table: Path) -> None:
    store = Store(tmp_path / "store")
    told = built(store, table, kind="rolling-30d")
    assert not any("warning" in line for line in told)
    with open_census(store.path) as census:
        assert not any("running sum" in c for c in census.share(by="namespace").caveats)


@pytest.mark.parametrize("measure", ["share", "rank", "series", "totals"])
def test_left_as_it_is_no_measure_reads_it(tmp_path: Path, table: Path, measure: str) -> None:
    store = Store(tmp_path / "store")
    built(store, table, kind="running-sum")
    with open_census(store.path) as census:
        with pytest.raises(ContractError, match="cannot be computed") as caught:
            getattr(census, measure)(metric="downloads_running_sum")
        assert "running-sum-steps" in caught.value.next_step
        for metric in ("downloads_30d", "downloads_all_time"):
            with pytest.raises(ContractError, match=f"holds (no )?{metric}|no frame"):
                getattr(census, measure)(metric=metric)


def test_with_a_hole_it_is_refused_and_nothing_is_stored(tmp_path: Path, table: Path) -> None:
    table.write_text(SUMS.replace("2031-01-31", "2031-02-10"), encoding="utf-8")
    store = Store(tmp_path / "store")
    options = {"frame": "panel:mine", "kind": "running-sum-steps", "step": "30"}
    with pytest.raises(SourceError, match="neighbouring dates"):
        import_source(store, "observations", table, options, Settings())
    assert not list(store.snapshots())
