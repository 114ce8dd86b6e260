"""From the Hub's columns to records: the one place that knows what each column holds.

Works on whole columns. Python runs over distinct values only: the model cards, and dates that
are not written as the Hub writes them. A row is lost for its id, its counts, its dates or its
text; a fact beside them that cannot be read is null and costs no row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SchemaChanged
from modelcensus.settings import load_settings
from modelcensus.sources.base_models import (
    Edges,
    edges_of_base_models,
    edges_of_lists,
    edges_of_tags,
    gather,
    lists_by_row,
)
from modelcensus.sources.cards import card_facts
from modelcensus.sources.counts import whole_numbers
from modelcensus.sources.formats import file_names, formats_of
from modelcensus.sources.identifiers import drop_bad_ids
from modelcensus.sources.instants import instants
from modelcensus.sources.listed import LISTED
from modelcensus.sources.number_types import number_types
from modelcensus.sources.record import Batch, conform
from modelcensus.sources.sieve import Locator, Sieve, one_array
from modelcensus.sources.texts import (
    are_objects,
    drop_large_cells,
    list_of_texts,
    text_or_null,
    totals,
    with_prefix,
)

COUNTER_COLUMNS = {
    "downloads_30d": "downloads",
    "downloads_all_time": "downloadsAllTime",
    "likes": "likes",
}
SCORE_COLUMN = "trendingScore"
LISTED_COLUMNS = {name: column for name, (column, _, _) in LISTED.items()}
FLAG_COLUMNS = {"is_private": "private", "is_disabled": "disabled"}
FILES_COLUMN = "siblings"
READ_FORMATS = ("safetensors", "gguf")
"""Columns that are there where the Hub read weights of the format they are named for."""
INSTANT_COLUMNS = {"created_at": "createdAt", "modified_at": "lastModified"}
TEXT_COLUMNS = {
    "hub_key": "_id",
    "author": "author",
    "pipeline_tag": "pipeline_tag",
    "library": "library_name",
    "revision": "sha",
}
ID_COLUMNS = ("id", "modelId")
"""`modelId` is what records of 2022 call the id."""

CARD_FIELDS = ("license", "license_name", "license_link", "base_model", "language")
WANTED = (
    *ID_COLUMNS,
    *COUNTER_COLUMNS.values(),
    SCORE_COLUMN,
    *INSTANT_COLUMNS.values(),
    *TEXT_COLUMNS.values(),
    *LISTED_COLUMNS.values(),
    *FLAG_COLUMNS.values(),
    *("tags", "cardData", "baseModels", "gated"),
    *READ_FORMATS,
    *(FILES_COLUMN, "usedStorage"),
)
"""Every column that is read; `config` never is."""

GATED = ("false", "auto", "manual", "true")


def facts_of(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the record columns that a source with these Hub columns can fill."""
    found = set(columns)
    pairs = COUNTER_COLUMNS | INSTANT_COLUMNS | TEXT_COLUMNS | {"trending_score": SCORE_COLUMN}
    pairs |= LISTED_COLUMNS | FLAG_COLUMNS
    names = [name for name, column in pairs.items() if column in found]
    for column, filled in (
        ("tags", ("tags", "licence_tag", "base_models", "formats")),
        ("cardData", ("licence_tag", "licence_name", "licence_url", "languages", "base_models")),
        ("baseModels", ("base_models",)),
        ("gated", ("gated",)),
        ("safetensors", ("parameters", "number_types", "formats")),
        ("gguf", ("parameters", "formats")),
        (FILES_COLUMN, ("formats",)),
        ("usedStorage", ("size_bytes",)),
    ):
        names += filled if column in found else ()
    return tuple(dict.fromkeys(names))


def normalise(raw: pa.Table, locate: Locator, where: str, absent: pa.Array | None = None) -> Batch:
    """Return the records and rejects of a table of raw Hub columns.

    Args:
        raw: some of WANTED, as the source has them; other columns are not looked at.
        locate: gives the place of a row in the source.
        where: the file, for messages.
        absent: per row, the counters that the row does not speak of (list of text).

    Raises:
        SchemaChanged: there is no id column, or a column has a type that cannot be read.
    """
    names = [name for name in WANTED if name in raw.column_names]
    if not set(ID_COLUMNS) & set(names):
        raise SchemaChanged("id", "there is neither a column 'id' nor 'modelId'", where=where)
    raw = raw.select(names)
    if absent is not None:
        raw = raw.append_column("absent", absent)
    rows = _Rows(Sieve(raw, locate), where)
    drop_large_cells(rows.sieve, int(load_settings().cell_bytes))
    columns = _identity(rows) | _counters(rows) | _instants(rows) | _facts(rows)
    if absent is not None:
        columns["absent"] = rows.column("absent")
    records = conform(columns, len(rows.sieve.table))
    if not rows.sieve.is_whole:
        records = records.filter(rows.sieve.kept())
    return Batch(records, rows.sieve.rejects())


