"""Published grids: which cases a version of a benchmark consists of.

AgentDojo crosses every user task of a suite with every injected goal of it. Version 1.2 added
eight goals to the suite `workspace`, so that runs of both versions share 629 cases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from modelcensus.errors import UnknownName
from modelcensus.sources.agentdojo import ENGINE
from modelcensus.vet.clusters import Cell

_NUMBER = re.compile(r"(?:user|injection)_task_([0-9]{1,6})")


@dataclass(frozen=True)
class Grid:
    """One published grid.

    Attributes:
        engine: the engine whose cases it holds.
        suites: suite -> (numbers of the user tasks, numbers of the injected goals).
    """

    name: str
    engine: str
    suites: dict[str, tuple[range, range]]

    @property
    def user_tasks(self) -> int:
        """Return the number of user tasks."""
        return sum(len(users) for users, _ in self.suites.values())

    @property
    def goals(self) -> int:
        """Return the number of injected goals."""
        return sum(len(goals) for _, goals in self.suites.values())

    @property
    def cases(self) -> int:
        """Return the number of cases."""
        return sum(len(users) * len(goals) for users, goals in self.suites.values())

    def holds(self, cell: Cell) -> bool:
        """Return whether a case is one of the grid; of a case without a goal its user task."""
        suite, user, goal = cell
        if suite not in self.suites:
            return False
        users, goals = self.suites[suite]
        return _number(user) in users and (not goal or _number(goal) in goals)


_SHARED = {
    "banking": (range(16), range(9)),
    "slack": (range(21), range(1, 6)),
    "travel": (range(20), range(7)),
}

GRIDS = {
    grid.name: grid
    for grid in (
        Grid("agentdojo-v1.1.2", ENGINE, {**_SHARED, "workspace": (range(40), range(6))}),
        Grid("agentdojo-v1.2", ENGINE, {**_SHARED, "workspace": (range(40), range(14))}),
    )
}
"""Every published grid by its name, the smallest first."""


def get_grid(name: str) -> Grid:
    """Return a grid by name.

    Raises:
        UnknownName: there is no such grid; the others are given.
    """
    if name not in GRIDS:
        near = get_close_matches(name, GRIDS, cutoff=0.5) or list(GRIDS)
        raise UnknownName("published grid", name, near)
    return GRIDS[name]


def _number(name: str) -> int:
    """Return the number at the end of a task's name; -1, which is in no grid, without one."""
    found = _NUMBER.fullmatch(name)
    return int(found[1]) if found else -1
