"""Commands on claims and corrections: lists, one claim, the check, filters and refusals."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.claims.planted import CLAIM, PROCEDURE
from tests.cli.conftest import Ran
from tests.worlds import World, write_overlay

from modelcensus.claims import ledger
from modelcensus.claims.published import Claim
from modelcensus.claims.recompute import Figures
from modelcensus.publish.claim_files import FLAT

Command = Callable[..., Ran]


@pytest.fixture(scope="module")
def judged() -> dict[str, ledger.ClaimResult]:
    return {}


@pytest.fixture(autouse=True)
def judged_once(judged: dict[str, ledger.ClaimResult], monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge each claim of the forest once for all commands of this file."""
    real = ledger.judge

    def judge(figures: Figures, claim: Claim) -> ledger.ClaimResult:
        if claim.id not in judged:
            judged[claim.id] = real(figures, claim)
        return judged[claim.id]

    monkeypatch.setattr(ledger, "judge", judge)


@pytest.fixture
def where(forest: World) -> list[str]:
    return ["--store", str(forest.store.path)]


def test_a_list_of_all_claims_in_each_format(census_command: Command, where: list[str]) -> None:
    plain = census_command("claims", *where)
    assert plain.code == 0
    header, *rows = plain.out.splitlines()
    assert tuple(header.split("\t")) == FLAT
    assert all(row.count("\t") == len(FLAT) - 1 for row in rows)
    found = list(
        csv.DictReader(io.StringIO(census_command("claims", "--format", "csv", *where).out))
    )
    assert [r["claim_id"] for r in found] == [row.partition("\t")[0] for row in rows]
    assert all(r["verdict"] and r["reason"] for r in found)
    read = json.loads(census_command("claims", "--format", "json", *where).out)
    assert [r["claim_id"] for r in read] == [r["claim_id"] for r in found]
    markdown = census_command("claims", "--format", "md", *where).out.splitlines()
    assert len(markdown) == len(rows) + 2
    assert f"{len(rows)} claims" in plain.words


def test_lists_of_one_statement_or_verdict(census_command: Command, where: list[str]) -> None:
    some = json.loads(census_command("claims", "--statement", "l", "--format", "json", *where).out)
    assert {r["claim"]["statement"] for r in some} == {"l"}
    some = json.loads(
        census_command("claims", "--verdict", "differs", "--format", "json", *where).out
    )
    assert {r["verdict"] for r in some} == {"differs"}
    table = census_command("claims", "--verdict", "out", "--format", "table", *where).out
    assert "out of scope (" in table
    assert "economist-2025-startups-80" in table
    assert "agrees" not in table


def test_one_claim_in_full(census_command: Command, where: list[str]) -> None:
    shown = census_command("claims", "show", "caisi-2025-hijack", *where)
    words = " ".join(shown.out.split())
    for part in (
        "agrees, arithmetic of its own parts",
        "12.18 times",
        "between 10.60 times and 14.26 times",
        "mean of the three ratios instead of ratio of the means: 12.50 times",
        "exfiltration only: 1.37 times",
        "first source: NIST CAISI release",
        "repeated by hasty-2025-deepseek-models-12",
        "written down 2026-11-28",
        "0.5 either way",
    ):
        assert part in words, part
    markdown = census_command("claims", "show", "caisi-2025-hijack", "--format", "md", *where).out
    assert markdown.startswith("**caisi-2025-hijack**")
    read = json.loads(
        census_command("claims", "show", "hai-2025-finetunes-cn", "--format", "json", *where).out
    )
    assert (read["verdict"], read["recomputed"]) == ("not recomputable here", None)
    assert read["repeated_by"] == ["bizandtech-2026-63"]
    assert read["needs"]["file"]


def test_the_check_counts_and_names_what_is_missing(
    census_command: Command, where: list[str]
) -> None:
    checked = census_command("claims", "check", *where)
    assert checked.code == 0
    for part in ("published claims", "not recomputable here", "missing", "census import hub-stats"):
        assert part in checked.out
    read = json.loads(census_command("claims", "check", "--format", "json", *where).out)
    assert sum(read["verdicts"].values()) == read["claims"]
    missing = [name for row in read["missing"] for name in row["claims"]]
    assert len(missing) == read["verdicts"]["not recomputable here"]


def test_a_file_instead_of_stdout(
    census_command: Command, where: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "claims.csv"
    ran = census_command("claims", "--format", "csv", "-o", str(file), *where)
    assert (ran.code, ran.out) == (0, "")
    assert file.read_text(encoding="utf-8").startswith("claim_id,statement,verdict")


def test_a_reader_s_own_claims(census_command: Command, where: list[str], tmp_path: Path) -> None:
    rows = {
        "claims": [{"claim_id": "invented-beside", "value": "150", **CLAIM}],
        "claim_procedures": [{"claim_id": "invented-beside", **PROCEDURE}],
    }
    folder = write_overlay(tmp_path / "mine", rows)
    ran = census_command("claims", "show", "invented-beside", "--registers", str(folder), *where)
    words = " ".join(ran.out.split())
    assert "agrees, computed from data" in words
    assert "definition " in words
    assert "On 2032-05-01" in words


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("show", "caisi-2025-hijacking"), 6, "did you mean caisi-2025-hijack"),
        (("--statement", "z"), 6, "no statement named 'z'"),
        (("--verdict", "wrong"), 2, "one of: agrees, differs"),
        (("--format", "xml"), 2, "one of: table, json"),
        (("check", "--format", "csv"), 2, "one of: table, json, md"),
    ],
)
def test_refusals_say_what_next(
    census_command: Command, where: list[str], arguments: tuple[str, ...], code: int, part: str
) -> None:
    ran = census_command("claims", *arguments, *where)
    assert ran.code == code
    assert part in ran.words


def test_corrections_stand_newest_first(census_command: Command) -> None:
    read = json.loads(census_command("corrections", "--json").out)
    days = [row["corrected_on"] for row in read]
    assert days == sorted(days, reverse=True)
    assert {"modelscope-repeated-rows", "hf-summer-2026-us-releases"} <= {
        row["correction"] for row in read
    }
    out = census_command("corrections").out
    assert "was" in out
    assert "25 pairs listed twice" in out
