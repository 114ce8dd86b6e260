"""Simulated Hubs with planted faults, their truth, and what figures say of it.

Several worlds share a store, each a frame of its own whose names begin with its number, so that one
build serves them all. Registers hold only a part of the cast: some accounts are really unknown. The
truth is computed from the simulator's counters and its cast alone; no measure is asked for it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from tests.small_store import developer, namespace, overlay, put

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.aggregate import sums_by_snapshot
from modelcensus.measures.bounds import bounds_of
from modelcensus.measures.census import Census, open_census
from modelcensus.measures.selection import select
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.sources.hub_listing import open_listing
from modelcensus.sources.record import Batch, State
from modelcensus.testing import Plan, Simulation
from modelcensus.testing.simulator.draws import Integers
from modelcensus.testing.simulator.overlay import write_overlay
from modelcensus.testing.simulator.population import DAY
from modelcensus.testing.simulator.truth import owners_at_release

MODELS = 2_000
PLAN = Plan(farms=1, farm_models=10, farm_daily=60, lookalikes=0, false_claims=0, bare_ids=0)
"""The usual plan; its frauds are as small beside the world as a farm is beside the Hub."""

COLUMNS = ("_id", "id", "author", "createdAt", "downloads", "downloadsAllTime", "likes")
LEFT_OUT = 0.15
"""Share of the cast's accounts that the registers do not hold, drawn by the world's seed."""

NEVER_OVERLOOKED = 3
"""The largest accounts of the cast, which no curator overlooks."""

REVIEWED = 0.95
"""Accounts are reviewed by falling downloads up to this share; persons among them are told so."""

COUNTRIES = ("CN", "US")
YEAR_S = 365 * DAY
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Truth:
    """True values of a question.

    Attributes:
        values: country -> value; `unknown` is what nobody's developer made.
    """

    values: Mapping[str, float]

    @property
    def total(self) -> float:
        """Return the sum over everything."""
        return sum(self.values.values())

    def share(self, country: str) -> float:
        """Return a country's true share of everything."""
        return self.values.get(country, 0) / self.total

    def share_of_attributed(self, country: str) -> float:
        """Return its true share of what developers of the cast made."""
        return self.values.get(country, 0) / (self.total - self.values.get(UNKNOWN, 0))


