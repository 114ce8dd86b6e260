"""Writes the truth about a simulation: what a tool under test should find out.

`write_truth` makes a folder with

    SIMULATED.txt        what this is
    models.parquet       every model ever listed: who made it, its family, when it came and went
    edges.parquet        every base that a model names, with the case it stands for
    names.parquet        ids that are not a model's own, by the label they hold from, and why
    events.parquet       everything planted over time, with the counts told and the true ones
    listed.parquet       models that Spaces list or providers serve at a label, and how many
    developers.parquet, namespaces.parquet, families.parquet, renames.parquet    the cast
    registers/           developers, namespaces, families and renames as an overlay for a release
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from modelcensus.files import write_atomically, write_bytes, write_parquet
from modelcensus.sources.tables import SIMULATED_KEY
from modelcensus.testing.simulator.events import EVENTS, events_of
from modelcensus.testing.simulator.lineage import declared_bases
from modelcensus.testing.simulator.listed import providers_live
from modelcensus.testing.simulator.overlay import write_overlay
from modelcensus.testing.simulator.rows import INSTANT

if TYPE_CHECKING:
    from modelcensus.testing.simulator.draws import Integers
    from modelcensus.testing.simulator.simulation import Simulation

MODELS = pa.schema(
    [
        pa.field("hub_key", pa.string()),
        pa.field("model_id", pa.string()),
        pa.field("created_at", INSTANT),
        pa.field("removed_at", INSTANT),
        pa.field("is_star", pa.bool_()),
        pa.field("developer", pa.string()),
        pa.field("country", pa.string()),
        pa.field("family", pa.string()),
        pa.field("planted", pa.string()),
    ]
)
"""`developer` had the account when the model was created: null for individuals, redistributors
and false accounts. `planted` is the kind of planted name, if any."""

EDGES = pa.schema(
    [
        pa.field("child_key", pa.string()),
        pa.field("parent_key", pa.string()),
        pa.field("declared_as", pa.string()),
        pa.field("relation", pa.string()),
        pa.field("case", pa.string()),
    ]
)
"""`parent_key` is null where the model names only a text; `declared_as` is what it writes."""

NAMES = pa.schema(
    [
        pa.field("hub_key", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("label", pa.date32()),
        pa.field("model_id", pa.string()),
    ]
)
LISTED = pa.schema(
    [
        pa.field("hub_key", pa.string()),
        pa.field("label", pa.date32()),
        pa.field("spaces", pa.int64()),
        pa.field("inference_providers", pa.int64()),
    ]
)
"""Models that are not in it have 0 of both at the label."""
_BLOCK = 65_536


def write_truth(simulation: Simulation, folder: Path) -> Path:
    """Write all truth tables of a simulation; see the module's text.

    Raises:
        StoreError: the place cannot be written to.
    """
    seed = f"seed={simulation.seed}, models={simulation.models}"
    words = (
        f"Everything in this folder is SIMULATED ({seed}, labels {simulation.labels[0]} to "
        f"{simulation.labels[-1]}).\nNobody named here exists, and nothing was measured.\n"
    )
    write_bytes(folder / "SIMULATED.txt", words.encode())
    _stream(folder / "models.parquet", MODELS, _models(simulation), simulation.seed)
    _stream(folder / "edges.parquet", EDGES, _edges(simulation), simulation.seed)
    _stream(folder / "listed.parquet", LISTED, _listed(simulation), simulation.seed)
    _write(folder / "names.parquet", NAMES, names_of(simulation), simulation.seed)
    _write(folder / "events.parquet", EVENTS, events_of(simulation), simulation.seed)
    for name, rows in write_overlay(simulation, folder / "registers").items():
        schema = pa.schema([pa.field(c, pa.string()) for c in rows[0]]) if rows else pa.schema([])
        _write(folder / f"{name}.parquet", schema, rows, simulation.seed)
    return folder


def names_of(simulation: Simulation) -> list[dict[str, Any]]:
    """Return the planted ids of models, each with the label it holds from."""
    planted, population = simulation.world.planted, simulation.world.population
    return [
        {
            "hub_key": population.key(model),
            "kind": planted.name_kinds[model],
            "label": simulation.labels[since],
            "model_id": name,
        }
        for model in sorted(planted.names)
        for since, name in planted.names[model]
    ]


def _models(simulation: Simulation) -> Iterator[pa.Table]:
    world, cast = simulation.world, simulation.world.population.cast
    kinds = world.planted.name_kinds
    for at in _numbers(simulation):
        population = world.population
        owners = owners_at_release(simulation, at)
        stars = population.is_star(at) & (owners >= 0)
        created = population.created(at)
        arrays = [
            population.keys(at),
            world.ids(at, 0),
            _instants(created),
            _removals(simulation, at),
            pa.array(population.is_star(at)),
            _named(owners, [d.slug for d in cast.developers]),
            _named(owners, [d.country for d in cast.developers]),
            _named(np.where(stars, population.families(at), -1), [f.slug for f in cast.families]),
            pa.array([kinds.get(n) for n in at.tolist()], pa.string()),
        ]
        yield pa.Table.from_arrays(arrays, schema=MODELS)


def owners_at_release(simulation: Simulation, at: Integers) -> Integers:
    """Return who made models, as places among the developers; -1 for nobody known."""
    world, cast = simulation.world, simulation.world.population.cast
    accounts, created = world.population.accounts(at), world.population.created(at)
    found = np.full(len(at), -1, dtype=np.int64)
    for place, account in enumerate(cast.accounts):
        if account.role != "redistributor":
            mine = accounts == place
            owners = [account.owner_at(instant) for instant in created[mine].tolist()]
            found[mine] = owners
    return found


def _edges(simulation: Simulation) -> Iterator[pa.Table]:
    world = simulation.world
    for at in _numbers(simulation):
        bases = declared_bases(world, at, 0)
        known = pa.array(bases.parents < 0)
        keys = world.population.keys(np.maximum(bases.parents, 0))
        arrays = [
            world.population.keys(at[bases.rows]),
            pc.if_else(known, None, keys),
            bases.names,
            bases.relations,
            bases.cases,
        ]
        yield pa.Table.from_arrays(arrays, schema=EDGES)


def _listed(simulation: Simulation) -> Iterator[pa.Table]:
    for number, label in enumerate(simulation.labels):
        for block in simulation.blocks(number):
            live = providers_live(block.providers)
            used = np.flatnonzero((block.spaces > 0) | (live > 0))
            arrays = [
                block.column("_id").take(pa.array(used)),
                pa.array([label] * len(used), pa.date32()),
                pa.array(block.spaces[used]),
                pa.array(live[used]),
            ]
            yield pa.Table.from_arrays(arrays, schema=LISTED)


def _numbers(simulation: Simulation) -> Iterator[Integers]:
    """Yield the numbers of all models ever listed at a label, in blocks."""
    world = simulation.world
    for start in range(0, simulation.models, _BLOCK):
        at = np.arange(start, min(start + _BLOCK, simulation.models), dtype=np.int64)
        yield at[world.population.removal_instants(at) > world.population.instants[0]]


def _removals(simulation: Simulation, at: Integers) -> pa.Array:
    """Return when models went for good, null where they stay beyond the last label."""
    population = simulation.world.population
    gone = population.removal_instants(at)
    for absence in simulation.world.planted.absences:
        if absence.kind != "return":
            gone = np.where(at == absence.at, population.instants[absence.first], gone)
    stays = gone > population.instants[-1]
    return pa.array(np.where(stays, 0, gone) * 1000, pa.int64(), mask=stays).cast(INSTANT)


def _instants(seconds: Integers) -> pa.Array:
    return pa.array(seconds * 1000, pa.int64()).cast(INSTANT)


def _named(places: Integers, names: list[str]) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(np.maximum(places, 0), mask=places < 0))


def _metadata(seed: int) -> dict[str, str]:
    return {SIMULATED_KEY.decode(): f"seed={seed}"}


def _write(path: Path, schema: pa.Schema, rows: list[dict[str, Any]], seed: int) -> None:
    table = pa.Table.from_pylist(rows, schema=schema.with_metadata(_metadata(seed)))
    write_parquet(path, table)


def _stream(path: Path, schema: pa.Schema, tables: Iterator[pa.Table], seed: int) -> None:
    labelled = schema.with_metadata(_metadata(seed))

    def produce(partial: Path) -> None:
        with pq.ParquetWriter(partial, labelled, compression="zstd") as writer:
            for table in tables:
                writer.write_table(table.cast(labelled))

    write_atomically(path, produce)
