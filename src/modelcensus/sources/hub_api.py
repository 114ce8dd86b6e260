"""Raw records of the Hub's API: a JSON array, JSON lines, or a folder of single records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from modelcensus.errors import SourceError
from modelcensus.settings import load_settings
from modelcensus.sources.formats import names_of_files
from modelcensus.sources.hub_json import Found, read_values
from modelcensus.sources.hub_records import (
    CARD_FIELDS,
    COUNTER_COLUMNS,
    FILES_COLUMN,
    FLAG_COLUMNS,
    ID_COLUMNS,
    INSTANT_COLUMNS,
    LISTED_COLUMNS,
    READ_FORMATS,
    SCORE_COLUMN,
    TEXT_COLUMNS,
    WANTED,
    facts_of,
    normalise,
)
from modelcensus.sources.instants import label_day
from modelcensus.sources.listed import LISTED
from modelcensus.sources.number_types import COUNTS, WORDS, types_of_counts
from modelcensus.sources.record import (
    Batch,
    Evidence,
    Reject,
    SourceInfo,
    State,
    absent_columns,
)
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import mixed_records, says_simulated
from modelcensus.sources.texts import LIST_OF_TEXT, storable, whole_or_null

INFO = SourceInfo(
    name="hub-api",
    title="Hugging Face Hub API records",
    url="https://huggingface.co/docs/hub/api",
    licence="as stated by whoever made the dump",
    attribution="Hugging Face Hub",
)
OPTIONS = (
    Option("label", "the day of the crawl, YYYY-MM-DD; needed unless the file name holds it"),
    Option("frame", "what the records are a view of", default="sample:hub-api"),
    Option("hub", "the hub they come from", default="huggingface"),
)

BATCH_RECORDS = 2000
_LONGEST_RAW = 4000

RAW_COUNTERS = COUNTER_COLUMNS | {"trending_score": SCORE_COLUMN} | LISTED_COLUMNS
"""What a raw record counts, by the name that a record has for it."""
_BASES = pa.list_(pa.struct([pa.field("_id", pa.string()), pa.field("id", pa.string())]))
_TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys((*ID_COLUMNS, *TEXT_COLUMNS.values(), "cardData", "gated"), pa.string()),
    **dict.fromkeys((*RAW_COUNTERS.values(), "usedStorage"), pa.int64()),
    **dict.fromkeys(INSTANT_COLUMNS.values(), pa.string()),
    "safetensors": pa.struct([pa.field("total", pa.int64()), pa.field(WORDS, LIST_OF_TEXT)]),
    "gguf": pa.struct([pa.field("total", pa.int64())]),
    **dict.fromkeys(FLAG_COLUMNS.values(), pa.bool_()),
    "tags": LIST_OF_TEXT,
    FILES_COLUMN: LIST_OF_TEXT,
    "baseModels": pa.struct([pa.field("relation", pa.string()), pa.field("models", _BASES)]),
    "absent": LIST_OF_TEXT,
}
RAW_SCHEMA = pa.schema([pa.field(name, _TYPES[name]) for name in (*WANTED, "absent")])
"""The columns of a raw record, and the counters it does not speak of. What a record lists is
counted already, `siblings` are the names of its files, and `types` the number types of its
weights."""


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one state with every record of the dump.

    Records that say that they were generated make a simulated state.

    A counter whose key a record lacks is named in its `absent`; a key with null is null.

    Args:
        path: a JSON array, JSON lines (`.jsonl`, `.ndjson`, or one object per line), or a
            folder with one record per `.json` file.
        options: `label`, `frame`, `hub`.

    Raises:
        SourceError: nothing can be read, an array is cut short (the byte is named), or some
            records say that they were generated and others do not.
        SettingsError: the label is not known.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    label = label_day(path, values["label"])
    found = read_values(path, int(load_settings().cell_bytes))
    first = list(islice(found, BATCH_RECORDS))
    is_simulated = any(says_simulated(one.value) for one in first)
    yield State(
        hub=values["hub"],
        frame=values["frame"],
        label=label,
        batches=_batches(first, found, path.name, is_simulated),
        absent_columns=absent_columns(facts_of(WANTED)),
        is_simulated=is_simulated,
    )


def _batches(
    chunk: list[Found], found: Iterator[Found], where: str, is_simulated: bool
) -> Iterator[Batch]:
    if not chunk:
        raise SourceError("the file holds no records", where=where, next_step="fetch it again")
    while chunk:
        records = [one.value for one in chunk if isinstance(one.value, dict)]
        if any(says_simulated(record) != is_simulated for record in records):
            raise mixed_records(where)
        yield batch_of_found(chunk, where)
        chunk = list(islice(found, BATCH_RECORDS))


def found_in(value: Any, locator: str) -> Found:
    """Return a record that was decoded elsewhere; only what is read of it must be text."""
    is_text = storable(_read_part(value))
    raw = json.dumps(value, ensure_ascii=not storable(value), default=str)[:_LONGEST_RAW]
    return Found(locator, value if is_text else None, raw, "" if is_text else "bad_text")


_STORED = tuple(
    n for n in WANTED if n not in (*LISTED_COLUMNS.values(), *READ_FORMATS, FILES_COLUMN)
)
"""What text is taken from as it is; of the rest only counts and known kinds of words are."""


def _read_part(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    part = {name: value[name] for name in _STORED if name in value}
    if isinstance(card := value.get("cardData"), dict):
        part["cardData"] = {name: card[name] for name in CARD_FIELDS if name in card}
    return part


def batch_of_found(chunk: list[Found], where: str) -> Batch:
    """Return the records and rejects of raw records, one by one."""
    rows: list[dict[str, Any]] = []
    locators: list[str] = []
    rejects: list[Reject] = []
    for found in chunk:
        fault = found.fault or _fault(found.value)
        if fault:
            rejects.append(Reject.of(fault, found.locator, found.raw))
            continue
        rows.append(_row(found.value))
        locators.append(found.locator)
    table = pa.Table.from_pylist(rows, schema=RAW_SCHEMA)
    absent = table["absent"].combine_chunks()
    batch = normalise(table.drop_columns(["absent"]), locators.__getitem__, where, absent)
    return Batch(batch.records, [*rejects, *batch.rejects])


def _fault(value: Any) -> str:
    """Return why a JSON value cannot be a row of the raw table, or nothing."""
    if not isinstance(value, dict):
        return "not_an_object"
    if any(not isinstance(value.get(name), str | None) for name in ID_COLUMNS):
        return "bad_id"
    for name in COUNTER_COLUMNS.values():
        if value.get(name) is not None and whole_or_null(value[name]) is None:
            return "count_not_integer"
    if any(not isinstance(value.get(name), str | None) for name in INSTANT_COLUMNS.values()):
        return "bad_date"
    return ""


def _row(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of the raw table; facts of another type than the Hub's as text."""
    row: dict[str, Any] = {name: value.get(name) for name in (*ID_COLUMNS, *_INSTANTS)}
    counted = (*COUNTER_COLUMNS.values(), SCORE_COLUMN, "usedStorage")
    row |= {name: whole_or_null(value.get(name)) for name in counted}
    row |= {column: count(value.get(column)) for column, count, _ in LISTED.values()}
    row |= {name: _text(value.get(name)) for name in TEXT_COLUMNS.values()}
    row |= {"safetensors": _weights(value.get("safetensors")), "gguf": _total(value.get("gguf"))}
    row[FILES_COLUMN] = names_of_files(value.get(FILES_COLUMN))
    row["tags"] = _texts(value.get("tags"))
    row["cardData"] = _card(value.get("cardData"))
    row["baseModels"] = _bases(value.get("baseModels"))
    row["gated"] = _text(value.get("gated"))
    flags = {name: value.get(name) for name in FLAG_COLUMNS.values()}
    row |= {name: flag if isinstance(flag, bool) else None for name, flag in flags.items()}
    row["absent"] = [name for name, column in RAW_COUNTERS.items() if column not in value]
    return row


