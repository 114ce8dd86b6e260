"""Titles say what the data carry, flip when the data flip, and are neutral where in doubt."""

from __future__ import annotations

import pytest
from tests.publish.charts.figures import figure, series, share

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.measures.census import Census
from modelcensus.publish.charts import chart_of

UP, DOWN = [0.3, 0.4, 0.6], [0.6, 0.5, 0.3]
NEUTRAL = "Share of 30-day downloads by country of the developer"


def passed(shares: dict[str, list[float | None]], **more: object) -> str:
    names = {"IS": "Iceland", "PT": "Portugal"}
    return chart_of(series(shares, names=names, **more), "lines").title


def test_a_title_flips_when_the_data_flip() -> None:
    assert passed({"IS": UP, "PT": DOWN}) == (
        "Models by developers based in Iceland passed models by developers based in Portugal"
    )
    assert passed({"IS": DOWN, "PT": UP}) == (
        "Models by developers based in Portugal passed models by developers based in Iceland"
    )


def test_who_leads_throughout_is_said() -> None:
    flat = {"IS": [0.6, 0.6, 0.6], "PT": [0.3, 0.3, 0.3]}
    assert passed(flat) == "Models by developers based in Iceland lead at every snapshot"
    swapped = {"IS": flat["PT"], "PT": flat["IS"]}
    assert passed(swapped) == "Models by developers based in Portugal lead at every snapshot"


@pytest.mark.parametrize(
    "shares",
    [
        # what is unknown could turn it at the end, or at the beginning
        {"IS": [0.1, 0.2, 0.4], "PT": [0.4, 0.3, 0.3], "unknown": [0.1, 0.1, 0.3]},
        {"IS": [0.3, 0.4, 0.6], "PT": [0.4, 0.3, 0.3], "unknown": [0.3, 0.2, 0.1]},
        # they end equal
        {"IS": [0.3, 0.4, 0.4], "PT": [0.6, 0.5, 0.4]},
        # the leader was behind in between, and did not pass from behind at the first snapshot
        {"IS": [0.6, 0.3, 0.6], "PT": [0.3, 0.6, 0.3]},
        # a group that was not observed was behind nobody
        {"IS": [None, 0.4, 0.6], "PT": [0.6, 0.5, 0.3]},
        {"IS": [0.5, 0.4, 0.6]},
    ],
)
def test_a_title_is_neutral_where_the_data_do_not_carry_it(
    shares: dict[str, list[float | None]],
) -> None:
    assert passed(shares) == NEUTRAL


def test_a_lead_that_another_reading_turns_is_no_title() -> None:
    flat = {"IS": [0.6, 0.6, 0.6], "PT": [0.3, 0.3, 0.3]}
    turned = {"leave_one_model_out": [{"without": "a/b", "shares": {}, "leader": "PT"}]}
    assert passed(flat, sensitivity=turned) == NEUTRAL


def bars(shares: dict[str, float | None], **more: object) -> str:
    return chart_of(share(shares, names={"IS": "Iceland", "PT": "Portugal"}, **more), "bars").title


def test_bars_name_the_largest_only_where_unknown_could_not_turn_it() -> None:
    most = "Models by developers based in {} have the most 30-day downloads"
    assert bars({"IS": 0.5, "PT": 0.3, "unknown": 0.1}) == most.format("Iceland")
    assert bars({"IS": 0.3, "PT": 0.5, "unknown": 0.1}) == most.format("Portugal")
    assert bars({"IS": 0.5, "PT": 0.3, "unknown": 0.2}) == NEUTRAL
    contested = {"contested_rows": [{"leader": "PT", "shares": {}}]}
    assert bars({"IS": 0.5, "PT": 0.3}, sensitivity=contested) == NEUTRAL


def test_of_two_named_groups_none_has_the_most() -> None:
    named = Contract("share", by="country", frame="panel:grove", subjects=("IS", "PT"))
    assert bars({"IS": 0.5, "PT": 0.3}, contract=named) == NEUTRAL


