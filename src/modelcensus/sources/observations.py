"""Any CSV or Parquet table with an id, a date and one counter: the way in for other data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SchemaChanged, SettingsError
from modelcensus.sources.by_label import parts_by_label
from modelcensus.sources.counts import whole_numbers
from modelcensus.sources.identifiers import drop_bad_ids
from modelcensus.sources.instants import days
from modelcensus.sources.record import (
    Batch,
    Evidence,
    Reject,
    SourceInfo,
    State,
    absent_columns,
    conform,
)
from modelcensus.sources.running_sums import check_step, taken_apart, taken_apart_info
from modelcensus.sources.sieve import Sieve
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import (
    CsvBlocks,
    is_simulated,
    numbered,
    parquet_batches,
    parquet_schema,
    require_columns,
    require_file,
)
from modelcensus.sources.texts import text_or_null

INFO = SourceInfo(
    name="observations",
    title="Observations from a table of one's own",
    url="",
    licence="as stated by whoever made the table",
    attribution="whoever made the table",
)
KINDS = {
    "rolling-30d": "downloads_30d",
    "all-time": "downloads_all_time",
    "running-sum": "downloads_running_sum",
    "running-sum-steps": "downloads_30d",
    "pulls": "pulls",
    "tokens": "tokens",
}
"""What the counter can be, and the record column it goes to.

A `running-sum` of rolling readings is kept and never read as downloads; `running-sum-steps` takes
it apart into the readings it was made of, where that is possible exactly.
"""
STEPS = "running-sum-steps"

OPTIONS = (
    Option("frame", "what the table is a view of, such as panel:mine", is_required=True),
    Option("hub", "the hub the models are on", default="huggingface"),
    Option("id-column", "the column with the models' ids", default="id"),
    Option("date-column", "the column with the dates, YYYY-MM-DD", default="date"),
    Option("counter-column", "the column with the counts", default="downloads"),
    Option("kind", "what the counts are", default="rolling-30d", choices=tuple(KINDS)),
    Option("step", "for running-sum-steps: days between the summed readings, or month"),
    Option("text", "read counts written as 118.7M or 15,357", default="no", choices=("yes", "no")),
)
NAMESPACED_HUBS = ("huggingface", "modelscope")
"""Hubs on which a model's id is `namespace/name`."""

_MAGIC = b"PAR1"


@dataclass
class _Table:
    """What has been read so far: the rows in file order, and the rejects by their day."""

    labels: list[pa.Array] = field(default_factory=list)
    ids: list[pa.Array] = field(default_factory=list)
    counts: list[pa.Array] = field(default_factory=list)
    rejects: dict[date | None, list[Reject]] = field(default_factory=dict)


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one state per date, oldest first; an empty count is null, not a reject.

    Args:
        path: a Parquet or CSV file.
        options: see OPTIONS.

    Raises:
        SettingsError: a step is missing, or given where there is nothing to take apart.
        SourceError: the file is not readable, not one of its rows is, or a running sum has holes.
        SchemaChanged: a column is missing or cannot be read; the message says which were found
            and which option names the column.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    _check_step(values)
    found = _Table()
    for sieve in _sieves(path, values, found):
        _read_rows(sieve, values, found, path)
    counter, is_steps = KINDS[values["kind"]], values["kind"] == STEPS
    rows, labels, base_rows = _sorted_out(found, counter, values, path)
    for day, part, rejects in parts_by_label(rows, labels, found.rejects, path.name):
        records = conform({name: part[name] for name in part.column_names}, len(part))
        yield State(
            hub=values["hub"],
            frame=values["frame"],
            label=day,
            batches=[Batch(records, rejects, applied_rows=base_rows)],
            absent_columns=absent_columns([counter]),
            is_simulated=_is_parquet(path) and is_simulated(parquet_schema(path)),
            info=taken_apart_info(INFO) if is_steps else None,
        )
        base_rows = 0


def _check_step(values: Mapping[str, str]) -> None:
    if values["kind"] == STEPS:
        check_step(values["step"])
    elif values["step"]:
        raise SettingsError(
            f"the kind {values['kind']!r} has no step",
            where="--option step=",
            next_step=f"leave it out, or --option kind={STEPS} for a running sum of readings",
        )


def _sorted_out(
    found: _Table, counter: str, values: Mapping[str, str], path: Path
) -> tuple[pa.Table, pa.Array, int]:
    """Return rows, their dates and the number of rows that only say where sums begin."""
    ids = pa.chunked_array(found.ids, pa.string())
    counts = pa.chunked_array(found.counts, pa.int64())
    labels = pa.chunked_array(found.labels, pa.date32()).combine_chunks()
    if values["kind"] != STEPS or not len(labels):
        return pa.table({"model_id": ids, counter: counts}), labels, 0
    apart = taken_apart(
        ids.combine_chunks(), labels, counts.combine_chunks(), values["step"], path.name
    )
    for label, lost in apart.rejects.items():
        found.rejects.setdefault(label, []).extend(lost)
    return apart.rows, apart.labels, apart.base_rows


def _sieves(path: Path, values: Mapping[str, str], found: _Table) -> Iterator[Sieve]:
    """Yield the wanted columns of the file block by block."""
    columns = [values[f"{name}-column"] for name in ("id", "date", "counter")]
    next_step = "name the columns with --option id-column=, date-column= and counter-column="
    require_file(path)
    if _is_parquet(path):
        require_columns(parquet_schema(path).names, columns, path.name, next_step=next_step)
        for table, locate in numbered(parquet_batches(path, columns)):
            yield Sieve(table, locate)
        return
    text = CsvBlocks(path, columns, next_step)
    for table, locate in text:
        yield Sieve(table, locate)
    found.rejects.setdefault(None, []).extend(text.rejects)


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return path.suffix == ".parquet" or stream.read(len(_MAGIC)) == _MAGIC


def _read_rows(sieve: Sieve, values: Mapping[str, str], found: _Table, path: Path) -> None:
    column = values["id-column"]
    try:
        ids = text_or_null(sieve.column(column))
        column = values["date-column"]
        labels, bad_days = days(sieve.column(column))
        column = values["counter-column"]
        counts, bad_counts = whole_numbers(
            sieve.column(column), text=values["text"] == "yes", digits=not _is_parquet(path)
        )
    except TypeError as error:
        raise SchemaChanged(
            column,
            f"the column {column!r} cannot be read: {error}",
            where=path.name,
            next_step="name another column with --option id-column=, date-column= "
            "or counter-column=",
        ) from error
    drop_bad_ids(sieve, ids, needs_namespace=values["hub"] in NAMESPACED_HUBS)
    sieve.drop(pc.or_(bad_days, pc.is_null(labels)), "bad_date")
    sieve.drop(bad_counts, "count_not_integer")
    kept = sieve.kept()
    found.ids.append(ids.filter(kept))
    found.labels.append(labels.filter(kept))
    found.counts.append(counts.filter(kept))
    for label, lost in sieve.rejects_by(labels).items():
        found.rejects.setdefault(label, []).extend(lost)
