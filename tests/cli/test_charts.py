"""Charts on the command line: pictures to a file or stdout, and clear refusals."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.worlds import World

from modelcensus.measures.census import Census
from modelcensus.publish.exports import EXPORTS

SERIES = ("series", "--by", "country", "--frame", "panel:grove")
PICTURES = [name for name, form in EXPORTS.items() if form.is_picture]


@pytest.fixture
def where(forest: World) -> tuple[str, str]:
    return ("--store", str(forest.store.path))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_in_a_file(
    census_command: Callable[..., Any],
    census: Census,
    where: tuple[str, str],
    tmp_path: Path,
    name: str,
) -> None:
    target = tmp_path / f"grove.{name}"
    ran = census_command(*SERIES, *where, "--format", name, "-o", str(target))
    assert (ran.code, ran.out) == (0, "")
    figure = census.series(by="country", frame="panel:grove")
    if name != "pdf":
        assert target.read_bytes() == EXPORTS[name].write(figure)
    assert target.stat().st_size > 1000
    assert figure.finding in ran.words


def test_a_kind_a_width_and_a_scheme(
    census_command: Callable[..., Any], census: Census, where: tuple[str, str]
) -> None:
    ran = census_command(*SERIES, *where, "--chart", "slope", "--width", "390", "--scheme", "dark")
    figure = census.series(by="country", frame="panel:grove")
    expected = EXPORTS["svg"].write(figure, kind="slope", width=390, scheme="dark")
    assert ran.out.encode() == expected


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--chart", "matrix"), 2, "one of: area, lines, bump, slope, bars"),
        (("--chart", "pie"), 6, "no chart named 'pie'"),
        (("--format", "csv", "--chart", "area"), 2, "is no picture"),
        (("--format", "svg", "--scheme", "sepia"), 2, "one of: light, dark, print"),
        (("--format", "svg", "--width", "9"), 5, "pixels wide"),
        (("--format", "gif"), 2, "no format 'gif'"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    census_command: Callable[..., Any],
    where: tuple[str, str],
    options: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    ran = census_command(*SERIES, *where, *options)
    assert ran.code == code
    assert words in ran.words
    assert ran.out == ""


def test_a_measure_without_a_chart_names_the_tables(
    census_command: Callable[..., Any], where: tuple[str, str]
) -> None:
    ran = census_command("totals", "--frame", "panel:grove", "--period", "2031-04", *where,
                         "--format", "svg")  # fmt: skip
    assert ran.code == 2
    assert "csv, parquet, json or md" in ran.words


def test_help_loads_none_of_it() -> None:
    code = (
        "import sys; from modelcensus.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "loaded = {'altair', 'vl_convert', 'pyarrow'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
