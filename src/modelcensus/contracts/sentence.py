"""A definition as one English sentence: what is counted, of whom, when, and what is not default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelcensus.contracts.fact_words import MANY_VALUED
from modelcensus.contracts.period import Period
from modelcensus.contracts.vocabulary import (
    ALONG,
    CODINGS,
    DENOMINATORS,
    GROUPS,
    HEADLINES,
    LENSES,
    NAMINGS,
    PANELS,
    READINGS,
    RELATIONS,
    REPORTED,
    ROLL_UPS,
    SAME_DEVELOPER,
    SNAPSHOTS,
    VARIANTS,
)

if TYPE_CHECKING:
    from modelcensus.contracts.contract import Contract


WITHOUT_FRAME = {
    "hubs": "Stocks and flows on every hub",
    "openness": "Openness of the systems of an index",
    "training": "Parameters and training compute of notable models",
    "capability": "Best results of open models on a benchmark",
}
"""Measures that read no frame, or all of them side by side, and how their sentences begin."""


def sentence_of(contract: Contract) -> str:
    """Return the sentence, defaults left out; frame and period are always named."""
    parts = (
        *_what(contract),
        *_where_and_when(contract),
        *_whose(contract),
        *_compared(contract),
        *_lineage(contract),
        *_summed(contract),
    )
    return ", ".join(parts) + "."


def _what(contract: Contract) -> Iterator[str]:
    counted, group = contract.metric_term.phrase, GROUPS[contract.by].phrase
    begun = WITHOUT_FRAME.get(contract.measure)
    yield f"{begun or f'{_name(contract)} of {counted}'} by {group}"
    if contract.subjects:
        yield f"for {' and '.join(contract.subjects)}"
    if contract.population != "all":
        yield f"over {contract.population_value.phrase}"


def _name(contract: Contract) -> str:
    return contract.measure.capitalize().replace("_", " ")


def _where_and_when(contract: Contract) -> Iterator[str]:
    if contract.measure not in WITHOUT_FRAME:
        yield f"in the frame {contract.frame}" if contract.frame else "in the release's frame"
    yield _period_phrase(contract.period)


def _whose(contract: Contract) -> Iterator[str]:
    if contract.lens and contract.lens != "developer":
        yield f"through the {LENSES[contract.lens].phrase} lens"
    if contract.denominator != "all":
        yield f"as a part of {DENOMINATORS[contract.denominator].phrase}"
    if contract.outliers != "none":
        yield f"with {_outlier_phrase(contract.outliers)}"
    if contract.coding != "census":
        yield f"by {CODINGS[contract.coding].phrase}"


def _compared(contract: Contract) -> Iterator[str]:
    if contract.panel != "of_the_day":
        yield f"over {PANELS[contract.panel].phrase}"
    if contract.variant != "v1":
        yield f"{VARIANTS[contract.variant].phrase} ({contract.variant})"
    if contract.headline != "share":
        yield f"on the {HEADLINES[contract.headline].phrase}"
    if contract.along != SNAPSHOTS:
        yield ALONG[contract.along].phrase
    if contract.naming != "register":
        yield f"counting {NAMINGS[contract.naming].phrase}"
    if contract.benchmark:
        yield f"on {contract.benchmark.replace('|', ' by ')}"
    if contract.reported != "independent":
        yield f"with results {REPORTED[contract.reported].phrase}"
    if contract.without:
        yield f"on what stands on {contract.without.replace(':', ' ')}"


def _lineage(contract: Contract) -> Iterator[str]:
    if contract.relation != "any":
        yield f"of {RELATIONS[contract.relation].phrase} only"
    if contract.same_developer != "apart":
        yield SAME_DEVELOPER[contract.same_developer].phrase
    if contract.threshold != "0":
        yield f"with more than {int(contract.threshold):,} downloads"
    if contract.reading != "inferred":
        yield f"through {READINGS[contract.reading].phrase}"
    if contract.counting != "fractional":
        each = GROUPS[contract.by].phrase if contract.by in MANY_VALUED else "base"
        yield f"with a whole credit for each {each}"
    if contract.roll_up != "none":
        yield f"with {ROLL_UPS[contract.roll_up].phrase}"


def _summed(contract: Contract) -> Iterator[str]:
    if contract.metric_term.kind == "summed":
        back = ", kept from the last one back" if contract.keeps_backwards else ""
        yield f"from readings at least {contract.spacing_days} days apart{back}"


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
    if head == "cap-quantile":
        return f"each model capped at percentile {value} of the known counts"
    if head == "drop-top":
        return f"the {value} largest models left out"
    return "medians instead of sums"