@dataclass
class World:
    """One simulated Hub and what is true of it."""

    seed: int
    simulation: Simulation
    known_accounts: frozenset[str]
    persons: tuple[str, ...]

    @classmethod
    def of(cls, seed: int) -> World:
        """Lay out a world: odd seeds have weekly snapshots, even ones some 30 days apart."""
        days, count = (7, 12) if seed % 2 else (30, 8)
        simulation = Simulation(seed, MODELS, snapshots=count, step_days=days, plan=PLAN)
        listing = _accounts(simulation)
        names = {a.name for a in simulation.world.population.cast.accounts}
        small = sorted([a for a in listing if a in names][NEVER_OVERLOOKED:])
        chosen = random.Random(seed)  # noqa: S311
        left_out = set(chosen.sample(small, max(1, round(LEFT_OUT * len(small)))))
        whole, seen, persons = sum(listing.values()), 0, []
        for account, downloads in listing.items():
            if seen < REVIEWED * whole and account not in names:
                persons.append(account)
            seen += downloads
        return cls(seed, simulation, frozenset(names - left_out), tuple(persons))

    @property
    def frame(self) -> str:
        """Return its frame in the shared store."""
        return f"simulated:{self._mark}"

    @property
    def _mark(self) -> str:
        return f"w{self.seed}"

    def states(self, folder: Path) -> Iterator[State]:
        """Yield its snapshots as an import of hub-stats would read them, under names of its own."""
        for number, label in enumerate(self.simulation.labels):
            path = self.simulation.write_hub_stats(folder / f"{number}.parquet", number, COLUMNS)
            listing = open_listing(path)
            yield State(
                hub="huggingface",
                frame=self._mark,
                label=label,
                batches=[self._renamed(batch) for batch in listing.batches()],
                absent_columns=listing.absent,
                is_complete_frame=True,
                is_simulated=True,
            )

    def _renamed(self, batch: Batch) -> Batch:
        records = batch.records
        for name in ("model_id", "hub_key", "author"):
            at = records.schema.get_field_index(name)
            marked = pc.binary_join_element_wise(f"{self._mark}-", records[name], "")
            records = records.set_column(at, records.schema.field(name), marked)
        return replace(batch, records=records)

    def registers(self, folder: Path) -> dict[str, list[dict[str, str]]]:
        """Return the part of its cast that registers know of, under names of its own."""
        rows = write_overlay(self.simulation, folder)
        new_names = {
            a.new_name for a in self.simulation.world.population.cast.accounts
            if a.new_name and a.name in self.known_accounts
        }  # fmt: skip
        kept = self.known_accounts | new_names
        return {
            "developers": [
                *(r | {"developer": self._own(r["developer"])} for r in rows["developers"]),
                *(developer(self._own(p).lower(), UNKNOWN, "individual") for p in self.persons),
            ],
            "namespaces": [
                *(self._owned(r) for r in rows["namespaces"] if r["namespace"] in kept),
                *(namespace(self._own(p), self._own(p).lower()) for p in self.persons),
            ],
            "renames": [
                r | {"old": self._own(r["old"]), "new": self._own(r["new"])}
                for r in rows["renames"]
            ],
        }

    def _owned(self, row: dict[str, str]) -> dict[str, str]:
        own = {k: self._own(row[k]) for k in ("namespace", "developer")}
        return row | own

    def _own(self, name: str) -> str:
        return f"{self._mark}-{name}"

    # --- what is true ---------------------------------------------------------------------

    @property
    def instants(self) -> tuple[int, ...]:
        """Return the labels in seconds since 1970."""
        return self.simulation.world.population.instants

    def listed(self, number: int) -> Integers:
        """Return the models that a label lists."""
        world = self.simulation.world
        return world.listed(0, world.population.born_before(self.instants[number]), number)

    def ever_listed(self, first: int, last: int) -> Integers:
        """Return the models that at least one of some labels lists."""
        return np.unique(np.concatenate([self.listed(n) for n in range(first, last + 1)]))

    def gone(self, at: Integers) -> Integers:
        """Return when models went for good."""
        world = self.simulation.world
        found = world.population.removal_instants(at).copy()
        for absence in world.planted.absences:
            if absence.kind != "return":
                found[at == absence.at] = self.instants[absence.first]
        return found

    def all_downloads(self, at: Integers, instants: Integers) -> Integers:
        """Return the true downloads of models from their creation to an instant each."""
        world = self.simulation.world
        found = world.counters.counts(at, instants).all_time.copy()
        for deed in world.planted.deeds:
            if len(deed.daily):
                hit = np.isin(at, deed.at)
                since = self.instants[max(0, deed.first - 1)] - 30 * DAY * (not deed.first)
                daily = deed.daily[np.searchsorted(deed.at, at[hit])]
                found[hit] += daily * (np.maximum(0, instants[hit] - since) // DAY)
        return found

    def between(self, at: Integers, since: Integers, until: Integers) -> Integers:
        """Return the true downloads of models between two instants each, while they were there."""
        until = np.minimum(until, self.gone(at))
        since = np.minimum(since, until)
        return self.all_downloads(at, until) - self.all_downloads(at, since)

    def by_country(self, at: Integers, values: Integers) -> Truth:
        """Return values summed by the country of who made the models."""
        cast = self.simulation.world.population.cast
        names = np.array([d.country for d in cast.developers] + [UNKNOWN])
        countries = names[owners_at_release(self.simulation, at)]
        return Truth({str(c): float(values[countries == c].sum()) for c in np.unique(countries)})


def _accounts(simulation: Simulation) -> dict[str, int]:
    """Return the accounts of the last label with what the Hub tells of their downloads, falling."""
    rows = simulation.state(len(simulation.labels) - 1, ["id", "downloadsAllTime"]).to_pylist()
    former = {a.new_name: a.name for a in simulation.world.population.cast.accounts if a.new_name}
    held: dict[str, int] = {}
    for row in rows:
        account, slash, _ = row["id"].partition("/")
        account = former.get(account, account)
        if slash:
            held[account] = held.get(account, 0) + row["downloadsAllTime"]
    return dict(sorted(held.items(), key=lambda item: (-item[1], item[0])))


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


def _off_labels(world: World) -> Truth:
    first, last = (_seconds(day) for day in off_days(world))
    at = world.ever_listed(1, _last(world))
    return world.by_country(at, world.between(at, _same(first, at), _same(last + DAY, at)))


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


Period = Callable[[World], str]

PRESETS: dict[str, tuple[dict[str, str], Period, Callable[[World], Truth]]] = {
    "30 days": ({"metric": "downloads_30d"}, lambda _: "latest", _level("downloads", _last)),
    "30 days, any label": (
        {"metric": "downloads_30d"},
        lambda w: w.simulation.labels[_any(w)].isoformat(),
        _level("downloads", _any),
    ),
    "all time": ({"metric": "downloads_all_time"}, lambda _: "latest", _level("all_time", _last)),
    "in period": ({"metric": "downloads_in_period"}, lambda _: "all", _in_period),
    "in period, between labels": (
        {"metric": "downloads_in_period"},
        lambda w: "..".join(day.isoformat() for day in off_days(w)),
        _off_labels,
    ),
    "first year in period": (
        {"metric": "downloads_first_year_in_period"}, lambda _: "all", _first_year
    ),
    "summed 30 days": ({"metric": "downloads_summed_30d"}, lambda _: "all", _summed),
}  # fmt: skip
"""What is asked of every world: fields of the definition, its period, and the truth. One line more
asks for another; every one is read over everything and over the attributed part."""


@dataclass(frozen=True)
class Answer:
    """What a figure says of one country's share in one world, and what is true."""

    preset: str
    denominator: str
    seed: int
    country: str
    true: float
    worst: tuple[float, float]
    interval: tuple[float, float]

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


def build_worlds(seeds: Iterable[int], folder: Path) -> tuple[list[World], Census]:
    """Return some worlds and a census of the release that holds them all; close it after use."""
    worlds = [World.of(seed) for seed in seeds]
    store = Store(folder / "store")
    rows: dict[str, list[dict[str, str]]] = {}
    for world in worlds:
        put(store, *world.states(folder / f"w{world.seed}"))
        for name, found in world.registers(folder / f"w{world.seed}" / "cast").items():
            rows.setdefault(name, []).extend(found)
    build_release(store, Settings(), overlays=[overlay(folder / "overlay", **rows)])
    return worlds, open_census(store.path)


def ask(census: Census, world: World, presets: Sequence[str] = tuple(PRESETS)) -> Iterator[Answer]:
    """Yield what figures say of one world, and what is true of it."""
    for name in presets:
        fields, period, truth_of = PRESETS[name]
        contract = MEASURES["share"].contract(**fields, period=period(world), frame=world.frame)
        found = _bounds(census, contract)
        truth = truth_of(world)
        ends = (("all", "groups", truth.share),
                ("attributed", "groups_of_attributed", truth.share_of_attributed))  # fmt: skip
        for denominator, key, share in ends:
            for country in COUNTRIES:
                if country in found["interval"][key]:
                    yield Answer(
                        name,
                        denominator,
                        world.seed,
                        country,
                        share(country),
                        tuple(found["within_frame"][country]),
                        tuple(found["interval"][key][country]),
                    )


def _bounds(census: Census, contract: Contract) -> dict[str, Any]:
    """Return the bounds of a share as its figure has them, without what stands beside them."""
    selection = select(census.release, contract)
    sums = sums_by_snapshot(selection)[selection.last.key]
    return bounds_of(selection, sums, list(COUNTRIES))
