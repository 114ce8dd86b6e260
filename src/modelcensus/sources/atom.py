"""The ATOM project's list of tracked models, with its regions, parameters and dates."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa

from modelcensus.errors import SourceError
from modelcensus.sources.identifiers import well_formed
from modelcensus.sources.instants import option_day, parse_day
from modelcensus.sources.record import Evidence, RejectLog, SourceInfo, State
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import readable, require_columns, require_file

INFO = SourceInfo(
    name="atom",
    title="ATOM project: tracked models",
    url="https://github.com/Interconnects-AI/tracked-models",
    licence="Apache-2.0",
    attribution="The ATOM project, Interconnects AI",
)
OPTIONS = (Option("as-of", "the day the list describes, YYYY-MM-DD", default="2026-08-17"),)

Row = dict[str, Any]


@dataclass(frozen=True)
class _List:
    """One CSV file: the table its rows go to, its needed columns, and how a row is read.

    `read` returns the row as it is stored, or raises ValueError with the reject's reason.
    """

    file: str
    table: str
    columns: tuple[str, ...]
    read: Callable[[Mapping[str, str]], Row]


@dataclass
class _Reading:
    """What has been read so far."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    log: RejectLog = field(default_factory=RejectLog)
    input_rows: int = 0


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one evidence list with the tables population, regions, parameters, release_dates.

    Args:
        path: the folder with the five CSV files.
        options: `as-of`.

    Raises:
        SourceError: a file is missing or not readable text.
        SchemaChanged: a column is missing.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    as_of = option_day("as-of", values["as-of"])
    if not path.is_dir():
        raise SourceError(
            "the folder with the list's files is needed",
            where=str(path),
            next_step=f"it should hold {', '.join(item.file for item in _LISTS)}",
        )
    reading = _Reading()
    for item in _LISTS:
        _read_list(path / item.file, item, reading)
    tables = {
        name: pa.Table.from_pylist(reading.rows.get(name, []), schema=schema)
        for name, schema in SCHEMAS.items()
    }
    yield Evidence(INFO.name, as_of, tables, reading.log.rejects, reading.input_rows)


def _read_list(path: Path, item: _List, reading: _Reading) -> None:
    require_file(path)
    with readable(path, "CSV"), path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(line for line in stream if not line.startswith("#"))
        require_columns(list(reader.fieldnames or []), item.columns, path.name)
        kept = reading.rows.setdefault(item.table, [])
        for number, row in enumerate(_rows(reader, path), start=1):
            reading.input_rows += 1
            try:
                kept.append(item.read(_whole(row)))
            except ValueError as error:
                reading.log.add(str(error), f"{path.name} row {number}", row)


def _rows(reader: csv.DictReader[str], path: Path) -> Iterator[dict[Any, Any]]:
    try:
        yield from reader
    except csv.Error as error:
        raise SourceError(
            f"not a readable CSV file: {error}",
            where=f"{path.name} line {reader.line_num}",
            next_step="fetch it again; it may be cut short or of another kind",
        ) from error


def _whole(row: Mapping[Any, Any]) -> Mapping[str, str]:
    """Hold that a row has as many cells as the header."""
    if None in row or None in row.values():
        raise ValueError("wrong_number_of_cells")
    return row


def _population(list_name: str) -> Callable[[Mapping[str, str]], Row]:
    def read_row(row: Mapping[str, str]) -> Row:
        return {"list": list_name, "model_id": _id(row["modelId"]), "org": row["org"]}

    return read_row


def _region(row: Mapping[str, str]) -> Row:
    return {
        "namespace": _id(row["hf_org"]),
        "region": row["region"] or None,
        "notes": row["notes"] or None,
    }


def _parameters(row: Mapping[str, str]) -> Row:
    return {
        "model_id": _id(row["model_id"]),
        "total_parameters": _billions(row["total_params_b"]),
        "active_parameters": _billions(row["active_params_b"]),
        "is_moe": {"true": True, "false": False}.get(row["is_moe"].lower()),
        "notes": row["notes"] or None,
    }


def _release_date(row: Mapping[str, str]) -> Row:
    return {
        "model_id": _id(row["model_id"]),
        "hub_created_on": _day(row["hf_created_at"]),
        "released_on": _day(row["actual_release_date"]),
        "notes": row["notes"] or None,
    }


def _id(text: str) -> str:
    if not text:
        raise ValueError("missing_id")
    if not well_formed(pa.array([text]))[0].as_py():
        raise ValueError("bad_id")
    return text


def _billions(text: str) -> int | None:
    """Return how many parameters a number of billions is, exactly."""
    if not text:
        return None
    try:
        value = Decimal(text) * 10**9
    except InvalidOperation:
        raise ValueError("count_not_integer") from None
    if not value.is_finite() or not 0 <= value < 2**63 or value != value.to_integral_value():
        raise ValueError("count_not_integer")
    return int(value)


def _day(text: str) -> date | None:
    if not text:
        return None
    day = parse_day(text)
    if day is None:
        raise ValueError("bad_date")
    return day


_LISTS = (
    _List("models.csv", "population", ("org", "modelId"), _population("atom")),
    _List("extra_models.csv", "population", ("org", "modelId"), _population("atom-extra")),
    _List("organization_regions.csv", "regions", ("hf_org", "region", "notes"), _region),
    _List(
        "model_parameters.csv",
        "parameters",
        ("model_id", "total_params_b", "active_params_b", "is_moe", "notes"),
        _parameters,
    ),
    _List(
        "release_date_corrections.csv",
        "release_dates",
        ("model_id", "hf_created_at", "actual_release_date", "notes"),
        _release_date,
    ),
)

SCHEMAS = {
    "population": pa.schema(
        [("list", pa.string()), ("model_id", pa.string()), ("org", pa.string())]
    ),
    "regions": pa.schema(
        [("namespace", pa.string()), ("region", pa.string()), ("notes", pa.string())]
    ),
    "parameters": pa.schema(
        [
            ("model_id", pa.string()),
            ("total_parameters", pa.int64()),
            ("active_parameters", pa.int64()),
            ("is_moe", pa.bool_()),
            ("notes", pa.string()),
        ]
    ),
    "release_dates": pa.schema(
        [
            ("model_id", pa.string()),
            ("hub_created_on", pa.date32()),
            ("released_on", pa.date32()),
            ("notes", pa.string()),
        ]
    ),
}
"""The tables of the list: regions are ATOM's own; parameters are counts, not billions."""
