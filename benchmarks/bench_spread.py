"""A spread over a simulated Hub: what all definitions of one question cost beside a single share.

`make bench` takes 20,000 models; CENSUS_BENCH_ROWS=3000000 is the full size. CENSUS_BENCH_STORE
takes a store that is there already, with CENSUS_BENCH_FRAME and CENSUS_BENCH_SUBJECTS (two groups,
joined by a comma).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from modelcensus.measures.census import Census, open_census
from modelcensus.releases.build import build_release
from modelcensus.settings import load_settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.testing import Simulation

ROWS = int(os.environ.get("CENSUS_BENCH_ROWS", "20000"))
FRAME = os.environ.get("CENSUS_BENCH_FRAME", "simulated:hub")


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    path = os.environ.get("CENSUS_BENCH_STORE")
    if not path:
        folder = tmp_path_factory.mktemp("spread")
        store = Store(folder / "store")
        simulation = Simulation(11, ROWS, start=date(2025, 1, 6), snapshots=1)
        (label,) = simulation.labels
        file = folder / "models.parquet"
        simulation.write_hub_stats(file, label)
        import_source(store, "hub-stats", file, {"label": label.isoformat()}, load_settings())
        overlay = simulation.write_truth(folder / "truth") / "registers"
        build_release(store, load_settings(), overlays=[overlay])
        path = str(folder / "store")
    with open_census(Path(path)) as opened:
        yield opened


def subjects(census: Census) -> tuple[str, ...]:
    if named := os.environ.get("CENSUS_BENCH_SUBJECTS"):
        return tuple(named.split(","))
    ranked = [row["group"] for row in census.rank(by="country", frame=FRAME) if row["rank"]]
    return tuple(ranked[:2])


@pytest.mark.parametrize("measure", ["share", "spread"])
def test_a_question(benchmark: BenchmarkFixture, census: Census, measure: str) -> None:
    named = subjects(census)
    ask = getattr(census, measure)
    figure = benchmark.pedantic(
        lambda: ask(*named, by="country", frame=FRAME), rounds=3, warmup_rounds=1
    )
    assert len(figure.rows) >= 2
    benchmark.extra_info["definitions"] = figure.coverage.get("definitions", 1)
    benchmark.extra_info["models"] = figure.coverage["models"]