_INSTANTS = tuple(INSTANT_COLUMNS.values())


def _text(value: Any) -> str | None:
    return value if isinstance(value, str | None) else json.dumps(value)


def _texts(value: Any) -> list[str | None] | None:
    if value is None:
        return None
    return [_text(item) for item in (value if isinstance(value, list) else [value])]


def _total(value: Any) -> dict[str, Any] | None:
    return {"total": whole_or_null(value.get("total"))} if isinstance(value, dict) else None


def _weights(value: Any) -> dict[str, Any] | None:
    total = _total(value)
    return None if total is None else total | {WORDS: types_of_counts(value.get(COUNTS))}


def _card(value: Any) -> str | None:
    """Return the fields of a card that are read, as JSON text."""
    if isinstance(value, dict):
        return json.dumps({name: value[name] for name in CARD_FIELDS if name in value})
    return value if isinstance(value, str) else None


def _bases(value: Any) -> dict[str, Any] | None:
    """Return `baseModels` in the Hub's shape: one relation and the bases it holds for."""
    if not isinstance(value, dict) or not isinstance(value.get("models"), list):
        return None
    ids = [item["id"] for item in value["models"] if isinstance(item, dict) and item.get("id")]
    models = [{"_id": None, "id": _text(item)} for item in ids]
    return {"relation": _text(value.get("relation")), "models": models}
