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


def questions() -> Iterator[Contract]:
    """Yield contracts; some of them are refused, by every engine alike."""
    share, rank, series, totals, crossover = (
        MEASURES[name] for name in ("share", "rank", "series", "totals", "crossover")
    )
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
    for hub in ({"frame": "hub", "metric": "downloads_all_time"},
                {"frame": "sample:runner", "metric": "pulls"}):  # fmt: skip
        yield totals.contract(**hub)
        yield share.contract(**hub, by="developer")
        yield rank.contract(**hub, by="namespace")
        yield series.contract(**hub)
