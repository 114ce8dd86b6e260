"""Asks a release for the figure behind a claim, and says why not where it cannot decide it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modelcensus.claims.amounts import in_unit
from modelcensus.claims.judging import Reading
from modelcensus.claims.published import Claim, Procedure
from modelcensus.contracts.combinations import OF_DEVELOPERS
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, percent
from modelcensus.contracts.frame_names import is_panel, is_simulated, plain_frame
from modelcensus.contracts.period import Period
from modelcensus.contracts.vet_contract import VetContract
from modelcensus.errors import MAY_PASS, CensusError, ContractError
from modelcensus.measures.census import Census
from modelcensus.snapshots.identity import label_instant
from modelcensus.vet.vet import Vet

COVERAGE = 0.95
"""Part of a claim's population and period that must be covered before a verdict is given. It is
no setting: nobody can make a claim agree by moving it."""


@dataclass(frozen=True)
class Outcome:
    """What one procedure gave: a reading with its figure, or the reason why there is none."""

    reading: Reading | None
    figure: Figure | None
    why_not: str


@dataclass(frozen=True)
class Beside:
    """A reading in a frame of another population: it decides nothing."""

    frame: str
    reading: Reading
    figure: Figure


Tests = Callable[[VetContract], Figure]
"""Answers definitions of security tests."""


class Figures:
    """Figures of one release, each computed once: many claims ask for the same."""

    def __init__(self, census: Census, tests: Tests | None = None) -> None:
        """Wrap an open release.

        Args:
            census: answers definitions of counts.
            tests: answers definitions of security tests; default: the census's own release.
        """
        self.census = census
        self._tests = tests or (lambda contract: Vet(census.release).figure(contract))
        self._found: dict[str, Figure | CensusError] = {}

    @property
    def frames(self) -> tuple[str, ...]:
        """Return the frames of the release."""
        return self.census.release.frames

    def get(self, contract: Contract | VetContract) -> Figure:
        """Return a figure, of counts or of test outcomes.

        Raises:
            CensusError: the release cannot carry the definition.
            Busy, StoreError: nobody knows yet whether it can.
        """
        if contract.id not in self._found:
            try:
                self._found[contract.id] = self._compute(contract)
            except MAY_PASS:
                raise
            except CensusError as error:
                self._found[contract.id] = error
        found = self._found[contract.id]
        if isinstance(found, CensusError):
            raise found
        return found

    def _compute(self, contract: Contract | VetContract) -> Figure:
        if isinstance(contract, VetContract):
            return self._tests(contract)
        return self.census.figure(contract)


def recompute(figures: Figures, claim: Claim, procedure: Procedure) -> Outcome:
    """Return the figure that decides a claim, if this release holds it.

    Only a frame that holds the claim's whole population is asked, so a panel decides nothing
    about the whole Hub; invented data decide nothing at all. The figure must fall into the
    claim's window and cover `COVERAGE` of its population and period.
    """
    if procedure.is_of_tests:
        return _from_tests(figures, claim, procedure)
    why_not = ""
    able = [f for f in figures.frames if not is_simulated(f) and f in procedure.frames]
    for frame in able:
        try:
            figure = figures.get(procedure.contract(frame))
            _require_window(figure, procedure.row["window"])
            _require_coverage(figure)
            _require_population(figure, procedure)
            reading = read_cell(figure, procedure, claim.row["unit"])
        except MAY_PASS:
            raise
        except CensusError as error:
            why_not = f"in the frame {frame}, {error.what}"
            continue
        return Outcome(reading, figure, "")
    return Outcome(None, None, why_not or _no_frame(figures, procedure))


def _from_tests(figures: Figures, claim: Claim, procedure: Procedure) -> Outcome:
    """Return the figure over recorded test cases, where as many are there as were published."""
    try:
        figure = figures.get(procedure.contract_of_tests())
        if figure.is_simulated:
            return Outcome(None, None, "this release holds recorded runs as invented data only")
        _require_population(figure, procedure, "cases")
        return Outcome(read_cell(figure, procedure, claim.row["unit"]), figure, "")
    except MAY_PASS:
        raise
    except CensusError as error:
        return Outcome(None, None, error.what)


def beside(figures: Figures, claim: Claim, procedure: Procedure) -> tuple[Beside, ...]:
    """Return readings of the same question in frames of other populations, in their order."""
    if not procedure.is_shown_beside:
        return ()
    wanted = procedure.beside_frame
    found = []
    for frame in figures.frames:
        is_wanted = plain_frame(frame) == wanted if wanted else is_panel(frame)
        if not is_wanted or frame in procedure.frames:
            continue
        try:
            figure = figures.get(procedure.contract(frame, beside=True))
            reading = read_cell(figure, procedure, claim.row["unit"])
        except MAY_PASS:
            raise
        except CensusError:
            # another population that cannot be asked takes nothing from the verdict
            continue
        found.append(Beside(frame, reading, figure))
    return tuple(found)


def read_cell(figure: Figure, procedure: Procedure, unit: str) -> Reading:
    """Return the one value of a figure that a procedure names.

    `column` is the name of a column; `after..by` an interval between two; `coverage.NAME` a fact
    of the coverage.

    Raises:
        ContractError: there is no such row, or its value is not known.
    """
    column = procedure.row["column"]
    if column.startswith("coverage."):
        return Reading.exactly(in_unit(figure.coverage.get(column.partition(".")[2]), unit))
    row = _row_of(figure, procedure)
    first, dots, last = column.partition("..")
    if dots:
        low, high = in_unit(row.get(first), unit), in_unit(row.get(last), unit)
        return Reading((low + high) / 2, low, high)
    return Reading.exactly(in_unit(row.get(column), unit))


def _row_of(figure: Figure, procedure: Procedure) -> dict[str, Any]:
    wanted = procedure.wanted_row.items()
    rows = [r for r in figure.records() if all(r.get(name) == value for name, value in wanted)]
    if not rows:
        raise ContractError(f"the figure has no row {', '.join(f'{k} {v}' for k, v in wanted)}")
    # without a row named, the last: series and totals end with the latest snapshot
    return rows[-1]


def _require_population(figure: Figure, procedure: Procedure, unit: str = "models") -> None:
    """Hold that the figure counts as many models (or cases) as the claim says it did, if it says.

    Raises:
        ContractError: it counts others.
    """
    stated = int(procedure.row["population"] or 0)
    if not stated:
        return
    counted = int(_row_of(figure, procedure)[unit])
    if abs(counted - stated) > (1 - COVERAGE) * max(counted, stated):
        raise ContractError(
            f"{counted:,} {unit} are counted and the published figure counts {stated:,}: "
            "another population"
        )


def _require_window(figure: Figure, window: str) -> None:
    """Hold that the figure speaks of the claim's time.

    Raises:
        ContractError: it speaks of another.
    """
    period = Period.parse(window)
    if period.start is None or period.end is None:
        return
    coverage = figure.coverage
    if "snapshot_at_start" in coverage:
        _require_span(coverage, period.start, period.end)
        return
    label = str(coverage["label"])
    at = label_instant(label)
    if figure.contract.measure in ("derivatives", "matrix"):
        # what was created in a month is read from any later snapshot
        if at < period.start:
            raise ContractError(f"its last snapshot, {label}, lies before {window}")
        return
    if figure.contract.period_value.is_instant and not period.start <= at < period.end:
        raise ContractError(f"its snapshot of {label} lies outside {window}")


def _require_span(coverage: dict[str, Any], start: datetime, end: datetime) -> None:
    first = label_instant(coverage["snapshot_at_start"])
    last = label_instant(coverage["snapshot_at_end"])
    covered, whole = min(last, end) - max(first, start), end - start
    beyond = max(start - first, last - end)
    if covered < COVERAGE * whole or beyond > (1 - COVERAGE) * whole:
        raise ContractError(
            f"its snapshots span {first:%Y-%m-%d} to {last:%Y-%m-%d}, another period"
        )


def _require_coverage(figure: Figure) -> None:
    """Hold that nearly all of the population is counted, and nearly all of it is of known groups.

    Raises:
        ContractError: says how much is.
    """
    coverage = figure.coverage
    models, missing = coverage.get("models"), coverage.get("models_without_count", 0)
    if models and missing > (1 - COVERAGE) * models:
        raise ContractError(f"{missing:,} of its {models:,} models have no count")
    known = coverage.get("attributed_share")
    if figure.contract.by in OF_DEVELOPERS and known is not None and known < COVERAGE:
        raise ContractError(f"the registers know the groups of {percent(known)} of it only")


def _no_frame(figures: Figures, procedure: Procedure) -> str:
    names = {"hub": "a complete listing of the Hub"}
    wanted = " or ".join(names.get(f, f) for f in procedure.frames)
    if any(is_simulated(f) and plain_frame(f) in procedure.frames for f in figures.frames):
        return f"this release holds {wanted} as invented data only"
    return f"this release does not hold {wanted}"
