"""Which frame answers, and what is refused with a way out."""

from __future__ import annotations

import pytest
from tests.worlds import World

from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.census import Census


def test_several_frames_are_listed_and_none_is_chosen(census: Census) -> None:
    with pytest.raises(ContractError, match="5 frames could answer") as caught:
        census.share()
    assert caught.value.exit_code == 2
    # the sample holds 30-day downloads, too, and answers only when it is named
    assert caught.value.where == (
        "downloads_30d latest: hub, panel:calm, panel:grove, panel:planted, panel:race"
    )
    assert caught.value.next_step == "choose one, e.g. --frame hub"


@pytest.mark.parametrize(
    ("values", "frame"),
    [
        # the only frame with this counter
        ({"metric": "pulls"}, "panel:kettle"),
        # a complete crawl comes before a sample
        ({"metric": "likes"}, "hub"),
        # the only one that had begun
        ({"period": "2031-03-05"}, "panel:grove"),
    ],
)
def test_the_only_frame_that_can_answer_is_taken_and_named(
    census: Census, values: dict[str, str], frame: str
) -> None:
    figure = census.share(**values)
    assert figure.contract.frame == frame
    assert figure.coverage["frame"] == frame


def test_named_groups_may_decide_between_frames(census: Census) -> None:
    assert census.share("fir", by="namespace").contract.frame == "panel:grove"
    # a crossing needs two snapshots of both
    with pytest.raises(ContractError, match="frames could answer"):
        census.crossover("aspen", "beech")
    figure = census.crossover("hazel", "cedar", by="namespace")
    assert figure.contract.frame == "panel:grove"


def test_a_frame_that_lacks_the_fact_cannot_decide(census: Census) -> None:
    with pytest.raises(ContractError, match="frames could answer"):
        census.share("L1", by="licence_class")


def test_a_store_of_one_frame_needs_no_name(grove: World) -> None:
    with grove.open() as census:
        assert census.share().contract.frame == "panel:grove"


def test_a_sample_answers_where_nothing_else_can(census: Census) -> None:
    figure = census.share(frame="sample:leaf", metric="likes")
    assert figure.bounds["hub_wide"]["status"] == "unknown here"
    assert "sample" in figure.bounds["hub_wide"]["why"]


@pytest.mark.parametrize("frame", ["panel:grove,hub", "panel:grove+hub"])
def test_frames_are_never_added_up(census: Census, frame: str) -> None:
    with pytest.raises(ContractError, match="never added up") as caught:
        census.share(frame=frame)
    assert frame in caught.value.where


def test_an_unknown_frame_gets_the_nearest(census: Census) -> None:
    with pytest.raises(UnknownName) as caught:
        census.share(frame="panel:groove")
    assert caught.value.nearest[0] == "panel:grove"
    with pytest.raises(UnknownName) as caught:
        census.share(frame="zzz")
    assert caught.value.nearest == list(census.release.frames)


def test_a_metric_that_no_frame_holds_says_what_they_hold(census: Census) -> None:
    with pytest.raises(ContractError, match="no frame of this release") as caught:
        census.share(metric="descendants")
    assert "panel:kettle (2031-01-05 to 2031-04-05: pulls)" in caught.value.where


def test_a_metric_that_the_named_frame_lacks_says_where_it_is(census: Census) -> None:
    with pytest.raises(ContractError, match="holds no pulls") as caught:
        census.share(metric="pulls", frame="panel:grove")
    assert caught.value.where == "it counts: downloads_30d"
    assert caught.value.next_step == "frames that hold it: panel:kettle"
    with pytest.raises(ContractError) as caught:
        census.share(metric="descendants", frame="panel:grove")
    assert caught.value.next_step == "import a source that holds descendants"


def test_a_day_before_the_first_snapshot(census: Census) -> None:
    with pytest.raises(ContractError, match="no snapshot for 2030-12-31") as caught:
        census.share(frame="panel:grove", period="2030-12-31")
    assert "2031-01-05 to 2031-04-05" in caught.value.where


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"population": "language"}, "declared tasks"),
        ({"by": "licence_class"}, "any licence class"),
        ({"by": "pipeline_tag"}, "any pipeline tag"),
    ],
)
def test_a_fact_that_the_frame_lacks(census: Census, values: dict[str, str], what: str) -> None:
    with pytest.raises(ContractError, match=what) as caught:
        census.share(frame="panel:grove", **values)
    assert "hub-api" in caught.value.next_step


def test_facts_that_no_frame_holds(grove: World) -> None:
    with grove.open() as census:
        with pytest.raises(ContractError, match="creation dates"):
            census.share(population="young:30")
        with pytest.raises(ContractError, match="no coding 'atom'") as caught:
            census.share(coding="atom")
        assert "census import atom" in caught.value.next_step
        with pytest.raises(UnknownName):
            census.share(population="list:atom")


def test_an_unknown_list_gets_the_lists(census: Census) -> None:
    with pytest.raises(UnknownName) as caught:
        census.share(population="list:atoms", frame="panel:grove")
    assert caught.value.nearest == ["atom", "atom-extra"]
    assert caught.value.exit_code == 6


@pytest.mark.parametrize(
    ("population", "frame", "text"),
    [
        # ash, mini, small, null, leaf, needle, one, nut, gguf, berry are dated by nobody
        ("young:99999", "panel:grove", "10 models of the frame are left out"),
        # hazel/seed declares no task
        ("language", "sample:leaf", "1 models of the frame are left out"),
        # wild and ghost
        ("first_party", "panel:grove", "2 models of the frame are left out"),
    ],
)
def test_what_a_population_leaves_out_unasked_is_said(
    census: Census, population: str, frame: str, text: str
) -> None:
    caveats = census.share(frame=frame, population=population).caveats
    assert [c for c in caveats if text in c and population in c]


def test_a_population_that_leaves_nothing_out_has_no_such_caveat(census: Census) -> None:
    caveats = census.share(frame="sample:leaf", population="young:99999").caveats
    assert not [c for c in caveats if "left out" in c]
