"""What every source yields: records and rejects, in one shape, nothing interpreted.

A record is one row of a source about one model at one moment. Counters are nullable
64-bit integers; three cases stay apart: a count (0 included), null (the source said that it
does not know) and absent (the source did not speak of the counter: the counter's name is then
in `absent`, or in the state's `absent_columns` when the whole file lacks it).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")

COUNTERS: tuple[str, ...] = (
    "downloads_30d",
    "downloads_all_time",
    "downloads_first_year",
    "downloads_running_sum",
    "pulls",
    "pulls_rounding",
    "tokens",
    "likes",
    "discussions",
    "descendants",
    "trending_score",
    "spaces",
    "inference_providers",
)
"""Counters a source may carry. `downloads_first_year` is a running total that stops growing one
year after a model's creation. `downloads_running_sum` is a running sum of rolling readings:
it is kept, and no measure reads it as downloads. `pulls_rounding` is what the last written digit
of `pulls` is worth: 1 where the count is exact. `tokens` are what a router sent to a model in a
window of its own. `spaces` and `inference_providers` count what a
record lists: Spaces that use the model, and providers that serve it live."""

TAKEN_APART = "30-day readings are differences of a running sum"
"""In an attribution: the source gave running sums, and an import took them apart."""

BASE_MODEL = pa.struct(
    [
        pa.field("relation", pa.string()),
        pa.field("model_id", pa.string()),
        pa.field("source", pa.string()),
    ]
)
"""One declared base as the source wrote it; relation is null when none was given and source
is `base_models`, `tag` or `card`."""

OBSERVATION_SCHEMA = pa.schema(
    [
        pa.field("model_id", pa.string(), nullable=False),
        *[pa.field(name, pa.int64()) for name in COUNTERS],
        pa.field("absent", pa.list_(pa.string())),
        pa.field("observed_at", INSTANT),
    ]
)

METADATA_SCHEMA = pa.schema(
    [
        pa.field("model_id", pa.string(), nullable=False),
        pa.field("hub_key", pa.string()),
        pa.field("author", pa.string()),
        pa.field("source_group", pa.string()),
        pa.field("created_at", INSTANT),
        pa.field("modified_at", INSTANT),
        pa.field("licence_tag", pa.string()),
        pa.field("licence_name", pa.string()),
        pa.field("licence_url", pa.string()),
        pa.field("pipeline_tag", pa.string()),
        pa.field("library", pa.string()),
        pa.field("languages", pa.list_(pa.string())),
        pa.field("formats", pa.list_(pa.string())),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("parameters", pa.int64()),
        pa.field("number_types", pa.list_(pa.string())),
        pa.field("size_bytes", pa.int64()),
        pa.field("gated", pa.string()),
        pa.field("is_private", pa.bool_()),
        pa.field("is_disabled", pa.bool_()),
        pa.field("revision", pa.string()),
        pa.field("is_removed", pa.bool_()),
        pa.field("removed_at", INSTANT),
        pa.field("base_models", pa.list_(BASE_MODEL)),
    ]
)
"""Facts beside the counters. `hub_key` is the Hub's `_id`; `source_group` is the source's own
grouping of namespaces, kept for comparison only; `gated` is `false`, `auto`, `manual` or `true`;
`formats` are lower-case names of weight formats, sorted; `number_types` are the Hub's words for
the types of stored weights (`BF16`, `F32`), those of most parameters first."""

RECORD_SCHEMA = pa.schema(
    [*OBSERVATION_SCHEMA, *[f for f in METADATA_SCHEMA if f.name != "model_id"]]
)
"""Observation and metadata columns side by side: what one batch of a source holds."""

REJECT_SCHEMA = pa.schema(
    [
        pa.field("reason", pa.string(), nullable=False),
        pa.field("locator", pa.string(), nullable=False),
        pa.field("raw", pa.string(), nullable=False),
    ]
)
"""One lost row: why, where it stood (`row 17`, `line 3`, a file name) and its text, cut."""


@dataclass(frozen=True)
class Reject:
    """A row that could not become a record."""

    reason: str
    locator: str
    raw: str

    @classmethod
    def of(cls, reason: str, locator: str, value: Any, *, keep: int = 2000) -> Reject:
        """Return a reject that holds at most `keep` characters of the row's text."""
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        return cls(reason, locator, text.encode("utf-8", "replace").decode()[:keep])


