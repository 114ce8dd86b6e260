"""Relative adoption: golden values, and simulated Hubs recomputed in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from tests.ages_world import COUNTS, B, frame
from tests.evolution_files import ALL, FIRST_YEAR, MODELS, build_evolution, open_evolution
from tests.small_store import put

from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.ages import AGES
from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.sources import hub_stats
from modelcensus.testing import Plan, Simulation


@pytest.fixture
def world(ages: Census) -> Census:
    return ages


def at_ages(census: Census, *models: str, **values: Any) -> dict[tuple[str, int], dict[str, Any]]:
    figure = census.relative_adoption(*models, frame="panel:ages", **values)
    return {(r["model"], r["age_days"]): r for r in figure}


def test_a_count_at_an_age_lies_between_two_snapshots(world: Census) -> None:
    row = at_ages(world, "ash/first")["ash/first", 7]
    # 40 at 4 days, 80 at 8: 70 at 7
    assert (row["count_at_least"], row["count"], row["count_at_most"]) == (40, 70, 80)
    # the class 1B-7B: 25 n of ten peers at 7 days, ash/first, ash/fell 70, ash/gap 40+80/4
    peers = sorted([*(25 * n for n in range(1, 11)), 70, 70, 60], reverse=True)[:10]
    assert row["reference"] == median(peers)
    assert row["ram"] == 70 / median(peers)
    lows = sorted([*(10 * n for n in range(1, 11)), 40, 40, 40], reverse=True)[:10]
    highs = sorted([*(30 * n for n in range(1, 11)), 80, 80, 120], reverse=True)[:10]
    assert row["ram_at_least"] == 40 / median(highs)
    assert row["ram_at_most"] == 80 / median(lows)
    assert row["peers"] == 13
    assert row["size_class"] == "1B-7B"


def test_the_second_version_takes_the_tenth_of_all_sizes(world: Census) -> None:
    row = at_ages(world, "ash/first", variant="v2")["ash/first", 7]
    counts = [*(25 * n for n in range(1, 11)), 70, 70, 60, 700, 1]
    assert row["reference"] == sorted(counts, reverse=True)[9]
    assert row["peers"] == 15
    nosize = at_ages(world, "ash/nosize", variant="v2")["ash/nosize", 7]
    assert nosize["ram"] == 700 / row["reference"]


def test_what_is_not_known_has_a_reason(world: Census) -> None:
    found = at_ages(world, "ash/fell", "ash/nosize", "ash/giant", "ash/first", "ash/gap")
    assert found["ash/fell", 14]["why"] == ""
    assert found["ash/fell", 30]["why"] == "fell"
    assert found["ash/fell", 30]["count"] is None
    assert found["ash/nosize", 7]["why"] == "size_unknown"
    assert found["ash/nosize", 7]["count"] == 700
    assert found["ash/giant", 7]["why"] == "fewer_than_ten_peers"
    assert found["ash/first", 60]["why"] == "age_not_reached"
    assert all(r["ram"] is None for r in found.values() if r["why"])
    assert len(found) == 5 * len(AGES)
    # a missing count between two snapshots widens the bounds
    gap = found["ash/gap", 7]
    assert (gap["count_at_least"], gap["count"], gap["count_at_most"]) == (40, 60, 120)


def test_snapshots_too_far_apart_tell_of_no_age_between_them(tmp_path: Path) -> None:
    store = put(Store(tmp_path), *frame("panel:ages"))
    build_release(store, Settings(age_gap_days=10))
    with Census(open_release(store)) as census:
        found = at_ages(census, "peer/n1")
        assert found["peer/n1", 14]["why"] == ""
        assert found["peer/n1", 30]["why"] == "snapshots_too_far_apart"
        (coverage,) = [
            c
            for c in census.relative_adoption(frame="panel:ages").coverage["models_by_age"]
            if c["age_days"] == 30
        ]
        assert coverage["known"] == 0
        assert coverage["snapshots_too_far_apart"] == len(COUNTS) - 1
        assert coverage["fell"] == 1


def test_without_subjects_the_ten_most_downloaded_of_each_kind_are_listed(world: Census) -> None:
    figure = world.relative_adoption(frame="panel:ages")
    week = [r for r in figure if r["age_days"] == 7 and r["size_class"] == "1B-7B"]
    assert [r["model"] for r in week][:3] == ["peer/n10", "peer/n9", "peer/n8"]
    assert len(week) == 10
    assert sum(r["ram"] > 1 for r in week) == 5
    assert "at an age of 30 days" in figure.finding


def test_a_former_name_finds_the_model_and_the_other_version_stands_beside(world: Census) -> None:
    figure = world.relative_adoption("ash/once", frame="panel:ages")
    assert {r["model"] for r in figure} == {"ash/first"}
    other = figure.sensitivity
    assert other["other_variant"] == "v2"
    second = {r["age_days"]: r["ram"] for r in other["rows"]}
    assert second[7] == at_ages(world, "ash/first", variant="v2")["ash/first", 7]["ram"]


def test_an_answer_as_of_a_day_is_unchanged_by_later_snapshots(world: Census) -> None:
    early = at_ages(world, "ash/first", period="2031-01-20")
    later = at_ages(world, "ash/first")
    assert early["ash/first", 14] == later["ash/first", 14]
    assert early["ash/first", 30]["why"] == "age_not_reached"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"metric": "downloads_30d", "frame": "panel:rolling"}, "no running total"),
        ({"frame": "panel:rolling"}, "holds no downloads_all_time"),
        ({"frame": "panel:undated"}, "does not hold creation dates"),
        ({"frame": "panel:ages", "period": "2031"}, "at their own ages"),
        ({"frame": "panel:ages", "population": "young:9"}, "when it was young"),
        ({"frame": "panel:ages", "variant": "v3"}, "no variant"),
    ],
)
def test_a_frame_that_cannot_tell_is_refused_with_a_reason(
    world: Census, values: dict[str, str], reason: str
) -> None:
    with pytest.raises(ContractError, match=reason) as caught:
        world.relative_adoption(**values)
    assert caught.value.next_step


def test_a_frame_without_sizes_takes_the_second_version_only(tmp_path: Path) -> None:
    store = put(Store(tmp_path), *frame("panel:ages", parameters=None))
    build_release(store, Settings())
    with Census(open_release(store)) as census:
        with pytest.raises(ContractError, match="compares size classes") as caught:
            census.relative_adoption(frame="panel:ages")
        assert "--variant v2" in caught.value.next_step
        figure = census.relative_adoption("peer/n10", frame="panel:ages", variant="v2")
        assert figure.records()[0]["ram"] is not None
        assert figure.sensitivity["rows"] == []


def test_the_open_model_evolution_data_tell_of_ages(tmp_path: Path) -> None:
    store = build_evolution(tmp_path, {ALL: MODELS, FIRST_YEAR: MODELS})
    with open_evolution(store) as census:
        for frame_, metric in (("panel:evolution", "downloads_all_time"),
                               ("panel:evolution-first-year", "downloads_first_year")):  # fmt: skip
            figure = census.relative_adoption(
                "jade/new", "bolt/between", frame=frame_, metric=metric, variant="v2"
            )
            found = {(r["model"], r["age_days"]): r for r in figure}
            # created on 2025-01-10, 40 downloads on 2025-02-03, 24 days later
            week = found["jade/new", 7]
            assert week["count"] == pytest.approx(40 * 7 / 24)
            assert (week["count_at_least"], week["count_at_most"]) == (0, 40)
            assert week["why"] == "fewer_than_ten_peers"
            # half a year lies between its second and its third snapshot
            assert found["bolt/between", 7]["why"] == "snapshots_too_far_apart"


def test_a_name_that_no_model_has_gets_those_like_it(world: Census) -> None:
    with pytest.raises(UnknownName) as caught:
        world.relative_adoption("birch/First", frame="panel:ages")
    assert caught.value.nearest == ["ash/first"]
    with pytest.raises(ContractError, match="named twice"):
        world.relative_adoption("ash/once", "ash/first", frame="panel:ages")


# --- simulated Hubs ---

WEEKS, STEP = 28, 14


def simulated(folder: Path, seed: int, plan: Plan) -> tuple[Simulation, Census]:
    """Return a simulated Hub and its release; every fortnight of a year is a snapshot."""
    simulation = Simulation(seed, 1500, start=date(2025, 1, 6), snapshots=WEEKS, step_days=STEP,
                            plan=plan)  # fmt: skip
    store = Store(folder / "store")
    for label in simulation.labels:
        path = simulation.write_hub_stats(folder / f"{label}.parquet", label)
        put(store, *hub_stats.read(path, {"label": label.isoformat()}))
    build_release(store, Settings())
    return simulation, Census(open_release(store))


Known = dict[int, dict[str, tuple[float, float, float]]]
"""Age -> `_id` -> smallest possible, interpolated and largest possible count."""


def plain_counts(simulation: Simulation) -> tuple[Known, dict[str, tuple[str, str | None]]]:
    """Return counts at ages, and id and size class by `_id`, from the raw rows of the labels."""
    seen: dict[str, list[tuple[float, int]]] = defaultdict(list)
    facts: dict[str, tuple[str, str | None]] = {}
    for label in simulation.labels:
        at = datetime(label.year, label.month, label.day, tzinfo=UTC)
        for row in simulation.state(label).to_pylist():
            age = (at - row["createdAt"].astimezone(UTC)) / timedelta(seconds=1)
            seen[row["_id"]].append((age // 1, row["downloadsAllTime"]))
            sizes = [(row[part] or {}).get("total") for part in ("safetensors", "gguf")]
            stored = next((size for size in sizes if size), None)
            facts[row["_id"]] = (row["id"], plain_class(stored))
    found: Known = {age: {} for age in AGES}
    for key, points in seen.items():
        line = [(0.0, 0), *points]
        for age in AGES:
            for (before, low), (after, high) in pairwise(line):
                if not before < age * 86_400 <= after:
                    continue
                if high < low or after - before > 35 * 86_400:
                    continue
                part = (age * 86_400 - before) / (after - before)
                found[age][key] = (high if part == 1 else low, low + (high - low) * part, high)
    return found, facts


def plain_class(parameters: int | None) -> str | None:
    if not parameters:
        return None
    for limit, name in ((1, "<1B"), (7, "1B-7B"), (20, "7B-20B"), (100, "20B-100B")):
        if parameters < limit * B:
            return name
    return ">=100B"


def plain_reference(counts: list[float], variant: str) -> float | None:
    largest = sorted(counts, reverse=True)[:10]
    if len(largest) < 10:
        return None
    return median(largest) if variant == "v1" else largest[9]


@pytest.fixture(
    scope="module",
    params=["nothing planted", pytest.param("everything planted", marks=pytest.mark.long)],
)
def hub(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Simulation, Census, Known, dict[str, tuple[str, str | None]]]]:
    # a new model under the name of a removed one is one model to us, and two to the simulator
    plan = Plan.nothing() if request.param == "nothing planted" else Plan(reuploads=0)
    simulation, census = simulated(tmp_path_factory.mktemp("hub"), 5, plan)
    known, facts = plain_counts(simulation)
    with census:
        yield simulation, census, known, facts


@pytest.mark.parametrize("variant", ["v1", "v2"])
def test_figures_of_a_simulated_hub_are_those_of_plain_python(hub: Any, variant: str) -> None:
    _, census, known, facts = hub
    figure = census.relative_adoption(variant=variant)
    assert figure.is_simulated
    assert figure.finding.startswith("SIMULATED")
    keys = {name: key for key, (name, _) in facts.items()}
    compared = 0
    for row in figure:
        counts = known[row["age_days"]]
        key = keys[row["model"]]
        peers = [k for k in counts if variant == "v2" or facts[k][1] == row["size_class"]]
        low, value, high = counts[key]
        references = [plain_reference([counts[k][n] for k in peers], variant) for n in range(3)]
        assert row["peers"] == len(peers)
        assert row["count"] == pytest.approx(value)
        assert (row["count_at_least"], row["count_at_most"]) == (low, high)
        if references[1] is None:
            assert row["why"] == "fewer_than_ten_peers"
            continue
        compared += 1
        assert row["reference"] == pytest.approx(references[1])
        assert row["ram"] == pytest.approx(value / references[1])
        assert row["ram_at_least"] == pytest.approx(low / (references[2] or 1))
        if references[0]:
            assert row["ram_at_most"] == pytest.approx(high / references[0])
    assert compared >= 50
    by_age = {c["age_days"]: c["known"] for c in figure.coverage["models_by_age"]}
    assert by_age == {age: len(known[age]) for age in AGES}


@pytest.mark.parametrize("hub", ["nothing planted"], indirect=True)
def test_the_true_count_of_that_day_lies_within_the_bounds(hub: Any) -> None:
    """The simulator knows every count at every second: the bounds hold it, always.

    Planted resets and freezes change what the hub tells, not what happened.
    """
    simulation, census, known, facts = hub
    population = simulation.world.population
    numbers = np.arange(population.born_before(population.instants[-1]), dtype=np.int64)
    keys = population.keys(numbers).to_pylist()
    created = population.created(numbers)
    errors, checked = [], 0
    for age in AGES:
        counts = simulation.world.counters.counts(numbers, created + age * 86_400).all_time
        true = dict(zip(keys, counts.tolist(), strict=True))
        figure = census.relative_adoption(variant="v2")
        tenth = plain_reference([true[k] for k in known[age]], "v2")
        by_name = {facts[k][0]: k for k in known[age]}
        for row in (r for r in figure if r["age_days"] == age and r["ram"] is not None):
            ram = true[by_name[row["model"]]] / (tenth or 1)
            assert row["ram_at_least"] <= ram * (1 + 1e-9)
            assert row["ram_at_most"] is None or ram <= row["ram_at_most"] * (1 + 1e-9)
            errors.append(abs(row["ram"] / ram - 1))
            checked += 1
    print(f"{checked} true values within their bounds; median error of the interpolated ones "
          f"{median(errors):.1%}")  # fmt: skip
    assert checked >= 50
    assert median(errors) < 0.25
