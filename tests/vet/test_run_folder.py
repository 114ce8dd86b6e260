"""The folder of a live run: one run each, whole logs, one call at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelcensus.errors import SettingsError, StoreBusy
from modelcensus.vet.run_config import RunConfig, Target
from modelcensus.vet.run_folder import RunFolder, RunReport, definition_of
from modelcensus.vet.run_plan import Case, Shard

CONFIG = RunConfig(Target("http://127.0.0.1:1/v1", "elm-7b"), "elm/elm-7b", Path("run"))
ENGINE = {"inspect-ai": "0.3.285", "inspect-evals": "0.26.0"}
CASES = [Case("banking-u0-i0", "banking", 3), Case("banking-u1-i0", "banking", 2)]


def definition(config: RunConfig = CONFIG, of: int = 1, **engine: str) -> dict[str, object]:
    found: dict[str, object] = definition_of(config, Shard(1, of), ENGINE | engine, 15)
    return found


def test_a_folder_holds_one_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", Shard())
    folder.claim(definition())
    folder.claim(definition())
    # where the endpoint is may change between two calls
    moved = replace(CONFIG, target=Target("http://127.0.0.1:2/v1", "elm-7b"))
    folder.claim(definition(moved))


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (definition(**{"inspect-evals": "0.27.0"}), "0.27.0"),
        (definition(replace(CONFIG, revision="abc")), "revision"),
        (definition(replace(CONFIG, epochs=2)), "epochs"),
        (definition(replace(CONFIG, generation={"temperature": 1.0})), "generation"),
        (definition(of=2), "shards"),
        ({"simulated": True}, "simulated"),
    ],
)
def test_another_run_or_version_is_refused_with_what_differs(
    tmp_path: Path, other: dict[str, object], named: str
) -> None:
    """T20: what was begun with one version is not resumed with another."""
    folder = RunFolder(tmp_path / "run", Shard())
    folder.claim(definition())
    folder.claim({"simulated": False})
    with pytest.raises(SettingsError) as caught:
        folder.claim(other)
    assert named in caught.value.what
    assert "another folder" in caught.value.next_step


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    for text in ("{", "[]"):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(SettingsError, match="not the file"):
            RunFolder(tmp_path, Shard()).claim(definition())


def test_a_result_holds_for_its_cases_and_whole_logs_alone(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, Shard())
    assert folder.found_result(CASES) is None
    folder.logs.mkdir(parents=True)
    log = folder.logs / "a.eval"
    log.write_bytes(b"whole")
    folder.write_result(CASES, RunReport(2, 0, 4, 4, 0, folder.logs))
    found = folder.found_result(CASES)
    assert found is not None
    assert (found["cases"], found["missing"], found["asked"]) == (2, 0, 4)
    assert folder.found_result(CASES[:1]) is None
    log.write_bytes(b"cut")
    assert folder.found_result(CASES) is None
    log.unlink()
    assert folder.found_result(CASES) is None
    folder.clear_logs()
    assert not folder.logs.exists()


def test_a_shard_is_run_by_one_call_at_a_time(tmp_path: Path) -> None:
    first, second = RunFolder(tmp_path, Shard(1, 2)), RunFolder(tmp_path, Shard(2, 2))
    with first.lock(), second.lock(), pytest.raises(StoreBusy), first.lock():
        pass
    with first.lock():
        pass
