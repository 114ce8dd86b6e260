"""Developers by country and type: numbers, entry and exit; natural persons are never listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.small_store import developer, namespace, overlay, put, state

from modelcensus.contracts.figure import Figure
from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

LABELS = ("2031-01-05", "2031-02-05", "2031-03-05")
COUNTS: dict[str, tuple[int | None, ...]] = {
    "ash/one": (10, 20, 30),
    "ash/two": (5, 5, 5),
    "birch/one": (7, 7, None),
    "cedar/one": (-1, 40, 50),
    "dogwood/one": (9, 9, -1),
    "elm/one": (-1, 3, -1),
    "person/one": (2, 2, 2),
    "person/two": (-1, 2, 2),
    "wild/one": (1, 1, 1),
    "bare": (1, 1, 1),
}
"""-1: the snapshot does not show the model; null: it gives no count."""


def states(frame: str, *, complete: bool) -> list[Any]:
    return [
        state(
            label,
            [
                {"id": m, "downloads_30d": c[n], "parameters": 10**9 * (1 + len(m))}
                for m, c in COUNTS.items()
                if c[n] != -1
            ],
            frame=frame,
            complete=complete,
        )
        for n, label in enumerate(LABELS)
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    folder = tmp_path_factory.mktemp("makers")
    store = put(Store(folder / "store"), *states("hub", complete=True),
                *states("panel:some", complete=False))  # fmt: skip
    start_up = {"sub_type": "start-up", "founded": "2029"}
    laid = overlay(
        folder / "overlay",
        developers=[
            developer("ash-lab", "IS", **start_up, alternatives="NO", contested_because="Two."),
            developer("birch-works", "IS", sub_type="hardware vendor", founded="1999"),
            developer("cedar-co", "PT", **start_up),
            developer("dogwood-school", "PT", "academia"),
            developer("elm-team", "UY", "community"),
            developer("a-person", "unknown", "individual"),
        ],
        namespaces=[
            namespace("ash", "ash-lab"), namespace("birch", "birch-works"),
            namespace("cedar", "cedar-co"), namespace("dogwood", "dogwood-school"),
            namespace("elm", "elm-team"), namespace("person", "a-person"),
        ],
    )  # fmt: skip
    build_release(store, Settings(), overlays=[laid])
    with Census(open_release(store)) as census:
        yield census


def rows(figure: Figure) -> dict[str, dict[str, Any]]:
    return {r["group"]: r for r in figure}


def test_numbers_sizes_entry_and_exit_by_country_in_a_complete_frame(world: Census) -> None:
    figure = world.developers(frame="hub")
    assert [r["group"] for r in figure] == ["IS", "PT", "UY", "unknown"]
    found = rows(figure)
    iceland = found["IS"]
    assert (iceland["developers_at_start"], iceland["developers"]) == (2, 2)
    assert (iceland["entered"], iceland["left"], iceland["not_observed"]) == (0, 0, None)
    # birch-works has no count at the end: its sum is not known, and not 0
    assert (iceland["models"], iceland["value"], iceland["median_value"]) == (3, 35, 35)
    assert (iceland["largest_developer"], iceland["largest_value"]) == ("ash-lab", 35)
    assert (iceland["founded_known"], iceland["founded_median"]) == (2, 2014)
    # ash/one and ash/two: 8 billion; birch/one: 10
    assert (iceland["median_size"], iceland["largest_size"]) == (8 * 10**9, 10 * 10**9)
    portugal = found["PT"]
    assert (portugal["developers_at_start"], portugal["developers"]) == (1, 1)
    assert (portugal["entered"], portugal["left"]) == (1, 1)
    # elm-team came and went between the ends of the period
    assert (found["UY"]["entered"], found["UY"]["left"]) == (1, 1)
    assert found["UY"]["developers"] == 0
    assert figure.details["entries"] == [
        {"developer": "cedar-co", "name": "Cedar-Co", "group": "PT", "label": "2031-02-05"},
        {"developer": "elm-team", "name": "Elm-Team", "group": "UY", "label": "2031-02-05"},
    ]
    assert [(e["developer"], e["last_label"]) for e in figure.details["exits"]] == [
        ("dogwood-school", "2031-02-05"),
        ("elm-team", "2031-02-05"),
    ]
    assert "2 developers entered it and 2 left" in figure.finding


def test_natural_persons_and_unknown_makers_are_accounts_and_never_listed(world: Census) -> None:
    for by in ("country", "developer_type", "developer_sub_type", "total"):
        figure = world.developers(frame="hub", by=by)
        assert "a-person" not in figure.to_json()
        assert "A-Person" not in figure.to_json()
        # person, wild, and a bare id
        assert figure.coverage["unknown_accounts"] == 3
        assert figure.coverage["developers"] == 3
    by_type = rows(world.developers(frame="hub", by="developer_type"))
    assert (by_type["individual"]["developers"], by_type["individual"]["models"]) == (0, 0)
    assert by_type["individual"]["unknown_accounts"] == 1
    assert world.developers(frame="hub").bounds["developers_within_frame"]["IS"] == [2, 5]


def test_sub_types_split_industry_and_keep_the_other_types(world: Census) -> None:
    found = rows(world.developers(frame="hub", by="developer_sub_type"))
    numbers = {group: (r["developers_at_start"], r["developers"]) for group, r in found.items()}
    assert numbers == {
        "industry: start-up": (1, 2),
        "industry: hardware vendor": (1, 1),
        "academia": (1, 0),
        "community": (0, 0),
        "individual": (0, 0),
        "unknown": (0, 0),
    }
    assert found["industry: start-up"]["name"] == "start-up"
    share = rows(world.share(frame="hub", by="developer_sub_type"))
    assert {g: r["value"] for g, r in share.items()} == {
        "industry: start-up": 85, "industry: hardware vendor": None, "individual": 4, "unknown": 2,
    }  # fmt: skip


def test_a_panel_tells_of_no_exit(world: Census) -> None:
    figure = world.developers(frame="panel:some")
    found = rows(figure)
    assert {r["left"] for r in found.values()} == {None}
    assert found["PT"]["not_observed"] == 1
    assert figure.details["exits"] == []
    assert "no exit is read from a panel" in figure.caveats[0]
    assert "its growth is no trend" in figure.caveats[0]
    assert "(which is no exit)" in figure.finding


def test_at_one_moment_nobody_enters_or_leaves(world: Census) -> None:
    figure = world.developers(frame="hub", period="2031-02-05")
    for row in figure:
        assert row["developers_at_start"] is row["entered"] is None
        assert row["left"] is row["not_observed"] is None
    assert rows(figure)["PT"]["developers"] == 2
    assert figure.details == {"entries": [], "exits": []}


def test_entry_looks_at_the_whole_frame_before_the_period(world: Census) -> None:
    """dogwood-school is there on the first day: a period that starts later sees no entry."""
    figure = world.developers(frame="hub", period="2031-02..2031-03")
    assert figure.details["entries"] == []
    assert rows(figure)["PT"]["developers_at_start"] == 2
    assert [e["developer"] for e in figure.details["exits"]] == ["dogwood-school", "elm-team"]


def test_groups_may_be_named_and_contested_bases_stand_beside(world: Census) -> None:
    figure = world.developers("portugal", frame="hub")
    assert [r["group"] for r in figure] == ["PT"]
    contested = world.developers(frame="hub").sensitivity["contested_developers"]
    assert [(c["subject"], c["alternative"]) for c in contested] == [("ash-lab", "NO")]
    with pytest.raises(UnknownName):
        world.developers("FR", frame="hub")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"by": "family"}, "by what they are"),
        ({"lens": "base"}, "by their own models"),
        ({"population": "young:30"}, "seem to leave"),
    ],
)
def test_other_questions_are_refused(world: Census, values: dict[str, str], reason: str) -> None:
    with pytest.raises(ContractError, match=reason) as caught:
        world.developers(frame="hub", **values)
    assert caught.value.next_step


def test_by_publisher_a_redistributor_is_one(census: Census) -> None:
    own = census.developers(frame="panel:grove", by="developer_type", lens="publisher")
    assert "redistributor" in rows(own)
    assert rows(own)["redistributor"]["developers"] == 1
    made = census.developers(frame="panel:grove", by="developer_type")
    assert "redistributor" not in rows(made)


def test_counts_that_no_float_holds_have_a_sum(tmp_path: Path) -> None:
    huge = 2**53 + 3
    store = put(
        Store(tmp_path / "store"), state(LABELS[0], [{"id": "ash/one", "downloads_30d": huge}])
    )
    laid = overlay(
        tmp_path / "overlay",
        developers=[developer("ash-lab", "IS")],
        namespaces=[namespace("ash", "ash-lab")],
    )
    build_release(store, Settings(), overlays=[laid])
    with Census(open_release(store)) as census:
        (row,) = census.developers()
        assert (row["value"], row["largest_value"], row["median_value"]) == (
            huge,
            huge,
            float(huge),
        )
