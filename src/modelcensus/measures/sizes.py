"""How large models are: quantiles and means of parameters, total and active, by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import Sums, coverage_of, sums_by_snapshot
from modelcensus.measures.frame_figure import hub_wide, make_figure
from modelcensus.measures.frames import require_instant
from modelcensus.measures.model_sizes import (
    STORED_NUMBERS,
    largest_believed,
    lists_of_sizes,
    model_sizes,
    own_sizes,
    require_own_size,
)
from modelcensus.measures.quantiles import PERCENTS, Weighted
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.subjects import with_subjects
from modelcensus.measures.wording import frame_phrase, group_names, parameters_phrase, whose
from modelcensus.releases.release import Release

TOTAL, ACTIVE = "total", "active"
_NAMES = {50: "median"}

COLUMNS = columns(
    ("group", "", "group of the definition; `unknown` is one of them"),
    ("name", "", "its printable name"),
    ("kind", "", "total: all parameters; active: those used for one token"),
    ("models", "models", "models of the group with such a size"),
    ("models_without_size", "models", "models of the group without one, implausible ones included"),
    ("models_implausible", "models", "models whose own count no source can mean"),
    ("value", "as the metric", "weight of the models with a size"),
    ("unknown_share", "fraction", "part of the group's weight that has no size"),
    ("mean", "parameters", "mean, each model weighing what it has of the metric"),
    *(
        (_NAMES.get(p, f"p{p}"), "parameters", f"size up to which {p} % of the weight lie")
        for p in PERCENTS
    ),
    ("median_at_least", "parameters", "the median if all unknown sizes were smaller; null: no end"),
    ("median_at_most", "parameters", "the median if all unknown sizes were larger; null: no end"),
    ("largest", "parameters", "the largest believed size"),
)
_TEXTS = ("group", "name", "kind")
_SCHEMA = pa.schema(
    [
        (
            c.name,
            pa.string()
            if c.name in _TEXTS
            else pa.float64()
            if c.name in ("unknown_share", "mean")
            else pa.int64(),
        )
        for c in COLUMNS
    ]
)


@dataclass
class _Sizes:
    """What is known of the sizes of one group's models."""

    pairs: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: {TOTAL: [], ACTIVE: []})
    sized: dict[str, int] = field(default_factory=lambda: {TOTAL: 0, ACTIVE: 0})
    models: int = 0
    weight: int = 0
    implausible: int = 0
    listed: int = 0

    def weighted(self, kind: str) -> Weighted:
        """Return the sizes of one kind with their weights."""
        known = sum(weight for _, weight in self.pairs[kind])
        return Weighted.of(self.pairs[kind], self.weight - known)


def sizes_by_group(release: Release, contract: Contract) -> Figure:
    """Quantiles and means of the sizes of each group's models, as of one moment.

    Returns:
        Figure with a row per group of total parameters, and one of active parameters where a
        list tells of any; groups by falling weight, `unknown` last. Null where no size is known.

    Raises:
        ContractError: the frame tells of no sizes, the period is an interval, or bases are asked.
        UnknownName: a subject is no group of this question.

    Method: docs/methods.md#sizes
    """
    require_instant(contract)
    require_own_size(contract)
    selection = select(release, contract)
    sums = sums_by_snapshot(selection)[selection.last.key]
    names = group_names(release, selection.contract)
    selection = with_subjects(selection, sums.values, names)
    subjects = selection.contract.subjects
    listed = list(subjects) or sums.leaders()
    if UNKNOWN in sums.values and UNKNOWN not in listed:
        listed.append(UNKNOWN)
    found = _by_group(selection)
    _require_sizes(selection, found)
    rows = [row for g in listed for row in _rows(g, names.get(g, g), found.get(g, _Sizes()))]
    headline = [g for g in list(subjects) or listed[:2] if g in found]
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=_SCHEMA),
        finding=_finding(selection, found, headline, names),
        coverage=_coverage(selection, sums, found),
        bounds=_bounds(selection, found, listed),
        sensitivity=_sensitivity(selection, found, headline),
        caveats=_caveats(selection, found),
    )


