"""`census vet`: the same figures as in Python, in every format; refusals with their exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.faults.hostile_weights import SOUND, payloads
from tests.vet.world import alone, build, grid

from modelcensus import open_vet
from modelcensus.publish.exports import EXPORTS
from modelcensus.snapshots.store import Store

Command = Callable[..., Any]
PAIR = ("--model", "elm", "--reference", "oak", "--attack", "direct")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    cases = [
        *grid("elm", {(0, 0), (1, 1), (2, 2)}),
        *grid("oak", {(0, 0)}, weights="closed", benchmark_version="unstated"),
        *alone("elm"),
    ]
    return build(tmp_path_factory.mktemp("vet") / "store", first=cases)


def asked(census_command: Command, store: Store, *arguments: str) -> Any:
    return census_command("vet", *arguments, "--store", str(store.path))


def test_a_refusal_ends_with_the_code_of_an_impossible_question(
    census_command: Command, store: Store
) -> None:
    ran = asked(census_command, store, "compare", *PAIR)
    assert ran.code == 2
    assert "--allow-version-mix" in ran.words
    assert asked(census_command, store, "compare", "--model", "elm").code == 2
    assert asked(census_command, store, "compare", "--model", "elk", "--reference", "oak").code == 6


def test_the_command_gives_the_figure_that_python_gives(
    census_command: Command, store: Store
) -> None:
    ran = asked(census_command, store, "compare", *PAIR, "--allow-version-mix", "--format", "json")
    with open_vet(store.path) as vet:
        figure = vet.compare("elm", reference="oak", attack="direct", allow_version_mix=True)
        assert json.loads(ran.out) == json.loads(figure.to_json())
        for name, mine in (
            ("rates", vet.rates()),
            ("grids", vet.grids()),
            ("reports", vet.reports()),
        ):
            out = asked(census_command, store, name, "--format", "json").out
            assert json.loads(out) == json.loads(mine.to_json())


TABLES = [name for name, form in EXPORTS.items() if not form.is_picture]


@pytest.mark.parametrize("name", [*TABLES, "table"])
def test_every_format_of_a_comparison(
    census_command: Command, store: Store, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    ran = asked(
        census_command,
        store,
        "compare",
        *PAIR,
        "--allow-version-mix",
        "--format",
        name,
        "-o",
        str(path),
    )
    assert ran.code == 0
    assert path.stat().st_size
    if name == "parquet":
        assert pq.read_table(path).num_rows == 1


def test_a_comparison_is_drawn(census_command: Command, store: Store, tmp_path: Path) -> None:
    drawn = asked(
        census_command, store, "compare", *PAIR, "--allow-version-mix", "--format", "table"
    )
    assert "elm v oak" in drawn.out
    assert "coverage" in drawn.words
    path = tmp_path / "forest.svg"
    given = ("compare", *PAIR, "--allow-version-mix", "--format", "svg")
    assert asked(census_command, store, *given, "-o", str(path)).code == 0
    assert asked(census_command, store, *given).out.encode() == path.read_bytes()
    named = tmp_path / "named.svg"
    assert asked(census_command, store, *given[:-2], "-o", str(named)).code == 0
    assert named.read_bytes() == path.read_bytes()


def test_a_format_that_there_is_not(census_command: Command, store: Store) -> None:
    assert asked(census_command, store, "rates", "--format", "svg").code == 2
    assert asked(census_command, store, "rates", "-o", "rates.svg").code == 2


def test_outcomes_are_imported_and_built(census_command: Command, tmp_path: Path) -> None:
    csv = tmp_path / "mine.csv"
    csv.write_text("engine,model,injection_task,completed,attack\nmine,elm,a,yes,direct\n")
    where = ("--store", str(tmp_path / "store"))
    given = ("--option", "as-of=2031-02-03", "--option", "simulated=yes")
    assert census_command("import", "outcomes", str(csv), *given, *where).code == 0
    observed = tmp_path / "counts.csv"
    observed.write_text("id,date,downloads\nelm/a,2031-01-01,1\n")
    given = ("--option", "frame=panel:mine")
    assert census_command("import", "observations", str(observed), *given, *where).code == 0
    assert census_command("build", *where).code == 0
    ran = census_command("vet", "rates", "--format", "json", *where)
    found = json.loads(ran.out)
    assert found["is_simulated"]
    assert found["rows"][0]["hits"] == 1
    assert "SIMULATED data" in found["sources"][0]


def test_the_command_names_what_it_found_and_ends_with_an_error(
    tmp_path: Path, census_command: Command
) -> None:
    marker = tmp_path / "marker"
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "[red]a.bin").write_bytes(payloads(marker)["eval, protocol 4"])
    (folder / "b.safetensors").write_bytes(SOUND["two.safetensors"])
    ran = census_command("vet", "files", str(folder))
    assert ran.code == 4
    assert "[red]a.bin" in ran.out
    assert "builtins.eval" in ran.out
    assert "never loaded" in ran.words
    assert "do not load them" in ran.words
    told = json.loads(census_command("vet", "files", str(folder), "--format", "json").out)
    assert told["by_state"] == {"dangerous import": 1, "nothing found": 1}
    sound = census_command("vet", "files", str(folder / "b.safetensors"), "--format", "csv")
    assert sound.code == 0
    assert "nothing found" in sound.out
    assert "harmless" in sound.words
    assert census_command("vet", "files", str(folder), "--format", "svg").code == 2
    assert not marker.exists()
