"""The command `census collect hub`, end to end against a fake Hub."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from tests.crawls import record

from modelcensus.cli.collect import _shower, progress_line
from modelcensus.cli.main import main
from modelcensus.snapshots.crawl_progress import Progress
from modelcensus.snapshots.store import Store
from modelcensus.sources.hub.quota import Quota
from modelcensus.testing import FakeHub, FixedClock
from modelcensus.testing.fake_hub.fault import Fault

ROWS = [record(number) for number in range(25)]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("CENSUS_HUB_PAGE_ROWS", "10")
    monkeypatch.setenv("CENSUS_HUB_EXPECTED_MODELS", "5000")


def census(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return ended.value.code


def collect(hub: FakeHub, store: Path, *more: str) -> int | str | None:
    return census("collect", "hub", "--endpoint", hub.url, "--store", str(store), *more)


def test_it_collects_and_says_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeHub(ROWS) as hub:
        assert collect(hub, tmp_path / "store") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "25 rows (simulated data)" in err
    assert "no row was rejected" in err
    assert "4 pages fetched, 0 requests repeated" in err
    assert Store(tmp_path / "store").snapshots()[0].status == "collected"


def test_quiet_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeHub(ROWS, page_faults={2: "repeated_cursor"}) as hub:
        assert collect(hub, tmp_path / "quiet", "--quiet") == 0
        assert capsys.readouterr() == ("", "")
        assert collect(hub, tmp_path / "first", "--limit", "3", "--keep-pages") == 0
    assert list((tmp_path / "first" / "crawls").glob("*/pages/*.zst"))
    assert "first-3" in capsys.readouterr().err


def test_a_restart_and_its_duplicates_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeHub(ROWS, page_faults={2: "repeated_cursor"}) as hub:
        assert collect(hub, tmp_path / "store") == 0
    err = capsys.readouterr().err
    assert "taken up again by date 1 times" in err
    assert "came more than once" in err


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeHub(ROWS, quota=500) as hub:
        assert collect(hub, tmp_path / "store", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "5,000 models expected, 501 requests" in out
    assert "without a token (500 requests in 300 s, 499 of them left now)" in out
    assert "MB over the network" in out
    assert not (tmp_path / "store").exists()


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert census("collect", "hub", "--endpoint", "http://evil.example") == 2
    with FakeHub(ROWS, page_faults={2: Fault("429", seconds=10_000)}) as hub:
        assert collect(hub, tmp_path / "waits") == 3
    assert "collect again: it goes on after the 10 rows" in capsys.readouterr().err
    bad = Fault("retyped_field", rows=0, field="likes", value="many")
    with FakeHub(ROWS, page_faults={2: bad}) as hub:
        assert collect(hub, tmp_path / "rejects") == 4
    assert "count_not_integer (10)" in capsys.readouterr().err


def test_an_interruption_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*given: object) -> None:
        raise KeyboardInterrupt

    with FakeHub(ROWS) as hub:
        with monkeypatch.context() as patched:
            patched.setattr("modelcensus.cli.collect.progress_line", interrupt)
            assert collect(hub, tmp_path / "store") == 130
        assert "the same command goes on" in capsys.readouterr().err
        assert collect(hub, tmp_path / "store") == 0
        assert len(hub.requests) == 4
    assert "1 were there already" in capsys.readouterr().err


def test_the_token_of_the_environment_is_used_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_canary")
    with FakeHub(ROWS) as hub:
        assert collect(hub, tmp_path / "store") == 0
        assert hub.tokens_seen() == {"hf_canary"}
        assert collect(hub, tmp_path / "other", "--dry-run") == 0
    out, err = capsys.readouterr()
    assert "with a token" in out
    assert "hf_canary" not in out + err


def test_a_line_of_progress() -> None:
    assert progress_line(Progress(10, 3_000_000)) == "10 of about 3,000,000 models"
    full = Progress(
        20_000, 3_000_000, 1234.5, Quota(480, 200), 7200.0, 12.0, "the quota is used up"
    )
    assert progress_line(full) == (
        "20,000 of about 3,000,000 models, 1,234 a second, 480 requests left, 120 minutes to go, "
        "waiting 12 s: the quota is used up"
    )


def test_without_a_terminal_progress_is_told_now_and_then() -> None:
    words = Console(file=io.StringIO(), width=200)
    clock = FixedClock()
    with words.status("") as status:
        show = _shower(words, status, clock.monotonic)
        for rows, seconds in ((1, 1), (2, 30), (3, 1)):
            clock.advance(seconds)
            show(Progress(rows, 9))
        show(Progress(4, 9, waiting_s=100.0, why="the hub says so"))
    lines = words.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert [line for line in lines if line.strip()] == [
        "2 of about 9 models",
        "4 of about 9 models, waiting 100 s: the hub says so",
    ]


def test_on_a_terminal_progress_moves() -> None:
    words = Console(file=io.StringIO(), width=200, force_terminal=True)
    with words.status("") as status:
        _shower(words, status, lambda: 0.0)(Progress(7, 9))
        assert status.status == "7 of about 9 models"
