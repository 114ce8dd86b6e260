"""The groups a question names: found exactly, by another case, or by their printable name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from difflib import get_close_matches

from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.selection import Selection


def with_subjects(
    selection: Selection, groups: Collection[str], names: dict[str, str]
) -> Selection:
    """Return the selection with its contract's subjects spelled as the groups are.

    Raises:
        UnknownName: a subject is no group here; the nearest ones are given.
        ContractError: two subjects name one group, which would be counted twice.
    """
    contract = selection.contract
    found = tuple(find_group(s, groups, names, contract.by) for s in contract.subjects)
    if len(set(found)) < len(found):
        raise ContractError(
            "a group is named twice",
            where=f"{', '.join(contract.subjects)} are {', '.join(found)}",
            next_step="name each group once",
        )
    return replace(selection, contract=contract.with_values(subjects=found))


def find_group(text: str, groups: Collection[str], names: dict[str, str], kind: str) -> str:
    """Return the one group that a text names.

    Raises:
        UnknownName: none, or more than one.
    """
    if text in groups:
        return text
    folded = text.casefold()
    same = sorted(g for g in groups if folded in (g.casefold(), names.get(g, g).casefold()))
    if len(same) == 1:
        return same[0]
    known = {g.casefold(): g for g in groups} | {
        names[g].casefold(): g for g in groups if g in names
    }
    near = get_close_matches(folded, sorted(known), n=5, cutoff=0.5)
    nearest = same or list(dict.fromkeys(known[n] for n in near)) or sorted(groups)[:5]
    raise UnknownName(kind, text, nearest)
