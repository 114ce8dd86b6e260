"""What a passport does not know, did not check, or wants looked at: said as loudly as the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from modelcensus.contracts.vocabulary import UNASSIGNED, UNKNOWN
from modelcensus.passports.adopters import adoption_gaps
from modelcensus.passports.evidence import INDIVIDUAL
from modelcensus.passports.history import NOT_LISTED, NOT_OBSERVED
from modelcensus.passports.passport import Gap, History, Lineage, Passport
from modelcensus.passports.security import security_gaps

NOT_KNOWN, NOT_CHECKED, REMOVED, ATTENTION = "not known", "not checked", "removed", "attention"

ALWAYS = (
    Gap("weights", NOT_CHECKED, "Its weights were never opened; they may differ from their card."),
    Gap("files", NOT_KNOWN, "No source here lists its files with their hashes."),
    Gap("training data", NOT_KNOWN, "No source here tells what it was trained on."),
    Gap("use", NOT_KNOWN, "Downloads do not tell who uses it, where, or for what."),
)
"""True of every passport: no source of this package can tell."""

_FACT_GAPS = {
    "parameters": "No source tells its number of parameters.",
    "size_bytes": "No source tells its size in bytes.",
    "revision": "No source tells its revision; the passport is about no certain state of it.",
    "gated": "No source tells whether access to it is gated.",
    "formats": "No source tells the formats of its weights.",
}


def find_gaps(passport: Passport, frames_with_edges: Collection[str]) -> tuple[Gap, ...]:
    """Return what is not known or not checked about a model, the gravest first.

    Args:
        passport: everything else about it.
        frames_with_edges: frames whose source tells of bases.
    """
    order = (REMOVED, ATTENTION, NOT_CHECKED, NOT_KNOWN)
    found = [
        *_presence(passport),
        *_ownership(passport),
        *_terms(passport),
        *_lineage(passport, frames_with_edges),
        *_facts(passport),
        *security_gaps(passport),
        *adoption_gaps(passport),
        *ALWAYS,
    ]
    return tuple(sorted(found, key=lambda gap: order.index(gap.state)))


def _presence(passport: Passport) -> Iterator[Gap]:
    if not passport.is_observed:
        text = "No source shows it; models that are built on it name it, and that is all."
        yield Gap("existence", ATTENTION, text)
    if passport.fact("is_removed"):
        told = passport.facts["is_removed"]
        when = passport.fact("removed_at")
        where = f" ({told.frame}, {told.label})" if told else ""
        since = f" at {when}" if when else ""
        yield Gap("presence", REMOVED, f"The source found it removed{since}{where}.")
    for fact, text in (
        ("is_disabled", "The hub has disabled it."),
        ("is_private", "It is private."),
    ):
        if passport.fact(fact):
            yield Gap("presence", ATTENTION, text)
    for history in passport.history:
        yield from _last_seen(history)


def _last_seen(history: History) -> Iterator[Gap]:
    """Yield that a frame's last snapshot does not show the model."""
    state = history.readings[-1].state
    if state not in (NOT_OBSERVED, NOT_LISTED):
        return
    last = max(r.label for r in history.readings if r.state not in (NOT_OBSERVED, NOT_LISTED))
    meaning = "" if state == NOT_LISTED else "; that is no sign that it was removed"
    text = f"{history.frame} shows it last on {last}; after that it is {state}{meaning}."
    yield Gap("presence", ATTENTION, text)


def _ownership(passport: Passport) -> Iterator[Gap]:
    developer = passport.owner("developer")
    if developer is None or developer.developer == UNKNOWN:
        yield Gap("developer", NOT_KNOWN, "The registers do not know who developed it.")
    elif developer.developer_type == INDIVIDUAL:
        text = "It is a natural person's account; nothing is said beyond the account's name."
        yield Gap("developer", NOT_KNOWN, text)
    for owner in passport.owners:
        for reading in owner.alternatives:
            yield Gap(owner.lens, ATTENTION, f"Its {owner.lens} is contested. {reading}")
    if passport.family in (UNASSIGNED, UNKNOWN):
        yield Gap("family", NOT_KNOWN, "It is assigned to no family.")


def _terms(passport: Passport) -> Iterator[Gap]:
    terms = passport.terms
    if terms is None:
        yield Gap("licence", NOT_KNOWN, "No source here was asked for its licence.")
        return
    if terms.licence_class == "L9":
        yield Gap("licence", ATTENTION, "No licence is declared.")
    elif terms.licence_class == "L8":
        text = "Its licence is declared and the register has not read it: the duties are unknown."
        yield Gap("licence", NOT_KNOWN, text)
    for reading in terms.alternatives:
        yield Gap("licence", ATTENTION, f"The class of its licence is contested. {reading}")
    text = "The licence is what its tag declares; files in the repository were not read."
    yield Gap("licence", NOT_CHECKED, text)


def _lineage(passport: Passport, frames_with_edges: Collection[str]) -> Iterator[Gap]:
    seen_in = {history.frame for history in passport.history}
    if passport.is_observed and not seen_in & set(frames_with_edges):
        text = "No source that shows it tells of bases: what it is built on is not known."
        yield Gap("bases", NOT_KNOWN, text)
    elif passport.is_observed and not any(one.bases for one in passport.lineage):
        text = "It declares no base; that does not show that it was trained from nothing."
        yield Gap("bases", NOT_KNOWN, text)
    elif not passport.is_observed:
        yield Gap("bases", NOT_KNOWN, "What it is built on is not known.")
    for one in passport.lineage:
        yield from _chain(one)


def _chain(lineage: Lineage) -> Iterator[Gap]:
    lost = sorted({e.reference for e in lineage.edges if e.base is None})
    if lost:
        text = f"{_listed(lost)} is named as a base and is the name of no repository."
        yield Gap("bases", ATTENTION, text)
    named = [r.model_id for r in lineage.ancestors if not r.is_observed]
    if named:
        text = f"No source shows {_listed(named)}: named as a base, not observed."
        yield Gap("bases", NOT_KNOWN, text)
    gone = [r.model_id for r in lineage.ancestors if r.is_removed]
    if gone:
        yield Gap("bases", ATTENTION, f"{_listed(gone)}, above it, was found removed.")
    if any(e.kind == "inferred" for e in lineage.edges):
        text = "Part of its lineage is inferred by a rule, not declared by anybody."
        yield Gap("bases", ATTENTION, text)
    if lineage.is_cut:
        text = "Its lineage is larger than the limit on walked models; it is shown in part."
        yield Gap("lineage", ATTENTION, text)


def _facts(passport: Passport) -> Iterator[Gap]:
    if passport.created_at is None:
        yield Gap("created_at", NOT_KNOWN, "No source tells when its repository was created.")
    for name, text in _FACT_GAPS.items():
        if passport.facts[name] is None:
            yield Gap(name, NOT_KNOWN, text)


def _listed(names: list[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
