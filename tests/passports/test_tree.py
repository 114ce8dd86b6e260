"""Lineage of one model: chains, merges, cycles, references that lead nowhere, verdicts."""

from __future__ import annotations

from modelcensus.passports.passport import Lineage
from modelcensus.passports.read import read_passport
from modelcensus.passports.tree import steps_above
from modelcensus.releases.lookup import Lookup


def lineage(lookup: Lookup, model_id: str) -> Lineage:
    (found,) = read_passport(lookup, model_id).lineage
    return found


def test_a_chain_up_to_its_root(lookup: Lookup) -> None:
    found = lineage(lookup, "low/quant")
    assert [(r.model_id, r.steps, r.reading) for r in found.ancestors] == [
        ("mid/tune", 1, "declared"),
        ("top/root", 2, "declared"),
    ]
    assert {(e.child, e.relation, e.base, e.sources) for e in found.edges} == {
        ("mid/tune", "finetune", "top/root", ("tag",)),
        ("low/quant", "quantized", "mid/tune", ("tag",)),
    }
    assert {(r.reading, r.model_id, r.steps) for r in found.roots} == {
        ("declared", "top/root", 2),
        ("inferred", "top/root", 2),
    }


def test_terms_of_each_step_and_of_the_chain(lookup: Lookup) -> None:
    (step,) = lineage(lookup, "mid/tune").bases
    assert (step.verdict, step.duties) == (
        "fewer declared duties than the base",
        ("keeping notices",),
    )
    chain = lineage(lookup, "mid/tune").chain
    assert chain is not None
    assert (chain.ancestor, chain.steps, chain.duties) == ("top/root", 1, ("keeping notices",))
    assert chain.evidence


def test_a_merge_and_a_base_that_is_only_named(lookup: Lookup) -> None:
    found = lineage(lookup, "low/merge")
    assert [(r.model_id, r.is_observed) for r in found.ancestors] == [
        ("far/away", False),
        ("top/root", True),
    ]
    assert {r.credit for r in found.roots} == {0.5}


def test_a_cycle_ends(lookup: Lookup) -> None:
    found = lineage(lookup, "ring/one")
    assert [r.model_id for r in found.ancestors] == ["ring/two"]
    assert len(found.edges) == 2
    assert all(r.is_in_cycle for r in found.roots)


def test_a_path_is_kept_and_is_no_base(lookup: Lookup) -> None:
    found = lineage(lookup, "low/path")
    assert [(e.base, e.status) for e in found.bases] == [(None, "unresolvable_reference")]
    assert found.ancestors == ()
    gap = next(g for g in read_passport(lookup, "low/path").gaps if g.topic == "bases")
    assert "/home/of/somebody/x" in gap.text


def test_what_is_built_on_it(lookup: Lookup) -> None:
    found = lineage(lookup, "top/root")
    assert found.derivatives == (
        {"kind": "declared", "relation": "finetune", "models": 1},
        {"kind": "declared", "relation": "merge", "models": 1},
    )
    assert found.descendants == {"declared": 3, "inferred": 3}
    assert [(d.model_id, d.value) for d in found.largest] == [("mid/tune", 300), ("low/merge", 30)]


def test_below_a_model_that_is_no_root_the_walk_counts(lookup: Lookup) -> None:
    assert lineage(lookup, "mid/tune").descendants == {"declared": 1}
    assert not lineage(lookup, "mid/tune").is_cut


def test_steps_are_the_fewest() -> None:
    pairs = [(1, 2), (2, 3), (3, 4), (1, 4), (4, 1), (5, 6)]
    edges = [{"child_key": child, "parent_key": parent} for child, parent in pairs]
    assert steps_above(1, edges) == {2: 1, 4: 1, 3: 2}
    assert steps_above(6, edges) == {}
