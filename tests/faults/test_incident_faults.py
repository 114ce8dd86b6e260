"""Planted events of a simulated Hub and what the gates make of them: T6 of the fault table.

What a release reports is held against two things: what was planted, and a recount of the
simulator's own rows in plain Python, which says of each report whether the numbers moved so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.small_store import put

from modelcensus.errors import QualityError
from modelcensus.releases.build import build_release
from modelcensus.releases.decisions import accept_incident, read_pending
from modelcensus.releases.gates import NOTES
from modelcensus.releases.release import release_names
from modelcensus.settings import Settings
from modelcensus.snapshots.collecting import collect
from modelcensus.snapshots.crawl_journals import CollectRequest
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources import hub_stats
from modelcensus.sources.hub.endpoint import read_endpoint
from modelcensus.testing import FakeHub, FaultFigures, FixedClock, Plan, Simulation

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")
LIMITS = Settings()
FRAME = "hub"

PLANTED = {
    "site_dip": "global_drop",
    "site_freeze": "frozen",
    "developer_zero": "developer_drop",
    "all_time_reset": "counter_fall",
    "spike": "single_model_spike",
}
"""Kind of planted event -> the incident that it is."""

Row = tuple[str, int, int]
"""Id, 30-day downloads, all-time downloads."""
Report = tuple[str, str, str, str, int | None, int | None]
"""Kind, subject (a model by its `_id`), label before, label after, value before, value after."""


@dataclass(frozen=True)
class World:
    """A simulation with days left out, as rows, as truth and as the release built from it."""

    simulation: Simulation
    labels: tuple[date, ...]
    rows: dict[date, dict[str, Row]]
    truth: Path
    store: Store
    release: Path

    def table(self, name: str) -> list[dict[str, Any]]:
        """Return a truth table."""
        found: list[dict[str, Any]] = pq.read_table(self.truth / f"{name}.parquet").to_pylist()
        return found

    def reported(self) -> list[Report]:
        """Return the incidents of the release; models by `_id`, not by id."""
        known = pq.read_table(self.release / "models.parquet", columns=["model_id", "hub_key"])
        keys: dict[str, list[str]] = defaultdict(list)
        for row in known.to_pylist():
            keys[row["model_id"]].append(row["hub_key"])
        found = pq.read_table(self.release / "incidents.parquet").to_pylist()
        return [
            (i["kind"], self._subject(i, keys), i["label_before"], i["label_after"],
             i["value_before"], i["value_after"])
            for i in found
        ]  # fmt: skip

    def _subject(self, incident: dict[str, Any], keys: dict[str, list[str]]) -> str:
        """Return the model that an incident is about; of two with one id the one it fits."""
        subject: str = incident["subject"]
        if incident["kind"] not in ("single_model_spike", "counter_fall"):
            return subject
        after = self.rows[date.fromisoformat(incident["label_after"])]
        field = 1 if incident["metric"] == "downloads_30d" else 2
        fitting = [
            k for k in keys[subject] if k in after and after[k][field] == incident["value_after"]
        ]
        return fitting[0] if fitting else f"nobody {subject}"


def rows_at(simulation: Simulation, label: date) -> dict[str, Row]:
    """Return `_id` -> row of a label."""
    names = ["_id", "id", "downloads", "downloadsAllTime"]
    columns = [simulation.state(label, names)[n].to_pylist() for n in names]
    return {key: (name, n, total) for key, name, n, total in zip(*columns, strict=True)}


def make_world(
    folder: Path, simulation: Simulation, left_out: Sequence[int] = (), *, by_command: bool = False
) -> World:
    """Import a simulation's labels, but for some days, and build the release."""
    store = Store(folder / "store")
    kept = [d for n, d in enumerate(simulation.labels) if n not in left_out]
    for label in kept:
        path = simulation.write_hub_stats(folder / f"{label}.parquet", label)
        if by_command:
            import_source(store, "hub-stats", path, {"label": str(label)}, LIMITS)
        else:
            put(store, *hub_stats.read(path, {"label": str(label)}))
        path.unlink()
    truth = simulation.write_truth(folder / "truth")
    report = build_release(store, LIMITS, overlays=[truth / "registers"])
    rows = {label: rows_at(simulation, label) for label in kept}
    return World(simulation, tuple(kept), rows, truth, store, report.path)


