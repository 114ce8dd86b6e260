"""Importing a listing of the whole Hub, beside pandas on the same file in the same run.

`make bench` takes 300,000 rows; CENSUS_BENCH_ROWS=3000000 is the full size of ENGINE.md's
target. Results go to build/ingest.json.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from hub_stats_file import write_hub_stats_like  # noqa: E402
from measured import Cost, run_measured  # noqa: E402

ROWS = int(os.environ.get("CENSUS_BENCH_ROWS", "300000"))
IMPORT = """
import sys
from pathlib import Path
from modelcensus.settings import load_settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
(manifest,) = import_source(
    Store(Path(sys.argv[2])), "hub-stats", Path(sys.argv[1]), {}, load_settings()
).snapshots
assert manifest.rows + sum(manifest.rejects.values()) == int(sys.argv[3]), manifest
"""


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ingest") / "models_2025-10-23.parquet"
    write_hub_stats_like(path, ROWS)
    return path


def ingest(listing: Path, folder: Path) -> Cost:
    return run_measured(sys.executable, "-c", IMPORT, str(listing), str(folder), str(ROWS))


def ingest_with_pandas(listing: Path, folder: Path) -> Cost:
    folder.mkdir()
    return run_measured(sys.executable, str(HERE / "pandas_ingest.py"), str(listing), str(folder))


def test_import_of_a_listing_beside_pandas(
    listing: Path, tmp_path: Path, benchmark: pytest.FixtureRequest
) -> None:
    ours = benchmark.pedantic(ingest, (listing, tmp_path / "store"), rounds=1)  # type: ignore[attr-defined]
    pandas = ingest_with_pandas(listing, tmp_path / "pandas")
    stored = {f.name: f.stat().st_size for f in sorted((tmp_path / "store").rglob("*.parquet"))}
    found = {
        "rows": ROWS,
        "listing_bytes": listing.stat().st_size,
        "stored_bytes": stored,
        "ours": vars(ours),
        "pandas": vars(pandas),
        "cpu_ratio": pandas.cpu_seconds / ours.cpu_seconds,
    }
    path = Path("build/ingest.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))
    assert found["cpu_ratio"] >= 3
    assert ours.peak_bytes <= 10**9
