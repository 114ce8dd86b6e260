"""How many Spaces and inference providers a record lists, however the list is written.

The Hub gives providers as a list when models are listed and as a mapping when one is asked for;
both are read. Only what is live counts, and a provider counts once however many tasks it serves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.counts import whole_numbers
from modelcensus.sources.sieve import map_distinct
from modelcensus.sources.texts import is_list, is_text, parse_json, whole_or_null

LIVE = "live"


def count_spaces(value: Any) -> int | None:
    """Return how many Spaces a JSON value lists; a number is one already; else null."""
    if isinstance(value, list):
        return len(value)
    return whole_or_null(value)


def count_providers(value: Any) -> int | None:
    """Return how many providers are live in a list or mapping of them; else as for Spaces."""
    if isinstance(value, list):
        live = [e for e in value if isinstance(e, dict) and e.get("status") == LIVE]
        # one without a name is one of its own
        return len({_name(entry, place) for place, entry in enumerate(live)})
    if isinstance(value, dict):
        return sum(1 for e in value.values() if isinstance(e, dict) and e.get("status") == LIVE)
    return whole_or_null(value)


def spaces_of(column: pa.Array) -> pa.Array:
    """Return how many Spaces each cell lists.

    Raises:
        TypeError: the column can hold neither lists nor counts.
    """
    if is_list(column.type):
        return pc.list_value_length(column).cast(pa.int64())
    return _counts(column, count_spaces)


def providers_of(column: pa.Array) -> pa.Array:
    """Return how many providers are live in each cell.

    Raises:
        TypeError: the column can hold neither lists nor mappings nor counts.
    """
    if is_list(column.type) or pa.types.is_struct(column.type):
        return pa.array([count_providers(value) for value in column.to_pylist()], pa.int64())
    return _counts(column, count_providers)


def _counts(column: pa.Array, count: Callable[[Any], int | None]) -> pa.Array:
    """Return counts of JSON texts, or of numbers; what can be none is null and costs no row."""
    if is_text(column.type):
        return map_distinct(column, lambda text: count(parse_json(text)), pa.int64())
    return whole_numbers(column)[0]


def _name(entry: dict[str, Any], place: int) -> str | int:
    name = entry.get("provider")
    return name if isinstance(name, str) else place


LISTED: dict[str, tuple[str, Callable[[Any], int | None], Callable[[pa.Array], pa.Array]]] = {
    "spaces": ("spaces", count_spaces, spaces_of),
    "inference_providers": ("inferenceProviderMapping", count_providers, providers_of),
}
"""Counter, the Hub's column, and how a value and a column of it are counted."""
