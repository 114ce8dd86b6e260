"""The registry of measures: what each face (command, Python, URL, page) is made from.

A new measure is one row here and one function.
"""

from __future__ import annotations

from modelcensus.contracts.measure import OF_BASES, Measure
from modelcensus.errors import UnknownName

_COMMON = (
    *("by", "metric", "period", "frame", "population", "lens", "outliers", "roll_up", "coding"),
    *OF_BASES,
)
_OF_PERIODS = (*_COMMON, "spacing")
_OF_LINEAGE = ("by", "period", "frame", *OF_BASES, "relation", "threshold", "same_developer")

MEASURES: dict[str, Measure] = {
    m.name: m
    for m in (
        Measure(
            "share",
            1,
            "Share of a metric held by each group, with coverage, bounds and what it hangs on",
            (*_OF_PERIODS, "denominator"),
            {},
            (0, 20),
            "modelcensus.measures.share:share_by_group",
        ),
        Measure(
            "rank",
            1,
            "Groups in order of a metric, with ties and the distance to the next",
            _OF_PERIODS,
            {},
            (0, 20),
            "modelcensus.measures.rank:rank_groups",
        ),
        Measure(
            "series",
            1,
            "A metric by group at every snapshot of a period",
            (*_OF_PERIODS, "denominator"),
            {"period": "all"},
            (0, 20),
            "modelcensus.measures.series:series_by_group",
        ),
        Measure(
            "totals",
            1,
            "What a frame holds at every snapshot: models, sums, zeros and missing counts",
            ("metric", "period", "frame", "population"),
            {"period": "all", "by": "total"},
            (0, 0),
            "modelcensus.measures.totals:totals_by_snapshot",
        ),
        Measure(
            "crossover",
            1,
            "When one group passed another: first, lasting so far, and what that hangs on",
            _OF_PERIODS,
            {"period": "all", "by": "family"},
            (2, 2),
            "modelcensus.measures.crossover:find_crossover",
        ),
        Measure(
            "edges",
            1,
            "What models declare as their bases: edges by relation and by what they lead to",
            ("frame", "period"),
            {"by": "total", "metric": "models"},
            (0, 0),
            "modelcensus.measures.edges:edges_by_relation",
        ),
        Measure(
            "derivatives",
            1,
            "New derivatives by the base they stand on, in three readings side by side",
            _OF_LINEAGE,
            {"metric": "models", "lens": "base", "relation": "finetune"},
            (0, 20),
            "modelcensus.measures.derivatives:new_derivatives",
        ),
        Measure(
            "matrix",
            1,
            "New derivatives by who made them and by the base they stand on",
            _OF_LINEAGE,
            {"metric": "models", "lens": "base"},
            (0, 0),
            "modelcensus.measures.matrix:makers_and_bases",
        ),
        Measure(
            "drift",
            1,
            "How task and languages change from base to derivative, along declared edges",
            ("frame", "relation", "period"),
            {"by": "total", "metric": "models"},
            (0, 0),
            "modelcensus.measures.drift:drift_along_edges",
        ),
        Measure(
            "licences",
            1,
            "Licence classes, permissive shares, duties and gating within each group",
            ("by", "metric", "period", "frame", "population", "lens", "coding"),
            {"metric": "models"},
            (0, 20),
            "modelcensus.measures.licences:licences_by_group",
        ),
        Measure(
            "duties",
            1,
            "What models declare beside the terms of their bases: verdicts along edges and chains",
            ("frame", "population", "period"),
            {"by": "total", "metric": "models"},
            (0, 0),
            "modelcensus.measures.duties:duties_along_lineage",
        ),
        Measure(
            "licence_changes",
            1,
            "Models whose declared licence or gating changed between two snapshots",
            ("period", "frame", "population"),
            {"by": "total", "metric": "models", "period": "all"},
            (0, 0),
            "modelcensus.measures.licence_changes:changes_of_terms",
        ),
        Measure(
            "concentration",
            1,
            "How concentrated a metric is: HHI, Gini, largest groups, on growing and fixed panels",
            (*_COMMON, "panel"),
            {"by": "developer", "period": "all"},
            (0, 0),
            "modelcensus.measures.concentration:concentration_over_time",
        ),
        Measure(
            "sizes",
            1,
            "How large models are: quantiles and means of total and active parameters by group",
            ("by", "metric", "period", "frame", "population", "lens", "coding"),
            {"metric": "models"},
            (0, 20),
            "modelcensus.measures.sizes:sizes_by_group",
        ),
        Measure(
            "size_history",
            1,
            "Sizes, mixtures of experts and number formats by group over time",
            ("by", "metric", "period", "frame", "population", "lens", "coding", "along"),
            {"period": "all"},
            (0, 20),
            "modelcensus.measures.size_history:size_history",
        ),
        Measure(
            "relative_adoption",
            1,
            "How adopted models are beside the most downloaded ones of the same age (RAM)",
            ("metric", "period", "frame", "population", "variant"),
            {"by": "model", "metric": "downloads_all_time"},
            (0, 20),
            "modelcensus.measures.relative_adoption:relative_adoption",
        ),
        Measure(
            "spread",
            1,
            "The same shares under every defensible definition, beside published ones",
            (*_COMMON, "denominator"),
            {},
            (1, 6),
            "modelcensus.measures.spread:spread_of_definitions",
        ),
        Measure(
            "influence",
            1,
            "The models and the register rows that a headline hangs on, by how far they move it",
            (*_COMMON, "denominator", "headline"),
            {},
            (1, 6),
            "modelcensus.measures.influence:influence_on_headline",
        ),
        Measure(
            "exposure",
            1,
            "What stands on the bases of a developer, family, country or account, with bounds",
            ("without", "metric", "frame", "reading"),
            {"by": "total"},
            (0, 0),
            "modelcensus.measures.exposure:exposure_to_bases",
        ),
        Measure(
            "file_facts",
            1,
            "Facts about files of repositories: weight formats, gating, licence, own code, sizes",
            ("by", "period", "frame", "population"),
            {"by": "total", "metric": "models"},
            (0, 20),
            "modelcensus.measures.file_facts:facts_by_group",
        ),
        Measure(
            "developers",
            1,
            "Developers by country, type or sub-type: number, size, entry and exit",
            ("by", "metric", "period", "frame", "population", "lens"),
            {"period": "all"},
            (0, 20),
            "modelcensus.measures.developers:developers_by_group",
        ),
        Measure(
            "hubs",
            1,
            "Families across hubs: stock and flow beside each other, never added up",
            ("by", "period", "naming"),
            {"by": "family", "metric": "models", "period": "all"},
            (0, 20),
            "modelcensus.measures.hubs:families_across_hubs",
        ),
        Measure(
            "openness",
            1,
            "Openness beyond weights by an index: data, code, papers, terms, by group and year",
            ("by", "period"),
            {"by": "total", "metric": "models", "period": "all"},
            (0, 20),
            "modelcensus.measures.openness:openness_by_group",
        ),
        Measure(
            "capability",
            1,
            "Best open models on a benchmark over time, lags between groups and behind closed ones",
            ("by", "period", "benchmark", "reported"),
            {"metric": "models", "period": "all"},
            (0, 20),
            "modelcensus.measures.capability:best_over_time",
        ),
        Measure(
            "training",
            1,
            "Parameters, training compute and hardware of notable models by country and year",
            ("by", "period", "counting"),
            {"metric": "models", "period": "all"},
            (0, 20),
            "modelcensus.measures.training:training_by_group",
        ),
    )
}


def get_measure(name: str) -> Measure:
    """Return a measure by name.

    Raises:
        UnknownName: there is no such measure; all names are given.
    """
    if name not in MEASURES:
        raise UnknownName("measure", name, sorted(MEASURES))
    return MEASURES[name]
