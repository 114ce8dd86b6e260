"""The definition of a figure: everything that decides its value, in one hashable object.

Two figures with the same contract id on the same release are the same figure. Fields that
hold their default are left out of the canonical form, so a later version may add a field
without renaming the figures that do not use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from modelcensus.contracts.canonical import canonical_json, sha256_text
from modelcensus.contracts.period import Period
from modelcensus.contracts.vocabulary import (
    CODINGS,
    COUNTINGS,
    DENOMINATORS,
    GROUPS,
    HEADLINES,
    LENSES,
    METRICS,
    OUTLIERS,
    POPULATIONS,
    READINGS,
    RELATIONS,
    SAME_DEVELOPER,
    Metric,
    get_term,
)
from modelcensus.errors import ContractError

OF_DEVELOPERS = ("country", "developer", "developer_type", "family", "namespace")
"""Groupings that say whose a model is, and so can be asked of its bases."""

BASE_KINDS = ("developer", "family", "country", "namespace")
"""What `without` may name: whose bases are thought away."""

_NUMBERED = {"cap": 15, "drop-top": 9, "young": 5}
"""Terms that end in a number, and how many digits it may have: an engine must hold it."""


@dataclass(frozen=True)
class Contract:
    """What is counted, in which frame, whose models, when, and over which denominator.

    An empty text means "the default for this question", which `resolved` fills in.
    """

    measure: str
    by: str = "country"
    metric: str = "downloads_30d"
    period: str = "latest"
    frame: str = ""
    population: str = "all"
    lens: str = ""
    denominator: str = "all"
    outliers: str = "none"
    coding: str = "census"
    reading: str = "inferred"
    counting: str = "fractional"
    relation: str = "any"
    threshold: str = "0"
    same_developer: str = "apart"
    subjects: tuple[str, ...] = ()
    headline: str = "share"
    without: str = ""
    measure_version: int = field(default=1, compare=True)

    def __post_init__(self) -> None:
        """Refuse words outside the vocabulary and combinations that cannot mean anything.

        Raises:
            ContractError: names the conflict and what would make the question possible.
        """
        get_term("metric", METRICS, self.metric)
        get_term("group", GROUPS, self.by)
        get_term("population", POPULATIONS, self.population)
        get_term("denominator", DENOMINATORS, self.denominator)
        get_term("treatment of outliers", OUTLIERS, self.outliers)
        get_term("coding", CODINGS, self.coding)
        get_term("reading of the lineage", READINGS, self.reading)
        get_term("counting", COUNTINGS, self.counting)
        get_term("relation", RELATIONS, self.relation)
        get_term("treatment of same developers", SAME_DEVELOPER, self.same_developer)
        get_term("headline", HEADLINES, self.headline)
        _check_without(self.without)
        if self.lens:
            get_term("lens", LENSES, self.lens)
        # one way to write a period, so that one definition has one id
        object.__setattr__(self, "period", Period.parse(self.period).text)
        for text in (self.outliers, self.population):
            _check_number(text)
        _check_threshold(self.threshold)
        self._check_combinations()

    def _check_combinations(self) -> None:
        if self.by == "namespace" and self.lens == "developer":
            raise ContractError(
                "a namespace belongs to the publisher, not to the developer",
                where="--by namespace --lens developer",
                next_step="--by namespace --lens publisher, or --by developer --lens developer",
            )
        if self.lens == "base" and self.by not in OF_DEVELOPERS:
            raise ContractError(
                f"{GROUPS[self.by].phrase} is a fact of the model itself, not of its base",
                where=f"--by {self.by} --lens base",
                next_step=f"--by {', '.join(OF_DEVELOPERS)}, or leave --lens out",
            )
        if self.lens == "base" and self.coding != "census":
            raise ContractError(
                "the lens `base` reads our registers only",
                where=f"--lens base --coding {self.coding}",
                next_step="leave --coding or --lens out",
            )
        if self.coding != "census" and self.by != "country":
            raise ContractError(
                f"the coding {self.coding!r} only says where developers are based",
                where=f"--by {self.by} --coding {self.coding}",
                next_step="--by country, or leave --coding out",
            )
        if self.denominator == "selected" and not self.subjects:
            raise ContractError(
                "the denominator `selected` needs the groups that it is made of",
                next_step="name the groups, e.g. `census share CN US --denominator selected`",
            )

    @property
    def metric_term(self) -> Metric:
        """Return the metric with its kind, column and unit."""
        return METRICS[self.metric]

    @property
    def period_value(self) -> Period:
        """Return the period as instants."""
        return Period.parse(self.period)

    @property
    def lens_value(self) -> str:
        """Return the lens, or the default of the group when none was named."""
        if self.lens:
            return self.lens
        return "publisher" if self.by == "namespace" else "developer"

    def with_values(self, **values: Any) -> Contract:
        """Return a copy with some fields changed, checked again."""
        return replace(self, **values)

    def stated(self) -> dict[str, Any]:
        """Return the fields that differ from their default; what a URL or sentence shows."""
        defaults = {f.name: f.default for f in fields(self) if f.name != "measure"}
        stated = {k: v for k, v in asdict(self).items() if v != defaults.get(k)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in stated.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return every field, defaults included."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Contract:
        """Read a contract from its JSON form, full or stated.

        Raises:
            ContractError: a field is not one of a definition, is of another type, or the measure
                is missing.
        """
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ContractError(
                f"a definition has no field {unknown[0]!r}",
                next_step=f"its fields: {', '.join(sorted(known))}",
            )
        wrong = [k for k, v in values.items() if not _has_type(k, v)]
        if wrong or "measure" not in values:
            raise ContractError(
                f"{wrong[0]!r} is of another type" if wrong else "a definition names its measure",
                next_step="texts, `subjects` a list of texts, `measure_version` a whole number",
            )
        read: dict[str, Any] = {k: tuple(v) if k == "subjects" else v for k, v in values.items()}
        return cls(**read)

    def _lineage_parts(self) -> list[str]:
        """Return what is said of the lineage, where it is not the default."""
        parts = []
        if self.relation != "any":
            parts.append(f"of {RELATIONS[self.relation].phrase} only")
        if self.same_developer != "apart":
            parts.append(SAME_DEVELOPER[self.same_developer].phrase)
        if self.threshold != "0":
            parts.append(f"with more than {int(self.threshold):,} downloads")
        if self.reading != "inferred":
            parts.append(f"through {READINGS[self.reading].phrase}")
        if self.counting != "fractional":
            parts.append(f"with {COUNTINGS[self.counting].phrase}")
        return parts

    @property
    def id(self) -> str:
        """Return the short id: 12 hex digits of the canonical form's hash."""
        return sha256_text(canonical_json(self.stated()))[:12]

    def sentence(self) -> str:
        """Return the definition as one English sentence, defaults left out."""
        metric, group = self.metric_term, GROUPS[self.by]
        parts = [f"{self.measure.capitalize()} of {metric.phrase} by {group.phrase}"]
        if self.subjects:
            parts.append(f"for {' and '.join(self.subjects)}")
        if self.population != "all":
            parts.append(f"over {population_phrase(self.population)}")
        parts.append(f"in the frame {self.frame}" if self.frame else "in the release's frame")
        parts.append(_period_phrase(self.period))
        if self.lens and self.lens != "developer":
            parts.append(f"through the {LENSES[self.lens].phrase} lens")
        if self.denominator != "all":
            parts.append(f"as a part of {DENOMINATORS[self.denominator].phrase}")
        if self.outliers != "none":
            parts.append(f"with {_outlier_phrase(self.outliers)}")
        if self.coding != "census":
            parts.append(f"by {CODINGS[self.coding].phrase}")
        if self.headline != "share":
            parts.append(f"on the {HEADLINES[self.headline].phrase}")
        if self.without:
            parts.append(f"on what stands on {self.without.replace(':', ' ')}")
        parts += self._lineage_parts()
        return ", ".join(parts) + "."


