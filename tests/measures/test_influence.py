"""Influence: every row is what the headline becomes when that one thing is changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acre import FRAME
from tests.cli.conftest import census_command as census_command  # the fixture
from tests.worlds import World, build_grove, overlay_rows, write_overlay

from modelcensus.contracts.figure import Figure
from modelcensus.errors import ContractError
from modelcensus.measures.census import Census
from modelcensus.settings import Settings

DAY = "2031-04-05"


@pytest.fixture(scope="module")
def figure(acre_census: Census) -> Figure:
    return acre_census.influence("CN", "US", frame=FRAME)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Census]]:
    """Build a grove with one thing changed, and open it."""
    opened: list[Census] = []

    def build(**values: Any) -> Census:
        census = build_grove(tmp_path_factory.mktemp("grove"), **values).open()
        opened.append(census)
        return census

    yield build
    for census in opened:
        census.close()


def shares(census: Census, *subjects: str, **values: str) -> dict[str, float]:
    rows = census.share(*subjects, frame="panel:grove", **values)
    return {r["group"]: r["share_of_all"] for r in rows if r["group"] in subjects}


def test_a_model_left_out_is_a_store_without_it(
    worlds: Callable[..., Census],
) -> None:
    """What is computed from sums is what a store gives that never held the model."""
    figure = worlds().influence("IS", "PT", frame="panel:grove")
    for model in ("alder/aspen-7b", "birch/beech-small", "repack/aspen-7b-gguf"):
        row = next(r for r in figure if r["what"] == model)
        without = shares(worlds(leave_out=[model]), "IS", "PT")
        assert row["share_IS"] == pytest.approx(without["IS"])
        assert row["share_PT"] == pytest.approx(without["PT"])


def test_a_contested_row_read_the_other_way_is_a_release_that_reads_it_so(
    acre_census: Census, figure: Figure
) -> None:
    """All that China holds is bolt-lab's, and Hong Kong would have it."""
    row = next(r for r in figure if r["what"].startswith("developers:bolt-lab"))
    held = {r["group"]: r["value"] for r in acre_census.share(by="country", frame=FRAME)}
    assert (row["group"], row["other_group"], row["alternative"]) == ("CN", "HK", "HK")
    assert row["value"] == held["CN"]
    assert row["share_CN"] == 0
    assert row["moves_leader"] is True
    assert row["leader"] == "US"
    assert row["effect"] == pytest.approx(held["CN"] / sum(held.values()))
    named = acre_census.influence("DE", "US", frame=FRAME, by="country", period="2025-02-01")
    cog = next(r for r in named if r["alternative"] == "axe-works")
    assert cog["other_group"] == "US"


def test_uncontested_rows_have_their_weight_and_no_other_reading(figure: Figure) -> None:
    rows = [r for r in figure if r["kind"] == "register row"]
    weighed = [r for r in rows if r["alternative"] is None]
    assert weighed
    for row in weighed:
        assert row["effect"] is None
        assert row["share_CN"] is None
        assert row["moves_leader"] is None
        assert row["value"] > 0
    for register in ("namespaces", "developers"):
        once = {r["what"]: r["value"] for r in rows if r["what"].startswith(register)}
        total = figure.coverage["total"] * figure.coverage["attributed_share"]
        assert sum(once.values()) == pytest.approx(total)  # what is attributed, each row once


def test_rows_come_by_effect_and_only_models_above_the_setting_are_listed(
    acre_census: Census, figure: Figure
) -> None:
    effects = [r["effect"] for r in figure]
    known = [e for e in effects if e is not None]
    assert known == sorted(known, reverse=True)
    assert effects[len(known) :] == [None] * (len(effects) - len(known))
    release, before = acre_census.release, acre_census.release.settings
    try:
        release.settings = Settings(min_influence=1e-9)
        every = acre_census.influence("CN", "US", frame=FRAME)
    finally:
        release.settings = before
    listed = {r["what"]: r["effect"] for r in every if r["kind"] == "model"}
    mine = {r["what"] for r in figure if r["kind"] == "model"}
    assert mine == {m for m, e in listed.items() if e >= before.min_influence}
    assert len(listed) > len(mine)


@pytest.mark.parametrize("denominator", ["attributed", "selected"])
def test_effects_are_over_the_definition_s_own_denominator(
    acre_census: Census, denominator: str
) -> None:
    figure = acre_census.influence("CN", "US", frame=FRAME, denominator=denominator)
    asked = acre_census.share("CN", "US", frame=FRAME, denominator=denominator)
    held = {r["group"]: r["value"] for r in asked}
    if denominator == "selected":
        assert figure.details["headline"]["CN"] == held["CN"] / (held["CN"] + held["US"])
    row = next(r for r in figure if r["what"] == "bolt/rivet-72b")
    whole = sum(held[g] for g in ("CN", "US"))
    if denominator == "selected":
        left = (held["CN"] - row["value"]) / (whole - row["value"])
        assert row["share_CN"] == pytest.approx(left)


