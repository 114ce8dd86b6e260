"""Attribution fraud: look-alike accounts, false bases and farmed downloads (T23).

A name gives nobody a developer, a claimed base gives nobody its developer, and what a farm's
counters change is printed beside the figure. Everything is recounted from the simulator's truth.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from modelcensus.measures.census import Census, open_census
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.testing import FaultFigures, Plan, Simulation

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")
PLAN = Plan.nothing(lookalikes=2, farms=1, farm_models=30, false_claims=3)
FRAUDS = ("lookalike", "farming", "false_claim")

Truth = dict[str, Any]


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return Simulation(7, 4000, snapshots=4, plan=PLAN)


@pytest.fixture(scope="module")
def folder(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fraud")
    label = simulation.labels[-1]
    listing = simulation.write_hub_stats(folder / "listing.parquet", label)
    store = Store(folder / "store")
    import_source(store, "hub-stats", listing, {"label": label.isoformat()}, Settings())
    truth = simulation.write_truth(folder / "truth")
    build_release(store, Settings(), overlays=[truth / "registers"])
    return folder


@pytest.fixture(scope="module")
def census(folder: Path) -> Any:
    with open_census(folder / "store") as opened:
        yield opened


@pytest.fixture(scope="module")
def truth(simulation: Simulation, folder: Path) -> Truth:
    """`_id` -> id, developer, downloads and, of a fraud, its kind."""
    models = pq.read_table(folder / "truth" / "models.parquet").to_pylist()
    events = pq.read_table(folder / "truth" / "events.parquet").to_pylist()
    kinds = {e["hub_key"]: e["kind"] for e in events if e["kind"] in FRAUDS}
    now = simulation.state(simulation.labels[-1], ["_id", "id", "downloads"]).to_pylist()
    owner = {m["hub_key"]: m["developer"] or "unknown" for m in models}
    return {r["_id"]: {**r, "owner": owner[r["_id"]], "fraud": kinds.get(r["_id"])} for r in now}


def sums(truth: Truth, *, without: tuple[str, ...] = ()) -> Counter[str]:
    found: Counter[str] = Counter()
    for model in truth.values():
        if model["fraud"] not in without:
            found[model["owner"]] += model["downloads"] or 0
    return found


def test_all_three_frauds_are_there(truth: Truth) -> None:
    assert {m["fraud"] for m in truth.values()} >= set(FRAUDS)


def test_shares_of_developers_are_the_true_ones(census: Census, truth: Truth) -> None:
    expected = sums(truth)
    assert expected["unknown"] > sums(truth, without=("lookalike", "farming"))["unknown"]
    assert {r["group"]: r["value"] for r in census.share(by="developer") if r["value"]} == {
        owner: value for owner, value in expected.items() if value
    }


def test_a_lookalike_is_nobody_and_so_is_its_family(census: Census, truth: Truth) -> None:
    false = {m["id"] for m in truth.values() if m["fraud"] == "lookalike"}
    table = census.release.table("models")
    keys = table.filter(table.model_id.isin(sorted(false)))
    told = census.release.table("attribution").semi_join(keys, "model_key")
    rows = census.release.fetch(told).to_pylist()
    assert len(rows) >= len(false) > 0
    assert {row["developer"] for row in rows} == {"unknown"}
    assert {row["rule"] for row in rows} == {"namespace not in the register"}
    families = census.release.table("families").semi_join(keys, "model_key")
    assert {r["family"] for r in census.release.fetch(families).to_pylist()} <= {"unknown"}


def test_a_claimed_base_gives_no_developer_and_is_its_publisher_s_word(
    census: Census, truth: Truth, folder: Path
) -> None:
    edges = pq.read_table(folder / "truth" / "edges.parquet").to_pylist()
    claims = {e["child_key"]: e["parent_key"] for e in edges if e["case"] == "false_claim"}
    nodes = census.release.table("nodes")
    known = {r["model_id"]: r for r in census.release.fetch(nodes).to_pylist()}
    for child, base in claims.items():
        mine, theirs = known[truth[child]["id"]], known[truth[base]["id"]]
        assert mine["developer"] == truth[child]["owner"]
        assert mine["developer"] == "unknown" or mine["developer"] != theirs["developer"]
    caveats = " ".join(census.derivatives(period=str(month(census))).caveats)
    assert "the publisher's word and was not verified" in caveats


def month(census: Census) -> str:
    (frame,) = census.release.frames
    return census.release.frame_snapshots(frame)[-1].label[:7]


def test_what_the_frauds_change_is_printed_and_recorded(census: Census, truth: Truth) -> None:
    """The share that all frauds take, and the single model on which the headline hangs most."""
    figure = census.share(by="developer")
    whole, clean = sums(truth), sums(truth, without=FRAUDS)
    leader = max((d for d in whole if d != "unknown"), key=lambda d: (whole[d], d))
    before = clean[leader] / clean.total()
    after = whole[leader] / whole.total()
    (row,) = (r for r in figure if r["group"] == leader)
    assert row["share_of_all"] == pytest.approx(after)
    largest = max(truth.values(), key=lambda m: m["downloads"] or 0)
    printed = {r["without"] for r in figure.sensitivity["leave_one_model_out"]}
    assert largest["id"] in printed
    FIGURES.record(
        "T23",
        frauds=sum(m["fraud"] is not None for m in truth.values()),
        leader_points_lost=round(100 * (before - after), 2),
        fraud_share_of_downloads=round(1 - clean.total() / whole.total(), 4),
    )
