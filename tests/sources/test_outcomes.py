"""Sources of security outcomes: verdicts are kept, texts never, losses are counted."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelcensus.errors import LimitExceeded, SchemaChanged, SourceError
from modelcensus.sources.outcome_record import OUTCOME_SCHEMA, OUTCOMES

Reader = Callable[..., Any]
MARKER = "TEXT-THAT-NOBODY-MAY-STORE"


def rows_of(found: Any) -> list[dict[str, Any]]:
    table = found.tables[OUTCOMES]
    assert table.schema.equals(OUTCOME_SCHEMA)
    assert MARKER not in json.dumps([table.to_pylist(), [vars(r) for r in found.rejects]])
    assert found.input_rows == len(table) + len(found.rejects)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def trace(**values: Any) -> str:
    """Return a trace as AgentDojo writes it."""
    return json.dumps(
        {
            "suite_name": "banking",
            "pipeline_name": "elm-7b-tool_filter",
            "user_task_id": "user_task_3",
            "injection_task_id": "injection_task_1",
            "attack_type": "direct",
            "injections": {"vector": MARKER},
            "messages": [{"role": "user", "content": MARKER}],
            "error": None,
            "utility": True,
            "security": False,
            "duration": 1.5,
            "benchmark_version": "v1.2.1",
            "agentdojo_package_version": "0.1.35",
        }
        | values
    )


def write_traces(folder: Path, *traces: str) -> Path:
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(traces):
        (folder / f"{number}.json").write_text(text)
    return folder


def test_a_trace_of_agentdojo(tmp_path: Path, read_evidence: Reader) -> None:
    found = read_evidence("agentdojo", write_traces(tmp_path / "runs", trace()), {"open": "elm-7b"})
    assert [
        {k: v for k, v in row.items() if v is not None and k not in ("file", "file_sha256")}
        for row in rows_of(found)
    ] == [
        {
            "engine": "agentdojo",
            "engine_version": "0.1.35",
            "benchmark_version": "v1.2.1",
            "kind": "attack",
            "attack": "direct",
            "model": "elm-7b",
            "weights": "open",
            "defense": "tool_filter",
            "suite": "banking",
            "user_task": "user_task_3",
            "injection_task": "injection_task_1",
            "attempt": 1,
            "epoch": 1,
            "completed": False,
            "utility": True,
            "is_simulated": False,
        }
    ]


def test_kinds_and_missing_verdicts_of_traces(tmp_path: Path, read_evidence: Reader) -> None:
    failed = f"internal server error 500 {MARKER}"
    folder = write_traces(
        tmp_path / "runs",
        trace(attack_type=None, injection_task_id=None, security=True),
        trace(attack_type=None, injection_task_id=None, user_task_id="injection_task_1"),
        trace(error=failed, security=True, utility=False),
        trace(security=None, injection_task_id="injection_task_2"),
    )
    by_task = {
        (r["kind"], r["injection_task"]): (r["completed"], r["missing_reason"], r["error"])
        for r in rows_of(read_evidence("agentdojo", folder))
    }
    # without an attack `security` is true of itself; an error's verdict is kept as stated
    assert by_task == {
        ("no_attack", None): (None, None, None),
        ("injection_as_user", None): (None, None, None),
        ("attack", "injection_task_1"): (True, "error", "server error"),
        ("attack", "injection_task_2"): (None, "no verdict", None),
    }


def test_lost_traces(tmp_path: Path, read_evidence: Reader) -> None:
    folder = write_traces(
        tmp_path / "runs",
        trace(),
        "{",
        "[" * 100_000,
        "[1]",
        trace(suite_name=None),
        trace(security="yes"),
        trace(injection_task_id=None),
    )
    found = read_evidence("agentdojo", folder)
    assert len(rows_of(found)) == 1
    assert [r.reason for r in found.rejects] == [
        *("not_json", "not_json", "not_a_trace"),
        *("missing_suite", "bad_verdict", "missing_injection_task"),
    ]


def test_two_files_that_disagree_are_both_named(tmp_path: Path, read_evidence: Reader) -> None:
    folder = write_traces(tmp_path / "runs", trace(), trace(), trace(security=True))
    with pytest.raises(SourceError) as caught:
        read_evidence("agentdojo", folder)
    assert "0.json; 2.json" in str(caught.value)


def test_a_table_of_agentdojo_lacks_a_column(tmp_path: Path, read_evidence: Reader) -> None:
    path = tmp_path / "runs.parquet"
    pq.write_table(pa.table({"pipeline": ["a"], "suite": ["b"]}), path)
    with pytest.raises(SchemaChanged):
        read_evidence("agentdojo", path)


def test_jailbreakbench_keeps_numbers_not_texts(tmp_path: Path, read_evidence: Reader) -> None:
    path = tmp_path / "artifacts.parquet"
    rows = {
        "method": ["PAIR", "PAIR", "PAIR", None],
        "threat_model": ["black_box"] * 4,
        "model": ["vicuna-13b-v1.5", "gpt-4-0125-preview", "elm-7b", "elm-7b"],
        "index": [0, 7, 8, 9],
        "behavior": [MARKER] * 4,
        "category": ["Privacy"] * 4,
        "jailbroken": [True, False, None, True],
    }
    pq.write_table(pa.table(rows), path)
    found = read_evidence("jailbreakbench", path)
    told = ("model", "weights", "injection_task", "completed", "missing_reason")
    assert [tuple(r[k] for k in told) for r in rows_of(found)] == [
        ("elm-7b", "unknown", "behaviour_008", None, "no verdict"),
        ("gpt-4-0125-preview", "closed", "behaviour_007", False, None),
        ("vicuna-13b-v1.5", "open", "behaviour_000", True, None),
    ]
    assert [r.reason for r in found.rejects] == ["missing_method"]


# --- Inspect -----------------------------------------------------------------


def spec(**values: Any) -> dict[str, Any]:
    return {
        "created": "2026-03-01T10:00:00+00:00",
        "task": "inspect_evals/agentdojo",
        "task_version": "2-A",
        "task_args": {"attack": "important_instructions"},
        "model": "openai-api/local/elm-7b",
        "packages": {"inspect_ai": "0.3.285"},
        "dataset": {"sample_ids": ["banking-u0-i0", "banking-u0-i1", "banking-u1-i0"]},
        "config": {"epochs": 1},
    } | values


def sample(name: str, security: str, utility: str = "C", **values: Any) -> dict[str, Any]:
    score = {"value": {"utility": utility, "security": security}, "explanation": MARKER}
    return {
        "id": name,
        "epoch": 1,
        "input": MARKER,
        "scores": {"injection_task_scorer": score},
    } | values


SAMPLES = [
    sample("banking-u0-i0", "C"),
    sample("banking-u0-i1", "I", error={"message": f"rate limit {MARKER}"}),
]


def write_json_log(folder: Path, samples: list[dict[str, Any]], **values: Any) -> Path:
    path = folder / "log.json"
    path.write_text(json.dumps({"version": 2, "eval": spec(**values), "samples": samples}))
    return path


def test_a_log_of_a_simulated_endpoint_is_marked(tmp_path: Path, read_evidence: Reader) -> None:
    marked = {"metadata": {"modelcensus.simulated": True}}
    found = read_evidence("inspect", write_json_log(tmp_path, SAMPLES, **marked))
    assert {row["is_simulated"] for row in rows_of(found)} == {True}
    assert found.info is not None
    assert found.info.attribution.startswith("SIMULATED data")
    found = read_evidence("inspect", write_json_log(tmp_path, SAMPLES, metadata={"other": 1}))
    assert {row["is_simulated"] for row in rows_of(found)} == {False}


def test_the_kind_of_an_error_is_told_by_its_words_alone(
    tmp_path: Path, read_evidence: Reader
) -> None:
    error = {"message": "the run was stopped", "traceback": "line 503, in generate: line 429"}
    path = write_json_log(tmp_path, [sample("banking-u0-i0", "C", error=error)])
    assert verdicts(read_evidence("inspect", path))["injection_task_0"][2] == "other error"


def write_eval_log(path: Path, members: dict[str, Any], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, value in members.items():
            archive.writestr(name, json.dumps(value))
    return path


def verdicts(found: Any) -> dict[str, tuple[Any, ...]]:
    told = ("completed", "utility", "error", "missing_reason")
    return {r["injection_task"]: tuple(r[k] for k in told) for r in rows_of(found)
            if r["user_task"] == "user_task_0"}  # fmt: skip


EXPECTED = {
    "injection_task_0": (True, True, None, None),
    "injection_task_1": (False, True, "rate limit", "error"),
}


def test_a_json_log_of_inspect(tmp_path: Path, read_evidence: Reader) -> None:
    found = read_evidence("inspect", write_json_log(tmp_path, SAMPLES))
    rows = rows_of(found)
    assert str(found.as_of) == "2026-03-01"
    assert verdicts(found) == EXPECTED
    # a planned sample that the log does not hold is missing, not failed
    assert [r["missing_reason"] for r in rows] == [None, "error", "not run"]
    assert {(r["engine"], r["engine_version"], r["benchmark_version"]) for r in rows} == {
        ("inspect:agentdojo", "inspect_ai 0.3.285", "2-A")
    }
    assert {r["attack"] for r in rows} == {"important_instructions"}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_eval_log_is_read_from_its_summaries(
    tmp_path: Path, read_evidence: Reader, method: int
) -> None:
    head = {"status": "success", "eval": spec()}
    whole = {
        "_journal/start.json": head,
        "samples/a_epoch_1.json": sample("a", "C"),
        "summaries.json": SAMPLES,
        "header.json": head,
    }
    found = read_evidence("inspect", write_eval_log(tmp_path / "log.eval", whole, method))
    assert verdicts(found) == EXPECTED
    assert not found.rejects


def member(name: str, content: bytes) -> bytes:
    """Return a member packed by Zstandard, with its local header."""
    codec = pa.Codec("zstd")
    half = len(content) // 2
    # two frames, as Inspect writes large members
    packed = b"".join(
        codec.compress(part, asbytes=True) for part in (content[:half], content[half:])
    )
    sizes = (zlib.crc32(content), len(packed), len(content))
    head = struct.pack("<4s5H3I2H", b"PK\x03\x04", 63, 0, 93, 0, 0, *sizes, len(name), 0)
    return head + name.encode() + packed


def test_a_log_packed_by_zstandard_that_was_cut_short(
    tmp_path: Path, read_evidence: Reader
) -> None:
    parts = [
        member("_journal/start.json", json.dumps({"eval": spec()}).encode()),
        member("_journal/summaries/10.json", json.dumps(SAMPLES[1:]).encode()),
        member(
            "_journal/summaries/9.json",
            json.dumps([sample("banking-u0-i1", "C"), *SAMPLES[:1]]).encode(),
        ),
    ]
    path = tmp_path / "log.eval"
    path.write_bytes(b"".join(parts) + member("samples/x.json", b"{}" * 1000)[:-3])
    found = read_evidence("inspect", path)
    # the later summary of one sample counts
    assert verdicts(found) == EXPECTED
    assert [(r.reason, r.locator) for r in found.rejects] == [("cut_short", "log.eval")]


@pytest.mark.parametrize("kept", [0, 10, 40])
def test_a_log_of_which_nothing_is_whole_is_named(
    tmp_path: Path, read_evidence: Reader, kept: int
) -> None:
    path = tmp_path / "log.eval"
    path.write_bytes(member("_journal/start.json", b'{"eval": {}}')[:kept] or b"no log")
    with pytest.raises(SourceError) as caught:
        read_evidence("inspect", path)
    assert "log.eval" in str(caught.value)


def test_a_member_larger_than_the_limit_is_not_unpacked(
    tmp_path: Path, read_evidence: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENSUS_MEMBER_BYTES", "1000")
    path = write_eval_log(tmp_path / "log.eval", {"header.json": {"eval": spec(x=" " * 100_000)}})
    with pytest.raises(LimitExceeded, match=r"1,000 bytes"):
        read_evidence("inspect", path)


def test_a_member_that_lies_about_its_size(
    tmp_path: Path, read_evidence: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENSUS_MEMBER_BYTES", "1000")
    content = json.dumps({"eval": spec(x=" " * 100_000)}).encode()
    path = tmp_path / "log.eval"
    packed = bytearray(member("header.json", content))
    packed[22:26] = struct.pack("<I", 500)
    path.write_bytes(bytes(packed))
    with pytest.raises(LimitExceeded):
        read_evidence("inspect", path)


@pytest.mark.parametrize(
    ("text", "said"),
    [('{"eval": {"task"', "not a readable JSON log"), ("{}", "which evaluation"), ("[]", "which")],
)
def test_a_broken_json_log_is_named(
    tmp_path: Path, read_evidence: Reader, text: str, said: str
) -> None:
    path = tmp_path / "log.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=said) as caught:
        read_evidence("inspect", path)
    assert "log.json" in str(caught.value)


def test_other_tasks_say_which_score_means_success(tmp_path: Path, read_evidence: Reader) -> None:
    samples = [
        {
            "id": "one",
            "epoch": 1,
            "metadata": {"category": "privacy"},
            "scores": {"judge": {"value": 1.0}},
        },
        {"id": "two", "epoch": 1, "scores": {"judge": {"value": float("nan")}}},
    ]
    values = {"task": "refusals", "dataset": {}, "task_args": {}}
    path = write_json_log(tmp_path, samples, **values)
    found = read_evidence("inspect", path, {"success": "judge=1.0"})
    told = [(r["suite"], r["injection_task"], r["completed"]) for r in rows_of(found)]
    assert told == [(None, "two", None), ("privacy", "one", True)]
    # without being told, nothing is guessed
    assert all(r["completed"] is None for r in rows_of(read_evidence("inspect", path)))
    with pytest.raises(SourceError, match="which score"):
        read_evidence("inspect", path, {"success": "judge"})


# --- garak -------------------------------------------------------------------


def attempt(seq: int, status: int = 2, **scores: list[float | None]) -> dict[str, Any]:
    return {
        "entry_type": "attempt",
        "uuid": f"id-{seq}",
        "seq": seq,
        "status": status,
        "probe_classname": "dan.Dan_11_0",
        "prompt": {"turns": [{"content": {"text": MARKER}}]},
        "outputs": [{"text": MARKER}],
        "detector_results": scores,
    }


def write_report(tmp_path: Path, *entries: dict[str, Any], tail: str = "") -> Path:
    setup = {
        "entry_type": "start_run setup",
        "plugins.target_name": "elm-7b",
        "run.eval_threshold": 0.5,
    }
    init = {"entry_type": "init", "garak_version": "0.17.1", "start_time": "2026-04-02T10:00:00"}
    path = tmp_path / "garak.report.jsonl"
    path.write_text("".join(json.dumps(e) + "\n" for e in (setup, init, *entries)) + tail)
    return path


def test_a_report_of_garak(tmp_path: Path, read_evidence: Reader) -> None:
    path = write_report(
        tmp_path,
        attempt(0, status=1),
        attempt(1, status=1),
        attempt(0, **{"dan.DAN": [1.0, 0.4, None], "mitigation": [0.5, 0.0, 0.0]}),
        tail='{"entry_type": "att',
    )
    found = read_evidence("garak", path)
    told = [
        (r["setting"], r["injection_task"], r["epoch"], r["completed"], r["missing_reason"])
        for r in rows_of(found)
    ]
    assert told == [
        (None, "1", 1, None, "not run"),
        ("dan.DAN", "0", 1, True, None),
        ("dan.DAN", "0", 2, False, None),
        ("dan.DAN", "0", 3, None, "no verdict"),
        ("mitigation", "0", 1, True, None),
        ("mitigation", "0", 2, False, None),
        ("mitigation", "0", 3, False, None),
    ]
    assert [r.reason for r in found.rejects] == ["not_json"]
    assert str(found.as_of) == "2026-04-02"


def test_a_report_that_names_no_model(tmp_path: Path, read_evidence: Reader) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(attempt(0)) + "\n")
    with pytest.raises(SourceError, match="which model"):
        read_evidence("garak", path)
    with pytest.raises(SourceError, match="when it was made"):
        read_evidence("garak", path, {"model": "elm-7b"})
    assert rows_of(read_evidence("garak", path, {"model": "elm-7b", "as-of": "2026-01-02"}))


# --- a table of one's own ----------------------------------------------------


def test_a_table_of_ones_own(tmp_path: Path, read_evidence: Reader) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "engine,model,injection_task,completed,utility,weights,attempt,kind,note\n"
        f"mine,elm-7b,a,yes,1,open,2,,{MARKER}\n"
        "mine,elm-7b,b,,,,,,\n"
        "mine,elm-7b,c,maybe,,,,,\n"
        "mine,elm-7b,d,no,,half,,,\n"
        "mine,elm-7b,e,no,,,0,,\n"
        "mine,elm-7b,f,no,,,,other,\n"
        ",elm-7b,g,no,,,,,\n"
        "mine,elm-7b,h,no,,,,,,too many\n"
    )
    options = {"as-of": "2026-05-01", "simulated": "yes"}
    found = read_evidence("outcomes", path, options)
    told = ("injection_task", "completed", "utility", "weights", "attempt", "missing_reason")
    assert [tuple(r[k] for k in told) for r in rows_of(found)] == [
        ("a", True, True, "open", 2, None),
        ("b", None, None, "unknown", 1, "no verdict"),
    ]
    assert [r.reason for r in found.rejects] == [
        *("bad_verdict", "bad_weights", "bad_number", "bad_kind", "missing_engine"),
        "wrong_number_of_cells",
    ]
    assert found.info is not None
    assert found.info.attribution.startswith("SIMULATED data")
