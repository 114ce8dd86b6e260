"""Writing: all or nothing, one writer at a time, and refusals that say what to do.

The streaming writer has its tests in tests/snapshots/test_writing.py.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelcensus.errors import StoreBusy, StoreError
from modelcensus.files import (
    LineJournal,
    commit_folder,
    discard_folder,
    exclusive_lock,
    hidden_folder,
    sha256_of,
    take_back,
    whole_lines,
    write_atomically,
    write_bytes,
    write_json,
    write_parquet,
    writing,
)

ROOT = Path(__file__).parents[1]


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_a_file_appears_whole_and_alone(tmp_path: Path) -> None:
    target = tmp_path / "new" / "deep" / "x.bin"
    write_bytes(target, b"content")
    assert target.read_bytes() == b"content"
    assert names(target.parent) == {"x.bin"}


def test_nobody_sees_the_file_before_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "x.bin"
    write_bytes(target, b"old")
    seen: list[bytes] = []

    def produce(partial: Path) -> None:
        partial.write_bytes(b"half")
        assert partial.name.startswith(".")
        seen.append(target.read_bytes())

    write_atomically(target, produce)
    assert seen == [b"old"]
    assert target.read_bytes() == b"half"


def test_a_writer_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "x.bin"
    write_bytes(target, b"old")

    def produce(partial: Path) -> None:
        partial.write_bytes(b"half")
        raise ValueError("something else went wrong")

    with pytest.raises(ValueError, match="something else"):
        write_atomically(target, produce)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == {"x.bin"}


def test_a_file_that_grows_too_large_is_a_store_error_and_leaves_nothing(tmp_path: Path) -> None:
    """The limit is the system's own, so that the refusal is a real one."""
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from modelcensus.errors import StoreError\n"
        "from modelcensus.files import write_bytes\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_bytes(Path(sys.argv[1]), b'x' * 5000)\n"
        "except StoreError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "x.bin")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    assert done.stdout.startswith("cannot write: file too large")
    assert "raise the limit on file sizes" in done.stdout
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    ("number", "what", "next_step"),
    [
        (errno.ENOSPC, "no space left on device", "free space"),
        (errno.EDQUOT, "quota", "free space"),
        (errno.EACCES, "permission denied", "may write to"),
        (errno.EROFS, "read-only file system", "may write to"),
        (errno.ENOTDIR, "not a directory", "choose a folder"),
        (errno.EIO, "input/output error", ""),
    ],
)
def test_the_system_s_refusals_say_what_to_do(number: int, what: str, next_step: str) -> None:
    with (
        pytest.raises(StoreError, match="cannot write") as caught,
        writing(Path("/store/file")),
    ):
        raise OSError(number, f"[Errno {number}] a library's own words")
    assert what in caught.value.what
    assert "library" not in caught.value.what
    assert caught.value.where == "/store/file"
    assert next_step in caught.value.next_step
    assert bool(caught.value.next_step) == bool(next_step)


def test_a_refusal_without_a_number_keeps_its_words() -> None:
    with pytest.raises(StoreError, match="cannot write: some words"), writing(Path("x")):
        raise OSError("Some words")


def test_a_parent_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(StoreError, match="cannot write"):
        write_bytes(tmp_path / "file" / "x", b"")
    assert (tmp_path / "file").read_text() == "kept"


def test_json_is_sorted_readable_and_without_nan(tmp_path: Path) -> None:
    target = tmp_path / "x.json"
    write_json(target, {"b": [1, None], "a": "ä"})
    assert target.read_text(encoding="utf-8") == '{\n "a": "ä",\n "b": [\n  1,\n  null\n ]\n}\n'
    with pytest.raises(ValueError, match="JSON"):
        write_json(target, {"a": float("inf")})
    assert json.loads(target.read_text(encoding="utf-8"))["b"] == [1, None]


