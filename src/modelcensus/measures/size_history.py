"""Size, active parameters, experts and precision by group, over snapshots or times of creation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import SNAPSHOTS, UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import coverage_of, sums_by_snapshot
from modelcensus.measures.frame_figure import hub_wide, make_figure
from modelcensus.measures.model_sizes import STORED_NUMBERS, lists_of_sizes, require_own_size
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.size_moments import (
    QUANTITIES,
    Build,
    Key,
    builds_by_moment,
    ordered_groups,
    together,
)
from modelcensus.measures.subjects import with_subjects
from modelcensus.measures.wording import frame_phrase, group_names, parameters_phrase, whose
from modelcensus.releases.release import Release

COLUMNS = columns(
    ("group", "", "group of the definition; `unknown` is one of them"),
    ("name", "", "its printable name"),
    ("label", "", "snapshot, or year or month in which the models were created"),
    ("models", "models", "models of the group there"),
    ("weight", "as the metric", "what they have of the metric; null where no count is known"),
    ("sized_share", "fraction", "part of the weight of which the total size is told"),
    ("value", "parameters", "median: size up to which half of that weight lies"),
    ("mean", "parameters", "mean, each model weighing what it has of the metric"),
    ("p90", "parameters", "size up to which 90 % of it lie"),
    ("median_at_least", "parameters", "the median if all unknown sizes were smaller; null: no end"),
    ("median_at_most", "parameters", "the median if all unknown sizes were larger; null: no end"),
    ("active_share", "fraction", "part of the weight of which active parameters are told"),
    ("active_median", "parameters", "their median"),
    ("mixture_share", "fraction", "part of the weight told to be mixtures of experts: at least"),
    ("experts_share", "fraction", "part of the weight whose number of experts is told"),
    ("experts_median", "experts", "the median of these numbers"),
    ("experts_most", "experts", "the largest"),
    ("precision_share", "fraction", "part of the weight of which a number format is told"),
    ("few_bits_share", "fraction", "of that part, formats of 8 bits or fewer"),
    ("fewest_bits_share", "fraction", "of that part, formats of 4 bits or fewer"),
)
_TEXTS = ("group", "name", "label")
_FRACTIONS = tuple(c.name for c in COLUMNS if c.unit == "fraction")
_SCHEMA = pa.schema(
    [
        (
            c.name,
            pa.string()
            if c.name in _TEXTS
            else pa.float64()
            if c.name in (*_FRACTIONS, "mean")
            else pa.int64(),
        )
        for c in COLUMNS
    ]
)
NOT_SHOWN = (
    "why sizes change: it describes, and neither export controls nor budgets are tried",
    "efficiency: what a model can do for its size is in no column",
)


def size_history(release: Release, contract: Contract) -> Figure:
    """How sizes, experts and number formats of each group's models are spread, over time.

    Returns:
        Figure with a row per moment and group, in order of time, groups by falling weight at the
        last moment, `unknown` last. A moment is a snapshot (`along` snapshots), or the time of
        creation of the models that the last snapshot shows. Null where nothing is told.

    Raises:
        ContractError: no size or no time of creation is known, bases are asked, or creation is
            asked of a curated sample.
        UnknownName: a subject is no group of this question.

    Method: docs/methods.md#size_history
    """
    require_own_size(contract)
    selection = select(release, contract)
    sums = sums_by_snapshot(selection)[selection.last.key]
    names = group_names(release, selection.contract)
    found = builds_by_moment(selection)
    whole = together(found.values())
    _require_sizes(selection, found)
    moments = sorted({moment for moment, _ in found})
    groups = ordered_groups(found, moments)
    selection = with_subjects(selection, groups, names)
    subjects = selection.contract.subjects
    listed = list(subjects) or groups
    if UNKNOWN in groups and UNKNOWN not in listed:
        listed.append(UNKNOWN)
    headline = list(subjects) or _told_most(found, moments, groups)[:2] or [UNKNOWN]
    rows = [
        _row(moment, group, names, found[moment, group])
        for moment in moments
        for group in listed
        if (moment, group) in found
    ]
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=_SCHEMA),
        finding=_finding(selection, found, moments, headline, names),
        coverage=coverage_of(selection, sums, selection.last.key)
        | _coverage(selection, sums.all_models, len(moments), whole),
        bounds=_bounds(selection, found, moments, listed),
        sensitivity=_sensitivity(selection, found, headline),
        caveats=tuple(_caveats(selection, whole)),
        not_shown=NOT_SHOWN,
    )


def _require_sizes(selection: Selection, found: Mapping[Key, Build]) -> None:
    if any(build.told["total"] for build in found.values()):
        return
    frame = selection.contract.frame
    if not found:
        raise ContractError(
            f"of no model that the frame {frame} holds here it is told when it was created",
            where=f"--along {selection.contract.along}",
            next_step=f"--along {SNAPSHOTS}, or a frame of a source that tells it (hub-stats)",
        )
    raise ContractError(
        f"no size is known of any model that the frame {frame} holds here",
        where=f"{len(found)} groups and moments; no source, list or name tells of one",
        next_step="import a source that holds sizes (hub-stats, hub-api, radar), or a list (atom)",
    )


def _told_most(
    found: Mapping[Key, Build], moments: Sequence[str], groups: Sequence[str]
) -> list[str]:
    """Return the known groups by falling weight of what has a size at the last moment."""
    last = {g: found.get((moments[-1], g), Build()).weighted("total").known for g in groups}
    return sorted((g for g in groups if g != UNKNOWN), key=lambda g: (-last[g], g))


def _row(moment: str, group: str, names: dict[str, str], build: Build) -> dict[str, object]:
    sizes, active, experts = (build.weighted(quantity) for quantity in QUANTITIES)
    low, high = sizes.quantile_bounds(50)
    return {
        "group": group,
        "name": names.get(group, group),
        "label": moment,
        "models": build.models,
        "weight": build.weight if build.counted else None,
        "sized_share": build.share(sizes.known),
        "value": sizes.quantile(50),
        "mean": sizes.mean,
        "p90": sizes.quantile(90),
        "median_at_least": low,
        "median_at_most": high,
        "active_share": build.share(active.known),
        "active_median": active.quantile(50),
        "mixture_share": build.share(build.mixtures),
        "experts_share": build.share(experts.known),
        "experts_median": experts.quantile(50),
        "experts_most": max((size for size, _ in experts.pairs), default=None),
        "precision_share": build.share(build.told_bits),
        "few_bits_share": build.few / build.told_bits if build.told_bits else None,
        "fewest_bits_share": build.fewest / build.told_bits if build.told_bits else None,
    }


def _coverage(selection: Selection, shown: int, moments: int, whole: Build) -> dict[str, Any]:
    known = {q: whole.share(whole.weighted(q).known) for q in QUANTITIES}
    return {
        "moments": moments,
        "sized_share": known["total"],
        "sized_by_a_list_share": whole.share(whole.listed),
        "sized_by_name_share": whole.share(whole.named),
        "active_share": known["active"],
        "experts_share": known["experts"],
        "precision_share": whole.share(whole.told_bits),
        "models_without_creation": (
            None if selection.contract.along == SNAPSHOTS else shown - whole.models
        ),
    }


def _bounds(
    selection: Selection,
    found: Mapping[Key, Build],
    moments: Sequence[str],
    listed: Sequence[str],
) -> dict[str, Any]:
    why = "sizes of models that the frame does not hold are not known"
    last = {g: found[moments[-1], g] for g in listed if (moments[-1], g) in found}
    medians = {g: list(build.weighted("total").quantile_bounds(50)) for g, build in last.items()}
    return {"hub_wide": hub_wide(selection.last, why), "median_within_frame": medians}


def _sensitivity(
    selection: Selection, found: Mapping[Key, Build], headline: Sequence[str]
) -> dict[str, Any]:
    """Return the headline groups' medians at each moment with each model weighing 1."""
    if selection.contract.metric == "models":
        return {"headline_groups": list(headline)}
    return {
        "headline_groups": list(headline),
        "median_with_each_model_once": {
            group: {m: build.once.quantile(50) for (m, g), build in found.items() if g == group}
            for group in headline
        },
    }


