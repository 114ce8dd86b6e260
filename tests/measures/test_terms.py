"""Licences, duties and changes of terms over the world of tests/terms_world.py."""

from __future__ import annotations

from typing import Any

import pytest
from tests.terms_world import LABELS

from modelcensus.contracts.figure import Figure
from modelcensus.errors import ContractError, UnknownName
from modelcensus.lineage.duties import (
    COMPATIBLE,
    DISAGREE,
    FEWER,
    NOT_LEGAL_ADVICE,
    UNKNOWN_TERMS,
    VERDICTS,
)
from modelcensus.measures.census import Census
from modelcensus.measures.terms import is_permissive


@pytest.fixture
def world(terms: Census) -> Census:
    return terms


def table(world: Census, name: str, key: str) -> dict[Any, dict[str, Any]]:
    """Return rows of a table of the frame hub by the id of a node."""
    nodes = world.release.table("nodes").select("node_key", "model_id")
    names = {r["node_key"]: r["model_id"] for r in world.release.fetch(nodes).to_pylist()}
    rows = world.release.fetch(world.release.table(name)).to_pylist()
    ends = ("child_key", "parent_key", "model_key", "ancestor_key")
    named = [r | {e: names[r[e]] for e in ends if e in r} for r in rows if r["frame"] == "hub"]
    return {row[key]: row for row in named}


def test_every_edge_to_another_model_has_its_verdict(world: Census) -> None:
    found = table(world, "terms", "child_key")
    verdicts = {child: (row["verdict"], row["duties"]) for child, row in found.items()}
    assert verdicts == {
        "maple/step": (COMPATIBLE, []),
        "wild/twig": (FEWER, ["scale_threshold"]),
        "wild/leaf": (FEWER, ["notice_duty"]),
        "wild/fruit": (DISAGREE, ["commercial_use"]),
        "wild/seed": (COMPATIBLE, []),
        "wild/bare": (UNKNOWN_TERMS, []),
        "wild/odd": (UNKNOWN_TERMS, []),
        "wild/lost": (UNKNOWN_TERMS, []),
        "wild/far": (FEWER, ["scale_threshold"]),
    }  # wild/self names itself: no edge to anything


def test_licences_classes_and_rows_stand_beside_the_verdict(world: Census) -> None:
    found = table(world, "terms", "child_key")

    def side(child: str, name: str) -> tuple[Any, ...]:
        row = found[child]
        return tuple(row[f"{name}_licence{what}"] for what in ("", "_class", "_row"))

    assert side("wild/twig", "child") == ("mit", "L1", "licences:mit")
    assert side("wild/twig", "parent") == ("own", "L5", "licences:own")
    assert side("wild/bare", "child") == (None, "L9", "")
    assert side("wild/odd", "child") == (None, "L8", "")
    assert side("wild/lost", "parent") == (None, None, "")
    # where the same frame does not show the base, another frame says what it declares ...
    assert side("wild/far", "parent") == ("own", "L5", "licences:own")
    # ... and where it does, the other frame is not asked: there wild/twig declares nc
    assert side("wild/leaf", "parent") == ("mit", "L1", "licences:mit")


def test_a_chain_is_judged_beside_every_ancestor(world: Census) -> None:
    found = table(world, "chains", "model_key")
    said = {
        model: (row["verdict"], row["ancestor_key"], row["steps"], row["duties"])
        for model, row in found.items()
    }
    assert said["wild/seed"] == (DISAGREE, "base/nc", 2, ["commercial_use"])
    assert said["wild/leaf"] == (FEWER, "wild/twig", 1, ["notice_duty"])
    assert said["wild/twig"] == (FEWER, "maple/step", 1, ["scale_threshold"])
    assert said["maple/step"] == (COMPATIBLE, "maple/root", 1, [])
    assert said["wild/lost"][0] == UNKNOWN_TERMS
    assert found["wild/seed"]["ancestor_licence_row"] == "licences:nc"
    assert set(found) == set(table(world, "terms", "child_key"))


def counts(figure: Figure, kind: str) -> dict[str, int]:
    return {r["verdict"]: r["count"] for r in figure if r["kind"] == kind}


