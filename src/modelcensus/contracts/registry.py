"""The registry of measures: what each face (command, Python, later URL and page) is made from.

A declaration is light: it names the function that computes the measure, and the function is
imported when it is first asked for. A new measure is one row here and one function.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelcensus.contracts import vocabulary
from modelcensus.contracts.fact_words import MANY_VALUED
from modelcensus.errors import UnknownName

if TYPE_CHECKING:
    from modelcensus.contracts.contract import Contract
    from modelcensus.contracts.figure import Figure


@dataclass(frozen=True)
class Parameter:
    """One option that faces offer under the same name.

    Attributes:
        name: field of the contract; the command line's option is `--name`.
        description: one line for help texts and documentation.
        words: the vocabulary it is chosen from; None for free text (frames, periods).
    """

    name: str
    description: str
    words: dict[str, Any] | None = None


PARAMETERS: dict[str, Parameter] = {
    p.name: p
    for p in (
        Parameter("by", "how models are grouped", vocabulary.GROUPS),
        Parameter("metric", "what is counted", vocabulary.METRICS),
        Parameter("period", "a day, a month, A..B (both included), `latest` or `all`"),
        Parameter("frame", "which source's view is used, e.g. panel:osir; named in every caption"),
        Parameter("population", "which models are counted", vocabulary.POPULATIONS),
        Parameter("lens", "whose models they are", vocabulary.LENSES),
        Parameter("denominator", "which share is the headline", vocabulary.DENOMINATORS),
        Parameter("outliers", "how very large counts are treated", vocabulary.OUTLIERS),
        Parameter("roll_up", "what copies count for", vocabulary.ROLL_UPS),
        Parameter("coding", "whose coding of developers is used", vocabulary.CODINGS),
        Parameter("reading", "how far up bases are followed", vocabulary.READINGS),
        Parameter(
            "counting", "how a model with several bases or groups counts", vocabulary.COUNTINGS
        ),
        Parameter("relation", "which derivatives are counted", vocabulary.RELATIONS),
        Parameter("spacing", "days between summed readings; `28:backwards` keeps from the last"),
        Parameter("threshold", "count only what has more downloads than this, e.g. 5"),
        Parameter(
            "same_developer",
            "derivatives by the base's own developer",
            vocabulary.SAME_DEVELOPER,
        ),
        Parameter("panel", "which groups a comparison over time is about", vocabulary.PANELS),
        Parameter("variant", "which version of a relative measure", vocabulary.VARIANTS),
        Parameter("headline", "which headline is taken apart", vocabulary.HEADLINES),
        Parameter("benchmark", "which benchmark and metric, as `DATASET|METRIC`"),
        Parameter("reported", "whose results count", vocabulary.REPORTED),
        Parameter("along", "what time runs along", vocabulary.ALONG),
        Parameter("naming", "which names count as a line of models", vocabulary.NAMINGS),
        Parameter("without", "whose bases are looked at, e.g. developer:alibaba or family:qwen"),
    )
}


_OF_BASES = ("reading", "counting")
"""Parameters that say how bases are read; with a lens they need the lens `base`."""


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        name: command, method and measure id.
        version: raised when the definition changes; part of every contract.
        summary: one line for help texts.
        parameters: names of PARAMETERS it takes.
        defaults: contract fields whose default differs from the contract's own.
        subjects: smallest and largest number of groups that may be named.
        implementation: `module:function` taking (release, contract) and returning a Figure.
        by_model: whether each model may be a group of its own: it gives no row per group.
    """

    name: str
    version: int
    summary: str
    parameters: tuple[str, ...]
    defaults: dict[str, Any]
    subjects: tuple[int, int]
    implementation: str
    by_model: bool = False

    def load(self) -> Callable[[Any, Contract], Figure]:
        """Return the function that computes it."""
        module, _, function = self.implementation.partition(":")
        loaded: Callable[[Any, Contract], Figure] = getattr(
            importlib.import_module(module), function
        )
        return loaded

    def contract(self, **values: Any) -> Contract:
        """Return the contract of a question: given values over this measure's defaults.

        Raises:
            ContractError: a value is not allowed, or the number of subjects is wrong.
        """
        from modelcensus.contracts.contract import Contract
        from modelcensus.errors import ContractError

        given = {k: v for k, v in values.items() if v not in (None, "", ())}
        unknown = sorted(set(given) - {*self.parameters, "subjects"})
        if unknown:
            raise ContractError(
                f"measure {self.name!r} takes no {unknown[0]!r}",
                next_step=f"it takes: {', '.join(self.parameters)}",
            )
        merged = {**self.defaults, **given}
        merged["subjects"] = tuple(merged.get("subjects", ()))
        contract = Contract(measure=self.name, measure_version=self.version, **merged)
        self.check(contract)
        return contract

    def check(self, contract: Contract) -> None:
        """Refuse a contract that is not one of this measure, wherever it was made.

        Raises:
            ContractError: another version, a wrong number of subjects, or a field that this
                measure does not take.
        """
        from modelcensus.contracts.contract import Contract
        from modelcensus.errors import ContractError

        low, high = self.subjects
        given = len(contract.subjects)
        if not low <= given <= high:
            number = str(low) if low == high else f"{low} to {high}"
            raise ContractError(
                f"measure {self.name!r} takes {number} groups, {given} given",
                next_step=f"`census {self.name} --help` shows an example",
            )
        if contract.measure_version != self.version:
            raise ContractError(
                f"version {contract.measure_version} of {self.name!r} is not computed here",
                next_step=f"ask version {self.version}, or use the tool that made the definition",
            )
        if contract.by == "model" and not self.by_model:
            takers = ", ".join(m.name for m in MEASURES.values() if m.by_model)
            raise ContractError(
                f"{self.name!r} gives a row per group, and every model would be one",
                where="--by model",
                next_step=f"another group, or a measure that takes models: {takers}",
            )
        self._check_lineage(contract)
        for name in sorted(PARAMETERS.keys() - {*self.parameters}):
            fixed = self.defaults.get(name, getattr(Contract, name))
            if getattr(contract, name) != fixed:
                raise ContractError(
                    f"measure {self.name!r} takes no {name!r}",
                    next_step=f"it takes: {', '.join(self.parameters)}",
                )

    def _check_lineage(self, contract: Contract) -> None:
        from modelcensus.contracts.contract import Contract
        from modelcensus.errors import ContractError

        if contract.by in MANY_VALUED and "counting" not in self.parameters:
            raise ContractError(
                f"{self.name!r} wants every model in one group, and a model may have several by "
                f"{contract.by}",
                where=f"--by {contract.by}",
                next_step="--by size_class, library, modality or licence_class, or `census share`",
            )
        if "lens" not in self.parameters or contract.lens == "base":
            return
        for name in _OF_BASES:
            if name == "counting" and contract.by in MANY_VALUED:
                continue
            if getattr(contract, name) != getattr(Contract, name):
                raise ContractError(
                    f"{name!r} says how bases are read, and no base is asked for",
                    where=f"--{name} {getattr(contract, name)}",
                    next_step=f"add --lens base, or leave --{name} out",
                )


_COMMON = (
    *("by", "metric", "period", "frame", "population", "lens", "outliers", "roll_up", "coding"),
    *_OF_BASES,
)
_OF_PERIODS = (*_COMMON, "spacing")
_OF_LINEAGE = ("by", "period", "frame", *_OF_BASES, "relation", "threshold", "same_developer")

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
            by_model=True,
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
            by_model=True,
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
