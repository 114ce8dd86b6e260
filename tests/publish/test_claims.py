"""The ledger on a terminal of 80 and of 120 columns, and hostile words in what others published."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from tests.claims.planted import planted

from modelcensus.claims.ledger import ClaimResult, check_claims, judge
from modelcensus.claims.recompute import Figures
from modelcensus.measures.census import Census
from modelcensus.publish.claim_files import claim_to_dict, claim_to_markdown, claims_to_plain
from modelcensus.publish.claims import draw_claim, draw_claims, draw_summary
from modelcensus.publish.corrections import draw_corrections
from modelcensus.registers.load import load_registers


@pytest.fixture(scope="module")
def results(census: Census) -> list[ClaimResult]:
    return check_claims(census)


def console(width: int) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, width=width, highlight=False, emoji=False), stream


@pytest.mark.parametrize("width", [80, 120])
def test_everything_fits(results: list[ClaimResult], width: int) -> None:
    out, stream = console(width)
    draw_claims(results, out)
    draw_summary(results, out)
    for result in results:
        draw_claim(result, out)
    draw_corrections(load_registers().rows["corrections"], out)
    assert max(map(len, stream.getvalue().splitlines())) <= width


def test_each_claim_is_listed_once(results: list[ClaimResult]) -> None:
    out, stream = console(200)
    draw_claims(results, out)
    lines = [line.split()[0] for line in stream.getvalue().splitlines() if line.strip()]
    for result in results:
        assert lines.count(result.claim.id) == 1, result.claim.id


def test_hostile_words_stay_words(census: Census, tmp_path: Path) -> None:
    hostile = "[red]x[/] [/] \x1b[31m |y|"
    claim = planted(
        tmp_path, claim={"quantity": hostile, "paraphrase": hostile, "scope": hostile}, frames="hub"
    )
    result = judge(Figures(census), claim)
    out, stream = console(120)
    draw_claim(result, out)
    text = stream.getvalue()
    assert "\x1b[31m" not in text
    assert text.count("[red]x[/]") >= 2
    assert "\\|y\\|" in claim_to_markdown(result).decode()
    assert claims_to_plain([result]).decode().count("\n") == 2
    assert json.loads(json.dumps(claim_to_dict(result)))["claim"]["scope"] == hostile


def test_a_measure_that_is_not_there_is_told_in_the_procedure(
    census: Census, tmp_path: Path
) -> None:
    result = judge(Figures(census), planted(tmp_path, measure="attack_rate"))
    out, stream = console(120)
    draw_claim(result, out)
    assert "attack_rate: no measure named 'attack_rate'" in stream.getvalue()
