"""The radar list: sets of changes to a list of new models, replayed to full states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from modelcensus.errors import SourceError
from modelcensus.sources.radar_changes import change_sets, replay
from modelcensus.sources.radar_records import (
    CHANGE_COLUMNS,
    FACT_COLUMNS,
    FORMATS_COLUMN,
    PRESENT,
    PRESENT_LAST,
    join_facts,
    records_of_changes,
)
from modelcensus.sources.record import Batch, Evidence, SourceInfo, State, absent_columns
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import read_parquet

INFO = SourceInfo(
    name="radar",
    title="Radar list of new models on Hugging Face",
    url="https://github.com/686f6c61/radar-huggingface-dataset",
    licence="CC BY 4.0",
    attribution="radar-huggingface-dataset",
)
OPTIONS: tuple[Option, ...] = ()


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one full state per set of changes, oldest first, labelled with its instant.

    The last state also carries the facts of the models file. Deletions come without an id;
    see `radar_changes.deleted_by` for how they are told, and when they are rejects instead.

    Args:
        path: the folder with `observations_*.parquet` and one `models_*.parquet`.
        options: none are known.

    Raises:
        SourceError: a file is missing or not readable Parquet.
        SchemaChanged: a column is missing.
    """
    fill_options(INFO.name, OPTIONS, options)
    changes = pa.concat_tables(
        [read_parquet(file, CHANGE_COLUMNS) for file in _files(path, "observations_*.parquet")]
    )
    models_files = _files(path, "models_*.parquet")
    if len(models_files) > 1:
        raise SourceError(
            "there is more than one models file",
            where=", ".join(file.name for file in models_files),
            next_step="leave the one that belongs to the last set of changes in the folder",
        )
    models = read_parquet(models_files[0], FACT_COLUMNS, [FORMATS_COLUMN])
    yield from _states(changes, models)


def _states(changes: pa.Table, models: pa.Table) -> Iterator[State]:
    records, rows, rejects = records_of_changes(changes)
    sets = change_sets(rows)
    if not sets:
        raise SourceError("no change could be read", next_step=f"{len(rejects)} rows were lost")
    has_formats = FORMATS_COLUMN in models.column_names
    present_last = (*PRESENT_LAST, "formats") if has_formats else PRESENT_LAST
    for number, full in enumerate(replay(sets, set(models["id"].to_pylist())), start=1):
        listed = records.take(pa.array(full.rows, pa.int64()))
        lost = [*rejects, *full.rejects]
        applied = full.applied_rows
        if number == len(sets):
            joined, facts_rows = join_facts(listed, models)
            listed, lost = joined.records, [*lost, *joined.rejects]
            applied += facts_rows
        read_rows = full.input_rows - len(full.rejects) + len(lost)
        batch = Batch(listed, lost, input_rows=read_rows, applied_rows=applied)
        yield _state(full.label, batch, present_last if number == len(sets) else PRESENT)
        rejects = []


def _state(label: datetime, batch: Batch, present: Sequence[str]) -> State:
    return State(
        hub="huggingface",
        frame="sample:radar",
        label=label,
        batches=[batch],
        absent_columns=absent_columns(present),
        # the list keeps what it has: a model that is not in it any more has left it
        is_complete_frame=True,
    )


def _files(path: Path, pattern: str) -> list[Path]:
    files = sorted(path.glob(pattern)) if path.is_dir() else []
    if not files:
        raise SourceError(
            f"there is no {pattern}",
            where=str(path),
            next_step="give the folder that holds the list's Parquet files",
        )
    return files
