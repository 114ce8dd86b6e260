"""Figures, statements and stores on a terminal: what is data is never read as markup."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from rich.console import Console

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.measures.census import Census
from modelcensus.publish.terminal import ROWS, bars, draw_figure, figure_table, notes

HOSTILE = "[red]x[/] [/] :smile: [link=http://example.org]y"


def console() -> Console:
    return Console(file=io.StringIO(), width=300, highlight=False, emoji=False)


def printed(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def draw(figure: Figure) -> tuple[str, str]:
    out, words = console(), console()
    draw_figure(figure, out, words)
    return printed(out), printed(words)


def a_figure(**changes: Any) -> Figure:
    values: dict[str, Any] = {
        "contract": Contract("share"),
        "columns": columns(("name", "", ""), ("value", "downloads", "")),
        "rows": pa.table({"name": [HOSTILE], "value": [1.5]}),
        "finding": HOSTILE,
        "does_not_show": (HOSTILE,),
        "coverage": {"frame": HOSTILE, "hub": HOSTILE, "models": 1},
        "bounds": {"hub_wide": {"status": "unknown here", "why": HOSTILE, "groups": {}}},
        "sensitivity": {},
        "caveats": (HOSTILE,),
        "release": HOSTILE,
        "registers": {},
        "sources": (HOSTILE,),
    }
    return Figure(**(values | changes))


def test_hostile_texts_are_printed_as_they_are() -> None:
    rows, words = draw(a_figure())
    assert rows.count(HOSTILE) == 1
    # finding, coverage twice, bounds, caveat, not shown, cited release and source
    assert words.count(HOSTILE) == 8


def test_hostile_names_in_what_it_hangs_on() -> None:
    sensitivity = {
        "headline_groups": [HOSTILE],
        "hangs_on": {
            "row_id": HOSTILE,
            "share_moved": 0.5,
            "alternative": HOSTILE,
            "shares": {HOSTILE: 0.1},
            "because": HOSTILE,
        },
        "readings": [{}, {"reading": HOSTILE, "shares": {HOSTILE: None}}],
        "leave_one_model_out": [{"without": HOSTILE, "value": 1000, "shares": {HOSTILE: 0.25}}],
        "beside": {
            "by": "namespace",
            "rows": [{"rule": "first", "after": None, "by": None}],
            "difference": [
                {
                    "family": HOSTILE,
                    "only_by_family": {
                        "models": 1,
                        "largest": [{"model_id": HOSTILE, "largest_value": 5}],
                    },
                    "only_by_namespace": {"models": 0, "largest": []},
                }
            ],
        },
    }
    bounds = {
        "hub_wide": {
            "status": "bounded",
            "groups": {HOSTILE: [0.1, 0.2]},
            "hub_total_observed_on": "2031-04-25",
        }
    }
    lines = list(notes(a_figure(sensitivity=sensitivity, bounds=bounds)))
    out = console()
    for line in lines:
        out.print(line)
    text = printed(out)
    for part in (
        f"{HOSTILE} on the whole hub: between 10.0 % and 20.0 % (hub total of 2031-04-25)",
        f"register row {HOSTILE}: it carries 50.0 %; read as {HOSTILE}: {HOSTILE} 10.0 %.",
        f"also      {HOSTILE}: {HOSTILE} unknown",
        f"without   {HOSTILE} (1,000): {HOSTILE} 25.0 %",
        "by namespace, first: before the first snapshot to never",
        f"1 model(s) only by family: {HOSTILE} (up to 5)",
    ):
        assert part in text
    assert "only by namespace:" not in text


def test_a_neighbour_that_cannot_be_asked_says_why() -> None:
    beside = {"by": "family", "subjects": [], "why": HOSTILE}
    text = "\n".join(notes(a_figure(sensitivity={"beside": beside})))
    assert "by family: " in text


def test_every_measure_is_drawn_with_its_notes(census: Census) -> None:
    for figure in (
        census.share(frame="panel:grove"),
        census.rank(frame="panel:grove"),
        census.series(frame="panel:grove"),
        census.totals(frame="panel:grove"),
        census.crossover("beech", "aspen", frame="panel:race"),
    ):
        rows, words = draw(figure)
        assert figure.finding in words.replace("\n", " ")
        assert "cite" in words
        assert all(text[:60] in words for text in figure.does_not_show)
        assert all(column.name in rows for column in figure.columns)


def test_golden_drawing_of_a_share(census: Census) -> None:
    rows, words = draw(census.share("IS", "PT", frame="panel:grove"))
    iceland = next(line for line in rows.splitlines() if line.startswith("IS"))
    assert iceland.split() == ["IS", "Iceland", "350", "5", "35.00", "46.67"]
    assert "share_of_all (%)" in rows
    for part in (
        "75.0 % of the metric attributed, 1 without a count",
        "IS on the whole hub: between 17.5 % and 80.0 % (hub total of 2031-04-25)",
        "register row developers:alder-lab:: it carries 31.0 %; read as NO:",
        "of the attributed part: IS 46.7 %, PT 32.0 %",
        "alder/aspen-7b (200): IS 18.8 %, PT 30.0 %",
    ):
        assert part in words


def test_cells(census: Census) -> None:
    figure = census.rank(frame="panel:grove", outliers="median")
    rows, _ = draw(figure)
    # whole floats without decimals, others with two
    assert "120" in rows.splitlines()[1]
    assert "1.20" in rows.splitlines()[1]
    shares, _ = draw(census.share(frame="sample:leaf", metric="likes"))
    uruguay = next(line for line in shares.splitlines() if line.startswith("UY"))
    assert uruguay.split() == ["UY", "Uruguay", "1"]


def test_simulated_data_are_said_first() -> None:
    _, words = draw(replace(a_figure(), is_simulated=True))
    assert words.startswith("SIMULATED DATA: nothing here is about real models")


def test_long_tables_are_cut_and_say_so() -> None:
    many = pa.table({"name": ["n"] * (ROWS + 5), "value": [1.0] * (ROWS + 5)})
    figure = a_figure(rows=many)
    rows, words = draw(figure)
    assert rows.count("\nn ") == ROWS
    assert "5 more rows: --format csv, json or parquet" in words
    assert figure_table(figure).row_count == ROWS


@pytest.mark.parametrize(
    ("rows", "lengths"),
    [
        ([], []),
        ([("a", "red", 0.0), ("b", "red", 0.0)], [0, 0]),
        ([("a", "red", 1e6), ("b", "red", 2e6), ("c", "red", 0.0)], [5, 10, 0]),
    ],
)
def test_bars_start_at_zero(rows: list[tuple[str, str, float]], lengths: list[int]) -> None:
    for ascii_only, mark in ((True, "#"), (False, "█")):
        lines = list(bars(rows, 10, ascii_only=ascii_only))
        assert [line.count(mark) for line in lines] == lengths


def test_bars_align_and_keep_hostile_labels() -> None:
    out = console()
    for line in bars([("[red]", "red", 1e6), ("long label", "red", 5e5)], 10, ascii_only=True):
        out.print(line)
    first, second = printed(out).splitlines()
    assert first == "[red]      ########## 1.0 M"
    assert second == "long label ##### 0.5 M"
