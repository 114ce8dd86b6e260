"""Shares, counted by hand on the grove (tests/worlds.py).

At 2031-04-05, through the developer lens: IS 200 + 60 + 0 (alder) + 40 (rowan) + 50 (hazel/nut,
released while hazel was alder-lab's) = 350; PT 200 + 40 + null (birch) = 240; UY 100 (cedar);
international 60 (fir); unknown 100 (repack redistributes) + 60 (wild) + 40 (ghost: evidence
unread) + 50 (elm: a person) = 250. Together 1000, attributed 750.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.worlds import Rows, World, build_grove

from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.census import Census

FRAME = "panel:grove"


def values(figure: object, column: str = "value") -> dict[str, object]:
    return {row["group"]: row[column] for row in figure}  # type: ignore[attr-defined]


def test_golden_shares(census: Census) -> None:
    figure = census.share(frame=FRAME)
    assert [tuple(row.values()) for row in figure] == [
        ("IS", "Iceland", 350, 5, 0.35, 350 / 750),
        ("PT", "Portugal", 240, 3, 0.24, 240 / 750),
        ("UY", "Uruguay", 100, 1, 0.1, 100 / 750),
        ("international", "international projects", 60, 1, 0.06, 60 / 750),
        ("unknown", "unknown developers", 250, 4, 0.25, None),
    ]
    assert figure.contract.period == "2031-04-05"
    for part in ("2031-04-05", "Iceland held 35.0 %", "Portugal held 24.0 %", "25.0 % is unknown"):
        assert part in figure.finding


def test_coverage_counts_null_zero_and_unknown_apart(census: Census) -> None:
    assert census.share("PT", frame=FRAME).coverage == {
        "frame": FRAME,
        "hub": "huggingface",
        "is_complete_frame": False,
        "label": "2031-04-05",
        "models": 14,
        "models_without_count": 1,
        "models_at_zero": 1,
        "models_unknown_group": 4,
        "total": 1000,
        "attributed_share": 0.75,
        "unknown_share": 0.25,
        # everything but PT and unknown: 1000 - 240 - 250
        "other_groups_share": 0.51,
    }


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # oldrowan/berry 70 counts as rowan's: 200 + 30 + 0 + 70 + 50
        ("2031-01-05", {"IS": 350, "PT": 150, "UY": 100, "unknown": 200}),
        # the last snapshot up to the day answers
        ("2031-02-28", {"IS": 340, "PT": 300, "UY": 100, "international": 60, "unknown": 200}),
        ("2031-03-05", {"IS": 350, "PT": 190, "UY": 100, "unknown": 250}),
    ],
)
def test_as_of_a_day(census: Census, day: str, expected: dict[str, int]) -> None:
    assert values(census.share(frame=FRAME, period=day)) == expected


def test_a_transfer_moves_the_publisher_and_never_the_developer(census: Census) -> None:
    """hazel (50) went from alder-lab (IS) to birch-works (PT) on 2031-03-01."""
    before = values(census.share(frame=FRAME, lens="publisher", period="2031-02-05"))
    after = values(census.share(frame=FRAME, lens="publisher"))
    # IS 200 + 30 + 60 + 50, then 200 + 60 + 40; repack (100) is NO's as publisher
    assert (before["IS"], before["PT"], before["NO"]) == (340, 300, 100)
    assert (after["IS"], after["PT"], after["NO"]) == (300, 290, 100)
    assert after["unknown"] == 150
    assert values(census.share(frame=FRAME, lens="developer"))["IS"] == 350


def test_a_model_made_after_the_transfer_is_the_new_owner_s(census: Census) -> None:
    """hazel/seed (40) was created on 2031-03-10: PT 300 + 40 of 700."""
    assert values(census.share(frame="sample:leaf")) == {
        "PT": 340,
        "IS": 200,
        "UY": 100,
        "unknown": 60,
    }


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (
            "developer",
            {
                "alder-lab": 310,
                "birch-works": 240,
                "cedar-collective": 100,
                "fir-project": 60,
                "elm-person": 50,
                "rowan-institute": 40,
                "unknown": 200,
            },
        ),
        (
            "developer_type",
            # academia: birch 240 + rowan 40; the redistributor made nothing
            {
                "industry": 310,
                "academia": 280,
                "non-profit": 100,
                "community": 60,
                "individual": 50,
                "unknown": 200,
            },
        ),
        # aspen 200 + 60 + the registered copy 100; known makers without a line: ash 0, berry 40,
        # nut 50, cone 100, needle 60, leaf 50
        ("family", {"aspen": 360, "unassigned": 300, "beech": 240, "unknown": 100}),
        (
            "namespace",
            {
                "alder": 260,
                "birch": 240,
                "cedar": 100,
                "repack": 100,
                "fir": 60,
                "wild": 60,
                "elm": 50,
                "hazel": 50,
                "ghost": 40,
                "rowan": 40,
            },
        ),
        ("total", {"all models": 1000}),
    ],
)
def test_groupings(census: Census, by: str, expected: dict[str, int]) -> None:
    figure = census.share(by=by, frame=FRAME)
    # in order: falling value, ties by name, unknown last
    assert list(values(figure).items()) == list(expected.items())
    assert sum(row["share_of_all"] for row in figure) == pytest.approx(1)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        # mit and apache-2.0; `other` with a name nobody registered; nothing declared
        ("licence_class", {"L1": 300, "L8": 300, "L9": 100}),
        ("size_class", {">=100B": 300, "1B-7B": 200, "<1B": 60, "unknown": 140}),
        ("library", {"transformers": 500, "unknown": 200}),
        (
            "pipeline_tag",
            {
                "image-text-to-text": 300,
                "text-generation": 300,
                "image-classification": 60,
                "unknown": 40,
            },
        ),
    ],
)
def test_groupings_by_what_the_source_declares(
    census: Census, by: str, expected: dict[str, int]
) -> None:
    figure = census.share(by=by, frame="sample:leaf")
    assert values(figure) == expected
    names = values(figure, "name")
    assert names.get("unknown", "") in (
        "",
        f"unknown {figure.contract.sentence().split(' by ')[1].split(',')[0]}",
    )
    assert figure.sensitivity["contested_rows"] == []


def test_a_source_s_own_names_are_not_called_developers(census: Census) -> None:
    finding = census.share("unknown", by="size_class", frame="sample:leaf").finding
    assert "models of unknown size class held 20.0 %" in finding


@pytest.mark.parametrize("by", ["country", "developer", "developer_type", "family", "namespace"])
@pytest.mark.parametrize("lens", ["", "publisher"])
@pytest.mark.parametrize("outliers", ["none", "cap:90", "drop-top:2"])
def test_shares_sum_to_one_with_unknown(census: Census, by: str, lens: str, outliers: str) -> None:
    # a series of one snapshot: the same shares as `share`, with less beside them
    figure = census.series(by=by, lens=lens, outliers=outliers, frame=FRAME, period="latest")
    assert sum(row["share_of_all"] for row in figure) == pytest.approx(1)
    known = [row["share_of_attributed"] for row in figure if row["group"] != "unknown"]
    assert sum(known) == pytest.approx(1)


@pytest.mark.parametrize(
    ("outliers", "expected"),
    [
        # IS 100 + 60 + 0 + 40 + 50, PT 100 + 40 + null: an unknown count stays unknown
        ("cap:100", {"IS": 250, "PT": 140, "UY": 100, "international": 60, "unknown": 250}),
        # without alder/aspen-7b and birch/beech-large (200 each)
        ("drop-top:2", {"IS": 150, "UY": 100, "international": 60, "PT": 40, "unknown": 250}),
        # more than there are: the models without a count remain, and nothing is counted
        ("drop-top:99", {"PT": None}),
    ],
)
def test_outliers(census: Census, outliers: str, expected: dict[str, int | None]) -> None:
    assert values(census.share(frame=FRAME, outliers=outliers)) == expected


def test_medians_have_no_shares(census: Census) -> None:
    with pytest.raises(ContractError, match="medians"):
        census.share(frame=FRAME, outliers="median")


@pytest.mark.parametrize(
    ("population", "frame", "expected"),
    [
        # oldrowan/berry is on the list by its former name
        ("list:atom", FRAME, {"IS": 240, "PT": 200}),
        ("list:atom-extra", FRAME, {"unknown": 60}),
        # not repack, wild, ghost; hazel/nut was alder-lab's when published
        (
            "first_party",
            FRAME,
            {"IS": 350, "PT": 240, "UY": 100, "international": 60, "unknown": 50},
        ),
        # cedar/cone is of 2022-06, wild/thing is no language model, hazel/seed declares nothing
        ("language", "sample:leaf", {"PT": 300, "IS": 200}),
        # created since 2031-03-06: beech-large, seed, thing
        ("young:30", "sample:leaf", {"PT": 340, "unknown": 60}),
        ("young:26", "sample:leaf", {"PT": 340, "unknown": 60}),
        ("young:25", "sample:leaf", {"PT": 300, "unknown": 60}),
        ("young:1", "sample:leaf", {}),
    ],
)
def test_populations(census: Census, population: str, frame: str, expected: dict[str, int]) -> None:
    assert values(census.share(frame=frame, population=population)) == expected


def test_nothing_counted_is_said_and_divides_by_nothing(census: Census) -> None:
    figure = census.share(frame="sample:leaf", population="young:1")
    assert figure.records() == []
    assert figure.coverage["total"] == 0
    assert figure.coverage["unknown_share"] is None
    assert figure.bounds["within_frame"] == {}
    assert "no group held anything" in figure.finding


def test_a_group_whose_counts_are_all_unknown_is_null_and_not_zero(census: Census) -> None:
    """Likes in sample:leaf: aspen 20, beech 5, thing 0; cone's are absent, seed's are null."""
    figure = census.share(frame="sample:leaf", metric="likes")
    assert values(figure) == {"IS": 20, "PT": 5, "UY": None, "unknown": 0}
    assert values(figure, "share_of_all") == {"IS": 0.8, "PT": 0.2, "UY": None, "unknown": 0}
    assert figure.coverage["models_without_count"] == 2
    assert "UY" not in figure.bounds["within_frame"]


def test_models_themselves_can_be_counted(census: Census) -> None:
    figure = census.share(frame=FRAME, metric="models")
    assert values(figure) == {"IS": 5, "PT": 3, "UY": 1, "international": 1, "unknown": 4}
    assert "14 models that the frame panel:grove" in figure.finding


def test_another_coding_is_followed_through_former_names(census: Census) -> None:
    """alder 260 us; birch 240 china; oldrowan (now rowan) 40 eu; cedar is listed without one."""
    figure = census.share(frame=FRAME, coding="atom")
    assert values(figure) == {"us": 260, "china": 240, "eu": 40, "unknown": 460}
    assert "ATOM codes as 'us'" in figure.finding
    assert figure.sensitivity["contested_rows"] == []


@pytest.mark.parametrize(
    ("denominator", "texts"),
    [
        ("all", ("35.0 %", "24.0 %")),
        # of 750
        ("attributed", ("46.7 %", "32.0 %")),
        # of 350 + 240
        ("selected", ("59.3 %", "40.7 %")),
    ],
)
def test_the_denominator_picks_the_headline_and_what_it_hangs_on(
    census: Census, denominator: str, texts: tuple[str, str]
) -> None:
    figure = census.share("IS", "PT", frame=FRAME, denominator=denominator)
    assert all(text in figure.finding for text in texts)
    assert values(figure, "share_of_all") == {"IS": 0.35, "PT": 0.24, "unknown": 0.25}
    defined = figure.sensitivity["readings"][0]
    assert defined["reading"] == "as defined"
    assert tuple(f"{100 * s:.1f} %" for s in defined["shares"].values()) == texts
    named = [r["reading"] for r in figure.sensitivity["readings"]]
    assert ("of everything" in named) == (denominator != "all")
    assert ("of the attributed part" in named) == (denominator != "attributed")


def test_subjects_are_found_by_case_and_by_name(census: Census) -> None:
    figure = census.share("portugal", "is", frame=FRAME)
    assert figure.contract.subjects == ("PT", "IS")
    assert [row["group"] for row in figure] == ["PT", "IS", "unknown"]


def test_one_group_named_twice_is_refused(census: Census) -> None:
    with pytest.raises(ContractError, match="named twice") as caught:
        census.share("PT", "Portugal", frame=FRAME)
    assert "PT, PT" in caught.value.where


def test_unknown_may_be_asked_for(census: Census) -> None:
    figure = census.share("unknown", frame=FRAME, denominator="attributed")
    assert [row["group"] for row in figure] == ["unknown"]
    # it is no part of the attributed part
    assert "unknown developers held unknown" in figure.finding


@pytest.mark.parametrize(
    ("subject", "nearest"),
    [("Portugl", ["PT"]), ("cedar", []), ("PTT", ["PT"])],
)
def test_an_unknown_group_gets_the_nearest(
    census: Census, subject: str, nearest: list[str]
) -> None:
    with pytest.raises(UnknownName) as caught:
        census.share(subject, frame=FRAME)
    assert caught.value.exit_code == 6
    everything = ["IS", "PT", "UY", "international", "unknown"]
    assert caught.value.nearest[: len(nearest)] == nearest
    assert set(caught.value.nearest) <= set(everything)
    assert caught.value.nearest


# --- what it hangs on --------------------------------------------------------


def test_contested_rows_by_what_they_carry(census: Census) -> None:
    """alder-lab's base carries 310 (IS or NO); cedar's owner carries 100 (UY or PT)."""
    lab, cedar = census.share(frame=FRAME).sensitivity["contested_rows"]
    assert (lab["row_id"], lab["from"], lab["to"], lab["value"]) == (
        "developers:alder-lab:",
        "IS",
        "NO",
        310,
    )
    assert lab["shares"] == {"IS": 0.04, "PT": 0.24, "NO": 0.31}
    assert (lab["leader"], lab["share_moved"]) == ("NO", 0.31)
    assert (cedar["row_id"], cedar["from"], cedar["to"]) == (
        "namespaces:huggingface:cedar:",
        "UY",
        "PT",
    )
    assert cedar["shares"] == {"IS": 0.35, "PT": 0.34, "UY": 0}
    assert cedar["because"] == "Both papers name it."


def test_the_headline_hangs_on_the_largest(census: Census) -> None:
    sensitivity = census.share(frame=FRAME).sensitivity
    assert sensitivity["hangs_on"] == sensitivity["contested_rows"][0]
    by_developer = census.share(by="developer", frame=FRAME).sensitivity["contested_rows"]
    # a developer's base says nothing of who the developer is
    assert [(r["from"], r["to"]) for r in by_developer] == [("cedar-collective", "birch-works")]
    by_type = census.share(by="developer_type", frame=FRAME).sensitivity["contested_rows"]
    assert [(r["from"], r["to"]) for r in by_type] == [("non-profit", "academia")]
    assert census.share(by="family", frame=FRAME).sensitivity["hangs_on"] is None


def _base(rows: Rows) -> None:
    next(r for r in rows["developers"] if r["developer"] == "alder-lab")["country"] = "NO"


def _owner(rows: Rows) -> None:
    row = next(r for r in rows["namespaces"] if r["namespace"] == "cedar")
    row |= {"developer": "birch-works", "alternatives": "", "contested_because": ""}


@pytest.mark.parametrize(("place", "change"), [(0, _base), (1, _owner)])
def test_a_contested_reading_equals_a_rebuild_with_that_row(
    grove: World, tmp_path: Path, place: int, change: object
) -> None:
    with grove.open() as opened:
        reading = opened.share().sensitivity["contested_rows"][place]
    with build_grove(tmp_path, change=change).open() as rebuilt:
        shares = values(rebuilt.share(), "share_of_all")
    assert {g: shares.get(g, 0) for g in reading["shares"]} == pytest.approx(reading["shares"])


def test_leaving_out_a_model_equals_data_without_it(
    census: Census, grove: World, tmp_path: Path
) -> None:
    with grove.open() as opened:
        left_out = opened.share().sensitivity["leave_one_model_out"]
    assert [entry["value"] for entry in left_out] == [200, 200, 100, 100, 60, 60, 60, 50, 50, 40]
    entry = next(e for e in left_out if e["without"] == "birch/beech-large")
    with build_grove(tmp_path, leave_out=[entry["without"]]).open() as rebuilt:
        shares = values(rebuilt.share(), "share_of_all")
    assert {g: shares[g] for g in entry["shares"]} == pytest.approx(entry["shares"])
    # without alder/aspen-7b: IS 150 of 800, PT 240 of 800
    assert census.share(frame=FRAME).sensitivity["leave_one_model_out"][0] == {
        "without": "alder/aspen-7b",
        "group": "IS",
        "value": 200,
        "shares": {"IS": 0.1875, "PT": 0.3},
        "leader": "PT",
    }


def test_other_readings_are_those_that_the_frame_carries(census: Census) -> None:
    grove = {r["reading"]: r for r in census.share(frame=FRAME).sensitivity["readings"]}
    assert list(grove) == [
        "as defined",
        "of the attributed part",
        "each model capped at 1,000,000",
        "by models",
    ]
    # nothing is over a million, and the null count stays null
    assert grove["each model capped at 1,000,000"]["shares"] == grove["as defined"]["shares"]
    assert grove["by models"]["shares"] == {"IS": 5 / 14, "PT": 3 / 14}
    leaf = [r["reading"] for r in census.share(frame="sample:leaf").sensitivity["readings"]]
    assert "by likes" in leaf
    capped = census.share(frame=FRAME, outliers="cap:90").sensitivity["readings"]
    assert "each model capped at 1,000,000" not in [r["reading"] for r in capped]
    counted = census.share(frame=FRAME, metric="models").sensitivity["readings"]
    assert [r["reading"] for r in counted] == ["as defined", "of the attributed part"]


# --- refusals ----------------------------------------------------------------


@pytest.mark.parametrize("metric", ["downloads_30d", "models", "likes"])
def test_a_sum_over_an_interval_is_refused(census: Census, metric: str) -> None:
    with pytest.raises(ContractError, match="cannot be summed over 2031") as caught:
        census.share(metric=metric, frame=FRAME, period="2031")
    assert "census series" in caught.value.next_step


def test_each_kind_of_metric_has_its_own_reason(census: Census) -> None:
    reasons = {}
    for metric in ("downloads_30d", "downloads_all_time", "likes"):
        with pytest.raises(ContractError) as caught:
            census.share(metric=metric, period="2031")
        reasons[metric] = caught.value.what.partition(": ")[2]
    assert "overlap" in reasons["downloads_30d"]
    assert "running total" in reasons["downloads_all_time"]
    assert "state at a moment" in reasons["likes"]


def test_every_parameter_of_the_measure_is_accepted(census: Census) -> None:
    given = {
        "by": "country",
        "metric": "downloads_30d",
        "period": "2031-04-05",
        "frame": FRAME,
        "population": "all",
        "lens": "developer",
        "outliers": "none",
        "roll_up": "none",
        "coding": "census",
        "denominator": "all",
        "reading": "inferred",
        "counting": "fractional",
        "spacing": "28",
    }
    assert set(given) == set(MEASURES["share"].parameters)
    assert values(census.share(**given))["IS"] == 350