def test_duties_counts_edges_unequal_pairs_and_chains(world: Census) -> None:
    figure = world.duties()
    assert counts(figure, "edges") == {DISAGREE: 1, FEWER: 3, UNKNOWN_TERMS: 3, COMPATIBLE: 2}
    # both ends in the frame, both strings declared, not equal: twig, leaf, fruit, odd
    unequal = {DISAGREE: 1, FEWER: 2, UNKNOWN_TERMS: 1, COMPATIBLE: 0}
    assert counts(figure, "unequal strings") == unequal
    assert counts(figure, "chains") == {DISAGREE: 2, FEWER: 3, UNKNOWN_TERMS: 3, COMPATIBLE: 1}
    assert figure.coverage["edges"] == 9
    assert figure.coverage["unequal_strings"] == 4
    assert figure.bounds["disagree_or_fewer_in_the_frame"] == [4 / 9, 7 / 9]
    missing = {r["duties"][0]: r["count"] for r in figure if r["kind"] == "duties"}
    assert missing == {"scale_threshold": 2, "commercial_use": 1, "notice_duty": 1}
    assert "1 of these only beside an ancestor further up" in figure.finding


def test_duties_by_class_and_by_licence_say_why(world: Census) -> None:
    figure = world.duties()
    classes = {
        (r["base"], r["derivative"], r["verdict"]): r["count"]
        for r in figure
        if r["kind"] == "classes"
    }
    assert classes["L5", "L1", FEWER] == 2
    assert classes["L5", "L9", UNKNOWN_TERMS] == 1
    assert classes["(not collected)", "L1", UNKNOWN_TERMS] == 1
    assert sum(classes.values()) == 9
    licences = [r for r in figure if r["kind"] == "licences"]
    assert sum(r["count"] for r in licences) == 9
    grades = [VERDICTS.index(r["verdict"]) for r in licences]
    assert grades == sorted(grades)
    first = licences[0]
    assert (first["base"], first["derivative"]) == ("nc", "mit")
    assert (
        first["reason"] == "nc withholds commercial use from derivatives, too, and mit grants it."
    )
    assert {r["base"] for r in licences} >= {"own", "(not collected)"}


def test_duties_of_a_population_are_about_its_models_only(world: Census) -> None:
    figure = world.duties(population="young:55")  # created from 2031-02-05
    assert figure.coverage["edges"] == 3  # odd, lost, far
    assert counts(figure, "edges")[FEWER] == 1


def cells(figure: Figure, group: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (r["kind"], r["terms"]): (r["value"], r["share"], r["share_at_most"])
        for r in figure
        if r["group"] == group
    }


def test_licences_of_all_models(world: Census) -> None:
    found = cells(world.licences(by="total"), "all models")
    # 12 models: mit 6, own 2, cc0 1, nc 1, none 1, unread 1
    assert found["class", "L1"] == (6, 6 / 12, 8 / 12)
    assert found["class", "L3"] == (1, 1 / 12, 3 / 12)
    assert found["class", "L8"] == (1, 1 / 12, None)
    assert found["class", "L9"] == (1, 1 / 12, None)
    assert ("class", "L2") not in found
    assert found["permissive", "strict"] == (6, 6 / 12, 8 / 12)
    assert found["permissive", "broad"] == (7, 7 / 12, 9 / 12)
    assert found["duty", "scale_threshold"] == (2, 2 / 12, 4 / 12)
    assert found["duty", "commercial_use"] == (9, 9 / 12, 11 / 12)
    assert found["access", "gated"] == (1, 1 / 12, 1 / 12)


def test_licences_by_downloads_and_by_country(world: Census) -> None:
    figure = world.licences("IS", by="country", metric="downloads_30d")
    found = cells(figure, "IS")
    assert found["class", "L5"] == (150, 1.0, 1.0)
    assert found["permissive", "strict"] == (0, 0.0, 0.0)
    assert found["access", "gated"] == (100, 100 / 150, 100 / 150)
    assert {r["group"] for r in figure} == {"IS", "unknown"}
    assert figure.coverage["undeclared_share"] == 3 / 230
    assert figure.coverage["unread_share"] == 2 / 230
    assert figure.coverage["not_asked_share"] == 0
    (row,) = figure.sensitivity["contested_rows"]
    assert (row["row_id"], row["alternatives"], row["share"]) == ("licences:own", ["L4"], 150 / 230)


