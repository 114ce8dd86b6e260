"""Days and instants as sources write them, and the label date of a source."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SettingsError
from modelcensus.sources.record import INSTANT
from modelcensus.sources.sieve import map_distinct

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Instants outside [EARLIEST, LATEST) are taken for faults: year 0, wrong units of time."""

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9].*)?")
_DAY_IN_NAME = re.compile(r"(?<![0-9])([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])")


def parse_instant(text: str, earliest: datetime = EARLIEST) -> datetime | None:
    """Return the UTC instant of an ISO 8601 text (without a zone: UTC), or None.

    None stands for anything else, and for an instant before `earliest` or from LATEST on.
    """
    if not _ISO.fullmatch(text.strip()):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if earliest <= moment < LATEST else None


def parse_day(text: str) -> date | None:
    """Return the UTC day of an ISO 8601 text, or None."""
    moment = parse_instant(text)
    return moment.date() if moment else None


def instants(column: pa.Array, earliest: datetime = EARLIEST) -> tuple[pa.Array, pa.Array]:
    """Return a column as UTC instants, and which of its cells are none.

    Raises:
        TypeError: the column holds neither text nor dates nor timestamps.
    """
    kind = column.type
    if pa.types.is_null(kind):
        found = column.cast(INSTANT)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        found = _instants_of_text(column, earliest)
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        found = _instants_of_type(column, earliest)
    else:
        raise TypeError(f"a column of type {kind} holds no dates")
    return found, pc.and_(pc.is_valid(column), pc.is_null(found))


def days(column: pa.Array, earliest: datetime = EARLIEST) -> tuple[pa.Array, pa.Array]:
    """Return a column as UTC days, and which of its cells are none.

    Raises:
        TypeError: the column holds neither text nor dates nor timestamps.
    """
    found, bad = instants(column, earliest)
    return found.cast(pa.date32(), safe=False), bad


def label_day(path: Path, given: str) -> date:
    """Return the day a dump stands for: the option `label`, else the date in the file name.

    Raises:
        SettingsError: the option is no date, or there is none and the name holds no full date.
    """
    if given:
        return option_day("label", given)
    found = {parse_day(text) for text in _DAY_IN_NAME.findall(path.name)} - {None}
    if len(found) == 1 and (day := found.pop()):
        return day
    raise SettingsError(
        "the day these records stand for is not known: the name holds no single full date",
        where=path.name,
        next_step="give the day of the crawl: --option label=YYYY-MM-DD",
    )


def option_day(name: str, text: str) -> date:
    """Return the day an option names.

    Raises:
        SettingsError: it is no day.
    """
    day = parse_day(text) if len(text) == len("YYYY-MM-DD") else None
    if day is None:
        raise SettingsError(
            f"{text!r} is not a day",
            where=f"option {name}",
            next_step=f"write it as YYYY-MM-DD, from {EARLIEST:%Y} to {LATEST.year - 1}",
        )
    return day


def window_of_days(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the first and the last moment of a span of UTC days."""
    return datetime.combine(first, time.min, UTC), datetime.combine(last, time.max, UTC)


def _instants_of_text(column: pa.Array, earliest: datetime) -> pa.Array:
    try:
        found = column.cast(INSTANT)
    except pa.ArrowInvalid:
        return map_distinct(column, partial(parse_instant, earliest=earliest), INSTANT)
    return _within(found, earliest)


def _instants_of_type(column: pa.Array, earliest: datetime) -> pa.Array:
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s" if pa.types.is_date32(column.type) else "ms"))
    # the range is checked in the column's own unit: a cast to another one may wrap around
    within = _within(column, earliest)
    return within.cast(pa.timestamp("us", column.type.tz), safe=False).cast(INSTANT)


def _within(column: pa.Array, earliest: datetime) -> pa.Array:
    unit = pa.timestamp(column.type.unit, "UTC")
    first = pa.scalar(earliest, unit).cast(column.type)
    last = pa.scalar(LATEST, unit).cast(column.type)
    fits = pc.and_(pc.greater_equal(column, first), pc.less(column, last))
    return pc.if_else(fits, column, None)
