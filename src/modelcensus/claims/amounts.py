"""Published values as numbers: units, months, and half a unit in the last published digit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from modelcensus.errors import ContractError

SCALES: dict[str, float] = {
    "percent": 100.0,
    "thousand": 1e-3,
    "million": 1e-6,
    "billion": 1e-9,
    "trillion": 1e-12,
}
"""How a figure's own number (a fraction, a count) becomes the unit a claim is published in."""

MONTH = "month"
"""The unit of dates: months since year 0, so that a month is the whole number and its fraction."""


def is_date(text: str) -> bool:
    """Return whether a published value is a month or a day."""
    return text.count("-") in (1, 2) and not text.startswith("-")


def published_amount(text: str) -> float:
    """Return a published value as a number in its own unit; a month is its middle."""
    return months(text) if is_date(text) else float(Decimal(text))


def half_unit(text: str) -> Decimal:
    """Return half a unit in the last digit of a value as it was published.

    `80.22` was rounded from something within 0.005, `37` within 0.5, a month within half of one.
    """
    if is_date(text):
        return Decimal("0.5")
    return Decimal(1).scaleb(-_digits(text)) / 2


def _digits(text: str) -> int:
    """Return the digits behind the point of a published number; the register holds finite ones."""
    return len(text.partition(".")[2])


def months(text: str) -> float:
    """Return a date as months since year 0: a month is its middle, a day its place in it."""
    year, month, *rest = (int(part) for part in text.split("-"))
    start = 12.0 * year + month - 1
    if not rest:
        return start + 0.5
    first = date(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    return start + (date(year, month, rest[0]) - first).days / (after - first).days


def in_unit(value: Any, unit: str) -> float:
    """Return a figure's cell in the unit of a claim.

    Raises:
        ContractError: the cell is empty: nobody knows.
    """
    if value is None:
        raise ContractError("the figure does not know this value")
    if isinstance(value, str):
        return months(value[:10])
    return float(value) * SCALES.get(unit, 1.0)


def shown(amount: float, unit: str, like: str = "") -> str:
    """Return an amount as a person reads it: two digits more than `like` was published with."""
    if like and is_date(like):
        whole = int(amount)
        return f"{whole // 12}-{whole % 12 + 1:02d}"
    digits = _digits(like)
    # nothing is added to an amount that needs no further digits
    more = 0 if round(amount, digits) == round(amount, digits + 6) else 2
    text = f"{amount:,.{digits + more}f}"
    sign = {"percent": " %", "fraction": "", "times": " times"}.get(unit, f" {unit}")
    return text + sign


def published(text: str, unit: str, bound: str = "") -> str:
    """Return a published value with its unit, as it was published."""
    if is_date(text):
        return text
    number = Decimal(text)
    grouped = f"{number:,}" if number >= 1_000 else text
    sign = {"percent": " %", "fraction": "", "times": " times"}.get(unit, f" {unit}")
    return f"{bound} {grouped}{sign}".strip()
