"""Each exit code for a real cause, with what happened, where, and what next."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.worlds import World, overlay_rows, write_overlay

from modelcensus.errors import QualityError
from modelcensus.releases.decisions import pass_gates, read_decisions
from modelcensus.snapshots.store import Store

MINE = ("--option", "frame=panel:mine")


@pytest.fixture
def store(tmp_path: Path) -> tuple[str, str]:
    return ("--store", str(tmp_path / "store"))


def table(folder: Path, *rows: str) -> str:
    path = folder / "mine.csv"
    path.write_text("\n".join(("id,date,downloads", *rows)) + "\n")
    return str(path)


def told(ran: Any, *parts: str) -> None:
    """Hold that an error has its three parts, no traceback, and leaves stdout alone."""
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert "next:" in ran.err
    assert "Traceback" not in ran.err
    assert all(part in ran.words for part in parts), ran.words


def test_3_a_source_that_cannot_be_read(
    census_command: Callable[..., Any], tmp_path: Path, store: tuple[str, str]
) -> None:
    gone = census_command("import", "observations", str(tmp_path / "no.csv"), *MINE, *store)
    assert gone.code == 3
    told(gone, "no.csv")
    other = tmp_path / "other.csv"
    other.write_text("model,when,n\n")
    wrong = census_command("import", "observations", str(other), *MINE, *store)
    assert wrong.code == 3
    told(wrong, "id-column")
    assert not (tmp_path / "store" / "snapshots").exists()


def test_4_too_many_rejects(
    census_command: Callable[..., Any], tmp_path: Path, store: tuple[str, str]
) -> None:
    path = table(tmp_path, "alder/ash,2031-01-05,many", "birch/bay,2031-01-05,5")
    ran = census_command("import", "observations", path, *MINE, *store)
    assert ran.code == 4
    told(ran, "1 of 2 input rows were rejected", "count_not_integer", "max_reject_share")


def test_5_a_limit(
    census_command: Callable[..., Any],
    tmp_path: Path,
    store: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CENSUS_READER_ROWS", "1")
    path = table(tmp_path, "alder/ash,2031-01-05,1", "birch/bay,2031-01-05,5")
    ran = census_command("import", "observations", path, *MINE, *store)
    assert ran.code == 5
    told(ran, "reader_rows")


def test_2_a_setting_that_is_none(
    census_command: Callable[..., Any], forest: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in ("many", "-1", "nan", "inf"):
        monkeypatch.setenv("CENSUS_ENGINE_THREADS", wrong)
        ran = census_command("share", "--store", str(forest.store.path))
        assert ran.code == 2
        told(ran, repr(wrong), "CENSUS_ENGINE_THREADS", "number of threads")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["share", "--colour", "red"], "--colour"),
        (["census"], "census"),
        (["totals", "IS"], "IS"),
        (["collect"], "Usage"),
        (["registers", "paint"], "paint"),
        (["import"], "SOURCE"),
    ],
)
def test_2_what_the_command_line_does_not_have(
    census_command: Callable[..., Any], arguments: list[str], part: str
) -> None:
    ran = census_command(*arguments)
    assert ran.code == 2
    assert part.casefold() in (ran.words + ran.out).casefold()
    assert "Traceback" not in ran.err


def test_2_an_impossible_definition(census_command: Callable[..., Any], forest: World) -> None:
    where = ("--store", str(forest.store.path))
    ran = census_command("share", *where)
    assert ran.code == 2
    told(ran, "5 frames could answer", "hub, panel:calm", "--frame hub")
    ran = census_command("share", "--frame", "panel:grove", "--outliers", "median", *where)
    assert ran.code == 2
    told(ran, "medians", "census rank --outliers median")


def test_6_nothing_matches(census_command: Callable[..., Any], forest: World) -> None:
    where = ("--store", str(forest.store.path))
    ran = census_command("share", "Portugl", "--frame", "panel:grove", *where)
    assert ran.code == 6
    told(ran, "no country named 'Portugl'", "did you mean PT?")
    ran = census_command("registers", "show", "namespaces", "no such text at all")
    assert ran.code == 6


def test_names_that_look_like_markup_are_printed_as_they_are(
    census_command: Callable[..., Any], forest: World
) -> None:
    ran = census_command("share", "--frame", "[red]x[/]:smile:", "--store", str(forest.store.path))
    assert ran.code == 6
    assert "'[red]x[/]:smile:'" in ran.words


def test_1_a_damaged_release(
    census_command: Callable[..., Any], forest: World, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store")
    shutil.copytree(forest.store.releases_path, store.releases_path)
    path = store.releases_path / forest.name / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["rows"]["names"]
    path.write_text(json.dumps(manifest))
    ran = census_command("share", "--frame", "panel:grove", "--store", str(store.path))
    assert ran.code == 1
    told(ran, "another version", "census build")
    doctor = census_command("doctor", "--store", str(store.path))
    assert (doctor.code, "broken release" in " ".join(doctor.out.split())) == (1, True)


def test_a_blocking_incident_is_listed_and_accepted(
    census_command: Callable[..., Any], store: tuple[str, str]
) -> None:
    """A build that was blocked left a note; accepting it is written down with the reason."""
    target = Store(Path(store[1]))
    found = dict.fromkeys(("frame", "subject", "metric", "label_before", "label_after"), "hub")
    found |= {"incident_id": "abc123", "severity": "block", "kind": "global_drop"}
    found |= {"value_before": 5000, "value_after": 1000, "note": "the [red]total[/] fell"}
    with pytest.raises(QualityError):
        pass_gates(target, [found], read_decisions(target))
    listed = " ".join(census_command("status", *store).out.split())
    assert "blocked abc123 the [red]total[/] fell" in listed
    assert "census status accept abc123 --why" in listed
    without = census_command("status", "accept", "abc123", *store)
    assert without.code == 2
    told(without, "--why")
    ran = census_command("status", "accept", "abc123", "--why", "a recount", *store)
    assert (ran.code, ran.out) == (0, "")
    assert "abc123 accepted on" in ran.words
    assert [(d.incident_id, d.why) for d in read_decisions(target)] == [("abc123", "a recount")]


def test_1_a_wrong_register(
    census_command: Callable[..., Any], tmp_path: Path, forest: World
) -> None:
    rows = overlay_rows()
    rows["developers"][0]["country"] = "ZZ"
    overlay = write_overlay(tmp_path / "overlay", rows)
    where = ("--registers", str(overlay), "--store", str(forest.store.path))
    built = census_command("build", *where)
    assert built.code == 1
    told(built, "'ZZ'", "developers.csv", "census registers check")
    checked = census_command("registers", "check", *where)
    assert checked.code == 1
    assert "ZZ" in checked.out
    problems = json.loads(census_command("registers", "check", "--json", *where).out)
    assert [p for p in problems if p["kind"] == "unresolved reference" and "ZZ" in p["text"]]
    agreed = census_command("registers", "agreement", *where)
    assert agreed.code == 1
    missing = census_command("build", "--registers", str(tmp_path / "no"), *where[2:])
    assert missing.code == 2
    assert "the overlay is not a folder" in missing.words
