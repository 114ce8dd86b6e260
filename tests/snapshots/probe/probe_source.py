"""A small source for tests: it reads JSON states, CSV-like evidence and Parquet, or misbehaves."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from modelcensus.errors import SourceError, TooManyRejects
from modelcensus.settings import load_settings
from modelcensus.sources.record import Batch, Evidence, Reject, SourceInfo, State, conform
from modelcensus.sources.source import Option

INFO = SourceInfo("probe", "Probe", "https://example.org/probe", "MIT", "Probe authors")
OPTIONS = (
    Option("frame", "the frame of all states", "panel:probe"),
    Option("how", "how to misbehave"),
)


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield what the files under `path` hold; `how` chooses a way to fail instead."""
    how = options["how"]
    if how in _FAILURES:
        _FAILURES[how](path)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.suffix == ".parquet":
            yield _from_parquet(file, options, whole=how == "whole")
        elif file.suffix == ".json":
            for raw in json.loads(file.read_text()):
                yield _evidence(raw) if "as_of" in raw else _state(raw, options)
    if how == "fail-late":
        raise SourceError("the end is missing", where="line 9", next_step="fetch it again")


def _state(raw: dict, options: Mapping[str, str]) -> State:
    label = raw["label"]
    window = raw.get("window")
    return State(
        hub=raw.get("hub", "huggingface"),
        frame=raw.get("frame", options["frame"]),
        label=datetime.fromisoformat(label) if "T" in label else date.fromisoformat(label),
        batches=_batches(raw),
        window=None if window is None else tuple(datetime.fromisoformat(w) for w in window),
        absent_columns=tuple(raw.get("absent", ())),
        is_complete_frame=raw.get("complete", False),
        is_simulated=raw.get("simulated", False),
        info=SourceInfo(**raw["info"]) if "info" in raw else None,
    )


def _batches(raw: dict) -> Iterator[Batch]:
    rows = raw["rows"]
    rejects = [Reject.of(reason, "row 1", text) for reason, text in raw.get("rejects", ())]
    columns = {"model_id": pa.array([r["id"] for r in rows], pa.string())}
    columns["downloads_30d"] = pa.array([r.get("downloads") for r in rows], pa.int64())
    columns["author"] = pa.array([r.get("author") for r in rows], pa.string())
    yield Batch(conform(columns, len(rows)), rejects, raw.get("input_rows"))


def _evidence(raw: dict) -> Evidence:
    tables = {name: pa.table(columns) for name, columns in raw["tables"].items()}
    rows = sum(len(table) for table in tables.values())
    rejects = [Reject.of(reason, "row 1", text) for reason, text in raw.get("rejects", ())]
    as_of = date.fromisoformat(raw["as_of"])
    return Evidence(raw["name"], as_of, tables, rejects, raw.get("input_rows", rows + len(rejects)))


def _from_parquet(file: Path, options: Mapping[str, str], *, whole: bool) -> State:
    def batches() -> Iterator[Batch]:
        with pq.ParquetFile(file) as parquet:
            tables = (
                [parquet.read()]
                if whole
                else (pa.Table.from_batches([b]) for b in parquet.iter_batches())
            )
            for table in tables:
                columns = {"model_id": table["model_id"]}
                if "downloads_30d" in table.column_names:
                    columns["downloads_30d"] = table["downloads_30d"]
                yield Batch(conform(columns, len(table)))

    return State("huggingface", options["frame"], date(2025, 1, 1), batches())


def _quality(path: Path) -> None:
    raise TooManyRejects("lost", reasons={"odd": 3}, where="here", next_step="look")


def _crash(path: Path) -> None:
    raise RuntimeError("the parser broke")


def _eat_memory(path: Path) -> None:
    eaten = []
    while True:
        eaten.append(bytes(64 * 1024 * 1024))


def _hide_memory_error(path: Path) -> None:
    try:
        pa.allocate_buffer(1 << 60)
    except pa.ArrowException as error:
        raise SourceError("cannot be parsed") from error


def _spin(path: Path) -> None:
    while True:
        pass


def _print(path: Path) -> None:
    print("words on stdout")
    os.write(1, b'{"staged": {"folders": ["/etc"], "samples": []}}\n')


_FAILURES = {
    "quality": _quality,
    "crash": _crash,
    "memory": _eat_memory,
    "hidden-memory": _hide_memory_error,
    "spin": _spin,
    "sleep": lambda path: time.sleep(3600),
    "killed": lambda path: os.kill(os.getpid(), signal.SIGKILL),
    "segfault": lambda path: os.kill(os.getpid(), signal.SIGSEGV),
    "cpu": lambda path: os.kill(os.getpid(), signal.SIGXCPU),
    "exit": lambda path: os._exit(0),
    "print": _print,
    "environment": lambda path: sys.exit(" ".join(k for k in os.environ if "CENSUS_" not in k)),
    "settings": lambda path: sys.exit(f"cell_bytes {load_settings().cell_bytes:g}"),
    "pandas": lambda path: importlib.import_module("pandas"),
    "missing": lambda path: (path / "not-there").read_text(),
}
