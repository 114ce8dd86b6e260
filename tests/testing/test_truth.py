"""What the truth tables say is what the states show, and the other way round."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from modelcensus.registers.load import load_registers
from modelcensus.sources.record import State
from modelcensus.sources.source import get_source
from modelcensus.testing import Plan, Simulation
from modelcensus.testing.simulator.planting import ILL_FORMED

Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def truth(world: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world.write_truth(tmp_path_factory.mktemp("truth"))


@pytest.fixture(scope="session")
def states(world: Simulation) -> list[dict[str, dict[str, Any]]]:
    """Every state: `_id` -> its row."""
    columns = ["_id", "id", "downloads", "downloadsAllTime", "createdAt", "tags", "baseModels"]
    return [
        {row["_id"]: row for row in world.state(label, columns).to_pylist()}
        for label in world.labels
    ]


def table(truth: Path, name: str) -> Rows:
    found: Rows = pq.read_table(truth / f"{name}.parquet").to_pylist()
    return found


def events(truth: Path, kind: str) -> Rows:
    found = [row for row in table(truth, "events") if row["kind"] == kind]
    assert found
    return found


def test_everything_says_that_it_is_simulated(truth: Path) -> None:
    assert "SIMULATED" in (truth / "SIMULATED.txt").read_text()
    for path in truth.glob("*.parquet"):
        assert pq.read_schema(path).metadata[b"modelcensus.simulated"] == b"seed=7"


def test_values_told_are_those_of_the_states(world: Simulation, truth: Path, states: Any) -> None:
    for event in table(truth, "events"):
        if event["hub_key"] is None or event["value_told"] is None:
            continue
        number = world.labels.index(event["label"])
        row = states[number][event["hub_key"]]
        assert (row["id"], row[event["field"]]) == (event["model_id"], event["value_told"])
        if number:
            before = states[number - 1].get(event["hub_key"], {event["field"]: 0})
            assert before[event["field"]] == event["value_before"]


def test_a_spike_comes_and_goes(world: Simulation, truth: Path, states: Any) -> None:
    for event in events(truth, "spike"):
        assert event["label"] == event["last_label"]
        assert event["value_told"] == max(2_000_000, 1000 * event["value_true"])
        number = world.labels.index(event["label"])
        around = [
            states[n][event["hub_key"]]["downloads"]
            for n in (number - 1, number + 1)
            if n < len(states)
        ]
        assert all(value * 20 < event["value_told"] for value in around)


def test_a_site_dip_halves_everything_and_ends(world: Simulation, truth: Path, states: Any) -> None:
    (event,) = events(truth, "site_dip")
    number = world.labels.index(event["label"])
    sums = [sum(row["downloads"] for row in state.values()) for state in states]
    assert event["value_told"] == sums[number]
    assert event["value_told"] == pytest.approx(event["value_true"] / 2, rel=0.01)
    assert sums[number + 1] > 1.5 * sums[number]


def test_a_frozen_site_repeats_itself(world: Simulation, truth: Path, states: Any) -> None:
    (event,) = events(truth, "site_freeze")
    number = world.labels.index(event["label"])
    before, now, after = states[number - 1 : number + 2]
    both = before.keys() & now.keys()
    assert all(before[k]["downloads"] == now[k]["downloads"] for k in both)
    assert any(before[k]["downloads"] != after[k]["downloads"] for k in both & after.keys())


def test_one_developer_falls_to_zero(world: Simulation, truth: Path, states: Any) -> None:
    (event,) = events(truth, "developer_zero")
    number = world.labels.index(event["label"])
    day = str(event["label"])
    owned = {
        row["namespace"]
        for row in load_registers([truth / "registers"]).rows["namespaces"]
        if row["developer"] == event["subject"]
        and row["valid_from"] <= day < (row["valid_to"] or "9999")
    }
    mine = [r for r in states[number].values() if r["id"].partition("/")[0] in owned]
    assert mine
    assert {row["downloads"] for row in mine} == {0}
    assert event["value_told"] == 0 < event["value_before"]
    again = sum(states[number + 1][r["_id"]]["downloads"] for r in mine)
    assert again > 0


def test_frozen_models_stand_still(world: Simulation, truth: Path, states: Any) -> None:
    for event in events(truth, "frozen"):
        first, last = (world.labels.index(event[n]) for n in ("label", "last_label"))
        rows = [states[n][event["hub_key"]] for n in range(first - 1, last + 1)]
        assert len({(row["downloads"], row["downloadsAllTime"]) for row in rows}) == 1


def test_an_all_time_count_starts_again(world: Simulation, truth: Path, states: Any) -> None:
    falls = set()
    for before, now in pairwise(states):
        falls |= {
            key
            for key in before.keys() & now.keys()
            if now[key]["downloadsAllTime"] < before[key]["downloadsAllTime"]
        }
    assert falls == {event["hub_key"] for event in events(truth, "all_time_reset")}


def test_farms_collect_what_nobody_made(world: Simulation, truth: Path, states: Any) -> None:
    found = events(truth, "farming")
    assert len(found) == 30
    assert len({event["model_id"].partition("/")[0] for event in found}) == 1
    for event in found:
        number = world.labels.index(event["label"])
        assert event["value_told"] >= 4000 * 7
        later = states[-1][event["hub_key"]]["downloads"]
        assert later >= 4000 * 30 or number + 4 >= len(states)


def test_models_go_return_and_are_uploaded_again(
    world: Simulation, truth: Path, states: Any
) -> None:
    for kind in ("removal", "return", "reupload"):
        for event in events(truth, kind):
            first = world.labels.index(event["label"])
            last = (
                len(states) - 1
                if event["last_label"] is None
                else (world.labels.index(event["last_label"]))
            )
            there = [event["hub_key"] in state for state in states]
            assert there[:first] == [True] * first
            assert not any(there[first : last + 1])
            assert all(there[last + 1 :])
            if kind == "reupload":
                heirs = [k for k, row in states[-1].items() if row["id"] == event["model_id"]]
                assert len(heirs) == 1
                assert heirs[0] != event["hub_key"]


def test_names_change_when_the_truth_says_so_and_never_else(
    world: Simulation, truth: Path, states: Any
) -> None:
    told = {(r["hub_key"], r["label"], r["model_id"]) for r in table(truth, "names")}
    told = {entry for entry in told if entry[1] != world.labels[0]}
    (account,) = events(truth, "namespace_rename")
    old, new = account["subject"].split(" -> ")
    seen = set()
    for (before, now), label in zip(pairwise(states), world.labels[1:], strict=True):
        for key in before.keys() & now.keys():
            if before[key]["id"] != now[key]["id"]:
                seen.add((key, label, now[key]["id"]))
    of_account = {e for e in seen if e[2].startswith(f"{new}/") and e[1] == account["label"]}
    assert {e for e in seen if e not in of_account} == told
    assert of_account
    assert not any(row["id"].startswith(f"{old}/") for row in states[-1].values())


def test_models_come_and_go_as_the_truth_says(world: Simulation, truth: Path, states: Any) -> None:
    models = {row["hub_key"]: row for row in table(truth, "models")}
    away = {e["hub_key"] for e in events(truth, "return")}
    for state, label in zip(states, world.labels, strict=True):
        expected = {
            key
            for key, row in models.items()
            if row["created_at"].date() < label
            and (row["removed_at"] is None or row["removed_at"].date() >= label)
        }
        # one removed in the course of a day was still there at its midnight
        differ = (expected ^ state.keys()) - away
        assert all(str(models[key]["removed_at"])[:10] == str(label) for key in differ)


def test_bases_are_declared_as_the_truth_says(truth: Path, states: Any) -> None:
    edges = table(truth, "edges")
    cases = Counter(edge["case"] for edge in edges)
    plan = Plan()
    assert cases["self"] == plan.self_references
    assert cases["merge"] == 3 * plan.merge_parents
    assert cases["chain"] == plan.chain_length - 1
    assert cases["cycle"] == 2 + 3 + 2
    of_child: dict[str, Rows] = {}
    for edge in edges:
        of_child.setdefault(edge["child_key"], []).append(edge)
    for key, row in states[0].items():
        mine = of_child.get(key, [])
        tags = [t.removeprefix("base_model:") for t in row["tags"] if t.startswith("base_model:")]
        told = {f"{e['relation']}:{e['declared_as']}" for e in mine}
        assert set(tags[len(tags) // 2 :]) <= told
        if row["baseModels"]:
            assert {m["_id"] for m in row["baseModels"]["models"]} == {
                e["parent_key"] for e in mine if e["parent_key"]
            }


def test_planted_lineage_is_what_it_says(truth: Path) -> None:
    by_case: dict[str, Rows] = {}
    for edge in table(truth, "edges"):
        by_case.setdefault(edge["case"], []).append(edge)
    assert all(e["child_key"] == e["parent_key"] for e in by_case["self"])
    base_of = {e["child_key"]: e["parent_key"] for e in by_case["cycle"]}
    assert set(base_of) == set(base_of.values())
    chain = {e["child_key"]: e["parent_key"] for e in by_case["chain"]}
    (start,) = set(chain) - set(chain.values())
    for _ in range(len(chain)):
        start = chain[start]
    assert start not in chain
    assert all(e["parent_key"] > e["child_key"] for e in by_case["early_child"])
    assert {e["declared_as"] for e in by_case["ill_formed"]} == set(ILL_FORMED)
    assert all(e["declared_as"].isupper() for e in by_case["case_variant"])
    ids = {row["model_id"] for row in table(truth, "models")}
    assert not {e["declared_as"] for e in by_case["missing"]} & ids


def test_the_cast_loads_as_registers_and_owns_the_stars(world: Simulation, truth: Path) -> None:
    registers = load_registers([truth / "registers"])
    owners = {(r["namespace"], r["developer"]) for r in registers.rows["namespaces"]}
    for row in table(truth, "models"):
        if row["developer"] and "/" in row["model_id"] and row["planted"] is None:
            namespace = row["model_id"].partition("/")[0]
            assert (namespace, row["developer"]) in owners
        if row["family"]:
            assert row["is_star"]
    (moved,) = events(truth, "transfer")
    namespace, heir = moved["subject"].split(" -> ")
    mine = [r for r in registers.rows["namespaces"] if r["namespace"] == namespace]
    assert {(r["valid_from"], r["valid_to"]) for r in mine} == {
        ("", str(moved["label"])),
        (str(moved["label"]), ""),
    }
    assert heir in {r["developer"] for r in mine}
    assert any(r["kind"] == "namespace" for r in registers.rows["renames"])


def test_twins_bare_ids_and_lookalikes_are_there(truth: Path, states: Any) -> None:
    kinds = Counter(row["kind"] for row in table(truth, "names"))
    assert {"bare_id", "case_twin", "lookalike", "farming", "reupload", "rename"} == set(kinds)
    ids = [row["id"] for row in states[0].values()]
    twins = [n for n, count in Counter(i.lower() for i in ids).items() if count > 1]
    assert len(twins) == kinds["case_twin"]
    assert any("/" not in name for name in ids)
    accounts = {row["namespace"] for row in table(truth, "namespaces")}
    false = {
        row["model_id"].partition("/")[0]
        for row in table(truth, "names")
        if row["kind"] == "lookalike"
    }
    assert len(false) == 2
    assert not false & accounts


def test_nothing_planted_is_nothing_told(tmp_path: Path) -> None:
    world = Simulation(3, 2000, snapshots=5, plan=Plan.nothing())
    truth = world.write_truth(tmp_path)
    assert table(truth, "events") == table(truth, "names") == []
    assert {edge["case"] for edge in table(truth, "edges")} == {"natural"}
    falls = 0
    before = None
    for label in world.labels:
        now = world.state(label, ["_id", "downloadsAllTime"])
        if before is not None:
            both = now.join(before, "_id", right_suffix="_b", join_type="inner")
            falls += pc.sum(pc.less(both["downloadsAllTime"], both["downloadsAllTime_b"])).as_py()
        before = now
    assert falls == 0


def test_one_thing_alone_can_be_planted(tmp_path: Path) -> None:
    world = Simulation(3, 5000, snapshots=5, plan=Plan.nothing(spikes=3))
    kinds = {row["kind"] for row in table(world.write_truth(tmp_path), "events")}
    assert kinds == {"spike"}


def test_a_single_snapshot_has_no_events_over_time(tmp_path: Path) -> None:
    truth = Simulation(3, 5000).write_truth(tmp_path)
    kinds = {row["kind"] for row in table(truth, "events")}
    assert kinds == {"lookalike", "false_claim"}
    assert isinstance(pq.read_table(truth / "models.parquet"), pa.Table)


def test_what_lists_a_model_is_counted_as_the_truth_says(
    world: Simulation, truth: Path, tmp_path: Path
) -> None:
    label = world.labels[-1]
    expected = {
        row["hub_key"]: (row["spaces"], row["inference_providers"])
        for row in table(truth, "listed")
        if row["label"] == label
    }
    assert any(live for _, live in expected.values())
    assert any(spaces and not live for spaces, live in expected.values())
    api = tmp_path / "models.jsonl"
    api.write_text("\n".join(world.api_lines(label)), encoding="utf-8")
    stats = world.write_hub_stats(tmp_path / "models.parquet", label)
    for source, path in (("hub-api", api), ("hub-stats", stats)):
        (state,) = get_source(source).read(path, {"label": label.isoformat()})
        assert isinstance(state, State)
        records = pa.concat_tables(batch.records for batch in state.batches)
        found = {
            key: (spaces, live)
            for key, spaces, live in zip(
                *(records[c].to_pylist() for c in ("hub_key", "spaces", "inference_providers")),
                strict=True,
            )
        }
        assert {key: counts for key, counts in found.items() if counts != (0, 0)} == expected
    # the lists are longer than what is live: one of two tasks, and one not live yet
    served = [r for r in world.api_records(label) if r["inferenceProviderMapping"]]
    lengths = [len(r["inferenceProviderMapping"]) for r in served]
    assert all(n > expected.get(r["_id"], (0, 0))[1] for n, r in zip(lengths, served, strict=True))
