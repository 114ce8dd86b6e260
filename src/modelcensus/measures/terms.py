"""What the measures of licences have in common: their frame, the register, and the warning."""

from __future__ import annotations

import re

from modelcensus.catalogue.facts import NONE_DECLARED, UNREAD
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.lineage.duties import NOT_LEGAL_ADVICE, TermsBook
from modelcensus.measures.telling import telling_frame
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
    sources = "hub-stats, hub-api, radar"
    return telling_frame(release, contract, "licence_class", "licences", sources)
