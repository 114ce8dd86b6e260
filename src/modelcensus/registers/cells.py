"""What single cells of a register may hold: words of a list, days, numbers, addresses, patterns."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SLUG = re.compile(r"^[a-z0-9][a-z0-9.+-]*$")
_URL = re.compile(r"^https?://[^\s]+$")

RE_READINGS = ("agrees", "differs, mended", "no copy found")
"""What came of reading a source again."""


def one_of(*values: str) -> Callable[[str], str]:
    """Return a check that a cell is one of some words."""
    return lambda cell: "" if cell in values else f"{cell!r} is not one of {', '.join(values)}"


def matching(pattern: re.Pattern[str], example: str) -> Callable[[str], str]:
    """Return a check that a cell has a form, explained by an example."""
    return lambda cell: "" if pattern.match(cell) else f"{cell!r} is not of the form {example}"


def a_pattern(cell: str) -> str:
    """Check that a cell is a regular expression that every engine can run (RE2 and Java)."""
    bare = re.sub(r"\\\\|\\[^1-9]", "", cell)
    if "(?" in bare.replace("(?:", "") or re.search(r"\\[1-9]", bare):
        return f"{cell!r} uses look-around, flags or back-references"
    try:
        with warnings.catch_warnings():
            # sets such as [a[b] and [a&&b] mean something else in Java
            warnings.simplefilter("error", FutureWarning)
            re.compile(cell)
        pc.match_substring_regex(pa.scalar(""), cell)
    except (re.error, FutureWarning, pa.ArrowInvalid) as error:
        return f"{cell!r} is not a regular expression: {error}"
    return ""


def a_number(cell: str) -> str:
    """Check that a cell is a whole number."""
    return "" if cell.isascii() and cell.isdigit() else f"{cell!r} is not a whole number"


def a_percentage(cell: str) -> str:
    """Check that a cell is a percentage as printed, such as 37 or 7.6."""
    is_number = re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", cell) is not None
    return "" if is_number and float(cell) <= 100 else f"{cell!r} is not a percentage"


def a_day(cell: str) -> str:
    """Check that a cell is a day of the calendar, written like 2025-09-07."""
    try:
        date.fromisoformat(cell)
    except ValueError:
        return f"{cell!r} is not a day such as 2025-09-07"
    return "" if _DAY.fullmatch(cell) else f"{cell!r} is not of the form 2025-09-07"


def an_age_of_a_page(cell: str) -> str:
    """Check that a cell is the date of a page as far as it gives one: day, month, year, undated."""
    known = re.fullmatch(r"undated|[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", cell)
    return "" if known else f"{cell!r} is neither a date such as 2025-09 nor 'undated'"


def a_stated_number(cell: str) -> str:
    """Check that a cell is a number as printed, in digits."""
    known = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", cell)
    return "" if known else f"{cell!r} is not a number in digits"


def figures_cell(cell: str) -> str:
    """Check that a cell is a semicolon list of numbers in digits."""
    return each(a_stated_number)(cell)


def a_re_reading(cell: str) -> str:
    """Check that a cell is the day a source was read again, and what came of it."""
    day, _, outcome = cell.partition(" ")
    if outcome not in RE_READINGS:
        return f"{cell!r} is not a day and one of {', '.join(RE_READINGS)}"
    return a_day(day)


def parts(cell: str) -> tuple[str, ...]:
    """Return the values of a semicolon list."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def each(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return a check of every value of a semicolon list."""
    return lambda cell: next(filter(None, map(check, parts(cell))), "")


SLUG = matching(_SLUG, "lower-case-words")
URL = matching(_URL, "https://...")
YES_NO = one_of("yes", "no", "unknown")
