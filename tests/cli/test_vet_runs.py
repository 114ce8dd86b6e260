"""`census vet plan | run | replay`: refusals with their exit codes, without any endpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelcensus.testing import ScriptedEndpoint
from modelcensus.vet import engine

Command = Callable[..., Any]
LEAST = '[endpoint]\nurl = "http://127.0.0.1:9/v1"\nmodel = "elm-7b"\n'


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda name: None)


def written(folder: Path, text: str = LEAST) -> str:
    path = folder / "vet.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.usefixtures("without_extra")
def test_without_the_extra_the_command_that_installs_it_is_named(
    census_command: Command, tmp_path: Path
) -> None:
    log = tmp_path / "log.json"
    log.write_text("{}")
    for given in (
        ("plan", "-c", written(tmp_path)),
        ("run", "-c", written(tmp_path)),
        ("replay", str(log)),
    ):
        ran = census_command("vet", *given)
        assert ran.code == 2
        assert "inspect-ai" in ran.words
        assert "pip install 'modelcensus[vet]'" in ran.words
    assert not (tmp_path / "vet-run").exists()


def test_a_file_that_is_wrong_is_named_with_its_place(
    census_command: Command, tmp_path: Path
) -> None:
    for given in (("plan",), ("run",), ("plan", "--shard", "1/2")):
        ran = census_command("vet", *given, "-c", written(tmp_path, LEAST + "[tset]"))
        assert ran.code == 2
        assert "no section 'tset'" in ran.words
        assert "did you mean test?" in ran.words
    assert census_command("vet", "plan", "-c", str(tmp_path / "none.toml")).code == 2


def test_another_shard_or_format_there_is_not(census_command: Command, tmp_path: Path) -> None:
    config = written(tmp_path)
    assert census_command("vet", "plan", "-c", config, "--shard", "3/2").code == 2
    assert census_command("vet", "plan", "-c", config, "--format", "csv").code == 2
    assert census_command("vet", "replay", str(tmp_path), "--format", "csv").code == 2


def test_somebody_elses_endpoint_is_not_asked(census_command: Command, tmp_path: Path) -> None:
    there = LEAST.replace("127.0.0.1:9", "models.example.org")
    ran = census_command("vet", "run", "-c", written(tmp_path, there))
    assert ran.code == 2
    assert "owner and consent" in ran.words


def test_a_key_that_is_not_set_is_asked_for_by_name(
    census_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ELM_KEY", raising=False)
    ran = census_command("vet", "run", "-c", written(tmp_path, LEAST + 'key_variable = "ELM_KEY"'))
    assert ran.code == 2
    assert "ELM_KEY" in ran.words


def test_nothing_is_asked_of_an_endpoint_before_the_engine_is_there(
    census_command: Command, tmp_path: Path, without_extra: None
) -> None:
    with ScriptedEndpoint() as endpoint:
        text = LEAST.replace("http://127.0.0.1:9/v1", endpoint.url)
        assert census_command("vet", "run", "-c", written(tmp_path, text)).code == 2
        assert not endpoint.requests
