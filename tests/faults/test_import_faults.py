"""Imports under faults: bombs, damaged input, full and forbidden disks, kills, two writers."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelcensus import files
from modelcensus.errors import LimitExceeded, SourceError, StoreError
from modelcensus.settings import Settings
from modelcensus.snapshots import importing, reader, reader_child
from modelcensus.snapshots.crossing import unpack_error
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources.source import SOURCES
from modelcensus.testing import FaultFigures

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")
PROBE = Path(__file__).parents[1] / "snapshots" / "probe"
GIB = 1 << 30
SMALL = Settings(reader_memory=GIB, reader_seconds=8)
STATES = [
    {"label": "2025-01-01", "rows": [{"id": "a/b", "downloads": 1, "author": "a"}]},
    {"label": "2025-02-01", "rows": [{"id": "a/b"}, {"id": "a/c"}], "rejects": [["odd", "x"]]},
    {"name": "atom", "as_of": "2026-08-17", "tables": {"models": {"id": ["a", "b"]}}},
]
GENEROUS = Settings(max_reject_share=0.5)


@pytest.fixture(autouse=True)
def _probe_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PROBE))
    monkeypatch.setitem(SOURCES, "probe", "probe_source")


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in this process, so that a fault can be put at each of the child's writes too."""

    def read(request: reader.ReadRequest, on_progress: object) -> reader.Staged:
        raw = reader_child.answer(reader._message(request), lambda rows, what: None)
        if "error" in raw:
            raise unpack_error(raw["error"])
        return reader.Staged(tuple(raw["staged"]["folders"]), ())

    monkeypatch.setattr(importing, "read_source", read)


@pytest.fixture
def states(tmp_path: Path) -> Path:
    path = tmp_path / "input.json"
    path.write_text(json.dumps(STATES))
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def left_over(store: Store) -> list[str]:
    """Return what lies in a store besides its lock and empty folders."""
    found = store.path.rglob("*")
    return sorted(
        str(p.relative_to(store.path)) for p in found if p.name != ".lock" and not p.is_dir()
    )


def imported_whole(store: Store) -> bool:
    """Return whether all of STATES is stored, intact, with a receipt and nothing beside it."""
    manifests = [*store.snapshots(), *store.evidence()]
    names = left_over(store)
    return (
        [m.rows for m in manifests] == [1, 2, 2]
        and all(store.is_intact(m, verify=True) for m in manifests)
        and len(names) == sum(len(m.files) + 1 for m in manifests) + 1
        and not files.stale_folders(store.path)
    )


# Hostile and damaged input


@pytest.fixture(scope="module")
def string_bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred bytes that hold 20,000 texts of one megabyte: 20 GB."""
    path = tmp_path_factory.mktemp("bomb") / "strings.parquet"
    text = pa.array(["a" * 1_000_000])
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), text)
    pq.write_table(
        pa.table({"model_id": column}), path, compression="zstd", compression_level=19,
        store_schema=False, write_statistics=False,
    )  # fmt: skip
    assert path.stat().st_size < 1400
    return path


@pytest.fixture(scope="module")
def row_bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Under two kilobytes that hold 400 million equal ids of fifty bytes: 20 GB."""
    path = tmp_path_factory.mktemp("bomb") / "rows.parquet"
    rows = 50_000_000
    zeros = pa.Array.from_buffers(pa.int8(), rows, [None, pa.py_buffer(bytes(rows))])
    part = pa.table(
        {"model_id": pa.DictionaryArray.from_arrays(zeros, pa.array(["a/" + "b" * 48]))}
    )
    with pq.ParquetWriter(
        path, part.schema, compression="zstd", store_schema=False, write_statistics=False,
        data_page_size=1 << 30, max_rows_per_page=rows,
    ) as writer:  # fmt: skip
        for _ in range(8):
            writer.write_table(part, row_group_size=rows)
    assert path.stat().st_size < 2000
    return path


