"""Every written format holds the rows without loss, and hostile texts stay texts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.measures.census import Census
from modelcensus.publish.exports import EXPORTS
from modelcensus.publish.formats import show_nested, to_csv, to_markdown

HOSTILE = 'a "b", c|d\te\n`f` *g* <h> [i](j) \\ {k}_'


@pytest.fixture(scope="module", params=["share", "rank", "series", "totals", "crossover"])
def figure(request: pytest.FixtureRequest, census: Census) -> Figure:
    """A figure of every measure, nulls and nested cells included."""
    calls: dict[str, Callable[[], Figure]] = {
        "share": lambda: census.share(frame="sample:leaf", metric="likes"),
        "rank": lambda: census.rank(frame="panel:grove"),
        "series": lambda: census.series(frame="panel:grove"),
        "totals": lambda: census.totals(frame="panel:grove"),
        "crossover": lambda: census.crossover("beech", "aspen", frame="panel:race"),
    }
    return calls[request.param]()


def hostile() -> Figure:
    return Figure(
        contract=Contract("share"),
        columns=columns(("name", "", ""), ("n", "models", "")),
        rows=pa.table({"name": [HOSTILE, None], "n": [1, None]}),
        finding=f"It is {HOSTILE}.",
        does_not_show=(HOSTILE,),
        coverage={"models": 1},
        bounds={},
        sensitivity={},
        caveats=(HOSTILE,),
        release="r",
        registers={},
        sources=(HOSTILE,),
    )


def read_cell(text: str, value: Any) -> Any:
    """Return a CSV cell as the type that the figure's cell has."""
    if value is None or isinstance(value, str):
        return text or None
    if isinstance(value, bool):
        return text == "True"
    return json.loads(text) if isinstance(value, list) else type(value)(text)


def test_json_is_the_envelope(figure: Figure) -> None:
    assert json.loads(EXPORTS["json"].write(figure)) == json.loads(figure.to_json())
    assert json.loads(EXPORTS["json"].write(figure))["rows"] == figure.records()


def test_csv_gives_every_row_back(figure: Figure) -> None:
    header, *rows = csv.reader(io.StringIO(EXPORTS["csv"].write(figure).decode()))
    assert header == figure.rows.column_names
    read = [
        {k: read_cell(t, v) for (k, v), t in zip(record.items(), row, strict=True)}
        for row, record in zip(rows, figure.records(), strict=True)
    ]
    assert read == figure.records()


def test_csv_keeps_hostile_texts() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(hostile()).decode(), newline="")))
    assert rows == [["name", "n"], [HOSTILE, "1"], ["", ""]]


def test_parquet_gives_every_row_back_with_the_envelope(figure: Figure) -> None:
    table = pq.read_table(io.BytesIO(EXPORTS["parquet"].write(figure)))
    assert table.to_pylist() == figure.records()
    assert table.schema.equals(figure.rows.schema)
    envelope = json.loads(figure.to_json())
    del envelope["rows"]
    assert json.loads(table.schema.metadata[b"modelcensus"]) == envelope


def test_parquet_bytes_are_the_same_each_time(figure: Figure) -> None:
    assert EXPORTS["parquet"].write(figure) == EXPORTS["parquet"].write(figure)


def test_markdown_is_one_table_with_what_belongs_to_it(figure: Figure) -> None:
    lines = EXPORTS["md"].write(figure).decode().splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == len(figure.rows) + 2
    assert table[0] == f"| {' | '.join(figure.rows.column_names)} |"
    assert lines[0].startswith("**")
    assert lines[-1].startswith("Open Model Census, release ")
    assert len([line for line in lines if line.startswith("- Note: ")]) == len(figure.caveats)


def test_markdown_shows_hostile_texts_as_they_are() -> None:
    text = to_markdown(hostile()).decode()
    row = next(line for line in text.splitlines() if line.startswith("| a"))
    assert row == ('| a "b", c\\|d\te \\`f\\` \\*g\\* \\<h\\> \\[i\\](j) \\\\ \\{k\\}\\_ | 1 |')
    # nothing opens a link, a tag or a cell of its own
    assert text.count("[i]") == 0
    assert "<h>" not in text


def test_plain_is_for_pipes_one_line_a_row(figure: Figure) -> None:
    header, *lines = EXPORTS["plain"].write(figure).decode().splitlines()
    assert header.split("\t") == figure.rows.column_names
    read = [
        {k: read_cell(t, v) for (k, v), t in zip(record.items(), line.split("\t"), strict=True)}
        for line, record in zip(lines, figure.records(), strict=True)
    ]
    assert read == figure.records()


def test_plain_keeps_a_row_on_its_line_whatever_a_cell_holds() -> None:
    lines = EXPORTS["plain"].write(hostile()).decode().split("\n")
    assert len(lines) == 4
    assert [line.count("\t") for line in lines[:3]] == [1, 1, 1]


def test_how_nested_cells_are_shown() -> None:
    moves = [{"model": "a/b", "by": None}, {"model": "c/d", "by": "2031-01-05"}]
    assert show_nested(moves) == "model a/b, by never; model c/d, by 2031-01-05"
    assert show_nested([]) == ""
    assert show_nested(["a", None]) == "a, "
    assert show_nested(1234) == "1,234"