def test_a_rank_that_is_one_model_is_no_title(census: Census) -> None:
    rows = [
        {"rank": n + 1, "group": g, "name": g, "value": v, "rank_without_it": w}
        for n, (g, v, w) in enumerate((("IS", 9.0, 2), ("PT", 5.0, 2)))
    ]
    ranked = figure(rows, Contract("rank", by="country", frame="panel:grove"))
    assert chart_of(ranked).title == "30-day downloads by country of the developer"
    rows[0]["rank_without_it"] = 1
    ranked = figure(rows, Contract("rank", by="country", frame="panel:grove"))
    assert chart_of(ranked).title.endswith("have the most 30-day downloads")


def test_the_title_of_a_crossing_flips_and_says_what_it_hangs_on(census: Census) -> None:
    there = chart_of(census.crossover("beech", "aspen", frame="panel:race"))
    assert there.title == (
        "beech passed aspen between 1 Mar and 1 Apr 2032, but single models decide when"
    )
    back = chart_of(census.crossover("aspen", "beech", frame="panel:race"))
    assert back.title == "aspen and beech by 30-day downloads"
    calm = chart_of(census.crossover("beech", "aspen", frame="panel:calm"))
    assert calm.title == "beech passed aspen between 1 Feb and 1 Mar 2032"


def test_a_subtitle_says_what_is_counted_where_and_when(census: Census) -> None:
    said = chart_of(census.series(by="country", frame="panel:grove")).subtitle
    assert said.startswith("Share of 30-day downloads of all, unknown included; frame panel:grove")
    assert "5 Jan to 5 Apr 2031, 4 snapshots" in said
    attributed = census.series(by="country", frame="panel:grove", denominator="attributed")
    assert "of the attributed part" in chart_of(attributed, "lines").subtitle
    assert "25.0 % of all is unknown" in chart_of(attributed, "lines").subtitle
    capped = census.share(by="country", frame="panel:grove", outliers="cap:100")
    assert "outliers: cap:100" in chart_of(capped).subtitle
    publisher = census.share(by="country", frame="panel:grove", lens="publisher")
    assert "lens: publisher" in chart_of(publisher).subtitle


def test_a_sample_is_no_whole_hub(census: Census) -> None:
    sample = census.share(by="country", frame="sample:leaf", metric="models")
    assert "frame sample:leaf" in chart_of(sample).subtitle
    whole = census.share(by="country", frame="hub", metric="models")
    assert "the whole hub huggingface" in chart_of(whole).subtitle


def test_the_text_alternative_tells_the_ends_and_the_finding(census: Census) -> None:
    told = chart_of(census.series(by="country", frame="panel:grove"), "lines")
    assert told.alt.startswith("Line chart. On 5 Jan 2031: ")
    assert "Iceland 35.0 %" in told.alt
    assert told.spec["description"] == told.alt
    assert told.alt.rstrip().endswith("(4 snapshots).")


def test_simulated_data_are_called_so_everywhere() -> None:
    simulated = series({"IS": UP, "PT": DOWN}, is_simulated=True)
    chart = chart_of(simulated)
    assert chart.alt.startswith("SIMULATED data. ")


def test_readings_say_whether_the_leader_changes() -> None:
    def told(*leads: float) -> Figure:
        rows = [
            {"reading": f"reading {n}", "shares": {"IS": lead, "PT": 0.4}, "leader": None}
            for n, lead in enumerate(leads)
        ]
        return share({"IS": leads[0], "PT": 0.4}, sensitivity={"readings": rows})

    assert chart_of(told(0.5, 0.6), "readings").title == (
        "Models by developers based in Iceland lead under each of 2 readings"
    )
    assert chart_of(told(0.5, 0.3), "readings").title == "Who leads hangs on the reading"
    assert chart_of(told(0.5, 0.4), "readings").title == (
        "Shares under other readings of the same question"
    )
