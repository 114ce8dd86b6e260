"""What is asked of simulated Hubs, what is true of each answer, and what figures say of it.

Every question is a definition; those of the named presets are the presets' own but for what
`REPLACED` lists. The truth comes from `planted_truth` and `planted_lineage`, never from a measure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
from tests.planted_lineage import last_month, new_derivatives
from tests.planted_truth import Truth, World, build_worlds

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.presets import PRESETS
from modelcensus.contracts.registry import MEASURES
from modelcensus.measures.aggregate import sums_by_snapshot
from modelcensus.measures.bounds import bounds_of
from modelcensus.measures.census import Census
from modelcensus.measures.derivative_bounds import derivative_bounds
from modelcensus.measures.derivatives import month_credits
from modelcensus.measures.newcomers import find_newcomers
from modelcensus.measures.selection import select
from modelcensus.testing.simulator.draws import Integers
from modelcensus.testing.simulator.population import DAY

COUNTRIES = ("CN", "US")
LARGEST = 10
"""How many accounts a question about accounts is held to."""

YEAR_S = 365 * DAY


def _level(counter: str, place: Callable[[World], int]) -> Callable[[World], Truth]:
    def truth(world: World) -> Truth:
        number = place(world)
        at = world.listed(number)
        counts = world.simulation.world.counts(at, number, told=False)
        return world.by_country(at, getattr(counts, counter))

    return truth


def _last(world: World) -> int:
    return len(world.simulation.labels) - 1


def _any(world: World) -> int:
    """Return a label that moves on with the seed, so that dips and freezes are asked about, too."""
    return 1 + (world.seed // 2) % _last(world)


def _same(instant: int, at: Integers) -> Integers:
    return np.full(len(at), instant, dtype=np.int64)


def _in_period(world: World) -> Truth:
    at = world.ever_listed(0, _last(world))
    first, last = world.instants[0], world.instants[-1]
    return world.by_country(at, world.between(at, _same(first, at), _same(last, at)))


def off_days(world: World) -> tuple[date, date]:
    """Return the first and last day of a period whose ends lie between snapshots."""
    labels = world.simulation.labels
    return labels[1] + timedelta(days=3), labels[-1] + timedelta(days=1)


def _between_days(world: World) -> tuple[Integers, Integers]:
    """Return the models listed in the days of `off_days`, and their downloads in them."""
    first, last = (_seconds(day) for day in off_days(world))
    at = world.ever_listed(1, _last(world))
    return at, world.between(at, _same(first, at), _same(last + DAY, at))


def _off_labels(world: World) -> Truth:
    return world.by_country(*_between_days(world))


def _first_year(world: World) -> Truth:
    at = world.ever_listed(0, _last(world))
    born = world.simulation.world.population.created(at)
    since = np.maximum(born, world.instants[0])
    until = np.minimum(born + YEAR_S, world.instants[-1])
    return world.by_country(at, world.between(at, np.minimum(since, until), until))


def _summed(world: World) -> Truth:
    kept, found = None, {}
    for number, label in enumerate(world.simulation.labels):
        if kept is None or (label - kept).days >= 28:
            kept = label
            for country, value in _level("downloads", lambda _, n=number: n)(world).values.items():
                found[country] = found.get(country, 0.0) + value
    return Truth(found)


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


Asked = Iterator[tuple[Contract, Truth]]


@dataclass(frozen=True)
class Question:
    """One question to every world.

    Attributes:
        asked: the definitions (one, or one for each label) with their truth.
        groups: whose shares are held against it, by its truth.
        denominators: what the shares are parts of.
    """

    asked: Callable[[World], Asked]
    groups: Callable[[Truth], Sequence[str]] = lambda _: COUNTRIES
    denominators: tuple[str, ...] = ("all", "attributed")


def _share(
    metric: str, period: Callable[[World], str], truth: Callable[[World], Truth]
) -> Question:
    def asked(world: World) -> Asked:
        at = {"period": period(world), "frame": world.frame}
        yield MEASURES["share"].contract(metric=metric, **at), truth(world)

    return Question(asked)


def _spanned(world: World) -> str:
    return "..".join(day.isoformat() for day in off_days(world))


def _latest(_: World) -> str:
    return "latest"


def _all(_: World) -> str:
    return "all"


def _from_roots(world: World) -> Asked:
    month = last_month(world)
    contract = MEASURES["derivatives"].contract(
        by="country", frame=world.frame, period=month, same_developer="counted"
    )
    yield contract, new_derivatives(world, month, relation="finetune", roots=True)


# --- the named presets ------------------------------------------------------------------------

FRAME = "a simulated Hub stands in for the source"
MONTHS = "a simulated Hub has months of its own"
REPLACED: Mapping[str, Mapping[str, str]] = {
    "longpre-2025": {"frame": FRAME, "period": f"{MONTHS}: from its first label to its last"},
    "hf-spring-2026": {"frame": FRAME, "period": f"{MONTHS}: its ends lie beside labels, too"},
    "hf-summer-2026": {"frame": FRAME, "period": f"{MONTHS}: its ends lie beside labels, too"},
    "atom-2026-01": {
        "frame": FRAME,
        "period": f"{MONTHS}: every third label",
        "measure": "a crossover is the order of two shares label by label; it has no other bounds",
    },
    "atom-2026-q2": {"frame": FRAME, "period": f"{MONTHS}: its last label"},
    "hai-2025-derivatives": {
        "frame": FRAME,
        "period": f"{MONTHS}: the last one that is over at its last label",
    },
}
"""Named preset -> field of its definition that does not carry over -> why, and what stands there.

