"""Commands of live runs of security tests: plan one, run it, score recorded traces anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from modelcensus.cli.options import QuietOption, stdout_console, words_console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from modelcensus.vet.live import Show

ConfigOption = Annotated[
    str,
    typer.Option("--config", "-c", metavar="FILE", help="TOML file of the run.", show_default=True),
]
ShardOption = Annotated[
    str,
    typer.Option(
        "--shard", metavar="I/N", help="The I-th of N parts; default: all.", show_default=False
    ),
]
TextOrJson = Annotated[str, typer.Option("--format", help="text or json; default: text.")]

LINES_EVERY_S = 30.0


def plan(
    config: ConfigOption = "vet.toml",
    shard: ShardOption = "",
    format: TextOrJson = "text",
) -> None:
    """Say what a live run is going to do and what it may cost; nothing is asked or written.

    Example: census vet plan -c vet.toml
    """
    from modelcensus.publish.live_runs import plan_lines, plan_values

    _check_format(format)
    told = _planned(config, shard)
    _print(plan_values(told) if format == "json" else plan_lines(told))


def run(
    config: ConfigOption = "vet.toml",
    shard: ShardOption = "",
    quiet: QuietOption = False,
) -> None:
    """Put published attacks to an endpoint of yours. End it at will: the next call goes on.

    The endpoint's key is taken from the environment variable that the file names; it is never
    written down. Example: census vet run -c vet.toml --shard 1/2
    """
    import os
    from pathlib import Path

    from modelcensus.clock import SystemClock
    from modelcensus.publish.live_runs import report_lines
    from modelcensus.settings import load_settings
    from modelcensus.vet import live
    from modelcensus.vet.run_config import find_key, read_run_config
    from modelcensus.vet.run_plan import read_shard

    words, clock = words_console(quiet=quiet), SystemClock()
    asked = read_run_config(Path(config))
    key = find_key(asked.target, os.environ)
    try:
        with words.status(f"asking {asked.target.url}") as status:
            show = _shower(words, status, clock)
            report = live.run(asked, read_shard(shard), key, load_settings(), clock, show)
    except KeyboardInterrupt:
        words.print("interrupted; the answers are kept, the same command goes on from there")
        raise
    for line in report_lines(report, asked):
        words.print(line, markup=False, soft_wrap=True)
    if report.stopped is not None:
        raise report.stopped


def replay(
    logs: Annotated[str, typer.Argument(help="Log of a run, or a folder of logs.")],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Keep the logs of the replay there.",
            show_default=False,
        ),
    ] = "",
    format: TextOrJson = "text",
) -> None:
    """Score recorded traces anew, without an endpoint, and compare the verdicts.

    Example: census vet replay vet-run/logs
    """
    from pathlib import Path

    from modelcensus.errors import VetError
    from modelcensus.publish.live_runs import replay_lines, replay_values
    from modelcensus.settings import load_settings
    from modelcensus.vet.replay import replay as replay_logs

    _check_format(format)
    report = replay_logs(Path(logs), load_settings(), Path(output) if output else None)
    _print(replay_values(report) if format == "json" else replay_lines(report))
    if report.differing or report.unscored:
        raise VetError(
            f"{len(report.differing):,} of {report.cases:,} verdicts differ, "
            f"{len(report.unscored):,} cases were not scored",
            where=logs,
            next_step="compare the versions above; figures of two versions are not compared",
        )


def _planned(config: str, shard: str) -> Any:
    from pathlib import Path

    from modelcensus.settings import load_settings
    from modelcensus.vet.live import plan_run
    from modelcensus.vet.run_config import read_run_config
    from modelcensus.vet.run_plan import read_shard

    return plan_run(read_run_config(Path(config)), read_shard(shard), load_settings())


def _check_format(format_: str) -> None:
    from modelcensus.errors import SettingsError

    if format_ not in ("text", "json"):
        raise SettingsError(f"no format {format_!r}", next_step="one of: text, json")


def _print(told: Any) -> None:
    import json

    if isinstance(told, list):
        for line in told:
            stdout_console().print(line, markup=False, soft_wrap=True)
        return
    print(json.dumps(told, indent=1, ensure_ascii=False))


def _shower(words: Console, status: Status, clock: Any) -> Show:
    """Return what shows progress: a moving line on a terminal, else a line now and then."""
    from modelcensus.publish.live_runs import progress_line

    told = clock.monotonic()

    def show(finished: int, total: int, asked: int) -> None:
        nonlocal told
        line = progress_line(finished, total, asked)
        if words.is_terminal:
            status.update(line)
        elif clock.monotonic() - told >= LINES_EVERY_S:
            told = clock.monotonic()
            words.print(line, markup=False, soft_wrap=True)

    return show
