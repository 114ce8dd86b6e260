"""Forms of figures, made from the registry: a field for each parameter that a measure takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.measure import PARAMETERS, Measure
from modelcensus.contracts.vocabulary import Term
from modelcensus.releases.frame_order import frames_in_order
from modelcensus.web.site import Site

MOST_TICKS = 16
"""Groups that have a box to tick; others are typed."""


@dataclass(frozen=True)
class Option:
    """One choice of a field."""

    value: str
    name: str
    is_chosen: bool


@dataclass(frozen=True)
class Field:
    """One field: choices, or a text with hints."""

    name: str
    description: str
    value: str
    standard: str
    options: tuple[Option, ...]
    hints: tuple[str, ...]


@dataclass(frozen=True)
class Tick:
    """A group that can be ticked."""

    value: str
    name: str
    is_ticked: bool


@dataclass(frozen=True)
class Form:
    """The form of a figure: groups to tick, fields, and groups to type where none are known."""

    groups: tuple[Tick, ...]
    fields: tuple[Field, ...]
    subjects: tuple[str, ...]


def make_form(
    site: Site, measure: Measure, contract: Contract | None, groups: Sequence[tuple[str, str]]
) -> Form:
    """Return the form of a measure, filled in with a question.

    Args:
        site: the open release: its frames and labels are offered.
        measure: what is asked.
        contract: the question; None where it could not be read.
        groups: (group, name) pairs that can be ticked.
    """
    subjects = contract.subjects if contract else ()
    fields = tuple(_field(site, measure, name, contract) for name in measure.parameters)
    if not measure.subjects[1]:
        return Form((), fields, ())
    offered = dict(groups[:MOST_TICKS])
    offered |= {s: s for s in subjects if s not in offered}
    # what cannot be shown cannot be asked for in an address either
    named = ((g, n) for g, n in offered.items() if g != "unknown" and g.isprintable())
    ticks = tuple(Tick(g, n, g in subjects) for g, n in named)
    # where no groups are known, one may be named all the same
    empty = ("",) * max(0, max(1, measure.subjects[0]) - len(subjects))
    return Form(ticks, fields, (*subjects, *empty))


def groups_of(figure: Figure) -> list[tuple[str, str]]:
    """Return the groups of a figure with their names, in order; none where it has none."""
    if "group" not in figure.rows.column_names:
        return []
    found: dict[str, str] = {}
    for row in figure.rows.to_pylist():
        if isinstance(row["group"], str):
            found.setdefault(row["group"], str(row.get("name") or row["group"]))
    return list(found.items())


def _field(site: Site, measure: Measure, name: str, contract: Contract | None) -> Field:
    parameter = PARAMETERS[name]
    standard = str(measure.defaults.get(name, getattr(Contract, name)))
    value = str(getattr(contract, name)) if contract else standard
    if name == "frame":
        options = (Option("", "the only one that answers", not value),
                   *(Option(f, f, f == value) for f in frames_in_order(site.release)))  # fmt: skip
        return Field(name, parameter.description, value, standard, options, ())
    words = {w: t for w, t in (parameter.words or {}).items() if not t.missing}
    if words and not any(":" in word for word in words):
        return Field(name, parameter.description, value, standard, _options(words, value, name), ())
    hints = tuple(words) or (_labels(site) if name == "period" else ())
    shown = "" if value == standard else value
    return Field(name, parameter.description, shown, standard or "any", (), hints)


def _options(words: dict[str, Term], value: str, name: str) -> tuple[Option, ...]:
    chosen = [Option(word, term.phrase, word == value) for word, term in words.items()]
    if value not in words:
        return (Option(value, value or f"the usual {name}", True), *chosen)
    return tuple(chosen)


def _labels(site: Site) -> tuple[str, ...]:
    labels = {snapshot.label[:10] for snapshot in site.release.snapshots}
    return ("latest", "all", *sorted(labels, reverse=True)[:24])
