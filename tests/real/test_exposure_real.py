"""What stands on one developer's bases in the radar list: counts that a second way gives, too."""

from __future__ import annotations

import pytest
from tests.real.conftest import RADAR

from modelcensus.measures.census import Census

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not RADAR.is_dir(), reason=f"the real data are not at {RADAR}"),
]


def test_direct_derivatives_of_alibaba_are_those_of_the_edges(radar: Census) -> None:
    """Direct by named bases: children of edges to a base of its that are shown, less its own."""
    figure = radar.exposure(without="developer:alibaba", reading="immediate")
    release = radar.release
    nodes = release.fetch(release.table("nodes")).to_pylist()
    mine = {n["node_key"] for n in nodes if n["developer"] == "alibaba"}
    edges = release.fetch(release.table("edges")).to_pylist()
    children = {
        e["child_key"]
        for e in edges
        if e["kind"] == "declared" and e["parent_key"] in mine and e["status"] != "self_reference"
    }
    last = release.frame_snapshots("sample:radar")[-1:]
    shown = set(release.fetch(release.observations(last))["model_key"].to_pylist())
    (direct,) = [r for r in figure if (r["standing"], r["relation"]) == ("direct", "any")]
    assert direct["models"] == len((children & shown) - mine) > 1000


def test_more_stand_on_it_through_copies_and_further_steps(radar: Census) -> None:
    low, high = radar.exposure(without="developer:alibaba").bounds["models"]
    least, most = radar.exposure(without="developer:alibaba", reading="immediate").bounds["models"]
    assert least < low < high < most
