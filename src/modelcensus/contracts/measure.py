"""One measure as faces see it: its name, its parameters, and the questions it takes.

A declaration is light: it names the function that computes the measure, and the function is
imported when it is first asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelcensus.contracts import vocabulary
from modelcensus.contracts.fact_words import MANY_VALUED

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


BY_MODEL = ("concentration", "relative_adoption")
"""Measures in which each model may be a group of its own: they give no row per group."""

OF_BASES = ("reading", "counting")
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
    """

    name: str
    version: int
    summary: str
    parameters: tuple[str, ...]
    defaults: dict[str, Any]
    subjects: tuple[int, int]
    implementation: str

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
        if contract.by == "model" and self.name not in BY_MODEL:
            raise ContractError(
                f"{self.name!r} gives a row per group, and every model would be one",
                where="--by model",
                next_step=f"another group, or a measure that takes models: {', '.join(BY_MODEL)}",
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
        for name in OF_BASES:
            if name == "counting" and contract.by in MANY_VALUED:
                continue
            if getattr(contract, name) != getattr(Contract, name):
                raise ContractError(
                    f"{name!r} says how bases are read, and no base is asked for",
                    where=f"--{name} {getattr(contract, name)}",
                    next_step=f"add --lens base, or leave --{name} out",
                )
