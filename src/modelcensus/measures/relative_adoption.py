"""How adopted models are beside the most downloaded ones of the same age: the RAM, in versions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.catalogue.facts import size_class
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.errors import ContractError
from modelcensus.measures.adoption_references import (
    LEADERS,
    V1,
    V2,
    Reference,
    leaders,
    references,
    with_peers,
)
from modelcensus.measures.ages import AGES, FELL, KNOWN, TOO_FAR, counts_at_ages
from modelcensus.measures.frame_figure import hub_wide, make_figure
from modelcensus.measures.frames import choose_snapshots
from modelcensus.measures.model_sizes import largest_believed, model_sizes
from modelcensus.measures.named_models import find_models
from modelcensus.measures.populations import (
    has_values,
    keep_population,
    observed_values,
)
from modelcensus.measures.selection import Selection, resolve_frame
from modelcensus.measures.wording import frame_phrase
from modelcensus.releases.release import Release

HEADLINE_AGE = 30
"""Age of which the finding speaks first, where anything is known at it."""

NOT_REACHED = "age_not_reached"
NO_SIZE, FEW_PEERS = "size_unknown", "fewer_than_ten_peers"
WHY = {
    NOT_REACHED: "no snapshot shows the model at that age or after it, with a creation date",
    FELL: "its running total was smaller at the snapshot after that age than before it",
    TOO_FAR: "the snapshots around that age are further apart than the setting age_gap_days",
    NO_SIZE: "its size class is unknown, and v1 compares models of one size class",
    FEW_PEERS: "fewer than ten models of its kind have a known count at that age",
}
"""Why a row has no RAM."""

COLUMNS = columns(
    ("model", "", "model"),
    ("size_class", "", "by total parameters; null when unknown"),
    ("age_days", "days", "days since creation"),
    ("count", "as the metric", "running total at that age, interpolated between two snapshots"),
    ("count_at_least", "as the metric", "its count at the snapshot before"),
    ("count_at_most", "as the metric", "its count at the snapshot after"),
    ("peers", "models", "models compared: of the same size class (v1), or all (v2)"),
    ("reference", "as the metric", "v1: median of the ten largest counts at that age; v2: tenth"),
    ("ram", "ratio", "count over reference"),
    ("ram_at_least", "ratio", "smallest possible, whatever happened between the snapshots"),
    ("ram_at_most", "ratio", "largest possible; null where the reference may be 0"),
    ("why", "", "why there is no RAM; empty where there is one"),
)
_TYPES = {
    "model": pa.string(),
    "size_class": pa.string(),
    "age_days": pa.int64(),
    "count_at_least": pa.int64(),
    "count_at_most": pa.int64(),
    "peers": pa.int64(),
    "why": pa.string(),
}
_SCHEMA = pa.schema([(c.name, _TYPES.get(c.name, pa.float64())) for c in COLUMNS])


def relative_adoption(release: Release, contract: Contract) -> Figure:
    """How adopted models are beside the most downloaded ones of the same age.

    Returns:
        Figure with a row for each named model and age (or, with none named, for the ten most
        downloaded models of each age, and size class in v1). RAM is null where it is not known,
        and `why` says why.

    Raises:
        ContractError: the metric is no running total, the frame has none or no creation dates,
            the period is an interval, or sizes are needed and none is known.
        UnknownName: a subject is no model of the frame's hub.

    Method: docs/methods.md#relative_adoption
    """
    _refuse(contract)
    comparison = _compare(release, contract)
    rows = comparison.rows()
    contract = comparison.selection.contract
    return make_figure(
        comparison.selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=_SCHEMA),
        finding=_finding(comparison, rows),
        coverage=comparison.coverage(),
        bounds={
            "hub_wide": hub_wide(
                comparison.selection.last,
                "models that the frame does not hold may be among the most downloaded of an age",
            )
        },
        sensitivity=_other_variant(release, contract),
        caveats=_caveats(comparison),
    )


def _refuse(contract: Contract) -> None:
    asked = f"--metric {contract.metric}"
    if contract.metric_term.kind != "cumulative":
        raise ContractError(
            f"{contract.metric} is no running total, so it does not say what a model had at an age",
            where=asked,
            next_step="--metric downloads_all_time or downloads_first_year, in a frame that has it",
        )
    if not contract.period_value.is_instant:
        raise ContractError(
            "models are compared at their own ages, as far as they were known at one moment",
            where=f"--period {contract.period}",
            next_step="--period latest, or a day",
        )
    if contract.population.startswith("young:"):
        raise ContractError(
            "every model is looked at when it was young",
            where=f"--population {contract.population}",
            next_step="leave --population out, or name a list",
        )


@dataclass(frozen=True)
class _Comparison:
    """Counts of models at ages, and what each is compared with."""

    selection: Selection
    counts: ir.Table
    classes: ir.Table
    subjects: dict[int, str]

    @property
    def variant(self) -> str:
        """Return v1 or v2."""
        return self.selection.contract.variant

    @cached_property
    def references(self) -> dict[tuple[str, int], Reference]:
        """Return the reference of each kind and age."""
        return references(self.selection.release, self.counts, self.variant)

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the figure, in order of model, or of age, size class and RAM."""
        if not self.subjects:
            compared = self.counts.filter(
                (self.counts.outcome == KNOWN) & self.counts.peers.notnull()
            )
            found = self._fetch(leaders(compared, "count").drop("nth"))
            made = [self._row(row["model_id"], row) for row in found]
            return sorted(made, key=lambda r: (r["age_days"], r["size_class"] or "", -r["count"],
                                               r["model"]))  # fmt: skip
        keys = list(self.subjects)
        found = self._fetch(self.counts.filter(self.counts.model_key.isin(keys)))
        by_age = {(row["model_key"], row["age_days"]): row for row in found}
        classes = self._classes_of(keys)
        return [
            self._row(
                name,
                by_age.get((key, age))
                or {"size_class": classes.get(key), "age_days": age, "outcome": NOT_REACHED},
            )
            for key, name in self.subjects.items()
            for age in AGES
        ]

    def _fetch(self, counts: ir.Table) -> list[dict[str, Any]]:
        release = self.selection.release
        models = release.table("models").select("model_key", "model_id")
        named = counts.join(models, "model_key").order_by(["model_id", "age_days"])
        found: list[dict[str, Any]] = release.fetch(named).to_pylist()
        return found

    def _classes_of(self, keys: list[int]) -> dict[int, str | None]:
        mine = self.classes.filter(self.classes.model_key.isin(keys)).order_by("model_key")
        rows = self.selection.release.fetch(mine).to_pylist()
        return {row["model_key"]: row["size_class"] for row in rows}

    def _row(self, model: str, found: dict[str, Any]) -> dict[str, Any]:
        peers = "" if self.variant == V2 else found["size_class"]
        age, outcome = found["age_days"], found["outcome"]
        is_known = outcome == KNOWN
        reference = self.references.get((peers, age), Reference(0))
        why = "" if is_known else outcome
        if is_known and peers is None:
            why = NO_SIZE
        elif is_known and reference.value is None:
            why = FEW_PEERS
        is_told = is_known and not why
        return {
            "model": model,
            "size_class": found["size_class"],
            "age_days": age,
            "count": found["count"] if is_known else None,
            "count_at_least": found["at_least"] if is_known else None,
            "count_at_most": found["at_most"] if is_known else None,
            "peers": reference.peers,
            "reference": reference.value,
            "ram": _ratio(found["count"], reference.value) if is_told else None,
            "ram_at_least": _ratio(found["at_least"], reference.at_most) if is_told else None,
            "ram_at_most": _ratio(found["at_most"], reference.at_least) if is_told else None,
            "why": why,
        }

    def coverage(self) -> dict[str, Any]:
        """Return how many models have a count at each age, and why others have none."""
        release, last = self.selection.release, self.selection.last
        grouped = self.counts.group_by(["age_days", "outcome"]).agg(
            models=self.counts.count(), unsized=self.counts.size_class.isnull().cast("int64").sum()
        )
        rows = release.fetch(grouped.order_by(["age_days", "outcome"])).to_pylist()
        seen = self.selection.values
        models = release.fetch(seen.agg(n=seen.model_key.nunique()))["n"][0].as_py()
        return {
            "frame": last.frame,
            "hub": last.hub,
            "is_complete_frame": last.is_complete_frame,
            "label": last.label,
            "snapshots": len(self.selection.snapshots),
            "models": models,
            "models_by_age": [
                {
                    "age_days": age,
                    **{
                        outcome: sum(
                            r["models"] for r in rows
                            if (r["age_days"], r["outcome"]) == (age, outcome)
                        )
                        for outcome in (KNOWN, FELL, TOO_FAR)
                    },
                    "known_without_size": sum(
                        r["unsized"] for r in rows
                        if (r["age_days"], r["outcome"]) == (age, KNOWN)
                    ),
                }
                for age in AGES
            ],
        }  # fmt: skip


