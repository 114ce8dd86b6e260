"""Adoption records as dated histories: a record is one who, one how, and its statuses in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from modelcensus.registers.load import Registers, Row, problem_of
from modelcensus.registers.problem import Problem

SAME = ("who", "who_type", "country", "family", "how", "object")
"""What the rows of a record have in common; models and bases may change along its history."""

_STARTS = ("in use", "in force")


def records_of(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each record in the order of their dates, records by id."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda r: (r["record_id"], r["since"], r.line)):
        found.setdefault(row["record_id"], []).append(row)
    return found


def history_problems(registers: Registers) -> Iterator[Problem]:
    """Yield where the rows of a record do not make one history, ordered by date."""
    for rows in records_of(registers.rows["adoption"]).values():
        for before, after in pairwise(rows):
            for column in SAME:
                if before[column] != after[column]:
                    text = f"column {column!r} is {after[column]!r}, before it {before[column]!r}"
                    yield problem_of("broken history", after, text)
            yield from _order(before, after)


def _order(before: Row, after: Row) -> Iterator[Problem]:
    if before.layer == after.layer and before.line > after.line:
        text = f"it stands above line {before.line}, which is earlier: order by date"
        yield problem_of("broken history", after, text)
    if before["until"] and before["until"] > after["since"]:
        text = f"the status before it holds until {before['until']}, after {after['since']}"
        yield problem_of("broken history", after, text)
    is_same = before["model"] == after["model"]
    if is_same and before["status"] in _STARTS and after["status"] == "announced":
        yield problem_of("broken history", after, "it is announced after it was in use")
