from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelcensus import errors
from modelcensus.errors import CensusError, LimitExceeded, SourceError, TooManyRejects
from modelcensus.settings import Settings
from modelcensus.snapshots import reader_child
from modelcensus.snapshots.crossing import (
    file_too_large,
    pack_error,
    ran_out_of_memory,
    unpack_error,
)
from modelcensus.snapshots.reader import ReadRequest, read_source

GIB = 1 << 30
SMALL = Settings(reader_memory=1 * GIB, reader_seconds=20)


@pytest.fixture
def read(tmp_path: Path, write_input: Callable[..., Path]) -> Callable[..., Any]:
    staging = tmp_path / "staging"
    staging.mkdir()
    path = write_input({"label": "2025-01-01", "rows": [{"id": "a/b"}]})

    def run(how: str, settings: Settings = SMALL, at: Path = path, **rest: Any) -> Any:
        options = {"frame": "panel:probe", "how": how}
        return read_source(ReadRequest("probe", at, options, staging, settings), **rest)

    return run


def test_a_file_is_read_in_one_gibibyte(read: Callable[..., Any], tmp_path: Path) -> None:
    told: list[tuple[int, str]] = []
    staged = read("", on_progress=lambda rows, what: told.append((rows, what)))
    assert staged.folders == ("000000",)
    assert told == [(0, "huggingface panel:probe 2025-01-01")]
    names = {p.name for p in (tmp_path / "staging" / "000000").iterdir()}
    assert names == {"manifest.json", "observations.parquet"}


def test_an_error_arrives_as_itself(read: Callable[..., Any]) -> None:
    with pytest.raises(TooManyRejects) as caught:
        read("quality")
    error = caught.value
    assert (error.what, error.where, error.next_step) == ("lost", "here", "look")
    assert error.reasons == {"odd": 3}
    assert error.exit_code == 4


def test_an_error_without_a_place_gets_the_input(
    read: Callable[..., Any], write_input: Callable[..., Path]
) -> None:
    path = write_input({"label": "2025-01-01", "rows": []}, name="empty.json")
    with pytest.raises(SourceError, match="gave no rows"):
        read("", at=path)
    with pytest.raises(LimitExceeded) as caught:
        read("memory")
    assert "input.json" in caught.value.where


@pytest.mark.parametrize("how", ["memory", "hidden-memory", "killed"])
def test_memory_that_ran_out_is_a_limit(read: Callable[..., Any], how: str) -> None:
    with pytest.raises(LimitExceeded, match="more than 1 GiB") as caught:
        read(how)
    assert "CENSUS_READER_MEMORY" in caught.value.next_step
    assert "bomb" in caught.value.next_step


@pytest.mark.parametrize("how", ["sleep", "spin"])
def test_the_deadline_ends_the_child(read: Callable[..., Any], how: str) -> None:
    with pytest.raises(LimitExceeded, match=r"more than 0\.5 seconds") as caught:
        read(how, Settings(reader_seconds=0.5))
    assert "CENSUS_READER_SECONDS" in caught.value.next_step


def test_cpu_that_ran_out_is_a_deadline(read: Callable[..., Any]) -> None:
    with pytest.raises(LimitExceeded, match="more than 20 seconds"):
        read("cpu")


def test_a_file_that_outgrows_its_limit_is_a_limit(read: Callable[..., Any]) -> None:
    with pytest.raises(LimitExceeded, match="a file of over") as caught:
        read("", Settings(reader_output=1000))
    assert "CENSUS_READER_OUTPUT" in caught.value.next_step


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ("crash", "RuntimeError: the parser broke"),
        ("segfault", "SIGSEGV"),
        ("exit", "exit code 0"),
        ("missing", "NotADirectoryError"),
    ],
)
def test_a_crash_is_a_source_error_with_the_last_line(
    read: Callable[..., Any], how: str, what: str
) -> None:
    with pytest.raises(SourceError, match=what) as caught:
        read(how)
    assert "input.json" in caught.value.where


def test_what_a_library_prints_is_not_an_answer(read: Callable[..., Any]) -> None:
    assert read("print").folders == ("000000",)


def test_the_child_gets_nothing_of_the_users_environment(
    read: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_canary")
    with pytest.raises(SourceError) as caught:
        read("environment")
    found = caught.value.what
    assert "PYTHONHASHSEED" in found
    assert "HF_TOKEN" not in found


def test_the_child_gets_the_settings(read: Callable[..., Any]) -> None:
    with pytest.raises(SourceError, match="cell_bytes 1234"):
        read("settings", Settings(cell_bytes=1234))


def test_the_child_works_without_pandas(read: Callable[..., Any]) -> None:
    with pytest.raises(SourceError, match="read without pandas"):
        read("pandas")


def test_an_interrupt_in_the_parent_ends_the_child(
    read: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*args: Any, **kwargs: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*args, **kwargs))
        return started[-1]

    def interrupt(rows: int, what: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(KeyboardInterrupt):
        read("", on_progress=interrupt)
    assert started[0].returncode is not None


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    request = {
        "source": "probe", "module": "probe_source",
        "path": str(tmp_path), "staging": str(tmp_path),
        "options": {"how": "sleep", "frame": "x"},
        "limits": {"reader_memory": GIB, "reader_output": GIB, "cpu_seconds": 60,
                   "reader_rows": 1, "cell_bytes": 1, "reject_raw_bytes": 1},
    }  # fmt: skip
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "modelcensus.snapshots.reader_child"],
        stdin=subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    with child:
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.close()  # as the system does for a parent that is gone
        assert child.wait(timeout=20) == 1


