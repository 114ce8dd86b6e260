"""Page, CSV, API, command line and Python give the same figure, for every measure."""

from __future__ import annotations

import csv
import io
import json
import shlex
from html import unescape

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from modelcensus.cli.main import app
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import ContractError
from modelcensus.publish.faces import as_command, as_python, as_query
from modelcensus.snapshots.store import Store
from modelcensus.web.asking import first_question
from modelcensus.web.site import Site

REFUSED = (
    *("licence_changes", "relative_adoption", "exposure"),
    *("openness", "capability", "training"),
)
"""Measures without a first question over the sample: it has one snapshot of a frame with licences,
no running totals and no index, results or list of notable models; and whose bases are thought away
must be said."""

VARIED = {
    "share": (
        {"subjects": ("CN", "US"), "denominator": "attributed", "frame": "panel:osir"},
        {"by": "developer", "outliers": "cap:1000000", "frame": "panel:osir", "lens": "publisher"},
        {"by": "licence_class", "metric": "models", "frame": "sample:declared-radar"},
    ),
    "rank": ({"by": "namespace", "frame": "panel:osir", "period": "2025-03-07"},),
    "series": ({"subjects": ("qwen", "llama"), "by": "family", "frame": "panel:osir"},),
    "crossover": ({"subjects": ("qwen", "llama"), "outliers": "median", "frame": "panel:osir"},),
    "exposure": (
        {"without": "developer:alibaba", "metric": "models", "frame": "sample:declared-radar"},
    ),
    "derivatives": (
        {"relation": "any", "counting": "full", "threshold": "5", "frame": "sample:declared-radar"},
    ),
}


def _questions(site: Site, name: str) -> list[Contract]:
    """Return a measure's first question and some with other parameters."""
    varied = [MEASURES[name].contract(**values) for values in VARIED.get(name, ())]
    try:
        return [first_question(site, name), *varied]
    except ContractError:
        assert name in REFUSED
        return varied


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_faces_agree(client: TestClient, site: Site, sample_store: Store, name: str) -> None:
    for contract in _questions(site, name):
        query = as_query(contract)
        figure = site.figure(contract)
        whole = json.loads(figure.to_json())
        assert client.get(f"/api/v1/figures/{name}?{query}").json() == whole
        assert client.get(f"/figures/{name}.json?{query}").json() == whole
        rows = list(csv.DictReader(io.StringIO(client.get(f"/figures/{name}.csv?{query}").text)))
        assert len(rows) == len(figure.rows)
        assert list(rows[0]) == figure.rows.column_names if rows else True
        page = unescape(client.get(f"/figures/{name}?{query}&tab=table").text)
        assert figure.contract.id in page
        assert figure.finding in page
        ran = CliRunner().invoke(
            app,
            [*shlex.split(as_command(contract))[1:], "--format", "json", "--store",
             str(sample_store.path)],
        )  # fmt: skip
        assert ran.exit_code == 0, ran.output
        assert json.loads(ran.stdout) == whole
        python = as_python(contract).splitlines()[1]
        # the line that pages offer, run against the open release
        made = eval(python, {"census": site.census})  # noqa: S307
        assert json.loads(made.to_json()) == whole