def _compare(release: Release, contract: Contract) -> _Comparison:
    contract = contract.with_values(frame=resolve_frame(release, contract))
    last = choose_snapshots(release, contract)[-1]
    if contract.period == "latest":
        contract = contract.with_values(period=last.label[:10])
    column = contract.metric_term.column
    frame = release.frame_snapshots(contract.frame)
    snapshots = tuple(s for s in frame if s.key <= last.key and column in s.counters)
    seen = keep_population(release, contract, observed_values(release, contract, snapshots))
    models = release.table("models").semi_join(seen, "model_key")
    if not has_values(release, models, "created_at"):
        raise ContractError(
            f"the frame {contract.frame} does not hold creation dates, so its models have no age",
            where=f"--frame {contract.frame}",
            next_step="use a frame whose source holds them (hub, hub-stats or evolution)",
        )
    sized = model_sizes(release, contract)
    largest = largest_believed(release)
    classes = sized.select("model_key", size_class=size_class(sized.total_parameters, largest))
    if contract.variant == V1 and not has_values(release, classes, "size_class"):
        raise ContractError(
            f"no size is known of any model of {contract.frame}, and v1 compares size classes",
            where="--variant v1",
            next_step="--variant v2, or import a list that tells sizes (atom)",
        )
    selection = Selection(release, contract, snapshots, seen)
    subjects = find_models(release, last.hub, contract.subjects)
    counts = counts_at_ages(release, seen, snapshots)
    return _Comparison(selection, with_peers(counts, classes, contract.variant), classes, subjects)


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _other_variant(release: Release, contract: Contract) -> dict[str, Any]:
    """Return the RAM of the named models under the other version."""
    other = V2 if contract.variant == V1 else V1
    if not contract.subjects:
        return {"other_variant": other, "rows": []}
    try:
        rows = _compare(release, contract.with_values(variant=other)).rows()
    except ContractError as error:
        return {"other_variant": other, "rows": [], "why": str(error)}
    names = ("model", "age_days", "ram", "ram_at_least", "ram_at_most", "why")
    return {"other_variant": other, "rows": [{n: row[n] for n in names} for row in rows]}


