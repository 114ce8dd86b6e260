"""Search and lists of models in the directory of a simulated Hub: how long each question takes.

`make bench` takes 20,000 models; CENSUS_BENCH_STORE takes a store that is there already, such as
one of three million models (bench_passport.py makes it). Results go to build/directory.json.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelcensus.releases.build import build_release
from modelcensus.releases.directory import open_directory
from modelcensus.settings import load_settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.testing import Simulation

ROWS = int(os.environ.get("CENSUS_BENCH_ROWS", "20000"))
RESULTS = Path("build/directory.json")
REPEATS = 15

SEARCHES = ("a", "c", "lo", "chat", "instruct", "7b", "instruct 7b", "lora ft", "zzzz", "1.5b gguf")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    if made := os.environ.get("CENSUS_BENCH_STORE"):
        return Store(Path(made))
    folder = tmp_path_factory.mktemp("directory")
    store = Store(folder / "store")
    simulation = Simulation(11, ROWS, start=date(2025, 1, 6), snapshots=1)
    (label,) = simulation.labels
    path = folder / "models.parquet"
    simulation.write_hub_stats(path, label)
    import_source(store, "hub-stats", path, {"label": label.isoformat()}, load_settings())
    build_release(store, load_settings())
    return store


def milliseconds(ask: Callable[[], Any]) -> dict[str, float]:
    """Return the median and the largest of some askings, by the clock."""
    spent = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        ask()
        spent.append(1000 * (time.perf_counter() - begun))
    return {"median": sorted(spent)[REPEATS // 2], "largest": max(spent)}


def test_directory(store: Store, benchmark: pytest.FixtureRequest) -> None:
    begun = time.perf_counter()
    directory = open_directory(store)
    found: dict[str, Any] = {"open_seconds": time.perf_counter() - begun}
    (frame,) = directory.frames
    found["models"] = directory.frames[frame]["models"]
    found["search"] = {
        text: milliseconds(lambda text=text: directory.search(text, 30))  # type: ignore[misc]
        for text in SEARCHES
    }
    some = directory.listing(frame, {}, limit=1).rows[0]
    lists: dict[str, Callable[[], Any]] = {
        "first page": lambda: directory.listing(frame, {}),
        "deep page": lambda: directory.listing(frame, {}, offset=9_950),
        "by name": lambda: directory.listing(frame, {}, sort="model_id", is_rising=True),
        "by country, deep": lambda: directory.listing(frame, {}, sort="country", offset=9_950),
        "filtered": lambda: directory.listing(frame, {"family": some["family"]}),
        "facets": lambda: directory.facets(frame, {}),
        "facets, filtered": lambda: directory.facets(frame, {"family": some["family"]}),
    }
    found["lists"] = {name: milliseconds(ask) for name, ask in lists.items()}
    benchmark.pedantic(  # type: ignore[attr-defined]
        lambda directory: directory.search("instruct 7b", 30), (directory,), rounds=20
    )
    directory.close()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
