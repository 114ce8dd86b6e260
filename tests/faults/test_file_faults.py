"""Stored files that are not what was written: T7 of the fault table.

Cut, emptied, flipped, exchanged and stray files in snapshots, evidence and releases. What is
not the manifest's gives no figure; what the manifest does not name is not read.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.small_store import lists, put, state

from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.errors import CensusError, ChecksumMismatch, SnapshotError, StoreError
from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.doctor import examine
from modelcensus.releases.release import Release, is_whole, open_release, release_names
from modelcensus.releases.status import store_status
from modelcensus.settings import Settings
from modelcensus.snapshots.store import MANIFEST_FILE, Store
from modelcensus.sources.record import Reject
from modelcensus.testing import FaultFigures, FixedClock

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")
FLIPS = 200
SEED = 20_260_107
FRAME = "sample:files"
_MOMENTS = itertools.count(1_800_000_000_000_000_000)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of two snapshots, one list and their release."""
    store = Store(tmp_path_factory.mktemp("files") / "store")
    for month in (1, 2):
        rows = [
            {"id": f"grove-{n % 7}/tree-{n}", "downloads_30d": n * n * month, "licence_tag": "mit"}
            for n in range(200)
        ]
        lost = [Reject.of("bad_id", f"row {n}", "?" * n) for n in range(20)]
        put(store, state(f"2025-0{month}-01", rows, frame=FRAME, rejects=lost))
    ids = [f"grove-1/tree-{n}" for n in range(50)]
    put(store, lists("atom", "2025-02-01", population={"model_id": ids, "list": ["x"] * 50}))
    build_release(store, Settings())
    return store


@pytest.fixture
def store(built: Store, tmp_path: Path) -> Store:
    return Store(shutil.copytree(built.path, tmp_path / "store"))


class Unread:
    """Stands for an engine where only what is done before it reads is looked at."""

    def read(self, files: Sequence[Path]) -> None:
        """Read nothing."""


def write(path: Path, content: bytes) -> None:
    """Write a file at a moment of its own: two writes may fall into one tick of the clock."""
    path.write_bytes(content)
    moment = next(_MOMENTS)
    os.utime(path, ns=(moment, moment))


def take_everything(store: Store) -> int:
    """Take all manifests and tables in hand as readers do; return the number of tables."""
    tables = 0
    for manifest in (*store.snapshots(), *store.evidence()):
        for name in manifest.files:
            store.table_path(manifest, name)
            tables += 1
    for name in release_names(store):
        release = Release(store.releases_path / name, Unread(), Settings())  # type: ignore[arg-type]
        release.observations(release.snapshots)
        for file in release.manifest["files"]:
            if not file.startswith("observations/"):
                release.table(file.removesuffix(".parquet"))
            tables += 1
    return tables


def stored_files(store: Store) -> list[Path]:
    """Return every file that readers read: tables and manifests."""
    roots = (store.snapshots_path, store.evidence_path, store.releases_path)
    found = (p for root in roots for p in root.rglob("*"))
    return sorted(p for p in found if p.suffix == ".parquet" or p.name == MANIFEST_FILE)


def flips(paths: list[Path], count: int) -> Iterator[tuple[Path, int, int]]:
    """Yield file, byte and bit at seeded positions: every byte of all files is as likely."""
    chance = random.Random(SEED)  # noqa: S311 - seeded on purpose
    ends = list(itertools.accumulate(p.stat().st_size for p in paths))
    for _ in range(count):
        place = chance.randrange(ends[-1])
        number = next(n for n, end in enumerate(ends) if place < end)
        start = ends[number - 1] if number else 0
        yield paths[number], place - start, chance.randrange(8)


def flip(content: bytes, place: int, bit: int) -> bytes:
    return content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :]


def caught_flips(store: Store, count: int) -> tuple[int, Counter[str]]:
    """Flip one bit at a time; return how many were told, and by which errors."""
    assert take_everything(store)
    told: Counter[str] = Counter()
    for path, place, bit in flips(stored_files(store), count):
        good = path.read_bytes()
        write(path, flip(good, place, bit))
        try:
            take_everything(store)
        except CensusError as error:
            told[type(error).__name__] += 1
        write(path, good)
    assert take_everything(store)
    return told.total(), told


def test_flipped_bits_are_caught(store: Store) -> None:
    caught, told = caught_flips(store, FLIPS)
    FIGURES.record("T7", flips=FLIPS, flips_caught=caught)
    assert caught == FLIPS, told


def silent(path: Path, content: bytes, engine: DuckDBEngine, good: pa.Table) -> bool:
    """Return whether the engine alone would read changed bytes as other rows without a word."""
    write(path, content)
    try:
        return not engine.fetch(engine.read([path])).equals(good)
    except Exception:
        return False


