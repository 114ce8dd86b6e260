"""The graph around a model: steps up and down, what is put together, cycles, what nobody tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crowd import FRAME, base, build_crowd
from tests.small_store import put, state

from modelcensus.errors import QueryError, SettingsError, UnknownName
from modelcensus.passports.lineage_graph import (
    DRAWN,
    LineageGraph,
    Reach,
    Rest,
    fair_shares,
    read_graphs,
)
from modelcensus.releases.build import build_release
from modelcensus.releases.lookup import Lookup, open_lookup
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

EVERYTHING = Reach(None, None)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lookup]:
    opened = open_lookup(build_crowd(tmp_path_factory.mktemp("crowd")))
    yield opened
    opened.close()


def graph(lookup: Lookup, model_id: str, reach: Reach = EVERYTHING) -> LineageGraph:
    (found,) = read_graphs(lookup, model_id, reach)
    return found


def layers(found: LineageGraph) -> dict[str, int]:
    return {m.model_id: m.layer for m in found.members}


def test_layers_are_the_fewest_steps_up_and_down(lookup: Lookup) -> None:
    assert layers(graph(lookup, "mid/tune")) == {"top/root": -1, "mid/tune": 0, "low/quant": 1}
    found = graph(lookup, "top/root")
    assert layers(found) == {"top/root": 0, "mid/tune": 1, "low/merge": 1, "low/quant": 2}
    assert [m.model_id for m in found.members] == [
        "top/root",
        "mid/tune",  # 300 downloads
        "low/merge",  # 30
        "low/quant",
    ]
    assert (found.rests, found.is_limited, found.is_told, found.is_known) == ((), False, True, True)


@pytest.mark.parametrize(
    ("model_id", "reach", "expected"),
    [
        ("low/quant", Reach(), {"top/root": -2, "mid/tune": -1, "low/quant": 0}),
        ("low/quant", Reach(up=1), {"mid/tune": -1, "low/quant": 0}),
        ("low/quant", Reach(up=0), {"low/quant": 0}),
        ("top/root", Reach(), {"top/root": 0, "mid/tune": 1, "low/merge": 1}),
        ("top/root", Reach(down=0), {"top/root": 0}),
        ("top/root", Reach(down=9), {"top/root": 0, "mid/tune": 1, "low/merge": 1, "low/quant": 2}),
    ],
)
def test_a_graph_goes_as_far_as_is_asked(
    lookup: Lookup, model_id: str, reach: Reach, expected: dict[str, int]
) -> None:
    found = graph(lookup, model_id, reach)
    assert layers(found) == expected
    assert found.rests == (), "what lies beyond the steps asked for was not asked for"


def test_depth_stands_for_both_and_gives_way() -> None:
    assert Reach.asked(None, None, None) == Reach(None, 1)
    assert Reach.asked(None, None, 3) == Reach(3, 3)
    assert Reach.asked(0, None, 3) == Reach(0, 3)
    assert Reach.asked(None, 0, 3) == Reach(3, 0)
    assert Reach.asked(2, None, None) == Reach(2, 1)


@pytest.mark.parametrize("asked", [(-1, None, None), (None, -1, None), (None, None, -1)])
def test_less_than_no_steps_is_refused(asked: tuple[int | None, ...]) -> None:
    with pytest.raises(SettingsError, match="-1 is no number of steps"):
        Reach.asked(*asked)


def test_what_is_known_of_a_member(lookup: Lookup) -> None:
    found = graph(lookup, "low/merge")
    root, away = (
        next(m for m in found.members if m.model_id == i) for i in ("top/root", "far/away")
    )
    assert (root.developer, root.country, root.licence, root.licence_class) == (
        "top-lab",
        "IS",
        "keep-notices",
        "L1",
    )
    assert (root.downloads, root.is_observed, root.layer) == (1000, True, -1)
    assert (away.developer, away.downloads, away.is_observed) == ("unknown", None, False)
    (step,) = (e for e in graph(lookup, "mid/tune").edges if e.child == "mid/tune")
    assert (step.base, step.relation, step.kind) == ("top/root", "finetune", "declared")
    assert (step.verdict, step.duties) == (
        "fewer declared duties than the base",
        ("keeping notices",),
    )


def test_a_cycle_ends_and_keeps_both_edges(lookup: Lookup) -> None:
    found = graph(lookup, "ring/one")
    assert layers(found) == {"ring/two": -1, "ring/one": 0}
    assert {(e.child, e.base) for e in found.edges} == {
        ("ring/one", "ring/two"),
        ("ring/two", "ring/one"),
    }
    assert found.rests == ()


def test_a_reference_to_no_repository_is_an_edge_to_nowhere(lookup: Lookup) -> None:
    (edge,) = graph(lookup, "low/path").edges
    assert (edge.base, edge.reference) == (None, "/home/of/somebody/x")
    assert graph(lookup, "low/path", Reach(up=0)).edges == ()


def test_of_a_natural_person_nothing_is_said(lookup: Lookup) -> None:
    found = graph(lookup, "solo/thing")
    (member,) = found.members
    assert (member.developer, member.country) == ("unknown", "unknown")
    assert (member.downloads, found.edges, found.is_told, found.is_known) == (5, (), False, True)


def test_a_removed_model_is_called_so(lookup: Lookup) -> None:
    assert graph(lookup, "gone/away").members[0].is_removed


def test_the_largest_stay_and_the_rest_is_counted(crowd: Lookup) -> None:
    found = graph(crowd, "hub/base", Reach())
    names = [m.model_id for m in found.members]
    # 201 stand on it: the copy and c000 to c147 fill the room beside it
    assert names == ["hub/base", "repack/base-8bit", *(f"wild/c{n:03}" for n in range(148))]
    assert len(names) == DRAWN
    # c148 to c199 are left: c148, c152, ... c196 are adapters
    assert found.rests == (
        Rest("hub/base", False, "declared", 52, (("quantized", 39), ("adapter", 13))),
    )
    assert found.hidden == 52
    assert not found.is_limited


def test_every_level_has_its_share_of_the_room(crowd: Lookup) -> None:
    found = graph(crowd, "hub/base", Reach(down=2))
    below = [m.model_id for m in found.members if m.layer == 2]
    # five stand on the second step; the way to grand/of-last, the largest, is not drawn
    assert below == ["grand/of-first-0", "grand/of-first-1", "grand/of-first-2", "wild/on-a-copy"]
    assert sum(m.layer == 1 for m in found.members) == DRAWN - 1 - 5
    # c143 to c199: c144, c148, ... c196 are adapters
    assert found.rests == (
        Rest("hub/base", False, "declared", 57, (("quantized", 43), ("adapter", 14))),
    )


def test_what_nobody_declares_is_called_inferred(crowd: Lookup) -> None:
    found = graph(crowd, "repack/base-8bit", Reach(down=0))
    (edge,) = found.edges
    assert (edge.base, edge.relation, edge.kind) == ("hub/base", "same_model", "inferred")
    assert (edge.rule, edge.confidence) == ("copy of a model that was observed", "medium")
    assert found.is_simulated
    assert found.frame == FRAME


def test_a_walk_that_ends_at_the_setting_says_so(crowd: Lookup) -> None:
    (found,) = read_graphs(crowd, "hub/base", Reach(), settings=Settings(passport_models=10))
    assert len(found.members) == 11
    assert found.is_limited
    # the copy and c000 to c008 are drawn: what is not is counted all the same
    assert found.hidden == 191


def test_shares_of_a_room() -> None:
    assert fair_shares([201], 149) == [149]
    assert fair_shares([201, 5], 149) == [144, 5]
    assert fair_shares([100, 3, 100], 103) == [50, 3, 50]
    assert fair_shares([1, 2], 149) == [1, 2]
    assert fair_shares([], 149) == []
    assert sum(fair_shares([9, 9, 9], 10)) == 10


def test_a_frame_by_name(lookup: Lookup) -> None:
    (found,) = read_graphs(lookup, "mid/tune", EVERYTHING, frame="sample:trees")
    assert found == graph(lookup, "mid/tune")
    with pytest.raises(UnknownName, match="no frame named 'sample:tree'") as unknown:
        read_graphs(lookup, "mid/tune", EVERYTHING, frame="sample:tree")
    assert list(unknown.value.nearest) == ["sample:trees"]
    with pytest.raises(QueryError, match="does not tell what its models are built on"):
        read_graphs(lookup, "mid/tune", EVERYTHING, frame="panel:count")


def test_every_frame_that_tells_of_a_model_has_a_graph(tmp_path: Path) -> None:
    """In the frame `one` it is built on own/a, in `two` on own/b; `three` tells of other models."""
    told = {"sample:one": ("own/m", "own/a"), "sample:two": ("own/m", "own/b")}
    told["sample:three"] = ("own/b", "own/a")
    states = [
        state("2031-02-01", [{"id": child, "base_models": [base("merge", on)]}], frame=frame)
        for frame, (child, on) in told.items()
    ]
    store = put(Store(tmp_path), *states)
    build_release(store, Settings())
    lookup = open_lookup(store)
    found = read_graphs(lookup, "own/m", EVERYTHING)
    (other,) = read_graphs(lookup, "own/m", EVERYTHING, frame="sample:three")
    lookup.close()
    assert [(one.frame, layers(one)) for one in found] == [
        ("sample:one", {"own/a": -1, "own/m": 0}),
        ("sample:two", {"own/b": -1, "own/m": 0}),
    ]
    assert found[0].metric == "", "nothing is counted here"
    assert (layers(other), other.is_known, other.is_told) == ({"own/m": 0}, False, False)


def test_an_unknown_model_has_nearest_names(lookup: Lookup) -> None:
    with pytest.raises(UnknownName) as unknown:
        read_graphs(lookup, "mid/tun", EVERYTHING)
    assert "mid/tune" in unknown.value.nearest


def test_a_former_name_leads_to_the_model(lookup: Lookup) -> None:
    (found,) = read_graphs(lookup, "oldtop/root", EVERYTHING)
    assert found.model_id == "top/root"
