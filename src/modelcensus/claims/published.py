"""Claims as typed objects: a published figure, its procedures, and the claims around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from modelcensus.claims.amounts import published_amount
from modelcensus.claims.recorded import Recorded, read_record
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import get_measure
from modelcensus.contracts.vet_contract import MEASURES as TEST_MEASURES
from modelcensus.contracts.vet_contract import VetContract
from modelcensus.errors import UnknownName
from modelcensus.registers.claim_cells import object_of
from modelcensus.registers.load import Registers, Row
from modelcensus.registers.schema import parts

DATA, OWN_PARTS = "data", "own-parts"
NOT_COMPUTED, OUT_OF_SCOPE = "not-computed", "out-of-scope"
BY_REGISTER = "register"


@dataclass(frozen=True)
class Procedure:
    """One way to recompute a claim, as the register held it before any value was seen."""

    row: Row

    @property
    def method(self) -> str:
        """Return `data`, `own-parts`, `register`, `not-computed` or `out-of-scope`."""
        return self.row["method"]

    @property
    def frames(self) -> tuple[str, ...]:
        """Return the frames that hold the population of the claim; no other can decide it."""
        return parts(self.row["frames"])

    @property
    def tolerance(self) -> float:
        """Return how far apart two values may be, in the claim's unit."""
        return float(self.row["tolerance"])

    @property
    def wanted_row(self) -> Mapping[str, Any]:
        """Return which row of a figure is read: column -> value."""
        return object_of(self.row["row"])

    @property
    def published_parts(self) -> Mapping[str, str]:
        """Return the published parts by name, each as it was published."""
        return object_of(self.row["parts"])

    @property
    def other_formulas(self) -> Mapping[str, str]:
        """Return other readings of the same parts: in words -> formula."""
        return object_of(self.row["also"])

    @property
    def is_shown_beside(self) -> bool:
        """Return whether frames of another population are asked, too."""
        return bool(self.row["beside"])

    @property
    def beside_frame(self) -> str:
        """Return the one frame that is asked beside; empty: every panel."""
        return str(object_of(self.row["beside"]).get("frame", ""))

    @property
    def is_of_tests(self) -> bool:
        """Return whether outcomes of security tests decide it, and no counts of models."""
        return self.row["measure"] in TEST_MEASURES

    def contract_of_tests(self) -> VetContract:
        """Return the definition over test outcomes that recomputes the claim.

        Raises:
            ContractError: such a definition does not take these words.
        """
        values = {"measure": self.row["measure"], **object_of(self.row["definition"])}
        return VetContract.from_dict({**values, "models": parts(self.row["subjects"])})

    def contract(self, frame: str, *, beside: bool = False) -> Contract:
        """Return the definition that recomputes the claim in a frame.

        Raises:
            UnknownName: this version has no such measure.
            ContractError: the measure does not take these words.
        """
        values = dict(object_of(self.row["definition"]))
        if beside:
            values |= object_of(self.row["beside"])
        values["frame"] = frame
        subjects = parts(self.row["subjects"])
        return get_measure(self.row["measure"]).contract(subjects=subjects, **values)


@dataclass(frozen=True)
class Claim:
    """A published figure.

    Attributes:
        row: as the register has it.
        procedures: method -> procedure.
        chain: the claims it repeats, from the next to the first source that is known.
        repeated_by: claims that repeat this one.
        contradicts: claims that say something else about the same, whichever row says so.
        recorded: what a register holds of it; None without a procedure that asks one.
    """

    row: Row
    procedures: Mapping[str, Procedure]
    chain: tuple[Row, ...]
    repeated_by: tuple[Row, ...]
    contradicts: tuple[Row, ...]
    recorded: Recorded | None = None

    @property
    def id(self) -> str:
        """Return the claim's id."""
        return self.row["claim_id"]

    @property
    def amount(self) -> float:
        """Return the published value in its own unit."""
        return published_amount(self.row["value"])

    @property
    def is_of_tests(self) -> bool:
        """Return whether recorded test cases would decide it."""
        return DATA in self.procedures and self.procedures[DATA].is_of_tests

    @property
    def first_source(self) -> str:
        """Return the first source that is known: the end of the chain, else the claim's own."""
        if self.row["first_source"]:
            return self.row["first_source"]
        last = self.chain[-1] if self.chain else self.row
        return last["first_source"] or last["source"]


def read_claims(registers: Registers) -> tuple[Claim, ...]:
    """Return every claim whose evidence was seen, in the order of their ids."""
    rows = {row["claim_id"]: row for row in registers.usable("claims")}
    procedures: dict[str, dict[str, Procedure]] = {}
    for row in registers.rows["claim_procedures"]:
        procedures.setdefault(row["claim_id"], {})[row["method"]] = Procedure(row)
    against: dict[str, set[str]] = {name: set() for name in rows}
    for name, row in rows.items():
        for other in set(parts(row["contradicts"])) & rows.keys():
            against[name].add(other)
            against[other].add(name)
    return tuple(
        Claim(
            row,
            procedures.get(name, {}),
            _chain(row, rows),
            tuple(r for r in rows.values() if r["repeats"] == name),
            tuple(rows[other] for other in sorted(against[name])),
            _recorded(row, procedures.get(name, {}), registers),
        )
        for name, row in rows.items()
    )


def _recorded(
    row: Row, procedures: Mapping[str, Procedure], registers: Registers
) -> Recorded | None:
    if BY_REGISTER not in procedures:
        return None
    return read_record(row, procedures[BY_REGISTER].row, registers)


def find_claim(claims: tuple[Claim, ...], name: str) -> Claim:
    """Return the claim of an id.

    Raises:
        UnknownName: there is none; the nearest ids are given.
    """
    by_id = {claim.id: claim for claim in claims}
    if name not in by_id:
        near = get_close_matches(name, by_id, n=5, cutoff=0.4)
        within = [i for i in by_id if name.casefold() in i]
        raise UnknownName("claim", name, near or within[:5], where="the register of claims")
    return by_id[name]


def _chain(row: Row, rows: Mapping[str, Row]) -> tuple[Row, ...]:
    """Return what a claim repeats, step by step; a ring ends where it closes."""
    found: list[Row] = []
    seen = {row["claim_id"]}
    while (following := row["repeats"]) in rows and following not in seen:
        row = rows[following]
        seen.add(following)
        found.append(row)
    return tuple(found)
