"""What the cells of published claims and of the procedures that recompute them may hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from modelcensus.registers.formulas import formula_problem

KINDS = ("share", "count", "growth", "ratio", "rank", "date", "level")
BOUNDS = ("at least", "at most")
REPORTERS = ("a reader", "a developer", "our own check", "a source's own correction")
METHODS = ("data", "own-parts", "register", "not-computed", "out-of-scope")

NEEDED: dict[str, tuple[str, ...]] = {
    "data": (
        *("measure", "column", "frames", "window", "tolerance", "tolerance_because"),
        *("needs_field", "needs_file", "import_with"),
    ),
    "own-parts": ("parts", "formula", "tolerance", "tolerance_because"),
    "register": ("row", "column", "tolerance", "tolerance_because", "because"),
    "not-computed": ("needs_field", "needs_file", "import_with", "because"),
    "out-of-scope": ("because",),
}
"""Columns that a procedure of each method fills."""

FORBIDDEN: dict[str, tuple[str, ...]] = {
    "data": ("parts", "formula", "also"),
    "own-parts": ("frames", "window", "measure", "definition", "beside"),
    "register": ("measure", "subjects", "definition", "frames", "window", "parts", "formula"),
    "not-computed": ("parts", "formula", "tolerance", "frames"),
    "out-of-scope": ("measure", "parts", "formula", "tolerance", "frames", "beside"),
}
"""Columns that mean nothing for a method."""

_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


def a_published_value(cell: str) -> str:
    """Check that a cell is a number as it was published, or a month or day."""
    if _DATE.fullmatch(cell) or as_decimal(cell) is not None:
        return ""
    return f"{cell!r} is neither a number nor a date such as 2025-09"


def a_tolerance(cell: str) -> str:
    """Check that a cell is a number above zero: a tolerance of nothing can only fail."""
    value = as_decimal(cell)
    return "" if value is not None and value > 0 else f"{cell!r} is no number above 0"


def as_decimal(cell: str) -> Decimal | None:
    """Return a cell as an exact number; None when it is none."""
    try:
        value = Decimal(cell)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def an_object(cell: str) -> str:
    """Check that a cell is a JSON object."""
    try:
        value = json.loads(cell)
    except ValueError as error:
        return f"{cell!r} is not JSON: {error}"
    return "" if isinstance(value, dict) else f"{cell!r} is not a JSON object"


EXACT = "="
"""How a part that was counted and not rounded begins: `=629`."""


def numbers_by_name(cell: str) -> str:
    """Check that a cell is a JSON object of numbers as texts, `=` before those not rounded."""
    if reason := an_object(cell):
        return reason
    values = json.loads(cell).values()
    is_good = values and all(
        isinstance(v, str) and as_decimal(v.removeprefix(EXACT)) is not None for v in values
    )
    return "" if is_good else f'{cell!r} does not hold numbers as texts, such as {{"a": "36.45"}}'


def object_of(cell: str) -> dict[str, Any]:
    """Return a cell that was checked as an object; empty for an empty cell."""
    found: dict[str, Any] = json.loads(cell) if cell else {}
    return found


def procedure_problems(cells: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong between the columns of one procedure."""
    method = cells["method"]
    for column in NEEDED.get(method, ()):
        if not cells[column]:
            yield f"column {column!r} is empty, and the method {method!r} needs it"
    for column in FORBIDDEN.get(method, ()):
        if cells[column]:
            yield f"column {column!r} means nothing for the method {method!r}"
    if cells["parts"] and cells["formula"] and not numbers_by_name(cells["parts"]):
        names = list(json.loads(cells["parts"]))
        others = [] if an_object(cells["also"] or "{}") else object_of(cells["also"]).values()
        for formula in (cells["formula"], *others):
            if reason := formula_problem(str(formula), names):
                yield f"column 'formula': {reason}"
