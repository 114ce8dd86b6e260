"""A simulated Hub: one seed, so many models, some labels, and the truth about all of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from modelcensus.files import write_atomically
from modelcensus.sources.tables import SIMULATED_KEY
from modelcensus.testing.simulator.api_text import FIELDS, api_texts
from modelcensus.testing.simulator.cast import draw_cast, with_changes
from modelcensus.testing.simulator.counters import Counters
from modelcensus.testing.simulator.draws import Draws, Integers
from modelcensus.testing.simulator.facts import Facts
from modelcensus.testing.simulator.plan import Plan
from modelcensus.testing.simulator.planting import plant
from modelcensus.testing.simulator.population import Population
from modelcensus.testing.simulator.reported import Reported
from modelcensus.testing.simulator.rows import SCHEMA, Block
from modelcensus.testing.simulator.served import SimulatedRows

BLOCK_ROWS = 65_536
FIRST_START = date(2022, 6, 1)
_HUB_STATS = {"compression": "zstd", "compression_level": 1, "version": "2.6"}


class Simulation:
    """A Hub that never was.

    A part of it depends on the seed and its place alone: blocks can be made in any order, and
    nothing but the block at work is held in memory.

    Attributes:
        seed: same seed (and arguments), same world.
        models: how many models are created up to the last label; about 2 % are removed again.
        labels: the days of the snapshots, each taken at its midnight UTC.
        world: the models label by label, for those who want to look behind the rows.
    """

    def __init__(
        self,
        seed: int = 1,
        models: int = 20_000,
        *,
        start: date = date(2025, 1, 6),
        snapshots: int = 1,
        step_days: int = 7,
        plan: Plan | None = None,
    ) -> None:
        """Lay out a world.

        Args:
            seed: a whole number.
            models: from 200 on.
            start: the day of the first snapshot, from 2022-06-01 on.
            snapshots: how many there are.
            step_days: days between them.
            plan: what is planted; a little of everything when not given.

        Raises:
            ValueError: an argument is out of its range.
        """
        if models < 200 or snapshots < 1 or step_days < 1 or start < FIRST_START:
            raise ValueError(
                f"a simulation needs 200 models, a snapshot, a day between them and a start "
                f"from {FIRST_START} on"
            )
        self.seed, self.models = seed, models
        self.labels = tuple(start + timedelta(days=n * step_days) for n in range(snapshots))
        plan = plan or Plan()
        draws = Draws(seed)
        cast = draw_cast(draws, models)
        cast = with_changes(cast, draws, self.labels, plan.namespace_renames, plan.transfers)
        population = Population(draws, models, self.labels, cast)
        counters = Counters(population)
        self.world = Reported(population, counters, plant(population, counters, plan))
        self.facts = Facts(population)

    def number(self, label: date | int | None = None) -> int:
        """Return the number of a label; of the last one when none is given.

        Raises:
            ValueError: there is no such label.
        """
        if label is None:
            return len(self.labels) - 1
        number = self.labels.index(label) if label in self.labels else label
        if not isinstance(number, int) or not 0 <= number < len(self.labels):
            span = f"{self.labels[0]} to {self.labels[-1]}"
            raise ValueError(f"there are {len(self.labels)} labels, {span}; none is {label}")
        return number

    def blocks(self, label: date | int | None = None, rows: int = BLOCK_ROWS) -> Iterator[Block]:
        """Yield the listed models in blocks, in order of creation; columns are made on demand."""
        number = self.number(label)
        stop = self.world.population.born_before(self.world.population.instants[number])
        for start in range(0, stop, rows):
            at = self.world.listed(start, min(start + rows, stop), number)
            yield Block(self.world, self.facts, at, number)

    def state(
        self, label: date | int | None = None, columns: Iterable[str] | None = None
    ) -> pa.Table:
        """Return the raw rows of a label as one table, all columns unless some are named."""
        names = None if columns is None else list(columns)
        tables = [block.table(names) for block in self.blocks(label)]
        return _labelled(pa.concat_tables(tables), self.seed)

    def api_lines(
        self, label: date | int | None = None, fields: Iterable[str] = FIELDS
    ) -> Iterator[str]:
        """Yield the records of a label as the JSON texts that a FakeHub serves."""
        names = list(fields)
        for block in self.blocks(label, 8192):
            yield from api_texts(block, names).to_pylist()

    def api_records(
        self, label: date | int | None = None, fields: Iterable[str] = FIELDS
    ) -> Iterator[dict[str, Any]]:
        """Yield the records of a label as the API gives them."""
        return map(json.loads, self.api_lines(label, fields))

    def rows(self, label: date | int | None = None) -> SimulatedRows:
        """Return what a FakeHub serves at a label."""
        return SimulatedRows(self.world, self.facts, self.number(label), self._listed(label))

    def write_hub_stats(
        self, path: Path, label: date | int | None = None, columns: Iterable[str] | None = None
    ) -> Path:
        """Write a label as Parquet in the shape of hub-stats, all or nothing.

        Raises:
            StoreError: the place cannot be written to.
        """
        names = set(SCHEMA.names if columns is None else columns)
        schema = _labelled(
            pa.schema([f for f in SCHEMA if f.name in names]).empty_table(), self.seed
        ).schema

        def produce(partial: Path) -> None:
            with pq.ParquetWriter(partial, schema, **_HUB_STATS) as writer:
                for block in self.blocks(label):
                    writer.write_table(_labelled(block.table(names), self.seed))

        write_atomically(path, produce)
        return path

    def write_truth(self, folder: Path) -> Path:
        """Write the truth about this world: see `modelcensus.testing.simulator.truth`.

        Raises:
            StoreError: the place cannot be written to.
        """
        from modelcensus.testing.simulator.truth import write_truth

        return write_truth(self, folder)

    def _listed(self, label: date | int | None) -> Integers:
        return np.concatenate([block.at for block in self.blocks(label)])


def _labelled(table: pa.Table, seed: int) -> pa.Table:
    return table.replace_schema_metadata({SIMULATED_KEY: f"seed={seed}".encode()})