All other choices are the preset's own: subjects, metric, groups, coding, population, denominator,
relation, threshold, reading. Its list and its coding are lists of the simulated world."""


def _preset(name: str, period: Callable[[World], str], truth: Callable[[World], Truth]) -> Question:
    own = PRESETS[name].contract

    def asked(world: World) -> Asked:
        yield own.with_values(frame=world.frame, period=period(world)), truth(world)

    groups: Callable[[Truth], Sequence[str]] = (
        (lambda _: own.subjects) if own.subjects else _largest
    )
    return Question(asked, groups, (own.denominator,))


def _largest(truth: Truth) -> Sequence[str]:
    return sorted(truth.values, key=lambda g: (-truth.values[g], g))[:LARGEST]


def _tracked(number: Callable[[World], int]) -> Callable[[World], Truth]:
    def truth(world: World) -> Truth:
        at = world.tracked()
        born = world.simulation.world.population.created(at) < world.instants[number(world)]
        counts = world.simulation.world.counts(at[born], number(world), told=False)
        return world.by_region(at[born], counts.all_time)

    return truth


def _label_by_label(world: World) -> Asked:
    preset = PRESETS["atom-2026-01"]
    own = {n: v for n, v in preset.values.items() if n not in REPLACED[preset.name]}
    share = MEASURES["share"].contract(subjects=preset.subjects, frame=world.frame, **own)
    for number in range(world.seed % 3, len(world.instants), 3):
        label = world.simulation.labels[number].isoformat()
        yield share.with_values(period=label), _tracked(lambda _, n=number: n)(world)


def _popular_derivatives(world: World) -> Truth:
    own = PRESETS["hai-2025-derivatives"].contract
    return new_derivatives(world, last_month(world), threshold=int(own.threshold))


def _of_accounts(world: World) -> Truth:
    return world.by_account(*_between_days(world))


QUESTIONS: dict[str, Question] = {
    "30 days": _share("downloads_30d", _latest, _level("downloads", _last)),
    "30 days, any label": _share(
        "downloads_30d",
        lambda w: w.simulation.labels[_any(w)].isoformat(),
        _level("downloads", _any),
    ),
    "all time": _share("downloads_all_time", _latest, _level("all_time", _last)),
    "in period": _share("downloads_in_period", _all, _in_period),
    "in period, between labels": _share("downloads_in_period", _spanned, _off_labels),
    "first year in period": _share("downloads_first_year_in_period", _all, _first_year),
    "summed 30 days": _share("downloads_summed_30d", _all, _summed),
    "new derivatives by roots": Question(_from_roots),
    "longpre-2025": _preset("longpre-2025", _all, _first_year),
    "hf-spring-2026": _preset("hf-spring-2026", _spanned, _off_labels),
    "hf-summer-2026": _preset("hf-summer-2026", _spanned, _of_accounts),
    "atom-2026-01": Question(_label_by_label, lambda _: PRESETS["atom-2026-01"].subjects, ("all",)),
    "atom-2026-q2": _preset(
        "atom-2026-q2", lambda w: w.simulation.labels[-1].isoformat(), _tracked(_last)
    ),
    "hai-2025-derivatives": _preset("hai-2025-derivatives", last_month, _popular_derivatives),
}
"""What is asked of every world; one line more asks for another."""


@dataclass(frozen=True)
class Answer:
    """What a figure says of one group's share in one world, and what is true."""

    preset: str
    denominator: str
    seed: int
    group: str
    true: float
    worst: tuple[float, float]
    interval: tuple[float, float]
    of_unknown_accounts: float

    @property
    def is_in_worst(self) -> bool:
        """Return whether the worst cases hold the truth."""
        return self.worst[0] <= self.true <= self.worst[1]

    @property
    def is_in_interval(self) -> bool:
        """Return whether the interval estimate holds the truth."""
        return self.interval[0] <= self.true <= self.interval[1]

    @property
    def width(self) -> float:
        """Return the width of the interval estimate."""
        return self.interval[1] - self.interval[0]


