"""A passport as a typed object: every statement with its frame, rule and evidence.

Unknown is a value: None is "no source says", an empty list is "asked, and there is none" only
where the text says so. `gaps` spells out everything that is not known or was not checked.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

NOTICE = "It identifies; it does not clear."
"""Stands on every passport."""

SIMULATED = "SIMULATED DATA: nothing here is about a real model"
"""Stands on what is said of generated data."""


@dataclass(frozen=True)
class Evidence:
    """A register row behind a statement, and what it rests on."""

    row: str
    url: str
    seen: str
    seen_on: str
    confidence: str
    says: str


@dataclass(frozen=True)
class Name:
    """A name the model has had, with the labels that first and last show it."""

    model_id: str
    first_label: str
    last_label: str
    rule: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Owner:
    """Who publishes (lens publisher) or trained (lens developer) the model, in an interval.

    Attributes:
        developer: slug; `unknown`, or empty for a natural person, of whom nothing is said.
        valid_from, valid_to: days; None where that side is open.
        alternatives: other defensible readings, as texts.
    """

    lens: str
    developer: str
    name: str
    developer_type: str
    country: str
    valid_from: str | None
    valid_to: str | None
    rule: str
    evidence: tuple[Evidence, ...]
    alternatives: tuple[str, ...]


@dataclass(frozen=True)
class Stated:
    """A fact as one frame states it: the newest frame that states it counts."""

    value: Any
    frame: str
    label: str


@dataclass(frozen=True)
class Terms:
    """The declared licence as one frame states it, and what the register makes of it.

    Attributes:
        declared: the string as declared; None when none is.
        licence_class: L1 to L9; L9 is "none declared".
        duties: what the licence's text asks, in words.
        passes_on: what derivatives must carry, in words.
    """

    declared: str | None
    licence: str | None
    name: str
    spdx_id: str
    url: str
    licence_class: str
    duties: tuple[str, ...]
    passes_on: tuple[str, ...]
    frame: str
    label: str
    evidence: tuple[Evidence, ...]
    alternatives: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """Declared licence and gating from one label on."""

    frame: str
    label: str
    licence_tag: str | None
    licence_name: str | None
    licence_class: str | None
    gated: str | None


@dataclass(frozen=True)
class Relative:
    """Another model in the lineage.

    Attributes:
        steps: on the shortest way from the passport's model.
        reading: `declared` when declared edges alone lead to it, else `inferred`.
        is_observed: whether a source showed it, or it is only named.
        licence_class: None when no source told of its licence.
    """

    key: int
    hub: str
    model_id: str
    steps: int
    reading: str
    is_observed: bool
    is_removed: bool
    developer: str
    developer_type: str
    country: str
    licence: str | None
    licence_class: str | None
    licence_row: str


@dataclass(frozen=True)
class Edge:
    """One step of the lineage: what a model declares as its base, or what a name stands for.

    Attributes:
        base: id of the base; None when the reference names no repository.
        verdict: declared tags against clause texts; empty when not compared.
        duties: what the base passes on and the declared terms lack.
    """

    child: str
    base: str | None
    reference: str
    relation: str
    kind: str
    sources: tuple[str, ...]
    status: str
    rule: str
    confidence: str
    is_same_developer: bool
    evidence: tuple[Evidence, ...]
    verdict: str = ""
    duties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Root:
    """Where a chain of bases begins, in one reading."""

    reading: str
    model_id: str
    developer: str
    country: str
    steps: int
    credit: float
    is_in_cycle: bool


@dataclass(frozen=True)
class ChainVerdict:
    """The gravest verdict about the model beside all its declared ancestors."""

    verdict: str
    ancestor: str
    steps: int
    licence: str | None
    ancestor_licence: str | None
    duties: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Derivative:
    """A model built directly on this one."""

    model_id: str
    relation: str
    kind: str
    metric: str | None
    value: int | None


@dataclass(frozen=True)
class Lineage:
    """The lineage in one frame.

    Attributes:
        bases: the model's own edges.
        ancestors: every model above it, nearest first; `edges` are all steps among them.
        is_cut: whether the limit on walked models was reached above or below.
        derivatives: number of direct derivatives by kind and relation.
        descendants: number of models below it by reading; None where not counted.
        is_root: whether it is a root of others, so that `descendants` is exact.
    """

    frame: str
    bases: tuple[Edge, ...]
    roots: tuple[Root, ...]
    ancestors: tuple[Relative, ...]
    edges: tuple[Edge, ...]
    chain: ChainVerdict | None
    derivatives: tuple[dict[str, Any], ...]
    largest: tuple[Derivative, ...]
    descendants: dict[str, int]
    is_cut: bool


@dataclass(frozen=True)
class Reading:
    """One snapshot of a frame: whether it shows the model, and its counters.

    Attributes:
        state: observed, not observed (a panel or sample), not listed (a complete listing).
        counters: a null is "the source gave no value"; it is not 0.
        absent: counters that this row of the source did not speak of.
    """

    label: str
    state: str
    counters: dict[str, int | None]
    absent: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """The rank at a frame's last snapshot, by the counter that is named."""

    metric: str
    value: int
    label: str
    family: str
    family_rank: int | None
    family_models: int
    size_class: str | None
    size_rank: int | None
    size_models: int


