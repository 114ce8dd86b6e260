"""Passports from the look-up file of a simulated Hub: how long one takes, and what the file costs.

`make bench` takes 20,000 models and 4 weeks; CENSUS_BENCH_ROWS=3000000 is the full size of
the target: a p95 under 10 ms (52 weeks with CENSUS_BENCH_WEEKS=52). CENSUS_BENCH_STORE takes a
store that is there already. Results go to build/passport.json.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from modelcensus.passports.bom import model_bom
from modelcensus.passports.read import read_passport
from modelcensus.releases.build import build_release
from modelcensus.releases.lookup import LOOKUP_FILE, Lookup, open_lookup
from modelcensus.settings import load_settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.testing import Simulation

ROWS = int(os.environ.get("CENSUS_BENCH_ROWS", "20000"))
WEEKS = int(os.environ.get("CENSUS_BENCH_WEEKS", "4"))
RESULTS = Path("build/passport.json")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    if made := os.environ.get("CENSUS_BENCH_STORE"):
        return Store(Path(made))
    folder = tmp_path_factory.mktemp("passport")
    store = Store(folder / "store")
    simulation = Simulation(11, ROWS, start=date(2025, 1, 6), snapshots=WEEKS)
    for label in simulation.labels:
        path = folder / f"models_{label}.parquet"
        simulation.write_hub_stats(path, label)
        import_source(store, "hub-stats", path, {"label": label.isoformat()}, load_settings())
        path.unlink()
    build_release(store, load_settings())
    return store


def chosen(store: Store, question: str) -> list[str]:
    """Return the ids that a question about the release's tables finds."""
    (folder,) = store.releases_path.iterdir()
    with duckdb.connect() as con:
        for name in ("models", "edges", "nodes", "roots"):
            con.execute(f"CREATE VIEW {name} AS FROM '{folder}/{name}.parquet'")
        return [row[0] for row in con.execute(question).fetchall()]


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    places = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    found = {name: 1000 * ordered[int(len(ordered) * part)] for name, part in places.items()}
    return found | {"largest": 1000 * ordered[-1]}


def timed(ids: Sequence[str], ask: Callable[[str], Any]) -> dict[str, Any]:
    """Return milliseconds of one question after another, by the clock and by the processor."""
    wall, cpu = [], []
    for model_id in ids:
        started, spent = time.perf_counter(), time.process_time()
        ask(model_id)
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - spent)
    return {"asked": len(ids), "wall_ms": quantiles(wall), "cpu_ms": quantiles(cpu)}


def test_passports(store: Store, benchmark: pytest.FixtureRequest) -> None:
    started, spent = time.perf_counter(), time.process_time()
    lookup = open_lookup(store)
    (folder,) = store.releases_path.iterdir()
    found: dict[str, Any] = {
        "models": ROWS,
        "weeks": WEEKS,
        "write_seconds": time.perf_counter() - started,
        "write_cpu_seconds": time.process_time() - spent,
        "file_bytes": LOOKUP_FILE.path(store, folder.name).stat().st_size,
        "release_bytes": sum(f.stat().st_size for f in folder.rglob("*.parquet")),
    }
    settings = load_settings()

    def ask(model_id: str) -> Any:
        return read_passport(lookup, model_id, settings=settings)

    some = "SELECT model_id FROM models ORDER BY hash(model_id) LIMIT 2000"
    derived = (
        "SELECT DISTINCT n.model_id FROM roots JOIN nodes n ON n.node_key = model_key "
        "WHERE is_observed ORDER BY hash(n.model_id) LIMIT 2000"
    )
    largest = (
        "SELECT n.model_id FROM edges JOIN nodes n ON n.node_key = parent_key "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 200"
    )
    for model_id in chosen(store, some)[:50]:
        ask(model_id)
    for name, question in {"any": some, "derived": derived, "largest_bases": largest}.items():
        found[name] = timed(chosen(store, question), ask)
    found["not_there"] = timed(["no/such-model"] * 20, lambda name: nearest(lookup, name))
    ids = chosen(store, derived)[:200]
    found["bom"] = timed(ids, lambda model_id: model_bom([ask(model_id)]))
    benchmark.pedantic(ask, (ids[0],), rounds=20)  # type: ignore[attr-defined]
    lookup.close()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


def nearest(lookup: Lookup, name: str) -> list[str]:
    return lookup.nearest(name)
