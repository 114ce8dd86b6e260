"""Number types of stored weights: every way to read the Hub's records tells those planted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources import test_simulated_marks as ways

from modelcensus.snapshots.store import Store
from modelcensus.sources.number_types import MOST_TYPES, number_types, types_of_counts
from modelcensus.testing import Simulation


@pytest.mark.parametrize(
    "fill", [ways.by_hub_stats, ways.by_hub_weekly, ways.by_hub_api, ways.by_a_crawl]
)
def test_every_reader_tells_what_is_planted(fill: ways.Fill, tmp_path: Path) -> None:
    simulation = Simulation(5, 400)
    store = Store(tmp_path / "store")
    (tmp_path / "files").mkdir()
    fill(simulation, store, tmp_path / "files")
    (snapshot,) = store.snapshots()
    assert "number_types" not in snapshot.absent_columns
    columns = ["hub_key", "number_types", "parameters"]
    found = pq.read_table(store.table_path(snapshot, "metadata"), columns=columns).to_pylist()
    at = np.concatenate([block.at for block in simulation.blocks()])
    keys = simulation.world.population.keys(at).to_pylist()
    planted = dict(zip(keys, simulation.facts.number_types(at).to_pylist(), strict=True))
    assert {row["hub_key"]: row["number_types"] for row in found} == planted
    assert len({tuple(words) for words in planted.values() if words}) > 5
    told = [row for row in found if row["number_types"]]
    assert all(row["parameters"] for row in told)


WORDS = st.sampled_from(["BF16", "F32", "F8_E4M3", "I64", "U8", "bf16", "", "A B", "É", "X" * 40])
COUNTS = st.none() | st.integers(-1, 3) | st.floats(width=32) | st.just(2.0**60)


@given(st.lists(st.none() | st.dictionaries(WORDS, COUNTS, max_size=6), min_size=1, max_size=8))
def test_columns_and_objects_tell_the_same(cells: list[dict[str, Any] | None]) -> None:
    names = sorted({word for cell in cells if cell for word in cell})
    counts = pa.struct([pa.field(name, pa.float64()) for name in names])
    rows = [None if cell is None else {"total": 1, "parameters": cell} for cell in cells]
    kind = pa.struct([pa.field("total", pa.int64()), pa.field("parameters", counts)])
    found = number_types(pa.array(rows, kind))
    found.validate(full=True)
    assert found.to_pylist() == [types_of_counts(cell) for cell in cells]
    assert not any(words == [] or len(words or ()) > MOST_TYPES for words in found.to_pylist())


def test_a_slice_tells_the_same_as_its_whole() -> None:
    rows = [{"parameters": {"F16": n % 3, "I32": n % 5}} for n in range(40)]
    whole = pa.array([None if n % 7 == 0 else row for n, row in enumerate(rows)])
    assert number_types(whole[11:29]).to_pylist() == number_types(whole).to_pylist()[11:29]
