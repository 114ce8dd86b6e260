"""Published shares from the register of claims, to stand beside a figure and never against it."""

from __future__ import annotations

import re
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.releases.release import Release

SHARE_OF_DOWNLOADS = re.compile(r"\bshare of (?:all |new )?downloads\b", re.IGNORECASE)


def published_shares(
    release: Release, contract: Contract, names: dict[str, str]
) -> list[dict[str, Any]]:
    """Return the published shares of downloads of the question's subjects, as the release has them.

    Only claims in per cent whose quantity is a share of downloads, whose subject is one of the
    groups and whose evidence was read. All of them have a scope of their own.

    Returns:
        claim_id, subject, share (fraction), scope, period, source, evidence_url and seen.
    """
    table = release.register("claims")
    rows = release.fetch(
        table.filter((table.unit == "percent") & (table.seen != "unread")).order_by("row_id")
    ).to_pylist()
    groups = {s.casefold(): s for s in contract.subjects}
    groups |= {names[s].casefold(): s for s in contract.subjects if s in names}
    found = []
    for row in rows:
        subject = groups.get(row["subject"].casefold())
        if subject and SHARE_OF_DOWNLOADS.search(row["quantity"]) and _number(row["value"]):
            found.append(
                {
                    "claim_id": row["claim_id"],
                    "subject": subject,
                    "share": float(row["value"]) / 100,
                    "scope": row["scope"],
                    "period": row["period"],
                    "source": row["source"],
                    "evidence_url": row["evidence_url"],
                    "seen": row["seen"],
                }
            )
    return found


def _number(text: str) -> bool:
    return re.fullmatch(r"\d+(?:\.\d+)?", text) is not None