def _by_group(selection: Selection) -> dict[str, _Sizes]:
    """Return the sizes of each group at the last snapshot."""
    rows = selection.values
    last = rows.filter(rows.snapshot_key == selection.last.key)
    sized = last.left_join(model_sizes(selection.release, selection.contract), "model_key")
    found: dict[str, _Sizes] = {}
    for kind in (TOTAL, ACTIVE):
        for row in selection.fetch(_histogram(sized, f"{kind}_parameters")).to_pylist():
            group = found.setdefault(row["group"], _Sizes())
            weight = row["weight"] or 0
            if kind == TOTAL:
                group.models += row["models"]
                group.weight += weight
                group.implausible += row["implausible"]
                group.listed += row["listed"]
            if row["size"] is not None:
                group.sized[kind] += row["models"]
                group.pairs[kind].append((row["size"], weight))
    return found


def _histogram(sized: ir.Table, column: str) -> ir.Table:
    """Return how many models of each group have each size, and what they weigh."""
    implausible, listed = (
        ibis.ifelse(ibis.coalesce(flag, ibis.literal(False)), 1, 0).sum().cast("int64")
        for flag in (sized.is_implausible, sized.is_listed)
    )
    grouped = sized.group_by(["group", sized[column].name("size")]).agg(
        models=sized.count(),
        weight=sized.value.sum().cast("int64"),
        implausible=implausible,
        listed=listed,
    )
    return grouped.order_by(["group", ibis.asc("size", nulls_first=True)])


def _require_sizes(selection: Selection, found: dict[str, _Sizes]) -> None:
    if any(sizes.sized[TOTAL] for sizes in found.values()):
        return
    release, contract = selection.release, selection.contract
    frames = own_sizes(release)
    raise ContractError(
        f"no size is known of any model that the frame {contract.frame} holds here",
        where=f"frames whose source tells of sizes: {', '.join(frames) or 'none'}",
        next_step=f"--frame {frames[0]}"
        if frames
        else "import a source that holds them (hub-stats, hub-api, radar), or a list (atom)",
    )


def _rows(group: str, name: str, sizes: _Sizes) -> Iterator[dict[str, object]]:
    for kind in (TOTAL, ACTIVE):
        if kind == ACTIVE and not sizes.sized[ACTIVE]:
            continue
        weighted = sizes.weighted(kind)
        low, high = weighted.quantile_bounds(50)
        yield {
            "group": group,
            "name": name,
            "kind": kind,
            "models": sizes.sized[kind],
            "models_without_size": sizes.models - sizes.sized[kind],
            "models_implausible": sizes.implausible,
            "value": weighted.known,
            "unknown_share": _unknown(weighted),
            "mean": weighted.mean,
            **{_NAMES.get(p, f"p{p}"): weighted.quantile(p) for p in PERCENTS},
            "median_at_least": low,
            "median_at_most": high,
            "largest": max((size for size, _ in sizes.pairs[kind]), default=None),
        }


def _unknown(weighted: Weighted) -> float | None:
    whole = weighted.known + weighted.unknown
    return weighted.unknown / whole if whole else None


def _everything(found: dict[str, _Sizes]) -> _Sizes:
    """Return the sizes of all groups together."""
    whole = _Sizes()
    for sizes in found.values():
        whole.models += sizes.models
        whole.weight += sizes.weight
        whole.implausible += sizes.implausible
        whole.listed += sizes.listed
        for kind in (TOTAL, ACTIVE):
            whole.pairs[kind] += sizes.pairs[kind]
            whole.sized[kind] += sizes.sized[kind]
    return whole