@pytest.mark.long
def test_a_thousand_flipped_bits_are_caught(store: Store) -> None:
    caught, _ = caught_flips(store, 1000)
    wrong, engine = 0, DuckDBEngine(Settings())
    tables = [p for p in stored_files(store) if p.suffix == ".parquet"]
    for path, place, bit in flips(tables, 1000):
        good, rows = path.read_bytes(), pq.read_table(path)
        wrong += silent(path, flip(good, place, bit), engine, rows)
        write(path, good)
    engine.close()
    FIGURES.record("T7", flips_long=1000, flips_caught_long=caught, silent_without_sums=wrong)
    assert caught == 1000
    assert wrong > 0


HARM: dict[str, Callable[[bytes, bytes], bytes]] = {
    "cut": lambda good, other: good[: len(good) // 2],
    "one byte short": lambda good, other: good[:-1],
    "empty": lambda good, other: b"",
    "exchanged": lambda good, other: other,
    "footer alone": lambda good, other: b"PAR1" + bytes(100) + b"PAR1",
}


@pytest.mark.parametrize("how", HARM)
def test_a_harmed_file_is_refused_wherever_it_lies(store: Store, how: str) -> None:
    files = [p for p in stored_files(store) if p.suffix == ".parquet"]
    refused = 0
    for path, other in zip(files, files[1:] + files[:1], strict=True):
        good, strange = path.read_bytes(), other.read_bytes()
        if good == strange:
            continue
        write(path, HARM[how](good, strange))
        with pytest.raises((ChecksumMismatch, SnapshotError, StoreError)):
            take_everything(store)
        refused += 1
        write(path, good)
    FIGURES.record("T7", **{f"refused_{how.replace(' ', '_')}": refused})


def totals(store: Store) -> list[dict[str, object]]:
    """Return a figure of the newest release."""
    census = Census(open_release(store))
    try:
        return census.totals(frame=FRAME).records()
    finally:
        census.close()


def test_a_flipped_release_gives_no_figure_and_is_told_and_mended(store: Store) -> None:
    before = totals(store)
    (name,) = release_names(store)
    path = store.releases_path / name / "observations" / "000001.parquet"
    good = path.read_bytes()
    write(path, flip(good, len(good) // 2, 3))
    with pytest.raises(ChecksumMismatch, match="differs from its manifest") as caught:
        totals(store)
    assert caught.value.path == str(path)
    assert caught.value.exit_code == 3
    assert is_whole(path.parents[1])
    assert not is_whole(path.parents[1], verify=True)
    (finding,) = [f for f in examine(store, Settings()) if f.name == "release"]
    assert finding.state == "broken"
    assert "observations/000001.parquet" in finding.text
    store_status(store, FixedClock().now(), Settings())
    assert build_release(store, Settings()).is_new
    assert path.read_bytes() == good
    assert totals(store) == before


def test_a_manifest_that_was_changed_is_refused(store: Store) -> None:
    (name,) = release_names(store)
    path = store.releases_path / name / MANIFEST_FILE
    write(path, path.read_bytes().replace(b'"label": "2025-01-01"', b'"label": "2025-01-07"'))
    with pytest.raises(StoreError, match="was changed"):
        open_release(store)
    assert not is_whole(path.parent)


def test_a_snapshot_s_manifest_that_was_changed_is_refused(store: Store) -> None:
    """Also where its identity follows still: title, terms and tool are no part of that."""
    path = next(p for p in stored_files(store) if "snapshots" in p.parts and p.suffix == ".json")
    said = json.loads(path.read_text())
    for changed in (
        said | {"tool_version": "9.9.9"},
        said | {"source": said["source"] | {"licence": "another"}},
        {k: v for k, v in said.items() if k != "sum"},
        said | {"rows": float("nan")},
    ):
        write(path, json.dumps(changed).encode())
        with pytest.raises(SnapshotError, match="was changed"):
            store.snapshots()


def test_stray_files_are_not_read(store: Store) -> None:
    before = totals(store)
    tables = take_everything(store)
    (name,) = release_names(store)
    release = store.releases_path / name
    stray = pa.table({"snapshot_key": pa.array([1] * 9, pa.int32()), "model_id": ["stray/x"] * 9})
    folders = {p.parent for p in stored_files(store)} | {
        store.releases_path, store.snapshots_path, store.evidence_path, store.imports_path,
    }  # fmt: skip
    for folder in folders:
        pq.write_table(stray, folder / "000002.parquet")
        (folder / "notes.txt").write_text("stray")
    shutil.copy(release / "models.parquet", release / "models (1).parquet")
    assert totals(store) == before
    assert take_everything(store) == tables
    assert not build_release(store, Settings()).is_new
    put(store, state("2025-03-01", [{"id": "grove-1/tree-1", "downloads_30d": 7}], frame=FRAME))
    again = build_release(store, Settings())
    assert "stray/x" not in pq.read_table(again.path / "models.parquet")["model_id"].to_pylist()
    assert totals(store)[:2] == before
    FIGURES.record("T7", stray_files=2 * len(folders) + 1, stray_rows_read=0)