ERRORS = [
    CensusError("what", where="where", next_step="next"),
    errors.SchemaChanged("downloads", "gone"),
    errors.ChecksumMismatch("x", "a" * 64, "b" * 64),
    errors.RegisterError("f.csv", 3, "bad"),
    TooManyRejects("lost", reasons={"odd": 1}),
    errors.UnknownName("model", "x", ["y", "z"]),
    LimitExceeded("much"),
    errors.StoreError("full \udcff"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_every_error_crosses_whole(error: CensusError) -> None:
    found = unpack_error(json.loads(json.dumps(pack_error(error))))
    assert type(found) is type(error)
    assert vars(found) == vars(error)
    assert str(found) == str(error)


def test_every_class_of_the_tree_crosses() -> None:
    classes = [c for c in vars(errors).values() if isinstance(c, type)]
    assert len(classes) > 15
    for kind in classes:
        if issubclass(kind, CensusError):
            raw = {"class": kind.__name__, "what": "w", "where": "", "next_step": "", "fields": {}}
            assert type(unpack_error(raw)) is kind


@pytest.mark.parametrize("name", ["Sequence", "KeyboardInterrupt", "annotations", "", None])
def test_other_classes_become_source_errors(name: str | None) -> None:
    assert type(unpack_error({"class": name, "what": "w"})) is SourceError


def test_fields_that_are_no_json_stay_behind() -> None:
    error = SourceError("x")
    error.thing = object()
    error.things = {"a": [object()]}
    assert pack_error(error)["fields"] == {}


def test_causes_are_looked_through() -> None:
    def wrapped(cause: BaseException) -> BaseException:
        error = SourceError("x")
        error.__cause__ = RuntimeError("between")
        error.__cause__.__context__ = cause
        return error

    assert ran_out_of_memory(wrapped(MemoryError()))
    assert ran_out_of_memory(wrapped(OSError(errno.ENOMEM, "no")))
    assert file_too_large(wrapped(OSError(errno.EFBIG, "no")))
    assert not ran_out_of_memory(wrapped(ValueError()))
    looped = ValueError()
    looped.__context__ = looped
    assert not file_too_large(looped)


@pytest.fixture
def request_in_process(tmp_path: Path, write_input: Callable[..., Path]) -> dict[str, Any]:
    (tmp_path / "staging").mkdir()
    return {
        "source": "probe",
        "module": "probe_source",
        "path": str(write_input({"label": "2025-01-01", "rows": [{"id": "a/b"}]})),
        "staging": str(tmp_path / "staging"),
        "options": {"how": "", "frame": "x"},
        "limits": {"reader_rows": 10, "cell_bytes": 100, "reject_raw_bytes": 100},
    }


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ("", {"staged": {"folders": ["000000"], "samples": []}}),
        ("hidden-memory", {"exceeded": "memory"}),
        ("fail-late", {"error": pack_error(
            SourceError("the end is missing", where="line 9", next_step="fetch it again"))}),
    ],
)  # fmt: skip
def test_the_answers_of_the_child(
    request_in_process: dict[str, Any], how: str, answer: dict[str, Any]
) -> None:
    request_in_process["options"]["how"] = how
    assert reader_child.answer(request_in_process, lambda rows, what: None) == answer


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (OSError(errno.EFBIG, "no"), {"exceeded": "output"}),
        (OSError(errno.ENOMEM, "no"), {"exceeded": "memory"}),
        (MemoryError(), {"exceeded": "memory"}),
    ],
)
def test_the_systems_refusals_become_limits(
    monkeypatch: pytest.MonkeyPatch, error: Exception, answer: dict[str, Any]
) -> None:
    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr(reader_child, "_stage", fail)
    assert reader_child.answer({}, lambda rows, what: None) == answer


@pytest.mark.parametrize("error", [ValueError("x"), OSError(errno.EIO, "x")])
def test_what_nobody_expected_is_not_swallowed(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr(reader_child, "_stage", fail)
    with pytest.raises(type(error)):
        reader_child.answer({}, lambda rows, what: None)


def test_limits_never_rise(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    infinite = resource.RLIM_INFINITY
    set_to: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(
        resource, "getrlimit", lambda n: (0, 10 if n == resource.RLIMIT_AS else infinite)
    )
    monkeypatch.setattr(resource, "setrlimit", set_to.__setitem__)
    reader_child.impose({"reader_memory": 20, "reader_output": 30, "cpu_seconds": 40})
    assert set_to == {
        resource.RLIMIT_AS: (10, 10),
        resource.RLIMIT_FSIZE: (30, 30),
        resource.RLIMIT_CPU: (40, 45),
        resource.RLIMIT_CORE: (0, 0),
    }