@dataclass(frozen=True)
class Batch:
    """Some rows of a state.

    Attributes:
        records: RECORD_SCHEMA; all columns present, null where the source says nothing.
        rejects: the rows lost beside them.
        input_rows: how many rows of the input these account for; None means
            len(records) + len(rejects). A source that replays changes states it, because
            a full state holds rows that no input row of this batch stands for.
        applied_rows: input rows beside `input_rows` that made no record of their own: they
            took a record away, or added facts to one that another row stands for. Over all
            batches of a source rows_read + applied_rows is every row of its input.
    """

    records: pa.Table
    rejects: Sequence[Reject] = ()
    input_rows: int | None = None
    applied_rows: int = 0

    @property
    def rows_read(self) -> int:
        """Return how many input rows became records or rejects here."""
        if self.input_rows is not None:
            return self.input_rows
        return len(self.records) + len(self.rejects)


@dataclass(frozen=True)
class SourceInfo:
    """Where a source comes from and under which terms, printed with everything made from it."""

    name: str
    title: str
    url: str
    licence: str
    attribution: str


@dataclass(frozen=True)
class State:
    """One state of one frame at one label: what becomes a snapshot.

    Attributes:
        hub: `huggingface`, `modelscope`, `ollama` ...
        frame: what the source can see: `hub`, `panel:osir`, `sample:radar` ...
        label: the date (or instant, where a source has several states a day) it stands for.
        window: first and last moment at which the source looked; None when unknown.
        batches: the rows, lazily.
        absent_columns: counters and facts that the whole source does not have.
        is_complete_frame: True when a model's absence means that the frame lost it; False for
            panels, where absence is only "not observed".
        info: where it comes from, when not from where the source module says.
    """

    hub: str
    frame: str
    label: date | datetime
    batches: Iterable[Batch]
    window: tuple[datetime, datetime] | None = None
    absent_columns: tuple[str, ...] = ()
    is_complete_frame: bool = False
    is_simulated: bool = False
    info: SourceInfo | None = None


@dataclass(frozen=True)
class Evidence:
    """A register-like source: lists and codings by others, no counts over time.

    Attributes:
        name: `atom`, `epoch` ...
        as_of: the day the list describes.
        tables: named tables, each written as it is.
        rejects: the rows lost.
        input_rows: rows read from all files of the source.
        info: where it comes from, when not from where the source module says.
    """

    name: str
    as_of: date
    tables: Mapping[str, pa.Table]
    rejects: Sequence[Reject] = ()
    input_rows: int = 0
    info: SourceInfo | None = None


@dataclass
class RejectLog:
    """Collects rejects and counts them by reason."""

    rejects: list[Reject] = field(default_factory=list)

    def add(self, reason: str, locator: str, value: Any) -> None:
        """Keep one lost row."""
        self.rejects.append(Reject.of(reason, locator, value))

    def by_reason(self) -> dict[str, int]:
        """Return how many rows were lost for each reason, sorted by reason."""
        return dict(sorted(Counter(r.reason for r in self.rejects).items()))


def absent_columns(present: Iterable[str]) -> tuple[str, ...]:
    """Return the counters and facts that a source with these record columns does not have.

    `absent` and `observed_at` are neither, and are never listed.
    """
    beside = {"model_id", "absent", "observed_at", *present}
    return tuple(name for name in RECORD_SCHEMA.names if name not in beside)


def conform(columns: Mapping[str, pa.Array | pa.ChunkedArray], rows: int) -> pa.Table:
    """Return a RECORD_SCHEMA table from some of its columns; the others are null.

    Raises:
        KeyError: a column is not of the schema.
        pyarrow.ArrowInvalid: a column cannot be read as the schema's type without loss.
    """
    unknown = set(columns) - set(RECORD_SCHEMA.names)
    if unknown:
        raise KeyError(f"not record columns: {sorted(unknown)}")
    arrays = [
        columns[f.name].cast(f.type) if f.name in columns else pa.nulls(rows, f.type)
        for f in RECORD_SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=RECORD_SCHEMA)
