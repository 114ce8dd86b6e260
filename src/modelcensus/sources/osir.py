"""The OSIR panel: monthly counts of tracked developers on Hugging Face and on ModelScope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SchemaChanged, SourceError
from modelcensus.sources.by_label import parts_by_label
from modelcensus.sources.counts import whole_numbers
from modelcensus.sources.identifiers import drop_bad_ids
from modelcensus.sources.instants import days, instants, window_of_days
from modelcensus.sources.record import (
    COUNTERS,
    Batch,
    Evidence,
    SourceInfo,
    State,
    absent_columns,
    conform,
)
from modelcensus.sources.sieve import Sieve
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import parquet_schema, read_parquet

INFO = SourceInfo(
    name="osir",
    title="OSIR-LMTS monthly panel of open models",
    url="https://github.com/brucecui0120/OSIR-LMTS",
    licence="MIT",
    attribution="OSIR-LMTS authors",
)
OPTIONS: tuple[Option, ...] = ()


@dataclass(frozen=True)
class _Panel:
    """One of the two files: its name in the folder, its hub and frame, its columns by ours."""

    file: str
    hub: str
    frame: str
    columns: Mapping[str, str]


_COMMON = {"model_id": "repo_id", "likes": "likes", "observed_at": "crawled_on"}
_HUGGINGFACE = _Panel(
    "huggingface_monthly.parquet",
    "huggingface",
    "panel:osir",
    _COMMON
    | {
        "downloads_30d": "downloads_30d",
        "discussions": "discussions",
        "descendants": "descendants",
        "source_group": "org_group",
    },
)
_MODELSCOPE = _Panel(
    "modelscope_monthly.parquet",
    "modelscope",
    "panel:osir-modelscope",
    _COMMON | {"downloads_all_time": "downloads_total"},
)
_PANELS = (_HUGGINGFACE, _MODELSCOPE)
_LABEL = "observed_on"
_MAY_LACK = ("discussions", "descendants", "source_group")


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one state per hub and month, oldest first.

    Duplicate rows are kept as the source has them. In ten of the eleven months the source
    lists only models with a download: absence is "not observed".

    Args:
        path: the folder with the two files (one is enough), or one of the files.
        options: none are known.

    Raises:
        SourceError: no file is there, or one is not readable Parquet.
        SchemaChanged: a column is missing.
    """
    fill_options(INFO.name, OPTIONS, options)
    for file, panel in _files(path):
        yield from _read_panel(file, panel)


def _files(path: Path) -> list[tuple[Path, _Panel]]:
    if not path.is_dir():
        names = parquet_schema(path).names
        panel = _MODELSCOPE if "downloads_total" in names else _HUGGINGFACE
        return [(path, panel)]
    found = [(path / panel.file, panel) for panel in _PANELS if (path / panel.file).is_file()]
    if not found:
        raise SourceError(
            "the folder holds no file of this source",
            where=str(path),
            next_step=f"it should hold {' or '.join(panel.file for panel in _PANELS)}",
        )
    return found


def _read_panel(path: Path, panel: _Panel) -> Iterator[State]:
    lacking = set(_MAY_LACK) & set(panel.columns)
    needed = [column for name, column in panel.columns.items() if name not in lacking]
    optional = [panel.columns[name] for name in sorted(lacking)]
    table = read_parquet(path, [*needed, _LABEL], optional)
    present = {n: c for n, c in panel.columns.items() if c in table.column_names}
    sieve = Sieve(table, lambda row: f"{path.name} row {row + 1}")
    try:
        records, labels = _records(sieve, present)
    except TypeError as error:
        raise SchemaChanged(_LABEL, str(error), where=path.name) from error
    rejects = sieve.rejects_by(labels)
    kept = sieve.kept()
    records, labels = records.filter(kept), labels.filter(kept)
    for label, part, lost in parts_by_label(records, labels, rejects, path.name):
        yield State(
            hub=panel.hub,
            frame=panel.frame,
            label=label,
            batches=[Batch(part, lost)],
            window=_window(part["observed_at"]),
            absent_columns=absent_columns(present),
        )


def _window(observed_at: pa.ChunkedArray) -> tuple[datetime, datetime] | None:
    """Return the span of the days on which the source looked."""
    looked = pc.min_max(observed_at).as_py()
    if looked["min"] is None:
        return None
    return window_of_days(looked["min"].date(), looked["max"].date())


def _records(sieve: Sieve, columns: Mapping[str, str]) -> tuple[pa.Table, pa.Array]:
    """Return all rows as records, and their label days; the sieve says which stand."""
    labels, bad = days(sieve.column(_LABEL))
    sieve.drop(pc.or_(bad, pc.is_null(labels)), "bad_date")
    found: dict[str, pa.Array] = {}
    for name, column in columns.items():
        cells = sieve.column(column)
        if name in COUNTERS:
            found[name], bad = whole_numbers(cells)
            sieve.drop(bad, "count_not_integer")
        elif name == "observed_at":
            found[name], bad = instants(cells)
            sieve.drop(bad, "bad_date")
        else:
            found[name] = cells.cast(pa.string())
    drop_bad_ids(sieve, found["model_id"], needs_namespace=True)
    return conform(found, len(labels)), labels
