"""The pace of a crawl against a fake Hub in another process, with 5 ms before every answer.

`make bench` crawls 300,000 models; CENSUS_BENCH_ROWS=3000000 is the size of the real Hub.
Results go to build/crawl.json. Targets: 25,000 rows a second where nothing limits the crawl,
90 % of the allowed pace where a quota does, under 400 MB in all whatever the size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelcensus.settings import Settings
from modelcensus.sources.hub.endpoint import first_place

ROWS = int(os.environ.get("CENSUS_BENCH_ROWS", "300000"))
LATENCY_S = 0.005
QUOTA, WINDOW_S = 40, 30
RESULTS = Path("build/crawl.json")
START = "import sys; from modelcensus.cli.main import main; main(sys.argv[1:])"


@contextmanager
def fake_hub(models: int, *more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve models from another process, all texts made beforehand."""
    query = first_place(1000, Settings()).partition("?")[2]
    command = [sys.executable, "-m", "modelcensus.testing", "--models", str(models)]
    command += ["--latency", str(LATENCY_S), "--warm", query, *more]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stdin
    assert process.stdout
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


class Peak:
    """Watches the resident memory of a process and of those it started, until stopped."""

    def __init__(self, pid: int) -> None:
        """Begin to watch."""
        self.together = 0
        self.largest = 0
        self._pid = pid
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.05):
            sizes = [_resident(pid) for pid in (self._pid, *_children(self._pid))]
            self.together = max(self.together, sum(sizes))
            self.largest = max(self.largest, *sizes)


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in tasks.read_text().split()]
        except OSError:
            continue
    return found


def crawl(url: str, store: Path) -> dict[str, float]:
    """Collect in a process of its own and return what it cost."""
    started = time.perf_counter()
    options = ("--endpoint", url, "--store", str(store), "--quiet")
    process = subprocess.Popen([sys.executable, "-c", START, "collect", "hub", *options])
    peak = Peak(process.pid)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    peak.stop()
    assert process.returncode == 0
    seconds = time.perf_counter() - started
    (manifest,) = store.glob("snapshots/*/*/*/manifest.json")
    rows = json.loads(manifest.read_text())["rows"]
    stored = sum(path.stat().st_size for path in manifest.parent.iterdir())
    return {
        "rows": rows,
        "seconds": round(seconds, 2),
        "rows_per_s": round(rows / seconds),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb_together": round(peak.together / 1e6),
        "peak_mb_largest_process": round(peak.largest / 1e6),
        "stored_mb": round(stored / 1e6, 2),
    }


def keep(**found: object) -> None:
    """Add results to the file."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results | found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


def test_the_pace_where_nothing_limits_it(tmp_path: Path, benchmark: pytest.FixtureRequest) -> None:
    with fake_hub(ROWS) as (url, _):
        found = benchmark.pedantic(  # type: ignore[attr-defined]
            crawl, (url, tmp_path / "store"), rounds=1
        )
    keep(unlimited=found)
    assert found["rows_per_s"] >= 25_000
    assert found["peak_mb_together"] < 400


def test_the_pace_under_a_quota(tmp_path: Path, benchmark: pytest.FixtureRequest) -> None:
    models = 3 * QUOTA * 1000
    with fake_hub(models, "--quota", str(QUOTA), "--window", str(WINDOW_S)) as (url, _):
        found = benchmark.pedantic(  # type: ignore[attr-defined]
            crawl, (url, tmp_path / "store"), rounds=1
        )
    # the first window's requests are there at once
    requests = -(-found["rows"] // 1000) + 1
    allowed_s = (requests - 1) // QUOTA * WINDOW_S
    found["share_of_allowed_pace"] = round(allowed_s / found["seconds"], 3)
    keep(under_quota=found)
    assert found["share_of_allowed_pace"] >= 0.9
