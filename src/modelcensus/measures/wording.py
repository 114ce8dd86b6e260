"""How figures are put into words: group names, findings, and what a figure does not show."""

from __future__ import annotations

from collections.abc import Sequence

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.frame_names import is_panel, is_sample, is_whole, plain_frame
from modelcensus.contracts.vocabulary import GROUPS, UNKNOWN
from modelcensus.measures.summing import is_summed
from modelcensus.releases.release import Release, SnapshotEntry

_NAMES = {
    "country": (("registers/countries", "country", "name"),),
    "bloc": (("registers/countries", "country", "name"), ("registers/blocs", "bloc", "bloc_name")),
    "developer": (("registers/developers", "developer", "name"),),
    "family": (("registers/families", "family", "family_name"),),
}
_SPECIAL = {
    "international": "international projects",
    "unknown": "unknown developers",
    "unresolvable": "no defensible country",
    "unassigned": "no named family",
}

_VERBS = {"publisher": "published", "developer": "made", "base": "standing on models made"}

_FRAMES = {
    "panel:evolution": "panel of all downloads in the open model evolution data",
    "panel:evolution-first-year": "panel of downloads in models' first year in the open model "
    "evolution data",
}
"""Frames whose name does not say what they count."""

_PLURALS = {
    "country": "countries",
    "family": "families",
    "licence_class": "licence classes",
    "size_class": "size classes",
    "library": "libraries",
    "created_month": "months of creation",
}
"""Groupings whose groups are not named by their word and an s."""

_SUB_TYPES = {
    "industry: platform company": "platform company",
    "industry: start-up": "start-up",
    "industry: hardware vendor": "hardware vendor",
    "industry: other": "other industry",
}

_OF_DEVELOPERS = (
    "country",
    "bloc",
    "developer",
    "developer_type",
    "developer_sub_type",
    "family",
)
"""Groupings in which `unknown` means that nobody knows the developer."""


def group_names(release: Release, contract: Contract) -> dict[str, str]:
    """Return the printable name of each group that has one."""
    names = dict(_SPECIAL)
    if contract.by not in _OF_DEVELOPERS:
        names[UNKNOWN] = f"unknown {GROUPS[contract.by].phrase}"
    if contract.by == "developer_sub_type":
        names |= _SUB_TYPES
    for table, key, name in _NAMES.get(contract.by, ()) if contract.coding == "census" else ():
        rows = release.fetch(
            release.table(table).select(key, name).distinct().order_by([key, name])
        )
        names |= dict(zip(rows[key].to_pylist(), rows[name].to_pylist(), strict=True))
    return names


def whose(contract: Contract, group: str, names: dict[str, str]) -> str:
    """Return a group as the subject of a sentence about models."""
    name = names.get(group, group)
    if group == UNKNOWN:
        link = "by" if contract.by in _OF_DEVELOPERS else "of"
        return f"models {link} {name}"
    if contract.coding != "census":
        return f"models that {contract.coding.upper()} codes as {group!r}"
    verb = _VERBS[contract.lens_value]
    if group in _SPECIAL and contract.by in _OF_DEVELOPERS:
        return {
            "international": f"models {verb} by international projects",
            "unresolvable": f"models {verb} by developers of {name}",
        }.get(group, f"models of {name}")
    return {
        "country": f"models {verb} by developers based in {_article(name)}",
        "bloc": f"models {verb} by developers based in {_article(name)}",
        "developer": f"models {verb} by {name}",
        "developer_type": f"models {verb} by {name} developers",
        "developer_sub_type": f"models {verb} by {name} developers",
        "family": f"{_on(contract)}the {name} family",
        "namespace": f"{_on(contract)}the namespace {group}",
        "modality": f"models of the modality {group}",
        "format": f"models with weights in {group}",
        "precision": f"models of the number format {group}",
        "language": f"models that declare the language {group}",
    }.get(contract.by, f"{contract.by.replace('_', ' ')} {group}")


def _on(contract: Contract) -> str:
    return "models standing on " if contract.lens == "base" else ""


def groups_phrase(contract: Contract) -> str:
    """Return what the groups of a contract are called together."""
    return _PLURALS.get(contract.by, f"{GROUPS[contract.by].phrase}s")


def parameters_phrase(count: float | None) -> str:
    """Return a parameter count as a person says it."""
    if count is None:
        return "unknown"
    for unit, word in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million")):
        if count >= unit:
            return f"{count / unit:,.3g} {word}"
    return f"{count:,.0f}"


def frame_phrase(release: Release, contract: Contract) -> str:
    """Return the frame as a caption names it."""
    first = release.frame_snapshots(contract.frame)[0]
    simulated = "SIMULATED " if first.is_simulated else ""
    if first.is_complete_frame and is_whole(contract.frame):
        return f"the {simulated}whole hub {first.hub}"
    words = _FRAMES.get(plain_frame(contract.frame))
    if words:
        return f"the {simulated}{words} (frame {contract.frame}) on {first.hub}"
    return f"the {simulated}frame {contract.frame} on {first.hub}"


def when(snapshots: Sequence[SnapshotEntry], contract: Contract) -> str:
    """Return the moment, or the two, that a finding is about."""
    if is_summed(contract):
        return (
            f"in {len(snapshots)} readings at least {contract.spacing_days} days apart, from "
            f"{snapshots[0].label} to {snapshots[-1].label}"
        )
    if contract.metric_term.is_of_period:
        return f"between {snapshots[0].label} and {snapshots[-1].label}"
    return f"on {snapshots[-1].label}"


def metric_phrase(contract: Contract) -> str:
    """Return the metric as a finding names it; of a sum, from which readings."""
    phrase = contract.metric_term.phrase
    if not is_summed(contract):
        return phrase
    return f"{phrase} (readings at least {contract.spacing_days} days apart)"


def does_not_show(release: Release, contract: Contract) -> tuple[str, ...]:
    """Return what a reader could think that a figure says, and it does not."""
    first = release.frame_snapshots(contract.frame)[0]
    texts = []
    if not (first.is_complete_frame and is_whole(contract.frame)):
        texts.append(
            f"the whole hub: only what {contract.frame} tracks was counted, and it tracks more "
            "accounts in later snapshots"
            if is_panel(contract.frame)
            else f"the whole hub: only what {contract.frame} holds was counted"
        )
    if is_sample(contract.frame):
        texts.append("a trend: a curated sample holds what its makers chose at one time")
    if contract.metric_term.unit in ("downloads", "pulls"):
        texts += [
            "people, installations or use: the hub counts requests for files, automated ones too",
            "where models are downloaded from: the hub does not publish it",
        ]
    if is_summed(contract):
        texts.append(
            "downloads counted once each: windows of 30 days overlap or leave days out, so a sum "
            "of them is an estimate"
        )
    if contract.metric_term.column == "downloads_first_year":
        texts.append("downloads of models that are older than a year")
    texts.append(
        f"other hubs: {first.hub} is blocked or little used in some countries"
        if first.hub == "huggingface"
        else f"hubs other than {first.hub}"
    )
    if contract.by in ("country", "bloc"):
        texts.append(
            "anything about a country's citizens or state: a country stands for the primary base "
            "of the developer when the model was released"
        )
    return tuple(texts)


def _article(name: str) -> str:
    """Return a country's name with the article that English gives it."""
    plural = (
        "European Union",
        "United States",
        "United Kingdom",
        "United Arab Emirates",
        "Netherlands",
        "Philippines",
    )
    return f"the {name}" if name.startswith(plural) else name
