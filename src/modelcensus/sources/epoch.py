"""Epoch AI's list of notable models: who made them, of what kind, and from which country."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.instants import days, option_day
from modelcensus.sources.record import Evidence, SourceInfo, State
from modelcensus.sources.sieve import Sieve, map_distinct
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import CsvBlocks

INFO = SourceInfo(
    name="epoch",
    title="Epoch AI, Data on AI models",
    url="https://epoch.ai/data",
    licence="CC BY 4.0",
    attribution="Epoch AI",
)
OPTIONS = (Option("as-of", "the day the list describes, YYYY-MM-DD", default="2025-03-14"),)

_TEXTS = {
    "model": "Model",
    "organization": "Organization",
    "categorization": "Organization categorization",
    "country": "Country (from Organization)",
    "accessibility": "Model accessibility",
    "base_model": "Base model",
}
_PARAMETERS = "Parameters"
_COMPUTE = "Training compute (FLOP)"
_HARDWARE = "Training hardware"
_PUBLISHED = "Publication date"
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
"""The list reaches back to the machines of 1950."""

SCHEMA = pa.schema(
    [
        *[pa.field(name, pa.string()) for name in _TEXTS],
        pa.field("parameters", pa.float64()),
        pa.field("published_on", pa.date32()),
        pa.field("training_compute", pa.float64()),
        pa.field("hardware", pa.string()),
    ]
)
"""One row per model of the list; texts as given (several countries in one cell stay so), null
where the cell is empty. Parameters and compute (in floating point operations) are floating point,
as the source computes them; compute and hardware are null where the file has no such column."""


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one evidence list with the table `organizations`.

    Args:
        path: the CSV file.
        options: `as-of`.

    Raises:
        SourceError: the file is not readable CSV.
        SchemaChanged: a column is missing.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    as_of = option_day("as-of", values["as-of"])
    told = [c for c in (_COMPUTE, _HARDWARE) if c in CsvBlocks(path, []).header()]
    blocks = CsvBlocks(path, [*_TEXTS.values(), _PARAMETERS, _PUBLISHED, *told])
    tables: list[pa.Table] = []
    rejects = []
    for block, locate in blocks:
        sieve = Sieve(block, locate)
        tables.append(_organizations(sieve))
        rejects += sieve.rejects()
    rejects += blocks.rejects
    table = pa.concat_tables([SCHEMA.empty_table(), *tables])
    yield Evidence(INFO.name, as_of, {"organizations": table}, rejects, len(table) + len(rejects))


def _organizations(sieve: Sieve) -> pa.Table:
    columns = {name: sieve.column(column) for name, column in _TEXTS.items()}
    names, nothing = sieve.table.column_names, pa.nulls(len(sieve.table), pa.string())
    for name, column in (("parameters", _PARAMETERS), ("training_compute", _COMPUTE)):
        cells = sieve.column(column) if column in names else nothing
        columns[name] = map_distinct(cells, _LARGEST[name], pa.float64())
        sieve.drop(pc.and_(pc.is_valid(cells), pc.is_null(columns[name])), "bad_number")
    columns["hardware"] = sieve.column(_HARDWARE) if _HARDWARE in names else nothing
    columns["published_on"], bad = days(sieve.column(_PUBLISHED), _FIRST)
    sieve.drop(bad, "bad_date")
    arrays = [columns[field.name].cast(field.type) for field in SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SCHEMA).filter(sieve.kept())


def _number_below(largest: float) -> Callable[[str], float | None]:
    """Return a reader of numbers from 0 up to a largest one."""

    def read_number(text: str) -> float | None:
        try:
            value = float(text)
        except ValueError:
            return None
        return value if 0 <= value < largest else None

    return read_number


_LARGEST = {"parameters": _number_below(1e18), "training_compute": _number_below(1e35)}
