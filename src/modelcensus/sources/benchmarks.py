"""Results on benchmarks: from model cards (model-index, evalResults, radar) and leaderboards.

A card's result is its publisher's own claim unless it says that somebody verified it. A table of
one's own says who reported its results, or nobody knows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from modelcensus.errors import SchemaChanged
from modelcensus.sources.card_results import SELF, VERIFIED, results_of_record
from modelcensus.sources.hub_json import read_values
from modelcensus.sources.instants import option_day
from modelcensus.sources.record import Evidence, RejectLog, SourceInfo, State
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import CsvBlocks, is_simulated, parquet_schema, read_parquet

INFO = SourceInfo(
    name="benchmarks",
    title="Results on benchmarks, from model cards or a leaderboard",
    url="",
    licence="as stated by whoever made the list",
    attribution="whoever made the list",
)
REPORTED = (SELF, VERIFIED, "unknown")
WEIGHTS = ("open", "closed", "unknown")
OPTIONS = (
    Option("as-of", "the day the list describes, YYYY-MM-DD", is_required=True),
    Option("name", "what the list is called", default="benchmarks"),
    Option("dataset", "the benchmark, where the table has no column for it"),
    Option("metric", "the metric, where the table has no column for it"),
    Option(
        "reported-by",
        "who reported the results of a table that does not say",
        default="unknown",
        choices=REPORTED,
    ),
)

BENCHMARKS = "benchmarks"
BENCHMARK_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("organisation", pa.string()),
        ("weights", pa.string()),
        ("dated_on", pa.date32()),
        ("task", pa.string()),
        ("dataset", pa.string()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("reported_by", pa.string()),
        ("is_simulated", pa.bool_()),
    ]
)
"""One row per result. `dated_on` is the day the model counts from: its release where a table says
so, else the creation of its repository. Dataset and metric are null where a card names none."""

_COLUMNS = {
    "model": ("model", "model_id", "id", "name"),
    "value": ("value", "score", "result"),
    "dataset": ("dataset", "benchmark"),
    "metric": ("metric",),
    "task": ("task",),
    "organisation": ("organisation", "organization", "developer", "org"),
    "weights": ("weights", "access"),
    "dated_on": ("dated_on", "released_on", "release_date", "date"),
    "reported_by": ("reported_by",),
}
"""Our column -> names under which a table may have it; the first that is there is read."""
_RECORD_BYTES = 64 << 20


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one evidence list with the table `benchmarks`.

    Args:
        path: a Parquet list of models with a column `benchmarks` (radar), raw records of the Hub
            as JSON, or a leaderboard as CSV or Parquet with columns model, value, and by presence
            dataset, metric, task, organisation, weights, date and reported_by.
        options: see OPTIONS.

    Raises:
        SourceError: the file cannot be read.
        SchemaChanged: a table lacks the columns for models or values.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    log, kept = RejectLog(), []
    for place, row in _rows(path, values, log):
        try:
            kept.append(_checked(row))
        except ValueError as error:
            log.add(str(error), place, {k: str(v) for k, v in row.items()})
    table = pa.Table.from_pylist(kept, schema=BENCHMARK_SCHEMA)
    yield Evidence(
        values["name"],
        option_day("as-of", values["as-of"]),
        {BENCHMARKS: table},
        log.rejects,
        len(kept) + len(log.rejects),
    )


def _rows(
    path: Path, values: Mapping[str, str], log: RejectLog
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the results of a file with their places."""
    if path.is_dir() or path.suffix in (".json", ".jsonl", ".ndjson"):
        for found in read_values(path, _RECORD_BYTES):
            if found.fault or not isinstance(found.value, dict):
                log.add(found.fault or "not_a_record", found.locator, found.raw)
                continue
            for row in results_of_record(found.value):
                yield found.locator, row
        return
    if path.suffix == ".csv":
        yield from _of_csv(path, values, log)
        return
    names = parquet_schema(path).names
    if BENCHMARKS in names:
        table = read_parquet(path, ["id", BENCHMARKS], ["created_at"])
        for number, record in enumerate(table.to_pylist(), start=1):
            for row in results_of_record(record):
                yield f"row {number}", row
        return
    named = _found(names, values, path)
    simulated = is_simulated(parquet_schema(path))
    for number, raw in enumerate(read_parquet(path, list(named.values())).to_pylist(), start=1):
        row = {name: raw[column] for name, column in named.items()}
        yield f"row {number}", _filled(row, values) | {"is_simulated": simulated}


def _of_csv(
    path: Path, values: Mapping[str, str], log: RejectLog
) -> Iterator[tuple[str, dict[str, Any]]]:
    found = _found(CsvBlocks(path, []).header(), values, path)
    blocks = CsvBlocks(path, list(found.values()))
    for table, locate in blocks:
        for number, raw in enumerate(table.to_pylist()):
            row = {name: raw[column] for name, column in found.items()}
            yield locate(number), _filled(row, values)
    log.rejects += blocks.rejects


def _found(names: list[str], values: Mapping[str, str], path: Path) -> dict[str, str]:
    """Return which column of a table is which of ours."""
    lower = {name.casefold(): name for name in reversed(names)}
    found = {
        ours: lower[word] for ours, words in _COLUMNS.items() for word in reversed(words)
        if word in lower
    }  # fmt: skip
    needed = ["model", "value", *(["dataset"] if not values["dataset"] else [])]
    for name in needed:
        if name not in found:
            raise SchemaChanged(
                name,
                f"no column is called {' or '.join(_COLUMNS[name])}",
                where=f"{path.name}: {', '.join(names)}",
                next_step="rename a column"
                + (", or name the benchmark with --option dataset=" if name == "dataset" else ""),
            )
    return found


def _filled(row: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of a table with what the options say of all its rows."""
    for name in ("dataset", "metric"):
        row[name] = row.get(name) or values[name] or None
    row["reported_by"] = row.get("reported_by") or values["reported-by"]
    return row


def _checked(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result as it is stored.

    Raises:
        ValueError: its reason is why the row is lost.
    """
    model = row.get("model")
    if not isinstance(model, str) or not model.strip():
        raise ValueError("missing_model")
    checked = {
        name: row.get(name) or None for name in ("task", "dataset", "metric", "organisation")
    }
    if any(v is not None and not isinstance(v, str) for v in checked.values()):
        raise ValueError("not_text")
    weights, reported = row.get("weights") or "unknown", row.get("reported_by") or "unknown"
    if weights not in WEIGHTS or reported not in REPORTED:
        raise ValueError("unknown_word")
    return {
        **checked,
        "model": model.strip(),
        "weights": weights,
        "reported_by": reported,
        "dated_on": _day(row.get("dated_on")),
        "value": _number(row.get("value")),
        "is_simulated": bool(row.get("is_simulated")),
    }


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("bad_value")
    try:
        number = float(value)
    except ValueError:
        raise ValueError("bad_value") from None
    if not math.isfinite(number):
        raise ValueError("bad_value")
    return number


def _day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ValueError("bad_date") from None
