"""Derivatives, matrix, edges, drift, base lens on the invented tree: values by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.tree import FRAME, MONTH, RECORDS, build_tree, record

from modelcensus.contracts.figure import Figure
from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.census import Census

SEVEN = 7
"""New fine-tunes by others than the base's developer; the ring is one account's own."""


def shares(figure: Figure, column: str = "share_of_all") -> dict[str, float]:
    return {row["group"]: row[column] for row in figure}


def readings(figure: Figure) -> dict[str, dict[str, float]]:
    return {r["reading"]: r["shares"] for r in figure.sensitivity["readings"]}


@pytest.fixture(scope="module")
def figure(tree: Census) -> Figure:
    return tree.derivatives(period=MONTH)


def test_three_readings_stand_side_by_side(figure: Figure) -> None:
    rows = {row["group"]: row for row in figure}
    assert rows["IS"]["share_immediate"] == pytest.approx(1 / SEVEN)
    assert rows["IS"]["share_declared"] == pytest.approx(1 / SEVEN)
    assert rows["IS"]["share_inferred"] == pytest.approx(3 / SEVEN)
    assert rows["PT"]["share_declared"] == 0
    assert rows["PT"]["share_inferred"] == pytest.approx(2 / SEVEN)
    assert rows["unknown"]["share_inferred"] == pytest.approx(2 / SEVEN)


def test_credits_add_up_to_the_derivatives(figure: Figure) -> None:
    assert figure.coverage["models"] == SEVEN
    assert sum(row["value"] for row in figure) == pytest.approx(SEVEN)
    assert sum(row["share_of_all"] for row in figure) == pytest.approx(1)
    known = [row["share_of_attributed"] for row in figure if row["group"] != "unknown"]
    assert sum(known) == pytest.approx(1)


def test_the_finding_says_all_of_it(figure: Figure) -> None:
    assert "Of 7 new fine-tunes created in 2031-03" in figure.finding
    assert "42.9 % stand on models made by developers based in Iceland" in figure.finding
    assert "by the named bases 14.3 % and 0.0 %" in figure.finding
    assert "the base of 28.6 % is unknown" in figure.finding


def test_coverage_counts_what_is_left_apart(figure: Figure) -> None:
    # the ring of one account, and alder's own fine-tune of alder's model
    assert figure.coverage["with_same_developer"] == SEVEN + 3
    assert figure.coverage["some_base_unresolvable"] == 1
    assert figure.coverage["with_unspecified_relation"] == 1
    assert figure.coverage["unknown_share"] == pytest.approx(2 / SEVEN)


def test_every_other_reading_is_stated(figure: Figure) -> None:
    found = readings(figure)
    assert found["as defined"]["IS"] == pytest.approx(3 / 7)
    # more than 5 downloads: ft1, moved (IS), cased (PT)
    assert found["with more than 5 downloads"]["IS"] == pytest.approx(2 / 3)
    # more than 50: ft1 (IS), cased (PT)
    assert found["with more than 50 downloads"] == {"IS": 0.5, "PT": 0.5}
    # 20 parameters on a base of 7: ft1 is left out
    assert found["bases of plausible size only"]["IS"] == pytest.approx(2 / 6)
    # all of them are of one account: it counts once, divided as its models are
    assert found["each account counted once"]["IS"] == pytest.approx(3 / 7)
    # any relation: + merged (half IS, half PT), card (PT), old (IS); small is of its base's account
    assert found["derivatives of any relation"]["IS"] == pytest.approx(4.5 / 10)
    assert found["the base's own developer counted"]["IS"] == pytest.approx(4 / 10)
    # who converts is based in NO: what stands on its copies stands there
    assert found["by the named bases, redistributors read as their makers"] == {
        "IS": pytest.approx(1 / 7),
        "PT": 0,
    }


def test_full_counting_gives_each_base_a_whole_credit(tree: Census) -> None:
    divided = tree.derivatives(period=MONTH, relation="merge")
    whole = tree.derivatives(period=MONTH, relation="merge", counting="full")
    assert {r["group"]: r["value"] for r in divided} == {"IS": 0.5, "PT": 0.5}
    assert {r["group"]: r["value"] for r in whole} == {"IS": 1, "PT": 1}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"by": "family"}, {"aspen": 2 / 7, "beech": 2 / 7, "unassigned": 1 / 7, "unknown": 2 / 7}),
        ({"by": "developer", "reading": "declared"}, {"alder-lab": 1 / 7, "unknown": 6 / 7}),
        ({"threshold": "50"}, {"IS": 0.5, "PT": 0.5}),
        ({"same_developer": "counted", "reading": "declared"}, {"IS": 2 / 10, "unknown": 8 / 10}),
    ],
)
def test_other_definitions(
    tree: Census, values: dict[str, str], expected: dict[str, float]
) -> None:
    found = {g: s for g, s in shares(tree.derivatives(period=MONTH, **values)).items() if s}
    assert found == pytest.approx(expected)


def test_subjects_are_listed_with_the_unknown(tree: Census) -> None:
    assert list(shares(tree.derivatives("Portugal", period=MONTH))) == ["PT", "unknown"]
    with pytest.raises(UnknownName):
        tree.derivatives("XX", period=MONTH)


@pytest.mark.parametrize(
    ("period", "what"),
    [
        ("2031-03-05", "is a moment"),
        ("2031-02..2031-03", "no trend is read from"),
        ("all", "no trend is read from"),
        ("2032-01", "ends before"),
    ],
)
def test_what_cannot_be_asked(tree: Census, period: str, what: str) -> None:
    with pytest.raises(ContractError, match=what):
        tree.derivatives(period=period)


def test_a_month_without_any_says_so(tree: Census) -> None:
    figure = tree.derivatives(period="2031-01")
    assert list(figure) == []
    assert figure.finding.startswith("No new fine-tunes were created in 2031-01")


def test_a_release_without_lineage_refuses(census: Census) -> None:
    with pytest.raises(ContractError, match="no frame of this release tells"):
        census.derivatives()
    with pytest.raises(ContractError, match="does not tell what its models are built on"):
        census.share(by="country", lens="base", frame="panel:grove")


def test_who_builds_on_whom(tree: Census) -> None:
    figure = tree.matrix(period=MONTH)
    found = {(r["maker"], r["base"]): r["value"] for r in figure}
    # IS: ft1, ft2, moved, old and half of merged; PT: cased, tiny, card and the other half
    assert found == {("unknown", "IS"): 4.5, ("unknown", "PT"): 3.5, ("unknown", "unknown"): 2}
    own = tree.matrix(period=MONTH, same_developer="counted")
    assert {(r["maker"], r["base"]): r["value"] for r in own}[("IS", "IS")] == 1
    assert own.sensitivity["same_group_share_of_known"] == 1


def test_edges_by_relation(tree: Census) -> None:
    figure = tree.edges()
    assert figure.coverage["typed_edges"] == 15
    assert figure.coverage["most_bases"] == 2
    assert figure.coverage["models_on_cycles"] == 2
    assert figure.coverage["card_or_untyped_only"] == 1
    assert "1 lead to the model itself and 2 name no repository" in figure.finding
    declared = [r for r in figure if r["kind"] == "declared" and r["relation"] == "finetune"]
    assert sum(r["edges"] for r in declared) == 11


def test_the_base_lens_divides_a_count_among_bases(tree: Census) -> None:
    figure = tree.share(by="country", lens="base")
    values = {row["group"]: row["value"] for row in figure}
    # IS: aspen-7b 1000, its chat 200, the copy of the chat 30, ft1 100, ft2 3, moved 6, small 40,
    # old 1 and half of merged 10; PT: beech-large 500, cased 60, tiny 1, card 8, half of merged
    assert values["IS"] == 1000 + 200 + 30 + 100 + 3 + 6 + 40 + 1 + 5
    assert values["PT"] == 500 + 60 + 1 + 8 + 5
    assert figure.coverage["models"] == len(RECORDS)
    assert sum(row["share_of_all"] for row in figure) == pytest.approx(1)
    own = tree.share(by="country")
    assert {r["group"]: r["value"] for r in own}["IS"] == 1200


def test_copies_count_for_their_originals_and_the_largest_is_named(tree: Census) -> None:
    """repack/aspen-chat-8bit (30) is recognised as a copy of alder/aspen-chat."""
    own = {r["group"]: r["value"] for r in tree.share(by="country")}
    figure = tree.share(by="country", roll_up="formats")
    rolled = {r["group"]: r["value"] for r in figure}
    assert own == {"IS": 1200, "PT": 500, "unknown": 264}
    assert rolled == {"IS": 1230, "PT": 500, "unknown": 234}
    (moved,) = figure.sensitivity["moved_copies"]
    assert (moved["model_id"], moved["from"], moved["to"], moved["value"]) == (
        "repack/aspen-chat-8bit", "unknown", "IS", 30,
    )  # fmt: skip
    assert moved["shares"]["IS"] == pytest.approx(1200 / 1964)
    assert any("repack/aspen-chat-8bit (30), counts for IS" in text for text in figure.caveats)
    # wild/small (40) says nothing of its size and is a copy of wild/ft1, which does
    sizes = {r["group"]: r["value"] for r in tree.share(by="size_class", roll_up="formats")}
    assert sizes == {"<1B": 1600 + 40, "unknown": 364 - 40}


def test_the_base_lens_caps_models_before_it_divides(tree: Census) -> None:
    capped = tree.share(by="country", lens="base", outliers="cap:8")
    values = {row["group"]: row["value"] for row in capped}
    assert values["PT"] == 8 + 8 + 1 + 8 + 4


@pytest.mark.parametrize(
    ("question", "what"),
    [
        (lambda c: c.share(by="licence_class", lens="base"), "fact of the model itself"),
        (lambda c: c.share(by="country", reading="declared"), "no base is asked for"),
        (lambda c: c.share(by="country", lens="base", coding="atom"), "our registers only"),
        (lambda c: c.derivatives(threshold="many"), "is no threshold"),
        (lambda c: c.derivatives(relation="cousin"), "is no relation"),
    ],
)
def test_definitions_that_mean_nothing(
    tree: Census, question: Callable[[Census], Any], what: str
) -> None:
    with pytest.raises(ContractError, match=what):
        question(tree)


def test_drift_along_edges(tmp_path: Path) -> None:
    base = record("alder/aspen-7b", pipeline_tag="text-generation", cardData={"language": "is"})
    same = record("wild/a", "finetune:alder/aspen-7b", pipeline_tag="text-generation")
    other = record(
        "wild/b",
        "finetune:alder/aspen-7b",
        pipeline_tag="translation",
        cardData={"language": ["is", "pt"]},
    )
    silent = record("wild/c", "quantized:alder/aspen-7b")
    with build_tree(tmp_path, [base, same, other, silent]).open() as census:
        figure = census.drift(frame=FRAME)
        assert [(r["what"], r["from"], r["to"], r["edges"]) for r in figure] == [
            ("task", "text-generation", "text-generation", 1),
            ("task", "text-generation", "translation", 1),
            ("languages", "some added", "", 1),
        ]
        assert figure.coverage["edges_with_observed_ends"] == 3
        assert "50.0 % of the 2 edges" in figure.finding
        assert not [r for r in census.drift(relation="quantized")]
