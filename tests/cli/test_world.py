"""`census adoption`, `positions`, `events`, `readings`: lists in every format, adding, checks."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.registers.test_adoption_entry import ENTRY

from modelcensus.cli.main import main

LISTS = ("adoption", "positions", "events", "readings")
ROWS = {"adoption": "records", "readings": "readings"}


def run(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)


@pytest.mark.parametrize("group", LISTS)
def test_a_list_is_the_same_in_every_format(
    group: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out: dict[str, str] = {}
    for name in ("table", "json", "csv", "md", "plain"):
        assert run(group, "list", "--format", name, "--quiet") == 0
        out[name] = capsys.readouterr().out
    whole = json.loads(out["json"])
    rows = list(csv.DictReader(io.StringIO(out["csv"])))
    assert rows
    assert len(out["plain"].splitlines()) == len(rows) + 1
    assert whole["counted"] in " ".join(out["table"].split())
    assert whole["does_not_show"]
    assert len(whole[ROWS.get(group, group)]) == len({next(iter(r.values())) for r in rows})
    assert all(r["evidence_url"].startswith("http") and r["paraphrase"] for r in rows)
    target = tmp_path / "list.csv"
    assert run(group, "list", "--format", "csv", "-o", str(target)) == 0
    assert target.read_text(encoding="utf-8") == out["csv"]


def test_restrictions_name_what_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("adoption", "list", "--how", "restricts", "--format", "json", "--quiet") == 0
    whole = json.loads(capsys.readouterr().out)
    assert {r["object"] for r in whole["records"]} == {
        *("weights", "API", "app", "device use", "procurement")
    }
    assert whole["found"]["records"] == whole["found"]["restrictions"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("adoption", "list", "--family", "qwem"), 6, "qwen"),
        (("adoption", "list", "--growth", "by-hand..leads-2026-11"), 2, "growth"),
        (("adoption", "list", "--format", "xml"), 2, "table, json, csv, md, plain"),
        (("events", "list", "--kind", "rumour"), 6, "kind of event"),
        (("positions", "list", "--stance", "loves"), 6, "stance"),
        (("readings", "list", "--period", "spring"), 2, "spring"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(
    arguments: tuple[str, ...], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == code
    assert words in capsys.readouterr().err


def test_a_record_is_added_by_file_and_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toml, mine = tmp_path / "record.toml", tmp_path / "mine"
    toml.write_text("".join(f'{k} = "{v}"\n' for k, v in ENTRY.items()), encoding="utf-8")
    command = ("adoption", "add", "--file", str(toml), "--to", str(mine))
    assert run(*command, "--set", "publisher=", "--set", "seen=secondary") == 1
    captured = capsys.readouterr()
    assert captured.out == "missing: column 'publisher' is empty\n"
    assert "nothing was written" in captured.err
    assert not mine.exists()
    assert run(*command) == 0
    assert capsys.readouterr().out == "adoption:acre-bank-axe-2026:2026-10-01:announced\n"
    listing = ("adoption", "list", "--body", "acre", "--format", "csv", "--quiet")
    assert run(*listing, "--registers", str(mine)) == 0
    assert "Acre Bank" in capsys.readouterr().out
    assert run(*command) == 1
    assert "there already" in capsys.readouterr().out


def test_the_check_passes_here_and_fails_on_a_planted_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("adoption", "check") == 0
    assert "waiting row" in capsys.readouterr().out
    assert run("adoption", "add", *_set(ENTRY), "--to", str(tmp_path)) == 0
    capsys.readouterr()
    path = tmp_path / "adoption.csv"
    planted = path.read_text(encoding="utf-8").replace("help desk runs", "72 help desks run")
    path.write_text(planted.replace("primary", "secondary").replace(",A,", ",C,"), encoding="utf-8")
    assert run("adoption", "check", "--registers", str(tmp_path), "--json") == 1
    found = [p for p in json.loads(capsys.readouterr().out) if p["kind"] == "one source"]
    assert [p["row_id"] for p in found] == ["adoption:acre-bank-axe-2026:2026-10-01:announced"]
    assert "the figure 72" in found[0]["text"]


def _set(cells: dict[str, str]) -> list[str]:
    return [part for name, cell in cells.items() for part in ("--set", f"{name}={cell}")]