def test_class_shares_of_every_group_sum_to_one(world: Census) -> None:
    for by in ("country", "developer", "developer_type", "family", "created_month", "total"):
        figure = world.licences(by=by)
        for group in {r["group"] for r in figure}:
            shares = [r["share"] for r in figure if (r["group"], r["kind"]) == (group, "class")]
            assert sum(shares) == pytest.approx(1), (by, group)


def test_months_of_creation_are_groups_of_a_listing_and_not_of_a_sample(world: Census) -> None:
    figure = world.licences(by="created_month")
    assert {r["group"] for r in figure} == {"2030-12", "2031-01", "2031-02"}
    assert cells(figure, "2031-01")["permissive", "strict"][:2] == (1, 0.5)
    with pytest.raises(ContractError, match="no trend is read from sample:else"):
        world.licences(by="created_month", frame="sample:else")
    with pytest.raises(ContractError, match="no trend is read from sample:else"):
        world.share(by="created_month", frame="sample:else")


def test_licences_as_of_the_first_listing(world: Census) -> None:
    found = cells(world.licences(by="total", period="2031-03-20"), "all models")
    assert found["class", "L5"][0] == 3  # wild/twig was under `own` then
    assert found["class", "L9"][0] == 2


@pytest.mark.parametrize("measure", ["licences", "licence_changes", "duties"])
def test_a_frame_without_licences_is_refused_and_others_are_named(
    world: Census, measure: str
) -> None:
    with pytest.raises(ContractError) as caught:
        getattr(world, measure)(frame="panel:mute")
    assert "hub" in caught.value.next_step
    with pytest.raises(UnknownName):
        getattr(world, measure)(frame="panel:nowhere")


def test_an_interval_and_the_base_lens_are_refused(world: Census) -> None:
    with pytest.raises(ContractError, match="cannot be summed"):
        world.licences(period="all")
    with pytest.raises(ContractError, match="declared by a model"):
        world.licences(lens="base")


def test_changes_between_the_listings(world: Census) -> None:
    figure = world.licence_changes()
    before, after = LABELS
    assert figure.records() == [
        change("maple/root", "gated", "false", "auto"),
        change("wild/odd", "licence_tag", None, "never-read"),
        change("wild/twig", "licence_tag", "own", "mit"),
        change("wild/twig", "licence", "own", "mit"),
    ]
    assert {r["label_before"] for r in figure} == {before}
    assert {r["label_after"] for r in figure} == {after}
    assert figure.coverage["models_changed"] == 3
    assert figure.coverage["models_in_two_snapshots"] == 11  # wild/seed is new
    assert figure.coverage["changes"] == {
        "licence_tag": 2,
        "licence_name": 0,
        "licence": 1,
        "gated": 1,
    }
    assert figure.coverage["tags_after_none"] == 1


def change(model: str, what: str, before: str | None, after: str | None) -> dict[str, Any]:
    labels = {"label_before": LABELS[0], "label_after": LABELS[1]}
    return {"model": model} | labels | {"what": what, "before": before, "after": after}


def test_one_snapshot_has_no_changes(world: Census) -> None:
    with pytest.raises(ContractError, match="between two snapshots"):
        world.licence_changes(period="2031-03")
    with pytest.raises(ContractError, match="between two snapshots"):
        world.licence_changes(frame="sample:else")


@pytest.mark.parametrize("measure", ["licences", "duties", "licence_changes"])
def test_every_figure_says_what_it_is_not_and_accuses_nobody(world: Census, measure: str) -> None:
    figure = getattr(world, measure)()
    assert any(NOT_LEGAL_ADVICE in caveat for caveat in figure.caveats)
    text = figure.to_json().lower()
    assert not any(word in text for word in ("breach", "violat", "infring", "illegal"))


@pytest.mark.parametrize(
    ("licence_class", "slug", "strict", "broad"),
    [
        ("L1", "mit", True, True),
        ("L3", "cc0-1.0", False, True),
        ("L3", "cc-by-4.0", False, True),
        ("L3", "cdla-permissive-2.0", False, True),
        ("L3", "cc-by-sa-4.0", False, False),
        ("L6", "cc-by-nc-4.0", False, False),
        ("L3", "odc-by", False, False),
    ],
)
def test_what_is_permissive(licence_class: str, slug: str, strict: bool, broad: bool) -> None:
    assert is_permissive(licence_class, slug, broad=False) is strict
    assert is_permissive(licence_class, slug, broad=True) is broad
