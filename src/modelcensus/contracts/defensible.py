"""Which definitions of one question are defensible: every word, yes or no, and why.

The words are those of contracts/vocabulary.py. A word that stands in no table here joins by itself,
with its own description as the reason, so a new one is never left out silently; what is left out
stands in `REFUSED` with its reason. Numbers that a word needs (`cap:N`) are fixed here, before any
figure is seen.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.measure import PARAMETERS
from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vocabulary import METRICS, Term
from modelcensus.errors import ContractError

VARIED = tuple(n for n in MEASURES["share"].parameters if PARAMETERS[n].words and n != "by")
"""Fields that vary: all of a share that are chosen from words, but the grouping it asks about."""

REASONS: dict[str, dict[str, str]] = {
    "metric": {
        "downloads_30d": "present demand, as the hub itself ranks models",
        "downloads_all_time": "demand since creation, which most published totals count",
        "downloads_first_year": "old models no longer add to it, so it compares new ones",
        "pulls": "the only counter of a model runner",
        "pulls_in_period": "what happened in the period, of a model runner",
        "tokens": "use that somebody paid for, as one router saw it",
        "likes": "what readers chose to mark; no automated request adds to it",
        "descendants": "what others build on, which downloads do not tell",
        "spaces": "use in applications that can be seen",
        "inference_providers": "what companies pay to serve",
        "models": "supply: what is published, whatever is asked for",
        "downloads_in_period": "what happened in the period, without what was there before",
        "downloads_first_year_in_period": "the same for models up to one year old, as published",
    },
    "population": {
        "all": "everything the frame holds: nobody chose",
        "list:NAME": "the models that a published list is about",
        "first_party": "copies by redistributors are not counted a second time",
        "language": "the public question is about language models",
        "young:DAYS": "published shares count a model's first year only",
    },
    "lens": {
        "publisher": "who answers for the account",
        "developer": "who trained it",
        "base": "who trained what it stands on",
    },
    "denominator": {
        "all": "what nobody can attribute stays in the whole",
        "attributed": "shares of what is known, as several reports print",
        "selected": "the named sides alone, as a contest is often told",
    },
    "outliers": {
        "none": "every count as the hub gives it",
        "cap:N": "one model that is fetched by machines should not decide",
        "drop-top:N": "the order without the few largest models",
    },
    "coding": {
        "census": "our registers, with evidence",
        "atom": "a published coding by others",
    },
    "reading": {
        "immediate": "what publishers themselves declare",
        "declared": "a copy of a copy stands on the first",
        "inferred": "most copies do not declare their original",
    },
    "counting": {
        "fractional": "a model counts once, whatever it stands on",
        "full": "each base is needed",
    },
    "roll_up": {
        "none": "each repository is what its account published",
        "formats": "a copy in another format is use of the same model",
    },
}
"""Why a word may be chosen, by field."""

REFUSED: dict[str, dict[str, str]] = {
    "metric": {
        "downloads_running_sum": "overlapping windows were summed: it counts no downloads",
        "new_derivatives": "counts edges of one month; `census derivatives` asks that question",
    },
    "population": {
        "list:atom-extra": "an addition to the list atom, no population of its own",
        "modality:WORD": "asks about a part of the models by what they do: another question",
        "size:CLASS": "asks about a part of the models by size: another question",
        "licence:CLASS": "asks about a part of the models by terms: another question",
    },
    "outliers": {
        "median": "medians of groups add up to no whole, so they have no shares",
        "cap-quantile:N": "the fixed cap asks the same and does not move with the frame",
    },
}
"""Words that would give another question or none, by field."""

NUMBERS: dict[str, tuple[str, ...]] = {
    "cap:N": ("cap:1000000",),
    "drop-top:N": ("drop-top:10",),
    "young:DAYS": ("young:365",),
}
"""Numbers for the words that need one: a round cap, ten models, the published first year."""

SAME_GROUP: dict[str, dict[str, str]] = {"atom": {"CN": "china", "US": "us"}}
"""Our group -> the word of another coding, where that word holds this country alone."""

_AT_MOMENTS = ("rolling", "cumulative", "count")
_CAPPED_UNITS = ("downloads", "pulls")


@dataclass(frozen=True)
class Refusal:
    """A word, or a definition, that is not asked, and why."""

    field: str
    word: str
    why: str


@dataclass(frozen=True)
class Space:
    """The definitions of one question.

    Attributes:
        definitions: contracts of the measure `share`; the first is the question as asked.
        refusals: words that were left out, with the reason.
        reasons: field -> word -> why it may be chosen.
    """

    definitions: tuple[Contract, ...]
    refusals: tuple[Refusal, ...]
    reasons: dict[str, dict[str, str]]


def definition_space(asked: Contract, lists: Sequence[str]) -> Space:
    """Return every defensible definition of a question about shares.

    Args:
        asked: a contract of `share` with its frame, period and subjects resolved.
        lists: names of the lists that the release holds.
    """
    refusals: list[Refusal] = []
    words: dict[str, dict[str, str]] = {}
    for name in VARIED:
        words[name] = dict(_words(name, asked, lists, refusals))
    found = {normal(asked): None}
    for combination in itertools.product(*(words[name] for name in VARIED)):
        values = dict(zip(VARIED, combination, strict=True))
        if (one := _definition(asked, values)) is not None:
            found.setdefault(one)
    return Space(tuple(found), tuple(refusals), words)


def _definition(asked: Contract, values: Mapping[str, str]) -> Contract | None:
    """Return a combination of words as a definition, written in one way; None: it means nothing."""
    if not _is_meaningful(asked, values):
        return None
    lens = "" if values["lens"] == standard_lens(asked) else values["lens"]
    subjects = tuple(SAME_GROUP.get(values["coding"], {}).get(s, s) for s in asked.subjects)
    try:
        return asked.with_values(**{**values, "lens": lens, "subjects": subjects})
    except ContractError:
        return None


def _words(
    name: str, asked: Contract, lists: Sequence[str], refusals: list[Refusal]
) -> Iterator[tuple[str, str]]:
    """Yield the words of a field with their reasons; note those that are left out."""
    standard = _value(asked, name)
    yield standard, "the question as asked"
    vocabulary: Mapping[str, Term] = PARAMETERS[name].words or {}
    for word, term in vocabulary.items():
        why = REFUSED.get(name, {}).get(word, "") or term.missing or _other_question(asked, word)
        if why:
            refusals.append(Refusal(name, word, why))
            continue
        reason = REASONS.get(name, {}).get(word, term.description)
        for concrete in _concrete(word, lists):
            if why := REFUSED.get(name, {}).get(concrete, ""):
                refusals.append(Refusal(name, concrete, why))
            else:
                yield concrete, reason


def _concrete(word: str, lists: Sequence[str]) -> Sequence[str]:
    """Return a word with the numbers or names that it needs; without any, it is left out."""
    if word == "list:NAME":
        return [f"list:{one}" for one in lists]
    return NUMBERS.get(word, ()) if ":" in word else (word,)


def _other_question(asked: Contract, word: str) -> str:
    metric = METRICS.get(word)
    if metric is None or (metric.kind in _AT_MOMENTS) == (asked.metric_term.kind in _AT_MOMENTS):
        return ""
    if metric.kind in _AT_MOMENTS:
        return "it is a level at a moment, and the question is about a period"
    return "it is what happened in a period, and the question is about a moment"


def _is_meaningful(asked: Contract, values: Mapping[str, str]) -> bool:
    """Return whether a combination of words is a definition of its own.

    A field that has no meaning beside the others keeps its standard word: how bases are read only
    with the lens `base`, a lens only with our own coding, a cap only for counts that one model
    can inflate, no largest model where each counts one.
    """
    metric = METRICS[values["metric"]]
    head = values["outliers"].partition(":")[0]
    is_idle = (
        (head == "cap" and metric.unit not in _CAPPED_UNITS)
        or (head == "drop-top" and metric.name == "models")
        or (values["denominator"] == "selected" and len(asked.subjects) < 2)
        or (values["lens"] != "base" and _is_changed(values, ("reading", "counting")))
        or (values["coding"] != "census" and values["lens"] != standard_lens(asked))
    )
    return not is_idle


def _is_changed(values: Mapping[str, str], names: Sequence[str]) -> bool:
    return any(values[name] != getattr(Contract, name) for name in names)


def standard_lens(contract: Contract) -> str:
    """Return the lens that a grouping has when none is named."""
    return "publisher" if contract.by == "namespace" else "developer"


def normal(contract: Contract) -> Contract:
    """Return a definition in one way of writing it: the standard lens is not named."""
    if contract.lens_value == standard_lens(contract):
        contract = contract.with_values(lens="")
    words = SAME_GROUP.get(contract.coding)
    if words:
        subjects = tuple(words.get(s, s) for s in contract.subjects)
        contract = contract.with_values(subjects=subjects)
    return contract


def unnamed_subjects(asked: Contract, definition: Contract) -> list[str]:
    """Return the subjects that the coding of a definition has no word of its own for."""
    if definition.coding in ("census", asked.coding):
        return []
    words = SAME_GROUP.get(definition.coding, {})
    return [s for s in asked.subjects if s not in words]


def choices(definition: Contract) -> dict[str, str | None]:
    """Return the word of each varied field; null where the field has no meaning."""
    found: dict[str, str | None] = {name: _value(definition, name) for name in VARIED}
    if definition.coding != "census":
        found["lens"] = None
    if definition.lens != "base":
        found |= {"reading": None, "counting": None}
    return found


def _value(contract: Contract, name: str) -> str:
    return contract.lens_value if name == "lens" else str(getattr(contract, name))


def apart_from(definition: Contract, name: str) -> tuple[Any, ...]:
    """Return all of a definition but one field and its subjects: equal for a pair to compare."""
    left_out = {name, "subjects"}
    return tuple(
        _value(definition, f.name) if f.name == "lens" else getattr(definition, f.name)
        for f in fields(definition)
        if f.name not in left_out
    )