def _caveats(selection: Selection, whole: Build) -> Iterator[str]:
    if whole.named:
        yield (
            f"{percent(whole.share(whole.named))} of the weight has its size from the models' "
            "names: nominal sizes, those of the base for an adapter"
        )
    if whole.listed:
        part, makers = percent(whole.share(whole.listed)), lists_of_sizes(selection.release)
        yield f"{part} of the weight has it from imported lists: {'; '.join(makers)}"
    yield STORED_NUMBERS
    yield (
        "mixtures of experts are those that a list, a tag or a name calls so: others may be such, "
        "too; numbers of experts are told by names only (`8x7B`, `17B-128E`)"
    )
    if whole.told_bits:
        yield "of several number formats of a model the one of fewest bits counts"
    if selection.contract.along != SNAPSHOTS:
        yield (
            f"models that {selection.last.label} still shows, by when they were created: what was "
            "removed before is not among them"
        )


def _finding(
    selection: Selection,
    found: Mapping[Key, Build],
    moments: Sequence[str],
    headline: Sequence[str],
    names: dict[str, str],
) -> str:
    contract = selection.contract
    said = []
    for group in headline:
        told = [
            (m, found[m, group]) for m in moments if found.get((m, group), Build()).told["total"]
        ]
        who = "all together" if contract.by == "total" else whose(contract, group, names)
        said.append(f"{who} {_course(told)}" if told else f"{who}: no size known")
    weighed = "" if contract.metric == "models" else f" weighed by {contract.metric_term.phrase}"
    when = "" if contract.along == SNAPSHOTS else ", by when they were created"
    return (
        f"The median size in parameters of the models in "
        f"{frame_phrase(selection.release, contract)}{weighed}{when}: {'; '.join(said)}."
    )


def _course(told: Sequence[tuple[str, Build]]) -> str:
    """Return the first and the last median, each with the part of the weight it stands on."""
    ends = [told[0], told[-1]] if len(told) > 1 else [told[0]]
    said = []
    for moment, build in ends:
        sizes = build.weighted("total")
        part = percent(build.share(sizes.known), 0)
        said.append(f"{parameters_phrase(sizes.quantile(50))} ({moment}, known of {part})")
    return f"from {said[0]} to {said[1]}" if len(said) > 1 else said[0]
