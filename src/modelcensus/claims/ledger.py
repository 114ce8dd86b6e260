"""The ledger: every published claim with a verdict and its reason, as of one release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from modelcensus.claims.amounts import is_date, published, shown
from modelcensus.claims.judging import Reading, agree, difference, from_own_parts
from modelcensus.claims.published import (
    BY_REGISTER,
    DATA,
    NOT_COMPUTED,
    OUT_OF_SCOPE,
    OWN_PARTS,
    Claim,
    Procedure,
    find_claim,
    read_claims,
)
from modelcensus.claims.recompute import Beside, Figures, Outcome, Tests, beside, recompute
from modelcensus.measures.census import Census
from modelcensus.registers.load import Registers, Row, load_registers

AGREES, DIFFERS = "agrees", "differs"
NOT_HERE, OUT = "not recomputable here", "out of scope"
VERDICTS = (AGREES, DIFFERS, NOT_HERE, OUT)

FROM_DATA = "computed from data"
FROM_PARTS = "arithmetic of its own parts"
FROM_RECORDS = "recorded in a register"
BASES = (FROM_DATA, FROM_PARTS, FROM_RECORDS)
"""What a computed or recorded value stands on, the strongest first."""


@dataclass(frozen=True)
class Needs:
    """What would settle a claim: the field, the file or source that holds it, and the way in."""

    field: str
    file: str
    import_with: str


@dataclass(frozen=True)
class ClaimResult:
    """One claim, judged.

    Attributes:
        claim: what was published, with the claims around it.
        verdict: one of VERDICTS.
        basis: one of BASES, or empty where no value stands beside the published one.
        reason: why, in one or two sentences.
        reading: what was recomputed, in the claim's unit.
        tolerance: as the register has it; None where nothing is compared.
        outcome: the figure behind it, or why there is none; None without such a procedure.
        own_parts: what the published parts give; shown beside a verdict from data, too.
        other_readings: other formulas over the same parts.
        beside: readings in frames of other populations; they decide nothing.
        needs: what would settle it, or settle it better; None where nothing would.
    """

    claim: Claim
    verdict: str
    basis: str
    reason: str
    reading: Reading | None = None
    tolerance: float | None = None
    outcome: Outcome | None = None
    own_parts: Reading | None = None
    other_readings: dict[str, float] = field(default_factory=dict)
    beside: tuple[Beside, ...] = ()
    needs: Needs | None = None

    @property
    def is_computed(self) -> bool:
        """Return whether a value stands beside the published one."""
        return self.verdict in (AGREES, DIFFERS)

    @property
    def published(self) -> str:
        """Return the published value with its unit."""
        row = self.claim.row
        return published(row["value"], row["unit"], row["bound"])

    @property
    def computed(self) -> str:
        """Return the recomputed value with its unit; empty where there is none."""
        if self.reading is None:
            return ""
        unit, like = self.claim.row["unit"], self.claim.row["value"]
        if self.outcome and self.outcome.reading and self.reading.slack:
            low, high = (shown(v, unit, like) for v in (self.reading.low, self.reading.high))
            return low if low == high else f"{low} to {high}"
        return shown(self.reading.value, unit, like)


def check_claims(
    census: Census, registers: Registers | None = None, *, tests: Tests | None = None
) -> list[ClaimResult]:
    """Return every claim of the register with its verdict, in the order of their ids.

    Args:
        census: an open release.
        registers: others than the bundled ones.
        tests: who answers definitions of security tests; default: the census's own release.
    """
    return list(judge_claims(census, read_claims(registers or load_registers()), tests=tests))


def check_claim(census: Census, name: str, registers: Registers | None = None) -> ClaimResult:
    """Return one claim with its verdict.

    Raises:
        UnknownName: there is no claim of that id.
    """
    claims = read_claims(registers or load_registers())
    (result,) = judge_claims(census, [find_claim(claims, name)])
    return result


def judge_claims(
    census: Census, claims: Iterable[Claim], *, tests: Tests | None = None
) -> Iterator[ClaimResult]:
    """Yield claims with their verdicts, one after the other; `tests` as in `check_claims`."""
    figures = Figures(census, tests)
    for claim in claims:
        yield judge(figures, claim)


def judge(figures: Figures, claim: Claim) -> ClaimResult:
    """Return a claim with its verdict: from data where they allow, else from its own parts."""
    of = claim.procedures
    procedure = of.get(DATA) or of.get(NOT_COMPUTED) or of.get(BY_REGISTER)
    needs = _needs(procedure)
    own, others = _own_parts(of.get(OWN_PARTS))
    around = beside(figures, claim, procedure) if procedure else ()
    outcome = recompute(figures, claim, of[DATA]) if DATA in of else None

    def result(verdict: str, basis: str, reason: str, **more: Any) -> ClaimResult:
        return ClaimResult(
            claim, verdict, basis, reason, outcome=outcome, own_parts=own,
            other_readings=others, beside=around, needs=needs, **more,
        )  # fmt: skip

    if outcome and outcome.reading and outcome.figure:
        verdict, more = _compared(claim, of[DATA], outcome.reading)
        origin = "recorded test cases"
        if not claim.is_of_tests:
            origin = f"the frame {outcome.figure.contract.frame}"
        reason = f"{_apart(claim, of[DATA], outcome.reading)} Computed from {origin}."
        if of[DATA].row["because"]:
            reason += f" The claim was read as: {of[DATA].row['because']}."
        return result(verdict, FROM_DATA, reason, **more)
    if own:
        verdict, more = _compared(claim, of[OWN_PARTS], own)
        reason = (
            f"{_apart(claim, of[OWN_PARTS], own)} This is arithmetic of its published parts; "
            "the parts themselves were not counted again."
        )
        return result(verdict, FROM_PARTS, reason, **more)
    if claim.recorded and claim.recorded.reading:
        verdict, more = _compared(claim, of[BY_REGISTER], claim.recorded.reading)
        return result(verdict, FROM_RECORDS, _by_record(claim, of[BY_REGISTER]), **more)
    if claim.recorded:
        return result(NOT_HERE, "", _sentence(claim.recorded.why_not))
    if OUT_OF_SCOPE in of:
        return result(OUT, "", _sentence(of[OUT_OF_SCOPE].row["because"]))
    if procedure is None or needs is None:
        return result(NOT_HERE, "", "No procedure is written down for it yet.")
    return result(NOT_HERE, "", _not_here(procedure, outcome, needs, around))


def count_verdicts(results: Sequence[ClaimResult]) -> dict[str, int]:
    """Return how many claims have each verdict; the computed ones by what they rest on."""
    found = Counter(f"{r.verdict}, {r.basis}" if r.basis else r.verdict for r in results)
    order = [f"{v}, {b}" for v in (AGREES, DIFFERS) for b in BASES]
    return {name: found[name] for name in (*order, NOT_HERE, OUT)}


def missing_files(results: Sequence[ClaimResult]) -> dict[Needs, list[str]]:
    """Return what is missing, by file: which claims it would settle, most first."""
    found: dict[tuple[str, str], list[str]] = {}
    for r in results:
        if r.verdict == NOT_HERE and r.needs:
            found.setdefault((r.needs.file, r.needs.import_with), []).append(r.claim.id)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return {Needs("", file, way): ids for (file, way), ids in ordered}


def _needs(procedure: Procedure | None) -> Needs | None:
    if procedure is None or not procedure.row["needs_file"]:
        return None
    return Needs(*(procedure.row[c] for c in ("needs_field", "needs_file", "import_with")))


def _own_parts(procedure: Procedure | None) -> tuple[Reading | None, dict[str, float]]:
    if procedure is None:
        return None, {}
    parts = procedure.published_parts
    others = {
        words: from_own_parts(formula, parts).value
        for words, formula in procedure.other_formulas.items()
    }
    return from_own_parts(procedure.row["formula"], parts), others


def _compared(claim: Claim, procedure: Procedure, reading: Reading) -> tuple[str, dict[str, Any]]:
    is_same = agree(claim.amount, claim.row["bound"], procedure.tolerance, reading)
    more = {"reading": reading, "tolerance": procedure.tolerance}
    return AGREES if is_same else DIFFERS, more


def _apart(claim: Claim, procedure: Procedure, reading: Reading) -> str:
    """Return how far published and recomputed are apart, and what was allowed."""
    row: Row = claim.row
    unit, like = row["unit"], row["value"]
    words = published(like, unit, row["bound"])
    text = f"Published {words}, recomputed {shown(reading.value, unit, like)}"
    if reading.slack:
        low, high = (shown(v, unit, like) for v in (reading.low, reading.high))
        text += f" (between {low} and {high})"
    above = difference(claim.amount, reading)["relative"]
    if above and not is_date(like):
        text += f": {100 * abs(above):.2g} % {'more' if above > 0 else 'less'}"
    allowed = procedure.row["tolerance"]
    return f"{text}. Allowed are {allowed} either way ({procedure.row['tolerance_because']})."


def _by_record(claim: Claim, procedure: Procedure) -> str:
    """Return what a register holds of a claim, where that is from, and what came since."""
    recorded = claim.recorded
    if recorded is None or recorded.reading is None:
        return ""
    said = shown(recorded.reading.value, claim.row["unit"], claim.row["value"])
    sources = ", ".join(dict.fromkeys(row["evidence_url"] for row in recorded.rows))
    text = (
        f"Published {published(claim.row['value'], claim.row['unit'], claim.row['bound'])}, "
        f"recorded {said} ({sources}). It was read, not recomputed."
    )
    if recorded.since:
        text += f" Since then: {'; '.join(recorded.since)}."
    return f"{text} The claim was read as: {procedure.row['because']}."


def _not_here(
    procedure: Procedure, outcome: Outcome | None, needs: Needs, around: Sequence[Beside]
) -> str:
    """Return why a claim cannot be recomputed, and what would settle it."""
    text = _sentence(outcome.why_not if outcome else procedure.row["because"])
    text += f" It needs {needs.field}: {needs.file} ({needs.import_with})."
    if around:
        text += " What other frames show is another population and decides nothing."
    return text


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
