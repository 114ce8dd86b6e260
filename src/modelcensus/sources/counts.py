"""Counts as sources write them: whole numbers, or texts such as "15,357" and "118.7M"."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.sieve import map_distinct

MAX_COUNT = 2**63 - 1

_PLAIN = re.compile(r"([0-9]+)(?:\.0+)?")
_TEXT = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?([KMBT]?)", re.IGNORECASE)
_ZEROS = {"": 0, "K": 3, "M": 6, "B": 9, "T": 12}
_MAX_DIGITS = 40
UNITS = {suffix: 10**zeros for suffix, zeros in _ZEROS.items()}
"""Suffix of a count text -> what it counts in."""


def parse_plain_count(text: str) -> int | None:
    """Return the whole number that digits name (`12`, `12.0`), or None when they name none."""
    match = _PLAIN.fullmatch(text.strip())
    return _within(match[1]) if match else None


def parse_count_text(text: str) -> int | None:
    """Return exactly what a count such as `118.7M`, `15,357` or `2.1K` says.

    The source rounded before it wrote; the result is what it said, not what it knew. A text
    that names no whole number (`1.2345K`) gives None.
    """
    match = _TEXT.fullmatch(text.strip())
    if not match or len(text) > _MAX_DIGITS:
        return None
    fraction = (match[2] or "").rstrip("0")
    zeros = _ZEROS[match[3].upper()] - len(fraction)
    if zeros < 0:
        return None
    return _within(match[1].replace(",", "") + fraction + "0" * zeros)


def written_digits(text: str) -> tuple[str, int] | None:
    """Return the suffix of a count text and how many decimals it is written with, or None."""
    match = _TEXT.fullmatch(text.strip())
    return (match[3].upper(), len(match[2] or "")) if match and len(text) <= _MAX_DIGITS else None


def rounding_steps(column: pa.Array) -> pa.Array:
    """Return what the last written digit of each count text is worth; null where it is none.

    A source that writes `118.7M` drops the decimal of `18.0M`, so each suffix is read with the
    most decimals that the column writes it with.
    """
    found = [written_digits(text) for text in pc.unique(column.drop_null()).to_pylist()]
    finest: dict[str, int] = {}
    for suffix, decimals in filter(None, found):
        finest[suffix] = max(decimals, finest.get(suffix, 0))

    def step(text: str) -> int | None:
        written = written_digits(text)
        return None if written is None else 10 ** max(0, _ZEROS[written[0]] - finest[written[0]])

    return map_distinct(column, step, pa.int64())


def whole_numbers(
    column: pa.Array, *, text: bool = False, digits: bool = False
) -> tuple[pa.Array, pa.Array]:
    """Return a column as counts, and which of its cells are none.

    Args:
        column: numbers, or text.
        text: read text such as `118.7M`; an empty text is null.
        digits: read text that holds digits alone, as in a CSV file; an empty text is null.

    Returns:
        int64 counts, null where the cell is null or no count; and a mask of the cells that
        hold something else than a whole number from 0 to 2^63 - 1 (NaN, fractions, negative
        numbers, and text where none was asked for).

    Raises:
        TypeError: the column can hold no numbers at all (a list, a structure, a date).
    """
    kind = column.type
    if pa.types.is_null(kind):
        counts = column.cast(pa.int64())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = _blank_as_null(column) if text or digits else column
        parse = parse_count_text if text else parse_plain_count
        counts = map_distinct(column, parse if text or digits else _nothing, pa.int64())
    elif pa.types.is_decimal(kind):
        return whole_numbers(column.cast(pa.string()), digits=True)
    elif pa.types.is_integer(kind):
        counts = _integers(column)
    elif pa.types.is_floating(kind):
        counts = _floats(column.cast(pa.float64()))
    else:
        raise TypeError(f"a column of type {kind} holds no counts")
    return counts, pc.and_(pc.is_valid(column), pc.is_null(counts))


def _within(digits: str) -> int | None:
    digits = digits.lstrip("0") or "0"
    value = int(digits) if len(digits) <= _MAX_DIGITS else MAX_COUNT + 1
    return value if value <= MAX_COUNT else None


def _nothing(text: str) -> None:
    """Read nothing: text is no count here."""


def _blank_as_null(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), None, column)


def _integers(column: pa.Array) -> pa.Array:
    fits = pc.greater_equal(column, pa.scalar(0, column.type))
    if column.type == pa.uint64():
        fits = pc.less_equal(column, pa.scalar(MAX_COUNT, pa.uint64()))
    return pc.if_else(fits, column, None).cast(pa.int64())


def _floats(column: pa.Array) -> pa.Array:
    whole = pc.equal(pc.floor(column), column)
    fits = pc.and_(pc.greater_equal(column, 0.0), pc.less(column, 2.0**63))
    return pc.if_else(pc.and_(whole, fits), column, None).cast(pa.int64(), safe=False)
