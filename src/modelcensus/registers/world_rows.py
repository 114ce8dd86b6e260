"""How the cells of one row about the wider world hang together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

RESTRICTS = "restricts"
ENDS = ("closed", "reversed")
"""Statuses that take an adoption or a restriction back."""


def world_problems(register: str, cells: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong between the cells of a row; nothing for other registers."""
    if "standing" not in cells:
        return
    yield from _grade_problems(cells)
    yield from _second_problems(cells)
    if register == "adoption":
        yield from _adoption_problems(cells)
    if register == "capability_readings":
        yield from _reading_problems(cells)


def _grade_problems(cells: Mapping[str, str]) -> Iterator[str]:
    """Hold a grade against its rule: docs/adoption.md#grades."""
    earned = earned_grade(cells)
    if cells["grade"] and cells["grade"] != earned:
        yield f"column 'grade': {cells['grade']!r} by hand, {earned!r} by the rule"


def earned_grade(cells: Mapping[str, str]) -> str:
    """Return the grade of a row by the written rule.

    A: the adopter's, authority's or publisher's own text was read. B: two texts that do not copy
    each other. C: one text, or several that go back to one.
    """
    if cells["seen"] == "primary":
        return "A"
    return "B" if cells["second_relation"] == "independent" else "C"


def _second_problems(cells: Mapping[str, str]) -> Iterator[str]:
    told = [c for c in ("second_url", "second_publisher", "second_relation") if cells[c]]
    if told and len(told) < 3:
        yield "a second text needs 'second_url', 'second_publisher' and 'second_relation'"
    figures = ("second_figures", "second_status", "second_leader")
    if not told and any(cells.get(c) for c in figures):
        yield "something is told of a second text that is not named"


def _adoption_problems(cells: Mapping[str, str]) -> Iterator[str]:
    restricts = cells["how"] == RESTRICTS
    if restricts and not cells["object"]:
        yield "column 'object' is empty: a restriction names what it is about"
    if cells["object"] and not restricts:
        yield "column 'object' is for restrictions only"
    if restricts and cells["bases"]:
        yield "column 'bases' means nothing for a restriction"
    if not restricts and not cells["bases"]:
        yield "column 'bases' is empty: name them, or write 'none' or 'unknown'"
    if cells["status"] == ("in use" if restricts else "in force"):
        other = "in force" if restricts else "in use"
        yield f"column 'status': of what is {cells['how']!r} it is {other!r}"
    if cells["until"] and cells["until"] < cells["since"]:
        yield "column 'until' is before 'since'"
    if cells["since"] > cells["seen_on"]:
        yield "column 'since' is after the day the evidence was seen"


def _reading_problems(cells: Mapping[str, str]) -> Iterator[str]:
    is_gap = cells["weights"] == "gap"
    if is_gap and not cells["leader"]:
        yield "column 'leader' is empty: a gap says who is ahead"
    if not is_gap and (cells["leader"] or cells["second_leader"]):
        yield "column 'leader' is for gaps only"
    for column in ("developer", "country"):
        if not is_gap and not cells[column]:
            yield f"column {column!r} is empty: write 'unknown'"
