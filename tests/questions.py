"""Questions for the world `acre` that together use every measure, group and treatment."""

from __future__ import annotations

from collections.abc import Iterator

from tests.acre import FRAME

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import MEASURES

_GROUPS = (
    "country",
    "developer",
    "developer_type",
    "family",
    "namespace",
    "licence_class",
    "size_class",
    "library",
    "pipeline_tag",
    "created_month",
    "total",
)
_POPULATIONS = ("list:atom", "first_party", "language", "young:200")


def few_questions() -> Iterator[Contract]:
    """Yield contracts that need every kind of expression once."""
    share, rank, series, totals, crossover = (
        MEASURES[name] for name in ("share", "rank", "series", "totals", "crossover")
    )
    yield share.contract(by="country", frame=FRAME, population="first_party")
    yield share.contract(by="licence_class", frame=FRAME, population="language")
    yield share.contract(by="country", frame=FRAME, coding="atom", population="list:atom")
    yield rank.contract(by="namespace", frame=FRAME, outliers="median", population="young:200")
    yield rank.contract(by="family", frame=FRAME, outliers="drop-top:1")
    yield series.contract(by="developer", frame=FRAME, outliers="cap:500000", lens="publisher")
    yield totals.contract(frame=FRAME)
    yield crossover.contract(subjects=("bolt", "axe-works"), frame=FRAME, by="namespace")
    yield share.contract(**IN_PERIOD, by="developer")
    yield share.contract(by="created_month", frame=FRAME)
    yield share.contract(**FIRST_YEAR, by="developer")
    yield share.contract(frame="hub", metric="downloads_all_time", by="country")
    yield share.contract(**SUMMED, by="developer")
    yield series.contract(**SUMMED, by="namespace")
    yield MEASURES["licences"].contract(by="country", frame=FRAME, metric="downloads_30d")
    yield MEASURES["duties"].contract(frame=FRAME)
    yield MEASURES["licence_changes"].contract(frame=FRAME)
    yield from _of_bases()


def _of_bases() -> Iterator[Contract]:
    """Yield questions about what models stand on."""
    for name in ("edges", "drift"):
        yield MEASURES[name].contract(frame=FRAME)
    yield MEASURES["matrix"].contract(frame=FRAME, period="2025")
    for values in ({}, {"counting": "full", "relation": "any"}, {"threshold": "5"}):
        yield MEASURES["derivatives"].contract(frame=FRAME, period="2025", **values)
    for reading in ("immediate", "declared", "inferred"):
        yield MEASURES["share"].contract(frame=FRAME, lens="base", reading=reading)


SUMMED = {"frame": FRAME, "metric": "downloads_summed_30d", "period": "all"}
FIRST_YEAR = {"frame": "hub", "metric": "downloads_first_year_in_period", "period": "all"}
IN_PERIOD = {"frame": "hub", "metric": "downloads_in_period", "period": "all"}


def questions() -> Iterator[Contract]:
    """Yield contracts; some of them are refused, by every engine alike."""
    share, rank, series, totals, crossover = (
        MEASURES[name] for name in ("share", "rank", "series", "totals", "crossover")
    )
    yield from _of_bases()
    yield rank.contract(frame=FRAME, by="developer", lens="base", counting="full")
    yield series.contract(frame=FRAME, by="family", lens="base")
    for by in _GROUPS:
        yield share.contract(by=by, frame=FRAME)
        yield rank.contract(by=by, frame=FRAME, outliers="median")
    for population in _POPULATIONS:
        for by in ("country", "family", "licence_class"):
            yield share.contract(by=by, frame=FRAME, population=population)
        yield totals.contract(frame=FRAME, population=population)
    for outliers in ("cap:500000", "drop-top:2", "median"):
        yield series.contract(frame=FRAME, by="developer", outliers=outliers)
    for metric in ("likes", "descendants", "models"):
        yield rank.contract(frame=FRAME, metric=metric)
        yield totals.contract(frame=FRAME, metric=metric)
    yield share.contract(frame=FRAME, lens="publisher", period="2025-02")
    yield share.contract(frame=FRAME, lens="publisher", period="2025-02-01", by="developer")
    yield share.contract(frame=FRAME, coding="atom", denominator="attributed")
    yield share.contract(subjects=("CN", "US"), frame=FRAME, denominator="selected")
    yield series.contract(frame=FRAME, lens="publisher", period="2025-01..2025-03")
    yield crossover.contract(subjects=("rivet", "hatchet"), frame=FRAME)
    yield crossover.contract(subjects=("bolt", "axe-works"), frame=FRAME, by="namespace")
    yield crossover.contract(subjects=("CN", "US"), frame=FRAME, by="country", outliers="median")
    for by in _GROUPS:
        yield share.contract(**IN_PERIOD, by=by)
    for population in _POPULATIONS:
        yield share.contract(**IN_PERIOD, population=population, by="namespace")
    for by in ("country", "created_month", "namespace"):
        yield share.contract(**FIRST_YEAR, by=by)
    yield rank.contract(**IN_PERIOD, by="namespace", outliers="median")
    yield rank.contract(**IN_PERIOD, by="namespace", outliers="drop-top:1")
    yield rank.contract(**IN_PERIOD | {"period": "2025"}, by="developer")
    yield share.contract(**IN_PERIOD, by="developer", lens="publisher", outliers="cap:1000")
    yield from _of_sums()
    yield from _about_terms()
    for hub in ({"frame": "hub", "metric": "downloads_all_time"},
                {"frame": "simulated:sample:runner", "metric": "pulls"}):  # fmt: skip
        yield totals.contract(**hub)
        yield share.contract(**hub, by="developer")
        yield rank.contract(**hub, by="namespace")
        yield series.contract(**hub)


def _of_sums() -> Iterator[Contract]:
    """Yield questions about sums of rolling readings."""
    for by in ("country", "namespace", "family", "created_month"):
        yield MEASURES["share"].contract(**SUMMED, by=by)
        yield MEASURES["series"].contract(**SUMMED, by=by, spacing="40")
    yield MEASURES["rank"].contract(**SUMMED, by="namespace", outliers="median")
    yield MEASURES["share"].contract(**SUMMED, lens="publisher", spacing="28:backwards")
    yield MEASURES["share"].contract(**SUMMED, lens="base", spacing="60")
    yield MEASURES["crossover"].contract(**SUMMED, subjects=("CN", "US"), by="country")


def _about_terms() -> Iterator[Contract]:
    """Yield questions about licences and what they say along edges."""
    licences, duties = MEASURES["licences"], MEASURES["duties"]
    changes = MEASURES["licence_changes"]
    for by in ("country", "size_class", "created_month", "total"):
        yield licences.contract(by=by, frame=FRAME)
    yield licences.contract(by="developer", frame=FRAME, metric="likes", lens="publisher")
    yield licences.contract(subjects=("CN",), frame=FRAME, population="language")
    yield licences.contract(frame="hub", metric="downloads_all_time")
    for population in ("all", *_POPULATIONS):
        yield duties.contract(frame=FRAME, population=population)
        yield changes.contract(frame=FRAME, population=population)
    yield changes.contract(frame=FRAME, period="2025-02..2025-04")
    yield changes.contract(frame=FRAME, period="2025-03")
