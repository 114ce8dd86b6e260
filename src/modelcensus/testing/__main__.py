"""Serves a fake Hub, or a scripted endpoint, from a process of its own.

    python -m modelcensus.testing --models 300000
    python -m modelcensus.testing --endpoint --port 8931

Prints its URL as the first line and ends when its standard input does.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from modelcensus.testing.fake_hub.churn import Churn
from modelcensus.testing.fake_hub.hub import FakeHub
from modelcensus.testing.scripted_endpoint import ScriptedEndpoint
from modelcensus.testing.simulator.simulation import Simulation


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until standard input ends; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m modelcensus.testing", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="same seed, same models")
    parser.add_argument("--models", type=int, default=20_000, help="how many are created")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--quota", type=int, default=None, help="requests allowed in a window")
    parser.add_argument("--window", type=float, default=300, help="seconds of a window")
    parser.add_argument("--churn", action="store_true", help="let the listing move")
    parser.add_argument("--warm", metavar="QUERY", help="make all rows for this query first")
    parser.add_argument("--endpoint", action="store_true", help="serve an endpoint, not a hub")
    parser.add_argument("--port", type=int, default=0, help="port of the endpoint")
    chosen = parser.parse_args(arguments)
    if chosen.endpoint:
        with ScriptedEndpoint(port=chosen.port, latency_s=chosen.latency) as endpoint:
            print(endpoint.url, flush=True)
            sys.stdin.read()
        return 0
    hub = FakeHub(
        Simulation(chosen.seed, chosen.models),
        quota=chosen.quota,
        window_s=chosen.window,
        latency_s=chosen.latency,
        churn=Churn() if chosen.churn else None,
        cache_rows=2 * chosen.models if chosen.warm else 65_536,
    )
    with hub:
        if chosen.warm:
            hub.warm(chosen.warm)
        print(hub.url, flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
