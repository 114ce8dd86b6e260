"""The only writer of files: all or nothing, flushed, renamed into place, and summed.

A reader never meets a half-written file: content goes to a hidden name beside the target,
is flushed to the disk, and only then takes the final name.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelcensus.errors import StoreBusy, StoreError

if TYPE_CHECKING:
    import pyarrow as pa

_NEXT = {
    errno.ENOSPC: "free space or choose another place with --store; nothing was half-written",
    errno.EDQUOT: "free space or choose another place with --store; nothing was half-written",
    errno.EFBIG: "raise the limit on file sizes, or import a smaller part",
    errno.ENOTDIR: "choose a folder with --store or -o",
    errno.EACCES: "choose a place you may write to with --store or -o",
    errno.EPERM: "choose a place you may write to with --store or -o",
    errno.EROFS: "choose a place you may write to with --store or -o",
}


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn the operating system's refusals into a StoreError that says what to do."""
    try:
        yield
    except OSError as error:
        # pyarrow puts more words into strerror
        reason = (os.strerror(error.errno) if error.errno else str(error)).lower()
        raise StoreError(
            f"cannot write: {reason}",
            where=str(target),
            next_step=_NEXT.get(error.errno or 0, ""),
        ) from error


def write_atomically(path: Path, produce: Callable[[Path], None]) -> None:
    """Let `produce` write a hidden neighbour of `path`, flush it, then rename it to `path`.

    Raises:
        StoreError: the disk is full, read-only or not permitted; nothing is left behind.
    """
    partial = path.with_name(f".{path.name}.partial")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            produce(partial)
            _flush(partial)
            os.replace(partial, path)
            _flush(path.parent)
        finally:
            partial.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes atomically."""
    write_atomically(path, lambda partial: _write_all(partial, content))


def write_json(path: Path, value: Any) -> None:
    """Write readable JSON with sorted keys atomically; NaN is refused."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_bytes(path, (text + "\n").encode())


PARQUET_OPTIONS: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 9,
    "version": "2.6",
    "data_page_version": "2.0",
    "write_statistics": True,
    "store_schema": True,
}
ROW_GROUP_ROWS = 122_880


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table atomically as Parquet, zstd, version-2 pages, in the order it has.

    The bytes depend on the rows alone: an engine's answer comes in pieces whose sizes depend on
    its threads, and pages would end where the pieces do.
    """
    import pyarrow.parquet as pq

    whole = table.combine_chunks()
    write_atomically(
        path,
        lambda partial: pq.write_table(
            whole, partial, row_group_size=ROW_GROUP_ROWS, **PARQUET_OPTIONS
        ),
    )


class LineJournal:
    """A file of lines that is only added to: after a kill a line is there whole or not at all.

    Attributes:
        lines: the whole lines that were there.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, and cut off a last line that a killed writer left unfinished.

        Raises:
            StoreError: it cannot be read or written.
        """
        self.path = path
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            # it may hold what others sent: for the user's eyes
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self.lines = whole_lines(path)
            self._end = sum(len(line) + 1 for line in self.lines)
            os.ftruncate(self._descriptor, self._end)

    def add(self, line: bytes) -> None:
        """Add a line, or nothing of it.

        Raises:
            StoreError: the disk is full or refuses.
        """
        content, done = line + b"\n", 0
        with writing(self.path):
            try:
                while done < len(content):
                    done += os.pwrite(self._descriptor, content[done:], self._end + done)
            except OSError:
                os.ftruncate(self._descriptor, self._end)
                raise
        self._end += done

    def close(self) -> None:
        """Close the file; calls after the first do nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def whole_lines(path: Path) -> list[bytes]:
    """Return the whole lines of a file that another process may be adding to."""
    return path.read_bytes().split(b"\n")[:-1]


HIDDEN_FOLDER_PREFIX = ".partial-"


def hidden_folder(parent: Path) -> Path:
    """Make a new, empty folder under `parent` that no reader looks into.

    Raises:
        StoreError: the parent cannot be made or written to.
    """
    with writing(parent):
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=HIDDEN_FOLDER_PREFIX, dir=parent))


def stale_folders(parent: Path) -> list[Path]:
    """Return the hidden folders that killed writers left; call it under the writer's lock."""
    return sorted(parent.glob(f"{HIDDEN_FOLDER_PREFIX}*"))


@contextmanager
def exclusive_lock(path: Path, *, is_patient: bool = False) -> Iterator[None]:
    """Hold the lock file `path`; the system releases it when the process ends, however it ends.

    Args:
        path: the file.
        is_patient: wait until whoever holds it has ended, instead of raising.

    Raises:
        StoreBusy: somebody else holds it; the process id is named.
        StoreError: it cannot be written.
    """
    import fcntl

    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if is_patient else fcntl.LOCK_NB))
        except BlockingIOError:
            raise _locked(path, descriptor) from None
        with writing(path):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _locked(path: Path, descriptor: int) -> StoreBusy:
    holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
    return StoreBusy(
        f"another process (pid {holder}) is writing to this store",
        where=str(path.parent),
        next_step="wait until it has ended, or end it; reading is possible meanwhile",
    )


def commit_folder(partial: Path, final: Path) -> None:
    """Flush a finished folder and give it its final name in one step.

    Raises:
        StoreError: the target cannot be written, or exists already.
    """
    with writing(final):
        for file in sorted(partial.rglob("*")):
            if file.is_file():
                _flush(file)
        _flush(partial)
        final.parent.mkdir(parents=True, exist_ok=True)
        os.rename(partial, final)
        _flush(final.parent)


def commit_file(partial: Path, final: Path) -> None:
    """Flush a finished file and give it its final name in one step; an older one goes.

    Raises:
        StoreError: the target cannot be written.
    """
    with writing(final):
        _flush(partial)
        final.parent.mkdir(parents=True, exist_ok=True)
        os.replace(partial, final)
        _flush(final.parent)


def date_after(path: Path, others: Iterable[Path]) -> None:
    """Give a file a modification time after those of others, whatever the clock said.

    Raises:
        StoreError: it cannot be changed.
    """
    with writing(path):
        latest = max((other.stat().st_mtime_ns for other in others), default=0)
        status = path.stat()
        if status.st_mtime_ns <= latest:
            os.utime(path, ns=(status.st_atime_ns, latest + 1))


def take_back(final: Path, hidden: Path) -> None:
    """Hide a file or folder that has its final name, in one step, so that it can be removed.

    Raises:
        StoreError: it cannot be moved.
    """
    with writing(final):
        os.rename(final, hidden)
        _flush(final.parent)


def discard_folder(folder: Path) -> None:
    """Remove an unfinished folder; a folder that is not there is fine."""
    shutil.rmtree(folder, ignore_errors=True)


def discard_file(path: Path) -> None:
    """Remove a file that can be made again; one that is not there, or may not go, is fine."""
    with suppress(OSError):
        path.unlink()


def sha256_of(path: Path) -> str:
    """Return the hex SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_all(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
