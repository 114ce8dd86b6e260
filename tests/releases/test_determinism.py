"""The same inputs give the same bytes, whatever the machine, the order and the place."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from tests.acre import Acre

from modelcensus.files import ROW_GROUP_ROWS, sha256_of, write_parquet

BUILD = """
import hashlib, json, os, random, sys
from pathlib import Path
root, where, umask, seed = sys.argv[1:]
sys.path.insert(0, root)
os.umask(int(umask, 8))
from modelcensus.releases.build import build_release
from modelcensus.settings import load_settings
from modelcensus.snapshots.store import Store
from tests.acre import acre_overlay, states
from tests.small_store import put
items = states()
random.Random(int(seed)).shuffle(items)
store = Store(Path(where) / "store")
for item in items:
    put(store, item)
report = build_release(store, load_settings(), overlays=[acre_overlay(Path(where) / "overlay")])
files = sorted(p for p in report.path.rglob("*") if p.is_file())
print(json.dumps([report.name, {
    p.relative_to(report.path).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
}]))
"""

MACHINES = (
    {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0", "CENSUS_ENGINE_THREADS": "1"},
    {"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1",
     "CENSUS_ENGINE_THREADS": "2"},
    {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4242",
     "CENSUS_ENGINE_THREADS": "4", "CENSUS_ENGINE_MEMORY": str(300 << 20)},
)  # fmt: skip
PLACES = (("plain", "022"), ("with [brackets] and blanks", "077"), ("ünï/deep/er", "002"))


def test_every_machine_builds_the_same_bytes(acre: Acre, tmp_path: Path) -> None:
    """Threads, hash seed, time zone, locale, umask, path, order of imports: one answer."""
    root = str(Path(__file__).parents[2])
    runs = []
    for number, (machine, (place, umask)) in enumerate(zip(MACHINES, PLACES, strict=True)):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        here = folder / "cwd"
        here.mkdir()
        environment = {**os.environ, **machine, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", BUILD, root, str(folder), umask, str(number)]
        runs.append(
            (here, subprocess.Popen(command, env=environment, cwd=here, stdout=subprocess.PIPE))
        )
    found = []
    for here, run in runs:
        out, _ = run.communicate()
        assert run.returncode == 0
        assert list(here.iterdir()) == []
        found.append(json.loads(out))
    ours = [
        acre.report.name,
        {
            p.relative_to(acre.report.path).as_posix(): sha256_of(p)
            for p in sorted(acre.report.path.rglob("*"))
            if p.is_file()
        },
    ]
    for name, files in found:
        assert name == ours[0]
        assert {n for n in files if files[n] != ours[1].get(n)} == set()
        assert set(files) == set(ours[1])
    print(f"{len(found) + 1} builds on different machines, distinct outputs 1")


def pieces(size: int, rows: int) -> pa.Table:
    starts = range(0, rows, size)
    parts = [
        pa.table({"n": range(s, min(s + size, rows)), "t": ["ab"] * (min(s + size, rows) - s)})
        for s in starts
    ]
    return pa.concat_tables(parts)


@pytest.mark.parametrize("rows", [0, 10, ROW_GROUP_ROWS + 7])
def test_bytes_do_not_depend_on_the_pieces_an_engine_answers_in(tmp_path: Path, rows: int) -> None:
    """With two threads DuckDB answers in pieces of 122,880 rows, with one in a million."""
    sums = set()
    for size in (3, ROW_GROUP_ROWS, 10**6) if rows < 100 else (1000, ROW_GROUP_ROWS, 10**6):
        table = pieces(size, rows) if rows else pieces(1, 1).slice(1)
        write_parquet(tmp_path / f"{size}.parquet", table)
        sums.add(sha256_of(tmp_path / f"{size}.parquet"))
    assert len(sums) == 1


def test_the_machines_differ_in_everything_that_is_tried() -> None:
    for a, b in itertools.combinations(MACHINES, 2):
        assert all(a[k] != b[k] for k in a.keys() & b.keys())
