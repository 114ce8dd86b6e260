"""Figures: rows and what belongs to them, in every form a number may leave in."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Column, Figure, columns, percent, show
from modelcensus.errors import CensusError
from modelcensus.measures.census import Census

ENVELOPE = {
    "measure",
    "contract",
    "contract_id",
    "finding",
    "does_not_show",
    "columns",
    "rows",
    "coverage",
    "bounds",
    "sensitivity",
    "caveats",
    "release",
    "registers",
    "citation",
}
"""The keys of DESIGN section 6."""

HOSTILE = "<script>alert('a & b')</script>\"x"


def a_figure(**changes: Any) -> Figure:
    rows = pa.table({"group": ["IS", None], "share": [0.25, None], "n": pa.array([1, None])})
    values: dict[str, Any] = {
        "contract": Contract("share"),
        "columns": columns(("group", "", "who"), ("share", "fraction", "part"), ("n", "", "count")),
        "rows": rows,
        "finding": "It is so.",
        "does_not_show": ("something else",),
        "coverage": {"models": 2},
        "bounds": {},
        "sensitivity": {},
        "caveats": ("mind this",),
        "release": "2031-04-05-abc",
        "registers": {"developers": "123"},
        "sources": ("Grove watchers", "Others"),
    }
    return Figure(**(values | changes))


def test_columns_and_rows_must_match() -> None:
    for wrong in (
        columns(("group", "", "who")),
        columns(("share", "", ""), ("group", "", ""), ("n", "", "")),
    ):
        with pytest.raises(CensusError, match="do not match") as caught:
            a_figure(columns=wrong)
        assert "'share'" in caught.value.where


def test_a_figure_needs_its_coverage() -> None:
    with pytest.raises(CensusError, match="coverage") as caught:
        a_figure(coverage={})
    assert caught.value.where == "share"


def test_the_envelope_has_every_key() -> None:
    envelope = a_figure(details={"series": [1]}).to_dict()
    assert set(envelope) >= ENVELOPE
    assert envelope["series"] == [1]
    assert envelope["contract_id"] == Contract("share").id
    assert envelope["columns"][1] == {"name": "share", "unit": "fraction", "description": "part"}
    assert envelope["rows"] == [
        {"group": "IS", "share": 0.25, "n": 1},
        {"group": None, "share": None, "n": None},
    ]
    assert envelope["citation"] == a_figure().cite()


def test_json_is_the_envelope_with_iso_dates_and_without_nan() -> None:
    moment = datetime(2031, 4, 5, tzinfo=UTC)
    figure = a_figure(coverage={"on": date(2031, 4, 5), "at": moment})
    read = json.loads(figure.to_json())
    assert read["coverage"] == {"on": "2031-04-05", "at": "2031-04-05T00:00:00+00:00"}
    assert {k: v for k, v in read.items() if k != "coverage"} == {
        k: v for k, v in figure.to_dict().items() if k != "coverage"
    }
    nan = pa.table({"group": ["IS"], "share": [float("nan")], "n": [1]})
    with pytest.raises(ValueError, match="JSON"):
        a_figure(rows=nan).to_json()


def test_every_frame_of_rows_is_the_same() -> None:
    figure = a_figure()
    assert figure.to_arrow() is figure.rows
    assert list(figure) == figure.records()
    polars = figure.to_polars()
    assert polars.columns == figure.rows.column_names
    assert polars.to_dicts() == figure.records()
    pandas = figure.to_pandas()
    assert list(pandas.columns) == figure.rows.column_names
    assert pandas["share"].tolist()[0] == 0.25
    assert pandas.isna().iloc[1].tolist() == [True, True, True]


def test_without_polars_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(CensusError, match="not installed") as caught:
        a_figure().to_polars()
    assert "modelcensus[polars]" in caught.value.next_step


def test_a_notebook_shows_hostile_texts_as_texts() -> None:
    figure = a_figure(
        columns=(Column("group", "", HOSTILE), Column(HOSTILE, "", "")),
        rows=pa.table({"group": [HOSTILE], HOSTILE: [1.5]}),
        finding=HOSTILE,
        does_not_show=(HOSTILE,),
        sources=(HOSTILE,),
    )
    text = figure._repr_html_()
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 6
    assert "title='&lt;script&gt;alert(&#x27;a" in text
    assert "<td>1.5000</td>" in text
    assert "SIMULATED" not in text
    assert "SIMULATED DATA" in dataclasses.replace(figure, is_simulated=True)._repr_html_()


def test_a_notebook_shows_fifty_rows_at_most() -> None:
    many = pa.table({"group": ["x"] * 60, "share": [0.1] * 60, "n": [1] * 60})
    assert a_figure(rows=many)._repr_html_().count("<tr>") == 51


def test_a_citation_names_release_definition_and_data() -> None:
    cited = a_figure().cite()
    for part in ("2031-04-05-abc", Contract("share").id, "Share of 30-day", "Grove watchers; Othe"):
        assert part in cited
    assert "SIMULATED" not in cited
    assert "SIMULATED DATA" in a_figure(is_simulated=True).cite()
    assert a_figure(is_simulated=True).to_dict()["is_simulated"] is True


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (1234567, "1,234,567"),
        (0, "0"),
        (0.25, "0.2500"),
        ([1000, None, "a"], "1,000, , a"),
        (date(2031, 4, 5), "2031-04-05"),
        ("text", "text"),
    ],
)
def test_how_a_cell_is_shown(value: object, text: str) -> None:
    assert show(value) == text


def test_percentages() -> None:
    assert percent(None) == "unknown"
    assert percent(0.12345) == "12.3 %"
    assert percent(0.12345, 2) == "12.35 %"  # 12.345 is held as 12.3450000000000006


def test_a_real_figure_has_all_of_it(census: Census) -> None:
    figure = census.share("IS", frame="panel:grove")
    read = json.loads(figure.to_json())
    assert set(read) >= ENVELOPE
    assert read["rows"] == figure.records()
    assert figure.to_polars().to_dicts() == figure.records()
    assert read["release"] == census.release.name
    assert read["registers"]["developers"] == census.release.manifest["registers"]["developers"]
    assert figure.sources == ("whoever made the table",)
