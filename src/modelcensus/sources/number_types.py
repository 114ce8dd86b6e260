"""Number types of stored weights: the Hub's count of parameters by type, as a list of words.

The Hub reads the headers of safetensors files and says `{"BF16": 7000000, "F32": 4096}`. What is
kept are the words, those of most parameters first; the counts by type go the way of their sum.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.base_models import lists_by_row
from modelcensus.sources.counts import whole_numbers
from modelcensus.sources.sieve import map_distinct
from modelcensus.sources.texts import LIST_OF_TEXT, is_text, parse_json, whole_or_null

COUNTS = "parameters"
"""The part of `safetensors` that counts parameters by type."""

WORDS = "types"
"""The part that a raw record has in its place: the words, in order already."""

MOST_TYPES = 32
"""So many types of one model are kept; the file format knows about twenty."""

_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,31}")


def types_of_counts(value: Any) -> list[str] | None:
    """Return the types that a record counts parameters of, most first, ties by name.

    A count that is no whole number above 0 is none, and neither is a key that is no word of
    capital letters, digits and `_`, up to 32 of them.

    Returns:
        Up to MOST_TYPES words; None where there is none, or the value is no object.
    """
    if not isinstance(value, dict):
        return None
    counts = {word: whole_or_null(n) or 0 for word, n in value.items() if _WORD.fullmatch(word)}
    words = sorted((w for w, n in counts.items() if n), key=lambda word: (-counts[word], word))
    return words[:MOST_TYPES] or None


def number_types(column: pa.Array) -> pa.Array:
    """Return the number types of each cell of `safetensors`, null where it tells none.

    Args:
        column: structures, with COUNTS as a structure of one field per type or as JSON text, or
            with WORDS; or the JSON text of such a structure.

    Raises:
        TypeError: the column holds neither structures nor text.
    """
    kind = column.type
    if is_text(kind):
        return map_distinct(column, _types_of_json, LIST_OF_TEXT)
    if pa.types.is_null(kind):
        return column.cast(LIST_OF_TEXT)
    if not pa.types.is_struct(kind):
        raise TypeError(f"a structure with {COUNTS!r} is needed, not {kind}")
    if kind.get_field_index(WORDS) >= 0:
        return pc.struct_field(column, WORDS).cast(LIST_OF_TEXT)
    if kind.get_field_index(COUNTS) < 0:
        return pa.nulls(len(column), LIST_OF_TEXT)
    counts = pc.struct_field(column, COUNTS)
    if is_text(counts.type):
        return map_distinct(counts, lambda text: types_of_counts(parse_json(text)), LIST_OF_TEXT)
    return _types_of_columns(counts, _words(counts.type))


def paths_of_types(kind: pa.DataType) -> list[str]:
    """Return the paths below `safetensors` under which a file counts parameters by type."""
    if kind.get_field_index(COUNTS) < 0:
        return []
    counts = kind.field(COUNTS).type
    return [COUNTS] if is_text(counts) else [f"{COUNTS}.{word}" for word in _words(counts)]


def _types_of_json(text: str) -> list[str] | None:
    value = parse_json(text)
    return types_of_counts(value.get(COUNTS)) if isinstance(value, dict) else None


def _words(kind: pa.DataType) -> list[str]:
    """Return the names of a structure's fields that can count parameters of a type, sorted."""
    fields = list(kind) if pa.types.is_struct(kind) else []
    return sorted(
        field.name
        for field in fields
        if _WORD.fullmatch(field.name)
        and kind.get_field_index(field.name) >= 0
        and (pa.types.is_integer(field.type) or pa.types.is_floating(field.type))
    )


def _types_of_columns(counts: pa.Array, words: Sequence[str]) -> pa.Array:
    """Return the words of each row by falling count; Python runs over the words only."""
    rows, codes, sizes = ([np.zeros(0, dtype=np.int64)] for _ in range(3))
    for code, word in enumerate(words):
        column = pc.struct_field(counts, word)
        if column.null_count == len(column):
            continue
        found = pc.fill_null(whole_numbers(column)[0], 0).to_numpy(zero_copy_only=False)
        at = np.flatnonzero(found)
        rows.append(at)
        codes.append(np.full(len(at), code, dtype=np.int64))
        sizes.append(found[at])
    of_row, of_word = np.concatenate(rows), np.concatenate(codes)
    order = np.lexsort((of_word, -np.concatenate(sizes), of_row))
    of_row, of_word = of_row[order], of_word[order]
    kept = np.arange(len(of_row)) - np.searchsorted(of_row, of_row) < MOST_TYPES
    names = pa.array(words, pa.string()).take(pa.array(of_word[kept]))
    return lists_by_row(of_row[kept], names, len(counts))
