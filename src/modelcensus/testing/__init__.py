"""Seams for tests, as a product: a Hub that is not real, a clock that stands still, figures kept.

Nothing in here is measured anywhere: names are invented, numbers are drawn, and everything it
writes or serves says that it is simulated. Same seed, same bytes.

    FixedClock(start=2026-01-01T00:00Z)             now(), sleep(s), advance(s), set(t), .slept
    Simulation(seed, models, *, start, snapshots, step_days, plan)
        .labels                                     days, one per snapshot
        .state(label)                               pyarrow table of raw Hub rows
        .blocks(label)                              the same, block by block, for large worlds
        .api_records(label), .api_lines(label)      dicts, JSON texts as the API gives them
        .write_hub_stats(path, label)               Parquet in the shape of hub-stats
        .write_truth(folder)                        truth tables + overlay of registers
        .rows(label)                                what a FakeHub serves
    FakeHub(rows, *, label=None, clock=SystemClock(), quota=None, window_s=300, latency_s=0,
            churn=None, page_faults={}, request_faults={}, max_limit=1000, compress=False)
        rows: a Simulation, a list of records, or the path of a JSON array (served byte for byte)
        as a context manager: .url, .requests, .pages_served, .honeypot.requests, .tokens_seen(),
        .alive_throughout() -> {_id}, .alive_now() -> {_id: id}, .changes, .inserted, .mutated
    Fault(kind, times=1, rows=1, field="downloads", seconds=..., ...)
        kinds: see `modelcensus.testing.fake_hub.fault.KINDS`
        page_faults={3: "reset"}            the first answer to page 3 (k-th distinct cursor)
        page_faults={3: Fault("500", times=2)}, {3: ["500", "truncated"]} (one after the other)
        request_faults={7: "silence"}       the 7th listing request, whatever it asks for
    Churn(seed=1, moves=0.02, births=3, deletions=1, renames=1, hidden=1)   after every page
    ScriptedEndpoint(script=read_once, *, tools="called", failures={}, retry_after_s=0, port=0,
                     latency_s=0)
        an OpenAI-compatible endpoint without weights; as a context manager: .url, .requests,
        .answered, .failed, .keys_seen(); tools: called, refused or ignored
        failures={7: 429}                       the 7th request is answered with that status
    FaultFigures(path="build/faults.json").record("T1", pages_passed=..., extra_requests=...)

The hub's cursor has the form of the real one (base64 of a MongoDB-like condition on sort key and
`_id`), but clients must not build cursors. Every answer carries `X-Simulated`, and hub-stats
files carry the Parquet key `modelcensus.simulated`: readers must mark what they make of it.

`python -m modelcensus.testing --models 300000 --latency 0.005` serves a hub from another process
and prints its URL, `python -m modelcensus.testing --endpoint --port 8931` an endpoint; either ends
when its standard input does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelcensus.testing.clock import FixedClock as FixedClock
    from modelcensus.testing.fake_hub.churn import Churn as Churn
    from modelcensus.testing.fake_hub.fault import Fault as Fault
    from modelcensus.testing.fake_hub.hub import FakeHub as FakeHub
    from modelcensus.testing.faults import FaultFigures as FaultFigures
    from modelcensus.testing.scripted_endpoint import ScriptedEndpoint as ScriptedEndpoint
    from modelcensus.testing.simulator.plan import Plan as Plan
    from modelcensus.testing.simulator.simulation import Simulation as Simulation

_HOMES = {
    "Churn": "fake_hub.churn",
    "FakeHub": "fake_hub.hub",
    "Fault": "fake_hub.fault",
    "FaultFigures": "faults",
    "FixedClock": "clock",
    "Plan": "simulator.plan",
    "ScriptedEndpoint": "scripted_endpoint",
    "Simulation": "simulator.simulation",
}
__all__ = [
    *("Churn", "FakeHub", "Fault", "FaultFigures", "FixedClock", "Plan", "ScriptedEndpoint"),
    "Simulation",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for.

    Raises:
        AttributeError: there is no such name.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