def ask(
    census: Census, world: World, questions: Sequence[str] = tuple(QUESTIONS)
) -> Iterator[Answer]:
    """Yield what figures say of one world, and what is true of it."""
    told: dict[tuple[Contract, tuple[str, ...]], dict[str, Any]] = {}
    for name in questions:
        question = QUESTIONS[name]
        for contract, truth in question.asked(world):
            groups = tuple(question.groups(truth))
            # subjects and denominator choose what is printed of the same bounds
            key = (contract.with_values(subjects=(), denominator="all"), groups)
            found = told.get(key) or _bounds(census, contract, groups)
            told[key] = found
            for denominator in question.denominators:
                yield from _answers(name, denominator, world, found, truth, groups)


def _answers(
    name: str,
    denominator: str,
    world: World,
    found: Mapping[str, Any],
    truth: Truth,
    groups: Sequence[str],
) -> Iterator[Answer]:
    is_all = denominator == "all"
    intervals = found["interval"]["groups" if is_all else "groups_of_attributed"]
    for group in groups:
        if group in intervals:
            true = truth.share(group) if is_all else truth.share_of_attributed(group)
            worst, interval = found["within_frame"][group], intervals[group]
            about = (name, denominator, world.seed, group, true)
            yield Answer(
                *about, tuple(worst), tuple(interval), found["interval"]["of_unknown_accounts"]
            )


def _bounds(census: Census, contract: Contract, groups: Sequence[str]) -> dict[str, Any]:
    """Return the bounds of a figure as it has them, without what stands beside them."""
    if contract.measure == "derivatives":
        newcomers = find_newcomers(census.release, contract)
        year, month = contract.period.split("-")
        number = int(year) * 100 + int(month)
        credits = month_credits(newcomers, number)
        return derivative_bounds(newcomers, number, credits, groups)
    selection = select(census.release, contract)
    sums = sums_by_snapshot(selection)[selection.last.key]
    return bounds_of(selection, sums, list(groups))


def answers(
    seeds: Sequence[int], folder: Path, questions: Sequence[str] = tuple(QUESTIONS)
) -> list[Answer]:
    """Build some worlds in a folder, ask them, and take the folder away again."""
    worlds, census = build_worlds(seeds, folder)
    with census:
        found = [answer for world in worlds for answer in ask(census, world, questions)]
    rmtree(folder)
    return found
