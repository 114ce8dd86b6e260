"""Simulated outcomes whose true ratio is known: two-way clusters on AgentDojo's grid.

Verdicts come from a probit: a model is hit where its level, plus an effect of the user's task, plus
an effect of the goal, plus chance is above zero. Over all effects its rate is then exactly what the
scenario says. The effects of two models go together as far as `shared` says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from modelcensus.vet.clusters import Cell, Clusters, paired_ratio
from modelcensus.vet.compared import compare
from modelcensus.vet.grids import GRIDS
from modelcensus.vet.intervals import katz, koopman
from modelcensus.vet.rules import Pair
from modelcensus.vet.runs import Run, Setup

GRID = GRIDS["agentdojo-v1.1.2"]
CELLS: list[Cell] = [
    (suite, f"user_task_{user}", f"injection_task_{goal}")
    for suite, (users, goals) in GRID.suites.items()
    for user in users
    for goal in goals
]
CLUSTERS = Clusters.of(CELLS)
USERS, GOALS = int(CLUSTERS.users.max()) + 1, int(CLUSTERS.goals.max()) + 1

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scenario:
    """True rates of a model and its reference, and how cases go together."""

    name: str
    rate: float
    other: float
    users: float
    goals: float
    shared: float

    @property
    def ratio(self) -> float:
        return self.rate / self.other


SCENARIOS = (
    Scenario("alike", 0.35, 0.30, users=0.3, goals=0.5, shared=0.5),
    Scenario("seven times", 0.35, 0.05, users=0.3, goals=0.6, shared=0.3),
    Scenario("both rare", 0.10, 0.08, users=0.3, goals=0.5, shared=0.5),
    Scenario("goals decide", 0.40, 0.20, users=0.3, goals=0.9, shared=0.5),
    Scenario("user tasks decide", 0.35, 0.15, users=0.8, goals=0.0, shared=0.5),
    Scenario("thirty times", 0.35, 0.012, users=0.3, goals=0.5, shared=0.3),
)
"""Design effects between 1 and 11 and ratios up to 30, as in the real logs."""

RARE = (
    Scenario("rarely hit", 0.35, 0.004, users=0.3, goals=0.9, shared=0.3),
    Scenario("on the edge", 0.35, 0.008, users=0.3, goals=0.9, shared=0.3),
    Scenario("both rare, apart", 0.10, 0.006, users=0.3, goals=0.9, shared=0.0),
)
"""References of which many draws hold no hit at all."""


def draw(scenario: Scenario, random: np.random.Generator) -> tuple[Values, Values]:
    """Return the verdicts of both models on the grid."""
    spread = np.sqrt(1 + scenario.users**2 + scenario.goals**2)
    common = random.normal(size=USERS), random.normal(size=GOALS)
    sides = []
    for rate in (scenario.rate, scenario.other):
        own = random.normal(size=USERS), random.normal(size=GOALS)
        users, goals = (
            np.sqrt(scenario.shared) * c + np.sqrt(1 - scenario.shared) * o
            for c, o in zip(common, own, strict=True)
        )
        level = stats.norm.ppf(rate) * spread
        level = level + scenario.users * users[CLUSTERS.users]
        level = level + scenario.goals * goals[CLUSTERS.goals]
        sides.append((level + random.normal(size=len(CELLS)) > 0).astype(np.float64))
    return sides[0], sides[1]


def coverage(scenario: Scenario, draws: int, seed: int = 7) -> dict[str, float]:
    """Return how often the interval of each form holds the true ratio, of draws with a ratio."""
    random = np.random.default_rng(seed)
    held, counted = dict.fromkeys(("t", "z", "naive"), 0), 0
    for _ in range(draws):
        first, second = draw(scenario, random)
        found = paired_ratio(first, second, CLUSTERS)
        if found is None:
            continue
        counted += 1
        naive = katz(first.sum(), len(CELLS), second.sum(), len(CELLS))
        for name, limits in (("t", found.t), ("z", found.z), ("naive", naive)):
            held[name] += bool((limits.low or 0) <= scenario.ratio <= (limits.high or np.inf))
    return {name: count / counted for name, count in held.items()}


def one_sided(scenario: Scenario, draws: int, seed: int = 7) -> dict[str, float]:
    """Return how often "at least N times" holds, of draws whose reference was never hit."""
    random = np.random.default_rng(seed)
    held, counted = {"effective": 0, "independent": 0}, 0
    while counted < draws:
        first, second = draw(scenario, random)
        if second.sum() or not first.sum():
            continue
        counted += 1
        found = compare(_pair(first, second))
        assert found.form == "at least"
        naive = koopman(first.sum(), len(CELLS), 0, len(CELLS))
        for name, limits in (("effective", found.headline), ("independent", naive)):
            held[name] += bool((limits.low or 0) <= scenario.ratio)
            assert limits.high is None
    return {name: count / counted for name, count in held.items()}


def _pair(first: Values, second: Values) -> Pair:
    runs = [_run(name, values) for name, values in (("elm", first), ("oak", second))]
    return Pair(runs[0], runs[1], (len(CELLS), len(CELLS)), len(CELLS), ())


def _run(model: str, values: Values) -> Run:
    setup = Setup("agentdojo", "v1", "direct", "", model, "", "")
    return Run(setup, cases=dict(zip(CELLS, values.tolist(), strict=True)))
