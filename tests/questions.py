"""Questions for the world `acre`, with its `totals`: every measure, group and treatment."""

from __future__ import annotations

from collections.abc import Iterator

from tests.acre import FRAME

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.fact_words import MANY_VALUED
from modelcensus.contracts.registry import MEASURES

_GROUPS = (
    "country",
    "bloc",
    "developer",
    "developer_type",
    "developer_sub_type",
    "family",
    "namespace",
    "licence_class",
    "size_class",
    "library",
    "pipeline_tag",
    "modality",
    "format",
    "precision",
    "language",
    "created_month",
    "created_year",
    "weight_format",
    "total",
)
_POPULATIONS = (
    *("list:atom", "first_party", "language", "young:200"),
    *("modality:text", "size:<1B,20-100B", "licence:unknown,L9", "young:200+modality:unknown"),
)


SUBJECTS = {"country": ("CN", "US"), "family": ("rivet", "hatchet"), "namespace": ("bolt",)}
"""Groups of acre, by grouping."""


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
    yield from _of_several_groups()
    yield share.contract(**FIRST_YEAR, by="developer")
    yield share.contract(frame="hub", metric="downloads_all_time", by="country")
    yield share.contract(**SUMMED, by="developer")
    yield series.contract(**SUMMED, by="namespace")
    yield MEASURES["licences"].contract(by="country", frame=FRAME, metric="downloads_30d")
    yield MEASURES["duties"].contract(frame=FRAME)
    yield MEASURES["licence_changes"].contract(frame=FRAME)
    yield MEASURES["concentration"].contract(frame=FRAME, by="country", panel="fixed")
    yield MEASURES["sizes"].contract(frame=FRAME, metric="downloads_30d")
    yield MEASURES["size_history"].contract(frame=FRAME)
    for variant in ("v1", "v2"):
        yield MEASURES["relative_adoption"].contract(frame="panel:totals", variant=variant)
    yield MEASURES["spread"].contract(subjects=("CN", "US"), frame=FRAME)
    yield from _of_influence()
    yield MEASURES["file_facts"].contract(frame=FRAME, by="weight_format")
    yield share.contract(by="created_year", frame=FRAME)
    yield MEASURES["developers"].contract(frame=FRAME, by="developer_sub_type")
    yield from _across_hubs()
    yield from _of_indexes()
    yield from _of_bases()


def _of_several_groups() -> Iterator[Contract]:
    """Yield questions about models of several groups, about blocs and about copies."""
    share, at = MEASURES["share"], {"frame": FRAME}
    yield share.contract(by="language", population="licence:L9,L1+modality:text,unknown", **at)
    yield share.contract(by="precision", counting="full", outliers="cap-quantile:75", **at)
    yield MEASURES["rank"].contract(by="bloc", lens="base", counting="full", **at)
    yield MEASURES["derivatives"].contract(by="bloc", period="2025", relation="any", **at)
    for by in ("country", "language", "modality", "namespace"):
        yield share.contract(by=by, roll_up="formats", **at)
    yield MEASURES["series"].contract(by="bloc", **at)
    yield MEASURES["crossover"].contract(subjects=("en", "fr"), by="language", **at)


def _of_influence() -> Iterator[Contract]:
    """Yield questions about what headlines hang on."""
    influence = MEASURES["influence"]
    crossing = {"headline": "crossover", "period": "all", "frame": FRAME}
    yield influence.contract(subjects=("CN", "US"), frame=FRAME)
    yield influence.contract(subjects=("DE",), frame=FRAME, lens="base", denominator="attributed")
    yield influence.contract(subjects=("CN", "US"), **crossing)


