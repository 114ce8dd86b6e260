"""The open model evolution data: counts of models over time, and counts of their first year.

Two Parquet files with one row per model and date. `all_downloads_with_annotations` counts all
downloads; `one_year_rolling` only those up to one year from a model's creation. They list
different models and become two frames. Whether a file's counts are totals up to the date, or
those of the time since the date before, is not written in it: see the option `counts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SchemaChanged, SettingsError, SourceError
from modelcensus.sources.counts import whole_numbers
from modelcensus.sources.dated_rows import DatedRows
from modelcensus.sources.identifiers import drop_bad_ids
from modelcensus.sources.instants import days, instants
from modelcensus.sources.record import (
    Batch,
    Evidence,
    SourceInfo,
    State,
    absent_columns,
    conform,
)
from modelcensus.sources.sieve import Sieve
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import is_simulated, numbered, parquet_batches, parquet_schema
from modelcensus.sources.texts import text_or_null

INFO = SourceInfo(
    name="evolution",
    title="Open model evolution data (Economies of Open Intelligence)",
    url="https://huggingface.co/datasets/mmpr/open_model_evolution_data",
    licence="none stated; made from hub_weekly_snapshots (ODbL 1.0) and hub-stats (Apache-2.0)",
    attribution="Economies of Open Intelligence (arXiv:2512.03073), mmpr/open_model_evolution_data",
)
TO_DATE, OF_PERIOD = "to-date", "of-period"
OPTIONS = (
    Option("id-column", "the column with the models' ids", default="model"),
    Option("date-column", "the column with the dates", default="time"),
    Option(
        "counter-column",
        "the column with the counts; where not given, downloadsAllTime or downloads",
    ),
    Option(
        "counts",
        "what a count is: the total up to its date, or that of the time since the date before",
        default=TO_DATE,
        choices=(TO_DATE, OF_PERIOD),
    ),
    Option(
        "file",
        "which of the two files it is; where not given, the file's name tells",
        choices=("all-downloads", "first-year"),
    ),
)

_COUNTERS = ("downloadsAllTime", "downloads")
_TEXTS = {"hub_key": "_id", "author": "author"}
_CREATED = ("created", "createdAt")
MAX_FALLS = 0.2
"""Share of steps at which a model's count falls, above which it is no total up to its date."""


@dataclass(frozen=True)
class _File:
    """One of the two files: its name, its frame, and the counter it fills."""

    name: str
    frame: str
    counter: str


_FILES = {
    "all-downloads": _File(
        "all_downloads_with_annotations.parquet", "panel:evolution", "downloads_all_time"
    ),
    "first-year": _File(
        "one_year_rolling.parquet", "panel:evolution-first-year", "downloads_first_year"
    ),
}


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one state per file and date, oldest first.

    Counts of a period are added up per model: a model's first year so far.

    Args:
        path: one of the two files, or the folder that holds them.
        options: see OPTIONS.

    Raises:
        SourceError: no file is there, or one is not readable Parquet.
        SchemaChanged: a column is missing (those found are listed), cannot be read, or its
            counts fall too often for totals.
        SettingsError: counts of a period were announced for the file of all downloads: no
            counter of ours is a sum since the first date of a file.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    for file, kind in _files(path, values["file"]):
        yield from _states(file, kind, values)


def _files(path: Path, given: str) -> list[tuple[Path, _File]]:
    if path.is_dir():
        found = [(path / kind.name, kind) for kind in _FILES.values()]
        found = [(file, kind) for file, kind in found if file.is_file()]
        if not found:
            raise SourceError(
                "the folder holds no file of this source",
                where=str(path),
                next_step=f"it should hold {' or '.join(kind.name for kind in _FILES.values())}",
            )
        return found
    if given:
        return [(path, _FILES[given])]
    named = [kind for kind in _FILES.values() if kind.name == path.name]
    if not named:
        raise SettingsError(
            "the file's name does not tell which of the two it is",
            where=path.name,
            next_step="give --option file=all-downloads or file=first-year",
        )
    return [(path, named[0])]


