"""Simulated Hubs with planted truth: worst cases always hold it, intervals nearly always."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

import pytest
from tests.planted_truth import PRESETS, Answer, World, ask, build_worlds

from modelcensus.testing import FaultFigures

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")

SHORT = ("30 days, any label", "in period, between labels", "first year in period")
SEEDS, BATCH = range(1, 101), 10
"""The seeds that are reported. Whatever has a threshold was chosen on seeds from 1001 on."""

LEAST_IN_INTERVAL = 95
MOST_WIDTH = 0.05
MANY = 50
"""Worlds from which on a share of worlds is held against its threshold."""


def answers(
    seeds: Iterable[int], folder: Path, presets: Sequence[str] = tuple(PRESETS)
) -> list[Answer]:
    worlds, census = build_worlds(seeds, folder)
    with census:
        return [answer for world in worlds for answer in ask(census, world, presets)]


def by_question(found: Iterable[Answer]) -> dict[tuple[str, str], list[Answer]]:
    sorted_out: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for answer in found:
        sorted_out[answer.preset, answer.denominator].append(answer)
    return dict(sorted_out)


def worlds_inside(found: Sequence[Answer], *, worst: bool) -> int:
    """Return in how many worlds every country's truth is inside."""
    outside = {a.seed for a in found if not (a.is_in_worst if worst else a.is_in_interval)}
    return len({a.seed for a in found} - outside)


def test_worst_cases_hold_the_truth_in_a_few_worlds(tmp_path: Path) -> None:
    found = answers(range(1, 6), tmp_path, SHORT)
    assert len({a.seed for a in found}) == 5
    assert [a for a in found if not a.is_in_worst] == []
    inside = sum(a.is_in_interval for a in found)
    assert inside >= 0.9 * len(found)
    FIGURES.record(
        "T27", worlds=5, answers=len(found), in_worst_case=len(found), in_interval=inside
    )


def test_truth_and_figures_do_not_come_from_one_another() -> None:
    """A truth that is not the planted one would be outside: counts that are told are not true."""
    world = World.of(1)
    told = [world.simulation.world.counts(world.listed(n), n).downloads.sum() for n in range(12)]
    true = [
        world.simulation.world.counts(world.listed(n), n, told=False).downloads.sum()
        for n in range(12)
    ]
    assert told != true
    planted = world.simulation.world.planted
    assert all((planted.dips, planted.freezes, planted.zeros))
    kinds = {d.kind for d in planted.deeds}
    assert {"spike", "all_time_reset", "frozen", "farming"} <= kinds
    assert {a.kind for a in planted.absences} == {"removal", "return", "reupload"}
    names = {a.name for a in world.simulation.world.population.cast.accounts}
    assert world.known_accounts < names
    assert world.persons


@pytest.mark.long
def test_worst_cases_and_intervals_in_a_hundred_worlds(tmp_path: Path) -> None:
    found: list[Answer] = []
    for first in range(SEEDS.start, SEEDS.stop, BATCH):
        found += answers(range(first, first + BATCH), tmp_path / str(first))
    record(found)
    hold_to_thresholds(found)


def record(found: Sequence[Answer]) -> None:
    """Keep what was measured, question by question."""
    questions = by_question(found)
    kept: dict[str, int | float | str] = {"long_worlds": len(SEEDS)}
    for (preset, denominator), some in questions.items():
        worlds = len({a.seed for a in some})
        worst, inside = (worlds_inside(some, worst=w) for w in (True, False))
        name = f"long_{preset}_of_{denominator}".replace(",", "").replace(" ", "_")
        width = median(a.width for a in some)
        kept[name] = f"{worst} and {inside} of {worlds}, width {100 * width:.1f} points"
    widths = [a.width for a in found]
    kept["long_median_width_points"] = round(100 * median(widths), 2)
    FIGURES.record("T27", **kept)


def hold_to_thresholds(found: Sequence[Answer]) -> None:
    """Fail where a worst case misses a truth, or intervals miss it too often or are too wide."""
    assert [a for a in found if not a.is_in_worst] == []
    for some in by_question(found).values():
        worlds = len({a.seed for a in some})
        assert worlds >= MANY
        assert worlds_inside(some, worst=False) >= LEAST_IN_INTERVAL / 100 * worlds
    assert median(a.width for a in found) <= MOST_WIDTH
