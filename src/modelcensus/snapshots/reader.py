"""Reading a foreign file in a child process under limits.

A Parquet file of 1.4 kB can expand to 20 GB while its footer claims one megabyte, so nothing
foreign is opened in the process that holds the store. The child has bounded address space, file
size, CPU and wall time; it writes into a hidden folder and answers in JSON.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess  # nosec B404
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any

from modelcensus.errors import CensusError, LimitExceeded, SourceError
from modelcensus.settings import Settings
from modelcensus.snapshots.crossing import unpack_error
from modelcensus.snapshots.reader_child import THREADS
from modelcensus.sources.source import SOURCES

MAX_LINE = 16 * 1024 * 1024
STDERR_TAIL = 8192
LINE_SHOWN = 500
DRAIN_SECONDS = 5
_LIMITS = ("reader_memory", "reader_output", "reader_rows", "cell_bytes", "reject_raw_bytes")
_MEMORY_WORDS = ("MemoryError", "bad_alloc", "Cannot allocate memory", "can't start new thread")

Progress = Callable[[int, str], None]


@dataclass(frozen=True)
class ReadRequest:
    """What to read, and where the child may write."""

    source: str
    path: Path
    options: Mapping[str, str]
    staging: Path
    settings: Settings


@dataclass(frozen=True)
class Staged:
    """What the child wrote: folder names in the source's order, and up to three lost rows."""

    folders: tuple[str, ...]
    samples: tuple[tuple[str, str], ...]


def read_source(request: ReadRequest, on_progress: Progress | None = None) -> Staged:
    """Return what a source was read to, in `request.staging`.

    Args:
        request: the source, its input, its options and its limits.
        on_progress: is told the rows so far and what is being read.

    Raises:
        LimitExceeded: memory, time, rows or file size ran out.
        SourceError: the file cannot be read.
        StoreError: the disk is full or refuses.
        CensusError: whatever else the source raised, as itself.
    """
    with _child(request) as child:
        raw = child.answer(on_progress)
    if raw is None:
        raise _why_it_ended(child, request)
    if "exceeded" in raw:
        raise _exceeded(str(raw["exceeded"]), request)
    if "error" in raw:
        raise _placed(unpack_error(raw["error"]), request)
    staged = raw["staged"]
    samples = tuple((str(reason), str(row)) for reason, row in staged["samples"])
    return Staged(tuple(str(f) for f in staged["folders"]), samples)


class _Child:
    """A running child: its answer, the end of what it wrote to stderr, and how it ended."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.process = process
        self.expired = threading.Event()
        self._stderr = b""
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._drain = threading.Thread(target=self._read_stderr, daemon=True)
        self._timer.start()
        self._drain.start()

    @property
    def stderr(self) -> str:
        return self._stderr.decode("utf-8", "replace")

    @property
    def last_line(self) -> str:
        lines = self.stderr.strip().splitlines()
        return lines[-1][:LINE_SHOWN] if lines else ""

    def answer(self, on_progress: Progress | None) -> dict[str, Any] | None:
        """Return the child's answer; None when it ended without one."""
        found = None
        while line := _pipe(self.process.stdout).readline(MAX_LINE):
            with suppress(ValueError):
                message = json.loads(line)
                if "progress" not in message:
                    found = message
                elif on_progress is not None:
                    on_progress(*message["progress"])
        self.process.wait()
        self._drain.join(DRAIN_SECONDS)
        return found if self.process.returncode == 0 and not self.expired.is_set() else None

    def end(self) -> None:
        """Kill the child's whole process group if it still runs, and close the pipes."""
        self._timer.cancel()
        if self.process.poll() is None:
            self._kill()
            self.process.wait()
        self._drain.join(DRAIN_SECONDS)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):
                _pipe(pipe).close()

    def _expire(self) -> None:
        self.expired.set()
        self._kill()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _read_stderr(self) -> None:
        while piece := os.read(_pipe(self.process.stderr).fileno(), 4096):
            self._stderr = (self._stderr + piece)[-STDERR_TAIL:]


@contextmanager
def _child(request: ReadRequest) -> Iterator[_Child]:
    """Start the child, hand it the request, and see that it is gone afterwards."""
    process = subprocess.Popen(  # nosec B603 - our own interpreter and module, no shell
        [sys.executable, "-P", "-m", "modelcensus.snapshots.reader_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=request.staging,
        env=_environment(request),
        start_new_session=True,
    )
    child = _Child(process, request.settings.reader_seconds)
    try:
        with suppress(BrokenPipeError):
            stdin = _pipe(process.stdin)
            stdin.write(json.dumps(_message(request)).encode() + b"\n")
            stdin.flush()
        yield child
    finally:
        child.end()


def _message(request: ReadRequest) -> dict[str, Any]:
    limits = {name: int(getattr(request.settings, name)) for name in _LIMITS}
    limits["cpu_seconds"] = math.ceil(request.settings.reader_seconds * THREADS) + 1
    return {
        "source": request.source,
        "module": SOURCES[request.source],
        "path": str(request.path.absolute()),
        "options": dict(request.options),
        "staging": str(request.staging.absolute()),
        "limits": limits,
    }


def _environment(request: ReadRequest) -> dict[str, str]:
    """Return the child's whole environment: of the user's, the import path and the settings."""
    settings = {
        f"CENSUS_{item.name.upper()}": str(getattr(request.settings, item.name))
        for item in fields(Settings)
    }
    return settings | {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path if path),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "TMPDIR": str(request.staging),
        "OMP_NUM_THREADS": str(THREADS),
        "OPENBLAS_NUM_THREADS": "1",
        # the default pool and one arena per thread reserve address space by the gigabyte
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": str(THREADS),
    }


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the child was started without this pipe")
    return pipe


def _why_it_ended(child: _Child, request: ReadRequest) -> CensusError:
    """Return the error for a child that gave no answer."""
    code = child.process.returncode
    if child.expired.is_set() or code == -signal.SIGXCPU:
        return _exceeded("seconds", request)
    words = child.stderr if code < 0 else child.last_line
    if code == -signal.SIGKILL or any(word in words for word in _MEMORY_WORDS):
        return _exceeded("memory", request)
    ending = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return SourceError(
        f"reading ended unexpectedly: {child.last_line or ending}",
        where=str(request.path),
        next_step="the file may be damaged or of another format: fetch it again, or name the "
        "source that fits it",
    )


def _exceeded(limit: str, request: ReadRequest) -> LimitExceeded:
    settings = request.settings
    name, what = {
        "memory": ("reader_memory", f"more than {settings.reader_memory / 2**30:.3g} GiB"),
        "output": ("reader_output", f"a file of over {settings.reader_output / 2**30:.3g} GiB"),
        "seconds": ("reader_seconds", f"more than {settings.reader_seconds:g} seconds"),
    }[limit]
    return LimitExceeded(
        f"reading needed {what} and was stopped",
        where=str(request.path),
        next_step=f"raise the setting {name} (CENSUS_{name.upper()}) if you trust the file: "
        "a small file that needs this much may be a decompression bomb",
    )


def _placed(error: CensusError, request: ReadRequest) -> CensusError:
    """Return the error with the input named, if the source did not say where."""
    error.where = error.where or str(request.path)
    return error
