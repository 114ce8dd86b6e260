"""Simulated Hubs with planted faults, their truth, and what figures say of it.

Several worlds share a store, each a frame of its own whose names begin with its number, so that one
build serves them all. Registers hold only a part of the cast: some accounts are really unknown. The
truth is computed from the simulator's counters and its cast alone; no measure is asked for it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tests.small_store import developer, lists, namespace, overlay, put

from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.census import Census, open_census
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

COLUMNS = (
    *("_id", "id", "author", "createdAt", "downloads", "downloadsAllTime", "likes"),
    *("tags", "cardData", "baseModels"),
)
LEFT_OUT = 0.15
"""Share of the cast's accounts that the registers do not hold, drawn by the world's seed."""

NEVER_OVERLOOKED = 3
"""The largest accounts of the cast, which no curator overlooks."""

REVIEWED = 0.95
"""Accounts are reviewed by falling downloads up to this share; persons among them are told so."""

REGIONS = {
    "CN": "china",
    "US": "us",
    **dict.fromkeys(("FR", "GB", "DE", "CH", "FI"), "europe"),
    **dict.fromkeys(("unknown", "unresolvable"), UNKNOWN),
}
"""Country -> the word of a list by others; every other country is `other`."""

_REPOSITORY = r"^([^/\\:. ][^/\\: ]*/[^/\\: ]+)$"


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
    largest_accounts: tuple[str, ...]
    persons: tuple[str, ...]

    @classmethod
    def of(cls, seed: int) -> World:
        """Lay out a world: odd seeds have weekly snapshots, even ones some 30 days apart."""
        days, count = (7, 12) if seed % 2 else (30, 8)
        simulation = Simulation(seed, MODELS, snapshots=count, step_days=days, plan=PLAN)
        listing = _accounts(simulation)
        names = {a.name for a in simulation.world.population.cast.accounts}
        known = [a for a in listing if a in names]
        largest, small = known[:NEVER_OVERLOOKED], sorted(known[NEVER_OVERLOOKED:])
        chosen = random.Random(seed)  # noqa: S311
        left_out = set(chosen.sample(small, max(1, round(LEFT_OUT * len(small)))))
        whole, seen, persons = sum(listing.values()), 0, []
        for account, downloads in listing.items():
            if seen < REVIEWED * whole and account not in names:
                persons.append(account)
            seen += downloads
        return cls(seed, simulation, frozenset(names - left_out), tuple(largest), tuple(persons))

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
        at = records.schema.get_field_index("base_models")
        bases = records["base_models"].combine_chunks()
        own = self._with_own_names(bases)
        return replace(batch, records=records.set_column(at, records.schema.field(at), own))

    def _with_own_names(self, bases: pa.ListArray) -> pa.Array:
        """Return declared bases under this world's names; what names no repository stays."""
        inner = bases.flatten()
        fields = list(inner.type)
        columns = [inner.field(f.name) for f in fields]
        place = [f.name for f in fields].index("model_id")
        columns[place] = pc.replace_substring_regex(
            columns[place], _REPOSITORY, rf"{self._mark}-\1"
        )
        lengths = pc.fill_null(pc.list_value_length(bases), 0).to_numpy()
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        named = pa.StructArray.from_arrays(columns, fields=fields)
        return pa.ListArray.from_arrays(
            pa.array(starts), named, type=bases.type, mask=pc.is_null(bases)
        )

    def listed_by_others(self) -> dict[str, dict[str, list[str]]]:
        """Return what a list by others holds of this world: developers' models, and regions.

        Its coder has overlooked accounts of its own, none of the largest.
        """
        cast = self.simulation.world.population.cast
        regions = [(a.name, self.region_of(a.owner)) for a in cast.accounts]
        chosen = random.Random(f"regions/{self.seed}")  # noqa: S311
        small = sorted(n for n, _ in regions if n not in self.largest_accounts)
        left_out = set(chosen.sample(small, max(1, round(LEFT_OUT * len(small)))))
        kept = [(self._own(n), region) for n, region in regions if n not in left_out]
        ids = self.simulation.world.ids(self.tracked(), len(self.instants) - 1).to_pylist()
        return {
            "population": {
                "list": ["atom"] * len(ids),
                "model_id": [self._own(i) for i in ids],
                "org": [self._own(i.partition("/")[0]) for i in ids],
            },
            "regions": {
                "namespace": [n for n, _ in kept],
                "region": [r for _, r in kept],
                "notes": [""] * len(kept),
            },
        }

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

    def tracked(self) -> Integers:
        """Return the models that a list by others holds: all that developers made themselves."""
        at = self.listed(len(self.instants) - 1)
        return at[self.simulation.world.population.is_star(at)]

    def region_of(self, owner: int) -> str:
        """Return a developer's region by the list of others."""
        country = self.simulation.world.population.cast.developers[owner].country
        return REGIONS.get(country, "other")

    def by_region(self, at: Integers, values: Integers) -> Truth:
        """Return values summed by the region of the account's first owner, none left out."""
        population = self.simulation.world.population
        regions = np.array([self.region_of(a.owner) for a in population.cast.accounts])
        own = regions[population.accounts(at)]
        return Truth({str(r): float(values[own == r].sum()) for r in np.unique(own)})

    def by_account(self, at: Integers, values: Integers) -> Truth:
        """Return values summed by the account that models are in at the last label."""
        ids = self.simulation.world.ids(at, len(self.instants) - 1).to_pylist()
        held: dict[str, float] = {}
        for name, value in zip(ids, values.tolist(), strict=True):
            account = self._own(name.partition("/")[0])
            held[account] = held.get(account, 0.0) + value
        return Truth(held)


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


def build_worlds(seeds: Iterable[int], folder: Path) -> tuple[list[World], Census]:
    """Return some worlds and a census of the release that holds them all; close it after use."""
    worlds = [World.of(seed) for seed in seeds]
    store = Store(folder / "store")
    rows: dict[str, list[dict[str, str]]] = {}
    tables: dict[str, dict[str, list[str]]] = {}
    for world in worlds:
        put(store, *world.states(folder / f"w{world.seed}"))
        for name, found in world.registers(folder / f"w{world.seed}" / "cast").items():
            rows.setdefault(name, []).extend(found)
        for name, columns in world.listed_by_others().items():
            for column, cells in columns.items():
                tables.setdefault(name, {}).setdefault(column, []).extend(cells)
    put(store, lists("atom", worlds[0].simulation.labels[0].isoformat(), **tables))
    build_release(store, Settings(), overlays=[overlay(folder / "overlay", **rows)])
    return worlds, open_census(store.path)
