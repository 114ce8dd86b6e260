"""Names of groups as a chart prints them."""

from __future__ import annotations

from functools import cache

from modelcensus.contracts.figure import Figure
from modelcensus.contracts.vocabulary import UNASSIGNED, UNKNOWN
from modelcensus.publish.charts.letters import shown

_REGISTERS = {
    "country": ("countries", "country", "name"),
    "developer": ("developers", "developer", "name"),
    "family": ("families", "family", "family_name"),
}
_SPECIAL = {
    "international": "International",
    "unresolvable": "No defensible country",
    UNASSIGNED: "No named family",
}
_UNKNOWN = {
    "country": "Unknown developers",
    "developer": "Unknown developers",
    "developer_type": "Unknown developers",
    "family": "Unknown developers",
    "licence_class": "Licence unknown",
    "size_class": "Size unknown",
    "library": "Library unknown",
    "pipeline_tag": "Task unknown",
}
LICENCE_CLASSES = {
    "L1": "L1 permissive (OSI)",
    "L2": "L2 copyleft (OSI)",
    "L3": "L3 open content",
    "L4": "L4 use restrictions",
    "L5": "L5 community terms",
    "L6": "L6 non-commercial",
    "L7": "L7 no derivatives",
    "L8": "L8 terms unread",
    "L9": "L9 none declared",
    UNKNOWN: "Not collected",
}


def name_of(figure: Figure, group: str, written: str | None = None) -> str:
    """Return the name of a group, fit to be shown; `written` is what the figure's row says."""
    by = figure.contract.by
    if group == UNKNOWN:
        return _UNKNOWN.get(by, "Unknown")
    if group in _SPECIAL:
        return _SPECIAL[group]
    if by == "licence_class" and group in LICENCE_CLASSES:
        return LICENCE_CLASSES[group]
    if by == "developer_type":
        return shown(written or group).replace("_", " ").capitalize()
    if written and written != group:
        return shown(written)
    return shown(_registered(by).get(group, written or group)) or "(empty)"


@cache
def _registered(by: str) -> dict[str, str]:
    """Return the names in the bundled register, for figures whose rows hold ids only."""
    if by not in _REGISTERS:
        return {}
    from modelcensus.registers.load import read_registers

    register, key, name = _REGISTERS[by]
    return {row[key]: row[name] for row in read_registers().usable(register)}
