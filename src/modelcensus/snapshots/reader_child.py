"""The child process that reads a foreign file; started by reader.py, never by people.

The request comes as one line of JSON on stdin. Limits are set before anything heavy is
imported. Lines of JSON go back on stdout: `{"progress": [rows, what]}`, and last the answer,
`{"staged": ...}`, `{"error": ...}` or `{"exceeded": "memory" | "output"}`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelcensus.errors import CensusError
from modelcensus.snapshots.crossing import file_too_large, pack_error, ran_out_of_memory

THREADS = 2
WATCHER_STACK = 256 * 1024


def main() -> None:
    """Answer one request; an error that is nobody's business ends in a traceback on stderr."""
    send = _take_over_stdout()
    request = json.loads(sys.stdin.buffer.readline())
    impose(request["limits"])
    sys.meta_path.insert(0, _WithoutPandas())
    _end_with_parent()
    send(answer(request, lambda rows, what: send({"progress": [rows, what]})))


def answer(request: dict[str, Any], on_progress: Callable[[int, str], None]) -> dict[str, Any]:
    """Read the source that a request names and return what to tell the parent."""
    try:
        return {"staged": _stage(request, on_progress)}
    except (CensusError, MemoryError, OSError) as error:
        if ran_out_of_memory(error):
            return {"exceeded": "memory"}
        if file_too_large(error):
            return {"exceeded": "output"}
        if isinstance(error, CensusError):
            return {"error": pack_error(error)}
        raise
    except Exception as error:
        if ran_out_of_memory(error):
            return {"exceeded": "memory"}
        raise


def impose(limits: dict[str, int]) -> None:
    """Bound this process's address space, largest file and CPU seconds, for good."""
    import resource

    for name, soft, hard in (
        (resource.RLIMIT_AS, limits["reader_memory"], limits["reader_memory"]),
        (resource.RLIMIT_FSIZE, limits["reader_output"], limits["reader_output"]),
        # at the hard limit the system kills without saying why; the soft one says SIGXCPU
        (resource.RLIMIT_CPU, limits["cpu_seconds"], limits["cpu_seconds"] + 5),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, allowed = resource.getrlimit(name)
        if allowed != resource.RLIM_INFINITY:
            soft, hard = min(soft, allowed), min(hard, allowed)
        resource.setrlimit(name, (soft, hard))


def _stage(request: dict[str, Any], on_progress: Callable[[int, str], None]) -> dict[str, Any]:
    import pyarrow as pa

    from modelcensus.snapshots.staging import RowLimits, Staging
    from modelcensus.sources.source import SOURCES, get_source

    pa.set_cpu_count(THREADS)
    pa.set_io_thread_count(THREADS)
    SOURCES.setdefault(request["source"], request["module"])
    source = get_source(request["source"])
    limits = RowLimits(**{name: request["limits"][name] for name in RowLimits.__annotations__})
    staging = Staging(Path(request["staging"]), source.INFO, limits, on_progress)
    for item in source.read(Path(request["path"]), request["options"]):
        staging.add(item)
    samples = [[reject.reason, reject.raw] for reject in staging.samples.values()]
    return {"folders": staging.folders, "samples": samples}


class _WithoutPandas:
    """Lets nothing import pandas in this process.

    pyarrow imports it when it meets a list, only to see whether that is a series: 0.5 s and
    much address space for nothing.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("sources are read without pandas", name=name)


def _take_over_stdout() -> Callable[[dict[str, Any]], None]:
    """Keep stdout for answers alone: what libraries print there goes to stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def send(value: dict[str, Any]) -> None:
        answers.write(json.dumps(value).encode() + b"\n")
        answers.flush()

    return send


def _end_with_parent() -> None:
    """End at once when the parent is gone: it holds the other end of stdin while it lives."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.stack_size(WATCHER_STACK)
    threading.Thread(target=watch, daemon=True).start()
    threading.stack_size(0)


if __name__ == "__main__":
    main()
