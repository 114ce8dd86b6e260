"""Data on stdout or in a file, words on stderr, in every format."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.worlds import World

from modelcensus.cli.figures import emit
from modelcensus.contracts.figure import Figure
from modelcensus.measures.census import Census
from modelcensus.publish.exports import EXPORTS

SHARE = ("share", "--frame", "panel:grove")


@pytest.fixture
def where(forest: World) -> tuple[str, str]:
    return ("--store", str(forest.store.path))


@pytest.fixture(scope="module")
def figure(census: Census) -> Figure:
    """What `SHARE` gives in Python."""
    return census.share(frame="panel:grove")


TABLES = [name for name, form in EXPORTS.items() if not form.is_picture]


@pytest.mark.parametrize("name", [n for n in TABLES if n != "parquet"])
def test_each_format_on_stdout(
    census_command: Callable[..., Any], figure: Figure, where: tuple[str, str], name: str
) -> None:
    ran = census_command(*SHARE, *where, "--format", name)
    assert ran.code == 0
    assert ran.out.encode() == EXPORTS[name].write(figure)
    # json and md hold the finding themselves
    assert (figure.finding in ran.words) == (name not in ("json", "md"))


@pytest.mark.parametrize("name", TABLES)
def test_each_format_in_a_file(
    census_command: Callable[..., Any],
    figure: Figure,
    where: tuple[str, str],
    tmp_path: Path,
    name: str,
) -> None:
    target = tmp_path / "new" / f"share.{name}"
    ran = census_command(*SHARE, *where, "--format", name, "-o", str(target))
    assert (ran.code, ran.out) == (0, "")
    assert f"wrote {target} (5 rows)" in ran.words
    assert target.read_bytes() == EXPORTS[name].write(figure)
    assert [p.name for p in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("name", ["csv", "MD", "svg"])
def test_a_file_gets_the_format_that_its_name_ends_in(
    census_command: Callable[..., Any],
    figure: Figure,
    where: tuple[str, str],
    tmp_path: Path,
    name: str,
) -> None:
    target = tmp_path / f"share.{name}"
    ran = census_command(*SHARE, *where, "-o", str(target))
    assert ran.code == 0
    assert target.read_bytes() == EXPORTS[name.lower()].write(figure)


def test_a_chart_is_not_drawn_into_a_table(
    census_command: Callable[..., Any], where: tuple[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "share.csv"
    ran = census_command(*SHARE, *where, "--chart", "bars", "-o", str(target))
    assert ran.code == 2
    assert "is no picture" in ran.words
    assert not target.exists()


def test_parquet_on_stdout_is_bytes(
    capfdbinary: pytest.CaptureFixture[bytes], figure: Figure
) -> None:
    emit(figure, "parquet", "", quiet=True)
    assert capfdbinary.readouterr().out == EXPORTS["parquet"].write(figure)


def test_a_table_is_drawn_when_asked_for(
    census_command: Callable[..., Any], where: tuple[str, str], tmp_path: Path
) -> None:
    ran = census_command(*SHARE, *where, "--format", "table")
    assert "share_of_all (%)" in ran.out
    assert "coverage" in ran.words
    assert "\x1b" not in ran.out
    quiet = census_command(*SHARE, *where, "--format", "table", "--quiet")
    assert (quiet.out, quiet.err) == (ran.out, "")
    # a file holds no drawing
    target = tmp_path / "t.txt"
    census_command(*SHARE, *where, "--format", "table", "-o", str(target))
    assert target.read_text().startswith("group\tname\t")


def test_quiet_leaves_the_data_alone(
    census_command: Callable[..., Any], where: tuple[str, str]
) -> None:
    loud, quiet = census_command(*SHARE, *where), census_command(*SHARE, *where, "--quiet")
    assert quiet.out == loud.out
    assert (bool(loud.err), quiet.err) == (True, "")


def test_an_error_is_said_even_when_quiet(
    census_command: Callable[..., Any], where: tuple[str, str]
) -> None:
    ran = census_command("share", "--frame", "grove", *where, "--quiet")
    assert ran.code == 6
    assert "no frame named 'grove'" in ran.words


def test_a_place_that_cannot_be_written_keeps_what_was_there(
    census_command: Callable[..., Any], where: tuple[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    ran = census_command(*SHARE, *where, "-o", str(folder))
    assert (ran.code, ran.out) == (1, "")
    assert "cannot write" in ran.words
    assert str(folder) in ran.words
    assert list(tmp_path.iterdir()) == [folder]
    file = tmp_path / "file"
    file.write_text("kept")
    ran = census_command(*SHARE, *where, "-o", str(file / "below"))
    assert (ran.code, file.read_text()) == (1, "kept")


def test_a_file_is_replaced_whole(
    census_command: Callable[..., Any], where: tuple[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "share.json"
    target.write_text("old")
    held = os.open(target, os.O_RDONLY)
    census_command(*SHARE, *where, "--format", "json", "-o", str(target))
    # whoever had it open still reads the old content: another file took the name
    assert os.read(held, 10) == b"old"
    os.close(held)
    assert json.loads(target.read_text())["measure"] == "share"


def test_the_store_of_the_environment_is_used(
    census_command: Callable[..., Any], forest: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENSUS_STORE", str(forest.store.path))
    assert census_command(*SHARE).code == 0