PARENT = """
import json, resource, sys
from pathlib import Path
from modelcensus.errors import CensusError
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources.source import SOURCES
SOURCES["probe"] = "probe_source"
import probe_source
store, path, how, memory, seconds, rows = sys.argv[1:]
def peak():
    # not ru_maxrss, which begins with what the process had that started this one
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
before = peak()
settings = Settings(reader_memory=int(memory), reader_seconds=float(seconds), reader_rows=int(rows))
try:
    import_source(Store(Path(store)), "probe", Path(path), {"how": how}, settings)
    error = None
except CensusError as caught:
    error = [type(caught).__name__, caught.what, caught.where, caught.next_step]
print(json.dumps({
    "error": error, "parent_before": before, "parent": peak(),
    "child": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
}))
"""


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc to measure memory")
@pytest.mark.parametrize(
    ("bomb", "how", "rows", "what"),
    [
        ("string_bomb", "whole", 50_000_000, "more than 1 GiB"),
        ("string_bomb", "", 50_000_000, "more than 1 GiB"),
        ("row_bomb", "whole", 50_000_000, "more than 1 GiB"),
        ("row_bomb", "", 1_000_000, "more than 1,000,000 rows"),
    ],
)
def test_a_bomb_ends_the_child_and_not_the_parent(
    request: pytest.FixtureRequest, store: Store, bomb: str, how: str, rows: int, what: str
) -> None:
    path = request.getfixturevalue(bomb)
    arguments = [str(store.path), str(path), how, str(GIB), "15", str(rows)]
    run = subprocess.run(
        [sys.executable, "-c", PARENT, *arguments],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(run.stdout)
    kind, said, where, next_step = found["error"]
    assert kind == "LimitExceeded", found
    assert what in said
    assert path.name in where or "huggingface" in where
    assert "CENSUS_READER_" in next_step
    assert found["parent"] - found["parent_before"] < 100
    assert left_over(store) == []
    size = path.stat().st_size
    name = f"parquet_{bomb}_{how or 'in_batches'}"
    FIGURES.record(
        "T17",
        **{f"{name}_bytes": size, f"{name}_parent_mb": found["parent"] - found["parent_before"]},
    )
    print(f"{bomb}, {size} bytes, read {how or 'in batches'}: {said}; MB {found}")


def test_a_bomb_that_only_takes_long_meets_the_deadline(row_bomb: Path, store: Store) -> None:
    settings = Settings(reader_memory=GIB, reader_seconds=1.0, reader_rows=1e12)
    with pytest.raises(LimitExceeded, match="more than 1 seconds"):
        import_source(store, "probe", row_bomb, {}, settings)
    assert left_over(store) == []


def good_parquet(path: Path) -> bytes:
    pq.write_table(pa.table({"model_id": [f"a/{i}" for i in range(5000)]}), path)
    return path.read_bytes()


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.9, 0.9999])
@pytest.mark.parametrize("how", ["", "whole"])
def test_a_cut_parquet_file_is_a_source_error(
    tmp_path: Path, store: Store, share: float, how: str
) -> None:
    path = tmp_path / "cut.parquet"
    content = good_parquet(path)
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(SourceError) as caught:
        import_source(store, "probe", path, {"how": how}, SMALL)
    assert "cut.parquet" in caught.value.where
    assert caught.value.next_step
    assert left_over(store) == []


def test_a_good_file_passes_in_one_gibibyte(tmp_path: Path, store: Store) -> None:
    good_parquet(tmp_path / "good.parquet")
    report = import_source(store, "probe", tmp_path / "good.parquet", {}, SMALL)
    assert report.rows == 5000


def test_an_empty_folder_is_a_source_error(tmp_path: Path, store: Store) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="nothing to import"):
        import_source(store, "probe", tmp_path / "empty", {}, SMALL)
    assert not store.path.exists()


# Disks that refuse


def test_a_store_below_a_file_is_a_store_error(tmp_path: Path, states: Path) -> None:
    with pytest.raises(StoreError, match="cannot write: not a directory"):
        import_source(Store(states / "store"), "probe", states, {}, GENEROUS)


