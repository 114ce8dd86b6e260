"""What pages ask: a question goes to the frame that sees most, and a refusal is an answer, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import Busy, CensusError, ContractError
from modelcensus.releases.frame_order import frames_in_order
from modelcensus.web.site import Site


@dataclass(frozen=True)
class Missing:
    """A question that this release does not answer.

    Attributes:
        question: in words.
        why: what is missing.
        where: the place concerned.
        next_step: what would answer it, such as an import.
    """

    question: str
    why: str
    where: str = ""
    next_step: str = ""


def ask(site: Site, measure: str, *subjects: str, **values: Any) -> Figure | Missing:
    """Return a figure of the first frame that answers, or why none does.

    Raises:
        Busy: too much is asked at once.
    """
    if measure not in MEASURES:
        return Missing(measure, "this version has no such measure")
    try:
        contract = MEASURES[measure].contract(subjects=subjects, **values)
    except ContractError as error:
        return Missing(measure, error.what, error.where, error.next_step)
    refusals: dict[str, CensusError] = {}
    for asked in _in_frames(site, contract):
        try:
            return site.figure(asked)
        except Busy:
            raise
        except CensusError as error:
            refusals[asked.frame] = error
    refusal = _telling(refusals)
    return Missing(contract.sentence(), refusal.what, refusal.where, refusal.next_step)


def _telling(refusals: Mapping[str, CensusError]) -> CensusError:
    """Return the refusal that says most: that of a frame to which the first one points."""
    first = next(iter(refusals.values()))
    return next((e for frame, e in refusals.items() if frame and frame in first.next_step), first)


def _in_frames(site: Site, contract: Contract) -> Iterator[Contract]:
    if contract.frame or "frame" not in MEASURES[contract.measure].parameters:
        yield contract
        return
    over_time = not contract.period_value.is_instant
    for frame in frames_in_order(site.release, over_time=over_time):
        yield contract.with_values(frame=frame)


def first_question(site: Site, measure: str) -> Contract:
    """Return the question that a measure's page opens with: its defaults, in a frame that answers.

    A measure about named groups is asked about the largest ones.

    Raises:
        CensusError: no frame answers.
    """
    chosen = MEASURES[measure]
    subjects: tuple[str, ...] = ()
    if chosen.subjects[0]:
        subjects = largest_groups(site, chosen.defaults.get("by", "country"), chosen.subjects[0])
    contract = chosen.contract(subjects=subjects)
    refusals: dict[str, CensusError] = {}
    for asked in _in_frames(site, contract):
        try:
            site.figure(asked)
        except Busy:
            raise
        except CensusError as error:
            refusals[asked.frame] = error
        else:
            return asked
    raise _telling(refusals)


def largest_groups(site: Site, by: str, count: int) -> tuple[str, ...]:
    """Return the largest groups that are known, by the default metric."""
    ranked = ask(site, "rank", by=by)
    if isinstance(ranked, Missing):
        return ()
    groups = [row["group"] for row in ranked if row["group"] not in ("unknown", "unassigned")]
    return tuple(groups[:count])
