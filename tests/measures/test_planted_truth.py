"""Simulated Hubs with planted truth: worst cases always hold it, intervals nearly always."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import pytest
from tests.planted_questions import QUESTIONS, REPLACED, Answer, answers
from tests.planted_truth import World

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.presets import PRESETS
from modelcensus.testing import FaultFigures

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")

SHORT = (
    *("30 days, any label", "in period, between labels", "new derivatives by roots"),
    *("hf-summer-2026", "atom-2026-q2", "hai-2025-derivatives"),
)
SEEDS, BATCH, PROCESSES = range(501, 601), 5, 2
"""The seeds that are reported. Whatever has a threshold was chosen on seeds from 1001 on; faults
that runs over seeds 1 to 500 found are mended, so these are not reported any more."""

LEAST_IN_INTERVAL = 95
MOST_WIDTH = 0.05
MANY = 50
"""Worlds from which on a share of worlds is held against its threshold."""


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
    found = answers(range(1, 3), tmp_path / "worlds", SHORT)
    assert {(a.seed, a.preset) for a in found} == {(n, q) for n in range(1, 3) for q in SHORT}
    assert [a for a in found if not a.is_in_worst] == []
    inside = sum(a.is_in_interval for a in found)
    assert inside >= 0.9 * len(found)
    FIGURES.record(
        "T27", worlds=2, answers=len(found), in_worst_case=len(found), in_interval=inside
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


@pytest.mark.parametrize("name", PRESETS)
def test_a_named_preset_is_asked_but_for_what_is_stated(name: str) -> None:
    """Frame and period (and one measure) are replaced, with a reason; nothing else is."""
    own, world = PRESETS[name].contract, World.of(1)
    for contract, truth in QUESTIONS[name].asked(world):
        changed = {
            f.name for f in fields(Contract) if getattr(contract, f.name) != getattr(own, f.name)
        }
        assert changed == set(REPLACED[name])
        assert all(REPLACED[name].values())
        groups = QUESTIONS[name].groups(truth)
        assert tuple(groups) == (own.subjects or tuple(groups))
        assert truth.total > 0


@pytest.mark.long
def test_worst_cases_and_intervals_in_a_hundred_worlds(tmp_path: Path) -> None:
    batches = [range(n, n + BATCH) for n in range(SEEDS.start, SEEDS.stop, BATCH)]
    folders = [tmp_path / str(batch.start) for batch in batches]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        found = [a for some in pool.map(answers, batches, folders) for a in some]
    record(found)
    hold_to_thresholds(found)


def record(found: Sequence[Answer]) -> None:
    """Keep what was measured, question by question."""
    questions = by_question(found)
    kept: dict[str, int | float | str] = {"long_worlds": len(SEEDS)}
    for (preset, denominator), some in questions.items():
        worlds = len({a.seed for a in some})
        worst, inside = (worlds_inside(some, worst=w) for w in (True, False))
        words = f"long_{preset}_of_{denominator}".replace(",", "")
        name = words.replace(" ", "_").replace("-", "_")
        width = median(a.width for a in some)
        unknown = median(a.of_unknown_accounts for a in some)
        kept[name] = (
            f"{worst} and {inside} of {worlds}, width {100 * width:.1f} points, of unknown "
            f"accounts {100 * unknown:.1f} %"
        )
    kept["long_median_width_points"] = round(100 * middle_width(found), 2)
    FIGURES.record("T27", **kept)


def middle_width(found: Iterable[Answer]) -> float:
    """Return the median over questions of their median widths: each question counts once."""
    return median(median(a.width for a in some) for some in by_question(found).values())


def hold_to_thresholds(found: Sequence[Answer]) -> None:
    """Fail where a worst case misses a truth, or intervals miss it too often or are too wide."""
    assert [a for a in found if not a.is_in_worst] == []
    for some in by_question(found).values():
        worlds = len({a.seed for a in some})
        assert worlds >= MANY
        assert worlds_inside(some, worst=False) >= LEAST_IN_INTERVAL / 100 * worlds
    assert middle_width(found) <= MOST_WIDTH