def test_under_the_lens_of_bases_a_model_goes_with_all_its_parts(acre_census: Census) -> None:
    figure = acre_census.influence("CN", "US", frame=FRAME, lens="base")
    models = [r["what"] for r in figure if r["kind"] == "model"]
    assert len(models) == len(set(models))


def test_groupings_by_other_facts_have_no_contested_rows(acre_census: Census) -> None:
    by_family = acre_census.influence("rivet", "hatchet", by="family", frame=FRAME)
    rows = [r for r in by_family if r["kind"] == "register row"]
    assert {r["what"].split(":")[0] for r in rows} == {"families"}
    assert all(r["effect"] is None for r in rows)
    by_account = acre_census.influence("bolt", by="namespace", frame=FRAME)
    assert {r["kind"] for r in by_account} == {"model"}


def test_a_crossing_is_moved_by_the_models_that_the_crossover_lists(census: Census) -> None:
    asked = {"frame": "panel:race", "by": "family"}
    figure = census.influence("beech", "aspen", headline="crossover", period="all", **asked)
    crossover = census.crossover("beech", "aspen", **asked)
    for rule in crossover:
        listed = {(m["model"], m["after"], m["by"]) for m in rule["leave_one_out"]}
        found = {
            (r["what"], r["after"], r["by"])
            for r in figure
            if r["rule"] == rule["rule"] and r["kind"] == "model"
        }
        assert found == listed
    assert figure.details["headline"] == crossover.records()
    assert len(figure.rows) > 0


def test_a_contested_row_moves_a_crossing_by_country(acre_census: Census) -> None:
    """CN passes US on 2025-03-01; with bolt-lab read as HK it never does."""
    asked = {"frame": FRAME, "by": "country", "period": "all"}
    figure = acre_census.influence("CN", "US", headline="crossover", **asked)
    before = {r["rule"]: r["by"] for r in figure.details["headline"]}
    assert before["lasting"] is not None
    rows = [r for r in figure if r["kind"] == "register row"]
    assert {(r["rule"], r["what"], r["by"]) for r in rows} >= {
        ("first", "developers:bolt-lab:", None),
        ("lasting", "developers:bolt-lab:", None),
    }
    assert figure.sensitivity["is_stable"] is False


@pytest.mark.parametrize(
    ("subjects", "values", "told"),
    [
        (("CN",), {"headline": "crossover", "period": "all"}, "between two groups"),
        (("CN", "US"), {"headline": "crossover"}, "is one moment"),
        (("CN", "US"), {"headline": "crossover", "period": "all", "outliers": "median"}, "medians"),
        (("CN", "US"), {"outliers": "median"}, "have no shares"),
        (("CN", "US"), {"period": "2025-01..2025-03"}, "overlap"),
    ],
)
def test_impossible_questions_are_refused(
    acre_census: Census, subjects: tuple[str, ...], values: dict[str, str], told: str
) -> None:
    with pytest.raises(ContractError) as caught:
        acre_census.influence(*subjects, frame=FRAME, **values)
    assert told in caught.value.what
    assert caught.value.next_step


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A grove of its own: the test below builds in its store."""
    return build_grove(tmp_path_factory.mktemp("overlaid"))


def test_an_overlay_shows_the_headline_before_and_after(
    copied: World, tmp_path: Path, census_command: Callable[..., Any]
) -> None:
    """With birch's developer read as Icelandic, all 290 of 1000 move from PT to IS."""
    rows = overlay_rows()
    (birch,) = [r for r in rows["developers"] if r["country"] == "PT"]
    birch["country"] = "IS"
    birch.pop("alternatives", None)
    birch.pop("contested_because", None)
    folder = write_overlay(tmp_path / "mine", rows)
    where = ["--store", str(copied.store.path), "--frame", "panel:grove", "--format", "json"]
    ran = census_command("influence", "IS", "PT", *where, "--registers", str(folder))
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    overlay = found["overlay"]
    assert overlay["before"] == {"IS": 0.3, "PT": 0.29}
    assert overlay["after"] == {"IS": pytest.approx(0.59), "PT": 0}
    assert {s["part"] for s in overlay["steps"]} == {"register row"}
    assert {s["what"].split(":")[0] for s in overlay["steps"]} == {"developers"}
    assert found["release"] == copied.name
    assert overlay["release"] != copied.name
    assert copied.name in ran.words
    with copied.open() as census:
        plain = json.loads(census.influence("IS", "PT", frame="panel:grove").to_json())
    assert {k: v for k, v in found.items() if k != "overlay"} == plain
