"""Recorded answers out of logs: long texts put back, whole samples of a log that was cut."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from modelcensus.errors import SourceError
from modelcensus.settings import Settings
from modelcensus.vet.traces import read_trace

SPEC = {"eval": {"task": "inspect_evals/agentdojo", "created": "2031-01-05T00:00:00+00:00"}}
CALL = {"id": "1", "function": "read", "arguments": {"file": "attachment://abc", "n": [1]}}


def sample(name: str, epoch: int = 1, **values: Any) -> dict[str, Any]:
    messages = [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "content": "attachment://abc"},
        {"role": "assistant", "content": "attachment://unknown"},
    ]
    return {
        "id": name,
        "epoch": epoch,
        "messages": messages,
        "attachments": {"abc": "long"},
    } | values


def archive(path: Path, *samples: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("_journal/start.json", json.dumps(SPEC))
        for one in samples:
            packed.writestr(f"samples/{one['id']}_epoch_{one['epoch']}.json", json.dumps(one))
    return path


def test_answers_in_order_with_long_texts_put_back(tmp_path: Path) -> None:
    log = archive(tmp_path / "a.eval", sample("u0"), sample("u0", 2), sample("u1", error={"m": 1}))
    found = read_trace(log, Settings())
    assert set(found.answers) == {("u0", 1), ("u0", 2)}
    first, last = found.answers["u0", 1]
    assert first["tool_calls"][0]["arguments"] == {"file": "long", "n": [1]}
    # a text that the log does not hold stays named
    assert last["content"] == "attachment://unknown"
    assert found.spec["task"] == "inspect_evals/agentdojo"
    assert not found.is_cut


def test_the_whole_samples_of_a_log_that_was_cut(tmp_path: Path) -> None:
    log = archive(tmp_path / "a.eval", sample("u0"), sample("u1"))
    content = log.read_bytes()
    log.write_bytes(content[: content.index(b"samples/u1") + 60])
    found = read_trace(log, Settings())
    assert set(found.answers) == {("u0", 1)}
    assert found.is_cut


def test_a_json_log(tmp_path: Path) -> None:
    log = tmp_path / "a.json"
    log.write_text(json.dumps({**SPEC, "samples": [sample("u0"), "none"]}))
    assert set(read_trace(log, Settings()).answers) == {("u0", 1)}
    for text in ("{", "[]", "{}"):
        log.write_text(text)
        with pytest.raises(SourceError) as caught:
            read_trace(log, Settings())
        assert "a.json" in caught.value.where
