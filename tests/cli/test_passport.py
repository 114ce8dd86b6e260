"""`census passport` and `census lineage`: data on stdout, words on stderr, codes, formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acre import Acre, build_acre

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def acre(tmp_path_factory: pytest.TempPathFactory) -> Acre:
    return build_acre(tmp_path_factory.mktemp("acre"))


@pytest.fixture
def where(acre: Acre) -> tuple[str, str]:
    return ("--store", str(acre.store.path))


def test_a_passport_is_data_and_says_what_it_does_not_know(
    census_command: Run, where: tuple[str, str]
) -> None:
    ran = census_command("passport", "axe-works/hatchet-7b", *where)
    assert ran.code == 0
    for text in (
        "axe-works/hatchet-7b",
        "Identity",
        "Declared terms",
        "Counters in panel:acre",
        "Not known, not checked",
        "Its security was not tested here.",
        "It identifies; it does not clear.",
        "https://example.org/page",
    ):
        assert text in ran.out
    assert "SIMULATED" not in ran.out
    assert "also on modelscope: --hub modelscope" in ran.words


def test_simulated_data_are_called_so(census_command: Run, where: tuple[str, str]) -> None:
    assert "SIMULATED DATA" in census_command("passport", "hatchet", *where).out
    assert "SIMULATED DATA" in census_command("passport", "hatchet", "--format", "md", *where).out


def test_piped_text_has_no_colours_and_no_trailing_blanks(
    census_command: Run, where: tuple[str, str]
) -> None:
    ran = census_command("passport", "late/comer", *where)
    assert "\x1b" not in ran.out
    assert all(line == line.rstrip() for line in ran.out.splitlines())


def test_a_former_name_is_said_on_stderr(census_command: Run, where: tuple[str, str]) -> None:
    ran = census_command("passport", "old-bolt/rivet-72b", "--format", "json", *where)
    assert json.loads(ran.out)["model_id"] == "bolt/rivet-72b"
    assert "old-bolt/rivet-72b is now known as bolt/rivet-72b" in ran.words
    quiet = census_command("passport", "old-bolt/rivet-72b", "--format", "json", "--quiet", *where)
    assert (quiet.out, quiet.err) == (ran.out, "")


@pytest.mark.parametrize("command", ["passport", "lineage"])
def test_an_unknown_name_ends_with_6(
    census_command: Run, where: tuple[str, str], command: str
) -> None:
    ran = census_command(command, "bolt/rivet-7b", *where)
    assert (ran.code, ran.out) == (6, "")
    assert "did you mean bolt/rivet-72b" in ran.words
    ran = census_command(command, "Bolt/Rivet-72B", *where)
    assert (ran.code, ran.out) == (6, "")
    assert "did you mean bolt/rivet-72b" in ran.words


@pytest.mark.parametrize("frame", ["panel:acres", "hub"])
def test_a_frame_that_tells_no_bases_ends_with_6(
    census_command: Run, where: tuple[str, str], frame: str
) -> None:
    ran = census_command("lineage", "late/comer", "--frame", frame, *where)
    assert (ran.code, ran.out) == (6, "")
    assert "panel:acre" in ran.words


def test_another_hub(census_command: Run, where: tuple[str, str]) -> None:
    ran = census_command(
        "passport", "axe-works/hatchet-7b", "--hub", "modelscope", "--format", "json", *where
    )
    assert json.loads(ran.out)["hub"] == "modelscope"


def test_lineage_is_a_tree_with_reasons(census_command: Run, where: tuple[str, str]) -> None:
    ran = census_command("lineage", "late/comer", *where)
    assert ran.code == 0
    lines = ran.out.splitlines()
    (base,) = (line for line in lines if "bolt/rivet-72b" in line and "─" in line)
    assert "merge; declared in a tag" in base
    assert any("C:\\models\\somebody" in line and "names no repository" in line for line in lines)
    parsed = json.loads(census_command("lineage", "late/comer", "--format", "json", *where).out)
    assert {e["base"] for e in parsed["lineage"][0]["bases"]} >= {None, "axe-works/hatchet-7b"}


def test_lineage_goes_down_as_a_tree(census_command: Run, where: tuple[str, str]) -> None:
    ran = census_command("lineage", "bolt/rivet-72b", *where)
    (line,) = (line for line in ran.out.splitlines() if "─ late/comer" in line)
    assert line.endswith("merge; declared in a tag; terms unknown; 60 downloads_30d")
    assert "Asked for all steps up and 1 step down." in ran.out
    none = census_command("lineage", "bolt/rivet-72b", "--down", "0", *where)
    assert "late/comer" not in none.out
    both = census_command("lineage", "bolt/rivet-72b", "--depth", "2", "--up", "0", *where)
    assert "Asked for 0 steps up and 2 steps down." in both.out


@pytest.mark.parametrize("name", ["table", "json", "dot", "svg"])
def test_a_lineage_in_a_file_holds_what_stdout_holds(
    census_command: Run, where: tuple[str, str], tmp_path: Path, name: str
) -> None:
    asked = ("lineage", "late/comer", "--format", name, "--frame", "panel:acre", *where)
    ran = census_command(*asked)
    target = tmp_path / "lineage"
    said = census_command(*asked, "-o", str(target))
    assert (said.code, said.out) == (0, "")
    assert f"wrote {target}" in said.words
    written = target.read_text(encoding="utf-8")
    if name == "table":  # a file is wider than the terminal of this test
        assert written.split() == ran.out.split()
    else:
        assert written == ran.out
    for model_id in ("late/comer", "bolt/rivet-72b", "axe-works/hatchet-7b"):
        assert model_id in written


def test_a_model_of_a_hub_that_tells_no_bases(census_command: Run, where: tuple[str, str]) -> None:
    ran = census_command("lineage", "hatchet", "--format", "svg", *where)
    assert ran.code == 0
    assert "Not known: no source of this release tells" in ran.out
    assert "SIMULATED DATA" in ran.out


@pytest.mark.parametrize("name", ["json", "md", "cyclonedx"])
def test_a_file_holds_what_stdout_holds(
    census_command: Run, where: tuple[str, str], tmp_path: Path, name: str
) -> None:
    ran = census_command("passport", "late/comer", "--format", name, *where)
    target = tmp_path / f"passport.{name}"
    said = census_command("passport", "late/comer", "--format", name, "-o", str(target), *where)
    assert (said.code, said.out) == (0, "")
    assert f"wrote {target}" in said.words
    assert target.read_text() == ran.out


def test_markdown_shows_foreign_text_as_it_is(census_command: Run, where: tuple[str, str]) -> None:
    ran = census_command("passport", "late/comer", "--format", "md", *where)
    assert ran.out.startswith("# late/comer\n")
    assert "**It identifies; it does not clear.**" in ran.out


def test_a_list_gives_one_document(
    census_command: Run, where: tuple[str, str], tmp_path: Path
) -> None:
    listed = tmp_path / "models.txt"
    listed.write_text("late/comer\nbolt/rivet-72b # the base\n")
    ran = census_command("passport", "--from", str(listed), *where)
    document = json.loads(ran.out)
    assert [c["bom-ref"] for c in document["components"]] == [
        "huggingface/late/comer",
        "huggingface/bolt/rivet-72b",
    ]
    assert document["dependencies"][0]["dependsOn"] == ["huggingface/bolt/rivet-72b"]


def test_unknown_names_in_a_list_leave_nothing(
    census_command: Run, where: tuple[str, str], tmp_path: Path
) -> None:
    listed = tmp_path / "models.txt"
    listed.write_text("late/comer\nlate/comet\n")
    target = tmp_path / "bom.json"
    ran = census_command("passport", "--from", str(listed), "-o", str(target), *where)
    assert (ran.code, ran.out) == (6, "")
    assert "line 2: late/comet (nearest: late/comer" in ran.words
    assert not target.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("passport",),
        ("passport", "late/comer", "--from", "models.txt"),
        ("passport", "--from", "models.txt", "--format", "md"),
        ("passport", "--from", "not-there.txt"),
        ("passport", "late/comer", "--format", "yaml"),
        ("lineage", "late/comer", "--format", "md"),
        ("lineage", "late/comer", "--up", "-1"),
        ("lineage", "late/comer", "--down", "-1", "--format", "svg"),
        ("lineage", "late/comer", "--depth", "-2"),
    ],
)
def test_what_cannot_be_asked(
    census_command: Run, where: tuple[str, str], arguments: tuple[str, ...]
) -> None:
    ran = census_command(*arguments, *where)
    assert (ran.code, ran.out) == (2, "")
    assert "next:" in ran.words