def _check_threshold(text: str) -> None:
    is_number = text.isascii() and text.isdigit() and (text == "0" or not text.startswith("0"))
    if not is_number or len(text) > 15:
        raise ContractError(
            f"{text!r} is no threshold",
            next_step="a whole number from 0 up: 5 counts what has more than 5 downloads",
        )


def _check_without(text: str) -> None:
    kind, colon, name = text.partition(":")
    if text and (kind not in BASE_KINDS or not colon or not name.strip() or name != name.strip()):
        raise ContractError(
            f"{text!r} names no bases",
            next_step=f"KIND:NAME with a kind of {', '.join(BASE_KINDS)}; e.g. developer:alibaba",
        )


def population_phrase(population: str) -> str:
    """Return how a sentence names a population."""
    head, _, value = population.partition(":")
    if head == "list":
        return f"the models on the list {value!r}"
    if head == "young":
        return f"models created within {value} days"
    return POPULATIONS[population].phrase


def _period_phrase(period: str) -> str:
    if period == "latest":
        return "at the latest snapshot"
    if period == "all":
        return "over all snapshots"
    return f"as of {period}" if Period.parse(period).is_instant else f"over {period}"


def _outlier_phrase(outliers: str) -> str:
    head, _, value = outliers.partition(":")
    if head == "cap":
        return f"each model capped at {int(value):,}"
    if head == "drop-top":
        return f"the {value} largest models left out"
    return "medians instead of sums"


def _check_number(text: str) -> None:
    head, colon, value = text.partition(":")
    if head not in _NUMBERED:
        return
    # one way to write it, so that one definition has one id: no sign, no leading zero
    is_number = value.isascii() and value.isdigit() and not value.startswith("0")
    if not colon or not is_number or len(value) > _NUMBERED[head]:
        raise ContractError(
            f"{text!r} lacks a positive whole number of at most {_NUMBERED[head]} digits",
            next_step=f"write {head}:N, e.g. {head}:10",
        )


def _has_type(name: str, value: Any) -> bool:
    """Return whether a value read from JSON can be a field of a definition."""
    if name == "subjects":
        return isinstance(value, list | tuple) and all(isinstance(s, str) for s in value)
    if name == "measure_version":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)