def _of_bases() -> Iterator[Contract]:
    """Yield questions about what models stand on."""
    for name in ("edges", "drift"):
        yield MEASURES[name].contract(frame=FRAME)
    for values in ({"without": "developer:axe-works"}, {"without": "country:CN",
                   "reading": "immediate", "metric": "likes"}):  # fmt: skip
        yield MEASURES["exposure"].contract(frame=FRAME, **values)
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
    yield from _of_several_groups()
    yield rank.contract(frame=FRAME, by="developer", lens="base", counting="full")
    yield series.contract(frame=FRAME, by="family", lens="base")
    for by in _GROUPS:
        yield share.contract(by=by, frame=FRAME)
        several = {"counting": "full"} if by in MANY_VALUED else {}
        yield rank.contract(by=by, frame=FRAME, outliers="median", **several)
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
    yield from _about_spread()
    yield from _about_terms()
    yield from _about_concentration()
    yield from _about_sizes()
    yield from _about_adoption()
    yield from _about_files()
    yield from _about_developers()
    yield from _across_hubs()
    yield from _of_indexes()
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
    for by in (by for by in _GROUPS if by not in MANY_VALUED):
        yield sizes.contract(by=by, frame=FRAME)
    yield sizes.contract(by="developer", frame=FRAME, metric="likes", lens="publisher")
    yield sizes.contract(subjects=("US",), frame=FRAME, metric="downloads_30d")
    yield sizes.contract(frame="hub", metric="downloads_all_time")
    history = MEASURES["size_history"]
    yield history.contract(frame=FRAME)
    yield history.contract(frame=FRAME, by="family", metric="models", subjects=SUBJECTS["family"])
    for along in ("created_year", "created_month"):
        yield history.contract(frame=FRAME, along=along, by="total")


def _about_adoption() -> Iterator[Contract]:
    """Yield questions about models at their ages."""
    adoption = MEASURES["relative_adoption"]
    for variant in ("v1", "v2"):
        yield adoption.contract(frame="panel:totals", variant=variant)
        yield adoption.contract(subjects=("kite/one",), frame="panel:totals", variant=variant)
    yield adoption.contract(frame="hub")
    yield adoption.contract(frame="panel:totals", population="list:atom", variant="v2")


def _about_spread() -> Iterator[Contract]:
    yield MEASURES["spread"].contract(subjects=("CN", "US"), frame=FRAME)
    yield MEASURES["spread"].contract(**IN_PERIOD, subjects=("axe-works",), by="developer")
    yield from _of_influence()
    for values in ({"by": "family"}, {"by": "namespace"}, {"lens": "publisher"}):
        yield MEASURES["influence"].contract(subjects=SUBJECTS[values.get("by", "country")],
                                             frame=FRAME, **values)  # fmt: skip


def _about_files() -> Iterator[Contract]:
    for by in ("library", "weight_format", "created_year", "total", "country"):
        yield MEASURES["file_facts"].contract(by=by, frame=FRAME)
    yield MEASURES["file_facts"].contract(frame=FRAME, population="language")


def _across_hubs() -> Iterator[Contract]:
    """Yield questions about families on every hub."""
    hubs = MEASURES["hubs"]
    yield hubs.contract()
    yield hubs.contract(by="developer")
    yield hubs.contract(subjects=("rivet", "hatchet"), naming="developer", period="2025")


def _of_indexes() -> Iterator[Contract]:
    """Yield questions about what indexes say."""
    for by in ("total", "country", "created_year", "licence_class"):
        yield MEASURES["openness"].contract(by=by)
    for counting in ("fractional", "full"):
        yield MEASURES["training"].contract(counting=counting)
    for by in ("country", "developer", "total"):
        yield MEASURES["capability"].contract(by=by, benchmark="D|accuracy")


def _about_developers() -> Iterator[Contract]:
    """Yield questions about who there is, who came and who went."""
    developers = MEASURES["developers"]
    for by in ("country", "developer_type", "developer_sub_type", "total"):
        yield developers.contract(by=by, frame=FRAME)
    yield developers.contract(frame=FRAME, lens="publisher", period="2025-02..2025-04")
    yield developers.contract(subjects=("CN",), frame=FRAME, population="list:atom")
    yield developers.contract(frame="hub", metric="downloads_all_time")
