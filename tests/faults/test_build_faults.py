"""Builds under faults: full and forbidden disks, kills, rivals, damaged snapshots, wrong registers.

Whatever happens, no half release is seen and the last one still opens.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.faults.test_import_faults import Disk, environment
from tests.small_store import developer, namespace, overlay, put, state

from modelcensus import files
from modelcensus.errors import ChecksumMismatch, RegisterError, SnapshotError, StoreError
from modelcensus.files import sha256_of
from modelcensus.releases.build import build_release
from modelcensus.releases.release import is_whole, open_release, release_names
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

ROWS = [
    {"id": "a/b", "downloads_30d": 1, "licence_tag": "mit"},
    {"id": "a/c", "downloads_30d": None, "licence_tag": None},
]
FIRST = "2025-01-01"
LAST = "2025-02-01"


class BuildDisk(Disk):
    """Refuses Parquet files too, after half of one is on the disk."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        super().__init__(patch)
        refuse = self._guard(lambda: None)
        write = pq.write_table

        def guarded(table: pa.Table, path: Path, **options: Any) -> None:
            write(table, path, **options)
            try:
                refuse()
            except OSError:
                content = Path(path).read_bytes()
                Path(path).write_bytes(content[: len(content) // 2])
                raise

        patch.setattr(pq, "write_table", guarded)


@pytest.fixture
def disk() -> Iterator[BuildDisk]:
    with pytest.MonkeyPatch.context() as patch:
        yield BuildDisk(patch)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with one release, and a snapshot that is not in it."""
    store = put(Store(tmp_path_factory.mktemp("built") / "store"), state(FIRST, ROWS))
    build_release(store, Settings())
    return put(store, state(LAST, ROWS))


@pytest.fixture(scope="module")
def expected(built: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The sums of the release that an undisturbed build makes."""
    copy = Store(shutil.copytree(built.path, tmp_path_factory.mktemp("copy") / "store"))
    return bytes_of(build_release(copy, Settings()).path)


@pytest.fixture
def store(built: Store, tmp_path: Path) -> Store:
    return Store(shutil.copytree(built.path, tmp_path / "store"))


def is_sound(store: Store, names: list[str]) -> bool:
    """Return whether a store shows these releases, all whole, and nothing half-made."""
    shown = sorted(p.name for p in store.releases_path.iterdir() if not p.name.startswith("."))
    if shown != sorted(names) or not all(is_whole(store.releases_path / n) for n in names):
        return False
    release = open_release(store)
    try:
        return len(release.fetch(release.table("models"))) == 2
    finally:
        release.close()


def bytes_of(folder: Path) -> dict[str, str]:
    return {p.name: sha256_of(p) for p in sorted(folder.rglob("*.parquet"))}


def check_refusals(store: Store, disk: BuildDisk, step: int, *, lasts: bool) -> int:
    names = release_names(store)
    whole = Store(shutil.copytree(store.path, store.path.with_name("whole")))
    disk.calls = 0
    report = build_release(whole, Settings())
    writes, expected = disk.calls, bytes_of(report.path)
    assert writes > 100
    disk.lasts = lasts
    for number in range(0, writes, step):
        tried = Store(shutil.copytree(store.path, store.path.with_name(f"store-{number}")))
        disk.calls, disk.refuse_at = 0, number
        with pytest.raises(StoreError, match="cannot write") as caught:
            build_release(tried, Settings())
        disk.refuse_at = -1
        assert caught.value.next_step, number
        left = sorted(p.name for p in tried.releases_path.iterdir() if p.name not in names)
        if left:  # the name was given before the disk refused to say that it will last
            assert left == [report.name]
            assert bytes_of(tried.releases_path / report.name) == expected
        assert is_sound(tried, [*names, *left]), number
        if step > 1 or number % 10 == 0:
            assert bytes_of(build_release(tried, Settings()).path) == expected, number
        shutil.rmtree(tried.path)
    return writes


def test_a_disk_that_refuses_some_write_leaves_no_half_release(
    store: Store, disk: BuildDisk
) -> None:
    check_refusals(store, disk, 131, lasts=False)


@pytest.mark.long
@pytest.mark.parametrize(("code", "lasts"), [(errno.ENOSPC, False), (errno.EROFS, True)])
def test_a_disk_that_refuses_any_write_leaves_no_half_release(
    store: Store, disk: BuildDisk, code: int, lasts: bool
) -> None:
    disk.code = code
    writes = check_refusals(store, disk, 1 if not lasts else 7, lasts=lasts)
    print(f"{os.strerror(code)}: refused at each of {writes} effects on the disk")


LIMITED = """
import resource, signal, sys
from pathlib import Path
from modelcensus.errors import CensusError
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    build_release(Store(Path(sys.argv[1])), Settings())
except CensusError as error:
    print(type(error).__name__, error.what)
    sys.exit(error.exit_code)
"""


def test_a_real_limit_on_file_sizes_leaves_no_half_release(store: Store) -> None:
    """The system itself refuses, in the middle of a file."""
    names = release_names(store)
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(store.path), "9000"],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout == "StoreError cannot write: file too large\n"
    assert is_sound(store, names)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 9000
    assert is_sound(store, [*names, build_release(store, Settings()).name])


def test_a_place_that_may_not_be_written_to_is_a_store_error(store: Store, disk: BuildDisk) -> None:
    disk.code, disk.lasts, disk.refuse_at = errno.EACCES, True, 0
    with pytest.raises(StoreError, match="permission denied") as caught:
        build_release(store, Settings())
    assert "--store" in caught.value.next_step
    disk.refuse_at = -1
    assert is_sound(store, release_names(store))


def test_no_place_for_temporary_files_is_a_store_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    with pytest.raises(StoreError, match="cannot write") as caught:
        open_release(store)
    assert "TMPDIR" in caught.value.where


# Rivals and kills


def test_a_second_writer_is_told_and_readers_are_not_kept_waiting(store: Store) -> None:
    names = release_names(store)
    with store.lock():
        with pytest.raises(StoreError, match=f"pid {os.getpid()}") as caught:
            build_release(store, Settings())
        assert is_sound(store, names)
    assert "wait until it has ended" in caught.value.next_step
    assert build_release(store, Settings()).is_new


KILLED = """
import os, signal, sys
from pathlib import Path
from modelcensus import files
from modelcensus.releases import build, keyed
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
name, place = sys.argv[2:]
left = int(place)
def deadly(call):
    def run(*args, **kwargs):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return call(*args, **kwargs)
    return run
for module in (build, keyed):
    if hasattr(module, name):
        setattr(module, name, deadly(getattr(module, name)))
build.build_release(Store(Path(sys.argv[1])), Settings())
"""


@pytest.mark.parametrize(
    ("name", "place"),
    [
        pytest.param("write_parquet", 12, marks=pytest.mark.long),  # between two tables
        ("commit_folder", 0),  # whole, not yet named
        pytest.param("write_parquet", 1, marks=pytest.mark.long),  # between files of the cache
        pytest.param("write_json", 1, marks=pytest.mark.long),  # before the cache's index
        pytest.param("write_json", 2, marks=pytest.mark.long),  # before the manifest
    ],
)
def test_a_killed_build_leaves_no_release_and_the_next_one_is_whole(
    store: Store, expected: dict[str, str], name: str, place: int
) -> None:
    names = release_names(store)
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(store.path), name, str(place)],
        env=environment() | {"TMPDIR": str(store.path.parent)}, capture_output=True, check=False,
    )  # fmt: skip
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert is_sound(store, names)
    report = build_release(store, Settings())
    assert bytes_of(report.path) == expected
    assert is_sound(store, [*names, report.name])
    assert files.stale_folders(store.releases_path) == []