def recount(world: World) -> Iterator[Report]:
    """Yield every move that the settings call an incident, from the rows alone."""
    owners = {m["hub_key"]: m["developer"] for m in world.table("models") if m["developer"]}
    for before, after in pairwise(world.labels):
        old, new = world.rows[before], world.rows[after]
        both = [(key, old[key], new[key]) for key in old.keys() & new.keys()]
        span = (str(before), str(after))
        for kind, subject, a, b in _moves(both, owners):
            yield kind, subject, *span, a, b
    spans = [(b - a).days for a, b in pairwise(world.labels)]
    for (a, b), span in zip(pairwise(world.labels), spans, strict=True):
        if span > LIMITS.gap_factor * median(spans):
            yield "gap", "", str(a), str(b), None, None


def _moves(
    both: Sequence[tuple[str, Row, Row]], owners: dict[str, str]
) -> Iterator[tuple[str, str, int, int]]:
    """Yield kind, subject and values of what moved between two labels."""
    for key, (_, a, total_a), (_, b, total_b) in both:
        if max(a, b) >= min(a, b) * LIMITS.spike_factor and max(a, b) > LIMITS.spike_floor:
            yield "single_model_spike", key, a, b
        if total_b < total_a:
            yield "counter_fall", key, total_a, total_b
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for key, (_, a, _), (_, b, _) in both:
        for name in ("", owners.get(key, "")) if key in owners else ("",):
            sums[name][0] += a
            sums[name][1] += b
    for name, (a, b) in sums.items():
        if not name and b < a * LIMITS.global_drop:
            yield "global_drop", "", a, b
        if name and a > LIMITS.spike_floor and b < a * LIMITS.developer_drop:
            yield "developer_drop", name, a, b
    above = [(a, b) for _, (_, a, _), (_, b, _) in both if a > 0]
    still = sum(a == b for a, b in above)
    if len(above) >= 100 and still >= LIMITS.frozen_share * len(above):
        yield "frozen", "", len(above), still


def explained(world: World) -> set[tuple[str, str, str]]:
    """Return kind, subject and later label of what planted events bring about, ends included."""
    found: set[tuple[str, str, str]] = set()
    owners = {m["hub_key"]: m["developer"] for m in world.table("models")}
    for event in world.table("events"):
        kind = PLANTED.get(event["kind"])
        if kind is None:
            continue
        first = event["label"]
        after = next((d for d in world.labels if d > first), None)
        subject = event["hub_key"] or (event["subject"] if kind == "developer_drop" else "")
        for label in (first, after):
            found.add((kind, subject, str(label)))
            if kind == "developer_drop":
                # a developer at 0 has its models at 0, and a great one takes the frame along
                found.add(("global_drop", "", str(label)))
                mine = (k for k, owner in owners.items() if owner == subject)
                found |= {("single_model_spike", key, str(label)) for key in mine}
    return found


def injected(world: World) -> dict[str, set[tuple[str, str]]]:
    """Return per incident kind the subject and label of what was planted and can be seen.

    An event at a day that was left out, or after one, is told by no pair of neighbours. A
    developer with fewer downloads than the floor is nobody's warning.
    """
    found: dict[str, set[tuple[str, str]]] = {kind: set() for kind in PLANTED.values()}
    labels = world.simulation.labels
    steps = {b: a for a, b in pairwise(labels)}
    for event in world.table("events"):
        label = event["label"]
        if event["kind"] == "developer_zero" and event["value_before"] <= LIMITS.spike_floor:
            continue
        if event["kind"] == "all_time_reset" and event["value_told"] >= event["value_before"]:
            # the site repeats itself on this day: the fall shows on the next one
            label = next((d for d in labels if d > label), label)
        if event["kind"] in PLANTED and {label, steps.get(label)} <= set(world.labels):
            subject = event["hub_key"] or event["subject"]
            subject = "" if subject == "site" else subject
            found[PLANTED[event["kind"]]].add((subject, str(label)))
    return found


def outcome(world: World, gaps: int) -> dict[str, dict[str, int]]:
    """Return per kind: injected, detected, organic (true and not planted), false, missed."""
    reported, counted = world.reported(), list(recount(world))
    assert len(set(reported)) == len(reported)
    planted, known = injected(world), explained(world)
    figures = {}
    for kind in (*PLANTED.values(), "gap"):
        mine = {r for r in reported if r[0] == kind}
        truth = {r for r in counted if r[0] == kind}
        wanted = planted.get(kind, set())
        organic = {r for r in mine & truth if (kind, r[1], r[3]) not in known}
        figures[kind] = {
            "injected": len(wanted) if kind != "gap" else gaps,
            "detected": len(wanted & {(r[1], r[3]) for r in mine}) if kind != "gap" else len(mine),
            "organic": len(organic) if kind != "gap" else 0,
            "false": len(mine - truth),
            "missed": len(truth - mine),
        }
    others = {r[0] for r in reported} - set(figures)
    assert others <= set(NOTES)
    return figures