def _caveats(comparison: _Comparison) -> list[str]:
    gap = comparison.selection.release.manifest["settings"]["age_gap_days"]
    texts = [
        "a count at an age lies between two snapshots: `count` is read off a straight line, "
        "`count_at_least` and `count_at_most` are the snapshots' own. Snapshots more than "
        f"{gap:g} days apart tell of no age between them",
        "age counts from the repository's creation, which is not always the model's release; "
        "the running total is taken to begin at 0 there",
        "models without a known count at an age are not among its peers, and could be: see "
        "models_by_age",
    ]
    if comparison.variant == V1:
        texts.append("models of unknown size are in no size class, and are compared with none")
    return texts


def _finding(comparison: _Comparison, rows: list[dict[str, Any]]) -> str:
    contract, release = comparison.selection.contract, comparison.selection.release
    told = [r for r in rows if r["ram"] is not None]
    beside = (
        f"the median of the {LEADERS} most downloaded models of its size class"
        if contract.variant == V1
        else f"the {LEADERS}th most downloaded model"
    )
    where = f"in {frame_phrase(release, contract)}, as of {comparison.selection.last.label}"
    if not told:
        return f"Nothing is known of the relative adoption ({contract.variant}) {where}."
    ages = {r["age_days"] for r in told}
    age = HEADLINE_AGE if HEADLINE_AGE in ages else min(ages)
    named = sorted((r for r in told if r["age_days"] == age), key=lambda r: -r["ram"])[:3]
    said = "; ".join(f"{r['model']} {r['ram']:.2f} ({_span(r)})" for r in named)
    return (
        f"By {contract.metric_term.phrase} at an age of {age} days, over {beside} at that age "
        f"({contract.variant}), {where}: {said}."
    )


def _span(row: dict[str, Any]) -> str:
    low, high = row["ram_at_least"], row["ram_at_most"]
    return f"between {low:.2f} and {high:.2f}" if high is not None else f"at least {low:.2f}"
