"""The size of each model: the frame's own count where it is believed, else what a list tells."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from modelcensus.catalogue.facts import is_believable
from modelcensus.contracts.contract import Contract
from modelcensus.errors import ContractError
from modelcensus.measures.populations import latest_facts
from modelcensus.releases.release import Release

STORED_NUMBERS = (
    "a source counts stored numbers: packed or quantised weights may count as fewer, or more"
)
"""A caveat of every figure of sizes."""


def largest_believed(release: Release) -> int:
    """Return from which parameter count on the release believes none."""
    return int(release.manifest["settings"]["largest_parameters"])


def require_own_size(contract: Contract) -> None:
    """Refuse sizes of bases.

    Raises:
        ContractError: the contract looks through the lens `base`.
    """
    if contract.lens == "base":
        raise ContractError(
            "a size is a fact of the model itself, not of its base",
            where="--lens base",
            next_step="leave --lens out, or group by who made the model",
        )


def model_sizes(release: Release, contract: Contract) -> ir.Table:
    """Return what a frame and imported lists tell of the sizes of models.

    Returns:
        model_key, total_parameters, active_parameters, is_implausible, is_listed (whether the
        total is a list's) and is_mixture (null where no list says it). The frame's own count goes
        before a list's, where it is believed. Active parameters are told by lists only; of a model
        that a list calls dense all are active.
    """
    largest = largest_believed(release)
    facts = latest_facts(release, contract).select("model_key", own="parameters")
    listed = release.table("listed_sizes")
    both = facts.outer_join(listed, "model_key")
    joined = both.mutate(
        key=ibis.coalesce(both.model_key, both.model_key_right),
        is_own=is_believable(both.own, largest),
    )
    told = is_believable(joined.total_parameters, largest)
    total = ibis.cases((joined.is_own, joined.own), (told, joined.total_parameters))
    active = ibis.cases(
        (is_believable(joined.active_parameters, largest), joined.active_parameters),
        (~joined.is_mixture, total),
    )
    return joined.select(
        model_key="key",
        total_parameters=total.cast("int64"),
        active_parameters=active.cast("int64"),
        is_implausible=~joined.is_own,
        is_listed=~ibis.coalesce(joined.is_own, ibis.literal(False)) & told,
        is_mixture=joined.is_mixture,
    )


def lists_of_sizes(release: Release) -> tuple[str, ...]:
    """Return who made the imported lists that sizes are read from, sorted."""
    listed = release.table("listed_sizes")
    used = listed.group_by("evidence_id").agg(models=listed.count()).order_by("evidence_id")
    ids = set(release.fetch(used)["evidence_id"].to_pylist())
    makers = {e["source"]["attribution"] for e in release.manifest["evidence"] if e["id"] in ids}
    return tuple(sorted(makers))


def own_sizes(release: Release) -> list[str]:
    """Return the frames whose source tells of sizes, sorted."""
    facts = release.table("facts")
    known = facts.filter(facts.parameters.notnull())
    frames = known.group_by("frame").agg(models=known.count()).order_by("frame")
    found: list[str] = release.fetch(frames)["frame"].to_pylist()
    return found
