"""The words a definition may use, each with its meaning. Faces, docs and checks read them here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from modelcensus.errors import ContractError


@dataclass(frozen=True)
class Term:
    """One allowed word of a definition.

    Attributes:
        name: the word.
        phrase: how a sentence says it.
        description: what it means, for help texts and the documentation.
        missing: empty when it can be computed; else what this version or the data lack.
    """

    name: str
    phrase: str
    description: str
    missing: str = ""


@dataclass(frozen=True)
class Metric(Term):
    """A term that counts something.

    Attributes:
        kind: `rolling` (a level over the last 30 days), `cumulative` (since creation),
            `count` (a state at a moment), `difference` (what a cumulative column grew by between
            the snapshots at a period's ends), `summed` (readings of a rolling column, added up).
        column: the observation column it reads; empty when it counts models themselves.
        unit: what one of it is.
    """

    kind: str = "count"
    column: str = ""
    unit: str = ""

    @property
    def is_of_period(self) -> bool:
        """Return whether it is what happened in a period, not a level at a moment."""
        return self.kind in ("difference", "summed")


def _table(*terms: Term) -> dict[str, Term]:
    return {term.name: term for term in terms}


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "downloads_30d",
            "30-day downloads",
            "the Hub's rolling count of the last 30 days, a level at a snapshot",
            kind="rolling",
            column="downloads_30d",
            unit="downloads",
        ),
        Metric(
            "downloads_all_time",
            "all-time downloads",
            "the hub's running total since the repository was created; it can fall",
            kind="cumulative",
            column="downloads_all_time",
            unit="downloads",
        ),
        Metric(
            "pulls",
            "pulls",
            "a model runner's own running total of pulls",
            kind="cumulative",
            column="pulls",
            unit="pulls",
        ),
        Metric(
            "pulls_in_period",
            "pulls in the period",
            "difference of pulls between the snapshots at a period's ends",
            kind="difference",
            column="pulls",
            unit="pulls",
        ),
        Metric(
            "tokens",
            "tokens",
            "tokens that a router sent to a model, over the window that its source states",
            kind="rolling",
            column="tokens",
            unit="tokens",
        ),
        Metric("likes", "likes", "likes at a snapshot", kind="count", column="likes", unit="likes"),
        Metric(
            "descendants",
            "descendants",
            "models that the source counts as built on this one, at a snapshot",
            kind="count",
            column="descendants",
            unit="models",
        ),
        Metric(
            "spaces",
            "Spaces",
            "Spaces that the hub lists for a model, at a snapshot",
            column="spaces",
            unit="Spaces",
        ),
        Metric(
            "inference_providers",
            "inference providers",
            "providers that serve a model live, at a snapshot; one counts once per model",
            column="inference_providers",
            unit="providers",
        ),
        Metric("models", "models", "model repositories in a snapshot", unit="models"),
        Metric(
            "downloads_running_sum",
            "running sum of rolling counts",
            "a source's running sum of overlapping rolling windows; never downloads",
            kind="cumulative",
            column="downloads_running_sum",
            unit="none",
            missing="overlapping 30-day windows were summed, so it counts most downloads many "
            "times; import the readings themselves (kind rolling-30d), or take the sums apart "
            "(kind running-sum-steps), and use downloads_30d",
        ),
        Metric(
            "downloads_in_period",
            "downloads in the period",
            "difference of all-time counts between the snapshots at a period's ends",
            kind="difference",
            column="downloads_all_time",
            unit="downloads",
        ),
        Metric(
            "downloads_first_year",
            "first-year downloads",
            "running total that stops one year after a model's creation, as its source counts",
            kind="cumulative",
            column="downloads_first_year",
            unit="downloads",
        ),
        Metric(
            "downloads_first_year_in_period",
            "first-year downloads in the period",
            "difference of first-year counts between the snapshots at a period's ends",
            kind="difference",
            column="downloads_first_year",
            unit="downloads",
        ),
        Metric(
            "downloads_summed_30d",
            "summed 30-day downloads",
            "rolling counts at least 28 days apart, summed: an estimate",
            kind="summed",
            column="downloads_30d",
            unit="downloads",
        ),
        Metric(
            "new_derivatives",
            "new derivatives",
            "models created in the period on a declared base",
            unit="models",
            missing="`census derivatives` counts them, by month and by the base they stand on",
        ),
    )
}

GROUPS: dict[str, Term] = _table(
    Term("country", "country of the developer", "ISO 3166-1 code of the developer's base"),
    Term(
        "bloc",
        "bloc of the developer's country",
        "EU for countries that were members at the snapshot, every other country by its own code",
    ),
    Term("developer", "developer", "who trained the model (or published it: --lens publisher)"),
    Term("developer_type", "developer type", "industry, academia, non-profit, government ..."),
    Term(
        "developer_sub_type",
        "developer sub-type",
        "industry split into platform company, start-up, hardware vendor, other; else the type",
    ),
    Term("family", "family", "named line of models of one developer, by the family register"),
    Term("namespace", "namespace", "account on the hub; renamed accounts are followed"),
    Term(
        "hub",
        "hub",
        "the site that hosts the repository",
        missing="each frame sees one hub, and counters of different hubs are never added up; "
        "ask one frame after the other",
    ),
    Term("licence_class", "licence class", "L1 to L9 of the licence register"),
    Term("size_class", "size class", "parameters: <1B, 1-7B, 7-20B, 20-100B, >=100B"),
    Term("library", "library", "library the repository declares"),
    Term("pipeline_tag", "task", "the pipeline tag the repository declares"),
    Term("modality", "modality", "category under which the Hub lists the declared task"),
    Term(
        "format", "weight format", "formats of weights that a repository holds; it may be several"
    ),
    Term(
        "precision",
        "number format",
        "bits per weight that tags name: 4-bit, 8-bit, 16-bit ... (it may be several); else those "
        "of the type that most weights are stored in",
    ),
    Term("language", "declared language", "languages that the card declares; it may be several"),
    Term(
        "created_month",
        "month of creation",
        "month in which the repository was created, UTC; refused over a curated sample",
    ),
    Term(
        "created_year",
        "year of creation",
        "year in which the repository was created, UTC; refused over a curated sample",
    ),
    Term(
        "weight_format",
        "weight format",
        "safetensors, pickle, both, other formats, or none told",
    ),
    Term("total", "all models", "one group that holds everything"),
    Term("model", "model", "each model by itself; in measures that give no row per group"),
)

LENSES: dict[str, Term] = _table(
    Term("publisher", "publisher", "owner of the namespace that publishes the repository"),
    Term("developer", "developer", "who trained what the repository holds"),
    Term(
        "base",
        "base developer",
        "developer of the models it was built on; its own where it names no base",
    ),
)

POPULATIONS: dict[str, Term] = _table(
    Term("all", "all models of the frame", "every model that the frame holds"),
    Term("list:NAME", "models on the list NAME", "an imported list of model ids, e.g. list:atom"),
    Term("first_party", "models published by who made them", "publisher and developer are one"),
    Term(
        "language",
        "language models",
        "generative language or vision-language models published after 2022-11-30",
    ),
    Term("young:DAYS", "models created within DAYS days", "created at most DAYS days before"),
    Term(
        "modality:WORD",
        "models of the modality WORD",
        "by the declared task: text, vision, audio, multimodal, tabular, reinforcement, other, "
        "unlisted or unknown",
    ),
    Term(
        "size:CLASS",
        "models of CLASS parameters",
        "<1B (or below-1B), 1-7B, 7-20B, 20-100B, >=100B (or from-100B) or unknown",
    ),
    Term("licence:CLASS", "models of the licence class CLASS", "L1 to L9 or unknown"),
)

DENOMINATORS: dict[str, Term] = _table(
    Term("all", "everything in the population", "unknown developers included"),
    Term("attributed", "the attributed part", "models whose group is known"),
    Term("selected", "the named groups only", "the groups given as subjects, together"),
)

OUTLIERS: dict[str, Term] = _table(
    Term("none", "no model capped", "every count as it is"),
    Term("cap:N", "each model capped at N", "a larger count is read as N"),
    Term(
        "cap-quantile:N",
        "each model capped at the N-th percentile",
        "a larger count is read as the smallest known one of the snapshot's population that N % "
        "of them do not exceed; 0 < N < 100",
    ),
    Term("drop-top:N", "without the N largest models", "per snapshot, by the metric"),
    Term("median", "medians instead of sums", "the median count of a group's models"),
)

CODINGS: dict[str, Term] = _table(
    Term("census", "this census's registers", "our registers of developers, with evidence"),
    Term("atom", "the ATOM project's regions", "ATOM's own regions of namespaces (imported list)"),
)

READINGS: dict[str, Term] = _table(
    Term("immediate", "the bases that models name themselves", "one step up, as declared"),
    Term("declared", "roots along declared edges", "to where declared chains begin"),
    Term(
        "inferred",
        "roots along declared and inferred edges",
        "copies and renamed bases are followed to their originals by stated rules, too",
    ),
)

COUNTINGS: dict[str, Term] = _table(
    Term("fractional", "one credit divided among the bases", "1/k for each of k bases or roots"),
    Term("full", "a whole credit for each base", "a model with k bases counts k times"),
)

RELATIONS: dict[str, Term] = _table(
    Term("finetune", "fine-tunes", "trained further from the base"),
    Term("adapter", "adapters", "weights added to the base"),
    Term("quantized", "quantised copies", "the base in fewer bits, or another file format"),
    Term("merge", "merges", "weights of several bases combined"),
    Term("unspecified", "derivatives of unspecified relation", "named in a card, without a type"),
    Term("any", "derivatives of any relation", "whatever is declared"),
)

SAME_DEVELOPER: dict[str, Term] = _table(
    Term("apart", "not of the base's own developer", "those of the base's developer stand apart"),
    Term("counted", "also of the base's own developer", "those of the base's developer count"),
)

ROLL_UPS: dict[str, Term] = _table(
    Term("none", "copies as models of their own", "every repository counts for itself"),
    Term(
        "formats",
        "copies counted for what they are copies of",
        "quantised copies, and copies that are recognised without saying so, count for the group "
        "of the model they are copies of",
    ),
)

PANELS: dict[str, Term] = _table(
    Term("of_the_day", "whatever each snapshot holds", "the groups that a snapshot shows"),
    Term(
        "fixed",
        "the groups present at both ends of the period",
        "the same groups at every snapshot: those that its first and its last one show",
    ),
)

VARIANTS: dict[str, Term] = _table(
    Term(
        "v1",
        "over the median of the ten most downloaded of the size class",
        "downloads over the median of the ten largest counts of the size class at the same age",
    ),
    Term(
        "v2",
        "over the tenth most downloaded",
        "downloads over the tenth largest count of all sizes at the same age",
    ),
)

HEADLINES: dict[str, Term] = _table(
    Term("share", "share", "the shares of the named groups, as of one moment or over a period"),
    Term("crossover", "crossover", "when the first named group passed the second"),
)

NAMINGS: dict[str, Term] = _table(
    Term(
        "register",
        "models of the registered lines",
        "what the family register says, account by account",
    ),
    Term(
        "developer",
        "models of the line's developer that are named after it",
        "the registered ones, and others of its developer with the line's word in their names",
    ),
    Term(
        "begins",
        "models whose names begin with the line's word",
        "names that begin with the line's word, or with `code` and it, whoever made the model",
    ),
    Term(
        "contains",
        "models whose names hold the line's word",
        "names that hold the line's word anywhere, whoever made the model",
    ),
)

REPORTED: dict[str, Term] = _table(
    Term("independent", "as measured by others", "results that others than the maker measured"),
    Term("self", "as their makers report", "results that a model's own card or maker reports"),
    Term("any", "whoever reported them", "results of any origin, unknown ones included"),
)

SNAPSHOTS = "snapshots"
"""Time runs from one snapshot to the next."""

ALONG: dict[str, Term] = _table(
    Term(SNAPSHOTS, "at each snapshot", "what each snapshot of the period shows"),
    Term(
        "created_year",
        "by year of creation",
        "what the last snapshot shows, by the year in which the models were created",
    ),
    Term(
        "created_month",
        "by month of creation",
        "what the last snapshot shows, by the month in which the models were created",
    ),
)

UNKNOWN = "unknown"
"""Group of models about which the registers say nothing that may enter a figure."""

UNASSIGNED = "unassigned"
"""Family of a model whose developer is known but whose name matches no registered line."""


T = TypeVar("T", bound=Term)


def get_term(kind: str, table: dict[str, T], name: str) -> T:
    """Return a term; patterned terms (`list:NAME`) are found by their prefix.

    Raises:
        ContractError: there is no such term, or it cannot be computed; the text says why.
    """
    key = name
    if name not in table:
        head = name.partition(":")[0]
        key = next((k for k in table if ":" in k and k.partition(":")[0] == head != name), "")
    if not key:
        raise ContractError(
            f"{name!r} is no {kind}",
            next_step=f"one of: {', '.join(k for k, t in table.items() if not t.missing)}",
        )
    term = table[key]
    if term.missing:
        raise ContractError(
            f"{kind} {name!r} cannot be computed here",
            where=term.description,
            next_step=term.missing,
        )
    return term
