"""Frames by what their source tells beside counters: which of them can answer about a fact."""

from __future__ import annotations

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.frame_names import is_sample, is_simulated
from modelcensus.errors import ContractError
from modelcensus.measures.frames import can_answer
from modelcensus.releases.release import Release


def telling_frame(
    release: Release, contract: Contract, column: str, what: str, sources: str
) -> str:
    """Return the frame named, or the only one whose source tells of a fact.

    Args:
        release: where the facts are.
        contract: its frame, if it names one, and what the frame must be able to count.
        column: column of the table `facts` that holds the fact.
        what: the fact in words, in the plural.
        sources: sources that tell of it.

    Raises:
        ContractError: it tells of none, or several do and none is named.
        UnknownName: there is no such frame.
    """
    facts = release.table("facts")
    # not `distinct`: written for Spark, it would also tell apart what the filter looked at
    known = facts.filter(facts[column].notnull())
    telling = known.group_by("frame").agg(models=known.count())
    frames: list[str] = release.fetch(telling.order_by("frame"))["frame"].to_pylist()
    if contract.frame:
        release.frame_snapshots(contract.frame)
        if contract.frame in frames:
            return contract.frame
    able = [f for f in frames if can_answer(release, contract, f)]
    able = [f for f in able if not is_simulated(f)] or able
    able = [f for f in able if not is_sample(f)] or able
    if not contract.frame and len(able) == 1:
        return able[0]
    if able and not contract.frame:
        raise ContractError(
            f"{len(able)} frames could answer, and they see different things",
            where=f"{what}: {', '.join(able)}",
            next_step=f"choose one, e.g. --frame {able[0]}",
        )
    raise ContractError(
        f"the frame {contract.frame} does not tell of {what}"
        if contract.frame
        else f"no frame of this release tells of {what} for this question",
        where=f"census {contract.measure} --period {contract.period}",
        next_step=f"ask a frame that does: {', '.join(frames)}"
        if frames
        else f"import a source that holds {what} ({sources})",
    )
