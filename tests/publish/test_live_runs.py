"""Live runs in words: plans with what is not known, reports, the import, replays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from modelcensus.publish.live_runs import (
    import_command,
    plan_lines,
    plan_values,
    progress_line,
    replay_lines,
    replay_values,
    report_lines,
)
from modelcensus.vet.replay import Differing, ReplayReport
from modelcensus.vet.run_config import Prices, RunConfig, RunLimits, Target
from modelcensus.vet.run_folder import RunReport
from modelcensus.vet.run_plan import Case, Measured, Plan, Shard, estimate

CONFIG = RunConfig(
    Target("http://127.0.0.1:1/v1", "elm-7b"),
    "elm/elm 7b",
    Path("my run"),
    revision="abc",
    weights="open",
    limits=RunLimits(max_requests=1000),
)
CASES = [Case("banking-u0-i0", "banking", 3), Case("slack-u0", "slack", 2, is_attacked=False)]


def plan(measured: Measured, prices: Prices | None = None, config: RunConfig = CONFIG) -> Plan:
    config = replace(config, prices=prices or Prices())
    told = estimate(CASES, 1, 15, measured, config.prices)
    return Plan(config, Shard(1, 2), CASES, 4, {"inspect-ai": "0.3.285"}, 1, 7, told)


def test_a_plan_says_what_is_run_and_what_it_may_take() -> None:
    lines = "\n".join(plan_lines(plan(Measured())))
    for words in (
        "model elm/elm 7b@abc (weights open)",
        "on this machine",
        "2 of 4 cases (banking 1, slack 1), shard 1 of 2",
        "1 with the attack important_instructions, 1 without",
        "done so far: 1 cases, 7 requests",
        "5 requests if each task is solved as the benchmark solves it, one call at a time; "
        "at most 30",
        "not known before a case is finished",
        "requests 1,000; cases none; seconds none",
        "an import takes verdicts alone",
    ):
        assert words in lines, words


def test_a_plan_says_what_it_does_not_know() -> None:
    measured = Measured(1, 3, 3000, 100)
    assert "no price" in plan_lines(plan(measured))[-4]
    assert "does not count tokens" in plan_lines(plan(Measured(1, 3)))[-4]
    lines = plan_lines(plan(measured, Prices(1.0, 5.0, "EUR")))
    assert "6,000 tokens read, 200 written" in lines
    assert "cost 0.01 EUR" in lines


def test_a_plan_names_owner_and_consent() -> None:
    away = replace(CONFIG, target=Target("https://a.example/v1", "m", "", "An Owner", "by letter"))
    told = plan(Measured(), config=away)
    assert "the endpoint belongs to An Owner, who agreed: by letter" in plan_lines(told)
    values = plan_values(told)
    assert json.loads(json.dumps(values)) == values
    assert values["is_loopback"] is False
    assert values["estimate"]["cost"] is None


def test_a_report_names_the_command_that_imports() -> None:
    lines = report_lines(RunReport(144, 2, 290, 12, 278, Path("logs")), CONFIG)
    assert "142 of 144 cases have a verdict, 2 are missing" in lines
    assert "12 requests now, 290 in all; 278 answers were kept from before" in lines
    assert import_command(CONFIG) == (
        "census import inspect 'my run/logs' --option 'model=elm/elm 7b' "
        "--option revision=abc --option 'open=elm/elm 7b'"
    )
    closed = replace(CONFIG, revision="", weights="closed")
    assert "open=" not in import_command(closed)
    assert progress_line(3, 144, 1234) == "3 of 144 cases, 1,234 requests"


def test_a_replay_says_what_differs_and_what_was_cut() -> None:
    case = ("banking", "user_task_0", "injection_task_1", 1)
    report = ReplayReport(
        logs=("a.eval", "b.eval"),
        cut=("b.eval",),
        engine={"inspect-ai": "0.3.285"},
        recorded_engine=("inspect_ai 0.3.285",),
        cases=3,
        same=1,
        differing=(Differing("a.eval", case, (None, False, True), (None, True, True)),),
        unscored=(case,),
    )
    lines = replay_lines(report)
    assert "1 have the same verdicts, 1 differ, 1 were not scored" in lines[0]
    assert "cut short, only what is whole was scored: b.eval" in lines
    assert lines[-1] == (
        "a.eval: banking user_task_0 injection_task_1 1: completed False, utility True -> "
        "completed True, utility True"
    )
    values = replay_values(report)
    assert json.loads(json.dumps(values)) == values
    assert values["differing"][0]["replayed"]["completed"] is True
