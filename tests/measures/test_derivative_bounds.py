"""Bounds of new derivatives: by hand, on a month of invented models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.small_store import developer, namespace, overlay, put, state

from modelcensus.contracts.figure import Figure
from modelcensus.measures.census import Census, open_census
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

OLD, NEW = (datetime(2030, month, 2, tzinfo=UTC) for month in (1, 12))
LABELS = ("2030-11-25", "2030-12-28")


def row(name: str, born: datetime, counts: tuple[int, int], *bases: str) -> dict[str, Any]:
    named = [
        {"relation": kind or None, "model_id": base, "source": "tag"}
        for kind, _, base in (b.partition(":") for b in bases)
    ]
    return {
        "id": name,
        "created_at": born,
        "downloads_30d": counts[0],
        "downloads_all_time": counts[1],
        "base_models": named,
    }


BASES = [row("fir/base", OLD, (90, 900)), row("elm/base", OLD, (90, 900))]
MONTH = [
    row("who/one", NEW, (40, 40), "finetune:fir/base"),
    row("who/two", NEW, (40, 40), "finetune:fir/base"),
    row("who/three", NEW, (40, 40), "finetune:elm/base"),
    # of nobody known, and of no repository
    row("who/four", NEW, (40, 40), "finetune:stray/base"),
    # its rolling count is below a threshold of 5, its running total above it
    row("who/five", NEW, (2, 30), "finetune:elm/base"),
    # a base without a relation
    row("who/six", NEW, (40, 40), ":fir/base"),
    row("who/seven", NEW, (40, 40), "finetune:fir/base", "finetune:elm/base", "finetune:oak/base"),
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    folder: Path = tmp_path_factory.mktemp("month")
    store = put(
        Store(folder / "store"),
        state(LABELS[0], BASES, frame="listing", complete=True),
        state(LABELS[1], [*BASES, *MONTH], frame="listing", complete=True),
    )
    rows = overlay(
        folder / "overlay",
        developers=[developer("fir", "CN"), developer("elm", "US"), developer("oak", "US")],
        namespaces=[namespace(n, n) for n in ("fir", "elm", "oak")],
    )
    build_release(store, Settings(), overlays=[rows])
    with open_census(store.path) as opened:
        yield opened


def figure(asked: Census, **values: str) -> Figure:
    given = {"relation": "any", "period": "2030-12", "reading": "immediate", **values}
    return asked.derivatives("CN", "US", by="country", frame="listing", **given)


def within(asked: Census, **values: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = figure(asked, **values).bounds["within_frame"]
    return found


def test_at_worst_all_unknown_bases_are_a_groups_or_none(asked: Census) -> None:
    # seven derivatives: CN 3 and a third, US 2 and two thirds, nobody known 1
    found = within(asked)
    assert found["CN"] == pytest.approx([(3 + 1 / 3) / 7, (4 + 1 / 3) / 7], abs=2e-6)
    assert found["US"] == pytest.approx([(2 + 2 / 3) / 7, (3 + 2 / 3) / 7], abs=2e-6)


def test_bounds_are_rounded_outwards(asked: Census) -> None:
    low, high = within(asked)["CN"]
    assert low <= 10 / 21
    assert high >= 13 / 21


def test_one_on_either_side_of_a_threshold_may_count(asked: Census) -> None:
    bounds = figure(asked, threshold="5").bounds
    assert bounds["derivatives_in_doubt"] == 1
    # who/five is of US: with it there are seven, without it six
    assert bounds["within_frame"]["CN"] == pytest.approx(
        [(3 + 1 / 3) / 7, (4 + 1 / 3) / 6], abs=2e-6
    )
    assert bounds["within_frame"]["US"] == pytest.approx(
        [(1 + 2 / 3) / 6, (3 + 2 / 3) / 7], abs=2e-6
    )


def test_a_base_without_a_relation_may_be_of_the_asked_one(asked: Census) -> None:
    # who/six is of CN, or no fine-tune
    found = within(asked, relation="finetune")
    assert found["CN"] == pytest.approx([(2 + 1 / 3) / 6, (4 + 1 / 3) / 7], abs=2e-6)


def test_the_interval_draws_the_accounts_of_unknown_bases(asked: Census) -> None:
    bounds = figure(asked).bounds
    interval = bounds["interval"]
    assert interval["of_unknown_accounts"] == pytest.approx(1 / 7, abs=1e-6)
    for group in ("CN", "US"):
        low, high = interval["groups"][group]
        worst_low, worst_high = bounds["within_frame"][group]
        assert worst_low - 2e-6 <= low < high <= worst_high + 2e-6


def test_whole_credits_have_worst_cases_only(asked: Census) -> None:
    bounds = figure(asked, counting="full").bounds
    assert "interval" not in bounds
    # CN 4 and US 3 of 8 with the unknown one
    assert bounds["within_frame"]["CN"] == pytest.approx([4 / 8, 5 / 8])


def test_a_country_that_nothing_stands_on_may_hold_the_unknown(asked: Census) -> None:
    bounds = asked.derivatives(
        "FR", by="country", frame="listing", relation="any", period="2030-12", reading="immediate"
    ).bounds
    assert bounds["within_frame"]["FR"] == pytest.approx([0, 1 / 7], abs=2e-6)