class Disk:
    """Counts every effect on the disk that `files` has, and refuses the chosen one.

    With `lasts` it goes on refusing, as a full disk does.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.refuse_at = -1
        self.code = errno.ENOSPC
        self.lasts = False
        for name in ("fsync", "rename", "replace", "ftruncate", "pwrite"):
            patch.setattr(files.os, name, self._guard(getattr(os, name)))
        patch.setattr(files.os, "mkdir", self._guard_mkdir(os.mkdir))
        patch.setattr(files.tempfile, "mkdtemp", self._guard(tempfile.mkdtemp))
        patch.setattr(files, "_write_all", self._guard(files._write_all))
        patch.setattr(pq, "ParquetWriter", self._guarded_writer())

    def _guard(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **kwargs: Any) -> Any:
            number, self.calls = self.calls, self.calls + 1
            if number == self.refuse_at or (self.lasts and 0 <= self.refuse_at < number):
                raise OSError(self.code, os.strerror(self.code))
            return call(*args, **kwargs)

        return guarded

    def _guard_mkdir(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Guard the making of folders; one that is there needs no space."""
        guarded = self._guard(call)
        return lambda path, *rest: (call if os.path.lexists(path) else guarded)(path, *rest)

    def _guarded_writer(self) -> type:
        disk = self

        class Writer(pq.ParquetWriter):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                disk._guard(lambda: None)()
                super().__init__(*args, **kwargs)
                self.write_table = disk._guard(self.write_table)
                self.close = disk._guard(self.close)

        return Writer


@pytest.fixture
def disk(in_process: None) -> Iterator[Disk]:
    with pytest.MonkeyPatch.context() as patch:
        yield Disk(patch)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
@pytest.mark.parametrize("lasts", [False, True])
def test_a_disk_that_refuses_at_any_write_leaves_nothing(
    tmp_path: Path, states: Path, disk: Disk, code: int, lasts: bool
) -> None:
    whole = Store(tmp_path / "whole")
    import_source(whole, "probe", states, {}, GENEROUS)
    writes = disk.calls
    assert imported_whole(whole)
    assert writes > 40
    disk.code, disk.lasts = code, lasts
    step = 1 if code == errno.ENOSPC else 5
    tried = range(0, writes, step)
    for number in tried:
        store = Store(tmp_path / f"store-{number}")
        disk.calls, disk.refuse_at = 0, number
        with pytest.raises(StoreError, match="cannot write") as caught:
            import_source(store, "probe", states, {}, GENEROUS)
        assert os.strerror(code).lower() in caught.value.what
        assert caught.value.next_step
        disk.refuse_at = -1
        if not lasts:  # what cannot be taken back on a disk that refuses all is mended later
            assert left_over(store) == [], number
            assert not files.stale_folders(store.path)
        import_source(store, "probe", states, {}, GENEROUS)
        assert imported_whole(store), number
        shutil.rmtree(store.path)
    print(f"{os.strerror(code)}: {len(tried)} of {writes} writes refused, lasting: {lasts}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mount a real file system of some kilobytes; skip where that is not permitted."""
    if not shutil.which("mount"):
        pytest.skip("there is no mount command")
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(kilobytes: int, *more: str) -> Path:
        options = ",".join([f"size={kilobytes}k", *more])
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("mounting a small file system is not permitted here")
        return folder

    yield mount
    subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)


def refusal(store: Store, path: Path) -> StoreError | None:
    """Return the error of an import; None when it worked."""
    try:
        import_source(store, "probe", path, {}, GENEROUS)
    except StoreError as error:
        return error
    return None


def test_a_real_disk_that_is_full_leaves_nothing(
    states: Path, small_disk: Callable[..., Path]
) -> None:
    refused = 0
    for kilobytes in (8, 16, 24, 32, 40, 4096):
        store = Store(small_disk(kilobytes, *(["remount"] if refused else [])) / "store")
        error = refusal(store, states)
        if error is not None:
            assert "no space left" in error.what
            assert "free space" in error.next_step
            assert left_over(store) == []
            refused += 1
    assert refused >= 3
    assert imported_whole(store)
    print(f"{refused} sizes of a real disk were too small; nothing was left on it")


def test_a_read_only_file_system_is_a_store_error(
    states: Path, small_disk: Callable[..., Path]
) -> None:
    folder = small_disk(100, "ro")
    with pytest.raises(StoreError, match="read-only file system") as caught:
        import_source(Store(folder / "store"), "probe", states, {}, GENEROUS)
    assert "--store" in caught.value.next_step


def test_a_limit_on_file_sizes_leaves_nothing(states: Path, store: Store) -> None:
    settings = Settings(reader_output=2000, max_reject_share=0.5)
    with pytest.raises(LimitExceeded, match="a file of over"):
        import_source(store, "probe", states, {}, settings)
    assert left_over(store) == []


