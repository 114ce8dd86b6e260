"""The shortlist as a page: the same rows on every face, forms that tidy up, refusals that stay."""

from __future__ import annotations

import csv
import io
import json
import shlex
from html import unescape

from starlette.testclient import TestClient
from typer.testing import CliRunner

from modelcensus.cli.main import app
from modelcensus.snapshots.store import Store

QUESTION = "licences=L1%2CL2&chain=compatible&family=qwen&frame=sample%3Adeclared-radar&most=12"


def test_faces_agree(client: TestClient, sample_store: Store) -> None:
    page = client.get(f"/shortlist?{QUESTION}")
    assert page.status_code == 200
    text = unescape(page.text)
    whole = client.get(f"/shortlist.json?{QUESTION}").json()
    rows = list(csv.DictReader(io.StringIO(client.get(f"/shortlist.csv?{QUESTION}").text)))
    assert [r["model_id"] for r in rows] == [r["model_id"] for r in whole["rows"]]
    assert len(rows) == 12
    assert all(f">{row['model_id']}</a>" in text for row in rows)
    assert whole["notice"] in text
    command = text.partition("<code>")[2].partition("</code>")[0]
    assert command.startswith("census shortlist --licences L1,L2")
    words = [*shlex.split(command)[1:], "--format", "json", "--store", str(sample_store.path)]
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout) == whole


def test_every_answer_has_its_reason_and_unknown_is_never_met(client: TestClient) -> None:
    rules = "licences=L1&weights=safetensors&own_code=no&tested=yes&most=30"
    whole = client.get(f"/shortlist.json?{rules}&frame=sample%3Adeclared-radar").json()
    assert {f["answer"] for row in whole["rows"] for f in row["rules"]} == {
        *("meets", "fails", "not known"),
    }
    assert all(f["why"] for row in whole["rows"] for f in row["rules"])
    for row in whole["rows"]:
        if row["answer"] == "meets":
            assert {f["answer"] for f in row["rules"]} == {"meets"}


def test_form_leads_to_a_short_address_and_keeps_its_ticks(client: TestClient) -> None:
    sent = "/shortlist?licences=L1&licences=L3&chain=compatible&countries=&family=&most="
    answer = client.get(sent, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/shortlist?licences=L1%2CL3&chain=compatible"
    text = client.get(answer.headers["location"]).text
    for value in ("L1", "L3"):
        assert f'name="licences" value="{value}" checked' in text
    assert 'name="licences" value="L2" checked' not in text


def test_refusals_say_what_and_keep_the_form(client: TestClient) -> None:
    for query, status, words in (
        ("licences=L12", 400, "knows no 'L12'"),
        ("colour=red", 400, "takes no 'colour'"),
        ("most=0", 400, "Most cannot be"),
        ("most=999999", 400, "cannot be looked at"),
        ("frame=panel:nobody", 404, "panel:nobody"),
        ("chain=compatible&chain=compatible", 400, "given twice"),
    ):
        answer = client.get(f"/shortlist?{query}")
        assert answer.status_code == status, query
        assert words in unescape(answer.text)
        assert 'name="licences"' in answer.text
    assert client.get("/shortlist.exe").status_code == 404
    assert client.get("/shortlist.cyclonedx?licences=L7").status_code == 404
