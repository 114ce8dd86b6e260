"""What the measures of licences have in common: their frame, the register, and the warning."""

from __future__ import annotations

import re

from modelcensus.catalogue.facts import NONE_DECLARED, UNREAD
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.frame_names import is_sample, is_simulated
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.lineage.duties import NOT_LEGAL_ADVICE, TermsBook
from modelcensus.measures.frames import can_answer
from modelcensus.releases.release import Release

CAVEAT = f"{NOT_LEGAL_ADVICE}."

UNKNOWN_CLASSES = (UNREAD, NONE_DECLARED, UNKNOWN)
"""Classes that say nothing about the terms: unread, none declared, source not asked."""

PERMISSIVE = "L1"
_NEARLY_PERMISSIVE = re.compile(r"cc0-|cc-by-[0-9]|cdla-permissive-")
"""Slugs of the licences that the broad reading of `permissive` adds to class L1."""


def is_permissive(licence_class: str, licence: str, *, broad: bool) -> bool:
    """Return whether a licence is permissive: L1; broad, also CC0, CC BY, CDLA-Permissive."""
    if licence_class == PERMISSIVE:
        return True
    return broad and bool(_NEARLY_PERMISSIVE.match(licence))


def terms_book(release: Release) -> TermsBook:
    """Return the licence register as it was when the release was built."""
    table = release.register("licences")
    rows = release.fetch(table.filter(table.seen != "unread").order_by("row_id")).to_pylist()
    return TermsBook((row["row_id"], row) for row in rows)


def licence_frame(release: Release, contract: Contract) -> str:
    """Return the frame named, or the only one whose source tells of licences.

    Raises:
        ContractError: it tells of none, or several do and none is named.
        UnknownName: there is no such frame.
    """
    facts = release.table("facts")
    # not `distinct`: written for Spark, it would also tell apart what the filter looked at
    known = facts.filter(facts.licence_class.notnull())
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
            where=f"licences: {', '.join(able)}",
            next_step=f"choose one, e.g. --frame {able[0]}",
        )
    raise ContractError(
        f"the frame {contract.frame} does not tell of licences"
        if contract.frame
        else "no frame of this release tells of licences for this question",
        where=f"census {contract.measure} --period {contract.period}",
        next_step=f"ask a frame that does: {', '.join(frames)}"
        if frames
        else "import a source that holds licences (hub-stats, hub-api, radar)",
    )
