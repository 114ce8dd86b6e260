"""The European Open Source AI Index: how open each of its systems is, criterion by criterion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SchemaChanged
from modelcensus.sources.instants import option_day
from modelcensus.sources.record import Evidence, SourceInfo, State
from modelcensus.sources.sieve import Sieve, map_distinct
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import CsvBlocks

INFO = SourceInfo(
    name="openness",
    title="European Open Source AI Index",
    url="https://osai-index.eu",
    licence="CC BY 4.0",
    attribution="European Open Source AI Index, Radboud University",
)
OPTIONS = (Option("as-of", "the day the index describes, YYYY-MM-DD", default="2026-06-12"),)

OPENNESS = "openness"
CLASSES = ("open", "partial", "closed")
"""What a criterion can be; null where the index has not assessed it."""

_CRITERION = "class_"
_TEXTS = {
    "system": "system",
    "link": "link",
    "kind": "type",
    "base_model": "base_model",
    "end_model": "end_model",
    "licence": "end_model_licence",
    "released_in": "release_date",
    "organisation": "organisation",
}
OPENNESS_SCHEMA = pa.schema(
    [
        *[pa.field(name, pa.string()) for name in _TEXTS],
        pa.field("model_id", pa.string()),
        pa.field("criteria", pa.map_(pa.string(), pa.string())),
    ]
)
"""One row per system, also one without a name: texts as given, the month of release, the Hugging
Face repository that the link names (null where it names none), and the class of every criterion
that the file has."""

_MONTH = re.compile(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])")
_REPOSITORY = re.compile(r"https?://(?:www\.)?huggingface\.co/([\w.-]+/[\w.-]+?)/?(?:[?#].*)?")
_NOT_ACCOUNTS = ("collections", "spaces", "datasets", "blog", "papers", "docs")


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one evidence list with the table `openness`.

    Which criteria there are the file says: every column that begins with `class_`.

    Args:
        path: the CSV file.
        options: `as-of`.

    Raises:
        SourceError: the file is not readable CSV.
        SchemaChanged: a column is missing, or the file has no criterion.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    as_of = option_day("as-of", values["as-of"])
    criteria = [name for name in CsvBlocks(path, []).header() if name.startswith(_CRITERION)]
    if not criteria:
        raise SchemaChanged(
            _CRITERION,
            f"no column begins with {_CRITERION!r}: the file assesses nothing",
            where=path.name,
            next_step="is it the index's table of systems?",
        )
    tables, rejects = [], []
    blocks = CsvBlocks(path, [*_TEXTS.values(), *criteria])
    for block, locate in blocks:
        sieve = Sieve(block, locate)
        tables.append(_systems(sieve, criteria))
        rejects += sieve.rejects()
    rejects += blocks.rejects
    table = pa.concat_tables([OPENNESS_SCHEMA.empty_table(), *tables])
    yield Evidence(INFO.name, as_of, {OPENNESS: table}, rejects, len(table) + len(rejects))


def _systems(sieve: Sieve, criteria: Sequence[str]) -> pa.Table:
    columns = {name: sieve.column(column) for name, column in _TEXTS.items()}
    months = columns["released_in"]
    is_month = map_distinct(months, lambda text: bool(_MONTH.fullmatch(text)), pa.bool_())
    sieve.drop(pc.invert(pc.fill_null(is_month, True)), "bad_date")
    columns["model_id"] = map_distinct(columns["link"], repository_of, pa.string())
    cells = {name: sieve.column(name) for name in criteria}
    for cell in cells.values():
        known = pc.is_in(cell, pa.array(CLASSES))
        sieve.drop(pc.and_(pc.is_valid(cell), pc.invert(known)), "bad_class")
    names = [name.removeprefix(_CRITERION) for name in criteria]
    rows = zip(*(cell.to_pylist() for cell in cells.values()), strict=True)
    pairs = [list(zip(names, row, strict=True)) for row in rows]
    columns["criteria"] = pa.array(pairs, OPENNESS_SCHEMA.field("criteria").type)
    arrays = [columns[field.name].cast(field.type) for field in OPENNESS_SCHEMA]
    return pa.Table.from_arrays(arrays, schema=OPENNESS_SCHEMA).filter(sieve.kept())


def repository_of(link: str) -> str | None:
    """Return the id of the Hugging Face repository that an address is of, or None."""
    match = _REPOSITORY.fullmatch(link.strip())
    if not match or match[1].partition("/")[0] in _NOT_ACCOUNTS:
        return None
    return match[1]
