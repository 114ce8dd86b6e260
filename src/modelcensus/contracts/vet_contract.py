"""The definition of a figure about security tests: who was tested by what, and how it is counted.

It stands beside the contract of the census's own figures: models here are what a log names, not
repositories of a frame, and none of the other's fields would mean anything. Both are hashed in the
same way, fields that hold their default left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from modelcensus.contracts.canonical import canonical_json, sha256_text
from modelcensus.contracts.vocabulary import Term, get_term
from modelcensus.errors import ContractError

COMPARE, RATES, GRIDS, REPORTS = "vet_compare", "vet_rates", "vet_grids", "vet_reports"

MEASURES: dict[str, Term] = {
    term.name: term
    for term in (
        Term(
            COMPARE,
            "comparison of tested models",
            "how often the attacker's goal was reached, over the same cases, beside a reference",
        ),
        Term(RATES, "rates of tested models", "how often the attacker's goal was reached, per run"),
        Term(GRIDS, "grids of security tests", "which cases were tested, by engine and attack"),
        Term(REPORTS, "published security figures", "figures of reports, and what they allow"),
    )
}

COUNTINGS: dict[str, Term] = {
    term.name: term
    for term in (
        Term(
            "default",
            "cases without a verdict missing",
            "a case that an error ended, or that has no verdict, is missing and never a failure",
        ),
        Term(
            "as_published",
            "verdicts as the source states them",
            "verdicts of cases that an error ended count as the source states them",
        ),
    )
}

VERDICTS: dict[str, Term] = {
    term.name: term
    for term in (
        Term("completed", "the attacker's goal reached", "the environment ended as it wanted"),
        Term("attempted", "the injected call made", "with the attacker's arguments"),
    )
}

YES_NO: dict[str, Term] = {
    term.name: term for term in (Term("no", "no", "refused"), Term("yes", "yes", "allowed"))
}

ANY_ATTACK = "any"
"""Word for "any attack that all models of the engine were tried with succeeded"."""


@dataclass(frozen=True)
class VetContract:
    """What a figure about security tests is about; an empty text means "as the data allow".

    Attributes:
        models: tested models, each written `MODEL`, `MODEL@REVISION` or `MODEL+DEFENCE`.
        reference: what they are compared with, written in the same way.
        engine, benchmark_version: what ran the cases, and their version.
        attack: name of the attack, `NAME:SETTING` where a setting decides, or `any`.
        grid: a published grid that cases are restricted to; empty: the cases that both ran.
        budget: attempts of the attacker that count, any success among them.
        allow_version_mix: compare a stated benchmark version with an unstated one.
        allow_partial: compare although the shared cases are less than 80 % of a grid.
    """

    measure: str
    models: tuple[str, ...] = ()
    reference: str = ""
    engine: str = ""
    attack: str = ""
    benchmark_version: str = ""
    grid: str = ""
    counting: str = "default"
    verdict: str = "completed"
    budget: str = "1"
    allow_version_mix: str = "no"
    allow_partial: str = "no"
    measure_version: int = 1

    by: ClassVar[str] = ""
    """What every definition answers: this kind groups nothing, so no part is one of a whole."""
    denominator: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Refuse words outside the vocabulary and questions that lack a side.

        Raises:
            ContractError: says what is wrong and what to write instead.
        """
        get_term("measure of security tests", MEASURES, self.measure)
        get_term("counting", COUNTINGS, self.counting)
        get_term("verdict", VERDICTS, self.verdict)
        get_term("answer", YES_NO, self.allow_version_mix)
        get_term("answer", YES_NO, self.allow_partial)
        if not (self.budget.isascii() and self.budget.isdigit() and int(self.budget[:9]) > 0):
            raise ContractError(
                f"{self.budget!r} is no number of attempts", next_step="--budget 1, or more"
            )
        object.__setattr__(self, "budget", str(int(self.budget[:9])))
        if self.measure == COMPARE:
            self._check_sides()

    def _check_sides(self) -> None:
        if not self.models or not self.reference:
            raise ContractError(
                "a comparison names the tested models and the model they are compared with",
                where="census vet compare",
                next_step="--model M --reference R; `census vet rates` lists what was tested",
            )
        if self.reference in self.models or len(set(self.models)) < len(self.models):
            raise ContractError(
                "a model is not compared with itself", where=f"--reference {self.reference}",
                next_step="name another reference, or each model once",
            )  # fmt: skip

    def stated(self) -> dict[str, Any]:
        """Return the fields that differ from their default."""
        defaults = {f.name: f.default for f in fields(self) if f.name != "measure"}
        return {
            k: v for k, v in self.to_dict().items() if k == "measure" or v != _plain(defaults[k])
        }

    def to_dict(self) -> dict[str, Any]:
        """Return every field, defaults included."""
        return {k: _plain(v) for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> VetContract:
        """Read a definition from its JSON form, full or stated.

        Raises:
            ContractError: a field is unknown or of another type, or the measure is missing.
        """
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown or not isinstance(values.get("measure"), str):
            raise ContractError(
                f"a definition of security tests has no field {unknown[0]!r}"
                if unknown
                else "a definition names its measure",
                next_step=f"its fields: {', '.join(sorted(known))}",
            )
        read: dict[str, Any] = {k: tuple(v) if k == "models" else v for k, v in values.items()}
        wrong = [k for k, v in read.items() if not _has_type(k, v)]
        if wrong:
            raise ContractError(
                f"{wrong[0]!r} is of another type",
                next_step="texts, `models` a list of texts, `measure_version` a whole number",
            )
        return cls(**read)

    @property
    def id(self) -> str:
        """Return the short id: 12 hex digits of the canonical form's hash."""
        return sha256_text(canonical_json(self.stated()))[:12]

    def sentence(self) -> str:
        """Return the definition as one English sentence, defaults left out."""
        parts = [MEASURES[self.measure].phrase.capitalize()]
        if self.models:
            parts.append(f"for {' and '.join(self.models)}")
        if self.reference:
            parts.append(f"beside {self.reference}")
        parts.append(f"run by {self.engine}" if self.engine else "")
        parts.append(f"under the attack {self.attack}" if self.attack else "")
        if self.benchmark_version:
            parts.append(f"in benchmark version {self.benchmark_version}")
        parts.append(f"on the grid {self.grid}" if self.grid else "")
        if self.verdict != "completed":
            parts.append(f"counting {VERDICTS[self.verdict].phrase}")
        if self.counting != "default":
            parts.append(f"with {COUNTINGS[self.counting].phrase}")
        if self.budget != "1":
            parts.append(f"any success in {self.budget} attempts")
        if self.allow_version_mix == "yes":
            parts.append("stated and unstated benchmark versions together")
        if self.allow_partial == "yes":
            parts.append("also where grids are shared in part only")
        return ", ".join(part for part in parts if part) + "."


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _has_type(name: str, value: Any) -> bool:
    if name == "models":
        return all(isinstance(model, str) for model in value)
    if name == "measure_version":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)