@pytest.mark.long
def test_a_stray_name_of_a_killed_build_gives_no_other_keys(store: Store, tmp_path: Path) -> None:
    """The names are saved before the index: other snapshots may follow than were keyed."""
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(store.path), "write_json", "1"],
        env=environment() | {"TMPDIR": str(store.path.parent)}, capture_output=True, check=False,
    )  # fmt: skip
    assert run.returncode == -signal.SIGKILL, run.stderr
    fresh = Store(tmp_path / "fresh")
    (folder,) = (p for p in store.snapshots_path.rglob("*") if p.name.startswith(LAST))
    shutil.rmtree(folder)
    other = [*ROWS, {"id": "0/first", "downloads_30d": 7}, {"id": "z/last", "downloads_30d": 8}]
    for target in (store, fresh):
        put(target, state(LAST, other))
    put(fresh, state(FIRST, ROWS))
    found, expected = (build_release(s, Settings()) for s in (store, fresh))
    assert found.name == expected.name
    assert bytes_of(found.path) == bytes_of(expected.path)


# Damaged input


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    status = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


@pytest.mark.parametrize(("table", "place"), [("observations", -9), ("metadata", 4)])
def test_a_flipped_bit_in_a_snapshot_stops_the_build(store: Store, table: str, place: int) -> None:
    names = release_names(store)
    (path,) = store.snapshots_path.rglob(f"{LAST}*/{table}.parquet")
    flip(path, place)
    with pytest.raises(ChecksumMismatch) as caught:
        build_release(store, Settings())
    assert (caught.value.path, caught.value.exit_code) == (str(path), 3)
    assert caught.value.expected != caught.value.found
    assert "import or build it again" in caught.value.next_step
    assert is_sound(store, names)
    assert not list(store.releases_path.glob(".*"))
    flip(path, place)
    assert build_release(store, Settings()).is_new


