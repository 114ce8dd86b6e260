"""Live runs in processes of their own, against scripted endpoints of this process."""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelcensus.settings import load_settings
from modelcensus.sources import inspect_logs
from modelcensus.sources.eval_archive import open_archive
from modelcensus.sources.outcome_record import KEY, OUTCOMES, VERDICTS
from modelcensus.testing import ScriptedEndpoint

ROOT = Path(__file__).parents[2]
DEADLINE_S = 1200
CONNECTIONS = 4
KEY_VARIABLE, CANARY = "SCRIPTED_ENDPOINT_KEY", "canary-9f1c-never-written"


@dataclass
class Ran:
    code: int
    out: str
    err: str
    processor_seconds: float

    @property
    def words(self) -> str:
        return " ".join(self.err.split())


def write_config(folder: Path, endpoint: ScriptedEndpoint, extra: str = "", **test: Any) -> Path:
    """Write the file of a run over the banking suite."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {"suites": ["banking"], "utility": False} | test
    lines = [
        *("[endpoint]", f'url = "{endpoint.url}"', 'model = "elm-7b"'),
        f'key_variable = "{KEY_VARIABLE}"',
        *("[model]", 'name = "elm/elm-7b"', 'weights = "open"'),
        "[test]",
        *(f"{key} = {json.dumps(value)}" for key, value in wanted.items()),
        *("[limits]", f"connections = {CONNECTIONS}", extra),
    ]
    path = folder / "vet.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, KEY_VARIABLE: CANARY}
    command = [str(Path(sys.executable).with_name("census")), "vet", *arguments]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def census_vet(*arguments: str) -> Ran:
    """Run a command of `census vet` to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = start(*arguments)
    try:
        out, err = process.communicate(timeout=DEADLINE_S)
    finally:
        process.kill()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(process.returncode, out, err, seconds)


def run_and_kill(config: Path, is_time: Callable[[], bool]) -> None:
    """Start a run and kill it at once, with SIGKILL, when it is time."""
    process = start("run", "-c", str(config))
    try:
        give_up = time.monotonic() + DEADLINE_S
        while not is_time():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < give_up
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def verdicts(logs: Path) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Return the verdicts that the importer takes from logs, by case."""
    (found,) = inspect_logs.read(logs, {})
    rows = found.tables[OUTCOMES].to_pylist()  # type: ignore[union-attr]
    return {tuple(r[k] for k in KEY): tuple(r[v] for v in VERDICTS) for r in rows}


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file under a folder, and what is packed in logs and traces."""
    settings = load_settings()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        yield str(path), content
        if path.suffix == ".gz":
            yield f"{path} unpacked", gzip.decompress(content)
        if path.suffix == ".eval":
            archive = open_archive(path)
            for name in archive.members:
                yield f"{path}: {name}", json.dumps(archive.json(name, settings)).encode()


def script_turns(shift: int = 0) -> Mapping[str, Any]:
    """Return the turns of the banking script; the engine is asked in a process of its own."""
    command = [sys.executable, "-m", "tests.vet.banking_script", str(shift)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    turns: Mapping[str, Any] = json.loads(ran.stdout)
    return turns
