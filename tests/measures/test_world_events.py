"""Events stand beside figures over time: the ones that concern them, capped, and counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from tests.events_world import DAYS, EVENTS, census_with_events

from modelcensus.contracts.figure import Figure
from modelcensus.measures.census import Census
from modelcensus.measures.world_events import (
    MOST_DRAWN,
    labels_over_time,
    rank_events,
    spread_over_time,
)
from modelcensus.publish.charts import chart_of
from modelcensus.publish.terminal import notes
from modelcensus.registers.load import load_registers
from modelcensus.registers.world_questions import find_events
from modelcensus.registers.world_records import Event

SOURCE = find_events(load_registers())[0].source


def event(name: str, day: str, kind: str = "release", **about: tuple[str, ...]) -> Event:
    empty = {"families": (), "developers": (), "countries": ()}
    return Event(name, day, "day", kind, name, **{**empty, **about}, source=SOURCE)


def test_events_of_the_groups_come_first_and_strangers_never() -> None:
    mine = event("mine", "2025-02-01", families=("axe",))
    other = event("other", "2025-02-01", families=("bow",))
    control = event("control", "2025-03-01", "export control", countries=("US",))
    report = event("report", "2025-01-01", "report")
    every = [report, other, control, mine]
    assert rank_events(every, "family", frozenset({"axe"})) == [mine, control, report]
    assert rank_events(every, "total", frozenset()) == [control, report]
    assert rank_events(every, "country", frozenset({"US"})) == [control, report]


def test_a_crowd_is_spread_over_its_time() -> None:
    start = date(2025, 1, 1)
    crowd = [event(f"e{i:02}", (start + timedelta(i)).isoformat()) for i in range(21)]
    assert [e.event_id for e in spread_over_time(crowd, 5)] == ["e00", "e05", "e10", "e15", "e20"]
    assert [e.event_id for e in spread_over_time(crowd, 1)] == ["e20"]
    assert spread_over_time(crowd, 0) == []
    assert spread_over_time(crowd[:3], 5) == crowd[:3]


@pytest.mark.parametrize(
    ("rows", "details", "labels"),
    [
        ({"label": ["2025-02-01T00:00:00Z", "2025-01-01", None]}, {}, ["2025-01-01", "2025-02-01"]),
        ({"group": ["a"]}, {"series": [{"label": "2025-01-01"}]}, ["2025-01-01"]),
        ({"group": ["a"]}, {}, []),
    ],
)
def test_what_is_over_time_is_read_from_the_rows(
    rows: dict[str, list[str]], details: dict[str, list[dict[str, str]]], labels: list[str]
) -> None:
    assert labels_over_time(pa.table(rows), details) == labels


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    with census_with_events(tmp_path_factory.mktemp("events")) as opened:
        yield opened


@pytest.fixture(scope="module")
def figure(census: Census) -> Figure:
    return census.series("axe", by="family")


def test_a_series_names_the_events_of_its_window(figure: Figure) -> None:
    events = figure.details["events"]
    titles = [e["title"] for e in events["listed"]]
    assert "before" not in titles
    assert "of another family" not in titles
    assert "waits for a second text" not in titles
    assert {"of the family", "control"} <= set(titles)
    assert events["in_window"] == len(EVENTS) - 3
    assert events["not_drawn"] == events["in_window"] - MOST_DRAWN
    assert sum(e["is_drawn"] for e in events["listed"]) == MOST_DRAWN
    assert all(DAYS[0] <= e["date"] <= DAYS[-1] for e in events["listed"])
    assert json.loads(figure.to_json())["events"] == events


def test_the_terminal_and_the_chart_name_the_same(figure: Figure) -> None:
    drawn = [e["title"] for e in figure.details["events"]["listed"] if e["is_drawn"]]
    lines = list(notes(figure))
    assert [title for title in drawn if not any(title in line for line in lines)] == []
    more = figure.details["events"]["not_drawn"]
    assert [line for line in lines if f"{more} more in this time" in line]
    chart = chart_of(figure, "lines")
    count = f"{MOST_DRAWN} of {figure.details['events']['in_window']} events of this time marked"
    assert count in chart.subtitle
    assert all(title in chart.alt for title in drawn)
    bare = chart_of(figure, "lines", events=())
    assert "events of this time" not in bare.subtitle
    assert bare.svg() != chart.svg()


def test_a_chart_that_marks_none_says_nothing_of_them(figure: Figure) -> None:
    assert "events of this time" not in chart_of(figure, "slope").subtitle


def test_a_figure_of_one_day_has_no_events(census: Census) -> None:
    assert "events" not in census.share(by="family").details


def test_invented_data_have_no_real_events(tmp_path: Path) -> None:
    with census_with_events(tmp_path, is_simulated=True) as census:
        assert "events" not in census.series("axe", by="family").details


def test_without_events_nothing_is_said(figure: Figure) -> None:
    bare = replace(figure, details={})
    assert not [line for line in notes(bare) if line.startswith("[blue]event")]
    assert "events of this time" not in chart_of(bare, "lines").subtitle