def _states(path: Path, kind: _File, values: Mapping[str, str]) -> Iterator[State]:
    is_sum = values["counts"] == OF_PERIOD
    if is_sum and kind.counter != "downloads_first_year":
        raise SettingsError(
            "counts of a period can be added up for the file of the first years only",
            where=path.name,
            next_step=f"import {_FILES['first-year'].name} by itself, or leave out the option",
        )
    columns = _columns(path, kind, values)
    rows = _rows(path, columns)
    if is_sum:
        rows.add_up("count", by="model_id")
    elif (share := rows.falls("count", by="model_id")) > MAX_FALLS:
        raise SchemaChanged(
            columns["count"],
            f"the counts in {columns['count']!r} fall at {share:.0%} of all steps: "
            "they are no totals up to their date",
            where=path.name,
            next_step="give --option counts=of-period if they count the time since the date before",
        )
    present = [kind.counter, *[n for n in columns if n not in ("model_id", "date", "count")]]
    for label, part, rejects in rows.parts(path.name):
        found = {name: part[name] for name in part.column_names if name != "count"}
        yield State(
            hub="huggingface",
            frame=kind.frame,
            label=label,
            batches=[Batch(conform(found | {kind.counter: part["count"]}, len(part)), rejects)],
            absent_columns=absent_columns(present),
            is_simulated=is_simulated(parquet_schema(path)),
        )


def _columns(path: Path, kind: _File, values: Mapping[str, str]) -> dict[str, str]:
    """Return the file's columns by what they become."""
    names = parquet_schema(path).names
    counters = [values["counter-column"]] if values["counter-column"] else list(_COUNTERS)
    needed = {
        "model_id": [values["id-column"]],
        "date": [values["date-column"]],
        "count": counters,
    }
    optional = {name: [column] for name, column in _TEXTS.items()} | {"created_at": [*_CREATED]}
    found: dict[str, str] = {}
    for name, candidates in (needed | optional).items():
        there = [column for column in candidates if names.count(column) == 1]
        if there:
            found[name] = there[0]
        elif name in needed:
            raise SchemaChanged(
                candidates[0],
                f"there is no column {' or '.join(map(repr, candidates))}",
                where=f"{path.name}, columns found: {', '.join(names) or 'none'}",
                next_step="name the columns with --option id-column=, date-column= and "
                "counter-column=",
            )
    return found


def _rows(path: Path, columns: Mapping[str, str]) -> DatedRows:
    rows = DatedRows()
    for table, locate in numbered(parquet_batches(path, list(dict.fromkeys(columns.values())))):
        sieve = Sieve(table, locate)
        name = ""
        try:
            found: dict[str, pa.Array] = {}
            for name, column in columns.items():
                found[name] = _read(name, sieve, column)
        except TypeError as error:
            raise SchemaChanged(
                columns[name],
                f"the column {columns[name]!r} cannot be read: {error}",
                where=path.name,
                next_step="name another column with --option id-column=, date-column= or "
                "counter-column=",
            ) from error
        rows.add(sieve, found.pop("date"), found)
    return rows


def _read(name: str, sieve: Sieve, column: str) -> pa.Array:
    """Return one column as what it becomes; the sieve loses the rows it spoils."""
    cells = sieve.column(column)
    if name == "count":
        counts, bad = whole_numbers(cells)
        sieve.drop(bad, "count_not_integer")
        return counts
    if name == "date":
        labels, bad = days(cells)
        sieve.drop(pc.or_(bad, pc.is_null(labels)), "bad_date")
        return labels
    if name == "created_at":
        # a fact beside the count: one that cannot be read is null and costs no row
        return instants(cells)[0]
    texts = text_or_null(cells)
    if name == "model_id":
        drop_bad_ids(sieve, texts)
    return texts
