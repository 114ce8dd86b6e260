"""The command as a process of its own: start, pipes, interruption, colours."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.worlds import World

CENSUS = [sys.executable, "-c", "import sys; from modelcensus.cli.main import main; main()"]


def environment(**more: str) -> dict[str, str]:
    root = Path(__file__).parents[2]
    return {**os.environ, "PYTHONPATH": str(root / "src"), **more}


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CENSUS, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment(**more),
    )


@pytest.mark.parametrize("arguments", [("--help",), ("share", "--help"), ("define", "share")])
def test_words_need_no_engine(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\nfrom modelcensus.cli.main import main\n"
        f"try: main({list(arguments)!r})\n"
        "except SystemExit as stop: code = stop.code\n"
        "heavy = {'ibis', 'duckdb', 'pandas', 'numpy', 'polars', 'pyspark'}\n"
        "sys.exit(code or ','.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment()
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    for name in ("demo", "article", "import", "build", "status", "doctor", "registers", "share"):
        assert name in done.stdout


def test_without_a_command_help_is_shown() -> None:
    done = run()
    assert "Usage" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_figure_through_a_pipe_is_plain_and_has_no_colours(forest: World) -> None:
    where = ("--store", str(forest.store.path), "--frame", "panel:grove")
    done = run("share", *where)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1].split("\t")[:3] == ["IS", "Iceland", "350"]
    assert "\x1b" not in done.stdout + done.stderr
    coloured = run("share", *where, "--format", "table", FORCE_COLOR="1")
    assert "\x1b" in coloured.stderr
    plain = run("share", *where, "--format", "table", FORCE_COLOR="1", NO_COLOR="1")
    # bold and dim may stay; colours may not
    assert "\x1b[3" not in plain.stdout + plain.stderr


def test_a_terminal_gets_a_table(forest: World) -> None:
    ours, theirs = pty.openpty()
    where = ("--store", str(forest.store.path), "--frame", "panel:grove")
    done = subprocess.run(
        [*CENSUS, "share", *where],
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=environment(COLUMNS="160", TERM="xterm"),
    )
    os.close(theirs)
    drawn = re.sub("\x1b\\[[0-9;]*m", "", os.read(ours, 65536).decode())
    os.close(ours)
    assert done.returncode == 0
    assert "share_of_all (%)" in drawn
    assert "35.00" in drawn
    assert "coverage" in done.stderr


def test_a_closed_pipe_is_no_traceback(forest: World) -> None:
    command = [*CENSUS, "series", "--frame", "panel:grove", "--format", "json"]
    with subprocess.Popen(
        [*command, "--store", str(forest.store.path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        words = process.stderr.read()
        code = process.wait()
    assert (code, words) == (1, "")


def test_ctrl_c_ends_with_130_and_says_so() -> None:
    code = (
        "import signal\nfrom modelcensus.cli.main import app, main\n"
        "@app.command('wait')\n"
        "def wait() -> None: signal.raise_signal(signal.SIGINT)\n"
        "main(['wait'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment()
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "interrupted; nothing was half-written\n"
