"""Downloads in a period: differences of running totals, by hand and against a plain recount."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.evolution_files import (
    ALL,
    FIRST_YEAR,
    LABELS,
    MODELS,
    Planted,
    build_evolution,
    open_evolution,
    planted,
    true_values,
)

from modelcensus.contracts.figure import Figure
from modelcensus.errors import ContractError
from modelcensus.measures.census import Census

PERIOD = "2024-08..2025-08"
IN_PERIOD = {"metric": "downloads_first_year_in_period", "period": PERIOD}
FRAME = "panel:evolution-first-year"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    folder = tmp_path_factory.mktemp("evolution")
    doubled = [
        replace(m, counts=[2 * c if isinstance(c, int) else c for c in m.counts]) for m in MODELS
    ]
    with open_evolution(build_evolution(folder, {FIRST_YEAR: MODELS, ALL: doubled})) as census:
        yield census


def values(figure: Figure) -> dict[str, Any]:
    return {row["group"]: row["value"] for row in figure.records()}


def test_the_worked_example_of_the_methods(asked: Census) -> None:
    figure = asked.share(**IN_PERIOD)
    assert figure.contract.frame == FRAME
    # jade/one 4,000, jade/new 2,000, ruby/later 500, jade/blank 40 up to its last count;
    # bolt/one 5,000, bolt/fell 100 before it fell, bolt/gone 20 before it left, bolt/late 100 and
    # bolt/between 55 since they were first seen; wild/thing 3,000, wild/dark 49
    assert values(figure) == {"CN": 6_540, "US": 5_275, "unknown": 3_049}
    rows = {row["group"]: row for row in figure.records()}
    assert rows["CN"]["share_of_all"] == 6_540 / 14_864
    assert rows["US"]["share_of_attributed"] == 5_275 / 11_815
    assert figure.finding.startswith("Between 2024-07-29 and 2025-08-25, models made by")
    assert "14,864 first-year downloads in the period" in figure.finding
    assert "over 11 models" in figure.finding


def test_every_model_is_accounted_for_in_the_coverage(asked: Census) -> None:
    coverage = asked.share(**IN_PERIOD).coverage
    assert coverage["models_by_outcome"] == {
        "counted_by_difference": 4,
        "born_in_period": 1,
        "returned": 0,
        "not_seen_at_start": 3,
        "gone_at_end": 1,
        "without_count": 1,
        "fell": 1,
        "reuploaded": 0,
        "creation_unknown": 0,
    }
    assert coverage["sum_of_falls"] == 300
    assert (coverage["models"], coverage["models_without_count"]) == (len(MODELS), 0)
    assert coverage["total"] == 14_864
    assert (coverage["snapshots_read"], coverage["snapshots_in_period"]) == (4, 4)
    assert {o: g["known"] for o, g in coverage["growth_by_outcome"].items()} == {
        "counted_by_difference": 12_500,
        "born_in_period": 2_000,
        "not_seen_at_start": 100 + 55 + 49,
        "gone_at_end": 20,
        "without_count": 40,
        "fell": 100,
    }
    assert (coverage["period_start"], coverage["period_end"]) == (
        "2024-08-01T00:00:00+00:00",
        "2025-09-01T00:00:00+00:00",
    )
    assert (coverage["snapshot_at_start"], coverage["snapshot_at_end"]) == (
        "2024-07-29",
        "2025-08-25",
    )
    assert coverage["days_from_snapshot_to_start"] == 3
    assert coverage["days_from_snapshot_to_end"] == 7
    (text,) = [c for c in asked.share(**IN_PERIOD).caveats if "counted over" in c]
    assert "3 not seen at start, 1 gone at end, 1 without count, 1 fell" in text
    assert "the falls add up to 300" in text


def test_each_metric_reads_its_own_counts_and_finds_its_own_frame(asked: Census) -> None:
    figure = asked.share(metric="downloads_in_period", period=PERIOD)
    assert figure.contract.frame == "panel:evolution"
    assert values(figure) == {"CN": 13_080, "US": 10_550, "unknown": 6_098}
    assert figure.coverage["sum_of_falls"] == 600
    assert "panel of all downloads in the open model evolution data" in figure.finding
    assert not any("older than a year" in text for text in figure.does_not_show)
    first = asked.share(**IN_PERIOD)
    assert "downloads in models' first year in the open model evolution data" in first.finding
    assert any("older than a year" in text for text in first.does_not_show)


def test_the_ends_of_a_period_are_instants_and_a_snapshot_on_one_counts(asked: Census) -> None:
    # from the snapshot of 2024-08-05 itself to the one of 2025-02-03, the first not counted
    figure = asked.share(**IN_PERIOD | {"period": "2024-08-05..2025-02-02"})
    assert figure.coverage["snapshot_at_start"] == "2024-08-05"
    assert figure.coverage["snapshot_at_end"] == "2025-02-03"
    assert figure.coverage["days_from_snapshot_to_end"] == 0
    assert values(figure) == true_by_country(MODELS, 1, 2, "2024-08-05", "2025-02-03")
    one_day_less = asked.share(**IN_PERIOD | {"period": "2024-08-05..2025-02-03"})
    assert values(one_day_less) == values(figure)


def test_all_runs_from_the_first_snapshot_to_the_last(asked: Census) -> None:
    figure = asked.share(**IN_PERIOD | {"period": "all"})
    # created in the period now: one day after the first snapshot
    assert values(figure) == {"CN": 6_540, "US": 5_280, "unknown": 3_049}
    assert figure.coverage["models_by_outcome"]["born_in_period"] == 2


@pytest.mark.parametrize("by", ["developer", "developer_type", "namespace", "family", "total"])
def test_other_groupings_share_the_same_whole(asked: Census, by: str) -> None:
    figure = asked.share(**IN_PERIOD, by=by)
    assert figure.coverage["total"] == 14_864
    assert sum(v or 0 for v in values(figure).values()) == 14_864


def test_a_rank_of_a_period_and_what_it_hangs_on(asked: Census) -> None:
    figure = asked.rank(**IN_PERIOD, by="developer")
    first, second, _ = figure.records()
    assert (first["group"], first["value"], first["rank"]) == ("jade-lab", 6_540, 1)
    assert (second["largest_model"], second["rank_without_it"]) == ("bolt/one", 2)
    assert "between 2024-07-29 and 2025-08-25" in figure.finding
    median = asked.rank(**IN_PERIOD, by="developer", outliers="median").records()
    assert {r["group"]: r["value"] for r in median}["jade-lab"] == 1_250


def test_outliers_and_populations_are_those_of_any_question(asked: Census) -> None:
    capped = asked.share(**IN_PERIOD, outliers="cap:3000")
    assert values(capped) == {"CN": 5_540, "US": 3_275, "unknown": 3_049}
    dropped = asked.share(**IN_PERIOD, outliers="drop-top:1")
    assert values(dropped) == {"CN": 6_540, "US": 275, "unknown": 3_049}
    young = asked.share(**IN_PERIOD, population="young:300")
    assert values(young) == {"CN": 2_000}
    assert young.coverage["models_by_outcome"]["born_in_period"] == 1
    assert young.coverage["sum_of_falls"] == 0
    assert any("1 models of the frame are left out" in text for text in young.caveats)


def test_beside_a_period_stand_readings_of_its_end(asked: Census) -> None:
    readings = {r["reading"]: r for r in asked.share(**IN_PERIOD).sensitivity["readings"]}
    assert readings["as defined"]["shares"] == {"CN": 6_540 / 14_864, "US": 5_275 / 14_864}
    # listed on 2025-08-25: four of jade and ruby, four of bolt (one is gone), two others
    by_models = readings["by models"]["shares"]
    assert by_models == {"CN": 4 / 10, "US": 4 / 10}


@pytest.mark.parametrize("period", ["latest", "2025-08-25"])
def test_one_moment_is_refused_with_what_to_ask(asked: Census, period: str) -> None:
    with pytest.raises(ContractError, match="needs a period") as caught:
        asked.share(**IN_PERIOD | {"period": period})
    assert "--period 2024-08..2025-08" in caught.value.next_step
    assert "--metric downloads_first_year" in caught.value.next_step


@pytest.mark.parametrize("measure", ["series", "totals"])
def test_measures_of_moments_refuse_a_difference(asked: Census, measure: str) -> None:
    with pytest.raises(ContractError, match="looks at moments") as caught:
        getattr(asked, measure)(metric="downloads_in_period", period="all")
    assert "census share" in caught.value.next_step


def test_a_running_total_over_a_period_is_refused_and_leads_to_the_difference(
    asked: Census,
) -> None:
    with pytest.raises(ContractError, match="cannot be summed") as caught:
        asked.share(metric="downloads_all_time", period=PERIOD)
    assert "--metric downloads_in_period" in caught.value.next_step


def test_a_running_sum_of_rolling_counts_is_still_refused(asked: Census) -> None:
    with pytest.raises(ContractError, match="cannot be computed"):
        asked.share(metric="downloads_running_sum", period=PERIOD)


@pytest.mark.parametrize(
    ("period", "why"),
    [
        ("2024-06..2025-08", "no snapshot up to the start"),
        ("2024-08-06..2024-09", "no snapshot between its start and its end"),
        ("2025-09..2025-10", "no snapshot between its start and its end"),
    ],
)
def test_a_missing_boundary_names_the_snapshots_there_are(
    asked: Census, period: str, why: str
) -> None:
    with pytest.raises(ContractError, match=why) as caught:
        asked.share(**IN_PERIOD | {"period": period, "frame": FRAME})
    assert all(label.isoformat() in caught.value.where for label in LABELS)


def test_the_figures_move_with_what_was_planted(tmp_path: Path) -> None:
    more = [planted("jade/one", 1_000, 1_100, 3_000, 6_001), *MODELS[1:]]
    with open_evolution(build_evolution(tmp_path, {FIRST_YEAR: more})) as census:
        assert values(census.share(**IN_PERIOD)) == {"CN": 7_541, "US": 5_275, "unknown": 3_049}


def any_models(rng: random.Random) -> list[Planted]:
    def count() -> int | str | None:
        return rng.choice(["-", None, 0, rng.randrange(10), rng.randrange(10**6), 2**40])

    days = [
        None,
        "2023-01-05",
        "2024-07-30",
        "2024-08-01",
        "2024-12-24",
        "2025-08-31",
        "2025-09-01",
    ]
    accounts = ["jade", "ruby", "bolt", "wild"]
    made = [
        planted(
            f"{rng.choice(accounts)}/m{n}", *(count() for _ in LABELS), created=rng.choice(days)
        )
        for n in range(60)
    ]
    return [
        *(m for m in made if any(c != "-" for c in m.counts)),
        # two labels need a count each, and falls must stay rare: totals that mostly fall are none
        *(planted(f"wild/steady{n}", 1, 2, 3, 4) for n in range(400)),
    ]


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 2))])
def test_any_counts_give_what_a_plain_recount_gives(tmp_path: Path, seed: int) -> None:
    models = any_models(random.Random(seed))  # noqa: S311
    with open_evolution(build_evolution(tmp_path, {FIRST_YEAR: models})) as census:
        figure = census.share(**IN_PERIOD)
        found = {group: value or 0 for group, value in values(figure).items()}
        expected = true_values(models, 0, 3, "2024-08-01", "2025-09-01")
        assert {g: v for g, v in found.items() if v} == {g: v for g, v in expected.items() if v}
        assert sum(figure.coverage["models_by_outcome"].values()) == len(models)


def true_by_country(
    models: tuple[Planted, ...], first: int, last: int, start: str, end: str
) -> dict[str, int]:
    return true_values(models, first, last, start, end)