@dataclass(frozen=True)
class History:
    """The model in one frame over time."""

    frame: str
    source: str
    source_url: str
    source_licence: str
    attribution: str
    is_complete_frame: bool
    readings: tuple[Reading, ...]
    standing: Standing | None


@dataclass(frozen=True)
class SecurityTest:
    """What the outcomes of one security test of the model came to.

    Attributes:
        source: imported list that says so.
        attack: with its setting behind a colon, where one decides.
        planned: cases; `cases` of them have a verdict, and in `hits` the attack succeeded.
        low, high: 95 % interval of hits over cases, as if cases were independent.
        tasks: users' tasks tried without an attack; `tasks_done` of them were done.
    """

    source: str
    engine: str
    benchmark_version: str
    attack: str
    revision: str | None
    defense: str | None
    planned: int
    cases: int
    hits: int
    low: float | None
    high: float | None
    tasks: int
    tasks_done: int
    is_simulated: bool


@dataclass(frozen=True)
class Adopter:
    """A record of who adopts or restricts the model or its family, as it stood last.

    Attributes:
        object: what a restriction is about; empty for an adoption.
        about: this model, or its family: then other models of it may be meant.
        precision: day, month, or by: the status held on that day, its start is not known.
        steps: the dated history, oldest first.
        grade: A, B or C by the rule of docs/adoption.md.
    """

    record_id: str
    who: str
    who_type: str
    country: str
    how: str
    object: str
    about: str
    status: str
    since: str
    precision: str
    steps: tuple[str, ...]
    says: str
    url: str
    publisher: str
    grade: str


@dataclass(frozen=True)
class Gap:
    """Something that is not known, was not checked, or needs attention.

    Attributes:
        state: not known, not checked, removed or attention.
    """

    topic: str
    state: str
    text: str


@dataclass(frozen=True)
class Passport:
    """What is known of one model, and what is not. See the module's text.

    Attributes:
        facts: parameters, size_bytes, size_class, pipeline_tag, library, languages, formats,
            number_types, gated, runs_own_code, is_private, is_disabled, is_removed, removed_at,
            revision, modified_at: each as the newest frame that speaks of it states it, None when
            none does.
        tests: what outcomes of security tests of it came to; empty when none is known.
        adopters: records found of who adopts or restricts it or its family; they count nobody.
        also_on: other hubs that have a model of this name.
    """

    release: str
    as_of: str
    hub: str
    model_id: str
    asked_as: str
    is_observed: bool
    is_simulated: bool
    names: tuple[Name, ...]
    also_on: tuple[str, ...]
    owners: tuple[Owner, ...]
    family: str
    family_evidence: tuple[Evidence, ...]
    created_at: str | None
    first_label: str | None
    last_label: str | None
    populations: tuple[str, ...]
    facts: dict[str, Stated | None]
    terms: Terms | None
    changes: tuple[Change, ...]
    lineage: tuple[Lineage, ...]
    history: tuple[History, ...]
    incidents: tuple[dict[str, Any], ...]
    tests: tuple[SecurityTest, ...] = field(default=())
    adopters: tuple[Adopter, ...] = field(default=())
    gaps: tuple[Gap, ...] = field(default=())
    notice: str = NOTICE

    def owner(self, lens: str) -> Owner | None:
        """Return the last owner under a lens."""
        found = [o for o in self.owners if o.lens == lens]
        return found[-1] if found else None

    def fact(self, name: str) -> Any:
        """Return the value of a fact, or None."""
        stated = self.facts[name]
        return None if stated is None else stated.value

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values; keys within a release are left out."""
        whole = asdict(self)
        for lineage in whole["lineage"]:
            for relative in lineage["ancestors"]:
                del relative["key"]
        return whole

    def to_json(self) -> str:
        """Return everything as readable JSON, in a fixed order."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
