"""Hubs side by side: the page's cells are the figure's, and nothing is added up."""

from __future__ import annotations

from modelcensus.web.asking import ask
from modelcensus.web.hub_table import GROUPS, hub_table
from modelcensus.web.linking import Reader
from modelcensus.web.site import Site


def test_every_cell_is_a_row_of_the_figure(site: Site) -> None:
    figure = ask(site, "hubs", by="family")
    table = hub_table(Reader(site, "/hubs"), figure)
    views = {(r["hub"], r["metric"], r["kind"], r["as_of"][:10]) for r in figure.records()}
    assert len(table.headers) == 1 + len(views) > 1
    told = {r["name"]: set[str]() for r in figure.records()}
    for r in figure.records():
        told[r["name"]].add("no count" if r["value"] is None else f"{r['rank']}. {r['value']:,}")
    assert len(table.rows) == min(GROUPS, len(told))
    for name, *cells in table.rows:
        assert {c.text for c in cells} - {"not there"} == told[name.text]
