"""The rows of a simulated Hub: shape, shares, the same bytes from the same seed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcensus.registers.load import read_registers
from modelcensus.sources import hub_api, hub_stats
from modelcensus.sources.record import State
from modelcensus.testing import Plan, Simulation
from modelcensus.testing.simulator.rows import SCHEMA
from modelcensus.testing.simulator.stored import KINDS

LARGE = 150_000


@pytest.fixture(scope="session")
def large() -> pa.Table:
    """One label of a larger world, without what is planted."""
    return Simulation(11, LARGE, plan=Plan.nothing()).state()


def share(mask: pa.Array) -> float:
    return float(pc.mean(pc.cast(mask, pa.float64())).as_py())


def read_state(source: Any, path: Path, **options: str) -> tuple[State, pa.Table, list[Any]]:
    (state,) = source.read(path, options)
    batches = list(state.batches)
    rejects = [reject for batch in batches for reject in batch.rejects]
    return state, pa.concat_tables([b.records for b in batches]), rejects


CODE = """
import hashlib, sys
from pathlib import Path
from modelcensus.testing import Simulation, FakeHub
folder = Path(sys.argv[1])
world = Simulation(5, 3000, snapshots=6)
world.write_hub_stats(folder / "hub.parquet", world.labels[2])
world.write_truth(folder / "truth")
(folder / "api.jsonl").write_text("\\n".join(world.api_lines(1)))
for path in sorted(folder.rglob("*")):
    if path.is_file():
        print(path.relative_to(folder), hashlib.sha256(path.read_bytes()).hexdigest())
