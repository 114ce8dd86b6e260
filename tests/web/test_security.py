"""Security tests as pages: the same figure on every face, refusals that keep the form."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest
from starlette.testclient import TestClient
from tests.vet.world import alone, build, case, grid
from typer.testing import CliRunner

from modelcensus.cli.main import app
from modelcensus.contracts.vet_contract import VetContract
from modelcensus.publish.vet_faces import WORDS, vet_command, vet_python, vet_query, word_of
from modelcensus.settings import Settings
from modelcensus.testing import FixedClock
from modelcensus.vet.vet import open_vet
from modelcensus.web.app import create_app
from modelcensus.web.sites import Sites

HOSTILE = "<script>alert(1)</script>\u202eexe"

LOST = {
    "elm-7b": [(0, 0), (0, 1), (1, 1), (2, 2), (3, 0)],
    "oak-9b": [(0, 0), (1, 1)],
    "fir-1b": [],
}
QUESTIONS = (
    VetContract("vet_compare", models=("elm-7b",), reference="oak-9b"),
    VetContract(
        "vet_compare", models=("elm-7b", "fir-1b"), reference="oak-9b", counting="as_published",
        allow_partial="yes",
    ),
    VetContract("vet_rates", engine="probe", attack="direct"),
    VetContract("vet_rates", models=("oak-9b",)),
    VetContract("vet_grids"),
    VetContract("vet_reports"),
)  # fmt: skip


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """The site over invented outcomes."""
    lists = [c for model, lost in LOST.items() for c in (*grid(model, lost), *alone(model, 3))]
    lists.append(case(HOSTILE, 0, 0, True, attack="shout"))
    store = build(tmp_path_factory.mktemp("tested") / "store", invented=lists)
    clock = FixedClock(datetime(2031, 2, 1, tzinfo=UTC))
    opened = Sites(store, "", Settings(chart_workers=1), clock)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(sites: Sites) -> TestClient:
    return TestClient(create_app(sites, warm=False), raise_server_exceptions=True)


@pytest.mark.parametrize("contract", QUESTIONS, ids=lambda c: f"{c.measure}-{c.id}")
def test_faces_agree(client: TestClient, sites: Sites, contract: VetContract) -> None:
    figure = sites.newest.security(contract)
    contract = figure.contract  # what the data decided stands in it
    whole = json.loads(figure.to_json())
    path, query = f"/security/{word_of(contract.measure)}", vet_query(contract)
    assert client.get(f"/api/v1{path}?{query}").json() == whole
    assert client.get(f"{path}.json?{query}").json() == whole
    rows = list(csv.DictReader(io.StringIO(client.get(f"{path}.csv?{query}").text)))
    assert len(rows) == len(figure.rows)
    page = client.get(f"{path}?{query}")
    assert page.status_code == 200
    text = unescape(page.text)
    assert figure.finding.replace("\u202e", "\\u202e") in text
    assert contract.id in text
    assert vet_command(contract) in text
    ran = CliRunner().invoke(
        app,
        [*shlex.split(vet_command(contract))[1:], "--format", "json", "--store",
         str(sites.store.path)],
    )  # fmt: skip
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout) == whole
    with open_vet(sites.store.path) as vet:
        # the line that pages offer, run against the same store
        python = vet_python(contract).splitlines()[1].replace("open_vet()", "vet")
        made = eval(python, {"vet": vet})  # noqa: S307
    assert json.loads(made.to_json()) == whole


def test_page_shows_utility_beside_rates_and_no_ranking(client: TestClient) -> None:
    text = unescape(client.get("/security?attack=direct").text)
    places = [text.index(f"<td>{name}</td>") for name in sorted(LOST)]
    assert places == sorted(places)
    assert "5 of 12" in text
    assert "75.0 %" in text
    assert "that a model is safe" in text


def test_form_leads_to_the_short_address_of_the_same_question(client: TestClient) -> None:
    sent = (
        "/security/compare?engine=probe&attack=direct&models=elm-7b&reference=oak-9b&grid="
        "&benchmark_version=&counting=default&verdict=completed&allow_version_mix=no"
        "&allow_partial=no&budget=1"
    )
    answer = client.get(sent, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        "/security/compare?models=elm-7b&reference=oak-9b&engine=probe&attack=direct"
    )
    page = client.get(answer.headers["location"]).text
    assert '<input type="checkbox" name="models" value="elm-7b" checked>' in page
    assert '<option value="oak-9b" selected>' in page
    assert "forest" not in page  # the picture has an address of its own
    picture = client.get(answer.headers["location"].replace("compare?", "compare.svg?"))
    assert picture.headers["content-type"].startswith("image/svg")
    assert "elm-7b" in picture.text


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("models=elm-7b", 400, "names the tested models and the model"),
        ("models=elm-7b&reference=elm-7b", 400, "not compared with itself"),
        ("models=elm-7b&reference=ash-3b", 404, "ash-3b"),
        ("models=elm-7b&reference=oak-9b&colour=red", 400, "takes no 'colour'"),
        ("models=elm-7b&reference=oak-9b&budget=none", 400, "no number of attempts"),
        ("models=elm-7b&reference=oak-9b&engine=a&engine=b", 400, "given twice"),
    ],
)
def test_refusal_says_what_and_keeps_the_form(
    client: TestClient, query: str, status: int, words: str
) -> None:
    answer = client.get(f"/security/compare?{query}")
    assert answer.status_code == status
    text = unescape(answer.text)
    assert words in text
    assert 'name="reference"' in text
    api = client.get(f"/api/v1/security/compare?{query}")
    assert api.status_code == status
    assert words in api.json()["error"]["what"]


def test_unknown_questions_and_endings_are_not_found(client: TestClient) -> None:
    for path in ("/security/ranking", "/security/rates.exe", "/security/grids.svg"):
        assert client.get(path).status_code == 404


def test_hostile_names_execute_and_spoof_nothing(client: TestClient) -> None:
    text = client.get("/security?attack=shout").text
    assert "alert(1)" in text
    assert "<script>alert" not in text
    assert "\u202e" not in text
    form = client.get("/security/compare?models=a&reference=b&attack=shout").text
    assert "<script>alert" not in form


def test_without_outcomes_the_page_says_how_to_get_them(sample_store, tmp_path) -> None:
    clock = FixedClock(datetime(2026, 12, 1, tzinfo=UTC))
    opened = Sites(sample_store, "", Settings(chart_workers=1), clock)
    try:
        text = unescape(TestClient(create_app(opened, warm=False)).get("/security").text)
    finally:
        opened.close()
    assert "census import agentdojo" in text
    assert "12.18" in text  # published figures need no outcomes
    assert len(WORDS) == 4