def test_a_table_that_is_gone_stops_the_build(store: Store) -> None:
    names = release_names(store)
    (path,) = store.snapshots_path.rglob(f"{LAST}*/observations.parquet")
    path.unlink()
    with pytest.raises(SnapshotError, match="cannot be read"):
        build_release(store, Settings())
    assert is_sound(store, names)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        pytest.param("names.parquet", "flip", marks=pytest.mark.long),
        ("observations.parquet", "flip"),
        pytest.param("observations.parquet", "unlink", marks=pytest.mark.long),
        ("index.json", "empty"),
    ],
)
def test_a_damaged_cache_is_made_anew(
    store: Store, expected: dict[str, str], name: str, how: str
) -> None:
    path = next((store.path / "keyed").rglob(name))
    harm: dict[str, Callable[[], Any]] = {
        "flip": lambda: flip(path, len(path.read_bytes()) // 2),
        "unlink": path.unlink,
        "empty": lambda: path.write_bytes(b""),
    }
    harm[how]()
    assert bytes_of(build_release(store, Settings()).path) == expected


def test_a_damaged_release_is_told_when_it_is_read(store: Store) -> None:
    (name,) = release_names(store)
    path = store.releases_path / name / "models.parquet"
    path.write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    release = open_release(store)
    with pytest.raises(ChecksumMismatch) as caught:
        release.fetch(release.table("models"))
    assert "models.parquet" in caught.value.where
    release.close()


# Wrong registers


@pytest.mark.parametrize(
    ("rows", "file", "line", "reason"),
    [
        ({"developers": [developer("axe", "US"), developer("bolt", "XX")]},
         "developers.csv", 3, "no country 'XX'"),
        ({"namespaces": [namespace("axe", "nobody-there")]},
         "namespaces.csv", 2, "no developer 'nobody-there'"),
        ({"developers": [developer("axe", "US"), developer("bolt", "CN")],
          "namespaces": [namespace("axe", "axe"),
                         namespace("axe", "bolt", valid_from="2025-01-01")]},
         "namespaces.csv", 3, "attributed twice"),
    ],
)  # fmt: skip
def test_a_wrong_overlay_stops_the_build_with_file_and_line(
    store: Store, tmp_path: Path, rows: dict[str, Any], file: str, line: int, reason: str
) -> None:
    names = release_names(store)
    with pytest.raises(RegisterError, match=reason) as caught:
        build_release(store, Settings(), overlays=[overlay(tmp_path / "overlay", **rows)])
    assert (caught.value.file, caught.value.line, caught.value.exit_code) == (file, line, 1)
    assert is_sound(store, names)
    assert not list(store.releases_path.glob(".*"))


def test_the_command_line_gives_file_line_and_exit_code(store: Store, tmp_path: Path) -> None:
    laid = overlay(tmp_path / "overlay", developers=[developer("axe", "XX")])
    run = subprocess.run(
        [sys.executable, "-c", "from modelcensus.cli.main import main; main()", "build",
         "--store", str(store.path), "--registers", str(laid)],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (1, "")
    assert "developers.csv, line 2" in run.stderr
    assert "no country 'XX'" in run.stderr
