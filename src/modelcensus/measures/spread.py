"""The same question under every defensible definition that the data carry, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.defensible import (
    SAME_GROUP,
    VARIED,
    Space,
    choices,
    definition_space,
    unnamed_subjects,
)
from modelcensus.contracts.figure import Column, Figure, columns, percent
from modelcensus.contracts.registry import MEASURES
from modelcensus.measures.aggregate import coverage_of, headline_share, sums_by_snapshot
from modelcensus.measures.bounds import bounds_of
from modelcensus.measures.choice_effects import Outcome, effects_of, points, spans_of
from modelcensus.measures.definition_sums import sums_of_many
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.frames import require_instant
from modelcensus.measures.populations import observed_values
from modelcensus.measures.published import published_shares
from modelcensus.measures.selection import Selection, models_without_fact, select
from modelcensus.measures.sensitivity import contested_rows
from modelcensus.measures.share import refuse_medians
from modelcensus.measures.subjects import with_subjects
from modelcensus.measures.wording import frame_phrase, group_names, when, whose
from modelcensus.releases.release import Release

NOT_SHOWN = (
    "how likely an answer is: definitions are not drawn at random, and how many of them agree is "
    "no probability",
    "whether a published figure is right: published dots count other models, at other times",
)


@dataclass(frozen=True)
class Spread:
    """A question with its definitions and what each gives.

    Attributes:
        selection: the question as asked, resolved.
        space: its definitions.
        outcomes: of the definitions that could be computed, in the order of the space.
        refused: the others, with the reason.
    """

    selection: Selection
    space: Space
    outcomes: tuple[Outcome, ...]
    refused: dict[Contract, str]


def spread_of_definitions(release: Release, contract: Contract) -> Figure:
    """The same question under every defensible definition.

    Returns:
        Figure with one row per definition by the first subject's falling share: the definition's
        id (of the measure `share`), its words, the share of each subject over its own
        denominator, who leads and by how much. `same_as` names an earlier definition with the
        same shares: a word that has no effect here.

    Raises:
        ContractError: the question as asked cannot be computed; see the measure `share`.
        UnknownName: a subject is no group of this question.

    Method: docs/methods.md#spread
    """
    asked = _as_share(contract)
    require_instant(asked)
    refuse_medians(asked)
    selection = select(release, asked.with_values(denominator="all", subjects=()))
    sums = sums_by_snapshot(selection)[selection.last.key]
    names = group_names(release, asked)
    resolved = selection.contract.with_values(
        denominator=asked.denominator, subjects=contract.subjects
    )
    selection = Selection(release, resolved, selection.snapshots, selection.values)
    selection = with_subjects(selection, sums.values, names)
    spread = _spread(release, selection)
    subjects = selection.contract.subjects
    contested = contested_rows(selection, sums, subjects)
    effects = effects_of(spread.outcomes)
    published = published_shares(release, selection.contract, names)
    figure_selection = Selection(
        release, _as_spread(contract, selection.contract), selection.snapshots, selection.values
    )
    return make_figure(
        figure_selection,
        columns=_columns(subjects),
        rows=_rows(spread, subjects),
        finding=_finding(spread, effects, contested, names),
        coverage=coverage_of(selection, sums, selection.last.key) | _counts(spread),
        bounds=bounds_of(selection, sums, list(subjects))
        | {"across_definitions": _extremes(spread)},
        sensitivity={
            "headline_groups": list(subjects),
            "choices": effects,
            "contested_rows": contested,
            "hangs_on": contested[0] if contested else None,
        },
        caveats=_caveats(spread, published),
        details={
            "leads": _leads(spread),
            "spans": spans_of(spread.outcomes, subjects),
            "not_carried": _not_carried(spread),
            "not_asked": [vars(r) for r in spread.space.refusals],
            "reasons": spread.space.reasons,
            "published": published,
        },
        not_shown=NOT_SHOWN,
    )


def _as_share(contract: Contract) -> Contract:
    """Return the question of one definition: a contract of the measure `share`."""
    version = MEASURES["share"].version
    return contract.with_values(measure="share", measure_version=version)


def _as_spread(contract: Contract, resolved: Contract) -> Contract:
    """Return the contract of the figure, with what was resolved."""
    return contract.with_values(
        frame=resolved.frame, period=resolved.period, subjects=resolved.subjects
    )


def _spread(release: Release, selection: Selection) -> Spread:
    """Compute every definition of a resolved question."""
    asked = selection.contract
    lists = release.fetch(release.table("populations").select("population").distinct())
    space = definition_space(asked, sorted(lists["population"].to_pylist()))
    refused = {
        d: f"the coding {d.coding} has no word of its own for {', '.join(lacking)}"
        for d in space.definitions
        if (lacking := unnamed_subjects(asked, d))
    }
    scarce = _too_little_known(selection, space)
    refused |= {
        d: scarce[d.population]
        for d in space.definitions
        if d.population in scarce and d.population != asked.population
    }
    sums, impossible = sums_of_many(release, [d for d in space.definitions if d not in refused])
    outcomes: list[Outcome] = []
    first: dict[tuple[float | None, ...], str] = {}
    for definition in space.definitions:
        if definition not in sums:
            continue
        shares = tuple(headline_share(sums[definition], definition, s) for s in definition.subjects)
        same_as = first.setdefault(shares, definition.id)
        outcomes.append(
            Outcome(
                definition, asked.subjects, shares, None if same_as == definition.id else same_as
            )
        )
    return Spread(selection, space, tuple(outcomes), refused | impossible)


def _too_little_known(selection: Selection, space: Space) -> dict[str, str]:
    """Return the populations that mostly hold what nobody knows to be in them, with the reason."""
    release, asked = selection.release, selection.contract
    everything = asked.with_values(population="all")
    observed = observed_values(release, everything, selection.snapshots)
    models = int(release.fetch(observed.agg(n=observed.count()))["n"][0].as_py())
    found = {}
    for population in dict.fromkeys(d.population for d in space.definitions):
        contract = asked.with_values(population=population)
        missing, fact = models_without_fact(
            Selection(release, contract, selection.snapshots, selection.values)
        )
        if models and missing > models * (1 - release.settings.min_known_models):
            found[population] = f"of {missing:,} of {models:,} models {fact} not known here"
    return found


_FIXED = columns(
    ("definition", "", "id of the definition: `census share` with these words has the same"),
    ("is_as_asked", "", "true for the question as it was asked"),
    ("same_as", "", "an earlier definition with equal shares: a word has no effect; else null"),
)
_MEANINGS = {
    "leader": "the subject with the largest share; null for a tie, or where one is not known",
    "gap": "share of the first subject less that of the second; null where one is not known",
}


def _columns(subjects: Sequence[str]) -> tuple[Column, ...]:
    words = [Column(n, "", f"word of the field {n}; null: it has no meaning here") for n in VARIED]
    shares = [
        Column(f"share_{s}", "fraction", f"share of {s} over the definition's own denominator")
        for s in subjects
    ]
    outcome = [
        Column("leader", "", _MEANINGS["leader"]),
        Column("gap", "fraction", _MEANINGS["gap"]),
    ]
    return (*_FIXED, *words, *shares, *outcome)


def _rows(spread: Spread, subjects: Sequence[str]) -> pa.Table:
    fields = [("definition", pa.string()), ("is_as_asked", pa.bool_()), ("same_as", pa.string())]
    fields += [(name, pa.string()) for name in VARIED]
    fields += [(f"share_{s}", pa.float64()) for s in subjects]
    fields += [("leader", pa.string()), ("gap", pa.float64())]
    rows: list[dict[str, Any]] = [
        {
            "definition": one.definition.id,
            "is_as_asked": place == 0,
            "same_as": one.same_as,
            **choices(one.definition),
            **{f"share_{s}": share for s, share in zip(subjects, one.shares, strict=True)},
            "leader": one.leader,
            "gap": one.gap,
        }
        for place, one in enumerate(spread.outcomes)
    ]
    first = f"share_{subjects[0]}"
    rows.sort(key=lambda r: (r[first] is None, -(r[first] or 0.0), r["definition"]))
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def _distinct(spread: Spread) -> list[Outcome]:
    return [o for o in spread.outcomes if o.same_as is None]


def _leads(spread: Spread) -> dict[str, int]:
    """Return by how many distinct definitions each subject leads; ties and unknown apart."""
    found = Counter(o.leader or "nobody, or not known" for o in _distinct(spread))
    subjects = spread.selection.contract.subjects
    named = {s: found.pop(s, 0) for s in subjects}
    return named | dict(sorted(found.items()))


def _extremes(spread: Spread) -> dict[str, list[float]]:
    spans = spans_of(spread.outcomes, spread.selection.contract.subjects)
    return {s: [span["lowest"], span["highest"]] for s, span in spans.items()}


def _counts(spread: Spread) -> dict[str, Any]:
    return {
        "definitions": len(spread.outcomes),
        "definitions_distinct": len(_distinct(spread)),
        "definitions_not_carried": len(spread.refused),
    }


def _not_carried(spread: Spread) -> list[dict[str, Any]]:
    """Return why definitions could not be computed, and how many each reason takes."""
    found = Counter(spread.refused.values())
    words: dict[str, set[str]] = {}
    for definition, why in spread.refused.items():
        standing = {f"{k} {v}" for k, v in choices(definition).items() if v is not None}
        words[why] = words[why] & standing if why in words else standing
    rows = [{"why": why, "definitions": n, "words": sorted(words[why])} for why, n in found.items()]
    return sorted(rows, key=lambda r: (-int(str(r["definitions"])), str(r["why"])))


def _caveats(spread: Spread, published: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    texts = []
    codings = {o.definition.coding for o in spread.outcomes} - {"census"}
    for coding in sorted(codings & SAME_GROUP.keys()):
        pairs = ", ".join(
            f"{ours} as {word!r}"
            for ours, word in SAME_GROUP[coding].items()
            if ours in spread.selection.contract.subjects
        )
        texts.append(f"the coding {coding} is read in its own words: {pairs}")
    if published:
        texts.append(
            f"{len(published)} published figures stand beside it; each counts other models, "
            "another time or another denominator: none of them is contradicted or confirmed here"
        )
    return tuple(texts)


def _finding(
    spread: Spread,
    effects: Sequence[dict[str, Any]],
    contested: Sequence[dict[str, Any]],
    names: dict[str, str],
) -> str:
    contract = spread.selection.contract
    spans = spans_of(spread.outcomes, contract.subjects)
    held = [
        f"{whose(contract, s, names)} between {percent(spans[s]['lowest'])} and "
        f"{percent(spans[s]['highest'])}"
        for s in contract.subjects
        if s in spans
    ]
    distinct, leads = len(_distinct(spread)), _leads(spread)
    text = (
        f"{when(spread.selection.snapshots, contract)} in "
        f"{frame_phrase(spread.selection.release, contract)}, {len(spread.outcomes)} defensible "
        f"definitions ({distinct} with shares of their own) give {' and '.join(held)}"
    )
    if len(contract.subjects) > 1:
        led = ", ".join(f"{s} by {leads[s]}" for s in contract.subjects)
        text += f"; of the {distinct}, {led} lead"
    if effects:
        text += (
            f"; the choice of {effects[0]['field']} moves the answer most "
            f"(median {points(effects[0]['median_change'])} points)"
        )
    if contested and contested[0]["share_moved"]:
        row = contested[0]
        text += (
            f"; the register row that carries most is {row['row_id']} "
            f"({percent(row['share_moved'])} of the whole)"
        )
    return text + "."