def _coverage(selection: Selection, sums: Sums, found: dict[str, _Sizes]) -> dict[str, Any]:
    whole = _everything(found)
    return coverage_of(selection, sums, selection.last.key) | {
        "models_with_size": whole.sized[TOTAL],
        "models_with_active_size": whole.sized[ACTIVE],
        "models_sized_by_a_list": whole.listed,
        "models_implausible": whole.implausible,
        "unknown_size_share": _unknown(whole.weighted(TOTAL)),
    }


def _bounds(
    selection: Selection, found: dict[str, _Sizes], listed: Sequence[str]
) -> dict[str, Any]:
    why = "sizes of models that the frame does not hold are not known"
    medians = {g: found[g].weighted(TOTAL).quantile_bounds(50) for g in listed if g in found}
    return {
        "hub_wide": hub_wide(selection.last, why),
        "median_within_frame": {g: list(b) for g, b in medians.items()},
    }


def _sensitivity(
    selection: Selection, found: dict[str, _Sizes], headline: Sequence[str]
) -> dict[str, Any]:
    """Return each headline group's mean and median without its largest size, and reweighted."""
    contract = selection.contract
    weighings = {}
    for metric in ("models", "downloads_30d", "likes"):
        if metric != contract.metric:
            try:
                other = select(selection.release, contract.with_values(metric=metric))
            except ContractError:
                continue
            weighings[metric] = _by_group(other)
    return {
        "headline_groups": list(headline),
        "without_the_largest_size": {g: _without_largest(found[g]) for g in headline},
        "weighed_by": {
            metric: {g: _middle(sizes[g].weighted(TOTAL)) for g in headline if g in sizes}
            for metric, sizes in weighings.items()
        },
    }


def _middle(weighted: Weighted) -> dict[str, float | None]:
    return {"mean": weighted.mean, "median": weighted.quantile(50)}


def _without_largest(sizes: _Sizes) -> dict[str, float | None]:
    """Return mean and median without all models of the largest size."""
    weighted = sizes.weighted(TOTAL)
    if not weighted.pairs:
        return _middle(weighted)
    return _middle(weighted.without(*weighted.pairs[-1]))


def _caveats(selection: Selection, found: dict[str, _Sizes]) -> list[str]:
    whole = _everything(found)
    largest = largest_believed(selection.release)
    texts = ["a mean of sizes is made by few very large models: read the quantiles beside it"]
    if whole.implausible:
        texts.append(
            f"{whole.implausible:,} model(s) have a count that is 0 or not below "
            f"{largest:,} (setting largest_parameters): not believed, and counted as unknown "
            "unless a list tells the size"
        )
    if whole.listed:
        makers = "; ".join(lists_of_sizes(selection.release))
        texts.append(f"the sizes of {whole.listed:,} model(s) are from imported lists: {makers}")
    if whole.sized[ACTIVE]:
        texts.append(
            f"active parameters are known of {whole.sized[ACTIVE]:,} models only, from imported "
            "lists: mostly of well-known mixtures of experts"
        )
    texts.append(STORED_NUMBERS)
    return texts


def _finding(
    selection: Selection, found: dict[str, _Sizes], headline: Sequence[str], names: dict[str, str]
) -> str:
    contract = selection.contract
    whole = _everything(found)
    said = []
    for group in headline:
        weighted = found[group].weighted(TOTAL)
        middle = parameters_phrase(weighted.quantile(50))
        mean = parameters_phrase(weighted.mean)
        who = "all together" if contract.by == "total" else whose(contract, group, names)
        said.append(f"{who}: median {middle}, mean {mean}")
    weighed = "" if contract.metric == "models" else f", weighed by {contract.metric_term.phrase}"
    return (
        f"On {selection.last.label}, a size is known of {whole.sized[TOTAL]:,} of the "
        f"{whole.models:,} models that {frame_phrase(selection.release, contract)} holds"
        f"{weighed}: {'; '.join(said)} parameters; "
        f"{percent(_unknown(whole.weighted(TOTAL)))} of the weight has no known size."
    )
