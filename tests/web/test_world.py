"""The wider world as pages: every record with its source, the same rows on every face."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from html import unescape

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from modelcensus.cli.main import app
from modelcensus.publish.tile_map import TILES
from modelcensus.registers.world_questions import find_adoptions
from modelcensus.web.drawn_records import HELD_BY, off_the_map, tile_map, timeline, undated_steps
from modelcensus.web.site import Site

QUESTIONS = (
    "/adoption?how=restricts",
    "/adoption?country=SG&kind=state",
    "/adoption?family=qwen&status=in+use",
    "/positions?stance=supports",
    "/events?kind=release&family=qwen",
    "/capability?weights=gap",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_faces_agree(client: TestClient, question: str) -> None:
    path, _, query = question.partition("?")
    page = client.get(question)
    assert page.status_code == 200
    text = unescape(page.text)
    whole = client.get(f"{path}.json?{query}").json()
    assert client.get(f"/api/v1{question}").json() == whole
    rows = list(csv.DictReader(io.StringIO(client.get(f"{path}.csv?{query}").text)))
    assert rows
    assert f"<h2>{len(rows)} rows</h2>" in text
    for row in rows:
        assert f'href="{row["evidence_url"]}"' in text
    command = text.partition("<pre tabindex")[2].partition("<code>")[2].partition("</code>")[0]
    ran = CliRunner().invoke(app, [*shlex.split(command)[1:], "--format", "json"])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout) == whole


def test_counts_are_records_found_and_never_growth(client: TestClient) -> None:
    text = client.get("/adoption").text
    assert re.search(r"\d+ records found", text)
    assert "no curve of adoption" in text
    assert "listed, never scored" in client.get("/positions").text


def test_map_and_timeline_hold_every_record_that_counts(site: Site) -> None:
    records = [r for r in find_adoptions(site.registers) if r.history]
    drawn = str(tile_map(records, lambda code: f"/adoption?country={code}"))
    numbers = re.findall(r"aria-label=\"(\w\w): (\d+) of adoption, (\d+) of restriction", drawn)
    on_the_map = sum(int(a) + int(r) for _, a, r in numbers)
    assert on_the_map + sum(n for _, n in off_the_map(records)) == len(records) > 80
    steps = sum(len(r.history) for r in records)
    line = str(timeline(records))
    assert line.count("<circle") == steps - undated_steps(records)
    assert all(s.precision != HELD_BY or s.since for r in records for s in r.history)
    assert str(timeline([])) == ""


def test_no_two_countries_share_a_tile() -> None:
    assert len(set(TILES.values())) == len(TILES)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/adoption?how=loves", 404, "loves"),
        ("/adoption?colour=red", 400, "takes no 'colour'"),
        ("/adoption?as_of=soon", 400, "is no day"),
        ("/positions?state=ZZ", 404, "ZZ"),
        ("/adoption.exe", 404, "form of a list"),
    ],
)
def test_refusals(client: TestClient, path: str, status: int, words: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert words in unescape(answer.text)
