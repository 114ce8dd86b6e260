"""Under attack (T15): light pages stay light, the rest is sent away, nothing leaks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from modelcensus.snapshots.store import Store

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc: Linux"),
]

CLIENTS = 60
SECONDS = float(os.environ.get("CENSUS_TEST_LOAD_SECONDS", "20"))
LIGHT = "/corrections"
PORT = 8991


@dataclass
class Served:
    """A service in a process of its own."""

    process: subprocess.Popen[bytes]
    address: str

    def get(self, path: str) -> tuple[int, float, str]:
        begun = time.perf_counter()
        try:
            with urlopen(self.address + path, timeout=60) as answer:  # noqa: S310
                answer.read()
                return answer.status, time.perf_counter() - begun, ""
        except HTTPError as error:
            error.read()
            return error.code, time.perf_counter() - begun, error.headers.get("Retry-After", "")

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self) -> int:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0])


@pytest.fixture(scope="module")
def served(sample_store: Store) -> Iterator[Served]:
    command = [sys.executable, "-c", "from modelcensus.cli.main import main; main()", "serve"]
    process = subprocess.Popen(
        [*command, "--port", str(PORT), "--store", str(sample_store.path)],
        stderr=subprocess.DEVNULL,
    )
    found = Served(process, f"http://127.0.0.1:{PORT}")
    for _ in range(600):
        try:
            if found.get("/health")[0] == 200:
                break
        except OSError:
            time.sleep(0.1)
    # what is made after the start is no part of the attack
    for _ in range(60):
        if found.get("/claims")[0] == 200:
            break
        time.sleep(5)
    yield found
    process.terminate()
    # the server ends in order, and then by the signal that it was sent
    assert process.wait(30) in (0, -signal.SIGTERM)


def _light(served: Served, seconds: float) -> list[float]:
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        status, spent, _ = served.get(LIGHT)
        assert status == 200
        times.append(spent)
        time.sleep(0.02)
    return sorted(times)


def test_light_pages_stay_light_while_60_clients_ask_the_heaviest(served: Served) -> None:
    alone = _light(served, 3)
    stop, lock = threading.Event(), threading.Lock()
    told: Counter[int] = Counter()
    without_hint = []

    def attack(number: int) -> None:
        asked = 0
        while not stop.is_set():
            asked += 1
            # each a question that nobody asked before
            cap = 1000 + number * 100_000 + asked
            status, _, hint = served.get(
                f"/figures/series?by=developer&frame=panel%3Aosir&outliers=cap%3A{cap}"
            )
            with lock:
                told[status] += 1
                if status == 503 and not hint:
                    without_hint.append(cap)
            if status == 503:
                time.sleep(0.2)

    before = served.descriptors()
    threads = [threading.Thread(target=attack, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    attacked = _light(served, SECONDS)
    grown = served.memory()
    stop.set()
    for thread in threads:
        thread.join()
    time.sleep(1)
    p99 = attacked[int(0.99 * (len(attacked) - 1))]
    print(
        f"light page: alone p50 {alone[len(alone) // 2]:.3f} s, attacked p50 "
        f"{attacked[len(attacked) // 2]:.3f} s, p99 {p99:.3f} s; answers {dict(told)}; "
        f"descriptors {before} -> {served.descriptors()}; {grown / 1024:.0f} MB"
    )
    assert set(told) <= {200, 503}
    assert told[503] > 0
    assert without_hint == []
    assert served.descriptors() <= before + CLIENTS
    assert p99 < 0.5


def test_end_gives_up_what_is_being_computed_and_says_nothing_frightening(
    sample_store: Store, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", "from modelcensus.cli.main import main; main()", "serve"]
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*command, "--port", str(PORT + 1), "--store", str(sample_store.path)],
            stderr=said,
            env=os.environ | {"CENSUS_WEB_STOP_SECONDS": "1"},
        )
    found = Served(process, f"http://127.0.0.1:{PORT + 1}")
    for _ in range(600):
        try:
            if found.get("/health")[0] == 200:
                break
        except OSError:
            time.sleep(0.1)
    told: list[int] = []
    asked = [
        f"/figures/spread?by=country&frame=panel%3Aosir&subjects=CN&subjects=US&outliers=cap%3A{n}"
        for n in range(1000, 1006)
    ]
    threads = [
        threading.Thread(target=lambda path=path: told.append(found.get(path)[0])) for path in asked
    ]
    for thread in threads:
        thread.start()
    time.sleep(2)
    begun = time.perf_counter()
    process.terminate()
    assert process.wait(20) in (0, -signal.SIGTERM)
    assert time.perf_counter() - begun < 10
    for thread in threads:
        thread.join()
    assert set(told) <= {200, 503}
    assert 503 in told
    text = log.read_text()
    assert "Traceback" not in text
    assert "Exception" not in text
