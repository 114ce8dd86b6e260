"""Ollama's library: pull counts of every day, as the site writes them ("118.7M").

The texts are rounded, and they are all that the site tells: each count is kept as it is written,
beside what its last written digit is worth. A day that nobody recorded has no snapshot, and a
model without a count on a day has none: neither is filled.

On some days texts were cut to whole thousands or millions ("5M" for 5.1M) while the source's own
number, `pulls`, is finer: then that is kept. Elsewhere that number is the text's, now and then
one too small by its arithmetic, and the text is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SchemaChanged
from modelcensus.sources.by_label import parts_by_label
from modelcensus.sources.counts import UNITS, rounding_steps, whole_numbers, written_digits
from modelcensus.sources.identifiers import drop_bad_ids
from modelcensus.sources.instants import days
from modelcensus.sources.record import (
    Batch,
    Evidence,
    SourceInfo,
    State,
    absent_columns,
    conform,
)
from modelcensus.sources.sieve import Sieve, map_distinct
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import is_simulated, parquet_schema, read_parquet
from modelcensus.sources.texts import text_or_null

INFO = SourceInfo(
    name="ollama",
    title="Ollama library, daily pull counts",
    url="https://github.com/auditomatic/ollama-models-registry",
    licence="MIT",
    attribution="auditomatic, ollama-models-registry",
)
OPTIONS: tuple[Option, ...] = ()

HUB = "ollama"
FRAME = "library:ollama"
"""The models that Ollama itself offers; those of its users are in other accounts."""
LIBRARY = "library"
"""The account that Ollama means where a name has none: `llama3` is `library/llama3`."""

_LABEL, _MODEL, _COUNT, _NUMBER = "observed_on", "model", "pull_count_text", "pulls"
_COUNTERS = ("pulls", "pulls_rounding")


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one state per recorded day, oldest first; a missing count is null, not a reject.

    Args:
        path: the Parquet file.
        options: none are known.

    Raises:
        SourceError: the file is not readable Parquet, or not one of its rows is.
        SchemaChanged: a column is missing or of another kind.
    """
    fill_options(INFO.name, OPTIONS, options)
    table = read_parquet(path, [_LABEL, _MODEL, _COUNT], [_NUMBER])
    sieve = Sieve(table, lambda row: f"{path.name} row {row + 1}")
    try:
        numbers = whole_numbers(sieve.column(_NUMBER))[0] if _NUMBER in table.column_names else None
        records, labels = _records(sieve, numbers)
    except TypeError as error:
        raise SchemaChanged(_COUNT, str(error), where=path.name) from error
    rejects = sieve.rejects_by(labels)
    kept = sieve.kept()
    simulated = is_simulated(parquet_schema(path))
    for label, part, lost in parts_by_label(
        records.filter(kept), labels.filter(kept), rejects, path.name
    ):
        yield State(
            hub=HUB,
            frame=FRAME,
            label=label,
            batches=[Batch(part, lost)],
            absent_columns=absent_columns(_COUNTERS),
            is_simulated=simulated,
        )


def _records(sieve: Sieve, numbers: pa.Array | None) -> tuple[pa.Table, pa.Array]:
    """Return the rows as records and their days; a name is written in full."""
    names = text_or_null(sieve.column(_MODEL))
    ids = pc.binary_join_element_wise(LIBRARY, names, "/")
    drop_bad_ids(sieve, pc.if_else(pc.equal(names, ""), None, ids))
    labels, bad = days(sieve.column(_LABEL))
    sieve.drop(pc.or_(bad, pc.is_null(labels)), "bad_date")
    texts = text_or_null(sieve.column(_COUNT))
    pulls, bad = whole_numbers(texts, text=True)
    sieve.drop(bad, "bad_count")
    steps = pc.if_else(pc.is_valid(pulls), rounding_steps(texts), None)
    if numbers is not None:
        pulls = _finer(texts, pulls, steps, numbers)
    columns = {"model_id": ids, "pulls": pulls, "pulls_rounding": steps}
    return conform(columns, len(names)), labels


def _finer(texts: pa.Array, pulls: pa.Array, steps: pa.Array, numbers: pa.Array) -> pa.Array:
    """Return counts, those of a text without decimals as the number that lies within it."""
    units = map_distinct(texts, _whole_unit, pa.int64())
    half = pc.divide(steps, 2)
    rounded = pc.multiply(pc.divide(pc.add(numbers, half), steps), steps)
    within = pc.and_(
        pc.greater_equal(rounded, pulls), pc.less(rounded, pc.add(pulls, pc.fill_null(units, 0)))
    )
    return pc.if_else(pc.fill_null(within, False), rounded, pulls)


def _whole_unit(text: str) -> int | None:
    """Return what a text that was cut to whole units counts in; null for any other."""
    written = written_digits(text)
    return UNITS[written[0]] if written and not written[1] else None
