"""Combinations of words that mean nothing together, each refused with its reason and a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelcensus.contracts.fact_words import MANY_VALUED
from modelcensus.contracts.vocabulary import GROUPS
from modelcensus.errors import ContractError

if TYPE_CHECKING:
    from modelcensus.contracts.contract import Contract

OF_DEVELOPERS = ("country", "bloc", "developer", "developer_type", "family", "namespace")
"""Groupings that say whose a model is, and so can be asked of its bases."""

SUB_TYPE = "developer_sub_type"
"""Type of a developer with its sub-type where it is of industry."""

_OF_COPIES = ("format", "precision")
"""Groupings by what sets a copy apart from its original."""


def check_combinations(contract: Contract) -> None:
    """Refuse what no data could answer.

    Raises:
        ContractError: names the conflict and what would make the question possible.
    """
    _check_lens(contract)
    _check_coding(contract)
    _check_several_groups(contract)
    if contract.roll_up != "none":
        _check_roll_up(contract)
    if contract.naming != "register" and not (contract.by == "family" and contract.subjects):
        raise ContractError(
            "a rule for names needs the lines whose names it looks for",
            where=f"--by {contract.by} --naming {contract.naming}",
            next_step="name them, e.g. `census hubs llama gemma --naming begins`, by family",
        )
    if contract.spacing != "28" and contract.metric_term.kind != "summed":
        raise ContractError(
            f"--spacing says which readings are added up, and {contract.metric} adds up none",
            where=f"--metric {contract.metric} --spacing {contract.spacing}",
            next_step="--metric downloads_summed_30d, or leave --spacing out",
        )
    if contract.denominator == "selected" and not contract.subjects:
        raise ContractError(
            "the denominator `selected` needs the groups that it is made of",
            next_step="name the groups, e.g. `census share CN US --denominator selected`",
        )


def _check_lens(contract: Contract) -> None:
    if contract.by == "namespace" and contract.lens == "developer":
        raise ContractError(
            "a namespace belongs to the publisher, not to the developer",
            where="--by namespace --lens developer",
            next_step="--by namespace --lens publisher, or --by developer --lens developer",
        )
    if contract.lens == "base" and contract.by not in OF_DEVELOPERS:
        conflict = f"{GROUPS[contract.by].phrase} is a fact of the model itself, not of its base"
        if contract.by == SUB_TYPE:
            conflict = "sub-types are told of the developers of observed models only, not of bases"
        raise ContractError(
            conflict,
            where=f"--by {contract.by} --lens base",
            next_step=f"--by {', '.join(OF_DEVELOPERS)}, or leave --lens out",
        )


def _check_coding(contract: Contract) -> None:
    if contract.coding == "census":
        return
    if contract.lens == "base":
        raise ContractError(
            "the lens `base` reads our registers only",
            where=f"--lens base --coding {contract.coding}",
            next_step="leave --coding or --lens out",
        )
    if contract.by != "country":
        raise ContractError(
            f"the coding {contract.coding!r} only says where developers are based",
            where=f"--by {contract.by} --coding {contract.coding}",
            next_step="--by country, or leave --coding out",
        )


def _check_several_groups(contract: Contract) -> None:
    if contract.by not in MANY_VALUED:
        return
    if contract.outliers == "median" and contract.counting == "fractional":
        raise ContractError(
            "a model's count is divided among its groups, and a median of parts means nothing",
            where=f"--by {contract.by} --outliers median",
            next_step="--counting full, where each group holds whole models",
        )
    if contract.denominator == "selected" and contract.counting == "full":
        raise ContractError(
            "a model of two of the named groups would be in the denominator twice",
            where="--denominator selected --counting full",
            next_step="--counting fractional, or --denominator all",
        )


def _check_roll_up(contract: Contract) -> None:
    conflict = ""
    if contract.lens == "base":
        conflict, way = "the lens `base` already follows copies to what they stand on", "--lens"
    elif contract.lens == "publisher" and contract.by not in ("namespace", "family"):
        conflict = "a copy is published by who copied it, whatever it is a copy of"
        way = "--lens"
    elif contract.by == SUB_TYPE:
        conflict = "sub-types are told of the developers of observed models only, not of originals"
        way = "--by or --roll-up"
    elif contract.by in _OF_COPIES:
        conflict = f"by {GROUPS[contract.by].phrase} a copy differs from its original on purpose"
        way = "--by or --roll-up"
    elif contract.coding != "census":
        conflict, way = "another's coding says nothing of originals that no frame shows", "--coding"
    elif contract.outliers == "median":
        conflict, way = "a median over models and parts of copies means nothing", "--outliers"
    elif contract.counting == "full":
        conflict = "a copy's count is divided among its originals, so it has no whole credits"
        way = "--counting"
    if conflict:
        raise ContractError(
            conflict,
            where=f"--roll-up {contract.roll_up}",
            next_step=f"leave {way} out" + ("" if "roll-up" in way else ", or --roll-up"),
        )