# Kills and rivals

KILLED = """
import os, signal, sys
from pathlib import Path
from modelcensus.settings import Settings
from modelcensus.snapshots import importing, placing, reader, reader_child
from modelcensus.snapshots.store import Store
from modelcensus.sources.source import SOURCES
SOURCES["probe"] = "probe_source"
store, path, number = sys.argv[1:]
left = int(number)
def deadly(call):
    def run(*args):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return call(*args)
    return run
def read(request, on_progress):
    raw = reader_child.answer(reader._message(request), lambda rows, what: None)
    return reader.Staged(tuple(raw["staged"]["folders"]), ())
importing.read_source = deadly(read)
placing.commit_folder = deadly(placing.commit_folder)
placing.write_json = deadly(placing.write_json)
importing.discard_folder = deadly(importing.discard_folder)
importing.import_source(Store(Path(store)), "probe", Path(path), {}, Settings(max_reject_share=0.5))
"""


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("number", range(6))
def test_a_killed_import_is_completed_by_the_next_one(
    tmp_path: Path, states: Path, store: Store, number: int
) -> None:
    undisturbed = Store(tmp_path / "undisturbed")
    import_source(undisturbed, "probe", states, {}, GENEROUS)
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(store.path), str(states), str(number)],
        env=environment(), capture_output=True, check=False,
    )  # fmt: skip
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert len(files.stale_folders(store.path)) == 1
    stored = [*store.snapshots(), *store.evidence()]  # readers see whole snapshots, or none
    assert len(stored) == min(max(number - 1, 0), 3)
    assert all(store.is_intact(m, verify=True) for m in stored)
    report = import_source(store, "probe", states, {}, GENEROUS)
    assert report.is_new == (number < 4)
    if number < 5:
        assert imported_whole(store)
        assert [p.read_bytes() for p in sorted(store.imports_path.iterdir())] == [
            p.read_bytes() for p in sorted(undisturbed.imports_path.iterdir())
        ]


SLEEPING = """
import subprocess, sys
from pathlib import Path
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources.source import SOURCES
SOURCES["probe"] = "probe_source"
popen = subprocess.Popen
def start(*args, **kwargs):
    process = popen(*args, **kwargs)
    print(process.pid, flush=True)
    return process
subprocess.Popen = start
import_source(Store(Path(sys.argv[1])), "probe", Path(sys.argv[2]), {"how": "sleep"}, Settings())
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to look at processes")
def test_no_child_outlives_a_killed_parent_and_a_rival_is_told(states: Path, store: Store) -> None:
    command = [sys.executable, "-c", SLEEPING, str(store.path), str(states)]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        with pytest.raises(StoreError, match=f"pid {parent.pid}") as caught:
            import_source(store, "probe", states, {}, GENEROUS)
        assert "is writing to this store" in caught.value.what
        assert store.snapshots() == []  # readers are not kept waiting
        assert is_running(child)
        parent.kill()
    for _ in range(500):
        if not is_running(child):
            break
        time.sleep(0.01)
    assert not is_running(child)
    assert import_source(store, "probe", states, {}, GENEROUS).is_new
    assert imported_whole(store)


def test_of_many_writers_at_once_each_wins_or_is_told(tmp_path: Path, store: Store) -> None:
    paths = []
    for number in range(4):
        path = tmp_path / f"{number}.json"
        rows = [{"id": "a/b", "downloads": number}]
        path.write_text(json.dumps([{"label": f"2025-01-0{number + 1}", "rows": rows}]))
        paths.append(path)
    arguments = ["", str(GIB), "20", "1000"]
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", PARENT, str(store.path), str(path), *arguments],
            env=environment(), stdout=subprocess.PIPE,
        )
        for path in paths
    ]  # fmt: skip
    found = [json.loads(run.communicate()[0])["error"] for run in runs]
    winners = [error for error in found if error is None]
    assert winners
    assert all(error is None or error[0] == "StoreBusy" for error in found)
    assert len(store.snapshots()) == len(winners)
    for path in paths:
        import_source(store, "probe", path, {}, SMALL)
    assert len(store.snapshots()) == 4
    print(f"{len(winners)} of 4 writers at once won, the others were told")