"""


def test_the_same_seed_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    said = []
    for number, zone in (("1", "Asia/Shanghai"), ("2", "UTC")):
        folder = tmp_path / number
        folder.mkdir()
        environment = {
            **os.environ,
            "PYTHONHASHSEED": number,
            "TZ": zone,
        }
        run = subprocess.run(
            [sys.executable, "-c", CODE, str(folder)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(run.stdout)
    assert said[0] == said[1]
    assert len(said[0].splitlines()) == 2 + 10 + 4


def test_another_seed_gives_another_world() -> None:
    def names(seed: int) -> str:
        return hashlib.sha256("".join(Simulation(seed, 300).api_lines()).encode()).hexdigest()

    assert names(1) == names(1) != names(2)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 40_000), st.integers(0, 3))
def test_blocks_depend_on_no_other_rows(world: Simulation, rows: int, label: int) -> None:
    some = next(iter(world.blocks(label, rows))).table(["id", "downloads", "tags", "baseModels"])
    whole = world.state(label, ["id", "downloads", "tags", "baseModels"])
    assert some.equals(whole.slice(0, len(some)).combine_chunks().replace_schema_metadata(None))


def test_shares_are_those_of_the_hub(large: pa.Table) -> None:
    downloads = np.sort(large["downloads"].to_numpy())[::-1]
    top = downloads[: len(downloads) // 100].sum() / downloads.sum()
    bases = large["baseModels"].combine_chunks()
    relations = pc.value_counts(pc.struct_field(bases, "relation").drop_null()).to_pylist()
    of = {r["values"]: r["counts"] / sum(x["counts"] for x in relations) for r in relations}
    found = {
        "zero downloads": share(pc.equal(large["downloads"], 0)),
        "downloads of the top 1 %": float(top),
        "all-time above 0": share(pc.greater(large["downloadsAllTime"], 0)),
        "with bases": share(pc.is_valid(bases)),
        "adapter": of["adapter"],
        "finetune": of["finetune"],
        "quantized": of["quantized"],
        "merge": of["merge"],
        "safetensors": share(pc.is_valid(large["safetensors"].combine_chunks())),
        "gated": share(pc.not_equal(large["gated"], "false")),
    }
    wanted = {
        "zero downloads": (0.645, 0.02),
        "downloads of the top 1 %": (0.995, 0.005),
        "all-time above 0": (0.597, 0.02),
        "with bases": (0.28, 0.015),
        "adapter": (258 / 607, 0.03),
        "finetune": (218 / 607, 0.03),
        "quantized": (117 / 607, 0.02),
        "merge": (14 / 607, 0.005),
        "safetensors": (0.234, 0.02),
        "gated": (0.04, 0.01),
    }
    off = {k: found[k] for k, (value, by) in wanted.items() if abs(found[k] - value) > by}
    assert off == {}


def test_creation_spreads_with_growth_and_a_first_day(large: pa.Table) -> None:
    created = large["createdAt"].combine_chunks()
    assert pc.all(pc.less_equal(created[:-1], created[1:])).as_py()
    years = pc.value_counts(pc.year(created)).to_pylist()
    counts = [y["counts"] for y in sorted(years, key=lambda y: y["values"])][:3]
    assert counts == sorted(counts)
    first = pc.equal(created, pc.min(created))
    assert 0.003 < share(first) < 0.01
    assert str(pc.min(created)) == "2022-03-02 23:29:04+00:00"
    keys = large["_id"].to_pylist()
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 24 for key in keys[::1000])


def test_ids_are_unique_and_well_formed(world: Simulation) -> None:
    for label in (0, 6, 11):
        ids = world.state(label, ["id"])["id"].to_pylist()
        assert len(set(ids)) == len(ids)
        assert max(map(len, ids)) <= 96


def test_counts_of_a_model_agree_with_each_other(world: Simulation) -> None:
    first, last = (world.state(n, ["_id", "downloads", "downloadsAllTime"]) for n in (7, 11))
    assert world.labels[11].toordinal() - world.labels[7].toordinal() == 28
    joined = last.join(first, "_id", right_suffix="_before", join_type="inner")
    grown = pc.subtract(joined["downloadsAllTime"], joined["downloadsAllTime_before"])
    near = pc.less_equal(grown, joined["downloads"])
    assert share(near) > 0.99
    assert pc.all(pc.greater_equal(last["downloadsAllTime"], 0)).as_py()


def test_the_api_says_the_same_as_the_table(world: Simulation) -> None:
    table = world.state(4).to_pylist()
    records = list(world.api_records(world.labels[4]))
    assert len(table) == len(records)
    for row, record in zip(table[::7], records[::7], strict=True):
        for name in ("_id", "id", "author", "downloads", "downloadsAllTime", "likes", "tags"):
            assert record.get(name) == row[name]
        assert record["gated"] == (row["gated"] if row["gated"] != "false" else False)
        instant = row["createdAt"].strftime("%Y-%m-%dT%H:%M:%S.000Z")
        assert record["createdAt"] == instant
        assert record.get("cardData") == (json.loads(row["cardData"]) if row["cardData"] else None)
        assert record.get("baseModels") == row["baseModels"]
        weights = row["safetensors"]
        if weights:
            counts = weights["parameters"].items()
            weights["parameters"] = {word: count for word, count in counts if count}
            assert sum(weights["parameters"].values()) == weights["total"]
        assert record.get("safetensors") == weights
        assert record.get("gguf") == row["gguf"]
        assert record["siblings"] == row["siblings"]
    assert "pipeline_tag" not in {k for r in records[:1] for k, v in r.items() if v is None}


def test_fields_can_be_chosen_in_any_number(world: Simulation) -> None:
    (one,) = {tuple(r) for r in world.api_records(0, ["likes"])}
    assert one == ("likes", "modelcensus.simulated")
    # whatever is asked for, a row says that it is simulated
    assert next(iter(world.api_lines(0, ["nothing"]))) == '{"modelcensus.simulated":"seed=7"}'


def test_hub_stats_is_read_back_whole_and_marked(world: Simulation, tmp_path: Path) -> None:
    path = world.write_hub_stats(tmp_path / "hub.parquet", world.labels[2])
    assert pq.read_schema(path).names == SCHEMA.names
    state, records, rejects = read_state(hub_stats, path, label="2025-01-20")
    table = world.state(2)
    assert state.is_simulated
    assert rejects == []
    assert records["model_id"].to_pylist() == table["id"].to_pylist()
    assert records["downloads_30d"].equals(table["downloads"])
    assert records["downloads_all_time"].equals(table["downloadsAllTime"])
    assert records["parameters"].null_count > 0
    at = np.concatenate([block.at for block in world.blocks(2)])
    planted = world.facts.number_types(at)
    assert records["number_types"].to_pylist() == planted.to_pylist()
    assert {tuple(words) for words in planted.to_pylist() if words} == {k.types for k in KINDS}
    narrow = world.write_hub_stats(tmp_path / "few.parquet", 0, ["id", "likes"])
    assert pq.read_schema(narrow).names == ["id", "likes"]


def test_a_real_listing_is_not_marked(tmp_path: Path) -> None:
    path = tmp_path / "hub.parquet"
    pq.write_table(pa.table({"id": ["o/a"]}), path)
    state, _, _ = read_state(hub_stats, path, label="2025-01-20")
    assert not state.is_simulated


def test_api_records_are_read_back_without_a_reject(world: Simulation, tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    lines = [line for _, line in zip(range(3000), world.api_lines(3), strict=False)]
    path.write_text("\n".join(lines), encoding="utf-8")
    _, records, rejects = read_state(hub_api, path, label="2025-01-27")
    assert (len(records), rejects) == (3000, [])
    table = world.state(3).slice(0, 3000)
    stats = world.write_hub_stats(tmp_path / "hub.parquet", 3)
    _, same, _ = read_state(hub_stats, stats, label="2025-01-27")
    assert records["model_id"].to_pylist() == table["id"].to_pylist()
    facts = ("licence_tag", "licence_name", "languages", "base_models", "gated")
    for name in (*facts, "parameters", "number_types"):
        assert records[name].to_pylist() == same[name].to_pylist()[:3000], name


def test_nobody_real_is_named() -> None:
    bundled = read_registers().rows
    real = {r["namespace"].lower() for r in bundled["namespaces"]}
    real |= {r["developer"].lower() for r in bundled["developers"]}
    real |= {r["name"].lower() for r in bundled["developers"]}
    families = {r["family"].lower() for r in bundled["families"]}
    for seed in range(10):
        cast = Simulation(seed, 30_000, snapshots=4).world.population.cast
        named = {a.name.lower() for a in cast.accounts} | {
            a.new_name.lower() for a in cast.accounts
        }
        named |= {d.name.lower() for d in cast.developers} | {d.slug for d in cast.developers}
        assert not named & real
        assert not {f.slug for f in cast.families} & families
        assert all("simulated" in d.name for d in cast.developers)


def test_what_a_world_needs() -> None:
    for wrong in ({"models": 10}, {"snapshots": 0}, {"step_days": 0}, {"start": date(2021, 1, 1)}):
        with pytest.raises(ValueError, match="a simulation needs"):
            Simulation(1, **{"models": 300, **wrong})
    world = Simulation(1, 200, snapshots=2, start=date(2022, 6, 1), step_days=30)
    assert world.labels == (date(2022, 6, 1), date(2022, 7, 1))
    assert world.number() == world.number(date(2022, 7, 1)) == 1
    for label in (date(2022, 6, 2), 2, -1):
        with pytest.raises(ValueError, match="there are 2 labels"):
            world.state(label)
    assert len(world.state()) > len(world.state(0)) > 0


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**63), st.integers(200, 3000), st.integers(1, 7), st.integers(1, 40))
def test_worlds_of_any_size_hold_together(
    seed: int, models: int, snapshots: int, step: int
) -> None:
    world = Simulation(seed, models, snapshots=snapshots, step_days=step)
    for label in {0, snapshots - 1}:
        table = world.state(label)
        assert len(table) <= models
        assert pc.count_distinct(table["id"]).as_py() == len(table)
        assert pc.min(table["downloads"]).as_py() >= 0
        assert pc.min(table["downloadsAllTime"]).as_py() >= 0
        assert sum(1 for _ in world.api_records(label)) == len(table)
