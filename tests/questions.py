"""Questions for the world `acre`, with its `totals`: every measure, group and treatment."""

from __future__ import annotations

from collections.abc import Iterator

from tests.acre import FRAME

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import MEASURES

_GROUPS = (
    "country",
    "developer",
    "developer_type",
    "developer_sub_type",
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
    yield MEASURES["licences"].contract(by="country", frame=FRAME, metric="downloads_30d")
    yield MEASURES["duties"].contract(frame=FRAME)
    yield MEASURES["licence_changes"].contract(frame=FRAME)
    yield MEASURES["concentration"].contract(frame=FRAME, by="country", panel="fixed")
    yield MEASURES["sizes"].contract(frame=FRAME, metric="downloads_30d")
    for variant in ("v1", "v2"):
        yield MEASURES["relative_adoption"].contract(frame="panel:totals", variant=variant)
    yield MEASURES["developers"].contract(frame=FRAME, by="developer_sub_type")
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
    yield rank.contract(**IN_PERIOD, by="namespace", outliers="median")
    yield rank.contract(**IN_PERIOD, by="namespace", outliers="drop-top:1")
    yield rank.contract(**IN_PERIOD | {"period": "2025"}, by="developer")
    yield share.contract(**IN_PERIOD, by="developer", lens="publisher", outliers="cap:1000")
    yield from _about_terms()
    yield from _about_concentration()
    yield from _about_sizes()
    yield from _about_adoption()
    yield from _about_developers()
    for hub in ({"frame": "hub", "metric": "downloads_all_time"},
                {"frame": "simulated:sample:runner", "metric": "pulls"}):  # fmt: skip
        yield totals.contract(**hub)
        yield share.contract(**hub, by="developer")
        yield rank.contract(**hub, by="namespace")
        yield series.contract(**hub)


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


def _about_concentration() -> Iterator[Contract]:
    """Yield questions about how concentrated a metric is."""
    concentration = MEASURES["concentration"]
    for by in ("model", *_GROUPS):
        yield concentration.contract(by=by, frame=FRAME)
    yield concentration.contract(frame=FRAME, by="namespace", panel="fixed", metric="likes")
    yield concentration.contract(frame=FRAME, by="developer", lens="base", panel="fixed")
    yield concentration.contract(frame=FRAME, by="model", outliers="drop-top:2", period="latest")
    yield concentration.contract(frame=FRAME, population="language", by="family")
    yield concentration.contract(frame="hub", metric="downloads_all_time", by="namespace")


def _about_sizes() -> Iterator[Contract]:
    """Yield questions about the sizes of models."""
    sizes = MEASURES["sizes"]
    for by in _GROUPS:
        yield sizes.contract(by=by, frame=FRAME)
    yield sizes.contract(by="developer", frame=FRAME, metric="likes", lens="publisher")
    yield sizes.contract(subjects=("US",), frame=FRAME, metric="downloads_30d")
    yield sizes.contract(frame="hub", metric="downloads_all_time")


def _about_adoption() -> Iterator[Contract]:
    """Yield questions about models at their ages."""
    adoption = MEASURES["relative_adoption"]
    for variant in ("v1", "v2"):
        yield adoption.contract(frame="panel:totals", variant=variant)
        yield adoption.contract(subjects=("kite/one",), frame="panel:totals", variant=variant)
    yield adoption.contract(frame="hub")
    yield adoption.contract(frame="panel:totals", population="list:atom", variant="v2")


def _about_developers() -> Iterator[Contract]:
    """Yield questions about who there is, who came and who went."""
    developers = MEASURES["developers"]
    for by in ("country", "developer_type", "developer_sub_type", "total"):
        yield developers.contract(by=by, frame=FRAME)
    yield developers.contract(frame=FRAME, lens="publisher", period="2025-02..2025-04")
    yield developers.contract(subjects=("CN",), frame=FRAME, population="list:atom")
    yield developers.contract(frame="hub", metric="downloads_all_time")
