"""What is drawn is what the rows say: gaps stay gaps, crossings are intervals, ends are open."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from tests.publish.charts.figures import definitions, figure, ratios, series, share
from tests.publish.charts.pictures import texts_of

from modelcensus.contracts.contract import Contract
from modelcensus.errors import ContractError, LimitExceeded, SettingsError, UnknownName
from modelcensus.measures.census import Census
from modelcensus.publish.charts import Chart, browser_bundle, chart_kinds, chart_of
from modelcensus.publish.charts.area import runs, stack
from modelcensus.publish.charts.curve import read_definitions
from modelcensus.publish.charts.intervals import intervals_of
from modelcensus.publish.charts.spans import spans_of
from modelcensus.publish.charts.trajectories import foremost, ranks, read_trajectories
from modelcensus.settings import Settings

GAPPED = {"IS": [0.4, None, 0.5], "PT": [0.6, 1.0, 0.5]}


def rows_of(chart: Chart, mark: str) -> list[list[dict[str, Any]]]:
    """Return the rows of each layer with a mark that reads values and not pixels."""
    return [
        layer["data"]["values"]
        for layer in chart.spec["layer"]
        if layer["mark"]["type"] == mark and "at" in layer["data"]["values"][0]
    ]


def test_a_gap_is_a_gap_and_never_zero() -> None:
    lines = rows_of(chart_of(series(GAPPED), "lines"), "line")
    found = {rows[0]["name"]: [(row["value"], row["run"]) for row in rows] for rows in lines}
    assert found == {
        "Iceland": [(0.4, 0), (0.5, 1)],
        "Portugal": [(0.6, 0), (1.0, 0), (0.5, 0)],
    }
    areas = rows_of(chart_of(series(GAPPED), "area"), "area")
    icelands = [rows for rows in areas if rows[0]["name"] == "Iceland"]
    # two single snapshots, each a bar of its own
    assert [{row["share"] for row in rows} for rows in icelands] == [{0.4}, {0.5}]
    assert not any(row["share"] == 0 for rows in areas for row in rows)
    assert "gap: not observed" in chart_of(series(GAPPED), "area").subtitle
    assert "not observed" not in chart_of(series({"IS": [1.0, 1.0, 1.0]}), "area").subtitle


def test_a_zero_is_drawn() -> None:
    lines = rows_of(
        chart_of(series({"IS": [0.0, 0.5, 0.0], "PT": [1.0, 0.5, 1.0]}), "lines"), "line"
    )
    assert [row["value"] for row in lines[1]] == [0.0, 0.5, 0.0] or [
        row["value"] for row in lines[0]
    ] == [0.0, 0.5, 0.0]


def test_runs() -> None:
    assert runs([None, 1, 2, None, 0, None]) == [[1, 2], [4]]
    assert runs([]) == []


def test_a_stack_fills_the_whole_and_skips_what_was_not_observed() -> None:
    bands = stack(read_trajectories(series(GAPPED), shares=True))
    assert bands["IS"] == [(0.0, 0.4), None, (0.0, 0.5)]
    assert bands["PT"] == [(0.4, 1.0), (0.0, 1.0), (0.5, 1.0)]


def test_the_rest_of_named_groups_is_the_rest_of_the_whole() -> None:
    named = foremost(read_trajectories(series({"a": [0.2, 0.3, None]}), shares=True), 5)
    others = named.groups[1]
    assert others.name == "All others"
    assert [v and round(v, 9) for v in others.values] == [0.8, 0.7, None]


def test_unknown_is_never_put_together_with_others() -> None:
    many = {f"g{n}": [0.01] * 3 for n in range(30)} | {"unknown": [0.7] * 3}
    kept = foremost(read_trajectories(series(many), shares=True), 5)
    assert [t.group for t in kept.groups][-2:] == ["(others)", "unknown"]
    assert kept.groups[-1].values == (0.7, 0.7, 0.7)


def test_equal_values_share_a_rank_and_unknown_has_none() -> None:
    shares = {
        "a": [0.3, 0.2, None],
        "b": [0.3, 0.4, 0.1],
        "c": [0.2, 0.1, 0.2],
        "unknown": [0.9] * 3,
    }
    found = {
        t.group: t.values for t in ranks(read_trajectories(series(shares), shares=True)).groups
    }
    assert found == {"a": (1, 2, None), "b": (1, 1, 2), "c": (3, 3, 1)}


def test_shares_among_the_named_groups() -> None:
    contract = Contract(
        "series",
        by="country",
        frame="f",
        period="all",
        denominator="selected",
        subjects=("IS", "PT"),
    )
    shares = {"IS": [0.1, 0.2, 0.3], "PT": [0.3, 0.2, 0.1], "unknown": [0.6, 0.6, 0.6]}
    found = read_trajectories(series(shares, contract=contract), shares=True)
    values = {t.group: [v and round(v, 9) for v in t.values] for t in found.groups}
    assert values == {"IS": [0.25, 0.5, 0.75], "PT": [0.75, 0.5, 0.25], "unknown": [None] * 3}


def test_a_crossing_is_drawn_as_an_interval(census: Census) -> None:
    chart = chart_of(census.crossover("beech", "aspen", frame="panel:race"))
    words = texts_of(chart.svg())
    assert {"first", "lasting so far"} <= set(words)
    assert "Crossing, first: between 1 Jan and 1 Feb 2032." in chart.alt
    assert "Crossing, lasting so far: between 1 Mar and 1 Apr 2032." in chart.alt
    never = chart_of(census.crossover("aspen", "beech", frame="panel:race"))
    assert "first (or before)" in texts_of(never.svg())
    assert "lasting so far" not in texts_of(never.svg())


def test_events_are_marked_and_wrong_ones_refused(census: Census) -> None:
    found = census.series(by="country", frame="panel:grove")
    with_event = chart_of(found, events=[("2031-02-01", "rain"), ("1999-01-01", "long ago")])
    words = texts_of(with_event.svg())
    assert "rain" in words
    assert "long ago" not in words
    with pytest.raises(SettingsError, match="is no date of an event"):
        chart_of(found, events=[("yesterday", "rain")])


def test_intervals_of_ratios_and_of_bounds(census: Census) -> None:
    words = texts_of(chart_of(ratios()).svg())
    assert "4.6x (2.4x to 8.9x)" in words
    assert "at least 5.5x" in words
    rounded = next(i for i in intervals_of(ratios()) if i.name == "fir v elm")
    assert rounded.is_rounding
    bounds = intervals_of(census.share(by="country", frame="panel:grove"))
    iceland = next(i for i in bounds if i.group == "IS")
    # 350 of 1000, and 250 more that are unknown
    assert (iceland.value, iceland.low, iceland.high) == (0.35, 0.35, 0.6)


def test_spans_of_sizes_stand_where_their_quantiles_are(census: Census) -> None:
    rows = [
        {"group": group, "name": group, "kind": kind, "models": 3, "unknown_share": 0.25,
         "p10": 10**8, "p25": 10**9, "median": middle, "p75": 10**10, "p90": 10**11}
        for group, kind, middle in (
            ("IS", "total", 10**9.5), ("IS", "active", 10**9), ("PT", "total", None),
        )
    ]  # fmt: skip
    contract = Contract("sizes", by="country", metric="models", frame="sample:leaf")
    found = figure(rows, contract)
    # active sizes and groups without any are in the table only
    (span,) = spans_of(found)
    assert span.told == "3.2B (100M to 100B; 3 models, 25 % unknown)"
    chart = chart_of(found)
    assert chart.kind == "spans"
    words = texts_of(chart.svg())
    assert span.told in words
    assert {"100M", "1B", "10B", "100B"} <= set(words)
    assert span.told in chart.alt
    assert chart_kinds(census.sizes(by="country", frame="sample:leaf")) == ("spans",)


def test_definitions_without_an_effect_are_drawn_once() -> None:
    found = read_definitions(definitions(30))
    assert len(found.shares) == 29
    assert [field for field, _ in found.fields] == ["metric", "population"]
    firsts = [shares["IS"] for shares in found.shares]
    assert firsts == sorted(firsts, reverse=True)
    assert found.published[0][:2] == ("IS", 0.41)
    words = chart_of(definitions(30))
    assert words.title.startswith("Models by developers based in Portugal lead under ")


@pytest.mark.parametrize(
    ("measure", "kinds"),
    [
        ("series", ("area", "lines", "bump", "slope", "bars")),
        ("totals", ("lines",)),
        ("crossover", ("lines",)),
        ("share", ("bars", "readings", "intervals")),
        ("rank", ("bars",)),
    ],
)
def test_which_charts_fit_a_measure(census: Census, measure: str, kinds: tuple[str, ...]) -> None:
    subjects = ("beech", "aspen") if measure == "crossover" else ()
    frame = "panel:race" if measure == "crossover" else "panel:grove"
    assert chart_kinds(getattr(census, measure)(*subjects, frame=frame)) == kinds


def test_medians_have_no_shares_to_stack(census: Census) -> None:
    medians = census.series(by="country", frame="panel:grove", outliers="median")
    assert "area" not in chart_kinds(medians)
    assert "median of a group's models" in chart_of(medians, "lines").subtitle


def test_one_snapshot_is_no_series(census: Census) -> None:
    one = census.series(by="country", frame="panel:grove", period="2031-04")
    assert chart_kinds(one) == ("bars", "intervals")


def test_what_cannot_be_drawn_is_refused_with_what_can(census: Census, tree: Census) -> None:
    with pytest.raises(ContractError, match="does not fit") as refused:
        chart_of(census.share(by="country", frame="panel:grove"), "matrix")
    assert "bars, readings, intervals" in refused.value.next_step
    with pytest.raises(UnknownName):
        chart_of(census.share(by="country", frame="panel:grove"), "pie")
    with pytest.raises(ContractError, match="no chart fits"):
        chart_of(tree.edges(frame="sample:tree"))
    one = share({"IS": 0.4})
    nothing = replace(one, rows=one.rows.slice(0, 0))
    assert chart_kinds(nothing) == ()
    with pytest.raises(ContractError, match="no chart fits"):
        chart_of(nothing)


def test_limits_of_charts(census: Census) -> None:
    found = census.share(by="country", frame="panel:grove")
    for width in (299, 2401):
        with pytest.raises(LimitExceeded, match="pixels wide"):
            chart_of(found, width=width)
    with pytest.raises(LimitExceeded, match="rows are too many"):
        chart_of(found, settings=Settings(chart_rows=2))
    with pytest.raises(LimitExceeded, match="pixels is too large"):
        chart_of(found, settings=Settings(chart_pixels=1000)).png()
    with pytest.raises(SettingsError, match="no scheme"):
        chart_of(found, scheme="sepia")


def test_a_group_without_a_count_is_named_and_not_drawn() -> None:
    words = texts_of(chart_of(share({"IS": 0.4, "PT": None}), "bars").svg())
    assert "not known" in words


def test_the_bundle_of_a_browser_is_one_script_that_asks_nobody() -> None:
    script = browser_bundle().decode()
    assert "window.vegaEmbed" in script
    # neither a module that loads others, nor one that only modules can load
    assert not re.search(r"\b(?:import|export)\s*[{*'\"]", script)
    assert browser_bundle() is browser_bundle()
