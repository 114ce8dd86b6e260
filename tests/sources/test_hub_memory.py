"""Importing a listing of the Hub takes bounded memory, however many models it has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from modelcensus.testing.simulator.simulation import Simulation

IMPORT = """
import resource, sys
from pathlib import Path
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
report = import_source(
    Store(Path(sys.argv[2])), "hub-stats", Path(sys.argv[1]), {"label": "2025-01-06"}, Settings()
)
(manifest,) = report.snapshots
(own,) = [line for line in open("/proc/self/status") if line.startswith("VmHWM:")]
print(manifest.rows, manifest.is_simulated,
      resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, int(own.split()[1]) * 1024)
"""
GB = 10**9


def peaks(models: int, folder: Path) -> tuple[int, int]:
    """Return the peak resident memory of the reading child, and of the process that stores."""
    simulation = Simulation(models=models)
    listing = simulation.write_hub_stats(folder / f"{models}.parquet")
    run = subprocess.run(
        [sys.executable, "-c", IMPORT, str(listing), str(folder / f"store-{models}")],
        capture_output=True,
        text=True,
        check=True,
    )
    rows, is_simulated, child, parent = run.stdout.split()
    assert int(rows) > 0.9 * models
    assert is_simulated == "True"
    return int(child), int(parent)


def test_more_than_a_row_group_takes_half_a_gigabyte(tmp_path: Path) -> None:
    child, parent = peaks(130_000, tmp_path)
    assert child < GB / 2
    assert parent < GB / 4


@pytest.mark.long
def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    small, _ = peaks(150_000, tmp_path)
    large, _ = peaks(600_000, tmp_path)
    assert large < 1.3 * small


@pytest.mark.long
def test_a_million_models_take_less_than_a_gigabyte(tmp_path: Path) -> None:
    child, parent = peaks(1_020_000, tmp_path)
    assert child < GB
    assert parent < GB / 4
