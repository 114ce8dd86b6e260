"""Claims that records decide: what a register holds of a published statement, and what came since.

Nothing is recomputed here. A record decides a claim only if it counts under the rule of two
sources, and if it rests on another page than the claim itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modelcensus.claims.amounts import is_date, months
from modelcensus.claims.judging import Reading
from modelcensus.registers.claim_cells import object_of
from modelcensus.registers.load import Registers, Row
from modelcensus.registers.two_sources import counts
from modelcensus.registers.world import FACTS_OF_OTHERS

RECORDS = "records"
"""The column that stands for the number of records found."""

REGISTER = "register"
"""The key of a procedure's row that names the register."""


@dataclass(frozen=True)
class Recorded:
    """What a register holds of a claim.

    Attributes:
        reading: the recorded value, or the number of records found; None where nothing decides.
        why_not: why nothing decides it.
        rows: the register rows that decide it.
        since: what was recorded of the same matter after them, oldest first.
    """

    reading: Reading | None
    why_not: str = ""
    rows: tuple[Row, ...] = ()
    since: tuple[str, ...] = field(default=())


def read_record(claim: Row, procedure: Row, registers: Registers) -> Recorded:
    """Return what decides a claim by the register that its procedure names."""
    wanted = dict(object_of(procedure["row"]))
    name = str(wanted.pop(REGISTER, ""))
    if name not in registers.rows:
        return Recorded(None, f"there is no register {name!r}")
    found = tuple(r for r in registers.rows[name] if _matches(r, wanted))
    if not found:
        return Recorded(None, f"the register {name!r} holds no such row")
    usable = tuple(r for r in found if name not in FACTS_OF_OTHERS or counts(r))
    if not usable:
        return Recorded(None, f"what the register {name!r} holds of it waits for a second text")
    apart = tuple(r for r in usable if _is_another_page(r, claim))
    if not apart:
        return Recorded(None, f"the register {name!r} read it on the claim's own page only")
    column = procedure["column"]
    if column == RECORDS:
        value = float(len({r[_first_key(r)] for r in apart}))
    elif len(apart) > 1:
        return Recorded(None, f"{len(apart)} rows of the register {name!r} are meant")
    else:
        value = _value(apart[0][column])
    return Recorded(Reading.exactly(value), "", apart, _since(apart, registers))


def _matches(row: Row, wanted: Mapping[str, Any]) -> bool:
    return all(row.cells.get(column) == value for column, value in wanted.items())


def _first_key(row: Row) -> str:
    return next(iter(row.cells))


def _value(cell: str) -> float:
    """Return a recorded day or number; it has the unit that the claim was published in."""
    return months(cell) if is_date(cell) else float(cell)


def _is_another_page(row: Row, claim: Row) -> bool:
    """Return whether a row rests on a page that is not the claim's own."""
    pages = {row["evidence_url"], row.cells.get("second_url", "")} - {""}
    return bool(pages - {claim["evidence_url"]})


def _since(rows: tuple[Row, ...], registers: Registers) -> tuple[str, ...]:
    """Return the later steps of the same adopter: of this record, then of its other ones."""
    if not rows[0].id.startswith("adoption:"):
        return ()
    first = min(rows, key=lambda r: r["since"])
    later = [
        r
        for r in registers.rows["adoption"]
        if r["who"] == first["who"] and r["since"] > first["since"] and counts(r)
    ]
    return tuple(_step(r, first) for r in sorted(later, key=lambda r: (r["since"], r.id)))


def _step(row: Row, first: Row) -> str:
    if row["record_id"] == first["record_id"]:
        return f"{row['status']} {row['since']}"
    return f"{row['how']} {row['family']} as well, {row['status']} {row['since']}"