@dataclass(frozen=True)
class _Rows:
    """The rows at work, with the types of their columns checked on the way."""

    sieve: Sieve
    where: str

    def has(self, name: str) -> bool:
        return name in self.sieve.table.column_names

    def column(self, name: str) -> pa.Array:
        return one_array(self.sieve.table[name])

    def read(self, name: str, how: Callable[[pa.Array], Any]) -> Any:
        """Read a column by a function that raises TypeError for a type it cannot read."""
        try:
            return how(self.column(name))
        except (TypeError, pa.ArrowNotImplementedError) as error:
            raise SchemaChanged(
                name,
                f"the column {name!r} has a type that cannot be read: {error}",
                where=self.where,
                next_step="the source may have changed its layout; report it",
            ) from error


def _identity(rows: _Rows) -> dict[str, pa.Array]:
    found = [rows.read(name, text_or_null) for name in ID_COLUMNS if rows.has(name)]
    ids = pc.coalesce(*found)
    drop_bad_ids(rows.sieve, ids)
    return {"model_id": ids}


def _counters(rows: _Rows) -> dict[str, pa.Array]:
    found: dict[str, pa.Array] = {}
    for name, column in COUNTER_COLUMNS.items():
        if rows.has(column):
            found[name], bad = rows.read(column, whole_numbers)
            rows.sieve.drop(bad, "count_not_integer")
    if rows.has(SCORE_COLUMN):
        # a score, not a count: a fraction is null and costs no row
        found["trending_score"], _ = rows.read(SCORE_COLUMN, whole_numbers)
    for name, (column, _, count) in LISTED.items():
        if rows.has(column):
            # what is listed beside the counts: a list that cannot be read is null, too
            found[name] = rows.read(column, count)
    return found


def _instants(rows: _Rows) -> dict[str, pa.Array]:
    found: dict[str, pa.Array] = {}
    for name, column in INSTANT_COLUMNS.items():
        if rows.has(column):
            found[name], bad = rows.read(column, instants)
            rows.sieve.drop(bad, "bad_date")
    return found


def _facts(rows: _Rows) -> dict[str, pa.Array]:
    found = {
        name: rows.read(column, text_or_null)
        for name, column in TEXT_COLUMNS.items()
        if rows.has(column)
    }
    if rows.has("gated"):
        found["gated"] = rows.read("gated", gated_text)
    for name, column in FLAG_COLUMNS.items():
        if rows.has(column) and pa.types.is_boolean(rows.column(column).type):
            found[name] = rows.column(column)
    sizes = [rows.read(c, totals) for c in READ_FORMATS if rows.has(c)]
    if sizes:
        found["parameters"] = pc.coalesce(*sizes)
    if rows.has("safetensors"):
        found["number_types"] = rows.read("safetensors", number_types)
    if rows.has("usedStorage"):
        found["size_bytes"], _ = rows.read("usedStorage", whole_numbers)
    return found | _formats(rows) | _declared(rows)


def _formats(rows: _Rows) -> dict[str, pa.Array]:
    """Return the weight formats, where any column tells of them."""
    read = [(name, rows.read(name, are_objects)) for name in READ_FORMATS if rows.has(name)]
    tags = rows.read("tags", list_of_texts) if rows.has("tags") else None
    files = rows.read(FILES_COLUMN, file_names) if rows.has(FILES_COLUMN) else None
    if not read and tags is None and files is None:
        return {}
    return {"formats": formats_of(len(rows.sieve.table), tags=tags, files=files, read=read)}


def _declared(rows: _Rows) -> dict[str, pa.Array]:
    """Return licence, languages, tags and bases: what tags and the model card declare."""
    found: dict[str, pa.Array] = {}
    edges: list[Edges] = []
    if rows.has("baseModels"):
        edges.append(rows.read("baseModels", edges_of_base_models))
    if rows.has("tags"):
        found["tags"] = rows.read("tags", list_of_texts)
        found["licence_tag"] = licence_of_tags(found["tags"])
        edges.append(edges_of_tags(found["tags"]))
    if rows.has("cardData"):
        card: Mapping[str, pa.Array] = rows.read("cardData", card_facts)
        edges.append(edges_of_lists(card["base_model"]))
        found["licence_name"], found["licence_url"] = card["license_name"], card["license_link"]
        found["languages"] = card["language"]
        licences = [card["license"], *[found[n] for n in ("licence_tag",) if n in found]]
        found["licence_tag"] = pc.coalesce(*licences)
    if edges:
        found["base_models"] = gather(edges, len(rows.sieve.table))
    return found


def licence_of_tags(tags: pa.Array) -> pa.Array:
    """Return what the `license:` tags of each row name, several joined by a comma."""
    of_row, names = with_prefix(tags, "license:")
    return pc.binary_join(lists_by_row(of_row, names, len(tags)), ", ")


def gated_text(column: pa.Array) -> pa.Array:
    """Return how access is gated as `false`, `auto`, `manual` or `true`; else null.

    Raises:
        TypeError: the column holds neither text nor truth values.
    """
    if pa.types.is_boolean(column.type):
        return column.cast(pa.string())
    text = pc.utf8_lower(text_or_null(column))
    return pc.if_else(pc.is_in(text, pa.array(GATED)), text, None)