def judge(figures: dict[str, dict[str, int]]) -> dict[str, int]:
    """Hold that all was found and nothing invented; return the figures by flat names."""
    for kind, found in figures.items():
        assert found["detected"] == found["injected"], (kind, found)
        assert (found["false"], found["missed"]) == (0, 0), (kind, found)
    return {
        f"{kind}_{name}": found[name]
        for kind, found in figures.items()
        for name in ("injected", "detected", "organic", "false")
    }


def frozen_models(world: World) -> int:
    """Return how many single models were planted to stand still."""
    events = [e for e in world.table("events") if e["kind"] == "frozen"]
    return len({e["hub_key"] for e in events})


def test_planted_events_are_found_and_nothing_else_is(tmp_path: Path) -> None:
    simulation = Simulation(3, 4000, snapshots=9)
    # labels 6 and 7 are missing: three times the usual distance
    world = make_world(tmp_path, simulation, left_out=(6, 7))
    figures = judge(outcome(world, gaps=1))
    assert all(figures[f"{kind}_injected"] for kind in (*PLANTED.values(), "gap"))
    FIGURES.record("T6", **figures)
    # one model that stands still is nothing odd: no gate looks for it
    assert frozen_models(world)
    # nobody can crawl last year again: in imported history nothing blocks
    assert {severity for severity, _ in drops(world.release)} == {"warn"}


@pytest.mark.long
def test_planted_events_of_many_worlds_are_found(tmp_path: Path) -> None:
    plan = Plan(site_dips=3, site_freezes=2, developer_zeros=2, frozen=8, resets=40, spikes=30)
    total: dict[str, int] = defaultdict(int)
    below = 0
    seeds = (3, 7, 11, 19)
    for seed in seeds:
        simulation = Simulation(seed, 20_000, snapshots=19, plan=plan)
        folder = tmp_path / str(seed)
        world = make_world(folder, simulation, left_out=(16, 17), by_command=True)
        for name, number in judge(outcome(world, gaps=1)).items():
            total[name] += number
        zeros = [e for e in world.table("events") if e["kind"] == "developer_zero"]
        below += sum(e["value_before"] <= LIMITS.spike_floor for e in zeros)
        total["frozen_models_not_looked_for"] += frozen_models(world)
    FIGURES.record(
        "T6",
        long_worlds=len(seeds),
        long_developers_below_floor=below,
        **{f"long_{name}": number for name, number in total.items()},
    )
    assert total["single_model_spike_injected"] > 60


# A drop in a live series, and the same drop in history


def collect_label(store: Store, simulation: Simulation, label: date) -> None:
    """Crawl a label of a simulation on its own day."""
    clock = FixedClock(datetime.combine(label, time(hour=1), UTC))
    with FakeHub(simulation, label=label, clock=clock) as hub:
        collect(store, CollectRequest(read_endpoint(hub.url, LIMITS)), LIMITS, clock)


def drops(release: Path) -> list[tuple[str, str]]:
    """Return severity and later label of the global drops of a release."""
    found = pq.read_table(release / "incidents.parquet").to_pylist()
    return [(i["severity"], i["label_after"]) for i in found if i["kind"] == "global_drop"]


def test_a_drop_blocks_a_live_series_until_somebody_accepts_it(tmp_path: Path) -> None:
    simulation = Simulation(3, 1200, snapshots=3, step_days=1, plan=Plan.nothing(site_dips=1))
    first, fallen, _ = simulation.labels
    store = Store(tmp_path / "store")
    collect_label(store, simulation, first)
    calm = build_release(store, LIMITS).name
    collect_label(store, simulation, fallen)
    with pytest.raises(QualityError, match="1 incident"):
        build_release(store, LIMITS)
    # the last good release is still what readers get
    assert release_names(store) == [calm]
    (pending,) = read_pending(store)
    sums = [sum(n for _, n, _ in rows_at(simulation, d).values()) for d in (first, fallen)]
    assert pending["value_after"] <= sums[1] < 0.7 * sums[0]
    accept_incident(store, pending["incident_id"], "a simulated dip", fallen)
    accepted = build_release(store, LIMITS)
    assert drops(accepted.path) == [("block", str(fallen))]
    assert read_pending(store) == []
    FIGURES.record("T6", live_drops=1, live_releases_blocked=1)
