"""The definition of a figure: everything that decides its value, in one hashable object.

Two figures with the same contract id on the same release are the same figure. Fields that
hold their default are left out of the canonical form, so a later version may add a field
without renaming the figures that do not use it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from modelcensus.contracts.canonical import canonical_json, sha256_text
from modelcensus.contracts.combinations import check_combinations
from modelcensus.contracts.fact_words import MANY_VALUED
from modelcensus.contracts.period import Period
from modelcensus.contracts.population import Population, check_number
from modelcensus.contracts.sentence import sentence_of
from modelcensus.contracts.vocabulary import (
    ALONG,
    CODINGS,
    COUNTINGS,
    DENOMINATORS,
    GROUPS,
    HEADLINES,
    LENSES,
    METRICS,
    NAMINGS,
    OUTLIERS,
    PANELS,
    READINGS,
    RELATIONS,
    REPORTED,
    ROLL_UPS,
    SAME_DEVELOPER,
    VARIANTS,
    Metric,
    get_term,
)
from modelcensus.errors import ContractError

_DIRECTIONS = ((False, ""), (True, "backwards"))
"""How a spacing may end: readings are kept from the first one on, or from the last one back."""

BASE_KINDS = ("developer", "family", "country", "namespace")
"""What `without` may name: whose bases are thought away."""

_NUMBERED = {"cap": 15, "drop-top": 9}
"""Terms that end in a number, and how many digits it may have: an engine must hold it."""

_PERCENTILE = re.compile(r"[1-9][0-9]?(\.[0-9]{0,2}[1-9])?|0\.[0-9]{0,2}[1-9]", re.ASCII)
"""A percentile between 0 and 100 of at most three decimals, written in one way."""


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
    roll_up: str = "none"
    spacing: str = "28"
    panel: str = "of_the_day"
    variant: str = "v1"
    subjects: tuple[str, ...] = ()
    headline: str = "share"
    without: str = ""
    naming: str = "register"
    benchmark: str = ""
    reported: str = "independent"
    along: str = "snapshots"
    measure_version: int = field(default=1, compare=True)

    def __post_init__(self) -> None:
        """Refuse words outside the vocabulary and combinations that cannot mean anything.

        Raises:
            ContractError: names the conflict and what would make the question possible.
        """
        get_term("metric", METRICS, self.metric)
        get_term("group", GROUPS, self.by)
        get_term("denominator", DENOMINATORS, self.denominator)
        get_term("treatment of outliers", OUTLIERS, self.outliers)
        get_term("coding", CODINGS, self.coding)
        get_term("reading of the lineage", READINGS, self.reading)
        get_term("counting", COUNTINGS, self.counting)
        get_term("relation", RELATIONS, self.relation)
        get_term("treatment of same developers", SAME_DEVELOPER, self.same_developer)
        get_term("panel", PANELS, self.panel)
        get_term("variant", VARIANTS, self.variant)
        get_term("headline", HEADLINES, self.headline)
        get_term("rule for names", NAMINGS, self.naming)
        get_term("origin of results", REPORTED, self.reported)
        get_term("course of time", ALONG, self.along)
        _check_without(self.without)
        _check_benchmark(self.benchmark)
        if self.lens:
            get_term("lens", LENSES, self.lens)
        get_term("treatment of copies", ROLL_UPS, self.roll_up)
        # one way to write a period and a population, so that one definition has one id
        object.__setattr__(self, "period", Period.parse(self.period).text)
        object.__setattr__(self, "population", Population.parse(self.population).text)
        _check_outliers(self.outliers)
        _check_threshold(self.threshold)
        _check_spacing(self.spacing)
        check_combinations(self)

    @property
    def metric_term(self) -> Metric:
        """Return the metric with its kind, column and unit."""
        return METRICS[self.metric]

    @property
    def period_value(self) -> Period:
        """Return the period as instants."""
        return Period.parse(self.period)

    @property
    def population_value(self) -> Population:
        """Return the population as conditions."""
        return Population.parse(self.population)

    @property
    def has_several_groups(self) -> bool:
        """Return whether one model may stand in several groups."""
        return self.lens == "base" or self.roll_up != "none" or self.by in MANY_VALUED

    @property
    def has_full_words(self) -> bool:
        """Return whether a model counts whole in each of several groups by its own facts.

        Its groups then add up to more than everything: the shares do not sum to 1.
        """
        return self.by in MANY_VALUED and self.counting == "full"

    @property
    def has_whole_values(self) -> bool:
        """Return whether sums are whole: nothing is divided, and no median is taken."""
        is_divided = self.has_several_groups and not self.has_full_words
        return self.outliers != "median" and not is_divided

    @property
    def spacing_days(self) -> int:
        """Return how many days apart summed readings are at least."""
        return int(self.spacing.partition(":")[0])

    @property
    def keeps_backwards(self) -> bool:
        """Return whether summed readings are kept from the last one back."""
        return ":" in self.spacing

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

    @property
    def id(self) -> str:
        """Return the short id: 12 hex digits of the canonical form's hash."""
        return sha256_text(canonical_json(self.stated()))[:12]

    def sentence(self) -> str:
        """Return the definition as one English sentence, defaults left out."""
        return sentence_of(self)


def _check_threshold(text: str) -> None:
    is_number = text.isascii() and text.isdigit() and (text == "0" or not text.startswith("0"))
    if not is_number or len(text) > 15:
        raise ContractError(
            f"{text!r} is no threshold",
            next_step="a whole number from 0 up: 5 counts what has more than 5 downloads",
        )


def _check_spacing(text: str) -> None:
    days, colon, backwards = text.partition(":")
    is_number = days.isascii() and days.isdigit() and not days.startswith("0")
    if not is_number or len(days) > 3 or (bool(colon), backwards) not in _DIRECTIONS:
        raise ContractError(
            f"{text!r} is no spacing of readings",
            next_step="a whole number of days from 1 up, kept from the first reading on (28) or "
            "from the last one back (28:backwards)",
        )


def _check_without(text: str) -> None:
    kind, colon, name = text.partition(":")
    if text and (kind not in BASE_KINDS or not colon or not name.strip() or name != name.strip()):
        raise ContractError(
            f"{text!r} names no bases",
            next_step=f"KIND:NAME with a kind of {', '.join(BASE_KINDS)}; e.g. developer:alibaba",
        )


def _check_benchmark(text: str) -> None:
    if text != text.strip() or len(text) > 300 or not text.isprintable():
        raise ContractError(
            "a benchmark is named by printable text of at most 300 characters",
            where="--benchmark",
            next_step="DATASET, or DATASET|METRIC, as the results write them",
        )


def _check_outliers(text: str) -> None:
    head, _, value = text.partition(":")
    if head in _NUMBERED:
        check_number(text, _NUMBERED[head])
    if head == "cap-quantile" and not _PERCENTILE.fullmatch(value):
        raise ContractError(
            f"{text!r} lacks a percentile above 0 and below 100",
            next_step="write cap-quantile:99, or with up to three decimals cap-quantile:99.9",
        )


def _has_type(name: str, value: Any) -> bool:
    """Return whether a value read from JSON can be a field of a definition."""
    if name == "subjects":
        return isinstance(value, list | tuple) and all(isinstance(s, str) for s in value)
    if name == "measure_version":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)