def test_parquet_bytes_depend_on_the_rows_alone(tmp_path: Path) -> None:
    whole = pa.table({"n": list(range(1000)), "text": [str(n % 9) for n in range(1000)]})
    pieces = pa.concat_tables([whole.slice(0, 1), whole.slice(1, 700), whole.slice(701)])
    write_parquet(tmp_path / "whole", whole)
    write_parquet(tmp_path / "pieces", pieces)
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "pieces").read_bytes()
    assert pq.read_table(tmp_path / "whole").equals(whole)


def test_sums(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert sha256_of(tmp_path / "x") == hashlib.sha256(b"abc").hexdigest()


# --- the lock ----------------------------------------------------------------

HOLD = (
    "import sys\n"
    "from pathlib import Path\n"
    "from modelcensus.files import exclusive_lock\n"
    "with exclusive_lock(Path(sys.argv[1])):\n"
    "    print('held', flush=True)\n"
    "    sys.stdin.read()\n"
)


def test_a_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    lock = tmp_path / "store" / ".lock"
    with exclusive_lock(lock):
        with pytest.raises(StoreBusy, match=f"pid {os.getpid()}") as caught, exclusive_lock(lock):
            pass
        assert caught.value.where == str(lock.parent)
        assert "reading is possible" in caught.value.next_step
    with exclusive_lock(lock):
        assert lock.read_text() == str(os.getpid())


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy, match=f"pid {holder.pid}"), exclusive_lock(lock):
            pass
        holder.kill()
        holder.wait()
    with exclusive_lock(lock):
        assert lock.read_text() == str(os.getpid())


def test_a_holder_that_left_no_number_is_unknown(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with exclusive_lock(lock):
        lock.write_bytes(b"")
        with pytest.raises(StoreBusy, match="pid unknown"), exclusive_lock(lock):
            pass


def test_a_lock_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"), exclusive_lock(tmp_path / "file" / "l"):
        pass


# --- folders -----------------------------------------------------------------


def test_a_folder_takes_its_name_in_one_step(tmp_path: Path) -> None:
    partial = hidden_folder(tmp_path)
    (partial / "sub").mkdir()
    (partial / "sub" / "x").write_text("x")
    commit_folder(partial, tmp_path / "a" / "final")
    assert (tmp_path / "a" / "final" / "sub" / "x").read_text() == "x"
    assert not partial.exists()


def test_a_folder_never_replaces_another(tmp_path: Path) -> None:
    final = tmp_path / "final"
    final.mkdir()
    (final / "kept").write_text("kept")
    partial = hidden_folder(tmp_path)
    (partial / "x").write_text("x")
    with pytest.raises(StoreError, match="cannot write"):
        commit_folder(partial, final)
    assert names(final) == {"kept"}
    assert names(partial) == {"x"}


def test_what_is_taken_back_is_hidden_first(tmp_path: Path) -> None:
    final, hidden = tmp_path / "final", tmp_path / ".hidden"
    final.mkdir()
    take_back(final, hidden)
    assert names(tmp_path) == {".hidden"}
    with pytest.raises(StoreError, match="cannot write"):
        take_back(final, hidden)
    discard_folder(hidden)
    discard_folder(hidden)
    assert names(tmp_path) == set()


def test_a_line_is_added_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lines"
    journal = LineJournal(path)
    journal.add(b"one")
    whole_write = os.pwrite

    def full(descriptor: int, content: bytes, at: int) -> int:
        whole_write(descriptor, content[:2], at)
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(StoreError, match="no space"):
            journal.add(b"two")
    assert path.read_bytes() == b"one\n"
    # a disk that takes a line in two parts
    monkeypatch.setattr(os, "pwrite", lambda d, c, at: whole_write(d, c[:2], at))
    journal.add(b"three")
    journal.close()
    journal.close()
    assert whole_lines(path) == LineJournal(path).lines == [b"one", b"three"]


def test_a_torn_line_is_cut_off_when_a_writer_comes_and_skipped_by_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\ntw")
    assert whole_lines(path) == [b"one"]
    assert path.read_bytes() == b"one\ntw"
    journal = LineJournal(path)
    assert journal.lines == [b"one"]
    journal.add(b"three")
    journal.close()
    assert path.read_bytes() == b"one\nthree\n"
